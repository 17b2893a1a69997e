# Coroutines, generators and new containers in compiled loops: what is awaited arrives, what is stored under one name is read
# under the other.


class Later:
    def __init__(self, value, pauses):
        self.value = value
        self.pauses = pauses

    def __await__(self):
        while self.pauses:
            self.pauses -= 1
            yield self
        return outcome(self)


def outcome(later):
    if isinstance(later.value, Exception):
        raise later.value
    return later.value


def drive(coroutine):
    sent = 0
    try:
        while True:
            coroutine.send(None)
            sent += 1
    except StopIteration as e:
        return e.value, sent


async def one(value, pauses):
    got = await Later(value, pauses)
    return got


async def several(n):
    out = []
    for k in range(n):
        out.append(await one(k, k % 3))
        try:
            await Later(KeyError(k) if k % 5 == 0 else k, 1)
        except KeyError as e:
            out.append(e.args[0])
    return out


for n in (3, 400, 2500):
    got, sent = drive(several(n))
    print(n, len(got), sum(got), sent)


async def pairs():
    # The result of an awaitable that is driven by a loop of its own.
    total = 0
    for k in range(3000):
        a, b = await one((k, k + 1), 1), await one([k], 0)
        total += a[0] + a[1] + b[0]
    return total


print(drive(pairs()))


def inner(n):
    got = None
    for i in range(n):
        got = yield i
    return ("done", n, got)


def outer(n):
    results = []
    for i in range(n):
        results.append((yield from inner(i % 4)))
    return results


def collect(n):
    g, seen = outer(n), []
    try:
        seen.append(next(g))
        while True:
            seen.append(g.send(len(seen)))
    except StopIteration as e:
        return sum(seen), len(e.value), e.value[-3:]


print(collect(10), collect(2000))


async def numbers(n):
    for i in range(n):
        await one(None, i & 1)
        yield i


async def consume(n):
    seen = [i async for i in numbers(n)]
    return len(seen), sum(seen)


print(drive(consume(3000)))


def literals(n):
    s = 0
    for i in range(n):
        a = [1, 2]
        a[0] = i
        b = a
        b[1] = i + 1
        s += a[0] + a[1]
        b[i & 1] = 7
        s += a[0] * 3 + a[1]
        c = [a, a]
        c[1][0] = -i
        s += c[0][0]
        c[0] = [i]
        s += c[0][0] + c[1][0]
    return s


print(literals(5000))


class Pair:
    def __init__(self, x, y):
        self.x = x
        self.y = y


def attributes(n):
    s = 0
    for i in range(n):
        p = Pair([i, 0], None)
        q = p
        q.y = p.x
        q.y[1] = i
        s += p.x[1]
        r = Pair(p, q)
        r.x.x = 5
        s += r.y.x + p.x
        if i % 700 == 3:
            s += sum(v if isinstance(v, int) else len(v) for v in vars(q).values())
    return s


print(attributes(5000))
