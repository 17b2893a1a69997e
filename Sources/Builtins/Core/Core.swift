// Natives of object, type, functions and exceptions, and the builtin functions around attributes and classes.

import Glibc
import Support
import Heap
import Objects

func installObject(_ t: ThreadRef) {
  installObjectType(t)
  installTypeType(t)
  installFunctions(t)
  installGenerators(t)
  installExceptions(t)
  installBuiltinFunctions(t)
}

/// Adds a function to the builtins module.
func builtin(_ t: ThreadRef, _ name: String, _ signature: StaticString, effects: UInt8 = Effects.calls, _ code: @escaping NativeCode) {
  setString(t, builtinsDict, intern(t, name), makeNative(t, .builtinFunction, name, signature, owner: Name.builtins.value, effects: effects, code))
}

func installBuiltinFunctions(_ t: ThreadRef) {
  let public_: [BuiltinType] = [.object, .type, .int, .bool, .float, .complex, .str, .bytes, .bytearray, .memoryview, .tuple, .list, .dict, .set,
                                .frozenset, .range, .slice, .property, .classmethod, .staticmethod, .enumerate, .zip, .map, .filter, .reversed]
  for b in public_ { setString(t, builtinsDict, b.object.typeObject.pointee.name, b.object) }
  setString(t, builtinsDict, intern(t, "super"), BuiltinType.superType.object)
  for e in ExceptionType.allCases { setString(t, builtinsDict, e.object.typeObject.pointee.name, e.object) }
  for alias in ["EnvironmentError", "IOError"] { setString(t, builtinsDict, intern(t, alias), ExceptionType.OSError.object) }
  for name in ["message", "exceptions"] {
    TypeDefinition(t, ExceptionType.BaseExceptionGroup.object).member(name, field: ExceptionField.first + (name == "message" ? 0 : 1), flags: 3)
  }
  for (name, v) in [("None", Value.none), ("True", .true), ("False", .false), ("Ellipsis", weft_vm.ellipsis), ("NotImplemented", .notImplemented), ("__debug__", .true)] {
    setString(t, builtinsDict, intern(t, name), v)
  }
  TypeDefinition(t, .list).constructor(.list, "(iterable=None, /)") { t, a, n in
    let l = makeList(t)
    if n == 0 { return l }
    if a[0].isExact(.list) || a[0].isExact(.tuple) || a[0].isExact(.dict) || a[0].isExact(.set) || a[0].isExact(.frozenset) {
      return listExtend(t, l, a[0]).isEmpty ? .empty : l
    }
    switch a[0].shapeIndex {
    case BuiltinType.dictItems.shape: forEachEntry(a[0].field(0)) { k, v in listAppend(t, l, pair(t, k, v)) }; return l
    case BuiltinType.dictKeys.shape: forEachEntry(a[0].field(0)) { k, _ in listAppend(t, l, k) }; return l
    case BuiltinType.dictValues.shape: forEachEntry(a[0].field(0)) { _, v in listAppend(t, l, v) }; return l
    default: return callApp(t, .listFromIterable, a[0])
    }
  }
  TypeDefinition(t, .dict).constructor(.dict, "(/)") { t, a, n in makeDict(t) }
  TypeDefinition(t, .set).constructor(.set, "(iterable=None, /)") { t, a, n in n == 0 ? makeSet(t) : callApp(t, .setUpdate, makeSet(t), a[0]) }
  builtin(t, "getattr", "(object, name, default=None, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("attribute name must be string, not '\(typeName(a[1]))'") }
    let name = intern(a[1])
    if n < 3 { return getAttribute(t, a[0], name) }
    return attributeOrDefault(t, a[0], name, a[2])
  }
  builtin(t, "hasattr", "(object, name, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("attribute name must be string, not '\(typeName(a[1]))'") }
    let before = t.pointee.frame
    let name = intern(a[1])
    if needsPython(a[0], name) { return callApp(t, .hasattrSlow, a[0], name) }
    let v = getAttribute(t, a[0], name)
    if v.isEmpty && t.pointee.frame == before && isInstance(t.pointee.exception, .AttributeError) {
      t.pointee.exception = .empty
      return .false
    }
    return v.isEmpty ? .empty : .true
  }
  builtin(t, "setattr", "(object, name, value, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    return callApp(t, .setattrDescriptor, a[0], name, a[2])
  }
  builtin(t, "delattr", "(object, name, /)") { t, a, n in
    guard let name = nameArgument(t, a[1]) else { return .empty }
    return callApp(t, .delattrDescriptor, a[0], name)
  }
  defineAppNative(t, "set_attribute", "(object, name, value, /)") { t, a, n in setAttribute(t, a[0], a[1], a[2]) }
  defineAppNative(t, "del_attribute", "(object, name, /)") { t, a, n in setAttribute(t, a[0], a[1], .empty) }
  builtin(t, "isinstance", "(object, class_or_tuple, /)") { t, a, n in
    if isType(a[1]) {
      if a[0].type == a[1] { return .true }
      if a[1].type == BuiltinType.type.object {
        if isSubtype(a[0].type, a[1]) { return .true }
        if saysItsClass(a[0].type) { return .false }
      }
    } else if a[1].isExact(.tuple) {
      // Plain classes all: decided at once.
      var plain = true
      for i in 0..<a[1].count {
        let c = a[1].items[i]
        guard isType(c), c.type == BuiltinType.type.object else { plain = false; break }
        if isSubtype(a[0].type, c) { return .true }
      }
      if plain && saysItsClass(a[0].type) { return .false }
    }
    return callApp(t, .isinstance, a[0], a[1])
  }
  isinstanceFunction = getString(builtinsDict, intern(t, "isinstance"))
  builtin(t, "issubclass", "(cls, class_or_tuple, /)") { t, a, n in
    if isType(a[0]) && isType(a[1]) && a[1].type == BuiltinType.type.object { return .bool(isSubtype(a[0], a[1])) }
    return callApp(t, .issubclass, a[0], a[1])
  }
  builtin(t, "callable", "(object, /)") { t, a, n in .bool(!lookup(a[0].type, Name.__call__.value).isEmpty) }
  builtin(t, "id", "(object, /)") { t, a, n in makeInt(t, Int(bitPattern: identity(a[0]))) }
  // The raw tools of app-level definitions.
  defineAppNative(t, "raw_set_type_attr", "(type, name, value, /)") { t, a, n in
    guard isType(a[0]), a[1].isObject, a[1].isStr else { return t.typeError("class expected") }
    setString(t, a[0].typeObject.pointee.dict, intern(a[1]), a[2])
    invalidate(a[0])
    return .none
  }
  defineAppNative(t, "raw_set_builtin", "(name, value, /)") { t, a, n in setString(t, builtinsDict, intern(a[0]), a[1]); return .none }
  defineAppNative(t, "app_module_attr", "(module, name, value, /)") { t, a, n in
    // Classes only say that they belong to these: the modules themselves are the installed library's.
    if ["types", "functools", "collections", "weakref"].contains(swiftString(a[0])) { return .none }
    let at = RootRegion.misc + 4
    if weft_roots()[at].isEmpty { weft_roots()[at] = makeDict(t) }
    var m = getString(weft_roots()[at], intern(a[0]))
    if m.isEmpty { m = makeDict(t); setString(t, weft_roots()[at], intern(a[0]), m) }
    setString(t, m, intern(a[1]), a[2])
    return .none
  }
  defineAppNative(t, "builtin_type", "(name, /)") { t, a, n in
    let s = swiftString(a[0])
    for b in BuiltinType.allCases where caseName(b) == s { return b.object }
    return t.valueError("no builtin type \(s)")
  }
  defineAppNative(t, "make_module_function", "(function, module, /)") { t, a, n in setField(a[0], FunctionField.module, a[1]); return a[0] }
  defineAppNative(t, "binary_type_error", "(op, x, y, /)") { t, a, n in binaryTypeError(t, BinaryOp(rawValue: a[0].fixnum)!, a[1], a[2]) }
  defineAppNative(t, "compare_type_error", "(op, x, y, /)") { t, a, n in compareTypeError(t, CompareOp(rawValue: a[0].fixnum)!, a[1], a[2]) }
  defineAppNative(t, "binary_names", "(op, /)") { t, a, n in
    let op = BinaryOp(rawValue: a[0].fixnum)!
    return makeTuple(t, [op.method, op.reflected, op.inPlace])
  }
  defineAppNative(t, "binary_operation", "(op, x, y, /)") { t, a, n in binaryOperation(t, BinaryOp(rawValue: a[0].fixnum)!, a[1], a[2]) }
  defineAppNative(t, "compare_names", "(op, /)") { t, a, n in
    let op = CompareOp(rawValue: a[0].fixnum)!
    return makeTuple(t, [op.method, op.swapped.method])
  }
  defineAppNative(t, "raise_pending", "(exception, /)") { t, a, n in t.raise(a[0]) }
  defineAppNative(t, "raw_write", "(text, /)") { t, a, n in
    let b = fileSystemBytes(a[0])
    _ = b.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    return .none
  }
  // sys.stdout and friends; Ellipsis when the attribute is gone, a bare stream before sys exists.
  defineAppNative(t, "standard_stream", "(name, /)") { t, a, n in
    let sys = getString(modulesDict, Name.sys.value)
    if sys.isEmpty || !sys.isExact(.module) { return getString(appNamespace, intern(t, "_raw_stream")) }
    let v = getString(sys.field(0), intern(a[0]))
    return v.isEmpty ? weft_vm.ellipsis : v
  }
  defineAppNative(t, "weakref_callback", "(ref, /)") { t, a, n in
    let w = a[0].to(WeakrefObject.self)
    let c = w.pointee.callback
    w.pointee.callback = .none
    return c.isEmpty ? .none : c
  }
  defineAppNative(t, "raise_with_context", "(exception, /)") { t, a, n in t.raiseWithContext(a[0]) }
  defineAppNative(t, "group_set", "(group, message, exceptions, /)") { t, a, n in
    setField(a[0], ExceptionField.first, a[1])
    setField(a[0], ExceptionField.first + 1, a[2])
    return .none
  }
  defineAppNative(t, "property_name", "(property, /)") { t, a, n in a[0].field(4).isEmpty ? .none : a[0].field(4) }
  defineAppNative(t, "property_copy_name", "(new, old, /)") { t, a, n in
    if a[0].isKind(.property) { setField(a[0], 4, a[1].field(4)) }
    return .none
  }
  defineAppNative(t, "property_doc_from_getter", "(property, /)") { t, a, n in .bool(a[0].field(5) == .true) }
  // Runs a class body with `namespace` as its locals; gives what the body returns.
  defineAppNative(t, "run_class_body", "(function, namespace, /)") { t, a, n in
    guard a[0].isExact(.function) else { return t.typeError("__build_class__: func must be a function") }
    let r = callFunction(t, a[0], a, 0, .empty)
    if t.pointee.exception.isEmpty && r.isEmpty { t.pointee.frame!.registers[0] = a[1] }
    return r
  }
  defineAppNative(t, "current_frame", "(/)") { t, a, n in
    guard let f = visibleFrame(t) else { return .none }
    f.pointee.header.flags |= FrameFlag.escaped
    return Value(f)
  }
  defineAppNative(t, "identity", "(x, /)") { t, a, n in makeInt(t, Int(bitPattern: identity(a[0]))) }
  defineAppNative(t, "slot_names", "(type, /)") { t, a, n in
    guard isType(a[0]) else { return t.typeError("class expected") }
    let v = a[0].typeObject.pointee.slotNames; return v.isEmpty ? .none : v
  }
  defineAppNative(t, "existing_dict", "(x, /)") { t, a, n in
    // The attributes as a dict, without changing how the object keeps them.
    guard a[0].isObject else { return .none }
    let d = existingDict(a[0])
    if !d.isEmpty { return d }
    let s = a[0].shape
    if s.pointee.layout != Layout.record.rawValue || s.pointee.flags & (ShapeFlag.noAttributes | ShapeFlag.trailer) != 0 || a[0].kind == .function || isType(a[0]) { return .none }
    let out = makeDict(t), keys = s.keyArray()
    for i in Int(s.pointee.fixedSlots)..<Int(s.pointee.slotCount) {
      let v = slotAddress(a[0], s, i).pointee
      if !v.isEmpty { setString(t, out, keys[i], v) }
    }
    return out
  }
}

/// Whether reading `o.name` may run Python code.
func needsPython(_ o: Value, _ name: Value) -> Bool {
  let type = o.type
  let ga = lookup(type, Name.__getattribute__.value)
  if !lookup(type, Name.__getattr__.value).isEmpty { return true }
  _ = lookup(type, name)
  if hasForeignKeys(o, type) { return true }
  if ga == objectGetattribute {
    let d = lookup(type, name)
    return !d.isEmpty && hasGet(d) && !(d.isExact(.function) || d.isExact(.methodDescriptor) || d.isExact(.wrapperDescriptor) || d.isExact(.member))
  }
  if ga == moduleGetattribute { return !getString(o.field(0), Name.__getattr__.value).isEmpty || type != BuiltinType.module.object }
  if ga == typeGetattribute {
    if !lookup(type, name).isEmpty && type != BuiltinType.type.object { return true }
    let v = lookup(o, name)
    return !v.isEmpty && hasGet(v) && !(v.isExact(.function) || v.isExact(.methodDescriptor) || v.isExact(.wrapperDescriptor) || v.isExact(.staticmethod) || v.isExact(.classmethod) && !bindsInPython(v))
  }
  return true
}

/// getattr with a default.
func attributeOrDefault(_ t: ThreadRef, _ o: Value, _ name: Value, _ fallback: Value) -> Value {
  if needsPython(o, name) { return callApp(t, named: "getattr_default", o, name, fallback) }
  let before = t.pointee.frame
  let v = getAttribute(t, o, name)
  if v.isEmpty && t.pointee.frame == before && isInstance(t.pointee.exception, .AttributeError) {
    t.pointee.exception = .empty
    return fallback
  }
  return v
}
