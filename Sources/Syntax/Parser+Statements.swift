// Modules, blocks and simple statements.

extension Parser {
  func parseModule() throws(Fail) -> Module {
    switch options.mode {
    case .exec:
      var body: [Stmt] = []
      while kind != .endMarker { try statement(into: &body) }
      if error != nil { throw Fail() }
      return .module(body: body, typeIgnores: typeIgnores)
    case .single: return try interactive()
    case .eval:
      let e = try expressions()
      while accept(.newline) {}
      try expect(.endMarker)
      return .expression(e)
    case .funcType: return try functionType()
    }
  }

  private func interactive() throws(Fail) -> Module {
    var body: [Stmt] = []
    if kind == .newline {
      let s = pos
      advance()
      body.append(Stmt(.pass, span(s)))
    } else {
      if kind == .endMarker { throw Fail() }
      if try !compoundStatement(into: &body) { try simpleStatements(into: &body) } else { try expect(.newline) }
    }
    if let t = trailingSource() {
      throw raise("multiple statements found while compiling a single statement", at: t)
    }
    return .interactive(body: body)
  }

  /// The last token, if more than blank lines and comments follows the statement.
  private func trailingSource() -> Token? {
    let base = tokenizer.base
    var i = tokenizer.cur
    if i < tokenizer.count && base[i] != 10 && i > 0 && base[i - 1] != 10 && tokenizer.state != .endOfInput { i = tokenizer.cur }
    while i < tokenizer.count {
      let c = base[i]
      if c == 32 || c == 9 || c == 10 || c == 12 { i += 1; continue }
      if c != 35 { return tokens[fill - 1] }
      while i < tokenizer.count && base[i] != 10 { i += 1 }
    }
    return nil
  }

  private func functionType() throws(Fail) -> Module {
    try expect(.leftParen)
    var args: [Expr] = []
    var stars = 0
    while kind != .rightParen {
      if kind == .star {
        if stars > 0 { throw Fail() }
        stars = 1
        advance()
      } else if kind == .doubleStar {
        if stars > 1 { throw Fail() }
        stars = 2
        advance()
      } else if stars > 0 { throw Fail() }
      args.append(try expression())
      if kind != .comma { break }
      advance()
      if kind == .rightParen { throw Fail() }
    }
    try expect(.rightParen)
    try expect(.arrow)
    let result = try expression()
    while accept(.newline) {}
    try expect(.endMarker)
    return .functionType(argTypes: args, returns: result)
  }

  func statement(into body: inout [Stmt]) throws(Fail) {
    if try compoundStatement(into: &body) { return }
    try simpleStatements(into: &body)
  }

  func simpleStatements(into body: inout [Stmt]) throws(Fail) {
    while true {
      body.append(try simpleStatement())
      if kind == .semicolon {
        advance()
        if accept(.newline) { return }
        continue
      }
      try expect(.newline)
      return
    }
  }

  /// Statements after ":"; `owner` and `line` name the header in the message for a missing block.
  func block(_ owner: String, _ line: Int32) throws(Fail) -> [Stmt] {
    var body: [Stmt] = []
    if kind != .newline {
      try simpleStatements(into: &body)
      return body
    }
    advance()
    if kind != .indent {
      if kind == .error { throw Fail() }
      if diagnosing {
        throw raise("expected an indented block after \(owner) on line \(line)", type: "IndentationError")
      }
      throw Fail()
    }
    advance()
    repeat { try statement(into: &body) } while kind != .dedent && kind != .error && kind != .endMarker
    try expect(.dedent)
    return body
  }

  func simpleStatement() throws(Fail) -> Stmt {
    let s = pos
    switch kind {
    case .kwReturn:
      advance()
      if kind == .newline || kind == .semicolon { return Stmt(.return(nil), span(s)) }
      let e = diagnosing ? try attempt { () throws(Fail) in try self.starExpressions() } : try starExpressions()
      return Stmt(.return(e), span(s))
    case .kwImport: return try importStatement()
    case .kwFrom: return try importFrom()
    case .kwRaise: return try raiseStatement()
    case .kwPass: advance(); return Stmt(.pass, span(s))
    case .kwBreak: advance(); return Stmt(.break, span(s))
    case .kwContinue: advance(); return Stmt(.continue, span(s))
    case .kwDel: return try deleteStatement()
    case .kwAssert:
      advance()
      let test = try expression()
      let message = accept(.comma) ? try expression() : nil
      return Stmt(.assert(test: test, msg: message), span(s))
    case .kwGlobal: return try declaration { .global($0) }
    case .kwNonlocal: return try declaration { .nonlocal($0) }
    default: return try expressionStatement()
    }
  }

  private func declaration(_ make: ([String]) -> StmtKind) throws(Fail) -> Stmt {
    let s = pos
    advance()
    var list = [try expectName()]
    while accept(.comma) { list.append(try expectName()) }
    return Stmt(make(list), span(s))
  }

  private func raiseStatement() throws(Fail) -> Stmt {
    let s = pos
    advance()
    if kind == .newline || kind == .semicolon { return Stmt(.raise(exc: nil, cause: nil), span(s)) }
    let e = try expression()
    var cause: Expr?
    if accept(.kwFrom) { cause = try expression() }
    return Stmt(.raise(exc: e, cause: cause), span(s))
  }

  private func deleteStatement() throws(Fail) -> Stmt {
    let s = pos
    let statement = try attempt { () throws(Fail) -> Stmt in
      self.advance()
      var targets: [Expr] = []
      repeat {
        if !targets.isEmpty && (self.kind == .newline || self.kind == .semicolon) { break }
        let e = try self.primary()
        guard let t = self.retarget(e, .del) else { throw Fail() }
        targets.append(t)
      } while self.accept(.comma)
      let r = self.span(s)
      if self.kind != .newline && self.kind != .semicolon { throw Fail() }
      return Stmt(.delete(targets), r)
    }
    if let d = statement { return d }
    if seeking {
      advance()
      let e = try starExpressions()
      try raiseInvalidTarget(e, .delete)
    }
    throw Fail()
  }

  // MARK: Assignments and expression statements

  private func expressionStatement() throws(Fail) -> Stmt {
    let s = pos
    if !diagnosing {
      let first = try yieldOrStarExpressions()
      return try assignment(s, first) ?? Stmt(.expr(first), span(s))
    }
    var cut = false
    let assigned = try attempt { () throws(Fail) -> Stmt in
      let first = try self.yieldOrStarExpressions()
      if self.kind.isAugmentedAssignment && self.singleTarget(s, first) != nil { cut = true }
      guard let a = try self.assignment(s, first) else { throw Fail() }
      return a
    }
    if let a = assigned { return a }
    if cut { throw Fail() }
    if seeking { try assignmentFaults() }
    pos = s
    let e = try yieldOrStarExpressions()
    return Stmt(.expr(e), span(s))
  }

  /// The rest of an assignment that starts with `first`; nil if no assignment operator follows.
  private func assignment(_ s: Int, _ first: Expr) throws(Fail) -> Stmt? {
    switch kind {
    case .colon: return try annotatedAssignment(s, first)
    case .equal: break
    default:
      guard let op = kind.augmented else { return nil }
      guard let target = singleTarget(s, first) else { throw Fail() }
      advance()
      let value = try yieldOrStarExpressions()
      return Stmt(.augAssign(target: target, op: op, value: value), span(s))
    }
    var targets: [Expr] = []
    var value = first
    while kind == .equal {
      targets.append(try storing(value))
      advance()
      value = try yieldOrStarExpressions()
    }
    let comment = typeCommentText()
    return Stmt(.assign(targets: targets, value: value, typeComment: comment), span(s))
  }

  private func annotatedAssignment(_ s: Int, _ first: Expr) throws(Fail) -> Stmt {
    guard let target = singleTarget(s, first) else { throw Fail() }
    var simple = false
    if case .name = target.kind { simple = tokens[s].kind == .name }
    advance()
    let annotation = try expression()
    var value: Expr?
    if kind == .equal {
      if diagnosing {
        value = try attempt { () throws(Fail) in self.advance(); return try self.yieldOrStarExpressions() }
      } else {
        advance()
        value = try yieldOrStarExpressions()
      }
    }
    return Stmt(.annAssign(target: target, annotation: annotation, value: value, simple: simple), span(s))
  }

  /// `e` as the target of an augmented or annotated assignment.
  private func singleTarget(_ s: Int, _ e: Expr) -> Expr? {
    switch e.kind {
    case .name, .attribute, .subscript: return retarget(e, .store)
    default: return nil
    }
  }

  // MARK: Imports

  private func importStatement() throws(Fail) -> Stmt {
    let s = pos
    advance()
    var list: [Alias] = []
    repeat {
      let a = pos
      let name = try dottedName()
      let asName = accept(.kwAs) ? try expectName() : nil
      list.append(Alias(name: name, asName: asName, range: span(a)))
    } while accept(.comma)
    return Stmt(.import(list), span(s))
  }

  private func dottedName() throws(Fail) -> String {
    let first = try expectName()
    if kind != .dot { return first }
    var name = first
    while accept(.dot) { name += "." + (try expectName()) }
    return name
  }

  private func importFrom() throws(Fail) -> Stmt {
    let s = pos
    advance()
    var level = 0
    while true {
      if accept(.dot) { level += 1 } else if accept(.ellipsis) { level += 3 } else { break }
    }
    var module: String?
    if kind != .kwImport || level == 0 { module = try dottedName() }
    try expect(.kwImport)
    let targets = try importTargets()
    return Stmt(.importFrom(module: module, names: targets, level: level), span(s))
  }

  private func importTargets() throws(Fail) -> [Alias] {
    if kind == .star {
      let s = pos
      advance()
      return [Alias(name: "*", asName: nil, range: span(s))]
    }
    let inParentheses = accept(.leftParen)
    var list: [Alias] = []
    while true {
      let s = pos
      let name = try expectName()
      let asName = accept(.kwAs) ? try expectName() : nil
      list.append(Alias(name: name, asName: asName, range: span(s)))
      if kind != .comma { break }
      advance()
      if inParentheses && kind == .rightParen { break }
      if !inParentheses && kind == .newline && seeking {
        throw raise("trailing comma not allowed without surrounding parentheses")
      }
    }
    if inParentheses { try expect(.rightParen) }
    return list
  }
}

extension TokenKind {
  /// The operator of an augmented assignment token.
  var augmented: BinaryOperator? {
    switch self {
    case .plusEqual: return .add
    case .minusEqual: return .sub
    case .starEqual: return .mul
    case .atEqual: return .matMul
    case .slashEqual: return .trueDiv
    case .percentEqual: return .mod
    case .ampersandEqual: return .and
    case .pipeEqual: return .or
    case .caretEqual: return .xor
    case .leftShiftEqual: return .lshift
    case .rightShiftEqual: return .rshift
    case .doubleStarEqual: return .pow
    case .doubleSlashEqual: return .floorDiv
    default: return nil
    }
  }
}
