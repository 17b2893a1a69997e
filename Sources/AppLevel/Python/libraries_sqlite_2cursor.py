# _sqlite3: statements, cursors and rows.
# On demand: _sqlite3


@bound_to_process
@builtin_class("_sqlite3", "Statement")
class sqlite_Statement:
    __slots__ = ("connection", "handle", "dml", "busy", "sql", "parameters", "columns", "__weakref__")

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'sqlite3.Statement' instances")

    def __del__(self):
        sqlite_finalize(self.connection, self.handle)
        self.handle = 0


def sqlite_finalize(connection, handle):
    connection._handles.discard(handle)
    if connection._asks and connection._db:
        if handle:
            sqlite_call(3, connection._db, handle, None)
    else:
        sqliteFinalize(handle)


def sqlite_first_word(sql):
    # The first word in lower case, white space and comments skipped.
    i = 0
    n = len(sql)
    while i < n:
        c = sql[i]
        if c in " \t\r\n\f":
            i += 1
        elif c == "-" and sql[i:i + 2] == "--":
            i = sql.find("\n", i)
            if i < 0:
                return ""
        elif c == "/" and sql[i:i + 2] == "/*":
            i = sql.find("*/", i + 2)
            if i < 0:
                return ""
            i += 2
        else:
            break
    j = i
    while j < n and sql[j].isalpha():
        j += 1
    return sql[i:j].lower() if j > i else sql[i:i + 1]


def sqlite_prepare(connection, sql):
    data = sql.encode()
    if len(data) > sqliteLimit(connection._db, 1, -1):
        raise sqlite_DataError("query string is too large")
    if "\0" in sql:
        raise sqlite_ProgrammingError("the query contains a null character")
    if connection._asks:
        code, handle, at = sqlite_call(1, connection._db, 0, data)
    else:
        handle, at, code = sqlitePrepare(connection._db, data)
    if code != 0:
        sqlite_raise(connection._db, code)
    if sqlite_first_word(data[at:].decode("utf-8", "replace")):
        sqliteFinalize(handle)
        raise sqlite_Warning("You can only execute one statement at a time.")
    s = _object.__new__(sqlite_Statement)
    s.connection = connection
    s.handle = handle
    s.busy = False
    s.sql = sql
    s.dml = sqlite_first_word(sql) in ("insert", "update", "delete", "replace")
    s.parameters = sqliteParameterCount(handle)
    s.columns = sqliteColumnCount(handle)
    connection._handles.add(handle)
    return s


def sqlite_reset(s):
    s.busy = False
    if s.connection._asks:
        sqlite_call(2, s.connection._db, s.handle, None)
    else:
        sqliteReset(s.handle)


def sqlite_step(s):
    if s.connection._asks:
        return sqlite_call(0, s.connection._db, s.handle, None)[0]
    return sqliteStep(s.handle)


def sqlite_bind_value(s, i, value, name):
    cls = class_of(value)
    if cls is not int and cls is not float and cls is not str and cls is not bytearray and value is not None:
        value = sqlite_adapt(value, sqlite_PrepareProtocol, value)
    if isinstance(value, str):
        code = sqliteBind(s.handle, i, value if value.isascii() else value.encode(), 1)
    elif value is None or isinstance(value, (int, float)) or textHasBuffer(value):
        code = sqliteBind(s.handle, i, value, 0)
    else:
        raise sqlite_ProgrammingError("Error binding parameter " + name + ": type '" + typeNameOf(value) + "' is not supported")
    if code == 0:
        return
    if code == -1:
        raise OverflowError("Python int too large to convert to SQLite INTEGER")
    if code == -2:
        raise OverflowError("string longer than INT_MAX bytes" if isinstance(value, str) else "BLOB longer than INT_MAX bytes")
    sqlite_raise(s.connection._db, code)


def sqlite_bind(s, parameters):
    n = s.parameters
    cls = class_of(parameters)
    if cls is tuple or cls is list or not isinstance(parameters, dict) and type_lookup(cls, "__getitem__", None) is not None \
            and type_lookup(cls, "__len__", None) is not None and not hasattr(cls, "keys"):
        given = len(parameters)
        if given != n:
            raise sqlite_ProgrammingError("Incorrect number of bindings supplied. The current statement uses " + str(n) + ", and there are "
                                          + str(given) + " supplied.")
        for i in range(n):
            sqlite_bind_value(s, i + 1, parameters[i], str(i + 1))
        return
    if type_lookup(cls, "__getitem__", None) is None:
        raise sqlite_ProgrammingError("parameters are of unsupported type")
    for i in range(1, n + 1):
        name = sqliteParameterName(s.handle, i)
        if name is None:
            raise sqlite_ProgrammingError("Binding " + str(i) + " has no name, but you supplied a dictionary (which has only names).")
        try:
            value = parameters[name[1:]]
        except LookupError:
            raise sqlite_ProgrammingError("You did not supply a value for binding parameter :" + name[1:] + ".") from None
        sqlite_bind_value(s, i, value, "':" + name[1:] + "'")


@bound_to_process
@builtin_class("_sqlite3", "Cursor")
class sqlite_Cursor:
    __slots__ = ("_connection", "_description", "_lastrowid", "_rowcount", "arraysize", "row_factory", "_statement", "_converters", "_closed",
                 "_locked", "_ready", "__weakref__")

    def __new__(cls, *args, **kwargs):
        self = _object.__new__(cls)
        self._ready = False
        return self

    def __init__(self, connection, /):
        if not isinstance(connection, sqlite_Connection):
            raise TypeError("Cursor() argument 1 must be sqlite3.Connection, not " + typeNameOf(connection))
        self._connection = connection
        self._description = None
        self._lastrowid = None
        self._rowcount = -1
        self.arraysize = 1
        self.row_factory = None
        self._statement = None
        self._converters = None
        self._closed = self._locked = False
        sqlite_check(connection)
        self._ready = True

    connection = property(lambda self: self._connection)
    description = property(lambda self: self._description)
    lastrowid = property(lambda self: self._lastrowid)
    rowcount = property(lambda self: self._rowcount)

    def execute(self, sql, parameters=(), /):
        return sqlite_execute(self, False, sql, parameters)

    def executemany(self, sql, seq_of_parameters, /):
        return sqlite_execute(self, True, sql, seq_of_parameters)

    def executescript(self, sql_script, /):
        if not isinstance(sql_script, str):
            raise TypeError("executescript() argument must be str, not " + typeNameOf(sql_script))
        sqlite_check_cursor(self)
        if "\0" in sql_script:
            raise ValueError("embedded null character")
        connection = self._connection
        data = sql_script.encode()
        if len(data) >= sqliteLimit(connection._db, 0, -1):
            raise sqlite_DataError("query string is too large")
        if not sqliteAutocommit(connection._db):
            sqlite_simple(connection, "COMMIT")
        while data:
            if connection._asks:
                code, handle, at = sqlite_call(1, connection._db, 0, data)
            else:
                handle, at, code = sqlitePrepare(connection._db, data)
            if code:
                sqlite_raise(connection._db, code)
            data = data[at:]
            if not handle:
                continue
            code = 100
            while code == 100:
                code = sqlite_call(0, connection._db, handle, None)[0] if connection._asks else sqliteStep(handle)
            if connection._asks:
                last = sqlite_call(3, connection._db, handle, None)[0]
            else:
                last = sqliteFinalize(handle)
            if last or code != 101:
                sqlite_raise(connection._db, last or code)
        return self

    def __iter__(self):
        return self

    def __next__(self):
        s = self._statement
        if s is None:
            sqlite_check_cursor(self)
            raise StopIteration
        sqlite_check_cursor(self)
        db = s.connection._db
        self._locked = True
        try:
            row = sqlite_row(self, s)
        finally:
            self._locked = False
        code = sqlite_step(s)
        if code == 101:
            if s.dml:
                self._rowcount = sqliteChanges(db)
            sqlite_reset(s)
            self._statement = None
        elif code != 100:
            self._statement = None
            try:
                sqlite_raise(db, code)
            finally:
                sqlite_reset(s)
        if self.row_factory is not None:
            if self.row_factory is sqlite_Row and class_of(self) is sqlite_Cursor:
                return sqlite_make_row(self._description, row)
            return self.row_factory(self, row)
        return row

    def fetchone(self):
        for row in self:
            return row
        return None

    def fetchmany(self, size=None):
        size = self.arraysize if size is None else textIndex(size)
        rows = []
        for row in self:
            rows.append(row)
            size -= 1
            if size == 0:
                break
        return rows

    def fetchall(self):
        return [row for row in self]

    def setinputsizes(self, sizes, /):
        return None

    def setoutputsize(self, size, column=None, /):
        return None

    def close(self):
        if not self._ready:
            raise sqlite_ProgrammingError("Base Cursor.__init__ not called.")
        if self._locked:
            raise sqlite_ProgrammingError("Recursive use of cursors not allowed.")
        sqlite_check(self._connection)
        sqlite_drop(self)
        self._closed = True


def sqlite_drop(cursor):
    s = cursor._statement
    if s is not None:
        cursor._statement = None
        if s.handle and s.connection._db:
            sqlite_reset(s)


def sqlite_check_cursor(cursor):
    if not cursor._ready:
        raise sqlite_ProgrammingError("Base Cursor.__init__ not called.")
    if cursor._closed:
        raise sqlite_ProgrammingError("Cannot operate on a closed cursor.")
    if cursor._locked:
        raise sqlite_ProgrammingError("Recursive use of cursors not allowed.")
    sqlite_check(cursor._connection)


def sqlite_row(cursor, s):
    connection = s.connection
    factory = connection._text_factory
    converters = cursor._converters
    row = sqliteRow(s.handle, 0 if factory is str else 1)
    if converters is None and factory is str and ... not in row or factory is bytes and converters is None:
        return row
    out = []
    for i in range(len(row)):
        v = row[i]
        convert = converters[i] if converters is not None and i < len(converters) else None
        if convert is not None:
            raw = sqliteRaw(s.handle, i)
            v = None if raw is None else convert(raw)
        elif v is ...:
            text = sqliteRaw(s.handle, i).decode("utf-8", "replace")
            raise sqlite_OperationalError("Could not decode to UTF-8 column '" + str(sqliteColumnName(s.handle, i)) + "' with text '" + text + "'")
        elif factory is not str and factory is not bytes and sqliteColumnIsText(s.handle, i):
            v = factory(v)
        out.append(v)
    return tuple(out)


def sqlite_make_converters(connection, s):
    detect = connection._detect_types
    if not detect:
        return None
    out = []
    for i in range(s.columns):
        convert = None
        if detect & 2:
            name = sqliteColumnName(s.handle, i)
            if name:
                a = name.find("[")
                b = name.find("]", a)
                if a >= 0 and b > a:
                    convert = sqlite_converters.get(name[a + 1:b].upper())
        if convert is None and detect & 1:
            declared = sqliteColumnType(s.handle, i)
            if declared:
                for k in range(len(declared)):
                    if declared[k] in " (":
                        declared = declared[:k]
                        break
                convert = sqlite_converters.get(declared.upper())
        out.append(convert)
    return out


def sqlite_describe(connection, s):
    out = []
    for i in range(s.columns):
        name = sqliteColumnName(s.handle, i)
        if connection._detect_types & 2:
            at = name.find("[")
            if at >= 0:
                if at and name[at - 1] == " ":
                    at -= 1
                name = name[:at]
        out.append((name, None, None, None, None, None, None))
    return tuple(out)


def sqlite_execute(cursor, many, sql, parameters):
    if not isinstance(sql, str):
        raise TypeError(("executemany" if many else "execute") + "() argument 1 must be str, not " + typeNameOf(sql))
    sqlite_check_cursor(cursor)
    connection = cursor._connection
    cursor._locked = True
    try:
        sqlite_drop(cursor)
        rows = iter(parameters) if many else (parameters,)
        cursor._description = None
        s = sqlite_get_statement(connection, sql)
        cursor._rowcount = 0 if s.dml else -1
        if many and not s.dml:
            raise sqlite_ProgrammingError("executemany() can only execute DML statements.")
        if s.busy:
            s = sqlite_prepare(connection, sql)
        db = connection._db
        if s.dml and connection._isolation_level is not None and sqliteAutocommit(db):
            sqlite_simple(connection, "BEGIN " + connection._isolation_level)
        s.busy = True
        done = False
        try:
            for p in rows:
                sqlite_bind(s, p)
                if not connection._db:
                    sqlite_check(connection)
                code = sqlite_step(s)
                if code != 101 and code != 100:
                    sqlite_raise(db, code)
                if not many:
                    cursor._description = sqlite_describe(connection, s) if s.columns else None
                    cursor._converters = sqlite_make_converters(connection, s)
                    cursor._lastrowid = sqliteLastRowid(db)
                if s.dml and code == 101:
                    cursor._rowcount += sqliteChanges(db)
                if code == 101 or many:
                    sqlite_reset(s)
                    s.busy = many
            done = True
        finally:
            if not done or many:
                sqlite_reset(s)
            sqliteClearBindings(s.handle) if not s.busy else None
        if not many and s.busy:
            cursor._statement = s
        return cursor
    except BaseException:
        cursor._rowcount = -1
        raise
    finally:
        cursor._locked = False


@builtin_class("_sqlite3", "Row")
class sqlite_Row:
    __slots__ = ("_description", "_data", "__weakref__")

    def __new__(cls, cursor, data, /):
        if not isinstance(cursor, sqlite_Cursor):
            raise TypeError("Row() argument 1 must be sqlite3.Cursor, not " + typeNameOf(cursor))
        if not isinstance(data, tuple):
            raise TypeError("Row() argument 2 must be tuple, not " + typeNameOf(data))
        self = _object.__new__(cls)
        self._description = cursor._description
        self._data = data
        return self

    def keys(self):
        return [] if self._description is None else [d[0] for d in self._description]

    def __getitem__(self, key):
        if isinstance(key, str):
            if self._description is not None:
                i = 0
                for d in self._description:
                    name = d[0]
                    if name == key or len(name) == len(key) and name.isascii() and name.lower() == key.lower():
                        return self._data[i]
                    i += 1
            raise IndexError("No item with that key")
        if isinstance(key, slice):
            return self._data[key]
        if type_lookup(class_of(key), "__index__", None) is None:
            raise IndexError("Index must be int or string")
        return self._data[textIndex(key)]

    def __len__(self):
        return len(self._data)

    def __iter__(self):
        return iter(self._data)

    def __hash__(self):
        return hash(self._description) ^ hash(self._data)

    def __eq__(self, other):
        if not isinstance(other, sqlite_Row):
            return NotImplemented
        return self._description == other._description and self._data == other._data

    def __ne__(self, other):
        if not isinstance(other, sqlite_Row):
            return NotImplemented
        return not (self._description == other._description and self._data == other._data)


def sqlite_make_row(description, data):
    row = _object.__new__(sqlite_Row)
    row._description = description
    row._data = data
    return row


for sqlite_c in (sqlite_Cursor, sqlite_Row, sqlite_Statement):
    sqlite_c.__module__ = "sqlite3"
