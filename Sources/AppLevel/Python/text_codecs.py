# _codecs: the registry of codecs and error handlers, and encoding with handlers written in Python.
# On demand: _codecs _testinternalcapi

text_codec_search = []
text_codec_cache = {}
text_error_handlers = {}


def text_encoding_name(name):
    out = []
    gap = False
    for c in name:
        if c.isalnum() and c.isascii() or c == ".":
            if gap and out:
                out.append("_")
            gap = False
            out.append(c.lower())
        elif c.isascii():
            gap = True
    return "".join(out)


def codecs_register(search_function, /):
    if not callable(search_function):
        raise TypeError("argument must be callable")
    text_codec_search.append(search_function)


def codecs_unregister(search_function, /):
    if search_function in text_codec_search:
        text_codec_search.remove(search_function)
        text_codec_cache.clear()


def codecs_lookup(encoding, /):
    if not isinstance(encoding, str):
        raise TypeError("lookup() argument must be str, not " + class_of(encoding).__name__)
    if "\0" in encoding:
        raise ValueError("embedded null character")
    if not encoding.isascii():
        encoding.encode()
    name = text_encoding_name(encoding)
    r = text_codec_cache.get(name)
    if r is not None:
        return r
    if not text_codec_search:
        import encodings
    for f in list(text_codec_search):
        r = f(name)
        if r is None:
            continue
        if not isinstance(r, tuple) or len(r) != 4:
            raise TypeError("codec search functions must return 4-tuples")
        text_codec_cache[name] = r
        return r
    raise LookupError("unknown encoding: " + encoding)


text_codec_lookup = codecs_lookup


def codecs__forget_codec(encoding, /):
    del text_codec_cache[encoding]


def text_codec_failure(what, encoding, e):
    # The exception to raise instead of `e`: it names the codec, where the class is a plain one.
    cls = class_of(e)
    if type_lookup(cls, "__init__") is not type_lookup(Exception, "__init__") or type_lookup(cls, "__new__") is not type_lookup(Exception, "__new__"):
        return None
    if len(e.args) > 1 or e.args and not isinstance(e.args[0], str) or e.__dict__:
        return None
    if e.args:
        return cls(what + " with '" + encoding + "' codec failed (" + cls.__name__ + ": " + e.args[0] + ")")
    return cls(what + " with '" + encoding + "' codec failed (" + cls.__name__ + ": )")


def codecs_encode(obj, encoding="utf-8", errors="strict"):
    f = text_codec_lookup(encoding)[0]
    try:
        r = f(obj, errors)
    except Exception as e:
        other = text_codec_failure("encoding", encoding, e)
        if other is None:
            raise
        raise other from e
    if not isinstance(r, tuple) or len(r) != 2:
        raise TypeError("encoder must return a tuple (object, integer)")
    return r[0]


def codecs_decode(obj, encoding="utf-8", errors="strict"):
    f = text_codec_lookup(encoding)[1]
    try:
        r = f(obj, errors)
    except Exception as e:
        other = text_codec_failure("decoding", encoding, e)
        if other is None:
            raise
        raise other from e
    if not isinstance(r, tuple) or len(r) != 2:
        raise TypeError("decoder must return a tuple (object,integer)")
    return r[0]


def text_is_text_encoding(codec):
    return class_of(codec) is tuple or getattr_default(codec, "_is_text_encoding", True)


def textEncode(s, encoding, errors):
    n = textNativeCodec(encoding)
    if n >= 0:
        if errors is not None and sys_dict["flags"].dev_mode:
            text_lookup_error(errors)
        return text_encode(n, s, errors)
    codec = text_codec_lookup(encoding)
    if not text_is_text_encoding(codec):
        raise LookupError("'" + encoding + "' is not a text encoding; use codecs.encode() to handle arbitrary codecs")
    try:
        r = codec[0](s) if errors is None else codec[0](s, errors)
    except Exception as e:
        other = text_codec_failure("encoding", encoding, e)
        if other is None:
            raise
        raise other from e
    if not isinstance(r, tuple) or len(r) != 2:
        raise TypeError("encoder must return a tuple (object, integer)")
    r = r[0]
    if isinstance(r, bytes):
        return r
    if isinstance(r, bytearray):
        warn(RuntimeWarning, "encoder " + encoding + " returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types", None)
        return bytes(r)
    raise TypeError("'" + encoding + "' encoder returned '" + class_of(r).__name__ + "' instead of 'bytes'; use codecs.encode() to encode to arbitrary types")


def textDecode(data, encoding, errors):
    n = textNativeCodec(encoding)
    if n >= 0:
        if errors is not None and sys_dict["flags"].dev_mode:
            text_lookup_error(errors)
        return text_decode(n, data, errors, True)[0]
    codec = text_codec_lookup(encoding)
    if not text_is_text_encoding(codec):
        raise LookupError("'" + encoding + "' is not a text encoding; use codecs.decode() to handle arbitrary codecs")
    data = textBufferBytes(data)
    try:
        r = codec[1](data) if errors is None else codec[1](data, errors)
    except Exception as e:
        other = text_codec_failure("decoding", encoding, e)
        if other is None:
            raise
        raise other from e
    if not isinstance(r, tuple) or len(r) != 2:
        raise TypeError("decoder must return a tuple (object,integer)")
    r = r[0]
    if not isinstance(r, str):
        raise TypeError("'" + encoding + "' decoder returned '" + class_of(r).__name__ + "' instead of 'str'; use codecs.decode() to decode to arbitrary types")
    return r


# --- error handlers


def codecs_register_error(errors, handler, /):
    if not isinstance(errors, str):
        raise TypeError("register_error() argument 1 must be str, not " + class_of(errors).__name__)
    if not callable(handler):
        raise TypeError("handler must be callable")
    text_error_handlers[errors] = handler


def codecs_lookup_error(name, /):
    if not isinstance(name, str):
        raise TypeError("lookup_error() argument must be str, not " + class_of(name).__name__)
    h = text_error_handlers.get(name)
    if h is None:
        raise LookupError("unknown error handler name '" + name + "'")
    return h


text_lookup_error = codecs_lookup_error


def text_handler_type(e):
    raise TypeError("don't know how to handle " + class_of(e).__name__ + " in error callback")


def strict_errors(exception, /):
    if isinstance(exception, BaseException):
        raise exception
    raise TypeError("codec must pass exception instance")


def text_is_error(e):
    t = class_of(e)
    return is_subtype(t, UnicodeEncodeError) or is_subtype(t, UnicodeDecodeError) or is_subtype(t, UnicodeTranslateError)


def ignore_errors(exception, /):
    if text_is_error(exception):
        return "", exception.end
    text_handler_type(exception)


def text_check_object(exception):
    if is_subtype(class_of(exception), UnicodeDecodeError):
        if not isinstance(exception.object, bytes):
            raise TypeError("object attribute must be bytes")
    elif not isinstance(exception.object, str):
        raise TypeError("object attribute must be unicode")


def replace_errors(exception, /):
    if text_is_error(exception):
        text_check_object(exception)
    if is_subtype(class_of(exception), UnicodeEncodeError):
        return "?" * (exception.end - exception.start), exception.end
    if is_subtype(class_of(exception), UnicodeDecodeError):
        return "\ufffd", exception.end
    if is_subtype(class_of(exception), UnicodeTranslateError):
        return "\ufffd" * (exception.end - exception.start), exception.end
    text_handler_type(exception)


def xmlcharrefreplace_errors(exception, /):
    if is_subtype(class_of(exception), UnicodeEncodeError):
        return "".join(["&#" + str(ord(c)) + ";" for c in exception.object[exception.start:exception.end]]), exception.end
    text_handler_type(exception)


def text_backslash(c):
    return "\\x%02x" % c if c < 256 else "\\u%04x" % c if c < 65536 else "\\U%08x" % c


def backslashreplace_errors(exception, /):
    if is_subtype(class_of(exception), UnicodeDecodeError):
        return "".join(["\\x%02x" % c for c in exception.object[exception.start:exception.end]]), exception.end
    if text_is_error(exception):
        return "".join([text_backslash(ord(c)) for c in exception.object[exception.start:exception.end]]), exception.end
    text_handler_type(exception)


def namereplace_errors(exception, /):
    if is_subtype(class_of(exception), UnicodeEncodeError):
        out = []
        for c in exception.object[exception.start:exception.end]:
            name = textCharacterName(c)
            out.append("\\N{" + name + "}" if name else text_backslash(ord(c)))
        return "".join(out), exception.end
    text_handler_type(exception)


def text_standard_encoding(name):
    # (code number, bytes a unit) of the encodings that surrogatepass knows.
    n = textNativeCodec(name)
    if n == 10:
        n = 4
    if n == 11:
        n = 6
    if n in (4, 5):
        return n, 2
    if n in (6, 7):
        return n, 4
    return (0, 3) if n == 0 else (-1, 0)


def surrogatepass_errors(exception, /):
    if is_subtype(class_of(exception), UnicodeEncodeError):
        n, size = text_standard_encoding(exception.encoding)
        if n < 0:
            raise exception
        for c in exception.object[exception.start:exception.end]:
            if not 0xd800 <= ord(c) <= 0xdfff:
                raise exception
        return textEncodeNative(n, exception.object[exception.start:exception.end], "surrogatepass"), exception.end
    if is_subtype(class_of(exception), UnicodeDecodeError):
        n, size = text_standard_encoding(exception.encoding)
        if n < 0:
            raise exception
        data = exception.object[exception.start:exception.start + size]
        if len(data) < size:
            raise exception
        try:
            r = textDecodeNative(n, data, "surrogatepass", True)[0]
        except UnicodeDecodeError:
            raise exception from None
        if len(r) != 1 or not 0xd800 <= ord(r) <= 0xdfff:
            raise exception
        return r, exception.start + size
    text_handler_type(exception)


def surrogateescape_errors(exception, /):
    if is_subtype(class_of(exception), UnicodeEncodeError):
        out = bytearray()
        for c in exception.object[exception.start:exception.end]:
            c = ord(c)
            if not 0xdc80 <= c <= 0xdcff:
                raise exception
            out.append(c - 0xdc00)
        return bytes(out), exception.end
    if is_subtype(class_of(exception), UnicodeDecodeError):
        out = []
        for c in exception.object[exception.start:exception.end][:4]:
            if c < 128:
                break
            out.append(chr(0xdc00 + c))
        if not out:
            raise exception
        return "".join(out), exception.start + len(out)
    text_handler_type(exception)


for text_f in (strict_errors, ignore_errors, replace_errors, xmlcharrefreplace_errors, backslashreplace_errors, namereplace_errors):
    text_error_handlers[text_f.__name__[:-7]] = text_f
text_error_handlers["surrogatepass"] = surrogatepass_errors
text_error_handlers["surrogateescape"] = surrogateescape_errors
surrogatepass_errors.__name__ = "surrogatepass"
surrogateescape_errors.__name__ = "surrogateescape"


# --- running a codec with any handler


def text_call_handler(handler, exc, what, length):
    r = handler(exc)
    if not isinstance(r, tuple) or len(r) != 2 or not isinstance(r[1], int):
        raise TypeError(what)
    position = r[1]
    if position < 0:
        position += length
    if not 0 <= position <= length:
        raise IndexError("position " + str(r[1]) + " from error handler out of bounds")
    return r[0], position


def text_encode(number, s, errors):
    if errors is None:
        errors = "strict"
    if textHasNativeHandler(errors):
        return textEncodeNative(number, s, errors)
    handler = None
    out = []
    pos = 0
    name = textCodecName(number)
    if number == 10:
        out.append(b"\xff\xfe")
        number = 4
    elif number == 11:
        out.append(b"\xff\xfe\0\0")
        number = 6
    while True:
        piece, pos, start, end, reason = textEncodeStep(number, s, pos)
        out.append(piece)
        if start < 0:
            return b"".join(out)
        if handler is None:
            handler = text_lookup_error(errors)
        exc = UnicodeEncodeError(name, s, start, end, reason)
        rep, pos = text_call_handler(handler, exc, "encoding error handler must return (str/bytes, int) tuple", len(s))
        if isinstance(rep, str):
            rep = textEncodeReplacement(number, rep)
            if rep is None:
                raise exc
        elif not isinstance(rep, bytes):
            raise TypeError("encoding error handler must return (str/bytes, int) tuple")
        elif len(rep) % (1, 1, 1, 1, 2, 2, 4, 4, 1, 1, 2, 4)[number]:
            raise exc
        out.append(rep)
        if pos >= len(s):
            return b"".join(out)


def text_decode(number, data, errors, final):
    if errors is None:
        errors = "strict"
    if textHasNativeHandler(errors):
        return textDecodeNative(number, data, errors, final)
    handler = None
    data = textBufferBytes(data)
    size = len(data)
    out = []
    pos = 0
    warned = number != 8
    while True:
        if not warned:
            warned = text_warn_escape(data, textInvalidEscape(data, pos, False))
        piece, pos, start, end, reason = textDecodeStep(number, data, pos, final)
        out.append(piece)
        if start < 0:
            return "".join(out), size if final else pos
        if handler is None:
            handler = text_lookup_error(errors)
        exc = UnicodeDecodeError(textCodecName(number, data), data, start, end, reason)
        r = handler(exc)
        if not isinstance(r, tuple) or len(r) != 2 or not isinstance(r[1], int) or not isinstance(r[0], str):
            raise TypeError("decoding error handler must return (str, int) tuple")
        data = exc.object
        if not isinstance(data, bytes):
            raise TypeError("object attribute must be bytes")
        pos = r[1]
        if pos < 0:
            pos += len(data)
        if not 0 <= pos <= len(data):
            raise IndexError("position " + str(r[1]) + " from error handler out of bounds")
        out.append(r[0])


def codecs_encode_with(number, name, str, errors=None):
    text_need_str(str, name)
    return text_encode(number, str, errors), len(str)


def codecs_decode_with(number, data, errors=None, final=True):
    if number in (8, 9) and isinstance(data, str):
        data = data.encode()
    return text_decode(number, text_need_bytes(data), errors, bool(final))


def text_need_str(s, name):
    if not isinstance(s, str):
        raise TypeError(name + "() argument 1 must be str, not " + class_of(s).__name__)


def text_need_bytes(data):
    if not textHasBuffer(data):
        raise TypeError("a bytes-like object is required, not '" + class_of(data).__name__ + "'")
    return data


def codecs_utf_16_encode(str, errors=None, byteorder=0, /):
    text_need_str(str, "utf_16_encode")
    return text_encode(10 if byteorder == 0 else 4 if byteorder < 0 else 5, str, errors), len(str)


def codecs_utf_32_encode(str, errors=None, byteorder=0, /):
    text_need_str(str, "utf_32_encode")
    return text_encode(11 if byteorder == 0 else 6 if byteorder < 0 else 7, str, errors), len(str)


def codecs_utf_16_decode(data, errors=None, final=False, /):
    return text_decode(10, text_need_bytes(data), errors, bool(final))


def codecs_utf_32_decode(data, errors=None, final=False, /):
    return text_decode(11, text_need_bytes(data), errors, bool(final))


def codecs_utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /):
    data = textBufferBytes(text_need_bytes(data))
    if byteorder == 0:
        if len(data) < 2:
            if not final:
                return "", 0, 0
        elif data[:2] == b"\xff\xfe":
            byteorder = -1
        elif data[:2] == b"\xfe\xff":
            byteorder = 1
        text, n = text_decode(10, data, errors, bool(final))
    else:
        text, n = text_decode(4 if byteorder < 0 else 5, data, errors, bool(final))
    return text, n, byteorder


def codecs_utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /):
    data = textBufferBytes(text_need_bytes(data))
    if byteorder == 0:
        if len(data) < 4:
            if not final:
                return "", 0, 0
        elif data[:4] == b"\xff\xfe\0\0":
            byteorder = -1
        elif data[:4] == b"\0\0\xfe\xff":
            byteorder = 1
        text, n = text_decode(11, data, errors, bool(final))
    else:
        text, n = text_decode(6 if byteorder < 0 else 7, data, errors, bool(final))
    return text, n, byteorder


def text_warn_escape(data, at):
    # Whether there was an escape to warn of.
    if at < 0:
        return False
    if data[at] in b"01234567":
        warn(DeprecationWarning, "invalid octal escape sequence '\\" + data[at:at + 3].decode("latin-1") + "'", None)
    else:
        warn(DeprecationWarning, "invalid escape sequence '\\" + data[at:at + 1].decode("latin-1") + "'", None)
    return True


def codecs_unicode_escape_decode(data, errors, final):
    if isinstance(data, str):
        data = data.encode()
    data = textBufferBytes(text_need_bytes(data))
    final = bool(final)
    if errors is not None and not isinstance(errors, str):
        raise TypeError("unicode_escape_decode() argument 2 must be str or None, not " + typeNameOf(errors))
    if errors is None or textHasNativeHandler(errors):
        if errors is not None and errors != "strict" or b"\\" in data:
            text_warn_escape(data, textInvalidEscape(data, 0, errors is not None and errors != "strict"))
        return textDecodeNative(8, data, errors or "strict", final)
    return text_decode(8, data, errors, final)


def codecs_escape_decode(data, errors=None, /):
    if isinstance(data, str):
        data = data.encode()
    data = textBufferBytes(text_need_bytes(data))
    n = len(data)
    out = []
    while True:
        r = textEscapeDecode(data)
        if class_of(r) is tuple:
            text_warn_escape(data, r[1])
            out.append(r[0])
            return b"".join(out), n
        if errors is None or errors == "strict":
            raise ValueError("invalid \\x escape at position " + str(r))
        if errors not in ("replace", "ignore"):
            raise ValueError("decoding error; unknown error handling code: " + errors)
        out.append(textEscapeDecode(data[:r])[0])
        if errors == "replace":
            out.append(b"?")
        r += 2
        if r < len(data) and chr(data[r]) in "0123456789abcdefABCDEF":
            r += 1
        data = data[r:]


def codecs_escape_encode(data, errors=None, /):
    if not isinstance(data, bytes):
        raise TypeError("escape_encode() argument 1 must be bytes, not " + class_of(data).__name__)
    return textEscapeEncode(data), len(data)


def codecs_readbuffer_encode(data, errors=None, /):
    if isinstance(data, str):
        data = data.encode()
    data = textBufferBytes(text_need_bytes(data))
    return data, len(data)


def codecs_charmap_build(map, /):
    text_need_str(map, "charmap_build")
    table = {}
    i = 0
    for c in map:
        if c != "\ufffe":
            table[ord(c)] = i
        i += 1
    return table


def text_charmap_one(mapping, c):
    # What a mapping gives for one code unit; None where undefined.
    try:
        r = mapping[c]
    except LookupError:
        return None
    return r


def codecs_charmap_decode(data, errors=None, mapping=None, /):
    data = textBufferBytes(text_need_bytes(data))
    if mapping is None:
        return text_decode(3, data, errors, True)
    if errors is None:
        errors = "strict"
    out = []
    pos = 0
    is_str = isinstance(mapping, str)
    handler = None
    while pos < len(data):
        if is_str:
            piece, pos = textCharmapDecode(data, mapping, pos)
            out.append(piece)
            if pos >= len(data):
                break
        else:
            r = text_charmap_one(mapping, data[pos])
            if isinstance(r, int) and r != 0xfffe:
                if not 0 <= r < 0x110000:
                    raise TypeError("character mapping must be in range(0x110000)")
                out.append(chr(r))
                pos += 1
                continue
            if isinstance(r, str) and r != "\ufffe":
                out.append(r)
                pos += 1
                continue
            if r is not None and r != 0xfffe and r != "\ufffe":
                raise TypeError("character mapping must return integer, None or str")
        exc = UnicodeDecodeError("charmap", data, pos, pos + 1, "character maps to <undefined>")
        if handler is None:
            handler = text_lookup_error(errors)
        rep, pos = text_call_handler(handler, exc, "decoding error handler must return (str, int) tuple", len(data))
        if not isinstance(rep, str):
            raise TypeError("decoding error handler must return (str, int) tuple")
        out.append(rep)
    return "".join(out), len(data)


def text_charmap_byte(mapping, c):
    r = text_charmap_one(mapping, ord(c))
    if r is None:
        return None
    if isinstance(r, int):
        if not 0 <= r < 256:
            raise TypeError("character mapping must be in range(256)")
        return bytes((r,))
    if isinstance(r, bytes):
        return r
    raise TypeError("character mapping must return integer, bytes or None, not " + class_of(r).__name__)


def codecs_charmap_encode(str, errors=None, mapping=None, /):
    text_need_str(str, "charmap_encode")
    if mapping is None:
        return text_encode(3, str, errors), len(str)
    if errors is None:
        errors = "strict"
    out = []
    pos = 0
    size = len(str)
    plain = class_of(mapping) is dict
    handler = None
    while pos < size:
        if plain:
            piece, pos = textCharmapEncode(str, mapping, pos)
            out.append(piece)
            if pos >= size:
                break
        b = text_charmap_byte(mapping, str[pos])
        if b is not None:
            out.append(b)
            pos += 1
            continue
        end = pos + 1
        while end < size and text_charmap_byte(mapping, str[end]) is None:
            end += 1
        exc = UnicodeEncodeError("charmap", str, pos, end, "character maps to <undefined>")
        if handler is None:
            handler = text_lookup_error(errors)
        rep, pos = text_call_handler(handler, exc, "encoding error handler must return (str/bytes, int) tuple", size)
        if isinstance(rep, bytes):
            out.append(rep)
            continue
        for c in rep:
            b = text_charmap_byte(mapping, c)
            if b is None:
                raise exc
            out.append(b)
    return b"".join(out), size


# --- _testinternalcapi: the codec of the locale, which is UTF-8


def text_locale_errors(errors):
    if errors not in (None, "strict", "surrogateescape", "surrogatepass"):
        raise ValueError("unsupported error handler")
    return errors or "strict"


@module_function("_testinternalcapi")
def EncodeLocaleEx(text, current_locale=0, errors=None, /):
    try:
        return text.encode("utf-8", text_locale_errors(errors))
    except UnicodeEncodeError as e:
        raise RuntimeError("encode error: pos=" + str(e.start) + ", reason=" + e.reason) from None


@module_function("_testinternalcapi")
def DecodeLocaleEx(data, current_locale=0, errors=None, /):
    try:
        return data.decode("utf-8", text_locale_errors(errors))
    except UnicodeDecodeError as e:
        raise RuntimeError("decode error: pos=" + str(e.start) + ", reason=" + e.reason) from None


del EncodeLocaleEx, DecodeLocaleEx
