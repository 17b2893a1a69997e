# types.GenericAlias and types.UnionType. Fields of an alias: origin, arguments, parameters or None, starred;
# of a union: arguments, parameters or None.

_GenericAlias = builtin_type("genericAlias")
_UnionType = builtin_type("unionType")
_none_type = typeOf(None)

_alias_own = _frozenset((
    "__class__", "__bases__", "__origin__", "__args__", "__unpacked__", "__parameters__", "__typing_unpacked_tuple_args__",
    "__mro_entries__", "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__"))


def alias_make(cls, origin, args, starred=False):
    if typeOf(args) is not _tuple:
        args = _tuple.__new__(_tuple, args) if isInstanceOf(args, _tuple) else (args,)
    if cls is _GenericAlias:
        a = makeGenericAlias(origin, args)
    else:
        a = newRecord(cls)
        fieldSet(a, 0, origin)
        fieldSet(a, 1, args)
        fieldSet(a, 2, None)
    fieldSet(a, 3, starred)
    return a


def alias_new(cls, origin, args, /):
    return alias_make(cls, origin, args)


alias_new.__name__ = "__new__"
raw_set_type_attr(_GenericAlias, "__new__", staticmethod(alias_new))


def alias_parameters(args):
    r = []
    for arg in args:
        if is_type(arg):
            continue
        if getattr(arg, "__typing_subst__", None) is not None:
            if arg not in r:
                r.append(arg)
            continue
        sub = getattr(arg, "__parameters__", None)
        if isInstanceOf(sub, _tuple):
            for p in sub:
                if p not in r:
                    r.append(p)
    return listToTuple(r)


def alias_getParameters(a, field):
    p = fieldGet(a, field)
    if p is None:
        p = alias_parameters(fieldGet(a, field - 1))
        fieldSet(a, field, p)
    return p


def alias_unpackArgs(item):
    r = []
    for x in item if isInstanceOf(item, _tuple) else (item,):
        if not is_type(x):
            sub = getattr(x, "__typing_unpacked_tuple_args__", None)
            if isInstanceOf(sub, _tuple) and not (sub and sub[-1] is Ellipsis):
                r.extend(sub)
                continue
        r.append(x)
    return listToTuple(r)


def alias_position(params, x):
    i = 0
    for p in params:
        if p is x:
            return i
        i += 1
    return -1


def alias_substituteNested(o, params, items):
    sub = getattr(o, "__parameters__", None)
    if not isInstanceOf(sub, _tuple) or not sub:
        return o
    args = []
    for arg in sub:
        i = alias_position(params, arg)
        if i >= 0:
            param = params[i]
            arg = items[i]
            if lookupType(typeOf(param), "__iter__") is not None and isInstanceOf(arg, _tuple):
                args.extend(arg)
                continue
        args.append(arg)
    return o[listToTuple(args)]


def alias_substitute(alias, args, params, item):
    if not params:
        raise TypeError(repr(alias) + " is not a generic class")
    items = alias_unpackArgs(item)
    for p in params:
        prepare = getattr(p, "__typing_prepare_subst__", None)
        if prepare is not None:
            items = prepare(alias, items)
            if not isInstanceOf(items, _tuple):
                items = (items,)
    n = len(items)
    if n != len(params):
        raise TypeError("Too " + ("many" if n > len(params) else "few") + " arguments for " + repr(alias) +
                        "; actual " + _str(n) + ", expected " + _str(len(params)))
    r = []
    for arg in args:
        if is_type(arg):
            r.append(arg)
            continue
        unpack = getattr(arg, "__typing_is_unpacked_typevartuple__", False)
        subst = getattr(arg, "__typing_subst__", None)
        if subst is not None:
            arg = subst(items[alias_position(params, arg)])
        else:
            arg = alias_substituteNested(arg, params, items)
        if unpack:
            r.extend(arg)
        else:
            r.append(arg)
    return listToTuple(r)


def alias_reprItem(x):
    if x is Ellipsis:
        return "..."
    if getattr(x, "__origin__", _missing) is not _missing and getattr(x, "__args__", _missing) is not _missing:
        return repr(x)
    name = getattr(x, "__qualname__", None)
    module = getattr(x, "__module__", None)
    if name is None or module is None:
        return repr(x)
    if module == "builtins":
        return _str(name)
    return _str(module) + "." + _str(name)


@builtin_method(_GenericAlias)
def __repr__(self):
    parts = []
    for x in fieldGet(self, 1):
        parts.append(alias_reprItem(x))
    return ("*" if fieldGet(self, 3) is True else "") + alias_reprItem(fieldGet(self, 0)) + "[" + (", ".join(parts) if parts else "()") + "]"


def alias_getParams(self):
    return alias_getParameters(self, 2)


def alias_getUnpackedArgs(self):
    if fieldGet(self, 3) is True and fieldGet(self, 0) is _tuple:
        return fieldGet(self, 1)
    return None


raw_set_type_attr(_GenericAlias, "__parameters__", property(alias_getParams))
raw_set_type_attr(_GenericAlias, "__typing_unpacked_tuple_args__", property(alias_getUnpackedArgs))


@builtin_method(_GenericAlias)
def __getattribute__(self, name):
    if isInstanceOf(name, _str) and name not in _alias_own:
        return getattr(fieldGet(self, 0), name)
    return _object.__getattribute__(self, name)


@builtin_method(_GenericAlias)
def __getitem__(self, item):
    args = alias_substitute(self, fieldGet(self, 1), alias_getParameters(self, 2), item)
    return alias_make(_GenericAlias, fieldGet(self, 0), args, fieldGet(self, 3))


@builtin_method(_GenericAlias)
def __call__(self, /, *args, **kwargs):
    r = fieldGet(self, 0)(*args, **kwargs)
    try:
        r.__orig_class__ = self
    except (AttributeError, TypeError):
        pass
    return r


@builtin_method(_GenericAlias)
def __mro_entries__(self, bases):
    return (fieldGet(self, 0),)


@builtin_method(_GenericAlias)
def __instancecheck__(self, instance):
    raise TypeError("isinstance() argument 2 cannot be a parameterized generic")


@builtin_method(_GenericAlias)
def __subclasscheck__(self, cls):
    raise TypeError("issubclass() argument 2 cannot be a parameterized generic")


@builtin_method(_GenericAlias)
def __hash__(self):
    return hash(fieldGet(self, 0)) ^ hash(fieldGet(self, 1))


@builtin_method(_GenericAlias)
def __eq__(self, other):
    if not isInstanceOf(other, _GenericAlias):
        return NotImplemented
    if (fieldGet(self, 3) is True) != (fieldGet(other, 3) is True):
        return False
    return fieldGet(self, 0) == fieldGet(other, 0) and fieldGet(self, 1) == fieldGet(other, 1)


@builtin_method(_GenericAlias)
def __reduce__(self):
    if fieldGet(self, 3) is True:
        return (next, (iter(alias_make(_GenericAlias, fieldGet(self, 0), fieldGet(self, 1))),))
    return (_GenericAlias, (fieldGet(self, 0), fieldGet(self, 1)))


@builtin_method(_GenericAlias)
def __dir__(self):
    names = dir(fieldGet(self, 0))
    for n in _alias_own:
        if n not in names:
            names.append(n)
    return names


class alias_iterator:
    # Gives the starred alias, once: what `*tuple[int, ...]` stands for.
    __slots__ = ("alias",)

    def __init__(self, alias):
        self.alias = alias

    def __iter__(self):
        return self

    def __next__(self):
        a = self.alias
        if a is None:
            raise StopIteration
        self.alias = None
        return alias_make(_GenericAlias, fieldGet(a, 0), fieldGet(a, 1), True)

    def __reduce__(self):
        if self.alias is None:
            return (iter, ((),))
        return (iter, (self.alias,))


@builtin_method(_GenericAlias)
def __iter__(self):
    return alias_iterator(self)


@builtin_method(_GenericAlias)
def __or__(self, value):
    return make_union(self, value)


@builtin_method(_GenericAlias)
def __ror__(self, value):
    return make_union(value, self)


# ---- unions

def union_mayBe(x):
    return x is None or is_type(x) or isInstanceOf(x, _GenericAlias) or isInstanceOf(x, _UnionType)


def union_flatten(r, x):
    if x is None:
        x = _none_type
    if isInstanceOf(x, _UnionType):
        for y in fieldGet(x, 0):
            union_flatten(r, y)
        return
    for y in r:
        if isInstanceOf(y, _GenericAlias) or isInstanceOf(x, _GenericAlias):
            if isInstanceOf(y, _GenericAlias) and isInstanceOf(x, _GenericAlias) and y == x:
                return
        elif y is x or y == x:
            return
    r.append(x)


def union_of(items):
    if len(items) == 1:
        return items[0]
    u = newRecord(_UnionType)
    fieldSet(u, 0, listToTuple(items))
    fieldSet(u, 1, None)
    return u


def make_union(x, y):
    if not union_mayBe(x) or not union_mayBe(y):
        return NotImplemented
    items = []
    union_flatten(items, x)
    union_flatten(items, y)
    return union_of(items)


def union_args(self):
    return fieldGet(self, 0)


def union_params(self):
    return alias_getParameters(self, 1)


raw_set_type_attr(_UnionType, "__args__", property(union_args))
raw_set_type_attr(_UnionType, "__parameters__", property(union_params))


def union_or(self, value):
    return make_union(self, value)


def union_ror(self, value):
    return make_union(value, self)


def union_repr(self):
    parts = []
    for x in fieldGet(self, 0):
        parts.append("None" if x is _none_type else alias_reprItem(x))
    return " | ".join(parts)


def union_hash(self):
    return hash(_frozenset(fieldGet(self, 0)))


def union_eq(self, other):
    if not isInstanceOf(other, _UnionType):
        return NotImplemented
    return _set(fieldGet(self, 0)) == _set(fieldGet(other, 0))


def union_getitem(self, item):
    args = alias_substitute(self, fieldGet(self, 0), alias_getParameters(self, 1), item)
    r = args[0]
    for x in args[1:]:
        r = r | x
    return r


def union_instancecheck(self, instance):
    args = fieldGet(self, 0)
    for x in args:
        if not is_type(x):
            raise TypeError("isinstance() argument 2 cannot be a parameterized generic")
    for x in args:
        if isinstance(instance, x):
            return True
    return False


def union_subclasscheck(self, cls):
    if not is_type(cls):
        raise TypeError("issubclass() arg 1 must be a class")
    args = fieldGet(self, 0)
    for x in args:
        if not is_type(x):
            raise TypeError("issubclass() argument 2 cannot be a parameterized generic")
    for x in args:
        if issubclass(cls, x):
            return True
    return False


builtin_method(_UnionType, "__or__")(union_or)
builtin_method(_UnionType, "__ror__")(union_ror)
builtin_method(_UnionType, "__repr__")(union_repr)
builtin_method(_UnionType, "__hash__")(union_hash)
builtin_method(_UnionType, "__eq__")(union_eq)
builtin_method(_UnionType, "__getitem__")(union_getitem)
builtin_method(_UnionType, "__instancecheck__")(union_instancecheck)
builtin_method(_UnionType, "__subclasscheck__")(union_subclasscheck)
