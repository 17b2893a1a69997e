// The intermediate representation of traces: operations declared once, instructions, snapshots.
//
// A trace is a linear list of instructions in static single assignment form that ends in a jump back to its start or in an
// exit. It speaks of machine words and doubles only. Words may be tagged as in this library's hosts: low bit 1 an integer of
// 63 bits ("tagged"), low bits 10 an immediate double (CRuby's rotation), low bits 00 a pointer to an object whose first 32
// bits are its shape.

/// An operand: the number of an instruction, or, below zero, constant `-1 - ref`.
public typealias Ref = Int32

extension Ref {
  /// No operand.
  public static let none = Ref.min
  @inlinable public var isConstant: Bool { self < 0 && self != .none }
}

public enum Operation: UInt8, CaseIterable, Sendable {
  /// Argument of the trace: the frame it was entered with.
  case entryFrame
  /// Argument of a bridge: the word or double in slot immediate of the array of values, left there by the trace it starts from.
  case inherited, inheritedDouble
  // Memory, at a + immediate.
  case load, store
  /// Item b (tagged) of the words that start at a + immediate.
  case loadItem, storeItem
  /// Object a gets shape immediate: its first 32 bits.
  case storeShape
  /// Tells the collector that object a was written to.
  case writeBarrier
  // Tagged integers. The first four leave the trace when the result does not fit 63 bits.
  case addTagged, subTagged, mulTagged, shiftLeftTagged
  case floorDivTagged, modTagged, andTagged, orTagged, xorTagged, shiftRightTagged
  /// The address a + immediate.
  case advance
  /// The tagged integer of a plain one that is known to fit.
  case tag
  // Doubles.
  case decode            // of an immediate double
  case intToDouble       // of a tagged integer
  case addDouble, subDouble, mulDouble, divDouble, negDouble
  /// The word of a double: an immediate, or a new object.
  case box
  // Guards: the trace goes on when the condition is `expect`.
  case guardTagged       // a is a tagged integer
  case guardImmediate    // a is an immediate double
  case guardBoxable      // double a has an immediate form
  case guardShape        // a is an object of shape immediate
  case guardSame         // a == b, words
  case guardLess         // a < b, signed words
  case guardLessEqual
  case guardBelow        // a < b, unsigned words
  case guardDoubleLess   // a < b
  case guardDoubleLessEqual
  case guardDoubleEqual
  /// The 32-bit word at a + immediate is zero.
  case guardClear32
  // Calls of the host: immediate is the address of a `HostFunction`.
  case call              // may read and write anything but does not observe frames
  case allocate          // makes a new object, and does nothing else
  case step              // the host executes one instruction of its own; operands as `call`; result 0 leaves the trace
  /// Where `jump` goes; without one, it goes to the start. What stands before is run once (loop peeling).
  case loop
  /// Right after `loop`: a when it is come to from above, b when from the jump.
  case phi, phiDouble
  /// The end: back to the loop; without one, to the start, where a, if there is one, is the frame.
  case jump
  /// The end: go on with trace number immediate, as everything is in memory; a as for `jump`.
  case link
  /// The end: one more iteration of the loop of trace number immediate, whose phis get the values in `loopArguments`. What that
  /// trace had before its loop is as it was.
  case enterLoop
  /// The end: go on with the code at address a, in the frame that the host has made current.
  case goTo
}

/// What a trace may call: thread, three operands, the result.
public typealias HostFunction = @convention(c) (_ thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64

public enum ResultKind: UInt8, Sendable { case nothing, word, double }

public struct OperationInfo: Sendable {
  public let operands: Int
  public let result: ResultKind
  /// The same operands give the same result, and nothing else happens: may be shared and dropped.
  public let pure: Bool
  /// Leaves the trace in one of two cases.
  public let isGuard: Bool
}

extension Operation {
  /// The result is a tagged integer.
  var givesTagged: Bool {
    switch self {
    case .addTagged, .subTagged, .mulTagged, .shiftLeftTagged, .floorDivTagged, .modTagged, .andTagged, .orTagged, .xorTagged, .shiftRightTagged, .tag: return true
    default: return false
    }
  }
  public var info: OperationInfo {
    func make(_ operands: Int, _ result: ResultKind = .word, pure: Bool = true, guards: Bool = false) -> OperationInfo {
      OperationInfo(operands: operands, result: result, pure: pure, isGuard: guards)
    }
    switch self {
    case .entryFrame, .inherited: return make(0, pure: false)
    case .inheritedDouble: return make(0, .double, pure: false)
    case .load: return make(1, pure: false)
    case .store: return make(2, .nothing, pure: false)
    case .loadItem: return make(2, pure: false)
    case .storeItem: return make(3, .nothing, pure: false)
    case .storeShape, .writeBarrier: return make(1, .nothing, pure: false)
    case .addTagged, .subTagged, .mulTagged, .shiftLeftTagged: return make(2, guards: true)
    case .floorDivTagged, .modTagged, .andTagged, .orTagged, .xorTagged, .shiftRightTagged: return make(2)
    case .tag, .advance: return make(1)
    case .decode, .intToDouble, .negDouble: return make(1, .double)
    case .addDouble, .subDouble, .mulDouble, .divDouble: return make(2, .double)
    case .box: return make(1)
    case .guardTagged, .guardImmediate, .guardBoxable, .guardShape: return make(1, .nothing, guards: true)
    case .guardClear32: return make(1, .nothing, pure: false, guards: true)
    case .guardSame, .guardLess, .guardLessEqual, .guardBelow, .guardDoubleLess, .guardDoubleLessEqual, .guardDoubleEqual:
      return make(2, .nothing, guards: true)
    case .call, .allocate: return make(3, pure: false)
    case .step: return make(3, pure: false, guards: true)
    case .phi: return make(2, pure: false)
    case .phiDouble: return make(2, .double, pure: false)
    case .loop: return make(0, .nothing, pure: false)
    case .jump, .link, .goTo: return make(1, .nothing, pure: false)
    case .enterLoop: return make(0, .nothing, pure: false)
    }
  }
  /// `info` for every operation, indexed by raw value.
  public static let table: [OperationInfo] = allCases.map { $0.info }
}

public struct IRInstruction {
  public var operation: Operation
  /// Of a guard: the outcome with which the trace goes on.
  public var expect = true
  /// What to restore when the trace is left here, or -1.
  public var snapshot: Int32 = -1
  public var a: Ref = .none, b: Ref = .none, c: Ref = .none
  /// What of the traced program this is a part of: a number of the host's, or -1. It goes with the instruction.
  public var origin: Int32 = -1
  public var immediate: Int64 = 0
}

/// The state of the traced program at a guard.
public struct Snapshot {
  public var frames: [SnapshotFrame]
  /// Memory is as the frames say already: nothing is to be restored.
  public var asIs: Bool
  /// After a step: the frame that it left current, which may be one above or below those of `frames`.
  public var result: Ref
  /// Words of objects that the loop carries, as far as they are known here: for bridges. Numbers of the phis, and values.
  public var carried: [(phi: Ref, value: Ref)] = []
  /// After a step that may have returned from frames of the trace: they are what they were only if the host finds them so.
  public var mayHaveReturned = false
  /// Whether the host may record a bridge from here.
  public var canBridge = true
  public init(_ f: [SnapshotFrame], asIs: Bool = false, result: Ref = .none) { frames = f; self.asIs = asIs; self.result = result }
}

/// The state of one frame of the traced program at a guard.
public struct SnapshotFrame {
  /// The frame, or `.none` for one that is made at the exit.
  public var pointer: Ref
  /// For one that is made: the function and the constant holding its code. For one that is there and that the host has to
  /// treat in some way (a generator's): what it belongs to; `state` then says how.
  public var function: Ref = .none, code: Ref = .none
  /// For one that is made: a word that goes with it, or `.none`.
  public var extra: Ref = .none
  public var state: UInt32 = 0
  /// Next word, relative to the start of the frame's instructions.
  public var pc: Int32 = 0
  /// Registers that memory does not have yet.
  public var registers: [(register: Int32, value: Ref)] = []
  public init(pointer: Ref) { self.pointer = pointer }
}

/// A value and the register that it is in, `nil` for the array of values.
typealias Located = (ref: Ref, register: UInt8?, isDouble: Bool)

public final class Trace {
  public let number: Int
  public var instructions: [IRInstruction] = []
  /// Words of the constants; those flagged are objects, which the collector may move.
  public var constants: [UInt64] = []
  public var constantIsObject: [Bool] = []
  public var snapshots: [Snapshot] = []
  /// The first slot of the array of values that is this trace's; a bridge's lie behind those of the trace it starts from.
  public var firstSlot = 0
  /// How often the trace was left at each instruction, as far as the host counts it.
  public var exits: [UInt32] = []
  /// How often the recording of a bridge failed, by instruction.
  public var failedBridges: [Int: Int] = [:]
  /// Of a compiled trace: its code. Called with thread, frame and the array of values; the number of the instruction that
  /// left it.
  public var code: UnsafeRawPointer?
  public var codeSize = 0
  /// Where in the code each instruction begins, -1 for one that needs none.
  public var codeOffsets: [Int32] = []
  /// Of each exit: the values that it stores, and the registers that they are in. A bridge finds them there.
  var exitStates: [Int32: [Located]] = [:]
  /// Jumps to where iterations are counted, and where they go when that is no longer wanted.
  var countedJumps: [(at: Int, counted: UnsafeRawPointer, direct: UnsafeRawPointer)] = []
  /// What the host knows of it.
  public var notes: AnyObject?
  /// Where traces that link to this one go on; and of each instruction the address of the jump with which it leaves.
  public var body: UnsafeRawPointer?
  /// Of a compiled loop: where its iterations start, and where everything is then that it uses. Numbers and places of registers
  /// are the machine's; `nil` is the array of values.
  var loopBody: UnsafeRawPointer?
  /// `enterLoop` may name it.
  public var canBeReentered: Bool { loopBody != nil }
  /// Whether a value of before the compiled loop, or a phi, is there in all of its iterations.
  public func isKept(_ r: Ref) -> Bool { r < 0 || loopState.contains { $0.ref == r } }
  var loopState: [Located] = []
  /// Of a trace that ends in `enterLoop`: the phis of the other trace, and their next values.
  /// Phis that are tagged integers in every iteration.
  var taggedPhis: Set<Ref> = []
  public var loopArguments: [(phi: Ref, value: Ref)] = []
  /// What the trace has written to, as far as other memory goes that the program can see.
  public var effects = TraceBuilder.Effects()
  var exitJumps: [Int32: Int] = [:]
  var codeMemory: CodeMemory?
  /// Bridges from exits, by instruction.
  public var bridges: [Int: Trace] = [:]
  /// Boxes and new objects that only exits need: made there. Of the objects, the stores to them.
  public var sunk: [Bool] = []
  var storesTo: [Int: [Int]] = [:]
  /// How to restore each snapshot, made when it is first needed.
  var programs: [UnsafeMutablePointer<Int32>?] = []
  /// `constants` where compiled exits find them.
  public private(set) var constantWords: UnsafeMutablePointer<UInt64>?
  public init(number: Int) { self.number = number }
  deinit {
    constantWords?.deallocate()
    for p in programs { p?.deallocate() }
  }

  /// To be called when the collector may have moved constants, and before the first exit.
  public func publishConstants() {
    let p = constantWords ?? UnsafeMutablePointer<UInt64>.allocate(capacity: max(1, constants.count))
    for (k, w) in constants.enumerated() { p[k] = w }
    constantWords = p
  }
  public func isObject(_ r: Ref) -> Bool { r.isConstant && constantIsObject[Int(-1 - r)] }

  /// One line an instruction; of the given ones only.
  public func dump(_ some: Range<Int>? = nil) -> String {
    func text(_ r: Ref) -> String {
      if r == .none { return "-" }
      if r >= 0 { return "v\(r)" }
      let w = constants[Int(-1 - r)]
      if constantIsObject[Int(-1 - r)] { return "object \(-1 - r)" }
      return w & 1 != 0 ? "#\(Int64(bitPattern: w) >> 1)" : w == 0 ? "empty" : "0x" + String(w, radix: 16)
    }
    var out = ""
    for (i, x) in instructions.enumerated() where some?.contains(i) ?? true {
      let info = Operation.table[Int(x.operation.rawValue)]
      var line = info.result == .nothing ? "        " : "  v\(i)"
      while line.count < 8 { line += " " }
      line += info.result == .nothing ? "" : "= "
      line += "\(x.operation)"
      if info.isGuard && !x.expect { line += " not" }
      let operands = [x.a, x.b, x.c].prefix(info.operands).filter { $0 != .none }.map(text)
      line += " " + operands.joined(separator: ", ")
      switch x.operation {
      case .load, .store, .advance, .loadItem, .storeItem, .guardClear32: line += " +\(x.immediate)"
      case .inherited, .inheritedDouble, .link: line += " \(x.immediate)"
      case .enterLoop: line += " \(x.immediate) " + loopArguments.map { "phi \($0.phi)=\(text($0.value))" }.joined(separator: " ")
      case .guardShape, .storeShape: line += " \(x.immediate)"
      default: break
      }
      if info.isGuard, x.snapshot >= 0 {
        line += "   ["
        line += (snapshots[Int(x.snapshot)].asIs ? "as is " : "") + snapshots[Int(x.snapshot)].frames.map { f in
          "\(f.pointer == .none ? "new" : text(f.pointer))@\(f.pc)" + f.registers.map { " r\($0.register)=\(text($0.value))" }.joined()
        }.joined(separator: " | ")
        line += "]"
      }
      out += line + "\n"
    }
    return out
  }
}
