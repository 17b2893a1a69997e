// The tokenizer: bytes to tokens, on demand, with indentation and bracket tracking.

/// Why the tokenizer stopped.
enum TokenizerState {
  case running, endOfInput
  /// A message is in `failure`.
  case failed
  /// As `failed`, and the cause is a string literal that the end of input cut off.
  case failedInString
  case badDedent, inconsistentTabs, tooDeep, badContinuation
}

final class Tokenizer {
  let base: UnsafePointer<UInt8>
  let count: Int
  let names: NameTable
  let options: ParseOptions
  var cur = 0
  /// The current line: its number and where it starts. Neither moves past the end of input.
  var line: Int32
  var lineStart = 0
  var state = TokenizerState.running
  var failure: SyntaxFailure?
  /// Where the token being read starts; -1 before any.
  var tokenStart = -1
  /// Line and line start of a token that may span lines.
  var firstLine: Int32 = 1
  var firstLineStart = 0

  var brackets: [(character: UInt8, line: Int32, column: Int32)] = []
  var indents: [Int32] = [0]
  var altIndents: [Int32] = [0]
  /// Indents (positive) or dedents (negative) still to deliver.
  var pending = 0
  private var atBeginningOfLine = true
  /// The last byte read was a newline that ended a logical line; the line number moves with the next read.
  private var crossNewline = false
  var reportWarnings = true
  var isMalformed = false

  static let maxIndents = 100
  static let maxBrackets = 200

  init(base: UnsafePointer<UInt8>, count: Int, names: NameTable, options: ParseOptions, firstLine: Int32 = 1) {
    self.base = base; self.count = count; self.names = names; self.options = options
    line = firstLine
  }

  /// End of the current line, after its newline.
  var lineEnd: Int {
    var i = max(cur, lineStart)
    if i > lineStart && i <= count && base[i - 1] == 10 { return i }
    while i < count && base[i] != 10 { i += 1 }
    return min(i + 1, count)
  }

  // MARK: Failures

  func text(_ from: Int, _ to: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: base + from, count: max(0, to - from)), as: UTF8.self)
  }

  func codePoints(_ from: Int, _ to: Int) -> Int32 {
    var n: Int32 = 0
    var i = from
    while i < to { if base[i] & 0xC0 != 0x80 { n += 1 }; i += 1 }
    return n
  }

  /// A SyntaxError at the reading position, or over the given columns.
  @inline(never)
  func fail(_ message: String, offset: Int32? = nil, endOffset: Int32? = nil, type: String = "SyntaxError",
            state: TokenizerState = .failed) -> Token {
    let at = offset ?? codePoints(lineStart, cur)
    var end = lineStart
    while end < count && base[end] != 10 { end += 1 }
    failure = SyntaxFailure(type: type, message: message, line: line, offset: at, endLine: line,
                            endOffset: endOffset ?? at, text: text(lineStart, end))
    return stop(state)
  }

  @inline(never)
  func stop(_ s: TokenizerState) -> Token {
    state = s
    return token(.error, tokenStart, cur)
  }

  /// Reports a deprecation; false if the hook turned it into an error.
  func warn(_ category: String, _ message: String) -> Bool {
    guard reportWarnings, let hook = options.warn else { return true }
    guard let f = hook(category, message, line) else { return true }
    failure = f
    state = .failed
    return false
  }

  // MARK: Tokens

  @inline(__always)
  func token(_ kind: TokenKind, _ start: Int, _ end: Int, name: Int32 = -1) -> Token {
    Token(kind: kind, level: UInt8(truncatingIfNeeded: brackets.count), name: name, start: Int32(truncatingIfNeeded: start),
          end: Int32(truncatingIfNeeded: end), line: line,
          column: start >= lineStart ? Int32(truncatingIfNeeded: start - lineStart) : -1, endLine: line,
          endColumn: start >= lineStart ? Int32(truncatingIfNeeded: end - lineStart) : -1)
  }

  /// Moves to the line that starts at `cur`, unless the input ends there.
  @inline(__always)
  private func startLine() {
    if cur < count { line &+= 1; lineStart = cur }
  }

  func next() -> Token {
    var blank = false
    while true {
      tokenStart = -1
      if crossNewline { crossNewline = false; startLine() }
      if atBeginningOfLine {
        atBeginningOfLine = false
        if let t = measureIndent(&blank) { return t }
      }
      if pending != 0 {
        if pending < 0 { pending += 1; return token(.dedent, -1, -1) }
        pending -= 1
        return token(.indent, -1, -1)
      }
      if let t = scan(blank) { return t }
      blank = false
    }
  }

  /// Reads the white space of a new line. Returns a token only on failure.
  private func measureIndent(_ blank: inout Bool) -> Token? {
    var col: Int32 = 0, alt: Int32 = 0, continued: Int32 = 0
    blank = false
    var c: UInt8
    while true {
      c = base[cur]
      if c == 32 { col += 1; alt += 1; cur += 1 }
      else if c == 9 { col = (col / 8 + 1) * 8; alt += 1; cur += 1 }
      else if c == 12 { col = 0; alt = 0; cur += 1 }
      else if c == 92 {
        continued = continued != 0 ? continued : col
        cur += 1
        if let t = continueLine() { return t }
      } else { break }
    }
    if c == 35 || c == 10 { blank = true }
    if cur >= count { state = .endOfInput }
    if blank || !brackets.isEmpty { return nil }
    if continued != 0 { col = continued; alt = continued }
    let top = indents[indents.count - 1]
    if col == top {
      if alt != altIndents[indents.count - 1] { return tabFailure() }
    } else if col > top {
      if indents.count >= Tokenizer.maxIndents { cur = lineEnd; return stop(.tooDeep) }
      if alt <= altIndents[indents.count - 1] { return tabFailure() }
      pending += 1
      indents.append(col)
      altIndents.append(alt)
    } else {
      while indents.count > 1 && col < indents[indents.count - 1] {
        pending -= 1
        indents.removeLast()
        altIndents.removeLast()
      }
      if col != indents[indents.count - 1] { cur = lineEnd; return stop(.badDedent) }
      if alt != altIndents[indents.count - 1] { return tabFailure() }
    }
    return nil
  }

  private func tabFailure() -> Token { cur = lineEnd; return stop(.inconsistentTabs) }

  /// After a backslash: the newline and the start of the next line. Returns a token only on failure.
  private func continueLine() -> Token? {
    if base[cur] != 10 || cur >= count {
      if cur >= count { cur = count } else { cur += 1 }
      return stop(.badContinuation)
    }
    cur += 1
    if cur >= count { return stop(.endOfInput) }
    startLine()
    return nil
  }

  /// One token from the current line, or nil to start over after a line that produced none.
  private func scan(_ blankLine: Bool) -> Token? {
    while true {
      var c = base[cur]
      while c == 32 || c == 9 || c == 12 { cur &+= 1; c = base[cur] }
      tokenStart = cur
      if c == 35 {
        let start = cur
        repeat { cur &+= 1; c = base[cur] } while c != 10 && cur < count
        if options.typeComments, let t = typeComment(start, blank: blankLine) { return t }
        if cur >= count { return endToken() }
      }
      let cls = characterClass[Int(c)]
      if cls == .identifier { return scanName() }
      if cls == .digit { return scanNumber(tokenStart) }
      if c == 10 {
        cur &+= 1
        atBeginningOfLine = true
        if blankLine || !brackets.isEmpty { startLine(); return nil }
        crossNewline = true
        return token(.newline, tokenStart, cur - 1)
      }
      if c == 46 {
        let d = base[cur + 1]
        if d >= 48 && d <= 57 { return scanNumber(tokenStart) }
        if d == 46 && base[cur + 2] == 46 { cur += 3; return token(.ellipsis, tokenStart, cur) }
        cur &+= 1
        return token(.dot, tokenStart, cur)
      }
      if c == 34 || c == 39 { return scanString() }
      if c == 92 {
        cur &+= 1
        if let t = continueLine() { return t }
        continue
      }
      if cur >= count { return endToken() }
      return scanOperator(c)
    }
  }

  private func endToken() -> Token {
    if !brackets.isEmpty { return stop(.endOfInput) }
    state = .endOfInput
    return token(.endMarker, -1, -1)
  }

  /// A `# type:` comment at `start`, if that is what it is.
  private func typeComment(_ start: Int, blank: Bool) -> Token? {
    let prefix: StaticString = "# type: "
    var p = start
    var q = 0
    let n = prefix.utf8CodeUnitCount
    while q < n && p < cur {
      if prefix.utf8Start[q] == 32 {
        while p < cur && (base[p] == 32 || base[p] == 9) { p += 1 }
      } else if prefix.utf8Start[q] == base[p] { p += 1 } else { break }
      q += 1
    }
    guard q == n else { return nil }
    let ignoreEnd = p + 6
    let word: [UInt8] = Array("ignore".utf8)
    var isIgnore = cur >= ignoreEnd && (0..<6).allSatisfy { base[p + $0] == word[$0] }
    if isIgnore && cur > ignoreEnd {
      let c = base[ignoreEnd]
      if c >= 128 || (c >= 48 && c <= 57) || (c | 32 >= 97 && c | 32 <= 122) { isIgnore = false }
    }
    if isIgnore {
      var t = token(.typeComment, ignoreEnd, cur)
      t.name = 1
      // On a line of its own the comment leaves no newline token.
      if blank && base[cur] == 10 { cur += 1; atBeginningOfLine = true; crossNewline = true }
      return t
    }
    return token(.typeComment, p, cur)
  }

  // MARK: Names

  private func scanName() -> Token {
    var c = base[cur]
    // A string prefix is at most two letters.
    if c == 34 || c == 39 { return scanString() }
    var i = cur &+ 1
    var nonASCII = c >= 128
    if stringPrefixLetter(c) {
      let d = base[i]
      if d == 34 || d == 39 { return scanString(prefix: 1) }
      let e = base[i + (d == 0 ? 0 : 1)]
      if (e == 34 || e == 39) && stringPrefixPair(c, d) { return scanString(prefix: 2) }
    }
    c = base[i]
    while characterClass[Int(c)].continuesName {
      if c >= 128 { nonASCII = true }
      i &+= 1
      c = base[i]
    }
    cur = i
    if nonASCII { return unicodeName() }
    let id = names.intern(base + tokenStart, i - tokenStart)
    if id < Int32(keywordSpellings.count) {
      return token(TokenKind(rawValue: TokenKind.kwFalse.rawValue + UInt8(id))!, tokenStart, i, name: id)
    }
    return token(.name, tokenStart, i, name: id)
  }

  private func stringPrefixLetter(_ c: UInt8) -> Bool {
    let l = c | 32
    return l == 98 || l == 102 || l == 114 || l == 117
  }

  private func stringPrefixPair(_ c: UInt8, _ d: UInt8) -> Bool {
    let a = c | 32, b = d | 32
    return (a == 114 && (b == 98 || b == 102)) || (b == 114 && (a == 98 || a == 102))
  }

  @inline(never)
  private func unicodeName() -> Token {
    let end = cur
    if isMalformed, let why = utf8Fault(base, tokenStart, end) { return fail(why) }
    var i = tokenStart
    var first = true
    while i < end {
      let n = max(1, utf8SequenceLength(UnsafeBufferPointer(start: base, count: count), i, count))
      let value = decodeScalar(base, i, n)
      let ok = first ? isIdentifierStart(value) : isIdentifierContinue(value)
      if !ok {
        cur = i + n
        if isPrintable(value) {
          return fail("invalid character '\(text(i, i + n))' (U+\(hex(value, 4, uppercase: true)))")
        }
        return fail("invalid non-printable character U+\(hex(value, 4, uppercase: true))")
      }
      first = false
      i += n
    }
    var spelling = text(tokenStart, end)
    if let nfkc = options.nfkc { spelling = nfkc(spelling) } else { spelling = composedForm(spelling) }
    var copy = Array(spelling.utf8)
    let id = copy.withUnsafeMutableBufferPointer { names.intern(UnsafePointer($0.baseAddress!), $0.count) }
    if id < Int32(keywordSpellings.count) {
      // Normalisation never makes a keyword: the token stays a name.
      return token(.name, tokenStart, end, name: id)
    }
    return token(.name, tokenStart, end, name: id)
  }

  // MARK: Operators

  private func scanOperator(_ c: UInt8) -> Token {
    let d = base[cur + 1]
    var kind = TokenKind.other
    var length = 1
    switch c {
    case 40: return open(c, .leftParen)
    case 91: return open(c, .leftBracket)
    case 123: return open(c, .leftBrace)
    case 41: return close(c, .rightParen)
    case 93: return close(c, .rightBracket)
    case 125: return close(c, .rightBrace)
    case 58: if d == 61 { kind = .colonEqual; length = 2 } else { kind = .colon }
    case 44: kind = .comma
    case 59: kind = .semicolon
    case 61: if d == 61 { kind = .equalEqual; length = 2 } else { kind = .equal }
    case 43: if d == 61 { kind = .plusEqual; length = 2 } else { kind = .plus }
    case 45:
      if d == 61 { kind = .minusEqual; length = 2 } else if d == 62 { kind = .arrow; length = 2 } else { kind = .minus }
    case 42: (kind, length) = doubled(c, d, .star, .starEqual, .doubleStar, .doubleStarEqual)
    case 47: (kind, length) = doubled(c, d, .slash, .slashEqual, .doubleSlash, .doubleSlashEqual)
    case 37: if d == 61 { kind = .percentEqual; length = 2 } else { kind = .percent }
    case 64: if d == 61 { kind = .atEqual; length = 2 } else { kind = .at }
    case 126: kind = .tilde
    case 124: if d == 61 { kind = .pipeEqual; length = 2 } else { kind = .pipe }
    case 38: if d == 61 { kind = .ampersandEqual; length = 2 } else { kind = .ampersand }
    case 94: if d == 61 { kind = .caretEqual; length = 2 } else { kind = .caret }
    case 60:
      if d == 62 { kind = .notEqual; length = 2 } else {
        (kind, length) = doubled(c, d, .less, .lessEqual, .leftShift, .leftShiftEqual)
      }
    case 62: (kind, length) = doubled(c, d, .greater, .greaterEqual, .rightShift, .rightShiftEqual)
    case 33: if d == 61 { kind = .notEqual; length = 2 }
    default:
      if c < 32 || c == 127 {
        cur += 1
        return fail("invalid non-printable character U+\(hex(c, 4, uppercase: true))")
      }
    }
    cur += length
    return token(kind, tokenStart, cur)
  }

  /// An operator that may be doubled, followed by `=`, or both.
  private func doubled(_ c: UInt8, _ d: UInt8, _ one: TokenKind, _ oneEqual: TokenKind, _ two: TokenKind,
                       _ twoEqual: TokenKind) -> (TokenKind, Int) {
    if d == 61 { return (oneEqual, 2) }
    if d != c { return (one, 1) }
    return base[cur + 2] == 61 ? (twoEqual, 3) : (two, 2)
  }

  private func open(_ c: UInt8, _ kind: TokenKind) -> Token {
    cur += 1
    if brackets.count >= Tokenizer.maxBrackets { return fail("too many nested parentheses") }
    brackets.append((c, line, Int32(tokenStart - lineStart)))
    return token(kind, tokenStart, cur)
  }

  private func close(_ c: UInt8, _ kind: TokenKind) -> Token {
    cur += 1
    let name = text(tokenStart, cur)
    guard let opening = brackets.last else { return fail("unmatched '\(name)'") }
    brackets.removeLast()
    let expected: UInt8 = opening.character == 40 ? 41 : opening.character + 2
    if c != expected {
      let o = String(UnicodeScalar(opening.character))
      let place = opening.line == line ? "" : " on line \(opening.line)"
      return fail("closing parenthesis '\(name)' does not match opening parenthesis '\(o)'\(place)")
    }
    return token(kind, tokenStart, cur)
  }

  // MARK: Strings

  /// From the opening quote or prefix at `cur` to the end of the literal.
  private func scanString(prefix: Int = 0) -> Token {
    firstLine = line
    firstLineStart = lineStart
    let quote = base[cur + prefix]
    var i = cur + prefix + 1
    var triple = false
    if base[i] == quote {
      if base[i + 1] == quote { triple = true; i += 2 } else { cur = i + 1; return stringToken() }
    }
    while true {
      let c = base[i]
      if c == quote {
        if !triple { cur = i + 1; return stringToken() }
        if base[i + 1] == quote && base[i + 2] == quote { cur = i + 3; return stringToken() }
        i += 1
        continue
      }
      if c == 10 {
        if !triple { return unterminated(i, triple: false, atEnd: false) }
        i += 1
        cur = i
        startLine()
        continue
      }
      if c == 0 && i >= count { return unterminated(i, triple: triple, atEnd: true) }
      if c == 92 {
        i += 1
        if i >= count { return unterminated(i, triple: triple, atEnd: true) }
        if base[i] == 10 {
          i += 1
          cur = i
          startLine()
          continue
        }
      }
      i += 1
    }
  }

  private func stringToken() -> Token {
    var t = token(.string, tokenStart, cur)
    t.line = firstLine
    t.column = Int32(tokenStart - firstLineStart)
    t.endColumn = Int32(cur - lineStart)
    return t
  }

  private func unterminated(_ at: Int, triple: Bool, atEnd: Bool) -> Token {
    let detected = line
    cur = tokenStart + 1
    lineStart = firstLineStart
    line = firstLine
    return fail("unterminated \(triple ? "triple-quoted " : "")string literal (detected at line \(detected))",
                state: atEnd ? .failedInString : .failed)
  }
}
