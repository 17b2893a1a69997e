# Builtin functions that run user code, and what the run-time system itself calls.


# Classes whose instances name something of this process: a descriptor, an object of a C library.
process_bound = set()


def bound_to_process(cls):
    """Decorates a class whose instances cannot be pickled, within frames neither."""
    process_bound.add(cls)
    return cls


def process_bound_name(cls):
    return repr(cls.__name__ if cls.__module__ == "builtins" else cls.__module__ + "." + cls.__qualname__)


# Sources that run on demand: see Weft/AppSources.swift.

# Called after a source has run, and those that it needed.
app_source_hooks = []


def app_run_source(source):
    body = app_source_begin(source)
    if body is None:
        return
    done = False
    try:
        run_class_body(body, app_globals)
        done = True
    finally:
        outermost = app_source_end(source, done)
    if outermost:
        for hook in app_source_hooks:
            hook()


def app_on_demand(source, name):
    """The value of a global name whose source has not run."""
    app_run_source(source)
    try:
        return app_globals[name]
    except KeyError:
        raise NameError("name '" + name + "' is not defined", name=name) from None


def app_call_on_demand(source, name, /, *args):
    return app_on_demand(source, name)(*args)


def app_unit(name):
    """The code of a source, which then has run."""
    if name not in app_units:
        source = app_source_named(name)
        if source is not None:
            app_run_source(source)
    return app_units[name]


def app_run_module_sources(module):
    """Runs what has to be there before a native module is made."""
    source = app_next_source(module)
    while source is not None:
        app_run_source(source)
        source = app_next_source(module)


def print_slow(args, sep, end, file, flush):
    if sep is not None and not isinstance(sep, str):
        raise TypeError("sep must be None or a string, not " + class_of(sep).__name__)
    if end is not None and not isinstance(end, str):
        raise TypeError("end must be None or a string, not " + class_of(end).__name__)
    if file is None:
        file = standard_stream("stdout")
        if file is None:
            return
        if file is ...:
            raise RuntimeError("lost sys.stdout")
    write = file.write
    first = True
    for a in args:
        if first:
            first = False
        else:
            write(" " if sep is None else sep)
        write(a if class_of(a) is str else str(a))
    write("\n" if end is None else end)
    if flush:
        file.flush()


def finalize(due):
    # Pairs of an object and what is due: 0 its finaliser, 1 its weak-reference callback.
    i = 0
    while i < len(due):
        obj = due[i]
        kind = due[i + 1]
        due[i] = None
        i += 2
        method = None
        try:
            if kind:
                weakref_callback(obj)(obj)
            else:
                cls = class_of(obj)
                method = type_lookup(cls, "__del__", None)
                if method is not None:
                    bind(method, obj, cls)()
                if is_subtype(cls, tasklet):
                    tasklet_lost(obj)
        except BaseException as e:
            report_unraisable(e, method if type_flags(class_of(obj)) & 1 and method is not None else obj)
        obj = method = None


def report_unraisable(e, obj):
    import sys
    hook = getattr_default(sys, "unraisablehook", None)
    if hook is None:
        return
    maker = getattr_default(sys, "UnraisableHookArgs", None)
    if maker is None:
        return
    trace = e.__traceback__
    if trace is None:
        # At least where it was noticed.
        frame = current_frame()
        if frame is not None:
            trace = builtin_type("traceback")(None, frame, frame.f_lasti, frame.f_lineno or 0)
    try:
        hook(maker((class_of(e), e, trace, None, obj)))
    except BaseException:
        pass


class _RawStream:
    # Standard output before `sys` and `io` exist.
    def write(self, s):
        raw_write(s)

    def flush(self):
        pass


_raw_stream = _RawStream()
