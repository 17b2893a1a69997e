// Calling anything: functions, natives, bound methods, classes, objects with __call__.
//
// `call` is what both the run loop's slow path and natives use. A native that calls returns what `call` returned: it is a
// tail call, and the result goes where the native's own would have gone.

import Glibc
import Support
import Heap
import Bytecode

public enum NativeKind {
  /// The window is passed as it is: between minArgs and maxArgs positional arguments.
  public static let positional: UInt8 = 0
  /// The window always has one slot a parameter; absent ones are empty, *args a tuple, **kwargs a dict or empty.
  public static let bound: UInt8 = 1
}
public enum Effects {
  /// May push frames.
  public static let calls: UInt8 = 0
  /// Never pushes a frame.
  public static let leaf: UInt8 = 1
  /// Pushes one frame of an app-level function at most, whose result is the native's.
  public static let oneFrame: UInt8 = 2
  /// Given instances of builtin types, neither pushes frames nor waits.
  public static let plain: UInt8 = 3
}

/// What makes instances of a native class, or calls one, by positional arguments, where that has to be short. The empty value says that
/// nothing was done: the general way is taken. Neither pushes a frame nor raises.
public struct DirectNatives {
  public var make: (@convention(c) (ThreadRef, Value, Args, Int) -> Value)?
  public var call: (@convention(c) (ThreadRef, Value, Args, Int) -> Value)?
  public init(make: (@convention(c) (ThreadRef, Value, Args, Int) -> Value)? = nil, call: (@convention(c) (ThreadRef, Value, Args, Int) -> Value)? = nil) {
    self.make = make
    self.call = call
  }
}
/// By `TypeObject.reserve`, which is 0 for most classes and for all subclasses.
nonisolated(unsafe) private var direct1 = DirectNatives(), direct2 = DirectNatives()
@inline(__always) private func directNatives(_ n: UInt16) -> DirectNatives { n == 1 ? direct1 : direct2 }
/// There are two such classes: tasklets and channels.
public func setDirectNatives(_ type: Value, _ n: DirectNatives) {
  if direct1.make == nil { direct1 = n; type.typeObject.pointee.reserve = 1 } else { direct2 = n; type.typeObject.pointee.reserve = 2 }
}

/// Calls `f`; see the head of this file.
public func call(_ t: ThreadRef, _ f: Value, _ args: Args, _ n: Int, _ kwNames: Value = .empty) -> Value {
  if weft_stack_pointer() < t.pointee.stackLimit { return nativeRecursion(t) }
  if f.isObject {
    switch f.object.pointee.shape {
    case BuiltinType.function.shape, BuiltinType.appFunction.shape: return callFunction(t, f, args, n, kwNames)
    case BuiltinType.builtinFunction.shape, BuiltinType.classmethodDescriptor.shape:
      return callNative(t, f, args, n, kwNames)
    case BuiltinType.method.shape: return callWithSelf(t, f.field(0), f.field(1), args, n, kwNames)
    case BuiltinType.builtinMethod.shape: return callWithSelf(t, f.field(0), f.field(1), args, n, kwNames)
    case BuiltinType.methodDescriptor.shape, BuiltinType.wrapperDescriptor.shape:
      let native = f.to(NativeObject.self)
      if n - (kwNames.isEmpty ? 0 : kwNames.count) < 1 {
        return t.typeError("unbound method \(nameOf(type: native.pointee.owner)).\(swiftString(native.pointee.name))() needs an argument")
      }
      if !isSubtype(args[0].type, native.pointee.owner) {
        return t.typeError("descriptor '\(swiftString(native.pointee.name))' for '\(nameOf(type: native.pointee.owner))' objects doesn't apply to a '\(typeName(args[0]))' object")
      }
      return callNative(t, f, args, n, kwNames)
    default: break
    }
    if isType(f) {
      if f.typeObject.pointee.reserve != 0 && kwNames.isEmpty, let make = directNatives(f.typeObject.pointee.reserve).make {
        let r = make(t, f, args, n)
        if !r.isEmpty { return r }
      }
      return callType(t, f, args, n, kwNames)
    }
    let type = f.type
    if type.typeObject.pointee.reserve != 0 && kwNames.isEmpty, let code = directNatives(type.typeObject.pointee.reserve).call {
      let r = code(t, f, args, n)
      if !r.isEmpty { return r }
    }
    let m = lookup(type, Name.__call__.value)
    if !m.isEmpty {
      if m.isExact(.function) || m.isExact(.wrapperDescriptor) { return callWithSelf(t, m, f, args, n, kwNames) }
      if bindsInPython(m) { return callBoundSlowly(t, m, f, args, n, kwNames) }
      let b = bindDescriptor(t, m, f, f.type)
      if b.isEmpty { return .empty }
      // Objects may be called through each other in a circle.
      t.pointee.nativeDepth += 1
      defer { t.pointee.nativeDepth -= 1 }
      if t.pointee.nativeDepth > 500 { return nativeRecursion(t) }
      return call(t, b, args, n, kwNames)
    }
  }
  return t.typeError("'\(typeName(f))' object is not callable")
}

@inline(never) func nativeRecursion(_ t: ThreadRef) -> Value {
  t.raise(.RecursionError, "maximum recursion depth exceeded while calling a Python object")
}

/// Whether binding class attribute `d` runs Python code, so that a native cannot wait for what it gives.
public func bindsInPython(_ d: Value) -> Bool {
  guard d.isObject else { return false }
  switch d.object.pointee.shape {
  case BuiltinType.function.shape, BuiltinType.methodDescriptor.shape, BuiltinType.wrapperDescriptor.shape, BuiltinType.staticmethod.shape,
       BuiltinType.classmethodDescriptor.shape, BuiltinType.builtinFunction.shape, BuiltinType.noneType.shape: return false
  case BuiltinType.property.shape, BuiltinType.getset.shape: return true
  case BuiltinType.classmethod.shape: return bindsInPython(d.field(0))
  default:
    let g = lookup(d.type, Name.__get__.value)
    return !g.isEmpty && !g.isExact(.wrapperDescriptor)
  }
}
/// Binds and calls in app-level code.
func callBoundSlowly(_ t: ThreadRef, _ m: Value, _ receiver: Value, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  let w = t.pointee.window!
  if n + 2 > windowLimit { return t.raise(.MemoryError, "too many arguments") }
  if n > 0 { (w + 2).update(from: args, count: n) }
  w[0] = m; w[1] = receiver
  let f = getString(appNamespace, intern(t, "call_bound"))
  t.pointee.window = w + (n + 2)
  let r = call(t, f, w, n + 2, kwNames)
  t.pointee.window = w
  return r
}

/// Calls `f` with `self` before the arguments.
public func callWithSelf(_ t: ThreadRef, _ f: Value, _ receiver: Value, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  let w = t.pointee.window!
  w[0] = receiver
  if n > 0 { (w + 1).update(from: args, count: n) }
  if n + 1 > windowLimit { return t.raise(.MemoryError, "too many arguments") }
  t.pointee.window = w + (n + 1)
  let r = call(t, f, w, n + 1, kwNames)
  t.pointee.window = w
  return r
}
/// Arguments that fit the window area.
public let windowLimit = 1 << 20

public func call(_ t: ThreadRef, _ f: Value, _ a: Value) -> Value {
  let w = t.pointee.window!
  w[0] = a
  t.pointee.window = w + 1
  let r = call(t, f, w, 1)
  t.pointee.window = w
  return r
}
public func call(_ t: ThreadRef, _ f: Value, _ a: Value, _ b: Value) -> Value {
  let w = t.pointee.window!
  w[0] = a; w[1] = b
  t.pointee.window = w + 2
  let r = call(t, f, w, 2)
  t.pointee.window = w
  return r
}
public func call(_ t: ThreadRef, _ f: Value, _ a: [Value]) -> Value {
  let w = t.pointee.window!
  for i in 0..<a.count { w[i] = a[i] }
  t.pointee.window = w + a.count
  let r = call(t, f, w, a.count)
  t.pointee.window = w
  return r
}

/// Calls a native function.
public func callNative(_ t: ThreadRef, _ f: Value, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  let native = f.to(NativeObject.self)
  if native.pointee.kind == NativeKind.positional {
    if !kwNames.isEmpty && kwNames.count > 0 {
      // A subclass with an __init__ of its own takes what keywords it likes.
      if n > kwNames.count, native.pointee.name == Name.__new__.value, isType(args[0]), isType(native.pointee.owner), args[0] != native.pointee.owner,
         lookup(args[0], Name.__init__.value) != lookup(native.pointee.owner, Name.__init__.value) {
        return callNative(t, f, args, n - kwNames.count, .empty)
      }
      if n > kwNames.count, native.pointee.name == Name.__init__.value, native.pointee.owner == BuiltinType.list.object, args[0].type != native.pointee.owner,
         lookup(args[0].type, Name.__new__.value) != lookup(native.pointee.owner, Name.__new__.value) {
        return callNative(t, f, args, n - kwNames.count, .empty)
      }
      if native.pointee.name == Name.__new__.value || native.pointee.name == Name.__init__.value, isType(native.pointee.owner) {
        return t.typeError("\(nameOf(type: native.pointee.owner))() takes no keyword arguments")
      }
      return t.typeError("\(qualifiedNativeName(native))() takes no keyword arguments")
    }
    if n >= Int(native.pointee.minArgs) && n <= Int(native.pointee.maxArgs) { return native.pointee.code(t, args, n) }
    return nativeArityError(t, native, n)
  }
  return kwNames.isEmpty ? callBoundNative(t, f, args, n) : callBoundNative(t, f, native, args, n, kwNames)
}

func qualifiedNativeName(_ native: UnsafeMutablePointer<NativeObject>) -> String {
  let o = native.pointee.owner
  if !o.isEmpty && isType(o) { return "\(nameOf(type: o)).\(swiftString(native.pointee.name))" }
  return swiftString(native.pointee.name)
}

@inline(never) func nativeArityError(_ t: ThreadRef, _ native: UnsafeMutablePointer<NativeObject>, _ n: Int) -> Value {
  let isMethod = isType(native.pointee.owner)
  // These seven parse their arguments themselves.
  let ownParser = isMethod && ["find", "rfind", "index", "rindex", "count", "startswith", "endswith"].contains(swiftString(native.pointee.name))
    && [BuiltinType.str, .bytes, .bytearray].contains { $0.object == native.pointee.owner }
  let lo = Int(native.pointee.minArgs) - (isMethod ? 1 : 0), hi = Int(native.pointee.maxArgs) - (isMethod ? 1 : 0), got = n - (isMethod ? 1 : 0)
  let name = isMethod && lo == hi ? qualifiedNativeName(native) + "()" : swiftString(native.pointee.name)
  if lo == hi {
    if lo == 0 { return t.typeError("\(qualifiedNativeName(native))() takes no arguments (\(got) given)") }
    if lo == 1 { return t.typeError("\(qualifiedNativeName(native))() takes exactly one argument (\(got) given)") }
    return t.typeError("\(isMethod ? swiftString(native.pointee.name) : name) expected \(lo) argument\(lo == 1 ? "" : "s"), got \(got)")
  }
  if ["find", "rfind", "index", "rindex", "count", "startswith", "endswith"].contains(swiftString(native.pointee.name)) && hi == 3 {
    return t.typeError("\(swiftString(native.pointee.name))() takes at \(got < lo ? "least 1 argument" : "most 3 arguments") (\(got) given)")
  }
  let bound = got < lo ? lo : hi
  if ownParser { return t.typeError("\(swiftString(native.pointee.name))() takes at \(got < lo ? "least" : "most") \(bound) argument\(bound == 1 ? "" : "s") (\(got) given)") }
  let n = native.pointee.name
  let shown = isMethod && (n == Name.__init__.value || n == Name.__new__.value) ? nameOf(type: native.pointee.owner) : swiftString(n)
  return t.typeError("\(shown) expected at \(got < lo ? "least" : "most") \(bound) argument\(bound == 1 ? "" : "s"), got \(got)")
}

/// Parsed form of a signature: names and which of them may be given by position or keyword.
/// Raw memory that lives for ever: calls read it without reference counting.
struct NativeParameters {
  var names: UnsafeMutablePointer<Value>
  var required: UnsafeMutablePointer<Bool>
  var positionalOnly = 0
  /// Parameters that a position can fill.
  var positional = 0
  var varArgs = -1
  var varKeywords = -1
  var slots = 0
  /// With that many arguments by position, and up to `positional`, nothing is missing; where there is *args or **kwargs,
  /// out of reach.
  var fewest = Int.max
}
nonisolated(unsafe) var nativeParameters = RawList<NativeParameters>()

/// Parses "(a, b, /, c=1, *args, d=None, **kw)". A leading "$" before a name is ignored.
func parseSignature(_ t: ThreadRef, _ signature: UnsafePointer<UInt8>) -> NativeParameters {
  let text = UnsafeBufferPointer(start: signature, count: strlen(UnsafeRawPointer(signature).assumingMemoryBound(to: CChar.self)))
  let most = text.reduce(1) { $0 + ($1 == UInt8(ascii: ",") ? 1 : 0) }
  var p = NativeParameters(names: .allocate(capacity: most), required: .allocate(capacity: most))
  var i = text.first == UInt8(ascii: "(") ? 1 : 0
  let end = text.lastIndex(of: UInt8(ascii: ")")) ?? text.count
  var keywordOnly = false
  while i < end {
    // One parameter: up to a comma that stands in no brackets or quotes.
    while i < end && text[i] == UInt8(ascii: " ") { i += 1 }
    var start = i, nameEnd = -1, depth = 0, quote: UInt8 = 0
    while i < end {
      let c = text[i]
      if quote != 0 { if c == quote { quote = 0 } } else if c == UInt8(ascii: "'") || c == UInt8(ascii: "\"") { quote = c }
      else if c == UInt8(ascii: "(") || c == UInt8(ascii: "[") { depth += 1 } else if c == UInt8(ascii: ")") || c == UInt8(ascii: "]") { depth -= 1 }
      else if c == UInt8(ascii: ",") && depth == 0 { break }
      else if (c == UInt8(ascii: "=") || c == UInt8(ascii: " ")) && nameEnd < 0 { nameEnd = i }
      i += 1
    }
    var hasDefault = nameEnd >= 0 && text[nameEnd..<i].contains(UInt8(ascii: "="))
    if nameEnd < 0 { nameEnd = i }
    i += 1
    var stars = 0
    while start < nameEnd && text[start] == UInt8(ascii: "*") { stars += 1; start += 1 }
    if stars == 0 && nameEnd - start == 1 && text[start] == UInt8(ascii: "/") { p.positionalOnly = p.slots; continue }
    if start == nameEnd { keywordOnly = keywordOnly || stars == 1; continue }
    if stars == 2 { p.varKeywords = p.slots; hasDefault = true }
    else if stars == 1 { p.varArgs = p.slots; keywordOnly = true; hasDefault = true }
    else if !keywordOnly { p.positional = p.slots + 1 }
    if text[start] == UInt8(ascii: "$") { start += 1 }
    let name = intern(t, utf8: UnsafeBufferPointer(rebasing: text[start..<nameEnd]))
    name.object.pointee.gc |= GCBit.immortal
    p.names[p.slots] = name
    p.required[p.slots] = !hasDefault
    p.slots += 1
  }
  if p.varArgs < 0 && p.varKeywords < 0 { p.fewest = (0..<p.slots).last { p.required[$0] }.map { $0 + 1 } ?? 0 }
  return p
}

/// Calls a native whose parameters have names with positional arguments only.
@inline(never)
public func callBoundNative(_ t: ThreadRef, _ f: Value, _ args: Args, _ n: Int) -> Value {
  let native = f.to(NativeObject.self)
  let p = UnsafePointer<NativeParameters>(bitPattern: UInt(native.pointee.parameters.fixnum)).unsafelyUnwrapped
  guard n >= p.pointee.fewest && n <= p.pointee.positional else { return callBoundNative(t, f, native, args, n, .empty) }
  let w = t.pointee.window.unsafelyUnwrapped, slots = p.pointee.slots
  var i = 0
  while i < n { w[i] = args[i]; i &+= 1 }
  while i < slots { w[i] = .empty; i &+= 1 }
  t.pointee.window = w + slots
  let r = native.pointee.code(t, w, slots)
  t.pointee.window = w
  return r
}

@inline(never)
func callBoundNative(_ t: ThreadRef, _ f: Value, _ native: UnsafeMutablePointer<NativeObject>, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  let p = UnsafePointer<NativeParameters>(bitPattern: UInt(native.pointee.parameters.fixnum)).unsafelyUnwrapped.pointee
  let kw = kwNames.isEmpty ? 0 : kwNames.count
  let positional = n - kw
  let w = t.pointee.window!
  var i = 0
  while i < p.slots { w[i] = .empty; i += 1 }
  i = 0
  while i < positional && i < p.positional { w[i] = args[i]; i += 1 }
  var name: String {
    let n = native.pointee.name
    return isType(native.pointee.owner) && (n == Name.__new__.value || n == Name.__init__.value) ? nameOf(type: native.pointee.owner) : swiftString(n)
  }
  if positional > p.positional {
    if p.varArgs < 0 {
      let m = isType(native.pointee.owner) ? 1 : 0
      return t.typeError("\(name)() takes at most \(p.slots - m) argument\(p.slots - m == 1 ? "" : "s") (\(n - m) given)")
    }
    w[p.varArgs] = makeTuple(t, from: args + p.positional, count: positional - p.positional)
  } else if p.varArgs >= 0 {
    w[p.varArgs] = weft_vm.emptyTuple
  }
  for k in 0..<kw {
    let key = kwNames.items[k], value = args[positional + k]
    guard key.isStr else { return t.typeError("keywords must be strings") }
    var j = p.positionalOnly
    var found = -1
    while j < p.slots { if j != p.varArgs && j != p.varKeywords && (p.names[j] == key || strEqual(p.names[j], key)) { found = j; break }; j += 1 }
    if found >= 0 {
      if !w[found].isEmpty { return t.typeError("argument for \(name)() given by name ('\(swiftString(key))') and position (\(found + 1))") }
      w[found] = value
    } else if p.varKeywords >= 0 {
      if w[p.varKeywords].isEmpty { w[p.varKeywords] = makeDict(t) }
      setString(t, w[p.varKeywords], key, value)
    } else {
      return t.typeError("'\(swiftString(key))' is an invalid keyword argument for \(name)()")
    }
  }
  i = 0
  while i < p.slots {
    if p.required[i] && w[i].isEmpty { return t.typeError("\(name)() missing required argument '\(swiftString(p.names[i]))' (pos \(i + 1))") }
    i += 1
  }
  t.pointee.window = w + p.slots
  let r = native.pointee.code(t, w, p.slots)
  t.pointee.window = w
  return r
}

/// Calls a class: `type.__call__`, unless its metaclass has its own.
public func callType(_ t: ThreadRef, _ type: Value, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  let meta = type.type
  if meta != BuiltinType.type.object {
    let m = lookup(meta, Name.__call__.value)
    if m != typeCall { return callBoundTo(t, m, type, args, n, kwNames) }
  }
  return instantiate(t, type, args, n, kwNames)
}
/// Native objects the calling convention knows, set at start.
public var typeCall: Value {
  get { weft_roots()[RootRegion.misc + 21] }
  set { weft_roots()[RootRegion.misc + 21] = newValue }
}
/// `list.append`, `len` and `isinstance`, which the interpreter does itself; empty until they are made.
public var listAppendMethod: Value {
  @inlinable get { weft_roots()[RootRegion.misc + 800] }
  set { weft_roots()[RootRegion.misc + 800] = newValue }
}
public var lenFunction: Value {
  @inlinable get { weft_roots()[RootRegion.misc + 801] }
  set { weft_roots()[RootRegion.misc + 801] = newValue }
}
public var isinstanceFunction: Value {
  @inlinable get { weft_roots()[RootRegion.misc + 802] }
  set { weft_roots()[RootRegion.misc + 802] = newValue }
}
public var objectNew: Value {
  get { weft_roots()[RootRegion.misc + 22] }
  set { weft_roots()[RootRegion.misc + 22] = newValue }
}
public var objectInit: Value {
  get { weft_roots()[RootRegion.misc + 23] }
  set { weft_roots()[RootRegion.misc + 23] = newValue }
}
public var objectGetattribute: Value {
  get { weft_roots()[RootRegion.misc + 24] }
  set { weft_roots()[RootRegion.misc + 24] = newValue }
}
public var objectSetattr: Value {
  get { weft_roots()[RootRegion.misc + 25] }
  set { weft_roots()[RootRegion.misc + 25] = newValue }
}
public var objectDelattr: Value {
  get { weft_roots()[RootRegion.misc + 26] }
  set { weft_roots()[RootRegion.misc + 26] = newValue }
}
public var typeGetattribute: Value {
  get { weft_roots()[RootRegion.misc + 27] }
  set { weft_roots()[RootRegion.misc + 27] = newValue }
}
public var moduleGetattribute: Value {
  get { weft_roots()[RootRegion.misc + 28] }
  set { weft_roots()[RootRegion.misc + 28] = newValue }
}

/// Calls class attribute `m` as a method of `receiver`.
public func callBoundTo(_ t: ThreadRef, _ m: Value, _ receiver: Value, _ args: Args, _ n: Int, _ kwNames: Value = .empty) -> Value {
  if m.isExact(.function) || m.isExact(.methodDescriptor) || m.isExact(.wrapperDescriptor) {
    return callWithSelf(t, m, receiver, args, n, kwNames)
  }
  if bindsInPython(m) { return callBoundSlowly(t, m, receiver, args, n, kwNames) }
  let b = bindDescriptor(t, m, receiver, receiver.type)
  if b.isEmpty { return .empty }
  return call(t, b, args, n, kwNames)
}

/// The `__init__` of a class whose instances are made by `object.__new__` and need nothing else than to be initialised by
/// that Python function, given its arguments by position; empty for other classes.
@inlinable @inline(__always)
public func plainInitializer(_ type: Value) -> Value {
  let p = type.typeObject
  return p.pointee.initializerVersion == p.pointee.version ? p.pointee.initializer : findInitializer(type)
}
@inline(never) @usableFromInline
func findInitializer(_ type: Value) -> Value {
  let p = type.typeObject, version = versionOf(type)
  func note(_ v: Value) -> Value {
    if version != 0 { p.pointee.initializer = v; p.pointee.initializerVersion = version }
    return v
  }
  guard type.type == BuiltinType.type.object, p.pointee.flags & TypeFlag.heapType != 0, p.pointee.flags & (TypeFlag.abstract | TypeFlag.finaliser | TypeFlag.pythonNew) == 0,
        lookup(type, Name.__new__.value) == objectNew, case let f = lookup(type, Name.__init__.value), f.isExact(.function),
        case let code = f.field(FunctionField.code).code else { return note(.empty) }
  if code.pointee.unread != nil { return .empty }
  let found = code.pointee.simple == 1 ? f : .empty
  // The collector does not know of the note: what it names must not move.
  return f.object.pointee.gc & GCBit.old == 0 ? found : note(found)
}

/// What `type.__call__` does.
public func instantiate(_ t: ThreadRef, _ type: Value, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  if type == BuiltinType.type.object && n == 1 && kwNames.isEmpty { return args[0].type }
  let p = type.typeObject
  if p.pointee.flags & TypeFlag.heapType == 0 && kwNames.isEmpty {
    let constructor = weft_roots()[RootRegion.constructors + Int(p.pointee.kind)]
    if !constructor.isEmpty && weft_roots()[Int(p.pointee.kind)] == type {
      let native = constructor.to(NativeObject.self)
      if n >= Int(native.pointee.minArgs) && n <= Int(native.pointee.maxArgs) { return native.pointee.code(t, args, n) }
    }
  }
  if p.pointee.flags & TypeFlag.abstract != 0 { return callApp(t, .typeCall, type, args, n, kwNames) }
  let new = lookup(type, Name.__new__.value), initialize = lookup(type, Name.__init__.value)
  var instance = Value.empty
  if new == objectNew {
    if n > 0 && p.pointee.flags & TypeFlag.pythonNew != 0 { return t.typeError("object.__new__() takes exactly one argument (the type to instantiate)") }
    if initialize == objectInit {
      if p.pointee.flags & TypeFlag.heapType == 0 && type != BuiltinType.object.object && p.pointee.nativeFields > 0 {
        return t.typeError("cannot create '\(nameOf(type: type))' instances")
      }
      if n > 0 { return t.typeError("\(nameOf(type: type))() takes no arguments") }
      return makeInstance(t, type)
    }
    instance = makeInstance(t, type)
  } else if new.isExact(.builtinFunction) && new.to(NativeObject.self).pointee.effects == Effects.leaf {
    instance = callWithSelf(t, new, type, args, n, kwNames)
    if instance.isEmpty { return .empty }
    if instance.type != type && !isSubtype(instance.type, type) { return instance }
  } else if new.isExact(.builtinFunction) && (initialize == objectInit || initialize == BuiltinType.type.object) {
    return callWithSelf(t, new, type, args, n, kwNames)
  } else {
    return callApp(t, .typeCall, type, args, n, kwNames)
  }
  if initialize == objectInit { return instance }
  if initialize.isExact(.function) {
    let pending = t.pointee.pending
    // The instance can be delivered only where a plain result goes.
    if pending & 0xff == Deliver.store {
      t.pointee.pending = Deliver.initialize | pending
      let before = t.pointee.frame
      let r = callWithSelf(t, initialize, instance, args, n, kwNames)
      t.pointee.pending = pending
      if r.isEmpty {
        if t.pointee.frame != before { t.pointee.frame!.pointee.extra = instance }
        return .empty
      }
      return t.typeError("__init__() should return None, not '\(typeName(r))'")
    }
    return callApp(t, .finishInit, instance, args, n, kwNames)
  }
  if initialize.isExact(.wrapperDescriptor) && initialize.to(NativeObject.self).pointee.effects == Effects.leaf {
    let r = callWithSelf(t, initialize, instance, args, n, kwNames)
    return r.isEmpty ? .empty : instance
  }
  let pending = t.pointee.pending
  if pending & 0xff == Deliver.store, initialize.isExact(.wrapperDescriptor), initialize.to(NativeObject.self).pointee.effects == Effects.oneFrame {
    t.pointee.pending = Deliver.initialize | pending
    let before = t.pointee.frame
    let r = callWithSelf(t, initialize, instance, args, n, kwNames)
    t.pointee.pending = pending
    if r.isEmpty, t.pointee.frame != before { t.pointee.frame!.pointee.extra = instance }
    return r.isEmpty ? .empty : instance
  }
  return callApp(t, .finishInit, instance, args, n, kwNames)
}

// MARK: app-level functions that natives continue in

/// Functions of the app-level run-time that native code calls by number; the name is the Python function's.
public enum AppFunction: Int, CaseIterable {
  case typeCall, finishInit, getattrHook, binarySlow, compareSlow, inplaceSlow
  case dictLookup, dictStore, dictDelete, dictContains, setAddSlow, contains, iterFallback
  case truth, unpackExact, unpackEx, listFromIterable, tupleFromIterable, setUpdate, dictUpdate, dictMerge, callEx
  case formatValue, importName, importFrom, importStar, buildClass, printExpr, getAwaitable, getAiter, getAnext
  case matchKeys, matchRest, matchClass, prepReraiseStar, checkEgMatch, exceptionGroupWrap, isinstance, issubclass
  case len, hash, repr, str, listExtend, raiseInstance, getItem, setItem, delItem, getAttrDefault, sortList, generatorClose, finalize
  case makeType, sliceIndices, compareSequences, reprContainer, setOperation, joinStrings, formatStr, percentFormat
  case sum, minmax, anyAll, intFromObject, floatFromObject, strFromObject, bytesFromObject, powMod, divmodSlow, roundSlow
  case hasattrSlow, setattrDescriptor, delattrDescriptor, reversedFallback, indexSlow, keyError, warn, seqIndex, seqCount, seqRemove
  public var name: String { caseName(self) }
  /// Looks all of them up in the app-level namespace, under their name or (where a builtin has it) name and underscore.
  public static func link(_ t: ThreadRef) -> [String] {
    if names.isEmpty { names = allCases.map { (internForever(t, $0.name + "_"), internForever(t, $0.name)) } }
    var missing: [String] = []
    // The first definition counts: a later source may use the same name for something of its own.
    for f in allCases where weft_roots()[RootRegion.app + f.rawValue].isEmpty {
      var v = getString(appNamespace, names[f.rawValue].0)
      if v.isEmpty { v = getString(appNamespace, names[f.rawValue].1) }
      if v.isEmpty { missing.append(f.name) }
      weft_roots()[RootRegion.app + f.rawValue] = v
    }
    return missing
  }
  nonisolated(unsafe) private static var names: [(Value, Value)] = []
  @inlinable public var function: Value { weft_roots()[RootRegion.app &+ rawValue] }
}

/// Calls an app-level function with `first`, then the arguments as *args and **kwargs.
public func callApp(_ t: ThreadRef, _ f: AppFunction, _ first: Value, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  callWithSelf(t, f.function, first, args, n, kwNames)
}
public func callApp(_ t: ThreadRef, _ f: AppFunction, _ args: Value...) -> Value { call(t, f.function, args) }
public func callApp(_ t: ThreadRef, _ f: AppFunction, list args: [Value]) -> Value { call(t, f.function, args) }

/// Namespace in which all app-level sources were run.
public var appNamespace: Value {
  get { weft_roots()[RootRegion.misc + 3] }
  set { weft_roots()[RootRegion.misc + 3] = newValue }
}
/// App-level sources that have not run yet (`Weft/AppSources.swift` sets these): the number of the one that defines a name, and
/// the native modules that some run for.
public enum OnDemand {
  nonisolated(unsafe) public static var source: (Value) -> Int? = { _ in nil }
  nonisolated(unsafe) public static var isModule: (Value) -> Bool = { _ in false }
  nonisolated(unsafe) public static var modules: () -> [String] = { [] }

  /// An app-level name that is not there: app-level code runs its source and gives the value. Nil where no source defines it.
  public static func value(_ t: ThreadRef, _ name: Value) -> Value? {
    guard let s = source(name) else { return nil }
    return call(t, getString(appNamespace, intern(t, "app_on_demand")), .fixnum(s), name)
  }
  /// Calls the app-level function `name`, which is not there, with `n` arguments.
  static func invoke(_ t: ThreadRef, named name: Value, _ args: Args, _ n: Int) -> Value {
    guard let s = source(name) else { return t.raise(.SystemError, "no app-level function '\(swiftString(name))'") }
    let w = t.pointee.window!
    if n + 2 > windowLimit { return t.raise(.MemoryError, "too many arguments") }
    if n > 0 { (w + 2).update(from: args, count: n) }
    w[0] = .fixnum(s); w[1] = name
    t.pointee.window = w + (n + 2)
    let r = call(t, getString(appNamespace, intern(t, "app_call_on_demand")), w, n + 2)
    t.pointee.window = w
    return r
  }
}
/// Tail-calls the app-level function `name`.
public func callApp(_ t: ThreadRef, named name: String, _ args: Value...) -> Value {
  let key = intern(t, name), f = getString(appNamespace, key)
  if !f.isEmpty { return call(t, f, args) }
  var args = args
  return args.withUnsafeMutableBufferPointer { OnDemand.invoke(t, named: key, $0.baseAddress ?? t.pointee.window!, $0.count) }
}
/// The same with the arguments of a native window.
public func callApp(_ t: ThreadRef, named name: String, window args: Args, _ n: Int) -> Value {
  let key = intern(t, name), f = getString(appNamespace, key), w = t.pointee.window!
  for i in 0..<n { w[i] = args[i].isEmpty ? .none : args[i] }
  t.pointee.window = w + n
  let r = f.isEmpty ? OnDemand.invoke(t, named: key, w, n) : call(t, f, w, n)
  t.pointee.window = w
  return r
}
