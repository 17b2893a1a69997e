# What the `weft` command runs, and its exit status.


def command_run(kind, value, dump):
    """Runs a program: kind is c, m, file or stdin. Gives the process's exit status."""
    modules = import_sys_modules()
    main = class_of(modules["sys"])("__main__")
    d = main.__dict__
    d["__builtins__"] = modules["builtins"]
    d["__annotations__"] = {}
    d["__loader__"] = None
    modules["__main__"] = main
    status = 0
    try:
        command_start(kind, value, d, dump)
    except BaseException as e:
        status = sys_handle_exception(e)
    if sys_dict["flags"].inspect and kind != "stdin":
        command_interact(d)
    code = system_exit()
    return status or code


def command_start(kind, value, d, dump):
    if kind == "c":
        command_execute(value, "<string>", d, dump)
    elif kind == "m":
        import runpy
        runpy._run_module_as_main(value)
    elif kind == "file":
        command_file(value, d, dump)
    else:
        import os
        if os.isatty(0) or sys_dict["flags"].interactive:
            command_interact(d)
        else:
            data = command_read_all(0)
            command_execute(data, "<stdin>", d, dump)


def command_execute(source, filename, d, dump):
    if dump:
        for what in dump:
            if what == "bytecode":
                print(system_disassemble(compile(source, filename, "exec", 0, True)), end="")
            elif what == "ast":
                import ast
                print(ast.dump(ast.parse(source, filename), indent=1))
            else:
                raise ValueError("--dump knows ast and bytecode, not " + what)
        return
    code = compile(source, filename, "exec", 0, True)
    exec(code, d)


def command_read_all(fd):
    posix = import_native_once("posix")
    parts = []
    while True:
        data = posix.read(fd, 65536)
        if not data:
            return b"".join(parts)
        parts.append(data)


def command_file(path, d, dump):
    posix = import_native_once("posix")
    try:
        mode = posix.stat(path).st_mode
        is_dir = mode & 0o170000 == 0o040000
        data = None
        if not is_dir:
            fd = posix.open(path, 0)
            try:
                data = command_read_all(fd)
            finally:
                posix.close(fd)
    except OSError as e:
        sys_dict["stderr"].write(sys_dict["executable"] + ": can't open file " + repr(path) + ": [Errno " + str(e.errno) + "] " + e.strerror + "\n")
        raise SystemExit(2)
    if is_dir or data[:4] == b"PK\x03\x04":
        import runpy
        sys_dict["path"].insert(0, path)
        runpy._run_module_as_main("__main__", False)
        return
    if not path.startswith("/"):
        path = posix.getcwd() + "/" + (path[2:] if path.startswith("./") else path)
    d["__file__"] = path
    d["__cached__"] = None
    external = import_state["external"]
    if external is not None:
        d["__loader__"] = external.SourceFileLoader("__main__", path)
    if path.endswith(".pyc"):
        import marshal
        exec(marshal.loads(data[16:]), d)
        return
    command_execute(data, path, d, dump)


def command_interact(d):
    import code
    try:
        import readline
    except ImportError:
        pass
    banner = "Python " + sys_dict["version"] + " on " + sys_dict["platform"]
    code.interact("" if sys_dict["flags"].quiet else banner, None, d, "")
