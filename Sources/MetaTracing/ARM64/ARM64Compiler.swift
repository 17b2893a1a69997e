// Compiles traces to AArch64, for Linux and macOS (AAPCS64; x18 is the platform's and not used).
//
// x19 holds the thread, x20 the array of values. x14 to x17 and d30, d31 are scratch (x14 the assembler's). The machine frame:
//
//     sp + 0 x29, x30    + 16 x19 ... x28    + 96 d8 ... d15    + 160 entry frame

extension ARM64Assembler: Machine {
  static let allocatable: [X] = [.x21, .x22, .x23, .x24, .x25, .x26, .x27, .x28, .x4, .x5, .x6, .x7, .x8, .x9, .x10, .x11, .x12, .x13]
  static let callerSaved: [X] = [.x4, .x5, .x6, .x7, .x8, .x9, .x10, .x11, .x12, .x13]
  static let doubles: [UInt8] = Array(8..<16) + Array(0..<8) + Array(16..<30)
  static let callerSavedDoubles: [UInt8] = Array(0..<8) + Array(16..<30)
  static let scratch = X.x16, thread = X.x19, values = X.x20, result = X.x0
  static let scratchDouble: UInt8 = 31
  static let arguments: [X] = [.x0, .x1, .x2, .x3]
  private static let frameSize: Int64 = 176
  private static let saved: [(X, X, Int32)] = [(.x29, .x30, 0), (.x19, .x20, 16), (.x21, .x22, 32), (.x23, .x24, 48), (.x25, .x26, 64), (.x27, .x28, 80)]
  private static let savedDoubles: [(UInt8, UInt8, Int32)] = [(8, 9, 96), (10, 11, 112), (12, 13, 128), (14, 15, 144)]
  private static let entryFrame: Int32 = 160

  mutating func enter() {
    sum(.sub, .sp, .sp, immediate: ARM64Assembler.frameSize)
    for (x, y, at) in ARM64Assembler.saved { storePair(.sp, at, x, y) }
    sum(.add, .x29, .sp, immediate: 0)
    for (x, y, at) in ARM64Assembler.savedDoubles { storeDoublePair(.sp, at, x, y) }
    store(.sp, ARM64Assembler.entryFrame, .x1)
    move(.x19, .x0)
    move(.x20, .x2)
  }
  mutating func leave() {
    for (x, y, at) in ARM64Assembler.savedDoubles { loadDoublePair(x, y, .sp, at) }
    for (x, y, at) in ARM64Assembler.saved { loadPair(x, y, .sp, at) }
    sum(.add, .sp, .sp, immediate: ARM64Assembler.frameSize)
    ret()
  }
  mutating func loadEntryFrame(_ d: X) { load(d, .sp, ARM64Assembler.entryFrame) }
  mutating func storeEntryFrame(_ s: X) { store(.sp, ARM64Assembler.entryFrame, s) }
  mutating func call(_ f: HostFunction) {
    move(.x16, immediate: UInt64(UInt(bitPattern: unsafeBitCast(f, to: UnsafeRawPointer.self))))
    call(.x16)
  }
  mutating func increment(at p: UInt) { change(p, by: 1) }
  mutating func decrement(at p: UInt, jumpIfZero l: Label) {
    change(p, by: -1)
    jumpIfZero(.x17, l)
  }
  private mutating func change(_ p: UInt, by n: Int64) {
    move(.x16, immediate: UInt64(p))
    load(.x17, .x16, 0)
    sum(.add, .x17, .x17, immediate: n)
    store(.x16, 0, .x17)
  }
  /// The word 2 n + 1 of an integer.
  mutating func tag(_ d: X, _ s: X) {
    shiftLeft(d, s, 1)
    logic(.or, d, d, immediate: 1)
  }
  static func emit(_ c: inout Compilation<ARM64Assembler>, _ k: Int, _ i: IRInstruction) { c.emit(k, i) }
  static func allocate(_ c: inout Compilation<ARM64Assembler>, _ k: Int, _ i: IRInstruction) -> Bool {
    guard let o = c.newObject(k, i) else { return false }
    let d = c.takeGPR(for: Ref(k)), slow = c.a.label(), done = c.a.label()
    c.a.load(d, thread, Int32(c.host.bumpOffset))
    c.a.sum(.add, .x16, d, immediate: Int64(o.size))
    c.a.load(.x17, thread, Int32(c.host.limitOffset))
    c.a.compare(.x17, .x16)
    c.a.jump(.lo, slow)
    c.a.store(thread, Int32(c.host.bumpOffset), .x16)
    c.a.move(.x16, immediate: o.header)
    c.a.store(d, 0, .x16)
    for (n, w) in o.words.enumerated() where !o.written.contains(Int64(8 + 8 * n)) {
      c.a.move(.x16, immediate: w)
      c.a.store(d, Int32(8 + 8 * n), .x16)
    }
    c.a.bind(done)
    c.allocateOutOfLine(slow, k, i, d, done: done)
    return true
  }
}

extension Compilation where M == ARM64Assembler {
  fileprivate mutating func emit(_ k: Int, _ i: IRInstruction) {
    let offset = Int32(truncatingIfNeeded: i.immediate)
    switch i.operation {
    case .load:
      let b = word(i.a, .x16), d = takeGPR(for: Ref(k))
      a.load(d, b, offset)
    case .store:
      let b = word(i.a, .x16)
      a.store(b, offset, value(i.b, .x17))
    case .storeShape:
      let b = word(i.a, .x16)
      a.move(.x17, immediate: UInt64(UInt32(truncatingIfNeeded: i.immediate)))
      a.store32(b, 0, .x17)
    case .loadItem:
      let (b, at) = item(i, offset), d = takeGPR(for: Ref(k))
      a.load(d, b, at)
    case .storeItem:
      let s = value(i.c, .x17), (b, at) = item(i, offset)
      a.store(b, at, s)
    case .writeBarrier:
      let o = word(i.a, .x16), slow = a.label(), done = a.label()
      a.load8(.x17, o, Int32(host.barrierByte))
      a.logic(.and, .x17, .x17, immediate: UInt64(host.barrierMask))
      a.compare(.x17, immediate: Int64(host.barrierValue))
      a.jump(.eq, slow)
      a.bind(done)
      callOutOfLine(slow, host.writeBarrier, argument: o) { $0.a.jump(done) }

    // Tagged integers.
    case .addTagged:
      let (x, y) = small(i.a) != nil ? (i.b, i.a) : (i.a, i.b)
      let s = word(x, .x16)
      if let v = small(y) {
        let d = takeGPR(for: Ref(k))
        a.sum(.adds, d, s, immediate: Int64(v) - 1)
      } else {
        let q = word(y, .x17), d = takeGPR(for: Ref(k))
        a.sum(.sub, .x15, q, immediate: 1)
        a.sum(.adds, d, s, .x15)
      }
      a.jump(.vs, exit(k))
    case .subTagged:
      let s = word(i.a, .x16)
      if let v = small(i.b) {
        let d = takeGPR(for: Ref(k))
        a.sum(.subs, d, s, immediate: Int64(v) - 1)
      } else {
        let q = word(i.b, .x17), d = takeGPR(for: Ref(k))
        a.sum(.sub, .x15, q, immediate: 1)
        a.sum(.subs, d, s, .x15)
      }
      a.jump(.vs, exit(k))
    case .mulTagged:
      let s = word(i.a, .x16), q = word(i.b, .x17), d = takeGPR(for: Ref(k))
      a.sum(.sub, .x15, q, immediate: 1)
      a.shiftRightSigned(.x16, s, 1)
      a.multiplyHigh(.x17, .x16, .x15)
      a.multiply(d, .x16, .x15)
      a.sum(.subs, .zero, .x17, d, asr: 63)
      a.jump(.ne, exit(k))
      a.logic(.or, d, d, immediate: 1)
    case .shiftLeftTagged:
      let s = word(i.a, .x16)
      copy(i.b, to: .x17)
      let d = takeGPR(for: Ref(k))
      a.shiftRightSigned(.x17, .x17, 1)
      a.logic(.and, .x16, s, immediate: ~1)
      a.shiftLeft(d, .x16, by: .x17)
      a.shiftRightSigned(.x15, d, by: .x17)
      a.compare(.x15, .x16)
      a.jump(.ne, exit(k))
      a.logic(.or, d, d, immediate: 1)
    case .shiftRightTagged:
      let s = word(i.a, .x16)
      copy(i.b, to: .x17)
      let d = takeGPR(for: Ref(k))
      a.shiftRightSigned(.x17, .x17, 1)
      a.shiftRightSigned(d, s, by: .x17)
      a.logic(.or, d, d, immediate: 1)
    case .floorDivTagged, .modTagged: divide(k, i)
    case .andTagged: binary(k, i, .and)
    case .orTagged: binary(k, i, .or)
    case .xorTagged:
      binary(k, i, .xor)
      if case .gpr(let d) = place[k] { a.logic(.or, d, d, immediate: 1) }
    case .advance:
      let s = word(i.a, .x16), d = takeGPR(for: Ref(k))
      a.sum(.add, d, s, immediate: i.immediate)
    case .tag:
      let s = word(i.a, .x16), d = takeGPR(for: Ref(k))
      a.tag(d, s)

    // Doubles.
    case .decode: decode(k, i)
    case .intToDouble:
      a.shiftRightSigned(.x16, word(i.a, .x16), 1)
      a.convert(takeFPR(for: Ref(k)), .x16)
    case .addDouble: arithmetic(k, i, .add)
    case .subDouble: arithmetic(k, i, .sub)
    case .mulDouble: arithmetic(k, i, .mul)
    case .divDouble: arithmetic(k, i, .div)
    case .negDouble:
      let s = double(i.a, 31)
      a.negate(takeFPR(for: Ref(k)), s)
    case .box: box(k, i)

    // Guards.
    case .guardTagged:
      a.test(word(i.a, .x16), 1)
      leave(k, unless: .ne)
    case .guardImmediate:
      a.logic(.and, .x16, word(i.a, .x16), immediate: 3)
      a.compare(.x16, immediate: 2)
      leave(k, unless: .eq)
    case .guardBoxable:
      let s = double(i.a, 31), ok = a.label(), l = exit(k)
      a.bits(.x16, s)
      branchUnlessBoxable(to: l, zero: ok)
      a.bind(ok)
    case .guardShape:
      let s = word(i.a, .x16), l = exit(k), ok = a.label()
      let other = i.expect ? l : ok
      a.test(s, 3)
      a.jump(.ne, other)
      a.jumpIfZero(s, other)
      a.load32(.x17, s, 0)
      a.move(.x15, immediate: UInt64(UInt32(bitPattern: offset)))
      a.compare32(.x17, .x15)
      a.jump(i.expect ? .ne : .eq, l)
      a.bind(ok)
    case .guardSame: compare(i); leave(k, unless: .eq)
    case .guardLess: compare(i); leave(k, unless: .lt)
    case .guardLessEqual: compare(i); leave(k, unless: .le)
    case .guardBelow: compare(i); leave(k, unless: .lo)
    // After a comparison with a NaN, C and V are set.
    case .guardDoubleLess: compareDouble(i); leave(k, unless: .mi)
    case .guardDoubleLessEqual: compareDouble(i); leave(k, unless: .ls)
    case .guardDoubleEqual: compareDouble(i); leave(k, unless: .eq)
    case .guardClear32:
      a.load32(.x16, i.a == .none ? .x19 : word(i.a, .x16), offset)
      a.jumpUnlessZero(.x16, exit(k))

    case .inherited, .inheritedDouble, .entryFrame, .call, .allocate, .step, .loop, .phi, .phiDouble, .jump, .link, .enterLoop, .goTo: break  // the same everywhere
    }
  }

  /// Leaves the trace at `k` unless the condition is what the guard expects.
  private mutating func leave(_ k: Int, unless c: ARM64Condition) {
    let l = exit(k)
    a.jump(trace.instructions[k].expect ? c.inverted : c, l)
  }
  /// A word to be stored: zero has a register.
  private mutating func value(_ r: Ref, _ scratch: GPR) -> GPR { r.isConstant && constant(r) == 0 ? .zero : word(r, scratch) }
  /// Base and offset of an item; x15 and x16 are lost.
  private mutating func item(_ i: IRInstruction, _ offset: Int32) -> (GPR, Int32) {
    let b = word(i.a, .x16)
    if i.b.isConstant { return (b, offset + Int32(truncatingIfNeeded: (Int64(bitPattern: constant(i.b)) >> 1) * 8)) }
    // A tagged index is 2 n + 1: times 4 it is 8 n + 4.
    a.addTimes4(.x15, b, word(i.b, .x15))
    return (.x15, offset - 4)
  }
  private mutating func compare(_ i: IRInstruction) {
    let x = word(i.a, .x16)
    if let v = small(i.b) { a.compare(x, immediate: Int64(v)) } else { a.compare(x, word(i.b, .x17)) }
  }
  private mutating func compareDouble(_ i: IRInstruction) {
    let x = double(i.a, 30), y = double(i.b, 31)
    a.compareDouble(x, y)
  }
  private mutating func binary(_ k: Int, _ i: IRInstruction, _ op: ARM64Assembler.Logic) {
    let x = word(i.a, .x16)
    if i.b.isConstant {
      let d = takeGPR(for: Ref(k))
      a.logic(op, d, x, immediate: constant(i.b))
    } else {
      let y = word(i.b, .x17), d = takeGPR(for: Ref(k))
      a.logic(op, d, x, y)
    }
  }
  private mutating func arithmetic(_ k: Int, _ i: IRInstruction, _ op: ARM64Assembler.Float) {
    let x = double(i.a, 30), y = double(i.b, 31)
    a.float(op, takeFPR(for: Ref(k)), x, y)
  }
  /// Python's division by a positive divisor.
  private mutating func divide(_ k: Int, _ i: IRInstruction) {
    let mod = i.operation == .modTagged
    if i.b.isConstant, case let m = Int64(bitPattern: constant(i.b)) >> 1, m > 0, m & (m - 1) == 0, m < 1 << 30 {
      let s = word(i.a, .x16), d = takeGPR(for: Ref(k))
      if mod { a.logic(.and, d, s, immediate: UInt64(m - 1) << 1 | 1) } else {
        a.shiftRightSigned(d, s, UInt32(m.trailingZeroBitCount))
        a.logic(.or, d, d, immediate: 1)
      }
      return
    }
    let x = word(i.a, .x16), y = word(i.b, .x17), d = takeGPR(for: Ref(k))
    a.shiftRightSigned(.x16, x, 1)
    a.shiftRightSigned(.x17, y, 1)
    a.divide(.x15, .x16, .x17)
    a.multiplySubtract(.x16, .x16, .x15, .x17)
    if mod {
      a.logic(.and, .x17, .x17, .x16, asr: 63)
      a.sum(.add, .x16, .x16, .x17)
      a.tag(d, .x16)
    } else {
      a.sum(.add, .x15, .x15, .x16, asr: 63)
      a.tag(d, .x15)
    }
  }
  /// The bits of a double in x16: jumps to `zero` for 0.0, to `other` where there is no immediate form; x17 is lost.
  private mutating func branchUnlessBoxable(to other: Label, zero: Label) {
    a.jumpIfZero(.x16, zero)
    a.shiftRight(.x17, .x16, 60)
    a.logic(.and, .x17, .x17, immediate: 7)
    a.sum(.sub, .x17, .x17, immediate: 3)
    a.compare(.x17, immediate: 1)
    a.jump(.hi, other)
    a.move(.x17, immediate: 0x3000_0000_0000_0000)
    a.compare(.x16, .x17)
    a.jump(.eq, other)
  }
  private mutating func decode(_ k: Int, _ i: IRInstruction) {
    let s = word(i.a, .x16), d = takeFPR(for: Ref(k)), zero = a.label(), done = a.label()
    a.move(.x17, immediate: 0x8000_0000_0000_0002)
    a.compare(s, .x17)
    a.jump(.eq, zero)
    a.shiftRight(.x17, s, 63)
    a.move(.x15, immediate: 2)
    a.sum(.sub, .x15, .x15, .x17)
    a.logic(.and, .x16, s, immediate: ~3)
    a.logic(.or, .x16, .x16, .x15)
    a.rotateRight(.x16, .x16, 3)
    a.fromBits(d, .x16)
    a.jump(done)
    a.bind(zero)
    a.fromBits(d, .zero)
    a.bind(done)
  }
  private mutating func box(_ k: Int, _ i: IRInstruction) {
    let s = double(i.a, 31), slow = a.label(), zero = a.label(), done = a.label(), d = takeGPR(for: Ref(k))
    a.bits(.x16, s)
    branchUnlessBoxable(to: slow, zero: zero)
    a.rotateRight(.x16, .x16, 61)
    a.logic(.and, .x16, .x16, immediate: ~3)
    a.logic(.or, d, .x16, immediate: 2)
    a.bind(done)
    callOutOfLine(slow, host.boxDouble, argument: .x16, except: Ref(k)) { c in
      c.a.move(d, .x0)
      c.a.jump(done)
      c.a.bind(zero)
      c.a.move(d, immediate: 0x8000_0000_0000_0002)
      c.a.jump(done)
    }
  }
}
