// collections.deque: a ring buffer in a `values` object.

import Builtins
import Glibc
import Heap
import Objects

/// Fields of a deque: storage (a `values` object or empty), index of the first item, count, maxlen (None or a fixnum), a
/// number that changes with every change of size or order.
enum DequeField { static let storage = 0, head = 1, count = 2, maxlen = 3, state = 4, fields = 5 }

private let dequeTypeRoot = RootRegion.misc + 600, iteratorTypeRoot = RootRegion.misc + 601
var dequeType: Value { weft_roots()[dequeTypeRoot] }

extension Value {
  @inline(__always) var dequeCount: Int { fields[DequeField.count].fixnum }
  @inline(__always) var dequeCapacity: Int { fields[DequeField.storage].isEmpty ? 0 : fields[DequeField.storage].count }
  /// Address of item `i`.
  @inline(__always) func dequeSlot(_ i: Int) -> UnsafeMutablePointer<Value> {
    let s = fields[DequeField.storage]
    return s.items + ((fields[DequeField.head].fixnum &+ i) & (s.count &- 1))
  }
}
private func isDeque(_ v: Value) -> Bool { v.isObject && isSubtype(v.type, dequeType) }
private func changed(_ d: Value) { d.fields[DequeField.state] = .fixnum(d.field(DequeField.state).fixnum &+ 1) }

/// Doubles the ring; its size is a power of two.
private func grow(_ t: ThreadRef, _ d: Value, _ wanted: Int) {
  var capacity = max(8, d.dequeCapacity)
  while capacity < wanted { capacity *= 2 }
  if capacity == d.dequeCapacity { return }
  let s = makeValues(t, shape: BuiltinType.values.shape, count: capacity)
  let n = d.dequeCount
  for i in 0..<n { s.items[i] = d.dequeSlot(i).pointee }
  writeBarrier(s.object)
  setField(d, DequeField.storage, s)
  d.fields[DequeField.head] = .fixnum(0)
}
private func limit(_ d: Value) -> Int { let m = d.field(DequeField.maxlen); return m.isFixnum ? m.fixnum : Int.max }

private func popLeft(_ d: Value) -> Value {
  let p = d.dequeSlot(0)
  let v = p.pointee
  p.pointee = .empty
  d.fields[DequeField.head] = .fixnum((d.field(DequeField.head).fixnum + 1) & (d.dequeCapacity - 1))
  d.fields[DequeField.count] = .fixnum(d.dequeCount - 1)
  changed(d)
  return v
}
private func popRight(_ d: Value) -> Value {
  let p = d.dequeSlot(d.dequeCount - 1)
  let v = p.pointee
  p.pointee = .empty
  d.fields[DequeField.count] = .fixnum(d.dequeCount - 1)
  changed(d)
  return v
}
private func append(_ t: ThreadRef, _ d: Value, _ v: Value) {
  let n = d.dequeCount
  grow(t, d, n + 1)
  d.dequeSlot(n).pointee = v
  writeBarrier(d.field(DequeField.storage).object)
  d.fields[DequeField.count] = .fixnum(n + 1)
  changed(d)
  if n + 1 > limit(d) { _ = popLeft(d) }
}
private func appendLeft(_ t: ThreadRef, _ d: Value, _ v: Value) {
  let n = d.dequeCount
  grow(t, d, n + 1)
  d.fields[DequeField.head] = .fixnum((d.field(DequeField.head).fixnum - 1) & (d.dequeCapacity - 1))
  d.dequeSlot(0).pointee = v
  writeBarrier(d.field(DequeField.storage).object)
  d.fields[DequeField.count] = .fixnum(n + 1)
  changed(d)
  if n + 1 > limit(d) { _ = popRight(d) }
}
private func clear(_ d: Value) {
  d.fields[DequeField.storage] = .empty
  d.fields[DequeField.head] = .fixnum(0)
  d.fields[DequeField.count] = .fixnum(0)
  changed(d)
}
private func newDeque(_ t: ThreadRef, _ cls: Value) -> Value {
  let d = makeInstance(t, cls)
  d.fields[DequeField.head] = .fixnum(0)
  d.fields[DequeField.count] = .fixnum(0)
  d.fields[DequeField.maxlen] = .none
  d.fields[DequeField.state] = .fixnum(0)
  return d
}
private func items(_ t: ThreadRef, _ d: Value) -> Value {
  let n = d.dequeCount
  let l = makeList(t, capacity: n)
  for i in 0..<n { l.listItems[i] = d.dequeSlot(i).pointee }
  if n > 0 { writeBarrier(l.listStorage.object) }
  l.fields[1] = .fixnum(n)
  return l
}
/// Items by position, rotated by `k` to the right.
private func rotate(_ t: ThreadRef, _ d: Value, _ k: Int) {
  let n = d.dequeCount
  if n < 2 { return }
  var s = k % n
  if s < 0 { s += n }
  if s == 0 { return }
  if s <= n / 2 {
    for _ in 0..<s { let v = popRight(d); rawAppendLeft(d, v) }
  } else {
    for _ in 0..<(n - s) { let v = popLeft(d); rawAppend(d, v) }
  }
}
private func rawAppendLeft(_ d: Value, _ v: Value) {
  d.fields[DequeField.head] = .fixnum((d.field(DequeField.head).fixnum - 1) & (d.dequeCapacity - 1))
  d.dequeSlot(0).pointee = v
  d.fields[DequeField.count] = .fixnum(d.dequeCount + 1)
  writeBarrier(d.field(DequeField.storage).object)
}
private func rawAppend(_ d: Value, _ v: Value) {
  d.dequeSlot(d.dequeCount).pointee = v
  d.fields[DequeField.count] = .fixnum(d.dequeCount + 1)
  writeBarrier(d.field(DequeField.storage).object)
}
private func removeAt(_ d: Value, _ i: Int) {
  let n = d.dequeCount
  if i < n / 2 {
    var k = i
    while k > 0 { d.dequeSlot(k).pointee = d.dequeSlot(k - 1).pointee; k -= 1 }
    writeBarrier(d.field(DequeField.storage).object)
    _ = popLeft(d)
  } else {
    var k = i
    while k < n - 1 { d.dequeSlot(k).pointee = d.dequeSlot(k + 1).pointee; k += 1 }
    writeBarrier(d.field(DequeField.storage).object)
    _ = popRight(d)
  }
}
/// Index argument: nil with an exception or a retry in `r`.
private func indexArgument(_ t: ThreadRef, _ v: Value, _ name: String, _ a: Args, _ n: Int, _ r: inout Value) -> Int? {
  if let i = v.asInt { return i }
  if v.isInt { r = t.raise(.IndexError, "cannot fit 'int' into an index-sized integer"); return nil }
  if lookup(v.type, Name.__index__.value).isEmpty {
    r = t.typeError(name.hasPrefix("__") ? "sequence index must be integer, not '\(typeName(v))'" : "'\(typeName(v))' object cannot be interpreted as an integer")
    return nil
  }
  r = callApp(t, named: "containers_retryIndex", getString(dequeType.typeObject.pointee.dict, intern(t, name)), makeTuple(t, from: a, count: n))
  return nil
}

func installDeque(_ m: ModuleDefinition) {
  let t = m.t
  let type = defineType(t, "deque", module: "collections", fields: DequeField.fields, base: BuiltinType.object.object)
  type.object.pointee.gc |= GCBit.immortal
  type.typeObject.pointee.flags |= TypeFlag.weakrefs | TypeFlag.sequence
  weft_roots()[dequeTypeRoot] = type
  m.set("deque", type)
  setString(t, appNamespace, intern(t, "app_deque"), type)
  let d = TypeDefinition(t, type)
  d.new("($type, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    guard isType(a[0]), isSubtype(a[0], dequeType) else { return t.typeError("deque.__new__(X): X is not a subtype of deque") }
    return newDeque(t, a[0])
  }
  d.method("__init__", "($self, iterable=(), maxlen=None)") { t, a, n in
    let d = a[0]
    clear(d)
    if a[2].isEmpty || a[2].isNone { d.fields[DequeField.maxlen] = .none }
    else if a[2].isInt {
      guard let k = a[2].asInt, Value.fitsFixnum(k) else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
      if k < 0 { return t.valueError("maxlen must be non-negative") }
      d.fields[DequeField.maxlen] = .fixnum(k)
    } else { return t.typeError("an integer is required") }
    if a[1].isEmpty { return .none }
    return callApp(t, named: "collections_dequeExtend", d, a[1])
  }
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in a[0].fields[DequeField.count] }
  d.getset("maxlen", get: { t, a, n in a[0].field(DequeField.maxlen) })
  d.method("append", "($self, object, /)", effects: Effects.leaf) { t, a, n in append(t, a[0], a[1]); return .none }
  d.method("appendleft", "($self, object, /)", effects: Effects.leaf) { t, a, n in appendLeft(t, a[0], a[1]); return .none }
  d.method("pop", "($self, /)", effects: Effects.leaf) { t, a, n in
    a[0].dequeCount == 0 ? t.raise(.IndexError, "pop from an empty deque") : popRight(a[0])
  }
  d.method("popleft", "($self, /)", effects: Effects.leaf) { t, a, n in
    a[0].dequeCount == 0 ? t.raise(.IndexError, "pop from an empty deque") : popLeft(a[0])
  }
  d.method("clear", "($self, /)", effects: Effects.leaf) { t, a, n in clear(a[0]); return .none }
  d.method("rotate", "($self, n=1, /)") { t, a, n in
    var k = 1
    if n > 1 {
      var r = Value.empty
      guard let x = indexArgument(t, a[1], "rotate", a, n, &r) else { return r }
      k = x
    }
    rotate(t, a[0], k)
    return .none
  }
  d.method("reverse", "($self, /)", effects: Effects.leaf) { t, a, n in
    var i = 0, j = a[0].dequeCount - 1
    while i < j {
      let x = a[0].dequeSlot(i).pointee
      a[0].dequeSlot(i).pointee = a[0].dequeSlot(j).pointee
      a[0].dequeSlot(j).pointee = x
      i += 1; j -= 1
    }
    return .none
  }
  d.method("extend", "($self, iterable, /)") { t, a, n in callApp(t, named: "collections_dequeExtend", a[0], a[1]) }
  d.method("extendleft", "($self, iterable, /)") { t, a, n in callApp(t, named: "collections_dequeExtendleft", a[0], a[1]) }
  d.method("insert", "($self, index, value, /)") { t, a, n in
    let d = a[0], count = d.dequeCount
    if count >= limit(d) { return t.raise(.IndexError, "deque already at its maximum size") }
    var r = Value.empty
    guard let i = indexArgument(t, a[1], "insert", a, n, &r) else { return r }
    if i >= count { append(t, d, a[2]); return .none }
    if i <= -count || i == 0 { appendLeft(t, d, a[2]); return .none }
    rotate(t, d, -i)
    if i < 0 { append(t, d, a[2]) } else { appendLeft(t, d, a[2]) }
    rotate(t, d, i)
    return .none
  }
  d.method("__getitem__", "($self, key, /)") { t, a, n in
    var r = Value.empty
    guard let i = indexArgument(t, a[1], "__getitem__", a, n, &r) else { return r }
    let count = a[0].dequeCount, j = i < 0 ? i + count : i
    return j < 0 || j >= count ? t.raise(.IndexError, "deque index out of range") : a[0].dequeSlot(j).pointee
  }
  d.method("__setitem__", "($self, key, value, /)") { t, a, n in
    var r = Value.empty
    guard let i = indexArgument(t, a[1], "__setitem__", a, n, &r) else { return r }
    let count = a[0].dequeCount, j = i < 0 ? i + count : i
    if j < 0 || j >= count { return t.raise(.IndexError, "deque index out of range") }
    a[0].dequeSlot(j).pointee = a[2]
    writeBarrier(a[0].field(DequeField.storage).object)
    return .none
  }
  d.method("__delitem__", "($self, key, /)") { t, a, n in
    var r = Value.empty
    guard let i = indexArgument(t, a[1], "__delitem__", a, n, &r) else { return r }
    let count = a[0].dequeCount, j = i < 0 ? i + count : i
    if j < 0 || j >= count { return t.raise(.IndexError, "deque index out of range") }
    removeAt(a[0], j)
    return .none
  }
  d.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in makeDequeIterator(t, a[0], 1) }
  d.method("__reversed__", "($self, /)", effects: Effects.leaf) { t, a, n in makeDequeIterator(t, a[0], -1) }
  d.method("__contains__", "($self, key, /)") { t, a, n in callApp(t, named: "collections_dequeContains", a[0], a[1]) }
  d.method("count", "($self, value, /)") { t, a, n in callApp(t, named: "collections_dequeCount", a[0], a[1]) }
  d.method("index", "($self, value, start=0, stop=sys.maxsize, /)") { t, a, n in
    callApp(t, named: "collections_dequeIndex", a[0], a[1], n > 2 ? a[2] : .fixnum(0), n > 3 ? a[3] : .none)
  }
  d.method("remove", "($self, value, /)") { t, a, n in callApp(t, named: "collections_dequeRemove", a[0], a[1]) }
  d.method("copy", "($self, /)") { t, a, n in callApp(t, named: "collections_dequeCopy", a[0]) }
  d.method("__copy__", "($self, /)") { t, a, n in callApp(t, named: "collections_dequeCopy", a[0]) }
  d.method("__reduce__", "($self, /)") { t, a, n in callApp(t, named: "collections_dequeReduce", a[0]) }
  d.method("__repr__", "($self, /)") { t, a, n in callApp(t, named: "collections_dequeRepr", a[0]) }
  d.method("__add__", "($self, value, /)") { t, a, n in
    if !isDeque(a[1]) { return t.typeError("can only concatenate deque (not \"\(typeName(a[1]))\") to deque") }
    return callApp(t, named: "collections_dequeAdd", a[0], a[1])
  }
  d.method("__iadd__", "($self, value, /)") { t, a, n in callApp(t, named: "collections_dequeIadd", a[0], a[1]) }
  d.method("__mul__", "($self, value, /)") { t, a, n in callApp(t, named: "collections_dequeMul", a[0], a[1], .false) }
  d.method("__rmul__", "($self, value, /)") { t, a, n in callApp(t, named: "collections_dequeMul", a[0], a[1], .false) }
  d.method("__imul__", "($self, value, /)") { t, a, n in callApp(t, named: "collections_dequeMul", a[0], a[1], .true) }
  d.method("__lt__", "($self, value, /)") { t, a, n in compareDeques(t, .lt, a) }
  d.method("__le__", "($self, value, /)") { t, a, n in compareDeques(t, .le, a) }
  d.method("__eq__", "($self, value, /)") { t, a, n in compareDeques(t, .eq, a) }
  d.method("__ne__", "($self, value, /)") { t, a, n in compareDeques(t, .ne, a) }
  d.method("__gt__", "($self, value, /)") { t, a, n in compareDeques(t, .gt, a) }
  d.method("__ge__", "($self, value, /)") { t, a, n in compareDeques(t, .ge, a) }
  d.set("__hash__", .none)
  d.method("__sizeof__", "($self, /)", effects: Effects.leaf) { t, a, n in .fixnum(56 + 8 * a[0].dequeCapacity) }
  d.classMethod("__class_getitem__", "($type, object, /)") { t, a, n in callApp(t, named: "makeGenericAlias", a[0], a[1]) }

  // deque, index, step, state.
  for (name, root) in [("_deque_iterator", iteratorTypeRoot), ("_deque_reverse_iterator", iteratorTypeRoot + 1)] {
    let it = defineType(t, name, module: "_collections", fields: 4, base: BuiltinType.object.object, subclassable: false)
    it.object.pointee.gc |= GCBit.immortal
    weft_roots()[root] = it
    m.set(name, it)
    let i = TypeDefinition(t, it)
    i.new("($type, deque, index=0, /)") { t, a, n in
      guard isDeque(a[1]) else { return t.typeError("argument 1 must be collections.deque, not \(typeName(a[1]))") }
      let v = makeDequeIterator(t, a[1], a[0] == weft_roots()[iteratorTypeRoot] ? 1 : -1)
      let k = n > 2 ? min(max(0, a[2].asInt ?? 0), a[1].dequeCount) : 0
      v.fields[1] = .fixnum(v.field(2).fixnum > 0 ? k : a[1].dequeCount - 1 - k)
      return v
    }
    i.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in a[0] }
    i.method("__next__", "($self, /)", effects: Effects.leaf) { t, a, n in
      let d = a[0].field(0)
      if d.isEmpty { return t.raise(.StopIteration) }
      if d.field(DequeField.state) != a[0].field(3) {
        a[0].fields[0] = .empty
        return t.raise(.RuntimeError, "deque mutated during iteration")
      }
      let k = a[0].field(1).fixnum
      if k < 0 || k >= d.dequeCount { a[0].fields[0] = .empty; return t.raise(.StopIteration) }
      a[0].fields[1] = .fixnum(k + a[0].field(2).fixnum)
      return d.dequeSlot(k).pointee
    }
    i.method("__length_hint__", "($self, /)", effects: Effects.leaf) { t, a, n in
      let d = a[0].field(0)
      if d.isEmpty { return .fixnum(0) }
      let k = a[0].field(1).fixnum
      return .fixnum(max(0, a[0].field(2).fixnum > 0 ? d.dequeCount - k : k + 1))
    }
    i.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in
      let d = a[0].field(0)
      if d.isEmpty { return pair(t, a[0].type, makeTuple(t, [newDeque(t, dequeType)])) }
      let k = a[0].field(1).fixnum
      return pair(t, a[0].type, makeTuple(t, [d, .fixnum(a[0].field(2).fixnum > 0 ? k : d.dequeCount - 1 - k)]))
    }
  }
  defineAppNative(t, "dequeItems", "(d, /)") { t, a, n in items(t, a[0]) }
  defineAppNative(t, "dequeAppend", "(d, x, /)") { t, a, n in append(t, a[0], a[1]); return .none }
  defineAppNative(t, "dequeAppendleft", "(d, x, /)") { t, a, n in appendLeft(t, a[0], a[1]); return .none }
  defineAppNative(t, "dequeClear", "(d, /)") { t, a, n in clear(a[0]); return .none }
  defineAppNative(t, "dequeState", "(d, /)") { t, a, n in a[0].field(DequeField.state) }
  defineAppNative(t, "dequeLen", "(d, /)") { t, a, n in a[0].field(DequeField.count) }
  defineAppNative(t, "dequeItem", "(d, i, /)") { t, a, n in a[0].dequeSlot(a[1].fixnum).pointee }
  defineAppNative(t, "dequeRemoveAt", "(d, i, /)") { t, a, n in removeAt(a[0], a[1].fixnum); return .none }
  defineAppNative(t, "dequeMaxlen", "(d, /)") { t, a, n in a[0].field(DequeField.maxlen) }
  // The items of a list appended at once, as far as maxlen lets them.
  defineAppNative(t, "dequeExtendNative", "(d, l, /)") { t, a, n in
    let count = a[1].listCount, most = limit(a[0])
    for i in max(0, count - min(count, most == Int.max ? count : most))..<count { append(t, a[0], a[1].listItems[i]) }
    return .none
  }
}

private func makeDequeIterator(_ t: ThreadRef, _ d: Value, _ step: Int) -> Value {
  let it = makeInstance(t, weft_roots()[step > 0 ? iteratorTypeRoot : iteratorTypeRoot + 1])
  it.fields[0] = d
  it.fields[1] = .fixnum(step > 0 ? 0 : d.dequeCount - 1)
  it.fields[2] = .fixnum(step)
  it.fields[3] = d.field(DequeField.state)
  return it
}
private func compareDeques(_ t: ThreadRef, _ op: CompareOp, _ a: Args) -> Value {
  guard isDeque(a[1]) else { return .notImplemented }
  return compareOperation(t, op, items(t, a[0]), items(t, a[1]))
}

func makeCollections(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_collections")
  m.set("deque", dequeType)
  m.set("_deque_iterator", weft_roots()[iteratorTypeRoot])
  m.set("_deque_reverse_iterator", weft_roots()[iteratorTypeRoot + 1])
  return m.module
}
