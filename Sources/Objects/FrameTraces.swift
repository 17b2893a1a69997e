// What `sys.settrace` and `sys.setprofile` keep for each frame.

import Bytecode
import Heap

/// Events of an instruction, as bits.
public enum TraceEvent {
  public static let call: UInt8 = 1, profileCall: UInt8 = 2, line: UInt8 = 4, opcode: UInt8 = 8, leave: UInt8 = 16, profileLeave: UInt8 = 32, native: UInt8 = 64
}

/// Of a frame that is traced, profiled, or has a local trace function.
public final class FrameTrace {
  /// `f_trace`, or empty.
  public var function = Value.empty
  public var lines = true, opcodes = false
  /// The last instruction that was executed, in words from the start of the code; -1 before the first.
  public var last = -1
  /// Events of the next instruction that were reported already.
  public var delivered: UInt8 = 0
  /// The frame starts, or a generator goes on: "call" is due.
  public var callIsDue = false
  /// While a trace function runs for this frame: the instruction to go on with, and the exception being raised.
  public var resumeAt = -1
  public var exception = Value.empty
  public var profiling = false
  /// The dict that `f_locals` gives as long as the frame is traced, or empty, and whether it was given since the trace function began.
  public var locals = Value.empty, localsGiven = false
  /// Where the frame goes on when it waits in a `yield` from which the trace function has jumped; or -1.
  public var jump = -1
  /// Its "exception" event was reported.
  public var raised = false
  /// The builtin that a profiled call instruction is about to call, and has called.
  public var called = Value.empty, callee = Value.empty
  init() {}
}

nonisolated(unsafe) private var states: [FrameRef: FrameTrace] = [:]
nonisolated(unsafe) private var registered = false

/// The state of a frame, if it has one.
public func frameTrace(_ f: FrameRef) -> FrameTrace? { f.pointee.header.flags & FrameFlag.traced != 0 ? states[f] : nil }

/// The state of a frame, made when there is none.
public func makeFrameTrace(_ f: FrameRef) -> FrameTrace {
  if let s = frameTrace(f) { return s }
  if !registered {
    registered = true
    CollectorHook.roots.append { visit in
      for s in states.values { visit(&s.function); visit(&s.exception); visit(&s.called); visit(&s.callee); visit(&s.locals) }
    }
    // Frames that died without leaving: their memory may be another frame's.
    CollectorHook.afterMarking.append { states = states.filter { !isDead(Value($0.key)) && $0.key.pointee.header.flags & FrameFlag.traced != 0 } }
  }
  let s = FrameTrace()
  f.pointee.header.flags |= FrameFlag.traced
  states[f] = s
  return s
}
public func dropFrameTrace(_ f: FrameRef) {
  if f.pointee.header.flags & FrameFlag.traced == 0 { return }
  f.pointee.header.flags &= ~FrameFlag.traced
  states[f] = nil
}

/// Whether a trace or profile function is set.
@inline(__always) public func isTraced(_ t: ThreadRef) -> Bool { t.pointee.trace.bits | t.pointee.profile.bits != 0 }

/// A trace function has returned: what it changed in `f_locals` are the variables' values now.
public func takeLocals(_ t: ThreadRef, _ f: FrameRef, _ s: FrameTrace) {
  if !s.localsGiven || s.locals.isEmpty { return }
  s.localsGiven = false
  let c = f.pointee.code.code.pointee
  for i in 0..<Int(c.variableCount) {
    let kind = Variable.Kind(rawValue: c.variableKinds![i])
    if kind == .hidden { continue }
    let v = getString(s.locals, c.variableNames.items[i]), before = f.registers[i]
    if kind == .cell || kind == .free {
      if before.isExact(.cell), before.field(0) != v { setField(before, 0, v) }
    } else if before != v {
      f.registers[i] = v
    }
  }
}
