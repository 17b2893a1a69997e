// `math`.

import Builtins
import CGMP
import Glibc
import Heap
import Objects
import Support

/// A C double argument: nil where app-level code must ask __float__ (no exception set) or where an int is too large.
@inline(__always) func realArgument(_ t: ThreadRef, _ v: Value) -> Double? { toDouble(t, v) }

/// Calls the native `module.name` again with its arguments converted by __float__ or __index__.
func retryReal(_ t: ThreadRef, _ module: String, _ name: String, _ a: Args, _ n: Int) -> Value {
  if !t.pointee.exception.isEmpty { return .empty }
  return callApp(t, named: "math_retry", intern(t, module), intern(t, name), makeTuple(t, from: a, count: n))
}

func mathDomain(_ t: ThreadRef) -> Value { t.valueError("math domain error") }
func mathRange(_ t: ThreadRef) -> Value { t.raise(.OverflowError, "math range error") }

/// A function of one double with CPython's rules for what is an error.
@inline(__always)
private func unary(_ t: ThreadRef, _ a: Args, _ name: String, overflow: Bool = false, _ f: (Double) -> Double) -> Value {
  guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", name, a, 1) }
  let r = f(x)
  if r.isNaN && !x.isNaN { return mathDomain(t) }
  if r.isInfinite && x.isFinite { return overflow ? mathRange(t) : mathDomain(t) }
  return makeFloat(t, r)
}
@inline(__always)
private func binary(_ t: ThreadRef, _ a: Args, _ name: String, _ f: (Double, Double) -> Value) -> Value {
  guard let x = realArgument(t, a[0]), let y = realArgument(t, a[1]) else { return retryReal(t, "math", name, a, 2) }
  return f(x, y)
}

private func log1(_ t: ThreadRef, _ v: Value, _ name: String, _ f: (Double) -> Double, _ scale: Double) -> Value? {
  if v.isInt {
    if v.intSign <= 0 { return mathDomain(t) }
    if let d = intToDouble(v) { return makeFloat(t, f(d)) }
    // Too large for a double: mantissa and exponent apart.
    let (m, e): (Double, Int) = withMPZ(v) { z in
      let bits = Int(__gmpz_sizeinbase(z, 2))
      var q = __mpz_struct()
      __gmpz_init(&q)
      defer { __gmpz_clear(&q) }
      __gmpz_tdiv_q_2exp(&q, z, mp_bitcnt_t(bits - 64))
      return (scalbn(Double(UInt64(q._mp_d[0])), -64), bits)
    }
    return makeFloat(t, f(m) + scale * Double(e))
  }
  guard let x = realArgument(t, v) else { return nil }
  let r = f(x)
  if x.isFinite && x <= 0 || x.isInfinite && x < 0 { return mathDomain(t) }
  return makeFloat(t, r)
}

/// The exactly rounded sum (Shewchuk's partials), as CPython's fsum.
func fsum(_ t: ThreadRef, _ values: UnsafeBufferPointer<Double>) -> Value {
  var p: [Double] = []
  var special = 0.0, infinite = 0.0
  for value in values {
    var x = value
    let given = x
    var i = 0
    for j in 0..<p.count {
      var y = p[j]
      if abs(x) < abs(y) { swap(&x, &y) }
      let hi = x + y, yr = hi - x, lo = y - yr
      if lo != 0 { p[i] = lo; i += 1 }
      x = hi
    }
    p.removeLast(p.count - i)
    if x != 0 {
      if !x.isFinite {
        if given.isFinite { return t.raise(.OverflowError, "intermediate overflow in fsum") }
        if given.isInfinite { infinite += given }
        special += given
        p.removeAll(keepingCapacity: true)
      } else {
        p.append(x)
      }
    }
  }
  if special != 0 || special.isNaN {
    if infinite.isNaN { return t.valueError("-inf + inf in fsum") }
    return makeFloat(t, special)
  }
  var n = p.count
  var hi = 0.0, lo = 0.0
  if n > 0 {
    n -= 1
    hi = p[n]
    while n > 0 {
      let x = hi
      n -= 1
      let y = p[n]
      hi = x + y
      lo = y - (hi - x)
      if lo != 0 { break }
    }
    // Round half to even across the partials that are left.
    if n > 0 && (lo < 0 && p[n - 1] < 0 || lo > 0 && p[n - 1] > 0) {
      let y = lo * 2, x = hi + y
      if y == x - hi { hi = x }
    }
  }
  return makeFloat(t, hi)
}

/// The Euclidean norm, scaled and compensated as CPython's vector_norm.
func vectorNorm(_ values: [Double]) -> Double {
  var largest = 0.0, nan = false
  for v in values { let x = abs(v); if x.isNaN { nan = true } else if x > largest { largest = x } }
  if largest.isInfinite { return largest }
  if nan { return .nan }
  if largest == 0 || values.count <= 1 { return largest }
  var e: Int32 = 0
  _ = frexp(largest, &e)
  if e < -1023 {
    // Scaling would overflow: leave the subnormals first.
    return Double.leastNormalMagnitude * vectorNorm(values.map { $0 / Double.leastNormalMagnitude })
  }
  let scale = scalbn(1.0, -e)
  var sum = 1.0, f1 = 0.0, f2 = 0.0
  func square(_ x: Double) {
    let p = x * x, q = (-p).addingProduct(x, x)
    let t = sum + p
    f1 += (sum - t) + p
    sum = t
    f2 += q
  }
  for v in values { square(abs(v) * scale) }
  var h = (sum - 1 + (f1 + f2)).squareRoot()
  let x = -h
  let p = x * h, q = (-p).addingProduct(x, h)
  let s = sum + p
  f1 += (sum - s) + p
  sum = s
  f2 += q
  h += (sum - 1 + (f1 + f2)) / (2 * h)
  return h / scale
}

private func reals(_ t: ThreadRef, _ v: Value) -> [Double]? {
  guard let (p, n) = sequenceItems(v) else { return nil }
  var out: [Double] = []
  out.reserveCapacity(n)
  for i in 0..<n {
    guard let d = toDouble(t, p[i]) else { return nil }
    out.append(d)
  }
  return out
}

private func ints(_ v: Value) -> Bool {
  for i in 0..<v.count where !v.items[i].isInt { return false }
  return true
}

/// A non-negative int argument of comb, perm, factorial, isqrt, or nil.
private func needsIndex(_ t: ThreadRef, _ name: String, _ a: Args, _ n: Int) -> Value? {
  for i in 0..<n where !a[i].isInt {
    if lookup(a[i].type, Name.__index__.value).isEmpty { return t.typeError("'\(typeName(a[i]))' object cannot be interpreted as an integer") }
    return callApp(t, named: "math_retry_index", intern(t, name), makeTuple(t, from: a, count: n))
  }
  return nil
}

private func toInteger(_ t: ThreadRef, _ v: Value, _ name: String, _ f: (Double) -> Double) -> Value {
  if v.isFixnum || v.isExact(.int) { return v }
  if v.isFlonum || v.isExact(.float) {
    let d = v.double
    if d.isNaN { return t.valueError("cannot convert float NaN to integer") }
    if d.isInfinite { return t.raise(.OverflowError, "cannot convert float infinity to integer") }
    return doubleToInt(t, f(d))
  }
  return callApp(t, named: "math_" + name, v)
}

func installMath(_ t: ThreadRef) {
  defineAppNative(t, "math_fsum_list", "(values, /)") { t, a, n in
    guard let r = reals(t, a[0]) else { return t.pointee.exception.isEmpty ? .none : .empty }
    return r.withUnsafeBufferPointer { fsum(t, $0) }
  }
  defineAppNative(t, "math_floor_float", "(x, /)") { t, a, n in toInteger(t, a[0], "floor") { floor($0) } }
  defineAppNative(t, "math_ceil_float", "(x, /)") { t, a, n in toInteger(t, a[0], "ceil") { ceil($0) } }
}

func makeMathModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "math")
  m.set("pi", makeFloat(t, Double.pi))
  m.set("e", makeFloat(t, M_E))
  m.set("tau", makeFloat(t, 2 * Double.pi))
  m.set("inf", makeFloat(t, .infinity))
  m.set("nan", makeFloat(t, .nan))
  m.function("acos", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "acos") { acos($0) } }
  m.function("acosh", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "acosh") { acosh($0) } }
  m.function("asin", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "asin") { asin($0) } }
  m.function("asinh", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "asinh") { asinh($0) } }
  m.function("atan", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "atan") { atan($0) } }
  m.function("atanh", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "atanh") { atanh($0) } }
  m.function("cbrt", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "cbrt") { cbrt($0) } }
  m.function("cos", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "cos") { cos($0) } }
  m.function("cosh", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "cosh", overflow: true) { cosh($0) } }
  m.function("degrees", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "degrees", a, 1) }
    return makeFloat(t, x * (180.0 / Double.pi))
  }
  m.function("radians", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "radians", a, 1) }
    return makeFloat(t, x * (Double.pi / 180.0))
  }
  m.function("erf", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "erf") { erf($0) } }
  m.function("erfc", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "erfc") { erfc($0) } }
  m.function("exp", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "exp", overflow: true) { exp($0) } }
  m.function("exp2", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "exp2", overflow: true) { exp2($0) } }
  m.function("expm1", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "expm1", overflow: true) { expm1($0) } }
  m.function("fabs", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "fabs") { fabs($0) } }
  m.function("log1p", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "log1p") { log1p($0) } }
  m.function("sin", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "sin") { sin($0) } }
  m.function("sinh", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "sinh", overflow: true) { sinh($0) } }
  m.function("sqrt", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "sqrt") { $0.squareRoot() } }
  m.function("tan", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "tan") { tan($0) } }
  m.function("tanh", "(x, /)", effects: Effects.plain) { t, a, n in unary(t, a, "tanh") { tanh($0) } }
  m.function("gamma", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "gamma", a, 1) }
    if x.isNaN || x == .infinity { return makeFloat(t, x) }
    if x == -.infinity || x <= 0 && x == floor(x) { return mathDomain(t) }
    if x == floor(x) && x <= 23 {
      var r = 1.0
      var k = 2.0
      while k < x { r *= k; k += 1 }
      return makeFloat(t, r)
    }
    let r = tgamma(x)
    return r.isInfinite ? mathRange(t) : makeFloat(t, r)
  }
  m.function("lgamma", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "lgamma", a, 1) }
    if x.isInfinite { return makeFloat(t, .infinity) }
    if x <= 0 && x == floor(x) { return mathDomain(t) }
    if x == 1 || x == 2 { return makeFloat(t, 0) }
    var sign: Int32 = 0
    let r = lgamma_r(x, &sign)
    return r.isInfinite ? mathRange(t) : makeFloat(t, r)
  }
  m.function("log", "(x, base=math.e, /)", effects: Effects.plain) { t, a, n in
    guard let x = log1(t, a[0], "log", { log($0) }, M_LN2) else { return retryReal(t, "math", "log", a, n) }
    if n < 2 || x.isEmpty { return x }
    guard let b = log1(t, a[1], "log", { log($0) }, M_LN2) else { return retryReal(t, "math", "log", a, n) }
    if b.isEmpty { return .empty }
    if b.double == 0 { return t.raise(.ZeroDivisionError, "float division by zero") }
    return makeFloat(t, x.double / b.double)
  }
  m.function("log2", "(x, /)", effects: Effects.plain) { t, a, n in log1(t, a[0], "log2", { log2($0) }, 1) ?? retryReal(t, "math", "log2", a, 1) }
  m.function("log10", "(x, /)", effects: Effects.plain) { t, a, n in log1(t, a[0], "log10", { log10($0) }, log10(2.0)) ?? retryReal(t, "math", "log10", a, 1) }
  m.function("atan2", "(y, x, /)", effects: Effects.plain) { t, a, n in binary(t, a, "atan2") { makeFloat(t, atan2($0, $1)) } }
  m.function("copysign", "(x, y, /)", effects: Effects.plain) { t, a, n in binary(t, a, "copysign") { makeFloat(t, copysign($0, $1)) } }
  m.function("nextafter", "(x, y, /)", effects: Effects.plain) { t, a, n in binary(t, a, "nextafter") { makeFloat(t, nextafter($0, $1)) } }
  m.function("fmod", "(x, y, /)", effects: Effects.plain) { t, a, n in
    binary(t, a, "fmod") { x, y in
      if y.isInfinite && x.isFinite { return makeFloat(t, x) }
      let r = fmod(x, y)
      return r.isNaN && !x.isNaN && !y.isNaN ? mathDomain(t) : makeFloat(t, r)
    }
  }
  m.function("remainder", "(x, y, /)", effects: Effects.plain) { t, a, n in
    binary(t, a, "remainder") { x, y in
      let r = remainder(x, y)
      return r.isNaN && !x.isNaN && !y.isNaN ? mathDomain(t) : makeFloat(t, r)
    }
  }
  m.function("pow", "(x, y, /)", effects: Effects.plain) { t, a, n in
    binary(t, a, "pow") { x, y in
      let r = pow(x, y)
      if x.isFinite && y.isFinite {
        if r.isNaN { return mathDomain(t) }
        if r.isInfinite { return x == 0 ? mathDomain(t) : mathRange(t) }
      }
      return makeFloat(t, r)
    }
  }
  m.function("ldexp", "(x, i, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "ldexp", a, 2) }
    guard a[1].isInt else { return t.typeError("Expected an int as second argument to ldexp.") }
    if x == 0 || !x.isFinite { return makeFloat(t, x) }
    let e = a[1].asInt ?? (a[1].intSign < 0 ? Int.min : Int.max)
    if e > 1 << 20 { return mathRange(t) }
    if e < -(1 << 20) { return makeFloat(t, copysign(0, x)) }
    let r = scalbn(x, Int32(e))
    return r.isInfinite ? mathRange(t) : makeFloat(t, r)
  }
  m.function("frexp", "(x, /)") { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "frexp", a, 1) }
    if x == 0 || !x.isFinite { return pair(t, makeFloat(t, x), .fixnum(0)) }
    var e: Int32 = 0
    let r = frexp(x, &e)
    return pair(t, makeFloat(t, r), .fixnum(Int(e)))
  }
  m.function("modf", "(x, /)") { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "modf", a, 1) }
    if x.isInfinite { return pair(t, makeFloat(t, copysign(0, x)), makeFloat(t, x)) }
    if x.isNaN { return pair(t, makeFloat(t, x), makeFloat(t, x)) }
    let whole = trunc(x)
    return pair(t, makeFloat(t, copysign(x - whole, x)), makeFloat(t, whole))
  }
  m.function("isfinite", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "isfinite", a, 1) }
    return .bool(x.isFinite)
  }
  m.function("isinf", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "isinf", a, 1) }
    return .bool(x.isInfinite)
  }
  m.function("isnan", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let x = realArgument(t, a[0]) else { return retryReal(t, "math", "isnan", a, 1) }
    return .bool(x.isNaN)
  }
  m.function("ulp", "(x, /)", effects: Effects.plain) { t, a, n in
    guard let given = realArgument(t, a[0]) else { return retryReal(t, "math", "ulp", a, 1) }
    if given.isNaN { return makeFloat(t, given) }
    let x = abs(given)
    if x.isInfinite { return makeFloat(t, x) }
    let up = nextafter(x, .infinity)
    return makeFloat(t, up.isInfinite ? x - nextafter(x, -.infinity) : up - x)
  }
  m.function("isclose", "(a, b, *, rel_tol=1e-09, abs_tol=0.0)") { t, a, n in
    guard let x = toDouble(t, a[0]), let y = toDouble(t, a[1]), let rel = a[2].isEmpty ? 1e-9 : toDouble(t, a[2]),
          let tolerance = a[3].isEmpty ? 0 : toDouble(t, a[3]) else {
      if !t.pointee.exception.isEmpty { return .empty }
      return callApp(t, named: "math_isclose", a[0], a[1], a[2].isEmpty ? makeFloat(t, 1e-9) : a[2], a[3].isEmpty ? makeFloat(t, 0) : a[3])
    }
    if rel < 0 || tolerance < 0 { return t.valueError("tolerances must be non-negative") }
    if x == y { return .true }
    if x.isInfinite || y.isInfinite { return .false }
    let d = abs(y - x)
    return .bool(d <= abs(rel * y) || d <= abs(rel * x) || d <= tolerance)
  }
  m.function("floor", "(x, /)", effects: Effects.plain) { t, a, n in toInteger(t, a[0], "floor") { floor($0) } }
  m.function("ceil", "(x, /)", effects: Effects.plain) { t, a, n in toInteger(t, a[0], "ceil") { ceil($0) } }
  m.function("trunc", "(x, /)", effects: Effects.plain) { t, a, n in toInteger(t, a[0], "trunc") { trunc($0) } }
  m.function("fsum", "(seq, /)") { t, a, n in
    if let r = reals(t, a[0]) { return r.withUnsafeBufferPointer { fsum(t, $0) } }
    return t.pointee.exception.isEmpty ? callApp(t, named: "math_fsum", a[0]) : .empty
  }
  m.function("hypot", "(*coordinates)") { t, a, n in
    if let r = reals(t, a[0]) { return makeFloat(t, vectorNorm(r)) }
    return t.pointee.exception.isEmpty ? callApp(t, named: "math_hypot", a[0]) : .empty
  }
  m.function("dist", "(p, q, /)") { t, a, n in
    if a[0].isExact(.tuple) && a[1].isExact(.tuple), let p = reals(t, a[0]), let q = reals(t, a[1]) {
      if p.count != q.count { return t.valueError("both points must have the same number of dimensions") }
      return makeFloat(t, vectorNorm(zip(p, q).map { $0 - $1 }))
    }
    return t.pointee.exception.isEmpty ? callApp(t, named: "math_dist", a[0], a[1]) : .empty
  }
  m.function("gcd", "(*integers)") { t, a, n in
    guard ints(a[0]) else { return callApp(t, named: "math_retry_index", intern(t, "gcd"), a[0]) }
    return computeInt(t) { z in for i in 0..<a[0].count { withMPZ(a[0].items[i]) { __gmpz_gcd(z, z, $0) } } }
  }
  m.function("lcm", "(*integers)") { t, a, n in
    guard ints(a[0]) else { return callApp(t, named: "math_retry_index", intern(t, "lcm"), a[0]) }
    return computeInt(t) { z in
      __gmpz_set_ui(z, 1)
      for i in 0..<a[0].count { withMPZ(a[0].items[i]) { __gmpz_lcm(z, z, $0) } }
    }
  }
  m.function("factorial", "(n, /)") { t, a, n in
    if let r = needsIndex(t, "factorial", a, 1) { return r }
    if a[0].intSign < 0 { return t.valueError("factorial() not defined for negative values") }
    guard let k = a[0].asInt else { return t.raise(.OverflowError, "factorial() argument should not exceed 9223372036854775807") }
    if k > 1 << 32 { return t.raise(.MemoryError) }
    return computeInt(t) { __gmpz_fac_ui($0, UInt(k)) }
  }
  m.function("isqrt", "(n, /)", effects: Effects.plain) { t, a, n in
    if let r = needsIndex(t, "isqrt", a, 1) { return r }
    if a[0].intSign < 0 { return t.valueError("isqrt() argument must be nonnegative") }
    return withMPZ(a[0]) { z in computeInt(t) { __gmpz_sqrt($0, z) } }
  }
  m.function("comb", "(n, k, /)") { t, a, n in
    if let r = needsIndex(t, "comb", a, 2) { return r }
    if a[0].intSign < 0 { return t.valueError("n must be a non-negative integer") }
    if a[1].intSign < 0 { return t.valueError("k must be a non-negative integer") }
    let rest = intArithmetic(t, .sub, a[0], a[1])
    if rest.intSign < 0 { return .fixnum(0) }
    let k = intCompare(rest, a[1]) < 0 ? rest : a[1]
    guard let j = k.asInt else { return t.raise(.OverflowError, "min(n - k, k) must not exceed 9223372036854775807") }
    if j > 1 << 32 { return t.raise(.MemoryError) }
    return withMPZ(a[0]) { z in computeInt(t) { __gmpz_bin_ui($0, z, UInt(j)) } }
  }
  m.function("perm", "(n, k=None, /)") { t, a, n in
    let whole = n < 2 || a[1].isNone
    if let r = needsIndex(t, "perm", a, whole ? 1 : 2) { return r }
    if a[0].intSign < 0 { return t.valueError(whole ? "factorial() not defined for negative values" : "n must be a non-negative integer") }
    if whole {
      guard let k = a[0].asInt, k <= 1 << 32 else { return t.raise(.OverflowError, "factorial() argument should not exceed 9223372036854775807") }
      return computeInt(t) { __gmpz_fac_ui($0, UInt(k)) }
    }
    if a[1].intSign < 0 { return t.valueError("k must be a non-negative integer") }
    if intCompare(a[0], a[1]) < 0 { return .fixnum(0) }
    guard let k = a[1].asInt else { return t.raise(.OverflowError, "k must not exceed 9223372036854775807") }
    if k > 1 << 28 { return t.raise(.MemoryError) }
    // Products of halves keep the factors balanced.
    func product(_ lo: Int, _ hi: Int) -> Value {
      if hi - lo == 1 { return intArithmetic(t, .sub, a[0], .fixnum(lo)) }
      let mid = (lo + hi) / 2
      return intArithmetic(t, .mul, product(lo, mid), product(mid, hi))
    }
    return k == 0 ? .fixnum(1) : product(0, k)
  }
  return m.module
}
