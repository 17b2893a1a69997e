# A tasklet parks inside a key function of sorted(), a special method called by a dict, and a generator.
import stackless

log = []


def pause(x):
    stackless.schedule()
    return x


class Key:
    def __init__(self, n): self.n = n
    def __hash__(self): return pause(1)
    def __eq__(self, o): return pause(self.n == o.n)


def sorter(name):
    log.append((name, sorted([3, 1, 2], key=lambda v: pause(-v))))


def prober():
    log.append(("dict", {Key(1): "a", Key(2): "b"}[Key(2)]))


def generating():
    def g():
        for i in range(3):
            yield pause(i)
    log.append(("gen", list(g()), sum(x for x in g()), max(map(pause, [1, 5, 2]))))


stackless.tasklet(sorter)("one")
stackless.tasklet(sorter)("two")
stackless.tasklet(prober)()
stackless.tasklet(generating)()
stackless.run()
for line in sorted(log, key=str):
    print(line)
# expect: ('dict', 'b')
# expect: ('gen', [0, 1, 2], 3, 5)
# expect: ('one', [3, 2, 1])
# expect: ('two', [3, 2, 1])
