// Natives of functions, methods, descriptors, modules and cells.

import Bytecode
import Heap
import Objects

func installFunctions(_ t: ThreadRef) {
  installSuperSupport(t)
  let f = TypeDefinition(t, .function)
  f.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    makeStr(t, "<function \(swiftString(a[0].field(FunctionField.qualifiedName))) at 0x\(String(identity(a[0]), radix: 16))>")
  }
  f.method("__call__", "(self, /, *args, **kwargs)") { t, a, n in callApp(t, .callEx, a[0], a[1], a[2].isEmpty ? .none : a[2]) }
  f.method("__get__", "(self, instance, owner=None, /)", effects: Effects.leaf) { t, a, n in a[1].isNone ? a[0] : makeRecord(t, .method, a[0], a[1]) }
  f.new("(type, /, code, globals, name=None, argdefs=None, closure=None)") { t, a, n in
    guard a[1].isExact(.code) else { return t.typeError("function() argument 'code' must be code, not \(typeName(a[1]))") }
    guard a[2].isObject && a[2].kind == .dict else { return t.typeError("function() argument 'globals' must be dict, not \(typeName(a[2]))") }
    guard let code = filled(t, a[1]) else { return .empty }
    let free = freeVariableCount(code)
    if !a[3].isEmpty && !a[3].isNone && !a[3].isStr { return t.typeError("arg 3 (name) must be None or string") }
    if !a[4].isEmpty && !a[4].isNone && !a[4].isKind(.tuple) { return t.typeError("arg 4 (defaults) must be None or tuple") }
    let closure = a[5].isEmpty ? Value.none : a[5]
    if !closure.isKind(.tuple) {
      if free > 0 && closure.isNone { return t.typeError("arg 5 (closure) must be tuple") }
      if !closure.isNone { return t.typeError("arg 5 (closure) must be None or tuple") }
    }
    if closure.isKind(.tuple) {
      if closure.count != free { return t.valueError("\(swiftString(a[1].code.pointee.name)) requires closure of length \(free), not \(closure.count)") }
      for i in 0..<closure.count where !closure.items[i].isExact(.cell) { return t.typeError("arg 5 (closure) expected cell, found \(typeName(closure.items[i]))") }
    }
    let r = makeFunction(t, code: a[1], globals: a[2])
    // Without builtins of its own it takes those of the code that makes it.
    if getString(a[2], Name.__builtins__.value).isEmpty, let f = visibleFrame(t) { r.fields[FunctionField.builtins] = f.pointee.function.field(FunctionField.builtins) }
    if !a[3].isEmpty && !a[3].isNone { r.fields[FunctionField.name] = a[3]; r.fields[FunctionField.qualifiedName] = a[3] }
    if !a[4].isEmpty && !a[4].isNone { r.fields[FunctionField.defaults] = a[4] }
    if closure.isKind(.tuple) { r.fields[FunctionField.closure] = closure }
    return r
  }
  f.getset("__code__", get: { t, a, n in a[0].field(FunctionField.code) }, set: { t, a, n in
    guard a[1].isExact(.code) else { return t.typeError("__code__ must be set to a code object") }
    guard let new = filled(t, a[1]), let old = filled(t, a[0].field(FunctionField.code)), !docstring(t, ofFunction: a[0]).isEmpty else { return .empty }
    let want = freeVariableCount(new), have = freeVariableCount(old)
    if want != have { return t.valueError("\(swiftString(a[0].field(FunctionField.name)))() requires a code object with \(have) free vars, not \(want)") }
    setField(a[0], FunctionField.code, a[1])
    return .none
  })
  f.member("__globals__", field: FunctionField.globals)
  f.member("__builtins__", field: FunctionField.builtins)
  f.member("__closure__", field: FunctionField.closure, flags: 3)
  f.getset("__defaults__", get: { t, a, n in let c = a[0].field(FunctionField.defaults); return c.isEmpty ? .none : c }, set: { t, a, n in
    guard a[1].isNone || a[1].isKind(.tuple) else { return t.typeError("__defaults__ must be set to a tuple object") }
    setField(a[0], FunctionField.defaults, a[1])
    return .none
  }, delete: { t, a, n in setField(a[0], FunctionField.defaults, .none); return .none })
  f.getset("__kwdefaults__", get: { t, a, n in let c = a[0].field(FunctionField.kwDefaults); return c.isEmpty ? .none : c }, set: { t, a, n in
    guard a[1].isNone || a[1].isObject && a[1].kind == .dict else { return t.typeError("__kwdefaults__ must be set to a dict object") }
    setField(a[0], FunctionField.kwDefaults, a[1])
    return .none
  }, delete: { t, a, n in setField(a[0], FunctionField.kwDefaults, .none); return .none })
  f.getset("__name__", get: { t, a, n in a[0].field(FunctionField.name) }, set: { t, a, n in
    guard a[1].isStr else { return t.typeError("__name__ must be set to a string object") }
    setField(a[0], FunctionField.name, a[1])
    return .none
  })
  f.getset("__qualname__", get: { t, a, n in a[0].field(FunctionField.qualifiedName) }, set: { t, a, n in
    guard a[1].isStr else { return t.typeError("__qualname__ must be set to a string object") }
    setField(a[0], FunctionField.qualifiedName, a[1])
    return .none
  })
  f.getset("__doc__", get: { t, a, n in docstring(t, ofFunction: a[0]) }, set: { t, a, n in
    setField(a[0], FunctionField.doc, a[1])
    return .none
  }, delete: { t, a, n in setField(a[0], FunctionField.doc, .none); return .none })
  f.getset("__module__", get: { t, a, n in let d = a[0].field(FunctionField.module); return d.isEmpty ? .none : d }, set: { t, a, n in
    setField(a[0], FunctionField.module, a[1])
    return .none
  }, delete: { t, a, n in setField(a[0], FunctionField.module, .none); return .none })
  f.getset("__annotations__", get: { t, a, n in
    let v = a[0].field(FunctionField.annotations)
    if v.isObject && v.kind == .dict { return v }
    let d = makeDict(t)
    if v.isKind(.tuple) {
      var i = 0
      while i + 1 < v.count { setString(t, d, v.items[i], v.items[i + 1]); i += 2 }
    }
    setField(a[0], FunctionField.annotations, d)
    return d
  }, set: { t, a, n in
    guard a[1].isNone || a[1].isObject && a[1].kind == .dict else { return t.typeError("__annotations__ must be set to a dict object") }
    setField(a[0], FunctionField.annotations, a[1].isNone ? .empty : a[1])
    return .none
  }, delete: { t, a, n in setField(a[0], FunctionField.annotations, .empty); return .none })
  f.set("__dict__", instanceDictDescriptor(t, BuiltinType.function.object))

  let m = TypeDefinition(t, .method)
  m.new("(type, function, instance, /)") { t, a, n in
    if lookup(a[1].type, Name.__call__.value).isEmpty && !isType(a[1]) { return t.typeError("first argument must be callable") }
    if a[2].isNone { return t.typeError("instance must not be None") }
    return makeRecord(t, .method, a[1], a[2])
  }
  m.method("__call__", "(self, /, *args, **kwargs)") { t, a, n in callApp(t, .callEx, a[0], a[1], a[2].isEmpty ? .none : a[2]) }
  m.getset("__func__", get: { t, a, n in a[0].field(0) })
  m.getset("__self__", get: { t, a, n in a[0].field(1) })
  m.getset("__doc__", get: { t, a, n in getAttribute(t, a[0].field(0), Name.__doc__.value) })
  m.method("__getattribute__", "(self, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    let d = lookup(a[0].type, name)
    if !d.isEmpty { return bindDescriptor(t, d, a[0], a[0].type) }
    return getAttribute(t, a[0].field(0), name)
  }
  m.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let h = nativeHash(a[0].field(0)) ?? 0
    return .fixnum(hashFixnum(h ^ identityHash(a[0].field(1))))
  }
  m.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isExact(.method) else { return .notImplemented }
    return .bool(a[0].field(1) == a[1].field(1) && nativeEqual(a[0].field(0), a[1].field(0)) == 1)
  }
  m.method("__repr__", "(self, /)") { t, a, n in callApp(t, named: "method_repr", a[0]) }
  m.method("__reduce__", "(self, /)") { t, a, n in callApp(t, named: "method_reduce", a[0]) }

  installNativeFunctions(t)

  let g = TypeDefinition(t, .getset)
  g.getset("__name__", get: { t, a, n in a[0].field(2) })
  g.getset("__qualname__", get: { t, a, n in makeStr(t, "\(nameOf(type: a[0].field(3))).\(swiftString(a[0].field(2)))") })
  g.getset("__objclass__", get: { t, a, n in a[0].field(3) })
  g.getset("__doc__", get: { t, a, n in a[0].field(4).isEmpty ? .none : a[0].field(4) })
  g.method("__get__", "(self, instance, owner=None, /)") { t, a, n in a[1].isNone ? a[0] : bindDescriptor(t, a[0], a[1], a[1].type) }
  g.method("__set__", "(self, instance, value, /)") { t, a, n in
    if a[0].field(1).isEmpty {
      return t.attributeError("attribute '\(swiftString(a[0].field(2)))' of '\(nameOf(type: a[0].field(3)))' objects is not writable", a[1], a[0].field(2))
    }
    return call(t, a[0].field(1), a[1], a[2])
  }
  g.method("__delete__", "(self, instance, /)") { t, a, n in
    deleteThroughDescriptor(t, a[0], a[1], a[0].field(2))
  }
  g.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    makeStr(t, "<attribute '\(swiftString(a[0].field(2)))' of '\(nameOf(type: a[0].field(3)))' objects>")
  }
  let mb = TypeDefinition(t, .member)
  mb.getset("__name__", get: { t, a, n in a[0].field(1) })
  mb.getset("__qualname__", get: { t, a, n in makeStr(t, "\(nameOf(type: a[0].field(2))).\(swiftString(a[0].field(1)))") })
  mb.getset("__objclass__", get: { t, a, n in a[0].field(2) })
  mb.getset("__doc__", get: { t, a, n in a[0].field(4).isEmpty ? .none : a[0].field(4) })
  mb.method("__get__", "(self, instance, owner=None, /)") { t, a, n in a[1].isNone ? a[0] : bindDescriptor(t, a[0], a[1], a[1].type) }
  mb.method("__set__", "(self, instance, value, /)") { t, a, n in
    guard isSubtype(a[1].type, a[0].field(2)) else { return t.typeError("descriptor '\(swiftString(a[0].field(1)))' for '\(nameOf(type: a[0].field(2)))' objects doesn't apply to a '\(typeName(a[1]))' object") }
    if a[0].field(3).fixnum & 2 != 0 { return t.attributeError("readonly attribute", a[1], a[0].field(1)) }
    setField(a[1], a[0].field(0).fixnum, a[2])
    return .none
  }
  mb.method("__delete__", "(self, instance, /)") { t, a, n in
    guard isSubtype(a[1].type, a[0].field(2)) else { return t.typeError("descriptor '\(swiftString(a[0].field(1)))' doesn't apply") }
    if a[1].fields[a[0].field(0).fixnum].isEmpty { return t.attributeError(swiftString(a[0].field(1)), a[1], a[0].field(1)) }
    setField(a[1], a[0].field(0).fixnum, .empty)
    return .none
  }
  mb.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    makeStr(t, "<member '\(swiftString(a[0].field(1)))' of '\(nameOf(type: a[0].field(2)))' objects>")
  }
  mb.method("__reduce__", "(self, /)") { t, a, n in callApp(t, named: "descriptor_reduce", a[0]) }
  installDescriptors(t)
}

func installDescriptors(_ t: ThreadRef) {
  let p = TypeDefinition(t, .property)
  p.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in makeInstance(t, a[0]) }
  p.method("__init__", "(self, /, fget=None, fset=None, fdel=None, doc=None)") { t, a, n in
    for i in 0..<4 { setField(a[0], i, a[i + 1].isEmpty ? .none : a[i + 1]) }
    if (a[4].isEmpty || a[4].isNone) && !a[1].isEmpty && !a[1].isNone {
      if a[1].isExact(.function) {
        let d = docstring(t, ofFunction: a[1])
        if d.isEmpty { return .empty }
        a[0].fields[5] = .true
        if a[0].isExact(.property) { setField(a[0], 3, d.isEmpty ? .none : d) }
        else if !d.isEmpty && !d.isNone { return setAttribute(t, a[0], Name.__doc__.value, d) }
      } else {
        return callApp(t, named: "property_doc", a[0], a[1])
      }
    } else if !a[0].isExact(.property) && !a[4].isEmpty && !a[4].isNone {
      return setAttribute(t, a[0], Name.__doc__.value, a[4])
    }
    return .none
  }
  p.member("fget", field: 0, flags: 3)
  p.member("fset", field: 1, flags: 3)
  p.member("fdel", field: 2, flags: 3)
  p.getset("__doc__", get: { t, a, n in a[0].field(3).isEmpty ? .none : a[0].field(3) }, set: { t, a, n in
    setField(a[0], 3, a[1])
    if a[0].shape.pointee.flags & ShapeFlag.noAttributes == 0 { _ = setInstanceAttribute(t, a[0], Name.__doc__.value, a[1]) }
    return .none
  }, delete: { t, a, n in setField(a[0], 3, .none); return .none })
  p.method("__get__", "(self, instance, owner=None, /)") { t, a, n in
    a[1].isNone ? a[0] : callApp(t, named: "property_get", a[0], a[1])
  }
  p.method("__set__", "(self, instance, value, /)") { t, a, n in callApp(t, named: "property_set", a[0], a[1], a[2]) }
  p.method("__delete__", "(self, instance, /)") { t, a, n in callApp(t, named: "property_delete", a[0], a[1]) }
  p.method("getter", "(self, function, /)") { t, a, n in callApp(t, named: "property_copy", a[0], a[1], .none, .none) }
  p.method("setter", "(self, function, /)") { t, a, n in callApp(t, named: "property_copy", a[0], .none, a[1], .none) }
  p.method("deleter", "(self, function, /)") { t, a, n in callApp(t, named: "property_copy", a[0], .none, .none, a[1]) }
  p.method("__set_name__", "(self, /, *args)") { t, a, n in
    guard a[1].count == 2 else { return t.typeError("__set_name__() takes 2 positional arguments but \(a[1].count) were given") }
    setField(a[0], 4, a[1].items[1])
    return .none
  }
  p.getset("__isabstractmethod__", get: { t, a, n in callApp(t, named: "property_abstract", a[0]) })

  for b in [BuiltinType.classmethod, .staticmethod] {
    let d = TypeDefinition(t, b)
    d.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in makeInstance(t, a[0]) }
    d.method("__init__", "(self, function, /)") { t, a, n in
      setField(a[0], 0, a[1])
      return callApp(t, named: "wrap_attributes", a[0], a[1])
    }
    d.getset("__func__", get: { t, a, n in a[0].field(0).isEmpty ? .none : a[0].field(0) })
    d.getset("__wrapped__", get: { t, a, n in a[0].field(0).isEmpty ? .none : a[0].field(0) })
    d.set("__dict__", instanceDictDescriptor(t, b.object))
    d.getset("__isabstractmethod__", get: { t, a, n in callApp(t, named: "is_abstract", a[0].field(0)) })
  }
  TypeDefinition(t, .classmethod).method("__get__", "(self, instance, owner=None, /)") { t, a, n in
    let owner = n > 2 && !a[2].isNone ? a[2] : a[1].type
    let inner = a[0].field(0)
    if inner.isEmpty { return t.raise(.RuntimeError, "uninitialized classmethod object") }
    if !inner.isExact(.function) && hasGet(inner) { return bindDescriptor(t, inner, owner, owner.type) }
    return makeRecord(t, .method, inner, owner)
  }
  TypeDefinition(t, .classmethod).method("__repr__", "(self, /)") { t, a, n in callApp(t, named: "wrapper_repr", makeStr(t, "classmethod"), a[0].field(0)) }
  let sm = TypeDefinition(t, .staticmethod)
  sm.method("__get__", "(self, instance, owner=None, /)") { t, a, n in a[0].field(0).isEmpty ? t.raise(.RuntimeError, "uninitialized staticmethod object") : a[0].field(0) }
  sm.method("__call__", "(self, /, *args, **kwargs)") { t, a, n in callApp(t, .callEx, a[0].field(0), a[1], a[2].isEmpty ? .none : a[2]) }
  sm.method("__repr__", "(self, /)") { t, a, n in callApp(t, named: "wrapper_repr", makeStr(t, "staticmethod"), a[0].field(0)) }

  let s = TypeDefinition(t, .superType)
  s.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in makeInstance(t, a[0]) }
  s.constructor(.superType, "(type=None, object=None, /)") { t, a, n in
    let w = t.pointee.window!
    w[0] = makeRecord(t, .superType, 3)
    for i in 0..<n { w[i + 1] = a[i] }
    return initializeSuper(t, w, n + 1).isEmpty ? .empty : w[0]
  }
  s.method("__init__", "(self, type=None, object=None, /)", effects: Effects.leaf) { t, a, n in initializeSuper(t, a, n) }
  s.method("__getattribute__", "(self, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    return superAttribute(t, a[0], name)
  }
  s.method("__get__", "(self, instance, owner=None, /)") { t, a, n in
    if a[1].isNone || !a[0].field(1).isEmpty { return a[0] }
    guard let type = superCheck(t, a[0].field(0), a[1]) else { return .empty }
    if !a[0].isExact(.superType) { return call(t, a[0].type, a[0].field(0), a[1]) }
    let r = makeRecord(t, .superType, 3)
    r.fields[0] = a[0].field(0); r.fields[1] = a[1]; r.fields[2] = type
    return r
  }
  s.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let c = a[0].field(0).isEmpty ? "NULL" : nameOf(type: a[0].field(0))
    let o = a[0].field(2)
    return makeStr(t, o.isEmpty ? "<super: <class '\(c)'>, NULL>" : "<super: <class '\(c)'>, <\(nameOf(type: o)) object>>")
  }
  s.getset("__thisclass__", get: { t, a, n in a[0].field(0).isEmpty ? .none : a[0].field(0) })
  s.getset("__self__", get: { t, a, n in a[0].field(1).isEmpty ? .none : a[0].field(1) })
  s.getset("__self_class__", get: { t, a, n in a[0].field(2).isEmpty ? .none : a[0].field(2) })

  let c = TypeDefinition(t, .cell)
  c.new("(type, contents=None, /)") { t, a, n in makeCell(t, n > 1 ? a[1] : .empty) }
  c.getset("cell_contents", get: { t, a, n in a[0].field(0).isEmpty ? t.valueError("Cell is empty") : a[0].field(0) }, set: { t, a, n in
    setField(a[0], 0, a[1])
    return .none
  }, delete: { t, a, n in setField(a[0], 0, .empty); return .none })
  c.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let at = String(identity(a[0]), radix: 16), v = a[0].field(0)
    return makeStr(t, v.isEmpty ? "<cell at 0x\(at): empty>" : "<cell at 0x\(at): \(typeName(v)) object at 0x\(String(identity(v), radix: 16))>")
  }
  c.method("__lt__", "(self, value, /)") { t, a, n in compareCells(t, .lt, a) }
  c.method("__le__", "(self, value, /)") { t, a, n in compareCells(t, .le, a) }
  c.method("__eq__", "(self, value, /)") { t, a, n in compareCells(t, .eq, a) }
  c.method("__ne__", "(self, value, /)") { t, a, n in compareCells(t, .ne, a) }
  c.method("__gt__", "(self, value, /)") { t, a, n in compareCells(t, .gt, a) }
  c.method("__ge__", "(self, value, /)") { t, a, n in compareCells(t, .ge, a) }
  c.set("__hash__", .none)
  defineAppNative(t, "cell_get", "(cell, /)") { t, a, n in a[0].isExact(.cell) ? (a[0].field(0).isEmpty ? weft_vm.ellipsis : a[0].field(0)) : .notImplemented }

  let m = TypeDefinition(t, .module)
  m.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    let v = makeInstance(t, a[0])
    v.fields[0] = makeDict(t)
    return v
  }
  m.method("__init__", "(self, /, name, doc=None)", effects: Effects.leaf) { t, a, n in
    guard a[1].isStr else { return t.typeError("module.__init__() argument 1 must be str, not \(typeName(a[1]))") }
    let d = a[0].field(0)
    setString(t, d, Name.__name__.value, a[1])
    setString(t, d, Name.__doc__.value, a[2].isEmpty ? .none : a[2])
    setString(t, d, Name.__package__.value, .none)
    setString(t, d, Name.__loader__.value, .none)
    setString(t, d, Name.__spec__.value, .none)
    return .none
  }
  moduleGetattribute = m.method("__getattribute__", "(self, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    return genericGetAttribute(t, a[0], a[0].type, name)
  }
  m.getset("__dict__", get: { t, a, n in a[0].field(0) })
  m.method("__repr__", "(self, /)") { t, a, n in callApp(t, named: "module_repr", a[0]) }
  m.method("__dir__", "(self, /)") { t, a, n in callApp(t, named: "module_dir", a[0]) }
  m.getset("__annotations__", get: { t, a, n in
    let v = getString(a[0].field(0), Name.__annotations__.value)
    if !v.isEmpty { return v }
    let d = makeDict(t)
    setString(t, a[0].field(0), Name.__annotations__.value, d)
    return d
  }, set: { t, a, n in setString(t, a[0].field(0), Name.__annotations__.value, a[1]); return .none }, delete: { t, a, n in
    let i = find(a[0].field(0), Name.__annotations__.value, strHash(Name.__annotations__.value))
    if i < 0 { return t.attributeError("__annotations__", a[0], Name.__annotations__.value) }
    removeEntry(a[0].field(0), i)
    return .none
  })
}

/// super(), super(type), super(type, obj). Without arguments: class and first argument of the calling function.
func initializeSuper(_ t: ThreadRef, _ a: Args, _ n: Int) -> Value {
  var type = n > 1 ? a[1] : Value.empty, obj = n > 2 ? a[2] : Value.empty
  if n == 1 {
    guard let f = t.pointee.frame, f.pointee.header.flags & FrameFlag.base == 0 else { return t.raise(.RuntimeError, "super(): no current frame") }
    let c = f.pointee.code.code.pointee
    if c.argCount == 0 && c.flags & CodeFlags.varArgs.rawValue == 0 { return t.raise(.RuntimeError, "super(): no arguments") }
    obj = f.registers[0]
    if c.argCount == 0 {
      let rest = f.registers[Int(c.kwOnlyCount)]
      if !rest.isExact(.tuple) || rest.count == 0 { return t.raise(.RuntimeError, "super(): no arguments") }
      obj = rest.items[0]
    }
    if obj.isExact(.cell) && c.variableKinds![0] == Variable.Kind.cell.rawValue { obj = obj.field(0) }
    if obj.isEmpty { return t.raise(.RuntimeError, "super(): arg[0] deleted") }
    for i in 0..<Int(c.variableCount) where c.variableNames.items[i] == Name.__class__.value {
      let cell = f.registers[i]
      if !cell.isExact(.cell) { return t.raise(.RuntimeError, "super(): bad __class__ cell") }
      type = cell.field(0)
      if type.isEmpty { return t.raise(.RuntimeError, "super(): empty __class__ cell") }
    }
    if type.isEmpty { return t.raise(.RuntimeError, "super(): __class__ cell not found") }
  }
  guard isType(type) else { return t.typeError("super() argument 1 must be a type, not \(typeName(type))") }
  a[0].fields[0] = type
  if !obj.isEmpty && !(n > 2 && obj.isNone) {
    let proxied = isSubtype(obj.type, type) || isType(obj) && isSubtype(obj, type) ? false
      : lookup(obj.type, Name.__class__.value) != lookup(BuiltinType.object.object, Name.__class__.value)
        || !lookup(obj.type, Name.__getattribute__.value).isExact(.wrapperDescriptor)
    if proxied { return callApp(t, named: "super_proxied", a[0], type, obj) }
    guard let objType = superCheck(t, type, obj) else { return .empty }
    a[0].fields[1] = obj
    a[0].fields[2] = objType
  }
  writeBarrier(a[0].object)
  return .none
}

func compareCells(_ t: ThreadRef, _ op: CompareOp, _ a: Args) -> Value {
  a[1].isExact(.cell) ? callApp(t, named: "cell_compare", .fixnum(op.rawValue), a[0], a[1]) : .notImplemented
}

func installSuperSupport(_ t: ThreadRef) {
  defineAppNative(t, "super_bind", "(self, type, obj, obj_type, /)") { t, a, n in
    for i in 0..<3 { setField(a[0], i, a[i + 1]) }
    return .none
  }
}

/// The class whose MRO super() walks; nil with TypeError set.
func superCheck(_ t: ThreadRef, _ type: Value, _ obj: Value) -> Value? {
  if isType(obj) && isSubtype(obj, type) { return obj }
  if isSubtype(obj.type, type) { return obj.type }
  let c = instanceAttribute(obj, Name.__class__.value)
  if !c.isEmpty && isType(c) && isSubtype(c, type) { return c }
  t.typeError("super(type, obj): obj must be an instance or subtype of type")
  return nil
}

func superAttribute(_ t: ThreadRef, _ s: Value, _ name: Value) -> Value {
  let start = s.field(2)
  if !start.isEmpty && name != Name.__class__.value {
    let mro = start.typeObject.pointee.mro
    let count = mro.isEmpty ? 0 : mro.count
    var i = 0
    while i < count && mro.items[i] != s.field(0) { i += 1 }
    i += 1
    while i < count {
      let v = getString(mro.items[i].typeObject.pointee.dict, name)
      if !v.isEmpty { return bindDescriptor(t, v, s.field(1) == start ? .empty : s.field(1), start) }
      i += 1
    }
  }
  return genericGetAttribute(t, s, s.type, name)
}
