// Which temporary registers of waiting frames still matter, so that a full collection does not keep what only a used-up
// temporary refers to.
//
// Registers of variables always count. A temporary is live at a word when some path from there reads it before writing it;
// an instruction inside an exception range may also go on at the handler.

import Bytecode
import Heap

/// Empties the dead temporaries of all frames of `t`'s running chain. To be called at a safepoint.
public func clearDeadTemporaries(_ t: ThreadRef) {
  var known: [UInt64: Liveness] = [:]
  var f = t.pointee.frame, left = 20_000
  while let frame = f, left > 0 {
    left -= 1
    f = frame.pointee.back
    if frame.pointee.header.flags & FrameFlag.base != 0 { continue }
    let code = frame.pointee.code
    if known[code.bits] == nil { known[code.bits] = Liveness(code.code.pointee) }
    guard let live = known[code.bits], live.count > 0 else { continue }
    let at = frame.pointee.pc - UnsafePointer(code.code.pointee.instructions)
    guard at >= 0, at < live.before.count else { continue }
    let mask = live.before[at]
    for i in 0..<live.count where mask >> UInt64(i) & 1 == 0 { frame.registers[live.base + i] = .empty }
  }
}

/// The live temporaries before each word of a code object.
struct Liveness {
  var base = 0, count = 0
  /// Bit i: register base + i is live. For words inside an instruction, as at its start.
  var before: [UInt64] = []

  init(_ c: CodeObject) {
    // Namespace code keeps its namespace in R0.
    base = max(Int(c.variableCount), 1)
    let n = Int(c.registerCount) - base
    guard n > 0, n <= 64 else { return }
    let words = UnsafeBufferPointer(start: UnsafePointer(c.instructions), count: c.instructionCount)
    struct Step { var at: Int; var use: UInt64; var def: UInt64; var next: Int; var other: Int; var handlers: [(word: Int, def: UInt64)] }
    var steps: [Step] = []
    var at = 0, conditional = false
    let ranges = c.exceptions?.assumingMemoryBound(to: PackedRange.self)
    while at < words.count {
      guard let i = Instruction.decode(words, at: at) else { return }
      let info = Opcode.table[Int(i.opcode.rawValue)]
      var s = Step(at: at, use: 0, def: 0, next: at + i.length, other: -1, handlers: [])
      registers(i, info, &s.use, &s.def)
      switch i.opcode {
      case .ret, .raise, .reraise: s.next = -1
      case .jmp, .loop:
        s.other = at + i.length + i.a
        if !conditional { s.next = -1 }
      default: break
      }
      conditional = info.test
      if let r = ranges {
        for k in 0..<c.exceptionCount where Int(r[k].start) < at + i.length && at < Int(r[k].end) {
          s.handlers.append((Int(r[k].handler), bit(Int(r[k].register))))
        }
      }
      steps.append(s)
      at += i.length
    }
    var live = [UInt64](repeating: 0, count: words.count + 1)
    var changed = true
    while changed {
      changed = false
      for s in steps.reversed() {
        var out: UInt64 = 0
        if s.next >= 0 { out |= live[s.next] }
        if s.other >= 0 { out |= live[s.other] }
        var m = s.use | out & ~s.def
        for h in s.handlers { m |= live[h.word] & ~h.def }
        if m != live[s.at] { live[s.at] = m; changed = true }
      }
    }
    for (k, s) in steps.enumerated() {
      let end = k + 1 < steps.count ? steps[k + 1].at : words.count
      for w in s.at..<end { live[w] = live[s.at] }
    }
    before = live
    count = n
  }

  func bit(_ r: Int) -> UInt64 { r >= base && r - base < 64 ? 1 << UInt64(r - base) : 0 }

  /// The registers that `i` reads and surely writes.
  func registers(_ i: Instruction, _ info: OpcodeInfo, _ use: inout UInt64, _ def: inout UInt64) {
    func window(_ first: Int, _ n: Int) -> UInt64 {
      var m: UInt64 = 0
      for r in first..<max(first, first + n) { m |= bit(r) }
      return m
    }
    for (role, r) in [(info.a, i.a), (info.b, i.b), (info.c, i.c)] {
      switch role {
      case .use: use |= bit(r)
      case .def: def |= bit(r)
      case .useDef: use |= bit(r); def |= bit(r)
      default: break
      }
    }
    switch i.opcode {
    case .getMethod, .getSpecial: def |= window(i.a, 2)
    case .buildSlice: use |= window(i.b, 3)
    case .unpack: def |= window(i.a, i.c)
    case .unpackEx: def |= window(i.a, i.c + 1 + Int(i.extra))
    case .buildTuple, .buildList, .buildSet, .buildString: use |= window(i.b, i.c)
    case .buildMap: use |= window(i.b, 2 * i.c)
    case .formatValue: use |= window(i.b, i.c >= 4 ? 2 : 1)
    case .call, .callKw: use |= window(i.a, 1 + i.b)
    case .callMethod, .callMethodKw: use |= window(i.a, 2 + i.b)
    case .callEx: use |= window(i.a, 2 + i.b)
    case .intrinsic: use |= window(i.b, Intrinsic.allCases[i.c].arity)
    case .makeFunction: use |= window(i.b, i.extra.nonzeroBitCount)
    case .yield: if i.c > 0 { use |= bit(i.c - 1) }
    default: break
    }
    // forIter writes only when there is an item; on the way out its register keeps what it had.
    if i.opcode == .forIter { def &= ~bit(i.a) }
  }
}
