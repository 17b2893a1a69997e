// Compiles traces to x86-64: one pass with linear-scan register allocation (Poletto and Sarkar, 1999), exits out of line.
//
//     rdi thread, rsi entry frame, rdx values  ->  rax: trace number << 32 | number of the instruction that left it
//
// A bridge has no entry of its own: the exit that it starts from jumps to it. Traces link to each other's bodies.
//
// r14 holds the thread, r15 the array of values, which is also where registers are spilled: value n at r15 + 8 n. rax, rcx,
// rdx and xmm14, xmm15 are scratch. At an exit the values that its snapshot names are stored to the array.

/// What compiled code has to know of its host.
public struct CompilerHost {
  public var writeBarrier: HostFunction
  public var boxDouble: HostFunction
  /// Where set: counted down at every guard, which fails when it reaches zero.
  public var guardCounter: UnsafeMutablePointer<Int64>?
  /// A write barrier calls its function when byte `barrierByte` of the object, under `barrierMask`, is `barrierValue`.
  public var barrierByte = 0, barrierMask: UInt8 = 0, barrierValue: UInt8 = 0
  public init(writeBarrier: HostFunction, boxDouble: HostFunction) { self.writeBarrier = writeBarrier; self.boxDouble = boxDouble }
}

public struct TraceCompiler {
  private enum Place: Equatable { case nowhere, gpr(GPR), xmm(XMM) }
  private let trace: Trace
  private let host: CompilerHost
  private let needs: Needs
  private var a = Assembler()
  private var place: [Place]
  /// The value's word in the array is up to date.
  private var inMemory: [Bool]
  private var lastUse: [Int]
  private var gprOwner = [Ref](repeating: .none, count: 16)
  private var xmmOwner = [Ref](repeating: .none, count: 16)
  private var pinned: [Ref] = []
  private var stubs: [(label: Label, body: [(Ref, Place)], number: Int32)] = []
  private var slowPaths: [(Label, (inout TraceCompiler) -> Void)] = []
  private var loopLabel: Label
  private var bodyAt = 0
  private var exitJumps: [Int32: Int] = [:]
  /// Jumps out of this code, and where they go.
  private var links: [(at: Int, target: UnsafeRawPointer)] = []
  private let bodyOf: (Int) -> UnsafeRawPointer?
  private let isBridge: Bool
  private var loopState: [(ref: Ref, place: Place)] = []
  private var loopAt = -1
  private let end: Label
  private static let callerSaved: [GPR] = [.rsi, .rdi, .r8, .r9, .r10, .r11]
  private static let allocatable: [GPR] = [.rbx, .rbp, .r12, .r13, .rsi, .rdi, .r8, .r9, .r10, .r11]
  private static let doubles: [XMM] = Array(0..<14)

  /// Compiles the trace and puts the code into code memory; false when there is no room.
  /// `bodyOf` gives the body of the trace of a number, for links.
  public static func compile(_ t: Trace, host: CompilerHost, bridge: Bool = false, bodyOf: @escaping (Int) -> UnsafeRawPointer? = { _ in nil }) -> Bool {
    var c = TraceCompiler(t, host, bridge, bodyOf)
    c.run()
    guard let p = CodeMemory.shared.add(c.a.finish()) else { return false }
    t.code = p
    t.body = p + c.bodyAt
    t.exitJumps = c.exitJumps.mapValues { CodeMemory.shared.offset(of: p) + $0 }
    for (at, target) in c.links { CodeMemory.shared.patchJump(at: CodeMemory.shared.offset(of: p) + at, to: target) }
    t.sunk = c.needs.sunk
    return true
  }

  private init(_ t: Trace, _ h: CompilerHost, _ bridge: Bool, _ bodyOf: @escaping (Int) -> UnsafeRawPointer?) {
    trace = t; host = h; isBridge = bridge; self.bodyOf = bodyOf
    needs = analyse(t)
    let n = t.instructions.count
    place = Array(repeating: .nowhere, count: n)
    inMemory = Array(repeating: false, count: n)
    lastUse = Array(repeating: -1, count: n)
    loopLabel = a.label()
    end = a.label()
    computeLifetimes()
  }

  /// The last instruction at which each value is used; whatever the loop uses of what was before it lives to its end.
  private mutating func computeLifetimes() {
    loopAt = trace.instructions.firstIndex { $0.operation == .loop } ?? -1
    let last = trace.instructions.count - 1
    func extend(_ r: Ref, _ k: Int, _ lives: inout [Int]) {
      guard r >= 0 else { return }
      lives[Int(r)] = max(lives[Int(r)], loopAt >= 0 && Int(r) < loopAt && k > loopAt ? last : k)
    }
    for (k, i) in trace.instructions.enumerated() where needs.needed[k] {
      let count = Operation.table[Int(i.operation.rawValue)].operands
      if i.operation == .phi || i.operation == .phiDouble {
        if i.a >= 0 { lastUse[Int(i.a)] = max(lastUse[Int(i.a)], k) }
        extend(i.b, last, &lastUse)
        lastUse[k] = last
        continue
      }
      if count >= 1 { extend(i.a, k, &lastUse) }
      if count >= 2 { extend(i.b, k, &lastUse) }
      if count >= 3 { extend(i.c, k, &lastUse) }
      forEachExitUse(i) { extend($0, k, &lastUse) }
    }
  }
  /// The values that an exit at `i` needs; those of sunk boxes by their doubles.
  private func forEachExitUse(_ i: IRInstruction, _ body: (Ref) -> Void) {
    guard Operation.table[Int(i.operation.rawValue)].isGuard, i.snapshot >= 0 else { return }
    func one(_ r: Ref) {
      guard r >= 0 else { return }
      body(needs.sunk[Int(r)] ? trace.instructions[Int(r)].a : r)
    }
    one(trace.snapshots[Int(i.snapshot)].result)
    for f in trace.snapshots[Int(i.snapshot)].frames {
      one(f.pointer); one(f.function)
      for r in f.registers { one(r.value) }
    }
  }

  // MARK: registers

  private func isDouble(_ r: Ref) -> Bool { r >= 0 && Operation.table[Int(trace.instructions[Int(r)].operation.rawValue)].result == .double }
  private func slot(_ r: Ref) -> Int32 { (r + Int32(trace.firstSlot)) * 8 }
  private func constant(_ r: Ref) -> UInt64 { trace.constants[Int(-1 - r)] }
  private func small(_ r: Ref) -> Int32? { r.isConstant ? Int32(exactly: Int64(bitPattern: constant(r))) : nil }

  private mutating func release(_ r: Ref) {
    switch place[Int(r)] {
    case .gpr(let g): gprOwner[Int(g.rawValue)] = .none
    case .xmm(let x): xmmOwner[Int(x)] = .none
    case .nowhere: break
    }
    place[Int(r)] = .nowhere
  }
  private mutating func spill(_ r: Ref) {
    if !inMemory[Int(r)] {
      switch place[Int(r)] {
      case .gpr(let g): a.store(.r15, slot(r), g)
      case .xmm(let x): a.storeDouble(.r15, slot(r), x)
      case .nowhere: break
      }
      inMemory[Int(r)] = true
    }
    release(r)
  }
  private mutating func takeGPR(for r: Ref) -> GPR {
    var victim = Ref.none
    for g in TraceCompiler.allocatable {
      let o = gprOwner[Int(g.rawValue)]
      if o == .none { gprOwner[Int(g.rawValue)] = r; place[Int(r)] = .gpr(g); return g }
      if !pinned.contains(o), victim == .none || lastUse[Int(o)] > lastUse[Int(victim)] { victim = o }
    }
    guard case .gpr(let g) = place[Int(victim)] else { fatalError("no register") }
    spill(victim)
    gprOwner[Int(g.rawValue)] = r
    place[Int(r)] = .gpr(g)
    return g
  }
  private mutating func takeXMM(for r: Ref) -> XMM {
    var victim = Ref.none
    for x in TraceCompiler.doubles {
      let o = xmmOwner[Int(x)]
      if o == .none { xmmOwner[Int(x)] = r; place[Int(r)] = .xmm(x); return x }
      if !pinned.contains(o), victim == .none || lastUse[Int(o)] > lastUse[Int(victim)] { victim = o }
    }
    guard case .xmm(let x) = place[Int(victim)] else { fatalError("no register") }
    spill(victim)
    xmmOwner[Int(x)] = r
    place[Int(r)] = .xmm(x)
    return x
  }
  /// A word in a register: its own, or `scratch` for constants.
  private mutating func word(_ r: Ref, _ scratch: GPR) -> GPR {
    if r.isConstant { a.move(scratch, immediate: constant(r)); return scratch }
    pinned.append(r)
    if case .gpr(let g) = place[Int(r)] { return g }
    let g = takeGPR(for: r)
    a.load(g, .r15, slot(r))
    return g
  }
  private mutating func double(_ r: Ref, _ scratch: XMM) -> XMM {
    if r.isConstant {
      let bits = constant(r)
      if bits == 0 { a.clearDouble(scratch) } else { a.move(.rax, immediate: bits); a.fromBits(scratch, .rax) }
      return scratch
    }
    pinned.append(r)
    if case .xmm(let x) = place[Int(r)] { return x }
    let x = takeXMM(for: r)
    a.loadDouble(x, .r15, slot(r))
    return x
  }
  /// Copies a word to a scratch register.
  private mutating func copy(_ r: Ref, to d: GPR) {
    if r == .none { a.move(d, immediate: 0); return }
    if r.isConstant { a.move(d, immediate: constant(r)); return }
    if case .gpr(let g) = place[Int(r)] { a.move(d, g) } else { a.load(d, .r15, slot(r)) }
  }

  // MARK: exits

  private mutating func exit(_ k: Int) -> Label {
    let l = a.label()
    var body: [(Ref, Place)] = []
    forEachExitUse(trace.instructions[k]) { r in
      if !inMemory[Int(r)], !body.contains(where: { $0.0 == r }) { body.append((r, place[Int(r)])) }
    }
    stubs.append((l, body, Int32(k)))
    return l
  }
  /// Leaves the trace at `k` unless the condition is what the guard expects.
  private mutating func leave(_ k: Int, unless c: Condition) {
    let e = trace.instructions[k].expect
    let l = exit(k)
    a.jump(e ? c.inverted : c, l)
  }

  /// Before a call: values in registers that the call may change go to memory, from where its operands are read too.
  private mutating func spillCallerSaved() {
    for g in TraceCompiler.callerSaved {
      let o = gprOwner[Int(g.rawValue)]
      if o != .none { spill(o) }
    }
    for x in TraceCompiler.doubles {
      let o = xmmOwner[Int(x)]
      if o != .none { spill(o) }
    }
  }
  // MARK: the pass

  private mutating func run() {
    if !isBridge {
      for r: GPR in [.rbx, .rbp, .r12, .r13, .r14, .r15] { a.push(r) }
      a.push(.rsi)
      a.move(.r14, .rdi)
      a.move(.r15, .rdx)
    }
    bodyAt = a.code.count
    let count = trace.instructions.count
    if loopAt < 0 { a.bind(loopLabel) }
    for k in 0..<count {
      let i = trace.instructions[k]
      if needs.needed[k] || i.operation == .loop || i.operation == .jump || i.operation == .exit || i.operation == .link {
        pinned.removeAll(keepingCapacity: true)
        emit(k, i)
      }
      // Values that nobody needs any more.
      freeDead(k, i)
    }
    for (l, body) in slowPaths { a.bind(l); body(&self) }
    for s in stubs {
      a.bind(s.label)
      for (r, p) in s.body {
        switch p {
        case .gpr(let g): a.store(.r15, slot(r), g)
        case .xmm(let x): a.storeDouble(.r15, slot(r), x)
        case .nowhere: fatalError("a value that is nowhere")
        }
      }
      a.move(.rax, immediate: UInt64(trace.number) << 32 | UInt64(s.number))
      a.jump(end)
      exitJumps[s.number] = a.code.count - 4
    }
    a.bind(end)
    a.pop(.rcx)
    for r: GPR in [.r15, .r14, .r13, .r12, .rbp, .rbx] { a.pop(r) }
    a.ret()
  }
  private mutating func freeDead(_ k: Int, _ i: IRInstruction) {
    for g in TraceCompiler.allocatable {
      let o = gprOwner[Int(g.rawValue)]
      if o != .none && lastUse[Int(o)] <= k && i.operation != .loop { release(o) }
    }
    for x in TraceCompiler.doubles {
      let o = xmmOwner[Int(x)]
      if o != .none && lastUse[Int(o)] <= k && i.operation != .loop { release(o) }
    }
  }

  private mutating func emit(_ k: Int, _ i: IRInstruction) {
    let offset = Int32(truncatingIfNeeded: i.immediate)
    if let counter = host.guardCounter, Operation.table[Int(i.operation.rawValue)].isGuard, i.operation != .step {
      a.move(.rax, immediate: UInt64(UInt(bitPattern: counter)))
      a.decrement(.rax)
      a.jump(.e, exit(k))
    }
    switch i.operation {
    case .inherited: a.load(takeGPR(for: Ref(k)), .r15, Int32(i.immediate) * 8)
    case .inheritedDouble: a.loadDouble(takeXMM(for: Ref(k)), .r15, Int32(i.immediate) * 8)
    case .entryFrame: a.load(takeGPR(for: Ref(k)), .rsp, 0)
    case .load, .load32, .load8:
      let b = word(i.a, .rax), d = takeGPR(for: Ref(k))
      if i.operation == .load { a.load(d, b, offset) } else if i.operation == .load32 { a.load32(d, b, offset) } else { a.load8(d, b, offset) }
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
    case .writeBarrier:
      let o = word(i.a, .rcx)
      a.load8(.rax, o, Int32(host.barrierByte))
      a.alu32(.and, .rax, immediate: Int32(host.barrierMask))
      a.alu32(.cmp, .rax, immediate: Int32(host.barrierValue))
      slowCall(.e, k, host.writeBarrier, argument: i.a)

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
      let s = word(i.a, .rax), q = word(i.b, .rcx), d = takeGPR(for: Ref(k))
      a.lea(.rdx, q, -1)
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
    case .tag:
      let s = word(i.a, .rax), d = takeGPR(for: Ref(k))
      a.tag(d, s)

    // Doubles.
    case .decode: decode(k, i)
    case .intToDouble:
      let s = word(i.a, .rax)
      a.move(.rcx, s)
      a.shift(.sar, .rcx, 1)
      a.convert(takeXMM(for: Ref(k)), .rcx)
    case .addDouble: arithmetic(k, i, .add)
    case .subDouble: arithmetic(k, i, .sub)
    case .mulDouble: arithmetic(k, i, .mul)
    case .divDouble: arithmetic(k, i, .div)
    case .negDouble:
      let s = double(i.a, 15), d = takeXMM(for: Ref(k))
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

    case .call, .step:
      spillCallerSaved()
      copy(i.c, to: .rcx)
      copy(i.b, to: .rdx)
      copy(i.a, to: .rsi)
      a.move(.rdi, .r14)
      a.move(.rax, immediate: UInt64(bitPattern: i.immediate))
      a.call(.rax)
      if i.operation == .step {
        a.test(.rax, .rax)
        a.jump(.e, exit(k))
      }
      if lastUse[k] > k { a.move(takeGPR(for: Ref(k)), .rax) }

    case .loop: startLoop(k)
    case .phi, .phiDouble: break
    case .jump: closeLoop()
    case .link:
      if let target = bodyOf(Int(i.immediate)) {
        let l = a.label()
        a.jump(l)
        a.bind(l)
        links.append((a.code.count - 4, target))
      } else {
        a.move(.rax, immediate: UInt64(trace.number) << 32 | UInt64(k))
        a.jump(end)
      }
    case .exit:
      a.move(.rax, immediate: UInt64(trace.number) << 32 | UInt64(k))
      a.jump(end)
    }
    // A value with no use still occupied a register for its definition.
    if case .nowhere = place[k] {} else if lastUse[k] <= k && i.operation != .loop { release(Ref(k)) }
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
    let x = double(i.a, 14), y = double(i.b, 15), d = takeXMM(for: Ref(k))
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
    let d = takeXMM(for: Ref(k))
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
    let saved = liveInCallerSaved(except: Ref(k))
    let function = host.boxDouble
    slowPaths.append((slow, { c in
      c.save(saved)
      c.a.move(.rsi, .rax)
      c.a.move(.rdi, .r14)
      c.a.move(.rdx, immediate: 0)
      c.a.move(.rcx, immediate: 0)
      c.a.move(.rax, immediate: UInt64(UInt(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self))))
      c.a.call(.rax)
      c.restore(saved)
      c.a.move(d, .rax)
      c.a.jump(done)
      c.a.bind(zero)
      c.a.move(d, immediate: 0x8000_0000_0000_0002)
      c.a.jump(done)
    }))
  }
  /// A call of `function` on the condition, out of line, that changes no register.
  private mutating func slowCall(_ c: Condition, _ k: Int, _ function: HostFunction, argument: Ref) {
    let slow = a.label(), done = a.label()
    a.jump(c, slow)
    a.bind(done)
    let saved = liveInCallerSaved(except: .none)
    // The object's register, or rcx for a constant.
    let source: GPR
    if argument >= 0, case .gpr(let g) = place[Int(argument)] { source = g } else { source = .rcx }
    slowPaths.append((slow, { c in
      c.save(saved)
      c.a.move(.rsi, source)
      c.a.move(.rdi, .r14)
      c.a.move(.rax, immediate: UInt64(UInt(bitPattern: unsafeBitCast(function, to: UnsafeRawPointer.self))))
      c.a.call(.rax)
      c.restore(saved)
      c.a.jump(done)
    }))
  }
  private func liveInCallerSaved(except: Ref) -> [(Ref, Place)] {
    var out: [(Ref, Place)] = []
    for g in TraceCompiler.callerSaved { let o = gprOwner[Int(g.rawValue)]; if o != .none && o != except { out.append((o, .gpr(g))) } }
    for x in TraceCompiler.doubles { let o = xmmOwner[Int(x)]; if o != .none && o != except { out.append((o, .xmm(x))) } }
    return out
  }
  private mutating func save(_ l: [(Ref, Place)]) {
    for (r, p) in l { if case .gpr(let g) = p { a.store(.r15, slot(r), g) } else if case .xmm(let x) = p { a.storeDouble(.r15, slot(r), x) } }
  }
  private mutating func restore(_ l: [(Ref, Place)]) {
    for (r, p) in l { if case .gpr(let g) = p { a.load(g, .r15, slot(r)) } else if case .xmm(let x) = p { a.loadDouble(x, .r15, slot(r)) } }
  }

  // MARK: loops

  /// Gives the phis their places and notes where everything is that the loop uses.
  private mutating func startLoop(_ k: Int) {
    var p = k + 1
    while p < trace.instructions.count, trace.instructions[p].operation == .phi || trace.instructions[p].operation == .phiDouble {
      defer { p += 1 }
      guard needs.needed[p] else { continue }
      pinned.removeAll(keepingCapacity: true)
      let entry = trace.instructions[p].a
      if trace.instructions[p].operation == .phiDouble {
        let s = double(entry, 15)
        a.moveDouble(takeXMM(for: Ref(p)), s)
      } else {
        let s = word(entry, .rax)
        a.move(takeGPR(for: Ref(p)), s)
      }
    }
    // What is not used inside is dead now.
    for g in TraceCompiler.allocatable { let o = gprOwner[Int(g.rawValue)]; if o != .none && lastUse[Int(o)] <= p - 1 { release(o) } }
    for x in TraceCompiler.doubles { let o = xmmOwner[Int(x)]; if o != .none && lastUse[Int(o)] <= p - 1 { release(o) } }
    for q in 0..<p where needs.needed[q] && lastUse[q] >= p {
      // A value in memory only must be there in every iteration.
      loopState.append((Ref(q), place[q]))
      // What memory has of a phi is that of one iteration.
      if q > k && place[q] != .nowhere { inMemory[q] = false }
    }
    a.bind(loopLabel)
  }

  /// Brings everything to where the loop expects it, and jumps.
  private mutating func closeLoop() {
    guard loopAt >= 0 else { a.jump(loopLabel); return }
    // Pairs of target and source; sources in registers are read before they are overwritten.
    var moves: [(to: Place, slot: Ref, from: Ref)] = []
    for (r, p) in loopState {
      let i = trace.instructions[Int(r)]
      let isPhi = Int(r) > loopAt
      let source = isPhi ? i.b : r
      if source == r && (p == .nowhere || place[Int(r)] == p) { continue }
      moves.append((p, r, source))
    }
    func from(_ m: (to: Place, slot: Ref, from: Ref)) -> Place { m.from >= 0 ? place[Int(m.from)] : .nowhere }
    var memoryMoves = moves.filter { $0.to == .nowhere }
    moves.removeAll { $0.to == .nowhere }
    // What goes to memory waits on the machine stack: a phi in memory may be another's source.
    for m in memoryMoves {
      if m.from >= 0, case .xmm(let x) = place[Int(m.from)] { a.bits(.rax, x) } else { copy(m.from, to: .rax) }
      a.push(.rax)
    }
    // Register targets, in an order that overwrites no source still needed; what is left are cycles.
    while let k = moves.firstIndex(where: { m in !moves.contains { o in o.slot != m.slot && from(o) == m.to } }) {
      let m = moves.remove(at: k)
      moveTo(m.to, m.from)
    }
    for m in moves {
      if case .xmm(let x) = from(m) { a.bits(.rax, x); a.push(.rax) } else { copy(m.from, to: .rax); a.push(.rax) }
    }
    while let m = moves.popLast() {
      a.pop(.rax)
      if case .xmm(let x) = m.to { a.fromBits(x, .rax) } else if case .gpr(let g) = m.to { a.move(g, .rax) }
    }
    while let m = memoryMoves.popLast() {
      a.pop(.rax)
      a.store(.r15, slot(m.slot), .rax)
    }
    a.jump(loopLabel)
  }
  private mutating func moveTo(_ p: Place, _ r: Ref) {
    switch p {
    case .gpr(let d): copy(r, to: d)
    case .xmm(let d):
      if r.isConstant { a.moveDouble(d, double(r, 15)) }
      else if case .xmm(let s) = place[Int(r)] { a.moveDouble(d, s) } else { a.loadDouble(d, .r15, slot(r)) }
    case .nowhere: break
    }
  }
}
