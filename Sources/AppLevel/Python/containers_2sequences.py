# Lists and tuples: comparison, search, sorting, repr() of all containers.


def compareSequences(op, a, b):
    # Two lists or two tuples; op counts < <= == != > >=.
    if isInstanceOf(a, _list):
        count = _list.__len__
        item = _list.__getitem__
    else:
        count = _tuple.__len__
        item = _tuple.__getitem__
    if (op == 2 or op == 3) and count(a) != count(b):
        return op == 3
    i = 0
    while i < count(a) and i < count(b):
        x = item(a, i)
        y = item(b, i)
        if x is not y and not (x == y):
            # The comparison may have changed the lists: then only their lengths count.
            if i >= count(a) or i >= count(b):
                break
            if op == 2:
                return False
            if op == 3:
                return True
            if op == 0:
                return x < y
            if op == 1:
                return x <= y
            if op == 4:
                return x > y
            return x >= y
        i += 1
    n = count(a)
    m = count(b)
    if op == 2:
        return n == m
    if op == 3:
        return n != m
    if op == 0:
        return n < m
    if op == 1:
        return n <= m
    if op == 4:
        return n > m
    return n >= m


def containers_bound(i, n):
    # A start or stop argument of index().
    if not isInt(i):
        m = lookupSpecial(i, "__index__")
        if m is None:
            raise TypeError("slice indices must be integers or have an __index__ method")
        i = m()
    if i < 0:
        i += n
        if i < 0:
            i = 0
    return i


def containers_notInList(x):
    raise ValueError(repr(x) + " is not in list")


def seqIndex(seq, x, start, stop):
    if isInstanceOf(seq, _list):
        count = _list.__len__
        item = _list.__getitem__
    else:
        count = _tuple.__len__
        item = _tuple.__getitem__
    n = count(seq)
    start = containers_bound(start, n)
    stop = containers_bound(stop, n)
    i = start
    while i < stop and i < count(seq):
        y = item(seq, i)
        if y is x or y == x:
            return i
        i += 1
    if isInstanceOf(seq, _list):
        raise ValueError(repr(x) + " is not in list")
    raise ValueError("tuple.index(x): x not in tuple")


def seqCount(seq, x):
    n = 0
    it = iter(seq) if isInstanceOf(seq, _range) else containers_plainIter(seq)
    for y in loopable(it):
        if y is x or y == x:
            n += 1
    return n


def seqRemove(l, x):
    i = 0
    while i < _list.__len__(l):
        y = _list.__getitem__(l, i)
        if y is x or y == x:
            del_range(l, i)
            return None
        i += 1
    raise ValueError("list.remove(x): x not in list")


def del_range(l, i):
    if i < _list.__len__(l):
        _list.__delitem__(l, i)


def containers_listIadd(l, other):
    listExtend(l, other)
    return l


def containers_setSlice(l, s, value):
    step = containers_sliceIndex(s.step)
    s = _slice(containers_sliceIndex(s.start), containers_sliceIndex(s.stop), step)
    try:
        it = iter(value)
    except TypeError:
        if lookupType(typeOf(value), "__iter__") is None and lookupType(typeOf(value), "__getitem__") is None:
            if step is None or step == 1:
                raise TypeError("can only assign an iterable") from None
            raise TypeError("must assign iterable to extended slice") from None
        raise
    _list.__setitem__(l, s, listFromIterable(it))


# ---- sorting: natural runs, short ones lengthened by binary insertion, merged in pairs

def containers_sortRuns(k, v):
    # Sorts v by the keys k (the same list where there is no key function), calling only <.
    n = len(k)
    keyed = v is not k
    runs = [0]
    lo = 0
    while lo < n:
        hi = lo + 1
        if hi < n:
            if k[hi] < k[lo]:
                hi += 1
                while hi < n and k[hi] < k[hi - 1]:
                    hi += 1
                part = k[lo:hi]
                part.reverse()
                k[lo:hi] = part
                if keyed:
                    part = v[lo:hi]
                    part.reverse()
                    v[lo:hi] = part
            else:
                hi += 1
                while hi < n and not (k[hi] < k[hi - 1]):
                    hi += 1
            if hi - lo < 24 and hi < n:
                end = lo + 24
                if end > n:
                    end = n
                while hi < end:
                    x = k[hi]
                    a = lo
                    b = hi
                    while a < b:
                        m = (a + b) >> 1
                        if x < k[m]:
                            b = m
                        else:
                            a = m + 1
                    if a != hi:
                        del k[hi]
                        k.insert(a, x)
                        if keyed:
                            v.insert(a, v.pop(hi))
                    hi += 1
        runs.append(hi)
        lo = hi
    while len(runs) > 2:
        merged = [0]
        i = 0
        while i + 2 < len(runs):
            containers_mergeRuns(k, v, runs[i], runs[i + 1], runs[i + 2])
            merged.append(runs[i + 2])
            i += 2
        if i + 1 < len(runs):
            merged.append(runs[i + 1])
        runs = merged


def containers_mergeRuns(k, v, a, b, c):
    if not (k[b] < k[b - 1]):
        return
    keyed = v is not k
    left = k[a:b]
    values = v[a:b] if keyed else None
    i = 0
    n = b - a
    j = b
    o = a
    try:
        while i < n and j < c:
            if k[j] < left[i]:
                k[o] = k[j]
                if keyed:
                    v[o] = v[j]
                j += 1
            else:
                k[o] = left[i]
                if keyed:
                    v[o] = values[i]
                i += 1
            o += 1
    finally:
        # Whatever happens, nothing is lost.
        k[o:j] = left[i:]
        if keyed:
            v[o:j] = values[i:]


def sortList(l, key, reverse):
    reverse = containers_index(reverse) != 0
    items = takeItems(l)
    try:
        if key is None:
            keys = items
        else:
            keys = []
            for x in items:
                keys.append(key(x))
        if reverse:
            items.reverse()
            if keys is not items:
                keys.reverse()
        if not sortedNatively(keys, items):
            containers_sortRuns(keys, items)
        if reverse:
            items.reverse()
    except BaseException:
        putItems(l, items)
        raise
    if not putItems(l, items):
        raise ValueError("list modified during sort")


def containers_sortedList(l, key, reverse):
    sortList(l, key, reverse)
    return l


def containers_sorted(iterable, key, reverse):
    l = listFromIterable(iterable)
    sortList(l, key, reverse)
    return l


# ---- repr: a cycle is found by the frames that are at it

def reprContainer(o):
    if isInstanceOf(o, _list):
        if isActive(o):
            return "[...]"
        parts = []
        for x in _list.__iter__(o):
            parts.append(repr(x))
        return "[" + ", ".join(parts) + "]"
    if isInstanceOf(o, _dict):
        if isActive(o):
            return "{...}"
        parts = []
        for key, value in _dict.items(o):
            parts.append(repr(key) + ": " + repr(value))
        return "{" + ", ".join(parts) + "}"
    if isInstanceOf(o, _tuple):
        if isActive(o):
            return "(...)"
        parts = []
        for x in _tuple.__iter__(o):
            parts.append(repr(x))
        if len(parts) == 1:
            return "(" + parts[0] + ",)"
        return "(" + ", ".join(parts) + ")"
    t = typeOf(o)
    if isAnySet(o):
        if isActive(o):
            return t.__name__ + "(...)"
        parts = []
        for x in containers_setIter(o):
            parts.append(repr(x))
        if t is _set:
            return "{" + ", ".join(parts) + "}"
        return t.__name__ + "({" + ", ".join(parts) + "})"
    # Views.
    if isActive(o):
        return "..."
    return t.__name__ + "(" + repr(listFromIterable(o)) + ")"


def containers_setIter(s):
    return _set.__iter__(s) if isInstanceOf(s, _set) else _frozenset.__iter__(s)


def containers_reprSlice(s):
    return "slice(" + repr(s.start) + ", " + repr(s.stop) + ", " + repr(s.step) + ")"


def containers_reprProxy(m):
    return "mappingproxy(" + repr(m) + ")"


def containers_strOf(x):
    return _str(x)


# ---- slice and range

def sliceIndices(s, length):
    length = containers_index(length)
    if length < 0:
        raise ValueError("length should not be negative")
    step = s.step
    if step is None:
        step = 1
    else:
        step = containers_sliceIndex(step)
        if step == 0:
            raise ValueError("slice step cannot be zero")
    if step < 0:
        lower = -1
        upper = length - 1
    else:
        lower = 0
        upper = length
    start = s.start
    if start is None:
        start = upper if step < 0 else lower
    else:
        start = containers_sliceIndex(start)
        if start < 0:
            start += length
            if start < lower:
                start = lower
        elif start > upper:
            start = upper
    stop = s.stop
    if stop is None:
        stop = lower if step < 0 else upper
    else:
        stop = containers_sliceIndex(stop)
        if stop < 0:
            stop += length
            if stop < lower:
                stop = lower
        elif stop > upper:
            stop = upper
    return (start, stop, step)


def containers_newRange(args):
    converted = []
    for x in args:
        converted.append(containers_index(x))
    return _range(*converted)


def containers_rangeIndex(r, x):
    i = 0
    for y in r:
        if y is x or y == x:
            return i
        i += 1
    raise ValueError("sequence.index(x): x not in sequence")


def containers_rangeSlice(r, s):
    n = fieldGet(r, 3)
    start, stop, step = sliceIndices(s, n)
    first = r.start
    by = r.step
    return _range(first + start * by, first + stop * by, by * step)


# ---- mappingproxy

def containers_proxyCall(mapping, name, args):
    return getattr(mapping, name)(*args)


def containers_proxyOr(x, y):
    if typeOf(x) is _mappingproxy:
        x = fieldGet(x, 0)
    if typeOf(y) is _mappingproxy:
        y = fieldGet(y, 0)
    return x | y


# ---- sum, min, max, any, all

def containers_sum(iterable, start):
    if isInstanceOf(start, _str):
        raise TypeError("sum() can't sum strings [use ''.join(seq) instead]")
    if isInstanceOf(start, bytes):
        raise TypeError("sum() can't sum bytes [use b''.join(seq) instead]")
    if isInstanceOf(start, bytearray):
        raise TypeError("sum() can't sum bytearray [use b''.join(seq) instead]")
    total = start
    for x in iterable:
        total = total + x
    return total


def minmax(source, key, largest, missing, default):
    best = _missing
    if key is None:
        if largest:
            for x in source:
                if best is _missing or x > best:
                    best = x
        else:
            for x in source:
                if best is _missing or x < best:
                    best = x
    else:
        bestKey = None
        if largest:
            for x in source:
                k = key(x)
                if best is _missing or k > bestKey:
                    best = x
                    bestKey = k
        else:
            for x in source:
                k = key(x)
                if best is _missing or k < bestKey:
                    best = x
                    bestKey = k
    if best is _missing:
        if missing:
            raise ValueError(("max" if largest else "min") + "() arg is an empty sequence")
        return default
    return best


def anyAll(iterable, any):
    if any:
        for x in iterable:
            if x:
                return True
        return False
    for x in iterable:
        if not x:
            return False
    return True
