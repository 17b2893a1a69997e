"""What does the sampling profiler cost? Processor time of three programs without it and at one sample a millisecond, in turn in one process.

    measure.py WEFT [ROUNDS]

A compiled loop, calls and objects, a deep stack in tasklets. The ratio is the median of the rounds'; the least of the times is beside it. What
starting and ending a profile costs is not in it.
"""
import os
import subprocess
import sys


def loop():
    s = 0
    for i in range(40000000):
        s += i * i % 7


class P:
    def __init__(self, x):
        self.x = x

    def add(self, other):
        return P(self.x + other.x)


def tree(n):
    return None if n == 0 else (tree(n - 1), tree(n - 1))


def objects():
    for k in range(10):
        a, one = P(0), P(1)
        for i in range(300000):
            a = a.add(one)
        d = {}
        for i in range(100000):
            d[i % 1000] = d.get(i % 1000, 0) + 1
        tree(14)


def deep(n, m, schedule):
    if n:
        return deep(n - 1, m, schedule)
    s = 0
    for i in range(m):
        s += len(str(i))
        if i % 100 == 0:
            schedule()
    return s


def tasklets():
    import stackless
    for k in range(20):
        stackless.tasklet(deep)(60, 60000, stackless.schedule)
    stackless.run()


def child(f, rounds):
    import time
    import weft.profile as profile
    clock = time.process_time
    times = [[], []]
    f()
    for k in range(rounds):
        for sampled in (0, 1):
            if sampled:
                profile.start()
            t = clock()
            f()
            times[sampled].append(clock() - t)
            if sampled:
                p = profile.stop()
    ratios = sorted([b / a for a, b in zip(*times)])
    print("%-9s %5.0f ms, %4d samples: median %+5.1f %%, of the least times %+5.1f %%" % (
        f.__name__, 1000 * min(times[0]), p.samples, 100 * (ratios[rounds // 2] - 1), 100 * (min(times[1]) / min(times[0]) - 1)), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(globals()[sys.argv[2]], int(sys.argv[3]))
    else:
        for name in ("loop", "objects", "tasklets"):
            subprocess.run([sys.argv[1], os.path.abspath(__file__), "--child", name, sys.argv[2] if len(sys.argv) > 2 else "9"], check=True, timeout=600)
