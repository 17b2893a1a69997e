// Compiles traces: one pass with linear-scan register allocation (Poletto and Sarkar, 1999), exits out of line.
//
//     thread, entry frame, values  ->  trace number << 32 | number of the instruction that left it
//
// A bridge has no entry of its own: the exit that it starts from jumps to it, and it finds the values of that exit in the
// registers where the exit has them. Traces link to each other's bodies.
//
// Registers are spilled to the array of values: value n at word firstSlot + n. At an exit the values that its snapshot
// names are stored there too.

/// What compiled code has to know of its host.
public struct CompilerHost {
  public var writeBarrier: HostFunction
  public var boxDouble: HostFunction
  /// Where the thread says which frame is current.
  public var frameOffset = 0
  /// Where set: counts the loop's iterations.
  public var iterations: UnsafeMutablePointer<Int64>?
  /// Where set: counts how often a bridge is come to.
  public var bridgeEntries: UnsafeMutablePointer<Int64>?
  /// Where set: counted down at every guard, which fails when it reaches zero.
  public var guardCounter: UnsafeMutablePointer<Int64>?
  /// Functions for `allocate` that make an object of shape a with b empty words, both constants; for `newValues` the number b comes
  /// before them, and for `newRecord` it is in the last 16 bits of the header. Where set, compiled code does that itself, between
  /// the addresses that the thread has at `bumpOffset` and `limitOffset`.
  public var newRecord: HostFunction?, newValues: HostFunction?
  public var bumpOffset = 0, limitOffset = 8
  /// A write barrier calls its function when byte `barrierByte` of the object, under `barrierMask`, is `barrierValue`.
  public var barrierByte = 0, barrierMask: UInt8 = 0, barrierValue: UInt8 = 0
  public init(writeBarrier: HostFunction, boxDouble: HostFunction) { self.writeBarrier = writeBarrier; self.boxDouble = boxDouble }
}

public enum TraceCompiler {
  /// Compiles the trace and puts the code into code memory; false when there is no room.
  /// `traceOf` gives the trace of a number, for links.
  /// `from`: of a bridge, the compiled trace and the exit that it will be attached to.
  public static func compile(_ t: Trace, host: CompilerHost, from: (trace: Trace, exit: Int)? = nil, memory: CodeMemory = .shared,
                             traceOf: @escaping (Int) -> Trace? = { _ in nil }) -> Bool {
    switch memory.architecture {
    case .x86_64: return Compilation<Assembler>.compile(t, host, from, memory, traceOf)
    case .arm64: return Compilation<ARM64Assembler>.compile(t, host, from, memory, traceOf)
    }
  }
  /// Code that leaves compiled code with `result`: where `goTo` may go. Nil when there is no room.
  public static func exitCode(_ result: UInt64, memory: CodeMemory = .shared) -> UnsafeRawPointer? {
    func make<M: Machine>(_ m: M.Type) -> UnsafeRawPointer? {
      var a = M()
      a.move(M.result, immediate: result)
      a.leave()
      return memory.add(a.finish())
    }
    switch memory.architecture {
    case .x86_64: return make(Assembler.self)
    case .arm64: return make(ARM64Assembler.self)
    }
  }
}

/// Where a value is, besides the array of values.
enum Place<Register: Equatable>: Equatable { case nowhere, gpr(Register), fpr(UInt8) }

struct Compilation<M: Machine> {
  typealias GPR = M.Register
  typealias FPR = UInt8
  typealias Place = MetaTracing.Place<M.Register>
  let trace: Trace
  let host: CompilerHost
  private let needs: Needs
  var a = M()
  var place: [Place]
  /// The value's word in the array is up to date.
  private var inMemory: [Bool]
  private(set) var lastUse: [Int]
  private var gprOwner = [Ref](repeating: .none, count: 32)
  private var fprOwner = [Ref](repeating: .none, count: 32)
  private var pinned: [Ref] = []
  private var stubs: [(label: Label, body: [(Ref, Place)], number: Int32)] = []
  private var slowPaths: [(Label, (inout Compilation) -> Void)] = []
  private var loopLabel: Label
  private var bodyAt = 0
  private var exitJumps: [Int32: Int] = [:]
  private var exitStates: [Int32: [Located]] = [:]
  /// Jumps to code that counts an iteration; where they go then, nil for the own loop.
  private var countedJumps: [(at: Int, counted: Int, direct: UnsafeRawPointer?)] = []
  private var offsets: [Int32]
  /// Jumps out of this code, and where they go.
  private var links: [(at: Int, target: UnsafeRawPointer)] = []
  private let traceOf: (Int) -> Trace?
  private let parent: (trace: Trace, exit: Int)?
  private var loopState: [(ref: Ref, place: Place)] = []
  private var loopAt = -1
  private var loopBodyAt: Int?
  private let end: Label

  static func compile(_ t: Trace, _ host: CompilerHost, _ from: (trace: Trace, exit: Int)?, _ memory: CodeMemory, _ traceOf: @escaping (Int) -> Trace?) -> Bool {
    var c = Compilation(t, host, from, traceOf)
    c.run()
    let code = c.a.finish()
    guard let p = memory.add(code) else { return false }
    t.code = p
    t.codeSize = code.count
    t.codeOffsets = c.offsets
    t.body = p + c.bodyAt
    t.codeMemory = memory
    t.exitJumps = c.exitJumps.mapValues { memory.offset(of: p) + $0 }
    t.exitStates = c.exitStates
    let own = p + (c.loopBodyAt ?? c.bodyAt)
    t.countedJumps = c.countedJumps.map { (memory.offset(of: p) + $0.at, p + $0.counted, $0.direct ?? own) }
    if let at = c.loopBodyAt {
      t.loopBody = p + at
      t.loopState = c.loopState.map(located)
    }
    for (at, target) in c.links { memory.patchJump(at: memory.offset(of: p) + at, to: target) }
    return true
  }

  private init(_ t: Trace, _ h: CompilerHost, _ from: (trace: Trace, exit: Int)?, _ traceOf: @escaping (Int) -> Trace?) {
    trace = t; host = h; parent = from; self.traceOf = traceOf
    needs = analyse(t)
    t.sunk = needs.sunk
    t.storesTo = needs.storesTo
    let n = t.instructions.count
    place = Array(repeating: .nowhere, count: n)
    inMemory = Array(repeating: false, count: n)
    lastUse = Array(repeating: -1, count: n)
    offsets = Array(repeating: -1, count: n)
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
      if i.operation == .enterLoop { for v in trace.loopArguments { extend(v.value, k, &lastUse) } }
      if i.operation == .phi || i.operation == .phiDouble {
        if i.a >= 0 { lastUse[Int(i.a)] = max(lastUse[Int(i.a)], k) }
        extend(i.b, last, &lastUse)
        lastUse[k] = last
        continue
      }
      if count >= 1 { extend(i.a, k, &lastUse) }
      if count >= 2 { extend(i.b, k, &lastUse) }
      if count >= 3 { extend(i.c, k, &lastUse) }
      forEachExitUse(k, i) { extend($0, k, &lastUse) }
    }
  }
  /// The values that an exit at instruction `k` needs, constants aside; of sunk ones their parts.
  private func forEachExitUse(_ k: Int, _ i: IRInstruction, _ body: (Ref) -> Void) {
    guard Operation.table[Int(i.operation.rawValue)].isGuard, i.snapshot >= 0 else { return }
    func one(_ r: Ref) { trace.forEachPart(of: r, at: k, body) }
    one(trace.snapshots[Int(i.snapshot)].result)
    for c in trace.snapshots[Int(i.snapshot)].carried { one(c.value) }
    for f in trace.snapshots[Int(i.snapshot)].frames {
      one(f.pointer); one(f.function); one(f.extra)
      for r in f.registers { one(r.value) }
    }
  }

  // MARK: registers

  private func slot(_ r: Ref) -> Int32 { (r + Int32(trace.firstSlot)) * 8 }
  func constant(_ r: Ref) -> UInt64 { trace.constants[Int(-1 - r)] }
  /// A constant that is a signed word of 32 bits.
  func small(_ r: Ref) -> Int32? { r.isConstant ? Int32(exactly: Int64(bitPattern: constant(r))) : nil }

  /// Where values are, for other traces; and the same back.
  private static func located(_ r: Ref, _ p: Place) -> Located {
    switch p {
    case .nowhere: return (r, nil, false)
    case .gpr(let g): return (r, g.rawValue, false)
    case .fpr(let x): return (r, x, true)
    }
  }
  private func place(_ s: Located) -> Place {
    guard let r = s.register else { return .nowhere }
    return s.isDouble ? .fpr(r) : .gpr(M.Register(rawValue: r)!)
  }
  private func isFree(_ p: Place) -> Bool {
    switch p {
    case .nowhere: return false
    case .gpr(let g): return gprOwner[Int(g.rawValue)] == .none
    case .fpr(let x): return fprOwner[Int(x)] == .none
    }
  }
  /// Register `p`, which is nobody's any more, is value `r`'s.
  private mutating func give(_ p: Place, to r: Ref) {
    place[Int(r)] = p
    if case .gpr(let g) = p { gprOwner[Int(g.rawValue)] = r } else if case .fpr(let x) = p { fprOwner[Int(x)] = r }
  }
  private mutating func release(_ r: Ref) {
    switch place[Int(r)] {
    case .gpr(let g): gprOwner[Int(g.rawValue)] = .none
    case .fpr(let x): fprOwner[Int(x)] = .none
    case .nowhere: break
    }
    place[Int(r)] = .nowhere
  }
  private mutating func spill(_ r: Ref) {
    if !inMemory[Int(r)] {
      store(place[Int(r)], r)
      inMemory[Int(r)] = true
    }
    release(r)
  }
  /// Between a register and its word in the array.
  private mutating func store(_ p: Place, _ r: Ref) { store(p, slot: slot(r)) }
  private mutating func load(_ p: Place, _ r: Ref) { load(p, slot: slot(r)) }
  private mutating func store(_ p: Place, slot: Int32) {
    switch p {
    case .gpr(let g): a.store(M.values, slot, g)
    case .fpr(let x): a.storeDouble(M.values, slot, x)
    case .nowhere: break
    }
  }
  private mutating func load(_ p: Place, slot: Int32) {
    switch p {
    case .gpr(let g): a.load(g, M.values, slot)
    case .fpr(let x): a.loadDouble(x, M.values, slot)
    case .nowhere: break
    }
  }
  /// The owner, not in use by the instruction being compiled, whose last use is the farthest; of several such, one that memory has.
  private func victim(_ victim: Ref, or o: Ref) -> Ref {
    if pinned.contains(o) { return victim }
    if victim == .none { return o }
    let mine = lastUse[Int(o)], other = lastUse[Int(victim)]
    return mine > other || mine == other && inMemory[Int(o)] && !inMemory[Int(victim)] ? o : victim
  }
  mutating func takeGPR(for r: Ref) -> GPR {
    var v = Ref.none
    for g in M.allocatable {
      let o = gprOwner[Int(g.rawValue)]
      if o == .none { gprOwner[Int(g.rawValue)] = r; place[Int(r)] = .gpr(g); return g }
      v = victim(v, or: o)
    }
    guard case .gpr(let g) = place[Int(v)] else { fatalError("no register") }
    spill(v)
    gprOwner[Int(g.rawValue)] = r
    place[Int(r)] = .gpr(g)
    return g
  }
  mutating func takeFPR(for r: Ref) -> FPR {
    var v = Ref.none
    for x in M.doubles {
      let o = fprOwner[Int(x)]
      if o == .none { fprOwner[Int(x)] = r; place[Int(r)] = .fpr(x); return x }
      v = victim(v, or: o)
    }
    guard case .fpr(let x) = place[Int(v)] else { fatalError("no register") }
    spill(v)
    fprOwner[Int(x)] = r
    place[Int(r)] = .fpr(x)
    return x
  }
  /// A word in a register: its own, or `scratch` for constants.
  mutating func word(_ r: Ref, _ scratch: GPR) -> GPR {
    if r.isConstant { a.move(scratch, immediate: constant(r)); return scratch }
    pinned.append(r)
    if case .gpr(let g) = place[Int(r)] { return g }
    let g = takeGPR(for: r)
    a.load(g, M.values, slot(r))
    return g
  }
  mutating func double(_ r: Ref, _ scratch: FPR) -> FPR {
    if r.isConstant { a.moveDouble(scratch, immediate: constant(r)); return scratch }
    pinned.append(r)
    if case .fpr(let x) = place[Int(r)] { return x }
    let x = takeFPR(for: r)
    a.loadDouble(x, M.values, slot(r))
    return x
  }
  /// Copies a word to a scratch register.
  mutating func copy(_ r: Ref, to d: GPR) {
    if r == .none { a.move(d, immediate: 0); return }
    if r.isConstant { a.move(d, immediate: constant(r)); return }
    if case .gpr(let g) = place[Int(r)] { a.move(d, g) } else { a.load(d, M.values, slot(r)) }
  }
  /// Takes the registers from values that nothing after instruction `k` needs.
  private mutating func releaseDead(after k: Int) {
    for g in M.allocatable { let o = gprOwner[Int(g.rawValue)]; if o != .none && lastUse[Int(o)] <= k { release(o) } }
    for x in M.doubles { let o = fprOwner[Int(x)]; if o != .none && lastUse[Int(o)] <= k { release(o) } }
  }

  // MARK: exits

  mutating func exit(_ k: Int) -> Label {
    let l = a.label()
    var body: [(Ref, Place)] = []
    forEachExitUse(k, trace.instructions[k]) { r in
      if !inMemory[Int(r)], !body.contains(where: { $0.0 == r }) { body.append((r, place[Int(r)])) }
    }
    stubs.append((l, body, Int32(k)))
    return l
  }
  /// Leaves the trace at `k`, everything being where it should.
  private mutating func leave(at k: Int) {
    a.move(M.result, immediate: UInt64(trace.number) << 32 | UInt64(k))
    a.jump(end)
  }

  // MARK: calls

  /// Before a call: values in registers that the call may change go to memory, from where its operands are read too.
  private mutating func spillCallerSaved() {
    for g in M.callerSaved { let o = gprOwner[Int(g.rawValue)]; if o != .none { spill(o) } }
    for x in M.callerSavedDoubles { let o = fprOwner[Int(x)]; if o != .none { spill(o) } }
  }
  private mutating func call(_ k: Int, _ i: IRInstruction) {
    spillCallerSaved()
    copy(i.c, to: M.arguments[3])
    copy(i.b, to: M.arguments[2])
    copy(i.a, to: M.arguments[1])
    a.move(M.arguments[0], M.thread)
    a.call(unsafeBitCast(UnsafeRawPointer(bitPattern: Int(i.immediate)), to: HostFunction.self))
    if i.operation == .step { a.jumpIfZero(M.result, exit(k)) }
    if lastUse[k] > k { a.move(takeGPR(for: Ref(k)), M.result) }
  }
  /// A new object as `newRecord` and `newValues` make it: its header, the words behind it, which of them need not be written, for the
  /// trace does that before anything can look, and its size in bytes.
  func newObject(_ k: Int, _ i: IRInstruction) -> (header: UInt64, words: [UInt64], written: Set<Int64>, size: Int32)? {
    func isIt(_ f: HostFunction?) -> Bool { f.map { Int(bitPattern: unsafeBitCast($0, to: UnsafeRawPointer.self)) == Int(i.immediate) } ?? false }
    guard i.a.isConstant, i.b.isConstant, isIt(host.newRecord) || isIt(host.newValues), constant(i.b) <= 16 else { return nil }
    let n = Int(constant(i.b)), empty = Array(repeating: UInt64(0), count: n)
    var written: Set<Int64> = []
    look: for j in trace.instructions[(k + 1)...] {
      switch j.operation {
      case .store: if j.a == Ref(k) { written.insert(j.immediate) }
      case .load, .allocate: break
      default: if !j.operation.info.pure || j.operation.info.isGuard { break look }
      }
    }
    if isIt(host.newRecord) { return (constant(i.a) | UInt64(n) << 48, empty, written, Int32((8 + 8 * n + 15) & ~15)) }
    return (constant(i.a), [UInt64(n)] + empty, written, Int32((16 + 8 * n + 15) & ~15))
  }
  /// The call of `allocate` out of line, with all else as it was; then back to `done`.
  mutating func allocateOutOfLine(_ slow: Label, _ k: Int, _ i: IRInstruction, _ d: GPR, done: Label) {
    let a = constant(i.a), b = constant(i.b)
    callOutOfLine(slow, unsafeBitCast(UnsafeRawPointer(bitPattern: Int(i.immediate)), to: HostFunction.self), except: Ref(k), arguments: { c in
      c.a.move(M.arguments[1], immediate: a)
      c.a.move(M.arguments[2], immediate: b)
    }) { c in
      c.a.move(d, M.result)
      c.a.jump(done)
    }
  }
  /// A call out of line, at `slow`, of a function with one argument, that changes no allocated register but that of
  /// instruction `except`; `then` goes on with the result in `M.result`.
  mutating func callOutOfLine(_ slow: Label, _ function: HostFunction, argument: GPR, except: Ref = .none, then: @escaping (inout Compilation) -> Void) {
    callOutOfLine(slow, function, except: except, arguments: { $0.a.move(M.arguments[1], argument) }, then: then)
  }
  private mutating func callOutOfLine(_ slow: Label, _ function: HostFunction, except: Ref, arguments: @escaping (inout Compilation) -> Void, then: @escaping (inout Compilation) -> Void) {
    var saved: [(Ref, Place)] = []
    for g in M.callerSaved { let o = gprOwner[Int(g.rawValue)]; if o != .none && o != except { saved.append((o, .gpr(g))) } }
    for x in M.callerSavedDoubles { let o = fprOwner[Int(x)]; if o != .none && o != except { saved.append((o, .fpr(x))) } }
    slowPaths.append((slow, { c in
      for (r, p) in saved { c.store(p, r) }
      arguments(&c)
      c.a.move(M.arguments[0], M.thread)
      c.a.call(function)
      for (r, p) in saved { c.load(p, r) }
      then(&c)
    }))
  }

  // MARK: the pass

  private mutating func run() {
    if parent == nil { a.enter() }
    bodyAt = a.count
    takeOver()
    if parent != nil, let counter = host.bridgeEntries { a.increment(at: UInt(bitPattern: counter)) }
    if loopAt < 0 { a.bind(loopLabel) }
    for (k, i) in trace.instructions.enumerated() {
      if needs.needed[k] || i.operation == .loop || i.operation == .jump || i.operation == .link || i.operation == .enterLoop || i.operation == .goTo {
        pinned.removeAll(keepingCapacity: true)
        offsets[k] = Int32(a.count)
        compile(k, i)
      }
      // Values that nobody needs any more.
      if i.operation != .loop { releaseDead(after: k) }
    }
    for (l, body) in slowPaths { a.bind(l); body(&self) }
    for s in stubs {
      a.bind(s.label)
      // A bridge takes the place of what comes next.
      let next = a.label()
      a.jump(next)
      exitJumps[s.number] = a.count - 4
      a.bind(next)
      if s.body.contains(where: { $0.1 == .nowhere }) { fatalError("a value that is nowhere") }
      exitStates[s.number] = s.body.map(Compilation.located)
      for (r, p) in s.body { store(p, r) }
      leave(at: Int(s.number))
    }
    a.bind(end)
    a.leave()
  }

  /// Of a bridge: what it inherits is in the registers where its exit has it.
  private mutating func takeOver() {
    guard let (from, exit) = parent else { return }
    let there = from.exitStates[Int32(exit)] ?? []
    for (k, i) in trace.instructions.enumerated() where needs.needed[k] && (i.operation == .inherited || i.operation == .inheritedDouble) {
      guard let s = there.first(where: { Int($0.ref) + from.firstSlot == Int(i.immediate) }), case let p = place(s) else { continue }
      // What is asked for twice, or as something else, comes from memory.
      if s.isDouble == (i.operation == .inheritedDouble) && isFree(p) { give(p, to: Ref(k)) } else { store(p, slot: Int32(i.immediate) * 8) }
    }
  }

  private mutating func compile(_ k: Int, _ i: IRInstruction) {
    if let counter = host.guardCounter, Operation.table[Int(i.operation.rawValue)].isGuard, i.operation != .step {
      a.decrement(at: UInt(bitPattern: counter), jumpIfZero: exit(k))
    }
    switch i.operation {
    case .inherited: if place[k] == .nowhere && !inMemory[k] { a.load(takeGPR(for: Ref(k)), M.values, Int32(i.immediate) * 8) }
    case .inheritedDouble: if place[k] == .nowhere && !inMemory[k] { a.loadDouble(takeFPR(for: Ref(k)), M.values, Int32(i.immediate) * 8) }
    case .entryFrame: a.loadEntryFrame(takeGPR(for: Ref(k)))
    case .call, .step: call(k, i)
    case .allocate: if !M.allocate(&self, k, i) { call(k, i) }
    case .loop: startLoop(k)
    case .phi, .phiDouble: break
    case .jump:
      setEntryFrame(i.a)
      closeLoop()
    case .link:
      countIteration()
      if let target = traceOf(Int(i.immediate))?.body {
        setEntryFrame(i.a)
        let l = a.label()
        a.jump(l)
        a.bind(l)
        links.append((a.count - 4, target))
      } else { leave(at: k) }
    case .enterLoop:
      if let t = traceOf(Int(i.immediate)), let body = t.loopBody { enterLoop(t, body) } else { fatalError("a loop that is not there") }
    case .goTo:
      countIteration()
      copy(i.a, to: M.scratch)
      a.load(M.arguments[1], M.thread, Int32(host.frameOffset))
      a.storeEntryFrame(M.arguments[1])
      a.jump(M.scratch)
    default: M.emit(&self, k, i)
    }
    // A value with no use still occupied a register for its definition.
    if case .nowhere = place[k] {} else if lastUse[k] <= k && i.operation != .loop { release(Ref(k)) }
  }
  private mutating func setEntryFrame(_ r: Ref) {
    if r != .none { a.storeEntryFrame(word(r, M.scratch)) }
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
      // What was only for the phi gives it its register.
      if entry >= 0, lastUse[Int(entry)] == p, place[Int(entry)] != .nowhere {
        give(place[Int(entry)], to: Ref(p))
        place[Int(entry)] = .nowhere
        continue
      }
      if trace.instructions[p].operation == .phiDouble {
        let s = double(entry, M.scratchDouble)
        a.moveDouble(takeFPR(for: Ref(p)), s)
      } else {
        let s = word(entry, M.scratch)
        a.move(takeGPR(for: Ref(p)), s)
      }
    }
    // What is not used inside is dead now.
    releaseDead(after: p - 1)
    for q in 0..<p where needs.needed[q] && lastUse[q] >= p {
      // A value in memory only must be there in every iteration; the others too, for bridges that come back.
      loopState.append((Ref(q), place[q]))
      if q < k && !inMemory[q] {
        store(place[q], Ref(q))
        inMemory[q] = true
      }
      // What memory has of a phi is that of one iteration.
      if q > k && place[q] != .nowhere { inMemory[q] = false }
    }
    a.bind(loopLabel)
    loopBodyAt = a.count
  }

  private mutating func countIteration() {
    if let counter = host.iterations { a.increment(at: UInt(bitPattern: counter)) }
  }
  /// A jump that can be made to go past the code, out of line, that counts the iteration and goes on as `then` says.
  private mutating func jumpCounting(to direct: UnsafeRawPointer?, then: @escaping (inout Compilation) -> Void) {
    guard host.iterations != nil else { then(&self); return }
    let l = a.label()
    a.jump(l)
    let at = a.count - 4
    slowPaths.append((l, { c in
      c.countedJumps.append((at, c.a.count, direct))
      c.countIteration()
      then(&c)
    }))
  }

  /// Brings everything to where the loop expects it, and jumps.
  private mutating func closeLoop() {
    guard loopAt >= 0 else { countIteration(); a.jump(loopLabel); return }
    var moves: [Move] = []
    for (r, p) in loopState {
      let i = trace.instructions[Int(r)]
      let isPhi = Int(r) > loopAt
      let source = isPhi ? i.b : r
      if source == r && (p == .nowhere || place[Int(r)] == p) { continue }
      moves.append((p, slot(r), source))
    }
    move(moves)
    jumpCounting(to: nil) { $0.a.jump($0.loopLabel) }
  }
  /// On with the loop of another trace, to whose array of values this one's belongs.
  private mutating func enterLoop(_ t: Trace, _ body: UnsafeRawPointer) {
    func slot(_ r: Ref) -> Int32 { (r + Int32(t.firstSlot)) * 8 }
    var moves: [Move] = []
    for s in t.loopState { if let v = trace.loopArguments.first(where: { $0.phi == s.ref }) { moves.append((place(s), slot(s.ref), v.value)) } }
    move(moves)
    for s in t.loopState where !trace.loopArguments.contains(where: { $0.phi == s.ref }) {
      load(place(s), slot: slot(s.ref))
    }
    jumpCounting(to: body) { c in
      let l = c.a.label()
      c.a.jump(l)
      c.a.bind(l)
      c.links.append((c.a.count - 4, body))
    }
  }
  /// A target, in the array of values if it is no register, and a source.
  private typealias Move = (to: Place, slot: Int32, from: Ref)
  /// Does all moves at once: sources in registers are read before they are overwritten.
  private mutating func move(_ all: [Move]) {
    var moves = all
    func from(_ m: Move) -> Place { m.from >= 0 ? place[Int(m.from)] : .nowhere }
    var memoryMoves = moves.filter { $0.to == .nowhere }
    moves.removeAll { $0.to == .nowhere }
    // What goes to memory waits on the machine stack: a phi in memory may be another's source.
    for m in memoryMoves { push(m.from) }
    // Register targets, in an order that overwrites no source still needed; what is left are cycles.
    while let k = moves.firstIndex(where: { m in !moves.contains { o in o.slot != m.slot && from(o) == m.to } }) {
      let m = moves.remove(at: k)
      moveTo(m.to, m.from)
    }
    for m in moves { push(m.from) }
    while let m = moves.popLast() {
      a.pop(M.scratch)
      if case .fpr(let x) = m.to { a.fromBits(x, M.scratch) } else if case .gpr(let g) = m.to { a.move(g, M.scratch) }
    }
    while let m = memoryMoves.popLast() {
      a.pop(M.scratch)
      a.store(M.values, m.slot, M.scratch)
    }
  }
  private mutating func push(_ r: Ref) {
    if r >= 0, case .fpr(let x) = place[Int(r)] { a.bits(M.scratch, x) } else { copy(r, to: M.scratch) }
    a.push(M.scratch)
  }
  private mutating func moveTo(_ p: Place, _ r: Ref) {
    switch p {
    case .gpr(let d): copy(r, to: d)
    case .fpr(let d):
      if r.isConstant { a.moveDouble(d, immediate: constant(r)) }
      else if case .fpr(let s) = place[Int(r)] { a.moveDouble(d, s) } else { a.loadDouble(d, M.values, slot(r)) }
    case .nowhere: break
    }
  }
}
