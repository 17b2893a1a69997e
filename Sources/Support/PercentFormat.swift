// printf-style formatting: parsing of specifications, and rendering of numbers and text, for str and bytes.

/// One conversion specification: %(key)-+ #0width.precisionLtype.
public struct PercentSpec {
  /// The mapping key, between its parentheses.
  public var key: Range<Int>?
  public var leftAlign = false
  public var plus = false
  public var blank = false
  public var alternate = false
  public var zero = false
  /// -1 where absent; `widthFromArgument` for '*'.
  public var width = -1
  public var widthFromArgument = false
  public var precision = -1
  public var precisionFromArgument = false
  public var type: UInt32 = 0
  /// Where the type character is.
  public var typeIndex = 0

  /// The width asks for more than memory holds: MemoryError (rendering clamps it).
  public var isTooWide: Bool { Support.isTooWide(width) || isTooManyDigits(precision, type) }

  /// Sets a width that came from an argument: negative aligns left.
  public mutating func setWidth(_ given: Int) {
    if given < 0 { leftAlign = true }
    width = given == Int.min ? Int.max : abs(given)
  }

  /// Sets a precision that came from an argument: negative counts as zero.
  public mutating func setPrecision(_ given: Int) { precision = max(0, given) }
}

public enum PercentItem {
  /// Text to copy; '%%' gives one of its characters ('%' after flags is an unsupported type).
  case literal(Range<Int>)
  case spec(PercentSpec)
  /// A ValueError with its message.
  case error(StaticString)
}

/// Walks a format text: literal runs and specifications in turn.
public struct PercentParser<C: FixedWidthInteger & UnsignedInteger> {
  let text: UnsafeBufferPointer<C>
  let isBytes: Bool
  public private(set) var position = 0

  public init(_ text: UnsafeBufferPointer<C>, isBytes: Bool = false) {
    self.text = text
    self.isBytes = isBytes
  }

  /// The next item; nil at the end.
  @_specialize(exported: true, where C == UInt8) @_specialize(exported: true, where C == UInt16) @_specialize(exported: true, where C == UInt32)
  public mutating func next() -> PercentItem? {
    let end = text.count
    guard position < end else { return nil }
    let start = position
    var i = start
    while i < end && text[i] != 37 { i += 1 }
    if i > start {
      position = i
      return .literal(start..<i)
    }
    i += 1
    if i < end && text[i] == 37 {
      position = i + 1
      return .literal(i..<(i + 1))
    }
    position = end
    var spec = PercentSpec()
    if i < end && text[i] == 40 {
      i += 1
      let keyStart = i
      var depth = 1
      while i < end && depth > 0 {
        if text[i] == 41 { depth -= 1 } else if text[i] == 40 { depth += 1 }
        i += 1
      }
      if depth > 0 { return .error("incomplete format key") }
      spec.key = keyStart..<(i - 1)
    }
    flags: while i < end {
      switch text[i] {
      case 45: spec.leftAlign = true
      case 43: spec.plus = true
      case 32: spec.blank = true
      case 35: spec.alternate = true
      case 48: spec.zero = true
      default: break flags
      }
      i += 1
    }
    func number(_ limit: Int) -> Int? {
      var value = 0
      while i < end && text[i] >= 48 && text[i] <= 57 {
        let digit = Int(truncatingIfNeeded: text[i]) - 48
        if value > (limit - digit) / 10 { return nil }
        value = value * 10 + digit
        i += 1
      }
      return value
    }
    if i < end && text[i] == 42 {
      spec.widthFromArgument = true
      i += 1
    } else if i < end && text[i] >= 48 && text[i] <= 57 {
      guard let width = number(Int.max) else { return .error("width too big") }
      spec.width = width
    }
    if i < end && text[i] == 46 {
      i += 1
      spec.precision = 0
      if i < end && text[i] == 42 {
        spec.precisionFromArgument = true
        i += 1
      } else {
        guard let precision = number(Int(Int32.max)) else {
          return .error(isBytes ? "prec too big" : "precision too big")
        }
        spec.precision = precision
      }
    }
    if i < end && (text[i] == 104 || text[i] == 108 || text[i] == 76) { i += 1 }
    guard i < end else { return .error("incomplete format") }
    spec.type = UInt32(truncatingIfNeeded: text[i])
    spec.typeIndex = i
    position = i + 1
    return .spec(spec)
  }
}

/// "unsupported format character 'y' (0x79) at index 1".
public func unsupportedFormatCharacter(_ spec: PercentSpec, isBytes: Bool = false) -> [UInt32] {
  var message = codePoints("unsupported format character '")
  message.append(isBytes || (spec.type >= 31 && spec.type <= 126) ? spec.type : 63)
  message += codePoints("' (0x")
  message += digitText(UInt(spec.type), base: 16).map(UInt32.init)
  message += codePoints(") at index ")
  message += decimalText(spec.typeIndex).map(UInt32.init)
  return message
}

/// Lays out a number: sign, prefix and body, padded with zeros or blanks.
private func layOut(sign: UInt8, prefix: [UInt8], body: [UInt8], _ spec: PercentSpec) -> [UInt8] {
  let length = (sign == 0 ? 0 : 1) + prefix.count + body.count
  let padding = max(0, min(spec.width, widthLimit) - length)
  var out: [UInt8] = []
  out.reserveCapacity(length + padding)
  let zeros = spec.zero && !spec.leftAlign
  if !zeros && !spec.leftAlign { for _ in 0..<padding { out.append(32) } }
  if sign != 0 { out.append(sign) }
  out += prefix
  if zeros { for _ in 0..<padding { out.append(48) } }
  out += body
  if spec.leftAlign { for _ in 0..<padding { out.append(32) } }
  return out
}

private func signUnit(_ negative: Bool, _ spec: PercentSpec) -> UInt8 {
  negative ? 45 : spec.plus ? 43 : spec.blank ? 32 : 0
}

/// The base of an integer type: d i u o x X; nil for other types.
public func percentBase(_ type: UInt32) -> Int? {
  switch type {
  case 100, 105, 117: return 10
  case 111: return 8
  case 120, 88: return 16
  default: return nil
  }
}

/// %d %i %u %o %x %X of a magnitude's digits (lower case, no prefix) in the base of the type.
public func percentInteger(digits: [UInt8], negative: Bool, spec: PercentSpec) -> [UInt8] {
  var body = digits
  if spec.precision > body.count {
    body = [UInt8](repeating: 48, count: spec.precision - body.count) + body
  }
  var prefix: [UInt8] = []
  switch spec.type {
  case 111: if spec.alternate { prefix = [48, 111] }
  case 120: if spec.alternate { prefix = [48, 120] }
  case 88:
    if spec.alternate { prefix = [48, 88] }
    for i in 0..<body.count where body[i] >= 97 { body[i] -= 32 }
  default: break
  }
  return layOut(sign: signUnit(negative, spec), prefix: prefix, body: body, spec)
}

/// %d of a machine word.
public func percentInteger(_ value: Int, spec: PercentSpec) -> [UInt8] {
  let digits = digitText(value.magnitude, base: percentBase(spec.type) ?? 10)
  return percentInteger(digits: digits, negative: value < 0, spec: spec)
}

/// %e %E %f %F %g %G.
public func percentFloat(_ value: Double, spec: PercentSpec) -> [UInt8] {
  var body = formatDouble(
    value, type: UInt8(truncatingIfNeeded: spec.type), precision: spec.precision < 0 ? 6 : spec.precision,
    alternate: spec.alternate)
  let negative = !body.isEmpty && body[0] == 45
  if negative { body.removeFirst() }
  return layOut(sign: signUnit(negative, spec), prefix: [], body: body, spec)
}

/// %s %r %a %c: how many code units of the text to take, and the blanks before and after them.
@inlinable
public func percentTextLayout(_ count: Int, spec: PercentSpec) -> (taken: Int, before: Int, after: Int) {
  let cut = spec.precision >= 0 && spec.type != 99
  let taken = cut ? min(count, spec.precision) : count
  let padding = max(0, min(spec.width, 1 << 31) - taken)
  return spec.leftAlign ? (taken, 0, padding) : (taken, padding, 0)
}
