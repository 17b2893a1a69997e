"""Random Python 3.11 programs under CPython and under Weft: what they print must be the same.

    fuzz_programs.py WEFT [SECONDS] [SEED] [MOST] [--keep FOLDER]

A program is a few dozen snippets: functions that compute at the edges of integers and floats, change containers, slice, raise,
clean up, yield, match and call each other's special methods. A snippet that differs is reduced statement by statement and
kept in FOLDER (.build/fuzz). MOST bounds the number of programs. The last lines say how many programs ran, and "N passed, N failed", a snippet being one test.
"""
import ast
import os
import random
import subprocess
import sys
import tempfile
import time
import warnings

warnings.simplefilter("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
CPYTHON = "/usr/bin/python3.11"
SNIPPETS = 40

PRELUDE = r'''
import math

class Error1(Exception): pass
class Error2(Error1): pass

def show(x, depth=0):
    if depth > 6: return "..."
    t = type(x)
    if t is list: return "[" + ", ".join(show(y, depth + 1) for y in x) + "]"
    if t is tuple: return "(" + ", ".join(show(y, depth + 1) for y in x) + ",)"
    if t is dict: return "{" + ", ".join(show(k, depth + 1) + ": " + show(v, depth + 1) for k, v in x.items()) + "}"
    if t in (set, frozenset): return t.__name__ + "(" + ", ".join(sorted(show(y, depth + 1) for y in x)) + ")"
    if t in (int, float, str, bytes, bool, complex, type(None), range, bytearray, slice, type(...), type(NotImplemented)): return repr(x)
    if isinstance(x, BaseException): return t.__name__ + show(x.args, depth + 1)
    if isinstance(x, type): return "class " + x.__name__
    if isinstance(x, (Number, Box)): return repr(x)
    return "<" + t.__name__ + ">"

def out(label, *xs):
    print(label, *[show(x) for x in xs])

def attempt(label, f):
    try:
        out(label, f())
    except Exception as e:
        out(label, e)

class Number:
    def __init__(self, v): self.v = v
    def __repr__(self): return "Number(%s)" % show(self.v)
    def _of(self, o): return o.v if isinstance(o, Number) else o
    def __add__(self, o): return Number(self.v + self._of(o)) if isinstance(o, (int, Number)) else NotImplemented
    def __radd__(self, o): return Number(o + self.v)
    def __iadd__(self, o): self.v += self._of(o); return self
    def __sub__(self, o): return Number(self.v - self._of(o))
    def __mul__(self, o): return Number(self.v * self._of(o)) if not isinstance(o, str) else NotImplemented
    def __rmul__(self, o): return Number(("r", o, self.v))
    def __neg__(self): return Number(-self.v)
    def __abs__(self): return abs(self.v)
    def __eq__(self, o): return self.v == self._of(o)
    def __lt__(self, o): return self.v < self._of(o)
    def __le__(self, o): return not self > o
    def __hash__(self): return hash(self.v)
    def __bool__(self): return bool(self.v)
    def __index__(self): return self.v if isinstance(self.v, int) else 3
    def __int__(self): return int(self.v)
    def __float__(self): return float(self.v)
    def __round__(self, n=None): return ("round", n)
    def __format__(self, spec): return "N<" + spec + ">"
    def __call__(self, *a, **k): return (self.v, a, sorted(k.items()))

class Box:
    kind = "box"
    __match_args__ = ("items", "tag")
    def __init__(self, *items, tag=None): self.items = list(items); self.tag = tag
    def __repr__(self): return "Box" + show(self.items)
    def __len__(self): return len(self.items)
    def __getitem__(self, i):
        if isinstance(i, slice): return Box(*self.items[i])
        return self.items[i]
    def __setitem__(self, i, v): self.items[i] = v
    def __delitem__(self, i): del self.items[i]
    def __contains__(self, x): return x in self.items
    def __iter__(self):
        for x in self.items: yield x
    def __reversed__(self): return iter(self.items[::-1])
    def __getattr__(self, name):
        if name.startswith("z"): return name * 2
        raise AttributeError(name)
    def __eq__(self, o): return isinstance(o, Box) and self.items == o.items
    def __matmul__(self, o): return Box(*self.items, *o)
    @property
    def first(self):
        if not self.items: raise Error1("empty")
        return self.items[0]
    @first.setter
    def first(self, v): self.items[0:1] = [v]
    @classmethod
    def make(cls, n): return cls(*range(n), tag=n)
    @staticmethod
    def twice(x): return [x, x]

class SubBox(Box):
    kind = "sub"
    __slots__ = ("extra",)
    def __len__(self): return super().__len__() + 1
    def __missing__(self, k): return k
    def __setattr__(self, n, v):
        super().__setattr__(n, v)
    def __enter__(self): out("enter", self.items); return self
    def __exit__(self, t, e, tb):
        out("exit", t and t.__name__)
        return self.tag == "swallow"

class Manager:
    def __init__(self, swallow): self.swallow = swallow
    def __enter__(self): out("in"); return self
    def __exit__(self, t, e, tb):
        out("out", t is not None)
        return self.swallow and issubclass(t or int, Exception)

class MyDict(dict):
    def __missing__(self, key): return ("missing", key)

'''

INTS = ["0", "1", "-1", "2", "3", "-3", "5", "7", "10", "13", "100", "255", "256", "257", "-5", "-6", "-256", "1000", "2**15", "2**29", "2**30", "2**31 - 1", "2**31",
        "2**32", "2**53", "2**53 + 1", "2**61", "2**62 - 1", "2**62", "-2**62", "-2**62 - 1", "2**63 - 1", "2**63", "-2**63", "-2**63 - 1", "2**64", "2**64 - 1", "-2**64", "10**18", "10**19",
        "10**30", "-10**25", "2**100 + 1", "4611686018427387903", "-4611686018427387905", "9223372036854775807", "True", "False"]
FLOATS = ["0.0", "-0.0", "1.0", "-1.0", "0.5", "1.5", "2.5", "-2.5", "0.1", "3.14159", "1e16", "1e17", "9007199254740993.0", "1e308", "-1e308", "5e-324", "1e-5", "0.0001", "123456789.125", "1e22", "1e23", "float('inf')",
          "float('-inf')", "float('nan')", "2.0**62", "2.0**63", "-2.0**63", "1e100"]
STRINGS = ["''", "'a'", "'abc'", "'hello world'", "'A,b,,C'", "'xyzzy'", "'123'", "' 42 '", "'\\u00e9t\\u00e9'", "'\\u20ac5'", "'\\U0001f600!'", "'aXbXc'", "'%s|%r'", "'{}-{!r}'", "'Zz'", "'\\n\\ttab'", "'1e3'", "'\\x00'"]


class Maker:
    """Writes snippets; `names` are the variables in reach by kind."""

    def __init__(self, rng):
        self.r = rng
        self.names = {k: [] for k in KINDS}
        self.counter = 0
        self.depth = 0
        self.in_loop = self.in_function = self.in_generator = False
        self.lines = []
        self.indent = 1
        self.budget = 30

    # names

    def fresh(self):
        self.counter += 1
        return "v%d" % self.counter

    def line(self, text):
        self.lines.append("    " * self.indent + text)

    def pick(self, *weighted):
        total = sum(w for w, _ in weighted)
        x = self.r.random() * total
        for w, v in weighted:
            x -= w
            if x < 0:
                return v
        return weighted[-1][1]

    def var(self, kind):
        names = self.names[kind]
        return self.r.choice(names) if names else None

    def expr(self, kind, depth=None):
        depth = self.depth if depth is None else depth
        if kind == "any" or self.r.random() < 0.02:
            kind = self.r.choice(["int", "int", "float", "str", "list", "tuple", "dict", "set", "bool", "number", "box", "none", "bytes"])
        v = self.var(kind)
        if v and self.r.random() < (0.45 if depth < 3 else 0.8):
            return v
        if depth >= 4:
            return self.literal(kind)
        self.depth, before = depth + 1, self.depth
        try:
            return getattr(self, "e_" + kind)()
        finally:
            self.depth = before

    def literal(self, kind):
        r = self.r
        if kind == "int": return "(%s)" % r.choice(INTS)
        if kind == "float": return "(%s)" % r.choice(FLOATS)
        if kind == "str": return r.choice(STRINGS)
        if kind == "bytes": return r.choice(["b''", "b'abc'", "b'\\x00\\xff'", "b'a b'"])
        if kind == "bool": return r.choice(["True", "False"])
        if kind == "none": return "None"
        if kind == "list": return r.choice(["[]", "[1]", "[3, 1, 2]", "[0, 0.0, '']", "[[1], [2]]", "list(range(6))", "[None] * 3"])
        if kind == "tuple": return r.choice(["()", "(1,)", "(1, 'a')", "(1, 2, 3)", "((1, 2), 3)"])
        if kind == "dict": return r.choice(["{}", "{'a': 1}", "{1: 'x', 2: 'y'}", "{(1, 2): [3]}", "MyDict(a=5)", "dict.fromkeys('abc', 0)"])
        if kind == "set": return r.choice(["set()", "{1, 2, 3}", "{'a', 1}", "frozenset([1, 5])", "set('abca')"])
        if kind == "number": return "Number(%s)" % r.choice(INTS)
        return r.choice(["Box()", "Box(1, 2)", "Box('a', tag=1)", "SubBox(3, 4, 5)", "SubBox(tag='swallow')", "Box.make(3)"])

    def small(self):
        return self.r.choice(["0", "1", "2", "3", "-1", "-2", "5", "-4", "62", "63", "64", "100"]) if self.r.random() < 0.7 else "(%s) %% 7" % self.expr("int")

    def e_int(self):
        r, e = self.r, self.expr
        return self.pick(
            (2, lambda: self.literal("int")),
            (4, lambda: "(%s %s %s)" % (e("int"), r.choice(["+", "-", "*", "+", "-", "&", "|", "^"]), e("int"))),
            (2, lambda: "(%s %s %s)" % (e("int"), r.choice(["//", "%"]), e("int"))),
            (1, lambda: "(%s << (%s & 127))" % (e("int"), e("int"))), (1, lambda: "(%s >> (%s & 127))" % (e("int"), e("int"))),
            (0.5, lambda: "(%s >> %s)" % (e("int"), self.small())),
            (1, lambda: "((%s %% 1000) ** (%s & 15))" % (e("int"), e("int"))),
            (1, lambda: "(%s%s)" % (r.choice("-~+"), e("int"))),
            (0.7, lambda: "abs(%s)" % e("int")), (0.5, lambda: "divmod(%s, %s)[%d]" % (e("int"), e("int"), r.randint(0, 1))),
            (0.7, lambda: "int(%s)" % e(r.choice(["float", "str", "bool", "number"]))), (0.7, lambda: "len(%s)" % e(r.choice(["list", "str", "dict", "set", "tuple", "box"]))),
            (0.5, lambda: "%s(%s, %s)" % (r.choice(["min", "max"]), e("int"), e("int"))), (0.3, lambda: "round(%s, %s)" % (e("int"), self.small())),
            (0.4, lambda: "pow(%s, %s & 63, %s)" % (e("int"), e("int"), e("int"))), (0.4, lambda: "(%s).bit_length()" % e("int")),
            (0.6, lambda: "(%s if %s else %s)" % (e("int"), e("bool"), e("int"))), (0.5, lambda: "sum(%s)" % e("list")),
            (0.4, lambda: "%s[%s]" % (e(r.choice(["list", "tuple", "box"])), self.small())), (0.3, lambda: "%s.count(%s)" % (e("list"), e("any"))),
            (0.3, lambda: "%s.index(%s)" % (e(r.choice(["list", "tuple"])), e("int"))), (0.3, lambda: "%s.find(%s)" % (e("str"), e("str"))),
            (0.3, lambda: "ord(%s)" % e("str")), (0.3, lambda: "(hash(%s) & 0xffffffff)" % e(r.choice(["int", "float", "number", "bool"]))), (0.3, lambda: "int(%s, %s)" % (e("str"), r.choice(["10", "16", "0", "36"]))),
            (0.3, lambda: "(%s := %s)" % (self.bind("int"), e("int"))) if self.in_function else (0, lambda: "0"), (0.2, lambda: "math.gcd(%s, %s)" % (e("int"), e("int"))), (0.2, lambda: "math.isqrt(abs(%s))" % e("int")),
            (0.3, lambda: "int.from_bytes((%s & 0xffffffffffff).to_bytes(8, %r), 'little')" % (e("int"), r.choice(["little", "big"]))),
        )()

    def e_float(self):
        r, e = self.r, self.expr
        return self.pick(
            (2, lambda: self.literal("float")), (3, lambda: "(%s %s %s)" % (e("float"), r.choice("+-*/"), e("float"))), (1.5, lambda: "(%s / %s)" % (e("int"), e("int"))),
            (1, lambda: "(%s %s %s)" % (e("float"), r.choice(["//", "%", "-", "*"]), e(r.choice(["int", "float"])))), (0.5, lambda: "float(%s)" % e(r.choice(["int", "str", "number"]))),
            (0.5, lambda: "round(%s, %s)" % (e("float"), self.small())), (0.4, lambda: "(-%s)" % e("float")), (0.4, lambda: "%s ** %s" % (e("float"), r.choice(["2", "0.5", "-1", "0", "3.0"]))),
            (0.3, lambda: "math.%s(%s)" % (r.choice(["sqrt", "floor", "ceil", "trunc", "fabs", "frexp", "modf"]), e("float"))), (0.3, lambda: "divmod(%s, %s)" % (e("float"), e("float"))),
            (0.3, lambda: "abs(%s)" % e("float")), (0.2, lambda: "float.fromhex(%s.hex())" % e("float")), (0.2, lambda: "(%s).as_integer_ratio()" % e("float")), (0.2, lambda: "(%s).is_integer()" % e("float")),
        )()

    def e_bool(self):
        r, e = self.r, self.expr
        k = r.choice(["int", "float", "str", "list", "tuple", "number"])
        return self.pick(
            (3, lambda: "(%s %s %s)" % (e(r.choice(["int", "float"])), r.choice(["<", "<=", "==", "!=", ">", ">="]), e(r.choice(["int", "float", "int"])))),
            (1, lambda: "(%s %s %s)" % (e(k), r.choice(["<", "<=", "==", "!=", ">", ">="]), e(k))), (1, lambda: "(%s < %s <= %s)" % (e("int"), e("int"), e("int"))),
            (1, lambda: "(not %s)" % e("any")), (1, lambda: "(%s %s %s)" % (e("bool"), r.choice(["and", "or"]), e("bool"))), (1, lambda: "(%s %s %s)" % (e("any"), r.choice(["in", "not in"]), e(r.choice(["list", "tuple", "dict", "set", "box"])))),
            (0.5, lambda: "isinstance(%s, %s)" % (e("any"), r.choice(["int", "(str, float)", "Box", "list | dict", "bool", "object"]))), (0.5, lambda: "(%s is %s)" % (e("any"), r.choice(["None", "True", "..."]))),
            (0.4, lambda: "%s(%s)" % (r.choice(["any", "all"]), e("list"))), (0.3, lambda: "%s.%s(%s)" % (e("str"), r.choice(["startswith", "endswith"]), e("str"))), (0.3, lambda: "%s.%s()" % (e("str"), r.choice(["isdigit", "isalpha", "isspace", "isupper", "isidentifier"]))),
            (0.4, lambda: "(%s %s %s)" % (e("set"), r.choice(["<=", "<", ">", "==", ">="]), e("set"))), (0.3, lambda: "bool(%s)" % e("any")), (0.2, lambda: "callable(%s)" % e("any")),
        )()

    def slice(self):
        r = self.r
        part = lambda: r.choice(["", "", "0", "1", "2", "-1", "-2", "100", "-100", "%s" % (self.var("int") or "3")])
        s = part() + ":" + part()
        return s + (":" + r.choice(["2", "-1", "-2", "1", "3", "", "0"]) if r.random() < 0.4 else "")

    def e_str(self):
        r, e = self.r, self.expr
        spec = r.choice(["", ":>8", ":<6", ":^9", ":*^7", ":.2", ":5.1", ":x", ":+", ":,", ":08.3f", ":e", ":g", ":%", ":b", ":#o", "!r", "!s:>5", "!a", ":010", ":c", ":n", ":_", ":=+9", ":.0f", ":#x", ":s", ":d"])
        return self.pick(
            (2, lambda: self.literal("str")), (1.5, lambda: "(%s + %s)" % (e("str"), e("str"))), (0.7, lambda: "(%s * (%s %% 5))" % (e("str"), e("int"))), (1, lambda: "%s[%s]" % (e("str"), self.slice())),
            (0.5, lambda: "%s[%s]" % (e("str"), self.small())), (1.5, lambda: "%s.%s()" % (e("str"), r.choice(["upper", "lower", "title", "strip", "swapcase", "capitalize", "casefold", "lstrip", "expandtabs"]))),
            (0.6, lambda: "%s.replace(%s, %s)" % (e("str"), e("str"), e("str"))), (0.6, lambda: "%s.join(map(str, %s))" % (e("str"), e("list"))), (0.5, lambda: "%s.%s(%s %% 20, %s)" % (e("str"), r.choice(["center", "ljust", "rjust"]), e("int"), r.choice(["'*'", "' '", "'ab'"]))),
            (2, lambda: "'{%s}'.format(%s)" % (spec, e(r.choice(["int", "float", "str", "any"])))), (1, lambda: "f'<{(%s)%s}>'" % (self.plain(), spec)), (1, lambda: "'%s' %% (%s,)" % (r.choice(["%d", "%5.2f", "%s", "%r", "%x", "%-6s|", "%+d", "%e", "%g", "%c", "%%%s", "%05d", "%.3s", "%o", "%i", "%#x"]), e(r.choice(["int", "float", "str", "any"])))),
            (0.6, lambda: "repr(%s)" % e(r.choice(["int", "float", "str", "list", "dict", "tuple"]))), (0.6, lambda: "str(%s)" % e(r.choice(["int", "float", "bool", "list"]))), (0.3, lambda: "chr(%s %% 0x3000)" % e("int")), (0.3, lambda: "%s.zfill(%s %% 12)" % (e("str"), e("int"))),
            (0.2, lambda: "type(%s).__name__" % e("any")), (0.2, lambda: "%s(%s)" % (r.choice(["hex", "bin", "oct"]), e("int"))), (0.3, lambda: "%s.encode().decode('latin-1')" % e("str")), (0.2, lambda: "''.join(sorted(%s))" % e("str")), (0.2, lambda: "%s.hex()" % e(r.choice(["float", "bytes"]))), (0.2, lambda: "ascii(%s)" % e("str")),
            (0.3, lambda: "format(%s, %r)" % (e("any"), spec.lstrip(":!"))),
        )()

    def plain(self):
        """An expression without quotes or braces, for inside of an f-string."""
        v = self.var(self.r.choice(["int", "float", "str", "list", "number"]))
        return v or self.r.choice(["1", "2.5", "10**20", "-7", "2**63"])

    def e_list(self):
        r, e = self.r, self.expr
        x = self.fresh()
        return self.pick(
            (1, lambda: self.literal("list")), (2, lambda: "[%s]" % ", ".join(e(r.choice(["int", "any", "int", "str"])) for _ in range(r.randint(0, 4)))), (1, lambda: "%s[%s]" % (e("list"), self.slice())), (1, lambda: "(%s + %s)" % (e("list"), e("list"))),
            (0.4, lambda: "(%s * (%s %% 4))" % (e("list"), e("int"))), (1.5, lambda: self.comprehension("[%s]")), (1, lambda: "list(%s)" % e(r.choice(["str", "tuple", "dict", "list", "box"]))), (0.7, lambda: "list(range(%s %% 20, %s %% 20, %s))" % (e("int"), e("int"), r.choice(["1", "2", "-1", "3"]))),
            (0.7, lambda: "sorted(%s%s)" % (e(r.choice(["list", "str", "tuple"])), r.choice(["", ", reverse=True", ", key=str", ", key=lambda q: -q", ", key=len"]))), (0.6, lambda: "[*%s, *%s]" % (e("list"), e(r.choice(["tuple", "list", "str", "box"])))),
            (0.5, lambda: "list(%s(%s, %s))" % (r.choice(["zip", "map"]), "str" if r.random() < 0.5 else e("list"), e("list"))), (0.4, lambda: "list(enumerate(%s))" % e("list")), (0.4, lambda: "list(filter(None, %s))" % e("list")), (0.4, lambda: "list(reversed(%s))" % e(r.choice(["list", "box", "str"]))),
            (0.4, lambda: "%s.split(%s)" % (e("str"), r.choice(["", "','", "None, 1", "'X'", e("str")]))), (0.3, lambda: "list(%s.items())" % e("dict")), (0.3, lambda: "sorted(%s, key=repr)" % e("set")), (0.3, lambda: "list(map(lambda %s: %s + %s, %s))" % (x, x, e("int"), e("list"))), (0.2, lambda: "%s.partition(%s)" % (e("str"), e("str"))),
        )()

    def comprehension(self, form, pair=False):
        r = self.r
        x, y = self.fresh(), self.fresh()
        source = self.expr(r.choice(["list", "tuple", "str", "list"])) if r.random() < 0.6 else "range(%d)" % r.randint(0, 7)
        saved = {k: list(v) for k, v in self.names.items()}
        function, self.in_function = self.in_function, False
        self.names["int"] = self.names["int"] + [x]
        head = " for %s in %s" % (x, source)
        if r.random() < 0.3:
            head += " for %s in range(%s)" % (y, r.choice(["2", "3", "len(%s)" % (self.var("list") or "'ab'")]))
            self.names["int"].append(y)
        if r.random() < 0.4:
            head += " if %s" % self.expr("bool", 3)
        body = self.expr(r.choice(["int", "int", "any"]), 3)
        if pair:
            body = "%s: %s" % (self.expr("int", 3), body)
        self.names = saved
        self.in_function = function
        return form % (body + head)

    def e_tuple(self):
        r, e = self.r, self.expr
        return self.pick((1, lambda: self.literal("tuple")), (2, lambda: "(%s,)" % ", ".join(e("any") for _ in range(r.randint(1, 3)))), (0.7, lambda: "tuple(%s)" % e(r.choice(["list", "str", "dict"]))), (0.5, lambda: "%s[%s]" % (e("tuple"), self.slice())), (0.5, lambda: "(%s + %s)" % (e("tuple"), e("tuple"))),
                         (0.5, lambda: "tuple(%s)" % self.comprehension("(%s)")), (0.3, lambda: "divmod(%s, %s)" % (e("int"), e("int"))), (0.3, lambda: "(%s, *%s)" % (e("any"), e("list"))), (0.2, lambda: "(%s * 2)" % e("tuple")))()

    def e_dict(self):
        r, e = self.r, self.expr
        key = lambda: e(r.choice(["int", "str", "int", "bool", "tuple", "number"]))
        return self.pick((1, lambda: self.literal("dict")), (2, lambda: "{%s}" % ", ".join("%s: %s" % (key(), e("any")) for _ in range(r.randint(0, 3)))), (1, lambda: self.comprehension("{%s}", True)), (0.6, lambda: "{**%s, **%s}" % (e("dict"), e("dict"))), (0.6, lambda: "(%s | %s)" % (e("dict"), e("dict"))),
                         (0.5, lambda: "dict(zip(%s, %s))" % (e("list"), e("list"))), (0.3, lambda: "dict(%s)" % e(r.choice(["dict", "list"]))), (0.3, lambda: "dict.fromkeys(%s)" % e("list")))()

    def e_set(self):
        r, e = self.r, self.expr
        return self.pick((1, lambda: self.literal("set")), (1, lambda: "{%s}" % ", ".join(e(r.choice(["int", "str", "float", "bool"])) for _ in range(r.randint(1, 3)))), (1, lambda: "(%s %s %s)" % (e("set"), r.choice("|&-^"), e("set"))), (0.7, lambda: "set(%s)" % e(r.choice(["list", "str", "tuple"]))), (0.5, lambda: self.comprehension("{%s}")))()

    def e_none(self):
        return "None"

    def e_bytes(self):
        e = self.expr
        return self.pick((2, lambda: self.literal("bytes")), (1, lambda: "(%s + %s)" % (e("bytes"), e("bytes"))), (1, lambda: "%s.encode()" % e("str")), (1, lambda: "%s[%s]" % (e("bytes"), self.slice())), (0.5, lambda: "bytes(%s)" % e("list")), (0.3, lambda: "bytearray(%s)" % e("bytes")))()

    def e_number(self):
        r, e = self.r, self.expr
        return self.pick((2, lambda: "Number(%s)" % e(r.choice(["int", "float", "int"]))), (2, lambda: "(%s %s %s)" % (e("number"), r.choice("+-*"), e(r.choice(["number", "int", "any"])))), (0.7, lambda: "(%s + %s)" % (e("int"), e("number"))), (0.5, lambda: "(-%s)" % e("number")), (0.4, lambda: "%s(%s, k=%s)" % (e("number"), e("any"), e("any"))),
                         (0.3, lambda: "round(%s)" % e("number")), (0.3, lambda: "%s[%s]" % (e("list"), e("number"))), (0.3, lambda: "(%s * %s)" % (e("any"), e("number"))))()

    def e_box(self):
        r, e = self.r, self.expr
        return self.pick((2, lambda: "%s(%s)" % (r.choice(["Box", "SubBox"]), ", ".join(e("any") for _ in range(r.randint(0, 3))))), (1, lambda: "%s[%s]" % (e("box"), self.slice())), (0.5, lambda: "(%s @ %s)" % (e("box"), e(r.choice(["box", "list"])))), (0.5, lambda: "%s.%s" % (e("box"), r.choice(["first", "items", "tag", "kind", "zap", "nope", "twice(3)", "extra"]))))()

    # statements

    def bind(self, kind):
        name = self.var(kind) if self.names[kind] and self.r.random() < 0.4 else None
        if name is None:
            name = self.fresh()
            self.pending.append((kind, name))
        return name

    def settle(self):
        for kind, name in self.pending:
            if name not in self.names[kind]:
                self.names[kind].append(name)
        self.pending = []

    pending = []

    def block(self, n=None, **changes):
        """An indented block; names bound in it stay known: a use may raise UnboundLocalError."""
        saved = {k: getattr(self, k) for k in changes}
        for k, v in changes.items():
            setattr(self, k, v)
        self.indent += 1
        count = len(self.lines)
        for _ in range(n or self.r.randint(1, 3)):
            self.statement()
        if len(self.lines) == count:
            self.line("pass")
        self.indent -= 1
        for k, v in saved.items():
            setattr(self, k, v)

    def statement(self):
        self.budget -= 1
        deep = self.indent > 4 or self.budget < 0
        choice = self.pick(
            (5, self.s_assign), (1.5, self.s_augmented), (2, self.s_print), (1.5, self.s_mutate), (0.7, self.s_unpack), (0.3, self.s_delete), (0.3, self.s_assert),
            *([] if deep else [(1.5, self.s_if), (1.5, self.s_for), (0.7, self.s_while), (2, self.s_try), (0.9, self.s_with), (1.2, self.s_function), (1, self.s_generator), (1, self.s_match), (0.7, self.s_class), (0.4, self.s_closure), (0.4, self.s_coroutine)]),
            *([(0.6, self.s_leave)] if self.in_loop else []), *([(0.5, self.s_return)] if self.in_function else []), *([(2, self.s_yield)] if self.in_generator else []), (0.4 if self.indent > 2 else 0.05, self.s_raise))
        choice()
        self.settle()

    def s_assign(self):
        kind = self.r.choice(KINDS)
        value = self.expr(kind)
        self.line("%s = %s" % (self.bind(kind), value))

    def s_augmented(self):
        kind = self.r.choice(["int", "int", "float", "str", "list", "set", "number", "dict"])
        name = self.var(kind)
        if not name:
            return self.s_assign()
        op = {"int": ["+=", "-=", "*=", "//=", "%=", "&=", "|=", "^=", ">>="], "float": ["+=", "-=", "*=", "/="], "str": ["+="], "list": ["+=", "*="], "set": ["|=", "&=", "-="], "number": ["+=", "-="], "dict": ["|="]}[kind]
        op = self.r.choice(op)
        value = self.small() if op in ("*=", ">>=") and kind != "float" else self.expr(kind)
        if op == "*=" and kind == "list":
            value = self.r.choice(["0", "1", "2"])
        self.line("%s %s %s" % (name, op, value))

    def s_print(self):
        self.line("out(%r, %s)" % (self.fresh(), ", ".join(self.expr("any") for _ in range(self.r.randint(1, 2)))))

    def s_mutate(self):
        r, e = self.r, self.expr
        kind = r.choice(["list", "list", "dict", "set", "box"])
        name = self.var(kind)
        if not name:
            return self.s_assign()
        if kind == "list":
            self.line("%s%s" % (name, r.choice([".append(%s)" % e("any"), ".insert(%s, %s)" % (self.small(), e("any")), ".pop(%s)" % r.choice(["", "0", "-1", "5"]), "[%s] = %s" % (self.slice(), e(r.choice(["list", "tuple", "str"]))), "[%s] = %s" % (self.small(), e("any")),
                                                    ".reverse()", ".sort()", ".extend(%s)" % e(r.choice(["list", "str", "dict"])), ".remove(%s)" % e("int"), ".clear()"])))
            if r.random() < 0.2:
                self.line("del %s[%s]" % (name, r.choice([self.slice(), self.small()])))
        elif kind == "dict":
            self.line("%s%s" % (name, r.choice(["[%s] = %s" % (e(r.choice(["int", "str", "float", "list"])), e("any")), ".pop(%s, %s)" % (e("int"), e("any")), ".setdefault(%s, %s)" % (e("int"), e("any")), ".update(%s)" % e("dict"), ".popitem()", ".get(%s)" % e("any"), "[%s]" % e("int")])))
        elif kind == "set":
            self.line("%s.%s" % (name, r.choice(["add(%s)" % e("any"), "discard(%s)" % e("int"), "update(%s)" % e("list"), "remove(%s)" % e("int"), "intersection_update(%s)" % e("list")])))
        else:
            self.line("%s%s" % (name, r.choice([".first = %s" % e("any"), "[%s] = %s" % (self.small(), e("any")), ".tag = %s" % e("any"), ".extra = %s" % e("int"), ".items.append(%s)" % e("any")])))

    def s_unpack(self):
        r = self.r
        names = [self.fresh() for _ in range(r.randint(2, 3))]
        star = r.randrange(len(names)) if r.random() < 0.4 else -1
        self.line("%s = %s" % (", ".join(("*" if i == star else "") + n for i, n in enumerate(names)), self.expr(r.choice(["list", "tuple", "str", "dict", "box"]))))
        for i, n in enumerate(names):
            self.names["list" if i == star else "int"].append(n)

    def s_delete(self):
        kind = self.r.choice(KINDS)
        if self.names[kind] and self.in_function:
            self.line("del %s" % self.r.choice(self.names[kind]))
        else:
            self.s_print()

    def s_assert(self):
        self.line("assert %s, %s" % (self.expr("bool"), self.expr("any")))

    def s_if(self):
        self.line("if %s:" % self.expr(self.r.choice(["bool", "any"])))
        self.block()
        for _ in range(self.r.choice([0, 0, 1])):
            self.line("elif %s:" % self.expr("bool"))
            self.block()
        if self.r.random() < 0.5:
            self.line("else:")
            self.block()

    def s_for(self):
        r, x = self.r, self.fresh()
        source = r.choice(["range(%d)" % r.randint(0, 5), "range(%s %% 6)" % self.expr("int"), self.expr("list") + "[:5]", self.expr("str") + "[:5]", "list(%s)[:5]" % self.expr("dict"), "%s[:4]" % self.expr("box"), "enumerate(%s[:4])" % self.expr("list"),
                           "zip(%s[:4], range(3))" % self.expr("list"), "[*%s][:4]" % self.expr("tuple")])
        target = x
        if source.startswith(("enumerate", "zip")):
            y = self.fresh()
            target = "%s, %s" % (x, y)
            self.names["int"].append(y)
        self.line("for %s in %s:" % (target, source))
        self.names["int"].append(x)
        self.block(in_loop=True)
        if r.random() < 0.25:
            self.line("else:")
            self.block()

    def s_while(self):
        x = self.fresh()
        self.line("%s = 0" % x)
        self.line("while %s < %d%s:" % (x, self.r.randint(1, 4), " and " + self.expr("bool") if self.r.random() < 0.4 else ""))
        self.indent += 1
        self.line("%s += 1" % x)
        self.indent -= 1
        self.block(in_loop=True)
        if self.r.random() < 0.25:
            self.line("else:")
            self.block()

    def s_leave(self):
        self.line("if %s: %s" % (self.expr("bool"), self.r.choice(["break", "continue"])))

    def s_return(self):
        self.line("if %s: return %s" % (self.expr("bool"), self.expr("any")))

    def s_yield(self):
        r, x = self.r, self.fresh()
        what = r.choice(["yield %s" % self.expr("any"), "%s = yield %s" % (x, self.expr("any")), "yield from %s" % self.expr(r.choice(["list", "str", "tuple"])), "%s = yield" % x])
        self.line(what)
        if "=" in what.split("yield")[0]:
            self.names["int"].append(x)

    def s_raise(self):
        r = self.r
        self.line(r.choice(["raise Error1(%s)" % self.expr("any"), "raise Error2", "raise ValueError(%s) from KeyError(1)" % self.expr("int"), "raise", "raise KeyError(%s) from None" % self.expr("any"), "raise ZeroDivisionError"]))

    def s_try(self):
        r = self.r
        self.line("try:")
        self.block()
        star = r.random() < 0.12
        kinds = ["ZeroDivisionError", "(TypeError, ValueError)", "IndexError", "Error1", "Exception", "KeyError", "LookupError", "ArithmeticError", "AttributeError"]
        handlers = r.randint(0, 2)
        for i in range(handlers):
            x = self.fresh()
            named = r.random() < 0.6
            self.line("except%s %s%s:" % ("*" if star else "", r.choice(kinds), " as " + x if named else ""))
            self.indent += 1
            if named:
                self.line("out(%r, %s, %s.__context__)" % (x, x, x))
            self.indent -= 1
            self.block(1, **(dict(in_loop=False, in_function=False) if star else {}))
        if handlers and r.random() < 0.3:
            self.line("else:")
            self.block()
        if not handlers or r.random() < 0.4:
            self.line("finally:")
            self.block(r.randint(1, 2))

    def s_with(self):
        r, x = self.r, self.fresh()
        one = lambda: r.choice(["Manager(%s)" % r.choice(["True", "False"]), "SubBox(%s, tag=%s)" % (self.expr("any"), r.choice(["None", "'swallow'"])), "%s" % self.expr("box")])
        self.line("with %s as %s%s:" % (one(), x, ", " + one() if r.random() < 0.2 else ""))
        self.names["box"].append(x)
        self.block()

    def function(self, head, **changes):
        """A nested function with its own variables; those outside are read."""
        saved = {k: list(v) for k, v in self.names.items()}
        self.line(head)
        self.block(self.r.randint(1, 4), in_loop=False, **changes)
        self.names = saved

    def parameters(self):
        r = self.r
        ps = [self.fresh() for _ in range(r.randint(0, 3))]
        text, defaults = [], r.random() < 0.4
        for i, p in enumerate(ps):
            text.append(p + ("=%s" % self.literal("int") if defaults and i == len(ps) - 1 else ""))
        if ps and r.random() < 0.15:
            text.insert(1, "/")
        if r.random() < 0.25:
            text.append("*" + self.fresh())
        elif r.random() < 0.1:
            text.append("*, k=1")
        if r.random() < 0.15:
            text.append("**" + self.fresh())
        return ps, ", ".join(text)

    def arguments(self):
        r = self.r
        parts = [self.expr("any") for _ in range(r.choice([0, 1, 1, 2, 2, 3]))]
        if r.random() < 0.15:
            parts.append("*%s" % self.expr("list"))
        if r.random() < 0.15:
            parts.append("k=%s" % self.expr("int"))
        if r.random() < 0.05:
            parts.append("**%s" % self.expr("dict"))
        return ", ".join(parts)

    def s_function(self):
        f = self.fresh()
        ps, text = self.parameters()
        saved = {k: list(v) for k, v in self.names.items()}
        self.names["int"] += ps
        self.function("def %s(%s):" % (f, text), in_function=True, in_generator=False)
        self.names = saved
        for _ in range(self.r.randint(1, 2)):
            self.line("attempt(%r, lambda: %s(%s))" % (f, f, self.arguments()))

    def s_closure(self):
        f, x = self.fresh(), self.fresh()
        self.line("%s = %s" % (x, self.expr("int")))
        self.line("def %s(q=%s):" % (f, self.expr("int")))
        self.indent += 1
        self.line("nonlocal %s" % x)
        self.line("%s = (%s + q) %% 1000" % (x, x))
        self.line("return lambda *a: (%s, q, len(a))" % x)
        self.indent -= 1
        self.line("attempt(%r, lambda: (%s()(1), %s(3)(), %s))" % (f, f, f, x))

    def s_generator(self):
        r, g, i = self.r, self.fresh(), self.fresh()
        ps, text = self.parameters()
        saved = {k: list(v) for k, v in self.names.items()}
        self.names["int"] += ps
        self.function("def %s():" % g, in_function=True, in_generator=True)
        self.names = saved
        self.indent += 1
        self.line("yield %s" % self.literal("int"))
        self.indent -= 1
        how = r.randrange(4)
        if how == 0:
            self.line("attempt(%r, lambda: list(%s()))" % (g, g))
            return
        self.line("%s = %s()" % (i, g))
        self.line("for _ in range(4):")
        self.indent += 1
        self.line("attempt(%r, lambda: %s)" % (g, r.choice(["next(%s, 'end')" % i, "%s.send(None)" % i, "%s.send(_ or None)" % i])))
        self.indent -= 1
        if how == 2:
            self.line("attempt(%r, lambda: %s.throw(%s))" % (g, i, r.choice(["Error1('t')", "ValueError", "GeneratorExit", "StopIteration(3)"])))
        if how >= 2:
            self.line("attempt(%r, lambda: (%s.close(), next(%s, 'closed')))" % (g, i, i))

    def s_coroutine(self):
        f, h = self.fresh(), self.fresh()
        self.line("class %s:" % h)
        self.line("    def __await__(self): return (yield 7)")
        self.function("async def %s():" % f, in_function=True, in_generator=False)
        self.indent += 1
        self.line("return await %s()" % h)
        self.indent -= 1
        self.line("def %sd():" % f)
        self.line("    c = %s()" % f)
        self.line("    try:")
        self.line("        return [c.send(None), c.send(%s)]" % self.literal("int"))
        self.line("    except StopIteration as e: return e.value")
        self.line("    finally: c.close()")
        self.line("attempt(%r, %sd)" % (f, f))

    def pattern(self, depth=0):
        r, x = self.r, self.fresh()
        if depth > 1:
            return r.choice(["_", "1", "None", "int()"])

        def capture():
            self.captured.append(x)
            return x
        return r.choice([lambda: r.choice(["0", "1", "-1", "2.5", "'a'", "None", "True", "'abc'"]), capture, lambda: "[%s]" % ", ".join(self.pattern(depth + 1) for _ in range(r.randint(0, 3))), lambda: "[%s, *%s]" % (self.pattern(depth + 1), r.choice(["_", capture()])),
                         lambda: "{%s: %s}" % (r.choice(["'a'", "1"]), self.pattern(depth + 1)), lambda: "{**%s}" % capture(), lambda: "%s()" % r.choice(["int", "str", "list", "dict", "float", "tuple", "bool"]), lambda: "Box(%s)" % r.choice(["", self.pattern(depth + 1), "tag=%s" % self.pattern(depth + 1)]),
                         lambda: "int(%s)" % capture(), lambda: "(1 | 2 | 'a')", lambda: "str() as %s" % capture(), lambda: "(%s, %s)" % (self.pattern(depth + 1), self.pattern(depth + 1)), lambda: "Number(v=%s)" % self.pattern(depth + 1), lambda: "_"])()

    def s_match(self):
        self.line("match %s:" % self.expr("any"))
        self.indent += 1
        wild = False
        for _ in range(self.r.randint(1, 4)):
            self.captured = []
            p = self.pattern()
            guard = " if %s" % self.expr("bool") if self.r.random() < 0.25 else ""
            if p.isidentifier() and p not in ("None", "True") and not guard or p == "_" and not guard:
                if wild:
                    continue
                wild = True
                p, self.captured = "[_, *_]", []
            self.line("case %s%s:" % (p, guard))
            self.indent += 1
            self.line("out('case', %s)" % (", ".join(self.captured) or repr(p)))
            self.indent -= 1
            self.block(1)
        self.line("case _:")
        self.block(1)
        self.indent -= 1

    def s_class(self):
        r, c = self.r, self.fresh().upper()
        base = r.choice(["", "(Box)", "(Number)", "(int)", "(str)", "(list)", "(dict)", "(tuple)", "(float)", "(Error1)", "(SubBox)"])
        self.line("class %s%s:" % (c, base))
        self.indent += 1
        self.line("attribute = %s" % self.expr("any"))
        if r.random() < 0.2 and base in ("", "(int)x"):
            self.line("__slots__ = ('slot',)")
        for m in r.sample(["__len__", "__add__", "__eq__", "__getitem__", "__str__", "__call__", "__bool__", "__lt__", "__contains__", "__hash__", "__radd__", "__iter__", "__index__", "__init__", "__getattr__", "__new__", "__set_name__"], r.randint(1, 4)):
            body = {"__len__": "return %s" % self.expr("int"), "__str__": "return %s" % self.expr("str"), "__bool__": "return %s" % self.expr("bool"), "__hash__": "return %s" % self.expr("int"), "__iter__": "return iter(%s)" % self.expr("list"), "__index__": "return %s" % self.expr("int"),
                    "__getattr__": "return a[0] * 2", "__new__": "return super().__new__(cls)", "__init__": "self.init = a"}.get(m, "return (%r, %s)" % (m, self.expr("any")))
            self.line("def %s(%s, *a, **k): %s" % (m, "cls" if m == "__new__" else "self", body))
        self.indent -= 1
        x = self.fresh()
        self.line("%s = %s(%s)" % (x, c, r.choice(["", self.expr("any"), self.arguments()])))
        for _ in range(r.randint(1, 4)):
            use = r.choice(["len({0})", "{0} + {1}", "{1} + {0}", "{0} == {1}", "{0}[{1}]", "str({0})[:9]", "{0}({1})", "bool({0})", "{0} < {1}", "{1} in {0}", "hash({0})", "list({0})", "{0}.attribute", "{0}.missing", "[1, 2, 3][{0}]", "isinstance({0}, Box)", "{0} * 2", "{0}.slot", "{0}.init", "-{0}", "int({0})", "{0} != {1}", "f'{{{0}}}'[:9]"])
            self.line("attempt(%r, lambda: %s)" % (c, use.format(x, self.expr("any"))))
        self.names["any_object"].append(x)

    def snippet(self, name):
        self.line("pass")
        self.in_function = True
        for _ in range(self.r.randint(4, 9)):
            self.statement()
        return "def %s():\n%s\n" % (name, "\n".join(self.lines))


KINDS = ["int", "float", "str", "list", "tuple", "dict", "set", "bool", "number", "box", "any_object", "bytes", "none"]


def e_any_object(self):
    return self.expr("any")


Maker.e_any_object = e_any_object


def snippets(seed, count):
    out = []
    for i in range(count):
        m = Maker(random.Random("%s/%d" % (seed, i)))
        m.pending = []
        text = m.snippet("f%d" % i)
        try:
            compile(text, "s", "exec")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        out.append(text)
    return out


def program(parts):
    text = PRELUDE + "\n".join(parts)
    for p in parts:
        name = p.split("(")[0][4:]
        text += "\nprint('==== %s')\ntry: out('result', %s())\nexcept BaseException as e: out('raised', e, e.__context__, e.__cause__)\n" % (name, name)
    return text


def run(command, text, timeout=60):
    folder = tempfile.mkdtemp(prefix="fuzz-programs-")
    path = os.path.join(folder, "p.py")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    try:
        p = subprocess.run(["/bin/sh", "-c", "ulimit -c 0; ulimit -v 4000000; exec \"$@\"", "sh"] + command + ["-W", "ignore", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                           timeout=timeout, env=dict(os.environ, PYTHONHASHSEED="0", PYTHONIOENCODING="utf-8:backslashreplace", PYTHONDONTWRITEBYTECODE="1"))
        text = p.stdout.decode("utf-8", "replace").replace(path, "p.py")
        return text + ("\nstatus %d" % p.returncode if p.returncode else "")
    except subprocess.TimeoutExpired:
        return "no answer in %d s" % timeout
    finally:
        os.unlink(path)
        os.rmdir(folder)


def sections(text):
    out, name = {"": ""}, ""
    for line in text.split("\n"):
        if line.startswith("==== "):
            name = line[5:]
            out[name] = ""
        else:
            out[name] += line + "\n"
    return out


def differs(weft, part):
    text = program([part])
    return run([CPYTHON], text, 5) != run([weft], text, 20)


def reduce(weft, part, seconds=40):
    """Leaves out statements, and takes bodies for what holds them, while the outputs differ."""
    end = time.time() + seconds
    changed = True
    while changed and time.time() < end:
        changed = False
        tree = ast.parse(part)
        places = []
        for node in ast.walk(tree):
            for field in ("body", "orelse", "finalbody", "handlers", "cases"):
                block = getattr(node, field, None)
                if isinstance(block, list) and not isinstance(node, ast.Module):
                    places += [(block, s, getattr(s, "body", None)) for s in block]
        for block, s, inner in places:
            if time.time() > end:
                break
            if s not in block or isinstance(s, ast.Pass) and len(block) == 1:
                continue
            at = block.index(s)
            options = [[]] + ([inner] if isinstance(inner, list) and isinstance(s, ast.stmt) and not isinstance(s, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)) else [])
            for new in options:
                before = list(block)
                block[at:at + 1] = new
                if not block and isinstance(s, ast.stmt):
                    block.append(ast.Pass())
                try:
                    text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
                    compile(text, "s", "exec")
                    good = text != part and differs(weft, text)
                except (SyntaxError, ValueError, RecursionError):
                    good = False
                if good:
                    part = text
                    changed = True
                    break
                block[:] = before
    return part


def main(argv):
    keep = os.path.join(os.path.dirname(HERE), ".build", "fuzz")
    if "--keep" in argv:
        i = argv.index("--keep")
        keep = argv[i + 1]
        del argv[i:i + 2]
    weft = argv[0]
    seconds = float(argv[1]) if len(argv) > 1 else 30
    seed = int(argv[2]) if len(argv) > 2 else 0
    most = int(argv[3]) if len(argv) > 3 else 1 << 60
    end = time.time() + seconds
    programs = passed = failed = 0
    while time.time() < end and programs < most:
        parts = snippets("%d/%d" % (seed, programs), SNIPPETS)
        text = program(parts)
        want = run([CPYTHON], text, 5)
        programs += 1
        if want.startswith("no answer"):
            continue
        want, got = sections(want), sections(run([weft], text))
        reported = False
        for p in parts:
            name = p.split("(")[0][4:]
            if want.get(name) == got.get(name):
                passed += 1
                continue
            failed += 1
            if reported and name not in got:
                continue
            reported = True
            os.makedirs(keep, exist_ok=True)
            small = reduce(weft, p) if differs(weft, p) else p
            path = os.path.join(keep, "program_%d_%d_%s.py" % (seed, programs - 1, name))
            with open(path, "w", encoding="utf-8") as f:
                f.write(program([small]))
            print("FAIL %s\n%s" % (path, small))
            a, b = run([CPYTHON], program([small])), run([weft], program([small]))
            for x, y in zip((a + "\n<end>").split("\n"), (b + "\n<end>").split("\n")):
                if x != y:
                    print("    expected %s\n    got      %s" % (x[:200], y[:200]), flush=True)
                    break
    print("programs: %d, snippets: %d" % (programs, passed + failed))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
