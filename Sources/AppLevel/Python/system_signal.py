# _signal: Python handlers. _thread: locks that wait, RLock, thread-local data.

signal_handlers = {}
signal_struct_siginfo = structseq_type("signal", "struct_siginfo", [
    "si_signo", "si_code", "si_errno", "si_pid", "si_uid", "si_status", "si_band"])


def _signal_populate(d):
    d["struct_siginfo"] = signal_struct_siginfo
    d["ItimerError"] = signal_ItimerError


class signal_ItimerError(OSError):
    pass


signal_ItimerError.__name__ = signal_ItimerError.__qualname__ = "itimer_error"
signal_ItimerError.__module__ = "signal"


@system_function("_signal", "default_int_handler")
def signal_default_int_handler(signalnum, frame, /):
    raise KeyboardInterrupt


# The object that the module has: it is not bound when a class holds it.
signal_default_int_handler = as_builtin_function(signal_default_int_handler)
app_module_attr("_signal", "default_int_handler", signal_default_int_handler)


def signal_start():
    if signal_disposition(2) != 1:
        signal_handlers[2] = signal_default_int_handler
        signal_install(2, 2)


def signal_run_handlers(due, frame):
    for number in due:
        handler = signal_handlers.get(number)
        if handler is None or handler == 0 or handler == 1:
            continue
        handler(number, frame)


def signal_check(number):
    number = system_index(number)
    if number < 1 or number > 64:
        raise ValueError("signal number out of range")
    return number


@system_function("_signal", "signal")
def signal_signal(signalnum, handler, /):
    number = signal_check(signalnum)
    if not callable(handler):
        if not isinstance(handler, int) or handler != 0 and handler != 1:
            raise TypeError("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")
        kind = int(handler)
    else:
        kind = 2
    old = signal_getsignal(number)
    signal_install(number, kind)
    signal_handlers[number] = handler if kind == 2 else kind
    return old


@system_function("_signal", "getsignal")
def signal_getsignal(signalnum, /):
    number = signal_check(signalnum)
    if number in signal_handlers:
        return signal_handlers[number]
    kind = signal_disposition(number)
    return None if kind == 2 else kind


@system_function("_signal", "setitimer")
def signal_setitimer_function(which, seconds, interval=0.0, /):
    r = signal_setitimer(which, seconds, interval)
    if r is False:
        raise signal_ItimerError(22, "Invalid argument")
    return r


@system_function("_signal", "getitimer")
def signal_getitimer_function(which, /):
    r = signal_getitimer(which)
    if r is False:
        raise signal_ItimerError(22, "Invalid argument")
    return r


def signal_numbers(signals):
    out = []
    for s in signals:
        s = system_index(s)
        if not 0 < s < 65:
            raise ValueError("signal number " + str(s) + " out of range [1; 64]")
        out.append(s)
    return out


@system_function("_signal", "pthread_sigmask")
def signal_pthread_sigmask(how, mask, /):
    return signal_mask(how, signal_numbers(mask))


@system_function("_signal", "sigwait")
def signal_sigwait(sigset, /):
    while True:
        r = signal_wait(signal_numbers(sigset), None)
        if r is not False:
            return r[0]


@system_function("_signal", "sigwaitinfo")
def signal_sigwaitinfo(sigset, /):
    signals = signal_numbers(sigset)
    while True:
        r = signal_wait(signals, None)
        if r is not False:
            return system_make_structseq(signal_struct_siginfo, r, None)


@system_function("_signal", "sigtimedwait")
def signal_sigtimedwait(sigset, timeout, /):
    signals = signal_numbers(sigset)
    ns = time_nanoseconds(timeout)
    if ns < 0:
        raise ValueError("timeout must be non-negative")
    clock = import_native_once("time").monotonic_ns
    deadline = clock() + ns
    while True:
        r = signal_wait(signals, ns)
        if r is None:
            return None
        if r is not False:
            return system_make_structseq(signal_struct_siginfo, r, None)
        ns = max(0, deadline - clock())


# Locks.

def thread_timeout(blocking, timeout):
    """Nanoseconds to wait, or None for ever."""
    if not blocking:
        if timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        return 0
    if timeout == -1:
        return None
    if timeout < 0:
        raise ValueError("timeout value must be a non-negative number")
    if timeout > 9223372036.0:
        raise OverflowError("timeout value is too large")
    return time_nanoseconds(timeout)


def thread_acquire(lock, blocking, timeout):
    ns = thread_timeout(blocking, timeout)
    if thread_take(lock):
        return True
    if ns == 0:
        return False
    clock = import_native_once("time").monotonic_ns
    deadline = None if ns is None else clock() + ns
    while scheduler_active() and scheduler_may_park():
        # Another tasklet of this thread may be the one to release it.
        if thread_lock_number(lock) is not None:
            wait_lock(lock, deadline)
        if thread_take(lock):
            return True
        if deadline is not None and clock() >= deadline:
            return False
    while True:
        thread_wait(lock, deadline)
        if thread_take(lock):
            return True
        if deadline is not None and clock() >= deadline:
            return False


@system_function("_thread", "allocate_lock")
def thread_allocate_lock():
    return thread_new_lock()


@system_class("_thread", "RLock")
class thread_RLock:
    def __new__(cls, *args, **kwargs):
        self = posix_object_new(cls)
        self._lock = thread_new_lock()
        self._owner = 0
        self._count = 0
        return self

    def __init__(self, *args, **kwargs):
        pass

    def acquire(self, blocking=True, timeout=-1):
        me = thread_ident()
        if self._owner == me and self._count:
            self._count += 1
            return True
        if not self._lock.acquire(blocking, timeout):
            return False
        self._owner = me
        self._count = 1
        return True

    __enter__ = acquire

    def release(self, /):
        if self._count == 0 or self._owner != thread_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if self._count == 0:
            self._owner = 0
            self._lock.release()

    def __exit__(self, *args):
        self.release()

    def _is_owned(self, /):
        return self._count > 0 and self._owner == thread_ident()

    def _recursion_count(self, /):
        return self._count if self._owner == thread_ident() else 0

    def _acquire_restore(self, state, /):
        count, owner = state
        self._lock.acquire()
        self._owner = owner
        self._count = count

    def _release_save(self, /):
        if self._count == 0:
            raise RuntimeError("cannot release un-acquired lock")
        state = (self._count, self._owner)
        self._count = 0
        self._owner = 0
        self._lock.release()
        return state

    def _at_fork_reinit(self, /):
        self._lock = thread_new_lock()
        self._owner = 0
        self._count = 0

    def __repr__(self):
        return ("<" + ("locked" if self._count else "unlocked") + " _thread.RLock object owner=" + str(self._owner) + " count=" +
                str(self._count) + " at " + hex(id(self)) + ">")


@system_class("_thread", "_local")
class thread_local:
    """Attributes of their own for every thread: a dict a thread, put in place by each access."""

    __slots__ = ("_weft_dicts", "_weft_arguments", "__dict__", "__weakref__")

    def __new__(cls, /, *args, **kw):
        if (args or kw) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = posix_object_new(cls)
        local_arguments(self, (args, kw))
        local_dicts_set(self, {})
        local_add(self, local_dicts(self), {})
        return self

    def __getattribute__(self, name, /):
        dicts = local_ready(self)
        return local_get(self, dicts, name)

    def __setattr__(self, name, value, /):
        dicts = local_ready(self)
        if name == "__dict__":
            raise AttributeError("'" + class_of(self).__name__ + "' object attribute '__dict__' is read-only")
        local_set(self, dicts, name, value)

    def __delattr__(self, name, /):
        dicts = local_ready(self)
        if name == "__dict__":
            raise AttributeError("'" + class_of(self).__name__ + "' object attribute '__dict__' is read-only")
        local_set(self, dicts, name)


local_dicts = type_lookup(thread_local, "_weft_dicts").__get__
local_dicts_set = type_lookup(thread_local, "_weft_dicts").__set__
local_arguments_get = type_lookup(thread_local, "_weft_arguments").__get__
local_arguments = type_lookup(thread_local, "_weft_arguments").__set__


def local_ready(self):
    # The dicts of all threads, this one's among them.
    dicts = local_dicts(self)
    if not local_select(self, dicts):
        local_begin(self, dicts)
    return dicts


def local_begin(self, dicts):
    # The first access from this thread.
    local_add(self, dicts, {})
    cls = class_of(self)
    if type_lookup(cls, "__init__") is not object.__init__:
        args, kw = local_arguments_get(self)
        cls.__init__(self, *args, **kw)


def _thread_populate(d):
    d["LockType"] = thread_lock
    d["lock"] = thread_lock
    d["_excepthook"] = thread_excepthook
    d["_ExceptHookArgs"] = thread_ExceptHookArgs
    d["allocate"] = thread_allocate_lock
    d["start_new"] = thread_start_new_thread
    d["exit_thread"] = thread_exit


thread_ExceptHookArgs = structseq_type("_thread", "_ExceptHookArgs", ["exc_type", "exc_value", "exc_traceback", "thread"])
thread_state = {"stack_size": 0, "count": 0, "ended": False}


@system_function("_thread", "_excepthook")
def thread_excepthook(args, /):
    if args.exc_type is SystemExit:
        return
    out = sys_dict.get("stderr")
    if out is None and args.thread is not None:
        # What it was when the thread was made.
        out = getattr(args.thread, "_stderr", None)
    if out is None:
        return
    name = args.thread.name if args.thread is not None else str(thread_ident())
    out.write("Exception in thread " + name + ":\n")
    out.write(traceback_text(args.exc_value, args.exc_traceback if args.exc_value.__traceback__ is None else None))
    out.flush()


@system_function("_thread", "start_new_thread")
def thread_start_new_thread(function, args, kwargs=None, /):
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError("optional 3rd arg must be a dictionary")
    thread_state["count"] += 1
    try:
        return thread_start(thread_run, function, args, kwargs, thread_state["stack_size"])
    except BaseException:
        thread_state["count"] -= 1
        raise


def thread_run(function, args, kwargs):
    """The bottom of a thread."""
    try:
        if kwargs:
            function(*args, **kwargs)
        else:
            function(*args)
    except SystemExit:
        pass
    except BaseException as e:
        sys_report_unraisable(e, function, "Exception ignored in thread started by")
    finally:
        scheduler_thread_end()
        thread_state["count"] -= 1
        thread_state["ended"] = True
        lock = thread_sentinels.pop(thread_ident(), None)
        if lock is not None:
            try:
                lock.release()
            except RuntimeError:
                pass


# By identity of the thread: the lock to release when it ends.
thread_sentinels = {}


@system_function("_thread", "exit")
def thread_exit():
    raise SystemExit


@system_function("_thread", "interrupt_main")
def thread_interrupt_main(signum=2, /):
    signum = system_index(signum)
    if signum < 1 or signum > 64:
        raise ValueError("signal number out of range")
    handler = signal_handlers.get(signum, 0)
    if handler == 0 or handler == 1:
        return
    import_native_once("_signal").raise_signal(signum)


@system_function("_thread", "stack_size")
def thread_stack_size(size=0, /):
    size = system_index(size)
    if size < 0:
        raise ValueError("size must be 0 or a positive value")
    if 0 < size < 32768:
        raise ValueError("size not valid: " + str(size) + " bytes")
    old = thread_state["stack_size"]
    thread_state["stack_size"] = size
    return old


@system_function("_thread", "_count")
def thread_count():
    if thread_state["ended"]:
        # Who counts threads looks for what is left of them, in weak references too.
        thread_state["ended"] = False
        gc_collect_now()
    return thread_state["count"]


@system_function("_thread", "_set_sentinel")
def thread_set_sentinel():
    lock = thread_sentinels[thread_ident()] = thread_new_lock()
    return lock


@system_function("_thread", "_is_main_interpreter")
def thread_is_main_interpreter():
    return True


@system_function("_thread", "daemon_threads_allowed")
def thread_daemon_threads_allowed():
    return True
