# zlib and _bz2: the classes, and the loops over the steps of the libraries.
# On demand: zlib _bz2


class zlib_error(Exception):
    pass


zlib_error.__name__ = zlib_error.__qualname__ = "error"
zlib_error.__module__ = "zlib"
app_module_attr("zlib", "error", zlib_error)


def zlib_fail(stream, code, doing):
    text = None
    if code == -6:
        text = "library version mismatch"
    elif stream > 0:
        text = zlibMessage(stream)
    if text is None:
        if code == -5:
            text = "incomplete or truncated stream"
        elif code == -2:
            text = "inconsistent stream state"
        elif code == -3:
            text = "invalid input data"
    message = "Error " + str(code) + " " + doing
    raise zlib_error(message if text is None else message + ": " + text)


def zlib_object_failed(code, stream, doing):
    if code == -2:
        raise ValueError("Invalid initialization option")
    if code == -4:
        raise MemoryError("Can't allocate memory for " + doing + " object")
    zlib_fail(stream, code, "while creating " + doing + " object")


def zlib_deflate(stream, data, mode):
    out, at, code = zlibDeflate(stream, data, 0, mode)
    if code >= 0 and at >= len_bytes(data):
        return out, code
    parts = [out]
    while at < len_bytes(data) and code >= 0:
        out, at, code = zlibDeflate(stream, data, at, mode)
        parts.append(out)
    return b"".join(parts), code


def len_bytes(data):
    return len(data) if class_of(data) is bytes else bufferLength(data)


@module_function("zlib", "compress")
def zlib_compress(data, /, level=-1, wbits=15):
    level = textIndex(level)
    wbits = textIndex(wbits)
    len_bytes(data)
    stream = zlibDeflateOpen(level, 8, wbits, 8, 0)
    if stream < 0:
        if stream == -4:
            raise MemoryError("Out of memory while compressing data")
        if stream == -2:
            raise zlib_error("Bad compression level")
        zlib_fail(0, stream, "while compressing data")
    try:
        out, code = zlib_deflate(stream, data, 4)
        if code != 1:
            zlib_fail(stream, code, "while compressing data")
        return out
    finally:
        zlibClose(stream)


@module_function("zlib")
def decompress(data, /, wbits=15, bufsize=16384):
    bufsize = textIndex(bufsize)
    wbits = textIndex(wbits)
    n = len_bytes(data)
    if bufsize < 0:
        raise ValueError("bufsize must be non-negative")
    stream = zlibInflateOpen(wbits)
    if stream < 0:
        if stream == -4:
            raise MemoryError("Out of memory while decompressing data")
        zlib_fail(0, stream, "while preparing to decompress data")
    try:
        parts = []
        at = 0
        while True:
            out, at, code = zlibInflate(stream, data, at, -1, 2)
            parts.append(out)
            if code == 1:
                return out if len(parts) == 1 else b"".join(parts)
            if code == -5 or code == 0:
                if at >= n and not out:
                    zlib_fail(stream, -5, "while decompressing data")
            else:
                if code == -4:
                    raise MemoryError("Out of memory while decompressing data")
                zlib_fail(stream, code, "while decompressing data")
    finally:
        zlibClose(stream)


@builtin_class("zlib")
@bound_to_process
class Compress:
    __slots__ = ("_stream",)

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'zlib.Compress' instances")

    def compress(self, data, /):
        out, code = zlib_deflate(self._stream, data, 0)
        if code != 0 and code != -5:
            zlib_fail(self._stream, code, "while compressing data")
        return out

    def flush(self, mode=4, /):
        mode = textIndex(mode)
        if mode == 0:
            return b""
        out, code = zlib_deflate(self._stream, b"", mode)
        if code == 1 and mode == 4:
            zlibClose(self._stream)
            self._stream = 0
        elif code != 0 and code != -5:
            zlib_fail(self._stream, code, "while flushing")
        return out

    def copy(self):
        stream = zlibCopy(self._stream)
        if stream < 0:
            if stream == -2:
                raise ValueError("Inconsistent stream state")
            if stream == -4:
                raise MemoryError("Can't allocate memory for compression object")
            zlib_fail(self._stream, stream, "while copying compression object")
        new = _object.__new__(Compress)
        new._stream = stream
        return new

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo, /):
        return self.copy()

    def __reduce_ex__(self, protocol, /):
        raise TypeError("cannot pickle 'zlib.Compress' object")

    def __del__(self):
        zlibClose(self._stream)


@module_function("zlib")
def compressobj(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=None):
    if zdict is not None and bufferLength(zdict) > 0xFFFFFFFF:
        raise OverflowError("zdict length does not fit in an unsigned int")
    stream = zlibDeflateOpen(textIndex(level), textIndex(method), textIndex(wbits), textIndex(memLevel), textIndex(strategy))
    if stream < 0:
        zlib_object_failed(stream, 0, "compression")
    self = _object.__new__(Compress)
    self._stream = stream
    if zdict is not None:
        code = zlibDictionary(stream, zdict)
        if code == -2:
            raise ValueError("Invalid dictionary")
        if code != 0:
            raise ValueError("deflateSetDictionary()")
    return self


@builtin_class("zlib")
@bound_to_process
class Decompress:
    __slots__ = ("_stream", "_dictionary", "_unused", "_tail", "_eof")

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'zlib.Decompress' instances")

    @property
    def unused_data(self):
        return self._unused

    @property
    def unconsumed_tail(self):
        return self._tail

    @property
    def eof(self):
        return self._eof

    def _run(self, data, limit, mode):
        # The output, where the input was left, the last code.
        parts = []
        got = 0
        at = 0
        n = len_bytes(data)
        while True:
            out, at, code = zlibInflate(self._stream, data, at, limit - got if limit else -1, mode)
            if out:
                got += len(out)
                parts.append(out)
            if code == 2 and self._dictionary is not None:
                code = zlibDictionary(self._stream, self._dictionary)
                if code < 0:
                    zlib_fail(self._stream, code, "while setting zdict")
                continue
            if code != 0 and code != -5 or limit and got >= limit or at >= n and not out:
                break
            if at >= n and len(out) < 1048576:
                break
        return parts[0] if len(parts) == 1 else b"".join(parts), at, code

    def _keep(self, data, at, code):
        # What the stream left of the input.
        rest = data[at:] if class_of(data) is bytes else bufferBytes(data)[at:]
        if code == 1:
            self._eof = True
            self._unused += rest
            self._tail = b""
        else:
            self._tail = rest

    def decompress(self, data, /, max_length=0):
        limit = textIndex(max_length)
        if limit < 0:
            raise ValueError("max_length must be non-negative")
        if self._eof and self._stream:
            bufferLength(data)
            self._keep(data, 0, 1)
            return b""
        out, at, code = self._run(data, limit, 2)
        self._keep(data, at, code)
        if code != 0 and code != 1 and code != -5:
            zlib_fail(self._stream, code, "while decompressing data")
        return out

    def flush(self, length=16384, /):
        length = textIndex(length)
        if length <= 0:
            raise ValueError("length must be greater than zero")
        if self._eof:
            zlibClose(self._stream)
            self._stream = 0
            return b""
        data = self._tail
        out, at, code = self._run(data, 0, 4)
        self._keep(data, at, code)
        if code == 1:
            zlibClose(self._stream)
            self._stream = 0
        return out

    def copy(self):
        stream = zlibCopy(self._stream)
        if stream < 0:
            if stream == -2:
                raise ValueError("Inconsistent stream state")
            if stream == -4:
                raise MemoryError("Can't allocate memory for decompression object")
            zlib_fail(self._stream, stream, "while copying decompression object")
        new = _object.__new__(Decompress)
        new._stream = stream
        new._dictionary = self._dictionary
        new._unused = self._unused
        new._tail = self._tail
        new._eof = self._eof
        return new

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo, /):
        return self.copy()

    def __reduce_ex__(self, protocol, /):
        raise TypeError("cannot pickle 'zlib.Decompress' object")

    def __del__(self):
        zlibClose(self._stream)


@module_function("zlib")
def decompressobj(wbits=15, zdict=None):
    if zdict is not None and bufferBytesOrNone(zdict) is None:
        raise TypeError("zdict argument must support the buffer protocol")
    wbits = textIndex(wbits)
    stream = zlibInflateOpen(wbits)
    if stream < 0:
        zlib_object_failed(stream, 0, "decompression")
    self = _object.__new__(Decompress)
    self._stream = stream
    self._dictionary = zdict
    self._unused = self._tail = b""
    self._eof = False
    if zdict is not None and wbits < 0:
        code = zlibDictionary(stream, zdict)
        if code < 0:
            zlib_fail(stream, code, "while setting zdict")
    return self


def bufferBytesOrNone(data):
    return bufferBytes(data)


def bz2_check(code):
    if code >= 0:
        return
    if code == -2:
        raise ValueError("Internal error - invalid parameters passed to libbzip2")
    if code == -3:
        raise MemoryError
    if code == -4 or code == -5:
        raise OSError("Invalid data stream")
    if code == -6:
        raise OSError("Unknown I/O error")
    if code == -7:
        raise EOFError("Compressed file ended before the logical end-of-stream was detected")
    if code == -1:
        raise RuntimeError("Internal error - Invalid sequence of commands sent to libbzip2")
    raise OSError("Unrecognized error from libbzip2: " + str(code))


@builtin_class("_bz2")
@bound_to_process
class BZ2Compressor:
    __slots__ = ("_stream", "_flushed")

    def __new__(cls, *args, **kwargs):
        self = _object.__new__(cls)
        self._stream = 0
        self._flushed = False
        return self

    def __init__(self, compresslevel=9, /):
        level = textIndex(compresslevel)
        if not 1 <= level <= 9:
            raise ValueError("compresslevel must be between 1 and 9")
        bz2Close(self._stream)
        self._stream = bz2Open(level)
        self._flushed = False
        bz2_check(self._stream)

    def compress(self, data, /):
        if self._flushed:
            raise ValueError("Compressor has been flushed")
        n = len_bytes(data)
        parts = []
        at = 0
        while at < n:
            out, at, code = bz2Compress(self._stream, data, at, False)
            bz2_check(code)
            parts.append(out)
        return b"".join(parts)

    def flush(self):
        if self._flushed:
            raise ValueError("Repeated call to flush()")
        self._flushed = True
        out, at, code = bz2Compress(self._stream, b"", 0, True)
        bz2_check(code)
        return out

    def __reduce_ex__(self, protocol, /):
        raise TypeError("cannot pickle '" + typeNameOf(self) + "' object")

    def __del__(self):
        bz2Close(self._stream)


@builtin_class("_bz2")
@bound_to_process
class BZ2Decompressor:
    __slots__ = ("_stream", "_rest", "_unused", "_eof", "_needs", "_failed")

    def __new__(cls, *args, **kwargs):
        self = _object.__new__(cls)
        self._stream = 0
        self._rest = self._unused = b""
        self._eof = False
        self._needs = True
        self._failed = 0
        return self

    def __init__(self):
        bz2Close(self._stream)
        self._stream = bz2Open(0)
        bz2_check(self._stream)

    @property
    def eof(self):
        return self._eof

    @property
    def unused_data(self):
        return self._unused

    @property
    def needs_input(self):
        return self._needs

    def decompress(self, data, max_length=-1):
        limit = textIndex(max_length)
        n = len_bytes(data)
        if self._eof:
            raise EOFError("End of stream already reached")
        if self._failed:
            # The library does not go on from an error.
            raise ValueError("Decompressor is unusable after a previous error")
        if self._rest:
            data = self._rest + bufferBytes(data)
            n = len(data)
        parts = []
        got = at = 0
        while True:
            out, at, code = bz2Decompress(self._stream, data, at, -1 if limit < 0 else limit - got)
            if code < 0:
                self._needs = False
                self._failed = code
                bz2_check(code)
            if out:
                got += len(out)
                parts.append(out)
            if code == 4 or limit >= 0 and got >= limit:
                break
            if at >= n and len(out) < 524288:
                break
        rest = bufferBytes(data)[at:]
        if code == 4:
            self._eof = True
            self._needs = False
            self._unused = rest
            self._rest = b""
        else:
            self._rest = rest
            self._needs = not rest and not (limit >= 0 and got >= limit)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __reduce_ex__(self, protocol, /):
        raise TypeError("cannot pickle '" + typeNameOf(self) + "' object")

    def __del__(self):
        bz2Close(self._stream)
