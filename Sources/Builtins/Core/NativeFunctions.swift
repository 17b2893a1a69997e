// What Python sees of natives: builtin functions and methods, and the descriptors that methods of builtin types are.
//
// `builtin_function_or_method` is one class with three layouts: a native, a native or app-level function bound to its
// receiver, and an app-level function published as a builtin (which, unlike a Python function, does not bind).

import Heap
import Objects

func installNativeFunctions(_ t: ThreadRef) {
  for b in [BuiltinType.methodDescriptor, .wrapperDescriptor, .classmethodDescriptor] {
    let d = TypeDefinition(t, b)
    d.getset("__name__", get: { t, a, n in builtinName(a[0]) })
    d.getset("__qualname__", get: { t, a, n in builtinQualifiedName(t, a[0]) })
    d.getset("__doc__", get: { t, a, n in builtinDoc(t, a[0]) })
    d.getset("__text_signature__", get: { t, a, n in textSignature(t, a[0]) })
    d.getset("__objclass__", get: { t, a, n in a[0].to(NativeObject.self).pointee.owner })
    d.method("__call__", "(self, /, *args, **kwargs)") { t, a, n in callApp(t, .callEx, a[0], a[1], a[2].isEmpty ? .none : a[2]) }
    d.method("__get__", "(self, instance, owner=None, /)") { t, a, n in
      if a[0].isExact(.classmethodDescriptor), a[1].isNone, n < 3 || a[2].isNone {
        let p = a[0].to(NativeObject.self).pointee
        return t.typeError("descriptor '\(swiftString(p.name))' for type '\(nameOf(type: p.owner))' needs either an object or a type")
      }
      if a[0].isExact(.classmethodDescriptor) { return bindDescriptor(t, a[0], .empty, n > 2 && !a[2].isNone ? a[2] : a[1].type) }
      if a[1].isNone {
        return n > 2 && !a[2].isNone ? a[0] : t.typeError("__get__(None, None) is invalid")
      }
      if !isSubtype(a[1].type, a[0].to(NativeObject.self).pointee.owner) {
        let p = a[0].to(NativeObject.self).pointee
        return t.typeError("descriptor '\(swiftString(p.name))' for '\(nameOf(type: p.owner))' objects doesn't apply to a '\(typeName(a[1]))' object")
      }
      return makeRecord(t, .builtinMethod, a[0], a[1])
    }
    d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
      let p = a[0].to(NativeObject.self).pointee
      return makeStr(t, "<\(a[0].isExact(.wrapperDescriptor) ? "slot wrapper" : "method") '\(swiftString(p.name))' of '\(nameOf(type: p.owner))' objects>")
    }
    if b != .classmethodDescriptor { d.method("__reduce__", "(self, /)") { t, a, n in callApp(t, named: "descriptor_reduce", a[0]) } }
  }

  let d = TypeDefinition(t, .builtinFunction)
  d.getset("__name__", get: { t, a, n in builtinName(a[0]) })
  d.getset("__qualname__", get: { t, a, n in builtinQualifiedName(t, a[0]) })
  d.getset("__doc__", get: { t, a, n in builtinDoc(t, a[0]) })
  d.getset("__text_signature__", get: { t, a, n in
    a[0].isExact(.builtinFunction) ? textSignature(t, a[0])
      : a[0].isExact(.builtinMethod) ? textSignature(t, a[0].field(0))
      : a[0].field(FunctionField.module).isStr && swiftString(a[0].field(FunctionField.module)) == "time" ? .none : callApp(t, named: "app_text_signature", a[0].field(FunctionField.code),
                                                                             orNone(a[0].field(FunctionField.defaults)), orNone(a[0].field(FunctionField.kwDefaults)))
  })
  d.getset("__objclass__", get: { t, a, n in
    guard a[0].isExact(.builtinMethod), a[0].field(0).isExact(.wrapperDescriptor) else { return noAttribute(t, a[0], intern(t, "__objclass__")) }
    return a[0].field(0).to(NativeObject.self).pointee.owner
  })
  d.getset("__module__", get: { t, a, n in
    if a[0].isExact(.builtinMethod) { return .none }
    if a[0].isExact(.appFunction) { return orNone(a[0].field(FunctionField.module)) }
    let o = a[0].to(NativeObject.self).pointee.owner
    return o.isStr ? o : isType(o) ? .none : makeStr(t, "builtins")
  })
  d.getset("__self__", get: { t, a, n in
    if a[0].isExact(.builtinMethod) { return a[0].field(1) }
    let o = a[0].isExact(.appFunction) ? a[0].field(FunctionField.module) : a[0].to(NativeObject.self).pointee.owner
    if isType(o) { return o }
    return orNone(o.isStr ? getString(modulesDict, o) : .empty)
  })
  d.method("__call__", "(self, /, *args, **kwargs)") { t, a, n in callApp(t, .callEx, a[0], a[1], a[2].isEmpty ? .none : a[2]) }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let name = swiftString(builtinName(a[0]))
    guard a[0].isExact(.builtinMethod) else { return makeStr(t, "<built-in function \(name)>") }
    let wrapper = a[0].field(0).isExact(.wrapperDescriptor), receiver = a[0].field(1)
    return makeStr(t, "<\(wrapper ? "method-wrapper '\(name)'" : "built-in method \(name)") of \(typeName(receiver)) object at 0x\(String(identity(receiver), radix: 16))>")
  }
  d.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in
    guard a[0].isExact(.builtinMethod) && a[1].isExact(.builtinMethod) else { return a[0] == a[1] ? .true : .notImplemented }
    return .bool(a[0].field(0) == a[1].field(0) && a[0].field(1) == a[1].field(1))
  }
  d.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in
    guard a[0].isExact(.builtinMethod) else { return .fixnum(hashFixnum(identityHash(a[0]))) }
    return .fixnum(hashFixnum(identityHash(a[0].field(0)) ^ identityHash(a[0].field(1))))
  }
  d.method("__reduce__", "(self, /)") { t, a, n in a[0].isExact(.builtinMethod) ? callApp(t, named: "method_reduce", a[0]) : builtinQualifiedName(t, a[0]) }

  defineAppNative(t, "as_builtin_function", "(function, /)") { t, a, n in
    guard a[0].isExact(.function) else { return a[0] }
    let f = makeRecord(t, .appFunction, FunctionField.count)
    for i in 0..<FunctionField.count { f.fields[i] = a[0].fields[i] }
    return f
  }
}

func orNone(_ v: Value) -> Value { v.isEmpty ? .none : v }

func builtinName(_ f: Value) -> Value {
  if f.isExact(.appFunction) { return f.field(FunctionField.name) }
  return (f.isExact(.builtinMethod) ? f.field(0) : f).to(NativeObject.self).pointee.name
}

func builtinQualifiedName(_ t: ThreadRef, _ f: Value) -> Value {
  if f.isExact(.appFunction) { return f.field(FunctionField.qualifiedName) }
  let receiver = f.isExact(.builtinMethod) ? f.field(1) : .empty
  let p = (receiver.isEmpty ? f : f.field(0)).to(NativeObject.self).pointee
  let owner = isType(receiver) ? receiver : p.owner
  return isType(owner) ? makeStr(t, "\(nameOf(type: owner)).\(swiftString(p.name))") : p.name
}

func builtinDoc(_ t: ThreadRef, _ f: Value) -> Value {
  if f.isExact(.appFunction) { return docstring(t, ofFunction: f) }
  let native = f.isExact(.builtinMethod) ? f.field(0) : f
  let p = native.to(NativeObject.self).pointee
  if p.doc.isEmpty && native.isExact(.wrapperDescriptor), let text = slotText(swiftString(p.name)) {
    native.to(NativeObject.self).pointee.doc = makeStr(t, text)
    writeBarrier(native.object)
    return native.to(NativeObject.self).pointee.doc
  }
  return orNone(p.doc)
}

/// What help() says of a special method.
func slotText(_ name: String) -> String? {
  let operators: [String: String] = ["add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "lshift": "<<", "rshift": ">>",
                                     "and": "&", "or": "|", "xor": "^", "matmul": "@"]
  let core = String(name.dropFirst(2).dropLast(2))
  if let o = operators[core] { return "Return self\(o)value." }
  if core.hasPrefix("r"), let o = operators[String(core.dropFirst())] { return "Return value\(o)self." }
  if core.hasPrefix("i"), let o = operators[String(core.dropFirst())] { return "Implement self\(o)=value." }
  let comparisons = ["lt": "<", "le": "<=", "eq": "==", "ne": "!=", "gt": ">", "ge": ">="]
  if let o = comparisons[core] { return "Return self\(o)value." }
  return ["next": "Implement next(self).", "iter": "Implement iter(self).", "repr": "Return repr(self).", "str": "Return str(self).",
          "hash": "Return hash(self).", "call": "Call self as a function.", "getattribute": "Return getattr(self, name).",
          "setattr": "Implement setattr(self, name, value).", "delattr": "Implement delattr(self, name).",
          "init": "Initialize self.  See help(type(self)) for accurate signature.", "len": "Return len(self).", "getitem": "Return self[key].",
          "setitem": "Set self[key] to value.", "delitem": "Delete self[key].", "contains": "Return key in self.", "neg": "-self", "pos": "+self",
          "abs": "abs(self)", "invert": "~self", "bool": "True if self else False", "int": "int(self)", "float": "float(self)",
          "divmod": "Return divmod(self, value).", "rdivmod": "Return divmod(value, self).", "pow": "Return pow(self, value, mod).",
          "rpow": "Return pow(value, self, mod).", "get": "Return an attribute of instance, which is of type owner.",
          "set": "Set an attribute of instance to value.", "delete": "Delete an attribute of instance.",
          "index": "Return self converted to an integer, if self is suitable for use as an index into a list."][core]
}

/// "($self, x, /)" of a native, or None.
/// Functions of builtins and math that parse their arguments by hand in CPython and show no signature.
private let unsigned: Set<String> = ["min", "max", "iter", "next", "getattr", "dir", "vars", "breakpoint", "__build_class__", "hypot", "log"]

func textSignature(_ t: ThreadRef, _ native: Value) -> Value {
  let p = native.to(NativeObject.self).pointee
  guard let s = p.signature else { return .none }
  if p.owner.isStr, case let owner = swiftString(p.owner), owner == "time" || (owner == "builtins" || owner == "math") && unsigned.contains(swiftString(p.name)) { return .none }
  var text = String(cString: s)
  if isType(p.owner) && !native.isExact(.builtinFunction) && text.hasPrefix("(") && !text.hasPrefix("($") { text = "($" + text.dropFirst() }
  return makeStr(t, text)
}
