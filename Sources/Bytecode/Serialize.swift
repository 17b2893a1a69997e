// Code units as bytes, for the cache of compiled modules.
//
//     "WFC" version  string table  unit  checksum of all before
//
// The checksum tells a damaged file: what passes it was written by a compiler, and `verify` need not doubt every register.
// Numbers are LEB128 (signed ones zigzag first), instruction words little-endian. Every string is in the table once. The
// format is versioned by `serializedVersion`, which changes with the opcode table too.
//
// A unit is a head (names, counts, flags), the length of its body, and the body (variables, words, tables, constants).
// Most functions of a module are never called: a nested unit is read up to its body, and `CodeUnit.readBody` reads on.

public let serializedVersion: UInt8 = 3

public func serialize(_ unit: CodeUnit) -> [UInt8] {
  var w = Writer()
  w.unit(unit)
  var head: [UInt8] = [0x57, 0x46, 0x43, serializedVersion, UInt8(Opcode.allCases.count & 0xff), UInt8(Intrinsic.allCases.count & 0xff)]
  Writer.number(UInt64(w.strings.count), &head)
  for s in w.strings {
    let u = Array(s.utf8)
    Writer.number(UInt64(u.count), &head)
    head += u
  }
  var all = head + w.out
  let sum = all.withUnsafeBufferPointer { checksum($0, $0.count) }
  withUnsafeBytes(of: sum.littleEndian) { all.append(contentsOf: $0) }
  return all
}

/// Of the first `count` bytes.
private func checksum(_ b: UnsafeBufferPointer<UInt8>, _ count: Int) -> UInt64 {
  let raw = UnsafeRawPointer(b.baseAddress.unsafelyUnwrapped)
  var h = UInt64(count) &* 0x9e37_79b9_7f4a_7c15
  var i = 0
  while i + 8 <= count {
    h = (h ^ raw.loadUnaligned(fromByteOffset: i, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
    h ^= h >> 32
    i += 8
  }
  while i < count { h = (h ^ UInt64(b[i])) &* 0x100_0000_01b3; i += 1 }
  return h ^ h >> 29
}

/// Serialised bytes whose units are read when they are needed.
public final class CodeFile {
  fileprivate let bytes: UnsafeBufferPointer<UInt8>
  private let ownsBytes: Bool
  /// Where the strings lie: a length, then UTF-8.
  fileprivate var strings: [UInt32] = []
  /// Units are not verified: the bytes are part of this program.
  public let isTrusted: Bool

  /// Bytes that live as long as the process.
  public init(trusted bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes; ownsBytes = false; isTrusted = true }
  /// A copy of bytes from outside.
  public init(copying bytes: UnsafeBufferPointer<UInt8>) {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
    _ = copy.initialize(from: bytes)
    self.bytes = UnsafeBufferPointer(rebasing: copy[..<bytes.count])
    ownsBytes = true
    isTrusted = false
  }
  deinit { if ownsBytes { bytes.deallocate() } }

  /// The outermost unit, its body read; nil where the bytes are not what this version wrote.
  public func unit() -> CodeUnit? {
    let n = bytes.count - 8
    guard n > 6, UInt64(littleEndian: UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(fromByteOffset: n, as: UInt64.self)) == checksum(bytes, n) else { return nil }
    var r = Reader(self, end: n)
    do {
      let u = try r.file()
      return u.readBody() == nil ? u : nil
    } catch { return nil }
  }
  /// The unit whose head is at `offset`, its body read; or why it is malformed.
  public func unit(at offset: Int) -> (CodeUnit?, String?) {
    var r = Reader(self, at: offset, end: bytes.count - 8)
    guard let u = try? r.head() else { return (nil, "not a unit") }
    if let why = u.readBody() { return (nil, why) }
    return (u, nil)
  }
}

extension CodeUnit {
  /// Reads the rest of a unit of which only the head was read; why the bytes are malformed, or nil.
  public func readBody() -> String? {
    guard let (file, at) = unread.map({ ($0.file, $0.body) }) else { return nil }
    var r = Reader(file, at: at, end: file.bytes.count - 8)
    do { try r.body(of: self) } catch { return "not a unit" }
    unread = nil
    return file.isTrusted ? nil : verify(self)
  }
}

private enum Tag: UInt8 { case none, yes, no, ellipsis, int, bigInt, float, complex, ascii, text, bytes, tuple, frozenSet, code }

private struct Writer {
  var out: [UInt8] = []
  var strings: [String] = []
  private var index: [String: Int] = [:]

  static func number(_ v: UInt64, _ out: inout [UInt8]) {
    var v = v
    while v >= 0x80 { out.append(UInt8(truncatingIfNeeded: v) | 0x80); v >>= 7 }
    out.append(UInt8(v))
  }
  mutating func number(_ v: Int) { Writer.number(UInt64(v), &out) }
  mutating func signed(_ v: Int) { Writer.number(UInt64(bitPattern: Int64(v << 1 ^ v >> 63)), &out) }
  mutating func fixed<T: FixedWidthInteger>(_ v: T) { withUnsafeBytes(of: v.littleEndian) { out.append(contentsOf: $0) } }

  mutating func string(_ s: String) {
    if let i = index[s] { return number(i) }
    index[s] = strings.count
    number(strings.count)
    strings.append(s)
  }

  mutating func unit(_ u: CodeUnit) {
    string(u.name)
    string(u.qualifiedName)
    string(u.filename)
    signed(Int(u.firstLine))
    number(u.argCount)
    number(u.posOnlyArgCount)
    number(u.kwOnlyArgCount)
    number(Int(u.flags.rawValue))
    number(u.registerCount)
    number(u.cacheCount)
    out.append(u.hasDocstring ? 1 : 0)
    let start = out.count
    body(u)
    let written = Array(out[start...])
    out.removeSubrange(start...)
    number(written.count)
    out += written
  }

  private mutating func body(_ u: CodeUnit) {
    number(u.variables.count)
    for v in u.variables {
      string(v.name)
      out.append(v.kind.rawValue)
    }
    number(u.names.count)
    for n in u.names { string(n) }
    number(u.instructions.count)
    out.reserveCapacity(out.count + 4 * u.instructions.count)
    for w in u.instructions { fixed(w) }
    number(u.exceptions.count)
    for e in u.exceptions { for v in [e.start, e.end, e.handler, e.register] { number(Int(v)) } }
    number(u.positions.count)
    var last = PositionEntry(start: 0, line: 0, endLine: 0, column: 0, endColumn: 0)
    for p in u.positions {
      number(Int(p.start - last.start))
      signed(Int(p.line) - Int(last.line))
      signed(Int(p.endLine) - Int(p.line))
      number(Int(p.column) + 1)
      number(Int(p.endColumn) + 1)
      last = p
    }
    number(u.constants.count)
    for c in u.constants { constant(c) }
  }

  mutating func constant(_ c: CodeConstant) {
    func tag(_ t: Tag) { out.append(t.rawValue) }
    switch c {
    case .none: tag(.none)
    case .true: tag(.yes)
    case .false: tag(.no)
    case .ellipsis: tag(.ellipsis)
    case .int(let i): tag(.int); signed(i)
    case .bigInt(let s): tag(.bigInt); string(s)
    case .float(let d): tag(.float); fixed(d.bitPattern)
    case .complex(let x, let y): tag(.complex); fixed(x.bitPattern); fixed(y.bitPattern)
    case .str(let t):
      if t.allSatisfy({ $0 < 128 }) {
        tag(.ascii)
        number(t.count)
        for u in t { out.append(UInt8(u)) }
      } else {
        tag(.text)
        number(t.count)
        for u in t { number(Int(u)) }
      }
    case .bytes(let b): tag(.bytes); number(b.count); out += b
    case .tuple(let t): tag(.tuple); number(t.count); for x in t { constant(x) }
    case .frozenSet(let t): tag(.frozenSet); number(t.count); for x in t { constant(x) }
    case .code(let u): tag(.code); unit(u)
    }
  }
}

private struct Reader {
  struct Corrupt: Error {}
  private let from: CodeFile
  private let bytes: UnsafeBufferPointer<UInt8>
  private var strings: [UInt32]
  private var at = 0, depth = 0

  /// Reads `file` from `at` up to `end`.
  init(_ file: CodeFile, at: Int = 0, end: Int) {
    from = file
    strings = file.strings
    bytes = UnsafeBufferPointer(rebasing: file.bytes[..<end])
    self.at = at
  }

  private var left: Int { bytes.count - at }

  private mutating func byte() throws -> UInt8 {
    guard at < bytes.count else { throw Corrupt() }
    at += 1
    return bytes[at - 1]
  }

  private mutating func raw() throws -> UInt64 {
    var b = try byte()
    if b < 0x80 { return UInt64(b) }
    var v = UInt64(b & 0x7f), shift: UInt64 = 7
    repeat {
      b = try byte()
      guard shift < 63 || b < 2 else { throw Corrupt() }
      v |= UInt64(b & 0x7f) << shift
      shift += 7
    } while b >= 0x80
    return v
  }

  private mutating func number(below limit: UInt64 = 1 << 31) throws -> Int {
    let v = try raw()
    guard v < limit else { throw Corrupt() }
    return Int(v)
  }

  private mutating func signed() throws -> Int {
    let v = try raw()
    return Int(bitPattern: UInt(v >> 1)) ^ -Int(v & 1)
  }

  private mutating func signed32() throws -> Int32 {
    guard let v = Int32(exactly: try signed()) else { throw Corrupt() }
    return v
  }

  /// A count of things that take at least `size` bytes each.
  private mutating func count(_ size: Int = 1) throws -> Int {
    let n = try number()
    guard n <= left / size else { throw Corrupt() }
    return n
  }

  private mutating func fixed<T: FixedWidthInteger>(_: T.Type) throws -> T {
    let n = MemoryLayout<T>.size
    guard left >= n else { throw Corrupt() }
    let v = UnsafeRawPointer(bytes.baseAddress! + at).loadUnaligned(as: T.self)
    at += n
    return T(littleEndian: v)
  }

  private mutating func string() throws -> String {
    let i = try number()
    guard i < strings.count else { throw Corrupt() }
    let here = at
    defer { at = here }
    at = Int(strings[i])
    let n = try count()
    return String(decoding: UnsafeBufferPointer(rebasing: bytes[at..<at + n]), as: UTF8.self)
  }

  mutating func file() throws -> CodeUnit {
    guard left >= 6, bytes[0] == 0x57, bytes[1] == 0x46, bytes[2] == 0x43, bytes[3] == serializedVersion,
          bytes[4] == UInt8(Opcode.allCases.count & 0xff), bytes[5] == UInt8(Intrinsic.allCases.count & 0xff) else { throw Corrupt() }
    at = 6
    let n = try count()
    strings = try list(n) { r in
      let start = UInt32(truncatingIfNeeded: r.at)
      r.at += try r.count()
      return start
    }
    from.strings = strings
    let u = try head()
    guard left == 0 else { throw Corrupt() }
    return u
  }

  /// A unit whose body is still to be read.
  mutating func head() throws -> CodeUnit {
    let u = CodeUnit(), start = at
    u.name = try string()
    u.qualifiedName = try string()
    u.filename = try string()
    u.firstLine = try signed32()
    u.argCount = try number()
    u.posOnlyArgCount = try number()
    u.kwOnlyArgCount = try number()
    u.flags = CodeFlags(rawValue: UInt32(try number(below: 1 << 32)))
    u.registerCount = try number()
    u.cacheCount = try number()
    u.hasDocstring = try byte() != 0
    // What is made of a head relies on these; `verify` sees the rest.
    guard u.argCount <= 65535, u.kwOnlyArgCount <= 65535, u.posOnlyArgCount <= u.argCount, u.registerCount <= 65535 else { throw Corrupt() }
    let n = try count()
    u.unread = (from, start, at)
    at += n
    return u
  }

  mutating func body(of u: CodeUnit) throws {
    var n = try count(2)
    guard n <= u.registerCount else { throw Corrupt() }
    u.variables = try list(n) { r in
      let name = try r.string()
      guard let kind = Variable.Kind(rawValue: try r.byte()) else { throw Corrupt() }
      return Variable(name: name, kind: kind)
    }
    n = try count()
    u.names = try list(n) { try $0.string() }
    n = try count(4)
    u.instructions = [UInt32](unsafeUninitializedCapacity: n) { buffer, filled in
      let from = UnsafeRawPointer(bytes.baseAddress!) + at
      for i in 0..<n { buffer[i] = UInt32(littleEndian: from.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)) }
      filled = n
    }
    at += 4 * n
    n = try count(4)
    u.exceptions = try list(n) { r in
      ExceptionRange(start: UInt32(try r.number()), end: UInt32(try r.number()), handler: UInt32(try r.number()), register: UInt32(try r.number()))
    }
    n = try count(5)
    var start = 0, line = 0
    u.positions = try list(n) { r in
      start += try r.number()
      line += Int(try r.signed32())
      let end = line + Int(try r.signed32())
      let column = try r.number() - 1, endColumn = try r.number() - 1
      guard let s = UInt32(exactly: start), let l = Int32(exactly: line), let e = Int32(exactly: end) else { throw Corrupt() }
      return PositionEntry(start: s, line: l, endLine: e, column: Int32(column), endColumn: Int32(endColumn))
    }
    n = try count()
    u.constants = try list(n) { try $0.constant() }
  }

  private mutating func list<T>(_ n: Int, _ item: (inout Reader) throws -> T) throws -> [T] {
    var out: [T] = []
    out.reserveCapacity(n)
    for _ in 0..<n { out.append(try item(&self)) }
    return out
  }

  private mutating func constant() throws -> CodeConstant {
    guard let tag = Tag(rawValue: try byte()) else { throw Corrupt() }
    switch tag {
    case .none: return .none
    case .yes: return .true
    case .no: return .false
    case .ellipsis: return .ellipsis
    case .int: return .int(try signed())
    case .bigInt: return .bigInt(try string())
    case .float: return .float(Double(bitPattern: try fixed(UInt64.self)))
    case .complex:
      let x = Double(bitPattern: try fixed(UInt64.self))
      return .complex(x, Double(bitPattern: try fixed(UInt64.self)))
    case .ascii:
      let n = try count(), from = at
      at += n
      let source = bytes
      return .str([UInt32](unsafeUninitializedCapacity: n) { buffer, filled in
        for i in 0..<n { buffer[i] = UInt32(source[from + i]) }
        filled = n
      })
    case .text:
      let n = try count()
      var t: [UInt32] = []
      t.reserveCapacity(n)
      for _ in 0..<n { t.append(UInt32(try number(below: 0x110000))) }
      return .str(t)
    case .bytes:
      let n = try count()
      at += n
      return .bytes(Array(bytes[at - n..<at]))
    case .tuple: return .tuple(try items())
    case .frozenSet: return .frozenSet(try items())
    case .code: return .code(try head())
    }
  }

  private mutating func items() throws -> [CodeConstant] {
    depth += 1
    defer { depth -= 1 }
    guard depth <= 500 else { throw Corrupt() }
    return try list(try count()) { try $0.constant() }
  }
}
