// Call arguments, and the parameters of functions and lambdas.

/// What `args` of the grammar matched. `keywords` holds those with a name and those with two stars.
struct CallArguments {
  var positional: [Expr] = []
  var keywords: [Keyword] = []
  var range: SourceRange
}

extension Parser {
  /// Pass one: arguments after "(" up to and with ")".
  func callArguments() throws(Fail) -> ([Expr], [Keyword]) {
    var args: [Expr] = []
    var keywords: [Keyword] = []
    var unpackedMapping = false
    let open = pos - 1
    if accept(.rightParen) { return (args, keywords) }
    while true {
      let s = pos
      switch kind {
      case .star:
        if unpackedMapping { throw Fail() }
        args.append(try starred { p throws(Fail) in try p.expression() })
      case .doubleStar:
        advance()
        let value = try expression()
        keywords.append(Keyword(name: nil, value: value, range: span(s)))
        unpackedMapping = true
      case .name where nextKind == .equal:
        let name = try expectName()
        advance()
        let value = try expression()
        keywords.append(Keyword(name: name, value: value, range: span(s)))
      default:
        let e = try namedExpression()
        if kind == .kwFor || kind == .kwAsync {
          if !args.isEmpty || !keywords.isEmpty { throw Fail() }
          let clauses = try comprehensionClauses()
          try expect(.rightParen)
          return ([Expr(.generatorExp(e, clauses), span(open))], keywords)
        }
        if !keywords.isEmpty { throw Fail() }
        args.append(e)
      }
      if kind == .comma {
        advance()
        if accept(.rightParen) { return (args, keywords) }
        continue
      }
      try expect(.rightParen)
      return (args, keywords)
    }
  }

  /// Pass two: optional arguments before ")", which is left.
  func argumentsWithFaults() throws(Fail) -> ([Expr], [Keyword]) {
    if kind == .rightParen { return ([], []) }
    let plain = try attempt { () throws(Fail) -> ([Expr], [Keyword]) in
      let a = try self.args()
      _ = self.accept(.comma)
      if self.kind != .rightParen { throw Fail() }
      return (a.positional, a.keywords)
    }
    if let p = plain { return p }
    if seeking {
      let mark = pos
      try argumentFaults()
      pos = mark
    }
    return ([], [])
  }

  /// Pass two: as many arguments as match, in the grammar's order.
  func args() throws(Fail) -> CallArguments {
    let s = pos
    var out = CallArguments(range: SourceRange(line: 0, column: 0, endLine: 0, endColumn: 0))
    while true {
      let mark = pos
      let next = try attempt { () throws(Fail) -> Expr in
        if self.kind == .star { return try self.starred { p throws(Fail) in try p.expression() } }
        let e = try self.generatorElement()
        if self.kind == .equal { throw Fail() }
        return e
      }
      guard let e = next else {
        pos = out.positional.isEmpty ? mark : mark - 1
        break
      }
      out.positional.append(e)
      if !accept(.comma) { out.range = span(s); return out }
    }
    if out.positional.isEmpty {
      try keywordArguments(&out)
    } else {
      let mark = pos
      var extended = out
      let matched: Bool? = try attempt { () throws(Fail) in
        try self.expect(.comma)
        try self.keywordArguments(&extended)
        return true
      }
      if matched != nil { out = extended } else { pos = mark }
    }
    out.range = span(s)
    return out
  }

  private func keywordArguments(_ out: inout CallArguments) throws(Fail) {
    var any = false
    for stars in [TokenKind.star, .doubleStar] {
      while true {
        let mark = pos
        if any && !accept(.comma) { break }
        let before = pos
        var found = out
        let matched: Bool? = try attempt { () throws(Fail) in
          if self.seeking { try self.keywordFaults(); self.pos = before }
          let s = self.pos
          if self.kind == .name && self.nextKind == .equal {
            let name = try self.expectName()
            self.advance()
            let value = try self.expression()
            found.keywords.append(Keyword(name: name, value: value, range: self.span(s)))
          } else if self.kind == stars {
            if stars == .star {
              found.positional.append(try self.starred { p throws(Fail) in try p.expression() })
            } else {
              self.advance()
              let value = try self.expression()
              found.keywords.append(Keyword(name: nil, value: value, range: self.span(s)))
            }
          } else { throw Fail() }
          return true
        }
        if matched == nil { pos = mark; break }
        out = found
        any = true
      }
    }
    if !any { throw Fail() }
  }

  // MARK: Parameters

  /// Parameters up to ")" or, of a lambda, ":", which is left.
  func parameters(lambda: Bool) throws(Fail) -> Arguments {
    if seeking {
      let mark = pos
      try parameterFaults(lambda: lambda)
      pos = mark
    }
    let close: TokenKind = lambda ? .colon : .rightParen
    let a = Arguments()
    var sawSlash = false
    while kind == .name || kind == .slash {
      if kind == .slash {
        if sawSlash || a.args.isEmpty { throw Fail() }
        sawSlash = true
        advance()
        a.posOnly = a.args
        a.args = []
        if kind == .comma { advance() } else if kind != close { throw Fail() }
        continue
      }
      var p = try parameter(lambda: lambda)
      if kind == .equal {
        a.defaults.append(try defaultValue())
      } else if !a.defaults.isEmpty { throw Fail() }
      try endParameter(&p, close)
      a.args.append(p)
    }
    if kind == .star { try starParameters(a, lambda, close) }
    if kind == .doubleStar { try mappingParameter(a, lambda, close) }
    return a
  }

  private func starParameters(_ a: Arguments, _ lambda: Bool, _ close: TokenKind) throws(Fail) {
    if seeking {
      let mark = pos
      try starParameterFaults(lambda: lambda)
      pos = mark
    }
    advance()
    if kind == .comma {
      advance()
      if kind != .name { throw Fail() }
    } else {
      var p = try parameter(lambda: lambda, starred: true)
      try endParameter(&p, close)
      a.vararg = p
    }
    while kind == .name {
      var p = try parameter(lambda: lambda)
      a.kwDefaults.append(kind == .equal ? try defaultValue() : nil)
      try endParameter(&p, close)
      a.kwOnly.append(p)
    }
  }

  private func mappingParameter(_ a: Arguments, _ lambda: Bool, _ close: TokenKind) throws(Fail) {
    if seeking {
      let mark = pos
      try mappingParameterFaults(lambda: lambda)
      pos = mark
    }
    advance()
    var p = try parameter(lambda: lambda)
    try endParameter(&p, close)
    a.kwarg = p
  }

  func parameter(lambda: Bool, starred mayUnpack: Bool = false) throws(Fail) -> Arg {
    let s = pos
    let name = try expectName()
    var annotation: Expr?
    if !lambda && accept(.colon) {
      annotation = mayUnpack && kind == .star ? try starExpression() : try expression()
    }
    return Arg(name: name, annotation: annotation, range: span(s))
  }

  func defaultValue() throws(Fail) -> Expr {
    let t = current
    try expect(.equal)
    if seeking && (kind == .rightParen || kind == .comma) { throw raise("expected default value expression", at: t) }
    return try expression()
  }

  /// After a parameter: a comma, or the end; a type comment may follow either.
  func endParameter(_ p: inout Arg, _ close: TokenKind) throws(Fail) {
    if kind == .comma {
      advance()
      if close == .rightParen && kind == .typeComment { p.typeComment = typeCommentText() }
      return
    }
    if close == .rightParen && kind == .typeComment { p.typeComment = typeCommentText() }
    if kind != close { throw Fail() }
  }

  func typeCommentText() -> String? {
    if kind != .typeComment { return nil }
    let t = current
    advance()
    return tokenizer.text(Int(t.start), Int(t.end))
  }
}
