"""How long the collector stops a program: minor collections and steps of the old space, on a heap that grows to a gibibyte; and the time
of a program that makes trees beside a peer.

    measure.py WEFT PEER
"""
import statistics
import subprocess
import sys
import time

PROGRAMS = {
    "1 GiB of lists": "import random\nkeep = []\nwhile len(keep) < 80:\n    keep.append([[i, i] for i in range(120000)])\nfor i in range(300):\n    keep[i % 80] = [[j, j] for j in range(120000)]",
    "1 GiB of instances": "class C:\n    def __init__(self, a): self.a = a; self.b = None\nkeep = []\nwhile len(keep) < 80:\n    keep.append([C(i) for i in range(200000)])\n"
                          "for i in range(160):\n    keep[i % 80] = [C(j) for j in range(200000)]",
    "short-lived": "for i in range(20000000): (i, i)",
}
TREES = """
def make(depth):
    return (None, None) if depth == 0 else (make(depth - 1), make(depth - 1))
def check(t):
    return 1 if t[0] is None else 1 + check(t[0]) + check(t[1])
for i in range(40):
    check(make(14))
long_lived = make(17)
for i in range(10):
    check(make(15))
"""

for name, source in PROGRAMS.items():
    p = subprocess.run([sys.argv[1], "--gc-pauses", "-I", "-S", "-c", source], stderr=subprocess.PIPE, text=True)
    print(name + "\n    " + p.stderr.strip().replace("\n", "\n    "), flush=True)


def run(interpreter):
    start = time.perf_counter()
    subprocess.run([interpreter, "-I", "-S", "-c", TREES], check=True)
    return time.perf_counter() - start


pairs = [(run(sys.argv[1]), run(sys.argv[2])) for _ in range(5)]
print("binary trees: %.2f s, peer %.2f s, ratio %.2f" % (statistics.median(a for a, b in pairs), statistics.median(b for a, b in pairs),
                                                        statistics.median(a / b for a, b in pairs)))
