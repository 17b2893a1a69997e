// The tree as text, exactly as CPython's `ast.dump(tree, include_attributes=includePositions)` prints it.


public func dump(_ m: Module, includePositions: Bool) -> String {
  var d = Dumper(positions: includePositions)
  d.module(m)
  return String(decoding: d.out, as: UTF8.self)
}

private struct Dumper {
  let positions: Bool
  var out: [UInt8] = []
  init(positions: Bool) { self.positions = positions }

  mutating func put(_ s: String) { out.append(contentsOf: s.utf8) }

  /// The attributes and the closing parenthesis of a node; `empty`: no field came before.
  mutating func close(_ r: SourceRange, empty: Bool = false) {
    if positions {
      put("\(empty ? "" : ", ")lineno=\(r.line), col_offset=\(r.column), end_lineno=\(r.endLine), end_col_offset=\(r.endColumn))")
    } else { put(")") }
  }

  mutating func list<T>(_ items: [T], _ each: (inout Dumper, T) -> Void) {
    put("[")
    var first = true
    for i in items {
      if !first { put(", ") }
      first = false
      each(&self, i)
    }
    put("]")
  }

  mutating func exprs(_ field: String, _ items: [Expr]) {
    put(field)
    put("=")
    list(items) { $0.expr($1) }
  }

  mutating func stmts(_ field: String, _ items: [Stmt]) {
    put(field)
    put("=")
    list(items) { $0.stmt($1) }
  }

  mutating func optional(_ field: String, _ e: Expr?) {
    guard let e = e else { return }
    put(", \(field)=")
    expr(e)
  }

  mutating func string(_ s: String) { put(reprText(PyText(s).scalars)) }

  mutating func optional(_ field: String, _ s: String?) {
    guard let s = s else { return }
    put(", \(field)=")
    string(s)
  }

  mutating func module(_ m: Module) {
    switch m {
    case .module(let body, let ignores):
      put("Module(")
      stmts("body", body)
      put(", type_ignores=")
      list(ignores) { d, i in d.put("TypeIgnore(lineno=\(i.line), tag="); d.string(i.tag); d.put(")") }
      put(")")
    case .interactive(let body):
      put("Interactive(")
      stmts("body", body)
      put(")")
    case .expression(let e):
      put("Expression(body=")
      expr(e)
      put(")")
    case .functionType(let args, let returns):
      put("FunctionType(")
      exprs("argtypes", args)
      put(", returns=")
      expr(returns)
      put(")")
    }
  }

  // MARK: Statements

  mutating func stmt(_ s: Stmt) {
    var empty = false
    switch s.kind {
    case .functionDef(let f): function("FunctionDef", f)
    case .asyncFunctionDef(let f): function("AsyncFunctionDef", f)
    case .classDef(let c):
      put("ClassDef(name=")
      string(c.name)
      exprs(", bases", c.bases)
      put(", keywords=")
      list(c.keywords) { $0.keyword($1) }
      stmts(", body", c.body)
      exprs(", decorator_list", c.decorators)
    case .return(let e):
      put("Return(")
      if let e = e { put("value="); expr(e) } else { empty = true }
    case .delete(let targets): put("Delete("); exprs("targets", targets)
    case .assign(let targets, let value, let comment):
      put("Assign(")
      exprs("targets", targets)
      optional("value", value)
      optional("type_comment", comment)
    case .augAssign(let target, let op, let value):
      put("AugAssign(target=")
      expr(target)
      put(", op=\(binaryNames[Int(op.rawValue)])()")
      optional("value", value)
    case .annAssign(let target, let annotation, let value, let simple):
      put("AnnAssign(target=")
      expr(target)
      optional("annotation", annotation)
      optional("value", value)
      put(", simple=\(simple ? 1 : 0)")
    case .for(let target, let iter, let body, let orelse, let comment): loop("For", target, iter, body, orelse, comment)
    case .asyncFor(let target, let iter, let body, let orelse, let comment): loop("AsyncFor", target, iter, body, orelse, comment)
    case .while(let test, let body, let orelse):
      put("While(test=")
      expr(test)
      stmts(", body", body)
      stmts(", orelse", orelse)
    case .if(let test, let body, let orelse):
      put("If(test=")
      expr(test)
      stmts(", body", body)
      stmts(", orelse", orelse)
    case .with(let items, let body, let comment): with("With", items, body, comment)
    case .asyncWith(let items, let body, let comment): with("AsyncWith", items, body, comment)
    case .match(let subject, let cases):
      put("Match(subject=")
      expr(subject)
      put(", cases=")
      list(cases) { d, c in
        d.put("match_case(pattern=")
        d.pattern(c.pattern)
        d.optional("guard", c.guardTest)
        d.stmts(", body", c.body)
        d.put(")")
      }
    case .raise(let exc, let cause):
      put("Raise(")
      if let e = exc { put("exc="); expr(e); optional("cause", cause) } else { empty = true }
    case .try(let body, let handlers, let orelse, let final): tryStatement("Try", body, handlers, orelse, final)
    case .tryStar(let body, let handlers, let orelse, let final): tryStatement("TryStar", body, handlers, orelse, final)
    case .assert(let test, let msg):
      put("Assert(test=")
      expr(test)
      optional("msg", msg)
    case .import(let names): put("Import("); aliases(names)
    case .importFrom(let module, let names, let level):
      put("ImportFrom(")
      if let m = module { put("module="); string(m); put(", ") }
      aliases(names)
      put(", level=\(level)")
    case .global(let names): put("Global(names="); list(names) { $0.string($1) }
    case .nonlocal(let names): put("Nonlocal(names="); list(names) { $0.string($1) }
    case .expr(let e): put("Expr(value="); expr(e)
    case .pass: put("Pass("); empty = true
    case .break: put("Break("); empty = true
    case .continue: put("Continue("); empty = true
    }
    close(s.range, empty: empty)
  }

  mutating func function(_ node: String, _ f: FunctionDef) {
    put("\(node)(name=")
    string(f.name)
    put(", args=")
    arguments(f.args)
    stmts(", body", f.body)
    exprs(", decorator_list", f.decorators)
    optional("returns", f.returns)
    optional("type_comment", f.typeComment)
  }

  mutating func loop(_ node: String, _ target: Expr, _ iter: Expr, _ body: [Stmt], _ orelse: [Stmt], _ comment: String?) {
    put("\(node)(target=")
    expr(target)
    optional("iter", iter)
    stmts(", body", body)
    stmts(", orelse", orelse)
    optional("type_comment", comment)
  }

  mutating func with(_ node: String, _ items: [WithItem], _ body: [Stmt], _ comment: String?) {
    put("\(node)(items=")
    list(items) { d, i in
      d.put("withitem(context_expr=")
      d.expr(i.context)
      d.optional("optional_vars", i.target)
      d.put(")")
    }
    stmts(", body", body)
    optional("type_comment", comment)
  }

  mutating func tryStatement(_ node: String, _ body: [Stmt], _ handlers: [ExceptHandler], _ orelse: [Stmt], _ final: [Stmt]) {
    put("\(node)(")
    stmts("body", body)
    put(", handlers=")
    list(handlers) { d, h in
      d.put("ExceptHandler(")
      if let t = h.type { d.put("type="); d.expr(t); d.optional("name", h.name); d.put(", ") }
      d.stmts("body", h.body)
      d.close(h.range)
    }
    stmts(", orelse", orelse)
    stmts(", finalbody", final)
  }

  mutating func aliases(_ names: [Alias]) {
    put("names=")
    list(names) { d, a in
      d.put("alias(name=")
      d.string(a.name)
      d.optional("asname", a.asName)
      d.close(a.range)
    }
  }

  mutating func keyword(_ k: Keyword) {
    put("keyword(")
    if let n = k.name { put("arg="); string(n); put(", ") }
    put("value=")
    expr(k.value)
    close(k.range)
  }

  mutating func argument(_ a: Arg) {
    put("arg(arg=")
    string(a.name)
    optional("annotation", a.annotation)
    optional("type_comment", a.typeComment)
    close(a.range)
  }

  mutating func arguments(_ a: Arguments) {
    put("arguments(posonlyargs=")
    list(a.posOnly) { $0.argument($1) }
    put(", args=")
    list(a.args) { $0.argument($1) }
    if let v = a.vararg { put(", vararg="); argument(v) }
    put(", kwonlyargs=")
    list(a.kwOnly) { $0.argument($1) }
    put(", kw_defaults=")
    list(a.kwDefaults) { d, e in if let e = e { d.expr(e) } else { d.put("None") } }
    if let k = a.kwarg { put(", kwarg="); argument(k) }
    exprs(", defaults", a.defaults)
    put(")")
  }

  // MARK: Expressions

  mutating func expr(_ e: Expr) {
    switch e.kind {
    case .boolOp(let op, let values):
      put("BoolOp(op=\(op == .and ? "And" : "Or")()")
      exprs(", values", values)
    case .namedExpr(let target, let value): put("NamedExpr(target="); expr(target); optional("value", value)
    case .binOp(let l, let op, let r):
      put("BinOp(left=")
      expr(l)
      put(", op=\(binaryNames[Int(op.rawValue)])()")
      optional("right", r)
    case .unaryOp(let op, let v):
      let name: String
      switch op {
      case .invert: name = "Invert"
      case .not: name = "Not"
      case .plus: name = "UAdd"
      case .minus: name = "USub"
      }
      put("UnaryOp(op=\(name)()")
      optional("operand", v)
    case .lambda(let a, let body): put("Lambda(args="); arguments(a); optional("body", body)
    case .ifExp(let test, let body, let orelse):
      put("IfExp(test=")
      expr(test)
      optional("body", body)
      optional("orelse", orelse)
    case .dict(let keys, let values):
      put("Dict(keys=")
      list(keys) { d, k in if let k = k { d.expr(k) } else { d.put("None") } }
      exprs(", values", values)
    case .set(let items): put("Set("); exprs("elts", items)
    case .listComp(let e, let c): put("ListComp(elt="); expr(e); generators(c)
    case .setComp(let e, let c): put("SetComp(elt="); expr(e); generators(c)
    case .generatorExp(let e, let c): put("GeneratorExp(elt="); expr(e); generators(c)
    case .dictComp(let k, let v, let c): put("DictComp(key="); expr(k); optional("value", v); generators(c)
    case .await(let v): put("Await(value="); expr(v)
    case .yield(let v):
      put("Yield(")
      if let v = v { put("value="); expr(v) } else { close(e.range, empty: true); return }
    case .yieldFrom(let v): put("YieldFrom(value="); expr(v)
    case .compare(let l, let ops, let rest):
      put("Compare(left=")
      expr(l)
      put(", ops=")
      list(ops) { d, o in d.put("\(comparisonName(o))()") }
      exprs(", comparators", rest)
    case .call(let f, let args, let keywords):
      put("Call(func=")
      expr(f)
      exprs(", args", args)
      put(", keywords=")
      list(keywords) { $0.keyword($1) }
    case .formattedValue(let v, let conversion, let spec):
      put("FormattedValue(value=")
      expr(v)
      put(", conversion=\(conversion == 0 ? -1 : Int(conversion))")
      optional("format_spec", spec)
    case .joinedStr(let parts): put("JoinedStr("); exprs("values", parts)
    case .constant(let c):
      put("Constant(value=")
      constant(c)
      if case .strU = c { put(", kind='u'") }
    case .attribute(let v, let n, let ctx):
      put("Attribute(value=")
      expr(v)
      put(", attr=")
      string(n)
      context(ctx)
    case .subscript(let v, let i, let ctx): put("Subscript(value="); expr(v); optional("slice", i); context(ctx)
    case .starred(let v, let ctx): put("Starred(value="); expr(v); context(ctx)
    case .name(let n, let ctx): put("Name(id="); string(n); context(ctx)
    case .list(let items, let ctx): put("List("); exprs("elts", items); context(ctx)
    case .tuple(let items, let ctx): put("Tuple("); exprs("elts", items); context(ctx)
    case .slice(let lower, let upper, let step):
      put("Slice(")
      var first = true
      for (name, part) in [("lower", lower), ("upper", upper), ("step", step)] {
        guard let p = part else { continue }
        put(first ? "\(name)=" : ", \(name)=")
        first = false
        expr(p)
      }
      close(e.range, empty: first)
      return
    }
    close(e.range)
  }

  mutating func context(_ c: ExprContext) {
    switch c {
    case .load: put(", ctx=Load()")
    case .store: put(", ctx=Store()")
    case .del: put(", ctx=Del()")
    }
  }

  mutating func generators(_ clauses: [Comprehension]) {
    put(", generators=")
    list(clauses) { d, c in
      d.put("comprehension(target=")
      d.expr(c.target)
      d.optional("iter", c.iter)
      d.exprs(", ifs", c.ifs)
      d.put(", is_async=\(c.isAsync ? 1 : 0))")
    }
  }

  mutating func constant(_ c: Constant) {
    switch c {
    case .none: put("None")
    case .true: put("True")
    case .false: put("False")
    case .ellipsis: put("Ellipsis")
    case .int(let v): put(String(v))
    case .bigInt(let digits): put(digits)
    case .float(let v): put(reprFloat(v, imaginary: false))
    case .complex(let re, let im):
      put(re == 0 && re.sign == .plus ? reprFloat(im, imaginary: true) + "j"
        : "(\(reprFloat(re, imaginary: true))\(im.sign == .minus ? "" : "+")\(reprFloat(im, imaginary: true))j)")
    case .str(let t), .strU(let t): put(reprText(t.scalars))
    case .bytes(let b): put(reprBytes(b))
    case .tuple(let items):
      put("(")
      for (i, v) in items.enumerated() {
        if i > 0 { put(", ") }
        constant(v)
      }
      put(items.count == 1 ? ",)" : ")")
    case .frozenSet(let items):
      put("frozenset({")
      for (i, v) in items.enumerated() {
        if i > 0 { put(", ") }
        constant(v)
      }
      put("})")
    }
  }

  // MARK: Patterns

  mutating func patterns(_ field: String, _ items: [Pattern]) {
    put(field)
    put("=")
    list(items) { $0.pattern($1) }
  }

  mutating func pattern(_ p: Pattern) {
    var empty = false
    switch p.kind {
    case .value(let e): put("MatchValue(value="); expr(e)
    case .singleton(let c): put("MatchSingleton(value="); constant(c)
    case .sequence(let items): put("MatchSequence("); patterns("patterns", items)
    case .mapping(let keys, let values, let rest):
      put("MatchMapping(")
      exprs("keys", keys)
      patterns(", patterns", values)
      optional("rest", rest)
    case .class(let cls, let positional, let attributes, let keywordPatterns):
      put("MatchClass(cls=")
      expr(cls)
      patterns(", patterns", positional)
      put(", kwd_attrs=")
      list(attributes) { $0.string($1) }
      patterns(", kwd_patterns", keywordPatterns)
    case .star(let name):
      put("MatchStar(")
      if let n = name { put("name="); string(n) } else { empty = true }
    case .as(let inner, let name):
      put("MatchAs(")
      if let i = inner {
        put("pattern=")
        pattern(i)
        optional("name", name)
      } else if let n = name { put("name="); string(n) } else { empty = true }
    case .or(let items): put("MatchOr("); patterns("patterns", items)
    }
    close(p.range, empty: empty)
  }
}

private let binaryNames = ["Add", "Sub", "Mult", "MatMult", "Div", "Mod", "Pow", "LShift", "RShift", "BitOr", "BitXor",
                           "BitAnd", "FloorDiv"]

private func comparisonName(_ o: CompareOperator) -> String {
  switch o {
  case .eq: return "Eq"
  case .notEq: return "NotEq"
  case .lt: return "Lt"
  case .ltE: return "LtE"
  case .gt: return "Gt"
  case .gtE: return "GtE"
  case .is: return "Is"
  case .isNot: return "IsNot"
  case .in: return "In"
  case .notIn: return "NotIn"
  }
}

// MARK: Literals as repr shows them

private func reprText(_ s: [UInt32]) -> String {
  let quote: UInt32 = s.contains(39) && !s.contains(34) ? 34 : 39
  var out = String.UnicodeScalarView()
  func raw(_ v: UInt32) { out.append(Unicode.Scalar(v)!) }
  func text(_ t: String) { out.append(contentsOf: t.unicodeScalars) }
  raw(quote)
  for c in s {
    switch c {
    case quote, 92: raw(92); raw(c)
    case 10: text("\\n")
    case 13: text("\\r")
    case 9: text("\\t")
    case 32..<127: raw(c)
    case 0..<256 where c < 127 || !isPrintable(c): text("\\x" + hex(c, 2))
    default:
      if isPrintable(c) { raw(c) } else { text(c < 256 ? "\\x" + hex(c, 2) : c < 0x10000 ? "\\u" + hex(c, 4) : "\\U" + hex(c, 8)) }
    }
  }
  raw(quote)
  return String(out)
}

private func reprBytes(_ b: [UInt8]) -> String {
  let quote: UInt8 = b.contains(39) && !b.contains(34) ? 34 : 39
  var out: [UInt8] = [98, quote]
  for c in b {
    switch c {
    case quote, 92: out += [92, c]
    case 10: out += Array("\\n".utf8)
    case 13: out += Array("\\r".utf8)
    case 9: out += Array("\\t".utf8)
    case 32..<127: out.append(c)
    default: out += Array(("\\x" + hex(c, 2)).utf8)
    }
  }
  out.append(quote)
  return String(decoding: out, as: UTF8.self)
}

/// The shortest digits that read back as `v`, laid out as Python does.
private func reprFloat(_ v: Double, imaginary: Bool) -> String {
  // ast.dump writes an infinity as repr does.
  if v.isInfinite { return v < 0 ? "-inf" : "inf" }
  if v.isNaN { return "nan" }
  var digits: [UInt8] = []
  var exponent = 0
  var point: Int?
  var inExponent = false
  var exponentText = ""
  for c in v.magnitude.description.utf8 {
    if c == 101 || c == 69 { inExponent = true } else if inExponent { exponentText.unicodeScalars.append(Unicode.Scalar(c)) }
    else if c == 46 { point = digits.count } else { digits.append(c) }
  }
  exponent = Int(exponentText.hasPrefix("+") ? String(exponentText.dropFirst()) : exponentText) ?? 0
  var decimalPoint = (point ?? digits.count) + exponent
  while digits.count > 1 && digits[0] == 48 { digits.removeFirst(); decimalPoint -= 1 }
  while digits.count > 1 && digits[digits.count - 1] == 48 { digits.removeLast() }
  if digits == [48] { decimalPoint = 1 }
  let text = String(decoding: digits, as: UTF8.self)
  var out = v.sign == .minus ? "-" : ""
  if decimalPoint > 16 || decimalPoint < -3 {
    let e = decimalPoint - 1
    out += String(text.prefix(1))
    if digits.count > 1 { out += "." + text.dropFirst() }
    out += "e\(e < 0 ? "-" : "+")\(abs(e) < 10 ? "0" : "")\(abs(e))"
    return out
  }
  if decimalPoint <= 0 { return out + "0." + String(repeating: "0", count: -decimalPoint) + text }
  if decimalPoint >= digits.count {
    return out + text + String(repeating: "0", count: decimalPoint - digits.count) + (imaginary ? "" : ".0")
  }
  return out + text.prefix(decimalPoint) + "." + text.dropFirst(decimalPoint)
}
