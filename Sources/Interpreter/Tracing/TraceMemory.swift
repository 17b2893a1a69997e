// The end of traces: what keeps them, when their code is freed, and the bound on code memory.
//
// A trace of a loop, a function or the rest of one is with its bridges one tree; a trace may end in another tree (a link). Laws:
//   * A tree lives as long as the code object that it starts in. What its constants name lives as long as it does, so they are not
//     roots: at the end of marking the trees of living code objects mark theirs (`CollectorHook.dependents`).
//   * Nobody may be inside of what is freed. `active` counts the calls of a tree's code that have not returned, on any thread's
//     machine stack (tasklets that wait are in no trace); from there the code of other trees is reached over links, and from
//     a trace that ends in a return, by what goes on there.
//   * What leads into a freed tree is taken away first: its LOOP gets its own word back, its function forgets it; bridges of other
//     trees that end in it go, and their exits leave again; a root that ends in it takes its tree along.
//   * When code memory is full, the trees that did least since it was full the last time go first, down to three quarters of
//     the bound. A loop that loses its trace three times stays with the interpreter.

import Bytecode
import Glibc
import Heap
import MetaTracing
import Objects

enum TraceMemory {
  /// All that have code, oldest first.
  nonisolated(unsafe) static var trees: [LoopTrace] = []
  /// Numbers of traces that are gone.
  nonisolated(unsafe) static var freeNumbers: [Int] = []
  nonisolated(unsafe) static var freed = 0, evicted = 0

  static func nextNumber() -> Int { freeNumbers.last ?? traces.count }

  static func add(_ trace: Trace, _ loop: LoopTrace) {
    if trace.number < traces.count {
      if freeNumbers.last == trace.number { freeNumbers.removeLast() } else { freeNumbers.removeAll { $0 == trace.number } }
      traces[trace.number] = (trace, loop)
    } else {
      traces.append((trace, loop))
    }
    if loop.members.isEmpty { trees.append(loop) }
    loop.members.append(trace.number)
    if let n = linkTarget(trace.number), let (_, l) = traces[n] { l.linksHere += 1 }
  }

  // MARK: what is kept

  static func install() {
    CollectorHook.dependents.append { mark in
      var more = false
      let kept = reached()
      for l in trees where l.marked != weft_vm.majorCount && (!isDead(l.code) || kept.contains(ObjectIdentifier(l))) {
        l.marked = weft_vm.majorCount
        more = true
        mark(l.code)
        for m in l.members { if let (t, _) = traces[m] { for k in t.constants.indices where t.constantIsObject[k] { mark(Value(bits: t.constants[k])) } } }
      }
      return more
    }
    CollectorHook.afterMarking.append {
      let dead = trees.filter { $0.marked != weft_vm.majorCount }
      for l in dead { free(l) }
      let kept = trees.contains { $0.retired } ? reached() : []
      for l in trees where l.retired && !l.isFreed && !kept.contains(ObjectIdentifier(l)) { free(l) }
      trees.removeAll { $0.isFreed }
      forgetReturns()
      failures = failures.filter { !isDead($0.value.code) }
    }
  }

  /// Trees whose code is being run, and those that it may go on in.
  private static func reached(from more: [LoopTrace] = []) -> Set<ObjectIdentifier> {
    var out: Set<ObjectIdentifier> = [], work = trees.filter { $0.active > 0 } + more
    // A trace that ends in a return goes on in whatever trace there is for the place that it returns to.
    var returns = false
    while let l = work.popLast() {
      guard out.insert(ObjectIdentifier(l)).inserted else { continue }
      work += targets(of: l)
      if !returns, l.members.contains(where: { traces[$0]?.trace.instructions.last?.operation == .goTo }) {
        returns = true
        work += trees.filter { $0.kind == .continuation }
      }
    }
    return out
  }
  private static func targets(of l: LoopTrace) -> [LoopTrace] { l.members.compactMap { m in linkTarget(m).flatMap { traces[$0]?.loop } } }
  /// The trace in which trace `n` ends, if it ends in another one.
  static func linkTarget(_ n: Int) -> Int? {
    guard let i = traces[n]?.trace.instructions.last, i.operation == .link else { return nil }
    return Int(i.immediate)
  }

  // MARK: freeing

  /// Frees a tree that nobody is in or can come to from where somebody is; who calls takes it off `trees`.
  static func free(_ l: LoopTrace) {
    if l.isFreed { return }
    l.isFreed = true
    unpatch(l)
    for n in l.patches {
      Patches.remove(n)
      loops[n] = nil
    }
    switch l.kind {
    case .function:
      let code = l.code.code
      if code.pointee.entryTrace == UInt32(l.trace.number + 1) {
        code.pointee.entryTrace = 0
        code.pointee.hotness = 0
      }
    case .continuation: forgetContinuation(l.head)
    case .loop, .bridge: break
    }
    for other in trees where l.linksHere > 0 && !other.isFreed {
      // A bridge that goes takes those with it that start from it; a root, its tree.
      while !other.isFreed, let n = other.members.first(where: { linkTarget($0).map { traces[$0]?.loop === l } ?? false }) {
        if n == other.trace.number { free(other) } else { removeBridge(n, of: other) }
      }
    }
    for m in l.members { drop(m) }
    freed += 1
  }
  private static func removeBridge(_ n: Int, of l: LoopTrace) {
    if let (t, _) = traces[n] { for b in t.bridges.values { removeBridge(b.number, of: l) } }
    if let p = traces[n]?.trace.known?.parent, let (from, _) = traces[p.number] {
      from.detach(at: p.exit)
      from.exits[p.exit] = 0
    }
    drop(n)
    l.members.removeAll { $0 == n }
  }
  private static func drop(_ n: Int) {
    if let m = linkTarget(n), let (_, l) = traces[m] { l.linksHere -= 1 }
    traces[n]?.trace.freeCode()
    traces[n]?.loop.inside.remove(n)
    traces[n] = nil
    freeNumbers.append(n)
  }
  /// Gives the loop's instructions back their own words.
  static func unpatch(_ l: LoopTrace) {
    for (site, n) in zip(l.sites, l.patches) where site.pointee == Patches.word(n) { UnsafeMutablePointer(mutating: site).pointee = Patches.original(site.pointee) }
  }
  static func patch(_ l: LoopTrace) {
    if l.retired { return }
    for (site, n) in zip(l.sites, l.patches) { UnsafeMutablePointer(mutating: site).pointee = Patches.word(n) }
  }

  // MARK: the bound

  /// Frees what did least, until a quarter of the bound, or `bytes` more, is free; whether there is room now.
  static func makeRoom(_ bytes: Int, keeping: [LoopTrace]) -> Bool {
    let memory = CodeMemory.shared, goal = memory.limit - max(memory.limit / 4, min(memory.limit, bytes))
    let busy = reached(from: keeping), before = memory.live
    let idle = trees.filter { !busy.contains(ObjectIdentifier($0)) }.map { ($0, $0.retired ? -1 : $0.work - $0.workBefore) }.sorted { $0.1 < $1.1 }
    for (l, _) in idle where memory.live > goal && !l.isFreed {
      note(failure: l.head, l.code)
      free(l)
      evicted += 1
    }
    trees.removeAll { $0.isFreed }
    for l in trees { l.workBefore = l.work; l.count(true) }
    return memory.live < before
  }

  /// One more reason not to record the loop at `head`; `times`: how many.
  static func note(failure head: UnsafePointer<UInt32>, _ code: Value, times: Int = 1) { failures[head, default: (0, code)].count += times }
}

extension LoopTrace {
  /// Entries and iterations so far, as far as they are counted.
  var work: Int { entries + Int(iterations.pointee) }
}
