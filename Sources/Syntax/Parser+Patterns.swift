// The match statement and its patterns.

extension Parser {
  /// nil, with nothing consumed, if `match` is only a name here.
  func matchStatement() throws(Fail) -> Stmt? {
    let s = pos
    if !diagnosing {
      switch nextKind {
      case .equal, .dot, .comma, .rightParen, .colon, .newline, .semicolon, .colonEqual: return nil
      case let k where k.isAugmentedAssignment: return nil
      default: break
      }
    }
    let subject = try attempt { () throws(Fail) -> Expr in
      self.advance()
      let e = try self.matchSubject()
      if self.seeking && self.kind == .newline { throw self.raise("expected ':'") }
      try self.expect(.colon)
      try self.expect(.newline)
      return e
    }
    guard let e = subject else { return nil }
    if kind != .indent {
      if seeking {
        throw raise("expected an indented block after 'match' statement on line \(tokens[s].line)", type: "IndentationError")
      }
      pos = s
      return nil
    }
    advance()
    var cases: [MatchCase] = []
    while isSoft(NameID.case) { cases.append(try caseBlock()) }
    if cases.isEmpty { throw Fail() }
    try expect(.dedent)
    return Stmt(.match(subject: e, cases: cases), blockSpan(s))
  }

  private func matchSubject() throws(Fail) -> Expr {
    let s = pos
    let first = try starNamedExpression()
    if kind != .comma {
      if case .starred = first.kind { throw Fail() }
      return first
    }
    advance()
    let rest = try starNamedExpressions()
    return Expr(.tuple([first] + rest, .load), span(s))
  }

  private func caseBlock() throws(Fail) -> MatchCase {
    let s = pos
    advance()
    let pattern = try patterns()
    let test = accept(.kwIf) ? try namedExpression() : nil
    try headerColon()
    let body = try block("'case' statement", tokens[s].line)
    return MatchCase(pattern: pattern, guardTest: test, body: body)
  }

  /// A pattern, or a sequence without brackets.
  private func patterns() throws(Fail) -> Pattern {
    let s = pos
    let first = try maybeStarPattern()
    if kind != .comma {
      if case .star = first.kind { throw Fail() }
      return first
    }
    advance()
    var items = [first]
    if kind != .colon && kind != .kwIf { items += try patternList { $0 == .colon || $0 == .kwIf } }
    return Pattern(.sequence(items), span(s))
  }

  private func patternList(_ ends: (TokenKind) -> Bool) throws(Fail) -> [Pattern] {
    var items: [Pattern] = []
    while !ends(kind) {
      items.append(try maybeStarPattern())
      if !accept(.comma) { break }
    }
    return items
  }

  private func maybeStarPattern() throws(Fail) -> Pattern {
    if kind != .star { return try pattern() }
    let s = pos
    advance()
    let id = current.name
    let name = try expectName()
    if kind == .dot || kind == .leftParen || kind == .equal {
      if id != NameID.underscore { throw Fail() }
    }
    return Pattern(.star(id == NameID.underscore ? nil : name), span(s))
  }

  private func pattern() throws(Fail) -> Pattern {
    let s = pos
    let p = try orPattern()
    if kind != .kwAs { return p }
    advance()
    if kind == .name {
      let t = current
      if t.name != NameID.underscore {
        advance()
        if kind != .dot && kind != .leftParen && kind != .equal {
          return Pattern(.as(p, name: names.strings[Int(t.name)]), span(s))
        }
      } else if seeking { throw raise("cannot use '_' as a target", at: t) }
      throw Fail()
    }
    if seeking {
      let e = try expression()
      throw raise("invalid pattern target", at: e)
    }
    throw Fail()
  }

  private func orPattern() throws(Fail) -> Pattern {
    let s = pos
    let first = try closedPattern()
    if kind != .pipe { return first }
    var items = [first]
    while accept(.pipe) { items.append(try closedPattern()) }
    return Pattern(.or(items), span(s))
  }

  private func closedPattern() throws(Fail) -> Pattern {
    let s = pos
    try enter()
    defer { depth &-= 1 }
    switch kind {
    case .number, .minus:
      let e = try signedNumber()
      return Pattern(.value(e), span(s))
    case .string:
      let e = try strings()
      return Pattern(.value(e), span(s))
    case .kwNone: advance(); return Pattern(.singleton(.none), span(s))
    case .kwTrue: advance(); return Pattern(.singleton(.true), span(s))
    case .kwFalse: advance(); return Pattern(.singleton(.false), span(s))
    case .name: return try namePattern()
    case .leftParen: return try groupPattern()
    case .leftBracket:
      advance()
      let items = try patternList { $0 == .rightBracket }
      try expect(.rightBracket)
      return Pattern(.sequence(items), span(s))
    case .leftBrace: return try mappingPattern()
    default: throw Fail()
    }
  }

  /// A number with an optional minus sign, or a complex number written as a sum.
  private func signedNumber() throws(Fail) -> Expr {
    let s = pos
    func isImaginary(_ e: Expr) -> Bool {
      if case .constant(.complex) = e.kind { return true }
      return false
    }
    let negative = accept(.minus)
    if kind != .number { throw Fail() }
    var e = try atom()
    let realPart = !isImaginary(e)
    if negative { e = Expr(.unaryOp(.minus, e), span(s)) }
    if kind != .plus && kind != .minus { return e }
    let op: BinaryOperator = kind == .plus ? .add : .sub
    advance()
    if kind != .number { throw Fail() }
    let t = current
    let imag = try atom()
    if !realPart { throw raise("real number required in complex literal", at: e) }
    if !isImaginary(imag) { throw raise("imaginary number required in complex literal", at: t) }
    return Expr(.binOp(e, op, imag), span(s))
  }

  private func namePattern() throws(Fail) -> Pattern {
    let s = pos
    let t = current
    let name = try expectName()
    if kind != .dot && kind != .leftParen && kind != .equal {
      if t.name == NameID.underscore { return Pattern(.as(nil, name: nil), span(s)) }
      return Pattern(.as(nil, name: name), span(s))
    }
    if kind == .equal {
      if t.name == NameID.underscore { return Pattern(.as(nil, name: nil), span(s)) }
      throw Fail()
    }
    var e = Expr(.name(name, .load), span(s))
    while accept(.dot) {
      let attribute = try expectName()
      e = Expr(.attribute(e, attribute, .load), span(s))
    }
    if kind == .leftParen { return try classPattern(s, e) }
    if kind == .equal { throw Fail() }
    return Pattern(.value(e), span(s))
  }

  private func classPattern(_ s: Int, _ cls: Expr) throws(Fail) -> Pattern {
    advance()
    var positional: [Pattern] = []
    var attributes: [String] = []
    var keywordPatterns: [Pattern] = []
    while kind != .rightParen {
      if kind == .name && nextKind == .equal {
        attributes.append(try expectName())
        advance()
        keywordPatterns.append(try pattern())
      } else {
        if !attributes.isEmpty {
          if seeking { try positionalPatternFault() }
          throw Fail()
        }
        positional.append(try pattern())
      }
      if !accept(.comma) { break }
    }
    try expect(.rightParen)
    return Pattern(.class(cls, patterns: positional, kwdAttrs: attributes, kwdPatterns: keywordPatterns), span(s))
  }

  private func positionalPatternFault() throws(Fail) {
    let first = try pattern()
    var last = first
    while kind == .comma {
      let next = try attempt { () throws(Fail) in self.advance(); return try self.pattern() }
      guard let p = next else { break }
      last = p
    }
    throw raise("positional patterns follow keyword patterns", from: first.range, to: last.range)
  }

  private func groupPattern() throws(Fail) -> Pattern {
    let s = pos
    advance()
    if accept(.rightParen) { return Pattern(.sequence([]), span(s)) }
    let first = try maybeStarPattern()
    if kind == .comma {
      advance()
      let items = [first] + (try patternList { $0 == .rightParen })
      try expect(.rightParen)
      return Pattern(.sequence(items), span(s))
    }
    if case .star = first.kind { throw Fail() }
    try expect(.rightParen)
    return first
  }

  private func mappingPattern() throws(Fail) -> Pattern {
    let s = pos
    advance()
    var keys: [Expr] = []
    var values: [Pattern] = []
    var rest: String?
    while kind != .rightBrace {
      if accept(.doubleStar) {
        if kind == .name && tokens[pos].name == NameID.underscore { throw Fail() }
        rest = try expectName()
        _ = accept(.comma)
        break
      }
      keys.append(try mappingKey())
      try expect(.colon)
      values.append(try pattern())
      if !accept(.comma) { break }
    }
    try expect(.rightBrace)
    return Pattern(.mapping(keys: keys, patterns: values, rest: rest), span(s))
  }

  private func mappingKey() throws(Fail) -> Expr {
    let s = pos
    switch kind {
    case .number, .minus: return try signedNumber()
    case .string: return try strings()
    case .kwNone: return constant(.none)
    case .kwTrue: return constant(.true)
    case .kwFalse: return constant(.false)
    default:
      let name = try expectName()
      var e = Expr(.name(name, .load), span(s))
      if kind != .dot { throw Fail() }
      while accept(.dot) {
        let attribute = try expectName()
        e = Expr(.attribute(e, attribute, .load), span(s))
      }
      return e
    }
  }
}
