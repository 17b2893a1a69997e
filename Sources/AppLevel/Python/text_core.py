# Numbers and text: what natives leave to Python because user code may run.


def textIndex(x):
    cls = class_of(x)
    if cls is int:
        return x
    m = type_lookup(cls, "__index__", None)
    if m is None:
        raise TypeError("'" + cls.__name__ + "' object cannot be interpreted as an integer")
    r = bind(m, x, cls)()
    if class_of(r) is not int:
        if not is_subtype(class_of(r), int):
            raise TypeError("__index__ returned non-int (type " + class_of(r).__name__ + ")")
        if not is_subtype(cls, int):
            warn(DeprecationWarning, "__index__ returned non-int (type " + class_of(r).__name__ + ").  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.", None)
        r = textPlainInt(r)
    return r


def textConvertIndex(method, k, *args):
    args = list(args)
    args[k] = textIndex(args[k])
    return method(*args)


def textSliceMember(x):
    if x is None:
        return None
    if type_lookup(class_of(x), "__index__", None) is None:
        raise TypeError("slice indices must be integers or None or have an __index__ method")
    return textIndex(x)


def textPlainSlice(s):
    start, stop, step = s.start, s.stop, s.step
    step = textSliceMember(step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    return slice(textSliceMember(start), textSliceMember(stop), step)


def textSliceItem(s, key):
    if class_of(s) is memoryview:
        # What the members of the slice do to the view comes too late.
        s = memoryview(s)
    return s.__getitem__(textPlainSlice(key)) if class_of(s) in (str, bytes, bytearray, memoryview) else textBaseOf(s).__getitem__(s, textPlainSlice(key))


def textIndexItem(s, key):
    i = textIndex(key)
    if not -0x8000000000000000 <= i <= 0x7fffffffffffffff:
        raise IndexError("cannot fit '" + class_of(key).__name__ + "' into an index-sized integer")
    return textBaseOf(s).__getitem__(s, i)


def textSliceIndices(s, length):
    s = textPlainSlice(s)
    step = 1 if s.step is None else s.step
    start, stop = s.start, s.stop
    lower, upper = (-1, length - 1) if step < 0 else (0, length)
    if start is None:
        start = upper if step < 0 else lower
    elif start < 0:
        start += length
        if start < lower:
            start = lower
    elif start > upper:
        start = upper
    if stop is None:
        stop = lower if step < 0 else upper
    elif stop < 0:
        stop += length
        if stop < lower:
            stop = lower
    elif stop > upper:
        stop = upper
    return start, stop, step


def indexSlow(obj, key, *value):
    if value:
        obj[textIndex(key)] = value[0]
        return None
    return obj[textIndex(key)]


# --- conversions


def strFromObject(x):
    cls = class_of(x)
    r = bind(type_lookup(cls, "__str__"), x, cls)()
    if not is_subtype(class_of(r), str):
        raise TypeError("__str__ returned non-string (type " + class_of(r).__name__ + ")")
    return r


str_ = strFromObject


def textStrSubclass(cls, x, *decode):
    if decode:
        return textMakeStr(cls, str(x, *decode))
    return textMakeStr(cls, strFromObject(x))


def intFromObject(x, cls=int):
    t = class_of(x)
    m = type_lookup(t, "__int__", None)
    if m is not None:
        r = bind(m, x, t)()
        if class_of(r) is not int:
            if not is_subtype(class_of(r), int):
                raise TypeError("__int__ returned non-int (type " + class_of(r).__name__ + ")")
            warn(DeprecationWarning, "__int__ returned non-int (type " + class_of(r).__name__ + ").  The ability to return an instance of a strict subclass of int is deprecated, and may not be supported in a future version of Python.", None)
            r = textPlainInt(r)
    elif type_lookup(t, "__index__", None) is not None:
        r = textIndex(x)
    elif type_lookup(t, "__trunc__", None) is not None:
        warn(DeprecationWarning, "The delegation of int() to __trunc__ is deprecated.", None)
        r = bind(type_lookup(t, "__trunc__"), x, t)()
        if class_of(r) is not int:
            if is_subtype(class_of(r), int):
                r = textPlainInt(r)
            elif type_lookup(class_of(r), "__index__", None) is None:
                raise TypeError("__trunc__ returned non-Integral (type " + class_of(r).__name__ + ")")
            else:
                r = textIndex(r)
    elif textHasBuffer(x) or is_subtype(t, str):
        r = textIntParse(x)
    else:
        raise TypeError("int() argument must be a string, a bytes-like object or a real number, not '" + t.__name__ + "'")
    return r if cls is int else textMakeInt(cls, r)


def textFloat(x, message):
    t = class_of(x)
    m = type_lookup(t, "__float__", None)
    if m is not None:
        r = bind(m, x, t)()
        if class_of(r) is not float:
            if not is_subtype(class_of(r), float):
                raise TypeError(t.__name__ + ".__float__ returned non-float (type " + class_of(r).__name__ + ")")
            warn(DeprecationWarning, t.__name__ + ".__float__ returned non-float (type " + class_of(r).__name__ + ").  The ability to return an instance of a strict subclass of float is deprecated, and may not be supported in a future version of Python.", None)
            r = textPlainFloat(r)
        return r
    if type_lookup(t, "__index__", None) is not None:
        return textPlainFloat(textIndex(x))
    raise TypeError(message + "'" + t.__name__ + "'" if message[-1] == " " else message)


def textRealFloat(x):
    # A C function's double argument.
    t = class_of(x)
    if t is float:
        return x
    if type_lookup(t, "__float__", None) is None and type_lookup(t, "__index__", None) is None:
        raise TypeError("must be real number, not " + t.__name__)
    return textFloat(x, "")


def floatFromObject(x, cls=float):
    t = class_of(x)
    if type_lookup(t, "__float__", None) is None and type_lookup(t, "__index__", None) is None and (textHasBuffer(x) or is_subtype(t, str)):
        r = textFloatParse(x)
    else:
        r = textFloat(x, "float() argument must be a string or a real number, not ")
    return r if cls is float else textMakeFloat(cls, r)


def textComplexPart(x):
    t = class_of(x)
    m = type_lookup(t, "__complex__", None)
    if m is not None:
        r = bind(m, x, t)()
        if not is_subtype(class_of(r), complex):
            raise TypeError("__complex__ returned non-complex (type " + class_of(r).__name__ + ")")
        if class_of(r) is not complex:
            warn(DeprecationWarning, "__complex__ returned non-complex (type " + class_of(r).__name__ + ").  The ability to return an instance of a strict subclass of complex is deprecated, and may not be supported in a future version of Python.", None)
        return textPlainComplex(r)
    return None


def textComplexFromObject(cls, real, imag):
    r = textComplexPart(real)
    if r is None:
        t = class_of(real)
        if type_lookup(t, "__float__", None) is None and type_lookup(t, "__index__", None) is None:
            raise TypeError("complex() first argument must be a string or a number, not '" + t.__name__ + "'")
    if imag is not None:
        t = class_of(imag)
        if not is_subtype(t, complex) and type_lookup(t, "__float__", None) is None and type_lookup(t, "__index__", None) is None:
            raise TypeError("complex() second argument must be a number, not '" + t.__name__ + "'")
    if r is None:
        r = textFloat(real, "")
    if imag is None:
        return textMakeComplex(cls, r, None)
    if is_subtype(class_of(imag), complex):
        imag = textPlainComplex(imag)
    else:
        imag = textFloat(imag, "")
    return textMakeComplex(cls, r, imag)


def textToBytes(n, length, byteorder, signed):
    return int.to_bytes(n, textIndex(length), byteorder, signed=signed)


def textIntFromBytes(cls, x, byteorder, signed):
    r = int.from_bytes(textBytes(x), byteorder, signed=signed)
    return r if cls is int else cls(r)


def textBytes(x):
    # PyObject_Bytes: bytes from __bytes__, a buffer, or an iterable of ints.
    t = class_of(x)
    if t is bytes:
        return x
    m = type_lookup(t, "__bytes__", None)
    if m is not None:
        r = bind(m, x, t)()
        if not is_subtype(class_of(r), bytes):
            raise TypeError("__bytes__ returned non-bytes (type " + class_of(r).__name__ + ")")
        return r
    return textBytesFrom(x)


def textBytesFrom(x):
    if textHasBuffer(x):
        return textBufferBytes(x)
    t = class_of(x)
    if is_subtype(t, str) or type_lookup(t, "__iter__", None) is None and type_lookup(t, "__getitem__", None) is None:
        raise TypeError("cannot convert '" + t.__name__ + "' object to bytes")
    out = bytearray()
    for i in x:
        i = textIndex(i)
        if not 0 <= i < 256:
            raise ValueError("bytes must be in range(0, 256)")
        out.append(i)
    return textBufferBytes(out)


text_missing = object()


def bytesFromObject(cls, x):
    t = class_of(x)
    m = type_lookup(t, "__bytes__", text_missing)
    if m is None:
        raise TypeError("'NoneType' object is not callable")
    if m is not text_missing:
        r = textBytes(x)
        if cls is bytes:
            return r
    elif is_subtype(t, str):
        raise TypeError("string argument without an encoding")
    elif type_lookup(t, "__index__", None) is not None:
        try:
            n = textIndex(x)
        except TypeError:
            r = textBytesFrom(x)
        else:
            if n < 0:
                raise ValueError("negative count")
            r = bytes(n)
    else:
        r = textBytesFrom(x)
    return r if cls is class_of(r) else textMakeBytes(cls, r)


def textBytearrayInit(self, x):
    t = class_of(x)
    if is_subtype(t, str):
        raise TypeError("string argument without an encoding")
    if type_lookup(t, "__index__", None) is not None:
        try:
            n = textIndex(x)
        except TypeError:
            pass
        else:
            if n < 0:
                raise ValueError("negative count")
            textBytearraySet(self, bytes(n))
            return None
    if textHasBuffer(x):
        textBytearraySet(self, x)
        return None
    if type_lookup(t, "__iter__", None) is None and type_lookup(t, "__getitem__", None) is None:
        raise TypeError("cannot convert '" + t.__name__ + "' object to bytearray")
    textBytearraySet(self, b"")
    for i in x:
        i = textIndex(i)
        if not 0 <= i < 256:
            raise ValueError("byte must be in range(0, 256)")
        bytearray.append(self, i)
    return None


def textBytearrayEncode(self, s, encoding, errors):
    textBytearraySet(self, s.encode(encoding, errors))
    return None


# --- join, translate


def joinStrings(sep, iterable):
    t = class_of(iterable)
    if type_lookup(t, "__iter__", None) is None and type_lookup(t, "__getitem__", None) is None:
        raise TypeError("can only join an iterable")
    return textBaseOf(sep).join(sep, list(iterable))


def textTranslate(s, table):
    out = []
    t = class_of(table)
    get = type_lookup(t, "__getitem__", None)
    if get is None:
        raise TypeError("'" + t.__name__ + "' object is not subscriptable")
    get = bind(get, table, t)
    for c in str.__iter__(s):
        try:
            r = get(ord(c))
        except LookupError:
            out.append(c)
            continue
        if r is None:
            continue
        if isinstance(r, int):
            if not 0 <= r < 0x110000:
                raise ValueError("character mapping must be in range(0x110000)")
            out.append(chr(r))
        elif isinstance(r, str):
            out.append(r)
        else:
            raise TypeError("character mapping must return integer, None or str")
    return "".join(out)


# --- format


def formatValue(value, conversion, spec):
    if conversion == 1:
        value = str(value)
    elif conversion == 2:
        value = repr(value)
    elif conversion == 3:
        value = ascii(value)
    return textFormat(value, spec)


def textFormat(value, spec):
    t = class_of(value)
    if t is str and spec == "":
        return value
    r = bind(type_lookup(t, "__format__"), value, t)(spec)
    if not is_subtype(class_of(r), str):
        raise TypeError("__format__ must return a str, not " + class_of(r).__name__)
    return r


def formatStr(text, args, kwargs, state=None, depth=2):
    if depth == 0:
        raise ValueError("Max string recursion exceeded")
    if state is None:
        state = [0, 0]
    out = []
    for literal, name, spec, conversion, nested in textFormatItems(text):
        if literal:
            out.append(literal)
        if name is None:
            continue
        first, rest = textFieldName(name)
        if first == "":
            if state[0] == 2:
                raise ValueError("cannot switch from manual field specification to automatic field numbering")
            state[0] = 1
            first = state[1]
            state[1] += 1
        elif class_of(first) is int:
            if state[0] == 1:
                raise ValueError("cannot switch from automatic field numbering to manual field specification")
            state[0] = 2
        if class_of(first) is int:
            if args is None:
                raise ValueError("Format string contains positional fields")
            if first >= len(args):
                raise IndexError("Replacement index " + str(first) + " out of range for positional args tuple")
            value = args[first]
        else:
            value = kwargs[first]
        for part in rest:
            kind, key = part
            if kind == 0:
                value = getattr(value, key)
            elif kind == 1:
                value = value[key]
            else:
                raise ValueError(key)
        if conversion == "s":
            value = str(value)
        elif conversion == "r":
            value = repr(value)
        elif conversion == "a":
            value = ascii(value)
        elif conversion is not None:
            if 32 < ord(conversion) < 127:
                raise ValueError("Unknown conversion specifier " + conversion)
            raise ValueError("Unknown conversion specifier \\x" + hex(ord(conversion))[2:])
        if nested:
            spec = formatStr(spec, args, kwargs, state, depth - 1)
        out.append(textFormat(value, spec))
    return "".join(out)


def percentFormat(text, args):
    is_bytes = not isinstance(text, str)
    mapping = args if textIsFormatMapping(args, is_bytes) else None
    lenient = mapping is not None
    values = args if isinstance(args, tuple) else (args,)
    position = 0
    out = []
    number = -1
    for kind, key, star_width, star_precision in textPercentItems(text):
        number += 1
        if kind == 0:
            raise ValueError(key)
        have = False
        if key is not None:
            if mapping is None:
                raise TypeError("format requires a mapping")
            value = mapping[key.encode("latin-1") if is_bytes else key]
            have = True
            lenient = True
        for wanted, precision in ((star_width, False), (star_precision, True)):
            if wanted:
                if position >= len(values):
                    raise TypeError("not enough arguments for format string")
                w = values[position]
                position += 1
                if not isinstance(w, int):
                    raise TypeError("* wants int")
                if precision and not -0x80000000 <= w <= 0x7fffffff:
                    raise OverflowError("Python int too large to convert to C int")
                if not -0x8000000000000000 <= w <= 0x7fffffffffffffff:
                    raise OverflowError("Python int too large to convert to C ssize_t")
                out.append(w)
        if not have:
            if position >= len(values):
                raise TypeError("not enough arguments for format string")
            value = values[position]
            position += 1
        if kind == 115 and not is_bytes:
            out.append(str(value))
        elif kind == 114 or kind == 97:
            if is_bytes:
                out.append(ascii(value).encode("ascii"))
            else:
                out.append(repr(value) if kind == 114 else ascii(value))
        elif (kind == 115 or kind == 98) and is_bytes:
            out.append(textPercentBytes(value))
        elif kind == 99:
            out.append(textPercentChar(value, is_bytes))
        elif kind in (100, 105, 117, 111, 120, 88):
            out.append(textPercentInt(value, kind, is_bytes))
        elif kind in (101, 69, 102, 70, 103, 71):
            if is_bytes and class_of(value) is not float and type_lookup(class_of(value), "__float__", None) is None and type_lookup(class_of(value), "__index__", None) is None:
                raise TypeError("float argument required, not " + class_of(value).__name__)
            out.append(textRealFloat(value))
        else:
            raise ValueError(textUnsupportedFormat(text, number))
    if position < len(values) and not lenient:
        raise TypeError("not all arguments converted during " + ("bytes" if is_bytes else "string") + " formatting")
    return textPercentRender(text, out)


def textPercentBytes(v):
    t = class_of(v)
    if is_subtype(t, bytes) or is_subtype(t, bytearray):
        return v
    m = type_lookup(t, "__bytes__", None)
    if m is not None:
        r = bind(m, v, t)()
        if not is_subtype(class_of(r), bytes):
            raise TypeError("__bytes__ returned non-bytes (type " + class_of(r).__name__ + ")")
        return r
    if textHasBuffer(v):
        return textBufferBytes(v)
    raise TypeError("%b requires a bytes-like object, or an object that implements __bytes__, not '" + t.__name__ + "'")


def textPercentChar(v, is_bytes):
    if is_bytes:
        if isinstance(v, (bytes, bytearray)) and len(v) == 1:
            return v
        if not isinstance(v, int):
            if type_lookup(class_of(v), "__index__", None) is None:
                raise TypeError("%c requires an integer in range(256) or a single byte")
            v = textIndex(v)
        if not 0 <= v < 256:
            raise OverflowError("%c arg not in range(256)")
        return bytes((v,))
    if isinstance(v, str):
        if len(v) != 1:
            raise TypeError("%c requires int or char")
        return v
    if type_lookup(class_of(v), "__index__", None) is None:
        raise TypeError("%c requires int or char")
    v = textIndex(v)
    if not 0 <= v < 0x110000:
        raise OverflowError("%c arg not in range(0x110000)")
    return chr(v)


def textPercentInt(v, kind, is_bytes):
    t = class_of(v)
    if is_subtype(t, int):
        return v
    decimal = kind in (100, 105, 117)
    name = chr(kind)
    if not is_subtype(t, str) and not is_subtype(t, bytes):
        try:
            if decimal:
                if type_lookup(t, "__int__", None) is not None or type_lookup(t, "__index__", None) is not None or type_lookup(t, "__trunc__", None) is not None:
                    return int(v)
            elif type_lookup(t, "__index__", None) is not None:
                return textIndex(v)
        except TypeError:
            pass
    if decimal:
        raise TypeError("%" + name + " format: a real number is required, not " + t.__name__)
    raise TypeError("%" + name + " format: an integer is required, not " + t.__name__)


# --- builtin functions


def textAscii(x):
    return textAsciiText(repr_(x))


def textAbs(x):
    cls = class_of(x)
    m = type_lookup(cls, "__abs__", None)
    if m is None:
        raise TypeError("bad operand type for abs(): '" + cls.__name__ + "'")
    return bind(m, x, cls)()


def roundSlow(x, ndigits=None):
    cls = class_of(x)
    m = type_lookup(cls, "__round__", None)
    if m is None:
        raise TypeError("type " + cls.__name__ + " doesn't define __round__ method")
    if ndigits is None:
        return bind(m, x, cls)()
    return bind(m, x, cls)(ndigits)


def powMod(x, y, z):
    if z is None:
        return x ** y
    cls = class_of(x)
    m = type_lookup(cls, "__pow__", None)
    if m is not None:
        r = bind(m, x, cls)(y, z)
        if r is not NotImplemented:
            return r
    for other in (y, z):
        if class_of(other) is complex and cls in (int, float, bool):
            return complex.__pow__(complex(x), y, z)
        if class_of(other) is float and cls in (int, bool):
            raise TypeError("pow() 3rd argument not allowed unless all arguments are integers")
    raise TypeError("unsupported operand type(s) for ** or pow(): '" + cls.__name__ + "', '" + class_of(y).__name__ + "', '" + class_of(z).__name__ + "'")


def divmodSlow(x, y):
    tx = class_of(x)
    ty = class_of(y)
    left = type_lookup(tx, "__divmod__", None)
    right = None if tx is ty else type_lookup(ty, "__rdivmod__", None)
    if right is not None and left is not None and is_subtype(ty, tx) and right is not type_lookup(tx, "__rdivmod__", None):
        r = bind(right, y, ty)(x)
        if r is not NotImplemented:
            return r
        right = None
    if left is not None:
        r = bind(left, x, tx)(y)
        if r is not NotImplemented:
            return r
    if right is not None:
        r = bind(right, y, ty)(x)
        if r is not NotImplemented:
            return r
    raise TypeError("unsupported operand type(s) for divmod(): '" + tx.__name__ + "' and '" + ty.__name__ + "'")


def textBytesSubclass(cls, s, encoding, errors):
    return textMakeBytes(cls, s.encode(encoding, errors))


def textBytearraySetSlice(self, key, value):
    if not textHasBuffer(value):
        t = class_of(value)
        if type_lookup(t, "__iter__", None) is None and type_lookup(t, "__getitem__", None) is None:
            raise TypeError("can assign only bytes, buffers, or iterables of ints in range(0, 256)")
        value = bytearray(value)
    bytearray.__setitem__(self, textPlainSlice(key), value)
    return None


def textBytearrayDelSlice(self, key):
    bytearray.__delitem__(self, textPlainSlice(key))
    return None


def textBytearrayExtend(self, iterable):
    t = class_of(iterable)
    if is_subtype(t, str):
        raise TypeError("expected iterable of integers; got: 'str'")
    if type_lookup(t, "__iter__", None) is None and type_lookup(t, "__getitem__", None) is None:
        raise TypeError("can't extend bytearray with " + t.__name__)
    containers_lengthHint(iterable)
    out = bytearray()
    for i in iterable:
        i = textIndex(i)
        if not 0 <= i < 256:
            raise ValueError("byte must be in range(0, 256)")
        out.append(i)
    self += out
    return None


def textBytearrayReduce(self, proto):
    state = object.__getstate__(self)
    if not self:
        args = ()
    elif proto < 3:
        args = (textBufferBytes(self).decode("latin-1"), "latin-1")
    else:
        args = (textBufferBytes(self),)
    return class_of(self), args, state


def textIteratorReduce(container, index):
    if index is None:
        return iter, ((),)
    return iter, (container,), index


def textMemoryviewStore(view, key, value, real):
    view[key] = bool(value) if real is None else textRealFloat(value) if real else textIndex(value)
    return None


def textMemoryviewTuple(view, key, *value):
    key = tuple([textIndex(k) for k in key])
    if value:
        view[key] = value[0]
        return None
    return view[key]


def textMemoryviewSetSlice(view, key, value):
    view[textPlainSlice(key)] = value
    return None


def textResizeLater(array, method, args):
    # A view that is garbage may still be known: collect, then try once more.
    for step in range(12):
        textCollect(step)
        if textLiveViews(array) == 0:
            return method(array, *args)
    raise BufferError("Existing exports of data: object cannot be re-sized")
