# object.__reduce__, __reduce_ex__ and __getstate__: the default pickling of instances.


@builtin_method(object)
def __getstate__(self, /):
    return object_getstate(self, False)


def object_getstate(obj, required):
    cls = class_of(obj)
    state = existing_dict(obj)
    state = dict(state) if state else None
    slots = None
    noted = type_dict(cls).get("__slotnames__")
    for c in (cls,) if noted is not None else cls.__mro__:
        names = noted if noted is not None else slot_names(c) if type_flags(c) & 1 else None
        if names:
            for n in list(names):
                try:
                    v = getattr(obj, n)
                except AttributeError:
                    continue
                if slots is None:
                    slots = {}
                slots[n] = v
    if required and state is None and slots is None and cls.__itemsize__ and not type_flags(cls) & 1:
        raise TypeError("cannot pickle " + repr(cls.__name__) + " object")
    if slots:
        return (state, slots)
    return state


# Builtin classes whose instances the default way cannot rebuild.
_unpicklable = ("generator", "coroutine", "async_generator", "frame", "code", "module", "traceback", "cell", "function",
                "dict_keys", "dict_values", "dict_items", "mappingproxy", "memoryview", "super", "getset_descriptor",
                "member_descriptor", "wrapper_descriptor", "classmethod_descriptor", "classmethod", "staticmethod", "property", "ReferenceType")


def _check_picklable(cls):
    base = cls
    while type_flags(base) & 1:
        base = base.__base__
    # A native-like class keeps its state in slots, which only methods of its own can rebuild.
    for c in cls.__mro__ if type_lookup(cls, "__getstate__") is __getstate__ else ():
        if c in _builtin_classes and "__slots__" in c.__dict__ and [s for s in c.__slots__ if s[0] == "_" and s[1] != "_"]:
            raise TypeError("cannot pickle " + repr(cls.__name__) + " object")
    if base in process_bound:
        raise TypeError("cannot pickle " + process_bound_name(base) + " object")
    if base.__name__ in _unpicklable and base.__module__ in ("builtins", "weakref"):
        raise TypeError("cannot pickle " + repr(cls.__name__) + " object")


@builtin_method(object)
def __reduce__(self, /):
    import copyreg
    return copyreg._reduce_ex(self, 0)


_object_reduce = type_lookup(object, "__reduce__")


@builtin_method(object)
def __reduce_ex__(self, protocol, /):
    cls = class_of(self)
    reduce = type_lookup(cls, "__reduce__")
    if reduce is not _object_reduce:
        return bind(reduce, self, cls)()
    own = existing_dict(self)
    if own and "__reduce__" in own:
        return own["__reduce__"]()
    import copyreg
    if protocol < 2:
        return copyreg._reduce_ex(self, protocol)
    _check_picklable(cls)
    args = ()
    kwargs = None
    has_args = False
    getnewargs_ex = type_lookup(cls, "__getnewargs_ex__", None)
    if getnewargs_ex is not None:
        pair = bind(getnewargs_ex, self, cls)()
        if not isinstance(pair, tuple):
            raise TypeError("__getnewargs_ex__ should return a tuple, not '" + class_of(pair).__name__ + "'")
        if len(pair) != 2:
            raise ValueError("__getnewargs_ex__ should return a tuple of length 2, not " + str(len(pair)))
        args, kwargs = pair
        if not isinstance(args, tuple):
            raise TypeError("first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '" + class_of(args).__name__ + "'")
        if not isinstance(kwargs, dict):
            raise TypeError("second item of the tuple returned by __getnewargs_ex__ must be a dict, not '" + class_of(kwargs).__name__ + "'")
        has_args = True
    else:
        getnewargs = type_lookup(cls, "__getnewargs__", None)
        if getnewargs is not None:
            args = bind(getnewargs, self, cls)()
            if not isinstance(args, tuple):
                raise TypeError("__getnewargs__ should return a tuple, not '" + class_of(args).__name__ + "'")
            has_args = True
    is_list = isinstance(self, list)
    is_dict = isinstance(self, dict)
    getstate = type_lookup(cls, "__getstate__")
    if getstate is __getstate__ and not (own and "__getstate__" in own):
        state = object_getstate(self, not has_args and not is_list and not is_dict)
    else:
        state = self.__getstate__()
    if kwargs:
        make = copyreg.__newobj_ex__
        new_args = (cls, args, kwargs)
    else:
        make = copyreg.__newobj__
        new_args = (cls,) + args
    return (make, new_args, state, iter(self) if is_list else None, iter(dict.items(self)) if is_dict else None)
