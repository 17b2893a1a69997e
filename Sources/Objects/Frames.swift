// Pushing frames: how arguments become registers, and what happens to the result.

import Glibc
import Heap
import Bytecode

/// What the frame behind does with a frame's result: the low byte of `Frame.state`; operands above.
public enum Deliver {
  /// Register (state >> 8) = result.
  public static let store: UInt32 = 0
  /// The result is dropped.
  public static let discard: UInt32 = 1
  /// The caller waits at a JMP word: execute it when the truth of the result is bit 8.
  public static let branch: UInt32 = 2
  /// `forIter` waits at its JMP word: register (state >> 8) = result; StopIteration (or the end of a generator) jumps.
  public static let forIter: UInt32 = 3
  /// Registers from (state >> 8 & 0xffff) = the items of the result, a tuple of exactly the right length.
  public static let spread: UInt32 = 4
  /// `send` waits at its JMP word: the end of the iterator stores its value and jumps.
  public static let send: UInt32 = 5
  /// The run loop returns to its Swift caller.
  public static let exit: UInt32 = 6
  /// A generator resumed by next(), send() or throw(): its end raises StopIteration.
  public static let generator: UInt32 = 7
  /// `__init__`: the result must be None; register (state >> 8) = the instance in `extra`.
  public static let initialize: UInt32 = 8
  /// Register (state >> 8) = bool of the result, inverted when bit 7 of the byte above 16 registers' worth is set.
  public static let truth: UInt32 = 9
  public static let invertedTruth: UInt32 = 10
  /// Two registers from (state >> 8): result and unbound (getMethod, getSpecial).
  public static let method: UInt32 = 11
  /// Coroutine awaited natively: as `generator`, for coroutine wrappers.
  public static let setAttribute: UInt32 = 12
  @inlinable @inline(__always) public static func store(_ r: Int) -> UInt32 { UInt32(truncatingIfNeeded: r) &<< 8 }
  @inlinable @inline(__always) public static func make(_ mode: UInt32, _ operand: Int) -> UInt32 { mode | UInt32(truncatingIfNeeded: operand) &<< 8 }
}

extension Value {
  @inlinable @inline(__always) public var code: UnsafeMutablePointer<CodeObject> { to(CodeObject.self) }
}

extension UnsafeMutablePointer where Pointee == Frame {
  /// Index, in its code, of the word that the frame runs next; one less lies in the instruction that it is in.
  @inlinable @inline(__always) public var nextWord: Int { pointee.pc - pointee.code.code.start }
}

/// A frame for `function` with all registers empty, linked behind the current frame and made current.
@inlinable @inline(__always)
public func pushFrame(_ t: ThreadRef, _ function: Value, _ code: UnsafeMutablePointer<CodeObject>, state: UInt32) -> FrameRef {
  let n = Int(code.pointee.registerCount)
  let f = allocateFrame(t, sizeClass: code.pointee.sizeClass, registers: n)
  let back = t.pointee.frame
  f.pointee.header = ObjectHeader(shape: BuiltinType.frame.shape, gc: GCBit.old | weft_vm.markColour, flags: 0, reserve: code.pointee.sizeClass)
  f.pointee.back = back
  f.pointee.code = Value(UnsafeMutableRawPointer(code))
  f.pointee.pc = code.start
  f.pointee.function = function
  f.pointee.state = state
  f.pointee.depth = back.unsafelyUnwrapped.pointee.depth &+ 1
  f.pointee.handled = .empty
  f.pointee.extra = .empty
  clearRegisters(f, n)
  t.pointee.frame = f
  return f
}
/// Empties `n` registers, and those that come after them in the last 32 bytes, which the frame's size has. Without a call for small frames.
@inlinable @inline(__always)
func clearRegisters(_ f: FrameRef, _ n: Int) {
  let p = UnsafeMutableRawPointer(f.registers), bytes = n &* 8
  let zero = SIMD4<UInt64>.zero
  func clear(_ at: Int) { p.storeBytes(of: zero, toByteOffset: at, as: SIMD4<UInt64>.self) }
  if bytes > 160 { memset(p, 0, bytes); return }
  if bytes > 0 { clear(0) }
  if bytes > 32 { clear(32) }
  if bytes > 64 { clear(64) }
  if bytes > 96 { clear(96) }
  if bytes > 128 { clear(128) }
}

/// Calls a Python function: pushes its frame with the arguments bound (the last `kwNames.count` of them named). A
/// generator function gives its generator instead. Empty: a frame was pushed, or an exception is set.
@inline(never)
public func callFunction(_ t: ThreadRef, _ function: Value, _ args: Args, _ n: Int, _ kwNames: Value) -> Value {
  guard let code = filled(t, function.field(FunctionField.code)) else { return .empty }
  guard let back = t.pointee.frame, back.pointee.depth < weft_vm.recursionLimit else { return recursionError(t, code) }
  let c = code.pointee
  let state = t.pointee.pending
  let f = pushFrame(t, function, code, state: state)
  let r = f.registers
  if c.simple == 1 && n == Int(c.argCount) && kwNames.isEmpty {
    var i = 0
    while i < n { r[i] = args[i]; i &+= 1 }
    return .empty
  }
  if !bindArguments(t, function, code, r, args, n, kwNames) {
    t.pointee.frame = f.pointee.back
    freeFrame(t, f)
    return .empty
  }
  // A function made of a module's code: its names are the globals, unless who runs it says otherwise.
  if c.flags & CodeFlags.namespace.rawValue != 0 && r[0].isEmpty { r[0] = function.field(FunctionField.globals) }
  if c.flags & (CodeFlags.generator.rawValue | CodeFlags.coroutine.rawValue | CodeFlags.asyncGenerator.rawValue) != 0 {
    t.pointee.frame = f.pointee.back
    return makeGenerator(t, f, function, c)
  }
  return .empty
}

/// The generator, coroutine or asynchronous generator that owns the not yet started frame `f`.
public func makeGenerator(_ t: ThreadRef, _ f: FrameRef, _ function: Value, _ c: CodeObject) -> Value {
  let type: BuiltinType = c.flags & CodeFlags.generator.rawValue != 0 ? .generator
    : c.flags & CodeFlags.coroutine.rawValue != 0 ? .coroutine : .asyncGenerator
  let g = makeRecord(t, type, GeneratorField.count)
  g.fields[GeneratorField.frame] = Value(f)
  g.fields[GeneratorField.name] = function.field(FunctionField.name)
  g.fields[GeneratorField.qualifiedName] = function.field(FunctionField.qualifiedName)
  g.fields[GeneratorField.state] = .fixnum(GeneratorState.created)
  g.fields[GeneratorField.code] = f.pointee.code
  f.pointee.back = nil
  f.pointee.header.flags |= FrameFlag.generator
  f.pointee.extra = g
  suspendFrame(f)
  if c.exceptionCount > 0 || type != .generator {
    g.object.pointee.gc |= GCBit.watched
    watchFinaliser(g)
  }
  if coroutineOriginDepth > 0 && type == .coroutine { setField(g, GeneratorField.origin, creationTrace(t, coroutineOriginDepth)) }
  return g
}
/// What a generator waiting in `yield from` or `await` delegates to, or None.
public func generatorDelegate(_ g: Value) -> Value {
  guard g.field(GeneratorField.state).fixnum & 0xff == GeneratorState.suspended, g.field(GeneratorField.frame).isExact(.frame) else { return .none }
  let f = g.field(GeneratorField.frame).to(Frame.self)
  let c = f.pointee.code.code.pointee
  let words = c.words
  let at = f.nextWord - 1
  // The word before may belong to a WIDE pair.
  var i = Instruction.decode(words, at: at, live: true)
  if at > 0, words[at - 1] & 0xff == UInt32(Opcode.wide.rawValue) { i = Instruction.decode(words, at: at - 1, live: true) }
  guard let y = i, y.opcode == .yield, y.c > 0 else { return .none }
  let v = f.registers[y.c - 1]
  return v.isEmpty ? .none : v
}

/// sys.set_coroutine_origin_tracking_depth().
nonisolated(unsafe) public var coroutineOriginDepth = 0

/// Where the running code is: (file, line, function) of up to `depth` frames, innermost first.
func creationTrace(_ t: ThreadRef, _ depth: Int) -> Value {
  var out: [Value] = []
  var f = t.pointee.frame
  while let frame = f, out.count < depth {
    let c = frame.pointee.code.code.pointee
    if frame.pointee.header.flags & FrameFlag.base == 0 && c.flags & CodeFlags.hidden.rawValue == 0 {
      let at = frame.nextWord - 1
      let line = position(frame.pointee.code, at: at)?.line ?? c.firstLine
      out.append(makeTuple(t, [c.filename, .fixnum(Int(line)), c.name]))
    }
    f = frame.pointee.back
  }
  return makeTuple(t, out)
}

public enum GeneratorState {
  public static let created = 0, suspended = 1, running = 2, closed = 3
}

@inline(never) func recursionError(_ t: ThreadRef, _ code: UnsafeMutablePointer<CodeObject>) -> Value {
  // A little room above the limit for what handles the error.
  let limit = weft_vm.recursionLimit
  weft_vm.recursionLimit = limit &+ 200
  defer { weft_vm.recursionLimit = limit }
  return t.raise(.RecursionError, "maximum recursion depth exceeded")
}

func functionName(_ function: Value) -> String { swiftString(function.field(FunctionField.qualifiedName)) }

/// Fills the parameter registers `r` from a call's arguments; false when an exception is set.
func bindArguments(_ t: ThreadRef, _ function: Value, _ code: UnsafeMutablePointer<CodeObject>, _ r: UnsafeMutablePointer<Value>,
                   _ args: Args, _ n: Int, _ kwNames: Value) -> Bool {
  let c = code.pointee
  let argCount = Int(c.argCount), kwOnly = Int(c.kwOnlyCount)
  let hasVarArgs = c.flags & CodeFlags.varArgs.rawValue != 0, hasKwArgs = c.flags & CodeFlags.varKeywords.rawValue != 0
  let kwCount = kwNames.isEmpty ? 0 : kwNames.count
  let positional = n - kwCount
  let total = argCount + kwOnly
  let copied = min(positional, argCount)
  var i = 0
  while i < copied { r[i] = args[i]; i += 1 }
  if hasVarArgs {
    r[total] = positional > argCount ? makeTuple(t, from: args + argCount, count: positional - argCount) : weft_vm.emptyTuple
  }
  var extra = Value.empty
  if hasKwArgs {
    extra = makeDict(t)
    r[total + (hasVarArgs ? 1 : 0)] = extra
  }
  if kwCount > 0 {
    let names = c.variableNames
    for k in 0..<kwCount {
      let key = kwNames.items[k], value = args[positional + k]
      guard key.isStr else { t.typeError("\(functionName(function))() keywords must be strings"); return false }
      var found = -1
      var j = Int(c.posOnlyCount)
      while j < total { if names.items[j] == key { found = j; break }; j += 1 }
      if found < 0 {
        j = Int(c.posOnlyCount)
        while j < total { if strEqual(names.items[j], key) { found = j; break }; j += 1 }
      }
      if found >= 0 {
        if !r[found].isEmpty {
          t.typeError("\(functionName(function))() got multiple values for argument '\(swiftString(key))'")
          return false
        }
        r[found] = value
      } else if hasKwArgs {
        setString(t, extra, key, value)
      } else {
        var posOnly: [String] = []
        for p in 0..<Int(c.posOnlyCount) {
          for q in 0..<kwCount where strEqual(names.items[p], kwNames.items[q]) { posOnly.append(swiftString(names.items[p])) }
        }
        if !posOnly.isEmpty {
          t.typeError("\(functionName(function))() got some positional-only arguments passed as keyword arguments: '\(posOnly.joined(separator: ", "))'")
        } else {
          t.typeError("\(functionName(function))() got an unexpected keyword argument '\(swiftString(key))'")
        }
        return false
      }
    }
  }
  if positional > argCount && !hasVarArgs { tooManyPositional(t, function, c, r, positional); return false }
  if positional < argCount {
    let defaults = function.field(FunctionField.defaults)
    let m = defaults.isEmpty || defaults.isNone ? 0 : defaults.count
    let first = argCount - m
    var missing: [Value] = []
    i = positional
    while i < argCount {
      if r[i].isEmpty {
        if i >= first { r[i] = defaults.items[i - first] } else { missing.append(c.variableNames.items[i]) }
      }
      i += 1
    }
    if !missing.isEmpty { missingArguments(t, function, missing, "positional"); return false }
  }
  if kwOnly > 0 {
    let defaults = function.field(FunctionField.kwDefaults)
    var missing: [Value] = []
    for k in argCount..<total where r[k].isEmpty {
      let d = defaults.isEmpty || defaults.isNone ? Value.empty : getString(defaults, c.variableNames.items[k])
      if d.isEmpty { missing.append(c.variableNames.items[k]) } else { r[k] = d }
    }
    if !missing.isEmpty { missingArguments(t, function, missing, "keyword-only"); return false }
  }
  return true
}

@inline(never) func missingArguments(_ t: ThreadRef, _ function: Value, _ names: [Value], _ kind: String) {
  let q = names.map { "'\(swiftString($0))'" }
  let list: String
  switch q.count {
  case 1: list = q[0]
  case 2: list = "\(q[0]) and \(q[1])"
  default: list = q.dropLast().joined(separator: ", ") + ", and " + q.last!
  }
  t.typeError("\(functionName(function))() missing \(q.count) required \(kind) argument\(q.count == 1 ? "" : "s"): \(list)")
}

@inline(never) func tooManyPositional(_ t: ThreadRef, _ function: Value, _ c: CodeObject, _ r: UnsafeMutablePointer<Value>, _ given: Int) {
  let argCount = Int(c.argCount)
  let defaults = function.field(FunctionField.defaults)
  let m = defaults.isEmpty || defaults.isNone ? 0 : defaults.count
  var kwGiven = 0
  for k in 0..<Int(c.kwOnlyCount) where !r[argCount + k].isEmpty { kwGiven += 1 }
  let plural: Bool, takes: String
  if m > 0 { takes = "from \(argCount - m) to \(argCount)"; plural = true } else { takes = "\(argCount)"; plural = argCount != 1 }
  let kw = kwGiven > 0 ? " positional argument\(given != 1 ? "s" : "") (and \(kwGiven) keyword-only argument\(kwGiven != 1 ? "s" : ""))" : ""
  t.typeError("\(functionName(function))() takes \(takes) positional argument\(plural ? "s" : "") but \(given)\(kw) \(given == 1 && kwGiven == 0 ? "was" : "were") given")
}
