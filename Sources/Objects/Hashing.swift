// hash() of values that need no Python code.

import Heap
import Support

/// What hash() gives natively, all 64 bits of it; nil when a class must be asked (or the value is unhashable). Tables keep
/// `hashFixnum` of it.
public func fullHash(_ v: Value, depth: Int = 0) -> Int? {
  guard v.isExact(.tuple) else { return nativeHash(v) }
  if depth > 50 { return nil }
  var h = TupleHasher()
  for i in 0..<v.count {
    guard let x = fullHash(v.items[i], depth: depth + 1) else { return nil }
    h.add(x)
  }
  return h.finish()
}

/// The hash as tables keep it, a fixnum-sized number, or nil when a class must be asked (or the value is unhashable).
public func nativeHash(_ v: Value) -> Int? {
  if v.isFixnum { return intHash(v) }
  if v.isFlonum { return Support.hashDouble(v.flonum).map(hashFixnum) ?? 0 }
  switch v.object.pointee.shape {
  case BuiltinType.str.shape: return strHash(v)
  case BuiltinType.int.shape, BuiltinType.bool.shape: return hashFixnum(intHash(v))
  case BuiltinType.float.shape:
    let d = v.double
    if let h = Support.hashDouble(d) { return hashFixnum(h) }
    return hashFixnum(Int(bitPattern: identity(v) >> 4))
  case BuiltinType.tuple.shape:
    guard let h = fullHash(v) else { return nil }
    return hashFixnum(h)
  case BuiltinType.bytes.shape:
    let b = v.to(BytesObject.self)
    if b.pointee.hash == 0 { b.pointee.hash = hashBytes(UnsafeRawBufferPointer(start: v.bytesData, count: v.bytesCount)) }
    return b.pointee.hash
  case BuiltinType.noneType.shape: return 0x7fff_0001
  case BuiltinType.complex.shape:
    let a = v.field(0).double, b = v.field(1).double
    return hashFixnum(hashComplex(real: Support.hashDouble(a) ?? 0, imaginary: Support.hashDouble(b) ?? 0))
  default:
    if lookup(v.type, Name.__hash__.value) == objectHash { return identityHash(v) }
    return nil
  }
}
/// object.__hash__, set at start.
public var objectHash: Value {
  get { weft_roots()[RootRegion.misc + 30] }
  set { weft_roots()[RootRegion.misc + 30] = newValue }
}

public func identityHash(_ v: Value) -> Int {
  let a = identity(v)
  return hashFixnum(Int(bitPattern: a >> 4 | a << 60))
}
