# Parameters of every kind, defaults, closures, recursion, errors of calls.
def every(a, /, b, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw

print(every(1, 2, d=4))
print(every(1, 2, 30, 31, 32, d=4, e=50, z=1))
print(every(*[1, 2], **{"d": 4, "b2": 1}))
for call in (lambda: every(), lambda: every(1, 2), lambda: every(1, b=2, d=1, a=3), lambda: every(1, 2, 3, d=1, c=3)):
    try:
        print(call())
    except TypeError as e:
        print("TypeError:", e)
def two(a, b): pass
for args in ((), (1,), (1, 2, 3)):
    try:
        two(*args)
    except TypeError as e:
        print(e)
def counter():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    return inc
c = counter()
print(c(), c(5), counter()())
fs = [lambda: i for i in range(3)]
print([f() for f in fs])
def fact(n): return 1 if n < 2 else n * fact(n - 1)
print(fact(30))
def outer():
    def g(): return undefined_name
    try:
        g()
    except NameError as e:
        return str(e)
print(outer())
def unbound():
    try:
        print(v)
    except UnboundLocalError as e:
        print(e)
    v = 1
unbound()
def ann(a: int, b: "str" = "x") -> float: ...
print(ann.__annotations__, ann.__defaults__, ann.__name__, ann.__qualname__)
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
try:
    deep(10 ** 6)
except RecursionError as e:
    print("RecursionError")
import sys
sys.setrecursionlimit(200_100)
print(deep(200_000))
