// UTF-16 and UTF-32 in either byte order, and their byte-order marks.

/// The byte order that a mark at the start tells, and the mark's length; nil for none.
public func detectByteOrder16(_ p: UnsafeBufferPointer<UInt8>) -> (bigEndian: Bool, length: Int)? {
  guard p.count >= 2 else { return nil }
  if p[0] == 0xFF && p[1] == 0xFE { return (false, 2) }
  if p[0] == 0xFE && p[1] == 0xFF { return (true, 2) }
  return nil
}

public func detectByteOrder32(_ p: UnsafeBufferPointer<UInt8>) -> (bigEndian: Bool, length: Int)? {
  guard p.count >= 4 else { return nil }
  if p[0] == 0xFF && p[1] == 0xFE && p[2] == 0 && p[3] == 0 { return (false, 4) }
  if p[0] == 0 && p[1] == 0 && p[2] == 0xFE && p[3] == 0xFF { return (true, 4) }
  return nil
}

/// Decodes UTF-16, resumably.
public func decodeUTF16(
  _ p: UnsafeBufferPointer<UInt8>, from start: Int, bigEndian: Bool, final: Bool, into out: inout [UInt32]
) -> DecodeStep {
  let end = p.count
  var i = start
  out.reserveCapacity(out.count + (end - start) / 2)
  @inline(__always) func unit(_ k: Int) -> UInt32 {
    bigEndian ? UInt32(p[k]) << 8 | UInt32(p[k + 1]) : UInt32(p[k + 1]) << 8 | UInt32(p[k])
  }
  while end - i >= 2 {
    let first = unit(i)
    if first &- 0xD800 >= 0x800 {
      out.append(first)
      i += 2
      continue
    }
    if first >= 0xDC00 { return .failed(i, i + 2, "illegal encoding") }
    if end - i < 4 { return final ? .failed(i, end, "unexpected end of data") : DecodeStep(consumed: i) }
    let second = unit(i + 2)
    if second &- 0xDC00 >= 0x400 { return .failed(i, i + 2, "illegal UTF-16 surrogate") }
    out.append(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    i += 4
  }
  if i < end && final { return .failed(i, end, "truncated data") }
  return DecodeStep(consumed: i)
}

/// Decodes UTF-32, resumably.
public func decodeUTF32(
  _ p: UnsafeBufferPointer<UInt8>, from start: Int, bigEndian: Bool, final: Bool, into out: inout [UInt32]
) -> DecodeStep {
  let end = p.count
  var i = start
  while end - i >= 4 {
    let low = UInt32(p[i]) | UInt32(p[i + 1]) << 8 | UInt32(p[i + 2]) << 16 | UInt32(p[i + 3]) << 24
    let cp = bigEndian ? low.byteSwapped : low
    if cp > 0x10FFFF { return .failed(i, i + 4, "code point not in range(0x110000)") }
    if cp &- 0xD800 < 0x800 { return .failed(i, i + 4, "code point in surrogate code point range(0xd800, 0xe000)") }
    out.append(cp)
    i += 4
  }
  if i < end && final { return .failed(i, end, "truncated data") }
  return DecodeStep(consumed: i)
}

@inline(__always)
private func append16(_ unit: UInt32, _ bigEndian: Bool, _ out: inout [UInt8]) {
  let high = UInt8(truncatingIfNeeded: unit >> 8)
  let low = UInt8(truncatingIfNeeded: unit)
  out.append(bigEndian ? high : low)
  out.append(bigEndian ? low : high)
}

/// Encodes to UTF-16 without mark, resumably.
@_specialize(where C == UInt8)
@_specialize(where C == UInt16)
@_specialize(where C == UInt32)
public func encodeUTF16<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, from start: Int, bigEndian: Bool, into out: inout [UInt8]
) -> CodecError? {
  out.reserveCapacity(out.count + (p.count - start) * 2)
  for i in start..<max(start, p.count) {
    let cp = UInt32(truncatingIfNeeded: p[i])
    if cp < 0x10000 {
      if cp &- 0xD800 < 0x800 { return CodecError(start: i, end: i + 1, reason: "surrogates not allowed") }
      append16(cp, bigEndian, &out)
    } else {
      append16(0xD800 + (cp &- 0x10000) >> 10, bigEndian, &out)
      append16(0xDC00 + (cp & 0x3FF), bigEndian, &out)
    }
  }
  return nil
}

/// Encodes to UTF-32 without mark, resumably.
public func encodeUTF32<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, from start: Int, bigEndian: Bool, into out: inout [UInt8]
) -> CodecError? {
  out.reserveCapacity(out.count + (p.count - start) * 4)
  for i in start..<max(start, p.count) {
    let cp = UInt32(truncatingIfNeeded: p[i])
    if cp &- 0xD800 < 0x800 { return CodecError(start: i, end: i + 1, reason: "surrogates not allowed") }
    for k in 0..<4 {
      out.append(UInt8(truncatingIfNeeded: cp >> UInt32(8 * (bigEndian ? 3 - k : k))))
    }
  }
  return nil
}
