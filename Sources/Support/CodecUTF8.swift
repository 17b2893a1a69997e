// UTF-8: validation, measuring, and conversion to and from any storage width.

/// The number of ASCII bytes at the start of p[start..<end].
@inlinable
public func asciiPrefix(_ p: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int {
  var i = start
  while i &+ 32 <= end {
    let a = UnsafeRawPointer(p + i).loadUnaligned(as: SIMD32<UInt8>.self)
    let words = unsafeBitCast(a, to: SIMD4<UInt64>.self)
    if (words[0] | words[1] | words[2] | words[3]) & 0x8080_8080_8080_8080 != 0 { break }
    i &+= 32
  }
  while i &+ 8 <= end {
    let word = UnsafeRawPointer(p + i).loadUnaligned(as: UInt64.self) & 0x8080_8080_8080_8080
    if word != 0 { return i &- start &+ word.trailingZeroBitCount / 8 }
    i &+= 8
  }
  while i < end && p[i] < 128 { i &+= 1 }
  return i &- start
}

/// What a first pass over UTF-8 finds.
public struct UTF8Measure {
  /// Bytes that are valid (and complete) from the start.
  public var validEnd: Int
  /// Code points in them.
  public var count: Int
  /// The largest code point (at least; exact class of storage).
  public var largest: UInt32
  /// The error at `validEnd`; nil at the end, or at an incomplete sequence when not final.
  public var error: CodecError?
}

@inline(__always)
private func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

/// Decodes the sequence at p[i] (a byte of at least 128): its length and code point, or the error. A length of zero
/// without error means an incomplete sequence.
@inline(__always)
private func sequence(
  _ p: UnsafePointer<UInt8>, _ i: Int, _ end: Int, _ final: Bool
) -> (length: Int, cp: UInt32, error: CodecError?) {
  let lead = p[i]
  let rest = end &- i
  @inline(__always) func bad(_ length: Int) -> (length: Int, cp: UInt32, error: CodecError?) {
    (0, 0, CodecError(start: i, end: i &+ length, reason: "invalid continuation byte"))
  }
  @inline(__always) func short() -> (length: Int, cp: UInt32, error: CodecError?) {
    (0, 0, final ? CodecError(start: i, end: end, reason: "unexpected end of data") : nil)
  }
  if lead < 0xC2 || lead > 0xF4 { return (0, 0, CodecError(start: i, end: i &+ 1, reason: "invalid start byte")) }
  if rest < 2 { return short() }
  let b1 = p[i &+ 1]
  if lead < 0xE0 {
    if !isContinuation(b1) { return bad(1) }
    return (2, UInt32(lead & 31) << 6 | UInt32(b1 & 63), nil)
  }
  if lead < 0xF0 {
    if !isContinuation(b1) || (lead == 0xE0 && b1 < 0xA0) { return bad(1) }
    if lead == 0xED && b1 >= 0xA0 {
      // A surrogate cut short is incomplete input until more is known.
      return !final && rest == 2 ? short() : bad(1)
    }
    if rest < 3 { return short() }
    let b2 = p[i &+ 2]
    if !isContinuation(b2) { return bad(2) }
    return (3, UInt32(lead & 15) << 12 | UInt32(b1 & 63) << 6 | UInt32(b2 & 63), nil)
  }
  if !isContinuation(b1) || (lead == 0xF0 && b1 < 0x90) || (lead == 0xF4 && b1 >= 0x90) { return bad(1) }
  if rest < 3 { return short() }
  let b2 = p[i &+ 2]
  if !isContinuation(b2) { return bad(2) }
  if rest < 4 { return short() }
  let b3 = p[i &+ 3]
  if !isContinuation(b3) { return bad(3) }
  return (4, UInt32(lead & 7) << 18 | UInt32(b1 & 63) << 12 | UInt32(b2 & 63) << 6 | UInt32(b3 & 63), nil)
}

/// Validates and measures UTF-8, so that the caller can choose the storage and then call `transcodeUTF8`.
public func measureUTF8(_ buffer: UnsafeBufferPointer<UInt8>, final: Bool = true) -> UTF8Measure {
  guard let p = buffer.baseAddress else { return UTF8Measure(validEnd: 0, count: 0, largest: 0) }
  let end = buffer.count
  var i = asciiPrefix(p, 0, end)
  var count = i
  var largest: UInt32 = i > 0 ? 127 : 0
  while i < end {
    if p[i] < 128 {
      let run = asciiPrefix(p, i, end)
      i &+= run
      count &+= run
      continue
    }
    let (length, cp, error) = sequence(p, i, end, final)
    if length == 0 { return UTF8Measure(validEnd: i, count: count, largest: largest, error: error) }
    if cp > largest { largest = cp }
    i &+= length
    count &+= 1
  }
  return UTF8Measure(validEnd: i, count: count, largest: largest)
}

/// Converts valid UTF-8 to code units wide enough for its code points; returns how many were written.
@inlinable
public func transcodeUTF8<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafePointer<UInt8>, _ length: Int, to out: UnsafeMutablePointer<C>
) -> Int {
  var i = 0
  var o = 0
  while i < length {
    let lead = p[i]
    if lead < 128 {
      out[o] = C(truncatingIfNeeded: lead)
      i &+= 1
    } else if lead < 0xE0 {
      out[o] = C(truncatingIfNeeded: UInt32(lead & 31) << 6 | UInt32(p[i &+ 1] & 63))
      i &+= 2
    } else if lead < 0xF0 {
      out[o] = C(truncatingIfNeeded: UInt32(lead & 15) << 12 | UInt32(p[i &+ 1] & 63) << 6 | UInt32(p[i &+ 2] & 63))
      i &+= 3
    } else {
      let high = UInt32(lead & 7) << 18 | UInt32(p[i &+ 1] & 63) << 12
      out[o] = C(truncatingIfNeeded: high | UInt32(p[i &+ 2] & 63) << 6 | UInt32(p[i &+ 3] & 63))
      i &+= 4
    }
    o &+= 1
  }
  return o
}

/// Decodes UTF-8 to code points, resumably.
public func decodeUTF8(
  _ buffer: UnsafeBufferPointer<UInt8>, from start: Int, final: Bool, into out: inout [UInt32]
) -> DecodeStep {
  guard let p = buffer.baseAddress else { return DecodeStep(consumed: 0) }
  let end = buffer.count
  out.reserveCapacity(out.count + min(end - start, 1 << 20))
  var i = start
  while i < end {
    if p[i] < 128 {
      out.append(UInt32(p[i]))
      i &+= 1
      continue
    }
    let (length, cp, error) = sequence(p, i, end, final)
    if length == 0 { return DecodeStep(consumed: i, error: error) }
    out.append(cp)
    i &+= length
  }
  return DecodeStep(consumed: i)
}

/// The length of text in UTF-8; nil where it has a surrogate.
@inlinable
public func utf8Length<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> Int? {
  var length = p.count
  if MemoryLayout<C>.size == 1 {
    for unit in p { length &+= Int(truncatingIfNeeded: unit >> 7) }
    return length
  }
  for unit in p {
    let cp = UInt32(truncatingIfNeeded: unit)
    if cp < 0x80 { continue }
    length &+= cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3
    if cp &- 0xD800 < 0x800 { return nil }
  }
  return length
}

/// Writes text without surrogates as UTF-8; `out` has room for `utf8Length`. Returns the bytes written.
@inlinable
public func writeUTF8<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, to out: UnsafeMutablePointer<UInt8>
) -> Int {
  var o = 0
  for unit in p { o &+= writeUTF8(UInt32(truncatingIfNeeded: unit), to: out + o) }
  return o
}

/// Writes one code point, surrogates too; returns 1...4.
@inlinable @inline(__always)
public func writeUTF8(_ cp: UInt32, to out: UnsafeMutablePointer<UInt8>) -> Int {
  if cp < 0x80 {
    out[0] = UInt8(truncatingIfNeeded: cp)
    return 1
  }
  if cp < 0x800 {
    out[0] = UInt8(truncatingIfNeeded: 0xC0 | cp >> 6)
    out[1] = UInt8(truncatingIfNeeded: 0x80 | cp & 63)
    return 2
  }
  if cp < 0x10000 {
    out[0] = UInt8(truncatingIfNeeded: 0xE0 | cp >> 12)
    out[1] = UInt8(truncatingIfNeeded: 0x80 | (cp >> 6 & 63))
    out[2] = UInt8(truncatingIfNeeded: 0x80 | cp & 63)
    return 3
  }
  out[0] = UInt8(truncatingIfNeeded: 0xF0 | cp >> 18)
  out[1] = UInt8(truncatingIfNeeded: 0x80 | (cp >> 12 & 63))
  out[2] = UInt8(truncatingIfNeeded: 0x80 | (cp >> 6 & 63))
  out[3] = UInt8(truncatingIfNeeded: 0x80 | cp & 63)
  return 4
}

/// Encodes to UTF-8, resumably: the error covers a whole run of surrogates.
@_specialize(where C == UInt8)
@_specialize(where C == UInt16)
@_specialize(where C == UInt32)
public func encodeUTF8<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, from start: Int, into out: inout [UInt8]
) -> CodecError? {
  out.reserveCapacity(out.count + p.count - start)
  var i = start
  while i < p.count {
    let cp = UInt32(truncatingIfNeeded: p[i])
    if cp < 0x80 {
      out.append(UInt8(cp))
    } else if cp < 0x800 {
      out.append(UInt8(0xC0 | cp >> 6))
      out.append(UInt8(0x80 | cp & 63))
    } else if cp < 0x10000 {
      if cp &- 0xD800 < 0x800 {
        var end = i + 1
        while end < p.count && UInt32(truncatingIfNeeded: p[end]) &- 0xD800 < 0x800 { end += 1 }
        return CodecError(start: i, end: end, reason: "surrogates not allowed")
      }
      out.append(UInt8(0xE0 | cp >> 12))
      out.append(UInt8(0x80 | (cp >> 6 & 63)))
      out.append(UInt8(0x80 | cp & 63))
    } else {
      out.append(UInt8(0xF0 | (cp >> 18 & 7)))
      out.append(UInt8(0x80 | (cp >> 12 & 63)))
      out.append(UInt8(0x80 | (cp >> 6 & 63)))
      out.append(UInt8(0x80 | cp & 63))
    }
    i += 1
  }
  return nil
}
