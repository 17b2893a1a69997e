"""Random loops under Weft's compiler and without it: what they print must be the same.

    fuzz_loops.py WEFT [SECONDS] [SEED] [MOST] [--keep FOLDER]

A program is a dozen functions, each with a loop or two: arithmetic at the edges of ranges, values that change their kind in the middle,
containers, attributes that come late, methods, closures, exceptions, generators, tasklets and channels. It runs without the
compiler, with every loop compiled after two iterations, the same with guards that fail though they hold, and on interpreted
traces. A function that differs is reduced statement by statement and kept in FOLDER (.build/fuzz) with the dump of its traces.
The last lines say how many programs ran, and "N passed, N failed", a function being one test.
"""
import ast
import os
import random
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FUNCTIONS = 12
MODES = [["--jit-threshold=2"], ["--jit-threshold=2", "--jit-fail-guards=7"], ["--jit-threshold=3", "--jit-fail-guards=23"], ["--replay-traces"],
         ["--jit-threshold=2", "--nursery=65536"]]

PRELUDE = r'''
import stackless

def show(x, depth=0):
    t = type(x)
    if depth > 5: return "..."
    if t is list: return "[" + ", ".join(show(y, depth + 1) for y in x[:40]) + "]%d" % len(x)
    if t is tuple: return "(" + ", ".join(show(y, depth + 1) for y in x) + ",)"
    if t is dict: return "{" + ", ".join(show(k, depth + 1) + ": " + show(v, depth + 1) for k, v in list(x.items())[:40]) + "}"
    if t is set: return "set(" + ", ".join(sorted(show(y, depth + 1) for y in x)) + ")"
    if t in (int, float, str, bool, type(None)): return repr(x)[:200]
    if isinstance(x, (Point, Other)): return t.__name__ + show(sorted(x.__dict__.items()), depth + 1)
    if isinstance(x, BaseException): return t.__name__
    return "<" + t.__name__ + ">"

class Point:
    scale = 3
    def __init__(self, x, y=0): self.x = x; self.y = y
    def add(self, d): self.x += d; return self.x
    def get(self): return self.y
    def norm(self, k=2): return (self.x if self.x.__class__ in (int, float, bool) else 1) * k + self.scale
    def __add__(self, o): return Point(self.x, o) if not isinstance(o, Point) else Point(o.x, self.y)
    def __lt__(self, o): return self.y.__class__.__name__ < o.__class__.__name__
    def __len__(self): return 3
    def __getitem__(self, i): return (self.x, self.y, i)[i % 3]
    def __bool__(self): return self.x is not None
    @property
    def both(self): return (self.x, self.y)
    def walk(self, n):
        for i in range(n):
            yield self.x
            self.y = i

class Other(Point):
    def get(self): return self.x
    def norm(self, k=5): return super().norm(k) - 1

def plus(a, b): return a + b
def swap(a, b=1): return b, a
def choose(c, a, b):
    if c: return a
    return b
def count(n, start=0):
    while n > 0:
        n -= 1
        got = yield start
        if got is not None: start = got
        start += 1
def raiser(k, every):
    if k % every == 0: raise KeyError(k)
    return k
class Later:
    def __init__(self, value, pauses): self.value = value; self.pauses = pauses
    def __await__(self):
        while self.pauses:
            self.pauses -= 1
            got = yield self
        return give(self)
def give(later):
    if later.value is None: raise KeyError(0)
    return later.value
def relay(n, v):
    got = yield from count(n, v)
    return (got, v)
async def ask(v, pauses):
    return await Later(v, pauses)
async def asks(n, v, pauses):
    total = []
    for k in range(n):
        try: total.append(await (ask(v, pauses) if k & 1 else Later(k, pauses)))
        except KeyError: total.append("none")
    return total
def drive(c, most=50):
    try:
        while most:
            most -= 1
            c.send(None)
    except StopIteration as e: return e.value
def small(x):
    return x if not isinstance(x, int) or -1 << 70 < x < 1 << 70 else x % 1000003

def run(name, f):
    try:
        print(name, show(f()))
    except Exception as e:
        print(name, "raised", type(e).__name__, str(e)[:100])
'''

EDGES = ["0", "1", "-1", "2", "3", "7", "-7", "10", "63", "64", "255", "1 << 31", "(1 << 31) - 1", "-(1 << 31)", "1 << 32", "(1 << 53) + 1", "(1 << 61)", "(1 << 61) - 1", "(1 << 62) - 1",
         "1 << 62", "-(1 << 62)", "-(1 << 62) - 1", "(1 << 63) - 1", "1 << 63", "-(1 << 63)", "1 << 64", "4611686018427387900", "-4611686018427387900", "True", "False", "3037000500"]
FLOATS = ["0.0", "-0.0", "1.0", "0.5", "-1.5", "2.5", "1e16", "1e300", "-1e300", "1e-300", "5e-324", "float('inf')", "float('nan')", "9007199254740993.0", "4.6e18", "0.1", "3.0"]
STRINGS = ["''", "'a'", "'abc'", "'xyz'", "'\\u00e9'", "'12'"]


class Maker:
    def __init__(self, rng):
        self.r = rng

    def function(self, name):
        r = self.r
        self.lines, self.level, self.loops, self.counter = [], 1, 0, 0
        self.ints, self.floats, self.any, self.lists, self.dicts, self.objects, self.strings = [], [], [], [], [], [], []
        self.cells = r.random() < 0.3
        self.budget = r.randrange(8, 26)
        for _ in range(r.randrange(1, 4)):
            self.bind(self.ints, r.choice(EDGES))
        if r.random() < 0.7:
            self.bind(self.floats, r.choice(FLOATS))
        self.bind(self.any, r.choice(EDGES + FLOATS + STRINGS + ["None", "(1, 2)", "[]"]))
        if r.random() < 0.7:
            self.bind(self.lists, "[%s]" % ", ".join(r.choice(EDGES + FLOATS) for _ in range(r.randrange(0, 6))))
        if r.random() < 0.5:
            self.bind(self.dicts, "{%s}" % ", ".join("%s: %s" % (r.choice(["0", "1", "2", "'k'", "'x'", "1.0", "(1, 2)"]), r.choice(EDGES)) for _ in range(r.randrange(0, 4))))
        if r.random() < 0.7:
            self.bind(self.objects, "%s(%s, %s)" % (r.choice(["Point", "Other"]), r.choice(EDGES), r.choice(EDGES + FLOATS)))
        if r.random() < 0.3:
            self.bind(self.strings, r.choice(STRINGS))
        self.line("errors = []")
        if self.cells:
            self.cell = self.fresh("c")
            self.line("%s = %s" % (self.cell, r.choice(EDGES)))
            self.line("def bump(d=1):")
            self.line("    nonlocal %s" % self.cell)
            self.line("    %s = small(%s + d)" % (self.cell, self.cell))
            self.line("    return %s" % self.cell)
            self.any.append(self.cell)
        self.loop()
        if r.random() < 0.4:
            self.loop()
        names = self.ints + self.floats + self.any + self.lists + self.dicts + self.objects + self.strings
        self.line("return (errors, %s)" % ", ".join(names))
        return "def %s():\n%s\nrun('%s', %s)\n" % (name, "\n".join(self.lines), name, name)

    def fresh(self, c):
        self.counter += 1
        return "%s%d" % (c, self.counter)

    def line(self, text):
        self.lines.append("    " * self.level + text)

    def bind(self, kind, value):
        name = self.fresh("v")
        kind.append(name)
        self.line("%s = %s" % (name, value))

    def pick(self, kind, other):
        return self.r.choice(kind) if kind else other

    # ---- expressions

    def number(self, depth=0):
        r = self.r
        k = r.random()
        if depth > 2 or k < 0.45:
            return r.choice(self.ints + self.floats + self.any[:1] + (["i"] if self.loops else []) or ["1"])
        if k < 0.6:
            return r.choice(EDGES + FLOATS) if r.random() < 0.5 else str(r.randrange(-9, 30))
        if k < 0.64 and self.cells:
            return "bump(%s)" % r.choice(["", "2", "-1"])
        if k < 0.68 and self.objects:
            o = r.choice(self.objects)
            return r.choice(["%s.x", "%s.y", "%s.get()", "%s.norm()", "%s.scale", "%s.norm(k=3)", "len(%s)", "%s[1]"]) % o
        if k < 0.71 and self.lists:
            return "%s[%s]" % (r.choice(self.lists), r.choice(["0", "-1", "i", "i % 3", "1"]) if self.loops else "0")
        if k < 0.74:
            return "choose(%s, %s, %s)" % (self.condition(depth + 1), self.number(depth + 1), self.number(depth + 1))
        if k < 0.77:
            return "plus(%s, %s)" % (self.number(depth + 1), self.number(depth + 1))
        if k < 0.79:
            return "(-%s)" % self.number(depth + 1)
        if k < 0.81:
            return "(%s if %s else %s)" % (self.number(depth + 1), self.condition(depth + 1), self.number(depth + 1))
        if k < 0.83:
            return r.choice(["abs(%s)", "int(%s)", "float(%s)", "bool(%s)", "min(%s, 5)", "max(0, %s)", "round(%s)"]) % self.number(depth + 1)
        op = r.choice(["+", "-", "*", "+", "-", "*", "//", "%", "&", "|", "^", "/", "<<", ">>"])
        right = self.number(depth + 1)
        if op in ("<<", ">>"):
            right = str(r.choice([0, 1, 3, 31, 61, 62, 63, 64]))
        return "(%s %s %s)" % (self.number(depth + 1), op, right)

    def condition(self, depth=0):
        r = self.r
        k = r.random()
        if k < 0.45:
            return "%s %s %s" % (self.number(depth + 1), r.choice(["<", "<=", "==", "!=", ">", ">="]), self.number(depth + 1))
        if k < 0.6 and self.loops:
            return "i %s %d" % (r.choice(["==", ">", "<", "!="]), r.randrange(0, 20))
        if k < 0.7 and self.loops:
            return "i %% %d == %d" % (r.choice([2, 3, 5]), r.randrange(2))
        if k < 0.76:
            return "isinstance(%s, %s)" % (self.pick(self.any, "None"), r.choice(["int", "float", "(str, list)", "Point"]))
        if k < 0.82:
            return "%s is %sNone" % (self.pick(self.any, "None"), r.choice(["", "not "]))
        if k < 0.88 and self.dicts:
            return "%s %sin %s" % (r.choice(["'k'", "1", "2.0"]), r.choice(["", "not "]), r.choice(self.dicts))
        if k < 0.94 and depth < 2:
            return "%s %s %s" % (self.condition(depth + 1), r.choice(["and", "or"]), self.condition(depth + 1))
        return r.choice(["not ", ""]) + self.pick(self.any + self.ints + self.objects + self.lists, "1")

    def value(self):
        r = self.r
        return r.choice([self.number, self.number, lambda: r.choice(STRINGS + ["None", "(i, 1)" if self.loops else "()", "[1]", "Point(1, 2.5)", "Other(3)"])])()

    # ---- statements

    def loop(self):
        r = self.r
        n = r.choice([5, 12, 25, 40])
        kind = r.randrange(8)
        outer = self.loops
        i = "i" if not outer else "i"
        if kind < 3 or outer:
            head = "for i in range(%s):" % r.choice([str(n), "%d, %d" % (r.randrange(-5, 5), n), "%d, 0, -%d" % (n, r.randrange(1, 4))])
            if outer:
                head = "for j%d in range(%d):" % (outer, r.choice([3, 6, 9]))
        elif kind == 3:
            self.line("i = 0")
            head = "while i < %d:" % n
        elif kind == 4:
            head = "for i in [%s]:" % ", ".join(r.choice(EDGES + FLOATS) if r.random() < 0.3 else str(r.randrange(20)) for _ in range(n))
        elif kind == 5:
            head = "for i, item in enumerate(%s):" % ("[%s] * %d" % (", ".join(r.choice(EDGES + FLOATS) for _ in range(4)), n // 4 + 1))
        elif kind == 6:
            head = "for i in count(%d):" % n
        else:
            head = "for i in %s:" % (self.pick(self.objects, "Point(1)") + ".walk(%d)" % n if r.random() < 0.5 else "iter(range(%d))" % n)
        self.line(head)
        self.level += 1
        self.loops += 1
        if kind == 3 and not outer:
            self.line("i += 1")
        if kind == 5 and not outer:
            self.any.append("item")
        guarded = r.random() < 0.75
        if guarded:
            self.line("try:")
            self.level += 1
        for _ in range(r.randrange(1, 6)):
            self.statement()
        if guarded:
            self.level -= 1
            self.line("except (ArithmeticError, TypeError, LookupError, ValueError, AttributeError) as e:")
            self.line("    errors.append(type(e).__name__)")
            if r.random() < 0.2:
                self.line("    %s" % r.choice(["continue", "%s = 0" % self.pick(self.ints, "i")]))
        for v in self.ints + self.any[:1]:
            self.line("%s = small(%s)" % (v, v))
        if kind == 5 and not outer:
            self.any.remove("item")
        self.loops -= 1
        self.level -= 1

    def block(self, most=2):
        self.level += 1
        for _ in range(self.r.randrange(1, most + 1)):
            self.statement()
        self.level -= 1

    def made(self):
        # Something new, under two names.
        r = self.r
        a, b = self.fresh("m"), self.fresh("m")
        kind = r.randrange(3)
        if kind == 0:
            self.line("%s = [%s, %s]" % (a, self.number(1), self.value()))
            self.line("%s = %s" % (b, r.choice([a, "[%s, 0]" % a, "choose(%s, %s, [1, 2])" % (self.condition(1), a)])))
            for _ in range(r.randrange(1, 4)):
                self.line(r.choice(["%s[0] = %s", "%s[-1] = %s", "%s[i & 1] = %s" if self.loops else "%s[1] = %s", "%s.append(%s)"]) % (r.choice([a, b]), self.number(1)))
        elif kind == 1:
            self.line("%s = %s(%s, %s)" % (a, r.choice(["Point", "Other"]), self.number(1), self.value()))
            self.line("%s = %s" % (b, r.choice([a, "Point(%s)" % a, "choose(%s, %s, Point(4))" % (self.condition(1), a)])))
            for _ in range(r.randrange(1, 4)):
                self.line(r.choice(["%s.x = %s", "%s.y = %s", "%s.late = %s", "%s.x = (%s, 2)"]) % (r.choice([a, b]), self.number(1)))
        else:
            self.line("%s = (%s, %s)" % (a, self.number(1), self.value()))
            self.line("%s = {'k': %s, 'n': i}" % (b, a) if self.loops else "%s = {'k': %s}" % (b, a))
            self.line("%s[%s] = %s" % (b, r.choice(["'k'", "'z'"]), self.number(1)))
        self.line("errors.append(%s)" % r.choice(["%s[0]" % a if kind != 1 else a + ".x", "(%s, %s)" % (a, b), b, "%s[1]" % a if kind != 1 else "(%s.y, %s)" % (a, a)]))
        if r.random() < 0.3 and kind != 1:
            self.line("if %s: errors.append((%s, %s))" % (self.condition(1), b, a))

    def statement(self):
        r = self.r
        self.budget -= 1
        k = r.random()
        if self.budget < 0:
            self.line("%s = %s" % (self.pick(self.ints, "i"), self.number()))
            return
        if k < 0.22:
            self.line("%s %s %s" % (self.pick(self.ints, "i2"), r.choice(["=", "="]), self.number()))
        elif k < 0.32:
            name = self.pick(self.ints + self.floats, None)
            if name:
                self.line("%s %s %s" % (name, r.choice(["+=", "-=", "*=", "+=", "//=", "%=", "&=", "^="]), self.number(1)))
            else:
                self.line("pass")
        elif k < 0.38 and self.floats:
            self.line("%s = %s" % (r.choice(self.floats), r.choice(["%s * 0.5 + 1", "%s + 0.1", "-%s", "%s * %s", "float(%s)"]).replace("%s", r.choice(self.floats + self.ints))))
        elif k < 0.44:
            self.line("%s = %s" % (r.choice(self.any[:1]), self.value()))
        elif k < 0.54:
            self.line("if %s:" % self.condition())
            self.block()
            if r.random() < 0.4:
                self.line("else:")
                self.block(1)
        elif k < 0.58:
            self.line("if %s: %s" % (self.condition(), r.choice(["break", "continue"])))
        elif k < 0.66 and self.lists:
            l = r.choice(self.lists)
            self.line(r.choice(["%s.append(%s)" % (l, self.number()), "%s[%s] = %s" % (l, r.choice(["0", "-1", "i % 4", "i"]), self.value()),
                                "if len(%s) > 3: %s = %s[1:]" % (l, l, l), "%s.append(len(%s))" % (l, l), "if %s: %s.pop()" % (l, l), "a, *b = %s; %s.extend(b[:2])" % (l, l),
                                "%s += [i, %s]" % (l, self.number()), "%s = [x for x in %s if x != i][-6:]" % (l, l)]))
        elif k < 0.72 and self.dicts:
            d = r.choice(self.dicts)
            self.line(r.choice(["%s[%s] = %s" % (d, r.choice(["'k'", "i", "i % 3", "'x'", "float(i % 2)"]), self.number()), "%s['n'] = %s.get('n', 0) + 1" % (d, d), "%s.pop(i %% 3, None)" % d,
                                "errors.append(%s[%s])" % (d, r.choice(["i", "'k'", "'n'"])), "if len(%s) > 8: %s.clear()" % (d, d)]))
        elif k < 0.82 and self.objects:
            o = r.choice(self.objects)
            self.line(r.choice(["%s.x = %s" % (o, self.number()), "%s.y = %s" % (o, self.value()), "%s.x += 1" % o, "%s.add(%s)" % (o, self.number()), "if i == %d: %s.late = i" % (r.randrange(20), o),
                                "if i == %d: %s.__class__ = %s" % (r.randrange(20), o, r.choice(["Point", "Other"])), "%s = %s + %s" % (o, o, self.number()), "%s.y, %s.x = swap(%s.x, %s)" % (o, o, o, self.number()),
                                "if i == %d: Point.scale = %s" % (r.randrange(20), r.choice(EDGES)), "errors.append(%s.both == (1, 0))" % o, "if i == %d: del %s.y" % (r.randrange(20), o), "if i == %d: %s.get = lambda: 5" % (r.randrange(20), o),
                                "%s = %s(%s)" % (o, r.choice(["Point", "Other"]), self.number())]))
        elif k < 0.835:
            self.made()
        elif k < 0.865:
            kind = r.randrange(4)
            self.line("try:")
            self.block(1)
            self.line("    errors.append(raiser(int(i), %d))" % r.randrange(2, 7))
            self.line(["except KeyError as e:", "except (KeyError, OverflowError):", "except Exception as e:", "finally:"][kind])
            self.block(1)
        elif k < 0.90:
            g = self.fresh("g")
            self.line(r.choice([
                "%s = count(3, %s); next(%s); errors.append(%s.send(%s))" % (g, self.number(), g, g, self.number()),
                "%s = sum(x for x in count(4, i))" % self.pick(self.ints, "i2"),
                "errors.append([y for y in count(2, %s)])" % self.number(),
                "for %s in count(3): errors.append(%s + 1)" % (g, g),
                "errors.append(drive(ask(%s, %d)))" % (self.value(), r.randrange(3)),
                "errors.append(drive(asks(%d, %s, %s)))" % (r.randrange(5), self.value(), r.choice(["0", "1", "i & 1"] if self.loops else ["1"])),
                "errors.append(drive(relay(%d, %s)))" % (r.randrange(3), self.value()),
                "%s, z = swap(%s)" % (self.any[0], self.number())]))
        elif k < 0.94:
            t = self.fresh("ch")
            self.line(r.choice([
                "%s = stackless.channel(); stackless.tasklet(lambda c, v: c.send(v))(%s, %s); errors.append(%s.receive())" % (t, t, self.number(), t),
                "stackless.tasklet(errors.append)(%s); stackless.run()" % self.number(),
                "stackless.tasklet(lambda: (errors.append(1), stackless.schedule(), errors.append(2)))(); stackless.schedule()",
                "stackless.schedule()"]))
        elif self.loops < 2:
            self.loop()
        else:
            self.line("%s = %s" % (self.any[0], self.value()))


def run(weft, flags, text, folder):
    path = os.path.join(folder, "loops.py")
    with open(path, "w") as f:
        f.write(text)
    try:
        p = subprocess.run([weft] + flags + [path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60, env=dict(os.environ, PYTHONHASHSEED="0"))
    except subprocess.TimeoutExpired:
        return ["no answer"]
    out = p.stdout.decode("utf-8", "replace").splitlines()
    if p.returncode:
        out.append("status %d %s" % (p.returncode, p.stderr.decode("utf-8", "replace")[-200:]))
    return out


def differs(weft, flags, text, folder):
    return run(weft, ["--jit", "off"], text, folder) != run(weft, flags, text, folder)


def reduce(weft, flags, source, folder):
    """Drops statements as long as the difference stays."""
    tree = ast.parse(source)

    def bodies(node):
        for n in ast.walk(node):
            for field in ("body", "orelse", "finalbody", "handlers"):
                b = getattr(n, field, None)
                if isinstance(b, list) and b:
                    yield n, field, b
    changed, end = True, time.monotonic() + 90
    while changed and time.monotonic() < end:
        changed = False
        for n, field, b in list(bodies(tree)):
            k = 0
            while k < len(b) and time.monotonic() < end:
                if n is tree:
                    k += 1
                    continue
                removed = b.pop(k)
                spare = not b and field in ("body",)
                if spare:
                    b.append(ast.Pass())
                try:
                    text = ast.unparse(ast.fix_missing_locations(tree))
                    compile(text, "x", "exec")
                    ok = not isinstance(removed, ast.Pass) and differs(weft, flags, PRELUDE + text + "\n", folder)
                except Exception:
                    ok = False
                if ok:
                    changed = True
                    if spare:
                        k += 1
                else:
                    if spare:
                        b.pop()
                    b.insert(k, removed)
                    k += 1
    return ast.unparse(tree)


def main(argv):
    keep = os.path.join(os.path.dirname(HERE), ".build", "fuzz")
    if "--keep" in argv:
        at = argv.index("--keep")
        keep = argv[at + 1]
        del argv[at:at + 2]
    weft = argv[0]
    seconds = float(argv[1]) if len(argv) > 1 else 30
    seed = int(argv[2]) if len(argv) > 2 else 1
    most = int(argv[3]) if len(argv) > 3 else 1 << 30
    end = time.monotonic() + seconds
    programs = passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        while programs < most and (time.monotonic() < end or argv[3:]):
            rng = random.Random(seed * 1000003 + programs)
            made = []
            for k in range(FUNCTIONS):
                text = Maker(rng).function("f%d" % k)
                try:
                    compile(text, "made", "exec")
                except SyntaxError:
                    continue
                made.append(text)
            programs += 1
            wanted = run(weft, ["--jit", "off"], PRELUDE + "".join(made), folder)
            bad = {}
            for flags in MODES if programs % 4 == 0 else [MODES[0], MODES[1 + programs % 4]]:
                got = run(weft, flags, PRELUDE + "".join(made), folder)
                if got != wanted:
                    for k, text in enumerate(made):
                        if k not in bad and differs(weft, flags, PRELUDE + text, folder):
                            bad[k] = flags
                    if not bad:
                        bad[-1] = flags
            passed += len(made) - len(bad)
            failed += len(bad)
            for k, flags in bad.items():
                source = reduce(weft, flags, made[k], folder) if k >= 0 else "".join(made)
                os.makedirs(keep, exist_ok=True)
                path = os.path.join(keep, "loop_%d_%d_%d.py" % (seed, programs, k))
                with open(path, "w") as f:
                    f.write("# weft %s\n" % " ".join(flags) + PRELUDE + source + "\n")
                print("FAIL loop of seed %d, program %d, function %d: weft %s %s" % (seed, programs, k, " ".join(flags), path))
                print(source[:3000])
                a, b = run(weft, ["--jit", "off"], PRELUDE + source + "\n", folder), run(weft, flags, PRELUDE + source + "\n", folder)
                print("  without: %s\n  with:    %s" % ("\n".join(a)[-600:], "\n".join(b)[-600:]), flush=True)
                dump = subprocess.run([weft, "--jit-dump"] + flags + [path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=60)
                with open(path + ".traces", "wb") as f:
                    f.write(dump.stdout[:1 << 20])
    print("%d programs of loops" % programs)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
