// What the compiler of traces asks of a machine; `Compilation` is the same for all of them.

/// The machines that traces are compiled for.
public enum Architecture: Sendable {
  case x86_64, arm64
  #if arch(arm64)
  public static let native = Architecture.arm64
  #else
  public static let native = Architecture.x86_64
  #endif
  /// Makes the jump at `p` go to the place `distance` bytes behind it.
  func patch(_ p: UnsafeMutableRawPointer, distance: Int) {
    switch self {
    case .x86_64: Assembler.patch(p, distance: distance)
    case .arm64: ARM64Assembler.patch(p, distance: distance)
    }
  }
}

/// A place in the code that jumps refer to before it is known.
package struct Label { let number: Int }

/// Registers and instructions of one machine. A register of doubles is its number.
protocol Machine {
  associatedtype Register: RawRepresentable, Equatable where Register.RawValue == UInt8
  init()

  // Registers. None of `scratch`, `scratchDouble`, `thread`, `values` is allocatable.
  static var allocatable: [Register] { get }
  static var doubles: [UInt8] { get }
  /// Those of the allocatable ones that a call changes.
  static var callerSaved: [Register] { get }
  static var callerSavedDoubles: [UInt8] { get }
  static var scratch: Register { get }
  static var scratchDouble: UInt8 { get }
  /// The thread; the array of values, which is also where registers are spilled.
  static var thread: Register { get }
  static var values: Register { get }
  /// Of a call: four arguments, where its result is.
  static var arguments: [Register] { get }
  static var result: Register { get }

  // Code.
  var count: Int { get }
  mutating func label() -> Label
  mutating func bind(_ l: Label)
  /// Fills in the jumps.
  mutating func finish() -> [UInt8]
  /// Saves registers, keeps the entry frame, sets `thread` and `values`; and the way back, which returns `result`.
  mutating func enter()
  mutating func leave()
  mutating func loadEntryFrame(_ d: Register)
  mutating func storeEntryFrame(_ s: Register)

  // Moves.
  mutating func move(_ d: Register, _ s: Register)
  mutating func move(_ d: Register, immediate v: UInt64)
  mutating func load(_ d: Register, _ base: Register, _ offset: Int32)
  mutating func store(_ base: Register, _ offset: Int32, _ s: Register)
  mutating func moveDouble(_ d: UInt8, _ s: UInt8)
  /// May use `scratch`.
  mutating func moveDouble(_ d: UInt8, immediate bits: UInt64)
  mutating func loadDouble(_ d: UInt8, _ base: Register, _ offset: Int32)
  mutating func storeDouble(_ base: Register, _ offset: Int32, _ s: UInt8)
  mutating func bits(_ d: Register, _ s: UInt8)
  mutating func fromBits(_ d: UInt8, _ s: Register)
  mutating func push(_ r: Register)
  mutating func pop(_ r: Register)

  // Control.
  /// Its last four bytes are what `Architecture.patch` changes.
  mutating func jump(_ l: Label)
  mutating func jump(_ r: Register)
  mutating func jumpIfZero(_ r: Register, _ l: Label)
  mutating func call(_ f: HostFunction)
  /// Counts at an address; `scratch` is lost.
  mutating func increment(at: UInt)
  mutating func decrement(at: UInt, jumpIfZero l: Label)

  /// Makes a new object without a call, where it can.
  static func allocate(_ c: inout Compilation<Self>, _ k: Int, _ i: IRInstruction) -> Bool
  /// The instructions that differ between machines: everything but control and calls.
  static func emit(_ c: inout Compilation<Self>, _ k: Int, _ i: IRInstruction)
}
