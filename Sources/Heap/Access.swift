// Typed access to heap objects: sizes, fields, items.

@inline(__always) func layoutInfo(_ layout: UInt8) -> UnsafeMutablePointer<LayoutInfo> { weft_layouts() + Int(layout) }

extension Value {
  /// The `i`-th value after the header of a record.
  @inlinable @inline(__always) public func field(_ i: Int) -> Value { (raw + 8).assumingMemoryBound(to: Value.self)[i] }
  @inlinable @inline(__always) public var fields: UnsafeMutablePointer<Value> { (raw + 8).assumingMemoryBound(to: Value.self) }
  /// Items of a `values` object (tuple, list storage).
  @inlinable @inline(__always) public var items: UnsafeMutablePointer<Value> { (raw + 16).assumingMemoryBound(to: Value.self) }
  /// Count word of a `values` object.
  @inlinable @inline(__always) public var count: Int { raw.load(fromByteOffset: 8, as: Int.self) }
}

/// Stores into a record with the write barrier.
@inlinable @inline(__always) public func setField(_ o: Value, _ i: Int, _ v: Value) {
  o.fields[i] = v
  writeBarrier(o.object)
}

/// To be called after pointers were stored into `o`.
@inlinable @inline(__always) public func writeBarrier(_ o: ObjectRef) {
  if o.pointee.gc & (GCBit.old | GCBit.remembered) == GCBit.old { remember(o) }
}

/// Size in bytes of an object, its trailer included, not rounded.
func objectSize(_ o: ObjectRef) -> Int {
  let shape = (weft_vm.shapes + Int(o.pointee.shape)).pointee.unsafelyUnwrapped
  let info = layoutInfo(shape.pointee.layout).pointee
  var size = Int(info.size)
  switch VariablePart(rawValue: info.variable).unsafelyUnwrapped {
  case .none: break
  case .record: size += Int(o.pointee.reserve) * 8
  case .values: size += word(o, info.countWord) * 8
  case .bytes: size += word(o, info.countWord)
  case .text: size += word(o, info.countWord) * Int(o.pointee.flags & 7)
  case .limbs: size += abs(word(o, info.countWord)) * 8
  case .table: size += tableBytes(UnsafeMutableRawPointer(o).assumingMemoryBound(to: TableObject.self).pointee)
  }
  if shape.pointee.flags & ShapeFlag.trailer != 0 { size = (size + 7) & ~7; size += 8 }
  return size
}

@inline(__always) func word(_ o: ObjectRef, _ i: UInt8) -> Int { UnsafeRawPointer(o).load(fromByteOffset: Int(i) * 8, as: Int.self) }

/// Bytes of a table's entries and index.
@inlinable public func tableBytes(_ t: TableObject) -> Int {
  t.capacity * Int(t.stride) * 8 + Int(t.indexWidth) << Int(t.log2)
}

/// The trailer word of an object whose shape has one.
public func trailer(_ o: Value) -> UnsafeMutablePointer<Value> {
  (o.raw + objectSize(o.object) - 8).assumingMemoryBound(to: Value.self)
}

/// Calls `visit` with the address of every traced word of `o`.
@inline(__always) func forEachPointer(_ o: ObjectRef, _ visit: (UnsafeMutablePointer<Value>) -> Void) {
  let shape = (weft_vm.shapes + Int(o.pointee.shape)).pointee.unsafelyUnwrapped
  let info = layoutInfo(shape.pointee.layout).pointee
  let base = UnsafeMutableRawPointer(o)
  let words = base.assumingMemoryBound(to: Value.self)
  var i = Int(info.tracedFrom)
  let end = i + Int(info.tracedCount)
  while i < end { visit(words + i); i += 1 }
  switch VariablePart(rawValue: info.variable).unsafelyUnwrapped {
  case .none, .bytes, .text, .limbs: break
  case .record:
    let n = Int(o.pointee.reserve)
    var k = 1
    while k <= n { visit(words + k); k += 1 }
  case .values:
    let n = word(o, info.countWord)
    let items = words + Int(info.size) / 8
    var k = 0
    while k < n { visit(items + k); k += 1 }
  case .table:
    let t = base.assumingMemoryBound(to: TableObject.self).pointee
    let n = Int(t.fill) * Int(t.stride)
    let items = words + Int(info.size) / 8
    var k = 0
    while k < n { visit(items + k); k += 1 }
  }
  if shape.pointee.flags & ShapeFlag.trailer != 0 { visit((base + objectSize(o) - 8).assumingMemoryBound(to: Value.self)) }
}
