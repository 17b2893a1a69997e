# Inputs of extreme size or depth: each must end in time, without a crash.
import subprocess,time,sys,random
cases={
 'add':"x="+"+".join(["a"]*100000)+"\n",
 'elif':"if a: pass\n"+"".join("elif b: pass\n" for _ in range(3000)),
 'attr':"x=a"+".b"*100000+"\n",
 'call':"x=a"+"()"*100000+"\n",
 'sub':"x=a"+"[0]"*50000+"\n",
 'neg':"x="+"-"*100000+"1\n",
 'neg5000':"x="+"-"*5000+"1\n",
 'not':"x="+"not "*100000+"1\n",
 'paren':"x="+"("*150+")"*150+"\n",
 'paren201':"x="+"("*250+")"*250+"\n",
 'listerr':"x="+"["*150+"a b"+"]"*150+"\n",
 'dicterr':"x="+"{1:"*150+"a b"+"}"*150+"\n",
 'seterr':"x="+"{"*150+"a b"+"}"*150+"\n",
 'callerr':"x="+"f("*150+"a b"+")"*150+"\n",
 'mixerr':"x="+"f({1:["*50+"a b"+"]})"*50+"\n",
 'mixerr2':"x="+"f(({1:["*45+"a ="+"]}))"*45+"\n",
 'lambda':"x="+"lambda:"*100000+"1\n",
 'lambda4':"x="+"lambda x=1:"*4000+"1\n",
 'tern':"x="+"a if b else "*100000+"1\n",
 'pow':"x="+"a**"*100000+"1\n",
 'await':"x="+"await "*1000+"1\n",
 'star':"x="+"*"*1000+"a\n",
 'names':"a "*20000+"\n",
 'parnames':"("+"a "*20000+")\n",
 'cmp':"x="+"a<"*50000+"b\n",
 'or':"x="+"a or "*50000+"b\n",
 'tuple':"x="+"a,"*100000+"b\n",
 'assign':"a="*50000+"1\n",
 'semi':"a;"*50000+"\n",
 'nestif':"".join(" "*i+"if a:\n" for i in range(99))+" "*99+"pass\n",
 'nestif101':"".join(" "*i+"if a:\n" for i in range(101))+" "*101+"pass\n",
 'strs':"x="+"'a' "*50000+"\n",
 'fs':"x="+"f'{a}' "*20000+"\n",
 'fsin':'x=f"{"+(f"{1}")+"}"\n',
 'big':"x="+"9"*4300+"\n", 'big2':"x="+"9"*4301+"\n",'hex':"x=0x"+"f"*20000+"\n",
 'pat':"match x:\n case "+"("*150+"a"+")"*150+": pass\n",
 'pator':"match x:\n case "+"a.b|"*20000+"c: pass\n",
 'err_at_end':"".join(f"def f{i}(a,b=1,*c):\n  return {{a:b for a in [x,(y,z)]}}\n" for i in range(5000))+"x y\n",
 'deco':"@a\n"*20000+"def f():pass\n",
 'dots':"from "+"."*10000+"a import b\n",
 'global':"global "+",".join("a" for i in range(10000))+"\n",
 'openq':"'''"*1+"a\n"*100000,
 'comments':"#x\n"*100000,
 'fnest':"f'{"+"("*300+"'",
 'cont':"x=\\\n"*10000+"1\n",
 'starred':"["+"*"+"["*190+"]"*190+"]=1\n",
 'err_many':"x="+"f(a=1,b=2,"*60+"c d"+")"*60+"\n",
}
for k,s in cases.items():
    open('/tmp/rob.bin','wb').write(s.encode()+b'\1')
    t=time.time()
    try: p=subprocess.run(['/tmp/h1drv/drv','snips','/tmp/rob.bin'],capture_output=True,timeout=60)
    except subprocess.TimeoutExpired: print(k,'TIMEOUT'); continue
    dt=time.time()-t
    print(k,p.returncode,round(dt,2),p.stdout[:140])
