"""Flips bytes in pickles of suspended computations, loads them and runs what loads: never a crash of the VM.

    fuzz_pickles.py WEFT [SECONDS] [SEED] [sealed | open | snapshots]

"sealed" damages pickles as they are, "open" takes their seals off first, "snapshots" damages those; without a word the rounds take turns. Each round is a process of its own that works through a few hundred damaged pickles; the last line is "N passed, N failed", a round being one
test. A round fails when its process dies by a signal or says nothing.
"""
import os
import subprocess
import sys
import time

ROUND = r'''
import pickle, random, sys
import stackless
import greenlet

seed = int(sys.argv[1])
kind = sys.argv[2]
random.seed(seed)


def opened(data):
    # The pickle without its seal.
    at = data.find(b"c_weft\ns\nC\x0c")
    return data if at != 2 or kind != "open" else data[:2] + data[28:]


def numbers(n):
    for i in range(n):
        yield i
        stackless.schedule_remove()


def worker(data):
    total = 0
    try:
        for x in sorted(data, key=lambda v: (stackless.schedule_remove(), v)[1]):
            total += x
        for x in numbers(3):
            total += {x: x}[x]
    finally:
        results.append(total)


results = []
task = stackless.tasklet(worker)([3, 1, 2])
task.run()
for step in range(seed % 6):
    task.insert()
    task.run()
pickles = [pickle.dumps(task, p) for p in (2, 3, 4, 5)]
g = greenlet.greenlet(lambda: greenlet.getcurrent().parent.switch([1, {"a": iter([1, 2])}]))
g.switch()
pickles.append(pickle.dumps(g))
it = numbers(5)
pickles.append(pickle.dumps(numbers(4), 2 + seed % 4))


class Node:
    def __init__(self, value):
        self.value = value
        self.next = self


def holder(value):
    cell = [value]

    def inner():
        cell.append(len(cell))
        return cell
    try:
        raise ValueError(value)
    except ValueError as error:
        for key, item in enumerate(zip([1, 2], {"a": 1, "b": 2}.items())):
            yield inner, error, key, item, {value: Node(value)}, {value}, (x for x in [1, 2])


it = holder(7)
next(it)
pickles.append(pickle.dumps(it, 2 + seed % 4))
if kind == "snapshots":
    import io
    ch = stackless.channel()
    for n in range(3):
        stackless.tasklet(lambda n: results.append(ch.receive()))(n)
        stackless.tasklet(worker)([2, 1])
    stackless.run()
    f = io.BytesIO()
    stackless.snapshot(f)
    pickles = [f.getvalue()]
pickles = [opened(p) for p in pickles]


class Harmless(pickle.Unpickler):
    # A damaged name must not reach what ends processes or writes files.
    def find_class(self, module, name):
        if module.split(".")[0] in ("os", "posix", "sys", "subprocess", "shutil", "_posixsubprocess", "signal", "_signal", "builtins", "_thread") and name not in (
                "getattr", "set", "frozenset", "list", "dict", "iter", "range", "slice", "object", "Ellipsis", "complex", "bytearray"):
            raise pickle.UnpicklingError("not here")
        return super().find_class(module, name)


import io
loaded = ran = 0
for n in range(300):
    data = bytearray(random.choice(pickles))
    for k in range(random.choice((1, 1, 2, 5))):
        how = random.random()
        at = random.randrange(len(data))
        if how < 0.6:
            data[at] ^= 1 << random.randrange(8)
        elif how < 0.8:
            data[at] = random.randrange(256)
        elif how < 0.9:
            del data[at:at + random.randrange(1, 5)]
        else:
            data = data[:at] + data[random.randrange(len(data)):]
        if not data:
            data = bytearray(b".")
    try:
        value = Harmless(io.BytesIO(bytes(data))).load()
        loaded += 1
        if kind == "snapshots" and isinstance(value, tuple):
            for value in [v for part in value if isinstance(part, list) for v in part if isinstance(v, stackless.tasklet)]:
                value.insert()
                stackless.run()
                ran += 1
        if isinstance(value, stackless.tasklet):
            for step in range(20):
                if not value.alive:
                    break
                value.insert()
                stackless.run()
                ran += 1
        elif isinstance(value, greenlet.greenlet):
            value.switch()
        elif hasattr(value, "__next__"):
            next(value)
    except BaseException:
        pass
print("round done", loaded, ran)
'''


def main(argv):
    weft = argv[0]
    seconds = float(argv[1]) if len(argv) > 1 else 20
    seed = int(argv[2]) if len(argv) > 2 else 1
    kinds = argv[3:4] or ["sealed", "open", "snapshots"]
    passed = failed = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            p = subprocess.run([weft, "-c", ROUND, str(seed), kinds[seed % len(kinds)]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=120)
            good = p.returncode >= 0 and b"round done" in p.stdout
            why = "status %d: %s" % (p.returncode, p.stdout.decode("utf-8", "replace")[-300:])
        except subprocess.TimeoutExpired:
            good, why = False, "no answer"
        if good:
            passed += 1
        else:
            failed += 1
            print("FAIL fuzz seed %d %s: %s" % (seed, kinds[seed % len(kinds)], why), flush=True)
        seed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
