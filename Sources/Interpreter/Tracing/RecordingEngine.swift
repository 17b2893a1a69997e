// The recording engine: computes like the interpreter, and notes each primitive as an instruction of a trace.

import Bytecode
import Heap
import MetaTracing
import Objects

/// A value and where the trace has it.
public struct RecordedWord {
  let value: Value
  let ref: Ref
}

public struct RecordingEngine: Engine {
  public typealias Word = RecordedWord
  let recorder: Recorder
  let direct: StepEngine
  public let thread: ThreadRef
  init(_ r: Recorder) { recorder = r; thread = r.thread; direct = StepEngine(r.thread) }
  public static var oneInstruction: Bool { true }

  private var b: TraceBuilder { recorder.builder }
  private func check(_ op: Operation, _ x: Ref, _ y: Ref = .none, immediate: Int64 = 0, _ truth: Bool) -> Bool {
    b.guarded(op, x, y, immediate: immediate, expect: truth) { recorder.snapshot() }
    return truth
  }
  private func made(_ v: Value, _ r: Ref) -> RecordedWord { RecordedWord(value: v, ref: r) }

  // MARK: registers and constants

  public func reg(_ f: FrameRef, _ i: Int) -> RecordedWord { made(f.registers[i], recorder.register(f, i)) }
  public func setReg(_ f: FrameRef, _ i: Int, _ w: RecordedWord) {
    f.registers[i] = w.value
    recorder.setRegister(f, i, w.ref)
  }
  public func constant(_ v: Value) -> RecordedWord { made(v, recorder.constant(v)) }
  public func promote(_ w: RecordedWord) -> Value {
    _ = check(.guardSame, w.ref, recorder.constant(w.value), true)
    return w.value
  }
  public func toValue(_ w: RecordedWord) -> Value { w.value }
  public func fromNative(_ v: Value) -> RecordedWord {
    recorder.abort("a value from nowhere")
    return made(v, recorder.constant(v))
  }

  // MARK: tests

  public func isEmpty(_ w: RecordedWord) -> Bool { check(.guardSame, w.ref, b.word(0), w.value.isEmpty) }
  public func isFixnum(_ x: RecordedWord) -> Bool { check(.guardTagged, x.ref, .none, x.value.isFixnum) }
  /// What the trace has computed is a float in either form: handlers do the same with both.
  public func isFlonum(_ x: RecordedWord) -> Bool { x.value.isFlonum && b.boxed(x.ref) != nil || check(.guardImmediate, x.ref, .none, x.value.isFlonum) }
  public func bothFixnum(_ x: RecordedWord, _ y: RecordedWord) -> Bool { isFixnum(x) && isFixnum(y) }
  public func bothFlonum(_ x: RecordedWord, _ y: RecordedWord) -> Bool { isFlonum(x) && isFlonum(y) }
  public func identical(_ x: RecordedWord, _ y: RecordedWord) -> Bool { check(.guardSame, x.ref, y.ref, x.value == y.value) }
  public func isValue(_ x: RecordedWord, _ v: Value) -> Bool { check(.guardSame, x.ref, recorder.constant(v), x.value == v) }
  public func hasShape(_ x: RecordedWord, _ shape: UInt32) -> Bool { check(.guardShape, x.ref, immediate: Int64(shape), x.value.hasShape(shape)) }
  public func isNegative(_ x: RecordedWord) -> Bool { check(.guardLess, x.ref, b.word(0), direct.isNegative(x.value)) }
  public func belowFixnum(_ x: RecordedWord, _ limit: RecordedWord) -> Bool { check(.guardBelow, x.ref, limit.ref, direct.belowFixnum(x.value, limit.value)) }
  public func compareFixnum(_ op: Comparison, _ x: RecordedWord, _ y: RecordedWord) -> Bool {
    let truth = direct.compareFixnum(op, x.value, y.value)
    compare(op, x.ref, y.ref, truth, .guardLess, .guardLessEqual, .guardSame)
    return truth
  }
  public func compareFloat(_ op: Comparison, _ x: RecordedWord, _ y: RecordedWord) -> Bool {
    let truth = direct.compareFloat(op, x.value, y.value)
    compare(op, b.pure(.decode, x.ref), b.pure(.decode, y.ref), truth, .guardDoubleLess, .guardDoubleLessEqual, .guardDoubleEqual)
    return truth
  }
  private func compare(_ op: Comparison, _ x: Ref, _ y: Ref, _ truth: Bool, _ less: Operation, _ lessEqual: Operation, _ equal: Operation) {
    switch op {
    case .lt: _ = check(less, x, y, truth)
    case .gt: _ = check(less, y, x, truth)
    case .le: _ = check(lessEqual, x, y, truth)
    case .ge: _ = check(lessEqual, y, x, truth)
    case .eq: _ = check(equal, x, y, truth)
    case .ne: _ = check(equal, x, y, !truth)
    }
  }

  // MARK: arithmetic

  private func value(_ op: Operation, _ x: RecordedWord, _ y: RecordedWord, _ v: Value) -> RecordedWord {
    made(v, b.pure(op, x.ref, y.ref, snapshot: recorder.snapshot))
  }
  /// On overflow the handler goes on to what is opaque, and nothing is recorded.
  public func addFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? { direct.addFixnum(x.value, y.value).map { value(.addTagged, x, y, $0) } }
  public func subFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? { direct.subFixnum(x.value, y.value).map { value(.subTagged, x, y, $0) } }
  public func mulFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? { direct.mulFixnum(x.value, y.value).map { value(.mulTagged, x, y, $0) } }
  public func lshiftFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? { direct.lshiftFixnum(x.value, y.value).map { value(.shiftLeftTagged, x, y, $0) } }
  public func floorDivFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { value(.floorDivTagged, x, y, direct.floorDivFixnum(x.value, y.value)) }
  public func modFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { value(.modTagged, x, y, direct.modFixnum(x.value, y.value)) }
  public func andFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { value(.andTagged, x, y, direct.andFixnum(x.value, y.value)) }
  public func orFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { value(.orTagged, x, y, direct.orFixnum(x.value, y.value)) }
  public func xorFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { value(.xorTagged, x, y, direct.xorFixnum(x.value, y.value)) }
  public func rshiftFixnum(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { value(.shiftRightTagged, x, y, direct.rshiftFixnum(x.value, y.value)) }

  public func toDouble(_ x: RecordedWord) -> RecordedWord { x }
  private func double(_ op: Operation, _ x: RecordedWord, _ y: RecordedWord, _ v: Value) -> RecordedWord {
    made(v, b.pure(.box, b.pure(op, b.pure(.decode, x.ref), b.pure(.decode, y.ref))))
  }
  public func addFloat(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { double(.addDouble, x, y, direct.addFloat(x.value, y.value)) }
  public func subFloat(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { double(.subDouble, x, y, direct.subFloat(x.value, y.value)) }
  public func mulFloat(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { double(.mulDouble, x, y, direct.mulFloat(x.value, y.value)) }
  public func divFloat(_ x: RecordedWord, _ y: RecordedWord) -> RecordedWord { double(.divDouble, x, y, direct.divFloat(x.value, y.value)) }
  public func negFloat(_ x: RecordedWord) -> RecordedWord { made(direct.negFloat(x.value), b.pure(.box, b.pure(.negDouble, b.pure(.decode, x.ref)))) }
  public func fixnumToFloat(_ x: RecordedWord) -> RecordedWord? {
    guard let v = direct.fixnumToFloat(x.value) else { return nil }
    let d = made(v, b.pure(.box, b.pure(.intToDouble, x.ref)))
    _ = isFlonum(d)
    return d
  }

  // MARK: memory

  public func field(_ o: RecordedWord, _ i: Int) -> RecordedWord { made(o.value.fields[i], b.load(o.ref, 8 + 8 * i)) }
  public func setField(_ o: RecordedWord, _ i: Int, _ w: RecordedWord) {
    direct.setField(o.value, i, w.value)
    recorder.effect()
    b.store(o.ref, 8 + 8 * i, w.ref)
    if w.value.isObject || !b.isImmediate(w.ref) { b.writeBarrier(o.ref) }
  }
  public func item(_ o: RecordedWord, _ i: RecordedWord) -> RecordedWord { made(direct.item(o.value, i.value), b.loadItem(o.ref, i.ref, 16)) }
  public func setItem(_ o: RecordedWord, _ i: RecordedWord, _ w: RecordedWord) {
    direct.setItem(o.value, i.value, w.value)
    recorder.effect()
    b.storeItem(o.ref, i.ref, 16, w.ref)
    if w.value.isObject || !b.isImmediate(w.ref) { b.writeBarrier(o.ref) }
  }
  /// The count word is a plain integer.
  public func itemCount(_ o: RecordedWord) -> RecordedWord { made(direct.itemCount(o.value), b.pure(.tag, b.load(o.ref, 8))) }
  public func newRecord(_ type: BuiltinType, _ n: Int) -> RecordedWord {
    recorder.effect()
    return made(direct.newRecord(type, n), allocated(type.shape, n))
  }
  public func newInstance(_ type: Value) -> RecordedWord {
    recorder.effect()
    let o = direct.newInstance(type)
    return made(o, allocated(o.shapeIndex, Int(o.shape.pointee.inlineSlots)))
  }
  public func newTuple(_ f: FrameRef, _ first: Int, _ n: Int) -> RecordedWord {
    let v = direct.newTuple(f, first, n)
    return n == 0 ? constant(v) : made(v, values(.tuple, f, first, n))
  }
  public func newList(_ f: FrameRef, _ first: Int, _ n: Int) -> RecordedWord {
    let storage = n == 0 ? b.word(0) : values(.values, f, first, n), list = allocated(BuiltinType.list.shape, 2)
    b.store(list, 8, storage)
    b.store(list, 16, b.word(Value.fixnum(n).bits))
    return made(direct.newList(f, first, n), list)
  }
  public func newDict() -> RecordedWord {
    let dict = allocated(BuiltinType.dict.shape, 2)
    b.store(dict, 16, b.word(Value.fixnum(0).bits))
    return made(direct.newDict(), dict)
  }
  public func setShape(_ o: RecordedWord, _ shape: UInt32) {
    direct.setShape(o.value, shape)
    recorder.effect()
    b.storeShape(o.ref, shape)
  }
  /// A new object with `n` empty fields.
  private func allocated(_ shape: UInt32, _ n: Int) -> Ref {
    recorder.effect()
    let r = b.allocate(traceNewRecord, b.word(UInt64(shape)), b.word(UInt64(n)))
    b.assume(r, shape: shape)
    for i in 0..<n { b.initially(r, 8 + 8 * i, b.word(0)) }
    return r
  }
  /// A new object whose items are `n` registers.
  private func values(_ type: BuiltinType, _ f: FrameRef, _ first: Int, _ n: Int) -> Ref {
    let items = (0..<n).map { reg(f, first + $0).ref }
    recorder.effect()
    let r = b.allocate(traceNewValues, b.word(UInt64(type.shape)), b.word(UInt64(n)))
    b.assume(r, shape: type.shape)
    b.initially(r, 8, b.word(UInt64(n)))
    for (i, x) in items.enumerated() { b.initialItem(r, i, 16, x) }
    return r
  }

  // MARK: names and classes

  public func global(_ f: FrameRef, _ entry: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> RecordedWord? {
    let v = cachedGlobal(f, entry, name)
    if v.isEmpty { return nil }
    let function = function(f)
    let globals = fixed(field(function, FunctionField.globals)), table = fixed(field(globals, 0))
    let i = Int(entry.pointee.kind >> 8)
    if entry.pointee.kind & 0xff == CacheKind.global { return entryOf(table, i, name) }
    // A name that the globals do not have: their table is as it was.
    _ = check(.guardSame, b.load(table.ref, MemoryLayout<TableObject>.offset(of: \TableObject.reserve)!), b.word(entry.pointee.version), true)
    return entryOf(fixed(field(fixed(field(function, FunctionField.builtins)), 0)), i, name)
  }
  private func fixed(_ w: RecordedWord) -> RecordedWord { constant(promote(w)) }
  /// The value of entry `i` of a table with string keys, if its key is still `name`.
  private func entryOf(_ table: RecordedWord, _ i: Int, _ name: Value) -> RecordedWord {
    let p = table.value.tableRef.entries + i * 2, offset = UnsafeMutableRawPointer(p) - table.value.raw
    _ = check(.guardSame, b.load(table.ref, offset), recorder.constant(name), true)
    return made(p[1], b.load(table.ref, offset + 8))
  }
  public func member(_ module: RecordedWord, _ e: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> RecordedWord? {
    guard module.value.isExact(.module), case let m = fixed(module), hasShape(m, BuiltinType.module.shape) else { return nil }
    return entry(field(m, 0), name)
  }
  public func fillStore(_ entry: UnsafeMutablePointer<CacheEntry>, _ o: RecordedWord, _ name: Value) {
    guard o.value.isObject, !(o.value.hasShape(entry.pointee.shape) && entryValid(entry)) else { return }
    let d = lookup(o.value.type, name)
    // A read-only member, or a class that stores in its own way.
    if lookup(o.value.type, Name.__setattr__.value) != objectSetattr || d.isExact(.member) && d.field(3).fixnum & 2 != 0 { return }
    fillAttribute(entry, o.value, name)
  }
  public func fill(_ entry: UnsafeMutablePointer<CacheEntry>, _ o: RecordedWord, _ name: Value) {
    if !(o.value.hasShape(entry.pointee.shape) && entryValid(entry)) { fillAttribute(entry, o.value, name) }
  }
  public func isCurrent(_ entry: UnsafeMutablePointer<CacheEntry>) -> Bool {
    guard entryValid(entry) else { return false }
    let version = b.load(recorder.constant(entry.pointee.extra), MemoryLayout<TypeObject>.offset(of: \TypeObject.version)!)
    return check(.guardSame, version, b.word(entry.pointee.version), true)
  }
  public func type(_ o: RecordedWord) -> Value? { o.value.isObject && hasShape(o, o.value.shapeIndex) ? o.value.type : nil }
  public func isUnchanged(_ type: Value) -> Bool {
    let version = versionOf(type)
    return version != 0 && check(.guardSame, b.load(recorder.constant(type), MemoryLayout<TypeObject>.offset(of: \TypeObject.version)!), b.word(version), true)
  }
  public func entry(_ dict: RecordedWord, _ key: Value) -> RecordedWord? {
    guard dict.value.isExact(.dict), hasShape(dict, BuiltinType.dict.shape), !dict.value.table.isEmpty, dict.value.table.tableRef.pointee.stringKeys != 0,
          case let i = find(dict.value, key, strHash(key)), i >= 0, dict.value.table.tableRef.key(i) == key else { return nil }
    return entryOf(fixed(field(fixed(dict), 0)), i, key)
  }
  public func function(_ f: FrameRef) -> RecordedWord { made(f.pointee.function, recorder.function(f)) }

  // MARK: natives

  /// Guards that the word goes on being of the builtin type that it is of; false for what is of none that is `allowed`.
  private func hasBuiltinType(_ w: RecordedWord, _ allowed: Set<UInt32> = plainShapes) -> Bool {
    if w.value.isFixnum { return isFixnum(w) }
    if w.value.isFlonum { return isFlonum(w) }
    guard w.value.isObject, case let shape = w.value.shapeIndex, allowed.contains(shape) else { return false }
    return hasShape(w, shape)
  }
  /// What the function gives, really and in the trace. Where it gives nothing, its arguments are not such as it computes
  /// with; what it did is undone, and the trace is left with the instruction to be run again.
  private func called(_ f: HostFunction, _ x: RecordedWord, _ y: RecordedWord, _ z: RecordedWord) -> RecordedWord? {
    let v = Value(bits: f(UInt64(UInt(bitPattern: thread)), x.value.bits, y.value.bits, z.value.bits))
    if v.isEmpty { return nil }
    return made(v, b.callOrLeave(f, x.ref, y.ref, z.ref, snapshot: recorder.snapshot()))
  }
  private func number(_ n: Int) -> RecordedWord { constant(.fixnum(n)) }

  public func computed(_ op: NativeOperation, _ x: RecordedWord, _ y: RecordedWord) -> RecordedWord? {
    let what: Int, isItem: Bool
    switch op {
    case .binary(let o): what = o.rawValue; isItem = false
    case .compare(let o): what = 1 << 8 | o.rawValue; isItem = false
    case .item: what = 2 << 8; isItem = true
    case .contains: what = 3 << 8; isItem = true
    }
    guard hasBuiltinType(x, isItem ? containerShapes : plainShapes), hasBuiltinType(y, isItem ? keyShapes : plainShapes) else { return nil }
    if let f = specialNative(op, x.value, y.value), let r = called(f, x, y, y) { return r }
    return called(traceCompute, x, y, number(what))
  }
  public func stored(_ o: RecordedWord, _ k: RecordedWord, _ v: RecordedWord) -> Bool {
    guard hasBuiltinType(o, containerShapes), hasBuiltinType(k), called(traceSetItem, o, k, v) != nil else { return false }
    recorder.containerChanged()
    return true
  }
  public func native(_ f: RecordedWord, _ frame: FrameRef, _ first: Int, _ n: Int) -> RecordedWord? {
    guard f.value.isObject, n >= 1, n <= traceArgumentsLimit else { return nil }
    if f.value.isExact(.type) {
      guard n == 1, constructors.contains(f.value), hasBuiltinType(reg(frame, first)) else { return nil }
      return called(traceConstruct, constant(promote(f)), reg(frame, first), f)
    }
    let isFunction = f.value.isExact(.builtinFunction)
    guard isFunction || f.value.isExact(.methodDescriptor) else { return nil }
    let native = f.value.to(NativeObject.self).pointee, receiver = frame.registers[first]
    guard isFunction ? native.effects == Effects.plain : receiver.isObject && containerShapes.contains(receiver.shapeIndex) && receiver.type == native.owner,
          native.kind == NativeKind.bound || n >= Int(native.minArgs) && n <= Int(native.maxArgs) else { return nil }
    let target = constant(promote(f))
    let arguments = (0..<n).map { reg(frame, first + $0) }
    for (i, w) in arguments.enumerated() where !(i > 0 && native.effects == Effects.leaf) {
      guard hasBuiltinType(w, i == 0 ? containerShapes : plainShapes) else { return nil }
    }
    pass(arguments)
    guard let r = called(traceNative, target, number(n), target) else { return nil }
    if receiver.isObject && !plainShapes.contains(receiver.shapeIndex) && !isFunction { recorder.containerChanged() }
    return r
  }
  public func joined(_ f: FrameRef, _ first: Int, _ n: Int) -> RecordedWord? {
    guard n <= traceArgumentsLimit else { return nil }
    let parts = (0..<n).map { reg(f, first + $0) }
    for p in parts { guard p.value.isExact(.str), hasShape(p, BuiltinType.str.shape) else { return nil } }
    pass(parts)
    return called(traceConcatenate, number(n), number(n), number(n))
  }
  private func pass(_ arguments: [RecordedWord]) {
    let buffer = b.word(UInt64(UInt(bitPattern: traceArguments)))
    for (i, w) in arguments.enumerated() {
      traceArguments[i] = w.value
      b.storeRegister(buffer, 8 * i, w.ref)
    }
  }
  public func next(_ it: RecordedWord) -> RecordedWord? {
    guard it.value.isObject, iteratorShapes.contains(it.value.shapeIndex), hasShape(it, it.value.shapeIndex) else { return nil }
    if it.value.isExact(.tupleIterator) {
      let tuple = field(it, 0), i = field(it, 1)
      guard !isEmpty(tuple), belowFixnum(i, itemCount(tuple)), let next = addFixnum(i, constant(.fixnum(1))) else { return nil }
      setField(it, 1, next)
      return item(tuple, i)
    }
    return called(it.value.isExact(.strIterator) ? traceNextCharacter : traceNext, it, it, it)
  }

  // MARK: control

  public func opaque() -> Bool { recorder.opaque = true; return true }
  public func resume(_ g: RecordedWord, over f: FrameRef, state: UInt32) -> (frame: FrameRef, was: Int)? {
    let was = g.value.field(GeneratorField.state).fixnum, frame = g.value.field(GeneratorField.frame).to(Frame.self)
    guard was & 0xff <= GeneratorState.suspended, f.pointee.depth < weft_vm.recursionLimit else { return nil }
    recorder.resume(g.ref, frame, was: was, state: state)
    return direct.resume(g.value, over: f, state: state)
  }
  public func yieldIsOpaque(_ f: FrameRef) -> Bool {
    if recorder.canSuspend(f) { return false }
    return opaque()
  }
  public func suspended(_ f: FrameRef, _ state: Int) { recorder.suspend(f, state) }
  public func enter(_ f: FrameRef, function: RecordedWord) { recorder.enter(f, function.ref) }
  public func entered(_ g: FrameRef) -> Bool { !recorder.linksAtEntry() }
  public func endsTrace(_ f: FrameRef, _ v: RecordedWord) -> Bool { recorder.endsByReturn(f, v.ref) }
  public func setExtra(_ f: FrameRef, _ w: RecordedWord) {
    f.pointee.extra = w.value
    recorder.setExtra(f, w.ref)
  }
  public func extra(_ f: FrameRef) -> RecordedWord { made(f.pointee.extra, recorder.extra(f)) }
  public func returnIsOpaque(_ f: FrameRef) -> Bool {
    if recorder.canLeave(f) { return false }
    return opaque()
  }
  public func leave(_ f: FrameRef) { recorder.leave(f) }
  public func backEdge(_ f: FrameRef, _ pc: UnsafePointer<UInt32>) -> Bool { recorder.backEdge(f, pc) }
}

private func shapes(_ types: BuiltinType...) -> Set<UInt32> { Set(types.map { $0.shape }) }
/// Immutable, and without anything of other types inside.
private let plainShapes = shapes(.int, .float, .complex, .str, .bytes, .bool, .noneType)
/// Classes that make something of such a value without asking it anything.
private let constructors: [Value] = [BuiltinType.str, .int, .float, .bool].map { $0.object }
private let containerShapes = plainShapes.union(shapes(.list, .tuple, .dict, .set, .frozenset))
private let keyShapes = plainShapes.union(shapes(.slice))
private let iteratorShapes = shapes(.strIterator, .tupleIterator, .bytesIterator, .dictKeyIterator, .dictValueIterator, .dictItemIterator, .setIterator)
