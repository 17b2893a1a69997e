// Expressions, from star-expressions down to primaries.

/// Rules whose results pass two remembers.
enum Rule {
  static let expression: UInt64 = 1, disjunction: UInt64 = 2, bitwiseOr: UInt64 = 3, factor: UInt64 = 4
  static let primary: UInt64 = 5, starExpression: UInt64 = 6, conjunction: UInt64 = 7, inversion: UInt64 = 8
  static let namedFault: UInt64 = 9, strings: UInt64 = 10, starTarget: UInt64 = 11
}

/// Binding strength and operator of a binary operator token; 0 for other tokens.
@inline(__always)
private func binaryOperator(_ k: TokenKind) -> (Int, BinaryOperator) {
  switch k {
  case .pipe: return (1, .or)
  case .caret: return (2, .xor)
  case .ampersand: return (3, .and)
  case .leftShift: return (4, .lshift)
  case .rightShift: return (4, .rshift)
  case .plus: return (5, .add)
  case .minus: return (5, .sub)
  case .star: return (6, .mul)
  case .slash: return (6, .trueDiv)
  case .doubleSlash: return (6, .floorDiv)
  case .percent: return (6, .mod)
  case .at: return (6, .matMul)
  default: return (0, .add)
  }
}

extension Parser {
  /// Whether an expression can start with this token.
  func startsExpression(_ k: TokenKind) -> Bool {
    switch k {
    case .name, .number, .string, .leftParen, .leftBracket, .leftBrace, .minus, .plus, .tilde, .ellipsis, .kwNot, .kwLambda,
         .kwAwait, .kwTrue, .kwFalse, .kwNone: return true
    default: return false
    }
  }

  private func startsStarExpression(_ k: TokenKind) -> Bool { k == .star || startsExpression(k) }

  /// One element, or a tuple without parentheses.
  func starExpressions() throws(Fail) -> Expr {
    let s = pos
    let first = try starExpression()
    if kind != .comma { return first }
    return try tupleRest(s, first) { p throws(Fail) in try p.starExpression() }
  }

  /// The elements after the first of a tuple without parentheses. In pass two the tuple ends where the next element fails.
  private func tupleRest(_ s: Int, _ first: Expr, _ element: (Parser) throws(Fail) -> Expr) throws(Fail) -> Expr {
    var items = [first]
    while kind == .comma {
      advance()
      if !startsStarExpression(kind) { break }
      if diagnosing {
        guard let e = try attempt({ () throws(Fail) in try element(self) }) else { break }
        items.append(e)
      } else {
        items.append(try element(self))
      }
    }
    return Expr(.tuple(items, .load), span(s))
  }

  func starExpression() throws(Fail) -> Expr {
    if kind == .star { return try starred { p throws(Fail) in try p.bitwiseOr() } }
    return try expression()
  }

  func starred(_ value: (Parser) throws(Fail) -> Expr) throws(Fail) -> Expr {
    let s = pos
    try expect(.star)
    let e = try value(self)
    return Expr(.starred(e, .load), span(s))
  }

  func expressions() throws(Fail) -> Expr {
    let s = pos
    let first = try expression()
    if kind != .comma { return first }
    var items = [first]
    while kind == .comma {
      advance()
      if !startsExpression(kind) { break }
      guard let e = try attempt({ () throws(Fail) in try self.expression() }) else { break }
      items.append(e)
    }
    return Expr(.tuple(items, .load), span(s))
  }

  func starNamedExpression() throws(Fail) -> Expr {
    if kind == .star { return try starred { p throws(Fail) in try p.bitwiseOr() } }
    return try namedExpression()
  }

  /// Comma-separated, with an optional last comma; possibly none.
  func starNamedExpressions() throws(Fail) -> [Expr] {
    var items: [Expr] = []
    while startsStarExpression(kind) {
      if diagnosing {
        let mark = pos
        guard let e = try attempt({ () throws(Fail) in try self.starNamedExpression() }) else { pos = mark; break }
        items.append(e)
      } else {
        items.append(try starNamedExpression())
      }
      if !accept(.comma) { break }
    }
    return items
  }

  func assignmentExpression() throws(Fail) -> Expr {
    let s = pos
    let name = try expectName()
    let target = Expr(.name(name, .store), span(s))
    try expect(.colonEqual)
    let value = try expression()
    return Expr(.namedExpr(target: target, value: value), span(s))
  }

  func namedExpression() throws(Fail) -> Expr {
    if diagnosing {
      if kind == .name && nextKind == .colonEqual { return try assignmentExpression() }
      if seeking { try namedExpressionFaults() }
      let e = try expression()
      if kind == .colonEqual { throw Fail() }
      return e
    }
    let s = pos
    let e = try expression()
    if kind != .colonEqual { return e }
    guard case .name(let name, _) = e.kind, pos == s + 1 else { throw Fail() }
    advance()
    let value = try expression()
    return Expr(.namedExpr(target: Expr(.name(name, .store), e.range), value: value), span(s))
  }

  func expression() throws(Fail) -> Expr {
    try enter()
    defer { depth &-= 1 }
    if diagnosing {
      return try remembered(Rule.expression) { () throws(Fail) in
        if self.seeking { try self.expressionFaults() }
        return try self.plainExpression()
      }
    }
    return try plainExpression()
  }

  private func plainExpression() throws(Fail) -> Expr {
    if kind == .kwLambda { return try lambda() }
    let s = pos
    let body = try disjunction()
    if kind != .kwIf { return body }
    if diagnosing {
      let whole = try attempt { () throws(Fail) in try self.conditional(s, body) }
      return whole ?? body
    }
    return try conditional(s, body)
  }

  private func conditional(_ s: Int, _ body: Expr) throws(Fail) -> Expr {
    try expect(.kwIf)
    let test = try disjunction()
    try expect(.kwElse)
    let orelse = try expression()
    return Expr(.ifExp(test: test, body: body, orelse: orelse), span(s))
  }

  private func lambda() throws(Fail) -> Expr {
    let s = pos
    advance()
    let parameters = kind == .colon ? Arguments() : try self.parameters(lambda: true)
    try expect(.colon)
    let body = try expression()
    return Expr(.lambda(parameters, body), span(s))
  }

  func disjunction() throws(Fail) -> Expr {
    if diagnosing {
      return try remembered(Rule.disjunction) { () throws(Fail) in try self.boolean(.kwOr, .or) { p throws(Fail) in try p.conjunction() } }
    }
    let s = pos
    let first = try conjunction()
    if kind != .kwOr { return first }
    var items = [first]
    while accept(.kwOr) { items.append(try conjunction()) }
    return Expr(.boolOp(.or, items), span(s))
  }

  private func conjunction() throws(Fail) -> Expr {
    if diagnosing { return try boolean(.kwAnd, .and) { p throws(Fail) in try p.inversion() } }
    let s = pos
    let first = try inversion()
    if kind != .kwAnd { return first }
    var items = [first]
    while accept(.kwAnd) { items.append(try inversion()) }
    return Expr(.boolOp(.and, items), span(s))
  }

  /// Pass two: `a or b or` matches as `a or b` and leaves the rest.
  private func boolean(_ k: TokenKind, _ op: BoolOperator, _ operand: (Parser) throws(Fail) -> Expr) throws(Fail) -> Expr {
    let s = pos
    let first = try operand(self)
    var items = [first]
    while kind == k {
      let next = try attempt { () throws(Fail) in self.advance(); return try operand(self) }
      guard let e = next else { break }
      items.append(e)
    }
    return items.count == 1 ? first : Expr(.boolOp(op, items), span(s))
  }

  private func inversion() throws(Fail) -> Expr {
    if kind != .kwNot { return try comparison() }
    let s = pos
    try enter()
    defer { depth &-= 1 }
    advance()
    let e = try inversion()
    return Expr(.unaryOp(.not, e), span(s))
  }

  private func comparison() throws(Fail) -> Expr {
    let s = pos
    let left = try bitwiseOr()
    guard kind.isComparison else { return left }
    var ops: [CompareOperator] = []
    var rest: [Expr] = []
    while kind.isComparison {
      if diagnosing {
        let next = try attempt { () throws(Fail) in
          guard let op = try self.comparisonOperator() else { throw Fail() }
          return (op, try self.bitwiseOr())
        }
        guard let (op, e) = next else { break }
        ops.append(op)
        rest.append(e)
      } else {
        guard let op = try comparisonOperator() else { break }
        ops.append(op)
        rest.append(try bitwiseOr())
      }
    }
    return ops.isEmpty ? left : Expr(.compare(left, ops, rest), span(s))
  }

  /// nil: `not` that is not part of `not in`.
  private func comparisonOperator() throws(Fail) -> CompareOperator? {
    switch kind {
    case .equalEqual: advance(); return .eq
    case .notEqual:
      let t = current
      let old = storage[Int(t.start)] == 60
      if options.futureBarryAsBDFL {
        if !old { throw raise("with Barry as BDFL, use '<>' instead of '!='") }
      } else if old { throw Fail() }
      advance()
      return .notEq
    case .less: advance(); return .lt
    case .lessEqual: advance(); return .ltE
    case .greater: advance(); return .gt
    case .greaterEqual: advance(); return .gtE
    case .kwIn: advance(); return .in
    case .kwIs:
      advance()
      return accept(.kwNot) ? .isNot : .is
    case .kwNot:
      if nextKind != .kwIn { return nil }
      pos += 2
      return .notIn
    default: return nil
    }
  }

  func bitwiseOr() throws(Fail) -> Expr {
    if diagnosing { return try remembered(Rule.bitwiseOr) { () throws(Fail) in try self.binary(1) } }
    return try binary(1)
  }

  /// A chain of operators that bind at least as tightly as `level`; a loop for left-associative chains of any length.
  private func binary(_ level: Int) throws(Fail) -> Expr {
    let s = pos
    var left = try factor()
    while true {
      let (strength, op) = binaryOperator(kind)
      if strength < level { return left }
      if diagnosing {
        let next = try attempt { () throws(Fail) in self.advance(); return try self.operand(strength) }
        guard let right = next else { return left }
        left = Expr(.binOp(left, op, right), span(s))
      } else {
        advance()
        let right = try operand(strength)
        left = Expr(.binOp(left, op, right), span(s))
      }
    }
  }

  @inline(__always)
  private func operand(_ strength: Int) throws(Fail) -> Expr { strength == 6 ? try factor() : try binary(strength + 1) }

  private func factor() throws(Fail) -> Expr {
    let op: UnaryOperator
    switch kind {
    case .minus: op = .minus
    case .plus: op = .plus
    case .tilde: op = .invert
    default: return try power()
    }
    let s = pos
    try enter()
    defer { depth &-= 1 }
    advance()
    let e = try factor()
    return Expr(.unaryOp(op, e), span(s))
  }

  private func power() throws(Fail) -> Expr {
    let s = pos
    let base = try awaitPrimary()
    if kind != .doubleStar { return base }
    try enter()
    defer { depth &-= 1 }
    if diagnosing {
      let right = try attempt { () throws(Fail) in self.advance(); return try self.factor() }
      guard let e = right else { return base }
      return Expr(.binOp(base, .pow, e), span(s))
    }
    advance()
    let e = try factor()
    return Expr(.binOp(base, .pow, e), span(s))
  }

  private func awaitPrimary() throws(Fail) -> Expr {
    if kind != .kwAwait { return try primary() }
    let s = pos
    advance()
    let e = try primary()
    return Expr(.await(e), span(s))
  }

  func primary() throws(Fail) -> Expr {
    if diagnosing { return try remembered(Rule.primary) { () throws(Fail) in try self.carefulPrimary() } }
    let s = pos
    var e = try atom()
    while true {
      switch kind {
      case .dot:
        advance()
        let name = try expectName()
        e = Expr(.attribute(e, name, .load), span(s))
      case .leftParen:
        advance()
        let (args, keywords) = try callArguments()
        e = Expr(.call(e, args: args, keywords: keywords), span(s))
      case .leftBracket:
        advance()
        let index = try slices()
        try expect(.rightBracket)
        e = Expr(.subscript(e, index, .load), span(s))
      default: return e
      }
    }
  }

  /// Pass two: a trailer that does not match ends the primary before it.
  private func carefulPrimary() throws(Fail) -> Expr {
    let s = pos
    var e = try atom()
    while true {
      let base = e
      let k = kind
      guard k == .dot || k == .leftParen || k == .leftBracket else { return e }
      let next = try attempt { () throws(Fail) -> Expr in
        if k == .leftParen {
          if let g = try self.attempt({ () throws(Fail) in try self.generatorInParentheses() }) {
            return Expr(.call(base, args: [g], keywords: []), self.span(s))
          }
          self.advance()
          let (args, keywords) = try self.argumentsWithFaults()
          try self.expect(.rightParen)
          return Expr(.call(base, args: args, keywords: keywords), self.span(s))
        }
        self.advance()
        if k == .dot {
          let name = try self.expectName()
          return Expr(.attribute(base, name, .load), self.span(s))
        }
        let index = try self.slices()
        try self.expect(.rightBracket)
        return Expr(.subscript(base, index, .load), self.span(s))
      }
      guard let longer = next else { return e }
      e = longer
    }
  }

  private func slices() throws(Fail) -> Expr {
    let s = pos
    let first = kind == .star ? try starred { p throws(Fail) in try p.expression() } : try slice()
    if kind != .comma {
      if case .starred = first.kind { return Expr(.tuple([first], .load), span(s)) }
      return first
    }
    var items = [first]
    while accept(.comma) {
      if kind == .rightBracket { break }
      items.append(kind == .star ? try starred { p throws(Fail) in try p.expression() } : try slice())
    }
    return Expr(.tuple(items, .load), span(s))
  }

  private func slice() throws(Fail) -> Expr {
    let s = pos
    var lower: Expr?
    if kind != .colon {
      let e = try namedExpression()
      if kind != .colon { return e }
      if case .namedExpr = e.kind, tokens[s].kind != .leftParen { throw Fail() }
      lower = e
    }
    try expect(.colon)
    var upper: Expr?, step: Expr?
    if startsExpression(kind) { upper = try expression() }
    if accept(.colon), startsExpression(kind) { step = try expression() }
    return Expr(.slice(lower: lower, upper: upper, step: step), span(s))
  }
}

extension TokenKind {
  @inline(__always)
  var isComparison: Bool {
    switch self {
    case .equalEqual, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .kwIn, .kwIs, .kwNot: return true
    default: return false
    }
  }
}
