// `_struct`: packing and unpacking of C data.

import Builtins
import Glibc
import Heap
import Objects
import Support

/// One field of a format.
struct StructItem {
  var code: UInt8
  /// Bytes of one value (of the whole for s and p).
  var size: Int
  /// Values (1 for s and p; bytes of padding for x).
  var count: Int
  var offset: Int
}
final class StructFormat {
  var items: [StructItem] = []
  var size = 0
  var values = 0
  var little = true
  var native = false
}

nonisolated(unsafe) private var formatCache: [[UInt8]: StructFormat] = [:]

private func structError(_ t: ThreadRef, _ message: String) -> Value {
  let cls = getString(appNamespace, intern(t, "struct_error"))
  if cls.isEmpty { return t.raise(.ValueError, message) }
  return t.raiseWithContext(makeException(t, cls, args: makeTuple(t, [makeStr(t, message)])))
}

private func parse(_ t: ThreadRef, _ text: [UInt8]) -> StructFormat? {
  if let f = formatCache[text] { return f }
  if text.contains(0) { _ = structError(t, "embedded null character"); return nil }
  let f = StructFormat()
  var i = 0
  var native = true, aligned = true
  if let c = text.first {
    switch c {
    case UInt8(ascii: "@"): i = 1
    case UInt8(ascii: "="): native = false; aligned = false; i = 1
    case UInt8(ascii: "<"): native = false; aligned = false; i = 1
    case UInt8(ascii: ">"), UInt8(ascii: "!"): native = false; aligned = false; f.little = false; i = 1
    default: break
    }
  }
  f.native = native
  while i < text.count {
    var c = text[i]
    i += 1
    if c == 32 || c >= 9 && c <= 13 { continue }
    var count = 1
    if c >= 48 && c <= 57 {
      count = Int(c - 48)
      while i < text.count, text[i] >= 48, text[i] <= 57 {
        let (r, o) = count.multipliedReportingOverflow(by: 10)
        if o || r > Int.max - 10 { _ = structError(t, "overflow in item count"); return nil }
        count = r + Int(text[i] - 48)
        i += 1
      }
      if i == text.count { _ = structError(t, "repeat count given without format specifier"); return nil }
      c = text[i]
      i += 1
    }
    var size = 0
    switch c {
    case UInt8(ascii: "x"), UInt8(ascii: "c"), UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "?"), UInt8(ascii: "s"), UInt8(ascii: "p"): size = 1
    case UInt8(ascii: "h"), UInt8(ascii: "H"), UInt8(ascii: "e"): size = 2
    case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "f"): size = 4
    case UInt8(ascii: "l"), UInt8(ascii: "L"): size = native ? 8 : 4
    case UInt8(ascii: "q"), UInt8(ascii: "Q"), UInt8(ascii: "d"): size = 8
    case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "P"): size = native ? 8 : 0
    default: break
    }
    if size == 0 { _ = structError(t, "bad char in struct format"); return nil }
    if aligned && size > 1 {
      let (r, o) = f.size.addingReportingOverflow(size - 1)
      if o { _ = structError(t, "total struct size too long"); return nil }
      f.size = r / size * size
    }
    let (bytes, o1) = size.multipliedReportingOverflow(by: count)
    let (total, o2) = f.size.addingReportingOverflow(bytes)
    if o1 || o2 { _ = structError(t, "total struct size too long"); return nil }
    switch c {
    case UInt8(ascii: "x"): break
    case UInt8(ascii: "s"), UInt8(ascii: "p"):
      f.items.append(StructItem(code: c, size: count, count: 1, offset: f.size))
      f.values += 1
    default:
      if count > 0 { f.items.append(StructItem(code: c, size: size, count: count, offset: f.size)) }
      f.values += count
    }
    f.size = total
  }
  if formatCache.count > 200 { formatCache.removeAll() }
  formatCache[text] = f
  return f
}

/// Bytes of a format given as str or bytes; nil with TypeError set.
private func formatBytes(_ t: ThreadRef, _ v: Value) -> [UInt8]? {
  if v.isObject && v.isStr {
    if !v.isASCII {
      _ = encodeText(t, v, intern(t, "ascii"), .none)
      return nil
    }
    return (0..<v.strCount).map { UInt8(v.codePoint($0)) }
  }
  if v.isObject && v.kind == .bytes { return Array(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount)) }
  t.typeError("Struct() argument 1 must be a str or bytes object, not \(typeName(v))")
  return nil
}

private func storeInt(_ p: UnsafeMutablePointer<UInt8>, _ value: UInt, _ size: Int, _ little: Bool) {
  var v = value
  for k in 0..<size {
    p[little ? k : size - 1 - k] = UInt8(truncatingIfNeeded: v)
    v >>= 8
  }
}
private func loadInt(_ p: UnsafePointer<UInt8>, _ size: Int, _ little: Bool) -> UInt {
  var v: UInt = 0
  for k in 0..<size { v = v << 8 | UInt(p[little ? size - 1 - k : k]) }
  return v
}

/// IEEE half precision of a double, rounded half to even; nil on overflow.
private func halfBits(_ x: Double) -> UInt16? {
  let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
  if x == 0 { return sign }
  if x.isInfinite { return sign | 0x7c00 }
  if x.isNaN { return sign | 0x7e00 }
  var e: Int32 = 0
  var f = frexp(abs(x), &e) * 2
  e -= 1
  if e >= 16 { return nil }
  if e < -25 { return sign }
  if e < -14 { f = scalbn(f, 14 + e); e = 0 } else { e += 15; f -= 1 }
  f *= 1024
  var bits = UInt16(f)
  f -= Double(bits)
  if f > 0.5 || f == 0.5 && bits & 1 != 0 {
    bits += 1
    if bits == 1024 {
      bits = 0
      e += 1
      if e == 31 { return nil }
    }
  }
  return sign | UInt16(e) << 10 | bits
}
private func halfValue(_ h: UInt16) -> Double {
  let e = Int32(h >> 10 & 31), f = Double(h & 1023)
  var x: Double
  if e == 31 { x = f == 0 ? .infinity : .nan } else if e == 0 { x = scalbn(f, -24) } else { x = scalbn(1024 + f, e - 25) }
  if h & 0x8000 != 0 { x = -x }
  return x
}

private enum Packed { case ok, convert, error }

private func pack(_ t: ThreadRef, _ f: StructFormat, _ values: UnsafeMutablePointer<Value>, _ out: UnsafeMutablePointer<UInt8>) -> Packed {
  memset(out, 0, f.size)
  var k = 0
  for item in f.items {
    let c = item.code
    if c == UInt8(ascii: "s") || c == UInt8(ascii: "p") {
      let v = values[k]
      k += 1
      guard v.isObject, v.kind == .bytes || v.kind == .bytearray, let b = bufferView(v) else {
        _ = structError(t, "argument for '\(c == UInt8(ascii: "s") ? "s" : "p")' must be a bytes object")
        return .error
      }
      if c == UInt8(ascii: "s") { memcpy(out + item.offset, b.base, min(b.count, item.size)) }
      else if item.size > 0 {
        let n = min(b.count, item.size - 1)
        memcpy(out + item.offset + 1, b.base, n)
        out[item.offset] = UInt8(min(n, 255))
      }
      continue
    }
    for j in 0..<item.count {
      let v = values[k], p = out + item.offset + j * item.size
      k += 1
      switch c {
      case UInt8(ascii: "c"):
        guard v.isObject, v.kind == .bytes, v.bytesCount == 1 else {
          _ = structError(t, "char format requires a bytes object of length 1")
          return .error
        }
        p[0] = v.bytesData[0]
      case UInt8(ascii: "?"):
        if v.isBool || v.isFixnum || v.isNone { p[0] = v == .true || v.isFixnum && v.fixnum != 0 ? 1 : 0 } else {
          let r = truthSlow(t, v)
          if !r.isBool { return t.pointee.exception.isEmpty ? .convert : .error }
          p[0] = r == .true ? 1 : 0
        }
      case UInt8(ascii: "e"), UInt8(ascii: "f"), UInt8(ascii: "d"):
        guard let d = toDouble(t, v) else {
          if !t.pointee.exception.isEmpty { return .error }
          if lookup(v.type, Name.__float__.value).isEmpty && lookup(v.type, Name.__index__.value).isEmpty {
            _ = structError(t, "required argument is not a float")
            return .error
          }
          return .convert
        }
        if c == UInt8(ascii: "d") { storeInt(p, UInt(d.bitPattern), 8, f.little) }
        else if c == UInt8(ascii: "f") {
          let s = Float(d)
          if s.isInfinite && d.isFinite && !f.native { t.raise(.OverflowError, "float too large to pack with f format"); return .error }
          storeInt(p, UInt(s.bitPattern), 4, f.little)
        } else {
          guard let h = halfBits(d) else { t.raise(.OverflowError, "float too large to pack with e format"); return .error }
          storeInt(p, UInt(h), 2, f.little)
        }
      default:
        guard v.isInt else {
          if lookup(v.type, Name.__index__.value).isEmpty { _ = structError(t, "required argument is not an integer"); return .error }
          return .convert
        }
        let signed = c >= 97
        let bits = item.size * 8
        if signed && c != UInt8(ascii: "P") {
          let lo = bits == 64 ? Int.min : -(1 << (bits - 1)), hi = bits == 64 ? Int.max : (1 << (bits - 1)) - 1
          guard let i = v.asInt, i >= lo, i <= hi else { _ = rangeError(t, c, lo, UInt(hi), f, v); return .error }
          storeInt(p, UInt(bitPattern: i), item.size, f.little)
        } else {
          let hi = bits == 64 ? UInt.max : (1 << UInt(bits)) - 1
          var u: UInt? = nil
          if v.isFixnum { u = v.fixnum >= 0 ? UInt(v.fixnum) : nil }
          else if v.intSign == 0 { u = 0 } else if v.intObject.pointee.count == 1 { u = v.limbs[0] }
          guard let x = u, x <= hi else { _ = rangeError(t, c, 0, hi, f, v); return .error }
          storeInt(p, x, item.size, f.little)
        }
      }
    }
  }
  return .ok
}

private func rangeError(_ t: ThreadRef, _ c: UInt8, _ lo: Int, _ hi: UInt, _ f: StructFormat, _ v: Value) -> Value {
  let signed = lo < 0, wide = v.asInt == nil
  if c == UInt8(ascii: "P") || !f.little && (c == UInt8(ascii: "q") || c == UInt8(ascii: "Q")) { return structError(t, "int too large to convert") }
  if wide { return structError(t, "argument out of range") }
  switch c {
  case UInt8(ascii: "b"): return structError(t, "byte format requires -128 <= number <= 127")
  case UInt8(ascii: "B"): return structError(t, "ubyte format requires 0 <= number <= 255")
  case UInt8(ascii: "h") where f.little: return structError(t, "short format requires -32768 <= number <= 32767")
  case UInt8(ascii: "H") where f.little: return structError(t, "ushort format requires 0 <= number <= 65535")
  default: break
  }
  if !signed && v.intSign < 0 { return structError(t, "argument out of range") }
  return structError(t, "'\(String(UnicodeScalar(c)))' format requires \(lo) <= number <= \(hi)")
}

private func unpack(_ t: ThreadRef, _ f: StructFormat, _ p: UnsafePointer<UInt8>) -> Value {
  let r = makeTuple(t, count: f.values)
  var k = 0
  for item in f.items {
    let c = item.code
    if c == UInt8(ascii: "s") {
      r.items[k] = makeBytes(t, UnsafeRawBufferPointer(start: p + item.offset, count: item.size))
      k += 1
      continue
    }
    if c == UInt8(ascii: "p") {
      let n = item.size == 0 ? 0 : min(Int(p[item.offset]), item.size - 1)
      r.items[k] = n <= 0 ? weft_vm.emptyBytes : makeBytes(t, UnsafeRawBufferPointer(start: p + item.offset + 1, count: n))
      k += 1
      continue
    }
    for j in 0..<item.count {
      let q = p + item.offset + j * item.size
      let v: Value
      switch c {
      case UInt8(ascii: "c"): v = makeBytes(t, [q[0]])
      case UInt8(ascii: "?"): v = .bool(q[0] != 0)
      case UInt8(ascii: "d"): v = makeFloat(t, Double(bitPattern: UInt64(loadInt(q, 8, f.little))))
      case UInt8(ascii: "f"): v = makeFloat(t, Double(Float(bitPattern: UInt32(loadInt(q, 4, f.little)))))
      case UInt8(ascii: "e"): v = makeFloat(t, halfValue(UInt16(loadInt(q, 2, f.little))))
      default:
        let u = loadInt(q, item.size, f.little)
        if c >= 97 { let s = UInt(64 - item.size * 8); v = makeInt(t, Int(bitPattern: u << s) >> Int(s)) } else { v = makeInt(t, unsigned: u) }
      }
      r.items[k] = v
      k += 1
    }
  }
  return r
}

/// Fields of a Struct: the format as given (bytes), its size.
private func formatOf(_ t: ThreadRef, _ s: Value) -> StructFormat? {
  let b = s.field(0)
  if b.isEmpty { t.raise(.RuntimeError, "Struct object is not initialized"); return nil }
  return parse(t, Array(UnsafeBufferPointer(start: b.bytesData, count: b.bytesCount)))
}

private func packValues(_ t: ThreadRef, _ f: StructFormat, _ name: String, _ key: Value, _ args: Value, from: Int) -> Value {
  if args.count - from != f.values { return structError(t, "\(name) expected \(f.values) items for packing (got \(args.count - from))") }
  if !mayAllocate(bytes: f.size) { return t.raise(.MemoryError) }
  let r = makeBytes(t, count: f.size)
  switch pack(t, f, args.items + from, r.bytesData) {
  case .ok: return r
  case .error: return .empty
  case .convert: return callApp(t, named: "struct_pack_slow", key, codes(t, f), from > 0 ? makeTuple(t, from: args.items + from, count: args.count - from) : args)
  }
}

/// The conversion that each value needs: f float, i int, ? truth, or a space.
private func codes(_ t: ThreadRef, _ f: StructFormat) -> Value {
  var out: [UInt8] = []
  for item in f.items {
    let c: UInt8
    switch item.code {
    case UInt8(ascii: "s"), UInt8(ascii: "p"), UInt8(ascii: "c"): c = 32
    case UInt8(ascii: "e"), UInt8(ascii: "f"), UInt8(ascii: "d"): c = UInt8(ascii: "f")
    case UInt8(ascii: "?"): c = item.code
    default: c = UInt8(ascii: "i")
    }
    for _ in 0..<item.count { out.append(c) }
  }
  return makeStr(t, ascii: out)
}

private func unpackFrom(_ t: ThreadRef, _ f: StructFormat, _ key: Value, _ buffer: Value, _ offset: Value) -> Value {
  guard let b = bufferView(buffer) else { return t.typeError("a bytes-like object is required, not '\(typeName(buffer))'") }
  var at = 0
  if !offset.isEmpty {
    guard let i = offset.asInt else { return callApp(t, named: "struct_unpack_from_index", key, buffer, offset) }
    at = i
  }
  if at < 0 {
    if at > 0 - f.size { return structError(t, "not enough data to unpack \(f.size) bytes at offset \(at)") }
    if at < 0 - b.count { return structError(t, "offset \(at) out of range for \(b.count)-byte buffer") }
    at += b.count
  }
  if b.count - at < f.size {
    return structError(t, "unpack_from requires a buffer of at least \(UInt(f.size) + UInt(max(at, 0))) bytes for unpacking \(f.size) bytes at offset \(at) (actual buffer size is \(b.count))")
  }
  return unpack(t, f, b.base + at)
}
private func unpackAll(_ t: ThreadRef, _ f: StructFormat, _ buffer: Value) -> Value {
  guard let b = bufferView(buffer) else { return t.typeError("a bytes-like object is required, not '\(typeName(buffer))'") }
  if b.count != f.size { return structError(t, "unpack requires a buffer of \(f.size) bytes") }
  return unpack(t, f, b.base)
}
private func packInto(_ t: ThreadRef, _ f: StructFormat, _ key: Value, _ args: Value, from: Int) -> Value {
  let n = args.count - from
  if n < 2 { return structError(t, n == 0 ? "pack_into expected buffer argument" : "pack_into expected offset argument") }
  if n - 2 != f.values { return structError(t, "pack_into expected \(f.values) items for packing (got \(n - 2))") }
  let buffer = args.items[from], offset = args.items[from + 1]
  guard let b = bufferView(buffer), !b.readOnly else { return t.typeError("read-write bytes-like object expected") }
  guard var at = offset.asInt else {
    if lookup(offset.type, Name.__index__.value).isEmpty { return t.typeError("'\(typeName(offset))' object cannot be interpreted as an integer") }
    return callApp(t, named: "struct_pack_into_index", key, makeTuple(t, from: args.items + from, count: n))
  }
  if at < 0 {
    if at > 0 - f.size { return structError(t, "no space to pack \(f.size) bytes at offset \(at)") }
    if at < 0 - b.count { return structError(t, "offset \(at) out of range for \(b.count)-byte buffer") }
    at += b.count
  }
  if b.count - at < f.size {
    return structError(t, "pack_into requires a buffer of at least \(UInt(f.size) + UInt(max(at, 0))) bytes for packing \(f.size) bytes at offset \(at) (actual buffer size is \(b.count))")
  }
  var room = [UInt8](repeating: 0, count: f.size + 1)
  switch room.withUnsafeMutableBufferPointer({ pack(t, f, args.items + from + 2, $0.baseAddress!) }) {
  case .ok:
    memcpy(b.base + at, room, f.size)
    return .none
  case .error: return .empty
  case .convert: return callApp(t, named: "struct_pack_into_slow", key, codes(t, f), makeTuple(t, from: args.items + from, count: n))
  }
}

nonisolated(unsafe) private var structType = Value.empty

func installStruct(_ t: ThreadRef) {
  structType = defineType(t, "Struct", module: "_struct", fields: 2, base: BuiltinType.object.object)
  structType.object.pointee.gc |= GCBit.immortal
  setString(t, appNamespace, intern(t, "struct_Struct"), structType)
  let d = TypeDefinition(t, structType)
  d.new("(cls, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    guard isType(a[0]), isSubtype(a[0], structType) else { return t.typeError("Struct.__new__(X): X is not a subtype of Struct") }
    return makeInstance(t, a[0])
  }
  d.method("__init__", "(self, /, format)", effects: Effects.leaf) { t, a, n in
    guard let text = formatBytes(t, a[1]), let f = parse(t, text) else { return .empty }
    setField(a[0], 0, makeBytes(t, text))
    setField(a[0], 1, .fixnum(f.size))
    return .none
  }
  d.method("pack", "(self, /, *args)") { t, a, n in
    guard let f = formatOf(t, a[0]) else { return .empty }
    return packValues(t, f, "pack", a[0].field(0), a[1], from: 0)
  }
  d.method("pack_into", "(self, /, *args)") { t, a, n in
    guard let f = formatOf(t, a[0]) else { return .empty }
    return packInto(t, f, a[0].field(0), a[1], from: 0)
  }
  d.method("unpack", "(self, buffer, /)") { t, a, n in
    guard let f = formatOf(t, a[0]) else { return .empty }
    return unpackAll(t, f, a[1])
  }
  d.method("unpack_from", "(self, /, buffer, offset=0)") { t, a, n in
    guard let f = formatOf(t, a[0]) else { return .empty }
    return unpackFrom(t, f, a[0].field(0), a[1], a[2])
  }
  d.method("__sizeof__", "(self, /)") { t, a, n in
    guard let f = formatOf(t, a[0]) else { return .empty }
    return .fixnum(56 + 32 * (f.items.count + 1))
  }
  d.getset("format", get: { t, a, n in
    let b = a[0].field(0)
    return b.isEmpty ? t.raise(.RuntimeError, "Struct object is not initialized") : makeStr(t, ascii: UnsafeBufferPointer(start: b.bytesData, count: b.bytesCount))
  })
  d.getset("size", get: { t, a, n in a[0].field(1).isEmpty ? .fixnum(-1) : a[0].field(1) })
}

func makeStructModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_struct")
  m.set("Struct", structType)
  m.set("error", getString(appNamespace, intern(t, "struct_error")))
  m.function("calcsize", "(format, /)") { t, a, n in
    guard let text = formatBytes(t, a[0]), let f = parse(t, text) else { return .empty }
    return .fixnum(f.size)
  }
  m.function("pack", "(*args)") { t, a, n in
    if a[0].count == 0 { return t.typeError("missing format argument") }
    guard let text = formatBytes(t, a[0].items[0]), let f = parse(t, text) else { return .empty }
    return packValues(t, f, "pack", a[0].items[0], a[0], from: 1)
  }
  m.function("pack_into", "(*args)") { t, a, n in
    if a[0].count == 0 { return t.typeError("missing format argument") }
    guard let text = formatBytes(t, a[0].items[0]), let f = parse(t, text) else { return .empty }
    return packInto(t, f, a[0].items[0], a[0], from: 1)
  }
  m.function("unpack", "(format, buffer, /)") { t, a, n in
    guard let text = formatBytes(t, a[0]), let f = parse(t, text) else { return .empty }
    return unpackAll(t, f, a[1])
  }
  m.function("unpack_from", "(format, /, buffer, offset=0)") { t, a, n in
    guard let text = formatBytes(t, a[0]), let f = parse(t, text) else { return .empty }
    return unpackFrom(t, f, a[0], a[1], a[2])
  }
  m.function("_clearcache", "()") { t, a, n in formatCache.removeAll(); return .none }
  return m.module
}
