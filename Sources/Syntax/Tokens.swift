// Token kinds, the token record, and the table that interns identifiers and recognises keywords.

enum TokenKind: UInt8 {
  case error, endMarker, name, number, string, newline, indent, dedent, typeComment, other
  // Punctuation.
  case leftParen, rightParen, leftBracket, rightBracket, leftBrace, rightBrace
  case colon, comma, semicolon, dot, ellipsis, arrow, equal, colonEqual
  case plus, minus, star, doubleStar, slash, doubleSlash, percent, at, tilde
  case pipe, ampersand, caret, leftShift, rightShift
  case less, greater, lessEqual, greaterEqual, equalEqual, notEqual
  // Augmented assignment: kept in one run, `plusEqual` first, `doubleSlashEqual` last.
  case plusEqual, minusEqual, starEqual, atEqual, slashEqual, percentEqual, ampersandEqual, pipeEqual, caretEqual
  case leftShiftEqual, rightShiftEqual, doubleStarEqual, doubleSlashEqual
  // Keywords, in the order of `keywordSpellings`.
  case kwFalse, kwNone, kwTrue, kwAnd, kwAs, kwAssert, kwAsync, kwAwait, kwBreak, kwClass, kwContinue, kwDef, kwDel
  case kwElif, kwElse, kwExcept, kwFinally, kwFor, kwFrom, kwGlobal, kwIf, kwImport, kwIn, kwIs, kwLambda, kwNonlocal
  case kwNot, kwOr, kwPass, kwRaise, kwReturn, kwTry, kwWhile, kwWith, kwYield

  var isAugmentedAssignment: Bool {
    rawValue >= TokenKind.plusEqual.rawValue && rawValue <= TokenKind.doubleSlashEqual.rawValue
  }
}

let keywordSpellings = [
  "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
  "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
  "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
]

/// Identifiers with a meaning in some contexts only. Their ids follow those of the keywords, in this order.
let softKeywordSpellings = ["match", "case", "_", "print", "exec"]

enum NameID {
  static let match = Int32(keywordSpellings.count)
  static let `case` = match + 1
  static let underscore = match + 2
  static let print = match + 3
  static let exec = match + 4
}

/// Columns are UTF-8 bytes from 0, or -1 where the tokenizer has none (indents, dedents, the end of input).
struct Token {
  var kind: TokenKind
  /// Depth of open brackets after this token.
  var level: UInt8
  /// Index in the name table, for names and keywords.
  var name: Int32
  var start: Int32
  var end: Int32
  var line: Int32
  var column: Int32
  var endLine: Int32
  var endColumn: Int32
}

/// Interns identifiers by their bytes: each spelling gets one `String` and one small id; keywords come first.
final class NameTable {
  private var slots: [Int32]
  private var mask: Int
  private var hashes: [UInt64] = []
  private var bytes: [[UInt8]] = []
  private(set) var strings: [String] = []

  init() {
    slots = [Int32](repeating: -1, count: 512)
    mask = 511
    for s in keywordSpellings + softKeywordSpellings {
      var copy = Array(s.utf8)
      _ = copy.withUnsafeMutableBufferPointer { intern(UnsafePointer($0.baseAddress!), $0.count) }
    }
  }

  @inline(__always)
  func intern(_ p: UnsafePointer<UInt8>, _ n: Int) -> Int32 {
    var h: UInt64 = 0xcbf2_9ce4_8422_2325
    for i in 0..<n { h = (h ^ UInt64(p[i])) &* 0x100_0000_01b3 }
    h ^= h >> 29
    var i = Int(truncatingIfNeeded: h) & mask
    while true {
      let id = slots[i]
      if id < 0 { break }
      if hashes[Int(id)] == h, matches(Int(id), p, n) { return id }
      i = (i &+ 1) & mask
    }
    return insert(p, n, h)
  }

  @inline(__always)
  private func matches(_ id: Int, _ p: UnsafePointer<UInt8>, _ n: Int) -> Bool {
    bytes[id].withUnsafeBufferPointer { b in
      if b.count != n { return false }
      for i in 0..<n where b[i] != p[i] { return false }
      return true
    }
  }

  @inline(never)
  private func insert(_ p: UnsafePointer<UInt8>, _ n: Int, _ h: UInt64) -> Int32 {
    let id = Int32(strings.count)
    let b = UnsafeBufferPointer(start: p, count: n)
    strings.append(String(decoding: b, as: UTF8.self))
    bytes.append(Array(b))
    hashes.append(h)
    if strings.count * 2 > slots.count { grow() }
    var i = Int(truncatingIfNeeded: h) & mask
    while slots[i] >= 0 { i = (i &+ 1) & mask }
    slots[i] = id
    return id
  }

  private func grow() {
    let size = slots.count * 2
    slots = [Int32](repeating: -1, count: size)
    mask = size - 1
    for id in 0..<(hashes.count - 1) {
      var i = Int(truncatingIfNeeded: hashes[id]) & mask
      while slots[i] >= 0 { i = (i &+ 1) & mask }
      slots[i] = Int32(id)
    }
  }
}
