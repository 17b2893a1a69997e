# _io: buffered binary streams.

io_open_streams = []


def io_register(stream):
    """Remembers a stream that may hold data when the program ends."""
    io_open_streams.append(io_weak(stream))
    if len(io_open_streams) > 64 and len(io_open_streams) & (len(io_open_streams) - 1) == 0:
        io_open_streams[:] = [r for r in io_open_streams if io_weak_target(r) is not None]


def io_unlock_all():
    """At exit: no other thread runs any more, so whoever holds a stream will not give it back."""
    for r in io_open_streams:
        s = io_weak_target(r)
        if s is not None:
            s._lock = thread_RLock()


def io_flush_all():
    """At exit: writes what is still buffered, text first."""
    streams = [io_weak_target(r) for r in io_open_streams]
    io_open_streams.clear()
    for text in (True, False):
        for s in streams:
            if s is None or isinstance(s, io_TextIOBase) is not text:
                continue
            try:
                if not s.closed:
                    s.flush()
            except Exception:
                pass


def io_both(first, second):
    """Calls both, whatever happens; of two exceptions the first is the second's context."""
    try:
        first()
    except BaseException as e:
        try:
            second()
        except BaseException as f:
            if f is not e:
                f.__context__ = e
            raise
        raise
    second()


class io_locked_close:
    def __init__(self, lock, raw):
        self.lock = lock
        self.raw = raw

    def __call__(self):
        with self.lock:
            self.raw.close()


class io_Buffered(io_BufferedIOBase):
    """What the buffered classes over one raw stream share."""

    # _lock: held while buffered bytes move to the raw stream, where another thread may run.
    __slots__ = ("_raw", "_size", "_wrapped", "_finalizing", "_ok", "_detached", "_lock")

    def _start(self, raw, size):
        if size.__class__ is not int:
            size = system_index(size)
        if size <= 0:
            raise ValueError("buffer size must be strictly positive")
        if size > 1 << 62:
            raise OverflowError("Python int too large to convert to C ssize_t")
        self._raw = raw
        self._size = size
        self._lock = thread_RLock()
        self._detached = False
        self._ok = True
        if type(raw) is io_FileIO:
            raw._wrapped = True

    def _check(self, what="I/O operation on closed file."):
        if not self._ok:
            if self._detached:
                raise ValueError("raw stream has been detached")
            raise ValueError("I/O operation on uninitialized object")
        if self._raw.closed:
            raise ValueError(what)

    def _live(self):
        if not self._ok:
            if self._detached:
                raise ValueError("raw stream has been detached")
            raise ValueError("I/O operation on uninitialized object")

    @property
    def raw(self):
        self._live()
        return self._raw

    @property
    def closed(self):
        self._live()
        return self._raw.closed

    @property
    def name(self):
        self._live()
        return self._raw.name

    @property
    def mode(self):
        self._live()
        return self._raw.mode

    def seekable(self, /):
        self._live()
        return self._raw.seekable()

    def readable(self, /):
        self._live()
        return self._raw.readable()

    def writable(self, /):
        self._live()
        return self._raw.writable()

    def fileno(self, /):
        self._live()
        return self._raw.fileno()

    def isatty(self, /):
        self._live()
        return self._raw.isatty()

    def flush(self, /):
        self._check("flush of closed file")
        return self._raw.flush()

    def close(self, /):
        self._live()
        raw = self._raw
        if raw.closed:
            return
        if self._finalizing:
            try:
                raw._dealloc_warn(self)
            except AttributeError:
                pass
        # Who wants to write meanwhile waits, and finds it closed.
        io_both(self.flush, io_locked_close(self._lock, raw))

    def detach(self, /):
        self._live()
        self.flush()
        raw = self._raw
        self._raw = None
        self._ok = False
        self._detached = True
        if type(raw) is io_FileIO:
            raw._wrapped = False
        return raw

    def __del__(self):
        if self._wrapped or not self._ok:
            return
        try:
            if self._raw.closed:
                return
            self._finalizing = True
            self.close()
        except Exception as e:
            if sys_dict["flags"].dev_mode:
                sys_report_unraisable(e, self)

    def _dealloc_warn(self, source, /):
        if self._ok and self._raw is not None:
            try:
                self._raw._dealloc_warn(source)
            except AttributeError:
                pass

    def __repr__(self):
        cls = type(self)
        full = cls.__module__ + "." + cls.__qualname__
        try:
            name = self.name
        except (AttributeError, ValueError):
            return "<" + full + ">"
        return "<" + full + " name=" + repr(name) + ">"

    def __getstate__(self, /):
        cls = type(self)
        raise TypeError("cannot pickle '" + cls.__module__ + "." + cls.__qualname__ + "' object")

    def __sizeof__(self, /):
        return object.__sizeof__(self) + self._size

    def _raw_tell(self):
        n = self._raw.tell()
        if n < 0:
            raise OSError("Raw stream returned invalid position " + str(n))
        return n

    def _raw_seek(self, target, whence):
        n = self._raw.seek(target, whence)
        if n < 0:
            raise OSError("Raw stream returned invalid position " + str(n))
        return n


io_Buffered.__name__ = io_Buffered.__qualname__ = "_Buffered"
io_Buffered.__module__ = "_io"


def io_new_buffered(cls):
    self = object.__new__(cls)
    self._base_closed = False
    self._raw = None
    self._size = 0
    self._wrapped = False
    self._finalizing = False
    self._ok = False
    self._detached = False
    return self


@system_class("_io", "BufferedReader")
class io_BufferedReader(io_Buffered):
    __slots__ = ("_buf", "_pos")

    def __new__(cls, *args, **kwargs):
        self = io_new_buffered(cls)
        self._buf = b""
        self._pos = 0
        return self

    def __init__(self, raw, buffer_size=8192):
        self._ok = False
        self._detached = False
        if raw.readable() is not True:
            raise io_UnsupportedOperation("File or stream is not readable.")
        self._start(raw, buffer_size)
        self._buf = b""
        self._pos = 0

    def writable(self, /):
        self._live()
        return False

    def _fill(self, n):
        """One raw read; what it gave, b"" at the end, None when it would block."""
        raw = self._raw
        if type(raw) is io_FileIO:
            if raw._fd < 0:
                raise ValueError("read of closed file")
            return io_read(raw._fd, n)
        buffer = bytearray(n)
        k = raw.readinto(buffer)
        if k is None:
            return None
        if k.__class__ is not int:
            try:
                k = system_index(k)
            except TypeError as e:
                raise OSError("raw readinto() failed") from e
        if k < 0 or k > n:
            raise OSError("raw readinto() returned invalid length " + str(k) + " (should have been between 0 and " + str(n) + ")")
        return bytes(buffer[:k])

    def flush(self, /):
        self._check("flush of closed file")
        self._raw.flush()

    def read(self, size=-1, /):
        n = io_size(size)
        if n < -1:
            raise ValueError("read length must be non-negative or -1")
        self._check("read of closed file")
        buf = self._buf
        pos = self._pos
        have = len(buf) - pos
        if 0 <= n <= have:
            self._pos = pos + n
            return buf[pos:pos + n]
        if n < 0:
            return self._read_all()
        parts = [buf[pos:]] if have else []
        self._buf = b""
        self._pos = 0
        left = n - have
        while left > 0:
            want = self._size if left < self._size else left // self._size * self._size
            data = self._fill(want)
            if data is None:
                if not parts:
                    return None
                break
            if not data:
                break
            if len(data) > left:
                self._buf = data
                self._pos = left
                parts.append(data[:left])
                left = 0
            else:
                parts.append(data)
                left -= len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read_all(self):
        rest = self._buf[self._pos:]
        self._buf = b""
        self._pos = 0
        raw = self._raw
        readall = getattr(raw, "readall", None)
        if readall is not None:
            data = readall()
            if data is None:
                return rest or None
            if not isinstance(data, bytes):
                raise OSError("readall() should return bytes")
            return rest + data
        parts = [rest] if rest else []
        while True:
            data = raw.read()
            if data is not None and not isinstance(data, bytes):
                raise TypeError("read() should return bytes")
            if not data:
                if not parts:
                    return data
                return b"".join(parts)
            parts.append(data)

    def peek(self, size=0, /):
        self._check("peek of closed file")
        if self._pos >= len(self._buf):
            data = self._fill(self._size)
            self._buf = data or b""
            self._pos = 0
        return self._buf[self._pos:]

    def read1(self, size=-1, /):
        n = system_index(size)
        if n < 0:
            n = self._size
        self._check("read of closed file")
        if n == 0:
            return b""
        pos = self._pos
        buf = self._buf
        if pos < len(buf):
            data = buf[pos:pos + n]
            self._pos = pos + len(data)
            return data
        self._buf = b""
        self._pos = 0
        return self._fill(n) or b""

    def readinto(self, buffer, /):
        return self._readinto(buffer, False)

    def readinto1(self, buffer, /):
        return self._readinto(buffer, True)

    def _readinto(self, buffer, once):
        self._check("readinto of closed file")
        with io_view(buffer) as view:
            total = len(view)
            written = 0
            if total == 0:
                return 0
            while written < total:
                pos = self._pos
                have = len(self._buf) - pos
                if have:
                    n = min(have, total - written)
                    view[written:written + n] = self._buf[pos:pos + n]
                    self._pos = pos + n
                    written += n
                    if written == total or once and total - written <= self._size:
                        break
                left = total - written
                data = self._fill(left if left > self._size else self._size)
                if data is None:
                    return written or None
                if not data:
                    break
                if len(data) > left:
                    view[written:total] = data[:left]
                    self._buf = data
                    self._pos = left
                    written = total
                else:
                    self._buf = b""
                    self._pos = 0
                    view[written:written + len(data)] = data
                    written += len(data)
                if once:
                    break
            return written

    def readline(self, size=-1, /):
        limit = io_size(size)
        self._check("readline of closed file")
        pos = self._pos
        buf = self._buf
        end = buf.find(b"\n", pos) + 1
        if end and (limit < 0 or end - pos <= limit):
            self._pos = end
            return buf[pos:end]
        if 0 <= limit <= len(buf) - pos:
            self._pos = pos + limit
            return buf[pos:pos + limit]
        parts = [buf[pos:]]
        count = len(buf) - pos
        self._buf = b""
        self._pos = 0
        while True:
            data = self._fill(self._size)
            if not data:
                break
            end = data.find(b"\n") + 1 or len(data)
            found = data[end - 1] == 10
            if 0 <= limit < count + end:
                end = limit - count
                found = True
            if end < len(data):
                self._buf = data
                self._pos = end
                parts.append(data[:end])
                break
            parts.append(data)
            count += end
            if found or count == limit:
                break
        return b"".join(parts)

    def __next__(self):
        buf = self._buf
        pos = self._pos
        end = buf.find(b"\n", pos) + 1
        if end and self._ok and not self._raw.closed and type(self).readline is io_BufferedReader.readline:
            self._pos = end
            return buf[pos:end]
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def tell(self, /):
        self._check()
        n = self._raw_tell() - len(self._buf) + self._pos
        return n if n > 0 else 0

    def seek(self, target, whence=0, /):
        whence = system_index(whence)
        if whence < 0 or whence > 4:
            raise ValueError("whence value " + str(whence) + " unsupported")
        self._check("seek of closed file")
        if self._raw.seekable() is not True:
            raise io_UnsupportedOperation("File or stream is not seekable.")
        target = system_index(target)
        if whence < 2 and self._buf:
            # Within what has been read.
            at = self._raw_tell()
            start = at - len(self._buf)
            wanted = target if whence == 0 else start + self._pos + target
            if start <= wanted <= at and wanted >= 0:
                self._pos = wanted - start
                return wanted
        if whence == 1:
            target -= len(self._buf) - self._pos
        n = self._raw_seek(target, whence)
        self._buf = b""
        self._pos = 0
        return n

    def truncate(self, pos=None, /):
        self._check("truncate of closed file")
        io_unsupported("truncate")


def io_write_raw(raw, data):
    """One raw write; the count, or None when it would block."""
    if type(raw) is io_FileIO:
        if raw._fd < 0:
            raise ValueError("write to closed file")
        return io_write(raw._fd, data)
    n = raw.write(data)
    if n is None:
        return None
    if n.__class__ is not int:
        n = system_index(n)
    if n < 0 or n > len(data):
        raise OSError("raw write() returned invalid length " + str(n) + " (should have been between 0 and " + str(len(data)) + ")")
    return n


def io_flush_parts(raw, pending):
    """Writes and removes the bytes of `pending` (a bytearray)."""
    while pending:
        data = bytes(pending)
        n = io_write_raw(raw, data)
        if n is None:
            raise BlockingIOError(11, "write could not complete without blocking", 0)
        del pending[:n]


def io_bytes_of(b):
    if type(b) is bytes:
        return b
    if isinstance(b, str):
        raise TypeError("a bytes-like object is required, not 'str'")
    try:
        view = memoryview(b)
    except TypeError:
        raise TypeError("a bytes-like object is required, not '" + type(b).__name__ + "'") from None
    with view:
        return bytes(view)


@system_class("_io", "BufferedWriter")
class io_BufferedWriter(io_Buffered):
    __slots__ = ("_pending",)

    def __new__(cls, *args, **kwargs):
        self = io_new_buffered(cls)
        self._pending = bytearray()
        return self

    def __init__(self, raw, buffer_size=8192):
        self._ok = False
        self._detached = False
        if raw.writable() is not True:
            raise io_UnsupportedOperation("File or stream is not writable.")
        self._start(raw, buffer_size)
        self._pending = bytearray()
        io_register(self)

    def readable(self, /):
        self._live()
        return False

    def writable(self, /):
        self._live()
        return self._raw.writable()

    def write(self, b, /):
        self._live()
        with self._lock:
            self._check("write to closed file")
            return io_BufferedWriter._write_locked(self, io_bytes_of(b))

    def _write_locked(self, data):
        pending = self._pending
        total = len(data)
        if len(pending) + total <= self._size:
            pending += data
            return total
        try:
            io_flush_parts(self._raw, pending)
        except BlockingIOError:
            room = self._size - len(pending)
            if total <= room:
                pending += data
                return total
            if room > 0:
                pending += data[:room]
            raise BlockingIOError(11, "write could not complete without blocking", max(0, room)) from None
        done = 0
        while total - done > self._size:
            n = io_write_raw(self._raw, data[done:] if done else data)
            if n is None:
                room = min(self._size, total - done)
                pending += data[done:done + room]
                if total - done > room:
                    raise BlockingIOError(11, "write could not complete without blocking", done + room)
                return total
            done += n
        pending += data[done:] if done else data
        return total

    def flush(self, /):
        self._check("flush of closed file")
        if self._pending:
            with self._lock:
                io_flush_parts(self._raw, self._pending)
        # CPython's writer does not flush its raw stream.

    def tell(self, /):
        self._check()
        return self._raw_tell() + len(self._pending)

    def seek(self, target, whence=0, /):
        whence = system_index(whence)
        if whence < 0 or whence > 4:
            raise ValueError("whence value " + str(whence) + " unsupported")
        self._check("seek of closed file")
        if self._raw.seekable() is not True:
            raise io_UnsupportedOperation("File or stream is not seekable.")
        self.flush()
        return self._raw_seek(system_index(target), whence)

    def truncate(self, pos=None, /):
        self._check("truncate of closed file")
        if self._raw.writable() is not True:
            io_unsupported("truncate")
        self.flush()
        if pos is None:
            pos = self._raw_tell()
        return self._raw.truncate(pos)


@system_class("_io", "BufferedRandom")
class io_BufferedRandom(io_BufferedReader):
    # Reads as BufferedReader does; what has been written waits in `_pending`. At most one of the two holds data.
    __slots__ = ("_pending",)

    def __new__(cls, *args, **kwargs):
        self = io_new_buffered(cls)
        self._buf = b""
        self._pos = 0
        self._pending = bytearray()
        return self

    def __init__(self, raw, buffer_size=8192):
        self._ok = False
        self._detached = False
        if raw.seekable() is not True:
            raise io_UnsupportedOperation("File or stream is not seekable.")
        if raw.readable() is not True:
            raise io_UnsupportedOperation("File or stream is not readable.")
        if raw.writable() is not True:
            raise io_UnsupportedOperation("File or stream is not writable.")
        self._start(raw, buffer_size)
        self._buf = b""
        self._pos = 0
        self._pending = bytearray()
        io_register(self)

    def _fill(self, n):
        if self._pending:
            io_flush_parts(self._raw, self._pending)
        return io_BufferedReader._fill(self, n)

    def _read_all(self):
        if self._pending:
            io_flush_parts(self._raw, self._pending)
        return io_BufferedReader._read_all(self)

    def writable(self, /):
        self._live()
        return self._raw.writable()

    def write(self, b, /):
        self._live()
        with self._lock:
            self._check("write to closed file")
            data = io_bytes_of(b)
            if self._buf:
                # Back to where the reader stands.
                ahead = len(self._buf) - self._pos
                self._buf = b""
                self._pos = 0
                if ahead:
                    self._raw_seek(-ahead, 1)
            return io_BufferedWriter._write_locked(self, data)

    def flush(self, /):
        self._check("flush of closed file")
        if self._pending:
            io_flush_parts(self._raw, self._pending)
        elif self._buf:
            ahead = len(self._buf) - self._pos
            self._buf = b""
            self._pos = 0
            if ahead:
                self._raw_seek(-ahead, 1)

    def tell(self, /):
        self._check()
        if self._pending:
            return self._raw_tell() + len(self._pending)
        return io_BufferedReader.tell(self)

    def seek(self, target, whence=0, /):
        if self._pending:
            self._check("seek of closed file")
            io_flush_parts(self._raw, self._pending)
        return io_BufferedReader.seek(self, target, whence)

    def truncate(self, pos=None, /):
        self._check("truncate of closed file")
        if self._raw.writable() is not True:
            io_unsupported("truncate")
        self.flush()
        if pos is None:
            pos = self._raw_tell()
        return self._raw.truncate(pos)


@system_class("_io", "BufferedRWPair")
class io_BufferedRWPair(io_BufferedIOBase):
    __slots__ = ("_reader", "_writer")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._base_closed = False
        self._reader = self._writer = None
        return self

    def __init__(self, reader, writer, buffer_size=8192, /):
        if reader.readable() is not True:
            raise io_UnsupportedOperation("File or stream is not readable.")
        if writer.writable() is not True:
            raise io_UnsupportedOperation("File or stream is not writable.")
        self._reader = io_BufferedReader(reader, buffer_size)
        self._writer = io_BufferedWriter(writer, buffer_size)

    def _both(self):
        if self._writer is None:
            raise ValueError("I/O operation on uninitialized object")
        return self._writer

    def read(self, size=-1, /):
        self._both()
        return self._reader.read(size)

    def readinto(self, b, /):
        self._both()
        return self._reader.readinto(b)

    def readinto1(self, b, /):
        self._both()
        return self._reader.readinto1(b)

    def write(self, b, /):
        return self._both().write(b)

    def peek(self, size=0, /):
        self._both()
        return self._reader.peek(size)

    def read1(self, size=-1, /):
        self._both()
        return self._reader.read1(size)

    def readable(self, /):
        self._both()
        return self._reader.readable()

    def writable(self, /):
        return self._both().writable()

    def flush(self, /):
        return self._both().flush()

    def close(self, /):
        writer = self._both()
        io_both(writer.close, self._reader.close)

    def isatty(self, /):
        writer = self._both()
        return self._reader.isatty() or writer.isatty()

    @property
    def closed(self):
        if self._writer is None:
            raise RuntimeError("the BufferedRWPair object is being garbage-collected")
        return self._writer.closed

    def __del__(self):
        if self._writer is not None:
            try:
                if not self._writer.closed:
                    self.close()
            except Exception as e:
                if sys_dict["flags"].dev_mode:
                    sys_report_unraisable(e, self)
