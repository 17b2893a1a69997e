// Natives of generators, coroutines, asynchronous generators, frames and code.

import Bytecode
import Glibc
import Heap
import Objects

func installGenerators(_ t: ThreadRef) {
  for b in [BuiltinType.generator, .coroutine, .asyncGenerator] {
    let d = TypeDefinition(t, b)
    let prefix = b == .generator ? "gi" : b == .coroutine ? "cr" : "ag"
    if b != .asyncGenerator {
      d.method("send", "(self, value, /)") { t, a, n in resumeFromNative(t, a[0], a[1]) }
      d.method("throw", "(self, type, value=None, traceback=None, /)") { t, a, n in
        throwIntoGenerator(t, a[0], a[1], n > 2 ? a[2] : .none, n > 3 ? a[3] : .none)
      }
      d.method("close", "(self, /)") { t, a, n in closeGenerator(t, a[0]) }
      // One that runs in a computation that was dropped with it is not closed: nothing can be thrown into it.
      d.method("__del__", "(self, /)") { t, a, n in
        a[0].field(GeneratorField.state).fixnum & 0xff == GeneratorState.running ? .none : closeGenerator(t, a[0])
      }
    }
    if b == .generator {
      d.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in a[0] }
      d.method("__next__", "(self, /)") { t, a, n in resumeFromNative(t, a[0], .none) }
    }
    d.getset("\(prefix)_frame", get: { t, a, n in
      let f = a[0].field(GeneratorField.frame)
      if f.isExact(.frame) { f.object.pointee.flags |= FrameFlag.escaped }
      return f
    })
    if b == .asyncGenerator {
      // Whether an awaitable of it is under way: see core_generators.py.
      d.getset("ag_running", get: { t, a, n in let h = a[0].field(GeneratorField.hooks); return h.isExact(.list) ? h.listItems[2] : .false })
    } else {
      d.getset("\(prefix)_running", get: { t, a, n in .bool(a[0].field(GeneratorField.state).fixnum & 0xff == GeneratorState.running) })
    }
    d.getset("\(prefix)_suspended", get: { t, a, n in .bool(a[0].field(GeneratorField.state).fixnum & 0xff == GeneratorState.suspended) })
    d.getset("\(prefix)_code", get: { t, a, n in a[0].field(GeneratorField.code) })
    d.getset(b == .generator ? "gi_yieldfrom" : "\(prefix)_await", get: { t, a, n in generatorDelegate(a[0]) })
    d.getset("__name__", get: { t, a, n in a[0].field(GeneratorField.name) }, set: { t, a, n in
      guard a[1].isStr else { return t.typeError("__name__ must be set to a string object") }
      setField(a[0], GeneratorField.name, a[1])
      return .none
    })
    d.getset("__qualname__", get: { t, a, n in a[0].field(GeneratorField.qualifiedName) }, set: { t, a, n in
      guard a[1].isStr else { return t.typeError("__qualname__ must be set to a string object") }
      setField(a[0], GeneratorField.qualifiedName, a[1])
      return .none
    })
    d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
      makeStr(t, "<\(typeName(a[0])) object \(swiftString(a[0].field(GeneratorField.qualifiedName))) at 0x\(String(identity(a[0]), radix: 16))>")
    }
  }
  document(t)
  TypeDefinition(t, .coroutine).getset("cr_origin", get: { t, a, n in let v = a[0].field(GeneratorField.origin); return v.isEmpty ? .none : v })
  TypeDefinition(t, .coroutine).method("__await__", "(self, /)") { t, a, n in
    let w = makeRecord(t, .coroutineWrapper, 1)
    w.fields[0] = a[0]
    return w
  }
  let w = TypeDefinition(t, .coroutineWrapper)
  w.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in a[0] }
  w.method("__next__", "(self, /)") { t, a, n in resumeFromNative(t, a[0].field(0), .none) }
  w.method("send", "(self, value, /)") { t, a, n in resumeFromNative(t, a[0].field(0), a[1]) }
  w.method("throw", "(self, type, value=None, traceback=None, /)") { t, a, n in
    throwIntoGenerator(t, a[0].field(0), a[1], n > 2 ? a[2] : .none, n > 3 ? a[3] : .none)
  }
  w.method("close", "(self, /)") { t, a, n in closeGenerator(t, a[0].field(0)) }

  // What app-level throw() and asynchronous generators are built of.
  defineAppNative(t, "gen_delegate", "(gen, /)") { t, a, n in
    guard isGenerator(a[0]) else { return t.typeError("generator expected") }
    return generatorDelegate(a[0])
  }
  defineAppNative(t, "gen_origin_depth", "(depth, /)") { t, a, n in coroutineOriginDepth = a[0].fixnum; return .none }
  defineAppNative(t, "gen_state", "(gen, /)") { t, a, n in
    guard isGenerator(a[0]) else { return t.typeError("generator expected") }
    return .fixnum(a[0].field(GeneratorField.state).fixnum & 0xff)
  }
  defineAppNative(t, "gen_send", "(gen, value, /)") { t, a, n in
    guard isGenerator(a[0]) else { return t.typeError("generator expected") }
    return resumeFromNative(t, a[0], a[1])
  }
  // Raises `exception` where the generator waits.
  defineAppNative(t, "gen_raise", "(gen, exception, /)") { t, a, n in
    guard isGenerator(a[0]), isExceptionInstance(a[1]) else { return t.typeError("generator expected") }
    return raiseInGenerator(t, a[0], a[1])
  }
  defineAppNative(t, "generator_throw", "(gen, type, value, traceback, /)") { t, a, n in
    guard isGenerator(a[0]) else { return t.typeError("generator expected") }
    return throwIntoGenerator(t, a[0], a[1], a[2], a[3])
  }
  defineAppNative(t, "unwrap_agen", "(value, /)") { t, a, n in a[0].isExact(.asyncGenWrapped) ? a[0].field(0) : weft_vm.ellipsis }
  defineAppNative(t, "is_agen_value", "(value, /)") { t, a, n in .bool(a[0].isExact(.asyncGenWrapped)) }
  defineAppNative(t, "gen_hooks", "(gen, /)") { t, a, n in
    guard isGenerator(a[0]) else { return t.typeError("generator expected") }
    let h = a[0].field(GeneratorField.hooks); return h.isEmpty ? .none : h
  }
  defineAppNative(t, "gen_set_hooks", "(gen, hooks, /)") { t, a, n in
    guard isGenerator(a[0]) else { return t.typeError("generator expected") }
    setField(a[0], GeneratorField.hooks, a[1]); return .none
  }
  defineAppNative(t, "code_flags", "(code, /)") { t, a, n in
    guard a[0].isExact(.code) else { return t.typeError("code expected") }
    return .fixnum(Int(a[0].code.pointee.flags))
  }
  installFrames(t)
  installCode(t)
}

private func isGenerator(_ v: Value) -> Bool { v.isExact(.generator) || v.isExact(.coroutine) || v.isExact(.asyncGenerator) }

/// What help() says of the methods.
func document(_ t: ThreadRef) {
  for (b, word) in [(BuiltinType.generator, "generator"), (.coroutine, "coroutine")] {
    let d = b.object.typeObject.pointee.dict
    func text(_ name: String, _ s: String) {
      let v = getString(d, intern(t, name))
      if v.isExact(.methodDescriptor) { v.to(NativeObject.self).pointee.doc = makeStr(t, s); writeBarrier(v.object) }
      if v.isExact(.getset) { setField(v, 4, makeStr(t, s)) }
    }
    text("send", "send(arg) -> send 'arg' into \(word),\nreturn next \(b == .generator ? "yielded" : "iterated") value or raise StopIteration.")
    text("throw", "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in \(word), return next \(b == .generator ? "yielded" : "iterated") value or raise\nStopIteration.")
    text("close", "close() -> raise GeneratorExit inside \(word).")
    text("__name__", "name of the \(word)")
    text("__qualname__", "qualified name of the \(word)")
  }
}

/// send() from a native call: the result goes where the native's result goes.
func resumeFromNative(_ t: ThreadRef, _ g: Value, _ value: Value) -> Value {
  let mode = t.pointee.pending & 0xff
  // Only a plain store can wait for a generator; other contexts go through an app-level call.
  if mode != Deliver.store && mode != Deliver.forIter && mode != Deliver.send { return callApp(t, named: "plain_send", g, value) }
  if mode != Deliver.store {
    // A native __next__ in a for loop: its end is a StopIteration for the caller to see, as for any other iterator.
    let r = resumeGenerator(t, g, value)
    return r == done ? stopIteration(t, .none) : r
  }
  return resumeGenerator(t, g, value)
}

/// Raises exception instance `e` where `g` waits; what comes of it goes where t.pending says.
func raiseInGenerator(_ t: ThreadRef, _ g: Value, _ e: Value) -> Value {
  switch g.field(GeneratorField.state).fixnum & 0xff {
  case GeneratorState.closed:
    if g.isExact(.coroutine) { return t.raise(.RuntimeError, "cannot reuse already awaited coroutine") }
    return t.raise(e)
  default: break
  }
  let r = resumeGenerator(t, g, .none)
  if t.pointee.exception.isEmpty {
    // Only what the generators on the way handle is the context.
    var f = t.pointee.frame
    while let frame = f, frame.pointee.header.flags & (FrameFlag.generator | FrameFlag.base) == FrameFlag.generator
          || frame.pointee.function == getString(appNamespace, intern(t, "raise_thrown")) {
      if !frame.pointee.handled.isEmpty { t.setContext(e); break }
      f = frame.pointee.back
    }
    t.pointee.exception = e
  }
  return r
}

/// throw(): the generators from `g` down to the one at the end of the `yield from` chain are put on the frame stack, each at
/// the SEND to the next, and the exception is raised in the last; what it yields or returns comes up as from a send.
func throwIntoGenerator(_ t: ThreadRef, _ g: Value, _ type: Value, _ value: Value, _ traceback: Value) -> Value {
  let mode = t.pointee.pending & 0xff
  if mode != Deliver.store && mode != Deliver.forIter && mode != Deliver.send { return callApp(t, named: "throw_plainly", g, type, value, traceback) }
  let exit = ExceptionType.GeneratorExit.object
  let closes = isType(type) ? isSubtype(type, exit) : isSubtype(type.type, exit)
  var g = g
  while true {
    let d = generatorDelegate(g)
    if d.isNone {
      if isExceptionInstance(type) && value.isNone && traceback.isNone { return raiseInGenerator(t, g, type) }
      return callApp(t, named: "raise_thrown", g, type, value, traceback)
    }
    guard let back = t.pointee.frame, back.pointee.depth < weft_vm.recursionLimit else {
      return t.raise(.RecursionError, "maximum recursion depth exceeded")
    }
    let f = g.field(GeneratorField.frame).to(Frame.self)
    let c = f.pointee.code.code.pointee
    let words = c.words
    let at = f.nextWord
    guard let loop = Instruction.decode(words, at: at, live: true), loop.opcode == .loop,
          let send = Instruction.decode(words, at: at + loop.length + loop.a), send.opcode == .send else {
      return t.raise(.SystemError, "a delegation without its loop")
    }
    let pending = t.pointee.pending
    f.pointee.back = back
    f.pointee.state = pending & 0xff == Deliver.store ? Deliver.generator | pending : pending
    f.pointee.depth = back.pointee.depth + 1
    f.pointee.header.flags &= ~FrameFlag.scanned
    f.pointee.pc = UnsafePointer(c.instructions) + (at + loop.length + loop.a + send.length)
    g.fields[GeneratorField.state] = .fixnum(GeneratorState.running)
    t.pointee.frame = f
    t.pointee.pending = Deliver.make(Deliver.send, send.a)
    if closes { return callApp(t, named: "delegate_close", d, type, value, traceback) }
    if d.isExact(.generator) || d.isExact(.coroutine) { g = d; continue }
    return callApp(t, named: "delegate_throw", d, type, value, traceback)
  }
}

func endGenerator(_ g: Value) {
  g.fields[GeneratorField.state] = .fixnum(GeneratorState.closed)
  setField(g, GeneratorField.frame, .none)
}

/// close(): at once where nothing can catch the GeneratorExit.
func closeGenerator(_ t: ThreadRef, _ g: Value) -> Value {
  switch g.field(GeneratorField.state).fixnum & 0xff {
  case GeneratorState.created: endGenerator(g); return .none
  case GeneratorState.closed: return .none
  case GeneratorState.suspended where generatorDelegate(g).isNone:
    let f = g.field(GeneratorField.frame).to(Frame.self)
    let c = f.pointee.code.code.pointee
    let at = f.nextWord - 1
    let r = c.exceptions!.assumingMemoryBound(to: PackedRange.self)
    for i in 0..<c.exceptionCount where Int(r[i].start) <= at && at < Int(r[i].end) { return callApp(t, .generatorClose, g) }
    endGenerator(g)
    return .none
  default: return callApp(t, .generatorClose, g)
  }
}

// MARK: frames

/// The frame behind `f` that Python may see.
public func visibleBack(_ f: FrameRef) -> FrameRef? {
  var b = f.pointee.back
  while let x = b, x.pointee.header.flags & FrameFlag.base != 0 || x.pointee.code.code.pointee.flags & CodeFlags.hidden.rawValue != 0 { b = x.pointee.back }
  return b
}
/// The innermost visible frame of the running chain.
public func visibleFrame(_ t: ThreadRef) -> FrameRef? {
  guard let f = t.pointee.frame else { return nil }
  if f.pointee.header.flags & FrameFlag.base == 0 && f.pointee.code.code.pointee.flags & CodeFlags.hidden.rawValue == 0 { return f }
  return visibleBack(f)
}

/// The variables of a frame as a dict (namespace code: the namespace itself).
public func frameLocals(_ t: ThreadRef, _ f: FrameRef) -> Value {
  let c = f.pointee.code.code.pointee
  if c.flags & CodeFlags.namespace.rawValue != 0 { return f.registers[0].isEmpty ? makeDict(t) : f.registers[0] }
  // Traced, a frame keeps its dict: a debugger leaves notes in it.
  let traced = frameTrace(f)
  let d = traced?.locals.isEmpty == false ? traced!.locals : makeDict(t)
  if let s = traced {
    s.locals = d
    s.localsGiven = true
  }
  var free = 0
  for i in 0..<Int(c.variableCount) {
    var v = f.registers[i]
    let kind = Variable.Kind(rawValue: c.variableKinds![i])
    if kind == .hidden { continue }
    // Before it starts a frame has not taken its function's cells yet.
    if v.isEmpty && kind == .free, f.pointee.header.flags & FrameFlag.finished == 0, case let closure = f.pointee.function.field(FunctionField.closure), closure.isKind(.tuple), free < closure.count { v = closure.items[free] }
    if kind == .free { free += 1 }
    if v.isExact(.cell) && (kind == .cell || kind == .free) { v = v.field(0) }
    if !v.isEmpty { setString(t, d, c.variableNames.items[i], v) }
    else if traced != nil, !getString(d, c.variableNames.items[i]).isEmpty { _ = deleteItem(t, d, c.variableNames.items[i]) }
  }
  return d
}

func installFrames(_ t: ThreadRef) {
  let d = TypeDefinition(t, .frame)
  d.getset("f_back", get: { t, a, n in
    guard let b = visibleBack(a[0].to(Frame.self)) else { return .none }
    b.pointee.header.flags |= FrameFlag.escaped
    return Value(b)
  })
  d.getset("f_code", get: { t, a, n in a[0].to(Frame.self).pointee.code })
  d.getset("f_globals", get: { t, a, n in a[0].to(Frame.self).pointee.function.field(FunctionField.globals) })
  d.getset("f_builtins", get: { t, a, n in a[0].to(Frame.self).pointee.function.field(FunctionField.builtins) })
  d.getset("f_locals", get: { t, a, n in frameLocals(t, a[0].to(Frame.self)) })
  d.getset("f_lineno", get: { t, a, n in let l = currentLine(a[0].to(Frame.self)); return l < 0 ? .none : .fixnum(l) },
           set: { t, a, n in setFrameLine(t, a[0].to(Frame.self), a[1]) },
           delete: { t, a, n in t.attributeError("cannot delete attribute", a[0], intern(t, "f_lineno")) })
  d.getset("f_lasti", get: { t, a, n in
    let f = a[0].to(Frame.self)
    return .fixnum((f.nextWord - 1) * 2)
  })
  d.getset("f_trace", get: { t, a, n in
    guard let s = frameTrace(a[0].to(Frame.self)), !s.function.isEmpty else { return .none }
    return s.function
  }, set: { t, a, n in setFrameTrace(a[0].to(Frame.self)) { $0.function = a[1].isNone ? .empty : a[1] } },
     delete: { t, a, n in setFrameTrace(a[0].to(Frame.self)) { $0.function = .empty } })
  d.getset("f_trace_lines", get: { t, a, n in .bool(frameTrace(a[0].to(Frame.self))?.lines ?? true) }, set: { t, a, n in
    guard a[1].isBool else { return t.typeError("attribute value type must be bool") }
    return setFrameTrace(a[0].to(Frame.self)) { $0.lines = a[1] == .true }
  })
  d.getset("f_trace_opcodes", get: { t, a, n in .bool(frameTrace(a[0].to(Frame.self))?.opcodes ?? false) }, set: { t, a, n in
    guard a[1].isBool else { return t.typeError("attribute value type must be bool") }
    return setFrameTrace(a[0].to(Frame.self)) { $0.opcodes = a[1] == .true }
  })
  d.method("clear", "(self, /)") { t, a, n in
    let f = a[0].to(Frame.self)
    let g = f.pointee.extra
    if f.pointee.header.flags & FrameFlag.generator != 0, g.isExact(.generator) || g.isExact(.coroutine) || g.isExact(.asyncGenerator) {
      if g.field(GeneratorField.state).fixnum & 0xff == GeneratorState.running { return t.raise(.RuntimeError, "cannot clear an executing frame") }
      // A coroutine that never ran says so.
      if g.isExact(.coroutine), g.field(GeneratorField.state).fixnum & 0xff == GeneratorState.created { return callApp(t, named: "coroutine_finalize", g) }
      if f.pointee.header.flags & FrameFlag.finished == 0 { return closeGenerator(t, g) }
    }
    if f.pointee.header.flags & FrameFlag.finished == 0 { return t.raise(.RuntimeError, "cannot clear an executing frame") }
    for i in 0..<Int(f.pointee.code.code.pointee.registerCount) {
      // As with `del`: a coroutine that nobody awaited is to say so.
      if f.registers[i].isExact(.coroutine) && isWatched(f.registers[i]) { noteDropped(t, f.registers[i]) }
      f.registers[i] = .empty
    }
    return .none
  }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let f = a[0].to(Frame.self)
    let c = f.pointee.code.code.pointee
    return makeStr(t, "<frame at 0x\(String(UInt(bitPattern: f), radix: 16)), file '\(swiftString(c.filename))', line \(currentLine(f)), code \(swiftString(c.name))>")
  }
  defineAppNative(t, "frame_locals", "(frame, /)") { t, a, n in
    guard a[0].isExact(.frame) else { return t.typeError("frame expected") }
    return frameLocals(t, a[0].to(Frame.self))
  }
}

// MARK: code

func installCode(_ t: ThreadRef) {
  let d = TypeDefinition(t, .code)
  d.getset("co_name", get: { t, a, n in a[0].code.pointee.name })
  d.getset("co_qualname", get: { t, a, n in a[0].code.pointee.qualifiedName })
  d.getset("co_filename", get: { t, a, n in a[0].code.pointee.filename })
  d.getset("co_firstlineno", get: { t, a, n in .fixnum(Int(a[0].code.pointee.firstLine)) })
  d.getset("co_argcount", get: { t, a, n in .fixnum(Int(a[0].code.pointee.argCount)) })
  d.getset("co_posonlyargcount", get: { t, a, n in .fixnum(Int(a[0].code.pointee.posOnlyCount)) })
  d.getset("co_kwonlyargcount", get: { t, a, n in .fixnum(Int(a[0].code.pointee.kwOnlyCount)) })
  d.getset("co_nlocals", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return .fixnum(variableNames(t, c) { k, i in isLocalName(c, k, i) }.count)
  })
  d.getset("co_stacksize", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return .fixnum(Int(c.pointee.registerCount) - Int(c.pointee.variableCount))
  })
  d.getset("co_flags", get: { t, a, n in .fixnum(Int(a[0].code.pointee.flags & 0x1fff_ffff)) })
  d.getset("co_consts", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return c.pointee.constants
  })
  d.getset("co_names", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return c.pointee.names
  })
  d.getset("co_varnames", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return variableNames(t, c) { k, i in isLocalName(c, k, i) }
  })
  d.getset("co_cellvars", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return variableNames(t, c) { k, i in k == .cell }
  })
  d.getset("co_freevars", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return variableNames(t, c) { k, i in k == .free }
  })
  d.getset("co_code", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return c.originalWords.withUnsafeBytes { makeBytes(t, $0) }
  })
  d.getset("co_linetable", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return encodeLineTable(c.pointee).withUnsafeBytes { makeBytes(t, $0) }
  })
  d.getset("co_lnotab", get: { t, a, n in weft_vm.emptyBytes })
  d.getset("co_exceptiontable", get: { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return makeBytes(t, UnsafeRawBufferPointer(start: c.pointee.exceptions, count: c.pointee.exceptionCount * MemoryLayout<PackedRange>.stride))
  })
  d.method("co_lines", "(self, /)") { t, a, n in
    guard let c = filled(t, a[0])?.pointee else { return .empty }
    let out = makeList(t)
    let p = c.positions!.assumingMemoryBound(to: PackedPosition.self)
    for i in 0..<c.positionCount {
      let end = i + 1 < c.positionCount ? Int(p[i + 1].start) : c.instructionCount
      listAppend(t, out, makeTuple(t, [.fixnum(Int(p[i].start) * 2), .fixnum(end * 2), p[i].line < 0 ? .none : .fixnum(Int(p[i].line))]))
    }
    return iterate(t, out)
  }
  d.method("co_positions", "(self, /)") { t, a, n in
    guard let c = filled(t, a[0])?.pointee else { return .empty }
    let out = makeList(t)
    let p = c.positions!.assumingMemoryBound(to: PackedPosition.self)
    func number(_ i: Int32) -> Value { i < 0 ? .none : .fixnum(Int(i)) }
    for i in 0..<c.positionCount {
      let end = i + 1 < c.positionCount ? Int(p[i + 1].start) : c.instructionCount
      for _ in Int(p[i].start)..<end { listAppend(t, out, makeTuple(t, [number(p[i].line), number(p[i].endLine), number(p[i].column), number(p[i].endColumn)])) }
    }
    return iterate(t, out)
  }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let c = a[0].code.pointee
    return makeStr(t, "<code object \(swiftString(c.name)) at 0x\(String(UInt(a[0].bits), radix: 16)), file \"\(swiftString(c.filename))\", line \(c.firstLine)>")
  }
  d.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return .fixnum(hashFixnum(c.originalWords.withUnsafeBytes { hashBytes($0) } ^ strHash(c.pointee.name) ^ Int(c.pointee.firstLine)))
  }
  d.method("__eq__", "(self, value, /)") { t, a, n in
    guard a[1].isExact(.code) else { return .notImplemented }
    if a[0] == a[1] { return .true }
    guard let x = filled(t, a[0])?.pointee, let y = filled(t, a[1])?.pointee else { return .empty }
    guard x.instructionCount == y.instructionCount, a[0].code.originalWords == a[1].code.originalWords, x.name == y.name,
          x.firstLine == y.firstLine, x.argCount == y.argCount, x.flags == y.flags, x.kwOnlyCount == y.kwOnlyCount else { return .false }
    return callApp(t, named: "code_equal", makeTuple(t, [x.constants, x.names, x.variableNames]), makeTuple(t, [y.constants, y.names, y.variableNames]))
  }
  d.method("replace", "(self, /, **changes)") { t, a, n in replaceCode(t, a[0], a[1]) }
}

func isLocalName(_ code: UnsafeMutablePointer<CodeObject>, _ kind: Variable.Kind, _ i: Int) -> Bool {
  let c = code.pointee
  let parameters = Int(c.argCount) + Int(c.kwOnlyCount) + (c.flags & CodeFlags.varArgs.rawValue != 0 ? 1 : 0) + (c.flags & CodeFlags.varKeywords.rawValue != 0 ? 1 : 0)
  return kind == .local || kind == .cell && i < parameters
}

func variableNames(_ t: ThreadRef, _ code: UnsafeMutablePointer<CodeObject>, _ keep: (Variable.Kind, Int) -> Bool) -> Value {
  let c = code.pointee
  var out: [Value] = []
  for i in 0..<Int(c.variableCount) where keep(Variable.Kind(rawValue: c.variableKinds![i])!, i) { out.append(c.variableNames.items[i]) }
  return makeTuple(t, out)
}

/// code.replace(): a copy with some attributes changed.
func replaceCode(_ t: ThreadRef, _ original: Value, _ changes: Value) -> Value {
  guard let code = filled(t, original) else { return .empty }
  let c = code.pointee
  let u = unitWithoutConstants(original)
  var constants = c.constants, names = c.names, bad: String?
  func areStrings(_ v: Value) -> Bool { (0..<v.count).allSatisfy { v.items[$0].isStr } }
  func sameUse(_ old: Value, _ new: Value) -> Bool {
    if old.isExact(.code) {
      guard new.isExact(.code), let x = filled(t, old), let y = filled(t, new) else { return false }
      return freeVariableCount(x) == freeVariableCount(y)
    }
    if old.isExact(.tuple), areStrings(old) { return new.isExact(.tuple) && new.count == old.count && areStrings(new) }
    return true
  }
  func rename(_ v: Value, _ which: (Variable.Kind, Int) -> Bool) -> Bool {
    let indices = (0..<u.variables.count).filter { which(u.variables[$0].kind, $0) }
    guard v.isKind(.tuple), v.count == indices.count, areStrings(v) else { return false }
    for (k, i) in indices.enumerated() { u.variables[i] = Variable(name: swiftString(v.items[k]), kind: u.variables[i].kind) }
    return true
  }
  if !changes.isEmpty {
    forEachEntry(changes) { k, v in
      switch swiftString(k) {
      case "co_name": if v.isStr { u.name = swiftString(v) } else { bad = "co_name" }
      case "co_qualname": if v.isStr { u.qualifiedName = swiftString(v) } else { bad = "co_qualname" }
      case "co_filename": if v.isStr { u.filename = swiftString(v) } else { bad = "co_filename" }
      case "co_firstlineno": if let i = v.asInt { u.firstLine = Int32(truncatingIfNeeded: i) } else { bad = "co_firstlineno" }
      case "co_flags": if let i = v.asInt { u.flags = CodeFlags(rawValue: UInt32(truncatingIfNeeded: i) & 0x1fff_ffff | c.flags & 0xe000_0000) } else { bad = "co_flags" }
      case "co_consts":
        // What instructions rely on stays what it is: code with its free variables, names of keywords.
        if v.isKind(.tuple), v.count >= constants.count, (0..<constants.count).allSatisfy({ sameUse(constants.items[$0], v.items[$0]) }) { constants = v }
        else { bad = "co_consts" }
      case "co_names": if v.isKind(.tuple), v.count >= names.count, areStrings(v) { names = v } else { bad = "co_names" }
      case "co_varnames": if !rename(v, { isLocalName(code, $0, $1) }) { bad = "co_varnames" }
      case "co_cellvars": if !rename(v, { k, _ in k == .cell }) { bad = "co_cellvars" }
      case "co_freevars": if !rename(v, { k, _ in k == .free }) { bad = "co_freevars" }
      case "co_argcount": u.argCount = v.asInt ?? -1
      case "co_posonlyargcount": u.posOnlyArgCount = v.asInt ?? -1
      case "co_kwonlyargcount": u.kwOnlyArgCount = v.asInt ?? -1
      case "co_nlocals": if v.asInt != variableNames(t, code, { isLocalName(code, $0, $1) }).count { bad = "co_nlocals" }
      case "co_stacksize": if v.asInt != Int(c.registerCount) - Int(c.variableCount) { bad = "co_stacksize" }
      case "co_code":
        if !v.isKind(.bytes) || v.bytesCount != c.instructionCount * 4 || memcmp(v.bytesData, u.instructions, v.bytesCount) != 0 { bad = "co_code" }
      case "co_exceptiontable":
        if !v.isKind(.bytes) || v.bytesCount != c.exceptionCount * MemoryLayout<PackedRange>.stride || memcmp(v.bytesData, c.exceptions!, v.bytesCount) != 0 { bad = "co_exceptiontable" }
      case "co_linetable":
        if v.isKind(.bytes), let p = decodeLineTable(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount), firstLine: u.firstLine, words: c.instructionCount) {
          u.positions = p
        } else {
          bad = "co_linetable"
        }
      default: bad = swiftString(k)
      }
    }
  }
  // The instructions are those of the old signature and kind.
  let fixed: CodeFlags = [.varArgs, .varKeywords, .generator, .asyncGenerator]
  if u.flags.intersection(fixed) != CodeFlags(rawValue: c.flags).intersection(fixed) { bad = "co_flags" }
  if u.flags.contains(.coroutine), !u.flags.isDisjoint(with: [.generator, .asyncGenerator]) { bad = "co_flags" }
  if c.flags & CodeFlags.coroutine.rawValue != 0 && !u.flags.contains(.coroutine) { bad = "co_flags" }
  if u.argCount < 0 || u.posOnlyArgCount < 0 || u.kwOnlyArgCount < 0 || u.posOnlyArgCount > u.argCount
    || u.argCount + u.kwOnlyArgCount > Int(c.argCount) + Int(c.kwOnlyCount)
    || u.argCount + u.kwOnlyArgCount < Int(c.argCount) + Int(c.kwOnlyCount) && (c.flags & (CodeFlags.varArgs.rawValue | CodeFlags.varKeywords.rawValue) != 0
       || u.variables.prefix(Int(c.argCount) + Int(c.kwOnlyCount)).contains { $0.kind == .cell }) { bad = "co_argcount" }
  if t.pointee.exception != .empty { return .empty }
  if let b = bad { return t.valueError("code.replace(): \(b) cannot be changed in this way") }
  let n = makeCode(t, u)
  n.code.pointee.constants = oldTuple(t, (0..<constants.count).map { constants.items[$0] })
  n.code.pointee.names = oldTuple(t, (0..<names.count).map { intern(names.items[$0]) })
  n.code.pointee.docstring = c.docstring
  writeBarrier(n.object)
  return n
}

/// Changes what is kept for tracing of a frame that still runs or waits.
private func setFrameTrace(_ f: FrameRef, _ change: (FrameTrace) -> Void) -> Value {
  if f.pointee.header.flags & FrameFlag.finished != 0 { return .none }
  let known = frameTrace(f), s = known ?? makeFrameTrace(f)
  if known == nil { s.last = f.nextWord - 1 }
  change(s)
  return .none
}
