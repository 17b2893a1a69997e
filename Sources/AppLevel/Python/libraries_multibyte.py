# _multibytecodec and _codecs_*: codecs of East Asian text over the native character sets; error handlers, states, streams.
# On demand: _multibytecodec _codecs_cn _codecs_hk _codecs_tw _codecs_jp _codecs_kr _codecs_iso2022

cjk_modules = {
    "_codecs_cn": ("gb2312", "gbk", "gb18030", "hz"),
    "_codecs_hk": ("big5hkscs",),
    "_codecs_tw": ("big5", "cp950"),
    "_codecs_jp": ("shift_jis", "cp932", "euc_jp", "shift_jis_2004", "euc_jis_2004", "euc_jisx0213", "shift_jisx0213"),
    "_codecs_kr": ("euc_kr", "cp949", "johab"),
    "_codecs_iso2022": ("iso2022_kr", "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext"),
}
cjk_codecs = {}


@builtin_class("_multibytecodec", "MultibyteCodec")
class cjk_Codec:
    __slots__ = ("_name", "_set", "_machine")

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create '_multibytecodec.MultibyteCodec' instances")

    def encode(self, input, errors=None):
        cjk_check_errors(errors, "encode")
        if not isinstance(input, str):
            raise TypeError("couldn't convert the object to str.")
        data, at, state = cjk_encode(self, input, cjk_start(self), errors or "strict", True)
        return data, len(input)

    def decode(self, input, errors=None):
        cjk_check_errors(errors, "decode")
        data = cjk_bytes(input)
        text, at, state = cjk_decode(self, data, cjk_start(self), errors or "strict", True)
        return text, len(data)


def cjk_check_errors(errors, what):
    if errors is not None and not isinstance(errors, str):
        raise TypeError(what + "() argument 'errors' must be str or None, not " + typeNameOf(errors))


def cjk_bytes(input):
    data = bufferBytes(input)
    if data is None:
        raise TypeError("a bytes-like object is required, not '" + typeNameOf(input) + "'")
    return data


def cjk_module(module, names):
    def getcodec(encoding, /):
        if not isinstance(encoding, str):
            raise TypeError("encoding name must be a string.")
        if encoding not in names:
            raise LookupError("no such codec is supported.")
        codec = cjk_codecs.get(encoding)
        if codec is None:
            codec = _object.__new__(cjk_Codec)
            codec._name = encoding
            codec._machine = None
            codec._set = -1
            if encoding == "hz" or encoding[:7] == "iso2022":
                codec._machine = cjk_hz if encoding == "hz" else cjk_iso2022
            else:
                codec._set = cjkSet(encoding)
            cjk_codecs[encoding] = codec
        return codec
    module_function(module)(getcodec)


for cjk_name in cjk_modules:
    cjk_module(cjk_name, cjk_modules[cjk_name])


def cjk_start(codec):
    # States are plain values: eight bytes, or what the machine makes of them.
    return codec._machine.start(codec._name) if codec._machine is not None else b"\0\0\0\0\0\0\0\0"


def cjk_encode(codec, text, state, errors, final):
    # (bytes, how far, state)
    out = []
    at = 0
    n = len(text)
    handler = None
    while True:
        if codec._machine is None:
            data, at, wrong = cjkEncode(codec._set, text, at, final)
        else:
            data, at, wrong, state = codec._machine.encode(codec._name, text, at, state, final)
        out.append(data)
        if wrong <= 0:
            break
        if errors == "strict":
            raise UnicodeEncodeError(codec._name, text, at, at + wrong, "illegal multibyte sequence")
        if errors == "ignore":
            at += wrong
            continue
        if errors == "replace":
            replacement, next = "?", at + wrong
        else:
            if handler is None:
                handler = text_lookup_error(errors)
            r = handler(UnicodeEncodeError(codec._name, text, at, at + wrong, "illegal multibyte sequence"))
            if not isinstance(r, tuple) or len(r) != 2 or not isinstance(r[0], (str, bytes)) or not isinstance(r[1], int):
                raise TypeError("encoding error handler must return (str, int) tuple")
            replacement, next = r
            if next < 0:
                next += n
            if not 0 <= next <= n or not fitsWord(next):
                raise IndexError("position " + str(r[1]) + " from error handler out of bounds")
        if isinstance(replacement, bytes):
            out.append(replacement)
        elif codec._machine is None:
            data, stop, bad = cjkEncode(codec._set, replacement, 0, True)
            if bad:
                raise UnicodeEncodeError(codec._name, replacement, stop, stop + 1, "illegal multibyte sequence")
            out.append(data)
        else:
            data, stop, bad, state = codec._machine.encode(codec._name, replacement, 0, state, False)
            if bad > 0:
                raise UnicodeEncodeError(codec._name, replacement, stop, stop + bad, "illegal multibyte sequence")
            out.append(data)
        at = next
    if final and codec._machine is not None:
        data, state = codec._machine.finish(codec._name, state)
        out.append(data)
    return b"".join(out), at, state


def cjk_decode(codec, data, state, errors, final):
    # (text, how far, state)
    out = []
    at = 0
    handler = None
    while True:
        if codec._machine is None:
            text, at, wrong = cjkDecode(codec._set, data, at)
        else:
            text, at, wrong, state = codec._machine.decode(codec._name, data, at, state)
        out.append(text)
        n = len(data)
        if wrong == 0 or wrong < 0 and not final:
            break
        reason = "illegal multibyte sequence" if wrong > 0 else "incomplete multibyte sequence"
        end = at + wrong if wrong > 0 else n
        if errors == "strict":
            raise UnicodeDecodeError(codec._name, data, at, end, reason)
        if errors == "ignore":
            at = end
        elif errors == "replace":
            out.append("\ufffd")
            at = end
        else:
            if handler is None:
                handler = text_lookup_error(errors)
            e = UnicodeDecodeError(codec._name, data, at, end, reason)
            r = handler(e)
            if not isinstance(r, tuple) or len(r) != 2 or not isinstance(r[0], str) or not isinstance(r[1], int):
                raise TypeError("decoding error handler must return (str, int) tuple")
            if isinstance(e.object, bytes):
                data = e.object
                n = len(data)
            next = r[1] + n if r[1] < 0 else r[1]
            if not 0 <= next <= n or not fitsWord(next):
                raise IndexError("position " + str(r[1]) + " from error handler out of bounds")
            out.append(r[0])
            at = next
        if at >= n:
            break
    return "".join(out), at, state


# --- incremental codecs and streams


def cjk_codec_of(cls):
    codec = getattr(cls, "codec")
    if class_of(codec) is not cjk_Codec:
        raise TypeError("codec is unexpected type")
    return codec


def cjk_set_errors(self, value):
    if not isinstance(value, str):
        raise TypeError("errors must be a string")
    self._errors = value


def cjk_delete_errors(self):
    raise AttributeError("cannot delete attribute")


@builtin_class("_multibytecodec")
class MultibyteIncrementalEncoder:
    __slots__ = ("_codec", "_state", "_errors", "_pending")

    def __new__(cls, errors="strict"):
        self = _object.__new__(cls)
        if not isinstance(errors, str):
            raise TypeError("MultibyteIncrementalEncoder() argument 'errors' must be str, not " + typeNameOf(errors))
        self._codec = cjk_codec_of(cls)
        self._errors = errors
        self._pending = ""
        self._state = cjk_start(self._codec)
        return self

    def __init__(self, *args, **kwargs):
        pass

    errors = property(lambda self: self._errors, cjk_set_errors, cjk_delete_errors)

    def encode(self, input, final=False):
        final = bool(final)
        if not isinstance(input, str):
            raise TypeError("couldn't convert the object to str.")
        text = self._pending + input
        data, at, state = cjk_encode(self._codec, text, self._state, self._errors, final)
        rest = text[at:]
        if len(rest) > 2:
            raise UnicodeError("pending buffer overflow")
        self._state = state
        self._pending = rest
        return data

    def reset(self):
        self._pending = ""
        if self._codec._machine is not None:
            data, state = self._codec._machine.finish(self._codec._name, self._state)
        self._state = cjk_start(self._codec)

    def getstate(self):
        pending = self._pending.encode()
        if len(pending) > 8:
            raise UnicodeError("pending buffer too large")
        state = cjk_pack(self._codec, self._state)
        return int.from_bytes(bytes((len(pending),)) + pending + state, "little")

    def setstate(self, state, /):
        if not isinstance(state, int):
            raise TypeError("setstate() argument must be int, not " + typeNameOf(state))
        data = state.to_bytes(17, "little")
        n = data[0]
        if n > 8:
            raise UnicodeError("pending buffer too large")
        self._pending = data[1:1 + n].decode()
        self._state = cjk_unpack(self._codec, data[1 + n:9 + n])


def cjk_pack(codec, state):
    return state if codec._machine is None else codec._machine.pack(state)


def cjk_unpack(codec, data):
    return data if codec._machine is None else codec._machine.unpack(data)


@builtin_class("_multibytecodec")
class MultibyteIncrementalDecoder:
    __slots__ = ("_codec", "_state", "_errors", "_pending")

    def __new__(cls, errors="strict"):
        self = _object.__new__(cls)
        if not isinstance(errors, str):
            raise TypeError("MultibyteIncrementalDecoder() argument 'errors' must be str, not " + typeNameOf(errors))
        self._codec = cjk_codec_of(cls)
        self._errors = errors
        self._pending = b""
        self._state = cjk_start(self._codec)
        return self

    def __init__(self, *args, **kwargs):
        pass

    errors = property(lambda self: self._errors, cjk_set_errors, cjk_delete_errors)

    def decode(self, input, final=False):
        final = bool(final)
        data = self._pending + cjk_bytes(input)
        text, at, state = cjk_decode(self._codec, data, self._state, self._errors, final)
        rest = data[at:]
        if len(rest) > 8:
            raise UnicodeError("pending buffer overflow")
        self._state = state
        self._pending = rest
        return text

    def reset(self):
        self._pending = b""
        self._state = cjk_start(self._codec)

    def getstate(self):
        return self._pending, int.from_bytes(cjk_pack(self._codec, self._state), "little")

    def setstate(self, state, /):
        if not isinstance(state, tuple):
            raise TypeError("setstate() argument must be tuple, not " + typeNameOf(state))
        pending, number = state
        if not isinstance(pending, bytes):
            raise TypeError("setstate() argument 1 must be bytes, not " + typeNameOf(pending))
        if not isinstance(number, int):
            raise TypeError("setstate() argument 2 must be int, not " + typeNameOf(number))
        if len(pending) > 8:
            raise UnicodeError("pending buffer too large")
        self._pending = pending
        self._state = cjk_unpack(self._codec, number.to_bytes(8, "little"))


@builtin_class("_multibytecodec")
class MultibyteStreamReader:
    __slots__ = ("_codec", "_state", "_errors", "_pending", "_stream")

    def __new__(cls, stream, errors="strict"):
        self = _object.__new__(cls)
        if errors is not None and not isinstance(errors, str):
            raise TypeError("MultibyteStreamReader() argument 'errors' must be str, not " + typeNameOf(errors))
        self._codec = cjk_codec_of(cls)
        self._stream = stream
        self._errors = errors or "strict"
        self._pending = b""
        self._state = cjk_start(self._codec)
        return self

    def __init__(self, *args, **kwargs):
        pass

    errors = property(lambda self: self._errors, cjk_set_errors, cjk_delete_errors)
    stream = property(lambda self: self._stream)

    def read(self, size=None, /):
        return cjk_stream_read(self, "read", size)

    def readline(self, size=None, /):
        return cjk_stream_read(self, "readline", size)

    def readlines(self, size=None, /):
        return cjk_stream_read(self, "read", size).splitlines(True)

    def reset(self):
        self._pending = b""
        self._state = cjk_start(self._codec)


def cjk_stream_read(self, method, size):
    if size is not None and not isinstance(size, int):
        raise TypeError("arg 1 must be an integer")
    size = -1 if size is None else size
    if size == 0:
        return ""
    while True:
        read = getattr(self._stream, method)
        data = read() if size < 0 else read(size)
        if not isinstance(data, bytes):
            raise TypeError("stream function returned a non-bytes object (" + typeNameOf(data) + ")")
        end = size < 0 or not data
        whole = self._pending + data
        text, at, self._state = cjk_decode(self._codec, whole, self._state, self._errors, end)
        self._pending = whole[at:]
        if end or text:
            return text
        size = 1


@builtin_class("_multibytecodec")
class MultibyteStreamWriter:
    __slots__ = ("_codec", "_state", "_errors", "_pending", "_stream")

    def __new__(cls, stream, errors="strict"):
        self = _object.__new__(cls)
        if errors is not None and not isinstance(errors, str):
            raise TypeError("MultibyteStreamWriter() argument 'errors' must be str, not " + typeNameOf(errors))
        self._codec = cjk_codec_of(cls)
        self._stream = stream
        self._errors = errors or "strict"
        self._pending = ""
        self._state = cjk_start(self._codec)
        return self

    def __init__(self, *args, **kwargs):
        pass

    errors = property(lambda self: self._errors, cjk_set_errors, cjk_delete_errors)
    stream = property(lambda self: self._stream)

    def write(self, strobj, /):
        if not isinstance(strobj, str):
            raise TypeError("couldn't convert the object to str.")
        text = self._pending + strobj
        data, at, self._state = cjk_encode(self._codec, text, self._state, self._errors, False)
        self._pending = text[at:]
        self._stream.write(data)

    def writelines(self, lines, /):
        for line in lines:
            self.write(line)

    def reset(self):
        text = self._pending
        self._pending = ""
        data, at, self._state = cjk_encode(self._codec, text, self._state, self._errors, True)
        self._state = cjk_start(self._codec)
        if data:
            self._stream.write(data)


@module_function("_multibytecodec", "__create_codec")
def cjk_create_codec(capsule, /):
    raise ValueError("argument type invalid")
