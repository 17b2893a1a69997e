# The `stackless` module: tasklets, channels, a round-robin scheduler, over one native switch.


class TaskletExit(SystemExit):
    pass


TaskletExit.__module__ = "builtins"
raw_set_builtin("TaskletExit", TaskletExit)
module_function("stackless", "TaskletExit")(TaskletExit)
TaskletExit.__module__ = "builtins"


class _Scheduler:
    __slots__ = ("queue", "current", "main", "waiting")


@builtin_class("stackless")
class tasklet:
    """A computation with a frame chain of its own: tasklet(func)(*args, **kwargs) puts it into the run queue."""

    __slots__ = ("_place", "_func", "_args", "_kwargs", "_state", "_channel", "tempval", "_pending", "__dict__", "__weakref__")

    def __new__(cls, *args, **kwargs):
        self = _object.__new__(cls)
        self._place = parked_new(parked_type)
        self._state = "new"
        self._channel = None
        self._pending = None
        self._func = None
        self._args = ()
        self._kwargs = {}
        self.tempval = None
        return self

    def __init__(self, func=None, args=None, kwargs=None):
        self.tempval = func
        if func is not None:
            self.bind(func, args, kwargs)

    def bind(self, func=None, args=None, kwargs=None):
        if func is not None and not callable(func):
            raise TypeError("tasklet function must be a callable")
        if self._state in ("runnable", "paused", "blocked"):
            raise RuntimeError("tasklet is already bound to a frame")
        self._func = func
        self._state = "new"
        if args is not None or kwargs is not None:
            self._prepare(tuple(args or ()), dict(kwargs or {}))
        return self

    def _prepare(self, args, kwargs):
        if self._func is None:
            raise TypeError("the tasklet was not bound to a function")
        self._args = args
        self._kwargs = kwargs
        parked_start(self._place, _tasklet_main, self)
        self._state = "paused"

    def __call__(self, *args, **kwargs):
        return self.setup(*args, **kwargs)

    def setup(self, *args, **kwargs):
        self._prepare(args, kwargs)
        self.insert()
        return self

    def insert(self):
        if self._state == "blocked":
            raise RuntimeError("You cannot run a blocked tasklet")
        if self._state not in ("paused", "runnable"):
            raise RuntimeError("You cannot run an unbound(dead) tasklet")
        if self._state == "paused":
            self._state = "runnable"
            _scheduler.queue.append(self)

    def remove(self):
        if self._state == "blocked":
            raise RuntimeError("You cannot remove a blocked tasklet.")
        if self._state == "runnable":
            _scheduler.queue.remove(self)
            self._state = "paused"

    def run(self):
        """Runs this tasklet now; the caller stays in the queue."""
        self._go(True)

    def switch(self):
        """Runs this tasklet now; the caller is paused."""
        self._go(False)

    def _go(self, keep):
        s = _scheduler
        if self is s.current:
            return
        if self._state == "blocked":
            raise RuntimeError("You cannot run a blocked tasklet")
        if self._state not in ("paused", "runnable"):
            raise RuntimeError("You cannot run an unbound(dead) tasklet")
        if self._state == "runnable":
            s.queue.remove(self)
        if keep:
            s.current._state = "runnable"
            s.queue.append(s.current)
        else:
            s.current._state = "paused"
        _switch_to(self)

    def throw(self, exc=TaskletExit, val=None, tb=None, pending=False):
        """Raises an exception inside this tasklet, now or (pending) when it runs next."""
        e = normalize_throw(exc, val, tb)
        s = _scheduler
        if self is s.current:
            raise e
        if self._state in ("new", "dead"):
            if isinstance(e, TaskletExit):
                self._state = "dead"
                return
            raise RuntimeError("You cannot throw to a dead tasklet")
        if self._state == "blocked":
            self._channel._drop(self)
            self._state = "paused"
        self._pending = e
        if pending:
            self.insert()
        else:
            self._go(True)

    def raise_exception(self, cls, *args):
        self.throw(cls(*args))

    def kill(self, pending=False):
        self.throw(TaskletExit, None, None, pending)

    def __reduce__(self):
        """(class, (), (flags, tempval, nesting level, frames, None, None, None, None, how, attributes))."""
        if self is _scheduler.current:
            raise RuntimeError("You cannot __reduce__ the tasklet which is current.")
        parts = parked_parts(self._place)
        frames, how = ([], -1) if parts is None else parts
        rest = (self._state, self._func, self._args, self._kwargs, self._pending, self._channel, existing_dict(self))
        return (class_of(self), (), (1 if self._state == "blocked" else 0, self.tempval, 0, frames, None, None, None, None, how, rest))

    def __reduce_ex__(self, protocol):
        return self.__reduce__()

    def __setstate__(self, state):
        if self._state != "new":
            raise RuntimeError("tasklet is already bound to a frame")
        flags, self.tempval, nesting, frames, et, ev, tb, info, how, rest = state
        name, self._func, self._args, self._kwargs, self._pending, self._channel, attributes = rest
        if name not in ("new", "paused", "runnable", "blocked", "dead"):
            raise ValueError("damaged tasklet")
        if frames:
            parked_fill(self._place, frames, how)
        elif name in ("paused", "runnable", "blocked"):
            raise ValueError("damaged tasklet: no frames")
        # What was in the run queue has to be inserted again.
        self._state = "paused" if name == "runnable" else name
        if attributes:
            self.__dict__.update(attributes)

    @property
    def alive(self):
        return self._state in ("runnable", "paused", "blocked", "running")

    @property
    def paused(self):
        return self._state == "paused"

    @property
    def blocked(self):
        return self._state == "blocked"

    @property
    def scheduled(self):
        return self._state in ("runnable", "running", "blocked")

    @property
    def is_current(self):
        return self is _scheduler.current

    @property
    def is_main(self):
        return self is _scheduler.main


def task_name(task):
    f = task._func
    return getattr_default(f, "__name__", class_of(f).__name__)


def _tasklet_main(task):
    # The bottom frame of a tasklet: it ends by going on with another one.
    s = _scheduler
    try:
        e = task._pending
        if e is not None:
            task._pending = None
            raise e
        task._func(*task._args, **task._kwargs)
    except TaskletExit:
        pass
    except BaseException as e:
        # An uncaught error surfaces in the main tasklet.
        s.main._pending = e
        task._state = "dead"
        if s.main._state == "runnable":
            s.queue.remove(s.main)
        s.waiting = False
        s.current = s.main
        s.main._state = "running"
        e = None
        switch_computation(None, s.main._place, None)
    task._state = "dead"
    task._func = task._args = task._kwargs = None
    next = _next_runnable()
    s.current = next
    next._state = "running"
    switch_computation(None, next._place, None)


def _next_runnable():
    s = _scheduler
    if s.queue:
        return s.queue.popleft()
    if s.main._state == "blocked" and not s.waiting:
        s.main._channel._drop(s.main)
        s.main._pending = RuntimeError("Deadlock: the last runnable tasklet cannot be blocked.")
    s.waiting = False
    return s.main


def _switch_to(target):
    # Parks the current tasklet (whose state the caller has set) and goes on with `target`.
    s = _scheduler
    me = s.current
    s.current = target
    target._state = "running"
    if me is not target:
        switch_computation(me._place, target._place, None)
    me._state = "running"
    e = me._pending
    if e is not None:
        me._pending = None
        raise e


def _start_scheduler():
    from _collections import deque
    global _scheduler
    _scheduler = _Scheduler()
    _scheduler.queue = deque()
    _scheduler.waiting = False
    main = tasklet()
    main._state = "running"
    _scheduler.main = _scheduler.current = main


@module_function("stackless")
def schedule(retval=...):
    """Lets the next tasklet run; the caller goes to the end of the queue."""
    s = _scheduler
    me = s.current
    me.tempval = me if retval is ... else retval
    if s.queue:
        me._state = "runnable"
        s.queue.append(me)
        _switch_to(s.queue.popleft())
    return me.tempval


@module_function("stackless")
def schedule_remove(retval=...):
    """Lets the next tasklet run; the caller leaves the queue until somebody inserts it."""
    s = _scheduler
    me = s.current
    me.tempval = me if retval is ... else retval
    me._state = "paused"
    _switch_to(_next_runnable())
    return me.tempval


@module_function("stackless")
def run():
    """Runs the queue until it is empty or everything in it is blocked."""
    s = _scheduler
    if s.current is not s.main:
        raise RuntimeError("run() must be run from the main tasklet")
    while s.queue:
        s.waiting = True
        s.main._state = "paused"
        _switch_to(s.queue.popleft())


@module_function("stackless")
def getcurrent():
    return _scheduler.current


@module_function("stackless")
def getmain():
    return _scheduler.main


@module_function("stackless")
def getruncount():
    return len(_scheduler.queue) + 1


@builtin_class("stackless")
class channel:
    """A rendezvous: balance > 0 senders wait, < 0 receivers wait. preference -1: the receiver runs first."""

    __slots__ = ("_waiting", "balance", "preference", "schedule_all", "closing", "__weakref__")

    def __init__(self):
        from _collections import deque
        self._waiting = deque()
        self.balance = 0
        self.preference = -1
        self.schedule_all = False
        self.closing = False

    @property
    def closed(self):
        return self.closing and not self._waiting

    @property
    def queue(self):
        return self._waiting[0] if self._waiting else None

    def __reduce__(self):
        flags = (1 if self.closing else 0) | (self.preference + 1) << 1 | (8 if self.schedule_all else 0)
        return (class_of(self), (), (self.balance, flags, list(self._waiting)))

    def __reduce_ex__(self, protocol):
        return self.__reduce__()

    def __setstate__(self, state):
        from _collections import deque
        self.balance, flags, waiting = state
        self.closing = flags & 1 != 0
        self.preference = (flags >> 1 & 3) - 1
        self.schedule_all = flags & 8 != 0
        self._waiting = deque(waiting)

    def close(self):
        self.closing = True

    def open(self):
        self.closing = False

    def _drop(self, task):
        self._waiting.remove(task)
        self.balance += 1 if self.balance < 0 else -1
        task._channel = None

    def send(self, value, /):
        self._send(value, False)

    def send_exception(self, cls, /, *args):
        self._send(cls(*args), True)

    def send_throw(self, exc, val=None, tb=None, /):
        self._send(normalize_throw(exc, val, tb), True)

    def send_sequence(self, sequence, /):
        n = 0
        for x in sequence:
            self._send(x, False)
            n += 1
        return n

    def _send(self, value, is_exception):
        s = _scheduler
        me = s.current
        if self.closing and self.balance >= 0:
            raise ValueError("Send/receive operation on a closed channel")
        if self.balance < 0:
            other = self._waiting.popleft()
            self.balance += 1
            other._channel = None
            if is_exception:
                other._pending = value
            else:
                other.tempval = value
            if self.preference < 0:
                me._state = "runnable"
                if self.schedule_all:
                    s.queue.append(other)
                    other._state = "runnable"
                    s.queue.append(me)
                    _switch_to(s.queue.popleft())
                else:
                    s.queue.append(me)
                    _switch_to(other)
            else:
                other._state = "runnable"
                s.queue.append(other)
                if self.schedule_all:
                    schedule()
            return
        me.tempval = (value, is_exception)
        self._block(me, 1)

    def _block(self, me, direction):
        s = _scheduler
        if not s.queue and (me is s.main or not s.waiting and s.main._state != "paused"):
            raise RuntimeError("Deadlock: the last runnable tasklet cannot be blocked.")
        self._waiting.append(me)
        self.balance += direction
        me._state = "blocked"
        me._channel = self
        _switch_to(_next_runnable())

    def receive(self):
        s = _scheduler
        me = s.current
        if self.closing and self.balance <= 0:
            raise ValueError("Send/receive operation on a closed channel")
        if self.balance > 0:
            other = self._waiting.popleft()
            self.balance -= 1
            other._channel = None
            value, is_exception = other.tempval
            other.tempval = None
            if self.preference > 0:
                me._state = "runnable"
                s.queue.append(me)
                _switch_to(other)
            else:
                other._state = "runnable"
                s.queue.append(other)
                if self.schedule_all:
                    schedule()
            if is_exception:
                raise value
            return value
        self._block(me, -1)
        value = me.tempval
        me.tempval = None
        return value

    def __iter__(self):
        return self

    def __next__(self):
        if self.closing and self.balance <= 0:
            raise StopIteration
        return self.receive()


_start_scheduler()
