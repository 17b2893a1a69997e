# What the `weft` command runs, and its exit status.


def command_run(kind, value, dump):
    """Runs a program: kind is c, m, file or stdin. Gives the process's exit status."""
    modules = import_sys_modules()
    main = class_of(modules["sys"])("__main__")
    d = main.__dict__
    d["__builtins__"] = modules["builtins"]
    d["__annotations__"] = {}
    bootstrap = import_state["bootstrap"]
    d["__loader__"] = None if bootstrap is None else bootstrap.BuiltinImporter
    modules["__main__"] = main
    if command_on_header(kind):
        command_header()
    try:
        status = command_start(kind, value, d, dump)
    except BaseException as e:
        if sys_dict["flags"].inspect and isinstance(e, SystemExit):
            command_report(e)
            status = 0
        else:
            status = sys_handle_exception(e)
            # The process ends by the signal itself, so that a shell sees it.
            if class_of(e) is KeyboardInterrupt:
                status = -2
        e = None
    if kind != "stdin" and (sys_dict["flags"].inspect or command_setting(b"PYTHONINSPECT")):
        status = command_interact(d)
    code = system_exit()
    return code or status


def command_setting(name):
    """An environment variable that flags allow to count."""
    if sys_dict["flags"].ignore_environment:
        return b""
    return import_native_once("posix").environ.get(name, b"")


def command_report(e):
    """A SystemExit as any other exception, before the interactive loop begins."""
    sys_dict["last_type"] = class_of(e)
    sys_dict["last_value"] = e
    sys_dict["last_traceback"] = e.__traceback__
    sys_excepthook(class_of(e), e, e.__traceback__)


def command_on_header(kind):
    flags = sys_dict["flags"]
    if flags.quiet:
        return False
    return flags.verbose > 0 or kind == "stdin" and (flags.interactive or import_native_once("posix").isatty(0))


def command_header():
    err = sys_dict.get("stderr")
    if err is None:
        return
    err.write("Python " + sys_dict["version"] + " on " + sys_dict["platform"] + "\n")
    if not sys_dict["flags"].no_site:
        err.write('Type "help", "copyright", "credits" or "license" for more information.\n')
    err.flush()


def command_startup(d):
    """Runs the file that PYTHONSTARTUP names."""
    path = command_setting(b"PYTHONSTARTUP")
    if not path:
        return
    path = path.decode("utf-8", "surrogateescape")
    try:
        with open(path, "rb") as f:
            data = f.read()
    except OSError as e:
        sys_dict["stderr"].write("Could not open PYTHONSTARTUP\n" + traceback_exception_only(class_of(e), e)[0])
        return
    try:
        exec(compile(data, path, "exec", 0, True), d)
    except SystemExit:
        raise
    except BaseException as e:
        sys_handle_exception(e)


def command_start(kind, value, d, dump):
    if kind == "c":
        try:
            value.encode()
        except UnicodeEncodeError as e:
            sys_dict["stderr"].write("Unable to decode the command from the command line:\n" + traceback_exception_only(class_of(e), e)[0])
            return 1
        command_path_first()
        command_execute(value, "<string>", d, dump)
    elif kind == "m":
        command_path_first()
        import runpy
        runpy._run_module_as_main(value)
    elif kind == "resume":
        import_native_once("stackless")
        snapshot_resume(value)
    elif kind == "file":
        command_file(value, d, dump)
    else:
        command_path_first()
        if import_native_once("posix").isatty(0) or sys_dict["flags"].interactive:
            command_startup(d)
            return command_interact(d)
        data = command_read_all(0)
        command_execute(data, "<stdin>", d, dump)
    return 0


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


def command_path_first():
    """Puts the folder of the program in front of sys.path; site has not seen it."""
    path = sys_state("first_path")
    if path is not None:
        sys_dict["path"].insert(0, path)


def command_importer(path):
    """Whether a file is a container of modules."""
    for hook in list(sys_dict["path_hooks"]):
        try:
            hook(path)
        except ImportError:
            continue
        return True
    return False


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
    if is_dir or b"PK\5\6" in data[-65557:] and command_importer(path):
        import runpy
        sys_dict["path"].insert(0, path)
        runpy._run_module_as_main("__main__", False)
        return
    command_path_first()
    if not path.startswith("/"):
        path = posix.getcwd() + "/" + (path[2:] if path.startswith("./") else path)
    d["__file__"] = path
    d["__cached__"] = None
    external = import_state["external"]
    if external is not None:
        d["__loader__"] = (external.SourcelessFileLoader if path.endswith(".pyc") else external.SourceFileLoader)("__main__", path)
    if path.endswith(".pyc"):
        import marshal
        exec(marshal.loads(data[16:]), d)
        return
    if sys_state("skip_first_line"):
        # Its newline stays: line numbers are those of the file.
        data = data[data.find(b"\n"):] if b"\n" in data else b""
    try:
        data.decode()
    except UnicodeDecodeError as e:
        # A file that names no encoding is UTF-8, comments included.
        first = data.split(b"\n", 2)[:2]
        if not any(line.lstrip()[:1] == b"#" and b"coding" in line for line in first):
            line = data.count(b"\n", 0, e.start) + 1
            raise SyntaxError("Non-UTF-8 code starting with '\\x%02x' in file %s on line %d, but no encoding declared; see "
                              "https://peps.python.org/pep-0263/ for details" % (data[e.start], path, line)) from None
    command_execute(data, path, d, dump)
