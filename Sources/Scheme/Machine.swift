// The machine: what there is beside frames; the run loop, calls that handlers leave to it, recording.

import Glibc
import MetaTracing

/// What traces know by offset.
struct Thread {
  var request: UInt32 = 0
  var pc: UInt64 = 0, frame: UInt64 = 0
}

final class VM {
  let thread: UnsafeMutablePointer<Thread>
  let request: UnsafeMutablePointer<UInt32>
  let heap: Heap
  let stack: UnsafeMutablePointer<Value>, stackLimit: UnsafeMutablePointer<Value>
  private static let stackWords = 1 << 23
  let null, true_, false_, unspecified, undefined, eof: Value
  private var symbols: [String: Value] = [:], symbolNames: [String] = [], characters: [UInt32: Value] = [:]
  private var globals: [Value: Value] = [:]
  private var redefined: Set<Value> = []
  var codes: [(CodeRef, Int, Int)] = []
  private(set) var primitives: [Primitive] = []
  private var isBooting = true
  var out: [UInt8] = []
  /// The condition that was raised and not yet handled; the handler in force.
  var condition = Value.nothing
  var handler = Value.nothing
  private var result = Value.nothing, isFinished = false, stackWasReplaced = false

  // Tracing.
  private(set) var tracer: StackTracer!
  var threshold = 0
  private let counts: UnsafeMutablePointer<UInt16>
  let fixed: UnsafePointer<Fixed>
  private var wantsRecording = false
  /// Guards left until one fails though its condition holds, for tests.
  private var guardCounter: UnsafeMutablePointer<Int64>?, guardInterval = 0, guardsFailed = 0
  /// Original words of heads that have traces.
  private var heads: [Int: UInt32] = [:]

  /// One in so many guards of traces fails although it holds; 0: none.
  init(failingGuards: Int = 0) {
    thread = .allocate(capacity: 1)
    thread.initialize(to: Thread())
    request = UnsafeMutableRawPointer(thread).assumingMemoryBound(to: UInt32.self)
    heap = Heap(request: request)
    stack = mmap(nil, VM.stackWords * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0).assumingMemoryBound(to: Value.self)
    stackLimit = stack + (VM.stackWords - (1 << 15))
    null = heap.make(.null, 1); true_ = heap.make(.boolTrue, 1); false_ = heap.make(.boolFalse, 1)
    unspecified = heap.make(.unspecified, 1); undefined = heap.make(.undefined, 1); eof = heap.make(.eof, 1)
    counts = .allocate(capacity: 4096)
    counts.initialize(repeating: 0, count: 4096)
    let f = UnsafeMutablePointer<Fixed>.allocate(capacity: 1)
    f.initialize(to: Fixed(null: null, true_: true_, false_: false_, undefined: undefined, request: request, counts: counts, stackLimit: stackLimit))
    fixed = UnsafePointer(f)
    theVM = Unmanaged.passUnretained(self)
    var compiler = CompilerHost(writeBarrier: schemeBox, boxDouble: schemeBox)
    compiler.barrierMask = 0
    compiler.barrierValue = 1
    if failingGuards > 0 {
      guardCounter = .allocate(capacity: 1)
      guardCounter!.pointee = Int64(failingGuards)
      guardInterval = failingGuards
      compiler.guardCounter = guardCounter
    }
    tracer = StackTracer(StackHost(thread: UInt64(UInt(bitPattern: thread)), requestOffset: 0, pcOffset: MemoryLayout<Thread>.offset(of: \Thread.pc)!,
                                   frameOffset: MemoryLayout<Thread>.offset(of: \Thread.frame)!, stackLimit: UInt64(UInt(bitPattern: stackLimit)),
                                   step: schemeStep, compiler: compiler, stableShapes: 1000))
    definePrimitives()
    do { _ = try evaluate(prelude) } catch { fatalError("prelude: \(error)") }
    isBooting = false
  }
  func enableTracing(_ n: Int) {
    threshold = n
    for k in 0..<4096 { counts[k] = UInt16(n) }
  }

  // MARK: making

  func symbol(_ n: String) -> Value {
    if let s = symbols[n] { return s }
    let s = heap.make(.symbol, 1)
    s.words[1] = .integer(symbolNames.count)
    symbolNames.append(n)
    symbols[n] = s
    return s
  }
  func freshSymbol() -> Value {
    let s = heap.make(.symbol, 1)
    s.words[1] = .integer(symbolNames.count)
    symbolNames.append("g\(symbolNames.count)")
    symbols["#fresh \(symbolNames.count)"] = s
    return s
  }
  func symbolName(_ s: Value) -> String { symbolNames[s.words[1].integer] }
  func character(_ c: UInt32) -> Value {
    if let v = characters[c] { return v }
    let v = heap.make(.character, 1)
    v.words[1] = .integer(Int(c))
    characters[c] = v
    return v
  }
  func cons(_ a: Value, _ b: Value) -> Value {
    let p = heap.make(.pair, 2)
    p.words[Field.car] = a
    p.words[Field.cdr] = b
    return p
  }
  func list(_ a: [Value], tail: Value? = nil) -> Value { a.reversed().reduce(tail ?? null) { cons($1, $0) } }
  func vector(_ a: [Value], _ s: Shape = .vector) -> Value {
    let v = heap.make(s, 1 + a.count)
    v.words[1] = Value(bits: UInt64(a.count))
    for (k, x) in a.enumerated() { v.words[2 + k] = x }
    return v
  }
  func items(_ v: Value) -> [Value] { (0..<Int(v.words[1].bits)).map { v.words[2 + $0] } }
  /// The items of a proper list.
  func array(_ l: Value) -> [Value]? {
    var a: [Value] = [], p = l
    while p.has(.pair) { a.append(p.words[Field.car]); p = p.words[Field.cdr]; if a.count > 1 << 28 { return nil } }
    return p == null ? a : nil
  }
  func boolean(_ b: Bool) -> Value { b ? true_ : false_ }
  func boxedDouble(_ d: Double) -> Value {
    let v = heap.make(.double, 1)
    v.words[1] = Value(bits: d.bitPattern)
    return v
  }
  func double(_ d: Double) -> Value {
    let w = encodeImmediate(d)
    return w != 0 ? Value(bits: w) : boxedDouble(d)
  }

  // MARK: globals

  func globalCell(_ name: Value) -> Value {
    if let c = globals[name] { return c }
    let c = heap.make(.global, 3)
    c.words[Field.global] = undefined
    c.words[Field.globalName] = name
    globals[name] = c
    return c
  }
  func markDefined(_ cell: Value) { if cell.words[Field.global] == undefined { cell.words[Field.global] = unspecified } }
  /// From now on the name means what the program says, not an instruction.
  func noteDefinition(_ name: Value) { if !isBooting { redefined.insert(name) } }
  func isRedefined(_ name: Value) -> Bool { redefined.contains(name) }
  func define(_ name: String, _ least: Int, _ most: Int?, _ body: @escaping (VM, Arguments) -> Value) {
    let p = heap.make(.primitive, 1)
    p.words[1] = .integer(primitives.count)
    primitives.append(Primitive(name: name, least: least, most: most ?? .max, body: body))
    globalCell(symbol(name)).words[Field.global] = p
  }
  /// A condition; the machine handles it when the handler has returned false.
  @discardableResult
  func fail(_ message: String, _ irritants: [Value] = []) -> Bool {
    condition = vector([string(message), list(irritants)], .condition)
    return false
  }

  // MARK: running

  struct SchemeError: Error { let condition: Value }

  /// Evaluates every form of a text; the last value.
  func evaluate(_ text: String, print: ((Value) -> Void)? = nil) throws -> Value {
    var r = Reader(text, self), last = unspecified
    while let x = try r.next() {
      last = try evaluate(x)
      print?(last)
    }
    return last
  }
  func evaluate(_ x: Value) throws -> Value {
    // What is read and compiled is not yet in the stack.
    let l = Lambda()
    let name = symbol("top level")
    l.name = name
    l.body = try Expander(vm: self).expand(x, nil)
    resolve(l.body, in: l)
    let code = try Generator.code(l, self)
    let f = heap.make(.closure, 1)
    f.words[Field.code] = .address(code)
    stack[0] = Value(bits: 1)
    stack[1] = f
    var s = Cursor(base: stack, pc: UnsafePointer(code.pointee.instructions), constants: code.pointee.constants)
    handler = .nothing
    isFinished = false
    while true {
      run(&s)
      if isFinished { return result }
      if condition != .nothing {
        let c = condition
        condition = .nothing
        guard handler.has(.closure) else { throw SchemeError(condition: c) }
        // The handler is called from where the program is.
        let a = s.base[1].code.pointee.registers
        s.base[a + 1] = handler
        s.base[a + 2] = c
        if !callSlowly(&s, a, 1, isHandler: true) { throw SchemeError(condition: condition) }
      }
    }
  }
  /// Until the program ends or a condition is raised.
  @inline(never)
  private func run(_ s: inout Cursor) {
    var e = DirectEngine(self)
    while true {
      var c = s
      while true {
        let i = c.pc.pointee
        c.pc += 1
        if !execute(&e, &c, i) { break }
      }
      s = c
      if wantsRecording { wantsRecording = false; record(&s) }
      if isFinished || condition != .nothing { return }
    }
  }
  func finish(_ v: Value) -> Bool {
    result = v
    isFinished = true
    return false
  }
  private func save(_ s: Cursor) {
    thread.pointee.pc = UInt64(UInt(bitPattern: s.pc))
    thread.pointee.frame = UInt64(UInt(bitPattern: s.base))
  }
  private func reload(_ s: inout Cursor) {
    s.pc = UnsafePointer(bitPattern: UInt(thread.pointee.pc)).unsafelyUnwrapped
    s.base = UnsafeMutablePointer(bitPattern: UInt(thread.pointee.frame)).unsafelyUnwrapped
    s.useConstants()
  }

  /// A loop's head or a function's entry, which `s` has moved past: a trace is entered, or recorded, or memory collected.
  @inline(never)
  func hotSlowly(_ s: inout Cursor) -> Bool {
    if request.pointee != 0 { collect(s) }
    let at = s.pc - 1
    switch unsafeBitCast(UInt8(truncatingIfNeeded: at.pointee), to: Opcode.self) {
    case .head:
      let n = counts + Int(UInt(bitPattern: at) >> 2 & 4095)
      if threshold == 0 || n.pointee != 0 { return true }
      n.pointee = UInt16(threshold)
      s.pc = at
      wantsRecording = true
      return false
    case .trace:
      tracer.run(Int(at.pointee >> 8), frame: UInt64(UInt(bitPattern: s.base)))
      if let g = guardCounter, g.pointee <= 0 {
        guardsFailed += 1
        g.pointee = Int64(guardInterval + guardsFailed * 7919 % 13)
      }
      reload(&s)
      if condition != .nothing || isFinished { return false }
      if tracer.wantsBridge { wantsRecording = true; return false }
      // Once is enough: a trace may leave where it starts.
      if UInt8(truncatingIfNeeded: s.pc.pointee) == Opcode.trace.rawValue { s.pc += 1 }
      return true
    default: return true
    }
  }

  /// Goes on from `s`, recording.
  private func record(_ s: inout Cursor) {
    func word(_ p: UnsafePointer<UInt32>) -> UInt64 { UInt64(UInt(bitPattern: p)) }
    let start = s.pc
    guard let r = tracer.wantsBridge ? tracer.recordBridge(word(start)) 
      : tracer.record(word(start), isLoop: start.pointee >> 24 == 0) else {
      if UInt8(truncatingIfNeeded: start.pointee) == Opcode.head.rawValue {
        UnsafeMutablePointer(mutating: start).pointee = start.pointee & ~255 | UInt32(Opcode.coldHead.rawValue)
      }
      return
    }
    var e = RecordingEngine(r, self)
    while r.failure == nil {
      if request.pointee != 0 { collect(s, r.trace) }
      r.begin(word(s.pc))
      if r.failure != nil { break }
      let i = s.pc.pointee, op = unsafeBitCast(UInt8(truncatingIfNeeded: i), to: Opcode.self)
      let original = op == .trace ? heads[Int(i >> 8)]! : i
      let before = s.pc
      s.pc += 1
      if op == .head || op == .coldHead || op == .trace {
        r.arrive(word(before), live: Int(original >> 8 & 255), isFunction: original >> 24 == 1, number: op == .trace ? Int(i >> 8) : nil)
        if r.isDone { s.pc = before; break }
        continue
      }
      let goesOn = execute(&e, &s, i)
      if r.isOpaque {
        s.pc = before
        save(s)
        // Calls change what is behind register a; everything else, register a.
        r.step(changesFrom: op == .setGlobal || op == .setCar || op == .setCdr || op == .vectorSet ? 256 : Int(i >> 8 & 255))
        reload(&s)
        if condition != .nothing || isFinished { break }
      } else if !goesOn { r.abort("an error") }
    }
    if let n = tracer.finish(r) {
      heads[n] = start.pointee
      UnsafeMutablePointer(mutating: start).pointee = UInt32(Opcode.trace.rawValue) | UInt32(n) << 8
    }
    // Where a trace starts that has just been left or recorded, go past it if it would be left at once.
    if r.parent != nil && r.failure != nil && s.pc == start && UInt8(truncatingIfNeeded: s.pc.pointee) == Opcode.trace.rawValue { s.pc += 1 }
  }

  /// One instruction for a trace.
  func step(_ frame: UInt64, _ pc: UInt64) -> UInt64 {
    thread.pointee.pc = pc
    thread.pointee.frame = frame
    var s = Cursor(base: stack, pc: UnsafePointer(bitPattern: UInt(pc)).unsafelyUnwrapped, constants: stack)
    reload(&s)
    let i = s.pc.pointee
    s.pc += 1
    var e = DirectEngine(self)
    stackWasReplaced = false
    let goesOn = execute(&e, &s, i)
    save(s)
    return goesOn && !stackWasReplaced ? thread.pointee.frame : 0
  }

  // MARK: calls

  /// Calls whatever register a + 1 is with n arguments; `s` is past the call, or past a tail call that a return follows.
  @inline(never)
  func callSlowly(_ s: inout Cursor, _ a: Int, _ n: Int, isTail: Bool = false, isHandler: Bool = false) -> Bool {
    var n = n
    while true {
      let f = s.base[a + 1]
      guard f.isObject else { return fail("not a procedure", [f]) }
      let arguments = Arguments(at: s.base + a + 2, count: n)
      switch Shape(rawValue: f.shape).unsafelyUnwrapped {
      case .closure:
        let code = f.code
        if n < code.pointee.required || n > code.pointee.required && !code.pointee.hasRest { return fail("wrong number of arguments (\(n)) for", [f]) }
        // A handler may still run when there was too much recursion.
        if s.base + a >= stackLimit + (isHandler ? 1 << 13 : 0) { return fail("recursion too deep") }
        if code.pointee.hasRest {
          var rest = null
          for k in stride(from: n - 1, through: code.pointee.required, by: -1) { rest = cons(arguments[k], rest) }
          s.base[a + 2 + code.pointee.required] = rest
        }
        if isTail {
          for k in 1..<(2 + code.pointee.required + (code.pointee.hasRest ? 1 : 0)) { s.base[k] = s.base[a + k] }
        } else {
          s.base[a] = .address(s.pc)
          s.base += a
        }
        s.pc = UnsafePointer(code.pointee.instructions)
        s.constants = code.pointee.constants
        return true
      case .primitive:
        let p = primitives[f.words[1].integer]
        if n < p.least || n > p.most { return fail("wrong number of arguments (\(n)) for", [f]) }
        if f.words[1].integer == Primitive.apply {
          guard let last = array(arguments[n - 1]) else { return fail("apply: not a list", [arguments[n - 1]]) }
          if last.count > 30_000 { return fail("apply: too many arguments") }
          for k in 0..<(n - 1) { s.base[a + 1 + k] = s.base[a + 2 + k] }
          for (k, v) in last.enumerated() { s.base[a + n + k] = v }
          n = n - 2 + last.count
          continue
        }
        if f.words[1].integer == Primitive.callCC {
          let saved = (s.base + a) - stack
          let k = heap.make(.continuation, 4 + saved)
          k.words[1] = Value(bits: UInt64(3 + saved))
          k.words[2] = .integer(s.base - stack)
          k.words[3] = .address(s.pc)
          k.words[4] = .integer(a)
          for i in 0..<saved { k.words[5 + i] = stack[i] }
          s.base[a + 1] = arguments[0]
          s.base[a + 2] = k
          n = 1
          continue
        }
        let v = p.body(self, arguments)
        if v == .nothing { return false }
        s.base[a] = v
        return true
      case .continuation:
        if n != 1 { return fail("a continuation takes one value", []) }
        let v = arguments[0], count = Int(f.words[1].bits) - 3
        for i in 0..<count { stack[i] = f.words[5 + i] }
        s.base = stack + f.words[2].integer
        s.pc = UnsafePointer(f.words[3].address.assumingMemoryBound(to: UInt32.self))
        s.base[f.words[4].integer] = v
        s.useConstants()
        stackWasReplaced = true
        return true
      default: return fail("not a procedure", [f])
      }
    }
  }

  // MARK: collection

  private func collect(_ s: Cursor, _ recording: Trace? = nil) {
    let end = s.base + s.base[1].code.pointee.registers + 1
    heap.collect(roots: { mark in
      for v in [null, true_, false_, unspecified, undefined, eof, condition, handler, result] { mark(v) }
      for (_, v) in symbols { mark(v) }
      for (_, v) in characters { mark(v) }
      for (_, v) in globals { mark(v) }
      for (c, n, _) in codes {
        mark(c.pointee.name)
        for k in 0..<n { mark(c.pointee.constants[k]) }
      }
      tracer.visitObjects { mark(Value(bits: $0)) }
      if let t = recording { for k in t.constants.indices where t.constantIsObject[k] { mark(Value(bits: t.constants[k])) } }
    }, stack: UnsafeBufferPointer(start: stack, count: end - stack))
  }
}

struct Primitive {
  /// The first two of the table, whose work is the machine's.
  static let apply = 0, callCC = 1
  let name: String
  let least: Int, most: Int
  let body: (VM, Arguments) -> Value
}
/// Arguments of a primitive, on the stack.
struct Arguments {
  let at: UnsafeMutablePointer<Value>
  let count: Int
  subscript(_ k: Int) -> Value { at[k] }
}

// MARK: what traces call

nonisolated(unsafe) private var theVM: Unmanaged<VM>!
let schemeStep: HostFunction = { _, frame, pc, _ in theVM._withUnsafeGuaranteedRef { $0.step(frame, pc) } }
let schemeMake: HostFunction = { _, shape, words, _ in theVM._withUnsafeGuaranteedRef { $0.heap.makeShape(UInt32(shape), Int(words)).bits } }
let schemeBox: HostFunction = { _, bits, _, _ in theVM._withUnsafeGuaranteedRef { $0.boxedDouble(Double(bitPattern: bits)).bits } }
