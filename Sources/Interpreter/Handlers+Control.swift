// Handlers of calls, returns, iteration, items and generators.

import Bytecode
import Heap
import Objects

@inline(__always)
func getItem<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ o: E.Word, _ k: E.Word) -> Bool {
  if e.isFixnum(k) {
    if e.hasShape(o, BuiltinType.list.shape) {
      if e.belowFixnum(k, e.field(o, 1)) { e.setReg(s.frame, a, e.item(e.field(o, 0), k)); return true }
    } else if e.hasShape(o, BuiltinType.tuple.shape) {
      if e.belowFixnum(k, e.itemCount(o)) { e.setReg(s.frame, a, e.item(o, k)); return true }
    }
  }
  if let r = e.computed(.item, o, k) { e.setReg(s.frame, a, r); return true }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.store(a)
  return finish(&e, &s, t, a, getItemSlow(t, e.toValue(o), e.toValue(k)))
}

/// Pushes the frame of a simple function; its arguments are still to be stored. The result goes to register `dest`.
@inline(__always)
func enterFunction<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ f: E.Word, _ code: UnsafeMutablePointer<CodeObject>, _ dest: Int) -> FrameRef {
  s.save(t)
  let g = pushFrame(t, e.toValue(f), code, state: Deliver.store(dest))
  e.enter(g, function: f)
  s.frame = g
  s.pc = code.start
  return g
}

/// Calls register `callee` with `n` arguments from register `first`; the result goes to register `dest`.
@inline(__always)
func callOperation<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ callee: Int, _ first: Int, _ n: Int, _ dest: Int) -> Bool {
  let f = e.reg(s.frame, callee)
  if e.hasShape(f, BuiltinType.function.shape) {
    let code = e.promote(e.field(f, FunctionField.code)).code
    if code.pointee.simple == 1 && n == Int(code.pointee.argCount) && s.frame.pointee.depth < weft_vm.recursionLimit {
      let caller = s.frame
      let g = enterFunction(&e, &s, t, f, code, dest)
      var i = 0
      while i < n { e.setReg(g, i, e.reg(caller, first + i)); i &+= 1 }
      if t.pointee.request != 0 { return pause(&e, &s, t) }
      return true
    }
  }
  if let r = e.native(f, s.frame, first, n) { e.setReg(s.frame, dest, r); return true }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.store(dest)
  return finish(&e, &s, t, dest, callSlow(t, e.toValue(f), s.frame.registers + first, n))
}

/// Calls anything but a plain function; natives by the shortest way.
@inline(never)
func callSlow(_ t: ThreadRef, _ f: Value, _ args: Args, _ n: Int) -> Value {
  if f.isExact(.builtinFunction) {
    let native = f.to(NativeObject.self)
    if n >= Int(native.pointee.minArgs) && n <= Int(native.pointee.maxArgs) { return native.pointee.code(t, args, n) }
  } else if f.isExact(.methodDescriptor) && n > 0 {
    let native = f.to(NativeObject.self)
    if n >= Int(native.pointee.minArgs) && n <= Int(native.pointee.maxArgs) && args[0].type == native.pointee.owner {
      return native.pointee.code(t, args, n)
    }
    if native.pointee.kind == NativeKind.bound && args[0].type == native.pointee.owner { return callBoundNative(t, f, args, n) }
  }
  return Objects.call(t, f, args, n)
}

@inline(__always)
func ret<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ v: E.Word) -> Bool {
  let dead = s.frame
  let state = dead.pointee.state
  if state & 0xff == Deliver.store {
    if e.returnIsOpaque(dead) { return false }
    let back = dead.pointee.back.unsafelyUnwrapped
    let flags = dead.pointee.header.flags
    e.leave(dead)
    if flags & FrameFlag.escaped == 0 { freeFrame(t, dead) } else { retireEscaped(dead, back) }
    back.pointee.header.flags &= ~FrameFlag.scanned
    t.pointee.frame = back
    s.frame = back
    s.pc = back.pointee.pc
    e.setReg(back, Int(state >> 8), v)
    return true
  }
  if e.opaque() { return false }
  s.save(t)
  deliverReturn(t, dead, e.toValue(v))
  return change(&e, &s, t)
}

@inline(__always)
func forIter<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ it: E.Word) -> Bool {
  if e.hasShape(it, BuiltinType.rangeIterator.shape) {
    let left = e.field(it, 2)
    if e.isValue(left, .fixnum(0)) { s.branch(true); return true }
    let v = e.field(it, 0)
    // The iterator's numbers were checked not to overflow when it was made.
    if let next = e.addFixnum(v, e.field(it, 1)), let rest = e.subFixnum(left, e.constant(.fixnum(1))) {
      e.setField(it, 0, next)
      e.setField(it, 2, rest)
      e.setReg(s.frame, a, v)
      s.branch(false)
      return true
    }
  } else if e.hasShape(it, BuiltinType.listIterator.shape) {
    let list = e.field(it, 0)
    if e.isEmpty(list) { s.branch(true); return true }
    let i = e.field(it, 1)
    if e.belowFixnum(i, e.field(list, 1)), let next = e.addFixnum(i, e.constant(.fixnum(1))) {
      e.setField(it, 1, next)
      e.setReg(s.frame, a, e.item(e.field(list, 0), i))
      s.branch(false)
      return true
    }
  } else if e.hasShape(it, BuiltinType.generator.shape) {
    s.save(t)
    if let (f, was) = e.resume(it, over: s.frame, state: Deliver.make(Deliver.forIter, a)) {
      return enterGenerator(&e, &s, t, f, was, e.constant(.none))
    }
  }
  if let v = e.next(it) {
    e.setReg(s.frame, a, v)
    s.branch(false)
    return true
  }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.make(Deliver.forIter, a)
  let r = iterNext(t, e.toValue(it))
  if r == done { s.branch(true); return true }
  if r.bits != 0 {
    e.setReg(s.frame, a, e.fromNative(r))
    s.branch(false)
    if t.pointee.request != 0 { return pause(&e, &s, t) }
    return true
  }
  return change(&e, &s, t)
}

/// Puts a generator's frame on top of the current one.
@inline(__always)
func linkGenerator(_ t: ThreadRef, _ g: Value, _ state: UInt32) -> FrameRef {
  let f = g.field(GeneratorField.frame).to(Frame.self)
  let back = t.pointee.frame.unsafelyUnwrapped
  f.pointee.back = back
  f.pointee.state = state
  f.pointee.depth = back.pointee.depth &+ 1
  f.pointee.header.flags &= ~FrameFlag.scanned
  g.fields[GeneratorField.state] = .fixnum(GeneratorState.running)
  t.pointee.frame = f
  return f
}

/// Goes on in the frame of a generator that was resumed, whose `yield` (`was` is its state word before) has the value `v`.
@inline(__always)
func enterGenerator<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ f: FrameRef, _ was: Int, _ v: E.Word) -> Bool {
  if was & 0xff == GeneratorState.suspended { e.setReg(f, was >> 8, v) }
  s.frame = f
  s.pc = f.pointee.pc
  if t.pointee.request != 0 { return pause(&e, &s, t) }
  return true
}

@inline(__always)
func yieldOperation<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ v: E.Word) -> Bool {
  let f = s.frame
  if e.yieldIsOpaque(f) { return false }
  let g = f.pointee.extra
  let back = f.pointee.back.unsafelyUnwrapped
  let state = f.pointee.state
  s.save(t)
  g.fields[GeneratorField.state] = .fixnum(GeneratorState.suspended | a << 8)
  f.pointee.back = nil
  suspendFrame(f)
  e.suspended(f, GeneratorState.suspended | a << 8)
  t.pointee.frame = back
  back.pointee.header.flags &= ~FrameFlag.scanned
  s.frame = back
  s.pc = back.pointee.pc
  if state & 0xff == Deliver.forIter || state & 0xff == Deliver.send {
    e.setReg(back, Int(state >> 8), v)
    s.branch(false)
    return true
  }
  if state & 0xff == Deliver.generator {
    e.setReg(back, Int(state >> 8), v)
    return true
  }
  deliver(t, state, e.toValue(v))
  return change(&e, &s, t)
}

@inline(__always)
func send<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ it: E.Word) -> Bool {
  if e.hasShape(it, BuiltinType.generator.shape) || e.hasShape(it, BuiltinType.coroutine.shape) {
    let v = e.reg(s.frame, a)
    s.save(t)
    // What has not started takes None only.
    if e.toValue(it).field(GeneratorField.state).fixnum & 0xff == GeneratorState.suspended || e.isValue(v, .none),
       let (f, was) = e.resume(it, over: s.frame, state: Deliver.make(Deliver.send, a)) {
      return enterGenerator(&e, &s, t, f, was, v)
    }
  }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.make(Deliver.send, a)
  let r = sendSlow(t, e.toValue(it), s.frame.registers[a])
  if r == done { s.branch(true); e.setReg(s.frame, a, e.constant(.none)); return true }
  if r.bits != 0 {
    e.setReg(s.frame, a, e.fromNative(r))
    s.branch(false)
    return true
  }
  return change(&e, &s, t)
}

@inline(__always)
func unpack<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ a: Int, _ v: E.Word, _ n: Int) -> Bool {
  if e.hasShape(v, BuiltinType.tuple.shape) && e.isValue(e.itemCount(v), .fixnum(n)) {
    var i = 0
    while i < n { e.setReg(s.frame, a + i, e.item(v, e.constant(.fixnum(i)))); i &+= 1 }
    return true
  }
  if e.hasShape(v, BuiltinType.list.shape) && e.isValue(e.field(v, 1), .fixnum(n)) {
    let items = e.field(v, 0)
    var i = 0
    while i < n { e.setReg(s.frame, a + i, e.item(items, e.constant(.fixnum(i)))); i &+= 1 }
    return true
  }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.make(Deliver.spread, a)
  return finish(&e, &s, t, call(t, AppFunction.unpackExact.function, e.toValue(v), .fixnum(n)))
}

@inline(__always)
func build<E: Engine>(_ e: inout E, _ s: inout Cursor, _ op: Opcode, _ t: ThreadRef, _ a: Int, _ b: Int, _ n: Int) -> Bool {
  if e.opaque() { return false }
  s.save(t)
  let from = s.frame.registers + b
  return finish(&e, &s, t, a, op == .buildTuple ? makeTuple(t, from: from, count: n) : makeList(t, from: from, count: n))
}
