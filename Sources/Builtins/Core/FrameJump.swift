// Assigning `f_lineno`: where a traced frame goes on (pdb's `jump`).
//
// What CPython keeps on its stack while a block runs is here a live temporary: a loop's iterator, a context manager's
// `__exit__`, the exception handled before. A place can be jumped to when every temporary that is live there is live, and
// of the same kind, where the frame stands; those that are not needed there are dropped.

import Bytecode
import Heap
import Objects

private enum Kind { case object, iterator, handled }

/// Jumps of one code object.
private struct JumpPlan {
  let code: CodeObject
  let owner: Value
  let liveness: Liveness
  var instructions: [(at: Int, i: Instruction)] = []

  init(_ owner: Value) {
    self.owner = owner
    code = owner.code.pointee
    liveness = livenessOf(code)
    let words = code.words
    var at = 0
    while at < words.count, let i = Instruction.decode(words, at: at, live: true) {
      instructions.append((at, i))
      at += i.length
    }
  }

  /// The words at which a line begins; what has no line of its own belongs to the one before.
  func starts() -> [(at: Int, line: Int)] {
    var out: [(at: Int, line: Int)] = []
    var before = -1
    for (at, _) in instructions {
      guard let p = position(owner, at: at), p.line > 0 else { continue }
      if Int(p.line) != before { out.append((at, Int(p.line))) }
      before = Int(p.line)
    }
    return out
  }

  /// Whether there is but the `return None` at a function's end, which has the line of what comes before it.
  func returnsByItself(_ at: Int) -> Bool {
    guard let k = instructions.firstIndex(where: { $0.at == at }), k + 1 < instructions.count else { return false }
    return instructions[k].i.opcode == .loadK && instructions[k + 1].i.opcode == .ret
  }

  /// Live temporaries at a word, the outermost first.
  func live(_ at: Int) -> [Int] {
    (liveness.variables..<max(liveness.variables, Int(code.registerCount))).filter { $0 >= Int(code.variableCount) && liveness.isLiveIn($0, at: at) }
  }

  /// What a register that is live at a word holds: the nearest definition before it says.
  func kind(_ r: Int, at: Int) -> Kind {
    var k = instructions.count - 1
    while k >= 0 && instructions[k].at >= at { k -= 1 }
    while k >= 0 {
      let i = instructions[k].i
      var defines = false
      forEachDefinition(i) { if $0 == r { defines = true } }
      if defines {
        switch i.opcode {
        case .getIter: return .iterator
        case .enterExcept: return i.a == r ? .handled : .object
        case .intrinsic: return Intrinsic.allCases[i.c] == .getAiter ? .iterator : .object
        default: return .object
        }
      }
      k -= 1
    }
    return .object
  }
}

/// `frame.f_lineno = value`.
func setFrameLine(_ t: ThreadRef, _ f: FrameRef, _ value: Value) -> Value {
  guard value.isObject ? value.isExact(.int) : value.isFixnum else { return t.valueError("lineno must be an integer") }
  guard value.isFixnum, let wanted = Int32(exactly: value.fixnum) else { return t.valueError("lineno out of range") }
  let known = frameTrace(f)
  if let s = known, s.resumeAt >= 0, s.callIsDue { return t.valueError("can't jump from the 'call' trace event of a new frame") }
  guard let s = known, s.resumeAt >= 0, !s.function.isEmpty else { return t.valueError("f_lineno can only be set by a trace function") }
  let plan = JumpPlan(f.pointee.code), code = plan.code
  let leaves = s.delivered & TraceEvent.leave != 0
  let waits = leaves && s.exception.isEmpty && plan.instructions.contains { $0.at == s.resumeAt && $0.i.opcode == .yield }
  if !s.exception.isEmpty || s.profiling || leaves && !waits || s.delivered & TraceEvent.opcode != 0 {
    return t.valueError("can only jump from a 'line' trace event")
  }
  if wanted < code.firstLine { return t.valueError("line \(wanted) comes before the current code block") }
  let starts = plan.starts()
  guard let line = starts.map({ $0.line }).filter({ $0 >= Int(wanted) }).min() else {
    return t.valueError("line \(wanted) comes after the current code block")
  }
  let here = plan.live(s.resumeAt), kinds = here.map { plan.kind($0, at: s.resumeAt) }
  var best = -1, deepest: [Int] = [], refusal = ""
  let onLine = starts.filter { $0.line == line }, written = onLine.filter { !plan.returnsByItself($0.at) }
  for start in written.isEmpty ? onLine : written {
    let there = plan.live(start.at)
    // The innermost of what is missing says why not.
    let missing = there.last { r in
      guard let k = here.firstIndex(of: r) else { return true }
      return plan.kind(r, at: start.at) != kinds[k]
    }
    if let r = missing {
      switch plan.kind(r, at: start.at) {
      case .iterator: refusal = "can't jump into the body of a for loop"
      case .handled: refusal = "can't jump into an 'except' block as there's no exception"
      case .object: refusal = "incompatible stacks"
      }
    } else if best < 0 || there.count > deepest.count {
      best = start.at
      deepest = there
    }
  }
  if best < 0 { return t.valueError(refusal) }
  if waits {
    s.jump = best
    return .none
  }
  // The outermost `except` that is left knows what was handled before it.
  if let r = zip(here, kinds).first(where: { $0.1 == .handled && !deepest.contains($0.0) })?.0 { f.pointee.handled = f.registers[r] }
  for r in here where !deepest.contains(r) { f.registers[r] = .empty }
  s.resumeAt = best
  // The frame stands behind the instruction that is reported.
  f.pointee.pc = f.pointee.code.code.start + best + 1
  return .none
}
