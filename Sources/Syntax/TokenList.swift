// The tokens of a text as plain numbers, for `_tokenize`.

/// `number` is CPython's (module `token`); positions are bytes, columns -1 where a token has no place.
public struct PlainToken {
  public let number, start, end, line, column, endLine, endColumn: Int
}

/// The tokens up to the end of input, and the failure that ended them, if one did.
public func plainTokens(source: UnsafeBufferPointer<UInt8>) throws -> (text: [UInt8], tokens: [PlainToken], failure: SyntaxFailure?) {
  let options = ParseOptions(ignoreCookie: true)
  let text = try SourceText(source, options: options)
  let parser = Parser(bytes: text.bytes, options: options, names: NameTable())
  let tokenizer = parser.tokenizer
  tokenizer.isMalformed = text.isMalformed
  var tokens: [PlainToken] = []
  while true {
    let t = tokenizer.next()
    if t.kind == .error || t.kind == .endMarker { break }
    tokens.append(PlainToken(number: plainNumber(t.kind), start: Int(t.start), end: Int(t.end), line: Int(t.line), column: Int(t.column),
                             endLine: Int(t.endLine), endColumn: Int(t.endColumn)))
  }
  return (text.bytes, tokens, tokenizer.failure)
}

private func plainNumber(_ k: TokenKind) -> Int {
  switch k {
  case .number: return 2
  case .string: return 3
  case .newline: return 4
  case .indent: return 5
  case .dedent: return 6
  case .leftParen: return 7
  case .rightParen: return 8
  case .leftBracket: return 9
  case .rightBracket: return 10
  case .colon: return 11
  case .comma: return 12
  case .semicolon: return 13
  case .plus: return 14
  case .minus: return 15
  case .star: return 16
  case .slash: return 17
  case .pipe: return 18
  case .ampersand: return 19
  case .less: return 20
  case .greater: return 21
  case .equal: return 22
  case .dot: return 23
  case .percent: return 24
  case .leftBrace: return 25
  case .rightBrace: return 26
  case .equalEqual: return 27
  case .notEqual: return 28
  case .lessEqual: return 29
  case .greaterEqual: return 30
  case .tilde: return 31
  case .caret: return 32
  case .leftShift: return 33
  case .rightShift: return 34
  case .doubleStar: return 35
  case .plusEqual: return 36
  case .minusEqual: return 37
  case .starEqual: return 38
  case .slashEqual: return 39
  case .percentEqual: return 40
  case .ampersandEqual: return 41
  case .pipeEqual: return 42
  case .caretEqual: return 43
  case .leftShiftEqual: return 44
  case .rightShiftEqual: return 45
  case .doubleStarEqual: return 46
  case .doubleSlash: return 47
  case .doubleSlashEqual: return 48
  case .at: return 49
  case .atEqual: return 50
  case .arrow: return 51
  case .ellipsis: return 52
  case .colonEqual: return 53
  case .kwAwait: return 55
  case .kwAsync: return 56
  case .typeComment: return 58
  case .error, .other: return 60
  case .endMarker: return 0
  default: return 1
  }
}
