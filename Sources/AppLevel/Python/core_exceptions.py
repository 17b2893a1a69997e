# Exceptions: texts, pickling support, exception groups.


def exception_repr(e):
    args = e.args
    name = class_of(e).__name__
    if len(args) == 1:
        return name + "(" + repr(args[0]) + ")"
    return name + repr(args)


def exception_set_args(e, value):
    e.args = tuple(value)


def exception_add_note(e, note):
    if not isinstance(note, str):
        raise TypeError("note must be a str, not '" + class_of(note).__name__ + "'")
    notes = getattr_default(e, "__notes__", None)
    if notes is None:
        notes = e.__notes__ = []
    elif not isinstance(notes, list):
        raise TypeError("Cannot add note: __notes__ is not a list")
    notes.append(note)


def exception_reduce(e):
    d = existing_dict(e)
    if isinstance(e, OSError) and len(e.args) == 2 and e.filename is not None:
        args = e.args + (e.filename,)
        if e.filename2 is not None:
            args = args + (None, e.filename2)
    else:
        args = e.args
    state = dict(d) if d else None
    if isinstance(e, ImportError):
        extra = {}
        if e.name is not None:
            extra["name"] = e.name
        if e.path is not None:
            extra["path"] = e.path
        if extra:
            state = dict(state or {}, **extra)
    if state:
        return (class_of(e), args, state)
    return (class_of(e), args)


def exception_setstate(e, state):
    if state is not None:
        if not isinstance(state, dict):
            raise TypeError("state is not a dictionary")
        for k, v in state.items():
            setattr(e, k, v)


def oserror_str(e):
    if e.filename is not None or e.filename2 is not None:
        if e.filename2 is not None:
            return "[Errno " + str(e.errno) + "] " + str(e.strerror) + ": " + repr(e.filename) + " -> " + repr(e.filename2)
        return "[Errno " + str(e.errno) + "] " + str(e.strerror) + ": " + repr(e.filename)
    if e.errno is not None and e.strerror is not None:
        return "[Errno " + str(e.errno) + "] " + str(e.strerror)
    return BaseException.__str__(e)


def syntax_error_str(e):
    name = e.filename
    if isinstance(name, str):
        name = name.rsplit("/", 1)[-1]
    else:
        name = None
    line = e.lineno
    if name is not None and class_of(line) is int:
        return str(e.msg) + " (" + name + ", line " + str(line) + ")"
    if name is not None:
        return str(e.msg) + " (" + name + ")"
    if class_of(line) is int:
        return str(e.msg) + " (line " + str(line) + ")"
    return str(e.msg)


def unicode_error_str(e):
    obj = e.object
    if obj is None:
        return ""
    start = e.start
    end = e.end
    return _unicode_error_text(e, obj, start, end, str(e.reason), str(e.encoding))


def _unicode_error_text(e, obj, start, end, reason, encoding):
    if isinstance(e, UnicodeTranslateError):
        if start < len(obj) and end == start + 1:
            return "can't translate character " + _escaped(obj[start]) + " in position " + str(start) + ": " + reason
        return "can't translate characters in position " + str(start) + "-" + str(end - 1) + ": " + reason
    if isinstance(e, UnicodeDecodeError):
        if start < len(obj) and end == start + 1:
            return "'" + encoding + "' codec can't decode byte 0x" + _hex(obj[start], 2) + " in position " + str(start) + ": " + reason
        return "'" + encoding + "' codec can't decode bytes in position " + str(start) + "-" + str(end - 1) + ": " + reason
    if start < len(obj) and end == start + 1:
        return "'" + encoding + "' codec can't encode character " + _escaped(obj[start]) + " in position " + str(start) + ": " + reason
    return "'" + encoding + "' codec can't encode characters in position " + str(start) + "-" + str(end - 1) + ": " + reason


def _hex(n, width):
    s = hex(n)[2:]
    return "0" * (width - len(s)) + s


def _escaped(c):
    n = ord(c)
    if n <= 0xff:
        return "'\\x" + _hex(n, 2) + "'"
    if n <= 0xffff:
        return "'\\u" + _hex(n, 4) + "'"
    return "'\\U" + _hex(n, 8) + "'"


def _group_new(cls, /, *args):
    if len(args) != 2:
        raise TypeError("BaseExceptionGroup.__new__() takes exactly 2 arguments (" + str(len(args)) + " given)")
    message, exceptions = args
    if not isinstance(message, str):
        raise TypeError("argument 1 must be str, not " + class_of(message).__name__)
    if not hasattr(class_of(exceptions), "__getitem__") or isinstance(exceptions, (str, bytes, dict)):
        raise TypeError("second argument (exceptions) must be a sequence")
    excs = tuple(exceptions)
    if not excs:
        raise ValueError("second argument (exceptions) must be a non-empty sequence")
    nested_base = False
    for i, e in enumerate(excs):
        if not isinstance(e, BaseException):
            raise ValueError("Item " + str(i) + " of second argument (exceptions) is not an exception")
        if not isinstance(e, Exception):
            nested_base = True
    if cls is BaseExceptionGroup:
        if not nested_base:
            cls = ExceptionGroup
    elif nested_base and is_subtype(cls, Exception):
        if cls is ExceptionGroup:
            raise TypeError("Cannot nest BaseExceptions in an ExceptionGroup")
        raise TypeError("Cannot nest BaseExceptions in " + repr(cls.__name__))
    self = BaseException.__new__(cls, message, exceptions)
    group_set(self, message, excs)
    return self


raw_set_type_attr(BaseExceptionGroup, "__new__", staticmethod(_group_new))


@builtin_method(BaseExceptionGroup, "__init__")
def _group_init(self, /, *args, **kwargs):
    pass


@builtin_method(BaseExceptionGroup, "__str__")
def _group_str(self, /):
    n = len(self.exceptions)
    return self.message + " (" + str(n) + " sub-exception" + ("" if n == 1 else "s") + ")"


@builtin_method(BaseExceptionGroup)
def derive(self, excs, /):
    return BaseExceptionGroup(self.message, excs)


def _matcher(condition):
    if class_of(condition) is _function_type or (callable(condition) and not is_type(condition)):
        return condition
    ok = is_type(condition) and is_subtype(condition, BaseException)
    if isinstance(condition, tuple):
        ok = True
        for c in condition:
            if not (is_type(c) and is_subtype(c, BaseException)):
                ok = False
    if not ok:
        raise TypeError("expected a function, exception type or tuple of exception types")
    return lambda e: isinstance(e, condition)


def _derive(group, excs):
    new = group.derive(excs)
    if not isinstance(new, BaseExceptionGroup):
        raise TypeError("derive must return an instance of BaseExceptionGroup")
    new.__traceback__ = group.__traceback__
    new.__context__ = group.__context__
    new.__cause__ = group.__cause__
    new.__suppress_context__ = group.__suppress_context__
    notes = getattr_default(group, "__notes__", None)
    if notes is not None and class_of(notes) is list:
        new.__notes__ = list(notes)
    return new


def _split(group, match, want_rest):
    if match(group):
        return group, None
    yes = []
    no = []
    for e in group.exceptions:
        if isinstance(e, BaseExceptionGroup):
            a, b = _split(e, match, want_rest)
            if a is not None:
                yes.append(a)
            if b is not None:
                no.append(b)
        elif match(e):
            yes.append(e)
        else:
            no.append(e)
    matched = _derive(group, yes) if yes else None
    rest = None
    if want_rest and no:
        rest = _derive(group, no)
    return matched, rest


@builtin_method(BaseExceptionGroup)
def split(self, condition, /):
    return _split(self, _matcher(condition), True)


@builtin_method(BaseExceptionGroup)
def subgroup(self, condition, /):
    return _split(self, _matcher(condition), False)[0]


@builtin_method(BaseExceptionGroup)
def __class_getitem__(cls, item, /):
    return generic_alias(cls, item)


raw_set_type_attr(BaseExceptionGroup, "__class_getitem__", classmethod(__class_getitem__))


class ExceptionGroup(BaseExceptionGroup, Exception):
    pass


ExceptionGroup.__module__ = "builtins"
raw_set_builtin("ExceptionGroup", ExceptionGroup)


def generic_alias(origin, args):
    return GenericAlias(origin, args)


def checkEgMatch(exc, typ):
    if exc is None:
        return (None, None)
    types = typ if isinstance(typ, tuple) else (typ,)
    for c in types:
        if not (is_type(c) and is_subtype(c, BaseException)):
            raise TypeError("catching classes that do not inherit from BaseException is not allowed")
        if is_subtype(c, BaseExceptionGroup):
            raise TypeError("catching ExceptionGroup with except* is not allowed. Use except instead.")
    if isinstance(exc, typ):
        if isinstance(exc, BaseExceptionGroup):
            return (exc, None)
        g = BaseExceptionGroup("", (exc,))
        g.__traceback__ = exc.__traceback__
        return (g, None)
    if isinstance(exc, BaseExceptionGroup):
        pair = exc.split(typ)
        if class_of(pair) is not tuple:
            raise TypeError(class_of(exc).__name__ + ".split must return a tuple, not " + class_of(pair).__name__)
        return pair[:2]
    return (None, exc)


def prepReraiseStar(orig, excs):
    excs = [e for e in excs if e is not None]
    if not excs:
        return None
    if not isinstance(orig, BaseExceptionGroup):
        return excs[0]
    raised = []
    reraised = []
    for e in excs:
        if _same_origin(e, orig):
            reraised.append(e)
        else:
            raised.append(e)
    rest = _project(orig, reraised) if reraised else None
    if not raised:
        return rest
    if rest is not None:
        raised.append(rest)
    return BaseExceptionGroup("", raised) if len(raised) > 1 or True else raised[0]


def _same_origin(e, orig):
    return (isinstance(e, BaseExceptionGroup) and e.__traceback__ is orig.__traceback__ and e.__cause__ is orig.__cause__
            and e.__context__ is orig.__context__ and getattr_default(e, "__notes__", None) == getattr_default(orig, "__notes__", None))


def _leaves(e, out):
    if isinstance(e, BaseExceptionGroup):
        for x in e.exceptions:
            _leaves(x, out)
    else:
        out.append(identity(e))


def _project(orig, parts):
    keep = []
    for p in parts:
        _leaves(p, keep)
    return _split(orig, lambda e: not isinstance(e, BaseExceptionGroup) and identity(e) in keep, False)[0]


def exceptionGroupWrap(e):
    if isinstance(e, BaseExceptionGroup):
        return e
    return BaseExceptionGroup("", (e,))
