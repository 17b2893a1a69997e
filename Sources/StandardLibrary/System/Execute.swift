// Running code objects, and looking at namespaces of frames: exec, eval, globals, locals.

import Builtins
import Bytecode
import Heap
import Objects

/// Runs a code object in `globals`, with `locals` as the namespace of module-like code. A tail call.
public func runCode(_ t: ThreadRef, _ code: Value, _ globals: Value, _ locals: Value, builtins: Value = .empty, closure: Value = .empty) -> Value {
  let f = makeFunction(t, code: code, globals: globals)
  if !builtins.isEmpty { f.fields[FunctionField.builtins] = builtins }
  if !closure.isEmpty { f.fields[FunctionField.closure] = closure }
  let before = t.pointee.frame
  let r = callFunction(t, f, t.pointee.window!, 0, .empty)
  if r.isEmpty, let frame = t.pointee.frame, frame != before, code.code.pointee.flags & CodeFlagBits.namespace != 0 {
    frame.registers[0] = locals
  } else if code.code.pointee.flags & CodeFlagBits.namespace != 0, r.isExact(.coroutine) || r.isExact(.generator) || r.isExact(.asyncGenerator),
            r.field(GeneratorField.frame).isExact(.frame) {
    r.field(GeneratorField.frame).to(Frame.self).pointee.header.flags &= ~FrameFlag.scanned
    r.field(GeneratorField.frame).to(Frame.self).registers[0] = locals
    suspendFrame(r.field(GeneratorField.frame).to(Frame.self))
  }
  return r
}

/// Whether variable `i` of the code may be shown to Python: hidden ones and names like ".0" are the compiler's.
func isVisibleVariable(_ c: CodeObject, _ i: Int) -> Bool {
  c.variableKinds![i] != Variable.Kind.hidden.rawValue
}

/// Name and value of a frame's variable; the value is empty when unbound.
func frameVariable(_ f: FrameRef, _ i: Int) -> Value {
  let c = f.pointee.code.code.pointee
  let v = f.registers[i]
  let kind = c.variableKinds![i]
  if kind == Variable.Kind.cell.rawValue || kind == Variable.Kind.free.rawValue {
    // A parameter's cell is made when the body starts.
    if v.isEmpty { return .empty }
    if v.isExact(.cell) { return v.field(0) }
  }
  return v
}

/// `locals()` of a frame: the namespace itself, or a fresh dict of the bound variables.
public func frameLocals(_ t: ThreadRef, _ f: FrameRef) -> Value {
  let c = f.pointee.code.code.pointee
  if c.flags & CodeFlagBits.namespace != 0 { return f.registers[0] }
  let d = makeDict(t)
  for i in 0..<Int(c.variableCount) where isVisibleVariable(c, i) {
    let v = frameVariable(f, i)
    if !v.isEmpty { setString(t, d, c.variableNames.items[i], v) }
  }
  return d
}

func installExecute(_ t: ThreadRef) {
  // (code, globals, locals, closure or None)
  defineAppNative(t, "system_run_code", "(code, globals, locals, closure, /)") { t, a, n in
    guard a[0].isExact(.code), a[1].isObject, a[1].kind == .dict else { return t.typeError("bad code or globals") }
    return runCode(t, a[0], a[1], a[2], closure: a[3].isNone ? .empty : a[3])
  }
  defineAppNative(t, "system_is_code", "(object, /)") { t, a, n in .bool(a[0].isExact(.code)) }
  defineAppNative(t, "system_free_count", "(code, /)") { t, a, n in
    guard let c = filled(t, a[0]) else { return .empty }
    return .fixnum(freeVariableCount(c))
  }
  defineAppNative(t, "system_frame_globals", "()") { t, a, n in
    guard let f = visibleFrame(t) else { return t.raise(.SystemError, "frame does not exist") }
    return f.pointee.function.field(FunctionField.globals)
  }
  defineAppNative(t, "system_frame_locals", "()") { t, a, n in
    guard let f = visibleFrame(t) else { return t.raise(.SystemError, "frame does not exist") }
    return frameLocals(t, f)
  }
  defineAppNative(t, "system_frame_builtins", "()") { t, a, n in
    guard let f = visibleFrame(t) else { return builtinsDict }
    return f.pointee.function.field(FunctionField.builtins)
  }
  // Future flags of the code that calls compile(), exec() or eval().
  defineAppNative(t, "system_frame_futures", "()") { t, a, n in
    guard let f = visibleFrame(t) else { return .fixnum(0) }
    return .fixnum(Int(f.pointee.code.code.pointee.flags & CodeFlagBits.futures))
  }
}

/// `globals()` and `locals()` as natives of the builtins module.
public func defineNamespaceBuiltins(_ t: ThreadRef, _ define: (String, Value) -> Void) {
  let owner = Name.builtins.value
  define("globals", makeNative(t, .builtinFunction, "globals", "()", owner: owner) { t, a, n in
    guard let f = visibleFrame(t) else { return .none }
    return f.pointee.function.field(FunctionField.globals)
  })
  define("locals", makeNative(t, .builtinFunction, "locals", "()", owner: owner) { t, a, n in
    guard let f = visibleFrame(t) else { return t.raise(.SystemError, "frame does not exist") }
    return frameLocals(t, f)
  })
}
