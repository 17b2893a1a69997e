// Views on dicts, and mappingproxy.

import Heap
import Objects

func makeView(_ t: ThreadRef, _ b: BuiltinType, _ d: Value) -> Value {
  let v = makeRecord(t, b, 1)
  v.fields[0] = d
  return v
}
func makeProxy(_ t: ThreadRef, _ mapping: Value) -> Value { makeView(t, .mappingproxy, mapping) }

/// Set operators of dict_keys and dict_items; app-level code on sets made of the views.
func addViewOperators(_ d: TypeDefinition) {
  d.method("__and__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewAnd", a[0], a[1]) }
  d.method("__rand__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewAnd", a[1], a[0]) }
  d.method("__or__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewOr", a[0], a[1]) }
  d.method("__ror__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewOr", a[1], a[0]) }
  d.method("__sub__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewSub", a[0], a[1]) }
  d.method("__rsub__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewSub", a[1], a[0]) }
  d.method("__xor__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewXor", a[0], a[1]) }
  d.method("__rxor__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_viewXor", a[1], a[0]) }
  d.method("__lt__", "($self, value, /)") { t, a, n in compareViews(t, .lt, a) }
  d.method("__le__", "($self, value, /)") { t, a, n in compareViews(t, .le, a) }
  d.method("__eq__", "($self, value, /)") { t, a, n in compareViews(t, .eq, a) }
  d.method("__ne__", "($self, value, /)") { t, a, n in compareViews(t, .ne, a) }
  d.method("__gt__", "($self, value, /)") { t, a, n in compareViews(t, .gt, a) }
  d.method("__ge__", "($self, value, /)") { t, a, n in compareViews(t, .ge, a) }
  setUnhashable(d)
  d.method("isdisjoint", "($self, other, /)") { t, a, n in callApp(t, named: "containers_viewIsdisjoint", a[0], a[1]) }
}
func compareViews(_ t: ThreadRef, _ op: CompareOp, _ a: Args) -> Value {
  guard a[1].isObject else { return .notImplemented }
  switch a[1].kind {
  case .dictKeys, .dictItems, .set, .frozenset: return callApp(t, named: "containers_viewCompare", .fixnum(op.rawValue), a[0], a[1])
  default: return .notImplemented
  }
}
func addViewBasics(_ d: TypeDefinition) {
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in a[0].field(0).fields[1] }
  d.getset("mapping", get: { t, a, n in makeProxy(t, a[0].field(0)) })
  d.method("__repr__", "($self, /)") { t, a, n in callApp(t, .reprContainer, a[0]) }
}

func installDictViews(_ t: ThreadRef) {
  let keys = TypeDefinition(t, .dictKeys), values = TypeDefinition(t, .dictValues), items = TypeDefinition(t, .dictItems)
  for d in [keys, values, items] { addViewBasics(d) }
  keys.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in tableIterator(t, .dictKeyIterator, a[0].field(0)) }
  values.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in tableIterator(t, .dictValueIterator, a[0].field(0)) }
  items.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in tableIterator(t, .dictItemIterator, a[0].field(0)) }
  keys.method("__reversed__", "($self, /)", effects: Effects.leaf) { t, a, n in reverseTableIterator(t, a[0].field(0), 0) }
  values.method("__reversed__", "($self, /)", effects: Effects.leaf) { t, a, n in reverseTableIterator(t, a[0].field(0), 1) }
  items.method("__reversed__", "($self, /)", effects: Effects.leaf) { t, a, n in reverseTableIterator(t, a[0].field(0), 2) }
  addViewOperators(keys)
  addViewOperators(items)
  keys.method("__contains__", "($self, key, /)") { t, a, n in
    guard let v = dictGet(a[0].field(0), a[1]) else { return callApp(t, .dictContains, a[0].field(0), a[1]) }
    return .bool(!v.isEmpty)
  }
  items.method("__contains__", "($self, key, /)") { t, a, n in
    guard a[1].isKind(.tuple), a[1].count == 2 else { return .false }
    if let v = dictGet(a[0].field(0), a[1].items[0]) {
      if v.isEmpty { return .false }
      let e = nativeEqual(v, a[1].items[1])
      if e >= 0 { return .bool(e == 1) }
    }
    return callApp(t, named: "containers_itemsContains", a[0].field(0), a[1].items[0], a[1].items[1])
  }

  // mappingproxy forwards.
  let p = TypeDefinition(t, .mappingproxy)
  p.new("($type, mapping)") { t, a, n in
    guard checkClass(t, a[0], .mappingproxy) else { return .empty }
    let m = a[1]
    if lookup(m.type, Name.__getitem__.value).isEmpty || m.isObject && (m.kind == .list || m.kind == .tuple) {
      return t.typeError("mappingproxy() argument must be a mapping, not \(typeName(m))")
    }
    return makeProxy(t, m)
  }
  p.method("__len__", "($self, /)") { t, a, n in lengthOf(t, a[0].field(0)) }
  p.method("__iter__", "($self, /)") { t, a, n in iterate(t, a[0].field(0)) }
  p.method("__getitem__", "($self, key, /)") { t, a, n in getItemSlow(t, a[0].field(0), a[1]) }
  p.method("__contains__", "($self, key, /)") { t, a, n in containsOperation(t, a[0].field(0), a[1]) }
  p.method("__reversed__", "($self, /)") { t, a, n in callApp(t, named: "containers_proxyCall", a[0].field(0), intern(t, "__reversed__"), weft_vm.emptyTuple) }
  p.method("get", "($self, key, default=None, /)") { t, a, n in
    if a[0].field(0).isExact(.dict), let v = dictGet(a[0].field(0), a[1]) { return !v.isEmpty ? v : n > 2 ? a[2] : .none }
    return callApp(t, named: "containers_proxyCall", a[0].field(0), intern(t, "get"), makeTuple(t, [a[1], n > 2 ? a[2] : .none]))
  }
  p.method("keys", "($self, /)") { t, a, n in
    if a[0].field(0).isExact(.dict) { return makeView(t, .dictKeys, a[0].field(0)) }
    return callApp(t, named: "containers_proxyCall", a[0].field(0), intern(t, "keys"), weft_vm.emptyTuple)
  }
  p.method("values", "($self, /)") { t, a, n in
    if a[0].field(0).isExact(.dict) { return makeView(t, .dictValues, a[0].field(0)) }
    return callApp(t, named: "containers_proxyCall", a[0].field(0), intern(t, "values"), weft_vm.emptyTuple)
  }
  p.method("items", "($self, /)") { t, a, n in
    if a[0].field(0).isExact(.dict) { return makeView(t, .dictItems, a[0].field(0)) }
    return callApp(t, named: "containers_proxyCall", a[0].field(0), intern(t, "items"), weft_vm.emptyTuple)
  }
  p.method("copy", "($self, /)") { t, a, n in
    callApp(t, named: "containers_proxyCall", a[0].field(0), intern(t, "copy"), weft_vm.emptyTuple)
  }
  p.method("__or__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_proxyOr", a[0], a[1]) }
  p.method("__ror__", "($self, value, /)") { t, a, n in callApp(t, named: "containers_proxyOr", a[1], a[0]) }
  p.method("__ior__", "($self, value, /)") { t, a, n in
    t.typeError("'|=' is not supported by mappingproxy; use '|' instead")
  }
  p.method("__lt__", "($self, value, /)") { t, a, n in compareOperation(t, .lt, a[0].field(0), a[1]) }
  p.method("__le__", "($self, value, /)") { t, a, n in compareOperation(t, .le, a[0].field(0), a[1]) }
  p.method("__eq__", "($self, value, /)") { t, a, n in compareOperation(t, .eq, a[0].field(0), a[1]) }
  p.method("__ne__", "($self, value, /)") { t, a, n in compareOperation(t, .ne, a[0].field(0), a[1]) }
  p.method("__gt__", "($self, value, /)") { t, a, n in compareOperation(t, .gt, a[0].field(0), a[1]) }
  p.method("__ge__", "($self, value, /)") { t, a, n in compareOperation(t, .ge, a[0].field(0), a[1]) }
  setUnhashable(p)
  p.method("__repr__", "($self, /)") { t, a, n in callApp(t, named: "containers_reprProxy", a[0].field(0)) }
  p.method("__str__", "($self, /)") { t, a, n in callApp(t, named: "containers_strOf", a[0].field(0)) }
  addClassGetItem(p)
}
