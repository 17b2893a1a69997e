// Decimal and any-base text of machine-word integers, and the syntax of int(text, base).

/// Writes the decimal digits of `value` (with a sign) at `out`, which has room for 20 bytes; returns their number.
@inlinable
public func writeDecimal(_ value: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
  var magnitude = value.magnitude
  var length = 1
  var bound = magnitude
  while bound >= 10 {
    bound /= 10
    length += 1
  }
  var start = out
  if value < 0 {
    start[0] = 45
    start += 1
  }
  var position = length
  while position > 0 {
    let quotient = magnitude / 10
    position -= 1
    start[position] = UInt8(truncatingIfNeeded: magnitude &- quotient &* 10) &+ 48
    magnitude = quotient
  }
  return value < 0 ? length + 1 : length
}

/// The decimal text of `value`.
public func decimalText(_ value: Int) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
    count = writeDecimal(value, to: buffer.baseAddress!)
  }
}

/// The digits of `magnitude` in `base` (2...36), without sign or prefix.
public func digitText(_ magnitude: UInt, base: Int, uppercase: Bool = false) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
    var rest = magnitude
    let divisor = UInt(base)
    var position = 64
    let letters: UInt8 = uppercase ? 55 : 87
    repeat {
      let digit = UInt8(truncatingIfNeeded: rest % divisor)
      rest /= divisor
      position -= 1
      buffer[position] = digit < 10 ? digit + 48 : digit + letters
    } while rest != 0
    count = 64 - position
    if position > 0 {
      for i in 0..<count { buffer[i] = buffer[position + i] }
    }
  }
}

/// The value of an ASCII digit in any base up to 36; 255 for other code units.
@inlinable @inline(__always)
public func digitValue(_ unit: UInt32) -> UInt8 {
  if unit >= 48 && unit <= 57 { return UInt8(unit - 48) }
  let lower = unit | 32
  if lower >= 97 && lower <= 122 && unit < 128 { return UInt8(lower - 87) }
  return 255
}

/// An integer found in text: clean ASCII digits of `base`, leading zeros kept.
public struct IntegerText {
  public var negative: Bool
  public var base: Int
  public var digits: [UInt8]

  /// The value where it fits a machine word.
  public var word: Int? {
    var value = 0
    for digit in digits {
      let (product, over) = value.multipliedReportingOverflow(by: base)
      if over { return nil }
      let (sum, carry) = product.subtractingReportingOverflow(Int(digitValue(UInt32(digit))))
      if carry { return nil }
      value = sum
    }
    if negative { return value }
    return value == Int.min ? nil : -value
  }
}

/// White space that int() and float() strip from bytes.
@inlinable @inline(__always)
public func isASCIISpace(_ unit: UInt32) -> Bool {
  unit == 32 || (unit >= 9 && unit <= 13)
}

/// Copies text as int(), float() and complex() read it: spaces of any kind become ' ', decimal digits of any script
/// become ASCII digits, and other non-ASCII code points become '?'. Leading and trailing space is dropped.
public func numberText<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> [UInt8] {
  var start = 0
  var end = p.count
  while start < end && isSpace(UInt32(truncatingIfNeeded: p[start])) { start += 1 }
  while end > start && isSpace(UInt32(truncatingIfNeeded: p[end - 1])) { end -= 1 }
  return [UInt8](unsafeUninitializedCapacity: end - start) { buffer, count in
    for i in start..<end {
      let unit = UInt32(truncatingIfNeeded: p[i])
      let byte: UInt8
      if unit < 128 {
        byte = UInt8(unit)
      } else if isSpace(unit) {
        byte = 32
      } else if let digit = decimalValue(unit) {
        byte = UInt8(48 + digit)
      } else {
        byte = 63
      }
      buffer[i - start] = byte
    }
    count = end - start
  }
}

/// Parses int(text, base) for str: `base` is 0 or 2...36. Nil where the text is not an integer of that base.
public func parseInteger<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, base: Int
) -> IntegerText? {
  let text = numberText(p)
  return text.withUnsafeBufferPointer { parseIntegerBytes($0, base: base) }
}

/// Parses int(bytes, base), or a prepared ASCII text.
public func parseIntegerBytes(_ p: UnsafeBufferPointer<UInt8>, base givenBase: Int) -> IntegerText? {
  var start = 0
  var end = p.count
  while start < end && isASCIISpace(UInt32(p[start])) { start += 1 }
  while end > start && isASCIISpace(UInt32(p[end - 1])) { end -= 1 }
  var negative = false
  if start < end && (p[start] == 43 || p[start] == 45) {
    negative = p[start] == 45
    start += 1
  }
  guard start < end else { return nil }
  var base = givenBase
  var onlyZero = false
  let second: UInt8 = p[start] == 48 && start + 1 < end ? p[start + 1] | 32 : 0
  if base == 0 {
    if p[start] != 48 {
      base = 10
    } else if second == 120 {
      base = 16
    } else if second == 111 {
      base = 8
    } else if second == 98 {
      base = 2
    } else {
      base = 10
      onlyZero = true
    }
  }
  if (base == 16 && second == 120) || (base == 8 && second == 111) || (base == 2 && second == 98) {
    start += 2
    if start < end && p[start] == 95 { start += 1 }
  }
  guard start < end, p[start] != 95, p[end - 1] != 95 else { return nil }
  var valid = true
  let digits = [UInt8](unsafeUninitializedCapacity: end - start) { buffer, count in
    count = 0
    var underscore = false
    for i in start..<end {
      let unit = p[i]
      if unit == 95 {
        if underscore { valid = false; return }
        underscore = true
        continue
      }
      underscore = false
      if Int(digitValue(UInt32(unit))) >= base || (onlyZero && unit != 48) {
        valid = false
        return
      }
      buffer[count] = unit
      count += 1
    }
  }
  return valid ? IntegerText(negative: negative, base: base, digits: digits) : nil
}
