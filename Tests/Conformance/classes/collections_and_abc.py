# OrderedDict, abstract classes, pattern flags, weak references after gc.collect(), hashes of 64 bits, __class__ and __bases__.
import abc
import collections
import collections.abc
import gc
import pickle
import weakref
from collections import OrderedDict

d = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
d.move_to_end("a")
d.move_to_end("c", last=False)
print(d, d.popitem(), d.popitem(last=False), d == OrderedDict(b=2), OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1))
print(pickle.loads(pickle.dumps(OrderedDict(x=[1]))), list(reversed(OrderedDict(p=1, q=2))), OrderedDict(a=1) | {"z": 0})


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...

    @property
    @abc.abstractmethod
    def name(self): ...


class Square(Shape):
    name = "square"

    def area(self):
        return 4


class Duck:
    pass


Shape.register(Duck)
print(isinstance(Square(), Shape), issubclass(Duck, Shape), isinstance(Duck(), (int, Shape)), sorted(Shape.__abstractmethods__))
try:
    Shape()
except TypeError as e:
    print(e)


class Row:
    def __init__(self, *items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        return self.items[i]


def kind(x):
    match x:
        case [a, b]:
            return "pair", a, b
        case {"k": v}:
            return "mapping", v
        case _:
            return "other"


print(kind(Row(1, 2)))
collections.abc.Sequence.register(Row)
print(kind(Row(1, 2)), kind(collections.UserDict(k=1)), kind(collections.deque([1, 2])))

print(hash(()), hash((1, 2, 3)), hash((1, (2.5, -1), True)), hash(frozenset()) == hash(frozenset([])))


class Node:
    def __del__(self):
        print("node", self.n, "goes")


node = None
for i in range(3):
    outer = Node()
    outer.n = i
    outer.inside = node
    node = outer
r = weakref.ref(node)
del node, outer
gc.collect()
print(r())


class A:
    def who(self):
        return "A"


class B:
    def who(self):
        return "B"


class C(A):
    pass


x = C()
C.__bases__ = (B,)
print(x.who(), C.__mro__[1].__name__)
x.__class__ = A
print(x.who())
for bad in (lambda: setattr(x, "__class__", int), lambda: setattr(C, "__bases__", ()), lambda: type({}.keys())({})):
    try:
        bad()
    except TypeError as e:
        print(e)


class D:
    __bool__ = None
    __eq__ = None


for bad in (lambda: bool(D()), lambda: D() == D()):
    try:
        bad()
    except TypeError as e:
        print(e)


class Loop:
    pass


Loop.__call__ = Loop()
try:
    Loop()()
except RecursionError as e:
    print("RecursionError")
