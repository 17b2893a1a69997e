// The pickler's machine: writes what it can by itself, and leaves by a tail call for what needs Python.

import Builtins
import CGMP
import Glibc
import Heap
import Objects
import Support

/// What the work stack holds: operands, then one of these (an argument above the low byte).
enum WriteOp {
  /// [value]
  static let save = 1
  /// argument: the byte
  static let emit = 2
  /// [value]
  static let memoize = 3
  /// [list, next, written in this batch]; argument 1: the only item
  static let list = 4
  /// [dict, position, used at the start, written in this batch]
  static let dict = 5
  /// [set, position, used, written]
  static let set = 6
  /// [tuple, next]
  static let tuple = 7
  /// [frozenset, position, used]
  static let frozenset = 8
  /// [reduced tuple, object or empty]: after REDUCE
  static let made = 9
  /// [object]: takes what __reduce_ex__ or the like returned
  static let reduced = 10
  /// [object]: takes what reducer_override returned
  static let overridden = 11
  /// [object]: takes what a handler for suspended things returned
  static let handled = 12
  /// [object]: takes where the object is found by name
  static let global = 13
  /// [object]: takes the persistent id
  static let persistent = 14
  /// takes and drops a value
  static let drop = 15
  /// [function, arguments]: calls it
  static let request = 16
  /// [iterator]; argument 1: of pairs. Takes a list of what comes next
  static let batch = 17
  /// [list, next, iterator]; argument 1: of pairs
  static let items = 18
  /// [object]: a name in the path of errors
  static let tasklet = 19
  /// [frame]: the same, and what is inside belongs to a frame
  static let frame = 20
  /// [object]: its number is noted, or what was written for it is dropped as it is there already
  static let note = 21
  /// [PickleBuffer]: takes whether it stays in band
  static let buffer = 23
  /// [code]: takes its checksum
  static let checksum = 24
  /// [object, attributes as a tuple of names and values, next]
  static let attributes = 25
  /// [frame, parts]: the frame was made
  static let fillFrame = 26
  /// [value]: without asking for a persistent id
  static let plain = 27
  /// takes bytes and writes them
  static let raw = 28
  static func needs(_ op: Int, _ argument: Int) -> Int {
    op == request ? 2 - (argument & 1) : op == items && argument & 2 != 0 ? 1 : operands[op]
  }
  /// Operands of each.
  static let operands: [Int] = [0, 1, 0, 1, 3, 4, 4, 2, 3, 2, 1, 1, 1, 1, 1, 0, 2, 1, 3, 1, 1, 1, 1, 1, 1, 3, 2, 1, 0]
}

private let frameTarget = 64 * 1024, frameHeader = 9, batchSize = 1000

struct PickleWriter {
  let t: ThreadRef, m: Value
  /// The loop in Python has not been entered yet: a request goes there first.
  let direct: Bool
  var list: Value, items: UnsafeMutablePointer<Value>, count: Int, capacity: Int
  var out: UnsafeMutablePointer<UInt8>, outCount: Int, outCapacity: Int
  var frameStart: Int
  var memo: PickleMemo
  let proto: Int
  var flags: Int
  var within: Int
  /// Reductions whose arguments are being written.
  var nesting: Int
  /// What the native returns once the machine has to be left.
  var result = Value.empty

  init?(_ t: ThreadRef, _ m: Value, direct: Bool) {
    self.t = t; self.m = m; self.direct = direct
    guard isWriter(m), let memo = PickleMemo(t, m) else { return nil }
    list = m.field(WriterField.work)
    guard list.isExact(.list) else { return nil }
    for i in [WriterField.outCount, WriterField.frameStart, WriterField.proto, WriterField.flags, WriterField.within] where !m.field(i).isFixnum { return nil }
    self.memo = memo
    count = list.listCount
    capacity = list.listCapacity
    items = capacity > 0 ? list.listItems : list.fields
    let b = m.field(WriterField.out)
    if b.isExact(.rawMemory) {
      out = (b.raw + 16).assumingMemoryBound(to: UInt8.self)
      outCapacity = b.count
    } else {
      out = UnsafeMutableRawPointer(m.object).assumingMemoryBound(to: UInt8.self)
      outCapacity = 0
    }
    outCount = m.field(WriterField.outCount).fixnum
    frameStart = m.field(WriterField.frameStart).fixnum
    proto = m.field(WriterField.proto).fixnum
    flags = m.field(WriterField.flags).fixnum
    within = m.field(WriterField.within).fixnum
    nesting = m.field(WriterField.nesting).isFixnum ? m.field(WriterField.nesting).fixnum : 0
    guard outCount >= 0, outCount <= outCapacity, frameStart >= -1, frameStart < 0 || frameStart + frameHeader <= outCount, proto >= 0, proto <= 5 else { return nil }
  }

  /// Puts everything back where a collection finds it.
  func store() {
    list.fields[1] = .fixnum(count)
    if capacity > 0 { writeBarrier(list.listStorage.object) }
    m.fields[WriterField.outCount] = .fixnum(outCount)
    m.fields[WriterField.frameStart] = .fixnum(frameStart)
    m.fields[WriterField.flags] = .fixnum(flags)
    m.fields[WriterField.within] = .fixnum(within)
    m.fields[WriterField.nesting] = .fixnum(nesting)
    memo.store()
  }

  // MARK: the work stack

  @inline(__always) mutating func push(_ v: Value) {
    if count == capacity { growWork() }
    items[count] = v
    count += 1
  }
  @inline(never) mutating func growWork() {
    list.fields[1] = .fixnum(count)
    reserveList(t, list, max(32, count * 2))
    capacity = list.listCapacity
    items = list.listItems
  }
  @inline(__always) mutating func pop() -> Value {
    guard count > 0 else { return .none }
    count -= 1
    let v = items[count]
    items[count] = .empty
    return v.isEmpty ? .none : v
  }
  @inline(__always) mutating func push(_ op: Int, _ argument: Int = 0) { push(.fixnum(op | argument << 8)) }
  @inline(__always) mutating func push(_ op: Int, of a: Value) { push(a); push(.fixnum(op)) }
  @inline(__always) mutating func popIndex() -> Int {
    let v = pop()
    return v.isFixnum ? max(0, v.fixnum) : 0
  }

  // MARK: output

  @inline(__always) mutating func room(_ n: Int) {
    if outCount &+ n &+ frameHeader > outCapacity { growOut(n) }
    if frameStart < 0 && flags & WriterFlag.framing != 0 {
      frameStart = outCount
      outCount += frameHeader
    }
  }
  @inline(never) mutating func growOut(_ n: Int) {
    let wanted = max(max(512, outCapacity * 2), outCount + n + frameHeader + 16)
    let raw = makeRawMemory(t, wanted)
    let p = (raw.raw + 16).assumingMemoryBound(to: UInt8.self)
    if outCount > 0 { memcpy(p, out, outCount) }
    setField(m, WriterField.out, raw)
    out = p
    outCapacity = wanted
  }
  @inline(__always) mutating func byte(_ b: UInt8) {
    room(1)
    out[outCount] = b
    outCount += 1
  }
  @inline(__always) mutating func op(_ c: Unicode.Scalar) { byte(UInt8(truncatingIfNeeded: c.value)) }
  @inline(__always) mutating func op(_ c: Unicode.Scalar, u8 v: Int) {
    room(2)
    out[outCount] = UInt8(truncatingIfNeeded: c.value)
    out[outCount + 1] = UInt8(truncatingIfNeeded: v)
    outCount += 2
  }
  @inline(__always) mutating func op(_ c: UInt8, u32 v: Int) {
    room(5)
    out[outCount] = c
    UnsafeMutableRawPointer(out + outCount + 1).storeBytes(of: UInt32(truncatingIfNeeded: v), as: UInt32.self)
    outCount += 5
  }
  mutating func op(_ c: UInt8, u64 v: Int) {
    room(9)
    out[outCount] = c
    UnsafeMutableRawPointer(out + outCount + 1).storeBytes(of: UInt64(truncatingIfNeeded: v), as: UInt64.self)
    outCount += 9
  }
  mutating func bytes(_ p: UnsafeRawPointer?, _ n: Int) {
    if n == 0 { return }
    room(n)
    memcpy(out + outCount, p!, n)
    outCount += n
  }
  mutating func text(_ a: [UInt8]) { a.withUnsafeBytes { bytes($0.baseAddress, a.count) } }
  mutating func line(_ c: Unicode.Scalar, _ a: [UInt8]) { op(c); text(a); op("\n") }

  mutating func closeFrame() {
    if frameStart < 0 { return }
    let n = outCount - frameStart - frameHeader
    if n >= 4 {
      out[frameStart] = 0x95
      UnsafeMutableRawPointer(out + frameStart + 1).storeBytes(of: UInt64(n), as: UInt64.self)
    } else {
      memmove(out + frameStart, out + frameStart + frameHeader, n)
      outCount -= frameHeader
    }
    frameStart = -1
  }
  /// Puts the seal between the protocol and the rest.
  mutating func seal() {
    guard outCount > 2, frameStart < 0 else { return }
    let n = outCount - 2, sum = PickleSeal.sum(out + 2, outCount - 2)
    flags &= ~WriterFlag.framing
    room(PickleSeal.count)
    memmove(out + 2 + PickleSeal.count, out + 2, n)
    var p = UnsafeMutableRawPointer(out + 2)
    for b in PickleSeal.prefix { p.storeBytes(of: b, as: UInt8.self); p += 1 }
    p.storeBytes(of: UInt64(n), as: UInt64.self)
    (p + 8).storeBytes(of: sum, as: UInt32.self)
    p += 12
    for b in PickleSeal.suffix { p.storeBytes(of: b, as: UInt8.self); p += 1 }
    outCount += PickleSeal.count
  }
  /// What was written so far, which is then forgotten.
  mutating func takeOutput() -> Value {
    let b = makeBytes(t, UnsafeRawBufferPointer(start: out, count: outCount))
    outCount = 0
    return b
  }

  // MARK: leaving for Python

  /// Calls `f`; what it returns is the operand of the operation on top of the stack. True: the step ends with `result`.
  mutating func request(_ f: Value, _ args: Value...) -> Bool { request(f, list: args) }
  mutating func requestApp(_ name: String, _ args: Value...) -> Bool { request(getString(appNamespace, intern(t, name)), list: args) }
  private mutating func request(_ f: Value, list args: [Value]) -> Bool {
    if direct {
      push(f)
      push(makeTuple(t, args))
      push(WriteOp.request)
      store()
      result = callApp(t, named: "pickle_go_on", m)
      return true
    }
    store()
    result = call(t, f, args)
    return true
  }
  mutating func fail(_ message: String) -> Bool { requestApp("pickle_fail", makeStr(t, message)) }
  mutating func raise(_ e: ExceptionType, _ message: String) -> Bool {
    requestApp("pickle_raise", e.object, makeStr(t, message))
  }

  // MARK: memo

  mutating func memoize(_ v: Value) {
    if flags & WriterFlag.fast != 0 { return }
    let n = memo.add(v)
    if proto >= 4 { byte(0x94); return }
    if flags & WriterFlag.binary == 0 { line("p", Array(String(n).utf8)) }
    else if n < 256 { op("q", u8: n) }
    else { op(UInt8(ascii: "r"), u32: n) }
  }
  mutating func get(_ n: Int) {
    if flags & WriterFlag.binary == 0 { line("g", Array(String(n).utf8)) }
    else if n < 256 { op("h", u8: n) }
    else { op(UInt8(ascii: "j"), u32: n) }
  }

  // MARK: atoms

  mutating func int(_ i: Int) {
    if flags & WriterFlag.binary == 0 {
      if i >= -0x7fff_ffff - 1 && i <= 0x7fff_ffff { line("I", Array(String(i).utf8)) } else { line("L", Array(String(i).utf8) + [0x4c]) }
      return
    }
    if i >= 0 && i < 256 { op("K", u8: i) }
    else if i >= 0 && i < 65536 {
      room(3)
      out[outCount] = UInt8(ascii: "M"); out[outCount + 1] = UInt8(truncatingIfNeeded: i); out[outCount + 2] = UInt8(truncatingIfNeeded: i >> 8)
      outCount += 3
    } else if i >= -0x8000_0000 && i <= 0x7fff_ffff { op(UInt8(ascii: "J"), u32: i) }
    else if proto >= 2 {
      var n = 8
      while n > 1, (i >> (8 * (n - 1) - 1)) == (i < 0 ? -1 : 0) { n -= 1 }
      room(2 + n)
      out[outCount] = 0x8a; out[outCount + 1] = UInt8(n)
      for k in 0..<n { out[outCount + 2 + k] = UInt8(truncatingIfNeeded: i >> (8 * k)) }
      outCount += 2 + n
    } else { line("L", Array(String(i).utf8) + [0x4c]) }
  }
  mutating func bigInt(_ v: Value) {
    if let i = v.asInt { int(i); return }
    if proto < 2 { line("L", intDigits(v) + [0x4c]); return }
    let data: [UInt8] = withMPZ(v) { z in
      let negative = z.pointee._mp_size < 0
      // A negative number's bytes are those of -n-1, inverted.
      var q = __mpz_struct()
      __gmpz_init(&q)
      defer { __gmpz_clear(&q) }
      if negative { __gmpz_com(&q, z) } else { __gmpz_set(&q, z) }
      let bits = q._mp_size == 0 ? 0 : Int(__gmpz_sizeinbase(&q, 2))
      var a = [UInt8](repeating: 0, count: bits / 8 + 1), n = 0
      __gmpz_export(&a, &n, -1, 1, 0, 0, &q)
      if negative { for i in a.indices { a[i] = ~a[i] } }
      return a
    }
    if data.count < 256 { byte(0x8a); byte(UInt8(data.count)) } else { op(0x8b, u32: data.count) }
    text(data)
  }
  mutating func float(_ d: Double) {
    if flags & WriterFlag.binary == 0 { line("F", reprDouble(d)); return }
    room(9)
    out[outCount] = UInt8(ascii: "G")
    UnsafeMutableRawPointer(out + outCount + 1).storeBytes(of: d.bitPattern.bigEndian, as: UInt64.self)
    outCount += 9
  }

  /// Text or bytes behind a header. True: the step ends, as the data go to the file by themselves.
  mutating func payload(_ header: (inout PickleWriter) -> Void, _ v: Value, _ n: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Void) -> Bool {
    if n < frameTarget {
      header(&self)
      room(n)
      write(out + outCount)
      outCount += n
      return false
    }
    closeFrame()
    let framing = flags & WriterFlag.framing
    flags &= ~WriterFlag.framing
    defer { flags |= framing }
    header(&self)
    if flags & WriterFlag.file == 0 {
      room(n)
      write(out + outCount)
      outCount += n
      return false
    }
    let head = takeOutput()
    self.flags |= WriterFlag.flushed
    var data = v
    if !v.isExact(.bytes) {
      data = makeBytes(t, count: n)
      write(data.bytesData)
    }
    flags |= framing
    push(WriteOp.drop)
    return requestApp("pickle_write_two", m.field(WriterField.write), head, data)
  }

  mutating func str(_ v: Value) -> Bool {
    if flags & WriterFlag.binary == 0 {
      var a: [UInt8] = []
      let hex = Array("0123456789abcdef".utf8)
      for i in 0..<v.strCount {
        let c = v.codePoint(i)
        if c >= 0x10000 { a += [0x5c, 0x55]; for k in stride(from: 28, through: 0, by: -4) { a.append(hex[Int(c >> UInt32(k) & 15)]) } }
        else if c >= 256 || c == 0x5c || c == 0 || c == 10 || c == 13 || c == 0x1a {
          a += [0x5c, 0x75]; for k in stride(from: 12, through: 0, by: -4) { a.append(hex[Int(c >> UInt32(k) & 15)]) }
        } else { a.append(UInt8(c)) }
      }
      line("V", a)
      memoize(v)
      return false
    }
    let n = surrogateLength(v)
    if n < frameTarget {
      if n < 256 && proto >= 4 {
        room(2 + n)
        out[outCount] = 0x8c; out[outCount + 1] = UInt8(truncatingIfNeeded: n)
        outCount += 2
      } else {
        room(5 + n)
        op(UInt8(ascii: "X"), u32: n)
      }
      writeSurrogates(v, out + outCount)
      outCount += n
      memoize(v)
      return false
    }
    if n > 0xffff_ffff && proto < 4 { return raise(.OverflowError, "serializing a string larger than 4 GiB requires pickle protocol 4 or higher") }
    push(WriteOp.memoize, of: v)
    return payload({ n > 0xffff_ffff ? $0.op(0x8d, u64: n) : $0.op(UInt8(ascii: "X"), u32: n) }, v, n) { writeSurrogates(v, $0) }
  }
  /// The bytes of `v` (bytes, or a PickleBuffer over read-only memory).
  mutating func bytesObject(_ v: Value, _ p: UnsafeRawPointer?, _ n: Int) -> Bool {
    if n > 0xffff_ffff && proto < 4 { return raise(.OverflowError, "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher") }
    push(WriteOp.memoize, of: v)
    return payload({ n < 256 ? $0.op("C", u8: n) : n > 0xffff_ffff ? $0.op(0x8e, u64: n) : $0.op(UInt8(ascii: "B"), u32: n) }, v, n) {
      if n > 0 { memcpy($0, p!, n) }
    }
  }
  mutating func bytearrayObject(_ v: Value, _ p: UnsafeRawPointer?, _ n: Int) -> Bool {
    push(WriteOp.memoize, of: v)
    return payload({ $0.op(0x96, u64: n) }, v, n) { if n > 0 { memcpy($0, p!, n) } }
  }

  /// What needs no stack: written, and true. Only where no hook sees every object.
  @inline(__always) mutating func atom(_ v: Value) -> Bool {
    if v.isFixnum { int(v.fixnum); return true }
    if v.isFlonum { float(v.flonum); return true }
    switch v.object.pointee.shape {
    case BuiltinType.noneType.shape: op("N"); return true
    case BuiltinType.bool.shape:
      if proto >= 2 { byte(v == .true ? 0x88 : 0x89) } else { line("I", v == .true ? [0x30, 0x31] : [0x30, 0x30]) }
      return true
    case BuiltinType.int.shape: bigInt(v); return true
    case BuiltinType.float.shape: float(v.double); return true
    case BuiltinType.str.shape:
      let n = memo.find(v)
      if n >= 0 { get(n); return true }
      if v.strCount * 4 >= frameTarget { return false }
      _ = str(v)
      return true
    default:
      let n = memo.find(v)
      if n >= 0 { get(n); return true }
      return false
    }
  }
}
