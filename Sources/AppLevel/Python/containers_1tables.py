# Tables and sequences where Python's own __hash__, __eq__, __iter__ or __index__ has to run.

_missing = _object()
_int = int
_list = list
_tuple = tuple
_dict = dict
_set = set
_frozenset = frozenset
_str = str
_slice = slice
_range = range
_mappingproxy = builtin_type("mappingproxy")
_dict_keys = builtin_type("dictKeys")
_dict_values = builtin_type("dictValues")
_dict_items = builtin_type("dictItems")

# The functions that natives know by these names are the builtins themselves.
len = len
hash = hash
sum = sum


# ---- numbers and protocols

def containers_index(x):
    if isInt(x):
        return plainInt(x)
    m = lookupSpecial(x, "__index__")
    if m is None:
        raise TypeError("'" + typeNameOf(x) + "' object cannot be interpreted as an integer")
    return containers_indexResult(m())


def containers_indexResult(r):
    if typeOf(r) is _int:
        return r
    if isInt(r):
        warn(DeprecationWarning, "__index__ returned non-int (type " + typeNameOf(r) + ").  The ability to return an instance of a strict "
             "subclass of int is deprecated, and may not be supported in a future version of Python.", None)
        return plainInt(r)
    raise TypeError("__index__ returned non-int (type " + typeNameOf(r) + ")")


def containers_sliceIndex(x):
    if x is None or isInt(x):
        return x
    m = lookupSpecial(x, "__index__")
    if m is None:
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return containers_indexResult(m())


def containers_plainSlice(s):
    return _slice(containers_sliceIndex(s.start), containers_sliceIndex(s.stop), containers_sliceIndex(s.step))


def containers_retryIndex(method, args):
    i = containers_index(args[1])
    if not -0x8000000000000000 <= i <= 0x7fffffffffffffff:
        error = OverflowError if method.__name__.endswith("mul__") else IndexError
        raise error("cannot fit '" + typeNameOf(args[1]) + "' into an index-sized integer")
    return method(args[0], i, *args[2:])


def containers_retrySlice(method, args):
    # CPython converts the step first.
    s = args[1]
    step = containers_sliceIndex(s.step)
    if step is not None and step == 0:
        raise ValueError("slice step cannot be zero")
    s = _slice(containers_sliceIndex(s.start), containers_sliceIndex(s.stop), step)
    return method(args[0], s, *args[2:])


def containers_len(x):
    m = lookupSpecial(x, "__len__")
    if m is None:
        raise TypeError("object of type '" + typeNameOf(x) + "' has no len()")
    n = m()
    if not isInt(n):
        n = containers_index(n)
    if n < 0:
        raise ValueError("__len__() should return >= 0")
    if not fitsWord(n):
        raise OverflowError("cannot fit '" + typeNameOf(n) + "' into an index-sized integer")
    return plainInt(n)


def containers_hash(x):
    return normalizeHash(containers_hashPublic(x))


def containers_hashPublic(x):
    m = lookupSpecial(x, "__hash__")
    if m is None:
        raise TypeError("unhashable type: '" + containers_fullName(typeOf(x)) + "'")
    h = m()
    if not isInt(h):
        raise TypeError("__hash__ method should return an integer")
    return publicHash(h)


def containers_fullName(t):
    # Native classes outside builtins go by their full name in messages.
    if type_flags(t) & 1 or t.__module__ == "builtins":
        return t.__name__
    return t.__module__ + "." + t.__name__


def containers_hashTuple(x):
    hashes = []
    for item in _tuple.__iter__(x):
        hashes.append(hash(item))
    return combineHashes(hashes)


def containers_lengthHint(x, default=0):
    if lookupType(typeOf(x), "__len__") is not None:
        try:
            return len(x)
        except TypeError:
            pass
    m = lookupSpecial(x, "__length_hint__")
    if m is None:
        return default
    try:
        n = m()
    except TypeError:
        return default
    if n is NotImplemented:
        return default
    if not isInt(n):
        raise TypeError("__length_hint__ must be an integer, not " + typeNameOf(n))
    if n < 0:
        raise ValueError("__length_hint__() should return >= 0")
    if not fitsWord(n):
        raise OverflowError("Python int too large to convert to C ssize_t")
    return n


# ---- iteration

def iterFallback(o, method):
    m = lookupSpecial(o, "__iter__")
    it = m()
    if lookupType(typeOf(it), "__next__", _missing) is _missing:
        raise TypeError("iter() returned non-iterator of type '" + typeNameOf(it) + "'")
    return it


class iteration_steps:
    # An iterator that has no __iter__ itself, for loops of ours.
    __slots__ = ("_it",)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._it)


# Classes of weak proxies.
loopable_proxies = []


def loopable(it):
    # A proxy's would be its object's.
    if type_lookup(typeOf(it), "__iter__", None) is not None and typeOf(it) not in loopable_proxies:
        return it
    s = _object.__new__(iteration_steps)
    s._it = it
    return s


def listExtend(l, iterable):
    n = nativeList(iterable)
    if n is not None:
        listExtendNative(l, n)
        return None
    it = iter(iterable)
    if typeOf(iterable) is not _generator:
        n = containers_lengthHint(iterable)
        # A hint that is beyond any list is not believed.
        if n > 1 << 40 and n + len(l) <= 0x7fffffffffffffff:
            raise MemoryError
    for x in loopable(it):
        listAppend(l, x)


_generator = builtin_type("generator")


def listFromIterable(iterable):
    r = nativeList(iterable)
    if r is None:
        r = []
        listExtend(r, iterable)
    return r


def containers_extendByRange(l, items):
    """A long range in pieces, between which signals and other threads have their turn."""
    n = len(items)
    listReserve(l, n)
    i = 0
    while i < n:
        listExtendNative(l, nativeList(items[i:i + 1048576]))
        i += 1048576


def tupleFromIterable(iterable):
    if typeOf(iterable) is _tuple:
        return iterable
    return listToTuple(listFromIterable(iterable))


def containers_newTuple(cls, iterable):
    return makeTupleOf(cls, listFromIterable(iterable))


def unpackExact(iterable, n):
    t = typeOf(iterable)
    if t is _list or t is _tuple:
        k = len(iterable)
        if k == n:
            return listToTuple(iterable) if t is _list else iterable
        if k < n:
            raise ValueError("not enough values to unpack (expected " + _str(n) + ", got " + _str(k) + ")")
        raise ValueError("too many values to unpack (expected " + _str(n) + ")")
    try:
        it = iter(iterable)
    except TypeError:
        if lookupType(t, "__iter__") is None and lookupType(t, "__getitem__") is None:
            raise TypeError("cannot unpack non-iterable " + t.__name__ + " object") from None
        raise
    items = []
    for x in loopable(it):
        if len(items) == n:
            raise ValueError("too many values to unpack (expected " + _str(n) + ")")
        items.append(x)
    if len(items) < n:
        raise ValueError("not enough values to unpack (expected " + _str(n) + ", got " + _str(len(items)) + ")")
    return listToTuple(items)


def unpackEx(iterable, before, after):
    t = typeOf(iterable)
    try:
        it = iter(iterable)
    except TypeError:
        if lookupType(t, "__iter__") is None and lookupType(t, "__getitem__") is None:
            raise TypeError("cannot unpack non-iterable " + t.__name__ + " object") from None
        raise
    items = []
    if before:
        for x in loopable(it):
            items.append(x)
            if len(items) == before:
                break
        if len(items) < before:
            raise ValueError("not enough values to unpack (expected at least " + _str(before + after) + ", got " + _str(len(items)) + ")")
    rest = listFromIterable(it)
    k = len(rest) - after
    if k < 0:
        raise ValueError("not enough values to unpack (expected at least " + _str(before + after) + ", got " + _str(before + len(rest)) + ")")
    tail = rest[k:]
    del rest[k:]
    items.append(rest)
    items.extend(tail)
    return listToTuple(items)


def contains(container, x):
    t = typeOf(container)
    m = lookupType(t, "__contains__", _missing)
    if m is None:
        raise TypeError("'" + t.__name__ + "' object is not a container")
    if m is not _missing:
        if t is _dict:
            return dictContains(container, x)
        if t is _set or t is _frozenset:
            return containers_setContains(container, x)
        if t is not _list and t is not _tuple:
            return True if lookupSpecial(container, "__contains__")(x) else False
    elif lookupType(t, "__iter__") is None and lookupType(t, "__getitem__") is None:
        raise TypeError("argument of type '" + t.__name__ + "' is not iterable")
    for item in container:
        if item is x or item == x:
            return True
    return False


def containers_seqContains(container, x):
    it = makeSequenceIterator(container) if isInstanceOf(container, _range) else containers_plainIter(container)
    for item in loopable(it):
        if item is x or item == x:
            return True
    return False


def containers_plainIter(s):
    # Iterates over the items of a list or tuple whatever its class says.
    if isInstanceOf(s, _list):
        return _list.__iter__(s)
    return _tuple.__iter__(s)


def getItem(o, key):
    if o is _type:
        return makeGenericAlias(o, key)
    return o[key]


def setItem(o, key, value):
    o[key] = value


def delItem(o, key):
    del o[key]


# ---- tables: dict and set

def tableProbe(d, key, h):
    # The key in the table that equals `key`, or _missing. A table that changes meanwhile is searched again.
    while True:
        candidates = tableCandidates(d, h)
        for k in candidates:
            if k is key:
                return k
            same = True if k == key else False
            if not hasCandidates(d, h, candidates):
                break
            if same:
                return k
        else:
            return _missing


def dictLookup(d, key):
    h = hashOf(key)
    k = tableProbe(d, key, h)
    if k is _missing:
        if typeOf(d) is not _dict:
            m = lookupSpecial(d, "__missing__")
            if m is not None:
                return m(key)
        raise KeyError(key)
    return tableGet(d, k, h, None)


def containers_dictGet(d, key, default):
    h = hashOf(key)
    k = tableProbe(d, key, h)
    if k is _missing:
        return default
    return tableGet(d, k, h, default)


def dictStore(d, key, value):
    h = hashOf(key)
    k = tableProbe(d, key, h)
    tableSet(d, key if k is _missing else k, h, value)


def dictDelete(d, key):
    h = hashOf(key)
    k = tableProbe(d, key, h)
    if k is _missing:
        raise KeyError(key)
    tableDelete(d, k, h)


def dictContains(d, key):
    h = hashOf(key)
    return tableProbe(d, key, h) is not _missing


def containers_dictSetdefault(d, key, default):
    h = hashOf(key)
    k = tableProbe(d, key, h)
    if k is _missing:
        tableSet(d, key, h, default)
        return default
    return tableGet(d, k, h, default)


def containers_dictPop(d, key, *default):
    h = hashOf(key)
    k = tableProbe(d, key, h)
    if k is _missing:
        if default:
            return default[0]
        raise KeyError(key)
    v = tableGet(d, k, h, None)
    tableDelete(d, k, h)
    return v


def setAddSlow(s, key):
    h = hashOf(key)
    if tableProbe(s, key, h) is _missing:
        tableSet(s, key, h, None)


# ---- dict

def containers_mergeTable(d, source):
    # source: a dict whose own table is read, hashes included.
    n = tableUsed(source)
    at = tableNext(source, 0)
    while at is not None:
        position, key, h, value = at
        k = tableProbe(d, key, h)
        tableSet(d, key if k is _missing else k, h, value)
        if tableUsed(source) != n:
            raise RuntimeError("dict mutated during update")
        at = tableNext(source, position)


def containers_dictMergeAny(d, mapping):
    # dict.update with a mapping or an iterable of pairs.
    if hasPlainIteration(mapping):
        containers_mergeTable(d, mapping)
        return
    keys = getattr(mapping, "keys", _missing)
    if keys is not _missing:
        for key in keys():
            dictStore(d, key, mapping[key])
        return
    i = 0
    for item in mapping:
        t = typeOf(item)
        if t is not _tuple and t is not _list:
            try:
                it = iter(item)
            except TypeError:
                raise TypeError("cannot convert dictionary update sequence element #" + _str(i) + " to a sequence") from None
            item = listFromIterable(it)
        n = len(item)
        if n != 2:
            raise ValueError("dictionary update sequence element #" + _str(i) + " has length " + _str(n) + "; 2 is required")
        dictStore(d, item[0], item[1])
        i += 1


def containers_dictInit(d, source, kw):
    containers_dictMergeAny(d, source)
    if kw is not None:
        containers_mergeTable(d, kw)


def containers_dictFromkeys(cls, iterable, value):
    d = cls()
    if typeOf(d) is _dict:
        for key in iterable:
            dictStore(d, key, value)
    else:
        for key in iterable:
            d[key] = value
    return d


def containers_dictEqual(a, b, result):
    if tableUsed(a) != tableUsed(b):
        return not result
    at = tableNext(a, 0)
    while at is not None:
        position, key, h, value = at
        k = tableProbe(b, key, h)
        if k is _missing:
            return not result
        other = tableGet(b, k, h, _missing)
        if other is not value and not (value == other):
            return not result
        at = tableNext(a, position)
    return result


def containers_dictOr(x, y):
    r = {}
    containers_dictMergeAny(r, x)
    containers_dictMergeAny(r, y)
    return r


def containers_dictIor(d, other):
    containers_dictMergeAny(d, other)
    return d


def dictUpdate(d, mapping, flat=False):
    if flat:
        i = 0
        while i < len(mapping):
            dictStore(d, mapping[i], mapping[i + 1])
            i += 2
        return d
    if hasPlainIteration(mapping):
        containers_mergeTable(d, mapping)
        return d
    try:
        keys = mapping.keys
    except AttributeError:
        raise TypeError("'" + typeNameOf(mapping) + "' object is not a mapping") from None
    for key in keys():
        dictStore(d, key, mapping[key])
    return d


def containers_callName(f):
    # How messages about a call name what is called: "module.f()", plain "f()" for builtins.
    name = getattr(f, "__qualname__", None)
    if typeOf(name) is not _str:
        try:
            return _str(f)
        except Exception:
            return typeNameOf(f) + " object"
    module = getattr(f, "__module__", None)
    if typeOf(module) is _str and module != "builtins":
        return module + "." + name + "()"
    return name + "()"


def dictMerge(d, mapping, func):
    if hasPlainIteration(mapping):
        keys = _dict.keys(mapping)
        plain = True
    else:
        plain = False
        try:
            keys = mapping.keys
        except AttributeError:
            raise TypeError(containers_callName(func) + " argument after ** must be a mapping, not " + typeNameOf(mapping)) from None
        keys = keys()
    for key in keys:
        if key in d:
            raise TypeError(containers_callName(func) + " got multiple values for keyword argument '" + _str(key) + "'")
        d[key] = containers_dictGet(mapping, key, None) if plain else mapping[key]
    return d


# ---- pattern matching

def matchKeys(subject, keys):
    get = None
    seen = set()
    values = []
    for key in keys:
        if key in seen:
            raise ValueError("mapping pattern checks duplicate key (" + repr(key) + ")")
        seen.add(key)
        if get is None:
            get = subject.get
        v = get(key, _missing)
        if v is _missing:
            return None
        values.append(v)
    return listToTuple(values)


def matchRest(subject, keys):
    r = {}
    containers_dictMergeAny(r, subject)
    for key in keys:
        del r[key]
    return r
