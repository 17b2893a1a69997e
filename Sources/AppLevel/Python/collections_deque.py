# collections.deque where Python code runs, defaultdict, and the helpers of `_collections`.
# On demand: _collections


def collections_dequeExtend(d, iterable):
    if iterable is d:
        iterable = dequeItems(d)
    items = nativeList(iterable)
    if items is not None:
        dequeExtendNative(d, items)
        return
    for x in iterable:
        dequeAppend(d, x)


def collections_dequeExtendleft(d, iterable):
    if iterable is d:
        iterable = dequeItems(d)
    for x in iterable:
        dequeAppendleft(d, x)


def collections_dequeContains(d, x):
    state = dequeState(d)
    for y in dequeItems(d):
        same = y is x or y == x
        if same:
            return True
        if dequeState(d) != state:
            raise RuntimeError("deque mutated during iteration")
    return False


def collections_dequeCount(d, x):
    state = dequeState(d)
    n = 0
    for y in dequeItems(d):
        if y is x or y == x:
            n += 1
        if dequeState(d) != state:
            raise RuntimeError("deque mutated during iteration")
    return n


def collections_dequeIndex(d, x, start, stop):
    n = dequeLen(d)
    start = containers_bound(start, n)
    stop = n if stop is None else containers_bound(stop, n)
    if stop > n:
        stop = n
    state = dequeState(d)
    i = start
    while i < stop:
        y = dequeItem(d, i)
        if y is x or y == x:
            return i
        if dequeState(d) != state:
            raise RuntimeError("deque mutated during iteration")
        i += 1
    raise ValueError(repr(x) + " is not in deque")


def collections_dequeRemove(d, x):
    state = dequeState(d)
    i = 0
    for y in dequeItems(d):
        same = y is x or y == x
        if dequeState(d) != state:
            raise IndexError("deque mutated during remove().")
        if same:
            dequeRemoveAt(d, i)
            return
        i += 1
    raise ValueError(repr(x) + " is not in deque")


def collections_dequeCopy(d):
    cls = typeOf(d)
    most = dequeMaxlen(d)
    if cls is _deque:
        return _deque(d, most)
    r = cls(d) if most is None else cls(d, most)
    if not isInstanceOf(r, _deque):
        raise TypeError(cls.__name__ + "() must return a deque, not " + typeNameOf(r))
    return r


def collections_dequeReduce(d):
    most = dequeMaxlen(d)
    state = object_state(d)
    if most is None:
        return (typeOf(d), (), state, iter(d))
    return (typeOf(d), ((), most), state, iter(d))


def collections_dequeRepr(d):
    if isActive(d):
        return "[...]"
    most = dequeMaxlen(d)
    text = typeNameOf(d) + "(" + repr(dequeItems(d))
    if most is None:
        return text + ")"
    return text + ", maxlen=" + repr(most) + ")"


def collections_dequeAdd(a, b):
    r = collections_dequeCopy(a)
    collections_dequeExtend(r, b)
    return r


def collections_dequeIadd(d, other):
    collections_dequeExtend(d, other)
    return d


def collections_dequeMul(d, n, inplace):
    if not isInt(n) and lookupType(typeOf(n), "__index__") is None:
        return NotImplemented
    n = containers_index(n)
    items = dequeItems(d)
    r = d if inplace else collections_dequeCopy(d)
    if n <= 0:
        dequeClear(r)
        return r
    if len(items) * n > 1 << 33:
        raise MemoryError
    most = dequeMaxlen(d)
    if most is not None and items and len(items) * n > most:
        n = most // len(items) + 2
    while n > 1:
        dequeExtendNative(r, items)
        n -= 1
    return r


# ---- defaultdict

@builtin_class("collections")
class defaultdict(dict):
    __slots__ = ("default_factory",)

    def __init__(self, /, *args, **kwargs):
        factory = None
        if args:
            factory = args[0]
            if factory is not None and not callable(factory):
                raise TypeError("first argument must be callable or None")
            args = args[1:]
        self.default_factory = factory
        _dict.__init__(self, *args, **kwargs)

    def __missing__(self, key, /):
        factory = self.default_factory
        if factory is None:
            raise KeyError(key)
        self[key] = value = factory()
        return value

    def __repr__(self):
        # The frame that is at it tells a cycle.
        factory = self.default_factory
        if isActive(self):
            text = "..."
        else:
            text = repr(factory)
        return typeNameOf(self) + "(" + text + ", " + _dict.__repr__(self) + ")"

    def copy(self):
        return typeOf(self)(self.default_factory, self)

    __copy__ = copy

    def __reduce__(self):
        args = () if self.default_factory is None else (self.default_factory,)
        return (typeOf(self), args, None, None, iter(self.items()))

    def __or__(self, other):
        if not isInstanceOf(other, _dict):
            return NotImplemented
        r = self.copy()
        r.update(other)
        return r

    def __ror__(self, other):
        if not isInstanceOf(other, _dict):
            return NotImplemented
        r = typeOf(self)(self.default_factory, other)
        r.update(self)
        return r

    __class_getitem__ = classmethod(makeGenericAlias)


app_module_attr("_collections", "defaultdict", defaultdict)
_deque = app_deque


@module_function("_collections")
def _count_elements(mapping, iterable, /):
    if isInstanceOf(mapping, _dict) and lookupType(typeOf(mapping), "get") is lookupType(_dict, "get") \
            and lookupType(typeOf(mapping), "__setitem__") is lookupType(_dict, "__setitem__"):
        get = _dict.get
        store = _dict.__setitem__
        for x in iterable:
            store(mapping, x, get(mapping, x, 0) + 1)
        return
    get = mapping.get
    for x in iterable:
        mapping[x] = get(x, 0) + 1


class _tuplegetter:
    # Field of a named tuple: a data descriptor.
    __slots__ = ("_index", "__doc__")

    def __new__(cls, index, doc, /):
        self = _object.__new__(cls)
        self._index = containers_index(index)
        self.__doc__ = doc
        return self

    def __get__(self, obj, cls=None, /):
        if obj is None:
            return self
        if not isInstanceOf(obj, _tuple):
            raise TypeError("descriptor for index '" + _str(self._index) + "' for tuple subclasses doesn't apply to '" + typeNameOf(obj) + "' object")
        return _tuple.__getitem__(obj, self._index)

    def __set__(self, obj, value, /):
        raise AttributeError("can't set attribute")

    def __delete__(self, obj, /):
        raise AttributeError("can't delete attribute")

    def __reduce__(self):
        return (_tuplegetter, (self._index, self.__doc__))

    def __repr__(self):
        return "_tuplegetter(" + repr(self._index) + ", " + repr(self.__doc__) + ")"


_tuplegetter.__module__ = "collections"
app_module_attr("_collections", "_tuplegetter", _tuplegetter)
