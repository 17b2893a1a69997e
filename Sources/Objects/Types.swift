// Classes: look-up along the MRO with a global method cache, versions, creation, instances and their attribute slots.

import Glibc
import Heap

public enum TypeFlag {
  public static let heapType: UInt64 = 1, subclassable: UInt64 = 2, finaliser: UInt64 = 4, exception: UInt64 = 8
  /// Instances have a `__dict__`.
  public static let attributes: UInt64 = 16
  public static let weakrefs: UInt64 = 32, abstract: UInt64 = 64, sequence: UInt64 = 128, mapping: UInt64 = 256
  /// Its attributes cannot be set from Python.
  public static let immutable: UInt64 = 512
  /// In its namespace or a base's is a key, not a str, that a look-up of a name came upon: such look-ups run Python code.
  public static let foreignKeys: UInt64 = 1024
  /// It or a base has, or had, a `__new__` written in Python: object.__new__ then takes no arguments.
  public static let pythonNew: UInt64 = 2048
}

// MARK: look-up

struct MethodCacheEntry { var type: UInt64; var name: UInt64; var version: UInt64; var value: Value }
let methodCacheSize = 4096
nonisolated(unsafe) var methodCache: UnsafeMutablePointer<MethodCacheEntry>! = nil

func initializeMethodCache() {
  methodCache = calloc(methodCacheSize, MemoryLayout<MethodCacheEntry>.size)!.assumingMemoryBound(to: MethodCacheEntry.self)
  CollectorHook.afterMarking.append(clearMethodCache)
}
func clearMethodCache() { memset(methodCache, 0, methodCacheSize * MemoryLayout<MethodCacheEntry>.size) }

/// The class attribute `name` (interned) along the MRO; empty when there is none. No descriptor is called.
public func lookup(_ type: Value, _ name: Value) -> Value {
  let e = methodCache + Int((type.bits >> 4 ^ name.bits >> 3) & UInt64(methodCacheSize - 1))
  if e.pointee.type == type.bits && e.pointee.name == name.bits && e.pointee.version == type.typeObject.pointee.version {
    return e.pointee.value
  }
  return lookupSlow(type, name, e)
}

@inline(never) func lookupSlow(_ type: Value, _ name: Value, _ e: UnsafeMutablePointer<MethodCacheEntry>) -> Value {
  var found = Value.empty
  let mro = type.typeObject.pointee.mro
  guard !mro.isEmpty else { return .empty }
  let h = strHash(name)
  for i in 0..<mro.count {
    let d = mro.items[i].typeObject.pointee.dict
    let k = find(d, name, h)
    if k >= 0 { found = d.table.tableRef.value(k); break }
    if k == Probe.needsPython { type.typeObject.pointee.flags |= TypeFlag.foreignKeys; return .empty }
  }
  if name.isInterned && (!found.isObject || found.object.pointee.gc & GCBit.old != 0) {
    e.pointee = MethodCacheEntry(type: type.bits, name: name.bits, version: versionOf(type), value: found)
  }
  return found
}

/// The class's version, handing one out if it has none.
@inlinable @inline(__always) public func versionOf(_ type: Value) -> UInt64 {
  let p = type.typeObject
  if p.pointee.version == 0 { weft_vm.typeVersion &+= 1; p.pointee.version = weft_vm.typeVersion }
  return p.pointee.version
}

/// Whether `__class__` of its instances can be nothing but `type`.
public func saysItsClass(_ type: Value) -> Bool {
  lookup(type, Name.__class__.value) == lookup(BuiltinType.object.object, Name.__class__.value) && lookup(type, Name.__getattribute__.value).isExact(.wrapperDescriptor)
}

/// To be called after the class's dict, bases or MRO changed.
public func invalidate(_ type: Value) {
  var work = [type]
  while let c = work.popLast() {
    c.typeObject.pointee.version = 0
    updateFlags(c)
    let subs = c.typeObject.pointee.subclasses
    if subs.isEmpty { continue }
    for i in 0..<subs.listCount {
      let r = subs.listItems[i].to(WeakrefObject.self).pointee.referent
      if !r.isEmpty { work.append(r) }
    }
  }
}
func updateFlags(_ type: Value) {
  if lookup(type, Name.__del__.value).isEmpty {
    type.typeObject.pointee.flags &= ~TypeFlag.finaliser
  } else {
    type.typeObject.pointee.flags |= TypeFlag.finaliser
  }
}

/// Whether `type` is `base` or inherits from it.
public func isSubtype(_ type: Value, _ base: Value) -> Bool {
  if type == base { return true }
  let mro = type.typeObject.pointee.mro
  if mro.isEmpty {
    // Not finished: what it is to be.
    var c = type.typeObject.pointee.base
    while !c.isEmpty { if c == base { return true }; c = c.typeObject.pointee.base }
    return false
  }
  for i in 0..<mro.count where mro.items[i] == base { return true }
  return false
}
@inlinable public func isInstance(_ v: Value, _ b: BuiltinType) -> Bool { isSubtype(v.type, b.object) }
public func isInstance(_ v: Value, _ e: ExceptionType) -> Bool { isSubtype(v.type, e.object) }
public func isType(_ v: Value) -> Bool { v.isKind(.type) }
public func isExceptionInstance(_ v: Value) -> Bool { v.isObject && v.kind == .baseException }
public func isExceptionClass(_ v: Value) -> Bool { isType(v) && isSubtype(v, ExceptionType.BaseException.object) }

// MARK: creation

/// Old memory for a class object, all fields empty. `metaShape` is the shape of the class object itself.
func allocateType(_ metaShape: UInt32) -> Value {
  let p = allocateOld(shape: metaShape, bytes: MemoryLayout<TypeObject>.size)
  memset(p + 8, 0, MemoryLayout<TypeObject>.size - 8)
  return Value(p)
}

/// The best shape for a new instance: attribute room as earlier instances needed it.
public func instanceShape(_ type: Value) -> ShapeRef {
  let p = type.typeObject
  let s = p.pointee.shape.unsafelyUnwrapped
  if s.pointee.layout == Layout.record.rawValue && p.pointee.flags & TypeFlag.attributes != 0 {
    let wanted = min(Int(p.pointee.fixedSlots + p.pointee.slotHint), 200)
    if wanted > Int(s.pointee.inlineSlots) {
      let n = makeShape(layout: .record, type: type, flags: s.pointee.flags, inlineSlots: wanted, fixedSlots: Int(p.pointee.fixedSlots))
      p.pointee.shape = n
      return n
    }
  }
  return s
}

/// A new instance with all fields and slots empty. For classes with record layout only.
public func makeInstance(_ t: ThreadRef, _ type: Value) -> Value {
  let s = instanceShape(type)
  let n = Int(s.pointee.inlineSlots)
  let p = allocate(t, shape: s.pointee.index, bytes: 8 + n * 8)
  p.assumingMemoryBound(to: ObjectHeader.self).pointee.reserve = UInt16(truncatingIfNeeded: n)
  let v = Value(p)
  var i = 0
  while i < n { v.fields[i] = .empty; i &+= 1 }
  if type.typeObject.pointee.flags & TypeFlag.finaliser != 0 {
    p.assumingMemoryBound(to: ObjectHeader.self).pointee.gc |= GCBit.watched
    watchFinaliser(v)
  }
  return v
}

/// Shape for an instance of a subclass of a type with variable size, trailer included.
func trailerShape(_ type: Value) -> ShapeRef { type.typeObject.pointee.shape.unsafelyUnwrapped }

/// C3 linearisation (Barrett et al., "A Monotonic Superclass Linearization for Dylan"); nil when the bases conflict.
public func linearize(_ type: Value, _ bases: [Value]) -> [Value]? {
  var sequences: [[Value]] = bases.map { b in
    let m = b.typeObject.pointee.mro
    return (0..<m.count).map { m.items[$0] }
  }
  sequences.append(bases)
  var out = [type]
  while true {
    sequences.removeAll { $0.isEmpty }
    if sequences.isEmpty { return out }
    var next: Value?
    for s in sequences {
      let c = s[0]
      if !sequences.contains(where: { $0.dropFirst().contains(c) }) { next = c; break }
    }
    guard let c = next else { return nil }
    out.append(c)
    for i in 0..<sequences.count where sequences[i].first == c { sequences[i].removeFirst() }
  }
}

/// The nearest class whose instances have this layout.
public func solid(_ type: Value) -> Value {
  var c = type
  while true {
    let b = c.typeObject.pointee.base
    if b.isEmpty { return c }
    let p = c.typeObject.pointee, q = b.typeObject.pointee
    if p.fixedSlots != q.fixedSlots || p.layout != q.layout || p.kind != q.kind { return c }
    c = b
  }
}

/// The base whose layout the class takes, after CPython's rule: the most derived "solid" base; nil on a conflict.
public func bestBase(_ bases: [Value]) -> Value? {
  var winner: Value?, best: Value?
  for b in bases {
    let s = solid(b)
    if winner == nil { winner = s; best = b }
    else if isSubtype(winner!, s) {}
    else if isSubtype(s, winner!) { winner = s; best = b }
    else { return nil }
  }
  return best
}

/// `type.__new__` without the hooks that run Python code: a class of metaclass `meta`; empty when an exception is set.
/// `slotNames` are the mangled names of `__slots__`, nil where the class does not define them.
public func createType(_ t: ThreadRef, meta: Value, name: Value, bases: [Value], dict: Value, slotNames: [Value]?,
                       wantsDict: Bool, wantsWeakref: Bool) -> Value {
  for b in bases where b.typeObject.pointee.mro.isEmpty { return t.typeError("Cannot extend an incomplete type '\(nameOf(type: b))'") }
  guard let base = bestBase(bases) else { return t.typeError("multiple bases have instance lay-out conflict") }
  let bp = base.typeObject
  if bp.pointee.flags & TypeFlag.subclassable == 0 {
    let m = swiftString(moduleOf(t, type: base))
    return t.typeError("type '\(m == "builtins" ? "" : m + ".")\(nameOf(type: base))' is not an acceptable base type")
  }
  let type = allocateType(meta.typeObject.pointee.shape!.pointee.index)
  let p = type.typeObject
  p.pointee.name = name
  p.pointee.qualifiedName = name
  p.pointee.bases = makeTuple(t, bases)
  p.pointee.dict = dict
  p.pointee.base = base
  p.pointee.layout = bp.pointee.layout
  p.pointee.kind = bp.pointee.kind
  p.pointee.nativeFields = bp.pointee.nativeFields
  p.pointee.fixedSlots = bp.pointee.fixedSlots
  p.pointee.flags = TypeFlag.heapType | TypeFlag.subclassable | bp.pointee.flags & TypeFlag.exception
  for b in bases { p.pointee.flags |= b.typeObject.pointee.flags & (TypeFlag.attributes | TypeFlag.weakrefs) }
  writeBarrier(type.object)
  // str and float have room for slots in CPython: here they live among the attributes.
  let withoutRoom = p.pointee.kind == UInt8(BuiltinType.str.rawValue) || p.pointee.kind == UInt8(BuiltinType.float.rawValue)
  if let names = slotNames, names.isEmpty || !withoutRoom {
    if p.pointee.layout != Layout.record.rawValue && p.pointee.layout != Layout.type.rawValue && !names.isEmpty {
      return t.typeError("nonempty __slots__ not supported for subtype of '\(nameOf(type: base))'")
    }
    for n in names where p.pointee.layout == Layout.record.rawValue {
      let m = makeRecord(t, .member, 5)
      m.fields[0] = .fixnum(Int(p.pointee.fixedSlots))
      m.fields[1] = n
      m.fields[2] = type
      m.fields[3] = .fixnum(0)
      p.pointee.fixedSlots += 1
      setString(t, dict, n, m)
    }
    p.pointee.slotNames = makeTuple(t, names)
    if wantsDict { p.pointee.flags |= TypeFlag.attributes }
    if wantsWeakref { p.pointee.flags |= TypeFlag.weakrefs }
  } else {
    p.pointee.flags |= TypeFlag.attributes | TypeFlag.weakrefs
  }
  // A module's attributes are its dict's: an instance has no others.
  if p.pointee.kind == UInt8(BuiltinType.module.rawValue) { p.pointee.flags &= ~TypeFlag.attributes }
  // A metaclass's own mro() is asked by app-level code, which then finishes the class.
  if hasOwnMRO(meta) {
    writeBarrier(type.object)
    finishLayout(type)
    return type
  }
  guard let mro = linearize(type, bases) else { return noLinearOrder(t, bases) }
  finishType(t, type, mro)
  return type
}

public func noLinearOrder(_ t: ThreadRef, _ bases: [Value]) -> Value {
  t.typeError("Cannot create a consistent method resolution\norder (MRO) for bases \(bases.map { nameOf(type: $0) }.joined(separator: ", "))")
}

/// `type.mro` itself, set at start.
public var typeMRO: Value {
  get { weft_roots()[RootRegion.misc + 720] }
  set { weft_roots()[RootRegion.misc + 720] = newValue }
}
public func hasOwnMRO(_ meta: Value) -> Bool { meta != BuiltinType.type.object && lookup(meta, Name.mro.value) != typeMRO }

/// Gives a new class its MRO, and all that follows from it.
public func finishType(_ t: ThreadRef, _ type: Value, _ mro: [Value]) {
  let p = type.typeObject
  p.pointee.mro = makeTuple(t, mro)
  // For patterns a class is what the first of its bases is that is one of the two.
  let collection = TypeFlag.sequence | TypeFlag.mapping
  p.pointee.flags |= mro.lazy.map { $0.typeObject.pointee.flags & collection }.first { $0 != 0 } ?? 0
  writeBarrier(type.object)
  finishLayout(type)
  for c in mro.dropFirst() { p.pointee.flags |= c.typeObject.pointee.flags & TypeFlag.pythonNew }
  if case let n = getString(p.pointee.dict, Name.__new__.value), !n.isEmpty, !n.isExact(.builtinFunction) { p.pointee.flags |= TypeFlag.pythonNew }
  for i in 0..<p.pointee.bases.count { addSubclass(t, p.pointee.bases.items[i], type) }
  updateFlags(type)
}

/// Makes the root shape of the class's instances.
func finishLayout(_ type: Value) {
  let p = type.typeObject
  let attributes = p.pointee.flags & TypeFlag.attributes != 0
  let layout = Layout(rawValue: p.pointee.layout)!
  switch layout {
  case .record:
    p.pointee.slotHint = max(p.pointee.slotHint, attributes ? max(4, p.pointee.base.isEmpty ? 0 : p.pointee.base.typeObject.pointee.slotHint) : 0)
    // A module has a dict of its own in a field: no attribute slots.
    let slots = attributes && p.pointee.kind != UInt8(BuiltinType.module.rawValue)
    p.pointee.shape = makeShape(layout: .record, type: type, flags: slots ? 0 : ShapeFlag.noAttributes,
                                inlineSlots: Int(p.pointee.fixedSlots + p.pointee.slotHint), fixedSlots: Int(p.pointee.fixedSlots))
  case .type:
    p.pointee.shape = makeShape(layout: .type, type: type)
  default:
    p.pointee.shape = makeShape(layout: layout, type: type, flags: attributes ? ShapeFlag.trailer : ShapeFlag.noAttributes)
  }
}

public func removeSubclass(_ base: Value, _ type: Value) {
  let s = base.typeObject.pointee.subclasses
  if s.isEmpty { return }
  var kept = 0
  for i in 0..<s.listCount {
    let r = s.listItems[i].to(WeakrefObject.self).pointee.referent
    if r == type { continue }
    s.listItems[kept] = s.listItems[i]
    kept += 1
  }
  truncateList(s, kept)
}

public func addSubclass(_ t: ThreadRef, _ base: Value, _ type: Value) {
  let p = base.typeObject
  if p.pointee.subclasses.isEmpty {
    p.pointee.subclasses = makeList(t)
    writeBarrier(base.object)
  }
  listAppend(t, p.pointee.subclasses, makeWeakref(t, type, callback: .none))
}

/// A weak reference (not the shared one that `weakref.ref` gives).
public func makeWeakref(_ t: ThreadRef, type: Value = BuiltinType.weakref.object, _ referent: Value, callback: Value) -> Value {
  let shape = type.typeObject.pointee.shape!
  let trailing = shape.pointee.flags & ShapeFlag.trailer != 0 ? 8 : 0
  let p = allocate(t, shape: shape.pointee.index, bytes: MemoryLayout<WeakrefObject>.size + trailing)
  let w = p.assumingMemoryBound(to: WeakrefObject.self)
  w.pointee.referent = referent
  w.pointee.callback = callback
  w.pointee.extra = .empty
  w.pointee.hash = 0
  if trailing != 0 { (p + MemoryLayout<WeakrefObject>.size).assumingMemoryBound(to: Value.self).pointee = .empty }
  watchWeakref(Value(p))
  return Value(p)
}

// MARK: instance attributes

/// Address of slot `i` of a record with shape `s`: its own words, or the overflow array behind the last of them.
@inlinable @inline(__always)
public func slotAddress(_ o: Value, _ s: ShapeRef, _ i: Int) -> UnsafeMutablePointer<Value> {
  let inline = Int(s.pointee.inlineSlots)
  if Int(s.pointee.slotCount) <= inline || i < inline &- 1 { return o.fields + i }
  return o.fields[inline &- 1].items + (i &- (inline &- 1))
}

/// Instance attribute `name` (interned); empty when absent.
public func instanceAttribute(_ o: Value, _ name: Value) -> Value {
  guard o.isObject else { return .empty }
  let s = o.shape
  if s.pointee.flags & (ShapeFlag.dictMode | ShapeFlag.trailer | ShapeFlag.noAttributes) == 0 && s.pointee.layout == Layout.record.rawValue {
    let i = s.slot(of: name)
    return i < 0 ? .empty : slotAddress(o, s, i).pointee
  }
  let d = existingDict(o)
  return d.isEmpty ? .empty : getString(d, name)
}

/// The dict that holds an object's attributes, where it has a real one; else empty.
public func existingDict(_ o: Value) -> Value {
  guard o.isObject else { return .empty }
  let s = o.shape
  if s.pointee.flags & ShapeFlag.dictMode != 0 { return o.fields[Int(s.pointee.fixedSlots)] }
  if s.pointee.flags & ShapeFlag.trailer != 0 { return trailer(o).pointee }
  switch o.kind {
  case .module: return o.field(0)
  case .function: return o.field(FunctionField.dict)
  case .classmethod, .staticmethod: return o.shape.pointee.index == BuiltinType.classmethod.shape || o.shape.pointee.index == BuiltinType.staticmethod.shape ? o.field(1) : .empty
  default: return .empty
  }
}

/// The object's `__dict__` as a real dict, made if need be; empty when it can't have one.
public func attributeDict(_ t: ThreadRef, _ o: Value) -> Value {
  guard o.isObject else { return .empty }
  let d = existingDict(o)
  if !d.isEmpty { return d }
  let s = o.shape
  if s.pointee.flags & ShapeFlag.trailer != 0 {
    let n = makeDict(t)
    trailer(o).pointee = n
    writeBarrier(o.object)
    return n
  }
  switch o.kind {
  case .function:
    let n = makeDict(t)
    setField(o, FunctionField.dict, n)
    return n
  case .classmethod, .staticmethod:
    if o.shapeIndex == BuiltinType.classmethod.shape || o.shapeIndex == BuiltinType.staticmethod.shape {
      let n = makeDict(t)
      setField(o, 1, n)
      return n
    }
  case .type: return .empty
  default: break
  }
  if s.pointee.flags & ShapeFlag.noAttributes != 0 || s.pointee.layout != Layout.record.rawValue { return .empty }
  return materializeDict(t, o)
}

/// Turns an instance to dict mode: its attributes move into a real dict.
func materializeDict(_ t: ThreadRef, _ o: Value) -> Value {
  let s = o.shape
  let n = makeDict(t)
  let keys = s.keyArray()
  for i in Int(s.pointee.fixedSlots)..<Int(s.pointee.slotCount) {
    let v = slotAddress(o, s, i).pointee
    if !v.isEmpty { setString(t, n, keys[i], v) }
  }
  for i in Int(s.pointee.fixedSlots)..<Int(s.pointee.inlineSlots) { o.fields[i] = .empty }
  o.fields[Int(s.pointee.fixedSlots)] = n
  o.object.pointee.shape = s.dictShape().pointee.index
  writeBarrier(o.object)
  return n
}

/// Makes `d` the object's `__dict__`.
public func replaceDict(_ t: ThreadRef, _ o: Value, _ d: Value) -> Bool {
  guard !attributeDict(t, o).isEmpty else { return false }
  let s = o.shape
  if s.pointee.flags & ShapeFlag.dictMode != 0 { o.fields[Int(s.pointee.fixedSlots)] = d }
  else if s.pointee.flags & ShapeFlag.trailer != 0 { trailer(o).pointee = d }
  else if o.kind == .function { o.fields[FunctionField.dict] = d }
  else if o.kind == .module { o.fields[0] = d }
  else { o.fields[1] = d }
  writeBarrier(o.object)
  return true
}

/// Sets an instance attribute without looking at the class; false when the object has no room for attributes.
public func setInstanceAttribute(_ t: ThreadRef, _ o: Value, _ name: Value, _ value: Value) -> Bool {
  guard o.isObject else { return false }
  let s = o.shape
  if s.pointee.flags & (ShapeFlag.dictMode | ShapeFlag.trailer | ShapeFlag.noAttributes) == 0 && s.pointee.layout == Layout.record.rawValue
     && o.kind != .module && o.kind != .function {
    let i = s.slot(of: name)
    if i >= 0 {
      let p = slotAddress(o, s, i)
      p.pointee = value
      let inline = Int(s.pointee.inlineSlots)
      writeBarrier(Int(s.pointee.slotCount) <= inline || i < inline - 1 ? o.object : o.fields[inline - 1].object)
      return true
    }
    if Int(s.pointee.slotCount) - Int(s.pointee.fixedSlots) < 30 {
      addSlot(t, o, s, name, value)
      return true
    }
  }
  let d = attributeDict(t, o)
  if d.isEmpty { return false }
  setString(t, d, name, value)
  return true
}

/// Adds attribute `name`, moving the object to the next shape.
@inline(never) public func addSlot(_ t: ThreadRef, _ o: Value, _ s: ShapeRef, _ name: Value, _ value: Value) {
  let next = s.adding(name)
  let inline = Int(s.pointee.inlineSlots), n = Int(s.pointee.slotCount)
  let p = s.pointee.type.typeObject
  if n + 1 - Int(s.pointee.fixedSlots) > Int(p.pointee.slotHint) { p.pointee.slotHint = UInt32(n + 1 - Int(s.pointee.fixedSlots)) }
  if n < inline {
    o.fields[n] = value
  } else {
    // The last own word becomes (or is) the overflow array.
    if n == inline {
      let a = makeValues(t, shape: BuiltinType.values.shape, count: 4)
      a.items[0] = o.fields[inline - 1]
      o.fields[inline - 1] = a
    }
    var a = o.fields[inline - 1]
    let k = n - (inline - 1)
    if k >= a.count {
      let b = makeValues(t, shape: BuiltinType.values.shape, count: a.count * 2)
      b.items.update(from: a.items, count: a.count)
      writeBarrier(b.object)
      o.fields[inline - 1] = b
      a = b
    }
    a.items[k] = value
    writeBarrier(a.object)
  }
  o.object.pointee.shape = next.pointee.index
  writeBarrier(o.object)
}

/// Deletes an instance attribute; false when it is not there.
public func deleteInstanceAttribute(_ t: ThreadRef, _ o: Value, _ name: Value) -> Bool {
  if instanceAttribute(o, name).isEmpty { return false }
  let d = attributeDict(t, o)
  let i = find(d, name, strHash(name))
  if i < 0 { return false }
  removeEntry(d, i)
  return true
}

/// `cls.__module__`: of builtin classes it is not in their dict. Empty when a class has none.
public func moduleOf(_ t: ThreadRef, type: Value) -> Value {
  let m = getString(type.typeObject.pointee.dict, Name.__module__.value)
  if m.isStr || type.typeObject.pointee.flags & TypeFlag.heapType != 0 { return m }
  for b in BuiltinType.allCases where b.object == type { return intern(t, String(b.info.name).hasPrefix("types.") ? "types" : "builtins") }
  return Name.builtins.value
}
