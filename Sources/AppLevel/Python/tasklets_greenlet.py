# The `greenlet` module: computations in a tree, over the same switch as tasklets.
# On demand: greenlet _continuation _weft
#
# Every tasklet has a main greenlet of its own: the computation that it is. A switch leaves what it hands over in the target
# (`_value`, or `_error` to raise) and exchanges the frame chains.


class GreenletExit(BaseException):
    pass


class greenlet_error(Exception):
    pass


GreenletExit.__module__ = "greenlet"
greenlet_error.__name__ = greenlet_error.__qualname__ = "error"
greenlet_error.__module__ = "greenlet"
greenlet_tasks = {"others": None}
_run_missing = object()


def greenlet_here():
    # Of the running tasklet: [current greenlet, main greenlet, thread, trace callback, origin of the last switch, lost greenlets].
    s = scheduler_here()
    task = scheduler_field(s, 0)
    if task is scheduler_field(s, 1):
        state = scheduler_field(s, 7)
        if state is None:
            state = greenlet_first()
            scheduler_set(s, 7, state)
        return state
    others = greenlet_tasks["others"]
    if others is None:
        import weakref
        others = greenlet_tasks["others"] = weakref.WeakKeyDictionary()
    state = others.get(task)
    if state is None:
        state = others[task] = greenlet_first()
    return state


def greenlet_first():
    main = _object.__new__(greenlet)
    greenlet_clear(main)
    main._started = True
    main._main = True
    here = [main, main, thread_ident(), None, None, []]
    main._here = here
    return here


def greenlet_clear(g):
    g._place = parked_new(parked_type)
    g._parent = None
    g._started = g._dead = g._main = False
    g._value = g._error = g._here = None
    g._context = None
    g._run = _run_missing


def greenlet_exited(here):
    # Whether a greenlet's thread is no more.
    return here is not None and here[2] != thread_ident() and scheduler_of(here[2]) is None


def greenlet_wrong_thread(g, here):
    if greenlet_exited(g._here):
        return greenlet_error("cannot switch to a different thread (which happens to have exited)")
    return greenlet_error("Cannot switch to a different thread\n\tCurrent:  " + repr(here[0]) + "\n\tExpected: " + repr(g._here[1]))


def greenlet_slot(g, name):
    # Of a parent: its class may answer for any name.
    return _object.__getattribute__(g, name)


def greenlet_lost(g):
    # Nothing reaches a greenlet that waits: GreenletExit is raised in it, with the current one as its parent for that time.
    here = g._here
    old = g._parent
    g._parent = here[0]
    try:
        greenlet_switch(g, None, None, GreenletExit())
    except BaseException as e:
        report_unraisable(e, g)
    finally:
        if not g._dead:
            g._parent = old


def greenlet_lose(here):
    while here[5]:
        greenlet_lost(here[5].pop())


@builtin_class("greenlet")
class greenlet:
    """greenlet(run=None, parent=None): a computation that other greenlets switch to by name."""

    __slots__ = ("_place", "_parent", "_started", "_dead", "_main", "_value", "_error", "_here", "_context", "_run", "__dict__", "__weakref__")

    def __new__(cls, *args, **kwargs):
        self = _object.__new__(cls)
        greenlet_clear(self)
        here = greenlet_here()
        if here[5]:
            greenlet_lose(here)
        self._parent = here[0]
        self._here = here
        return self

    def __init__(self, run=_run_missing, parent=None):
        if run is not _run_missing:
            self.run = run
        if parent is not None:
            self.parent = parent

    def __del__(self):
        if not self._started or self._dead or self._main or parked_parts(self._place) is None or sys_dict["is_finalizing"]():
            return
        if self._here is greenlet_here():
            greenlet_lost(self)
        elif not greenlet_exited(self._here):
            self._here[5].append(self)

    @property
    def run(self):
        if self._started or self._run is _run_missing:
            raise AttributeError("run")
        return self._run

    @run.setter
    def run(self, run):
        if self._started:
            raise AttributeError("run cannot be set after the start of the greenlet")
        self._run = run

    @run.deleter
    def run(self):
        if self._started:
            raise AttributeError("run cannot be set after the start of the greenlet")
        if self._run is _run_missing:
            raise AttributeError("run")
        self._run = _run_missing

    @property
    def parent(self):
        return self._parent

    @parent.setter
    def parent(self, new):
        if not isinstance(new, greenlet):
            raise TypeError("GreenletChecker: Expected any type of greenlet, not " + class_of(new).__name__)
        if self._main:
            raise AttributeError("cannot set the parent of a main greenlet")
        g = new
        while g is not None:
            if g is self:
                raise ValueError("cyclic parent chain")
            if g._main and self._here is not None and self._started and g is not self._here[1]:
                raise ValueError("parent cannot be on a different thread")
            g = g._parent
        self._parent = new

    @parent.deleter
    def parent(self):
        raise AttributeError("can't delete attribute")

    def switch(self, /, *args, **kwargs):
        """Goes on with this greenlet (the first time: starts its run); gives what is switched back."""
        if kwargs:
            value = (args, kwargs) if args else kwargs
        elif len(args) == 1:
            value = args[0]
        else:
            value = args
        return greenlet_switch(self, (args, kwargs), value, None)

    def throw(self, typ=GreenletExit, val=None, tb=None, /):
        """Raises an exception in this greenlet."""
        if not is_type(typ) and not is_subtype(class_of(typ), _BaseException):
            raise TypeError("exceptions must be classes, or instances, not " + class_of(typ).__name__)
        e = normalize_throw(typ, val, tb)
        return greenlet_switch(self, None, None, e)

    @property
    def dead(self):
        return self._dead or self._main and greenlet_exited(self._here)

    def __bool__(self):
        return self._started and not self._dead

    @property
    def gr_frame(self):
        if self._started and not self._dead and self is not greenlet_here()[0]:
            return parked_frame(self._place)
        return None

    @property
    def gr_context(self):
        here = greenlet_here()
        if self is here[0]:
            return context_get()
        if self._here is not here and self._here is not None and self is self._here[0]:
            raise ValueError("cannot get context of a greenlet that is running in a different thread")
        return self._context

    @gr_context.setter
    def gr_context(self, context):
        if context is not None:
            import contextvars
            if not isinstance(context, contextvars.Context):
                raise TypeError("greenlet context must be a contextvars.Context or None")
        here = greenlet_here()
        if self is here[0]:
            context_set(context)
            return
        if self._here is not here and self._here is not None and self is self._here[0]:
            raise ValueError("cannot set context of a greenlet that is running in a different thread")
        self._context = context

    @gr_context.deleter
    def gr_context(self):
        raise AttributeError("can't delete context attribute")

    def __repr__(self):
        head = "<" + class_of(self).__module__ + "." + class_of(self).__name__ + " object at " + hex(id(self)) + " (otid=" + hex(id(self._here)) + ")"
        if self._main and greenlet_exited(self._here):
            return head + " (thread exited) dead>"
        if self._dead:
            return head + " dead>"
        state = " current" if self is greenlet_here()[0] else " suspended" if self._started else " pending"
        return head + state + (" active started" if self._started else "") + (" main" if self._main else "") + ">"

    def __reduce__(self):
        # The main greenlet of whoever loads the pickle takes the place of this one's.
        if self._main:
            return (greenlet_main_here, ())
        if self is greenlet_here()[0]:
            raise TypeError("cannot pickle the running greenlet")
        run = None if self._run is _run_missing else (self._run,)
        return (greenlet_restore, (class_of(self),), (self._place, self._parent, self._started, self._dead, self._value, self._error, existing_dict(self), run))

    def __reduce_ex__(self, protocol):
        return self.__reduce__()

    def __setstate__(self, state):
        self._place, self._parent, self._started, self._dead, self._value, self._error, attributes, run = state
        if run is not None:
            self._run = run[0]
        if attributes:
            self.__dict__.update(attributes)

    __copy__ = __deepcopy__ = tasklet_copy


@pickling_publish("greenlet_main")
def greenlet_main_here():
    return greenlet_here()[1]


@pickling_publish("greenlet")
def greenlet_restore(cls):
    g = _object.__new__(cls)
    greenlet_clear(g)
    g._here = greenlet_here()
    return g


def greenlet_switch(target, call, value, error):
    here = greenlet_here()
    if here[5]:
        greenlet_lose(here)
    origin = here[0]
    if target._here is not None and target._here is not here and (target._started or target._here[1] is not here[1]):
        raise greenlet_wrong_thread(target, here)
    # What is dead hands over to its parent.
    while True:
        if target._dead:
            if error is not None and isinstance(error, GreenletExit):
                value, error = error, None
                call = ((value,), {})
            target = greenlet_slot(target, "_parent")
            if greenlet_slot(target, "_dead") or greenlet_slot(target, "_started"):
                continue
        elif target._started:
            target._value = value
            target._error = error
            break
        run = target.run
        if greenlet_slot(target, "_started"):
            continue
        g = greenlet_slot(target, "_parent")
        while g._parent is not None:
            g = g._parent
        if g is not here[1]:
            raise greenlet_wrong_thread(g, here)
        if error is not None:
            # Never run: it dies at once.
            target._dead = target._started = True
            continue
        greenlet_start(target, here, (run,) + (call if call is not None else ((value,), {})))
        break
    if here[3] is not None:
        here[4] = origin
    here[0] = target
    if target is not origin:
        origin._context = context_get()
        context_set(target._context)
        # Nothing of this moment is needed afterwards: what travels in a pickle is the greenlet alone.
        switch_computation(origin._place, target._place, None)
    return greenlet_arrive(origin)


def greenlet_start(g, here, call):
    # Puts the body in place; `run` is gone from then on.
    g._run = _run_missing
    g._started = True
    g._here = here
    g._value = call
    parked_start(g._place, greenlet_body, g)


def greenlet_arrive(me):
    # The first thing a greenlet does after somebody has switched to it.
    value, error = me._value, me._error
    me._value = me._error = None
    here = me._here
    if here is not None and here[3] is not None:
        greenlet_call_trace(here, "switch" if error is None else "throw", me)
    if error is not None:
        raise error
    return value


def greenlet_call_trace(here, event, me):
    callback = here[3]
    origin = here[4]
    here[4] = None
    try:
        callback(event, (origin, me))
    except BaseException:
        here[3] = None
        raise


def greenlet_body(g):
    # The bottom frame of a greenlet: nothing is behind it.
    while True:
        try:
            greenlet_life(g)
        except BaseException as e:
            greenlet_failed(e)


def greenlet_failed(error):
    # The greenlet that runs cannot go on, nor hand over as it should: the main one gets the error.
    here = greenlet_here()
    main = here[1]
    here[0]._dead = True
    here[0] = main
    main._value = None
    main._error = error
    switch_computation(None, main._place, None)


def greenlet_life(g):
    run, args, kwargs = g._value
    g._value = None
    error = result = None
    try:
        here = g._here
        if here[3] is not None:
            greenlet_call_trace(here, "switch", g)
        result = run(*args, **kwargs)
    except GreenletExit as e:
        result = e
    except BaseException as e:
        error = e
    run = args = kwargs = here = None
    g._dead = True
    g._context = context_get()
    here = g._here
    parent = g._parent
    while True:
        if greenlet_slot(parent, "_dead"):
            if error is not None and isinstance(error, GreenletExit):
                result, error = error, None
            parent = greenlet_slot(parent, "_parent")
        elif greenlet_slot(parent, "_started"):
            parent._value = result
            parent._error = error
            break
        elif error is not None:
            parent._dead = parent._started = True
        else:
            try:
                run = parent.run
            except BaseException as e:
                error = e
                parent = greenlet_slot(parent, "_parent")
                continue
            if not greenlet_slot(parent, "_started"):
                greenlet_start(parent, here, (run, (result,), {}))
                run = None
                break
    if here[3] is not None:
        here[4] = g
    here[0] = parent
    context_set(parent._context)
    error = result = None
    switch_computation(None, parent._place, None)


@module_function("greenlet", "getcurrent")
def greenlet_getcurrent():
    here = greenlet_here()
    if here[5]:
        greenlet_lose(here)
    return here[0]


@module_function("greenlet", "settrace")
def greenlet_settrace(callback, /):
    """callback(event, (origin, target)) at every switch of this thread; gives the callback before."""
    here = greenlet_here()
    old = here[3]
    here[3] = callback
    return old


@module_function("greenlet", "gettrace")
def greenlet_gettrace():
    return greenlet_here()[3]


def greenlet_dict_set(self, value):
    if not isinstance(value, dict):
        raise TypeError("__dict__ must be set to a dictionary, not a '" + class_of(value).__name__ + "'")
    greenlet_dict.__set__(self, value)


def greenlet_dict_delete(self):
    raise TypeError("__dict__ may not be deleted")


greenlet_dict = greenlet.__dict__["__dict__"]
raw_set_type_attr(greenlet, "__dict__", property(greenlet_dict.__get__, greenlet_dict_set, greenlet_dict_delete))
for _f in (greenlet_getcurrent, greenlet_settrace, greenlet_gettrace):
    raw_set_type_attr(greenlet, _f.__name__.replace("greenlet_", ""), staticmethod(_f))
raw_set_type_attr(greenlet, "error", greenlet_error)
raw_set_type_attr(greenlet, "GreenletExit", GreenletExit)


class UnswitchableGreenlet(greenlet):
    """For tests: a greenlet that can be made to refuse to switch."""

    __slots__ = ("force_switch_error",)

    def switch(self, /, *args, **kwargs):
        if getattr_default(self, "force_switch_error", False):
            raise SystemError("Failed to switch stacks into a running greenlet." if self._started
                              else "Failed to switch stacks into a greenlet for the first time.")
        return greenlet.switch(self, *args, **kwargs)


def greenlet_get_pending_cleanup_count():
    return 0


def greenlet_get_total_main_greenlets():
    return len(scheduler_threads())


def greenlet_populate(d):
    d["GreenletExit"] = GreenletExit
    d["error"] = greenlet_error
    d["__version__"] = "3.1.1"
    d["GREENLET_USE_GC"] = True
    d["GREENLET_USE_TRACING"] = True
    d["GREENLET_USE_CONTEXT_VARS"] = True
    d["GREENLET_USE_STANDARD_THREADING"] = True
    d["CLOCKS_PER_SEC"] = 1000000
    inner = import_new_module("greenlet._greenlet")
    for k, v in list(d.items()):
        if not k.startswith("__"):
            inner.__dict__[k] = v
    inner.__dict__["get_pending_cleanup_count"] = greenlet_get_pending_cleanup_count
    inner.__dict__["get_total_main_greenlets"] = greenlet_get_total_main_greenlets
    inner.__dict__["UnswitchableGreenlet"] = UnswitchableGreenlet
    inner.__dict__["greenlet"] = greenlet
    d["_greenlet"] = inner
    d["greenlet"] = greenlet
    d["__path__"] = []
    sys_dict["modules"]["greenlet._greenlet"] = inner
    pickling_activate()


# ---- `_continuation`: one-shot continuations as PyPy has them

class continulet_error(Exception):
    pass


continulet_error.__name__ = continulet_error.__qualname__ = "error"
continulet_error.__module__ = "_continuation"


@builtin_class("_continuation")
class continulet:
    """continulet(callable, *args, **kwargs): calls callable(continulet, *args, **kwargs) at the first switch()."""

    __slots__ = ("_place", "_start", "_state", "_value", "_error", "_thread", "__dict__", "__weakref__")

    def __new__(cls, *args, **kwargs):
        self = _object.__new__(cls)
        self._place = parked_new(parked_type)
        self._start = None
        # unbound, bound (not started), parked (inside), running, finished
        self._state = "unbound"
        self._value = self._error = None
        self._thread = thread_ident()
        return self

    def __init__(self, callable, /, *args, **kwargs):
        if self._state != "unbound":
            raise continulet_error("continulet already __init__ialized")
        self._start = (callable, args, kwargs)
        self._state = "bound"

    def switch(self, value=None, to=None):
        """Goes on inside this continulet, or, called from inside, outside; with `to`, in another continulet."""
        return continulet_switch(self, value, None, to)

    def throw(self, type, value=None, tb=None, to=None):
        return continulet_switch(self, None, normalize_throw(type, value, tb), to)

    def is_pending(self):
        return self._state in ("bound", "parked", "running")

    def __reduce__(self):
        if self._state == "running":
            raise TypeError("cannot pickle a running continulet")
        return (continulet_restore, (class_of(self),), (self._place, self._start, self._state, existing_dict(self)))

    def __reduce_ex__(self, protocol):
        return self.__reduce__()

    def __setstate__(self, state):
        self._place, self._start, self._state, attributes = state
        if attributes:
            self.__dict__.update(attributes)

    __copy__ = __deepcopy__ = tasklet_copy


@pickling_publish("continulet")
def continulet_restore(cls):
    return continulet.__new__(cls)


def continulet_switch(self, value, error, to):
    # `_place` holds the computation on the other side: the inside while the caller is outside, the outside while inside.
    if self._state == "unbound":
        raise continulet_error("continulet not initialized yet")
    if self._thread != thread_ident():
        raise continulet_error("inter-thread support is missing")
    if to is not None:
        if not isinstance(to, continulet):
            raise TypeError("continulet expected for 'to'")
        if to is not self:
            if to._state == "unbound":
                raise continulet_error("continulet not initialized yet")
            if to._state == "finished":
                raise continulet_error("continulet already finished")
            if self._state in ("bound", "finished"):
                return continulet_switch(to, value, error, None)
            # Who is parked behind `self` and who behind `to` change places; then it is a switch of `to`.
            continulet_prepare(to)
            self._place, to._place = to._place, self._place
            self._state, to._state = to._state, self._state
            return continulet_exchange(self, value, error)
    if self._state == "finished":
        raise continulet_error("continulet already finished")
    if self._state == "bound" and error is not None:
        self._state = "finished"
        self._start = None
        raise error
    continulet_prepare(self)
    return continulet_exchange(self, value, error)


def continulet_prepare(self):
    if self._state == "bound":
        parked_start(self._place, continulet_body, self)
        self._state = "parked"


def continulet_exchange(self, value, error):
    self._value = value
    self._error = error
    there = self._place
    here = self._place = parked_new(parked_type)
    self._state = "running" if self._state == "parked" else "parked"
    switch_computation(here, there, None)
    value, error = self._value, self._error
    self._value = self._error = None
    if error is not None:
        raise error
    return value


def continulet_body(self):
    # The bottom frame of a continulet: nothing is behind it.
    while True:
        try:
            continulet_life(self)
        except BaseException as e:
            tasklet_surface(getcurrent(), e)


def continulet_life(self):
    callable, args, kwargs = self._start
    self._start = None
    sent, error = self._value, self._error
    self._value = self._error = None
    result = None
    if error is None and sent is not None:
        error = TypeError("can't send non-None value to a just-started continulet")
    if error is None:
        try:
            result = callable(self, *args, **kwargs)
        except BaseException as e:
            error = e
    self._state = "finished"
    self._value = result
    self._error = error
    there = self._place
    self = callable = args = kwargs = result = error = None
    switch_computation(None, there, None)


@module_function("_continuation", "permute")
def continulet_permute(*continulets):
    """The computation behind each continulet moves to the next, the last one's to the first."""
    for c in continulets:
        if not isinstance(c, continulet):
            raise TypeError("got a non-continulet argument")
        if c._state == "unbound":
            raise continulet_error("continulet not initialized yet")
        if c._state == "finished":
            raise continulet_error("continulet already finished")
        continulet_prepare(c)
    if continulets:
        places = [(c._place, c._state) for c in continulets]
        for i in range(len(continulets)):
            continulets[i]._place, continulets[i]._state = places[i - 1]


class continulet_generator_iterator:
    # What a @generator function gives: an iterator driven by a continulet.
    def __init__(self, function, args, kwargs):
        self._c = continulet(continulet_generator_run, function, args, kwargs)

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    def send(self, value):
        if not self._c.is_pending():
            raise StopIteration
        r = self._c.switch(value)
        if not self._c.is_pending():
            raise StopIteration
        return r

    def throw(self, type, value=None, tb=None):
        r = self._c.throw(type, value, tb)
        if not self._c.is_pending():
            raise StopIteration
        return r


def continulet_generator_run(c, function, args, kwargs):
    function(c.switch, *args, **kwargs)


@module_function("_continuation", "generator")
def continulet_generator(function):
    """Decorator: function(yield_, ...) becomes a generator; yield_(x) yields x."""
    def make(*args, **kwargs):
        return continulet_generator_iterator(function, args, kwargs)
    return make


def _continuation_populate(d):
    d["error"] = continulet_error
    pickling_activate()
