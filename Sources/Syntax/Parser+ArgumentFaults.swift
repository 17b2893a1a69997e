// Pass two: faults in call arguments and in parameter lists.

extension Parser {
  // MARK: Call arguments

  private func end(of clauses: [Comprehension]) -> SourceRange {
    let last = clauses[clauses.count - 1]
    return (last.ifs.last ?? last.iter).range
  }

  func argumentFaults() throws(Fail) {
    let unparenthesised = "Generator expression must be parenthesized"
    try probe { () throws(Fail) in
      let a = try self.args()
      try self.expect(.comma)
      try self.expect(.star)
      throw self.raise("iterable argument unpacking follows keyword argument unpacking", from: a.range, to: a.range)
    }
    try probe { () throws(Fail) in
      let e = try self.expression()
      let clauses = try self.comprehensionClauses()
      try self.expect(.comma)
      try self.probe { () throws(Fail) in
        if try self.attempt({ () throws(Fail) in try self.args() }) == nil {
          _ = try self.expression()
          _ = try self.comprehensionClauses()
        }
      }
      throw self.raise(unparenthesised, from: e.range, to: self.end(of: clauses))
    }
    try nameEqualsGenerator()
    try probe { () throws(Fail) in
      let a = try self.args()
      let clauses = try self.comprehensionClauses()
      guard a.positional.count > 1, let last = a.positional.last else { throw Fail() }
      throw self.raise(unparenthesised, from: last.range, to: self.end(of: clauses))
    }
    try probe { () throws(Fail) in
      _ = try self.args()
      try self.expect(.comma)
      let e = try self.expression()
      let clauses = try self.comprehensionClauses()
      throw self.raise(unparenthesised, from: e.range, to: self.end(of: clauses))
    }
    try probe { () throws(Fail) in
      let a = try self.args()
      try self.expect(.comma)
      _ = try self.args()
      let unpacking = a.keywords.contains { $0.name == nil }
      throw self.raise("positional argument follows keyword argument\(unpacking ? " unpacking" : "")")
    }
  }

  private func nameEqualsGenerator() throws(Fail) {
    if kind != .name || nextKind != .equal { return }
    try probe { () throws(Fail) in
      let from = self.range(self.current), to = self.range(self.tokens[self.pos + 1])
      self.pos += 2
      _ = try self.expression()
      _ = try self.comprehensionClauses()
      throw self.raise("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", from: from, to: to)
    }
  }

  func keywordFaults() throws(Fail) {
    let t = current
    if t.kind == .kwTrue || t.kind == .kwFalse || t.kind == .kwNone, nextKind == .equal {
      throw raise("cannot assign to \(names.strings[Int(t.name)])", from: range(t), to: range(tokens[pos + 1]))
    }
    if t.kind == .name && nextKind == .equal { return try nameEqualsGenerator() }
    try probe { () throws(Fail) in
      let a = try self.expression()
      let equal = self.current
      try self.expect(.equal)
      throw self.raise("expression cannot contain assignment, perhaps you meant \"==\"?", from: a.range, to: self.range(equal))
    }
  }

  // MARK: Parameters

  /// A parameter with its comma, or before the closing token. `withDefault`: true must, false must not, nil may have one.
  private func skipParameter(_ lambda: Bool, withDefault: Bool?) throws(Fail) -> SourceRange {
    var p = try parameter(lambda: lambda)
    let close: TokenKind = lambda ? .colon : .rightParen
    if kind == .equal {
      if withDefault == false { throw Fail() }
      _ = try defaultValue()
    } else if withDefault == true { throw Fail() }
    try endParameter(&p, close)
    return p.range
  }

  /// How many parameters in a row match.
  private func skipParameters(_ lambda: Bool, withDefault: Bool?) throws(Fail) -> Int {
    var n = 0
    while kind == .name {
      guard try attempt({ () throws(Fail) in try self.skipParameter(lambda, withDefault: withDefault) }) != nil else { break }
      n += 1
    }
    return n
  }

  private func skipSlash(_ lambda: Bool) throws(Fail) {
    try expect(.slash)
    if !accept(.comma) && kind != (lambda ? .colon : .rightParen) { throw Fail() }
  }

  /// Parameters up to and with a slash; with or without defaults.
  private func skipSlashGroup(_ lambda: Bool, defaultsNeeded: Bool) throws(Fail) {
    let plain = try skipParameters(lambda, withDefault: false)
    let defaulted = try skipParameters(lambda, withDefault: true)
    if defaultsNeeded ? defaulted == 0 : plain + defaulted == 0 { throw Fail() }
    try skipSlash(lambda)
  }

  func parameterFaults(lambda: Bool) throws(Fail) {
    try probe { () throws(Fail) in
      _ = try self.skipParameters(lambda, withDefault: false)
      let group = try self.attempt { () throws(Fail) in try self.skipSlashGroup(lambda, defaultsNeeded: true); return true }
      if group == nil, try self.skipParameters(lambda, withDefault: true) == 0 { throw Fail() }
      let r = try self.skipParameter(lambda, withDefault: false)
      throw self.raise("non-default argument follows default argument", from: r, to: r)
    }
    try probe { () throws(Fail) in
      _ = try self.skipParameters(lambda, withDefault: false)
      let open = self.current
      try self.expect(.leftParen)
      if lambda {
        repeat { _ = try self.parameter(lambda: true) } while self.accept(.comma) && self.kind == .name
      } else {
        if try self.skipParameters(false, withDefault: false) == 0 { throw Fail() }
        _ = self.accept(.comma)
      }
      let close = self.current
      try self.expect(.rightParen)
      let who = lambda ? "Lambda expression parameters" : "Function parameters"
      throw self.raise("\(who) cannot be parenthesized", from: self.range(open), to: self.range(close))
    }
    if kind == .slash && nextKind == .comma { throw raise("at least one argument must precede /", at: current) }
    try probe { () throws(Fail) in
      try self.skipSlashGroup(lambda, defaultsNeeded: false)
      _ = try self.skipParameters(lambda, withDefault: nil)
      if self.kind == .slash { throw self.raise("/ may appear only once", at: self.current) }
    }
    try probe { () throws(Fail) in
      _ = try self.attempt { () throws(Fail) in try self.skipSlashGroup(lambda, defaultsNeeded: false); return true }
      _ = try self.skipParameters(lambda, withDefault: nil)
      try self.expect(.star)
      if !self.accept(.comma) { _ = try self.skipParameter(lambda, withDefault: false) }
      _ = try self.skipParameters(lambda, withDefault: nil)
      if self.kind == .slash { throw self.raise("/ must be ahead of *", at: self.current) }
    }
    try probe { () throws(Fail) in
      if try self.skipParameters(lambda, withDefault: nil) == 0 { throw Fail() }
      try self.expect(.slash)
      if self.kind == .star { throw self.raise("expected comma between / and *", at: self.current) }
    }
  }

  /// At the star.
  func starParameterFaults(lambda: Bool) throws(Fail) {
    let close: TokenKind = lambda ? .colon : .rightParen
    let star = current
    try probe { () throws(Fail) in
      self.advance()
      if self.kind != close {
        try self.expect(.comma)
        if self.kind != close && self.kind != .doubleStar { throw Fail() }
      }
      let message = "named arguments must follow bare *"
      if lambda { throw self.raise(message) }
      throw self.raise(message, at: star)
    }
    if !lambda {
      try probe { () throws(Fail) in
        self.advance()
        try self.expect(.comma)
        if self.kind == .typeComment { throw self.raise("bare * has associated type comment") }
      }
    }
    try probe { () throws(Fail) in
      self.advance()
      _ = try self.parameter(lambda: lambda)
      if self.kind == .equal { throw self.raise("var-positional argument cannot have default value", at: self.current) }
    }
    try probe { () throws(Fail) in
      self.advance()
      if !self.accept(.comma) { _ = try self.skipParameter(lambda, withDefault: false) }
      _ = try self.skipParameters(lambda, withDefault: nil)
      let second = self.current
      try self.expect(.star)
      if !self.accept(.comma) { _ = try self.skipParameter(lambda, withDefault: false) }
      throw self.raise("* argument may appear only once", at: second)
    }
  }

  /// At the double star.
  func mappingParameterFaults(lambda: Bool) throws(Fail) {
    try probe { () throws(Fail) in
      self.advance()
      _ = try self.parameter(lambda: lambda)
      if self.kind == .equal { throw self.raise("var-keyword argument cannot have default value", at: self.current) }
      try self.expect(.comma)
      let message = "arguments cannot follow var-keyword argument"
      switch self.kind {
      case .name:
        let p = try self.parameter(lambda: lambda)
        throw self.raise(message, from: p.range, to: p.range)
      case .star, .doubleStar, .slash: throw self.raise(message, at: self.current)
      default: throw Fail()
      }
    }
  }
}
