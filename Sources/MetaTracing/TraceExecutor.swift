// The interpreter of traces: defines what each operation means, and is what compiled code is compared with.

import Glibc

/// What the executor needs to know of its host.
public struct TraceHost {
  public var thread: UInt64
  public var writeBarrier: HostFunction
  /// Makes an object of the double whose bits are given.
  public var boxDouble: HostFunction
  public init(thread: UInt64, writeBarrier: HostFunction, boxDouble: HostFunction) {
    self.thread = thread; self.writeBarrier = writeBarrier; self.boxDouble = boxDouble
  }
}

/// Makes one guard in so many fail although its condition holds; 0: none. Deterministic.
public struct GuardFailures {
  public var oneIn: UInt64 = 0
  var state: UInt64 = 0x9e37_79b9_7f4a_7c15
  public private(set) var count = 0
  mutating func fails() -> Bool {
    if oneIn == 0 { return false }
    state ^= state << 13; state ^= state >> 7; state ^= state << 17
    if state % oneIn != 0 { return false }
    count += 1
    return true
  }
}
nonisolated(unsafe) public var guardFailures = GuardFailures()

/// Runs a trace until it is left; the number of the instruction that left it. `values` is indexed by `Ref`: constants lie
/// below it. Of a bridge, `inherited` is the array of values of the trace that it starts from.
public func run(_ trace: Trace, host: TraceHost, frame: UInt64, values: UnsafeMutablePointer<UInt64>, inherited: UnsafePointer<UInt64>? = nil) -> Int {
  for (k, w) in trace.constants.enumerated() { values[-1 - k] = w }
  var frame = frame
  return trace.instructions.withUnsafeBufferPointer { code in
    var at = 0
    let loop = code.firstIndex { $0.operation == .loop } ?? -1
    while true {
      let i = code[at]
      @inline(__always) func word(_ r: Ref) -> UInt64 { values[Int(r)] }
      @inline(__always) func int(_ r: Ref) -> Int64 { Int64(bitPattern: values[Int(r)]) }
      @inline(__always) func double(_ r: Ref) -> Double { Double(bitPattern: values[Int(r)]) }
      @inline(__always) func address(_ r: Ref) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(values[Int(r)])).unsafelyUnwrapped + Int(i.immediate) }
      @inline(__always) func operand(_ r: Ref) -> UInt64 { r == .none ? 0 : values[Int(r)] }
      var result: UInt64 = 0
      var holds = true
      switch i.operation {
      case .entryFrame: result = frame
      case .inherited, .inheritedDouble: result = inherited.unsafelyUnwrapped[Int(i.immediate)]
      // Where to is the host's affair.
      case .link, .enterLoop, .goTo: return at
      case .load: result = address(i.a).load(as: UInt64.self)
      case .store: address(i.a).storeBytes(of: word(i.b), as: UInt64.self)
      case .loadItem: result = (address(i.a) + Int(int(i.b) >> 1) * 8).load(as: UInt64.self)
      case .storeItem: (address(i.a) + Int(int(i.b) >> 1) * 8).storeBytes(of: word(i.c), as: UInt64.self)
      case .storeShape: UnsafeMutableRawPointer(bitPattern: UInt(word(i.a))).unsafelyUnwrapped.storeBytes(of: UInt32(truncatingIfNeeded: i.immediate), as: UInt32.self)
      case .writeBarrier: _ = host.writeBarrier(host.thread, word(i.a), 0, 0)
      case .addTagged:
        let (r, o) = int(i.a).addingReportingOverflow(int(i.b) &- 1)
        result = UInt64(bitPattern: r); holds = !o
      case .subTagged:
        let (r, o) = int(i.a).subtractingReportingOverflow(int(i.b) &- 1)
        result = UInt64(bitPattern: r); holds = !o
      case .mulTagged:
        let (r, o) = (int(i.a) >> 1).multipliedReportingOverflow(by: int(i.b) &- 1)
        result = UInt64(bitPattern: r) | 1; holds = !o
      case .shiftLeftTagged:
        let a = int(i.a) >> 1, n = int(i.b) >> 1, r = a &<< n
        holds = (r >> n) == a && ((r &<< 1) >> 1) == r
        result = UInt64(bitPattern: r &<< 1 | 1)
      case .floorDivTagged: result = UInt64(bitPattern: floorDivide(int(i.a) >> 1, int(i.b) >> 1) &<< 1 | 1)
      case .modTagged: result = UInt64(bitPattern: floorModulo(int(i.a) >> 1, int(i.b) >> 1) &<< 1 | 1)
      case .andTagged: result = word(i.a) & word(i.b)
      case .orTagged: result = word(i.a) | word(i.b)
      case .xorTagged: result = (word(i.a) ^ word(i.b)) | 1
      case .shiftRightTagged: result = UInt64(bitPattern: ((int(i.a) >> 1) >> (int(i.b) >> 1)) &<< 1 | 1)
      case .advance: result = word(i.a) &+ UInt64(bitPattern: i.immediate)
      case .tag: result = word(i.a) << 1 | 1
      case .decode: result = decodeImmediate(word(i.a)).bitPattern
      case .intToDouble: result = Double(int(i.a) >> 1).bitPattern
      case .addDouble: result = (double(i.a) + double(i.b)).bitPattern
      case .subDouble: result = (double(i.a) - double(i.b)).bitPattern
      case .mulDouble: result = (double(i.a) * double(i.b)).bitPattern
      case .divDouble: result = (double(i.a) / double(i.b)).bitPattern
      case .negDouble: result = (-double(i.a)).bitPattern
      case .box:
        result = encodeImmediate(double(i.a))
        if result == 0 { result = host.boxDouble(host.thread, word(i.a), 0, 0) }
      case .guardTagged: holds = (word(i.a) & 1 != 0) == i.expect
      case .guardImmediate: holds = (word(i.a) & 3 == 2) == i.expect
      case .guardBoxable: holds = (encodeImmediate(double(i.a)) != 0) == i.expect
      case .guardShape:
        let w = word(i.a)
        let is_ = w & 3 == 0 && w != 0 && UnsafeRawPointer(bitPattern: UInt(w)).unsafelyUnwrapped.load(as: UInt32.self) == UInt32(truncatingIfNeeded: i.immediate)
        holds = is_ == i.expect
      case .guardSame: holds = (word(i.a) == word(i.b)) == i.expect
      case .guardLess: holds = (int(i.a) < int(i.b)) == i.expect
      case .guardLessEqual: holds = (int(i.a) <= int(i.b)) == i.expect
      case .guardBelow: holds = (word(i.a) < word(i.b)) == i.expect
      case .guardDoubleLess: holds = (double(i.a) < double(i.b)) == i.expect
      case .guardDoubleLessEqual: holds = (double(i.a) <= double(i.b)) == i.expect
      case .guardDoubleEqual: holds = (double(i.a) == double(i.b)) == i.expect
      case .guardClear32:
        let base = i.a == .none ? host.thread : word(i.a)
        holds = UnsafeRawPointer(bitPattern: UInt(base)).unsafelyUnwrapped.load(fromByteOffset: Int(i.immediate), as: UInt32.self) == 0
      case .call, .allocate:
        result = unsafeBitCast(UnsafeRawPointer(bitPattern: Int(i.immediate)), to: HostFunction.self)(host.thread, operand(i.a), operand(i.b), operand(i.c))
      case .step:
        result = unsafeBitCast(UnsafeRawPointer(bitPattern: Int(i.immediate)), to: HostFunction.self)(host.thread, operand(i.a), operand(i.b), operand(i.c))
        holds = result != 0
      case .loop: break
      case .phi, .phiDouble: result = word(i.a)
      case .jump:
        if i.a != .none { frame = word(i.a) }
        at = loop + 1
        // All at once: one may be the other's next value.
        var next: [UInt64] = []
        while code[at].operation == .phi || code[at].operation == .phiDouble { next.append(word(code[at].b)); at += 1 }
        for (k, w) in next.enumerated() { values[loop + 1 + k] = w }
        continue
      }
      // A step has had its effect: it cannot be made to fail.
      if Operation.table[Int(i.operation.rawValue)].isGuard, !holds || i.operation != .step && guardFailures.fails() { return at }
      values[at] = result
      at += 1
    }
  }
}

/// Python's division: towards minus infinity.
@inline(__always) public func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
  let q = a / b
  return a % b != 0 && (a < 0) != (b < 0) ? q &- 1 : q
}
@inline(__always) public func floorModulo(_ a: Int64, _ b: Int64) -> Int64 {
  let r = a % b
  return r != 0 && (r < 0) != (b < 0) ? r &+ b : r
}
