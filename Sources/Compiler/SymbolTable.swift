// The symbol table: one walk over the tree that finds every scope, what it binds and uses, and the errors that are about names.

import Syntax

final class SymbolTable {
  let shared: CompilerContext
  /// By the identity of the node that opens the scope (FunctionDef, ClassDef, or the lambda's or comprehension's Expr).
  var scopes: [ObjectIdentifier: Scope] = [:]
  private var current: Scope
  private var privateName: String?
  private var depth = 0

  init(_ shared: CompilerContext) {
    self.shared = shared
    current = Scope(.module, "top", parent: nil, range: SourceRange(line: 0, column: 0, endLine: 0, endColumn: 0))
  }

  func build(body: [Stmt]) throws -> Scope {
    let root = current
    try visit(body)
    try root.resolve(shared)
    return root
  }

  func build(expression: Expr) throws -> Scope {
    let root = current
    try visit(expression)
    try root.resolve(shared)
    return root
  }

  // MARK: Definitions

  private func mangle(_ name: String) -> String { privateName == nil ? name : mangled(name, privateName) }

  private func define(_ name: String, _ flags: SymbolFlags, _ range: SourceRange) throws {
    let name = mangle(name)
    if flags.contains(.parameter), current.flags(name).contains(.parameter) {
      throw shared.failure("duplicate argument '\(name)' in function definition", range)
    }
    if current.inIterationTarget {
      // A comprehension's own target cannot be one that an assignment expression inside has claimed.
      if !current.flags(name).isDisjoint(with: [.global, .nonlocal]) {
        throw shared.failure("comprehension inner loop cannot rebind assignment expression target '\(name)'", range)
      }
      current.add(name, flags.union(.iterationVariable))
    } else {
      current.add(name, flags)
    }
    if flags.contains(.parameter) { current.parameters.append(name) }
    if flags.contains(.global) {
      var top = current
      while let p = top.parent { top = p }
      top.add(name, .global)
    }
  }

  private func enter<T>(_ scope: Scope, _ key: ObjectIdentifier?, _ body: () throws -> T) rethrows -> T {
    let outer = current
    outer.children.append(scope)
    scope.iterableDepth = outer.iterableDepth
    if let key = key { scopes[key] = scope }
    current = scope
    defer { current = outer }
    return try body()
  }

  // MARK: Statements

  private func visit(_ body: [Stmt]) throws { for s in body { try visit(s) } }

  private func visit(_ s: Stmt) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    switch s.kind {
    case .functionDef(let f): try function(f, s, isAsync: false)
    case .asyncFunctionDef(let f): try function(f, s, isAsync: true)
    case .classDef(let c): try classDef(c, s)
    case .return(let e):
      if let e = e {
        try visit(e)
        if current.valueReturn == nil { current.valueReturn = s.range }
        if current.isCoroutine && current.isGenerator {
          throw shared.failure("'return' with value in async generator", s.range)
        }
      }
    case .delete(let targets): for t in targets { try visit(t) }
    case .assign(let targets, let value, _):
      try visit(value)
      for t in targets { try visit(t) }
    case .augAssign(let target, _, let value):
      try visit(target)
      try visit(value)
    case .annAssign(let target, let annotation, let value, let simple):
      try annAssign(target, annotation, value, simple, s)
    case .for(let target, let iter, let body, let orelse, _), .asyncFor(let target, let iter, let body, let orelse, _):
      try visit(iter)
      try visit(target)
      try visit(body)
      try visit(orelse)
    case .while(let test, let body, let orelse):
      try visit(test)
      try visit(body)
      try visit(orelse)
    case .if: try ifChain(s)
    case .with(let items, let body, _), .asyncWith(let items, let body, _):
      for i in items {
        try visit(i.context)
        if let t = i.target { try visit(t) }
      }
      try visit(body)
    case .match(let subject, let cases):
      try visit(subject)
      for c in cases {
        try visit(c.pattern)
        if let g = c.guardTest { try visit(g) }
        try visit(c.body)
      }
    case .raise(let exc, let cause):
      if let e = exc { try visit(e) }
      if let e = cause { try visit(e) }
    case .try(let body, let handlers, let orelse, let finalbody), .tryStar(let body, let handlers, let orelse, let finalbody):
      try visit(body)
      try visit(orelse)
      for h in handlers {
        if let t = h.type { try visit(t) }
        if let n = h.name { try define(n, [.local, .deleted], h.range) }
        try visit(h.body)
      }
      try visit(finalbody)
    case .assert(let test, let msg):
      try visit(test)
      if let m = msg { try visit(m) }
    case .import(let names): for a in names { try alias(a) }
    case .importFrom(_, let names, _): for a in names { try alias(a) }
    case .global(let names): try directive(names, .global, "global", s)
    case .nonlocal(let names): try directive(names, .nonlocal, "nonlocal", s)
    case .expr(let e): try visit(e)
    case .pass, .break, .continue: break
    }
  }

  /// `elif` nests to the right, as deep as the source is long.
  private func ifChain(_ first: Stmt) throws {
    var s = first
    while case .if(let test, let body, let orelse) = s.kind {
      try visit(test)
      try visit(body)
      if orelse.count == 1, case .if = orelse[0].kind { s = orelse[0]; continue }
      return try visit(orelse)
    }
  }

  private func alias(_ a: Alias) throws {
    if a.name == "*" {
      if current.kind != .module { throw shared.failure("import * only allowed at module level", a.range) }
      return
    }
    let stored = a.asName ?? String(a.name.prefix { $0 != "." })
    try define(stored, .imported, a.range)
  }

  private func directive(_ names: [String], _ flag: SymbolFlags, _ word: String, _ s: Stmt) throws {
    for n in names {
      let name = mangle(n), f = current.flags(name)
      if f.contains(.parameter) { throw shared.failure("name '\(n)' is parameter and \(word)", s.range) }
      if f.contains(.used) { throw shared.failure("name '\(n)' is used prior to \(word) declaration", s.range) }
      if f.contains(.annotated) { throw shared.failure("annotated name '\(n)' can't be \(word)", s.range) }
      if f.contains(.local) { throw shared.failure("name '\(n)' is assigned to before \(word) declaration", s.range) }
      try define(n, flag, s.range)
      current.directives.append((name, s.range))
    }
  }

  private func annAssign(_ target: Expr, _ annotation: Expr, _ value: Expr?, _ simple: Bool, _ s: Stmt) throws {
    if case .name(let id, _) = target.kind {
      let f = current.flags(mangle(id))
      if simple, current.kind != .module, !f.isDisjoint(with: [.global, .nonlocal]) {
        throw shared.failure(f.contains(.global) ? "annotated name '\(id)' can't be global"
          : "annotated name '\(id)' can't be nonlocal", s.range)
      }
      if simple { try define(id, [.annotated, .local], target.range) } else if value != nil { try define(id, .local, target.range) }
    } else {
      try visit(target)
    }
    try visit(annotation: annotation)
    if let v = value { try visit(v) }
  }

  private func visit(annotation e: Expr) throws {
    let scope = Scope(.annotation, "_annotation", parent: current, range: e.range)
    if shared.futureAnnotations {
      let outer = current
      current = scope
      defer { current = outer }
      try visit(e)
    } else {
      try visit(e)
    }
  }

  private func function(_ f: FunctionDef, _ s: Stmt, isAsync: Bool) throws {
    try define(f.name, .local, s.range)
    for d in f.decorators { try visit(d) }
    try defaults(f.args)
    let a = f.args
    for p in a.posOnly + a.args + [a.vararg].compactMap({ $0 }) + a.kwOnly + [a.kwarg].compactMap({ $0 }) {
      if let n = p.annotation { try visit(annotation: n) }
    }
    if let r = f.returns { try visit(annotation: r) }
    let scope = Scope(.function, f.name, parent: current, range: s.range)
    scope.isCoroutine = isAsync
    try enter(scope, ObjectIdentifier(f)) {
      try parameters(a)
      try visit(f.body)
    }
  }

  private func defaults(_ a: Arguments) throws {
    for d in a.defaults { try visit(d) }
    for d in a.kwDefaults { if let d = d { try visit(d) } }
  }

  private func parameters(_ a: Arguments) throws {
    for p in a.posOnly { try define(p.name, .parameter, p.range) }
    for p in a.args { try define(p.name, .parameter, p.range) }
    for p in a.kwOnly { try define(p.name, .parameter, p.range) }
    if let p = a.vararg { try define(p.name, .parameter, p.range) }
    if let p = a.kwarg { try define(p.name, .parameter, p.range) }
  }

  private func classDef(_ c: ClassDef, _ s: Stmt) throws {
    try define(c.name, .local, s.range)
    for d in c.decorators { try visit(d) }
    for b in c.bases { try visit(b) }
    for k in c.keywords { try visit(k.value) }
    let outer = privateName
    try enter(Scope(.classBody, c.name, parent: current, range: s.range), ObjectIdentifier(c)) {
      privateName = c.name
      defer { privateName = outer }
      try visit(c.body)
    }
  }

  // MARK: Expressions

  private func visit(_ list: [Expr]) throws { for e in list { try visit(e) } }

  private func visit(_ e: Expr) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    switch e.kind {
    case .constant: break
    case .name(let id, let context):
      switch context {
      case .load:
        try define(id, .used, e.range)
        // `super` counts as a use of __class__.
        if id == "super", current.kind == .function { try define("__class__", .used, e.range) }
      case .store: try define(id, .local, e.range)
      case .del: try define(id, [.local, .deleted], e.range)
      }
    case .attribute(let v, _, _): try visit(v)
    case .call(let f, let args, let keywords):
      try visit(f)
      try visit(args)
      for k in keywords { try visit(k.value) }
    case .binOp:
      // Left-deep, as deep as the source is long.
      var chain: [Expr] = [], left = e
      while case .binOp(let l, _, let r) = left.kind { chain.append(r); left = l }
      try visit(left)
      for r in chain.reversed() { try visit(r) }
    case .boolOp(_, let values): try visit(values)
    case .compare(let l, _, let rs):
      try visit(l)
      try visit(rs)
    case .unaryOp(_, let v): try visit(v)
    case .subscript(let v, let i, _):
      try visit(v)
      try visit(i)
    case .tuple(let l, _), .list(let l, _), .set(let l): try visit(l)
    case .joinedStr(let l): try visit(l)
    case .dict(let keys, let values):
      for (k, v) in zip(keys, values) {
        if let k = k { try visit(k) }
        try visit(v)
      }
    case .formattedValue(let v, _, let spec):
      try visit(v)
      if let s = spec { try visit(s) }
    case .starred(let v, _): try visit(v)
    case .slice(let l, let u, let st):
      if let l = l { try visit(l) }
      if let u = u { try visit(u) }
      if let st = st { try visit(st) }
    case .ifExp(let test, let body, let orelse):
      try visit(test)
      try visit(body)
      try visit(orelse)
    case .namedExpr: try namedExpr(e)
    case .lambda(let a, let body):
      try defaults(a)
      try enter(Scope(.function, "lambda", parent: current, range: e.range), ObjectIdentifier(e)) {
        try parameters(a)
        try visit(body)
      }
    case .listComp(let elt, let gens): try comprehension(e, .list, "listcomp", elt, nil, gens)
    case .setComp(let elt, let gens): try comprehension(e, .set, "setcomp", elt, nil, gens)
    case .dictComp(let k, let v, let gens): try comprehension(e, .dict, "dictcomp", k, v, gens)
    case .generatorExp(let elt, let gens): try comprehension(e, .generator, "genexpr", elt, nil, gens)
    case .yield(let v):
      try inAnnotation("yield expression", e)
      if let v = v { try visit(v) }
      try markGenerator(e)
    case .yieldFrom(let v):
      try inAnnotation("yield expression", e)
      try visit(v)
      try markGenerator(e)
    case .await(let v):
      try inAnnotation("await expression", e)
      try visit(v)
      current.isCoroutine = true
    }
  }

  private func inAnnotation(_ what: String, _ e: Expr) throws {
    if current.kind == .annotation { throw shared.failure("'\(what)' can not be used within an annotation", e.range) }
  }

  private func markGenerator(_ e: Expr) throws {
    switch current.comprehension {
    case .none: break
    case .list: throw shared.failure("'yield' inside list comprehension", e.range)
    case .set: throw shared.failure("'yield' inside set comprehension", e.range)
    case .dict: throw shared.failure("'yield' inside dict comprehension", e.range)
    case .generator: throw shared.failure("'yield' inside generator expression", e.range)
    }
    current.isGenerator = true
    if current.isCoroutine, let r = current.valueReturn, current.kind == .function {
      throw shared.failure("'return' with value in async generator", r)
    }
  }

  private func namedExpr(_ e: Expr) throws {
    guard case .namedExpr(let target, let value) = e.kind, case .name(let id, _) = target.kind else { return }
    try inAnnotation("named expression", e)
    if current.iterableDepth > 0 {
      throw shared.failure("assignment expression cannot be used in a comprehension iterable expression", e.range)
    }
    if current.comprehension != .none { try bindOutside(id, target) }
    try visit(value)
    try define(id, [.local, .named], target.range)
  }

  /// The target of an assignment expression in a comprehension belongs to the function around it.
  private func bindOutside(_ id: String, _ target: Expr) throws {
    let name = mangle(id)
    var s: Scope? = current
    while let scope = s {
      if scope.comprehension != .none {
        if scope.flags(name).contains(.iterationVariable) {
          throw shared.failure("assignment expression cannot rebind comprehension iteration variable '\(id)'", target.range)
        }
      } else {
        switch scope.kind {
        case .function:
          if scope.flags(name).contains(.global) { try define(id, .global, target.range) } else { try define(id, .nonlocal, target.range) }
          current.directives.append((name, target.range))
          scope.add(name, [.local, .named])
          return
        case .module:
          try define(id, .global, target.range)
          current.directives.append((name, target.range))
          return
        case .classBody:
          throw shared.failure("assignment expression within a comprehension cannot be used in a class body", target.range)
        case .annotation: break
        }
      }
      s = scope.parent
    }
  }

  private func comprehension(_ e: Expr, _ kind: Scope.Comprehension, _ name: String, _ elt: Expr, _ value: Expr?,
                             _ gens: [Comprehension]) throws {
    // The first iterable belongs to the scope around.
    current.iterableDepth += 1
    try visit(gens[0].iter)
    current.iterableDepth -= 1
    let scope = Scope(.function, name, parent: current, range: e.range)
    scope.comprehension = kind
    scope.isGenerator = kind == .generator
    if gens[0].isAsync { scope.isCoroutine = true }
    try enter(scope, ObjectIdentifier(e)) {
      scope.add(".0", .parameter)
      scope.parameters.append(".0")
      try target(gens[0])
      for c in gens[0].ifs { try visit(c) }
      for g in gens.dropFirst() {
        scope.iterableDepth += 1
        try visit(g.iter)
        scope.iterableDepth -= 1
        try target(g)
        for c in g.ifs { try visit(c) }
        if g.isAsync { scope.isCoroutine = true }
      }
      try visit(elt)
      if let v = value { try visit(v) }
    }
    if scope.isCoroutine, kind != .generator { current.isCoroutine = true }
  }

  private func target(_ g: Comprehension) throws {
    current.inIterationTarget = true
    defer { current.inIterationTarget = false }
    try visit(g.target)
  }

  // MARK: Patterns

  private func visit(_ p: Pattern) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    switch p.kind {
    case .value(let e): try visit(e)
    case .singleton: break
    case .sequence(let ps), .or(let ps): for q in ps { try visit(q) }
    case .mapping(let keys, let patterns, let rest):
      try visit(keys)
      for q in patterns { try visit(q) }
      if let r = rest { try define(r, .local, p.range) }
    case .class(let cls, let patterns, _, let kwdPatterns):
      try visit(cls)
      for q in patterns + kwdPatterns { try visit(q) }
    case .star(let n): if let n = n { try define(n, .local, p.range) }
    case .as(let q, let n):
      if let q = q { try visit(q) }
      if let n = n { try define(n, .local, p.range) }
    }
  }
}
