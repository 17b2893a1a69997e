# Ten programs for warm-up curves: each function is one iteration, some tens of milliseconds of an interpreter's time.


def int_loop():
    s, x = 0, 12345
    for i in range(100000):
        x = (x * 1103515245 + 12345) & 0x7fffffff
        if x & 1:
            s += i
        else:
            s -= x >> 3
    return s


def float_loop():
    x = 0.0
    for i in range(1, 100000):
        x += 1.0 / (i * i) if i % 3 else -0.5 / i
    return x


SIZES = [19, 20, 18, 21, 20, 17]


def fib():
    # The argument changes: a tracer would compute a constant one's result while it records.
    def f(n):
        return n if n < 2 else f(n - 1) + f(n - 2)
    SIZES.append(SIZES.pop(0))
    return f(SIZES[0])


def sieve():
    n = 60000
    flags = [True] * (n + 1)
    for i in range(2, int(n ** 0.5) + 1):
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
    return sum(flags)


class Node:
    def __init__(self, left, right):
        self.left, self.right = left, right

    def count(self):
        return 1 + (self.left.count() + self.right.count() if self.left is not None else 0)


def make_tree(depth):
    return Node(make_tree(depth - 1), make_tree(depth - 1)) if depth else Node(None, None)


def trees():
    return sum(make_tree(9).count() for k in range(8))


class Account:
    def __init__(self):
        self.balance, self.moves = 0, 0

    def deposit(self, n):
        self.balance += n
        self.moves += 1
        return self

    @property
    def mean(self):
        return self.balance / self.moves


def methods():
    a = Account()
    s = 0.0
    for i in range(30000):
        a.deposit(i & 7).deposit(1)
        s += a.mean
    return s


def words():
    text = ("the quick brown fox jumps over the lazy dog and runs away from %d bears " * 20) % tuple(range(20))
    counts = {}
    for k in range(30):
        for w in text.split():
            counts[w] = counts.get(w, 0) + 1
    return sorted(counts.items(), key=lambda p: (-p[1], p[0]))[0][1]


def generators():
    def numbers(n):
        for i in range(n):
            yield i

    def doubled(g):
        for x in g:
            yield 2 * x
    return sum(doubled(numbers(40000)))


def exceptions():
    n = 0
    for i in range(20000):
        try:
            if i % 3 == 0:
                raise ValueError(i)
            n += 1
        except ValueError as e:
            n -= e.args[0] & 1
    return n


def queens():
    def place(row, columns, up, down, n):
        if row == n:
            return 1
        found = 0
        for c in range(n):
            if c not in columns and row + c not in up and row - c not in down:
                found += place(row + 1, columns | {c}, up | {row + c}, down | {row - c}, n)
        return found
    return place(0, frozenset(), frozenset(), frozenset(), 6)


ALL = [int_loop, float_loop, fib, sieve, trees, methods, words, generators, exceptions, queens]
