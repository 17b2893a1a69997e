// tuple, list, float, slice, cell: construction and access.

import Glibc
import Heap

// MARK: tuple

/// A tuple of `n` empty items that the caller fills at once.
@inlinable public func makeTuple(_ t: ThreadRef, count n: Int) -> Value {
  if n == 0 { return weft_vm.emptyTuple }
  return makeValues(t, shape: BuiltinType.tuple.shape, count: n)
}
@inlinable public func makeValues(_ t: ThreadRef, shape: UInt32, count n: Int) -> Value { makeValues(t, shape: shape, count: n, emptyFrom: 0) }
/// The same with the first `given` items not written: the caller does that next.
@inlinable @inline(__always) func makeValues(_ t: ThreadRef, shape: UInt32, count n: Int, emptyFrom given: Int) -> Value {
  let p = allocate(t, shape: shape, bytes: 16 + n * 8)
  p.assumingMemoryBound(to: ValuesObject.self).pointee.count = n
  let v = Value(p)
  let items = v.items
  var i = given
  while i < n { items[i] = .empty; i &+= 1 }
  return v
}
public func makeTuple(_ t: ThreadRef, _ a: [Value]) -> Value {
  let v = makeTuple(t, count: a.count)
  for i in 0..<a.count { v.items[i] = a[i] }
  return v
}
@inlinable public func makeTuple(_ t: ThreadRef, from p: UnsafeMutablePointer<Value>, count n: Int) -> Value {
  let v = makeTuple(t, count: n)
  if n > 0 { v.items.update(from: p, count: n) }
  return v
}
@inlinable public func pair(_ t: ThreadRef, _ a: Value, _ b: Value) -> Value {
  let v = makeTuple(t, count: 2)
  v.items[0] = a; v.items[1] = b
  return v
}

// MARK: list: storage (a `values` object, or empty) and count

extension Value {
  @inlinable @inline(__always) public var listStorage: Value { fields[0] }
  @inlinable @inline(__always) public var listCount: Int { fields[1].fixnum }
  @inlinable @inline(__always) public var listItems: UnsafeMutablePointer<Value> { fields[0].items }
  @inlinable public var listCapacity: Int { fields[0].isEmpty ? 0 : fields[0].count }
}

public func makeList(_ t: ThreadRef, capacity: Int = 0) -> Value {
  let l = makeRecord(t, .list, 2)
  if capacity > 0 {
    let s = makeValues(t, shape: BuiltinType.values.shape, count: capacity)
    l.fields[0] = s
  }
  l.fields[1] = .fixnum(0)
  return l
}
public func makeList(_ t: ThreadRef, _ a: [Value]) -> Value {
  let l = makeList(t, capacity: a.count)
  for i in 0..<a.count { l.listItems[i] = a[i] }
  l.fields[1] = .fixnum(a.count)
  return l
}
public func makeList(_ t: ThreadRef, from p: UnsafeMutablePointer<Value>, count n: Int) -> Value {
  let l = makeList(t, capacity: n)
  if n > 0 { l.listItems.update(from: p, count: n) }
  l.fields[1] = .fixnum(n)
  return l
}

/// Room for `n` items (CPython's growth: an eighth more and a bit).
public func reserveList(_ t: ThreadRef, _ l: Value, _ n: Int) {
  if n <= l.listCapacity { return }
  let capacity = n + n >> 3 + (n < 9 ? 3 : 6) & ~3
  let c = l.listCount
  let s = makeValues(t, shape: BuiltinType.values.shape, count: max(4, capacity), emptyFrom: c)
  if c > 0 { s.items.update(from: l.listItems, count: c); writeBarrier(s.object) }
  let old = l.fields[0]
  setField(l, 0, s)
  if c >= 16384 { giveBackPages(old) }
}
/// A large list storage that nothing uses any more: its memory goes back to the system before the collector frees it. What
/// is left of it reads as empty items.
private func giveBackPages(_ storage: Value) {
  let from = (UInt(bitPattern: storage.items) + 4095) & ~4095, end = UInt(bitPattern: storage.items + storage.count) & ~4095
  if from < end { madvise(UnsafeMutableRawPointer(bitPattern: from)!, Int(end - from), MADV_DONTNEED) }
}
/// The same, unless memory is short: then the list stays, and MemoryError is due.
public func growList(_ t: ThreadRef, _ l: Value, _ n: Int) -> Bool {
  if !mayGrow(t, bytes: (n + n >> 3) * 8) { return false }
  reserveList(t, l, n)
  return true
}
@inlinable public func listAppend(_ t: ThreadRef, _ l: Value, _ v: Value) {
  let n = l.listCount
  if n >= l.listCapacity && !growList(t, l, n + 1) { return }
  let s = l.listStorage
  s.items[n] = v
  if v.isObject { writeBarrier(s.object) }
  l.fields[1] = .fixnum(n + 1)
}
/// Sets the count; items above it become empty so that they keep nothing alive.
public func truncateList(_ l: Value, _ n: Int) {
  let c = l.listCount
  var i = n
  while i < c { l.listItems[i] = .empty; i += 1 }
  l.fields[1] = .fixnum(n)
}
/// Opens a gap of `n` empty items at `at`.
public func openGap(_ t: ThreadRef, _ l: Value, at: Int, _ n: Int) {
  let c = l.listCount
  reserveList(t, l, c + n)
  let p = l.listItems
  memmove(p + at + n, p + at, (c - at) * 8)
  for i in 0..<n { p[at + i] = .empty }
  l.fields[1] = .fixnum(c + n)
  writeBarrier(l.listStorage.object)
}
public func closeGap(_ l: Value, at: Int, _ n: Int) {
  let c = l.listCount
  let p = l.listItems
  memmove(p + at, p + at + n, (c - at - n) * 8)
  for i in (c - n)..<c { p[i] = .empty }
  l.fields[1] = .fixnum(c - n)
}

/// Items of an exact list or tuple (or subclass that keeps the layout): pointer and count.
public func sequenceItems(_ v: Value) -> (UnsafeMutablePointer<Value>, Int)? {
  if v.isKind(.tuple) { return (v.items, v.count) }
  if v.isKind(.list) { return (v.listCapacity == 0 ? v.fields : v.listItems, v.listCount) }
  return nil
}

// MARK: float

@inlinable public func makeFloat(_ t: ThreadRef, _ d: Double) -> Value {
  let v = Value.flonum(d)
  if !v.isEmpty { return v }
  return boxFloat(t, d)
}
@inline(never) public func boxFloat(_ t: ThreadRef, _ d: Double) -> Value {
  let p = allocate(t, shape: BuiltinType.float.shape, bytes: 16)
  p.assumingMemoryBound(to: FloatObject.self).pointee.value = d
  return Value(p)
}
extension Value {
  @inlinable @inline(__always) public var isFloat: Bool { isFlonum || isExact(.float) || isKind(.float) && isObject }
  /// The double of a float (or of an instance of a subclass).
  @inlinable @inline(__always) public var double: Double { isFlonum ? flonum : to(FloatObject.self).pointee.value }
}

// MARK: slice, cell

public func makeSlice(_ t: ThreadRef, _ a: Value, _ b: Value, _ c: Value) -> Value {
  let s = makeRecord(t, .slice, 3)
  s.fields[0] = a; s.fields[1] = b; s.fields[2] = c
  return s
}
@inlinable public func makeCell(_ t: ThreadRef, _ v: Value) -> Value {
  let c = makeRecord(t, .cell, 1)
  c.fields[0] = v
  return c
}

// MARK: bytes

extension Value {
  @inlinable public var bytesCount: Int { to(BytesObject.self).pointee.count }
  @inlinable public var bytesData: UnsafeMutablePointer<UInt8> { (raw + 24).assumingMemoryBound(to: UInt8.self) }
}
/// A bytes object whose data the caller fills.
public func makeBytes(_ t: ThreadRef, count n: Int) -> Value {
  let p = allocate(t, shape: BuiltinType.bytes.shape, bytes: 24 + n)
  let b = p.assumingMemoryBound(to: BytesObject.self)
  b.pointee.hash = 0
  b.pointee.count = n
  return Value(p)
}
public func makeBytes(_ t: ThreadRef, _ p: UnsafeRawBufferPointer) -> Value {
  if p.count == 0 { return weft_vm.emptyBytes }
  let v = makeBytes(t, count: p.count)
  memcpy(v.bytesData, p.baseAddress!, p.count)
  return v
}
public func makeBytes(_ t: ThreadRef, _ a: [UInt8]) -> Value { a.withUnsafeBytes { makeBytes(t, $0) } }
