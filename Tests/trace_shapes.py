"""What loops become: Python in, the shape of the recorded trace out.

    trace_shapes.py WEFT

Each case is a function `f` whose loop is recorded; its expectations are on the instructions between `loop` and `jump`:
`only` names the operations that may be there, `none` those that may not, `most` the largest number of instructions.
"""
import re
import subprocess
import sys
import tempfile

CASES = [
    ("integer additions stay in registers", """
def f(n):
    i = s = 0
    while i < n:
        s += i
        i += 1
    return s
""", dict(only="phi guardClear32 addTagged guardLess guardTagged", none="load store step box", most=8)),
    ("doubles are not boxed", """
def f(n):
    x = 0.0
    i = 0
    while i < n:
        x = x * 0.5 + 1.5
        i += 1
    return x
""", dict(none="decode step store load", most=12)),
    ("an inlined call leaves nothing of its frame", """
def add(a, b):
    return a + b
def f(n):
    s = 0
    for i in range(n):
        s = add(s, i)
    return s
""", dict(none="call step")),
    ("attributes are found once, methods inlined", """
class A:
    __slots__ = ("v",)
    def __init__(self): self.v = 0
    def add(self, k): self.v += k
def f(n):
    a = A()
    for i in range(n):
        a.add(i)
    return a.v
""", dict(none="call step guardShape")),
    ("properties are called like functions", """
class A:
    __slots__ = ("v",)
    @property
    def p(self): return self.v
def f(n):
    a = A()
    a.v = 3
    s = 0
    for i in range(n):
        s += a.p
    return s
""", dict(none="call step guardShape")),
    ("list items by index", """
def f(n):
    a = [1] * n
    s = 0
    for i in range(n):
        s += a[i]
    return s
""", dict(none="step call", most=24)),
    ("integers become doubles without calls", """
def f(n):
    s = 0.0
    for i in range(1, n):
        s += 1.0 / i
    return s
""", dict(none="step call")),
    ("tuples, lists and instances that nobody looks at are not made", """
class A:
    def __init__(self, v): self.v = v
def f(n):
    s = i = 0
    while i < n:
        a, b = t = (i, 1)
        p = A(t)
        q = [p, b]
        s += q[0].v[1] + len(q)
        i += b
    return s
""", dict(none="call step box")),
    ("keywords and defaults are bound while recording", """
def g(a, b=2, *rest, k, m=5, **more): return a + b + k + m + len(rest)
def f(n):
    s = 0
    for i in range(n): s += g(i, k=1) + g(i, 1, k=2, m=3)
    return s
""", dict(none="call step")),
    ("super() finds its method while recording", """
class A:
    def inc(self, k): return k + 1
class B(A):
    def inc(self, k): return super().inc(k + 1)
o = B()
def f(n):
    s = 0
    for i in range(n): s += o.inc(i)
    return s
""", dict(none="call step")),
    ("appending to a list with room is a store", """
def f(n):
    a = [0] * 1000
    del a[5:]
    for i in range(n):
        a.append(i)
        if len(a) > 400: del a[5:]
    return len(a)
""", dict(contains="storeItem")),
    ("an exception and its handler stay in the trace", """
def g(i):
    if i & 1: raise KeyError(i)
    return i
def f(n):
    s = 0
    i = 0
    while i < n:
        i += 1
        try: s += g(1)
        except KeyError: s += 1
    return s
""", dict(contains="step")),
]


def loop_of(weft, source):
    with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
        f.write(source + "\nf(300)\nf(300)\n")
        f.flush()
        p = subprocess.run([weft, "-I", "-S", "--jit-threshold=60", "--jit-dump", f.name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        text = p.stderr.decode("utf-8", "replace")
        if p.returncode:
            return None, text[-500:]
        for part in re.split(r"(?m)^(?=trace \d+: )", text):
            m = re.match(r"trace \d+: loop, f at %s:" % re.escape(f.name), part)
            if m:
                body = re.search(r"(?ms)^ +loop ?$(.*?)^ +jump", part)
                return (body.group(1).strip("\n").split("\n") if body else None), part
        return None, text[-500:]


def operation(line):
    m = re.match(r"\s*(?:v\d+\s+= )?(\w+)", line)
    return m.group(1)


def main():
    weft = sys.argv[1]
    passed = failed = 0
    for title, source, want in CASES:
        lines, text = loop_of(weft, source)
        why = None
        if lines is None:
            why = "no loop was recorded:\n" + text
        else:
            names = [operation(line) for line in lines]
            if "phiDouble" in names:
                names = [n for n in names if n != "phiDouble"]
            # A box that only exits use is not made in the loop.
            used = " ".join(lines)
            names = [n for n, line in zip([operation(x) for x in lines], lines)
                     if n != "phiDouble" and not (n == "box" and not re.search(r"(?:store|phi|guard|call|step)[^\[\n]*\b%s\b" % re.match(r"\s*(v\d+)", line).group(1), re.sub(r"\[.*?\]", "", used)))]
            if "only" in want and set(names) - set(want["only"].split()):
                why = "unexpected: " + " ".join(sorted(set(names) - set(want["only"].split())))
            if "none" in want and set(names) & set(want["none"].split()):
                why = "there is: " + " ".join(sorted(set(names) & set(want["none"].split())))
            if "contains" in want and set(want["contains"].split()) - set(names):
                why = "missing: " + " ".join(sorted(set(want["contains"].split()) - set(names)))
            if "most" in want and len(names) > want["most"]:
                why = "%d instructions, at most %d expected" % (len(names), want["most"])
        if why is None:
            passed += 1
        else:
            failed += 1
            print("FAIL %s: %s" % (title, why))
            if lines:
                print("\n".join(lines))
    print("%d passed, %d failed" % (passed, failed))
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
