"""What does the sampling profiler cost? Processor time of whole programs without it and at one sample a millisecond, in turn.

    measure.py WEFT [ROUNDS]

Three programs: a compiled loop, calls and objects, a deep stack with tasklets. The ratio is the median of the rounds'.
"""
import os
import resource
import subprocess
import sys

PROGRAMS = {
    "loop": """
def f(n):
    s = 0
    for i in range(n):
        s += i * i % 7
    return s
for k in range(12): f(5000000)
""",
    "objects": """
class P:
    def __init__(self, x): self.x = x
    def add(self, other): return P(self.x + other.x)
def tree(n): return None if n == 0 else (tree(n - 1), tree(n - 1))
def f():
    a, one = P(0), P(1)
    for i in range(300000): a = a.add(one)
    d = {}
    for i in range(100000): d[i % 1000] = d.get(i % 1000, 0) + 1
    tree(14)
for k in range(12): f()
""",
    "tasklets": """
import stackless
def deep(n, m):
    if n: return deep(n - 1, m)
    s = 0
    for i in range(m):
        s += len(str(i))
        if i % 100 == 0: stackless.schedule()
    return s
for k in range(20): stackless.tasklet(deep)(60, 60000)
stackless.run()
""",
}


def seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(weft, rounds):
    for name, source in PROGRAMS.items():
        ratios, times = [], []
        for _ in range(rounds):
            a = seconds([weft, "-c", source])
            b = seconds([weft, "--profile", "-c", source])
            times.append(a)
            ratios.append(b / a)
        ratios.sort()
        print("%-9s %6.2f s, with samples %+5.1f %%  (%s)" % (name, sorted(times)[len(times) // 2], 100 * (ratios[len(ratios) // 2] - 1),
                                                            " ".join("%+.1f" % (100 * (r - 1)) for r in ratios)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
