// bytearray: what changes it.

import Glibc
import Objects
import Support

nonisolated(unsafe) private var bytearrayIterator = Value.empty

/// A byte argument: 0...255; nil with an exception set, or with none where __index__ must be asked.
private func byteValue(_ t: ThreadRef, _ v: Value) -> UInt8? {
  guard v.isInt else { return nil }
  guard let k = v.asInt, k >= 0, k < 256 else {
    t.valueError("byte must be in range(0, 256)")
    return nil
  }
  return UInt8(k)
}

/// Replaces [from, to) by `p`.
func replaceRange(_ t: ThreadRef, _ v: Value, _ from: Int, _ to: Int, _ p: UnsafeBufferPointer<UInt8>) -> Bool {
  let n = v.bytearrayCount, grow = p.count - (to - from)
  if grow > 0 {
    guard resizeBytearray(t, v, n + grow) else { return false }
    memmove(v.bytearrayData + to + grow, v.bytearrayData + to, n - to)
  } else if grow < 0 {
    if v.bytearrayExports > 0 {
      t.raise(.BufferError, "Existing exports of data: object cannot be re-sized")
      return false
    }
    memmove(v.bytearrayData + to + grow, v.bytearrayData + to, n - to)
    guard resizeBytearray(t, v, n + grow) else { return false }
  }
  if p.count > 0 { memmove(v.bytearrayData + from, p.baseAddress!, p.count) }
  return true
}

/// Deletes the bytes that a slice names.
private func deleteSlice(_ t: ThreadRef, _ v: Value, _ start: Int, _ step: Int, _ count: Int) -> Value {
  if count == 0 { return .none }
  if v.bytearrayExports > 0 { return t.raise(.BufferError, "Existing exports of data: object cannot be re-sized") }
  var first = start, s = step
  if s < 0 { first = start + s * (count - 1); s = -s }
  let n = v.bytearrayCount, p = v.bytearrayData
  var at = first, next = first, left = count
  for i in first..<n {
    if left > 0 && i == next { next &+= s; left -= 1; continue }
    p[at] = p[i]
    at += 1
  }
  return resizeBytearray(t, v, at) ? .none : .empty
}

private func setItem(_ t: ThreadRef, _ a: Args) -> Value {
  let v = a[0], key = a[1], value = a[2], n = v.bytearrayCount
  if key.isInt {
    guard let i = key.asInt else { return t.raise(.IndexError, "cannot fit '\(typeName(key))' into an index-sized integer") }
    let j = i < 0 ? i + n : i
    if j < 0 || j >= n { return t.raise(.IndexError, "bytearray index out of range") }
    guard let b = byteValue(t, value) else { return t.pointee.exception.isEmpty ? retryWithIndex(t, .bytearray, "__setitem__", a, 3, 2) : .empty }
    v.bytearrayData[j] = b
    return .none
  }
  guard key.isExact(.slice) else {
    if lookup(key.type, Name.__index__.value).isEmpty { return t.typeError("bytearray indices must be integers or slices, not \(typeName(key))") }
    return retryWithIndex(t, .bytearray, "__setitem__", a, 3, 1)
  }
  if value.isInt || value.isObject && value.isStr { return t.typeError("can assign only bytes, buffers, or iterables of ints in range(0, 256)") }
  guard let s = sliceParts(key, n), bufferView(value) != nil else { return callApp(t, named: "textBytearraySetSlice", v, key, value) }
  let copy = Array(span(value))
  return copy.withUnsafeBufferPointer { p in
    if s.step == 1 { return replaceRange(t, v, s.start, s.start + s.count, p) ? .none : .empty }
    if p.count == 0 { return deleteSlice(t, v, s.start, s.step, s.count) }
    if p.count != s.count { return t.valueError("attempt to assign bytes of size \(p.count) to extended slice of size \(s.count)") }
    var i = s.start
    for k in 0..<s.count { v.bytearrayData[i] = p[k]; i &+= s.step }
    return .none
  }
}

private func deleteItem(_ t: ThreadRef, _ a: Args) -> Value {
  let v = a[0], key = a[1], n = v.bytearrayCount
  if key.isInt {
    guard let i = key.asInt else { return t.raise(.IndexError, "cannot fit '\(typeName(key))' into an index-sized integer") }
    let j = i < 0 ? i + n : i
    if j < 0 || j >= n { return t.raise(.IndexError, "bytearray index out of range") }
    return deleteSlice(t, v, j, 1, 1)
  }
  guard key.isExact(.slice) else {
    if lookup(key.type, Name.__index__.value).isEmpty { return t.typeError("bytearray indices must be integers or slices, not \(typeName(key))") }
    return retryWithIndex(t, .bytearray, "__delitem__", a, 2, 1)
  }
  guard let s = sliceParts(key, n) else { return callApp(t, named: "textBytearrayDelSlice", v, key) }
  return deleteSlice(t, v, s.start, s.step, s.count)
}

/// Appends the bytes of a buffer, which may be the array itself.
private func extend(_ t: ThreadRef, _ v: Value, _ x: Value) -> Value {
  let n = v.bytearrayCount, k = span(x).count
  guard resizeBytearray(t, v, n + k) else { return .empty }
  if x == v { memcpy(v.bytearrayData + n, v.bytearrayData, k) }
  else if k > 0 { memcpy(v.bytearrayData + n, span(x).baseAddress!, k) }
  return .none
}

/// Runs what may resize; where views stand in the way that may be garbage, goes on after a collection.
private func resizing(_ t: ThreadRef, _ a: Args, _ n: Int, _ name: String, _ body: () -> Value) -> Value {
  let frame = t.pointee.frame
  let r = body()
  guard r.isEmpty, t.pointee.frame == frame, !t.pointee.exception.isEmpty, isInstance(t.pointee.exception, .BufferError),
        a[0].field(2).isExact(.list), a[0].field(2).listItems[0].fixnum == 0 else { return r }
  t.pointee.exception = .empty
  return callApp(t, named: "textResizeLater", a[0], lookup(BuiltinType.bytearray.object, intern(t, name)), makeTuple(t, from: a + 1, count: n - 1))
}

func installBytearray(_ t: ThreadRef, _ d: TypeDefinition) {
  d.method("__setitem__", "(self, key, value, /)") { t, a, n in resizing(t, a, 3, "__setitem__") { setItem(t, a) } }
  d.method("__delitem__", "(self, key, /)") { t, a, n in resizing(t, a, 2, "__delitem__") { deleteItem(t, a) } }
  d.method("__iadd__", "(self, value, /)") { t, a, n in
    resizing(t, a, n, "__iadd__") {
      guard bufferView(a[1]) != nil else { return t.typeError("can't concat \(typeName(a[1])) to \(typeName(a[0]))") }
      return extend(t, a[0], a[1]).isEmpty ? .empty : a[0]
    }
  }
  d.method("__imul__", "(self, value, /)") { t, a, n in
    resizing(t, a, n, "__imul__") {
      guard a[1].isInt else {
        if lookup(a[1].type, Name.__index__.value).isEmpty { return .notImplemented }
        return retryWithIndex(t, .bytearray, "__imul__", a, n, 1)
      }
      guard let k = clampedInt(a[1]) else { return .notImplemented }
      let m = a[0].bytearrayCount
      let (total, over) = m.multipliedReportingOverflow(by: max(k, 0))
      if over || !mayAllocate(bytes: total) { return t.raise(.MemoryError) }
      guard resizeBytearray(t, a[0], total) else { return .empty }
      if total > m { fillRepeated(a[0].bytearrayData, UnsafeBufferPointer(start: a[0].bytearrayData, count: m), total) }
      return a[0]
    }
  }
  d.method("append", "(self, item, /)") { t, a, n in
    resizing(t, a, n, "append") {
      guard let b = byteValue(t, a[1]) else { return t.pointee.exception.isEmpty ? retryWithIndex(t, .bytearray, "append", a, n, 1) : .empty }
      let k = a[0].bytearrayCount
      guard resizeBytearray(t, a[0], k + 1) else { return .empty }
      a[0].bytearrayData[k] = b
      return .none
    }
  }
  d.method("extend", "(self, iterable_of_ints, /)") { t, a, n in
    resizing(t, a, n, "extend") {
      if bufferView(a[1]) != nil { return extend(t, a[0], a[1]) }
      return callApp(t, named: "textBytearrayExtend", a[0], a[1])
    }
  }
  d.method("insert", "(self, index, item, /)") { t, a, n in
    resizing(t, a, n, "insert") {
      guard a[1].isInt else { return retryWithIndex(t, .bytearray, "insert", a, n, 1) }
      guard let b = byteValue(t, a[2]) else { return t.pointee.exception.isEmpty ? retryWithIndex(t, .bytearray, "insert", a, n, 2) : .empty }
      let k = a[0].bytearrayCount
      guard var i = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
      if i < 0 { i = max(0, i + k) }
      i = min(i, k)
      return [b].withUnsafeBufferPointer { replaceRange(t, a[0], i, i, $0) } ? .none : .empty
    }
  }
  d.method("pop", "(self, index=-1, /)") { t, a, n in
    resizing(t, a, n, "pop") {
      if n > 1 && !a[1].isInt { return retryWithIndex(t, .bytearray, "pop", a, n, 1) }
      let k = a[0].bytearrayCount
      if k == 0 { return t.raise(.IndexError, "pop from empty bytearray") }
      guard var i = n > 1 ? a[1].asInt : -1 else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
      if i < 0 { i += k }
      if i < 0 || i >= k { return t.raise(.IndexError, "pop index out of range") }
      let r = a[0].bytearrayData[i]
      return deleteSlice(t, a[0], i, 1, 1).isEmpty ? .empty : .fixnum(Int(r))
    }
  }
  d.method("remove", "(self, value, /)") { t, a, n in
    resizing(t, a, n, "remove") {
      guard let b = byteValue(t, a[1]) else { return t.pointee.exception.isEmpty ? retryWithIndex(t, .bytearray, "remove", a, n, 1) : .empty }
      let i = findUnit(span(a[0]), UInt32(b), 0, a[0].bytearrayCount)
      if i < 0 { return t.valueError("value not found in bytearray") }
      return deleteSlice(t, a[0], i, 1, 1)
    }
  }
  d.method("reverse", "(self, /)", effects: Effects.leaf) { t, a, n in
    var p = UnsafeMutableBufferPointer(start: a[0].bytearrayData, count: a[0].bytearrayCount)
    p.reverse()
    return .none
  }
  d.method("clear", "(self, /)") { t, a, n in resizing(t, a, 1, "clear") { resizeBytearray(t, a[0], 0) ? .none : .empty } }
  d.method("copy", "(self, /)", effects: Effects.leaf) { t, a, n in makeBytearray(t, span(a[0])) }
  d.method("__alloc__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(a[0].bytearrayCapacity == 0 ? 0 : a[0].bytearrayCapacity + 1) }
  d.method("__sizeof__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(56 + (a[0].bytearrayCapacity == 0 ? 0 : a[0].bytearrayCapacity + 1)) }
  d.method("__reduce__", "(self, /)") { t, a, n in callApp(t, named: "textBytearrayReduce", a[0], .fixnum(2)) }
  d.method("__reduce_ex__", "(self, proto=0, /)") { t, a, n in callApp(t, named: "textBytearrayReduce", a[0], n > 1 ? a[1] : .fixnum(0)) }
  d.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let i = makeInstance(t, bytearrayIterator)
    i.fields[0] = a[0]
    i.fields[1] = .fixnum(0)
    return i
  }
  let type = defineType(t, "bytearray_iterator", module: "builtins", fields: 2, base: BuiltinType.object.object, subclassable: false)
  type.object.pointee.gc |= GCBit.immortal
  bytearrayIterator = type
  setString(t, appNamespace, intern(t, "textBytearrayIterator"), type)
  let i = TypeDefinition(t, type)
  i.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in a[0] }
  i.method("__next__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let v = a[0].field(0)
    if v.isEmpty { return stopIteration(t, .none) }
    let k = a[0].field(1).fixnum
    if k >= v.bytearrayCount {
      a[0].fields[0] = .empty
      return stopIteration(t, .none)
    }
    a[0].fields[1] = .fixnum(k + 1)
    return .fixnum(Int(v.bytearrayData[k]))
  }
  i.method("__length_hint__", "(self, /)", effects: Effects.leaf) { t, a, n in
    a[0].field(0).isEmpty ? .fixnum(0) : .fixnum(max(0, a[0].field(0).bytearrayCount - a[0].field(1).fixnum))
  }
  i.method("__reduce__", "(self, /)") { t, a, n in
    callApp(t, named: "textIteratorReduce", a[0].field(0).isEmpty ? weft_vm.emptyTuple : a[0].field(0), a[0].field(0).isEmpty ? .none : a[0].field(1))
  }
  i.method("__setstate__", "(self, state, /)", effects: Effects.leaf) { t, a, n in
    guard let k = clampedInt(a[1]) else { return t.typeError("an integer is required (got type \(typeName(a[1])))") }
    if !a[0].field(0).isEmpty { a[0].fields[1] = .fixnum(max(0, min(k, a[0].field(0).bytearrayCount))) }
    return .none
  }
}
