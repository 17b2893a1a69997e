"""Recursion a million calls deep: frames live in the heap, so only memory limits it."""
import sys

sys.setrecursionlimit(1_100_000)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


print("plain calls:", depth(1_000_000))


class Lazy:
    def __init__(self, n):
        self.n = n

    def __getattr__(self, name):
        return self.n if self.n == 0 else getattr(Lazy(self.n - 1), name) + 1


print("through __getattr__:", Lazy(100_000).missing)
