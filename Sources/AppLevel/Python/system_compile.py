# compile(), exec(), eval(), and the namespaces of frames.

COMPILE_FLAGS = 0x1c00000 | 0x200 | 0x400 | 0x800 | 0x1000 | 0x2000 | 0x4000 | 0x100 | 0x2000000 | 0x10 | 0x10000 | 0x20000 | 0x40000 | 0x80000 | 0x100000 | 0x200000


def compile_source_bytes(source, what):
    """Source text as bytes, and the flags that go with it."""
    if isinstance(source, str):
        data = str.encode(source, "utf-8")
        flags = 0x800
    elif isinstance(source, bytes):
        data = source
        flags = 0
    elif isinstance(source, (bytearray, memoryview)):
        data = bytes(source)
        flags = 0
    else:
        try:
            data = bytes(memoryview(source))
        except TypeError:
            raise TypeError(what) from None
        flags = 0
    if 0 in data:
        raise ValueError("source code string cannot contain null bytes")
    return data, flags


def compile_failure(r):
    kind, name, message, filename, line, offset, text, end_line, end_offset = r
    if name == "RecursionError":
        raise RecursionError(message)
    if name == "MemoryError":
        raise MemoryError(message) if message else MemoryError
    if name == "ValueError":
        raise ValueError(message)
    cls = system_builtins()[name]
    if line <= 0 and offset < 0:
        # The source could not be decoded: there is no position.
        e = cls(message)
        e.filename = filename
        e.lineno = 0
        e.offset = None if offset == -2 else offset
        raise cls(message, (filename, 0, -1, None, 0, -1)) if offset == -1 else e
    raise cls(message, (filename, line, offset, text, end_line, end_offset))


def compile_checked(data, filename, mode, flags, optimize, hidden=False):
    decoded = None
    r = system_compile(data, filename, mode, flags, optimize)
    while type(r) is tuple:
        kind = r[0]
        if kind == "error":
            compile_failure(r)
        elif kind == "decode":
            decoded = compile_decode(data, r[1], filename)
            r = system_compile(data, filename, mode, flags, optimize, decoded)
        else:
            if compile_warn(r[2], filename):
                index = compile_warn_index[0]
                r = system_compile(data, filename, mode, flags, optimize, decoded, index)
                if type(r) is tuple and r[0] == "error":
                    continue
            elif type(r[1]) is tuple:
                compile_failure(r[1])
            return r[1]
    return r


compile_warn_index = [0]


def compile_warn(items, filename):
    """Issues the warnings; true when one has become an error."""
    i = 0
    for category, message, line in items:
        cls = system_builtins()[category]
        try:
            warnings_warn_explicit(message, cls, filename, line)
        except cls:
            compile_warn_index[0] = i
            return True
        i += 1
    return False


def compile_decode(data, codec, filename):
    try:
        text = import_native_once("_codecs").decode(data, codec)
        if not isinstance(text, str):
            raise LookupError
    except UnicodeDecodeError as e:
        raise SyntaxError("(unicode error) " + str(e), (filename, 0, -1, None, 0, -1)) from None
    except LookupError:
        raise SyntaxError("unknown encoding: " + codec, (filename, 0, -1, None, 0, -1)) from None
    return text.encode("utf-8", "surrogatepass")


def compile_filename(filename):
    if isinstance(filename, str):
        name = filename
    elif isinstance(filename, bytes):
        name = filename.decode("utf-8", "surrogateescape")
    elif isinstance(filename, (bytearray, memoryview)):
        warnings_warn("path should be string, bytes, or os.PathLike, not " + type(filename).__name__, DeprecationWarning, 1)
        name = bytes(filename).decode("utf-8", "surrogateescape")
    else:
        name = system_fspath(filename)
        if isinstance(name, bytes):
            name = name.decode("utf-8", "surrogateescape")
    if "\0" in name:
        raise ValueError("embedded null character" if isinstance(filename, str) else "embedded null byte")
    return name


def system_fspath(path):
    cls = type(path)
    if issubclass(cls, (str, bytes)):
        return path
    try:
        method = cls.__fspath__
    except AttributeError:
        raise TypeError("expected str, bytes or os.PathLike object, not " + cls.__name__) from None
    r = method(path)
    if isinstance(r, (str, bytes)):
        return r
    raise TypeError("expected " + cls.__name__ + ".__fspath__() to return str or bytes, not " + type(r).__name__)


@builtin_function
def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1):
    filename = compile_filename(filename)
    if not isinstance(mode, str):
        raise TypeError("compile() argument 'mode' must be str, not " + type(mode).__name__)
    flags = system_index(flags)
    optimize = system_index(optimize)
    if not -(1 << 31) <= flags < 1 << 31:
        raise OverflowError("Python int too large to convert to C int")
    if flags & ~COMPILE_FLAGS:
        raise ValueError("compile(): unrecognised flags")
    if optimize < -1 or optimize > 2:
        raise ValueError("compile(): invalid optimize value")
    if not dont_inherit:
        flags |= system_frame_futures()
    if mode not in ("exec", "eval", "single"):
        if mode == "func_type":
            if not flags & 0x400:
                raise ValueError("compile() mode 'func_type' requires flag PyCF_ONLY_AST")
        else:
            raise ValueError("compile() mode must be 'exec', 'eval', 'single' or 'func_type'" if flags & 0x400
                             else "compile() mode must be 'exec', 'eval' or 'single'")
    if sys_audit_hooks:
        sys_audit("compile", source, filename)
    if ast_state and isinstance(source, ast_state["AST"]):
        if flags & 0x400:
            return source
        return ast_compile(source, filename, mode, flags, optimize)
    data, more = compile_source_bytes(source, "compile() arg 1 must be a string, bytes or AST object")
    if flags & 0x400:
        ast_ready()
    return compile_checked(data, filename, mode, flags | more, optimize)


def exec_namespaces(globals, locals, what):
    if globals is None:
        globals = system_frame_globals()
        if locals is None:
            locals = system_frame_locals()
    else:
        if not isinstance(globals, dict):
            if what == "eval":
                raise TypeError("globals must be a real dict; try eval(code, {}, mapping)" if hasattr(type(globals), "__getitem__")
                                else "globals must be a dict")
            raise TypeError("exec() globals must be a dict, not " + type(globals).__name__)
        if locals is None:
            locals = globals
    if locals is not globals and not isinstance(locals, dict) and not hasattr(type(locals), "__getitem__"):
        raise TypeError("locals must be a mapping" if what == "eval" else "locals must be a mapping or None, not " + type(locals).__name__)
    if "__builtins__" not in globals:
        globals["__builtins__"] = system_frame_builtins()
    return globals, locals


@builtin_function
def exec(source, globals=None, locals=None, /, *, closure=None):
    globals, locals = exec_namespaces(globals, locals, "exec")
    if system_is_code(source):
        if sys_audit_hooks:
            sys_audit("exec", source)
        count = system_free_count(source)
        if count == 0:
            if closure is not None:
                raise TypeError("cannot use a closure with this code object")
        else:
            if closure is None:
                raise TypeError("code requires a closure of exactly length " + str(count))
            ok = type(closure) is tuple and len(closure) == count
            if ok:
                for c in closure:
                    if type(c) is not system_cell_type:
                        ok = False
            if not ok:
                raise TypeError("code requires a closure of exactly length " + str(count))
        system_run_code(source, globals, locals, closure)
        return None
    if closure is not None:
        raise TypeError("closure can only be used when source is a code object")
    data, more = compile_source_bytes(source, "exec() arg 1 must be a string, bytes or code object")
    if sys_audit_hooks:
        sys_audit("compile", data, None)
    code = compile_checked(data, "<string>", "exec", more | system_frame_futures(), -1)
    system_run_code(code, globals, locals, None)


@builtin_function
def eval(source, globals=None, locals=None, /):
    globals, locals = exec_namespaces(globals, locals, "eval")
    if system_is_code(source):
        if sys_audit_hooks:
            sys_audit("exec", source)
        if system_free_count(source):
            raise TypeError("code object passed to eval() may not contain free variables")
        return system_run_code(source, globals, locals, None)
    data, more = compile_source_bytes(source, "eval() arg 1 must be a string, bytes or code object")
    data = data.lstrip(b" \t")
    if sys_audit_hooks:
        sys_audit("compile", data, None)
    code = compile_checked(data, "<string>", "eval", more | system_frame_futures(), -1)
    return system_run_code(code, globals, locals, None)


@builtin_function
def vars(object=system_missing, /):
    if object is system_missing:
        return system_frame_locals()
    try:
        return object.__dict__
    except AttributeError:
        raise TypeError("vars() argument must have __dict__ attribute") from None
