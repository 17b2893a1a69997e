// The tagged word: fixnums, immediate doubles, object pointers.

@_exported import CWeft

public typealias ThreadRef = UnsafeMutablePointer<Thread>
public typealias FrameRef = UnsafeMutablePointer<Frame>
public typealias Args = UnsafeMutablePointer<Value>
public typealias ObjectRef = UnsafeMutablePointer<ObjectHeader>
public typealias ShapeRef = UnsafeMutablePointer<Shape>

extension Value: Equatable {
  /// Identity of words.
  @inlinable @inline(__always) public static func == (l: Value, r: Value) -> Bool { l.bits == r.bits }
  @inlinable @inline(__always) public static func != (l: Value, r: Value) -> Bool { l.bits != r.bits }
}

extension Value {
  @inlinable @inline(__always) public static var empty: Value { Value(bits: 0) }
  @inlinable @inline(__always) public static var none: Value { weft_vm.none }
  @inlinable @inline(__always) public static var `true`: Value { weft_vm.true_ }
  @inlinable @inline(__always) public static var `false`: Value { weft_vm.false_ }
  @inlinable @inline(__always) public static var notImplemented: Value { weft_vm.notImplemented }
  @inlinable @inline(__always) public static func bool(_ b: Bool) -> Value { b ? weft_vm.true_ : weft_vm.false_ }

  @inlinable @inline(__always) public var isEmpty: Bool { bits == 0 }
  @inlinable @inline(__always) public var isNone: Bool { bits == weft_vm.none.bits }
  @inlinable @inline(__always) public var isBool: Bool { bits == weft_vm.true_.bits || bits == weft_vm.false_.bits }

  // MARK: fixnums, 63 bits
  @inlinable @inline(__always) public var isFixnum: Bool { bits & 1 != 0 }
  @inlinable @inline(__always) public var fixnum: Int { Int(bitPattern: UInt(bits)) >> 1 }
  @inlinable @inline(__always) public static func fixnum(_ i: Int) -> Value { Value(bits: UInt64(UInt(bitPattern: i &<< 1 | 1))) }
  /// Whether `i` fits 63 bits.
  @inlinable @inline(__always) public static func fitsFixnum(_ i: Int) -> Bool { (i &<< 1) >> 1 == i }

  // MARK: immediate doubles (CRuby's flonum rotation: exponents near 1.0, and 0.0)
  @inlinable @inline(__always) public var isFlonum: Bool { bits & 3 == 2 }
  @inlinable @inline(__always) public var flonum: Double {
    if bits == 0x8000_0000_0000_0002 { return 0 }
    let t = (2 &- (bits >> 63)) | (bits & ~3)
    return Double(bitPattern: t >> 3 | t << 61)
  }
  /// The immediate form of `d`, or the empty value where `d` must be boxed.
  @inlinable @inline(__always) public static func flonum(_ d: Double) -> Value {
    let b = d.bitPattern
    let e = (b >> 60) & 7
    if (e == 3 || e == 4) && b != 0x3000_0000_0000_0000 { return Value(bits: ((b << 3 | b >> 61) & ~3) | 2) }
    return Value(bits: b == 0 ? 0x8000_0000_0000_0002 : 0)
  }

  // MARK: objects
  @inlinable @inline(__always) public var isObject: Bool { bits & 3 == 0 && bits != 0 }
  @inlinable @inline(__always) public var isPointer: Bool { bits & 3 == 0 }
  @inlinable @inline(__always) public var object: ObjectRef { ObjectRef(bitPattern: UInt(bits)).unsafelyUnwrapped }
  @inlinable @inline(__always) public var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(bits)).unsafelyUnwrapped }
  @inlinable @inline(__always) public init(_ p: UnsafeMutableRawPointer) { self.init(bits: UInt64(UInt(bitPattern: p))) }
  @inlinable @inline(__always) public init(_ f: FrameRef) { self.init(bits: UInt64(UInt(bitPattern: f))) }
  @inlinable @inline(__always) public init(_ f: ObjectRef) { self.init(bits: UInt64(UInt(bitPattern: f))) }
  @inlinable @inline(__always) public func to<T>(_ type: T.Type) -> UnsafeMutablePointer<T> {
    UnsafeMutablePointer<T>(bitPattern: UInt(bits)).unsafelyUnwrapped
  }
  /// Shape index of an object; 0 for an immediate or the empty value.
  @inlinable @inline(__always) public var shapeIndex: UInt32 { isObject ? object.pointee.shape : 0 }
  /// Whether this is an object whose shape has index `s`.
  @inlinable @inline(__always) public func hasShape(_ s: UInt32) -> Bool { isObject && object.pointee.shape == s }
  @inlinable @inline(__always) public var shape: ShapeRef {
    (weft_vm.shapes + Int(object.pointee.shape)).pointee.unsafelyUnwrapped
  }
}
