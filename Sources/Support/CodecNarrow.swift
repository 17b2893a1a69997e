// ASCII, Latin-1 and character maps.

/// Decodes ASCII, resumably.
public func decodeASCII(
  _ buffer: UnsafeBufferPointer<UInt8>, from start: Int, into out: inout [UInt32]
) -> DecodeStep {
  guard let p = buffer.baseAddress, start < buffer.count else { return DecodeStep(consumed: buffer.count) }
  let end = start + asciiPrefix(p, start, buffer.count)
  out.reserveCapacity(out.count + end - start)
  for i in start..<end { out.append(UInt32(p[i])) }
  if end < buffer.count { return .failed(end, end + 1, "ordinal not in range(128)") }
  return DecodeStep(consumed: end)
}

/// Encodes to single bytes below `limit`; the error covers a run of code points beyond it.
@_specialize(where C == UInt8)
@_specialize(where C == UInt16)
@_specialize(where C == UInt32)
public func encodeNarrow<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, from start: Int, limit: UInt32, reason: StaticString, into out: inout [UInt8]
) -> CodecError? {
  out.reserveCapacity(out.count + p.count - start)
  var i = start
  while i < p.count {
    let cp = UInt32(truncatingIfNeeded: p[i])
    if cp >= limit {
      var end = i + 1
      while end < p.count && UInt32(truncatingIfNeeded: p[end]) >= limit { end += 1 }
      return CodecError(start: i, end: end, reason: reason)
    }
    out.append(UInt8(truncatingIfNeeded: cp))
    i += 1
  }
  return nil
}

/// Decodes by a table of code points; 0xFFFE and bytes past its end are undefined.
public func decodeCharmap(
  _ p: UnsafeBufferPointer<UInt8>, from start: Int, table: UnsafeBufferPointer<UInt32>, into out: inout [UInt32]
) -> DecodeStep {
  out.reserveCapacity(out.count + p.count - start)
  var i = start
  while i < p.count {
    let index = Int(p[i])
    guard index < table.count && table[index] != 0xFFFE else {
      return .failed(i, i + 1, "character maps to <undefined>")
    }
    out.append(table[index])
    i += 1
  }
  return DecodeStep(consumed: i)
}

/// The inverse of a decoding table of up to 256 code points.
public struct CharmapEncoder {
  private var slots = [UInt64](repeating: 0, count: 1024)

  public init(table: UnsafeBufferPointer<UInt32>) {
    for (byte, cp) in table.prefix(256).enumerated() where cp != 0xFFFE {
      var slot = Self.hash(cp)
      while slots[slot] != 0 && slots[slot] >> 32 != UInt64(cp) { slot = (slot + 1) & 1023 }
      slots[slot] = UInt64(cp) << 32 | UInt64(byte) | 0x100
    }
  }

  private static func hash(_ cp: UInt32) -> Int { Int((cp &* 0x9E37_79B1) >> 22) }

  public func byte(_ cp: UInt32) -> UInt8? {
    var slot = Self.hash(cp)
    while slots[slot] != 0 {
      if slots[slot] >> 32 == UInt64(cp) { return UInt8(truncatingIfNeeded: slots[slot]) }
      slot = (slot + 1) & 1023
    }
    return nil
  }

  /// Encodes, resumably; the error covers a run of unmapped code points.
  public func encode<C: FixedWidthInteger & UnsignedInteger>(
    _ p: UnsafeBufferPointer<C>, from start: Int, into out: inout [UInt8]
  ) -> CodecError? {
    var i = start
    while i < p.count {
      guard let mapped = byte(UInt32(truncatingIfNeeded: p[i])) else {
        var end = i + 1
        while end < p.count && byte(UInt32(truncatingIfNeeded: p[end])) == nil { end += 1 }
        return CodecError(start: i, end: end, reason: "character maps to <undefined>")
      }
      out.append(mapped)
      i += 1
    }
    return nil
  }
}
