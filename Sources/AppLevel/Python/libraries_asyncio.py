# _asyncio: futures and tasks. The classes are made when the module is first imported.
# On demand: _asyncio
#
# Rules:
#   * a future's fields are slots under private names, read from outside through properties that cannot be set;
#   * a field that `__init__` has not set yet reads as that of a pending future, or raises RuntimeError where the loop is needed;
#   * what a task does with its own outcome goes past the methods that a subclass may have overridden.

app_module_attr("_asyncio", "__doc__", "Accelerator module for asyncio")

# Thread: (running loop, process that set it). Several tasklets of a thread may run a loop each: those beside the main one are
# in `sides`.
asyncio_running = {}
# Event loop: the task that it is executing.
asyncio_current = {}
asyncio_state = {"names": 0, "all": None, "sides": None}


def asyncio_library(module, name):
    """A name of the library's asyncio."""
    m = import_sys_modules().get(module)
    if m is None:
        import importlib
        m = importlib.import_module(module)
    return getattr(m, name)


def asyncio_uninitialized():
    raise RuntimeError("Future object is not initialized.")


def asyncio_loop_of(future):
    try:
        return future._asyncio_loop
    except AttributeError:
        pass
    asyncio_uninitialized()


def asyncio_read(name, field, default=None):
    """A property that reads a field and cannot be set."""
    def get(self):
        return getattr_default(self, field, default)

    def refuse(self, value=None):
        raise AttributeError("attribute '" + name + "' of '" + class_of(self).__module__ + "." + class_of(self).__qualname__ + "' objects is not writable")
    return property(get, refuse, refuse)


def asyncio_start(self, loop):
    # What Future.__init__ does.
    if loop is None:
        loop = asyncio_get_loop()
    self._asyncio_loop = loop
    self._asyncio_status = "PENDING"
    self._asyncio_callbacks = None
    self._asyncio_result = self._asyncio_exception = self._asyncio_traceback = None
    self._asyncio_cancel_message = self._asyncio_cancelled = self._asyncio_source = None
    self._asyncio_log = self._asyncio_blocking = False
    if loop.get_debug():
        self._asyncio_source = asyncio_library("traceback", "extract_stack")()


def asyncio_schedule(self):
    # The callbacks run soon, one after another.
    callbacks = self._asyncio_callbacks
    if callbacks:
        self._asyncio_callbacks = None
        loop = self._asyncio_loop
        for callback, context in callbacks:
            loop.call_soon(callback, self, context=context)


def asyncio_add_callback(self, callback, context):
    if self._asyncio_status != "PENDING":
        self._asyncio_loop.call_soon(callback, self, context=context)
    elif self._asyncio_callbacks is None:
        self._asyncio_callbacks = [(callback, context)]
    else:
        self._asyncio_callbacks.append((callback, context))


def asyncio_cancel(self, message):
    self._asyncio_log = False
    if self._asyncio_status != "PENDING":
        return False
    self._asyncio_status = "CANCELLED"
    self._asyncio_cancel_message = message
    asyncio_schedule(self)
    return True


def asyncio_cancelled_error(self):
    # The error that cancelled it, once; then new ones.
    error = self._asyncio_cancelled
    if error is not None:
        self._asyncio_cancelled = None
        return error
    message = self._asyncio_cancel_message
    cls = asyncio_library("asyncio.exceptions", "CancelledError")
    return cls() if message is None else cls(message)


def asyncio_set_result(self, result):
    if self._asyncio_status != "PENDING":
        raise asyncio_library("asyncio.exceptions", "InvalidStateError")("invalid state")
    self._asyncio_result = result
    self._asyncio_status = "FINISHED"
    asyncio_schedule(self)


def asyncio_set_exception(self, exception):
    if is_type(exception) and issubclass(exception, BaseException):
        exception = exception()
    if self._asyncio_status != "PENDING":
        raise asyncio_library("asyncio.exceptions", "InvalidStateError")("invalid state")
    if not isinstance(exception, BaseException):
        raise TypeError("invalid exception object")
    if class_of(exception) is StopIteration:
        raise TypeError("StopIteration interacts badly with generators and cannot be raised into a Future")
    self._asyncio_exception = exception
    self._asyncio_traceback = exception.__traceback__
    self._asyncio_status = "FINISHED"
    asyncio_schedule(self)
    self._asyncio_log = True


def asyncio_outcome(self):
    # The result, or the exception raised.
    if self._asyncio_status == "FINISHED":
        self._asyncio_log = False
        exception = self._asyncio_exception
        if exception is None:
            return self._asyncio_result
        raise exception.with_traceback(self._asyncio_traceback)
    if self._asyncio_status == "CANCELLED":
        raise asyncio_cancelled_error(self)
    raise asyncio_library("asyncio.exceptions", "InvalidStateError")("Result is not set.")


def asyncio_pending(self):
    return getattr_default(self, "_asyncio_status", "PENDING") == "PENDING"


def asyncio_tell(self, context):
    if self._asyncio_source is not None:
        context["source_traceback"] = self._asyncio_source
    self._asyncio_loop.call_exception_handler(context)


# The running loop.

def asyncio_running_loop():
    side = scheduler_side()
    entry = asyncio_running.get(thread_ident()) if side is None else asyncio_state["sides"].get(side)
    if entry is not None and entry[1] == import_native_once("posix").getpid():
        return entry[0]
    return None


def asyncio_get_loop():
    loop = asyncio_running_loop()
    if loop is None:
        return asyncio_library("asyncio.events", "get_event_loop_policy")().get_event_loop()
    return loop


@system_function("_asyncio", "_get_running_loop")
def asyncio_get_running_loop_or_none():
    """Return the running event loop or None.

This is a low-level function intended to be used by event loops.
This function is thread-specific.
"""
    return asyncio_running_loop()


@system_function("_asyncio", "get_running_loop")
def asyncio_get_running_loop():
    """Return the running event loop.  Raise a RuntimeError if there is none.

This function is thread-specific.
"""
    loop = asyncio_running_loop()
    if loop is None:
        raise RuntimeError("no running event loop")
    return loop


@system_function("_asyncio", "_set_running_loop")
def asyncio_set_running_loop(loop, /):
    """Set the running event loop.

This is a low-level function intended to be used by event loops.
This function is thread-specific.
"""
    side = scheduler_side()
    running = asyncio_running if side is None else asyncio_state["sides"]
    place = thread_ident() if side is None else side
    if loop is None:
        running.pop(place, None)
    else:
        running[place] = (loop, import_native_once("posix").getpid())


@system_function("_asyncio", "get_event_loop")
def asyncio_get_event_loop():
    """Return an asyncio event loop: the running one, or that of the policy."""
    return asyncio_get_loop()


@system_function("_asyncio", "_get_event_loop")
def asyncio_get_event_loop_from(stacklevel=3):
    return asyncio_get_loop()


# Tasks as a whole.

@system_function("_asyncio", "_register_task")
def asyncio_register_task(task):
    """Register a new task in asyncio as executed by loop."""
    asyncio_state["all"].add(task)


@system_function("_asyncio", "_unregister_task")
def asyncio_unregister_task(task):
    """Unregister a task."""
    asyncio_state["all"].discard(task)


@system_function("_asyncio", "_enter_task")
def asyncio_enter_task(loop, task):
    """Enter into task execution or resume suspended task: it belongs to loop."""
    current = asyncio_current.get(loop)
    if current is not None:
        raise RuntimeError("Cannot enter into task " + repr(task) + " while another task " + repr(current) + " is being executed.")
    asyncio_current[loop] = task


@system_function("_asyncio", "_leave_task")
def asyncio_leave_task(loop, task):
    """Leave task execution or suspend a task."""
    current = asyncio_current.get(loop)
    if current is not task:
        raise RuntimeError("Leaving task " + repr(task) + " does not match the current task " + repr(current) + ".")
    del asyncio_current[loop]


def asyncio_step(self, exception=None):
    # One step of a task's coroutine: up to the next thing that it waits for.
    if self._asyncio_status != "PENDING":
        raise asyncio_library("asyncio.exceptions", "InvalidStateError")(
            "__step(): already done: " + repr(self) + " " + ("" if exception is None else repr(exception)))
    if self._asyncio_must_cancel:
        if exception is None or not isinstance(exception, asyncio_library("asyncio.exceptions", "CancelledError")):
            exception = asyncio_cancelled_error(self)
        self._asyncio_must_cancel = False
    coroutine = getattr_default(self, "_asyncio_coroutine", None)
    if coroutine is None:
        raise RuntimeError("uninitialized Task object")
    self._asyncio_waiter = None
    loop = self._asyncio_loop
    asyncio_enter_task(loop, self)
    try:
        if exception is None:
            result = coroutine.send(None)
        else:
            result = coroutine.throw(exception)
    except StopIteration as stop:
        if self._asyncio_must_cancel:
            self._asyncio_must_cancel = False
            asyncio_cancel(self, self._asyncio_cancel_message)
        else:
            asyncio_set_result(self, stop.value)
    except BaseException as error:
        if isinstance(error, asyncio_library("asyncio.exceptions", "CancelledError")):
            self._asyncio_cancelled = error
            asyncio_cancel(self, None)
        else:
            asyncio_set_exception(self, error)
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
    else:
        asyncio_wait_for(self, loop, result)
    finally:
        asyncio_leave_task(loop, self)
        # A traceback that keeps this frame is not to keep these.
        self = coroutine = exception = None


def asyncio_wait_for(self, loop, result):
    # What the coroutine has yielded is what the task waits for.
    if isinstance(result, asyncio_Future) and class_of(result)._asyncio_future_blocking is asyncio_Future._asyncio_future_blocking:
        blocking = result._asyncio_blocking
    elif result is None:
        # A bare `yield`: others have their turn.
        loop.call_soon(self._step, context=self._asyncio_context)
        return
    else:
        blocking = getattr(result, "_asyncio_future_blocking", None)
        if blocking is None:
            if class_of(result) is _generator_type:
                asyncio_step_soon(self, "yield was used instead of yield from for generator in task " + repr(self) + " with " + repr(result))
            else:
                asyncio_step_soon(self, "Task got bad yield: " + repr(result))
            return
    if result is self:
        asyncio_step_soon(self, "Task cannot await on itself: " + repr(self))
        return
    own = class_of(result) is asyncio_Future or class_of(result) is asyncio_Task
    if own:
        other = result._asyncio_loop
    else:
        get = getattr(result, "get_loop", None)
        other = result._loop if get is None else get()
    if other is not loop:
        asyncio_step_soon(self, "Task " + repr(self) + " got Future " + repr(result) + " attached to a different loop")
    elif not blocking:
        asyncio_step_soon(self, "yield was used instead of yield from in task " + repr(self) + " with " + repr(result))
    else:
        if own:
            result._asyncio_blocking = False
            asyncio_add_callback(result, self._wakeup, self._asyncio_context)
        else:
            result._asyncio_future_blocking = False
            result.add_done_callback(self._wakeup, context=self._asyncio_context)
        self._asyncio_waiter = result
        if self._asyncio_must_cancel and result.cancel(msg=self._asyncio_cancel_message):
            self._asyncio_must_cancel = False


def asyncio_step_soon(self, message):
    self._asyncio_loop.call_soon(self._step, RuntimeError(message), context=self._asyncio_context)


def asyncio_wakeup(self, future):
    # What the task waited for is done.
    try:
        future.result()
    except BaseException as error:
        exception = error
    else:
        asyncio_step(self)
        return
    try:
        asyncio_step(self, exception)
    finally:
        self = future = exception = None


def _asyncio_populate(namespace):
    global asyncio_Future, asyncio_Task
    namespace["_current_tasks"] = asyncio_current
    if asyncio_state["all"] is None:
        import weakref
        asyncio_state["all"] = weakref.WeakSet()
        asyncio_state["sides"] = weakref.WeakKeyDictionary()
    namespace["_all_tasks"] = asyncio_state["all"]
    if "asyncio_Task" in app_globals:
        return

    class asyncio_Future:
        """This class is *almost* compatible with concurrent.futures.Future.

    Differences:

    - result() and exception() do not take a timeout argument and
      raise an exception when the future isn't done yet.

    - Callbacks registered with add_done_callback() are always called
      via the event loop's call_soon_threadsafe().

    - This class is not compatible with the wait() and as_completed()
      methods in the concurrent.futures package."""

        __slots__ = ("_asyncio_loop", "_asyncio_status", "_asyncio_callbacks", "_asyncio_result", "_asyncio_exception",
                     "_asyncio_traceback", "_asyncio_cancel_message", "_asyncio_cancelled", "_asyncio_source", "_asyncio_log",
                     "_asyncio_blocking", "__dict__", "__weakref__")

        def __init__(self, *, loop=None):
            asyncio_start(self, loop)

        def __repr__(self):
            asyncio_loop_of(self)
            return asyncio_library("asyncio.base_futures", "_future_repr")(self)

        def __del__(self):
            if getattr_default(self, "_asyncio_log", False):
                self._asyncio_log = False
                asyncio_tell(self, {"message": class_of(self).__name__ + " exception was never retrieved",
                                    "exception": self._asyncio_exception, "future": self})

        def __class_getitem__(cls, item, /):
            return generic_alias(cls, item)

        _loop = asyncio_read("_loop", "_asyncio_loop")
        _state = asyncio_read("_state", "_asyncio_status", "PENDING")
        _result = asyncio_read("_result", "_asyncio_result")
        _exception = asyncio_read("_exception", "_asyncio_exception")
        _source_traceback = asyncio_read("_source_traceback", "_asyncio_source")

        @property
        def _callbacks(self):
            return list(self._asyncio_callbacks) if getattr_default(self, "_asyncio_callbacks", None) else None

        @property
        def _asyncio_future_blocking(self):
            return getattr_default(self, "_asyncio_blocking", False)

        @_asyncio_future_blocking.setter
        def _asyncio_future_blocking(self, value):
            asyncio_loop_of(self)
            self._asyncio_blocking = bool(value)

        @_asyncio_future_blocking.deleter
        def _asyncio_future_blocking(self):
            raise AttributeError("cannot delete attribute")

        @property
        def _log_traceback(self):
            asyncio_loop_of(self)
            return self._asyncio_log

        @_log_traceback.setter
        def _log_traceback(self, value):
            if value:
                raise ValueError("_log_traceback can only be set to False")
            self._asyncio_log = False

        @_log_traceback.deleter
        def _log_traceback(self):
            raise AttributeError("cannot delete attribute")

        @property
        def _cancel_message(self):
            return getattr_default(self, "_asyncio_cancel_message", None)

        @_cancel_message.setter
        def _cancel_message(self, value):
            self._asyncio_cancel_message = value

        @_cancel_message.deleter
        def _cancel_message(self):
            raise AttributeError("cannot delete attribute")

        def get_loop(self, /):
            """Return the event loop the Future is bound to."""
            return asyncio_loop_of(self)

        def _make_cancelled_error(self, /):
            """Create the CancelledError to raise if the Future is cancelled.

This should only be called once when handling a cancellation since
it erases the context exception value.
"""
            asyncio_loop_of(self)
            return asyncio_cancelled_error(self)

        def cancel(self, /, msg=None):
            """Cancel the future and schedule callbacks.

If the future is already done or cancelled, return False.  Otherwise,
change the future's state to cancelled, schedule the callbacks and
return True.
"""
            asyncio_loop_of(self)
            return asyncio_cancel(self, msg)

        def cancelled(self, /):
            """Return True if the future was cancelled."""
            return getattr_default(self, "_asyncio_status", None) == "CANCELLED"

        def done(self, /):
            """Return True if the future is done.

Done means either that a result / exception are available, or that the
future was cancelled.
"""
            return not asyncio_pending(self)

        def result(self, /):
            """Return the result this future represents.

If the future has been cancelled, raises CancelledError.  If the
future's result isn't yet available, raises InvalidStateError.  If
the future is done and has an exception set, this exception is raised.
"""
            if asyncio_pending(self):
                raise asyncio_library("asyncio.exceptions", "InvalidStateError")("Result is not set.")
            return asyncio_outcome(self)

        def exception(self, /):
            """Return the exception that was set on this future.

The exception (or None if no exception was set) is returned only if
the future is done.  If the future has been cancelled, raises
CancelledError.  If the future isn't done yet, raises
InvalidStateError.
"""
            if asyncio_pending(self):
                raise asyncio_library("asyncio.exceptions", "InvalidStateError")("Exception is not set.")
            if self._asyncio_status == "CANCELLED":
                raise asyncio_cancelled_error(self)
            self._asyncio_log = False
            return self._asyncio_exception

        def add_done_callback(self, fn, /, *, context=None):
            """Add a callback to be run when the future becomes done.

The callback is called with a single argument - the future object. If
the future is already done when this is called, the callback is
scheduled with call_soon.
"""
            asyncio_loop_of(self)
            asyncio_add_callback(self, fn, context_copy() if context is None else context)

        def remove_done_callback(self, fn, /):
            """Remove all instances of a callback from the "call when done" list.

Returns the number of callbacks removed.
"""
            asyncio_loop_of(self)
            callbacks = self._asyncio_callbacks
            if callbacks is None:
                return 0
            # The comparison may add and remove some.
            kept = []
            at = 0
            while at < len(callbacks):
                entry = callbacks[at]
                at += 1
                if not (entry[0] is fn or entry[0] == fn):
                    kept.append(entry)
            removed = len(callbacks) - len(kept)
            if removed > 0:
                callbacks[:] = kept
            return max(removed, 0)

        def set_result(self, result, /):
            """Mark the future done and set its result.

If the future is already done when this method is called, raises
InvalidStateError.
"""
            asyncio_loop_of(self)
            asyncio_set_result(self, result)

        def set_exception(self, exception, /):
            """Mark the future done and set an exception.

If the future is already done when this method is called, raises
InvalidStateError.
"""
            asyncio_loop_of(self)
            asyncio_set_exception(self, exception)

        def __await__(self):
            asyncio_loop_of(self)
            if self._asyncio_status == "PENDING":
                self._asyncio_blocking = True
                yield self
                if self._asyncio_status == "PENDING":
                    raise RuntimeError("await wasn't used with future")
            return asyncio_outcome(self)

        __iter__ = __await__

    builtin_class("_asyncio", "Future")(asyncio_Future)

    class asyncio_Task(asyncio_Future):
        """A coroutine wrapped in a Future."""

        __slots__ = ("_asyncio_coroutine", "_asyncio_context", "_asyncio_name", "_asyncio_waiter", "_asyncio_must_cancel",
                     "_asyncio_cancels", "_asyncio_log_pending")

        def __init__(self, coro, *, loop=None, name=None, context=None):
            asyncio_start(self, loop)
            self._asyncio_waiter = None
            self._asyncio_must_cancel = self._asyncio_log_pending = False
            self._asyncio_cancels = 0
            self._asyncio_name = None
            if class_of(coro) is not _coroutine_type and not asyncio_library("asyncio.coroutines", "iscoroutine")(coro):
                raise TypeError("a coroutine was expected, got " + repr(coro))
            self._asyncio_context = context_copy() if context is None else context
            self._asyncio_log_pending = True
            self._asyncio_coroutine = coro
            if name is None:
                asyncio_state["names"] += 1
                name = "Task-" + str(asyncio_state["names"])
            elif class_of(name) is not str:
                name = str(name)
            self._asyncio_name = name
            self._asyncio_loop.call_soon(self._step, context=self._asyncio_context)
            asyncio_register_task(self)

        def __repr__(self):
            asyncio_loop_of(self)
            return asyncio_library("asyncio.base_tasks", "_task_repr")(self)

        def __del__(self):
            if getattr_default(self, "_asyncio_log_pending", False) and self._asyncio_status == "PENDING":
                asyncio_tell(self, {"task": self, "message": "Task was destroyed but it is pending!"})
            asyncio_Future.__del__(self)

        _coro = asyncio_read("_coro", "_asyncio_coroutine")
        _fut_waiter = asyncio_read("_fut_waiter", "_asyncio_waiter")
        _must_cancel = asyncio_read("_must_cancel", "_asyncio_must_cancel", False)

        @property
        def _log_destroy_pending(self):
            return getattr_default(self, "_asyncio_log_pending", False)

        @_log_destroy_pending.setter
        def _log_destroy_pending(self, value):
            self._asyncio_log_pending = bool(value)

        @_log_destroy_pending.deleter
        def _log_destroy_pending(self):
            raise AttributeError("cannot delete attribute")

        def cancel(self, /, msg=None):
            """Request that this task cancel itself.

This arranges for a CancelledError to be thrown into the
wrapped coroutine on the next cycle through the event loop.
The coroutine then has a chance to clean up or even deny
the request using try/except/finally.

This also increases the task's count of cancellation requests.
"""
            asyncio_loop_of(self)
            self._asyncio_log = False
            if self._asyncio_status != "PENDING":
                return False
            self._asyncio_cancels += 1
            waiter = self._asyncio_waiter
            # What it waits for may be a task that ignores this: it stays, and may be cancelled again.
            if waiter is not None and waiter.cancel(msg=msg):
                return True
            self._asyncio_must_cancel = True
            self._asyncio_cancel_message = msg
            return True

        def cancelling(self, /):
            """Return the count of the task's cancellation requests.

This count is incremented when .cancel() is called
and may be decremented using .uncancel().
"""
            return self._asyncio_cancels

        def uncancel(self, /):
            """Decrement the task's count of cancellation requests.

This should be used by tasks that catch CancelledError
and wish to continue indefinitely until they are cancelled again.

Returns the remaining number of cancellation requests.
"""
            if self._asyncio_cancels > 0:
                self._asyncio_cancels -= 1
            return self._asyncio_cancels

        def get_coro(self, /):
            return self._coro

        def get_name(self, /):
            return self._asyncio_name

        def set_name(self, value, /):
            self._asyncio_name = value if class_of(value) is str else str(value)

        def get_stack(self, /, *, limit=None):
            """Return the list of stack frames for this task's coroutine: where it is suspended, or the frames of its traceback."""
            return asyncio_library("asyncio.base_tasks", "_task_get_stack")(self, limit)

        def print_stack(self, /, *, limit=None, file=None):
            """Print the stack or traceback for this task's coroutine."""
            return asyncio_library("asyncio.base_tasks", "_task_print_stack")(self, limit, file)

        def set_result(self, result, /):
            raise RuntimeError("Task does not support set_result operation")

        def set_exception(self, exception, /):
            raise RuntimeError("Task does not support set_exception operation")

        _step = asyncio_step
        _wakeup = asyncio_wakeup

    builtin_class("_asyncio", "Task")(asyncio_Task)
    for cls in (asyncio_Future, asyncio_Task):
        for f in cls.__dict__.values():
            if class_of(f) is class_of(asyncio_step):
                f.__qualname__ = cls.__name__ + "." + f.__name__
    asyncio_step.__name__ = "_step"
    asyncio_step.__qualname__ = "Task.task_step"
    asyncio_wakeup.__name__ = "_wakeup"
    asyncio_wakeup.__qualname__ = "Task.task_wakeup"
    namespace["Future"] = asyncio_Future
    namespace["Task"] = asyncio_Task
