"""How far is Weft from LuaJIT on four loops?

    measure.py WEFT [ROUNDS [SECONDS]]

Runs programs.py under Weft, PyPy (if there is one) and programs.lua under LuaJIT in turn, checks that the results agree, and prints the
medians over the rounds of milliseconds for an iteration and of the ratios to LuaJIT within a round.
"""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ["int_loop", "float_loop", "nbody", "spectral_norm"]


def median(a):
    return sorted(a)[len(a) // 2]


def run(command, program, seconds):
    suffix = ".lua" if os.path.basename(command).startswith("luajit") else ".py"
    out = subprocess.run([command, os.path.join(HERE, "programs" + suffix), program, str(seconds)], stdout=subprocess.PIPE, check=True, timeout=600)
    _, ms, result = out.stdout.decode().split()
    return float(ms), float(result)


def main(weft, rounds=3, seconds=2.0):
    peers = [("luajit", shutil.which("luajit")), ("weft", weft), ("pypy", shutil.which("pypy3"))]
    peers = [(n, p) for n, p in peers if p]
    if peers[0][0] != "luajit":
        print("no luajit")
        return 1
    for program in PROGRAMS:
        times = {n: [] for n, _ in peers}
        results = []
        for _ in range(int(rounds)):
            for n, p in peers:
                ms, result = run(p, program, float(seconds))
                times[n].append(ms)
                results.append(result)
        agree = max(results) - min(results) <= 1e-9 * max(1, abs(results[0]))
        line = "%-14s" % program + "   ".join("%s %8.3f ms" % (n, median(t)) for n, t in times.items())
        ratios = {n: median([a / b for a, b in zip(t, times["luajit"])]) for n, t in times.items() if n != "luajit"}
        print(line + "   " + ", ".join("%s / luajit %.2f" % r for r in ratios.items()) + ("" if agree else "   RESULTS DIFFER"), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
