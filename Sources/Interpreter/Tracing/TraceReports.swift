// What can be asked of the traces: counts, costs, a list; switching them off and on while the program runs.

import Bytecode
import Glibc
import Heap
import MetaTracing
import Objects

func nanoseconds(_ clock: clockid_t) -> Int {
  var now = timespec()
  clock_gettime(clock, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}
/// Processor time of this thread.
func usedNanoseconds() -> Int { nanoseconds(CLOCK_THREAD_CPUTIME_ID) }

/// The processor time of one recording; compiling counts apart.
struct TraceClock {
  private let start = usedNanoseconds(), compiledBefore = Tracing.compileNanoseconds
  var elapsed: Int { usedNanoseconds() - start - (Tracing.compileNanoseconds - compiledBefore) }
  func stop() { Tracing.recordNanoseconds += elapsed }
}

/// A trace as a program sees it.
public struct TraceSummary {
  public let number: Int, parent: (number: Int, exit: Int)?, loop: Int
  public let file: String, function: String, line: Int
  /// Times that it was entered: of a bridge, where bridges are counted; of a loop, by the interpreter. Times round the loop, as far as they were counted
  /// (`LoopTrace.manyIterations`).
  public let entries: Int, iterations: Int
  public let address: UInt, codeSize: Int, instructions: Int, bytes: Int
  public let recorded: Int, steps: Int, recordNanoseconds: Int, compileNanoseconds: Int
  public let isRetired: Bool, kind: String
  /// Exits that were taken or have a bridge: instruction, times that it was taken to the interpreter, the bridge's number.
  public let exits: [(instruction: Int, count: Int, bridge: Int?)]
}

extension Tracing {
  nonisolated(unsafe) public static var recordNanoseconds = 0, compileNanoseconds = 0
  /// Of all that was compiled: IR instructions, bytes of code.
  nonisolated(unsafe) public static var instructionsCompiled = 0, bytesCompiled = 0, bridges = 0, stepsRecorded = 0, instructionsRecorded = 0
  /// Traces of each kind so far.
  nonisolated(unsafe) static var kinds: [String: Int] = [:]
  /// Exits at guards, safepoints aside.
  nonisolated(unsafe) public static var guardExits = 0
  /// Compiled bridges count how often they are come to: for views of traces.
  nonisolated(unsafe) public static var countsBridges = false
  /// What has to be told of each compiled trace.
  nonisolated(unsafe) public static var observers: [(Trace, TraceNotes) -> Void] = []

  static func compile(_ trace: Trace, _ notes: TraceNotes, _ loop: LoopTrace, _ host: CompilerHost) -> Bool {
    let start = usedNanoseconds()
    defer {
      notes.compileNanoseconds = usedNanoseconds() - start
      compileNanoseconds += notes.compileNanoseconds
    }
    let from = notes.parent.flatMap { p in traces[p.number].map { (trace: $0.trace, exit: p.exit) } }
    func attempt() -> Bool { TraceCompiler.compile(trace, host: host, from: from, traceOf: { traces[$0]?.trace }) }
    if attempt() { return true }
    var kept = [loop]
    if let last = trace.instructions.last, last.operation == .link, let (_, l) = traces[Int(last.immediate)] { kept.append(l) }
    return TraceMemory.makeRoom(trace.instructions.count * 32, keeping: kept) && attempt()
  }

  static func noteInstalled(_ trace: Trace, _ notes: TraceNotes) {
    if notes.parent != nil { bridges += 1 }
    kinds[notes.kind, default: 0] += 1
    instructionsCompiled += trace.instructions.count
    bytesCompiled += trace.codeSize
    stepsRecorded += notes.steps
    instructionsRecorded += notes.recorded
    if trace.code != nil { for o in observers { o(trace, notes) } }
  }

  // MARK: counts

  /// Bytes of memory, beside code, of what is kept of traces.
  public static var bytesKept: Int { traces.reduce(0) { $0 + ($1?.trace.bytes ?? 0) } }

  public static var counters: [(String, Int)] {
    [("loops", kinds["loop", default: 0]), ("bridges", bridges), ("functions", kinds["function", default: 0]), ("continuations", kinds["continuation", default: 0]), ("compiled", compiled), ("live", traces.reduce(0) { $0 + ($1 == nil ? 0 : 1) }),
     ("freed", TraceMemory.freed), ("evicted", TraceMemory.evicted), ("entered", entered), ("exits", entered), ("guard_exits", guardExits),
     ("failed_guards", guardFailures.count + guardsFailed), ("recorded_instructions", instructionsRecorded), ("steps", stepsRecorded),
     ("ir_instructions", instructionsCompiled), ("ir_bytes", bytesKept), ("code_bytes", CodeMemory.shared.live), ("code_bytes_peak", CodeMemory.shared.peak),
     ("code_bytes_compiled", bytesCompiled), ("code_limit", CodeMemory.shared.limit), ("recording_ns", recordNanoseconds), ("compiling_ns", compileNanoseconds)]
  }

  /// What `--jit-stats` prints after the line of counts.
  public static var costs: String {
    let n = max(1, instructionsCompiled), code = CodeMemory.shared
    func ms(_ ns: Int) -> String { fixed(ns / 1000, 3) }
    return """
      code: \(code.live) bytes in use, at most \(code.peak), limit \(code.limit); \(fixed(bytesCompiled * 10 / n, 1)) bytes an IR instruction
      recorder: \(instructionsRecorded) instructions of the program, \(stepsRecorded) as steps; \(instructionsCompiled) of IR; \(bytesKept) bytes kept beside code
      time: recording \(ms(recordNanoseconds)) ms, compiling \(ms(compileNanoseconds)) ms; \(fixed(compileNanoseconds / n, 0)) ns to compile an IR instruction
      \(kinds.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")); trees freed \(TraceMemory.freed), of them for room \(TraceMemory.evicted), left at guards \(guardExits)
      """
  }
  /// `n` units of 10 to the power of `-digits`.
  private static func fixed(_ n: Int, _ digits: Int) -> String {
    if digits == 0 { return "\(n)" }
    let s = String(repeating: "0", count: max(0, digits + 1 - "\(n)".count)) + "\(n)"
    return "\(s.dropLast(digits)).\(s.suffix(digits))"
  }

  // MARK: the list

  public static func summary(_ n: Int) -> TraceSummary? {
    guard traces.indices.contains(n), let (t, loop) = traces[n], let notes = t.known else { return nil }
    let at = notes.sources.first >= 0 ? notes.sources.places[Int(notes.sources.first)] : nil
    let f = at.map { notes.sources.functions[Int($0.function)] }
    let isLoop = notes.parent == nil
    var exits: [(instruction: Int, count: Int, bridge: Int?)] = []
    for k in t.exits.indices where t.exits[k] > 0 || t.bridges[k] != nil { exits.append((k, Int(t.exits[k]), t.bridges[k]?.number)) }
    return TraceSummary(number: n, parent: notes.parent, loop: loop.trace.number, file: f?.file ?? "?", function: f?.name ?? "?", line: Int(at?.line ?? 0),
                        entries: isLoop ? loop.entries : Int(notes.entries.pointee), iterations: isLoop ? Int(loop.iterations.pointee) : 0,
                        address: UInt(bitPattern: t.code), codeSize: t.codeSize, instructions: t.instructions.count, bytes: t.bytes,
                        recorded: notes.recorded, steps: notes.steps, recordNanoseconds: notes.recordNanoseconds,
                        compileNanoseconds: notes.compileNanoseconds, isRetired: loop.retired, kind: notes.kind, exits: exits)
  }
  /// Numbers of the traces there are.
  public static var numbers: [Int] { traces.indices.filter { traces[$0] != nil } }
  public static func trace(_ n: Int) -> Trace? { traces.indices.contains(n) ? traces[n]?.trace : nil }

  /// The trace whose code is at an address, and its instruction there.
  public static func find(_ address: UInt) -> (trace: Trace, instruction: Int)? {
    for case let (t, _)? in traces {
      guard let code = t.code else { continue }
      let from = UInt(bitPattern: code)
      if address >= from && address < from + UInt(t.codeSize) { return t.instruction(atOffset: Int(address - from)).map { (t, $0) } }
    }
    return nil
  }

  // MARK: switching

  public static var isEnabled: Bool { threshold > 0 && !isOff }
  /// No trace is recorded or entered from now on; those there are stay.
  public static func pause() {
    if !isEnabled { return }
    isOff = true
    isPaused = true
    for l in TraceMemory.trees { TraceMemory.unpatch(l) }
  }
  /// False in the child of a fork, where no trace can run.
  public static func resume() -> Bool {
    if isOff && !isPaused { return false }
    if threshold == 0 {
      compiles = true
      enable(threshold: 500)
    }
    isOff = false
    isPaused = false
    for l in TraceMemory.trees { TraceMemory.patch(l) }
    return true
  }
  nonisolated(unsafe) private static var isPaused = false
  public static func set(threshold n: Int) {
    threshold = n
    for i in 0..<Int(HOT_COUNTS) { weft_hot_table()[i] = UInt16(n) }
  }
}
