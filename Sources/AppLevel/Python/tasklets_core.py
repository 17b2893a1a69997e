# The `stackless` module: what of tasklets, channels and the scheduler needs Python. The switch itself is native.


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
_state_names = ("new", "paused", "runnable", "blocked", "running", "dead", "waiting")
_NEW, _PAUSED, _RUNNABLE, _BLOCKED, _RUNNING, _DEAD, _WAITING = range(7)

stackless_hooks = {"schedule": None, "channel": None, "error": None, "softswitch": True, "pickle_flags": 0}


def task_state(task):
    return tasklet_fields(task)[0]


def task_name(task):
    f = tasklet_fields(task)[1]
    return getattr_default(f, "__name__", class_of(f).__name__)


def tasklet_body(task):
    # The bottom frame of a tasklet: it ends by going on with another one. Nothing is behind it, so it never returns.
    while True:
        try:
            tasklet_call(task)
        except BaseException as e:
            tasklet_failed(task, e)
        tasklet_end(task)


def tasklet_end_hooked(task):
    try:
        hook = stackless_hooks["schedule"]
        if hook is not None:
            hook(task, scheduler_peek())
    except BaseException as e:
        tasklet_surface(task, e)
    tasklet_end(task)


def tasklet_failed(task, e):
    if isinstance(e, TaskletExit):
        return
    handler = stackless_hooks["error"]
    if handler is not None:
        try:
            handler(class_of(e), e, e.__traceback__)
            return
        except TaskletExit:
            return
        except BaseException as error:
            e = error
    tasklet_surface(task, e)


def scheduler_peek():
    # What will run when the current tasklet stops.
    s = scheduler_here()
    head = scheduler_field(s, _HEAD)
    return scheduler_field(s, _MAIN) if head is None else head


def tasklet_bind(self, func, args, kwargs):
    state = task_state(self)
    if func is None and args is None and kwargs is None:
        if state in (_PAUSED, _RUNNABLE, _BLOCKED, _RUNNING, _WAITING):
            raise RuntimeError("tasklet is alive")
        tasklet_set_function(self, None)
        return self
    if state in (_PAUSED, _RUNNABLE, _BLOCKED, _RUNNING, _WAITING):
        raise RuntimeError("tasklet is already bound to a frame")
    if func is not None:
        if not callable(func):
            raise TypeError("tasklet function must be a callable")
        tasklet_set_function(self, func)
        self.tempval = func
    elif tasklet_fields(self)[1] is None:
        raise RuntimeError("the tasklet was not bound to a function")
    context = context_get()
    tasklet_set_context(self, None if context is None else context.copy())
    if args is not None or kwargs is not None:
        tasklet_prepare(self, tuple(args or ()), dict(kwargs or {}))
    return self


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


def tasklet_run_hooked(task, keep):
    hook = stackless_hooks["schedule"]
    if hook is not None:
        hook(scheduler_field(scheduler_here(), _CURRENT), task)
    scheduler_callbacks(False)
    try:
        if keep:
            task.run()
        else:
            task.switch()
    finally:
        scheduler_update_callbacks()


def scheduler_update_callbacks():
    scheduler_callbacks(stackless_hooks["schedule"] is not None or stackless_hooks["channel"] is not None)


def tasklet_throw_now(self, e, pending):
    state = task_state(self)
    if self.is_current:
        raise e
    if state == _DEAD or state == _NEW:
        if isinstance(e, TaskletExit):
            return
        raise RuntimeError("You cannot throw to a dead tasklet")
    fields = tasklet_fields(self)
    if isinstance(e, TaskletExit) and tasklet_unstarted(self):
        self.remove()
        tasklet_forget(self)
        return
    if state == _BLOCKED:
        tasklet_unblock(self)
    tasklet_set_pending(self, e)
    if pending:
        self.insert()
    else:
        self.run()


def tasklet_unstarted(task):
    parts = parked_parts(task)
    return parts is not None and parts[1] == -1


@builtin_method(tasklet, "throw")
def tasklet_m_throw(self, exc=TaskletExit, val=None, tb=None, pending=False):
    """Raises an exception inside this tasklet, now or (pending) when it runs next."""
    tasklet_throw_now(self, normalize_throw(exc, val, tb), pending)


@builtin_method(tasklet, "raise_exception")
def tasklet_m_raise_exception(self, exc_class, *args):
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
    """Moves the tasklet to the scheduler of another thread; only a tasklet in no queue can move."""
    if task_state(self) == _RUNNABLE:
        raise RuntimeError("tasklet is runnable")


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


@tasklet_property("frame")
def tasklet_frame(self):
    if self.is_current:
        return current_frame()
    parts = parked_parts(self)
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


@tasklet_property("thread_id")
def tasklet_thread_id(self):
    return thread_ident()


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
    return (class_of(self), (), (flags, self.tempval, 0, frames, None, None, None, None, how, rest, existing_dict(self)))


@builtin_method(tasklet, "__reduce_ex__")
def tasklet_m_reduce_ex(self, protocol):
    return self.__reduce__()


@builtin_method(tasklet, "__setstate__")
def tasklet_m_setstate(self, state):
    flags, tempval, nesting, frames, et, ev, tb, info, how, rest, attributes = state
    name, func, args, kwargs, pending, channel = rest
    if frames:
        parked_fill(self, frames, how)
    # What was in a run queue has to be inserted again.
    tasklet_restore(self, name, func, args, kwargs, pending, channel, flags)
    self.tempval = tempval
    if attributes:
        self.__dict__.update(attributes)
    return self


# ---- channels

@builtin_method(channel, "send_exception")
def channel_m_send_exception(self, exc_class, /, *args):
    """Sends an exception, which receive() raises."""
    r = channel_send_now(self, normalize_throw(exc_class, args[0] if len(args) == 1 else args or None, None), True)
    return r


@builtin_method(channel, "send_throw")
def channel_m_send_throw(self, exc, val=None, tb=None, /):
    r = channel_send_now(self, normalize_throw(exc, val, tb), True)
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
        hook(channel, scheduler_field(scheduler_here(), _CURRENT), 1, channel.balance >= 0)
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
    return (class_of(self), (), (self.balance, flags, channel_waiting(self)))


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


def schedule_hooked(keep, value):
    hook = stackless_hooks["schedule"]
    if hook is not None:
        s = scheduler_here()
        if not keep or scheduler_field(s, _HEAD) is not None:
            hook(scheduler_field(s, _CURRENT), scheduler_peek())
    r = scheduler_schedule(keep, value)
    return r


for _f in (stackless_schedule, stackless_schedule_remove, stackless_getcurrent, stackless_getmain, stackless_getruncount, stackless_run):
    app_module_attr("stackless", _f.__name__, _f)
schedule, schedule_remove, getcurrent, getmain, getruncount = stackless_schedule, stackless_schedule_remove, stackless_getcurrent, stackless_getmain, stackless_getruncount


def stackless_run_slow(timeout, threadblock, soft, ignore_nesting, totaltimeout):
    """Runs the queue until it is empty or everything in it is blocked."""
    s = scheduler_here()
    if scheduler_field(s, _CURRENT) is not scheduler_field(s, _MAIN):
        raise RuntimeError("run() must be run from the main tasklet")
    while True:
        r = scheduler_step()
        if r is not None:
            return r
        if scheduler_field(s, _HEAD) is None:
            timers = scheduler_field(s, _TIMERS)
            if timers is None or not timers_wait(timers):
                return None


@module_function("stackless")
def getcurrentid():
    return id(scheduler_field(scheduler_here(), 0))


@module_function("stackless")
def getthreads():
    import sys
    return list(sys._current_frames())


@module_function("stackless")
def get_thread_info(thread_id=None, /):
    """(main tasklet, current tasklet, run count) of a thread."""
    if thread_id is not None and thread_id != thread_ident():
        raise RuntimeError("Thread id not found")
    s = scheduler_here()
    return (scheduler_field(s, _MAIN), scheduler_field(s, _CURRENT), getruncount())


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


builtin_callable = callable


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
    d["debug"] = 0
    d["uncollectables"] = []
    pickling_activate()


# ---- timers: what waits for a point in time

class Timers:
    """Deadlines of this thread's tasklets: a heap of (time in ns, number, entry); an entry is a list [task or None, action]."""

    __slots__ = ("heap", "number")

    def __init__(self):
        self.heap = []
        self.number = 0


def timers_here():
    s = scheduler_here()
    timers = scheduler_field(s, _TIMERS)
    if timers is None:
        timers = Timers()
        scheduler_set(s, _TIMERS, timers)
    return timers


def timers_add(when, task, error):
    # At time `when` (monotonic, ns) the task goes on, with an error if it is still blocked.
    import heapq
    timers = timers_here()
    entry = [task, error]
    timers.number += 1
    heapq.heappush(timers.heap, (when, timers.number, entry))
    return entry


def timers_expire(timers, me=None):
    """Makes those runnable whose time has come. Gives how many, or the entry of `me` when its time has come."""
    import heapq
    heap = timers.heap
    now = import_native_once("time").monotonic_ns()
    found = 0
    while heap and (heap[0][2][0] is None or heap[0][0] <= now):
        entry = heapq.heappop(heap)[2]
        task, error = entry
        if task is None:
            continue
        if task is me:
            return entry
        state = task_state(task)
        if error is not None:
            if state != _BLOCKED:
                continue
            tasklet_unblock(task)
            tasklet_set_pending(task, error)
            task.insert()
        elif state == _PAUSED:
            task.insert()
        found += 1
    return found


def timers_wait(timers, me=None):
    # Sleeps until a timer makes a tasklet runnable (or is that of `me`: gives the entry); 0 when there is none to wait for.
    while True:
        found = timers_expire(timers, me)
        if found:
            return found
        if not timers.heap:
            scheduler_set(scheduler_here(), _TIMERS, None)
            return 0
        time_sleep_until(timers.heap[0][0])


def channel_idle(channel, direction):
    # The last runnable tasklet blocks while timers run: wait for one first.
    s = scheduler_here()
    me = scheduler_field(s, _CURRENT)
    found = timers_wait(scheduler_field(s, _TIMERS), me)
    if class_of(found) is list:
        raise found[1]
    if direction < 0:
        r = channel_receive_now(channel)
        return r
    r = channel_send_now(channel, me.tempval, tasklet_fields(me)[6] & 8 != 0)
    return r


def schedule_idle(value):
    # The same for a tasklet that leaves the queue.
    s = scheduler_here()
    found = timers_wait(scheduler_field(s, _TIMERS), scheduler_field(s, _CURRENT))
    if class_of(found) is list:
        return value
    r = scheduler_schedule(False, value)
    return r


def tasklet_end_idle(task):
    timers_wait(scheduler_field(scheduler_here(), _TIMERS))
    tasklet_end(task)


def channel_deadline(channel, timeout, what):
    # An error for the current tasklet, should it still be blocked when the time is over.
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError("timeout must be a number of seconds or None")
    if timeout < 0:
        raise ValueError("timeout must not be negative")
    when = import_native_once("time").monotonic_ns() + int(min(timeout, 1e9) * 1e9)
    return timers_add(when, getcurrent(), TimeoutError(what + "() timed out"))


def channel_receive_timed(channel, timeout):
    if channel.balance > 0 or channel.closing:
        r = channel_receive_now(channel)
        return r
    entry = channel_deadline(channel, timeout, "receive")
    try:
        r = channel_receive_now(channel)
    finally:
        entry[0] = None
    return r


def channel_send_timed(channel, value, timeout):
    if channel.balance < 0 or channel.closing:
        r = channel_send_now(channel, value, False)
        return r
    entry = channel_deadline(channel, timeout, "send")
    try:
        r = channel_send_now(channel, value, False)
    finally:
        entry[0] = None
    return r


# ---- parking instead of blocking

@module_function("stackless")
def parking(flag=None, /):
    """Whether blocking calls park only the calling tasklet while others can run; sets it; gives the setting before."""
    old = stackless_hooks["parking"]
    if flag is not None:
        stackless_hooks["parking"] = True if flag else False
    return old


stackless_hooks["parking"] = True


def scheduler_may_park():
    # Whether another tasklet could use the time that the current one waits.
    if not scheduler_active() or not stackless_hooks["parking"]:
        return False
    s = scheduler_here()
    me = scheduler_field(s, _CURRENT)
    return not me.atomic and scheduler_field(s, _TRAP) == 0


def stackless_sleep(until):
    """The current tasklet waits until a monotonic time in ns; the others run."""
    s = scheduler_here()
    me = scheduler_field(s, _CURRENT)
    if me is not scheduler_field(s, _MAIN):
        timers_add(until, me, None)
        scheduler_schedule(False, None)
        return None
    clock = import_native_once("time").monotonic_ns
    while True:
        if scheduler_field(s, _HEAD) is not None:
            scheduler_schedule(True, None)
        now = clock()
        if now >= until:
            return None
        timers = scheduler_field(s, _TIMERS)
        if scheduler_field(s, _HEAD) is None and not (timers is not None and timers_expire(timers)):
            first = timers.heap[0][0] if timers is not None and timers.heap else until
            time_sleep_until(first if first < until else until)
