// Names and attributes behind inline caches.

import Bytecode
import Heap
import Objects

/// What an inline cache holds; the slot is above bit 8 of `kind`.
enum CacheKind {
  /// An own word of the record.
  static let slot: UInt32 = 1
  /// A word of the record's overflow array (its slot counts from the array's start, the array's field above bit 20).
  static let overflow: UInt32 = 2
  /// A function found on the class: binds to the receiver.
  static let method: UInt32 = 3
  /// A plain value found on the class.
  static let classValue: UInt32 = 4
  /// A property whose getter is a Python function.
  static let property: UInt32 = 6
  /// An attribute of a class object, looked up on itself: `version` is that class's.
  static let typeAttribute: UInt32 = 7
  /// setAttr: a new attribute; `value` is the next shape's index.
  static let addSlot: UInt32 = 8
  /// loadGlobal: entry number in the globals' table.
  static let global: UInt32 = 9
  /// loadGlobal: not in the globals (whose table version is `version`), entry number in the builtins' table.
  static let builtin: UInt32 = 10
  /// An attribute of a module: entry number in the table of its dict.
  static let member: UInt32 = 11
}

/// Whether the class the entry was made for is still the same.
@inline(__always)
func entryValid(_ e: UnsafeMutablePointer<CacheEntry>) -> Bool {
  e.pointee.extra.to(TypeObject.self).pointee.version == e.pointee.version
}

/// Whether a cache may name `v`: young objects move. Where that is often in the way, measured by what there is to move, a
/// collection makes them old.
func cacheable(_ v: Value) -> Bool {
  if !v.isObject || v.object.pointee.gc & GCBit.old != 0 { return true }
  youngMisses += 1
  if youngMisses & 31 == 0 && youngMisses * 1024 >= youngBytes {
    youngMisses = 0
    requestCollectionEverywhere()
  }
  return false
}
nonisolated(unsafe) private var youngMisses = 0
/// Whether young objects kept caches from being filled; then a collection is asked for.
func cachesWait() -> Bool {
  if youngMisses == 0 { return false }
  youngMisses = 0
  requestCollectionEverywhere()
  return true
}

// MARK: attributes

@inline(never)
func getAttributeCached(_ t: ThreadRef, _ e: UnsafeMutablePointer<CacheEntry>, _ o: Value, _ name: Value) -> Value {
  if o.isObject && o.object.pointee.shape == e.pointee.shape {
    switch e.pointee.kind & 0xff {
    case CacheKind.overflow where entryValid(e):
      let v = o.fields[Int(e.pointee.kind >> 20)].items[Int(e.pointee.kind >> 8 & 0xfff)]
      if !v.isEmpty { return v }
    case CacheKind.method where entryValid(e): return makeRecord(t, e.pointee.value.isExact(.function) ? .method : .builtinMethod, e.pointee.value, o)
    case CacheKind.classValue where entryValid(e): return e.pointee.value
    case CacheKind.property where entryValid(e): return call(t, e.pointee.value, o)
    case CacheKind.typeAttribute where o.typeObject.pointee.version == e.pointee.version && o == e.pointee.extra: return e.pointee.value
    default: break
    }
  }
  fillAttribute(e, o, name)
  return getAttribute(t, o, name)
}

/// The attribute of module `m` that the cache names, where it still stands there; else empty.
@inline(__always)
func cachedMember(_ m: Value, _ e: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Value {
  guard m.isExact(.module), case let d = m.fields[0], d.isExact(.dict), case let table = d.table, !table.isEmpty else { return .empty }
  let r = table.tableRef, i = Int(e.pointee.kind >> 8)
  guard i < Int(r.pointee.fill), r.pointee.stringKeys != 0, case let p = r.entries + i &* 2, p[0] == name else { return .empty }
  return p[1]
}

/// Notes how `o.name` is found, where that is simple.
func fillAttribute(_ e: UnsafeMutablePointer<CacheEntry>, _ o: Value, _ name: Value) {
  e.pointee.shape = 0
  guard o.isObject else { return }
  let type = o.type
  let ga = lookup(type, Name.__getattribute__.value)
  if ga == typeGetattribute {
    guard lookup(type, name).isEmpty else { return }
    let v = lookup(o, name)
    guard !v.isEmpty, !hasForeignKeys(.empty, o), cacheable(v), v.isExact(.function) || v.isExact(.wrapperDescriptor) || v.isExact(.methodDescriptor) || !hasGet(v) else { return }
    set(e, o, CacheKind.typeAttribute, v, type: o)
    return
  }
  if o.isExact(.module) {
    let i = find(o.field(0), name, strHash(name))
    if i >= 0, i < 1 << 24, case let d = lookup(type, name), d.isEmpty || !isDataDescriptor(d) { set(e, o, CacheKind.member | UInt32(i) << 8, .empty, type: type) }
    return
  }
  guard ga == objectGetattribute else { return }
  let s = o.shape
  let d = lookup(type, name)
  if hasForeignKeys(o, type) { return }
  if !d.isEmpty && isDataDescriptor(d) {
    if d.isExact(.property), d.field(0).isExact(.function), cacheable(d.field(0)), lookup(type, Name.__getattr__.value).isEmpty {
      set(e, o, CacheKind.property, d.field(0), type: type)
    } else if d.isExact(.member), d.field(3).fixnum & 1 == 0, isSubtype(type, d.field(2)) {
      set(e, o, CacheKind.slot | UInt32(d.field(0).fixnum) << 8, .empty, type: type)
    }
    return
  }
  guard s.pointee.layout == Layout.record.rawValue, s.pointee.flags & (ShapeFlag.dictMode | ShapeFlag.trailer) == 0,
        o.kind != .function, o.kind != .module, o.kind != .classmethod, o.kind != .staticmethod else {
    return
  }
  let i = s.pointee.flags & ShapeFlag.noAttributes != 0 ? -1 : s.slot(of: name)
  if i >= 0 {
    let inline = Int(s.pointee.inlineSlots)
    if Int(s.pointee.slotCount) <= inline || i < inline - 1 {
      set(e, o, CacheKind.slot | UInt32(i) << 8, .empty, type: type)
    } else if i - (inline - 1) < 4096 && inline < 4096 {
      set(e, o, CacheKind.overflow | UInt32(i - (inline - 1)) << 8 | UInt32(inline - 1) << 20, .empty, type: type)
    }
    return
  }
  guard !d.isEmpty, cacheable(d) else { return }
  if d.isExact(.function) || d.isExact(.methodDescriptor) || d.isExact(.wrapperDescriptor) { set(e, o, CacheKind.method, d, type: type) }
  else if !hasGet(d) { set(e, o, CacheKind.classValue, d, type: type) }
}

func set(_ e: UnsafeMutablePointer<CacheEntry>, _ o: Value, _ kind: UInt32, _ v: Value, type: Value) {
  e.pointee.kind = kind
  e.pointee.version = versionOf(type)
  e.pointee.value = v
  e.pointee.extra = type
  e.pointee.shape = o.object.pointee.shape
}

@inline(never)
func getMethodCached(_ t: ThreadRef, _ f: FrameRef, _ e: UnsafeMutablePointer<CacheEntry>, _ a: Int, _ o: Value, _ name: Value) -> Value {
  let r = f.registers
  if o.isObject && o.object.pointee.shape == e.pointee.shape {
    switch e.pointee.kind & 0xff {
    case CacheKind.slot where entryValid(e):
      let v = o.fields[Int(e.pointee.kind >> 8)]
      if !v.isEmpty { r[a] = v; r[a + 1] = .empty; return .none }
    case CacheKind.classValue where entryValid(e): r[a] = e.pointee.value; r[a + 1] = .empty; return .none
    case CacheKind.typeAttribute where o.typeObject.pointee.version == e.pointee.version && o == e.pointee.extra:
      r[a] = e.pointee.value; r[a + 1] = .empty
      return .none
    default: break
    }
  }
  // Builtin immediates have no shape: look the method up on their class.
  let type = o.type
  if o.isObject { fillAttribute(e, o, name) }
  if lookup(type, Name.__getattribute__.value) == objectGetattribute {
    let d = lookup(type, name)
    if d.isExact(.function) || d.isExact(.methodDescriptor) || d.isExact(.wrapperDescriptor), !hasForeignKeys(o, type) {
      let v = instanceAttribute(o, name)
      if v.isEmpty { r[a] = d; r[a + 1] = o } else { r[a] = v; r[a + 1] = .empty }
      return .none
    }
  }
  let v = getAttribute(t, o, name)
  if v.isEmpty { return .empty }
  if v.isExact(.method) { r[a] = v.field(0); r[a + 1] = v.field(1) } else { r[a] = v; r[a + 1] = .empty }
  return .none
}

func getSpecial(_ t: ThreadRef, _ f: FrameRef, _ a: Int, _ o: Value, _ which: Int) -> Value {
  let special = SpecialMethod(rawValue: UInt8(which))!
  let r = f.registers
  let m = lookup(o.type, intern(t, special.name))
  if m.isEmpty {
    let asynchronous = special == .aenter || special == .aexit
    let missing = special == .exit ? " (missed __exit__ method)" : special == .aexit ? " (missed __aexit__ method)" : ""
    return t.typeError("'\(typeName(o))' object does not support the \(asynchronous ? "asynchronous " : "")context manager protocol\(missing)")
  }
  if m.isExact(.function) || m.isExact(.methodDescriptor) || m.isExact(.wrapperDescriptor) { r[a] = m; r[a + 1] = o; return .none }
  let v = bindDescriptor(t, m, o, o.type)
  if v.isEmpty { return .empty }
  r[a] = v; r[a + 1] = .empty
  return .none
}

@inline(never)
func setAttributeCached(_ t: ThreadRef, _ e: UnsafeMutablePointer<CacheEntry>, _ o: Value, _ name: Value, _ v: Value) -> Value {
  guard o.isObject else { return setAttribute(t, o, name, v) }
  if o.object.pointee.shape == e.pointee.shape && entryValid(e) {
    switch e.pointee.kind & 0xff {
    case CacheKind.addSlot:
      let i = Int(e.pointee.kind >> 8)
      o.fields[i] = v
      o.object.pointee.shape = UInt32(truncatingIfNeeded: e.pointee.value.fixnum)
      writeBarrier(o.object)
      return .none
    case CacheKind.overflow:
      let a = o.fields[Int(e.pointee.kind >> 20)]
      a.items[Int(e.pointee.kind >> 8 & 0xfff)] = v
      writeBarrier(a.object)
      return .none
    default: break
    }
  }
  let type = o.type
  let before = o.shape
  e.pointee.shape = 0
  guard lookup(type, Name.__setattr__.value) == objectSetattr else { return setAttribute(t, o, name, v) }
  let d = lookup(type, name)
  let r = setAttribute(t, o, name, v)
  if r.isEmpty { return r }
  if !d.isEmpty && isDataDescriptor(d) {
    if d.isExact(.member), d.field(3).fixnum & 2 == 0, isSubtype(type, d.field(2)) {
      set(e, o, CacheKind.slot | UInt32(d.field(0).fixnum) << 8, .empty, type: type)
    }
    return r
  }
  let after = o.shape
  guard after.pointee.layout == Layout.record.rawValue, after.pointee.flags & (ShapeFlag.dictMode | ShapeFlag.trailer | ShapeFlag.noAttributes) == 0,
        o.kind != .module, o.kind != .function else { return r }
  let i = after.slot(of: name), inline = Int(after.pointee.inlineSlots)
  if i < 0 { return r }
  let own = Int(after.pointee.slotCount) <= inline || i < inline - 1
  if before == after {
    if own { set(e, o, CacheKind.slot | UInt32(i) << 8, .empty, type: type) }
    else if i - (inline - 1) < 4096 && inline < 4096 { set(e, o, CacheKind.overflow | UInt32(i - (inline - 1)) << 8 | UInt32(inline - 1) << 20, .empty, type: type) }
  } else if Int(after.pointee.slotCount) <= inline {
    set(e, o, CacheKind.addSlot | UInt32(i) << 8, .fixnum(Int(after.pointee.index)), type: type)
    e.pointee.shape = before.pointee.index
  }
  return r
}

// MARK: globals

/// The value of a global or builtin name where the cache still holds; else empty.
@inline(__always)
func cachedGlobal(_ f: FrameRef, _ e: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Value {
  let globals = f.pointee.function.fields[FunctionField.globals]
  let kind = e.pointee.kind
  if kind & 0xff == CacheKind.global {
    let table = globals.table
    if table.isEmpty { return .empty }
    let r = table.tableRef
    let i = Int(kind >> 8)
    if i < Int(r.pointee.fill) && r.pointee.stringKeys != 0 {
      let p = r.entries + i &* 2
      if p[0] == name { return p[1] }
    }
  } else if kind & 0xff == CacheKind.builtin {
    let table = globals.table
    if table.isEmpty || UInt64(table.tableRef.pointee.reserve) != e.pointee.version { return .empty }
    let r = f.pointee.function.fields[FunctionField.builtins].table.tableRef
    let i = Int(kind >> 8)
    if i < Int(r.pointee.fill) && r.pointee.stringKeys != 0 {
      let p = r.entries + i &* 2
      if p[0] == name { return p[1] }
    }
  }
  return .empty
}

@inline(never)
func loadGlobal(_ t: ThreadRef, _ f: FrameRef, _ e: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Value {
  let globals = f.pointee.function.field(FunctionField.globals)
  e.pointee.kind = 0
  // A subclass may have its own __getitem__, and what takes the place of builtins may be anything.
  if !globals.isExact(.dict) { return callApp(t, named: "load_global_missing", globals, name, f.pointee.function.field(FunctionField.builtins)) }
  let h = strHash(name)
  let i = find(globals, name, h)
  if i >= 0 {
    if globals.table.tableRef.pointee.stringKeys != 0 && globals.table.tableRef.key(i) == name { e.pointee.kind = CacheKind.global | UInt32(i) << 8 }
    return globals.table.tableRef.value(i)
  }
  var builtins = f.pointee.function.field(FunctionField.builtins)
  if builtins.isExact(.module) { builtins = builtins.field(0) }
  if builtins.isExact(.dict) {
    let k = find(builtins, name, h)
    if k >= 0 {
      if !globals.table.isEmpty && builtins.table.tableRef.pointee.stringKeys != 0 && builtins.table.tableRef.key(k) == name {
        e.pointee.version = UInt64(globals.table.tableRef.pointee.reserve)
        e.pointee.kind = CacheKind.builtin | UInt32(k) << 8
      }
      return builtins.table.tableRef.value(k)
    }
  }
  if !builtins.isExact(.dict) { return callApp(t, named: "load_global_missing", globals, name, builtins) }
  if globals == appNamespace, let v = OnDemand.value(t, name) { return v }
  return t.nameError(.NameError, "name '\(swiftString(name))' is not defined", name)
}

func storeGlobal(_ t: ThreadRef, _ f: FrameRef, _ name: Value, _ v: Value) -> Value {
  setString(t, f.pointee.function.field(FunctionField.globals), name, v)
  return .none
}
func deleteGlobal(_ t: ThreadRef, _ f: FrameRef, _ name: Value) -> Value {
  let g = f.pointee.function.field(FunctionField.globals)
  let i = find(g, name, strHash(name))
  if i < 0 { return t.nameError(.NameError, "name '\(swiftString(name))' is not defined", name) }
  if case let v = g.table.tableRef.value(i), isWatched(v) { noteDropped(t, v) }
  removeEntry(g, i)
  return .none
}

/// A name in a namespace code unit: R0, then globals, then builtins.
func loadName(_ t: ThreadRef, _ f: FrameRef, _ e: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Value {
  let ns = f.registers[0]
  if ns != f.pointee.function.field(FunctionField.globals) || !ns.isExact(.dict) {
    if ns.isExact(.dict) {
      let v = getString(ns, name)
      if !v.isEmpty { return v }
    } else if !ns.isEmpty {
      return callApp(t, .getAttrDefault, ns, name, f.pointee.function)
    }
  }
  let v = cachedGlobal(f, e, name)
  return v.isEmpty ? loadGlobal(t, f, e, name) : v
}
func storeName(_ t: ThreadRef, _ f: FrameRef, _ name: Value, _ v: Value) -> Value {
  let ns = f.registers[0]
  if ns.isExact(.dict) { setString(t, ns, name, v); return .none }
  return setItemSlow(t, ns, name, v)
}
func deleteName(_ t: ThreadRef, _ f: FrameRef, _ name: Value) -> Value {
  let ns = f.registers[0]
  if ns.isExact(.dict) {
    let i = find(ns, name, strHash(name))
    if i < 0 { return t.nameError(.NameError, "name '\(swiftString(name))' is not defined", name) }
    if case let v = ns.table.tableRef.value(i), isWatched(v) { noteDropped(t, v) }
    removeEntry(ns, i)
    return .none
  }
  return deleteItem(t, ns, name)
}
func loadClassDeref(_ t: ThreadRef, _ f: FrameRef, _ cell: Int, _ name: Value) -> Value {
  let ns = f.registers[0]
  if ns.isExact(.dict) {
    let v = getString(ns, name)
    if !v.isEmpty { return v }
  } else {
    return callApp(t, .getAttrDefault, ns, name, f.registers[cell])
  }
  let v = f.registers[cell].field(0)
  if v.isEmpty { raiseUnboundCell(t, f, cell); return .empty }
  return v
}

@inline(never) func raiseUnbound(_ t: ThreadRef, _ name: Value) {
  t.raise(.UnboundLocalError, "cannot access local variable '\(swiftString(name))' where it is not associated with a value")
}
@inline(never) func raiseUnboundCell(_ t: ThreadRef, _ f: FrameRef, _ r: Int) {
  let c = f.pointee.code.code
  guard r < Int(c.pointee.variableCount) else { t.raise(.NameError, "cannot access free variable where it is not associated with a value"); return }
  let name = c.pointee.variableNames.items[r]
  if c.pointee.variableKinds![r] == Variable.Kind.free.rawValue {
    t.nameError(.NameError, "cannot access free variable '\(swiftString(name))' where it is not associated with a value in enclosing scope", name)
  } else {
    raiseUnbound(t, name)
  }
}

/// `a, *b, c = v` in app-level code. Out of line: a list of arguments is a Swift array, which the run loop must not make.
@inline(never)
func unpackStarred(_ t: ThreadRef, _ v: Value, _ before: Int, _ after: Int) -> Value { callApp(t, .unpackEx, v, .fixnum(before), .fixnum(after)) }
