# Asynchronous generators: their methods and awaitables, hooks, clean-up; throw() along chains of delegation.
import sys
import traceback


def drive(coroutine):
    """Runs a coroutine to its end; what it asks for is answered by counting."""
    n = 0
    answer = None
    while True:
        try:
            coroutine.send(answer)
        except StopIteration as e:
            return e.value
        n += 1
        answer = n


class Pause:
    def __await__(self):
        return (yield "pause")


async def numbers(n):
    try:
        for i in range(n):
            got = yield i
            if got is not None:
                print("got", got)
            await Pause()
    except KeyError as e:
        print("caught", repr(e))
        yield "after"
    finally:
        print("closed")


async def main():
    print([i async for i in numbers(3)])
    a = numbers(5)
    print(await a.__anext__(), await a.asend("hello"), await anext(a))
    print(await a.athrow(KeyError("k")))
    try:
        await a.__anext__()
    except StopAsyncIteration as e:
        print("end", e.args)
    print(await anext(a, "default"))
    b = numbers(2)
    await b.__anext__()
    await b.aclose()
    await b.aclose()
    c = numbers(1)
    step = c.__anext__()
    print(await step)
    try:
        await step
    except RuntimeError as e:
        print(e)
    print(c.ag_running, type(step).__name__)
    await c.aclose()
    try:
        [x async for x in 5]
    except TypeError as e:
        print(e)


drive(main())

first = []
sys.set_asyncgen_hooks(firstiter=lambda g: first.append(g.__name__))
drive(numbers(1).__anext__().__await__() if False else main())
print(sorted(set(first)))
sys.set_asyncgen_hooks(firstiter=None)


def inner():
    try:
        while True:
            try:
                x = yield "inner"
                print("x", x)
            except ValueError as e:
                print("inner caught", e)
                yield "recovered"
    finally:
        print("inner done")


def outer():
    try:
        result = yield from inner()
    except TypeError as e:
        print("outer caught", e, [f.name for f in traceback.extract_tb(e.__traceback__)])
        yield "last"
    return "value"


g = outer()
print(next(g), g.send(1), g.throw(ValueError("v")), next(g))
print(g.throw(TypeError("t")))
try:
    next(g)
except StopIteration as e:
    print("returned", e.value)
g = outer()
next(g)
g.close()
print(g.gi_frame)


async def waits():
    try:
        await Pause()
    except OSError as e:
        return "os " + str(e)


c = waits()
print(c.send(None))
try:
    c.throw(OSError("gone"))
except StopIteration as e:
    print(e.value)
try:
    c.throw(OSError("again"))
except RuntimeError as e:
    print(e)
