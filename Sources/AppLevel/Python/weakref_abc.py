# _abc: abstract base classes. A class's data are in its `_abc_impl`; other classes are remembered by identity, with a weak
# reference that says whether the identity still means the same class.
# On demand: _abc

_abc_ref = builtin_type("weakref")
_abc_state = [0]


class _abc_data:
    __slots__ = ("registry", "cache", "negative", "version", "__weakref__")


_abc_data.__module__ = "_abc"


def abc_remember(table, cls):
    if len(table) > 64:
        for k, r in list(table.items()):
            if r() is None:
                table.pop(k, None)
    table[identity(cls)] = _abc_ref(cls)


def abc_knows(table, cls):
    r = table.get(identity(cls))
    return r is not None and r() is cls


def abc_data(cls):
    d = getattr_default(cls, "_abc_impl", None)
    if class_of(d) is not _abc_data:
        raise TypeError("_abc_impl is set to a wrong type")
    return d


@module_function("_abc")
def get_cache_token():
    return _abc_state[0]


@module_function("_abc")
def _abc_init(self, /):
    cls = self
    abstract = {}
    for name, value in list(type_dict(cls).items()):
        if is_abstract(value):
            abstract[name] = None
    for base in cls.__bases__:
        for name in getattr_default(base, "__abstractmethods__", ()):
            if is_abstract(getattr_default(cls, name, None)):
                abstract[name] = None
    cls.__abstractmethods__ = frozenset(abstract)
    d = _abc_data()
    d.registry = {}
    d.cache = {}
    d.negative = {}
    d.version = _abc_state[0]
    cls._abc_impl = d
    flags = type_dict(cls).get("__abc_tpflags__")
    if flags is not None and class_of(cls.__mro__) is tuple:
        if class_of(flags) is int:
            if flags & 96 == 96:
                raise TypeError("__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING")
            abc_set_collection(cls, flags & 96)
        del cls.__abc_tpflags__


def abc_set_collection(cls, flags):
    # Patterns take instances for sequences (32) or mappings (64).
    if flags:
        type_flag(cls, 384, False)
        type_flag(cls, flags << 2, True)


def abc_spread_collection(cls, flags):
    work = [cls]
    while work:
        c = work.pop()
        if type_flags(c) & 384 == flags << 2 or not type_flags(c) & 1:
            continue
        abc_set_collection(c, flags)
        work.extend(_type.__subclasses__(c))


@module_function("_abc")
def _abc_register(self, subclass, /):
    if not is_type(subclass):
        raise TypeError("Can only register classes")
    if issubclass(subclass, self):
        return subclass
    if issubclass(self, subclass):
        raise RuntimeError("Refusing to create an inheritance cycle")
    abc_remember(abc_data(self).registry, subclass)
    _abc_state[0] += 1
    if is_type(self):
        flags = type_flags(self) >> 2 & 96
        if flags:
            abc_spread_collection(subclass, flags)
    return subclass


@module_function("_abc")
def _abc_instancecheck(self, instance, /):
    d = abc_data(self)
    subclass = instance.__class__
    if abc_knows(d.cache, subclass):
        return True
    cls = class_of(instance)
    if cls is subclass:
        if d.version == _abc_state[0] and abc_knows(d.negative, subclass):
            return False
        return self.__subclasscheck__(subclass)
    if self.__subclasscheck__(subclass):
        return True
    return self.__subclasscheck__(cls)


@module_function("_abc")
def _abc_subclasscheck(self, subclass, /):
    if not is_type(subclass):
        raise TypeError("issubclass() arg 1 must be a class")
    d = abc_data(self)
    if abc_knows(d.cache, subclass):
        return True
    if d.version != _abc_state[0]:
        d.negative = {}
        d.version = _abc_state[0]
    elif abc_knows(d.negative, subclass):
        return False
    ok = self.__subclasshook__(subclass)
    if ok is not NotImplemented:
        if ok is True:
            abc_remember(d.cache, subclass)
        elif ok is False:
            abc_remember(d.negative, subclass)
        else:
            raise AssertionError("__subclasshook__ must return either False, True, or NotImplemented")
        return ok
    if is_subtype(subclass, self):
        abc_remember(d.cache, subclass)
        return True
    for r in list(d.registry.values()):
        c = r()
        if c is not None and issubclass(subclass, c):
            abc_remember(d.cache, subclass)
            return True
    below = self.__subclasses__()
    if not isinstance(below, list):
        raise TypeError("__subclasses__() must return a list")
    for c in list(below):
        if issubclass(subclass, c):
            abc_remember(d.cache, subclass)
            return True
    abc_remember(d.negative, subclass)
    return False


def abc_live(table):
    return {r for r in table.values() if r() is not None}


@module_function("_abc")
def _get_dump(self, /):
    d = abc_data(self)
    return (abc_live(d.registry), abc_live(d.cache), abc_live(d.negative), d.version)


@module_function("_abc")
def _reset_registry(self, /):
    abc_data(self).registry = {}


@module_function("_abc")
def _reset_caches(self, /):
    d = abc_data(self)
    d.cache = {}
    d.negative = {}
