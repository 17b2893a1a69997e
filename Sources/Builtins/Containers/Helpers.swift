// What the container natives share: argument checks, slices, native item sources, and helpers for app-level code.

import Glibc
import Heap
import Objects

/// Checks the class argument of `__new__`; false with an exception set.
func checkClass(_ t: ThreadRef, _ cls: Value, _ b: BuiltinType) -> Bool {
  if isType(cls) && isSubtype(cls, b.object) { return true }
  var name: String { nameOf(type: b.object) }
  if !isType(cls) {
    t.typeError("\(name).__new__(X): X is not a type object (\(typeName(cls)))")
  } else {
    t.typeError("\(name).__new__(\(nameOf(type: cls))): \(nameOf(type: cls)) is not a subtype of \(name)")
  }
  return false
}

/// The native that implements `name` of a builtin type.
func nativeMethod(_ t: ThreadRef, _ b: BuiltinType, _ name: String) -> Value {
  getString(b.object.typeObject.pointee.dict, intern(t, name))
}

/// Where argument 1 has to be converted by `__index__`: Python does that and calls the method again.
func retryWithIndex(_ t: ThreadRef, _ b: BuiltinType, _ name: String, _ a: Args, _ n: Int) -> Value {
  callApp(t, named: "containers_retryIndex", nativeMethod(t, b, name), makeTuple(t, from: a, count: n))
}
func retryWithSlice(_ t: ThreadRef, _ b: BuiltinType, _ name: String, _ a: Args, _ n: Int) -> Value {
  callApp(t, named: "containers_retrySlice", nativeMethod(t, b, name), makeTuple(t, from: a, count: n))
}

/// Whether the value has `__index__`.
func hasIndex(_ t: ThreadRef, _ v: Value) -> Bool { v.isInt || !lookup(v.type, Name.__index__.value).isEmpty }

struct SliceBounds { var start: Int, stop: Int, step: Int, count: Int }
enum SliceResult { case bounds(SliceBounds), python, error }

/// `slice.indices(n)` where the parts are None or ints; anything else is Python's.
func sliceBounds(_ t: ThreadRef, _ s: Value, _ n: Int) -> SliceResult {
  func part(_ v: Value) -> Int? { // clamped
    if v.isFixnum { return v.fixnum }
    guard v.isInt else { return nil }
    return v.asInt ?? (v.intSign > 0 ? Int.max : -Int.max)
  }
  let a = s.field(0), b = s.field(1), c = s.field(2)
  var step = 1
  if !c.isNone {
    guard let x = part(c) else { return .python }
    if x == 0 { t.valueError("slice step cannot be zero"); return .error }
    step = max(x, -Int.max)
  }
  let low = step < 0 ? -1 : 0, high = step < 0 ? n - 1 : n
  var start = step < 0 ? high : low, stop = step < 0 ? low : high
  if !a.isNone {
    guard let x = part(a) else { return .python }
    start = x < 0 ? max(x < -n ? low : x + n, low) : min(x, high)
  }
  if !b.isNone {
    guard let x = part(b) else { return .python }
    stop = x < 0 ? max(x < -n ? low : x + n, low) : min(x, high)
  }
  var count = 0
  if step > 0 { if start < stop { count = (stop - start - 1) / step + 1 } }
  else if stop < start { count = (start - stop - 1) / (0 &- step) + 1 }
  return .bounds(SliceBounds(start: start, stop: stop, step: step, count: count))
}

/// A new list of the items of a builtin iterable whose iteration runs no Python code; nil for all others. Empty when an
/// exception is set.
func nativeList(_ t: ThreadRef, _ v: Value) -> Value? {
  guard v.isObject else { return nil }
  switch v.object.pointee.shape {
  case BuiltinType.list.shape, BuiltinType.tuple.shape:
    guard let (p, n) = sequenceItems(v) else { return nil }
    return makeList(t, from: p, count: n)
  case BuiltinType.str.shape:
    let n = v.strCount
    if !mayAllocate(items: n) { return t.raise(.MemoryError) }
    let l = makeList(t, capacity: n)
    for i in 0..<n { l.listItems[i] = makeStr(t, codePoint: v.codePoint(i)) }
    finishList(l, n)
    return l
  case BuiltinType.bytes.shape:
    let n = v.bytesCount
    if !mayAllocate(items: n) { return t.raise(.MemoryError) }
    let l = makeList(t, capacity: n)
    for i in 0..<n { l.listItems[i] = .fixnum(Int(v.bytesData[i])) }
    finishList(l, n)
    return l
  case BuiltinType.range.shape, BuiltinType.longRange.shape:
    let first = v.field(0), step = v.field(2), length = v.field(3)
    guard let n = length.asInt, n >= 0, mayAllocate(items: n) else { return t.raise(.MemoryError) }
    let l = makeList(t, capacity: n)
    if let a = first.asInt, let s = step.asInt, a.magnitude < 1 << 61, n == 0 || !s.multipliedReportingOverflow(by: n).overflow, (s &* n).magnitude < 1 << 60 {
      for i in 0..<n { l.listItems[i] = .fixnum(a &+ s &* i) }
    } else {
      var x = first
      for i in 0..<n { l.listItems[i] = x; x = intArithmetic(t, .add, x, step) }
    }
    finishList(l, n)
    return l
  case BuiltinType.dict.shape, BuiltinType.set.shape, BuiltinType.frozenset.shape: return tableList(t, v, 0)
  case BuiltinType.dictKeys.shape where v.field(0).isExact(.dict): return tableList(t, v.field(0), 0)
  case BuiltinType.dictValues.shape where v.field(0).isKind(.dict): return tableList(t, v.field(0), 1)
  case BuiltinType.dictItems.shape where v.field(0).isKind(.dict): return tableList(t, v.field(0), 2)
  case BuiltinType.listIterator.shape, BuiltinType.tupleIterator.shape, BuiltinType.strIterator.shape, BuiltinType.bytesIterator.shape,
       BuiltinType.dictKeyIterator.shape, BuiltinType.dictValueIterator.shape, BuiltinType.dictItemIterator.shape, BuiltinType.setIterator.shape:
    let l = makeList(t, capacity: 4)
    while true {
      let x = iterNext(t, v)
      if x.isEmpty { return .empty }
      if x == done { return l }
      listAppend(t, l, x)
    }
  case BuiltinType.rangeIterator.shape:
    let n = v.field(2).fixnum
    if !mayAllocate(items: n) { return t.raise(.MemoryError) }
    let l = makeList(t, capacity: n)
    let a = v.field(0).fixnum, s = v.field(1).fixnum
    for i in 0..<n { l.listItems[i] = .fixnum(a &+ s &* i) }
    v.fields[0] = .fixnum(a &+ s &* n)
    v.fields[2] = .fixnum(0)
    finishList(l, n)
    return l
  default: return nil
  }
}
@inline(__always) func finishList(_ l: Value, _ n: Int) {
  l.fields[1] = .fixnum(n)
  if n > 0 { writeBarrier(l.listStorage.object) }
}

/// Keys (0), values (1) or items (2) of a table as a list.
func tableList(_ t: ThreadRef, _ d: Value, _ what: Int) -> Value {
  let n = d.used
  let l = makeList(t, capacity: n)
  var i = 0
  forEachEntry(d) { k, v in
    l.listItems[i] = what == 0 ? k : what == 1 ? v : pair(t, k, v)
    i += 1
  }
  finishList(l, n)
  return l
}

/// Whether iterating over `v` runs no Python code and `iterNext` serves it.
@inline(__always) func isNativeIterator(_ v: Value) -> Bool {
  guard v.isObject else { return false }
  switch v.object.pointee.shape {
  case BuiltinType.listIterator.shape, BuiltinType.tupleIterator.shape, BuiltinType.strIterator.shape, BuiltinType.bytesIterator.shape,
       BuiltinType.rangeIterator.shape, BuiltinType.dictKeyIterator.shape, BuiltinType.dictValueIterator.shape,
       BuiltinType.dictItemIterator.shape, BuiltinType.setIterator.shape: return true
  default: return false
  }
}

/// `__class_getitem__` of a builtin class.
func addClassGetItem(_ d: TypeDefinition) {
  d.classMethod("__class_getitem__", "($type, object, /)") { t, a, n in makeGenericAlias(t, a[0], a[1]) }
}

/// Makes the class unhashable.
func setUnhashable(_ d: TypeDefinition) { d.set("__hash__", .none) }

func installHelpers(_ t: ThreadRef) {
  defineAppNative(t, "fieldGet", "(o, i, /)") { t, a, n in
    guard a[0].isObject, a[1].isFixnum, a[0].shape.pointee.layout == Layout.record.rawValue, a[1].fixnum >= 0, a[1].fixnum < Int(a[0].object.pointee.reserve) else { return t.typeError("record expected") }
    let v = a[0].field(a[1].fixnum)
    return v.isEmpty ? .none : v
  }
  defineAppNative(t, "fieldSet", "(o, i, v, /)") { t, a, n in
    guard a[0].isObject, a[1].isFixnum, a[0].shape.pointee.layout == Layout.record.rawValue, a[1].fixnum >= 0, a[1].fixnum < Int(a[0].object.pointee.reserve) else { return t.typeError("record expected") }
    setField(a[0], a[1].fixnum, a[2]); return .none
  }
  defineAppNative(t, "fieldClear", "(o, i, /)") { t, a, n in
    guard a[0].isObject, a[1].isFixnum, a[0].shape.pointee.layout == Layout.record.rawValue, a[1].fixnum >= 0, a[1].fixnum < Int(a[0].object.pointee.reserve) else { return t.typeError("record expected") }
    a[0].fields[a[1].fixnum] = .empty; return .none
  }
  defineAppNative(t, "fieldIsEmpty", "(o, i, /)") { t, a, n in
    guard a[0].isObject, a[1].isFixnum, a[0].shape.pointee.layout == Layout.record.rawValue, a[1].fixnum >= 0, a[1].fixnum < Int(a[0].object.pointee.reserve) else { return t.typeError("record expected") }
    return .bool(a[0].field(a[1].fixnum).isEmpty)
  }
  // A new record of a native class with all fields empty.
  defineAppNative(t, "newRecord", "(cls, /)") { t, a, n in
    guard isType(a[0]), a[0].typeObject.pointee.layout == Layout.record.rawValue else { return t.typeError("not a record class") }
    return makeInstance(t, a[0])
  }
  // The special method `name`, bound; None when the class has none (or None).
  defineAppNative(t, "lookupSpecial", "(o, name, /)") { t, a, n in
    guard a[1].isObject, a[1].isStr else { return t.typeError("name expected") }
    let m = lookup(a[0].type, intern(a[1]))
    if m.isEmpty { return .none }
    return bindDescriptor(t, m, a[0], a[0].type)
  }
  // The class attribute along the MRO, no descriptor called; the default when there is none.
  defineAppNative(t, "lookupType", "(cls, name, default=None, /)") { t, a, n in
    guard isType(a[0]), a[1].isObject, a[1].isStr else { return t.typeError("class expected") }
    let m = lookup(a[0], intern(a[1]))
    return m.isEmpty ? (n > 2 ? a[2] : .none) : m
  }
  defineAppNative(t, "listAppend", "(l, x, /)") { t, a, n in
    guard a[0].isObject, a[0].isKind(.list) else { return t.typeError("list expected") }
    listAppend(t, a[0], a[1]); return .none
  }
  defineAppNative(t, "listExtendNative", "(l, items, /)") { t, a, n in
    guard a[0].isObject, a[0].isKind(.list) else { return t.typeError("list expected") }
    return listExtend(t, a[0], a[1])
  }
  defineAppNative(t, "listReserve", "(l, n, /)") { t, a, n in
    guard a[0].isObject, a[0].isExact(.list), a[1].isFixnum, a[1].fixnum >= 0, mayAllocate(items: a[1].fixnum + a[1].fixnum >> 3) else { return t.raise(.MemoryError) }
    reserveList(t, a[0], a[1].fixnum)
    return .none
  }
  defineAppNative(t, "listToTuple", "(l, /)") { t, a, n in
    guard a[0].isObject, a[0].isKind(.list) else { return t.typeError("list expected") }
    return makeTuple(t, from: listPointer(a[0]), count: a[0].listCount)
  }
  defineAppNative(t, "typeOf", "(o, /)") { t, a, n in a[0].type }
  defineAppNative(t, "typeNameOf", "(o, /)") { t, a, n in a[0].type.typeObject.pointee.name }
  defineAppNative(t, "isInt", "(o, /)") { t, a, n in .bool(a[0].isInt) }
  defineAppNative(t, "plainInt", "(o, /)") { t, a, n in plainInt(t, a[0]) }
  // Whether the class (or a base) keeps the layout of the builtin class.
  defineAppNative(t, "isInstanceOf", "(o, cls, /)") { t, a, n in
    guard isType(a[1]) else { return t.typeError("class expected") }
    return .bool(isSubtype(a[0].type, a[1]))
  }
  // An int that fits a machine word, clamped.
  defineAppNative(t, "fitsWord", "(o, /)") { t, a, n in .bool(a[0].asInt != nil) }
  // Items of a list, tuple or dict that need no Python code, as a new list; None where Python has to iterate.
  defineAppNative(t, "nativeList", "(o, /)") { t, a, n in nativeList(t, a[0]) ?? .none }
  defineAppNative(t, "isNativelyIterable", "(o, /)") { t, a, n in
    guard a[0].isObject else { return .false }
    switch a[0].object.pointee.shape {
    case BuiltinType.list.shape, BuiltinType.tuple.shape, BuiltinType.str.shape, BuiltinType.bytes.shape, BuiltinType.range.shape,
         BuiltinType.dict.shape, BuiltinType.set.shape, BuiltinType.frozenset.shape, BuiltinType.dictKeys.shape, BuiltinType.dictValues.shape,
         BuiltinType.dictItems.shape: return .true
    default: return .bool(isNativeIterator(a[0]))
    }
  }
  // Whether a frame behind the caller runs the caller's own code on the same first argument: how repr() finds a cycle.
  // The frames are the state, so a suspended repr() carries it along.
  defineAppNative(t, "isActive", "(o, /)") { t, a, n in
    guard let own = t.pointee.frame else { return .false }
    let code = own.pointee.code
    var f = own.pointee.back
    while let frame = f {
      if frame.pointee.code == code && frame.registers[0] == a[0] { return .true }
      f = frame.pointee.back
    }
    return .false
  }
}
