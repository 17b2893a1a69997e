// The recorder: follows the running program instruction by instruction and keeps, beside the real frames, what the trace
// knows of their registers.
//
// Laws:
//   * Within one instruction every guard comes before the first effect, so leaving the trace means: run this instruction
//     again, with the registers that its beginning had (one snapshot an instruction).
//   * What handlers leave as opaque is executed whole by `traceStep`, with everything in memory before it, and the frame
//     and pc it ends at are guarded. A trace left there leaves things as they are.
//   * A frame pushed by a call is not made in the trace until a step needs it or the trace is left.

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
  /// Values of registers, `.none` for those that only memory has.
  var registers: [Ref]
  var dirty: [Bool]
  /// The saved pc, while another frame runs above.
  var pc: UnsafePointer<UInt32>
  var code: UnsafeMutablePointer<CodeObject> { frame.pointee.code.code }
  /// Relative to the start of its code.
  func offset(_ p: UnsafePointer<UInt32>) -> Int32 { Int32(p - code.start) }
}

public final class Recorder {
  static let longest = 2500, deepest = 24, unrolled = 5
  /// Of a bridge: the trace and exit it starts from.
  let parent: (trace: Trace, exit: Int)?
  let thread: ThreadRef
  let builder: TraceBuilder
  let trace: Trace
  /// Of a loop's trace: where it starts and ends.
  let head: UnsafePointer<UInt32>
  private(set) var frames: [SymbolicFrame] = []
  /// The handler asked for the instruction to be executed as a step.
  var opaque = false
  private(set) var closed = false
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
  /// Registers of the bottom frame that this iteration wrote; what they held where the loop starts; those that are phis.
  private var written: Set<Int> = []
  private var atLoop: [Ref] = []
  private var phis: [(register: Int, phi: Ref, isDouble: Bool)] = []
  private var assumed = TraceBuilder.Effects()

  init(_ t: ThreadRef, number: Int) {
    thread = t
    let f = t.pointee.frame.unsafelyUnwrapped
    trace = Trace(number: number)
    parent = nil
    builder = TraceBuilder(trace)
    builder.stableShapes = Recorder.stableShapes
    head = f.pointee.pc
    start = head
    frames = [symbolic(f, builder.entryFrame())]
    begin()
    safepoint()
  }
  /// Whatever waits is seen to by the interpreter, at the head.
  private func safepoint() {
    builder.guarded(.guardClear32, .none, immediate: Int64(MemoryLayout<Thread>.offset(of: \Thread.request)!), snapshot: snapshot)
  }
  private static let stableShapes = UInt32(BuiltinType.allCases.count + 1)

  /// A bridge from `exit` of `parent`; `chain` are the frames of its snapshot as they are now.
  init(_ t: ThreadRef, number: Int, parent p: Trace, exit: Int, chain: [FrameRef], firstSlot: Int) {
    thread = t
    trace = Trace(number: number)
    trace.firstSlot = firstSlot
    parent = (p, exit)
    builder = TraceBuilder(trace)
    builder.stableShapes = Recorder.stableShapes
    head = t.pointee.frame.unsafelyUnwrapped.pointee.pc
    start = head
    let s = p.snapshots[Int(p.instructions[exit].snapshot)]
    func inherit(_ r: Ref) -> Ref {
      if r == .none { return r }
      if r < 0 { let v = Value(bits: p.constants[Int(-1 - r)]); return p.isObject(r) ? constant(v) : builder.word(v.bits) }
      if p.sunk[Int(r)] {
        let d = p.instructions[Int(r)].a
        return d < 0 ? builder.pure(.box, builder.word(p.constants[Int(-1 - d)])) : builder.inherited(p.firstSlot + Int(d), double: true)
      }
      return builder.inherited(p.firstSlot + Int(r), double: false)
    }
    for (k, f) in s.frames.enumerated() where k < chain.count {
      var own = symbolic(chain[k], inherit(f.pointer))
      if f.pointer == .none {
        own.function = inherit(f.function)
        own.state = f.state
        let unbound = builder.word(0)
        for i in 0..<own.registers.count { own.registers[i] = unbound }
      }
      for r in f.registers { own.registers[Int(r.register)] = inherit(r.value); own.dirty[Int(r.register)] = true }
      own.pc = own.code.start + Int(f.pc)
      frames.append(own)
    }
    if s.asIs { arrive(inherit(s.result)) }
    begin()
  }
  private func symbolic(_ f: FrameRef, _ pointer: Ref) -> SymbolicFrame {
    let n = Int(f.pointee.code.code.pointee.registerCount)
    return SymbolicFrame(frame: f, pointer: pointer, registers: Array(repeating: .none, count: n), dirty: Array(repeating: false, count: n), pc: f.pointee.pc)
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
    let known = frames[k].registers[i]
    if known != .none { return known }
    let r = builder.load(frames[k].pointer, frameHeaderSize + 8 * i)
    frames[k].registers[i] = r
    return r
  }
  func setRegister(_ f: FrameRef, _ i: Int, _ r: Ref) {
    let k = index(of: f)
    touched = true
    if k == 0 { written.insert(i) }
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
  /// Something other than a register is about to change.
  func effect() { touched = true }

  func snapshot() -> Int32 {
    if touched { abort("a guard after an effect") }
    if snapshotNumber >= 0 { return snapshotNumber }
    var out: [SnapshotFrame] = []
    for (k, f) in frames.enumerated() {
      var s = SnapshotFrame(pointer: f.pointer)
      s.pc = f.offset(k == frames.count - 1 ? start : f.pc)
      if f.pointer == .none {
        s.function = f.function
        s.code = constant(f.frame.pointee.code)
        s.state = f.state ?? 0
      }
      for r in 0..<f.registers.count where f.dirty[r] { s.registers.append((Int32(r), f.registers[r])) }
      out.append(s)
    }
    snapshotNumber = builder.snapshot(Snapshot(out))
    return snapshotNumber
  }

  func enter(_ f: FrameRef, _ function: Ref) {
    if frames.count >= Recorder.deepest { abort("calls too deep"); return }
    touched = true
    frames[frames.count - 1].pc = frames[frames.count - 1].frame.pointee.pc
    var s = symbolic(f, .none)
    s.function = function
    s.state = f.pointee.state
    let unbound = builder.word(0)
    for i in 0..<s.registers.count { s.registers[i] = unbound }
    frames.append(s)
  }
  func canLeave(_ f: FrameRef) -> Bool { frames.count > 1 && frames[frames.count - 1].frame == f && frames[frames.count - 1].state != nil }
  func leave(_ f: FrameRef) {
    touched = true
    let top = frames.removeLast()
    if top.pointer != .none { _ = builder.call(tracePopFrame, top.pointer) }
  }
  func backEdge(_ f: FrameRef, _ pc: UnsafePointer<UInt32>) -> Bool {
    if parent == nil && pc == head && frames.count == 1 && f == frames[0].frame { closed = true; return true }
    innerEdges += 1
    if innerEdges > Recorder.unrolled { abort("an inner loop") }
    return false
  }

  // MARK: instruction by instruction

  func begin() {
    guard let f = thread.pointee.frame, let top = frames.last, f == top.frame else { abort("the frame changed"); return }
    start = f.pointee.pc
    snapshotNumber = -1
    touched = false
    opaque = false
    builder.begin()
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
    let before = frames[top].frame
    flush()
    let code = frames[top].code.pointee
    let words = code.words
    guard let i = Instruction.decode(words, at: Int(frames[top].offset(start)), live: true) else { abort("no instruction"); return }
    let isTrace = (i.length == 1 ? start.pointee : 0) & 0xff == UInt32(Opcode.enterTrace.rawValue)
    let unwindingsBefore = unwindings
    let result = builder.step(traceStep, frames[top].pointer, builder.word(UInt64(UInt(bitPattern: start))))
    if traceStep(thread: UInt64(UInt(bitPattern: thread)), UInt64(UInt(bitPattern: before)), UInt64(UInt(bitPattern: start)), 0) == 0 {
      abort(thread.pointee.exception.isEmpty ? "a collection" : "an exception")
      return
    }
    if unwindings != unwindingsBefore {
      for k in frames.indices { for r in 0..<frames[k].registers.count { forget(k, r) } }
    } else if isTrace { for r in 0..<frames[top].registers.count { forget(top, r) } } else { forEachDefinition(i) { forget(top, $0) } }
    arrive(result)
  }
  /// After a step: `result` is the frame that is current now; guards that it is where the program now is.
  private func arrive(_ result: Ref) {
    guard let now = thread.pointee.frame, now.pointee.header.flags & FrameFlag.base == 0 else { abort("the end of the run loop"); return }
    let top = frames.count - 1
    // In memory everything is as it should be: nothing to restore, but a bridge wants to know the frames.
    var known: [SnapshotFrame] = []
    for f in frames {
      var s = SnapshotFrame(pointer: f.pointer)
      s.pc = f.offset(f.pc)
      known.append(s)
    }
    let exit = builder.snapshot(Snapshot(known, asIs: true, result: result))
    let pc = builder.word(UInt64(UInt(bitPattern: now.pointee.pc)))
    let pcOffset = MemoryLayout<Frame>.offset(of: \Frame.pc)!
    if let k = frames.lastIndex(where: { $0.frame == now }) {
      builder.guarded(.guardSame, result, frames[k].pointer) { exit }
      builder.guarded(.guardSame, builder.load(result, pcOffset), pc) { exit }
      frames.removeSubrange((k + 1)...)
    } else if now.pointee.back == frames[top].frame {
      if frames.count >= Recorder.deepest { abort("calls too deep"); return }
      builder.guarded(.guardSame, builder.load(result, MemoryLayout<Frame>.offset(of: \Frame.code)!), constant(now.pointee.code)) { exit }
      builder.guarded(.guardSame, builder.load(result, pcOffset), pc) { exit }
      builder.guarded(.guardSame, builder.load(result, MemoryLayout<Frame>.offset(of: \Frame.back)!), frames[top].pointer) { exit }
      frames[top].pc = frames[top].frame.pointee.pc
      frames.append(symbolic(now, result))
    } else {
      abort("left by another way than it was entered")
    }
  }
  private func forget(_ k: Int, _ r: Int) {
    if k == 0 { written.insert(r) }
    frames[k].registers[r] = .none
    frames[k].dirty[r] = false
  }

  /// Brings memory up to date: makes the frames that do not exist yet, stores the registers that changed.
  func flush() {
    for k in frames.indices {
      if frames[k].pointer == .none {
        builder.store(frames[k - 1].pointer, MemoryLayout<Frame>.offset(of: \Frame.pc)!, builder.word(UInt64(UInt(bitPattern: frames[k - 1].pc))))
        frames[k].pointer = builder.call(tracePushFrame, frames[k].function, constant(frames[k].frame.pointee.code), builder.word(UInt64(frames[k].state ?? 0)))
      }
      for r in 0..<frames[k].registers.count where frames[k].dirty[r] {
        builder.storeRegister(frames[k].pointer, frameHeaderSize + 8 * r, frames[k].registers[r])
        frames[k].dirty[r] = false
      }
    }
  }

  /// The first iteration is over: false when the trace ends here, true when the loop is now to be recorded.
  func peel() -> Bool {
    guard peels, !inLoop, parent == nil, failure == nil, trace.instructions.count < Recorder.longest / 4 else { return false }
    inLoop = true
    closed = false
    innerEdges = 0
    let live = livenessOf(frames[0].code.pointee), at = Int(frames[0].offset(head))
    for r in 0..<frames[0].registers.count where !live.isLiveIn(r, at: at) { forget(0, r) }
    assumed = builder.effects
    builder.beginLoop(assumed, frame: frames[0].pointer, registersFrom: frameHeaderSize)
    for r in 0..<frames[0].registers.count where frames[0].registers[r] != .none && written.contains(r) {
      let entry = frames[0].registers[r]
      if let d = builder.boxed(entry) { phis.append((r, builder.phiDouble(d), true)) } else { phis.append((r, builder.phi(entry), false)) }
    }
    for p in phis {
      frames[0].registers[p.register] = p.isDouble ? builder.pure(.box, p.phi) : p.phi
      frames[0].dirty[p.register] = true
    }
    atLoop = frames[0].registers
    written = []
    begin()
    safepoint()
    return true
  }

  /// The loop is closed.
  func close() {
    begin()
    guard failure == nil else { return }
    if inLoop {
      for p in phis {
        let next = register(frames[0].frame, p.register)
        if p.isDouble { builder.closePhiDouble(p.phi, next, snapshot: snapshot) } else { builder.closePhi(p.phi, next, snapshot: snapshot) }
      }
      // What the loop starts with in memory has to be there again.
      let live = livenessOf(frames[0].code.pointee), at = Int(frames[0].offset(head))
      for r in 0..<atLoop.count where !phis.contains(where: { $0.register == r }) {
        if atLoop[r] != .none {
          if frames[0].registers[r] != atLoop[r] { abort("a register that was not written before"); return }
        } else if frames[0].dirty[r] && live.isLiveIn(r, at: at) {
          builder.storeRegister(frames[0].pointer, frameHeaderSize + 8 * r, frames[0].registers[r])
        }
      }
      if !builder.effects.isCovered(by: assumed) { abort("other effects than before"); return }
    } else {
      flush()
    }
    builder.jump()
  }
  /// A bridge has come to the head of a loop that has a trace: it goes on there.
  func link(_ number: Int) {
    builder.begin()
    flush()
    builder.link(number)
    closed = true
  }
  /// Where the trace starts, for people.
  private(set) lazy var place: String = {
    let f = frames[0].frame, code = f.pointee.code
    let at = head - code.code.start
    return "\(swiftString(code.code.pointee.qualifiedName)) at \(swiftString(code.code.pointee.filename)):\(position(code, at: at)?.line ?? 0)"
  }()
  /// Whether only the frame is left that the trace was entered with.
  var isAtBottom: Bool { frames.count == 1 }
}
