# Random token soup: python3.11 soup.py SEED; must not crash.
import random,subprocess,glob,sys
R=random.Random(int(sys.argv[1]))
al=[b'f',b'"',b"'",b'{',b'}',b'(',b')',b'[',b']',b'\\',b'\n',b' ',b'\t',b'x',b'1',b'0',b'_',b'.',b'e',b'j',b':',b'=',b'!',b',',b'*',b'\xc3\xa9',b'\xff',b'\xe2\x82',b'if ',b'for ',b'in ',b'match ',b'case ',b'def ',b'lambda ',b'async ',b'with ',b'as ',b'\\N{',b'\\x',b'#',b'# type: ',b'rb',b'\r',b'\x0c',b'"""',b"'''",b'try:',b'except ',b'class ',b'@',b':=',b'->',b'else ',b'...',b'import ',b'from ',b'0x',b'1e',b'-',b'is not ',b'yield ',b'await ', b'\n  ',b'\n    ']
out=[]
for i in range(60000):
    out.append(b''.join(R.choice(al) for _ in range(R.randrange(1,40))))
open('/tmp/fz.bin','wb').write(b'\1'.join(out)+b'\1')
for m in ['exec','tc','inter','eval']:
    p=subprocess.run(['/tmp/h1drv/drv','snips','/tmp/fz.bin',m],capture_output=True,timeout=200)
    n=p.stdout.count(b'\n'); print(m,p.returncode,n)
    if n!=60000: print(out[n], p.stderr[-300:])
