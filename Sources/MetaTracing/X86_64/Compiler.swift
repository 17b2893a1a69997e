// Compiles traces to x86-64.
//
// r14 holds the thread, r15 the array of values. rax, rcx, rdx and xmm14, xmm15 are scratch. The entry frame lies where rsp
// points to.

extension Assembler: Machine {
  static let allocatable: [GPR] = [.rbx, .rbp, .r12, .r13, .rsi, .rdi, .r8, .r9, .r10, .r11]
  static let doubles: [XMM] = Array(0..<14)
  static let callerSaved: [GPR] = [.rsi, .rdi, .r8, .r9, .r10, .r11]
  static let callerSavedDoubles = doubles
  static let scratch = GPR.rax, thread = GPR.r14, values = GPR.r15, result = GPR.rax
  static let scratchDouble: XMM = 15
  static let arguments: [GPR] = [.rdi, .rsi, .rdx, .rcx]
  private static let calleeSaved: [GPR] = [.rbx, .rbp, .r12, .r13, .r14, .r15]

  mutating func enter() {
    for r in Assembler.calleeSaved { push(r) }
    push(.rsi)
    move(.r14, .rdi)
    move(.r15, .rdx)
  }
  mutating func leave() {
    pop(.rcx)
    for r in Assembler.calleeSaved.reversed() { pop(r) }
    ret()
  }
  mutating func loadEntryFrame(_ d: GPR) { load(d, .rsp, 0) }
  mutating func storeEntryFrame(_ s: GPR) { store(.rsp, 0, s) }
  mutating func jumpIfZero(_ r: GPR, _ l: Label) {
    test(r, r)
    jump(.e, l)
  }
  mutating func call(_ f: HostFunction) {
    move(.rax, immediate: UInt64(UInt(bitPattern: unsafeBitCast(f, to: UnsafeRawPointer.self))))
    call(.rax)
  }
  mutating func increment(at p: UInt) {
    move(.rax, immediate: UInt64(p))
    increment(.rax)
  }
  mutating func decrement(at p: UInt, jumpIfZero l: Label) {
    move(.rax, immediate: UInt64(p))
    decrement(.rax)
    jump(.e, l)
  }
  /// The displacement is relative to the end of its four bytes.
  static func patch(_ p: UnsafeMutableRawPointer, distance: Int) { p.storeBytes(of: Int32(distance - 4), as: Int32.self) }
  static func emit(_ c: inout Compilation<Assembler>, _ k: Int, _ i: IRInstruction) { c.emit(k, i) }
  static func allocate(_ c: inout Compilation<Assembler>, _ k: Int, _ i: IRInstruction) -> Bool {
    guard let o = c.newObject(k, i) else { return false }
    let d = c.takeGPR(for: Ref(k)), slow = c.a.label(), done = c.a.label()
    c.a.load(d, thread, Int32(c.host.bumpOffset))
    c.a.lea(.rax, d, o.size)
    c.a.load(.rcx, thread, Int32(c.host.limitOffset))
    c.a.alu(.cmp, .rax, .rcx)
    c.a.jump(.a, slow)
    c.a.store(thread, Int32(c.host.bumpOffset), .rax)
    c.a.move(.rcx, immediate: o.header)
    c.a.store(d, 0, .rcx)
    for (n, w) in o.words.enumerated() where !o.written.contains(Int64(8 + 8 * n)) { c.a.store(d, Int32(8 + 8 * n), immediate: Int32(w)) }
    c.a.bind(done)
    c.allocateOutOfLine(slow, k, i, d, done: done)
    return true
  }
}

extension Compilation where M == Assembler {
  fileprivate mutating func emit(_ k: Int, _ i: IRInstruction) {
    let offset = Int32(truncatingIfNeeded: i.immediate)
    switch i.operation {
    case .load:
      let b = word(i.a, .rax), d = takeGPR(for: Ref(k))
      a.load(d, b, offset)
    case .store:
      let b = word(i.a, .rax)
      if let v = small(i.b) { a.store(b, offset, immediate: v) } else { a.store(b, offset, word(i.b, .rcx)) }
    case .loadItem:
      // A tagged index is 2 n + 1: times 4 it is 8 n + 4.
      let b = word(i.a, .rax)
      if i.b.isConstant {
        let d = takeGPR(for: Ref(k))
        a.load(d, b, offset + Int32(truncatingIfNeeded: (Int64(bitPattern: constant(i.b)) >> 1) * 8))
      } else {
        let x = word(i.b, .rcx), d = takeGPR(for: Ref(k))
        a.load(d, b, offset - 4, index: x)
      }
    case .storeItem:
      let b = word(i.a, .rax)
      if i.b.isConstant { a.store(b, offset + Int32(truncatingIfNeeded: (Int64(bitPattern: constant(i.b)) >> 1) * 8), word(i.c, .rcx)) }
      else { let x = word(i.b, .rcx); a.store(b, offset - 4, word(i.c, .rdx), index: x) }
    case .storeShape: a.store32(word(i.a, .rax), 0, immediate: offset)
    case .writeBarrier:
      let o = word(i.a, .rcx)
      a.load8(.rax, o, Int32(host.barrierByte))
      a.alu32(.and, .rax, immediate: Int32(host.barrierMask))
      a.alu32(.cmp, .rax, immediate: Int32(host.barrierValue))
      let slow = a.label(), done = a.label()
      a.jump(.e, slow)
      a.bind(done)
      callOutOfLine(slow, host.writeBarrier, argument: o) { $0.a.jump(done) }

    // Tagged integers.
    case .addTagged:
      let (x, y) = small(i.a) != nil ? (i.b, i.a) : (i.a, i.b)
      let s = word(x, .rax)
      if let v = small(y), v > Int32.min {
        let d = takeGPR(for: Ref(k))
        a.move(d, s)
        a.alu(.add, d, immediate: v - 1)
      } else {
        let q = word(y, .rcx), d = takeGPR(for: Ref(k))
        a.lea(d, q, -1)
        a.alu(.add, d, s)
      }
      a.jump(.o, exit(k))
    case .subTagged:
      let s = word(i.a, .rax)
      if let v = small(i.b), v > Int32.min {
        let d = takeGPR(for: Ref(k))
        a.move(d, s)
        a.alu(.sub, d, immediate: v - 1)
        a.jump(.o, exit(k))
      } else {
        let q = word(i.b, .rcx), d = takeGPR(for: Ref(k))
        a.move(d, s)
        a.alu(.sub, d, q)
        a.jump(.o, exit(k))
        a.alu(.or, d, immediate: 1)
      }
    case .mulTagged:
      let s = word(i.a, .rax)
      if i.b.isConstant { a.move(.rdx, immediate: constant(i.b) &- 1) } else { a.lea(.rdx, word(i.b, .rcx), -1) }
      let d = takeGPR(for: Ref(k))
      a.move(d, s)
      a.shift(.sar, d, 1)
      a.multiply(d, .rdx)
      a.jump(.o, exit(k))
      a.alu(.or, d, immediate: 1)
    case .shiftLeftTagged:
      let s = word(i.a, .rax)
      copy(i.b, to: .rcx)
      let d = takeGPR(for: Ref(k))
      a.move(.rax, s)
      a.shift(.sar, .rcx, 1)
      a.alu(.and, .rax, immediate: -2)
      a.move(d, .rax)
      a.shiftByCount(.shl, d)
      a.move(.rdx, d)
      a.shiftByCount(.sar, .rdx)
      a.alu(.cmp, .rdx, .rax)
      a.jump(.ne, exit(k))
      a.alu(.or, d, immediate: 1)
    case .shiftRightTagged:
      let s = word(i.a, .rax)
      if i.b.isConstant, case let n = Int64(bitPattern: constant(i.b)) >> 1, 0..<63 ~= n {
        let d = takeGPR(for: Ref(k))
        a.move(d, s)
        a.shift(.sar, d, UInt8(n))
        a.alu(.or, d, immediate: 1)
        return
      }
      copy(i.b, to: .rcx)
      let d = takeGPR(for: Ref(k))
      a.move(d, s)
      a.shift(.sar, .rcx, 1)
      a.shiftByCount(.sar, d)
      a.alu(.or, d, immediate: 1)
    case .floorDivTagged, .modTagged: divide(k, i)
    case .andTagged: binary(k, i, .and)
    case .orTagged: binary(k, i, .or)
    case .xorTagged:
      binary(k, i, .xor)
      if case .gpr(let d) = place[k] { a.alu(.or, d, immediate: 1) }
    case .advance:
      let s = word(i.a, .rax), d = takeGPR(for: Ref(k))
      a.lea(d, s, offset)
    case .tag:
      let s = word(i.a, .rax), d = takeGPR(for: Ref(k))
      a.tag(d, s)

    // Doubles.
    case .decode: decode(k, i)
    case .intToDouble:
      let s = word(i.a, .rax)
      a.move(.rcx, s)
      a.shift(.sar, .rcx, 1)
      let d = takeFPR(for: Ref(k))
      // The conversion keeps the register's other half: without this it waits for whoever wrote that.
      a.clearDouble(d)
      a.convert(d, .rcx)
    case .addDouble: arithmetic(k, i, .add)
    case .subDouble: arithmetic(k, i, .sub)
    case .mulDouble: arithmetic(k, i, .mul)
    case .divDouble: arithmetic(k, i, .div)
    case .negDouble:
      let s = double(i.a, 15), d = takeFPR(for: Ref(k))
      a.bits(.rax, s)
      a.move(.rcx, immediate: 1 << 63)
      a.alu(.xor, .rax, .rcx)
      a.fromBits(d, .rax)
    case .box: box(k, i)

    // Guards.
    case .guardTagged:
      let s = word(i.a, .rax)
      a.testLow(s, 1)
      leave(k, unless: .ne)
    case .guardImmediate:
      a.move(.rax, word(i.a, .rax))
      a.alu32(.and, .rax, immediate: 3)
      a.alu32(.cmp, .rax, immediate: 2)
      leave(k, unless: .e)
    case .guardBoxable:
      let s = double(i.a, 15), ok = a.label(), l = exit(k)
      a.bits(.rax, s)
      branchUnlessBoxable(to: l, zero: ok)
      a.bind(ok)
    case .guardShape:
      let s = word(i.a, .rax), l = exit(k), ok = a.label()
      let other = i.expect ? l : ok
      a.testLow(s, 3)
      a.jump(.ne, other)
      a.test(s, s)
      a.jump(.e, other)
      a.compare32(s, 0, immediate: offset)
      a.jump(i.expect ? .ne : .e, l)
      a.bind(ok)
    case .guardSame:
      if let v = small(i.b) { a.alu(.cmp, word(i.a, .rax), immediate: v) } else { let x = word(i.a, .rax); a.alu(.cmp, x, word(i.b, .rcx)) }
      leave(k, unless: .e)
    case .guardLess: compare(i); leave(k, unless: .l)
    case .guardLessEqual: compare(i); leave(k, unless: .le)
    case .guardBelow: compare(i); leave(k, unless: .b)
    case .guardDoubleLess:
      let x = double(i.a, 14), y = double(i.b, 15)
      a.compareDouble(y, x)
      leave(k, unless: .a)
    case .guardDoubleLessEqual:
      let x = double(i.a, 14), y = double(i.b, 15)
      a.compareDouble(y, x)
      leave(k, unless: .ae)
    case .guardDoubleEqual:
      let x = double(i.a, 14), y = double(i.b, 15), l = exit(k), ok = a.label()
      a.compareDouble(x, y)
      a.jump(.p, i.expect ? l : ok)
      a.jump(i.expect ? .ne : .e, l)
      a.bind(ok)
    case .guardClear32:
      if i.a == .none { a.compare32(.r14, offset, immediate: 0) } else { a.compare32(word(i.a, .rax), offset, immediate: 0) }
      a.jump(.ne, exit(k))

    case .inherited, .inheritedDouble, .entryFrame, .call, .allocate, .step, .loop, .phi, .phiDouble, .jump, .link, .enterLoop, .goTo: break  // the same everywhere
    }
  }

  /// Leaves the trace at `k` unless the condition is what the guard expects.
  private mutating func leave(_ k: Int, unless c: Condition) {
    let l = exit(k)
    a.jump(trace.instructions[k].expect ? c.inverted : c, l)
  }
  private mutating func compare(_ i: IRInstruction) {
    let x = word(i.a, .rax)
    if let v = small(i.b) { a.alu(.cmp, x, immediate: v) } else { a.alu(.cmp, x, word(i.b, .rcx)) }
  }
  private mutating func binary(_ k: Int, _ i: IRInstruction, _ op: Assembler.ALU) {
    let x = word(i.a, .rax)
    if let v = small(i.b) {
      let d = takeGPR(for: Ref(k))
      a.move(d, x)
      a.alu(op, d, immediate: v)
    } else {
      let y = word(i.b, .rcx), d = takeGPR(for: Ref(k))
      a.move(d, x)
      a.alu(op, d, y)
    }
  }
  private mutating func arithmetic(_ k: Int, _ i: IRInstruction, _ op: Assembler.SSE) {
    let x = double(i.a, 14), y = double(i.b, 15), d = takeFPR(for: Ref(k))
    a.moveDouble(d, x)
    a.sse(op, d, y)
  }
  /// Python's division by a positive divisor.
  private mutating func divide(_ k: Int, _ i: IRInstruction) {
    let mod = i.operation == .modTagged
    if i.b.isConstant, case let m = Int64(bitPattern: constant(i.b)) >> 1, m > 0, m & (m - 1) == 0, m < 1 << 30 {
      let s = word(i.a, .rax), d = takeGPR(for: Ref(k))
      a.move(d, s)
      if mod { a.alu(.and, d, immediate: Int32((m - 1) << 1 | 1)) } else {
        a.shift(.sar, d, UInt8(m.trailingZeroBitCount))
        a.alu(.or, d, immediate: 1)
      }
      return
    }
    copy(i.a, to: .rax)
    copy(i.b, to: .rcx)
    let d = takeGPR(for: Ref(k))
    a.shift(.sar, .rax, 1)
    a.shift(.sar, .rcx, 1)
    let narrow = a.label(), done = a.label()
    a.move(.rdx, .rax)
    a.alu(.or, .rdx, .rcx)
    a.shift(.shr, .rdx, 32)
    a.jump(.e, narrow)
    a.signExtendAccumulator()
    a.divideSigned(.rcx)
    if mod {
      a.move(.rax, .rdx)
      a.shift(.sar, .rax, 63)
      a.alu(.and, .rax, .rcx)
      a.alu(.add, .rdx, .rax)
    } else {
      a.shift(.sar, .rdx, 63)
      a.alu(.add, .rax, .rdx)
    }
    a.jump(done)
    a.bind(narrow)
    a.move(.rdx, immediate: 0)
    a.divideUnsigned32(.rcx)
    a.bind(done)
    a.tag(d, mod ? .rdx : .rax)
  }
  /// The bits of a double in rax: jumps to `zero` for 0.0, to `other` where there is no immediate form; rcx is lost.
  private mutating func branchUnlessBoxable(to other: Label, zero: Label) {
    a.test(.rax, .rax)
    a.jump(.e, zero)
    a.move(.rcx, .rax)
    a.shift(.shr, .rcx, 60)
    a.alu32(.and, .rcx, immediate: 7)
    a.alu32(.sub, .rcx, immediate: 3)
    a.alu32(.cmp, .rcx, immediate: 1)
    a.jump(.a, other)
    a.move(.rcx, immediate: 0x3000_0000_0000_0000)
    a.alu(.cmp, .rax, .rcx)
    a.jump(.e, other)
  }
  private mutating func decode(_ k: Int, _ i: IRInstruction) {
    copy(i.a, to: .rax)
    let d = takeFPR(for: Ref(k))
    let zero = a.label(), done = a.label()
    a.move(.rcx, immediate: 0x8000_0000_0000_0002)
    a.alu(.cmp, .rax, .rcx)
    a.jump(.e, zero)
    a.move(.rcx, .rax)
    a.shift(.shr, .rcx, 63)
    a.move(.rdx, immediate: 2)
    a.alu(.sub, .rdx, .rcx)
    a.alu(.and, .rax, immediate: -4)
    a.alu(.or, .rax, .rdx)
    a.shift(.ror, .rax, 3)
    a.fromBits(d, .rax)
    a.jump(done)
    a.bind(zero)
    a.clearDouble(d)
    a.bind(done)
  }
  private mutating func box(_ k: Int, _ i: IRInstruction) {
    let s = double(i.a, 15)
    a.bits(.rax, s)
    let slow = a.label(), zero = a.label(), done = a.label()
    let d = takeGPR(for: Ref(k))
    branchUnlessBoxable(to: slow, zero: zero)
    a.shift(.rol, .rax, 3)
    a.alu(.and, .rax, immediate: -4)
    a.alu(.or, .rax, immediate: 2)
    a.move(d, .rax)
    a.bind(done)
    callOutOfLine(slow, host.boxDouble, argument: .rax, except: Ref(k)) { c in
      c.a.move(d, .rax)
      c.a.jump(done)
      c.a.bind(zero)
      c.a.move(d, immediate: 0x8000_0000_0000_0002)
      c.a.jump(done)
    }
  }
}
