# `_csv`: dialects, reader and writer.
# On demand: _csv

csv_state = {"limit": 131072}
csv_dialects = {}
csv_missing = _object()


@builtin_class("_csv")
class Error(Exception):
    pass


_csv_Error = Error
del Error


def csv_char(name, value, default, optional):
    if value is csv_missing:
        return default
    if value is None and optional:
        return None
    if not isInstanceOf(value, str):
        if optional:
            raise TypeError('"' + name + '" must be string or None, not ' + typeNameOf(value))
        raise TypeError('"' + name + '" must be string, not ' + typeNameOf(value))
    if len(value) != 1:
        if optional and len(value) == 0:
            raise TypeError('"' + name + '" must be a 1-character string')
        raise TypeError('"' + name + '" must be a 1-character string')
    return value


@builtin_class("_csv")
class Dialect:
    __slots__ = ("_delimiter", "_doublequote", "_escapechar", "_lineterminator", "_quotechar", "_quoting",
                 "_skipinitialspace", "_strict")

    def __new__(cls, dialect=None, delimiter=csv_missing, doublequote=csv_missing, escapechar=csv_missing,
                lineterminator=csv_missing, quotechar=csv_missing, quoting=csv_missing, skipinitialspace=csv_missing,
                strict=csv_missing):
        if dialect is not None:
            if isInstanceOf(dialect, str):
                dialect = _csv_get_dialect(dialect)
            if cls is _csv_Dialect and typeOf(dialect) is cls and delimiter is csv_missing and doublequote is csv_missing \
                    and escapechar is csv_missing and lineterminator is csv_missing and quotechar is csv_missing \
                    and quoting is csv_missing and skipinitialspace is csv_missing and strict is csv_missing:
                return dialect
            if delimiter is csv_missing:
                delimiter = getattr(dialect, "delimiter", csv_missing)
            if doublequote is csv_missing:
                doublequote = getattr(dialect, "doublequote", csv_missing)
            if escapechar is csv_missing:
                escapechar = getattr(dialect, "escapechar", csv_missing)
            if lineterminator is csv_missing:
                lineterminator = getattr(dialect, "lineterminator", csv_missing)
            if quotechar is csv_missing:
                quotechar = getattr(dialect, "quotechar", csv_missing)
            if quoting is csv_missing:
                quoting = getattr(dialect, "quoting", csv_missing)
            if skipinitialspace is csv_missing:
                skipinitialspace = getattr(dialect, "skipinitialspace", csv_missing)
            if strict is csv_missing:
                strict = getattr(dialect, "strict", csv_missing)
        self = _object.__new__(cls)
        self._delimiter = csv_char("delimiter", delimiter, ",", False)
        self._doublequote = True if doublequote is csv_missing else bool(doublequote)
        self._escapechar = csv_char("escapechar", escapechar, None, True)
        if lineterminator is csv_missing:
            lineterminator = "\r\n"
        elif lineterminator is not None and not isInstanceOf(lineterminator, str):
            raise TypeError('"lineterminator" must be a string')
        self._quotechar = csv_char("quotechar", quotechar, '"', True)
        given = quoting
        if quoting is csv_missing:
            quoting = 0
        elif typeOf(quoting) is not int:
            raise TypeError('"quoting" must be an integer')
        if quoting < 0 or quoting > 3:
            raise TypeError('bad "quoting" value')
        if self._quotechar is None:
            if given is csv_missing:
                quoting = 3
            elif quoting != 3:
                raise TypeError("quotechar must be set if quoting enabled")
        if lineterminator is None:
            raise TypeError("lineterminator must be set")
        self._lineterminator = lineterminator
        self._quoting = quoting
        self._skipinitialspace = False if skipinitialspace is csv_missing else bool(skipinitialspace)
        self._strict = False if strict is csv_missing else bool(strict)
        return self

    def __reduce_ex__(self, protocol):
        raise TypeError("cannot pickle 'Dialect' instances")

    def __copy__(self):
        raise TypeError("cannot pickle 'Dialect' instances")

    delimiter = property(lambda self: self._delimiter)
    doublequote = property(lambda self: self._doublequote)
    escapechar = property(lambda self: self._escapechar)
    lineterminator = property(lambda self: self._lineterminator)
    quotechar = property(lambda self: self._quotechar)
    quoting = property(lambda self: self._quoting)
    skipinitialspace = property(lambda self: self._skipinitialspace)
    strict = property(lambda self: self._strict)


_csv_Dialect = Dialect
del Dialect


def _csv_make(dialect, options):
    if dialect is None:
        return _csv_Dialect(**options)
    return _csv_Dialect(dialect, **options)


@module_function("_csv", "register_dialect")
def register_dialect(name, dialect=None, /, **options):
    if not isInstanceOf(name, str):
        raise TypeError("dialect name must be a string")
    csv_dialects[name] = _csv_make(dialect, options)


@module_function("_csv", "unregister_dialect")
def unregister_dialect(name, /):
    try:
        del csv_dialects[name]
    except KeyError:
        raise _csv_Error("unknown dialect") from None


@module_function("_csv", "get_dialect")
def get_dialect(name, /):
    try:
        return csv_dialects[name]
    except KeyError:
        raise _csv_Error("unknown dialect") from None


_csv_get_dialect = get_dialect


@module_function("_csv", "list_dialects")
def list_dialects():
    return list(csv_dialects)


@module_function("_csv", "field_size_limit")
def field_size_limit(*args):
    old = csv_state["limit"]
    if len(args) > 1:
        raise TypeError("field_size_limit expected at most 1 argument, got " + str(len(args)))
    if args:
        if typeOf(args[0]) is not int:
            raise TypeError("limit must be an integer")
        csv_state["limit"] = args[0]
    return old


del register_dialect, unregister_dialect, get_dialect, list_dialects, field_size_limit


# States: 0 start of record, 1 start of field, 2 after an escape, 3 in a field, 4 in a quoted field, 5 escape in a quoted
# field, 6 a quote in a quoted field, 7 a carriage return eaten, 8 after an escaped line end.

@builtin_class("_csv", "reader")
class csv_Reader:
    __slots__ = ("_input", "dialect", "line_num", "__weakref__")

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create '_csv.reader' instances")

    def __iter__(self):
        return self

    def __next__(self):
        dialect = self.dialect
        delimiter = dialect._delimiter
        quotechar = dialect._quotechar
        escapechar = dialect._escapechar
        quoting = dialect._quoting
        strict = dialect._strict
        limit = csv_state["limit"]
        fields = []
        state = 0
        field = ""
        numeric = False
        while True:
            try:
                line = next(self._input)
            except StopIteration:
                if field or state == 4 or state == 5:
                    if strict:
                        raise _csv_Error("unexpected end of data") from None
                    if numeric:
                        fields.append(float(field))
                    else:
                        fields.append(field)
                    return fields
                if fields and state != 0:
                    fields.append(field)
                    return fields
                raise
            if not isInstanceOf(line, str):
                raise _csv_Error("iterator should return strings, not " + typeNameOf(line)
                                 + " (the file should be opened in text mode)")
            self.line_num += 1
            n = len(line)
            i = 0
            while i <= n:
                # The end of a line counts as a character of its own.
                c = line[i] if i < n else None
                i += 1
                if state == 3:
                    if c == "\n" or c == "\r" or c is None:
                        fields.append(float(field) if numeric else field)
                        field = ""
                        numeric = False
                        state = 0 if c is None else 7
                    elif c == escapechar:
                        state = 2
                    elif c == delimiter:
                        fields.append(float(field) if numeric else field)
                        field = ""
                        numeric = False
                        state = 1
                    else:
                        field += c
                elif state == 4:
                    if c is None:
                        pass
                    elif c == escapechar:
                        state = 5
                    elif c == quotechar and quoting != 3:
                        state = 6 if dialect._doublequote else 3
                    else:
                        field += c
                elif state == 0 or state == 1:
                    if state == 0:
                        if c is None:
                            break
                        if c == "\n" or c == "\r":
                            state = 7
                            continue
                        state = 1
                    if c == "\n" or c == "\r" or c is None:
                        fields.append(field)
                        field = ""
                        state = 0 if c is None else 7
                    elif c == quotechar and quoting != 3:
                        state = 4
                    elif c == escapechar:
                        state = 2
                    elif c == " " and dialect._skipinitialspace:
                        pass
                    elif c == delimiter:
                        fields.append(field)
                        field = ""
                    else:
                        if quoting == 2:
                            numeric = True
                        field += c
                        state = 3
                elif state == 2:
                    if c == "\n" or c == "\r":
                        field += c
                        state = 8
                    else:
                        field += "\n" if c is None else c
                        state = 3
                elif state == 8:
                    if c is not None:
                        state = 3
                        i -= 1
                elif state == 5:
                    field += "\n" if c is None else c
                    state = 4
                elif state == 6:
                    if quoting != 3 and c == quotechar and c is not None:
                        field += c
                        state = 4
                    elif c == delimiter:
                        fields.append(float(field) if numeric else field)
                        field = ""
                        numeric = False
                        state = 1
                    elif c == "\n" or c == "\r" or c is None:
                        fields.append(float(field) if numeric else field)
                        field = ""
                        numeric = False
                        state = 0 if c is None else 7
                    elif not strict:
                        field += c
                        state = 3
                    else:
                        raise _csv_Error("'" + delimiter + "' expected after '" + quotechar + "'")
                else:
                    if c == "\n" or c == "\r":
                        pass
                    elif c is None:
                        state = 0
                    else:
                        raise _csv_Error("new-line character seen in unquoted field - do you need to open the file in "
                                         "universal-newline mode?")
                if len(field) > limit:
                    raise _csv_Error("field larger than field limit (" + str(limit) + ")")
            if state == 0:
                return fields


@module_function("_csv", "reader")
def csv_makeReader(iterable, dialect=None, /, **options):
    self = _object.__new__(csv_Reader)
    self._input = iter(iterable)
    self.dialect = _csv_make(dialect, options)
    self.line_num = 0
    return self


app_module_attr("_csv", "Reader", csv_Reader)


@builtin_class("_csv", "writer")
class csv_Writer:
    __slots__ = ("_write", "dialect", "__weakref__")

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create '_csv.writer' instances")

    def writerow(self, row, /):
        dialect = self.dialect
        delimiter = dialect._delimiter
        quotechar = dialect._quotechar
        escapechar = dialect._escapechar
        lineterminator = dialect._lineterminator
        quoting = dialect._quoting
        try:
            items = iter(row)
        except TypeError:
            raise _csv_Error("iterable expected, not " + typeNameOf(row)) from None
        record = ""
        count = 0
        empty = False
        for field in items:
            if quoting == 2:
                quoted = not (isInstanceOf(field, int) or isInstanceOf(field, float)
                              or hasattr(typeOf(field), "__float__") or hasattr(typeOf(field), "__index__"))
            else:
                quoted = quoting == 1
            if isInstanceOf(field, str):
                text = field
            elif field is None:
                text = ""
            else:
                text = str(field)
            if count:
                record += delimiter
            count += 1
            empty = text == ""
            out = ""
            for c in text:
                want = False
                if c == delimiter or c == escapechar or c == quotechar or c == "\n" or c == "\r" or c in lineterminator:
                    if quoting == 3:
                        want = True
                    else:
                        if c == quotechar:
                            if dialect._doublequote:
                                out += quotechar
                                quoted = True
                            else:
                                want = True
                        elif c == escapechar:
                            want = True
                        else:
                            quoted = True
                    if want:
                        if escapechar is None:
                            raise _csv_Error("need to escape, but no escapechar set")
                        out += escapechar
                out += c
            record += quotechar + out + quotechar if quoted else out
            last = quoted
        if count == 1 and empty and not last:
            if quoting == 3:
                raise _csv_Error("single empty field record must be quoted")
            record = quotechar + quotechar
        return self._write(record + lineterminator)

    def writerows(self, rows, /):
        write = self.writerow
        for row in rows:
            write(row)


@module_function("_csv", "writer")
def csv_makeWriter(fileobj, dialect=None, /, **options):
    self = _object.__new__(csv_Writer)
    self.dialect = _csv_make(dialect, options)
    write = getattr(fileobj, "write", None)
    if not callable(write):
        raise TypeError('argument 1 must have a "write" method')
    self._write = write
    return self


app_module_attr("_csv", "Writer", csv_Writer)
app_module_attr("_csv", "QUOTE_MINIMAL", 0)
app_module_attr("_csv", "QUOTE_ALL", 1)
app_module_attr("_csv", "QUOTE_NONNUMERIC", 2)
app_module_attr("_csv", "QUOTE_NONE", 3)
app_module_attr("_csv", "__version__", "1.0")
app_module_attr("_csv", "_dialects", csv_dialects)
