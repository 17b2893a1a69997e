"""Every builtin on a list, tuple and dict nested a million deep gives a result or RecursionError; run by Weft, each case in a process of its own.

    deep_containers.py WEFT [NAME...]     the last line is "N passed, N failed"
"""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

MAKE = """
import sys
def deep(kind, n=1000000):
    x = () if kind == 'tuple' else {} if kind == 'dict' else []
    for i in range(n):
        x = (x,) if kind == 'tuple' else {0: x} if kind == 'dict' else [x]
    return x
KIND = sys.argv[1]
x = deep(KIND)
y = deep(KIND)
"""
CASES = {
    "repr": "repr(x)", "str": "str(x)", "ascii": "ascii(x)", "format": "'%s' % (x,)", "f-string": "f'{x}'", "eq": "x == y", "ne": "x != y", "lt": "x < y",
    "hash": "hash(x)", "in": "x in [y]", "index": "[y].index(x)", "count": "[y].count(x)", "sorted": "sorted([x, y])", "max": "max(x, y)",
    "set": "{x, y}", "dict key": "{x: 1}[y]", "len": "len(x)", "bool": "bool(x)", "list": "list(x)", "tuple": "tuple(x)", "dict": "dict(x)",
    "reversed": "list(reversed(x))", "sum": "sum([x, x], type(x)())", "any": "any(x)", "zip": "list(zip(x, y))", "map": "list(map(repr, x))",
    "isinstance": "isinstance(1, x)", "issubclass": "issubclass(int, x)", "print": "print(x, file=open('/dev/null', 'w'))", "copy": "x.copy()",
    "deepcopy": "__import__('copy').deepcopy(x)", "pickle": "__import__('pickle').dumps(x)", "pickle loads": "__import__('pickle').loads(__import__('pickle').dumps(x))",
    "marshal": "__import__('marshal').dumps(x)", "json": "__import__('json').dumps(x)", "json indent": "__import__('json').dumps(x, indent=1)",
    "pprint": "__import__('pprint').pformat(x)", "getsizeof": "__import__('sys').getsizeof(x)", "gc": "__import__('gc').get_referents(x)",
    "literal_eval": "__import__('ast').literal_eval('[' * 100000 + ']' * 100000)", "compile": "compile('(' * 100000 + ')' * 100000, 'f', 'eval')",
    "compile sum": "compile('+'.join('1' * 100000), 'f', 'eval')", "compile minus": "compile('-' * 100000 + '1', 'f', 'eval')",
    "compile call": "compile('f' + '()' * 100000, 'f', 'eval')", "compile attribute": "compile('f' + '.a' * 100000, 'f', 'eval')",
    "compile if": "compile(''.join(' ' * i + 'if 1:\\n' for i in range(2000)) + ' ' * 2000 + 'pass', 'f', 'exec')",
    "compile elif": "compile('if 1: pass\\n' + 'elif 1: pass\\n' * 50000, 'f', 'exec')", "json loads": "__import__('json').loads('[' * 1000000 + ']' * 1000000)",
    "ast": "__import__('ast').dump(__import__('ast').parse('-' * 5000 + '1'))", "re": "__import__('re').compile('(' * 50000 + ')' * 50000)",
    "reduce": "__import__('functools').reduce(lambda a, b: [a], range(1000000), x)", "del": "globals().clear()", "struct": "__import__('array').array('i', x)",
    "exec": "exec('a = x; b = y; c = a == b')", "bytes": "bytes(x)", "int": "int(x)", "join": "''.join(x)", "extend": "[].extend(x)", "update": "{}.update(x)",
    "chain": "list(__import__('itertools').chain(x, y))", "exception": "raise ValueError(x)", "exception chain": "chain()", "weak": "__import__('weakref').ref(x)",
    "partial": "repr(parts())", "property": "generator()", "union": "isinstance(1, union())", "super": "classes()", "tb": "traceback_of()", "match": "matching()",
    "deque": "repr(deques())", "dataclass": "fields()", "namespace": "repr(spaces())", "ordered": "repr(ordered())", "slice": "hash(slices())",
}
MORE = """
def chain():
    e = ValueError(0)
    for i in range(100000):
        n = ValueError(i); n.__context__ = e; n.__cause__ = e; e = n
    raise e
def parts():
    import functools
    p = functools.partial(print)
    for i in range(200000): p = functools.partial(p); q = functools.partial(print, q if i else p)
    return q
def generator():
    def g(n):
        if n: yield from g(n - 1)
        yield n
    return sum(g(5000))
def union():
    import typing
    u = int
    for i in range(3000): u = typing.Optional[list[u]]
    return u
def classes():
    c = object
    for i in range(3000): c = type('C', (c,), {})
    return c()
def traceback_of():
    def f(n):
        if n: f(n - 1)
        else: 1 / 0
    sys.setrecursionlimit(10**6)
    try: f(200000)
    except ZeroDivisionError as e:
        import traceback
        return len(traceback.format_exc())
def matching():
    match x:
        case [[[[a]]]]: return 1
        case _: return 2
def deques():
    from collections import deque
    d = deque()
    for i in range(200000): d = deque([d])
    return d
def fields():
    from dataclasses import make_dataclass
    C = make_dataclass('C', ['a'])
    c = None
    for i in range(100000): c = C(c)
    return c == c, repr(c)
def spaces():
    from types import SimpleNamespace
    s = None
    for i in range(100000): s = SimpleNamespace(a=s)
    return s
def ordered():
    from collections import OrderedDict
    s = None
    for i in range(100000): s = OrderedDict(a=s)
    return s
def slices():
    s = None
    for i in range(100000): s = (slice(s), s)
    return s
"""
ONCE = ("literal_eval", "compile", "json loads", "ast", "re", "exception chain", "partial", "property", "union", "super", "tb", "deque", "dataclass",
        "namespace", "ordered", "slice")


def one(weft, name, kind):
    code = MAKE + MORE + """
try:
    %s
    print("result")
except BaseException as e:
    print(type(e).__name__)
""" % CASES[name]
    if name == "exception chain":
        code = code.replace("except BaseException as e:", "except ValueError as e:\n    print('ValueError')\n    import traceback; traceback.format_exception(e)\nexcept BaseException as e:")
    try:
        p = subprocess.run([weft, "-c", code, kind], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=180,
                           env=dict(os.environ, SWIFT_BACKTRACE="enable=no"))
    except subprocess.TimeoutExpired:
        return "no answer"
    out = p.stdout.decode("utf-8", "replace").strip().split("\n")[-1]
    return out if p.returncode == 0 and out else "status %d %s" % (p.returncode, p.stderr.decode("utf-8", "replace")[-300:])


def main():
    weft = sys.argv[1]
    wanted = [a for a in sys.argv[2:] if not a.startswith("-")]
    jobs = [(n, k) for n in CASES for k in ("list", "tuple", "dict") if (not wanted or n in wanted) and (k == "list" or not n.startswith(ONCE))]
    passed = failed = 0
    with ThreadPoolExecutor(2) as pool:
        for (name, kind), answer in zip(jobs, pool.map(lambda j: one(weft, *j), jobs)):
            good = " " not in answer
            passed += good
            failed += not good
            if not good or "--verbose" in sys.argv:
                print("%s%s of %s: %s" % ("" if good else "FAIL ", name, kind, answer.replace("\n", "\n    ")), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
