# `array.array`: the methods, over the bytearray that holds the items.
# On demand: array

_array = app_array


def array_new(a, args, options):
    if options:
        raise TypeError("array.array() takes no keyword arguments")
    if not args or len(args) > 2:
        raise TypeError("array() takes at " + ("most 2 arguments (" if args else "least 1 argument (") + str(len(args)) + " given)")
    code = args[0]
    if not isInstanceOf(code, str) or len(code) != 1:
        raise TypeError("array() argument 1 must be a unicode character, not " + typeNameOf(code))
    if code not in "bBuhHiIlLqQfd":
        raise ValueError("bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)")
    arraySetCode(a, code)
    if len(args) == 2:
        initial = args[1]
        if isInstanceOf(initial, str):
            if code != "u":
                raise TypeError("cannot use a str to initialize an array with typecode '" + code + "'")
            arrayMemory(a).extend(initial.encode("utf-32-le", "surrogatepass"))
        elif isInstanceOf(initial, _array) and initial.typecode == "u" and code != "u":
            raise TypeError("cannot use a unicode array to initialize an array with typecode '" + code + "'")
        elif isInstanceOf(initial, bytes) or isInstanceOf(initial, bytearray):
            array_frombytes(a, initial)
        elif isInstanceOf(initial, _array) and initial.typecode != code:
            for x in initial:
                array_add(a, x)
        else:
            array_extend(a, initial)
    return a


def array_populate(namespace):
    import collections.abc
    collections.abc.MutableSequence.register(_array)


def array_like(a, memory):
    r = _array(a.typecode)
    arrayMemory(r).extend(memory)
    return r


def array_pack(a, v):
    code = a.typecode
    if code == "f" or code == "d":
        if not isInstanceOf(v, float) and not isInt(v):
            if lookupSpecial(v, "__float__") is None and lookupSpecial(v, "__index__") is None:
                raise TypeError("must be real number, not " + typeNameOf(v))
            v = float(v)
    elif code != "u" and not isInt(v):
        if isInstanceOf(v, float) and code in "bBhHiIlLqQ":
            raise TypeError("'float' object cannot be interpreted as an integer")
        v = containers_index(v)
    return arrayPack(a, v)


def array_resize(memory, a, b, data):
    # All changes of size come through here: the error names the array.
    try:
        memory[a:b] = data
    except BufferError:
        raise BufferError("cannot resize an array that is exporting buffers") from None


def array_getitem(a, key):
    if isInstanceOf(key, slice):
        size = a.itemsize
        memory = arrayMemory(a)
        start, stop, step = key.indices(len(a))
        if step == 1:
            return array_like(a, memory[start * size:stop * size] if stop > start else b"")
        r = bytearray()
        for i in range(start, stop, step):
            r += memory[i * size:i * size + size]
        return array_like(a, r)
    if lookupSpecial(key, "__index__") is None:
        raise TypeError("array indices must be integers")
    try:
        return a[containers_index(key)]
    except OverflowError:
        raise IndexError("cannot fit '" + typeNameOf(key) + "' into an index-sized integer") from None


def array_setitem(a, key, value):
    size = a.itemsize
    memory = arrayMemory(a)
    if isInstanceOf(key, slice):
        if not isInstanceOf(value, _array):
            raise TypeError('can only assign array (not "' + typeNameOf(value) + '") to array slice')
        if value.typecode != a.typecode:
            raise TypeError("bad argument type for built-in operation")
        data = bytes(arrayMemory(value))
        start, stop, step = key.indices(len(a))
        if step == 1:
            if stop < start:
                stop = start
            array_resize(memory, start * size, stop * size, data)
            return
        where = range(start, stop, step)
        if len(where) != len(value):
            raise ValueError("attempt to assign array of size " + str(len(value)) + " to extended slice of size " + str(len(where)))
        at = 0
        for i in where:
            memory[i * size:i * size + size] = data[at:at + size]
            at += size
        return
    if lookupSpecial(key, "__index__") is None:
        raise TypeError("array indices must be integers")
    i = containers_index(key)
    n = len(a)
    if i < 0:
        i += n
    if i < 0 or i >= n:
        raise IndexError("array assignment index out of range")
    memory[i * size:i * size + size] = array_pack(a, value)


@builtin_method(_array)
def __delitem__(self, key, /):
    size = self.itemsize
    memory = arrayMemory(self)
    if isInstanceOf(key, slice):
        start, stop, step = key.indices(len(self))
        where = range(start, stop, step)
        if step < 0:
            where = where[::-1]
        if len(where) and step in (1, -1):
            array_resize(memory, where[0] * size, (where[-1] + 1) * size, b"")
            return
        for i in reversed(where):
            array_resize(memory, i * size, i * size + size, b"")
        return
    i = containers_index(key)
    n = len(self)
    if i < 0:
        i += n
    if i < 0 or i >= n:
        raise IndexError("array assignment index out of range")
    array_resize(memory, i * size, i * size + size, b"")


@builtin_method(_array)
def append(self, v, /):
    array_add(self, v)


def array_add(a, v):
    data = array_pack(a, v)
    n = len(arrayMemory(a))
    array_resize(arrayMemory(a), n, n, data)


def array_extend(a, iterable):
    if isInstanceOf(iterable, _array):
        if iterable.typecode != a.typecode:
            raise TypeError("can only extend with array of same kind")
        memory = arrayMemory(a)
        array_resize(memory, len(memory), len(memory), bytes(arrayMemory(iterable)))
        return
    for x in iterable:
        array_add(a, x)


@builtin_method(_array)
def extend(self, bb, /):
    array_extend(self, bb)


def array_frombytes(a, data):
    b = bufferBytes(data)
    if b is None:
        raise TypeError("a bytes-like object is required, not '" + typeNameOf(data) + "'")
    if len(b) % a.itemsize:
        raise ValueError("bytes length not a multiple of item size")
    memory = arrayMemory(a)
    array_resize(memory, len(memory), len(memory), b)


@builtin_method(_array)
def frombytes(self, buffer, /):
    array_frombytes(self, buffer)


@builtin_method(_array)
def tobytes(self):
    return bytes(arrayMemory(self))


@builtin_method(_array)
def tolist(self):
    return arrayUnpack(self)


@builtin_method(_array)
def fromlist(self, list, /):
    if not isInstanceOf(list, _list):
        raise TypeError("arg must be list")
    data = bytearray()
    n = len(list)
    for x in list:
        data += array_pack(self, x)
        if len(list) != n:
            raise RuntimeError("list changed size during iteration")
    memory = arrayMemory(self)
    array_resize(memory, len(memory), len(memory), data)


@builtin_method(_array)
def fromfile(self, f, n, /):
    n = containers_index(n)
    if n < 0:
        raise ValueError("negative count")
    wanted = n * self.itemsize
    data = f.read(wanted)
    if not isInstanceOf(data, bytes):
        raise TypeError("read() didn't return bytes")
    array_frombytes(self, data)
    if len(data) != wanted:
        raise EOFError("read() didn't return enough bytes")


@builtin_method(_array)
def tofile(self, f, /):
    memory = arrayMemory(self)
    at = 0
    while at < len(memory):
        f.write(bytes(memory[at:at + 65536]))
        at += 65536


@builtin_method(_array)
def fromunicode(self, ustr, /):
    if not isInstanceOf(ustr, str):
        raise TypeError("fromunicode() argument must be str, not " + typeNameOf(ustr))
    if self.typecode != "u":
        raise ValueError("fromunicode() may only be called on unicode type arrays")
    memory = arrayMemory(self)
    array_resize(memory, len(memory), len(memory), ustr.encode("utf-32-le", "surrogatepass"))


@builtin_method(_array)
def tounicode(self):
    if self.typecode != "u":
        raise ValueError("tounicode() may only be called on unicode type arrays")
    return "".join(arrayUnpack(self))


@builtin_method(_array)
def insert(self, i, v, /):
    n = len(self)
    i = containers_index(i)
    data = array_pack(self, v)
    if i < 0:
        i += n
        if i < 0:
            i = 0
    if i > n:
        i = n
    at = i * self.itemsize
    array_resize(arrayMemory(self), at, at, data)


@builtin_method(_array)
def pop(self, i=-1, /):
    n = len(self)
    i = containers_index(i)
    if n == 0:
        raise IndexError("pop from empty array")
    if i < 0:
        i += n
    if i < 0 or i >= n:
        raise IndexError("pop index out of range")
    v = self[i]
    size = self.itemsize
    array_resize(arrayMemory(self), i * size, i * size + size, b"")
    return v


@builtin_method(_array)
def remove(self, v, /):
    i = 0
    while i < len(self):
        x = self[i]
        if x is v or x == v:
            size = self.itemsize
            array_resize(arrayMemory(self), i * size, i * size + size, b"")
            return
        i += 1
    raise ValueError("array.remove(x): x not in array")


@builtin_method(_array)
def index(self, v, start=0, stop=9223372036854775807, /):
    n = len(self)
    start = containers_bound(start, n)
    stop = containers_bound(stop, n)
    while start < stop and start < len(self):
        x = self[start]
        if x is v or x == v:
            return start
        start += 1
    raise ValueError("array.index(x): x not in array")


@builtin_method(_array)
def count(self, v, /):
    n = 0
    i = 0
    while i < len(self):
        x = self[i]
        if x is v or x == v:
            n += 1
        i += 1
    return n


@builtin_method(_array)
def __contains__(self, v, /):
    i = 0
    while i < len(self):
        x = self[i]
        if x is v or x == v:
            return True
        i += 1
    return False


@builtin_method(_array)
def reverse(self):
    size = self.itemsize
    memory = arrayMemory(self)
    items = [memory[i:i + size] for i in range(0, len(memory), size)]
    items.reverse()
    memory[:] = b"".join(items)


@builtin_method(_array)
def byteswap(self):
    size = self.itemsize
    memory = arrayMemory(self)
    old = bytes(memory)
    k = 0
    while k < size:
        memory[k::size] = old[size - 1 - k::size]
        k += 1


@builtin_method(_array)
def buffer_info(self):
    return (id(arrayMemory(self)) + 32, len(self))


@builtin_method(_array)
def __copy__(self):
    return array_like(self, arrayMemory(self))


@builtin_method(_array)
def __deepcopy__(self, unused, /):
    return array_like(self, arrayMemory(self))


@builtin_method(_array)
def __add__(self, value, /):
    if not isInstanceOf(value, _array):
        raise TypeError('can only append array (not "' + typeNameOf(value) + '") to array')
    if value.typecode != self.typecode:
        raise TypeError("bad argument type for built-in operation")
    return array_like(self, arrayMemory(self) + arrayMemory(value))


@builtin_method(_array)
def __iadd__(self, value, /):
    if not isInstanceOf(value, _array):
        raise TypeError('can only extend with array (not "' + typeNameOf(value) + '")')
    array_extend(self, value)
    return self


def array_mul(self, value):
    n = array_times(self, value)
    if n is NotImplemented:
        return n
    return array_like(self, arrayMemory(self) * n)


def array_times(a, value):
    # How often to repeat; what is no number may have its own say.
    if not isInt(value) and lookupSpecial(value, "__index__") is None:
        if not isInstanceOf(value, str) and lookupSpecial(value, "__rmul__") is not None:
            return NotImplemented
        raise TypeError("can't multiply sequence by non-int of type '" + typeNameOf(value) + "'")
    n = containers_index(value)
    if n > 0 and len(arrayMemory(a)) > 0x7fffffffffffffff // n:
        raise MemoryError
    return n


@builtin_method(_array)
def __mul__(self, value, /):
    return array_mul(self, value)


@builtin_method(_array)
def __rmul__(self, value, /):
    return array_mul(self, value)


@builtin_method(_array)
def __imul__(self, value, /):
    n = array_times(self, value)
    if n is NotImplemented:
        return n
    memory = arrayMemory(self)
    if n != 1:
        array_resize(memory, 0, len(memory), bytes(memory) * n)
    return self


def array_compare(a, b, op):
    # op: 0 ==, 1 !=, 2 <, 3 <=, 4 >, 5 >=
    if not isInstanceOf(b, _array) or not isInstanceOf(a, _array):
        return NotImplemented
    if op < 2:
        if len(a) != len(b):
            return op == 1
        if a.typecode == b.typecode and a.typecode not in "fd":
            return (arrayMemory(a) == arrayMemory(b)) == (op == 0)
    i = 0
    while i < len(a) and i < len(b):
        x = a[i]
        y = b[i]
        if x != y:
            if op == 0:
                return False
            if op == 1:
                return True
            if op == 2:
                return x < y
            if op == 3:
                return x <= y
            if op == 4:
                return x > y
            return x >= y
        i += 1
    n = len(a)
    m = len(b)
    return (n == m, n != m, n < m, n <= m, n > m, n >= m)[op]


@builtin_method(_array)
def __eq__(self, value, /):
    return array_compare(self, value, 0)


@builtin_method(_array)
def __ne__(self, value, /):
    return array_compare(self, value, 1)


@builtin_method(_array)
def __lt__(self, value, /):
    return array_compare(self, value, 2)


@builtin_method(_array)
def __le__(self, value, /):
    return array_compare(self, value, 3)


@builtin_method(_array)
def __gt__(self, value, /):
    return array_compare(self, value, 4)


@builtin_method(_array)
def __ge__(self, value, /):
    return array_compare(self, value, 5)


raw_set_type_attr(_array, "__hash__", None)
raw_set_type_attr(_array, "__class_getitem__", classmethod(makeGenericAlias))


@builtin_method(_array)
def __repr__(self):
    code = self.typecode
    if len(self) == 0:
        return typeNameOf(self) + "('" + code + "')"
    if code == "u":
        return typeNameOf(self) + "('u', " + repr("".join(arrayUnpack(self))) + ")"
    return typeNameOf(self) + "('" + code + "', " + repr(arrayUnpack(self)) + ")"


@builtin_class("array", "arrayiterator")
class array_Iterator:
    __slots__ = ("_array", "_at")

    def __iter__(self):
        return self

    def __next__(self):
        a = self._array
        if a is None:
            raise StopIteration
        i = self._at
        if i >= len(a):
            self._array = None
            raise StopIteration
        self._at = i + 1
        return a[i]

    def __reduce__(self):
        import builtins
        if self._array is None:
            return (builtins.iter, ((),))
        return (builtins.iter, (self._array,), self._at)

    def __setstate__(self, state, /):
        if self._array is not None:
            self._at = max(0, min(state, len(self._array)))


@builtin_method(_array)
def __iter__(self):
    it = _object.__new__(array_Iterator)
    it._array = self
    it._at = 0
    return it


array_formats = {"b": 1, "B": 0, "h": 4, "H": 2, "i": 8, "I": 6, "l": 12, "L": 10, "q": 12, "Q": 10, "f": 14, "d": 16, "u": 20}


@builtin_method(_array)
def __reduce_ex__(self, value, /):
    state = getattr(self, "__dict__", None)
    if value < 3:
        items = arrayUnpack(self)
        return (typeOf(self), (self.typecode, items), state)
    return (import_native_once("array")._array_reconstructor, (typeOf(self), self.typecode, array_formats[self.typecode], bytes(arrayMemory(self))), state)


array_decoders = ("B", "b", "<H", ">H", "<h", ">h", "<I", ">I", "<i", ">i", "<Q", ">Q", "<q", ">q", "<f", ">f", "<d", ">d",
                  "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


@module_function("array")
def _array_reconstructor(arraytype, typecode, mformat_code, items, /):
    if not isInstanceOf(arraytype, type):
        raise TypeError("first argument must be a type object, not " + typeNameOf(arraytype))
    if not issubclass(arraytype, _array):
        raise TypeError(arraytype.__name__ + " is not a subtype of array.array")
    if not isInstanceOf(typecode, str) or len(typecode) != 1:
        raise TypeError("_array_reconstructor() argument 2 must be a unicode character, not " + typeNameOf(typecode))
    if typecode not in "bBuhHiIlLqQfd":
        raise ValueError("second argument must be a valid type code")
    if mformat_code < 0 or mformat_code > 21:
        raise ValueError("third argument must be a valid machine format code.")
    if not isInstanceOf(items, bytes):
        raise TypeError("fourth argument should be bytes, not " + typeNameOf(items))
    r = arraytype.__new__(arraytype, typecode)
    form = array_decoders[mformat_code]
    if mformat_code >= 18:
        arrayMemory(r).extend(items.decode(form, "surrogatepass").encode("utf-32-le", "surrogatepass"))
        return r
    if array_formats[typecode] == mformat_code:
        array_frombytes(r, items)
        return r
    import struct
    if len(items) % struct.calcsize(form):
        raise ValueError("bytes length not a multiple of item size")
    for (x,) in struct.iter_unpack(form, items):
        r.append(x)
    return r


del append, extend, frombytes, tobytes, tolist, fromlist, fromfile, tofile, fromunicode, tounicode, insert, pop, remove, index, count
del reverse, byteswap, buffer_info
