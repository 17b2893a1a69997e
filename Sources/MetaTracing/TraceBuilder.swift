// Emission of instructions: constants are folded, equal expressions shared, implied guards dropped, loads forwarded.

/// What is known of a word.
struct Facts: Equatable {
  var tagged: Bool?
  var immediate: Bool?
  /// 0: not known.
  var shape: UInt32 = 0
  var boxable = false
}

public final class TraceBuilder {
  public let trace: Trace
  /// Of the instructions that follow.
  public var origin: Int32 = -1
  /// Shapes below this number stay with their objects for life, except these.
  public var stableShapes: UInt32 = 0
  public var changingShapes: Set<UInt32> = []

  private struct Key: Hashable { var operation: UInt8; var expect: Bool; var a, b, c: Ref; var immediate: Int64 }
  private var expressions: [Key: Ref] = [:]
  private var memory: [Key: Ref] = [:]
  private var facts: [Ref: Facts] = [:]
  private var constantRefs: [UInt64: Ref] = [:]
  /// Objects that the collector may move, but not before the next instruction of the host.
  private var movable: [UInt64: Ref] = [:]
  /// What the instruction of the host that is being recorded changed, for `rewind`.
  private var undo: [Undo] = []
  private enum Undo { case expression(Key), memory(Key, Ref?), fact(Ref, Facts?), escape(Ref) }
  /// Objects that the trace has made and that nothing refers to but its values and other such objects; and what those hold.
  private var fresh: Set<Ref> = []
  private var held: [Ref: [Ref]] = [:]
  /// What has been written to since the start, or since `beginLoop`.
  public struct Effects: Equatable {
    public var offsets: Set<Int64> = []
    public var items = false
    public var shapes = false
    public var steps = false
    public init() {}
    public func isCovered(by e: Effects) -> Bool { e.steps || !steps && (e.items || !items) && (e.shapes || !shapes) && offsets.isSubset(of: e.offsets) }
  }
  public internal(set) var effects = Effects()
  private var mark = 0
  private var snapshotMark = 0

  public init(_ trace: Trace) { self.trace = trace }
  /// Of a bridge: what was written to before its exit was reached, since the loop's start.
  public func assume(_ e: Effects) { effects = e }

  // MARK: constants

  public func word(_ w: UInt64) -> Ref {
    if let r = constantRefs[w] { return r }
    let r = append(w, object: false)
    constantRefs[w] = r
    return r
  }
  /// A constant that is an object; `stays` when the collector will never move it.
  public func object(_ w: UInt64, stays: Bool) -> Ref {
    if let r = stays ? constantRefs[w] : movable[w] { return r }
    let r = append(w, object: true)
    if stays { constantRefs[w] = r } else { movable[w] = r }
    return r
  }
  private func append(_ w: UInt64, object: Bool) -> Ref {
    trace.constants.append(w)
    trace.constantIsObject.append(object)
    return -Ref(trace.constants.count)
  }
  func value(_ r: Ref) -> UInt64 { trace.constants[Int(-1 - r)] }
  private func isPlain(_ r: Ref) -> Bool { r.isConstant && !trace.constantIsObject[Int(-1 - r)] }

  // MARK: host instructions

  /// The next host instruction begins.
  public func begin() {
    mark = trace.instructions.count
    snapshotMark = trace.snapshots.count
    undo.removeAll(keepingCapacity: true)
    movable.removeAll(keepingCapacity: true)
  }
  /// Forgets what was emitted since `begin`.
  public func rewind() {
    while let u = undo.popLast() {
      switch u {
      case .expression(let k): expressions[k] = nil
      case .memory(let k, let r): memory[k] = r
      case .fact(let r, let f): facts[r] = f
      case .escape(let r): fresh.insert(r)
      }
    }
    fresh = fresh.filter { Int($0) < mark }
    trace.instructions.removeSubrange(mark...)
    trace.snapshots.removeSubrange(snapshotMark...)
  }

  // MARK: facts

  private func known(_ r: Ref) -> Facts {
    if isPlain(r) {
      let w = value(r)
      return Facts(tagged: w & 1 != 0, immediate: w & 3 == 2)
    }
    if r.isConstant { var f = facts[r] ?? Facts(); f.tagged = false; f.immediate = false; return f }
    if let f = facts[r] { return f }
    let operation = trace.instructions[Int(r)].operation
    return operation.givesTagged ? Facts(tagged: true, immediate: false) : operation == .box ? Facts(tagged: false) : Facts()
  }
  private func learn(_ r: Ref, _ change: (inout Facts) -> Void) {
    var f = known(r)
    change(&f)
    undo.append(.fact(r, facts[r]))
    facts[r] = f
  }

  /// Whether a word is known to be no pointer.
  public func isImmediate(_ r: Ref) -> Bool { let f = known(r); return f.tagged == true || f.immediate == true }
  public func assume(_ r: Ref, shape: UInt32) { learn(r) { $0.shape = shape; $0.tagged = false; $0.immediate = false } }

  // MARK: guards

  /// Emits a guard unless it is implied; `snapshot` is asked for its number only when it is needed.
  public func guarded(_ operation: Operation, _ a: Ref, _ b: Ref = .none, immediate: Int64 = 0, expect: Bool = true, snapshot: () -> Int32) {
    switch operation {
    case .guardTagged:
      let f = known(a)
      if f.tagged == expect || expect == false && (f.immediate == true || f.shape != 0) { return }
    case .guardImmediate:
      let f = known(a)
      if f.immediate == expect || expect == false && (f.tagged == true || f.shape != 0) { return }
      // Of a double that was just made, ask before it is boxed.
      if a >= 0, trace.instructions[Int(a)].operation == .box, expect {
        let d = trace.instructions[Int(a)].a
        if facts[d]?.boxable == true { return }
        emitGuard(.guardBoxable, d, .none, 0, true, snapshot())
        learn(d) { $0.boxable = true }
        learn(a) { $0.immediate = true }
        return
      }
    case .guardShape:
      let f = known(a)
      if expect, f.shape != 0, f.shape == UInt32(truncatingIfNeeded: immediate) { return }
      if !expect && (f.tagged == true || f.immediate == true || f.shape != 0 && f.shape != UInt32(truncatingIfNeeded: immediate)) { return }
    case .guardSame:
      if a == b && expect { return }
      if !expect && (fresh.contains(a) && b.isConstant || fresh.contains(b) && a.isConstant) { return }
      if a.isConstant, b.isConstant, constantRefs[value(a)] == a, constantRefs[value(b)] == b, (a == b) == expect { return }
      if !expect, isPlain(b), value(b) == 0, known(a).shape != 0 || known(a).immediate == true || a >= 0 && trace.instructions[Int(a)].operation == .box { return }
      if !expect, let x = known(a).tagged, let y = known(b).tagged, x != y { return }
    case .guardLess: if isPlain(a), isPlain(b) { return }
    case .guardLessEqual: if isPlain(a), isPlain(b) { return }
    case .guardBelow: if isPlain(a), isPlain(b) { return }
    default: break
    }
    if operation != .guardClear32 {
      let key = Key(operation: operation.rawValue, expect: expect, a: a, b: b, c: .none, immediate: immediate)
      if operation != .guardShape || expect {
        if operation != .guardShape {
          if expressions[key] != nil { return }
          expressions[key] = 0
          undo.append(.expression(key))
        }
      }
    }
    emitGuard(operation, a, b, immediate, expect, snapshot())
    switch operation {
    case .guardTagged: learn(a) { $0.tagged = expect; if expect { $0.immediate = false } }
    case .guardImmediate: learn(a) { $0.immediate = expect; if expect { $0.tagged = false } }
    case .guardShape where expect: learn(a) { $0.shape = UInt32(truncatingIfNeeded: immediate); $0.tagged = false; $0.immediate = false }
    default: break
    }
  }
  private func noteOrigin() { trace.instructions[trace.instructions.count - 1].origin = origin }
  private func emitGuard(_ operation: Operation, _ a: Ref, _ b: Ref, _ immediate: Int64, _ expect: Bool, _ snapshot: Int32) {
    trace.instructions.append(IRInstruction(operation: operation, expect: expect, snapshot: snapshot, a: a, b: b, immediate: immediate))
    noteOrigin()
  }

  // MARK: values

  /// A pure operation; those that can overflow need a snapshot.
  public func pure(_ operation: Operation, _ a: Ref, _ b: Ref = .none, snapshot: () -> Int32 = { -1 }) -> Ref {
    if let r = fold(operation, a, b) { return r }
    let key = Key(operation: operation.rawValue, expect: true, a: a, b: b, c: .none, immediate: 0)
    if let r = expressions[key] { return r }
    let i = IRInstruction(operation: operation, snapshot: Operation.table[Int(operation.rawValue)].isGuard ? snapshot() : -1, a: a, b: b)
    let r = Ref(trace.instructions.count)
    trace.instructions.append(i)
    noteOrigin()
    expressions[key] = r
    undo.append(.expression(key))
    return r
  }

  private func fold(_ operation: Operation, _ a: Ref, _ b: Ref) -> Ref? {
    switch operation {
    case .decode:
      if a >= 0, trace.instructions[Int(a)].operation == .box { return trace.instructions[Int(a)].a }
      if isPlain(a) { return word(decodeImmediate(value(a)).bitPattern) }
    case .intToDouble where isPlain(a): return word(Double(Int64(bitPattern: value(a)) >> 1).bitPattern)
    case .addTagged where isPlain(b) && value(b) == 1, .subTagged where isPlain(b) && value(b) == 1: return a
    case .addTagged where isPlain(a) && value(a) == 1: return b
    case .addTagged where isPlain(a) && isPlain(b):
      let (r, o) = Int64(bitPattern: value(a)).addingReportingOverflow(Int64(bitPattern: value(b)) &- 1)
      return o ? nil : word(UInt64(bitPattern: r))
    case .subTagged where isPlain(a) && isPlain(b):
      let (r, o) = Int64(bitPattern: value(a)).subtractingReportingOverflow(Int64(bitPattern: value(b)) &- 1)
      return o ? nil : word(UInt64(bitPattern: r))
    case .andTagged where a == b, .orTagged where a == b: return a
    default: break
    }
    return nil
  }

  // MARK: memory

  public func load(_ a: Ref, _ offset: Int) -> Ref {
    let key = Key(operation: Operation.load.rawValue, expect: true, a: a, b: .none, c: .none, immediate: Int64(offset))
    if let r = memory[key] { return r }
    let r = append(IRInstruction(operation: .load, a: a, immediate: Int64(offset)))
    remember(key, r)
    return r
  }
  public func loadItem(_ a: Ref, _ index: Ref, _ offset: Int) -> Ref {
    let key = itemKey(a, index, offset)
    if let r = memory[key] { return r }
    let r = append(IRInstruction(operation: .loadItem, a: a, b: index, immediate: Int64(offset)))
    remember(key, r)
    return r
  }
  private func itemKey(_ a: Ref, _ index: Ref, _ offset: Int) -> Key {
    Key(operation: Operation.loadItem.rawValue, expect: true, a: a, b: index, c: .none, immediate: Int64(offset))
  }
  /// Two objects may be the same one: a store kills what is known of the same offset in others.
  public func store(_ a: Ref, _ offset: Int, _ value: Ref) {
    if fresh.contains(a) {
      if fresh.contains(value) { held[a, default: []].append(value) }
      put(a, offset, value)
      return
    }
    escape(value)
    effects.offsets.insert(Int64(offset))
    forget { $0.operation != Operation.loadItem.rawValue && $0.immediate == Int64(offset) }
    put(a, offset, value)
  }
  /// A store to a word of a frame, which nothing else refers to by another address.
  public func storeRegister(_ frame: Ref, _ offset: Int, _ value: Ref) {
    escape(value)
    put(frame, offset, value)
  }
  private func put(_ a: Ref, _ offset: Int, _ value: Ref) {
    append(IRInstruction(operation: .store, a: a, b: value, immediate: Int64(offset)))
    initially(a, offset, value)
  }
  public func storeItem(_ a: Ref, _ index: Ref, _ offset: Int, _ value: Ref) {
    escape(a)
    escape(value)
    effects.items = true
    forget { $0.operation == Operation.loadItem.rawValue }
    append(IRInstruction(operation: .storeItem, a: a, b: index, c: value, immediate: Int64(offset)))
    remember(itemKey(a, index, offset), value)
  }
  /// The `index`-th item, a word at `offset` and on, of an object that was just made.
  public func initialItem(_ a: Ref, _ index: Int, _ offset: Int, _ value: Ref) {
    if fresh.contains(value) { held[a, default: []].append(value) }
    let number = word(UInt64(index) << 1 | 1)
    append(IRInstruction(operation: .store, a: a, b: value, c: number, immediate: Int64(offset + 8 * index)))
    remember(itemKey(a, number, offset), value)
  }
  /// The object gets another shape; others of the shape that it had may be the same one.
  public func storeShape(_ a: Ref, _ shape: UInt32) {
    if !fresh.contains(a) {
      effects.shapes = true
      forgetShapes()
    }
    append(IRInstruction(operation: .storeShape, a: a, immediate: Int64(shape)))
    learn(a) { $0.shape = shape }
  }
  private func forgetShapes() {
    for (r, f) in facts where (f.shape >= stableShapes || changingShapes.contains(f.shape)) && !fresh.contains(r) { undo.append(.fact(r, f)); facts[r]!.shape = 0 }
  }
  /// A new object of shape `shape` that the host function makes, which does nothing else.
  public func allocate(_ function: HostFunction, _ a: Ref = .none, _ b: Ref = .none, _ c: Ref = .none) -> Ref {
    let r = append(IRInstruction(operation: .allocate, a: a, b: b, c: c, immediate: Int64(Int(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self)))))
    fresh.insert(r)
    return r
  }
  /// The word at `offset` of an object that was just made.
  public func initially(_ a: Ref, _ offset: Int, _ value: Ref) {
    remember(Key(operation: Operation.load.rawValue, expect: true, a: a, b: .none, c: .none, immediate: Int64(offset)), value)
  }
  /// Something else may refer to the object now.
  private func escape(_ r: Ref) {
    guard r >= 0, fresh.remove(r) != nil else { return }
    undo.append(.escape(r))
    for h in held[r] ?? [] { escape(h) }
  }
  /// A young object that nothing else refers to needs no barrier.
  public func writeBarrier(_ a: Ref) { if !fresh.contains(a) { emitBarrier(a) } }
  private func emitBarrier(_ a: Ref) { append(IRInstruction(operation: .writeBarrier, a: a)) }
  private func remember(_ k: Key, _ r: Ref) {
    undo.append(.memory(k, memory[k]))
    memory[k] = r
  }
  private func forget(_ match: (Key) -> Bool) {
    for (k, r) in memory where match(k) && !fresh.contains(k.a) { undo.append(.memory(k, r)); memory[k] = nil }
  }

  /// The address `a` + `offset`, which is not zero.
  public func advance(_ a: Ref, _ offset: Int) -> Ref {
    let key = Key(operation: Operation.advance.rawValue, expect: true, a: a, b: .none, c: .none, immediate: Int64(offset))
    if let r = expressions[key] { return r }
    let r = append(IRInstruction(operation: .advance, a: a, immediate: Int64(offset)))
    expressions[key] = r
    undo.append(.expression(key))
    return r
  }

  // MARK: calls and ends

  public func call(_ function: HostFunction, _ a: Ref, _ b: Ref = .none, _ c: Ref = .none) -> Ref {
    escape(a); escape(b); escape(c)
    return append(IRInstruction(operation: .call, a: a, b: b, c: c, immediate: Int64(Int(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self)))))
  }
  /// A call whose result 0 leaves the trace; it must have done nothing then.
  public func callOrLeave(_ function: HostFunction, _ a: Ref, _ b: Ref, _ c: Ref, snapshot: Int32) -> Ref {
    escape(a); escape(b); escape(c)
    return append(IRInstruction(operation: .step, snapshot: snapshot, a: a, b: b, c: c,
                         immediate: Int64(Int(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self)))))
  }
  /// One instruction of the host; whatever was known of memory is forgotten.
  public func step(_ function: HostFunction, _ a: Ref, _ b: Ref = .none, _ c: Ref = .none) -> Ref {
    clobber()
    return append(IRInstruction(operation: .step, a: a, b: b, c: c,
                                immediate: Int64(Int(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self)))))
  }
  /// Whatever was known of memory is forgotten.
  public func clobber() {
    effects.steps = true
    forget { _ in true }
    forgetShapes()
  }
  // MARK: loops

  /// The loop starts here, where each iteration may have had the effects `e`: what they spoil is forgotten.
  /// The registers of `frame`, words from `first` on, may change in any iteration.
  /// What is known of words that may change is given back: they can be carried from one iteration to the next, as phis.
  @discardableResult public func beginLoop(_ e: Effects, frame: Ref, registersFrom first: Int) -> [(place: Carried, value: Ref)] {
    undo.removeAll()
    // What the first iteration made is one of many things to the others.
    fresh = []
    held = [:]
    forgetRegisters(of: frame, from: first)
    append(IRInstruction(operation: .loop))
    var carried: [(place: Carried, value: Ref)] = []
    if !e.steps {
      for (k, v) in memory where k.operation == Operation.loadItem.rawValue ? e.items : e.offsets.contains(k.immediate) {
        carried.append((Carried(object: k.a, index: k.operation == Operation.loadItem.rawValue ? k.b : .none, offset: Int(k.immediate)), v))
      }
    }
    forget { e.steps || ($0.operation == Operation.loadItem.rawValue ? e.items : e.offsets.contains($0.immediate)) }
    if e.steps || e.shapes { forgetShapes() }
    effects = Effects()
    return carried.sorted { ($0.place.object, $0.place.offset, $0.place.index) < ($1.place.object, $1.place.offset, $1.place.index) }
  }
  /// A word of an object of before the loop, or an item, which memory has too: phis save the loads (after LuaJIT's forwarding of
  /// stores around the loop).
  public struct Carried {
    public let object: Ref, index: Ref, offset: Int
  }
  private func key(_ p: Carried) -> Key {
    p.index == .none ? Key(operation: Operation.load.rawValue, expect: true, a: p.object, b: .none, c: .none, immediate: Int64(p.offset)) : itemKey(p.object, p.index, p.offset)
  }
  /// The word is known to be `r`.
  public func know(_ p: Carried, _ r: Ref) { remember(key(p), r) }
  public func known(_ p: Carried) -> Ref? { memory[key(p)] }
  /// The word as it is now; loaded anew where that is `unless`.
  public func now(_ p: Carried, unless r: Ref) -> Ref {
    if memory[key(p)] == r { memory[key(p)] = nil }
    return p.index == .none ? load(p.object, p.offset) : loadItem(p.object, p.index, p.offset)
  }
  /// Whether anything behind `from` needs phi `r`, or the box that is made of it (`r` itself where there is none).
  public func isUsed(_ r: Ref, box: Ref, from: Int) -> Bool {
    func isIt(_ x: Ref) -> Bool { x == r || x == box }
    for k in from..<trace.instructions.count where Ref(k) != box {
      let i = trace.instructions[k]
      if isIt(i.a) || isIt(i.b) || isIt(i.c) { return true }
      guard i.snapshot >= 0 else { continue }
      for f in trace.snapshots[Int(i.snapshot)].frames {
        if isIt(f.function) || isIt(f.extra) || f.registers.contains(where: { isIt($0.value) }) { return true }
      }
    }
    return false
  }
  /// A phi that nothing needs: it is never computed.
  public func drop(phi r: Ref) {
    trace.instructions[Int(r)].b = r
    for k in trace.snapshots.indices { trace.snapshots[k].carried.removeAll { $0.phi == r } }
  }
  /// The words of `frame` from `first` on may change in a way that is not among the effects.
  public func forgetRegisters(of frame: Ref, from first: Int) { forget { $0.a == frame && $0.immediate >= Int64(first) } }
  /// The word that is `entry` in the first iteration, with what is known of the latter's type.
  public func phi(_ entry: Ref) -> Ref {
    let r = append(IRInstruction(operation: .phi, a: entry))
    var f = known(entry)
    if f.shape >= stableShapes { f.shape = 0 }
    if entry >= 0, trace.instructions[Int(entry)].operation == .box { f = Facts() }
    // Only what the end of the loop can check.
    f = f.tagged == true ? Facts(tagged: true, immediate: false) : f.shape != 0 ? Facts(tagged: false, immediate: false, shape: f.shape) : f.immediate == true ? Facts(tagged: false, immediate: true) : Facts()
    facts[r] = f
    if f.tagged == true { trace.taggedPhis.insert(r) }
    return r
  }
  /// The phi of a register or word that is `entry` in the first iteration: of the double, where that is boxed.
  public func phi(of entry: Ref) -> (phi: Ref, isDouble: Bool) {
    if let d = boxed(entry) { return (phiDouble(d), true) }
    return (phi(entry), false)
  }
  public func phiDouble(_ entry: Ref) -> Ref { append(IRInstruction(operation: .phiDouble, a: entry)) }
  /// The double in a `box`, if `r` is one.
  public func boxed(_ r: Ref) -> Ref? { r >= 0 && trace.instructions[Int(r)].operation == .box ? trace.instructions[Int(r)].a : nil }
  /// What the loop takes every value of a phi to be.
  public struct PhiType {
    let facts: Facts
    public let isDouble: Bool
  }
  public func type(ofPhi r: Ref) -> PhiType { PhiType(facts: facts[r] ?? Facts(), isDouble: trace.instructions[Int(r)].operation == .phiDouble) }
  /// The next value of a phi of such a type: `next`, which is checked, or the double in it.
  public func argument(_ next: Ref, _ type: PhiType, snapshot: () -> Int32) -> Ref {
    if type.isDouble {
      if let d = boxed(next) { return d }
      guarded(.guardImmediate, next, snapshot: snapshot)
      return pure(.decode, next)
    }
    if type.facts.tagged == true { guarded(.guardTagged, next, snapshot: snapshot) }
    if type.facts.immediate == true { guarded(.guardImmediate, next, snapshot: snapshot) }
    if type.facts.shape != 0 { guarded(.guardShape, next, immediate: Int64(type.facts.shape), snapshot: snapshot) }
    return next
  }
  /// Makes `next` the value of phi `r` in the next iteration.
  public func closePhi(_ r: Ref, _ next: Ref, snapshot: () -> Int32) {
    let v = argument(next, type(ofPhi: r), snapshot: snapshot)
    trace.instructions[Int(r)].b = v
  }
  /// Ends a bridge with an iteration of the loop of trace `number`.
  public func enterLoop(_ number: Int, _ arguments: [(phi: Ref, value: Ref)]) {
    trace.loopArguments = arguments
    for a in arguments { escape(a.value) }
    append(IRInstruction(operation: .enterLoop, immediate: Int64(number)))
  }

  /// A value of the trace that this one is a bridge of; `tagged` where that knows it to be an integer.
  public func inherited(_ slot: Int, double: Bool, tagged: Bool = false) -> Ref {
    let key = Key(operation: (double ? Operation.inheritedDouble : .inherited).rawValue, expect: true, a: .none, b: .none, c: .none, immediate: Int64(slot))
    let r = expressions[key] ?? append(IRInstruction(operation: double ? .inheritedDouble : .inherited, immediate: Int64(slot)))
    if expressions[key] == nil { undo.append(.expression(key)) }
    expressions[key] = r
    if tagged { facts[r] = Facts(tagged: true, immediate: false) }
    return double ? pure(.box, r) : r
  }
  /// In a bridge: what loop `t`, the root, carries as `p`. Values of before the loop are constant, or in their slots.
  public func place(_ p: Carried, of t: Trace, object: (UInt64) -> Ref) -> Carried {
    func here(_ r: Ref) -> Ref {
      if r >= 0 { return inherited(t.firstSlot + Int(r), double: false) }
      return t.isObject(r) ? object(t.constants[Int(-1 - r)]) : word(t.constants[Int(-1 - r)])
    }
    return Carried(object: here(p.object), index: p.index == .none ? .none : here(p.index), offset: p.offset)
  }
  public func link(_ number: Int, frame: Ref = .none) { append(IRInstruction(operation: .link, a: frame, immediate: Int64(number))) }
  public func goTo(_ address: Ref) { append(IRInstruction(operation: .goTo, a: address)) }
  public func entryFrame() -> Ref { append(IRInstruction(operation: .entryFrame)) }
  public func jump(frame: Ref = .none) { append(IRInstruction(operation: .jump, a: frame)) }
  public func snapshot(_ s: Snapshot) -> Int32 {
    trace.snapshots.append(s)
    return Int32(trace.snapshots.count - 1)
  }
  @discardableResult private func append(_ i: IRInstruction) -> Ref {
    trace.instructions.append(i)
    noteOrigin()
    return Ref(trace.instructions.count - 1)
  }
}

/// The double of an immediate word.
@inlinable public func decodeImmediate(_ w: UInt64) -> Double {
  if w == 0x8000_0000_0000_0002 { return 0 }
  let t = (2 &- (w >> 63)) | (w & ~3)
  return Double(bitPattern: t >> 3 | t << 61)
}
/// The immediate word of a double, or 0 where it has none.
@inlinable public func encodeImmediate(_ d: Double) -> UInt64 {
  let b = d.bitPattern
  let e = (b >> 60) & 7
  if (e == 3 || e == 4) && b != 0x3000_0000_0000_0000 { return ((b << 3 | b >> 61) & ~3) | 2 }
  return b == 0 ? 0x8000_0000_0000_0002 : 0
}
