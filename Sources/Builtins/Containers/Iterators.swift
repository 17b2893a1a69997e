// The builtin iterators: __iter__, __next__, length hints and the state that copy and pickle carry.

import Heap
import Objects

/// `__next__` of what `iterNext` knows.
func nextOrStop(_ t: ThreadRef, _ it: Value) -> Value {
  let v = iterNext(t, it)
  return v == done ? t.raise(.StopIteration) : v
}
func addIteratorBasics(_ d: TypeDefinition) {
  d.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in a[0] }
}
func positionArgument(_ v: Value) -> Int { v.asInt ?? (v.isInt && v.intSign > 0 ? Int.max >> 2 : 0) }

func installIterators(_ t: ThreadRef) {
  for b in [BuiltinType.listIterator, .tupleIterator, .strIterator, .bytesIterator] {
    let d = TypeDefinition(t, b)
    addIteratorBasics(d)
    d.method("__next__", "($self, /)") { t, a, n in nextOrStop(t, a[0]) }
    d.method("__length_hint__", "($self, /)", effects: Effects.leaf) { t, a, n in
      let s = a[0].field(0)
      if s.isEmpty { return .fixnum(0) }
      let count = s.isKind(.list) ? s.listCount : s.isKind(.tuple) ? s.count : s.isKind(.bytes) ? s.bytesCount : s.strCount
      return .fixnum(max(0, count - a[0].field(1).fixnum))
    }
    d.method("__reduce__", "($self, /)") { t, a, n in
      let s = a[0].field(0)
      return callApp(t, named: "iterators_reduce", s.isEmpty ? (a[0].isExact(.strIterator) ? weft_vm.emptyStr : a[0].isExact(.listIterator) ? makeList(t) : weft_vm.emptyTuple) : s, s.isEmpty ? .none : a[0].field(1))
    }
    d.method("__setstate__", "($self, state, /)") { t, a, n in
      guard a[1].isInt else { return t.typeError("an integer is required") }
      let s = a[0].field(0)
      if s.isEmpty { return .none }
      let count = s.isKind(.list) ? s.listCount : s.isKind(.tuple) ? s.count : s.isKind(.bytes) ? s.bytesCount : s.strCount
      a[0].fields[1] = .fixnum(min(max(0, positionArgument(a[1])), count))
      return .none
    }
  }
  let r = TypeDefinition(t, .rangeIterator)
  addIteratorBasics(r)
  r.method("__next__", "($self, /)", effects: Effects.leaf) { t, a, n in nextOrStop(t, a[0]) }
  r.method("__length_hint__", "($self, /)", effects: Effects.leaf) { t, a, n in a[0].field(2) }
  r.method("__reduce__", "($self, /)") { t, a, n in
    let r = a[0].field(3)
    if r.isExact(.range) { return callApp(t, named: "iterators_reduce", r, .fixnum(r.field(3).fixnum - a[0].field(2).fixnum)) }
    let start = a[0].field(0), step = a[0].field(1), left = a[0].field(2)
    let stop = intArithmetic(t, .add, start, intArithmetic(t, .mul, step, left))
    return callApp(t, named: "iterators_reduce", makeRange(t, start, stop, step), .fixnum(0))
  }
  r.method("__setstate__", "($self, state, /)") { t, a, n in
    guard a[1].isInt else { return t.typeError("an integer is required") }
    let r = a[0].field(3)
    if r.isExact(.range) {
      let k = min(max(0, positionArgument(a[1])), r.field(3).fixnum)
      a[0].fields[0] = .fixnum(r.field(0).fixnum &+ k &* a[0].field(1).fixnum)
      a[0].fields[2] = .fixnum(r.field(3).fixnum - k)
      return .none
    }
    let k = min(max(0, positionArgument(a[1])), a[0].field(2).fixnum)
    a[0].fields[0] = .fixnum(a[0].field(0).fixnum &+ k &* a[0].field(1).fixnum)
    a[0].fields[2] = .fixnum(a[0].field(2).fixnum - k)
    return .none
  }
  // Start, step, length, index: ints of any size.
  let lr = TypeDefinition(t, .longRangeIterator)
  addIteratorBasics(lr)
  lr.method("__next__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let it = a[0], i = it.field(3)
    if intCompare(i, it.field(2)) >= 0 { return t.raise(.StopIteration) }
    setField(it, 3, intArithmetic(t, .add, i, .fixnum(1)))
    return intArithmetic(t, .add, it.field(0), intArithmetic(t, .mul, i, it.field(1)))
  }
  lr.method("__length_hint__", "($self, /)", effects: Effects.leaf) { t, a, n in intArithmetic(t, .sub, a[0].field(2), a[0].field(3)) }
  lr.method("__reduce__", "($self, /)") { t, a, n in
    let it = a[0]
    let stop = intArithmetic(t, .add, it.field(0), intArithmetic(t, .mul, it.field(1), it.field(2)))
    return callApp(t, named: "iterators_reduce", makeRange(t, it.field(0), stop, it.field(1)), it.field(3))
  }
  lr.method("__setstate__", "($self, state, /)") { t, a, n in
    guard a[1].isInt else { return t.typeError("an integer is required") }
    let i = plainInt(t, a[1])
    setField(a[0], 3, i.intSign < 0 ? .fixnum(0) : intCompare(i, a[0].field(2)) > 0 ? a[0].field(2) : i)
    return .none
  }
  for b in [BuiltinType.dictKeyIterator, .dictValueIterator, .dictItemIterator, .setIterator] {
    let d = TypeDefinition(t, b)
    addIteratorBasics(d)
    d.method("__next__", "($self, /)", effects: Effects.leaf) { t, a, n in nextOrStop(t, a[0]) }
    d.method("__length_hint__", "($self, /)", effects: Effects.leaf) { t, a, n in
      let c = a[0].field(0)
      return c.isEmpty || c.fields[1] != a[0].field(2) ? .fixnum(0) : .fixnum(max(0, a[0].field(3).fixnum))
    }
    d.method("__reduce__", "($self, /)") { t, a, n in
      // The items left, without moving this iterator.
      let copy = makeRecord(t, a[0].isExact(.dictKeyIterator) ? .dictKeyIterator : a[0].isExact(.dictValueIterator) ? .dictValueIterator : a[0].isExact(.setIterator) ? .setIterator : .dictItemIterator, 4)
      for i in 0..<4 { copy.fields[i] = a[0].field(i) }
      guard let l = nativeList(t, copy), !l.isEmpty else { return .empty }
      return callApp(t, named: "iterators_reduce", l, .none)
    }
  }
  let lrev = TypeDefinition(t, .listReverseIterator)
  addIteratorBasics(lrev)
  lrev.method("__next__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let l = a[0].field(0)
    if l.isEmpty { return t.raise(.StopIteration) }
    let i = a[0].field(1).fixnum
    if i < 0 || i >= l.listCount { a[0].fields[0] = .empty; return t.raise(.StopIteration) }
    a[0].fields[1] = .fixnum(i - 1)
    return l.listItems[i]
  }
  lrev.method("__length_hint__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let l = a[0].field(0), i = a[0].field(1).fixnum
    return .fixnum(l.isEmpty || i >= l.listCount ? 0 : i + 1)
  }
  lrev.method("__reduce__", "($self, /)") { t, a, n in
    let l = a[0].field(0)
    return l.isEmpty ? callApp(t, named: "iterators_reduce", makeList(t), .none)
      : callApp(t, named: "iterators_reduceReversed", l, a[0].field(1))
  }
  lrev.method("__setstate__", "($self, state, /)") { t, a, n in
    guard a[1].isInt else { return t.typeError("an integer is required") }
    let l = a[0].field(0)
    if !l.isEmpty { a[0].fields[1] = .fixnum(min(max(-1, positionArgument(a[1])), l.listCount - 1)) }
    return .none
  }
  let drev = TypeDefinition(t, .dictReverseIterator)
  addIteratorBasics(drev)
  drev.method("__next__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let v = reverseNext(t, a[0])
    return v == done ? t.raise(.StopIteration) : v
  }
  drev.method("__length_hint__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let c = a[0].field(0)
    return c.isEmpty || c.fields[1] != a[0].field(2) ? .fixnum(0) : .fixnum(max(0, a[0].field(3).fixnum))
  }
  drev.method("__reduce__", "($self, /)") { t, a, n in
    let copy = makeRecord(t, .dictReverseIterator, 5)
    for i in 0..<5 { copy.fields[i] = a[0].field(i) }
    let l = makeList(t)
    while true {
      let v = reverseNext(t, copy)
      if v.isEmpty { return .empty }
      if v == done { break }
      listAppend(t, l, v)
    }
    return callApp(t, named: "iterators_reduce", l, .none)
  }
  // Iterator over __getitem__: object, index.
  let s = TypeDefinition(t, .sequenceIterator)
  addIteratorBasics(s)
  s.method("__next__", "($self, /)") { t, a, n in
    a[0].field(0).isEmpty ? t.raise(.StopIteration) : callApp(t, named: "iterators_sequenceNext", a[0])
  }
  s.method("__length_hint__", "($self, /)") { t, a, n in
    a[0].field(0).isEmpty ? .fixnum(0) : callApp(t, named: "iterators_sequenceHint", a[0].field(0), a[0].field(1))
  }
  s.method("__reduce__", "($self, /)") { t, a, n in
    let o = a[0].field(0)
    return callApp(t, named: "iterators_reduce", o.isEmpty ? weft_vm.emptyTuple : o, o.isEmpty ? .none : a[0].field(1))
  }
  s.method("__setstate__", "($self, state, /)") { t, a, n in
    guard let i = a[1].asInt else { return a[1].isInt ? t.raise(.OverflowError, "Python int too large to convert to C ssize_t") : t.typeError("an integer is required") }
    if !a[0].field(0).isEmpty { a[0].fields[1] = .fixnum(max(0, i)) }
    return .none
  }
  // iter(callable, sentinel).
  let c = TypeDefinition(t, .callableIterator)
  addIteratorBasics(c)
  c.method("__next__", "($self, /)") { t, a, n in
    a[0].field(0).isEmpty ? t.raise(.StopIteration) : callApp(t, named: "iterators_callableNext", a[0])
  }
  c.method("__reduce__", "($self, /)") { t, a, n in
    let f = a[0].field(0)
    return f.isEmpty ? callApp(t, named: "iterators_reduce", weft_vm.emptyTuple, .none)
      : callApp(t, named: "iterators_reduceCallable", f, a[0].field(1))
  }
  defineAppNative(t, "makeSequenceIterator", "(o, /)") { t, a, n in makeRecord(t, .sequenceIterator, a[0], .fixnum(0)) }
  defineAppNative(t, "makeCallableIterator", "(f, sentinel, /)") { t, a, n in makeRecord(t, .callableIterator, a[0], a[1]) }
}

func reverseNext(_ t: ThreadRef, _ it: Value) -> Value {
  let d = it.field(0)
  if d.isEmpty { return done }
  if d.fields[1] != it.field(2) {
    it.fields[2] = .fixnum(-1)
    return t.raise(.RuntimeError, "dictionary changed size during iteration")
  }
  if !d.table.isEmpty {
    let r = d.table.tableRef
    var i = min(it.field(1).fixnum, Int(r.pointee.fill) - 1)
    while i >= 0 {
      let k = r.key(i)
      if !k.isEmpty {
        it.fields[1] = .fixnum(i - 1)
        it.fields[3] = .fixnum(it.field(3).fixnum - 1)
        switch it.field(4).fixnum {
        case 0: return k
        case 1: return r.value(i)
        default: return pair(t, k, r.value(i))
        }
      }
      i -= 1
    }
  }
  it.fields[0] = .empty
  return done
}
