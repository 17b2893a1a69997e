// Helpers shared by the natives of numbers, text and bytes: units of a str, subclass instances, index arguments.

import CGMP
import Glibc
import Objects
import Support

public typealias Units = FixedWidthInteger & UnsignedInteger

@inline(__always) func units8(_ v: Value) -> UnsafeBufferPointer<UInt8> {
  UnsafeBufferPointer(start: v.strData.assumingMemoryBound(to: UInt8.self), count: v.strCount)
}
@inline(__always) func units16(_ v: Value) -> UnsafeBufferPointer<UInt16> {
  UnsafeBufferPointer(start: v.strData.assumingMemoryBound(to: UInt16.self), count: v.strCount)
}
@inline(__always) func units32(_ v: Value) -> UnsafeBufferPointer<UInt32> {
  UnsafeBufferPointer(start: v.strData.assumingMemoryBound(to: UInt32.self), count: v.strCount)
}

/// Runs one of three closures on the code units of a str, by width.
@inline(__always)
func onText<R>(_ v: Value, _ a: (UnsafeBufferPointer<UInt8>) throws -> R, _ b: (UnsafeBufferPointer<UInt16>) throws -> R,
               _ c: (UnsafeBufferPointer<UInt32>) throws -> R) rethrows -> R {
  switch v.strWidth {
  case 1: return try a(units8(v))
  case 2: return try b(units16(v))
  default: return try c(units32(v))
  }
}

/// ASCII bytes of a Swift literal.
@inline(__always) func ascii(_ s: String) -> [UInt8] { Array(s.utf8) }

/// A str of ASCII or Latin-1 code units.
func makeStr(_ t: ThreadRef, latin1 p: UnsafeBufferPointer<UInt8>) -> Value {
  if p.count == 0 { return weft_vm.emptyStr }
  if p.count == 1 { return weft_latin1()[Int(p[0])] }
  let v = makeStr(t, count: p.count, width: 1, ascii: asciiPrefix(p.baseAddress!, 0, p.count) == p.count)
  memcpy(v.strData, p.baseAddress!, p.count)
  return v
}
func makeStr(_ t: ThreadRef, latin1 a: [UInt8]) -> Value { a.withUnsafeBufferPointer { makeStr(t, latin1: $0) } }

// MARK: instances of subclasses

/// Whether `cls` is a class that may be given to `base.__new__`; sets TypeError otherwise.
func checkNew(_ t: ThreadRef, _ cls: Value, _ base: BuiltinType) -> Bool {
  if cls == base.object { return true }
  var name: String { nameOf(type: base.object) }
  guard isType(cls) else {
    t.typeError("\(name).__new__(X): X is not a type object (\(typeName(cls)))")
    return false
  }
  guard isSubtype(cls, base.object) else {
    t.typeError("\(name).__new__(\(nameOf(type: cls))): \(nameOf(type: cls)) is not a subtype of \(name)")
    return false
  }
  return true
}

/// Raw memory of an instance of `cls` whose fixed and variable parts take `bytes`; the trailer, if any, is made empty.
func allocateInstance(_ t: ThreadRef, _ cls: Value, bytes: Int) -> UnsafeMutableRawPointer {
  let s = cls.typeObject.pointee.shape.unsafelyUnwrapped
  let trailing = s.pointee.flags & ShapeFlag.trailer != 0
  let rounded = (bytes + 7) & ~7
  let p = allocate(t, shape: s.pointee.index, bytes: trailing ? rounded + 8 : bytes)
  if trailing { (p + rounded).assumingMemoryBound(to: Value.self).pointee = .empty }
  if cls.typeObject.pointee.flags & TypeFlag.finaliser != 0 {
    p.assumingMemoryBound(to: ObjectHeader.self).pointee.gc |= GCBit.watched
    watchFinaliser(Value(p))
  }
  return p
}

/// The plain int `v` as an instance of `cls`.
func intInstance(_ t: ThreadRef, _ cls: Value, _ v: Value) -> Value {
  if cls == BuiltinType.int.object || v.isEmpty { return v }
  return withMPZ(v) { z in
    let n = Int(abs(z.pointee._mp_size))
    let o = Value(allocateInstance(t, cls, bytes: 16 + n * 8))
    o.intObject.pointee.count = Int(z.pointee._mp_size)
    if n > 0 { memcpy(o.limbs, z.pointee._mp_d, n * 8) }
    return o
  }
}
func floatInstance(_ t: ThreadRef, _ cls: Value, _ d: Double) -> Value {
  if cls == BuiltinType.float.object { return makeFloat(t, d) }
  let p = allocateInstance(t, cls, bytes: 16)
  p.assumingMemoryBound(to: FloatObject.self).pointee.value = d
  return Value(p)
}
func strInstance(_ t: ThreadRef, _ cls: Value, _ v: Value) -> Value {
  if v.isEmpty { return v }
  if cls == BuiltinType.str.object { return v.isExact(.str) ? v : exactStr(t, v) }
  let n = v.strCount * v.strWidth
  let p = allocateInstance(t, cls, bytes: 24 + n)
  let s = p.assumingMemoryBound(to: StrObject.self)
  s.pointee.header.flags = v.object.pointee.flags & ~StrFlag.interned
  s.pointee.hash = 0
  s.pointee.count = v.strCount
  memcpy(p + 24, v.strData, n)
  return Value(p)
}
func bytesInstance(_ t: ThreadRef, _ cls: Value, _ v: Value) -> Value {
  if cls == BuiltinType.bytes.object || v.isEmpty { return v }
  let n = v.bytesCount
  let p = allocateInstance(t, cls, bytes: 24 + n)
  let b = p.assumingMemoryBound(to: BytesObject.self)
  b.pointee.hash = 0
  b.pointee.count = n
  memcpy(p + 24, v.bytesData, n)
  return Value(p)
}

/// The str itself where it is exact, else its text as an exact str.
func exactStr(_ t: ThreadRef, _ v: Value) -> Value {
  if v.isExact(.str) { return v }
  let n = v.strCount
  if n == 0 { return weft_vm.emptyStr }
  if n == 1 { return makeStr(t, codePoint: v.codePoint(0)) }
  let r = makeStr(t, count: n, width: v.strWidth, ascii: v.isASCII)
  memcpy(r.strData, v.strData, n * v.strWidth)
  return r
}

/// Runs `body` with `n` fresh GMP numbers.
func withScratch<R>(_ n: Int, _ body: (UnsafeMutablePointer<__mpz_struct>) -> R) -> R {
  withUnsafeTemporaryAllocation(of: __mpz_struct.self, capacity: n) { b in
    let p = b.baseAddress!
    for i in 0..<n { __gmpz_init(p + i) }
    defer { for i in 0..<n { __gmpz_clear(p + i) } }
    return body(p)
  }
}

/// A new exact str with the same text, where strs of this length can be new.
func copyStr(_ t: ThreadRef, _ v: Value) -> Value {
  if v.strCount < 2 { return exactStr(t, v) }
  let r = makeStr(t, count: v.strCount, width: v.strWidth, ascii: v.isASCII)
  memcpy(r.strData, v.strData, v.strCount * v.strWidth)
  return r
}

// MARK: arguments

/// An argument that may be missing.
@inline(__always) func absent(_ v: Value) -> Bool { v.isEmpty || v.isNone }

/// Tail-calls `method` of `type` again after argument `k` has been converted by __index__ in app-level code. Arguments
/// after the last one given are dropped; absent ones between become None.
func retryWithIndex(_ t: ThreadRef, _ type: BuiltinType, _ method: String, _ a: Args, _ n: Int, _ k: Int) -> Value {
  retryWithIndex(t, lookup(type.object, intern(t, method)), a, n, k)
}
func retryWithIndex(_ t: ThreadRef, _ method: Value, _ a: Args, _ n: Int, _ k: Int) -> Value {
  let v = a[k]
  if lookup(v.type, Name.__index__.value).isEmpty || v.isInt {
    return t.typeError("'\(typeName(v))' object cannot be interpreted as an integer")
  }
  var list: [Value] = [method, .fixnum(k)]
  var last = n
  while last > 0 && a[last - 1].isEmpty { last -= 1 }
  for i in 0..<last { list.append(a[i].isEmpty ? .none : a[i]) }
  let f = getString(appNamespace, intern(t, "textConvertIndex"))
  if f.isEmpty { return t.raise(.SystemError, "no app-level function 'textConvertIndex'") }
  return call(t, f, list)
}

/// An int argument clamped to a machine word, as slices do.
@inline(__always) func clampedInt(_ v: Value) -> Int? {
  if v.isFixnum { return v.fixnum }
  guard v.isInt else { return nil }
  return v.asInt ?? (v.intSign < 0 ? Int.min : Int.max)
}

/// `[start[, end]]` of find, count, startswith...: a[k] and a[k + 1]; nil when one needs __index__ (its number in `bad`).
func bounds(_ a: Args, _ n: Int, _ k: Int, _ length: Int, _ bad: inout Int) -> (Int, Int)? {
  var from = 0, to = length
  if n > k, !absent(a[k]) {
    guard let i = clampedInt(a[k]) else { bad = k; return nil }
    from = i < 0 ? max(0, i + length) : i
  }
  if n > k + 1, !absent(a[k + 1]) {
    guard let i = clampedInt(a[k + 1]) else { bad = k + 1; return nil }
    to = i < 0 ? max(0, i + length) : min(i, length)
  }
  return (from, to)
}

/// start, step and count of a slice whose members are ints or None; nil when one of them needs __index__ or the step is 0.
func sliceParts(_ s: Value, _ length: Int) -> (start: Int, step: Int, count: Int)? {
  var step = 1
  if !s.field(2).isNone {
    guard let i = clampedInt(s.field(2)), i != 0 else { return nil }
    step = max(i, -Int.max)
  }
  func clamp(_ v: Value, _ missing: Int) -> Int? {
    if v.isNone { return missing }
    guard var i = clampedInt(v) else { return nil }
    if i < 0 {
      i = i == Int.min ? -1 : i + length
      if i < 0 { i = step < 0 ? -1 : 0 }
    } else if i >= length {
      i = step < 0 ? length - 1 : length
    }
    return i
  }
  guard let start = clamp(s.field(0), step < 0 ? length - 1 : 0), let stop = clamp(s.field(1), step < 0 ? -1 : length) else { return nil }
  var count = 0
  if step < 0 { if stop < start { count = (start - stop - 1) / (0 - step) + 1 } }
  else if start < stop { count = (stop - start - 1) / step + 1 }
  return (start, step, count)
}

/// An error that a Support algorithm threw, as the exception.
func raise(_ t: ThreadRef, _ e: Error) -> Value {
  if let f = e as? FormatError {
    if f.isMemory { return t.raise(.MemoryError) }
    return t.raise(.ValueError, value: makeStr(t, scalars: f.message))
  }
  return t.raise(.SystemError, "unexpected error")
}

/// Whether a class's own special method (none of `base`'s) answers for `name`.
func overrides(_ v: Value, _ name: Name, _ base: BuiltinType) -> Bool {
  lookup(v.type, name.value) != lookup(base.object, name.value)
}

// MARK: repr of text

/// repr() of a str.
func strRepr(_ t: ThreadRef, _ v: Value, asciiOnly: Bool = false) -> Value {
  let n = v.strCount
  // Each character may become ten.
  if n > 1 << 20 && !mayAllocate(bytes: n * 12) { return t.raise(.MemoryError) }
  var single = false, double = false, plain = true
  for i in 0..<n {
    let c = v.codePoint(i)
    if c == 39 { single = true } else if c == 34 { double = true }
    else if c < 32 || c == 92 || c == 127 { plain = false }
    else if c > 127 && (asciiOnly || !isPrintable(c)) { plain = false }
  }
  let quote: UInt32 = single && !double ? 34 : 39
  if plain && !(single && double) {
    let r = makeStr(t, count: n + 2, width: v.strWidth, ascii: v.isASCII)
    copyText(v, 0, n, into: r, at: 1)
    copyText(weft_latin1()[Int(quote)], 0, 1, into: r, at: 0)
    copyText(weft_latin1()[Int(quote)], 0, 1, into: r, at: n + 1)
    return r
  }
  var out: [UInt32] = [quote]
  out.reserveCapacity(n + 8)
  func hex(_ c: UInt32, _ digits: Int) {
    var k = digits - 1
    while k >= 0 { let d = c >> UInt32(4 * k) & 15; out.append(d < 10 ? 48 + d : 87 + d); k -= 1 }
  }
  for i in 0..<n {
    let c = v.codePoint(i)
    switch c {
    case quote, 92: out += [92, c]
    case 9: out += [92, 116]
    case 10: out += [92, 110]
    case 13: out += [92, 114]
    case 32..<127: out.append(c)
    case 0..<32, 127: out += [92, 120]; hex(c, 2)
    default:
      if !asciiOnly && isPrintable(c) { out.append(c) }
      else if c < 256 { out += [92, 120]; hex(c, 2) }
      else if c < 0x10000 { out += [92, 117]; hex(c, 4) }
      else { out += [92, 85]; hex(c, 8) }
    }
  }
  out.append(quote)
  return makeStr(t, scalars: out)
}

/// repr() of bytes.
func bytesReprText(_ p: UnsafeBufferPointer<UInt8>) -> [UInt8] {
  let single = p.contains(39), double = p.contains(34)
  let quote: UInt8 = single && !double ? 34 : 39
  var out: [UInt8] = [98, quote]
  out.reserveCapacity(p.count + 4)
  for c in p {
    switch c {
    case quote, 92: out += [92, c]
    case 9: out += [92, 116]
    case 10: out += [92, 110]
    case 13: out += [92, 114]
    case 32..<127: out.append(c)
    default:
      let h = c >> 4, l = c & 15
      out += [92, 120, h < 10 ? 48 + h : 87 + h, l < 10 ? 48 + l : 87 + l]
    }
  }
  out.append(quote)
  return out
}
