// Pass two: faults in expressions and statements that have a message of their own.
//
// Each function looks at the position where its rule starts, reports a fault if it finds one, and otherwise returns with
// the position restored, or throws a mismatch that the caller treats as "no fault".

extension Parser {
  /// Runs `look` and goes back to where it started, unless it reported a fault.
  func probe(_ look: () throws(Fail) -> Void) throws(Fail) {
    let mark = pos
    _ = try attempt { () throws(Fail) in try look(); return true }
    pos = mark
  }

  private func isLegacyStatement(_ e: Expr) -> Bool {
    if case .name(let n, _) = e.kind { return n == "print" || n == "exec" }
    return false
  }

  // MARK: Expressions

  /// Two expressions in a row, and a conditional without `else`.
  func expressionFaults() throws(Fail) {
    let start = pos
    let t = current
    let soft = t.kind == .name && (t.name == NameID.match || t.name == NameID.case || t.name == NameID.underscore)
    if !soft && !(t.kind == .name && nextKind == .string) {
      try probe { () throws(Fail) in
        let a = try self.disjunction()
        self.seeking = false
        let b: Expr?
        do { b = try self.attempt { () throws(Fail) in try self.expressionAlone() } } catch { self.seeking = true; throw Fail() }
        self.seeking = true
        guard let second = b else { throw Fail() }
        if self.isLegacyStatement(a) || self.tokens[self.pos - 1].level == 0 { throw Fail() }
        throw self.raise("invalid syntax. Perhaps you forgot a comma?", from: a, to: second)
      }
    }
    try probe { () throws(Fail) in
      let a = try self.disjunction()
      try self.expect(.kwIf)
      let b = try self.disjunction()
      if self.kind == .kwElse || self.kind == .colon { throw Fail() }
      throw self.raise("expected 'else' after 'if' expression", from: a, to: b)
    }
    // `print x`
    if t.kind == .name && (t.name == NameID.print || t.name == NameID.exec) {
      pos = start
      try probe { () throws(Fail) in
        self.advance()
        if self.kind == .leftParen { throw Fail() }
        let b = try self.starExpressions()
        let n = self.names.strings[Int(t.name)]
        throw self.raise("Missing parentheses in call to '\(n)'. Did you mean \(n)(...)?", from: self.range(t), to: b.range)
      }
    }
  }

  private func expressionAlone() throws(Fail) -> Expr {
    if kind == .kwLambda { return try expression() }
    let a = try disjunction()
    if kind == .kwIf {
      _ = try attempt { () throws(Fail) in
        self.advance()
        _ = try self.disjunction()
        try self.expect(.kwElse)
        _ = try self.expression()
        return true
      }
    }
    let end = pos
    return Expr(a.kind, SourceRange(line: a.range.line, column: a.range.column, endLine: tokens[end - 1].endLine,
                                    endColumn: tokens[end - 1].endColumn))
  }

  func namedExpressionFaults() throws(Fail) {
    let key = Rule.namedFault << 40 | UInt64(pos)
    if memo[key] != nil { return }
    let start = pos
    try probe { () throws(Fail) in
      let a = try self.expression()
      try self.expect(.colonEqual)
      _ = try self.expression()
      throw self.raise("cannot use assignment expressions with \(self.describe(a))", at: a)
    }
    if kind == .name && nextKind == .equal {
      try probe { () throws(Fail) in
        let t = self.current
        self.pos += 2
        let b = try self.bitwiseOr()
        if self.kind == .equal || self.kind == .colonEqual { throw Fail() }
        throw self.raise("invalid syntax. Maybe you meant '==' or ':=' instead of '='?", from: self.range(t), to: b.range)
      }
    }
    switch kind {
    case .kwTrue, .kwFalse, .kwNone: break
    default:
      let excluded = try looking { () throws(Fail) in _ = try self.listDisplayOrTupleOrGenerator() }
      if !excluded {
        try probe { () throws(Fail) in
          let a = try self.bitwiseOr()
          try self.expect(.equal)
          _ = try self.bitwiseOr()
          if self.kind == .equal || self.kind == .colonEqual { throw Fail() }
          throw self.raise("cannot assign to \(self.describe(a)) here. Maybe you meant '==' instead of '='?", at: a)
        }
      }
    }
    memo[Rule.namedFault << 40 | UInt64(start)] = (nil, start)
  }

  private func listDisplayOrTupleOrGenerator() throws(Fail) -> Expr {
    if kind == .leftBracket { return try listDisplay() }
    if kind != .leftParen { throw Fail() }
    if let t = try attempt({ () throws(Fail) in try self.tupleInParentheses() }) { return t }
    return try generatorInParentheses()
  }

  func groupFaults() throws(Fail) {
    try probe { () throws(Fail) in
      try self.expect(.leftParen)
      let e = try self.starred { p throws(Fail) in try p.expression() }
      try self.expect(.rightParen)
      throw self.raise("cannot use starred expression here", at: e)
    }
    try probe { () throws(Fail) in
      try self.expect(.leftParen)
      let t = self.current
      try self.expect(.doubleStar)
      _ = try self.expression()
      try self.expect(.rightParen)
      throw self.raise("cannot use double starred expression here", at: t)
    }
  }

  func comprehensionFaults() throws(Fail) {
    let open = kind
    try probe { () throws(Fail) in
      self.advance()
      let e = try self.starred { p throws(Fail) in try p.expression() }
      _ = try self.comprehensionClauses()
      throw self.raise("iterable unpacking cannot be used in comprehension", at: e)
    }
    if open == .leftParen { return }
    try probe { () throws(Fail) in
      self.advance()
      let first = try self.starNamedExpression()
      let comma = self.current
      try self.expect(.comma)
      let rest = try self.starNamedExpressions()
      _ = try self.comprehensionClauses()
      let end = rest.last?.range ?? self.range(comma)
      throw self.raise("did you forget parentheses around the comprehension target?", from: first.range, to: end)
    }
  }

  func dictComprehensionFaults() throws(Fail) {
    try probe { () throws(Fail) in
      self.advance()
      let t = self.current
      try self.expect(.doubleStar)
      _ = try self.bitwiseOr()
      _ = try self.comprehensionClauses()
      try self.expect(.rightBrace)
      throw self.raise("dict unpacking cannot be used in dict comprehension", at: t)
    }
  }

  /// After "{". Entries without a value, or with a starred one.
  func dictFaults() throws(Fail) {
    try probe { () throws(Fail) in
      _ = try self.dictEntry()
      while true {
        try self.expect(.comma)
        guard try self.attempt({ () throws(Fail) in try self.dictEntry() }) != nil else { break }
      }
      try self.probe { () throws(Fail) in
        let e = try self.expression()
        if self.kind == .colon { throw Fail() }
        let r = e.range
        self.report("SyntaxError", "':' expected after dictionary key", r.line, r.endColumn, r.endLine, 0)
        throw Fail()
      }
      try self.dictValueFaults()
    }
    try dictValueFaults()
    throw Fail()
  }

  private func dictValueFaults() throws(Fail) {
    try probe { () throws(Fail) in
      _ = try self.expression()
      let colon = self.current
      try self.expect(.colon)
      let t = self.current
      if t.kind == .star {
        self.advance()
        _ = try self.bitwiseOr()
        throw self.raise("cannot use a starred expression in a dictionary value", startingFrom: self.range(t))
      }
      if t.kind == .rightBrace || t.kind == .comma {
        throw self.raise("expression expected after dictionary key and ':'", at: colon)
      }
    }
  }

  func loopTargetFaults() throws(Fail) {
    try probe { () throws(Fail) in
      _ = self.accept(.kwAsync)
      try self.expect(.kwFor)
      let e = try self.starExpressions()
      try self.raiseInvalidTarget(e, .loop)
    }
  }

  // MARK: Statements

  func assignmentFaults() throws(Fail) {
    let start = pos
    try probe { () throws(Fail) in
      let e = try self.annotatedDisplay()
      try self.expect(.colon)
      _ = try self.expression()
      throw self.raise("only single target (not \(self.describe(e))) can be annotated", at: e)
    }
    try probe { () throws(Fail) in
      let e = try self.starNamedExpression()
      try self.expect(.comma)
      _ = try self.starNamedExpressions()
      try self.expect(.colon)
      _ = try self.expression()
      throw self.raise("only single target (not tuple) can be annotated", at: e)
    }
    try probe { () throws(Fail) in
      let e = try self.expression()
      try self.expect(.colon)
      _ = try self.expression()
      throw self.raise("illegal target for annotation", at: e)
    }
    try probe { () throws(Fail) in
      try self.skipTargets()
      let e = try self.starExpressions()
      try self.expect(.equal)
      try self.raiseInvalidTarget(e, .assign)
    }
    try probe { () throws(Fail) in
      try self.skipTargets()
      let e = try self.yieldExpression()
      try self.expect(.equal)
      throw self.raise("assignment to yield expression not possible", at: e)
    }
    try probe { () throws(Fail) in
      let e = try self.starExpressions()
      if !self.kind.isAugmentedAssignment { throw Fail() }
      self.advance()
      _ = try self.yieldOrStarExpressions()
      throw self.raise("'\(self.describe(e))' is an illegal expression for augmented assignment", at: e)
    }
    pos = start
  }

  private func skipTargets() throws(Fail) {
    while true {
      let matched = try attempt { () throws(Fail) in
        _ = try self.starTargets()
        try self.expect(.equal)
        return true
      }
      if matched == nil { return }
    }
  }

  private func annotatedDisplay() throws(Fail) -> Expr {
    if kind == .leftBracket { return try listDisplay() }
    if let t = try attempt({ () throws(Fail) in try self.tupleInParentheses() }) { return t }
    try expect(.leftParen)
    let e = try annotatedDisplay()
    try expect(.rightParen)
    return e
  }

  /// After `with`: a block that is missing.
  func withIndentFaults(_ line: Int32) throws(Fail) {
    func missingBlock() throws(Fail) {
      try self.expect(.colon)
      try self.expect(.newline)
      if self.kind == .indent || self.kind == .error { throw Fail() }
      throw self.raise("expected an indented block after 'with' statement on line \(line)", type: "IndentationError")
    }
    try probe { () throws(Fail) in
      try self.skipWithItems(parenthesised: false)
      try missingBlock()
    }
    try probe { () throws(Fail) in
      try self.skipWithItems(parenthesised: true)
      try missingBlock()
    }
  }

  /// After `with`: a colon that is missing.
  func withFaults() throws(Fail) {
    for parenthesised in [false, true] {
      try probe { () throws(Fail) in
        try self.skipWithItems(parenthesised: parenthesised)
        try self.expect(.newline)
        throw self.raise("expected ':'")
      }
    }
  }

  private func skipWithItems(parenthesised: Bool) throws(Fail) {
    if parenthesised { try expect(.leftParen) }
    repeat {
      if parenthesised && kind == .rightParen { break }
      _ = parenthesised ? try expressions() : try expression()
      if kind == .kwAs {
        _ = try attempt { () throws(Fail) in
          self.advance()
          _ = try self.starTarget()
          return true
        }
      }
    } while accept(.comma)
    if parenthesised { try expect(.rightParen) }
  }
}
