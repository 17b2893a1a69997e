// `_sqlite3`: databases, statements, values and blobs for its classes, which are app-level (libraries_sqlite_*.py).
//
// Where a connection has callbacks, calls that may reach them run as `weft_sql_call`s (see CSQLiteCalls): the native returns
// what SQLite asks for, app-level code answers and continues the call.

import Builtins
import CSQLite
import CSQLiteCalls
import Glibc
import Heap
import Objects

nonisolated(unsafe) private var databases = HandleTable<OpaquePointer>()
nonisolated(unsafe) private var statements = HandleTable<OpaquePointer>()
nonisolated(unsafe) private var blobs = HandleTable<OpaquePointer>()
nonisolated(unsafe) private var backups = HandleTable<OpaquePointer>()
nonisolated(unsafe) private var calls = HandleTable<UnsafeMutablePointer<weft_sql_call>>()
/// What was to be finalised or closed while a call on it waits for its answer: done when that call is over.
nonisolated(unsafe) private var finalising: [OpaquePointer] = []
nonisolated(unsafe) private var closing: [OpaquePointer] = []

private func code(_ c: Int32) -> Value { .fixnum(Int(c)) }
private let misuse = code(SQLITE_MISUSE)
/// UTF-8 of a C string; bytes that are none are replaced.
private func text(_ t: ThreadRef, _ p: UnsafePointer<CChar>?) -> Value { p.map { makeStr(t, String(cString: $0)) } ?? .none }
private func small(_ v: Value) -> Int32 { Int32(truncatingIfNeeded: v.asInt ?? 0) }
/// The bytes of a bytes object, for a C string.
private func cString(_ v: Value) -> [CChar] { (0..<v.bytesCount).map { CChar(bitPattern: v.bytesData[$0]) } + [0] }

/// UTF-8 as a str; nil where it is none.
private func decode(_ t: ThreadRef, _ p: UnsafeRawPointer?, _ n: Int) -> Value? {
  guard let p = p, n > 0 else { return weft_vm.emptyStr }
  let b = UnsafeBufferPointer(start: p.assumingMemoryBound(to: UInt8.self), count: n)
  var top: UInt8 = 0
  for c in b { top |= c }
  if top < 0x80 { return makeStr(t, ascii: b) }
  let s = makeBytes(t, UnsafeRawBufferPointer(b))
  let r = decodeObject(t, s, intern(t, "utf-8"), .empty)
  if r.isEmpty { t.pointee.exception = .empty; return nil }
  return r
}

/// A value that SQLite gives to a function.
private func argument(_ t: ThreadRef, _ v: OpaquePointer?) -> Value {
  guard let v = v else { return .none }
  switch sqlite3_value_type(v) {
  case SQLITE_INTEGER: return makeInt(t, Int(sqlite3_value_int64(v)))
  case SQLITE_FLOAT: return makeFloat(t, sqlite3_value_double(v))
  case SQLITE_TEXT:
    let p = sqlite3_value_text(v)
    return decode(t, p, Int(sqlite3_value_bytes(v))) ?? weft_vm.ellipsis
  case SQLITE_BLOB:
    let p = sqlite3_value_blob(v), n = Int(sqlite3_value_bytes(v))
    return makeBytes(t, UnsafeRawBufferPointer(start: p, count: p == nil ? 0 : n))
  default: return .none
  }
}

/// Column `i` of the current row; `mode` 0 text as str, 1 as bytes. Ellipsis: text that is no UTF-8.
private func column(_ t: ThreadRef, _ s: OpaquePointer, _ i: Int32, _ mode: Int) -> Value {
  switch sqlite3_column_type(s, i) {
  case SQLITE_INTEGER: return makeInt(t, Int(sqlite3_column_int64(s, i)))
  case SQLITE_FLOAT: return makeFloat(t, sqlite3_column_double(s, i))
  case SQLITE_TEXT:
    let p = sqlite3_column_text(s, i), n = Int(sqlite3_column_bytes(s, i))
    if mode == 0 { return decode(t, p, n) ?? weft_vm.ellipsis }
    return makeBytes(t, UnsafeRawBufferPointer(start: p, count: n))
  case SQLITE_BLOB:
    let p = sqlite3_column_blob(s, i), n = Int(sqlite3_column_bytes(s, i))
    return makeBytes(t, UnsafeRawBufferPointer(start: p, count: p == nil ? 0 : n))
  default: return .none
  }
}

func installSQLite(_ t: ThreadRef) {
  installSQLiteDatabases(t)
  installSQLiteStatements(t)
  installSQLiteCalls(t)
  installSQLiteBlobs(t)
}

private func installSQLiteDatabases(_ t: ThreadRef) {
  // (path, uri, timeout in ms) -> (database, code)
  defineAppNative(t, "sqliteOpen", "(path, uri, timeout, /)") { t, a, n in
    var db: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | (a[1] == .true ? SQLITE_OPEN_URI : 0)
    let c = sqlite3_open_v2(cString(a[0]), &db, flags, nil)
    guard let d = db else { return pair(t, .fixnum(0), code(SQLITE_NOMEM)) }
    sqlite3_busy_timeout(d, small(a[2]))
    sqlite3_extended_result_codes(d, 0)
    return pair(t, databases.add(d), code(c))
  }
  defineAppNative(t, "sqliteClose", "(db, /)") { t, a, n in
    guard let d = databases.remove(a[0]) else { return .fixnum(0) }
    if calls.all.contains(where: { $0.pointee.db == d }) { closing.append(d); return .fixnum(0) }
    return code(sqlite3_close_v2(d))
  }
  // (code, extended code, message)
  defineAppNative(t, "sqliteError", "(db, /)") { t, a, n in
    guard let d = databases[a[0]] else { return makeTuple(t, [misuse, misuse, makeStr(t, String(cString: sqlite3_errstr(SQLITE_MISUSE)))]) }
    return makeTuple(t, [code(sqlite3_errcode(d)), code(sqlite3_extended_errcode(d)), text(t, sqlite3_errmsg(d))])
  }
  defineAppNative(t, "sqliteErrorText", "(code, /)") { t, a, n in text(t, sqlite3_errstr(small(a[0]))) }
  defineAppNative(t, "sqliteAutocommit", "(db, /)") { t, a, n in .bool(databases[a[0]].map { sqlite3_get_autocommit($0) != 0 } ?? true) }
  defineAppNative(t, "sqliteChanges", "(db, /)") { t, a, n in .fixnum(Int(databases[a[0]].map { sqlite3_changes($0) } ?? 0)) }
  defineAppNative(t, "sqliteTotalChanges", "(db, /)") { t, a, n in .fixnum(Int(databases[a[0]].map { sqlite3_total_changes($0) } ?? 0)) }
  defineAppNative(t, "sqliteLastRowid", "(db, /)") { t, a, n in makeInt(t, Int(databases[a[0]].map { sqlite3_last_insert_rowid($0) } ?? 0)) }
  defineAppNative(t, "sqliteInterrupt", "(db, /)") { t, a, n in
    if let d = databases[a[0]] { sqlite3_interrupt(d) }
    return .none
  }
  defineAppNative(t, "sqliteLimit", "(db, category, value, /)") { t, a, n in
    guard let d = databases[a[0]] else { return .fixnum(-1) }
    return code(sqlite3_limit(d, small(a[1]), small(a[2])))
  }
  defineAppNative(t, "sqliteLoadExtensions", "(db, on, /)") { t, a, n in
    guard let d = databases[a[0]] else { return misuse }
    return code(weft_sql_load_extensions(d, a[1] == .true ? 1 : 0))
  }
  defineAppNative(t, "sqliteLoadExtension", "(db, path, /)") { t, a, n in
    guard let d = databases[a[0]] else { return misuse }
    var message: UnsafeMutablePointer<CChar>?
    let c = sqlite3_load_extension(d, cString(a[1]), nil, &message)
    if c == SQLITE_OK { return .none }
    let s = message.map { String(cString: $0) } ?? "not an error"
    sqlite3_free(message)
    return makeStr(t, s)
  }
  defineAppNative(t, "sqliteComplete", "(sql, /)") { t, a, n in .bool(sqlite3_complete(cString(a[0])) != 0) }
  defineAppNative(t, "sqliteSharedCache", "(on, /)") { t, a, n in code(sqlite3_enable_shared_cache(a[0] == .true ? 1 : 0)) }
  defineAppNative(t, "sqliteVersion", "()") { t, a, n in pair(t, text(t, sqlite3_libversion()), .fixnum(Int(sqlite3_threadsafe()))) }
  // The database's image; None where there is no such database, an int is an error.
  defineAppNative(t, "sqliteSerialize", "(db, name, /)") { t, a, n in
    guard let d = databases[a[0]] else { return .none }
    var size: sqlite3_int64 = 0
    if let p = sqlite3_serialize(d, cString(a[1]), &size, UInt32(SQLITE_SERIALIZE_NOCOPY)) { return makeBytes(t, UnsafeRawBufferPointer(start: p, count: Int(size))) }
    guard let p = sqlite3_serialize(d, cString(a[1]), &size, 0) else { return .none }
    let v = makeBytes(t, UnsafeRawBufferPointer(start: p, count: Int(size)))
    sqlite3_free(p)
    return v
  }
  defineAppNative(t, "sqliteDeserialize", "(db, name, data, /)") { t, a, n in
    guard let d = databases[a[0]], let b = bufferView(a[2]) else { return misuse }
    guard let p = sqlite3_malloc64(UInt64(max(b.count, 1))) else { return code(SQLITE_NOMEM) }
    memcpy(p, b.base, b.count)
    return code(sqlite3_deserialize(d, cString(a[1]), p.assumingMemoryBound(to: UInt8.self), Int64(b.count), Int64(b.count),
                                    UInt32(SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE)))
  }
  defineAppNative(t, "sqliteBackupOpen", "(target, source, name, /)") { t, a, n in
    guard let to = databases[a[0]], let from = databases[a[1]] else { return .fixnum(0) }
    guard let b = sqlite3_backup_init(to, "main", from, cString(a[2])) else { return .fixnum(0) }
    return backups.add(b)
  }
  // (code, remaining, page count)
  defineAppNative(t, "sqliteBackupStep", "(backup, pages, /)") { t, a, n in
    guard let b = backups[a[0]] else { return makeTuple(t, [misuse, .fixnum(0), .fixnum(0)]) }
    let c = sqlite3_backup_step(b, small(a[1]))
    return makeTuple(t, [code(c), .fixnum(Int(sqlite3_backup_remaining(b))), .fixnum(Int(sqlite3_backup_pagecount(b)))])
  }
  defineAppNative(t, "sqliteBackupClose", "(backup, /)") { t, a, n in backups.remove(a[0]).map { code(sqlite3_backup_finish($0)) } ?? .fixnum(0) }
}

/// Whether a call runs this statement and waits for an answer.
private func isRunning(_ s: OpaquePointer) -> Bool { calls.all.contains { $0.pointee.stmt == s && $0.pointee.operation != Int32(WEFT_SQL_PREPARE) } }
/// A statement that nothing runs.
private func idle(_ v: Value) -> OpaquePointer? { statements[v].flatMap { isRunning($0) ? nil : $0 } }
/// Takes a statement that is to be finalised from the table; nil where that happens later.
private func removeStatement(_ v: Value) -> OpaquePointer? {
  guard let s = statements.remove(v) else { return nil }
  if !isRunning(s) { return s }
  finalising.append(s)
  return nil
}
/// A call is over: what waited for it.
private func finishLate() {
  if !finalising.isEmpty {
    let late = finalising.filter { !isRunning($0) }
    finalising.removeAll { !isRunning($0) }
    for s in late { sqlite3_finalize(s) }
  }
  if !closing.isEmpty {
    func isUsed(_ d: OpaquePointer) -> Bool { calls.all.contains { $0.pointee.db == d } }
    let late = closing.filter { !isUsed($0) }
    closing.removeAll { !isUsed($0) }
    for d in late { sqlite3_close_v2(d) }
  }
}

private func installSQLiteStatements(_ t: ThreadRef) {
  // (statement or 0, where the text goes on, code) without callbacks.
  defineAppNative(t, "sqlitePrepare", "(db, sql, /)") { t, a, n in
    guard let d = databases[a[0]] else { return makeTuple(t, [.fixnum(0), .fixnum(0), misuse]) }
    var s: OpaquePointer?
    let sql = cString(a[1])
    return sql.withUnsafeBufferPointer { p in
      var tail: UnsafePointer<CChar>?
      let c = sqlite3_prepare_v2(d, p.baseAddress, Int32(p.count), &s, &tail)
      let at = tail.map { $0 - p.baseAddress! } ?? p.count - 1
      return makeTuple(t, [s.map { statements.add($0) } ?? .fixnum(0), .fixnum(at), code(c)])
    }
  }
  defineAppNative(t, "sqliteStep", "(statement, /)") { t, a, n in idle(a[0]).map { code(sqlite3_step($0)) } ?? misuse }
  defineAppNative(t, "sqliteReset", "(statement, /)") { t, a, n in idle(a[0]).map { code(sqlite3_reset($0)) } ?? .fixnum(0) }
  defineAppNative(t, "sqliteFinalize", "(statement, /)") { t, a, n in removeStatement(a[0]).map { code(sqlite3_finalize($0)) } ?? .fixnum(0) }
  defineAppNative(t, "sqliteClearBindings", "(statement, /)") { t, a, n in idle(a[0]).map { code(sqlite3_clear_bindings($0)) } ?? .fixnum(0) }
  defineAppNative(t, "sqliteBusy", "(statement, /)") { t, a, n in .bool(statements[a[0]].map { sqlite3_stmt_busy($0) != 0 } ?? false) }
  defineAppNative(t, "sqliteReadOnly", "(statement, /)") { t, a, n in .bool(statements[a[0]].map { sqlite3_stmt_readonly($0) != 0 } ?? true) }
  defineAppNative(t, "sqliteParameterCount", "(statement, /)") { t, a, n in .fixnum(Int(statements[a[0]].map { sqlite3_bind_parameter_count($0) } ?? 0)) }
  defineAppNative(t, "sqliteParameterName", "(statement, i, /)") { t, a, n in text(t, statements[a[0]].flatMap { sqlite3_bind_parameter_name($0, small(a[1])) }) }
  defineAppNative(t, "sqliteColumnCount", "(statement, /)") { t, a, n in .fixnum(Int(statements[a[0]].map { sqlite3_column_count($0) } ?? 0)) }
  defineAppNative(t, "sqliteDataCount", "(statement, /)") { t, a, n in .fixnum(Int(statements[a[0]].map { sqlite3_data_count($0) } ?? 0)) }
  defineAppNative(t, "sqliteColumnName", "(statement, i, /)") { t, a, n in text(t, statements[a[0]].flatMap { sqlite3_column_name($0, small(a[1])) }) }
  defineAppNative(t, "sqliteColumnType", "(statement, i, /)") { t, a, n in text(t, statements[a[0]].flatMap { sqlite3_column_decltype($0, small(a[1])) }) }
  // Binds an int, float, str as UTF-8 bytes (kind 1), or bytes-like object (kind 0); code -1: the int is too large.
  defineAppNative(t, "sqliteBind", "(statement, i, value, kind, /)") { t, a, n in
    guard let s = statements[a[0]] else { return misuse }
    let i = small(a[1]), v = a[2]
    if v.isNone { return code(sqlite3_bind_null(s, i)) }
    if v.isInt {
      guard let k = v.asInt else { return .fixnum(-1) }
      return code(sqlite3_bind_int64(s, i, Int64(k)))
    }
    if v.isFloat { return code(sqlite3_bind_double(s, i, v.double)) }
    if v.isStr && v.isASCII && v.strWidth == 1 {
      if v.strCount > Int(Int32.max) { return .fixnum(-2) }
      return code(weft_sql_bind_text(s, i, v.strData.assumingMemoryBound(to: CChar.self), Int32(v.strCount)))
    }
    guard let b = bufferView(v) else { return .fixnum(-3) }
    if b.count > Int(Int32.max) { return .fixnum(-2) }
    if a[3] == .fixnum(1) { return code(weft_sql_bind_text(s, i, UnsafeRawPointer(b.base).assumingMemoryBound(to: CChar.self), Int32(b.count))) }
    return code(weft_sql_bind_blob(s, i, b.base, Int32(b.count)))
  }
  // The current row. `mode` 0: text as str, 1: as bytes.
  defineAppNative(t, "sqliteRow", "(statement, mode, /)") { t, a, n in
    guard let s = statements[a[0]] else { return weft_vm.emptyTuple }
    let count = Int(sqlite3_data_count(s))
    let r = makeTuple(t, count: count)
    for i in 0..<count { r.items[i] = column(t, s, Int32(i), a[1].fixnum) }
    return r
  }
  // One column as raw bytes; None for NULL.
  defineAppNative(t, "sqliteRaw", "(statement, i, /)") { t, a, n in
    guard let s = statements[a[0]], sqlite3_column_type(s, small(a[1])) != SQLITE_NULL else { return .none }
    let p = sqlite3_column_blob(s, small(a[1])), k = Int(sqlite3_column_bytes(s, small(a[1])))
    return makeBytes(t, UnsafeRawBufferPointer(start: p, count: p == nil ? 0 : k))
  }
  defineAppNative(t, "sqliteColumnIsText", "(statement, i, /)") { t, a, n in
    .bool(statements[a[0]].map { sqlite3_column_type($0, small(a[1])) == SQLITE_TEXT } ?? false)
  }
}

/// Statement, call and text of a call under way; the text lives as long as the call.
private func installSQLiteCalls(_ t: ThreadRef) {
  // A call on a stack of its own: operation, database, statement, text. A statement that is to be finalised has no number any more.
  defineAppNative(t, "sqliteCallOpen", "(operation, db, statement, sql, /)") { t, a, n in
    let operation = small(a[0]), s = operation == Int32(WEFT_SQL_FINALIZE) ? removeStatement(a[2]) : idle(a[2])
    guard let d = databases[a[1]], s != nil || operation == Int32(WEFT_SQL_PREPARE) else { return .fixnum(operation == Int32(WEFT_SQL_STEP) ? -1 : 0) }
    let c = UnsafeMutablePointer<weft_sql_call>.allocate(capacity: 1)
    c.initialize(to: weft_sql_call())
    c.pointee.operation = operation
    c.pointee.db = d
    c.pointee.stmt = s
    if a[3].isExact(.bytes) {
      let p = UnsafeMutablePointer<CChar>.allocate(capacity: a[3].bytesCount + 1)
      memcpy(p, a[3].bytesData, a[3].bytesCount)
      p[a[3].bytesCount] = 0
      c.pointee.sql = UnsafePointer(p)
      c.pointee.sql_length = Int32(a[3].bytesCount) + 1
    }
    return calls.add(c)
  }
  // Starts or continues: None when it is over, else (what is asked, user).
  defineAppNative(t, "sqliteCallRun", "(call, /)") { t, a, n in
    guard let c = calls[a[0]] else { return .none }
    if weft_sql_run(c) == 0 { return .none }
    return pair(t, code(c.pointee.ask), makeInt(t, Int(c.pointee.user)))
  }
  // (code, statement or 0, where the text goes on); the call is gone then.
  defineAppNative(t, "sqliteCallEnd", "(call, /)") { t, a, n in
    guard let c = calls.remove(a[0]) else { return makeTuple(t, [a[0] == .fixnum(0) ? .fixnum(0) : misuse, .fixnum(0), .fixnum(0)]) }
    var at = 0, statement = Value.fixnum(0)
    if c.pointee.operation == Int32(WEFT_SQL_PREPARE) {
      if let tail = c.pointee.tail, let sql = c.pointee.sql { at = tail - sql }
      if let s = c.pointee.stmt { statement = statements.add(s) }
    }
    let r = makeTuple(t, [code(c.pointee.code), statement, .fixnum(at)])
    c.pointee.sql?.deallocate()
    weft_sql_free(c)
    c.deallocate()
    finishLate()
    return r
  }
  // The arguments of the function that is asked for; Ellipsis for text that is no UTF-8.
  defineAppNative(t, "sqliteCallArguments", "(call, /)") { t, a, n in
    guard let c = calls[a[0]], let p = c.pointee.argv else { return weft_vm.emptyTuple }
    let r = makeTuple(t, count: Int(c.pointee.argc))
    for i in 0..<Int(c.pointee.argc) { r.items[i] = argument(t, p[i]) }
    return r
  }
  // Text `i` of the request: None, a str, or bytes that are no UTF-8.
  defineAppNative(t, "sqliteCallText", "(call, i, counted, /)") { t, a, n in
    guard let c = calls[a[0]] else { return .none }
    let texts = [c.pointee.text.0, c.pointee.text.1, c.pointee.text.2, c.pointee.text.3]
    let lengths = [c.pointee.length.0, c.pointee.length.1, c.pointee.length.2, c.pointee.length.3]
    let i = a[1].fixnum
    guard let p = texts[i] else { return .none }
    let k = a[2] == .true ? Int(lengths[i]) : strlen(p)
    return decode(t, p, k) ?? makeBytes(t, UnsafeRawBufferPointer(start: p, count: k))
  }
  defineAppNative(t, "sqliteCallNumber", "(call, /)") { t, a, n in .fixnum(Int(calls[a[0]]?.pointee.number ?? 0)) }
  // The statement's text with its values, of a trace request.
  defineAppNative(t, "sqliteCallExpanded", "(call, /)") { t, a, n in
    guard let c = calls[a[0]], let s = c.pointee.stmt, let p = sqlite3_expanded_sql(s) else { return .none }
    let r = text(t, p)
    sqlite3_free(p)
    return r
  }
  defineAppNative(t, "sqliteCallAnswer", "(call, answer, /)") { t, a, n in
    calls[a[0]]?.pointee.answer = small(a[1])
    return .none
  }
  // The number of the aggregate instance; `value` not None sets it.
  defineAppNative(t, "sqliteInstance", "(call, value, create, /)") { t, a, n in
    guard let c = calls[a[0]], let x = c.pointee.context, let p = weft_sql_instance(x, a[2] == .true ? 1 : 0) else { return .fixnum(0) }
    if a[1].isFixnum { p.pointee = Int64(a[1].fixnum) }
    return .fixnum(Int(p.pointee))
  }
  // The function's result: None, int, float, str, UTF-8 bytes of a str (kind 1), bytes-like. False: not possible.
  defineAppNative(t, "sqliteCallResult", "(call, value, kind, /)") { t, a, n in
    guard let c = calls[a[0]], let x = c.pointee.context else { return .false }
    let v = a[1]
    if v.isNone { sqlite3_result_null(x) }
    else if v.isInt {
      guard let k = v.asInt else { return .false }
      sqlite3_result_int64(x, Int64(k))
    } else if v.isFloat { sqlite3_result_double(x, v.double) }
    else if let b = bufferView(v) {
      if b.count > Int(Int32.max) { return .false }
      if a[2] == .fixnum(1) { weft_sql_result_text(x, UnsafeRawPointer(b.base).assumingMemoryBound(to: CChar.self), Int32(b.count)) }
      else { weft_sql_result_blob(x, b.base, Int32(b.count)) }
    } else { return .false }
    return .true
  }
  // The function failed: with a message, or by a code (no memory, too big).
  defineAppNative(t, "sqliteCallError", "(call, error, /)") { t, a, n in
    guard let c = calls[a[0]], let x = c.pointee.context else { return .none }
    if a[1].isExact(.bytes) { sqlite3_result_error(x, cString(a[1]), -1) }
    else if a[1] == code(SQLITE_NOMEM) { sqlite3_result_error_nomem(x) }
    else { sqlite3_result_error_toobig(x) }
    return .none
  }
  // Registers callback `user` (0: none): what, database, name, count, more.
  defineAppNative(t, "sqliteRegister", "(what, db, name, count, user, more, /)") { t, a, n in
    guard let d = databases[a[1]] else { return misuse }
    let user = Int64(a[4].asInt ?? 0)
    let name = a[2].isExact(.bytes) ? cString(a[2]) : [0]
    let count = small(a[3])
    switch a[0].fixnum {
    case 0: return code(user == 0 ? weft_sql_no_function(d, name, count, 0) : weft_sql_function(d, name, count, small(a[5]), user))
    case 1: return code(user == 0 ? weft_sql_no_function(d, name, count, 0) : weft_sql_aggregate(d, name, count, user))
    case 2: return code(user == 0 ? weft_sql_no_function(d, name, count, 1) : weft_sql_window(d, name, count, user))
    case 3: return code(user == 0 ? weft_sql_no_collation(d, name) : weft_sql_collation(d, name, user))
    case 4: weft_sql_progress(d, count, user); return .fixnum(0)
    case 5: return code(weft_sql_trace(d, user))
    default: return code(weft_sql_authorizer(d, user))
    }
  }
}

private func installSQLiteBlobs(_ t: ThreadRef) {
  // (blob or 0, code)
  defineAppNative(t, "sqliteBlobOpen", "(db, name, table, column, row, writable, /)") { t, a, n in
    guard let d = databases[a[0]], let row = a[4].asInt else { return pair(t, .fixnum(0), misuse) }
    var b: OpaquePointer?
    let c = sqlite3_blob_open(d, cString(a[1]), cString(a[2]), cString(a[3]), Int64(row), a[5] == .true ? 1 : 0, &b)
    guard c == SQLITE_OK, let blob = b else { return pair(t, .fixnum(0), code(c)) }
    return pair(t, blobs.add(blob), code(c))
  }
  defineAppNative(t, "sqliteBlobClose", "(blob, /)") { t, a, n in blobs.remove(a[0]).map { code(sqlite3_blob_close($0)) } ?? .fixnum(0) }
  defineAppNative(t, "sqliteBlobSize", "(blob, /)") { t, a, n in .fixnum(Int(blobs[a[0]].map { sqlite3_blob_bytes($0) } ?? 0)) }
  // The bytes, or the library's error.
  defineAppNative(t, "sqliteBlobRead", "(blob, at, count, /)") { t, a, n in
    guard let b = blobs[a[0]], a[2].fixnum >= 0, a[2].fixnum <= Int(sqlite3_blob_bytes(b)) else { return misuse }
    let v = makeBytes(t, count: a[2].fixnum)
    let c = sqlite3_blob_read(b, v.bytesData, small(a[2]), small(a[1]))
    return c == SQLITE_OK ? v : code(c)
  }
  defineAppNative(t, "sqliteBlobWrite", "(blob, at, data, /)") { t, a, n in
    guard let b = blobs[a[0]], let d = bufferView(a[2]) else { return misuse }
    return code(sqlite3_blob_write(b, d.base, Int32(truncatingIfNeeded: d.count), small(a[1])))
  }
}
