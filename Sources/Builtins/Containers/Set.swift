// set and frozenset. Binary operations run natively while hashes and equality do; otherwise app-level code does them.

import Heap
import Objects
import Support

func isSet(_ v: Value) -> Bool { v.isExact(.set) || v.isExact(.frozenset) || v.isObject && (v.kind == .set || v.kind == .frozenset) }

/// An instance of class `cls` (a kind of set), empty.
func newSet(_ t: ThreadRef, _ cls: Value) -> Value {
  if cls == BuiltinType.set.object { return makeSet(t) }
  if cls == BuiltinType.frozenset.object { return makeSet(t, .frozenset) }
  let s = makeInstance(t, cls)
  s.fields[1] = .fixnum(0)
  return s
}
/// An empty set of the base kind of `s`.
func newSetLike(_ t: ThreadRef, _ s: Value) -> Value { makeSet(t, s.kind == .frozenset ? .frozenset : .set) }

/// Adds all keys of a set or dict; false when Python must compare.
func addKeys(_ t: ThreadRef, _ s: Value, _ source: Value) -> Bool {
  if s == source || source.used == 0 { return true }
  if s.used == 0 && s.table.isEmpty { copyTable(t, source, into: s); return true }
  let r = source.table.tableRef
  for i in 0..<Int(r.pointee.fill) {
    let k = r.key(i)
    if k.isEmpty { continue }
    let h = r.hash(i), j = find(s, k, h)
    if j == Probe.needsPython { return false }
    if j < 0 { insertNew(t, s, k, h, .none) }
  }
  return true
}

/// Adds the items of any builtin iterable; false when Python code is needed. An exception may be set when it is true.
func addNatively(_ t: ThreadRef, _ s: Value, _ iterable: Value) -> Bool {
  if isSet(iterable) && iterable.isObject || iterable.isExact(.dict) { return addKeys(t, s, iterable) }
  guard let l = nativeSource(t, iterable) else { return false }
  if l.isEmpty { return true }
  guard let (p, n) = sequenceItems(l) else { return false }
  for i in 0..<n {
    guard let h = nativeHash(p[i]) else { return l == iterable ? false : leftover(t, s, p + i, n - i) }
    let j = find(s, p[i], h)
    if j == Probe.needsPython { return l == iterable ? false : leftover(t, s, p + i, n - i) }
    if j < 0 { insertNew(t, s, p[i], h, .none) }
  }
  return true
}
/// Not reached for sources that can be read twice.
func leftover(_ t: ThreadRef, _ s: Value, _ p: UnsafeMutablePointer<Value>, _ n: Int) -> Bool { false }

/// A list or tuple of the iterable's items that may be made again without harm: iterators, which are used up, are left to
/// Python.
func nativeSource(_ t: ThreadRef, _ v: Value) -> Value? {
  if v.isExact(.list) || v.isExact(.tuple) { return v }
  if isNativeIterator(v) { return nil }
  return nativeList(t, v)
}

/// Whether all items of `a` (a set or dict) are in `b`: 1, 0 or -1 for Python.
func isSubset(_ a: Value, _ b: Value) -> Int {
  if a.used > b.used { return 0 }
  if a.used == 0 { return 1 }
  let r = a.table.tableRef
  for i in 0..<Int(r.pointee.fill) {
    let k = r.key(i)
    if k.isEmpty { continue }
    let j = find(b, k, r.hash(i))
    if j < 0 { return j == Probe.missing ? 0 : -1 }
  }
  return 1
}

enum SetOp: Int { case or, and, sub, xor, isdisjoint, issubset, issuperset }

/// `a op b` of two sets (`b` may be a dict) as a new set like `a`; nil for Python.
func setBinary(_ t: ThreadRef, _ op: SetOp, _ a: Value, _ b: Value) -> Value? {
  let r = newSetLike(t, a)
  switch op {
  case .or:
    copyTable(t, a, into: r)
    return addKeys(t, r, b) ? r : nil
  case .and:
    // The smaller one is searched for in the larger one, as CPython does.
    let (x, y) = b.used > a.used || b.kind == .dict ? (a, b) : (b, a)
    if x.used == 0 || y.used == 0 { return r }
    let s = x.table.tableRef
    for i in 0..<Int(s.pointee.fill) {
      let k = s.key(i)
      if k.isEmpty { continue }
      let h = s.hash(i), j = find(y, k, h)
      if j == Probe.needsPython { return nil }
      if j >= 0 { insertNew(t, r, k, h, .none) }
    }
    return r
  case .sub:
    if a.used == 0 { return r }
    if b.used == 0 { copyTable(t, a, into: r); return r }
    let s = a.table.tableRef
    for i in 0..<Int(s.pointee.fill) {
      let k = s.key(i)
      if k.isEmpty { continue }
      let h = s.hash(i), j = find(b, k, h)
      if j == Probe.needsPython { return nil }
      if j < 0 { insertNew(t, r, k, h, .none) }
    }
    return r
  default: // xor
    guard let x = setBinary(t, .sub, a, b) else { return nil }
    if b.used == 0 { return x }
    let s = b.table.tableRef
    for i in 0..<Int(s.pointee.fill) {
      let k = s.key(i)
      if k.isEmpty { continue }
      let h = s.hash(i), j = find(a, k, h)
      if j == Probe.needsPython { return nil }
      if j < 0 { insertNew(t, x, k, h, .none) }
    }
    return x
  }
}

/// Replaces the contents of `s` by those of `r`.
func adoptTable(_ s: Value, _ r: Value) {
  setField(s, 0, r.field(0))
  s.fields[1] = r.field(1)
  weft_vm.tableVersion &+= 1
}

/// `a op b` of the operators: both must be sets.
func setOperator(_ t: ThreadRef, _ op: SetOp, _ a: Value, _ b: Value) -> Value {
  guard isSet(a) && isSet(b) else { return .notImplemented }
  return setBinary(t, op, a, b) ?? callApp(t, .setOperation, .fixnum(op.rawValue), a, b)
}
func setInPlace(_ t: ThreadRef, _ op: SetOp, _ a: Value, _ b: Value) -> Value {
  guard isSet(b) else { return .notImplemented }
  if op == .or { return addKeys(t, a, b) ? a : callApp(t, .setUpdate, a, b) }
  guard let r = setBinary(t, op, a, b) else { return callApp(t, named: "containers_setInPlace", .fixnum(op.rawValue), a, b) }
  adoptTable(a, r)
  return a
}
func compareSets(_ t: ThreadRef, _ op: CompareOp, _ a: Value, _ b: Value) -> Value {
  guard isSet(b) else { return .notImplemented }
  var q: Int
  switch op {
  case .eq, .ne:
    q = a.used != b.used ? 0 : isSubset(a, b)
    if q >= 0 && op == .ne { q = 1 - q }
  case .le: q = isSubset(a, b)
  case .lt: q = a.used >= b.used ? 0 : isSubset(a, b)
  case .ge: q = isSubset(b, a)
  case .gt: q = b.used >= a.used ? 0 : isSubset(b, a)
  }
  return q >= 0 ? .bool(q == 1) : callApp(t, named: "containers_setCompare", .fixnum(op.rawValue), a, b)
}

/// The methods union(), intersection() and so on with one set argument; else app-level code.
func setMethod(_ t: ThreadRef, _ op: SetOp, _ a: Args) -> Value {
  let others = a[1]
  if others.count == 1 && (isSet(others.items[0]) || op != .xor && others.items[0].isExact(.dict)), let r = setBinary(t, op, a[0], others.items[0]) { return r }
  if others.count == 0 {
    let r = newSetLike(t, a[0])
    copyTable(t, a[0], into: r)
    return r
  }
  return callApp(t, named: "containers_setMethod", .fixnum(op.rawValue), a[0], others)
}

func addSetCommon(_ d: TypeDefinition) {
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in a[0].fields[1] }
  d.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in tableIterator(t, .setIterator, a[0]) }
  d.method("__contains__", "($self, key, /)") { t, a, n in
    if let h = nativeHash(a[1]) {
      let i = find(a[0], a[1], h)
      if i != Probe.needsPython { return .bool(i >= 0) }
    }
    return callApp(t, named: "containers_setContains", a[0], a[1])
  }
  d.method("__and__", "($self, value, /)") { t, a, n in setOperator(t, .and, a[0], a[1]) }
  d.method("__rand__", "($self, value, /)") { t, a, n in setOperator(t, .and, a[1], a[0]) }
  d.method("__or__", "($self, value, /)") { t, a, n in setOperator(t, .or, a[0], a[1]) }
  d.method("__ror__", "($self, value, /)") { t, a, n in setOperator(t, .or, a[1], a[0]) }
  d.method("__sub__", "($self, value, /)") { t, a, n in setOperator(t, .sub, a[0], a[1]) }
  d.method("__rsub__", "($self, value, /)") { t, a, n in setOperator(t, .sub, a[1], a[0]) }
  d.method("__xor__", "($self, value, /)") { t, a, n in setOperator(t, .xor, a[0], a[1]) }
  d.method("__rxor__", "($self, value, /)") { t, a, n in setOperator(t, .xor, a[1], a[0]) }
  d.method("__lt__", "($self, value, /)") { t, a, n in compareSets(t, .lt, a[0], a[1]) }
  d.method("__le__", "($self, value, /)") { t, a, n in compareSets(t, .le, a[0], a[1]) }
  d.method("__eq__", "($self, value, /)") { t, a, n in compareSets(t, .eq, a[0], a[1]) }
  d.method("__ne__", "($self, value, /)") { t, a, n in compareSets(t, .ne, a[0], a[1]) }
  d.method("__gt__", "($self, value, /)") { t, a, n in compareSets(t, .gt, a[0], a[1]) }
  d.method("__ge__", "($self, value, /)") { t, a, n in compareSets(t, .ge, a[0], a[1]) }
  d.method("union", "($self, /, *others)") { t, a, n in setMethod(t, .or, a) }
  d.method("intersection", "($self, /, *others)") { t, a, n in setMethod(t, .and, a) }
  d.method("difference", "($self, /, *others)") { t, a, n in setMethod(t, .sub, a) }
  d.method("symmetric_difference", "($self, other, /)") { t, a, n in
    if isSet(a[1]), let r = setBinary(t, .xor, a[0], a[1]) { return r }
    return callApp(t, named: "containers_setMethod", .fixnum(SetOp.xor.rawValue), a[0], makeTuple(t, [a[1]]))
  }
  d.method("isdisjoint", "($self, other, /)") { t, a, n in
    if isSet(a[1]) {
      let (x, y) = a[0].used <= a[1].used ? (a[0], a[1]) : (a[1], a[0])
      if x.used == 0 || y.used == 0 { return .true }
      let r = x.table.tableRef
      for i in 0..<Int(r.pointee.fill) where !r.key(i).isEmpty {
        let j = find(y, r.key(i), r.hash(i))
        if j >= 0 { return .false }
        if j == Probe.needsPython { return callApp(t, named: "containers_setIsdisjoint", x, y) }
      }
      return .true
    }
    return callApp(t, named: "containers_setIsdisjoint", a[0], a[1])
  }
  d.method("issubset", "($self, other, /)") { t, a, n in
    if isSet(a[1]) { return compareSets(t, .le, a[0], a[1]) }
    return callApp(t, named: "containers_setIssubset", a[0], a[1])
  }
  d.method("issuperset", "($self, other, /)") { t, a, n in
    if isSet(a[1]) { return compareSets(t, .ge, a[0], a[1]) }
    return callApp(t, named: "containers_setIssuperset", a[0], a[1])
  }
  d.method("__repr__", "($self, /)") { t, a, n in
    a[0].used == 0 ? makeStr(t, "\(typeName(a[0]))()") : callApp(t, .reprContainer, a[0])
  }
  d.method("__reduce__", "($self, /)") { t, a, n in callApp(t, named: "containers_setReduce", a[0]) }
  d.method("__sizeof__", "($self, /)", effects: Effects.leaf) { t, a, n in
    .fixnum(200 + (a[0].table.isEmpty ? 0 : tableBytes(a[0].table.tableRef.pointee)))
  }
  addClassGetItem(d)
}

func installSet(_ t: ThreadRef) {
  let d = TypeDefinition(t, .set)
  d.new("($type, *args, **kwargs)", effects: Effects.leaf) { t, a, n in checkClass(t, a[0], .set) ? newSet(t, a[0]) : .empty }
  takePositional(d.method("__init__", "($self, /, *args, **kwargs)") { t, a, n in
    guard checkCount(t, "set", n - 1, 0, 1) else { return .empty }
    let s = a[0]
    if s.used > 0 { clearTable(s) }
    s.fields[2] = .empty
    if n < 2 { return .none }
    if addNatively(t, s, a[1]) { return t.pointee.exception.isEmpty ? .none : .empty }
    return callApp(t, named: "containers_setInit", s, a[1])
  }, 1)
  addSetCommon(d)
  setUnhashable(d)
  d.method("add", "($self, object, /)") { t, a, n in setAdd(t, a[0], a[1]) }
  d.method("discard", "($self, object, /)") { t, a, n in
    if let h = nativeHash(a[1]) {
      let i = find(a[0], a[1], h)
      if i >= 0 { removeEntry(a[0], i) }
      if i != Probe.needsPython { return .none }
    }
    return callApp(t, named: "containers_setDiscard", a[0], a[1], .false)
  }
  d.method("remove", "($self, object, /)") { t, a, n in
    if let h = nativeHash(a[1]) {
      let i = find(a[0], a[1], h)
      if i >= 0 { removeEntry(a[0], i); return .none }
      if i == Probe.missing { return t.raise(.KeyError, value: a[1]) }
    }
    return callApp(t, named: "containers_setDiscard", a[0], a[1], .true)
  }
  d.method("pop", "($self, /)", effects: Effects.leaf) { t, a, n in
    if a[0].used == 0 { return t.raise(.KeyError, "pop from an empty set") }
    // From the front while the front is dense, so that draining a set is linear: the last entry is as good as any.
    let r = a[0].table.tableRef
    var i = Int(r.pointee.fill) - 1
    while r.key(i).isEmpty { i -= 1 }
    let k = r.key(i)
    removeEntry(a[0], i)
    return k
  }
  d.method("clear", "($self, /)", effects: Effects.leaf) { t, a, n in clearTable(a[0]); return .none }
  d.method("copy", "($self, /)", effects: Effects.leaf) { t, a, n in
    let r = newSet(t, a[0].type == BuiltinType.set.object ? a[0].type : BuiltinType.set.object)
    copyTable(t, a[0], into: r)
    return r
  }
  d.method("update", "($self, /, *others)") { t, a, n in
    let others = a[1]
    if others.count == 1 && addNatively(t, a[0], others.items[0]) { return t.pointee.exception.isEmpty ? .none : .empty }
    if others.count == 0 { return .none }
    return callApp(t, named: "containers_setUpdateMany", a[0], others)
  }
  d.method("intersection_update", "($self, /, *others)") { t, a, n in
    callApp(t, named: "containers_setMethodInPlace", .fixnum(SetOp.and.rawValue), a[0], a[1])
  }
  d.method("difference_update", "($self, /, *others)") { t, a, n in
    callApp(t, named: "containers_setMethodInPlace", .fixnum(SetOp.sub.rawValue), a[0], a[1])
  }
  d.method("symmetric_difference_update", "($self, other, /)") { t, a, n in
    callApp(t, named: "containers_setMethodInPlace", .fixnum(SetOp.xor.rawValue), a[0], makeTuple(t, [a[1]]))
  }
  d.method("__iand__", "($self, value, /)") { t, a, n in setInPlace(t, .and, a[0], a[1]) }
  d.method("__ior__", "($self, value, /)") { t, a, n in setInPlace(t, .or, a[0], a[1]) }
  d.method("__isub__", "($self, value, /)") { t, a, n in setInPlace(t, .sub, a[0], a[1]) }
  d.method("__ixor__", "($self, value, /)") { t, a, n in setInPlace(t, .xor, a[0], a[1]) }

  let f = TypeDefinition(t, .frozenset)
  takePositional(f.new("($type, *args, **kwargs)") { t, a, n in
    guard checkClass(t, a[0], .frozenset) else { return .empty }
    if n > 2 && a[0] == BuiltinType.frozenset.object || n > 2 && lookup(a[0], Name.__init__.value) == objectInit {
      return checkCount(t, "frozenset", n - 1, 0, 1) ? .none : .empty
    }
    if n > 1 && a[0] == BuiltinType.frozenset.object && a[1].isExact(.frozenset) { return a[1] }
    let s = newSet(t, a[0])
    if n < 2 { return s }
    if addNatively(t, s, a[1]) { return t.pointee.exception.isEmpty ? s : .empty }
    clearTable(s)
    return callApp(t, .setUpdate, s, a[1])
  }, 1)
  addSetCommon(f)
  f.method("copy", "($self, /)", effects: Effects.leaf) { t, a, n in
    if a[0].isExact(.frozenset) { return a[0] }
    let r = makeSet(t, .frozenset)
    copyTable(t, a[0], into: r)
    return r
  }
  f.method("__hash__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let s = a[0]
    if !s.fields[2].isEmpty { return s.fields[2] }
    var h = SetHasher()
    if !s.table.isEmpty {
      let r = s.table.tableRef
      for i in 0..<Int(r.pointee.fill) where !r.key(i).isEmpty { h.add(r.hash(i)) }
    }
    setField(s, 2, makeInt(t, h.finish()))
    return s.fields[2]
  }
  // Natives for the app-level set operations.
  defineAppNative(t, "newSetOf", "(cls, /)") { t, a, n in
    guard isType(a[0]), isSubtype(a[0], BuiltinType.set.object) || isSubtype(a[0], BuiltinType.frozenset.object) else { return t.typeError("set class expected") }
    return newSet(t, a[0])
  }
  defineAppNative(t, "newSetLike", "(s, /)") { t, a, n in
    guard isTable(a[0]) else { return t.typeError("dict or set expected") }
    return newSetLike(t, a[0])
  }
  defineAppNative(t, "isAnySet", "(s, /)") { t, a, n in .bool(isSet(a[0])) }
  // The set takes over the contents of another one.
  defineAppNative(t, "adoptTable", "(s, r, /)") { t, a, n in
    guard isTable(a[0]), isTable(a[1]) else { return t.typeError("set expected") }
    adoptTable(a[0], a[1]); return .none
  }
  defineAppNative(t, "copyOfSet", "(s, /)") { t, a, n in
    guard isTable(a[0]) else { return t.typeError("dict or set expected") }
    let r = newSetLike(t, a[0])
    copyTable(t, a[0], into: r)
    return r
  }
}
