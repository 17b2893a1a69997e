# Generators, coroutines and asynchronous generators: throwing, closing, awaiting.


def raise_thrown(gen, typ, val, tb):
    if is_type(typ) and is_subtype(typ, _BaseException) and (tb is None or class_of(tb) is _traceback_type):
        # What making the exception raises is raised there, too.
        try:
            exc = normalize_throw(typ, val, tb)
        except BaseException as e:
            exc = e
    else:
        exc = normalize_throw(typ, val, tb)
    return gen_raise(gen, exc)


def delegate_throw(sub, typ, val, tb):
    # Runs between a generator and what it delegates to: the result is the delegate's next item.
    throw = getattr_default(sub, "throw", None)
    if throw is None:
        raise normalize_throw(typ, val, tb)
    if tb is not None:
        return throw(typ, val, tb)
    if val is not None:
        return throw(typ, val)
    return throw(typ)


def delegate_send(sub, value):
    return sub.send(value)


def delegate_close(sub, typ, val, tb):
    close = None
    try:
        close = sub.close
    except _AttributeError:
        pass
    except BaseException as e:
        report_unraisable(e, sub)
    if close is not None:
        close()
    raise normalize_throw(typ, val, tb)


def throw_plainly(gen, typ, val, tb):
    return generator_throw(gen, typ, val, tb)


def normalize_throw(typ, val, tb):
    if tb is not None and class_of(tb) is not _traceback_type:
        raise TypeError("throw() third argument must be a traceback object")
    if is_type(typ) and is_subtype(typ, _BaseException):
        if val is None:
            exc = typ()
        elif is_subtype(class_of(val), typ):
            exc = val
        elif isinstance_tuple(val):
            exc = typ(*val)
        else:
            exc = typ(val)
        if not is_subtype(class_of(exc), _BaseException):
            raise TypeError("calling " + repr(typ) + " should have returned an instance of BaseException, not " + class_of(exc).__name__)
    elif is_subtype(class_of(typ), _BaseException):
        if val is not None:
            raise TypeError("instance exception may not have a separate value")
        exc = typ
    else:
        raise TypeError("exceptions must be classes or instances deriving from BaseException, not " + class_of(typ).__name__)
    if tb is not None:
        exc.__traceback__ = tb
    return exc


_traceback_type = builtin_type("traceback")


def generatorClose(gen):
    try:
        generator_throw(gen, GeneratorExit(), None, None)
    except (GeneratorExit, _StopIteration):
        return None
    raise RuntimeError(("coroutine" if class_of(gen).__name__ == "coroutine" else "generator") + " ignored GeneratorExit")


def plain_send(gen, value):
    return gen.send(value)


def getAwaitable(x, kind):
    cls = class_of(x)
    if cls.__name__ == "generator" and code_flags(x.gi_code) & 0x100:
        return x
    m = type_lookup(cls, "__await__", None)
    if m is None:
        if kind == 1:
            raise TypeError("'async with' received an object from __aenter__ that does not implement __await__: " + cls.__name__)
        if kind == 2:
            raise TypeError("'async with' received an object from __aexit__ that does not implement __await__: " + cls.__name__)
        raise TypeError("object " + cls.__name__ + " can't be used in 'await' expression")
    it = bind(m, x, cls)()
    if class_of(it).__name__ == "coroutine":
        raise TypeError("__await__() returned a coroutine")
    if type_lookup(class_of(it), "__next__", None) is None:
        raise TypeError("__await__() returned non-iterator of type '" + class_of(it).__name__ + "'")
    return it


def getAiter(x):
    cls = class_of(x)
    m = type_lookup(cls, "__aiter__", None)
    if m is None:
        raise TypeError("'async for' requires an object with __aiter__ method, got " + cls.__name__)
    it = bind(m, x, cls)()
    if type_lookup(class_of(it), "__anext__", None) is None:
        raise TypeError("'async for' received an object from __aiter__ that does not implement __anext__: " + class_of(it).__name__)
    return it


def getAnext(x):
    cls = class_of(x)
    m = type_lookup(cls, "__anext__", None)
    if m is None:
        raise TypeError("'async for' requires an iterator with __anext__ method, got " + cls.__name__)
    a = bind(m, x, cls)()
    if class_of(a).__name__ == "coroutine":
        return a
    try:
        return getAwaitable(a, 0)
    except BaseException as e:
        raise TypeError("'async for' received an invalid object from __anext__: " + class_of(a).__name__) from e


_generator_type = builtin_type("generator")
_coroutine_type = builtin_type("coroutine")
_asyncgen_type = builtin_type("asyncGenerator")

# The state of an asynchronous generator, a list in its hooks: finaliser, closed, running, hooks called.


def asyncgen_state(gen):
    h = gen_hooks(gen)
    if h is None:
        h = [None, False, False, False]
        gen_set_hooks(gen, h)
    return h


def asyncgen_init_hooks(gen):
    h = asyncgen_state(gen)
    if not h[3]:
        h[3] = True
        state = sys_hooks()
        h[0] = state["finalizer"]
        first = state["firstiter"]
        if first is not None:
            first(gen)


def asyncgen_leave(gen, e):
    # An awaitable's step ended with exception e.
    h = asyncgen_state(gen)
    if is_subtype(class_of(e), StopAsyncIteration) or is_subtype(class_of(e), GeneratorExit):
        h[1] = True
    h[2] = False


class asyncgen_asend:
    """What asend() and __anext__() give. state: 0 new, 1 under way, 2 used up."""
    __slots__ = ("_gen", "_value", "_state")

    def __await__(self, /):
        return self

    def __iter__(self, /):
        return self

    def __next__(self, /):
        return self.send(None)

    def send(self, arg, /):
        gen = self._gen
        if self._state == 2:
            raise RuntimeError("cannot reuse already awaited __anext__()/asend()")
        if self._state == 0:
            if asyncgen_state(gen)[2]:
                raise RuntimeError("anext(): asynchronous generator is already running")
            if arg is None:
                arg = self._value
            self._state = 1
        asyncgen_state(gen)[2] = True
        try:
            result = gen_send(gen, arg)
        except BaseException as e:
            asyncgen_leave(gen, e)
            self._state = 2
            raise
        if not is_agen_value(result):
            return result
        asyncgen_state(gen)[2] = False
        self._state = 2
        raise_stop_iteration(unwrap_agen(result))

    def throw(self, typ, val=None, tb=None, /):
        if self._state == 2:
            raise RuntimeError("cannot reuse already awaited __anext__()/asend()")
        gen = self._gen
        try:
            result = generator_throw(gen, typ, val, tb)
        except BaseException as e:
            asyncgen_leave(gen, e)
            self._state = 2
            raise
        if not is_agen_value(result):
            return result
        asyncgen_state(gen)[2] = False
        self._state = 2
        raise_stop_iteration(unwrap_agen(result))

    def close(self, /):
        self._state = 2


class asyncgen_athrow:
    """What athrow() and aclose() give; _args is None for aclose()."""
    __slots__ = ("_gen", "_args", "_state")

    def __await__(self, /):
        return self

    def __iter__(self, /):
        return self

    def __next__(self, /):
        return self.send(None)

    def send(self, arg, /):
        gen = self._gen
        args = self._args
        h = asyncgen_state(gen)
        if self._state == 2:
            raise RuntimeError("cannot reuse already awaited aclose()/athrow()")
        if gen_state(gen) == 3:
            self._state = 2
            raise StopIteration
        first = self._state == 0
        if first:
            if h[2]:
                self._state = 2
                raise RuntimeError(("aclose" if args is None else "athrow") + "(): asynchronous generator is already running")
            if h[1]:
                self._state = 2
                raise StopAsyncIteration
            if arg is not None:
                raise RuntimeError("can't send non-None value to a just-started coroutine")
            self._state = 1
            h[2] = True
            if args is None:
                h[1] = True
        try:
            if not first:
                result = gen_send(gen, arg)
            elif args is None:
                result = generator_throw(gen, GeneratorExit, None, None)
            else:
                result = generator_throw(gen, args[0], args[1], args[2])
        except BaseException as e:
            asyncgen_leave(gen, e)
            self._state = 2
            if args is not None or not isinstance(e, (StopAsyncIteration, GeneratorExit)):
                raise
            ended = True
        else:
            ended = False
        if ended:
            raise StopIteration
        return self._take(result)

    def _take(self, result):
        if not is_agen_value(result):
            return result
        asyncgen_state(self._gen)[2] = False
        self._state = 2
        if self._args is None:
            raise RuntimeError("async generator ignored GeneratorExit")
        raise_stop_iteration(unwrap_agen(result))

    def throw(self, typ, val=None, tb=None, /):
        if self._state == 2:
            raise RuntimeError("cannot reuse already awaited aclose()/athrow()")
        gen = self._gen
        try:
            result = generator_throw(gen, typ, val, tb)
        except BaseException as e:
            asyncgen_leave(gen, e)
            self._state = 2
            if self._args is not None or not isinstance(e, (StopAsyncIteration, GeneratorExit)):
                raise
            ended = True
        else:
            ended = False
        if ended:
            raise StopIteration
        return self._take(result)

    def close(self, /):
        self._state = 2


def raise_stop_iteration(value):
    # The value as it is: a tuple or an exception is not taken apart.
    e = StopIteration(value)
    raise e


def _name_builtin(cls, name):
    cls.__name__ = cls.__qualname__ = name
    cls.__module__ = "builtins"
    cls.__doc__ = None
    type_flag(cls, 2, False)


_name_builtin(asyncgen_asend, "async_generator_asend")
_name_builtin(asyncgen_athrow, "async_generator_athrow")
_new_object = object.__new__


def _refuse_new(cls, /, *args, **kwargs):
    raise TypeError("cannot create '" + cls.__name__ + "' instances")


for _cls in (asyncgen_asend, asyncgen_athrow):
    _cls.__new__ = staticmethod(_refuse_new)


@builtin_method(_asyncgen_type, "__aiter__")
def asyncgen_aiter(self, /):
    return self


@builtin_method(_asyncgen_type, "asend")
def asyncgen_asend_method(self, value, /):
    asyncgen_init_hooks(self)
    a = _new_object(asyncgen_asend)
    a._gen = self
    a._value = value
    a._state = 0
    return a


@builtin_method(_asyncgen_type, "__anext__")
def asyncgen_anext(self, /):
    return asyncgen_asend_method(self, None)


@builtin_method(_asyncgen_type, "athrow")
def asyncgen_athrow_method(self, typ, val=None, tb=None, /):
    asyncgen_init_hooks(self)
    a = _new_object(asyncgen_athrow)
    a._gen = self
    a._args = (typ, val, tb)
    a._state = 0
    return a


@builtin_method(_asyncgen_type, "aclose")
def asyncgen_aclose(self, /):
    asyncgen_init_hooks(self)
    a = _new_object(asyncgen_athrow)
    a._gen = self
    a._args = None
    a._state = 0
    return a


@builtin_method(_asyncgen_type, "__del__")
def asyncgen_finalize(self, /):
    if gen_state(self) >= 2:
        # Closed, or running in a computation that was dropped with it.
        return
    h = gen_hooks(self)
    if h is not None and h[0] is not None and not h[1]:
        h[0](self)
        return
    if gen_state(self) == 1:
        generatorClose(self)


@builtin_method(_coroutine_type, "__del__")
def coroutine_finalize(self, /):
    state = gen_state(self)
    if state == 0:
        import warnings
        warn_unawaited = getattr_default(warnings, "_warn_unawaited_coroutine", None)
        warned = False
        if warn_unawaited is not None:
            try:
                warn_unawaited(self)
                warned = True
            except BaseException as e:
                warned = is_subtype(class_of(e), RuntimeWarning)
                report_unraisable(e, self)
        if not warned:
            try:
                warnings.warn("coroutine '" + self.__qualname__ + "' was never awaited", RuntimeWarning)
            except BaseException as e:
                report_unraisable(e, self)
        self.close()
    elif state == 1:
        generatorClose(self)


@builtin_function
def aiter(async_iterable, /):
    cls = class_of(async_iterable)
    m = type_lookup(cls, "__aiter__", None)
    if m is None:
        raise TypeError("'" + cls.__name__ + "' object is not an async iterable")
    it = bind(m, async_iterable, cls)()
    if type_lookup(class_of(it), "__anext__", None) is None:
        raise TypeError("aiter() returned not an async iterator of type '" + class_of(it).__name__ + "'")
    return it


@builtin_function
def anext(async_iterator, default=..., /):
    cls = class_of(async_iterator)
    m = type_lookup(cls, "__anext__", None)
    if m is None:
        raise TypeError("'" + cls.__name__ + "' object is not an async iterator")
    awaitable = bind(m, async_iterator, cls)()
    if default is ...:
        return awaitable
    a = _new_object(anext_awaitable)
    a._wrapped = awaitable
    a._default = default
    return a


class anext_awaitable:
    """anext() with a default: StopAsyncIteration becomes the default."""
    __slots__ = ("_wrapped", "_default")

    def __await__(self, /):
        return self

    def __iter__(self, /):
        return self

    def __next__(self, /):
        return self._step("__next__", ())

    def send(self, value, /):
        return self._step("send", (value,))

    def throw(self, *args):
        return self._step("throw", args)

    def close(self, /):
        return self._step("close", ())

    def _step(self, name, args):
        it = getAwaitable(self._wrapped, 0)
        cls = class_of(it)
        if cls is _coroutine_type or type_lookup(cls, "__next__", None) is None:
            it = bind(type_lookup(cls, "__await__"), it, cls)()
            if type_lookup(class_of(it), "__next__", None) is None:
                raise TypeError(class_of(it).__name__ + ".__await__() must return an iterable, not " + class_of(it).__name__)
        try:
            return getattr(it, name)(*args)
        except StopAsyncIteration:
            pass
        raise_stop_iteration(self._default)


_name_builtin(anext_awaitable, "anext_awaitable")


def _asyncgen_class_getitem(cls, item, /):
    return generic_alias(cls, item)


raw_set_type_attr(_asyncgen_type, "__class_getitem__", classmethod(_asyncgen_class_getitem))
