# `sys`: struct sequences, hooks, auditing.

sys_audit_hooks = []


def sys_audit(event, *args):
    for hook in list(sys_audit_hooks):
        hook(event, args)


@system_function("sys", "audit")
def sys_audit_function(event, /, *args):
    if not isinstance(event, str):
        raise TypeError("expected str for argument 'event', not " + type(event).__name__)
    for hook in list(sys_audit_hooks):
        hook(event, args)


@system_function("sys", "addaudithook")
def sys_addaudithook(hook):
    try:
        sys_audit("sys.addaudithook")
    except Exception:
        return
    sys_audit_hooks.append(hook)


def sys_both_namespaces(a, b):
    # By their real classes: `__class__` may say anything.
    return is_subtype(class_of(a), sys_SimpleNamespace) and is_subtype(class_of(b), sys_SimpleNamespace)


class sys_SimpleNamespace:
    def __init__(self, /, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        key = id(self)
        name = "namespace" if type(self) is sys_SimpleNamespace else type(self).__name__
        if key in sys_namespace_repr:
            return name + "(...)"
        sys_namespace_repr.add(key)
        try:
            parts = []
            for k, v in self.__dict__.items():
                if isinstance(k, str) and k:
                    parts.append(k + "=" + repr(v))
            return name + "(" + ", ".join(parts) + ")"
        finally:
            sys_namespace_repr.discard(key)

    def __eq__(self, other):
        if sys_both_namespaces(self, other):
            return self.__dict__ == other.__dict__
        return NotImplemented

    def __ne__(self, other):
        if sys_both_namespaces(self, other):
            return self.__dict__ != other.__dict__
        return NotImplemented

    def __lt__(self, other):
        if sys_both_namespaces(self, other):
            return self.__dict__ < other.__dict__
        return NotImplemented

    def __le__(self, other):
        if sys_both_namespaces(self, other):
            return self.__dict__ <= other.__dict__
        return NotImplemented

    def __gt__(self, other):
        if sys_both_namespaces(self, other):
            return self.__dict__ > other.__dict__
        return NotImplemented

    def __ge__(self, other):
        if sys_both_namespaces(self, other):
            return self.__dict__ >= other.__dict__
        return NotImplemented

    __hash__ = None

    def __reduce__(self):
        return type(self), (), self.__dict__


sys_SimpleNamespace.__name__ = sys_SimpleNamespace.__qualname__ = "SimpleNamespace"
sys_SimpleNamespace.__module__ = "types"
sys_namespace_repr = set()

sys_asyncgen_hooks = structseq_type("sys", "asyncgen_hooks", ["firstiter", "finalizer"])
sys_hook_state = {"firstiter": None, "finalizer": None, "origin_depth": 0, "switch": 0.005}


def sys_populate(d):
    """The rest of the sys module, at start."""
    flags = structseq_type("sys", "flags", [
        "debug", "inspect", "interactive", "optimize", "dont_write_bytecode", "no_user_site", "no_site", "ignore_environment",
        "verbose", "bytes_warning", "quiet", "hash_randomization", "isolated", "dev_mode", "utf8_mode", "warn_default_encoding",
        "safe_path", "int_max_str_digits"], instantiable=False)
    d["flags"] = system_make_structseq(flags, sys_state("flags"), None)
    version = structseq_type("sys", "version_info", ["major", "minor", "micro", "releaselevel", "serial"], instantiable=False)
    info = system_make_structseq(version, (3, 11, 2, "final", 0), None)
    d["version_info"] = info
    float_info = structseq_type("sys", "float_info", [
        "max", "max_exp", "max_10_exp", "min", "min_exp", "min_10_exp", "dig", "mant_dig", "epsilon", "radix", "rounds"])
    d["float_info"] = system_make_structseq(float_info, (
        1.7976931348623157e+308, 1024, 308, 2.2250738585072014e-308, -1021, -307, 15, 53, 2.220446049250313e-16, 2, 1), None)
    int_info = structseq_type("sys", "int_info", ["bits_per_digit", "sizeof_digit", "default_max_str_digits", "str_digits_check_threshold"])
    d["int_info"] = system_make_structseq(int_info, (30, 4, 4300, 640), None)
    hash_info = structseq_type("sys", "hash_info", ["width", "modulus", "inf", "nan", "imag", "algorithm", "hash_bits", "seed_bits", "cutoff"])
    d["hash_info"] = system_make_structseq(hash_info, (64, 2305843009213693951, 314159, 0, 1000003, "siphash13", 64, 128, 0), None)
    thread_info = structseq_type("sys", "thread_info", ["name", "lock", "version"])
    d["thread_info"] = system_make_structseq(thread_info, ("pthread", "semaphore", "NPTL 2.36"), None)
    d["implementation"] = sys_SimpleNamespace(name="weft", cache_tag="weft-311", version=info, hexversion=0x030b02f0,
                                              _multiarch="x86_64-linux-gnu")
    d["builtin_module_names"] = sys_state("builtin_modules")
    d["stdlib_module_names"] = frozenset(sys_stdlib_names.split())
    d["__stdin__"] = d["__stdout__"] = d["__stderr__"] = None
    for name in ("displayhook", "excepthook", "breakpointhook", "unraisablehook"):
        d["__" + name + "__"] = d[name]


@system_function("sys", "displayhook")
def sys_displayhook(object, /):
    if object is None:
        return
    builtins = import_sys_modules()["builtins"]
    builtins._ = None
    try:
        out = sys_dict["stdout"]
    except KeyError:
        raise RuntimeError("lost sys.stdout") from None
    if out is None:
        raise RuntimeError("lost sys.stdout")
    text = repr(object)
    try:
        out.write(text)
    except UnicodeEncodeError:
        data = text.encode(out.encoding, "backslashreplace")
        buffer = getattr(out, "buffer", None)
        if buffer is not None:
            buffer.write(data)
        else:
            out.write(data.decode(out.encoding, "strict"))
    out.write("\n")
    builtins._ = object


@system_function("sys", "exit")
def sys_exit(status=None, /):
    if status is None:
        raise SystemExit
    if isinstance(status, SystemExit):
        raise status
    if isinstance(status, tuple):
        raise SystemExit(*status)
    raise SystemExit(status)


@system_function("sys", "getsizeof")
def sys_getsizeof(object, default=structseq_member):
    cls = type(object)
    method = type_lookup(cls, "__sizeof__", None)
    if method is builtin_sizeof or is_subtype(cls, type):
        return sys_sizeof(object) + 16
    try:
        if method is None:
            raise TypeError("Type " + cls.__name__ + " doesn't define __sizeof__")
        size = bind(method, object, cls)()
        if not isinstance(size, int):
            raise TypeError("'" + type(size).__name__ + "' object cannot be interpreted as an integer")
    except TypeError:
        if default is structseq_member:
            raise
        return default
    if size < 0:
        raise ValueError("__sizeof__() should return >= 0")
    return size


builtin_sizeof = object.__dict__.get("__sizeof__")


# Tasklets besides a thread's main one have hooks of their own: each may run an event loop. By tasklet; made when needed.
sys_side_hooks = [None]


def sys_hooks(change=False):
    # The dict with the hooks of asynchronous generators for what runs now.
    tasklet = scheduler_side()
    if tasklet is None:
        return sys_hook_state
    table = sys_side_hooks[0]
    if table is None:
        if not change:
            return sys_hook_state
        import weakref
        table = sys_side_hooks[0] = weakref.WeakKeyDictionary()
    state = table.get(tasklet)
    if state is None:
        if not change:
            return sys_hook_state
        state = table[tasklet] = {"firstiter": sys_hook_state["firstiter"], "finalizer": sys_hook_state["finalizer"]}
    return state


@system_function("sys", "get_asyncgen_hooks")
def sys_get_asyncgen_hooks():
    state = sys_hooks()
    return system_make_structseq(sys_asyncgen_hooks, (state["firstiter"], state["finalizer"]), None)


@system_function("sys", "set_asyncgen_hooks")
def sys_set_asyncgen_hooks(firstiter=structseq_member, finalizer=structseq_member):
    if finalizer is not structseq_member and finalizer is not None and not callable(finalizer):
        raise TypeError("callable finalizer expected, got " + type(finalizer).__name__)
    if firstiter is not structseq_member and firstiter is not None and not callable(firstiter):
        raise TypeError("callable firstiter expected, got " + type(firstiter).__name__)
    state = sys_hooks(True)
    if finalizer is not structseq_member:
        state["finalizer"] = finalizer
    if firstiter is not structseq_member:
        state["firstiter"] = firstiter


@system_function("sys", "get_coroutine_origin_tracking_depth")
def sys_get_origin_depth():
    return sys_hook_state["origin_depth"]


@system_function("sys", "set_coroutine_origin_tracking_depth")
def sys_set_origin_depth(depth):
    depth = system_index(depth)
    if depth < 0:
        raise ValueError("depth must be >= 0")
    sys_hook_state["origin_depth"] = depth
    gen_origin_depth(depth)


@system_function("sys", "getswitchinterval")
def sys_getswitchinterval():
    return sys_hook_state["switch"]


@system_function("sys", "setswitchinterval")
def sys_setswitchinterval(interval, /):
    if isinstance(interval, str) or not hasattr(type(interval), "__float__") and not hasattr(type(interval), "__index__"):
        raise TypeError("must be real number, not " + type(interval).__name__)
    interval = float(interval)
    if interval <= 0.0:
        raise ValueError("switch interval must be strictly positive")
    sys_hook_state["switch"] = interval
    thread_set_interval(int(min(interval, 1e6) * 1e9))


@system_function("sys", "breakpointhook")
def sys_breakpointhook(*args, **kws):
    environ = import_native_once("posix").environ
    name = environ.get(b"PYTHONBREAKPOINT", b"").decode("utf-8", "surrogateescape")
    if name == "0":
        return None
    if not name:
        name = "pdb.set_trace"
    module, dot, attribute = name.rpartition(".")
    if not dot:
        module = "builtins"
    try:
        if not module:
            raise ImportError
        hook = getattr(builtins_import()(module, None, None, ["*"] if "." in module else (), 0), attribute)
    except (ImportError, AttributeError):
        warnings_warn("Ignoring unimportable $PYTHONBREAKPOINT: \"" + name + "\"", RuntimeWarning, 1)
        return None
    return hook(*args, **kws)


@builtin_function
def breakpoint(*args, **kws):
    try:
        hook = sys_dict["breakpointhook"]
    except KeyError:
        raise RuntimeError("lost sys.breakpointhook") from None
    return hook(*args, **kws)


sys_UnraisableHookArgs = structseq_type("sys", "UnraisableHookArgs", ["exc_type", "exc_value", "exc_traceback", "err_msg", "object"])
app_module_attr("sys", "UnraisableHookArgs", sys_UnraisableHookArgs)


@system_function("sys", "unraisablehook")
def sys_unraisablehook(unraisable, /):
    out = sys_dict.get("stderr")
    if out is None:
        return
    text = ""
    if unraisable.object is not None:
        text = "Exception ignored in: " if unraisable.err_msg is None else unraisable.err_msg + ": "
        try:
            text += repr(unraisable.object)
        except Exception:
            text += "<object repr() failed>"
        text += "\n"
    elif unraisable.err_msg is not None:
        text = unraisable.err_msg + ":\n"
    if unraisable.exc_traceback is not None:
        text += "Traceback (most recent call last):\n" + "".join(traceback_stack_lines(unraisable.exc_traceback, None))
    if unraisable.exc_type is None:
        out.write(text)
        return
    text += "".join(traceback_exception_only(unraisable.exc_type, unraisable.exc_value))
    out.write(text)
    try:
        out.flush()
    except Exception:
        pass


def sys_report_unraisable(exception, object, message=None):
    """What a finaliser or callback raised; never raises."""
    try:
        hook = sys_dict.get("unraisablehook")
        if hook is not None:
            hook(system_make_structseq(sys_UnraisableHookArgs, (type(exception), exception, exception.__traceback__, message, object), None))
    except BaseException as e:
        try:
            out = sys_dict.get("stderr")
            if out is not None:
                out.write("Exception ignored in sys.unraisablehook: " + repr(e) + "\n")
        except BaseException:
            pass


sys_stdlib_names = """
__future__ _abc _aix_support _ast _asyncio _bisect _blake2 _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022
_codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _compat_pickle _compression _contextvars _crypt _csv _ctypes _curses
_curses_panel _datetime _dbm _decimal _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _imp
_io _json _locale _lsprof _lzma _markupbase _md5 _msi _multibytecodec _multiprocessing _opcode _operator _osx_support _overlapped
_pickle _posixshmem _posixsubprocess _py_abc _pydecimal _pyio _queue _random _scproxy _sha1 _sha256 _sha3 _sha512 _signal
_sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _symtable _thread _threading_local _tkinter
_tokenize _tracemalloc _typing _uuid _warnings _weakref _weakrefset _winapi _zoneinfo abc aifc antigravity argparse array ast asynchat
asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath cmd code codecs
codeop collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses
dataclasses datetime dbm decimal difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp
fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html
http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox
mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode
operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile
pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched
secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile
sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile
telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle
turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml
xmlrpc zipapp zipfile zipimport zlib zoneinfo
"""


# ---- sys.settrace, sys.setprofile: the run loop calls this over the frame that something happens in

def trace_event(frame, event, arg, function, profiling):
    local = function(frame, event, arg)
    if not profiling and local is not None:
        frame.f_trace = local
