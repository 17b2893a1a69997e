// Between syntax trees and `_ast` objects: trees become instances here; objects come back as nested tuples, which the
// app-level part makes and checks, because reading attributes may run Python code.
//
// Data of a node: (name, line, column, end line, end column, field, ...) in the order of the grammar's fields; lists are
// Python lists, absent optional parts None, identifiers and constants themselves.

import Glibc
import Heap
import Objects
import Support
import Syntax

// MARK: trees to objects

struct TreeMaker {
  let t: ThreadRef
  let classes: Value
  var failed = false

  func text(_ s: String) -> Value { intern(t, s) }
  func text(_ s: String?) -> Value { s.map { intern(t, $0) } ?? .none }
  func comment(_ s: String?) -> Value { s.map { makeStr(t, $0) } ?? .none }

  mutating func node(_ name: String, _ fields: [(String, Value)], _ r: SourceRange? = nil) -> Value {
    let c = getString(classes, intern(t, name))
    if c.isEmpty { failed = true; return .none }
    let v = makeInstance(t, c)
    for (k, x) in fields { _ = setInstanceAttribute(t, v, intern(t, k), x) }
    if let r = r {
      _ = setInstanceAttribute(t, v, intern(t, "lineno"), .fixnum(Int(r.line)))
      _ = setInstanceAttribute(t, v, intern(t, "col_offset"), .fixnum(Int(r.column)))
      _ = setInstanceAttribute(t, v, intern(t, "end_lineno"), .fixnum(Int(r.endLine)))
      _ = setInstanceAttribute(t, v, intern(t, "end_col_offset"), .fixnum(Int(r.endColumn)))
    }
    return v
  }
  /// The one instance of an operator or context class.
  mutating func single(_ name: String) -> Value {
    let c = getString(classes, intern(t, "_" + name))
    if c.isEmpty { failed = true; return .none }
    return c
  }
  mutating func list<T>(_ a: [T], _ f: (inout TreeMaker, T) -> Value) -> Value {
    var out: [Value] = []
    for x in a { out.append(f(&self, x)) }
    return makeList(t, out)
  }
  mutating func exprs(_ a: [Expr]) -> Value { list(a) { $0.expr($1) } }
  mutating func stmts(_ a: [Stmt]) -> Value { list(a) { $0.stmt($1) } }
  mutating func optional(_ e: Expr?) -> Value { e.map { expr($0) } ?? .none }

  mutating func module(_ m: Module) -> Value {
    switch m {
    case .module(let b, let ignores):
      let body = stmts(b)
      let list = self.list(ignores) { m, i in m.node("TypeIgnore", [("lineno", .fixnum(Int(i.line))), ("tag", makeStr(m.t, i.tag))]) }
      return node("Module", [("body", body), ("type_ignores", list)])
    case .interactive(let b): return node("Interactive", [("body", stmts(b))])
    case .expression(let e): return node("Expression", [("body", expr(e))])
    case .functionType(let a, let r):
      let args = exprs(a)
      return node("FunctionType", [("argtypes", args), ("returns", expr(r))])
    }
  }

  mutating func function(_ name: String, _ f: FunctionDef, _ r: SourceRange) -> Value {
    let args = arguments(f.args), body = stmts(f.body), decorators = exprs(f.decorators), returns = optional(f.returns)
    return node(name, [("name", text(f.name)), ("args", args), ("body", body), ("decorator_list", decorators), ("returns", returns),
                       ("type_comment", comment(f.typeComment))], r)
  }

  mutating func stmt(_ s: Stmt) -> Value {
    let r = s.range
    switch s.kind {
    case .functionDef(let f): return function("FunctionDef", f, r)
    case .asyncFunctionDef(let f): return function("AsyncFunctionDef", f, r)
    case .classDef(let c):
      let bases = exprs(c.bases), keywords = list(c.keywords) { $0.keyword($1) }, body = stmts(c.body), decorators = exprs(c.decorators)
      return node("ClassDef", [("name", text(c.name)), ("bases", bases), ("keywords", keywords), ("body", body), ("decorator_list", decorators)], r)
    case .return(let e): return node("Return", [("value", optional(e))], r)
    case .delete(let a): return node("Delete", [("targets", exprs(a))], r)
    case .assign(let targets, let value, let c):
      let a = exprs(targets)
      return node("Assign", [("targets", a), ("value", expr(value)), ("type_comment", comment(c))], r)
    case .augAssign(let target, let op, let value):
      let a = expr(target), o = binary(op)
      return node("AugAssign", [("target", a), ("op", o), ("value", expr(value))], r)
    case .annAssign(let target, let annotation, let value, let simple):
      let a = expr(target), b = expr(annotation)
      return node("AnnAssign", [("target", a), ("annotation", b), ("value", optional(value)), ("simple", .fixnum(simple ? 1 : 0))], r)
    case .for(let target, let iter, let body, let orelse, let c): return loop("For", target, iter, body, orelse, c, r)
    case .asyncFor(let target, let iter, let body, let orelse, let c): return loop("AsyncFor", target, iter, body, orelse, c, r)
    case .while(let test, let body, let orelse):
      let a = expr(test), b = stmts(body)
      return node("While", [("test", a), ("body", b), ("orelse", stmts(orelse))], r)
    case .if(let test, let body, let orelse):
      let a = expr(test), b = stmts(body)
      return node("If", [("test", a), ("body", b), ("orelse", stmts(orelse))], r)
    case .with(let items, let body, let c): return with("With", items, body, c, r)
    case .asyncWith(let items, let body, let c): return with("AsyncWith", items, body, c, r)
    case .match(let subject, let cases):
      let a = expr(subject)
      let b = list(cases) { m, c in
        let p = m.pattern(c.pattern), g = m.optional(c.guardTest)
        return m.node("match_case", [("pattern", p), ("guard", g), ("body", m.stmts(c.body))])
      }
      return node("Match", [("subject", a), ("cases", b)], r)
    case .raise(let e, let cause):
      let a = optional(e)
      return node("Raise", [("exc", a), ("cause", optional(cause))], r)
    case .try(let b, let h, let o, let f): return tryNode("Try", b, h, o, f, r)
    case .tryStar(let b, let h, let o, let f): return tryNode("TryStar", b, h, o, f, r)
    case .assert(let test, let msg):
      let a = expr(test)
      return node("Assert", [("test", a), ("msg", optional(msg))], r)
    case .import(let names): return node("Import", [("names", list(names) { $0.alias($1) })], r)
    case .importFrom(let module, let names, let level):
      let a = list(names) { $0.alias($1) }
      return node("ImportFrom", [("module", text(module)), ("names", a), ("level", .fixnum(level))], r)
    case .global(let names): return node("Global", [("names", list(names) { $0.text($1) })], r)
    case .nonlocal(let names): return node("Nonlocal", [("names", list(names) { $0.text($1) })], r)
    case .expr(let e): return node("Expr", [("value", expr(e))], r)
    case .pass: return node("Pass", [], r)
    case .break: return node("Break", [], r)
    case .continue: return node("Continue", [], r)
    }
  }

  mutating func loop(_ name: String, _ target: Expr, _ iter: Expr, _ body: [Stmt], _ orelse: [Stmt], _ c: String?, _ r: SourceRange) -> Value {
    let a = expr(target), b = expr(iter), d = stmts(body)
    return node(name, [("target", a), ("iter", b), ("body", d), ("orelse", stmts(orelse)), ("type_comment", comment(c))], r)
  }
  mutating func with(_ name: String, _ items: [WithItem], _ body: [Stmt], _ c: String?, _ r: SourceRange) -> Value {
    let a = list(items) { m, i in
      let x = m.expr(i.context)
      return m.node("withitem", [("context_expr", x), ("optional_vars", m.optional(i.target))])
    }
    return node(name, [("items", a), ("body", stmts(body)), ("type_comment", comment(c))], r)
  }
  mutating func tryNode(_ name: String, _ body: [Stmt], _ handlers: [ExceptHandler], _ orelse: [Stmt], _ final: [Stmt], _ r: SourceRange) -> Value {
    let a = stmts(body)
    let b = list(handlers) { m, h in
      let x = m.optional(h.type)
      return m.node("ExceptHandler", [("type", x), ("name", m.text(h.name)), ("body", m.stmts(h.body))], h.range)
    }
    let c = stmts(orelse)
    return node(name, [("body", a), ("handlers", b), ("orelse", c), ("finalbody", stmts(final))], r)
  }
  mutating func keyword(_ k: Keyword) -> Value { node("keyword", [("arg", text(k.name)), ("value", expr(k.value))], k.range) }
  mutating func alias(_ a: Alias) -> Value { node("alias", [("name", text(a.name)), ("asname", text(a.asName))], a.range) }
  mutating func arg(_ a: Arg) -> Value {
    node("arg", [("arg", text(a.name)), ("annotation", optional(a.annotation)), ("type_comment", comment(a.typeComment))], a.range)
  }
  mutating func arguments(_ a: Arguments) -> Value {
    let p = list(a.posOnly) { $0.arg($1) }, q = list(a.args) { $0.arg($1) }
    let v = a.vararg.map { arg($0) } ?? .none
    let k = list(a.kwOnly) { $0.arg($1) }, kd = list(a.kwDefaults) { $0.optional($1) }
    let kw = a.kwarg.map { arg($0) } ?? .none
    return node("arguments", [("posonlyargs", p), ("args", q), ("vararg", v), ("kwonlyargs", k), ("kw_defaults", kd), ("kwarg", kw),
                              ("defaults", exprs(a.defaults))])
  }
  mutating func binary(_ op: BinaryOperator) -> Value {
    let names = ["Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr", "BitXor", "BitAnd", "FloorDiv"]
    return single(names[Int(op.rawValue)])
  }
  mutating func context(_ c: ExprContext) -> Value { single(c == .load ? "Load" : c == .store ? "Store" : "Del") }
  mutating func comprehensions(_ a: [Comprehension]) -> Value {
    list(a) { m, c in
      let x = m.expr(c.target), y = m.expr(c.iter)
      return m.node("comprehension", [("target", x), ("iter", y), ("ifs", m.exprs(c.ifs)), ("is_async", .fixnum(c.isAsync ? 1 : 0))])
    }
  }
  mutating func constant(_ c: Constant) -> Value {
    switch c {
    case .none: return .none
    case .true: return .true
    case .false: return .false
    case .ellipsis: return weft_vm.ellipsis
    case .int(let i): return makeInt(t, i)
    case .bigInt(let s): return parseInt(t, digits: Array(s.utf8), base: 10) ?? .fixnum(0)
    case .float(let d): return makeFloat(t, d)
    case .complex(let r, let i): return makeComplex(t, r, i)
    case .str(let s), .strU(let s): return makeConstant(t, .str(s.scalars))
    case .bytes(let b): return makeBytes(t, b)
    case .tuple(let a): return makeTuple(t, a.map { constant($0) })
    case .frozenSet(let a):
      let s = makeSet(t, .frozenset)
      for c in a {
        let v = constant(c)
        if let h = nativeHash(v), find(s, v, h) == Probe.missing { insertNew(t, s, v, h, .none) }
      }
      return s
    }
  }

  mutating func expr(_ e: Expr) -> Value {
    let r = e.range
    switch e.kind {
    case .boolOp(let op, let a):
      let o = single(op == .and ? "And" : "Or")
      return node("BoolOp", [("op", o), ("values", exprs(a))], r)
    case .namedExpr(let target, let value):
      let a = expr(target)
      return node("NamedExpr", [("target", a), ("value", expr(value))], r)
    case .binOp(let x, let op, let y):
      let a = expr(x), o = binary(op)
      return node("BinOp", [("left", a), ("op", o), ("right", expr(y))], r)
    case .unaryOp(let op, let x):
      let o: Value
      switch op {
      case .invert: o = single("Invert")
      case .not: o = single("Not")
      case .plus: o = single("UAdd")
      case .minus: o = single("USub")
      }
      return node("UnaryOp", [("op", o), ("operand", expr(x))], r)
    case .lambda(let args, let body):
      let a = arguments(args)
      return node("Lambda", [("args", a), ("body", expr(body))], r)
    case .ifExp(let test, let body, let orelse):
      let a = expr(test), b = expr(body)
      return node("IfExp", [("test", a), ("body", b), ("orelse", expr(orelse))], r)
    case .dict(let keys, let values):
      let a = list(keys) { $0.optional($1) }
      return node("Dict", [("keys", a), ("values", exprs(values))], r)
    case .set(let a): return node("Set", [("elts", exprs(a))], r)
    case .listComp(let x, let c):
      let a = expr(x)
      return node("ListComp", [("elt", a), ("generators", comprehensions(c))], r)
    case .setComp(let x, let c):
      let a = expr(x)
      return node("SetComp", [("elt", a), ("generators", comprehensions(c))], r)
    case .dictComp(let k, let v, let c):
      let a = expr(k), b = expr(v)
      return node("DictComp", [("key", a), ("value", b), ("generators", comprehensions(c))], r)
    case .generatorExp(let x, let c):
      let a = expr(x)
      return node("GeneratorExp", [("elt", a), ("generators", comprehensions(c))], r)
    case .await(let x): return node("Await", [("value", expr(x))], r)
    case .yield(let x): return node("Yield", [("value", optional(x))], r)
    case .yieldFrom(let x): return node("YieldFrom", [("value", expr(x))], r)
    case .compare(let x, let ops, let rest):
      let a = expr(x)
      let o = list(ops) { m, op in
        switch op {
        case .eq: return m.single("Eq")
        case .notEq: return m.single("NotEq")
        case .lt: return m.single("Lt")
        case .ltE: return m.single("LtE")
        case .gt: return m.single("Gt")
        case .gtE: return m.single("GtE")
        case .is: return m.single("Is")
        case .isNot: return m.single("IsNot")
        case .in: return m.single("In")
        case .notIn: return m.single("NotIn")
        }
      }
      return node("Compare", [("left", a), ("ops", o), ("comparators", exprs(rest))], r)
    case .call(let f, let args, let keywords):
      let a = expr(f), b = exprs(args)
      return node("Call", [("func", a), ("args", b), ("keywords", list(keywords) { $0.keyword($1) })], r)
    case .formattedValue(let x, let conversion, let spec):
      let a = expr(x)
      return node("FormattedValue", [("value", a), ("conversion", .fixnum(conversion == 0 ? -1 : Int(conversion))), ("format_spec", optional(spec))], r)
    case .joinedStr(let a): return node("JoinedStr", [("values", exprs(a))], r)
    case .constant(let c):
      var kind = Value.none
      if case .strU = c { kind = intern(t, "u") }
      return node("Constant", [("value", constant(c)), ("kind", kind)], r)
    case .attribute(let x, let name, let c):
      let a = expr(x)
      return node("Attribute", [("value", a), ("attr", text(name)), ("ctx", context(c))], r)
    case .subscript(let x, let i, let c):
      let a = expr(x), b = expr(i)
      return node("Subscript", [("value", a), ("slice", b), ("ctx", context(c))], r)
    case .starred(let x, let c):
      let a = expr(x)
      return node("Starred", [("value", a), ("ctx", context(c))], r)
    case .name(let s, let c): return node("Name", [("id", text(s)), ("ctx", context(c))], r)
    case .list(let a, let c):
      let x = exprs(a)
      return node("List", [("elts", x), ("ctx", context(c))], r)
    case .tuple(let a, let c):
      let x = exprs(a)
      return node("Tuple", [("elts", x), ("ctx", context(c))], r)
    case .slice(let lower, let upper, let step):
      let a = optional(lower), b = optional(upper)
      return node("Slice", [("lower", a), ("upper", b), ("step", optional(step))], r)
    }
  }

  mutating func pattern(_ p: Pattern) -> Value {
    let r = p.range
    switch p.kind {
    case .value(let e): return node("MatchValue", [("value", expr(e))], r)
    case .singleton(let c): return node("MatchSingleton", [("value", constant(c))], r)
    case .sequence(let a): return node("MatchSequence", [("patterns", list(a) { $0.pattern($1) })], r)
    case .mapping(let keys, let patterns, let rest):
      let a = exprs(keys), b = list(patterns) { $0.pattern($1) }
      return node("MatchMapping", [("keys", a), ("patterns", b), ("rest", text(rest))], r)
    case .class(let cls, let patterns, let attrs, let kwd):
      let a = expr(cls), b = list(patterns) { $0.pattern($1) }, c = list(attrs) { $0.text($1) }
      return node("MatchClass", [("cls", a), ("patterns", b), ("kwd_attrs", c), ("kwd_patterns", list(kwd) { $0.pattern($1) })], r)
    case .star(let name): return node("MatchStar", [("name", text(name))], r)
    case .as(let q, let name):
      let a = q.map { pattern($0) } ?? .none
      return node("MatchAs", [("pattern", a), ("name", text(name))], r)
    case .or(let a): return node("MatchOr", [("patterns", list(a) { $0.pattern($1) })], r)
    }
  }
}

/// The `_ast` object of a tree; the classes are in SystemRoot.syntaxNodes (app-level code has made them).
func makeTree(_ t: ThreadRef, _ m: Module) -> Value {
  let classes = SystemRoot.syntaxNodes.value
  if classes.isEmpty { return t.raise(.SystemError, "_ast is not ready") }
  var maker = TreeMaker(t: t, classes: classes)
  let v = maker.module(m)
  return maker.failed ? t.raise(.SystemError, "_ast lacks a class") : v
}

// MARK: data to trees

struct MalformedTree: Error {}

struct TreeReader {
  func string(_ v: Value) throws -> String {
    guard v.isStr else { throw MalformedTree() }
    return swiftString(v)
  }
  func optionalString(_ v: Value) throws -> String? { v.isNone ? nil : try string(v) }
  func items(_ v: Value) throws -> [Value] {
    guard let (p, n) = sequenceItems(v) else { throw MalformedTree() }
    return (0..<n).map { p[$0] }
  }
  /// Name, range and fields of a node.
  func node(_ v: Value) throws -> (String, SourceRange, [Value]) {
    guard v.isExact(.tuple), v.count >= 5 else { throw MalformedTree() }
    func number(_ i: Int) throws -> Int32 {
      guard v.items[i].isFixnum, let n = Int32(exactly: v.items[i].fixnum) else { throw MalformedTree() }
      return n
    }
    let r = SourceRange(line: try number(1), column: try number(2), endLine: try number(3), endColumn: try number(4))
    return (try string(v.items[0]), r, (5..<v.count).map { v.items[$0] })
  }
  func exprs(_ v: Value) throws -> [Expr] { try items(v).map { try expr($0) } }
  func stmts(_ v: Value) throws -> [Stmt] { try items(v).map { try stmt($0) } }
  func optional(_ v: Value) throws -> Expr? { v.isNone ? nil : try expr(v) }

  func module(_ v: Value) throws -> Module {
    let (name, _, f) = try node(v)
    switch name {
    case "Module": return .module(body: try stmts(f[0]), typeIgnores: [])
    case "Interactive": return .interactive(body: try stmts(f[0]))
    case "Expression": return .expression(try expr(f[0]))
    case "FunctionType": return .functionType(argTypes: try exprs(f[0]), returns: try expr(f[1]))
    default: throw MalformedTree()
    }
  }
  func function(_ f: [Value]) throws -> FunctionDef {
    FunctionDef(name: try string(f[0]), args: try arguments(f[1]), body: try stmts(f[2]), decorators: try exprs(f[3]), returns: try optional(f[4]))
  }
  func stmt(_ v: Value) throws -> Stmt {
    let (name, r, f) = try node(v)
    return Stmt(try stmtKind(name, f), r)
  }
  func stmtKind(_ name: String, _ f: [Value]) throws -> StmtKind {
    switch name {
    case "FunctionDef": return .functionDef(try function(f))
    case "AsyncFunctionDef": return .asyncFunctionDef(try function(f))
    case "ClassDef":
      return .classDef(ClassDef(name: try string(f[0]), bases: try exprs(f[1]), keywords: try keywords(f[2]), body: try stmts(f[3]), decorators: try exprs(f[4])))
    case "Return": return .return(try optional(f[0]))
    case "Delete": return .delete(try exprs(f[0]))
    case "Assign": return .assign(targets: try exprs(f[0]), value: try expr(f[1]), typeComment: nil)
    case "AugAssign": return .augAssign(target: try expr(f[0]), op: try binary(f[1]), value: try expr(f[2]))
    case "AnnAssign": return .annAssign(target: try expr(f[0]), annotation: try expr(f[1]), value: try optional(f[2]), simple: f[3] != .fixnum(0) && f[3] != .false)
    case "For": return .for(target: try expr(f[0]), iter: try expr(f[1]), body: try stmts(f[2]), orelse: try stmts(f[3]), typeComment: nil)
    case "AsyncFor": return .asyncFor(target: try expr(f[0]), iter: try expr(f[1]), body: try stmts(f[2]), orelse: try stmts(f[3]), typeComment: nil)
    case "While": return .while(test: try expr(f[0]), body: try stmts(f[1]), orelse: try stmts(f[2]))
    case "If": return .if(test: try expr(f[0]), body: try stmts(f[1]), orelse: try stmts(f[2]))
    case "With": return .with(items: try withItems(f[0]), body: try stmts(f[1]), typeComment: nil)
    case "AsyncWith": return .asyncWith(items: try withItems(f[0]), body: try stmts(f[1]), typeComment: nil)
    case "Match":
      return .match(subject: try expr(f[0]), cases: try items(f[1]).map {
        let (_, _, c) = try node($0)
        return MatchCase(pattern: try pattern(c[0]), guardTest: try optional(c[1]), body: try stmts(c[2]))
      })
    case "Raise": return .raise(exc: try optional(f[0]), cause: try optional(f[1]))
    case "Try": return .try(body: try stmts(f[0]), handlers: try handlers(f[1]), orelse: try stmts(f[2]), finalbody: try stmts(f[3]))
    case "TryStar": return .tryStar(body: try stmts(f[0]), handlers: try handlers(f[1]), orelse: try stmts(f[2]), finalbody: try stmts(f[3]))
    case "Assert": return .assert(test: try expr(f[0]), msg: try optional(f[1]))
    case "Import": return .import(try aliases(f[0]))
    case "ImportFrom": return .importFrom(module: try optionalString(f[0]), names: try aliases(f[1]), level: f[2].isFixnum ? f[2].fixnum : 0)
    case "Global": return .global(try items(f[0]).map { try string($0) })
    case "Nonlocal": return .nonlocal(try items(f[0]).map { try string($0) })
    case "Expr": return .expr(try expr(f[0]))
    case "Pass": return .pass
    case "Break": return .break
    case "Continue": return .continue
    default: throw MalformedTree()
    }
  }
  func withItems(_ v: Value) throws -> [WithItem] {
    try items(v).map {
      let (_, _, f) = try node($0)
      return WithItem(context: try expr(f[0]), target: try optional(f[1]))
    }
  }
  func handlers(_ v: Value) throws -> [ExceptHandler] {
    try items(v).map {
      let (_, r, f) = try node($0)
      return ExceptHandler(type: try optional(f[0]), name: try optionalString(f[1]), body: try stmts(f[2]), range: r)
    }
  }
  func aliases(_ v: Value) throws -> [Alias] {
    try items(v).map {
      let (_, r, f) = try node($0)
      return Alias(name: try string(f[0]), asName: try optionalString(f[1]), range: r)
    }
  }
  func keywords(_ v: Value) throws -> [Keyword] {
    try items(v).map {
      let (_, r, f) = try node($0)
      return Keyword(name: try optionalString(f[0]), value: try expr(f[1]), range: r)
    }
  }
  func arg(_ v: Value) throws -> Arg {
    let (_, r, f) = try node(v)
    return Arg(name: try string(f[0]), annotation: try optional(f[1]), range: r)
  }
  func arguments(_ v: Value) throws -> Arguments {
    let (_, _, f) = try node(v)
    return Arguments(posOnly: try items(f[0]).map { try arg($0) }, args: try items(f[1]).map { try arg($0) }, vararg: f[2].isNone ? nil : try arg(f[2]),
                     kwOnly: try items(f[3]).map { try arg($0) }, kwDefaults: try items(f[4]).map { try optional($0) },
                     kwarg: f[5].isNone ? nil : try arg(f[5]), defaults: try exprs(f[6]))
  }
  func binary(_ v: Value) throws -> BinaryOperator {
    let names = ["Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr", "BitXor", "BitAnd", "FloorDiv"]
    guard let i = names.firstIndex(of: try string(v)), let op = BinaryOperator(rawValue: UInt8(i)) else { throw MalformedTree() }
    return op
  }
  func context(_ v: Value) throws -> ExprContext {
    switch try string(v) {
    case "Load": return .load
    case "Store": return .store
    case "Del": return .del
    default: throw MalformedTree()
    }
  }
  func comprehensions(_ v: Value) throws -> [Comprehension] {
    try items(v).map {
      let (_, _, f) = try node($0)
      return Comprehension(target: try expr(f[0]), iter: try expr(f[1]), ifs: try exprs(f[2]), isAsync: f[3] != .fixnum(0) && f[3] != .false)
    }
  }
  func constant(_ v: Value, _ kind: Value = .none) throws -> Constant {
    if v.isNone { return .none }
    if v == .true { return .true }
    if v == .false { return .false }
    if v == weft_vm.ellipsis { return .ellipsis }
    if v.isFixnum { return .int(v.fixnum) }
    if v.isFlonum { return .float(v.flonum) }
    switch v.object.pointee.shape {
    case BuiltinType.int.shape: return .bigInt(String(decoding: intDigits(v), as: UTF8.self))
    case BuiltinType.float.shape: return .float(v.double)
    case BuiltinType.complex.shape: return .complex(real: v.field(0).double, imag: v.field(1).double)
    case BuiltinType.str.shape: return kind.isNone ? .str(PyText(scalars(v))) : .strU(PyText(scalars(v)))
    case BuiltinType.bytes.shape: return .bytes(Array(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount)))
    case BuiltinType.tuple.shape: return .tuple(try (0..<v.count).map { try constant(v.items[$0]) })
    case BuiltinType.frozenset.shape:
      var keys: [Value] = []
      forEachEntry(v) { k, _ in keys.append(k) }
      return .frozenSet(try keys.map { try constant($0) })
    default: throw MalformedTree()
    }
  }
  func expr(_ v: Value) throws -> Expr {
    let (name, r, f) = try node(v)
    return Expr(try exprKind(name, f), r)
  }
  func exprKind(_ name: String, _ f: [Value]) throws -> ExprKind {
    switch name {
    case "BoolOp": return .boolOp(try string(f[0]) == "And" ? .and : .or, try exprs(f[1]))
    case "NamedExpr": return .namedExpr(target: try expr(f[0]), value: try expr(f[1]))
    case "BinOp": return .binOp(try expr(f[0]), try binary(f[1]), try expr(f[2]))
    case "UnaryOp":
      let op: UnaryOperator
      switch try string(f[0]) {
      case "Invert": op = .invert
      case "Not": op = .not
      case "UAdd": op = .plus
      default: op = .minus
      }
      return .unaryOp(op, try expr(f[1]))
    case "Lambda": return .lambda(try arguments(f[0]), try expr(f[1]))
    case "IfExp": return .ifExp(test: try expr(f[0]), body: try expr(f[1]), orelse: try expr(f[2]))
    case "Dict": return .dict(keys: try items(f[0]).map { try optional($0) }, values: try exprs(f[1]))
    case "Set": return .set(try exprs(f[0]))
    case "ListComp": return .listComp(try expr(f[0]), try comprehensions(f[1]))
    case "SetComp": return .setComp(try expr(f[0]), try comprehensions(f[1]))
    case "DictComp": return .dictComp(key: try expr(f[0]), value: try expr(f[1]), try comprehensions(f[2]))
    case "GeneratorExp": return .generatorExp(try expr(f[0]), try comprehensions(f[1]))
    case "Await": return .await(try expr(f[0]))
    case "Yield": return .yield(try optional(f[0]))
    case "YieldFrom": return .yieldFrom(try expr(f[0]))
    case "Compare":
      let ops: [CompareOperator] = try items(f[1]).map {
        switch try string($0) {
        case "Eq": return .eq
        case "NotEq": return .notEq
        case "Lt": return .lt
        case "LtE": return .ltE
        case "Gt": return .gt
        case "GtE": return .gtE
        case "Is": return .is
        case "IsNot": return .isNot
        case "In": return .in
        case "NotIn": return .notIn
        default: throw MalformedTree()
        }
      }
      return .compare(try expr(f[0]), ops, try exprs(f[2]))
    case "Call": return .call(try expr(f[0]), args: try exprs(f[1]), keywords: try keywords(f[2]))
    case "FormattedValue":
      guard f[1].isFixnum else { throw MalformedTree() }
      return .formattedValue(try expr(f[0]), conversion: UInt8(truncatingIfNeeded: max(0, f[1].fixnum)), spec: try optional(f[2]))
    case "JoinedStr": return .joinedStr(try exprs(f[0]))
    case "Constant": return .constant(try constant(f[0], f[1]))
    case "Attribute": return .attribute(try expr(f[0]), try string(f[1]), try context(f[2]))
    case "Subscript": return .subscript(try expr(f[0]), try expr(f[1]), try context(f[2]))
    case "Starred": return .starred(try expr(f[0]), try context(f[1]))
    case "Name": return .name(try string(f[0]), try context(f[1]))
    case "List": return .list(try exprs(f[0]), try context(f[1]))
    case "Tuple": return .tuple(try exprs(f[0]), try context(f[1]))
    case "Slice": return .slice(lower: try optional(f[0]), upper: try optional(f[1]), step: try optional(f[2]))
    default: throw MalformedTree()
    }
  }
  func patterns(_ v: Value) throws -> [Pattern] { try items(v).map { try pattern($0) } }
  func pattern(_ v: Value) throws -> Pattern {
    let (name, r, f) = try node(v)
    switch name {
    case "MatchValue": return Pattern(.value(try expr(f[0])), r)
    case "MatchSingleton": return Pattern(.singleton(try constant(f[0])), r)
    case "MatchSequence": return Pattern(.sequence(try patterns(f[0])), r)
    case "MatchMapping": return Pattern(.mapping(keys: try exprs(f[0]), patterns: try patterns(f[1]), rest: try optionalString(f[2])), r)
    case "MatchClass":
      return Pattern(.class(try expr(f[0]), patterns: try patterns(f[1]), kwdAttrs: try items(f[2]).map { try string($0) }, kwdPatterns: try patterns(f[3])), r)
    case "MatchStar": return Pattern(.star(try optionalString(f[0])), r)
    case "MatchAs": return Pattern(.as(f[0].isNone ? nil : try pattern(f[0]), name: try optionalString(f[1])), r)
    case "MatchOr": return Pattern(.or(try patterns(f[0])), r)
    default: throw MalformedTree()
    }
  }
}

func treeFromData(_ v: Value) throws -> Module { try TreeReader().module(v) }
