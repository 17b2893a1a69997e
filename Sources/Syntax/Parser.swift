// The parser's state: token window, backtracking, error reporting, and the two passes.
//
// Pass one accepts or rejects. When it rejects, pass two parses again with `diagnosing` set: it follows the order of
// CPython's grammar closely, remembers results per rule and position, and looks for faults that have a message of their own.
// If it finds none, the error is "invalid syntax" at the furthest token of pass one.

/// The input does not match here. If `Parser.error` is set this is final; else a caller may try something else.
struct Fail: Error {}

final class Parser {
  let names: NameTable
  let options: ParseOptions
  let tokenizer: Tokenizer
  let storage: UnsafeMutablePointer<UInt8>
  var tokens: UnsafeMutablePointer<Token>
  private var capacity: Int
  var fill = 0
  var pos = 0
  var error: SyntaxFailure?
  /// The source has bytes that are not UTF-8: literals and names must be checked.
  var isMalformed = false
  /// Columns of errors are bytes.
  var countsBytes = false
  /// The error came from the tokenizer, not from a rule.
  var errorFromTokenizer = false
  var typeIgnores: [TypeIgnore] = []
  private var parsingStarted = false

  var diagnosing = false
  /// Pass two looks for faults; off while it only tests whether an expression could follow.
  var seeking = false
  var memo: [UInt64: (node: AnyObject?, end: Int)] = [:]
  var depth = 0
  static let maxDepth = 6000

  /// A replacement field of an f-string is parsed by a parser of its own.
  let isReplacementField: Bool
  let startingLine: Int32
  let startingColumn: Int32

  init(bytes: [UInt8], options: ParseOptions, names: NameTable, fieldAt: (line: Int32, column: Int32)? = nil) {
    self.names = names
    self.options = options
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count + 4)
    bytes.withUnsafeBufferPointer { copy.update(from: $0.baseAddress!, count: bytes.count) }
    for i in 0..<4 { copy[bytes.count + i] = 0 }
    storage = copy
    isReplacementField = fieldAt != nil
    startingLine = fieldAt?.line ?? 0
    startingColumn = fieldAt?.column ?? 0
    let count = bytes.count - 2
    tokenizer = Tokenizer(base: UnsafePointer(storage), count: count, names: names, options: options,
                          firstLine: fieldAt?.line ?? 1)
    capacity = max(32, min(count / 3, 4096))
    tokens = UnsafeMutablePointer<Token>.allocate(capacity: capacity)
  }

  deinit {
    tokens.deallocate()
    storage.deallocate()
  }

  // MARK: Tokens

  @inline(__always)
  var kind: TokenKind {
    if pos == fill { fetch() }
    return tokens[pos].kind
  }

  @inline(__always)
  var current: Token {
    if pos == fill { fetch() }
    return tokens[pos]
  }

  /// The kind of the token after the current one.
  var nextKind: TokenKind {
    if kind == .error { return .error }
    if pos + 1 == fill { fetch() }
    return tokens[pos + 1].kind
  }

  @inline(never)
  private func fetch() {
    var t = tokenizer.next()
    while t.kind == .typeComment && t.name == 1 {
      typeIgnores.append(TypeIgnore(line: t.line, tag: tokenizer.text(Int(t.start), Int(t.end))))
      t = tokenizer.next()
    }
    if options.mode == .single && t.kind == .endMarker && parsingStarted && !isReplacementField {
      t.kind = .newline
      parsingStarted = false
      if tokenizer.indents.count > 1 && !options.dontImplyDedent {
        tokenizer.pending = 1 - tokenizer.indents.count
        tokenizer.indents = [0]
        tokenizer.altIndents = [0]
      }
    } else {
      parsingStarted = true
    }
    if isReplacementField && tokenizer.line == startingLine && t.column >= 0 {
      t.column += startingColumn
      t.endColumn += startingColumn
    }
    if options.isInteractive && tokenizer.state == .running && tokenizer.cur >= tokenizer.count {
      // The tokenizer of CPython has looked past the token and met the end.
      switch t.kind {
      case .newline, .ellipsis: break
      case .string where t.end - t.start > 2: break
      default: tokenizer.state = .endOfInput
      }
    }
    if fill == capacity {
      let bigger = UnsafeMutablePointer<Token>.allocate(capacity: capacity * 2)
      bigger.moveInitialize(from: tokens, count: fill)
      tokens.deallocate()
      tokens = bigger
      capacity *= 2
    }
    tokens[fill] = t
    fill += 1
    if t.kind == .error { tokenizerError() }
  }

  @inline(__always)
  func advance() { pos &+= 1 }

  @inline(__always)
  func expect(_ k: TokenKind) throws(Fail) {
    if kind != k { throw Fail() }
    pos &+= 1
  }

  @inline(__always)
  func accept(_ k: TokenKind) -> Bool {
    if kind != k { return false }
    pos &+= 1
    return true
  }

  /// A token whose absence is an error at once.
  func force(_ k: TokenKind, _ spelling: String) throws(Fail) {
    if accept(k) { return }
    if error == nil { throw raise("expected '\(spelling)'", at: current) }
    throw Fail()
  }

  func expectName() throws(Fail) -> String {
    if kind != .name { throw Fail() }
    let id = tokens[pos].name
    pos &+= 1
    return names.strings[Int(id)]
  }

  func isSoft(_ id: Int32) -> Bool { kind == .name && tokens[pos].name == id }

  @inline(__always)
  func span(_ s: Int) -> SourceRange {
    let a = tokens[s], b = tokens[pos &- 1]
    return SourceRange(line: a.line, column: a.column, endLine: b.endLine, endColumn: b.endColumn)
  }

  func range(_ t: Token) -> SourceRange {
    SourceRange(line: t.line, column: t.column, endLine: t.endLine, endColumn: t.endColumn)
  }

  // MARK: Backtracking

  /// Runs `body`; on a mismatch goes back and returns nil. A reported error passes through.
  func attempt<T>(_ body: () throws(Fail) -> T) throws(Fail) -> T? {
    let mark = pos, d = depth
    do {
      return try body()
    } catch {
      depth = d
      if self.error != nil { throw Fail() }
      pos = mark
      return nil
    }
  }

  /// Whether `body` matches here; consumes nothing.
  func looking(_ body: () throws(Fail) -> Void) throws(Fail) -> Bool {
    let mark = pos
    let found = try attempt { () throws(Fail) in try body(); return true } ?? false
    pos = mark
    return found
  }

  /// In pass two, the result of a rule at this position is computed once.
  func remembered(_ rule: UInt64, _ body: () throws(Fail) -> Expr) throws(Fail) -> Expr {
    let key = rule << 40 | UInt64(pos)
    if let known = memo[key] {
      guard let node = known.node else { throw Fail() }
      pos = known.end
      return unsafeDowncast(node, to: Expr.self)
    }
    do {
      let node = try body()
      memo[key] = (node, pos)
      return node
    } catch {
      if self.error == nil { memo[key] = (nil, pos) }
      throw Fail()
    }
  }

  @inline(__always)
  func enter() throws(Fail) {
    depth &+= 1
    if depth > Parser.maxDepth { throw tooDeep() }
  }

  @inline(never)
  private func tooDeep() -> Fail {
    if error == nil {
      let t = tokens[fill - 1]
      error = SyntaxFailure(type: "RecursionError", message: "maximum recursion depth exceeded during compilation",
                            line: t.line, offset: t.column + 1, endLine: t.line, endOffset: t.column + 1, text: nil)
      errorFromTokenizer = true
    }
    return Fail()
  }

  // MARK: Passes

  func run() throws -> Module {
    do {
      let m = try parseModule()
      if error == nil { return m }
    } catch {}
    try fail { parser in _ = try? parser.parseModule() }
  }

  /// The replacement field of an f-string.
  func runField() throws -> Expr {
    do {
      let e = try starExpressions()
      if error == nil { return e }
    } catch {}
    try fail { parser in _ = try? parser.starExpressions() }
  }

  private func fail(_ secondPass: (Parser) -> Void) throws -> Never {
    if fill == 0 { fetch() }
    let state = tokenizer.state
    if options.isInteractive && !isReplacementField && (state == .endOfInput || state == .failedInString) {
      error = nil
      _ = raise("incomplete input")
      error!.incomplete = true
      throw error!
    }
    let last = tokens[fill - 1]
    if error == nil {
      diagnosing = true
      seeking = true
      memo.removeAll()
      pos = 0
      depth = 0
      tokenizer.reportWarnings = false
      secondPass(self)
    }
    if error != nil {
      if !errorFromTokenizer && tokenizer.state == .running { checkRemainingTokens() }
      throw error!
    }
    if last.kind == .indent {
      _ = raise("unexpected indent", type: "IndentationError")
      throw error!
    }
    if last.kind == .dedent {
      _ = raise("unexpected unindent", type: "IndentationError")
      throw error!
    }
    _ = raise("invalid syntax", at: last)
    checkRemainingTokens()
    throw error!
  }

  /// A fault of the tokenizer later in the source, or a bracket left open on an earlier line, explains more than the error
  /// found so far.
  private func checkRemainingTokens() {
    let line = tokens[fill - 1].line
    while true {
      let t = tokenizer.next()
      if t.kind == .error {
        if tokenizer.failure != nil {
          error = tokenizer.failure
        } else if let b = tokenizer.brackets.last, line > b.line {
          error = nil
          _ = raiseUnclosed()
        }
        return
      }
      if t.kind == .endMarker { return }
    }
  }
}
