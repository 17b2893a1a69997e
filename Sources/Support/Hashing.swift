// Hash functions of Python values: SipHash-1-3 for text, numbers modulo 2^61-1, tuples and frozen sets.

/// The sixteen-byte key of text hashes.
public struct HashKey {
  public var k0: UInt64
  public var k1: UInt64

  @inlinable
  public init(k0: UInt64, k1: UInt64) {
    self.k0 = k0
    self.k1 = k1
  }

  /// The key that PYTHONHASHSEED=seed selects; a seed of zero disables randomisation.
  public init(seed: UInt32) {
    k0 = 0
    k1 = 0
    guard seed != 0 else { return }
    var x = seed
    func next() -> UInt64 {
      var word: UInt64 = 0
      for i in 0..<8 {
        x = x &* 214013 &+ 2531011
        word |= UInt64(x >> 16 & 0xFF) << UInt64(8 * i)
      }
      return word
    }
    k0 = next()
    k1 = next()
  }

  /// A random key.
  public static func random() -> HashKey {
    var generator = SystemRandomNumberGenerator()
    return HashKey(k0: generator.next(), k1: generator.next())
  }
}

@usableFromInline @inline(__always)
internal func rotateLeft(_ x: UInt64, _ by: UInt64) -> UInt64 {
  (x &<< by) | (x &>> (64 &- by))
}

@usableFromInline
internal struct SipState {
  @usableFromInline var v0, v1, v2, v3: UInt64

  @inlinable @inline(__always)
  init(_ key: HashKey) {
    v0 = key.k0 ^ 0x736F_6D65_7073_6575
    v1 = key.k1 ^ 0x646F_7261_6E64_6F6D
    v2 = key.k0 ^ 0x6C79_6765_6E65_7261
    v3 = key.k1 ^ 0x7465_6462_7974_6573
  }

  @inlinable @inline(__always)
  mutating func round() {
    v0 = v0 &+ v1
    v2 = v2 &+ v3
    v1 = ((v1 &<< 13) | (v1 &>> 51)) ^ v0
    v3 = ((v3 &<< 16) | (v3 &>> 48)) ^ v2
    v0 = (v0 &<< 32) | (v0 &>> 32)
    v2 = v2 &+ v1
    v0 = v0 &+ v3
    v1 = ((v1 &<< 17) | (v1 &>> 47)) ^ v2
    v3 = ((v3 &<< 21) | (v3 &>> 43)) ^ v0
    v2 = (v2 &<< 32) | (v2 &>> 32)
  }
}

/// The hash of a str or bytes object holding `length` bytes at `bytes`. Never -1; zero when empty.
@inlinable
public func hashBytes(_ bytes: UnsafeRawPointer, _ length: Int, key: HashKey) -> Int {
  if length == 0 { return 0 }
  var state = SipState(key)
  var p = bytes
  var rest = length
  while rest >= 8 {
    let word = p.loadUnaligned(as: UInt64.self)
    state.v3 ^= word
    state.round()
    state.v0 ^= word
    p += 8
    rest -= 8
  }
  var last = UInt64(truncatingIfNeeded: length) &<< 56
  if rest >= 4 {
    last |= UInt64(p.loadUnaligned(as: UInt32.self))
    var shift: UInt64 = 32
    var i = 4
    while i < rest {
      last |= UInt64(p.load(fromByteOffset: i, as: UInt8.self)) &<< shift
      shift &+= 8
      i &+= 1
    }
  } else {
    var shift: UInt64 = 0
    var i = 0
    while i < rest {
      last |= UInt64(p.load(fromByteOffset: i, as: UInt8.self)) &<< shift
      shift &+= 8
      i &+= 1
    }
  }
  state.v3 ^= last
  state.round()
  state.v0 ^= last
  state.v2 ^= 0xFF
  state.round()
  state.round()
  state.round()
  let result = Int(bitPattern: UInt(state.v0 ^ state.v1 ^ state.v2 ^ state.v3))
  return result == -1 ? -2 : result
}

/// The hash of the code units of a string, as the object of that storage width hashes.
@inlinable
public func hashUnits<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>, key: HashKey) -> Int {
  guard let base = p.baseAddress else { return 0 }
  return hashBytes(UnsafeRawPointer(base), p.count &* MemoryLayout<C>.size, key: key)
}

/// The modulus of numeric hashes: 2^61 - 1.
public let hashModulus: UInt = (1 << 61) - 1

/// hash(int) for a machine word.
@inlinable
public func hashInteger(_ value: Int) -> Int {
  let modulus: UInt = (1 << 61) - 1
  var magnitude = value.magnitude
  if magnitude >= modulus { magnitude %= modulus }
  let result = value < 0 ? -Int(magnitude) : Int(magnitude)
  return result == -1 ? -2 : result
}

/// hash(int) for a magnitude of 64-bit limbs, least significant first.
public func hashLimbs(_ limbs: UnsafePointer<UInt>, count: Int, negative: Bool) -> Int {
  let modulus: UInt = (1 << 61) - 1
  var h: UInt = 0
  var i = count
  while i > 0 {
    i -= 1
    // 2^64 = 8 modulo 2^61-1: multiplying by eight rotates the 61 bits left by three.
    h = (h << 3 & modulus) | (h >> 58)
    let limb = limbs[i]
    h = h + (limb & modulus) + (limb >> 61)
    h = (h & modulus) + (h >> 61)
    if h >= modulus { h -= modulus }
  }
  let result = negative ? -Int(h) : Int(h)
  return result == -1 ? -2 : result
}

/// hash(float), but for NaN, whose hash comes from the object's identity: nil.
@inlinable
public func hashDouble(_ value: Double) -> Int? {
  if let whole = Int(exactly: value) { return hashInteger(whole) }
  if value.isInfinite { return value < 0 ? -314159 : 314159 }
  if value.isNaN { return nil }
  let modulus: UInt = (1 << 61) - 1
  let mantissa: UInt
  var exponent: Int
  if value.isSubnormal {
    mantissa = UInt(value.significandBitPattern)
    exponent = -1074
  } else {
    mantissa = UInt(value.significandBitPattern) | 1 << 52
    exponent = Int(value.exponentBitPattern) - 1075
  }
  exponent %= 61
  if exponent < 0 { exponent += 61 }
  let shift = UInt(exponent)
  var h = ((mantissa << shift) & modulus) | (mantissa >> (61 - shift))
  if h >= modulus { h -= modulus }
  let result = value < 0 ? -Int(h) : Int(h)
  return result == -1 ? -2 : result
}

/// hash(complex) from the hashes of its parts.
@inlinable
public func hashComplex(real: Int, imaginary: Int) -> Int {
  let result = real &+ imaginary &* 1_000_003
  return result == -1 ? -2 : result
}

/// hash(object) from an address.
@inlinable
public func hashAddress(_ address: UInt) -> Int {
  let result = Int(bitPattern: (address >> 4) | (address << 60))
  return result == -1 ? -2 : result
}

/// Accumulates the hash of a tuple, item by item.
public struct TupleHasher {
  @usableFromInline var accumulator: UInt = 2870177450012600261
  @usableFromInline var count: UInt = 0

  @inlinable public init() {}

  @inlinable @inline(__always)
  public mutating func add(_ hash: Int) {
    accumulator = accumulator &+ UInt(bitPattern: hash) &* 14029467366897019727
    accumulator = (accumulator &<< 31) | (accumulator &>> 33)
    accumulator = accumulator &* 11400714785074694791
    count &+= 1
  }

  @inlinable
  public func finish() -> Int {
    let result = accumulator &+ (count ^ (2870177450012600261 ^ 3527539))
    return result == UInt.max ? 1546275796 : Int(bitPattern: result)
  }
}

/// Accumulates the hash of a frozen set, in any order of its members.
public struct SetHasher {
  @usableFromInline var accumulator: UInt = 0
  @usableFromInline var count: UInt = 0

  @inlinable public init() {}

  @inlinable @inline(__always)
  public mutating func add(_ hash: Int) {
    let h = UInt(bitPattern: hash)
    accumulator ^= ((h ^ 89869747) ^ (h &<< 16)) &* 3644798167
    count &+= 1
  }

  @inlinable
  public func finish() -> Int {
    var h = accumulator ^ ((count &+ 1) &* 1927868237)
    h ^= (h >> 11) ^ (h >> 25)
    h = h &* 69069 &+ 907133923
    return h == UInt.max ? 590923713 : Int(bitPattern: h)
  }
}
