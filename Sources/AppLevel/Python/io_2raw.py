# _io: FileIO and BytesIO.

@bound_to_process
@system_class("_io", "FileIO")
class io_FileIO(io_RawIOBase):
    __slots__ = ("_fd", "_created", "_readable", "_writable", "_appending", "_seekable", "_closefd", "_blksize", "_wrapped", "_finalizing")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._base_closed = False
        self._fd = -1
        self._created = self._readable = self._writable = self._appending = False
        self._seekable = None
        self._closefd = True
        self._blksize = io_BUFFER
        self._wrapped = False
        self._finalizing = False
        return self

    def __init__(self, file, mode="r", closefd=True, opener=None):
        if self._fd >= 0:
            if self._closefd:
                fd = self._fd
                self._fd = -1
                io_close(fd)
            else:
                self._fd = -1
        if isinstance(file, float):
            raise TypeError("integer argument expected, got float")
        fd = -1
        name = file
        if isinstance(file, int):
            if isinstance(file, bool):
                warnings_warn("bool is used as a file descriptor", RuntimeWarning, 1)
            fd = int(file)
            if fd < 0:
                raise ValueError("negative file descriptor")
            if fd > 0x7fffffff:
                raise OverflowError("Python int too large to convert to C int")
        elif not isinstance(file, (str, bytes)):
            name = file
            file = system_fspath(file)
        if not isinstance(mode, str):
            raise TypeError("FileIO() argument 'mode' must be str, not " + type(mode).__name__)
        kind = 0
        plus = False
        flags = 0
        self._created = self._readable = self._writable = self._appending = False
        self._seekable = None
        for c in mode:
            if c == "x":
                kind += 1
                self._created = self._writable = True
                flags |= 0o300
            elif c == "r":
                kind += 1
                self._readable = True
            elif c == "w":
                kind += 1
                self._writable = True
                flags |= 0o1100
            elif c == "a":
                kind += 1
                self._writable = self._appending = True
                flags |= 0o2100
            elif c == "b":
                pass
            elif c == "+":
                if plus:
                    kind = 9
                plus = True
            else:
                raise ValueError("invalid mode: " + mode)
        if kind != 1:
            raise ValueError("Must have exactly one of create/read/write/append mode and at most one plus")
        if plus:
            self._readable = self._writable = True
        flags |= 2 if self._readable and self._writable else 0 if self._readable else 1
        flags |= 0o2000000
        if sys_audit_hooks:
            sys_audit("open", name, mode, flags)
        own = False
        if fd >= 0:
            self._closefd = bool(closefd)
        else:
            self._closefd = True
            if not closefd:
                raise ValueError("Cannot use closefd=False with file name")
            if opener is None:
                fd = io_open_file(file, flags, 0o666)
            else:
                fd = opener(name, flags)
                if not isinstance(fd, int):
                    raise TypeError("expected integer from opener")
                fd = int(fd)
                if fd < 0:
                    raise ValueError("opener returned " + str(fd))
                io_set_cloexec(fd)
            own = True
        try:
            block = io_check_open(fd, name)
            if block > 1:
                self._blksize = block
            self._fd = fd
            self.name = name
            if self._appending:
                try:
                    io_seek(fd, 0, 2)
                except OSError:
                    pass
        except BaseException:
            if own:
                self._fd = -1
                io_close(fd)
            raise

    def _closed_error(self):
        raise ValueError("I/O operation on closed file")

    def _mode_error(self, action):
        raise io_UnsupportedOperation("File not open for " + action)

    def close(self, /):
        try:
            io_IOBase.close(self)
        finally:
            if self._finalizing:
                self._dealloc_warn(self)
            if self._closefd and self._fd >= 0:
                fd = self._fd
                self._fd = -1
                io_close(fd)
            elif not self._closefd:
                self._fd = -1

    def __del__(self):
        # A buffered object that wraps this one closes it, after having flushed.
        if self._fd < 0 or self._wrapped:
            return
        try:
            self._finalizing = True
            self.close()
        except Exception as e:
            if sys_dict["flags"].dev_mode:
                sys_report_unraisable(e, self)

    def _dealloc_warn(self, source, /):
        if self._fd >= 0 and self._closefd:
            try:
                warnings_warn("unclosed file " + repr(source), ResourceWarning, 1, source)
            except Warning as e:
                sys_report_unraisable(e, self)

    @property
    def closed(self):
        "True if the file is closed"
        return self._fd < 0

    @property
    def closefd(self):
        return self._closefd

    @property
    def mode(self):
        if self._created:
            return "xb+" if self._readable else "xb"
        if self._appending:
            return "ab+" if self._readable else "ab"
        if self._readable:
            return "rb+" if self._writable else "rb"
        return "wb"

    def fileno(self, /):
        if self._fd < 0:
            self._closed_error()
        return self._fd

    def readable(self, /):
        if self._fd < 0:
            self._closed_error()
        return self._readable

    def writable(self, /):
        if self._fd < 0:
            self._closed_error()
        return self._writable

    def seekable(self, /):
        if self._fd < 0:
            self._closed_error()
        if self._seekable is None:
            try:
                io_seek(self._fd, 0, 1)
                self._seekable = True
            except OSError:
                self._seekable = False
        return self._seekable

    def isatty(self, /):
        if self._fd < 0:
            self._closed_error()
        return io_isatty(self._fd)

    def read(self, size=-1, /):
        if self._fd < 0:
            self._closed_error()
        if not self._readable:
            self._mode_error("reading")
        n = io_size(size)
        if n < 0:
            return self.readall()
        return io_read(self._fd, n)

    def readall(self, /):
        if self._fd < 0:
            self._closed_error()
        return io_read_all(self._fd)

    def readinto(self, buffer, /):
        if self._fd < 0:
            self._closed_error()
        if not self._readable:
            self._mode_error("reading")
        with io_view(buffer) as view:
            data = io_read(self._fd, len(view))
            if data is None:
                return None
            n = len(data)
            view[:n] = data
        return n

    def write(self, b, /):
        if self._fd < 0:
            self._closed_error()
        if not self._writable:
            self._mode_error("writing")
        return io_write(self._fd, b)

    def seek(self, pos, whence=0, /):
        if self._fd < 0:
            self._closed_error()
        if isinstance(pos, float):
            raise TypeError("an integer is required")
        p = io_seek(self._fd, system_index(pos), system_index(whence))
        return p

    def tell(self, /):
        if self._fd < 0:
            self._closed_error()
        return io_seek(self._fd, 0, 1)

    def truncate(self, size=None, /):
        if self._fd < 0:
            self._closed_error()
        if not self._writable:
            self._mode_error("writing")
        if size is None:
            size = self.tell()
        io_truncate(self._fd, system_index(size))
        return size

    def __repr__(self):
        cls = type(self)
        full = cls.__module__ + "." + cls.__qualname__
        if self._fd < 0:
            return "<" + full + " [closed]>"
        try:
            name = self.name
        except AttributeError:
            return "<" + full + " fd=" + str(self._fd) + " mode='" + self.mode + "' closefd=" + str(self._closefd) + ">"
        return "<" + full + " name=" + repr(name) + " mode='" + self.mode + "' closefd=" + str(self._closefd) + ">"

    def __getstate__(self):
        raise TypeError("cannot pickle '" + type(self).__module__ + "." + type(self).__name__ + "' object" if type(self) is not io_FileIO
                        else "cannot pickle '_io.FileIO' object")


@system_class("_io", "BytesIO")
class io_BytesIO(io_BufferedIOBase):
    __slots__ = ("_data", "_pos", "_wrapped")

    def __new__(cls, *args, **kwargs):
        self = object.__new__(cls)
        self._base_closed = False
        self._data = bytearray()
        self._pos = 0
        self._wrapped = False
        return self

    def __init__(self, initial_bytes=b""):
        if initial_bytes is None:
            initial_bytes = b""
        if type(initial_bytes) is not bytes:
            if isinstance(initial_bytes, (str, int)):
                raise TypeError("a bytes-like object is required, not '" + type(initial_bytes).__name__ + "'")
            with memoryview(initial_bytes) as view:
                initial_bytes = bytes(view)
        self._data = bytearray(initial_bytes)
        self._pos = 0

    def _check(self):
        if self._data is None:
            raise ValueError("I/O operation on closed file.")

    @property
    def closed(self):
        return self._data is None

    def close(self, /):
        data = self._data
        if data is not None:
            # Refused while a view on the data is in use.
            data.append(0)
            self._data = None

    def __del__(self):
        pass

    def readable(self, /):
        self._check()
        return True

    writable = readable
    seekable = readable

    def isatty(self, /):
        self._check()
        return False

    def flush(self, /):
        self._check()

    def getvalue(self, /):
        self._check()
        return bytes(self._data)

    def getbuffer(self, /):
        self._check()
        return memoryview(self._data)

    def read(self, size=-1, /):
        data = self._data
        if data is None:
            self._check()
        n = io_size(size)
        start = self._pos
        end = len(data)
        if 0 <= n < end - start:
            end = start + n
        if start >= end:
            return b""
        self._pos = end
        return bytes(data[start:end])

    def read1(self, size=-1, /):
        return io_BytesIO.read(self, size)

    def readinto(self, buffer, /):
        self._check()
        with io_view(buffer) as view:
            data = io_BytesIO.read(self, len(view))
            n = len(data)
            view[:n] = data
        return n

    readinto1 = readinto

    def readline(self, size=-1, /):
        data = self._data
        if data is None:
            self._check()
        n = io_size(size)
        start = self._pos
        end = data.find(b"\n", start) + 1
        if not end:
            end = len(data)
        if 0 <= n < end - start:
            end = start + n
        if start >= end:
            return b""
        self._pos = end
        return bytes(data[start:end])

    def __next__(self):
        data = self._data
        if data is None:
            self._check()
        start = self._pos
        end = data.find(b"\n", start) + 1
        if not end:
            end = len(data)
        if start >= end:
            raise StopIteration
        self._pos = end
        return bytes(data[start:end])

    def readlines(self, size=None, /):
        self._check()
        limit = io_size(size)
        lines = []
        total = 0
        while True:
            line = io_BytesIO.readline(self)
            if not line:
                return lines
            lines.append(line)
            total += len(line)
            if 0 < limit <= total:
                return lines

    def write(self, b, /):
        data = self._data
        if data is None:
            self._check()
        if type(b) is not bytes:
            if isinstance(b, str):
                raise TypeError("a bytes-like object is required, not 'str'")
            with memoryview(b) as view:
                b = bytes(view)
        n = len(b)
        if n == 0:
            return 0
        pos = self._pos
        size = len(data)
        if pos == size:
            data += b
        else:
            if pos > size:
                data += bytes(pos - size)
            data[pos:pos + n] = b
        self._pos = pos + n
        return n

    def writelines(self, lines, /):
        self._check()
        for line in lines:
            self.write(line)

    def seek(self, pos, whence=0, /):
        self._check()
        pos = system_index(pos)
        whence = system_index(whence)
        if whence == 0:
            if pos < 0:
                raise ValueError("negative seek value " + str(pos))
        elif whence == 1:
            pos = max(0, self._pos + pos)
        elif whence == 2:
            pos = max(0, len(self._data) + pos)
        else:
            raise ValueError("invalid whence (" + str(whence) + ", should be 0, 1 or 2)")
        if pos > 0x7fffffffffffffff:
            raise OverflowError("new position too large")
        self._pos = pos
        return pos

    def tell(self, /):
        self._check()
        return self._pos

    def truncate(self, size=None, /):
        self._check()
        if size is None:
            size = self._pos
        else:
            try:
                size = system_index(size)
            except TypeError:
                raise TypeError("argument should be integer or None, not '" + type(size).__name__ + "'") from None
            if size < 0:
                raise ValueError("negative size value " + str(size))
        if size < len(self._data):
            del self._data[size:]
        return size

    def __getstate__(self, /):
        self._check()
        d = self.__dict__
        return self.getvalue(), self._pos, d.copy() if d else None

    def __setstate__(self, state, /):
        self._check()
        if not isinstance(state, tuple) or len(state) < 3:
            raise TypeError(type(self).__name__ + ".__setstate__ argument should be 3-tuple, got " + type(state).__name__)
        value, pos, d = state
        io_BytesIO.__init__(self, value)
        if not isinstance(pos, int):
            raise TypeError("second item of state must be an integer, not " + type(pos).__name__)
        if pos < 0:
            raise ValueError("position value cannot be negative")
        self._pos = pos
        if d is not None:
            if not isinstance(d, dict):
                raise TypeError("third item of state should be a dict, got a " + type(d).__name__)
            self.__dict__.update(d)

    def __sizeof__(self):
        return object.__sizeof__(self) + len(self._data or b"")
