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
    d.getset("__doc__", get: { t, a, n in builtinDoc(a[0]) })
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
    d.method("__reduce__", "(self, /)") { t, a, n in callApp(t, named: "descriptor_reduce", a[0]) }
  }

  let d = TypeDefinition(t, .builtinFunction)
  d.getset("__name__", get: { t, a, n in builtinName(a[0]) })
  d.getset("__qualname__", get: { t, a, n in builtinQualifiedName(t, a[0]) })
  d.getset("__doc__", get: { t, a, n in builtinDoc(a[0]) })
  d.getset("__text_signature__", get: { t, a, n in
    a[0].isExact(.builtinFunction) ? textSignature(t, a[0])
      : a[0].isExact(.builtinMethod) ? textSignature(t, a[0].field(0)) : callApp(t, named: "app_text_signature", a[0].field(FunctionField.code),
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

func builtinDoc(_ f: Value) -> Value {
  if f.isExact(.appFunction) { return orNone(f.field(FunctionField.doc)) }
  return orNone((f.isExact(.builtinMethod) ? f.field(0) : f).to(NativeObject.self).pointee.doc)
}

/// "($self, x, /)" of a native, or None.
func textSignature(_ t: ThreadRef, _ native: Value) -> Value {
  let p = native.to(NativeObject.self).pointee
  guard let s = p.signature else { return .none }
  var text = String(cString: s)
  if isType(p.owner) && !native.isExact(.builtinFunction) && text.hasPrefix("(") { text = "($" + text.dropFirst() }
  return makeStr(t, text)
}
