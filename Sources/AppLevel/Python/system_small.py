# Small modules: pwd, grp, resource, fcntl, termios, select, gc, contextvars, faulthandler, _tracemalloc, _posixsubprocess, ...
# On demand: pwd grp resource fcntl termios select gc _contextvars faulthandler _tracemalloc _posixsubprocess _locale _uuid _testinternalcapi

# pwd and grp.

pwd_struct = structseq_type("pwd", "struct_passwd", ["pw_name", "pw_passwd", "pw_uid", "pw_gid", "pw_gecos", "pw_dir", "pw_shell"])
app_module_attr("pwd", "struct_passwd", pwd_struct)
grp_struct = structseq_type("grp", "struct_group", ["gr_name", "gr_passwd", "gr_gid", "gr_mem"])
app_module_attr("grp", "struct_group", grp_struct)


def pwd_name_bytes(name, what):
    if not isinstance(name, str):
        raise TypeError(what + "() argument must be str, not " + type(name).__name__)
    if "\0" in name:
        raise ValueError("embedded null byte")
    return name.encode("utf-8", "surrogateescape")


@system_function("pwd", "getpwnam")
def pwd_getpwnam(name, /):
    r = pwd_by_name(pwd_name_bytes(name, "getpwnam"))
    if r is None:
        raise KeyError("getpwnam(): name not found: " + repr(name))
    return system_make_structseq(pwd_struct, r, None)


@system_function("pwd", "getpwuid")
def pwd_getpwuid(uidobj, /):
    try:
        r = pwd_by_uid(system_index(uidobj))
    except OverflowError:
        raise KeyError("getpwuid(): uid not found") from None
    if r is None:
        raise KeyError("getpwuid(): uid not found: " + str(uidobj))
    return system_make_structseq(pwd_struct, r, None)


@system_function("pwd", "getpwall")
def pwd_getpwall():
    return [system_make_structseq(pwd_struct, r, None) for r in pwd_all()]


@system_function("grp", "getgrnam")
def grp_getgrnam(name):
    r = grp_by_name(pwd_name_bytes(name, "getgrnam"))
    if r is None:
        raise KeyError("getgrnam(): name not found: " + repr(name))
    return system_make_structseq(grp_struct, r, None)


@system_function("grp", "getgrgid")
def grp_getgrgid(id):
    if not isinstance(id, int):
        raise TypeError("gid should be integer, not " + type(id).__name__)
    try:
        r = grp_by_gid(id)
    except OverflowError:
        raise KeyError("getgrgid(): gid not found: " + str(id)) from None
    if r is None:
        raise KeyError("getgrgid(): gid not found: " + str(id))
    return system_make_structseq(grp_struct, r, None)


@system_function("grp", "getgrall")
def grp_getgrall():
    return [system_make_structseq(grp_struct, r, None) for r in grp_all()]


# resource.

def resource_populate(d):
    d["struct_rusage"] = resource_struct_rusage


@system_function("resource", "getrusage")
def resource_getrusage(who, /):
    return system_make_structseq(resource_struct_rusage, resource_usage(who), None)


def resource_limits(limits):
    limits = tuple(limits)
    if len(limits) != 2:
        raise ValueError("expected a tuple of 2 integers")
    return limits


@system_function("resource", "setrlimit")
def resource_setrlimit_function(resource, limits, /):
    soft, hard = resource_limits(limits)
    resource_setrlimit(0, resource, soft, hard)


@system_function("resource", "prlimit")
def resource_prlimit(pid, resource, limits=None, /):
    if limits is None:
        return resource_getprlimit(pid, resource)
    soft, hard = resource_limits(limits)
    return resource_setrlimit(pid, resource, soft, hard)


# File descriptors of objects.

def fd_of(file):
    if isinstance(file, int):
        fd = int(file)
    else:
        method = getattr(file, "fileno", None)
        if method is None:
            raise TypeError("argument must be an int, or have a fileno() method.")
        fd = method()
        if not isinstance(fd, int):
            raise TypeError("fileno() returned a non-integer")
    if fd < 0:
        raise ValueError("file descriptor cannot be a negative integer (" + str(fd) + ")")
    if fd > 0x7fffffff:
        raise OverflowError("Python int too large to convert to C int")
    return fd


@system_function("fcntl", "fcntl")
def fcntl_fcntl(fd, cmd, arg=0, /):
    fd = fd_of(fd)
    if isinstance(arg, str):
        arg = arg.encode()
    if not isinstance(arg, (int, bytes)):
        arg = bytes(arg) if isinstance(arg, (bytearray, memoryview)) else system_index(arg)
    return fcntl_call(fd, cmd, arg)


@system_function("fcntl", "ioctl")
def fcntl_ioctl_function(fd, request, arg=0, mutate_flag=True, /):
    fd = fd_of(fd)
    if isinstance(arg, str):
        arg = arg.encode()
    if isinstance(arg, int):
        return fcntl_ioctl(fd, request, arg)
    if isinstance(arg, bytes):
        return fcntl_ioctl(fd, request, arg)[1]
    view = memoryview(arg).cast("B")
    result, data = fcntl_ioctl(fd, request, bytes(view))
    if mutate_flag and not view.readonly:
        view[:] = data
        return result
    return data


@system_function("fcntl", "flock")
def fcntl_flock_function(fd, operation, /):
    fd = fd_of(fd)
    if not operation & 12 and parks():
        return park_lock(lambda: fcntl_flock(fd, operation | 4))
    return fcntl_flock(fd, operation)


@system_function("fcntl", "lockf")
def fcntl_lockf(fd, cmd, len=0, start=0, whence=0, /):
    fd = fd_of(fd)
    if cmd == 8:
        kind = 2
    elif cmd & 1:
        kind = 0
    elif cmd & 2:
        kind = 1
    else:
        raise ValueError("unrecognized lockf argument")
    if not cmd & 4 and cmd != 8 and parks():
        park_lock(lambda: fcntl_lock(fd, False, kind, start, len, whence))
        return
    fcntl_lock(fd, not cmd & 4 and cmd != 8, kind, start, len, whence)


# termios.

class termios_error(Exception):
    pass


termios_error.__name__ = termios_error.__qualname__ = "error"
termios_error.__module__ = "termios"
app_module_attr("termios", "error", termios_error)


def termios_fail(code):
    raise termios_error(code, posix_strerror(code))


def posix_strerror(code):
    return import_native_once("posix").strerror(code)


@system_function("termios", "tcgetattr")
def termios_tcgetattr(fd, /):
    r = termios_get(fd_of(fd))
    if r[0] is None:
        termios_fail(r[1])
    iflag, oflag, cflag, lflag, ispeed, ospeed, cc = r
    chars = [cc[i:i + 1] for i in range(len(cc))]
    if not lflag & 2:
        chars[6] = cc[6]
        chars[5] = cc[5]
    return [iflag, oflag, cflag, lflag, ispeed, ospeed, chars]


@system_function("termios", "tcsetattr")
def termios_tcsetattr(fd, when, attributes, /):
    fd = fd_of(fd)
    if not isinstance(attributes, list) or len(attributes) != 7:
        raise TypeError("tcsetattr, arg 3: must be 7 element list")
    cc = attributes[6]
    if not isinstance(cc, list) or len(cc) != 32:
        raise TypeError("tcsetattr: attributes[6] must be 32 element list")
    out = bytearray()
    for c in cc:
        if isinstance(c, bytes) and len(c) == 1:
            out += c
        elif isinstance(c, int):
            out.append(c & 255)
        else:
            raise TypeError("tcsetattr: elements of attributes must be characters or integers")
    code = termios_set(fd, when, tuple(attributes[:6]) + (bytes(out),))
    if code:
        termios_fail(code)


def termios_do(which, fd, argument):
    code = termios_action(which, fd_of(fd), argument)
    if code:
        termios_fail(code)


@system_function("termios", "tcsendbreak")
def termios_tcsendbreak(fd, duration, /):
    termios_do(0, fd, duration)


@system_function("termios", "tcdrain")
def termios_tcdrain(fd, /):
    termios_do(1, fd, 0)


@system_function("termios", "tcflush")
def termios_tcflush(fd, queue, /):
    termios_do(2, fd, queue)


@system_function("termios", "tcflow")
def termios_tcflow(fd, action, /):
    termios_do(3, fd, action)


@system_function("termios", "tcgetwinsize")
def termios_tcgetwinsize(fd, /):
    try:
        data = fcntl_ioctl(fd_of(fd), 0x5413, bytes(8))[1]
    except OSError as e:
        raise termios_error(*e.args) from None
    return data[0] | data[1] << 8, data[2] | data[3] << 8


@system_function("termios", "tcsetwinsize")
def termios_tcsetwinsize(fd, winsize, /):
    rows, columns = winsize
    try:
        fcntl_ioctl(fd_of(fd), 0x5414, bytes([rows & 255, rows >> 8, columns & 255, columns >> 8, 0, 0, 0, 0]))
    except OSError as e:
        raise termios_error(*e.args) from None


termios_names = """
B0 0 B50 1 B75 2 B110 3 B134 4 B150 5 B200 6 B300 7 B600 8 B1200 9 B1800 10 B2400 11 B4800 12 B9600 13 B19200 14 B38400 15 B57600 4097
B115200 4098 B230400 4099 B460800 4100 B500000 4101 B576000 4102 B921600 4103 B1000000 4104 CSIZE 48 TCSANOW 0 TCSADRAIN 1 TCSAFLUSH 2
TCIFLUSH 0 TCOFLUSH 1 TCIOFLUSH 2 TCOOFF 0 TCOON 1 TCIOFF 2 TCION 3 IGNBRK 1 BRKINT 2 IGNPAR 4 PARMRK 8 INPCK 16 ISTRIP 32 INLCR 64
IGNCR 128 ICRNL 256 IUCLC 512 IXON 1024 IXANY 2048 IXOFF 4096 IMAXBEL 8192 OPOST 1 OLCUC 2 ONLCR 4 OCRNL 8 ONOCR 16 ONLRET 32 OFILL 64
OFDEL 128 NLDLY 256 CRDLY 1536 TABDLY 6144 BSDLY 8192 VTDLY 16384 FFDLY 32768 NL0 0 NL1 256 CR0 0 CR1 512 CR2 1024 CR3 1536 TAB0 0
TAB1 2048 TAB2 4096 TAB3 6144 BS0 0 BS1 8192 VT0 0 VT1 16384 FF0 0 FF1 32768 CS5 0 CS6 16 CS7 32 CS8 48 CSTOPB 64 CREAD 128 PARENB 256
PARODD 512 HUPCL 1024 CLOCAL 2048 CIBAUD 269418496 CRTSCTS 2147483648 ISIG 1 ICANON 2 XCASE 4 ECHO 8 ECHOE 16 ECHOK 32 ECHONL 64
ECHOCTL 512 ECHOPRT 1024 ECHOKE 2048 FLUSHO 4096 NOFLSH 128 TOSTOP 256 PENDIN 16384 IEXTEN 32768 VINTR 0 VQUIT 1 VERASE 2 VKILL 3 VEOF 4
VTIME 5 VMIN 6 VSWTC 7 VSTART 8 VSTOP 9 VSUSP 10 VEOL 11 VREPRINT 12 VDISCARD 13 VWERASE 14 VLNEXT 15 VEOL2 16 NCCS 32 EXTA 14 EXTB 15
TIOCGWINSZ 21523 TIOCSWINSZ 21524 TIOCSCTTY 21518 TIOCNOTTY 21538 FIONREAD 21531 TIOCINQ 21531 TIOCOUTQ 21521 TIOCSTI 21522 TCGETS 21505
TCSETS 21506 TCSETSW 21507 TCSETSF 21508 FIONBIO 21537 FIOCLEX 21585 FIONCLEX 21584 FIOASYNC 21586 TIOCGPGRP 21519 TIOCSPGRP 21520
""".split()
for termios_i in range(0, len(termios_names), 2):
    app_module_attr("termios", termios_names[termios_i], int(termios_names[termios_i + 1]))


# select.

def select_timeout(timeout, unit):
    """Milliseconds rounded up, or -1."""
    if timeout is None:
        return -1
    if not isinstance(timeout, (int, float)):
        try:
            timeout = float(timeout) if hasattr(type(timeout), "__float__") else system_index(timeout)
        except TypeError:
            raise TypeError("timeout must be a " + ("float or None" if unit == 1000 else "integer or None")) from None
    if timeout != timeout:
        raise ValueError("Invalid value NaN (not a number)")
    value = timeout * unit
    if value > 1 << 60 or value < -(1 << 60):
        raise OverflowError("timestamp too large to convert to C _PyTime_t" if unit == 1000 else "timeout is too large")
    ms = int(value)
    if ms < value:
        ms += 1
    return ms


def select_wait(fds, events, ms):
    """poll() that goes on after signals."""
    if scheduler_active() and scheduler_may_park():
        return park_select(fds, events, ms)
    if ms < 0:
        while True:
            r = select_poll(fds, events, -1)
            if r is not False:
                return r
    clock = import_native_once("time").monotonic_ns
    deadline = clock() + ms * 1000000
    while True:
        r = select_poll(fds, events, min(ms, 0x7fffffff))
        if r is not False and (r or ms <= 0x7fffffff):
            return r
        left = deadline - clock()
        if left <= 0:
            return []
        ms = -(-left // 1000000)


@system_function("select", "select")
def select_select(rlist, wlist, xlist, timeout=None, /):
    ms = select_timeout(timeout, 1000)
    if timeout is not None and ms < 0:
        raise ValueError("timeout must be non-negative")
    wanted = {}
    lists = []
    for items, event in ((rlist, 1), (wlist, 4), (xlist, 2)):
        try:
            # A list may change while its items are asked.
            items = items if type(items) is list else list(items)
        except TypeError:
            raise TypeError("arguments 1-3 must be sequences") from None
        pairs = []
        for x in items:
            fd = fd_of(x)
            if fd >= 1024:
                raise ValueError("filedescriptor out of range in select()")
            wanted[fd] = wanted.get(fd, 0) | event
            pairs.append((x, fd))
        lists.append(pairs)
    fds = list(wanted)
    ready = {}
    for i, revents in select_wait(fds, [wanted[fd] for fd in fds], ms):
        if revents & 32:
            raise OSError(9, "Bad file descriptor")
        ready[fds[i]] = revents
    masks = (1 | 16 | 8, 4 | 8, 2)
    out = []
    for k in range(3):
        out.append([x for x, fd in lists[k] if ready.get(fd, 0) & masks[k]])
    return tuple(out)


@system_class("select", "poll")
class select_poll_class:
    def __init__(self):
        raise TypeError("cannot create 'select.poll' instances")

    def register(self, fd, eventmask=1 | 2 | 4, /):
        if not 0 <= eventmask <= 65535:
            raise OverflowError("Python int too large for C unsigned short") if eventmask > 65535 else ValueError("value must be positive")
        self._fds[fd_of(fd)] = eventmask

    def modify(self, fd, eventmask, /):
        fd = fd_of(fd)
        if not 0 <= eventmask <= 65535:
            raise OverflowError("Python int too large for C unsigned short") if eventmask > 65535 else ValueError("value must be positive")
        if fd not in self._fds:
            raise FileNotFoundError(2, "No such file or directory")
        self._fds[fd] = eventmask

    def unregister(self, fd, /):
        fd = fd_of(fd)
        if fd not in self._fds:
            raise KeyError(fd)
        del self._fds[fd]

    def poll(self, timeout=None, /):
        if timeout is None:
            ms = -1
        else:
            ms = select_timeout(timeout, 1)
            if ms > 0x7fffffff:
                raise OverflowError("timeout is too large")
            if ms < 0 or timeout < 0:
                ms = -1
        if self._busy:
            raise RuntimeError("concurrent poll() invocation")
        self._busy = True
        try:
            fds = list(self._fds)
            return [(fds[i], revents) for i, revents in select_wait(fds, [self._fds[fd] for fd in fds], ms)]
        finally:
            self._busy = False


@system_function("select", "poll")
def select_poll_new():
    p = posix_object_new(select_poll_class)
    p._fds = {}
    p._busy = False
    return p


@bound_to_process
@system_class("select", "epoll")
class select_epoll:
    def __new__(cls, sizehint=-1, flags=0):
        if sizehint == -1:
            pass
        elif sizehint <= 0:
            raise ValueError("negative sizehint")
        if flags & ~0x80000:
            raise OSError(22, "Invalid argument")
        self = posix_object_new(cls)
        self._fd = epoll_create(flags)
        return self

    @classmethod
    def fromfd(cls, fd, /):
        self = posix_object_new(cls)
        self._fd = fd
        return self

    def _check(self):
        if self._fd < 0:
            raise ValueError("I/O operation on closed epoll object")

    @property
    def closed(self):
        return self._fd < 0

    def fileno(self, /):
        self._check()
        return self._fd

    def close(self, /):
        if self._fd >= 0:
            fd = self._fd
            self._fd = -1
            io_close(fd)

    def __del__(self):
        try:
            self.close()
        except Exception:
            pass

    def __enter__(self, /):
        self._check()
        return self

    def __exit__(self, exc_type=None, exc_value=None, exc_tb=None, /):
        self.close()

    def register(self, fd, eventmask=1 | 2 | 4):
        self._check()
        epoll_control(self._fd, 1, fd_of(fd), eventmask)

    def modify(self, fd, eventmask):
        self._check()
        epoll_control(self._fd, 3, fd_of(fd), eventmask)

    def unregister(self, fd):
        self._check()
        epoll_control(self._fd, 2, fd_of(fd), 0)

    def poll(self, timeout=None, maxevents=-1):
        self._check()
        ms = select_timeout(timeout, 1000)
        if timeout is not None and ms < 0:
            ms = -1
        if maxevents == -1:
            maxevents = 1023
        elif maxevents < 1:
            raise ValueError("maxevents must be greater than 0, got " + str(maxevents))
        clock = import_native_once("time").monotonic_ns
        deadline = None if ms < 0 else clock() + ms * 1000000
        if scheduler_active() and scheduler_may_park():
            if ms:
                park_file(self._fd, 1, deadline)
                ms = 0
            else:
                schedule()
        while True:
            r = epoll_poll(self._fd, maxevents, ms)
            if r is not False:
                return r
            if deadline is not None:
                ms = max(0, -(-(deadline - clock()) // 1000000))


# gc.

gc_state = {"threshold": (700, 10, 10), "debug": 0}


@system_function("gc", "collect")
def gc_collect(generation=2):
    generation = system_index(generation)
    if generation < 0 or generation > 2:
        raise ValueError("invalid generation")
    callbacks = import_native_once("gc").callbacks
    for f in list(callbacks):
        f("start", {"generation": generation, "collected": 0, "uncollectable": 0})
    gc_collect_now()
    if generation == 2:
        # Finalisers of the first round may have freed more.
        gc_collect_now()
    for f in list(callbacks):
        f("stop", {"generation": generation, "collected": 0, "uncollectable": 0})
    return 0


@system_function("gc", "get_threshold")
def gc_get_threshold():
    return gc_state["threshold"]


@system_function("gc", "set_threshold")
def gc_set_threshold(threshold0, threshold1=10, threshold2=10, /):
    gc_state["threshold"] = (system_index(threshold0), system_index(threshold1), system_index(threshold2))


@system_function("gc", "get_count")
def gc_get_count():
    minor, major, size = gc_statistics()
    return minor % 700, minor % 10, major % 10


@system_function("gc", "get_stats")
def gc_get_stats():
    minor, major, size = gc_statistics()
    return [{"collections": n, "collected": 0, "uncollectable": 0} for n in (minor, minor, major)]


@system_function("gc", "get_debug")
def gc_get_debug():
    return gc_state["debug"]


@system_function("gc", "set_debug")
def gc_set_debug(flags, /):
    gc_state["debug"] = system_index(flags)


@system_function("gc", "get_referents")
def gc_get_referents(*objs):
    out = []
    for x in objs:
        out.extend(gc_referents(x))
    return out


@system_function("gc", "get_objects")
def gc_get_objects(generation=None):
    # What can be reached from the loaded modules.
    seen = {}
    work = list(import_sys_modules().values())
    out = []
    while work:
        x = work.pop()
        key = id(x)
        if key in seen:
            continue
        seen[key] = x
        out.append(x)
        for y in gc_referents(x):
            if not isinstance(y, (int, float, str, bytes)) and y is not None:
                work.append(y)
    return out


@system_function("gc", "get_referrers")
def gc_get_referrers(*objs):
    out = []
    for x in gc_get_objects():
        for y in gc_referents(x):
            found = False
            for o in objs:
                if y is o:
                    found = True
                    break
            if found:
                out.append(x)
                break
    return out


# _locale.

class locale_Error(Exception):
    pass


locale_Error.__name__ = locale_Error.__qualname__ = "Error"
locale_Error.__module__ = "locale"
app_module_attr("_locale", "Error", locale_Error)


def locale_error(message):
    raise locale_Error(message)


# _contextvars. A context keeps its values in a dict that is replaced, never changed, so that copies are free.

@system_class("_contextvars", "Context")
class context_Context:
    __slots__ = ("_values", "_previous", "_entered", "__weakref__")

    def __new__(cls, *args, **kwargs):
        if args or kwargs:
            raise TypeError("Context() does not accept any arguments")
        self = posix_object_new(cls)
        self._values = {}
        self._previous = None
        self._entered = False
        return self

    def __init_subclass__(cls, **kwargs):
        raise TypeError("type 'Context' is not an acceptable base type")

    def run(self, callable, /, *args, **kwargs):
        if self._entered:
            raise RuntimeError("cannot enter context: " + repr(self) + " is already entered")
        previous = context_get()
        self._entered = True
        self._previous = previous
        context_set(self)
        try:
            return callable(*args, **kwargs)
        finally:
            context_set(previous)
            self._previous = None
            self._entered = False

    def copy(self, /):
        new = context_Context()
        new._values = self._values
        return new

    def __getitem__(self, key, /):
        return self._values[context_key(key)]

    def __contains__(self, key, /):
        return context_key(key) in self._values

    def get(self, key, default=None, /):
        return self._values.get(context_key(key), default)

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)

    def keys(self, /):
        return self._values.keys()

    def values(self, /):
        return self._values.values()

    def items(self, /):
        return self._values.items()

    def __eq__(self, other, /):
        if not isinstance(other, context_Context):
            return NotImplemented
        return self._values == other._values

    __hash__ = None


def context_key(key):
    if not isinstance(key, context_ContextVar):
        raise TypeError("a ContextVar key was expected, got " + repr(key))
    return key


def context_current():
    c = context_get()
    if c is None:
        c = context_Context()
        context_set(c)
    return c


class context_missing_type:
    def __repr__(self):
        return "<Token.MISSING>"


context_missing_type.__name__ = context_missing_type.__qualname__ = "Missing"
context_missing_type.__module__ = "Token"
context_missing = context_missing_type()


@system_class("_contextvars", "Token")
class context_Token:
    __slots__ = ("_context", "_var", "_old", "_used")
    MISSING = context_missing

    def __new__(cls, *args, **kwargs):
        raise RuntimeError("Tokens can only be created by ContextVars")

    @property
    def var(self):
        return self._var

    @property
    def old_value(self):
        return self._old

    def __repr__(self):
        return "<Token" + (" used" if self._used else "") + " var=" + repr(self._var) + " at " + hex(id(self)) + ">"

    def __class_getitem__(cls, item, /):
        return generic_alias(cls, item)


@system_class("_contextvars", "ContextVar")
class context_ContextVar:
    __slots__ = ("_name", "_default", "__weakref__")

    def __new__(cls, *args, default=context_missing):
        if len(args) != 1:
            raise TypeError("ContextVar() takes exactly 1 positional argument (" + str(len(args)) + " given)")
        name = args[0]
        if not isinstance(name, str):
            raise TypeError("context variable name must be a str")
        self = posix_object_new(cls)
        self._name = name
        self._default = default
        return self

    def __init_subclass__(cls, **kwargs):
        raise TypeError("type 'ContextVar' is not an acceptable base type")

    @property
    def name(self):
        return self._name

    def get(self, default=context_missing, /):
        context = context_get()
        if context is not None:
            value = context._values.get(self, context_missing)
            if value is not context_missing:
                return value
        if default is not context_missing:
            return default
        if self._default is not context_missing:
            return self._default
        raise LookupError(self)

    def set(self, value, /):
        context = context_current()
        token = posix_object_new(context_Token)
        token._context = context
        token._var = self
        token._used = False
        values = context._values
        token._old = values.get(self, context_missing)
        values = values.copy()
        values[self] = value
        context._values = values
        return token

    def reset(self, token, /):
        if not isinstance(token, context_Token):
            raise TypeError("expected an instance of Token, got " + repr(token))
        if token._used:
            raise RuntimeError(repr(token) + " has already been used once")
        if token._var is not self:
            raise ValueError(repr(token) + " was created by a different ContextVar")
        context = context_current()
        if token._context is not context:
            raise ValueError(repr(token) + " was created in a different Context")
        token._used = True
        values = context._values.copy()
        if token._old is context_missing:
            values.pop(self, None)
        else:
            values[self] = token._old
        context._values = values

    def __repr__(self):
        text = "<ContextVar name=" + repr(self._name)
        if self._default is not context_missing:
            text += " default=" + repr(self._default)
        return text + " at " + hex(id(self)) + ">"

    def __class_getitem__(cls, item, /):
        return generic_alias(cls, item)


for context_class in (context_Context, context_ContextVar, context_Token):
    type_flag(context_class, 2, False)


@system_function("_contextvars", "copy_context")
def context_copy():
    return context_current().copy()


# _posixsubprocess.

@system_function("_posixsubprocess", "fork_exec")
def subprocess_fork_exec(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite,
                         errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, umask, preexec_fn,
                         allow_vfork, /):
    if close_fds and errpipe_write < 3:
        raise ValueError("errpipe_write must be >= 3")
    last = -1
    for fd in pass_fds:
        if not isinstance(fd, int) or fd < 0 or fd <= last or fd > 0x7fffffff:
            raise ValueError("bad value(s) in fds_to_keep")
        last = fd
    if not isinstance(args, (list, tuple)):
        args = list(args)
    argv = [posix_bytes(a) for a in args]
    paths = [posix_bytes(p) for p in executable_list]
    for x in argv:
        if 0 in x:
            raise ValueError("embedded null byte")
    environment = None if env is None else list(env)
    if extra_groups is not None:
        if not isinstance(extra_groups, list):
            raise TypeError("setgroups argument must be a sequence")
        if len(extra_groups) > 65536:
            raise ValueError("too many extra_groups")
        for g in extra_groups:
            if not isinstance(g, int):
                raise TypeError("groups must be integers")
            if g < -1 or g > 0xffffffff:
                raise ValueError("invalid group id")
    for name, number in (("gid", gid), ("uid", uid)):
        if number is not None and not -1 <= system_index(number) <= 0xffffffff:
            raise OverflowError(name + " is " + ("less than minimum" if number < 0 else "greater than maximum"))
    directory = None if cwd is None else posix_bytes(cwd)
    fds = (p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write)
    if preexec_fn is None:
        return subprocess_child(paths, argv, environment, directory, fds, list(pass_fds),
                                (int(bool(close_fds)), int(bool(restore_signals)), int(bool(call_setsid)), pgid_to_set, umask),
                                (gid, extra_groups, uid))
    # With a Python function to run, the child is ours until exec.
    posix_run_hooks(posix_state["before"])
    pid = posix_fork()
    if pid:
        posix_run_hooks(posix_state["parent"])
        return pid
    d = import_native_once("posix").__dict__
    message = b"OSError:0:"
    try:
        posix_run_hooks(posix_state["child"])
        try:
            for fd in (p2cwrite, c2pread, errread, errpipe_read):
                if fd >= 0:
                    d["close"](fd)
            if c2pwrite == 0:
                c2pwrite = d["dup"](c2pwrite)
            while errwrite == 0 or errwrite == 1:
                errwrite = d["dup"](errwrite)
            for fd, target in ((p2cread, 0), (c2pwrite, 1), (errwrite, 2)):
                if fd == target:
                    d["set_inheritable"](fd, True)
                elif fd >= 0:
                    d["dup2"](fd, target)
            if directory is not None:
                d["chdir"](directory)
            if umask >= 0:
                d["umask"](umask)
            if restore_signals:
                signal_install(13, 0)
                signal_install(25, 0)
            if call_setsid:
                d["setsid"]()
            if pgid_to_set >= 0:
                d["setpgid"](0, pgid_to_set)
            if gid is not None:
                d["setregid"](gid, gid)
            if uid is not None:
                d["setreuid"](uid, uid)
        except OSError as e:
            message = b"OSError:" + ("%X" % e.errno).encode() + b":noexec"
            raise
        try:
            preexec_fn()
        except BaseException:
            message = b"SubprocessError:0:Exception occurred in preexec_fn."
            raise
        for fd in pass_fds:
            if fd != errpipe_write:
                d["set_inheritable"](fd, True)
        if close_fds:
            low = 3
            for fd in pass_fds:
                if fd >= low:
                    d["closerange"](low, fd)
                    low = fd + 1
            d["closerange"](low, 65536)
        code = 0
        for path in paths:
            try:
                posix_exec(path, argv, environment, None)
            except OSError as e:
                if e.errno != 2 and e.errno != 20 and not code:
                    code = e.errno
                last = e.errno
        message = b"OSError:" + ("%X" % (code or last)).encode() + b":"
    except BaseException:
        pass
    try:
        d["write"](errpipe_write, message)
    except BaseException:
        pass
    d["_exit"](255)


# faulthandler.

# The machine reports its own end in any case; enable() says where, and what is_enabled() gives.

faulthandler_state = {"enabled": False, "file": None, "later": None}
faulthandler_files = {}


def faulthandler_descriptor(file):
    """Descriptor of a file-like object, a descriptor itself, or that of sys.stderr; what is buffered is written first."""
    if file is None:
        file = sys_dict.get("stderr")
        if file is None:
            raise RuntimeError("unable to get sys.stderr" if "stderr" not in sys_dict else "sys.stderr is None")
    elif isinstance(file, int):
        if file < 0:
            raise ValueError("file is not a valid file descripter")
        return file
    fd = file.fileno()
    if not isinstance(fd, int) or fd < 0:
        raise RuntimeError("file.fileno() is not a valid file descriptor")
    try:
        file.flush()
    except Exception:
        pass
    return fd


@system_function("faulthandler", "enable")
def faulthandler_enable(file=None, all_threads=True):
    fd = faulthandler_descriptor(file)
    faulthandler_state["file"] = file
    fault_enable(fd, bool(all_threads))
    faulthandler_state["enabled"] = True


@system_function("faulthandler", "disable")
def faulthandler_disable():
    was = faulthandler_state["enabled"]
    faulthandler_state["enabled"] = False
    faulthandler_state["file"] = None
    fault_disable()
    return was


@system_function("faulthandler", "is_enabled")
def faulthandler_is_enabled():
    return faulthandler_state["enabled"]


@system_function("faulthandler", "dump_traceback")
def faulthandler_dump_traceback(file=None, all_threads=True):
    fault_dump(faulthandler_descriptor(file), bool(all_threads))


@system_function("faulthandler", "dump_traceback_later")
def faulthandler_dump_traceback_later(timeout, repeat=False, file=None, exit=False):
    microseconds = int(timeout * 1000000)
    if microseconds <= 0:
        raise ValueError("timeout must be greater than 0")
    if microseconds >= 1 << 52:
        raise OverflowError("timeout value is too large")
    fd = faulthandler_descriptor(file)
    seconds, rest = divmod(microseconds, 1000000)
    minutes, seconds = divmod(seconds, 60)
    text = "Timeout (%d:%02d:%02d" % (minutes // 60, minutes % 60, seconds) + (".%06d" % rest if rest else "") + ")!\n"
    faulthandler_state["later"] = file
    fault_later(microseconds * 1000, bool(repeat), fd, bool(exit), text.encode())


@system_function("faulthandler", "cancel_dump_traceback_later")
def faulthandler_cancel_dump_traceback_later():
    faulthandler_state["later"] = None
    fault_cancel()


def faulthandler_signal(signum):
    signum = signal_check(signum)
    if signum in (4, 5, 6, 7, 8, 11):
        raise RuntimeError("signal " + str(signum) + " cannot be registered, use enable() instead")
    return signum


@system_function("faulthandler", "register")
def faulthandler_register(signum, file=None, all_threads=True, chain=False):
    signum = faulthandler_signal(signum)
    fd = faulthandler_descriptor(file)
    faulthandler_files[signum] = file
    fault_register(signum, fd, bool(all_threads), bool(chain))


@system_function("faulthandler", "unregister")
def faulthandler_unregister(signum):
    signum = faulthandler_signal(signum)
    faulthandler_files.pop(signum, None)
    return fault_unregister(signum)


@system_function("faulthandler", "_sigsegv")
def faulthandler_sigsegv(release_gil=False, /):
    fault_crash(0)


@system_function("faulthandler", "_sigabrt")
def faulthandler_sigabrt():
    fault_crash(1)


@system_function("faulthandler", "_sigfpe")
def faulthandler_sigfpe():
    fault_crash(2)


@system_function("faulthandler", "_read_null")
def faulthandler_read_null():
    fault_crash(3)


@system_function("faulthandler", "_stack_overflow")
def faulthandler_stack_overflow():
    fault_crash(4)


@system_function("faulthandler", "_trap")
def faulthandler_trap():
    """Fails a precondition in Swift."""
    fault_crash(7)


# _tracemalloc: never tracing.

@system_function("_tracemalloc", "is_tracing")
def tracemalloc_is_tracing():
    return False


@system_function("_tracemalloc", "start")
def tracemalloc_start(nframe=1, /):
    if not 1 <= nframe <= 65535:
        raise ValueError("the number of frames must be in range [1; 65535]")


@system_function("_tracemalloc", "stop")
def tracemalloc_stop():
    pass


@system_function("_tracemalloc", "clear_traces")
def tracemalloc_clear_traces():
    pass


@system_function("_tracemalloc", "get_traceback_limit")
def tracemalloc_get_traceback_limit():
    return 1


@system_function("_tracemalloc", "get_traced_memory")
def tracemalloc_get_traced_memory():
    return 0, 0


@system_function("_tracemalloc", "reset_peak")
def tracemalloc_reset_peak():
    pass


@system_function("_tracemalloc", "get_tracemalloc_memory")
def tracemalloc_get_tracemalloc_memory():
    return 0


@system_function("_tracemalloc", "_get_traces")
def tracemalloc_get_traces():
    return []


@system_function("_tracemalloc", "_get_object_traceback")
def tracemalloc_get_object_traceback(obj, /):
    return None


# _uuid.

@system_function("_uuid", "generate_time_safe")
def uuid_generate_time_safe():
    posix = import_native_once("posix")
    stamp = import_native_once("time").time_ns() // 100 + 0x01b21dd213814000
    tail = bytearray(posix.urandom(8))
    tail[0] = tail[0] & 0x3f | 0x80
    tail[2] |= 1
    data = ((stamp & 0xffffffff).to_bytes(4, "big") + (stamp >> 32 & 0xffff).to_bytes(2, "big") +
            (stamp >> 48 & 0x0fff | 0x1000).to_bytes(2, "big") + bytes(tail))
    # Nothing keeps two processes from the same answer.
    return data, -1


app_module_attr("_uuid", "has_uuid_generate_time_safe", 1)


# --- _testinternalcapi: what CPython's test support asks about the run-time system


@system_function("_testinternalcapi", "get_config")
def testing_get_config():
    return {"code_debug_ranges": 1}


app_module_attr("_testinternalcapi", "SIZEOF_PYGC_HEAD", 16)
