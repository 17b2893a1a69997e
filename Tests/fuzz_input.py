"""Damaged sources, bytecode caches and marshal data: whatever the bytes are, the VM answers with a Python exception or a value.

    fuzz_input.py WEFT [SECONDS] [SEED]

Each round is a process of its own that compiles a few hundred damaged sources, loads as many damaged caches and values, and runs
what loads. The last lines say how many inputs, and "N passed, N failed", a round being one test. A round fails when its process
dies by a signal or says nothing; the input that it was at is kept in .build/fuzz.
"""
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = 300

ROUND = r'''
import ast, marshal, os, random, signal, sys, types

seed, inputs, note = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
r = random.Random(seed)

SOURCES = ["""
def f(a, b=2, *args, c, **kw):
    x = [i * a for i in range(3) if i != b]
    try:
        return x[b] // a
    except (ZeroDivisionError, IndexError) as e:
        print(e, file=None)
    finally:
        del x
    with open('x') as g, g: pass
    return lambda q: (a, b, q)
""", """
class A(object, metaclass=type):
    __slots__ = ('x', 'y')
    def __init__(self, x): self.x = x; super().__init__()
    @property
    def z(self): return f'{self.x!r:>{10}} {1 + 2:x}'
    async def g(self):
        async with self as q: yield 1
        async for i in self: await i
        return
for i in range(3):
    while i < 9:
        i += 1
        if i: break
        else: continue
    else: pass
""", """
match x:
    case [1, *rest] if rest: y = 1
    case {'a': b, **c} | {'d': b, **c}: pass
    case A(x=1, y=(2 | 3)) as z: pass
    case str() | None | -1.5 | 1+2j: pass
    case _: pass
import a.b as c, d
from . import (e, f as g,)
global h
x: int = 1; y += 2; z = a if b else c; print(*a, **k)
x = {1: 2, **{3: 4}}; y = {1, 2}; w = (1,); v = a[1:2, ::3]; u = not a < b <= c is not d
""", "x = 'abc\\n\\x41\\u0041\\N{BULLET}' r'\\d' b'\\x00' 0xff 1_000 1e5 .5 1j 0o17 0b1\n", """
def gen():
    x = yield 1
    y = yield from [x, 2]
    try:
        nonlocal_ = (lambda: x)()
    except* ValueError as e: raise TypeError from e
    assert x, y
    return (z := 3)
l = list(gen()); total = 0
def outer():
    n = 0
    def inner():
        nonlocal n
        n += 1
        return n
    return inner() + inner()
for q in range(10): total += outer() * q
s = {k: v for k, v in zip('abc', range(3))}
t = [total] * 3; t[1:2] = [4, 5]; a, *b = t
u = '%s %d' % (total, 3) + str(s) + f'{total:>9}'
"""]
TOKENS = [b"(", b")", b"[", b"]", b"{", b"}", b":", b",", b"'", b'"', b'"""', b"\\", b"\n", b"    ", b"\t", b"lambda ", b"if ", b"else ", b"for ", b"async ", b"await ", b"yield ", b"*", b"**", b"=", b":=", b"->", b"@", b"...", b"\xff", b"\x00", b"\xe2\x82\xac",
          b"f'{", b"}'", b"#", b"def ", b"class ", b"match ", b"case ", b"try:\n", b"except ", b"finally:\n", b"with ", b"global ", b"nonlocal ", b"0x", b"1e", b"1_", b";", b"!", b"!r", b"in ", b"not ", b"is ", b"\r", b"\x0c", b"\xef\xbb\xbf", b"# coding: latin-1\n", b"from __future__ import annotations\n", b"del ", b"import ", b"-" * 50, b"(" * 90, b"[" * 300, b"not " * 40, b"1" * 5000, b"a." * 60]


def damage(data):
    data = bytearray(data)
    for _ in range(r.choice([1, 1, 1, 2, 3, 8])):
        n = len(data)
        at = r.randrange(n + 1)
        kind = r.randrange(8)
        if kind == 0 and n: data[at % n] = r.randrange(256)
        elif kind == 1 and n: data[at % n] ^= 1 << r.randrange(8)
        elif kind == 2: del data[at:at + r.randrange(1, 20)]
        elif kind == 3: data[at:at] = r.choice(TOKENS)
        elif kind == 4:
            b = r.randrange(n + 1)
            data[at:at] = data[b:b + r.randrange(1, 30)]
        elif kind == 5: del data[at:]
        elif kind == 6 and n: data[at % n] = r.choice([0, 1, 2, 127, 128, 254, 255])
        elif kind == 7 and n > 4:
            b = at % (n - 3)
            data[b:b + 4] = r.choice([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, n]).to_bytes(4, "little")
    return bytes(data)


def late(*a):
    raise TimeoutError


signal.signal(signal.SIGALRM, late)
safe = {n: __builtins__.__dict__[n] for n in ("range", "list", "zip", "str", "len", "int", "dict", "tuple", "super", "type", "property", "object", "ValueError", "TypeError", "ZeroDivisionError", "IndexError", "__build_class__")}
values = [1, -5, 2**70, 1.5, 2j, "abc", "\u20ac", b"xyz", (1, 2, (3,)), [1, [2]], {"a": 1, 2: None}, {1, 2}, frozenset((3, "x")), None, True, Ellipsis, StopIteration, ("k",) * 20]
codes = []
for i, s in enumerate(SOURCES):
    try:
        codes.append(compile(s, "good", "exec"))
    except SyntaxError:
        pass


def keep(kind, data):
    with open(note, "wb") as f:
        f.write(kind.encode() + b"\n" + data)


def use(code):
    ns = {"__builtins__": dict(safe), "__name__": "damaged", "print": len}
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        exec(code, ns)
        for f in list(ns.values()):
            if isinstance(f, types.FunctionType):
                f(1, 2, c=3)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


for i in range(inputs):
    kind = r.choice(["source", "source", "text", "ast", "code", "code", "marshal"])
    if kind in ("source", "text", "ast"):
        data = damage(r.choice(SOURCES).encode())
    elif kind == "code":
        data = damage(marshal.dumps(r.choice(codes)))
    else:
        data = damage(marshal.dumps(r.choice(values), r.choice([0, 1, 2, 3, 4])))
    keep(kind, data)
    try:
        signal.setitimer(signal.ITIMER_REAL, 5)
        if kind == "source": compile(data, "damaged", r.choice(["exec", "exec", "eval", "single"]))
        elif kind == "text": compile(data.decode("utf-8", "surrogateescape"), "damaged", "exec", 0, True, r.choice([-1, 0, 1, 2]))
        elif kind == "ast":
            tree = ast.parse(data, type_comments=r.random() < 0.3)
            compile(tree, "damaged", "exec")
            ast.unparse(tree)
        else:
            v = marshal.loads(data)
            if isinstance(v, types.CodeType):
                repr(v), hash(v), v == v, list(v.co_positions()), v.co_consts
                use(v)
            else:
                repr(v)
    except BaseException as e:
        if isinstance(e, SystemError):
            pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
os.unlink(note)
print("round done")
'''


def main(argv):
    weft = os.path.abspath(argv[0])
    seconds = float(argv[1]) if len(argv) > 1 else 30
    seed = int(argv[2]) if len(argv) > 2 else 0
    keep = os.path.join(os.path.dirname(HERE), ".build", "fuzz")
    end = time.time() + seconds
    passed = failed = 0
    folder = tempfile.mkdtemp(prefix="fuzz-input-")
    script, note = os.path.join(folder, "round.py"), os.path.join(folder, "input")
    with open(script, "w") as f:
        f.write(ROUND)
    n = seed * 100000
    while time.time() < end:
        try:
            p = subprocess.run(["/bin/sh", "-c", "ulimit -c 0; ulimit -v 4000000; exec \"$@\"", "sh", weft, "-W", "ignore", script, str(n), str(INPUTS), note], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=300, cwd=folder)
            text = p.stdout.decode("utf-8", "replace")
            bad = "status %d: %s" % (p.returncode, text[-300:]) if p.returncode or "round done" not in text else ""
        except subprocess.TimeoutExpired:
            bad = "no answer"
        if bad:
            failed += 1
            kept = ""
            if os.path.exists(note):
                os.makedirs(keep, exist_ok=True)
                kept = os.path.join(keep, "input_%d" % n)
                os.replace(note, kept)
            print("FAIL round %d (%s): %s" % (n, kept, bad), flush=True)
        else:
            passed += 1
        n += 1
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
    print("inputs: %d" % ((passed + failed) * INPUTS))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
