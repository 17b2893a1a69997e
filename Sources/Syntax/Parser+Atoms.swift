// Atoms: names, literals, and everything in brackets; comprehensions; targets.

extension Parser {
  func atom() throws(Fail) -> Expr {
    let t = current
    switch t.kind {
    case .name:
      pos &+= 1
      return Expr(.name(names.strings[Int(t.name)], .load), range(t))
    case .number:
      pos &+= 1
      return try number(t)
    case .string: return try strings()
    case .leftParen: return diagnosing ? try carefulParentheses() : try parentheses()
    case .leftBracket: return diagnosing ? try carefulBrackets() : try brackets()
    case .leftBrace: return diagnosing ? try carefulBraces() : try braces()
    case .kwNone: return constant(.none)
    case .kwTrue: return constant(.true)
    case .kwFalse: return constant(.false)
    case .ellipsis: return constant(.ellipsis)
    default: throw Fail()
    }
  }

  func constant(_ c: Constant) -> Expr {
    pos &+= 1
    return Expr(.constant(c), range(tokens[pos - 1]))
  }

  func number(_ t: Token) throws(Fail) -> Expr {
    switch numberValue(UnsafePointer(storage) + Int(t.start), Int(t.end - t.start)) {
    case .constant(let c): return Expr(.constant(c), range(t))
    case .tooManyDigits(let n):
      throw raise("Exceeds the limit (4300 digits) for integer string conversion: value has \(n) digits; use "
        + "sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid "
        + "decimal conversion limits.", at: t)
    }
  }

  // MARK: Pass one

  private func parentheses() throws(Fail) -> Expr {
    let s = pos
    advance()
    if accept(.rightParen) { return Expr(.tuple([], .load), span(s)) }
    if kind == .kwYield {
      let y = try yieldExpression()
      try expect(.rightParen)
      return y
    }
    let first = try starNamedExpression()
    switch kind {
    case .comma:
      advance()
      var items = [first]
      while kind != .rightParen {
        items.append(try starNamedExpression())
        if !accept(.comma) { break }
      }
      try expect(.rightParen)
      return Expr(.tuple(items, .load), span(s))
    case .kwFor, .kwAsync:
      if case .starred = first.kind { throw Fail() }
      let clauses = try comprehensionClauses()
      try expect(.rightParen)
      return Expr(.generatorExp(first, clauses), span(s))
    default:
      if case .starred = first.kind { throw Fail() }
      try expect(.rightParen)
      return first
    }
  }

  private func brackets() throws(Fail) -> Expr {
    let s = pos
    advance()
    if accept(.rightBracket) { return Expr(.list([], .load), span(s)) }
    let first = try starNamedExpression()
    if kind == .kwFor || kind == .kwAsync {
      if case .starred = first.kind { throw Fail() }
      let clauses = try comprehensionClauses()
      try expect(.rightBracket)
      return Expr(.listComp(first, clauses), span(s))
    }
    var items = [first]
    while accept(.comma) {
      if kind == .rightBracket { break }
      items.append(try starNamedExpression())
    }
    try expect(.rightBracket)
    return Expr(.list(items, .load), span(s))
  }

  private func braces() throws(Fail) -> Expr {
    let s = pos
    advance()
    if accept(.rightBrace) { return Expr(.dict(keys: [], values: []), span(s)) }
    if kind == .doubleStar { return try dictRest(s, [], []) }
    let first = try starNamedExpression()
    if kind == .colon {
      switch first.kind {
      case .starred: throw Fail()
      case .namedExpr where tokens[s + 1].kind != .leftParen: throw Fail()
      default: break
      }
      advance()
      let value = try expression()
      if kind == .kwFor || kind == .kwAsync {
        let clauses = try comprehensionClauses()
        try expect(.rightBrace)
        return Expr(.dictComp(key: first, value: value, clauses), span(s))
      }
      if kind == .comma { advance() } else {
        try expect(.rightBrace)
        return Expr(.dict(keys: [first], values: [value]), span(s))
      }
      return try dictRest(s, [first], [value])
    }
    if kind == .kwFor || kind == .kwAsync {
      if case .starred = first.kind { throw Fail() }
      let clauses = try comprehensionClauses()
      try expect(.rightBrace)
      return Expr(.setComp(first, clauses), span(s))
    }
    var items = [first]
    while accept(.comma) {
      if kind == .rightBrace { break }
      items.append(try starNamedExpression())
    }
    try expect(.rightBrace)
    return Expr(.set(items), span(s))
  }

  private func dictRest(_ s: Int, _ k: [Expr?], _ v: [Expr]) throws(Fail) -> Expr {
    var keys = k, values = v
    while kind != .rightBrace {
      let (key, value) = try dictEntry()
      keys.append(key)
      values.append(value)
      if !accept(.comma) { break }
    }
    try expect(.rightBrace)
    return Expr(.dict(keys: keys, values: values), span(s))
  }

  func dictEntry() throws(Fail) -> (Expr?, Expr) {
    if accept(.doubleStar) { return (nil, try bitwiseOr()) }
    let key = try expression()
    try expect(.colon)
    return (key, try expression())
  }

  // MARK: Pass two: alternatives in the grammar's order

  private func carefulParentheses() throws(Fail) -> Expr {
    let s = pos
    let tuple = try attempt { () throws(Fail) in try self.tupleInParentheses() }
    if let t = tuple { return t }
    let group = try attempt { () throws(Fail) -> Expr in
      self.advance()
      let e = self.kind == .kwYield ? try self.yieldExpression() : try self.namedExpression()
      try self.expect(.rightParen)
      return e
    }
    if let g = group { return g }
    if seeking { try groupFaults() }
    pos = s
    return try generatorInParentheses()
  }

  func tupleInParentheses() throws(Fail) -> Expr {
    let s = pos
    try expect(.leftParen)
    if accept(.rightParen) { return Expr(.tuple([], .load), span(s)) }
    let first = try starNamedExpression()
    try expect(.comma)
    let rest = try starNamedExpressions()
    try expect(.rightParen)
    return Expr(.tuple([first] + rest, .load), span(s))
  }

  func generatorInParentheses() throws(Fail) -> Expr {
    let s = pos
    let whole = try attempt { () throws(Fail) -> Expr in
      try self.expect(.leftParen)
      let element = try self.generatorElement()
      let clauses = try self.comprehensionClauses()
      try self.expect(.rightParen)
      return Expr(.generatorExp(element, clauses), self.span(s))
    }
    if let w = whole { return w }
    if seeking { try comprehensionFaults() }
    throw Fail()
  }

  /// An element of a generator or an argument: no faults of named expressions are looked for.
  func generatorElement() throws(Fail) -> Expr {
    if kind == .name && nextKind == .colonEqual { return try assignmentExpression() }
    let e = try expression()
    if kind == .colonEqual { throw Fail() }
    return e
  }

  func listDisplay() throws(Fail) -> Expr {
    let s = pos
    try expect(.leftBracket)
    let items = try starNamedExpressions()
    try expect(.rightBracket)
    return Expr(.list(items, .load), span(s))
  }

  private func carefulBrackets() throws(Fail) -> Expr {
    let s = pos
    if let l = try attempt({ () throws(Fail) in try self.listDisplay() }) { return l }
    let comp = try attempt { () throws(Fail) -> Expr in
      self.advance()
      let element = try self.namedExpression()
      let clauses = try self.comprehensionClauses()
      try self.expect(.rightBracket)
      return Expr(.listComp(element, clauses), self.span(s))
    }
    if let c = comp { return c }
    if seeking { try comprehensionFaults() }
    throw Fail()
  }

  private func carefulBraces() throws(Fail) -> Expr {
    let s = pos
    let dict = try attempt { () throws(Fail) -> Expr in
      self.advance()
      var keys: [Expr?] = [], values: [Expr] = []
      while let (k, v) = try self.attempt({ () throws(Fail) in try self.dictEntry() }) {
        keys.append(k)
        values.append(v)
        if !self.accept(.comma) { break }
      }
      try self.expect(.rightBrace)
      return Expr(.dict(keys: keys, values: values), self.span(s))
    }
    if let d = dict { return d }
    if seeking {
      let closed = try looking { () throws(Fail) in
        self.advance()
        try self.dictFaults()
        try self.expect(.rightBrace)
      }
      if closed { throw Fail() }
    }
    let set = try attempt { () throws(Fail) -> Expr in
      self.advance()
      let items = try self.starNamedExpressions()
      if items.isEmpty { throw Fail() }
      try self.expect(.rightBrace)
      return Expr(.set(items), self.span(s))
    }
    if let e = set { return e }
    let dictComp = try attempt { () throws(Fail) -> Expr in
      self.advance()
      let key = try self.expression()
      try self.expect(.colon)
      let value = try self.expression()
      let clauses = try self.comprehensionClauses()
      try self.expect(.rightBrace)
      return Expr(.dictComp(key: key, value: value, clauses), self.span(s))
    }
    if let d = dictComp { return d }
    if seeking { try dictComprehensionFaults() }
    let setComp = try attempt { () throws(Fail) -> Expr in
      self.advance()
      let element = try self.namedExpression()
      let clauses = try self.comprehensionClauses()
      try self.expect(.rightBrace)
      return Expr(.setComp(element, clauses), self.span(s))
    }
    if let c = setComp { return c }
    if seeking { try comprehensionFaults() }
    throw Fail()
  }

  // MARK: Comprehension clauses

  func comprehensionClauses() throws(Fail) -> [Comprehension] {
    var clauses: [Comprehension] = []
    while kind == .kwFor || kind == .kwAsync {
      if clauses.isEmpty || !diagnosing { clauses.append(try comprehensionClause()); continue }
      guard let c = try attempt({ () throws(Fail) in try self.comprehensionClause() }) else { break }
      clauses.append(c)
    }
    if clauses.isEmpty { throw Fail() }
    return clauses
  }

  private func comprehensionClause() throws(Fail) -> Comprehension {
    let s = pos
    let isAsync = accept(.kwAsync)
    try expect(.kwFor)
    guard let target = try loopTarget() else {
      if seeking {
        pos = s
        try loopTargetFaults()
      }
      throw Fail()
    }
    advance()
    let iter = try disjunction()
    var ifs: [Expr] = []
    while kind == .kwIf {
      if diagnosing {
        let next = try attempt { () throws(Fail) in self.advance(); return try self.disjunction() }
        guard let e = next else { break }
        ifs.append(e)
      } else {
        advance()
        ifs.append(try disjunction())
      }
    }
    return Comprehension(target: target, iter: iter, ifs: ifs, isAsync: isAsync)
  }

  /// The target of a loop, up to `in`; nil if there is none.
  func loopTarget() throws(Fail) -> Expr? {
    if !diagnosing {
      let t = try starTargets()
      if kind != .kwIn { throw Fail() }
      return t
    }
    return try attempt { () throws(Fail) in
      let t = try self.starTargets()
      if self.kind != .kwIn { throw Fail() }
      return t
    }
  }

  // MARK: Targets

  /// One target, or a tuple of targets without parentheses.
  func starTargets() throws(Fail) -> Expr {
    let s = pos
    let first = try starTarget()
    if kind != .comma { return first }
    var items = [first]
    while kind == .comma {
      advance()
      switch kind {
      case .name, .leftParen, .leftBracket, .star, .string, .number, .leftBrace, .ellipsis, .kwNone, .kwTrue, .kwFalse:
        guard let t = try attempt({ () throws(Fail) in try self.starTarget() }) else { return Expr(.tuple(items, .store), span(s)) }
        items.append(t)
        continue
      default: break
      }
      break
    }
    return Expr(.tuple(items, .store), span(s))
  }

  func starTarget() throws(Fail) -> Expr {
    let s = pos
    if accept(.star) {
      if kind == .star { throw Fail() }
      let t = try starTarget()
      return Expr(.starred(t, .store), span(s))
    }
    let e = try primary()
    return try storing(e)
  }

  func storing(_ e: Expr) throws(Fail) -> Expr {
    guard let t = retarget(e, .store) else { throw Fail() }
    return t
  }

  /// A copy of `e` as a target, or nil if it cannot be one.
  func retarget(_ e: Expr, _ context: ExprContext) -> Expr? {
    switch e.kind {
    case .name(let n, _): return Expr(.name(n, context), e.range)
    case .attribute(let v, let n, _): return Expr(.attribute(v, n, context), e.range)
    case .subscript(let v, let i, _): return Expr(.subscript(v, i, context), e.range)
    case .tuple(let items, _):
      guard let all = retarget(items, context) else { return nil }
      return Expr(.tuple(all, context), e.range)
    case .list(let items, _):
      guard let all = retarget(items, context) else { return nil }
      return Expr(.list(all, context), e.range)
    case .starred(let v, _):
      if context == .del { return nil }
      if case .starred = v.kind { return nil }
      guard let t = retarget(v, context) else { return nil }
      return Expr(.starred(t, context), e.range)
    default: return nil
    }
  }

  private func retarget(_ items: [Expr], _ context: ExprContext) -> [Expr]? {
    var out: [Expr] = []
    out.reserveCapacity(items.count)
    for i in items {
      guard let t = retarget(i, context) else { return nil }
      out.append(t)
    }
    return out
  }

  // MARK: Yield

  func yieldExpression() throws(Fail) -> Expr {
    let s = pos
    try expect(.kwYield)
    if kind == .kwFrom {
      advance()
      let e = try expression()
      return Expr(.yieldFrom(e), span(s))
    }
    if kind == .star || startsExpression(kind) {
      if diagnosing {
        let e = try attempt { () throws(Fail) in try self.starExpressions() }
        return Expr(.yield(e), span(s))
      }
      let e = try starExpressions()
      return Expr(.yield(e), span(s))
    }
    return Expr(.yield(nil), span(s))
  }

  func yieldOrStarExpressions() throws(Fail) -> Expr {
    kind == .kwYield ? try yieldExpression() : try starExpressions()
  }
}
