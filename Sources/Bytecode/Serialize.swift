// Code units as bytes: the cache of compiled modules, what `marshal` writes, the compiled app level.
//
//     "WFC"  version  counts of opcodes and intrinsics  0 0  number of strings  their places  the strings  unit  checksum
//
// The checksum tells a damaged file: what passes it was written by a compiler, and `verify` need not doubt every register.
// Numbers are LEB128 (signed ones zigzag first), instruction words and the places of strings 32 bits, little-endian. Every
// string is there once, in UTF-8. The format is versioned by `serializedVersion`, which changes with the opcode table too.
//
// A unit is a head (names, counts, flags), the length of its body, and the body (variables, words, tables, constants).
// Most functions of a module are never called: of a nested unit only the head is read, and its body when it is needed
// (Objects/CodeLoader.swift, which makes code objects of the bytes without a `CodeUnit` between).

public let serializedVersion: UInt8 = 4

public func serialize(_ unit: CodeUnit) -> [UInt8] {
  var w = Writer()
  w.unit(unit)
  var all: [UInt8] = [0x57, 0x46, 0x43, serializedVersion, UInt8(Opcode.allCases.count & 0xff), UInt8(Intrinsic.allCases.count & 0xff), 0, 0]
  func place(_ n: Int) { withUnsafeBytes(of: UInt32(n).littleEndian) { all.append(contentsOf: $0) } }
  place(w.strings.count)
  var at = all.count + 4 * (w.strings.count + 1)
  for s in w.strings {
    place(at)
    at += s.utf8.count
  }
  place(at)
  for s in w.strings { all += Array(s.utf8) }
  all += w.out
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
  @usableFromInline let base: UnsafePointer<UInt8>
  /// Where the outermost unit begins, and where the checksum does.
  public let start, end: Int
  private let ownsBytes: Bool
  @usableFromInline let stringCount: Int
  /// Units are not verified: the bytes are part of this program.
  public let isTrusted: Bool
  /// For whoever reads the file: a word a string, 0 at first; only of trusted files.
  public let known: UnsafeMutablePointer<UInt64>?

  /// Bytes that are part of this program; nil where another version wrote them.
  public convenience init?(trusted bytes: UnsafeBufferPointer<UInt8>) { self.init(bytes, owned: false) }
  /// A copy of bytes from outside; nil where they are not what this version wrote.
  public convenience init?(copying bytes: UnsafeBufferPointer<UInt8>) {
    if bytes.count < 24 { return nil }
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = copy.initialize(from: bytes)
    self.init(UnsafeBufferPointer(copy), owned: true)
  }
  private init?(_ bytes: UnsafeBufferPointer<UInt8>, owned: Bool) {
    let n = bytes.count - 8
    ownsBytes = owned
    isTrusted = !owned
    guard n >= 16, let p = bytes.baseAddress, p[0] == 0x57, p[1] == 0x46, p[2] == 0x43, p[3] == serializedVersion,
          p[4] == UInt8(Opcode.allCases.count & 0xff), p[5] == UInt8(Intrinsic.allCases.count & 0xff),
          !owned || UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(fromByteOffset: n, as: UInt64.self)) == checksum(bytes, n)
    else { if owned { bytes.deallocate() }; return nil }
    base = p
    end = n
    func place(_ at: Int) -> Int { Int(UInt32(littleEndian: UnsafeRawPointer(p).loadUnaligned(fromByteOffset: at, as: UInt32.self))) }
    let strings = place(8)
    guard strings <= (n - 16) / 4, case let first = place(12 + 4 * strings), first <= n else { if owned { bytes.deallocate() }; return nil }
    stringCount = strings
    start = first
    known = owned ? nil : .allocate(capacity: max(1, strings))
    known?.initialize(repeating: 0, count: strings)
  }
  deinit {
    if ownsBytes { base.deallocate() }
    known?.deallocate()
  }
}

/// Reads what `Writer` wrote. Where the bytes end too soon or mean nothing `failed` is set, and 0 is read from then on.
public struct UnitReader {
  public let file: CodeFile
  @usableFromInline let base: UnsafePointer<UInt8>
  @usableFromInline let end: Int
  public var at: Int
  public var failed = false

  public init(_ file: CodeFile, at: Int) {
    self.file = file
    base = file.base
    end = file.end
    self.at = at
  }

  public mutating func fail() { failed = true; at = end }

  @inlinable public mutating func byte() -> UInt8 {
    if at >= end { failed = true; return 0 }
    at &+= 1
    return base[at &- 1]
  }
  @inlinable @inline(__always) public mutating func word() -> UInt64 {
    if at < end, case let b = base[at], b < 0x80 { at &+= 1; return UInt64(b) }
    return longWord()
  }
  @inline(never) @usableFromInline mutating func longWord() -> UInt64 {
    var v: UInt64 = 0, shift: UInt64 = 0
    while at < end {
      let b = base[at]
      at += 1
      if shift == 63 && b > 1 { break }
      v |= UInt64(b & 0x7f) << shift
      if b < 0x80 { return v }
      shift += 7
    }
    fail()
    return 0
  }
  @inlinable public mutating func number(below limit: UInt64 = 1 << 31) -> Int {
    let v = word()
    if v < limit { return Int(truncatingIfNeeded: v) }
    fail()
    return 0
  }
  @inlinable public mutating func signed() -> Int {
    let v = word()
    return Int(bitPattern: UInt(v >> 1)) ^ -Int(truncatingIfNeeded: v & 1)
  }
  public mutating func signed32() -> Int32 {
    if let v = Int32(exactly: signed()) { return v }
    fail()
    return 0
  }
  /// A count of things that take at least `size` bytes each.
  @inlinable public mutating func count(_ size: Int = 1) -> Int {
    let n = number()
    if n <= (end &- at) / size { return n }
    fail()
    return 0
  }
  public mutating func fixed64() -> UInt64 {
    guard end - at >= 8 else { fail(); return 0 }
    at += 8
    return UInt64(littleEndian: UnsafeRawPointer(base + at - 8).loadUnaligned(as: UInt64.self))
  }
  /// The next `n` bytes, which `count` has seen to be there.
  public mutating func bytes(_ n: Int) -> UnsafeBufferPointer<UInt8> {
    if failed { return UnsafeBufferPointer(start: base, count: 0) }
    at += n
    return UnsafeBufferPointer(start: base + at - n, count: n)
  }
  /// The number of a string of the table.
  public mutating func string() -> Int {
    let i = number()
    if i < file.stringCount { return i }
    fail()
    return -1
  }
  /// UTF-8 of string `i`; of none where that is negative.
  public func text(_ i: Int) -> UnsafeBufferPointer<UInt8> {
    if i < 0 { return UnsafeBufferPointer(start: base, count: 0) }
    func place(_ k: Int) -> Int { Int(UInt32(littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: 12 + 4 * k, as: UInt32.self))) }
    let from = place(i), to = place(i + 1)
    return from <= to && to <= end ? UnsafeBufferPointer(start: base + from, count: to - from) : UnsafeBufferPointer(start: base, count: 0)
  }

  /// What stands before the body of a unit; the reader is then at the body.
  public mutating func head() -> UnitHead {
    let start = at
    var h = UnitHead(name: string(), qualifiedName: string(), filename: string(), firstLine: signed32(), argCount: number(), posOnlyArgCount: number(),
                     kwOnlyArgCount: number(), flags: CodeFlags(rawValue: UInt32(truncatingIfNeeded: number(below: 1 << 32))), registerCount: number(),
                     cacheCount: number(), docstring: number() - 2, start: start, bodyLength: 0)
    // What is made of a head relies on these; `verify` sees the rest.
    if h.argCount > 65535 || h.kwOnlyArgCount > 65535 || h.posOnlyArgCount > h.argCount || h.registerCount > 65535 || h.docstring >= file.stringCount { fail() }
    h.bodyLength = count()
    return h
  }
}

/// The head of a unit; names are numbers of strings.
public struct UnitHead {
  public let name, qualifiedName, filename: Int
  public let firstLine: Int32
  public let argCount, posOnlyArgCount, kwOnlyArgCount: Int
  public let flags: CodeFlags
  public let registerCount, cacheCount: Int
  /// The docstring's number; -1 where the first constant holds it, -2 without one.
  public let docstring: Int
  public var hasDocstring: Bool { docstring > -2 }
  public let start: Int
  public internal(set) var bodyLength: Int
}

/// What stands before a constant.
public enum ConstantTag: UInt8 { case none, yes, no, ellipsis, int, bigInt, float, complex, ascii, text, bytes, tuple, frozenSet, code, docstring }

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

  mutating func string(_ s: String, plus offset: Int = 0) {
    if let i = index[s] { return number(i + offset) }
    index[s] = strings.count
    number(strings.count + offset)
    strings.append(s)
  }
  /// The text of code points; nil where there are lone surrogates among them.
  private func text(_ points: [UInt32]) -> String? {
    var s = String.UnicodeScalarView()
    for p in points {
      guard let c = Unicode.Scalar(p) else { return nil }
      s.append(c)
    }
    return String(s)
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
    // 0 without a docstring; else 1, or 2 and the number of its text where that is not the first constant alone.
    if u.hasDocstring, case .str(let doc)? = u.constants.first, let text = text(doc) { string(text, plus: 2) } else { number(u.hasDocstring ? 1 : 0) }
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
    for (i, c) in u.constants.enumerated() {
      // The docstring stands in the head.
      if i == 0, u.hasDocstring, case .str(let doc) = c, text(doc) != nil { out.append(ConstantTag.docstring.rawValue) } else { constant(c) }
    }
  }

  mutating func constant(_ c: CodeConstant) {
    func tag(_ t: ConstantTag) { out.append(t.rawValue) }
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
