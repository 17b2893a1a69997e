# _io: the abstract bases, open() and small functions.

io_BUFFER = 8192


class io_UnsupportedOperation(OSError, ValueError):
    pass


io_UnsupportedOperation.__name__ = io_UnsupportedOperation.__qualname__ = "UnsupportedOperation"
io_UnsupportedOperation.__module__ = "io"


def _io_populate(d):
    d["DEFAULT_BUFFER_SIZE"] = io_BUFFER
    d["UnsupportedOperation"] = io_UnsupportedOperation
    d["BlockingIOError"] = BlockingIOError


def io_unsupported(name):
    raise io_UnsupportedOperation(name)


@system_class("_io", "_IOBase")
class io_IOBase:
    __slots__ = ("__dict__", "__weakref__", "_base_closed")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        io_set_base_closed(self, False)
        return self

    def seek(self, offset, whence=0, /):
        io_unsupported("seek")

    def tell(self, /):
        return self.seek(0, 1)

    def truncate(self, size=None, /):
        io_unsupported("truncate")

    def flush(self, /):
        if self._base_closed:
            raise ValueError("I/O operation on closed file.")

    def close(self, /):
        if not self._base_closed:
            try:
                self.flush()
            finally:
                io_set_base_closed(self, True)

    @property
    def closed(self):
        return self._base_closed

    def seekable(self, /):
        return False

    def readable(self, /):
        return False

    def writable(self, /):
        return False

    def _checkClosed(self, msg=None):
        if self.closed:
            raise ValueError("I/O operation on closed file." if msg is None else msg)
        return True

    def _checkSeekable(self, msg=None):
        if self.seekable() is not True:
            raise io_UnsupportedOperation("File or stream is not seekable." if msg is None else msg)
        return True

    def _checkReadable(self, msg=None):
        if self.readable() is not True:
            raise io_UnsupportedOperation("File or stream is not readable." if msg is None else msg)
        return True

    def _checkWritable(self, msg=None):
        if self.writable() is not True:
            raise io_UnsupportedOperation("File or stream is not writable." if msg is None else msg)
        return True

    def fileno(self, /):
        io_unsupported("fileno")

    def isatty(self, /):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        return False

    def __enter__(self):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        return self

    def __exit__(self, *args):
        self.close()

    def __iter__(self):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def readline(self, size=-1, /):
        limit = io_size(size)
        peek = getattr(self, "peek", None)
        parts = bytearray()
        while limit < 0 or len(parts) < limit:
            n = 1
            if peek is not None:
                ahead = peek(1)
                if not isinstance(ahead, bytes):
                    raise OSError("peek() should have returned a bytes object, not '" + type(ahead).__name__ + "'")
                if ahead:
                    n = ahead.find(b"\n") + 1 or len(ahead)
                    if limit >= 0 and n > limit - len(parts):
                        n = limit - len(parts)
            data = self.read(n)
            if not isinstance(data, bytes):
                raise OSError("read() should have returned a bytes object, not '" + type(data).__name__ + "'")
            if not data:
                break
            parts += data
            if parts[-1] == 10:
                break
        return bytes(parts)

    def readlines(self, hint=-1, /):
        limit = io_size(hint)
        lines = []
        if limit <= 0:
            lines.extend(self)
            return lines
        total = 0
        for line in self:
            lines.append(line)
            total += len(line)
            if total > limit:
                break
        return lines

    def writelines(self, lines, /):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        for line in lines:
            self.write(line)

    def __del__(self):
        try:
            closed = self.closed
        except Exception:
            closed = False
        if not closed:
            try:
                self.close()
            except Exception as e:
                if sys_dict["flags"].dev_mode:
                    sys_report_unraisable(e, self)


def io_size(size):
    if size is None:
        return -1
    if size.__class__ is int:
        return size
    try:
        return system_index(size)
    except TypeError:
        raise TypeError("argument should be integer or None, not '" + type(size).__name__ + "'") from None


# A subclass's __setattr__ is not asked.
io_set_base_closed = type_lookup(io_IOBase, "_base_closed").__set__


@system_class("_io", "_RawIOBase")
class io_RawIOBase(io_IOBase):
    __slots__ = ()

    def read(self, size=-1, /):
        n = io_size(size)
        if n < 0:
            return self.readall()
        buffer = bytearray(n)
        k = self.readinto(buffer)
        if k is None:
            return None
        if k < 0 or k > n:
            raise ValueError("readinto returned " + str(k) + " outside buffer size " + str(n))
        return bytes(buffer[:k])

    def readall(self, /):
        out = bytearray()
        while True:
            data = self.read(io_BUFFER)
            if data is None:
                if out:
                    break
                return None
            if not isinstance(data, bytes):
                raise TypeError("read() should return bytes")
            if not data:
                break
            out += data
        return bytes(out)

    def readinto(self, buffer, /):
        io_unsupported("readinto")

    def write(self, b, /):
        io_unsupported("write")


@system_class("_io", "_BufferedIOBase")
class io_BufferedIOBase(io_IOBase):
    __slots__ = ()

    def detach(self, /):
        io_unsupported("detach")

    def read(self, size=-1, /):
        io_unsupported("read")

    def read1(self, size=-1, /):
        io_unsupported("read1")

    def write(self, b, /):
        io_unsupported("write")

    def readinto(self, buffer, /):
        return io_fill(buffer, self.read)

    def readinto1(self, buffer, /):
        return io_fill(buffer, self.read1)


def io_view(buffer):
    if type(buffer) is bytes or type(buffer) is str:
        raise TypeError("readinto() argument must be read-write bytes-like object, not " + type(buffer).__name__)
    try:
        view = memoryview(buffer)
    except TypeError:
        raise TypeError("readinto() argument must be read-write bytes-like object, not " + type(buffer).__name__) from None
    if view.readonly:
        raise TypeError("readinto() argument must be read-write bytes-like object, not " + type(buffer).__name__)
    if view.format != "B" or view.ndim != 1:
        view = view.cast("B")
    return view


def io_fill(buffer, read):
    with io_view(buffer) as view:
        data = read(len(view))
        if not isinstance(data, bytes):
            raise TypeError("read() should return bytes")
        n = len(data)
        if n > len(view):
            raise ValueError("read() returned too much data: " + str(len(view)) + " bytes requested, " + str(n) + " returned")
        view[:n] = data
    return n


@system_class("_io", "_TextIOBase")
class io_TextIOBase(io_IOBase):
    __slots__ = ()

    def read(self, size=-1, /):
        io_unsupported("read")

    def write(self, s, /):
        io_unsupported("write")

    def readline(self, size=-1, /):
        io_unsupported("readline")

    def detach(self, /):
        io_unsupported("detach")

    @property
    def encoding(self):
        return None

    @property
    def newlines(self):
        return None

    @property
    def errors(self):
        return None


@system_function("_io", "text_encoding")
def io_text_encoding(encoding, stacklevel=2, /):
    if encoding is None:
        flags = sys_dict["flags"]
        if flags.warn_default_encoding:
            warnings_warn("'encoding' argument not specified", EncodingWarning, stacklevel)
        return "utf-8" if flags.utf8_mode else "locale"
    return encoding


@system_function("_io", "open_code")
def io_open_code(path):
    if not isinstance(path, str):
        raise TypeError("open_code() argument 'path' must be str, not " + type(path).__name__)
    return io_open(path, "rb")


def io_mode_error():
    raise ValueError("must have exactly one of create/read/write/append mode")


@system_function("_io", "open")
def io_open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    if not isinstance(file, int):
        file = system_fspath(file)
    if not isinstance(mode, str):
        raise TypeError("open() argument 'mode' must be str, not " + type(mode).__name__)
    if buffering.__class__ is not int:
        buffering = system_index(buffering)
    if encoding is not None and not isinstance(encoding, str):
        raise TypeError("open() argument 'encoding' must be str or None, not " + type(encoding).__name__)
    if errors is not None and not isinstance(errors, str):
        raise TypeError("open() argument 'errors' must be str or None, not " + type(errors).__name__)
    if newline is not None and not isinstance(newline, str):
        raise TypeError("open() argument 'newline' must be str or None, not " + type(newline).__name__)
    creating = reading = writing = appending = updating = text = binary = False
    seen = ""
    for c in mode:
        if c in seen:
            raise ValueError("invalid mode: '" + mode + "'")
        seen += c
        if c == "r":
            reading = True
        elif c == "w":
            writing = True
        elif c == "a":
            appending = True
        elif c == "x":
            creating = True
        elif c == "+":
            updating = True
        elif c == "t":
            text = True
        elif c == "b":
            binary = True
        else:
            raise ValueError("invalid mode: '" + mode + "'")
    if text and binary:
        raise ValueError("can't have text and binary mode at once")
    if creating + reading + writing + appending > 1:
        io_mode_error()
    if binary and encoding is not None:
        raise ValueError("binary mode doesn't take an encoding argument")
    if binary and errors is not None:
        raise ValueError("binary mode doesn't take an errors argument")
    if binary and newline is not None:
        raise ValueError("binary mode doesn't take a newline argument")
    if binary and buffering == 1:
        warnings_warn("line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used", RuntimeWarning, 1)
    raw = io_FileIO(file, ("x" if creating else "") + ("r" if reading else "") + ("w" if writing else "") + ("a" if appending else "") +
                    ("+" if updating else ""), closefd, opener)
    result = raw
    try:
        line_buffering = False
        if buffering == 1 or buffering < 0 and raw.isatty():
            buffering = -1
            line_buffering = True
        if buffering < 0:
            buffering = raw._blksize
        if buffering < 0:
            raise ValueError("invalid buffering size")
        if buffering == 0:
            if binary:
                return result
            raise ValueError("can't have unbuffered text I/O")
        if updating:
            buffer = io_BufferedRandom(raw, buffering)
        elif reading:
            buffer = io_BufferedReader(raw, buffering)
        else:
            buffer = io_BufferedWriter(raw, buffering)
        result = buffer
        if binary:
            return result
        if encoding is None:
            encoding = io_text_encoding(encoding, 1)
        wrapper = io_TextIOWrapper(buffer, encoding, errors, newline, line_buffering)
        result = wrapper
        wrapper.mode = mode
        return wrapper
    except BaseException:
        result.close()
        raise


raw_set_builtin("open", io_open)


def io_standard_stream(fd, mode, name, encoding, errors, unbuffered):
    try:
        io_check_fd(fd)
    except OSError:
        return None
    try:
        raw = io_FileIO(fd, mode, False)
        raw.name = name
        line = raw.isatty() and not unbuffered
        if mode == "r":
            buffer = io_BufferedReader(raw)
        elif unbuffered:
            buffer = raw
        else:
            buffer = io_BufferedWriter(raw)
        stream = io_TextIOWrapper(buffer, encoding, errors, None if mode == "r" else "\n", line or name == "<stderr>", unbuffered and mode == "w")
        stream.mode = mode
        return stream
    except OSError:
        return None
