// MD5, SHA-1, SHA-2, SHA-3 and BLAKE2: the algorithms, on a state of 64-bit words that a caller owns (and may copy).
//
// Words: kind, bytes so far, fill of the block buffer, block size, digest size, then 25 words of chaining state, then the
// block buffer (at most 200 bytes), then the parameters of BLAKE2.

import Glibc

enum HashKind: Int { case md5 = 0, sha1, sha256, sha512, sha3, blake2b, blake2s }

/// A view of a state in progress.
struct HashState {
  static let words = 72
  let w: UnsafeMutablePointer<UInt64>

  var kind: HashKind { HashKind(rawValue: Int(truncatingIfNeeded: w[0])) ?? .md5 }
  var total: UInt64 { get { w[1] } nonmutating set { w[1] = newValue } }
  var fill: Int { get { Int(truncatingIfNeeded: w[2]) } nonmutating set { w[2] = UInt64(newValue) } }
  var blockSize: Int { Int(truncatingIfNeeded: w[3]) }
  var digestSize: Int { Int(truncatingIfNeeded: w[4]) }
  var h: UnsafeMutablePointer<UInt64> { w + 5 }
  var block: UnsafeMutablePointer<UInt8> { UnsafeMutableRawPointer(w + 30).assumingMemoryBound(to: UInt8.self) }
  /// Domain byte of SHA-3; "last node" of BLAKE2.
  var extra: UInt64 { get { w[60] } nonmutating set { w[60] = newValue } }

  func start(_ k: HashKind, block: Int, digest: Int, _ initial: [UInt64]) {
    for i in 0..<HashState.words { w[i] = 0 }
    w[0] = UInt64(k.rawValue); w[3] = UInt64(block); w[4] = UInt64(digest)
    for (i, v) in initial.enumerated() { h[i] = v }
  }

  /// BLAKE2 keeps the last full block back: it is compressed with the final flag.
  func update(_ p: UnsafePointer<UInt8>, _ count: Int) {
    var i = 0
    let size = blockSize, lazy = kind == .blake2b || kind == .blake2s
    while i < count {
      if fill == size { compress(block, final: false); fill = 0 }
      if fill == 0 {
        while count - i > size || !lazy && count - i == size {
          total &+= UInt64(size)
          compress(p + i, final: false)
          i += size
        }
        if i == count { return }
      }
      let n = min(size - fill, count - i)
      memcpy(block + fill, p + i, n)
      fill += n
      total &+= UInt64(n)
      i += n
      if fill == size && !lazy { compress(block, final: false); fill = 0 }
    }
  }

  /// Ends the computation; `count` bytes of digest (SHAKE may ask for any number).
  func finish(_ out: UnsafeMutablePointer<UInt8>, _ count: Int) {
    switch kind {
    case .blake2b, .blake2s:
      memset(block + fill, 0, blockSize - fill)
      compress(block, final: true)
      let width = kind == .blake2b ? 8 : 4
      for i in 0..<count { out[i] = UInt8(truncatingIfNeeded: h[i / width] >> UInt64(8 * (i % width))) }
    case .sha3:
      memset(block + fill, 0, blockSize - fill)
      block[fill] ^= UInt8(truncatingIfNeeded: extra)
      block[blockSize - 1] ^= 0x80
      compress(block, final: true)
      var at = 0
      for i in 0..<count {
        if at == blockSize { keccak(h); at = 0 }
        out[i] = UInt8(truncatingIfNeeded: h[at / 8] >> UInt64(8 * (at % 8)))
        at += 1
      }
    case .md5, .sha1, .sha256, .sha512:
      let bits = total &* 8, high = total >> 61, lengthBytes = kind == .sha512 ? 16 : 8
      block[fill] = 0x80
      fill += 1
      if fill > blockSize - lengthBytes {
        memset(block + fill, 0, blockSize - fill)
        compress(block, final: false)
        fill = 0
      }
      memset(block + fill, 0, blockSize - fill)
      for i in 0..<8 {
        block[blockSize - 8 + i] = UInt8(truncatingIfNeeded: kind == .md5 ? bits >> UInt64(8 * i) : bits >> UInt64(56 - 8 * i))
      }
      if kind == .sha512 { block[blockSize - 9] = UInt8(truncatingIfNeeded: high) }
      compress(block, final: true)
      let width = kind == .sha512 ? 8 : 4
      for i in 0..<count {
        let shift = kind == .md5 ? 8 * (i % width) : 8 * (width - 1 - i % width)
        out[i] = UInt8(truncatingIfNeeded: h[i / width] >> UInt64(shift))
      }
    }
  }

  func compress(_ p: UnsafePointer<UInt8>, final: Bool) {
    switch kind {
    case .md5: md5Block(h, p)
    case .sha1: sha1Block(h, p)
    case .sha256: sha256Block(h, p)
    case .sha512: sha512Block(h, p)
    case .sha3:
      for i in 0..<(blockSize / 8) { h[i] ^= little64(p + 8 * i) }
      keccak(h)
    case .blake2b: blake2b(h, p, total, final, extra != 0)
    case .blake2s: blake2s(h, p, total, final, extra != 0)
    }
  }
}

@inline(__always) private func little32(_ p: UnsafePointer<UInt8>) -> UInt32 { UnsafeRawPointer(p).loadUnaligned(as: UInt32.self) }
@inline(__always) private func little64(_ p: UnsafePointer<UInt8>) -> UInt64 { UnsafeRawPointer(p).loadUnaligned(as: UInt64.self) }
@inline(__always) private func left(_ x: UInt32, _ n: UInt32) -> UInt32 { x << n | x >> (32 &- n) }
@inline(__always) private func right(_ x: UInt32, _ n: UInt32) -> UInt32 { x >> n | x << (32 &- n) }
@inline(__always) private func right(_ x: UInt64, _ n: UInt64) -> UInt64 { x >> n | x << (64 &- n) }

// MARK: MD5

private let md5Sines: [UInt32] = (0..<64).map { UInt32(truncatingIfNeeded: Int64(abs(sin(Double($0 + 1))) * 4294967296.0)) }
private let md5Shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

private func md5Block(_ h: UnsafeMutablePointer<UInt64>, _ p: UnsafePointer<UInt8>) {
  var a = UInt32(h[0]), b = UInt32(h[1]), c = UInt32(h[2]), d = UInt32(h[3])
  md5Sines.withUnsafeBufferPointer { sines in md5Shifts.withUnsafeBufferPointer { shifts in
    for i in 0..<64 {
      var f: UInt32, g: Int
      switch i >> 4 {
      case 0: f = b & c | ~b & d; g = i
      case 1: f = d & b | ~d & c; g = (5 &* i &+ 1) & 15
      case 2: f = b ^ c ^ d; g = (3 &* i &+ 5) & 15
      default: f = c ^ (b | ~d); g = (7 &* i) & 15
      }
      f = f &+ a &+ sines[i] &+ little32(p + 4 * g)
      a = d; d = c; c = b
      b = b &+ left(f, shifts[i >> 4 &* 4 &+ i & 3])
    }
  } }
  h[0] = UInt64(UInt32(h[0]) &+ a); h[1] = UInt64(UInt32(h[1]) &+ b)
  h[2] = UInt64(UInt32(h[2]) &+ c); h[3] = UInt64(UInt32(h[3]) &+ d)
}

// MARK: SHA-1

private func sha1Block(_ h: UnsafeMutablePointer<UInt64>, _ p: UnsafePointer<UInt8>) {
  withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { w in
    for i in 0..<16 { w[i] = little32(p + 4 * i).byteSwapped }
    for i in 16..<80 { w[i] = left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1) }
    var a = UInt32(h[0]), b = UInt32(h[1]), c = UInt32(h[2]), d = UInt32(h[3]), e = UInt32(h[4])
    for i in 0..<80 {
      let f: UInt32, k: UInt32
      if i < 20 { f = b & c | ~b & d; k = 0x5A82_7999 }
      else if i < 40 { f = b ^ c ^ d; k = 0x6ED9_EBA1 }
      else if i < 60 { f = b & c | b & d | c & d; k = 0x8F1B_BCDC }
      else { f = b ^ c ^ d; k = 0xCA62_C1D6 }
      let x = left(a, 5) &+ f &+ e &+ k &+ w[i]
      e = d; d = c; c = left(b, 30); b = a; a = x
    }
    h[0] = UInt64(UInt32(h[0]) &+ a); h[1] = UInt64(UInt32(h[1]) &+ b); h[2] = UInt64(UInt32(h[2]) &+ c)
    h[3] = UInt64(UInt32(h[3]) &+ d); h[4] = UInt64(UInt32(h[4]) &+ e)
  }
}

// MARK: SHA-2. Its constants are the fractional bits of the roots of the first primes: computed, not typed in.

private func primes(_ n: Int) -> [UInt64] {
  var out: [UInt64] = [], c: UInt64 = 2
  while out.count < n {
    if !out.contains(where: { c % $0 == 0 }) { out.append(c) }
    c += 1
  }
  return out
}
/// The first 64 fractional bits of the cube root of `p`: the largest r with r^3 <= p * 2^192.
private func cubeRootBits(_ p: UInt64) -> UInt64 {
  var low = UInt64(cbrt(Double(p)))
  while (low + 1) * (low + 1) * (low + 1) <= p { low += 1 }
  while low * low * low > p { low -= 1 }
  return rootBits(p, whole: low, power: 3)
}
private func squareRootBits(_ p: UInt64) -> UInt64 {
  var low = UInt64(Double(p).squareRoot())
  while (low + 1) * (low + 1) <= p { low += 1 }
  return rootBits(p, whole: low, power: 2)
}
/// Bit by bit, with numbers of 32-bit digits.
private func rootBits(_ p: UInt64, whole: UInt64, power: Int) -> UInt64 {
  func multiply(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
    var r = [UInt32](repeating: 0, count: a.count + b.count)
    for i in 0..<a.count {
      var carry: UInt64 = 0
      for j in 0..<b.count {
        let x = UInt64(a[i]) * UInt64(b[j]) + UInt64(r[i + j]) + carry
        r[i + j] = UInt32(truncatingIfNeeded: x); carry = x >> 32
      }
      r[i + b.count] = UInt32(carry)
    }
    return r
  }
  var fraction: UInt64 = 0
  for bit in stride(from: 63, through: 0, by: -1) {
    let candidate = fraction | 1 << UInt64(bit)
    let r = [UInt32(truncatingIfNeeded: candidate), UInt32(candidate >> 32), UInt32(whole)]
    var x = multiply(r, r)
    if power == 3 { x = multiply(x, r) }
    // x <= p * 2^(64 * power)?
    let at = 2 * power
    var above: UInt64 = UInt64(x[at])
    if at + 1 < x.count { above |= UInt64(x[at + 1]) << 32 }
    let rest = x[..<at].contains { $0 != 0 }, top = at + 2 < x.count && x[(at + 2)...].contains { $0 != 0 }
    if !top && (above < p || above == p && !rest) { fraction = candidate }
  }
  return fraction
}
private let sha512Constants: [UInt64] = primes(80).map(cubeRootBits)
private let sha256Constants: [UInt32] = sha512Constants.prefix(64).map { UInt32($0 >> 32) }
func sha2Start(bits: Int) -> [UInt64] {
  let roots = primes(16).map(squareRootBits)
  switch bits {
  case 256: return roots.prefix(8).map { $0 >> 32 }
  case 224: return roots.suffix(8).map { $0 & 0xFFFF_FFFF }
  case 384: return Array(roots.suffix(8))
  default: return Array(roots.prefix(8))
  }
}
private let blakeStart: [UInt64] = sha2Start(bits: 512)

private func sha256Block(_ h: UnsafeMutablePointer<UInt64>, _ p: UnsafePointer<UInt8>) {
  sha256Constants.withUnsafeBufferPointer { k in withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { w in
    for i in 0..<16 { w[i] = little32(p + 4 * i).byteSwapped }
    for i in 16..<64 {
      let x = w[i - 15], y = w[i - 2]
      w[i] = w[i - 16] &+ (right(x, 7) ^ right(x, 18) ^ x >> 3) &+ w[i - 7] &+ (right(y, 17) ^ right(y, 19) ^ y >> 10)
    }
    var a = UInt32(h[0]), b = UInt32(h[1]), c = UInt32(h[2]), d = UInt32(h[3])
    var e = UInt32(h[4]), f = UInt32(h[5]), g = UInt32(h[6]), o = UInt32(h[7])
    for i in 0..<64 {
      let x = o &+ (right(e, 6) ^ right(e, 11) ^ right(e, 25)) &+ (e & f ^ ~e & g) &+ k[i] &+ w[i]
      let y = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) &+ (a & b ^ a & c ^ b & c)
      o = g; g = f; f = e; e = d &+ x; d = c; c = b; b = a; a = x &+ y
    }
    for (i, v) in [a, b, c, d, e, f, g, o].enumerated() { h[i] = UInt64(UInt32(h[i]) &+ v) }
  } }
}

private func sha512Block(_ h: UnsafeMutablePointer<UInt64>, _ p: UnsafePointer<UInt8>) {
  sha512Constants.withUnsafeBufferPointer { k in withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 80) { w in
    for i in 0..<16 { w[i] = little64(p + 8 * i).byteSwapped }
    for i in 16..<80 {
      let x = w[i - 15], y = w[i - 2]
      w[i] = w[i - 16] &+ (right(x, 1) ^ right(x, 8) ^ x >> 7) &+ w[i - 7] &+ (right(y, 19) ^ right(y, 61) ^ y >> 6)
    }
    var a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], o = h[7]
    for i in 0..<80 {
      let x = o &+ (right(e, 14) ^ right(e, 18) ^ right(e, 41)) &+ (e & f ^ ~e & g) &+ k[i] &+ w[i]
      let y = (right(a, 28) ^ right(a, 34) ^ right(a, 39)) &+ (a & b ^ a & c ^ b & c)
      o = g; g = f; f = e; e = d &+ x; d = c; c = b; b = a; a = x &+ y
    }
    for (i, v) in [a, b, c, d, e, f, g, o].enumerated() { h[i] = h[i] &+ v }
  } }
}

// MARK: SHA-3

/// Round constants from their shift register; rotations and the lane order of rho and pi.
private let keccakRounds: [UInt64] = {
  var out: [UInt64] = [], register: UInt8 = 1
  for _ in 0..<24 {
    var c: UInt64 = 0
    for j in 0..<7 {
      if register & 1 != 0 { c |= 1 << UInt64((1 << j) - 1) }
      register = register & 0x80 != 0 ? register << 1 ^ 0x71 : register << 1
    }
    out.append(c)
  }
  return out
}()
private let keccakSteps: [(lane: Int, turn: UInt64)] = {
  var out: [(Int, UInt64)] = [], x = 1, y = 0
  for i in 0..<24 {
    (x, y) = (y, (2 * x + 3 * y) % 5)
    out.append((x + 5 * y, UInt64((i + 1) * (i + 2) / 2 % 64)))
  }
  return out
}()

private func keccak(_ s: UnsafeMutablePointer<UInt64>) {
  withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 5) { c in
    for round in 0..<24 {
      for x in 0..<5 { c[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20] }
      for x in 0..<5 {
        let d = c[(x + 4) % 5] ^ right(c[(x + 1) % 5], 63)
        for y in 0..<5 { s[x + 5 * y] ^= d }
      }
      var carried = s[1]
      for (lane, turn) in keccakSteps {
        let next = s[lane]
        s[lane] = turn == 0 ? carried : right(carried, 64 &- turn)
        carried = next
      }
      for y in 0..<5 {
        for x in 0..<5 { c[x] = s[5 * y + x] }
        for x in 0..<5 { s[5 * y + x] = c[x] ^ ~c[(x + 1) % 5] & c[(x + 2) % 5] }
      }
      s[0] ^= keccakRounds[round]
    }
  }
}

// MARK: BLAKE2

private let blakeOrder: [[Int]] = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
]
private let blakeQuads: [(Int, Int, Int, Int)] = [
  (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
]

func blake2Start(_ s: HashState, parameters p: UnsafePointer<UInt8>) {
  if s.kind == .blake2b {
    for i in 0..<8 { s.h[i] = blakeStart[i] ^ little64(p + 8 * i) }
  } else {
    for i in 0..<8 { s.h[i] = blakeStart[i] >> 32 ^ UInt64(little32(p + 4 * i)) }
  }
}

private func blake2b(_ h: UnsafeMutablePointer<UInt64>, _ p: UnsafePointer<UInt8>, _ total: UInt64, _ final: Bool, _ lastNode: Bool) {
  withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 16) { v in
    for i in 0..<8 { v[i] = h[i]; v[i + 8] = blakeStart[i] }
    v[12] ^= total
    if final { v[14] = ~v[14]; if lastNode { v[15] = ~v[15] } }
    for round in 0..<12 {
      let order = blakeOrder[round % 10]
      for (i, q) in blakeQuads.enumerated() {
        let (a, b, c, d) = q
        v[a] = v[a] &+ v[b] &+ little64(p + 8 * order[2 * i])
        v[d] = right(v[d] ^ v[a], 32)
        v[c] = v[c] &+ v[d]
        v[b] = right(v[b] ^ v[c], 24)
        v[a] = v[a] &+ v[b] &+ little64(p + 8 * order[2 * i + 1])
        v[d] = right(v[d] ^ v[a], 16)
        v[c] = v[c] &+ v[d]
        v[b] = right(v[b] ^ v[c], 63)
      }
    }
    for i in 0..<8 { h[i] ^= v[i] ^ v[i + 8] }
  }
}

private func blake2s(_ h: UnsafeMutablePointer<UInt64>, _ p: UnsafePointer<UInt8>, _ total: UInt64, _ final: Bool, _ lastNode: Bool) {
  withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 16) { v in
    for i in 0..<8 { v[i] = UInt32(truncatingIfNeeded: h[i]); v[i + 8] = UInt32(blakeStart[i] >> 32) }
    v[12] ^= UInt32(truncatingIfNeeded: total)
    v[13] ^= UInt32(truncatingIfNeeded: total >> 32)
    if final { v[14] = ~v[14]; if lastNode { v[15] = ~v[15] } }
    for round in 0..<10 {
      let order = blakeOrder[round]
      for (i, q) in blakeQuads.enumerated() {
        let (a, b, c, d) = q
        v[a] = v[a] &+ v[b] &+ little32(p + 4 * order[2 * i])
        v[d] = right(v[d] ^ v[a], 16)
        v[c] = v[c] &+ v[d]
        v[b] = right(v[b] ^ v[c], 12)
        v[a] = v[a] &+ v[b] &+ little32(p + 4 * order[2 * i + 1])
        v[d] = right(v[d] ^ v[a], 8)
        v[c] = v[c] &+ v[d]
        v[b] = right(v[b] ^ v[c], 7)
      }
    }
    for i in 0..<8 { h[i] ^= UInt64(v[i] ^ v[i + 8]) }
  }
}
