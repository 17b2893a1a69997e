# _pickle: the classes, and what the native machines (Tasklets/Pickle*.swift) ask Python for.
# On demand: _pickle
#
# A machine writes or reads until it needs Python; its last act is then a tail call of what it needs, and the loop here
# hands the result to the next step. So whatever runs meanwhile is an ordinary frame.

pickle_dispatch_table = pickle_extensions = None


class pickle_PickleError(Exception):
    pass


class pickle_PicklingError(pickle_PickleError):
    pass


class pickle_UnpicklingError(pickle_PickleError):
    pass


for _c in (pickle_PickleError, pickle_PicklingError, pickle_UnpicklingError):
    _c.__name__ = _c.__qualname__ = _c.__name__[7:]
    _c.__module__ = "_pickle"
    app_module_attr("_pickle", _c.__name__, _c)


def pickle_setup():
    global pickle_dispatch_table, pickle_extensions
    import copyreg
    pickle_dispatch_table = copyreg.dispatch_table
    pickle_extensions = copyreg._extension_registry


def pickle_fail(message):
    raise pickle_PicklingError(message)


def pickle_raise(cls, message):
    raise cls(message)


def pickle_protocol(protocol):
    if protocol is None:
        return 4
    protocol = textIndex(protocol)
    if protocol < 0:
        return 5
    if protocol > 5:
        raise ValueError("pickle protocol must be <= 5")
    return protocol


def pickle_buffers_protocol(callback, protocol):
    if callback is not None and protocol < 5:
        raise ValueError("buffer_callback needs protocol >= 5")


@system_function("_pickle", "dumps")
def pickle_dumps(obj, protocol=None, *, fix_imports=True, buffer_callback=None):
    """Return the pickled representation of the object as a bytes object."""
    if pickle_dispatch_table is None:
        pickle_setup()
    protocol = 4 if protocol is None else pickle_protocol(protocol)
    if buffer_callback is None:
        data = pickle_dumps_now(obj, protocol, True if fix_imports else False)
        return data
    pickle_buffers_protocol(buffer_callback, protocol)
    writer = pickle_writer_new(protocol, True if fix_imports else False, None, None, buffer_callback)
    pickle_begin(writer, obj)
    return pickle_go_on(writer)


def pickle_go_on(writer):
    # All steps of a dump into memory.
    value = None
    try:
        while value is not writer:
            value = pickle_step(writer, value)
    except (pickle_PicklingError, TypeError, AttributeError) as e:
        blamed = pickle_blamed(writer, e)
        if blamed is None:
            raise
        raise blamed from None
    return pickle_finish(writer)


@system_function("_pickle", "dump")
def pickle_dump(obj, file, protocol=None, *, fix_imports=True, buffer_callback=None):
    """Write a pickled representation of obj to the open file object file."""
    pickle_Pickler(file, protocol, fix_imports, buffer_callback).dump(obj)


@builtin_class("_pickle", "Pickler")
class pickle_Pickler:
    """This takes a binary file for writing a pickle data stream."""

    __slots__ = ("_writer", "_write", "bin", "fast", "dispatch_table", "_persistent")

    def __init__(self, file, protocol=None, fix_imports=True, buffer_callback=None):
        protocol = pickle_protocol(protocol)
        pickle_buffers_protocol(buffer_callback, protocol)
        if pickle_dispatch_table is None:
            pickle_setup()
        write = getattr_default(file, "write", None)
        if write is None:
            raise TypeError("file must have a 'write' attribute")
        self._write = write
        self.bin = 1 if protocol > 0 else 0
        self.fast = 0
        self._writer = pickle_writer_new(protocol, True if fix_imports else False, self, write, buffer_callback)

    def dump(self, obj, /):
        """Write a pickled representation of the given object to the open file."""
        writer = getattr_default(self, "_writer", None)
        if writer is None:
            raise pickle_PicklingError("Pickler.__init__() was not called by " + class_of(self).__name__ + ".__init__()")
        override = table = None
        if class_of(self) is not pickle_Pickler:
            override = getattr_default(self, "reducer_override", None)
        pickle_writer_hooks(writer, getattr_default(self, "persistent_id", None), override, getattr_default(self, "dispatch_table", None), True if self.fast else False)
        pickle_begin(writer, obj)
        value = None
        try:
            while value is not writer:
                value = pickle_step(writer, value)
        except BaseException as e:
            blamed = pickle_blamed(writer, e) if isinstance(e, (pickle_PicklingError, TypeError, AttributeError)) else None
            pickle_abandon(writer)
            if blamed is None:
                raise
            raise blamed from None
        data = pickle_finish(writer)
        if data:
            self._write(data)

    def clear_memo(self):
        """Clears the pickler's "memo"."""
        pickle_memo_set(self._writer, [])

    @property
    def memo(self):
        return pickle_PicklerMemoProxy(self)

    @memo.setter
    def memo(self, value):
        if class_of(value) is pickle_PicklerMemoProxy:
            pickle_memo_set(self._writer, pickle_memo_list(value._pickler._writer))
            return
        if not isinstance(value, dict):
            raise TypeError("'memo' attribute must be a PicklerMemoProxy object or dict, not " + class_of(value).__name__)
        objects = []
        for pair in value.values():
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError("'memo' values must be 2-item tuples")
            index = textIndex(pair[0])
            if index < 0 or index > len(value) * 16 + 1000:
                raise ValueError("memo index out of range")
            while len(objects) <= index:
                objects.append(None)
            objects[index] = pair[1]
        pickle_memo_set(self._writer, objects)

    @property
    def persistent_id(self):
        try:
            return self._persistent
        except AttributeError:
            raise AttributeError("persistent_id") from None

    @persistent_id.setter
    def persistent_id(self, value):
        if not callable(value):
            raise TypeError("persistent_id must be a callable taking one argument")
        self._persistent = value

    @persistent_id.deleter
    def persistent_id(self):
        raise TypeError("attribute deletion is not supported")


@builtin_class("_pickle", "PicklerMemoProxy")
class pickle_PicklerMemoProxy:
    __slots__ = ("_pickler",)

    def __new__(cls, pickler):
        self = _object.__new__(cls)
        self._pickler = pickler
        return self

    __hash__ = None

    def clear(self):
        """Remove all items from memo."""
        pickle_memo_set(self._pickler._writer, [])

    def copy(self):
        """Copy the memo to a new object."""
        d = {}
        i = 0
        for o in pickle_memo_list(self._pickler._writer):
            if o is not None:
                d[id(o)] = (i, o)
            i += 1
        return d

    def __reduce__(self):
        """Implement pickle support."""
        return (dict, (self.copy(),))


def pickle_write(write, data):
    write(data)


def pickle_write_two(write, head, data):
    write(head)
    write(data)


# ---- where an error happened

def pickle_blamed(writer, error):
    """The error naming the tasklets, frames and the variable that could not go; None where none is being written."""
    path = []
    culprit = None
    for step in pickle_path(writer):
        if class_of(step) is not tuple:
            path.append("tasklet " + repr(task_name(step)))
            continue
        frame, parts, next = step
        code = frame.f_code
        if not code_flags(code) & 0x20000000:
            path.append("frame " + code.co_name + "() line " + str(frame.f_lineno))
        culprit = None
        if parts is None or next < 7:
            continue
        value = parts[next - 1]
        if class_of(value) is builtin_type("cell"):
            try:
                value = value.cell_contents
            except ValueError:
                continue
        culprit = value
        try:
            variables = frame_locals(frame)
        except RuntimeError:
            continue
        for name, v in variables.items():
            if v is value:
                path.append("local " + repr(name))
                break
    if not path:
        return None
    if culprit is not None:
        path.append(class_of(culprit).__name__)
    return pickle_PicklingError(" › ".join(path) + ": " + str(error))


# ---- what the writer asks

def pickle_old_bytes(obj, protocol):
    # Python 2 reads bytes as text that is encoded.
    if not obj:
        return (bytes, ())
    import codecs
    return (codecs.encode, (str(obj, "latin1"), "latin1"))


def pickle_old_set(obj):
    return (class_of(obj), (list(obj),))


def pickle_old_bytearray(obj):
    return (bytearray, (bytes(obj),) if obj else ())


def pickle_singleton_type(cls):
    return (type, (None if cls is class_of(None) else ... if cls is class_of(...) else NotImplemented,))


def pickle_partial(cls, args, kwargs):
    import functools
    return functools.partial(cls.__new__, cls, *args, **kwargs)


def pickle_reduce(obj, protocol):
    f = getattr_default(obj, "__reduce_ex__", None)
    if f is not None:
        return f(protocol)
    f = getattr_default(obj, "__reduce__", None)
    if f is not None:
        return f()
    raise pickle_PicklingError("can't pickle '" + class_of(obj).__name__ + "' object: " + repr(obj))


def pickle_dispatch(table, obj):
    # What the dispatch table has; NotImplemented where there is nothing in it.
    try:
        f = table[class_of(obj)]
    except KeyError:
        return NotImplemented
    return f(obj)


def pickle_dispatch_or_reduce(table, obj, protocol):
    r = pickle_dispatch(table, obj)
    if r is not NotImplemented:
        return r
    if is_type(obj):
        return obj.__qualname__
    return pickle_reduce(obj, protocol)


def pickle_batch(iterator, pairs):
    # What comes next, up to a thousand items, or one where only one is left.
    items = []
    n = 0
    for x in iterator:
        if pairs:
            if not isinstance(x, tuple) or len(x) != 2:
                raise TypeError("dict items iterator must return 2-tuples")
            items.append(x[0])
            items.append(x[1])
        else:
            items.append(x)
        n += 1
        if n == 1000:
            break
    return items


def pickle_fast_cycle(obj):
    raise ValueError("fast mode: can't pickle cyclic objects including object type " + class_of(obj).__name__ + " at " + hex(id(obj)))


def pickle_pid_line(pid):
    try:
        return b"P" + str(pid).encode("ascii") + b"\n"
    except UnicodeEncodeError:
        raise pickle_PicklingError("persistent IDs in protocol 0 must be ASCII strings") from None


def pickle_which_module(obj, names):
    module = getattr_default(obj, "__module__", None)
    if module is not None:
        return module
    for name, m in list(sys_dict["modules"].items()):
        if name == "__main__" or name == "__mp_main__" or m is None:
            continue
        try:
            if pickle_deep(m, names)[0] is obj:
                return name
        except AttributeError:
            pass
    return "__main__"


def pickle_deep(obj, names):
    parent = None
    for name in names:
        if name == "<locals>":
            raise AttributeError("Can't get local attribute " + repr(".".join(names)) + " on " + repr(obj))
        parent = obj
        obj = getattr(obj, name)
    return obj, parent


def pickle_find_global(obj, name, protocol, fix_imports):
    """How to name an object: an extension code, the line of GLOBAL, [getattr, (parent, name)] or (module, name)."""
    if name is None:
        name = getattr_default(obj, "__qualname__", None)
        if name is None:
            name = obj.__name__
    names = name.split(".")
    if "<locals>" in names:
        raise AttributeError("Can't pickle local object " + repr(name))
    module_name = pickle_which_module(obj, names)
    try:
        __import__(module_name)
        module = sys_dict["modules"][module_name]
    except (ImportError, ValueError, KeyError, TypeError):
        raise pickle_PicklingError("Can't pickle " + repr(obj) + ": import of module " + repr(module_name) + " failed") from None
    try:
        found, parent = pickle_deep(module, names)
    except AttributeError:
        raise pickle_PicklingError("Can't pickle " + repr(obj) + ": attribute lookup " + name + " on " + module_name + " failed") from None
    if found is not obj:
        raise pickle_PicklingError("Can't pickle " + repr(obj) + ": it's not the same object as " + module_name + "." + name)
    if protocol >= 2:
        code = pickle_extensions.get((module_name, name))
        if code is not None:
            if not isinstance(code, int):
                raise pickle_PicklingError("Can't pickle " + repr(obj) + ": extension code " + repr(code) + " isn't an integer")
            if code <= 0 or code > 0x7fffffff:
                raise pickle_PicklingError("Can't pickle " + repr(obj) + ": extension code " + str(code) + " is out of range")
            return code
    last = names[-1]
    if parent is module:
        name = last
    if protocol >= 4:
        return (module_name, name)
    if parent is not module:
        return [getattr, (parent, last)]
    if fix_imports and protocol < 3:
        import _compat_pickle
        pair = _compat_pickle.REVERSE_NAME_MAPPING.get((module_name, name))
        if pair is not None:
            module_name, name = pair
        else:
            module_name = _compat_pickle.REVERSE_IMPORT_MAPPING.get(module_name, module_name)
    try:
        line = module_name + "\n" + name + "\n"
        return b"c" + (line.encode("utf-8") if protocol >= 3 else line.encode("ascii"))
    except UnicodeEncodeError:
        raise pickle_PicklingError("can't pickle global identifier '" + module_name + "." + name + "' using pickle protocol " + str(protocol)) from None


# ---- PickleBuffer

@builtin_class("_pickle", "PickleBuffer")
class picklebuffer(pickle_buffer_base):
    """Wrapper for potentially out-of-band buffers"""

    __slots__ = ("__weakref__",)

    def __new__(cls, object, /):
        self = pickle_buffer_new(cls)
        pickle_buffer_set(self, memoryview(object))
        return self

    def raw(self):
        """Return a memoryview of the raw memory underlying this buffer."""
        view = pickle_buffer_view(self)
        if not view.contiguous:
            raise BufferError("cannot extract raw buffer from non-contiguous buffer")
        if not view.c_contiguous:
            view = view.T if hasattr(view, "T") else view
        if view.ndim == 0:
            return memoryview(view.obj).cast("B")
        return view.cast("B") if view.format != "B" or view.ndim != 1 else memoryview(view)

    def release(self):
        """Release the underlying buffer controlled by the PickleBuffer object."""
        view = pickle_buffer_get(self)
        if view is not None:
            pickle_buffer_set(self, None)
            view.release()


def pickle_buffer_view(buffer):
    view = pickle_buffer_get(buffer)
    if view is None:
        raise ValueError("operation forbidden on released PickleBuffer object")
    return view


def pickle_buffer(buffer, callback):
    # None: out of band; True: so too, read-only; else what goes in band.
    view = pickle_buffer_view(buffer)
    if not view.contiguous:
        raise pickle_PicklingError("PickleBuffer can not be pickled when pointing to a non-contiguous buffer")
    if callback is not None and not callback(buffer):
        return True if view.readonly else None
    return view.tobytes() if view.readonly else bytearray(view.tobytes())


# ---- reading

_pickle_missing = object()


def unpickle_fail(message):
    raise pickle_UnpicklingError(message)


@system_function("_pickle", "loads")
def pickle_loads(data, /, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=()):
    """Read and return an object from the given pickle data."""
    if class_of(data) is bytes and fix_imports is True and encoding == "ASCII" and errors == "strict" and buffers == ():
        value = unpickle_now(data)
        return value
    if not isinstance(encoding, str):
        raise TypeError("loads() argument 'encoding' must be str, not " + typeNameOf(encoding))
    if not isinstance(errors, str):
        raise TypeError("loads() argument 'errors' must be str, not " + typeNameOf(errors))
    if class_of(data) is not bytes:
        if isinstance(data, str):
            raise TypeError("a bytes-like object is required, not 'str'")
        with memoryview(data) as view:
            data = view.tobytes()
    u = _object.__new__(pickle_Unpickler)
    unpickler_prepare(u, fix_imports, encoding, errors, None if buffers is None or buffers == () else buffers)
    reader = unpickle_new(data, True if fix_imports else False, encoding == "ASCII" and errors == "strict", u, False)
    unpickle_hooks(reader, None, None, u._buffers)
    return unpickle_go_on(reader)


def unpickle_go_on(reader):
    value = None
    while value is not reader:
        value = unpickle_step(reader, value)
    return unpickle_result(reader)


@system_function("_pickle", "load")
def pickle_load(file, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=()):
    """Read and return an object from the pickle data stored in a file."""
    return pickle_Unpickler(file, fix_imports=fix_imports, encoding=encoding, errors=errors, buffers=buffers).load()


def unpickler_prepare(u, fix_imports, encoding, errors, buffers):
    u._fix = True if fix_imports else False
    u._encoding = encoding
    u._errors = errors
    u._buffers = None if buffers is None else iter(buffers)
    u._prefetched = 0
    u._peek = u._read = u._readline = None


@builtin_class("_pickle", "Unpickler")
class pickle_Unpickler:
    """This takes a binary file for reading a pickle data stream."""

    __slots__ = ("_reader", "_read", "_readline", "_peek", "_prefetched", "_encoding", "_errors", "_fix", "_buffers", "_persistent")

    def __init__(self, file, *, fix_imports=True, encoding="ASCII", errors="strict", buffers=()):
        if not isinstance(encoding, str):
            raise TypeError("Unpickler() argument 'encoding' must be str, not " + typeNameOf(encoding))
        if not isinstance(errors, str):
            raise TypeError("Unpickler() argument 'errors' must be str, not " + typeNameOf(errors))
        read = getattr_default(file, "read", None)
        readline = getattr_default(file, "readline", None)
        if read is None or readline is None:
            raise TypeError("file must have 'read' and 'readline' attributes")
        if buffers is None or class_of(buffers) is tuple and not buffers:
            buffers = None
        unpickler_prepare(self, fix_imports, encoding, errors, buffers)
        self._read = read
        self._readline = readline
        self._peek = getattr_default(file, "peek", None)
        self._reader = unpickle_new(b"", self._fix, encoding == "ASCII" and errors == "strict", self, True)

    def load(self):
        """Load a pickle."""
        reader = getattr_default(self, "_reader", None)
        if reader is None:
            raise pickle_UnpicklingError("Unpickler.__init__() was not called by " + class_of(self).__name__ + ".__init__()")
        cls = class_of(self)
        find = None
        if cls is not pickle_Unpickler:
            if type_lookup(cls, "find_class") is not _unpickler_find_class or type_lookup(cls, "__getattribute__") is not _object_getattribute or "find_class" in (existing_dict(self) or ()):
                find = self.find_class
        unpickle_hooks(reader, find, getattr_default(self, "persistent_load", None), self._buffers)
        unpickle_begin(reader)
        value = None
        while value is not reader:
            value = unpickle_step(reader, value)
        if self._prefetched:
            used = self._prefetched - unpickle_rest(reader)
            self._prefetched = 0
            if used > 0:
                self._read(used)
        else:
            unpickle_rest(reader)
        return unpickle_result(reader)

    def find_class(self, module_name, global_name, /):
        """Return an object from a specified module."""
        reader = getattr_default(self, "_reader", None)
        return unpickle_lookup(module_name, global_name, unpickle_proto(reader) if reader is not None else 0, getattr_default(self, "_fix", True))

    @property
    def memo(self):
        return pickle_UnpicklerMemoProxy(self)

    @memo.setter
    def memo(self, value):
        if class_of(value) is pickle_UnpicklerMemoProxy:
            value = unpickle_memo(value._unpickler._reader)
        elif not isinstance(value, dict):
            raise TypeError("'memo' attribute must be an UnpicklerMemoProxy object or dict, not " + class_of(value).__name__)
        pairs = []
        for k, v in value.items():
            if not isinstance(k, int):
                raise TypeError("memo key must be integers")
            if k < 0:
                raise ValueError("memo key must be positive integers.")
            pairs.append((k, v))
        unpickle_set_memo(self._reader, pairs)

    @property
    def persistent_load(self):
        try:
            return self._persistent
        except AttributeError:
            raise AttributeError("persistent_load") from None

    @persistent_load.setter
    def persistent_load(self, value):
        if not callable(value):
            raise TypeError("persistent_load must be a callable taking one argument")
        self._persistent = value

    @persistent_load.deleter
    def persistent_load(self):
        raise TypeError("attribute deletion is not supported")


_unpickler_find_class = type_lookup(pickle_Unpickler, "find_class")
_object_getattribute = type_lookup(object, "__getattribute__")


@builtin_class("_pickle", "UnpicklerMemoProxy")
class pickle_UnpicklerMemoProxy:
    __slots__ = ("_unpickler",)

    def __new__(cls, unpickler):
        self = _object.__new__(cls)
        self._unpickler = unpickler
        return self

    __hash__ = None

    def clear(self):
        """Remove all items from memo."""
        unpickle_set_memo(self._unpickler._reader, [])

    def copy(self):
        """Copy the memo to a new object."""
        return unpickle_memo(self._unpickler._reader)

    def __reduce__(self):
        """Implement pickling support."""
        return (dict, (self.copy(),))


def unpickle_more(u, missing):
    """More input: `missing` bytes at least, or (-1) the rest of a line. What is only peeked at is read when it is used up."""
    if u._prefetched:
        u._read(u._prefetched)
        u._prefetched = 0
    if missing < 0:
        return u._readline()
    if u._peek is not None:
        try:
            data = u._peek(16384)
        except NotImplementedError:
            u._peek = data = None
        if class_of(data) is bytes and len(data) >= missing:
            u._prefetched = len(data)
            return data
    return u._read(missing)


def unpickle_lookup(module, name, protocol, fix_imports):
    if protocol < 3 and fix_imports:
        import _compat_pickle
        pair = _compat_pickle.NAME_MAPPING.get((module, name))
        if pair is not None:
            module, name = pair
        else:
            module = _compat_pickle.IMPORT_MAPPING.get(module, module)
    m = sys_dict["modules"].get(module)
    if m is None:
        __import__(module)
        m = sys_dict["modules"][module]
    if protocol < 4:
        names = (name,)
    else:
        names = name.split(".")
    obj = m
    for part in names:
        if part == "<locals>" and protocol >= 4:
            raise AttributeError("Can't get local attribute " + repr(name) + " on " + repr(m))
        try:
            obj = getattr(obj, part)
        except AttributeError:
            raise AttributeError("Can't get attribute " + repr(name) + " on " + repr(m)) from None
    return obj


def unpickle_find_class(reader, module, name):
    u = unpickle_owner(reader)
    return unpickle_lookup(module, name, unpickle_proto(reader), True if u is None else u._fix)


def unpickle_class(reader, u, module, name):
    return unpickle_find_class(reader, module, name) if u is None or class_of(u) is pickle_Unpickler else u.find_class(module, name)


def unpickle_inst(reader, u, module, name, args):
    return unpickle_instantiate(unpickle_class(reader, u, module, name), args)


def unpickle_instantiate(cls, args):
    if not args and is_type(cls) and getattr_default(cls, "__getinitargs__", None) is None:
        return cls.__new__(cls)
    return cls(*args)


def unpickle_ext(reader, u, code):
    import copyreg
    found = copyreg._extension_cache.get(code, _pickle_missing)
    if found is not _pickle_missing:
        return found
    pair = copyreg._inverted_registry.get(code)
    if pair is None:
        if code <= 0:
            raise pickle_UnpicklingError("EXT specifies code <= 0")
        raise ValueError("unregistered extension code " + str(code))
    if not isinstance(pair, tuple) or len(pair) != 2 or not isinstance(pair[0], str) or not isinstance(pair[1], str):
        raise ValueError("_inverted_registry[" + str(code) + "] isn't a 2-tuple of strings")
    obj = unpickle_class(reader, u, *pair)
    copyreg._extension_cache[code] = obj
    return obj


def unpickle_reduce(f, args):
    return f(*args)


def unpickle_newobj(cls, args):
    if not is_type(cls):
        raise pickle_UnpicklingError("NEWOBJ class argument must be a type, not " + class_of(cls).__name__)
    if not isinstance(args, tuple):
        raise pickle_UnpicklingError("NEWOBJ expected an arg tuple, got " + class_of(args).__name__)
    return cls.__new__(cls, *args)


def unpickle_newobj_ex(cls, args, kwargs):
    if not is_type(cls):
        raise pickle_UnpicklingError("NEWOBJ_EX class argument must be a type, not " + class_of(cls).__name__)
    if not isinstance(args, tuple):
        raise pickle_UnpicklingError("NEWOBJ_EX args argument must be a tuple, not " + class_of(args).__name__)
    if not isinstance(kwargs, dict):
        raise pickle_UnpicklingError("NEWOBJ_EX kwargs argument must be a dict, not " + class_of(kwargs).__name__)
    return cls.__new__(cls, *args, **kwargs)


def unpickle_build(obj, state):
    setstate = getattr_default(obj, "__setstate__", _pickle_missing)
    if setstate is not _pickle_missing:
        setstate(state)
        return
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state is not None:
        if not isinstance(state, dict):
            raise pickle_UnpicklingError("state is not a dictionary")
        d = obj.__dict__
        intern = sys_dict["intern"]
        for k, v in state.items():
            d[intern(k) if class_of(k) is str else k] = v
    if slots is not None:
        if not isinstance(slots, dict):
            raise pickle_UnpicklingError("slot state is not a dictionary")
        for k, v in slots.items():
            setattr(obj, k, v)


def unpickle_appends(target, items):
    extend = getattr_default(target, "extend", None)
    if extend is not None:
        extend(items)
        return
    append = target.append
    for x in items:
        append(x)


def unpickle_setitems(target, items):
    for i in range(0, len(items), 2):
        target[items[i]] = items[i + 1]


def unpickle_additems(target, items):
    if isinstance(target, set):
        set.update(target, items)
        return
    add = target.add
    for x in items:
        add(x)


def unpickle_decode(u, data):
    encoding, errors = ("ASCII", "strict") if u is None else (u._encoding, u._errors)
    return data if encoding == "bytes" else str(data, encoding, errors)


def unpickle_string(u, data):
    return unpickle_decode(u, data)


def unpickle_utf8(data):
    return str(data, "utf-8", "surrogatepass")


def unpickle_line(u, code, line):
    if code == 86:
        return str(line, "raw-unicode-escape")
    if not line and code != 83:
        raise pickle_UnpicklingError("pickle data was truncated")
    if code == 73:
        if line == b"00":
            return False
        if line == b"01":
            return True
        return unpickle_number(line, 0)
    if code == 76:
        return unpickle_number(line[:-1] if line[-1] == 76 else line, 0)
    if code == 70:
        try:
            return float(line)
        except ValueError:
            raise ValueError("could not convert string to float") from None
    if len(line) < 2 or line[0] != line[-1] or line[0] not in b"\"'":
        raise pickle_UnpicklingError("the STRING opcode argument must be quoted")
    import codecs
    return unpickle_decode(u, codecs.escape_decode(line[1:-1])[0])


def unpickle_number(line, base):
    try:
        return int(line, base)
    except ValueError:
        if base == 0 and line.strip().lstrip(b"+-").isdigit():
            return int(line)
        raise ValueError("could not convert string to int") from None


def unpickle_bad_int(line):
    if not line:
        raise pickle_UnpicklingError("pickle data was truncated")
    int(line)
    raise OverflowError("Python int too large to convert to C ssize_t")


def unpickle_persid(load, line):
    try:
        pid = str(line, "ascii")
    except UnicodeDecodeError:
        raise pickle_UnpicklingError("persistent IDs in protocol 0 must be ASCII strings") from None
    return load(pid)


def unpickle_next_buffer(buffers):
    if buffers is None:
        raise pickle_UnpicklingError("pickle stream refers to out-of-band data but no *buffers* argument was given")
    for b in buffers:
        return b
    raise pickle_UnpicklingError("not enough out-of-band buffers")


def unpickle_readonly(obj):
    with memoryview(obj) as view:
        if view.readonly:
            return obj
    return memoryview(obj).toreadonly()
