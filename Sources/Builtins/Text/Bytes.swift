// bytes and bytearray: construction, comparisons, the sequence protocol.

import Glibc
import Objects
import Support

@inline(__always) func span(_ v: Value) -> UnsafeBufferPointer<UInt8> {
  if v.isExact(.bytes) { return UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount) }
  guard let b = bufferView(v) else { return UnsafeBufferPointer(start: nil, count: 0) }
  return UnsafeBufferPointer(start: b.base, count: b.count)
}

/// TypeError for something that should have been bytes-like.
@discardableResult func needsBuffer(_ t: ThreadRef, _ v: Value) -> Value {
  t.typeError("a bytes-like object is required, not '\(typeName(v))'")
}

/// Bytes of an exact list or tuple of ints; nil where Python code must convert. Empty with an exception set when out of range.
private func bytesOfItems(_ t: ThreadRef, _ v: Value, _ what: String) -> [UInt8]? {
  guard v.isExact(.list) || v.isExact(.tuple), let (p, n) = sequenceItems(v) else { return nil }
  var out = [UInt8](repeating: 0, count: n)
  for i in 0..<n {
    guard p[i].isInt else { return nil }
    guard let k = p[i].asInt, k >= 0, k < 256 else {
      t.valueError("\(what) must be in range(0, 256)")
      return []
    }
    out[i] = UInt8(k)
  }
  return out
}

private func zeros(_ t: ThreadRef, _ v: Value) -> Int? {
  guard let n = v.asInt else {
    t.raise(.OverflowError, "cannot fit 'int' into an index-sized integer")
    return nil
  }
  if n < 0 { t.valueError("negative count"); return nil }
  if !mayAllocate(bytes: n) { t.raise(.MemoryError); return nil }
  return n
}

private func bytesNew(_ t: ThreadRef, _ a: Args) -> Value {
  let cls = a[0], x = a[1]
  guard checkNew(t, cls, .bytes) else { return .empty }
  if x.isEmpty {
    if !a[2].isEmpty { return t.typeError("encoding without a string argument") }
    if !a[3].isEmpty { return t.typeError("errors without a string argument") }
    return bytesInstance(t, cls, weft_vm.emptyBytes)
  }
  if !a[2].isEmpty || !a[3].isEmpty {
    guard x.isStr else { return t.typeError(a[2].isEmpty ? "errors without a string argument" : "encoding without a string argument") }
    if a[2].isEmpty { return t.typeError("string argument without an encoding") }
    for k in 2...3 where !a[k].isEmpty && !a[k].isStr {
      return t.typeError("bytes() argument '\(k == 2 ? "encoding" : "errors")' must be str, not \(typeName(a[k]))")
    }
    if cls == BuiltinType.bytes.object { return encodeText(t, x, a[2], a[3]) }
    return callApp(t, named: "textBytesSubclass", cls, x, a[2], a[3].isEmpty ? intern(t, "strict") : a[3])
  }
  if x.isExact(.bytes) { return bytesInstance(t, cls, x) }
  if x.isFixnum || x.isExact(.int) {
    guard let n = zeros(t, x) else { return .empty }
    let v = makeBytes(t, count: n)
    memset(v.bytesData, 0, n)
    return bytesInstance(t, cls, v)
  }
  if x.isExact(.bytearray) || x.isExact(.memoryview) {
    guard bufferView(x) != nil else { return callApp(t, .bytesFromObject, cls, x) }
    return bytesInstance(t, cls, bytesOf(t, x))
  }
  if let b = bytesOfItems(t, x, "bytes") {
    return t.pointee.exception.isEmpty ? bytesInstance(t, cls, makeBytes(t, b)) : .empty
  }
  return callApp(t, .bytesFromObject, cls, x)
}

/// Replaces the whole content of a bytearray.
func setBytearray(_ t: ThreadRef, _ v: Value, _ p: UnsafeBufferPointer<UInt8>) -> Bool {
  guard resizeBytearray(t, v, p.count) else { return false }
  if p.count > 0 { memmove(v.bytearrayData, p.baseAddress!, p.count) }
  return true
}

private func bytearrayInit(_ t: ThreadRef, _ a: Args) -> Value {
  let v = a[0], x = a[1]
  if x.isEmpty {
    if !a[2].isEmpty { return t.typeError("encoding without a string argument") }
    if !a[3].isEmpty { return t.typeError("errors without a string argument") }
    return resizeBytearray(t, v, 0) ? .none : .empty
  }
  if !a[2].isEmpty || !a[3].isEmpty {
    guard x.isStr else { return t.typeError(a[2].isEmpty ? "errors without a string argument" : "encoding without a string argument") }
    if a[2].isEmpty { return t.typeError("string argument without an encoding") }
    for k in 2...3 where !a[k].isEmpty && !a[k].isStr {
      return t.typeError("bytearray() argument '\(k == 2 ? "encoding" : "errors")' must be str, not \(typeName(a[k]))")
    }
    return callApp(t, named: "textBytearrayEncode", v, x, a[2], a[3].isEmpty ? intern(t, "strict") : a[3])
  }
  if x.isFixnum || x.isExact(.int) {
    guard let n = zeros(t, x), resizeBytearray(t, v, 0), resizeBytearray(t, v, n) else { return .empty }
    memset(v.bytearrayData, 0, n)
    return .none
  }
  if x.isExact(.bytes) || x.isExact(.bytearray) {
    let copy = Array(span(x))
    return copy.withUnsafeBufferPointer { setBytearray(t, v, $0) } ? .none : .empty
  }
  if let b = bytesOfItems(t, x, "byte") {
    if !t.pointee.exception.isEmpty { return .empty }
    return b.withUnsafeBufferPointer { setBytearray(t, v, $0) } ? .none : .empty
  }
  return callApp(t, named: "textBytearrayInit", v, x)
}

/// Compares buffers; `.notImplemented` for what is none.
private func compare(_ op: CompareOp, _ x: Value, _ y: Value) -> Value {
  guard y.isObject, x.isObject else { return .notImplemented }
  if x.kind == .bytes && y.kind != .bytes { return .notImplemented }
  guard let b = bufferView(y) else { return .notImplemented }
  let p = span(x)
  if op == .eq || op == .ne {
    let same = p.count == b.count && (b.count == 0 || memcmp(p.baseAddress!, b.base, b.count) == 0)
    return .bool(same == (op == .eq))
  }
  return .bool(op.holds(compareText(p, UnsafeBufferPointer(start: UnsafePointer(b.base), count: b.count))))
}

private func getItem(_ t: ThreadRef, _ v: Value, _ key: Value) -> Value {
  let p = span(v), n = p.count
  let array = v.kind == .bytearray
  if key.isInt {
    guard let i = key.asInt else { return t.raise(.IndexError, "cannot fit '\(typeName(key))' into an index-sized integer") }
    let j = i < 0 ? i + n : i
    if j < 0 || j >= n { return t.raise(.IndexError, array ? "bytearray index out of range" : "index out of range") }
    return .fixnum(Int(p[j]))
  }
  if key.isExact(.slice) {
    guard let s = sliceParts(key, n) else { return callApp(t, named: "textSliceItem", v, key) }
    if s.step == 1 {
      if s.count == n && v.isExact(.bytes) { return v }
      return makeLike(t, v, UnsafeBufferPointer(rebasing: p[min(s.start, n)..<min(s.start, n) + s.count]))
    }
    let (r, d) = makeLike(t, v, count: s.count)
    var i = s.start
    for k in 0..<s.count { d[k] = p[i]; i &+= s.step }
    return r
  }
  if !lookup(key.type, Name.__index__.value).isEmpty { return callApp(t, named: "textIndexItem", v, key) }
  return t.typeError("\(array ? "bytearray" : "byte") indices must be integers or slices, not \(typeName(key))")
}

func repeatBytes(_ t: ThreadRef, _ v: Value, _ times: Int) -> Value {
  let n = span(v).count
  if times == 1 && v.isExact(.bytes) { return v }
  let (total, over) = n.multipliedReportingOverflow(by: max(times, 0))
  if over { return v.kind == .bytearray ? t.raise(.MemoryError) : t.raise(.OverflowError, "repeated bytes are too long") }
  if total > 1 << 36 || !mayAllocate(bytes: total) { return t.raise(.MemoryError) }
  let (r, d) = makeLike(t, v, count: total)
  let p = span(v)
  fillRepeated(d, p, total)
  return r
}
func fillRepeated(_ d: UnsafeMutablePointer<UInt8>, _ p: UnsafeBufferPointer<UInt8>, _ total: Int) {
  if total == 0 { return }
  if p.count == 1 { memset(d, Int32(p[0]), total); return }
  memmove(d, p.baseAddress!, min(p.count, total))
  var have = p.count
  while have < total {
    let k = min(have, total - have)
    memcpy(d + have, d, k)
    have += k
  }
}

private func multiply(_ t: ThreadRef, _ a: Args, _ n: Int, _ name: String) -> Value {
  guard a[1].isInt else {
    if lookup(a[1].type, Name.__index__.value).isEmpty { return cannotRepeat(t, a[1]) }
    return retryWithIndex(t, a[0].kind, name, a, n, 1)
  }
  guard let k = a[1].asInt else {
    return t.raise(.OverflowError, "cannot fit '\(typeName(a[1]))' into an index-sized integer")
  }
  return repeatBytes(t, a[0], k)
}

private func bytearrayRepr(_ t: ThreadRef, _ v: Value) -> Value {
  makeStr(t, ascii: ascii(typeName(v)) + [40] + bytesReprText(span(v)) + [41])
}

func installBytes(_ t: ThreadRef) {
  let b = TypeDefinition(t, .bytes)
  b.new("(cls, source=b'', encoding='utf-8', errors='strict')") { t, a, n in bytesNew(t, a) }
  b.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in makeStr(t, ascii: bytesReprText(span(a[0]))) }
  b.method("__str__", "(self, /)", effects: Effects.leaf) { t, a, n in makeStr(t, ascii: bytesReprText(span(a[0]))) }
  b.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let p = a[0].to(BytesObject.self)
    if p.pointee.hash == 0 { p.pointee.hash = Objects.hashBytes(UnsafeRawBufferPointer(span(a[0]))) }
    return .fixnum(p.pointee.hash)
  }
  b.method("__bytes__", "(self, /)", effects: Effects.leaf) { t, a, n in a[0].isExact(.bytes) ? a[0] : makeBytes(t, UnsafeRawBufferPointer(span(a[0]))) }
  b.method("__getnewargs__", "(self, /)", effects: Effects.leaf) { t, a, n in makeTuple(t, [makeBytes(t, UnsafeRawBufferPointer(span(a[0])))]) }
  b.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in makeRecord(t, .bytesIterator, a[0], .fixnum(0)) }
  b.method("__sizeof__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(33 + span(a[0]).count) }

  let y = TypeDefinition(t, .bytearray)
  y.new("(cls, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    checkNew(t, a[0], .bytearray) ? makeBytearray(t, count: 0, cls: a[0]) : .empty
  }
  y.method("__init__", "(self, /, source=b'', encoding='utf-8', errors='strict')") { t, a, n in bytearrayInit(t, a) }
  y.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in bytearrayRepr(t, a[0]) }
  y.method("__str__", "(self, /)", effects: Effects.leaf) { t, a, n in bytearrayRepr(t, a[0]) }
  y.set("__hash__", .none)

  for type in [BuiltinType.bytes, .bytearray] {
    let d = TypeDefinition(t, type)
    d.method("__len__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(span(a[0]).count) }
    d.method("__lt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.lt, a[0], a[1]) }
    d.method("__le__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.le, a[0], a[1]) }
    d.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.eq, a[0], a[1]) }
    d.method("__ne__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ne, a[0], a[1]) }
    d.method("__gt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.gt, a[0], a[1]) }
    d.method("__ge__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ge, a[0], a[1]) }
    d.method("__getitem__", "(self, key, /)") { t, a, n in getItem(t, a[0], a[1]) }
    d.method("__contains__", "(self, key, /)") { t, a, n in
      if a[1].isInt {
        guard let k = a[1].asInt, k >= 0, k < 256 else { return t.valueError("byte must be in range(0, 256)") }
        return .bool(findUnit(span(a[0]), UInt32(k), 0, span(a[0]).count) >= 0)
      }
      guard let b = bufferView(a[1]) else {
        if !lookup(a[1].type, Name.__index__.value).isEmpty { return retryWithIndex(t, a[0].kind, "__contains__", a, n, 1) }
        return needsBuffer(t, a[1])
      }
      return .bool(findText(span(a[0]), UnsafeBufferPointer(start: UnsafePointer(b.base), count: b.count), 0, span(a[0]).count) >= 0)
    }
    d.method("__add__", "(self, value, /)", effects: Effects.leaf) { t, a, n in
      guard let b = bufferView(a[1]) else { return .notImplemented }
      let p = span(a[0])
      if b.count == 0 && a[0].isExact(.bytes) { return a[0] }
      if p.count == 0 && a[0].isExact(.bytes) && a[1].isExact(.bytes) { return a[1] }
      let (r, d) = makeLike(t, a[0], count: p.count + b.count)
      if p.count > 0 { memcpy(d, p.baseAddress!, p.count) }
      memcpy(d + p.count, b.base, b.count)
      return r
    }
    d.method("__mul__", "(self, value, /)") { t, a, n in multiply(t, a, n, "__mul__") }
    d.method("__rmul__", "(self, value, /)") { t, a, n in multiply(t, a, n, "__rmul__") }
    d.method("__mod__", "(self, value, /)") { t, a, n in callApp(t, .percentFormat, a[0], a[1]) }
    d.method("__rmod__", "(self, value, /)") { t, a, n in
      guard a[1].isObject, a[1].kind == a[0].kind else { return .notImplemented }
      return callApp(t, .percentFormat, a[1], a[0])
    }
    d.method("decode", "(self, /, encoding='utf-8', errors='strict')") { t, a, n in
      if !a[1].isEmpty && !a[1].isStr { return t.typeError("decode() argument 'encoding' must be str, not \(typeName(a[1]))") }
      if !a[2].isEmpty && !a[2].isStr { return t.typeError("decode() argument 'errors' must be str, not \(typeName(a[2]))") }
      return decodeObject(t, a[0], a[1], a[2])
    }
    installBytesSearch(d)
    installBytesTransform(d)
  }
  installBytearray(t, y)
  defineAppNative(t, "textMakeBytes", "(cls, x, /)") { t, a, n in bytesInstance(t, a[0], bytesOf(t, a[1])) }
  defineAppNative(t, "textBufferBytes", "(x, /)") { t, a, n in withBuffer(a[0]) { makeBytes(t, UnsafeRawBufferPointer($0)) } ?? needsBuffer(t, a[0]) }
  defineAppNative(t, "textBytearraySet", "(array, x, /)") { t, a, n in
    let copy = Array(span(a[1]))
    return copy.withUnsafeBufferPointer { setBytearray(t, a[0], $0) } ? .none : .empty
  }
}
