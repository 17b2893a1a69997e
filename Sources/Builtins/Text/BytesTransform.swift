// bytes and bytearray: case, padding, translation, hexadecimal, tests of character classes.

import Glibc
import Objects
import Support

@inline(__always) private func upper(_ c: UInt8) -> Bool { c >= 65 && c <= 90 }
@inline(__always) private func lower(_ c: UInt8) -> Bool { c >= 97 && c <= 122 }
@inline(__always) private func alpha(_ c: UInt8) -> Bool { upper(c) || lower(c) }
@inline(__always) private func digit(_ c: UInt8) -> Bool { c >= 48 && c <= 57 }

/// A new object with each byte mapped.
private func mapped(_ t: ThreadRef, _ v: Value, _ f: (UInt8) -> UInt8) -> Value {
  let n = span(v).count
  let (r, d) = makeLike(t, v, count: n)
  let p = span(v)
  for i in 0..<n { d[i] = f(p[i]) }
  return r
}
@inline(__always) private func all(_ v: Value, _ f: (UInt8) -> Bool) -> Value {
  let p = span(v)
  if p.count == 0 { return .false }
  for c in p where !f(c) { return .false }
  return .true
}

private func padded(_ t: ThreadRef, _ v: Value, _ left: Int, _ right: Int, _ fill: UInt8) -> Value {
  let p = span(v)
  if left <= 0 && right <= 0 { return v.isExact(.bytes) ? v : makeLike(t, v, p) }
  if left > 1 << 40 || right > 1 << 40 || !mayAllocate(bytes: max(left, 0) + p.count + max(right, 0)) { return t.raise(.MemoryError) }
  let (r, d) = makeLike(t, v, count: p.count + left + right)
  memset(d, Int32(fill), left)
  if p.count > 0 { memcpy(d + left, p.baseAddress!, p.count) }
  memset(d + left + p.count, Int32(fill), right)
  return r
}

private func justify(_ t: ThreadRef, _ a: Args, _ n: Int, _ name: String, _ mode: Int) -> Value {
  guard a[1].isInt else { return retryWithIndex(t, a[0].kind, name, a, n, 1) }
  guard let width = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
  var fill: UInt8 = 32
  if n > 2 {
    guard a[2].isObject, a[2].kind == .bytes || a[2].kind == .bytearray, span(a[2]).count == 1 else {
      return t.typeError("\(name)() argument 2 must be a byte string of length 1, not \(typeName(a[2]))")
    }
    fill = span(a[2])[0]
  }
  let gap = max(0, width - span(a[0]).count)
  switch mode {
  case 0: return padded(t, a[0], 0, gap, fill)
  case 1: return padded(t, a[0], gap, 0, fill)
  default:
    let left = gap / 2 + (gap & width & 1)
    return padded(t, a[0], left, gap - left, fill)
  }
}

/// data.hex(sep, bytes_per_sep).
public func hexText(_ t: ThreadRef, _ p: UnsafeBufferPointer<UInt8>, _ sep: Value, _ group: Value) -> Value {
  func hex(_ x: UInt8) -> UInt8 { x < 10 ? 48 + x : 87 + x }
  var separator: UInt8 = 0
  var k = 0
  if !sep.isEmpty {
    if sep.isStr {
      if sep.strCount != 1 { return t.valueError("sep must be length 1.") }
      if sep.codePoint(0) > 127 { return t.valueError("sep must be ASCII.") }
      separator = UInt8(sep.codePoint(0))
    } else if sep.isObject && sep.kind == .bytes {
      if span(sep).count != 1 { return t.valueError("sep must be length 1.") }
      separator = span(sep)[0]
      if separator > 127 { return t.valueError("sep must be ASCII.") }
    } else { return t.typeError("sep must be str or bytes.") }
    k = 1
    if !group.isEmpty {
      guard group.isInt else { return t.typeError("'\(typeName(group))' object cannot be interpreted as an integer") }
      guard let g = group.asInt, g < 1 << 31, g >= -(1 << 31) else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
      k = g
    }
  }
  let n = p.count
  if n == 0 { return weft_vm.emptyStr }
  let size = abs(k)
  let gaps = size == 0 ? 0 : (n - 1) / size
  if !mayAllocate(bytes: n * 2 + gaps) { return t.raise(.MemoryError) }
  let r = makeStr(t, count: n * 2 + gaps, width: 1, ascii: true)
  let d = r.strData.assumingMemoryBound(to: UInt8.self)
  var at = 0
  // Positive groups count from the right.
  for i in 0..<n {
    if size > 0 && i > 0 && (k > 0 ? (n - i) % size == 0 : i % size == 0) { d[at] = separator; at += 1 }
    d[at] = hex(p[i] >> 4)
    d[at + 1] = hex(p[i] & 15)
    at += 2
  }
  return r
}

/// The bytes of a hexadecimal text; nil with ValueError set.
func bytesFromHex(_ t: ThreadRef, _ s: Value) -> [UInt8]? {
  var out: [UInt8] = []
  let n = s.strCount
  var i = 0
  while i < n {
    let c = s.codePoint(i)
    if isASCIISpace(c) { i += 1; continue }
    let high = c < 128 ? digitValue(c) : 255
    if high > 15 { t.valueError("non-hexadecimal number found in fromhex() arg at position \(i)"); return nil }
    let low = i + 1 < n && s.codePoint(i + 1) < 128 ? digitValue(s.codePoint(i + 1)) : 255
    if low > 15 { t.valueError("non-hexadecimal number found in fromhex() arg at position \(i + 1)"); return nil }
    out.append(high << 4 | low)
    i += 2
  }
  return out
}

private func translate(_ t: ThreadRef, _ v: Value, _ table: Value, _ delete: Value) -> Value {
  if !mayAllocate(bytes: 2 * span(v).count) { return t.raise(.MemoryError) }
  var map = [UInt8](repeating: 0, count: 256)
  if table.isNone { for i in 0..<256 { map[i] = UInt8(i) } } else {
    guard let b = bufferView(table) else { return needsBuffer(t, table) }
    if b.count != 256 { return t.valueError("translation table must be 256 characters long") }
    for i in 0..<256 { map[i] = b.base[i] }
  }
  var drop = [Bool](repeating: false, count: 256), dropsAny = false
  if !delete.isEmpty {
    guard let b = bufferView(delete) else { return needsBuffer(t, delete) }
    for i in 0..<b.count { drop[Int(b.base[i])] = true; dropsAny = true }
  }
  if !dropsAny { return mapped(t, v) { map[Int($0)] } }
  let out = span(v).filter { !drop[Int($0)] }.map { map[Int($0)] }
  return out.withUnsafeBufferPointer { makeLike(t, v, $0) }
}

func installBytesTransform(_ d: TypeDefinition) {
  d.method("upper", "(self, /)", effects: Effects.leaf) { t, a, n in mapped(t, a[0]) { lower($0) ? $0 - 32 : $0 } }
  d.method("lower", "(self, /)", effects: Effects.leaf) { t, a, n in mapped(t, a[0]) { upper($0) ? $0 + 32 : $0 } }
  d.method("swapcase", "(self, /)", effects: Effects.leaf) { t, a, n in mapped(t, a[0]) { alpha($0) ? $0 ^ 32 : $0 } }
  d.method("capitalize", "(self, /)", effects: Effects.leaf) { t, a, n in
    var first = true
    return mapped(t, a[0]) { c in
      defer { first = false }
      return first ? (lower(c) ? c - 32 : c) : upper(c) ? c + 32 : c
    }
  }
  d.method("title", "(self, /)", effects: Effects.leaf) { t, a, n in
    var inside = false
    return mapped(t, a[0]) { c in
      defer { inside = alpha(c) }
      return inside ? (upper(c) ? c + 32 : c) : lower(c) ? c - 32 : c
    }
  }
  d.method("ljust", "(self, width, fillchar=b' ', /)") { t, a, n in justify(t, a, n, "ljust", 0) }
  d.method("rjust", "(self, width, fillchar=b' ', /)") { t, a, n in justify(t, a, n, "rjust", 1) }
  d.method("center", "(self, width, fillchar=b' ', /)") { t, a, n in justify(t, a, n, "center", 2) }
  d.method("zfill", "(self, width, /)") { t, a, n in
    guard a[1].isInt else { return retryWithIndex(t, a[0].kind, "zfill", a, n, 1) }
    guard let w = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
    let gap = max(0, w - span(a[0]).count)
    let r = padded(t, a[0], gap, 0, 48)
    if r.isEmpty || gap == 0 { return r }
    let p = bufferView(r)!.base
    if span(r).count > gap && (p[gap] == 43 || p[gap] == 45) { p[0] = p[gap]; p[gap] = 48 }
    return r
  }
  d.method("expandtabs", "(self, /, tabsize=8)") { t, a, n in
    var size = 8
    if !a[1].isEmpty {
      guard a[1].isInt else { return retryWithIndex(t, a[0].kind, "expandtabs", a, 2, 1) }
      guard let k = a[1].asInt, k < 1 << 31, k >= -(1 << 31) else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
      size = k
    }
    var out: [UInt8] = [], column = 0, tabs = 0
    for c in span(a[0]) where c == 9 { tabs += 1 }
    if !mayAllocate(bytes: 3 * (tabs * max(1, size) + span(a[0]).count)) { return t.raise(.MemoryError) }
    for c in span(a[0]) {
      if c == 9 {
        if size > 0 {
          let k = size - column % size
          out.append(contentsOf: repeatElement(32, count: k))
          column += k
        }
      } else {
        column += 1
        out.append(c)
        if c == 10 || c == 13 { column = 0 }
      }
    }
    return out.withUnsafeBufferPointer { makeLike(t, a[0], $0) }
  }
  d.method("translate", "(self, table, /, delete=b'')") { t, a, n in translate(t, a[0], a[1], a[2]) }
  d.staticMethod("maketrans", "(frm, to, /)") { t, a, n in
    guard let f = bufferView(a[0]) else { return needsBuffer(t, a[0]) }
    guard let o = bufferView(a[1]) else { return needsBuffer(t, a[1]) }
    if f.count != o.count { return t.valueError("maketrans arguments must have same length") }
    let r = makeBytes(t, count: 256)
    for i in 0..<256 { r.bytesData[i] = UInt8(i) }
    for i in 0..<f.count { r.bytesData[Int(f.base[i])] = o.base[i] }
    return r
  }
  d.method("hex", "(self, /, sep=None, bytes_per_sep=1)") { t, a, n in hexText(t, span(a[0]), a[1], a[2]) }
  d.classMethod("fromhex", "(type, string, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("fromhex() argument must be str, not \(typeName(a[1]))") }
    guard let b = bytesFromHex(t, a[1]) else { return .empty }
    let array = isSubtype(a[0], BuiltinType.bytearray.object)
    if a[0] == BuiltinType.bytearray.object { return b.withUnsafeBufferPointer { makeBytearray(t, $0) } }
    let v = makeBytes(t, b)
    return a[0] == BuiltinType.bytes.object && !array ? v : call(t, a[0], v)
  }
  d.method("isascii", "(self, /)", effects: Effects.leaf) { t, a, n in
    let p = span(a[0])
    return .bool(p.count == 0 || asciiPrefix(p.baseAddress!, 0, p.count) == p.count)
  }
  d.method("isalpha", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], alpha) }
  d.method("isalnum", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0]) { alpha($0) || digit($0) } }
  d.method("isdigit", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], digit) }
  d.method("isspace", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0]) { isASCIISpace(UInt32($0)) } }
  d.method("isupper", "(self, /)", effects: Effects.leaf) { t, a, n in
    var cased = false
    for c in span(a[0]) { if lower(c) { return .false }; if upper(c) { cased = true } }
    return .bool(cased)
  }
  d.method("islower", "(self, /)", effects: Effects.leaf) { t, a, n in
    var cased = false
    for c in span(a[0]) { if upper(c) { return .false }; if lower(c) { cased = true } }
    return .bool(cased)
  }
  d.method("istitle", "(self, /)", effects: Effects.leaf) { t, a, n in
    var cased = false, previous = false
    for c in span(a[0]) {
      if upper(c) {
        if previous { return .false }
        previous = true; cased = true
      } else if lower(c) {
        if !previous { return .false }
        cased = true
      } else { previous = false }
    }
    return .bool(cased)
  }
}
