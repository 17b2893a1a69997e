"""What the cases of more_cases.py and library_cases.py have in common: objects whose special methods wait in pause()."""
import io

# The module whose cases run: its pause is the one that parks.
user = None


def pause(value=None):
    return user.pause(value)


def special(**methods):
    def wrap(f):
        def method(self, *args, **kwargs):
            return pause(f(self, *args, **kwargs))
        return method
    return type("Special", (), {k: wrap(f) for k, f in methods.items()})()


class N:
    """A number that waits in every operation."""

    def __init__(self, v):
        self.v = v

    def __repr__(self):
        return "N(%r)" % (self.v,)


def _operation(op):
    def method(self, *others):
        return N(pause((op, self.v) + tuple(getattr(o, "v", o) for o in others)))
    return method


for _op in ("add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor radd rsub rmul rmatmul rtruediv rfloordiv rmod "
            "rdivmod rpow rlshift rrshift rand ror rxor iadd isub imul imatmul itruediv ifloordiv imod ipow ilshift irshift iand ior ixor "
            "neg pos abs invert round trunc floor ceil").split():
    setattr(N, "__%s__" % _op, _operation(_op))


class Key:
    def __init__(self, k):
        self.k = k

    def __hash__(self):
        return pause(hash(self.k) & 3)

    def __eq__(self, other):
        return pause(self.k == other.k)

    def __repr__(self):
        return "K%s" % self.k


class Weighed:
    def __init__(self, w):
        self.w = w

    def __lt__(self, other):
        return pause(self.w < other.w)

    def __gt__(self, other):
        return pause(self.w > other.w)

    def __le__(self, other):
        return pause(self.w <= other.w)

    def __repr__(self):
        return "W%s" % self.w


class Seq:
    """The old protocol: __getitem__ and __len__."""

    def __init__(self, *items):
        self.items = items

    def __getitem__(self, i):
        return pause(self.items[i])

    def __len__(self):
        return pause(len(self.items))


class It:
    def __init__(self, *items):
        self.items = list(items)

    def __iter__(self):
        return pause(self)

    def __next__(self):
        if not self.items:
            pause()
            raise StopIteration
        return pause(self.items.pop(0))

    def __length_hint__(self):
        return pause(len(self.items))


class Index:
    def __init__(self, i):
        self.i = i

    def __index__(self):
        return pause(self.i)


class Mapping:
    def __init__(self, **d):
        self.d = d

    def keys(self):
        return pause(list(self.d))

    def __getitem__(self, k):
        return pause(self.d[k])

    def __missing__(self, k):
        return pause(k)


class Missing(dict):
    def __missing__(self, k):
        return pause("no " + k)


class Raw(io.RawIOBase):
    """A raw file in Python."""

    def __init__(self, data=b""):
        self.data = data
        self.at = 0
        self.out = []

    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, b):
        pause()
        piece = self.data[self.at:self.at + min(len(b), 4)]
        b[:len(piece)] = piece
        self.at += len(piece)
        return len(piece)

    def write(self, b):
        self.out.append(pause(bytes(b)))
        return len(b)


class Reader:
    def __init__(self, data):
        self.f = io.BytesIO(data)

    def read(self, n=-1):
        return pause(self.f.read(n))

    def readline(self):
        return pause(self.f.readline())

    def readinto(self, b):
        return pause(self.f.readinto(b))


class Writer:
    def __init__(self):
        self.parts = []

    def write(self, s):
        self.parts.append(pause(s))
        return len(s)

    def flush(self):
        pause()
