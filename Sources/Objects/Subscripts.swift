// Items, iteration and the building of containers, beyond the run loop's fast paths.

import Heap

/// What `iterNext` gives at the end of an iterator.
public let doneBits: UInt64 = 0x10
@inlinable public var done: Value { Value(bits: doneBits) }

/// An int index (or an object with __index__ that is natively known); nil when app-level code must convert.
@inlinable public func indexValue(_ v: Value) -> Int? { v.isFixnum ? v.fixnum : v.asInt }

public func getItemSlow(_ t: ThreadRef, _ o: Value, _ k: Value) -> Value {
  if o.isObject {
    switch o.object.pointee.shape {
    case BuiltinType.list.shape, BuiltinType.tuple.shape:
      if let i = indexValue(k), let (p, n) = sequenceItems(o) {
        let j = i < 0 ? i + n : i
        if j < 0 || j >= n { return t.raise(.IndexError, o.isExact(.list) ? "list index out of range" : "tuple index out of range") }
        return p[j]
      }
    case BuiltinType.dict.shape:
      if let h = nativeHash(k) {
        let i = find(o, k, h)
        if i >= 0 { return o.table.tableRef.value(i) }
        if i == Probe.missing { return t.raise(.KeyError, value: k) }
      }
    case BuiltinType.str.shape:
      if let i = indexValue(k) {
        let n = o.strCount
        let j = i < 0 ? i + n : i
        if j < 0 || j >= n { return t.raise(.IndexError, "string index out of range") }
        return makeStr(t, codePoint: o.codePoint(j))
      }
    case BuiltinType.bytes.shape:
      if let i = indexValue(k) {
        let n = o.bytesCount
        let j = i < 0 ? i + n : i
        if j < 0 || j >= n { return t.raise(.IndexError, "index out of range") }
        return .fixnum(Int(o.bytesData[j]))
      }
    default: break
    }
  }
  let m = lookup(o.type, Name.__getitem__.value)
  if m.isEmpty {
    if isType(o) {
      if o == BuiltinType.type.object { return callApp(t, .getItem, o, k) }
      let g = lookup(o, Name.__class_getitem__.value)
      if !g.isEmpty && !g.isNone {
        let b = bindDescriptor(t, g, .empty, o)
        return b.isEmpty ? .empty : call(t, b, k)
      }
      return t.typeError("type '\(nameOf(type: o))' is not subscriptable")
    }
    return t.typeError("'\(typeName(o))' object is not subscriptable")
  }
  let w = t.pointee.window!
  w[0] = k
  t.pointee.window = w + 1
  let r = callBoundTo(t, m, o, w, 1)
  t.pointee.window = w
  return r
}

public func setItemSlow(_ t: ThreadRef, _ o: Value, _ k: Value, _ v: Value) -> Value {
  if o.isExact(.list), let i = indexValue(k) {
    let n = o.listCount
    let j = i < 0 ? i + n : i
    if j < 0 || j >= n { return t.raise(.IndexError, "list assignment index out of range") }
    o.listItems[j] = v
    writeBarrier(o.listStorage.object)
    return .none
  }
  if o.isExact(.dict) { return dictStore(t, o, k, v) }
  let m = lookup(o.type, Name.__setitem__.value)
  if m.isEmpty { return t.typeError("'\(typeName(o))' object does not support item assignment") }
  let w = t.pointee.window!
  w[0] = k; w[1] = v
  t.pointee.window = w + 2
  let r = callBoundTo(t, m, o, w, 2)
  t.pointee.window = w
  return r
}

public func deleteItem(_ t: ThreadRef, _ o: Value, _ k: Value) -> Value {
  if o.isExact(.dict), let h = nativeHash(k) {
    let i = find(o, k, h)
    if i == Probe.missing { return t.raise(.KeyError, value: k) }
    if i >= 0 { removeEntry(o, i); return .none }
  }
  let m = lookup(o.type, Name.__delitem__.value)
  if m.isEmpty { return t.typeError("'\(typeName(o))' object doesn't support item deletion") }
  let w = t.pointee.window!
  w[0] = k
  t.pointee.window = w + 1
  let r = callBoundTo(t, m, o, w, 1)
  t.pointee.window = w
  return r
}

/// d[k] = v on the dict's own table.
public func dictStore(_ t: ThreadRef, _ d: Value, _ k: Value, _ v: Value) -> Value {
  if let h = nativeHash(k) {
    let i = find(d, k, h)
    if i >= 0 { setEntryValue(d, i, v); return .none }
    if i == Probe.missing { insertNew(t, d, k, h, v); return .none }
  }
  return callApp(t, .dictStore, d, k, v)
}
public func setAdd(_ t: ThreadRef, _ s: Value, _ k: Value) -> Value {
  if let h = nativeHash(k) {
    let i = find(s, k, h)
    if i >= 0 { return .none }
    if i == Probe.missing { insertNew(t, s, k, h, .none); return .none }
  }
  return callApp(t, .setAddSlow, s, k)
}

public func buildSet(_ t: ThreadRef, _ p: UnsafeMutablePointer<Value>, _ n: Int) -> Value {
  let s = makeSet(t)
  for i in 0..<n {
    guard let h = nativeHash(p[i]), case let k = find(s, p[i], h), k != Probe.needsPython else {
      return callApp(t, .setUpdate, makeSet(t), makeTuple(t, from: p, count: n))
    }
    if k == Probe.missing { insertNew(t, s, p[i], h, .none) }
  }
  return s
}
public func buildMap(_ t: ThreadRef, _ p: UnsafeMutablePointer<Value>, _ n: Int) -> Value {
  let d = makeDict(t)
  for i in 0..<n {
    let key = p[2 * i], value = p[2 * i + 1]
    guard let h = nativeHash(key), case let k = find(d, key, h), k != Probe.needsPython else {
      return callApp(t, .dictUpdate, makeDict(t), makeTuple(t, from: p, count: 2 * n), .true)
    }
    if k >= 0 { setEntryValue(d, k, value) } else { insertNew(t, d, key, h, value) }
  }
  return d
}

/// list.extend; None, or empty.
public func listExtend(_ t: ThreadRef, _ l: Value, _ iterable: Value) -> Value {
  if iterable.isExact(.list) || iterable.isExact(.tuple), let (p, n) = sequenceItems(iterable) {
    if n > 0 {
      let c = l.listCount
      if !mayAllocate(items: c + n + (c + n) >> 3) { return t.raise(.MemoryError) }
      reserveList(t, l, c + n)
      // `p` may have been this list's storage, which has moved.
      let src = iterable == l ? l.listItems : p
      (l.listItems + c).update(from: src, count: n)
      writeBarrier(l.listStorage.object)
      l.fields[1] = .fixnum(c + n)
    }
    return .none
  }
  if iterable.isExact(.dict) || iterable.isExact(.set) || iterable.isExact(.frozenset) {
    forEachEntry(iterable) { k, _ in listAppend(t, l, k) }
    return .none
  }
  return callApp(t, .listExtend, l, iterable)
}

// MARK: iteration

/// iter(o).
public func iterate(_ t: ThreadRef, _ o: Value) -> Value {
  if o.isObject {
    switch o.object.pointee.shape {
    case BuiltinType.list.shape: return makeRecord(t, .listIterator, o, .fixnum(0))
    case BuiltinType.tuple.shape: return makeRecord(t, .tupleIterator, o, .fixnum(0))
    case BuiltinType.str.shape: return makeRecord(t, .strIterator, o, .fixnum(0))
    case BuiltinType.bytes.shape: return makeRecord(t, .bytesIterator, o, .fixnum(0))
    case BuiltinType.range.shape: return rangeIterator(t, o)
    case BuiltinType.dict.shape: return tableIterator(t, .dictKeyIterator, o)
    case BuiltinType.set.shape, BuiltinType.frozenset.shape: return tableIterator(t, .setIterator, o)
    case BuiltinType.dictKeys.shape: return tableIterator(t, .dictKeyIterator, o.field(0))
    case BuiltinType.dictValues.shape: return tableIterator(t, .dictValueIterator, o.field(0))
    case BuiltinType.dictItems.shape: return tableIterator(t, .dictItemIterator, o.field(0))
    case BuiltinType.generator.shape, BuiltinType.listIterator.shape, BuiltinType.rangeIterator.shape: return o
    default: break
    }
  }
  let m = lookup(o.type, Name.__iter__.value)
  if m.isEmpty {
    if lookup(o.type, Name.__getitem__.value).isEmpty || isSubtype(o.type, BuiltinType.dict.object) {
      return t.typeError("'\(typeName(o))' object is not iterable")
    }
    return makeRecord(t, .sequenceIterator, o, .fixnum(0))
  }
  if m.isNone { return t.typeError("'\(typeName(o))' object is not iterable") }
  if m.isExact(.wrapperDescriptor) { return call(t, m, o) }
  return callApp(t, .iterFallback, o, m)
}

/// Iterator over a dict, dict view or set: [container, position, expected used].
public func tableIterator(_ t: ThreadRef, _ type: BuiltinType, _ d: Value) -> Value {
  let it = makeRecord(t, type, 4)
  it.fields[0] = d
  it.fields[1] = .fixnum(0)
  it.fields[2] = d.fields[1]
  it.fields[3] = d.fields[1]
  return it
}
/// Iterator over a range of fixnums whose last step stays within 62 bits; else the general one.
public func rangeIterator(_ t: ThreadRef, _ r: Value) -> Value {
  let start = r.field(0), stop = r.field(1), step = r.field(2), n = r.field(3)
  if start.isFixnum && step.isFixnum && n.isFixnum && stop.isFixnum && stop.fixnum.magnitude < 1 << 60 && step.fixnum.magnitude < 1 << 60 && start.fixnum.magnitude < 1 << 60 {
    let it = makeRecord(t, .rangeIterator, 4)
    it.fields[0] = start; it.fields[1] = step; it.fields[2] = n; it.fields[3] = r
    return it
  }
  let it = makeRecord(t, .longRangeIterator, 4)
  it.fields[0] = start; it.fields[1] = step; it.fields[2] = n; it.fields[3] = .fixnum(0)
  return it
}

/// next(it): the item, `done`, or empty when Python code was called or an exception is set. Python's own __next__ signals the
/// end by StopIteration; the frame that waits in Deliver.forIter takes that for the end.
public func iterNext(_ t: ThreadRef, _ it: Value) -> Value {
  guard it.isObject else { return t.typeError("'\(typeName(it))' object is not an iterator") }
  switch it.object.pointee.shape {
  case BuiltinType.listIterator.shape:
    let l = it.field(0)
    if l.isEmpty { return done }
    let i = it.field(1).fixnum
    if i >= l.listCount { it.fields[0] = .empty; return done }
    it.fields[1] = .fixnum(i + 1)
    return l.listItems[i]
  case BuiltinType.tupleIterator.shape:
    let l = it.field(0)
    if l.isEmpty { return done }
    let i = it.field(1).fixnum
    if i >= l.count { it.fields[0] = .empty; return done }
    it.fields[1] = .fixnum(i + 1)
    return l.items[i]
  case BuiltinType.strIterator.shape:
    let l = it.field(0)
    if l.isEmpty { return done }
    let i = it.field(1).fixnum
    if i >= l.strCount { it.fields[0] = .empty; return done }
    it.fields[1] = .fixnum(i + 1)
    return makeStr(t, codePoint: l.codePoint(i))
  case BuiltinType.bytesIterator.shape:
    let l = it.field(0)
    if l.isEmpty { return done }
    let i = it.field(1).fixnum
    if i >= l.bytesCount { it.fields[0] = .empty; return done }
    it.fields[1] = .fixnum(i + 1)
    return .fixnum(Int(l.bytesData[i]))
  case BuiltinType.rangeIterator.shape:
    let n = it.field(2).fixnum
    if n == 0 { return done }
    let v = it.field(0)
    it.fields[0] = .fixnum(v.fixnum &+ it.field(1).fixnum)
    it.fields[2] = .fixnum(n - 1)
    return v
  case BuiltinType.dictKeyIterator.shape, BuiltinType.dictValueIterator.shape, BuiltinType.dictItemIterator.shape, BuiltinType.setIterator.shape:
    return tableNext(t, it)
  case BuiltinType.generator.shape, BuiltinType.coroutine.shape:
    return resumeGenerator(t, it, .none)
  default: break
  }
  let m = lookup(it.type, Name.__next__.value)
  if m.isEmpty { return t.typeError("'\(typeName(it))' object is not an iterator") }
  let before = t.pointee.frame
  let r = callBoundTo(t, m, it, t.pointee.window!, 0)
  if r.isEmpty && t.pointee.frame == before && !t.pointee.exception.isEmpty && isInstance(t.pointee.exception, .StopIteration) {
    t.pointee.exception = .empty
    return done
  }
  return r
}

func tableNext(_ t: ThreadRef, _ it: Value) -> Value {
  let d = it.field(0)
  if d.isEmpty { return done }
  if d.fields[1] != it.field(2) {
    it.fields[2] = .fixnum(-1)
    return t.raise(.RuntimeError, d.kind == .dict ? "dictionary changed size during iteration" : "Set changed size during iteration")
  }
  let tv = d.table
  if !tv.isEmpty {
    let r = tv.tableRef
    var i = it.field(1).fixnum
    let n = Int(r.pointee.fill), ko = r.keyOffset
    while i < n {
      let e = r.entry(i)
      i += 1
      if e[ko].isEmpty { continue }
      if it.field(3).fixnum == 0 && d.kind == .dict {
        it.fields[0] = .empty
        return t.raise(.RuntimeError, "dictionary keys changed during iteration")
      }
      it.fields[1] = .fixnum(i)
      it.fields[3] = .fixnum(it.field(3).fixnum - 1)
      switch it.object.pointee.shape {
      case BuiltinType.dictValueIterator.shape: return e[ko + 1]
      case BuiltinType.dictItemIterator.shape: return pair(t, e[ko], e[ko + 1])
      default: return e[ko]
      }
    }
  }
  it.fields[0] = .empty
  return done
}

// MARK: generators

/// Resumes a generator with `value`. The result is delivered as t.pending says; empty unless it has ended already.
public func resumeGenerator(_ t: ThreadRef, _ g: Value, _ value: Value) -> Value {
  let state = g.field(GeneratorField.state).fixnum
  switch state & 0xff {
  case GeneratorState.running:
    return t.valueError("\(g.isExact(.coroutine) ? "coroutine" : g.isExact(.asyncGenerator) ? "async generator" : "generator") already executing")
  case GeneratorState.closed:
    if g.isExact(.coroutine) { return t.raise(.RuntimeError, "cannot reuse already awaited coroutine") }
    if g.isExact(.asyncGenerator) { return t.raise(.StopAsyncIteration) }
    if t.pointee.pending & 0xff == Deliver.forIter || t.pointee.pending & 0xff == Deliver.send { return done }
    return stopIteration(t, .none)
  case GeneratorState.created where !value.isNone:
    return t.typeError("can't send non-None value to a just-started \(g.isExact(.coroutine) ? "coroutine" : g.isExact(.asyncGenerator) ? "async generator" : "generator")")
  default: break
  }
  guard let back = t.pointee.frame, back.pointee.depth < weft_vm.recursionLimit else {
    return t.raise(.RecursionError, "maximum recursion depth exceeded")
  }
  let pending = t.pointee.pending
  let mode = pending & 0xff
  let f = g.field(GeneratorField.frame).to(Frame.self)
  f.pointee.back = back
  f.pointee.state = mode == Deliver.store ? Deliver.generator | pending : pending
  f.pointee.depth = back.pointee.depth + 1
  f.pointee.header.flags &= ~FrameFlag.scanned
  g.fields[GeneratorField.state] = .fixnum(GeneratorState.running)
  if state & 0xff == GeneratorState.suspended { f.registers[state >> 8] = value }
  t.pointee.frame = f
  return .empty
}

/// Raises StopIteration carrying `value` (without arguments when it is None).
public func stopIteration(_ t: ThreadRef, _ value: Value) -> Value {
  let e = makeException(t, ExceptionType.StopIteration.object, args: value.isNone ? weft_vm.emptyTuple : makeTuple(t, [value]))
  e.fields[ExceptionField.first] = value
  return t.raiseWithContext(e)
}

/// One step of `yield from` or `await`: the item, `done` (with the value None), or empty.
public func sendSlow(_ t: ThreadRef, _ it: Value, _ value: Value) -> Value {
  if it.isExact(.generator) || it.isExact(.coroutine) { return resumeGenerator(t, it, value) }
  if value.isNone { return iterNext(t, it) }
  let name = Name.send.value
  let m = lookup(it.type, name)
  if m.isEmpty { return callApp(t, named: "delegate_send", it, value) }
  let before = t.pointee.frame
  let w = t.pointee.window!
  w[0] = value
  t.pointee.window = w + 1
  let r = callBoundTo(t, m, it, w, 1)
  t.pointee.window = w
  _ = before
  return r
}
