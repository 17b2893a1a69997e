"""Recursion a million calls deep: plain, through sorted(key=...), __getattr__ and repr. Times under two interpreters in turn; the peer's
limit is raised too, and what it does then is shown (CPython 3.11 ends with the machine stack where C code is on the way).

    measure.py WEFT PEER
"""
import subprocess
import sys
import time

HEAD = "import sys\nN = %d\nsys.setrecursionlimit(10**8)\n"
PROGRAMS = {
    "plain": "def f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\nprint(f(N))",
    "sorted(key=...)": "depth = 0\ndef g(n):\n    global depth\n    depth += 1\n    if n: sorted((n - 1,), key=g)\n    return 0\ng(N)\nprint(depth - 1)",
    "__getattr__": "class C:\n    def __getattr__(self, name):\n        n = int(name[1:])\n        return 0 if n == 0 else 1 + getattr(self, 'a%d' % (n - 1))\nprint(getattr(C(), 'a%d' % N))",
    "repr": "class C:\n    def __init__(self, n): self.n = n\n    def __repr__(self):\n        global depth\n        depth += 1\n        if self.n: repr(C(self.n - 1))\n        return ''\n"
            "depth = 0\nrepr(C(N))\nprint(depth - 1)",
    "repr of nested lists": "l = []\nfor i in range(N):\n    l = [l]\nprint(len(repr(l)) // 2 - 1)",
}


def run(interpreter, n, source):
    start = time.perf_counter()
    p = subprocess.run([interpreter, "-I", "-S", "-c", HEAD % n + source], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    took = time.perf_counter() - start
    if p.returncode < 0:
        return "signal %d" % -p.returncode
    if p.returncode:
        return p.stderr.strip().split("\n")[-1][:40]
    return "%.2f s%s" % (took, "" if p.stdout.strip() == str(n) else ", but " + p.stdout.strip()[:20])


print("%-22s %10s %-20s %s" % ("recursion", "depth", "weft", "peer"))
for name, source in PROGRAMS.items():
    for n in (10**4, 10**6):
        print("%-22s %10d %-20s %s" % (name, n, run(sys.argv[1], n, source), run(sys.argv[2], n, source)), flush=True)
