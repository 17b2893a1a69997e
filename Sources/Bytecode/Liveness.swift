// Which temporaries of a waiting frame are still needed: backward data-flow analysis over registers (Aho, Lam, Sethi,
// Ullman, "Compilers", 9.2.5). Variables always count as live, for a debugger or `locals()` may look at them.

/// Live temporaries of one code unit at every instruction.
public struct Liveness {
  /// Registers from this number on are temporaries.
  public let variables: Int
  private let width: Int
  /// Index of the instruction that starts at a word, or -1.
  private var indexOf: [Int32]
  private var instructions: [(at: Int, i: Instruction)] = []
  /// Live-in sets, `width` words an instruction.
  private var live: [UInt64] = []
  /// For every instruction the word of its exception handler and the register that gets the exception, or (-1, -1).
  private var handlerOf: [(word: Int, register: Int)] = []

  /// `handlers`: (first word, word after the last, handler's word, register of the exception).
  public init(words: UnsafeBufferPointer<UInt32>, registers: Int, variables: Int, handlers: [(Int, Int, Int, Int)]) {
    self.variables = variables
    width = max(1, (registers - variables + 63) / 64)
    indexOf = Array(repeating: -1, count: words.count + 1)
    var at = 0
    while at < words.count, let i = Instruction.decode(words, at: at, live: true) {
      indexOf[at] = Int32(instructions.count)
      instructions.append((at, i))
      at += i.length
    }
    live = Array(repeating: 0, count: (instructions.count + 1) * width)
    handlerOf = instructions.map { at, _ in
      // The innermost range is the first that holds the word.
      for h in handlers where at >= h.0 && at < h.1 { return (h.2, h.3) }
      return (-1, -1)
    }
    var changed = true
    var out = [UInt64](repeating: 0, count: width)
    while changed {
      changed = false
      for k in stride(from: instructions.count - 1, through: 0, by: -1) {
        let (at, i) = instructions[k], next = at + i.length
        for w in 0..<width { out[w] = 0 }
        func flow(_ target: Int) {
          guard target >= 0, target < indexOf.count, indexOf[target] >= 0 else { return }
          let base = Int(indexOf[target]) * width
          for w in 0..<width { out[w] |= live[base + w] }
        }
        switch i.opcode {
        case .jmp, .loop: flow(next + i.a)
        case .ret, .reraise: break
        // While its exception is made, a frame stands behind the `raise`; what loads it looks at what comes there.
        default:
          flow(next)
          // A test skips its JMP word.
          if Opcode.table[Int(i.opcode.rawValue)].test { flow(next + 1) }
        }
        forEachDefinition(i) { r in if r >= variables { out[(r - variables) / 64] &= ~(1 << UInt64((r - variables) % 64)) } }
        let h = handlerOf[k]
        if h.word >= 0 {
          let base = Int(indexOf[h.word]) * width
          for w in 0..<width {
            var bits = live[base + w]
            if h.register >= variables && (h.register - variables) / 64 == w { bits &= ~(1 << UInt64((h.register - variables) % 64)) }
            out[w] |= bits
          }
        }
        forEachUse(i) { r in if r >= variables { out[(r - variables) / 64] |= 1 << UInt64((r - variables) % 64) } }
        for w in 0..<width where live[k * width + w] != out[w] { live[k * width + w] = out[w]; changed = true }
      }
    }
  }

  /// Whether the instruction at word `at`, or what follows it, reads register `r` before it is written.
  public func isLiveIn(_ r: Int, at: Int) -> Bool {
    if r < variables { return true }
    guard at < indexOf.count, indexOf[at] >= 0 else { return true }
    return live[Int(indexOf[at]) * width + (r - variables) / 64] >> UInt64((r - variables) % 64) & 1 != 0
  }

  /// Whether register `r` of a frame that waits with its pc at `at` is needed when it goes on. What the instruction it
  /// waits in will write is not.
  public func isLive(_ r: Int, at: Int) -> Bool {
    if r < variables { return true }
    guard at < indexOf.count, indexOf[at] >= 0 else { return true }
    let k = Int(indexOf[at])
    func needed(_ k: Int) -> Bool { live[k * width + (r - variables) / 64] >> UInt64((r - variables) % 64) & 1 != 0 }
    // What it waits for may raise.
    if k > 0, handlerOf[k - 1].word >= 0, handlerOf[k - 1].register != r, needed(Int(indexOf[handlerOf[k - 1].word])) { return true }
    // A frame that waits at the JMP of a test may take it or skip it.
    let test = k > 0 && Opcode.table[Int(instructions[k - 1].i.opcode.rawValue)].test
    if !needed(k) && !(test && needed(k + 1)) { return false }
    guard k > 0, at > 0 else { return true }
    var written = false
    // `send` reads the register again when it is retried.
    if instructions[k - 1].i.opcode != .send { forEachDefinition(instructions[k - 1].i) { if $0 == r { written = true } } }
    return !written
  }
}

/// Calls `body` with every register that an instruction writes.
public func forEachDefinition(_ i: Instruction, _ body: (Int) -> Void) {
  let info = Opcode.table[Int(i.opcode.rawValue)]
  switch i.opcode {
  case .getMethod, .getSpecial: body(i.a); body(i.a + 1)
  case .unpack: for r in i.a..<(i.a + i.c) { body(r) }
  case .unpackEx: for r in i.a...(i.a + i.c + Int(i.extra)) { body(r) }
  default:
    if info.a == .def || info.a == .useDef { body(i.a) }
    if info.b == .def { body(i.b) }
    if info.c == .def { body(i.c) }
  }
}

/// Calls `body` with every register that an instruction reads.
public func forEachUse(_ i: Instruction, _ body: (Int) -> Void) {
  func window(_ first: Int, _ count: Int) { for r in first..<(first + count) { body(r) } }
  let info = Opcode.table[Int(i.opcode.rawValue)]
  switch i.opcode {
  case .buildSlice: window(i.b, 3)
  case .buildTuple, .buildList, .buildSet, .buildString: window(i.b, i.c)
  case .buildMap: window(i.b, 2 * i.c)
  case .formatValue: window(i.b, i.c >= 4 ? 2 : 1)
  case .call, .callKw: window(i.a, 1 + i.b)
  case .callMethod, .callMethodKw: window(i.a, 2 + i.b)
  case .callEx: window(i.a, 2 + i.b)
  case .intrinsic: window(i.b, Intrinsic.allCases[i.c].arity)
  case .makeFunction: window(i.b, i.extra.nonzeroBitCount)
  case .raise: window(i.a, min(i.c, 1)); if i.c == 2 { body(i.b) }
  case .yield:
    body(i.b)
    if i.c > 0 { body(i.c - 1) }
  default:
    if info.a == .use || info.a == .useDef { body(i.a) }
    if info.b == .use || info.b == .useDef { body(i.b) }
    if info.c == .use || info.c == .useDef { body(i.c) }
  }
}
