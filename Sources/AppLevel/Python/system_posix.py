# posix: what needs Python code: conversions, struct sequences, processes, DirEntry.

posix_stat_result = structseq_type("os", "stat_result", [
    "st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", None, None, None,
    "st_atime", "st_mtime", "st_ctime", "st_atime_ns", "st_mtime_ns", "st_ctime_ns", "st_blksize", "st_blocks", "st_rdev"], 10)
posix_stat_result._structseq_shown = ("st_mode", "st_ino", "st_dev", "st_nlink", "st_uid", "st_gid", "st_size", "st_atime", "st_mtime", "st_ctime")
posix_statvfs_result = structseq_type("os", "statvfs_result", [
    "f_bsize", "f_frsize", "f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_favail", "f_flag", "f_namemax", "f_fsid"], 10)
posix_terminal_size_type = structseq_type("os", "terminal_size", ["columns", "lines"])
posix_times_result = structseq_type("posix", "times_result", ["user", "system", "children_user", "children_system", "elapsed"])
posix_uname_result = structseq_type("posix", "uname_result", ["sysname", "nodename", "release", "version", "machine"])
posix_sched_param = structseq_type("posix", "sched_param", ["sched_priority"])


def posix_sched_param_new(cls, sched_priority):
    return system_make_structseq(cls, (sched_priority,), None)


def posix_sched_param_reduce(self):
    return type(self), (self[0],)


posix_sched_param.__new__ = staticmethod(posix_sched_param_new)
posix_sched_param.__reduce__ = posix_sched_param_reduce
posix_waitid_result = structseq_type("posix", "waitid_result", ["si_pid", "si_uid", "si_signo", "si_status", "si_code"])
resource_struct_rusage = structseq_type("resource", "struct_rusage", [
    "ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss", "ru_minflt", "ru_majflt", "ru_nswap", "ru_inblock",
    "ru_oublock", "ru_msgsnd", "ru_msgrcv", "ru_nsignals", "ru_nvcsw", "ru_nivcsw"])


def posix_populate(d):
    d["stat_result"] = posix_stat_result
    d["statvfs_result"] = posix_statvfs_result
    d["terminal_size"] = posix_terminal_size_type
    d["times_result"] = posix_times_result
    d["uname_result"] = posix_uname_result
    d["sched_param"] = posix_sched_param
    d["waitid_result"] = posix_waitid_result
    d["error"] = OSError
    posix_state["dict"] = d


posix_state = {"dict": None, "before": [], "parent": [], "child": []}


def posix_retry_converted(native, window, index):
    items = list(window)
    value = items[index]
    try:
        view = memoryview(value)
    except TypeError:
        view = None
    if view is not None:
        converted = posix_buffer_path(native.__name__, value, view)
    elif hasattr(type(value), "__fspath__"):
        converted = type(value).__fspath__(value)
        if not isinstance(converted, (str, bytes)):
            raise TypeError("expected " + type(value).__name__ + ".__fspath__() to return str or bytes, not " + type(converted).__name__)
    else:
        converted = system_index(value)
    items[index] = converted
    try:
        return system_recall(native, tuple(items))
    except OSError as e:
        # The error names what was given.
        if e.filename is converted:
            e.filename = value
        raise


# Functions that take a descriptor in place of a path; those with True take None as well.
posix_path_kinds = {"stat": False, "chdir": False, "chmod": False, "chown": False, "listdir": True, "scandir": True, "execve": False,
                    "utime": False, "statvfs": False, "truncate": False, "pathconf": False}


def posix_buffer_path(function, value, view):
    """A path given as some other bytes-like object: allowed still."""
    nullable = posix_path_kinds.get(function)
    kinds = "string, bytes or os.PathLike"
    if nullable is not None:
        kinds = "string, bytes, os.PathLike, integer or None" if nullable else "string, bytes, os.PathLike or integer"
    warnings_warn(function + ": path should be " + kinds + ", not " + type(value).__name__, DeprecationWarning, 1)
    return bytes(view)


@system_function("posix", "fspath")
def posix_fspath(path):
    return system_fspath(path)


def posix_path(path):
    """A path as str, bytes or int."""
    if isinstance(path, (str, bytes, int)) or path is None:
        return path
    return system_fspath(path)


def posix_bytes(path):
    if isinstance(path, bytes):
        return path
    if isinstance(path, str):
        return path.encode("utf-8", "surrogateescape")
    path = system_fspath(path)
    return path if isinstance(path, bytes) else path.encode("utf-8", "surrogateescape")


@system_class("posix", "DirEntry")
class posix_DirEntry:
    __slots__ = ("name", "path", "_kind", "_inode", "_stat", "_lstat", "_dir")

    def __new__(cls):
        raise TypeError("cannot create 'posix.DirEntry' instances")

    def __fspath__(self, /):
        return self.path

    def __repr__(self):
        return "<DirEntry " + repr(self.name) + ">"

    def inode(self, /):
        return self._inode

    def stat(self, /, *, follow_symlinks=True):
        if follow_symlinks:
            if self._stat is None:
                if self.is_symlink():
                    self._stat = self._query(True)
                else:
                    self._stat = self.stat(follow_symlinks=False)
            return self._stat
        if self._lstat is None:
            self._lstat = self._query(False)
        return self._lstat

    def _query(self, follow):
        stat = posix_state["dict"]["stat"]
        if self._dir is not None:
            return stat(self.name, dir_fd=self._dir, follow_symlinks=follow)
        return stat(self.path, follow_symlinks=follow)

    def is_symlink(self, /):
        if self._kind == 0:
            return self._test(0o120000, False)
        return self._kind == 10

    def is_dir(self, /, *, follow_symlinks=True):
        if self._kind == 0 or self._kind == 10 and follow_symlinks:
            return self._test(0o040000, follow_symlinks)
        return self._kind == 4

    def is_file(self, /, *, follow_symlinks=True):
        if self._kind == 0 or self._kind == 10 and follow_symlinks:
            return self._test(0o100000, follow_symlinks)
        return self._kind == 8

    def _test(self, kind, follow):
        try:
            mode = self.stat(follow_symlinks=follow).st_mode
        except FileNotFoundError:
            return False
        return mode & 0o170000 == kind

    def __class_getitem__(cls, item, /):
        return generic_alias(cls, item)


@bound_to_process
class posix_ScandirIterator:
    _items = None

    def __new__(cls):
        raise TypeError("cannot create 'posix.ScandirIterator' instances")

    def __iter__(self):
        return self

    def __next__(self):
        items = self._items
        if items is None or self._at >= len(items):
            self._items = None
            raise StopIteration
        name, kind, inode = items[self._at]
        self._at += 1
        entry = posix_object_new(posix_DirEntry)
        entry.name = name
        entry.path = self._prefix + name if self._prefix is not None else name
        entry._kind = kind
        entry._inode = inode
        entry._stat = entry._lstat = None
        entry._dir = self._dir
        return entry

    def close(self):
        self._items = None

    def __del__(self):
        if self._items is not None:
            warnings_warn("unclosed scandir iterator " + repr(self), ResourceWarning, 1, self)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


posix_ScandirIterator.__name__ = posix_ScandirIterator.__qualname__ = "ScandirIterator"
posix_ScandirIterator.__module__ = "posix"
posix_object_new = object.__new__


@system_function("posix", "scandir")
def posix_scandir(path=None):
    if not isinstance(path, (str, bytes, int)) and path is not None and not hasattr(type(path), "__fspath__"):
        try:
            view = memoryview(path)
        except TypeError:
            raise TypeError("scandir: path should be string, bytes, os.PathLike, integer or None, not " + type(path).__name__) from None
        path = posix_buffer_path("scandir", path, view)
    path = posix_path(path)
    if sys_audit_hooks:
        sys_audit("os.scandir", path)
    it = posix_object_new(posix_ScandirIterator)
    if path is None:
        path = "."
    it._items = posix_scan(path)
    it._at = 0
    it._dir = None
    it._prefix = None
    if isinstance(path, int):
        it._dir = path
    elif isinstance(path, bytes):
        it._prefix = path if not path or path.endswith(b"/") else path + b"/"
    else:
        it._prefix = path if not path or path.endswith("/") else path + "/"
    return it


def posix_split_time(value):
    """Seconds (int or float) as (seconds, nanoseconds)."""
    if isinstance(value, float):
        if value != value:
            raise ValueError("Invalid value NaN (not a number)")
        whole = value // 1.0
        ns = int(round_half_down((value - whole) * 1e9))
        whole = int(whole)
        if ns >= 1000000000:
            whole += 1
            ns -= 1000000000
        return whole, ns
    return system_index(value), 0


def round_half_down(x):
    return x // 1.0


def posix_utime(path, times, ns, dir_fd, follow_symlinks):
    if follow_symlinks is None:
        follow_symlinks = True
    if times is not None and ns is not None:
        raise ValueError("utime: you may specify either 'times' or 'ns' but not both")
    if times is not None:
        if not isinstance(times, tuple) or len(times) != 2:
            raise TypeError("utime: 'times' must be either a tuple of two ints or None")
        a, an = posix_split_time(times[0])
        m, mn = posix_split_time(times[1])
    else:
        if not isinstance(ns, tuple) or len(ns) != 2:
            raise TypeError("utime: 'ns' must be a tuple of two ints")
        a, an = divmod(ns[0], 1000000000)
        m, mn = divmod(ns[1], 1000000000)
    return posix_set_times(posix_path(path), (a, an, m, mn), dir_fd, bool(follow_symlinks))


@system_function("posix", "get_terminal_size")
def posix_get_terminal_size(fd=1, /):
    return system_make_structseq(posix_terminal_size_type, posix_terminal_size(fd), None)


@system_function("posix", "times")
def posix_times_function():
    return system_make_structseq(posix_times_result, posix_times(), None)


@system_function("posix", "uname")
def posix_uname_function():
    return system_make_structseq(posix_uname_result, posix_uname(), None)


def posix_config_name(name, table):
    if isinstance(name, int):
        return name
    if not isinstance(name, str):
        raise TypeError("configuration names must be strings or integers")
    try:
        return posix_state["dict"][table][name]
    except KeyError:
        raise ValueError("unrecognized configuration name") from None


@system_function("posix", "sysconf")
def posix_sysconf_function(name, /):
    return posix_sysconf(posix_config_name(name, "sysconf_names"))


@system_function("posix", "confstr")
def posix_confstr_function(name, /):
    return posix_confstr(posix_config_name(name, "confstr_names"))


@system_function("posix", "pathconf")
def posix_pathconf_function(path, name):
    return posix_pathconf(posix_path(path), posix_config_name(name, "pathconf_names"))


@system_function("posix", "fpathconf")
def posix_fpathconf_function(fd, name, /):
    return posix_pathconf(fd, posix_config_name(name, "pathconf_names"))


@system_function("posix", "wait3")
def posix_wait3(options):
    pid, status, usage = posix_state["dict"]["_wait4"](-1, options)
    return pid, status, system_make_structseq(resource_struct_rusage, usage, None)


@system_function("posix", "wait4")
def posix_wait4(pid, options):
    pid, status, usage = posix_state["dict"]["_wait4"](pid, options)
    return pid, status, system_make_structseq(resource_struct_rusage, usage, None)


@system_function("posix", "register_at_fork")
def posix_register_at_fork(*, before=structseq_member, after_in_child=structseq_member, after_in_parent=structseq_member):
    if before is structseq_member and after_in_child is structseq_member and after_in_parent is structseq_member:
        raise TypeError("At least one argument is required.")
    for name, f in (("before", before), ("after_in_child", after_in_child), ("after_in_parent", after_in_parent)):
        if f is not structseq_member and not callable(f):
            raise TypeError("'" + name + "' must be callable, not " + type(f).__name__)
    if before is not structseq_member:
        posix_state["before"].insert(0, before)
    if after_in_child is not structseq_member:
        posix_state["child"].append(after_in_child)
    if after_in_parent is not structseq_member:
        posix_state["parent"].append(after_in_parent)


def posix_run_hooks(hooks):
    for f in list(hooks):
        try:
            f()
        except BaseException as e:
            sys_report_unraisable(e, f)


@system_function("posix", "fork")
def posix_fork_function():
    if sys_audit_hooks:
        sys_audit("os.fork")
    posix_run_hooks(posix_state["before"])
    # No other thread is in the midst of an import then.
    lock = import_native_once("_imp")
    lock.acquire_lock()
    try:
        pid = posix_fork()
    except OSError:
        posix_run_hooks(posix_state["parent"])
        raise
    finally:
        lock.release_lock()
    if pid == 0:
        posix_run_hooks(posix_state["child"])
    else:
        posix_run_hooks(posix_state["parent"])
    return pid


@system_function("posix", "forkpty")
def posix_forkpty():
    d = posix_state["dict"]
    master, slave = d["openpty"]()
    pid = posix_fork_function()
    if pid == 0:
        d["close"](master)
        d["setsid"]()
        import_native_once("fcntl").ioctl(slave, 0x540e, 0)
        for fd in (0, 1, 2):
            d["dup2"](slave, fd)
        if slave > 2:
            d["close"](slave)
        return 0, -1
    d["close"](slave)
    return pid, master


def posix_exec_arguments(name, argv):
    if not isinstance(argv, (list, tuple)):
        raise TypeError(name + ": argv must be a tuple or list")
    if not argv:
        raise ValueError(name + ": argv must not be empty")
    args = [posix_bytes(a) for a in argv]
    if not args[0]:
        raise ValueError(name + ": argv first element cannot be empty")
    return args


@system_function("posix", "execv")
def posix_execv(path, argv, /):
    args = posix_exec_arguments("execv()", argv)
    posix_exec(posix_bytes(path), args, None, path)


def posix_environment(env, name):
    if not hasattr(env, "keys"):
        raise TypeError(name + ": environment must be a mapping object")
    out = []
    for key in env.keys():
        value = env[key]
        key = posix_bytes(key)
        if not key or b"=" in key:
            raise ValueError("illegal environment variable name")
        out.append(key + b"=" + posix_bytes(value))
    return out


@system_function("posix", "execve")
def posix_execve(path, argv, env):
    args = posix_exec_arguments("execve", argv)
    if isinstance(path, int):
        path = "/proc/self/fd/" + str(path)
    posix_exec(posix_bytes(path), args, posix_environment(env, "execve"), path)


@system_function("posix", "readv")
def posix_readv(fd, buffers, /):
    views = [memoryview(b).cast("B") for b in buffers]
    total = sum([len(v) for v in views])
    data = posix_state["dict"]["read"](fd, total)
    at = 0
    for v in views:
        n = min(len(v), len(data) - at)
        v[:n] = data[at:at + n]
        at += n
    return len(data)


@system_function("posix", "writev")
def posix_writev(fd, buffers, /):
    return posix_state["dict"]["write"](fd, b"".join([bytes(b) for b in buffers]))


@system_function("posix", "preadv")
def posix_preadv(fd, buffers, offset, flags=0, /):
    views = [memoryview(b).cast("B") for b in buffers]
    total = sum([len(v) for v in views])
    data = posix_state["dict"]["pread"](fd, total, offset)
    at = 0
    for v in views:
        n = min(len(v), len(data) - at)
        v[:n] = data[at:at + n]
        at += n
    return len(data)


@system_function("posix", "pwritev")
def posix_pwritev(fd, buffers, offset, flags=0, /):
    return posix_state["dict"]["pwrite"](fd, b"".join([bytes(b) for b in buffers]), offset)


@system_function("posix", "device_encoding")
def posix_device_encoding(fd):
    return "utf-8" if posix_state["dict"]["isatty"](fd) else None


def posix_device(number):
    if number.__class__ is not int:
        number = system_index(number)
    if number < 0:
        raise OverflowError("can't convert negative int to unsigned")


@system_function("posix", "major")
def posix_major(device, /):
    posix_device(device)
    return device >> 8 & 0xfff | device >> 32 & ~0xfff


@system_function("posix", "minor")
def posix_minor(device, /):
    posix_device(device)
    return device & 0xff | device >> 12 & ~0xff


@system_function("posix", "makedev")
def posix_makedev(major, minor, /):
    posix_device(major)
    posix_device(minor)
    return (major & 0xfff) << 8 | (major & ~0xfff) << 32 | minor & 0xff | (minor & ~0xff) << 12


@system_function("posix", "posix_spawn")
def posix_spawn(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None):
    return posix_spawn_common("posix_spawn", path, argv, env, file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler)


@system_function("posix", "posix_spawnp")
def posix_spawnp(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None):
    name = posix_bytes(path)
    if b"/" not in name:
        for directory in posix_state["dict"]["environ"].get(b"PATH", b"/bin:/usr/bin").split(b":"):
            candidate = directory + b"/" + name
            if posix_state["dict"]["access"](candidate, 1):
                path = candidate
                break
    return posix_spawn_common("posix_spawnp", path, argv, env, file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler)


def posix_spawn_common(name, path, argv, env, file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler):
    args = posix_exec_arguments(name, argv)
    environment = None if env is None else posix_environment(env, name)
    target = posix_bytes(path)
    if setpgroup is not None and not isinstance(setpgroup, int):
        raise TypeError("an integer is required (got type " + type(setpgroup).__name__ + ")")
    for value in (setsid, resetids):
        if not isinstance(value, int):
            raise TypeError("an integer is required (got type " + type(value).__name__ + ")")
    if scheduler is not None:
        if not isinstance(scheduler, tuple) or len(scheduler) != 2:
            raise TypeError("A scheduler tuple must have two elements")
        policy, priority = scheduler
        priority = posix_priority_of(priority)
    signal_sets = []
    for given in (setsigmask, setsigdef):
        if given is not None and not hasattr(type(given), "__iter__"):
            raise TypeError("'" + type(given).__name__ + "' object is not iterable")
        signals = [int(system_index(s)) for s in given or ()]
        for s in signals:
            if not 0 < s < 65:
                raise ValueError("signal number " + str(s) + " out of range [1; 64]")
        signal_sets.append(signals)
    setsigmask, setsigdef = signal_sets
    actions = []
    for action in file_actions or ():
        if not isinstance(action, tuple) or not action or not isinstance(action[0], int):
            raise TypeError("Each file_actions element must be a non-empty tuple")
        kind = action[0]
        for i in range(1, len(action)):
            if not (kind == 0 and i == 2) and not isinstance(action[i], int):
                raise TypeError("an integer is required (got type " + type(action[i]).__name__ + ")")
        if kind == 0 and len(action) == 5:
            name_bytes = posix_bytes(action[2])
            if b"\0" in name_bytes:
                raise ValueError("embedded null byte")
            actions.append((0, action[1], name_bytes, action[3], action[4]))
        elif kind == 1 and len(action) == 2 or kind == 2 and len(action) == 3:
            actions.append(action)
        elif kind in (0, 1, 2):
            raise TypeError("A file_actions element has a wrong length")
        else:
            raise TypeError("Unknown file_actions identifier")
    d = posix_state["dict"]
    reader, writer = d["pipe"]()
    pid = posix_fork()
    if pid == 0:
        try:
            if setpgroup is not None:
                d["setpgid"](0, setpgroup)
            if setsid:
                d["setsid"]()
            if resetids:
                d["setegid"](d["getgid"]())
                d["seteuid"](d["getuid"]())
            if setsigmask:
                signal_mask(2, [int(s) for s in setsigmask])
            if scheduler is not None:
                if policy is None:
                    posix_call(21, (0, priority))
                else:
                    posix_call(23, (0, policy, priority))
            for s in setsigdef or ():
                signal_install(int(s), 0)
            for action in actions:
                if action[0] == 0:
                    fd = d["open"](action[2], action[3], action[4])
                    if fd != action[1]:
                        d["dup2"](fd, action[1])
                        d["close"](fd)
                    else:
                        d["set_inheritable"](fd, True)
                elif action[0] == 1:
                    d["close"](action[1])
                else:
                    d["dup2"](action[1], action[2])
            posix_exec(target, args, environment, None)
        except OSError as e:
            d["write"](writer, str(e.errno).encode())
        except BaseException:
            d["write"](writer, b"22")
        d["_exit"](127)
    d["close"](writer)
    data = d["read"](reader, 64)
    d["close"](reader)
    if data:
        d["waitpid"](pid, 0)
        system_raise_oserror(int(data), path)
    return pid
