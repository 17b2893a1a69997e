"""How soon is a program fast? Time per iteration over the first ten seconds, for ten programs under several interpreters.

    measure.py SECONDS NAME=INTERPRETER... [PROGRAM...]       e.g. 10 cpython=/usr/bin/python3.11 weft=.build/release/weft pypy=pypy3

Every program runs in a process of its own. curves.json gets the CPU milliseconds of every iteration; the table says: the first iteration,
when an iteration was first within a quarter of the settled time (in seconds of CPU since the program's start), the settled time (median of the
last third), and how many iterations there were.
"""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def child(name, seconds):
    sys.path.insert(0, HERE)
    import programs
    f = getattr(programs, name)
    clock = time.process_time
    out, end = [], clock() + seconds
    t = clock()
    while t < end:
        f()
        u = clock()
        out.append(u - t)
        t = u
    print(json.dumps([round(x * 1000, 4) for x in out]))


def median(a):
    return sorted(a)[len(a) // 2]


def main(seconds, peers):
    sys.path.insert(0, HERE)
    import programs
    only = [p for p in peers if "=" not in p]
    peers = [p.split("=", 1) for p in peers if "=" in p]
    path, curves = os.path.join(HERE, "curves.json"), {}
    if only and os.path.exists(path):
        with open(path) as f:
            curves = json.load(f)
    print("%-12s %-9s %10s %10s %12s %10s" % ("program", "", "first ms", "settled s", "settled ms", "iterations"))
    for f in programs.ALL:
        if only and f.__name__ not in only:
            continue
        for name, command in peers:
            out = subprocess.run([command, os.path.abspath(__file__), "--child", f.__name__, str(seconds)], stdout=subprocess.PIPE, check=True, timeout=3600)
            ms = json.loads(out.stdout)
            curves.setdefault(f.__name__, {})[name] = thin(ms)
            settled = median(ms[-max(1, len(ms) // 3):])
            at = 0.0
            for x in ms:
                at += x
                if x <= settled * 1.25:
                    break
            print("%-12s %-9s %10.2f %10.2f %12.3f %10d" % (f.__name__, name, ms[0], at / 1000, settled, len(ms)), flush=True)
    with open(path, "w") as out:
        json.dump(curves, out, separators=(",", ":"))
        out.write("\n")


def thin(ms, points=60):
    """Pairs of seconds since the start and milliseconds an iteration: the first twenty one by one, then medians of growing groups."""
    out, at, k, group = [], 0.0, 0, 1.0
    while k < len(ms):
        n = 1 if k < 20 else int(group)
        part = ms[k:k + n]
        at += sum(part)
        out.append([round(at / 1000, 3), median(part)])
        k += n
        if k >= 20:
            group = max(2.0, group * 1.2)
    return out


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(sys.argv[2], float(sys.argv[3]))
    else:
        main(float(sys.argv[1]), sys.argv[2:])
