# Calls that traces take in: recursion, constructors, keywords and defaults, super(), new attributes; objects that are never
# made unless something looks at them. Everything runs often enough to be compiled, and then changes.
import sys


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print([fib(n) for n in range(20)], ackermann(2, 9), [even(n) for n in (700, 701)])


class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def total(self):
        if self.left is None:
            return 1
        return 1 + self.left.total() + self.right.total()


def tree(d):
    return Node(None, None) if d == 0 else Node(tree(d - 1), tree(d - 1))


for d in range(9):
    print(d, tree(d).total(), end="; ")
print()


# A recursive function whose answers change their type on the way.
def grow(n):
    if n == 0:
        return 1
    return grow(n - 1) * 3


print(grow(30), grow(45), [grow(n) for n in range(5)] and grow(90) % 1000007)


def depth(n):
    try:
        return depth(n + 1)
    except RecursionError:
        return n


first = depth(0)
print(all(depth(0) == first for _ in range(5)), first > 500)


def down(n):
    if n == 0:
        raise ValueError("bottom")
    return down(n - 1) + 1


def frames_of(e):
    n, tb = 0, e.__traceback__
    while tb:
        n, tb = n + 1, tb.tb_next
    return n


for n in (1, 5, 50) * 20:
    try:
        down(n)
    except ValueError as e:
        found = frames_of(e)
print(found)


def locals_at(n, **rest):
    x = n * 2
    if n == 0:
        f = sys._getframe()
        out = []
        while f and f.f_code is locals_at.__code__:
            out.append((f.f_locals["n"], f.f_locals["x"]))
            f = f.f_back
        return out
    return locals_at(n - 1)


for _ in range(40):
    seen = locals_at(12)
print(seen)


def inner_loop(n, acc):
    for i in range(n):
        acc.append(i)
        if i == 2:
            inner_loop(n - 2, acc)
    return len(acc)


for _ in range(30):
    result = inner_loop(9, [])
print(result)


def walk(t):
    if t.left:
        yield from walk(t.left)
        yield from walk(t.right)
    else:
        yield 1


print(sum(sum(walk(tree(5))) for _ in range(20)))


# Keywords, defaults, rests.
def f(a, b=2, /, c=3, *args, d=4, e, **kw):
    return (a, b, c, args, d, e, sorted(kw.items()))


def g(x, y=10, *, z=100):
    return x + y + z


def rest(x, *more, m=1, **kw):
    return x * m + len(more) + len(kw)


total = 0
for i in range(2000):
    total += g(i) + g(i, 1) + g(i, y=2) + g(i, z=3) + g(y=i, x=1) + rest(i, m=2) + rest(i, i, i) + rest(i, m=3, extra=i)
    if i == 1500:
        g.__defaults__ = (11,)
    if i == 1700:
        g.__kwdefaults__ = {"z": 5}
    if i == 1900:
        g.__kwdefaults__["z"] = 7
print(total)
for i in range(600):
    got = f(i, e=1)
    got2 = f(i, 5, c=6, e=i, d=0, other=i)
print(got, got2)
errors = set()
for i in range(800):
    try:
        if i & 3 == 0:
            g()
        elif i & 3 == 1:
            g(1, 2, 3)
        elif i & 3 == 2:
            g(1, x=2)
        else:
            g(1, q=2)
    except TypeError as e:
        errors.add(str(e))
print(sorted(errors))


# Constructors, and classes that change under them.
class A:
    def __init__(self, v):
        self.v = v

    def inc(self, k):
        self.v += k
        return self

    @property
    def p(self):
        return self.v


class B(A):
    def __init__(self, v, w=0):
        super().__init__(v)
        self.w = w

    def inc(self, k):
        return super().inc(k + 1)


class C(B):
    def inc(self, k):
        return super().inc(k + 1)


def churn(n):
    s = 0
    for i in range(n):
        o = (A, B, C)[i % 3](i)
        o.inc(1)
        s += o.p
    return s


print(churn(1500))
A.inc = lambda self, k: (setattr(self, "v", self.v - k), self)[1]
print(churn(1500))
B.__init__ = lambda self, v, w=0: A.__init__(self, v + 1000)
print(churn(1500))
C.__bases__ = (A,)
try:
    print(churn(1500))
except TypeError as e:
    print("TypeError", e)


class Odd:
    def __init__(self, n):
        self.n = n
        if n == 1234:
            return 5


try:
    for i in range(3000):
        o = Odd(i)
except TypeError as e:
    print(e, o.n)


class Order:
    def __init__(self, i):
        if i % 2:
            self.a = i
            self.b = 1
        else:
            self.b = i
            self.a = 2


print(sum(o.a * 3 + o.b for o in map(Order, range(1000))), [list(vars(Order(i))) for i in (1, 2)])


class Slots:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x


missing = 0
for i in range(1000):
    o = Slots(i)
    if i % 100 == 99:
        o.y = 1
    try:
        missing += o.y
    except AttributeError:
        missing -= 1
print(missing)


# Objects that only an exit needs.
def exits(n):
    out = []
    for i in range(n):
        t = (i, i + 1)
        box = [t, i]
        o = A(t)
        if i % 250 == 7:
            out.append((t, box, o.v, box[0] is t is o.v))
        a, b = t
        if a + 1 != b or len(box) != 2 or len(t) != 2:
            raise AssertionError
    return out


print(exits(1000))


def shared(n):
    kept = None
    for i in range(n):
        pair = [i]
        other = (pair, pair)
        if i == n - 5:
            kept = other
    kept[0].append("x")
    return kept, kept[0] is kept[1]


print(shared(900))


# Text.
def text(n):
    words, count = [], 0
    for i in range(n):
        s = "item-" + str(i) + ":" + "x" * (i & 7)
        if s.endswith("xx"):
            s = s.upper().replace("X", "y")
        words.append(s[::-1] if i & 1 else s[2:])
        count += s[-1] == "y"
        count += "5" in s
    return len(",".join(words)), count, words[17:19]


print(text(1200))
where = []
for i in range(1500):
    try:
        c = "abc"[i % 4]
    except IndexError as e:
        where.append(str(e))
print(len(where), where[0], c)
d = {}
for i in range(3000):
    k = "k%d" % (i & 63)
    if k in d:
        d[k] += 1
    else:
        d[k] = 1
    d[i & 7] = d.get(i & 7, 0) + i
print(sum(v for k, v in d.items() if isinstance(k, str)), [d[i] for i in range(8)])
numbers = []
for i in range(5000):
    numbers.append(i if i % 1000 else float(i))
    if len(numbers) > 3000:
        numbers = numbers[:10]
print(len(numbers), numbers[:3], sum(x == 1 for x in numbers), True + sum(1 for x in "abca" if x == "a"))
