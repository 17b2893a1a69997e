# Structural pattern matching.
class Point:
    __match_args__ = ("x", "y")
    def __init__(self, x, y):
        self.x = x
        self.y = y

def kind(v):
    match v:
        case 0 | 1:
            return "small"
        case int(n) if n < 0:
            return "negative %d" % n
        case str() as s:
            return "str " + s
        case []:
            return "empty"
        case [x]:
            return "one %r" % x
        case [x, *rest]:
            return "many %r %r" % (x, rest)
        case {"k": v, **rest}:
            return "map %r %r" % (v, sorted(rest))
        case Point(x=0, y=0):
            return "origin"
        case Point(a, b):
            return "point %d %d" % (a, b)
        case None:
            return "none"
        case (1.5 | 2.5):
            return "float"
        case _:
            return "other"

for v in (0, 1, -5, "hi", [], [1], (1, 2, 3), {"k": 1, "z": 2}, {}, Point(0, 0), Point(1, 2), None, 2.5, 7, b"x"):
    print(repr(v) if not isinstance(v, Point) else "Point", "->", kind(v))
