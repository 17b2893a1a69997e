// Formatted string literals, after the rules of Python 3.11.
//
// The text of a replacement field is cut out first and then parsed by a parser of its own, between parentheses, so that
// leading white space and newlines do no harm.

/// Collects text and fields; adjacent texts become one constant.
struct FStringAssembly {
  var parts: [Expr] = []
  var text: [UInt32] = []
  var isFormatted = false
  /// The range of the whole literal, which all its parts have.
  var range: SourceRange
  var isU: Bool

  init(range: SourceRange, isU: Bool) { self.range = range; self.isU = isU }

  mutating func flush(_ r: SourceRange) {
    if text.isEmpty { return }
    let value = PyText(text)
    parts.append(Expr(.constant(isU ? .strU(value) : .str(value)), r))
    text = []
  }

  mutating func finish(_ r: SourceRange) -> Expr {
    if !isFormatted {
      let value = PyText(text)
      return Expr(.constant(isU ? .strU(value) : .str(value)), r)
    }
    flush(r)
    return Expr(.joinedStr(parts), r)
  }
}

extension Parser {
  func formattedLiteral(_ out: inout FStringAssembly, _ t: Token, _ shape: LiteralShape) throws(Fail) {
    var at = shape.start
    try formattedText(&out, t, &at, shape.end, raw: shape.isRaw, level: 0)
  }

  /// Literal text and fields up to `end`, or inside a format specification up to the "}" that ends it.
  private func formattedText(_ out: inout FStringAssembly, _ t: Token, _ at: inout Int, _ end: Int, raw: Bool,
                             level: Int) throws(Fail) {
    let base = UnsafePointer(storage)
    while true {
      let doubled = try literalText(&out, t, &at, end, raw: raw, level: level)
      if doubled { continue }
      if at >= end || base[at] == 125 { break }
      let field = try replacementField(&out, t, &at, end, raw: raw, level: level)
      out.flush(out.range)
      out.parts.append(field)
    }
    if level == 0 && at < end { throw raise("f-string: unexpected end of string") }
    if level != 0 && (at >= end || base[at] != 125) { throw raise("f-string: expecting '}'") }
  }

  /// True if the text ended with a doubled brace, after which more text may follow.
  private func literalText(_ out: inout FStringAssembly, _ t: Token, _ at: inout Int, _ end: Int, raw: Bool,
                           level: Int) throws(Fail) -> Bool {
    let base = UnsafePointer(storage)
    let start = at
    var doubled = false
    var literalEnd = end
    scan: while at < end {
      let c = base[at]
      at += 1
      if !raw && c == 92 && at < end {
        let e = base[at]
        at += 1
        if e == 78 {
          // The name of \N{...} is no field.
          if at < end && base[at] == 123 {
            at += 1
            while at < end && base[at] != 125 { at += 1 }
            if at < end { at += 1 }
            continue
          }
          // A malformed escape is reported when the text is decoded.
          break
        }
        if e == 123 { try warnInvalidEscape(at - 2, t) }
        if e == 123 || e == 125 { at -= 1 }
        continue
      }
      if c == 123 || c == 125 {
        if level == 0 {
          if at < end && base[at] == c {
            literalEnd = at
            at += 1
            doubled = true
            break scan
          }
          if c == 125 {
            throw raise("f-string: single '}' is not allowed")
          }
        }
        at -= 1
        literalEnd = at
        break scan
      }
    }
    if !doubled && at < literalEnd { literalEnd = at }
    if literalEnd > start { try decodeText(t, start, literalEnd, raw: raw, &out.text) }
    return doubled
  }

  private func replacementField(_ out: inout FStringAssembly, _ t: Token, _ at: inout Int, _ end: Int, raw: Bool,
                                level: Int) throws(Fail) -> Expr {
    let base = UnsafePointer(storage)
    if level >= 2 { throw raise("f-string: expressions nested too deeply") }
    at += 1
    let start = at
    try skipField(&at, end)
    if at >= end { throw raise("f-string: expecting '}'") }
    let value = try fieldExpression(start, at, t)
    var debugText = false
    if base[at] == 61 {
      at += 1
      while at < end && (base[at] == 32 || (base[at] >= 9 && base[at] <= 13)) { at += 1 }
      if at >= end { throw raise("f-string: expecting '}'") }
      appendUTF8(base, start, at, &out.text)
      debugText = true
    }
    var conversion: UInt8 = 0
    if base[at] == 33 {
      at += 1
      if at >= end { throw raise("f-string: expecting '}'") }
      conversion = base[at]
      at += 1
      if conversion != 115 && conversion != 114 && conversion != 97 {
        throw raise("f-string: invalid conversion character: expected 's', 'r', or 'a'")
      }
      if at >= end { throw raise("f-string: expecting '}'") }
    }
    var spec: Expr?
    if base[at] == 58 {
      at += 1
      if at >= end { throw raise("f-string: expecting '}'") }
      var inner = FStringAssembly(range: out.range, isU: out.isU)
      inner.isFormatted = true
      try formattedText(&inner, t, &at, end, raw: raw, level: level + 1)
      spec = inner.finish(range(t))
    }
    if at >= end || base[at] != 125 { throw raise("f-string: expecting '}'") }
    at += 1
    if debugText && conversion == 0 && spec == nil { conversion = 114 }
    return Expr(.formattedValue(value, conversion: conversion, spec: spec), out.range)
  }

  /// Moves `at` to the character that ends the expression of a field.
  private func skipField(_ at: inout Int, _ end: Int) throws(Fail) {
    let base = UnsafePointer(storage)
    var quote: UInt8 = 0
    var triple = false
    var open: [UInt8] = []
    func name(_ c: UInt8) -> String { String(UnicodeScalar(c)) }
    loop: while at < end {
      let c = base[at]
      if c == 92 { throw raise("f-string expression part cannot include a backslash") }
      if quote != 0 {
        if c == quote {
          if !triple { quote = 0 } else if at + 2 < end && base[at + 1] == c && base[at + 2] == c { at += 2; quote = 0 }
        }
        at += 1
        continue
      }
      switch c {
      case 34, 39:
        triple = at + 2 < end && base[at + 1] == c && base[at + 2] == c
        if triple { at += 2 }
        quote = c
      case 40, 91, 123:
        if open.count >= Tokenizer.maxBrackets { throw raise("f-string: too many nested parenthesis") }
        open.append(c)
      case 35: throw raise("f-string expression part cannot include '#'")
      case _ where open.isEmpty && (c == 33 || c == 58 || c == 125 || c == 61 || c == 60 || c == 62):
        let d: UInt8 = at + 1 < end ? base[at + 1] : 0
        if d == 61 && (c == 33 || c == 61 || c == 60 || c == 62) { at += 1 } else if c != 60 && c != 62 { break loop }
      case 41, 93, 125:
        guard let o = open.popLast() else { throw raise("f-string: unmatched '\(name(c))'") }
        if c != (o == 40 ? 41 : o + 2) {
          throw raise("f-string: closing parenthesis '\(name(c))' does not match opening parenthesis '\(name(o))'")
        }
      default: break
      }
      at += 1
    }
    if quote != 0 { throw raise("f-string: unterminated string") }
    if let o = open.last { throw raise("f-string: unmatched '\(name(o))'") }
  }

  private func fieldExpression(_ from: Int, _ to: Int, _ t: Token) throws(Fail) -> Expr {
    let base = UnsafePointer(storage)
    var blank = true
    for i in from..<max(from, to) where base[i] != 32 && base[i] != 9 && base[i] != 10 && base[i] != 12 { blank = false; break }
    if blank { throw raise("f-string: empty expression not allowed") }

    // Where the opening brace is, which the opening parenthesis stands for.
    let brace = from - 1
    var lines: Int32 = 0
    for i in Int(t.start)..<brace where base[i] == 10 { lines += 1 }
    var newlineAfterBrace = true
    var i = from
    while base[i] != 125 && base[i] != 10 {
      if base[i] != 32 && base[i] != 9 && base[i] != 12 { newlineAfterBrace = false; break }
      i += 1
    }
    var columns: Int32 = 0
    if !newlineAfterBrace {
      var lineStart = brace
      while lineStart > Int(t.start) && base[lineStart] != 10 { lineStart -= 1 }
      columns = Int32(brace - lineStart)
      if base[lineStart] == 10 { columns -= 1 }
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(to - from + 5)
    bytes.append(40)
    bytes.append(contentsOf: UnsafeBufferPointer(start: base + from, count: to - from))
    bytes.append(contentsOf: [41, 10, 0, 0])
    let column = lines == 0 ? t.column + columns : columns
    let field = Parser(bytes: bytes, options: options, names: names, fieldAt: (t.line + lines, column))
    field.depth = depth
    if diagnosing { field.tokenizer.reportWarnings = false }
    do { return try field.runField() } catch {
      if self.error == nil { self.error = error as? SyntaxFailure }
      throw Fail()
    }
  }
}
