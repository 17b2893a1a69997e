// Encodings of the x86-64 instructions that compiled traces use (Intel SDM, volume 2).

enum GPR: UInt8 { case rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 }
typealias XMM = UInt8

/// Condition codes as in Jcc.
enum Condition: UInt8 {
  case o = 0, no, b, ae, e, ne, be, a, s, ns, p, np, l, ge, le, g
  var inverted: Condition { Condition(rawValue: rawValue ^ 1)! }
}

struct Assembler {
  private(set) var code: [UInt8] = []
  var count: Int { code.count }
  private var positions: [Int] = []
  private var uses: [(at: Int, label: Int)] = []

  mutating func label() -> Label { positions.append(-1); return Label(number: positions.count - 1) }
  mutating func bind(_ l: Label) { positions[l.number] = code.count }
  /// Fills in the jumps.
  mutating func finish() -> [UInt8] {
    for u in uses { put32(Int32(positions[u.label] - (u.at + 4)), at: u.at) }
    return code
  }
  private mutating func byte(_ b: UInt8) { code.append(b) }
  private mutating func int32(_ v: Int32) { for k in 0..<4 { code.append(UInt8(truncatingIfNeeded: v >> (8 * Int32(k)))) } }
  private mutating func put32(_ v: Int32, at: Int) { for k in 0..<4 { code[at + k] = UInt8(truncatingIfNeeded: v >> (8 * Int32(k))) } }

  /// REX prefix, opcode, and a ModRM byte with two registers.
  private mutating func registers(_ opcode: [UInt8], _ reg: UInt8, _ rm: UInt8, wide: Bool = true, prefix: UInt8? = nil) {
    if let p = prefix { byte(p) }
    var rex: UInt8 = wide ? 0x48 : 0x40
    rex |= (reg >> 3) << 2
    rex |= rm >> 3
    if rex != 0x40 { byte(rex) }
    code += opcode
    byte(0xc0 | (reg & 7) << 3 | rm & 7)
  }
  /// The same with a memory operand base + displacement, or base + index * 4 + displacement.
  private mutating func memory(_ opcode: [UInt8], _ reg: UInt8, _ base: GPR, _ displacement: Int32, index: GPR? = nil, wide: Bool = true, prefix: UInt8? = nil) {
    if let p = prefix { byte(p) }
    let b = base.rawValue, x = index?.rawValue ?? 0
    var rex: UInt8 = wide ? 0x48 : 0x40
    rex |= (reg >> 3) << 2
    rex |= (x >> 3) << 1
    rex |= b >> 3
    if rex != 0x40 { byte(rex) }
    code += opcode
    let small = displacement >= -128 && displacement < 128
    let mod: UInt8 = small ? 0x40 : 0x80
    if index != nil {
      byte(mod | (reg & 7) << 3 | 4)
      byte(0x80 | (x & 7) << 3 | b & 7)
    } else {
      byte(mod | (reg & 7) << 3 | b & 7)
      if b & 7 == 4 { byte(0x24) }
    }
    if small { byte(UInt8(bitPattern: Int8(displacement))) } else { int32(displacement) }
  }

  // Moves.
  mutating func move(_ d: GPR, _ s: GPR) { if d != s { registers([0x8b], d.rawValue, s.rawValue) } }
  mutating func move(_ d: GPR, immediate v: UInt64) {
    if v == 0 { registers([0x31], d.rawValue, d.rawValue, wide: false); return }
    if v <= UInt64(UInt32.max) {
      if d.rawValue >= 8 { byte(0x41) }
      byte(0xb8 | d.rawValue & 7); int32(Int32(bitPattern: UInt32(v)))
    } else if let s = Int32(exactly: Int64(bitPattern: v)) {
      registers([0xc7], 0, d.rawValue); int32(s)
    } else {
      byte(0x48 | d.rawValue >> 3); byte(0xb8 | d.rawValue & 7)
      int32(Int32(truncatingIfNeeded: v)); int32(Int32(truncatingIfNeeded: v >> 32))
    }
  }
  mutating func load(_ d: GPR, _ base: GPR, _ offset: Int32) { memory([0x8b], d.rawValue, base, offset) }
  mutating func load(_ d: GPR, _ base: GPR, _ offset: Int32, index: GPR) { memory([0x8b], d.rawValue, base, offset, index: index) }
  mutating func load8(_ d: GPR, _ base: GPR, _ offset: Int32) { memory([0x0f, 0xb6], d.rawValue, base, offset, wide: false) }
  mutating func store(_ base: GPR, _ offset: Int32, _ s: GPR) { memory([0x89], s.rawValue, base, offset) }
  mutating func store(_ base: GPR, _ offset: Int32, _ s: GPR, index: GPR) { memory([0x89], s.rawValue, base, offset, index: index) }
  /// Stores a sign-extended 32-bit immediate as a 64-bit word.
  mutating func store(_ base: GPR, _ offset: Int32, immediate v: Int32) { memory([0xc7], 0, base, offset); int32(v) }
  mutating func store32(_ base: GPR, _ offset: Int32, immediate v: Int32) { memory([0xc7], 0, base, offset, wide: false); int32(v) }
  mutating func lea(_ d: GPR, _ base: GPR, _ offset: Int32) { memory([0x8d], d.rawValue, base, offset) }
  /// d = s * 2 + 1
  mutating func tag(_ d: GPR, _ s: GPR) {
    // lea d, [s + s + 1]
    let dest = d.rawValue, source = s.rawValue
    var rex: UInt8 = 0x48 | (dest >> 3) << 2
    rex |= (source >> 3) << 1
    rex |= source >> 3
    byte(rex)
    byte(0x8d)
    byte(0x44 | (dest & 7) << 3)
    byte((source & 7) << 3 | source & 7)
    byte(1)
  }

  // Arithmetic: the opcode is that of the form "register, register/memory".
  enum ALU: UInt8 { case add = 0x03, or = 0x0b, and = 0x23, sub = 0x2b, xor = 0x33, cmp = 0x3b }
  mutating func alu(_ op: ALU, _ d: GPR, _ s: GPR) { registers([op.rawValue], d.rawValue, s.rawValue) }
  mutating func alu(_ op: ALU, _ d: GPR, immediate v: Int32) {
    let digit = op.rawValue >> 3
    if v >= -128 && v < 128 { registers([0x83], digit, d.rawValue); byte(UInt8(bitPattern: Int8(v))) } else { registers([0x81], digit, d.rawValue); int32(v) }
  }
  mutating func alu32(_ op: ALU, _ d: GPR, immediate v: Int32) {
    let digit = op.rawValue >> 3
    if v >= -128 && v < 128 { registers([0x83], digit, d.rawValue, wide: false); byte(UInt8(bitPattern: Int8(v))) }
    else { registers([0x81], digit, d.rawValue, wide: false); int32(v) }
  }
  mutating func compare32(_ base: GPR, _ offset: Int32, immediate v: Int32) { memory([0x81], 7, base, offset, wide: false); int32(v) }
  /// Decrements the word that `base` points to.
  mutating func decrement(_ base: GPR) { memory([0xff], 1, base, 0) }
  mutating func increment(_ base: GPR) { memory([0xff], 0, base, 0) }
  mutating func multiply(_ d: GPR, _ s: GPR) { registers([0x0f, 0xaf], d.rawValue, s.rawValue) }
  mutating func test(_ a: GPR, _ b: GPR) { registers([0x85], b.rawValue, a.rawValue) }
  /// Tests low bits; the mask is below 128.
  mutating func testLow(_ a: GPR, _ mask: UInt8) {
    // A REX prefix makes the byte forms of all registers available.
    byte(0x40 | a.rawValue >> 3); byte(0xf6); byte(0xc0 | a.rawValue & 7); byte(mask)
  }
  enum Shift: UInt8 { case rol = 0, ror = 1, shl = 4, shr = 5, sar = 7 }
  mutating func shift(_ op: Shift, _ d: GPR, _ n: UInt8) { registers([0xc1], op.rawValue, d.rawValue); byte(n) }
  /// By the count in cl.
  mutating func shiftByCount(_ op: Shift, _ d: GPR) { registers([0xd3], op.rawValue, d.rawValue) }
  mutating func signExtendAccumulator() { byte(0x48); byte(0x99) }
  mutating func divideSigned(_ s: GPR) { registers([0xf7], 7, s.rawValue) }
  mutating func divideUnsigned32(_ s: GPR) { registers([0xf7], 6, s.rawValue, wide: false) }

  // Control.
  mutating func jump(_ l: Label) { byte(0xe9); uses.append((code.count, l.number)); int32(0) }
  mutating func jump(_ r: GPR) { registers([0xff], 4, r.rawValue, wide: false) }
  mutating func jump(_ c: Condition, _ l: Label) { byte(0x0f); byte(0x80 | c.rawValue); uses.append((code.count, l.number)); int32(0) }
  mutating func call(_ r: GPR) { registers([0xff], 2, r.rawValue, wide: false) }
  mutating func push(_ r: GPR) { if r.rawValue >= 8 { byte(0x41) }; byte(0x50 | r.rawValue & 7) }
  mutating func pop(_ r: GPR) { if r.rawValue >= 8 { byte(0x41) }; byte(0x58 | r.rawValue & 7) }
  mutating func ret() { byte(0xc3) }

  // Doubles.
  enum SSE: UInt8 { case add = 0x58, mul = 0x59, sub = 0x5c, div = 0x5e }
  mutating func sse(_ op: SSE, _ d: XMM, _ s: XMM) { registers([0x0f, op.rawValue], d, s, wide: false, prefix: 0xf2) }
  mutating func moveDouble(_ d: XMM, _ s: XMM) { if d != s { registers([0x0f, 0x28], d, s, wide: false) } }
  mutating func loadDouble(_ d: XMM, _ base: GPR, _ offset: Int32) { memory([0x0f, 0x10], d, base, offset, wide: false, prefix: 0xf2) }
  mutating func storeDouble(_ base: GPR, _ offset: Int32, _ s: XMM) { memory([0x0f, 0x11], s, base, offset, wide: false, prefix: 0xf2) }
  mutating func bits(_ d: GPR, _ s: XMM) { registers([0x0f, 0x7e], s, d.rawValue, prefix: 0x66) }
  mutating func fromBits(_ d: XMM, _ s: GPR) { registers([0x0f, 0x6e], d, s.rawValue, prefix: 0x66) }
  mutating func convert(_ d: XMM, _ s: GPR) { registers([0x0f, 0x2a], d, s.rawValue, prefix: 0xf2) }
  mutating func compareDouble(_ a: XMM, _ b: XMM) { registers([0x0f, 0x2e], a, b, wide: false, prefix: 0x66) }
  mutating func moveDouble(_ d: XMM, immediate bits: UInt64) {
    if bits == 0 { clearDouble(d) } else { move(.rax, immediate: bits); fromBits(d, .rax) }
  }
  mutating func clearDouble(_ d: XMM) { registers([0x0f, 0x57], d, d, wide: false) }
}
