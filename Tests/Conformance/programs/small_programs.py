# One run of each single-thread benchmark program: each checks its own result.
"""Own single-thread programs: each function runs one fixed amount of work and checks its result."""
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def b_fib30():
    assert fib(30) == 832040

class Node:
    __slots__ = ("l", "r")
    def __init__(self, l, r): self.l = l; self.r = r
def _tree(d): return Node(None, None) if d == 0 else Node(_tree(d - 1), _tree(d - 1))
def _check(t): return 1 if t.l is None else 1 + _check(t.l) + _check(t.r)
def b_binary_trees():
    keep = _tree(13); n = 0
    for d in range(4, 14, 3):
        for _ in range(1 << (13 - d + 2)): n += _check(_tree(d))
    assert _check(keep) == (1 << 14) - 1

_JSON = '{"users": [' + ", ".join(
    '{"id": %d, "name": "user %d\\n", "score": %d.25e1, "tags": ["a", "b\\u0041", true, null], "pos": {"x": -%d, "y": %d}}' % (i, i, i, i, i * 3)
    for i in range(400)) + ']}'
class _P:
    def __init__(self, s): self.s = s; self.i = 0
    def ws(self):
        s = self.s; i = self.i
        while s[i] in " \n\t\r": i += 1
        self.i = i; return s[i]
    def value(self):
        c = self.ws()
        if c == "{":
            self.i += 1; d = {}
            if self.ws() == "}": self.i += 1; return d
            while True:
                self.ws(); k = self.string(); self.ws(); self.i += 1
                d[k] = self.value(); c = self.ws(); self.i += 1
                if c == "}": return d
        if c == "[":
            self.i += 1; a = []
            if self.ws() == "]": self.i += 1; return a
            while True:
                a.append(self.value()); c = self.ws(); self.i += 1
                if c == "]": return a
        if c == '"': return self.string()
        if c == "t": self.i += 4; return True
        if c == "f": self.i += 5; return False
        if c == "n": self.i += 4; return None
        j = i = self.i; s = self.s
        while s[j] in "+-0123456789.eE": j += 1
        self.i = j; t = s[i:j]
        return float(t) if "." in t or "e" in t else int(t)
    def string(self):
        s = self.s; i = self.i + 1; out = []
        while True:
            c = s[i]
            if c == '"': self.i = i + 1; return "".join(out)
            if c == "\\":
                i += 1; c = s[i]
                if c == "u": out.append(chr(int(s[i + 1:i + 5], 16))); i += 4
                else: out.append({"n": "\n", "t": "\t", '"': '"', "\\": "\\"}[c])
            else: out.append(c)
            i += 1
def b_json_parse_py():
    d = _P(_JSON).value()
    assert d["users"][399]["pos"]["y"] == 1197 and d["users"][3]["tags"][1] == "bA"

def b_dict_loop():
    d = {}
    for i in range(200000):
        k = i % 5003
        d[k] = d.get(k, 0) + i
    s = 0
    for k, v in d.items(): s += v
    w = {}
    for i in range(100000):
        k = "k%d" % (i & 1023)
        if k in w: w[k] += 1
        else: w[k] = 1
    assert s == 199999 * 100000 and len(w) == 1024

def b_str_loop():
    words = []
    for i in range(60000):
        s = "item-" + str(i) + ":" + "x" * (i & 7)
        if s.endswith("xx"): s = s.upper().replace("X", "y")
        words.append(s[::-1] if i & 1 else s[2:])
    t = ",".join(words); n = 0
    for p in t.split(","):
        if p.find("9") >= 0: n += len(p)
    for ch in t: n += ch == "y"
    assert n > 0

def b_list_loop():
    a = list(range(20000)); s = 0
    for r in range(6):
        b = [x * 2 + r for x in a if x & 1]
        b.append(r); b.reverse()
        for i in range(len(b)): s += b[i]
        b.sort(); a = b + [x // 3 for x in b[:10000]]
    assert s != 0

class _E(Exception): pass
def b_exceptions():
    def f(i):
        if i & 1: raise _E(i)
        return i
    def g(i):
        try: return f(i)
        finally: pass
    n = 0
    for i in range(100000):
        try: n += g(i)
        except _E as e: n -= e.args[0]
    assert n == -50000

def b_generators():
    def nat(n):
        for i in range(n): yield i
    def plus(g, k):
        for x in g: yield x + k
    def walk(n):
        if n: yield from walk(n - 1); yield n
    s = 0
    for x in plus(plus(nat(100000), 1), 2): s += x
    for _ in range(300):
        for x in walk(20): s += x
    assert s == 99999 * 50000 + 300000 + 300 * 210

class _A:
    def __init__(self): self.v = 0
    def inc(self, k): self.v += k; return self
    def get(self): return self.v
    @property
    def p(self): return self.v
class _B(_A):
    def inc(self, k): return super().inc(k + 1)
def b_method_calls():
    a, b = _A(), _B(); s = 0
    for i in range(100000):
        a.inc(1); b.inc(i & 3); s += a.get() + b.p
    assert a.v == 100000

def b_closures():
    def mk(k):
        def f(x, *a, m=1, **kw): return x * m + k + len(a)
        return f
    fs = [mk(i) for i in range(10)]; s = 0
    for i in range(20000):
        for f in fs: s += f(i, m=2)
    s += sum(map(lambda x: x + 1, range(100000)))
    assert s > 0

def b_int_loop():
    s = 0; x = 12345
    for i in range(500000):
        x = (x * 1103515245 + 12345) & 0x7fffffff
        if x & 1: s += i
        else: s -= x >> 3
    assert s != 0

def b_float_loop():
    x = 0.0
    for i in range(1, 500000):
        x += 1.0 / (i * i) if i % 3 else -0.5 / i
    assert x == x

def b_bigint():
    a = b = 1
    for _ in range(6000): a, b = b, a + b
    x = 3 ** 2000; y = x
    for i in range(300): y = (y * x) % (1 << 4001)
    assert len(str(a)) == 1254

TESTS = {k[2:]: v for k, v in list(globals().items()) if k.startswith("b_")}

for name, f in TESTS.items():
    f()
    print(name)
