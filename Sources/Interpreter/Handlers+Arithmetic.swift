// Handlers of operators and comparisons: the fast paths for fixnums and doubles; everything else is opaque.

import Bytecode
import Heap
import Objects

@inline(__always)
func binary<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp) -> Bool {
  if let r = e.computed(.binary(op), x, y) { e.setReg(s.frame, a, r); return true }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.store(a)
  return finish(&e, &s, t, a, binaryOperation(t, op, e.toValue(x), e.toValue(y)))
}
@inline(__always)
func unary<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ op: UnaryOp) -> Bool {
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.store(a)
  return finish(&e, &s, t, a, unaryOperation(t, op, e.toValue(x)))
}

/// The doubles of a pair of numbers that are not both fixnums, when they have immediate forms; else nil.
@inline(__always)
func mixed<E: Engine>(_ e: inout E, _ x: E.Word, _ y: E.Word) -> (E.Word, E.Word)? {
  if e.isFlonum(x) {
    if e.isFixnum(y), let d = e.fixnumToFloat(y) { return (x, d) }
  } else if e.isFixnum(x) && e.isFlonum(y), let d = e.fixnumToFloat(x) {
    return (d, y)
  }
  return nil
}

@inline(__always)
func add<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp) -> Bool {
  if e.bothFixnum(x, y) {
    if let r = e.addFixnum(x, y) { e.setReg(s.frame, a, r); return true }
  } else if e.bothFlonum(x, y) {
    e.setReg(s.frame, a, e.addFloat(x, y)); return true
  } else if let (p, q) = mixed(&e, x, y) {
    e.setReg(s.frame, a, e.addFloat(p, q)); return true
  } else if e.isFixnum(x) && e.isValue(y, .true) {
    // What counts how often something is so.
    if let r = e.addFixnum(x, e.constant(.fixnum(1))) { e.setReg(s.frame, a, r); return true }
  } else if e.isFixnum(x) && e.isValue(y, .false) {
    e.setReg(s.frame, a, x); return true
  }
  return binary(&e, &s, t, a, x, y, op)
}
@inline(__always)
func sub<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp) -> Bool {
  if e.bothFixnum(x, y) {
    if let r = e.subFixnum(x, y) { e.setReg(s.frame, a, r); return true }
  } else if e.bothFlonum(x, y) {
    e.setReg(s.frame, a, e.subFloat(x, y)); return true
  } else if let (p, q) = mixed(&e, x, y) {
    e.setReg(s.frame, a, e.subFloat(p, q)); return true
  }
  return binary(&e, &s, t, a, x, y, op)
}
@inline(__always)
func mul<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp) -> Bool {
  if e.bothFixnum(x, y) {
    if let r = e.mulFixnum(x, y) { e.setReg(s.frame, a, r); return true }
  } else if e.bothFlonum(x, y) {
    e.setReg(s.frame, a, e.mulFloat(x, y)); return true
  } else if let (p, q) = mixed(&e, x, y) {
    e.setReg(s.frame, a, e.mulFloat(p, q)); return true
  }
  return binary(&e, &s, t, a, x, y, op)
}
@inline(__always)
func trueDiv<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp) -> Bool {
  if e.bothFlonum(x, y) && !e.compareFloat(.eq, y, e.constant(.flonum(0))) {
    e.setReg(s.frame, a, e.divFloat(x, y)); return true
  }
  if let (p, q) = mixed(&e, x, y), !e.compareFloat(.eq, q, e.constant(.flonum(0))) {
    e.setReg(s.frame, a, e.divFloat(p, q)); return true
  }
  return binary(&e, &s, t, a, x, y, op)
}
@inline(__always)
func division<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp, modulo: Bool) -> Bool {
  if e.bothFixnum(x, y) && e.compareFixnum(.gt, y, e.constant(.fixnum(0))) {
    e.setReg(s.frame, a, modulo ? e.modFixnum(x, y) : e.floorDivFixnum(x, y)); return true
  }
  return binary(&e, &s, t, a, x, y, op)
}
@inline(__always)
func bitwise<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp) -> Bool {
  if e.bothFixnum(x, y) {
    switch op {
    case .and, .iand: e.setReg(s.frame, a, e.andFixnum(x, y))
    case .or, .ior: e.setReg(s.frame, a, e.orFixnum(x, y))
    default: e.setReg(s.frame, a, e.xorFixnum(x, y))
    }
    return true
  }
  return binary(&e, &s, t, a, x, y, op)
}
@inline(__always)
func shift<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: BinaryOp) -> Bool {
  // As unsigned words, fixnums from 0 to 61 are below the fixnum 62.
  if e.bothFixnum(x, y) && e.belowFixnum(y, e.constant(.fixnum(62))) {
    switch op {
    case .lshift, .ilshift: if let r = e.lshiftFixnum(x, y) { e.setReg(s.frame, a, r); return true }
    default: e.setReg(s.frame, a, e.rshiftFixnum(x, y)); return true
    }
  }
  return binary(&e, &s, t, a, x, y, op)
}

@inline(__always)
func compare<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ x: E.Word, _ y: E.Word, _ op: Comparison) -> Bool {
  if e.bothFixnum(x, y) { e.setReg(s.frame, a, e.constant(.bool(e.compareFixnum(op, x, y)))); return true }
  if e.bothFlonum(x, y) { e.setReg(s.frame, a, e.constant(.bool(e.compareFloat(op, x, y)))); return true }
  if let r = e.computed(.compare(CompareOp(rawValue: op.rawValue).unsafelyUnwrapped), x, y) { e.setReg(s.frame, a, r); return true }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.store(a)
  return finish(&e, &s, t, a, compareOperation(t, CompareOp(rawValue: op.rawValue).unsafelyUnwrapped, e.toValue(x), e.toValue(y)))
}
@inline(__always)
func compareBranch<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ x: E.Word, _ y: E.Word, _ op: Comparison, _ sense: Int) -> Bool {
  if e.bothFixnum(x, y) { s.branch(e.compareFixnum(op, x, y) == (sense != 0)); return true }
  if e.bothFlonum(x, y) { s.branch(e.compareFloat(op, x, y) == (sense != 0)); return true }
  if let r = e.computed(.compare(CompareOp(rawValue: op.rawValue).unsafelyUnwrapped), x, y) { s.branch(e.isValue(r, .true) == (sense != 0)); return true }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.make(Deliver.branch, sense)
  return finishBranch(&e, &s, t, compareOperation(t, CompareOp(rawValue: op.rawValue).unsafelyUnwrapped, e.toValue(x), e.toValue(y)), sense)
}
