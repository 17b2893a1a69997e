// Encodings of the AArch64 instructions that compiled traces use (Arm ARM, C6 and C7).

package enum ARM64Register: UInt8 {
  case x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28, x29, x30
  /// The stack pointer as a base, zero as an operand.
  case sp
  package static let zero = ARM64Register.sp
}

package enum ARM64Condition: UInt32 {
  case eq = 0, ne, hs, lo, mi, pl, vs, vc, hi, ls, ge, lt, gt, le
  package var inverted: ARM64Condition { ARM64Condition(rawValue: rawValue ^ 1)! }
}

/// x14 is the assembler's own: offsets and immediates that fit no instruction go through it.
package struct ARM64Assembler {
  package typealias X = ARM64Register
  private(set) var words: [UInt32] = []
  private var positions: [Int] = []
  private var uses: [(at: Int, label: Int)] = []
  package init() {}
  package var count: Int { words.count * 4 }

  package mutating func label() -> Label { positions.append(-1); return Label(number: positions.count - 1) }
  package mutating func bind(_ l: Label) { positions[l.number] = words.count }
  package mutating func finish() -> [UInt8] {
    for u in uses {
      let d = positions[u.label] - u.at
      // An unconditional branch has 26 bits, others have 19.
      if words[u.at] >> 26 == 5 { words[u.at] |= UInt32(truncatingIfNeeded: d) & 0x03ff_ffff } else {
        precondition(d >= -(1 << 18) && d < 1 << 18, "a trace too long for a conditional branch")
        words[u.at] |= (UInt32(truncatingIfNeeded: d) & 0x7ffff) << 5
      }
    }
    var out: [UInt8] = []
    out.reserveCapacity(count)
    for w in words { for k in 0..<4 { out.append(UInt8(truncatingIfNeeded: w >> (8 * UInt32(k)))) } }
    return out
  }
  package static func patch(_ p: UnsafeMutableRawPointer, distance: Int) {
    p.storeBytes(of: 5 << 26 | UInt32(truncatingIfNeeded: distance >> 2) & 0x03ff_ffff, as: UInt32.self)
  }

  private mutating func emit(_ base: UInt32, _ d: UInt8, _ n: UInt8 = 0, _ m: UInt8 = 0) {
    words.append(base | UInt32(m) << 16 | UInt32(n) << 5 | UInt32(d))
  }

  // MARK: moves

  package mutating func move(_ d: X, _ s: X) { if d != s { emit(0xaa00_03e0, d.rawValue, 0, s.rawValue) } }
  /// The shortest of MOVZ or MOVN with MOVKs, or one ORR.
  package mutating func move(_ d: X, immediate v: UInt64) {
    let parts = (0..<4).map { UInt32(truncatingIfNeeded: v >> (16 * UInt64($0))) & 0xffff }
    let zeros = parts.filter { $0 == 0 }.count, ones = parts.filter { $0 == 0xffff }.count
    if zeros < 3, ones < 3, let m = ARM64Assembler.mask(v) { emit(0xb200_0000 | m, d.rawValue, X.zero.rawValue); return }
    let inverted = ones > zeros, filler: UInt32 = inverted ? 0xffff : 0
    var first = true
    for k in 0..<4 where parts[k] != filler || k == 3 && first {
      let base: UInt32 = first ? (inverted ? 0x9280_0000 : 0xd280_0000) : 0xf280_0000
      emit(base | UInt32(k) << 21 | (first && inverted ? ~parts[k] & 0xffff : parts[k]) << 5, d.rawValue)
      first = false
    }
  }
  /// The fields N, immr, imms of a run of ones, turned around; nil for words that are none.
  package static func mask(_ v: UInt64) -> UInt32? {
    if v == 0 || v == .max { return nil }
    let n = v.nonzeroBitCount, ones: UInt64 = .max >> UInt64(64 - n)
    // Turned left by so much, the run ends at bit 0.
    let turn = (v & 1 == 0 ? 64 - v.trailingZeroBitCount : (~v).leadingZeroBitCount) & 63
    guard v << UInt64(turn) | (turn == 0 ? 0 : v >> UInt64(64 - turn)) == ones else { return nil }
    return 1 << 22 | UInt32(turn) << 16 | UInt32(n - 1) << 10
  }

  /// A load or store of `size` bytes at base + offset: `scaled` is the form with an unsigned offset, `plain` the one with a
  /// signed one, `indexed` the one with a register.
  private mutating func memory(_ scaled: UInt32, _ plain: UInt32, _ indexed: UInt32, _ size: Int32, _ t: UInt8, _ base: X, _ offset: Int32) {
    if offset >= 0, offset % size == 0, offset / size < 4096 {
      emit(scaled | UInt32(offset / size) << 10, t, base.rawValue)
    } else if offset >= -256, offset < 256 {
      emit(plain | (UInt32(bitPattern: offset) & 0x1ff) << 12, t, base.rawValue)
    } else {
      move(.x14, immediate: UInt64(bitPattern: Int64(offset)))
      emit(indexed | 0x6800, t, base.rawValue, X.x14.rawValue)
    }
  }
  package mutating func load(_ d: X, _ base: X, _ offset: Int32) { memory(0xf940_0000, 0xf840_0000, 0xf860_0000, 8, d.rawValue, base, offset) }
  package mutating func store(_ base: X, _ offset: Int32, _ s: X) { memory(0xf900_0000, 0xf800_0000, 0xf820_0000, 8, s.rawValue, base, offset) }
  package mutating func load32(_ d: X, _ base: X, _ offset: Int32) { memory(0xb940_0000, 0xb840_0000, 0xb860_0000, 4, d.rawValue, base, offset) }
  package mutating func store32(_ base: X, _ offset: Int32, _ s: X) { memory(0xb900_0000, 0xb800_0000, 0xb820_0000, 4, s.rawValue, base, offset) }
  package mutating func load8(_ d: X, _ base: X, _ offset: Int32) { memory(0x3940_0000, 0x3840_0000, 0x3860_0000, 1, d.rawValue, base, offset) }
  package mutating func loadDouble(_ d: UInt8, _ base: X, _ offset: Int32) { memory(0xfd40_0000, 0xfc40_0000, 0xfc60_0000, 8, d, base, offset) }
  package mutating func storeDouble(_ base: X, _ offset: Int32, _ s: UInt8) { memory(0xfd00_0000, 0xfc00_0000, 0xfc20_0000, 8, s, base, offset) }
  /// Two registers at base + offset, or the other way.
  package mutating func storePair(_ base: X, _ offset: Int32, _ a: X, _ b: X) { emit(0xa900_0000 | pair(offset, b.rawValue), a.rawValue, base.rawValue) }
  package mutating func loadPair(_ a: X, _ b: X, _ base: X, _ offset: Int32) { emit(0xa940_0000 | pair(offset, b.rawValue), a.rawValue, base.rawValue) }
  package mutating func storeDoublePair(_ base: X, _ offset: Int32, _ a: UInt8, _ b: UInt8) { emit(0x6d00_0000 | pair(offset, b), a, base.rawValue) }
  package mutating func loadDoublePair(_ a: UInt8, _ b: UInt8, _ base: X, _ offset: Int32) { emit(0x6d40_0000 | pair(offset, b), a, base.rawValue) }
  private func pair(_ offset: Int32, _ second: UInt8) -> UInt32 { (UInt32(bitPattern: offset / 8) & 0x7f) << 15 | UInt32(second) << 10 }
  /// The stack pointer stays a multiple of 16.
  package mutating func push(_ r: X) { emit(0xf800_0c00 | (0x1f0 << 12), r.rawValue, X.sp.rawValue) }
  package mutating func pop(_ r: X) { emit(0xf840_0400 | (16 << 12), r.rawValue, X.sp.rawValue) }

  // MARK: arithmetic

  package enum Sum: UInt32 { case add = 0x8b00_0000, adds = 0xab00_0000, sub = 0xcb00_0000, subs = 0xeb00_0000 }
  package mutating func sum(_ op: Sum, _ d: X, _ n: X, _ m: X) { emit(op.rawValue, d.rawValue, n.rawValue, m.rawValue) }
  /// d = n + 4 m
  package mutating func addTimes4(_ d: X, _ n: X, _ m: X) { emit(Sum.add.rawValue | 2 << 10, d.rawValue, n.rawValue, m.rawValue) }
  /// The last operand shifted right, with its sign.
  package mutating func sum(_ op: Sum, _ d: X, _ n: X, _ m: X, asr: UInt32) { emit(op.rawValue | 2 << 22 | asr << 10, d.rawValue, n.rawValue, m.rawValue) }
  package mutating func sum(_ op: Sum, _ d: X, _ n: X, immediate v: Int64) {
    if v >= 0 && v < 4096 || v & 0xfff == 0 && v >= 0 && v < 1 << 24 {
      let high = v >= 4096
      emit(op.rawValue ^ 0x1a00_0000 | (high ? 1 << 22 : 0) | UInt32(high ? v >> 12 : v) << 10, d.rawValue, n.rawValue)
    } else if v < 0 && v > -4096 {
      // The flags are the same.
      emit(op.rawValue ^ 0x5a00_0000 | UInt32(-v) << 10, d.rawValue, n.rawValue)
    } else {
      move(.x14, immediate: UInt64(bitPattern: v))
      sum(op, d, n, .x14)
    }
  }
  package mutating func compare(_ n: X, _ m: X) { sum(.subs, .zero, n, m) }
  package mutating func compare(_ n: X, immediate v: Int64) { sum(.subs, .zero, n, immediate: v) }
  /// Compares low halves.
  package mutating func compare32(_ n: X, _ m: X) { emit(0x6b00_0000, X.zero.rawValue, n.rawValue, m.rawValue) }

  package enum Logic: UInt32 { case and = 0x8a00_0000, or = 0xaa00_0000, xor = 0xca00_0000, ands = 0xea00_0000 }
  package mutating func logic(_ op: Logic, _ d: X, _ n: X, _ m: X) { emit(op.rawValue, d.rawValue, n.rawValue, m.rawValue) }
  package mutating func logic(_ op: Logic, _ d: X, _ n: X, _ m: X, asr: UInt32) { emit(op.rawValue | 2 << 22 | asr << 10, d.rawValue, n.rawValue, m.rawValue) }
  package mutating func logic(_ op: Logic, _ d: X, _ n: X, immediate v: UInt64) {
    if let m = ARM64Assembler.mask(v) { emit(op.rawValue & 0x6000_0000 | 0x9200_0000 | m, d.rawValue, n.rawValue) } else {
      move(.x14, immediate: v)
      logic(op, d, n, .x14)
    }
  }
  package mutating func test(_ n: X, _ mask: UInt64) { logic(.ands, .zero, n, immediate: mask) }

  package mutating func multiply(_ d: X, _ n: X, _ m: X) { emit(0x9b00_7c00, d.rawValue, n.rawValue, m.rawValue) }
  package mutating func multiplyHigh(_ d: X, _ n: X, _ m: X) { emit(0x9b40_7c00, d.rawValue, n.rawValue, m.rawValue) }
  /// d = s - n * m
  package mutating func multiplySubtract(_ d: X, _ s: X, _ n: X, _ m: X) { emit(0x9b00_8000 | UInt32(s.rawValue) << 10, d.rawValue, n.rawValue, m.rawValue) }
  package mutating func divide(_ d: X, _ n: X, _ m: X) { emit(0x9ac0_0c00, d.rawValue, n.rawValue, m.rawValue) }
  package mutating func shiftLeft(_ d: X, _ n: X, _ k: UInt32) { emit(0xd340_0000 | ((64 - k) & 63) << 16 | (63 - k) << 10, d.rawValue, n.rawValue) }
  package mutating func shiftRight(_ d: X, _ n: X, _ k: UInt32) { emit(0xd340_fc00 | k << 16, d.rawValue, n.rawValue) }
  package mutating func shiftRightSigned(_ d: X, _ n: X, _ k: UInt32) { emit(0x9340_fc00 | k << 16, d.rawValue, n.rawValue) }
  package mutating func rotateRight(_ d: X, _ n: X, _ k: UInt32) { emit(0x93c0_0000 | k << 10, d.rawValue, n.rawValue, n.rawValue) }
  package mutating func shiftLeft(_ d: X, _ n: X, by m: X) { emit(0x9ac0_2000, d.rawValue, n.rawValue, m.rawValue) }
  package mutating func shiftRightSigned(_ d: X, _ n: X, by m: X) { emit(0x9ac0_2800, d.rawValue, n.rawValue, m.rawValue) }

  // MARK: control

  private mutating func branch(_ w: UInt32, _ l: Label) { uses.append((words.count, l.number)); words.append(w) }
  package mutating func jump(_ l: Label) { branch(5 << 26, l) }
  package mutating func jump(_ r: X) { emit(0xd61f_0000, 0, r.rawValue) }
  package mutating func jump(_ c: ARM64Condition, _ l: Label) { branch(0x5400_0000 | c.rawValue, l) }
  package mutating func jumpIfZero(_ r: X, _ l: Label) { branch(0xb400_0000 | UInt32(r.rawValue), l) }
  package mutating func jumpUnlessZero(_ r: X, _ l: Label) { branch(0xb500_0000 | UInt32(r.rawValue), l) }
  package mutating func call(_ r: X) { emit(0xd63f_0000, 0, r.rawValue) }
  package mutating func ret() { emit(0xd65f_0000, 0, X.x30.rawValue) }

  // MARK: doubles

  package enum Float: UInt32 { case add = 0x1e60_2800, sub = 0x1e60_3800, mul = 0x1e60_0800, div = 0x1e60_1800 }
  package mutating func float(_ op: Float, _ d: UInt8, _ n: UInt8, _ m: UInt8) { emit(op.rawValue, d, n, m) }
  package mutating func negate(_ d: UInt8, _ n: UInt8) { emit(0x1e61_4000, d, n) }
  package mutating func moveDouble(_ d: UInt8, _ s: UInt8) { if d != s { emit(0x1e60_4000, d, s) } }
  package mutating func moveDouble(_ d: UInt8, immediate bits: UInt64) {
    if bits == 0 { fromBits(d, .zero) } else { move(.x16, immediate: bits); fromBits(d, .x16) }
  }
  package mutating func bits(_ d: X, _ s: UInt8) { emit(0x9e66_0000, d.rawValue, s) }
  package mutating func fromBits(_ d: UInt8, _ s: X) { emit(0x9e67_0000, d, s.rawValue) }
  package mutating func convert(_ d: UInt8, _ s: X) { emit(0x9e62_0000, d, s.rawValue) }
  package mutating func compareDouble(_ n: UInt8, _ m: UInt8) { emit(0x1e60_2000, 0, n, m) }
}
