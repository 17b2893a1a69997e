// The run loop: fetch, decode, and one handler an instruction, generic over the engine.
//
// State lives in two locals, the frame and the pc. Before anything that can observe them (raise, push a frame, collect)
// they are written back: `frame.pc` and `thread.frame`. Whatever happened meanwhile, `resume` finds the frame to go on
// with. One run loop per OS thread, never re-entered.

import Bytecode
import Heap
import Objects

/// The frame that runs and its next word.
struct Cursor {
  var frame: FrameRef
  var pc: UnsafePointer<UInt32>
  @inline(__always) init(_ f: FrameRef) { frame = f; pc = f.pointee.pc }
  @inline(__always) func save(_ t: ThreadRef) {
    frame.pointee.pc = pc
    t.pointee.frame = frame
  }
  @inline(__always) var constants: UnsafeMutablePointer<Value> { frame.pointee.code.code.pointee.constants.items }
  @inline(__always) func name(_ i: Int) -> Value { frame.pointee.code.code.pointee.names.items[i] }
  @inline(__always) func cache(_ i: UInt32) -> UnsafeMutablePointer<CacheEntry> { frame.pointee.code.code.pointee.caches + Int(i) }
  /// Executes the JMP word at pc, or skips it.
  @inline(__always) mutating func branch(_ taken: Bool) {
    if taken { pc += Int(Int32(bitPattern: pc.pointee) >> 8) &+ 1 } else { pc += 1 }
  }
}

/// Runs from the thread's current frame until a frame with Deliver.exit returns; its result, or empty with an exception.
@inline(never)
public func run(_ t: ThreadRef) -> Value {
  while true {
    if isTraced(t) || t.pointee.tracing != 0 {
      if let r = tracedLoop(t) { return r }
      continue
    }
    var e = DirectEngine(t)
    let r = loop(&e)
    if traceRequested { record(t) } else if stoppedForTracing { stoppedForTracing = false } else { return r }
  }
}

@inline(__always)
func loop<E: Engine>(_ e: inout E) -> Value {
  let t = e.thread
  guard let first = resume(t) else { return exitResult(t) }
  var s = Cursor(first)
  while true {
    let i = s.pc.pointee
    s.pc += 1
    if !execute(&e, &s, t, unsafeBitCast(UInt8(truncatingIfNeeded: i), to: Opcode.self), Int(i >> 8 & 0xff), Int(i >> 16 & 0xff), Int(i >> 24),
                Int(i >> 16), Int(Int32(bitPattern: i) >> 8)) {
      return exitResult(t)
    }
  }
}

/// One instruction with a WIDE prefix, which is the word before the frame's pc.
@inline(never)
func executeWide<E: Engine>(_ e: inout E, _ t: ThreadRef) -> Bool {
  var s = Cursor(t.pointee.frame.unsafelyUnwrapped)
  let prefix = (s.pc - 1).pointee
  let i = s.pc.pointee
  s.pc += 1
  let a = Int(i >> 8 & 0xff | (prefix >> 8 & 0xff) << 8), b = Int(i >> 16 & 0xff | (prefix >> 16 & 0xff) << 8)
  let c = Int(i >> 24 | (prefix >> 24) << 8), d = Int(i >> 16 | (prefix >> 16) << 16)
  let r = execute(&e, &s, t, unsafeBitCast(UInt8(truncatingIfNeeded: i), to: Opcode.self), a, b, c, d, Int(Int32(bitPattern: i) >> 8))
  if r { s.save(t) }
  return r
}

func exitResult(_ t: ThreadRef) -> Value {
  let r = weft_scratch(t)[7]
  weft_scratch(t)[7] = .empty
  return r
}

/// After an instruction whose native part gave the empty value: unwinds a pending exception, and gives the frame to go
/// on with, or nil when the run loop is to return.
@inline(never)
func resume(_ t: ThreadRef) -> FrameRef? {
  if t.pointee.request != 0 { safepoint(t) }
  if !t.pointee.exception.isEmpty && !isTraced(t) { return unwind(t) }
  guard let f = t.pointee.frame, f.pointee.header.flags & FrameFlag.base == 0 else { return nil }
  f.pointee.header.flags &= ~FrameFlag.scanned
  if isTraced(t) { stoppedForTracing = true; return nil }
  return f
}

/// Result of a slow operation to register `a`, or off to another frame. False when the run loop ends.
@inline(__always)
func finish<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ r: Value) -> Bool {
  if r.bits != 0 {
    e.setReg(s.frame, a, e.fromNative(r))
    if t.pointee.request != 0 { return pause(&e, &s, t) }
    return true
  }
  return change(&e, &s, t)
}
/// The same for an operation without a result.
@inline(__always)
func finish<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ r: Value) -> Bool {
  if r.bits != 0 {
    if t.pointee.request != 0 { return pause(&e, &s, t) }
    return true
  }
  return change(&e, &s, t)
}
/// The same for an operation whose result decides the JMP word at pc.
@inline(__always)
func finishBranch<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ r: Value, _ sense: Int) -> Bool {
  if r.bits != 0 {
    let truth = truthOfConstant(r)
    if truth >= 0 { s.branch(truth == sense) ; return true }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.branch, sense)
    let q = truthSlow(t, r)
    if q.bits != 0 { s.branch((q == .true ? 1 : 0) == sense); return true }
  }
  return change(&e, &s, t)
}

// The cursor's address never leaves the inlined code, so that it stays in registers.
@inline(__always)
func change<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef) -> Bool {
  if E.oneInstruction { return false }
  guard let f = resume(t) else { return false }
  s = Cursor(f)
  return true
}
@inline(__always)
func pause<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef) -> Bool {
  if E.oneInstruction { return true }
  s.save(t)
  safepoint(t)
  return change(&e, &s, t)
}

/// Something waits: a collection, a signal, finalisers, a watchdog.
@inline(never)
public func safepoint(_ t: ThreadRef) {
  weft_request_clear(t, Request.trace)
  if t.pointee.request & Request.dropped != 0 { collectDropped(t) }
  if t.pointee.request & Request.collect != 0 {
    collect(t)
    if memoryIsShort {
      memoryIsShort = false
      if t.pointee.exception.isEmpty { t.raise(.MemoryError) }
    }
  }
  if CollectorHook.pending.count > 0 || t.pointee.request & ~Request.collect != 0 { SafepointHook.run?(t) }
  if weft_vm.gcStress != 0 { weft_request_set(t, Request.collect) }
}
public enum SafepointHook {
  /// Runs finalisers, signal handlers and switches; may push frames or set an exception.
  nonisolated(unsafe) public static var run: ((ThreadRef) -> Void)?
}

/// Truth of a bool, None, a fixnum or a flonum: 1 or 0; -1 for others.
@inline(__always)
func truthOfConstant(_ v: Value) -> Int {
  if v == .true { return 1 }
  if v == .false || v.isNone { return 0 }
  if v.isFixnum { return v.fixnum != 0 ? 1 : 0 }
  return -1
}

// MARK: entering from Swift

/// A frame without code to run, below the first frame of a run loop.
func pushBase(_ t: ThreadRef) -> FrameRef {
  let code = baseCode(t).code
  let f = allocateFrame(t, sizeClass: code.pointee.sizeClass, registers: Int(code.pointee.registerCount))
  f.pointee.header = ObjectHeader(shape: BuiltinType.frame.shape, gc: GCBit.old | weft_vm.markColour, flags: FrameFlag.base, reserve: code.pointee.sizeClass)
  f.pointee.back = t.pointee.frame
  f.pointee.code = Value(UnsafeMutableRawPointer(code))
  f.pointee.pc = code.start + 1
  f.pointee.function = .empty
  f.pointee.state = Deliver.exit
  f.pointee.depth = t.pointee.frame?.pointee.depth ?? 0
  f.pointee.handled = .empty
  f.pointee.extra = .empty
  for i in 0..<Int(code.pointee.registerCount) { f.registers[i] = .empty }
  t.pointee.frame = f
  return f
}
private func baseCode(_ t: ThreadRef) -> Value {
  let at = RootRegion.misc + 2
  if weft_roots()[at].isEmpty {
    let u = CodeUnit()
    u.name = "<base>"; u.qualifiedName = "<base>"; u.filename = "<weft>"
    u.flags = [.hidden]
    u.instructions = [UInt32(Opcode.nop.rawValue), UInt32(Opcode.nop.rawValue)]
    weft_roots()[at] = makeCode(t, u)
  }
  return weft_roots()[at]
}

/// Calls `f` from Swift with a run loop of its own; empty with an exception set. Code that this runs cannot switch away
/// across this call.
public func callFromHost(_ t: ThreadRef, _ f: Value, _ args: [Value], kwNames: Value = .empty) -> Value {
  let base = pushBase(t)
  t.pointee.pending = Deliver.exit
  let w = t.pointee.window!
  for i in 0..<args.count { w[i] = args[i] }
  t.pointee.window = w + args.count
  var r = call(t, f, w, args.count, kwNames)
  t.pointee.window = w
  if r.isEmpty && t.pointee.exception.isEmpty { r = run(t) }
  t.pointee.frame = base.pointee.back
  freeFrame(t, base)
  return r
}
