// int beyond 63 bits: limbs in our heap, arithmetic by GMP.

import CGMP
import Glibc
import Heap
import Support

extension Value {
  /// An int of any size, bool and subclasses included.
  @inlinable @inline(__always) public var isInt: Bool { isFixnum || isObject && (object.pointee.shape == BuiltinType.int.shape || kindIsInt) }
  @usableFromInline var kindIsInt: Bool { let k = kind; return k == .int || k == .bool }
  @inlinable public var intObject: UnsafeMutablePointer<IntObject> { to(IntObject.self) }
  @inlinable public var limbs: UnsafeMutablePointer<UInt> { (raw + 16).assumingMemoryBound(to: UInt.self) }
  /// The int's value where it fits a machine word.
  public var asInt: Int? {
    if isFixnum { return fixnum }
    guard isInt else { return nil }
    let n = intObject.pointee.count
    if n == 0 { return 0 }
    if n == 1 { return Int(exactly: limbs[0]) }
    if n == -1 { return limbs[0] <= UInt(1) << 63 ? Int(truncatingIfNeeded: 0 &- limbs[0]) : nil }
    return nil
  }
  /// -1, 0 or 1 of an int.
  public var intSign: Int {
    if isFixnum { return fixnum.signum() }
    return intObject.pointee.count.signum()
  }
}

/// An int object of shape `shape` with room for `n` limbs.
public func makeIntObject(_ t: ThreadRef, shape: UInt32 = BuiltinType.int.shape, limbs n: Int) -> Value {
  let s = (weft_vm.shapes + Int(shape)).pointee.unsafelyUnwrapped
  let trailing = s.pointee.flags & ShapeFlag.trailer != 0 ? 8 : 0
  let p = allocate(t, shape: shape, bytes: 16 + n * 8 + trailing)
  if trailing != 0 { (p + 16 + n * 8).assumingMemoryBound(to: Value.self).pointee = .empty }
  return Value(p)
}

public func makeInt(_ t: ThreadRef, _ i: Int) -> Value {
  if Value.fitsFixnum(i) { return .fixnum(i) }
  let v = makeIntObject(t, limbs: 1)
  v.intObject.pointee.count = i < 0 ? -1 : 1
  v.limbs[0] = i.magnitude
  return v
}
public func makeInt(_ t: ThreadRef, unsigned u: UInt) -> Value {
  if u < UInt(1) << 62 { return .fixnum(Int(u)) }
  let v = makeIntObject(t, limbs: 1)
  v.intObject.pointee.count = 1
  v.limbs[0] = u
  return v
}

/// Gives `body` the int as a read-only GMP number.
@inline(__always) public func withMPZ<R>(_ v: Value, _ body: (UnsafeMutablePointer<__mpz_struct>) -> R) -> R {
  var z = __mpz_struct()
  if v.isFixnum {
    let i = v.fixnum
    var limb = mp_limb_t(i.magnitude)
    return withUnsafeMutablePointer(to: &limb) { p in
      z._mp_alloc = 0; z._mp_size = i == 0 ? 0 : i < 0 ? -1 : 1; z._mp_d = p
      return withUnsafeMutablePointer(to: &z, body)
    }
  }
  z._mp_alloc = 0
  z._mp_size = Int32(v.intObject.pointee.count)
  z._mp_d = UnsafeMutableRawPointer(v.limbs).assumingMemoryBound(to: mp_limb_t.self)
  return withUnsafeMutablePointer(to: &z, body)
}

/// The int that a GMP number holds.
public func makeInt(_ t: ThreadRef, mpz z: UnsafeMutablePointer<__mpz_struct>) -> Value {
  let n = Int(z.pointee._mp_size)
  if n == 0 { return .fixnum(0) }
  if abs(n) == 1 {
    let m = UInt(z.pointee._mp_d[0])
    if m < UInt(1) << 62 { return .fixnum(n < 0 ? -Int(m) : Int(m)) }
    if n < 0 && m == UInt(1) << 62 { return .fixnum(-(1 << 62)) }
  }
  let v = makeIntObject(t, limbs: abs(n))
  v.intObject.pointee.count = n
  memcpy(v.limbs, z.pointee._mp_d, abs(n) * 8)
  return v
}

/// Runs `body` with a fresh GMP number and gives the int it leaves there.
@inline(__always) public func computeInt(_ t: ThreadRef, _ body: (UnsafeMutablePointer<__mpz_struct>) -> Void) -> Value {
  var z = __mpz_struct()
  __gmpz_init(&z)
  body(&z)
  let r = makeInt(t, mpz: &z)
  __gmpz_clear(&z)
  return r
}

/// The plain int behind an int, bool or subclass instance.
public func plainInt(_ t: ThreadRef, _ v: Value) -> Value {
  if v.isFixnum || v.isExact(.int) { return v }
  return withMPZ(v) { makeInt(t, mpz: $0) }
}

public enum IntOperation { case add, sub, mul, floorDiv, mod, and, or, xor }

/// Arithmetic on two ints of any size. The caller has excluded zero divisors.
public func intArithmetic(_ t: ThreadRef, _ op: IntOperation, _ x: Value, _ y: Value) -> Value {
  if let a = x.asInt, let b = y.asInt {
    switch op {
    case .add: let (r, o) = a.addingReportingOverflow(b); if !o { return makeInt(t, r) }
    case .sub: let (r, o) = a.subtractingReportingOverflow(b); if !o { return makeInt(t, r) }
    case .mul: let (r, o) = a.multipliedReportingOverflow(by: b); if !o { return makeInt(t, r) }
    case .floorDiv: if b != -1 { return makeInt(t, floorDivide(a, b)) }
    case .mod: return b == -1 ? .fixnum(0) : makeInt(t, floorModulo(a, b))
    case .and: return makeInt(t, a & b)
    case .or: return makeInt(t, a | b)
    case .xor: return makeInt(t, a ^ b)
    }
  }
  // The result twice, and what multiplying needs on the way.
  let limbs = (x.isFixnum ? 1 : abs(x.intObject.pointee.count)) + (y.isFixnum ? 1 : abs(y.intObject.pointee.count))
  if limbs > 1 << 16 && !mayAllocate(items: limbs * (op == .mul ? 6 : 2)) { return t.raise(.MemoryError) }
  return withMPZ(x) { a in
    withMPZ(y) { b in
      computeInt(t) { r in
        switch op {
        case .add: __gmpz_add(r, a, b)
        case .sub: __gmpz_sub(r, a, b)
        case .mul: __gmpz_mul(r, a, b)
        case .floorDiv: __gmpz_fdiv_q(r, a, b)
        case .mod: __gmpz_fdiv_r(r, a, b)
        case .and: __gmpz_and(r, a, b)
        case .or: __gmpz_ior(r, a, b)
        case .xor: __gmpz_xor(r, a, b)
        }
      }
    }
  }
}
@inlinable @inline(__always) public func floorDivide(_ a: Int, _ b: Int) -> Int {
  let q = a / b
  return (a % b != 0) && ((a < 0) != (b < 0)) ? q &- 1 : q
}
@inlinable @inline(__always) public func floorModulo(_ a: Int, _ b: Int) -> Int {
  let r = a % b
  return r != 0 && ((r < 0) != (b < 0)) ? r &+ b : r
}

/// Three-way comparison of two ints.
public func intCompare(_ x: Value, _ y: Value) -> Int {
  if x.isFixnum && y.isFixnum { return x.fixnum < y.fixnum ? -1 : x.fixnum == y.fixnum ? 0 : 1 }
  return withMPZ(x) { a in withMPZ(y) { b in Int(__gmpz_cmp(a, b)) } }
}

/// The int as a double, correctly rounded; nil when it is too large.
public func intToDouble(_ v: Value) -> Double? {
  if let i = v.asInt { return Double(i) }
  return withMPZ(v) { z in
    // GMP truncates: round half to even by hand on the top 64 bits and a sticky bit.
    let bits = __gmpz_sizeinbase(z, 2)
    if bits > 1024 { return nil }
    var q = __mpz_struct()
    __gmpz_init(&q)
    defer { __gmpz_clear(&q) }
    let shift = bits - 64
    __gmpz_tdiv_q_2exp(&q, z, mp_bitcnt_t(shift))
    var top = UInt64(q._mp_d[0])
    if __gmpz_scan1(z, 0) < mp_bitcnt_t(shift) { top |= 1 }
    let d = Double(top)
    let r = scalbn(d, Int32(shift))
    if r.isInfinite { return nil }
    return z.pointee._mp_size < 0 ? -r : r
  }
}

/// The integer part of a finite double.
public func doubleToInt(_ t: ThreadRef, _ d: Double) -> Value {
  if abs(d) < 4e18 { return makeInt(t, Int(d)) }
  return computeInt(t) { __gmpz_set_d($0, d) }
}

/// Decimal digits with sign.
public func intDigits(_ v: Value, base: Int = 10) -> [UInt8] {
  if let i = v.asInt { return Array(String(i, radix: base).utf8) }
  return withMPZ(v) { z in
    let n = __gmpz_sizeinbase(z, Int32(base)) + 2
    return [UInt8](unsafeUninitializedCapacity: n) { p, count in
      _ = p.withMemoryRebound(to: CChar.self) { __gmpz_get_str($0.baseAddress!, Int32(base), z) }
      count = strlen(UnsafeRawPointer(p.baseAddress!).assumingMemoryBound(to: CChar.self))
    }
  }
}
/// From digits (with optional minus) in `base`; nil when they are none.
public func parseInt(_ t: ThreadRef, digits: [UInt8], base: Int) -> Value? {
  if digits.count < 18 && base <= 10, let i = Int(String(decoding: digits, as: UTF8.self), radix: base) { return makeInt(t, i) }
  var c = digits.map { CChar(bitPattern: $0) }
  c.append(0)
  var z = __mpz_struct()
  __gmpz_init(&z)
  defer { __gmpz_clear(&z) }
  return __gmpz_set_str(&z, c, Int32(base)) == 0 ? makeInt(t, mpz: &z) : nil
}

// MARK: numbers of different types

/// Equality of two values of which at least one is a number: 1, 0, or -1 when a class may have a say.
public func numericEqual(_ a: Value, _ b: Value) -> Int {
  let ka = a.kind, kb = b.kind
  let exactA = !a.isObject || a.isExact(.int) || a.isExact(.float) || a.isBool
  let exactB = !b.isObject || b.isExact(.int) || b.isExact(.float) || b.isBool
  if exactA && exactB {
    if ka == .float && kb == .float { return a.double == b.double ? 1 : 0 }
    if ka != .float && kb != .float { return intCompare(a, b) == 0 ? 1 : 0 }
    return (ka == .float ? compareIntDouble(b, a.double) : compareIntDouble(a, b.double)) == 0 ? 1 : 0
  }
  let other = exactA ? b : a
  if other.isExact(.str) || other.isExact(.tuple) || other.isNone || other.isExact(.bytes) || hasIdentityEquality(other) { return 0 }
  return -1
}

/// Compares an int with a double exactly: negative, 0, positive; nil for NaN.
public func compareIntDouble(_ i: Value, _ d: Double) -> Int? {
  if d.isNaN { return nil }
  if d.isInfinite { return d > 0 ? -1 : 1 }
  if let n = i.asInt, n.magnitude < 1 << 53 { return Double(n) < d ? -1 : Double(n) == d ? 0 : 1 }
  return withMPZ(i) { Int(__gmpz_cmp_d($0, d)) }
}

/// hash() of an int: modulo 2^61 - 1.
public func intHash(_ v: Value) -> Int {
  if v.isFixnum {
    let i = v.fixnum, m = (1 << 61) - 1
    if i > -m && i < m { return i == -1 ? -2 : i }
  }
  return withMPZ(v) { z in
    hashLimbs(UnsafeRawPointer(z.pointee._mp_d).assumingMemoryBound(to: UInt.self), count: Int(abs(z.pointee._mp_size)), negative: z.pointee._mp_size < 0)
  }
}
