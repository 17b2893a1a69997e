// Traces of a host whose frames lie on a stack (`StackRecorder`): when they are recorded, how they are entered and left.

/// What the tracer has to know of its host.
public struct StackHost {
  /// Given to every function that traces call; at these offsets from there: a 32-bit word that is not zero when the
  /// interpreter is wanted; where the program is, as `step` leaves it.
  public var thread: UInt64
  public var requestOffset: Int, pcOffset: Int, frameOffset: Int
  /// Traces are entered with frames below this address only; the stack goes on for at least 64 KB behind it.
  public var stackLimit: UInt64
  /// Executes the instruction at pc `b` of frame `a`: the frame that is current afterwards, or 0 to leave the trace. Either
  /// way the thread says where the program is.
  public var step: HostFunction
  public var compiler: CompilerHost
  /// Shapes below this number stay with their objects for life.
  public var stableShapes: UInt32
  public init(thread: UInt64, requestOffset: Int, pcOffset: Int, frameOffset: Int, stackLimit: UInt64, step: @escaping HostFunction,
              compiler: CompilerHost, stableShapes: UInt32) {
    self.thread = thread; self.requestOffset = requestOffset; self.pcOffset = pcOffset; self.frameOffset = frameOffset
    self.stackLimit = stackLimit; self.step = step; self.compiler = compiler; self.stableShapes = stableShapes
  }
}

public final class StackTracer {
  public let host: StackHost
  /// Times that an exit is taken before a bridge is recorded from it.
  public var hotExit: UInt32 = 12
  public var dump: ((String) -> Void)?
  public private(set) var compiled = 0, entered = 0, left = 0
  public private(set) var aborted: [String: Int] = [:]
  private var traces: [(trace: Trace, root: Int)] = []
  /// By number of the root: the slots of its tree, its head.
  private var trees: [Int: (slots: Int, head: UInt64)] = [:]
  private var failures: [UInt64: Int] = [:]
  private let values = UnsafeMutablePointer<UInt64>.allocate(capacity: StackTracer.capacity)
  private static let capacity = 1 << 15
  private var hotExits: (trace: Trace, exit: Int)?
  private var thread: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(host.thread)).unsafelyUnwrapped }

  public init(_ h: StackHost) { host = h }

  /// Where the host's program is, as the host says.
  var recordedPC: UInt64 { thread.load(fromByteOffset: host.pcOffset, as: UInt64.self) }
  var recordedFrame: UInt64 { thread.load(fromByteOffset: host.frameOffset, as: UInt64.self) }

  // MARK: recording

  /// A recorder for what starts at `pc`, a loop's head or a function's entry, in the current frame; nil where that has failed
  /// too often.
  public func record(_ pc: UInt64, isLoop: Bool) -> StackRecorder? {
    let n = failures[pc, default: 0]
    return n < StackTracer.hopeless ? StackRecorder(self, number: traces.count, pc: pc, isLoop: isLoop, peels: n < StackTracer.failure) : nil
  }
  /// What a failure counts, three of which are enough; a loop that was left counts one.
  private static let failure = 8, hopeless = 24
  /// The exit that was taken last has become hot: a recorder for a bridge from there.
  public func recordBridge(_ pc: UInt64) -> StackRecorder? {
    guard let (t, k) = hotExits else { return nil }
    hotExits = nil
    return StackRecorder(self, number: traces.count, pc: pc, bridgeFrom: t, k, firstSlot: trees[traces[t.number].root]!.slots)
  }
  public var wantsBridge: Bool { hotExits != nil }

  /// The recording is over. Of a root that has become a trace: its number.
  public func finish(_ r: StackRecorder) -> Int? {
    func give(_ up: String, forGood: Bool = false) -> Int? {
      aborted[up, default: 0] += 1
      dump?("not recorded: \(up)")
      if r.parent == nil { failures[r.head, default: 0] += forGood ? StackTracer.hopeless : r.leftLoop ? 1 : StackTracer.failure }
      return nil
    }
    if let f = r.failure { return give(f) }
    if !r.isDone { return give("not closed") }
    // The interpreter executes an instruction faster than a trace has it executed.
    if r.steps * 5 >= r.recorded * 2 { return give("mostly steps", forGood: true) }
    let t = r.trace, root = r.parent.map { traces[$0.trace.number].root } ?? t.number
    let slots = r.parent == nil ? t.instructions.count : trees[root]!.slots + t.instructions.count
    if slots > StackTracer.capacity { return give("too many bridges", forGood: true) }
    t.exits = Array(repeating: 0, count: t.instructions.count)
    traces.append((t, root))
    trees[root] = (slots, r.parent == nil ? r.head : trees[root]!.head)
    if let d = dump { d("trace \(t.number): \(r.parent.map { "bridge from \($0.exit) of trace \($0.trace.number)" } ?? "root")\n\(t.dump())") }
    guard TraceCompiler.compile(t, host: host.compiler, from: r.parent, traceOf: { self.traces[$0].trace }) else { return give("no room", forGood: true) }
    compiled += 1
    t.publishConstants()
    if let p = r.parent { p.trace.attach(t, at: p.exit); return nil }
    return t.number
  }

  /// Visits the constants that are objects, for a collector that does not move them.
  public func visitObjects(_ visit: (UInt64) -> Void) {
    for (t, _) in traces { for k in t.constants.indices where t.constantIsObject[k] { visit(t.constants[k]) } }
  }

  // MARK: running

  /// Runs trace `n` in `frame` until it is left; the thread then says where the program is.
  public func run(_ n: Int, frame: UInt64) {
    typealias Entry = @convention(c) (UInt64, UInt64, UnsafeMutablePointer<UInt64>) -> Int
    entered += 1
    let out = unsafeBitCast(traces[n].trace.code.unsafelyUnwrapped, to: Entry.self)(host.thread, frame, values)
    let t = traces[out >> 32].trace, k = out & 0xffff_ffff, s = Int(t.instructions[k].snapshot)
    if !t.snapshots[s].asIs { restore(t, s, at: k) }
    let count = t.exits[k]
    if count >= hotExit { return }
    left += 1
    t.exits[k] = count + 1
    // Of a step and of a request, the interpreter knows why.
    let op = t.instructions[k].operation
    if count + 1 == hotExit && op != .step && op != .guardClear32 { hotExits = (t, k) }
  }

  /// Makes memory what snapshot `s` says.
  private func restore(_ t: Trace, _ s: Int, at k: Int) {
    var p = ExitReader(t, snapshot: s, at: k, values: values, thread: host.thread, boxDouble: host.compiler.boxDouble)
    _ = p.number()
    let frame = p.word()
    _ = p.word()
    let pc = p.word()
    _ = p.word()
    let state = p.number()
    _ = p.number()
    let words = UnsafeMutablePointer<UInt64>(bitPattern: UInt(frame)).unsafelyUnwrapped
    for _ in 0..<p.number() {
      let register = Int(p.number())
      words[register] = p.word()
    }
    thread.storeBytes(of: pc, toByteOffset: host.pcOffset, as: UInt64.self)
    thread.storeBytes(of: frame &+ UInt64(bitPattern: Int64(state) * 8), toByteOffset: host.frameOffset, as: UInt64.self)
  }
}
