// str: construction, access, hash, equality, interning.

import Glibc
import Support

extension Value {
  @inlinable @inline(__always) public var isStr: Bool { isExact(.str) || (isObject && isKind(.str)) }
  @inlinable @inline(__always) public var str: UnsafeMutablePointer<StrObject> { to(StrObject.self) }
  /// Code points.
  @inlinable @inline(__always) public var strCount: Int { str.pointee.count }
  /// Bytes per code point.
  @inlinable @inline(__always) public var strWidth: Int { Int(object.pointee.flags & 7) }
  @inlinable @inline(__always) public var strData: UnsafeMutableRawPointer { raw + 24 }
  @inlinable public var isASCII: Bool { object.pointee.flags & StrFlag.ascii != 0 }
  @inlinable public var isInterned: Bool { object.pointee.flags & StrFlag.interned != 0 }
  /// Code point `i`.
  @inlinable @inline(__always) public func codePoint(_ i: Int) -> UInt32 {
    switch object.pointee.flags & 7 {
    case 1: return UInt32(strData.assumingMemoryBound(to: UInt8.self)[i])
    case 2: return UInt32(strData.assumingMemoryBound(to: UInt16.self)[i])
    default: return strData.assumingMemoryBound(to: UInt32.self)[i]
    }
  }
}

public enum StrFlag {
  /// Bits 0-2: width. Then:
  public static let ascii: UInt8 = 8, interned: UInt8 = 16
}

/// A str of `count` code points of `width` bytes whose data the caller fills. `maxChar` only tells ASCII from Latin-1.
@inlinable public func makeStr(_ t: ThreadRef, count: Int, width: Int, ascii: Bool) -> Value {
  let p = allocate(t, shape: BuiltinType.str.shape, bytes: 24 + count * width)
  let s = p.assumingMemoryBound(to: StrObject.self)
  s.pointee.header.flags = UInt8(truncatingIfNeeded: width) | (ascii ? StrFlag.ascii : 0)
  s.pointee.hash = 0
  s.pointee.count = count
  return Value(p)
}

public func makeStr(_ t: ThreadRef, ascii bytes: UnsafeBufferPointer<UInt8>) -> Value {
  if bytes.count == 0 { return weft_vm.emptyStr }
  if bytes.count == 1 { return weft_latin1()[Int(bytes[0])] }
  let v = makeStr(t, count: bytes.count, width: 1, ascii: true)
  memcpy(v.strData, bytes.baseAddress!, bytes.count)
  return v
}
public func makeStr(_ t: ThreadRef, ascii bytes: [UInt8]) -> Value { bytes.withUnsafeBufferPointer { makeStr(t, ascii: $0) } }

/// From code points; the narrowest width that holds them.
public func makeStr(_ t: ThreadRef, scalars p: UnsafeBufferPointer<UInt32>) -> Value {
  var m: UInt32 = 0
  for c in p { m |= c }
  if p.count == 0 { return weft_vm.emptyStr }
  if p.count == 1 && p[0] < 256 { return weft_latin1()[Int(p[0])] }
  var top: UInt32 = 0
  if m >= 0x80 { for c in p where c > top { top = c } }
  let width = top < 0x100 ? 1 : top < 0x10000 ? 2 : 4
  let v = makeStr(t, count: p.count, width: width, ascii: m < 0x80)
  switch width {
  case 1: let d = v.strData.assumingMemoryBound(to: UInt8.self); for i in 0..<p.count { d[i] = UInt8(truncatingIfNeeded: p[i]) }
  case 2: let d = v.strData.assumingMemoryBound(to: UInt16.self); for i in 0..<p.count { d[i] = UInt16(truncatingIfNeeded: p[i]) }
  default: memcpy(v.strData, p.baseAddress!, p.count * 4)
  }
  return v
}
public func makeStr(_ t: ThreadRef, scalars: [UInt32]) -> Value { scalars.withUnsafeBufferPointer { makeStr(t, scalars: $0) } }

/// From UTF-8 that is known to be valid (Swift strings).
public func makeStr(_ t: ThreadRef, _ s: String) -> Value {
  var s = s
  return s.withUTF8 { p in
    for b in p where b >= 0x80 { return makeStr(t, scalars: String(decoding: p, as: UTF8.self).unicodeScalars.map { $0.value }) }
    return makeStr(t, ascii: p)
  }
}
public func makeStr(_ t: ThreadRef, codePoint c: UInt32) -> Value {
  if c < 256 { return weft_latin1()[Int(c)] }
  return makeStr(t, scalars: [c])
}

/// Part of a str.
public func substring(_ t: ThreadRef, _ s: Value, _ from: Int, _ to: Int) -> Value {
  let n = to - from, w = s.strWidth
  if n <= 0 { return weft_vm.emptyStr }
  if n == s.strCount && s.isExact(.str) { return s }
  if n == 1 { return makeStr(t, codePoint: s.codePoint(from)) }
  if w == 1 {
    let src = s.strData.assumingMemoryBound(to: UInt8.self) + from
    var ascii = s.isASCII
    if !ascii {
      var m: UInt8 = 0
      for i in 0..<n { m |= src[i] }
      ascii = m < 0x80
    }
    let v = makeStr(t, count: n, width: 1, ascii: ascii)
    memcpy(v.strData, s.strData + from, n)
    return v
  }
  return makeStr(t, scalars: (from..<to).map { s.codePoint($0) })
}

/// Swift text of a str; lone surrogates become U+FFFD.
public func swiftString(_ v: Value) -> String {
  if v.strWidth == 1 && v.isASCII {
    return String(decoding: UnsafeBufferPointer(start: v.strData.assumingMemoryBound(to: UInt8.self), count: v.strCount), as: UTF8.self)
  }
  var s = String.UnicodeScalarView()
  for i in 0..<v.strCount { s.append(Unicode.Scalar(v.codePoint(i)) ?? "\u{fffd}") }
  return String(s)
}
public func scalars(_ v: Value) -> [UInt32] { (0..<v.strCount).map { v.codePoint($0) } }

/// UTF-8 bytes; lone surrogates 0xDC80... become the raw bytes (surrogateescape), as file names need.
public func fileSystemBytes(_ v: Value) -> [UInt8] {
  var out: [UInt8] = []
  out.reserveCapacity(v.strCount)
  for i in 0..<v.strCount {
    let c = v.codePoint(i)
    switch c {
    case 0..<0x80: out.append(UInt8(c))
    case 0xdc80...0xdcff: out.append(UInt8(c & 0xff))
    case 0..<0x800: out += [UInt8(0xc0 | c >> 6), UInt8(0x80 | c & 0x3f)]
    case 0..<0x10000: out += [UInt8(0xe0 | c >> 12), UInt8(0x80 | c >> 6 & 0x3f), UInt8(0x80 | c & 0x3f)]
    default: out += [UInt8(0xf0 | c >> 18), UInt8(0x80 | c >> 12 & 0x3f), UInt8(0x80 | c >> 6 & 0x3f), UInt8(0x80 | c & 0x3f)]
    }
  }
  return out
}

/// Same code points.
@inlinable public func strEqual(_ a: Value, _ b: Value) -> Bool {
  if a == b { return true }
  let n = a.strCount
  if n != b.strCount { return false }
  let wa = a.strWidth
  if wa != b.strWidth { return false } // the narrowest width is canonical
  return memcmp(a.strData, b.strData, n * wa) == 0
}

/// Three-way comparison by code points.
public func strCompare(_ a: Value, _ b: Value) -> Int {
  let n = min(a.strCount, b.strCount)
  if a.strWidth == 1 && b.strWidth == 1 {
    let r = Int(memcmp(a.strData, b.strData, n))
    return r != 0 ? r : a.strCount - b.strCount
  }
  for i in 0..<n {
    let x = a.codePoint(i), y = b.codePoint(i)
    if x != y { return x < y ? -1 : 1 }
  }
  return a.strCount - b.strCount
}

/// Cached hash.
@inlinable @inline(__always) public func strHash(_ v: Value) -> Int {
  let h = v.str.pointee.hash
  return h != 0 ? h : computeStrHash(v)
}
@inline(never) public func computeStrHash(_ v: Value) -> Int {
  var h = hashBytes(UnsafeRawBufferPointer(start: v.strData, count: v.strCount * v.strWidth))
  if h == 0 && v.strCount > 0 { h = -3 }
  v.str.pointee.hash = h
  return h
}

/// Hash of raw bytes with the process's secret, 62 significant bits so that it is a fixnum; never -1.
public func hashBytes(_ p: UnsafeRawBufferPointer) -> Int {
  if p.count == 0 { return 0 }
  return hashFixnum(Support.hashBytes(p.baseAddress!, p.count, key: HashKey(k0: weft_vm.hashKey0, k1: weft_vm.hashKey1)))
}
/// Hashes are kept as fixnums: the top bit is dropped, -1 avoided.
@inlinable public func hashFixnum(_ h: Int) -> Int {
  let f = (h &<< 1) >> 1
  return f == -1 ? -2 : f
}

// MARK: interning

/// Open-addressed set of interned strings; they are old and never move. Weak: swept after marking.
struct InternTable {
  var slots: UnsafeMutablePointer<Value>! = nil
  var capacity = 0
  var used = 0
}
nonisolated(unsafe) var internTable = InternTable()

func initializeInterning() {
  internTable.capacity = 16384
  internTable.slots = calloc(16384, 8)!.assumingMemoryBound(to: Value.self)
  CollectorHook.afterMarking.append {
    let old = internTable
    internTable.slots = .allocate(capacity: old.capacity)
    internTable.slots.initialize(repeating: .empty, count: old.capacity)
    internTable.used = 0
    for i in 0..<old.capacity {
      let v = old.slots[i]
      if !v.isEmpty && !isDead(v) { internInsert(v) }
    }
    old.slots.deallocate()
  }
}
func internInsert(_ v: Value) {
  var i = strHash(v) & (internTable.capacity - 1)
  while !internTable.slots[i].isEmpty { i = (i + 1) & (internTable.capacity - 1) }
  internTable.slots[i] = v
  internTable.used += 1
}

/// Where the interned str with these bytes (of width 1, so ASCII) is in the table, or would be.
@inline(__always)
private func slot(_ p: UnsafeRawPointer, _ n: Int, _ h: Int) -> Int {
  var i = h & (internTable.capacity - 1)
  while true {
    let s = internTable.slots[i]
    if s.isEmpty || s.str.pointee.hash == h && s.strCount == n && s.strWidth == 1 && memcmp(s.strData, p, n) == 0 { return i }
    i = (i + 1) & (internTable.capacity - 1)
  }
}

/// The one interned str equal to `v` (an exact str).
public func intern(_ v: Value) -> Value {
  if v.isInterned { return v }
  let h = strHash(v)
  if v.strWidth == 1 {
    let s = internTable.slots[slot(v.strData, v.strCount, h)]
    if !s.isEmpty { return s }
  } else {
    var i = h & (internTable.capacity - 1)
    while true {
      let s = internTable.slots[i]
      if s.isEmpty { break }
      if strHash(s) == h && strEqual(s, v) { return s }
      i = (i + 1) & (internTable.capacity - 1)
    }
  }
  if v.object.pointee.gc & GCBit.old != 0 && v.isExact(.str) { return addInterned(v) }
  return addInterned(oldStr(v.strData, v.strCount, flags: v.object.pointee.flags, h))
}
private func oldStr(_ data: UnsafeRawPointer, _ count: Int, flags: UInt8, _ h: Int) -> Value {
  let n = count * Int(flags & 7), p = allocateOld(shape: BuiltinType.str.shape, bytes: 24 + n)
  let s = p.assumingMemoryBound(to: StrObject.self)
  s.pointee.header.flags = flags
  s.pointee.hash = h
  s.pointee.count = count
  memcpy(p + 24, data, n)
  return Value(p)
}
private func addInterned(_ o: Value) -> Value {
  o.object.pointee.flags |= StrFlag.interned
  if internTable.used * 2 > internTable.capacity {
    let old = internTable
    internTable.capacity *= 2
    internTable.used = 0
    internTable.slots = .allocate(capacity: internTable.capacity)
    internTable.slots.initialize(repeating: .empty, count: internTable.capacity)
    for k in 0..<old.capacity where !old.slots[k].isEmpty { internInsert(old.slots[k]) }
    old.slots.deallocate()
  }
  internInsert(o)
  return o
}
/// The interned str of valid UTF-8. ASCII that is known already costs a hash and a look.
public func intern(_ t: ThreadRef, utf8 p: UnsafeBufferPointer<UInt8>) -> Value {
  guard p.count > 1, p.allSatisfy({ $0 < 0x80 }) else { return intern(makeStr(t, String(decoding: p, as: UTF8.self))) }
  let raw = UnsafeRawBufferPointer(p)
  var h = hashBytes(raw)
  if h == 0 { h = -3 }
  let s = internTable.slots[slot(raw.baseAddress.unsafelyUnwrapped, p.count, h)]
  return s.isEmpty ? addInterned(oldStr(raw.baseAddress.unsafelyUnwrapped, p.count, flags: 1 | StrFlag.ascii, h)) : s
}
public func intern(_ t: ThreadRef, _ s: String) -> Value {
  var s = s
  return s.withUTF8 { intern(t, utf8: $0) }
}
/// An interned str that lives for ever.
public func internForever(_ t: ThreadRef, _ s: String) -> Value {
  let v = intern(t, s)
  v.object.pointee.gc |= GCBit.immortal
  return v
}
