// Values of string and bytes literals: prefixes, escapes, concatenation.

/// A fault in a literal, reported at the parser's last token.
struct LiteralFault: Error {
  var message: String
}

/// The prefix and quotes of one string token.
struct LiteralShape {
  var isBytes = false
  var isRaw = false
  var isFormatted = false
  var isU = false
  /// The text between the quotes.
  var start: Int
  var end: Int

  init(_ p: UnsafePointer<UInt8>, _ from: Int, _ to: Int) {
    var i = from
    while p[i] != 34 && p[i] != 39 {
      switch p[i] | 32 {
      case 98: isBytes = true
      case 114: isRaw = true
      case 102: isFormatted = true
      default: isU = true
      }
      i += 1
    }
    let triple = to - i >= 6 && p[i + 1] == p[i] && p[i + 2] == p[i]
    start = i + (triple ? 3 : 1)
    end = to - (triple ? 3 : 1)
  }
}

@inline(__always)
func appendUTF8(_ p: UnsafePointer<UInt8>, _ from: Int, _ to: Int, _ out: inout [UInt32]) {
  out.reserveCapacity(out.count + to - from)
  var i = from
  while i < to {
    let c = p[i]
    if c < 0x80 { out.append(UInt32(c)); i &+= 1; continue }
    let n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4
    out.append(decodeScalar(p, i, n))
    i &+= n
  }
}

private func hexDigit(_ c: UInt8) -> UInt32? {
  if c >= 48 && c <= 57 { return UInt32(c) - 48 }
  let l = c | 32
  return l >= 97 && l <= 102 ? UInt32(l) - 87 : nil
}

/// Decodes escapes of text between `from` and `to` into code points.
/// `invalidEscape` is told the position of a backslash that starts no escape.
func decodeEscapes(_ p: UnsafePointer<UInt8>, _ from: Int, _ to: Int, options: ParseOptions, _ out: inout [UInt32],
                   invalidEscape: (Int) throws -> Void) throws {
  var i = from
  // The position CPython reports counts the escaped form, where a non-ASCII character takes ten bytes.
  var widened = 0
  func fault(_ at: Int, _ last: Int, _ why: String) -> LiteralFault {
    let a = at - from + widened, b = max(at, last) - from + widened
    let place = a == b ? "byte 0x5c in position \(a)" : "bytes in position \(a)-\(b)"
    return LiteralFault(message: "(unicode error) 'unicodeescape' codec can't decode \(place): \(why)")
  }
  while i < to {
    let c = p[i]
    if c >= 0x80 {
      let n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4
      out.append(decodeScalar(p, i, n))
      widened += 10 - n
      i += n
      continue
    }
    if c != 92 { out.append(UInt32(c)); i += 1; continue }
    let start = i
    i += 1
    // Before a field of an f-string, or a character that is not ASCII, a backslash is itself.
    if i >= to || p[i] >= 0x80 { out.append(92); continue }
    let e = p[i]
    i += 1
    switch e {
    case 10: break
    case 92, 39, 34: out.append(UInt32(e))
    case 98: out.append(8)
    case 102: out.append(12)
    case 116: out.append(9)
    case 110: out.append(10)
    case 114: out.append(13)
    case 118: out.append(11)
    case 97: out.append(7)
    case 48...55:
      var v = UInt32(e) - 48
      var k = 1
      while k < 3 && i < to && p[i] >= 48 && p[i] <= 55 { v = v * 8 + UInt32(p[i]) - 48; i += 1; k += 1 }
      if v > 0o377 { try invalidEscape(start) }
      out.append(v)
    case 120, 117, 85:
      let width = e == 120 ? 2 : e == 117 ? 4 : 8
      var v: UInt32 = 0
      var k = 0
      while k < width, i < to, let d = hexDigit(p[i]) { v = v << 4 | d; i += 1; k += 1 }
      if k < width {
        let kind = e == 120 ? "\\xXX" : e == 117 ? "\\uXXXX" : "\\UXXXXXXXX"
        throw fault(start, i - 1, "truncated \(kind) escape")
      }
      if v > 0x10FFFF { throw fault(start, i - 1, "illegal Unicode character") }
      out.append(v)
    case 78:
      guard i < to, p[i] == 123 else { throw fault(start, i - 1, "malformed \\N character escape") }
      var j = i + 1
      while j < to && p[j] != 125 { j += 1 }
      if j >= to || j == i + 1 { throw fault(start, j >= to ? to - 1 : j, "malformed \\N character escape") }
      let name = String(decoding: UnsafeBufferPointer(start: p + i + 1, count: j - i - 1), as: UTF8.self)
      let known = options.characterNamed?(name) ?? characterNamed(name)
      if let k = known, k.isEmpty { throw LiteralFault(message: "(unicode error) \\N escapes not supported (can't load unicodedata module)") }
      guard let found = known, found.count == 1 else {
        throw fault(start, j, "unknown Unicode character name")
      }
      out.append(contentsOf: found)
      i = j + 1
    default:
      try invalidEscape(start)
      out.append(92)
      i = start + 1
    }
  }
}

func decodeBytesEscapes(_ p: UnsafePointer<UInt8>, _ from: Int, _ to: Int, _ out: inout [UInt8],
                        invalidEscape: (Int) throws -> Void) throws {
  var i = from
  while i < to {
    let c = p[i]
    if c != 92 { out.append(c); i += 1; continue }
    let start = i
    i += 1
    let e = p[i]
    i += 1
    switch e {
    case 10: break
    case 92, 39, 34: out.append(e)
    case 98: out.append(8)
    case 102: out.append(12)
    case 116: out.append(9)
    case 110: out.append(10)
    case 114: out.append(13)
    case 118: out.append(11)
    case 97: out.append(7)
    case 48...55:
      var v = UInt32(e) - 48
      var k = 1
      while k < 3 && i < to && p[i] >= 48 && p[i] <= 55 { v = v * 8 + UInt32(p[i]) - 48; i += 1; k += 1 }
      if v > 0o377 { try invalidEscape(start) }
      out.append(UInt8(truncatingIfNeeded: v))
    case 120:
      guard i + 1 < to, let a = hexDigit(p[i]), let b = hexDigit(p[i + 1]) else {
        throw LiteralFault(message: "(value error) invalid \\x escape at position \(start - from)")
      }
      out.append(UInt8(a << 4 | b))
      i += 2
    default:
      try invalidEscape(start)
      out.append(92)
      i = start + 1
    }
  }
}
