// The format mini-language: parsing of specifications and rendering of integers, floats, complex numbers and text.

/// A failed format operation, to be raised as ValueError with its message, or as MemoryError.
public struct FormatError: Error {
  public var message: [UInt32]
  /// The width asks for more than memory holds.
  public var isMemory = false

  init(_ text: StaticString) { message = ascii(text).map(UInt32.init) }
  init(_ message: [UInt32]) { self.message = message }
}

func codePoints(_ text: StaticString) -> [UInt32] {
  (0..<text.utf8CodeUnitCount).map { UInt32(text.utf8Start[$0]) }
}

/// What `n` takes from the locale; `grouping` is as in localeconv().
public struct NumberLocale {
  public var decimalPoint: [UInt32]
  public var thousandsSeparator: [UInt32]
  public var grouping: [UInt8]

  public init(decimalPoint: [UInt32] = [46], thousandsSeparator: [UInt32] = [], grouping: [UInt8] = []) {
    self.decimalPoint = decimalPoint
    self.thousandsSeparator = thousandsSeparator
    self.grouping = grouping
  }
}

/// The widest field that is rendered; wider ones are MemoryError.
public let widthLimit = 1 << 31
/// Whether there is memory for so many bytes; the layer that knows the heap sets it.
nonisolated(unsafe) public var hasRoom: (Int) -> Bool = { $0 < 1 << 34 }
/// Whether so many digits of a float are more than memory holds.
func isTooManyDigits(_ precision: Int, _ type: UInt32) -> Bool {
  switch type {
  case 101, 102, 103, 69, 70, 71, 37: return precision <= Int(Int32.max) && isTooWide(precision)
  default: return false
  }
}
/// Whether a field of `n` characters is too wide to be rendered.
public func isTooWide(_ n: Int) -> Bool { n > 1 << 20 && (n > widthLimit || !hasRoom(n * 6)) }

/// A parsed specification: [[fill]align][sign][z][#][0][width][grouping][.precision][type].
public struct FormatSpec {
  public enum Grouping {
    case none, comma, underscore
  }

  public var fill: UInt32 = 32
  /// '<', '>', '=' or '^'.
  public var align: UInt8
  /// Zero, ' ', '+' or '-'.
  public var sign: UInt8 = 0
  public var noNegativeZero = false
  public var alternate = false
  /// -1 where absent.
  public var width = -1
  public var grouping = Grouping.none
  /// -1 where absent.
  public var precision = -1
  /// Zero where absent and without a default.
  public var type: UInt32

  /// The specification of an empty text.
  public init(defaultType: UInt32, defaultAlign: UInt8) {
    type = defaultType
    align = defaultAlign
  }

  /// Parses a specification; defaults are ('s', '<') for text, (0, '>') for floats and complex, ('d', '>') for
  /// integers. `typeName` is for the message.
  public static func parse<C: FixedWidthInteger & UnsignedInteger>(
    _ p: UnsafeBufferPointer<C>, defaultType: UInt32, defaultAlign: UInt8, typeName: [UInt8]
  ) throws -> FormatSpec {
    var spec = FormatSpec(defaultType: defaultType, defaultAlign: defaultAlign)
    let end = p.count
    var i = 0
    @inline(__always) func at(_ k: Int) -> UInt32 { UInt32(truncatingIfNeeded: p[k]) }
    @inline(__always) func isAlign(_ c: UInt32) -> Bool { c == 60 || c == 62 || c == 61 || c == 94 }
    var fillGiven = false
    var alignGiven = false
    if end - i >= 2 && isAlign(at(i + 1)) {
      spec.align = UInt8(at(i + 1))
      spec.fill = at(i)
      fillGiven = true
      alignGiven = true
      i += 2
    } else if end - i >= 1 && isAlign(at(i)) {
      spec.align = UInt8(at(i))
      alignGiven = true
      i += 1
    }
    if i < end && (at(i) == 32 || at(i) == 43 || at(i) == 45) {
      spec.sign = UInt8(at(i))
      i += 1
    }
    if i < end && at(i) == 122 {
      spec.noNegativeZero = true
      i += 1
    }
    if i < end && at(i) == 35 {
      spec.alternate = true
      i += 1
    }
    if !fillGiven && i < end && at(i) == 48 {
      spec.fill = 48
      if !alignGiven && defaultAlign == 62 { spec.align = 61 }
      i += 1
    }
    func number() throws -> Int? {
      var value = 0
      var any = false
      while i < end, let digit = decimalValue(at(i)) {
        if value > (Int.max - digit) / 10 { throw FormatError("Too many decimal digits in format string") }
        value = value * 10 + digit
        any = true
        i += 1
      }
      return any ? value : nil
    }
    if let width = try number() { spec.width = width }
    if i < end && at(i) == 44 {
      spec.grouping = .comma
      i += 1
    }
    if i < end && at(i) == 95 {
      if spec.grouping != .none { throw FormatError("Cannot specify both ',' and '_'.") }
      spec.grouping = .underscore
      i += 1
    }
    if i < end && at(i) == 44 && spec.grouping == .underscore {
      throw FormatError("Cannot specify both ',' and '_'.")
    }
    if i < end && at(i) == 46 {
      i += 1
      guard let precision = try number() else { throw FormatError("Format specifier missing precision") }
      spec.precision = precision
    }
    if end - i > 1 {
      var message = codePoints("Invalid format specifier '")
      for unit in p { message.append(UInt32(truncatingIfNeeded: unit)) }
      message += codePoints("' for object of type '")
      message += typeName.map(UInt32.init)
      message.append(39)
      throw FormatError(message)
    }
    if end - i == 1 { spec.type = at(i) }
    if isTooWide(spec.width) || isTooManyDigits(spec.precision, spec.type) {
      var error = FormatError([])
      error.isMemory = true
      throw error
    }
    if spec.grouping != .none {
      switch spec.type {
      case 100, 101, 102, 103, 69, 71, 37, 70, 0: break
      case 98 where spec.grouping == .underscore, 111 where spec.grouping == .underscore,
        120 where spec.grouping == .underscore, 88 where spec.grouping == .underscore:
        break
      default:
        var message = codePoints("Cannot specify '")
        message.append(spec.grouping == .comma ? 44 : 95)
        message += codePoints("' with '")
        appendTypeCode(spec.type, &message)
        message += codePoints("'.")
        throw FormatError(message)
      }
    }
    return spec
  }
}

private func appendTypeCode(_ type: UInt32, _ message: inout [UInt32]) {
  if type > 32 && type < 128 {
    message.append(type)
  } else {
    message += codePoints("\\x")
    message += digitText(UInt(type), base: 16).map(UInt32.init)
  }
}

/// "Unknown format code 'x' for object of type 'str'".
public func unknownFormatCode(_ type: UInt32, typeName: [UInt8]) -> FormatError {
  var message = codePoints("Unknown format code '")
  appendTypeCode(type, &message)
  message += codePoints("' for object of type '")
  message += typeName.map(UInt32.init)
  message.append(39)
  return FormatError(message)
}

/// How an integer is to be presented.
public enum IntegerPresentation {
  /// Digits in this base; the type is 'n' where `localized`.
  case digits(base: Int, localized: Bool)
  case character
  /// As float(value).
  case float
}

/// Checks the specification of an integer and tells what the caller must prepare.
public func integerPresentation(_ spec: FormatSpec, typeName: [UInt8]) throws -> IntegerPresentation {
  switch spec.type {
  case 101, 69, 102, 70, 103, 71, 37: return .float
  case 98, 99, 100, 111, 120, 88, 110: break
  default: throw unknownFormatCode(spec.type, typeName: typeName)
  }
  if spec.precision != -1 { throw FormatError("Precision not allowed in integer format specifier") }
  if spec.noNegativeZero { throw FormatError("Negative zero coercion (z) not allowed in integer format specifier") }
  switch spec.type {
  case 99:
    if spec.sign != 0 { throw FormatError("Sign not allowed with integer format specifier 'c'") }
    if spec.alternate { throw FormatError("Alternate form (#) not allowed with integer format specifier 'c'") }
    return .character
  case 98: return .digits(base: 2, localized: false)
  case 111: return .digits(base: 8, localized: false)
  case 120, 88: return .digits(base: 16, localized: false)
  default: return .digits(base: 10, localized: spec.type == 110)
  }
}

/// The parts of a number before alignment.
private struct NumberParts {
  var sign: UInt8 = 0
  var prefix: [UInt8] = []
  var digits: [UInt8] = []
  var point: [UInt32] = []
  var remainder: [UInt32] = []
  /// Zero or the separator's group sizes.
  var separator: [UInt32] = []
  var groups: [UInt8] = []
}

/// Groups digits from the right, with zeros up to `minimum` characters.
private func grouped(_ parts: NumberParts, minimum: Int) -> [UInt32] {
  var reversed: [UInt32] = []
  reversed.reserveCapacity(max(parts.digits.count * 2, minimum))
  var remaining = parts.digits.count
  var minimum = minimum
  var separate = false
  var index = 0
  var size = 0
  var ended = false
  func emit(_ length: Int) {
    if separate { reversed += parts.separator.reversed() }
    let zeros = max(0, length - remaining)
    let taken = max(0, min(remaining, length))
    for k in 0..<taken { reversed.append(UInt32(parts.digits[remaining - 1 - k])) }
    for _ in 0..<zeros { reversed.append(48) }
    remaining -= taken
  }
  while true {
    // Group sizes: the last repeats; 127 ends grouping.
    if index < parts.groups.count {
      let next = parts.groups[index]
      index += 1
      if next == 127 { break }
      if next == 0 { if size == 0 { break } } else { size = Int(next) }
    }
    if size == 0 { break }
    let length = min(size, max(max(remaining, minimum), 1))
    emit(length)
    separate = true
    minimum -= length
    if remaining <= 0 && minimum <= 0 {
      ended = true
      break
    }
    minimum -= parts.separator.count
  }
  if !ended { emit(max(max(remaining, minimum), 1)) }
  return reversed.reversed()
}

private func groupSizes(_ spec: FormatSpec, localized: Bool, locale: NumberLocale) -> ([UInt32], [UInt8]) {
  if localized { return (locale.thousandsSeparator, locale.grouping) }
  switch spec.grouping {
  case .none: return ([], [])
  case .comma: return ([44], [3])
  case .underscore:
    switch spec.type {
    case 98, 111, 120, 88: return ([95], [4])
    default: return ([95], [3])
    }
  }
}

/// Signs, groups and aligns a number.
private func assemble(_ parts: NumberParts, negative: Bool, _ spec: FormatSpec) -> [UInt32] {
  var lead: [UInt32] = []
  if negative {
    lead.append(45)
  } else if spec.sign == 43 || spec.sign == 32 {
    lead.append(UInt32(spec.sign))
  }
  for unit in parts.prefix { lead.append(UInt32(unit)) }
  let fixed = lead.count + parts.point.count + parts.remainder.count
  var digits: [UInt32] = []
  if !parts.digits.isEmpty {
    let minimum = spec.fill == 48 && spec.align == 61 ? spec.width - fixed : 0
    if parts.groups.isEmpty && minimum <= parts.digits.count {
      digits = parts.digits.map(UInt32.init)
    } else {
      digits = grouped(parts, minimum: minimum)
    }
  }
  let padding = max(0, spec.width - fixed - digits.count)
  var left = 0
  var inside = 0
  var right = 0
  switch spec.align {
  case 60: right = padding
  case 94:
    left = padding / 2
    right = padding - left
  case 61: inside = padding
  default: left = padding
  }
  var out: [UInt32] = []
  out.reserveCapacity(fixed + digits.count + padding)
  for _ in 0..<left { out.append(spec.fill) }
  out += lead
  for _ in 0..<inside { out.append(spec.fill) }
  out += digits
  out += parts.point
  out += parts.remainder
  for _ in 0..<right { out.append(spec.fill) }
  return out
}

/// Renders an integer from its magnitude's digits (lower case, no prefix) in the base of the type.
public func formatInteger(
  digits: [UInt8], negative: Bool, spec: FormatSpec, locale: NumberLocale = NumberLocale()
) -> [UInt32] {
  var parts = NumberParts()
  parts.digits = digits
  if spec.type == 88 {
    for i in 0..<parts.digits.count where parts.digits[i] >= 97 { parts.digits[i] -= 32 }
  }
  if spec.alternate {
    switch spec.type {
    case 98: parts.prefix = [48, 98]
    case 111: parts.prefix = [48, 111]
    case 120: parts.prefix = [48, 120]
    case 88: parts.prefix = [48, 88]
    default: break
    }
  }
  (parts.separator, parts.groups) = groupSizes(spec, localized: spec.type == 110, locale: locale)
  return assemble(parts, negative: negative, spec)
}

/// Renders an integer as the character it numbers (type 'c'); the caller has checked its range.
public func formatCharacter(_ cp: UInt32, spec: FormatSpec) -> [UInt32] {
  var parts = NumberParts()
  parts.remainder = [cp]
  var plain = spec
  plain.sign = 0
  return assemble(parts, negative: false, plain)
}

/// Splits the text of a float into sign, digits, point and the rest.
private func split(_ text: [UInt8], localized: Bool, locale: NumberLocale, _ parts: inout NumberParts) -> Bool {
  var i = 0
  let negative = !text.isEmpty && text[0] == 45
  if negative { i = 1 }
  let start = i
  while i < text.count && text[i] &- 48 < 10 { i += 1 }
  parts.digits = Array(text[start..<i])
  if i < text.count && text[i] == 46 {
    parts.point = localized ? locale.decimalPoint : [46]
    i += 1
  }
  parts.remainder = text[i...].map(UInt32.init)
  return negative
}

/// The text of a float by the type and precision of a specification, unaligned.
private func floatText(_ value: Double, _ spec: FormatSpec, complex: Bool) throws -> [UInt8] {
  if spec.precision > Int(Int32.max) { throw FormatError("precision too big") }
  var type: UInt8
  var precision = spec.precision
  var addPointZero = false
  switch spec.type {
  case 0:
    type = precision < 0 ? 114 : 103
    addPointZero = !complex
  case 110: type = 103
  default: type = UInt8(truncatingIfNeeded: spec.type)
  }
  if precision < 0 { precision = type == 114 ? 0 : 6 }
  return formatDouble(
    value, type: type, precision: precision, alternate: spec.alternate, addPointZero: addPointZero,
    noNegativeZero: spec.noNegativeZero)
}

/// Renders a float: types none e E f F g G n %.
public func formatFloat(
  _ value: Double, spec: FormatSpec, typeName: [UInt8], locale: NumberLocale = NumberLocale()
) throws -> [UInt32] {
  switch spec.type {
  case 0, 101, 69, 102, 70, 103, 71, 110, 37: break
  default: throw unknownFormatCode(spec.type, typeName: typeName)
  }
  let text = try floatText(value, spec, complex: false)
  var parts = NumberParts()
  let localized = spec.type == 110
  let negative = split(text, localized: localized, locale: locale, &parts)
  (parts.separator, parts.groups) = groupSizes(spec, localized: localized, locale: locale)
  return assemble(parts, negative: negative, spec)
}

/// Renders a complex number: types none e E f F g G n.
public func formatComplex(
  real: Double, imaginary: Double, spec: FormatSpec, typeName: [UInt8], locale: NumberLocale = NumberLocale()
) throws -> [UInt32] {
  switch spec.type {
  case 0, 101, 69, 102, 70, 103, 71, 110: break
  default: throw unknownFormatCode(spec.type, typeName: typeName)
  }
  if spec.precision > Int(Int32.max) { throw FormatError("precision too big") }
  if spec.fill == 48 { throw FormatError("Zero padding is not allowed in complex format specifier") }
  if spec.align == 61 { throw FormatError("'=' alignment flag is not allowed in complex format specifier") }
  let localized = spec.type == 110
  var plain = spec
  plain.width = -1
  plain.fill = 32
  plain.align = 60
  func part(_ value: Double, sign: UInt8) throws -> [UInt32] {
    var parts = NumberParts()
    let text = try floatText(value, spec, complex: true)
    let negative = split(text, localized: localized, locale: locale, &parts)
    (parts.separator, parts.groups) = groupSizes(spec, localized: localized, locale: locale)
    plain.sign = sign
    return assemble(parts, negative: negative, plain)
  }
  var out: [UInt32] = []
  let bare = spec.type == 0
  let skipReal = bare && real == 0 && real.sign == .plus
  if bare && !skipReal { out.append(40) }
  if !skipReal { out += try part(real, sign: spec.sign) }
  out += try part(imaginary, sign: skipReal ? spec.sign : 43)
  out.append(106)
  if bare && !skipReal { out.append(41) }
  return aligned(out, spec)
}

private func aligned(_ text: [UInt32], _ spec: FormatSpec) -> [UInt32] {
  let padding = max(0, spec.width - text.count)
  if padding == 0 { return text }
  let left = spec.align == 62 ? padding : spec.align == 94 ? padding / 2 : 0
  var out: [UInt32] = []
  out.reserveCapacity(text.count + padding)
  for _ in 0..<left { out.append(spec.fill) }
  out += text
  for _ in left..<padding { out.append(spec.fill) }
  return out
}

// MARK: ASCII fast paths

/// A number with sign, prefix and alignment, without grouping; nil where the fill is not ASCII or digits are grouped.
private func assembleASCII(
  negative: Bool, prefix: [UInt8], body: UnsafeBufferPointer<UInt8>, _ spec: FormatSpec
) -> [UInt8]? {
  guard spec.grouping == .none && spec.fill < 128 && spec.type != 110 else { return nil }
  let sign: UInt8 = negative ? 45 : spec.sign == 43 || spec.sign == 32 ? spec.sign : 0
  let length = (sign == 0 ? 0 : 1) + prefix.count + body.count
  let padding = max(0, spec.width - length)
  let fill = UInt8(truncatingIfNeeded: spec.fill)
  let left = spec.align == 62 ? padding : spec.align == 94 ? padding / 2 : 0
  let inside = spec.align == 61 ? padding : 0
  return [UInt8](unsafeUninitializedCapacity: length + padding) { out, count in
    var o = 0
    for _ in 0..<left {
      out[o] = fill
      o += 1
    }
    if sign != 0 {
      out[o] = sign
      o += 1
    }
    for unit in prefix {
      out[o] = unit
      o += 1
    }
    for _ in 0..<inside {
      out[o] = fill
      o += 1
    }
    for unit in body {
      out[o] = unit
      o += 1
    }
    while o < length + padding {
      out[o] = fill
      o += 1
    }
    count = o
  }
}

/// `formatInteger` where the result is ASCII without grouping: types d b o x X. Nil otherwise.
public func formatIntegerASCII(digits: [UInt8], negative: Bool, spec: FormatSpec) -> [UInt8]? {
  if spec.type == 88 {
    return nil
  }
  let prefix: [UInt8] =
    spec.alternate && spec.type != 100 && spec.type < 128 ? [48, UInt8(truncatingIfNeeded: spec.type)] : []
  return digits.withUnsafeBufferPointer { assembleASCII(negative: negative, prefix: prefix, body: $0, spec) }
}

/// `formatFloat` where the result is ASCII without grouping. Nil otherwise, or where formatFloat throws.
public func formatFloatASCII(_ value: Double, spec: FormatSpec) -> [UInt8]? {
  switch spec.type {
  case 0, 101, 69, 102, 70, 103, 71, 37: break
  default: return nil
  }
  guard spec.grouping == .none, spec.fill < 128, let text = try? floatText(value, spec, complex: false) else {
    return nil
  }
  let negative = !text.isEmpty && text[0] == 45
  if !negative && spec.sign == 0 && spec.width <= text.count { return text }
  return text.withUnsafeBufferPointer {
    let body = negative ? UnsafeBufferPointer(rebasing: $0[1...]) : $0
    return assembleASCII(negative: negative, prefix: [], body: body, spec)
  }
}

/// Checks the specification of text of `count` code points and tells how many of them to take, and how many fill
/// characters go before and after them.
public func stringLayout(
  count: Int, spec: FormatSpec, typeName: [UInt8]
) throws -> (taken: Int, before: Int, after: Int) {
  try checkStringSpec(spec, typeName)
  let taken = spec.precision >= 0 ? min(spec.precision, count) : count
  let padding = max(0, spec.width - taken)
  let before = spec.align == 62 ? padding : spec.align == 94 ? padding / 2 : 0
  return (taken, before, padding - before)
}

/// Renders text: type s.
public func formatString<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, spec: FormatSpec, typeName: [UInt8]
) throws -> [UInt32] {
  try checkStringSpec(spec, typeName)
  let count = spec.precision >= 0 ? min(spec.precision, p.count) : p.count
  return aligned((0..<count).map { UInt32(truncatingIfNeeded: p[$0]) }, spec)
}

private func checkStringSpec(_ spec: FormatSpec, _ typeName: [UInt8]) throws {
  guard spec.type == 115 else { throw unknownFormatCode(spec.type, typeName: typeName) }
  if spec.sign != 0 {
    throw FormatError(
      spec.sign == 32
        ? "Space not allowed in string format specifier" : "Sign not allowed in string format specifier")
  }
  if spec.noNegativeZero {
    throw FormatError("Negative zero coercion (z) not allowed in string format specifier")
  }
  if spec.alternate { throw FormatError("Alternate form (#) not allowed in string format specifier") }
  if spec.align == 61 { throw FormatError("'=' alignment not allowed in string format specifier") }
}
