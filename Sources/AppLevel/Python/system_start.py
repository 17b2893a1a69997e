# Start and end of the program: standard streams, importlib, site; and flushing at exit.

def system_start(use_site=True, use_signals=True):
    """After all app-level sources have run and sys exists."""
    sys_populate(sys_dict)
    if sys_dict["flags"].verbose:
        # Tracing of imports writes there before streams of the wanted encoding can be made.
        sys_dict["stderr"] = io_standard_stream(2, "w", "<stderr>", "utf-8", "backslashreplace", False)
    import_start()
    system_open_streams()
    if use_signals:
        signal_start()
    if sys_dict["flags"].dev_mode or "faulthandler" in sys_dict["_xoptions"] or command_setting(b"PYTHONFAULTHANDLER"):
        import_native_once("faulthandler").enable()
    if sys_dict.get("warnoptions") and import_state["bootstrap"] is not None:
        # Its filters take effect when it is imported.
        import_module_level("warnings", None, None, None, 0)
    if use_site and import_state["bootstrap"] is not None:
        import_module_level("site", None, None, None, 0)
    system_watched_at_start.append(gc_watched_ever())
    return None


# `gc_watched_ever()` before the program ran.
system_watched_at_start = []


def system_open_streams():
    modules = import_sys_modules()
    environ = import_native_once("posix").environ
    setting = environ.get(b"PYTHONIOENCODING", b"").decode() if not sys_dict["flags"].ignore_environment else ""
    encoding, _, errors = setting.partition(":")
    unbuffered = sys_state("unbuffered")
    usual = "strict" if encoding or not sys_state("pass_undecodable") else "surrogateescape"
    for name, fd, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        stream = io_standard_stream(fd, mode, "<" + name + ">", encoding or "utf-8",
                                    "backslashreplace" if name == "stderr" else errors or usual, unbuffered)
        sys_dict[name] = sys_dict["__" + name + "__"] = stream


def system_flush(stream):
    try:
        if stream is not None and not getattr(stream, "closed", False):
            stream.flush()
    except BaseException as e:
        return e
    return None


def system_exit():
    """Runs exit functions and flushes; gives 0, or 120 when flushing failed."""
    status = 0
    threading = import_sys_modules().get("threading")
    if threading is not None:
        try:
            threading._shutdown()
        except BaseException as e:
            sys_report_unraisable(e, threading._shutdown)
    atexit_run()
    error = system_flush(sys_dict.get("stdout"))
    if error is not None:
        sys_report_unraisable(error, sys_dict.get("stdout"))
        status = 120
    system_flush(sys_dict.get("stderr"))
    sys_set_finalizing()
    io_unlock_all()
    system_clear_main()
    io_flush_all()
    error = system_flush(sys_dict.get("stdout"))
    if error is not None and status == 0:
        sys_report_unraisable(error, sys_dict.get("stdout"))
        status = 120
    system_flush(sys_dict.get("stderr"))
    return status


def system_clear_main():
    """Drops what the program's global names hold, so that finalisers run."""
    main = import_sys_modules().get("__main__")
    if gc_watched_ever() in system_watched_at_start:
        # Nothing was made whose end anybody hears of.
        return
    if main is None or not hasattr(main, "__dict__"):
        return
    d = main.__dict__
    try:
        # First while everything is still there.
        gc_collect_now()
        system_finalise_all()
        if system_holds_modules_only(d):
            return
        for private in (True, False):
            for name in list(d):
                if isinstance(name, str) and (name[:1] == "_" and name[:2] != "__") is private and name != "__builtins__":
                    d[name] = None
        gc_collect_now()
        system_finalise_all()
    except BaseException as e:
        sys_report_unraisable(e, main)


def system_holds_modules_only(d):
    for name, value in d.items():
        if class_of(value) is not import_module_type and (not isinstance(name, str) or name[:2] != "__" or name[-2:] != "__"):
            return False
    return True


_suspended_types = (builtin_type("generator"), builtin_type("coroutine"), builtin_type("asyncGenerator"))


def system_finalise_all():
    """Runs the finalisers of what modules still hold. Streams are flushed afterwards; generators just end."""
    due = []
    for obj in gc_take_finalisers():
        cls = class_of(obj)
        if type_lookup(cls, "__del__", None) is not None and cls not in _suspended_types and not is_subtype(cls, io_IOBase):
            due.append(obj)
            due.append(0)
    finalize(due)


atexit_callbacks = []


def atexit_run():
    while atexit_callbacks:
        function, args, kwargs = atexit_callbacks.pop()
        try:
            function(*args, **kwargs)
        except BaseException as e:
            sys_report_unraisable(e, function, "Exception ignored in atexit callback")


@system_function("atexit", "register")
def atexit_register(func, /, *args, **kwargs):
    if not callable(func):
        raise TypeError("the first argument must be callable")
    atexit_callbacks.append((func, args, kwargs))
    return func


@system_function("atexit", "unregister")
def atexit_unregister(func, /):
    kept = [c for c in atexit_callbacks if not c[0] == func]
    atexit_callbacks[:] = kept


@system_function("atexit", "_clear")
def atexit_clear():
    atexit_callbacks.clear()


@system_function("atexit", "_run_exitfuncs")
def atexit_run_exitfuncs():
    atexit_run()


@system_function("atexit", "_ncallbacks")
def atexit_ncallbacks():
    return len(atexit_callbacks)
