// `_weakref`: references, proxies (app-level), counts.

import Builtins
import Heap
import Objects

/// Kinds whose instances take no weak references, subclasses that add the room excepted.
private func takesWeakrefs(_ v: Value) -> Bool {
  guard v.isObject else { return false }
  let type = v.type
  let heap = type.typeObject.pointee.flags & TypeFlag.heapType != 0
  if heap && type.typeObject.pointee.flags & TypeFlag.weakrefs != 0 { return true }
  switch v.kind {
  case .int, .bool, .float, .complex, .str, .bytes, .bytearray, .tuple, .list, .dict, .range, .longRange, .slice, .noneType,
       .notImplementedType, .ellipsisType, .baseException, .cell, .traceback, .property, .classmethod, .staticmethod, .superType,
       .listIterator, .tupleIterator, .rangeIterator, .dictKeys, .dictValues, .dictItems, .frame: return false
  case .object: return !heap && type != BuiltinType.object.object
  case .method, .module, .type, .set, .frozenset, .function, .genericAlias, .memoryview, .generator, .coroutine, .asyncGenerator, .code, .weakref: return true
  default: return !heap
  }
}

func makeWeakrefModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_weakref")
  let d = TypeDefinition(t, .weakref)
  let type = BuiltinType.weakref.object
  type.typeObject.pointee.name = internForever(t, "ReferenceType")
  type.typeObject.pointee.qualifiedName = type.typeObject.pointee.name
  setString(t, type.typeObject.pointee.dict, Name.__module__.value, intern(t, "weakref"))
  d.new("(type, object, callback=None, /)", effects: Effects.leaf) { t, a, n in
    guard takesWeakrefs(a[1]) else { return t.typeError("cannot create weak reference to '\(typeName(a[1]))' object") }
    let plain = a[0] == BuiltinType.weakref.object && (n < 3 || a[2].isNone)
    if plain, case let w = sharedWeakref(to: a[1]), !w.isEmpty { return w }
    let w = makeWeakref(t, type: a[0], a[1], callback: n > 2 ? a[2] : .none)
    a[1].object.pointee.gc |= GCBit.watched
    if plain { shareWeakref(w) }
    return w
  }
  d.method("__init__", "(self, object, callback=None, /)", effects: Effects.leaf) { t, a, n in .none }
  d.method("__call__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let r = a[0].to(WeakrefObject.self).pointee.referent
    return r.isEmpty ? .none : r
  }
  d.method("__hash__", "(self, /)") { t, a, n in
    let w = a[0].to(WeakrefObject.self)
    // Kept inverted: no hash is -1, and 0 says that there is none yet.
    if w.pointee.hash != 0 { return makeInt(t, ~w.pointee.hash) }
    if w.pointee.referent.isEmpty { return t.typeError("weak object has gone away") }
    if let h = fullHash(w.pointee.referent) { w.pointee.hash = ~h; return makeInt(t, h) }
    return callApp(t, named: "weakref_hash", a[0], w.pointee.referent)
  }
  // A reference whose referent has gone: what a pickle of one gives.
  defineAppNative(t, "weakref_gone", "(type, /)") { t, a, n in
    guard a[0].isKind(.type), isSubtype(a[0], BuiltinType.weakref.object) else { return t.typeError("a type of weak references expected") }
    let w = makeWeakref(t, type: a[0], .none, callback: .none)
    w.to(WeakrefObject.self).pointee.referent = .empty
    return w
  }
  defineAppNative(t, "weakref_set_hash", "(ref, hash, /)") { t, a, n in
    a[0].to(WeakrefObject.self).pointee.hash = ~(a[1].asInt ?? 0)
    return a[1]
  }
  for equal in [true, false] {
    d.method(equal ? "__eq__" : "__ne__", "(self, value, /)", equal ? { t, a, n in
      guard a[1].isKind(.weakref) else { return .notImplemented }
      let x = a[0].to(WeakrefObject.self).pointee.referent, y = a[1].to(WeakrefObject.self).pointee.referent
      if x.isEmpty || y.isEmpty { return .bool(a[0] == a[1]) }
      return compareOperation(t, .eq, x, y)
    } : { t, a, n in
      guard a[1].isKind(.weakref) else { return .notImplemented }
      let x = a[0].to(WeakrefObject.self).pointee.referent, y = a[1].to(WeakrefObject.self).pointee.referent
      if x.isEmpty || y.isEmpty { return .bool(a[0] != a[1]) }
      return compareOperation(t, .ne, x, y)
    })
  }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let r = a[0].to(WeakrefObject.self).pointee.referent
    let at = String(identity(a[0]), radix: 16)
    if r.isEmpty { return makeStr(t, "<weakref at 0x\(at); dead>") }
    return makeStr(t, "<weakref at 0x\(at); to '\(typeName(r))' at 0x\(String(identity(r), radix: 16))>")
  }
  d.getset("__callback__", get: { t, a, n in
    let c = a[0].to(WeakrefObject.self).pointee
    return c.referent.isEmpty || c.callback.isEmpty ? .none : c.callback
  })
  d.classMethod("__class_getitem__", "($type, object, /)") { t, a, n in callApp(t, named: "makeGenericAlias", a[0], a[1]) }
  m.set("ref", type)
  m.set("ReferenceType", type)
  m.function("getweakrefs", "(object, /)") { t, a, n in
    let out = makeList(t)
    guard a[0].isObject, a[0].object.pointee.gc & GCBit.watched != 0 else { return out }
    let shared = sharedWeakref(to: a[0])
    if !shared.isEmpty { listAppend(t, out, shared) }
    var proxies = false
    forEachWeakref(to: a[0]) {
      if $0 != shared { listAppend(t, out, $0) }
      if !$0.isExact(.weakref) { proxies = true }
    }
    return proxies ? callApp(t, named: "weakref_show_proxies", out) : out
  }
  m.function("getweakrefcount", "(object, /)") { t, a, n in
    var k = 0
    guard a[0].isObject, a[0].object.pointee.gc & GCBit.watched != 0 else { return .fixnum(0) }
    forEachWeakref(to: a[0]) { _ in k += 1 }
    return .fixnum(k)
  }
  m.function("_remove_dead_weakref", "(dct, key, /)") { t, a, n in
    guard let h = nativeHash(a[1]) else { return callApp(t, named: "weakref_remove_dead", a[0], a[1]) }
    let i = find(a[0], a[1], h)
    if i >= 0 {
      let v = a[0].table.tableRef.value(i)
      if v.isKind(.weakref) && v.to(WeakrefObject.self).pointee.referent.isEmpty { removeEntry(a[0], i) }
    }
    return .none
  }
  return m.module
}
