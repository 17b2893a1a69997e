// Whether the registers of a frame from outside are what its code takes for granted from where it waits.
//
// For every register the paths from the pc are followed until the register is written. On the way an unbound one must not
// be read but by what looks for that, and a bound one must be of the kind that the reading instruction does not check.

import Bytecode
import Heap
import Objects

fileprivate enum Kind { case list, set, dict, str, exception, cell }

/// What an instruction takes for granted of the registers it reads.
private func forEachTrust(_ i: Instruction, _ body: (Int, Kind) -> Void) {
  switch i.opcode {
  case .listAppend, .listExtend: body(i.a, .list)
  case .setAdd, .setUpdate: body(i.a, .set)
  case .mapAdd, .dictUpdate, .dictMerge: body(i.a, .dict)
  case .buildString: for r in i.b..<(i.b + i.c) { body(r, .str) }
  case .formatValue: if i.c >= 4 { body(i.b + 1, .str) }
  case .leaveExcept, .reraise: body(i.a, .exception)
  case .enterExcept: body(i.b, .exception)
  case .loadCell: body(i.b, .cell)
  case .storeCell, .delCell: body(i.a, .cell)
  case .loadClassDeref: body(i.b, .cell)
  default: break
  }
}

private func isKind(_ v: Value, _ k: Kind) -> Bool {
  switch k {
  case .list: return v.isExact(.list)
  case .set: return v.isObject && (v.kind == .set || v.kind == .frozenset)
  case .dict: return v.isObject && v.kind == .dict
  case .str: return v.isStr
  case .exception: return isExceptionInstance(v)
  case .cell: return v.isExact(.cell)
  }
}

/// Registers that an instruction may find unbound.
private func mayBeUnbound(_ i: Instruction, _ r: Int) -> Bool {
  switch i.opcode {
  case .callMethod, .callMethodKw: return r == i.a + 1
  case .leaveExcept, .jbound, .check, .newCell, .clear: return true
  default: return false
  }
}

/// What an instruction that waits makes of the result that arrives.
enum Delivery {
  /// Nothing waits here: a frame on top can only be one whose result is dropped (a finaliser).
  case none
  case result(Int)
  case truth(Int, inverted: Bool)
  case dropped, branch
  case forIter(Int), send(Int)
  case spread(Int)
  case method(Int)
  /// A generator that is suspended: the register takes what is sent.
  case yield(Int)
}

private func delivery(of i: Instruction) -> Delivery {
  switch i.opcode {
  case .nop, .wide, .move, .loadK, .loadI, .clear, .newCell, .storeCell, .getClosure, .isOp, .isNot, .jis, .jisK, .jbound, .jmp, .loop, .ret, .enterExcept,
       .leaveExcept, .reraise, .check, .buildTuple, .buildList: return .none
  case .forIter: return .forIter(i.a)
  case .send: return .send(i.a)
  case .yield: return .yield(i.a)
  case .in: return .truth(i.a, inverted: false)
  case .notIn, .not: return .truth(i.a, inverted: true)
  case .unpack, .unpackEx: return .spread(i.a)
  case .getMethod, .getSpecial: return .method(i.a)
  case .call, .callMethod, .callKw, .callMethodKw, .callEx: return .result(i.c)
  case .storeGlobal, .storeName, .delGlobal, .delName, .setAttr, .delAttr, .setItem, .delItem, .listAppend, .setAdd, .mapAdd, .listExtend, .setUpdate, .dictUpdate,
       .dictMerge, .raise, .delCell: return .dropped
  default: return Opcode.table[Int(i.opcode.rawValue)].test ? .branch : .result(i.a)
  }
}

/// What must hold of a frame's registers for its code to go on from a place. Found once for a place.
struct FramePlan {
  /// Registers that are read before anything is put into them, with the word that reads.
  var bound: [(register: Int, at: Int)] = []
  /// Registers that are of a kind where they are bound.
  fileprivate var kinds: [(register: Int, kind: Kind, at: Int)] = []
  var delivery = Delivery.none

  /// Whether a frame on top of this one may hand over its result as `state` says. The result of a finaliser is dropped
  /// wherever it came in between.
  func accepts(_ state: UInt32) -> Bool {
    let r = Int(state >> 8)
    switch (state & 0xff, delivery) {
    case (Deliver.discard, _): return true
    case (Deliver.setAttribute, .dropped): return true
    case (Deliver.store, .result(let d)), (Deliver.initialize, .result(let d)), (Deliver.generator, .result(let d)): return r == d
    case (Deliver.store, .yield(let d)): return r == d
    case (Deliver.truth, .truth(let d, let inverted)): return r == d && !inverted
    case (Deliver.invertedTruth, .truth(let d, let inverted)): return r == d && inverted
    case (Deliver.branch, .branch): return r <= 1
    case (Deliver.forIter, .forIter(let d)), (Deliver.send, .send(let d)), (Deliver.method, .method(let d)): return r == d
    case (Deliver.spread, .spread(let d)): return r & 0xffff == d
    default: return false
    }
  }

  /// nil, or why the frame must not run: `value` gives the registers.
  func fault(_ value: (Int) -> Value) -> String? {
    for b in bound where value(b.register).isEmpty { return "register \(b.register), unbound, at word \(b.at)" }
    for k in kinds {
      let v = value(k.register)
      if !v.isEmpty && !isKind(v, k.kind) { return "register \(k.register), of type \(typeName(v)), at word \(k.at)" }
    }
    return nil
  }
}

private struct PlanKey: Hashable { var code: UInt; var pc: Int; var waits: Bool }
nonisolated(unsafe) private var plans: [PlanKey: FramePlan] = [:]
nonisolated(unsafe) private var plansWatched = false

/// The plan for going on at word `pc` (0: from the start); nil where no instruction begins there. `waits`: what the
/// instruction before writes has still to arrive.
func framePlan(_ code: Value, pc: Int, waits: Bool = true) -> FramePlan? {
  let key = PlanKey(code: UInt(code.bits), pc: pc, waits: waits)
  if let p = plans[key] { return p }
  guard let p = makePlan(code.code.pointee, pc: pc, waits: waits) else { return nil }
  if !plansWatched {
    plansWatched = true
    // Code may have died, and other code come in its place.
    CollectorHook.afterMarking.append { if plans.contains(where: { isDead(Value(bits: UInt64($0.key.code))) }) { plans = plans.filter { !isDead(Value(bits: UInt64($0.key.code))) } } }
  }
  if plans.count > 20_000 { plans.removeAll() }
  plans[key] = p
  return p
}

private func makePlan(_ code: CodeObject, pc: Int, waits: Bool) -> FramePlan? {
  let words = code.words
  var list: [(at: Int, i: Instruction)] = [], indexOf = [Int32](repeating: -1, count: words.count + 1)
  var at = 0
  while at < words.count, let i = Instruction.decode(words, at: at, live: true) {
    indexOf[at] = Int32(list.count)
    list.append((at, i))
    at += i.length
  }
  guard pc >= 0, pc < words.count, indexOf[pc] >= 0 else { return nil }
  let first = Int(indexOf[pc]), started = pc > 0
  var starts = [first]
  var written: Set<Int> = []
  var plan = FramePlan()
  if started && first > 0 && waits {
    let waiting = list[first - 1].i
    plan.delivery = Tasklets.delivery(of: waiting)
    // Only these wait; what they write arrives when they go on.
    if Opcode.table[Int(waiting.opcode.rawValue)].test { starts.append(first + 1) }
    if waiting.opcode != .send { forEachDefinition(waiting) { written.insert($0) } }
  }
  var handlers: [(Int, Int, Int, Int)] = []
  if let ranges = code.exceptions?.assumingMemoryBound(to: PackedRange.self) {
    for k in 0..<code.exceptionCount { handlers.append((Int(ranges[k].start), Int(ranges[k].end), Int(ranges[k].handler), Int(ranges[k].register))) }
  }
  var seen = [Int32](repeating: -1, count: list.count + 1)
  // The ways that begin with register `r` unbound, or bound: until it is written.
  func follow(_ r: Int, unbound: Bool) {
    let mark = Int32(r * 2 + (unbound ? 1 : 0))
    var work = starts
    // An exception may arrive at once: as if the instruction before had raised it.
    if started && first > 0 { 
      for h in handlers where list[first - 1].at >= h.0 && list[first - 1].at < h.1 {
        if h.3 != r { work.append(Int(indexOf[h.2])) }
        break
      }
    }
    while let k = work.popLast() {
      guard k >= 0, k < list.count, seen[k] != mark else { continue }
      seen[k] = mark
      let (at, i) = list[k]
      var stop = false
      if unbound {
        var read = false
        forEachUse(i) { if $0 == r && !mayBeUnbound(i, r) { read = true } }
        if read { plan.bound.append((r, at)); return }
        // A bound check ends the way of an unbound variable.
        if i.opcode == .check && i.a == r { stop = true }
      } else {
        forEachTrust(i) { if $0 == r { plan.kinds.append((r, $1, at)) } }
      }
      for h in handlers where at >= h.0 && at < h.1 {
        if h.3 != r { work.append(Int(indexOf[h.2])) }
        break
      }
      forEachDefinition(i) { if $0 == r { stop = true } }
      if stop { continue }
      switch i.opcode {
      case .jmp, .loop: work.append(at + i.length + i.a < indexOf.count ? Int(indexOf[max(0, at + i.length + i.a)]) : -1)
      case .ret, .raise, .reraise: break
      default:
        work.append(k + 1)
        if Opcode.table[Int(i.opcode.rawValue)].test {
          // When jbound finds it unbound, the JMP decides; both ways are followed.
          work.append(k + 2)
        }
      }
    }
  }
  for r in 0..<Int(code.registerCount) where !written.contains(r) {
    follow(r, unbound: true)
    follow(r, unbound: false)
  }
  return plan
}
