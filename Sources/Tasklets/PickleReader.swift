// The unpickler's machine: builds what it can by itself, and leaves by a tail call for what needs Python.
//
// Its state is a record that the heap owns: the input and the place in it, the stack of values, the marks, the memo. An
// instruction whose bytes have not all come yet is begun again when they have.

import Builtins
import CGMP
import Glibc
import Heap
import Objects
import Support

enum ReaderField {
  static let data = 0, position = 1, stack = 2, marks = 3, memo = 4, distant = 5, proto = 6, flags = 7, owner = 8, findClass = 9
  static let persistentLoad = 10, buffers = 11, state = 12, result = 13, encoding = 14, wanted = 15, count = 16
}
enum ReaderFlag {
  static let file = 1, fixImports = 2
  /// Byte strings of Python 2 are ASCII.
  static let ascii = 4
}
/// What to do with the value that comes into a step.
enum ReaderState {
  static let none = 0, data = 1, push = 2, drop = 3, request = 4, ended = 5
}

func isReader(_ v: Value) -> Bool { v.isObject && v.type == weft_roots()[PickleRoot.readerType] }

struct PickleReader {
  let t: ThreadRef, m: Value, direct: Bool
  var p: UnsafeMutablePointer<UInt8>, at: Int, end: Int
  var list: Value, items: UnsafeMutablePointer<Value>, count: Int, capacity: Int
  var marks: Value
  var fence: Int
  var memo: Value
  var proto: Int, flags: Int
  var result = Value.empty
  /// Bytes that the instruction still needs.
  var missing = 0
  /// Input has come for the instruction that is begun again.
  var arrived = false

  init?(_ t: ThreadRef, _ m: Value, direct: Bool) {
    self.t = t; self.m = m; self.direct = direct
    guard isReader(m), m.field(ReaderField.data).isExact(.bytes), m.field(ReaderField.stack).isExact(.list), m.field(ReaderField.marks).isExact(.list),
          m.field(ReaderField.memo).isExact(.list), m.field(ReaderField.distant).isExact(.dict) else { return nil }
    for i in [ReaderField.position, ReaderField.proto, ReaderField.flags, ReaderField.state, ReaderField.wanted] where !m.field(i).isFixnum { return nil }
    p = m.field(ReaderField.data).bytesData
    end = m.field(ReaderField.data).bytesCount
    at = m.field(ReaderField.position).fixnum
    list = m.field(ReaderField.stack)
    marks = m.field(ReaderField.marks)
    memo = m.field(ReaderField.memo)
    proto = m.field(ReaderField.proto).fixnum
    flags = m.field(ReaderField.flags).fixnum
    count = list.listCount
    capacity = list.listCapacity
    items = capacity > 0 ? list.listItems : list.fields
    fence = 0
    guard at >= 0, at <= end else { return nil }
    var last = 0
    for i in 0..<marks.listCount {
      let v = marks.listItems[i]
      guard v.isFixnum, v.fixnum >= last, v.fixnum <= count else { return nil }
      last = v.fixnum
    }
    fence = last
  }

  func store() {
    list.fields[1] = .fixnum(count)
    if capacity > 0 { writeBarrier(list.listStorage.object) }
    m.fields[ReaderField.position] = .fixnum(at)
    m.fields[ReaderField.proto] = .fixnum(proto)
  }

  // MARK: the stack

  @inline(__always) mutating func push(_ v: Value) {
    if count == capacity { growStack() }
    items[count] = v
    count += 1
  }
  @inline(never) mutating func growStack() {
    list.fields[1] = .fixnum(count)
    reserveList(t, list, max(32, count * 2))
    capacity = list.listCapacity
    items = list.listItems
  }
  /// The top; the caller has seen that there is one.
  @inline(__always) mutating func pop() -> Value {
    count -= 1
    let v = items[count]
    items[count] = .empty
    return v
  }
  @inline(__always) func has(_ n: Int) -> Bool { count - fence >= n }
  mutating func underflow() -> Bool {
    fail(marks.listCount > 0 ? "unexpected MARK found" : "unpickling stack underflow")
  }
  mutating func popMark() -> Int? {
    let n = marks.listCount
    if n == 0 { return nil }
    let at = marks.listItems[n - 1].fixnum
    truncateList(marks, n - 1)
    fence = n > 1 ? marks.listItems[n - 2].fixnum : 0
    return at
  }
  mutating func cut(_ to: Int) {
    while count > to { count -= 1; items[count] = .empty }
  }

  // MARK: leaving for Python

  mutating func leave(_ state: Int, _ f: Value, _ args: [Value]) -> Bool {
    m.fields[ReaderField.state] = .fixnum(state)
    if direct {
      push(f)
      push(makeTuple(t, args))
      push(.fixnum(state))
      m.fields[ReaderField.state] = .fixnum(ReaderState.request)
      store()
      result = callApp(t, named: "unpickle_go_on", m)
      return true
    }
    store()
    result = call(t, f, args)
    return true
  }
  mutating func ask(_ state: Int, _ name: String, _ args: Value...) -> Bool {
    leave(state, getString(appNamespace, intern(t, name)), args)
  }
  mutating func fail(_ message: String) -> Bool { ask(ReaderState.drop, "unpickle_fail", makeStr(t, message)) }
  mutating func raise(_ e: ExceptionType, _ message: String) -> Bool { ask(ReaderState.drop, "pickle_raise", e.object, makeStr(t, message)) }

  /// The instruction that began at `start` lacks bytes.
  mutating func more(_ start: Int) -> Bool {
    let opcode = at == start
    at = start
    if flags & ReaderFlag.file == 0 {
      return opcode ? raise(.EOFError, "Ran out of input") : fail("pickle data was truncated")
    }
    if arrived && end - start <= m.field(ReaderField.wanted).fixnum {
      // The file has no more.
      return opcode ? raise(.EOFError, "Ran out of input") : fail("pickle data was truncated")
    }
    m.fields[ReaderField.wanted] = .fixnum(end - start)
    return ask(ReaderState.data, "unpickle_more", m.field(ReaderField.owner), .fixnum(missing))
  }
  /// New input behind what is not used yet.
  private mutating func append(_ v: Value) {
    let left = end - at, more = v.bytesCount
    let b = makeBytes(t, count: left + more)
    if left > 0 { memcpy(b.bytesData, p + at, left) }
    if more > 0 { memcpy(b.bytesData + left, v.bytesData, more) }
    setField(m, ReaderField.data, b)
    p = b.bytesData
    at = 0
    end = left + more
    arrived = true
  }

  // MARK: input

  @inline(__always) mutating func need(_ n: Int) -> Bool {
    if end &- at >= n { return true }
    missing = n - (end - at)
    return false
  }
  @inline(__always) func u16() -> Int { Int(UnsafeRawPointer(p + at).loadUnaligned(as: UInt16.self)) }
  @inline(__always) func u32() -> Int { Int(UnsafeRawPointer(p + at).loadUnaligned(as: UInt32.self)) }
  @inline(__always) func u64() -> UInt64 { UnsafeRawPointer(p + at).loadUnaligned(as: UInt64.self) }
  /// End of the line that begins here (its newline), or nil.
  mutating func lineEnd() -> Int? {
    if at < end, let q = memchr(p + at, 10, end - at) { return q.assumingMemoryBound(to: UInt8.self) - p }
    missing = -1
    return nil
  }

  func bigInt(_ n: Int) -> Value {
    if n == 0 { return .fixnum(0) }
    if n <= 8 {
      var u: UInt64 = p[at + n - 1] & 0x80 != 0 ? UInt64.max : 0
      for k in stride(from: n - 1, through: 0, by: -1) { u = u << 8 | UInt64(p[at + k]) }
      return makeInt(t, Int(truncatingIfNeeded: u))
    }
    let negative = p[at + n - 1] & 0x80 != 0
    return computeInt(t) { z in
      if negative {
        let a = (0..<n).map { ~p[at + $0] }
        __gmpz_import(z, n, -1, 1, 0, 0, a)
        __gmpz_com(z, z)
      } else { __gmpz_import(z, n, -1, 1, 0, 0, p + at) }
    }
  }
  /// Text in UTF-8; nil where it holds surrogates or is damaged.
  func text(_ n: Int) -> Value? {
    if n == 0 { return weft_vm.emptyStr }
    let q = p + at
    if asciiPrefix(q, 0, n) == n { return makeStr(t, ascii: UnsafeBufferPointer(start: q, count: n)) }
    let measured = measureUTF8(UnsafeBufferPointer(start: q, count: n))
    guard measured.error == nil, measured.validEnd == n else { return nil }
    if measured.count == 1 { return makeStr(t, codePoint: measured.largest) }
    let width = measured.largest < 0x100 ? 1 : measured.largest < 0x10000 ? 2 : 4
    let v = makeStr(t, count: measured.count, width: width, ascii: false)
    switch width {
    case 1: _ = transcodeUTF8(q, n, to: v.strData.assumingMemoryBound(to: UInt8.self))
    case 2: _ = transcodeUTF8(q, n, to: v.strData.assumingMemoryBound(to: UInt16.self))
    default: _ = transcodeUTF8(q, n, to: v.strData.assumingMemoryBound(to: UInt32.self))
    }
    return v
  }

  // MARK: memo

  func memoGet(_ i: Int) -> Value {
    if i < memo.listCount { return memo.listItems[i] }
    let d = m.field(ReaderField.distant)
    guard d.used > 0, let h = nativeHash(.fixnum(i)) else { return .empty }
    let k = find(d, .fixnum(i), h)
    return k >= 0 ? d.table.tableRef.value(k) : .empty
  }
  mutating func memoPut(_ i: Int, _ v: Value) {
    let n = memo.listCount
    if i < n { memo.listItems[i] = v; writeBarrier(memo.listStorage.object); return }
    if i == n { listAppend(t, memo, v); return }
    if i < n + 1000 {
      while memo.listCount < i { listAppend(t, memo, .empty) }
      listAppend(t, memo, v)
      return
    }
    let d = m.field(ReaderField.distant), h = nativeHash(.fixnum(i)) ?? i
    let k = find(d, .fixnum(i), h)
    if k >= 0 { setEntryValue(d, k, v) } else { insertNew(t, d, .fixnum(i), h, v) }
  }

  // MARK: the loop

  mutating func run(_ given: Value) -> Value {
    switch m.field(ReaderField.state).fixnum {
    case ReaderState.data:
      guard given.isExact(.bytes) else { return t.typeError("read() returned non-bytes object (\(typeName(given)))") }
      append(given)
    case ReaderState.push: push(given)
    case ReaderState.request:
      guard count >= 3, items[count - 1].isFixnum, items[count - 2].isExact(.tuple) else { return t.raise(.SystemError, "damaged unpickler") }
      let state = pop(), args = pop(), f = pop()
      m.fields[ReaderField.state] = .fixnum([ReaderState.push, ReaderState.drop, ReaderState.data].contains(state.fixnum) ? state.fixnum : ReaderState.drop)
      store()
      return call(t, f, (0..<args.count).map { args.items[$0] })
    case ReaderState.ended: return m
    default: break
    }
    m.fields[ReaderField.state] = .fixnum(ReaderState.none)
    var steps = 0
    while true {
      steps &+= 1
      if t.pointee.request != 0 && steps > 64 || steps > 1 << 20 {
        store()
        return direct ? callApp(t, named: "unpickle_go_on", m) : .none
      }
      missing = 1
      let ends = at < end ? instruction() : more(at)
      if !ends {
        arrived = false
        continue
      }
      if result.isEmpty || direct { return result }
      if m.field(ReaderField.state).fixnum == ReaderState.ended { return result }
      // What was given at once is taken at once.
      let value = result
      result = .empty
      arrived = false
      switch m.field(ReaderField.state).fixnum {
      case ReaderState.push: push(value)
      case ReaderState.data:
        guard value.isExact(.bytes) else { return t.typeError("read() returned non-bytes object (\(typeName(value)))") }
        append(value)
      default: break
      }
      m.fields[ReaderField.state] = .fixnum(ReaderState.none)
    }
  }
}

func installPickleReader(_ t: ThreadRef) {
  let type = defineType(t, "unpickler_state", module: "_weft", fields: ReaderField.count, base: BuiltinType.object.object, subclassable: false)
  weft_roots()[PickleRoot.readerType] = type
  setString(t, appNamespace, intern(t, "pickle_reader_type"), type)
  func make(_ t: ThreadRef, _ data: Value) -> Value {
    let m = makeInstance(t, weft_roots()[PickleRoot.readerType])
    for i in 0..<ReaderField.count { m.fields[i] = .none }
    m.fields[ReaderField.data] = data
    for i in [ReaderField.stack, ReaderField.marks, ReaderField.memo] { m.fields[i] = makeList(t) }
    m.fields[ReaderField.distant] = makeDict(t)
    for i in [ReaderField.position, ReaderField.proto, ReaderField.state, ReaderField.wanted] { m.fields[i] = .fixnum(0) }
    m.fields[ReaderField.flags] = .fixnum(ReaderFlag.fixImports | ReaderFlag.ascii)
    writeBarrier(m.object)
    return m
  }
  // loads() of bytes with everything else as usual.
  defineAppNative(t, "unpickle_now", "(data, /)") { t, a, n in
    guard a[0].isExact(.bytes) else { return t.typeError("bytes expected") }
    let m = makeUnpickler(t, a[0])
    guard var r = PickleReader(t, m, direct: true) else { return t.raise(.SystemError, "damaged unpickler") }
    let v = r.run(.none)
    return v == m ? m.field(ReaderField.result) : v
  }
  // (bytes, fix_imports, encoding is ASCII, owner): owner has the hooks and the file.
  defineAppNative(t, "unpickle_new", "(data, fix_imports, ascii, owner, file, /)") { t, a, n in
    guard a[0].isExact(.bytes) else { return t.typeError("bytes expected") }
    let m = makeUnpickler(t, a[0])
    m.fields[ReaderField.flags] = .fixnum((a[1] == .true ? ReaderFlag.fixImports : 0) | (a[2] == .true ? ReaderFlag.ascii : 0) | (a[4] == .true ? ReaderFlag.file : 0))
    setField(m, ReaderField.owner, a[3])
    return m
  }
  // Hooks: find_class, persistent_load, the iterator of buffers; None where there is none.
  defineAppNative(t, "unpickle_hooks", "(reader, find_class, persistent_load, buffers, /)") { t, a, n in
    guard isReader(a[0]) else { return t.typeError("unpickler expected") }
    setField(a[0], ReaderField.findClass, a[1])
    setField(a[0], ReaderField.persistentLoad, a[2])
    setField(a[0], ReaderField.buffers, a[3])
    return .none
  }
  // Begins another load with the memo as it is.
  defineAppNative(t, "unpickle_begin", "(reader, /)") { t, a, n in
    guard isReader(a[0]) else { return t.typeError("unpickler expected") }
    for i in [ReaderField.stack, ReaderField.marks] { setField(a[0], i, makeList(t)) }
    for i in [ReaderField.proto, ReaderField.state, ReaderField.wanted] { a[0].fields[i] = .fixnum(0) }
    a[0].fields[ReaderField.result] = .none
    return .none
  }
  defineAppNative(t, "unpickle_step", "(reader, value, /)") { t, a, n in
    guard var r = PickleReader(t, a[0], direct: false) else { return t.raise(.SystemError, "damaged unpickler") }
    return r.run(a[1])
  }
  // What STOP left; and takes it.
  defineAppNative(t, "unpickle_result", "(reader, /)") { t, a, n in
    guard isReader(a[0]) else { return t.typeError("unpickler expected") }
    let v = a[0].field(ReaderField.result)
    a[0].fields[ReaderField.result] = .none
    return v
  }
  // Input that was not used; it is dropped.
  defineAppNative(t, "unpickle_rest", "(reader, /)") { t, a, n in
    guard var r = PickleReader(t, a[0], direct: false) else { return .fixnum(0) }
    let left = r.end - r.at
    setField(a[0], ReaderField.data, weft_vm.emptyBytes)
    r.at = 0
    r.store()
    return .fixnum(left)
  }
  defineAppNative(t, "unpickle_left", "(reader, /)") { t, a, n in
    guard let r = PickleReader(t, a[0], direct: false) else { return .fixnum(0) }
    return .fixnum(r.end - r.at)
  }
  defineAppNative(t, "unpickle_owner", "(reader, /)") { t, a, n in
    guard isReader(a[0]) else { return t.typeError("unpickler expected") }
    return a[0].field(ReaderField.owner)
  }
  defineAppNative(t, "unpickle_proto", "(reader, /)") { t, a, n in
    guard isReader(a[0]) else { return t.typeError("unpickler expected") }
    return a[0].field(ReaderField.proto)
  }
  defineAppNative(t, "unpickle_memo", "(reader, /)") { t, a, n in
    guard let r = PickleReader(t, a[0], direct: false) else { return t.typeError("unpickler expected") }
    let d = makeDict(t)
    for i in 0..<r.memo.listCount where !r.memo.listItems[i].isEmpty { insertNew(t, d, .fixnum(i), nativeHash(.fixnum(i)) ?? i, r.memo.listItems[i]) }
    forEachEntry(a[0].field(ReaderField.distant)) { k, v in
      let h = nativeHash(k) ?? 0
      if find(d, k, h) < 0 { insertNew(t, d, k, h, v) }
    }
    return d
  }
  // A reader in the middle of a load as plain values, without the memo, and back.
  defineAppNative(t, "unpickle_parts", "(reader, /)") { t, a, n in
    guard isReader(a[0]) else { return t.typeError("unpickler expected") }
    return makeTuple(t, plainReaderFields.map { a[0].field($0) })
  }
  defineAppNative(t, "unpickle_fill", "(reader, parts, /)") { t, a, n in
    guard isReader(a[0]), a[1].isExact(.tuple), a[1].count == plainReaderFields.count else { return t.valueError("damaged unpickler") }
    for (i, f) in plainReaderFields.enumerated() { a[0].fields[f] = a[1].items[i] }
    writeBarrier(a[0].object)
    return PickleReader(t, a[0], direct: false) == nil ? t.valueError("damaged unpickler") : .none
  }
  // A memo of these (index, object) pairs.
  defineAppNative(t, "unpickle_set_memo", "(reader, pairs, /)") { t, a, n in
    guard isReader(a[0]), a[1].isExact(.list) else { return t.typeError("unpickler expected") }
    setField(a[0], ReaderField.memo, makeList(t))
    setField(a[0], ReaderField.distant, makeDict(t))
    guard var r = PickleReader(t, a[0], direct: false) else { return .none }
    for i in 0..<a[1].listCount {
      let v = a[1].listItems[i]
      if v.isExact(.tuple), v.count == 2, v.items[0].isFixnum, v.items[0].fixnum >= 0 { r.memoPut(v.items[0].fixnum, v.items[1]) }
    }
    return .none
  }
  makeUnpickler = make
  // PickleBuffer: a record with a memoryview, whose memory it exports.
  let buffer = defineType(t, "PickleBuffer", module: "_pickle", fields: 1, base: BuiltinType.object.object)
  setString(t, appNamespace, intern(t, "pickle_buffer_base"), buffer)
  weft_roots()[PickleRoot.buffer] = buffer
  defineAppNative(t, "pickle_buffer_new", "(cls, /)") { t, a, n in
    guard isType(a[0]), isSubtype(a[0], weft_roots()[PickleRoot.buffer]) else { return t.typeError("PickleBuffer expected") }
    return makeInstance(t, a[0])
  }
  defineAppNative(t, "pickle_buffer_set", "(buffer, view, /)") { t, a, n in
    guard a[0].isObject, isSubtype(a[0].type, weft_roots()[PickleRoot.buffer]) else { return t.typeError("PickleBuffer expected") }
    setField(a[0], 0, a[1])
    return .none
  }
  defineAppNative(t, "pickle_buffer_get", "(buffer, /)") { t, a, n in
    guard a[0].isObject, isSubtype(a[0].type, weft_roots()[PickleRoot.buffer]) else { return t.typeError("PickleBuffer expected") }
    return a[0].field(0).isEmpty ? .none : a[0].field(0)
  }
  bufferProviders.append(BufferProvider(type: buffer, view: { v in
    v.field(0).isObject && v.field(0).isExact(.memoryview) ? bufferView(v.field(0)) : nil
  }, retain: { v, change in
    if v.field(0).isObject, v.field(0).isExact(.memoryview) { retainBuffer(v.field(0), change) }
  }, handedOn: { t, v in
    v.field(0).isObject && v.field(0).isExact(.memoryview) ? v.field(0) : t.valueError("operation forbidden on released PickleBuffer object")
  }))
}
private let plainReaderFields = [
  ReaderField.data, ReaderField.position, ReaderField.stack, ReaderField.marks, ReaderField.proto, ReaderField.flags, ReaderField.owner, ReaderField.findClass,
  ReaderField.persistentLoad, ReaderField.buffers, ReaderField.state, ReaderField.result, ReaderField.wanted,
]
nonisolated(unsafe) private var makeUnpickler: (ThreadRef, Value) -> Value = { _, _ in .none }
