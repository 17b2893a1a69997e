"""Runs three tiny programs under two interpreters in turn; prints median times and the ratio second/first."""
import statistics
import subprocess
import sys
import time

PROGRAMS = {
    "fib(27)": "def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nfib(27)\n",
    "int loop": "def f(n):\n    s = i = 0\n    while i < n:\n        s = s + i\n        i = i + 1\nf(5000000)\n",
    "float loop": "def f(n):\n    s = 1.0\n    i = 0\n    while i < n:\n        s = s * 0.5 + 0.5\n        i += 1\nf(5000000)\n",
    "start": "pass",
}


def run(interpreter, source):
    start = time.perf_counter()
    subprocess.run([interpreter, "-I", "-S", "-c", source], check=True)
    return time.perf_counter() - start


for name, source in PROGRAMS.items():
    pairs = [(run(sys.argv[1], source), run(sys.argv[2], source)) for _ in range(7)]
    print("%-12s %.3f s  %.3f s  ratio %.2f" % (name, statistics.median(a for a, b in pairs), statistics.median(b for a, b in pairs),
                                             statistics.median(b / a for a, b in pairs)))
