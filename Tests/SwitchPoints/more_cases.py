"""More switch points, in the form of switch_cases.py: operators, builtins that call back, classes, generators.

    INTERPRETER switch_points.py --cases more_cases
"""
import bisect
import collections
import contextlib
import dataclasses
import functools
import heapq
import itertools
import operator
import re
import string
import sys
import textwrap
import types

import case_helpers
from case_helpers import Index, It, Key, Mapping, Missing, N, Seq, Weighed, Writer, special


def pause(value=None):
    return value


case_helpers.user = sys.modules[__name__]


def inplace():
    n = N(1)
    n += 2
    n @= 3
    n **= 4
    n //= 5
    n <<= 6
    return n


def unary():
    n = N(1)
    return -n, +n, ~n, abs(n), round(n), round(n, 2)


def reflected():
    return 1 + N(2), 1 @ N(2), divmod(1, N(2)), pow(1, N(2)), 7 // N(2), 1 << N(2)


def comparisons():
    a, b, c = Weighed(1), Weighed(2), Weighed(3)
    return a < b < c, a < c < b, sorted([c, a, b]), max(a, c, b), min([c, b, a])


def conversions():
    return (int(special(__int__=lambda s: 3)), int(special(__index__=lambda s: 4)), float(special(__float__=lambda s: 1.5)),
            complex(special(__complex__=lambda s: 2j)), bytes(special(__bytes__=lambda s: b"b")), bool(special(__bool__=lambda s: False)),
            str(special(__str__=lambda s: "s")), hash(special(__hash__=lambda s: 77)), len(special(__len__=lambda s: 9)),
            list(reversed(special(__reversed__=lambda s: [2, 1]))), dir(special(__dir__=lambda s: ["b", "a"])))


def indices():
    items = list(range(10))
    out = [items[Index(2)], items[Index(1):Index(4)], "abcdef"[Index(1)::Index(2)], b"abc"[Index(-1)], range(Index(3)), [0] * Index(2), hex(Index(255)),
           chr(Index(65)), bytes(Index(2)), bytearray(Index(1)), "x".center(Index(3), "."), items.pop(Index(0))]
    items[Index(0):Index(3)] = [9]
    del items[Index(1)]
    out.append(items)
    out.append(slice(Index(1), Index(5), None).indices(Index(4)))
    return out


def unpacking():
    a, *b, c = It(1, 2, 3, 4)
    d, e = Seq(5, 6)
    f = [*It(1), *Seq(2, 3)]
    g = {**Mapping(x=1), "y": 2}
    return a, b, c, d, e, f, g, (lambda *a, **k: (a, k))(*It(7), **Mapping(z=3))


def containers():
    return (list(It(1, 2)), tuple(It(3)), set(It(4)), frozenset(It(5)), dict(It(("k", 1))), dict(Mapping(a=1)), bytes(It(1, 2)), bytearray(It(3)),
            collections.deque(It(1, 2), 1), collections.Counter(It("a", "a")), collections.UserList(It(1, 2)), "".join(It("x", "y")), b"-".join(It(b"p", b"q")))


def extend():
    l = [0]
    l.extend(It(1, 2))
    l += It(3)
    l[1:2] = It(8, 9)
    s = {1}
    s.update(It(2), Seq(3))
    s |= set(It(4))
    d = {}
    d.update(Mapping(q=1), r=2)
    q = collections.deque()
    q.extendleft(It(1, 2))
    b = bytearray(b"x")
    b.extend(It(65, 66))
    return l, s, d, q, b


def reductions():
    return (sum(It(1, 2, 3)), sum([N(1)], N(0)), any(It(0, 1, 2)), all(It(1, 0, 2)), max(It(1, 5, 2), key=lambda x: pause(-x)), min([], default=pause(3)),
            functools.reduce(lambda a, b: pause(a * b), It(1, 2, 3, 4)), functools.reduce(operator.add, It(1, 2), 10))


def lazy():
    count = itertools.count()
    return (list(map(lambda a, b: pause(a + b), It(1, 2), It(3, 4))), list(filter(lambda x: pause(x % 2), It(1, 2, 3))), list(zip(It(1, 2), It(3, 4), strict=True)),
            list(enumerate(It("a", "b"), 5)), list(iter(lambda: pause(next(count)), 3)), next(It(), "d"), list(filter(None, It(0, 1))))


def zip_strict():
    try:
        list(zip(It(1, 2), It(3), strict=True))
    except ValueError as e:
        return str(e)


def iter_tools():
    i = itertools
    even = lambda x: pause(x % 2 == 0)
    return [list(x) for x in (
        i.accumulate(It(1, 2, 3), lambda a, b: pause(a * b)), i.accumulate(It(1, 2), initial=9), i.chain(It(1), It(2)), i.chain.from_iterable(It(It(1), It(2))),
        i.combinations(It(1, 2, 3), 2), i.permutations(It(1, 2)), i.product(It(1, 2), It(3)), i.combinations_with_replacement(It(1, 2), 2),
        i.compress(It(1, 2, 3), It(1, 0, 1)), i.dropwhile(even, It(2, 3, 4)), i.takewhile(even, It(2, 4, 5)), i.filterfalse(even, It(1, 2, 3)),
        i.islice(It(1, 2, 3, 4), 1, 3), i.starmap(lambda a, b: pause(a - b), It((3, 1), (5, 2))), i.zip_longest(It(1, 2), It(3), fillvalue=0), i.pairwise(It(1, 2, 3)),
        i.islice(i.cycle(It(1, 2)), 5))]


def group_by():
    return [(k, list(g)) for k, g in itertools.groupby(It(1, 3, 2, 4, 5), key=lambda x: pause(x % 2))]


def tee_both():
    a, b = itertools.tee(It(1, 2, 3))
    return next(a), list(b), list(a)


def sorting():
    cmp = functools.cmp_to_key(lambda a, b: pause(a - b))
    l = [3, 1, 2]
    l.sort(key=cmp, reverse=True)
    return l, sorted(It(3, 1, 2), key=lambda x: pause(-x)), sorted([(Weighed(2), 1), (Weighed(1), 2)])


def bisecting():
    l = [Weighed(1), Weighed(3)]
    bisect.insort(l, Weighed(2))
    return l, bisect.bisect_left([1, 4, 9], 4, key=lambda x: pause(x)), bisect.bisect([10, 20], 15, key=lambda x: pause(x))


def heaps():
    h = [Weighed(3), Weighed(1), Weighed(2)]
    heapq.heapify(h)
    heapq.heappush(h, Weighed(0))
    return heapq.heappop(h), heapq.heapreplace(h, Weighed(9)), heapq.nsmallest(2, [3, 1, 2], key=lambda x: pause(-x)), list(heapq.merge(It(1, 3), It(2), key=lambda x: pause(x)))


def dict_growth():
    d = {}
    for i in range(12):
        d[Key(i)] = i
    return len(d), d[Key(11)], Key(5) in d, d.pop(Key(3)), d.get(Key(99)), len(d)


def dict_compare():
    return {Key(1): Weighed(1)}.keys() == {Key(1): 2}.keys(), {1: Key(2)} == {1: Key(2)}, {Key(1)} <= {Key(1), Key(2)}, list({Key(1): 0} | {Key(1): 5}) , dict.fromkeys(It(1, 2), 0)


def set_algebra():
    a, b = {Key(1), Key(2), Key(6)}, {Key(2), Key(3)}
    return len(a | b), len(a - b), len(a ^ b), a.isdisjoint(b), a.issuperset({Key(1)}), len(a.difference(It(*b)))


def hash_tuple():
    return hash((Key(1), (Key(2),))) == hash((Key(1), (Key(2),))), len({(Key(1), 1): 0, (Key(1), 1): 1}), hash(frozenset([Key(1)])) != 0


def default_dict():
    d = collections.defaultdict(lambda: pause([]))
    d["a"].append(1)
    d["a"].append(2)
    return dict(d), Missing()["k"], "%(z)s" % Missing(), "{z}".format_map(Missing()), collections.ChainMap(Missing(), {})["w"]


def list_methods():
    l = [Key(1), Key(2), Key(1)]
    return l.count(Key(1)), l.index(Key(2)), Key(2) in l, (Key(1), Key(2)).index(Key(2)), collections.deque(l).count(Key(1)), [Key(1)] == [Key(1)]


def texts():
    t = special(__str__=lambda s: "S", __repr__=lambda s: "R", __format__=lambda s, spec: "F" + spec)
    return "%s %r %a" % (t, t, t), f"{t} {t!r} {t:>{Index(4).i}} {t!s:>3}", "{0} {0!r} {0:x}".format(t), format(t, "abc"), str([t, {1: t}]), repr((t,)), ascii([t])


def translate():
    class Table:
        def __getitem__(self, c):
            if c == 98:
                raise LookupError
            return pause({97: "A", 99: None}.get(c, 120))
    return "abcd".translate(Table())


def regular():
    return (re.sub(r"\d", lambda m: pause(str(int(m[0]) + 1)), "a1b2"), re.subn("x", lambda m: pause("y"), "xx"), [pause(m.group()) for m in re.finditer("[a-c]", "abz")], string.Template("$a").substitute(Missing()), textwrap.TextWrapper(5).wrap(pause("aa bb cc")))


def printing():
    w = Writer()
    print(special(__str__=lambda s: "one"), 2, sep="-", end="!", file=w, flush=True)
    return w.parts


def display():
    old, sys.stdout = sys.stdout, Writer()
    out = sys.stdout
    try:
        sys.displayhook(special(__repr__=lambda s: "shown"))
    finally:
        sys.stdout = old
    return len(out.parts) > 0 or True


class Tracked:
    def __set_name__(self, owner, name):
        owner.names = owner.__dict__.get("names", ()) + (pause(name),)

    def __get__(self, o, owner):
        return pause("got") if o is not None else self

    def __delete__(self, o):
        pause()


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **kw):
        return pause({"prepared": name})

    def __new__(mcs, name, bases, ns, **kw):
        return super().__new__(mcs, name, pause(bases), ns)

    def __init__(cls, name, bases, ns, **kw):
        cls.made = pause(sorted(kw))

    def __getitem__(cls, k):
        return pause(k)

    def __iter__(cls):
        return iter(pause([1, 2]))

    def __contains__(cls, x):
        return pause(x == 3)

    def __add__(cls, o):
        return pause("added")

    def __getattr__(cls, name):
        return pause("meta " + name)

    def __repr__(cls):
        return pause("<C>")

    def mro(cls):
        return pause(type.mro(cls))


def meta_classes():
    class C(metaclass=Meta, opt=1):
        t = Tracked()
        u = Tracked()
    o = C()
    del o.t
    return C.prepared, C.made, C.names, C[4], list(C), 3 in C, C + 1, C.zzz, repr(C), o.t


def class_getitem():
    class G:
        def __class_getitem__(cls, k):
            return pause(("cg", k))

    class Base:
        def __mro_entries__(self, bases):
            return pause((int,))

    class D(Base()):
        pass
    return G[int], D.__mro__[1:], D(5)


def decorators():
    def deco(x):
        pause(x)

        def wrap(cls):
            cls.mark = pause(x)
            return cls
        return wrap

    @deco(1)
    @deco(2)
    @dataclasses.dataclass(order=True)
    class P:
        x: int
        y: list = dataclasses.field(default_factory=lambda: pause([0]))

        def __post_init__(self):
            self.x = pause(self.x)
    return P.mark, P(1) < P(2), dataclasses.asdict(P(3)), dataclasses.replace(P(1), x=9)


class Cached:
    @functools.cached_property
    def c(self):
        return pause(4)

    @property
    def q(self):
        return pause(self._q)

    @q.setter
    def q(self, v):
        self._q = pause(v)

    @q.deleter
    def q(self):
        pause()
        del self._q

    @classmethod
    def cm(cls):
        return pause(cls.__name__)

    @staticmethod
    def sm(x):
        return pause(x)

    @functools.singledispatchmethod
    def sd(self, x):
        return pause("any")

    @sd.register
    def _(self, x: str):
        return pause("text")

    pm = functools.partialmethod(lambda self, a, b: pause(a + b), 10)


def properties():
    o = Cached()
    o.q = 5
    r = (o.c, o.c, o.q, o.cm(), Cached.sm(3), o.sd(1), o.sd("s"), o.pm(2), functools.partial(lambda *a, **k: pause((a, k)), 1, z=2)(3))
    del o.q
    return r, hasattr(o, "_q")


def attributes():
    class A:
        def __getattribute__(self, name):
            if name.startswith("v"):
                return pause(name)
            return object.__getattribute__(self, name)

        def __setattr__(self, name, value):
            object.__setattr__(self, name, pause(value))

        def __delattr__(self, name):
            pause()
            object.__delattr__(self, name)
    a = A()
    a.x = 1
    r = a.x, a.v1, getattr(a, "v2"), operator.attrgetter("v3")(a), operator.methodcaller("__getattribute__", "v4")(a)
    del a.x
    return r, hasattr(a, "x")


def instance_checks():
    class M(type):
        def __instancecheck__(cls, o):
            return pause(o == 1)

        def __subclasscheck__(cls, o):
            return pause(o is str)

    class I(metaclass=M):
        pass
    try:
        raise ValueError(1)
    except (KeyError, ValueError) as e:
        caught = pause(str(e))
    import abc

    class Abc(abc.ABC):
        @classmethod
        def __subclasshook__(cls, c):
            return pause(hasattr(c, "pop"))
    return isinstance(1, (str, I)), issubclass(str, I), caught, issubclass(list, Abc), isinstance((), Abc)


def match_args():
    class P:
        __match_args__ = ("x", "y")

        def __init__(self):
            pass

        @property
        def x(self):
            return pause(1)

        @property
        def y(self):
            return pause(2)
    match P():
        case P(0, y):
            r = "no"
        case P(x, y) if pause(x < y):
            r = x, y
    match Mapping_({"k": 1, "r": 2}):
        case {"k": v, **rest}:
            r += (v, rest)
    match Sequence_(1, 2, 3):
        case [a, *b]:
            r += (a, b)
    return r


class Mapping_(collections.UserDict):
    def __getitem__(self, k):
        return pause(self.data[k])


class Sequence_(collections.UserList):
    def __init__(self, *items):
        self.data = list(items)

    def __getitem__(self, i):
        return pause(self.data[i])

    def __len__(self):
        return pause(len(self.data))


def exception_stars():
    log = []
    try:
        try:
            raise ExceptionGroup("g", [ValueError(1), ExceptionGroup("h", [TypeError(2), KeyError(3)])])
        except* (ValueError, TypeError) as e:
            log.append(pause(len(e.exceptions)))
            raise RuntimeError("new")
        finally:
            log.append(pause("finally"))
    except ExceptionGroup as e:
        log.append(sorted(type(x).__name__ for x in e.exceptions))
        log.append([type(x).__name__ for x in e.split(lambda x: pause(isinstance(x, RuntimeError)))[0].exceptions])
    return log


def exception_classes():
    class E(Exception):
        def __init__(self, *a):
            super().__init__(*pause(a))

        def __str__(self):
            return pause("E!")
    try:
        try:
            raise E(1, 2)
        finally:
            pause()
    except E as e:
        try:
            raise KeyError from e
        except KeyError as k:
            return str(k.__cause__), e.args, pause(k.__context__ is e), e.__traceback__ is not None


def managers():
    log = []

    @contextlib.contextmanager
    def cm(n):
        log.append(pause("in%d" % n))
        try:
            yield pause(n)
        except ValueError:
            log.append(pause("caught"))
        finally:
            log.append(pause("out%d" % n))
    with contextlib.ExitStack() as s:
        s.enter_context(cm(1))
        s.callback(lambda: log.append(pause("cb")))
        s.push(lambda *e: pause(False))
        with cm(2) as a, cm(3) as b:
            raise ValueError
    with contextlib.suppress(KeyError), contextlib.closing(types.SimpleNamespace(close=lambda: log.append(pause("closed")))), contextlib.redirect_stdout(Writer()) as w:
        print("x")
        raise KeyError
    return log, w.parts


def generator_ways():
    log = []

    def inner():
        try:
            while True:
                try:
                    log.append((yield pause(1)))
                except KeyError:
                    log.append(pause("key"))
        finally:
            log.append(pause("end"))

    def outer():
        log.append((yield from inner()))
    g = outer()
    next(g)
    g.send("a")
    g.throw(KeyError)
    g.close()
    h = (pause(x) for x in It(1, 2) if pause(True))
    return log, list(h), [y for x in It(1, 2) for y in It(x, x)], {pause(x): pause(-x) for x in (1, 2)}, {pause(x) for x in (1, 1)}


def generator_return():
    def g():
        x = yield 1
        return pause(x)

    def h():
        r = yield from g()
        yield pause(r)
    it = h()
    return next(it), it.send(5), next(it, "done")


class Await:
    def __init__(self, v):
        self.v = v

    def __await__(self):
        pause()
        yield from ()
        return pause(self.v)


class AIter:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return pause(self)

    async def __anext__(self):
        self.n -= 1
        if self.n < 0:
            raise StopAsyncIteration
        return pause(self.n)


class AMan:
    async def __aenter__(self):
        return pause(await Await(1))

    async def __aexit__(self, *e):
        return pause(True)


def run(c):
    try:
        while True:
            c.send(None)
    except StopIteration as e:
        return e.value


def coroutines():
    async def agen():
        try:
            yield await Await(1)
            yield pause(2)
        finally:
            await Await(pause(3))

    async def main():
        out = [x async for x in AIter(2)]
        async with AMan() as m:
            out.append(m)
            raise KeyError
        g = agen()
        out.append(await g.__anext__())
        await g.aclose()
        async with contextlib.AsyncExitStack() as s:
            out.append(await s.enter_async_context(AMan()))
        return out + [x async for x in agen()] + [await anext(AIter(0), pause("dflt"))]
    return run(main())


def dynamic_code():
    class Names(dict):
        def __getitem__(self, k):
            if k in ("a", "b"):
                return pause(len(k))
            return dict.__getitem__(self, k)

        def __setitem__(self, k, v):
            dict.__setitem__(self, k, pause(v))
    n = Names()
    exec("c = a + b\nd = pause(c)", {"pause": pause}, n)
    return eval("a + c", {}, n), n["c"], n["d"]


def with_locals():
    x = 1
    d = dict(locals())
    y = pause(2)
    del x
    try:
        return x
    except UnboundLocalError:
        return pause(sorted(d)), y


def conditional():
    a = special(__bool__=lambda s: False)
    b = special(__bool__=lambda s: True)
    return (1 if a else 2), (a or 3), (b and 4), not a, [x for x in (1, 2) if special(__bool__=lambda s: x == 2)], any([a, b]), all([b, a]), bool(special(__len__=lambda s: 0))


def while_else():
    n, out = 3, []
    while special(__bool__=lambda s: n > 0):
        n -= 1
        if n == 1:
            continue
        out.append(pause(n))
    else:
        out.append(pause("else"))
    for i in It(1, 2):
        if pause(i == 2):
            break
    else:
        out.append("never")
    return out


def assertion():
    try:
        assert pause(False), pause("message")
    except AssertionError as e:
        return str(e)


def walrus():
    return [y := pause(1), y + 1, (z := pause(5)) * z, [w for v in (1, 2) if (w := pause(v)) > 1]]


def user_types():
    class D(dict):
        def __getitem__(self, k):
            return pause(dict.__getitem__(self, k))

        def keys(self):
            return pause(dict.keys(self))

        def __contains__(self, k):
            return pause(True)

    class L(list):
        def __iter__(self):
            return pause(list.__iter__(self))

        def append(self, x):
            list.append(self, pause(x))

    class S(str):
        def __format__(self, spec):
            return pause("S")

        def __hash__(self):
            return pause(1)

        def __eq__(self, o):
            return pause(str.__eq__(self, o))

    class I(int):
        def __add__(self, o):
            return pause(I(int(self) + int(o)))

        def __radd__(self, o):
            return pause(I(int(self) + int(o)))
    l = L([1])
    l.append(2)
    return D(a=1)["a"], "b" in D(), list(l), sum(L([I(1), I(2)])), f"{S('q')}", {S("k"): 1}[S("k")], "%(a)s" % D(a=4), {**D(z=1)}


def comparisons_fall_back():
    class A:
        def __eq__(self, o):
            pause()
            return NotImplemented

        def __lt__(self, o):
            pause()
            return NotImplemented

    class B:
        def __eq__(self, o):
            return pause("B")

        def __gt__(self, o):
            return pause("gt")

        def __ne__(self, o):
            return pause("ne")
    return A() == B(), A() < B(), A() != A(), 1 == B(), 1 != B(), [1] == [B()]


def deep_inside():
    def level(n):
        return sorted([2, 1], key=lambda x: level(n - 1) + x)[0] if n else pause(0)
    return level(4)


CASES = {f.__name__.replace("_", " "): f for f in (
    inplace, unary, reflected, comparisons, conversions, indices, unpacking, containers, extend, reductions, lazy, zip_strict, iter_tools, group_by,
    tee_both, sorting, bisecting, heaps, dict_growth, dict_compare, set_algebra, hash_tuple, default_dict, list_methods, texts, translate, regular,
    printing, display, meta_classes, class_getitem, decorators, properties, attributes, instance_checks, match_args, exception_stars,
    exception_classes, managers, generator_ways, generator_return, coroutines, dynamic_code, with_locals, conditional, while_else, assertion, walrus,
    user_types, comparisons_fall_back, deep_inside)}
