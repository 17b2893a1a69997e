# _sqlite3: exceptions, constants, adapters, and calls that SQLite interrupts with questions.
# On demand: _sqlite3


def sqlite_class(name, base):
    cls = _type(name, (base,), {"__module__": "sqlite3"})
    app_module_attr("_sqlite3", name, cls)
    return cls


sqlite_Warning = sqlite_class("Warning", Exception)
sqlite_Error = sqlite_class("Error", Exception)
sqlite_InterfaceError = sqlite_class("InterfaceError", sqlite_Error)
sqlite_DatabaseError = sqlite_class("DatabaseError", sqlite_Error)
sqlite_InternalError = sqlite_class("InternalError", sqlite_DatabaseError)
sqlite_OperationalError = sqlite_class("OperationalError", sqlite_DatabaseError)
sqlite_ProgrammingError = sqlite_class("ProgrammingError", sqlite_DatabaseError)
sqlite_IntegrityError = sqlite_class("IntegrityError", sqlite_DatabaseError)
sqlite_DataError = sqlite_class("DataError", sqlite_DatabaseError)
sqlite_NotSupportedError = sqlite_class("NotSupportedError", sqlite_DatabaseError)

sqlite_constants = {
    "PARSE_DECLTYPES": 1, "PARSE_COLNAMES": 2, "SQLITE_OK": 0, "SQLITE_ERROR": 1, "SQLITE_INTERNAL": 2, "SQLITE_PERM": 3, "SQLITE_ABORT": 4,
    "SQLITE_BUSY": 5, "SQLITE_LOCKED": 6, "SQLITE_NOMEM": 7, "SQLITE_READONLY": 8, "SQLITE_INTERRUPT": 9, "SQLITE_IOERR": 10,
    "SQLITE_CORRUPT": 11, "SQLITE_NOTFOUND": 12, "SQLITE_FULL": 13, "SQLITE_CANTOPEN": 14, "SQLITE_PROTOCOL": 15, "SQLITE_EMPTY": 16,
    "SQLITE_SCHEMA": 17, "SQLITE_TOOBIG": 18, "SQLITE_CONSTRAINT": 19, "SQLITE_MISMATCH": 20, "SQLITE_MISUSE": 21, "SQLITE_NOLFS": 22,
    "SQLITE_AUTH": 23, "SQLITE_FORMAT": 24, "SQLITE_RANGE": 25, "SQLITE_NOTADB": 26, "SQLITE_NOTICE": 27, "SQLITE_WARNING": 28,
    "SQLITE_ROW": 100, "SQLITE_DONE": 101,
    "SQLITE_DENY": 1, "SQLITE_IGNORE": 2, "SQLITE_CREATE_INDEX": 1, "SQLITE_CREATE_TABLE": 2, "SQLITE_CREATE_TEMP_INDEX": 3,
    "SQLITE_CREATE_TEMP_TABLE": 4, "SQLITE_CREATE_TEMP_TRIGGER": 5, "SQLITE_CREATE_TEMP_VIEW": 6, "SQLITE_CREATE_TRIGGER": 7,
    "SQLITE_CREATE_VIEW": 8, "SQLITE_DELETE": 9, "SQLITE_DROP_INDEX": 10, "SQLITE_DROP_TABLE": 11, "SQLITE_DROP_TEMP_INDEX": 12,
    "SQLITE_DROP_TEMP_TABLE": 13, "SQLITE_DROP_TEMP_TRIGGER": 14, "SQLITE_DROP_TEMP_VIEW": 15, "SQLITE_DROP_TRIGGER": 16,
    "SQLITE_DROP_VIEW": 17, "SQLITE_INSERT": 18, "SQLITE_PRAGMA": 19, "SQLITE_READ": 20, "SQLITE_SELECT": 21, "SQLITE_TRANSACTION": 22,
    "SQLITE_UPDATE": 23, "SQLITE_ATTACH": 24, "SQLITE_DETACH": 25, "SQLITE_ALTER_TABLE": 26, "SQLITE_REINDEX": 27, "SQLITE_ANALYZE": 28,
    "SQLITE_CREATE_VTABLE": 29, "SQLITE_DROP_VTABLE": 30, "SQLITE_FUNCTION": 31, "SQLITE_SAVEPOINT": 32, "SQLITE_RECURSIVE": 33,
    "SQLITE_LIMIT_LENGTH": 0, "SQLITE_LIMIT_SQL_LENGTH": 1, "SQLITE_LIMIT_COLUMN": 2, "SQLITE_LIMIT_EXPR_DEPTH": 3,
    "SQLITE_LIMIT_COMPOUND_SELECT": 4, "SQLITE_LIMIT_VDBE_OP": 5, "SQLITE_LIMIT_FUNCTION_ARG": 6, "SQLITE_LIMIT_ATTACHED": 7,
    "SQLITE_LIMIT_LIKE_PATTERN_LENGTH": 8, "SQLITE_LIMIT_VARIABLE_NUMBER": 9, "SQLITE_LIMIT_TRIGGER_DEPTH": 10,
    "SQLITE_LIMIT_WORKER_THREADS": 11,
    "SQLITE_BUSY_RECOVERY": 261, "SQLITE_BUSY_SNAPSHOT": 517, "SQLITE_BUSY_TIMEOUT": 773, "SQLITE_LOCKED_SHAREDCACHE": 262,
    "SQLITE_CANTOPEN_ISDIR": 526, "SQLITE_CANTOPEN_FULLPATH": 782, "SQLITE_CONSTRAINT_CHECK": 275, "SQLITE_CONSTRAINT_COMMITHOOK": 531,
    "SQLITE_CONSTRAINT_FOREIGNKEY": 787, "SQLITE_CONSTRAINT_FUNCTION": 1043, "SQLITE_CONSTRAINT_NOTNULL": 1299,
    "SQLITE_CONSTRAINT_PRIMARYKEY": 1555, "SQLITE_CONSTRAINT_TRIGGER": 1811, "SQLITE_CONSTRAINT_UNIQUE": 2067,
    "SQLITE_CONSTRAINT_VTAB": 2323, "SQLITE_CONSTRAINT_ROWID": 2579, "SQLITE_CONSTRAINT_PINNED": 2835, "SQLITE_READONLY_DBMOVED": 1032,
    "SQLITE_READONLY_DIRECTORY": 1544, "SQLITE_READONLY_ROLLBACK": 776, "SQLITE_IOERR_READ": 266, "SQLITE_IOERR_WRITE": 778,
    "SQLITE_IOERR_FSYNC": 1034, "SQLITE_IOERR_LOCK": 3850, "SQLITE_AUTH_USER": 279, "SQLITE_ABORT_ROLLBACK": 516,
}

sqlite_errorNames = {}
for sqlite_name, sqlite_value in sqlite_constants.items():
    app_module_attr("_sqlite3", sqlite_name, sqlite_value)
    # The plain results stand first, so their names win.
    if sqlite_name[:7] == "SQLITE_" and (sqlite_value > 101 or sqlite_value not in sqlite_errorNames):
        sqlite_errorNames[sqlite_value] = sqlite_name

sqlite_adapters = {}
sqlite_converters = {}
sqlite_state = {"tracebacks": False, "next": 1}
# Callbacks by number.
sqlite_users = {}


def _sqlite3_populate(namespace):
    version, threads = sqliteVersion()
    namespace["sqlite_version"] = version
    namespace["version"] = namespace["_deprecated_version"] = "2.6.0"
    namespace["threadsafety"] = 3 if threads == 1 else 1 if threads == 2 else 0
    namespace["adapters"] = sqlite_adapters
    namespace["converters"] = sqlite_converters


def sqlite_error_class(code):
    if code == 2 or code == 12:
        return sqlite_InternalError
    if code == 7:
        return MemoryError
    if code in (1, 3, 4, 5, 6, 8, 9, 10, 13, 14, 15, 16, 17):
        return sqlite_OperationalError
    if code == 18:
        return sqlite_DataError
    if code == 19 or code == 20:
        return sqlite_IntegrityError
    if code == 21 or code == 25:
        return sqlite_InterfaceError
    return sqlite_DatabaseError


def sqlite_raise(db, given=0):
    # The error of the last call on the database.
    code, extended, message = sqliteError(db)
    if code == 0:
        if not given:
            return
        code = extended = given
        message = sqliteErrorText(given)
    cls = sqlite_error_class(code & 255)
    if cls is MemoryError:
        raise MemoryError
    e = cls(message)
    e.sqlite_errorcode = extended
    e.sqlite_errorname = sqlite_errorNames.get(extended, "unknown")
    raise e


def sqlite_utf8(text, what):
    if not isinstance(text, str):
        raise TypeError(what + " must be str, not " + typeNameOf(text))
    if "\0" in text:
        raise ValueError("embedded null character")
    return text.encode()


@builtin_class("_sqlite3", "PrepareProtocol")
class sqlite_PrepareProtocol:
    pass


sqlite_PrepareProtocol.__module__ = "sqlite3"


@module_function("_sqlite3")
def register_adapter(type, adapter, /):
    sqlite_adapters[(type, sqlite_PrepareProtocol)] = adapter


@module_function("_sqlite3")
def register_converter(typename, converter, /):
    if not isinstance(typename, str):
        raise TypeError("register_converter() argument 1 must be str, not " + typeNameOf(typename))
    sqlite_converters[typename.upper()] = converter


@module_function("_sqlite3")
def adapt(obj, proto=sqlite_PrepareProtocol, *alternate):
    if len(alternate) > 1:
        raise TypeError("adapt expected at most 3 arguments, got " + str(2 + len(alternate)))
    adapter = sqlite_adapters.get((class_of(obj), proto))
    if adapter is not None:
        return adapter(obj)
    method = getattr_default(proto, "__adapt__", None)
    if method is not None:
        adapted = method(obj)
        if adapted is not None:
            return adapted
    method = getattr_default(obj, "__conform__", None)
    if method is not None:
        adapted = method(proto)
        if adapted is not None:
            return adapted
    if alternate:
        return alternate[0]
    raise sqlite_ProgrammingError("can't adapt")


sqlite_adapt = adapt


@module_function("_sqlite3")
def complete_statement(statement):
    return sqliteComplete(sqlite_utf8(statement, "complete_statement() argument 'statement'"))


@module_function("_sqlite3")
def enable_callback_tracebacks(enable, /):
    sqlite_state["tracebacks"] = bool(enable)


@module_function("_sqlite3")
def enable_shared_cache(do_enable):
    if sqliteSharedCache(bool(do_enable)):
        raise sqlite_OperationalError("Changing the shared_cache flag failed")


del register_adapter, register_converter, adapt, complete_statement, enable_callback_tracebacks, enable_shared_cache


def sqlite_user(callback):
    n = sqlite_state["next"]
    sqlite_state["next"] = n + 1
    sqlite_users[n] = callback
    return n


def sqlite_report(e, callback):
    # A callback's exception, which SQLite cannot carry.
    if sqlite_state["tracebacks"]:
        report_unraisable(e, callback)


def sqlite_give(call, value):
    # What a function returned goes to SQLite.
    if value is None or isinstance(value, (int, float)):
        return sqliteCallResult(call, value, 0)
    if isinstance(value, str):
        return sqliteCallResult(call, value.encode(), 1)
    return sqliteCallResult(call, value, 0)


def sqlite_failed(call, e, message, callback):
    if isinstance(e, MemoryError):
        sqliteCallError(call, 7)
    elif isinstance(e, OverflowError):
        sqliteCallError(call, 18)
    else:
        sqliteCallError(call, message)
    sqlite_report(e, callback)


def sqlite_arguments(call):
    arguments = sqliteCallArguments(call)
    for a in arguments:
        if a is ...:
            raise sqlite_OperationalError("Could not decode to UTF-8")
    return arguments


def sqlite_answer(call, kind, callback):
    if kind == 1:
        try:
            if not sqlite_give(call, callback(*sqlite_arguments(call))):
                sqliteCallError(call, b"user-defined function raised exception")
        except BaseException as e:
            sqlite_failed(call, e, b"user-defined function raised exception", callback)
    elif kind == 2 or kind == 5:
        cls, instances = callback
        n = sqliteInstance(call, None, True)
        try:
            message = b"user-defined aggregate's '__init__' method raised error"
            if n == 0:
                obj = cls()
                n = sqlite_state["next"]
                sqlite_state["next"] = n + 1
                instances[n] = obj
                sqliteInstance(call, n, True)
            message = b"user-defined aggregate's 'step' method raised error" if kind == 2 else b"user-defined aggregate's 'inverse' method raised error"
            obj = instances[n]
            arguments = sqlite_arguments(call)
            if kind == 2:
                obj.step(*arguments)
            else:
                obj.inverse(*arguments)
        except BaseException as e:
            if isinstance(e, AttributeError) and message[-24:] == b"'step' method raised err":
                message = b"user-defined aggregate's 'step' method not defined"
            sqlite_failed(call, e, message, cls)
    elif kind == 3 or kind == 4:
        cls, instances = callback
        n = sqliteInstance(call, None, False)
        if n:
            obj = instances.pop(n) if kind == 3 else instances[n]
            what = "finalize" if kind == 3 else "value"
            try:
                if not sqlite_give(call, getattr(obj, what)()):
                    sqliteCallError(call, b"user-defined aggregate's '" + what.encode() + b"' method raised error")
            except BaseException as e:
                problem = b"' method not defined" if isinstance(e, AttributeError) and getattr_default(obj, what, None) is None else b"' method raised error"
                sqlite_failed(call, e, b"user-defined aggregate's '" + what.encode() + problem, cls)
    elif kind == 6:
        try:
            r = callback(sqliteCallText(call, 0, True), sqliteCallText(call, 1, True))
            r = textIndex(r)
            sqliteCallAnswer(call, -1 if r < 0 else 1 if r > 0 else 0)
        except BaseException as e:
            sqlite_report(e, callback)
            sqliteCallAnswer(call, 0)
    elif kind == 7:
        try:
            sqliteCallAnswer(call, 1 if callback() else 0)
        except BaseException as e:
            sqlite_report(e, callback)
            sqliteCallAnswer(call, 1)
    elif kind == 8:
        try:
            sql = sqliteCallText(call, 0, False)
            if sql[:2] != "--":
                expanded = sqliteCallExpanded(call)
                if expanded is not None:
                    sql = expanded
            callback(sql)
        except BaseException as e:
            sqlite_report(e, callback)
    else:
        try:
            r = callback(sqliteCallNumber(call), sqliteCallText(call, 0, False), sqliteCallText(call, 1, False), sqliteCallText(call, 2, False),
                         sqliteCallText(call, 3, False))
            sqliteCallAnswer(call, r if class_of(r) is int and -2147483648 <= r <= 2147483647 else 1)
        except BaseException as e:
            sqlite_report(e, callback)
            sqliteCallAnswer(call, 1)


def sqlite_call(operation, db, statement, sql):
    # (code, statement, where the text goes on) of a call that may ask.
    call = sqliteCallOpen(operation, db, statement, sql)
    while True:
        asked = sqliteCallRun(call)
        if asked is None:
            return sqliteCallEnd(call)
        sqlite_answer(call, asked[0], sqlite_users.get(asked[1]))
