// Values both ways: None, bool, int of any size, float, str, bytes, list, tuple, dict; everything else is a handle.

import Glibc
import Heap
import Objects

/// What a conversion to Python works with.
public struct Conversion {
  let thread: ThreadRef
  let depth: Int
  init(_ t: ThreadRef, depth: Int = 0) { thread = t; self.depth = depth }
  /// For what is inside a container.
  func inner() throws -> Conversion {
    if depth >= 1000 { throw PythonError("RecursionError", "containers nested too deeply") }
    return Conversion(thread, depth: depth + 1)
  }
}

/// A Swift type whose values go to Python and come back.
public protocol PythonConvertible {
  init(python object: PythonObject) throws
  /// The value in the machine. It is valid until Python code runs.
  func python(_ c: Conversion) throws -> Value
}

func mismatch(_ wanted: String, _ got: Value) -> PythonError { PythonError("TypeError", "expected \(wanted), got '\(typeName(got))'") }

extension PythonObject: PythonConvertible {
  public convenience init(python object: PythonObject) { self.init(object.value) }
  public func python(_ c: Conversion) throws -> Value { value }
}
extension Bool: PythonConvertible {
  public init(python object: PythonObject) throws {
    guard object.value.isBool else { throw mismatch("bool", object.value) }
    self = object.value == .true
  }
  public func python(_ c: Conversion) throws -> Value { .bool(self) }
}
extension PythonConvertible where Self: FixedWidthInteger {
  public init(python object: PythonObject) throws {
    let v = object.value
    guard v.isInt else { throw mismatch("int", v) }
    if let i = v.asInt, let r = Self(exactly: i) { self = r; return }
    // What only an unsigned word holds.
    if v.isObject, v.intObject.pointee.count == 1, let r = Self(exactly: v.limbs[0]) { self = r; return }
    throw PythonError("OverflowError", "int too large for \(Self.self)")
  }
  public func python(_ c: Conversion) throws -> Value {
    if let i = Int(exactly: self) { return makeInt(c.thread, i) }
    guard let u = UInt(exactly: self) else { throw PythonError("OverflowError", "int too large to convert") }
    return makeInt(c.thread, unsigned: u)
  }
}
extension Int: PythonConvertible {}
extension Int64: PythonConvertible {}
extension Int32: PythonConvertible {}
extension UInt: PythonConvertible {}
extension UInt64: PythonConvertible {}
extension UInt32: PythonConvertible {}
extension UInt8: PythonConvertible {}

extension Double: PythonConvertible {
  public init(python object: PythonObject) throws {
    let v = object.value
    if v.isFloat { self = v.double; return }
    guard v.isInt else { throw mismatch("float", v) }
    guard let d = intToDouble(v) else { throw PythonError("OverflowError", "int too large to convert to float") }
    self = d
  }
  public func python(_ c: Conversion) throws -> Value { makeFloat(c.thread, self) }
}
extension String: PythonConvertible {
  public init(python object: PythonObject) throws {
    let v = object.value
    guard v.isStr else { throw mismatch("str", v) }
    if v.strWidth > 1 {
      for i in 0..<v.strCount where v.codePoint(i) & ~0x7ff == 0xd800 { throw PythonError("ValueError", "a lone surrogate has no place in a Swift String") }
    }
    self = swiftString(v)
  }
  public func python(_ c: Conversion) throws -> Value { makeStr(c.thread, self) }
}
/// The content of a bytes or bytearray object; goes to Python as bytes.
public struct PythonBytes: PythonConvertible, Equatable {
  public var bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public init(python object: PythonObject) throws {
    let v = object.value
    guard v.isKind(.bytes) else { throw mismatch("bytes", v) }
    bytes = Array(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount))
  }
  public func python(_ c: Conversion) throws -> Value { makeBytes(c.thread, bytes) }
}
/// nil is None.
extension Optional: PythonConvertible where Wrapped: PythonConvertible {
  public init(python object: PythonObject) throws { self = object.isNone ? nil : try Wrapped(python: object) }
  public func python(_ c: Conversion) throws -> Value { try self?.python(c) ?? .none }
}
/// A list; from Python also a tuple.
extension Array: PythonConvertible where Element: PythonConvertible {
  public init(python object: PythonObject) throws {
    guard sequenceItems(object.value) != nil else { throw mismatch("list or tuple", object.value) }
    self = []
    var i = 0
    while let (items, n) = sequenceItems(object.value), i < n {
      append(try Element(python: PythonObject(items[i])))
      i += 1
    }
  }
  public func python(_ c: Conversion) throws -> Value {
    let inner = try c.inner()
    return makeList(c.thread, try map { try $0.python(inner) })
  }
}
/// Goes to Python as a tuple.
public struct PythonTuple: PythonConvertible {
  public var items: [any PythonConvertible]
  public init(_ items: any PythonConvertible...) { self.items = items }
  public init(python object: PythonObject) throws {
    guard object.value.isKind(.tuple) else { throw mismatch("tuple", object.value) }
    items = (0..<object.value.count).map { PythonObject(object.value.items[$0]) }
  }
  public func python(_ c: Conversion) throws -> Value {
    let inner = try c.inner()
    return makeTuple(c.thread, try items.map { try $0.python(inner) })
  }
}
extension Dictionary: PythonConvertible where Key: PythonConvertible, Value: PythonConvertible {
  public init(python object: PythonObject) throws {
    self = [:]
    for (k, v) in try entries(of: object) { self[try Key(python: k)] = try Value(python: v) }
  }
  public func python(_ c: Conversion) throws -> CWeft.Value {
    let inner = try c.inner()
    return try makeDict(c.thread, try map { (try $0.key.python(inner), try $0.value.python(inner)) })
  }
}

func entries(of object: PythonObject) throws -> [(PythonObject, PythonObject)] {
  guard object.value.isKind(.dict) else { throw mismatch("dict", object.value) }
  var out: [(PythonObject, PythonObject)] = []
  forEachEntry(object.value) { k, v in out.append((PythonObject(k), PythonObject(v))) }
  return out
}
/// A dict whose keys are builtin values: no class is asked for their hash.
func makeDict(_ t: ThreadRef, _ pairs: [(Value, Value)]) throws -> Value {
  let d = makeDict(t)
  for (k, v) in pairs {
    guard let h = nativeHash(k) else { throw PythonError("TypeError", "a key of type '\(typeName(k))' must be stored by setItem()") }
    let i = find(d, k, h)
    if i >= 0 { setEntryValue(d, i, v); continue }
    if i != Probe.missing { throw PythonError("TypeError", "keys that only Python code can compare must be stored by setItem()") }
    insertNew(t, d, k, h, v)
  }
  return d
}

/// An int of any size: sign and magnitude, least significant limb first, without leading zeros.
public struct BigInteger: PythonConvertible, Equatable, CustomStringConvertible {
  public let isNegative: Bool
  public let magnitude: [UInt]
  public init(isNegative: Bool = false, magnitude: [UInt]) {
    var m = magnitude
    while m.last == 0 { m.removeLast() }
    self.isNegative = isNegative && !m.isEmpty
    self.magnitude = m
  }
  public init(python object: PythonObject) throws {
    let v = object.value
    guard v.isInt else { throw mismatch("int", v) }
    if let i = v.asInt { self.init(isNegative: i < 0, magnitude: [i.magnitude]); return }
    let n = v.intObject.pointee.count
    self.init(isNegative: n < 0, magnitude: (0..<abs(n)).map { v.limbs[$0] })
  }
  public func python(_ c: Conversion) throws -> Value {
    if magnitude.count <= 1 {
      let m = magnitude.first ?? 0
      if !isNegative { return makeInt(c.thread, unsigned: m) }
      if m <= UInt(1) << 62 { return .fixnum(-Int(m)) }
    }
    let v = makeIntObject(c.thread, limbs: magnitude.count)
    v.intObject.pointee.count = isNegative ? -magnitude.count : magnitude.count
    for i in 0..<magnitude.count { v.limbs[i] = magnitude[i] }
    return v
  }
  /// In decimal.
  public var description: String {
    var m = magnitude, groups: [UInt] = []
    while !m.isEmpty {
      var rest: UInt = 0
      for i in m.indices.reversed() { (m[i], rest) = UInt(10_000_000_000_000_000_000).dividingFullWidth((rest, m[i])) }
      groups.append(rest)
      while m.last == 0 { m.removeLast() }
    }
    guard let first = groups.last else { return "0" }
    return (isNegative ? "-" : "") + "\(first)" + groups.dropLast().reversed().map { g in let s = "\(g)"; return String(repeating: "0", count: 19 - s.count) + s }.joined()
  }
}

/// Any value, where its kind is not known beforehand.
public indirect enum PythonValue: PythonConvertible {
  case none, bool(Bool), int(Int), bigInt(BigInteger), float(Double), str(String), bytes([UInt8])
  case list([PythonValue]), tuple([PythonValue]), dict([(key: PythonValue, value: PythonValue)])
  /// Everything else: instances, functions, sets, ..., and str with lone surrogates.
  case object(PythonObject)

  public init(python object: PythonObject) throws { self = try PythonValue.make(object, 0) }

  private static func make(_ o: PythonObject, _ depth: Int) throws -> PythonValue {
    // A container that holds itself has no end.
    if depth > 1000 { throw PythonError("RecursionError", "containers nested too deeply") }
    let v = o.value
    if v.isNone { return .none }
    if v.isBool { return .bool(v == .true) }
    if v.isFixnum || v.isExact(.int) { if let i = v.asInt { return .int(i) } else { return .bigInt(try BigInteger(python: o)) } }
    if v.isFlonum || v.isExact(.float) { return .float(v.double) }
    if v.isExact(.str) { if let s = try? String(python: o) { return .str(s) } else { return .object(o) } }
    if v.isExact(.bytes) { return .bytes(try PythonBytes(python: o).bytes) }
    if v.isExact(.list) || v.isExact(.tuple) {
      let items = try [PythonObject](python: o).map { try make($0, depth + 1) }
      return v.isExact(.list) ? .list(items) : .tuple(items)
    }
    if v.isExact(.dict) { return .dict(try entries(of: o).map { (try make($0, depth + 1), try make($1, depth + 1)) }) }
    return .object(o)
  }

  public func python(_ c: Conversion) throws -> Value {
    switch self {
    case .none: return .none
    case .bool(let b): return .bool(b)
    case .int(let i): return makeInt(c.thread, i)
    case .bigInt(let b): return try b.python(c)
    case .float(let d): return makeFloat(c.thread, d)
    case .str(let s): return makeStr(c.thread, s)
    case .bytes(let b): return makeBytes(c.thread, b)
    case .list(let a): return try a.python(c)
    case .tuple(let a):
      let inner = try c.inner()
      return makeTuple(c.thread, try a.map { try $0.python(inner) })
    case .dict(let d):
      let inner = try c.inner()
      return try makeDict(c.thread, try d.map { (try $0.key.python(inner), try $0.value.python(inner)) })
    case .object(let o): return o.value
    }
  }
}
