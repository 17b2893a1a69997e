# Classes and attributes: what natives leave to Python because user code may run.

_object = object
_type = type
_BaseException = BaseException
_AttributeError = AttributeError
_TypeError = TypeError
_StopIteration = StopIteration


def builtin_method(type, name=None):
    def install(function):
        raw_set_type_attr(type, name or function.__name__, function)
        if not function.__qualname__.startswith(type.__name__):
            function.__qualname__ = type.__name__ + "." + (name or function.__name__)
        function.__module__ = None
        return function
    return install


def builtin_function(function):
    function.__module__ = "builtins"
    raw_set_builtin(function.__name__, as_builtin_function(function))
    return function


def module_function(module, name=None):
    def install(value):
        value.__module__ = module
        if name is not None:
            value.__name__ = value.__qualname__ = name
        app_module_attr(module, value.__name__, as_builtin_function(value))
        return value
    return install


# Classes that stand for CPython's native ones. There most have no weak reference list of their own, so a subclass may add one.
_builtin_classes = set()


def builtin_class(module="builtins", name=None):
    def install(cls):
        _builtin_classes.add(cls)
        if name is not None:
            cls.__name__ = name
        cls.__qualname__ = cls.__name__
        cls.__module__ = module
        if module == "builtins":
            raw_set_builtin(cls.__name__, cls)
        else:
            app_module_attr(module, cls.__name__, cls)
        return cls
    return install


def app_text_signature(code, defaults, kwdefaults):
    """The `__text_signature__` of a published function, or None where a default has no plain text."""
    names = code.co_varnames
    count, keyword_only, flags = code.co_argcount, code.co_kwonlyargcount, code.co_flags
    parts = []

    def add(name, value):
        if value is None or isinstance(value, (bool, int, float, str, bytes)):
            parts.append(name + "=" + repr(value))
        else:
            parts.append(name + "=<unrepresentable>")
    first = count - len(defaults or ())
    for i in range(count):
        if i < first:
            parts.append(names[i])
        else:
            add(names[i], defaults[i - first])
        if i + 1 == code.co_posonlyargcount:
            parts.append("/")
    if flags & 4:
        parts.append("*" + names[count + keyword_only])
    elif keyword_only:
        parts.append("*")
    for i in range(count, count + keyword_only):
        if kwdefaults and names[i] in kwdefaults:
            add(names[i], kwdefaults[names[i]])
        else:
            parts.append(names[i])
    if flags & 8:
        parts.append("**" + names[count + keyword_only + (1 if flags & 4 else 0)])
    return "(" + ", ".join(parts) + ")"


def typeCall(cls, /, *args, **kwargs):
    new = type_lookup(cls, "__new__")
    new = bind(new, None, cls) if class_of(new) is not _staticmethod_type else new.__func__
    obj = new(cls, *args, **kwargs)
    if not is_subtype(class_of(obj), cls):
        return obj
    cls = class_of(obj)
    init = type_lookup(cls, "__init__")
    result = bind(init, obj, cls)(*args, **kwargs)
    if result is not None:
        raise TypeError("__init__() should return None, not '" + class_of(result).__name__ + "'")
    return obj


_staticmethod_type = staticmethod
_weakref_type = builtin_type("weakref")


def finishInit(obj, /, *args, **kwargs):
    cls = class_of(obj)
    result = bind(type_lookup(cls, "__init__"), obj, cls)(*args, **kwargs)
    if result is not None:
        raise TypeError("__init__() should return None, not '" + class_of(result).__name__ + "'")
    return obj


def call_bound(m, receiver, /, *args, **kwargs):
    return bind(m, receiver, class_of(receiver))(*args, **kwargs)


def load_global_missing(globals, name, builtins):
    try:
        return globals[name]
    except KeyError:
        pass
    try:
        return builtins.__dict__[name] if class_of(builtins) is _module_type else builtins[name]
    except KeyError:
        raise NameError("name '" + name + "' is not defined", name=name) from None


def setup_annotations(namespace):
    try:
        namespace["__annotations__"]
    except KeyError:
        namespace["__annotations__"] = {}


def super_proxied(self, cls, obj):
    # The object's class is what it says.
    c = getattr_default(obj, "__class__", None)
    if not is_type(c) or c is class_of(obj) or not is_subtype(c, cls):
        raise TypeError("super(type, obj): obj must be an instance or subtype of type")
    super_bind(self, cls, obj, c)
    return self


def cell_compare(op, a, b):
    x = cell_get(a)
    y = cell_get(b)
    if x is ... or y is ...:
        left = 0 if x is ... else 1
        right = 0 if y is ... else 1
    else:
        left = x
        right = y
    if op == 0:
        return left < right
    if op == 1:
        return left <= right
    if op == 2:
        return left == right
    if op == 3:
        return left != right
    if op == 4:
        return left > right
    return left >= right


def abstract_error(cls):
    names = sorted(cls.__abstractmethods__)
    plural = "s" if len(names) > 1 else ""
    raise TypeError("Can't instantiate abstract class " + cls.__name__ + " with abstract method" + plural + " " + ", ".join(names))


def _mangle(cls_name, name):
    if name.startswith("__") and not name.endswith("__"):
        stripped = cls_name.lstrip("_")
        if stripped:
            return "_" + stripped + name
    return name


def makeType(meta, args, kwargs):
    if len(args) == 1 and meta is _type:
        if kwargs:
            raise TypeError("type() takes 1 or 3 arguments")
        return class_of(args[0])
    if len(args) != 3:
        raise TypeError("type.__new__() takes exactly 3 arguments (" + str(len(args)) + " given)"
                        if meta is not _type else "type() takes 1 or 3 arguments")
    name, bases, namespace = args
    if not isinstance(name, str):
        raise TypeError("type.__new__() argument 1 must be str, not " + class_of(name).__name__)
    if not isinstance(bases, tuple):
        raise TypeError("type.__new__() argument 2 must be tuple, not " + class_of(bases).__name__)
    if not isinstance(namespace, dict):
        raise TypeError("type.__new__() argument 3 must be dict, not " + class_of(namespace).__name__)
    if "\0" in name:
        raise ValueError("type name must not contain null characters")
    if not name.isascii():
        name.encode()
    winner = meta
    for b in bases:
        if not is_type(b):
            if hasattr(b, "__mro_entries__"):
                raise TypeError("type() doesn't support MRO entry resolution; use types.new_class()")
            raise TypeError("bases must be types")
        m = class_of(b)
        if is_subtype(winner, m):
            continue
        if is_subtype(m, winner):
            winner = m
            continue
        raise TypeError("metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases")
    if winner is not meta:
        new = type_lookup(winner, "__new__")
        if new is not type_lookup(_type, "__new__"):
            if class_of(new) is _staticmethod_type:
                new = new.__func__
            return new(winner, *args, **kwargs)
        meta = winner
    if not bases:
        bases = (_object,)
    ns = {}
    for k, v in dict.items(namespace):
        ns[k] = v
    slots = None
    wants_dict = wants_weakref = hidden_dict = False
    if "__slots__" in ns:
        given = ns["__slots__"]
        if isinstance(given, str):
            given = (given,)
        else:
            given = tuple(given)
        slots = []
        base_flags = 0
        for b in bases:
            base_flags |= type_flags(b) & ~32 if b in _builtin_classes else type_flags(b)
        for s in given:
            if not isinstance(s, str):
                raise TypeError("__slots__ items must be strings, not '" + class_of(s).__name__ + "'")
            if not s.isidentifier():
                raise TypeError("__slots__ must be identifiers")
            if s == "__dict__":
                if wants_dict or base_flags & 16:
                    raise TypeError("__dict__ slot disallowed: we already got one")
                wants_dict = True
            elif s == "__weakref__":
                if wants_weakref or base_flags & 32:
                    raise TypeError("__weakref__ slot disallowed: either we already got one, or __itemsize__ != 0")
                wants_weakref = True
            else:
                s = _mangle(name, s)
                if s in ns and s not in ("__qualname__", "__classcell__"):
                    raise ValueError(repr(s) + " in __slots__ conflicts with class variable")
                if s not in slots:
                    slots.append(s)
        slots = tuple(sorted(slots))
        for b in bases:
            if is_subtype(b, _weakref_type) or slots and (is_subtype(b, float) or is_subtype(b, str)):
                # No room for slots behind such an object: they live among its attributes.
                hidden_dict = is_subtype(b, _weakref_type) and not wants_dict
                slots = None
                wants_dict = wants_weakref = False
    cell = ns.pop("__classcell__", ...)
    if cell is not ... and class_of(cell) is not _cell_type:
        raise TypeError("type.__new__(): __classcell__ must be a nonlocal cell, not " + repr(class_of(cell)))
    qualname = ns.pop("__qualname__", name)
    if not isinstance(qualname, str):
        raise TypeError("type __qualname__ must be a str, not " + class_of(qualname).__name__)
    for special in ("__init_subclass__", "__class_getitem__"):
        f = ns.get(special)
        if class_of(f) is _function_type:
            ns[special] = classmethod(f)
    f = ns.get("__new__")
    if class_of(f) is _function_type:
        ns["__new__"] = staticmethod(f)
    if "__eq__" in ns and "__hash__" not in ns:
        ns["__hash__"] = None
    doc = ns.setdefault("__doc__", None)
    if class_of(doc) is str and not doc.isascii():
        doc.encode()
    if "__module__" not in ns:
        frame = current_frame()
        if frame is not None:
            module = frame.f_globals.get("__name__")
            if module is not None:
                ns["__module__"] = module
    cls = create_type(meta, name, bases, ns, None if slots is None else tuple(slots), wants_dict, wants_weakref)
    if hidden_dict:
        ns.pop("__dict__", None)
    type_set_qualname(cls, qualname)
    if cell is not ...:
        cell.cell_contents = cls
    if type_mro(cls) is None:
        mro = _asked_mro(cls)
        if type_mro(cls) is None:
            type_finish(cls, mro)
        if cls not in mro:
            raise TypeError("super(type, obj): obj must be an instance or subtype of type")
    for k, v in list(ns.items()):
        vt = class_of(v)
        if vt is _function_type:
            continue
        set_name = type_lookup(vt, "__set_name__", None)
        if set_name is not None:
            try:
                bind(set_name, v, vt)(cls, k)
            except BaseException as e:
                raise RuntimeError("Error calling __set_name__ on '" + vt.__name__ + "' instance " + repr(k)
                                   + " in '" + name + "'") from e
    super(cls, cls).__init_subclass__(**kwargs)
    return cls


def _f():
    x = 1

    def g():
        return x
    return g


_function_type = class_of(_f)
_module_type = builtin_type("module")
_cell_type = class_of(_f().__closure__[0])
_type_mro = type_lookup(_type, "mro")


def type_check_name(name):
    name.encode()


def _asked_mro(cls):
    meta = class_of(cls)
    method = type_lookup(meta, "mro")
    mro = tuple(bind(method, cls, meta)())
    if method is not _type_mro:
        for c in mro:
            if not is_type(c):
                raise TypeError("mro() returned a non-class ('" + class_of(c).__name__ + "')")
            if not layout_fits(cls, c):
                raise TypeError("mro() returned base with unsuitable layout ('" + c.__name__ + "')")
    if not mro:
        raise TypeError("type MRO must not be empty")
    return mro


def _renew_mros(cls, changed):
    # A class first, then its subclasses. Where mro() has itself brought a new MRO about, that one stays.
    old = type_mro(cls)
    new = _asked_mro(cls)
    if type_mro(cls) is not old:
        return
    type_set_mro(cls, new)
    changed.append((cls, new, old))
    for c in _type.__subclasses__(cls):
        _renew_mros(c, changed)


def type_set_bases(cls, bases):
    best = type_check_bases(cls, bases)
    old = type_bases(cls)
    old_base = type_base(cls)
    type_put_bases(cls, bases, best)
    changed = []
    try:
        _renew_mros(cls, changed)
    except BaseException:
        for c, new, before in reversed(changed):
            if type_mro(c) is new and before is not None:
                type_set_mro(c, before)
        if type_bases(cls) is bases:
            type_put_bases(cls, old, old_base)
        raise
    if type_bases(cls) is bases:
        type_move_subclass(cls, old, bases)


def _find_foreign(cls, name):
    for c in type_mro(cls) or ():
        d = type_dict(c)
        if dict.__contains__(d, name):
            return dict.__getitem__(d, name)
    return ...


def getattr_foreign(obj, name):
    # An attribute where keys that are not strings take part: comparing with them runs their methods.
    cls = class_of(obj)
    found = _find_foreign(cls, name)
    if found is not ...:
        kind = class_of(found)
        if type_lookup(kind, "__get__", None) is not None and (type_lookup(kind, "__set__", None) is not None
                                                               or type_lookup(kind, "__delete__", None) is not None):
            return bind(found, obj, cls)
    if is_type(obj):
        own = _find_foreign(obj, name)
        if own is not ...:
            get = type_lookup(class_of(own), "__get__", None)
            return own if get is None else bind(get, own, class_of(own))(None, obj)
    else:
        d = attribute_dict(obj)
        if d is not None and dict.__contains__(d, name):
            return dict.__getitem__(d, name)
    if found is not ...:
        return bind(found, obj, cls)
    if is_type(obj):
        raise AttributeError("type object '" + obj.__name__ + "' has no attribute '" + name + "'", name=name, obj=obj)
    raise AttributeError("'" + cls.__name__ + "' object has no attribute '" + name + "'", name=name, obj=obj)


def buildClass(func, name, /, *bases, metaclass=None, **kwargs):
    if not isinstance(name, str):
        raise TypeError("__build_class__: name is not a string")
    orig = bases
    for b in bases:
        if not is_type(b):
            bases = _resolve_bases(bases)
            break
    explicit = metaclass
    if metaclass is None:
        metaclass = class_of(bases[0]) if bases else _type
    if is_type(metaclass):
        for b in bases:
            m = class_of(b)
            if is_subtype(metaclass, m):
                continue
            if is_subtype(m, metaclass):
                metaclass = m
                continue
            raise TypeError("metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases")
    if metaclass is _type:
        ns = {}
    else:
        prepare = getattr_default(metaclass, "__prepare__", None)
        if prepare is None:
            ns = {}
        else:
            ns = prepare(name, bases, **kwargs)
            if not hasattr(class_of(ns), "__getitem__"):
                raise TypeError((metaclass.__name__ if is_type(metaclass) else "<metaclass>")
                                + ".__prepare__() must return a mapping, not " + class_of(ns).__name__)
    cell = run_class_body(func, ns)
    if bases is not orig:
        ns["__orig_bases__"] = orig
    cls = metaclass(name, bases, ns, **kwargs)
    if class_of(cell) is _cell_type and is_type(cls):
        content = cell_get(cell)
        if content is ...:
            raise RuntimeError("__class__ not set defining " + repr(name) + " as " + repr(cls) + ". Was __classcell__ propagated to type.__new__?")
        if content is not cls:
            raise TypeError("__class__ set to " + repr(content) + " defining " + repr(name) + " as " + repr(cls))
    return cls


raw_set_builtin("__build_class__", buildClass)
buildClass.__name__ = buildClass.__qualname__ = "__build_class__"
buildClass.__module__ = "builtins"


def _resolve_bases(bases):
    out = []
    for b in bases:
        if is_type(b):
            out.append(b)
            continue
        entries = getattr_default(b, "__mro_entries__", None)
        if entries is None:
            out.append(b)
            continue
        new = entries(bases)
        if not isinstance(new, tuple):
            raise TypeError("__mro_entries__ must return a tuple")
        out.extend(new)
    return tuple(out)


def instancecheck_class(cls, instance):
    c = getattr_default(instance, "__class__", None)
    return c is not class_of(instance) and is_type(c) and is_subtype(c, cls)


def subclasscheck_bases(cls, sub):
    return _abstract_issubclass(sub, cls, "issubclass() arg 1 must be a class")


def _abstract_issubclass(sub, cls, message):
    if not isinstance(getattr_default(sub, "__bases__", None), tuple):
        raise TypeError(message)
    return _reaches(sub, cls)


def _reaches(c, cls):
    # Python's frames bound the depth; one base after the other needs none.
    while True:
        if c is cls:
            return True
        bases = getattr_default(c, "__bases__", None)
        if not isinstance(bases, tuple) or not bases:
            return False
        if len(bases) > 1:
            break
        c = bases[0]
    for b in bases:
        if _reaches(b, cls):
            return True
    return False


def isinstance_(obj, cls):
    if class_of(obj) is cls:
        return True
    if isinstance_tuple(cls):
        for c in tuple.__iter__(cls):
            if isinstance_(obj, c):
                return True
        return False
    check = type_lookup(class_of(cls), "__instancecheck__", None)
    if check is not None:
        return True if bind(check, cls, class_of(cls))(obj) else False
    if not isinstance(getattr_default(cls, "__bases__", None), tuple):
        raise TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union")
    c = getattr_default(obj, "__class__", None)
    if c is None or not isinstance(getattr_default(c, "__bases__", None), tuple):
        return False
    return _reaches(c, cls)


def isinstance_tuple(c):
    return is_subtype(class_of(c), tuple)


def issubclass_(sub, cls):
    if isinstance_tuple(cls):
        for c in tuple.__iter__(cls):
            if issubclass_(sub, c):
                return True
        return False
    check = type_lookup(class_of(cls), "__subclasscheck__", None)
    if check is not None:
        return True if bind(check, cls, class_of(cls))(sub) else False
    if not isinstance(getattr_default(sub, "__bases__", None), tuple):
        raise TypeError("issubclass() arg 1 must be a class")
    if not isinstance(getattr_default(cls, "__bases__", None), tuple):
        raise TypeError("issubclass() arg 2 must be a class, a tuple of classes, or a union")
    return _abstract_issubclass(sub, cls, "issubclass() arg 1 must be a class")


def getattrHook(obj, name):
    cls = class_of(obj)
    try:
        return bind(type_lookup(cls, "__getattribute__"), obj, cls)(name)
    except _AttributeError:
        hook = type_lookup(cls, "__getattr__", None)
        if hook is None:
            raise
    return bind(hook, obj, cls)(name)


def getattr_default(obj, name, default):
    try:
        return getattr(obj, name)
    except _AttributeError:
        return default


def hasattrSlow(obj, name):
    try:
        getattr(obj, name)
    except _AttributeError:
        return False
    return True


def setattrDescriptor(obj, name, value):
    set_attribute(obj, name, value)


def delattrDescriptor(obj, name):
    del_attribute(obj, name)


def getAttrDefault(namespace, name, fallback):
    # A name in a class body whose namespace is not a plain dict; fallback is the function or the cell.
    try:
        return namespace[name]
    except KeyError:
        pass
    if class_of(fallback) is _cell_type:
        v = cell_get(fallback)
        if v is ...:
            raise NameError("cannot access free variable '" + name + "' where it is not associated with a value in enclosing scope", name=name)
        return v
    try:
        return fallback.__globals__[name]
    except KeyError:
        pass
    try:
        return fallback.__builtins__[name]
    except KeyError:
        raise NameError("name '" + name + "' is not defined", name=name) from None


def object_ne(a, b):
    cls = class_of(a)
    r = bind(type_lookup(cls, "__eq__"), a, cls)(b)
    if r is NotImplemented:
        return r
    return not r


_wrapper_type = class_of(type_lookup(list, "__add__"))
_sequence_types = (list, tuple, str, bytes, bytearray)


def _is_sequence_slot(name, method):
    # Concatenation and repetition of sequences are asked last, after the numbers' methods of both operands.
    return ((name == "__add__" or name == "__mul__") and class_of(method) is _wrapper_type and method.__objclass__ in _sequence_types)


def binarySlow(op, x, y):
    left_name, right_name, in_place = binary_names(op)
    tx = class_of(x)
    ty = class_of(y)
    # A method that is None is called, and so refuses the operation.
    left = type_lookup(tx, left_name, ...)
    right = ...
    if tx is not ty:
        right = type_lookup(ty, right_name, ...)
        if right is not ... and is_subtype(ty, tx) and right is not type_lookup(tx, right_name, ...):
            r = bind(right, y, ty)(x)
            if r is not NotImplemented:
                return r
            right = ...
    if right is not ... and _is_sequence_slot(left_name, left):
        r = bind(right, y, ty)(x)
        if r is not NotImplemented:
            return r
        right = ...
    if left is not ...:
        r = bind(left, x, tx)(y)
        if r is not NotImplemented:
            return r
    if right is not ...:
        r = bind(right, y, ty)(x)
        if r is not NotImplemented:
            return r
    return binary_type_error(op, x, y)


def inplaceSlow(op, x, y):
    tx = class_of(x)
    names = binary_names(op)
    m = type_lookup(tx, names[2], ...)
    if m is not ...:
        ty = class_of(y)
        if tx is not ty and _is_sequence_slot(names[0], m):
            right = type_lookup(ty, names[1], ...)
            if right is not ...:
                r = bind(right, y, ty)(x)
                if r is not NotImplemented:
                    return r
        r = bind(m, x, tx)(y)
        if r is not NotImplemented:
            return r
    try:
        return binary_operation(op, x, y)
    except TypeError as e:
        if e.args and isinstance(e.args[0], str) and e.args[0].startswith("unsupported operand type(s) for ") and (e.__traceback__ is None or e.__traceback__.tb_next is None):
            return binary_type_error(op + 13, x, y)
        raise


def compare_bound(m, x, cls, y):
    if class_of(m) is _function_type:
        return m(x, y)
    # A comparison that cannot be had is none.
    try:
        m = bind(m, x, cls)
    except BaseException:
        return NotImplemented
    return m(y)


def compareSlow(op, x, y):
    name, swapped = compare_names(op)
    tx = class_of(x)
    ty = class_of(y)
    reflected = False
    if tx is not ty and is_subtype(ty, tx):
        m = type_lookup(ty, swapped, ...)
        if m is not ...:
            reflected = True
            r = compare_bound(m, y, ty, x)
            if r is not NotImplemented:
                return r
    m = type_lookup(tx, name, ...)
    if m is not ...:
        r = compare_bound(m, x, tx, y)
        if r is not NotImplemented:
            return r
    if not reflected:
        m = type_lookup(ty, swapped, ...)
        if m is not ...:
            r = compare_bound(m, y, ty, x)
            if r is not NotImplemented:
                return r
    if op == 2:
        return x is y
    if op == 3:
        return x is not y
    return compare_type_error(op, x, y)


def truth(x):
    cls = class_of(x)
    m = type_lookup(cls, "__bool__", ...)
    if m is not ...:
        r = bind(m, x, cls)()
        if r is True or r is False:
            return r
        raise TypeError("__bool__ should return bool, returned " + class_of(r).__name__)
    r = bind(type_lookup(cls, "__len__"), x, cls)()
    return _length(r) != 0


def _length(r):
    if class_of(r) is not int:
        index = type_lookup(class_of(r), "__index__", None)
        if index is None:
            raise TypeError("'" + class_of(r).__name__ + "' object cannot be interpreted as an integer")
        r = bind(index, r, class_of(r))()
    if r < 0:
        raise ValueError("__len__() should return >= 0")
    if r > 0x7fffffffffffffff:
        raise OverflowError("cannot fit 'int' into an index-sized integer")
    return r


def callEx(f, args, kwargs):
    if class_of(args) is not tuple and not isinstance_tuple(args):
        try:
            args = tuple(args)
        except TypeError:
            if type_lookup(class_of(args), "__iter__", None) is None and type_lookup(class_of(args), "__getitem__", None) is None:
                raise TypeError(_callable_name(f) + " argument after * must be an iterable, not " + class_of(args).__name__) from None
            raise
    if kwargs is None:
        return f(*args)
    if class_of(kwargs) is not dict:
        d = {}
        dictMerge(d, kwargs, f)
        kwargs = d
    return f(*args, **kwargs)


def _callable_name(f):
    name = getattr_default(f, "__qualname__", None)
    if not isinstance(name, str):
        return str(f)
    module = getattr_default(f, "__module__", None)
    if isinstance(module, str) and module != "builtins":
        return module + "." + name + "()"
    return name + "()"


def raiseInstance(exc, cause):
    if is_type(exc):
        e = exc()
        if not is_subtype(class_of(e), _BaseException):
            raise TypeError("calling " + repr(exc) + " should have returned an instance of BaseException, not " + repr(class_of(e)))
        exc = e
    if cause is not ...:
        if is_type(cause) and is_subtype(cause, _BaseException):
            c = cause()
            if not is_subtype(class_of(c), _BaseException):
                raise TypeError("calling " + repr(cause) + " should have returned an instance of BaseException, not " + repr(class_of(c)))
            cause = c
        elif cause is not None and not is_subtype(class_of(cause), _BaseException):
            raise TypeError("exception causes must derive from BaseException")
        exc.__cause__ = cause
    raise_with_context(exc)


def method_repr(m):
    f = m.__func__
    name = getattr_default(f, "__qualname__", None)
    if not isinstance(name, str):
        name = getattr_default(f, "__name__", None)
        if not isinstance(name, str):
            name = "?"
    return "<bound method " + name + " of " + repr(m.__self__) + ">"


def method_reduce(m):
    return (getattr, (m.__self__, m.__name__))


def descriptor_reduce(d):
    return (getattr, (d.__objclass__, d.__name__))


def property_get(p, obj):
    if p.fget is None:
        return bind(p, obj, class_of(obj))
    return p.fget(obj)


def property_set(p, obj, value):
    if p.fset is None:
        raise AttributeError(_property_text(p, obj, "setter"))
    p.fset(obj, value)


def property_delete(p, obj):
    if p.fdel is None:
        raise AttributeError(_property_text(p, obj, "deleter"))
    p.fdel(obj)


def _property_text(p, obj, what):
    name = property_name(p)
    return "property" + (" " + repr(name) if name is not None else "") + " of " + repr(class_of(obj).__qualname__) + " object has no " + what


def property_copy(p, fget, fset, fdel):
    doc = p.__doc__
    if fget is None:
        fget = p.fget
    if property_doc_from_getter(p) and fget is not None:
        doc = None
    new = class_of(p)(fget, p.fset if fset is None else fset, p.fdel if fdel is None else fdel, doc)
    property_copy_name(new, p)
    return new


def property_doc(p, fget):
    doc = getattr_default(fget, "__doc__", None)
    if doc is not None:
        p.__doc__ = doc


def property_abstract(p):
    for f in (p.fget, p.fset, p.fdel):
        if f is not None and getattr_default(f, "__isabstractmethod__", False):
            return True
    return False


def is_abstract(f):
    return True if getattr_default(f, "__isabstractmethod__", False) else False


def wrapper_repr(kind, f):
    return "<" + kind + "(" + repr(f) + ")>"


def wrap_attributes(wrapper, f):
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        v = getattr_default(f, name, ...)
        if v is not ...:
            wrapper.__dict__[name] = v
    a = getattr_default(f, "__annotations__", ...)
    if a is not ...:
        wrapper.__dict__["__annotations__"] = a


def module_repr(m):
    spec = m.__dict__.get("__spec__")
    name = m.__dict__.get("__name__", "?")
    if spec is not None:
        return _module_repr_from_spec(m, spec)
    f = m.__dict__.get("__file__")
    own = getattr_default(m.__dict__.get("__loader__"), "module_repr", None)
    if own is not None:
        try:
            return own(m)
        except Exception:
            pass
    if f is None:
        loader = m.__dict__.get("__loader__")
        if loader is None:
            return "<module " + repr(name) + ">"
        return "<module " + repr(name) + " (" + repr(loader) + ")>"
    return "<module " + repr(name) + " from " + repr(f) + ">"


def _module_repr_from_spec(m, spec):
    name = "?" if spec.name is None else spec.name
    if spec.origin is None:
        if spec.loader is None:
            return "<module " + repr(name) + ">"
        return "<module " + repr(name) + " (" + repr(spec.loader) + ")>"
    if spec.has_location:
        return "<module " + repr(name) + " from " + repr(spec.origin) + ">"
    return "<module " + repr(spec.name) + " (" + spec.origin + ")>"


def module_dir(m):
    d = m.__dict__
    if not isinstance(d, dict):
        raise TypeError(getattr_default(m, "__name__", "?") + ".__dict__ is not a dictionary")
    hook = d.get("__dir__")
    if hook is not None:
        return hook()
    return list(d)


@builtin_method(object)
def __dir__(self, /):
    names = {}
    d = getattr_default(self, "__dict__", None)
    if isinstance(d, dict):
        for k in d:
            names[k] = None
    c = getattr_default(self, "__class__", None)
    if c is not None:
        _collect_class_names(c, names)
    return list(names)


def _collect_class_names(cls, names):
    mro = getattr_default(cls, "__mro__", ())
    for c in mro:
        d = getattr_default(c, "__dict__", None)
        if d is not None:
            for k in d:
                names[k] = None


@builtin_method(type, "__dir__")
def _type_dir(self, /):
    names = {}
    _collect_class_names(self, names)
    return list(names)


@builtin_function
def dir(*args):
    if not args:
        frame = current_frame()
        names = frame_locals(frame)
        if class_of(names) is dict:
            names = list(names)
        else:
            keys = names.keys()
            try:
                names = list(keys)
            except TypeError:
                raise TypeError(class_of(names).__name__ + ".keys() returned a non-iterable (type " + class_of(keys).__name__ + ")") from None
    else:
        if len(args) > 1:
            raise TypeError("dir expected at most 1 argument, got " + str(len(args)))
        obj = args[0]
        m = type_lookup(class_of(obj), "__dir__", None)
        if m is None:
            raise TypeError("object does not provide __dir__")
        names = list(bind(m, obj, class_of(obj))())
    names.sort()
    return names


@builtin_method(type)
def __or__(self, value, /):
    return make_union(self, value)


@builtin_method(type)
def __ror__(self, value, /):
    return make_union(value, self)


def code_equal(a, b):
    return constants_equal(a, b)


def constants_equal(a, b):
    work = [(a, b)]
    while work:
        x, y = work.pop()
        if class_of(x) is not class_of(y):
            return False
        if class_of(x) is tuple:
            if len(x) != len(y):
                return False
            work.extend(zip(x, y))
        elif class_of(x) is float or class_of(x) is complex:
            if repr(x) != repr(y):
                return False
        elif x != y:
            return False
    return True


def len_(x):
    cls = class_of(x)
    m = type_lookup(cls, "__len__", None)
    if m is None:
        raise TypeError("object of type '" + cls.__name__ + "' has no len()")
    return _length(bind(m, x, cls)())


def repr_(x):
    cls = class_of(x)
    r = bind(type_lookup(cls, "__repr__"), x, cls)()
    if not is_subtype(class_of(r), str):
        raise TypeError("__repr__ returned non-string (type " + class_of(r).__name__ + ")")
    return r


def hash_(x):
    return hash(x)


def printExpr(value):
    import sys
    hook = getattr_default(sys, "displayhook", None)
    if hook is None:
        raise RuntimeError("lost sys.displayhook")
    hook(value)


def keyError(key):
    raise KeyError(key)


def warn(category, message, result):
    import warnings
    warnings.warn(message, category, stacklevel=2)
    return result


def matchClass(subject, cls, count, names):
    if not is_type(cls):
        raise TypeError("called match pattern must be a class")
    if not isinstance(subject, cls):
        return None
    out = []
    seen = []
    if count:
        match_self = False
        args = getattr_default(cls, "__match_args__", ...)
        if args is ...:
            for b in (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple):
                if is_subtype(cls, b):
                    match_self = True
            args = ()
        elif class_of(args) is not tuple:
            raise TypeError(cls.__name__ + ".__match_args__ must be a tuple (got " + class_of(args).__name__ + ")")
        allowed = 1 if match_self else len(args)
        if count > allowed:
            raise TypeError(cls.__name__ + "() accepts " + str(allowed) + " positional sub-pattern" + ("" if allowed == 1 else "s")
                            + " (" + str(count) + " given)")
        if match_self:
            out.append(subject)
        else:
            for i in range(count):
                name = args[i]
                if class_of(name) is not str:
                    raise TypeError("__match_args__ elements must be strings (got " + class_of(name).__name__ + ")")
                if name in seen:
                    raise TypeError(cls.__name__ + "() got multiple sub-patterns for attribute " + repr(name))
                seen.append(name)
                v = getattr_default(subject, name, ...)
                if v is ... and not _has_ellipsis(subject, name):
                    return None
                out.append(v)
    for name in names:
        if name in seen:
            raise TypeError(cls.__name__ + "() got multiple sub-patterns for attribute " + repr(name))
        seen.append(name)
        v = getattr_default(subject, name, ...)
        if v is ... and not _has_ellipsis(subject, name):
            return None
        out.append(v)
    return tuple(out)


def _has_ellipsis(subject, name):
    return hasattr(subject, name)
