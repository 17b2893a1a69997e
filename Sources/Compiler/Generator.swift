// The code generator of one code unit: its variables, temporaries, names and control blocks.
//
// Laws:
//   * temporaries are a stack above the variables: what an expression allocates above its result it gives back;
//   * an expression's destination is written once, by its last instruction, unless the destination is a temporary;
//   * a variable used in place as an operand is copied first when an assignment expression could change it in between.

import Bytecode
import Syntax

final class Generator {
  enum Kind { case module, classBody, function, asyncFunction, lambda, comprehension }

  /// Where a name lives.
  enum Place { case local(Int), cell(Int), global, namespace, classCell(Int) }

  /// What control leaves when it leaves a block of statements.
  enum BlockKind {
    /// `iterator`: the register of a `for` loop's, or -1.
    case loop(head: Label, exit: Label, iterator: Int)
    case tryBody
    case finallyBody([Stmt])
    /// An except or finally block that runs while an exception is handled.
    case handling(save: Int)
    case boundException(String)
    /// The handlers of an except*, which only their ends leave.
    case group
    case with(window: Int, isAsync: Bool, range: SourceRange)
  }
  struct Block { var kind: BlockKind; var handler: Int }

  let shared: CompilerContext
  let scope: Scope
  let parent: Generator?
  let kind: Kind
  let code: CodeBuilder
  let privateName: String?
  let name: String
  let qualifiedName: String
  let unit = CodeUnit()
  var variables: [Variable] = []
  var places: [String: Place] = [:]
  var blocks: [Block] = []
  /// The next free temporary, and the most there ever were.
  var temp = 0, maximum = 0
  /// Variables that `del` may unbind; those that assignment expressions change.
  var deleted: BoundSet
  var named: Set<Int> = []
  var interactive = false
  var depth = 0
  var isNamespace: Bool { kind == .module || kind == .classBody }
  var isFunction: Bool { !isNamespace }

  init(_ shared: CompilerContext, scope: Scope, parent: Generator?, kind: Kind, name: String, privateName: String?) {
    self.shared = shared; self.scope = scope; self.parent = parent; self.kind = kind; self.privateName = privateName
    self.name = name
    qualifiedName = Generator.qualify(name, scope: scope, parent: parent, kind: kind)
    let (v, p) = Generator.allocate(scope, namespace: kind == .module || kind == .classBody)
    variables = v
    places = p
    code = CodeBuilder(boundCount: v.count, forceWide: shared.options.forceWide)
    deleted = BoundSet(count: v.count)
    temp = v.count
    maximum = v.count
    for s in scope.symbols {
      guard case .local(let r)? = places[s.name] else { continue }
      if s.flags.contains(.deleted) { deleted.insert(r) }
      if s.flags.contains(.named) { named.insert(r) }
      if s.flags.contains(.parameter) { code.bound.insert(r) }
    }
  }

  private static func qualify(_ name: String, scope: Scope, parent: Generator?, kind: Kind) -> String {
    guard let p = parent, p.kind != .module else { return name }
    if kind == .function || kind == .asyncFunction || kind == .classBody {
      if p.scope.resolution(mangled(name, p.privateName)) == .globalExplicit { return name }
    }
    return p.qualifiedName + (p.kind == .classBody || p.kind == .comprehension ? "." : ".<locals>.") + name
  }

  /// Registers of a scope's variables: parameters, locals, cells, free variables.
  private static func allocate(_ scope: Scope, namespace: Bool) -> ([Variable], [String: Place]) {
    var variables: [Variable] = []
    var places: [String: Place] = [:]
    func add(_ name: String, _ kind: Variable.Kind) -> Int {
      variables.append(Variable(name: name, kind: kind))
      return variables.count - 1
    }
    if namespace {
      _ = add(".namespace", .hidden)
    } else {
      for p in scope.parameters {
        if scope.resolution(p) == .cell { places[p] = .cell(add(p, .cell)) } else { places[p] = .local(add(p, .local)) }
      }
    }
    var cells: [String] = [], free: [String] = []
    for s in scope.symbols {
      switch s.resolution {
      case .local, .unresolved:
        if namespace { places[s.name] = .namespace } else if places[s.name] == nil { places[s.name] = .local(add(s.name, .local)) }
        if s.flags.contains(.freeThroughClass) { free.append(s.name) }
      case .cell: if places[s.name] == nil { cells.append(s.name) }
      case .free: free.append(s.name)
      case .globalExplicit:
        places[s.name] = .global
        if s.flags.contains(.freeThroughClass) { free.append(s.name) }
      case .globalImplicit: places[s.name] = namespace ? .namespace : .global
      }
    }
    if scope.kind == .classBody, scope.needsClassCell { cells.append("__class__") }
    for n in cells.sorted() {
      let r = add(n, .cell)
      // The class's own code does not see __class__ by this cell unless it has no such name of its own.
      if !namespace { places[n] = .cell(r) }
    }
    for n in free.sorted() {
      let r = add(n, .free)
      if places[n] == nil { places[n] = scope.kind == .classBody ? .classCell(r) : .cell(r) }
    }
    return (variables, places)
  }

  // MARK: Registers

  func newTemp(_ n: Int = 1) -> Int {
    let t = temp
    temp += n
    if temp > maximum { maximum = temp }
    return t
  }

  func isVariable(_ r: Int) -> Bool { r < variables.count }

  /// `d`, or a temporary in its place while the value is built up in several steps.
  func workRegister(_ d: Int) -> Int { isVariable(d) ? newTemp() : d }

  func deliver(_ r: Int, _ d: Int) { if r != d { code.emit(.move, d, r) } }

  // MARK: Positions and errors

  @inline(__always) func at<T>(_ r: SourceRange, _ body: () throws -> T) rethrows -> T {
    let saved = code.location
    code.location = r
    defer { code.location = saved }
    return try body()
  }

  func failure(_ message: String) -> SyntaxFailure { shared.failure(message, code.location) }

  // MARK: Names

  func mangle(_ n: String) -> String { privateName == nil ? n : mangled(n, privateName) }

  /// Where the (mangled) name lives.
  func place(_ n: String) -> Place { places[n] ?? (isNamespace ? .namespace : .global) }

  func forbidDebug(_ n: String, _ context: ExprContext) throws {
    if n == "__debug__" {
      if context == .store { throw failure("cannot assign to __debug__") }
      if context == .del { throw failure("cannot delete __debug__") }
    }
  }

  func load(_ id: String, into d: Int) {
    let n = mangle(id)
    switch place(n) {
    case .local(let r):
      checkBound(r, n)
      deliver(r, d)
    case .cell(let r): code.emit(.loadCell, d, r)
    case .classCell(let r): code.emit(.loadClassDeref, d, r, code.name(n))
    case .global: code.emit(.loadGlobal, d, code.name(n))
    case .namespace: code.emit(.loadName, d, code.name(n))
    }
  }

  func checkBound(_ r: Int, _ n: String) {
    if !code.bound.contains(r) {
      code.emit(.check, r, code.name(n))
      code.bound.insert(r)
    }
  }

  func store(_ id: String, from r: Int) throws {
    try forbidDebug(id, .store)
    let n = mangle(id)
    switch place(n) {
    case .local(let v):
      deliver(r, v)
      code.bound.insert(v)
    case .cell(let c), .classCell(let c): code.emit(.storeCell, c, r)
    case .global: code.emit(.storeGlobal, r, code.name(n))
    case .namespace: code.emit(.storeName, r, code.name(n))
    }
  }

  func delete(_ id: String) throws {
    try forbidDebug(id, .del)
    let n = mangle(id)
    switch place(n) {
    case .local(let v):
      checkBound(v, n)
      code.emit(.clear, v)
      code.bound.remove(v)
    case .cell(let c), .classCell(let c): code.emit(.delCell, c)
    case .global: code.emit(.delGlobal, 0, code.name(n))
    case .namespace: code.emit(.delName, 0, code.name(n))
    }
  }

  /// The end of `except ... as id`: unbinds the name whether or not the block has done so.
  func unbind(_ id: String) throws {
    if case .local(let v) = place(mangle(id)) {
      code.emit(.clear, v)
      code.bound.remove(v)
      return
    }
    let t = newTemp()
    code.emit(.loadK, t, code.constant(.none))
    try store(id, from: t)
    temp = t
    try delete(id)
  }

  /// The register a plain local is stored to, if `target` is one.
  func localRegister(_ target: Expr) -> Int? {
    guard case .name(let id, _) = target.kind, case .local(let r) = place(mangle(id)) else { return nil }
    return r
  }

  // MARK: Control blocks

  func push(_ kind: BlockKind, handler: Int? = nil) throws {
    if blocks.count >= 20 { throw failure("too many statically nested blocks") }
    let h = handler ?? blocks.last?.handler ?? -1
    blocks.append(Block(kind: kind, handler: h))
    code.handler = h
  }

  func pop() {
    blocks.removeLast()
    code.handler = blocks.last?.handler ?? -1
  }

  /// Leaves the blocks from the top down to (not including) index `stop`, emitting what leaving each of them takes, and then
  /// what `last` emits, which none of their handlers covers.
  func unwind(to stop: Int, then last: () throws -> Void) throws {
    let saved = blocks
    while blocks.count > stop {
      let b = blocks.removeLast()
      code.handler = blocks.last?.handler ?? -1
      switch b.kind {
      case .loop, .tryBody: break
      case .group: throw failure("'break', 'continue' and 'return' cannot appear in an except* block")
      case .handling(let save): code.emit(.leaveExcept, save)
      case .boundException(let n): try unbind(n)
      case .finallyBody(let body): try statements(body)
      case .with(let w, let isAsync, let range): try at(range) { try leaveWith(w, isAsync: isAsync) }
      }
    }
    try last()
    blocks = saved
    code.handler = blocks.last?.handler ?? -1
  }

  /// Whether leaving the blocks down to `stop` runs code that could change variables.
  func unwindingRunsCode(to stop: Int) -> Bool {
    blocks[stop...].contains { b in
      switch b.kind {
      case .finallyBody, .with, .boundException: return true
      case .loop, .tryBody, .handling, .group: return false
      }
    }
  }

  // MARK: Units

  func compileModule(_ body: [Stmt]) throws {
    code.location = SourceRange(line: 1, column: 0, endLine: 1, endColumn: 0)
    prolog()
    if AnnotationFinder.find(body) { intrinsic(.setupAnnotations, newTempForEffect()) }
    var rest = body[...]
    if !interactive, let (doc, range) = docstring(body) {
      rest = rest.dropFirst()
      if shared.options.optimize < 2 { storeDocstring(doc, range) }
    }
    for s in rest { try statement(s) }
    code.implicitReturn(newTempForEffect())
  }

  func compileExpressionModule(_ e: Expr) throws {
    code.location = SourceRange(line: 1, column: 0, endLine: 1, endColumn: 0)
    prolog()
    let r = try value(e)
    code.location = e.range
    code.emit(.ret, r)
  }

  func storeDocstring(_ doc: CodeConstant, _ range: SourceRange) {
    at(range) {
      let t = newTemp()
      code.emit(.loadK, t, code.constant(doc))
      code.emit(.storeName, t, code.name("__doc__"))
      temp = t
    }
  }

  func docstring(_ body: [Stmt]) -> (CodeConstant, SourceRange)? {
    guard let s = body.first, case .expr(let e) = s.kind, case .constant(let c) = e.kind, c.isStr else { return nil }
    return (codeConstant(c), e.range)
  }

  func returnNone() {
    let t = newTemp()
    code.emit(.loadK, t, code.constant(.none))
    code.emit(.ret, t)
    temp = t
  }

  /// Cells for captured variables, and the cells of free ones.
  func prolog() {
    var f = 0
    for (i, v) in variables.enumerated() {
      switch v.kind {
      case .cell: code.emit(.newCell, i, i)
      case .free:
        code.emit(.getClosure, i, f)
        f += 1
      case .local, .hidden: break
      }
    }
  }

  func newTempForEffect() -> Int {
    let t = newTemp()
    temp = t
    return t
  }

  func finish(firstLine: Int32) throws -> CodeUnit {
    let u = unit
    u.name = name
    u.qualifiedName = qualifiedName
    u.filename = shared.options.filename
    u.firstLine = firstLine
    u.variables = variables
    u.registerCount = max(maximum, 1)
    u.flags = flags()
    code.finish(into: u)
    if let why = code.limit { throw shared.failure(why, SourceRange(line: firstLine, column: 0, endLine: firstLine, endColumn: 0), type: "OverflowError") }
    return u
  }

  private func flags() -> CodeFlags {
    var f = shared.flags
    if shared.options.hidden { f.insert(.hidden) }
    if isNamespace { f.insert(.namespace) } else {
      f.formUnion([.optimized, .newLocals])
      if scope.isNested { f.insert(.nested) }
    }
    let topLevelAwait = kind == .module && shared.options.allowTopLevelAwait
    if !isNamespace || topLevelAwait {
      if scope.isGenerator { f.insert(scope.isCoroutine ? .asyncGenerator : .generator) } else if scope.isCoroutine { f.insert(.coroutine) }
    }
    if hasVarArgs { f.insert(.varArgs) }
    if hasVarKeywords { f.insert(.varKeywords) }
    return f
  }
  var cellRegisters: [String: Int]?
  var hasVarArgs = false, hasVarKeywords = false

  func intrinsic(_ i: Intrinsic, _ d: Int, _ args: Int = 0) { code.emit(.intrinsic, d, args, Int(i.rawValue)) }
}
