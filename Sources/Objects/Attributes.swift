// Attribute access: descriptors, classes, modules, instances.

import Heap

/// Whether class attribute `d` is a data descriptor (defines __set__ or __delete__).
public func isDataDescriptor(_ d: Value) -> Bool {
  guard d.isObject else { return false }
  switch d.object.pointee.shape {
  case BuiltinType.function.shape, BuiltinType.methodDescriptor.shape, BuiltinType.wrapperDescriptor.shape, BuiltinType.classmethod.shape,
       BuiltinType.staticmethod.shape, BuiltinType.builtinFunction.shape, BuiltinType.appFunction.shape, BuiltinType.str.shape, BuiltinType.tuple.shape,
       BuiltinType.dict.shape, BuiltinType.list.shape, BuiltinType.noneType.shape, BuiltinType.classmethodDescriptor.shape: return false
  case BuiltinType.property.shape, BuiltinType.getset.shape, BuiltinType.member.shape: return true
  default:
    let type = d.type
    return !lookup(type, Name.__set__.value).isEmpty || !lookup(type, Name.__delete__.value).isEmpty
  }
}

/// Whether class attribute `d` takes part in look-up by __get__.
public func hasGet(_ d: Value) -> Bool {
  guard d.isObject else { return false }
  switch d.object.pointee.shape {
  case BuiltinType.function.shape, BuiltinType.methodDescriptor.shape, BuiltinType.wrapperDescriptor.shape, BuiltinType.classmethod.shape,
       BuiltinType.staticmethod.shape, BuiltinType.classmethodDescriptor.shape, BuiltinType.property.shape, BuiltinType.getset.shape,
       BuiltinType.member.shape: return true
  case BuiltinType.str.shape, BuiltinType.tuple.shape, BuiltinType.dict.shape, BuiltinType.noneType.shape, BuiltinType.builtinFunction.shape,
       BuiltinType.appFunction.shape: return false
  default: return !lookup(d.type, Name.__get__.value).isEmpty
  }
}

/// `d.__get__(obj, type)` of a class attribute; `obj` is empty for access on the class. Returns `d` itself when it is no
/// descriptor.
public func bindDescriptor(_ t: ThreadRef, _ d: Value, _ obj: Value, _ type: Value) -> Value {
  guard d.isObject else { return d }
  switch d.object.pointee.shape {
  case BuiltinType.function.shape: return obj.isEmpty ? d : makeRecord(t, .method, d, obj)
  case BuiltinType.methodDescriptor.shape, BuiltinType.wrapperDescriptor.shape: return obj.isEmpty ? d : makeRecord(t, .builtinMethod, d, obj)
  case BuiltinType.classmethodDescriptor.shape: return makeRecord(t, .builtinMethod, d, type)
  case BuiltinType.staticmethod.shape: return d.field(0)
  case BuiltinType.classmethod.shape:
    let inner = d.field(0)
    if inner.isExact(.function) { return makeRecord(t, .method, inner, type) }
    if hasGet(inner) { return bindDescriptor(t, inner, type, type) }
    return makeRecord(t, .method, inner, type)
  case BuiltinType.property.shape where !obj.isEmpty: return getProperty(t, d, obj)
  case BuiltinType.property.shape: return d
  case BuiltinType.getset.shape:
    if obj.isEmpty { return d }
    if !isSubtype(obj.type, d.field(3)) { return wrongDescriptorTarget(t, d.field(2), d.field(3), obj) }
    return call(t, d.field(0), obj)
  case BuiltinType.member.shape:
    if obj.isEmpty { return d }
    if !isSubtype(obj.type, d.field(2)) { return wrongDescriptorTarget(t, d.field(1), d.field(2), obj) }
    let v = obj.fields[d.field(0).fixnum]
    if v.isEmpty {
      return d.field(3).fixnum & 1 != 0 ? .none
        : t.attributeError("'\(typeName(obj))' object has no attribute '\(swiftString(d.field(1)))'", obj, d.field(1))
    }
    return v
  default:
    let g = lookup(d.type, Name.__get__.value)
    if g.isEmpty { return d }
    let w = t.pointee.window!
    w[0] = obj.isEmpty ? .none : obj; w[1] = type
    t.pointee.window = w + 2
    let r = callBoundTo(t, g, d, w, 2)
    t.pointee.window = w
    return r
  }
}

func wrongDescriptorTarget(_ t: ThreadRef, _ name: Value, _ owner: Value, _ obj: Value) -> Value {
  t.typeError("descriptor '\(swiftString(name))' for '\(nameOf(type: owner))' objects doesn't apply to a '\(typeName(obj))' object")
}

func getProperty(_ t: ThreadRef, _ d: Value, _ obj: Value) -> Value {
  let f = d.field(0)
  if f.isEmpty || f.isNone {
    let n = d.field(4)
    return t.attributeError("property\(n.isEmpty || n.isNone ? "" : " '\(swiftString(n))'") of '\(swiftString(obj.type.typeObject.pointee.qualifiedName))' object has no getter", obj, n)
  }
  return call(t, f, obj)
}

/// `obj.name`, as the interpreter's GETATTR and `getattr` do it.
public func getAttribute(_ t: ThreadRef, _ obj: Value, _ name: Value) -> Value {
  let type = obj.type
  let ga = lookup(type, Name.__getattribute__.value)
  if ga == objectGetattribute || ga == moduleGetattribute {
    let hook = lookup(type, Name.__getattr__.value)
    if hook.isEmpty { return genericGetAttribute(t, obj, type, name) }
    // With a hook, whatever Python code runs on the way must be guarded by app-level code.
    let d = lookup(type, name)
    if hasForeignKeys(obj, type) { return callApp(t, .getattrHook, obj, name) }
    if d.isEmpty {
      let v = instanceAttribute(obj, name)
      if !v.isEmpty { return v }
      return callBoundTo(t, hook, obj, withWindow(t, name), 1)
    }
    if !isDataDescriptor(d) {
      let v = instanceAttribute(obj, name)
      if !v.isEmpty { return v }
      if d.isExact(.function) || !hasGet(d) { return bindDescriptor(t, d, obj, type) }
    }
    return callApp(t, .getattrHook, obj, name)
  }
  if ga == typeGetattribute {
    // Where Python code binds what is found, app-level code looks whether it raises AttributeError.
    if isType(obj), !lookup(type, Name.__getattr__.value).isEmpty, bindsInPython(lookup(obj, name)) { return callApp(t, .getattrHook, obj, name) }
    return typeGetAttribute(t, obj, name)
  }
  if lookup(type, Name.__getattr__.value).isEmpty { return callBoundTo(t, ga, obj, withWindow(t, name), 1) }
  return callApp(t, .getattrHook, obj, name)
}

/// One argument in the scratch window, valid until the next use.
@inline(__always) func withWindow(_ t: ThreadRef, _ a: Value) -> Args {
  let w = t.pointee.window! + 8
  w[0] = a
  return w
}

/// Whether looking for a name on the object runs Python code: somebody put keys that are not strings where attributes are.
@inline(__always) public func hasForeignKeys(_ obj: Value, _ type: Value) -> Bool {
  if type.typeObject.pointee.flags & TypeFlag.foreignKeys != 0 { return true }
  guard obj.isObject, obj.shape.pointee.flags & ShapeFlag.dictMode != 0 else { return false }
  let d = existingDict(obj)
  return !d.table.isEmpty && d.table.tableRef.pointee.stringKeys == 0
}

/// `object.__getattribute__`.
public func genericGetAttribute(_ t: ThreadRef, _ obj: Value, _ type: Value, _ name: Value) -> Value {
  let d = lookup(type, name)
  if hasForeignKeys(obj, type) { return callApp(t, named: "getattr_foreign", obj, name) }
  if !d.isEmpty && isDataDescriptor(d) && hasGet(d) { return bindDescriptor(t, d, obj, type) }
  let v = instanceAttribute(obj, name)
  if !v.isEmpty { return v }
  if !d.isEmpty { return bindDescriptor(t, d, obj, type) }
  return noAttribute(t, obj, name)
}

@inline(never) public func noAttribute(_ t: ThreadRef, _ obj: Value, _ name: Value) -> Value {
  if obj.isObject && obj.kind == .module {
    let hook = getString(obj.field(0), Name.__getattr__.value)
    if !hook.isEmpty { return call(t, hook, name) }
    let n = getString(obj.field(0), Name.__name__.value)
    var text = n.isEmpty || !n.isStr ? "module has no attribute '\(swiftString(name))'"
      : "module '\(swiftString(n))' has no attribute '\(swiftString(name))'"
    // What a circular import leaves is said so: the spec knows what is being loaded.
    let spec = getString(obj.field(0), Name.__spec__.value)
    if n.isStr, spec.isObject {
      let submodules = instanceAttribute(spec, intern(t, "_uninitialized_submodules"))
      if instanceAttribute(spec, intern(t, "_initializing")) == .true {
        text = "partially initialized \(text) (most likely due to a circular import)"
      } else if submodules.isExact(.list), (0..<submodules.listCount).contains(where: { submodules.listItems[$0].isStr && strEqual(submodules.listItems[$0], name) }) {
        text = "cannot access submodule '\(swiftString(name))' of module '\(swiftString(n))' (most likely due to a circular import)"
      }
    }
    return t.attributeError(text, obj, name)
  }
  return t.attributeError("'\(typeName(obj))' object has no attribute '\(swiftString(name))'", obj, name)
}

/// `type.__getattribute__`: attributes of a class object.
public func typeGetAttribute(_ t: ThreadRef, _ type: Value, _ name: Value, hooked: Bool = true) -> Value {
  let meta = type.type
  let m = lookup(meta, name)
  if !m.isEmpty && isDataDescriptor(m) && hasGet(m) { return bindDescriptor(t, m, type, meta) }
  let a = lookup(type, name)
  if (type.typeObject.pointee.flags | meta.typeObject.pointee.flags) & TypeFlag.foreignKeys != 0 { return callApp(t, named: "getattr_foreign", type, name) }
  if !a.isEmpty { return bindDescriptor(t, a, .empty, type) }
  if !m.isEmpty { return bindDescriptor(t, m, type, meta) }
  let hook = hooked ? lookup(meta, Name.__getattr__.value) : .empty
  if !hook.isEmpty { return callBoundTo(t, hook, type, withWindow(t, name), 1) }
  return t.attributeError("type object '\(nameOf(type: type))' has no attribute '\(swiftString(name))'", type, name)
}

/// `obj.name = value`, or `del obj.name` when `value` is empty. None, or empty.
public func setAttribute(_ t: ThreadRef, _ obj: Value, _ name: Value, _ value: Value) -> Value {
  let type = obj.type
  let special = value.isEmpty ? Name.__delattr__.value : Name.__setattr__.value
  let sa = lookup(type, special)
  if sa == objectSetattr || sa == objectDelattr { return genericSetAttribute(t, obj, name, value) }
  let w = t.pointee.window!
  w[0] = name; w[1] = value
  t.pointee.window = w + 2
  let r = callBoundTo(t, sa, obj, w, value.isEmpty ? 1 : 2)
  t.pointee.window = w
  return r
}

/// `object.__setattr__` and `object.__delattr__`.
public func genericSetAttribute(_ t: ThreadRef, _ obj: Value, _ name: Value, _ value: Value) -> Value {
  let type = obj.type
  let d = lookup(type, name)
  if !d.isEmpty, let r = setThroughDescriptor(t, d, obj, name, value) { return r }
  if value.isEmpty {
    if deleteInstanceAttribute(t, obj, name) { return .none }
    if existingDict(obj).isEmpty && (!obj.isObject || obj.shape.pointee.flags & ShapeFlag.noAttributes != 0) && !d.isEmpty {
      return t.attributeError("'\(typeName(obj))' object attribute '\(swiftString(name))' is read-only", obj, name)
    }
    return noAttribute(t, obj, name)
  }
  if setInstanceAttribute(t, obj, name, value) { return .none }
  if !d.isEmpty { return t.attributeError("'\(typeName(obj))' object attribute '\(swiftString(name))' is read-only", obj, name) }
  return noAttribute(t, obj, name)
}

/// `d.__delete__(obj)` of a getset descriptor.
public func deleteThroughDescriptor(_ t: ThreadRef, _ d: Value, _ obj: Value, _ name: Value) -> Value {
  setThroughDescriptor(t, d, obj, name, .empty) ?? .none
}

/// What class attribute `d` makes of an assignment; nil when it is no data descriptor for it.
func setThroughDescriptor(_ t: ThreadRef, _ d: Value, _ obj: Value, _ name: Value, _ value: Value) -> Value? {
  guard d.isObject else { return nil }
  switch d.object.pointee.shape {
  case BuiltinType.function.shape, BuiltinType.methodDescriptor.shape, BuiltinType.wrapperDescriptor.shape: return nil
  case BuiltinType.property.shape:
    let f = d.field(value.isEmpty ? 2 : 1)
    if f.isEmpty || f.isNone {
      let n = d.field(4)
      return t.attributeError("property\(n.isEmpty || n.isNone ? "" : " '\(swiftString(n))'") of '\(swiftString(obj.type.typeObject.pointee.qualifiedName))' object has no \(value.isEmpty ? "deleter" : "setter")", obj, name)
    }
    return value.isEmpty ? call(t, f, obj) : call(t, f, obj, value)
  case BuiltinType.getset.shape:
    let f = d.field(value.isEmpty ? 5 : 1)
    if f.isEmpty && value.isEmpty && !d.field(1).isEmpty {
      if d.field(3) == BuiltinType.type.object {
        return t.typeError("cannot delete '\(swiftString(name))' attribute of immutable type '\(isType(obj) ? nameOf(type: obj) : typeName(obj))'")
      }
      return t.typeError(d.field(3) == BuiltinType.baseException.object ? "\(swiftString(name)) may not be deleted" : "can't delete \(swiftString(name)) attribute")
    }
    if f.isEmpty {
      return t.attributeError("attribute '\(swiftString(name))' of '\(nameOf(type: d.field(3)))' objects is not writable", obj, name)
    }
    if !isSubtype(obj.type, d.field(3)) { return wrongDescriptorTarget(t, d.field(2), d.field(3), obj) }
    return value.isEmpty ? call(t, f, obj) : call(t, f, obj, value)
  case BuiltinType.member.shape:
    if d.field(3).fixnum & 2 != 0 { return t.attributeError("readonly attribute", obj, name) }
    if !isSubtype(obj.type, d.field(2)) { return wrongDescriptorTarget(t, d.field(1), d.field(2), obj) }
    if value.isEmpty && obj.fields[d.field(0).fixnum].isEmpty { return t.attributeError(swiftString(name), obj, name) }
    setField(obj, d.field(0).fixnum, value)
    return Value.none
  default:
    let s = lookup(d.type, value.isEmpty ? Name.__delete__.value : Name.__set__.value)
    if s.isEmpty {
      if lookup(d.type, value.isEmpty ? Name.__set__.value : Name.__delete__.value).isEmpty { return nil }
      return t.attributeError(value.isEmpty ? "__delete__" : "__set__", obj, name)
    }
    let w = t.pointee.window!
    w[0] = obj; w[1] = value
    t.pointee.window = w + 2
    let r = callBoundTo(t, s, d, w, value.isEmpty ? 1 : 2)
    t.pointee.window = w
    return r
  }
}

/// `type.__setattr__` and `type.__delattr__`.
public func typeSetAttribute(_ t: ThreadRef, _ type: Value, _ name: Value, _ value: Value) -> Value {
  let p = type.typeObject
  if p.pointee.flags & TypeFlag.heapType == 0 || p.pointee.flags & TypeFlag.immutable != 0 {
    return t.typeError("cannot set '\(swiftString(name))' attribute of immutable type '\(nameOf(type: type))'")
  }
  let m = lookup(type.type, name)
  if !m.isEmpty, let r = setThroughDescriptor(t, m, type, name, value) { return r }
  let d = p.pointee.dict
  if value.isEmpty {
    let i = find(d, name, strHash(name))
    if i < 0 { return t.attributeError("type object '\(nameOf(type: type))' has no attribute '\(swiftString(name))'", type, name) }
    removeEntry(d, i)
  } else {
    setString(t, d, name, value)
  }
  invalidate(type)
  // What is cached for other classes may rest on an attribute being no descriptor, or on a metaclass without the name.
  if name == Name.__get__.value || name == Name.__set__.value || name == Name.__delete__.value || isSubtype(type, BuiltinType.type.object) {
    invalidate(BuiltinType.object.object)
  }
  return .none
}
