// Traces of the running program: when one is recorded, where it is entered, how its exits are restored.

import Bytecode
import Glibc
import Heap
import MetaTracing
import Objects

/// The run loop stops so that `record` may go on in its place.
nonisolated(unsafe) var traceRequested = false

/// A loop's trace, or that of a function or the rest of one, with its place in the program, and the slots of its values and its bridges'.
final class LoopTrace {
  let trace: Trace
  let head: UnsafePointer<UInt32>
  var slots: Int
  /// The LOOP instructions that a loop's trace stands in for.
  let sites: [UnsafePointer<UInt32>]
  /// How bridges go on with it; bridges whose exits are within the loop, not before it.
  var entry: LoopEntry?
  var inside: Set<Int> = []
  /// By number of a bridge: the registers of the bottom frame that it may have changed.
  var changes: [Int: Set<Int>] = [:]
  var entries = 0
  let iterations = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
  /// Its code object, the numbers of its patches, of its trace and bridges; see `TraceMemory`.
  let code: Value, kind: Recorder.Kind
  var patches: [Int] = [], members: [Int] = [], active = 0, marked = UInt64.max, workBefore = 0, retired = false, isFreed = false
  /// Iterations are counted up to `manyIterations`, for that costs; from the start again when code memory is full. Where bridges
  /// are counted, all are.
  var isCounting = true
  static let manyIterations: Int64 = 1 << 18
  func count(_ on: Bool) {
    for m in members { traces[m]?.trace.count(on) }
    isCounting = on
  }
  /// Traces of other trees that end in this one.
  var linksHere = 0
  deinit { iterations.deallocate() }
  init(_ t: Trace, _ r: Recorder, code c: Value, sites: [UnsafePointer<UInt32>] = []) {
    trace = t
    code = c
    kind = r.kind
    head = r.head
    self.sites = sites
    slots = t.instructions.count
    iterations.pointee = 0
  }
}

/// Settings and counts of tracing.
public enum Tracing {
  /// Backward jumps after which a loop is recorded; 0: never.
  nonisolated(unsafe) public static var threshold = 0
  /// Traces are compiled; otherwise they are interpreted.
  nonisolated(unsafe) public static var compiles = false
  nonisolated(unsafe) public static var compiled = 0
  /// Prints every trace when it is recorded.
  nonisolated(unsafe) public static var dumps = false
  /// Of the loops that were recorded, the numbers of those that run as traces: for finding a faulty one.
  nonisolated(unsafe) public static var only = 0...Int.max
  /// Times that an exit is taken before a bridge is recorded from it.
  nonisolated(unsafe) public static var hotExit: UInt32 = 16
  nonisolated(unsafe) public static var recorded = 0
  nonisolated(unsafe) public static var aborted: [String: Int] = [:]
  nonisolated(unsafe) public static var entered = 0

  /// Switches tracing on. Every loop becomes hot after `threshold` backward jumps.
  public static func enable(threshold n: Int, failingGuards: Int = 0) {
    threshold = max(1, min(n, 60000))
    guardFailures.oneIn = UInt64(max(0, failingGuards))
    if failingGuards > 0 {
      guardCounter = .allocate(capacity: 1)
      guardCounter!.pointee = Int64(failingGuards)
    }
    if !isSetUp { setUp() }
    for i in 0..<Int(HOT_COUNTS) { weft_hot_table()[i] = UInt16(threshold) }
    if returnExit == nil { returnExit = TraceCompiler.exitCode(UInt64(leftByReturn)) }
    if returnExit != nil { weft_hot_calls = UInt32(threshold) }
  }
  nonisolated(unsafe) private static var isSetUp = false
  private static func setUp() {
    isSetUp = true
    pthread_atfork(nil, nil) { Tracing.isOff = true }
    TraceMemory.install()
    CollectorHook.roots.append { visit in
      if let r = recording { visitConstants(r.trace, visit) }
    }
  }
  /// Compiled guards left until one fails though its condition holds.
  nonisolated(unsafe) static var guardCounter: UnsafeMutablePointer<Int64>?
  nonisolated(unsafe) static var guardsFailed = 0
  /// In the child of a fork: code memory is the parent's too, and describes the parent's heap.
  nonisolated(unsafe) static var isOff = false

  /// One line of counts, for tests.
  public static var report: String {
    let failed = aborted.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return "traces \(recorded), entered \(entered), compiled \(compiled), failed guards \(guardFailures.count + guardsFailed), not recorded: \(failed.isEmpty ? "none" : failed)"
  }
}

/// Loops by the number of their patch.
nonisolated(unsafe) var loops: [LoopTrace?] = []
/// All traces by number, bridges too, with the loop they belong to; nil for one that was freed.
nonisolated(unsafe) var traces: [(trace: Trace, loop: LoopTrace)?] = []
nonisolated(unsafe) private var recording: Recorder?
public var isRecordingTrace: Bool { recording != nil }
/// Loops that could not be recorded, how often, and their code objects.
nonisolated(unsafe) var failures: [UnsafePointer<UInt32>: (count: Int, code: Value)] = [:]
private func failureCount(_ head: UnsafePointer<UInt32>) -> Int { failures[head]?.count ?? 0 }
/// An exit that has become hot, with the frames of its snapshot.
nonisolated(unsafe) private var bridgeRequest: (number: Int, exit: Int, chain: [FrameRef])?

/// Arrays for the values of running traces: one each, for traces may be entered inside each other's steps.
private enum ValueArrays {
  static let capacity = 1 << 13
  nonisolated(unsafe) private static var free: [UnsafeMutablePointer<UInt64>] = []
  @inline(__always) static func take() -> UnsafeMutablePointer<UInt64> { free.popLast() ?? UnsafeMutablePointer<UInt64>.allocate(capacity: capacity) }
  @inline(__always) static func give(_ p: UnsafeMutablePointer<UInt64>) { free.append(p) }
}

private func visitConstants(_ trace: Trace, _ visit: (UnsafeMutablePointer<Value>) -> Void) {
  trace.constants.withUnsafeMutableBufferPointer { p in
    for k in 0..<p.count where trace.constantIsObject[k] {
      (p.baseAddress! + k).withMemoryRebound(to: Value.self, capacity: 1) { visit($0) }
    }
  }
  if trace.constantWords != nil { trace.publishConstants() }
}

/// The loop at `pc` has become hot: whether the run loop is to stop for its recording.
@inline(never)
func hotLoop(_ t: ThreadRef, _ f: FrameRef, _ pc: UnsafePointer<UInt32>) -> Bool {
  guard Tracing.threshold > 0, !Tracing.isOff, recording == nil, failureCount(pc) < 3, f.pointee.depth + 64 < weft_vm.recursionLimit else { return false }
  // What caches do not know becomes a step: they get the chance once.
  if !deferred.contains(pc) && cachesWait() {
    deferred.insert(pc)
    weft_hot_count(pc).pointee = UInt16(min(Tracing.threshold, 16))
    return false
  }
  weft_hot_count(pc).pointee = UInt16(Tracing.threshold)
  traceRequested = true
  return true
}
/// Loops that were to be recorded while caches waited for a collection.
nonisolated(unsafe) private var deferred: Set<UnsafePointer<UInt32>> = []

/// A function was called, its frame `g` is current: where it is recursive and called often, it gets a trace; where it has one,
/// that runs. True when it did, or is to be recorded.
@inline(never)
func hotFunction(_ t: ThreadRef, _ g: FrameRef) -> Bool {
  let code = g.pointee.code.code
  if code.pointee.entryTrace != 0 {
    code.pointee.hotness = UInt32.max - 1
    if g.pointee.depth + 64 >= weft_vm.recursionLimit || Tracing.isOff { return false }
    runTrace(t, traces[Int(code.pointee.entryTrace) - 1].unsafelyUnwrapped.loop, mayRecord: true)
    return true
  }
  code.pointee.hotness = 0
  guard Tracing.threshold > 0, Tracing.compiles, !Tracing.isOff, recording == nil, failureCount(code.start) < 3, g.pointee.depth + 64 < weft_vm.recursionLimit,
        isRecursive(g) else { return false }
  rootRequest = .function
  traceRequested = true
  return true
}
private func isRecursive(_ g: FrameRef) -> Bool {
  var f = g.pointee.back, n = 0
  while let b = f, n < Recorder.deepest {
    if b.pointee.code == g.pointee.code { return true }
    f = b.pointee.back
    n += 1
  }
  return false
}
/// What is to be recorded next, if not a bridge.
nonisolated(unsafe) private var rootRequest = Recorder.Kind.loop

// MARK: returns to frames that a trace did not begin with

/// Where compiled code goes on after a call has returned to a pc, behind a direct-mapped table.
nonisolated(unsafe) private var continuations: [UInt: UnsafeRawPointer] = [:]
/// Returns to places that have no trace.
nonisolated(unsafe) private var returns: [UInt: Int] = [:]
/// The last one of these, where it has become hot.
nonisolated(unsafe) private var hotReturn: UInt = 0
/// Leaves compiled code with everything in memory.
private let leftByReturn = 1 << 62
nonisolated(unsafe) private var returnExit: UnsafeRawPointer?
/// Nothing goes on at `pc` any more.
func forgetContinuation(_ pc: UnsafePointer<UInt32>) {
  let at = UInt(bitPattern: pc), slot = weft_continuation(at)
  continuations[at] = nil
  if slot.pointee.pc == at { slot.pointee = Continuation(pc: 0, body: 0) }
}
/// Counts of places in code that may be gone.
func forgetReturns() { if returns.count > 4096 { returns.removeAll() } }

@inline(__always)
private func continuation(_ pc: UnsafePointer<UInt32>) -> UInt64 {
  let at = UInt(bitPattern: pc), slot = weft_continuation(at)
  return slot.pointee.pc == at ? UInt64(slot.pointee.body) : continuationSlow(at, slot)
}
@inline(never)
private func continuationSlow(_ at: UInt, _ slot: UnsafeMutablePointer<Continuation>) -> UInt64 {
  if let body = continuations[at] {
    slot.pointee = Continuation(pc: at, body: UInt(bitPattern: body))
    return UInt64(slot.pointee.body)
  }
  let n = returns[at, default: 0] + 1
  returns[at] = n
  if n % Int(Tracing.hotExit) == 0 && failureCount(UnsafePointer(bitPattern: at)!) < 3 { hotReturn = at }
  return UInt64(UInt(bitPattern: returnExit.unsafelyUnwrapped))
}
/// The frame `a`, the last one that the trace has, returns `b`: to whom is known only now. The address of the code that goes on;
/// 0, with nothing done, where the interpreter has to see to it.
@inline(__always) func traceReturn(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let t = threadRef(thread), f = frameRef(a), back = f.pointee.back.unsafelyUnwrapped, state = f.pointee.state
  var v = Value(bits: b)
  if state & 0xff == Deliver.initialize && v.isNone { v = f.pointee.extra } else if state & 0xff != Deliver.store { return 0 }
  guard f.pointee.header.flags & (FrameFlag.escaped | FrameFlag.generator) == 0, back.pointee.header.flags & FrameFlag.base == 0 else { return 0 }
  freeFrame(t, f)
  back.pointee.header.flags &= ~FrameFlag.scanned
  t.pointee.frame = back
  back.registers[Int(state >> 8)] = v
  return continuation(back.pointee.pc)
}

/// Goes on in the thread's current frame, at the head of a hot loop, recording; returns when the loop is closed or the
/// recording has failed.
@inline(never)
func record(_ t: ThreadRef) {
  traceRequested = false
  guard t.pointee.frame != nil, t.pointee.exception.isEmpty else { return }
  let r: Recorder, clock = TraceClock()
  var tree: LoopTrace?
  if let b = bridgeRequest {
    bridgeRequest = nil
    guard let (parent, loop) = traces[b.number] else { return }
    tree = loop
    r = Recorder(t, number: TraceMemory.nextNumber(), parent: parent, exit: b.exit, chain: b.chain, firstSlot: loop.slots, root: loop.trace, entry: loop.entry)
    if parent !== loop.trace {
      r.builder.assume(parent.effects)
      r.changes = loop.changes[parent.number] ?? []
    }
  } else {
    r = Recorder(t, number: TraceMemory.nextNumber(), kind: rootRequest)
    rootRequest = .loop
    // A trace that is entered with the function has to begin with it.
    if r.kind == .function && r.head != r.code.start { return }
    r.peels = failureCount(r.head) == 0
  }
  let code = t.pointee.frame.unsafelyUnwrapped.pointee.code
  recording = r
  // The tree of a bridge stays meanwhile.
  tree?.active += 1
  defer { recording = nil; tree?.active -= 1; clock.stop() }
  var e = RecordingEngine(r)
  var at = r.head
  while r.failure == nil {
    if t.pointee.request != 0 {
      safepoint(t)
      if !t.pointee.exception.isEmpty { r.abort("an exception"); break }
    }
    guard let f = t.pointee.frame, f.pointee.header.flags & FrameFlag.base == 0 else { r.abort("the end of the run loop"); break }
    f.pointee.header.flags &= ~FrameFlag.scanned
    r.begin()
    if r.failure != nil { break }
    var s = Cursor(f)
    at = s.pc
    let i = s.pc.pointee
    s.pc += 1
    if r.kind != .loop, Tracing.compiles || r.isAtBottom, i & 0xff == UInt32(Opcode.enterTrace.rawValue), let next = loops[Int(i >> 8)] {
      if let p = r.parent, let own = next.entry, next === traces[p.trace.number]?.loop, isInside(p.trace, p.exit, next), next.trace.canBeReentered, r.reenter(next.trace, own) { break }
      r.link(next.trace.number)
      break
    }
    let goesOn = execute(&e, &s, t, unsafeBitCast(UInt8(truncatingIfNeeded: i), to: Opcode.self), Int(i >> 8 & 0xff), Int(i >> 16 & 0xff),
                         Int(i >> 24), Int(i >> 16), Int(Int32(bitPattern: i) >> 8))
    if r.ended { break }
    if r.closed {
      if !r.peel() { break }
      continue
    }
    if r.opaque { f.pointee.pc = at; r.step() } else if goesOn { s.save(t) } else { r.abort("an exception") }
  }
  if r.closed && r.failure == nil { r.close() }
  if (r.closed || r.ended) && r.failure == nil { install(t, r, at, code, clock) } else {
    if let p = r.parent { p.trace.failedBridges[p.exit, default: 0] += 1 } else { TraceMemory.note(failure: r.head, code) }
    Tracing.aborted[r.failure ?? "not closed", default: 0] += 1
    if Tracing.dumps { fputs("trace not recorded: \(r.failure ?? "not closed")\n", stderr) }
  }
}

/// Puts the trace in place of the LOOP at `at`, or a bridge behind its exit.
private func install(_ t: ThreadRef, _ r: Recorder, _ at: UnsafePointer<UInt32>, _ code: Value, _ clock: TraceClock) {
  let trace = r.trace, notes = TraceNotes(r, nanoseconds: clock.elapsed)
  trace.notes = notes
  // The interpreter executes an instruction faster than a trace has it executed. (Stress modes want every trace.)
  if Tracing.compiles && Tracing.threshold >= 50 && r.steps * 5 >= r.recorded * 2 {
    failures[r.head] = (3, code)
    Tracing.aborted["mostly steps", default: 0] += 1
    return
  }
  Tracing.recorded += 1
  if Tracing.dumps {
    let from = r.parent.map { "bridge from \($0.exit) of trace \($0.trace.number)" } ?? "\(r.kind)"
    fputs("trace \(trace.number): \(from), \(r.place), recorded as \(Tracing.recorded)\n\(trace.dump())\n", stderr)
  }
  guard Tracing.only.contains(Tracing.recorded) else { failures[r.head] = (3, code); return }
  trace.exits = Array(repeating: 0, count: trace.instructions.count)
  let loop: LoopTrace
  if let p = r.parent {
    guard let own = traces[p.trace.number], own.trace === p.trace else { return }
    loop = own.loop
    guard loop.slots + trace.instructions.count <= ValueArrays.capacity else { return }
    loop.slots += trace.instructions.count
  } else {
    guard trace.instructions.count <= ValueArrays.capacity / 2 else { return }
    // A trace that does not come round takes the place of every jump to its head.
    loop = LoopTrace(trace, r, code: code, sites: r.kind != .loop ? [] : r.ended ? jumps(to: r.head, in: r.code) : [at])
  }
  // Compiled code holds the addresses of its constants: none of them may move any more.
  if trace.hasYoungConstants { collectYoung(t) }
  if Tracing.compiles {
    var host = compilerHost
    host.iterations = loop.iterations
    if Tracing.countsBridges { host.bridgeEntries = notes.entries }
    guard Tracing.compile(trace, notes, loop, host) else {
      if r.parent == nil { TraceMemory.note(failure: r.head, code, times: 3) }
      Tracing.aborted["no room for code", default: 0] += 1
      return
    }
    Tracing.compiled += 1
  }
  TraceMemory.add(trace, loop)
  Tracing.noteInstalled(trace, notes)
  trace.publishConstants()
  trace.effects = r.builder.effects
  if r.parent != nil { loop.changes[trace.number] = r.changes }
  loop.entry = loop.entry ?? r.entry
  if let p = r.parent, isInside(p.trace, p.exit, loop) { loop.inside.insert(trace.number) }
  if let p = r.parent { p.trace.attach(trace, at: p.exit); return }
  switch r.kind {
  case .function:
    r.code.pointee.entryTrace = UInt32(trace.number + 1)
    r.code.pointee.hotness = UInt32.max - 1
    return
  case .continuation:
    continuations[UInt(bitPattern: r.head)] = trace.body
    return
  case .loop, .bridge: break
  }
  for site in loop.sites {
    let n = Patches.add(site.pointee)
    while loops.count <= n { loops.append(nil) }
    loops[n] = loop
    loop.patches.append(n)
    UnsafeMutablePointer(mutating: site).pointee = Patches.word(n)
  }
}

/// Whether an exit is reached only after the loop has started.
private func isInside(_ trace: Trace, _ exit: Int, _ loop: LoopTrace) -> Bool {
  trace === loop.trace ? exit > trace.instructions.firstIndex { $0.operation == .loop } ?? .max : loop.inside.contains(trace.number)
}

/// The LOOP instructions that go to `head` and have no trace.
private func jumps(to head: UnsafePointer<UInt32>, in code: UnsafeMutablePointer<CodeObject>) -> [UnsafePointer<UInt32>] {
  var out: [UnsafePointer<UInt32>] = [], at = 0
  while let i = Instruction.decode(code.pointee.words, at: at, live: true) {
    let p = code.start + at
    if p.pointee & 0xff == UInt32(Opcode.loop.rawValue), p + 1 + i.a == head { out.append(p) }
    at += i.length
  }
  return out
}

func headOfTrace(_ n: Int) -> UnsafePointer<UInt32> { loops[n].unsafelyUnwrapped.head }

/// Runs trace `n` from the thread's current frame until it is left; the thread then says where to go on. `mayRecord`: the
/// run loop will stop when a recording is wanted.
@inline(never)
func runTrace(_ t: ThreadRef, _ n: Int, mayRecord: Bool) {
  if t.pointee.frame.unsafelyUnwrapped.pointee.depth + 64 >= weft_vm.recursionLimit || Tracing.isOff { return }
  runTrace(t, loops[n].unsafelyUnwrapped, mayRecord: mayRecord)
}
private func runTrace(_ t: ThreadRef, _ loop: LoopTrace, mayRecord: Bool) {
  let f = t.pointee.frame.unsafelyUnwrapped, trace = loop.trace
  Tracing.entered += 1
  loop.entries += 1
  if loop.entries & 1023 == 0 && Tracing.threshold >= 50 && loop.isCounting && Int(loop.iterations.pointee) < loop.entries * 3 { retire(loop) }
  let thread = UInt64(UInt(bitPattern: t)), frame = UInt64(UInt(bitPattern: f))
  loop.active += 1
  guard let code = trace.code else { interpret(t, trace, frame); loop.active -= 1; return }
  let values = ValueArrays.take()
  let left = enterCode(code, thread, frame, values)
  loop.active -= 1
  if loop.isCounting && loop.iterations.pointee > LoopTrace.manyIterations && !Tracing.countsBridges { loop.count(false) }
  if let c = Tracing.guardCounter, c.pointee <= 0 {
    Tracing.guardsFailed += 1
    // Not always the same guards.
    c.pointee = Int64(guardFailures.oneIn) + Int64(Tracing.guardsFailed * 7919 % 13)
  }
  if left == leftByReturn {
    ValueArrays.give(values)
    if hotReturn != 0 { requestContinuation(t, mayRecord) }
    return
  }
  let last = traces[left >> 32].unsafelyUnwrapped.trace, at = left & 0xffff_ffff
  if Tracing.dumps { fputs("left trace \(last.number) at \(at)\n", stderr) }
  let s = Int(last.instructions[at].snapshot)
  if s >= 0 {
    if last.instructions[at].operation != .guardClear32 { Tracing.guardExits += 1 }
    let asIs = last.snapshots[s].asIs
    if !asIs { restore(t, last, s, at: at, values) }
    let count = last.exits[at]
    if count < .max {
      last.exits[at] = count + 1
      if count + 1 == Tracing.hotExit || count >= Tracing.hotExit && isHotAgain(last, at), mayRecord, t.pointee.request == 0, recording == nil {
        requestBridge(t, last, at, values)
      }
    }
  }
  ValueArrays.give(values)
}

/// Gives a loop that is left after a few iterations back to the interpreter.
@inline(never)
private func retire(_ loop: LoopTrace) {
  if loop.sites.isEmpty { return }
  TraceMemory.unpatch(loop)
  loop.retired = true
  failures[loop.head] = (3, loop.code)
  Tracing.aborted["few iterations", default: 0] += 1
}

/// Compiled code was left by a return to a place that is often returned to.
@inline(never)
private func requestContinuation(_ t: ThreadRef, _ mayRecord: Bool) {
  let at = hotReturn
  hotReturn = 0
  guard mayRecord, t.pointee.request == 0, recording == nil, let f = t.pointee.frame, UInt(bitPattern: f.pointee.pc) == at, t.pointee.exception.isEmpty,
        f.pointee.code.code.pointee.entryTrace != 0 else { return }
  rootRequest = .continuation
  traceRequested = true
}

/// Where the recording of a bridge has failed, another is made after four times as many exits, a few times.
@inline(never)
private func isHotAgain(_ trace: Trace, _ at: Int) -> Bool {
  let n = trace.failedBridges[at, default: 0]
  return n > 0 && n <= 4 && Int(trace.exits[at]) == Int(Tracing.hotExit) << (2 * n)
}

/// Asks for a bridge from this exit, unless there can be none.
@inline(never)
private func requestBridge(_ t: ThreadRef, _ trace: Trace, _ at: Int, _ values: UnsafeMutablePointer<UInt64>) {
  let s = trace.snapshots[Int(trace.instructions[at].snapshot)]
  guard s.canBridge, t.pointee.exception.isEmpty else { return }
  // The loop's head itself: somebody asked for a safepoint.
  if trace.instructions[at].operation == .guardClear32 { return }
  var chain: [FrameRef] = []
  func word(_ r: Ref) -> FrameRef { frameRef(r < 0 ? trace.constants[Int(-1 - r)] : values[trace.firstSlot + Int(r)]) }
  if s.asIs {
    for f in s.frames { chain.append(word(f.pointer)) }
    if s.mayHaveReturned {
      // Whether they are all there still, and stand where they did.
      var actual: [FrameRef] = [], f = t.pointee.frame
      while let g = f, actual.count < Recorder.deepest * 2 { actual.append(g); f = g.pointee.back }
      for (k, f) in chain.enumerated() {
        guard actual.contains(f), k == 0 || f.pointee.back == chain[k - 1],
              k == chain.count - 1 || f.pointee.pc == f.pointee.code.code.start + Int(s.frames[k].pc) else { return }
      }
    }
  } else {
    // Parked frames come last.
    var f = t.pointee.frame
    for _ in s.frames.prefix(while: { !$0.isParked }) { guard let g = f else { return }; chain.insert(g, at: 0); f = g.pointee.back }
    for p in s.frames.drop(while: { !$0.isParked }) { chain.append(word(p.pointer)) }
  }
  bridgeRequest = (trace.number, at, chain)
  traceRequested = true
}

private func interpret(_ t: ThreadRef, _ trace: Trace, _ frame: UInt64) {
  let host = TraceHost(thread: UInt64(UInt(bitPattern: t)), writeBarrier: traceWriteBarrier, boxDouble: traceBoxDouble)
  let below = trace.constants.count
  withUnsafeTemporaryAllocation(of: UInt64.self, capacity: below + trace.instructions.count) { p in
    let values = p.baseAddress! + below
    let at = MetaTracing.run(trace, host: host, frame: frame, values: values)
    if Tracing.dumps { fputs("left trace \(trace.number) at \(at)\n", stderr) }
    let s = Int(trace.instructions[at].snapshot)
    if s >= 0 && !trace.snapshots[s].asIs { restore(t, trace, s, at: at, values) }
  }
}

/// Makes memory what snapshot `s` says, and its topmost frame the current one; the trace was left at instruction `at`.
private func restore(_ t: ThreadRef, _ trace: Trace, _ s: Int, at: Int, _ values: UnsafeMutablePointer<UInt64>) {
  var p = ExitReader(trace, snapshot: s, at: at, values: values, thread: UInt64(UInt(bitPattern: t)), boxDouble: traceBoxDouble)
  for _ in 0..<p.number() {
    let isNew = p.peek == .none, pointer = Value(bits: p.word()), isPlain = p.peek == .none, function = Value(bits: p.word())
    let code = Value(bits: p.word()), extra = Value(bits: p.word()), state = UInt32(bitPattern: p.number())
    let f: FrameRef
    if isNew {
      f = pushFrame(t, function, code.code, state: state)
      f.pointee.extra = extra
    } else if isPlain { f = pointer.to(Frame.self); t.pointee.frame = f }
    else if state & 0xff == SnapshotFrame.parkedMark { f = suspendGenerator(function, Int(state >> 8)) }
    else { f = linkGenerator(t, function, state) }
    f.pointee.pc = f.pointee.code.code.start + Int(p.number())
    for _ in 0..<p.number() {
      let register = Int(p.number())
      f.registers[register] = Value(bits: p.word())
    }
  }
}

@inline(__always)
private func enterCode(_ code: UnsafeRawPointer, _ thread: UInt64, _ frame: UInt64, _ values: UnsafeMutablePointer<UInt64>) -> Int {
  typealias Entry = @convention(c) (UInt64, UInt64, UnsafeMutablePointer<UInt64>) -> Int
  return unsafeBitCast(code, to: Entry.self)(thread, frame, values)
}
private let compilerHost: CompilerHost = {
  var h = CompilerHost(writeBarrier: traceWriteBarrier, boxDouble: traceBoxDouble)
  h.frameOffset = MemoryLayout<Thread>.offset(of: \Thread.frame)!
  h.barrierByte = MemoryLayout<ObjectHeader>.offset(of: \ObjectHeader.gc)!
  h.barrierMask = GCBit.old | GCBit.remembered
  h.barrierValue = GCBit.old
  h.guardCounter = Tracing.guardCounter
  h.newRecord = traceNewRecord
  h.newValues = traceNewValues
  h.bumpOffset = MemoryLayout<Thread>.offset(of: \Thread.bump)!
  h.limitOffset = MemoryLayout<Thread>.offset(of: \Thread.limit)!
  return h
}()
private extension Trace {
  var hasYoungConstants: Bool {
    for k in 0..<constants.count where constantIsObject[k] {
      let v = Value(bits: constants[k])
      if v.isObject && v.object.pointee.gc & GCBit.old == 0 && v.object.pointee.gc & GCBit.immortal == 0 { return true }
    }
    return false
  }
}

// MARK: what traces call

func threadRef(_ w: UInt64) -> ThreadRef { ThreadRef(bitPattern: UInt(w)).unsafelyUnwrapped }
func frameRef(_ w: UInt64) -> FrameRef { FrameRef(bitPattern: UInt(w)).unsafelyUnwrapped }

/// Steps that ended in an exception and its handler.
nonisolated(unsafe) var unwindings = 0

/// Executes the instruction at `b` of frame `a`, with everything in memory; the frame that is current afterwards (an
/// exception's handler's, if there is one), or 0 for the end of the run loop or a collection by another thread, while this
/// one waited.
@inline(never)
func traceStep(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let t = threadRef(thread)
  let collections = weft_vm.minorCount
  t.pointee.frame = frameRef(a)
  frameRef(a).pointee.pc = UnsafePointer(bitPattern: UInt(b)).unsafelyUnwrapped
  var s = Cursor(frameRef(a))
  let i = s.pc.pointee
  s.pc += 1
  var e = StepEngine(t)
  if execute(&e, &s, t, unsafeBitCast(UInt8(truncatingIfNeeded: i), to: Opcode.self), Int(i >> 8 & 0xff), Int(i >> 16 & 0xff),
             Int(i >> 24), Int(i >> 16), Int(Int32(bitPattern: i) >> 8)) {
    s.save(t)
  }
  return endStep(t, collections)
}
@inline(__always)
private func endStep(_ t: ThreadRef, _ collections: UInt64) -> UInt64 {
  if !t.pointee.exception.isEmpty && t.pointee.request == 0 {
    unwindings += 1
    if unwind(t) == nil { return 0 }
  }
  guard t.pointee.exception.isEmpty, !isTraced(t), !Tracing.isOff, weft_vm.minorCount == collections, let f = t.pointee.frame else { return 0 }
  f.pointee.header.flags &= ~FrameFlag.scanned
  return UInt64(UInt(bitPattern: f))
}

func isNative(_ f: Value) -> Bool { f.isExact(.builtinFunction) || f.isExact(.methodDescriptor) }
/// The same for a `call` or `callMethod` of a native with as many arguments as it takes, without decoding; `traceStep` for other calls.
@inline(never)
func traceCall(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let t = threadRef(thread), f = frameRef(a), pc = UnsafePointer<UInt32>(bitPattern: UInt(b)).unsafelyUnwrapped
  let i = pc.pointee
  var args = f.registers + Int(i >> 8 & 0xff) + 1, n = Int(i >> 16 & 0xff)
  let callee = (args - 1).pointee
  if i & 0xff == UInt32(Opcode.callMethod.rawValue) { if args.pointee.isEmpty { args += 1 } else { n += 1 } }
  let isMethod = callee.isExact(.methodDescriptor)
  guard isMethod || callee.isExact(.builtinFunction), case let native = callee.to(NativeObject.self),
        !isMethod || n > 0 && args[0].type == native.pointee.owner else { return traceStep(thread: thread, a, b, c) }
  let collections = weft_vm.minorCount
  f.pointee.pc = pc + 1
  t.pointee.frame = f
  t.pointee.pending = Deliver.store(Int(i >> 24))
  let r: Value
  if native.pointee.kind == NativeKind.bound {
    r = callBoundNative(t, callee, args, n)
  } else {
    guard n >= Int(native.pointee.minArgs) && n <= Int(native.pointee.maxArgs) else { return traceStep(thread: thread, a, b, c) }
    r = native.pointee.code(t, args, n)
  }
  if !r.isEmpty { f.registers[Int(i >> 24)] = r }
  return endStep(t, collections)
}

/// Pushes a frame of function `a` with state word `c`, all registers empty, over frame `b`.
@inline(__always) func tracePushFrame(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let t = threadRef(thread), f = Value(bits: a)
  t.pointee.frame = frameRef(b)
  let g = pushFrame(t, f, f.field(FunctionField.code).code, state: UInt32(c))
  // Near the limit the interpreter takes over, at the next function's entry.
  if g.pointee.depth + 64 >= weft_vm.recursionLimit { weft_request_set(t, Request.trace) }
  return UInt64(UInt(bitPattern: g))
}
/// Puts the frame of generator `a` over frame `b`, with state word `c`.
func traceResume(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let t = threadRef(thread)
  t.pointee.frame = frameRef(b)
  return UInt64(UInt(bitPattern: linkGenerator(t, Value(bits: a), UInt32(c))))
}
/// Generator `a` has yielded; `b` is its state word.
func traceSuspend(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  UInt64(UInt(bitPattern: suspendGenerator(Value(bits: a), Int(b))))
}
private func suspendGenerator(_ g: Value, _ state: Int) -> FrameRef {
  let f = g.field(GeneratorField.frame).to(Frame.self)
  g.fields[GeneratorField.state] = .fixnum(state)
  f.pointee.back = nil
  // The trace ran it without saying so: a collection that has seen it did not see what it holds now.
  f.pointee.header.flags &= ~FrameFlag.scanned
  suspendFrame(f)
  return f
}
/// Takes the current frame `a` off.
@inline(__always) func tracePopFrame(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let t = threadRef(thread), f = frameRef(a)
  let back = f.pointee.back.unsafelyUnwrapped
  release(t, f, back)
  back.pointee.header.flags &= ~FrameFlag.scanned
  t.pointee.frame = back
  return 0
}
/// An object of shape `a` with `b` empty fields.
@inline(__always) func traceNewRecord(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 { makeRecord(threadRef(thread), shape: UInt32(a), Int(b)).bits }
/// An object of shape `a` with `b` empty items.
@inline(__always) func traceNewValues(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 { makeValues(threadRef(thread), shape: UInt32(a), count: Int(b)).bits }
func traceWriteBarrier(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  writeBarrier(Value(bits: a).object)
  return 0
}
func traceBoxDouble(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  boxFloat(threadRef(thread), Double(bitPattern: a)).bits
}
