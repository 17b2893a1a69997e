// Taking suspended computations apart and putting them together again: what `tasklets_pickle.py` pickles and restores.
//
// A frame travels as (pc, state, flags, handled, extra, mask, registers...): bit i of the mask says that register i is
// bound. Frames are linked by the list that their chain travels as. What is put together is checked so that the run loop
// may trust it: a pc where a frame can wait, registers in range, cells where the code expects cells.

import Builtins
import Bytecode
import Support
import Heap
import Objects

/// Flag of a frame that is part of a loaded computation: it is in no other one.
private let chained: UInt8 = 128

/// Whether a result may arrive at `f`, which waits, as `state` says.
func accepts(_ f: FrameRef, _ state: UInt32) -> Bool {
  let code = f.pointee.code, at = f.nextWord
  guard let plan = framePlan(code, pc: at), plan.accepts(state) else { return false }
  if state & 0xff != Deliver.discard { return true }
  // Nothing arrives: what the instruction before writes has to be there.
  return framePlan(code, pc: at, waits: false)?.fault({ f.registers[$0] }) == nil
}

/// Whether a computation may be parked in `v`.
func isPlace(_ v: Value) -> Bool { v.isObject && (v.type == parkedType || isTasklet(v)) }

/// The frame of `v`, where it is one that Python may take apart: not running.
private func suspendedFrame(_ v: Value) -> FrameRef? {
  guard v.isExact(.frame) else { return nil }
  return v.to(Frame.self)
}

/// Frames between two of whose instructions another one came in (a budget's, a finaliser's), and which so wait for nothing: what
/// the instruction before wrote is there. Known since their chain was last taken apart.
nonisolated(unsafe) private var interrupted: Set<UInt> = []
func noteInterrupted(_ top: FrameRef) {
  var f = top
  while let b = f.pointee.back {
    if f.pointee.state & 0xff == Deliver.discard {
      if interrupted.isEmpty { watchInterrupted() }
      interrupted.insert(UInt(bitPattern: b))
    } else if !interrupted.isEmpty { interrupted.remove(UInt(bitPattern: b)) }
    f = b
  }
}
nonisolated(unsafe) private var interruptedWatched = false
private func watchInterrupted() {
  if interruptedWatched { return }
  interruptedWatched = true
  CollectorHook.afterMarking.append { interrupted = interrupted.filter { !isDead(Value(FrameRef(bitPattern: $0).unsafelyUnwrapped)) } }
}

/// (pc, state, flags, handled, extra, mask, registers...) of a frame. `variables`: also those that app-level code needs no more, so
/// that nothing ends earlier than it would.
func frameParts(_ t: ThreadRef, _ f: FrameRef, variables: Bool = false) -> Value {
  f.pointee.header.flags |= FrameFlag.escaped
  let code = f.pointee.code.code.pointee
  let count = Int(code.registerCount), at = f.nextWord
  let ended = f.pointee.header.flags & FrameFlag.finished != 0
  let liveness = !ended ? livenessOf(code) : nil
  let between = !interrupted.isEmpty && interrupted.contains(UInt(bitPattern: f))
  func isLive(_ i: Int) -> Bool {
    guard let l = liveness, !(variables && i < Int(code.variableCount)) else { return true }
    return l.isLive(i, at: at) || between && l.isLiveIn(i, at: at)
  }
  var mask: [UInt64] = Array(repeating: 0, count: count / 32 + 1)
  var values: [Value] = []
  for i in 0..<(ended ? Int(code.variableCount) : count) where !f.registers[i].isEmpty && isLive(i) {
    mask[i / 32] |= 1 << UInt64(i % 32)
    values.append(f.registers[i])
  }
  while mask.count > 1 && mask.last == 0 { mask.removeLast() }
  let maskValue = mask.count == 1 ? Value.fixnum(Int(mask[0])) : makeTuple(t, mask.map { .fixnum(Int($0)) })
  return makeTuple(t, [.fixnum(f.nextWord), .fixnum(Int(f.pointee.state)),
                            .fixnum(Int(f.pointee.header.flags & (FrameFlag.finished | FrameFlag.generator))),
                            f.pointee.handled.isEmpty ? .none : f.pointee.handled, f.pointee.extra.isEmpty ? .none : f.pointee.extra, maskValue] + values)
}

/// Whether the frame is one of those that run now.
func isRunning(_ t: ThreadRef, _ v: Value) -> Bool {
  guard let f = suspendedFrame(v), f.pointee.header.flags & FrameFlag.finished == 0 else { return false }
  var g = t.pointee.frame
  while let h = g { if h == f { return true }; g = h.pointee.back }
  return false
}

/// (mask, fields...) of a record object; nil where it is not made of plain fields.
func recordParts(_ t: ThreadRef, _ o: Value) -> Value? {
  guard o.isObject, o.shape.pointee.layout == Layout.record.rawValue else { return nil }
  var mask = 0, values: [Value] = []
  // A generator's frame brings the generator's state.
  let lockType = getString(appNamespace, intern(t, "thread_lock"))
  let linked = (o.isExact(.generator) || o.isExact(.coroutine) || o.isExact(.asyncGenerator)) && o.field(GeneratorField.frame).isExact(.frame)
  for i in 0..<fieldsOf(o) {
    let v = slotAddress(o, o.shape, i).pointee
    if v.isEmpty || linked && (i == GeneratorField.frame || i == GeneratorField.state) { continue }
    // The number of a lock that somebody waits for means something in this process only.
    if i == 1 && o.type == lockType { continue }
    if v.isObject, v.isExact(.values) || v.isExact(.table) || v.isExact(.rawMemory) { return nil }
    mask |= 1 << i
    values.append(v)
  }
  return makeTuple(t, [.fixnum(mask)] + values)
}

/// Whether a dict or set has keys whose hash Python code computed.
func hasPythonHashes(_ d: Value) -> Bool {
  guard d.isObject, [.dict, .set, .frozenset].contains(d.kind), !d.table.isEmpty else { return false }
  let r = d.table.tableRef
  if r.pointee.stringKeys != 0 { return false }
  for i in 0..<Int(r.pointee.fill) {
    let k = r.key(i)
    if !k.isEmpty && !k.isFixnum && !k.isExact(.str) && nativeHash(k) == nil { return true }
  }
  return false
}

func installPickling(_ t: ThreadRef) {
  for row in recordRows { recordNames[row.rawValue] = internForever(t, caseName(row)) }
  // (function, code, (pc, state, flags, handled, extra, mask, registers...))
  defineAppNative(t, "frame_parts", "(frame, /)") { t, a, n in
    guard let f = suspendedFrame(a[0]) else { return t.typeError("not a frame") }
    let parts = frameParts(t, f)
    return makeTuple(t, [f.pointee.function, f.pointee.code, parts])
  }
  // A frame of `function` with nothing in it.
  defineAppNative(t, "frame_new", "(function, code, /)") { t, a, n in
    frameNew(t, a[0], a[1])
  }
  defineAppNative(t, "frame_fill", "(frame, parts, /)") { t, a, n in
    frameFill(t, a[0], a[1])
  }
  // The frames of a parked computation, innermost last, and how its switch ends.
  defineAppNative(t, "parked_parts", "(place, /)") { t, a, n in
    guard isPlace(a[0]) else { return t.typeError("not a computation") }
    undoShort(t, a[0])
    let top = a[0].field(0)
    guard top.isExact(.frame) else { return .none }
    var frames: [Value] = []
    noteInterrupted(top.to(Frame.self))
    var f: FrameRef? = top.to(Frame.self)
    while let g = f {
      g.pointee.header.flags |= FrameFlag.escaped
      frames.append(Value(g))
      f = g.pointee.back
    }
    let list = makeList(t)
    for v in frames.reversed() { listAppend(t, list, v) }
    return makeTuple(t, [list, a[0].field(1)])
  }
  // Links frames and parks them in `place`.
  defineAppNative(t, "parked_fill", "(place, frames, how, /)") { t, a, n in
    guard isPlace(a[0]), a[1].isExact(.list), a[2].isFixnum, a[1].field(1).fixnum > 0 else { return t.valueError("damaged computation") }
    let count = a[1].field(1).fixnum, items = a[1].field(0).items
    for i in 0..<count {
      guard let f = suspendedFrame(items[i]), f.pointee.back == nil, f.pointee.header.flags & (FrameFlag.finished | chained) == 0 else { return t.valueError("damaged computation: frame \(i)") }
      for k in 0..<i where items[k] == items[i] { return t.valueError("damaged computation: a frame twice") }
      if i > 0, !accepts(items[i - 1].to(Frame.self), f.pointee.state) { return t.valueError("damaged computation: state of frame \(i)") }
      // A generator that has not started or is suspended waits by itself.
      if f.pointee.header.flags & FrameFlag.generator != 0 {
        guard f.pointee.extra.isObject, f.pointee.extra.field(GeneratorField.frame) == items[i], f.pointee.extra.field(GeneratorField.state).fixnum & 0xff != GeneratorState.created else {
          return t.valueError("damaged computation: generator of frame \(i)")
        }
      }
    }
    // Nothing is behind the bottom frame: its code does not end.
    let bottom = items[0].to(Frame.self), body = bottom.pointee.function
    guard body == taskletBody(t) || ["greenlet_body", "continulet_body"].contains(where: { body == getString(appNamespace, intern(t, $0)) }),
          body.field(FunctionField.code) == bottom.pointee.code, count == 1 || items[1].to(Frame.self).pointee.state & 0xff != Deliver.discard else {
      return t.valueError("damaged computation: its first frame")
    }
    let top = items[count - 1].to(Frame.self), how = a[2].fixnum
    guard how == -1 ? count == 1 && top.pointee.pc == top.pointee.code.code.start
            : how >= 0 && how <= Int(UInt32.max) && how & 0xff == Int(Deliver.store) && accepts(top, UInt32(how)) else {
      return t.valueError("damaged computation: end of its switch")
    }
    for i in 0..<count {
      let f = items[i].to(Frame.self)
      f.pointee.back = i > 0 ? items[i - 1].to(Frame.self) : nil
      f.pointee.depth = UInt32(i)
      f.pointee.header.flags |= chained
      if f.pointee.header.flags & FrameFlag.generator != 0 { f.pointee.extra.fields[GeneratorField.state] = .fixnum(GeneratorState.running) }
      suspendFrame(f)
    }
    setField(a[0], 0, items[count - 1])
    setField(a[0], 1, a[2])
    return .none
  }
  // Fields and `__slots__` of a record object: (mask, values...); None where it is not made of plain fields.
  defineAppNative(t, "record_parts", "(object, /)") { t, a, n in
    recordParts(t, a[0]) ?? .none
  }
  // An empty record of a class, or of a row of the builtin-type table given by name.
  defineAppNative(t, "record_new", "(cls, /)") { t, a, n in
    recordNew(t, a[0])
  }
  defineAppNative(t, "record_fill", "(object, parts, /)") { t, a, n in
    recordFill(t, a[0], a[1])
  }
  // The name of the row of the builtin-type table whose layout the object has, or None.
  defineAppNative(t, "record_row", "(object, /)") { t, a, n in
    guard a[0].isObject, let row = BuiltinType(rawValue: Int(a[0].object.pointee.shape) - 1), recordRows.contains(row) else { return .none }
    return makeStr(t, "\(row)")
  }
  // Whether a dict or set has keys whose hash Python code computed.
  defineAppNative(t, "has_python_hashes", "(table, /)") { t, a, n in
    .bool(hasPythonHashes(a[0]))
  }
  // A hash that no Python code is needed for, else None.
  defineAppNative(t, "native_hash", "(key, /)") { t, a, n in nativeHash(a[0]).map { .fixnum($0) } ?? .none }
  // What a set iterator has still to give.
  defineAppNative(t, "set_iterator_rest", "(iterator, /)") { t, a, n in
    let list = makeList(t), s = a[0].field(0)
    guard s.isObject, !s.isNone, !s.table.isEmpty else { return list }
    let r = s.table.tableRef
    for i in max(0, a[0].field(1).fixnum)..<max(Int(r.pointee.fill), a[0].field(1).fixnum) where !r.key(i).isEmpty { listAppend(t, list, r.key(i)) }
    return list
  }
  // Whether the frame is one of those that run now.
  defineAppNative(t, "frame_is_running", "(frame, /)") { t, a, n in
    .bool(isRunning(t, a[0]))
  }
  // The name by which `builtin_type` knows a class, or None.
  defineAppNative(t, "builtin_type_name", "(cls, /)") { t, a, n in
    for b in BuiltinType.allCases where b.object == a[0] { return makeStr(t, caseName(b)) }
    return .none
  }
  // (dict, entries before, entries counted at the start, left) of a dict iterator or None.
  defineAppNative(t, "dict_iterator_parts", "(iterator, /)") { t, a, n in
    guard a[0].isExact(.dictKeyIterator) || a[0].isExact(.dictValueIterator) || a[0].isExact(.dictItemIterator), a[0].field(0).isObject,
          !a[0].field(0).isNone else { return .none }
    let d = a[0].field(0), table = d.table
    var before = 0
    if !table.isEmpty {
      let r = table.tableRef
      for i in 0..<min(a[0].field(1).fixnum, Int(r.pointee.fill)) where !r.key(i).isEmpty { before += 1 }
    }
    return makeTuple(t, [d, .fixnum(before), a[0].field(2), a[0].field(3)])
  }
}

/// A frame of `function` with nothing in it.
func frameNew(_ t: ThreadRef, _ function: Value, _ codeObject: Value) -> Value {
  guard function.isExact(.function) || function.isExact(.appFunction), codeObject.isExact(.code) else { return t.typeError("a frame needs a function and its code") }
  guard let code = filled(t, codeObject) else { return .empty }
  let count = Int(code.pointee.registerCount)
  let f = allocateFrame(t, sizeClass: code.pointee.sizeClass, registers: count)
  f.pointee.header = ObjectHeader(shape: BuiltinType.frame.shape, gc: GCBit.old | weft_vm.markColour, flags: FrameFlag.escaped | FrameFlag.finished,
                                  reserve: code.pointee.sizeClass)
  f.pointee.back = nil
  f.pointee.code = codeObject
  f.pointee.pc = code.start
  f.pointee.function = function
  f.pointee.state = 0
  f.pointee.depth = 0
  f.pointee.handled = .empty
  f.pointee.extra = .empty
  for i in 0..<count { f.registers[i] = .empty }
  suspendFrame(f)
  return Value(f)
}

/// Fills an empty frame with what `frameParts` gave.
func frameFill(_ t: ThreadRef, _ v: Value, _ all: Value) -> Value {
  guard let f = suspendedFrame(v), all.isExact(.tuple), all.count >= 6 else { return t.valueError("damaged frame") }
  guard f.pointee.header.flags & FrameFlag.finished != 0, f.pointee.back == nil else { return t.raise(.RuntimeError, "the frame is in use") }
  let parts = all.items, code = f.pointee.code.code.pointee, count = Int(code.registerCount)
  guard parts[0].isFixnum, parts[1].isFixnum, parts[2].isFixnum, parts[1].fixnum >= 0, parts[1].fixnum <= Int(UInt32.max) else { return t.valueError("damaged frame") }
  let flags = UInt8(truncatingIfNeeded: parts[2].fixnum) & (FrameFlag.finished | FrameFlag.generator)
  let plan = parts[0].fixnum >= 0 ? framePlan(f.pointee.code, pc: parts[0].fixnum) : nil
  guard plan != nil || flags & FrameFlag.finished != 0 && parts[0].fixnum >= 0 && parts[0].fixnum <= code.instructionCount else {
    return t.valueError("damaged frame: no instruction where it waits")
  }
  guard parts[3].isNone || isExceptionInstance(parts[3]) else { return t.valueError("damaged frame: handled exception") }
  let maskCount = parts[5].isFixnum ? 1 : parts[5].isExact(.tuple) ? parts[5].count : 0
  func mask(_ k: Int) -> Int { parts[5].isFixnum ? parts[5].fixnum : parts[5].items[k].fixnum }
  for k in 0..<maskCount where !parts[5].isFixnum && !parts[5].items[k].isFixnum { return t.valueError("damaged frame") }
  if maskCount == 0 { return t.valueError("damaged frame") }
  var next = 6
  for i in 0..<maskCount * 32 where mask(i / 32) >> (i % 32) & 1 != 0 {
    guard i < count, next < all.count else { return t.valueError("damaged frame: registers") }
    let v = parts[next]
    if i < Int(code.variableCount), let kind = Variable.Kind(rawValue: code.variableKinds![i]), kind == .cell || kind == .free {
      // Before its prologue has run, a captured parameter is not in its cell yet.
      guard v.isExact(.cell) || kind == .cell && parts[0].fixnum == 0 else { return t.valueError("damaged frame: a captured variable without a cell") }
    }
    f.registers[i] = v
    next += 1
  }
  guard next == all.count else { return t.valueError("damaged frame: registers") }
  if flags & FrameFlag.finished == 0, let why = plan?.fault({ f.registers[$0] }) {
    for i in 0..<count { f.registers[i] = .empty }
    return t.valueError("damaged frame of \(swiftString(code.qualifiedName)), which waits at word \(parts[0].fixnum): \(why)")
  }
  func clear(_ why: String) -> Value {
    for i in 0..<count { f.registers[i] = .empty }
    return t.valueError("damaged frame of \(swiftString(code.qualifiedName)): \(why)")
  }
  if flags & FrameFlag.finished == 0 {
    // What yields has a generator, which has this frame and no other.
    let yields = code.flags & (CodeFlags.generator.rawValue | CodeFlags.coroutine.rawValue | CodeFlags.asyncGenerator.rawValue) != 0
    guard yields == (flags & FrameFlag.generator != 0) else { return clear("generator") }
    if yields {
      let g = parts[4]
      guard g.isObject, [BuiltinType.generator, .coroutine, .asyncGenerator].contains(where: { g.isExact($0) }), g.field(GeneratorField.state) == .fixnum(GeneratorState.closed),
            g.field(GeneratorField.frame).isNone else { return clear("no generator of its own") }
      var state = GeneratorState.running
      if parts[0].fixnum == 0 { state = GeneratorState.created }
      else if case .yield(let r)? = plan?.delivery { state = GeneratorState.suspended | r << 8 }
      setField(g, GeneratorField.frame, v)
      setField(g, GeneratorField.code, f.pointee.code)
      g.fields[GeneratorField.state] = .fixnum(state)
      // As for any generator whose end somebody may wait for.
      if (code.exceptionCount > 0 || !g.isExact(.generator)) && g.object.pointee.gc & GCBit.watched == 0 {
        g.object.pointee.gc |= GCBit.watched
        watchFinaliser(g)
      }
    } else if parts[1].fixnum & 0xff == Int(Deliver.initialize), parts[4].isNone { return clear("no instance") }
  }
  f.pointee.pc = UnsafePointer(code.instructions) + parts[0].fixnum
  f.pointee.state = UInt32(parts[1].fixnum)
  f.pointee.handled = parts[3].isNone ? .empty : parts[3]
  f.pointee.extra = parts[4].isNone ? .empty : parts[4]
  f.pointee.header.flags = f.pointee.header.flags & ~(FrameFlag.finished | FrameFlag.generator | FrameFlag.scanned) | flags
  suspendFrame(f)
  return .none
}

/// An empty record of a class, or of a row of the builtin-type table given by name.
func recordNew(_ t: ThreadRef, _ cls: Value) -> Value {
  if cls.isStr {
    let name = swiftString(cls)
    guard let row = recordRows.first(where: { caseName($0) == name }) else { return t.valueError("damaged object: no class '\(name)'") }
    return blankRecord(t, row)
  }
  guard isType(cls), cls.typeObject.pointee.layout == Layout.record.rawValue else { return t.valueError("damaged object: class") }
  let p = cls.typeObject.pointee
  // Natives trust the fields of their own classes: only exceptions, locks and what Python alone made may come this way.
  guard p.flags & TypeFlag.exception != 0 || p.nativeFields == 0 && p.kind == UInt8(BuiltinType.object.rawValue)
          || plainNatives.contains(where: { cls == getString(appNamespace, intern(t, $0)) }) else { return t.valueError("damaged object: class") }
  let v = makeInstance(t, cls)
  if p.flags & TypeFlag.exception != 0 { setField(v, ExceptionField.args, weft_vm.emptyTuple) }
  return v
}

/// Fills a record with what `recordParts` gave.
func recordFill(_ t: ThreadRef, _ o: Value, _ parts: Value) -> Value {
  guard o.isObject, o.shape.pointee.layout == Layout.record.rawValue, parts.isExact(.tuple), parts.count > 0, parts.items[0].isFixnum else {
    return t.valueError("damaged object")
  }
  let count = fieldsOf(o), mask = parts.items[0].fixnum
  var next = 1
  for i in 0..<62 where mask >> i & 1 != 0 {
    guard i < count, next < parts.count else { return t.valueError("damaged \(typeName(o)): fields") }
    guard validField(o, i, parts.items[next]) else { return t.valueError("damaged \(typeName(o)): field \(i)") }
    slotAddress(o, o.shape, i).pointee = parts.items[next]
    next += 1
  }
  writeBarrier(o.object)
  if let why = incomplete(t, o) { return t.valueError("damaged \(typeName(o)): \(why)") }
  return next == parts.count ? .none : t.valueError("damaged object: fields")
}

/// Rows whose instances are records of values that may travel field by field.
private let recordRows: Set<BuiltinType> = [
  .cell, .method, .builtinMethod, .property, .classmethod, .staticmethod, .superType, .traceback, .mappingproxy, .listIterator, .tupleIterator,
  .strIterator, .bytesIterator, .rangeIterator, .longRangeIterator, .dictKeyIterator, .dictValueIterator, .dictItemIterator, .sequenceIterator,
  .callableIterator, .listReverseIterator, .dictKeys, .dictValues, .dictItems, .enumerate, .zip, .map, .filter, .reversed, .asyncGenWrapped,
  .coroutineWrapper, .genericAlias, .unionType, .generator, .coroutine, .asyncGenerator, .function, .appFunction, .lookupKey,
]

/// Names of those rows, by row.
nonisolated(unsafe) private var recordNames = [Value](repeating: .empty, count: BuiltinType.allCases.count)
func recordName(_ row: BuiltinType) -> Value { recordNames[row.rawValue] }

/// Values of a record that are not attributes: its native fields, then its `__slots__`.
func fieldsOf(_ v: Value) -> Int {
  if let row = BuiltinType(rawValue: Int(v.object.pointee.shape) - 1), row != .object { return recordFields(row) }
  return Int(v.shape.pointee.fixedSlots)
}
func recordFields(_ row: BuiltinType) -> Int { Int(weft_vm.shapes[Int(row.shape)]!.pointee.fixedSlots) }

/// Native classes, by app-level name, whose instances travel field by field within frames.
private let plainNatives = ["thread_lock", "sre_Match", "sre_SRE_Scanner", "sre_callable_iterator"]
