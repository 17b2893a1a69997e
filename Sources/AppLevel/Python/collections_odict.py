# collections.OrderedDict: dict keeps the order already; what is added is moving, comparing by order and popping first items.
# On demand: _collections


odict_absent = object()


@module_function("_collections")
class OrderedDict(dict):
    "Dictionary that remembers insertion order"

    def __init__(self, /, *args, **kwds):
        if len(args) > 1:
            raise TypeError("expected at most 1 arguments, got " + _str(len(args)))
        if args:
            odict_update(self, args[0])
        if kwds:
            odict_update(self, kwds)

    def update(self, /, *args, **kwds):
        if len(args) > 1:
            raise TypeError("update() takes at most 1 positional argument (" + _str(len(args)) + " given)")
        if args:
            odict_update(self, args[0])
        if kwds:
            odict_update(self, kwds)

    def popitem(self, last=True):
        if not tableUsed(self):
            raise KeyError("dictionary is empty")
        if last:
            return _dict.popitem(self)
        position, key, h, value = tableNext(self, 0)
        tableDropFirst(self)
        return (key, value)

    def move_to_end(self, key, last=True):
        h = hashOf(key)
        k = tableProbe(self, key, h)
        if k is _missing:
            raise KeyError(key)
        value = tableGet(self, k, h, None)
        tableDelete(self, k, h)
        if not last:
            rest = []
            at = tableNext(self, 0)
            while at is not None:
                rest.append(at)
                at = tableNext(self, at[0])
            tableClear(self)
            tableSet(self, k, h, value)
            for position, k, h, value in rest:
                tableSet(self, k, h, value)
            return
        tableSet(self, k, h, value)

    def pop(self, key, default=odict_absent):
        return _dict.pop(self, key) if default is odict_absent else _dict.pop(self, key, default)

    def setdefault(self, key, default=None):
        if typeOf(self) is OrderedDict:
            return _dict.setdefault(self, key, default)
        if key in self:
            return self[key]
        self[key] = default
        return default

    def copy(self):
        r = typeOf(self)()
        for key in self:
            r[key] = self[key]
        return r

    def __sizeof__(self):
        return _dict.__sizeof__(self) + 64 + 32 * tableUsed(self)

    @classmethod
    def fromkeys(cls, iterable, value=None):
        self = cls()
        for key in iterable:
            self[key] = value
        return self

    def __eq__(self, other):
        if not isInstanceOf(other, _dict):
            return NotImplemented
        if not _dict.__eq__(self, other):
            return False
        if isInstanceOf(other, OrderedDict):
            theirs = iter(_dict.keys(other))
            for key in _dict.keys(self):
                if not key == next(theirs, _missing):
                    return False
        return True

    def __ne__(self, other):
        r = OrderedDict.__eq__(self, other)
        return r if r is NotImplemented else not r

    __hash__ = None

    def __repr__(self):
        if isActive(self):
            return "..."
        name = typeOf(self).__name__
        if not tableUsed(self):
            return name + "()"
        return name + "(" + repr(_list(self.items())) + ")"

    def __reduce__(self):
        state = self.__getstate__()
        return (typeOf(self), (), state, None, iter(self.items()))

    def __or__(self, other):
        if not isInstanceOf(other, _dict):
            return NotImplemented
        r = typeOf(self)(self)
        r.update(other)
        return r

    def __ror__(self, other):
        if not isInstanceOf(other, _dict):
            return NotImplemented
        r = typeOf(self)(other)
        r.update(self)
        return r

    def __ior__(self, other):
        odict_update(self, other)
        return self


OrderedDict.__module__ = "collections"
_odict_setitem = type_lookup(OrderedDict, "__setitem__")


def odict_update(self, other):
    plain = type_lookup(typeOf(self), "__setitem__") is _odict_setitem
    if plain and (typeOf(other) is _dict or typeOf(other) is OrderedDict):
        _dict.update(self, other)
        return
    if isInstanceOf(other, _dict) and type_lookup(typeOf(other), "items") is type_lookup(_dict, "items"):
        for key, value in other.items():
            self[key] = value
        return
    keys = getattr_default(other, "keys", None)
    if keys is not None:
        for key in keys():
            self[key] = other[key]
        return
    items = getattr_default(other, "items", None)
    if items is not None:
        other = items()
    i = 0
    for item in other:
        try:
            pair = tuple(item)
        except TypeError:
            raise TypeError("cannot convert dictionary update sequence element #" + _str(i) + " to a sequence") from None
        if len(pair) != 2:
            raise ValueError("need more than " + _str(len(pair)) + " value" + ("" if len(pair) == 1 else "s") + " to unpack"
                             if len(pair) < 2 else "too many values to unpack (expected 2)")
        self[pair[0]] = pair[1]
        i += 1
