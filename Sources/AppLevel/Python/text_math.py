# math: what asks __float__, __index__, __floor__ and the like, and loops over iterables.
# On demand: math


def math_retry(module, name, args):
    m = import_native_once(module)
    if name == "ldexp":
        return m.ldexp(textRealFloat(args[0]), args[1])
    return getattr(m, name)(*[a if class_of(a) is int else textRealFloat(a) for a in args])


def math_retry_index(name, args):
    return getattr(import_native_once("math"), name)(*[textIndex(a) for a in args])


def math_isclose(a, b, rel_tol, abs_tol):
    return import_native_once("math").isclose(textRealFloat(a), textRealFloat(b), rel_tol=textRealFloat(rel_tol), abs_tol=textRealFloat(abs_tol))


def math_floor(x):
    t = class_of(x)
    m = type_lookup(t, "__floor__", None)
    if m is not None:
        return bind(m, x, t)()
    return math_floor_float(textRealFloat(x))


def math_ceil(x):
    t = class_of(x)
    m = type_lookup(t, "__ceil__", None)
    if m is not None:
        return bind(m, x, t)()
    return math_ceil_float(textRealFloat(x))


def math_trunc(x):
    t = class_of(x)
    m = type_lookup(t, "__trunc__", None)
    if m is None:
        raise TypeError("type " + t.__name__ + " doesn't define __trunc__ method")
    return bind(m, x, t)()


def math_fsum(seq):
    return math_fsum_list([textRealFloat(x) for x in seq])


def math_hypot(coordinates):
    return import_native_once("math").hypot(*[textRealFloat(x) for x in coordinates])


def math_dist(p, q):
    p = tuple([textRealFloat(x) for x in p])
    q = tuple([textRealFloat(x) for x in q])
    return import_native_once("math").dist(p, q)


@module_function("math")
def prod(iterable, /, *, start=1):
    r = start
    for x in iterable:
        r = r * x
    return r


def cmath_convert(x):
    t = class_of(x)
    if is_subtype(t, complex) or t is float or t is int:
        return x
    m = type_lookup(t, "__complex__", None)
    if m is None:
        return textRealFloat(x)
    r = bind(m, x, t)()
    if class_of(r) is not complex:
        if not is_subtype(class_of(r), complex):
            raise TypeError("__complex__ returned non-complex (type " + class_of(r).__name__ + ")")
        warn(DeprecationWarning, "__complex__ returned non-complex (type " + class_of(r).__name__ + ").  The ability to return an instance of a strict subclass of complex is deprecated, and may not be supported in a future version of Python.", None)
    return r


def cmath_retry(name, args):
    convert = textRealFloat if name == "rect" else cmath_convert
    return getattr(import_native_once("cmath"), name)(*[convert(a) for a in args])


def cmath_isclose(a, b, rel_tol, abs_tol):
    return import_native_once("cmath").isclose(cmath_convert(a), cmath_convert(b), rel_tol=textRealFloat(rel_tol), abs_tol=textRealFloat(abs_tol))
