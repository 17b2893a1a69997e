// Buffers: bytes-like objects as raw memory, and the types that other modules add (array, mmap).

import Glibc
import Objects

/// Memory exported by an object.
public struct BufferView {
  public var base: UnsafeMutablePointer<UInt8>
  public var count: Int
  public var readOnly: Bool
  public var itemSize: Int
  /// struct format of an item.
  public var format: String
  public init(base: UnsafeMutablePointer<UInt8>, count: Int, readOnly: Bool, itemSize: Int = 1, format: String = "B") {
    self.base = base; self.count = count; self.readOnly = readOnly; self.itemSize = itemSize; self.format = format
  }
}
/// How a native class beyond the builtin ones exports its memory: found by class (or a base of it).
public struct BufferProvider {
  public var type: Value
  public var view: (Value) -> BufferView?
  /// Counts exports up or down, so that the owner refuses to resize.
  public var retain: (Value, Int) -> Void
  /// Where an object only hands on the memory of another one: the memoryview of it, empty with an exception set, or nil.
  public var handedOn: (ThreadRef, Value) -> Value?
  public init(type: Value, view: @escaping (Value) -> BufferView?, retain: @escaping (Value, Int) -> Void,
              handedOn: @escaping (ThreadRef, Value) -> Value? = { _, _ in nil }) {
    self.type = type; self.view = view; self.retain = retain; self.handedOn = handedOn
  }
}
nonisolated(unsafe) public var bufferProviders: [BufferProvider] = []

nonisolated(unsafe) private let nothing = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)

/// The memory of a bytes-like object; nil when it has none. Contiguous memoryviews only. Valid until the next safepoint.
public func bufferView(_ v: Value) -> BufferView? {
  guard v.isObject else { return nil }
  switch v.kind {
  case .bytes: return BufferView(base: v.bytesData, count: v.bytesCount, readOnly: true)
  case .bytearray: return BufferView(base: v.bytearrayCount == 0 ? nothing : v.bytearrayData, count: v.bytearrayCount, readOnly: false)
  case .memoryview: return memoryviewBuffer(v)
  default:
    if bufferProviders.isEmpty { return nil }
    let type = v.type
    for p in bufferProviders where isSubtype(type, p.type) { return p.view(v) }
    return nil
  }
}

/// Runs `body` on the memory of a bytes-like object; nil when it is none.
@inline(__always) public func withBuffer<R>(_ v: Value, _ body: (UnsafeBufferPointer<UInt8>) throws -> R) rethrows -> R? {
  if v.isExact(.bytes) { return try body(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount)) }
  guard let b = bufferView(v) else { return nil }
  return try body(UnsafeBufferPointer(start: b.base, count: b.count))
}

/// Adds `change` exports to the owner of the memory of `v`.
public func retainBuffer(_ v: Value, _ change: Int) {
  guard v.isObject else { return }
  switch v.kind {
  case .bytes: break
  case .bytearray:
    if v.field(2).isExact(.list) { v.field(2).listItems[0] = .fixnum(v.field(2).listItems[0].fixnum + change) }
    else { v.fields[2] = .fixnum((v.field(2).isEmpty ? 0 : v.field(2).fixnum) + change) }
  case .memoryview: v.fields[MemoryviewField.exports] = .fixnum(v.field(MemoryviewField.exports).fixnum + change)
  default:
    let type = v.type
    for p in bufferProviders where isSubtype(type, p.type) { p.retain(v, change); return }
  }
}

// MARK: bytearray: storage (raw memory, or empty), count, exports

extension Value {
  public var bytearrayCount: Int { field(1).isEmpty ? 0 : field(1).fixnum }
  /// Pins and living views. Field 2 is a count of pins, or a list: that count, then weak references to memoryviews.
  var bytearrayExports: Int { field(2).isExact(.list) ? purgeViews(self) : field(2).isEmpty ? 0 : field(2).fixnum }
  @inline(__always) var bytearrayCapacity: Int { field(0).isEmpty ? 0 : field(0).count }
  public var bytearrayData: UnsafeMutablePointer<UInt8> {
    field(0).isEmpty ? nothing : (field(0).raw + 16).assumingMemoryBound(to: UInt8.self)
  }
}

public func makeRawMemory(_ t: ThreadRef, _ count: Int) -> Value {
  let p = allocate(t, shape: BuiltinType.rawMemory.shape, bytes: 16 + count)
  p.storeBytes(of: count, toByteOffset: 8, as: Int.self)
  return Value(p)
}

public func makeBytearray(_ t: ThreadRef, count n: Int, cls: Value = BuiltinType.bytearray.object) -> Value {
  let v = cls == BuiltinType.bytearray.object ? makeRecord(t, .bytearray, 3) : makeInstance(t, cls)
  if n > 0 { v.fields[0] = makeRawMemory(t, n) }
  v.fields[1] = .fixnum(n)
  v.fields[2] = .fixnum(0)
  return v
}
public func makeBytearray(_ t: ThreadRef, _ p: UnsafeBufferPointer<UInt8>, cls: Value = BuiltinType.bytearray.object) -> Value {
  let v = makeBytearray(t, count: p.count, cls: cls)
  if p.count > 0 { memcpy(v.bytearrayData, p.baseAddress!, p.count) }
  return v
}

/// Changes the length; new bytes are not initialised. False with BufferError set while exported.
public func resizeBytearray(_ t: ThreadRef, _ v: Value, _ n: Int) -> Bool {
  if n == v.bytearrayCount { return true }
  if v.bytearrayExports > 0 {
    t.raise(.BufferError, "Existing exports of data: object cannot be re-sized")
    return false
  }
  if n > v.bytearrayCapacity && !mayAllocate(bytes: n) { t.raise(.MemoryError); return false }
  let capacity = v.bytearrayCapacity
  if n > capacity || n < capacity / 2 && capacity > 64 {
    let s = makeRawMemory(t, n <= capacity ? n : n + n >> 3 + (n < 9 ? 3 : 6))
    memcpy(s.raw + 16, v.bytearrayData, min(n, v.bytearrayCount))
    setField(v, 0, s)
  }
  v.fields[1] = .fixnum(n)
  return true
}

/// bytes or bytearray, by the kind of `like` (results of methods are of the exact builtin type).
func makeLike(_ t: ThreadRef, _ like: Value, _ p: UnsafeBufferPointer<UInt8>) -> Value {
  like.kind == .bytearray ? makeBytearray(t, p) : makeBytes(t, UnsafeRawBufferPointer(p))
}
func makeLike(_ t: ThreadRef, _ like: Value, count n: Int) -> (Value, UnsafeMutablePointer<UInt8>) {
  if like.kind == .bytearray {
    let v = makeBytearray(t, count: n)
    return (v, v.bytearrayData)
  }
  if n == 0 { return (weft_vm.emptyBytes, nothing) }
  let v = makeBytes(t, count: n)
  return (v, v.bytesData)
}
