// list: construction, items and slices, comparison, mutation.

import Glibc
import Heap
import Objects

@inline(__always) func listPointer(_ l: Value) -> UnsafeMutablePointer<Value> { l.listCapacity == 0 ? l.fields : l.listItems }

/// A list instance of class `cls`, empty.
func newList(_ t: ThreadRef, _ cls: Value) -> Value {
  if cls == BuiltinType.list.object { return makeList(t) }
  let l = makeInstance(t, cls)
  l.fields[1] = .fixnum(0)
  return l
}

/// Takes over the storage of `source`, a fresh list.
func adopt(_ l: Value, _ source: Value) {
  setField(l, 0, source.field(0))
  l.fields[1] = source.field(1)
}

/// Items `b` of `p` as a new list or tuple.
func copySlice(_ t: ThreadRef, _ p: UnsafeMutablePointer<Value>, _ b: SliceBounds, tuple: Bool) -> Value {
  if !mayAllocate(items: b.count) { return t.raise(.MemoryError) }
  if b.step == 1 { return tuple ? makeTuple(t, from: p + b.start, count: b.count) : makeList(t, from: p + b.start, count: b.count) }
  let r = tuple ? makeTuple(t, count: b.count) : makeList(t, capacity: b.count)
  let q = tuple ? r.items : listPointer(r)
  var j = b.start
  for i in 0..<b.count { q[i] = p[j]; j &+= b.step }
  if !tuple { r.fields[1] = .fixnum(b.count) }
  return r
}

/// `l[b] = source[0..<n]`; the items don't lie in `l`.
func assignSlice(_ t: ThreadRef, _ l: Value, _ b: SliceBounds, _ source: UnsafeMutablePointer<Value>, _ n: Int) -> Value {
  if b.step == 1 {
    let start = b.start, old = max(0, b.stop - b.start)
    if n > old { openGap(t, l, at: start + old, n - old) } else if n < old { closeGap(l, at: start + n, old - n) }
    if n > 0 {
      (l.listItems + start).update(from: source, count: n)
      writeBarrier(l.listStorage.object)
    }
    return .none
  }
  if n != b.count { return t.valueError("attempt to assign sequence of size \(n) to extended slice of size \(b.count)") }
  var j = b.start
  for i in 0..<n { l.listItems[j] = source[i]; j &+= b.step }
  if n > 0 { writeBarrier(l.listStorage.object) }
  return .none
}

func deleteSlice(_ l: Value, _ b: SliceBounds) {
  if b.count == 0 { return }
  if b.step == 1 { closeGap(l, at: b.start, b.count); return }
  let step = abs(b.step), first = b.step < 0 ? b.start + b.step * (b.count - 1) : b.start
  let p = l.listItems, n = l.listCount
  var w = first, next = first, left = b.count
  for i in first..<n {
    if left > 0 && i == next { next &+= step; left -= 1 } else { p[w] = p[i]; w += 1 }
  }
  truncateList(l, w)
}

/// a repeated `k` times as a new list or tuple; empty with an exception set.
func repeatItems(_ t: ThreadRef, _ p: UnsafeMutablePointer<Value>, _ n: Int, _ k: Int, tuple: Bool) -> Value {
  if n == 0 || k <= 0 { return tuple ? weft_vm.emptyTuple : makeList(t) }
  let (total, overflow) = n.multipliedReportingOverflow(by: k)
  if overflow || !mayAllocate(items: total) { return t.raise(.MemoryError) }
  let r = tuple ? makeTuple(t, count: total) : makeList(t, capacity: total)
  let q = tuple ? r.items : r.listItems
  fillRepeated(q, p, n, total)
  writeBarrier(tuple ? r.object : r.listStorage.object)
  if !tuple { r.fields[1] = .fixnum(total) }
  return r
}
func fillRepeated(_ q: UnsafeMutablePointer<Value>, _ p: UnsafeMutablePointer<Value>, _ n: Int, _ total: Int) {
  if n == 1 {
    let v = p[0]
    for i in 0..<total { q[i] = v }
    return
  }
  if q != p { q.update(from: p, count: n) }
  var have = n
  while have < total {
    let c = min(have, total - have)
    (q + have).update(from: q, count: c)
    have += c
  }
}

/// The count argument of `*`: a machine word; nil with `result` to return.
func repeatCount(_ t: ThreadRef, _ v: Value, _ method: String, _ b: BuiltinType, _ a: Args, _ result: inout Value) -> Int? {
  if v.isInt {
    if let k = v.asInt { return k }
    result = t.raise(.OverflowError, "cannot fit 'int' into an index-sized integer")
    return nil
  }
  if hasIndex(t, v) { result = retryWithIndex(t, b, method, a, 2) } else { result = cannotRepeat(t, v) }
  return nil
}

/// sequence * v where v is no number: an error, unless its class may have a say.
func cannotRepeat(_ t: ThreadRef, _ v: Value) -> Value {
  switch v.isObject ? v.kind : .int {
  case .str, .bytes, .bytearray, .list, .tuple: break
  default: if !lookup(v.type, Name.__rmul__.value).isEmpty { return .notImplemented }
  }
  return t.typeError("can't multiply sequence by non-int of type '\(typeName(v))'")
}

/// Rich comparison of two lists or two tuples.
func compareItems(_ t: ThreadRef, _ op: CompareOp, _ a: Value, _ b: Value) -> Value {
  guard let (p, n) = sequenceItems(a), let (q, m) = sequenceItems(b), a.kind == b.kind else { return .notImplemented }
  if n != m && (op == .eq || op == .ne) && a.kind == .list { return .bool(op == .ne) }
  let k = min(n, m)
  for i in 0..<k {
    let e = nativeEqual(p[i], q[i])
    if e == 1 { continue }
    if e < 0 { return callApp(t, .compareSequences, .fixnum(op.rawValue), a, b) }
    if op == .eq { return .false }
    if op == .ne { return .true }
    return compareOperation(t, op, p[i], q[i])
  }
  return .bool(op.holds(n < m ? -1 : n == m ? 0 : 1))
}
func addSequenceComparisons(_ d: TypeDefinition) {
  d.method("__lt__", "($self, value, /)") { t, a, n in compareItems(t, .lt, a[0], a[1]) }
  d.method("__le__", "($self, value, /)") { t, a, n in compareItems(t, .le, a[0], a[1]) }
  d.method("__eq__", "($self, value, /)") { t, a, n in compareItems(t, .eq, a[0], a[1]) }
  d.method("__ne__", "($self, value, /)") { t, a, n in compareItems(t, .ne, a[0], a[1]) }
  d.method("__gt__", "($self, value, /)") { t, a, n in compareItems(t, .gt, a[0], a[1]) }
  d.method("__ge__", "($self, value, /)") { t, a, n in compareItems(t, .ge, a[0], a[1]) }
}

/// Position of `x` from `from` on: an index, -1 when absent, or -2 - i where Python must go on at index i.
func scan(_ p: UnsafeMutablePointer<Value>, _ from: Int, _ to: Int, _ x: Value) -> Int {
  var i = from
  while i < to {
    let e = nativeEqual(p[i], x)
    if e == 1 { return i }
    if e < 0 { return -2 - i }
    i += 1
  }
  return -1
}

/// A start or stop argument of index(): clamped to the sequence; nil when Python must convert it.
func clampIndex(_ v: Value, _ n: Int) -> Int? {
  guard v.isInt else { return nil }
  let i = v.asInt ?? (v.intSign > 0 ? Int.max : Int.min + 1)
  if i < 0 { return max(0, i < -n ? 0 : i + n) }
  return i
}

func sequenceIndex(_ t: ThreadRef, _ a: Args, _ n: Int) -> Value {
  guard let (p, count) = sequenceItems(a[0]) else { return .empty }
  var start = 0, stop = count
  if n > 2 {
    guard let x = clampIndex(a[2], count) else { return callApp(t, .seqIndex, a[0], a[1], a[2], n > 3 ? a[3] : .fixnum(Int.max >> 1)) }
    start = x
  }
  if n > 3 {
    guard let x = clampIndex(a[3], count) else { return callApp(t, .seqIndex, a[0], a[1], a[2], a[3]) }
    stop = min(x, count)
  }
  let i = start < stop ? scan(p, start, stop, a[1]) : -1
  if i >= 0 { return .fixnum(i) }
  if i == -1 {
    if a[0].kind == .tuple { return t.valueError("tuple.index(x): x not in tuple") }
    return callApp(t, named: "containers_notInList", a[1])
  }
  return callApp(t, .seqIndex, a[0], a[1], .fixnum(-2 - i), n > 3 ? a[3] : .fixnum(Int.max >> 1))
}
func sequenceCount(_ t: ThreadRef, _ a: Args) -> Value {
  guard let (p, count) = sequenceItems(a[0]) else { return .empty }
  var k = 0
  for i in 0..<count {
    let e = nativeEqual(p[i], a[1])
    if e < 0 { return callApp(t, .seqCount, a[0], a[1]) }
    k += e
  }
  return .fixnum(k)
}
func sequenceContains(_ t: ThreadRef, _ a: Args) -> Value {
  guard let (p, count) = sequenceItems(a[0]) else { return .empty }
  let i = scan(p, 0, count, a[1])
  return i >= -1 ? .bool(i >= 0) : callApp(t, named: "containers_seqContains", a[0], a[1])
}

func installList(_ t: ThreadRef) {
  let d = TypeDefinition(t, .list)
  d.new("($type, *args, **kwargs)", effects: Effects.leaf) { t, a, n in checkClass(t, a[0], .list) ? newList(t, a[0]) : .empty }
  d.method("__init__", "($self, iterable=(), /)") { t, a, n in
    let l = a[0]
    if n > 1 && a[1] == l { return .none }
    truncateList(l, 0)
    l.fields[0] = .empty
    if n < 2 { return .none }
    // In pieces, so that a signal can come in between.
    if a[1].isExact(.range), a[1].field(3).isFixnum, a[1].field(3).fixnum > 1 << 22 { return callApp(t, named: "containers_extendByRange", l, a[1]) }
    if let s = nativeList(t, a[1]) {
      if s.isEmpty { return .empty }
      adopt(l, s)
      return .none
    }
    return callApp(t, .listExtend, l, a[1])
  }
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in .fixnum(a[0].listCount) }
  d.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in makeRecord(t, .listIterator, a[0], .fixnum(0)) }
  d.method("__reversed__", "($self, /)", effects: Effects.leaf) { t, a, n in
    makeRecord(t, .listReverseIterator, a[0], .fixnum(a[0].listCount - 1))
  }
  d.method("__contains__", "($self, key, /)") { t, a, n in sequenceContains(t, a) }
  d.method("__getitem__", "($self, index, /)") { t, a, n in
    let l = a[0], k = a[1], count = l.listCount
    if let i = k.asInt {
      let j = i < 0 ? i + count : i
      return j < 0 || j >= count ? t.raise(.IndexError, "list index out of range") : l.listItems[j]
    }
    if k.isExact(.slice) {
      switch sliceBounds(t, k, count) {
      case .bounds(let b): return copySlice(t, listPointer(l), b, tuple: false)
      case .python: return retryWithSlice(t, .list, "__getitem__", a, n)
      case .error: return .empty
      }
    }
    if k.isInt { return t.raise(.IndexError, "cannot fit 'int' into an index-sized integer") }
    if hasIndex(t, k) { return retryWithIndex(t, .list, "__getitem__", a, n) }
    return t.typeError("list indices must be integers or slices, not \(typeName(k))")
  }
  d.method("__setitem__", "($self, key, value, /)") { t, a, n in
    let l = a[0], k = a[1], count = l.listCount
    if let i = k.asInt {
      let j = i < 0 ? i + count : i
      if j < 0 || j >= count { return t.raise(.IndexError, "list assignment index out of range") }
      l.listItems[j] = a[2]
      writeBarrier(l.listStorage.object)
      return .none
    }
    if k.isExact(.slice) {
      guard a[2].isExact(.list) || a[2].isExact(.tuple) else {
        return callApp(t, named: "containers_setSlice", l, k, a[2])
      }
      switch sliceBounds(t, k, count) {
      case .bounds(let b):
        let source = a[2] == l || a[2].isExact(.list) && a[2].field(0) == l.field(0) ? makeList(t, from: listPointer(l), count: count) : a[2]
        guard let (p, m) = sequenceItems(source) else { return .empty }
        return assignSlice(t, l, b, p, m)
      case .python: return retryWithSlice(t, .list, "__setitem__", a, n)
      case .error: return .empty
      }
    }
    if k.isInt { return t.raise(.IndexError, "cannot fit 'int' into an index-sized integer") }
    if hasIndex(t, k) { return retryWithIndex(t, .list, "__setitem__", a, n) }
    return t.typeError("list indices must be integers or slices, not \(typeName(k))")
  }
  d.method("__delitem__", "($self, key, /)") { t, a, n in
    let l = a[0], k = a[1], count = l.listCount
    if let i = k.asInt {
      let j = i < 0 ? i + count : i
      if j < 0 || j >= count { return t.raise(.IndexError, "list assignment index out of range") }
      closeGap(l, at: j, 1)
      return .none
    }
    if k.isExact(.slice) {
      switch sliceBounds(t, k, count) {
      case .bounds(let b): deleteSlice(l, b); return .none
      case .python: return retryWithSlice(t, .list, "__delitem__", a, n)
      case .error: return .empty
      }
    }
    if k.isInt { return t.raise(.IndexError, "cannot fit 'int' into an index-sized integer") }
    if hasIndex(t, k) { return retryWithIndex(t, .list, "__delitem__", a, n) }
    return t.typeError("list indices must be integers or slices, not \(typeName(k))")
  }
  addSequenceComparisons(d)
  setUnhashable(d)
  d.method("__add__", "($self, value, /)") { t, a, n in
    guard a[1].isKind(.list) else { return .notImplemented }
    let x = a[0].listCount, y = a[1].listCount
    if !mayAllocate(items: x + y) { return t.raise(.MemoryError) }
    let r = makeList(t, capacity: x + y)
    if x > 0 { r.listItems.update(from: a[0].listItems, count: x) }
    if y > 0 { (r.listItems + x).update(from: a[1].listItems, count: y) }
    finishList(r, x + y)
    return r
  }
  d.method("__iadd__", "($self, value, /)") { t, a, n in
    if a[1].isExact(.list) || a[1].isExact(.tuple) { return listExtend(t, a[0], a[1]).isEmpty ? .empty : a[0] }
    return callApp(t, named: "containers_listIadd", a[0], a[1])
  }
  d.method("__mul__", "($self, value, /)") { t, a, n in
    var r = Value.empty
    guard let k = repeatCount(t, a[1], "__mul__", .list, a, &r) else { return r }
    return repeatItems(t, listPointer(a[0]), a[0].listCount, k, tuple: false)
  }
  d.method("__rmul__", "($self, value, /)") { t, a, n in
    var r = Value.empty
    guard let k = repeatCount(t, a[1], "__rmul__", .list, a, &r) else { return r }
    return repeatItems(t, listPointer(a[0]), a[0].listCount, k, tuple: false)
  }
  d.method("__imul__", "($self, value, /)") { t, a, n in
    var r = Value.empty
    guard let k = repeatCount(t, a[1], "__imul__", .list, a, &r) else { return r }
    let l = a[0], count = l.listCount
    if k <= 0 { truncateList(l, 0); return l }
    if count == 0 { return l }
    let (total, overflow) = count.multipliedReportingOverflow(by: k)
    if overflow || !mayAllocate(items: total) { return t.raise(.MemoryError) }
    reserveList(t, l, total)
    fillRepeated(l.listItems, l.listItems, count, total)
    finishList(l, total)
    return l
  }
  listAppendMethod = d.method("append", "($self, object, /)", effects: Effects.leaf) { t, a, n in listAppend(t, a[0], a[1]); return .none }
  d.method("extend", "($self, iterable, /)") { t, a, n in listExtend(t, a[0], a[1]) }
  d.method("insert", "($self, index, object, /)") { t, a, n in
    let l = a[0], count = l.listCount
    guard let i = a[1].asInt else {
      if a[1].isInt { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
      return retryWithIndex(t, .list, "insert", a, n)
    }
    let j = i < 0 ? max(0, i < -count ? 0 : i + count) : min(i, count)
    openGap(t, l, at: j, 1)
    l.listItems[j] = a[2]
    writeBarrier(l.listStorage.object)
    return .none
  }
  d.method("pop", "($self, index=-1, /)") { t, a, n in
    let l = a[0], count = l.listCount
    var i = -1
    if n > 1 {
      guard let x = a[1].asInt else {
        if a[1].isInt { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
        return retryWithIndex(t, .list, "pop", a, n)
      }
      i = x
    }
    if count == 0 { return t.raise(.IndexError, "pop from empty list") }
    let j = i < 0 ? i + count : i
    if j < 0 || j >= count { return t.raise(.IndexError, "pop index out of range") }
    let v = l.listItems[j]
    if j == count - 1 { l.listItems[j] = .empty; l.fields[1] = .fixnum(j) } else { closeGap(l, at: j, 1) }
    return v
  }
  d.method("remove", "($self, value, /)") { t, a, n in
    let l = a[0]
    let i = scan(listPointer(l), 0, l.listCount, a[1])
    if i >= 0 { closeGap(l, at: i, 1); return .none }
    if i == -1 { return t.valueError("list.remove(x): x not in list") }
    return callApp(t, .seqRemove, l, a[1])
  }
  d.method("clear", "($self, /)", effects: Effects.leaf) { t, a, n in truncateList(a[0], 0); a[0].fields[0] = .empty; return .none }
  d.method("copy", "($self, /)", effects: Effects.leaf) { t, a, n in makeList(t, from: listPointer(a[0]), count: a[0].listCount) }
  d.method("index", "($self, value, start=0, stop=sys.maxsize, /)") { t, a, n in sequenceIndex(t, a, n) }
  d.method("count", "($self, value, /)") { t, a, n in sequenceCount(t, a) }
  d.method("reverse", "($self, /)", effects: Effects.leaf) { t, a, n in
    reverseInPlace(listPointer(a[0]), a[0].listCount)
    return .none
  }
  d.method("sort", "($self, /, *, key=None, reverse=False)") { t, a, n in
    let key = a[1].isEmpty ? Value.none : a[1], reverse = a[2].isEmpty ? Value.false : a[2]
    if key.isNone && (reverse.isInt) {
      if sortNatively(a[0], reverse: reverse.intSign != 0) { return .none }
    }
    return callApp(t, .sortList, a[0], key, reverse)
  }
  d.method("__repr__", "($self, /)") { t, a, n in
    a[0].listCount == 0 ? makeStr(t, "[]") : callApp(t, .reprContainer, a[0])
  }
  d.method("__sizeof__", "($self, /)", effects: Effects.leaf) { t, a, n in .fixnum(40 + 8 * a[0].listCapacity) }
  addClassGetItem(d)
}
