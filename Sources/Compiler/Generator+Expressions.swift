// Expressions to a register.

import Bytecode
import Syntax

extension BinaryOperator {
  func opcode(_ base: Opcode) -> Opcode { Opcode(rawValue: base.rawValue + rawValue)! }
}

extension Generator {
  func codeConstant(_ c: Constant) -> CodeConstant {
    switch c {
    case .none: return .none
    case .true: return .true
    case .false: return .false
    case .ellipsis: return .ellipsis
    case .int(let i): return .int(i)
    case .bigInt(let s): return .bigInt(s)
    case .float(let d): return .float(d)
    case .complex(let r, let i): return .complex(r, i)
    case .str(let t), .strU(let t): return .str(t.scalars)
    case .bytes(let b): return .bytes(b)
    case .tuple(let t): return .tuple(t.map(codeConstant))
    case .frozenSet(let t): return .frozenSet(t.map(codeConstant))
    }
  }

  static func text(_ s: String) -> CodeConstant { .str(s.unicodeScalars.map { $0.value }) }

  func loadConstant(_ c: CodeConstant, into d: Int) {
    if case .int(let i) = c, i >= -32768, i <= 32767 { code.emit(.loadI, d, i) } else { code.emit(.loadK, d, code.constant(c)) }
  }

  func loadConstant(_ c: Constant, into d: Int) { loadConstant(codeConstant(c), into: d) }

  /// The pool index of `e`'s constant, when it is one that an 8- or 16-bit operand can name.
  func constantOperand(_ e: Expr) -> Int? {
    guard case .constant(let c) = e.kind else { return nil }
    let k = code.constant(codeConstant(c))
    return k <= 0xffff ? k : nil
  }

  // MARK: Entry points

  /// The value of `e` in a register: the variable's own, or a new temporary on top.
  func value(_ e: Expr) throws -> Int {
    if case .name(let id, .load) = e.kind {
      let n = mangle(id)
      if case .local(let r) = place(n) {
        at(e.range) { checkBound(r, n) }
        return r
      }
    }
    let t = newTemp()
    try value(e, into: t)
    return t
  }

  /// As `value`, in `hint` where that is a temporary and a place is needed.
  func value(_ e: Expr, hint: Int) throws -> Int {
    if isVariable(hint) { return try value(e) }
    if case .name(let id, .load) = e.kind, case .local = place(mangle(id)) { return try value(e) }
    try value(e, into: hint)
    return hint
  }

  /// An operand that others are evaluated after: a copy where an assignment expression could change the variable.
  func operand(_ e: Expr) throws -> Int { stable(try value(e)) }
  func operand(_ e: Expr, hint: Int) throws -> Int { stable(try value(e, hint: hint)) }

  func stable(_ r: Int) -> Int {
    guard isVariable(r), named.contains(r) else { return r }
    let t = newTemp()
    code.emit(.move, t, r)
    return t
  }

  /// Values of `es` in a window of new temporaries.
  func window(_ es: [Expr]) throws -> Int {
    let w = newTemp(es.count)
    for (i, e) in es.enumerated() { try value(e, into: w + i) }
    return w
  }

  /// Evaluates for effect.
  func effect(_ e: Expr) throws {
    let m = temp
    if case .name(let id, .load) = e.kind, case .local = place(mangle(id)) { _ = try value(e) } else { try value(e, into: newTemp()) }
    temp = m
  }

  func value(_ e: Expr, into d: Int) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    let saved = code.location, mark = temp
    code.location = e.range
    defer { code.location = saved; temp = mark }
    switch e.kind {
    case .constant(let c): loadConstant(c, into: d)
    case .name(let id, _): load(id, into: d)
    case .attribute(let v, let n, _): try attribute(e, v, n, d)
    case .call(let f, let args, let keywords): try call(e, f, args, keywords, d)
    case .binOp: try binary(e, d)
    case .subscript(let v, let i, _): try subscripted(v, i, d)
    case .compare(let l, let ops, let rs): try compare(l, ops, rs, d)
    case .boolOp(let op, let vs): try boolOp(op, vs, d)
    case .unaryOp(let op, let v): try unary(op, v, d)
    case .tuple(let es, _): try sequence(es, .tuple, d)
    case .list(let es, _): try sequence(es, .list, d)
    case .set(let es): try sequence(es, .set, d)
    case .dict(let ks, let vs): try dictionary(ks, vs, d)
    case .ifExp(let t, let b, let o): try conditional(t, b, o, d)
    case .joinedStr(let vs): try joined(vs, d)
    case .formattedValue(let v, let conversion, let spec): try formatted(v, conversion, spec, d)
    case .namedExpr(let t, let v): try namedExpr(t, v, d)
    case .lambda(let a, let b): try lambda(e, a, b, d)
    case .listComp(let x, let g): try comprehension(e, .list, "<listcomp>", x, nil, g, d)
    case .setComp(let x, let g): try comprehension(e, .set, "<setcomp>", x, nil, g, d)
    case .dictComp(let k, let v, let g): try comprehension(e, .dict, "<dictcomp>", k, v, g, d)
    case .generatorExp(let x, let g): try comprehension(e, .generator, "<genexpr>", x, nil, g, d)
    case .await(let v): try awaitExpr(v, d)
    case .yield(let v): try yieldExpr(v, d)
    case .yieldFrom(let v): try yieldFrom(v, d)
    case .slice(let l, let u, let s): try slice(l, u, s, d)
    case .starred(_, let context):
      throw failure(context == .store ? "starred assignment target must be in a list or tuple" : "can't use starred expression here")
    }
  }

  // MARK: Operators

  private func binary(_ e: Expr, _ d: Int) throws {
    var chain: [Expr] = [], left = e
    while case .binOp(let l, _, _) = left.kind { chain.append(left); left = l }
    var accumulator = isVariable(d) ? -1 : d
    var r = accumulator >= 0 ? try operand(left, hint: accumulator) : try operand(left)
    if accumulator < 0, !isVariable(r) { accumulator = r }
    for (i, node) in chain.enumerated().reversed() {
      guard case .binOp(_, let op, let right) = node.kind else { continue }
      if i > 0, accumulator < 0 { accumulator = newTemp() }
      let m = temp
      let target = i == 0 ? d : accumulator
      try binary(op, .add, .addK, r, right, target, node.range)
      temp = m
      r = target
    }
  }

  /// target = r op right, with the opcodes that begin at `base` and `baseK`.
  func binary(_ op: BinaryOperator, _ base: Opcode, _ baseK: Opcode, _ r: Int, _ right: Expr, _ target: Int, _ range: SourceRange) throws {
    if let k = constantOperand(right) {
      at(range) { code.emit(op.opcode(baseK), target, r, k) }
    } else {
      let s = try value(right)
      at(range) { code.emit(op.opcode(base), target, r, s) }
    }
  }

  private func unary(_ op: UnaryOperator, _ v: Expr, _ d: Int) throws {
    let r = try value(v, hint: d)
    switch op {
    case .invert: code.emit(.invert, d, r)
    case .not: code.emit(.not, d, r)
    case .plus: code.emit(.pos, d, r)
    case .minus: code.emit(.neg, d, r)
    }
  }

  private func boolOp(_ op: BoolOperator, _ vs: [Expr], _ d: Int) throws {
    let w = workRegister(d), end = code.label()
    for (i, v) in vs.enumerated() {
      try value(v, into: w)
      if i < vs.count - 1 { code.test(.jtrue, w, 0, op == .or ? 1 : 0, end) }
    }
    code.place(end)
    deliver(w, d)
  }

  private func conditional(_ t: Expr, _ b: Expr, _ o: Expr, _ d: Int) throws {
    let other = code.label(), end = code.label()
    try jump(t, if: false, to: other)
    try value(b, into: d)
    code.jump(end)
    code.place(other)
    try value(o, into: d)
    code.place(end)
  }

  // MARK: Comparisons

  private func comparison(_ op: CompareOperator) -> Opcode {
    switch op {
    case .eq: return .eq
    case .notEq: return .ne
    case .lt: return .lt
    case .ltE: return .le
    case .gt: return .gt
    case .gtE: return .ge
    case .is: return .isOp
    case .isNot: return .isNot
    case .in: return .in
    case .notIn: return .notIn
    }
  }

  private func compare(_ l: Expr, _ ops: [CompareOperator], _ rs: [Expr], _ d: Int) throws {
    try checkIdentity(l, ops, rs)
    let w = ops.count > 1 ? workRegister(d) : d
    // In a chain the work register is written before the last operand is read.
    var a = ops.count > 1 ? try operand(l) : try operand(l, hint: d)
    let end = code.label()
    for (i, op) in ops.enumerated() {
      let last = i == ops.count - 1
      let b = last ? try value(rs[i]) : try operand(rs[i])
      code.emit(comparison(op), w, a, b)
      if !last { code.test(.jtrue, w, 0, 0, end) }
      a = b
    }
    code.place(end)
    deliver(w, d)
  }

  /// Jumps to `l` when the truth of `e` is `condition`, else goes on.
  func jump(_ e: Expr, if condition: Bool, to l: Label) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    let mark = temp
    defer { temp = mark }
    // Only comparisons have a position here, and it stays in force for what follows.
    switch e.kind {
    case .unaryOp(.not, let v): return try jump(v, if: !condition, to: l)
    case .constant(let c):
      if ConstantArithmetic.truth(c) == condition { code.jump(l) }
      return
    case .boolOp(let op, let vs):
      // `or` jumps early when true; where that is not the wanted jump, it goes past the end.
      let early = op == .or
      if early == condition {
        for v in vs { try jump(v, if: condition, to: l) }
      } else {
        let past = code.label()
        for v in vs.dropLast() { try jump(v, if: early, to: past) }
        try jump(vs[vs.count - 1], if: condition, to: l)
        code.place(past)
      }
      return
    case .ifExp(let t, let b, let o):
      let other = code.label(), end = code.label()
      try jump(t, if: false, to: other)
      try jump(b, if: condition, to: l)
      code.jump(end)
      code.place(other)
      try jump(o, if: condition, to: l)
      code.place(end)
      return
    case .compare(let left, let ops, let rs):
      code.location = e.range
      try checkIdentity(left, ops, rs)
      var a = try operand(left)
      if ops.count == 1 { return try jumpCompare(a, ops[0], rs[0], condition, l, e.range) }
      let fail = condition ? code.label() : l
      for (i, op) in ops.enumerated() {
        if i == ops.count - 1 {
          let b = try value(rs[i])
          jumpCompare(a, op, b, condition, l)
        } else {
          let b = try operand(rs[i])
          jumpCompare(a, op, b, false, fail)
          a = b
        }
      }
      if condition { code.place(fail) }
      return
    default: break
    }
    let r = try value(e)
    code.test(.jtrue, r, 0, condition ? 1 : 0, l)
  }

  private func jumpCompare(_ a: Int, _ op: CompareOperator, _ right: Expr, _ condition: Bool, _ l: Label, _ range: SourceRange) throws {
    if let k = constantOperand(right) {
      let c = condition ? 1 : 0
      switch op {
      case .eq: return code.test(.jeqK, a, k, c, l)
      case .notEq: return code.test(.jneK, a, k, c, l)
      case .lt: return code.test(.jltK, a, k, c, l)
      case .ltE: return code.test(.jleK, a, k, c, l)
      case .gt: return code.test(.jgtK, a, k, c, l)
      case .gtE: return code.test(.jgeK, a, k, c, l)
      case .is, .isNot:
        switch right.kind {
        case .constant(.none), .constant(.true), .constant(.false), .constant(.ellipsis):
          return code.test(.jisK, a, k, (op == .is) == condition ? 1 : 0, l)
        default: break
        }
      case .in, .notIn: break
      }
    }
    let b = try value(right)
    jumpCompare(a, op, b, condition, l)
  }

  private func jumpCompare(_ a: Int, _ op: CompareOperator, _ b: Int, _ condition: Bool, _ l: Label) {
    let c = condition ? 1 : 0
    switch op {
    case .eq: code.test(.jeq, a, b, c, l)
    case .notEq: code.test(.jne, a, b, c, l)
    case .lt: code.test(.jlt, a, b, c, l)
    case .ltE: code.test(.jle, a, b, c, l)
    case .gt: code.test(.jgt, a, b, c, l)
    case .gtE: code.test(.jge, a, b, c, l)
    case .is: code.test(.jis, a, b, c, l)
    case .isNot: code.test(.jis, a, b, 1 - c, l)
    case .in: code.test(.jin, a, b, c, l)
    case .notIn: code.test(.jin, a, b, 1 - c, l)
    }
  }

  // MARK: Attributes and items

  /// A chain over several lines is attributed to the line of its last attribute.
  func attributeRange(_ r: SourceRange, _ attribute: Expr, _ name: String) -> SourceRange {
    var r = r
    let end = attribute.range
    if r.line != end.endLine {
      r.line = end.endLine
      let n = Int32(name.unicodeScalars.count)
      if n <= end.endColumn {
        r.column = end.endColumn - n
      } else {
        r.column = -1
        r.endColumn = -1
      }
      if r.endLine < r.line { r.endLine = r.line }
    }
    return r
  }

  private func attribute(_ e: Expr, _ v: Expr, _ n: String, _ d: Int) throws {
    let r = try value(v, hint: d)
    code.location = attributeRange(e.range, e, n)
    code.emit(.getAttr, d, r, code.name(mangle(n)))
  }

  private func subscripted(_ v: Expr, _ i: Expr, _ d: Int) throws {
    try checkSubscript(v, i)
    let r = try operand(v, hint: d)
    if let k = constantOperand(i) { return code.emit(.getItemK, d, r, k) }
    let s = try value(i)
    code.emit(.getItem, d, r, s)
  }

  private func slice(_ l: Expr?, _ u: Expr?, _ s: Expr?, _ d: Int) throws {
    let w = newTemp(3)
    for (i, part) in [l, u, s].enumerated() {
      if let p = part { try value(p, into: w + i) } else { loadConstant(CodeConstant.none, into: w + i) }
    }
    code.emit(.buildSlice, d, w)
  }

  // MARK: Displays

  enum Display { case tuple, list, set }

  func isStarred(_ e: Expr) -> Bool { if case .starred = e.kind { return true }; return false }

  /// Elements built from a window at most; more are appended one by one, so that frames stay small.
  static let windowLimit = 64

  func sequence(_ es: [Expr], _ display: Display, _ d: Int) throws {
    if display != .tuple, es.count > 2, let constants = constantElements(es) {
      let w = workRegister(d), t = newTemp()
      if display == .list {
        code.emit(.buildList, w, t, 0)
        loadConstant(.tuple(constants), into: t)
        code.emit(.listExtend, w, t)
      } else {
        code.emit(.buildSet, w, t, 0)
        loadConstant(.frozenSet(constants), into: t)
        code.emit(.setUpdate, w, t)
      }
      return deliver(w, d)
    }
    if es.count <= Generator.windowLimit, !es.contains(where: isStarred) {
      let w = try window(es)
      switch display {
      case .tuple: code.emit(.buildTuple, d, w, es.count)
      case .list: code.emit(.buildList, d, w, es.count)
      case .set: code.emit(.buildSet, d, w, es.count)
      }
      return
    }
    let w = workRegister(d)
    try build(es, set: display == .set, into: w)
    if display == .tuple { intrinsic(.listToTuple, d, w) } else { deliver(w, d) }
  }

  private func constantElements(_ es: [Expr]) -> [CodeConstant]? {
    var out: [CodeConstant] = []
    for e in es {
      guard case .constant(let c) = e.kind else { return nil }
      out.append(codeConstant(c))
    }
    return out
  }

  /// A list or set of `es`, starred ones among them, in the temporary `w`.
  func build(_ es: [Expr], set: Bool, into w: Int) throws {
    let head = min(es.firstIndex(where: isStarred) ?? es.count, Generator.windowLimit)
    let m = temp
    let first = try window(Array(es[..<head]))
    code.emit(set ? .buildSet : .buildList, w, first, head)
    temp = m
    for e in es[head...] {
      let mark = temp
      if case .starred(let v, _) = e.kind {
        let r = try value(v)
        code.emit(set ? .setUpdate : .listExtend, w, r)
      } else {
        let r = try value(e)
        code.emit(set ? .setAdd : .listAppend, w, r)
      }
      temp = mark
    }
  }

  private func dictionary(_ ks: [Expr?], _ vs: [Expr], _ d: Int) throws {
    let head = min(ks.firstIndex { $0 == nil } ?? ks.count, 16)
    let w = head < ks.count ? workRegister(d) : d
    let m = temp
    let first = newTemp(2 * head)
    for i in 0..<head {
      try value(ks[i]!, into: first + 2 * i)
      try value(vs[i], into: first + 2 * i + 1)
    }
    code.emit(.buildMap, w, first, head)
    temp = m
    for i in head..<ks.count {
      let mark = temp
      if let k = ks[i] {
        let a = try operand(k), b = try value(vs[i])
        code.emit(.mapAdd, w, a, b)
      } else {
        let r = try value(vs[i])
        code.emit(.dictUpdate, w, r)
      }
      temp = mark
    }
    deliver(w, d)
  }

  // MARK: Strings

  private func joined(_ vs: [Expr], _ d: Int) throws {
    if vs.isEmpty { return loadConstant(CodeConstant.str([]), into: d) }
    if vs.count == 1 { return try value(vs[0], into: d) }
    if vs.count <= 256 {
      let w = try window(vs)
      return code.emit(.buildString, d, w, vs.count)
    }
    // Very long: pieces of pieces.
    let step = (vs.count + 255) / 256
    if step <= 256 {
      let parts = stride(from: 0, to: vs.count, by: 256).map { Array(vs[$0..<min($0 + 256, vs.count)]) }
      let w = newTemp(parts.count)
      for (i, p) in parts.enumerated() { try joined(p, w + i) }
      return code.emit(.buildString, d, w, parts.count)
    }
    let w = newTemp(2)
    for (i, v) in vs.enumerated() {
      try value(v, into: i == 0 ? w : w + 1)
      if i > 0 { code.emit(.buildString, w, w, 2) }
    }
    deliver(w, d)
  }

  private func formatted(_ v: Expr, _ conversion: UInt8, _ spec: Expr?, _ d: Int) throws {
    let c: Int
    switch conversion {
    case UInt8(ascii: "s"): c = 1
    case UInt8(ascii: "r"): c = 2
    case UInt8(ascii: "a"): c = 3
    default: c = 0
    }
    guard let s = spec else {
      let r = try value(v, hint: d)
      return code.emit(.formatValue, d, r, c)
    }
    let w = newTemp(2)
    try value(v, into: w)
    try value(s, into: w + 1)
    code.emit(.formatValue, d, w, c + 4)
  }

  // MARK: Assignment expressions

  private func namedExpr(_ t: Expr, _ v: Expr, _ d: Int) throws {
    guard case .name(let id, _) = t.kind else { return }
    if let r = localRegister(t) {
      try value(v, into: r)
      code.bound.insert(r)
      return deliver(r, d)
    }
    let w = workRegister(d)
    try value(v, into: w)
    try at(t.range) { try store(id, from: w) }
    deliver(w, d)
  }

  // MARK: Suspension

  /// Sends to the iterator in `it` until it ends; its result is in `r`, a temporary.
  /// Law: the loop is exactly SEND r it, JMP out, YIELD r r it, LOOP.
  func delegate(to it: Int, result r: Int) {
    loadConstant(CodeConstant.none, into: r)
    let head = code.label(), out = code.label()
    code.placeLoopHead(head, minus: BoundSet(count: 0))
    code.test(.send, r, it, 0, out)
    code.emit(.yield, r, r, it + 1)
    code.jump(head)
    code.place(out)
  }

  func awaitResult(_ prepare: Intrinsic, _ x: Int, into d: Int) {
    let m = temp, it = newTemp()
    intrinsic(prepare, it, x)
    let r = workRegister(d)
    delegate(to: it, result: r)
    deliver(r, d)
    temp = m
  }

  private func awaitExpr(_ v: Expr, _ d: Int) throws {
    let topLevel = kind == .module && shared.options.allowTopLevelAwait
    if !topLevel {
      if !isFunction { throw failure("'await' outside function") }
      if kind != .asyncFunction, kind != .comprehension { throw failure("'await' outside async function") }
    }
    let r = try value(v)
    awaitResult(.getAwaitable, r, into: d)
  }

  private func yieldExpr(_ v: Expr?, _ d: Int) throws {
    if !isFunction { throw failure("'yield' outside function") }
    var r: Int
    if let v = v { r = try value(v, hint: d) } else {
      r = newTemp()
      loadConstant(CodeConstant.none, into: r)
    }
    r = wrapForAsync(r)
    code.emit(.yield, d, r, 0)
  }

  /// In an async generator a value to yield is marked as one.
  func wrapForAsync(_ r: Int) -> Int {
    guard scope.isCoroutine, scope.isGenerator else { return r }
    let t = newTemp()
    intrinsic(.asyncGenWrap, t, r)
    return t
  }

  private func yieldFrom(_ v: Expr, _ d: Int) throws {
    if !isFunction { throw failure("'yield' outside function") }
    if kind == .asyncFunction { throw failure("'yield from' inside async function") }
    let r = try value(v)
    awaitResult(.getYieldFromIter, r, into: d)
  }
}
