# mmap: methods of memory maps. _symtable: entries.
# On demand: mmap _symtable

class mmap_methods:
    """Collected here, then put into the native class."""

    def __new__(cls, fileno, length, flags=1, prot=3, access=0, offset=0):
        fileno = system_index(fileno)
        length = system_index(length)
        offset = system_index(offset)
        if length < 0:
            raise OverflowError("memory mapped length must be positive")
        if offset < 0:
            raise OverflowError("memory mapped offset must be positive")
        if access != 0 and (flags != 1 or prot != 3):
            raise ValueError("mmap can't specify both access and flags, prot.")
        if access == 1:
            flags, prot = 1, 1
        elif access == 2:
            flags, prot = 1, 3
        elif access == 3:
            flags, prot = 2, 3
        elif access == 0:
            if prot & 3 == 3:
                access = 0
            elif prot & 2:
                access = 2
            else:
                access = 1
        else:
            raise ValueError("mmap invalid access parameter.")
        posix = import_native_once("posix")
        fd = -1
        if fileno != -1:
            size = posix.fstat(fileno).st_size
            mode = posix.fstat(fileno).st_mode
            if mode & 0o170000 == 0o100000:
                if length == 0:
                    if size == 0:
                        raise ValueError("cannot mmap an empty file")
                    if offset >= size:
                        raise ValueError("mmap offset is greater than file size")
                    length = size - offset
                elif offset > size or size - offset < length:
                    raise ValueError("mmap length is greater than file size")
            fd = posix.dup(fileno)
        else:
            flags |= 32
        try:
            self = mmap_new(cls, fd, length, flags, prot, offset, access == 1)
        except BaseException:
            if fd >= 0:
                posix.close(fd)
            raise
        self._fd = fd
        self._access = access
        self._pos = 0
        self._offset = offset
        return self

    def __init__(self, *args, **kwargs):
        pass

    def _size(self):
        address, size, exports = mmap_state(self)
        if not address:
            raise ValueError("mmap closed or invalid")
        return size

    def _writable(self):
        if self._access == 1:
            raise TypeError("mmap can't modify a readonly memory map.")

    @property
    def closed(self):
        return not mmap_state(self)[0]

    def close(self, /):
        address, size, exports = mmap_state(self)
        if exports > 0:
            raise BufferError("cannot close exported pointers exist")
        if self._fd >= 0:
            fd = self._fd
            self._fd = -1
            io_close(fd)
        mmap_unmap(self)

    def __del__(self):
        try:
            self.close()
        except Exception:
            pass

    def __enter__(self, /):
        self._size()
        return self

    def __exit__(self, *args):
        self.close()

    def __len__(self, /):
        return self._size()

    def __getitem__(self, index, /):
        size = self._size()
        if isinstance(index, slice):
            with memoryview(self) as view, view[index] as part:
                return bytes(part)
        try:
            i = system_index(index)
        except TypeError:
            raise TypeError("mmap indices must be integers") from None
        if i < 0:
            i += size
        if not 0 <= i < size:
            raise IndexError("mmap index out of range")
        with memoryview(self) as view:
            return view[i]

    def __setitem__(self, index, value, /):
        size = self._size()
        self._writable()
        if isinstance(index, slice):
            with memoryview(self) as view, view[index] as part:
                if len(part) != len(value):
                    raise IndexError("mmap slice assignment is wrong size")
                view[index] = bytes(value)
            return
        i = system_index(index)
        if i < 0:
            i += size
        if not 0 <= i < size:
            raise IndexError("mmap index out of range")
        if not isinstance(value, int):
            raise TypeError("mmap item value must be an int")
        if not 0 <= value <= 255:
            raise ValueError("mmap item value must be in range(0, 256)")
        with memoryview(self) as view:
            view[i] = value

    def __iter__(self, /):
        for i in range(len(self)):
            yield self[i:i + 1]

    def __contains__(self, item, /):
        if isinstance(item, int):
            return self.find(bytes([item]), 0) >= 0
        return self.find(item, 0) >= 0

    def size(self, /):
        self._size()
        if self._fd == -1:
            return self._size()
        return import_native_once("posix").fstat(self._fd).st_size

    def tell(self, /):
        self._size()
        return self._pos

    def seek(self, pos, whence=0, /):
        size = self._size()
        if whence == 0:
            where = pos
        elif whence == 1:
            where = self._pos + pos
        elif whence == 2:
            where = size + pos
        else:
            raise ValueError("unknown seek type")
        if not 0 <= where <= size:
            raise ValueError("seek out of range")
        self._pos = where

    def read(self, n=None, /):
        size = self._size()
        if n is not None and not isinstance(n, int):
            raise TypeError("argument should be integer or None, not '" + type(n).__name__ + "'")
        start = self._pos
        end = size if n is None or n < 0 else min(size, start + n)
        self._pos = end
        return self[start:end]

    def read_byte(self, /):
        if self._pos >= self._size():
            raise ValueError("read byte out of range")
        self._pos += 1
        return self[self._pos - 1]

    def readline(self, /):
        size = self._size()
        start = self._pos
        end = self.find(b"\n", start) + 1
        if end <= 0:
            end = size
        self._pos = end
        return self[start:end]

    def write(self, data, /):
        size = self._size()
        self._writable()
        data = io_bytes_of(data)
        start = self._pos
        if start + len(data) > size:
            raise ValueError("data out of range")
        self[start:start + len(data)] = data
        self._pos = start + len(data)
        return len(data)

    def write_byte(self, byte, /):
        self._size()
        self._writable()
        if self._pos >= self._size():
            raise ValueError("write byte out of range")
        self[self._pos] = byte
        self._pos += 1

    def find(self, sub, start=None, end=None, /):
        size = self._size()
        first = self._pos if start is None else start
        last = size if end is None else end
        first = max(0, first + size) if first < 0 else min(first, size)
        last = max(0, last + size) if last < 0 else min(last, size)
        r = self[first:last].find(io_bytes_of(sub))
        return r if r < 0 else r + first

    def rfind(self, sub, start=None, end=None, /):
        size = self._size()
        first = self._pos if start is None else start
        last = size if end is None else end
        first = max(0, first + size) if first < 0 else min(first, size)
        last = max(0, last + size) if last < 0 else min(last, size)
        r = self[first:last].rfind(io_bytes_of(sub))
        return r if r < 0 else r + first

    def move(self, dest, src, count, /):
        size = self._size()
        self._writable()
        if dest < 0 or src < 0 or count < 0 or size - dest < count or size - src < count:
            raise ValueError("source, destination, or count out of range")
        self[dest:dest + count] = self[src:src + count]

    def flush(self, offset=0, size=None, /):
        total = self._size()
        if size is None:
            size = total - offset
        if size < 0 or offset < 0 or total - offset < size:
            raise ValueError("flush values out of range")
        if self._access == 1 or self._access == 3:
            return
        mmap_sync(self, offset, size)

    def resize(self, newsize, /):
        address, size, exports = mmap_state(self)
        self._size()
        if exports > 0:
            raise BufferError("mmap can't resize with extant pointers exported.")
        if self._access not in (0, 2):
            raise TypeError("mmap can't resize a readonly or copy-on-write memory map.")
        if newsize < 0:
            raise ValueError("new size out of range")
        if self._fd != -1:
            import_native_once("posix").ftruncate(self._fd, self._offset + newsize)
        mmap_resize(self, newsize)

    def madvise(self, option, start=0, length=None, /):
        size = self._size()
        if length is None:
            length = size
        if start < 0 or start >= size:
            raise ValueError("madvise start out of bounds")
        if length < 0:
            raise ValueError("madvise length invalid")
        if length > 0x7fffffffffffffff - start:
            raise OverflowError("madvise length too large")
        mmap_advise(self, option, start, min(length, size - start))

    def __repr__(self):
        if not mmap_state(self)[0]:
            return "<mmap.mmap closed=True>"
        access = ("ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY")[self._access]
        return ("<mmap.mmap closed=False, access=" + access + ", length=" + str(self._size()) + ", pos=" + str(self._pos) + ", offset=" +
                str(self._offset) + ">")


for mmap_name, mmap_value in list(mmap_methods.__dict__.items()):
    if mmap_name not in ("__dict__", "__weakref__", "__module__", "__doc__", "__qualname__"):
        raw_set_type_attr(mmap_type, mmap_name, mmap_value)


def mmap_populate(d):
    d["mmap"] = mmap_type
    d["error"] = OSError
    items = """ACCESS_DEFAULT 0 ACCESS_READ 1 ACCESS_WRITE 2 ACCESS_COPY 3 PROT_READ 1 PROT_WRITE 2 PROT_EXEC 4 MAP_SHARED 1 MAP_PRIVATE 2
        MAP_ANON 32 MAP_ANONYMOUS 32 MAP_DENYWRITE 2048 MAP_EXECUTABLE 4096 MAP_POPULATE 32768 MAP_STACK 131072 MAP_NORESERVE 16384
        PAGESIZE 4096 ALLOCATIONGRANULARITY 4096 MADV_NORMAL 0 MADV_RANDOM 1 MADV_SEQUENTIAL 2 MADV_WILLNEED 3 MADV_DONTNEED 4 MADV_FREE 8
        MADV_REMOVE 9 MADV_DONTFORK 10 MADV_DOFORK 11 MADV_HWPOISON 100 MADV_MERGEABLE 12 MADV_UNMERGEABLE 13 MADV_HUGEPAGE 14
        MADV_NOHUGEPAGE 15 MADV_DONTDUMP 16 MADV_DODUMP 17""".split()
    for i in range(0, len(items), 2):
        d[items[i]] = int(items[i + 1])


bound_to_process(mmap_type)
app_module_attr("mmap", "mmap", mmap_type)


# _symtable.

class symtable_entry:
    def __init__(self, parts):
        self.name, self.type, self.lineno, self.nested, self.symbols, self.varnames, children = parts
        self.children = [symtable_entry(c) for c in children]

    @property
    def id(self):
        return id(self)

    def __repr__(self):
        return "<symtable entry " + self.name + "(" + str(id(self)) + "), line " + str(self.lineno) + ">"


symtable_entry.__name__ = symtable_entry.__qualname__ = "symtable entry"
symtable_entry.__module__ = "builtins"


@system_function("_symtable", "symtable")
def symtable_symtable(source, filename, startstr, /):
    data, flags = compile_source_bytes(source, "symtable() arg 1 must be a string or bytes")
    filename = compile_filename(filename)
    if startstr not in ("exec", "eval", "single"):
        raise ValueError("symtable() arg 3 must be 'exec' or 'eval' or 'single'")
    r = symtable_scopes(data, filename, startstr, False)
    if r[0] == "decode" and len(r) == 2:
        r = symtable_scopes(compile_decode(data, r[1], filename), filename, startstr, True)
    if r[0] == "error" and len(r) == 9:
        compile_failure(r)
    return symtable_entry(r)


def _symtable_populate(d):
    d.update({"USE": 16, "DEF_GLOBAL": 1, "DEF_NONLOCAL": 8, "DEF_LOCAL": 2, "DEF_PARAM": 4, "DEF_FREE": 32, "DEF_FREE_CLASS": 64,
              "DEF_IMPORT": 128, "DEF_BOUND": 134, "DEF_ANNOT": 256, "TYPE_FUNCTION": 0, "TYPE_CLASS": 1, "TYPE_MODULE": 2, "LOCAL": 1,
              "GLOBAL_EXPLICIT": 2, "GLOBAL_IMPLICIT": 3, "FREE": 4, "CELL": 5, "SCOPE_OFF": 11, "SCOPE_MASK": 15})
