"""Skynet: a tree of tasklets, ten children each; the leaves send their numbers up. skynet.py [LEAVES]"""
import stackless
import sys
import time


def node(out, number, size):
    if size == 1:
        out.send(number)
        return
    below = stackless.channel()
    size //= 10
    for i in range(10):
        stackless.tasklet(node)(below, number + i * size, size)
    total = 0
    for _ in range(10):
        total += below.receive()
    out.send(total)


def main(leaves=10_000):
    result = stackless.channel()
    start = time.perf_counter()
    stackless.tasklet(node)(result, 0, leaves)
    total = result.receive()
    stackless.run()
    assert total == leaves * (leaves - 1) // 2, total
    print("sum of %d leaves: %d, %.0f ns a leaf" % (leaves, total, (time.perf_counter() - start) / leaves * 1e9))


main(*map(int, sys.argv[1:]))
