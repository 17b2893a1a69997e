// Compound statements, `match` excepted.

extension Parser {
  /// False, with nothing consumed, if no compound statement starts here.
  func compoundStatement(into body: inout [Stmt]) throws(Fail) -> Bool {
    switch kind {
    case .kwIf: body.append(try ifStatement())
    case .kwDef: body.append(try functionDefinition(pos, []))
    case .kwClass: body.append(try classDefinition([]))
    case .at: body.append(try decorated())
    case .kwFor: body.append(try forStatement(pos))
    case .kwWhile: body.append(try whileStatement())
    case .kwTry: body.append(try tryStatement())
    case .kwWith: body.append(try withStatement(pos))
    case .kwAsync:
      switch nextKind {
      case .kwDef: body.append(try functionDefinition(pos, []))
      case .kwFor: body.append(try forStatement(pos))
      case .kwWith: body.append(try withStatement(pos))
      default: throw Fail()
      }
    case .name where tokens[pos].name == NameID.match:
      guard let m = try matchStatement() else { return false }
      body.append(m)
    default: return false
    }
    return true
  }

  /// ":" after a header; a newline in its place has a message.
  func headerColon() throws(Fail) {
    if kind == .newline && seeking { throw raise("expected ':'") }
    try expect(.colon)
  }

  // MARK: if, while, for

  private func ifStatement() throws(Fail) -> Stmt {
    var arms: [(start: Int, test: Expr, body: [Stmt])] = []
    repeat {
      let s = pos
      let name = arms.isEmpty ? "'if' statement" : "'elif' statement"
      // The message of CPython gives the line of the test, not of the keyword, for `if`.
      advance()
      let test = try namedExpression()
      try headerColon()
      let line = arms.isEmpty ? test.range.line : tokens[s].line
      arms.append((s, test, try block(name, line)))
    } while kind == .kwElif
    var orelse = try elseBlock()
    var node: Stmt?
    for arm in arms.reversed() {
      node = Stmt(.if(test: arm.test, body: arm.body, orelse: orelse), blockSpan(arm.start))
      orelse = [node!]
    }
    return node!
  }

  func elseBlock() throws(Fail) -> [Stmt] {
    if kind != .kwElse { return [] }
    let line = current.line
    advance()
    try force(.colon, ":")
    return try block("'else' statement", line)
  }

  /// From token `s` to the last token before line ends and dedents: what a statement with blocks spans.
  func blockSpan(_ s: Int) -> SourceRange {
    var e = pos - 1
    while e > s {
      switch tokens[e].kind {
      case .newline, .indent, .dedent, .endMarker: e -= 1; continue
      default: break
      }
      break
    }
    let a = tokens[s], b = tokens[e]
    return SourceRange(line: a.line, column: a.column, endLine: b.endLine, endColumn: b.endColumn)
  }

  private func whileStatement() throws(Fail) -> Stmt {
    let s = pos
    advance()
    let test = try namedExpression()
    try headerColon()
    let body = try block("'while' statement", tokens[s].line)
    let orelse = try elseBlock()
    return Stmt(.while(test: test, body: body, orelse: orelse), blockSpan(s))
  }

  private func forStatement(_ s: Int) throws(Fail) -> Stmt {
    let isAsync = accept(.kwAsync)
    let line = current.line
    try expect(.kwFor)
    guard let target = try loopTarget() else {
      if seeking {
        pos = s
        try loopTargetFaults()
      }
      throw Fail()
    }
    advance()
    let iter = try starExpressions()
    try headerColon()
    let comment = typeCommentText()
    let body = try block("'for' statement", line)
    let orelse = try elseBlock()
    let r = blockSpan(s)
    return isAsync
      ? Stmt(.asyncFor(target: target, iter: iter, body: body, orelse: orelse, typeComment: comment), r)
      : Stmt(.for(target: target, iter: iter, body: body, orelse: orelse, typeComment: comment), r)
  }

  // MARK: with

  private func withStatement(_ s: Int) throws(Fail) -> Stmt {
    let isAsync = accept(.kwAsync)
    let line = current.line
    try expect(.kwWith)
    var items: [WithItem] = []
    var comment: String?
    if seeking { try withIndentFaults(line) }
    let inParentheses: [WithItem]? = kind != .leftParen ? nil : try attempt { () throws(Fail) in
      self.advance()
      var list: [WithItem] = []
      repeat {
        if !list.isEmpty && self.kind == .rightParen { break }
        list.append(try self.withItem())
      } while self.accept(.comma)
      try self.expect(.rightParen)
      try self.expect(.colon)
      return list
    }
    if let list = inParentheses {
      items = list
    } else {
      let plain: [WithItem]? = try attempt { () throws(Fail) in
        var list: [WithItem] = []
        repeat { list.append(try self.withItem()) } while self.accept(.comma)
        try self.expect(.colon)
        return list
      }
      guard let list = plain else {
        if seeking { try withFaults() }
        throw Fail()
      }
      items = list
      comment = typeCommentText()
    }
    let body = try block("'with' statement", line)
    let r = blockSpan(s)
    return isAsync ? Stmt(.asyncWith(items: items, body: body, typeComment: comment), r)
      : Stmt(.with(items: items, body: body, typeComment: comment), r)
  }

  private func withItem() throws(Fail) -> WithItem {
    let context = try expression()
    if kind != .kwAs { return WithItem(context: context, target: nil) }
    let mark = pos
    let target = try attempt { () throws(Fail) -> Expr in
      self.advance()
      let t = try self.starTarget()
      guard self.kind == .comma || self.kind == .rightParen || self.kind == .colon else { throw Fail() }
      return t
    }
    if let t = target { return WithItem(context: context, target: t) }
    if seeking {
      let fault = try attempt { () throws(Fail) -> Expr in
        self.advance()
        let e = try self.expression()
        guard self.kind == .comma || self.kind == .rightParen || self.kind == .colon else { throw Fail() }
        return e
      }
      if let e = fault { try raiseInvalidTarget(e, .assign) }
      pos = mark
    }
    return WithItem(context: context, target: nil)
  }

  // MARK: try

  private func tryStatement() throws(Fail) -> Stmt {
    let s = pos
    advance()
    try force(.colon, ":")
    let body = try block("'try' statement", tokens[s].line)
    var handlers: [ExceptHandler] = []
    var isStar = false
    if kind != .kwExcept && kind != .kwFinally {
      if seeking { throw raise("expected 'except' or 'finally' block") }
      throw Fail()
    }
    while kind == .kwExcept {
      let first = handlers.isEmpty
      let (h, star) = try exceptBlock(first ? nil : isStar)
      if first { isStar = star }
      handlers.append(h)
    }
    let orelse = handlers.isEmpty ? [] : try elseBlock()
    var finalbody: [Stmt] = []
    if kind == .kwFinally {
      let line = current.line
      advance()
      try force(.colon, ":")
      finalbody = try block("'finally' statement", line)
    }
    let r = blockSpan(s)
    return isStar ? Stmt(.tryStar(body: body, handlers: handlers, orelse: orelse, finalbody: finalbody), r)
      : Stmt(.try(body: body, handlers: handlers, orelse: orelse, finalbody: finalbody), r)
  }

  /// `earlier`: whether the handlers before this one are `except*`.
  private func exceptBlock(_ earlier: Bool?) throws(Fail) -> (ExceptHandler, Bool) {
    let s = pos
    advance()
    let star = kind == .star
    if star { advance() }
    if star && seeking && (kind == .newline || kind == .colon) && earlier != false {
      throw raise("expected one or more exception types")
    }
    if kind == .newline && seeking { throw raise("expected ':'") }
    var type: Expr?
    var name: String?
    if kind != .colon || star {
      let e = try expression()
      type = e
      if kind == .comma && seeking {
        let several: Bool? = try attempt { () throws(Fail) in
          self.advance()
          _ = try self.expressions()
          if self.accept(.kwAs) { _ = try self.expectName() }
          try self.expect(.colon)
          return true
        }
        if several != nil { throw raise("multiple exception types must be parenthesized", startingFrom: e.range) }
      }
      if accept(.kwAs) { name = try expectName() }
      if kind == .newline && seeking { throw raise("expected ':'") }
    }
    if kind == .colon, let before = earlier, before != star {
      if seeking {
        let text = "cannot have both 'except' and 'except*' on the same 'try'"
        if star { throw raise(text, from: range(tokens[s]), to: range(tokens[s + 1])) }
        throw raise(text, at: tokens[s])
      }
      throw Fail()
    }
    try expect(.colon)
    let body = try block(star ? "'except*' statement" : "'except' statement", tokens[s].line)
    return (ExceptHandler(type: type, name: name, body: body, range: blockSpan(s)), star)
  }

  // MARK: def and class

  private func decorated() throws(Fail) -> Stmt {
    var decorators: [Expr] = []
    while accept(.at) {
      decorators.append(try namedExpression())
      try expect(.newline)
    }
    switch kind {
    case .kwDef: return try functionDefinition(pos, decorators)
    case .kwAsync:
      if nextKind != .kwDef { throw Fail() }
      return try functionDefinition(pos, decorators)
    case .kwClass: return try classDefinition(decorators)
    default: throw Fail()
    }
  }

  private func functionDefinition(_ s: Int, _ decorators: [Expr]) throws(Fail) -> Stmt {
    let isAsync = accept(.kwAsync)
    let line = current.line
    try expect(.kwDef)
    let name = try expectName()
    try force(.leftParen, "(")
    let args = kind == .rightParen ? Arguments() : try parameters(lambda: false)
    try expect(.rightParen)
    let returns = accept(.arrow) ? try expression() : nil
    try force(.colon, ":")
    let comment = try functionTypeComment()
    let body = try block("function definition", line)
    let def = FunctionDef(name: name, args: args, body: body, decorators: decorators, returns: returns, typeComment: comment)
    let r = blockSpan(s)
    return Stmt(isAsync ? .asyncFunctionDef(def) : .functionDef(def), r)
  }

  /// On the header's line, or on a line of its own before the body.
  private func functionTypeComment() throws(Fail) -> String? {
    if kind == .newline && options.typeComments {
      let own = try attempt { () throws(Fail) -> String? in
        self.advance()
        guard let text = self.typeCommentText(), self.kind == .newline, self.nextKind == .indent else { throw Fail() }
        return text
      }
      if let text = own { return text }
    }
    if kind == .typeComment && seeking {
      let twice = try looking { () throws(Fail) in
        try self.expect(.typeComment)
        try self.expect(.newline)
        try self.expect(.typeComment)
        try self.expect(.newline)
        try self.expect(.indent)
      }
      if twice { throw raise("Cannot have two type comments on def") }
    }
    return typeCommentText()
  }

  private func classDefinition(_ decorators: [Expr]) throws(Fail) -> Stmt {
    let s = pos
    advance()
    let name = try expectName()
    var bases: [Expr] = []
    var keywords: [Keyword] = []
    if accept(.leftParen) {
      if diagnosing {
        (bases, keywords) = try argumentsWithFaults()
        try expect(.rightParen)
      } else {
        (bases, keywords) = try callArguments()
      }
    }
    try headerColon()
    let body = try block("class definition", tokens[s].line)
    let def = ClassDef(name: name, bases: bases, keywords: keywords, body: body, decorators: decorators)
    return Stmt(.classDef(def), blockSpan(s))
  }
}
