# Loops, else clauses, break and continue through try and finally.
def search(items, wanted):
    for i, x in enumerate(items):
        if x == wanted:
            break
    else:
        return "absent"
    return i

print(search([1, 2, 3], 2), search([], 1))
n = 0
while n < 5:
    n += 1
    if n == 2:
        continue
    if n == 4:
        break
else:
    print("not reached")
print(n)

def leave(how):
    log = []
    for i in range(3):
        try:
            if how == "break":
                break
            if how == "continue":
                continue
            if how == "return":
                return log + ["returned"]
            log.append(i)
        finally:
            log.append("f%d" % i)
    return log

for how in ("break", "continue", "return", "none"):
    print(how, leave(how))
print([(a, b) for a in range(3) for b in range(a) if a != b])
print({k: v for k, v in zip("abc", range(3))}, {x % 3 for x in range(9)} == {0, 1, 2})
a, (b, *c), d = 1, (2, 3, 4), 5
print(a, b, c, d)
x = y = [1]
x += [2]
print(y, x is y)
print(1 < 2 < 3, 1 < 3 < 2, not 0, None is None)
if (w := len("abc")) > 2:
    print("walrus", w)
print("a" if [] else "b", 0 or "x", 1 and "y")
def f(a, a2=(b2 := 5)):
    return a + a2
print(f(1), b2)
print((lambda *a, k=1, **kw: (a, k, sorted(kw)))(1, 2, k=3, z=4))
del x
try:
    x
except NameError as e:
    print(e)
