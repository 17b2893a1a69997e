// Data to trees: derived forms become core ones, names become variables, local functions that are only jumped to become loops.

final class Variable {
  let name: Value
  var isAssigned = false, isCaptured = false, references = 0
  var owner: Lambda?
  var register = 0
  init(_ n: Value) { name = n }
  /// Lives in a cell, which closures share.
  var isCell: Bool { isAssigned && isCaptured }
}
final class Lambda {
  var name: Value = .nothing
  var parameters: [Variable] = []
  var hasRest = false
  var body: Node = Node(.constant(.nothing))
  var parent: Lambda?
  var free: [Variable] = []
}
final class Loop {
  let variables: [Variable]
  let body: Node
  var start = 0, target = 0, isTail = false
  var exits: [Int] = []
  init(_ v: [Variable], _ b: Node) { variables = v; body = b }
}
final class Node {
  indirect enum Kind {
    case constant(Value), local(Variable), global(Value)
    case setLocal(Variable, Node), setGlobal(Value, Node, isDefinition: Bool)
    case test(Node, Node, Node), sequence([Node]), lambda(Lambda), call(Node, [Node]), operation(Opcode, [Node])
    case bind([Variable], [Node], Node), bindRecursive([Variable], [Node], Node)
    case loop(Loop, [Node]), again(Loop, [Node])
  }
  var kind: Kind
  init(_ k: Kind) { kind = k }
}

final class Scope {
  var variables: [Value: Variable] = [:]
  let parent: Scope?
  init(_ p: Scope?) { parent = p }
  func find(_ name: Value) -> Variable? { variables[name] ?? parent?.find(name) }
}

struct Expander {
  let vm: VM
  private func fail(_ m: String, _ x: Value) -> SyntaxError { SyntaxError(message: "\(m): \(vm.text(x, written: true))") }
  private func isCall(_ x: Value, _ name: String) -> Bool { x.has(.pair) && x.words[Field.car] == vm.symbol(name) }

  func expand(_ x: Value, _ s: Scope?) throws -> Node {
    if x.has(.symbol) {
      if let v = s?.find(x) { v.references += 1; return Node(.local(v)) }
      return Node(.global(vm.globalCell(x)))
    }
    guard x.has(.pair) else {
      if x == vm.null { throw fail("an empty combination", x) }
      return Node(.constant(x))
    }
    guard let form = vm.array(x) else { throw fail("a combination that is no list", x) }
    let head = form[0]
    if head.has(.symbol), s?.find(head) == nil {
      let name = vm.symbolName(head)
      if let n = try special(name, form, x, s) { return n }
      if !vm.isRedefined(head), let n = try operation(name, form, s) { return n }
    }
    return Node(.call(try expand(head, s), try form[1...].map { try expand($0, s) }))
  }

  // MARK: special forms

  private func special(_ name: String, _ f: [Value], _ x: Value, _ s: Scope?) throws -> Node? {
    func need(_ n: ClosedRange<Int>) throws { if !n.contains(f.count - 1) { throw fail("bad syntax", x) } }
    let many = 1 << 20
    switch name {
    case "quote": try need(1...1); return Node(.constant(f[1]))
    case "if":
      try need(2...3)
      return Node(.test(try expand(f[1], s), try expand(f[2], s), f.count > 3 ? try expand(f[3], s) : Node(.constant(vm.unspecified))))
    case "define":
      try need(1...many)
      if s != nil { throw fail("a definition among expressions", x) }
      let (n, v) = try definition(f, x)
      vm.noteDefinition(n)
      let value = try expand(v, s)
      if case .lambda(let l) = value.kind { l.name = n }
      return Node(.setGlobal(vm.globalCell(n), value, isDefinition: true))
    case "set!":
      try need(2...2)
      guard f[1].has(.symbol) else { throw fail("bad syntax", x) }
      let value = try expand(f[2], s)
      if let v = s?.find(f[1]) { v.isAssigned = true; v.references += 1; return Node(.setLocal(v, value)) }
      vm.noteDefinition(f[1])
      return Node(.setGlobal(vm.globalCell(f[1]), value, isDefinition: false))
    case "lambda": try need(2...many); return try lambda(f[1], Array(f[2...]), s, x)
    case "named-lambda":
      try need(2...many)
      guard f[1].has(.pair) else { throw fail("bad syntax", x) }
      let n = try lambda(f[1].words[Field.cdr], Array(f[2...]), s, x)
      if case .lambda(let l) = n.kind { l.name = f[1].words[Field.car] }
      return n
    case "begin":
      if f.count == 1 { return Node(.constant(vm.unspecified)) }
      return Node(.sequence(try f[1...].map { try expand($0, s) }))
    case "let":
      try need(2...many)
      if f[1].has(.symbol) { return try namedLet(f, x, s) }
      let (names, values) = try bindings(f[2 - 1], x)
      let inner = Scope(s), given = try values.map { try expand($0, s) }
      let variables = names.map { n -> Variable in let v = Variable(n); inner.variables[n] = v; return v }
      return Node(.bind(variables, given, try body(Array(f[2...]), inner, x)))
    case "let*":
      try need(2...many)
      let (names, values) = try bindings(f[1], x)
      if names.count <= 1 { return try expand(vm.cons(vm.symbol("let"), x.words[Field.cdr]), s) }
      let first = vm.list([vm.list([names[0], values[0]])])
      let rest = vm.list(zip(names, values).dropFirst().map { vm.list([$0, $1]) })
      return try expand(vm.list([vm.symbol("let"), first, vm.list([vm.symbol("let*"), rest] + f[2...])]), s)
    case "letrec", "letrec*":
      try need(2...many)
      let (names, values) = try bindings(f[1], x)
      let inner = Scope(s)
      return try recursive(names, values, inner, x) { try body(Array(f[2...]), inner, x) }
    case "cond":
      guard f.count > 1 else { return Node(.constant(vm.unspecified)) }
      guard let clause = vm.array(f[1]), !clause.isEmpty else { throw fail("bad clause", x) }
      let rest = vm.list([vm.symbol("cond")] + f[2...])
      if clause[0] == vm.symbol("else") { return try expand(vm.list([vm.symbol("begin")] + clause[1...]), s) }
      if clause.count == 1 { return try expand(vm.list([vm.symbol("or"), clause[0], rest]), s) }
      if clause.count == 3, clause[1] == vm.symbol("=>") {
        let t = vm.freshSymbol()
        return try expand(vm.list([vm.symbol("let"), vm.list([vm.list([t, clause[0]])]), vm.list([vm.symbol("if"), t, vm.list([clause[2], t]), rest])]), s)
      }
      return try expand(vm.list([vm.symbol("if"), clause[0], vm.list([vm.symbol("begin")] + clause[1...]), rest]), s)
    case "case":
      try need(1...many)
      let t = vm.freshSymbol()
      let clauses = try f[2...].map { c -> Value in
        guard let p = vm.array(c), p.count >= 2 else { throw fail("bad clause", c) }
        let test = p[0] == vm.symbol("else") ? p[0] : vm.list([vm.symbol("memv"), t, vm.list([vm.symbol("quote"), p[0]])])
        return vm.list([test] + p[1...])
      }
      return try expand(vm.list([vm.symbol("let"), vm.list([vm.list([t, f[1]])]), vm.list([vm.symbol("cond")] + clauses)]), s)
    case "and":
      if f.count == 1 { return Node(.constant(vm.true_)) }
      if f.count == 2 { return try expand(f[1], s) }
      return Node(.test(try expand(f[1], s), try expand(vm.list([f[0]] + f[2...]), s), Node(.constant(vm.false_))))
    case "or":
      if f.count == 1 { return Node(.constant(vm.false_)) }
      if f.count == 2 { return try expand(f[1], s) }
      let v = Variable(vm.freshSymbol()), inner = Scope(s)
      v.references = 2
      return Node(.bind([v], [try expand(f[1], s)], Node(.test(Node(.local(v)), Node(.local(v)), try expand(vm.list([f[0]] + f[2...]), inner)))))
    case "when", "unless":
      try need(2...many)
      let then = vm.list([vm.symbol("begin")] + f[2...])
      return try expand(vm.list(name == "when" ? [vm.symbol("if"), f[1], then] : [vm.symbol("if"), f[1], vm.unspecified, then]), s)
    case "do":
      try need(2...many)
      guard let specs = vm.array(f[1])?.map({ vm.array($0) ?? [] }), specs.allSatisfy({ $0.count == 2 || $0.count == 3 }),
            let end = vm.array(f[2]), !end.isEmpty else { throw fail("bad syntax", x) }
      let loop = vm.freshSymbol()
      let again = vm.list([loop] + specs.map { $0.count == 3 ? $0[2] : $0[0] })
      let result = end.count == 1 ? vm.unspecified : vm.list([vm.symbol("begin")] + end[1...])
      return try expand(vm.list([vm.symbol("let"), loop, vm.list(specs.map { vm.list([$0[0], $0[1]]) }),
                                 vm.list([vm.symbol("if"), end[0], result, vm.list([vm.symbol("begin")] + f[3...] + [again])])]), s)
    case "quasiquote": try need(1...1); return try expand(quasi(f[1], 1), s)
    case "guard":
      // (guard (e clause ...) body ...)
      try need(2...many)
      guard let spec = vm.array(f[1]), !spec.isEmpty else { throw fail("bad syntax", x) }
      var clauses = Array(spec[1...])
      if clauses.last.map({ isCall($0, "else") }) != true { clauses.append(vm.list([vm.symbol("else"), vm.list([vm.symbol("raise"), spec[0]])])) }
      return try expand(vm.list([vm.symbol("call-with-handler"), vm.list([vm.symbol("lambda"), vm.list([spec[0]]), vm.list([vm.symbol("cond")] + clauses)]),
                                 vm.list([vm.symbol("lambda"), vm.null] + f[2...])]), s)
    case "delay": try need(1...1); return try expand(vm.list([vm.symbol("make-promise"), vm.list([vm.symbol("lambda"), vm.null, f[1]])]), s)
    default: return nil
    }
  }
  private func definition(_ f: [Value], _ x: Value) throws -> (Value, Value) {
    if f[1].has(.pair) {
      guard f.count > 2 else { throw fail("bad syntax", x) }
      // (define (name . parameters) body ...), and curried.
      let head = f[1].words[Field.car]
      if head.has(.pair) { return try definition([f[0], head, vm.list([vm.symbol("lambda"), f[1].words[Field.cdr]] + f[2...])], x) }
      return (head, vm.list([vm.symbol("named-lambda"), f[1]] + f[2...]))
    }
    guard f[1].has(.symbol), f.count <= 3 else { throw fail("bad syntax", x) }
    return (f[1], f.count == 3 ? f[2] : vm.unspecified)
  }
  private func bindings(_ x: Value, _ whole: Value) throws -> ([Value], [Value]) {
    guard let all = vm.array(x) else { throw fail("bad bindings", whole) }
    var names: [Value] = [], values: [Value] = []
    for b in all {
      guard let p = vm.array(b), p.count == 2, p[0].has(.symbol) else { throw fail("bad binding", b) }
      names.append(p[0]); values.append(p[1])
    }
    return (names, values)
  }
  private func lambda(_ parameters: Value, _ forms: [Value], _ s: Scope?, _ x: Value) throws -> Node {
    let l = Lambda(), inner = Scope(s)
    var p = parameters
    func add(_ n: Value) throws {
      guard n.has(.symbol), inner.variables[n] == nil else { throw fail("bad parameter", x) }
      let v = Variable(n)
      inner.variables[n] = v
      l.parameters.append(v)
    }
    while p.has(.pair) { try add(p.words[Field.car]); p = p.words[Field.cdr] }
    if p != vm.null { try add(p); l.hasRest = true }
    l.body = try body(forms, inner, x)
    return Node(.lambda(l))
  }
  /// Definitions first, then expressions.
  private func body(_ forms: [Value], _ s: Scope, _ x: Value) throws -> Node {
    var flat: [Value] = []
    for f in forms { if isCall(f, "begin"), s.find(vm.symbol("begin")) == nil, let a = vm.array(f) { flat += a[1...] } else { flat.append(f) } }
    var names: [Value] = [], values: [Value] = []
    while let f = flat.first, isCall(f, "define"), s.find(vm.symbol("define")) == nil, let a = vm.array(f), a.count > 1 {
      let (n, v) = try definition(a, f)
      names.append(n); values.append(v)
      flat.removeFirst()
    }
    guard !flat.isEmpty else { throw fail("a body without expressions", x) }
    let rest = flat
    func last(_ s: Scope) throws -> Node { rest.count == 1 ? try expand(rest[0], s) : Node(.sequence(try rest.map { try expand($0, s) })) }
    if names.isEmpty { return try last(s) }
    let inner = Scope(s)
    return try recursive(names, values, inner, x) { try last(inner) }
  }
  private func namedLet(_ f: [Value], _ x: Value, _ s: Scope?) throws -> Node {
    guard f.count >= 4 else { throw fail("bad syntax", x) }
    let (names, values) = try bindings(f[2], x)
    let given = try values.map { try expand($0, s) }, inner = Scope(s)
    return try recursive([f[1]], [vm.list([vm.symbol("named-lambda"), vm.cons(f[1], vm.list(names))] + f[3...])], inner, x) {
      let v = inner.find(f[1])!
      v.references += 1
      return Node(.call(Node(.local(v)), given))
    }
  }
  private func recursive(_ names: [Value], _ values: [Value], _ inner: Scope, _ x: Value, _ body: () throws -> Node) throws -> Node {
    let variables = names.map { n -> Variable in let v = Variable(n); inner.variables[n] = v; return v }
    let given = try zip(names, values).map { n, v -> Node in
      let e = try expand(v, inner)
      if case .lambda(let l) = e.kind { l.name = n }
      return e
    }
    let b = try body()
    if variables.count == 1, case .lambda(let l) = given[0].kind, let loop = asLoop(variables[0], l, b) { return loop }
    return Node(.bindRecursive(variables, given, b))
  }

  /// A function that is called at the end of the body, and otherwise only at the end of itself, is a loop.
  private func asLoop(_ v: Variable, _ l: Lambda, _ body: Node) -> Node? {
    guard !l.hasRest, !v.isAssigned else { return nil }
    var before: [Node] = [], start = body
    if case .sequence(let all) = body.kind { before = Array(all.dropLast()); start = all.last! }
    guard case .call(let f, let arguments) = start.kind, case .local(let w) = f.kind, w === v, arguments.count == l.parameters.count else { return nil }
    var jumps: [Node] = []
    tailCalls(l.body, v, &jumps)
    for j in jumps { if case .call(_, let a) = j.kind, a.count != l.parameters.count { return nil } }
    guard v.references == jumps.count + 1 else { return nil }
    let loop = Loop(l.parameters, l.body)
    for j in jumps { if case .call(_, let a) = j.kind { j.kind = .again(loop, a) } }
    let n = Node(.loop(loop, arguments))
    return before.isEmpty ? n : Node(.sequence(before + [n]))
  }
  private func tailCalls(_ n: Node, _ v: Variable, _ out: inout [Node]) {
    switch n.kind {
    case .call(let f, _): if case .local(let w) = f.kind, w === v { out.append(n) }
    case .test(_, let a, let b): tailCalls(a, v, &out); tailCalls(b, v, &out)
    case .sequence(let all): if let l = all.last { tailCalls(l, v, &out) }
    case .bind(_, _, let b), .bindRecursive(_, _, let b): tailCalls(b, v, &out)
    case .loop(let l, _): tailCalls(l.body, v, &out)
    default: break
    }
  }

  private func quasi(_ x: Value, _ depth: Int) -> Value {
    func call(_ f: String, _ a: Value...) -> Value { vm.list([vm.symbol(f)] + a) }
    if x.has(.vector) { return call("list->vector", quasi(vm.list(vm.items(x)), depth)) }
    guard x.has(.pair) else { return call("quote", x) }
    if isCall(x, "unquote"), let a = vm.array(x), a.count == 2 { return depth == 1 ? a[1] : call("list", call("quote", a[0]), quasi(a[1], depth - 1)) }
    if isCall(x, "quasiquote"), let a = vm.array(x), a.count == 2 { return call("list", call("quote", a[0]), quasi(a[1], depth + 1)) }
    let first = x.words[Field.car], rest = x.words[Field.cdr]
    if isCall(first, "unquote-splicing"), depth == 1, let a = vm.array(first), a.count == 2 { return call("append", a[1], quasi(rest, depth)) }
    return call("cons", quasi(first, depth), quasi(rest, depth))
  }

  // MARK: operations with an instruction of their own

  private static let binary: [String: Opcode] = [
    "quotient": .quotient, "remainder": .remainder, "modulo": .modulo, "eq?": .eq, "cons": .cons, "set-car!": .setCar, "set-cdr!": .setCdr,
    "vector-ref": .vectorRef, "<": .less, "<=": .lessEqual, ">": .greater, ">=": .greaterEqual, "=": .equal]
  private static let unary: [String: Opcode] = ["car": .car, "cdr": .cdr, "null?": .isNull, "pair?": .isPair, "not": .not, "vector-length": .vectorLength]
  private static let compound: [String: (Opcode, String)] = ["cadr": (.car, "cdr"), "cddr": (.cdr, "cdr"), "caar": (.car, "car"), "cdar": (.cdr, "car"), "caddr": (.car, "cddr")]
  private func operation(_ name: String, _ f: [Value], _ s: Scope?) throws -> Node? {
    func node(_ op: Opcode, _ a: [Node]) -> Node { Node(.operation(op, a)) }
    let n = f.count - 1
    func arguments() throws -> [Node] { try f[1...].map { try expand($0, s) } }
    if n == 2, let op = Expander.binary[name] { return node(op, try arguments()) }
    if n == 1, let op = Expander.unary[name] { return node(op, try arguments()) }
    if n == 1, let (op, inner) = Expander.compound[name] { return node(op, [try expand(vm.list([vm.symbol(inner), f[1]]), s)]) }
    switch (name, n) {
    case ("+", 1...), ("*", 1...), ("-", 2...), ("/", 2...):
      let op: Opcode = name == "+" ? .add : name == "*" ? .mul : name == "-" ? .sub : .divide
      let all = try arguments()
      if n == 1 { return node(op, [Node(.constant(.integer(name == "+" ? 0 : 1))), all[0]]) }
      return all.dropFirst().reduce(all[0]) { node(op, [$0, $1]) }
    case ("-", 1): return node(.sub, [Node(.constant(.integer(0)))] + (try arguments()))
    case ("zero?", 1): return node(.equal, try arguments() + [Node(.constant(.integer(0)))])
    case ("positive?", 1): return node(.greater, try arguments() + [Node(.constant(.integer(0)))])
    case ("negative?", 1): return node(.less, try arguments() + [Node(.constant(.integer(0)))])
    case ("vector-set!", 3): return node(.vectorSet, try arguments())
    default: return nil
    }
  }
}

/// Finds which variables closures share.
func resolve(_ n: Node, in l: Lambda) {
  func refer(_ v: Variable) {
    guard let owner = v.owner, owner !== l else { return }
    v.isCaptured = true
    var k: Lambda? = l
    while let m = k, m !== owner {
      if !m.free.contains(where: { $0 === v }) { m.free.append(v) }
      k = m.parent
    }
  }
  func all(_ a: [Node]) { for x in a { resolve(x, in: l) } }
  switch n.kind {
  case .constant, .global: break
  case .local(let v): refer(v)
  case .setLocal(let v, let x): refer(v); resolve(x, in: l)
  case .setGlobal(_, let x, _): resolve(x, in: l)
  case .test(let a, let b, let c): all([a, b, c])
  case .sequence(let a): all(a)
  case .lambda(let m):
    m.parent = l
    for v in m.parameters { v.owner = m }
    resolve(m.body, in: m)
  case .call(let f, let a): resolve(f, in: l); all(a)
  case .operation(_, let a): all(a)
  case .bind(let v, let a, let b):
    for x in v { x.owner = l }
    all(a); resolve(b, in: l)
  case .bindRecursive(let v, let a, let b):
    for x in v { x.owner = l; x.isAssigned = true; x.isCaptured = true }
    all(a); resolve(b, in: l)
  case .loop(let loop, let a):
    for x in loop.variables { x.owner = l }
    all(a); resolve(loop.body, in: l)
  case .again(_, let a): all(a)
  }
}
