# Iterators that have __next__ only, everywhere an iterable is taken.
class It:
    def __init__(self): self.n=0
    def __next__(self):
        self.n+=1
        if self.n>3: raise StopIteration
        return self.n
class A:
    def __iter__(self): return It()
import itertools, functools
for name, f in [("for", lambda: [x for x in A()]), ("list", lambda: list(A())), ("tuple", lambda: tuple(A())), ("set", lambda: set(A())), ("sum", lambda: sum(A())), ("max", lambda: max(A())),
   ("sorted", lambda: sorted(A())), ("zip", lambda: list(zip(A(), A()))), ("map", lambda: list(map(str, A()))), ("filter", lambda: list(filter(None, A()))), ("enumerate", lambda: list(enumerate(A()))),
   ("join", lambda: "".join(map(str, A()))), ("dict", lambda: dict.fromkeys(A())), ("in", lambda: 2 in A()), ("star", lambda: [*A()]), ("unpack", lambda: (lambda a,b,c: (a,b,c))(*A())), ("any", lambda: any(A())),
   ("chain", lambda: list(itertools.chain(A(), A()))), ("islice", lambda: list(itertools.islice(A(), 2))), ("reduce", lambda: functools.reduce(lambda a,b:a+b, A())), ("bytes", lambda: bytes(A())), ("extend", lambda: (lambda l: (l.extend(A()), l))([])),
   ("yieldfrom", lambda: list((lambda: (yield from A()))())), ("setup", lambda: set([1]).union(A())), ("cycle", lambda: list(itertools.islice(itertools.cycle(A()),5))), ("groupby", lambda: [k for k,g in itertools.groupby(A())]), ("count", lambda: __import__('operator').countOf(A(), 2)), ("deque", lambda: list(__import__('collections').deque(A()))), ("slice", lambda: (lambda l: (l.__setitem__(slice(0,0), A()), l))([9])), ("joinb", lambda: b"".join([b"a"])), ("min", lambda: min(A())), ("a,b,c", lambda: (lambda: exec("a,b,c = A()", globals()))())]:
    try: print(name, f())
    except Exception as e: print(name, repr(e))
