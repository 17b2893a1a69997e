// How errors are positioned and reported.

extension Parser {
  /// At the last token read.
  func raise(_ message: String, type: String = "SyntaxError") -> Fail {
    let t = tokens[fill - 1]
    var column = t.column + 1
    var endColumn = t.endColumn + 1
    if t.column < 0 {
      // An indent, a dedent or the end of input has no extent: use the reading position.
      column = Int32(tokenizer.cur - tokenizer.lineStart)
      endColumn = -1
    }
    report(type, message, t.line, column, t.endLine, endColumn)
    return Fail()
  }

  func raise(_ message: String, at t: Token) -> Fail { raise(message, from: range(t), to: range(t)) }

  func raise(_ message: String, at e: Expr) -> Fail { raise(message, from: e.range, to: e.range) }
  func raise(_ message: String, from a: Expr, to b: Expr) -> Fail { raise(message, from: a.range, to: b.range) }
  func raise(_ message: String, from a: SourceRange, to b: SourceRange) -> Fail {
    report("SyntaxError", message, a.line, a.column + 1, b.endLine, b.endColumn + 1)
    return Fail()
  }

  /// From `t` to the reading position.
  func raise(_ message: String, startingFrom r: SourceRange) -> Fail {
    report("SyntaxError", message, r.line, r.column + 1, tokenizer.line, Int32(tokenizer.cur - tokenizer.lineStart))
    return Fail()
  }

  /// Columns are bytes from 1; 0 and -1 stand for unknown.
  func report(_ type: String, _ message: String, _ line: Int32, _ column: Int32, _ endLine: Int32, _ endColumn: Int32) {
    if error != nil { return }
    let text = errorLine(line)
    var offset = column, endOffset = endColumn
    if isReplacementField {
      offset -= startingColumn
      endOffset -= startingColumn
    } else if !countsBytes {
      offset = characters(text, column)
      if endColumn > 0 { endOffset = characters(text, endColumn) }
    }
    error = SyntaxFailure(type: type, message: isReplacementField ? "f-string: " + message : message, line: line,
                          offset: offset, endLine: endLine, endOffset: endOffset,
                          text: String(decoding: text, as: UTF8.self))
  }

  /// The column in code points for a column in bytes, both from 1.
  private func characters(_ text: ArraySlice<UInt8>, _ column: Int32) -> Int32 {
    if column <= 0 { return 0 }
    let bytes = min(Int(column), text.count + 1) - 1
    var n: Int32 = 1
    for c in text.prefix(bytes) where c & 0xC0 != 0x80 { n += 1 }
    return n
  }

  /// The source line; with its newline if the tokenizer is not past it.
  private func errorLine(_ line: Int32) -> ArraySlice<UInt8> {
    let base = tokenizer.base
    if tokenizer.line <= line {
      let from = tokenizer.bufferStart
      return Array(UnsafeBufferPointer(start: base + from, count: max(0, tokenizer.lineEnd - from)))[...]
    }
    var i = 0
    var n = isReplacementField ? startingLine : 1
    while n < line && i < tokenizer.count {
      if base[i] == 10 { n += 1 }
      i += 1
    }
    var end = i
    while end < tokenizer.count && base[end] != 10 { end += 1 }
    return Array(UnsafeBufferPointer(start: base + i, count: end - i))[...]
  }

  func raiseUnclosed() -> Fail {
    let b = tokenizer.brackets.last!
    report("SyntaxError", "'\(String(UnicodeScalar(b.character)))' was never closed", b.line, b.column + 1, b.line, 0)
    return Fail()
  }

  /// Turns the state of a tokenizer that stopped into an error.
  func tokenizerError() {
    if error != nil { return }
    errorFromTokenizer = true
    if let f = tokenizer.failure { error = f; return }
    switch tokenizer.state {
    case .endOfInput:
      if tokenizer.brackets.isEmpty { _ = raise("unexpected EOF while parsing") } else { _ = raiseUnclosed() }
    case .badDedent:
      _ = raise("unindent does not match any outer indentation level", type: "IndentationError")
    case .inconsistentTabs:
      report("TabError", "inconsistent use of tabs and spaces in indentation", tokenizer.line, 1, tokenizer.line, 0)
    case .tooDeep:
      report("IndentationError", "too many levels of indentation", tokenizer.line, 1, tokenizer.line, 0)
    case .badContinuation:
      report("SyntaxError", "unexpected character after line continuation character", tokenizer.line,
             Int32(tokenizer.cur - tokenizer.bufferStart), tokenizer.line, 0)
    case .running, .failed, .failedInString:
      report("SyntaxError", "unknown parsing error", tokenizer.line, 1, tokenizer.line, 0)
    }
  }

  /// What messages call an expression.
  func describe(_ e: Expr) -> String {
    switch e.kind {
    case .attribute: return "attribute"
    case .subscript: return "subscript"
    case .starred: return "starred"
    case .name: return "name"
    case .list: return "list"
    case .tuple: return "tuple"
    case .lambda: return "lambda"
    case .call: return "function call"
    case .boolOp, .binOp, .unaryOp: return "expression"
    case .generatorExp: return "generator expression"
    case .yield, .yieldFrom: return "yield expression"
    case .await: return "await expression"
    case .listComp: return "list comprehension"
    case .setComp: return "set comprehension"
    case .dictComp: return "dict comprehension"
    case .dict: return "dict literal"
    case .set: return "set display"
    case .joinedStr, .formattedValue: return "f-string expression"
    case .constant(let c):
      switch c {
      case .none: return "None"
      case .true: return "True"
      case .false: return "False"
      case .ellipsis: return "ellipsis"
      default: return "literal"
      }
    case .compare: return "comparison"
    case .ifExp: return "conditional expression"
    case .namedExpr: return "named expression"
    case .slice: return "slice"
    }
  }

  enum TargetUse { case assign, delete, loop }

  /// The part of `e` that cannot be a target, if any.
  func invalidTarget(_ e: Expr, _ use: TargetUse) -> Expr? {
    switch e.kind {
    case .list(let items, _), .tuple(let items, _):
      for i in items { if let bad = invalidTarget(i, use) { return bad } }
      return nil
    case .starred(let value, _): return use == .delete ? e : invalidTarget(value, use)
    case .compare(let left, let ops, _):
      if use == .loop { return ops[0] == .in ? invalidTarget(left, use) : nil }
      return e
    case .name, .subscript, .attribute: return nil
    default: return e
    }
  }

  func raiseInvalidTarget(_ e: Expr, _ use: TargetUse) throws(Fail) {
    guard let bad = invalidTarget(e, use) else { return }
    throw raise("cannot \(use == .delete ? "delete" : "assign to") \(describe(bad))", at: bad)
  }
}
