# Trees: python3.11 trees.py DIR [STEP]; compares ast.dump of every STEP-th .py file under DIR with ours.
import ast,sys,subprocess,os,glob,warnings,threading
warnings.simplefilter('ignore')
sys.setrecursionlimit(20000)
root=sys.argv[1]
files=sorted(os.path.join(d,f) for d,_,fs in os.walk(root) for f in fs if f.endswith('.py'))
skip=int(sys.argv[2]) if len(sys.argv)>2 else 1
files=files[::skip]
p=subprocess.Popen(['/tmp/h1drv/drv','dump'],stdin=subprocess.PIPE,stdout=subprocess.PIPE)
bad=0;okc=0;errs=0
def main():
    global bad,okc,errs
    for f in files:
        src=open(f,'rb').read()
        try: exp='OK\t'+ast.dump(ast.parse(src),include_attributes=True)
        except (SyntaxError,ValueError) as e: exp='ERR '+repr(e)
        except RecursionError: continue
        p.stdin.write(f.encode()+b'\n'); p.stdin.flush()
        got=p.stdout.readline().rstrip(b'\n').decode('utf8','surrogatepass')
        if not got: print('CRASH',f); break
        if exp.startswith('ERR'):
            errs+=1
            if not got.startswith('ERR'): print('SHOULD FAIL',f,exp); bad+=1
            else: print('  err',os.path.basename(f),exp[:150],'|',got[:150])
            continue
        exp=exp.encode('utf8','surrogatepass').decode('utf8','surrogatepass')
        if got!=exp:
            bad+=1
            if bad<15:
                i=next((i for i,(a,b) in enumerate(zip(got,exp)) if a!=b),min(len(got),len(exp)))
                print('DIFF',f,'\n  got',got[max(0,i-100):i+100],'\n  exp',exp[max(0,i-100):i+100])
        else: okc+=1
    print('ok',okc,'bad',bad,'errs',errs)
threading.stack_size(512<<20)
t=threading.Thread(target=main); t.start(); t.join()
