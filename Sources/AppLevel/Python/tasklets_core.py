# The `stackless` module: what of tasklets, channels and the scheduler needs Python. The switch itself is native.
# On demand: stackless _stackless greenlet _continuation _weft


class TaskletExit(SystemExit):
    pass


TaskletExit.__module__ = "builtins"
app_module_attr("stackless", "TaskletExit", TaskletExit)
app_module_attr("stackless", "tasklet", tasklet)
app_module_attr("stackless", "channel", channel)
app_module_attr("_stackless", "tasklet", tasklet)
app_module_attr("_stackless", "channel", channel)


def pickling_publish(name):
    """Decorator: what a pickle calls, under this name in module `_weft`."""
    def install(function):
        function.__name__ = function.__qualname__ = name
        function.__module__ = "_weft"
        loader = as_builtin_function(function)
        app_module_attr("_weft", name, loader)
        return loader
    return install


# Fields of the native scheduler, and states of tasklets (see Tasklets/Scheduler.swift).
_CURRENT, _MAIN, _HEAD, _COUNT, _TRAP, _TIMERS, _EXTRA = 0, 1, 2, 4, 5, 6, 7
_state_names = ("new", "paused", "runnable", "blocked", "running", "dead", "waiting", "sleeping")
_NEW, _PAUSED, _RUNNABLE, _BLOCKED, _RUNNING, _DEAD, _WAITING, _SLEEPING = range(8)

stackless_hooks = {"schedule": None, "channel": None, "error": None, "softswitch": True, "pickle_flags": 0, "parking": None, "account": None,
                   "births": None, "leaks": None}
builtin_callable = callable


def task_state(task):
    return tasklet_fields(task)[0]


def task_name(task):
    f = tasklet_fields(task)[1]
    return getattr_default(f, "__name__", class_of(f).__name__)


def tasklet_body(task):
    # The bottom frame of a tasklet: it ends by going on with another one. Nothing is behind it, so it never returns.
    # Every parked tasklet has such a frame: it has as few registers as can be.
    while True:
        try:
            tasklet_call(task)
        except:
            task = tasklet_broke()
        tasklet_end()


def tasklet_broke():
    tasklet_end(tasklet_failed(tasklet_exception()))


def tasklet_failed(e):
    # The error that is left for whoever is inside run(), or None.
    if isinstance(e, TaskletExit):
        return None
    handler = stackless_hooks["error"]
    if handler is not None:
        try:
            handler(class_of(e), e, e.__traceback__)
            return None
        except TaskletExit:
            return None
        except BaseException as error:
            return error
    return e


def idle_body(task):
    # What a thread does while nothing can run. A signal handler's exception goes to the main tasklet.
    while True:
        try:
            idle_wait()
            idle_go()
        except BaseException as e:
            error = e
        else:
            continue
        idle_failed(error)
        error = None


def switch_hooked(next):
    # Before a switch, on the chain that is about to stop; the trap is set.
    switch_call_hook(next)
    r = switch_now(next, False)
    return r


def switch_end_hooked(next):
    switch_call_hook(next)
    switch_now(next, True)


def switch_call_hook(next):
    hook = stackless_hooks["schedule"]
    account = stackless_hooks["account"]
    try:
        previous = scheduler_field(scheduler_here(), _CURRENT)
        if account is not None:
            account(previous, next)
        if hook is not None:
            hook(previous, next)
    except BaseException as e:
        report_unraisable(e, hook)


def tasklet_bind(self, func, args, kwargs):
    if func is not None and not builtin_callable(func):
        raise TypeError("tasklet function must be a callable")
    state = task_state(self)
    if func is None and args is None and kwargs is None:
        if state == _NEW or state == _DEAD:
            tasklet_set_function(self, None)
        elif self.is_current:
            raise RuntimeError("cannot unbind the current tasklet")
        elif state != _PAUSED:
            raise RuntimeError("tasklet is scheduled")
        else:
            tasklet_set_function(self, None)
        return
    if state != _NEW and state != _DEAD:
        raise RuntimeError("tasklet is already bound to a frame")
    if func is not None:
        tasklet_set_function(self, func)
    elif tasklet_fields(self)[1] is None:
        raise RuntimeError("the tasklet was not bound to a function")
    context = context_get()
    tasklet_set_context(self, None if context is None else context.copy())
    watch = stackless_hooks["births"]
    if watch is not None:
        watch(self)
    if args is not None or kwargs is not None:
        tasklet_prepare(self, tuple(args or ()), dict(kwargs or {}))


def tasklet_init(self, func, args, kwargs):
    tasklet_bind(self, func, args, kwargs)


@builtin_method(tasklet, "bind")
def tasklet_m_bind(self, func=None, args=None, kwargs=None):
    """Binds a function; with arguments also sets the tasklet up, without putting it into the queue."""
    tasklet_bind(self, func, args, kwargs)
    return self


def tasklet_run_plain(task):
    r = task.run()
    return r


def tasklet_switch_plain(task):
    r = task.switch()
    return r


def scheduler_update_callbacks():
    scheduler_hooks(stackless_hooks["schedule"] is not None or stackless_hooks["account"] is not None, stackless_hooks["channel"] is not None)


def tasklet_throw_now(self, e, pending):
    r = tasklet_raise(self, e, True if pending else False, isinstance(e, TaskletExit))
    if r is False and not isinstance(e, TaskletExit):
        raise RuntimeError("You cannot throw to a dead tasklet")


def tasklet_raise_plain(self, e):
    r = tasklet_raise(self, e, False, isinstance(e, TaskletExit))
    return r


@builtin_method(tasklet, "throw")
def tasklet_m_throw(self, exc, val=None, tb=None, pending=False):
    """Raises an exception inside this tasklet, now or (pending) when it runs next."""
    tasklet_throw_now(self, normalize_throw(exc, val, tb), pending)


@builtin_method(tasklet, "raise_exception")
def tasklet_m_raise_exception(self, exc_class, *args):
    """Raises exc_class(*args) inside this tasklet."""
    if not is_type(exc_class) or not is_subtype(exc_class, _BaseException):
        raise TypeError("exceptions must be classes deriving from BaseException, not " + class_of(exc_class).__name__)
    tasklet_throw_now(self, exc_class(*args), False)


@builtin_method(tasklet, "kill")
def tasklet_m_kill(self, pending=False):
    """Ends the tasklet by raising TaskletExit inside it."""
    tasklet_throw_now(self, TaskletExit(), pending)


@builtin_method(tasklet, "set_atomic")
def tasklet_m_set_atomic(self, flag, /):
    return tasklet_flags(self, 1, True if flag else False) & 1 != 0


@builtin_method(tasklet, "set_ignore_nesting")
def tasklet_m_set_ignore_nesting(self, flag, /):
    return tasklet_flags(self, 2, True if flag else False) & 2 != 0


@builtin_method(tasklet, "bind_thread")
def tasklet_m_bind_thread(self, target_tid=None, /):
    """Moves the tasklet to the scheduler of another thread (the calling one); not one that is in a run queue."""
    if target_tid is None:
        target = scheduler_here()
    else:
        target = scheduler_of(target_tid)
        if target is None:
            raise ValueError("Thread id not found")
    if tasklet_owner(self) is target:
        return
    state = task_state(self)
    if state == _RUNNABLE or state == _RUNNING:
        raise RuntimeError("tasklet is runnable")
    if state == _WAITING or state == _SLEEPING or self.is_main:
        raise RuntimeError("tasklet waits for its thread")
    tasklet_move(self, target)


def tasklet_lost(self):
    # Nothing reaches a tasklet that waits: it ends by TaskletExit. (A `__del__` of the class would make all be watched.)
    # When the process ends they end with it, silently.
    if self.is_current or self.is_main or sys_dict["is_finalizing"]():
        return
    state = task_state(self)
    if state != _BLOCKED and state != _PAUSED and state != _SLEEPING:
        return
    if self.thread_id == -1:
        tasklet_set_function(self, None)
        return
    if state != _PAUSED:
        leaks = stackless_hooks["leaks"]
        if leaks is not None:
            leaks(self)
    tasklet_throw_now(self, TaskletExit(), tasklet_owner(self) is not scheduler_here() or not scheduler_may_park())


@builtin_method(tasklet, "set_context")
def tasklet_m_set_context(self, context):
    """Sets the tasklet's contextvars context; gives the tasklet."""
    import contextvars
    if not isinstance(context, contextvars.Context):
        raise TypeError("Context required")
    if self.is_current:
        raise RuntimeError("the current context of the tasklet has been entered")
    tasklet_set_context(self, context)
    return self


@builtin_method(tasklet, "context_run")
def tasklet_m_context_run(self, function, /, *args, **kwargs):
    """Calls a function within the tasklet's context."""
    if self.is_current:
        return function(*args, **kwargs)
    import contextvars
    context = tasklet_fields(self)[7]
    if context is None:
        context = contextvars.Context()
        tasklet_set_context(self, context)
    return context.run(function, *args, **kwargs)


def tasklet_property(name):
    def install(function):
        raw_set_type_attr(tasklet, name, property(function))
        return function
    return install


@tasklet_property("context_id")
def tasklet_context_id(self):
    context = context_get() if self.is_current else tasklet_fields(self)[7]
    return id(context)


def tasklet_tracing(name, which, getter, setter):
    # Tracing is per tasklet: of the one that runs, the thread's.
    def get(self):
        return getattr(sys_native(), getter)() if self.is_current else tasklet_traced(self, which)

    def set(self, function):
        if self.is_current:
            getattr(sys_native(), setter)(function)
        else:
            tasklet_set_traced(self, which, function)

    def delete(self):
        set(self, None)
    raw_set_type_attr(tasklet, name, property(get, set, delete))


def sys_native():
    return import_sys_modules()["sys"]


tasklet_tracing("trace_function", 1, "gettrace", "settrace")
tasklet_tracing("profile_function", 2, "getprofile", "setprofile")


@tasklet_property("frame")
def tasklet_frame(self):
    if self.is_current:
        return current_frame()
    return parked_frame(self)


def parked_frame(place):
    # The innermost visible frame of a parked computation.
    parts = parked_parts(place)
    if parts is None:
        return None
    frames = parts[0]
    i = len(frames) - 1
    while i >= 0:
        if not code_flags(frames[i].f_code) & 0x20000000:
            return frames[i]
        i -= 1
    return None


@tasklet_property("recursion_depth")
def tasklet_recursion_depth(self):
    parts = parked_parts(self)
    if parts is None:
        return 0
    n = 0
    for f in parts[0]:
        if not code_flags(f.f_code) & 0x20000000:
            n += 1
    return n


@tasklet_property("nesting_level")
def tasklet_nesting_level(self):
    return 0


@tasklet_property("restorable")
def tasklet_restorable(self):
    return True


@tasklet_property("cstate")
def tasklet_cstate(self):
    return None


def scheduler_ring():
    # The current tasklet and those in the queue, in the order in which they run.
    s = scheduler_here()
    ring = [scheduler_field(s, _CURRENT)]
    t = scheduler_field(s, _HEAD)
    while t is not None:
        ring.append(t)
        t = task_next(t)
    return ring


def task_next(task):
    return fieldGet(task, 3)


def tasklet_neighbour(self, step):
    channel = self._channel
    if channel is not None:
        waiting = channel_waiting(channel)
        i = waiting.index(self) + step
        return waiting[i] if 0 <= i < len(waiting) else None
    ring = scheduler_ring()
    for i in range(len(ring)):
        if ring[i] is self:
            return ring[(i + step) % len(ring)]
    return None


@tasklet_property("next")
def tasklet_next(self):
    return tasklet_neighbour(self, 1)


@tasklet_property("prev")
def tasklet_prev(self):
    return tasklet_neighbour(self, -1)


@builtin_method(tasklet, "__repr__")
def tasklet_m_repr(self):
    return "<tasklet " + _state_names[task_state(self)] + " at " + hex(id(self)) + ">"


@builtin_method(tasklet, "__reduce__")
def tasklet_m_reduce(self):
    """(class, (), (flags, tempval, nesting level, frames, None, None, None, None, how, rest, attributes))."""
    if self.is_current:
        raise RuntimeError("You cannot __reduce__ the tasklet which is current.")
    parts = parked_parts(self)
    frames, how = ([], -1) if parts is None else parts
    state, func, args, kwargs, pending, channel, flags, context = tasklet_fields(self)
    rest = (state, func, args, kwargs, pending, channel)
    parts = (flags, self.tempval, 0, frames, None, None, None, None, how, rest, existing_dict(self))
    # The context goes with what waits inside its run(), or where the program wants it.
    if context is not None and (context._entered or stackless_hooks["pickle_flags"] & 8):
        parts += (context,)
    return (class_of(self), (), parts)


@builtin_method(tasklet, "__reduce_ex__")
def tasklet_m_reduce_ex(self, protocol):
    return self.__reduce__()


@builtin_method(tasklet, "__setstate__")
def tasklet_m_setstate(self, state):
    flags, tempval, nesting, frames, et, ev, tb, info, how, rest, attributes, *context = state
    name, func, args, kwargs, pending, channel = rest
    if frames:
        parked_fill(self, frames, how)
    # What was in a run queue has to be inserted again.
    tasklet_restore(self, name, func, args, kwargs, pending, channel, flags)
    self.tempval = tempval
    if attributes:
        self.__dict__.update(attributes)
    if context:
        if class_of(context[0]) is not context_Context:
            raise ValueError("damaged tasklet: context")
        tasklet_set_context(self, context[0])
    return self


def tasklet_copy(self, memo=None):
    # Of anything that is suspended: two resumptions of one computation.
    pickling_activate()
    import pickle
    return pickle.loads(pickle.dumps(self))


# ---- channels

@builtin_method(channel, "send_exception")
def channel_m_send_exception(self, exc_class, /, *args):
    """Sends an exception, which receive() raises."""
    e = normalize_throw(exc_class, args or None, None)
    r = channel_send_hooked(self, e, True)
    return r


@builtin_method(channel, "send_throw")
def channel_m_send_throw(self, exc, val=None, tb=None, /):
    r = channel_send_hooked(self, normalize_throw(exc, val, tb), True)
    return r


@builtin_method(channel, "send_sequence")
def channel_m_send_sequence(self, sequence, /):
    """Sends every item; gives their number."""
    n = 0
    for x in sequence:
        self.send(x)
        n += 1
    return n


def channel_next(self):
    if self.closing and self.balance <= 0:
        raise StopIteration
    r = self.receive()
    return r


def channel_send_plain(channel, value, is_exception):
    r = channel_send_now(channel, value, is_exception)
    return r


def channel_receive_plain(channel):
    r = channel_receive_now(channel)
    return r


def channel_send_hooked(channel, value, is_exception):
    hook = stackless_hooks["channel"]
    if hook is not None:
        me = scheduler_field(scheduler_here(), _CURRENT)
        me.tempval = value
        hook(channel, me, 1, channel.balance >= 0)
    r = channel_send_now(channel, value, is_exception)
    return r


def channel_receive_hooked(channel):
    hook = stackless_hooks["channel"]
    if hook is not None:
        hook(channel, scheduler_field(scheduler_here(), _CURRENT), 0, channel.balance <= 0)
    r = channel_receive_now(channel)
    return r


@builtin_method(channel, "__reduce__")
def channel_m_reduce(self):
    flags = (1 if self.closing else 0) | (self.preference + 1) << 1 | (8 if self.schedule_all else 0)
    return (class_of(self), (), (self.balance, flags, channel_waiting(self, True)))


@builtin_method(channel, "__reduce_ex__")
def channel_m_reduce_ex(self, protocol):
    return self.__reduce__()


@builtin_method(channel, "__setstate__")
def channel_m_setstate(self, state):
    balance, flags, waiting = state
    channel_restore(self, balance, flags, waiting)
    return self


# ---- the module

def schedule_plain(keep, value):
    r = scheduler_schedule(keep, value)
    return r


for _f in (stackless_schedule, stackless_schedule_remove, stackless_getcurrent, stackless_getmain, stackless_getruncount, stackless_run):
    app_module_attr("stackless", _f.__name__, _f)
schedule, schedule_remove, getcurrent, getmain, getruncount = stackless_schedule, stackless_schedule_remove, stackless_getcurrent, stackless_getmain, stackless_getruncount


def stackless_run_slow(timeout, threadblock, soft, totaltimeout):
    timeout = int(system_index(timeout))
    if timeout < 0:
        raise ValueError("timeout must be >= 0")
    r = scheduler_run(min(timeout, 1 << 60), True if threadblock else False, True if soft else False, True if totaltimeout else False)
    return r


def scheduler_run_plain(timeout, threadblock, soft, total):
    r = scheduler_run(timeout, threadblock, soft, total)
    return r


def budget_spent():
    budget_interrupt()


@module_function("stackless")
def getcurrentid():
    return id(scheduler_field(scheduler_here(), 0))


@module_function("stackless")
def getthreads():
    """Identities of the threads that have a scheduler."""
    scheduler_here()
    return scheduler_threads()


@module_function("stackless")
def get_thread_info(thread_id=None, /):
    """(main tasklet, current tasklet, run count) of a thread."""
    s = scheduler_here() if thread_id is None else scheduler_of(thread_id)
    if s is None:
        raise ValueError("Thread id not found")
    return (scheduler_field(s, _MAIN), scheduler_field(s, _CURRENT), scheduler_field(s, _COUNT) + 1)


@module_function("stackless")
def switch_trap(delta=0, /):
    """While the trap's level is not zero, switching raises RuntimeError; gives the level before."""
    s = scheduler_here()
    old = scheduler_field(s, _TRAP)
    scheduler_set(s, _TRAP, old + delta)
    return old


@module_function("stackless")
def set_schedule_callback(callable, /):
    """callable(previous tasklet or None, next tasklet or None) at every switch; gives the callback before."""
    if callable is not None and not builtin_callable(callable):
        raise TypeError("parameter must be callable")
    old = stackless_hooks["schedule"]
    stackless_hooks["schedule"] = callable
    scheduler_update_callbacks()
    return old


@module_function("stackless")
def get_schedule_callback():
    return stackless_hooks["schedule"]


@module_function("stackless")
def set_channel_callback(callable, /):
    """callable(channel, tasklet, sending, will block) at every channel operation; gives the callback before."""
    if callable is not None and not builtin_callable(callable):
        raise TypeError("parameter must be callable")
    old = stackless_hooks["channel"]
    stackless_hooks["channel"] = callable
    scheduler_update_callbacks()
    return old


@module_function("stackless")
def get_channel_callback():
    return stackless_hooks["channel"]


@module_function("stackless")
def set_error_handler(handler, /):
    """handler(type, value, traceback) takes what tasklets do not catch; gives the handler before."""
    if handler is not None and not builtin_callable(handler):
        raise TypeError("parameter must be callable")
    old = stackless_hooks["error"]
    stackless_hooks["error"] = handler
    return old


@module_function("stackless")
def enable_softswitch(flag, /):
    """Every switch here is soft."""
    old = stackless_hooks["softswitch"]
    if flag is not None:
        stackless_hooks["softswitch"] = True if flag else False
    return old


@module_function("stackless")
def pickle_flags(new_flags=-1, mask=-1):
    old = stackless_hooks["pickle_flags"]
    if new_flags != -1:
        if new_flags & ~15:
            raise ValueError("pickle_flags(): invalid flags")
        if new_flags & 6 == 6:
            raise ValueError("pickle_flags(): PRESERVE_AG_FINALIZER and RESET_AG_FINALIZER exclude each other")
        stackless_hooks["pickle_flags"] = old & ~mask | new_flags & mask
    return old


class atomic_context:
    """with stackless.atomic(): the current tasklet is not interrupted."""

    def __init__(self):
        self._old = None

    def __enter__(self):
        self._old = getcurrent().set_atomic(True)

    def __exit__(self, *exc):
        getcurrent().set_atomic(self._old)


atomic_context.__name__ = atomic_context.__qualname__ = "atomic"
atomic_context.__module__ = "stackless"


class stackless_bomb:
    """An exception on its way."""

    def __init__(self, type=None, value=None, traceback=None):
        self.type = type
        self.value = value
        self.traceback = traceback

    def __reduce__(self):
        return (class_of(self), (), (self.type, self.value, self.traceback))

    def __setstate__(self, state):
        self.type, self.value, self.traceback = state

    def raise_(self):
        raise normalize_throw(self.type, self.value, self.traceback)


stackless_bomb.__name__ = stackless_bomb.__qualname__ = "bomb"
stackless_bomb.__module__ = "stackless"


class stackless_cframe:
    """Type of the C frames of the original; there are none here."""

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'stackless.cframe' instances")


stackless_cframe.__name__ = stackless_cframe.__qualname__ = "cframe"
stackless_cframe.__module__ = "stackless"


def stackless_getattr(name):
    if name == "current":
        return getcurrent()
    if name == "main":
        return getmain()
    if name == "runcount":
        return getruncount()
    if name == "threads":
        return getthreads()
    raise AttributeError("module 'stackless' has no attribute " + repr(name))


def stackless_populate(d):
    raw_set_builtin("TaskletExit", TaskletExit)
    d["__getattr__"] = stackless_getattr
    d["atomic"] = atomic_context
    d["bomb"] = stackless_bomb
    d["PICKLEFLAGS_PRESERVE_TRACING_STATE"] = 1
    d["PICKLEFLAGS_PRESERVE_AG_FINALIZER"] = 2
    d["PICKLEFLAGS_RESET_AG_FINALIZER"] = 4
    d["PICKLEFLAGS_PICKLE_CONTEXT"] = 8
    d["pickle_flags_default"] = 0
    d["cframe"] = stackless_cframe
    d["_wrap"] = import_new_module("stackless._wrap")
    d["debug"] = 0
    d["uncollectables"] = []
    tools_watch_quit()
    pickling_activate()
