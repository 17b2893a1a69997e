# Weak references: what needs Python code, and proxies.


def weakref_hash(ref, obj):
    return weakref_set_hash(ref, hash(obj))


def weakref_remove_dead(d, key):
    r = d.get(key)
    if r is not None and r() is None:
        del d[key]


def _proxy_target(p):
    obj = object.__getattribute__(p, "_weakref_ref")()
    if obj is None:
        raise ReferenceError("weakly-referenced object no longer exists")
    return obj


class weakproxy:
    __slots__ = ("_weakref_ref", "__weakref__")

    def __getattribute__(self, name):
        return getattr(_proxy_target(self), name)

    def __setattr__(self, name, value):
        setattr(_proxy_target(self), name, value)

    def __delattr__(self, name):
        delattr(_proxy_target(self), name)

    def __repr__(self):
        obj = object.__getattribute__(self, "_weakref_ref")()
        return "<weakproxy at " + hex(id(self)) + " to " + class_of(obj).__name__ + " at " + hex(id(obj)) + ">"

    def __str__(self):
        return str(_proxy_target(self))

    def __bytes__(self):
        return bytes(_proxy_target(self))

    def __bool__(self):
        return bool(_proxy_target(self))

    __hash__ = None

    def __len__(self):
        return len(_proxy_target(self))

    def __getitem__(self, key):
        return _proxy_target(self)[key]

    def __setitem__(self, key, value):
        _proxy_target(self)[key] = value

    def __delitem__(self, key):
        del _proxy_target(self)[key]

    def __contains__(self, item):
        return item in _proxy_target(self)

    def __iter__(self):
        return iter(_proxy_target(self))

    def __reversed__(self):
        return reversed(_proxy_target(self))

    def __next__(self):
        obj = _proxy_target(self)
        if type_lookup(class_of(obj), "__next__", None) is None:
            raise TypeError("Weakref proxy referenced a non-iterator '" + class_of(obj).__name__ + "' object")
        return next(obj)

    def __index__(self):
        return _proxy_target(self).__index__()

    def __int__(self):
        return int(_proxy_target(self))

    def __float__(self):
        return float(_proxy_target(self))


class weakcallableproxy(weakproxy):
    __slots__ = ()

    def __call__(self, /, *args, **kwargs):
        return _proxy_target(self)(*args, **kwargs)


def _unwrap(x):
    return _proxy_target(x) if is_subtype(class_of(x), weakproxy) else x


def _proxy_operators():
    def compare(name):
        def method(self, other):
            import operator
            return getattr(operator, name)(_unwrap(self), _unwrap(other))
        return method

    def binary(name, reflected):
        def method(self, other):
            import operator
            f = getattr(operator, name)
            return f(_unwrap(other), _unwrap(self)) if reflected else f(_unwrap(self), _unwrap(other))
        return method

    for name in ("lt", "le", "eq", "ne", "gt", "ge"):
        raw_set_type_attr(weakproxy, "__" + name + "__", compare(name))
    for name in ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "lshift", "rshift", "and_", "or_", "xor"):
        bare = name.rstrip("_")
        raw_set_type_attr(weakproxy, "__" + bare + "__", binary(name, False))
        raw_set_type_attr(weakproxy, "__r" + bare + "__", binary(name, True))
        raw_set_type_attr(weakproxy, "__i" + bare + "__", binary("i" + bare, False))
    for name in ("neg", "pos", "invert", "abs"):
        def method(self, name=name):
            import operator
            return getattr(operator, name)(_unwrap(self))
        raw_set_type_attr(weakproxy, "__" + name + "__", method)


_proxy_operators()


loopable_proxies.extend((weakproxy, weakcallableproxy))


class weakproxy_ref(_weakref_type):
    # What a proxy holds; it leads back to the proxy.
    pass


def weakref_show_proxies(refs):
    return [r.owner if class_of(r) is weakproxy_ref else r for r in refs]


@module_function("_weakref")
def proxy(object, callback=None, /):
    import _weakref
    cls = weakcallableproxy if callable(object) else weakproxy
    if callback is None:
        # There is one without a callback for an object.
        for r in _weakref.getweakrefs(object):
            if class_of(r) is cls and type_lookup(weakproxy, "_weakref_ref").__get__(r, cls).__callback__ is None:
                return r
    p = cls.__new__(cls)
    set_member = cls.__mro__[-2].__dict__["_weakref_ref"]
    made = None

    def forward(ref):
        callback(p)
    made = weakproxy_ref(object, None if callback is None else forward)
    made.owner = p
    set_member.__set__(p, made)
    return p


module_function("_weakref", "ProxyType")(weakproxy)
module_function("_weakref", "CallableProxyType")(weakcallableproxy)
weakproxy.__module__ = weakcallableproxy.__module__ = "weakref"
weakproxy.__name__ = weakproxy.__qualname__ = "ProxyType"
weakcallableproxy.__name__ = weakcallableproxy.__qualname__ = "CallableProxyType"
