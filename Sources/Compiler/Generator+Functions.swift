// Functions, lambdas, classes and comprehensions: nested code units and the values they are made into.

import Bytecode
import Syntax

extension Generator {
  /// The register that holds the cell of a captured variable.
  func cellRegister(_ name: String) -> Int {
    if cellRegisters == nil {
      var m: [String: Int] = [:]
      for (i, v) in variables.enumerated() where (v.kind == .cell || v.kind == .free) && m[v.name] == nil { m[v.name] = i }
      cellRegisters = m
    }
    return cellRegisters![name] ?? 0
  }

  /// MAKEFUNCTION. The parts present so far are in consecutive registers from `w`, which are the topmost temporaries.
  func makeFunction(_ u: CodeUnit, parts: UInt32, _ w: Int, into d: Int) {
    var parts = parts, w = w
    let free = u.variables.filter { $0.kind == .free }.map { cellRegister($0.name) }
    if !free.isEmpty {
      let t = newTemp()
      if parts == 0 { w = t }
      parts |= FunctionParts.closure
      let consecutive = zip(free, free.dropFirst()).allSatisfy { $0 + 1 == $1 }
      var first = free[0]
      if !consecutive {
        first = newTemp(free.count)
        for (i, r) in free.enumerated() { code.emit(.move, first + i, r) }
      }
      code.emit(.buildTuple, t, first, free.count)
      temp = t + 1
    }
    var k = code.constant(.code(u))
    if k > 0xffff {
      // The code object goes into the register after the other parts.
      let t = newTemp()
      if parts == 0 { w = t }
      code.emit(.loadK, t, k)
      parts |= FunctionParts.code
      k = 0
    }
    code.emit(.makeFunction, d, w, k, extra: parts)
  }

  // MARK: Functions

  func functionDef(_ f: FunctionDef, _ s: Stmt, isAsync: Bool) throws {
    try forbidDebug(f.name, .store)
    let m = temp
    let first = try decorators(f.decorators)
    let d: Int
    if f.decorators.isEmpty, case .local(let r) = place(mangle(f.name)) { d = r } else { d = newTemp() }
    let after = temp
    let (parts, w) = try functionParts(f.args, returns: f.returns, annotations: true)
    guard let scope = shared.scopes[ObjectIdentifier(f)] else { throw failure("unknown scope") }
    let g = Generator(shared, scope: scope, parent: self, kind: isAsync ? .asyncFunction : .function, name: f.name,
                      privateName: privateName)
    g.depth = depth
    let line = f.decorators.first?.range.line ?? s.range.line
    let u = try g.compileFunction(f.args, f.body, firstLine: line, range: s.range)
    makeFunction(u, parts: parts, w, into: d)
    temp = after
    applyDecorators(f.decorators, first, d)
    try store(f.name, from: f.decorators.isEmpty ? d : first)
    temp = m
  }

  /// Decorators in consecutive registers; the first of them.
  private func decorators(_ list: [Expr]) throws -> Int {
    let first = temp
    for d in list { try value(d, into: newTemp()) }
    return first
  }

  /// Calls the decorators from the last to the first with the value in `r`, which follows them; the result is where the first was.
  private func applyDecorators(_ list: [Expr], _ first: Int, _ r: Int) {
    for i in list.indices.reversed() { at(list[i].range) { code.emit(.call, first + i, 1, first + i) } }
  }

  /// Defaults and annotations into consecutive registers; which of them there are, and the first register.
  private func functionParts(_ a: Arguments, returns: Expr?, annotations: Bool) throws -> (UInt32, Int) {
    var parts: UInt32 = 0
    let w = temp
    for p in a.posOnly + a.args + a.kwOnly { try forbidDebug(p.name, .store) }
    if let p = a.vararg { try forbidDebug(p.name, .store) }
    if let p = a.kwarg { try forbidDebug(p.name, .store) }
    if !a.defaults.isEmpty {
      parts |= FunctionParts.defaults
      let t = newTemp()
      if a.defaults.allSatisfy({ if case .constant = $0.kind { return true }; return false }) {
        let values = a.defaults.map { e -> CodeConstant in
          guard case .constant(let c) = e.kind else { return .none }
          return codeConstant(c)
        }
        loadConstant(.tuple(values), into: t)
      } else {
        try sequence(a.defaults, .tuple, t)
      }
      temp = t + 1
    }
    if a.kwDefaults.contains(where: { $0 != nil }) {
      parts |= FunctionParts.kwDefaults
      let t = newTemp()
      let present = zip(a.kwOnly, a.kwDefaults).filter { $0.1 != nil }
      let first = newTemp(2 * present.count)
      for (i, p) in present.enumerated() {
        loadConstant(Generator.text(mangle(p.0.name)), into: first + 2 * i)
        try value(p.1!, into: first + 2 * i + 1)
      }
      code.emit(.buildMap, t, first, present.count)
      temp = t + 1
    }
    if annotations {
      var notes: [(String, Expr)] = []
      for p in a.args + a.posOnly { if let n = p.annotation { notes.append((p.name, n)) } }
      if let p = a.vararg, let n = p.annotation { notes.append((p.name, n)) }
      for p in a.kwOnly { if let n = p.annotation { notes.append((p.name, n)) } }
      if let p = a.kwarg, let n = p.annotation { notes.append((p.name, n)) }
      if let r = returns { notes.append(("return", r)) }
      if !notes.isEmpty {
        parts |= FunctionParts.annotations
        let t = newTemp(), first = newTemp(2 * notes.count)
        for (i, n) in notes.enumerated() {
          loadConstant(Generator.text(mangle(n.0)), into: first + 2 * i)
          try annotation(n.1, into: first + 2 * i + 1)
        }
        code.emit(.buildTuple, t, first, 2 * notes.count)
        temp = t + 1
      }
    }
    return (parts, w)
  }

  /// An annotation's value: its source when the future is in force.
  func annotation(_ e: Expr, into d: Int) throws {
    if shared.futureAnnotations { return at(e.range) { loadConstant(.str(Unparser.text(e)), into: d) } }
    if case .starred(let v, _) = e.kind {
      // `*args: *Ts`: exactly one item.
      return try at(e.range) {
        let m = temp, r = try value(v)
        code.emit(.unpack, d, r, 1)
        temp = m
      }
    }
    try value(e, into: d)
  }

  private func setParameters(_ a: Arguments) {
    unit.argCount = a.posOnly.count + a.args.count
    unit.posOnlyArgCount = a.posOnly.count
    unit.kwOnlyArgCount = a.kwOnly.count
    hasVarArgs = a.vararg != nil
    hasVarKeywords = a.kwarg != nil
  }

  func compileFunction(_ a: Arguments, _ body: [Stmt], firstLine: Int32, range: SourceRange) throws -> CodeUnit {
    setParameters(a)
    var rest = body[...]
    if let (doc, _) = docstring(body) {
      if shared.options.optimize < 2 {
        unit.hasDocstring = true
        code.reserveDocstring(doc)
        rest = rest.dropFirst()
      }
    }
    code.location = SourceRange(line: firstLine, column: 0, endLine: firstLine, endColumn: 0)
    prolog()
    for s in rest { try statement(s) }
    code.implicitReturn(newTempForEffect())
    return try finish(firstLine: firstLine)
  }

  func lambda(_ e: Expr, _ a: Arguments, _ body: Expr, _ d: Int) throws {
    let (parts, w) = try functionParts(a, returns: nil, annotations: false)
    guard let scope = shared.scopes[ObjectIdentifier(e)] else { throw failure("unknown scope") }
    let g = Generator(shared, scope: scope, parent: self, kind: .lambda, name: "<lambda>", privateName: privateName)
    g.depth = depth
    g.setParameters(a)
    g.code.location = SourceRange(line: e.range.line, column: 0, endLine: e.range.line, endColumn: 0)
    g.prolog()
    let r = try g.value(body)
    g.code.location = body.range
    g.code.emit(.ret, r)
    makeFunction(try g.finish(firstLine: e.range.line), parts: parts, w, into: d)
  }

  // MARK: Classes

  func classDef(_ c: ClassDef, _ s: Stmt) throws {
    try forbidDebug(c.name, .store)
    let m = temp
    let first = try decorators(c.decorators)
    let line = c.decorators.first?.range.line ?? s.range.line
    guard let scope = shared.scopes[ObjectIdentifier(c)] else { throw failure("unknown scope") }
    let g = Generator(shared, scope: scope, parent: self, kind: .classBody, name: c.name, privateName: c.name)
    g.depth = depth
    let u = try g.compileClass(c, firstLine: line)
    let w = newTemp(3)
    intrinsic(.loadBuildClass, w)
    makeFunction(u, parts: 0, temp, into: w + 1)
    temp = w + 3
    loadConstant(Generator.text(c.name), into: w + 2)
    try finishCall(w, leading: 2, c.bases, c.keywords, w)
    temp = w + 1
    applyDecorators(c.decorators, first, w)
    try store(c.name, from: c.decorators.isEmpty ? w : first)
    temp = m
  }

  private func compileClass(_ c: ClassDef, firstLine: Int32) throws -> CodeUnit {
    code.location = SourceRange(line: firstLine, column: 0, endLine: firstLine, endColumn: 0)
    prolog()
    let t = newTemp()
    code.emit(.loadName, t, code.name("__name__"))
    code.emit(.storeName, t, code.name("__module__"))
    loadConstant(Generator.text(qualifiedName), into: t)
    code.emit(.storeName, t, code.name("__qualname__"))
    temp = t
    if AnnotationFinder.find(c.body) { intrinsic(.setupAnnotations, newTempForEffect()) }
    var rest = c.body[...]
    if let (doc, range) = docstring(c.body), shared.options.optimize < 2 {
      rest = rest.dropFirst()
      storeDocstring(doc, range)
    }
    for s in rest { try statement(s) }
    if code.lastRealLocation.line >= 0 { code.location = code.lastRealLocation }
    if scope.needsClassCell {
      let r = cellRegister("__class__")
      code.emit(.storeName, r, code.name("__classcell__"))
      code.emit(.ret, r)
    } else {
      returnNone()
    }
    return try finish(firstLine: firstLine)
  }

  // MARK: Comprehensions

  func comprehension(_ e: Expr, _ what: Scope.Comprehension, _ name: String, _ elt: Expr, _ val: Expr?, _ gens: [Comprehension],
                     _ d: Int) throws {
    guard let scope = shared.scopes[ObjectIdentifier(e)] else { throw failure("unknown scope") }
    let isAsync = scope.isCoroutine
    if isAsync, what != .generator, kind != .asyncFunction, kind != .comprehension,
       !(kind == .module && shared.options.allowTopLevelAwait) {
      throw failure("asynchronous comprehension outside of an asynchronous function")
    }
    if isAsync, what != .generator, kind == .module { self.scope.isCoroutine = true }
    let g = Generator(shared, scope: scope, parent: self, kind: .comprehension, name: name, privateName: privateName)
    g.depth = depth
    let u = try g.compileComprehension(e, what, elt, val, gens)
    let w = newTemp(2)
    makeFunction(u, parts: 0, temp, into: w)
    temp = w + 2
    try value(gens[0].iter, into: w + 1)
    if gens[0].isAsync { intrinsic(.getAiter, w + 1, w + 1) } else { code.emit(.getIter, w + 1, w + 1) }
    if isAsync, what != .generator {
      code.emit(.call, w, 1, w)
      awaitResult(.getAwaitable, w, into: d)
    } else {
      code.emit(.call, w, 1, d)
    }
  }

  private func compileComprehension(_ e: Expr, _ what: Scope.Comprehension, _ elt: Expr, _ val: Expr?, _ gens: [Comprehension]) throws -> CodeUnit {
    unit.argCount = 1
    code.location = SourceRange(line: e.range.line, column: 0, endLine: e.range.line, endColumn: 0)
    prolog()
    code.location = e.range
    var result = 0
    switch what {
    case .list:
      result = newTemp()
      code.emit(.buildList, result, temp, 0)
    case .set:
      result = newTemp()
      code.emit(.buildSet, result, temp, 0)
    case .dict:
      result = newTemp()
      code.emit(.buildMap, result, temp, 0)
    case .generator, .none: break
    }
    try comprehensionLoop(gens, 0) {
      let m = temp
      switch what {
      case .list:
        let r = try value(elt)
        code.emit(.listAppend, result, r)
      case .set:
        let r = try value(elt)
        code.emit(.setAdd, result, r)
      case .dict:
        let k = try operand(elt), v = try value(val!)
        code.emit(.mapAdd, result, k, v)
      case .generator, .none:
        let r = wrapForAsync(try value(elt))
        code.emit(.yield, newTempForEffect(), r, 0)
      }
      temp = m
    }
    if what == .generator { returnNone() } else { code.emit(.ret, result) }
    return try finish(firstLine: e.range.line)
  }

  private func comprehensionLoop(_ gens: [Comprehension], _ i: Int, _ body: () throws -> Void) throws {
    let g = gens[i], mark = temp
    let next = code.label(), exit = code.label()
    if !g.isAsync, i > 0, case .tuple(let es, .load) = g.iter.kind, es.count == 1, !isStarred(es[0]) {
      // `for x in [value]`: an assignment.
      try assign(g.target, valueOf: es[0])
      for test in g.ifs { try jump(test, if: false, to: next) }
      if i + 1 < gens.count { try comprehensionLoop(gens, i + 1, body) } else { try body() }
      code.place(next)
      temp = mark
      return
    }
    var iterator = newTemp()
    if i == 0 {
      if case .local(let r)? = places[".0"] { iterator = r; temp = mark }
    } else {
      try value(g.iter, into: iterator)
      if g.isAsync { intrinsic(.getAiter, iterator, iterator) } else { code.emit(.getIter, iterator, iterator) }
    }
    let head = code.label()
    code.placeLoopHead(head, minus: deleted)
    // Names that only the loop's body binds are bound on later rounds only: what is bound here is what entry guarantees.
    try loopStep(iterator, g.target, isAsync: g.isAsync, exit: exit)
    for test in g.ifs { try jump(test, if: false, to: next) }
    if i + 1 < gens.count { try comprehensionLoop(gens, i + 1, body) } else { try body() }
    code.place(next)
    code.jump(head)
    code.place(exit)
    temp = mark
  }
}

/// Whether a block annotates variables, nested functions and classes apart.
enum AnnotationFinder {
  static func find(_ body: [Stmt]) -> Bool {
    var work = [body[...]]
    while let list = work.popLast() {
      for s in list {
        switch s.kind {
        case .annAssign: return true
        case .for(_, _, let b, let o, _), .asyncFor(_, _, let b, let o, _), .while(_, let b, let o), .if(_, let b, let o):
          work.append(b[...])
          if !o.isEmpty { work.append(o[...]) }
        case .with(_, let b, _), .asyncWith(_, let b, _): work.append(b[...])
        case .match(_, let cases): for c in cases { work.append(c.body[...]) }
        case .try(let b, let hs, let o, let f), .tryStar(let b, let hs, let o, let f):
          work.append(b[...])
          for h in hs { work.append(h.body[...]) }
          work.append(o[...])
          work.append(f[...])
        default: break
        }
      }
    }
    return false
  }
}
