"""A computation moves between two processes in the middle of sorted(key=...): every few keys it is pickled and goes on in the
other process. moving_sort.py [ITEMS]"""
import os
import pickle
import stackless
import struct
import subprocess
import sys

EVERY = 10


class Job(stackless.tasklet):
    result = None


def key(visits, word):
    visits.append(os.getpid())
    if len(visits) % EVERY == 0:
        stackless.schedule_remove(None)
    return word[::-1]


def work(words):
    visits = []
    result = sorted(words, key=lambda w: key(visits, w))
    stackless.current.result = result, visits


def read(f):
    (n,) = struct.unpack("!I", f.read(4))
    return pickle.loads(f.read(n))


def write(f, task):
    data = pickle.dumps(task)
    f.write(struct.pack("!I", len(data)) + data)
    f.flush()


def go_on(task):
    task.insert()
    stackless.run()


def other():
    while True:
        try:
            task = read(sys.stdin.buffer)
        except struct.error:
            return
        go_on(task)
        write(sys.stdout.buffer, task)


def main(count):
    words = ["w%d" % (i * 7919 % count) for i in range(count)]
    partner = subprocess.Popen([sys.executable, __file__, "--other"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    task = Job(work)(words)
    hops = 0
    while True:
        go_on(task)
        if not task.alive:
            break
        write(partner.stdin, task)
        task = read(partner.stdout)
        hops += 2
        if not task.alive:
            break
    partner.stdin.close()
    partner.wait()
    result, visits = task.result
    assert result == sorted(words, key=lambda w: w[::-1])
    print("%d words sorted in %d processes, %d moves" % (len(result), len(set(visits)), hops))


if sys.argv[1:] == ["--other"]:
    other()
else:
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
