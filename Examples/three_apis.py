"""One program in all three APIs: a producer, a filter and a consumer as tasklets, greenlets and continulets."""
import stackless
from _continuation import continulet
from greenlet import greenlet, getcurrent

NUMBERS = range(1, 11)


def with_tasklets():
    numbers, squares, got = stackless.channel(), stackless.channel(), []

    def produce():
        for n in NUMBERS:
            numbers.send(n)
        numbers.close()
        squares.close()

    def square():
        for n in numbers:
            squares.send(n * n)

    def consume():
        for s in squares:
            got.append(s)

    for f in (consume, square, produce):
        stackless.tasklet(f)()
    stackless.run()
    return got


def with_greenlets():
    got = []

    def produce():
        for n in NUMBERS:
            squarer.switch(n)
        squarer.switch(None)

    def square(n):
        while n is not None:
            consumer.switch(n * n)
            n = producer.switch()

    def consume(s):
        while True:
            got.append(s)
            s = squarer.switch()

    producer, squarer, consumer = greenlet(produce), greenlet(square), greenlet(consume)
    producer.switch()
    return got


def with_continulets():
    def produce(c):
        for n in NUMBERS:
            c.switch(n)

    def square(c, source):
        while True:
            n = source.switch()
            if not source.is_pending():
                return
            c.switch(n * n)

    squarer = continulet(square, continulet(produce))
    got = []
    while True:
        s = squarer.switch()
        if not squarer.is_pending():
            return got
        got.append(s)


results = [with_tasklets(), with_greenlets(), with_continulets()]
for r in results:
    print(r)
assert results[0] == results[1] == results[2] == [n * n for n in NUMBERS]
