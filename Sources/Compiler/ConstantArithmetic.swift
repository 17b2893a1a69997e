// Arithmetic on constants, with CPython's size limits; nil where the operation must be left to run time.

import Glibc
import Syntax

enum ConstantArithmetic {
  /// Numbers up to 127 bits; larger ones are not folded.
  private enum Number { case int(Int128), float(Double), complex(Double, Double) }

  private static func number(_ c: Constant) -> Number? {
    switch c {
    case .true: return .int(1)
    case .false: return .int(0)
    case .int(let i): return .int(Int128(i))
    case .bigInt(let s): return Int128(s).map { .int($0) }
    case .float(let d): return .float(d)
    case .complex(let r, let i): return .complex(r, i)
    default: return nil
    }
  }

  private static func constant(_ i: Int128) -> Constant {
    if i >= -(1 << 62), i < (1 << 62) { return .int(Int(i)) }
    return .bigInt(String(i))
  }

  private static func bits(_ i: Int128) -> Int { 128 - i.magnitude.leadingZeroBitCount }

  static func truth(_ c: Constant) -> Bool {
    switch c {
    case .none, .false: return false
    case .true, .ellipsis: return true
    case .int(let i): return i != 0
    case .bigInt(let s): return s.utf8.contains { $0 > 48 && $0 <= 57 }
    case .float(let d): return d != 0
    case .complex(let r, let i): return r != 0 || i != 0
    case .str(let t), .strU(let t): return !t.scalars.isEmpty
    case .bytes(let b): return !b.isEmpty
    case .tuple(let t), .frozenSet(let t): return !t.isEmpty
    }
  }

  static func unary(_ op: UnaryOperator, _ c: Constant) -> Constant? {
    switch op {
    case .not: return truth(c) ? .false : .true
    case .invert:
      guard case .int(let i)? = number(c) else { return nil }
      return constant(~i)
    case .plus:
      if case .bigInt = c { return c }
      guard let n = number(c) else { return nil }
      switch n {
      case .int(let i): return constant(i)
      default: return c
      }
    case .minus:
      if case .bigInt(let s) = c {
        let negated = s.hasPrefix("-") ? String(s.dropFirst()) : "-" + s
        if let i = Int128(negated) { return constant(i) }
        return .bigInt(negated)
      }
      guard let n = number(c) else { return nil }
      switch n {
      case .int(let i): return constant(-i)
      case .float(let d): return .float(-d)
      case .complex(let r, let i): return .complex(real: -r, imag: -i)
      }
    }
  }

  static func binary(_ x: Constant, _ op: BinaryOperator, _ y: Constant) -> Constant? {
    if let a = number(x), let b = number(y) {
      if (x == .true || x == .false) && (y == .true || y == .false) {
        switch op {
        case .or: return x == .true || y == .true ? .true : .false
        case .and: return x == .true && y == .true ? .true : .false
        case .xor: return x != y ? .true : .false
        default: break
        }
      }
      switch (a, b) {
      case let (.int(i), .int(j)): return integer(i, op, j)
      case let (.float(f), .float(g)): return float(f, op, g)
      case let (.int(i), .float(g)): return exact(i).flatMap { float($0, op, g) }
      case let (.float(f), .int(j)): return exact(j).flatMap { float(f, op, $0) }
      case let (.complex(r, s), .complex(t, u)): return complex(r, s, op, t, u)
      case let (.complex(r, s), .float(g)): return complex(r, s, op, g, 0)
      case let (.float(f), .complex(t, u)): return complex(f, 0, op, t, u)
      case let (.complex(r, s), .int(j)): return exact(j).flatMap { complex(r, s, op, $0, 0) }
      case let (.int(i), .complex(t, u)): return exact(i).flatMap { complex($0, 0, op, t, u) }
      }
    }
    switch op {
    case .add:
      switch (x, y) {
      case let (.str(a), .str(b)), let (.str(a), .strU(b)), let (.strU(a), .str(b)), let (.strU(a), .strU(b)):
        return a.scalars.count + b.scalars.count <= 1 << 16 ? .str(PyText(a.scalars + b.scalars)) : nil
      case let (.bytes(a), .bytes(b)): return a.count + b.count <= 1 << 16 ? .bytes(a + b) : nil
      case let (.tuple(a), .tuple(b)): return a.count + b.count <= 1 << 12 ? .tuple(a + b) : nil
      default: return nil
      }
    case .mul:
      if case .int(let n)? = number(y) { return times(x, n) }
      if case .int(let n)? = number(x) { return times(y, n) }
      return nil
    default: return nil
    }
  }

  private static func exact(_ i: Int128) -> Double? {
    i.magnitude <= 1 << 53 ? Double(Int(i)) : nil
  }

  private static func times(_ c: Constant, _ n: Int128) -> Constant? {
    // Beyond the range of an index it is an error, which is raised when the code runs.
    guard n <= 4096, let n = Int(exactly: n).map({ max(0, $0) }) else { return nil }
    switch c {
    case .str(let t), .strU(let t):
      guard t.scalars.count * n <= 4096 else { return nil }
      return .str(PyText(Array(repeatElement(t.scalars, count: n).joined())))
    case .bytes(let b):
      guard b.count * n <= 4096 else { return nil }
      return .bytes(Array(repeatElement(b, count: n).joined()))
    case .tuple(let t):
      guard t.count * n <= 256 else { return nil }
      return .tuple(Array(repeatElement(t, count: n).joined()))
    default: return nil
    }
  }

  private static func integer(_ i: Int128, _ op: BinaryOperator, _ j: Int128) -> Constant? {
    func checked(_ r: (partialValue: Int128, overflow: Bool)) -> Constant? { r.overflow ? nil : constant(r.partialValue) }
    switch op {
    case .add: return checked(i.addingReportingOverflow(j))
    case .sub: return checked(i.subtractingReportingOverflow(j))
    case .mul: return bits(i) + bits(j) > 128 ? nil : checked(i.multipliedReportingOverflow(by: j))
    case .matMul: return nil
    case .trueDiv:
      guard j != 0, let a = exact(i), let b = exact(j) else { return nil }
      return .float(a / b)
    case .floorDiv, .mod:
      guard j != 0, i.magnitude < 1 << 126 else { return nil }
      var (q, r) = i.quotientAndRemainder(dividingBy: j)
      if r != 0, (r < 0) != (j < 0) { q -= 1; r += j }
      return constant(op == .mod ? r : q)
    case .pow:
      guard j >= 0 else {
        guard i != 0, let a = exact(i), let b = exact(j) else { return nil }
        return .float(Glibc.pow(a, b))
      }
      if j > 0, bits(i) > 0, Int128(bits(i)) > 128 / j { return nil }
      var r: Int128 = 1
      for _ in 0..<(i.magnitude <= 1 ? (i < 0 ? Int(j % 2) : Int(min(j, 1))) : Int(j)) {
        let m = r.multipliedReportingOverflow(by: i)
        if m.overflow { return nil }
        r = m.partialValue
      }
      return constant(r)
    case .lshift:
      guard j >= 0, j <= 128 - Int128(bits(i)), bits(i) + Int(j) < 127 else { return nil }
      return constant(i << j)
    case .rshift:
      guard j >= 0 else { return nil }
      return constant(i >> min(j, 127))
    case .or: return constant(i | j)
    case .xor: return constant(i ^ j)
    case .and: return constant(i & j)
    }
  }

  private static func float(_ f: Double, _ op: BinaryOperator, _ g: Double) -> Constant? {
    switch op {
    case .add: return .float(f + g)
    case .sub: return .float(f - g)
    case .mul: return .float(f * g)
    case .trueDiv: return g == 0 ? nil : .float(f / g)
    case .floorDiv, .mod:
      guard g != 0 else { return nil }
      var m = fmod(f, g), d = (f - m) / g
      if m != 0 {
        if (g < 0) != (m < 0) { m += g; d -= 1 }
      } else {
        m = copysign(0, g)
      }
      if op == .mod { return .float(m) }
      if d == 0 { return .float(copysign(0, f / g)) }
      var q = floor(d)
      if d - q > 0.5 { q += 1 }
      return .float(q)
    case .pow:
      if f == 0 && g < 0 || f < 0 || !f.isFinite || !g.isFinite { return nil }
      let r = Glibc.pow(f, g)
      return r.isFinite ? .float(r) : nil
    default: return nil
    }
  }

  private static func complex(_ r: Double, _ s: Double, _ op: BinaryOperator, _ t: Double, _ u: Double) -> Constant? {
    switch op {
    case .add: return .complex(real: r + t, imag: s + u)
    case .sub: return .complex(real: r - t, imag: s - u)
    case .mul: return .complex(real: r * t - s * u, imag: r * u + s * t)
    default: return nil
    }
  }

  /// `c[k]` for a constant index within range.
  static func item(_ c: Constant, _ k: Constant) -> Constant? {
    guard case .int(let n)? = number(k), let i = Int(exactly: n) else { return nil }
    func place(_ count: Int) -> Int? {
      let j = i < 0 ? i + count : i
      return j >= 0 && j < count ? j : nil
    }
    switch c {
    case .str(let t), .strU(let t): return place(t.scalars.count).map { .str(PyText([t.scalars[$0]])) }
    case .bytes(let b): return place(b.count).map { .int(Int(b[$0])) }
    case .tuple(let t): return place(t.count).map { t[$0] }
    default: return nil
    }
  }
}
