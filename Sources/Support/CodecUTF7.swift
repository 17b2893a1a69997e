// UTF-7.

@inline(__always)
private func base64Value(_ byte: UInt8) -> UInt32? {
  switch byte {
  case 65...90: return UInt32(byte - 65)
  case 97...122: return UInt32(byte - 71)
  case 48...57: return UInt32(byte + 4)
  case 43: return 62
  case 47: return 63
  default: return nil
  }
}

private func base64Digit(_ value: UInt32) -> UInt8 {
  let v = UInt8(value & 63)
  if v < 26 { return v + 65 }
  if v < 52 { return v + 71 }
  if v < 62 { return v - 4 }
  return v == 62 ? 43 : 47
}

/// Decodes UTF-7, resumably (after an error, decoding goes on outside of a shift sequence).
public func decodeUTF7(
  _ p: UnsafeBufferPointer<UInt8>, from start: Int, final: Bool, into out: inout [UInt32]
) -> DecodeStep {
  let end = p.count
  var i = start
  var shifted = false
  var shiftStart = start
  var shiftOutput = out.count
  var bits = 0
  var buffer: UInt32 = 0
  var surrogate: UInt32 = 0
  while i < end {
    let byte = p[i]
    if shifted {
      if let value = base64Value(byte) {
        buffer = buffer << 6 | value
        bits += 6
        i += 1
        if bits >= 16 {
          let unit = buffer >> UInt32(bits - 16) & 0xFFFF
          bits -= 16
          buffer &= 1 << UInt32(bits) - 1
          if surrogate != 0 {
            if unit &- 0xDC00 < 0x400 {
              out.append(0x10000 + (surrogate - 0xD800) << 10 + (unit - 0xDC00))
              surrogate = 0
              continue
            }
            out.append(surrogate)
            surrogate = 0
          }
          if unit &- 0xD800 < 0x400 { surrogate = unit } else { out.append(unit) }
        }
        continue
      }
      shifted = false
      if bits >= 6 { return stopped(shiftStart, i + 1, "partial character in shift sequence") }
      if bits > 0 && buffer != 0 { return stopped(shiftStart, i + 1, "non-zero padding bits in shift sequence") }
      if surrogate != 0 && byte < 128 && byte != 43 { out.append(surrogate) }
      surrogate = 0
      if byte == 45 { i += 1 }
    } else if byte == 43 {
      shiftStart = i
      i += 1
      if i < end && p[i] == 45 {
        i += 1
        out.append(43)
      } else if i < end && base64Value(p[i]) == nil {
        return stopped(shiftStart, i + 1, "ill-formed sequence")
      } else {
        shifted = true
        surrogate = 0
        shiftOutput = out.count
        bits = 0
        buffer = 0
      }
    } else if byte < 128 {
      out.append(UInt32(byte))
      i += 1
    } else {
      return stopped(i, i + 1, "unexpected special character")
    }
  }
  if shifted {
    if !final {
      out.removeLast(out.count - shiftOutput)
      return DecodeStep(consumed: shiftStart)
    }
    if surrogate != 0 || bits >= 6 || (bits > 0 && buffer != 0) {
      return stopped(shiftStart, end, "unterminated shift sequence")
    }
  }
  return DecodeStep(consumed: end)

  func stopped(_ start: Int, _ end: Int, _ reason: StaticString) -> DecodeStep { .failed(start, end, reason) }
}

/// Whether UTF-7 writes a code point as itself.
private func isDirect(_ cp: UInt32) -> Bool {
  switch cp {
  case 43, 92, 126: return false
  case 9, 10, 13: return true
  default: return cp >= 32 && cp < 127
  }
}

/// Encodes to UTF-7, which never fails.
public func encodeUTF7<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, from start: Int, into out: inout [UInt8]
) {
  var shifted = false
  var bits: UInt32 = 0
  var buffer: UInt64 = 0
  func add(_ unit: UInt32) {
    buffer = buffer << 16 | UInt64(unit & 0xFFFF)
    bits += 16
    while bits >= 6 {
      out.append(base64Digit(UInt32(truncatingIfNeeded: buffer >> UInt64(bits - 6))))
      bits -= 6
    }
    buffer &= 1 << UInt64(bits) - 1
  }
  func flush() {
    if bits > 0 { out.append(base64Digit(UInt32(truncatingIfNeeded: buffer << UInt64(6 - bits)))) }
    bits = 0
    buffer = 0
  }
  for i in start..<max(start, p.count) {
    let cp = UInt32(truncatingIfNeeded: p[i])
    if isDirect(cp) {
      if shifted {
        flush()
        shifted = false
        if base64Value(UInt8(cp)) != nil || cp == 45 { out.append(45) }
      }
      out.append(UInt8(cp))
      continue
    }
    if !shifted {
      if cp == 43 {
        out.append(43)
        out.append(45)
        continue
      }
      out.append(43)
      shifted = true
    }
    if cp >= 0x10000 {
      add(0xD800 + (cp - 0x10000) >> 10)
      add(0xDC00 + (cp & 0x3FF))
    } else {
      add(cp)
    }
  }
  flush()
  if shifted { out.append(45) }
}
