// The unicode_escape and raw_unicode_escape codecs, and the escapes of bytes literals.

/// Decodes backslash escapes, resumably. `firstInvalidEscape` becomes the position of the first unknown escape's
/// character, for the DeprecationWarning, where it was negative.
public func decodeUnicodeEscape(
  _ p: UnsafeBufferPointer<UInt8>, from start: Int, final: Bool, firstInvalidEscape: inout Int,
  into out: inout [UInt32]
) -> DecodeStep {
  let end = p.count
  var i = start
  out.reserveCapacity(out.count + end - start)
  while i < end {
    let byte = p[i]
    if byte != 92 {
      out.append(UInt32(byte))
      i += 1
      continue
    }
    let escape = i
    i += 1
    if i >= end {
      return final ? .failed(escape, end, "\\ at end of string") : DecodeStep(consumed: escape)
    }
    let code = p[i]
    i += 1
    var digits = 0
    var reason: StaticString = ""
    switch code {
    case 10: continue
    case 92, 39, 34: out.append(UInt32(code))
    case 98: out.append(8)
    case 116: out.append(9)
    case 110: out.append(10)
    case 118: out.append(11)
    case 102: out.append(12)
    case 114: out.append(13)
    case 97: out.append(7)
    case 48...55:
      var value = UInt32(code - 48)
      var count = 1
      while count < 3 && i < end && p[i] >= 48 && p[i] <= 55 {
        value = value << 3 | UInt32(p[i] - 48)
        i += 1
        count += 1
      }
      if value > 0o377 && firstInvalidEscape < 0 { firstInvalidEscape = i - count }
      out.append(value)
    case 120:
      digits = 2
      reason = "truncated \\xXX escape"
    case 117:
      digits = 4
      reason = "truncated \\uXXXX escape"
    case 85:
      digits = 8
      reason = "truncated \\UXXXXXXXX escape"
    case 78:
      reason = "malformed \\N character escape"
      if i >= end { return final ? .failed(escape, i, reason) : DecodeStep(consumed: escape) }
      if p[i] == 123 {
        i += 1
        let nameStart = i
        while i < end && p[i] != 125 { i += 1 }
        if i >= end { return final ? .failed(escape, i, reason) : DecodeStep(consumed: escape) }
        if i > nameStart {
          let name = UnsafeBufferPointer(rebasing: p[nameStart..<i])
          i += 1
          if let found = lookupCharacter(name, sequences: false) {
            out += found
            continue
          }
          reason = "unknown Unicode character name"
        }
      }
      return .failed(escape, i, reason)
    default:
      if firstInvalidEscape < 0 { firstInvalidEscape = i - 1 }
      out.append(92)
      out.append(UInt32(code))
    }
    if digits > 0 {
      var value: UInt32 = 0
      while digits > 0 {
        if i >= end { return final ? .failed(escape, i, reason) : DecodeStep(consumed: escape) }
        let digit = digitValue(UInt32(p[i]))
        if digit >= 16 { return .failed(escape, i, reason) }
        value = value << 4 | UInt32(digit)
        i += 1
        digits -= 1
      }
      if value > 0x10FFFF { return .failed(escape, i, "illegal Unicode character") }
      out.append(value)
    }
  }
  return DecodeStep(consumed: i)
}

/// Decodes \u and \U escapes only, resumably.
public func decodeRawUnicodeEscape(
  _ p: UnsafeBufferPointer<UInt8>, from start: Int, final: Bool, into out: inout [UInt32]
) -> DecodeStep {
  let end = p.count
  var i = start
  while i < end {
    let byte = p[i]
    let escape = i
    i += 1
    if byte != 92 || (i >= end && final) {
      out.append(UInt32(byte))
      continue
    }
    if i >= end { return DecodeStep(consumed: escape) }
    let code = p[i]
    i += 1
    guard code == 117 || code == 85 else {
      out.append(92)
      out.append(UInt32(code))
      continue
    }
    var digits = code == 117 ? 4 : 8
    let reason: StaticString = code == 117 ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape"
    var value: UInt32 = 0
    while digits > 0 {
      if i >= end { return final ? .failed(escape, i, reason) : DecodeStep(consumed: escape) }
      let digit = digitValue(UInt32(p[i]))
      if digit >= 16 { return .failed(escape, i, reason) }
      value = value << 4 | UInt32(digit)
      i += 1
      digits -= 1
    }
    if value > 0x10FFFF { return .failed(escape, i, "\\Uxxxxxxxx out of range") }
    out.append(value)
  }
  return DecodeStep(consumed: i)
}

private func appendEscape(_ cp: UInt32, _ out: inout [UInt8]) {
  out.append(92)
  out.append(cp < 0x100 ? 120 : cp < 0x10000 ? 117 : 85)
  for k in (0..<(cp < 0x100 ? 2 : cp < 0x10000 ? 4 : 8)).reversed() { out.append(hexDigit(cp >> UInt32(4 * k))) }
}

/// Encodes with escapes for everything that is not printable ASCII.
public func encodeUnicodeEscape<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, from start: Int, into out: inout [UInt8]
) {
  for i in start..<max(start, p.count) {
    let cp = UInt32(truncatingIfNeeded: p[i])
    switch cp {
    case 92: out += [92, 92]
    case 9: out += [92, 116]
    case 10: out += [92, 110]
    case 13: out += [92, 114]
    case 32..<127: out.append(UInt8(cp))
    default: appendEscape(cp, &out)
    }
  }
}

/// Encodes with escapes for code points beyond Latin-1 only.
public func encodeRawUnicodeEscape<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, from start: Int, into out: inout [UInt8]
) {
  for i in start..<max(start, p.count) {
    let cp = UInt32(truncatingIfNeeded: p[i])
    if cp < 256 { out.append(UInt8(cp)) } else { appendEscape(cp, &out) }
  }
}

/// How the text of a bytes literal (or codecs.escape_decode) goes wrong.
public enum BytesEscapeError: Error {
  /// ValueError "Trailing \ in string".
  case trailingBackslash
  /// ValueError "invalid \x escape at position N", unless handled; the position of the backslash.
  case invalidHex(Int)
}

/// Decodes the escapes of a bytes literal.
public func decodeBytesEscape(
  _ p: UnsafeBufferPointer<UInt8>, firstInvalidEscape: inout Int
) -> Result<[UInt8], BytesEscapeError> {
  var out: [UInt8] = []
  out.reserveCapacity(p.count)
  var i = 0
  while i < p.count {
    if p[i] != 92 {
      out.append(p[i])
      i += 1
      continue
    }
    let escape = i
    i += 1
    guard i < p.count else { return .failure(.trailingBackslash) }
    let code = p[i]
    i += 1
    switch code {
    case 10: break
    case 92, 39, 34: out.append(code)
    case 98: out.append(8)
    case 116: out.append(9)
    case 110: out.append(10)
    case 118: out.append(11)
    case 102: out.append(12)
    case 114: out.append(13)
    case 97: out.append(7)
    case 48...55:
      var value = Int(code - 48)
      var count = 1
      while count < 3 && i < p.count && p[i] >= 48 && p[i] <= 55 {
        value = value << 3 | Int(p[i] - 48)
        i += 1
        count += 1
      }
      if value > 0o377 && firstInvalidEscape < 0 { firstInvalidEscape = i - count }
      out.append(UInt8(truncatingIfNeeded: value))
    case 120:
      guard i + 1 < p.count, digitValue(UInt32(p[i])) < 16, digitValue(UInt32(p[i + 1])) < 16 else {
        return .failure(.invalidHex(escape))
      }
      out.append(digitValue(UInt32(p[i])) << 4 | digitValue(UInt32(p[i + 1])))
      i += 2
    default:
      if firstInvalidEscape < 0 { firstInvalidEscape = i - 1 }
      out.append(92)
      out.append(code)
    }
  }
  return .success(out)
}
