// The recorder: follows the running program instruction by instruction and keeps, beside the real frames, what the trace
// knows of their registers.
//
// Laws:
//   * Within one instruction every guard comes before the first effect, so leaving the trace means: run this instruction
//     again, with the registers that its beginning had (one snapshot an instruction).
//   * What handlers leave as opaque is executed whole by `traceStep`, with everything in memory before it, and the frame
//     and pc it ends at are guarded. A trace left there leaves things as they are.
//   * A frame pushed by a call is not made in the trace until a step needs it or the trace is left. A generator's frame that
//     is resumed is not linked until then; and when it yields, what it has in registers stays there, for the next time.

import Bytecode
import Heap
import MetaTracing
import Objects

/// A frame as the trace sees it.
struct SymbolicFrame {
  let frame: FrameRef
  /// Where the trace has its address; `.none` while it need not exist.
  var pointer: Ref
  /// For frames that a recorded call pushed.
  var function: Ref = .none
  var state: UInt32?
  /// The word that goes with such a frame; where the frame is there already, only memory knows it.
  var extra: Ref = .none
  /// For the frame of a generator that was resumed: the generator. Whether memory knows of it (it is linked to the frame
  /// below); once it has yielded, the generator's state word.
  var generator: Ref = .none
  var isLinked = false
  var suspendedAs: Int?
  /// Values of registers, `.none` for those that only memory has.
  var registers: [Ref]
  var dirty: [Bool]
  /// The saved pc, while another frame runs above.
  var pc: UnsafePointer<UInt32>
  /// Of the frame that it was made for: the address may have gone to another one since.
  let code: UnsafeMutablePointer<CodeObject>
  /// Relative to the start of its code.
  func offset(_ p: UnsafePointer<UInt32>) -> Int32 { Int32(p - code.start) }
}

extension SnapshotFrame {
  /// The frame of a generator: resumed by the trace and to be linked over the frame before, or parked.
  var isGenerators: Bool { pointer != .none && function != .none }
  var isParked: Bool { isGenerators && state & 0xff == SnapshotFrame.parkedMark }
  /// The state word of the generator whose frame is parked.
  var suspendedAs: Int { Int(state >> 8) }
  /// Not one of `Deliver`.
  static let parkedMark: UInt32 = 0xff
  static func parked(as word: Int) -> UInt32 { UInt32(word) << 8 | parkedMark }
}

/// What a bridge has to bring to go on with the next iteration of its loop, everything in registers.
struct LoopEntry {
  /// Registers of the bottom frame that are phis.
  var phis: [(register: Int, phi: Ref, type: TraceBuilder.PhiType)]
  /// Phis that are words of objects; those are where the slots of values say.
  var carried: [(place: TraceBuilder.Carried, phi: Ref, type: TraceBuilder.PhiType)]
  /// Those that are live where an iteration starts; those of them that no iteration changes.
  var live: Set<Int>, fixed: Set<Int>
  /// What an iteration may have written to.
  var effects: TraceBuilder.Effects
}

public final class Recorder {
  static let longest = 2500, deepest = 24, unrolled = 5
  /// Frames of one recursive function that a trace may hold.
  static let recursion = 2
  /// What is recorded: an iteration of a loop; from an exit of a trace; from a function's entry, or from where a call returns to,
  /// until something is reached that has a trace.
  enum Kind { case loop, bridge, function, continuation }
  let kind: Kind
  /// Of a bridge: the trace and exit it starts from.
  let parent: (trace: Trace, exit: Int)?
  let thread: ThreadRef
  let builder: TraceBuilder
  let trace: Trace
  let sources = TraceSources()
  /// Of a loop's trace: where it starts and ends.
  let head: UnsafePointer<UInt32>
  private(set) var frames: [SymbolicFrame] = []
  /// While another tasklet runs: the frames of the one that the trace was entered in. Of others only what runs is known.
  private var home: [SymbolicFrame]?
  /// Frames of generators that have yielded, as memory does not know yet.
  private var parked: [SymbolicFrame] = []
  /// The handler asked for the instruction to be executed as a step.
  var opaque = false
  private(set) var closed = false
  /// The trace has ended otherwise than at its own head.
  private(set) var ended = false
  private(set) var failure: String?
  /// The instruction being recorded.
  private var start: UnsafePointer<UInt32>
  private var snapshotNumber: Int32 = -1
  private var touched = false
  private var innerEdges = 0
  /// Instructions recorded, and how many of them are steps.
  private(set) var recorded = 0, steps = 0
  /// The first iteration is recorded before the loop, the second as the loop (loop peeling, after LuaJIT): so what does not
  /// change is computed and checked once.
  var peels = true
  private var inLoop = false
  /// A register of a frame that is there from one iteration to the next: the bottom frame, or a parked one.
  private struct Slot: Hashable { let frame: FrameRef; let register: Int }
  /// Those that this iteration wrote; the frames as they are where the loop starts, parked ones after the first; phis.
  private var written: Set<Slot> = []
  /// Of a bridge: registers of the bottom frame that it, or the bridges that it comes from, may have changed, in memory too.
  var changes: Set<Int> = []
  private var atLoop: [SymbolicFrame] = []
  private var phis: [(slot: Slot, phi: Ref, isDouble: Bool)] = []
  private var assumed = TraceBuilder.Effects()
  /// Words of objects that go from one iteration to the next in registers; of a bridge, those of its root that the exit knew, and
  /// the root's phis.
  private var carried: [(place: TraceBuilder.Carried, phi: Ref, isDouble: Bool)] = []
  private static let mostCarried = 8
  /// What stands for the phi of a loop's carried word: it, or the box that is made of it (always the same one).
  private func word(_ c: (place: TraceBuilder.Carried, phi: Ref, isDouble: Bool)) -> Ref { c.isDouble ? builder.pure(.box, c.phi) : c.phi }
  private var loopStart = 0

  init(_ t: ThreadRef, number: Int, kind k: Kind) {
    kind = k
    thread = t
    let f = t.pointee.frame.unsafelyUnwrapped
    trace = Trace(number: number)
    parent = nil
    builder = TraceBuilder(trace)
    builder.stableShapes = Recorder.stableShapes
    builder.changingShapes = Recorder.changingShapes
    head = f.pointee.pc
    start = head
    frames = [symbolic(f, builder.entryFrame())]
    // The code lives as long as the trace.
    _ = constant(f.pointee.code)
    begin()
    safepoint()
  }
  /// Whatever waits is seen to by the interpreter, at the head.
  private func safepoint() {
    builder.guarded(.guardClear32, .none, immediate: Int64(MemoryLayout<Thread>.offset(of: \Thread.request)!), snapshot: snapshot)
  }
  private static let stableShapes = UInt32(BuiltinType.allCases.count + 1)
  /// The class of a module may be assigned.
  private static let changingShapes: Set<UInt32> = [BuiltinType.module.shape]

  /// A bridge from `exit` of `parent`; `chain` are the frames of its snapshot as they are now.
  init(_ t: ThreadRef, number: Int, parent p: Trace, exit: Int, chain: [FrameRef], firstSlot: Int, root: Trace, entry: LoopEntry?) {
    kind = .bridge
    thread = t
    trace = Trace(number: number)
    trace.firstSlot = firstSlot
    parent = (p, exit)
    builder = TraceBuilder(trace)
    builder.stableShapes = Recorder.stableShapes
    builder.changingShapes = Recorder.changingShapes
    head = t.pointee.frame.unsafelyUnwrapped.pointee.pc
    start = head
    let s = p.snapshots[Int(p.instructions[exit].snapshot)]
    var inherit = Inheritance(from: p, at: exit, into: builder) { self.constant(Value(bits: $0)) }
    for (k, f) in s.frames.enumerated() where k < chain.count {
      var own = symbolic(chain[k], inherit(f.pointer))
      if f.isGenerators {
        own.generator = inherit(f.function)
        own.isLinked = s.asIs
        if f.isParked { own.suspendedAs = f.suspendedAs } else { own.state = f.state }
      } else if f.pointer == .none {
        becomeVirtual(&own, inherit(f.function), f.state)
        own.extra = inherit(f.extra)
      }
      for r in f.registers { own.registers[Int(r.register)] = inherit(r.value); own.dirty[Int(r.register)] = true }
      own.pc = own.code.start + Int(f.pc)
      if f.isParked { parked.append(own) } else { frames.append(own) }
    }
    for c in s.carried {
      guard let e = entry?.carried.first(where: { $0.phi == c.phi }), root.isKept(c.phi), root.isKept(e.place.object), root.isKept(e.place.index) else { continue }
      let here = place(e.place, of: root)
      builder.know(here, inherit(c.value))
      carried.append((here, c.phi, e.type.isDouble))
    }
    if s.asIs { arrive(inherit(s.result), ranTrace: s.mayHaveReturned) }
    begin()
  }
  private func symbolic(_ f: FrameRef, _ pointer: Ref) -> SymbolicFrame {
    let n = Int(f.pointee.code.code.pointee.registerCount)
    return SymbolicFrame(frame: f, pointer: pointer, registers: Array(repeating: .none, count: n), dirty: Array(repeating: false, count: n), pc: f.pointee.pc, code: f.pointee.code.code)
  }

  /// A frame of `function` that need not be made yet: its registers are unbound.
  private func becomeVirtual(_ f: inout SymbolicFrame, _ function: Ref, _ state: UInt32) {
    f.function = function
    f.state = state
    f.registers = Array(repeating: builder.word(0), count: f.registers.count)
  }

  func abort(_ why: String) { if failure == nil { failure = why } }

  // MARK: what the engine asks for

  private func index(of f: FrameRef) -> Int {
    var i = frames.count - 1
    while i >= 0 && frames[i].frame != f { i -= 1 }
    if i < 0 { abort("a frame that is not of the trace"); return 0 }
    return i
  }
  func register(_ f: FrameRef, _ i: Int) -> Ref {
    let k = index(of: f)
    // The handler goes on to its end with what is no longer recorded.
    if failure != nil { return builder.word(0) }
    let known = frames[k].registers[i]
    if known != .none { return known }
    let r = builder.load(frames[k].pointer, frameHeaderSize + 8 * i)
    frames[k].registers[i] = r
    return r
  }
  func setRegister(_ f: FrameRef, _ i: Int, _ r: Ref) {
    let k = index(of: f)
    if failure != nil { return }
    touched = true
    written.insert(Slot(frame: f, register: i))
    if k == 0 { changes.insert(i) }
    frames[k].registers[i] = r
    frames[k].dirty[i] = true
  }
  func constant(_ v: Value) -> Ref {
    v.isObject ? builder.object(v.bits, stays: v.object.pointee.gc & (GCBit.old | GCBit.immortal) != 0) : builder.word(v.bits)
  }
  func function(_ f: FrameRef) -> Ref {
    let k = index(of: f)
    if frames[k].function == .none { return builder.load(frames[k].pointer, MemoryLayout<Frame>.offset(of: \Frame.function)!) }
    return frames[k].function
  }
  func setExtra(_ f: FrameRef, _ r: Ref) { frames[index(of: f)].extra = r }
  func extra(_ f: FrameRef) -> Ref {
    let own = frames[index(of: f)]
    return own.extra != .none ? own.extra : builder.load(own.pointer, MemoryLayout<Frame>.offset(of: \Frame.extra)!)
  }
  /// Something other than a register is about to change.
  func effect() { touched = true }

  func snapshot() -> Int32 {
    if touched { abort("a guard after an effect") }
    if snapshotNumber >= 0 { return snapshotNumber }
    var out: [SnapshotFrame] = []
    for (k, f) in (frames + parked).enumerated() {
      var s = SnapshotFrame(pointer: f.pointer)
      s.pc = f.offset(k == frames.count - 1 ? start : f.pc)
      if f.pointer == .none {
        s.function = f.function
        s.code = constant(f.frame.pointee.code)
        s.state = f.state ?? 0
        s.extra = f.extra
      } else if let was = f.suspendedAs {
        s.function = f.generator
        s.state = SnapshotFrame.parked(as: was)
      } else if f.generator != .none && !f.isLinked {
        s.function = f.generator
        s.state = f.state ?? 0
      }
      for r in 0..<f.registers.count where f.dirty[r] { s.registers.append((Int32(r), f.registers[r])) }
      out.append(s)
    }
    var s = state(out)
    for c in carried { if let v = builder.known(c.place) { s.carried.append((c.phi, v)) } }
    snapshotNumber = builder.snapshot(s)
    return snapshotNumber
  }

  /// A bridge starts where the trace's own frame is, as its end does.
  private func state(_ frames: [SnapshotFrame], asIs: Bool = false, result: Ref = .none) -> Snapshot {
    var s = Snapshot(frames, asIs: asIs, result: result)
    s.canBridge = home == nil
    return s
  }

  /// A native changed a list, dict or set.
  func containerChanged() {
    builder.clobber()
    touched = true
  }

  // MARK: generators

  /// Generator `g`, whose frame is `f` and whose state word is `was`, is about to be resumed over the current frame.
  func resume(_ g: Ref, _ f: FrameRef, was: Int, state: UInt32) {
    if frames.count >= Recorder.deepest { abort("calls too deep"); return }
    var own: SymbolicFrame
    if let k = parked.firstIndex(where: { $0.frame == f }) {
      builder.guarded(.guardSame, g, parked[k].generator, snapshot: snapshot)
      own = parked.remove(at: k)
      own.suspendedAs = nil
    } else {
      // What memory says of those that the trace has resumed is not true.
      for other in frames + parked where other.generator != .none { builder.guarded(.guardSame, g, other.generator, expect: false, snapshot: snapshot) }
      func field(_ i: Int) -> Ref { builder.load(g, 8 + 8 * i) }
      func same(_ r: Ref, _ w: Ref) { builder.guarded(.guardSame, r, w, snapshot: snapshot) }
      same(field(GeneratorField.state), builder.word(Value.fixnum(was).bits))
      own = symbolic(f, field(GeneratorField.frame))
      same(builder.load(own.pointer, MemoryLayout<Frame>.offset(of: \Frame.code)!), constant(f.pointee.code))
      same(builder.load(own.pointer, MemoryLayout<Frame>.offset(of: \Frame.pc)!), builder.word(UInt64(UInt(bitPattern: f.pointee.pc))))
      own.generator = g
    }
    own.state = state
    own.isLinked = false
    touched = true
    frames[frames.count - 1].pc = frames[frames.count - 1].frame.pointee.pc
    frames.append(own)
  }
  func canSuspend(_ f: FrameRef) -> Bool {
    guard frames.count > 1, let top = frames.last, top.frame == f, top.generator != .none, let state = top.state else { return false }
    return state & 0xff == Deliver.forIter || state & 0xff == Deliver.send
  }
  /// The generator of the topmost frame has yielded; its state word is `was`.
  func suspend(_ f: FrameRef, _ was: Int) {
    touched = true
    var top = frames.removeLast()
    top.pc = f.pointee.pc
    top.suspendedAs = was
    parked.append(top)
  }

  func enter(_ f: FrameRef, _ function: Ref) {
    if frames.count >= Recorder.deepest { abort("calls too deep"); return }
    touched = true
    frames[frames.count - 1].pc = frames[frames.count - 1].frame.pointee.pc
    var s = symbolic(f, .none)
    becomeVirtual(&s, function, f.pointee.state)
    frames.append(s)
  }
  func canLeave(_ f: FrameRef) -> Bool { frames.count > 1 && frames[frames.count - 1].frame == f && frames[frames.count - 1].state != nil }
  func leave(_ f: FrameRef) {
    touched = true
    let top = frames.removeLast()
    if top.pointer != .none { _ = builder.call(tracePopFrame, top.pointer) }
  }
  func backEdge(_ f: FrameRef, _ pc: UnsafePointer<UInt32>) -> Bool {
    if kind == .loop && pc == head && home == nil && frames.count == 1 && f == frames[0].frame { closed = true; return true }
    if closesElsewhere(pc) { return true }
    innerEdges += 1
    if innerEdges > Recorder.unrolled { abort("an inner loop") }
    return false
  }

  /// Another tasklet has come to the trace's own head, in a frame of the same code: the trace goes on there from its start, so that each turn of
  /// a ring is an iteration.
  private func closesElsewhere(_ pc: UnsafePointer<UInt32>) -> Bool {
    guard kind == .loop, Tracing.compiles, pc == head, home != nil, frames.count == 1, !inLoop, parked.isEmpty, failure == nil else { return false }
    frames[0].pc = pc
    flush()
    builder.jump(frame: frames[0].pointer)
    ended = true
    return true
  }

  // MARK: instruction by instruction

  func begin() {
    guard let f = thread.pointee.frame, let top = frames.last, f == top.frame else { abort("the frame changed"); return }
    start = f.pointee.pc
    snapshotNumber = -1
    touched = false
    opaque = false
    builder.begin()
    builder.origin = sources.note(frames, start)
    recorded += 1
    if trace.instructions.count > Recorder.longest { abort("too long") }
  }

  /// Executes the instruction at `start` as one step, really and in the trace.
  func step() {
    if touched { abort("an opaque operation after an effect"); return }
    steps += 1
    builder.rewind()
    // Loads of registers went with it.
    let kept = Ref(trace.instructions.count)
    for k in frames.indices { for r in 0..<frames[k].registers.count where frames[k].registers[r] >= kept { frames[k].registers[r] = .none } }
    let top = frames.count - 1
    let before = frames[top].frame, below = frames[0].frame.pointee.back
    flush()
    let code = frames[top].code.pointee
    let words = code.words
    guard let i = Instruction.decode(words, at: Int(frames[top].offset(start)), live: true) else { abort("no instruction"); return }
    let isTrace = (i.length == 1 ? start.pointee : 0) & 0xff == UInt32(Opcode.enterTrace.rawValue)
    let unwindingsBefore = unwindings
    let direct = (i.opcode == .call || i.opcode == .callMethod) && i.length == 1 && isNative(before.registers[i.a])
    let result = builder.step(direct ? traceCall : traceStep, frames[top].pointer, builder.word(UInt64(UInt(bitPattern: start))))
    if traceStep(thread: UInt64(UInt(bitPattern: thread)), UInt64(UInt(bitPattern: before)), UInt64(UInt(bitPattern: start)), 0) == 0 {
      abort(thread.pointee.exception.isEmpty ? "a collection" : "an exception")
      return
    }
    // A trace runs any number of instructions, and may switch to tasklets whose frames these are.
    if unwindings != unwindingsBefore || isTrace { forgetFrames() } else { forEachDefinition(i) { forget(top, $0) } }
    // What a frame returns or yields goes to a register of the one below.
    if thread.pointee.frame != before { for k in frames.indices.dropFirst() { if let word = frames[k].state { forget(k - 1, Int(word >> 8)) } } }
    // The frame that has returned may be there again, as another one.
    let returned = i.opcode == .ret && top > 0
    if returned { frames.removeLast() }
    arrive(result, below: below, ranTrace: isTrace)
  }
  /// After a step: `result` is the frame that is current now; guards that it is where the program now is. `below` is the
  /// frame that the bottom one returns to. A step that ran another trace (`ranTrace`) may have returned from frames of this one
  /// and called again: whatever they return to is guarded too.
  private func arrive(_ result: Ref, below: FrameRef? = nil, ranTrace: Bool = false) {
    guard let now = thread.pointee.frame, now.pointee.header.flags & FrameFlag.base == 0 else { abort("the end of the run loop"); return }
    let top = frames.count - 1
    // In memory everything is as it should be: nothing to restore, but a bridge wants to know the frames.
    var known: [SnapshotFrame] = []
    for f in frames {
      var s = SnapshotFrame(pointer: f.pointer)
      s.pc = f.offset(f.pc)
      if let state = f.state, f.generator != .none { s.function = f.generator; s.state = state }
      known.append(s)
    }
    var after = state(known, asIs: true, result: result)
    after.mayHaveReturned = ranTrace
    let exit = builder.snapshot(after)
    let pc = builder.word(UInt64(UInt(bitPattern: now.pointee.pc)))
    let pcOffset = MemoryLayout<Frame>.offset(of: \Frame.pc)!
    if let k = frames.lastIndex(where: { $0.frame == now && $0.code == now.pointee.code.code }) {
      builder.guarded(.guardSame, result, frames[k].pointer) { exit }
      builder.guarded(.guardSame, builder.load(result, pcOffset), pc) { exit }
      frames.removeSubrange((k + 1)...)
      if ranTrace { guardChain(exit) }
    } else if now.pointee.back == frames[top].frame {
      if frames.count >= Recorder.deepest { abort("calls too deep"); return }
      builder.guarded(.guardSame, builder.load(result, MemoryLayout<Frame>.offset(of: \Frame.code)!), constant(now.pointee.code)) { exit }
      builder.guarded(.guardSame, builder.load(result, pcOffset), pc) { exit }
      builder.guarded(.guardSame, builder.load(result, MemoryLayout<Frame>.offset(of: \Frame.back)!), frames[top].pointer) { exit }
      frames[top].pc = frames[top].frame.pointee.pc
      // A step that ran another trace may have called the same function from another place.
      builder.guarded(.guardSame, builder.load(frames[top].pointer, pcOffset), builder.word(UInt64(UInt(bitPattern: frames[top].pc)))) { exit }
      if ranTrace { guardChain(exit) }
      frames.append(symbolic(now, result))
    } else if kind == .loop, now != below {
      switched(to: now, result, exit, pc)
    } else {
      abort(Tracing.dumps ? "left by another way than it was entered: \(describe(frames[top].frame)) after \(start - frames[top].code.start) of \(describe(now))" : "left by another way than it was entered")
    }
  }
  /// Guards that each frame returns to the one below it, where the trace takes it to stand.
  private func guardChain(_ exit: Int32) {
    for k in frames.indices.dropFirst() {
      let below = frames[k - 1]
      builder.guarded(.guardSame, builder.load(frames[k].pointer, MemoryLayout<Frame>.offset(of: \Frame.back)!), below.pointer) { exit }
      builder.guarded(.guardSame, builder.load(below.pointer, MemoryLayout<Frame>.offset(of: \Frame.pc)!), builder.word(UInt64(UInt(bitPattern: below.pc)))) { exit }
    }
  }
  /// Another tasklet runs. Where its frame stands is guarded, not whose it is; but the trace can end in its own only.
  private func switched(to now: FrameRef, _ result: Ref, _ exit: Int32, _ pc: Ref) {
    forgetRegisters()
    let left = home ?? frames
    if let own = left.last, own.frame == now {
      builder.guarded(.guardSame, result, own.pointer) { exit }
      frames = left
      home = nil
      guardChain(exit)
    } else {
      builder.guarded(.guardSame, builder.load(result, MemoryLayout<Frame>.offset(of: \Frame.code)!), constant(now.pointee.code)) { exit }
      frames = [symbolic(now, result)]
      home = left
    }
    builder.guarded(.guardSame, builder.load(result, MemoryLayout<Frame>.offset(of: \Frame.pc)!), pc) { exit }
  }
  /// Anything may have happened to the frames: what they hold, and what they are frames of, is what memory says.
  private func forgetFrames() {
    forgetRegisters()
    for k in frames.indices {
      frames[k].function = .none
      frames[k].extra = .none
    }
  }
  private func forgetRegisters() {
    for k in frames.indices { for r in 0..<frames[k].registers.count { forget(k, r) } }
  }
  private func forget(_ k: Int, _ r: Int) {
    written.insert(Slot(frame: frames[k].frame, register: r))
    if k == 0 { changes.insert(r) }
    frames[k].registers[r] = .none
    frames[k].dirty[r] = false
  }

  /// Brings memory up to date: makes and links the frames that are not there yet, stores the registers that changed.
  func flush() {
    let pc = MemoryLayout<Frame>.offset(of: \Frame.pc)!
    func storePC(_ f: SymbolicFrame) { builder.store(f.pointer, pc, builder.word(UInt64(UInt(bitPattern: f.pc)))) }
    for k in frames.indices {
      let f = frames[k]
      if f.pointer == .none {
        storePC(frames[k - 1])
        frames[k].pointer = builder.call(tracePushFrame, f.function, frames[k - 1].pointer, builder.word(UInt64(f.state ?? 0)))
        if f.extra != .none { builder.storeRegister(frames[k].pointer, MemoryLayout<Frame>.offset(of: \Frame.extra)!, f.extra) }
      } else if f.generator != .none && !f.isLinked {
        storePC(frames[k - 1])
        _ = builder.call(traceResume, f.generator, frames[k - 1].pointer, builder.word(UInt64(f.state ?? 0)))
        frames[k].isLinked = true
      }
      storeRegisters(&frames[k])
    }
    for k in parked.indices {
      storePC(parked[k])
      storeRegisters(&parked[k])
      _ = builder.call(traceSuspend, parked[k].generator, builder.word(UInt64(parked[k].suspendedAs ?? 0)))
    }
    parked = []
  }
  private func storeRegisters(_ f: inout SymbolicFrame) {
    for r in 0..<f.registers.count where f.dirty[r] {
      builder.storeRegister(f.pointer, frameHeaderSize + 8 * r, f.registers[r])
      f.dirty[r] = false
    }
  }

  /// Whether register `r` of the bottom frame is read at the loop's head, or after it, before it is written.
  private func isLiveAtHead(_ r: Int) -> Bool { liveAtHead.isLiveIn(r, at: Int(frames[0].offset(head))) }
  private lazy var liveAtHead = livenessOf(frames[0].code.pointee)

  /// The first iteration is over: false when the trace ends here, true when the loop is now to be recorded.
  func peel() -> Bool {
    guard peels, !inLoop, kind == .loop, failure == nil, trace.instructions.count < Recorder.longest / 4 else { return false }
    inLoop = true
    closed = false
    innerEdges = 0
    for r in 0..<frames[0].registers.count where !isLiveAtHead(r) { forget(0, r) }
    assumed = builder.effects
    for p in parked { builder.forgetRegisters(of: p.pointer, from: frameHeaderSize) }
    loopStart = trace.instructions.count
    let words = builder.beginLoop(assumed, frame: frames[0].pointer, registersFrom: frameHeaderSize)
    atLoop = [frames[0]] + parked
    for k in atLoop.indices {
      for r in 0..<atLoop[k].registers.count where atLoop[k].registers[r] != .none {
        let slot = Slot(frame: atLoop[k].frame, register: r), entry = atLoop[k].registers[r]
        guard written.contains(slot) else { continue }
        let (phi, isDouble) = builder.phi(of: entry)
        phis.append((slot, phi, isDouble))
        atLoop[k].registers[r] = phi
        atLoop[k].dirty[r] = true
      }
    }
    for (place, value) in words.prefix(Recorder.mostCarried) {
      let (phi, isDouble) = builder.phi(of: value)
      carried.append((place, phi, isDouble))
    }
    // Only phis stand where the loop starts: what is made of them comes after.
    for c in carried { builder.know(c.place, word(c)) }
    for p in phis where p.isDouble {
      let k = atLoop.firstIndex { $0.frame == p.slot.frame }!
      atLoop[k].registers[p.slot.register] = builder.pure(.box, p.phi)
    }
    frames[0] = atLoop[0]
    parked = Array(atLoop[1...])
    written = []
    begin()
    safepoint()
    return true
  }

  /// Once the loop is closed: how bridges come back to it. Nil where they have to start from memory.
  private(set) var entry: LoopEntry?
  private func noteEntry() {
    guard atLoop.count == 1 else { return }
    var live: Set<Int> = [], fixed: Set<Int> = []
    for r in 0..<atLoop[0].registers.count where isLiveAtHead(r) {
      live.insert(r)
      if atLoop[0].registers[r] != .none && !phis.contains(where: { $0.slot.register == r }) { fixed.insert(r) }
    }
    entry = LoopEntry(phis: phis.map { ($0.slot.register, $0.phi, builder.type(ofPhi: $0.phi)) },
                      carried: carried.map { ($0.place, $0.phi, builder.type(ofPhi: $0.phi)) }, live: live, fixed: fixed, effects: assumed)
  }
  private func place(_ p: TraceBuilder.Carried, of root: Trace) -> TraceBuilder.Carried { builder.place(p, of: root) { constant(Value(bits: $0)) } }
  /// Ends the bridge with another iteration of its own loop, if that takes no more than the values of the phis.
  func reenter(_ tree: Trace, _ entry: LoopEntry) -> Bool {
    guard kind == .bridge, frames.count == 1, home == nil, parked.isEmpty, builder.effects.isCovered(by: entry.effects),
          entry.carried.allSatisfy({ !tree.isKept($0.phi) || tree.isKept($0.place.object) && tree.isKept($0.place.index) }), changes.isDisjoint(with: entry.fixed) else { return false }
    let f = frames[0]
    for r in entry.live where f.dirty[r] && entry.fixed.contains(r) { return false }
    var arguments = entry.phis.map { p in
      let known = f.registers[p.register]
      return (phi: p.phi, value: builder.argument(known != .none ? known : builder.load(f.pointer, frameHeaderSize + 8 * p.register), p.type, snapshot: snapshot))
    }
    for c in entry.carried where tree.isKept(c.phi) {
      arguments.append((c.phi, builder.argument(builder.now(place(c.place, of: tree), unless: .none), c.type, snapshot: snapshot)))
    }
    for r in entry.live where f.dirty[r] && !entry.phis.contains(where: { $0.register == r }) {
      builder.storeRegister(f.pointer, frameHeaderSize + 8 * r, f.registers[r])
    }
    builder.enterLoop(tree.number, arguments)
    ended = true
    return true
  }

  /// The loop is closed.
  func close() {
    begin()
    guard failure == nil else { return }
    if inLoop {
      guard parked.count == atLoop.count - 1, zip(parked.sorted { $0.frame < $1.frame }, atLoop[1...].sorted { $0.frame < $1.frame }).allSatisfy({
        $0.frame == $1.frame && $0.suspendedAs == $1.suspendedAs && $0.pc == $1.pc && $0.generator == $1.generator
      }) else { abort("other generators than before"); return }
      func now(_ f: FrameRef) -> SymbolicFrame { f == frames[0].frame ? frames[0] : parked.first { $0.frame == f }! }
      for p in phis {
        let f = now(p.slot.frame), known = f.registers[p.slot.register]
        let next = known != .none ? known : builder.load(f.pointer, frameHeaderSize + 8 * p.slot.register)
        builder.closePhi(p.phi, next, snapshot: snapshot)
      }
      let next = carried.map { builder.now($0.place, unless: word($0)) }
      for (c, n) in zip(carried, next) {
        if next.contains(word(c)) || builder.isUsed(c.phi, box: word(c), from: loopStart) { builder.closePhi(c.phi, n, snapshot: snapshot) }
        else { builder.drop(phi: c.phi) }
      }
      // What the loop starts with in memory has to be there again.
      for (k, before) in atLoop.enumerated() {
        let f = now(before.frame)
        for r in 0..<before.registers.count where !phis.contains(where: { $0.slot == Slot(frame: f.frame, register: r) }) {
          if before.registers[r] != .none {
            if f.registers[r] != before.registers[r] { abort("a register that was not written before"); return }
          } else if f.dirty[r] && (k > 0 || isLiveAtHead(r)) {
            builder.storeRegister(f.pointer, frameHeaderSize + 8 * r, f.registers[r])
          }
        }
      }
      if !builder.effects.isCovered(by: assumed) { abort("other effects than before"); return }
      noteEntry()
    } else {
      flush()
    }
    builder.jump()
  }
  /// What is recorded has come to the head of a loop, or the entry of a function, that has a trace: it goes on there.
  func link(_ number: Int) {
    if inLoop { abort("an end within the loop"); return }
    if home != nil { abort("an end in another tasklet"); return }
    flush()
    builder.link(number, frame: frames[frames.count - 1].pointer)
    ended = true
  }
  /// A function was called, the frame is there: whether the trace ends here, at a function that has a trace or is to have this one.
  func linksAtEntry() -> Bool {
    guard Tracing.compiles, failure == nil, let top = frames.last else { return false }
    let code = top.frame.pointee.code
    let isOwn = kind == .function && code.code.start == head, number = Int(code.code.pointee.entryTrace) - 1
    guard isOwn || number >= 0, frames.filter({ $0.frame.pointee.code == code }).count > Recorder.recursion else { return false }
    if number >= 0 {
      link(number)
    } else {
      flush()
      builder.jump(frame: frames[frames.count - 1].pointer)
      ended = true
    }
    return true
  }
  /// The bottom frame returns: the host takes it off and says where compiled code goes on.
  func endsByReturn(_ f: FrameRef, _ v: Ref) -> Bool {
    guard Tracing.compiles, failure == nil, !inLoop, frames.count == 1, frames[0].frame == f, home == nil, parked.isEmpty, frames[0].generator == .none else { return false }
    let left = frames[0].frame.pointee.header.flags & (FrameFlag.generator | FrameFlag.base) == 0
    // Only around recursive functions: other returns are seen through in their callers' traces.
    guard left, let back = f.pointee.back, back.pointee.header.flags & FrameFlag.base == 0,
          kind == .function || frames[0].code.pointee.entryTrace != 0 || back.pointee.code.code.pointee.entryTrace != 0 else { return false }
    // Where the host cannot, the interpreter can, and no bridge.
    var exit = builder.trace.snapshots[Int(snapshot())]
    exit.canBridge = false
    builder.goTo(builder.callOrLeave(traceReturn, frames[0].pointer, v, .none, snapshot: builder.snapshot(exit)))
    ended = true
    return true
  }
  private func describe(_ f: FrameRef) -> String { "\(swiftString(f.pointee.code.code.pointee.qualifiedName)) at \(f.nextWord)" }
  /// Where the trace starts, for people.
  private(set) lazy var place: String = {
    let f = frames[0].frame, code = f.pointee.code
    let at = head - code.code.start
    return "\(swiftString(code.code.pointee.qualifiedName)) at \(swiftString(code.code.pointee.filename)):\(position(code, at: at)?.line ?? 0)"
  }()
  /// The code of the frame that the trace is entered with.
  var code: UnsafeMutablePointer<CodeObject> { frames[0].code }
  /// Whether only the frame is left that the trace was entered with.
  var isAtBottom: Bool { frames.count == 1 }
}
