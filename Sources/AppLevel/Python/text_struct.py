# _struct and _string: errors, conversions that call user code, iterators.
# On demand: _struct _string binascii


class struct_error(Exception):
    pass


struct_error.__name__ = struct_error.__qualname__ = "error"
struct_error.__module__ = "struct"


def struct_convert(codes, values):
    out = []
    for c, v in zip(codes, values):
        if c == "i":
            if not isinstance(v, int):
                v = textIndex(v)
        elif c == "f":
            if not isinstance(v, (int, float)):
                v = textRealFloat(v)
        elif c == "?":
            v = bool(v)
        out.append(v)
    return out


def struct_pack_slow(format, codes, values):
    return import_native_once("_struct").pack(format, *struct_convert(codes, values))


def struct_pack_into_slow(format, codes, args):
    return import_native_once("_struct").pack_into(format, args[0], args[1], *struct_convert(codes, args[2:]))


def struct_pack_into_index(format, args):
    return import_native_once("_struct").pack_into(format, args[0], textIndex(args[1]), *args[2:])


def struct_unpack_from_index(format, buffer, offset):
    return import_native_once("_struct").unpack_from(format, buffer, textIndex(offset))


class struct_unpack_iterator:
    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create '_struct.unpack_iterator' instances")

    def __iter__(self):
        return self

    def __next__(self):
        s = self._struct
        if s is None:
            raise StopIteration
        i = self._index
        if i >= self._size:
            self._struct = self._buffer = None
            raise StopIteration
        self._index = i + s.size
        return s.unpack_from(self._buffer, i)

    def __length_hint__(self):
        if self._struct is None:
            return 0
        return (self._size - self._index) // self._struct.size


struct_unpack_iterator.__name__ = struct_unpack_iterator.__qualname__ = "unpack_iterator"
struct_unpack_iterator.__module__ = "_struct"


def struct_make_iterator(s, buffer):
    view = memoryview(buffer)
    if s.size == 0:
        raise struct_error("cannot iteratively unpack with a struct of length 0")
    if view.nbytes % s.size:
        raise struct_error("iterative unpacking requires a buffer of a multiple of " + str(s.size) + " bytes")
    it = object.__new__(struct_unpack_iterator)
    it._struct = s
    it._buffer = view
    it._size = view.nbytes
    it._index = 0
    return it


@builtin_method(struct_Struct)
def iter_unpack(self, buffer, /):
    return struct_make_iterator(self, buffer)


@module_function("_struct", "iter_unpack")
def struct_iter_unpack(format, buffer, /):
    return struct_make_iterator(struct_Struct(format), buffer)


struct_iter_unpack.__name__ = struct_iter_unpack.__qualname__ = "iter_unpack"


@module_function("_string")
def formatter_parser(text, /):
    if not isinstance(text, str):
        raise TypeError("expected str, got " + class_of(text).__name__)
    out = []
    for literal, name, spec, conversion, nested in textFormatItems(text):
        out.append((literal, name, None if name is None else spec, conversion))
    return iter(out)


@module_function("_string")
def formatter_field_name_split(text, /):
    if not isinstance(text, str):
        raise TypeError("expected str, got " + class_of(text).__name__)
    first, rest = textFieldName(text)
    return first, string_field_parts(rest)


def string_field_parts(rest):
    for kind, key in rest:
        if kind == 2:
            raise ValueError(key)
        yield kind == 0, key


class binascii_Error(ValueError):
    pass


class binascii_Incomplete(Exception):
    pass


binascii_Error.__name__ = binascii_Error.__qualname__ = "Error"
binascii_Incomplete.__name__ = binascii_Incomplete.__qualname__ = "Incomplete"
binascii_Error.__module__ = binascii_Incomplete.__module__ = "binascii"
