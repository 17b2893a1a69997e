// tuple.

import Heap
import Objects
import Support

/// A tuple of class `cls` with the items of `source`, an exact tuple.
func newTuple(_ t: ThreadRef, _ cls: Value, _ p: UnsafeMutablePointer<Value>, _ n: Int) -> Value {
  if cls == BuiltinType.tuple.object { return makeTuple(t, from: p, count: n) }
  let shape = instanceShape(cls)
  let trailing = shape.pointee.flags & ShapeFlag.trailer != 0
  let v = Value(allocate(t, shape: shape.pointee.index, bytes: 16 + n * 8 + (trailing ? 8 : 0)))
  v.to(ValuesObject.self).pointee.count = n
  if n > 0 { v.items.update(from: p, count: n) }
  if trailing { v.items[n] = .empty }
  if cls.typeObject.pointee.flags & TypeFlag.finaliser != 0 {
    v.object.pointee.gc |= GCBit.watched
    watchFinaliser(v)
  }
  return v
}

func installTuple(_ t: ThreadRef) {
  let d = TypeDefinition(t, .tuple)
  d.new("($type, iterable=(), /)") { t, a, n in
    guard checkClass(t, a[0], .tuple) else { return .empty }
    if n < 2 { return newTuple(t, a[0], a, 0) }
    if a[1].isExact(.tuple) { return a[0] == BuiltinType.tuple.object ? a[1] : newTuple(t, a[0], a[1].items, a[1].count) }
    if let l = nativeList(t, a[1]) { return l.isEmpty ? .empty : newTuple(t, a[0], listPointer(l), l.listCount) }
    if a[0] == BuiltinType.tuple.object { return callApp(t, .tupleFromIterable, a[1]) }
    return callApp(t, named: "containers_newTuple", a[0], a[1])
  }
  // The exact tuple or list `items` as an instance of a subclass.
  defineAppNative(t, "makeTupleOf", "(cls, items, /)") { t, a, n in
    guard let (p, k) = sequenceItems(a[1]) else { return t.typeError("items expected") }
    return newTuple(t, a[0], p, k)
  }
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in .fixnum(a[0].count) }
  d.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in makeRecord(t, .tupleIterator, a[0], .fixnum(0)) }
  d.method("__contains__", "($self, key, /)") { t, a, n in sequenceContains(t, a) }
  d.method("__getitem__", "($self, key, /)") { t, a, n in
    let v = a[0], k = a[1], count = v.count
    if let i = k.asInt {
      let j = i < 0 ? i + count : i
      return j < 0 || j >= count ? t.raise(.IndexError, "tuple index out of range") : v.items[j]
    }
    if k.isExact(.slice) {
      switch sliceBounds(t, k, count) {
      case .bounds(let b):
        if b.count == count && b.step == 1 && v.isExact(.tuple) { return v }
        return copySlice(t, v.items, b, tuple: true)
      case .python: return retryWithSlice(t, .tuple, "__getitem__", a, n)
      case .error: return .empty
      }
    }
    if k.isInt { return t.raise(.IndexError, "cannot fit 'int' into an index-sized integer") }
    if hasIndex(t, k) { return retryWithIndex(t, .tuple, "__getitem__", a, n) }
    return t.typeError("tuple indices must be integers or slices, not \(typeName(k))")
  }
  addSequenceComparisons(d)
  d.method("__hash__", "($self, /)") { t, a, n in
    if a[0].isExact(.tuple) { if let h = fullHash(a[0]) { return makeInt(t, h) } }
    return callApp(t, named: "containers_hashTuple", a[0])
  }
  // Combines the hashes of a tuple's items.
  defineAppNative(t, "combineHashes", "(hashes, /)") { t, a, n in
    guard let (p, k) = sequenceItems(a[0]) else { return .fixnum(0) }
    var h = TupleHasher()
    for i in 0..<k { h.add(p[i].asInt ?? 0) }
    return makeInt(t, h.finish())
  }
  d.method("__add__", "($self, value, /)") { t, a, n in
    guard a[1].isKind(.tuple) else { return .notImplemented }
    let x = a[0].count, y = a[1].count
    if y == 0 && a[0].isExact(.tuple) { return a[0] }
    if x == 0 && a[1].isExact(.tuple) { return a[1] }
    let r = makeTuple(t, count: x + y)
    if x > 0 { r.items.update(from: a[0].items, count: x) }
    if y > 0 { (r.items + x).update(from: a[1].items, count: y) }
    return r
  }
  d.method("__mul__", "($self, value, /)") { t, a, n in
    var r = Value.empty
    guard let k = repeatCount(t, a[1], "__mul__", .tuple, a, &r) else { return r }
    if k == 1 && a[0].isExact(.tuple) { return a[0] }
    return repeatItems(t, a[0].items, a[0].count, k, tuple: true)
  }
  d.method("__rmul__", "($self, value, /)") { t, a, n in
    var r = Value.empty
    guard let k = repeatCount(t, a[1], "__rmul__", .tuple, a, &r) else { return r }
    if k == 1 && a[0].isExact(.tuple) { return a[0] }
    return repeatItems(t, a[0].items, a[0].count, k, tuple: true)
  }
  d.method("index", "($self, value, start=0, stop=sys.maxsize, /)") { t, a, n in sequenceIndex(t, a, n) }
  d.method("count", "($self, value, /)") { t, a, n in sequenceCount(t, a) }
  d.method("__repr__", "($self, /)") { t, a, n in a[0].count == 0 ? makeStr(t, "()") : callApp(t, .reprContainer, a[0]) }
  d.method("__getnewargs__", "($self, /)", effects: Effects.leaf) { t, a, n in
    makeTuple(t, [newTuple(t, BuiltinType.tuple.object, a[0].items, a[0].count)])
  }
  addClassGetItem(d)
}
