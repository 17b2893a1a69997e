# list, tuple, dict, set: methods, slices, errors.
l = [5, 3, 9, 1]
l.sort(); print(l)
l.sort(key=lambda x: -x); print(l, sorted("hello"), sorted([(2, "b"), (1, "z")], reverse=True))
l.insert(1, 7); l.extend(range(2)); print(l, l.pop(), l.pop(0), l.index(3), l.count(1))
l[1:3] = ["x", "y", "z"]; print(l); del l[::2]; print(l); l.reverse(); print(l, l[::-1], l[-1], l * 2)
print([1, 2] < [1, 3], (1, 2) == (1, 2), [1] + [2], [0] * 3, 2 in [1, 2], [[1], [2]] == [[1], [2]])
d = {"a": 1, "b": 2}
d["c"] = 3; d |= {"z": 26}
print(d, d.get("q"), d.setdefault("q", []), list(d), list(d.values()), list(d.items()), d.pop("a"), "a" in d)
print({**d, "k": 1}, dict(x=1), dict([("p", 2)]), dict.fromkeys("ab", 0), d.keys() & {"b"}, len(d))
del d["b"]; print(d, list(reversed(d)), d == {"c": 3, "z": 26, "q": []})
mixed = {1: "int", "1": "str", 1.5: "float", (1, 2): "tuple", None: "none", True: "bool"}
print(mixed, mixed[1.0], mixed[(1, 2)])
big = {i: i * i for i in range(2000)}
for i in range(0, 2000, 3): del big[i]
print(len(big), sum(big.values()), big[1999], 3 in big)
s = {1, 2, 3}
print(s | {4}, s & {2, 9}, s - {1}, s ^ {3, 4}, s <= {1, 2, 3, 4}, frozenset(s) == s, len(s))
s.add(9); s.discard(1); s.update([7]); print(sorted(s))
class K:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return isinstance(o, K) and self.v == o.v
    def __hash__(self): return self.v % 3
    def __repr__(self): return "K%d" % self.v
kd = {K(i): i for i in range(10)}
print(kd[K(4)], K(7) in kd, K(11) in kd, len(kd), kd.pop(K(3)), kd)
print({K(1), K(1), K(4)}, [K(1), K(2)].index(K(2)), K(1) in [K(1)])
t = (1, 2, 3)
print(t[1:], t + (4,), t * 2, t.index(2), t.count(1), hash(t) == hash((1, 2, 3)))
print(list(range(10, 0, -3)), range(5)[2], 3 in range(5), len(range(0, 100, 7)), range(3) == range(0, 3))
print(list(zip([1, 2], "ab")), list(enumerate("ab", 1)), list(map(lambda a, b: a + b, [1, 2], [3, 4])), list(filter(None, [0, 1, 2])))
print(sum([1, 2, 3]), sum([[1], [2]], []), min(3, 1), max([1, 5, 2], key=lambda x: -x), any([0, 1]), all([]), list(reversed([1, 2])))
a = [1]; a.append(a); print(a); dd = {}; dd["self"] = dd; print(dd)
for bad in (lambda: [][0], lambda: {}["k"], lambda: {[]: 1}, lambda: [1].remove(2), lambda: (1,)["x"], lambda: [1, 2].index(9), lambda: set([[]]), lambda: iter(5), lambda: next(iter([])), lambda: dict([1])):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
x, *y = "abc"; print(x, y)
try:
    a, b = 1, 2, 3
except ValueError as e:
    print(e)
print([*range(3), *"ab"], {*[1], 2}, (*[1], 2))
it = iter([1, 2, 3]); print(next(it), list(it), next(it, "default"))
print(list(iter(lambda s=[3, 2, 1, 0]: s.pop(0), 1)))
x, y = {1: 2, 3: 4}.items(), {3: 4, 5: 6}.items()
print(x & y, sorted(x | y), x - y, sorted(x ^ y), x & [(1, 2)], x & iter([(3, 4), 7]), x.isdisjoint(y))
try:
    x & 1
except TypeError as e:
    print(e)
