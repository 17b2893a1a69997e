// marshal: CPython's format for plain data; code objects as our own serialised units under the type byte 'W'.
//
// Depth is limited as in CPython (2000), and sizes are checked against what is left before anything is allocated.

import Builtins
import Bytecode
import CGMP
import Glibc
import Heap
import Objects
import Support

private let maximumDepth = 2000

private struct Writer {
  let version: Int
  let t: ThreadRef
  var out: [UInt8] = []
  var seen: [UInt64: Int] = [:]
  var error = ""

  mutating func byte(_ b: Character) { out.append(b.asciiValue!) }
  mutating func long(_ i: Int) { for k in 0..<4 { out.append(UInt8(truncatingIfNeeded: i >> (8 * k))) } }
  mutating func short(_ i: Int) { for k in 0..<2 { out.append(UInt8(truncatingIfNeeded: i >> (8 * k))) } }
  mutating func double(_ d: Double) { withUnsafeBytes(of: d.bitPattern.littleEndian) { out += Array($0) } }

  /// Refers back to an object written before; else the flag for its type byte.
  mutating func flag(_ v: Value) -> UInt8? {
    if version < 3 { return 0 }
    if let i = seen[v.bits] {
      byte("r")
      long(i)
      return nil
    }
    seen[v.bits] = seen.count
    return 0x80
  }
  mutating func type(_ c: Character, _ flag: UInt8) { out.append(c.asciiValue! | flag) }

  mutating func write(_ v: Value, _ depth: Int) -> Bool {
    if depth > maximumDepth { error = "object too deeply nested to marshal"; return false }
    if v.isFixnum {
      let i = v.fixnum
      if i >= -0x8000_0000 && i <= 0x7fff_ffff { byte("i"); long(i) } else { bigInt(v, 0) }
      return true
    }
    if v.isFlonum { float(v.flonum, 0); return true }
    if v.isNone { byte("N"); return true }
    if v == .true { byte("T"); return true }
    if v == .false { byte("F"); return true }
    if v == weft_vm.ellipsis { byte("."); return true }
    if v == ExceptionType.StopIteration.object { byte("S"); return true }
    guard let f = flag(v) else { return true }
    switch v.object.pointee.shape {
    case BuiltinType.int.shape: bigInt(v, f)
    case BuiltinType.float.shape: float(v.double, f)
    case BuiltinType.complex.shape:
      if version > 1 {
        type("y", f); double(v.field(0).double); double(v.field(1).double)
      } else {
        type("x", f)
        for d in [v.field(0).double, v.field(1).double] { shortText(formatShort(d)) }
      }
    case BuiltinType.str.shape: str(v, f)
    case BuiltinType.bytes.shape:
      type("s", f)
      long(v.bytesCount)
      out += UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount)
    case BuiltinType.bytearray.shape:
      guard let b = bytesBuffer(v) else { error = "unmarshallable object"; return false }
      type("s", f)
      long(b.count)
      out += b
    case BuiltinType.tuple.shape:
      if version >= 4 && v.count < 256 { type(")", f); out.append(UInt8(v.count)) } else { type("(", f); long(v.count) }
      for i in 0..<v.count where !write(v.items[i], depth + 1) { return false }
    case BuiltinType.list.shape:
      type("[", f)
      long(v.listCount)
      for i in 0..<v.listCount where !write(v.listItems[i], depth + 1) { return false }
    case BuiltinType.dict.shape:
      type("{", f)
      var ok = true
      forEachEntry(v) { k, x in if ok { ok = write(k, depth + 1) && write(x, depth + 1) } }
      if !ok { return false }
      byte("0")
    case BuiltinType.set.shape, BuiltinType.frozenset.shape:
      type(v.isExact(.set) ? "<" : ">", f)
      long(v.used)
      // In the order of their bytes, so that equal sets give equal results.
      var parts: [[UInt8]] = [], ok = true
      let mark = out.count
      var keys: [Value] = []
      forEachEntry(v) { k, _ in keys.append(k) }
      let saved = seen
      for k in keys {
        seen = saved
        let from = out.count
        if ok { ok = write(k, depth + 1) }
        parts.append(Array(out[from...]))
      }
      if !ok { return false }
      seen = saved
      out.removeLast(out.count - mark)
      let order = parts.indices.sorted { parts[$0].lexicographicallyPrecedes(parts[$1]) }
      for i in order where !write(keys[i], depth + 1) { return false }
    case BuiltinType.code.shape:
      guard let u = codeUnit(t, v) else { error = "unmarshallable object"; return false }
      let b = serialize(u)
      type("W", f)
      long(b.count)
      out += b
    default:
      if let b = bytesBuffer(v), v.kind == .memoryview {
        type("s", f)
        long(b.count)
        out += b
        return true
      }
      error = "unmarshallable object"
      return false
    }
    return true
  }

  mutating func shortText(_ s: [UInt8]) { out.append(UInt8(s.count)); out += s }
  func formatShort(_ d: Double) -> [UInt8] { reprDouble(d) }
  mutating func float(_ d: Double, _ f: UInt8) {
    if version > 1 { type("g", f); double(d) } else { type("f", f); shortText(formatShort(d)) }
  }
  mutating func bigInt(_ v: Value, _ f: UInt8) {
    type("l", f)
    let digits: [UInt16] = withMPZ(v) { z in
      let bits = Int(__gmpz_sizeinbase(z, 2))
      var a = [UInt16](repeating: 0, count: (bits + 14) / 15)
      var count = 0
      __gmpz_export(&a, &count, -1, 2, 0, 1, z)
      return a
    }
    long(v.intSign < 0 ? -digits.count : digits.count)
    for d in digits { short(Int(d)) }
  }
  mutating func str(_ v: Value, _ f: UInt8) {
    let n = v.strCount
    let interned = v.isInterned && version >= 1
    if version >= 4 && v.isASCII {
      let data = UnsafeBufferPointer(start: v.strData.assumingMemoryBound(to: UInt8.self), count: n)
      if n < 256 { type(interned ? "Z" : "z", f); out.append(UInt8(n)) } else { type(interned ? "A" : "a", f); long(n) }
      out += data
      return
    }
    let u = utf8Bytes(scalars(v))
    type(interned ? "t" : "u", f)
    long(u.count)
    out += u
  }
}

private struct Reader {
  enum Fail: Error { case eof, noObject, value(String), type(String), raised }
  let t: ThreadRef
  let p: UnsafeBufferPointer<UInt8>
  var at = 0
  var refs: [Value] = []

  init(_ t: ThreadRef, _ p: UnsafeBufferPointer<UInt8>) { self.t = t; self.p = p }

  var left: Int { p.count - at }
  mutating func byte() throws -> UInt8 {
    guard at < p.count else { throw Fail.eof }
    at += 1
    return p[at - 1]
  }
  mutating func long() throws -> Int {
    guard left >= 4 else { at = p.count; throw Fail.eof }
    var r: UInt32 = 0
    for k in 0..<4 { r |= UInt32(p[at + k]) << UInt32(8 * k) }
    at += 4
    return Int(Int32(bitPattern: r))
  }
  mutating func bytes(_ n: Int) throws -> UnsafeBufferPointer<UInt8> {
    guard n <= left else { at = p.count; throw Fail.eof }
    at += n
    return UnsafeBufferPointer(rebasing: p[at - n..<at])
  }
  mutating func size(_ what: String) throws -> Int {
    let n = try long()
    guard n >= 0 else { throw Fail.value("bad marshal data (\(what) size out of range)") }
    return n
  }
  mutating func double() throws -> Double {
    let b = try bytes(8)
    return Double(bitPattern: UnsafeRawPointer(b.baseAddress!).loadUnaligned(as: UInt64.self))
  }
  mutating func textDouble() throws -> Double {
    let n = Int(try byte())
    guard let d = parseDouble(try bytes(n)) else { throw Fail.value("could not convert string to float") }
    return d
  }

  mutating func element(_ depth: Int, _ what: String) throws -> Value {
    let v = try object(depth)
    if v.isEmpty { throw Fail.type("NULL object in marshal data for \(what)") }
    return v
  }

  /// The next object; empty for NULL.
  mutating func object(_ depth: Int) throws -> Value {
    if depth > maximumDepth { throw Fail.value("recursion limit exceeded") }
    guard left > 0 else { throw Fail.noObject }
    let code = try byte()
    let flag = code & 0x80 != 0
    func keep(_ v: Value) -> Value {
      if flag { refs.append(v) }
      return v
    }
    switch Character(Unicode.Scalar(code & 0x7f)) {
    case "0": return .empty
    case "N": return .none
    case "T": return .true
    case "F": return .false
    case ".": return weft_vm.ellipsis
    case "S": return ExceptionType.StopIteration.object
    case "i": return keep(.fixnum(try long()))
    case "I":
      let b = try bytes(8)
      return keep(makeInt(t, Int(UnsafeRawPointer(b.baseAddress!).loadUnaligned(as: Int64.self))))
    case "l": return keep(try bigInt())
    case "g": return keep(makeFloat(t, try double()))
    case "f": return keep(makeFloat(t, try textDouble()))
    case "y":
      let re = try double()
      return keep(makeComplex(t, re, try double()))
    case "x":
      let re = try textDouble()
      return keep(makeComplex(t, re, try textDouble()))
    case "s":
      let n = try size("bytes object")
      return keep(makeBytes(t, UnsafeRawBufferPointer(try bytes(n))))
    case "a", "A":
      let n = try size("string")
      return keep(try ascii(n, code & 0x7f == 0x41))
    case "z", "Z":
      let n = Int(try byte())
      return keep(try ascii(n, code & 0x7f == 0x5a))
    case "u", "t":
      let n = try size("string")
      let b = try bytes(n)
      guard let v = decodeSurrogatePass(t, b) else { throw Fail.raised }
      return keep(code & 0x7f == 0x74 ? intern(v) : v)
    case ")":
      let n = Int(try byte())
      return try tuple(n, flag, depth)
    case "(":
      let n = try size("tuple")
      return try tuple(n, flag, depth)
    case "[":
      let n = try size("list")
      guard n <= left else { throw Fail.eof }
      let l = makeList(t, capacity: n)
      if flag { refs.append(l) }
      for _ in 0..<n { listAppend(t, l, try element(depth + 1, "list")) }
      return l
    case "{":
      let d = makeDict(t)
      if flag { refs.append(d) }
      while true {
        let k = try object(depth + 1)
        if k.isEmpty { return d }
        let v = try object(depth + 1)
        if v.isEmpty { return d }
        guard let h = nativeHash(k) else { throw Fail.type("unhashable type: '\(typeName(k))'") }
        let i = find(d, k, h)
        if i >= 0 { setEntryValue(d, i, v) } else { insertNew(t, d, k, h, v) }
      }
    case "<", ">":
      let n = try size("set")
      guard n <= left else { throw Fail.eof }
      let frozen = code & 0x7f == 0x3e
      let s = makeSet(t, frozen ? .frozenset : .set)
      let index = refs.count
      // A frozenset cannot hold itself: references to it while it is being read are invalid.
      if flag { refs.append(frozen ? .empty : s) }
      for _ in 0..<n {
        let k = try element(depth + 1, "set")
        guard let h = nativeHash(k) else { throw Fail.type("unhashable type: '\(typeName(k))'") }
        if find(s, k, h) < 0 { insertNew(t, s, k, h, .none) }
      }
      if flag { refs[index] = s }
      return s
    case "r":
      let n = try long()
      guard n >= 0, n < refs.count, !refs[n].isEmpty else { throw Fail.value("bad marshal data (invalid reference)") }
      return refs[n]
    case "W":
      let n = try size("code")
      let b = try bytes(n)
      guard let c = CodeFile(copying: b).flatMap({ makeCode(t, $0) }) else { throw Fail.value("bad marshal data (code of another version)") }
      return keep(c)
    default: throw Fail.value("bad marshal data (unknown type code)")
    }
  }

  mutating func ascii(_ n: Int, _ interned: Bool) throws -> Value {
    let b = try bytes(n)
    var v: Value
    if b.contains(where: { $0 >= 0x80 }) { v = makeStr(t, scalars: b.map { UInt32($0) }) } else { v = makeStr(t, ascii: b) }
    if interned { v = intern(v) }
    return v
  }
  mutating func tuple(_ n: Int, _ flag: Bool, _ depth: Int) throws -> Value {
    guard n <= left else { throw Fail.eof }
    let v = makeTuple(t, count: n)
    for i in 0..<n { v.items[i] = .none }
    if flag { refs.append(v) }
    for i in 0..<n {
      v.items[i] = try element(depth + 1, "tuple")
      writeBarrier(v.object)
    }
    return v
  }
  mutating func bigInt() throws -> Value {
    let n = try long()
    guard n != Int(Int32.min) else { throw Fail.value("bad marshal data (long size out of range)") }
    let count = abs(n)
    let b = try bytes(2 * count)
    var digits = [UInt16](repeating: 0, count: count)
    for i in 0..<count {
      digits[i] = UInt16(b[2 * i]) | UInt16(b[2 * i + 1]) << 8
      if digits[i] > 0x7fff { throw Fail.value("bad marshal data (digit out of range in long)") }
    }
    if count > 0 && digits[count - 1] == 0 { throw Fail.value("bad marshal data (unnormalized long data)") }
    return computeInt(t) { z in
      if count > 0 { __gmpz_import(z, count, -1, 2, 0, 1, digits) }
      if n < 0 { __gmpz_neg(z, z) }
    }
  }
}

/// UTF-8 in which lone surrogates are allowed; nil with UnicodeDecodeError set.
func decodeSurrogatePass(_ t: ThreadRef, _ b: UnsafeBufferPointer<UInt8>) -> Value? {
  var out: [UInt32] = []
  out.reserveCapacity(b.count)
  var i = 0
  while i < b.count {
    let c = UInt32(b[i])
    func tail(_ k: Int) -> UInt32? { i + k < b.count && b[i + k] & 0xc0 == 0x80 ? UInt32(b[i + k] & 0x3f) : nil }
    if c < 0x80 { out.append(c); i += 1; continue }
    if c >= 0xc2, c < 0xe0, let x = tail(1) { out.append((c & 0x1f) << 6 | x); i += 2; continue }
    if c & 0xf0 == 0xe0, let x = tail(1), let y = tail(2), c != 0xe0 || x >= 0x20 {
      out.append((c & 0xf) << 12 | x << 6 | y); i += 3; continue
    }
    if c & 0xf8 == 0xf0, let x = tail(1), let y = tail(2), let z = tail(3) {
      let v = (c & 7) << 18 | x << 12 | y << 6 | z
      if v >= 0x10000 && v <= 0x10ffff { out.append(v); i += 4; continue }
    }
    t.valueError("bad marshal data (invalid UTF-8)")
    return nil
  }
  return makeStr(t, scalars: out)
}

/// Memory of a bytes-like object that natives may read at once.
func bytesBuffer(_ v: Value) -> UnsafeBufferPointer<UInt8>? {
  guard let b = bufferView(v) else { return nil }
  return UnsafeBufferPointer(start: b.base, count: b.count)
}

func marshalDump(_ t: ThreadRef, _ v: Value, version: Int) -> Value {
  var w = Writer(version: version, t: t)
  if !w.write(v, 0) { return t.valueError(w.error) }
  return makeBytes(t, w.out)
}

/// The object and the number of bytes it took; nil with an exception set.
func marshalLoad(_ t: ThreadRef, _ b: UnsafeBufferPointer<UInt8>) -> (Value, Int)? {
  var r = Reader(t, b)
  do {
    let v = try r.object(0)
    if v.isEmpty { t.typeError("NULL object in marshal data for object"); return nil }
    return (v, r.at)
  } catch let f as Reader.Fail {
    switch f {
    case .eof: t.raise(.EOFError, "marshal data too short")
    case .noObject: t.raise(.EOFError, "EOF read where object expected")
    case .value(let s): t.valueError(s)
    case .type(let s): t.typeError(s)
    case .raised: break
    }
  } catch { t.valueError("bad marshal data") }
  return nil
}

func makeMarshalModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "marshal")
  m.set("version", int: 4)
  m.function("dumps", "(value, version=4, /)") { t, a, n in
    var version = 4
    if n > 1 {
      guard let i = int32Argument(t, a[1]) else { return .empty }
      version = Int(i)
    }
    return marshalDump(t, a[0], version: version)
  }
  m.function("loads", "(bytes, /)") { t, a, n in
    guard let b = bytesBuffer(a[0]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[0]))'") }
    guard let (v, _) = marshalLoad(t, b) else { return .empty }
    return v
  }
  return m.module
}

func installMarshal(_ t: ThreadRef) {
  defineAppNative(t, "marshal_load_prefix", "(bytes, /)") { t, a, n in
    guard let b = bytesBuffer(a[0]) else { return t.typeError("file.read() returned not bytes but \(typeName(a[0]))") }
    guard let (v, used) = marshalLoad(t, b) else { return .empty }
    return pair(t, v, .fixnum(used))
  }
}
