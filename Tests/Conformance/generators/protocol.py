# Generators and coroutines: send, throw, close, delegation, return values, async.
def g():
    got = []
    try:
        while True:
            x = yield len(got)
            got.append(x)
            if x == "stop":
                return got
    except ValueError as e:
        yield "caught %s" % e
    finally:
        print("finally", got)
it = g()
print(next(it), it.send("a"), it.send("b"))
print(it.throw(ValueError("v")))
try:
    next(it)
except StopIteration as e:
    print("end", e.value)
it = g(); next(it); it.close()
it = g(); next(it)
try:
    it.send("stop")
except StopIteration as e:
    print(e.value)
def inner():
    try:
        r = yield 1
        yield ("inner", r)
    except KeyError:
        yield "inner caught"
    return "result"
def outer():
    r = yield from inner()
    yield ("outer", r)
o = outer()
print(next(o), o.send("s"), next(o))
o = outer(); next(o)
print(o.throw(KeyError), next(o))
print(list(outer()))
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
f = fib()
print([next(f) for _ in range(15)])
def walk(n):
    if n:
        yield from walk(n - 1)
        yield n
print(sum(walk(300)))
print(sum(x * y for x in range(10) for y in range(x)))
def bad():
    yield 1
    raise StopIteration("x")
try:
    list(bad())
except RuntimeError as e:
    print(e, type(e.__cause__).__name__)
b = g()
try:
    b.send(1)
except TypeError as e:
    print(e)
def running():
    yield next(me)
me = running()
try:
    next(me)
except ValueError as e:
    print(e)
async def co(x):
    return x * 2
class Awaitable:
    def __await__(self):
        r = yield "paused"
        return r
async def main():
    a = await co(1)
    b = await Awaitable()
    return a, b
c = main()
print(c.send(None))
try:
    c.send("resumed")
except StopIteration as e:
    print(e.value)
class AIter:
    def __init__(self): self.n = 0
    def __aiter__(self): return self
    async def __anext__(self):
        self.n += 1
        if self.n > 3: raise StopAsyncIteration
        return self.n
class ACM:
    async def __aenter__(self): print("aenter"); return 5
    async def __aexit__(self, *e): print("aexit", e[0]); return False
async def loops():
    out = [x async for x in AIter()]
    async with ACM() as v:
        out.append(v)
    return out
try:
    loops().send(None)
except StopIteration as e:
    print(e.value)
