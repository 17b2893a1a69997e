// Text of floating-point numbers: repr, every format type, parsing, and hexadecimal.

import Glibc

/// Significant decimal digits d1 d2 ... and the position of the decimal point: 0.d1d2... x 10^point.
struct DecimalDigits {
  var digits: [UInt8]
  var point: Int
}

@inline(__always)
func ascii(_ text: StaticString) -> [UInt8] {
  [UInt8](UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
}

/// The shortest digits that read back as `value` (finite, not negative).
func shortestDigits(_ value: Double) -> DecimalDigits {
  if value == 0 { return DecimalDigits(digits: [48], point: 1) }
  var text = value.description
  return text.withUTF8 { p in
    var digits: [UInt8] = []
    digits.reserveCapacity(20)
    var point = 0
    var seenPoint = false
    var i = 0
    while i < p.count {
      let unit = p[i]
      if unit == 46 {
        seenPoint = true
      } else if unit == 101 {
        i += 1
        var negative = false
        if p[i] == 45 || p[i] == 43 {
          negative = p[i] == 45
          i += 1
        }
        var exponent = 0
        while i < p.count {
          exponent = exponent * 10 + Int(p[i] &- 48)
          i += 1
        }
        point += negative ? -exponent : exponent
        break
      } else {
        if digits.isEmpty && unit == 48 {
          if seenPoint { point -= 1 }
        } else {
          digits.append(unit)
          if !seenPoint { point += 1 }
        }
      }
      i += 1
    }
    while digits.count > 1 && digits[digits.count - 1] == 48 { digits.removeLast() }
    return DecimalDigits(digits: digits, point: point)
  }
}

/// C's formatting of `value` (finite, not negative) by conversion 'e' or 'f', correctly rounded.
func printed(_ value: Double, conversion: UInt8, precision: Int) -> [UInt8] {
  let format: [CChar] = [37, 46, 42, CChar(conversion), 0]
  let places = Int32(clamping: precision)
  var buffer = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
    let length = withVaList([places, value]) {
      vsnprintf(UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self), 64, format, $0)
    }
    count = max(0, Int(length)) < 64 ? max(0, Int(length)) : 0
  }
  if buffer.isEmpty {
    let capacity = precision &+ 400
    guard capacity > 0 && capacity < Int(Int32.max) else { return [] }
    buffer = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      let length = withVaList([places, value]) {
        vsnprintf(UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self), capacity, format, $0)
      }
      count = max(0, min(Int(length), capacity - 1))
    }
  }
  // A locale may have changed the decimal point.
  for i in 0..<buffer.count where !(buffer[i] &- 48 < 10 || buffer[i] == 101 || buffer[i] == 43 || buffer[i] == 45) {
    buffer[i] = 46
  }
  return buffer
}

/// Conversion 'f' in integer arithmetic, where value x 10^precision fits 64 bits and precision is at most 17; exact.
private func fixedPoint(_ value: Double, precision: Int) -> [UInt8]? {
  guard precision >= 0 && precision <= 17 && value < 1e18 else { return nil }
  var scale: UInt64 = 1
  for _ in 0..<precision { scale *= 10 }
  let subnormal = value.exponentBitPattern == 0
  let mantissa = UInt64(value.significandBitPattern) | (subnormal ? 0 : 1 << 52)
  let exponent = (subnormal ? 1 : Int(value.exponentBitPattern)) - 1075
  let (high, low) = mantissa.multipliedFullWidth(by: scale)
  var whole: UInt64
  if exponent >= 0 {
    guard high == 0 && exponent < low.leadingZeroBitCount else { return nil }
    whole = low << UInt64(exponent)
  } else {
    let shift = -exponent
    if shift > 127 {
      whole = 0  // The product is below 2^110: less than half of the last place.
    } else {
      let product = UInt128(high) << 64 | UInt128(low)
      let quotient = product >> UInt128(shift)
      guard quotient < 1 << 63 else { return nil }
      whole = UInt64(quotient)
      let rest = product & (UInt128(1) << UInt128(shift) - 1)
      let half = UInt128(1) << UInt128(shift - 1)
      if rest > half || (rest == half && whole & 1 == 1) { whole += 1 }
    }
  }
  return [UInt8](unsafeUninitializedCapacity: 40) { out, count in
    let digits = precision == 0 ? 0 : precision + 1
    let head = writeDecimal(Int(truncatingIfNeeded: whole / scale), to: out.baseAddress!)
    if precision > 0 {
      var fraction = whole % scale
      out[head] = 46
      var position = head + precision
      while position > head {
        out[position] = UInt8(truncatingIfNeeded: fraction % 10) + 48
        fraction /= 10
        position -= 1
      }
    }
    count = head + digits
  }
}

/// The first `count` significant digits of `value`, correctly rounded.
func roundedDigits(_ value: Double, count: Int) -> DecimalDigits {
  let text = printed(value, conversion: 101, precision: count - 1)
  var digits: [UInt8] = []
  digits.reserveCapacity(count)
  var i = 0
  while i < text.count && text[i] != 101 {
    if text[i] != 46 { digits.append(text[i]) }
    i += 1
  }
  i += 1
  var exponent = 0
  if i < text.count {
    let negative = text[i] == 45
    i += 1
    while i < text.count {
      exponent = exponent * 10 + Int(text[i] &- 48)
      i += 1
    }
    if negative { exponent = -exponent }
  }
  return DecimalDigits(digits: digits, point: value == 0 ? 1 : exponent + 1)
}

/// Lays out digits. `length` is how many significant positions to show at least (zeros are appended).
private func layOut(
  _ number: DecimalDigits, exponential: Bool, pad length: Int, addPointZero: Bool, keepPoint: Bool, exponentLetter: UInt8
) -> [UInt8] {
  var digits = number.digits
  while digits.count < length { digits.append(48) }
  var out: [UInt8] = []
  out.reserveCapacity(32)
  if exponential {
    out.append(digits[0])
    if digits.count > 1 || keepPoint {
      out.append(46)
      out += digits[1...]
    }
    out.append(exponentLetter)
    var exponent = number.point - 1
    out.append(exponent < 0 ? 45 : 43)
    exponent = abs(exponent)
    if exponent < 10 { out.append(48) }
    out += decimalText(exponent)
    return out
  }
  let point = number.point
  if point <= 0 {
    out.append(48)
    out.append(46)
    for _ in 0..<(-point) { out.append(48) }
    out += digits
    return out
  }
  for i in 0..<point { out.append(i < digits.count ? digits[i] : 48) }
  if digits.count > point {
    out.append(46)
    out += digits[point...]
  } else if addPointZero {
    out.append(46)
    out.append(48)
  } else if keepPoint {
    out.append(46)
  }
  return out
}

/// repr(float).
public func reprDouble(_ value: Double) -> [UInt8] {
  formatDouble(value, type: 114, precision: 0, addPointZero: true)
}

/// Text of a float as C-like format types e E f F g G, 'r' (shortest, precision ignored), 'n' (as g) and '%'.
///
/// A minus sign leads where the sign bit is set (never for NaN); `alwaysSign` adds a plus sign. `addPointZero` gives
/// integral values ".0" (and makes 'g' prefer an exponent one digit earlier); `noNegativeZero` drops the sign of
/// results that round to zero.
public func formatDouble(
  _ value: Double, type: UInt8, precision: Int, alternate: Bool = false, alwaysSign: Bool = false,
  addPointZero: Bool = false, noNegativeZero: Bool = false
) -> [UInt8] {
  let upper = type == 69 || type == 70 || type == 71
  var negative = value.sign == .minus
  var body: [UInt8]
  if type == 37 {
    let scaled = value * 100
    var result = formatDouble(
      scaled, type: 102, precision: precision, alternate: alternate, alwaysSign: alwaysSign,
      noNegativeZero: noNegativeZero)
    result.append(37)
    return result
  } else if value.isNaN {
    negative = false
    body = ascii(upper ? "NAN" : "nan")
  } else if value.isInfinite {
    body = ascii(upper ? "INF" : "inf")
  } else {
    let magnitude = value.magnitude
    switch type {
    case 114:
      if addPointZero && !alternate && magnitude < 1e15, let whole = Int(exactly: magnitude) {
        body = decimalText(whole)
        body.append(46)
        body.append(48)
      } else {
        let digits = shortestDigits(magnitude)
        body = layOut(
          digits, exponential: digits.point <= -4 || digits.point > 16, pad: 1, addPointZero: addPointZero,
          keepPoint: alternate, exponentLetter: 101)
      }
    case 101, 69, 102, 70:
      let conversion = type | 32
      if conversion == 102, let fixed = fixedPoint(magnitude, precision: precision) {
        body = fixed
      } else {
        body = printed(magnitude, conversion: conversion, precision: precision)
      }
      if alternate && precision == 0 {
        if conversion == 102 {
          body.append(46)
        } else if !body.isEmpty {
          body.insert(46, at: 1)
        }
      }
      if type == 69 {
        for i in 0..<body.count where body[i] == 101 { body[i] = 69 }
      }
    default:
      let places = max(1, precision)
      // More digits than any double has are zeros.
      var digits = roundedDigits(magnitude, count: min(places, 1100))
      let exponential = digits.point <= -4 || digits.point > places - (addPointZero ? 1 : 0)
      if !alternate {
        while digits.digits.count > 1 && digits.digits[digits.digits.count - 1] == 48 { digits.digits.removeLast() }
      }
      body = layOut(
        digits, exponential: exponential, pad: alternate ? places : 1, addPointZero: addPointZero,
        keepPoint: alternate, exponentLetter: type == 71 ? 69 : 101)
    }
    if negative && noNegativeZero {
      var zero = true
      for unit in body {
        if unit == 101 || unit == 69 { break }
        if unit > 48 && unit < 58 {
          zero = false
          break
        }
      }
      if zero { negative = false }
    }
  }
  if negative {
    body.insert(45, at: 0)
  } else if alwaysSign {
    body.insert(43, at: 0)
  }
  return body
}

// MARK: Parsing

@inline(__always)
private func matches(_ p: UnsafeBufferPointer<UInt8>, _ at: Int, _ word: StaticString) -> Bool {
  let count = word.utf8CodeUnitCount
  guard at + count <= p.count else { return false }
  for i in 0..<count where p[at + i] | 32 != word.utf8Start[i] { return false }
  return true
}

@inline(__always)
private func power10(_ n: Int) -> Double {
  var result = 1.0
  var base = 10.0
  var rest = n
  while rest > 0 {
    if rest & 1 != 0 { result *= base }
    base *= base
    rest >>= 1
  }
  return result
}

/// The longest prefix of `p` from `start` that is a decimal float (sign, digits, point, exponent, inf or nan).
public func scanDouble(_ p: UnsafeBufferPointer<UInt8>, from start: Int) -> (value: Double, end: Int)? {
  var i = start
  let end = p.count
  var negative = false
  if i < end && (p[i] == 43 || p[i] == 45) {
    negative = p[i] == 45
    i += 1
  }
  let body = i
  var mantissa: UInt64 = 0
  var significant = 0
  var scale = 0
  var digits = 0
  while i < end && p[i] &- 48 < 10 {
    if significant > 0 || p[i] != 48 { significant += 1 }
    if significant <= 19 { mantissa = mantissa &* 10 &+ UInt64(p[i] &- 48) }
    digits += 1
    i += 1
  }
  if i < end && p[i] == 46 {
    i += 1
    while i < end && p[i] &- 48 < 10 {
      if significant > 0 || p[i] != 48 { significant += 1 }
      if significant <= 19 { mantissa = mantissa &* 10 &+ UInt64(p[i] &- 48) }
      scale -= 1
      digits += 1
      i += 1
    }
  }
  if digits == 0 {
    var value: Double
    if matches(p, body, "inf") {
      i = body + 3
      if matches(p, i, "inity") { i += 5 }
      value = .infinity
    } else if matches(p, body, "nan") {
      i = body + 3
      value = Double(bitPattern: 0x7FF8_0000_0000_0000)
    } else {
      return nil
    }
    if negative { value = -value }
    return (value, i)
  }
  if i < end && p[i] | 32 == 101 {
    var j = i + 1
    var minus = false
    if j < end && (p[j] == 43 || p[j] == 45) {
      minus = p[j] == 45
      j += 1
    }
    if j < end && p[j] &- 48 < 10 {
      var exponent = 0
      while j < end && p[j] &- 48 < 10 {
        if exponent < 1_000_000_000_000 { exponent = exponent * 10 + Int(p[j] &- 48) }
        j += 1
      }
      scale += minus ? -exponent : exponent
      i = j
    }
  }
  var value: Double
  if mantissa == 0 {
    value = 0
  } else if significant <= 19 && mantissa < 1 << 53 && scale >= -22 && scale <= 22 {
    value = scale < 0 ? Double(mantissa) / power10(-scale) : Double(mantissa) * power10(scale)
  } else {
    var text = [CChar](repeating: 0, count: i - body + 1)
    var changed = false
    for k in body..<i {
      text[k - body] = CChar(bitPattern: p[k])
      if p[k] == 46 { changed = true }
    }
    if changed, let point = localeconv()?.pointee.decimal_point, point[0] != 46, point[0] != 0, point[1] == 0 {
      for k in 0..<text.count where text[k] == 46 { text[k] = point[0] }
    }
    value = strtod(text, nil)
  }
  if negative { value = -value }
  return (value, i)
}

/// The text without underscores; nil where one is not between digits.
func dropUnderscores(_ p: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
  var out: [UInt8] = []
  out.reserveCapacity(p.count)
  var previous: UInt8 = 0
  for unit in p {
    if unit == 95 {
      if previous &- 48 >= 10 { return nil }
    } else {
      if previous == 95 && unit &- 48 >= 10 { return nil }
      out.append(unit)
    }
    previous = unit
  }
  return previous == 95 ? nil : out
}

/// float(text): surrounding white space must be gone. Nil where the text is not a float.
public func parseDouble(_ p: UnsafeBufferPointer<UInt8>) -> Double? {
  if let (value, end) = scanDouble(p, from: 0), end == p.count { return value }
  guard p.contains(95), let clean = dropUnderscores(p) else { return nil }
  return clean.withUnsafeBufferPointer { q in
    guard let (value, end) = scanDouble(q, from: 0), end == q.count else { return nil }
    return value
  }
}

// MARK: Hexadecimal

/// float.hex().
public func hexDouble(_ value: Double) -> [UInt8] {
  if !value.isFinite { return formatDouble(value, type: 114, precision: 0) }
  var out: [UInt8] = value.sign == .minus ? [45] : []
  if value == 0 { return out + ascii("0x0.0p+0") }
  let normal = value.isNormal
  out += ascii(normal ? "0x1." : "0x0.")
  let fraction = value.significandBitPattern
  for i in 0..<13 {
    let digit = UInt8(fraction >> UInt64(48 - 4 * i) & 15)
    out.append(digit < 10 ? digit + 48 : digit + 87)
  }
  let exponent = normal ? Int(value.exponentBitPattern) - 1023 : -1022
  out.append(112)
  if exponent >= 0 { out.append(43) }
  return out + decimalText(exponent)
}

public enum HexFloatError: Error {
  /// ValueError: "invalid hexadecimal floating-point string"
  case invalid
  /// OverflowError: "hexadecimal value too large to represent as a float"
  case tooLarge
}

/// float.fromhex(); surrounding ASCII white space is allowed.
public func parseHexDouble(_ p: UnsafeBufferPointer<UInt8>) -> Result<Double, HexFloatError> {
  var i = 0
  var end = p.count
  while i < end && isASCIISpace(UInt32(p[i])) { i += 1 }
  while end > i && isASCIISpace(UInt32(p[end - 1])) { end -= 1 }
  var negative = false
  if i < end && (p[i] == 43 || p[i] == 45) {
    negative = p[i] == 45
    i += 1
  }
  func signed(_ value: Double) -> Result<Double, HexFloatError> { .success(negative ? -value : value) }
  if matches(p, i, "inf") {
    if end == i + 3 || (end == i + 8 && matches(p, i + 3, "inity")) { return signed(.infinity) }
    return .failure(.invalid)
  }
  if matches(p, i, "nan") {
    return end == i + 3 ? signed(Double(bitPattern: 0x7FF8_0000_0000_0000)) : .failure(.invalid)
  }
  if i + 1 < end && p[i] == 48 && p[i + 1] | 32 == 120 { i += 2 }
  // value = mantissa x 2^exponent, with `sticky` for lost non-zero bits.
  var mantissa: UInt64 = 0
  var exponent = 0
  var sticky = false
  var digits = 0
  var point = false
  while i < end {
    if p[i] == 46 && !point {
      point = true
      i += 1
      continue
    }
    let digit = digitValue(UInt32(p[i]))
    guard digit < 16 else { break }
    digits += 1
    if mantissa >> 59 == 0 {
      mantissa = mantissa << 4 | UInt64(digit)
      if point { exponent -= 4 }
    } else {
      if digit != 0 { sticky = true }
      if !point { exponent += 4 }
    }
    i += 1
  }
  guard digits > 0 else { return .failure(.invalid) }
  if i < end && p[i] | 32 == 112 {
    i += 1
    var minus = false
    if i < end && (p[i] == 43 || p[i] == 45) {
      minus = p[i] == 45
      i += 1
    }
    guard i < end && p[i] &- 48 < 10 else { return .failure(.invalid) }
    var given = 0
    while i < end && p[i] &- 48 < 10 {
      if given < 1_000_000_000_000_000 { given = given * 10 + Int(p[i] &- 48) }
      i += 1
    }
    exponent += minus ? -given : given
  }
  let complete = i == end
  if mantissa == 0 { return complete ? signed(0) : .failure(.invalid) }
  let bits = 64 - mantissa.leadingZeroBitCount
  let top = exponent + bits  // value < 2^top
  if top > 1024 { return .failure(.tooLarge) }
  if top < -1074 { return complete ? signed(0) : .failure(.invalid) }
  // Keep 53 bits, or fewer for subnormal results.
  let keep = min(53, top + 1074)
  var kept = mantissa
  let drop = bits - keep
  if drop > 0 {
    let lost = drop == 64 ? mantissa : mantissa & (1 << UInt64(drop) - 1)
    kept = drop == 64 ? 0 : mantissa >> UInt64(drop)
    let half: UInt64 = 1 << UInt64(drop - 1)
    if lost > half || (lost == half && (sticky || kept & 1 == 1)) { kept += 1 }
    exponent += drop
  }
  if exponent + (64 - kept.leadingZeroBitCount) > 1024 { return .failure(.tooLarge) }
  if !complete { return .failure(.invalid) }
  return signed(scalbn(Double(kept), Int32(exponent)))
}

// MARK: Complex

/// repr(complex).
public func reprComplex(real: Double, imaginary: Double) -> [UInt8] {
  func part(_ value: Double, sign: Bool) -> [UInt8] {
    formatDouble(value, type: 114, precision: 0, alwaysSign: sign)
  }
  if real == 0 && real.sign == .plus { return part(imaginary, sign: false) + [106] }
  return [40] + part(real, sign: false) + part(imaginary, sign: true) + [106, 41]
}

/// complex(text); surrounding white space and one pair of parentheses are allowed. Nil where malformed.
public func parseComplex(_ given: UnsafeBufferPointer<UInt8>) -> (real: Double, imaginary: Double)? {
  if given.contains(95) {
    guard let clean = dropUnderscores(given) else { return nil }
    return clean.withUnsafeBufferPointer { parseComplexClean($0) }
  }
  return parseComplexClean(given)
}

private func parseComplexClean(_ p: UnsafeBufferPointer<UInt8>) -> (real: Double, imaginary: Double)? {
  let end = p.count
  var i = 0
  func skipSpace() { while i < end && isASCIISpace(UInt32(p[i])) { i += 1 } }
  func isJ() -> Bool { i < end && p[i] | 32 == 106 }
  skipSpace()
  var bracket = false
  if i < end && p[i] == 40 {
    bracket = true
    i += 1
    skipSpace()
  }
  var real = 0.0
  var imaginary = 0.0
  if let (first, after) = scanDouble(p, from: i) {
    i = after
    if i < end && (p[i] == 43 || p[i] == 45) {
      real = first
      if let (second, next) = scanDouble(p, from: i) {
        imaginary = second
        i = next
      } else {
        imaginary = p[i] == 43 ? 1 : -1
        i += 1
      }
      guard isJ() else { return nil }
      i += 1
    } else if isJ() {
      i += 1
      imaginary = first
    } else {
      real = first
    }
  } else {
    imaginary = 1
    if i < end && (p[i] == 43 || p[i] == 45) {
      if p[i] == 45 { imaginary = -1 }
      i += 1
    }
    guard isJ() else { return nil }
    i += 1
  }
  skipSpace()
  if bracket {
    guard i < end && p[i] == 41 else { return nil }
    i += 1
    skipSpace()
  }
  return i == end ? (real, imaginary) : nil
}
