// The MT19937 generator of the `_random` module, on a caller's buffer of 625 words (the last is the position).

/// A view of a generator's state.
public struct MersenneTwister {
  public static let stateWords = 625
  public let state: UnsafeMutablePointer<UInt32>

  @inlinable
  public init(state: UnsafeMutablePointer<UInt32>) {
    self.state = state
  }

  private func seed(word: UInt32) {
    state[0] = word
    for i in 1..<624 {
      let previous = state[i - 1]
      state[i] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(i)
    }
    state[624] = 624
  }

  /// Seeds with the 32-bit words of the absolute value of an integer, least significant first; at least one word.
  public func seed(words given: UnsafeBufferPointer<UInt32>) {
    seed(word: 19_650_218)
    let count = max(1, given.count)
    func key(_ i: Int) -> UInt32 { given.isEmpty ? 0 : given[i] }
    var i = 1
    var j = 0
    for _ in 0..<max(624, count) {
      let previous = state[i - 1]
      state[i] = (state[i] ^ ((previous ^ (previous >> 30)) &* 1_664_525)) &+ key(j) &+ UInt32(truncatingIfNeeded: j)
      i += 1
      j += 1
      if i >= 624 {
        state[0] = state[623]
        i = 1
      }
      if j >= count { j = 0 }
    }
    for _ in 0..<623 {
      let previous = state[i - 1]
      state[i] = (state[i] ^ ((previous ^ (previous >> 30)) &* 1_566_083_941)) &- UInt32(i)
      i += 1
      if i >= 624 {
        state[0] = state[623]
        i = 1
      }
    }
    state[0] = 0x8000_0000
    state[624] = 624
  }

  private func refill() {
    @inline(__always) func twist(_ target: Int, _ next: Int, _ far: Int) {
      let y = (state[target] & 0x8000_0000) | (state[next] & 0x7FFF_FFFF)
      state[target] = state[far] ^ (y >> 1) ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    for k in 0..<227 { twist(k, k + 1, k + 397) }
    for k in 227..<623 { twist(k, k + 1, k - 227) }
    twist(623, 0, 396)
    state[624] = 0
  }

  /// The next 32 random bits.
  public func next() -> UInt32 {
    if state[624] >= 624 { refill() }
    var y = state[Int(state[624])]
    state[624] &+= 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    y ^= y >> 18
    return y
  }

  /// random(): a double in [0, 1) with 53 random bits.
  public func nextDouble() -> Double {
    let a = next() >> 5
    let b = next() >> 6
    return (Double(a) * 67_108_864.0 + Double(b)) * (1.0 / 9_007_199_254_740_992.0)
  }

  /// getrandbits(count) for count in 1...64.
  public func bits(_ count: Int) -> UInt64 {
    if count <= 32 { return UInt64(next() >> UInt32(32 - count)) }
    let low = UInt64(next())
    let high = UInt64(next() >> UInt32(max(0, 64 - count)))
    return low | high << 32
  }

  /// getrandbits(count) for any count above zero: 32-bit words, least significant first.
  public func words(bits count: Int) -> [UInt32] {
    var rest = count
    var result: [UInt32] = []
    result.reserveCapacity((count + 31) / 32)
    while rest > 0 {
      var word = next()
      if rest < 32 { word >>= UInt32(32 - rest) }
      result.append(word)
      rest -= 32
    }
    return result
  }
}
