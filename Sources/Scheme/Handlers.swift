// What every instruction does, written once for all engines. A handler tests first and changes afterwards; what it leaves to
// natives it announces by `opaque`.

import MetaTracing

extension Cursor {
  /// Takes the jump in word i, or not.
  @inline(__always) mutating func branch(_ i: UInt32, _ taken: Bool) { if taken { pc += Int(Int32(bitPattern: i) >> 16) } }
}

@inline(__always)
func operand<E: Engine>(_ e: inout E, _ s: inout Cursor, _ x: Int) -> E.Word { x < 192 ? e.reg(&s, x) : e.constant(s.constants[x - 192]) }

/// A truth value to register a; or, where the next word is a branch on it, that is taken at once.
@inline(__always)
func decide<E: Engine>(_ e: inout E, _ s: inout Cursor, _ a: Int, _ truth: Bool) -> Bool {
  let i = s.pc.pointee
  if i & 0xffff == UInt32(Opcode.branch.rawValue) | UInt32(a) << 8 {
    s.pc += 1
    s.branch(i, !truth)
  } else { e.set(&s, a, e.constant(truth ? e.fixed.pointee.true_ : e.fixed.pointee.false_)) }
  return true
}

/// Executes instruction i, which s has moved past; false asks the run loop to look at the machine.
@inline(__always)
func execute<E: Engine>(_ e: inout E, _ s: inout Cursor, _ i: UInt32) -> Bool {
  let a = Int(i >> 8 & 255), b = Int(i >> 16 & 255), c = Int(i >> 24)
  switch unsafeBitCast(UInt8(truncatingIfNeeded: i), to: Opcode.self) {
  case .head, .trace: return e.head(&s)
  case .coldHead: return e.fixed.pointee.request.pointee == 0 || e.head(&s)
  case .move: e.set(&s, a, e.reg(&s, b))
  case .constant: e.set(&s, a, e.constant(s.constants[b | c << 8]))
  case .global:
    let v = e.field(e.constant(s.constants[b | c << 8]), Field.global)
    if e.isValue(v, e.fixed.pointee.undefined) {
      if e.opaque() { return false }
      return e.vm.fail("undefined variable", [s.constants[b | c << 8].words[Field.globalName]])
    }
    e.set(&s, a, v)
  case .setGlobal:
    let cell = s.constants[b | c << 8]
    if cell.words[Field.global] == e.fixed.pointee.undefined {
      if e.opaque() { return false }
      return e.vm.fail("undefined variable", [cell.words[Field.globalName]])
    }
    e.setField(e.constant(cell), Field.global, e.reg(&s, a))
  case .makeCell:
    let v = e.reg(&s, b), o = e.make(.cell, words: 3)
    e.initialise(o, Field.cell, v)
    e.set(&s, a, o)
  case .getCell: e.set(&s, a, e.field(e.reg(&s, b), Field.cell))
  case .setCell: e.setField(e.reg(&s, a), Field.cell, e.reg(&s, b))
  case .free: e.set(&s, a, e.field(e.reg(&s, 1), Field.free + b))
  case .closure:
    let code = s.base[1].code.pointee.children[b | c << 8], n = code.pointee.captureCount
    let o = e.make(.closure, words: 1 + n)
    e.initialise(o, Field.code, e.constant(.address(code)))
    for k in 0..<n {
      let x = Int(code.pointee.captures[k])
      e.initialise(o, Field.free + k, x >= 0 ? e.reg(&s, x) : e.field(e.reg(&s, 1), Field.free - 1 - x))
    }
    e.set(&s, a, o)
  case .jump: s.branch(i, true)
  case .jumpIfFalse, .branch: s.branch(i, e.isValue(e.reg(&s, a), e.fixed.pointee.false_))

  case .add: return sum(&e, &s, a, b, c, .add, .addDouble)
  case .sub: return sum(&e, &s, a, b, c, .sub, .subDouble)
  case .mul: return sum(&e, &s, a, b, c, .mul, .mulDouble)
  case .divide: return sum(&e, &s, a, b, c, .divide, .divDouble)
  case .quotient: return divide(&e, &s, a, b, c, .quotient)
  case .remainder: return divide(&e, &s, a, b, c, .remainder)
  case .modulo: return divide(&e, &s, a, b, c, .modulo)
  case .less: return compare(&e, &s, a, b, c, .less, .less)
  case .lessEqual: return compare(&e, &s, a, b, c, .lessEqual, .lessEqual)
  case .greater: return compare(&e, &s, a, c, b, .less, .greater)
  case .greaterEqual: return compare(&e, &s, a, c, b, .lessEqual, .greaterEqual)
  case .equal: return compare(&e, &s, a, b, c, .equal, .equal)

  case .eq: return decide(&e, &s, a, e.identical(operand(&e, &s, b), operand(&e, &s, c)))
  case .isNull: return decide(&e, &s, a, e.isValue(operand(&e, &s, b), e.fixed.pointee.null))
  case .isPair: return decide(&e, &s, a, e.has(operand(&e, &s, b), .pair))
  case .not: return decide(&e, &s, a, e.isValue(operand(&e, &s, b), e.fixed.pointee.false_))
  case .car, .cdr:
    let p = operand(&e, &s, b), isCar = UInt8(truncatingIfNeeded: i) == Opcode.car.rawValue
    if !e.has(p, .pair) {
      if e.opaque() { return false }
      return e.vm.fail(isCar ? "car: not a pair" : "cdr: not a pair", [e.value(p)])
    }
    e.set(&s, a, e.field(p, isCar ? Field.car : Field.cdr))
  case .cons:
    let x = operand(&e, &s, b), y = operand(&e, &s, c), o = e.make(.pair, words: 2)
    e.initialise(o, Field.car, x)
    e.initialise(o, Field.cdr, y)
    e.set(&s, a, o)
  case .setCar, .setCdr:
    let p = e.reg(&s, a), isCar = UInt8(truncatingIfNeeded: i) == Opcode.setCar.rawValue
    if !e.has(p, .pair) {
      if e.opaque() { return false }
      return e.vm.fail(isCar ? "set-car!: not a pair" : "set-cdr!: not a pair", [e.value(p)])
    }
    e.setField(p, isCar ? Field.car : Field.cdr, operand(&e, &s, b))
  case .vectorRef:
    let v = operand(&e, &s, b), k = operand(&e, &s, c)
    if !(e.has(v, .vector) && e.isInteger(k) && e.isIndex(k, below: e.count(v))) {
      if e.opaque() { return false }
      return e.vm.fail("vector-ref: not a vector, or no index of it", [e.value(v), e.value(k)])
    }
    e.set(&s, a, e.item(v, k))
  case .vectorSet:
    let v = e.reg(&s, a), k = operand(&e, &s, b)
    if !(e.has(v, .vector) && e.isInteger(k) && e.isIndex(k, below: e.count(v))) {
      if e.opaque() { return false }
      return e.vm.fail("vector-set!: not a vector, or no index of it", [e.value(v), e.value(k)])
    }
    e.setItem(v, k, operand(&e, &s, c))
  case .vectorLength:
    let v = operand(&e, &s, b)
    if !e.has(v, .vector) {
      if e.opaque() { return false }
      return e.vm.fail("vector-length: not a vector", [e.value(v)])
    }
    e.set(&s, a, e.count(v))

  case .call:
    let f = e.reg(&s, a + 1)
    if e.has(f, .closure) {
      let code = e.promote(e.field(f, Field.code)).address.assumingMemoryBound(to: Code.self)
      if code.pointee.required == b && !code.pointee.hasRest && s.base + a < e.fixed.pointee.stackLimit {
        e.set(&s, a, e.constant(.address(s.pc)))
        e.move(&s, by: a)
        s.pc = UnsafePointer(code.pointee.instructions)
        s.constants = code.pointee.constants
        return true
      }
    }
    if e.opaque() { return false }
    return e.vm.callSlowly(&s, a, b)
  case .tailCall:
    let f = e.reg(&s, a + 1)
    if e.has(f, .closure) {
      let code = e.promote(e.field(f, Field.code)).address.assumingMemoryBound(to: Code.self)
      if code.pointee.required == b && !code.pointee.hasRest {
        e.set(&s, 1, f)
        for k in 0..<b { e.set(&s, 2 + k, e.reg(&s, a + 2 + k)) }
        s.pc = UnsafePointer(code.pointee.instructions)
        s.constants = code.pointee.constants
        return true
      }
    }
    if e.opaque() { return false }
    return e.vm.callSlowly(&s, a, b, isTail: true)
  case .ret:
    let back = e.promote(e.reg(&s, 0)), v = e.reg(&s, a)
    if back.bits == 1 {
      if e.opaque() { return false }
      return e.vm.finish(e.value(v))
    }
    // The call that the return address follows says how far the frames are apart.
    let pc = UnsafePointer(back.address.assumingMemoryBound(to: UInt32.self))
    e.set(&s, 0, v)
    e.move(&s, by: -Int(pc[-1] >> 8 & 255))
    s.pc = pc
    s.useConstants()
  }
  return true
}

@inline(__always)
func sum<E: Engine>(_ e: inout E, _ s: inout Cursor, _ a: Int, _ b: Int, _ c: Int, _ op: Opcode, _ onDoubles: Operation) -> Bool {
  let x = operand(&e, &s, b), y = operand(&e, &s, c)
  if e.isInteger(x) {
    if e.isInteger(y) {
      if op == .add, let r = e.add(x, y) { e.set(&s, a, r); return true }
      if op == .sub, let r = e.subtract(x, y) { e.set(&s, a, r); return true }
      if op == .mul, let r = e.multiply(x, y) { e.set(&s, a, r); return true }
    } else if e.isDouble(y), let d = e.toDouble(x) { e.set(&s, a, e.arithmetic(onDoubles, d, y)); return true }
  } else if e.isDouble(x) {
    if e.isDouble(y) { e.set(&s, a, e.arithmetic(onDoubles, x, y)); return true }
    if e.isInteger(y), let d = e.toDouble(y) { e.set(&s, a, e.arithmetic(onDoubles, x, d)); return true }
  }
  if e.opaque() { return false }
  let r = e.vm.arithmetic(op, e.value(x), e.value(y))
  if r == .nothing { return false }
  e.set(&s, a, e.fromNative(r))
  return true
}
@inline(__always)
func divide<E: Engine>(_ e: inout E, _ s: inout Cursor, _ a: Int, _ b: Int, _ c: Int, _ op: Opcode) -> Bool {
  let x = operand(&e, &s, b), y = operand(&e, &s, c)
  // For these signs all ways of dividing agree, or nearly.
  if e.isInteger(x), e.isInteger(y), e.integers(.less, e.constant(.integer(0)), y), op == .modulo || !e.integers(.less, x, e.constant(.integer(0))) {
    e.set(&s, a, op == .quotient ? e.floorDivide(x, y) : e.floorModulo(x, y))
    return true
  }
  if e.opaque() { return false }
  let r = e.vm.arithmetic(op, e.value(x), e.value(y))
  if r == .nothing { return false }
  e.set(&s, a, e.fromNative(r))
  return true
}
@inline(__always)
func compare<E: Engine>(_ e: inout E, _ s: inout Cursor, _ a: Int, _ b: Int, _ c: Int, _ r: Relation, _ op: Opcode) -> Bool {
  let x = operand(&e, &s, b), y = operand(&e, &s, c)
  if e.isInteger(x) {
    if e.isInteger(y) { return decide(&e, &s, a, e.integers(r, x, y)) }
    if e.isDouble(y), let d = e.toDouble(x) { return decide(&e, &s, a, e.doubles(r, d, y)) }
  } else if e.isDouble(x) {
    if e.isDouble(y) { return decide(&e, &s, a, e.doubles(r, x, y)) }
    if e.isInteger(y), let d = e.toDouble(y) { return decide(&e, &s, a, e.doubles(r, x, d)) }
  }
  if e.opaque() { return false }
  guard let t = e.vm.compare(r, e.value(x), e.value(y)) else { return false }
  return decide(&e, &s, a, t)
}
