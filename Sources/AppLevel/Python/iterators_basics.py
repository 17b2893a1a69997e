# Iterators and adapters where Python code runs, and what copy and pickle take from the native ones.

_builtin_iter = iter
_builtin_reversed = reversed


def iterators_reduce(container, index):
    if index is None:
        return (_builtin_iter, (container,))
    return (_builtin_iter, (container,), index)


def iterators_reduceReversed(l, index):
    return (_builtin_reversed, (l,), index)


def iterators_reduceCallable(f, sentinel):
    return (_builtin_iter, (f, sentinel))


def iterators_sequenceNext(it):
    # Fields: object, index.
    o = fieldGet(it, 0)
    i = fieldGet(it, 1)
    if i >= 4611686018427387903:
        raise OverflowError("iter index too large")
    try:
        v = o[i]
    except (IndexError, StopIteration):
        fieldClear(it, 0)
        raise StopIteration from None
    fieldSet(it, 1, i + 1)
    return v


def iterators_sequenceHint(o, i):
    if lookupType(typeOf(o), "__len__") is None:
        return NotImplemented
    n = len(o) - i
    return n if n > 0 else 0


def iterators_callableNext(it):
    f = fieldGet(it, 0)
    sentinel = fieldGet(it, 1)
    try:
        v = f()
    except StopIteration:
        fieldClear(it, 0)
        fieldClear(it, 1)
        raise
    if fieldIsEmpty(it, 0):
        raise StopIteration
    if v is sentinel or v == sentinel:
        fieldClear(it, 0)
        fieldClear(it, 1)
        raise StopIteration
    return v


def iterators_nextDefault(it, default):
    m = lookupSpecial(it, "__next__")
    if m is None:
        raise TypeError("'" + typeNameOf(it) + "' object is not an iterator")
    try:
        return m()
    except StopIteration:
        return default


# ---- enumerate, zip, map, filter, reversed

def iterators_newEnumerate(cls, iterable, start):
    start = containers_index(start)
    it = iter(iterable)
    r = newRecord(cls)
    fieldSet(r, 0, it)
    fieldSet(r, 1, start)
    return r


def iterators_enumerateNext(e):
    v = next(fieldGet(e, 0))
    i = fieldGet(e, 1)
    fieldSet(e, 1, i + 1)
    return (i, v)


def iterators_newZip(cls, sources, strict):
    strict = True if strict else False
    its = []
    i = 0
    for s in sources:
        i += 1
        try:
            its.append(iter(s))
        except TypeError:
            if lookupType(typeOf(s), "__iter__") is None and lookupType(typeOf(s), "__getitem__") is None:
                raise TypeError("'" + typeNameOf(s) + "' object is not iterable") from None
            raise
    r = newRecord(cls)
    fieldSet(r, 0, listToTuple(its))
    fieldSet(r, 1, strict)
    return r


def iterators_these(k):
    return "argument 1" if k == 1 else "arguments 1-" + _str(k)


def iterators_zipNext(z):
    its = fieldGet(z, 0)
    if not fieldGet(z, 1):
        items = []
        for it in its:
            items.append(next(it))
        return listToTuple(items)
    items = []
    i = 0
    try:
        for it in its:
            items.append(next(it))
            i += 1
    except StopIteration:
        if i > 0:
            raise ValueError("zip() argument " + _str(i + 1) + " is shorter than " + iterators_these(i)) from None
        i = 1
        while i < len(its):
            try:
                next(its[i])
            except StopIteration:
                i += 1
                continue
            raise ValueError("zip() argument " + _str(i + 1) + " is longer than " + iterators_these(i)) from None
        raise
    return listToTuple(items)


def iterators_zipSetstate(z, state):
    fieldSet(z, 1, True if state else False)


def iterators_newMap(cls, f, sources):
    its = []
    for s in sources:
        its.append(iter(s))
    r = newRecord(cls)
    fieldSet(r, 0, f)
    fieldSet(r, 1, listToTuple(its))
    return r


def iterators_mapNext(f, its):
    if len(its) == 1:
        return f(next(its[0]))
    args = []
    for it in its:
        args.append(next(it))
    return f(*args)


def iterators_newFilter(cls, f, iterable):
    it = iter(iterable)
    r = newRecord(cls)
    fieldSet(r, 0, f)
    fieldSet(r, 1, it)
    return r


def iterators_filterNext(f, it):
    while True:
        x = next(it)
        if f(x):
            return x


def iterators_filterTrue(f, it):
    while True:
        x = next(it)
        if x:
            return x


def reversedFallback(cls, s):
    m = lookupType(typeOf(s), "__reversed__", _missing)
    if m is None:
        raise TypeError("'" + typeNameOf(s) + "' object is not reversible")
    if m is not _missing:
        return lookupSpecial(s, "__reversed__")()
    if lookupType(typeOf(s), "__getitem__") is None or lookupType(typeOf(s), "__len__") is None or isInstanceOf(s, _dict):
        raise TypeError("'" + typeNameOf(s) + "' object is not reversible")
    n = len(s)
    r = newRecord(cls)
    fieldSet(r, 0, s)
    fieldSet(r, 1, n - 1)
    return r


def iterators_reversedNext(r):
    s = fieldGet(r, 0)
    i = fieldGet(r, 1)
    if i < 0:
        fieldClear(r, 0)
        raise StopIteration
    try:
        v = s[i]
    except (IndexError, StopIteration):
        fieldClear(r, 0)
        fieldSet(r, 1, -1)
        raise StopIteration from None
    fieldSet(r, 1, i - 1)
    return v


def iterators_reversedHint(r):
    i = fieldGet(r, 1)
    n = len(fieldGet(r, 0))
    return 0 if n < i + 1 else i + 1


def iterators_reversedSetstate(r, i):
    i = containers_index(i)
    if not fieldIsEmpty(r, 0):
        n = len(fieldGet(r, 0))
        if i < -1:
            i = -1
        elif i > n - 1:
            i = n - 1
        fieldSet(r, 1, i)
