// Exceptions: finding handlers, tracebacks; and delivering results that are not plain stores.

import Bytecode
import Heap
import Objects

/// Unwinds the pending exception to a handler; the frame to go on with, or nil when the run loop is to return.
@inline(never)
func unwind(_ t: ThreadRef) -> FrameRef? {
  while let f = t.pointee.frame {
    if f.pointee.header.flags & FrameFlag.base != 0 { return nil }
    if handle(t, f) { return f }
    if let b = leaveRaising(t, f) { return b }
  }
  return nil
}

/// Takes the pending exception to the handler in frame `f`, if there is one.
func handle(_ t: ThreadRef, _ f: FrameRef) -> Bool {
  let code = f.pointee.code.code
  let at = f.nextWord - 1
  let e = t.pointee.exception
  if f.pointee.header.shape == BuiltinType.frame.shape && code.pointee.flags & CodeFlags.hidden.rawValue == 0 && t.pointee.reraising == 0 {
    addTraceback(t, e, f, at)
  }
  t.pointee.reraising = 0
  if let ranges = code.pointee.exceptions?.assumingMemoryBound(to: PackedRange.self) {
    var i = 0
    let n = code.pointee.exceptionCount
    while i < n {
      if Int(ranges[i].start) <= at && at < Int(ranges[i].end) {
        f.registers[Int(ranges[i].register)] = e
        t.pointee.exception = .empty
        f.pointee.pc = code.start + Int(ranges[i].handler)
        f.pointee.header.flags &= ~FrameFlag.scanned
        return true
      }
      i += 1
    }
  }
  return false
}

/// Ends frame `f`, which has no handler for the pending exception; the frame to go on with, where the exception was the end
/// of an iteration.
func leaveRaising(_ t: ThreadRef, _ f: FrameRef) -> FrameRef? {
  let code = f.pointee.code.code, at = f.nextWord - 1, e = t.pointee.exception
  // An AttributeError out of __getattr__ knows for what it is, if it does not say itself.
  if code.pointee.name == Name.__getattr__.value, isInstance(e, .AttributeError), e.field(ExceptionField.first).isNone || e.field(ExceptionField.first).isEmpty,
     e.field(ExceptionField.first + 1).isNone || e.field(ExceptionField.first + 1).isEmpty, code.pointee.argCount == 2, f.registers[1].isStr {
    setField(e, ExceptionField.first, f.registers[1])
    setField(e, ExceptionField.first + 1, f.registers[0])
  }
  // No handler here: the frame ends. Left through a `reraise` that does not say otherwise, it was left where the exception came from.
  if at >= 0, code.start[at] & 0xff == UInt32(Opcode.reraise.rawValue), code.start[at] >> 16 & 0xff == 0, isExceptionInstance(e), case let tb = e.field(ExceptionField.traceback),
     tb.isExact(.traceback), tb.field(1) == Value(f), tb.field(2).fixnum >= 0 {
    f.pointee.pc = code.start + (tb.field(2).fixnum + 1)
  }
  let back = f.pointee.back
  let state = f.pointee.state
  if f.pointee.header.flags & FrameFlag.generator != 0 { finishGenerator(t, f, raised: true) }
  else { release(t, f, back) }
  t.pointee.frame = back
  if (state & 0xff == Deliver.forIter || state & 0xff == Deliver.send) && isInstance(t.pointee.exception, .StopIteration) {
    let b = back!
    if state & 0xff == Deliver.send { b.registers[Int(state >> 8)] = t.pointee.exception.field(ExceptionField.first) }
    t.pointee.exception = .empty
    takeJump(b, true)
    b.pointee.header.flags &= ~FrameFlag.scanned
    return b
  }
  return nil
}

/// Gives a finished frame back, unless somebody may hold it.
func release(_ t: ThreadRef, _ f: FrameRef, _ back: FrameRef?) {
  if f.pointee.header.flags & FrameFlag.escaped == 0 { freeFrame(t, f) } else { retireEscaped(f, back) }
}

/// An escaped frame has returned: its `back` may be reached through it.
@inline(never)
func retireEscaped(_ f: FrameRef, _ back: FrameRef?) {
  f.pointee.header.flags |= FrameFlag.finished
  f.pointee.handled = .empty
  // The bottom frame of a run loop is freed when the loop ends: leave it out.
  if let b = back, b.pointee.header.flags & FrameFlag.base != 0 { f.pointee.back = b.pointee.back }
  if let b = f.pointee.back { b.pointee.header.flags |= FrameFlag.escaped }
  // Who looks at it looks at its variables.
  let c = f.pointee.code.code
  var i = max(Int(c.pointee.variableCount), 1)
  let n = Int(c.pointee.registerCount)
  while i < n { f.registers[i] = .empty; i += 1 }
  suspendFrame(f)
}

/// Executes or skips the JMP word that a frame waits at.
func takeJump(_ f: FrameRef, _ taken: Bool) {
  if taken { f.pointee.pc += Int(Int32(bitPattern: f.pointee.pc.pointee) >> 8) + 1 } else { f.pointee.pc += 1 }
}

/// Puts a traceback entry for `f` in front of the exception's.
func addTraceback(_ t: ThreadRef, _ e: Value, _ f: FrameRef, _ at: Int) {
  guard isExceptionInstance(e) else { return }
  f.pointee.header.flags |= FrameFlag.escaped
  let tb = makeRecord(t, .traceback, 4)
  let next = e.field(ExceptionField.traceback)
  tb.fields[0] = next.isEmpty ? .none : next
  tb.fields[1] = Value(f)
  tb.fields[2] = .fixnum(at)
  tb.fields[3] = .fixnum(Int(position(f.pointee.code, at: at)?.line ?? f.pointee.code.code.pointee.firstLine))
  setField(e, ExceptionField.traceback, tb)
}

/// The generator that owns `f` is done.
func finishGenerator(_ t: ThreadRef, _ f: FrameRef, raised: Bool) {
  let g = f.pointee.extra
  if g.isObject && (g.isExact(.generator) || g.isExact(.coroutine) || g.isExact(.asyncGenerator)) {
    g.fields[GeneratorField.state] = .fixnum(GeneratorState.closed)
    setField(g, GeneratorField.frame, .none)
    if raised {
      let e = t.pointee.exception
      let isAsync = g.isExact(.asyncGenerator)
      if isInstance(e, .StopIteration) || isAsync && isInstance(e, .StopAsyncIteration) {
        let kind = isAsync ? "async generator" : g.isExact(.coroutine) ? "coroutine" : "generator"
        let name = isInstance(e, .StopIteration) ? "StopIteration" : "StopAsyncIteration"
        t.pointee.exception = .empty
        let r = makeException(t, ExceptionType.RuntimeError.object, args: makeTuple(t, [makeStr(t, "\(kind) raised \(name)")]))
        setField(r, ExceptionField.cause, e)
        setField(r, ExceptionField.context, e)
        setField(r, ExceptionField.suppress, .true)
        t.pointee.exception = r
      }
    }
  }
  let back = f.pointee.back
  f.pointee.header.flags &= ~FrameFlag.generator
  release(t, f, back)
}

/// A frame whose state is not a plain store has returned `v`.
@inline(never)
func deliverReturn(_ t: ThreadRef, _ f: FrameRef, _ v: Value) {
  let state = f.pointee.state
  let back = f.pointee.back
  let extra = f.pointee.extra
  if f.pointee.header.flags & FrameFlag.generator != 0 {
    let g = f.pointee.extra
    let async = g.isExact(.asyncGenerator)
    finishGenerator(t, f, raised: false)
    t.pointee.frame = back
    if let b = back { b.pointee.header.flags &= ~FrameFlag.scanned }
    switch state & 0xff {
    case Deliver.forIter: takeJump(back!, true)
    case Deliver.send:
      if async { t.raise(.StopAsyncIteration); return }
      back!.registers[Int(state >> 8)] = v
      takeJump(back!, true)
    default: if async { t.raise(.StopAsyncIteration) } else { _ = stopIteration(t, v) }
    }
    return
  }
  release(t, f, back)
  t.pointee.frame = back
  if let b = back { b.pointee.header.flags &= ~FrameFlag.scanned }
  if state & 0xff == Deliver.initialize {
    if !v.isNone { t.typeError("__init__() should return None, not '\(typeName(v))'"); return }
    back!.registers[Int(state >> 8)] = extra
    return
  }
  deliver(t, state, v)
}

/// Hands `v` to the current frame as `state` says.
@inline(never)
func deliver(_ t: ThreadRef, _ state: UInt32, _ v: Value) {
  let operand = Int(state >> 8)
  guard let f = t.pointee.frame else { weft_scratch(t)[7] = v; return }
  switch state & 0xff {
  case Deliver.store, Deliver.generator: f.registers[operand] = v
  case Deliver.discard, Deliver.setAttribute: break
  case Deliver.branch:
    let truth = truthOfConstant(v)
    if truth >= 0 { takeJump(f, truth == operand); return }
    t.pointee.pending = state
    let q = truthSlow(t, v)
    if !q.isEmpty { takeJump(f, (q == .true ? 1 : 0) == operand) }
  case Deliver.truth, Deliver.invertedTruth:
    let truth = truthOfConstant(v)
    let inverted = state & 0xff == Deliver.invertedTruth
    if truth >= 0 { f.registers[operand] = .bool((truth == 1) != inverted); return }
    t.pointee.pending = state
    let q = truthSlow(t, v)
    if !q.isEmpty { f.registers[operand] = .bool((q == .true) != inverted) }
  case Deliver.forIter, Deliver.send:
    f.registers[operand] = v
    takeJump(f, false)
  case Deliver.spread:
    // The instruction says how many it wants; app-level code from a damaged pickle may give anything.
    let code = f.pointee.code.code, at = f.nextWord - 1
    let word = at >= 0 ? code.start[at] : 0, wide = at > 0 && code.start[at - 1] & 0xff == UInt32(Opcode.wide.rawValue) ? Int(code.start[at - 1] >> 24) << 8 : 0
    let exact = word & 0xff == UInt32(Opcode.unpack.rawValue) ? Int(word >> 24) | wide : -1
    guard v.isExact(.tuple), exact < 0 || v.count == exact, (operand & 0xffff) + v.count <= Int(code.pointee.registerCount) else {
      t.raise(.SystemError, "items to unpack expected")
      return
    }
    for i in 0..<v.count { f.registers[operand + i] = v.items[i] }
  case Deliver.method:
    f.registers[operand] = v
    f.registers[operand + 1] = .empty
  case Deliver.initialize: f.registers[operand] = v
  case Deliver.exit:
    weft_scratch(t)[7] = v
  default: break
  }
}

/// The `raise` statement.
func raiseOperation(_ t: ThreadRef, _ f: FrameRef, _ kind: Int, _ exc: Value, _ cause: Value) -> Value {
  if kind == 0 {
    let h = t.handled
    if h.isEmpty || h.isNone { return t.raise(.RuntimeError, "No active exception to reraise") }
    t.pointee.exception = h
    t.pointee.reraising = f.pointee.handled == h ? 1 : 0
    return .empty
  }
  if isExceptionInstance(exc) && kind == 1 {
    t.setContext(exc)
    return t.raise(exc)
  }
  if isExceptionClass(exc) && kind == 1 && lookup(exc, Name.__init__.value).isExact(.wrapperDescriptor)
     && lookup(exc, Name.__new__.value).isExact(.builtinFunction) && exc.type == BuiltinType.type.object {
    let e = call(t, exc, t.pointee.window!, 0)
    return e.isEmpty ? .empty : t.raiseWithContext(e)
  }
  // Where app-level code raises from what it caught, that is the context as well.
  if kind == 2, f.pointee.code.code.pointee.flags & CodeFlags.hidden.rawValue != 0, isExceptionInstance(exc), isExceptionInstance(cause), exc != cause {
    setField(exc, ExceptionField.context, cause)
    setField(exc, ExceptionField.cause, cause)
    setField(exc, ExceptionField.suppress, .true)
    return t.raise(exc)
  }
  if !isExceptionInstance(exc) && !isExceptionClass(exc) { return t.typeError("exceptions must derive from BaseException") }
  t.pointee.pending = Deliver.discard
  return callApp(t, .raiseInstance, exc, kind == 2 ? cause : weft_vm.ellipsis)
}

/// Whether exception `e` matches `cls`, a class or a tuple of classes: a bool value, or empty.
func exceptionMatches(_ t: ThreadRef, _ e: Value, _ cls: Value) -> Value {
  if isType(cls) {
    if !isExceptionClass(cls) { return t.typeError("catching classes that do not inherit from BaseException is not allowed") }
    return .bool(isSubtype(e.type, cls))
  }
  if cls.isKind(.tuple) {
    for i in 0..<cls.count where !isExceptionClass(cls.items[i]) {
      return t.typeError("catching classes that do not inherit from BaseException is not allowed")
    }
    for i in 0..<cls.count where isSubtype(e.type, cls.items[i]) { return .true }
    return .false
  }
  return t.typeError("catching classes that do not inherit from BaseException is not allowed")
}
