"""The same pipeline on three APIs: tasklets and channels, greenlets, continulets. Also parks one stage, pickles it, and goes on with the copy."""
import pickle
import stackless
from greenlet import greenlet, getcurrent
from _continuation import continulet


def with_tasklets(n):
    numbers, squares = stackless.channel(), stackless.channel()

    def produce():
        for i in range(n):
            numbers.send(i)
        numbers.close()

    def square():
        for x in numbers:
            squares.send(x * x)

    stackless.tasklet(produce)()
    stackless.tasklet(square)()
    return [squares.receive() for _ in range(n)]


def with_greenlets(n):
    def produce():
        for i in range(n):
            getcurrent().parent.switch(i)

    source = greenlet(produce)
    return [source.switch() ** 2 for _ in range(n)]


def with_continulets(n):
    def produce(here):
        for i in range(n):
            here.switch(i)

    source = continulet(produce)
    return [source.switch() ** 2 for _ in range(n)]


def total(limit):
    """Adds up numbers, pausing after each."""
    s = 0
    for i in range(limit):
        s += i
        stackless.schedule_remove()
    results.append(s)


results = []
print(with_tasklets(5), with_greenlets(5), with_continulets(5))
task = stackless.tasklet(total)(3)
task.run()
data = pickle.dumps(task)
for copy in (task, pickle.loads(data)):
    while copy.alive:
        copy.insert()
        stackless.run()
print(len(data) < 1000, results)
