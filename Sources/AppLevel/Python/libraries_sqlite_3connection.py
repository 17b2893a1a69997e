# _sqlite3: connections and blobs.
# On demand: _sqlite3

sqlite_isolation = {"": "", "DEFERRED": "DEFERRED", "IMMEDIATE": "IMMEDIATE", "EXCLUSIVE": "EXCLUSIVE"}


def sqlite_check(connection):
    if not connection._ready:
        raise sqlite_ProgrammingError("Base Connection.__init__ not called.")
    if not connection._db:
        raise sqlite_ProgrammingError("Cannot operate on a closed database.")


def sqlite_simple(connection, sql):
    # Runs a statement without values: BEGIN, COMMIT, ROLLBACK.
    data = sql.encode()
    if connection._asks:
        code, handle, at = sqlite_call(1, connection._db, 0, data)
    else:
        handle, at, code = sqlitePrepare(connection._db, data)
    if code == 0:
        if connection._asks:
            sqlite_call(0, connection._db, handle, None)
            code = sqlite_call(3, connection._db, handle, None)[0]
        else:
            sqliteStep(handle)
            code = sqliteFinalize(handle)
    if code:
        sqlite_raise(connection._db, code)


def sqlite_get_statement(connection, sql):
    cache = connection._cache
    s = cache.get(sql)
    if s is not None:
        # The last used stands last.
        del cache[sql]
        cache[sql] = s
        return s
    s = sqlite_prepare(connection, sql)
    size = connection._cache_size
    if size > 0:
        if len(cache) >= size:
            del cache[next(iter(cache))]
        cache[sql] = s
    return s


def sqlite_level(value):
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError("isolation_level must be str or None")
    if "\0" in value:
        raise ValueError("embedded null character")
    level = sqlite_isolation.get(value.upper())
    if level is None:
        raise ValueError("isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'")
    return level


@bound_to_process
@builtin_class("_sqlite3", "Connection")
class sqlite_Connection:
    __slots__ = ("_db", "_ready", "_isolation_level", "_detect_types", "_cache", "_cache_size", "_handles", "row_factory", "_text_factory",
                 "_asks", "_callbacks", "__weakref__")

    def __new__(cls, *args, **kwargs):
        self = _object.__new__(cls)
        self._db = 0
        self._ready = False
        self._asks = False
        self._handles = set()
        self._callbacks = {}
        return self

    def __init__(self, database, timeout=5.0, detect_types=0, isolation_level="", check_same_thread=True, factory=None, cached_statements=128,
                 uri=False):
        import os
        import sys
        path = os.fsencode(database)
        if b"\0" in path:
            raise ValueError("embedded null byte")
        sys.audit("sqlite3.connect", database)
        timeout = textRealFloat(timeout)
        level = sqlite_level(isolation_level)
        if self._db:
            sqlite_close(self)
            self._ready = False
        db, code = sqliteOpen(path, bool(uri), int(timeout * 1000))
        if code:
            try:
                if not db:
                    raise MemoryError
                sqlite_raise(db, code)
            finally:
                sqliteClose(db)
        self._db = db
        self._isolation_level = level
        self._detect_types = textIndex(detect_types)
        self._cache = {}
        self._cache_size = textIndex(cached_statements)
        self._handles = set()
        self.row_factory = None
        self._text_factory = str
        self._asks = False
        self._callbacks = {}
        self._ready = True
        sys.audit("sqlite3.connect/handle", self)

    Warning = sqlite_Warning
    Error = sqlite_Error
    InterfaceError = sqlite_InterfaceError
    DatabaseError = sqlite_DatabaseError
    DataError = sqlite_DataError
    OperationalError = sqlite_OperationalError
    IntegrityError = sqlite_IntegrityError
    InternalError = sqlite_InternalError
    ProgrammingError = sqlite_ProgrammingError
    NotSupportedError = sqlite_NotSupportedError

    @property
    def isolation_level(self):
        sqlite_check(self)
        return self._isolation_level

    @isolation_level.setter
    def isolation_level(self, value):
        level = sqlite_level(value)
        if level is None:
            sqlite_check(self)
            if not sqliteAutocommit(self._db):
                sqlite_simple(self, "COMMIT")
        self._isolation_level = level

    @isolation_level.deleter
    def isolation_level(self):
        raise AttributeError("cannot delete attribute")

    @property
    def in_transaction(self):
        sqlite_check(self)
        return not sqliteAutocommit(self._db)

    @property
    def total_changes(self):
        sqlite_check(self)
        return sqliteTotalChanges(self._db)

    @property
    def text_factory(self):
        return self._text_factory

    @text_factory.setter
    def text_factory(self, value):
        self._text_factory = value

    def cursor(self, factory=None):
        sqlite_check(self)
        cursor = (sqlite_Cursor if factory is None else factory)(self)
        if not isinstance(cursor, sqlite_Cursor):
            raise TypeError("factory must return a cursor, not " + typeNameOf(cursor))
        if self.row_factory is not None:
            cursor.row_factory = self.row_factory
        return cursor

    def execute(self, sql, parameters=(), /):
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql, parameters, /):
        return self.cursor().executemany(sql, parameters)

    def executescript(self, sql_script, /):
        return self.cursor().executescript(sql_script)

    def commit(self):
        sqlite_check(self)
        if not sqliteAutocommit(self._db):
            sqlite_simple(self, "COMMIT")

    def rollback(self):
        sqlite_check(self)
        if not sqliteAutocommit(self._db):
            sqlite_simple(self, "ROLLBACK")

    def close(self):
        if not self._ready:
            raise sqlite_ProgrammingError("Base Connection.__init__ not called.")
        sqlite_close(self)

    def __call__(self, sql, /):
        sqlite_check(self)
        if not isinstance(sql, str):
            raise TypeError("argument 1 must be str, not " + typeNameOf(sql))
        return sqlite_prepare(self, sql)

    def __enter__(self):
        sqlite_check(self)
        return self

    def __exit__(self, type, value, traceback, /):
        if type is None and value is None and traceback is None:
            try:
                self.commit()
            except BaseException:
                self.rollback()
                raise
        else:
            self.rollback()
        return False

    def create_function(self, name, narg, func, *, deterministic=False):
        sqlite_check(self)
        sqlite_register(self, 0, name, narg, func, 0x800 if deterministic else 0, "Error creating function")

    def create_aggregate(self, name, n_arg, aggregate_class):
        sqlite_check(self)
        sqlite_register(self, 1, name, n_arg, (aggregate_class, {}) if aggregate_class is not None else None, 0, "Error creating aggregate")

    def create_window_function(self, name, num_params, aggregate_class, /):
        sqlite_check(self)
        sqlite_register(self, 2, name, num_params, (aggregate_class, {}) if aggregate_class is not None else None, 0, "Error creating window function")

    def create_collation(self, name, callback, /):
        sqlite_check(self)
        if callback is not None and not callable(callback):
            raise TypeError("parameter must be callable")
        sqlite_register(self, 3, name, 0, callback, 0, None)

    def set_progress_handler(self, progress_handler, n):
        sqlite_check(self)
        sqlite_register(self, 4, "", n, progress_handler, 0, None)

    def set_trace_callback(self, trace_callback):
        sqlite_check(self)
        sqlite_register(self, 5, "", 0, trace_callback, 0, None)

    def set_authorizer(self, authorizer_callback):
        sqlite_check(self)
        sqlite_register(self, 6, "", 0, authorizer_callback, 0, "Error setting authorizer callback")

    def interrupt(self):
        sqlite_check(self)
        sqliteInterrupt(self._db)

    def iterdump(self):
        sqlite_check(self)
        from sqlite3.dump import _iterdump
        return _iterdump(self)

    def backup(self, target, *, pages=-1, progress=None, name="main", sleep=0.25):
        if not isinstance(target, sqlite_Connection):
            raise TypeError("backup() argument 1 must be sqlite3.Connection, not " + typeNameOf(target))
        pages = textIndex(pages)
        sleep = textRealFloat(sleep)
        sqlite_check(self)
        if progress is not None and not callable(progress):
            raise TypeError("progress argument must be a callable")
        if target is self:
            raise ValueError("target cannot be the same connection instance")
        sqlite_check(target)
        if not sqliteAutocommit(target._db):
            raise sqlite_OperationalError("target is in transaction")
        if pages == 0:
            pages = -1
        b = sqliteBackupOpen(target._db, self._db, sqlite_utf8(name, "backup() argument 'name'"))
        if not b:
            sqlite_raise(target._db, 1)
        try:
            while True:
                code, left, count = sqliteBackupStep(b, pages if pages > 0 else 256)
                if progress is not None and (pages > 0 or code == 101):
                    progress(code, left, count)
                if code == 5 or code == 6:
                    import time
                    time.sleep(sleep)
                elif code != 0:
                    break
        finally:
            code = sqliteBackupClose(b)
        if code:
            sqlite_raise(target._db, code)

    def getlimit(self, category, /):
        return sqlite_limit(self, category, -1)

    def setlimit(self, category, limit, /):
        return sqlite_limit(self, category, textIndex(limit))

    def serialize(self, *, name="main"):
        sqlite_check(self)
        data = sqliteSerialize(self._db, sqlite_utf8(name, "serialize() argument 'name'"))
        if data is None:
            raise sqlite_OperationalError("unable to serialize '" + name + "'")
        return data

    def deserialize(self, data, /, *, name="main"):
        sqlite_check(self)
        if isinstance(data, str):
            data = data.encode()
        bufferLength(data)
        code = sqliteDeserialize(self._db, sqlite_utf8(name, "deserialize() argument 'name'"), data)
        if code:
            sqlite_raise(self._db, code)

    def enable_load_extension(self, enable, /):
        sqlite_check(self)
        import sys
        sys.audit("sqlite3.enable_load_extension", self, bool(enable))
        if sqliteLoadExtensions(self._db, bool(enable)):
            raise sqlite_OperationalError("Error enabling load extension")

    def load_extension(self, name, /):
        sqlite_check(self)
        import sys
        sys.audit("sqlite3.load_extension", self, name)
        message = sqliteLoadExtension(self._db, sqlite_utf8(name, "load_extension() argument"))
        if message is not None:
            raise sqlite_OperationalError(message)

    def blobopen(self, table, column, row, /, *, readonly=False, name="main"):
        sqlite_check(self)
        blob = _object.__new__(sqlite_Blob)
        blob._connection = self
        blob._offset = 0
        blob._handle = 0
        handle, code = sqliteBlobOpen(self._db, sqlite_utf8(name, "blobopen() argument 'name'"), sqlite_utf8(table, "blobopen() argument 1"),
                                      sqlite_utf8(column, "blobopen() argument 2"), textIndex(row), not readonly)
        if code == 21 and not handle and not fitsWord(row):
            raise OverflowError("Python int too large to convert to C long")
        if code:
            sqlite_raise(self._db, code)
        blob._handle = handle
        return blob

    def __del__(self):
        if self._db:
            sqlite_close(self)


def sqlite_close(connection):
    if not connection._db:
        return
    connection._cache = {}
    for handle in list(connection._handles):
        sqlite_finalize(connection, handle)
    db = connection._db
    connection._db = 0
    sqliteClose(db)
    for n in connection._callbacks.values():
        sqlite_users.pop(n, None)
    connection._callbacks = {}
    connection._asks = False


def sqlite_limit(connection, category, value):
    sqlite_check(connection)
    category = textIndex(category)
    r = sqliteLimit(connection._db, category, value)
    if r < 0:
        raise sqlite_ProgrammingError("'category' is out of bounds")
    return r


def sqlite_register(connection, what, name, count, callback, flags, failure):
    # From now on the connection's calls may ask.
    data = sqlite_utf8(name, "argument 1") if what <= 3 else b""
    count = textIndex(count)
    key = (what, data.lower(), count if what < 3 else 0)
    n = 0
    if callback is not None:
        n = sqlite_user(callback)
    code = sqliteRegister(what, connection._db, data, count, n, flags)
    if code:
        sqlite_users.pop(n, None)
        if failure is not None:
            raise sqlite_OperationalError(failure)
        sqlite_raise(connection._db, code)
    old = connection._callbacks.pop(key, 0)
    if n:
        connection._callbacks[key] = n
        connection._asks = True
    if old and what > 2:
        sqlite_users.pop(old, None)


@bound_to_process
@builtin_class("_sqlite3", "Blob")
class sqlite_Blob:
    __slots__ = ("_connection", "_handle", "_offset", "__weakref__")

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'sqlite3.Blob' instances")

    def close(self):
        sqlite_check(self._connection)
        sqliteBlobClose(self._handle)
        self._handle = 0

    def read(self, length=-1, /):
        sqlite_check_blob(self)
        length = textIndex(length)
        left = sqliteBlobSize(self._handle) - self._offset
        if length < 0 or length > left:
            length = left
        if length == 0:
            return b""
        data = sqlite_blob_read(self, self._offset, length)
        self._offset += length
        return data

    def write(self, data, /):
        sqlite_check_blob(self)
        n = bufferLength(data)
        sqlite_blob_write(self, self._offset, data, n)
        self._offset += n

    def seek(self, offset, origin=0, /):
        sqlite_check_blob(self)
        offset = textIndex(offset)
        origin = textIndex(origin)
        size = sqliteBlobSize(self._handle)
        if origin == 1:
            offset += self._offset
        elif origin == 2:
            offset += size
        elif origin != 0:
            raise ValueError("'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END")
        if offset > 2147483647 or offset < -2147483648:
            raise OverflowError("seek offset results in offset overflow")
        if offset < 0 or offset > size:
            raise ValueError("offset out of blob range")
        self._offset = offset

    def tell(self):
        sqlite_check_blob(self)
        return self._offset

    def __enter__(self):
        sqlite_check_blob(self)
        return self

    def __exit__(self, type, val, tb, /):
        sqlite_check_blob(self)
        sqliteBlobClose(self._handle)
        self._handle = 0

    def __len__(self):
        sqlite_check_blob(self)
        return sqliteBlobSize(self._handle)

    def __getitem__(self, key):
        sqlite_check_blob(self)
        size = sqliteBlobSize(self._handle)
        if isinstance(key, slice):
            start, stop, step = key.indices(size)
            if step == 1:
                return sqlite_blob_read(self, start, stop - start) if stop > start else b""
            return sqlite_blob_read(self, 0, size)[key] if len(range(start, stop, step)) else b""
        return sqlite_blob_read(self, sqlite_blob_index(key, size), 1)[0]

    def __setitem__(self, key, value):
        sqlite_check_blob(self)
        size = sqliteBlobSize(self._handle)
        if isinstance(key, slice):
            where = range(*key.indices(size))
            data = bufferBytes(value)
            if data is None:
                raise TypeError("a bytes-like object is required, not '" + typeNameOf(value) + "'")
            if len(data) != len(where):
                raise IndexError("Blob slice assignment is wrong size")
            if not data:
                return
            if where.step == 1:
                sqlite_blob_write(self, where.start, data, len(data))
            else:
                whole = bytearray(sqlite_blob_read(self, 0, size))
                whole[key] = data
                sqlite_blob_write(self, 0, whole, size)
            return
        if not isinstance(value, int):
            raise TypeError("'" + typeNameOf(value) + "' object cannot be interpreted as an integer")
        i = sqlite_blob_index(key, size)
        if value < 0 or value > 255:
            raise ValueError("byte must be in range(0, 256)")
        sqlite_blob_write(self, i, bytes((value,)), 1)

    def __delitem__(self, key):
        sqlite_check_blob(self)
        if isinstance(key, slice):
            raise TypeError("Blob doesn't support slice deletion")
        raise TypeError("Blob doesn't support item deletion")

    def __contains__(self, value):
        raise TypeError("Blob doesn't support containment")

    def __del__(self):
        sqliteBlobClose(self._handle)


def sqlite_check_blob(blob):
    sqlite_check(blob._connection)
    if not blob._handle:
        raise sqlite_ProgrammingError("Cannot operate on a closed blob.")


def sqlite_blob_index(key, size):
    if type_lookup(class_of(key), "__index__", None) is None:
        raise TypeError("Blob indices must be integers")
    i = textIndex(key)
    if not fitsWord(i):
        raise IndexError("cannot fit 'int' into an index-sized integer")
    if i < 0:
        i += size
    if i < 0 or i >= size:
        raise IndexError("Blob index out of range")
    return i


def sqlite_blob_read(blob, at, n):
    r = sqliteBlobRead(blob._handle, at, n)
    if class_of(r) is int:
        sqlite_blob_raise(blob, r)
    return r


def sqlite_blob_write(blob, at, data, n):
    if at + n > sqliteBlobSize(blob._handle):
        raise ValueError("data longer than blob length")
    code = sqliteBlobWrite(blob._handle, at, data)
    if code:
        sqlite_blob_raise(blob, code)


def sqlite_blob_raise(blob, code):
    if code == 4:
        raise sqlite_OperationalError("Cannot operate on an expired blob handle")
    sqlite_raise(blob._connection._db, code)


@module_function("_sqlite3")
def connect(database, timeout=5.0, detect_types=0, isolation_level="", check_same_thread=True, factory=sqlite_Connection, cached_statements=128,
            uri=False):
    return factory(database, timeout, detect_types, isolation_level, check_same_thread, factory, cached_statements, uri)


del connect
for sqlite_c in (sqlite_Connection, sqlite_Blob):
    sqlite_c.__module__ = "sqlite3"
