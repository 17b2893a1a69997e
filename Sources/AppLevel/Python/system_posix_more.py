# posix: rarely used system calls, over `posix_call`, whose numbers stand in shims.c.


def posix_name_bytes(value, what="path"):
    """A path or name as bytes that end with a zero; ints (descriptors) stay."""
    if isinstance(value, int):
        return value
    if isinstance(value, (bytearray, memoryview)):
        value = bytes(value)
    value = system_fspath(value)
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    if b"\0" in value:
        raise ValueError("embedded null byte")
    return value + b"\0"


def posix_int_arg(value):
    return value if value.__class__ is int else system_index(value)


@system_function("posix", "eventfd")
def posix_eventfd(initval, flags=0x80000):
    return posix_call(0, (posix_int_arg(initval), posix_int_arg(flags)))


@system_function("posix", "eventfd_read")
def posix_eventfd_read(fd):
    out = bytearray(8)
    posix_call(35, (fd_of(fd), out))
    return int.from_bytes(out, "little")


@system_function("posix", "eventfd_write")
def posix_eventfd_write(fd, value):
    value = posix_int_arg(value)
    posix_call(34, (fd_of(fd), value if value < 1 << 63 else value - (1 << 64)))


@system_function("posix", "memfd_create")
def posix_memfd_create(name, flags=1):
    return posix_call(1, (posix_name_bytes(name), posix_int_arg(flags)))


@system_function("posix", "pidfd_open")
def posix_pidfd_open(pid, flags=0):
    return posix_call(2, (posix_int_arg(pid), posix_int_arg(flags)))


@system_function("_signal", "pidfd_send_signal")
def posix_pidfd_send_signal(pidfd, signalnum, siginfo=None, flags=0, /):
    if siginfo is not None:
        raise TypeError("siginfo must be None")
    posix_call(3, (posix_int_arg(pidfd), posix_int_arg(signalnum), 0, posix_int_arg(flags)))


def posix_xattr_number(function, path, follow_symlinks, base):
    if isinstance(path, (bytearray, memoryview)):
        warnings_warn(function + ": path should be string, bytes, os.PathLike or integer, not " + type(path).__name__, DeprecationWarning, 1)
    elif not isinstance(path, (int, str, bytes)) and not hasattr(type(path), "__fspath__"):
        raise TypeError(function + ": path should be string, bytes, os.PathLike or integer, not " + type(path).__name__)
    if isinstance(path, int):
        if not follow_symlinks:
            raise ValueError(function + ": cannot use fd and follow_symlinks together")
        return base + 2
    return base if follow_symlinks else base + 1


@system_function("posix", "getxattr")
def posix_getxattr(path, attribute, *, follow_symlinks=True):
    which = posix_xattr_number("getxattr", path, follow_symlinks, 4)
    if sys_audit_hooks:
        sys_audit("os.getxattr", path, attribute)
    for size in (128, 65536):
        out = bytearray(size)
        try:
            n = posix_call(which, (posix_name_bytes(path), posix_name_bytes(attribute), out, size), path)
        except OSError as e:
            if e.errno == 34 and size == 128:
                continue
            raise
        return bytes(out[:n])


@system_function("posix", "setxattr")
def posix_setxattr(path, attribute, value, flags=0, *, follow_symlinks=True):
    which = posix_xattr_number("setxattr", path, follow_symlinks, 7)
    if sys_audit_hooks:
        sys_audit("os.setxattr", path, attribute, value, flags)
    value = bytes(memoryview(value))
    posix_call(which, (posix_name_bytes(path), posix_name_bytes(attribute), value, len(value), posix_int_arg(flags)), path)


@system_function("posix", "removexattr")
def posix_removexattr(path, attribute, *, follow_symlinks=True):
    which = posix_xattr_number("removexattr", path, follow_symlinks, 13)
    if sys_audit_hooks:
        sys_audit("os.removexattr", path, attribute)
    posix_call(which, (posix_name_bytes(path), posix_name_bytes(attribute)), path)


@system_function("posix", "listxattr")
def posix_listxattr(path=None, *, follow_symlinks=True):
    if path is None:
        path = "."
    which = posix_xattr_number("listxattr", path, follow_symlinks, 10)
    if sys_audit_hooks:
        sys_audit("os.listxattr", path)
    for size in (256, 65536):
        out = bytearray(size)
        try:
            n = posix_call(which, (posix_name_bytes(path), out, size), path)
        except OSError as e:
            if e.errno == 34 and size == 256:
                continue
            raise
        return [name.decode("utf-8", "surrogateescape") for name in bytes(out[:n]).split(b"\0") if name]


@system_function("posix", "splice")
def posix_splice(src, dst, count, offset_src=None, offset_dst=None, flags=0):
    count = posix_int_arg(count)
    if count < 0:
        raise ValueError("count cannot be negative")
    places = []
    for offset in (offset_src, offset_dst):
        places.append(0 if offset is None else bytearray(posix_int_arg(offset).to_bytes(8, "little", signed=True)))
    return posix_call(16, (fd_of(src), places[0], fd_of(dst), places[1], count, posix_int_arg(flags)))


@system_function("posix", "waitid")
def posix_waitid(idtype, id, options, /):
    out = bytearray(20)
    posix_call(17, (posix_int_arg(idtype), posix_int_arg(id), posix_int_arg(options), out))
    pid, uid, signo, status, code = [int.from_bytes(out[i:i + 4], "little", signed=True) for i in range(0, 20, 4)]
    if pid == 0:
        return None
    return system_make_structseq(posix_waitid_result, (pid, uid, signo, status, code), None)


@system_function("posix", "sched_get_priority_max")
def posix_sched_get_priority_max(policy):
    return posix_call(18, (posix_int_arg(policy),))


@system_function("posix", "sched_get_priority_min")
def posix_sched_get_priority_min(policy):
    return posix_call(19, (posix_int_arg(policy),))


def posix_priority_of(param):
    if type(param) is not posix_sched_param:
        raise TypeError("must have a sched_param object")
    priority = system_index(param.sched_priority)
    if not -1 << 31 <= priority < 1 << 31:
        raise OverflowError("sched_priority out of range")
    return priority


@system_function("posix", "sched_getparam")
def posix_sched_getparam(pid, /):
    return system_make_structseq(posix_sched_param, (posix_call(20, (posix_int_arg(pid),)),), None)


@system_function("posix", "sched_setparam")
def posix_sched_setparam(pid, param, /):
    posix_call(21, (posix_int_arg(pid), posix_priority_of(param)))


@system_function("posix", "sched_getscheduler")
def posix_sched_getscheduler(pid, /):
    return posix_call(22, (posix_int_arg(pid),))


@system_function("posix", "sched_setscheduler")
def posix_sched_setscheduler(pid, policy, param, /):
    posix_call(23, (posix_int_arg(pid), posix_int_arg(policy), posix_priority_of(param)))


@system_function("posix", "sched_rr_get_interval")
def posix_sched_rr_get_interval(pid, /):
    out = bytearray(16)
    posix_call(24, (posix_int_arg(pid), out))
    return int.from_bytes(out[:8], "little") + int.from_bytes(out[8:], "little") * 1e-9


@system_function("posix", "sched_setaffinity")
def posix_sched_setaffinity(pid, mask, /):
    bits = 0
    for cpu in mask:
        if not isinstance(cpu, int):
            raise TypeError("expected an iterator of ints, but iterator yielded " + repr(type(cpu)))
        if cpu < 0:
            raise ValueError("negative CPU number")
        if cpu > 0x7fffffff:
            raise OverflowError("CPU number too large")
        bits |= 1 << cpu if cpu < 65536 else 0
        if cpu >= 65536:
            raise OSError(22, "Invalid argument")
    size = max(8, (bits.bit_length() + 63) // 64 * 8)
    posix_call(25, (posix_int_arg(pid), bits.to_bytes(size, "little"), size))


@system_function("posix", "mknod")
def posix_mknod(path, mode=0o600, device=0, *, dir_fd=None):
    at = -100 if dir_fd is None else posix_int_arg(dir_fd)
    posix_call(26, (at, posix_name_bytes(path), posix_int_arg(mode), posix_int_arg(device)), path)


@system_function("posix", "setpriority")
def posix_setpriority(which, who, priority):
    posix_call(27, (posix_int_arg(which), posix_int_arg(who), posix_int_arg(priority)))


def posix_id_arg(value, what):
    if not isinstance(value, int):
        try:
            value = system_index(value)
        except TypeError:
            raise TypeError(what + " should be integer, not " + type(value).__name__) from None
    if value < -1:
        raise OverflowError(what + " is less than minimum")
    if value >= 1 << 32:
        raise OverflowError(what + " is greater than maximum")
    return value


@system_function("posix", "setresuid")
def posix_setresuid(ruid, euid, suid, /):
    posix_call(28, (posix_id_arg(ruid, "uid"), posix_id_arg(euid, "uid"), posix_id_arg(suid, "uid")))


@system_function("posix", "setresgid")
def posix_setresgid(rgid, egid, sgid, /):
    posix_call(29, (posix_id_arg(rgid, "gid"), posix_id_arg(egid, "gid"), posix_id_arg(sgid, "gid")))


@system_function("posix", "setgroups")
def posix_setgroups(groups, /):
    if not hasattr(type(groups), "__getitem__") or not hasattr(type(groups), "__len__"):
        raise TypeError("setgroups argument must be a sequence")
    count = len(groups)
    if count > 65536:
        raise ValueError("too many groups")
    out = bytearray()
    for i in range(count):
        group = groups[i]
        if not isinstance(group, int):
            raise TypeError("groups must be integers")
        out += (posix_id_arg(group, "gid") & 0xffffffff).to_bytes(4, "little")
    posix_call(30, (bytes(out), count))


@system_function("posix", "initgroups")
def posix_initgroups(username, gid, /):
    posix_call(31, (posix_name_bytes(username), posix_id_arg(gid, "gid")))


@system_function("posix", "getgrouplist")
def posix_getgrouplist(user, group, /):
    room = 64
    while True:
        out = bytearray(4 * room)
        n = posix_call(32, (posix_name_bytes(user), posix_id_arg(group, "gid"), out, room))
        if n <= room:
            return [int.from_bytes(out[i:i + 4], "little") for i in range(0, 4 * n, 4)]
        room = n


@system_function("posix", "login_tty")
def posix_login_tty(fd, /):
    posix_call(33, (fd_of(fd),))
