// From the bytes of a source file to UTF-8 with "\n" line ends: BOM, coding cookie, newlines.

struct SourceText {
  /// UTF-8, "\n" line ends, and two NUL bytes of padding after the text.
  var bytes: [UInt8]
  /// Some bytes are not UTF-8.
  var isMalformed = false
  /// Bytes that declare no encoding: columns of errors count bytes.
  var countsBytes = false

  init(_ source: UnsafeBufferPointer<UInt8>, options: ParseOptions) throws {
    var start = 0
    let n = source.count
    let hasBOM = n >= 3 && source[0] == 0xEF && source[1] == 0xBB && source[2] == 0xBF
    if hasBOM { start = 3 }
    var body = UnsafeBufferPointer(rebasing: source[start...])
    var decoded: [UInt8] = []
    let declared = options.ignoreCookie ? nil : codingCookie(body)
    countsBytes = !options.ignoreCookie && declared == nil && !hasBOM
    if let cookie = declared {
      // With a mark, only the canonical spelling will do.
      if hasBOM && !cookie.isCanonicalUTF8 {
        throw fileFailure("encoding problem: \(cookie.spelling) with BOM")
      }
      switch cookie.name {
      case "utf-8": break
      case "iso-8859-1": decoded = latin1ToUTF8(body)
      case "ascii", "us-ascii":
        if let bad = body.firstIndex(where: { $0 >= 0x80 }) {
          throw fileFailure("'ascii' codec can't decode byte 0x\(hex(body[bad], 2)) in position \(bad): ordinal not in range(128)")
        }
      default:
        guard let utf8 = options.decodeSource?(cookie.spelling, Array(body)) else {
          throw fileFailure("unknown encoding: \(cookie.spelling)")
        }
        decoded = utf8
      }
    }
    let translated: [UInt8] = decoded.isEmpty
      ? SourceText.translate(body, exec: options.mode == .exec)
      : decoded.withUnsafeBufferPointer { SourceText.translate($0, exec: options.mode == .exec) }
    body = UnsafeBufferPointer(start: nil, count: 0)
    bytes = translated
    try check()
  }

  /// CR and CRLF become LF; a missing last newline is added in exec mode.
  private static func translate(_ s: UnsafeBufferPointer<UInt8>, exec: Bool) -> [UInt8] {
    let n = s.count
    return [UInt8](unsafeUninitializedCapacity: n + 3) { out, count in
      var j = 0
      var i = 0
      while i < n {
        let c = s[i]
        i += 1
        if c == 13 {
          out[j] = 10
          if i < n && s[i] == 10 { i += 1 }
        } else {
          out[j] = c
        }
        j += 1
      }
      if exec && j > 0 && out[j - 1] != 10 { out[j] = 10; j += 1 }
      out[j] = 0
      out[j + 1] = 0
      count = j + 2
    }
  }

  /// Finds NUL bytes, which are an error, and malformed UTF-8, which is one only in literals and names.
  private mutating func check() throws {
    let count = bytes.count - 2
    var nul = false, bad = false
    bytes.withUnsafeBufferPointer { b in
      var i = 0
      while i < count {
        let c = b[i]
        if c == 0 { nul = true; return }
        if c < 0x80 { i += 1; continue }
        let length = utf8SequenceLength(b, i, count)
        if length == 0 { bad = true; i += 1 } else { i += length }
      }
    }
    if nul {
      throw SyntaxFailure(message: "source code cannot contain null bytes", line: 0, offset: 0, endLine: 0, endOffset: 0, text: nil)
    }
    isMalformed = bad
  }
}

/// Why the bytes of a buffer from `from` to `to` are not UTF-8, in the words of the codec; nil if they are.
func utf8Fault(_ p: UnsafePointer<UInt8>, _ from: Int, _ to: Int) -> String? {
  let b = UnsafeBufferPointer(start: p + from, count: to - from)
  var i = 0
  while i < b.count {
    let n = utf8SequenceLength(b, i, b.count)
    if n > 0 { i += n; continue }
    let c = b[i]
    var reason = "invalid start byte"
    if c >= 0xC2 && c < 0xF5 {
      let need = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3
      var k = 1
      while k <= need && i + k < b.count && b[i + k] & 0xC0 == 0x80 { k += 1 }
      reason = i + k >= b.count && k <= need ? "unexpected end of data" : "invalid continuation byte"
    }
    return "(unicode error) 'utf-8' codec can't decode byte 0x\(hex(c, 2)) in position \(i): \(reason)"
  }
  return nil
}

private func fileFailure(_ message: String) -> SyntaxFailure {
  SyntaxFailure(message: message, line: 0, offset: -1, endLine: 0, endOffset: 0, text: nil)
}

/// Length of the well-formed UTF-8 sequence at `i`, or 0.
func utf8SequenceLength(_ b: UnsafeBufferPointer<UInt8>, _ i: Int, _ count: Int) -> Int {
  let c = b[i]
  func tail(_ k: Int) -> Bool { i + k < count && b[i + k] & 0xC0 == 0x80 }
  if c < 0x80 { return 1 }
  if c < 0xC2 { return 0 }
  if c < 0xE0 { return tail(1) ? 2 : 0 }
  if c < 0xF0 {
    guard tail(1), tail(2) else { return 0 }
    if c == 0xE0 && b[i + 1] < 0xA0 { return 0 }
    if c == 0xED && b[i + 1] >= 0xA0 { return 0 }
    return 3
  }
  if c < 0xF5 {
    guard tail(1), tail(2), tail(3) else { return 0 }
    if c == 0xF0 && b[i + 1] < 0x90 { return 0 }
    if c == 0xF4 && b[i + 1] >= 0x90 { return 0 }
    return 4
  }
  return 0
}

private func latin1ToUTF8(_ s: UnsafeBufferPointer<UInt8>) -> [UInt8] {
  var out: [UInt8] = []
  out.reserveCapacity(s.count + s.count / 8)
  for c in s {
    if c < 0x80 { out.append(c) } else { out.append(0xC0 | c >> 6); out.append(0x80 | c & 0x3F) }
  }
  return out
}

private struct Cookie {
  var name: String
  var spelling: String
  var isCanonicalUTF8: Bool { name == "utf-8" && spelling.lowercased() != "utf8" }
}

/// The PEP 263 declaration in the first two lines, its name normalised; nil if there is none.
private func codingCookie(_ s: UnsafeBufferPointer<UInt8>) -> Cookie? {
  var i = 0
  for _ in 0..<2 {
    var end = i
    while end < s.count && s[end] != 10 && s[end] != 13 { end += 1 }
    var j = i
    while j < end && (s[j] == 32 || s[j] == 9 || s[j] == 12) { j += 1 }
    if j < end && s[j] != 35 { return nil }
    if let found = cookieInComment(s, j, end) { return found }
    i = end
    if i < s.count && s[i] == 13 { i += 1 }
    if i < s.count && s[i] == 10 { i += 1 }
  }
  return nil
}

private func cookieInComment(_ s: UnsafeBufferPointer<UInt8>, _ from: Int, _ end: Int) -> Cookie? {
  let word: [UInt8] = Array("coding".utf8)
  var i = from
  while i + 7 <= end {
    if s[i] == 99, (0..<6).allSatisfy({ s[i + $0] == word[$0] }), s[i + 6] == 58 || s[i + 6] == 61 {
      var j = i + 7
      while j < end && (s[j] == 32 || s[j] == 9) { j += 1 }
      var spelling: [UInt8] = []
      while j < end {
        let c = s[j]
        let ok = (c >= 48 && c <= 57) || (c | 32 >= 97 && c | 32 <= 122) || c == 45 || c == 95 || c == 46
        if !ok { break }
        spelling.append(c)
        j += 1
      }
      if !spelling.isEmpty {
        let text = String(decoding: spelling, as: UTF8.self)
        return Cookie(name: normalisedEncoding(text), spelling: text)
      }
    }
    i += 1
  }
  return nil
}

private func normalisedEncoding(_ name: String) -> String {
  let n = String(decoding: name.utf8.map { $0 == 95 ? 45 : ($0 >= 65 && $0 <= 90 ? $0 + 32 : $0) }, as: UTF8.self)
  if n == "utf-8" || n.hasPrefix("utf-8-") || n == "utf8" { return "utf-8" }
  for base in ["latin-1", "iso-8859-1", "iso-latin-1"] where n == base || n.hasPrefix(base + "-") { return "iso-8859-1" }
  if n == "latin1" || n == "iso8859-1" { return "iso-8859-1" }
  return n
}

func hex(_ v: some BinaryInteger, _ width: Int, uppercase: Bool = false) -> String {
  let s = String(v, radix: 16, uppercase: uppercase)
  return String(repeating: "0", count: max(0, width - s.count)) + s
}
