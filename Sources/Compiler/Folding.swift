// Constant folding: one walk that rewrites the tree in place before names are resolved.
//
// Law: folding never changes what a program does; an operation that would raise, or whose result is large, stays.

import Bytecode
import Syntax

struct Folder {
  let shared: CompilerContext
  private var depth = 0

  init(_ shared: CompilerContext) { self.shared = shared }

  // MARK: Statements

  mutating func fold(body: [Stmt]) throws { for s in body { try fold(s) } }

  private mutating func fold(_ s: Stmt) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    switch s.kind {
    case .functionDef(let f), .asyncFunctionDef(let f):
      try fold(f.args)
      for d in f.decorators { try fold(d) }
      if let r = f.returns, !shared.futureAnnotations { try fold(r) }
      try fold(body: f.body)
    case .classDef(let c):
      for b in c.bases { try fold(b) }
      for k in c.keywords { try fold(k.value) }
      for d in c.decorators { try fold(d) }
      try fold(body: c.body)
    case .return(let e): if let e = e { try fold(e) }
    case .delete(let es): for e in es { try fold(e) }
    case .assign(let targets, let value, _):
      for t in targets { try fold(t) }
      try fold(value)
    case .augAssign(let t, _, let v):
      try fold(t)
      try fold(v)
    case .annAssign(let t, let a, let v, _):
      try fold(t)
      if !shared.futureAnnotations { try fold(a) }
      if let v = v { try fold(v) }
    case .for(let t, let i, let b, let o, _), .asyncFor(let t, let i, let b, let o, _):
      try fold(t)
      try fold(i)
      foldIterable(i)
      try fold(body: b)
      try fold(body: o)
    case .while(let t, let b, let o):
      try fold(t)
      try fold(body: b)
      try fold(body: o)
    case .if:
      var link = s
      while case .if(let t, let b, let o) = link.kind {
        try fold(t)
        try fold(body: b)
        if o.count == 1, case .if = o[0].kind { link = o[0]; continue }
        return try fold(body: o)
      }
    case .with(let items, let b, _), .asyncWith(let items, let b, _):
      for i in items {
        try fold(i.context)
        if let t = i.target { try fold(t) }
      }
      try fold(body: b)
    case .match(let subject, let cases):
      try fold(subject)
      for c in cases {
        try fold(c.pattern)
        if let g = c.guardTest { try fold(g) }
        try fold(body: c.body)
      }
    case .raise(let e, let c):
      if let e = e { try fold(e) }
      if let c = c { try fold(c) }
    case .try(let b, let hs, let o, let f), .tryStar(let b, let hs, let o, let f):
      try fold(body: b)
      for h in hs {
        if let t = h.type { try fold(t) }
        try fold(body: h.body)
      }
      try fold(body: o)
      try fold(body: f)
    case .assert(let t, let m):
      try fold(t)
      if let m = m { try fold(m) }
    case .expr(let e):
      let literal: Bool
      if case .constant = e.kind { literal = true } else { literal = false }
      try fold(e)
      // A string that folding made must not pass for a docstring.
      if !literal, case .constant(let c) = e.kind, c.isStr { e.kind = .joinedStr([Expr(.constant(c), e.range)]) }
    case .import, .importFrom, .global, .nonlocal, .pass, .break, .continue: break
    }
  }

  private mutating func fold(_ a: Arguments) throws {
    for d in a.defaults { try fold(d) }
    for d in a.kwDefaults { if let d = d { try fold(d) } }
    if shared.futureAnnotations { return }
    for p in a.posOnly + a.args + a.kwOnly { if let n = p.annotation { try fold(n) } }
    if let n = a.vararg?.annotation { try fold(n) }
    if let n = a.kwarg?.annotation { try fold(n) }
  }

  private mutating func fold(_ p: Pattern) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    switch p.kind {
    case .value(let e): try fold(e)
    case .singleton, .star: break
    case .sequence(let ps), .or(let ps): for q in ps { try fold(q) }
    case .mapping(let keys, let ps, _):
      for k in keys { try fold(k) }
      for q in ps { try fold(q) }
    case .class(let c, let ps, _, let ks):
      try fold(c)
      for q in ps { try fold(q) }
      for q in ks { try fold(q) }
    case .as(let q, _): if let q = q { try fold(q) }
    }
  }

  // MARK: Expressions

  private mutating func fold(_ gens: [Comprehension]) throws {
    for g in gens {
      try fold(g.target)
      try fold(g.iter)
      foldIterable(g.iter)
      for i in g.ifs { try fold(i) }
    }
  }

  mutating func fold(_ e: Expr) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    switch e.kind {
    case .constant: break
    case .name(let id, .load):
      if id == "__debug__" { e.kind = .constant(shared.options.optimize == 0 ? .true : .false) }
    case .name: break
    case .boolOp(_, let vs): for v in vs { try fold(v) }
    case .namedExpr(_, let v): try fold(v)
    case .binOp:
      var chain: [Expr] = [], left = e
      while case .binOp(let l, _, _) = left.kind { chain.append(left); left = l }
      try fold(left)
      for node in chain.reversed() {
        guard case .binOp(let l, let op, let r) = node.kind else { continue }
        try fold(r)
        if case .constant(let x) = l.kind, case .constant(let y) = r.kind, let v = ConstantArithmetic.binary(x, op, y) {
          node.kind = .constant(v)
        } else if op == .mod, case .constant(.str(let format)) = l.kind, case .tuple(let values, _) = r.kind,
                  let pieces = template(format.scalars, values, node.range) {
          node.kind = .joinedStr(pieces)
        }
      }
    case .unaryOp(let op, let v):
      try fold(v)
      if case .constant(let c) = v.kind {
        if let r = ConstantArithmetic.unary(op, c) { e.kind = .constant(r) }
      } else if op == .not, case .compare(let l, let ops, let rs) = v.kind, ops.count == 1 {
        switch ops[0] {
        case .is: e.kind = .compare(l, [.isNot], rs)
        case .isNot: e.kind = .compare(l, [.is], rs)
        case .in: e.kind = .compare(l, [.notIn], rs)
        case .notIn: e.kind = .compare(l, [.in], rs)
        default: return
        }
        e.range = v.range
      }
    case .lambda(let a, let b):
      try fold(a)
      try fold(b)
    case .ifExp(let t, let b, let o):
      try fold(t)
      try fold(b)
      try fold(o)
    case .dict(let ks, let vs):
      for k in ks { if let k = k { try fold(k) } }
      for v in vs { try fold(v) }
    case .set(let es): for x in es { try fold(x) }
    case .listComp(let x, let g), .setComp(let x, let g), .generatorExp(let x, let g):
      try fold(x)
      try fold(g)
    case .dictComp(let k, let v, let g):
      try fold(k)
      try fold(v)
      try fold(g)
    case .await(let v), .yieldFrom(let v), .starred(let v, _), .attribute(let v, _, _): try fold(v)
    case .yield(let v): if let v = v { try fold(v) }
    case .compare(let l, let ops, let rs):
      try fold(l)
      for r in rs { try fold(r) }
      if ops.last == .in || ops.last == .notIn, let r = rs.last { foldIterable(r) }
    case .call(let f, let args, let kws):
      try fold(f)
      for a in args { try fold(a) }
      for k in kws { try fold(k.value) }
    case .formattedValue(let v, _, let s):
      try fold(v)
      if let s = s { try fold(s) }
    case .joinedStr(let vs): for v in vs { try fold(v) }
    case .subscript(let v, let i, let context):
      try fold(v)
      try fold(i)
      if context == .load, case .constant(let c) = v.kind, case .constant(let k) = i.kind,
         let r = ConstantArithmetic.item(c, k) { e.kind = .constant(r) }
    case .list(let es, _): for x in es { try fold(x) }
    case .tuple(let es, let context):
      for x in es { try fold(x) }
      if context == .load, let cs = constants(es) { e.kind = .constant(.tuple(cs)) }
    case .slice(let l, let u, let s):
      if let l = l { try fold(l) }
      if let u = u { try fold(u) }
      if let s = s { try fold(s) }
    }
  }

  /// `"%s and %r" % (a, b)` as the pieces of an f-string; nil unless every value has a plain conversion of its own.
  private func template(_ format: [UInt32], _ values: [Expr], _ range: SourceRange) -> [Expr]? {
    var pieces: [Expr] = [], literal: [UInt32] = [], used = 0, i = 0
    while i < format.count {
      guard format[i] == 37 else { literal.append(format[i]); i += 1; continue }
      guard i + 1 < format.count else { return nil }
      let letter = format[i + 1]
      i += 2
      switch letter {
      case 37: literal.append(37)
      case 115, 114, 97:
        guard used < values.count else { return nil }
        if case .starred = values[used].kind { return nil }
        if !literal.isEmpty { pieces.append(Expr(.constant(.str(PyText(literal))), range)) }
        literal = []
        pieces.append(Expr(.formattedValue(values[used], conversion: UInt8(letter), spec: nil), values[used].range))
        used += 1
      default: return nil
      }
    }
    if !literal.isEmpty { pieces.append(Expr(.constant(.str(PyText(literal))), range)) }
    return used == values.count ? pieces : nil
  }

  private func constants(_ es: [Expr]) -> [Constant]? {
    var out: [Constant] = []
    out.reserveCapacity(es.count)
    for x in es {
      guard case .constant(let c) = x.kind else { return nil }
      out.append(c)
    }
    return out
  }

  /// A list or set display that is only iterated over or searched becomes a constant, or at least a tuple.
  private func foldIterable(_ e: Expr) {
    switch e.kind {
    case .list(let es, _):
      for x in es { if case .starred = x.kind { return } }
      if let cs = constants(es) { e.kind = .constant(.tuple(cs)) } else { e.kind = .tuple(es, .load) }
    case .set(let es):
      if let cs = constants(es) { e.kind = .constant(.frozenSet(cs)) }
    default: break
    }
  }
}
