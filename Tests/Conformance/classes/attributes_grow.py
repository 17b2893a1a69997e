# Many attributes, in different orders, deleted and viewed through __dict__: every way an instance keeps them.
class C: pass
def build(names):
    c = C()
    for i, n in enumerate(names):
        setattr(c, n, i)
    return c
names = ["n%d" % i for i in range(60)]
a = build(names)
b = build(reversed(names))
print(sum(getattr(a, n) for n in names), sum(getattr(b, n) for n in names))
c = build(names[:6])
del c.n2
print(sorted(c.__dict__.items()), hasattr(c, "n2"))
c.__dict__["direct"] = 1
print(c.direct, vars(c) is c.__dict__)
c.__dict__ = {"only": 2}
print(c.only, hasattr(c, "direct"))
objects = [build(names[:k]) for k in range(0, 40)]
print([len(o.__dict__) for o in objects])
class P:
    def __init__(self, x, y): self.x = x; self.y = y
ps = [P(i, i * 2) for i in range(1000)]
print(sum(p.x + p.y for p in ps))
C.shared = "class"
print(a.shared); a.shared = "own"; print(a.shared, b.shared)
del C.shared
print(hasattr(b, "shared"))
