# Sets where Python's __hash__ or __eq__ runs, set methods with any iterables, and set operators of dict views.

_set_ops = ("or", "and", "sub", "xor")


def containers_setKey(s, x):
    # The key that `x` means in a look-up: a set stands for the frozenset of its items.
    try:
        h = hashOf(x)
    except TypeError:
        if not isInstanceOf(x, _set):
            raise
        f = newSetOf(_frozenset)
        setUpdate(f, x)
        return tableProbe(s, f, hashOf(f))
    return tableProbe(s, x, h)


def containers_setContains(s, x):
    return containers_setKey(s, x) is not _missing


def containers_setDiscard(s, x, strict):
    k = containers_setKey(s, x)
    if k is _missing:
        if strict:
            raise KeyError(x)
        return
    tableDelete(s, k, hashOf(k))


def setUpdate(s, iterable):
    if isAnySet(iterable) or typeOf(iterable) is _dict:
        at = tableNext(iterable, 0)
        while at is not None:
            position, key, h, value = at
            if tableProbe(s, key, h) is _missing:
                tableSet(s, key, h, None)
            at = tableNext(iterable, position)
        return s
    for x in iterable:
        h = hashOf(x)
        if tableProbe(s, x, h) is _missing:
            tableSet(s, x, h, None)
    return s


def containers_setInit(s, iterable):
    tableClear(s)
    setUpdate(s, iterable)


def containers_setUpdateMany(s, others):
    for x in others:
        setUpdate(s, x)


def containers_toSet(x):
    # A set (or dict, for its keys) to look things up in.
    if isAnySet(x) or typeOf(x) is _dict:
        return x
    return setUpdate(newSetOf(_set), x)


def containers_setEntries(s):
    # [(key, hash)]: a copy, for loops that run Python code.
    entries = []
    at = tableNext(s, 0)
    while at is not None:
        position, key, h, value = at
        entries.append((key, h))
        at = tableNext(s, position)
    return entries


def setOperation(op, a, b):
    # A new set like `a`; both are sets, b may be a dict.
    r = newSetLike(a)
    if op == 0:
        setUpdate(r, a)
        return setUpdate(r, b)
    if op == 1:
        if tableUsed(b) > tableUsed(a) or not isAnySet(b):
            x = a
            y = b
        else:
            x = b
            y = a
        for key, h in containers_setEntries(x):
            if tableProbe(y, key, h) is not _missing and tableProbe(r, key, h) is _missing:
                tableSet(r, key, h, None)
        return r
    for key, h in containers_setEntries(a):
        if tableProbe(b, key, h) is _missing and tableProbe(r, key, h) is _missing:
            tableSet(r, key, h, None)
    if op == 3:
        for key, h in containers_setEntries(b):
            if tableProbe(a, key, h) is _missing and tableProbe(r, key, h) is _missing:
                tableSet(r, key, h, None)
    return r


def containers_setInPlace(op, a, b):
    if a is b and op != 1:
        tableClear(a)
        return a
    adoptTable(a, setOperation(op, a, b))
    return a


def containers_intersect(s, iterable):
    # Items of any iterable that are in s, as a new set like s: each is hashed, as CPython does.
    r = newSetLike(s)
    for x in iterable:
        h = hashOf(x)
        if tableProbe(s, x, h) is not _missing and tableProbe(r, x, h) is _missing:
            tableSet(r, x, h, None)
    return r


def containers_subtract(r, iterable):
    # Removes the items of any iterable from r.
    if iterable is r:
        tableClear(r)
        return
    for x in iterable:
        h = hashOf(x)
        k = tableProbe(r, x, h)
        if k is not _missing:
            tableDelete(r, k, h)


def containers_setMethod(op, s, others):
    if op == 0:
        r = copyOfSet(s)
        for x in others:
            setUpdate(r, x)
        return r
    if op == 1:
        r = s
        for x in others:
            if isAnySet(x):
                r = setOperation(1, r, x)
            else:
                r = containers_intersect(r, x)
        return r if r is not s and typeOf(r) in (_set, _frozenset) else copyOfSet(r)
    if op == 2:
        r = copyOfSet(s)
        for x in others:
            if isAnySet(x) or typeOf(x) is _dict:
                r = setOperation(2, r, x)
            else:
                containers_subtract(r, x)
        return r
    return setOperation(3, s, containers_toSet(others[0]))


def containers_setMethodInPlace(op, s, others):
    if op == 1:
        adoptTable(s, containers_setMethod(1, s, others))
    elif op == 2:
        for x in others:
            if x is s:
                tableClear(s)
            else:
                containers_subtract(s, x)
    else:
        adoptTable(s, setOperation(3, s, containers_toSet(others[0])))


def containers_isSubset(a, b):
    if tableUsed(a) > tableUsed(b):
        return False
    for key, h in containers_setEntries(a):
        if tableProbe(b, key, h) is _missing:
            return False
    return True


def containers_setCompare(op, a, b):
    if op == 2 or op == 3:
        same = tableUsed(a) == tableUsed(b) and containers_isSubset(a, b)
        return same if op == 2 else not same
    if op == 1:
        return containers_isSubset(a, b)
    if op == 0:
        return tableUsed(a) < tableUsed(b) and containers_isSubset(a, b)
    if op == 5:
        return containers_isSubset(b, a)
    return tableUsed(b) < tableUsed(a) and containers_isSubset(b, a)


def containers_setIsdisjoint(s, other):
    for x in other:
        h = hashOf(x)
        if tableProbe(s, x, h) is not _missing:
            return False
    return True


def containers_setIssubset(s, other):
    return containers_isSubset(s, containers_toSet(other))


def containers_setIssuperset(s, other):
    for x in other:
        h = hashOf(x)
        if tableProbe(s, x, h) is _missing:
            return False
    return True


def containers_setReduce(s):
    items = []
    for x in containers_setIter(s):
        items.append(x)
    return (typeOf(s), (items,), object_state(s))


def object_state(o):
    # Instance attributes (and slots) as object.__getstate__ gives them.
    return _object.__getstate__(o) if hasattr(_object, "__getstate__") else getattr(o, "__dict__", None)


# ---- views

def containers_viewSet(v):
    s = newSetOf(_set)
    setUpdate(s, v)
    return s


def containers_isView(v):
    t = typeOf(v)
    return t is _dict_keys or t is _dict_items


def containers_viewAnd(a, b):
    # One of the two is a view.
    if not containers_isView(a):
        a, b = b, a
    r = newSetOf(_set)
    if isAnySet(b) and len(b) > len(a) or containers_isView(b) and len(b) > len(a):
        a, b = b, a
    if containers_isView(a) or isAnySet(a):
        for x in b:
            if x in a:
                r.add(x)
    return r


def containers_viewOr(a, b):
    return setUpdate(containers_viewSet(a), b)


def containers_viewSub(a, b):
    r = containers_viewSet(a)
    _set.difference_update(r, b)
    return r


def containers_viewXor(a, b):
    r = containers_viewSet(a)
    _set.symmetric_difference_update(r, b)
    return r


def containers_viewAll(a, b):
    # Whether every item of view a is in b.
    for x in a:
        if x not in b:
            return False
    return True


def containers_viewCompare(op, a, b):
    n = len(a)
    m = len(b)
    if op == 2 or op == 3:
        same = n == m and containers_viewAll(a, b)
        return same if op == 2 else not same
    if op == 0:
        return n < m and containers_viewAll(a, b)
    if op == 1:
        return n <= m and containers_viewAll(a, b)
    if op == 4:
        return n > m and containers_viewAll(b, a)
    return n >= m and containers_viewAll(b, a)


def containers_viewIsdisjoint(v, other):
    if v is other:
        return len(v) == 0
    if (isAnySet(other) or containers_isView(other)) and len(other) > len(v):
        v, other = other, v
    for x in other:
        if x in v:
            return False
    return True


def containers_itemsContains(d, key, value):
    h = hashOf(key)
    k = tableProbe(d, key, h)
    if k is _missing:
        return False
    found = tableGet(d, k, h, _missing)
    return found is value or (True if found == value else False)
