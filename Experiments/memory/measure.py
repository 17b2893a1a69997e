"""Peak memory of a list of a million objects under two interpreters in turn, without what an empty program takes.

    measure.py WEFT PEER [ROUNDS]
"""
import os
import statistics
import subprocess
import sys

PROGRAMS = {
    "nothing": "pass",
    "ints": "x = list(range(1000, 1001000))",
    "big ints": "x = [i + 2**64 for i in range(10**6)]",
    "floats": "x = [i * 1.1 for i in range(10**6)]",
    "tiny floats": "x = [i * 1e-300 for i in range(10**6)]",
    "strings": "x = ['%d' % i for i in range(10**6)]",
    "instances of two attributes": "class C:\n    def __init__(self, a, b):\n        self.a = a\n        self.b = b\nx = [C(i, i) for i in range(10**6)]",
    "instances with __slots__": "class C:\n    __slots__ = 'a', 'b'\n    def __init__(self, a, b):\n        self.a = a\n        self.b = b\nx = [C(i, i) for i in range(10**6)]",
    "dicts of two": "x = [{'a': i, 'b': i} for i in range(10**6)]",
    "tuples of two": "x = [(i, i) for i in range(10**6)]",
    "lists of one": "x = [[i] for i in range(10**6)]",
    "sets of two": "x = [{i, -i - 1} for i in range(10**6)]",
    "bytes": "x = [b'%d' % i for i in range(10**6)]",
}


def peak(interpreter, source):
    """Peak resident size in MiB."""
    p = subprocess.Popen([interpreter, "-I", "-S", "-c", source])
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = status
    if status:
        raise SystemExit("%s failed on %r" % (interpreter, source))
    return usage.ru_maxrss / 1024


rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
base = None
print("%-28s %9s %9s   %s" % ("a million", "weft MiB", "peer MiB", "ratio"))
for name, source in PROGRAMS.items():
    pairs = [(peak(sys.argv[1], source), peak(sys.argv[2], source)) for _ in range(rounds)]
    a, b = statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)
    print("%-28s %9.1f %9.1f   %.2f" % (name, a, b, a / b) + ("" if base is None else "   without the start: %.2f" % ((a - base[0]) / max(0.1, b - base[1]))))
    base = base or (a, b)
