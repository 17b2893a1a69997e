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
@_transparent
func callOperation<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ callee: Int, _ first: Int, _ n: Int, _ dest: Int) -> Bool {
  let f = e.reg(s.frame, callee)
  if e.hasShape(f, BuiltinType.function.shape) {
    let code = e.promote(e.field(f, FunctionField.code)).code
    if code.pointee.simple == 1 && n == Int(code.pointee.argCount) && s.frame.pointee.depth < weft_vm.recursionLimit {
      let caller = s.frame
      let g = enterFunction(&e, &s, t, f, code, dest)
      var i = 0
      while i < n { e.setReg(g, i, e.reg(caller, first + i)); i &+= 1 }
      if !e.entered(g) {
        if E.oneInstruction || traceRequested { return false }
        return change(&e, &s, t)
      }
      if t.pointee.request != 0 { return pause(&e, &s, t) }
      return true
    }
  }
  switch callOther(e, s, t, f, first, n, dest) {
  case .done: return true
  case .pushed: return enterNew(&e, &s, t)
  case .nothing: break
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

/// What came of an attempt: the result is in its register; a frame was pushed; nothing was done.
enum Attempt { case done, pushed, nothing }

/// Calls what can be called without a native: functions whose parameters take some sorting, classes with a plain initialiser,
/// and a few builtins. Out of line, and with a copy of the cursor: the run loop's own stays in registers.
@inline(never)
func callOther<E: Engine>(_ engine: E, _ s: Cursor, _ t: ThreadRef, _ f: E.Word, _ first: Int, _ n: Int, _ dest: Int) -> Attempt {
  var e = engine
  if e.hasShape(f, BuiltinType.function.shape) {
    return enterBound(e, s, t, f, e.promote(e.field(f, FunctionField.code)).code, first, n, .empty, dest)
  }
  if e.hasShape(f, BuiltinType.type.shape) {
    let type = e.promote(f)
    if enterInitializer(e, s, t, type, first, n, dest) == .pushed { return .pushed }
    if n == 0 && type == BuiltinType.superType.object, let o = ownSuper(e, s.frame) { e.setReg(s.frame, dest, o); return .done }
  } else if e.hasShape(f, BuiltinType.methodDescriptor.shape) {
    if n == 2 && e.promote(f) == listAppendMethod && append(e, e.reg(s.frame, first), e.reg(s.frame, first + 1)) {
      e.setReg(s.frame, dest, e.constant(.none))
      return .done
    }
  } else if n == 1 && e.hasShape(f, BuiltinType.builtinFunction.shape) {
    if e.promote(f) == lenFunction, let r = count(e, e.reg(s.frame, first)) { e.setReg(s.frame, dest, r); return .done }
  } else if n == 2 && e.hasShape(f, BuiltinType.builtinFunction.shape) {
    if e.promote(f) == isinstanceFunction, let r = isInstance(e, e.reg(s.frame, first), e.reg(s.frame, first + 1)) { e.setReg(s.frame, dest, r); return .done }
  }
  return .nothing
}

/// Appends to a list that has room; false, with nothing done, for others.
@inline(never)
func append<E: Engine>(_ engine: E, _ list: E.Word, _ v: E.Word) -> Bool {
  var e = engine
  guard e.hasShape(list, BuiltinType.list.shape) else { return false }
  let storage = e.field(list, 0), n = e.field(list, 1)
  guard !e.isEmpty(storage), e.belowFixnum(n, e.itemCount(storage)), let next = e.addFixnum(n, e.constant(.fixnum(1))) else { return false }
  e.setItem(storage, n, v)
  e.setField(list, 1, next)
  return true
}
/// Whether `o` is an instance of a class whose metaclass is `type`, as its own class says; nil where another is to be asked.
@inline(never)
func isInstance<E: Engine>(_ engine: E, _ o: E.Word, _ cls: E.Word) -> E.Word? {
  var e = engine
  guard e.hasShape(cls, BuiltinType.type.shape), case let c = e.promote(cls), c.isExact(.type) else { return nil }
  let type: Value
  if e.isFixnum(o) { type = BuiltinType.int.object } else if e.isFlonum(o) { type = BuiltinType.float.object } else {
    guard let own = e.type(o), e.isUnchanged(own) else { return nil }
    type = own
  }
  if isSubtype(type, c) { return e.constant(.true) }
  guard saysItsClass(type) else { return nil }
  return e.constant(.false)
}
/// The length of a list or tuple; nil for others.
@inline(__always)
func count<E: Engine>(_ engine: E, _ v: E.Word) -> E.Word? {
  var e = engine
  if e.hasShape(v, BuiltinType.list.shape) { return e.field(v, 1) }
  if e.hasShape(v, BuiltinType.tuple.shape) { return e.itemCount(v) }
  return nil
}

/// The same with names for the last arguments.
@inline(__always)
func callWithNames<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ callee: Int, _ first: Int, _ n: Int, _ names: Value, _ dest: Int) -> Bool {
  let f = e.reg(s.frame, callee)
  if e.hasShape(f, BuiltinType.function.shape) {
    let code = e.promote(e.field(f, FunctionField.code)).code
    if enterBound(e, s, t, f, code, first, n, names, dest) == .pushed { return enterNew(&e, &s, t) }
  }
  if e.opaque() { return false }
  s.save(t)
  t.pointee.pending = Deliver.store(dest)
  return finish(&e, &s, t, dest, Objects.call(t, e.toValue(f), s.frame.registers + first, n, names))
}
/// Goes on in the frame that a call has pushed.
@inline(__always)
func enterNew<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef) -> Bool {
  s = Cursor(t.pointee.frame.unsafelyUnwrapped)
  if t.pointee.request != 0 { return pause(&e, &s, t) }
  return true
}

/// Pushes the frame of a function that is called with `n` arguments from register `first`, the last ones named by the tuple
/// `names` (or none), where each parameter gets an argument or its default. Nothing is done for every other call: of
/// generators, with keywords that go to `**`, with anything wrong.
@inline(never)
func enterBound<E: Engine>(_ engine: E, _ s: Cursor, _ t: ThreadRef, _ f: E.Word, _ code: UnsafeMutablePointer<CodeObject>, _ first: Int, _ n: Int, _ names: Value,
                           _ dest: Int) -> Attempt {
  var e = engine
  let other: CodeFlags = [.generator, .coroutine, .asyncGenerator, .namespace]
  let caller = s.frame, flags = code.pointee.flags
  guard code.pointee.unread == nil, flags & other.rawValue == 0, caller.pointee.depth < weft_vm.recursionLimit else { return .nothing }
  let argCount = Int(code.pointee.argCount), total = argCount + Int(code.pointee.kwOnlyCount), variables = code.pointee.variableNames.items
  let named = names.isEmpty ? 0 : names.count, positional = n - named
  let hasRest = flags & CodeFlags.varArgs.rawValue != 0
  guard positional <= argCount || hasRest, total <= 64 else { return .nothing }
  // Which parameters are given by name, and in which register.
  var given: UInt64 = 0
  var k = 0
  while k < named {
    var j = max(Int(code.pointee.posOnlyCount), positional)
    while j < total && variables[j] != names.items[k] { j &+= 1 }
    if j >= total || given & 1 << UInt64(j) != 0 { return .nothing }
    given |= 1 << UInt64(j)
    k &+= 1
  }
  // Those that are not given need a default.
  let defaults = e.field(f, FunctionField.defaults)
  var count = 0, j = min(positional, argCount)
  while j < argCount {
    if given & 1 << UInt64(j) == 0 {
      if count == 0 {
        guard e.hasShape(defaults, BuiltinType.tuple.shape) else { return .nothing }
        count = e.toValue(defaults).count
        guard e.isValue(e.itemCount(defaults), .fixnum(count)) else { return .nothing }
      }
      if j < argCount - count { return .nothing }
    }
    j &+= 1
  }
  let keywordDefaults = e.field(f, FunctionField.kwDefaults)
  while j < total {
    if given & 1 << UInt64(j) == 0 && e.entry(keywordDefaults, variables[j]) == nil { return .nothing }
    j &+= 1
  }

  s.save(t)
  let g = pushFrame(t, e.toValue(f), code, state: Deliver.store(dest))
  e.enter(g, function: f)
  j = 0
  while j < min(positional, argCount) { e.setReg(g, j, e.reg(caller, first + j)); j &+= 1 }
  k = 0
  while k < named {
    var p = max(Int(code.pointee.posOnlyCount), positional)
    while variables[p] != names.items[k] { p &+= 1 }
    e.setReg(g, p, e.reg(caller, first + positional + k))
    k &+= 1
  }
  while j < total {
    if given & 1 << UInt64(j) == 0 {
      if j < argCount { e.setReg(g, j, e.item(defaults, e.constant(.fixnum(j - (argCount - count))))) }
      else if let v = e.entry(keywordDefaults, variables[j]) { e.setReg(g, j, v) }
    }
    j &+= 1
  }
  if hasRest { e.setReg(g, total, e.newTuple(caller, first + argCount, max(0, positional - argCount))) }
  if flags & CodeFlags.varKeywords.rawValue != 0 { e.setReg(g, total + (hasRest ? 1 : 0), e.newDict()) }
  return .pushed
}

/// Makes an instance of a class that has a plain initialiser, and pushes the frame of that. Nothing is done for others.
@inline(never)
func enterInitializer<E: Engine>(_ engine: E, _ s: Cursor, _ t: ThreadRef, _ type: Value, _ first: Int, _ n: Int, _ dest: Int) -> Attempt {
  var e = engine
  let initialize = plainInitializer(type), caller = s.frame
  guard !initialize.isEmpty, e.isUnchanged(type), caller.pointee.depth < weft_vm.recursionLimit else { return .nothing }
  let f = e.constant(initialize), code = e.promote(e.field(f, FunctionField.code)).code
  guard code.pointee.simple == 1, n + 1 == Int(code.pointee.argCount) else { return .nothing }
  s.save(t)
  let o = e.newInstance(type)
  let g = pushFrame(t, initialize, code, state: Deliver.make(Deliver.initialize, dest))
  e.enter(g, function: f)
  e.setExtra(g, o)
  e.setReg(g, 0, o)
  var i = 0
  while i < n { e.setReg(g, i + 1, e.reg(caller, first + i)); i &+= 1 }
  return .pushed
}

/// What `super()` gives in frame `f`, where its first variable is an instance of the class that it is in.
@inline(never)
func ownSuper<E: Engine>(_ engine: E, _ f: FrameRef) -> E.Word? {
  var e = engine
  let code = f.pointee.code.code
  guard code.pointee.argCount > 0, let kinds = code.pointee.variableKinds else { return nil }
  var i = Int(code.pointee.variableCount) - 1
  while i >= 0 && code.pointee.variableNames.items[i] != Name.__class__.value { i -= 1 }
  guard i >= 0 else { return nil }
  let cell = e.reg(f, i)
  var o = e.reg(f, 0)
  guard e.hasShape(cell, BuiltinType.cell.shape) else { return nil }
  if kinds[0] == Variable.Kind.cell.rawValue {
    guard e.hasShape(o, BuiltinType.cell.shape) else { return nil }
    o = e.field(o, 0)
  }
  let within = e.field(cell, 0)
  guard e.hasShape(within, BuiltinType.type.shape), let type = e.type(o), type.isExact(.type), isSubtype(type, e.promote(within)), e.isUnchanged(type) else { return nil }
  let s = e.newRecord(.superType, 3)
  e.setField(s, 0, within)
  e.setField(s, 1, o)
  e.setField(s, 2, e.constant(type))
  return s
}

/// The function that method `name` of a `super` of an instance is; nil for what else it may be.
@inline(never)
func superMethod<E: Engine>(_ engine: E, _ s: E.Word, _ name: Value) -> Value? {
  var e = engine
  let within = e.promote(e.field(s, 0)), type = e.promote(e.field(s, 2))
  guard isType(within), isType(type), let own = e.type(e.field(s, 1)), own == type, e.isUnchanged(type) else { return nil }
  let mro = type.typeObject.pointee.mro
  var i = 0
  while i < mro.count && mro.items[i] != within { i &+= 1 }
  i &+= 1
  while i < mro.count {
    let v = getString(mro.items[i].typeObject.pointee.dict, name)
    if !v.isEmpty { return v.isExact(.function) ? v : nil }
    i &+= 1
  }
  return nil
}

@inline(__always)
func ret<E: Engine>(_ e: inout E, _ s: inout Cursor, _ t: ThreadRef, _ v: E.Word) -> Bool {
  let dead = s.frame
  let state = dead.pointee.state
  let isStore = state & 0xff == Deliver.store
  if isStore || state & 0xff == Deliver.initialize && e.isValue(v, .none) {
    if e.endsTrace(dead, v) || e.returnIsOpaque(dead) { return false }
    let result = isStore ? v : e.extra(dead)
    let back = dead.pointee.back.unsafelyUnwrapped
    let flags = dead.pointee.header.flags
    e.leave(dead)
    if flags & FrameFlag.escaped == 0 { freeFrame(t, dead) } else { retireEscaped(dead, back) }
    back.pointee.header.flags &= ~FrameFlag.scanned
    t.pointee.frame = back
    s.frame = back
    s.pc = back.pointee.pc
    e.setReg(back, Int(state >> 8), result)
    return true
  }
  if e.opaque() { return false }
  s.save(t)
  deliverReturn(t, dead, e.toValue(v))
  return change(&e, &s, t)
}

/// The iterator of a list, tuple or str, or of an iterator; nil for others.
@inline(never)
func iterator<E: Engine>(_ engine: E, _ o: E.Word) -> E.Word? {
  var e = engine
  let type: BuiltinType
  if e.hasShape(o, BuiltinType.list.shape) { type = .listIterator }
  else if e.hasShape(o, BuiltinType.tuple.shape) { type = .tupleIterator }
  else if e.hasShape(o, BuiltinType.str.shape) { type = .strIterator }
  else if e.hasShape(o, BuiltinType.generator.shape) || e.hasShape(o, BuiltinType.rangeIterator.shape) { return o }
  else { return nil }
  let it = e.newRecord(type, 2)
  e.setField(it, 0, o)
  e.setField(it, 1, e.constant(.fixnum(0)))
  return it
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
  // Long ones are made elsewhere, where a request to collect may follow.
  if n <= 16 {
    e.setReg(s.frame, a, op == .buildTuple ? e.newTuple(s.frame, b, n) : e.newList(s.frame, b, n))
    if t.pointee.request != 0 { return pause(&e, &s, t) }
    return true
  }
  if e.opaque() { return false }
  s.save(t)
  let from = s.frame.registers + b
  return finish(&e, &s, t, a, op == .buildTuple ? makeTuple(t, from: from, count: n) : makeList(t, from: from, count: n))
}
