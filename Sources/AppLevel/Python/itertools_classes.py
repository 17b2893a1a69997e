# itertools. Each iterator is an object whose slots are its whole state, so it copies and pickles at any moment.
# On demand: itertools

_itertools_class = builtin_class("itertools")
_new = _object.__new__


def itertools_nonNegative(n, what):
    if not isInt(n):
        n = containers_index(n)
    if n < 0:
        raise ValueError(what + " must be non-negative")
    return n


@_itertools_class
class count:
    __slots__ = ("_value", "_step", "__weakref__")

    def __new__(cls, start=0, step=1):
        if not itertools_isNumber(start) or not itertools_isNumber(step):
            raise TypeError("a number is required")
        self = _new(cls)
        self._value = start
        self._step = step
        return self

    def __iter__(self):
        return self

    def __next__(self):
        v = self._value
        self._value = v + self._step
        return v

    def __repr__(self):
        if isInt(self._step) and self._step == 1:
            return "count(" + repr(self._value) + ")"
        return "count(" + repr(self._value) + ", " + repr(self._step) + ")"

    def __reduce__(self):
        if isInt(self._step) and self._step == 1:
            return (typeOf(self), (self._value,))
        return (typeOf(self), (self._value, self._step))


def itertools_isNumber(x):
    if isInt(x) or isInstanceOf(x, float) or isInstanceOf(x, complex):
        return True
    t = typeOf(x)
    return lookupType(t, "__index__") is not None or lookupType(t, "__int__") is not None or lookupType(t, "__float__") is not None


def itertools_keywords(cls, name):
    # Only a subclass with an __init__ of its own takes keywords.
    if type_lookup(cls, "__init__") is _object_init:
        raise TypeError(name + "() takes no keyword arguments")


_object_init = type_lookup(_object, "__init__")


@_itertools_class
class cycle:
    __slots__ = ("_it", "_saved", "_index", "__weakref__")

    def __new__(cls, iterable, /, **kwargs):
        if kwargs:
            itertools_keywords(cls, "cycle")
        it = iter(iterable)
        self = _new(cls)
        self._it = it
        self._saved = []
        self._index = 0
        return self

    def __iter__(self):
        return self

    def __next__(self):
        it = self._it
        if it is not None:
            for x in loopable(it):
                self._saved.append(x)
                return x
            self._it = None
        saved = self._saved
        if not saved:
            raise StopIteration
        i = self._index
        x = saved[i]
        i += 1
        self._index = 0 if i >= len(saved) else i
        return x

    def __reduce__(self):
        saved = self._saved
        if self._it is None:
            i = self._index
            it = iter(saved)
            if i:
                it.__setstate__(i)
            return (typeOf(self), (it,), (saved, True))
        return (typeOf(self), (self._it,), (saved, False))

    def __setstate__(self, state):
        if not isInstanceOf(state, _tuple):
            raise TypeError("state is not a tuple")
        if len(state) != 2 or not isInstanceOf(state[0], _list) or not isInt(state[1]):
            raise TypeError("invalid state")
        saved, firstpass = state
        # With the flag set, the items still to come from the iterator are saved already.
        if firstpass:
            rest = listFromIterable(self._it)
            self._it = None
            self._saved = saved
            self._index = (len(saved) - len(rest)) % len(saved) if saved else 0
        else:
            self._saved = saved[:]


@_itertools_class
class repeat:
    __slots__ = ("_object", "_left", "__weakref__")

    def __new__(cls, object, times=None):
        self = _new(cls)
        self._object = object
        if times is not None:
            times = containers_index(times)
            if times < 0:
                times = 0
        self._left = times
        return self

    def __iter__(self):
        return self

    def __next__(self):
        n = self._left
        if n is not None:
            if n <= 0:
                raise StopIteration
            self._left = n - 1
        return self._object

    def __length_hint__(self):
        if self._left is None:
            raise TypeError("len() of unsized object")
        return self._left

    def __repr__(self):
        if self._left is None:
            return typeNameOf(self) + "(" + repr(self._object) + ")"
        return typeNameOf(self) + "(" + repr(self._object) + ", " + repr(self._left) + ")"

    def __reduce__(self):
        if self._left is None:
            return (typeOf(self), (self._object,))
        return (typeOf(self), (self._object, self._left))


@_itertools_class
class accumulate:
    __slots__ = ("_it", "_func", "_total", "_initial", "__weakref__")

    def __new__(cls, iterable, func=None, *, initial=None):
        it = iter(iterable)
        self = _new(cls)
        self._it = it
        self._func = func
        self._total = _missing
        self._initial = initial
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._initial is not None:
            self._total = self._initial
            self._initial = None
            return self._total
        x = next(self._it)
        total = self._total
        if total is not _missing:
            x = total + x if self._func is None else self._func(total, x)
        self._total = x
        return x

    def __reduce__(self):
        if self._initial is not None:
            it = chain((self._initial,), self._it)
            return (typeOf(self), (it, self._func), None)
        total = self._total
        if total is _missing:
            return (typeOf(self), (self._it, self._func), None)
        if total is None:
            it = chain((None,), self._it)
            return (islice, (typeOf(self)(it, self._func), 1, None))
        return (typeOf(self), (self._it, self._func), total)

    def __setstate__(self, state):
        self._total = state


@_itertools_class
class chain:
    __slots__ = ("_sources", "_active", "__weakref__")

    def __new__(cls, *iterables, **kwargs):
        if kwargs:
            itertools_keywords(cls, "chain")
        self = _new(cls)
        self._sources = iter(iterables)
        self._active = None
        return self

    @classmethod
    def from_iterable(cls, iterable, /):
        it = iter(iterable)
        self = _new(cls)
        self._sources = it
        self._active = None
        return self

    def __iter__(self):
        return self

    def __next__(self):
        active = self._active
        while True:
            if active is not None:
                for x in active:
                    return x
                self._active = None
            sources = self._sources
            if sources is None:
                raise StopIteration
            try:
                source = next(sources)
                active = loopable(iter(source))
            except BaseException:
                self._sources = None
                raise
            self._active = active

    def __reduce__(self):
        if self._sources is None:
            return (typeOf(self), ())
        if self._active is None:
            return (typeOf(self), (), (self._sources,))
        return (typeOf(self), (), (self._sources, self._active))

    def __setstate__(self, state):
        if not isInstanceOf(state, _tuple):
            raise TypeError("state is not a tuple")
        if not 1 <= len(state) <= 2:
            raise TypeError("function takes at " + ("least 1 argument" if len(state) < 1 else "most 2 arguments") + " (" + _str(len(state)) + " given)")
        for it in state:
            if lookupType(typeOf(it), "__next__") is None:
                raise TypeError("Arguments must be iterators.")
        self._sources = state[0]
        self._active = state[1] if len(state) == 2 else None

    @classmethod
    def __class_getitem__(cls, item, /):
        return makeGenericAlias(cls, item)


@_itertools_class
class compress:
    __slots__ = ("_data", "_selectors", "__weakref__")

    def __new__(cls, data, selectors):
        data = iter(data)
        selectors = iter(selectors)
        self = _new(cls)
        self._data = data
        self._selectors = selectors
        return self

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            x = next(self._data)
            if next(self._selectors):
                return x

    def __reduce__(self):
        return (typeOf(self), (self._data, self._selectors))


# zlib's function takes the name.
itertools_compress = compress


@_itertools_class
class dropwhile:
    __slots__ = ("_func", "_it", "_started", "__weakref__")

    def __new__(cls, predicate, iterable, /, **kwargs):
        if kwargs:
            itertools_keywords(cls, "dropwhile")
        it = iter(iterable)
        self = _new(cls)
        self._func = predicate
        self._it = it
        self._started = False
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._started:
            return next(self._it)
        while True:
            x = next(self._it)
            if not self._func(x):
                self._started = True
                return x

    def __reduce__(self):
        return (typeOf(self), (self._func, self._it), 1 if self._started else 0)

    def __setstate__(self, state):
        self._started = True if state else False


@_itertools_class
class takewhile:
    __slots__ = ("_func", "_it", "_stopped", "__weakref__")

    def __new__(cls, predicate, iterable, /, **kwargs):
        if kwargs:
            itertools_keywords(cls, "takewhile")
        it = iter(iterable)
        self = _new(cls)
        self._func = predicate
        self._it = it
        self._stopped = False
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._stopped:
            raise StopIteration
        x = next(self._it)
        if self._func(x):
            return x
        self._stopped = True
        raise StopIteration

    def __reduce__(self):
        return (typeOf(self), (self._func, self._it), 1 if self._stopped else 0)

    def __setstate__(self, state):
        self._stopped = True if state else False


@_itertools_class
class filterfalse:
    __slots__ = ("_func", "_it", "__weakref__")

    def __new__(cls, function, iterable, /, **kwargs):
        if kwargs:
            itertools_keywords(cls, "filterfalse")
        it = iter(iterable)
        self = _new(cls)
        self._func = function
        self._it = it
        return self

    def __iter__(self):
        return self

    def __next__(self):
        func = self._func
        if func is None or func is bool:
            while True:
                x = next(self._it)
                if not x:
                    return x
        while True:
            x = next(self._it)
            if not func(x):
                return x

    def __reduce__(self):
        return (typeOf(self), (self._func, self._it))


@_itertools_class
class groupby:
    __slots__ = ("_it", "_func", "_target", "_key", "_value", "_group", "__weakref__")

    def __new__(cls, iterable, key=None):
        it = iter(iterable)
        self = _new(cls)
        self._it = it
        self._func = key
        self._target = self._key = self._value = _missing
        self._group = None
        return self

    def __iter__(self):
        return self

    def __next__(self):
        self._group = None
        while self._key is _missing or self._target is not _missing and (self._key is self._target or self._key == self._target):
            self._step()
        self._target = self._key
        group = _new(_grouper)
        group._parent = self
        group._target = self._target
        self._group = group
        return (self._key, group)

    def _step(self):
        x = next(self._it)
        k = x if self._func is None else self._func(x)
        self._value = x
        self._key = k

    def __reduce__(self):
        if self._value is not _missing and self._target is not _missing and self._key is not _missing:
            return (typeOf(self), (self._it, self._func), (self._key, self._value, self._target))
        return (typeOf(self), (self._it, self._func))

    def __setstate__(self, state):
        if not isInstanceOf(state, _tuple):
            raise TypeError("state is not a tuple")
        self._key, self._value, self._target = state


class _grouper:
    __slots__ = ("_parent", "_target", "__weakref__")

    def __new__(cls, parent, target):
        if not isInstanceOf(parent, groupby):
            raise TypeError("_grouper() argument 1 must be itertools.groupby, not " + typeNameOf(parent))
        self = _new(cls)
        self._parent = parent
        self._target = target
        parent._group = self
        return self

    def __iter__(self):
        return self

    def __next__(self):
        parent = self._parent
        if parent._group is not self:
            raise StopIteration
        if parent._value is _missing:
            parent._step()
        k = parent._key
        if k is not self._target and not (self._target == k):
            raise StopIteration
        v = parent._value
        parent._value = _missing
        return v

    def __reduce__(self):
        if self._parent._group is not self:
            return (iter, ((),))
        return (_grouper, (self._parent, self._target))


_grouper = builtin_class("itertools")(_grouper)


@_itertools_class
class islice:
    __slots__ = ("_it", "_next", "_stop", "_step", "_count", "__weakref__")

    def __new__(cls, iterable, *args, **kwargs):
        if kwargs:
            itertools_keywords(cls, "islice")
        n = len(args)
        if n < 1 or n > 3:
            raise TypeError("islice expected at " + ("least 2" if n < 1 else "most 4") + " arguments, got " + _str(n + 1))
        start = 0
        stop = None
        step = 1
        if n == 1:
            stop = itertools_sliceArgument(args[0], "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
        else:
            if args[1] is not None:
                stop = itertools_sliceArgument(args[1], "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
            if args[0] is not None:
                start = itertools_sliceArgument(args[0], "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")
            if n == 3 and args[2] is not None:
                step = itertools_sliceArgument(args[2], "Step for islice() must be a positive integer or None.")
                if step < 1:
                    raise ValueError("Step for islice() must be a positive integer or None.")
        it = iter(iterable)
        self = _new(cls)
        self._it = it
        self._next = start
        self._stop = stop
        self._step = step
        self._count = 0
        return self

    def __iter__(self):
        return self

    def __next__(self):
        it = self._it
        if it is None:
            raise StopIteration
        at = self._next
        stop = self._stop
        try:
            while self._count < at:
                if stop is not None and self._count >= stop:
                    break
                next(it)
                self._count += 1
            if stop is not None and self._count >= stop:
                raise StopIteration
            x = next(it)
        except BaseException:
            self._it = None
            raise
        self._count += 1
        at += self._step
        if stop is not None and at > stop:
            at = stop
        self._next = at
        return x

    def __reduce__(self):
        if self._it is None:
            return (typeOf(self), (iter(()), 0), 0)
        return (typeOf(self), (self._it, self._next, self._stop, self._step), self._count)

    def __setstate__(self, state):
        self._count = containers_index(state)


def itertools_sliceArgument(x, message):
    if x is None:
        return None
    if not isInt(x):
        if lookupType(typeOf(x), "__index__") is None:
            raise ValueError(message)
        x = containers_index(x)
    if x < 0 or x > 9223372036854775807:
        raise ValueError(message)
    return x


@_itertools_class
class pairwise:
    __slots__ = ("_it", "_old", "__weakref__")

    def __new__(cls, iterable, /, **kwargs):
        if kwargs:
            itertools_keywords(cls, "pairwise")
        it = iter(iterable)
        self = _new(cls)
        self._it = it
        self._old = _missing
        return self

    def __iter__(self):
        return self

    def __next__(self):
        it = self._it
        if it is None:
            raise StopIteration
        try:
            old = self._old
            if old is _missing:
                old = next(it)
                self._old = old
                # What the iterator did may have moved this one.
                it = self._it
                if it is None:
                    raise StopIteration
            new = next(it)
        except BaseException:
            self._it = None
            self._old = _missing
            raise
        self._old = new
        return (old, new)


@_itertools_class
class starmap:
    __slots__ = ("_func", "_it", "__weakref__")

    def __new__(cls, function, iterable, /, **kwargs):
        if kwargs:
            itertools_keywords(cls, "starmap")
        it = iter(iterable)
        self = _new(cls)
        self._func = function
        self._it = it
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return self._func(*next(self._it))

    def __reduce__(self):
        return (typeOf(self), (self._func, self._it))


@_itertools_class
class zip_longest:
    __slots__ = ("_its", "_active", "_fill", "__weakref__")

    def __new__(cls, *iterables, fillvalue=None):
        its = []
        for x in iterables:
            its.append(iter(x))
        self = _new(cls)
        self._its = its
        self._active = len(its)
        self._fill = fillvalue
        return self

    def __iter__(self):
        return self

    def __next__(self):
        its = self._its
        if not its or not self._active:
            raise StopIteration
        r = []
        i = 0
        while i < len(its):
            it = its[i]
            if it is None:
                r.append(self._fill)
            else:
                try:
                    x = next(it)
                except StopIteration:
                    self._active -= 1
                    its[i] = None
                    if not self._active:
                        raise StopIteration from None
                    x = self._fill
                except BaseException:
                    self._active = 0
                    raise
                r.append(x)
            i += 1
        return listToTuple(r)

    def __reduce__(self):
        args = []
        for it in self._its:
            args.append(() if it is None else it)
        return (typeOf(self), listToTuple(args), self._fill)

    def __setstate__(self, state):
        self._fill = state


# ---- combinatorics: pools, and the indices of the item given last (None: none yet)

@_itertools_class
class product:
    __slots__ = ("_pools", "_indices", "_stopped", "__weakref__")

    def __new__(cls, *iterables, repeat=1):
        repeat = containers_index(repeat)
        if repeat < 0:
            raise ValueError("repeat argument cannot be negative")
        pools = []
        if repeat:
            for x in iterables:
                pools.append(tupleFromIterable(x))
            if len(pools) * repeat > 1 << 33:
                raise OverflowError("repeat argument too large")
        self = _new(cls)
        self._pools = listToTuple(pools * repeat)
        self._indices = None
        self._stopped = False
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._stopped:
            raise StopIteration
        pools = self._pools
        indices = self._indices
        if indices is None:
            for pool in pools:
                if not pool:
                    self._stopped = True
                    raise StopIteration
            self._indices = indices = [0] * len(pools)
        elif not productStep(pools, indices):
            self._stopped = True
            raise StopIteration
        return pickEach(pools, indices)

    def __reduce__(self):
        if self._stopped:
            return (typeOf(self), ((),))
        if self._indices is None:
            return (typeOf(self), self._pools)
        return (typeOf(self), self._pools, listToTuple(self._indices))

    def __setstate__(self, state):
        if not isInstanceOf(state, _tuple) or len(state) != len(self._pools):
            raise ValueError("invalid arguments")
        indices = []
        i = 0
        for pool in self._pools:
            if not pool:
                self._stopped = True
                return
            k = containers_index(state[i])
            if k < 0:
                k = 0
            elif k > len(pool) - 1:
                k = len(pool) - 1
            indices.append(k)
            i += 1
        self._indices = indices

    def __sizeof__(self):
        return 64 + 16 * len(self._pools)


@_itertools_class
class combinations:
    __slots__ = ("_pool", "_r", "_indices", "_stopped", "__weakref__")

    def __new__(cls, iterable, r):
        pool = tupleFromIterable(iterable)
        r = itertools_nonNegative(r, "r")
        self = _new(cls)
        self._pool = pool
        self._r = r
        self._indices = None
        self._stopped = r > len(pool)
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._stopped:
            raise StopIteration
        pool = self._pool
        indices = self._indices
        if indices is None:
            self._indices = indices = _list(_range(self._r))
        elif not combinationStep(indices, len(pool)):
            self._stopped = True
            raise StopIteration
        return pickItems(pool, indices)

    def __reduce__(self):
        if self._stopped:
            return (typeOf(self), ((), self._r))
        if self._indices is None:
            return (typeOf(self), (self._pool, self._r))
        return (typeOf(self), (self._pool, self._r), listToTuple(self._indices))

    def __setstate__(self, state):
        n = len(self._pool)
        if not isInstanceOf(state, _tuple) or len(state) != self._r:
            raise ValueError("invalid arguments")
        indices = []
        i = 0
        for k in state:
            most = i + n - self._r
            k = containers_index(k)
            if k > most:
                k = most
            if k < 0:
                k = 0
            indices.append(k)
            i += 1
        self._indices = indices

    def __sizeof__(self):
        return 64 + 8 * self._r


@_itertools_class
class combinations_with_replacement:
    __slots__ = ("_pool", "_r", "_indices", "_stopped", "__weakref__")

    def __new__(cls, iterable, r):
        pool = tupleFromIterable(iterable)
        r = itertools_nonNegative(r, "r")
        self = _new(cls)
        self._pool = pool
        self._r = r
        self._indices = None
        self._stopped = r > 0 and not pool
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._stopped:
            raise StopIteration
        pool = self._pool
        indices = self._indices
        if indices is None:
            self._indices = indices = [0] * self._r
        elif not replacementStep(indices, len(pool)):
            self._stopped = True
            raise StopIteration
        return pickItems(pool, indices)

    def __reduce__(self):
        if self._stopped:
            return (typeOf(self), ((), self._r))
        if self._indices is None:
            return (typeOf(self), (self._pool, self._r))
        return (typeOf(self), (self._pool, self._r), listToTuple(self._indices))

    def __setstate__(self, state):
        n = len(self._pool)
        if not isInstanceOf(state, _tuple) or len(state) != self._r:
            raise ValueError("invalid arguments")
        indices = []
        for k in state:
            k = containers_index(k)
            if k < 0:
                k = 0
            elif k > n - 1:
                k = n - 1
            indices.append(k)
        self._indices = indices

    def __sizeof__(self):
        return 64 + 8 * self._r


@_itertools_class
class permutations:
    __slots__ = ("_pool", "_r", "_indices", "_cycles", "_started", "_stopped", "__weakref__")

    def __new__(cls, iterable, r=None):
        pool = tupleFromIterable(iterable)
        n = len(pool)
        if r is None:
            r = n
        else:
            if not isInt(r):
                raise TypeError("Expected int as r")
            r = itertools_nonNegative(r, "r")
        self = _new(cls)
        self._pool = pool
        self._r = r
        self._stopped = r > n
        self._started = False
        if not self._stopped:
            self._indices = _list(_range(n))
            self._cycles = _list(_range(n, n - r, -1))
        else:
            self._indices = []
            self._cycles = []
        return self

    def __iter__(self):
        return self

    def __next__(self):
        if self._stopped:
            raise StopIteration
        indices = self._indices
        if not self._started:
            self._started = True
        elif not permutationStep(indices, self._cycles):
            self._stopped = True
            raise StopIteration
        return pickFirst(self._pool, indices, self._r)

    def __reduce__(self):
        if self._stopped:
            return (typeOf(self), ((), self._r))
        if not self._started:
            return (typeOf(self), (self._pool, self._r))
        return (typeOf(self), (self._pool, self._r), (listToTuple(self._indices), listToTuple(self._cycles)))

    def __setstate__(self, state):
        if not isInstanceOf(state, _tuple) or len(state) != 2:
            raise ValueError("invalid arguments")
        n = len(self._pool)
        if len(state[0]) != n or len(state[1]) != self._r:
            raise ValueError("invalid arguments")
        indices = []
        for k in state[0]:
            k = containers_index(k)
            indices.append(0 if k < 0 else n - 1 if k > n - 1 else k)
        cycles = []
        i = 0
        for k in state[1]:
            k = containers_index(k)
            cycles.append(1 if k < 1 else n - i if k > n - i else k)
            i += 1
        self._indices = indices
        self._cycles = cycles
        self._started = True

    def __sizeof__(self):
        return 96 + 8 * (len(self._indices) + self._r)


# ---- tee: branches walk a linked list of blocks; a block is a list whose last item (once full) is the next block

@_itertools_class
class _tee_dataobject:
    __slots__ = ("_it", "_values", "_next", "_running", "__weakref__")

    def __new__(cls, it, values=(), next=None, /):
        self = _new(cls)
        if not isInstanceOf(values, _list):
            values = listFromIterable(values)
        if len(values) > 57:
            raise ValueError("Invalid arguments")
        if len(values) == 57:
            if next is not None and not isInstanceOf(next, _tee_dataobject):
                raise ValueError("_tee_dataobject next link must be a _tee_dataobject")
        elif next is not None:
            raise ValueError("_tee_dataobject shouldn't have a next if not full")
        self._it = it
        self._values = values
        self._next = next
        self._running = False
        return self

    def _get(self, i):
        values = self._values
        if i < len(values):
            return values[i]
        if self._running:
            raise RuntimeError("cannot re-enter the tee iterator")
        self._running = True
        try:
            x = next(self._it)
        finally:
            self._running = False
        values.append(x)
        return x

    def _link(self):
        n = self._next
        if n is None:
            self._next = n = _tee_dataobject(self._it)
        return n

    def __reduce__(self):
        return (_tee_dataobject, (self._it, self._values[:], self._next))


@_itertools_class
class _tee:
    __slots__ = ("_data", "_index", "__weakref__")

    def __new__(cls, iterable, /):
        it = iter(iterable)
        if isInstanceOf(it, _tee):
            return it.__copy__()
        self = _new(cls)
        self._data = _tee_dataobject(it)
        self._index = 0
        return self

    def __iter__(self):
        return self

    def __next__(self):
        i = self._index
        data = self._data
        if i >= 57:
            self._data = data = data._link()
            i = 0
        x = data._get(i)
        self._index = i + 1
        return x

    def __copy__(self):
        r = _new(_tee)
        r._data = self._data
        r._index = self._index
        return r

    def __reduce__(self):
        return (_tee, ((),), (self._data, self._index))

    def __setstate__(self, state):
        if not isInstanceOf(state, _tuple):
            raise TypeError("state is not a tuple")
        data, index = state
        if not isInstanceOf(data, _tee_dataobject):
            raise TypeError("argument 1 must be itertools._tee_dataobject, not " + typeNameOf(data))
        if index < 0 or index > 57:
            raise ValueError("Index out of range")
        self._data = data
        self._index = index


@module_function("itertools")
def tee(iterable, n=2, /):
    n = containers_index(n)
    if n < 0:
        raise ValueError("n must be >= 0")
    if n == 0:
        return ()
    it = iter(iterable)
    copy = getattr(it, "__copy__", None)
    if copy is None:
        it = _tee(it)
        copy = it.__copy__
    r = [it]
    while len(r) < n:
        r.append(copy())
    return listToTuple(r)
