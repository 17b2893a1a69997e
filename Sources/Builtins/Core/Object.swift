// Natives of object and type.

import Heap
import Objects

/// Checks that a native's receiver is of the class that declares it was done by the caller; names must be str.
@inline(__always) func nameArgument(_ t: ThreadRef, _ v: Value) -> Value? {
  guard v.isStr else { t.typeError("attribute name must be string, not '\(typeName(v))'"); return nil }
  return v.isInterned ? v : intern(v.isExact(.str) ? v : makeStr(t, scalars: scalars(v)))
}

func installObjectType(_ t: ThreadRef) {
  let d = TypeDefinition(t, .object)
  objectNew = d.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    let type = a[0]
    guard isType(type) else { return t.typeError("object.__new__(X): X is not a type object (\(typeName(type)))") }
    let extra = a[1].count > 0 || !a[2].isEmpty
    if extra {
      if lookup(type, Name.__new__.value) != objectNew || type.typeObject.pointee.flags & TypeFlag.pythonNew != 0 { return t.typeError("object.__new__() takes exactly one argument (the type to instantiate)") }
      if lookup(type, Name.__init__.value) == objectInit { return t.typeError("\(nameOf(type: type))() takes no arguments") }
    }
    if type.typeObject.pointee.flags & TypeFlag.abstract != 0 { return callApp(t, named: "abstract_error", type) }
    if type.typeObject.pointee.layout != Layout.record.rawValue {
      return t.typeError("object.__new__(\(nameOf(type: type))) is not safe, use \(nameOf(type: nativeBase(type))).__new__()")
    }
    if type.typeObject.pointee.kind != UInt8(BuiltinType.object.rawValue) && type.typeObject.pointee.nativeFields > 0
       && type.typeObject.pointee.kind != UInt8(BuiltinType.module.rawValue) {
      return t.typeError("object.__new__(\(nameOf(type: type))) is not safe, use \(nameOf(type: nativeBase(type))).__new__()")
    }
    return makeInstance(t, type)
  }
  objectInit = d.method("__init__", "(self, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    let type = a[0].type
    if a[1].count > 0 || !a[2].isEmpty {
      if lookup(type, Name.__init__.value) != objectInit { return t.typeError("object.__init__() takes exactly one argument (the instance to initialize)") }
      if lookup(type, Name.__new__.value) == objectNew { return t.typeError("\(nameOf(type: type)).__init__() takes exactly one argument (the instance to initialize)") }
    }
    return .none
  }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let type = a[0].type
    let m = moduleOf(t, type: type)
    let q = swiftString(type.typeObject.pointee.qualifiedName)
    let address = String(identity(a[0]), radix: 16)
    let full = m.isEmpty || !m.isStr || swiftString(m) == "builtins" ? q : "\(swiftString(m)).\(q)"
    return makeStr(t, "<\(full) object at 0x\(address)>")
  }
  d.method("__str__", "(self, /)") { t, a, n in
    callBoundTo(t, lookup(a[0].type, Name.__repr__.value), a[0], a, 0)
  }
  objectHash = d.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(identityHash(a[0])) }
  objectEquality = d.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in a[0] == a[1] ? .true : .notImplemented }
  d.method("__ne__", "(self, value, /)") { t, a, n in
    let eq = lookup(a[0].type, Name.__eq__.value)
    if eq == objectEquality { return a[0] == a[1] ? .false : .notImplemented }
    return callApp(t, named: "object_ne", a[0], a[1])
  }
  for name in ["__lt__", "__le__", "__gt__", "__ge__"] {
    d.method(name, "(self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  }
  objectGetattribute = d.method("__getattribute__", "(self, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    if a[0].isKind(.type) && isType(a[0]) { return genericGetAttribute(t, a[0], a[0].type, name) }
    return genericGetAttribute(t, a[0], a[0].type, name)
  }
  objectSetattr = d.method("__setattr__", "(self, name, value, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    if isType(a[0]) { return t.typeError("can't apply this __setattr__ to \(typeName(a[0])) object") }
    return genericSetAttribute(t, a[0], name, a[2])
  }
  objectDelattr = d.method("__delattr__", "(self, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    if isType(a[0]) { return t.typeError("can't apply this __delattr__ to \(typeName(a[0])) object") }
    return genericSetAttribute(t, a[0], name, .empty)
  }
  d.getset("__class__", get: { t, a, n in a[0].type }, set: { t, a, n in setClass(t, a[0], a[1]) })
  d.method("__format__", "(self, format_spec, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("__format__() argument must be str, not \(typeName(a[1]))") }
    if a[1].strCount > 0 { return t.typeError("unsupported format string passed to \(typeName(a[0])).__format__") }
    return callApp(t, .strFromObject, a[0])
  }
  d.method("__sizeof__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(a[0].isObject ? heapSize(a[0]) : 32) }
  d.classMethod("__init_subclass__", "(cls, /)") { t, a, n in .none }
  d.classMethod("__subclasshook__", "(cls, subclass, /)") { t, a, n in .notImplemented }
  d.set("__doc__", makeStr(t, "The base class of the class hierarchy."))

  let none = TypeDefinition(t, .noneType)
  none.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in makeStr(t, "None") }
  none.method("__bool__", "(self, /)", effects: Effects.leaf) { t, a, n in .false }
  none.new("(type, /)") { t, a, n in .none }
  let notImplemented = TypeDefinition(t, .notImplementedType)
  notImplemented.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in makeStr(t, "NotImplemented") }
  notImplemented.method("__reduce__", "(self, /)") { t, a, n in makeStr(t, "NotImplemented") }
  notImplemented.method("__bool__", "(self, /)") { t, a, n in
    callApp(t, .warn, ExceptionType.DeprecationWarning.object, makeStr(t, "NotImplemented should not be used in a boolean context"), .true)
  }
  notImplemented.new("(type, /)") { t, a, n in .notImplemented }
  let ellipsis = TypeDefinition(t, .ellipsisType)
  ellipsis.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in makeStr(t, "Ellipsis") }
  ellipsis.method("__reduce__", "(self, /)") { t, a, n in makeStr(t, "Ellipsis") }
  ellipsis.new("(type, /)") { t, a, n in weft_vm.ellipsis }
}

/// The nearest builtin base that decides the layout, for messages.
func nativeBase(_ type: Value) -> Value {
  var c = type
  while c.typeObject.pointee.flags & TypeFlag.heapType != 0, !c.typeObject.pointee.base.isEmpty { c = c.typeObject.pointee.base }
  return c
}

func heapSize(_ v: Value) -> Int {
  switch Layout(rawValue: v.shape.pointee.layout)! {
  case .record: return 8 + Int(v.object.pointee.reserve) * 8
  case .values: return 16 + v.count * 8
  case .str: return 24 + v.strCount * v.strWidth
  case .bytes: return 24 + v.bytesCount
  case .int: return 16 + abs(v.intObject.pointee.count) * 8
  default: return 64
  }
}

/// Assignment to `__class__`.
func setClass(_ t: ThreadRef, _ o: Value, _ type: Value) -> Value {
  guard isType(type) else { return t.typeError("__class__ must be set to a class, not '\(typeName(type))' object") }
  let old = o.type
  if old == type { return .none }
  let p = old.typeObject.pointee, q = type.typeObject.pointee
  let mutable = { (x: TypeObject) in x.flags & TypeFlag.heapType != 0 || x.kind == UInt8(BuiltinType.module.rawValue) }
  guard o.isObject, mutable(p), mutable(q) else {
    return t.typeError("__class__ assignment only supported for mutable types or ModuleType subclasses")
  }
  guard p.layout == q.layout, p.fixedSlots == q.fixedSlots, p.kind == q.kind, sameSlots(old, type),
        p.flags & TypeFlag.weakrefs == q.flags & TypeFlag.weakrefs || o.kind == .module,
        p.flags & TypeFlag.attributes == q.flags & TypeFlag.attributes || p.layout == Layout.record.rawValue && o.kind == .module else {
    return t.typeError("__class__ assignment: '\(nameOf(type: type))' object layout differs from '\(nameOf(type: old))'")
  }
  if p.layout != Layout.record.rawValue || p.flags & TypeFlag.attributes == 0 {
    o.object.pointee.shape = type.typeObject.pointee.shape!.pointee.index
    return .none
  }
  // Rebuild the attribute slots under the new class's tree, in dict mode: any room will do.
  let d = attributeDict(t, o)
  if o.kind == .module { o.object.pointee.shape = instanceShape(type).pointee.index; return .none }
  let s = makeDictModeShape(type, inline: Int(o.object.pointee.reserve))
  o.fields[Int(q.fixedSlots)] = d
  o.object.pointee.shape = s.pointee.index
  writeBarrier(o.object)
  return .none
}

/// Whether instances of the two classes have the same `__slots__` at the same places.
func sameSlots(_ a: Value, _ b: Value) -> Bool {
  let x = solid(a), y = solid(b)
  if x == y { return true }
  let p = x.typeObject.pointee, q = y.typeObject.pointee
  guard p.base == q.base, !p.slotNames.isEmpty, !q.slotNames.isEmpty, p.slotNames.count == q.slotNames.count else { return false }
  return (0..<p.slotNames.count).allSatisfy { p.slotNames.items[$0] == q.slotNames.items[$0] }
}

/// The dict-mode shape of `type` for objects with `inline` own words.
func makeDictModeShape(_ type: Value, inline: Int) -> ShapeRef {
  let root = type.typeObject.pointee.shape!
  if Int(root.pointee.inlineSlots) == inline { return root.dictShape() }
  return makeShape(layout: .record, type: type, flags: root.pointee.flags, inlineSlots: inline, fixedSlots: Int(root.pointee.fixedSlots)).dictShape()
}

/// `type.__dict__`.
func typeProxy(_ t: ThreadRef, _ type: Value) -> Value {
  let p = makeRecord(t, .mappingproxy, 1)
  p.fields[0] = type.typeObject.pointee.dict
  return p
}

/// Shared getter and setter of the `__dict__` attribute that classes with attributes have.
func instanceDictDescriptor(_ t: ThreadRef, _ type: Value) -> Value {
  let g = makeRecord(t, .getset, 6)
  g.fields[0] = weft_roots()[RootRegion.misc + 8]
  g.fields[1] = weft_roots()[RootRegion.misc + 9]
  g.fields[2] = Name.__dict__.value
  g.fields[3] = type
  g.fields[5] = weft_roots()[RootRegion.misc + 11]
  return g
}
func instanceWeakrefDescriptor(_ t: ThreadRef, _ type: Value) -> Value {
  let g = makeRecord(t, .getset, 6)
  g.fields[0] = weft_roots()[RootRegion.misc + 10]
  g.fields[2] = Name.__weakref__.value
  g.fields[3] = type
  return g
}

func installTypeType(_ t: ThreadRef) {
  weft_roots()[RootRegion.misc + 8] = makeNative(t, .builtinFunction, "__dict__", "(self, /)", owner: .empty) { t, a, n in
    if isType(a[0]) { return typeProxy(t, a[0]) }
    let d = attributeDict(t, a[0])
    return d.isEmpty ? noAttribute(t, a[0], Name.__dict__.value) : d
  }
  weft_roots()[RootRegion.misc + 9] = makeNative(t, .builtinFunction, "__dict__", "(self, value, /)", owner: .empty) { t, a, n in
    if isType(a[0]) || a[0].isObject && a[0].kind == .module {
      return t.attributeError("attribute '__dict__' of '\(typeName(a[0]))' objects is not writable", a[0], Name.__dict__.value)
    }
    guard a[1].isObject && a[1].kind == .dict else { return t.typeError("__dict__ must be set to a dictionary, not a '\(typeName(a[1]))'") }
    return replaceDict(t, a[0], a[1]) ? .none : noAttribute(t, a[0], Name.__dict__.value)
  }
  weft_roots()[RootRegion.misc + 10] = makeNative(t, .builtinFunction, "__weakref__", "(self, /)", owner: .empty) { t, a, n in .none }
  weft_roots()[RootRegion.misc + 11] = makeNative(t, .builtinFunction, "__dict__", "(self, /)", owner: .empty) { t, a, n in
    if a[0].kind == .function || a[0].kind == .module || isType(a[0]) { return t.typeError("cannot delete __dict__") }
    return replaceDict(t, a[0], makeDict(t)) ? .none : noAttribute(t, a[0], Name.__dict__.value)
  }
  let d = TypeDefinition(t, .type)
  d.new("(metatype, /, *args, **kwds)") { t, a, n in
    callApp(t, .makeType, a[0], a[1], a[2].isEmpty ? makeDict(t) : a[2])
  }
  d.method("__init__", "(self, /, *args, **kwds)", effects: Effects.leaf) { t, a, n in
    let k = a[1].count
    if k != 1 && k != 3 { return t.typeError("type.__init__() takes 1 or 3 arguments") }
    if k == 1 && !a[2].isEmpty && a[2].used > 0 { return t.typeError("type.__init__() takes no keyword arguments") }
    return .none
  }
  typeCall = d.method("__call__", "(self, /, *args, **kwargs)") { t, a, n in
    guard isType(a[0]) else { return t.typeError("descriptor '__call__' requires a type") }
    let args = a[1], kw = a[2]
    let m = args.count, k = kw.isEmpty ? 0 : kw.used
    let w = t.pointee.window!
    for i in 0..<m { w[i] = args.items[i] }
    var names = Value.empty
    if k > 0 {
      names = makeTuple(t, count: k)
      var i = 0
      forEachEntry(kw) { key, value in names.items[i] = key; w[m + i] = value; i += 1 }
    }
    t.pointee.window = w + (m + k)
    let r = instantiate(t, a[0], w, m + k, names)
    t.pointee.window = w
    return r
  }
  typeGetattribute = d.method("__getattribute__", "(self, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    return typeGetAttribute(t, a[0], name, hooked: false)
  }
  d.method("__setattr__", "(self, name, value, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    return typeSetAttribute(t, a[0], name, a[2])
  }
  d.method("__delattr__", "(self, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    return typeSetAttribute(t, a[0], name, .empty)
  }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let p = a[0].typeObject.pointee
    let m = moduleOf(t, type: a[0])
    let q = swiftString(p.qualifiedName)
    if m.isEmpty || !m.isStr || swiftString(m) == "builtins" { return makeStr(t, "<class '\(q)'>") }
    return makeStr(t, "<class '\(swiftString(m)).\(q)'>")
  }
  typeMRO = d.method("mro", "(self, /)") { t, a, n in
    let b = a[0].typeObject.pointee.bases
    let bases = b.isEmpty ? [] : (0..<b.count).map { b.items[$0] }
    for x in bases where x.typeObject.pointee.mro.isEmpty { return t.typeError("Cannot extend an incomplete type '\(nameOf(type: x))'") }
    guard let m = linearize(a[0], bases) else { return noLinearOrder(t, bases) }
    return makeList(t, m)
  }
  d.method("__subclasses__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let out = makeList(t)
    let s = a[0].typeObject.pointee.subclasses
    if !s.isEmpty {
      for i in 0..<s.listCount {
        let r = s.listItems[i].to(WeakrefObject.self).pointee.referent
        if !r.isEmpty && !nameOf(type: r).hasPrefix("<") { listAppend(t, out, r) }
      }
    }
    return out
  }
  d.method("__instancecheck__", "(self, instance, /)") { t, a, n in
    if isSubtype(a[1].type, a[0]) { return .true }
    if lookup(a[1].type, Name.__class__.value) == lookup(BuiltinType.object.object, Name.__class__.value),
       case let g = lookup(a[1].type, Name.__getattribute__.value), g.isExact(.wrapperDescriptor) { return .false }
    return callApp(t, named: "instancecheck_class", a[0], a[1])
  }
  d.method("__subclasscheck__", "(self, subclass, /)") { t, a, n in
    if isType(a[1]) { return .bool(isSubtype(a[1], a[0])) }
    return callApp(t, named: "subclasscheck_bases", a[0], a[1])
  }
  d.classMethod("__prepare__", "(cls, /, *args, **kwargs)") { t, a, n in makeDict(t) }
  d.method("__sizeof__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(MemoryLayout<TypeObject>.size) }
  d.getset("__name__", get: { t, a, n in a[0].typeObject.pointee.name }, set: { t, a, n in
    guard heapTypeOnly(t, a[0], "__name__") else { return .empty }
    guard a[1].isStr else { return t.typeError("can only assign string to \(nameOf(type: a[0])).__name__, not '\(typeName(a[1]))'") }
    for i in 0..<a[1].strCount where a[1].codePoint(i) == 0 { return t.valueError("type name must not contain null characters") }
    for i in 0..<a[1].strCount where (0xd800..<0xe000).contains(a[1].codePoint(i)) { return callApp(t, named: "type_check_name", a[1]) }
    a[0].typeObject.pointee.name = a[1]
    writeBarrier(a[0].object)
    return .none
  })
  d.getset("__qualname__", get: { t, a, n in a[0].typeObject.pointee.qualifiedName }, set: { t, a, n in
    guard heapTypeOnly(t, a[0], "__qualname__") else { return .empty }
    guard a[1].isStr else { return t.typeError("can only assign string to \(nameOf(type: a[0])).__qualname__, not '\(typeName(a[1]))'") }
    a[0].typeObject.pointee.qualifiedName = a[1]
    writeBarrier(a[0].object)
    return .none
  })
  TypeDefinition(t, .unionType).getset("__module__", get: { t, a, n in intern(t, "types") })
  d.getset("__module__", get: { t, a, n in
    let m = moduleOf(t, type: a[0])
    if m.isEmpty { return t.attributeError("__module__", a[0], Name.__module__.value) }
    return m
  }, set: { t, a, n in
    guard heapTypeOnly(t, a[0], "__module__") else { return .empty }
    setString(t, a[0].typeObject.pointee.dict, Name.__module__.value, a[1])
    invalidate(a[0])
    return .none
  })
  d.getset("__bases__", get: { t, a, n in a[0].typeObject.pointee.bases }, set: { t, a, n in setBases(t, a[0], a[1]) })
  d.getset("__base__", get: { t, a, n in let b = a[0].typeObject.pointee.base; return b.isEmpty ? .none : b })
  d.getset("__mro__", get: { t, a, n in let m = a[0].typeObject.pointee.mro; return m.isEmpty ? .none : m })
  d.getset("__dict__", get: { t, a, n in
    let p = makeRecord(t, .mappingproxy, 1)
    p.fields[0] = a[0].typeObject.pointee.dict
    return p
  })
  d.getset("__doc__", get: { t, a, n in
    let v = getString(a[0].typeObject.pointee.dict, Name.__doc__.value)
    if v.isEmpty { return .none }
    if a[0] == BuiltinType.type.object { return makeStr(t, "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type") }
    return bindDescriptor(t, v, .empty, a[0])
  }, set: { t, a, n in
    guard heapTypeOnly(t, a[0], "__doc__") else { return .empty }
    setString(t, a[0].typeObject.pointee.dict, Name.__doc__.value, a[1])
    invalidate(a[0])
    return .none
  })
  d.getset("__annotations__", get: { t, a, n in
    if a[0].typeObject.pointee.flags & TypeFlag.heapType == 0 {
      return t.attributeError("type object '\(nameOf(type: a[0]))' has no attribute '__annotations__'", a[0], Name.__annotations__.value)
    }
    let v = getString(a[0].typeObject.pointee.dict, Name.__annotations__.value)
    if !v.isEmpty { return bindDescriptor(t, v, .empty, a[0]) }
    let m = makeDict(t)
    setString(t, a[0].typeObject.pointee.dict, Name.__annotations__.value, m)
    return m
  }, set: { t, a, n in
    guard heapTypeOnly(t, a[0], "__annotations__") else { return .empty }
    setString(t, a[0].typeObject.pointee.dict, Name.__annotations__.value, a[1])
    invalidate(a[0])
    return .none
  }, delete: { t, a, n in
    let i = find(a[0].typeObject.pointee.dict, Name.__annotations__.value, strHash(Name.__annotations__.value))
    if i < 0 { return t.attributeError("__annotations__", a[0], Name.__annotations__.value) }
    removeEntry(a[0].typeObject.pointee.dict, i)
    invalidate(a[0])
    return .none
  })
  d.getset("__abstractmethods__", get: { t, a, n in
    let v = a[0].typeObject.pointee.abstractMethods
    return v.isEmpty ? t.attributeError("__abstractmethods__", a[0], intern(t, "__abstractmethods__")) : v
  }, set: { t, a, n in
    a[0].typeObject.pointee.abstractMethods = a[1]
    writeBarrier(a[0].object)
    let truth = truthSlow(t, a[1])
    if truth == .true { a[0].typeObject.pointee.flags |= TypeFlag.abstract } else { a[0].typeObject.pointee.flags &= ~TypeFlag.abstract }
    return .none
  }, delete: { t, a, n in
    if a[0].typeObject.pointee.abstractMethods.isEmpty { return t.attributeError("__abstractmethods__", a[0], intern(t, "__abstractmethods__")) }
    a[0].typeObject.pointee.abstractMethods = .empty
    a[0].typeObject.pointee.flags &= ~TypeFlag.abstract
    return .none
  })
  d.getset("__flags__", get: { t, a, n in
    let f = a[0].typeObject.pointee.flags
    var r = 1 << 12
    if f & TypeFlag.heapType != 0 { r |= 1 << 9 } else { r |= 1 << 8 }
    if f & TypeFlag.subclassable != 0 { r |= 1 << 10 }
    if f & TypeFlag.abstract != 0 { r |= 1 << 20 }
    if f & TypeFlag.sequence != 0 { r |= 1 << 5 }
    if f & TypeFlag.mapping != 0 { r |= 1 << 6 }
    for (k, bit) in [(BuiltinType.int, 24), (.list, 25), (.tuple, 26), (.bytes, 27), (.str, 28), (.dict, 29), (.baseException, 30), (.type, 31)] {
      if isSubtype(a[0], k.object) { r |= 1 << bit }
    }
    return .fixnum(r)
  })
  d.getset("__basicsize__", get: { t, a, n in .fixnum(16 + Int(a[0].typeObject.pointee.fixedSlots) * 8) })
  d.getset("__itemsize__", get: { t, a, n in
    .fixnum(a[0].typeObject.pointee.layout == Layout.values.rawValue ? 8 : a[0].typeObject.pointee.layout == Layout.bytes.rawValue ? 1 : a[0].typeObject.pointee.layout == Layout.int.rawValue ? 4 : 0)
  })
  d.getset("__dictoffset__", get: { t, a, n in .fixnum(a[0].typeObject.pointee.flags & TypeFlag.attributes != 0 ? 16 : 0) })
  d.getset("__weakrefoffset__", get: { t, a, n in .fixnum(a[0].typeObject.pointee.flags & TypeFlag.weakrefs != 0 ? 24 : 0) })
  d.getset("__text_signature__", get: { t, a, n in
    switch BuiltinType.allCases.first(where: { $0.object == a[0] }) {
    case .object?: return makeStr(t, "()")
    case .list?, .tuple?: return makeStr(t, "(iterable=(), /)")
    case .float?: return makeStr(t, "(x=0, /)")
    case .complex?: return makeStr(t, "(real=0, imag=0)")
    case .property?: return makeStr(t, "(fget=None, fset=None, fdel=None, doc=None)")
    case .enumerate?: return makeStr(t, "(iterable, start=0)")
    case .reversed?: return makeStr(t, "(sequence, /)")
    case .memoryview?: return makeStr(t, "(object)")
    case .module?: return makeStr(t, "(name, doc=None)")
    default: return .none
    }
  })
  // What app-level makeType is built of.
  defineAppNative(t, "create_type", "(meta, name, bases, namespace, slots, wants_dict, wants_weakref, /)") { t, a, n in
    guard isType(a[0]), a[1].isExact(.str), a[2].isExact(.tuple), (0..<a[2].count).allSatisfy({ isType(a[2].items[$0]) }), a[3].isObject, a[3].isKind(.dict),
          a[4].isNone || a[4].isExact(.tuple) && (0..<a[4].count).allSatisfy({ a[4].items[$0].isObject && a[4].items[$0].isStr }) else { return t.typeError("class parts expected") }
    let bases = (0..<a[2].count).map { a[2].items[$0] }
    let slots: [Value]? = a[4].isNone ? nil : (0..<a[4].count).map { intern(a[4].items[$0]) }
    let before = bases.contains { $0.typeObject.pointee.flags & TypeFlag.attributes != 0 }
    let weakBefore = bases.contains { $0.typeObject.pointee.flags & TypeFlag.weakrefs != 0 }
    let type = createType(t, meta: a[0], name: a[1], bases: bases, dict: a[3], slotNames: slots, wantsDict: a[5] == .true, wantsWeakref: a[6] == .true)
    if type.isEmpty { return .empty }
    let p = type.typeObject
    if p.pointee.flags & TypeFlag.attributes != 0 && !before && p.pointee.kind != UInt8(BuiltinType.type.rawValue) {
      if getString(p.pointee.dict, Name.__dict__.value).isEmpty { setString(t, p.pointee.dict, Name.__dict__.value, instanceDictDescriptor(t, type)) }
    }
    if p.pointee.flags & TypeFlag.weakrefs != 0 && !weakBefore && getString(p.pointee.dict, Name.__weakref__.value).isEmpty {
      setString(t, p.pointee.dict, Name.__weakref__.value, instanceWeakrefDescriptor(t, type))
    }
    return type
  }
  defineAppNative(t, "type_dict", "(type, /)") { t, a, n in
    guard isType(a[0]) else { return t.typeError("class expected") }
    return a[0].typeObject.pointee.dict
  }
  defineAppNative(t, "type_set_qualname", "(type, name, /)") { t, a, n in
    guard isType(a[0]), a[1].isObject, a[1].isStr else { return t.typeError("class expected") }
    a[0].typeObject.pointee.qualifiedName = a[1]
    writeBarrier(a[0].object)
    return .none
  }
  defineAppNative(t, "type_set_mro", "(type, mro, /)") { t, a, n in
    guard isType(a[0]), a[1].isExact(.tuple) else { return t.typeError("class expected") }
    a[0].typeObject.pointee.mro = a[1]
    writeBarrier(a[0].object)
    invalidate(a[0])
    return .none
  }
  defineAppNative(t, "descriptor_set_doc", "(descriptor, text, /)") { t, a, n in
    if a[0].kind == .methodDescriptor || a[0].kind == .builtinFunction || a[0].kind == .classmethodDescriptor {
      a[0].to(NativeObject.self).pointee.doc = a[1]
      writeBarrier(a[0].object)
    } else {
      setField(a[0], a[0].isExact(.appFunction) || a[0].isExact(.function) ? FunctionField.doc : 4, a[1])
    }
    return .none
  }
  defineAppNative(t, "attribute_dict", "(obj, /)") { t, a, n in let d = existingDict(a[0]); return d.isEmpty ? .none : d }
  // The class's first MRO, which its metaclass has given.
  defineAppNative(t, "type_finish", "(type, mro, /)") { t, a, n in
    finishType(t, a[0], (0..<a[1].count).map { a[1].items[$0] })
    return .none
  }
  // Parts of an assignment to `__bases__` where metaclasses have their own mro(): raw bases, checks, replacement, registration.
  defineAppNative(t, "type_bases", "(type, /)") { t, a, n in a[0].typeObject.pointee.bases }
  defineAppNative(t, "type_base", "(type, /)") { t, a, n in a[0].typeObject.pointee.base }
  defineAppNative(t, "type_mro", "(type, /)") { t, a, n in let m = a[0].typeObject.pointee.mro; return m.isEmpty ? .none : m }
  defineAppNative(t, "type_check_bases", "(type, bases, /)") { t, a, n in checkBases(t, a[0], a[1]) }
  defineAppNative(t, "type_put_bases", "(type, bases, base, /)") { t, a, n in
    a[0].typeObject.pointee.bases = a[1]
    a[0].typeObject.pointee.base = a[2]
    writeBarrier(a[0].object)
    return .none
  }
  defineAppNative(t, "type_move_subclass", "(type, old, new, /)") { t, a, n in
    moveSubclass(t, a[0], a[1], a[2])
    return .none
  }
  defineAppNative(t, "type_lookup", "(type, name, default=None, /)") { t, a, n in
    guard isType(a[0]), a[1].isObject, a[1].isStr else { return t.typeError("class expected") }
    let v = lookup(a[0], intern(a[1]))
    return v.isEmpty ? (n > 2 ? a[2] : .none) : v
  }
  defineAppNative(t, "type_flag", "(type, flag, on, /)") { t, a, n in
    guard isType(a[0]), a[1].isFixnum else { return t.typeError("class expected") }
    if a[2] == .true { a[0].typeObject.pointee.flags |= UInt64(a[1].fixnum) } else { a[0].typeObject.pointee.flags &= ~UInt64(a[1].fixnum) }
    return .none
  }
  defineAppNative(t, "layout_fits", "(type, base, /)") { t, a, n in
    guard isType(a[0]), isType(a[1]) else { return t.typeError("class expected") }
    return .bool(isSubtype(solid(a[0]), solid(a[1])))
  }
  // Slots of app-level classes that Python code may only read, and how they are written.
  defineAppNative(t, "slots_read_only", "(type, /)") { t, a, n in
    guard isType(a[0]) else { return t.typeError("class expected") }
    forEachEntry(a[0].typeObject.pointee.dict) { k, v in
      if v.isExact(.member) && v.field(2) == a[0] { v.fields[3] = .fixnum(v.field(3).fixnum | 2) }
    }
    return .none
  }
  defineAppNative(t, "slot_set", "(obj, member, value, /)") { t, a, n in
    guard a[1].isExact(.member) else { return t.typeError("member expected") }
    if isSubtype(a[0].type, a[1].field(2)) { setField(a[0], a[1].field(0).fixnum, a[2]) }
    return .none
  }
  defineAppNative(t, "type_flags", "(type, /)") { t, a, n in
    guard isType(a[0]) else { return t.typeError("class expected") }
    return .fixnum(Int(a[0].typeObject.pointee.flags))
  }
  defineAppNative(t, "is_type", "(x, /)") { t, a, n in .bool(isType(a[0])) }
  defineAppNative(t, "is_subtype", "(a, b, /)") { t, a, n in
    guard isType(a[0]), isType(a[1]) else { return t.typeError("class expected") }
    return .bool(isSubtype(a[0], a[1]))
  }
  defineAppNative(t, "class_of", "(x, /)") { t, a, n in a[0].type }
  defineAppNative(t, "bind", "(descriptor, obj, type, /)") { t, a, n in
    guard isType(a[2]) else { return t.typeError("class expected") }
    return bindDescriptor(t, a[0], a[1], a[2])
  }
  defineAppNative(t, "best_base", "(bases, /)") { t, a, n in
    // A probe: createType reports the conflict itself.
    a[0].count > 0 ? a[0].items[0] : BuiltinType.object.object
  }
}

func heapTypeOnly(_ t: ThreadRef, _ type: Value, _ name: String) -> Bool {
  if type.typeObject.pointee.flags & TypeFlag.heapType != 0 { return true }
  t.typeError("cannot set '\(name)' attribute of immutable type '\(nameOf(type: type))'")
  return false
}

/// The base that decides the layout when `bases` are assigned to `__bases__`; empty when they cannot be.
func checkBases(_ t: ThreadRef, _ type: Value, _ bases: Value) -> Value {
  let p = type.typeObject
  for i in 0..<bases.count {
    let b = bases.items[i]
    guard isType(b) else { return t.typeError("\(nameOf(type: type)).__bases__ must be tuple of classes, not '\(typeName(b))'") }
    // The chain of bases is newer than the MRO where this comes out of a metaclass's mro().
    var c = b
    while !c.isEmpty && c != type { c = c.typeObject.pointee.base }
    if isSubtype(b, type) || c == type { return t.typeError("a __bases__ item causes an inheritance cycle") }
  }
  guard let best = bestBase((0..<bases.count).map { bases.items[$0] }) else { return t.typeError("multiple bases have instance lay-out conflict") }
  let old = p.pointee.base.typeObject.pointee, new = best.typeObject.pointee
  let room = TypeFlag.attributes | TypeFlag.weakrefs
  if solid(best) != solid(p.pointee.base) && !(old.layout == new.layout && old.kind == new.kind && old.fixedSlots == new.fixedSlots && sameSlots(best, p.pointee.base))
     || new.flags & room & ~p.pointee.flags != 0 {
    return t.typeError("__bases__ assignment: '\(nameOf(type: best))' object layout differs from '\(nameOf(type: p.pointee.base))'")
  }
  return best
}

func moveSubclass(_ t: ThreadRef, _ type: Value, _ old: Value, _ new: Value) {
  for i in 0..<old.count { removeSubclass(old.items[i], type) }
  for i in 0..<new.count { registerSubclass(t, new.items[i], type) }
  invalidate(type)
}

func liveSubclasses(_ type: Value) -> [Value] {
  let s = type.typeObject.pointee.subclasses
  if s.isEmpty { return [] }
  return (0..<s.listCount).map { s.listItems[$0].to(WeakrefObject.self).pointee.referent }.filter { !$0.isEmpty }
}

/// Assignment to `__bases__`.
func setBases(_ t: ThreadRef, _ type: Value, _ bases: Value) -> Value {
  guard heapTypeOnly(t, type, "__bases__") else { return .empty }
  guard bases.isKind(.tuple) else { return t.typeError("can only assign tuple to \(nameOf(type: type)).__bases__, not \(typeName(bases))") }
  if bases.count == 0 { return t.typeError("can only assign non-empty tuple to \(nameOf(type: type)).__bases__, not ()") }
  var work = [type]
  while let c = work.popLast() {
    if hasOwnMRO(c.type) { return callApp(t, named: "type_set_bases", type, bases) }
    work += liveSubclasses(c)
  }
  let best = checkBases(t, type, bases)
  if best.isEmpty { return .empty }
  // The class and all its subclasses get new MROs, or none does.
  let p = type.typeObject
  work = [type]
  var changes: [(Value, Value)] = []
  var newMRO: [UInt64: [Value]] = [:]
  while let c = work.popLast() {
    let b = c == type ? bases : c.typeObject.pointee.bases
    let list = (0..<b.count).map { b.items[$0] }
    let sequences: [[Value]] = list.map { x in
      if let m = newMRO[x.bits] { return m }
      let m = x.typeObject.pointee.mro
      return m.isEmpty ? [] : (0..<m.count).map { m.items[$0] }
    }
    guard let m = merge(c, sequences + [list]) else { return noLinearOrder(t, list) }
    newMRO[c.bits] = m
    changes.append((c, makeTuple(t, m)))
    work += liveSubclasses(c)
  }
  let old = p.pointee.bases
  p.pointee.bases = bases
  p.pointee.base = best
  for (c, m) in changes { c.typeObject.pointee.mro = m; writeBarrier(c.object) }
  writeBarrier(type.object)
  moveSubclass(t, type, old, bases)
  return .none
}

/// The merge step of C3 over given sequences.
func merge(_ type: Value, _ given: [[Value]]) -> [Value]? {
  var sequences = given
  var out = [type]
  while true {
    sequences.removeAll { $0.isEmpty }
    if sequences.isEmpty { return out }
    guard let c = sequences.lazy.map({ $0[0] }).first(where: { c in !sequences.contains { $0.dropFirst().contains(c) } }) else { return nil }
    out.append(c)
    for i in 0..<sequences.count where sequences[i].first == c { sequences[i].removeFirst() }
  }
}

func registerSubclass(_ t: ThreadRef, _ base: Value, _ type: Value) {
  let s = base.typeObject.pointee.subclasses
  if !s.isEmpty {
    for i in 0..<s.listCount where s.listItems[i].to(WeakrefObject.self).pointee.referent == type { return }
  }
  if s.isEmpty { base.typeObject.pointee.subclasses = makeList(t); writeBarrier(base.object) }
  listAppend(t, base.typeObject.pointee.subclasses, makeWeakref(t, type, callback: .none))
}
