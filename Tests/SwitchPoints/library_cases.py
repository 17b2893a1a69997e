"""Switch points inside library modules, in the form of switch_cases.py.

    INTERPRETER switch_points.py --cases library_cases
"""
import codecs
import collections
import copy
import csv
import enum
import functools
import io
import json
import logging
import operator
import os
import pickle
import random
import statistics
import struct
import sys
import types
import weakref

import case_helpers
from case_helpers import Index, It, Key, N, Raw, Reader, Seq, Weighed, Writer, special


def pause(value=None):
    return value


def inside(value=None):
    # Of what the moving of a computation asks too.
    stackless = sys.modules.get("stackless")
    return pause(value) if stackless is None or not stackless.getcurrent().is_main else value


case_helpers.user = sys.modules[__name__]


def json_hooks():
    class Enc(json.JSONEncoder):
        def default(self, o):
            return pause({"k": list(o)})
    return (json.dumps([{1, }, (2,)], default=lambda o: pause(sorted(o))), Enc(indent=1).encode({"a": {3}}), json.loads('{"a": {"b": 1}}', object_hook=lambda d: pause(sorted(d))),
            json.loads('[{"a": 1}]', object_pairs_hook=lambda x: pause(x)), json.loads("[1.5, 2]", parse_float=lambda s: pause(s), parse_int=lambda s: pause(int(s) + 1)))


class Reduced:
    def __init__(self, v=None):
        self.v = v

    def __reduce__(self):
        return inside((Reduced, (self.v,)))


class Stateful:
    def __getstate__(self):
        return inside({"s": 1})

    def __setstate__(self, state):
        self.state = inside(state)


class NewArgs:
    def __new__(cls, a=None):
        self = object.__new__(cls)
        self.a = inside(a)
        return self

    def __getnewargs__(self):
        return inside((self.a,))


class Copied:
    def __init__(self, v):
        self.v = v

    def __copy__(self):
        return Copied(inside(self.v + 1))

    def __deepcopy__(self, memo):
        return Copied(inside(copy.deepcopy(self.v, memo) + 2))


def pickling():
    a = pickle.loads(pickle.dumps([Reduced(1), {"k": Stateful()}, NewArgs(3)]))
    return a[0].v, a[1]["k"].state, a[2].a


class PersistentPickler(pickle.Pickler):
    def persistent_id(self, o):
        return pause("P") if isinstance(o, Reduced) else None


class PersistentUnpickler(pickle.Unpickler):
    def persistent_load(self, pid):
        return pause(pid * 2)

    def find_class(self, module, name):
        return pause(super().find_class(module, name))


def pickling_hooks():
    f = io.BytesIO()
    PersistentPickler(f).dump([Reduced(1), NewArgs(2)])
    f.seek(0)
    r = PersistentUnpickler(f).load()
    w = Writer()
    pickle.dump([1], w, 0)
    return r[0], r[1].a, pickle.load(Reader(pickle.dumps({"x": [1, 2]}))), b"".join(w.parts)


def copying():
    return copy.copy(Copied(1)).v, copy.deepcopy([Copied(1), {"x": Copied(5)}])[1]["x"].v, copy.copy(Stateful()).state, copy.deepcopy(NewArgs(1)).a


def csv_rows():
    w = Writer()
    csv.writer(w).writerows(It([1, special(__str__=lambda s: "x,y")], It("p", "q")))
    return list(csv.reader(It("a,b", '"c', 'd",e'))), list(csv.DictReader(It("h,i", "1,2"))), w.parts


def raw_files():
    r = Raw(b"line one\nline two\nrest")
    b = io.BufferedReader(r, 8)
    out = [b.readline(), b.read(3), b.peek(1)[:1], b.read()]
    w = Raw()
    with io.BufferedWriter(w, 4) as f:
        f.write(b"hello")
        f.write(b"abc")
    t = io.TextIOWrapper(io.BufferedReader(Raw("a\u00e9\r\nb".encode())), "utf-8")
    return out, w.out, list(t)


# Of every process that imports this module: error handlers and handlers of loggers do not travel.
codecs.register_error("more_cases", lambda e: (pause("?"), e.end))


def codec_errors():
    return "a\u20acb".encode("ascii", "more_cases"), b"a\xffb".decode("utf-8", "more_cases"), "\u20ac".encode("latin-1", "more_cases")


def xml_targets():
    # Expat itself does not travel; what was built before it began and after it ended does.
    import xml.etree.ElementTree as E
    log = []

    class Target:
        def start(self, tag, attrs):
            log.append(("start", tag, attrs))

        def end(self, tag):
            log.append(("end", tag))

        def data(self, d):
            log.append(d)

        def close(self):
            return log
    got = E.fromstring("<r><s x='1'/>t</r>", E.XMLParser(target=Target()))
    tree = E.fromstring(pause("<a><b>1</b></a>"))
    tree.append(E.Element(pause("c")))
    return pause(got), E.tostring(pause(tree))


def statistics_of():
    return statistics.mean(It(1, 2, 3)), statistics.median(It(3, 1, 2)), statistics.fmean(It(1.0, 2.0)), statistics.mode(It("a", "b", "a")), statistics.quantiles(It(1, 2, 3, 4), n=2)


class Rng(random.Random):
    def random(self):
        return pause(0.5)

    def getrandbits(self, n):
        return pause(1 % (1 << n))


def randoms():
    r = Rng()
    l = [1, 2, 3]
    r.shuffle(l)
    return r.choice([1, 2]), r.randrange(5), l, r.sample([1, 2, 3], 2), r.uniform(0, 4), random.Random(1).choices(Seq(1, 2), k=1) != []


def structs():
    return struct.pack("<ib", Index(5), Index(1)), struct.pack("d", special(__float__=lambda s: 2.5)), list(struct.iter_unpack("b", b"\1\2")), struct.unpack_from("b", b"\0\7", Index(1))


def arrays():
    import array
    a = array.array("i", It(1, 2))
    a.extend(It(3))
    a.append(Index(4))
    a.fromlist([Index(5)])
    return a, a[Index(1)], a.index(special(__eq__=lambda s, o: o == 3)), memoryview(b"abc")[Index(1)], bytearray(b"abc").find(Index(98))


def finalisers():
    log = []

    class F:
        def __del__(self):
            log.append("gone")
    f = F()
    w = weakref.ref(f, lambda r: log.append("callback"))
    pause()
    del f
    import gc
    gc.collect()
    pause()
    return sorted(log), w() is None


def weak_containers():
    class O:
        def __init__(self, n):
            self.n = n

        def __hash__(self):
            return pause(self.n)

        def __eq__(self, other):
            return pause(self.n == other.n)
    a, b = O(1), O(2)
    s = weakref.WeakSet([a, b])
    k = weakref.WeakKeyDictionary({a: 1})
    v = weakref.WeakValueDictionary(x=a)
    return len(s), O(1) in s, k[O(1)], v["x"] is a


def import_hooks():
    import importlib.abc
    import importlib.util

    class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name, path, target=None):
            if name == "more_cases_made":
                return importlib.util.spec_from_loader(pause(name), self)

        def create_module(self, spec):
            return pause(None)

        def exec_module(self, module):
            module.value = pause(12)
            exec("def f():\n    return value + 1\n", module.__dict__)
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        import more_cases_made
        from more_cases_made import f
        return more_cases_made.value, f()
    finally:
        # Of another process, it was never there.
        sys.meta_path[:] = [f for f in sys.meta_path if f is not finder]
        sys.modules.pop("more_cases_made", None)


def module_attributes():
    m = types.ModuleType("m")
    m.__dict__["__getattr__"] = lambda name: pause("m." + name)
    m.__dict__["__dir__"] = lambda: pause(["b", "a"])
    return m.thing, dir(m), getattr(m, "other")


def enums():
    class E(enum.Enum):
        A = 1

        @classmethod
        def _missing_(cls, v):
            return pause(cls.A)

        def __str__(self):
            return pause("e")

    class F(enum.Flag):
        @staticmethod
        def _generate_next_value_(*a):
            return pause(4)

        X = enum.auto()
    return E(99).name, str(E.A), len(E), f"{E.A}", F.X.value


def databases():
    # A connection does not travel; what it gave does.
    import sqlite3
    c = sqlite3.connect(":memory:")
    c.row_factory = sqlite3.Row
    c.execute("create table t(a, b)")
    c.executemany("insert into t values(?, ?)", [(2, "x"), (1, "y")])
    rows = c.execute("select * from t order by a").fetchall()
    c.close()
    del c
    pause()
    return [tuple(pause(r)) for r in rows], rows[0]["b"], rows[0].keys()


def searching():
    return (operator.indexOf(It(1, 2), 2), operator.countOf(It(1, 1), 1), operator.contains(It(1, 2), 5), 3 in It(1, 3), 2 in Seq(1, 2), list(reversed(Seq(1, 2))),
            operator.length_hint(It(1, 2)), operator.itemgetter(1)(Seq(4, 5)))


def total_order():
    @functools.total_ordering
    class T:
        def __init__(self, v):
            self.v = v

        def __lt__(self, o):
            return pause(self.v < o.v)

        def __eq__(self, o):
            return pause(self.v == o.v)
    return T(1) >= T(2), T(1) <= T(1), T(2) > T(1)


def cached_calls():
    calls = []

    @functools.lru_cache(2)
    def f(k):
        calls.append(k.k)
        return pause(k.k)

    @functools.cache
    def g(*a, **k):
        return pause((a, k))
    return f(Key(1)), f(Key(1)), f(Key(2)), calls, g(1, x=2), g(1, x=2), f.cache_info().hits


def threads_and_queues():
    import queue
    q = queue.Queue()
    q.put(pause(1))
    pq = queue.PriorityQueue()
    for w in (3, 1, 2):
        pq.put(Weighed(w))
    import threading
    with threading.Lock():
        pass
    c = threading.Condition()
    with c:
        n = c.wait_for(lambda: pause(True))
    return q.get(), pq.get(), n


def string_io():
    class U:
        def __len__(self):
            return pause(2)

        def __str__(self):
            return pause("uu")
    s = io.StringIO()
    s.writelines(It("a\n", "b\n"))
    s.seek(0)
    t = io.TextIOWrapper(Raw(), write_through=True)
    t.write("xy")
    t.writelines(It("z"))
    t.flush()
    return s.read(), b"".join(t.buffer.out), len(U()), str(U())


def math_hooks():
    import math
    o = special(__trunc__=lambda s: 1, __floor__=lambda s: 2, __ceil__=lambda s: 3, __float__=lambda s: 4.0, __round__=lambda s, n=None: 5)
    return math.trunc(o), math.floor(o), math.ceil(o), math.sqrt(o), round(o), math.fsum(It(1.0, 2.0)), math.prod(It(2, 3)), math.gcd(Index(4), Index(6)), math.hypot(o, o) > 5, math.comb(Index(4), Index(2))


def fractions_decimals():
    import fractions
    return fractions.Fraction(3, 4) + sum(It(fractions.Fraction(1, 4))), pow(2, N(3)), pow(N(2), 3, 5), divmod(N(7), 2)


def path_hooks():
    class P:
        def __fspath__(self):
            return pause("/a/b.txt")
    return os.fspath(P()), os.path.basename(P()), os.path.join("x", P()), os.path.splitext(P()), os.path.exists(P()), __import__("pathlib").PurePath(P()).name


def abc_mixins():
    import collections.abc as c

    class M(c.MutableMapping):
        def __init__(self):
            self.d = {}

        def __getitem__(self, k):
            return pause(self.d[k])

        def __setitem__(self, k, v):
            self.d[k] = pause(v)

        def __delitem__(self, k):
            del self.d[pause(k)]

        def __iter__(self):
            return iter(pause(list(self.d)))

        def __len__(self):
            return pause(len(self.d))
    m = M()
    m.update(a=1, b=2)
    return m.pop("a"), m.setdefault("c", 3), dict(m), list(m.items()), "b" in m, m == {"b": 2, "c": 3}, m.popitem()


def tracebacks():
    import traceback

    def f():
        pause()
        raise ValueError("tb")
    try:
        f()
    except ValueError as e:
        tb = e.__traceback__
        pause()
        return [s.name for s in traceback.extract_tb(tb)][-2:], traceback.format_exception_only(e)


def context_variables():
    import contextvars
    v = contextvars.ContextVar("v", default=0)

    def inside():
        v.set(pause(5))
        return v.get()
    c = contextvars.copy_context()
    return c.run(inside), v.get(), c[v]


def argument_parser():
    import argparse
    q = argparse.ArgumentParser(prog="p")
    q.add_argument("n", type=lambda s: pause(int(s)))

    class Act(argparse.Action):
        def __call__(self, parser, ns, values, option=None):
            setattr(ns, self.dest, pause(values))
    q.add_argument("-x", action=Act)
    return vars(q.parse_args(["3", "-x", "y"]))


def tests_inside():
    import unittest

    class T(unittest.TestCase):
        def setUp(self):
            self.v = pause(1)

        def test_a(self):
            with self.subTest(i=1):
                self.assertEqual(pause(self.v), 1)
            with self.assertRaises(KeyError):
                {}[pause(1)]
    r = unittest.TestResult()
    T("test_a").run(r)
    return r.testsRun, r.errors, r.failures


class Noting(logging.Handler):
    def emit(self, record):
        record.out.append(pause(self.format(record)))


logger = logging.getLogger("library_cases")
logger.setLevel(10)
logger.propagate = False
logger.addHandler(Noting())
logger.addFilter(lambda r: pause(True))


def logging_and_templates():
    import string
    out = []
    logger.info("a %s", special(__str__=lambda s: "b"), extra={"out": out})
    return out, string.Template("$x ${y}").substitute(x=special(__str__=lambda s: "c"), y=1)


CASES = {f.__name__.replace("_", " "): f for f in (
    json_hooks, pickling, pickling_hooks, copying, csv_rows, raw_files, codec_errors, xml_targets, statistics_of, randoms, structs, arrays,
    finalisers, weak_containers, import_hooks, module_attributes, enums, databases, searching, total_order, cached_calls, threads_and_queues,
    string_io, math_hooks, fractions_decimals, path_hooks, abc_mixins, tracebacks, context_variables, argument_parser, tests_inside,
    logging_and_templates)}
