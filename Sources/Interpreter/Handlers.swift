// Instruction handlers: the meaning of every opcode, once, for all engines.

import Bytecode
import Heap
import Objects

/// Executes one decoded instruction; false when the run loop is to return. `d` is the 16-bit operand (32 with WIDE), `j` the
/// jump offset.
@inline(__always)
func execute<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ op: Opcode, _ a: Int, _ b: Int, _ c: Int, _ d: Int, _ j: Int) -> Bool {
  switch op {
  case .nop: return true
  case .wide:
    s.save(t)
    if !executeWide(&e, t) { return false }
    s = Cursor(t.pointee.frame.unsafelyUnwrapped)
    return true

  // Moves and constants
  case .move: e.setReg(s.frame, a, e.reg(s.frame, b)); return true
  case .loadK: e.setReg(s.frame, a, e.constant(s.constants[d])); return true
  case .loadI: e.setReg(s.frame, a, e.constant(.fixnum(Int(Int16(truncatingIfNeeded: d))))); return true
  case .clear:
    // What a trace drops waits for the next collection.
    let before = s.frame.registers[a]
    e.setReg(s.frame, a, e.constant(.empty))
    if isWatched(before) { noteDropped(t, before); return pause(&e, &s, t) }
    return true

  // Local variables and cells
  case .check:
    if e.isEmpty(e.reg(s.frame, a)) { s.save(t); raiseUnbound(t, s.name(d)); return change(&e, &s, t) }
    return true
  case .newCell:
    let cell = e.newRecord(.cell, 1)
    e.setField(cell, 0, e.reg(s.frame, b))
    e.setReg(s.frame, a, cell)
    return true
  case .loadCell:
    let v = e.field(e.reg(s.frame, b), 0)
    if e.isEmpty(v) { s.save(t); raiseUnboundCell(t, s.frame, b); return change(&e, &s, t) }
    e.setReg(s.frame, a, v)
    return true
  case .storeCell: e.setField(e.reg(s.frame, a), 0, e.reg(s.frame, b)); return true
  case .delCell:
    let cell = e.reg(s.frame, a)
    if e.isEmpty(e.field(cell, 0)) { s.save(t); raiseUnboundCell(t, s.frame, a); return change(&e, &s, t) }
    let before = e.toValue(e.field(cell, 0))
    e.setField(cell, 0, e.constant(.empty))
    if isWatched(before) { noteDropped(t, before); return pause(&e, &s, t) }
    return true
  case .getClosure:
    let closure = e.field(e.function(s.frame), FunctionField.closure)
    // A function from a damaged pickle may lack it.
    if !e.hasShape(closure, BuiltinType.tuple.shape) || !e.belowFixnum(e.constant(.fixnum(d)), e.itemCount(closure)) {
      if e.opaque() { return false }
      s.save(t)
      t.raise(.SystemError, "a function without its closure")
      return change(&e, &s, t)
    }
    e.setReg(s.frame, a, e.item(closure, e.constant(.fixnum(d))))
    return true
  case .loadClassDeref:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, loadClassDeref(t, s.frame, b, s.name(c)))

  // Names
  case .loadGlobal:
    let entry = s.cache(s.pc.pointee)
    s.pc += 1
    if let v = e.global(s.frame, entry, s.name(d)) { e.setReg(s.frame, a, v); return true }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, loadGlobal(t, s.frame, entry, s.name(d)))
  case .storeGlobal:
    s.pc += 1
    if e.opaque() { return false }
    s.save(t)
    return finish(&e, &s, t, storeGlobal(t, s.frame, s.name(d), e.toValue(e.reg(s.frame, a))))
  case .delGlobal:
    if e.opaque() { return false }
    s.save(t)
    return finish(&e, &s, t, deleteGlobal(t, s.frame, s.name(d)))
  case .loadName:
    let entry = s.cache(s.pc.pointee)
    s.pc += 1
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, loadName(t, s.frame, entry, s.name(d)))
  case .storeName:
    s.pc += 1
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, storeName(t, s.frame, s.name(d), e.toValue(e.reg(s.frame, a))))
  case .delName:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, deleteName(t, s.frame, s.name(d)))

  // Attributes
  case .getAttr:
    let entry = s.cache(s.pc.pointee)
    s.pc += 1
    let o = e.reg(s.frame, b)
    e.fill(entry, o, s.name(c))
    if entry.pointee.kind & 0xff == CacheKind.slot && e.hasShape(o, entry.pointee.shape) && e.isCurrent(entry) {
      let v = e.field(o, Int(entry.pointee.kind >> 8))
      if !e.isEmpty(v) { e.setReg(s.frame, a, v); return true }
    } else if entry.pointee.kind & 0xff == CacheKind.property && e.hasShape(o, entry.pointee.shape) && e.isCurrent(entry) {
      let getter = entry.pointee.value.field(FunctionField.code).code
      if getter.pointee.simple == 1 && getter.pointee.argCount == 1 && s.frame.pointee.depth < weft_vm.recursionLimit {
        let g = enterFunction(&e, &s, t, e.constant(entry.pointee.value), getter, a)
        e.setReg(g, 0, o)
        if t.pointee.request != 0 { return pause(&e, &s, t) }
        return true
      }
    } else if entry.pointee.kind & 0xff == CacheKind.member, let v = e.member(o, entry, s.name(c)) {
      e.setReg(s.frame, a, v)
      return true
    }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, getAttributeCached(t, entry, e.toValue(o), s.name(c)))
  case .setAttr:
    let entry = s.cache(s.pc.pointee)
    s.pc += 1
    let o = e.reg(s.frame, a)
    e.fillStore(entry, o, s.name(c))
    if entry.pointee.kind & 0xff == CacheKind.slot && e.hasShape(o, entry.pointee.shape) && e.isCurrent(entry) {
      e.setField(o, Int(entry.pointee.kind >> 8), e.reg(s.frame, b))
      return true
    } else if entry.pointee.kind & 0xff == CacheKind.addSlot && e.hasShape(o, entry.pointee.shape) && e.isCurrent(entry) {
      e.setField(o, Int(entry.pointee.kind >> 8), e.reg(s.frame, b))
      e.setShape(o, UInt32(truncatingIfNeeded: entry.pointee.value.fixnum))
      return true
    }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, setAttributeCached(t, entry, e.toValue(o), s.name(c), e.toValue(e.reg(s.frame, b))))
  case .delAttr:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    let before = instanceAttribute(e.toValue(e.reg(s.frame, a)), s.name(c))
    if isWatched(before) { noteDropped(t, before) }
    return finish(&e, &s, t, setAttribute(t, e.toValue(e.reg(s.frame, a)), s.name(c), .empty))
  case .getMethod:
    let entry = s.cache(s.pc.pointee)
    s.pc += 1
    let o = e.reg(s.frame, b)
    e.fill(entry, o, s.name(c))
    if entry.pointee.kind & 0xff == CacheKind.method && e.hasShape(o, entry.pointee.shape) && e.isCurrent(entry) {
      e.setReg(s.frame, a, e.constant(entry.pointee.value))
      e.setReg(s.frame, a + 1, o)
      return true
    } else if entry.pointee.kind & 0xff == CacheKind.member, let v = e.member(o, entry, s.name(c)) {
      e.setReg(s.frame, a, v)
      e.setReg(s.frame, a + 1, e.constant(.empty))
      return true
    } else if e.hasShape(o, BuiltinType.superType.shape), let m = superMethod(e, o, s.name(c)) {
      e.setReg(s.frame, a, e.constant(m))
      e.setReg(s.frame, a + 1, e.field(o, 1))
      return true
    }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.method, a)
    return finish(&e, &s, t, getMethodCached(t, s.frame, entry, a, e.toValue(o), s.name(c)))
  case .getSpecial:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.method, a)
    return finish(&e, &s, t, getSpecial(t, s.frame, a, e.toValue(e.reg(s.frame, b)), c))

  // Items
  case .getItem: return getItem(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c))
  case .getItemK: return getItem(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]))
  case .setItem:
    let o = e.reg(s.frame, a), k = e.reg(s.frame, b)
    if e.hasShape(o, BuiltinType.list.shape) && e.isFixnum(k) {
      let n = e.field(o, 1)
      if e.belowFixnum(k, n) { e.setItem(e.field(o, 0), k, e.reg(s.frame, c)); return true }
    }
    if e.stored(o, k, e.reg(s.frame, c)) { return true }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, setItemSlow(t, e.toValue(o), e.toValue(k), e.toValue(e.reg(s.frame, c))))
  case .delItem:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, deleteItem(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b))))
  case .buildSlice:
    let slice = e.newRecord(.slice, 3)
    e.setField(slice, 0, e.reg(s.frame, b))
    e.setField(slice, 1, e.reg(s.frame, b + 1))
    e.setField(slice, 2, e.reg(s.frame, b + 2))
    e.setReg(s.frame, a, slice)
    return true

  // Unary operators
  case .neg:
    let x = e.reg(s.frame, b)
    if e.isFixnum(x), let r = e.subFixnum(e.constant(.fixnum(0)), x) { e.setReg(s.frame, a, r); return true }
    if e.isFlonum(x) { e.setReg(s.frame, a, e.negFloat(x)); return true }
    return unary(&e, &s, t, a, x, .neg)
  case .pos: return unary(&e, &s, t, a, e.reg(s.frame, b), .pos)
  case .invert:
    let x = e.reg(s.frame, b)
    if e.isFixnum(x) { e.setReg(s.frame, a, e.xorFixnum(x, e.constant(.fixnum(-1)))); return true }
    return unary(&e, &s, t, a, x, .invert)
  case .not:
    let x = e.reg(s.frame, b)
    if e.isValue(x, .true) { e.setReg(s.frame, a, e.constant(.false)); return true }
    if e.isValue(x, .false) || e.isValue(x, .none) { e.setReg(s.frame, a, e.constant(.true)); return true }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.invertedTruth, a)
    let r = truthSlow(t, e.toValue(x))
    return finish(&e, &s, t, a, r.isEmpty ? r : .bool(r == .false))

  // Binary operators
  case .add: return add(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .add)
  case .addK: return add(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .add)
  case .iadd: return add(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .iadd)
  case .iaddK: return add(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .iadd)
  case .sub: return sub(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .sub)
  case .subK: return sub(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .sub)
  case .isub: return sub(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .isub)
  case .isubK: return sub(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .isub)
  case .mul: return mul(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .mul)
  case .mulK: return mul(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .mul)
  case .imul: return mul(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .imul)
  case .imulK: return mul(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .imul)
  case .trueDiv: return trueDiv(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .trueDiv)
  case .trueDivK: return trueDiv(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .trueDiv)
  case .itrueDiv: return trueDiv(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .itrueDiv)
  case .itrueDivK: return trueDiv(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .itrueDiv)
  case .floorDiv: return division(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .floorDiv, modulo: false)
  case .floorDivK: return division(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .floorDiv, modulo: false)
  case .ifloorDiv: return division(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .ifloorDiv, modulo: false)
  case .ifloorDivK: return division(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .ifloorDiv, modulo: false)
  case .mod: return division(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .mod, modulo: true)
  case .modK: return division(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .mod, modulo: true)
  case .imod: return division(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .imod, modulo: true)
  case .imodK: return division(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .imod, modulo: true)
  case .and: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .and)
  case .andK: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .and)
  case .iand: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .iand)
  case .iandK: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .iand)
  case .or: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .or)
  case .orK: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .or)
  case .ior: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .ior)
  case .iorK: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .ior)
  case .xor: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .xor)
  case .xorK: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .xor)
  case .ixor: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .ixor)
  case .ixorK: return bitwise(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .ixor)
  case .lshift: return shift(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .lshift)
  case .lshiftK: return shift(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .lshift)
  case .ilshift: return shift(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .ilshift)
  case .ilshiftK: return shift(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .ilshift)
  case .rshift: return shift(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .rshift)
  case .rshiftK: return shift(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .rshift)
  case .irshift: return shift(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .irshift)
  case .irshiftK: return shift(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .irshift)
  case .pow: return binary(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .pow)
  case .powK: return binary(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .pow)
  case .ipow: return binary(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .ipow)
  case .ipowK: return binary(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .ipow)
  case .matMul: return binary(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .matMul)
  case .matMulK: return binary(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .matMul)
  case .imatMul: return binary(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .imatMul)
  case .imatMulK: return binary(&e, &s, t, a, e.reg(s.frame, b), e.constant(s.constants[c]), .imatMul)

  // Comparisons to a value
  case .lt: return compare(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .lt)
  case .le: return compare(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .le)
  case .eq: return compare(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .eq)
  case .ne: return compare(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .ne)
  case .gt: return compare(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .gt)
  case .ge: return compare(&e, &s, t, a, e.reg(s.frame, b), e.reg(s.frame, c), .ge)
  case .isOp: e.setReg(s.frame, a, e.constant(.bool(e.identical(e.reg(s.frame, b), e.reg(s.frame, c))))); return true
  case .isNot: e.setReg(s.frame, a, e.constant(.bool(!e.identical(e.reg(s.frame, b), e.reg(s.frame, c))))); return true
  case .in, .notIn:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(op == .in ? Deliver.truth : Deliver.invertedTruth, a)
    let r = containsOperation(t, e.toValue(e.reg(s.frame, c)), e.toValue(e.reg(s.frame, b)))
    return finish(&e, &s, t, a, r.isEmpty || op == .in ? r : .bool(r == .false))

  // Tests
  case .jlt: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.reg(s.frame, b), .lt, c)
  case .jle: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.reg(s.frame, b), .le, c)
  case .jeq: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.reg(s.frame, b), .eq, c)
  case .jne: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.reg(s.frame, b), .ne, c)
  case .jgt: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.reg(s.frame, b), .gt, c)
  case .jge: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.reg(s.frame, b), .ge, c)
  case .jltK: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.constant(s.constants[b]), .lt, c)
  case .jleK: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.constant(s.constants[b]), .le, c)
  case .jeqK: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.constant(s.constants[b]), .eq, c)
  case .jneK: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.constant(s.constants[b]), .ne, c)
  case .jgtK: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.constant(s.constants[b]), .gt, c)
  case .jgeK: return compareBranch(&e, &s, t, e.reg(s.frame, a), e.constant(s.constants[b]), .ge, c)
  case .jis: s.branch(e.identical(e.reg(s.frame, a), e.reg(s.frame, b)) == (c != 0)); return true
  case .jisK: s.branch(e.isValue(e.reg(s.frame, a), s.constants[b]) == (c != 0)); return true
  case .jin:
    if let r = e.computed(.contains, e.reg(s.frame, b), e.reg(s.frame, a)) { s.branch(e.isValue(r, .true) == (c != 0)); return true }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.branch, c)
    return finishBranch(&e, &s, t, containsOperation(t, e.toValue(e.reg(s.frame, b)), e.toValue(e.reg(s.frame, a))), c)
  case .jtrue:
    let x = e.reg(s.frame, a)
    if e.isValue(x, .true) { s.branch(c != 0); return true }
    if e.isValue(x, .false) || e.isValue(x, .none) { s.branch(c == 0); return true }
    if e.isFixnum(x) { s.branch(e.isValue(x, .fixnum(0)) == (c == 0)); return true }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.branch, c)
    return finishBranch(&e, &s, t, truthSlow(t, e.toValue(x)), c)
  case .jbound: s.branch(e.isEmpty(e.reg(s.frame, a)) == (c == 0)); return true
  case .jexcMatch:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.branch, c)
    return finishBranch(&e, &s, t, exceptionMatches(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b))), c)

  // Control
  case .jmp: s.pc += j; return true
  case .loop:
    s.pc += j
    if t.pointee.request != 0 { return pause(&e, &s, t) }
    if e.backEdge(s.frame, s.pc) { s.save(t); return false }
    return true
  case .enterTrace:
    if e.opaque() { return false }
    s.pc = headOfTrace(j)
    s.save(t)
    runTrace(t, j, mayRecord: !E.oneInstruction)
    if traceRequested && !E.oneInstruction { return false }
    return change(&e, &s, t)
  case .ret: return ret(&e, &s, t, e.reg(s.frame, a))
  case .raise:
    if e.opaque() { return false }
    s.save(t)
    return finish(&e, &s, t, raiseOperation(t, s.frame, c, c > 0 ? s.frame.registers[a] : .empty, c > 1 ? s.frame.registers[b] : .empty))
  case .reraise:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.exception = e.toValue(e.reg(s.frame, a))
    t.pointee.reraising = 1
    return change(&e, &s, t)
  case .enterExcept:
    if e.opaque() { return false }
    s.frame.registers[a] = s.frame.pointee.handled
    s.frame.pointee.handled = s.frame.registers[b]
    return true
  case .leaveExcept:
    if e.opaque() { return false }
    s.frame.pointee.handled = s.frame.registers[a]
    return true

  // Iteration
  case .getIter:
    if let it = iterator(e, e.reg(s.frame, b)) { e.setReg(s.frame, a, it); return true }
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, iterate(t, e.toValue(e.reg(s.frame, b))))
  case .forIter: return forIter(&e, &s, t, a, e.reg(s.frame, b))
  case .unpack: return unpack(&e, &s, t, a, e.reg(s.frame, b), c)
  case .unpackEx:
    let after = Int(s.pc.pointee)
    s.pc += 1
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.make(Deliver.spread, a)
    return finish(&e, &s, t, unpackStarred(t, e.toValue(e.reg(s.frame, b)), c, after))

  // Building
  case .buildTuple: return build(&e, &s, .buildTuple, t, a, b, c)
  case .buildList: return build(&e, &s, .buildList, t, a, b, c)
  case .buildSet:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, buildSet(t, s.frame.registers + b, c))
  case .buildMap:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, buildMap(t, s.frame.registers + b, c))
  case .buildString:
    if let r = e.joined(s.frame, b, c) { e.setReg(s.frame, a, r); return true }
    if e.opaque() { return false }
    s.save(t)
    return finish(&e, &s, t, a, concatenate(t, s.frame.registers + b, c))
  case .listAppend:
    if append(e, e.reg(s.frame, a), e.reg(s.frame, b)) { return true }
    if e.opaque() { return false }
    listAppend(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b)))
    return true
  case .setAdd:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, setAdd(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b))))
  case .mapAdd:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, dictStore(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b)), e.toValue(e.reg(s.frame, c))))
  case .listExtend:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, starExtend(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b))))
  case .setUpdate:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, call(t, AppFunction.setUpdate.function, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b))))
  case .dictUpdate:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, dictUpdate(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b))))
  case .dictMerge:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.discard
    return finish(&e, &s, t, dictMerge(t, e.toValue(e.reg(s.frame, a)), e.toValue(e.reg(s.frame, b)), e.toValue(e.reg(s.frame, c))))
  case .formatValue:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, formatValue(t, s.frame.registers[b], c & 3, c & 4 != 0 ? s.frame.registers[b + 1] : .empty))

  // Functions and calls
  case .makeFunction:
    let parts = s.pc.pointee
    s.pc += 1
    if e.opaque() { return false }
    s.save(t)
    return finish(&e, &s, t, a, makeFunctionOperation(t, s.frame, s.constants[c], s.frame.registers + b, parts))
  case .call, .callMethod:
    // The first argument and how many there are; a method's receiver is one.
    var first = a + 1, n = b
    if op == .callMethod { if e.isEmpty(e.reg(s.frame, first)) { first += 1 } else { n += 1 } }
    return callOperation(&e, &s, t, a, first, n, c)
  case .callKw, .callMethodKw:
    let names = s.constants[Int(s.pc.pointee)]
    s.pc += 1
    if op == .callKw { return callWithNames(&e, &s, t, a, a + 1, b, names, c) }
    let unbound = e.isEmpty(e.reg(s.frame, a + 1)) ? 1 : 0
    return callWithNames(&e, &s, t, a, a + 1 + unbound, b + 1 - unbound, names, c)
  case .callEx:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(c)
    let r = s.frame.registers
    return finish(&e, &s, t, c, callEx(t, r[a], r[a + 1], b != 0 ? r[a + 2] : .empty))

  // Generators
  case .yield: return yieldOperation(&e, &s, t, a, e.reg(s.frame, b))
  case .send: return send(&e, &s, t, a, e.reg(s.frame, b))
  case .intrinsic:
    if e.opaque() { return false }
    s.save(t)
    t.pointee.pending = Deliver.store(a)
    return finish(&e, &s, t, a, intrinsic(t, s.frame, unsafeBitCast(UInt8(truncatingIfNeeded: c), to: Intrinsic.self), s.frame.registers + b))
  }
}
