// match statements.
//
// A pattern tests the subject in a register and jumps to `fail`; names it captures are remembered with the register that
// holds their value and stored only when the whole pattern has matched. Registers that may hold captures stay allocated
// until the case ends.

import Bytecode
import Syntax

/// What a pattern captured so far, and what is wanted of it.
struct PatternContext {
  var captures: [(name: String, register: Int)] = []
  var fail: Label
  /// Irrefutable patterns may stand here.
  var allowIrrefutable: Bool
}

extension Generator {
  func match(_ subject: Expr, _ cases: [MatchCase]) throws {
    let end = code.label()
    let s = newTemp()
    try value(subject, into: s)
    let mark = temp, range = code.location
    for (i, c) in cases.enumerated() {
      let next = code.label()
      code.location = c.pattern.range
      let last = i == cases.count - 1
      var context = PatternContext(fail: next, allowIrrefutable: c.guardTest != nil || last)
      try pattern(c.pattern, s, &context)
      for capture in context.captures { try store(capture.name, from: capture.register) }
      temp = mark
      if let g = c.guardTest { try jump(g, if: false, to: next) }
      if isWildcard(c.pattern) { traceLine(c.pattern.range.line) }
      try statements(c.body)
      code.location = CodeBuilder.nowhere
      code.jump(end)
      code.place(next)
      temp = mark
    }
    code.place(end)
    code.location = range
  }

  private func isWildcard(_ p: Pattern) -> Bool {
    if case .as(nil, nil) = p.kind { return true }
    return false
  }

  private func isStarPattern(_ p: Pattern) -> Bool {
    if case .star = p.kind { return true }
    return false
  }

  private func capture(_ name: String?, _ r: Int, _ context: inout PatternContext) throws {
    guard let n = name else { return }
    try forbidDebug(n, .store)
    if context.captures.contains(where: { $0.name == n }) { throw failure("multiple assignments to name '\(n)' in pattern") }
    context.captures.append((n, r))
  }

  func pattern(_ p: Pattern, _ s: Int, _ context: inout PatternContext) throws {
    depth += 1
    defer { depth -= 1 }
    if depth > CompilerContext.maximumDepth { throw shared.tooDeep() }
    // Not put back: what follows in the pattern around is attributed to the part seen last.
    code.location = p.range
    switch p.kind {
    case .value(let e):
      switch e.kind {
      case .constant, .attribute: break
      default: throw failure("patterns may only match literals and attribute lookups")
      }
      if let k = constantOperand(e) { return code.test(.jeqK, s, k, 0, context.fail) }
      let m = temp, r = try value(e)
      code.test(.jeq, s, r, 0, context.fail)
      temp = m
    case .singleton(let c): code.test(.jisK, s, code.constant(codeConstant(c)), 0, context.fail)
    case .sequence(let ps): try sequence(ps, s, &context)
    case .mapping(let keys, let ps, let rest): try mapping(keys, ps, rest, s, &context)
    case .class(let c, let ps, let names, let kps): try classPattern(c, ps, names, kps, s, &context)
    case .star: throw failure("can't use starred pattern here")
    case .as(let q, let name): try asPattern(q, name, s, &context)
    case .or(let ps): try or(ps, s, &context)
    }
  }

  /// A pattern inside another one: irrefutable ones are fine there.
  private func inner(_ p: Pattern, _ s: Int, _ context: inout PatternContext) throws {
    let allow = context.allowIrrefutable
    context.allowIrrefutable = true
    try pattern(p, s, &context)
    context.allowIrrefutable = allow
  }

  private func asPattern(_ q: Pattern?, _ name: String?, _ s: Int, _ context: inout PatternContext) throws {
    guard let q = q else {
      if !context.allowIrrefutable {
        if let n = name { throw failure("name capture '\(n)' makes remaining patterns unreachable") }
        throw failure("wildcard makes remaining patterns unreachable")
      }
      return try capture(name, s, &context)
    }
    try capture(name, s, &context)
    try pattern(q, s, &context)
  }

  // MARK: Sequences

  private func sequence(_ ps: [Pattern], _ s: Int, _ context: inout PatternContext) throws {
    var star: Int?
    var onlyWildcard = true, starWildcard = false
    for (i, p) in ps.enumerated() {
      if case .star(let n) = p.kind {
        if star != nil { throw failure("multiple starred names in sequence pattern") }
        star = i
        starWildcard = n == nil
        if n != nil { onlyWildcard = false }
      } else if !isWildcard(p) {
        onlyWildcard = false
      }
    }
    let t = newTemp()
    intrinsic(.matchSequence, t, s)
    code.test(.jtrue, t, 0, 0, context.fail)
    let size = ps.count
    if star == nil || size > 1 {
      intrinsic(.getLength, t, s)
      let k = code.constant(.int(star == nil ? size : size - 1))
      code.test(star == nil ? .jeqK : .jgeK, t, k, 0, context.fail)
    }
    if onlyWildcard {
      return
    }
    if starWildcard, let star = star { return try subscripts(ps, star, s, length: t, &context) }
    let w = newTemp(size)
    if let i = star {
      if i >= 256 || size - i - 1 >= 1 << 23 { throw failure("too many expressions in star-unpacking sequence pattern") }
      code.emit(.unpackEx, w, s, i, extra: UInt32(size - i - 1))
    } else {
      code.emit(.unpack, w, s, size)
    }
    for (i, p) in ps.enumerated() {
      if case .star(let n) = p.kind {
        try at(p.range) { try capture(n, w + i, &context) }
      } else {
        try inner(p, w + i, &context)
      }
    }
  }

  /// `[a, *_, b]`: only the items wanted are fetched.
  private func subscripts(_ ps: [Pattern], _ star: Int, _ s: Int, length: Int, _ context: inout PatternContext) throws {
    for (i, p) in ps.enumerated() where !isWildcard(p) && i != star {
      let r = newTemp()
      if i < star {
        code.emit(.getItemK, r, s, code.constant(.int(i)))
      } else {
        code.emit(.subK, r, length, code.constant(.int(ps.count - i)))
        code.emit(.getItem, r, s, r)
      }
      try inner(p, r, &context)
    }
  }

  // MARK: Mappings

  private func mapping(_ keys: [Expr], _ ps: [Pattern], _ rest: String?, _ s: Int, _ context: inout PatternContext) throws {
    let t = newTemp()
    intrinsic(.matchMapping, t, s)
    code.test(.jtrue, t, 0, 0, context.fail)
    if keys.isEmpty {
      if rest == nil { return }
    } else {
      intrinsic(.getLength, t, s)
      code.test(.jgeK, t, code.constant(.int(keys.count)), 0, context.fail)
    }
    // subject and keys, side by side
    let w = newTemp(2)
    code.emit(.move, w, s)
    var seen = Set<ConstantKey>()
    var constants: [CodeConstant]? = []
    for k in keys {
      switch k.kind {
      case .constant(let c):
        let cc = codeConstant(c)
        if !seen.insert(ConstantKey(constant: numericKey(cc))).inserted {
          throw failure("mapping pattern checks duplicate key (\(Unparser.repr(c)))")
        }
        constants?.append(cc)
      case .attribute: constants = nil
      default: throw failure("mapping pattern keys may only match literals and attribute lookups")
      }
    }
    if let cs = constants { loadConstant(.tuple(cs), into: w + 1) } else { try sequence(keys, .tuple, w + 1) }
    if !keys.isEmpty {
      intrinsic(.matchKeys, t, w)
      code.test(.jisK, t, code.constant(.none), 1, context.fail)
      let values = newTemp(keys.count)
      code.emit(.unpack, values, t, keys.count)
      for (i, p) in ps.enumerated() { try inner(p, values + i, &context) }
    }
    if let r = rest {
      let d = newTemp()
      intrinsic(.matchRest, d, w)
      try capture(r, d, &context)
    }
  }

  /// Keys that are equal are duplicates, whatever their types.
  private func numericKey(_ c: CodeConstant) -> CodeConstant {
    switch c {
    case .true: return .int(1)
    case .false: return .int(0)
    case .float(let d):
      if d == d.rounded(), d.magnitude < 4e18 { return .int(Int(d)) }
      return c
    case .complex(let r, let i): return i == 0 ? numericKey(.float(r)) : c
    default: return c
    }
  }

  // MARK: Classes

  private func classPattern(_ c: Expr, _ ps: [Pattern], _ names: [String], _ kps: [Pattern], _ s: Int,
                            _ context: inout PatternContext) throws {
    for (i, n) in names.enumerated() {
      try at(kps[i].range) { try forbidDebug(n, .store) }
      if names[..<i].contains(n) {
        throw at(kps[i].range) { failure("attribute name repeated in class pattern: \(n)") }
      }
    }
    let w = newTemp(4)
    code.emit(.move, w, s)
    try value(c, into: w + 1)
    loadConstant(CodeConstant.int(ps.count), into: w + 2)
    loadConstant(.tuple(names.map(Generator.text)), into: w + 3)
    intrinsic(.matchClass, w, w)
    code.test(.jisK, w, code.constant(.none), 1, context.fail)
    let n = ps.count + kps.count
    if n == 0 { return }
    let values = newTemp(n)
    code.emit(.unpack, values, w, n)
    for (i, p) in (ps + kps).enumerated() {
      if isWildcard(p) { continue }
      try inner(p, values + i, &context)
    }
  }

  // MARK: Alternatives

  private func or(_ ps: [Pattern], _ s: Int, _ context: inout PatternContext) throws {
    let end = code.label(), fail = context.fail
    // Whatever alternative matches, its captures end up in these registers.
    var names: [String]?
    let unified = newTemp(Generator.captureCount(ps[0]))
    for (i, p) in ps.enumerated() {
      let last = i == ps.count - 1, m = temp
      let next = last ? fail : code.label()
      var own = PatternContext(fail: next, allowIrrefutable: last && context.allowIrrefutable)
      try pattern(p, s, &own)
      if let n = names {
        if own.captures.count != n.count || !own.captures.allSatisfy({ n.contains($0.name) }) {
          throw failure("alternative patterns bind different names")
        }
      } else {
        names = own.captures.map { $0.name }
      }
      for capture in own.captures { if let j = names!.firstIndex(of: capture.name) { code.emit(.move, unified + j, capture.register) } }
      temp = m
      if last {
        code.place(end)
      } else {
        code.jump(end)
        code.place(next)
      }
    }
    for (j, n) in (names ?? []).enumerated() { try capture(n, unified + j, &context) }
  }

  /// How many names a pattern captures (an upper bound).
  private static func captureCount(_ p: Pattern) -> Int {
    switch p.kind {
    case .value, .singleton: return 0
    case .sequence(let ps): return ps.reduce(0) { $0 + captureCount($1) }
    case .or(let ps): return ps.isEmpty ? 0 : captureCount(ps[0])
    case .mapping(_, let ps, let rest): return ps.reduce(rest == nil ? 0 : 1) { $0 + captureCount($1) }
    case .class(_, let ps, _, let kps): return (ps + kps).reduce(0) { $0 + captureCount($1) }
    case .star(let n): return n == nil ? 0 : 1
    case .as(let q, let n): return (q.map(captureCount) ?? 0) + (n == nil ? 0 : 1)
    }
  }
}
