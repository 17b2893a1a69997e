# Pickling whatever is suspended: frames, generators, tasklets, and the functions, cells, iterators and half-built things
# that they hold. Active from the first import of `stackless`, `greenlet` or `_continuation`.
# On demand: _weft
#
# Rules:
#   * what can be imported goes by reference; app-level code goes by source and position, checked by its version;
#   * frames hold things that have a pickled form of another meaning elsewhere (an iterator, an exception with its
#     traceback): within frames such objects go field by field, elsewhere as CPython pickles them;
#   * dicts and sets with keys that have a `__hash__` in Python keep the hashes: loading runs no Python `__eq__`.

_pickling = {"sentinels": None, "names": None, "types": {}, "units": None, "checksums": {}, "taken": None, "found": 0}


def pickling_activate():
    """From now on pickles take suspended computations."""
    pickling_prepare()
    pickle_take_suspended()


def pickling_prepare():
    if _pickling["names"] is None:
        _pickling["names"] = {}
        pickling_find_names()
        app_source_hooks.append(pickling_find_names)
        pickle_activate(_pickling["names"], _pickling["types"], _pickling["checksums"], pickling_loaders, app_version)


_builtin_function = class_of(len)


def pickling_find_names():
    # Everything in the app-level namespace that has an identity: object -> its name there. Sources that run later add theirs.
    names = _pickling["names"]
    types = _pickling["types"]
    found = list(app_globals)[_pickling["found"]:]
    _pickling["found"] += len(found)
    _pickling["units"] = None
    for name in found:
        value = app_globals[name]
        t = class_of(value)
        if t is int or t is str or t is float or t is bool or t is tuple or value is None or name == "__builtins__":
            continue
        if t is _builtin_function and value.__module__ == "_weft":
            continue
        names[identity(value)] = (value, name)
        if is_type(value):
            types.setdefault(value, pickling_app_instance)
        else:
            types.setdefault(t, pickling_app_instance)
    for t, handler in pickling_handlers.items():
        types[builtin_type(t)] = handler
    # These have a form of their own everywhere.
    types[tasklet] = types[channel] = types[greenlet] = types[continulet] = None
    types[scheduler_type] = pickling_scheduler_of
    types[parked_type] = pickling_parked
    types[pickle_writer_type] = pickling_writer
    types[pickle_reader_type] = pickling_reader
    if import_state["bootstrap"] is not None:
        types[import_state["bootstrap"]._ImportLockContext] = pickling_import_lock
    for t in (int, str, float, bool, bytes, bytearray, complex, list, tuple, class_of(None), class_of(...), class_of(NotImplemented), slice, range):
        types.pop(t, None)


pickling_within = pickle_within


# ---- what goes how: each gives the arguments of save_reduce, or None for the usual way

def pickling_named(obj):
    # What has a name in the app-level namespace goes by it.
    entry = _pickling["names"].get(identity(obj))
    return (pickling_app, (entry[1],)) if entry is not None and entry[0] is obj else None


def pickling_app_instance(pickler, obj):
    # An instance of a class written at app level or natively: by its name if it has one, by its fields within frames.
    named = pickling_named(obj)
    if named is not None or not pickling_within(pickler):
        return named
    named = pickling_sentinel(obj)
    if named is None and isinstance(obj, io_IOBase):
        named = pickling_standard_stream(obj)
    if named is not None:
        return named
    return pickling_parts(obj) if pickling_user_stream(obj) else pickling_raw(obj)


def pickling_standard_stream(obj):
    # A stream that the process began with, or a layer of it: where it arrives, that process's own.
    for name in ("__stdin__", "__stdout__", "__stderr__"):
        layer = sys_dict.get(name)
        depth = 0
        while layer is not None and depth < 3:
            if layer is obj:
                return (pickling_stream, (name, depth))
            layer = getattr_default(layer, "buffer" if depth == 0 else "raw", None)
            depth += 1
    return None


def pickling_raw(obj):
    # Classes of the run-time system that are written in Python, and a few native ones.
    cls = class_of(obj)
    if not type_flags(cls) & 1 and cls not in (thread_lock, sre_Match, sre_SRE_Scanner, sre_callable_iterator):
        return None
    return pickling_parts(obj)


def pickling_parts(obj):
    # Native fields, `__slots__` and attributes, whatever the class says.
    if isinstance(obj, _pickling_containers):
        return None
    cls = class_of(obj)
    for c in type_mro(cls):
        if c in process_bound and not (c is io_FileIO and obj._fd < 0):
            raise TypeError("cannot pickle " + process_bound_name(cls) + " object")
    parts = record_parts(obj)
    if parts is None:
        return None
    d = existing_dict(obj)
    if d:
        return (pickling_new, (cls,), (parts, dict(d)), None, None, pickling_fill_object)
    return (pickling_new, (cls,), parts, None, None, pickling_fill)


_pickling_containers = (dict, list, tuple, set, frozenset, str, bytes, bytearray, int, float)


def pickling_instance(obj, protocol):
    # Within frames, an instance of a class of a program that says how it is pickled, or is a container. Where the class's own way is not
    # possible yet, because its `__new__` or `__init__` is under way, field by field. A container's items are stored without its methods.
    named = pickling_sentinel(obj)
    if named is not None:
        return named
    if pickling_user_stream(obj):
        return pickling_parts(obj)
    cls = class_of(obj)
    plain = dict if isinstance(obj, dict) else list if isinstance(obj, list) else None
    if plain is not None and protocol >= 2 and type_lookup(cls, "__reduce_ex__") is _object_reduce_ex and type_lookup(cls, "__reduce__") is _object_plain_reduce \
            and type_lookup(cls, "__getnewargs__", None) is None and type_lookup(cls, "__getnewargs_ex__", None) is None:
        for name in ("__setitem__", "append", "extend", "__iter__", "items"):
            if type_lookup(cls, name, None) is not type_lookup(plain, name, None):
                import copyreg
                contents = list(_dict_items_of(obj)) if plain is dict else list(_list_iter(obj))
                return (copyreg.__newobj__, (cls,), (obj.__getstate__(), contents), None, None, pickling_fill_container)
    if isinstance(obj, _weakref_type):
        target = obj()
        state = obj.__getstate__()
        return (pickling_new_weakref, (cls, target, obj.__callback__ if target is not None else None), state[1] if class_of(state) is tuple else None,
                None, None, pickling_fill_slots)
    try:
        r = pickle_reduce(obj, protocol)
    except AttributeError:
        r = pickling_raw(obj)
        if r is None:
            raise
        return r
    # A member of an enumeration that goes by value is not in its class yet; a set of weak references would hash them.
    if class_of(r) is tuple and len(r) == 2 and r[0] is getattr and class_of(r[1]) is tuple and r[1][0] is cls and not pickling_importable(cls, cls.__module__, cls.__qualname__) \
            or cls.__module__ == "_weakrefset" and pickling_importable(cls, cls.__module__, cls.__qualname__):
        raw = pickling_raw(obj)
        if raw is not None:
            return raw
    return r


def pickling_sentinel(obj):
    # A global of an imported module that has no state, and so is there to be compared by identity: by its name.
    cls = class_of(obj)
    if cls is not object:
        module = cls.__dict__.get("__module__")
        d = existing_dict(obj)
        if not isinstance(module, str) or not type_flags(cls) & 1 or pickling_module_named(module) is None or d and (len(d) > 1 or class_of(next(iter(d.values()))) is not str):
            return None
    known = _pickling["sentinels"]
    modules = sys_dict["modules"]
    if known is None or known[0] != len(modules):
        found = {}
        for name, module in list(modules.items()):
            if class_of(module) is not _module_type or pickling_unfinished(module) or name == "__main__":
                continue
            for k, v in list(module.__dict__.items()):
                c = class_of(v)
                if c is object or type_flags(c) & 1 and c.__dict__.get("__module__") == name and not is_type(v):
                    found.setdefault(identity(v), (v, name, k))
        known = _pickling["sentinels"] = (len(modules), found)
    entry = known[1].get(identity(obj))
    if entry is None or entry[0] is not obj:
        return None
    if cls is not object:
        parts = record_parts(obj)
        if parts is None:
            return None
        for v in parts[1:]:
            if v is not None and class_of(v) is not str and class_of(v) is not int:
                return None
    return (pickling_global, entry[1:])


def pickling_user_stream(obj):
    # A stream whose bytes come from and go to an object of the program; a pickler or unpickler with methods of its own.
    if isinstance(obj, (pickle_Pickler, pickle_Unpickler)):
        return True
    if not isinstance(obj, io_IOBase):
        return False
    try:
        while isinstance(obj, io_TextIOWrapper):
            obj = obj.buffer
        while isinstance(obj, io_Buffered):
            obj = obj.raw
    except (ValueError, AttributeError):
        return False
    cls = class_of(obj)
    return not isinstance(obj, (io_FileIO, io_BytesIO, io_StringIO, io_BufferedIOBase)) and type_flags(cls) & 1 != 0 and cls.__module__ != "socket"


_dict_items_of = dict.items
_list_iter = type_lookup(list, "__iter__")


def pickling_record(pickler, obj):
    # A builtin record: field by field.
    return (pickling_new, (record_row(obj),), record_parts(obj), None, None, pickling_fill)


def pickling_record_within(pickler, obj):
    return pickling_record(pickler, obj) if pickling_within(pickler) else None


def pickling_scheduler_of(pickler, scheduler):
    return (pickling_scheduler, ())


def pickling_parked(pickler, place):
    parts = parked_parts(place)
    if parts is None:
        return (pickling_new_parked, ())
    return (pickling_new_parked, (), parts, None, None, pickling_fill_parked)


def pickling_writer(pickler, writer):
    # A dump or load in whose midst a computation waits.
    if writer is pickler:
        raise TypeError("cannot pickle the pickler that is running")
    return (pickling_new_writer, (), pickle_writer_parts(writer), None, None, pickling_fill_writer)


def pickling_reader(pickler, reader):
    return (pickling_new_reader, (), (unpickle_parts(reader), list(unpickle_memo(reader).items())), None, None, pickling_fill_reader)


def pickling_import_lock(pickler, context):
    # A block that holds the import lock releases it where it ends.
    return (pickling_new_import_lock, ()) if pickling_within(pickler) else None


def pickling_function(pickler, f):
    named = pickling_named(f)
    if named is not None:
        return named
    if pickling_importable(f, f.__module__, f.__qualname__):
        return None
    return pickling_record(pickler, f)


def pickling_builtin(pickler, f):
    named = pickling_named(f)
    if named is not None:
        return named
    if f.__module__ == "sys":
        # What a program has put another one in place of.
        own = "__" + f.__name__ + "__"
        if sys_dict.get(f.__name__) is not f and sys_dict.get(own) is f:
            return (pickling_global, ("sys", own))
    if record_row(f) == "builtinMethod" and pickling_within(pickler):
        return pickling_record(pickler, f)
    return None


def pickling_module_named(name):
    m = sys_dict["modules"].get(name)
    if m is None or class_of(m) is not _module_type:
        return m
    return None if pickling_unfinished(m) else m



def pickling_unfinished(module):
    # Whether a module goes by value: it is being imported, or a snapshot takes it along.
    if module is _pickling["taken"]:
        return True
    spec = module.__dict__.get("__spec__")
    return spec is not None and getattr_default(spec, "_initializing", False)


def pickling_importable(obj, module, qualname):
    if not isinstance(module, str) or not isinstance(qualname, str):
        return False
    value = pickling_module_named(module)
    if value is None:
        return False
    for part in qualname.split("."):
        value = getattr_default(value, part, None)
        if value is None:
            return False
    return value is obj


def pickling_class(pickler, cls):
    named = pickling_named(cls)
    if named is not None:
        return named
    d = type_dict(cls)
    module = d.get("__module__", "builtins")
    if pickling_importable(cls, module, cls.__qualname__):
        return None
    if not type_flags(cls) & 1:
        name = builtin_type_name(cls)
        return None if name is None else (pickling_builtin_type, (name,))
    slots = d.get("__slots__")
    if slots is not None:
        slots = slot_names(cls) or ()
    wants = 0
    if slots is not None:
        wants = (1 if "__dict__" in d else 0) | (2 if "__weakref__" in d else 0)
    contents = {}
    for k, v in d.items():
        if k in ("__dict__", "__weakref__") and class_of(v) is _getset_type:
            continue
        if slots and k in slots:
            continue
        contents[k] = v
    state = (cls.__qualname__, contents)
    if type_lookup(class_of(cls), "mro") is not _type_mro:
        # The metaclass's mro() is not asked again.
        state += (type_mro(cls),)
    return (pickling_new_class, (class_of(cls), cls.__name__, cls.__bases__, slots, wants), state, None, None, pickling_fill_class)


_getset_type = builtin_type("getset")


def pickling_code(pickler, code):
    if code_flags(code) & 0x20000000:
        path = pickling_app_code_path(code)
        if path is not None:
            return (pickling_app_code, path)
    import marshal
    return (pickling_new_code, (marshal.dumps(code),))


def pickling_app_code_path(code):
    units = _pickling["units"]
    if units is None:
        units = _pickling["units"] = {}
        work = [(unit, (name,)) for name, unit in app_units.items()]
        while work:
            c, path = work.pop()
            units[identity(c)] = path
            i = 0
            for k in c.co_consts:
                if class_of(k) is _code_type:
                    work.append((k, path + (i,)))
                i += 1
    return units.get(identity(code))


_code_type = builtin_type("code")


def pickling_checksum(code):
    """A number that changes with the code, its names and constants."""
    known = _pickling["checksums"].get(identity(code))
    if known is not None and known[0] is code:
        return known[1]
    import marshal
    import binascii
    sum = binascii.crc32(marshal.dumps(code))
    _pickling["checksums"][identity(code)] = (code, sum)
    return sum


def pickling_frame_check(frame):
    # What a frame's code is checked against when it is loaded: see pickling_new_frame.
    function, code, parts = frame_parts(frame)
    if fieldGet(function, 0) is not code:
        return code
    if code_flags(code) & 0x20000000:
        return app_version
    if pickling_importable(function, function.__module__, function.__qualname__):
        return pickling_checksum(code)
    return None


def pickling_module(pickler, module):
    name = module.__dict__.get("__name__")
    known = sys_dict["modules"].get(name) is module
    if known and not pickling_unfinished(module):
        return (pickling_import, (name,))
    return (pickling_new_module, (name, known), list(module.__dict__.items()), None, None, pickling_fill_module)


def pickling_dict(pickler, d):
    if "__name__" in d:
        module = sys_dict["modules"].get(d["__name__"])
        if module is not None and class_of(module) is _module_type and module.__dict__ is d:
            return (pickling_module_dict, (module,))
        if d is app_globals:
            return (pickling_app, (None,))
    named = pickling_named(d)
    if named is not None:
        return named
    if d is sys_dict["modules"]:
        return (pickling_sys_modules, ())
    if has_python_hashes(d):
        return (pickling_new_table, (dict,), pickling_table_items(d), None, None, pickling_fill_table)
    return None


def pickling_set(pickler, s):
    if has_python_hashes(s):
        return (pickling_new_table, (class_of(s),), pickling_table_items(s), None, None, pickling_fill_table)
    return None


def pickling_table_items(d):
    # Key, value, and the hash where loading could not compute it by itself.
    items = []
    position = 0
    while True:
        entry = tableNext(d, position)
        if entry is None:
            return items
        position, key, h, value = entry
        items.append((key, h if native_hash(key) is None else None, value))


def pickling_dict_iterator(pickler, it):
    if not pickling_within(pickler):
        return None
    parts = dict_iterator_parts(it)
    if parts is None:
        return pickling_record(pickler, it)
    d, before, expected, left = parts
    return (pickling_new, (record_row(it),), (15, d, before, expected, left), None, None, pickling_fill)


def pickling_set_iterator(pickler, it):
    if not pickling_within(pickler):
        return None
    return (iter, (set_iterator_rest(it),))


def pickling_exception(pickler, e):
    if not pickling_within(pickler):
        return None
    cls = class_of(e)
    if type_lookup(cls, "__reduce__") is not _exception_reduce or type_lookup(cls, "__reduce_ex__") is not _object_reduce_ex:
        return None
    return (pickling_new, (cls,), (record_parts(e), existing_dict(e)), None, None, pickling_fill_object)


_object_plain_reduce = type_lookup(object, "__reduce__")
_exception_reduce = type_lookup(_BaseException, "__reduce__")
_object_reduce_ex = type_lookup(object, "__reduce_ex__")


def pickling_getset(pickler, attribute):
    owner = attribute.__objclass__
    if not pickling_within(pickler) or not is_type(owner) or type_dict(owner).get(attribute.__name__) is not attribute:
        return None
    return (pickling_attribute, (owner, attribute.__name__))


def pickling_memory(pickler, view):
    # A window on bytes that lie one behind the other.
    if not pickling_within(pickler):
        return None
    try:
        if not view.c_contiguous or view.format not in "cbB?hHiIlLqQnNfdP":
            return None
        return (pickling_new_memory, (view.obj, fieldGet(view, 1), view.nbytes, view.format, None if view.ndim == 1 else view.shape, view.readonly))
    except ValueError:
        return None


def pickling_weakref(pickler, ref):
    target = ref()
    return (pickling_new_weakref, (class_of(ref), target, ref.__callback__ if target is not None else None))


pickling_handlers = {
    "function": pickling_function, "appFunction": pickling_builtin, "builtinFunction": pickling_builtin, "code": pickling_code,
    "generator": pickling_record, "coroutine": pickling_record, "asyncGenerator": pickling_record, "coroutineWrapper": pickling_record,
    "asyncGenWrapped": pickling_record, "cell": pickling_record, "module": pickling_module, "dict": pickling_dict, "set": pickling_set, "frozenset": pickling_set,
    "traceback": pickling_record, "type": pickling_class, "property": pickling_record, "classmethod": pickling_record, "staticmethod": pickling_record,
    "superType": pickling_record, "mappingproxy": pickling_record, "method": pickling_record_within, "dictKeys": pickling_record, "dictValues": pickling_record,
    "dictItems": pickling_record, "listIterator": pickling_record_within, "tupleIterator": pickling_record_within, "strIterator": pickling_record_within,
    "bytesIterator": pickling_record_within, "rangeIterator": pickling_record_within, "longRangeIterator": pickling_record_within,
    "sequenceIterator": pickling_record_within, "callableIterator": pickling_record_within, "listReverseIterator": pickling_record_within,
    "enumerate": pickling_record_within, "zip": pickling_record_within, "map": pickling_record_within, "filter": pickling_record_within,
    "reversed": pickling_record_within, "lookupKey": pickling_record, "dictKeyIterator": pickling_dict_iterator, "dictValueIterator": pickling_dict_iterator,
    "dictItemIterator": pickling_dict_iterator, "setIterator": pickling_set_iterator, "weakref": pickling_weakref,
    "getset": pickling_getset, "memoryview": pickling_memory,
}


# ---- what a pickle calls: functions of the module `_weft`

@pickling_publish("a")
def pickling_app(name):
    """An object of the run-time system by its app-level name."""
    if name is None:
        return app_globals
    try:
        return app_globals[name]
    except KeyError:
        source = app_source_defining(name)
        if source is not None:
            return app_on_demand(source, name)
        raise _pickling_error("the pickle needs " + repr(name) + ", which this version of Weft does not have") from None


def _pickling_error(message):
    return pickle_UnpicklingError(message)


@pickling_publish("builtin_type")
def pickling_builtin_type(name):
    return builtin_type(name)


@pickling_publish("N")
def pickling_new(cls):
    """An empty record of a class, or of a builtin layout given by name."""
    return record_new(cls)


@pickling_publish("n")
def pickling_fill(obj, parts):
    record_fill(obj, parts)


@pickling_publish("fill_object")
def pickling_fill_object(obj, state):
    parts, attributes = state
    record_fill(obj, parts)
    if attributes:
        for k, v in attributes.items():
            _object_setattr(obj, k, v)


_object_setattr = type_lookup(object, "__setattr__")


@pickling_publish("g")
def pickling_global(module, name):
    """A global of a module."""
    return getattr(pickling_import(module), name)


@pickling_publish("stream")
def pickling_stream(name, depth):
    """A layer of a standard stream: 0 the text, 1 the buffer, 2 the file."""
    stream = sys_dict.get(name) if name in ("__stdin__", "__stdout__", "__stderr__") else None
    for layer in ("buffer", "raw")[:depth]:
        stream = getattr_default(stream, layer, None)
    return stream


@pickling_publish("attribute")
def pickling_attribute(cls, name):
    return type_dict(cls)[name]


@pickling_publish("memory")
def pickling_new_memory(owner, offset, size, format, shape, readonly):
    view = memoryview(owner)
    if view.ndim != 1 or view.format != "B":
        view = view.cast("B")
    view = view[offset:offset + size]
    if view.nbytes != size:
        raise _pickling_error("damaged memoryview")
    if shape is not None:
        view = view.cast(format, shape)
    elif format != "B":
        view = view.cast(format)
    return view.toreadonly() if readonly and not view.readonly else view


@pickling_publish("fill_container")
def pickling_fill_container(obj, parts):
    state, contents = parts
    if isinstance(obj, dict):
        for k, v in contents:
            dict.__setitem__(obj, k, v)
    else:
        list.extend(obj, contents)
    if state is not None:
        if type_lookup(class_of(obj), "__setstate__", None) is not None:
            obj.__setstate__(state)
            return
        slots = None
        if class_of(state) is tuple and len(state) == 2:
            state, slots = state
        for part in (state, slots):
            if part:
                for k, v in part.items():
                    _object_setattr(obj, k, v)


@pickling_publish("new_class")
def pickling_new_class(meta, name, bases, slots, wants):
    return create_type(meta, name, bases, {}, None if slots is None else tuple(slots), wants & 1 != 0, wants & 2 != 0)


@pickling_publish("fill_class")
def pickling_fill_class(cls, state):
    qualname, contents, *mro = state
    if not is_type(cls) or not type_flags(cls) & 1:
        raise _pickling_error("damaged class")
    if mro and mro[0] is not None and type_mro(cls) is None:
        mro = tuple(mro[0])
        for c in mro:
            if not is_type(c) or not layout_fits(cls, c):
                raise _pickling_error("damaged class: MRO")
        if cls not in mro:
            raise _pickling_error("damaged class: MRO")
        type_finish(cls, mro)
    type_set_qualname(cls, qualname)
    for k, v in contents.items():
        raw_set_type_attr(cls, k, v)


@pickling_publish("new_code")
def pickling_new_code(data):
    import marshal
    return marshal.loads(data)


@pickling_publish("app_code")
def pickling_app_code(unit, *path):
    code = app_unit(unit)
    for i in path:
        code = code.co_consts[i]
    return code


@pickling_publish("scheduler")
def pickling_scheduler():
    return scheduler_here()


@pickling_publish("new_parked")
def pickling_new_parked():
    return parked_new(parked_type)


@pickling_publish("fill_parked")
def pickling_fill_parked(place, parts):
    parked_fill(place, parts[0], parts[1])


@pickling_publish("new_writer")
def pickling_new_writer():
    if pickle_dispatch_table is None:
        pickle_setup()
    return pickle_writer_new(4, True, None, None, None)


@pickling_publish("fill_writer")
def pickling_fill_writer(writer, parts):
    pickle_writer_fill(writer, parts)


@pickling_publish("new_import_lock")
def pickling_new_import_lock():
    import_lock_travelled()
    return import_state["bootstrap"]._ImportLockContext()


@pickling_publish("new_reader")
def pickling_new_reader():
    return unpickle_new(b"", True, True, None, False)


@pickling_publish("fill_reader")
def pickling_fill_reader(reader, parts):
    unpickle_fill(reader, parts[0])
    unpickle_set_memo(reader, parts[1])


@pickling_publish("F")
def pickling_new_frame(function, check):
    """A frame of a function; `check` is the checksum or the version that its code must have, or the code itself."""
    if record_row(function) not in ("function", "appFunction"):
        raise _pickling_error("damaged frame: no function")
    code = fieldGet(function, 0)
    if class_of(check) is _code_type:
        code = check
    elif check is not None:
        if code_flags(code) & 0x20000000:
            if check != app_version:
                raise _pickling_error("the pickle holds frames of another version of Weft")
        elif pickling_checksum(code) != check:
            raise _pickling_error("the code of " + function.__module__ + "." + function.__qualname__ + "() has changed since the pickle was made")
    return frame_new(function, code)


@pickling_publish("f")
def pickling_fill_frame(frame, parts):
    frame_fill(frame, parts)


@pickling_publish("module")
def pickling_import(name):
    module = sys_dict["modules"].get(name)
    if module is None:
        __import__(name)
        module = sys_dict["modules"][name]
    return module


@pickling_publish("new_module")
def pickling_new_module(name, known):
    module = import_new_module(name)
    if known:
        sys_dict["modules"][name] = module
    return module


@pickling_publish("fill_module")
def pickling_fill_module(module, items):
    d = module.__dict__
    for k, v in items:
        d[k] = v


@pickling_publish("module_dict")
def pickling_module_dict(module):
    return module.__dict__


@pickling_publish("sys_modules")
def pickling_sys_modules():
    return sys_dict["modules"]


@pickling_publish("new_table")
def pickling_new_table(cls):
    if cls is dict:
        return {}
    return newSetOf(cls)


@pickling_publish("fill_table")
def pickling_fill_table(table, items):
    for key, h, value in items:
        tableSet(table, key, hashOf(key) if h is None else normalizeHash(h), value)


@pickling_publish("new_weakref")
def pickling_new_weakref(cls, target, callback):
    if target is None:
        return weakref_gone(cls)
    return _weakref_type.__new__(cls, target, callback) if callback is not None else _weakref_type.__new__(cls, target)


@pickling_publish("fill_slots")
def pickling_fill_slots(obj, slots):
    if slots:
        for k, v in slots.items():
            _object_setattr(obj, k, v)


@pickling_publish("s")
def pickling_seal(sum):
    """What follows in the pickle has this length and sum: the native Unpickler looks before it goes on."""


pickling_loaders = (pickling_app, pickling_new, pickling_fill, pickling_new_frame, pickling_fill_frame, pickling_seal)
