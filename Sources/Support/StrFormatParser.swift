// The replacement fields of str.format: "{field!conversion:spec}", and the parts of field names.

/// One step through a format text: literal text, then perhaps a field.
public struct FormatField {
  public var literal: Range<Int>
  public var hasField: Bool
  public var name: Range<Int>
  public var spec: Range<Int>
  /// Zero where absent.
  public var conversion: UInt32
  public var specHasFields: Bool
}

/// Walks the code units of a format text.
public struct StrFormatParser<C: FixedWidthInteger & UnsignedInteger> {
  let text: UnsafeBufferPointer<C>
  var position: Int
  let end: Int

  public init(_ text: UnsafeBufferPointer<C>, _ range: Range<Int>? = nil) {
    self.text = text
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? text.count
  }

  /// The next literal and field; nil at the end. Throws FormatError (a ValueError).
  @_specialize(exported: true, where C == UInt8) @_specialize(exported: true, where C == UInt16) @_specialize(exported: true, where C == UInt32)
  public mutating func next() throws -> FormatField? {
    guard position < end else { return nil }
    let start = position
    var i = start
    while i < end && text[i] != 123 && text[i] != 125 { i += 1 }
    var field = FormatField(
      literal: start..<i, hasField: false, name: i..<i, spec: i..<i, conversion: 0, specHasFields: false)
    if i == end {
      position = end
      return field
    }
    let brace = text[i]
    let next = i + 1
    if brace == 125 && (next == end || text[next] != 125) {
      throw FormatError("Single '}' encountered in format string")
    }
    if next == end { throw FormatError("Single '{' encountered in format string") }
    if text[next] == brace {
      // A doubled brace: the first stays in the literal.
      field.literal = start..<next
      position = next + 1
      return field
    }
    field.hasField = true
    i = next
    var stop: C = 0
    name: while i < end {
      stop = text[i]
      i += 1
      switch stop {
      case 123: throw FormatError("unexpected '{' in field name")
      case 91:
        while i < end && text[i] != 93 { i += 1 }
      case 125, 58, 33: break name
      default: break
      }
    }
    field.name = next..<max(next, i - 1)
    if stop == 33 || stop == 58 {
      if stop == 33 {
        if i >= end { throw FormatError("end of string while looking for conversion specifier") }
        field.conversion = UInt32(truncatingIfNeeded: text[i])
        i += 1
        if i < end {
          let after = text[i]
          i += 1
          if after == 125 {
            position = i
            field.spec = i..<i
            return field
          }
          if after != 58 { throw FormatError("expected ':' after conversion specifier") }
        }
      }
      let specStart = i
      var depth = 1
      while i < end {
        let unit = text[i]
        i += 1
        if unit == 123 {
          field.specHasFields = true
          depth += 1
        } else if unit == 125 {
          depth -= 1
          if depth == 0 {
            field.spec = specStart..<(i - 1)
            position = i
            return field
          }
        }
      }
      throw FormatError("unmatched '{' in format spec")
    }
    if stop != 125 { throw FormatError("expected '}' before end of string") }
    field.spec = i..<i
    position = i
    return field
  }
}

/// The first part of a field name, or the text in brackets: a number or a key.
public enum FieldKey {
  case index(Int)
  case name(Range<Int>)
}

public enum FieldPart {
  case attribute(Range<Int>)
  case item(FieldKey)
}

/// Walks a field name: first the key, then ".attribute" and "[item]" parts.
public struct FieldNameParser<C: FixedWidthInteger & UnsignedInteger> {
  let text: UnsafeBufferPointer<C>
  var position: Int
  let end: Int
  /// What precedes the first '.' or '['; an empty name asks for automatic numbering.
  public let first: FieldKey

  public init(_ text: UnsafeBufferPointer<C>, _ range: Range<Int>) throws {
    self.text = text
    end = range.upperBound
    var i = range.lowerBound
    while i < end && text[i] != 46 && text[i] != 91 { i += 1 }
    position = i
    first = try Self.key(text, range.lowerBound..<i)
  }

  private static func key(_ text: UnsafeBufferPointer<C>, _ range: Range<Int>) throws -> FieldKey {
    if range.isEmpty { return .name(range) }
    var value = 0
    for i in range {
      guard let digit = decimalValue(UInt32(truncatingIfNeeded: text[i])) else { return .name(range) }
      if value > (Int.max - digit) / 10 { throw FormatError("Too many decimal digits in format string") }
      value = value * 10 + digit
    }
    return .index(value)
  }

  public mutating func next() throws -> FieldPart? {
    guard position < end else { return nil }
    let unit = text[position]
    position += 1
    let start = position
    if unit == 46 {
      while position < end && text[position] != 46 && text[position] != 91 { position += 1 }
      if position == start { throw FormatError("Empty attribute in format string") }
      return .attribute(start..<position)
    }
    if unit == 91 {
      while position < end && text[position] != 93 { position += 1 }
      if position == end { throw FormatError("Missing ']' in format string") }
      let range = start..<position
      position += 1
      let key = try Self.key(text, range)
      if range.isEmpty { throw FormatError("Empty attribute in format string") }
      return .item(key)
    }
    throw FormatError("Only '.' or '[' may follow ']' in format field specifier")
  }
}

/// Automatic numbering of fields in one format call.
public struct FieldNumbering {
  private var next = 0
  private enum Mode { case unknown, automatic, manual }
  private var mode = Mode.unknown

  public init() {}

  /// Resolves the first key of a field: the index to use, or nil for a keyword name.
  public mutating func resolve(_ key: FieldKey) throws -> Int? {
    switch key {
    case .index(let index):
      if mode == .automatic {
        throw FormatError("cannot switch from automatic field numbering to manual field specification")
      }
      mode = .manual
      return index
    case .name(let range):
      guard range.isEmpty else { return nil }
      if mode == .manual {
        throw FormatError("cannot switch from manual field specification to automatic field numbering")
      }
      mode = .automatic
      next += 1
      return next - 1
    }
  }
}
