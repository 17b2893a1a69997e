// A recorder for hosts whose frames lie one behind the other on a stack of words.
//
// A frame is an address; its registers are the words from there on. A call makes a later address the frame, a return an
// earlier one. To the trace all of them are words at fixed distances from the frame that it was entered with (slots), and
// calls and returns are no instructions at all. A position in the program is a word too (`pc`).
//
// Laws, as everywhere in this library:
//   * Within one instruction of the host every guard comes before the first effect; leaving the trace means to run the
//     instruction again.
//   * What a handler calls opaque is executed whole, as a step, with everything in memory; where it ends is guarded.

public final class StackRecorder {
  public static let longest = 3000, unrolled = 6, farthest = 4096
  public let trace: Trace
  public let builder: TraceBuilder
  /// Of a bridge: the trace and exit that it starts from.
  public let parent: (trace: Trace, exit: Int)?
  /// Of a root: where it starts and ends.
  public let head: UInt64
  /// The head is that of a loop, not the entry of a function: the trace is to be one of its iterations.
  private let isLoop: Bool
  /// The program left the loop before an iteration was over: another time it may not.
  public private(set) var leftLoop = false
  let tracer: StackTracer
  /// The trace's frame, and where the current one is from there, in words.
  private let frame: Ref
  public private(set) var at = 0
  private var slots: [Int: (ref: Ref, dirty: Bool)] = [:]
  /// The handler asked for the instruction to be executed as a step.
  public var isOpaque = false
  public private(set) var failure: String?
  public private(set) var isDone = false
  /// Instructions recorded, and how many of them are steps.
  public private(set) var recorded = 0, steps = 0
  private var start: UInt64
  private var snapshotNumber: Int32 = -1
  private var touched = false
  private var headsSeen: [UInt64: Int] = [:]
  // The first iteration is recorded before the loop, the second as the loop.
  private let peels: Bool
  private var inLoop = false
  private var written: Set<Int> = [], writtenFrom = Int.max
  private var atLoop: [Int: Ref] = [:]
  private var phis: [(slot: Int, phi: Ref, isDouble: Bool)] = []
  private var assumed = TraceBuilder.Effects()

  init(_ t: StackTracer, number: Int, pc: UInt64, isLoop l: Bool, peels p: Bool) {
    isLoop = l
    tracer = t
    trace = Trace(number: number)
    builder = TraceBuilder(trace)
    builder.stableShapes = t.host.stableShapes
    parent = nil
    head = pc
    start = pc
    peels = p
    frame = builder.entryFrame()
    checkRequest()
    builder.guarded(.guardBelow, frame, builder.word(t.host.stackLimit), snapshot: snapshot)
  }
  init(_ t: StackTracer, number: Int, pc: UInt64, bridgeFrom p: Trace, _ exit: Int, firstSlot: Int) {
    tracer = t
    trace = Trace(number: number)
    trace.firstSlot = firstSlot
    builder = TraceBuilder(trace)
    builder.stableShapes = t.host.stableShapes
    parent = (p, exit)
    isLoop = false
    head = pc
    start = pc
    peels = false
    let s = p.snapshots[Int(p.instructions[exit].snapshot)], b = builder
    var inherit = Inheritance(from: p, at: exit, into: b) { b.object($0, stays: true) }
    if s.asIs { frame = inherit(s.result); return }
    let f = s.frames[0]
    frame = inherit(f.pointer)
    at = Int(Int32(bitPattern: f.state))
    for r in f.registers { slots[Int(r.register)] = (inherit(r.value), true) }
  }
  /// Whatever waits is seen to by the interpreter.
  private func checkRequest() { builder.guarded(.guardClear32, .none, immediate: Int64(tracer.host.requestOffset), snapshot: snapshot) }

  private func leave() {
    leftLoop = true
    abort("the loop was left")
  }
  public func abort(_ why: String) { if failure == nil { failure = why } }

  // MARK: what a recording engine asks for

  public func register(_ i: Int) -> Ref {
    if let s = slots[at + i] { return s.ref }
    let r = builder.load(frame, 8 * (at + i))
    slots[at + i] = (r, false)
    return r
  }
  public func setRegister(_ i: Int, _ r: Ref) {
    touched = true
    written.insert(at + i)
    slots[at + i] = (r, true)
  }
  /// A call makes register `n` the first word of the current frame; or, `n` being negative, a return goes back so far, and
  /// what lay behind the first word is gone.
  public func move(by n: Int) {
    touched = true
    if n < 0 { for k in slots.keys where k > at { slots[k] = nil } }
    at += n
    if at > StackRecorder.farthest { abort("calls too deep") }
    if isLoop && at < 0 { leave() }
  }
  /// Something other than a register is about to change.
  public func effect() { touched = true }

  public func snapshot() -> Int32 {
    if touched { abort("a guard after an effect") }
    if snapshotNumber >= 0 { return snapshotNumber }
    var f = SnapshotFrame(pointer: frame)
    f.code = builder.word(start)
    f.state = UInt32(bitPattern: Int32(at))
    for k in slots.keys.sorted() where slots[k]!.dirty { f.registers.append((Int32(k), slots[k]!.ref)) }
    snapshotNumber = builder.snapshot(Snapshot([f]))
    return snapshotNumber
  }

  // MARK: instruction by instruction

  /// The instruction at `pc` is about to be recorded.
  public func begin(_ pc: UInt64) {
    start = pc
    snapshotNumber = -1
    touched = false
    isOpaque = false
    builder.begin()
    recorded += 1
    if trace.instructions.count > StackRecorder.longest { abort("too long") }
  }

  /// The instruction is executed by the host's step function, in the trace and really. It may change registers of the
  /// current frame from `first` on, and whatever lies behind.
  public func step(changesFrom first: Int) {
    if touched { abort("an opaque operation after an effect"); return }
    steps += 1
    builder.rewind()
    // Loads of registers went with it.
    let kept = Ref(trace.instructions.count)
    for k in slots.keys where slots[k]!.ref >= kept { slots[k] = nil }
    flush()
    let before = tracer.recordedFrame
    let result = builder.step(tracer.host.step, address(at), builder.word(start))
    if tracer.host.step(tracer.host.thread, before, start, 0) == 0 { abort("a step left the trace"); return }
    for k in slots.keys where k >= at + first { slots[k] = nil }
    writtenFrom = min(writtenFrom, at + first)
    at += (Int(tracer.recordedFrame) - Int(before)) / 8
    // In memory everything is as it should be.
    let exit = builder.snapshot(Snapshot([], asIs: true, result: result))
    trace.instructions[Int(result)].snapshot = builder.snapshot(Snapshot([], asIs: true))
    builder.guarded(.guardSame, result, address(at)) { exit }
    builder.guarded(.guardSame, builder.load(builder.word(tracer.host.thread), tracer.host.pcOffset), builder.word(tracer.recordedPC)) { exit }
  }
  private func address(_ at: Int) -> Ref { at == 0 ? frame : builder.advance(frame, 8 * at) }
  private func flush() {
    for k in slots.keys.sorted() where slots[k]!.dirty {
      builder.storeRegister(frame, 8 * k, slots[k]!.ref)
      slots[k]!.dirty = false
    }
  }

  /// The program comes to a place where traces may start, with `live` registers in use: a loop, or the entry of a function.
  /// `number` is that of the trace that is there. The recording is over when `isDone` or `failure` is set.
  public func arrive(_ pc: UInt64, live: Int, isFunction: Bool, number: Int?) {
    if recorded <= 1 { return }
    if parent == nil && pc == head {
      if at == 0 {
        if !startLoop(live) { close(live) }
        return
      }
      if inLoop { abort("recursion in a loop"); return }
      // Recursion: the next call is an iteration whose frame is another one.
      flush()
      builder.jump(frame: address(at))
      isDone = true
      return
    }
    // The head of a loop around it comes before it.
    if isLoop && !isFunction && at == 0 && pc < head { leave(); return }
    headsSeen[pc, default: 0] += 1
    if let n = number, !isFunction || parent != nil && at <= 0 || headsSeen[pc]! > 1 {
      flush()
      builder.link(n, frame: address(at))
      isDone = true
    } else if headsSeen[pc]! > StackRecorder.unrolled { abort("an inner loop") }
  }

  // MARK: loops

  private func startLoop(_ live: Int) -> Bool {
    guard peels, !inLoop, trace.instructions.count < StackRecorder.longest / 4 else { return false }
    inLoop = true
    for k in slots.keys where k >= live { slots[k] = nil }
    assumed = builder.effects
    builder.beginLoop(assumed, frame: frame, registersFrom: -1 << 40)
    for k in slots.keys.sorted() where written.contains(k) || k >= writtenFrom {
      let entry = slots[k]!.ref
      // Return addresses are the same in all iterations.
      if entry.isConstant && k <= 0 { continue }
      let (phi, isDouble) = builder.phi(of: entry)
      phis.append((k, phi, isDouble))
    }
    for p in phis { slots[p.slot] = (p.isDouble ? builder.pure(.box, p.phi) : p.phi, true) }
    atLoop = slots.mapValues { $0.ref }
    written = []
    writtenFrom = .max
    headsSeen = [:]
    begin(head)
    checkRequest()
    return true
  }

  private func close(_ live: Int) {
    begin(head)
    guard failure == nil else { return }
    if inLoop {
      for p in phis {
        let next = register(p.slot)
        builder.closePhi(p.phi, next, snapshot: snapshot)
      }
      for (k, s) in slots.sorted(by: { $0.key < $1.key }) where !phis.contains(where: { $0.slot == k }) {
        if let r = atLoop[k] {
          if s.ref != r { abort("a register that was not written before"); return }
        } else if s.dirty && k < live { builder.storeRegister(frame, 8 * k, s.ref) }
      }
      for k in atLoop.keys where slots[k] == nil && !phis.contains(where: { $0.slot == k }) { abort("a register that a step may change"); return }
      if !builder.effects.isCovered(by: assumed) { abort("other effects than before"); return }
    } else {
      for k in slots.keys where k >= live { slots[k] = nil }
      flush()
    }
    builder.jump()
    isDone = true
  }
}
