// Dead code elimination, and the sinking of boxes into exits.

/// Which instructions have to be executed. `sunk` boxes are made by exits only.
public struct Needs {
  public var needed: [Bool]
  public var sunk: [Bool]
}

/// A value is needed where an instruction with an effect, a guard, an exit or another needed value uses it; of a `box` that
/// only exits use, its double is needed.
public func analyse(_ t: Trace) -> Needs {
  let n = t.instructions.count
  var needed = [Bool](repeating: false, count: n)
  var atExit = [Bool](repeating: false, count: n)
  var work: [Int] = []
  func use(_ r: Ref) {
    if r >= 0 && !needed[Int(r)] { needed[Int(r)] = true; work.append(Int(r)) }
  }
  func useAtExit(_ r: Ref) {
    guard r >= 0 else { return }
    if t.instructions[Int(r)].operation == .box {
      if !atExit[Int(r)] { atExit[Int(r)] = true; use(t.instructions[Int(r)].a) }
    } else { use(r) }
  }
  for (k, i) in t.instructions.enumerated() {
    let info = Operation.table[Int(i.operation.rawValue)]
    let isLoad = i.operation == .load || i.operation == .loadItem
    // Arithmetic that can overflow is needed for its result only.
    let isRoot = i.operation != .phi && i.operation != .phiDouble && !isLoad && (!info.pure || info.isGuard && info.result == .nothing)
    if isRoot { use(Ref(k)) }
  }
  while let k = work.popLast() {
    let i = t.instructions[k]
    if Operation.table[Int(i.operation.rawValue)].operands >= 1 { use(i.a) }
    if Operation.table[Int(i.operation.rawValue)].operands >= 2 { use(i.b) }
    if Operation.table[Int(i.operation.rawValue)].operands >= 3 { use(i.c) }
    if Operation.table[Int(i.operation.rawValue)].isGuard, i.snapshot >= 0 {
      useAtExit(t.snapshots[Int(i.snapshot)].result)
      for f in t.snapshots[Int(i.snapshot)].frames {
        useAtExit(f.pointer); useAtExit(f.function)
        for r in f.registers { useAtExit(r.value) }
      }
    }
  }
  var sunk = [Bool](repeating: false, count: n)
  for k in 0..<n where atExit[k] && !needed[k] { sunk[k] = true }
  return Needs(needed: needed, sunk: sunk)
}
