// Where the instructions of a trace come from, for people: lines of functions, and the calls that led there.

import Bytecode
import Heap
import MetaTracing
import Objects

/// Of one trace. `IRInstruction.origin` is the number of a place.
public final class TraceSources {
  public struct Place: Hashable {
    /// The number of a function; the place of the call that it was entered by, -1 in the frame that the trace is entered in.
    public let function: Int32, line: Int32, caller: Int32
  }
  public private(set) var functions: [(file: String, name: String)] = []
  public private(set) var places: [Place] = []
  /// Where the trace starts.
  public private(set) var first: Int32 = -1
  private var known: [Place: Int32] = [:]
  /// By address: valid while it is recorded, which keeps them alive.
  private var numbers: [UnsafeMutablePointer<CodeObject>: Int32] = [:]
  private var top: (frame: FrameRef, depth: Int, caller: Int32)?

  /// The place of the instruction at `pc` of the topmost frame.
  func note(_ frames: [SymbolicFrame], _ pc: UnsafePointer<UInt32>) -> Int32 {
    guard let f = frames.last else { return -1 }
    if top == nil || top!.frame != f.frame || top!.depth != frames.count {
      var caller: Int32 = -1
      for g in frames.dropLast() { caller = place(g.code, g.pc - 1, caller) }
      top = (f.frame, frames.count, caller)
    }
    let n = place(f.code, pc, top!.caller)
    if first < 0 { first = n }
    return n
  }
  private func place(_ code: UnsafeMutablePointer<CodeObject>, _ pc: UnsafePointer<UInt32>, _ caller: Int32) -> Int32 {
    let line = position(Value(UnsafeMutableRawPointer(code)), at: max(0, pc - code.start))?.line ?? code.pointee.firstLine
    let p = Place(function: number(code), line: Int32(line), caller: caller)
    if let n = known[p] { return n }
    let n = Int32(places.count)
    places.append(p)
    known[p] = n
    return n
  }
  private func number(_ code: UnsafeMutablePointer<CodeObject>) -> Int32 {
    if let n = numbers[code] { return n }
    let n = Int32(functions.count)
    functions.append((swiftString(code.pointee.filename), swiftString(code.pointee.qualifiedName)))
    numbers[code] = n
    return n
  }
  /// Nothing more will be noted.
  func finish() {
    known = [:]
    numbers = [:]
    top = nil
  }
  /// The places of an instruction, the innermost first.
  public func chain(_ origin: Int32) -> [Place] {
    var out: [Place] = [], at = origin
    while at >= 0, Int(at) < places.count { out.append(places[Int(at)]); at = places[Int(at)].caller }
    return out
  }
}

/// What is kept of a trace beside it.
public final class TraceNotes {
  public let sources: TraceSources
  /// Of a bridge: the trace and the exit that it starts from.
  public let parent: (number: Int, exit: Int)?
  /// Instructions of the program that were recorded, and those of them that are steps.
  public let kind: String
  public let recorded: Int, steps: Int
  public let recordNanoseconds: Int
  public var compileNanoseconds = 0
  /// How often a bridge was come to, where bridges are counted.
  let entries = UnsafeMutablePointer<Int64>.allocate(capacity: 1)
  init(_ r: Recorder, nanoseconds: Int) {
    sources = r.sources
    sources.finish()
    parent = r.parent.map { ($0.trace.number, $0.exit) }
    kind = "\(r.kind)"
    recorded = r.recorded
    steps = r.steps
    recordNanoseconds = nanoseconds
    entries.pointee = 0
  }
  deinit { entries.deallocate() }
}

extension Trace { public var known: TraceNotes? { notes.map { unsafeDowncast($0, to: TraceNotes.self) } } }
