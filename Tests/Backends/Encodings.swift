// Every instruction of the arm64 assembler with various operands, and what a disassembler (binutils, no aliases) calls it.

import MetaTracing

func writeEncodings(_ folder: String) {
  var a = ARM64Assembler(), texts: [String] = []
  typealias X = ARM64Register
  func check(_ text: String, _ emit: (inout ARM64Assembler) -> Void) {
    let before = a.count
    emit(&a)
    precondition(a.count == before + 4 * text.split(separator: ";").count, "\(text): \((a.count - before) / 4) instructions")
    texts += text.split(separator: ";").map(String.init)
  }
  let registers: [X] = [.x0, .x1, .x7, .x14, .x16, .x19, .x23, .x28, .x30]
  func triples(_ body: (X, X, X) -> Void) {
    for (k, d) in registers.enumerated() { body(d, registers[(k + 2) % registers.count], registers[(k + 5) % registers.count]) }
  }
  func hex(_ v: UInt64) -> String { "0x" + String(v, radix: 16) }
  triples { d, n, m in
    check("orr \(d), xzr, \(n)") { $0.move(d, n) }
    for (op, name) in [(ARM64Assembler.Sum.add, "add"), (.adds, "adds"), (.sub, "sub"), (.subs, "subs")] {
      check("\(name) \(d), \(n), \(m)") { $0.sum(op, d, n, m) }
      check("\(name) \(d), \(n), \(m), asr #63") { $0.sum(op, d, n, m, asr: 63) }
      for v: Int64 in [0, 1, 8, 4095] { check("\(name) \(d), \(n), #\(hex(UInt64(v)))") { $0.sum(op, d, n, immediate: v) } }
      check("\(name) \(d), \(n), #0x5, lsl #12") { $0.sum(op, d, n, immediate: 5 << 12) }
      let opposite = name.hasPrefix("add") ? "sub" + name.dropFirst(3) : "add" + name.dropFirst(3)
      check("\(opposite) \(d), \(n), #0xfff") { $0.sum(op, d, n, immediate: -4095) }
      check("movz x14, #0x1001; \(name) \(d), \(n), x14") { $0.sum(op, d, n, immediate: 4097) }
      check("movn x14, #0x1000; \(name) \(d), \(n), x14") { $0.sum(op, d, n, immediate: -4097) }
    }
    check("add \(d), \(n), \(m), lsl #2") { $0.addTimes4(d, n, m) }
    check("subs xzr, \(n), \(m)") { $0.compare(n, m) }
    check("subs xzr, \(n), #0x7") { $0.compare(n, immediate: 7) }
    check("adds xzr, \(n), #0x7") { $0.compare(n, immediate: -7) }
    check("subs wzr, w\("\(n)".dropFirst()), w\("\(m)".dropFirst())") { $0.compare32(n, m) }
    for (op, name) in [(ARM64Assembler.Logic.and, "and"), (.or, "orr"), (.xor, "eor"), (.ands, "ands")] {
      check("\(name) \(d), \(n), \(m)") { $0.logic(op, d, n, m) }
      check("\(name) \(d), \(n), \(m), asr #63") { $0.logic(op, d, n, m, asr: 63) }
      for v: UInt64 in [1, 2, 3, 7, 0xff, ~1, ~3, 1 << 63, 0x3ff0_0000_0000_0000, 0xffff_0000_0000_00ff, .max >> 1] {
        check("\(name) \(d), \(n), #\(hex(v))") { $0.logic(op, d, n, immediate: v) }
      }
      check("movz x14, #0x5; \(name) \(d), \(n), x14") { $0.logic(op, d, n, immediate: 5) }
    }
    check("ands xzr, \(n), #0x3") { $0.test(n, 3) }
    check("madd \(d), \(n), \(m), xzr") { $0.multiply(d, n, m) }
    check("smulh \(d), \(n), \(m)") { $0.multiplyHigh(d, n, m) }
    check("msub \(d), \(n), \(m), x20") { $0.multiplySubtract(d, .x20, n, m) }
    check("sdiv \(d), \(n), \(m)") { $0.divide(d, n, m) }
    for k: UInt32 in [1, 3, 32, 63] {
      check("ubfm \(d), \(n), #\(64 - k), #\(63 - k)") { $0.shiftLeft(d, n, k) }
      check("ubfm \(d), \(n), #\(k), #63") { $0.shiftRight(d, n, k) }
      check("sbfm \(d), \(n), #\(k), #63") { $0.shiftRightSigned(d, n, k) }
      check("extr \(d), \(n), \(n), #\(k)") { $0.rotateRight(d, n, k) }
    }
    check("lslv \(d), \(n), \(m)") { $0.shiftLeft(d, n, by: m) }
    check("asrv \(d), \(n), \(m)") { $0.shiftRightSigned(d, n, by: m) }
    // Memory.
    let w = "w\("\(d)".dropFirst())"
    check("ldr \(d), [\(n)]") { $0.load(d, n, 0) }
    check("ldr \(d), [\(n), #32760]") { $0.load(d, n, 32760) }
    check("ldur \(d), [\(n), #12]") { $0.load(d, n, 12) }
    check("ldur \(d), [\(n), #-256]") { $0.load(d, n, -256) }
    check("movz x14, #0x8000; ldr \(d), [\(n), x14]") { $0.load(d, n, 32768) }
    check("movn x14, #0x100; ldr \(d), [\(n), x14]") { $0.load(d, n, -257) }
    check("str \(d), [\(n), #8]") { $0.store(n, 8, d) }
    check("stur \(d), [\(n), #-8]") { $0.store(n, -8, d) }
    check("movz x14, #0x1001; str \(d), [\(n), x14]") { $0.store(n, 4097, d) }
    check("str xzr, [\(n), #16]") { $0.store(n, 16, .zero) }
    check("ldr \(w), [\(n), #4]") { $0.load32(d, n, 4) }
    check("ldur \(w), [\(n), #1]") { $0.load32(d, n, 1) }
    check("str \(w), [\(n), #4]") { $0.store32(n, 4, d) }
    check("stur \(w), [\(n), #1]") { $0.store32(n, 1, d) }
    check("br \(n)") { $0.jump(n) }
    check("ldrb \(w), [\(n), #4]") { $0.load8(d, n, 4) }
    check("ldr d9, [\(n), #24]") { $0.loadDouble(9, n, 24) }
    check("ldur d9, [\(n), #-24]") { $0.loadDouble(9, n, -24) }
    check("movz x14, #0xffff; ldr d31, [\(n), x14]") { $0.loadDouble(31, n, 65535) }
    check("str d30, [\(n), #24]") { $0.storeDouble(n, 24, 30) }
    check("movz x14, #0x9000; str d1, [\(n), x14]") { $0.storeDouble(n, 0x9000, 1) }
    check("fmov \(d), d17") { $0.bits(d, 17) }
    check("fmov d17, \(n)") { $0.fromBits(17, n) }
    check("scvtf d8, \(n)") { $0.convert(8, n) }
    check("str \(d), [sp, #-16]!") { $0.push(d) }
    check("ldr \(d), [sp], #16") { $0.pop(d) }
    check("blr \(n)") { $0.call(n) }
  }
  check("stp x29, x30, [sp]") { $0.storePair(.sp, 0, .x29, .x30) }
  check("stp x27, x28, [sp, #80]") { $0.storePair(.sp, 80, .x27, .x28) }
  check("ldp x19, x20, [sp, #16]") { $0.loadPair(.x19, .x20, .sp, 16) }
  check("stp d14, d15, [sp, #144]") { $0.storeDoublePair(.sp, 144, 14, 15) }
  check("ldp d8, d9, [sp, #96]") { $0.loadDoublePair(8, 9, .sp, 96) }
  check("sub sp, sp, #0xb0") { $0.sum(.sub, .sp, .sp, immediate: 176) }
  check("add x29, sp, #0x0") { $0.sum(.add, .x29, .sp, immediate: 0) }
  check("ret") { $0.ret() }
  // Constants.
  for (v, text): (UInt64, String) in [
    (0, "movz x5, #0x0, lsl #48"), (1, "movz x5, #0x1"), (0xffff, "movz x5, #0xffff"), (0x1_0000, "movz x5, #0x1, lsl #16"), (.max, "movn x5, #0x0, lsl #48"),
    (.max - 1, "movn x5, #0x1"), (0x1234_5678, "movz x5, #0x5678; movk x5, #0x1234, lsl #16"), (0x8000_0000_0000_0002, "movz x5, #0x2; movk x5, #0x8000, lsl #48"),
    (0x1234_0000_5678_9abc, "movz x5, #0x9abc; movk x5, #0x5678, lsl #16; movk x5, #0x1234, lsl #48"),
    (0xffff_ffff_1234_ffff, "movn x5, #0xedcb, lsl #16"), (0xffff_1234_5678_ffff, "movn x5, #0xa987, lsl #16; movk x5, #0x1234, lsl #32"),
    (0x0fff_ffff_ffff_fff0, "orr x5, xzr, #0xffffffffffffff0"), (0x7ff8_0000_0000_0000, "movz x5, #0x7ff8, lsl #48"),
    (0x0123_4567_89ab_cdef, "movz x5, #0xcdef; movk x5, #0x89ab, lsl #16; movk x5, #0x4567, lsl #32; movk x5, #0x123, lsl #48"),
  ] { check(text) { $0.move(.x5, immediate: v) } }
  // Doubles.
  for (d, n, m): (UInt8, UInt8, UInt8) in [(0, 1, 2), (8, 15, 31), (30, 16, 7)] {
    for (op, name) in [(ARM64Assembler.Float.add, "fadd"), (.sub, "fsub"), (.mul, "fmul"), (.div, "fdiv")] { check("\(name) d\(d), d\(n), d\(m)") { $0.float(op, d, n, m) } }
    check("fneg d\(d), d\(n)") { $0.negate(d, n) }
    check("fmov d\(d), d\(n)") { $0.moveDouble(d, n) }
    check("fcmp d\(n), d\(m)") { $0.compareDouble(n, m) }
    check("fmov d\(d), xzr") { $0.moveDouble(d, immediate: 0) }
  }
  // Jumps, forwards and backwards; the text has the distance.
  let conditions: [ARM64Condition] = [.eq, .ne, .hs, .lo, .mi, .pl, .vs, .vc, .hi, .ls, .ge, .lt, .gt, .le]
  for c in conditions {
    let l = a.label(), back = a.label()
    check("b.\(c) +16") { $0.jump(c, l) }
    a.bind(back)
    check("cbz x21, +12") { $0.jumpIfZero(.x21, l) }
    check("cbnz x3, +8") { $0.jumpUnlessZero(.x3, l) }
    check("b -8") { $0.jump(back) }
    a.bind(l)
    check("b.\(c.inverted) -12") { $0.jump(c.inverted, back) }
  }
  write("\(folder)/encodings.bin", a.finish())
  write("\(folder)/encodings.txt", Array((texts.joined(separator: "\n") + "\n").utf8))
}
