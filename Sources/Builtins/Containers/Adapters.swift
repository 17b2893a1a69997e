// enumerate, zip, map, filter, reversed: native where the iterator underneath is; else their __next__ is Python.

import Heap
import Objects

/// An instance of a record class of the adapter's kind.
func newAdapter(_ t: ThreadRef, _ cls: Value) -> Value { makeInstance(t, cls) }

/// iter(v) where that runs no Python code; nil otherwise.
func nativeIterator(_ t: ThreadRef, _ v: Value) -> Value? {
  guard v.isObject else { return nil }
  switch v.object.pointee.shape {
  case BuiltinType.list.shape, BuiltinType.tuple.shape, BuiltinType.str.shape, BuiltinType.bytes.shape, BuiltinType.range.shape,
       BuiltinType.dict.shape, BuiltinType.set.shape, BuiltinType.frozenset.shape, BuiltinType.dictKeys.shape,
       BuiltinType.dictValues.shape, BuiltinType.dictItems.shape, BuiltinType.generator.shape:
    return iterate(t, v)
  case BuiltinType.enumerate.shape, BuiltinType.zip.shape, BuiltinType.map.shape, BuiltinType.filter.shape, BuiltinType.listReverseIterator.shape: return v
  default: return isNativeIterator(v) ? v : nil
  }
}

func installAdapters(_ t: ThreadRef) {
  // enumerate: iterator, next index.
  let e = TypeDefinition(t, .enumerate)
  e.new("($type, iterable, start=0)") { t, a, n in
    guard checkClass(t, a[0], .enumerate) else { return .empty }
    let start = a[2].isEmpty ? Value.fixnum(0) : a[2]
    guard start.isInt, let it = nativeIterator(t, a[1]) else { return callApp(t, named: "iterators_newEnumerate", a[0], a[1], start) }
    if it.isEmpty { return .empty }
    let r = newAdapter(t, a[0])
    r.fields[0] = it
    r.fields[1] = plainInt(t, start)
    return r
  }
  addIteratorBasics(e)
  e.method("__next__", "($self, /)") { t, a, n in
    let s = a[0], it = s.field(0)
    guard isNativeIterator(it) else { return callApp(t, named: "iterators_enumerateNext", s) }
    let v = iterNext(t, it)
    if v.isEmpty { return .empty }
    if v == done { return t.raise(.StopIteration) }
    let i = s.field(1)
    let next = i.isFixnum ? makeInt(t, i.fixnum + 1) : intArithmetic(t, .add, i, .fixnum(1))
    if next.isFixnum { s.fields[1] = next } else { setField(s, 1, next) }
    return pair(t, i, v)
  }
  e.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in pair(t, a[0].type, pair(t, a[0].field(0), a[0].field(1))) }
  addClassGetItem(e)

  // zip: tuple of iterators, strict.
  let z = TypeDefinition(t, .zip)
  z.new("($type, *iterables, strict=False)") { t, a, n in
    guard checkClass(t, a[0], .zip) else { return .empty }
    let sources = a[1], strict = a[2].isEmpty ? Value.false : a[2]
    let its = makeTuple(t, count: sources.count)
    for i in 0..<sources.count {
      guard strict.isBool, let it = nativeIterator(t, sources.items[i]) else { return callApp(t, named: "iterators_newZip", a[0], sources, strict) }
      if it.isEmpty { return .empty }
      its.items[i] = it
    }
    let r = newAdapter(t, a[0])
    r.fields[0] = its
    r.fields[1] = strict
    return r
  }
  addIteratorBasics(z)
  z.method("__next__", "($self, /)") { t, a, n in
    let its = a[0].field(0)
    let k = its.count
    if k == 0 { return t.raise(.StopIteration) }
    for i in 0..<k where !isNativeIterator(its.items[i]) { return callApp(t, named: "iterators_zipNext", a[0]) }
    let r = makeTuple(t, count: k)
    for i in 0..<k {
      let v = iterNext(t, its.items[i])
      if v.isEmpty { return .empty }
      if v == done {
        if a[0].field(1) == .true { return zipMismatch(t, its, i) }
        return t.raise(.StopIteration)
      }
      r.items[i] = v
    }
    return r
  }
  z.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in
    a[0].field(1) == .true ? makeTuple(t, [a[0].type, a[0].field(0), .true]) : pair(t, a[0].type, a[0].field(0))
  }
  z.method("__setstate__", "($self, state, /)") { t, a, n in callApp(t, named: "iterators_zipSetstate", a[0], a[1]) }

  // map: function, tuple of iterators.
  let m = TypeDefinition(t, .map)
  takePositional(m.new("($type, *args, **kwargs)") { t, a, n in
    guard checkClass(t, a[0], .map) else { return .empty }
    if n < 3 { return t.typeError("map() must have at least two arguments.") }
    let its = makeTuple(t, count: n - 2)
    for i in 2..<n {
      guard let it = nativeIterator(t, a[i]) else {
        return callApp(t, named: "iterators_newMap", a[0], a[1], makeTuple(t, from: a + 2, count: n - 2))
      }
      if it.isEmpty { return .empty }
      its.items[i - 2] = it
    }
    let r = newAdapter(t, a[0])
    r.fields[0] = a[1]
    r.fields[1] = its
    return r
  }, 1)
  addIteratorBasics(m)
  m.method("__next__", "($self, /)") { t, a, n in
    let f = a[0].field(0), its = a[0].field(1), k = its.count
    for i in 0..<k where !isNativeIterator(its.items[i]) { return callApp(t, named: "iterators_mapNext", f, its) }
    // The function's result is ours: a tail call.
    let w = t.pointee.window!
    for i in 0..<k {
      let v = iterNext(t, its.items[i])
      if v.isEmpty { return .empty }
      if v == done { return t.raise(.StopIteration) }
      w[i] = v
    }
    t.pointee.window = w + k
    let r = call(t, f, w, k)
    t.pointee.window = w
    return r
  }
  m.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let its = a[0].field(1)
    return pair(t, a[0].type, makeTuple(t, [a[0].field(0)] + (0..<its.count).map { its.items[$0] }))
  }

  // filter: function, iterator.
  let f = TypeDefinition(t, .filter)
  takePositional(f.new("($type, *args, **kwargs)") { t, a, n in
    guard checkClass(t, a[0], .filter), checkCount(t, "filter", n - 1, 2, 2) else { return .empty }
    guard let it = nativeIterator(t, a[2]) else { return callApp(t, named: "iterators_newFilter", a[0], a[1], a[2]) }
    if it.isEmpty { return .empty }
    let r = newAdapter(t, a[0])
    r.fields[0] = a[1]
    r.fields[1] = it
    return r
  }, 1)
  addIteratorBasics(f)
  f.method("__next__", "($self, /)") { t, a, n in
    let p = a[0].field(0)
    return callApp(t, named: p.isNone || p == BuiltinType.bool.object ? "iterators_filterTrue" : "iterators_filterNext", p, a[0].field(1))
  }
  f.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in pair(t, a[0].type, pair(t, a[0].field(0), a[0].field(1))) }

  // reversed: sequence or empty, index.
  let r = TypeDefinition(t, .reversed)
  takePositional(r.new("($type, sequence, /)") { t, a, n in
    guard checkClass(t, a[0], .reversed), checkCount(t, "reversed", n - 1, 1, 1) else { return .empty }
    let s = a[1]
    if s.isExact(.list) { return makeRecord(t, .listReverseIterator, s, .fixnum(s.listCount - 1)) }
    if s.isExact(.tuple) || s.isExact(.str) {
      let v = newAdapter(t, a[0])
      v.fields[0] = s
      v.fields[1] = .fixnum((s.isExact(.tuple) ? s.count : s.strCount) - 1)
      return v
    }
    return callApp(t, .reversedFallback, a[0], s)
  }, 1)
  addIteratorBasics(r)
  r.method("__next__", "($self, /)") { t, a, n in
    let s = a[0].field(0)
    if s.isEmpty { return t.raise(.StopIteration) }
    if s.isExact(.tuple) || s.isExact(.str) {
      let i = a[0].field(1).fixnum
      if i < 0 || i >= (s.isExact(.tuple) ? s.count : s.strCount) {
        a[0].fields[0] = .empty
        return t.raise(.StopIteration)
      }
      a[0].fields[1] = .fixnum(i - 1)
      return s.isExact(.tuple) ? s.items[i] : makeStr(t, codePoint: s.codePoint(i))
    }
    return callApp(t, named: "iterators_reversedNext", a[0])
  }
  r.method("__length_hint__", "($self, /)") { t, a, n in
    a[0].field(0).isEmpty ? .fixnum(0) : callApp(t, named: "iterators_reversedHint", a[0])
  }
  r.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in
    if a[0].field(0).isEmpty { return pair(t, a[0].type, makeTuple(t, [weft_vm.emptyTuple])) }
    return makeTuple(t, [a[0].type, makeTuple(t, [a[0].field(0)]), a[0].field(1)])
  }
  r.method("__setstate__", "($self, state, /)") { t, a, n in callApp(t, named: "iterators_reversedSetstate", a[0], a[1]) }
}

/// zip(strict=True) whose iterator `i` ended first.
func zipMismatch(_ t: ThreadRef, _ its: Value, _ i: Int) -> Value {
  func these(_ k: Int) -> String { k == 1 ? "argument 1" : "arguments 1-\(k)" }
  if i > 0 { return t.valueError("zip() argument \(i + 1) is shorter than \(these(i))") }
  for k in 1..<max(1, its.count) {
    let v = iterNext(t, its.items[k])
    if v.isEmpty { return .empty }
    if v != done { return t.valueError("zip() argument \(k + 1) is longer than \(these(k))") }
  }
  return t.raise(.StopIteration)
}
