// The run loop under `sys.settrace` and `sys.setprofile`: one instruction at a time, events in between.
//
// A trace function is called like any other: a frame of app-level `trace_event` goes over the traced one, whose pc stands
// behind the instruction meanwhile, so that `f_lineno` and tracebacks name it. No traces run, and nothing is recorded.

import Bytecode
import Heap
import Objects

/// The fast loop has stopped because tracing was switched on.
nonisolated(unsafe) var stoppedForTracing = false

/// Runs until the run loop is to return (its result), or tracing has ended (nil).
@inline(never)
func tracedLoop(_ t: ThreadRef) -> Value? {
  while true {
    if t.pointee.request != 0 { safepoint(t) }
    if !t.pointee.exception.isEmpty {
      if !raiseTraced(t) { return exitResult(t) }
      continue
    }
    guard let f = t.pointee.frame, f.pointee.header.flags & FrameFlag.base == 0 else { return exitResult(t) }
    f.pointee.header.flags &= ~FrameFlag.scanned
    if let s = frameTrace(f), s.resumeAt >= 0 {
      // The trace function has returned.
      t.pointee.tracing = 0
      f.pointee.pc = f.pointee.code.code.start + s.resumeAt
      s.resumeAt = -1
      takeLocals(t, f, s)
      if !s.exception.isEmpty {
        t.pointee.exception = s.exception
        t.pointee.reraising = 1
        s.exception = .empty
        continue
      }
    }
    if t.pointee.tracing == 0 {
      if !isTraced(t) { return nil }
      if f.pointee.code.code.pointee.flags & CodeFlags.hidden.rawValue == 0 {
        if reportNext(t, f) { continue }
        let s = makeFrameTrace(f)
        s.callee = s.called
        s.called = .empty
        let op = opcodeAt(f.pointee.pc)
        if !isArtificialJump(f), op != .newCell, op != .getClosure { s.last = f.nextWord }
        s.delivered = 0
        s.raised = false
        if op == .ret {
          dropFrameTrace(f)
          if reportEnd(t, f) { continue }
        } else if op == .yield {
          s.callIsDue = true
          if s.jump >= 0 {
            executeOne(t, f)
            f.pointee.pc = f.pointee.code.code.start + s.jump
            s.jump = -1
            continue
          }
        }
      }
    }
    executeOne(t, f)
  }
}

private func opcodeAt(_ pc: UnsafePointer<UInt32>) -> Opcode {
  var w = pc.pointee
  if w & 0xff == UInt32(Opcode.wide.rawValue) { w = (pc + 1).pointee }
  return unsafeBitCast(UInt8(truncatingIfNeeded: w), to: Opcode.self)
}

/// Whether the next instruction is the jump back to a loop's head that no statement stands for.
private func isArtificialJump(_ f: FrameRef) -> Bool {
  let w = Patches.original(f.pointee.pc.pointee)
  guard w & 0xff == UInt32(Opcode.loop.rawValue) else { return false }
  let at = f.nextWord
  return position(f.pointee.code, at: at)?.line == position(f.pointee.code, at: at + 1 + Int(Int32(bitPattern: w) >> 8))?.line
}

/// One instruction of `f`; afterwards the thread says what is next.
private func executeOne(_ t: ThreadRef, _ f: FrameRef) {
  var s = Cursor(f)
  let i = s.pc.pointee
  s.pc += 1
  // A loop's trace would report nothing: the jump it stands for is taken.
  if i & 0xff == UInt32(Opcode.enterTrace.rawValue) { f.pointee.pc = headOfTrace(Int(i >> 8)); return }
  var e = StepEngine(t)
  if execute(&e, &s, t, unsafeBitCast(UInt8(truncatingIfNeeded: i), to: Opcode.self), Int(i >> 8 & 0xff), Int(i >> 16 & 0xff), Int(i >> 24),
             Int(i >> 16), Int(Int32(bitPattern: i) >> 8)) {
    s.save(t)
  }
}

/// Has the next event that is due before `f`'s next instruction reported; false when there is none.
private func reportNext(_ t: ThreadRef, _ f: FrameRef) -> Bool {
  let start = f.pointee.code.code.start, at = f.pointee.pc - start
  let known = frameTrace(f)
  if known == nil && t.pointee.profile.isEmpty && at > 0 { return false }
  let s = known ?? makeFrameTrace(f)
  if known == nil { if at == 0 { s.callIsDue = true } else { s.last = at } }
  func due(_ e: UInt8) -> Bool {
    if s.delivered & e != 0 { return false }
    s.delivered |= e
    return true
  }
  let traces = !t.pointee.trace.isEmpty, profiles = !t.pointee.profile.isEmpty
  if s.callIsDue {
    if traces && due(TraceEvent.call) { return report(t, f, s, "call", .none, t.pointee.trace) }
    if profiles && due(TraceEvent.profileCall) { return report(t, f, s, "call", .none, t.pointee.profile, profiling: true) }
    s.callIsDue = false
  }
  if !s.callee.isEmpty {
    let callee = s.callee
    s.callee = .empty
    if profiles { return report(t, f, s, "c_return", callee, t.pointee.profile, profiling: true) }
  }
  let op = opcodeAt(f.pointee.pc)
  if traces && !s.function.isEmpty {
    // What makes a function's cells belongs to the call.
    if s.lines && s.delivered & TraceEvent.line == 0, op != .newCell, op != .getClosure, !isArtificialJump(f), let line = position(f.pointee.code, at: at)?.line, line > 0 {
      let before = s.last >= 0 ? position(f.pointee.code, at: s.last)?.line ?? -1 : -1
      if (line != before || at < s.last && op != .send) && due(TraceEvent.line) { return report(t, f, s, "line", .none, s.function) }
    }
    if s.opcodes && due(TraceEvent.opcode) { return report(t, f, s, "opcode", .none, s.function) }
  }
  if op == .ret || op == .yield {
    let words = UnsafeBufferPointer(start: start, count: f.pointee.code.code.pointee.instructionCount)
    guard let i = Instruction.decode(words, at: at, live: true) else { return false }
    let v = f.registers[op == .ret ? i.a : i.b]
    if traces && !s.function.isEmpty && due(TraceEvent.leave) { return report(t, f, s, "return", v, s.function) }
    if profiles && due(TraceEvent.profileLeave) { return report(t, f, s, "return", v, t.pointee.profile, profiling: true) }
  }
  if profiles, op == .call || op == .callMethod || op == .callKw || op == .callMethodKw || op == .callEx, s.delivered & TraceEvent.native == 0 {
    let words = UnsafeBufferPointer(start: start, count: f.pointee.code.code.pointee.instructionCount)
    guard let i = Instruction.decode(words, at: at, live: true) else { return false }
    let callee = f.registers[i.a]
    if callee.isExact(.builtinFunction) || callee.isExact(.builtinMethod) || callee.isExact(.methodDescriptor), due(TraceEvent.native) {
      // Reported before the call now, after it when the next instruction comes.
      s.called = callee
      return report(t, f, s, "c_call", callee, t.pointee.profile, profiling: true)
    }
  }
  return false
}

/// Executes the `ret` of a generator that a traced loop, `yield from` or `await` goes through, and has the StopIteration reported
/// by which CPython ends it. False, and nothing done, where there is none: a generator without a value just ends.
private func reportEnd(_ t: ThreadRef, _ f: FrameRef) -> Bool {
  let g = f.pointee.extra, mode = f.pointee.state & 0xff
  guard f.pointee.header.flags & FrameFlag.generator != 0, !t.pointee.trace.isEmpty, mode == Deliver.forIter || mode == Deliver.send,
        g.isExact(.generator) || g.isExact(.coroutine), let back = f.pointee.back, let s = frameTrace(back), !s.function.isEmpty else { return false }
  let words = UnsafeBufferPointer(start: f.pointee.code.code.start, count: f.pointee.code.code.pointee.instructionCount)
  guard let i = Instruction.decode(words, at: f.pointee.pc - f.pointee.code.code.start, live: true) else { return false }
  let value = f.registers[i.a]
  if value.isNone && g.isExact(.generator) { return false }
  executeOne(t, f)
  guard t.pointee.frame == back, t.pointee.exception.isEmpty else { return true }
  let e = makeException(t, ExceptionType.StopIteration.object, args: value.isNone ? weft_vm.emptyTuple : makeTuple(t, [value]))
  e.fields[ExceptionField.first] = value
  return hold(t, back, s) { report(t, back, s, "exception", makeTuple(t, [e.type, e, .none]), s.function) }
}

/// Calls a trace function for `f`.
private func report(_ t: ThreadRef, _ f: FrameRef, _ s: FrameTrace, _ event: StaticString, _ argument: Value, _ function: Value, profiling: Bool = false) -> Bool {
  let start = f.pointee.code.code.start
  s.resumeAt = f.pointee.pc - start
  // A call is reported where the function starts, or its generator waits.
  if !s.callIsDue { f.pointee.pc += 1 }
  f.pointee.header.flags |= FrameFlag.escaped
  s.profiling = profiling
  s.localsGiven = false
  t.pointee.tracing = 1
  t.pointee.pending = Deliver.discard
  _ = callApp(t, named: "trace_event", Value(f), intern(t, "\(event)"), argument, function, .bool(profiling))
  // It could not even be called.
  if t.pointee.frame == f && t.pointee.exception.isEmpty { t.pointee.tracing = 0 }
  return true
}

/// Takes the pending exception to its handler, or through the frames that have none, with their events; false when the run
/// loop is to return.
private func raiseTraced(_ t: ThreadRef) -> Bool {
  while let f = t.pointee.frame {
    if f.pointee.header.flags & FrameFlag.base != 0 { return false }
    let s = frameTrace(f)
    if let s, s.resumeAt >= 0 {
      // The trace function itself has raised: it is given up.
      t.pointee.tracing = 0
      if s.profiling { t.pointee.profile = .empty } else { t.pointee.trace = .empty; s.function = .empty }
      s.resumeAt = -1
      s.exception = .empty
    }
    let isVisible = t.pointee.tracing == 0 && f.pointee.code.code.pointee.flags & CodeFlags.hidden.rawValue == 0
    if isVisible, let s, !t.pointee.trace.isEmpty, !s.function.isEmpty, !s.raised, t.pointee.reraising == 0 {
      let e = t.pointee.exception
      addTraceback(t, e, f, f.nextWord - 1)
      s.raised = true
      let tb = e.field(ExceptionField.traceback)
      return hold(t, f, s) { report(t, f, s, "exception", makeTuple(t, [e.type, e, tb.isEmpty ? .none : tb]), s.function) }
    }
    if isVisible, let s, !t.pointee.profile.isEmpty, !s.callee.isEmpty {
      let callee = s.callee
      s.callee = .empty
      return hold(t, f, s) { report(t, f, s, "c_exception", callee, t.pointee.profile, profiling: true) }
    }
    if handle(t, f) {
      s?.raised = false
      return true
    }
    if isVisible, let s {
      if !t.pointee.trace.isEmpty, !s.function.isEmpty, s.delivered & TraceEvent.leave == 0 {
        s.delivered |= TraceEvent.leave
        return hold(t, f, s) { report(t, f, s, "return", .none, s.function) }
      }
      if !t.pointee.profile.isEmpty, s.delivered & TraceEvent.profileLeave == 0 {
        s.delivered |= TraceEvent.profileLeave
        return hold(t, f, s) { report(t, f, s, "return", .none, t.pointee.profile, profiling: true) }
      }
    }
    dropFrameTrace(f)
    if leaveRaising(t, f) != nil { return true }
  }
  return false
}
/// Puts the pending exception by while a trace function runs.
private func hold(_ t: ThreadRef, _ f: FrameRef, _ s: FrameTrace, _ body: () -> Bool) -> Bool {
  s.exception = t.pointee.exception
  t.pointee.exception = .empty
  t.pointee.reraising = 0
  // The exception belongs to the instruction before the pc: there the frame stays.
  f.pointee.pc -= 1
  let r = body()
  s.resumeAt += 1
  return r
}
