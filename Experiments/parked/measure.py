"""Tasklets parked at once: memory of each, minor collections beside them and without them, and that all of them go on.

    measure.py [N]
"""
import gc
import resource
import stackless
import statistics
import sys
import time


def waits(channel, sums):
    n = channel.receive()
    sums[0] += n


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize()


def collections(pieces=400):
    """What makes young objects, in pieces; milliseconds of the pieces in which nothing was collected and of those with one minor collection:
    medians, and the longest of all."""
    without, with_one, kept, longest = [], [], [None] * 20000, 0
    count = lambda: gc.get_stats()[0]["collections"]
    for k in range(pieces):
        before, start = count(), time.perf_counter()
        for i in range(10000):
            kept[(k * 10000 + i) % 20000] = (i, i)
            (i, i, i)
        took = (time.perf_counter() - start) * 1000
        n = count() - before
        if n < 2:
            (with_one if n else without).append(took)
        longest = max(longest, took)
    return "%d pieces without a collection %.3f ms, %d with a minor one %.3f ms, the longest %.3f ms" % (
        len(without), statistics.median(without), len(with_one), statistics.median(with_one), longest)


def main(n):
    print("without: " + collections(), flush=True)
    channel, sums = stackless.channel(), [0]
    base, start = resident(), time.perf_counter()
    for first in range(0, n, 1000):
        for _ in range(min(1000, n - first)):
            stackless.tasklet(waits)(channel, sums)
        stackless.run()
    print("%d parked in %.1f s, %d bytes each, %.2f GB resident" % (-channel.balance, time.perf_counter() - start, (resident() - base) / n, resident() / 1e9), flush=True)
    # Those that have just been parked are young once.
    gc.collect()
    print("beside them: " + collections(), flush=True)
    start = time.perf_counter()
    for i in range(n):
        channel.send(i)
        if i % 1000 == 999:
            stackless.run()
    stackless.run()
    assert sums[0] == n * (n - 1) // 2 and channel.balance == 0, (sums, channel.balance)
    print("all went on, in %.1f s; peak %.2f GB" % (time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6))


main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
