// Defining native functions, methods and modules: one call each, from which signature, binding and documentation derive.
//
// A native is a closure without captures, `{ t, a, n in ... }`: the thread, the argument window, the count. Where all
// parameters of the signature are positional-only (everything before "/"), the window holds just the n arguments given.
// Otherwise it always holds one slot a parameter: absent optional ones are empty, *args is a tuple, **kwargs a dict or
// empty. Methods get their receiver as the first parameter.
//
// A native returns its result; or the empty value after setting an exception (`t.raise(...)`) or after pushing a frame, in
// practice by returning what `call(...)` or `callApp(...)` returned. It must not use values after such a call, and it never
// waits for the result of Python code: what has to go on afterwards is written in Python, in the app-level sources.

import Heap

extension String {
  init(_ s: StaticString) { self = s.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}

/// A native function object.
public func makeNative(_ t: ThreadRef, _ type: BuiltinType, _ name: String, _ signature: StaticString, owner: Value,
                       effects: UInt8 = Effects.calls, _ code: @escaping NativeCode) -> Value {
  let p = allocateOld(shape: type.shape, bytes: MemoryLayout<NativeObject>.size)
  let n = p.assumingMemoryBound(to: NativeObject.self)
  n.pointee.name = intern(t, name)
  n.pointee.owner = owner
  n.pointee.doc = .empty
  n.pointee.parameters = .empty
  n.pointee.selfValue = .empty
  n.pointee.code = code
  n.pointee.signature = signature.utf8Start
  n.pointee.effects = effects
  let text = UnsafeBufferPointer(start: signature.utf8Start, count: signature.utf8CodeUnitCount)
  // Positional-only: ends with "/)" and has no default-less surprises; count without building strings.
  var commas = 0, equals = 0, stars = 0, slash = -1, parameters = 0, inName = false, quote: UInt8 = 0, depth = 0
  for (i, c) in text.enumerated() {
    if quote != 0 { if c == quote { quote = 0 }; continue }
    switch c {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = c
    case UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: ")"), UInt8(ascii: "]"): depth -= 1
    case UInt8(ascii: ","): if depth == 1 { commas += 1; inName = false }
    case UInt8(ascii: "="): equals += 1
    case UInt8(ascii: "*"): stars += 1
    case UInt8(ascii: "/"): slash = i
    case UInt8(ascii: " "): break
    default: if !inName && depth == 1 { inName = true; parameters += 1 }
    }
  }
  let onlyPositional = parameters == 0 && stars == 0 || stars == 0 && slash == text.count - 2
  if onlyPositional {
    n.pointee.kind = NativeKind.positional
    n.pointee.minArgs = Int16(parameters - equals)
    n.pointee.maxArgs = Int16(parameters)
    n.pointee.id = UInt16.max
  } else {
    n.pointee.kind = NativeKind.bound
    n.pointee.minArgs = -1
    n.pointee.maxArgs = -1
    n.pointee.id = UInt16(nativeParameters.count)
    var parsed = parseSignature(t, signature.utf8Start)
    // The receiver (of __new__, the class) is never named.
    if isType(owner), type != .builtinFunction || name == "__new__", parsed.slots > 0, parsed.varArgs != 0 { parsed.positionalOnly = max(parsed.positionalOnly, 1) }
    nativeParameters.append(parsed)
    // Calls reach the parameters by this address.
    let parameters = UnsafeMutablePointer<NativeParameters>.allocate(capacity: 1)
    parameters.initialize(to: parsed)
    n.pointee.parameters = .fixnum(Int(bitPattern: parameters))
  }
  writeBarrier(n.pointee.name.object)
  return Value(p)
}

/// Adds natives to a class.
public struct TypeDefinition {
  public let t: ThreadRef
  public let type: Value
  public init(_ t: ThreadRef, _ b: BuiltinType) { self.t = t; type = b.object }
  public init(_ t: ThreadRef, _ type: Value) { self.t = t; self.type = type }

  public func set(_ name: String, _ v: Value) { setString(t, type.typeObject.pointee.dict, intern(t, name), v) }

  /// An instance method; names like __add__ become slot wrappers.
  @discardableResult
  public func method(_ name: String, _ signature: StaticString, effects: UInt8 = Effects.calls, _ code: @escaping NativeCode) -> Value {
    let kind: BuiltinType = name.hasPrefix("__") && name.hasSuffix("__") ? .wrapperDescriptor : .methodDescriptor
    let v = makeNative(t, kind, name, signature, owner: type, effects: effects, code)
    set(name, v)
    return v
  }
  /// `__new__`: its first parameter is the class.
  @discardableResult
  public func new(_ signature: StaticString, effects: UInt8 = Effects.calls, _ code: @escaping NativeCode) -> Value {
    let v = makeNative(t, .builtinFunction, "__new__", signature, owner: type, effects: effects, code)
    set("__new__", v)
    return v
  }
  /// What calling the exact builtin class with these positional arguments does: `__new__` and `__init__` in one native.
  public func constructor(_ b: BuiltinType, _ signature: StaticString, _ code: @escaping NativeCode) {
    weft_roots()[RootRegion.constructors + b.rawValue] = makeNative(t, .builtinFunction, "__new__", signature, owner: type, code)
  }
  public func staticMethod(_ name: String, _ signature: StaticString, _ code: @escaping NativeCode) {
    let v = makeNative(t, .builtinFunction, name, signature, owner: type, code)
    let s = makeRecord(t, .staticmethod, 2)
    s.fields[0] = v
    set(name, s)
  }
  public func classMethod(_ name: String, _ signature: StaticString, _ code: @escaping NativeCode) {
    set(name, makeNative(t, .classmethodDescriptor, name, signature, owner: type, code))
  }
  /// A computed attribute; natives taking (obj), (obj, value) and (obj).
  public func getset(_ name: String, get: @escaping NativeCode, set setter: NativeCode? = nil, delete: NativeCode? = nil) {
    let g = makeRecord(t, .getset, 6)
    g.fields[0] = makeNative(t, .builtinFunction, name, "(self, /)", owner: type, get)
    if let s = setter { g.fields[1] = makeNative(t, .builtinFunction, name, "(self, value, /)", owner: type, s) }
    g.fields[2] = intern(t, name)
    g.fields[3] = type
    if let d = delete { g.fields[5] = makeNative(t, .builtinFunction, name, "(self, /)", owner: type, d) }
    set(name, g)
  }
  /// A record field as an attribute. `flags`: 1 reads as None when empty, 2 read-only.
  public func member(_ name: String, field: Int, flags: Int = 2) {
    let m = makeRecord(t, .member, 5)
    m.fields[0] = .fixnum(field)
    m.fields[1] = intern(t, name)
    m.fields[2] = type
    m.fields[3] = .fixnum(flags)
    set(name, m)
  }
}

/// Adds natives to a module.
public struct ModuleDefinition {
  public let t: ThreadRef
  public let module: Value
  public let name: Value
  /// A new module object with its `__name__`.
  public init(_ t: ThreadRef, _ name: String, doc: String? = nil) {
    self.t = t
    self.name = intern(t, name)
    module = makeModule(t, self.name)
    if let d = doc { set("__doc__", makeStr(t, d)) }
  }
  public var dict: Value { module.field(0) }
  public func set(_ name: String, _ v: Value) { setString(t, dict, intern(t, name), v) }
  public func set(_ name: String, int i: Int) { set(name, makeInt(t, i)) }
  @discardableResult
  public func function(_ name: String, _ signature: StaticString, effects: UInt8 = Effects.calls, _ code: @escaping NativeCode) -> Value {
    let v = makeNative(t, .builtinFunction, name, signature, owner: self.name, effects: effects, code)
    set(name, v)
    return v
  }
  /// A class whose instances are records of `fields` values; see `defineType`.
  public func type(_ name: String, fields: Int = 0, base: Value? = nil, subclassable: Bool = true) -> TypeDefinition {
    let full = swiftString(self.name)
    let d = defineType(t, name, module: full, fields: fields, base: base ?? BuiltinType.object.object, subclassable: subclassable)
    set(name, d)
    return TypeDefinition(t, d)
  }
}

public func makeModule(_ t: ThreadRef, _ name: Value, type: Value = BuiltinType.module.object) -> Value {
  let m = makeInstance(t, type)
  let d = makeDict(t)
  m.fields[0] = d
  setString(t, d, Name.__name__.value, name)
  setString(t, d, Name.__doc__.value, .none)
  setString(t, d, Name.__package__.value, .none)
  setString(t, d, Name.__loader__.value, .none)
  setString(t, d, Name.__spec__.value, .none)
  return m
}

/// A native class beyond the builtin table. Its instances are records: the base's fields, then `fields` more values.
public func defineType(_ t: ThreadRef, _ name: String, module: String, fields: Int, base: Value, subclassable: Bool = true,
                       attributes: Bool = false) -> Value {
  let type = allocateType(BuiltinType.type.shape)
  let p = type.typeObject, b = base.typeObject
  p.pointee.name = internForever(t, name)
  p.pointee.qualifiedName = p.pointee.name
  p.pointee.bases = makeTuple(t, [base])
  let d = makeDict(t)
  p.pointee.dict = d
  p.pointee.base = base
  p.pointee.layout = b.pointee.layout
  p.pointee.kind = b.pointee.kind
  p.pointee.nativeFields = b.pointee.nativeFields + UInt32(fields)
  p.pointee.fixedSlots = b.pointee.fixedSlots + UInt32(fields)
  p.pointee.flags = b.pointee.flags & (TypeFlag.exception | TypeFlag.attributes) | (subclassable ? TypeFlag.subclassable : 0) | (attributes ? TypeFlag.attributes : 0)
  writeBarrier(type.object)
  let m = b.pointee.mro
  p.pointee.mro = makeTuple(t, [type] + (0..<m.count).map { m.items[$0] })
  if module != "builtins" { setString(t, d, Name.__module__.value, intern(t, module)) }
  setString(t, d, Name.__doc__.value, .none)
  finishLayout(type)
  addSubclass(t, base, type)
  return type
}
