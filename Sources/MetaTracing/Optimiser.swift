// Dead code elimination, and the sinking of boxes and new objects into exits (after PyPy's virtuals: Bolz et al., "Allocation
// removal by partial evaluation in a tracing JIT", 2011).

/// Which instructions have to be executed. `sunk` boxes and objects are made by exits only.
public struct Needs {
  public var needed: [Bool]
  public var sunk: [Bool]
  /// Of each `allocate`, the stores to what it makes: needed when the object is.
  var storesTo: [Int: [Int]] = [:]
}

/// A value is needed where an instruction with an effect, a guard, an exit or another needed value uses it; of a `box` that
/// only exits use, its double is needed; of an object that only exits use, what was stored to it.
public func analyse(_ t: Trace) -> Needs {
  let n = t.instructions.count
  var needed = [Bool](repeating: false, count: n)
  var atExit = [Bool](repeating: false, count: n)
  var work: [Int] = []
  let storesTo = storesToNewObjects(t)
  func use(_ r: Ref) {
    if r >= 0 && !needed[Int(r)] { needed[Int(r)] = true; work.append(Int(r)) }
  }
  func useAtExit(_ r: Ref) {
    guard r >= 0 else { return }
    let i = t.instructions[Int(r)]
    switch i.operation {
    case .box:
      if !atExit[Int(r)] { atExit[Int(r)] = true; use(i.a) }
    case .allocate where storesTo[Int(r)] != nil:
      if atExit[Int(r)] { return }
      atExit[Int(r)] = true
      use(i.a); use(i.b); use(i.c)
      for s in storesTo[Int(r)]! where t.instructions[s].operation == .store { useAtExit(t.instructions[s].b) }
    default: use(r)
    }
  }
  let waiting = Set(storesTo.values.joined())
  for (k, i) in t.instructions.enumerated() {
    let info = Operation.table[Int(i.operation.rawValue)]
    let isLoad = i.operation == .load || i.operation == .loadItem || i.operation == .allocate
    // Arithmetic that can overflow is needed for its result only.
    let isRoot = i.operation != .phi && i.operation != .phiDouble && !isLoad && (!info.pure || info.isGuard && info.result == .nothing)
    if isRoot && !waiting.contains(k) { use(Ref(k)) }
  }
  while let k = work.popLast() {
    let i = t.instructions[k]
    let info = Operation.table[Int(i.operation.rawValue)]
    if i.operation == .enterLoop { for v in t.loopArguments { use(v.value) } }
    if info.operands >= 1 { use(i.a) }
    if info.operands >= 2 { use(i.b) }
    if info.operands >= 3 { use(i.c) }
    for s in storesTo[k] ?? [] { use(Ref(s)) }
    if info.isGuard, i.snapshot >= 0 {
      useAtExit(t.snapshots[Int(i.snapshot)].result)
      for c in t.snapshots[Int(i.snapshot)].carried { useAtExit(c.value) }
      for f in t.snapshots[Int(i.snapshot)].frames {
        useAtExit(f.pointer); useAtExit(f.function); useAtExit(f.extra)
        for r in f.registers { useAtExit(r.value) }
      }
    }
  }
  var sunk = [Bool](repeating: false, count: n)
  for k in 0..<n where atExit[k] && !needed[k] { sunk[k] = true }
  return Needs(needed: needed, sunk: sunk, storesTo: storesTo)
}

/// The stores to each new object; objects made before a loop that stores to them are left out.
private func storesToNewObjects(_ t: Trace) -> [Int: [Int]] {
  var out: [Int: [Int]] = [:]
  var kept: Set<Int> = []
  let loop = t.instructions.firstIndex { $0.operation == .loop } ?? -1
  for (k, i) in t.instructions.enumerated() {
    switch i.operation {
    case .allocate: out[k] = []
    case .store, .storeShape, .writeBarrier:
      guard i.a >= 0, t.instructions[Int(i.a)].operation == .allocate else { continue }
      if Int(i.a) < loop && k > loop { kept.insert(Int(i.a)) }
      out[Int(i.a)]!.append(k)
    default: break
    }
  }
  for k in kept { out[k] = nil }
  return out
}
