// Statements, loops and assignment targets.

import Bytecode
import Syntax

extension Generator {
  func statements(_ body: [Stmt]) throws { for s in body { try statement(s) } }

  func statement(_ s: Stmt) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    let saved = code.location, mark = temp
    code.location = s.range
    defer { code.location = saved; temp = mark }
    switch s.kind {
    case .functionDef(let f): try functionDef(f, s, isAsync: false)
    case .asyncFunctionDef(let f): try functionDef(f, s, isAsync: true)
    case .classDef(let c): try classDef(c, s)
    case .return(let e): try returnStatement(e, s)
    case .delete(let targets): for t in targets { try delete(target: t) }
    case .assign(let targets, let v, _): try assignment(targets, v)
    case .augAssign(let t, let op, let v): try augmented(t, op, v, s)
    case .annAssign(let t, let a, let v, let simple): try annotated(t, a, v, simple)
    case .for(let t, let i, let b, let o, _): try forLoop(t, i, b, o, isAsync: false, s)
    case .asyncFor(let t, let i, let b, let o, _): try forLoop(t, i, b, o, isAsync: true, s)
    case .while(let t, let b, let o): try whileLoop(t, b, o, s)
    case .if: try ifChain(s)
    case .with(let items, let b, _): try with(items[...], b, isAsync: false)
    case .asyncWith(let items, let b, _):
      try requireAsync("'async with' outside async function")
      try with(items[...], b, isAsync: true)
    case .match(let subject, let cases): try match(subject, cases)
    case .raise(let e, let c): try raise(e, c)
    case .try(let b, let h, let o, let f): try tryStatement(b, h, o, f, star: false)
    case .tryStar(let b, let h, let o, let f): try tryStatement(b, h, o, f, star: true)
    case .assert(let t, let m): try assertion(t, m)
    case .import(let names): for a in names { try importModule(a) }
    case .importFrom(let m, let names, let level): try importFrom(m, names, level, s)
    case .global, .nonlocal: break
    case .expr(let e): try expressionStatement(e)
    case .pass: traceLine(s.range.line)
    case .break:
      traceLine(s.range.line)
      try leaveLoop("'break' outside loop") { $0.1 }
    case .continue:
      traceLine(s.range.line)
      try leaveLoop("'continue' not properly in loop") { $0.0 }
    }
  }

  /// A line that would leave no trace in the code gets a NOP, for whoever traces lines.
  func traceLine(_ line: Int32) { if code.lastLine != line { code.emit(.nop) } }

  func requireAsync(_ message: String) throws {
    if kind == .module && shared.options.allowTopLevelAwait { scope.isCoroutine = true; return }
    if kind != .asyncFunction { throw failure(message) }
  }

  private func expressionStatement(_ e: Expr) throws {
    if interactive, kind == .module {
      let r = try value(e)
      return intrinsic(.printExpr, newTempForEffect(), r)
    }
    if case .constant = e.kind { return traceLine(e.range.line) }
    try effect(e)
  }

  private func returnStatement(_ e: Expr?, _ s: Stmt) throws {
    if !isFunction { throw failure("'return' outside function") }
    if e != nil, scope.isGenerator, scope.isCoroutine { throw failure("'return' with value in async generator") }
    guard let e = e else {
      traceLine(s.range.line)
      return try unwind(to: 0) { returnNone() }
    }
    if case .constant(let c) = e.kind {
      if e.range.line == s.range.line { code.location = e.range }
      traceLine(s.range.line)
      return try unwind(to: 0) {
        let t = newTemp()
        at(e.range) { loadConstant(c, into: t) }
        code.emit(.ret, t)
      }
    }
    var r = try value(e)
    if isVariable(r), unwindingRunsCode(to: 0) {
      let t = newTemp()
      code.emit(.move, t, r)
      r = t
    }
    try unwind(to: 0) { code.emit(.ret, r) }
  }

  private func leaveLoop(_ message: String, _ pick: ((Label, Label)) -> Label) throws {
    guard let i = blocks.lastIndex(where: { if case .loop = $0.kind { return true }; return false }),
          case .loop(let head, let exit, let iterator) = blocks[i].kind else {
      try unwind(to: 0) {}
      throw failure(message)
    }
    let label = pick((head, exit))
    try unwind(to: i + 1) {
      if label.id == exit.id && iterator >= 0 { code.emit(.clear, iterator) }
      code.jump(label)
    }
  }

  private func raise(_ e: Expr?, _ c: Expr?) throws {
    guard let e = e else { return code.emit(.raise, 0, 0, 0) }
    let r = try operand(e)
    if let c = c {
      let q = try value(c)
      code.emit(.raise, r, q, 2)
    } else {
      code.emit(.raise, r, 0, 1)
    }
  }

  private func assertion(_ t: Expr, _ m: Expr?) throws {
    switch t.kind {
    case .tuple(let es, _) where !es.isEmpty: try shared.warn("assertion is always true, perhaps remove parentheses?", code.location)
    case .constant(.tuple(let es)) where !es.isEmpty: try shared.warn("assertion is always true, perhaps remove parentheses?", code.location)
    default: break
    }
    if shared.options.optimize > 0 { return }
    let end = code.label()
    try jump(t, if: true, to: end)
    let w = newTemp()
    intrinsic(.assertionError, w)
    if let m = m {
      try value(m, into: newTemp())
      code.emit(.call, w, 1, w)
    }
    code.emit(.raise, w, 0, 1)
    code.place(end)
  }

  // MARK: Conditions and loops

  private func ifChain(_ first: Stmt) throws {
    let end = code.label()
    var s = first
    while case .if(let test, let body, let orelse) = s.kind {
      code.location = s.range
      let next = orelse.isEmpty ? end : code.label()
      try jump(test, if: false, to: next)
      try statements(body)
      if orelse.isEmpty { break }
      code.location = CodeBuilder.nowhere
      code.jump(end)
      code.place(next)
      if orelse.count == 1, case .if = orelse[0].kind { s = orelse[0]; continue }
      try statements(orelse)
      break
    }
    code.place(end)
  }

  private func whileLoop(_ t: Expr, _ body: [Stmt], _ orelse: [Stmt], _ s: Stmt) throws {
    let head = code.label(), exit = code.label(), otherwise = code.label()
    if case .constant = t.kind { at(t.range) { traceLine(t.range.line) } }
    code.placeLoopHead(head, minus: deleted)
    try push(.loop(head: head, exit: exit, iterator: -1))
    try jump(t, if: false, to: otherwise)
    try statements(body)
    pop()
    code.location = t.range
    code.jump(head)
    code.place(otherwise)
    try statements(orelse)
    code.place(exit)
  }

  private func forLoop(_ target: Expr, _ iter: Expr, _ body: [Stmt], _ orelse: [Stmt], isAsync: Bool, _ s: Stmt) throws {
    if isAsync { try requireAsync("'async for' outside async function") }
    let head = code.label(), exit = code.label(), otherwise = code.label()
    let iterator = newTemp()
    let m = temp
    let r = try value(iter, hint: iterator)
    if isAsync { intrinsic(.getAiter, iterator, r) } else { code.emit(.getIter, iterator, r) }
    temp = m
    code.placeLoopHead(head, minus: deleted)
    try push(.loop(head: head, exit: exit, iterator: iterator))
    try loopStep(iterator, target, isAsync: isAsync, exit: otherwise)
    try statements(body)
    pop()
    code.jump(head)
    code.place(otherwise)
    try statements(orelse)
    code.place(exit)
  }

  /// The next item of `iterator` to `target`; past the last one, on to `exit`.
  func loopStep(_ iterator: Int, _ target: Expr, isAsync: Bool, exit: Label) throws {
    let m = temp
    if isAsync { return try asyncStep(iterator, target, exit) }
    if let r = localRegister(target) {
      try forbidDebug(variables[r].name, .store)
      code.test(.forIter, r, iterator, 0, exit)
      code.bound.insert(r)
    } else {
      let t = newTemp()
      code.test(.forIter, t, iterator, 0, exit)
      try assign(target, from: t)
    }
    temp = m
  }

  /// `async for`: awaits __anext__(); StopAsyncIteration from there, and only from there, ends the loop.
  private func asyncStep(_ iterator: Int, _ target: Expr, _ exit: Label) throws {
    let m = temp
    let stopped = code.label(), fine = code.label()
    let it = newTemp(), r = newTemp()
    let outer = code.handler
    let h = code.newHandler(stopped, register: it, deleted: deleted)
    code.handler = h
    intrinsic(.getAnext, it, iterator)
    delegate(to: it, result: r)
    code.handler = outer
    code.jump(fine)
    code.place(stopped)
    intrinsic(.stopAsyncIteration, r)
    code.test(.jexcMatch, it, r, 1, exit)
    code.emit(.reraise, it)
    code.place(fine)
    try assign(target, from: r)
    temp = m
  }

  // MARK: Assignment

  private func assignment(_ targets: [Expr], _ v: Expr) throws {
    if targets.count == 1 { return try assign(targets[0], valueOf: v) }
    let r = try value(v)
    var q = r
    if isVariable(r) {
      q = newTemp()
      code.emit(.move, q, r)
    }
    for t in targets { try assign(t, from: q) }
  }

  func assign(_ target: Expr, valueOf v: Expr) throws {
    let m = temp
    if let r = localRegister(target) {
      try at(target.range) { try forbidDebug(variables[r].name, .store) }
      try value(v, into: r)
      code.bound.insert(r)
    } else if case .tuple(let ts, _) = target.kind, case .tuple(let vs, _) = v.kind, ts.count == vs.count, vs.count <= 16,
              !ts.contains(where: isStarred), !vs.contains(where: isStarred) {
      try assignParallel(ts, vs)
    } else {
      let r = try value(v)
      try assign(target, from: r)
    }
    temp = m
  }

  /// `a, b = x, y` without the tuple: all values first, then the targets in order.
  private func assignParallel(_ ts: [Expr], _ vs: [Expr]) throws {
    var registers: [Int] = []
    let simple = ts.map(localRegister)
    for (i, v) in vs.enumerated() {
      var r = i < vs.count - 1 ? try operand(v) : try value(v)
      if isVariable(r) {
        // Targets stored to earlier must not change what this one gets.
        let clash = ts.indices.contains { j in j < i && (simple[j].map { $0 == r } ?? !isPlain(ts[j])) }
        if clash {
          let t = newTemp()
          code.emit(.move, t, r)
          r = t
        }
      }
      registers.append(r)
    }
    for (t, r) in zip(ts, registers) { try assign(t, from: r) }
  }

  /// Assigning to it changes no local variable.
  private func isPlain(_ t: Expr) -> Bool {
    if case .name = t.kind { return true }
    return false
  }

  /// The value in `r` to `target`.
  func assign(_ target: Expr, from r: Int) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    let saved = code.location, m = temp
    code.location = target.range
    defer { code.location = saved; temp = m }
    switch target.kind {
    case .name(let id, _): try store(id, from: r)
    case .attribute(let o, let n, _):
      try forbidDebug(n, .store)
      let q = try value(o)
      code.location = attributeRange(target.range, target, n)
      code.emit(.setAttr, q, r, code.name(mangle(n)))
    case .subscript(let o, let i, _):
      let q = try operand(o), k = try value(i)
      code.emit(.setItem, q, k, r)
    case .tuple(let ts, _), .list(let ts, _): try unpack(ts, from: r)
    case .starred: throw failure("starred assignment target must be in a list or tuple")
    default: throw failure("cannot assign to expression")
    }
  }

  private func unpack(_ ts: [Expr], from r: Int) throws {
    let w = newTemp(ts.count)
    if let star = ts.firstIndex(where: isStarred) {
      if ts[(star + 1)...].contains(where: isStarred) { throw failure("multiple starred expressions in assignment") }
      if star >= 256 || ts.count - star - 1 >= 1 << 23 { throw failure("too many expressions in star-unpacking assignment") }
      code.emit(.unpackEx, w, r, star, extra: UInt32(ts.count - star - 1))
    } else {
      code.emit(.unpack, w, r, ts.count)
    }
    for (i, t) in ts.enumerated() {
      if case .starred(let x, _) = t.kind { try assign(x, from: w + i) } else { try assign(t, from: w + i) }
    }
  }

  private func augmented(_ t: Expr, _ op: BinaryOperator, _ v: Expr, _ s: Stmt) throws {
    func apply(_ d: Int, _ r: Int) throws { try binary(op, .iadd, .iaddK, r, v, d, s.range) }
    switch t.kind {
    case .name(let id, _):
      try at(t.range) { try forbidDebug(id, .store) }
      if let r = localRegister(t) {
        at(t.range) { checkBound(r, variables[r].name) }
        return try apply(r, stable(r))
      }
      let w = newTemp()
      at(t.range) { load(id, into: w) }
      try apply(w, w)
      try at(t.range) { try store(id, from: w) }
    case .attribute(let o, let n, _):
      let q = try operand(o)
      let w = newTemp(), range = attributeRange(t.range, t, n)
      try at(t.range) { try forbidDebug(n, .store) }
      at(range) { code.emit(.getAttr, w, q, code.name(mangle(n))) }
      try apply(w, w)
      at(range) { code.emit(.setAttr, q, w, code.name(mangle(n))) }
    case .subscript(let o, let i, _):
      let q = try operand(o), k = try operand(i), w = newTemp()
      at(t.range) { code.emit(.getItem, w, q, k) }
      try apply(w, w)
      at(t.range) { code.emit(.setItem, q, k, w) }
    default: throw failure("illegal expression for augmented assignment")
    }
  }

  private func annotated(_ t: Expr, _ a: Expr, _ v: Expr?, _ simple: Bool) throws {
    if let v = v { try assign(t, valueOf: v) }
    switch t.kind {
    case .name(let id, _):
      try at(t.range) { try forbidDebug(id, .store) }
      if simple, isNamespace {
        let w = newTemp(3)
        try annotation(a, into: w)
        code.emit(.loadName, w + 1, code.name("__annotations__"))
        loadConstant(Generator.text(mangle(id)), into: w + 2)
        code.emit(.setItem, w + 1, w + 2, w)
        return
      }
    case .attribute(let o, let n, _):
      try at(t.range) { try forbidDebug(n, .store) }
      if v == nil { try effect(o) }
    case .subscript(let o, let i, _):
      if v == nil {
        try effect(o)
        try effectSubscript(i)
      }
    default: throw failure("invalid node type for annotated assignment")
    }
    // In functions, and where there is no name to annotate, the annotation is evaluated at most.
    if !simple, isNamespace, !shared.futureAnnotations { try effect(a) }
  }

  private func effectSubscript(_ i: Expr) throws {
    switch i.kind {
    case .tuple(let es, _): for e in es { try effectSubscript(e) }
    case .slice(let l, let u, let s): for e in [l, u, s] { if let e = e { try effect(e) } }
    default: try effect(i)
    }
  }

  func delete(target t: Expr) throws {
    let saved = code.location, m = temp
    code.location = t.range
    defer { code.location = saved; temp = m }
    switch t.kind {
    case .name(let id, _): try delete(id)
    case .attribute(let o, let n, _):
      try forbidDebug(n, .del)
      let q = try value(o)
      code.location = attributeRange(t.range, t, n)
      code.emit(.delAttr, q, 0, code.name(mangle(n)))
    case .subscript(let o, let i, _):
      let q = try operand(o), k = try value(i)
      code.emit(.delItem, q, k)
    case .tuple(let ts, _), .list(let ts, _): for x in ts { try delete(target: x) }
    default: throw failure("cannot delete expression")
    }
  }

  // MARK: Imports

  private func importName(_ level: Int, _ from: CodeConstant, _ name: String, into d: Int) {
    let m = temp, w = newTemp(3)
    loadConstant(CodeConstant.int(level), into: w)
    loadConstant(from, into: w + 1)
    loadConstant(Generator.text(name), into: w + 2)
    intrinsic(.importName, d, w)
    temp = m
  }

  private func importModule(_ a: Alias) throws {
    let m = temp, w = newTemp(2)
    importName(0, .none, a.name, into: w)
    let parts = a.name.split(separator: ".").map(String.init)
    if let n = a.asName {
      for p in parts.dropFirst() {
        loadConstant(Generator.text(p), into: w + 1)
        intrinsic(.importFrom, w, w)
      }
      try store(n, from: w)
    } else {
      try store(parts.first ?? a.name, from: w)
    }
    temp = m
  }

  private func importFrom(_ module: String?, _ names: [Alias], _ level: Int, _ s: Stmt) throws {
    if module == "__future__", level == 0, s.range.line > shared.lastFutureLine {
      throw failure("from __future__ imports must occur at the beginning of the file")
    }
    let w = newTemp(2)
    importName(level, .tuple(names.map { Generator.text($0.name) }), module ?? "", into: w)
    for a in names {
      if a.name == "*" {
        intrinsic(.importStar, newTempForEffect(), w)
        continue
      }
      loadConstant(Generator.text(a.name), into: w + 1)
      if let r = places[mangle(a.asName ?? a.name)], case .local(let v) = r {
        intrinsic(.importFrom, v, w)
        code.bound.insert(v)
      } else {
        intrinsic(.importFrom, w + 1, w)
        try store(a.asName ?? a.name, from: w + 1)
      }
    }
  }
}
