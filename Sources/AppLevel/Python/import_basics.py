# Definitions that the other system sources build on; its name sorts first among them.


def system_function(module, name):
    """Decorator: the function becomes `name` of a native module."""
    def install(function):
        function.__name__ = name
        function.__qualname__ = name
        return module_function(module)(function)
    return install


def system_class(module, name):
    """Decorator: the class becomes `name` of a native module."""
    return builtin_class(module, name)


def system_retry(native, window):
    """An interrupted system call again; signal handlers have run in between, or run here."""
    return system_recall(native, window)


def system_retry_collected(native, window):
    """A call that found no free descriptor again, after the collector has closed what nothing holds."""
    gc_collect()
    system_second_try(True)
    try:
        return system_recall(native, window)
    finally:
        system_second_try(False)


# Struct sequences.
class structseq_member:
    """Class attribute in place of a field that instances keep in their dict."""

    def __init__(self, name):
        self.__name__ = name

    def __repr__(self):
        return "<member " + repr(self.__name__) + ">"


def structseq_getter(index):
    return property(lambda self: tuple.__getitem__(self, index))


structseq_absent = object()


def structseq_new(cls, sequence=structseq_absent, dict=structseq_absent):
    if sequence is structseq_absent:
        raise TypeError("structseq() missing required argument 'sequence' (pos 1)")
    if dict is structseq_absent:
        dict = structseq_dict()
    return structseq_build(cls, sequence, dict)


def structseq_build(cls, sequence, dict):
    full = cls.__module__ + "." + cls.__name__
    try:
        items = tuple(sequence)
    except TypeError:
        raise TypeError("constructor requires a sequence") from None
    if not isinstance(dict, structseq_dict):
        raise TypeError(full + "() takes a dict as second arg, if any")
    least = cls.n_sequence_fields
    most = cls.n_fields
    n = len(items)
    if least != most:
        if n < least:
            raise TypeError(full + "() takes an at least " + str(least) + "-sequence (" + str(n) + "-sequence given)")
        if n > most:
            raise TypeError(full + "() takes an at most " + str(most) + "-sequence (" + str(n) + "-sequence given)")
    elif n != least:
        raise TypeError(full + "() takes a " + str(least) + "-sequence (" + str(n) + "-sequence given)")
    hidden = cls._structseq_hidden
    if not hidden:
        return system_make_structseq(cls, items, None)
    extra = {}
    i = least
    for name in hidden:
        if i < n:
            extra[name] = items[i]
        elif dict is not None:
            extra[name] = dict.get(name)
        else:
            extra[name] = None
        i += 1
    return system_make_structseq(cls, items[:least], extra)


structseq_dict = dict


def structseq_repr(self):
    cls = type(self)
    names = cls._structseq_shown
    parts = []
    i = 0
    for value in self:
        if i == len(names):
            break
        parts.append(names[i] + "=" + repr(value))
        i += 1
    return cls.__module__ + "." + cls.__name__ + "(" + ", ".join(parts) + ")"


def structseq_reduce(self):
    cls = type(self)
    extra = {}
    for name in cls._structseq_hidden:
        extra[name] = getattr(self, name)
    return cls, (tuple(self), extra)


def structseq_setattr(self, name, value):
    if hasattr(type(self), name):
        raise AttributeError("readonly attribute")
    raise AttributeError("'" + type(self).__module__ + "." + type(self).__name__ + "' object has no attribute " + repr(name))


def structseq_delattr(self, name):
    structseq_setattr(self, name, None)


def structseq_type(module, name, fields, visible=None, doc=None, instantiable=True):
    """A tuple class with named items. `None` in `fields` is an unnamed item; those from `visible` on are attributes only."""
    if visible is None:
        visible = len(fields)
    hidden = tuple(fields[visible:])
    named = [f for f in fields if f is not None]
    namespace = {
        "__module__": module, "__doc__": doc, "__repr__": structseq_repr, "__reduce__": structseq_reduce,
        "n_fields": len(fields), "n_sequence_fields": visible, "n_unnamed_fields": len(fields) - len(named),
        "__match_args__": tuple([f for f in fields[:visible] if f is not None]),
        "_structseq_hidden": hidden, "_structseq_shown": tuple(named[:visible]),
    }
    if instantiable:
        namespace["__new__"] = structseq_new
    else:
        def refuse(cls, *args, **kwargs):
            raise TypeError("cannot create '" + module + "." + name + "' instances")
        namespace["__new__"] = refuse
    if hidden:
        namespace["__setattr__"] = structseq_setattr
        namespace["__delattr__"] = structseq_delattr
    else:
        namespace["__slots__"] = ()
    i = 0
    for f in fields:
        if f is not None:
            namespace[f] = structseq_getter(i) if i < visible else structseq_member(f)
        i += 1
    return type(name, (tuple,), namespace)
