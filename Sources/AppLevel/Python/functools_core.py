# _functools and the classes of _operator.
# On demand: _functools _operator


class partial:
    __slots__ = ("func", "args", "keywords", "__dict__", "__weakref__")

    def __new__(cls, func, /, *args, **keywords):
        if not callable(func):
            raise TypeError("the first argument must be callable")
        if isInstanceOf(func, partial) and typeOf(func) is partial and not func.__dict__:
            args = func.args + args
            merged = {}
            merged.update(func.keywords)
            merged.update(keywords)
            keywords = merged
            func = func.func
        self = _object.__new__(cls)
        slot_set(self, _partial_func, func)
        slot_set(self, _partial_args, args)
        slot_set(self, _partial_keywords, keywords)
        return self

    def __call__(self, /, *args, **keywords):
        mine = self.keywords
        if mine:
            if keywords:
                merged = {}
                merged.update(mine)
                merged.update(keywords)
                keywords = merged
            else:
                keywords = mine
        return self.func(*self.args, *args, **keywords)

    def __delattr__(self, name):
        if name == "__dict__":
            raise TypeError("cannot delete __dict__")
        _object.__delattr__(self, name)

    def __repr__(self):
        t = typeOf(self)
        if isActive(self):
            return "..."
        parts = [repr(self.func)]
        for x in self.args:
            parts.append(repr(x))
        for k, v in self.keywords.items():
            parts.append(_str(k) + "=" + repr(v))
        name = "functools.partial" if t is partial else t.__name__
        return name + "(" + ", ".join(parts) + ")"

    def __reduce__(self):
        return (typeOf(self), (self.func,), (self.func, self.args, self.keywords, self.__dict__ or None))

    def __setstate__(self, state):
        if not isInstanceOf(state, _tuple) or len(state) != 4:
            raise TypeError("invalid partial state")
        func, args, keywords, namespace = state
        if not callable(func) or not isInstanceOf(args, _tuple) or (keywords is not None and not isInstanceOf(keywords, _dict)):
            raise TypeError("invalid partial state")
        if typeOf(args) is not _tuple:
            args = _tuple(args)
        if keywords is None:
            keywords = {}
        elif typeOf(keywords) is not _dict:
            keywords = _dict(keywords)
        if namespace is None:
            namespace = {}
        self.__dict__ = namespace
        slot_set(self, _partial_func, func)
        slot_set(self, _partial_args, args)
        slot_set(self, _partial_keywords, keywords)

    __class_getitem__ = classmethod(makeGenericAlias)


_partial_func = partial.func
_partial_args = partial.args
_partial_keywords = partial.keywords
slots_read_only(partial)
partial.__module__ = "functools"
partial.__qualname__ = "partial"
app_module_attr("_functools", "partial", partial)


@module_function("_functools")
def reduce(function, sequence, initial=_missing, /):
    try:
        it = iter(sequence)
    except TypeError:
        if lookupType(typeOf(sequence), "__iter__") is None and lookupType(typeOf(sequence), "__getitem__") is None:
            raise TypeError("reduce() arg 2 must support iteration") from None
        raise
    value = initial
    for x in loopable(it):
        value = x if value is _missing else function(value, x)
    if value is _missing:
        raise TypeError("reduce() of empty iterable with no initial value")
    return value


class _key_object:
    __slots__ = ("_cmp", "obj")
    __hash__ = None

    def __lt__(self, other):
        if typeOf(other) is not _key_object:
            raise TypeError("other argument must be K instance")
        return self._cmp(self.obj, other.obj) < 0

    def __le__(self, other):
        if typeOf(other) is not _key_object:
            raise TypeError("other argument must be K instance")
        return self._cmp(self.obj, other.obj) <= 0

    def __gt__(self, other):
        if typeOf(other) is not _key_object:
            raise TypeError("other argument must be K instance")
        return self._cmp(self.obj, other.obj) > 0

    def __ge__(self, other):
        if typeOf(other) is not _key_object:
            raise TypeError("other argument must be K instance")
        return self._cmp(self.obj, other.obj) >= 0

    def __eq__(self, other):
        if typeOf(other) is not _key_object:
            raise TypeError("other argument must be K instance")
        return self._cmp(self.obj, other.obj) == 0

    def __call__(self, obj):
        k = _object.__new__(_key_object)
        k._cmp = self._cmp
        k.obj = obj
        return k


_key_object.__name__ = _key_object.__qualname__ = "KeyWrapper"
_key_object.__module__ = "functools"


@module_function("_functools")
def cmp_to_key(mycmp):
    k = _object.__new__(_key_object)
    k._cmp = mycmp
    return k


# ---- lru_cache: a dict in order of use; the oldest entry is its first

class _lru_cache_wrapper:
    __slots__ = ("_func", "_maxsize", "_typed", "_info", "_cache", "_hits", "_misses", "__dict__", "__weakref__")

    def __new__(cls, user_function, maxsize, typed, cache_info_type):
        if not callable(user_function):
            raise TypeError("the first argument must be callable")
        if maxsize is not None:
            if not isInt(maxsize):
                raise TypeError("maxsize should be integer or None")
            if maxsize < 0:
                maxsize = 0
        self = _object.__new__(cls)
        self._func = user_function
        self._maxsize = maxsize
        self._typed = True if typed else False
        self._info = cache_info_type
        self._cache = {}
        self._hits = 0
        self._misses = 0
        return self

    def __call__(self, /, *args, **kwargs):
        most = self._maxsize
        if most == 0:
            self._misses += 1
            return self._func(*args, **kwargs)
        if not kwargs and not self._typed:
            key = args
            if len(args) == 1:
                t = typeOf(args[0])
                if t is _int or t is _str:
                    key = args[0]
        else:
            key = lru_key(args, kwargs, self._typed)
        cache = self._cache
        if typeOf(key) is _tuple or lookupType(typeOf(key), "__hash__") is not _object_hash:
            return lru_call(self, key, args, kwargs)
        value = cache.get(key, _missing)
        if value is not _missing:
            self._hits += 1
            if most is not None and cache:
                # Used last: to the end.
                moved = cache.pop(key, _missing)
                if moved is not _missing:
                    cache[key] = value
            return value
        self._misses += 1
        value = self._func(*args, **kwargs)
        if most is None:
            cache[key] = value
        elif cache.get(key, _missing) is _missing:
            if len(cache) >= most:
                tableDropFirst(cache)
            cache[key] = value
        return value

    def __get__(self, obj, cls=None, /):
        if obj is None:
            return self
        return _method_type(self, obj)

    def cache_info(self):
        return self._info(self._hits, self._misses, self._maxsize, len(self._cache))

    def cache_clear(self):
        self._cache.clear()
        self._hits = 0
        self._misses = 0

    def __reduce__(self):
        return self.__qualname__

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


def lru_call(self, key, args, kwargs):
    # The key is hashed once.
    cache = self._cache
    most = self._maxsize
    h = hashOf(key)
    found = tableProbe(cache, key, h)
    if found is not _missing:
        self._hits += 1
        value = tableGet(cache, found, h, _missing)
        if most is not None:
            tableDelete(cache, found, h)
            tableSet(cache, found, h, value)
        return value
    self._misses += 1
    value = self._func(*args, **kwargs)
    if tableProbe(cache, key, h) is _missing:
        if most is not None and len(cache) >= most:
            tableDropFirst(cache)
        tableSet(cache, key, h, value)
    return value


_object_hash = _object.__hash__
_method_type = builtin_type("method")
_lru_cache_wrapper.__module__ = "functools"
app_module_attr("_functools", "_lru_cache_wrapper", _lru_cache_wrapper)
_lru_mark = _object()


def lru_key(args, kwargs, typed):
    parts = _list(args)
    if kwargs:
        parts.append(_lru_mark)
        for k, v in kwargs.items():
            parts.append(k)
            parts.append(v)
    if typed:
        for x in args:
            parts.append(typeOf(x))
        for x in kwargs.values():
            parts.append(typeOf(x))
    return listToTuple(parts)


# ---- operator

@module_function("_operator", "truth")
def operator_truth(a, /):
    return True if a else False


@module_function("_operator")
def not_(a, /):
    return not a


def operator_abs(a, /):
    return abs(a)


operator_abs.__name__ = operator_abs.__qualname__ = "abs"
module_function("_operator", "abs")(operator_abs)


@module_function("_operator")
def index(a, /):
    return containers_index(a) if isInt(a) else textIndex(a)


@module_function("_operator")
def concat(a, b, /):
    if lookupType(typeOf(a), "__getitem__") is None or isInstanceOf(a, _dict):
        raise TypeError("'" + typeNameOf(a) + "' object can't be concatenated")
    return a + b


@module_function("_operator")
def iconcat(a, b, /):
    if lookupType(typeOf(a), "__getitem__") is None or isInstanceOf(a, _dict):
        raise TypeError("'" + typeNameOf(a) + "' object can't be concatenated")
    a += b
    return a


def operator_contains(a, b, /):
    return b in a


operator_contains.__name__ = operator_contains.__qualname__ = "contains"
module_function("_operator", "contains")(operator_contains)


@module_function("_operator")
def countOf(a, b, /):
    n = 0
    for x in a:
        if x is b or x == b:
            n += 1
    return n


@module_function("_operator")
def indexOf(a, b, /):
    i = 0
    for x in a:
        if x is b or x == b:
            return i
        i += 1
    raise ValueError("sequence.index(x): x not in sequence")


@module_function("_operator")
def length_hint(obj, default=0, /):
    if not isInt(default):
        raise TypeError("'" + typeNameOf(default) + "' object cannot be interpreted as an integer")
    return containers_lengthHint(obj, default)


@module_function("_operator")
def call(obj, /, *args, **kwargs):
    return obj(*args, **kwargs)


@module_function("_operator")
def _compare_digest(a, b, /):
    if isInstanceOf(a, _str) and isInstanceOf(b, _str):
        if not a.isascii() or not b.isascii():
            raise TypeError("comparing strings with non-ASCII characters is not supported")
        return _str.__eq__(a, b)
    if isInstanceOf(a, _str) or isInstanceOf(b, _str):
        raise TypeError("unsupported operand types(s) or combination of types: '" + typeNameOf(a) + "' and '" + typeNameOf(b) + "'")
    return bytes(memoryview(a)) == bytes(memoryview(b))


class attrgetter:
    __slots__ = ("_attrs", "_paths")

    def __new__(cls, attr, /, *attrs):
        self = _object.__new__(cls)
        attrs = (attr,) + attrs
        paths = []
        for a in attrs:
            if not isInstanceOf(a, _str):
                raise TypeError("attribute name must be a string")
            paths.append(a.split("."))
        self._attrs = attrs
        self._paths = paths
        return self

    def __call__(self, obj, /):
        paths = self._paths
        if len(paths) == 1:
            for name in paths[0]:
                obj = getattr(obj, name)
            return obj
        r = []
        for path in paths:
            o = obj
            for name in path:
                o = getattr(o, name)
            r.append(o)
        return listToTuple(r)

    def __repr__(self):
        return operator_repr(self, self._attrs, {})

    def __reduce__(self):
        return (typeOf(self), self._attrs)


class itemgetter:
    __slots__ = ("_items",)

    def __new__(cls, item, /, *items):
        self = _object.__new__(cls)
        self._items = (item,) + items
        return self

    def __call__(self, obj, /):
        items = self._items
        if len(items) == 1:
            return obj[items[0]]
        r = []
        for i in items:
            r.append(obj[i])
        return listToTuple(r)

    def __repr__(self):
        return operator_repr(self, self._items, {})

    def __reduce__(self):
        return (typeOf(self), self._items)


class methodcaller:
    __slots__ = ("_name", "_args", "_kwargs")

    def __new__(cls, name, /, *args, **kwargs):
        if not isInstanceOf(name, _str):
            raise TypeError("method name must be a string")
        self = _object.__new__(cls)
        self._name = name
        self._args = args
        self._kwargs = kwargs
        return self

    def __call__(self, obj, /):
        return getattr(obj, self._name)(*self._args, **self._kwargs)

    def __repr__(self):
        return operator_repr(self, (self._name,) + self._args, self._kwargs)

    def __reduce__(self):
        if not self._kwargs:
            return (typeOf(self), (self._name,) + self._args)
        return (partial(typeOf(self), self._name, **self._kwargs), self._args)


def operator_repr(o, args, kwargs):
    parts = []
    for x in args:
        parts.append(repr(x))
    for k, v in kwargs.items():
        parts.append(k + "=" + repr(v))
    return "operator." + typeNameOf(o) + "(" + ", ".join(parts) + ")"


for operator_class in (attrgetter, itemgetter, methodcaller):
    operator_class.__module__ = "operator"
    app_module_attr("_operator", operator_class.__name__, operator_class)
