// dict: methods on its own table; keys that need Python's __hash__ or __eq__ go to app-level code.

import Glibc
import Heap
import Objects

/// A dict instance of class `cls`, empty.
func newDict(_ t: ThreadRef, _ cls: Value) -> Value {
  if cls == BuiltinType.dict.object { return makeDict(t) }
  let d = makeInstance(t, cls)
  d.fields[1] = .fixnum(0)
  return d
}

/// Makes `target`, an empty dict or set of the same kind, a copy of `source`.
func copyTable(_ t: ThreadRef, _ source: Value, into target: Value) {
  let tv = source.table
  if tv.isEmpty || source.used == 0 { return }
  let r = tv.tableRef
  if Int(r.pointee.fill) > source.used + source.used / 2 || (source.kind == .dict) != (target.kind == .dict) {
    copyEntries(t, source, into: target)
    return
  }
  let bytes = 32 + tableBytes(r.pointee)
  let p = allocate(t, shape: BuiltinType.table.shape, bytes: bytes)
  memcpy(p + 8, tv.raw + 8, bytes - 8)
  weft_vm.tableVersion &+= 1
  p.assumingMemoryBound(to: TableObject.self).pointee.reserve = Int(bitPattern: UInt(weft_vm.tableVersion))
  writeBarrier(p.assumingMemoryBound(to: ObjectHeader.self))
  setField(target, 0, Value(p))
  target.fields[1] = source.fields[1]
}
/// Inserts the entries of `source` into an empty `target`; a set takes the keys.
func copyEntries(_ t: ThreadRef, _ source: Value, into target: Value) {
  let tv = source.table
  if tv.isEmpty { return }
  let r = tv.tableRef
  let valued = source.kind == .dict && target.kind == .dict
  for i in 0..<Int(r.pointee.fill) where !r.key(i).isEmpty {
    insertNew(t, target, r.key(i), r.hash(i), valued ? r.value(i) : .none)
  }
}

/// Puts all entries of dict `source` into dict `d`; false when Python must compare keys (nothing is lost then: the
/// caller begins again in Python).
func mergeDict(_ t: ThreadRef, _ d: Value, _ source: Value) -> Bool {
  if source == d || source.used == 0 { return true }
  if d.used == 0 && d.table.isEmpty { copyTable(t, source, into: d); return true }
  let r = source.table.tableRef
  for i in 0..<Int(r.pointee.fill) {
    let k = r.key(i)
    if k.isEmpty { continue }
    let h = r.hash(i)
    let j = find(d, k, h)
    if j >= 0 { setEntryValue(d, j, r.value(i)) } else if j == Probe.missing { insertNew(t, d, k, h, r.value(i)) } else { return false }
  }
  return true
}

/// Whether the dict iterates as the builtin does: `keys` and `__iter__` are not overridden.
func hasPlainIteration(_ v: Value) -> Bool {
  if v.isExact(.dict) { return true }
  guard v.isKind(.dict) else { return false }
  return lookup(v.type, Name.__iter__.value) == lookup(BuiltinType.dict.object, Name.__iter__.value)
}

/// Equality of two dicts: 1, 0, or -1 for Python.
func dictEqual(_ a: Value, _ b: Value) -> Int {
  if a == b && a.used == 0 { return 1 }
  if a.used != b.used { return 0 }
  if a.used == 0 { return 1 }
  let r = a.table.tableRef
  for i in 0..<Int(r.pointee.fill) {
    let k = r.key(i)
    if k.isEmpty { continue }
    let j = find(b, k, r.hash(i))
    if j == Probe.missing { return 0 }
    if j < 0 { return -1 }
    let e = nativeEqual(r.value(i), b.table.tableRef.value(j))
    if e != 1 { return e }
  }
  return 1
}

/// The value under `key` natively: found, empty when missing, nil for Python.
@inline(__always) func dictGet(_ d: Value, _ key: Value) -> Value? {
  guard let h = nativeHash(key) else { return nil }
  let i = find(d, key, h)
  return i >= 0 ? d.table.tableRef.value(i) : i == Probe.missing ? .empty : nil
}

func installDict(_ t: ThreadRef) {
  let d = TypeDefinition(t, .dict)
  d.new("($type, *args, **kwargs)", effects: Effects.leaf) { t, a, n in checkClass(t, a[0], .dict) ? newDict(t, a[0]) : .empty }
  d.method("__init__", "($self, *args, **kwargs)") { t, a, n in
    let args = a[1], kw = a[2]
    guard checkCount(t, "dict", args.count, 0, 1) else { return .empty }
    if args.count == 1 {
      let source = args.items[0]
      guard hasPlainIteration(source), mergeDict(t, a[0], source) else {
        return callApp(t, named: "containers_dictInit", a[0], source, kw.isEmpty ? .none : kw)
      }
    }
    if !kw.isEmpty && !mergeDict(t, a[0], kw) { return callApp(t, named: "containers_dictInit", a[0], weft_vm.emptyTuple, kw) }
    return .none
  }
  d.method("update", "($self, *args, **kwargs)") { t, a, n in
    let args = a[1], kw = a[2]
    guard checkCount(t, "update", args.count, 0, 1) else { return .empty }
    if args.count == 1 {
      let source = args.items[0]
      guard hasPlainIteration(source), mergeDict(t, a[0], source) else {
        return callApp(t, named: "containers_dictInit", a[0], source, kw.isEmpty ? .none : kw)
      }
    }
    if !kw.isEmpty && !mergeDict(t, a[0], kw) { return callApp(t, named: "containers_dictInit", a[0], weft_vm.emptyTuple, kw) }
    return .none
  }
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in a[0].fields[1] }
  d.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in tableIterator(t, .dictKeyIterator, a[0]) }
  d.method("__reversed__", "($self, /)", effects: Effects.leaf) { t, a, n in reverseTableIterator(t, a[0], 0) }
  d.method("__contains__", "($self, key, /)") { t, a, n in
    guard let v = dictGet(a[0], a[1]) else { return callApp(t, .dictContains, a[0], a[1]) }
    return .bool(!v.isEmpty)
  }
  d.method("__getitem__", "($self, key, /)") { t, a, n in
    guard let v = dictGet(a[0], a[1]) else { return callApp(t, .dictLookup, a[0], a[1]) }
    if !v.isEmpty { return v }
    if !a[0].isExact(.dict) {
      let m = lookup(a[0].type, Name.__missing__.value)
      if !m.isEmpty { return callBoundTo(t, m, a[0], a + 1, 1) }
    }
    return t.raise(.KeyError, value: a[1])
  }
  d.method("__setitem__", "($self, key, value, /)") { t, a, n in dictStore(t, a[0], a[1], a[2]) }
  d.method("__delitem__", "($self, key, /)") { t, a, n in
    guard let h = nativeHash(a[1]), case let i = find(a[0], a[1], h), i != Probe.needsPython else { return callApp(t, .dictDelete, a[0], a[1]) }
    if i < 0 { return t.raise(.KeyError, value: a[1]) }
    removeEntry(a[0], i)
    return .none
  }
  d.method("get", "($self, key, default=None, /)") { t, a, n in
    guard let v = dictGet(a[0], a[1]) else { return callApp(t, named: "containers_dictGet", a[0], a[1], n > 2 ? a[2] : .none) }
    return !v.isEmpty ? v : n > 2 ? a[2] : .none
  }
  d.method("setdefault", "($self, key, default=None, /)") { t, a, n in
    let v = n > 2 ? a[2] : .none
    guard let h = nativeHash(a[1]), case let i = find(a[0], a[1], h), i != Probe.needsPython else {
      return callApp(t, named: "containers_dictSetdefault", a[0], a[1], v)
    }
    if i >= 0 { return a[0].table.tableRef.value(i) }
    insertNew(t, a[0], a[1], h, v)
    return v
  }
  d.method("pop", "($self, key, default=<unrepresentable>, /)") { t, a, n in
    if a[0].used == 0 { // CPython does not even hash then
      return n > 2 ? a[2] : t.raise(.KeyError, value: a[1])
    }
    guard let h = nativeHash(a[1]), case let i = find(a[0], a[1], h), i != Probe.needsPython else {
      return n > 2 ? callApp(t, named: "containers_dictPop", a[0], a[1], a[2]) : callApp(t, named: "containers_dictPop", a[0], a[1])
    }
    if i < 0 { return n > 2 ? a[2] : t.raise(.KeyError, value: a[1]) }
    let v = a[0].table.tableRef.value(i)
    removeEntry(a[0], i)
    return v
  }
  d.method("popitem", "($self, /)", effects: Effects.leaf) { t, a, n in
    if a[0].used == 0 { return t.raise(.KeyError, "popitem(): dictionary is empty") }
    let r = a[0].table.tableRef
    var i = Int(r.pointee.fill) - 1
    while r.key(i).isEmpty { i -= 1 }
    let p = pair(t, r.key(i), r.value(i))
    removeEntry(a[0], i)
    return p
  }
  d.method("keys", "($self, /)", effects: Effects.leaf) { t, a, n in makeView(t, .dictKeys, a[0]) }
  d.method("values", "($self, /)", effects: Effects.leaf) { t, a, n in makeView(t, .dictValues, a[0]) }
  d.method("items", "($self, /)", effects: Effects.leaf) { t, a, n in makeView(t, .dictItems, a[0]) }
  d.method("clear", "($self, /)", effects: Effects.leaf) { t, a, n in clearTable(a[0]); return .none }
  d.method("copy", "($self, /)", effects: Effects.leaf) { t, a, n in
    let r = makeDict(t)
    copyTable(t, a[0], into: r)
    return r
  }
  d.classMethod("fromkeys", "($type, iterable, value=None, /)") { t, a, n in
    let v = n > 2 ? a[2] : .none
    if a[0] == BuiltinType.dict.object, isSet(a[1]) || a[1].isExact(.dict) {
      // Keys of a table are known by their hashes.
      let r = makeDict(t)
      if a[1].used > 0 {
        let s = a[1].table.tableRef
        for i in 0..<Int(s.pointee.fill) where !s.key(i).isEmpty { insertNew(t, r, s.key(i), s.hash(i), v) }
      }
      return r
    }
    if a[0] == BuiltinType.dict.object, let l = nativeList(t, a[1]) {
      if l.isEmpty { return .empty }
      let r = makeDict(t)
      for i in 0..<l.listCount {
        let k = l.listItems[i]
        guard let h = nativeHash(k), case let j = find(r, k, h), j != Probe.needsPython else {
          return callApp(t, named: "containers_dictFromkeys", a[0], l, v)
        }
        if j >= 0 { setEntryValue(r, j, v) } else { insertNew(t, r, k, h, v) }
      }
      return r
    }
    return callApp(t, named: "containers_dictFromkeys", a[0], a[1], v)
  }
  d.method("__eq__", "($self, value, /)") { t, a, n in
    guard a[1].isKind(.dict) else { return .notImplemented }
    let e = dictEqual(a[0], a[1])
    return e >= 0 ? .bool(e == 1) : callApp(t, named: "containers_dictEqual", a[0], a[1], .true)
  }
  d.method("__ne__", "($self, value, /)") { t, a, n in
    guard a[1].isKind(.dict) else { return .notImplemented }
    let e = dictEqual(a[0], a[1])
    return e >= 0 ? .bool(e != 1) : callApp(t, named: "containers_dictEqual", a[0], a[1], .false)
  }
  d.method("__lt__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__le__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__gt__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__ge__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  setUnhashable(d)
  d.method("__or__", "($self, value, /)") { t, a, n in dictOr(t, a[0], a[1]) }
  d.method("__ror__", "($self, value, /)") { t, a, n in dictOr(t, a[1], a[0]) }
  d.method("__ior__", "($self, value, /)") { t, a, n in
    if hasPlainIteration(a[1]) && mergeDict(t, a[0], a[1]) { return a[0] }
    return callApp(t, named: "containers_dictIor", a[0], a[1])
  }
  d.method("__repr__", "($self, /)") { t, a, n in a[0].used == 0 ? makeStr(t, "{}") : callApp(t, .reprContainer, a[0]) }
  d.method("__sizeof__", "($self, /)", effects: Effects.leaf) { t, a, n in
    .fixnum(64 + (a[0].table.isEmpty ? 0 : tableBytes(a[0].table.tableRef.pointee)))
  }
  addClassGetItem(d)
  installTableNatives(t)
}

func dictOr(_ t: ThreadRef, _ x: Value, _ y: Value) -> Value {
  guard x.isKind(.dict) && y.isKind(.dict) else { return .notImplemented }
  if x.isExact(.dict) && y.isExact(.dict) {
    let r = makeDict(t)
    copyTable(t, x, into: r)
    if mergeDict(t, r, y) { return r }
  }
  return callApp(t, named: "containers_dictOr", x, y)
}

func reverseTableIterator(_ t: ThreadRef, _ d: Value, _ kind: Int) -> Value {
  let it = makeRecord(t, .dictReverseIterator, 5)
  it.fields[0] = d
  it.fields[1] = .fixnum(d.table.isEmpty ? -1 : Int(d.table.tableRef.pointee.fill) - 1)
  it.fields[2] = d.fields[1]
  it.fields[3] = d.fields[1]
  it.fields[4] = .fixnum(kind)
  return it
}

/// Whether natives may look for a table in `v`.
func isTable(_ v: Value) -> Bool {
  guard v.isObject else { return false }
  switch v.kind {
  case .dict, .set, .frozenset: return true
  default: return false
  }
}

/// What app-level code probes tables with, once it knows the hash.
func installTableNatives(_ t: ThreadRef) {
  defineAppNative(t, "tableUsed", "(d, /)") { t, a, n in
    guard isTable(a[0]) else { return t.typeError("dict or set expected") }
    return a[0].fields[1]
  }
  defineAppNative(t, "tableCandidates", "(d, hash, /)") { t, a, n in
    guard isTable(a[0]), a[1].isFixnum else { return t.typeError("dict or set expected") }
    return makeList(t, candidates(a[0], a[1].fixnum))
  }
  // Whether the entries with this hash still are the ones of the list.
  defineAppNative(t, "hasCandidates", "(d, hash, list, /)") { t, a, n in
    guard isTable(a[0]), a[1].isFixnum, a[2].isExact(.list) else { return t.typeError("dict or set expected") }
    let now = candidates(a[0], a[1].fixnum)
    guard now.count == a[2].field(1).fixnum else { return .false }
    for i in 0..<now.count where now[i] != a[2].field(0).items[i] { return .false }
    return .true
  }
  // The value under the very key object; the third argument when it is gone.
  defineAppNative(t, "tableGet", "(d, key, hash, default, /)") { t, a, n in
    guard isTable(a[0]), a[2].isFixnum else { return t.typeError("dict or set expected") }
    let i = findIdentical(a[0], a[1], a[2].fixnum)
    return i >= 0 ? a[0].table.tableRef.value(i) : a[3]
  }
  // Stores under the very key object, which is new to the table or in it already.
  defineAppNative(t, "tableSet", "(d, key, hash, value, /)") { t, a, n in
    guard isTable(a[0]), a[2].isFixnum else { return t.typeError("dict or set expected") }
    let i = findIdentical(a[0], a[1], a[2].fixnum)
    if i < 0 { insertNew(t, a[0], a[1], a[2].fixnum, a[3]) } else if a[0].kind == .dict { setEntryValue(a[0], i, a[3]) }
    return .none
  }
  defineAppNative(t, "tableDelete", "(d, key, hash, /)") { t, a, n in
    guard isTable(a[0]), a[2].isFixnum else { return t.typeError("dict or set expected") }
    let i = findIdentical(a[0], a[1], a[2].fixnum)
    if i >= 0 { removeEntry(a[0], i) }
    return .bool(i >= 0)
  }
  // The position of an entry at or after `position`: (position, key, hash, value), or None at the end.
  defineAppNative(t, "tableNext", "(d, position, /)") { t, a, n in
    guard isTable(a[0]), a[1].isFixnum else { return t.typeError("dict or set expected") }
    if a[0].table.isEmpty { return .none }
    let r = a[0].table.tableRef
    var i = a[1].fixnum
    while i < Int(r.pointee.fill) {
      let k = r.key(i)
      if !k.isEmpty { return makeTuple(t, [.fixnum(i + 1), k, .fixnum(r.hash(i)), a[0].kind == .dict ? r.value(i) : .none]) }
      i += 1
    }
    return .none
  }
  // Removes the first entry.
  defineAppNative(t, "tableDropFirst", "(d, /)") { t, a, n in
    guard isTable(a[0]) else { return t.typeError("dict or set expected") }
    if a[0].used == 0 { return .none }
    let r = a[0].table.tableRef
    var i = 0
    while r.key(i).isEmpty { i += 1 }
    removeEntry(a[0], i)
    return .none
  }
  defineAppNative(t, "newDictOf", "(cls, /)") { t, a, n in newDict(t, a[0]) }
  defineAppNative(t, "tableClear", "(d, /)") { t, a, n in
    guard isTable(a[0]) else { return t.typeError("dict or set expected") }
    clearTable(a[0]); return .none
  }
  // Native merge of two dicts; False when keys need Python.
  defineAppNative(t, "mergeDicts", "(d, source, /)") { t, a, n in
    guard isTable(a[0]) else { return t.typeError("dict or set expected") }
    return .bool(mergeDict(t, a[0], a[1]))
  }
  defineAppNative(t, "hasPlainIteration", "(d, /)") { t, a, n in .bool(hasPlainIteration(a[0])) }
  // hash() for the tables: a fixnum.
  defineAppNative(t, "hashOf", "(o, /)") { t, a, n in
    if let h = nativeHash(a[0]) { return .fixnum(h) }
    return callApp(t, named: "containers_hash", a[0])
  }
  // What __hash__ returned as hash() gives it, and as tables keep it.
  defineAppNative(t, "publicHash", "(h, /)") { t, a, n in
    guard a[0].isInt else { return t.typeError("int expected") }
    let i = a[0].asInt ?? intHash(a[0])
    return makeInt(t, i == -1 ? -2 : i)
  }
  defineAppNative(t, "normalizeHash", "(h, /)") { t, a, n in
    guard a[0].isInt else { return t.typeError("int expected") }
    return .fixnum(hashFixnum(a[0].asInt ?? intHash(a[0])))
  }
}
