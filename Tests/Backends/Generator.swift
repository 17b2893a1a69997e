// Makes traces: random instructions with operands of the right kinds. What the interpreter of traces computes decides what
// guards expect, so that a trace is mostly not left at once.

import MetaTracing

/// A trace with its bridges, and what it starts from.
final class Case {
  let traces: [Trace]
  let bridges: [(parent: Int, exit: Int)]
  let image: [UInt64]
  let failsGuards: Bool
  init(_ t: [Trace], _ b: [(Int, Int)], _ i: [UInt64], failsGuards f: Bool) { traces = t; bridges = b; image = i; failsGuards = f }

  /// What interpreting gives: trace and instruction that it is left at, the slots.
  func reference() -> (trace: Trace, left: Int, slots: [UInt64]) {
    memory.image = image
    var slots = [UInt64](repeating: 0, count: Layout.slots), frame = Layout.frames[0], t = traces[0]
    while true {
      let (k, values) = interpret(t, frame: frame, inherited: slots, complete: true)
      for (r, w) in values.enumerated() { slots[t.firstSlot + r] = w }
      let i = t.instructions[k]
      if let e = t.instructions.firstIndex(where: { $0.operation == .entryFrame }) { frame = values[e] }
      if i.operation == .link {
        if i.a != .none { frame = i.a < 0 ? t.constants[Int(-1 - i.a)] : values[Int(i.a)] }
        t = traces[0]
      } else if let b = t.bridges[k] { t = b } else { return (t, k, slots) }
    }
  }
}

struct Generator {
  private enum Kind: CaseIterable { case tagged, double, object, immediate, word }
  private var random: Random
  private var pools: [Kind: [Ref]] = [:]
  private var builder: TraceBuilder
  private var trace: Trace
  private var frame: Ref = .none
  // Where the trace starts.
  private var start: (image: [UInt64], frame: UInt64, slots: [UInt64])
  private var values: [UInt64] = []
  private var counts: [Operation: Int] = [:]

  static func makeCase(_ seed: UInt64, counts: inout [Operation: Int]) -> Case {
    var random = Random(state: seed &* 0xd1b5_4a32_d192_ed03)
    let image = memoryImage(&random)
    var g = Generator(Random(state: random.next()), Trace(number: 0), image: image)
    g.makeRoot()
    var traces = [g.trace], bridges: [(Int, Int)] = [], slots = g.trace.instructions.count
    func finish(_ g: Generator) {
      g.trace.sunk = analyse(g.trace).sunk
      for i in g.trace.instructions { counts[i.operation, default: 0] += 1 }
    }
    finish(g)
    for n in 1..<5 {
      if random.chance(3) { break }
      // A bridge from where the traces so far are left.
      let c = Case(traces, bridges, image, failsGuards: false)
      let (parent, exit, values) = c.reference()
      let op = parent.instructions[exit].operation
      if op == .step || op == .guardClear32 { break }
      var b = Generator(Random(state: random.next()), Trace(number: n), image: memory.image)
      b.start.slots = values
      b.trace.firstSlot = slots
      b.makeBridge(from: parent, exit)
      finish(b)
      slots += b.trace.instructions.count
      if slots > Layout.slots { break }
      traces.append(b.trace)
      bridges.append((parent.number, exit))
      parent.bridges[exit] = b.trace
    }
    return Case(traces, bridges, image, failsGuards: random.chance(8))
  }

  private init(_ r: Random, _ t: Trace, image: [UInt64]) {
    random = r
    trace = t
    builder = TraceBuilder(t)
    builder.stableShapes = 1000
    start = (image, Layout.frames[0], [])
  }

  static func memoryImage(_ r: inout Random) -> [UInt64] {
    var m = [UInt64](repeating: 0, count: Layout.memorySize / 8)
    m[Layout.budget] = UInt64(r.below(60))
    m[Layout.bump] = Layout.records
    m[Layout.limit] = Layout.records + UInt64(16 * r.below(12))
    m[Layout.guardCounter] = UInt64(1 + r.below(40))
    for f in Layout.frames {
      let at = Int(f - Layout.memory) / 8
      for k in 0..<8 { m[at + k] = integer(&r) }
      for k in 8..<16 { m[at + k] = immediate(&r) }
      for k in 16..<20 { m[at + k] = r.pick(Layout.objects) }
    }
    for o in Layout.objects {
      let at = Int(o - Layout.memory) / 8
      m[at] = UInt64(40 + r.below(3)) | UInt64(r.below(2)) << 32
      m[at + Layout.count] = UInt64(r.below(9))
      for k in Layout.tagged { m[at + k] = integer(&r) }
      for k in Layout.doubles { m[at + k] = immediate(&r) }
      for k in Layout.pointers { m[at + k] = r.pick(Layout.objects) }
    }
    return m
  }
  private static func integer(_ r: inout Random) -> UInt64 {
    let edges: [Int64] = [0, 1, -1, 2, 1 << 31, -(1 << 31), 1 << 61, -(1 << 62), (1 << 62) - 1, 255, 4095, 4096]
    let v = r.chance(3) ? r.pick(edges) : Int64(bitPattern: r.next()) >> Int64(r.pick([2, 30, 40, 58]))
    return UInt64(bitPattern: v) << 1 | 1
  }
  private static func immediate(_ r: inout Random) -> UInt64 {
    let d = r.chance(5) ? r.pick([0.0, 1, -1, 0.5, 1e70, -1e-70]) : Double(Int64(bitPattern: r.next()) >> 40) / 1024
    let w = encodeImmediate(d)
    return w == 0 ? encodeImmediate(1) : w
  }

  // MARK: the whole

  private mutating func makeRoot() {
    frame = builder.entryFrame()
    loadSome()
    body(4 + random.below(20))
    if random.chance(6) {
      step()
      builder.jump(frame: random.chance(2) ? .none : random.chance(2) ? builder.word(random.pick(Layout.frames)) : frame)
      return
    }
    var effects = TraceBuilder.Effects()
    effects.steps = true
    let counter = builder.word(1)
    builder.beginLoop(effects, frame: frame, registersFrom: 0)
    // As many phis as there may be registers, and more.
    var phis: [(Kind, Ref)] = []
    let i = builder.phi(counter)
    for _ in 0..<random.below(random.chance(4) ? 20 : 6) {
      let kind = random.pick([Kind.tagged, .double, .object, .immediate])
      guard let r = some(kind) else { continue }
      phis.append((kind, kind == .double ? builder.phiDouble(r) : builder.phi(r)))
    }
    evaluate()
    add(.tagged, i)
    for (k, p) in phis { add(k, p) }
    let limit = builder.word(UInt64(1 + random.below(30)) << 1 | 1), s = snapshot()
    builder.guarded(.guardLess, i, limit) { s }
    body(4 + random.below(40))
    let t = snapshot()
    builder.closePhi(i, builder.pure(.addTagged, i, builder.word(3)) { t }) { t }
    for (k, p) in phis {
      if k == .double {
        if let d = some(.immediate), random.chance(3) { builder.closePhi(p, d) { t } }
        else { builder.closePhi(p, builder.pure(.box, some(.double)!)) { t } }
      } else { builder.closePhi(p, some(k)!) { t } }
    }
    builder.jump()
  }

  private mutating func makeBridge(from p: Trace, _ exit: Int) {
    for f in p.snapshots[Int(p.instructions[exit].snapshot)].frames {
      frame = inherit(p, f.pointer)
      var all: [(Kind, Ref)] = []
      for r in f.registers {
        let v = inherit(p, r.value)
        // The register says what it is: see `snapshot`.
        all.append((Kind.allCases[Int(r.register) / 100], v))
        if let d = builder.boxed(v) { all.append((.double, d)) }
      }
      evaluate()
      for (k, v) in all { add(k, v) }
    }
    loadSome()
    body(2 + random.below(12))
    step()
    builder.link(0, frame: random.chance(2) ? .none : random.chance(2) ? builder.word(random.pick(Layout.frames)) : frame)
  }
  private mutating func inherit(_ p: Trace, _ r: Ref) -> Ref {
    if r < 0 { return builder.word(p.constants[Int(-1 - r)]) }
    if p.sunk[Int(r)] {
      let d = p.instructions[Int(r)].a
      return d < 0 ? builder.pure(.box, builder.word(p.constants[Int(-1 - d)])) : builder.inherited(p.firstSlot + Int(d), double: true)
    }
    return builder.inherited(p.firstSlot + Int(r), double: false)
  }
  private mutating func loadSome() {
    var loaded: [(Kind, Ref)] = []
    for k in 0..<20 where random.chance(2) { loaded.append((k < 8 ? .tagged : k < 16 ? .immediate : .object, builder.load(frame, 8 * k))) }
    loaded.append((.object, builder.load(frame, 8 * 16)))
    loaded.append((.tagged, builder.load(frame, 0)))
    let d = builder.load(frame, 8 * 9)
    loaded.append((.double, builder.pure(.decode, d)))
    evaluate()
    for (k, r) in loaded { add(k, r) }
  }
  private mutating func body(_ n: Int) { for _ in 0..<n { one() } }

  // MARK: what is there

  private mutating func add(_ k: Kind, _ r: Ref) { pools[k, default: []].append(r) }
  private mutating func some(_ k: Kind) -> Ref? {
    guard let p = pools[k], !p.isEmpty else { return nil }
    // Recent ones mostly.
    return random.chance(2) ? p[p.count - 1 - random.below(min(5, p.count))] : random.pick(p)
  }
  private mutating func integer() -> Ref { random.chance(4) ? builder.word(Generator.integer(&random)) : some(.tagged)! }
  private mutating func double() -> Ref {
    random.chance(8) ? builder.word(random.pick([0.0, 1.5, -0.0, 1e300, .infinity, .nan]).bitPattern) : some(.double)!
  }
  private mutating func anything() -> Ref { some(random.pick([.tagged, .object, .immediate, .word])) ?? some(.tagged)! }
  private func value(_ r: Ref) -> UInt64 { r < 0 ? trace.constants[Int(-1 - r)] : values[Int(r)] }
  private mutating func snapshot() -> Int32 {
    var f = SnapshotFrame(pointer: frame)
    for k in 0..<random.below(12) {
      let kind = random.pick([Kind.tagged, .object, .immediate, .word, .word])
      if let r = some(kind) { f.registers.append((Int32(Kind.allCases.firstIndex(of: kind)! * 100 + k), r)) }
    }
    return builder.snapshot(Snapshot([f]))
  }
  /// Interprets what there is; the instruction that it is left at, if it is.
  @discardableResult private mutating func evaluate() -> Int? {
    memory.image = start.image
    builder.link(0)
    let (k, v) = interpret(trace, frame: start.frame, inherited: start.slots, complete: false)
    trace.instructions.removeLast()
    values = v
    return k < trace.instructions.count ? k : nil
  }
  @discardableResult private mutating func step() -> Ref {
    let top = builder.snapshot(Snapshot([SnapshotFrame(pointer: frame)], asIs: true))
    let at = trace.instructions.count
    let r = builder.step(function(at: HostCall.step.address), integer(), anything(), random.chance(2) ? .none : integer())
    trace.instructions[at].snapshot = top
    return r
  }

  // MARK: one instruction

  private mutating func one() {
    builder.begin()
    let s = snapshot()
    func same() -> Int32 { s }
    var made: (Kind, Ref)?
    let small = builder.word(31 << 1 | 1)
    switch random.below(37) {
    case 35, 36: record()
    case 34: made = (.word, builder.advance(some(.object)!, 8 * random.pick([-5000, -1, 1, 70000])))
    case 0, 1: made = (.tagged, builder.pure(.addTagged, integer(), integer(), snapshot: same))
    case 2, 3: made = (.tagged, builder.pure(.subTagged, integer(), integer(), snapshot: same))
    case 4: made = (.tagged, builder.pure(.mulTagged, integer(), integer(), snapshot: same))
    case 5: made = (.tagged, builder.pure(.shiftLeftTagged, integer(), builder.pure(.andTagged, integer(), small), snapshot: same))
    case 6: made = (.tagged, builder.pure(.shiftRightTagged, integer(), builder.pure(.andTagged, integer(), small)))
    case 7, 8:
      let op = random.pick([Operation.floorDivTagged, .modTagged])
      if random.chance(2) { made = (.tagged, builder.pure(op, integer(), builder.word(random.pick([3, 7, 8, 64, 1 << 20, 1_000_003, 1 << 40, 1]) << 1 | 1))) } else {
        let mask = builder.word(random.pick([0xff, 0x7fff_ffff, .max >> 3]) << 1 | 1)
        made = (.tagged, builder.pure(op, integer(), builder.pure(.orTagged, builder.pure(.andTagged, some(.tagged)!, mask), builder.word(3))))
      }
    case 9: made = (.tagged, builder.pure(random.pick([.andTagged, .orTagged, .xorTagged]), integer(), integer()))
    case 10: made = (.tagged, builder.pure(.tag, builder.load(some(.object)!, 8 * Layout.count)))
    case 11: made = (.double, builder.pure(.intToDouble, integer()))
    case 12, 13, 14, 15: made = (.double, builder.pure(random.pick([.addDouble, .subDouble, .mulDouble, .divDouble]), double(), double()))
    case 16: made = (.double, builder.pure(.negDouble, double()))
    case 17: made = some(.immediate).map { (.double, builder.pure(.decode, $0)) }
    case 18: made = (.word, builder.pure(.box, some(.double)!))
    case 19:
      // A box whose double has an immediate form.
      let b = builder.pure(.box, some(.double)!)
      evaluate()
      if value(b) & 3 == 2 {
        builder.guarded(.guardImmediate, b, snapshot: same)
        made = (.immediate, b)
      }
    case 20: made = (.tagged, builder.load(some(.object)!, 8 * random.pick(Array(Layout.tagged))))
    case 21: made = (.immediate, builder.load(some(.object)!, 8 * random.pick(Array(Layout.doubles))))
    case 22: made = (.object, builder.load(some(.object)!, 8 * random.pick(Array(Layout.pointers))))
    case 23: builder.store(some(.object)!, 8 * random.pick(Array(Layout.tagged)), integer())
    case 24:
      let o = some(.object)!
      builder.store(o, 8 * random.pick(Array(Layout.pointers)), random.chance(3) ? builder.word(random.pick(Layout.objects)) : some(.object)!)
      builder.writeBarrier(o)
    case 25: if let d = some(.immediate) { builder.store(some(.object)!, 8 * random.pick(Array(Layout.doubles)), d) }
    case 26: made = (.tagged, builder.loadItem(some(.object)!, index(), 16))
    case 27: builder.storeItem(some(.object)!, index(), 16, integer())
    case 28: made = (.tagged, builder.call(function(at: HostCall.mix.address), anything(), anything(), random.chance(2) ? .none : integer()))
    case 29: if random.chance(3) { made = (.tagged, step()) }
    default: check(s)
    }
    if evaluate() != nil {
      // An overflow is left there sometimes; nothing comes behind it.
      builder.rewind()
      evaluate()
      return
    }
    if let (k, r) = made, k != .immediate || value(r) & 3 == 2 { add(k, r) }
  }
  /// A new object, which something looks at.
  private mutating func record() {
    let n = 1 + random.below(3), o = builder.allocate(function(at: HostCall.record.address), builder.word(41), builder.word(UInt64(n)))
    for k in 0..<n where random.chance(2) { builder.store(o, 8 + 8 * k, integer()) }
    if random.chance(3) { add(.tagged, builder.call(function(at: HostCall.mix.address), integer(), integer())) }
    add(.tagged, builder.call(function(at: HostCall.mix.address), o, anything()))
  }
  /// A tagged number from 0 to 7.
  private mutating func index() -> Ref {
    random.chance(3) ? builder.word(UInt64(random.below(8)) << 1 | 1) : builder.pure(.andTagged, some(.tagged)!, builder.word(15))
  }
  private mutating func check(_ s: Int32) {
    func d(_ r: Ref) -> Double { Double(bitPattern: value(r)) }
    func i(_ r: Ref) -> Int64 { Int64(bitPattern: value(r)) }
    func emit(_ op: Operation, _ a: Ref, _ b: Ref = .none, _ truth: Bool, immediate: Int64 = 0) {
      builder.guarded(op, a, b, immediate: immediate, expect: truth) { s }
    }
    switch random.below(10) {
    case 0: let x = anything(); emit(.guardTagged, x, .none, value(x) & 1 != 0)
    case 1: let x = anything(); emit(.guardImmediate, x, .none, value(x) & 3 == 2)
    case 2:
      let x = random.chance(4) ? some(.tagged)! : some(.object)!, shape = Int64(40 + random.below(3)), w = value(x)
      emit(.guardShape, x, .none, w & 3 == 0 && memory.base[Int(w - Layout.memory) / 8] & 0xffff_ffff == UInt64(shape), immediate: shape)
    case 3: let x = anything(), y = random.chance(3) ? builder.word(value(x)) : anything(); emit(.guardSame, x, y, value(x) == value(y))
    case 4: let x = integer(), y = integer(); emit(.guardLess, x, y, i(x) < i(y))
    case 5: let x = integer(), y = integer(); emit(.guardLessEqual, x, y, i(x) <= i(y))
    case 6: let x = integer(), y = integer(); emit(.guardBelow, x, y, value(x) < value(y))
    case 7: let x = double(), y = double(); emit(.guardDoubleLess, x, y, d(x) < d(y))
    case 8: let x = double(), y = double(); emit(.guardDoubleLessEqual, x, y, d(x) <= d(y))
    default:
      if random.chance(2) { let x = double(), y = random.chance(2) ? x : double(); emit(.guardDoubleEqual, x, y, d(x) == d(y)) }
      else { emit(.guardClear32, random.chance(2) ? .none : builder.word(Layout.frames[1] + 192), .none, true) }
    }
  }
}
