# Classes: inheritance, descriptors, metaclasses, slots, special methods.
class Base:
    def __init__(self, x): self.x = x
    def who(self): return "base"
    def __eq__(self, o): return isinstance(o, Base) and self.x == o.x
    def __hash__(self): return hash(self.x)
    def __lt__(self, o): return self.x < o.x
    def __add__(self, o): return Base(self.x + getattr(o, "x", o))
    def __radd__(self, o): return Base(o + self.x)
    def __iadd__(self, o): self.x += 100; return self
    def __repr__(self): return "Base(%r)" % self.x
    def __len__(self): return self.x
    def __getitem__(self, k): return k
    def __contains__(self, k): return k == self.x
    def __call__(self, *a, **k): return a, k
    def __bool__(self): return self.x != 0
    def __enter__(self): return self
    def __exit__(self, *e): print("exit", e[0] and e[0].__name__); return True

class Left(Base):
    def who(self): return "left " + super().who()
class Right(Base):
    def who(self): return "right " + super().who()
class Both(Left, Right):
    def who(self): return "both " + super().who()

b = Both(3)
print(b.who(), [c.__name__ for c in Both.__mro__])
print(Base(1) == Base(1), Base(1) != Base(2), {Base(1): "v"}[Base(1)], sorted([Base(3), Base(1)]))
print(Base(1) + 2, 5 + Base(1), len(b), b[7], b[1:2], 3 in b, b(1, k=2), bool(Base(0)))
b += 1
print(b.x)
with Base(1) as w:
    raise KeyError("k")
print("after")

class Meta(type):
    def __new__(m, name, bases, ns, **kw):
        c = super().__new__(m, name, bases, ns)
        c.made = kw
        return c
    def __init__(c, name, bases, ns, **kw): super().__init__(name, bases, ns)
    def __call__(c, *a): return ("called", super().__call__(*a))
    @classmethod
    def __prepare__(m, name, bases, **kw): return {"prepared": 1}
class WithMeta(metaclass=Meta, flag=1): pass
print(WithMeta.made, WithMeta.prepared, WithMeta()[0])

class Descriptor:
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, o, t): return self if o is None else ("got", self.name)
    def __set__(self, o, v): o.__dict__[self.name] = ("set", v)
class Uses:
    d = Descriptor()
    @property
    def p(self): return self._p
    @p.setter
    def p(self, v): self._p = v * 2
    @staticmethod
    def s(x): return x
    @classmethod
    def c(cls, x): return cls.__name__, x
    def __init_subclass__(cls, tag=None, **kw): cls.tag = tag
    def __class_getitem__(cls, k): return (cls.__name__, k)
    def __getattr__(self, n):
        if n.startswith("__"): raise AttributeError(n)
        return "missing " + n
u = Uses()
u.d = 5
u.p = 4
print(u.d, u.__dict__, u.p, u.s(1), Uses.c(2), u.c(3), u.zz, Uses[int])
class Sub(Uses, tag="t"): pass
print(Sub.tag, Sub.__name__, Sub.__qualname__, Sub.__module__)

class Slots:
    __slots__ = ("a", "b")
s = Slots()
s.a = 1
try:
    s.c = 1
except AttributeError as e:
    print(e)
try:
    s.b
except AttributeError as e:
    print(e)
print(s.a, hasattr(s, "__dict__"))
for bad in (lambda: type("X", (int, str), {}), lambda: type("X", (bool,), {}), lambda: object().x, lambda: Slots(1), lambda: 1 + "a", lambda: [] + (), lambda: None()):
    try:
        bad()
    except (TypeError, AttributeError) as e:
        print(type(e).__name__, e)
class I(int):
    def __new__(cls, v): return super().__new__(cls, v + 1)
i = I(4)
i.tag = "t"
print(i, i + 1, i.tag, type(i).__name__, isinstance(i, int))
class L(list): pass
l = L([1, 2]); l.append(3); l.name = "n"
print(l, l.name, len(l))
class D(dict):
    def __missing__(self, k): return "miss " + k
print(D(a=1)["b"], D(a=1)["a"])
# object.__new__ of a class with a base that has a __new__ of its own takes no arguments.
class N:
    def __new__(cls, *args): raise AssertionError
class O(N):
    __new__ = object.__new__
    def __init__(self, x): self.x = x
for i in range(3):
    try: print(O(i).x)
    except TypeError as e: print(e)
