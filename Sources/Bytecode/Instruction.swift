// Encoding and decoding of instruction words.

/// One instruction with its prefix and extra word resolved.
public struct Instruction: Equatable {
  public var opcode: Opcode
  /// Operands as the format has them; `b` holds D, `a` holds E.
  public var a = 0, b = 0, c = 0
  public var extra: UInt32 = 0
  /// Words taken up, WIDE prefix and extra word included.
  public var length = 1
  public init(_ opcode: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, extra: UInt32 = 0) {
    self.opcode = opcode; self.a = a; self.b = b; self.c = c; self.extra = extra
  }

  /// Decodes the instruction at word `at`; nil when the words are no instruction. `live`: the words are those of a code
  /// object, where the run-time system may have put an instruction of its own in place of another, which is then given.
  public static func decode(_ words: UnsafeBufferPointer<UInt32>, at: Int, live: Bool = false) -> Instruction? {
    guard at >= 0, at < words.count else { return nil }
    var w = live ? Patches.original(words[at]) : words[at], i = at, ha = 0, hb = 0, hc = 0
    if w & 0xff == UInt32(Opcode.wide.rawValue) {
      guard at + 1 < words.count else { return nil }
      ha = Int(w >> 8 & 0xff); hb = Int(w >> 16 & 0xff); hc = Int(w >> 24)
      i += 1; w = words[i]
    }
    guard let op = Opcode(rawValue: UInt8(w & 0xff)), op != .wide, op != .enterTrace else { return nil }
    let info = Opcode.table[Int(op.rawValue)]
    var r = Instruction(op)
    let a = Int(w >> 8 & 0xff), b = Int(w >> 16 & 0xff), c = Int(w >> 24)
    switch info.format {
    case .none: break
    case .a: r.a = a | ha << 8
    case .ab: r.a = a | ha << 8; r.b = b | hb << 8
    case .abc: r.a = a | ha << 8; r.b = b | hb << 8; r.c = c | hc << 8
    case .aD: r.a = a | ha << 8; r.b = Int(w >> 16) | (hb | hc << 8) << 16
    case .asD: r.a = a | ha << 8; r.b = Int(Int16(truncatingIfNeeded: w >> 16))
    case .sE: r.a = Int(Int32(bitPattern: w) >> 8)
    }
    if info.extra != .none {
      i += 1
      guard i < words.count else { return nil }
      r.extra = words[i]
    }
    r.length = i - at + 1
    return r
  }

  /// Appends the words of this instruction; `forceWide` adds a WIDE prefix even where none is needed (not to jumps and
  /// immediates, which have no wide form).
  public func encode(into out: inout [UInt32], forceWide: Bool = false) {
    let info = Opcode.table[Int(opcode.rawValue)]
    let op = UInt32(opcode.rawValue)
    func prefix(_ x: Int, _ y: Int, _ z: Int) {
      if forceWide || x | y | z != 0 { out.append(UInt32(Opcode.wide.rawValue) | UInt32(x) << 8 | UInt32(y) << 16 | UInt32(z) << 24) }
    }
    switch info.format {
    case .none: out.append(op)
    case .a, .ab, .abc:
      prefix(a >> 8, b >> 8, c >> 8)
      out.append(op | UInt32(a & 0xff) << 8 | UInt32(b & 0xff) << 16 | UInt32(c & 0xff) << 24)
    case .aD:
      prefix(a >> 8, b >> 16 & 0xff, b >> 24 & 0xff)
      out.append(op | UInt32(a & 0xff) << 8 | UInt32(b & 0xffff) << 16)
    case .asD:
      prefix(a >> 8, 0, 0)
      out.append(op | UInt32(a & 0xff) << 8 | UInt32(UInt16(truncatingIfNeeded: b)) << 16)
    case .sE: out.append(op | UInt32(truncatingIfNeeded: a << 8))
    }
    if info.extra != .none { out.append(extra) }
  }
}

/// Words that the run-time system has replaced in code objects, by the operand of what stands there now.
public enum Patches {
  nonisolated(unsafe) private static var originals: [UInt32] = []
  /// Numbers whose replacement is gone from the code.
  nonisolated(unsafe) private static var unused: [Int] = []

  /// The number for a replacement of `word`.
  public static func add(_ word: UInt32) -> Int {
    if let n = unused.popLast() { originals[n] = word; return n }
    originals.append(word)
    return originals.count - 1
  }
  /// What `word` was when the code was made.
  @inline(__always) public static func original(_ word: UInt32) -> UInt32 {
    if word & 0xff != UInt32(Opcode.enterTrace.rawValue) { return word }
    return originals[Int(word >> 8)]
  }
  /// The words of a code object as they were when it was made.
  public static func originals(of words: UnsafeBufferPointer<UInt32>) -> [UInt32] {
    var out = Array(words)
    var at = 0
    // Operands that follow an instruction may look like anything: go from instruction to instruction.
    while !originals.isEmpty, at < out.count, let i = Instruction.decode(words, at: at, live: true) {
      out[at] = original(out[at])
      at += i.length
    }
    return out
  }
  /// No code has replacement `number` any more.
  public static func remove(_ number: Int) { unused.append(number) }
  public static func word(_ number: Int) -> UInt32 { UInt32(Opcode.enterTrace.rawValue) | UInt32(number) << 8 }
}
