// The engine: primitives in which the instruction handlers are written. One computes; one computes and records.
//
// A `Word` leaves an engine through a test or a primitive only, so that a recorder sees every decision.

import MetaTracing

enum Relation { case less, lessEqual, equal }

/// What handlers look at all the time, beside the machine so that looking counts no references.
struct Fixed {
  let null, true_, false_, undefined: Value
  let request: UnsafeMutablePointer<UInt32>
  let counts: UnsafeMutablePointer<UInt16>
  let stackLimit: UnsafeMutablePointer<Value>
}

protocol Engine {
  associatedtype Word
  /// For slow ways only.
  var vm: VM { get }
  var fixed: UnsafePointer<Fixed> { get }
  mutating func reg(_ s: inout Cursor, _ i: Int) -> Word
  mutating func set(_ s: inout Cursor, _ i: Int, _ w: Word)
  mutating func constant(_ v: Value) -> Word
  /// The value itself; the trace goes on only where it is the same.
  mutating func promote(_ w: Word) -> Value

  // Tests: guards, when recorded.
  mutating func isInteger(_ w: Word) -> Bool
  mutating func isDouble(_ w: Word) -> Bool
  mutating func has(_ w: Word, _ s: Shape) -> Bool
  mutating func isValue(_ w: Word, _ v: Value) -> Bool
  mutating func identical(_ x: Word, _ y: Word) -> Bool
  mutating func integers(_ r: Relation, _ x: Word, _ y: Word) -> Bool
  mutating func doubles(_ r: Relation, _ x: Word, _ y: Word) -> Bool
  /// 0 <= x < y
  mutating func isIndex(_ x: Word, below y: Word) -> Bool

  // Integers; nil on overflow (a guard). Divisors are positive.
  mutating func add(_ x: Word, _ y: Word) -> Word?
  mutating func subtract(_ x: Word, _ y: Word) -> Word?
  mutating func multiply(_ x: Word, _ y: Word) -> Word?
  mutating func floorDivide(_ x: Word, _ y: Word) -> Word
  mutating func floorModulo(_ x: Word, _ y: Word) -> Word
  /// The double nearest to an integer; nil where it has no immediate form (a guard).
  mutating func toDouble(_ x: Word) -> Word?
  mutating func arithmetic(_ op: Operation, _ x: Word, _ y: Word) -> Word

  // Objects.
  mutating func field(_ o: Word, _ i: Int) -> Word
  mutating func setField(_ o: Word, _ i: Int, _ w: Word)
  mutating func item(_ o: Word, _ i: Word) -> Word
  mutating func setItem(_ o: Word, _ i: Word, _ w: Word)
  mutating func count(_ o: Word) -> Word
  mutating func make(_ s: Shape, words: Int) -> Word
  /// The first store to a word of an object that was just made.
  mutating func initialise(_ o: Word, _ i: Int, _ w: Word)

  // What handlers cannot express. True asks the handler to return false at once.
  mutating func opaque() -> Bool
  func value(_ w: Word) -> Value
  mutating func fromNative(_ v: Value) -> Word

  // Control.
  /// The current frame starts `n` registers later, or, below zero, earlier.
  mutating func move(_ s: inout Cursor, by n: Int)
  /// A place where traces start; false asks the run loop to stop.
  mutating func head(_ s: inout Cursor) -> Bool
}

/// Where the program is.
struct Cursor {
  var base: UnsafeMutablePointer<Value>
  var pc: UnsafePointer<UInt32>
  var constants: UnsafeMutablePointer<Value>
  @inline(__always) mutating func useConstants() { constants = base[1].code.pointee.constants }
}

struct DirectEngine: Engine {
  let fixed: UnsafePointer<Fixed>
  private let machine: Unmanaged<VM>, heap: Unmanaged<Heap>
  init(_ v: VM) { machine = .passUnretained(v); heap = .passUnretained(v.heap); fixed = v.fixed }
  var vm: VM { machine.takeUnretainedValue() }
  @inline(__always) func reg(_ s: inout Cursor, _ i: Int) -> Value { s.base[i] }
  @inline(__always) func set(_ s: inout Cursor, _ i: Int, _ w: Value) { s.base[i] = w }
  @inline(__always) func constant(_ v: Value) -> Value { v }
  @inline(__always) func promote(_ w: Value) -> Value { w }
  @inline(__always) func isInteger(_ w: Value) -> Bool { w.isInteger }
  @inline(__always) func isDouble(_ w: Value) -> Bool { w.isImmediateDouble }
  @inline(__always) func has(_ w: Value, _ s: Shape) -> Bool { w.has(s) }
  @inline(__always) func isValue(_ w: Value, _ v: Value) -> Bool { w == v }
  @inline(__always) func identical(_ x: Value, _ y: Value) -> Bool { x == y }
  @inline(__always) func integers(_ r: Relation, _ x: Value, _ y: Value) -> Bool {
    let a = Int64(bitPattern: x.bits), b = Int64(bitPattern: y.bits)
    switch r {
    case .less: return a < b
    case .lessEqual: return a <= b
    case .equal: return a == b
    }
  }
  @inline(__always) func doubles(_ r: Relation, _ x: Value, _ y: Value) -> Bool {
    let a = x.immediateDouble, b = y.immediateDouble
    switch r {
    case .less: return a < b
    case .lessEqual: return a <= b
    case .equal: return a == b
    }
  }
  @inline(__always) func isIndex(_ x: Value, below y: Value) -> Bool { x.bits < y.bits }
  @inline(__always) func add(_ x: Value, _ y: Value) -> Value? {
    let (r, o) = Int64(bitPattern: x.bits).addingReportingOverflow(Int64(bitPattern: y.bits &- 1))
    return o ? nil : Value(bits: UInt64(bitPattern: r))
  }
  @inline(__always) func subtract(_ x: Value, _ y: Value) -> Value? {
    let (r, o) = Int64(bitPattern: x.bits).subtractingReportingOverflow(Int64(bitPattern: y.bits &- 1))
    return o ? nil : Value(bits: UInt64(bitPattern: r))
  }
  @inline(__always) func multiply(_ x: Value, _ y: Value) -> Value? {
    let (r, o) = (Int64(bitPattern: x.bits) >> 1).multipliedReportingOverflow(by: Int64(bitPattern: y.bits &- 1))
    return o ? nil : Value(bits: UInt64(bitPattern: r) | 1)
  }
  @inline(__always) func floorDivide(_ x: Value, _ y: Value) -> Value { .integer(Int(MetaTracing.floorDivide(Int64(x.integer), Int64(y.integer)))) }
  @inline(__always) func floorModulo(_ x: Value, _ y: Value) -> Value { .integer(Int(MetaTracing.floorModulo(Int64(x.integer), Int64(y.integer)))) }
  @inline(__always) func toDouble(_ x: Value) -> Value? {
    let w = encodeImmediate(Double(x.integer))
    return w == 0 ? nil : Value(bits: w)
  }
  @inline(__always) func arithmetic(_ op: Operation, _ x: Value, _ y: Value) -> Value {
    let a = x.immediateDouble, b = y.immediateDouble
    let r = op == .addDouble ? a + b : op == .subDouble ? a - b : op == .mulDouble ? a * b : a / b
    let w = encodeImmediate(r)
    return w == 0 ? vm.boxedDouble(r) : Value(bits: w)
  }
  @inline(__always) func field(_ o: Value, _ i: Int) -> Value { o.words[i] }
  @inline(__always) func setField(_ o: Value, _ i: Int, _ w: Value) { o.words[i] = w }
  @inline(__always) func item(_ o: Value, _ i: Value) -> Value { o.words[Field.items + i.integer] }
  @inline(__always) func setItem(_ o: Value, _ i: Value, _ w: Value) { o.words[Field.items + i.integer] = w }
  @inline(__always) func count(_ o: Value) -> Value { .integer(Int(o.words[Field.count].bits)) }
  @inline(__always) func make(_ s: Shape, words: Int) -> Value { heap._withUnsafeGuaranteedRef { $0.make(s, words) } }
  @inline(__always) func initialise(_ o: Value, _ i: Int, _ w: Value) { o.words[i] = w }
  @inline(__always) func opaque() -> Bool { false }
  @inline(__always) func value(_ w: Value) -> Value { w }
  @inline(__always) func fromNative(_ v: Value) -> Value { v }
  @inline(__always) func move(_ s: inout Cursor, by n: Int) { s.base += n }
  /// `s` has moved past it.
  @inline(__always) func head(_ s: inout Cursor) -> Bool {
    let at = s.pc - 1
    if UInt8(truncatingIfNeeded: at.pointee) == Opcode.head.rawValue && fixed.pointee.request.pointee == 0 {
      let n = fixed.pointee.counts + Int(UInt(bitPattern: at) >> 2 & 4095)
      n.pointee &-= 1
      if n.pointee != 0 { return true }
    }
    return vm.hotSlowly(&s)
  }
}
