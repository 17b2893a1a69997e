# Errors: python3.11 errors.py SEED COUNT [exec|eval|single|inter|tc|func] [tests|mut|all]; type, message, positions, text.
import ast,sys,subprocess,os,json,random,tokenize,io,warnings,re,collections,glob
warnings.simplefilter('ignore')
seed=int(sys.argv[1]); N=int(sys.argv[2]); mode=sys.argv[3] if len(sys.argv)>3 else 'exec'
which=sys.argv[4] if len(sys.argv)>4 else 'all'
R=random.Random(seed)
T='/usr/lib/python3.11/test/'
snips=[]
def doctests(f):
    src=open(f).read()
    out=[]
    cur=None
    for l in src.split('\n'):
        m=re.match(r'\s*>>> ?(.*)',l)
        if m:
            if cur is not None: out.append('\n'.join(cur)+'\n')
            cur=[m.group(1)]
        elif cur is not None and re.match(r'\s*\.\.\. ?',l):
            cur.append(re.match(r'\s*\.\.\. ?(.*)',l).group(1))
        elif cur is not None: out.append('\n'.join(cur)+'\n'); cur=None
    return out
def strings(f):
    out=[]
    for n in ast.walk(ast.parse(open(f,'rb').read())):
        if isinstance(n,ast.Constant) and isinstance(n.value,str) and len(n.value)<2000 and '\0' not in n.value and '\1' not in n.value: out.append(n.value)
    return out
if which in('all','tests'):
    for f in ['test_syntax','test_unpack_ex','test_generators','test_genexps','test_listcomps','test_unpack','test_patma','test_exceptions','test_fstring','test_grammar','test_named_expressions','test_positional_only_arg','test_eof','test_string_literals','test_codeop','test_compile','test_type_comments','test_tokenize','test_exception_group','test_dictcomps','test_setcomps','test_unicode_identifiers','test_except_star','test_coroutines','test_keywordonlyarg','test_ast','test_pyclbr','test_annotations','test_future','test_flufl','test_traceback','test_global','test_with','test_decorators','test_int','test_float','test_complex','test_numeric_tower']:
        for g in glob.glob(T+f+'.py')+glob.glob(T+'**/'+f+'.py'):
            snips+=doctests(g)
            snips+=strings(g)
if which in('all','mut'):
    pool=[]
    fs=[f for f in glob.glob('/usr/lib/python3.11/*.py')+glob.glob(T+'test_*.py')]
    R.shuffle(fs)
    for f in fs[:60]+[T+'test_patma.py',T+'test_grammar.py',T+'test_fstring.py',T+'test_coroutines.py',T+'test_except_star.py',T+'test_lambda.py']:
        try: src=open(f).read(); tree=ast.parse(src)
        except Exception: continue
        lines=src.split('\n')
        for n in ast.walk(tree):
            if isinstance(n,(ast.stmt)) and 0<n.end_lineno-n.lineno+1<=12:
                pool.append('\n'.join(l[n.col_offset:] for l in lines[n.lineno-1:n.end_lineno])+'\n')
    R.shuffle(pool)
    extra=['(',')','[',']','{','}',',',':','=','==',':=','*','**','.','if','else','for','in','not','is','lambda','yield','await','async','def','class','try','except','finally','with','as','import','from','print','x','1','"s"',"f'{a}'",'b"x"',';','\n','\n    ','->','@','+','-','~','None','True','match','case','_','del','return','raise','global','pass','while','|','/','...','+=','$','?','!','\\','1a','0777','é','\t','for x in y','x=1','*a','**k','print 1','exec "x"',"'",'"""','#','f"{a b}"','f"{"']
    for s in pool:
        if len(snips)>N*1.0 and which=='mut' and len(snips)>=N: break
        if len(snips)>=N*2: break
        try: toks=list(tokenize.generate_tokens(io.StringIO(s).readline))
        except Exception: continue
        toks=[t for t in toks if t.string.strip()]
        if not toks: continue
        ls=s.split('\n')
        offs=[0]
        for l in ls: offs.append(offs[-1]+len(l)+1)
        def off(p): return offs[p[0]-1]+p[1]
        k=R.randrange(5)
        t=R.choice(toks); a,b=off(t.start),off(t.end)
        if k==0: m=s[:a]+s[b:]
        elif k==1: m=s[:a]+R.choice(extra)+' '+s[a:]
        elif k==2: m=s[:a]+R.choice(extra)+s[b:]
        elif k==3:
            u=R.choice(toks); m=s[:a]+u.string+s[b:]
        else:
            m=s[:a]+t.string+' '+s[a:]
        snips.append(m)
snips=[s for s in snips if '\0' not in s and '\1' not in s]
def enc(s):
    return s.encode('utf8','surrogatepass')
good=[]
for s in snips:
    try: s.encode('utf8')
    except UnicodeError: continue
    good.append(s)
snips=good
open('/tmp/h1drv/snips.bin','wb').write(b''.join(s.encode()+b'\1' for s in snips))
fl={'exec':0x400,'eval':0x400,'single':0x400,'inter':0x400|0x4000|0x200,'tc':0x400|0x1000,'func':0x400}[mode]
cm={'inter':'single','tc':'exec','func':'func_type'}.get(mode,mode)
exp=[]
for s in snips:
    try:
        exp.append('OK\t'+ast.dump(compile(s,'<s>',cm,fl),include_attributes=True))
    except SyntaxError as e:
        a=e.args[1]
        exp.append([type(e).__name__,e.args[0],a[1],a[2],a[4] if len(a)>4 else None,a[5] if len(a)>5 else None,a[3]])
    except RecursionError: exp.append(None)
    except (ValueError,MemoryError,OverflowError) as e: exp.append([type(e).__name__,str(e)])
p=subprocess.run(['/tmp/h1drv/drv','snips','/tmp/h1drv/snips.bin',mode,'dump'],stdout=subprocess.PIPE)
got=p.stdout.decode('utf8','surrogateescape').split('\n')
if len(got)-1!=len(snips): print('COUNT',len(got),len(snips),p.returncode, repr(snips[len(got)-1]))
st=collections.Counter(); shown=collections.Counter(); diffs=[]
for s,g,e in zip(snips,got,exp):
    if e is None: continue
    if isinstance(e,str):
        st['valid']+=1
        if g!=e.encode('utf8','replace').decode('utf8'):
            if g.startswith('OK'): st['valid-astdiff']+=1; diffs.append((s,g[:0]+'AST '+g[:300],e[:300],'ast'))
            else: st['valid-rejected']+=1; diffs.append((s,g,'OK','rej'))
        continue
    st['invalid']+=1
    if not g.startswith('ERR'): st['invalid-accepted']+=1; diffs.append((s,'OK',e,'acc')); continue
    j=json.loads(g[4:])
    if j[:2]!=e[:2]: st['msgdiff']+=1; diffs.append((s,j,e,'msg'))
    elif j[2:4]!=e[2:4]: st['posdiff']+=1; diffs.append((s,j,e,'pos'))
    elif len(e)>4 and j[4:6]!=e[4:6]: st['enddiff']+=1; diffs.append((s,j,e,'end'))
    elif len(e)>6 and j[6]!=e[6]: st['textdiff']+=1; diffs.append((s,j,e,'text'))
    else: st['same']+=1
print(dict(st))
for s,g,e,k in diffs:
    key=(k,str(g[1]) if isinstance(g,list) else g[:10],str(e[1]) if isinstance(e,list) else '')
    shown[key]+=1
    if shown[key]<=1 and len(shown)<=30: print('---',k,repr(s[:300]),'\n  got',str(g)[:300],'\n  exp',str(e)[:300])
print(shown.most_common(12))
