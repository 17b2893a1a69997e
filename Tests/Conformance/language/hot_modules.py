# Attributes of modules in loops: found, changed, gone, hidden by the class, asked of other modules at the same place.
import math
import sys
import types


def reads(m, n):
    s = 0
    for i in range(n):
        s += m.value
        if i == n // 2:
            m.value = 100
        if i == n - 3:
            m.value = 0.5
    return s


m = types.ModuleType("m")
m.value = 1
print(reads(m, 1000), m.value)
# expect: 50202.0 0.5


def calls(m, n):
    out = []
    for i in range(n):
        if i == 300:
            m.f = lambda x: x * 2
        if i == 600:
            del m.f
        try:
            out.append(m.f(i))
        except AttributeError as e:
            out.append(str(e))
        if i == 700:
            m.__getattr__ = lambda name: lambda x: (name, x)
    return out


m.f = abs
got = calls(m, 1000)
print(got[299], got[300], got[599], got[600], got[700], got[701], got[999])
# expect: 299 600 1198 module 'm' has no attribute 'f' module 'm' has no attribute 'f' ('f', 701) ('f', 999)


def both(a, b, n):
    s = 0
    for i in range(n):
        o = a if i & 1 else b
        s += o.value
        s += o.twice(i)
    return s


a, b = types.ModuleType("a"), types.ModuleType("b")
b.other = None
a.value, b.value = 1, 10
a.twice, b.twice = (lambda x: x), (lambda x: -x)
print(both(a, b, 1000))
# expect: 6000


class Own(types.ModuleType):
    @property
    def value(self):
        return 7

    def twice(self, x):
        return 1000


def plain(m, n):
    s = 0
    for i in range(n):
        s += m.value + m.twice(1)
        if i == n // 2:
            m.__class__ = Own
    return s


print(plain(a, 1000))
# expect: 4994


def keys(n):
    m = types.ModuleType("k")
    m.x = 1
    s = 0
    for i in range(n):
        s += m.x
        if i == 400:
            vars(m)[5] = 5
        if i == 500:
            for k in range(100):
                setattr(m, "y%d" % k, k)
        if i == 600:
            vars(m).clear()
            m.x = 3
    return s


print(keys(1000))
# expect: 1798


def constants(n):
    s = 0.0
    for i in range(n):
        s += math.pi * math.floor(i / 2) + math.sqrt(i) + math.gcd(i, 12)
    return s


def same(n):
    pi, floor, sqrt, gcd = math.pi, math.floor, math.sqrt, math.gcd
    s = 0.0
    for i in range(n):
        s += pi * floor(i / 2) + sqrt(i) + gcd(i, 12)
    return s


print(constants(2000) == same(2000))
# expect: True


def errors(n):
    out = []
    for i in range(n):
        try:
            out.append(math.sqrt(700 - i) + math.log(900 - i) + math.factorial(3 if i != 500 else -1))
        except ValueError as e:
            out.append(str(e))
    return out


got = errors(1000)
print(got[500], "|", got[701], "|", got[999], round(got[700], 3))
# expect: factorial() not defined for negative values | math domain error | math domain error 11.298
