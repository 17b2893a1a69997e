# Waiting of tasklets for time, files and processes; the rest of the thread goes on meanwhile.
# On demand: stackless _stackless greenlet _continuation
#
# The native part is Tasklets/Waiting.swift. What blocks in the library comes here when other tasklets could use the time:
# `scheduler_active() and scheduler_may_park()`.


def wait_park_plain(fd, events, deadline):
    r = wait_park(fd, events, deadline)
    return r


def wait_lock_plain(lock, deadline):
    r = wait_lock(lock, deadline)
    return r


def select_plain(arms, deadline):
    r = select_now(arms, True, deadline)
    return r


def wait_until(timeout, what):
    # The monotonic time in ns of a timeout in seconds.
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError("timeout must be a number of seconds or None")
    if timeout < 0 or timeout != timeout:
        raise ValueError("timeout must not be negative")
    return import_native_once("time").monotonic_ns() + int(min(timeout, 1e9) * 1e9)


def channel_receive_timed(channel, timeout):
    if channel.balance > 0 or channel.closing:
        r = channel_receive_hooked(channel)
        return r
    entry = wait_deadline(getcurrent(), 1, wait_until(timeout, "receive"))
    try:
        r = channel_receive_hooked(channel)
    finally:
        wait_cancel(entry)
    return r


def channel_send_timed(channel, value, timeout):
    if channel.balance < 0 or channel.closing:
        r = channel_send_hooked(channel, value, False)
        return r
    entry = wait_deadline(getcurrent(), 2, wait_until(timeout, "send"))
    try:
        r = channel_send_hooked(channel, value, False)
    finally:
        wait_cancel(entry)
    return r


_select_none = object()


@module_function("stackless")
def select(arms, /, default=_select_none, timeout=None):
    """The first operation that can go on, of several: (its number, what was received or None).

    An arm is a channel (receive from it) or a pair (channel, value) (send the value). Where none can go on at once: with
    `default` gives (-1, default); else waits, at most `timeout` seconds (then TimeoutError)."""
    checked = []
    ways = {}
    for arm in arms:
        if isinstance(arm, tuple):
            if len(arm) != 2:
                raise TypeError("an arm is a channel or a pair (channel, value)")
            ch, value = arm
            sending = True
        else:
            ch, value, sending = arm, None, False
        if not isinstance(ch, channel):
            raise TypeError("an arm is a channel or a pair (channel, value), not " + class_of(arm).__name__)
        if ways.setdefault(id(ch), sending) is not sending:
            raise ValueError("a select cannot both send to and receive from one channel")
        checked.append((ch, sending, value))
    if default is not _select_none:
        r = select_now(checked, False, None)
        return (-1, default) if r is None else r
    if not checked and timeout is None:
        raise ValueError("select() needs an arm, a default or a timeout")
    r = select_now(checked, True, None if timeout is None else wait_until(timeout, "select"))
    return r


@module_function("stackless")
def parking(flag=None, /):
    """Whether blocking calls park only the calling tasklet while others can run; sets it; gives the setting before."""
    old = stackless_hooks["parking"]
    if old is None:
        old = parking_enabled()
    if flag is not None:
        stackless_hooks["parking"] = True if flag else False
    return old


def scheduler_may_park():
    # Whether the current tasklet may wait while others run.
    on = stackless_hooks["parking"]
    if not on:
        if on is not None:
            return False
        stackless_hooks["parking"] = parking_enabled()
        return scheduler_may_park()
    s = scheduler_here()
    return scheduler_field(s, _TRAP) == 0 and not scheduler_field(s, _CURRENT).atomic


def parks():
    return scheduler_active() and scheduler_may_park()


def stackless_sleep(until):
    """The current tasklet waits until a monotonic time in ns; the others run."""
    wait_park(-1, 0, until)


def park_file(fd, event, deadline=None):
    """Waits for a file; the events that came, 0 when the time is over. What is ready does not switch."""
    ready = select_poll((fd,), (event,), 0)
    if ready:
        return ready[0][1]
    r = wait_park(fd, event, deadline)
    if r.__class__ is int and r < 0:
        if r == -9:
            return 32
        system_raise_oserror(-r)
    # Inserted by hand, or out of a pickle: whoever asked looks again.
    return event if r is None else r


def park_select(fds, events, ms):
    """poll() over several files in one tasklet."""
    if ms == 0:
        # A loop that always has something to do asks so each time round: it gives the others their turn.
        schedule()
    ready = select_poll(fds, events, 0)
    if ready or ms == 0:
        return ready or []
    deadline = None if ms < 0 else import_native_once("time").monotonic_ns() + ms * 1000000
    if not fds:
        stackless_sleep(deadline)
        return []
    if len(fds) == 1:
        while park_file(fds[0], events[0], deadline):
            ready = select_poll(fds, events, 0)
            if ready:
                return ready
        return []
    epoll = epoll_create(0)
    try:
        for i in range(len(fds)):
            try:
                epoll_control(epoll, 1, fds[i], events[i])
            except FileExistsError:
                epoll_control(epoll, 3, fds[i], events[i] | events[fds.index(fds[i])])
        while True:
            if not park_file(epoll, 1, deadline):
                return []
            ready = select_poll(fds, events, 0)
            if ready:
                return ready
    finally:
        io_close(epoll)


def park_io_read(fd, size):
    if scheduler_active() and scheduler_may_park():
        park_file(fd, 1)
    return io_read(fd, size, True)


def park_io_read_all(fd, so_far):
    if not (scheduler_active() and scheduler_may_park()):
        return io_read_all(fd, so_far, True)
    parts = [] if so_far is None else [so_far]
    while True:
        park_file(fd, 1)
        data = io_read(fd, 65536, True)
        if not data:
            return b"".join(parts)
        parts.append(data)


def park_io_write(fd, data):
    if not (scheduler_active() and scheduler_may_park()):
        return io_write(fd, data, True)
    return park_chunks(fd, data, io_write_ready)


def io_write_ready(fd, data):
    return io_write(fd, data, True)


def park_chunks(fd, data, write):
    # A pipe that has room takes this much without blocking.
    rest = memoryview(data).cast("B")
    done = 0
    while True:
        park_file(fd, 4)
        done += write(fd, rest[done:done + 4096])
        if done >= len(rest):
            return done


def park_read(fd, length):
    if scheduler_active() and scheduler_may_park():
        park_file(fd, 1)
    return posix_read_now(fd, length)


def park_write(fd, data):
    if not (scheduler_active() and scheduler_may_park()):
        return posix_write_now(fd, data)
    return park_chunks(fd, data, posix_write_now)


def park_call(function, *args):
    """A call that can only block is made by a thread of its own while the tasklet waits: its result, or its exception."""
    lock = thread_allocate_lock()
    outcome = []
    lock.acquire()
    thread_start_new_thread(park_worker, (function, args, outcome, lock))
    # With a deadline it is a wait that run() waits for.
    while not lock.acquire(True, 3600):
        pass
    if outcome[0] is not None:
        raise outcome[0]
    return outcome[1]


def park_worker(function, args, outcome, lock):
    try:
        outcome[:] = (None, function(*args))
    except BaseException as e:
        outcome[:] = (e, None)
    finally:
        lock.release()


def park_lock(attempt):
    """A lock of a file: `attempt` does not block; BlockingIOError (EACCES of fcntl) says that it is taken."""
    pause = 1000000
    while True:
        try:
            return attempt()
        except OSError as e:
            if e.errno != 11 and e.errno != 13:
                raise
        stackless_sleep(import_native_once("time").monotonic_ns() + pause)
        pause = min(pause * 2, 20000000)


def park_system(command):
    """os.system() of a tasklet."""
    if not (scheduler_active() and scheduler_may_park()):
        return posix_system_now(command)
    return park_waitpid(posix_spawn_common("system", b"/bin/sh", [b"sh", b"-c", command], None, (), None, False, False, (), (), None), 0)[1]


def park_waitpid(pid, options):
    """waitpid() of a tasklet: by a descriptor of the process, or where there is none by looking again."""
    if not (scheduler_active() and scheduler_may_park()):
        return posix_waitpid_now(pid, options)
    r = posix_waitpid_now(pid, options | 1)
    if r[0]:
        return r
    try:
        fd = posix_pidfd_open(pid) if pid > 0 else -1
    except OSError:
        fd = -1
    pause = 1000000
    try:
        while True:
            if fd >= 0:
                park_file(fd, 1)
            else:
                stackless_sleep(import_native_once("time").monotonic_ns() + pause)
                pause = min(pause * 2, 20000000)
            r = posix_waitpid_now(pid, options | 1)
            if r[0]:
                return r
    finally:
        if fd >= 0:
            io_close(fd)
