// memoryview: a window on the memory of an exporter, with format, shape and strides.
//
// The exporter's memory is found anew at each access and the bounds are checked, so a view is safe whatever happens to its
// owner. A bytearray knows its views by weak references: it may not be resized while one is alive.

import Glibc
import Objects
import Support

enum MemoryviewField {
  static let owner = 0, offset = 1, format = 2, itemSize = 3, shape = 4, strides = 5, readOnly = 6, released = 7, hash = 8, exports = 9
}
private typealias F = MemoryviewField

/// A view's parts.
struct ViewParts {
  var base: UnsafeMutablePointer<UInt8>
  var itemSize: Int
  var shape: [Int]
  var strides: [Int]
  var count: Int { shape.reduce(1, *) }
  var contiguous: Bool {
    var expected = itemSize
    for i in stride(from: shape.count - 1, through: 0, by: -1) {
      if shape[i] > 1 && strides[i] != expected { return count == 0 }
      expected *= shape[i]
    }
    return true
  }
  var fortran: Bool {
    var expected = itemSize
    for i in 0..<shape.count {
      if shape[i] > 1 && strides[i] != expected { return count == 0 }
      expected *= shape[i]
    }
    return true
  }
}

private func ints(_ v: Value) -> [Int] { (0..<v.count).map { v.items[$0].fixnum } }

/// The view's memory; nil with ValueError set (when `t` is given) after release, or where the owner has shrunk.
func viewParts(_ t: ThreadRef?, _ v: Value) -> ViewParts? {
  if v.field(F.released) == .true {
    if let t { t.valueError("operation forbidden on released memoryview object") }
    return nil
  }
  let shape = ints(v.field(F.shape)), strides = ints(v.field(F.strides)), item = v.field(F.itemSize).fixnum, offset = v.field(F.offset).fixnum
  guard let b = bufferView(v.field(F.owner)) else {
    if let t { t.valueError("operation forbidden on released memoryview object") }
    return nil
  }
  // The bytes that the items span.
  var low = offset, high = offset + item
  for i in 0..<shape.count {
    if shape[i] == 0 { return ViewParts(base: b.base, itemSize: item, shape: shape, strides: strides) }
    let reach = (shape[i] - 1) * strides[i]
    if reach < 0 { low += reach } else { high += reach }
  }
  if low < 0 || high > b.count {
    if let t { t.raise(.BufferError, "the exporter of this memoryview has changed its size") }
    return nil
  }
  return ViewParts(base: b.base + offset, itemSize: item, shape: shape, strides: strides)
}

func memoryviewBuffer(_ v: Value) -> BufferView? {
  guard let p = viewParts(nil, v), p.contiguous else { return nil }
  return BufferView(base: p.base, count: p.count * p.itemSize, readOnly: v.field(F.readOnly) == .true, itemSize: p.itemSize,
                    format: swiftString(v.field(F.format)))
}

private func tuple(_ t: ThreadRef, _ a: [Int]) -> Value { makeTuple(t, a.map { .fixnum($0) }) }

private func makeView(_ t: ThreadRef, owner: Value, offset: Int, format: Value, itemSize: Int, shape: [Int], strides: [Int], readOnly: Bool) -> Value {
  let v = makeRecord(t, .memoryview, 10)
  v.fields[F.owner] = owner
  v.fields[F.offset] = .fixnum(offset)
  v.fields[F.format] = format
  v.fields[F.itemSize] = .fixnum(itemSize)
  v.fields[F.shape] = tuple(t, shape)
  v.fields[F.strides] = tuple(t, strides)
  v.fields[F.readOnly] = .bool(readOnly)
  v.fields[F.released] = .false
  v.fields[F.hash] = .empty
  v.fields[F.exports] = .fixnum(0)
  registerView(t, owner, v)
  return v
}

/// A view of an object that exports its memory; empty with TypeError set.
public func makeMemoryview(_ t: ThreadRef, _ x: Value) -> Value {
  if x.isObject && x.kind == .memoryview {
    guard viewParts(t, x) != nil else { return .empty }
    return makeView(t, owner: x.field(F.owner), offset: x.field(F.offset).fixnum, format: x.field(F.format), itemSize: x.field(F.itemSize).fixnum,
                    shape: ints(x.field(F.shape)), strides: ints(x.field(F.strides)), readOnly: x.field(F.readOnly) == .true)
  }
  if x.isObject, let p = bufferProviders.first(where: { isSubtype(x.type, $0.type) }), let v = p.handedOn(t, x) { return v.isEmpty ? .empty : makeMemoryview(t, v) }
  guard let b = bufferView(x) else { return t.typeError("memoryview: a bytes-like object is required, not '\(typeName(x))'") }
  let item = max(b.itemSize, 1)
  return makeView(t, owner: x, offset: 0, format: intern(t, b.format), itemSize: item, shape: [b.count / item], strides: [item], readOnly: b.readOnly)
}

// MARK: views of a bytearray

/// Adds a view to its owner's list (bytearrays), or counts it.
private func registerView(_ t: ThreadRef, _ owner: Value, _ view: Value) {
  guard owner.kind == .bytearray else { retainBuffer(owner, 1); return }
  var l = owner.field(2)
  if !l.isExact(.list) {
    l = makeList(t)
    listAppend(t, l, owner.field(2).isEmpty ? .fixnum(0) : owner.field(2))
    setField(owner, 2, l)
  }
  if l.listCount > 8 { purgeViews(owner) }
  listAppend(t, l, makeWeakref(t, view, callback: .none))
}

/// Forgets dead and released views; gives the number that is left, counted pins included.
@discardableResult func purgeViews(_ owner: Value) -> Int {
  let l = owner.field(2)
  guard l.isExact(.list) else { return l.isEmpty ? 0 : l.fixnum }
  let p = l.listItems
  var n = 1
  for i in 1..<l.listCount {
    let r = p[i].to(WeakrefObject.self).pointee.referent
    if r.isEmpty || r.field(F.released) == .true { continue }
    p[n] = p[i]
    n += 1
  }
  truncateList(l, n)
  writeBarrier(l.listStorage.object)
  return p[0].fixnum + n - 1
}

// MARK: items

/// The character of a native format, or 0.
private func formatCode(_ v: Value) -> UInt8 {
  let n = v.strCount
  if n == 1 { return UInt8(truncatingIfNeeded: v.codePoint(0)) }
  if n == 2 && v.codePoint(0) == 64 { return UInt8(truncatingIfNeeded: v.codePoint(1)) }
  return 0
}
private func formatSize(_ c: UInt8) -> Int {
  switch c {
  case UInt8(ascii: "c"), UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "?"): return 1
  case UInt8(ascii: "h"), UInt8(ascii: "H"): return 2
  case UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "f"): return 4
  case UInt8(ascii: "l"), UInt8(ascii: "L"), UInt8(ascii: "q"), UInt8(ascii: "Q"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "d"), UInt8(ascii: "P"): return 8
  default: return 0
  }
}

private func load(_ t: ThreadRef, _ code: UInt8, _ p: UnsafeMutablePointer<UInt8>, _ format: Value) -> Value {
  let r = UnsafeRawPointer(p)
  switch code {
  case UInt8(ascii: "B"): return .fixnum(Int(p[0]))
  case UInt8(ascii: "b"): return .fixnum(Int(r.load(as: Int8.self)))
  case UInt8(ascii: "c"): return makeBytes(t, [p[0]])
  case UInt8(ascii: "?"): return .bool(p[0] != 0)
  case UInt8(ascii: "h"): return .fixnum(Int(r.loadUnaligned(as: Int16.self)))
  case UInt8(ascii: "H"): return .fixnum(Int(r.loadUnaligned(as: UInt16.self)))
  case UInt8(ascii: "i"): return .fixnum(Int(r.loadUnaligned(as: Int32.self)))
  case UInt8(ascii: "I"): return .fixnum(Int(r.loadUnaligned(as: UInt32.self)))
  case UInt8(ascii: "l"), UInt8(ascii: "q"), UInt8(ascii: "n"): return makeInt(t, r.loadUnaligned(as: Int.self))
  case UInt8(ascii: "L"), UInt8(ascii: "Q"), UInt8(ascii: "N"), UInt8(ascii: "P"): return makeInt(t, unsigned: r.loadUnaligned(as: UInt.self))
  case UInt8(ascii: "f"): return makeFloat(t, Double(r.loadUnaligned(as: Float.self)))
  case UInt8(ascii: "d"): return makeFloat(t, r.loadUnaligned(as: Double.self))
  default: return t.raise(.NotImplementedError, "memoryview: format \(swiftString(format)) not supported")
  }
}

/// Stores an item; nil with no exception set where __index__ or __float__ must be asked.
private func store(_ t: ThreadRef, _ code: UInt8, _ p: UnsafeMutablePointer<UInt8>, _ v: Value, _ format: Value) -> Bool? {
  let name = swiftString(format)
  func range(_ lo: Int, _ hi: Int) -> Int? {
    guard v.isInt else {
      if lookup(v.type, Name.__index__.value).isEmpty { t.typeError("memoryview: invalid type for format '\(name)'") }
      return nil
    }
    guard let i = v.asInt, i >= lo, i <= hi else {
      t.valueError("memoryview: invalid value for format '\(name)'")
      return nil
    }
    return i
  }
  let r = UnsafeMutableRawPointer(p)
  switch code {
  case UInt8(ascii: "B"): guard let i = range(0, 255) else { return nil }; p[0] = UInt8(i)
  case UInt8(ascii: "b"): guard let i = range(-128, 127) else { return nil }; p[0] = UInt8(bitPattern: Int8(i))
  case UInt8(ascii: "h"): guard let i = range(-32768, 32767) else { return nil }; r.storeBytes(of: Int16(i), as: Int16.self)
  case UInt8(ascii: "H"): guard let i = range(0, 65535) else { return nil }; r.storeBytes(of: UInt16(i), as: UInt16.self)
  case UInt8(ascii: "i"): guard let i = range(Int(Int32.min), Int(Int32.max)) else { return nil }; r.storeBytes(of: Int32(i), as: Int32.self)
  case UInt8(ascii: "I"): guard let i = range(0, Int(UInt32.max)) else { return nil }; r.storeBytes(of: UInt32(i), as: UInt32.self)
  case UInt8(ascii: "l"), UInt8(ascii: "q"), UInt8(ascii: "n"): guard let i = range(Int.min, Int.max) else { return nil }; r.storeBytes(of: i, as: Int.self)
  case UInt8(ascii: "L"), UInt8(ascii: "Q"), UInt8(ascii: "N"), UInt8(ascii: "P"):
    guard v.isInt else { _ = range(0, 0); return nil }
    if v.isFixnum && v.fixnum >= 0 { r.storeBytes(of: UInt(v.fixnum), as: UInt.self) }
    else if !v.isFixnum && v.intObject.pointee.count == 1 { r.storeBytes(of: v.limbs[0], as: UInt.self) }
    else if v.intSign == 0 { r.storeBytes(of: 0, as: UInt.self) }
    else { t.valueError("memoryview: invalid value for format '\(name)'"); return nil }
  case UInt8(ascii: "c"):
    guard v.isObject, v.kind == .bytes else { t.typeError("memoryview: invalid type for format 'c'"); return nil }
    guard v.bytesCount == 1 else { t.valueError("memoryview: invalid value for format 'c'"); return nil }
    p[0] = v.bytesData[0]
  case UInt8(ascii: "?"): p[0] = flag(v) ? 1 : 0
  case UInt8(ascii: "f"), UInt8(ascii: "d"):
    guard let d = toDouble(t, v) else {
      if t.pointee.exception.isEmpty && lookup(v.type, Name.__float__.value).isEmpty && lookup(v.type, Name.__index__.value).isEmpty {
        t.typeError("memoryview: invalid type for format '\(name)'")
      }
      return nil
    }
    if code == UInt8(ascii: "f") { r.storeBytes(of: Float(d), as: Float.self) } else { r.storeBytes(of: d, as: Double.self) }
  default:
    t.raise(.NotImplementedError, "memoryview: format \(name) not supported")
    return nil
  }
  return true
}

/// Address of the item that int or tuple indices name; nil with an exception set (or none where __index__ must be asked).
private func itemAddress(_ t: ThreadRef, _ p: ViewParts, _ key: Value) -> UnsafeMutablePointer<UInt8>? {
  var indices: [Value] = [key]
  if key.isExact(.tuple) { indices = (0..<key.count).map { key.items[$0] } }
  if indices.count < p.shape.count { t.raise(.NotImplementedError, "sub-views are not implemented"); return nil }
  if indices.count > p.shape.count {
    t.typeError(p.shape.count == 0 ? "invalid indexing of 0-dim memory" : "cannot index \(p.shape.count)-dimension view with \(indices.count)-element tuple")
    return nil
  }
  var q = p.base
  for (d, k) in indices.enumerated() {
    guard k.isInt else { return nil }
    guard var i = k.asInt else { t.raise(.IndexError, "cannot fit 'int' into an index-sized integer"); return nil }
    if i < 0 { i += p.shape[d] }
    if i < 0 || i >= p.shape[d] { t.raise(.IndexError, "index out of bounds on dimension \(d + 1)"); return nil }
    q += i * p.strides[d]
  }
  return q
}
private func allInts(_ v: Value) -> Bool {
  guard v.isExact(.tuple) else { return false }
  for i in 0..<v.count where !v.items[i].isInt { return false }
  return true
}
/// A tuple that is not empty and has only items of which `test` holds.
private func all(_ v: Value, _ test: (Value) -> Bool) -> Bool {
  guard v.isExact(.tuple), v.count > 0 else { return false }
  for i in 0..<v.count where !test(v.items[i]) { return false }
  return true
}
private func isIndex(_ v: Value) -> Bool { v.isInt || !lookup(v.type, Name.__index__.value).isEmpty }

private func slice(_ t: ThreadRef, _ v: Value, _ p: ViewParts, _ key: Value) -> Value? {
  guard let s = sliceParts(key, p.shape[0]) else { return nil }
  let offset = v.field(F.offset).fixnum + (s.count == 0 ? 0 : s.start * p.strides[0])
  return makeView(t, owner: v.field(F.owner), offset: offset, format: v.field(F.format), itemSize: p.itemSize,
                  shape: [s.count] + p.shape.dropFirst(), strides: [p.strides[0] * s.step] + p.strides.dropFirst(), readOnly: v.field(F.readOnly) == .true)
}

private func getItem(_ t: ThreadRef, _ v: Value, _ key: Value) -> Value {
  guard let p = viewParts(t, v) else { return .empty }
  let code = formatCode(v.field(F.format))
  if p.shape.count == 0 {
    if key.isExact(.tuple) && key.count == 0 { return load(t, code, p.base, v.field(F.format)) }
    if key == weft_vm.ellipsis { return v }
    return t.typeError("invalid indexing of 0-dim memory")
  }
  if key.isInt || allInts(key) {
    if key.isInt && p.shape.count > 1 { return t.raise(.NotImplementedError, "multi-dimensional sub-views are not implemented") }
    guard let q = itemAddress(t, p, key) else { return .empty }
    return load(t, code, q, v.field(F.format))
  }
  if key == weft_vm.ellipsis { return v }
  if key.isExact(.slice) {
    return slice(t, v, p, key) ?? callApp(t, named: "textSliceItem", v, key)
  }
  if key.isExact(.tuple) {
    if all(key, { $0.isExact(.slice) }) { return t.raise(.NotImplementedError, "multi-dimensional slicing is not implemented") }
    if all(key, isIndex) { return callApp(t, named: "textMemoryviewTuple", v, key) }
  } else if !lookup(key.type, Name.__index__.value).isEmpty { return callApp(t, named: "textIndexItem", v, key) }
  return t.typeError("memoryview: invalid slice key")
}

/// Visits all items in C order.
private func forEachItem(_ p: ViewParts, _ body: (UnsafeMutablePointer<UInt8>) -> Bool) {
  if p.count == 0 { return }
  var index = [Int](repeating: 0, count: p.shape.count)
  var q = p.base
  while true {
    if !body(q) { return }
    var d = p.shape.count - 1
    while d >= 0 {
      index[d] += 1
      q += p.strides[d]
      if index[d] < p.shape[d] { break }
      q -= p.strides[d] * p.shape[d]
      index[d] = 0
      d -= 1
    }
    if d < 0 { return }
  }
}
func viewBytes(_ p: ViewParts) -> [UInt8] {
  if p.contiguous { return Array(UnsafeBufferPointer(start: p.base, count: p.count * p.itemSize)) }
  var out: [UInt8] = []
  out.reserveCapacity(p.count * p.itemSize)
  forEachItem(p) { q in for k in 0..<p.itemSize { out.append(q[k]) }; return true }
  return out
}

private func setItem(_ t: ThreadRef, _ a: Args) -> Value {
  let v = a[0], key = a[1], value = a[2]
  guard let p = viewParts(t, v) else { return .empty }
  if v.field(F.readOnly) == .true { return t.typeError("cannot modify read-only memory") }
  let format = v.field(F.format), code = formatCode(format)
  func put(_ q: UnsafeMutablePointer<UInt8>) -> Value {
    if code == UInt8(ascii: "?") && value.isObject && !value.isBool && !value.isNone && !value.isInt {
      return callApp(t, named: "textMemoryviewStore", v, key, value, .none)
    }
    if store(t, code, q, value, format) != nil { return .none }
    if !t.pointee.exception.isEmpty { return .empty }
    return callApp(t, named: "textMemoryviewStore", v, key, value, .bool(code == UInt8(ascii: "f") || code == UInt8(ascii: "d")))
  }
  if p.shape.count == 0 {
    if key.isExact(.tuple) && key.count == 0 || key == weft_vm.ellipsis { return put(p.base) }
    return t.typeError("invalid indexing of 0-dim memory")
  }
  if key.isInt || allInts(key) {
    guard let q = itemAddress(t, p, key) else { return .empty }
    return put(q)
  }
  if key.isExact(.slice) && p.shape.count == 1 {
    guard let s = sliceParts(key, p.shape[0]) else { return callApp(t, named: "textMemoryviewSetSlice", v, key, value) }
    let source: [UInt8], item: Int, count: Int, code2: UInt8
    if value.isObject && value.kind == .memoryview {
      guard let o = viewParts(t, value) else { return .empty }
      if o.shape.count != 1 { return t.valueError("memoryview assignment: lvalue and rvalue have different structures") }
      source = viewBytes(o); item = o.itemSize; count = o.shape[0]; code2 = formatCode(value.field(F.format))
    } else {
      guard let b = bufferView(value) else { return t.typeError("a bytes-like object is required, not '\(typeName(value))'") }
      source = Array(UnsafeBufferPointer(start: b.base, count: b.count)); item = b.itemSize; count = b.count / max(1, b.itemSize)
      code2 = formatCode(intern(t, b.format))
    }
    if item != p.itemSize || count != s.count || code2 != code { return t.valueError("memoryview assignment: lvalue and rvalue have different structures") }
    for k in 0..<s.count {
      let q = p.base + (s.start + k * s.step) * p.strides[0]
      for j in 0..<item { q[j] = source[k * item + j] }
    }
    return .none
  }
  if key.isExact(.slice) { return t.raise(.NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1") }
  if all(key, { $0.isExact(.slice) }) { return t.raise(.NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1") }
  if all(key, isIndex) { return callApp(t, named: "textMemoryviewTuple", v, key, value) }
  if !lookup(key.type, Name.__index__.value).isEmpty { return retryWithIndex(t, .memoryview, "__setitem__", a, 3, 1) }
  return t.typeError("memoryview: invalid slice key")
}

private func equal(_ t: ThreadRef, _ x: Value, _ y: Value) -> Bool? {
  if x == y { return true }
  guard let p = viewParts(nil, x) else { return false }
  let fx = x.field(F.format), fy: Value, q: ViewParts
  if y.isObject && y.kind == .memoryview {
    guard let o = viewParts(nil, y) else { return false }
    q = o
    fy = y.field(F.format)
  } else {
    guard let b = bufferView(y) else { return nil }
    q = ViewParts(base: b.base, itemSize: b.itemSize, shape: [b.count / max(1, b.itemSize)], strides: [b.itemSize])
    fy = intern(t, b.format)
  }
  if p.shape != q.shape { return false }
  let cx = formatCode(fx), cy = formatCode(fy)
  if cx == 0 || cy == 0 || formatSize(cx) == 0 || formatSize(cy) == 0 { return false }
  let isFloat = cx == UInt8(ascii: "f") || cx == UInt8(ascii: "d")
  if cx == cy && !isFloat { return viewBytes(p) == viewBytes(q) }
  var left: [UnsafeMutablePointer<UInt8>] = [], same = true, i = 0
  forEachItem(p) { left.append($0); return true }
  forEachItem(q) { r in
    let a = load(t, cx, left[i], fx), b = load(t, cy, r, fy)
    i += 1
    if a.isFloat && b.isFloat { same = a.double == b.double } else { same = nativeEqual(a, b) == 1 }
    return same
  }
  return same
}

private func toList(_ t: ThreadRef, _ v: Value, _ p: ViewParts, _ d: Int, _ q: UnsafeMutablePointer<UInt8>) -> Value {
  if d == p.shape.count { return load(t, formatCode(v.field(F.format)), q, v.field(F.format)) }
  let l = makeList(t, capacity: p.shape[d])
  for i in 0..<p.shape[d] {
    let x = toList(t, v, p, d + 1, q + i * p.strides[d])
    if x.isEmpty { return .empty }
    listAppend(t, l, x)
  }
  return l
}

private func release(_ t: ThreadRef, _ v: Value) -> Value {
  if v.field(F.released) == .true { return .none }
  if v.field(F.exports).fixnum > 0 { return t.raise(.BufferError, "memoryview has \(v.field(F.exports).fixnum) exported buffer\(v.field(F.exports).fixnum == 1 ? "" : "s")") }
  v.fields[F.released] = .true
  let owner = v.field(F.owner)
  if owner.kind == .bytearray { purgeViews(owner) } else { retainBuffer(owner, -1) }
  return .none
}

private func cast(_ t: ThreadRef, _ v: Value, _ format: Value, _ shape: Value) -> Value {
  guard let p = viewParts(t, v) else { return .empty }
  guard format.isStr else { return t.typeError("cast() argument 'format' must be str, not \(typeName(format))") }
  if !p.contiguous { return t.typeError("memoryview: casts are restricted to C-contiguous views") }
  let to = formatCode(format), from = formatCode(v.field(F.format))
  let size = formatSize(to)
  if from == 0 || formatSize(from) == 0 { return t.valueError("memoryview: source format must be a native single character format prefixed with an optional '@'") }
  if size == 0 { return t.valueError("memoryview: destination format must be a native single character format prefixed with an optional '@'") }
  func byte(_ c: UInt8) -> Bool { c == UInt8(ascii: "b") || c == UInt8(ascii: "B") || c == UInt8(ascii: "c") }
  if !byte(from) && !byte(to) { return t.typeError("memoryview: cannot cast between two non-byte formats") }
  let bytes = p.count * p.itemSize
  var dims: [Int]
  if absent(shape) {
    if p.shape.contains(0) && p.shape.count > 1 { return t.typeError("memoryview: cannot cast view with zeros in shape or strides") }
    if bytes % size != 0 { return t.typeError("memoryview: length is not a multiple of itemsize") }
    dims = [bytes / size]
  } else {
    guard let (items, n) = sequenceItems(shape) else { return t.typeError("shape must be a list or a tuple") }
    if n > 64 { return t.valueError("memoryview: number of dimensions must not exceed 64") }
    if p.shape.count != 1 && n != 1 { return t.typeError("memoryview: cast must be 1D -> ND or ND -> 1D") }
    dims = []
    var product = size
    for i in 0..<n {
      guard items[i].isInt else { return t.typeError("memoryview.cast(): elements of shape must be integers") }
      guard let k = items[i].asInt, k > 0 else { return t.valueError("memoryview.cast(): elements of shape must be integers > 0") }
      let (r, over) = product.multipliedReportingOverflow(by: k)
      if over { return t.valueError("memoryview.cast(): product(shape) > SSIZE_MAX") }
      product = r
      dims.append(k)
    }
    if product != bytes { return t.typeError("memoryview: product(shape) * itemsize != buffer size") }
  }
  var strides = [Int](repeating: size, count: dims.count)
  if dims.count > 1 { for i in stride(from: dims.count - 2, through: 0, by: -1) { strides[i] = strides[i + 1] * dims[i + 1] } }
  return makeView(t, owner: v.field(F.owner), offset: v.field(F.offset).fixnum, format: exactStr(t, format), itemSize: size, shape: dims, strides: strides,
                  readOnly: v.field(F.readOnly) == .true)
}

func installMemoryview(_ t: ThreadRef) {
  let d = TypeDefinition(t, .memoryview)
  d.new("(cls, object)", effects: Effects.leaf) { t, a, n in makeMemoryview(t, a[1]) }
  d.method("__repr__", "(self, /)") { t, a, n in
    let address = String(identity(a[0]), radix: 16)
    return makeStr(t, "<\(a[0].field(F.released) == .true ? "released " : "")memory at 0x\(address)>")
  }
  d.method("__len__", "(self, /)") { t, a, n in
    guard let p = viewParts(t, a[0]) else { return .empty }
    return .fixnum(p.shape.first ?? 1)
  }
  d.method("__getitem__", "(self, key, /)") { t, a, n in getItem(t, a[0], a[1]) }
  d.method("__setitem__", "(self, key, value, /)") { t, a, n in setItem(t, a) }
  d.method("__delitem__", "(self, key, /)") { t, a, n in t.typeError("cannot delete memory") }
  d.method("__iter__", "(self, /)") { t, a, n in
    guard let p = viewParts(t, a[0]) else { return .empty }
    if p.shape.count == 0 { return t.typeError("invalid indexing of 0-dim memory") }
    return makeRecord(t, .sequenceIterator, a[0], .fixnum(0))
  }
  d.method("__eq__", "(self, value, /)") { t, a, n in equal(t, a[0], a[1]).map { .bool($0) } ?? .notImplemented }
  d.method("__ne__", "(self, value, /)") { t, a, n in equal(t, a[0], a[1]).map { .bool(!$0) } ?? .notImplemented }
  for name in ["__lt__", "__le__", "__gt__", "__ge__"] { d.method(name, "(self, value, /)") { t, a, n in .notImplemented } }
  d.method("__hash__", "(self, /)") { t, a, n in
    if !a[0].field(F.hash).isEmpty { return a[0].field(F.hash) }
    guard let p = viewParts(t, a[0]) else { return .empty }
    if a[0].field(F.readOnly) != .true { return t.valueError("cannot hash writable memoryview object") }
    let code = formatCode(a[0].field(F.format))
    if code != UInt8(ascii: "B") && code != UInt8(ascii: "b") && code != UInt8(ascii: "c") {
      return t.valueError("memoryview: hashing is restricted to formats 'B', 'b' or 'c'")
    }
    let h = viewBytes(p).withUnsafeBytes { Objects.hashBytes($0) }
    a[0].fields[F.hash] = .fixnum(h)
    return .fixnum(h)
  }
  d.method("__enter__", "(self, /)") { t, a, n in viewParts(t, a[0]) == nil ? .empty : a[0] }
  d.method("__exit__", "(self, /, *exc_info)") { t, a, n in release(t, a[0]) }
  d.method("release", "(self, /)") { t, a, n in release(t, a[0]) }
  d.method("tobytes", "(self, /, order='C')") { t, a, n in
    guard let p = viewParts(t, a[0]) else { return .empty }
    if !absent(a[1]) {
      guard a[1].isStr, ["C", "F", "A"].contains(swiftString(a[1])) else { return t.valueError("order must be 'C', 'F' or 'A'") }
      let order = swiftString(a[1])
      if p.shape.count > 1 && (order == "F" || order == "A" && p.fortran && !p.contiguous) {
        return makeBytes(t, viewBytes(ViewParts(base: p.base, itemSize: p.itemSize, shape: p.shape.reversed(), strides: p.strides.reversed())))
      }
    }
    return makeBytes(t, viewBytes(p))
  }
  d.method("tolist", "(self, /)") { t, a, n in
    guard let p = viewParts(t, a[0]) else { return .empty }
    return toList(t, a[0], p, 0, p.base)
  }
  d.method("hex", "(self, /, sep=None, bytes_per_sep=1)") { t, a, n in
    guard let p = viewParts(t, a[0]) else { return .empty }
    return viewBytes(p).withUnsafeBufferPointer { hexText(t, $0, a[1], a[2]) }
  }
  d.method("toreadonly", "(self, /)") { t, a, n in
    let v = makeMemoryview(t, a[0])
    if !v.isEmpty { v.fields[F.readOnly] = .true }
    return v
  }
  d.method("cast", "(self, /, format, shape=None)") { t, a, n in cast(t, a[0], a[1], a[2]) }
  d.getset("obj", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : a[0].field(F.owner) })
  d.getset("nbytes", get: { t, a, n in
    guard let p = viewParts(t, a[0]) else { return .empty }
    return .fixnum(p.count * p.itemSize)
  })
  d.getset("readonly", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : a[0].field(F.readOnly) })
  d.getset("itemsize", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : a[0].field(F.itemSize) })
  d.getset("format", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : a[0].field(F.format) })
  d.getset("ndim", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : .fixnum(a[0].field(F.shape).count) })
  d.getset("shape", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : a[0].field(F.shape) })
  d.getset("strides", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : a[0].field(F.strides) })
  d.getset("suboffsets", get: { t, a, n in viewParts(t, a[0]) == nil ? .empty : weft_vm.emptyTuple })
  d.getset("c_contiguous", get: { t, a, n in viewParts(t, a[0]).map { .bool($0.contiguous) } ?? .empty })
  d.getset("f_contiguous", get: { t, a, n in viewParts(t, a[0]).map { .bool($0.fortran) } ?? .empty })
  d.getset("contiguous", get: { t, a, n in viewParts(t, a[0]).map { .bool($0.contiguous || $0.fortran) } ?? .empty })
  // Asks for a collection at the next safepoint, complete ones from step 1 on.
  defineAppNative(t, "textCollect", "(step, /)") { t, a, n in
    if a[0].fixnum > 0 { weft_vm.nextMajor = 0 }
    requestCollection(t)
    return .none
  }
  defineAppNative(t, "textLiveViews", "(array, /)") { t, a, n in .fixnum(purgeViews(a[0])) }
}
