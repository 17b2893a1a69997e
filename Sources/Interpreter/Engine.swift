// The engine: primitive operations in which every instruction handler is written.
//
// `DirectEngine` computes. `RecordingEngine` computes and records: a test becomes a guard, an operation an IR
// instruction. A `Word` is opaque to handlers: no Bool, Int or pointer leaves it except through a primitive, so a branch
// that the recorder could not see does not compile.

import Bytecode
import Heap
import Objects

public enum Comparison: Int { case lt, le, eq, ne, gt, ge }

public protocol Engine {
  associatedtype Word
  var thread: ThreadRef { get }

  // Registers and constants.
  mutating func reg(_ f: FrameRef, _ i: Int) -> Word
  mutating func setReg(_ f: FrameRef, _ i: Int, _ w: Word)
  mutating func constant(_ v: Value) -> Word
  /// The run-time value; as a trace constant behind a guard when recorded.
  mutating func promote(_ w: Word) -> Value

  // Tests: guards when recorded.
  mutating func isEmpty(_ w: Word) -> Bool
  mutating func bothFixnum(_ x: Word, _ y: Word) -> Bool
  mutating func isFixnum(_ x: Word) -> Bool
  mutating func bothFlonum(_ x: Word, _ y: Word) -> Bool
  mutating func isFlonum(_ x: Word) -> Bool
  mutating func identical(_ x: Word, _ y: Word) -> Bool
  mutating func isValue(_ x: Word, _ v: Value) -> Bool
  mutating func hasShape(_ x: Word, _ shape: UInt32) -> Bool
  mutating func compareFixnum(_ op: Comparison, _ x: Word, _ y: Word) -> Bool
  mutating func compareFloat(_ op: Comparison, _ x: Word, _ y: Word) -> Bool
  mutating func isNegative(_ x: Word) -> Bool
  mutating func belowFixnum(_ x: Word, _ limit: Word) -> Bool

  // Arithmetic on fixnums; nil when the result leaves 63 bits (a guard).
  mutating func addFixnum(_ x: Word, _ y: Word) -> Word?
  mutating func subFixnum(_ x: Word, _ y: Word) -> Word?
  mutating func mulFixnum(_ x: Word, _ y: Word) -> Word?
  /// The divisor is a non-zero fixnum other than -1.
  mutating func floorDivFixnum(_ x: Word, _ y: Word) -> Word
  mutating func modFixnum(_ x: Word, _ y: Word) -> Word
  mutating func andFixnum(_ x: Word, _ y: Word) -> Word
  mutating func orFixnum(_ x: Word, _ y: Word) -> Word
  mutating func xorFixnum(_ x: Word, _ y: Word) -> Word
  /// The shift is a fixnum from 0 to 62; nil on overflow.
  mutating func lshiftFixnum(_ x: Word, _ y: Word) -> Word?
  mutating func rshiftFixnum(_ x: Word, _ y: Word) -> Word
  // Arithmetic on doubles, boxing the result where it must be.
  mutating func toDouble(_ x: Word) -> Word
  mutating func addFloat(_ x: Word, _ y: Word) -> Word
  mutating func subFloat(_ x: Word, _ y: Word) -> Word
  mutating func mulFloat(_ x: Word, _ y: Word) -> Word
  mutating func divFloat(_ x: Word, _ y: Word) -> Word
  mutating func negFloat(_ x: Word) -> Word
  /// The double nearest to a fixnum; nil when it has no immediate form (a guard).
  mutating func fixnumToFloat(_ x: Word) -> Word?

  // Memory.
  mutating func field(_ o: Word, _ i: Int) -> Word
  mutating func setField(_ o: Word, _ i: Int, _ w: Word)
  /// Item of a `values` object; the index is a fixnum known to be in range.
  mutating func item(_ o: Word, _ i: Word) -> Word
  mutating func setItem(_ o: Word, _ i: Word, _ w: Word)
  /// Count word of a `values` object, as a fixnum.
  mutating func itemCount(_ o: Word) -> Word
  mutating func newRecord(_ type: BuiltinType, _ n: Int) -> Word
  /// An instance of a class that has a plain initialiser.
  mutating func newInstance(_ type: Value) -> Word
  /// A tuple, a list of `n` registers from `first`; a dict without items.
  mutating func newTuple(_ f: FrameRef, _ first: Int, _ n: Int) -> Word
  mutating func newList(_ f: FrameRef, _ first: Int, _ n: Int) -> Word
  mutating func newDict() -> Word
  mutating func setShape(_ o: Word, _ shape: UInt32)

  // Names and classes.
  /// The value of a global or builtin name where the cache still holds.
  mutating func global(_ f: FrameRef, _ entry: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Word?
  /// The attribute of a module where the cache still holds.
  mutating func member(_ module: Word, _ entry: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Word?
  /// A recorder wants to know how this object's attribute is found, whatever the cache was last used for.
  mutating func fill(_ entry: UnsafeMutablePointer<CacheEntry>, _ o: Word, _ name: Value)
  /// The same for a store.
  mutating func fillStore(_ entry: UnsafeMutablePointer<CacheEntry>, _ o: Word, _ name: Value)
  /// Whether the class that an attribute's cache was made for is still the same.
  mutating func isCurrent(_ entry: UnsafeMutablePointer<CacheEntry>) -> Bool
  mutating func function(_ f: FrameRef) -> Word
  /// The class of an object.
  mutating func type(_ o: Word) -> Value?
  /// Whether the class is as it was when this is recorded.
  mutating func isUnchanged(_ type: Value) -> Bool
  /// The value of a string key of a dict; nil also where that is not simple.
  mutating func entry(_ dict: Word, _ key: Value) -> Word?

  // The instruction leaves what handlers express; nothing has happened yet. True asks the handler to return false at once:
  // a recorder then has the whole instruction executed as one step, and guards the frame and pc that it finds afterwards.
  mutating func opaque() -> Bool
  mutating func toValue(_ w: Word) -> Value
  mutating func fromNative(_ v: Value) -> Word

  // What natives compute. A recorder calls them from the trace; for other engines these are nil, and the handler goes on.
  /// The result of an operation on two instances of builtin types.
  mutating func computed(_ op: NativeOperation, _ x: Word, _ y: Word) -> Word?
  /// Whether `o[k] = v` was done; `o` and `k` are instances of builtin types.
  mutating func stored(_ o: Word, _ k: Word, _ v: Word) -> Bool
  /// The result of native `f` with the `n` arguments from register `first` of `frame`, instances of builtin types all.
  mutating func native(_ f: Word, _ frame: FrameRef, _ first: Int, _ n: Int) -> Word?
  /// `n` registers from `first`, which are str, joined.
  mutating func joined(_ f: FrameRef, _ first: Int, _ n: Int) -> Word?
  /// The next item of an iterator of a builtin type that is not at its end.
  mutating func next(_ it: Word) -> Word?

  // Control.
  /// Puts the frame of generator `g` on top of the current frame `f`, which is saved; what it yields or returns goes where
  /// `state` says. Its frame and the state word that it had; nil where `g` cannot be resumed.
  mutating func resume(_ g: Word, over f: FrameRef, state: UInt32) -> (frame: FrameRef, was: Int)?
  /// The generator whose frame `f` is is about to yield; true as for `opaque`.
  mutating func yieldIsOpaque(_ f: FrameRef) -> Bool
  /// It has: its state word is `state`.
  mutating func suspended(_ f: FrameRef, _ state: Int)
  /// A call has pushed `f`, a frame of `function`.
  mutating func enter(_ f: FrameRef, function: Word)
  /// The frame `g`, which a call of a plain function has pushed, has its arguments: whether it is to run. Otherwise a trace has
  /// run it, and any frame may be current, or the run loop is to return.
  mutating func entered(_ g: FrameRef) -> Bool
  /// Whether the trace ends with this return: the instruction is not executed.
  mutating func endsTrace(_ f: FrameRef, _ v: Word) -> Bool
  /// A word that goes with frame `f`, which a call has just pushed: its `extra`.
  mutating func setExtra(_ f: FrameRef, _ w: Word)
  mutating func extra(_ f: FrameRef) -> Word
  /// The frame `f`, whose result is stored in a register of the frame behind it, is about to end; true as for `opaque`.
  mutating func returnIsOpaque(_ f: FrameRef) -> Bool
  mutating func leave(_ f: FrameRef)
  /// A backward jump is about to be taken to `pc`; true asks the run loop to stop.
  mutating func backEdge(_ f: FrameRef, _ pc: UnsafePointer<UInt32>) -> Bool
  /// Executes one instruction at a time: safepoints and changes of the frame are left to the caller.
  static var oneInstruction: Bool { get }
}

/// What `computed` is asked for.
public enum NativeOperation { case binary(BinaryOp), compare(CompareOp), item, contains }

public protocol SteppingPolicy { static var oneInstruction: Bool { get } }
public enum RunsOn: SteppingPolicy { @inline(__always) public static var oneInstruction: Bool { false } }
public enum StopsAfterOne: SteppingPolicy { @inline(__always) public static var oneInstruction: Bool { true } }
/// The interpreter.
public typealias DirectEngine = ComputingEngine<RunsOn>
/// Executes single instructions on behalf of a trace.
public typealias StepEngine = ComputingEngine<StopsAfterOne>

/// Computes, and nothing else.
public struct ComputingEngine<Policy: SteppingPolicy>: Engine {
  public typealias Word = Value
  public let thread: ThreadRef
  public init(_ t: ThreadRef) { thread = t }

  @inline(__always) public func reg(_ f: FrameRef, _ i: Int) -> Value { f.registers[i] }
  @inline(__always) public func setReg(_ f: FrameRef, _ i: Int, _ w: Value) { f.registers[i] = w }
  @inline(__always) public func constant(_ v: Value) -> Value { v }
  @inline(__always) public func promote(_ w: Value) -> Value { w }
  @inline(__always) public func toValue(_ w: Value) -> Value { w }
  @inline(__always) public func fromNative(_ v: Value) -> Value { v }

  @inline(__always) public func isEmpty(_ w: Value) -> Bool { w.bits == 0 }
  @inline(__always) public func bothFixnum(_ x: Value, _ y: Value) -> Bool { x.bits & y.bits & 1 != 0 }
  @inline(__always) public func isFixnum(_ x: Value) -> Bool { x.isFixnum }
  @inline(__always) public func bothFlonum(_ x: Value, _ y: Value) -> Bool { ((x.bits ^ 2) | (y.bits ^ 2)) & 3 == 0 }
  @inline(__always) public func isFlonum(_ x: Value) -> Bool { x.isFlonum }
  @inline(__always) public func identical(_ x: Value, _ y: Value) -> Bool { x == y }
  @inline(__always) public func isValue(_ x: Value, _ v: Value) -> Bool { x == v }
  @inline(__always) public func hasShape(_ x: Value, _ shape: UInt32) -> Bool { x.bits & 3 == 0 && x.bits != 0 && x.object.pointee.shape == shape }
  @inline(__always) public func compareFixnum(_ op: Comparison, _ x: Value, _ y: Value) -> Bool {
    let a = Int64(bitPattern: x.bits), b = Int64(bitPattern: y.bits)
    switch op {
    case .lt: return a < b
    case .le: return a <= b
    case .eq: return a == b
    case .ne: return a != b
    case .gt: return a > b
    case .ge: return a >= b
    }
  }
  @inline(__always) public func compareFloat(_ op: Comparison, _ x: Value, _ y: Value) -> Bool {
    let a = x.double, b = y.double
    switch op {
    case .lt: return a < b
    case .le: return a <= b
    case .eq: return a == b
    case .ne: return a != b
    case .gt: return a > b
    case .ge: return a >= b
    }
  }
  @inline(__always) public func isNegative(_ x: Value) -> Bool { Int64(bitPattern: x.bits) < 0 }
  @inline(__always) public func belowFixnum(_ x: Value, _ limit: Value) -> Bool { x.bits < limit.bits }

  @inline(__always) public func addFixnum(_ x: Value, _ y: Value) -> Value? {
    let (r, o) = Int64(bitPattern: x.bits).addingReportingOverflow(Int64(bitPattern: y.bits &- 1))
    return o ? nil : Value(bits: UInt64(bitPattern: r))
  }
  @inline(__always) public func subFixnum(_ x: Value, _ y: Value) -> Value? {
    let (r, o) = Int64(bitPattern: x.bits).subtractingReportingOverflow(Int64(bitPattern: y.bits &- 1))
    return o ? nil : Value(bits: UInt64(bitPattern: r))
  }
  @inline(__always) public func mulFixnum(_ x: Value, _ y: Value) -> Value? {
    let (r, o) = (Int64(bitPattern: x.bits) >> 1).multipliedReportingOverflow(by: Int64(bitPattern: y.bits &- 1))
    return o ? nil : Value(bits: UInt64(bitPattern: r) | 1)
  }
  @inline(__always) public func floorDivFixnum(_ x: Value, _ y: Value) -> Value { .fixnum(floorDivide(x.fixnum, y.fixnum)) }
  @inline(__always) public func modFixnum(_ x: Value, _ y: Value) -> Value { .fixnum(floorModulo(x.fixnum, y.fixnum)) }
  @inline(__always) public func andFixnum(_ x: Value, _ y: Value) -> Value { Value(bits: x.bits & y.bits) }
  @inline(__always) public func orFixnum(_ x: Value, _ y: Value) -> Value { Value(bits: x.bits | y.bits) }
  @inline(__always) public func xorFixnum(_ x: Value, _ y: Value) -> Value { Value(bits: (x.bits ^ y.bits) | 1) }
  @inline(__always) public func lshiftFixnum(_ x: Value, _ y: Value) -> Value? {
    let a = x.fixnum, n = y.fixnum
    let r = a &<< n
    return (r >> n) == a && Value.fitsFixnum(r) ? .fixnum(r) : nil
  }
  @inline(__always) public func rshiftFixnum(_ x: Value, _ y: Value) -> Value { .fixnum(x.fixnum >> y.fixnum) }
  @inline(__always) public func toDouble(_ x: Value) -> Value { x }
  @inline(__always) func box(_ d: Double) -> Value {
    let v = Value.flonum(d)
    return v.bits != 0 ? v : boxFloat(thread, d)
  }
  @inline(__always) public func addFloat(_ x: Value, _ y: Value) -> Value { box(x.flonum + y.flonum) }
  @inline(__always) public func subFloat(_ x: Value, _ y: Value) -> Value { box(x.flonum - y.flonum) }
  @inline(__always) public func mulFloat(_ x: Value, _ y: Value) -> Value { box(x.flonum * y.flonum) }
  @inline(__always) public func divFloat(_ x: Value, _ y: Value) -> Value { box(x.flonum / y.flonum) }
  @inline(__always) public func negFloat(_ x: Value) -> Value { box(-x.flonum) }
  @inline(__always) public func fixnumToFloat(_ x: Value) -> Value? {
    let v = Value.flonum(Double(x.fixnum))
    return v.bits != 0 ? v : nil
  }

  @inline(__always) public func field(_ o: Value, _ i: Int) -> Value { o.fields[i] }
  @inline(__always) public func setField(_ o: Value, _ i: Int, _ w: Value) { o.fields[i] = w; writeBarrier(o.object) }
  @inline(__always) public func item(_ o: Value, _ i: Value) -> Value { o.items[i.fixnum] }
  @inline(__always) public func setItem(_ o: Value, _ i: Value, _ w: Value) {
    o.items[i.fixnum] = w
    // An array of numbers need not be looked through at every collection.
    if w.isObject { writeBarrier(o.object) }
  }
  @inline(__always) public func itemCount(_ o: Value) -> Value { .fixnum(o.count) }
  @inline(__always) public func newRecord(_ type: BuiltinType, _ n: Int) -> Value { makeRecord(thread, type, n) }
  @inline(__always) public func newInstance(_ type: Value) -> Value { makeInstance(thread, type) }
  @inline(__always) public func newTuple(_ f: FrameRef, _ first: Int, _ n: Int) -> Value { makeTuple(thread, from: f.registers + first, count: n) }
  @inline(__always) public func newList(_ f: FrameRef, _ first: Int, _ n: Int) -> Value { makeList(thread, from: f.registers + first, count: n) }
  @inline(__always) public func newDict() -> Value { makeDict(thread) }
  @inline(__always) public func setShape(_ o: Value, _ shape: UInt32) { o.object.pointee.shape = shape }

  @inline(__always) public func global(_ f: FrameRef, _ entry: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Value? {
    let v = cachedGlobal(f, entry, name)
    return v.bits != 0 ? v : nil
  }
  @inline(__always) public func member(_ module: Value, _ entry: UnsafeMutablePointer<CacheEntry>, _ name: Value) -> Value? {
    let v = cachedMember(module, entry, name)
    return v.bits != 0 ? v : nil
  }
  @inline(__always) public func fill(_ entry: UnsafeMutablePointer<CacheEntry>, _ o: Value, _ name: Value) {}
  @inline(__always) public func fillStore(_ entry: UnsafeMutablePointer<CacheEntry>, _ o: Value, _ name: Value) {}
  @inline(__always) public func isCurrent(_ entry: UnsafeMutablePointer<CacheEntry>) -> Bool { entryValid(entry) }
  @inline(__always) public func function(_ f: FrameRef) -> Value { f.pointee.function }
  @inline(__always) public func type(_ o: Value) -> Value? { o.isObject ? o.type : nil }
  @inline(__always) public func isUnchanged(_ type: Value) -> Bool { true }
  @inline(__always) public func entry(_ dict: Value, _ key: Value) -> Value? {
    let v = dict.isExact(.dict) ? getString(dict, key) : .empty
    return v.isEmpty ? nil : v
  }

  @inline(__always) public func opaque() -> Bool { false }
  @inline(__always) public func computed(_ op: NativeOperation, _ x: Value, _ y: Value) -> Value? { nil }
  @inline(__always) public func stored(_ o: Value, _ k: Value, _ v: Value) -> Bool { false }
  @inline(__always) public func native(_ f: Value, _ frame: FrameRef, _ first: Int, _ n: Int) -> Value? { nil }
  @inline(__always) public func joined(_ f: FrameRef, _ first: Int, _ n: Int) -> Value? { nil }
  @inline(__always) public func next(_ it: Value) -> Value? { nil }

  @inline(__always) public func resume(_ g: Value, over f: FrameRef, state: UInt32) -> (frame: FrameRef, was: Int)? {
    let was = g.field(GeneratorField.state).fixnum
    guard was & 0xff <= GeneratorState.suspended, f.pointee.depth < weft_vm.recursionLimit else { return nil }
    return (linkGenerator(thread, g, state), was)
  }
  @inline(__always) public func yieldIsOpaque(_ f: FrameRef) -> Bool { false }
  @inline(__always) public func suspended(_ f: FrameRef, _ state: Int) {}
  @inline(__always) public func enter(_ f: FrameRef, function: Value) {}
  @inline(__always) public func entered(_ g: FrameRef) -> Bool {
    if Policy.oneInstruction { return true }
    let code = g.pointee.code.code
    code.pointee.hotness &+= 1
    return code.pointee.hotness < weft_hot_calls || !hotFunction(thread, g)
  }
  @inline(__always) public func endsTrace(_ f: FrameRef, _ v: Value) -> Bool { false }
  @inline(__always) public func setExtra(_ f: FrameRef, _ w: Value) { f.pointee.extra = w }
  @inline(__always) public func extra(_ f: FrameRef) -> Value { f.pointee.extra }
  @inline(__always) public func returnIsOpaque(_ f: FrameRef) -> Bool { false }
  @inline(__always) public func leave(_ f: FrameRef) {}
  @inline(__always) public func backEdge(_ f: FrameRef, _ pc: UnsafePointer<UInt32>) -> Bool {
    if Policy.oneInstruction { return false }
    let count = weft_hot_count(pc)
    count.pointee &-= 1
    return count.pointee == 0 && hotLoop(thread, f, pc)
  }
  @inline(__always) public static var oneInstruction: Bool { Policy.oneInstruction }
}
