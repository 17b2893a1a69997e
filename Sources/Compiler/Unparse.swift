// Source text of an expression, as CPython writes stringified annotations.

import Syntax

struct Unparser {
  private var out: [UInt32] = []

  static func text(_ e: Expr) -> [UInt32] {
    var u = Unparser()
    u.write(e, .test)
    return u.out
  }

  /// Binding strength: an operand weaker than its place is put in parentheses.
  private enum Level: Int, Comparable {
    case tuple, test, or, and, not, compare, bitOr, bitXor, bitAnd, shift, arith, term, factor, power, awaiting, atom
    static func < (l: Level, r: Level) -> Bool { l.rawValue < r.rawValue }
    var next: Level { Level(rawValue: min(rawValue + 1, Level.atom.rawValue))! }
  }

  private mutating func put(_ s: String) { for u in s.unicodeScalars { out.append(u.value) } }

  private mutating func parenthesized(_ needed: Bool, _ body: (inout Unparser) -> Void) {
    if needed { put("(") }
    body(&self)
    if needed { put(")") }
  }

  private mutating func list(_ es: [Expr]) {
    for (i, e) in es.enumerated() {
      if i > 0 { put(", ") }
      write(e, .test)
    }
  }

  private mutating func write(_ e: Expr, _ level: Level) {
    switch e.kind {
    case .boolOp(let op, let vs):
      let mine: Level = op == .and ? .and : .or
      parenthesized(level > mine) { u in
        for (i, v) in vs.enumerated() {
          if i > 0 { u.put(op == .and ? " and " : " or ") }
          u.write(v, mine.next)
        }
      }
    case .namedExpr(let t, let v):
      parenthesized(level > .tuple) { u in
        u.write(t, .atom)
        u.put(" := ")
        u.write(v, .atom)
      }
    case .binOp(let l, let op, let r): binary(l, op, r, level)
    case .unaryOp(let op, let v):
      let mine: Level = op == .not ? .not : .factor
      parenthesized(level > mine) { u in
        switch op {
        case .not: u.put("not ")
        case .invert: u.put("~")
        case .plus: u.put("+")
        case .minus: u.put("-")
        }
        u.write(v, mine)
      }
    case .lambda(let a, let b):
      parenthesized(level > .test) { u in
        u.put("lambda")
        if !a.posOnly.isEmpty || !a.args.isEmpty || a.vararg != nil || !a.kwOnly.isEmpty || a.kwarg != nil { u.put(" ") }
        u.arguments(a)
        u.put(": ")
        u.write(b, .test)
      }
    case .ifExp(let t, let b, let o):
      parenthesized(level > .test) { u in
        u.write(b, .or)
        u.put(" if ")
        u.write(t, .or)
        u.put(" else ")
        u.write(o, .test)
      }
    case .dict(let ks, let vs):
      put("{")
      for (i, k) in ks.enumerated() {
        if i > 0 { put(", ") }
        if let k = k {
          write(k, .test)
          put(": ")
          write(vs[i], .test)
        } else {
          put("**")
          write(vs[i], .bitOr)
        }
      }
      put("}")
    case .set(let es):
      put("{")
      list(es)
      put("}")
    case .listComp(let x, let g):
      put("[")
      write(x, .test)
      generators(g)
      put("]")
    case .setComp(let x, let g):
      put("{")
      write(x, .test)
      generators(g)
      put("}")
    case .dictComp(let k, let v, let g):
      put("{")
      write(k, .test)
      put(": ")
      write(v, .test)
      generators(g)
      put("}")
    case .generatorExp(let x, let g):
      put("(")
      write(x, .test)
      generators(g)
      put(")")
    case .await(let v):
      parenthesized(level > .awaiting) { u in
        u.put("await ")
        u.write(v, .atom)
      }
    case .yield(let v):
      put("(yield")
      if let v = v {
        put(" ")
        write(v, .tuple)
      }
      put(")")
    case .yieldFrom(let v):
      put("(yield from ")
      write(v, .test)
      put(")")
    case .compare(let l, let ops, let rs):
      parenthesized(level > .compare) { u in
        u.write(l, .bitOr)
        for (op, r) in zip(ops, rs) {
          u.put(Unparser.symbol(op))
          u.write(r, .bitOr)
        }
      }
    case .call(let f, let args, let kws): call(f, args, kws)
    case .joinedStr, .formattedValue: fString(e)
    case .constant(let c): constant(c)
    case .attribute(let v, let n, _):
      write(v, .atom)
      if case .constant(let c) = v.kind {
        switch c {
        case .int, .bigInt, .true, .false: if Unparser.repr(c).utf8.allSatisfy({ $0 < 58 }) { put(" ") }
        default: break
        }
      }
      put("." + n)
    case .subscript(let v, let i, _):
      write(v, .atom)
      put("[")
      write(i, .tuple)
      put("]")
    case .starred(let v, _):
      put("*")
      write(v, .bitOr)
    case .name(let n, _): put(n)
    case .list(let es, _):
      put("[")
      list(es)
      put("]")
    case .tuple(let es, _):
      if es.isEmpty { return put("()") }
      parenthesized(level > .tuple) { u in
        u.list(es)
        if es.count == 1 { u.put(",") }
      }
    case .slice(let l, let u, let s):
      if let l = l { write(l, .test) }
      put(":")
      if let u = u { write(u, .test) }
      if let s = s {
        put(":")
        write(s, .test)
      }
    }
  }

  private mutating func binary(_ l: Expr, _ op: BinaryOperator, _ r: Expr, _ level: Level) {
    let (symbol, mine, right): (String, Level, Bool)
    switch op {
    case .add: (symbol, mine, right) = (" + ", .arith, false)
    case .sub: (symbol, mine, right) = (" - ", .arith, false)
    case .mul: (symbol, mine, right) = (" * ", .term, false)
    case .matMul: (symbol, mine, right) = (" @ ", .term, false)
    case .trueDiv: (symbol, mine, right) = (" / ", .term, false)
    case .mod: (symbol, mine, right) = (" % ", .term, false)
    case .floorDiv: (symbol, mine, right) = (" // ", .term, false)
    case .lshift: (symbol, mine, right) = (" << ", .shift, false)
    case .rshift: (symbol, mine, right) = (" >> ", .shift, false)
    case .or: (symbol, mine, right) = (" | ", .bitOr, false)
    case .xor: (symbol, mine, right) = (" ^ ", .bitXor, false)
    case .and: (symbol, mine, right) = (" & ", .bitAnd, false)
    case .pow: (symbol, mine, right) = (" ** ", .power, true)
    }
    parenthesized(level > mine) { u in
      u.write(l, right ? mine.next : mine)
      u.put(symbol)
      u.write(r, right ? mine : mine.next)
    }
  }

  private static func symbol(_ op: CompareOperator) -> String {
    switch op {
    case .eq: return " == "
    case .notEq: return " != "
    case .lt: return " < "
    case .ltE: return " <= "
    case .gt: return " > "
    case .gtE: return " >= "
    case .is: return " is "
    case .isNot: return " is not "
    case .in: return " in "
    case .notIn: return " not in "
    }
  }

  private mutating func generators(_ gens: [Comprehension]) {
    for g in gens {
      put(g.isAsync ? " async for " : " for ")
      write(g.target, .tuple)
      put(" in ")
      write(g.iter, .or)
      for i in g.ifs {
        put(" if ")
        write(i, .or)
      }
    }
  }

  private mutating func call(_ f: Expr, _ args: [Expr], _ kws: [Keyword]) {
    write(f, .atom)
    if args.count == 1, kws.isEmpty, case .generatorExp = args[0].kind { return write(args[0], .atom) }
    put("(")
    list(args)
    for (i, k) in kws.enumerated() {
      if i > 0 || !args.isEmpty { put(", ") }
      if let n = k.name { put(n + "=") } else { put("**") }
      write(k.value, .test)
    }
    put(")")
  }

  private mutating func arguments(_ a: Arguments) {
    var first = true
    func comma(_ u: inout Unparser) {
      if !first { u.put(", ") }
      first = false
    }
    let positional = a.posOnly + a.args
    for (i, p) in positional.enumerated() {
      comma(&self)
      put(p.name)
      let d = i - (positional.count - a.defaults.count)
      if d >= 0 {
        put("=")
        write(a.defaults[d], .test)
      }
      if !a.posOnly.isEmpty, i + 1 == a.posOnly.count { put(", /") }
    }
    if a.vararg != nil || !a.kwOnly.isEmpty {
      comma(&self)
      put("*" + (a.vararg?.name ?? ""))
    }
    for (i, p) in a.kwOnly.enumerated() {
      comma(&self)
      put(p.name)
      if i < a.kwDefaults.count, let d = a.kwDefaults[i] {
        put("=")
        write(d, .test)
      }
    }
    if let p = a.kwarg {
      comma(&self)
      put("**" + p.name)
    }
  }

  // MARK: Strings

  private mutating func fString(_ e: Expr) {
    var body = Unparser()
    if case .joinedStr(let vs) = e.kind { body.pieces(vs) } else { body.pieces([e]) }
    put("f")
    out.append(contentsOf: Unparser.repr(body.out))
  }

  private mutating func pieces(_ vs: [Expr]) {
    for v in vs {
      switch v.kind {
      case .constant(.str(let t)), .constant(.strU(let t)):
        for s in t.scalars {
          out.append(s)
          if s == 123 || s == 125 { out.append(s) }
        }
      case .joinedStr(let inner): pieces(inner)
      case .formattedValue(let x, let conversion, let spec):
        var u = Unparser()
        u.write(x, .or)
        put(u.out.first == 123 ? "{ " : "{")
        out.append(contentsOf: u.out)
        if conversion != 0 {
          put("!")
          out.append(UInt32(conversion))
        }
        if let s = spec {
          put(":")
          pieces([s])
        }
        put("}")
      default: break
      }
    }
  }

  private mutating func constant(_ c: Constant) {
    if case .strU = c { put("u") }
    switch c {
    case .str(let t), .strU(let t): out.append(contentsOf: Unparser.repr(t.scalars))
    case .tuple(let t):
      put("(")
      for (i, x) in t.enumerated() {
        if i > 0 { put(", ") }
        constant(x)
      }
      put(t.count == 1 ? ",)" : ")")
    case .ellipsis: put("...")
    case .float(let d) where d.isInfinite: put("1e309")
    case .complex(let r, let i) where r == 0 && i.isInfinite: put("1e309j")
    default: put(Unparser.repr(c))
    }
  }

  /// repr() of a constant.
  static func repr(_ c: Constant) -> String {
    switch c {
    case .none: return "None"
    case .true: return "True"
    case .false: return "False"
    case .ellipsis: return "Ellipsis"
    case .int(let i): return String(i)
    case .bigInt(let s): return s
    case .float(let d): return repr(d)
    case .complex(let r, let i):
      func part(_ d: Double) -> String {
        let s = repr(d)
        return s.hasSuffix(".0") ? String(s.dropLast(2)) : s
      }
      if r == 0, r.sign == .plus { return part(i) + "j" }
      return "(" + part(r) + (i.sign == .minus && !i.isNaN ? "" : "+") + part(i) + "j)"
    case .str(let t), .strU(let t): return string(repr(t.scalars))
    case .bytes(let b): return repr(b)
    case .tuple(let t): return "(" + t.map(repr).joined(separator: ", ") + (t.count == 1 ? ",)" : ")")
    case .frozenSet(let t): return t.isEmpty ? "frozenset()" : "frozenset({" + t.map(repr).joined(separator: ", ") + "})"
    }
  }

  private static func string(_ s: [UInt32]) -> String {
    var v = String.UnicodeScalarView()
    for u in s { v.append(Unicode.Scalar(u) ?? "\u{fffd}") }
    return String(v)
  }

  /// Python's shortest form of a float, from Swift's shortest digits.
  static func repr(_ d: Double) -> String {
    if d.isNaN { return "nan" }
    if d.isInfinite { return d < 0 ? "-inf" : "inf" }
    if d == 0 { return d.sign == .minus ? "-0.0" : "0.0" }
    var digits: [UInt8] = []
    var point: Int?, exponent = 0
    var it = d.magnitude.description.utf8.makeIterator()
    while let c = it.next() {
      if c == 46 { point = digits.count } else if c == 101 {
        var negative = false
        while let e = it.next() {
          if e == 45 { negative = true } else if e != 43 { exponent = exponent * 10 + Int(e - 48) }
        }
        if negative { exponent = -exponent }
      } else {
        digits.append(c)
      }
    }
    // value = 0.digits * 10^place
    var place = (point ?? digits.count) + exponent
    while digits.count > 1, digits.first == 48 { digits.removeFirst(); place -= 1 }
    while digits.count > 1, digits.last == 48 { digits.removeLast() }
    let text = String(decoding: digits, as: UTF8.self), sign = d < 0 ? "-" : ""
    if place > -4, place <= 16 {
      if place <= 0 { return sign + "0." + String(repeating: "0", count: -place) + text }
      if place >= digits.count { return sign + text + String(repeating: "0", count: place - digits.count) + ".0" }
      return sign + String(text.prefix(place)) + "." + String(text.dropFirst(place))
    }
    let e = place - 1
    let mantissa = digits.count == 1 ? text : String(text.prefix(1)) + "." + String(text.dropFirst(1))
    return sign + mantissa + "e" + (e < 0 ? "-" : "+") + (abs(e) < 10 ? "0" : "") + String(abs(e))
  }

  private static let hex = Array("0123456789abcdef".unicodeScalars.map { $0.value })

  private static func repr(_ b: [UInt8]) -> String {
    let quote: UInt8 = b.contains(39) && !b.contains(34) ? 34 : 39
    var s: [UInt8] = [98, quote]
    for c in b {
      switch c {
      case 9: s += [92, 116]
      case 10: s += [92, 110]
      case 13: s += [92, 114]
      case 92: s += [92, 92]
      case quote: s += [92, quote]
      case 32...126: s.append(c)
      default: s += [92, 120, UInt8(hex[Int(c >> 4)]), UInt8(hex[Int(c & 15)])]
      }
    }
    return String(decoding: s + [quote], as: UTF8.self)
  }

  /// repr() of a string.
  static func repr(_ t: [UInt32]) -> [UInt32] {
    let quote: UInt32 = t.contains(39) && !t.contains(34) ? 34 : 39
    var s: [UInt32] = [quote]
    func escape(_ letter: UInt32, _ v: UInt32, _ width: Int) {
      s += [92, letter]
      for i in (0..<width).reversed() { s.append(hex[Int(v >> UInt32(4 * i) & 15)]) }
    }
    for c in t {
      switch c {
      case 9: s += [92, 116]
      case 10: s += [92, 110]
      case 13: s += [92, 114]
      case 92: s += [92, 92]
      case quote: s += [92, quote]
      case 32...126: s.append(c)
      default:
        if c >= 127, isPrintable(c) { s.append(c) } else if c < 256 { escape(120, c, 2) } else if c < 65536 { escape(117, c, 4) } else { escape(85, c, 8) }
      }
    }
    s.append(quote)
    return s
  }

  private static func isPrintable(_ c: UInt32) -> Bool {
    guard let u = Unicode.Scalar(c) else { return false }
    switch u.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator: return false
    default: return true
    }
  }
}
