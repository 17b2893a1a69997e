// `cmath`: the C library's complex functions with CPython's rules for what is an error.

import Builtins
import CComplex
import Glibc
import Heap
import Objects

private func retry(_ t: ThreadRef, _ name: String, _ a: Args, _ n: Int) -> Value {
  if !t.pointee.exception.isEmpty { return .empty }
  return callApp(t, named: "cmath_retry", intern(t, name), makeTuple(t, from: a, count: n))
}

/// When an argument with an infinite part has no meaning; which depends on the function.
private enum Domain { case all, exp, oscillatesInImaginary, oscillatesInReal, tanh, tan, nonzero, notUnitReal, notUnitImaginary }

@inline(__always)
private func outside(_ d: Domain, _ z: ComplexNumber) -> Bool {
  switch d {
  case .all: return false
  case .exp: return z.im.isInfinite && (z.re.isFinite || z.re == .infinity)
  case .oscillatesInImaginary: return z.im.isInfinite && !z.re.isNaN
  case .oscillatesInReal: return z.re.isInfinite && !z.im.isNaN
  case .tanh: return z.im.isInfinite && z.re.isFinite
  case .tan: return z.re.isInfinite && z.im.isFinite
  case .nonzero: return z.re == 0 && z.im == 0
  case .notUnitReal: return abs(z.re) == 1 && z.im == 0
  case .notUnitImaginary: return z.re == 0 && abs(z.im) == 1
  }
}

private func apply(_ t: ThreadRef, _ name: String, _ f: weft_complex_function, _ domain: Domain, _ a: Args) -> Value {
  guard var z = complexValue(t, a[0]) else { return retry(t, name, a, 1) }
  if outside(domain, z) { return mathDomain(t) }
  let finite = z.re.isFinite && z.im.isFinite
  weft_complex(f, &z.re, &z.im)
  if finite && !(z.re.isFinite && z.im.isFinite) { return mathRange(t) }
  return makeComplex(t, z.re, z.im)
}

private func logarithm(_ t: ThreadRef, _ z: ComplexNumber) -> ComplexNumber {
  ComplexNumber(logModulus(z), atan2(z.im, z.re))
}
/// log(|z|) without loss near |z| = 1 and without overflow.
private func logModulus(_ z: ComplexNumber) -> Double {
  let x = abs(z.re), y = abs(z.im)
  if !x.isFinite || !y.isFinite { return x.isInfinite || y.isInfinite ? .infinity : .nan }
  if x > Double.greatestFiniteMagnitude / 4 || y > Double.greatestFiniteMagnitude / 4 { return log(hypot(x / 2, y / 2)) + M_LN2 }
  if x < Double.leastNormalMagnitude && y < Double.leastNormalMagnitude {
    let e: Int32 = 53
    return log(hypot(scalbn(x, e), scalbn(y, e))) - Double(e) * M_LN2
  }
  let h = hypot(x, y)
  if h >= 0.71 && h <= 1.73 {
    let hi = max(x, y), lo = min(x, y)
    return log1p((hi - 1) * (hi + 1) + lo * lo) / 2
  }
  return log(h)
}

func makeCmathModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "cmath", doc: "This module provides access to mathematical functions for complex\nnumbers.")
  m.set("pi", makeFloat(t, .pi))
  m.set("e", makeFloat(t, M_E))
  m.set("tau", makeFloat(t, 2 * .pi))
  m.set("inf", makeFloat(t, .infinity))
  m.set("nan", makeFloat(t, .nan))
  m.set("infj", makeComplex(t, 0, .infinity))
  m.set("nanj", makeComplex(t, 0, .nan))
  m.function("sqrt", "(z, /)") { t, a, n in apply(t, "sqrt", weft_csqrt, .all, a) }
  m.function("exp", "(z, /)") { t, a, n in apply(t, "exp", weft_cexp, .exp, a) }
  m.function("cos", "(z, /)") { t, a, n in apply(t, "cos", weft_ccos, .oscillatesInReal, a) }
  m.function("sin", "(z, /)") { t, a, n in apply(t, "sin", weft_csin, .oscillatesInReal, a) }
  m.function("tan", "(z, /)") { t, a, n in
    if let z = complexValue(t, a[0]), z.re.isNaN, z.im == 0 { return makeComplex(t, .nan, .nan) }
    return apply(t, "tan", weft_ctan, .tan, a)
  }
  m.function("cosh", "(z, /)") { t, a, n in apply(t, "cosh", weft_ccosh, .oscillatesInImaginary, a) }
  m.function("sinh", "(z, /)") { t, a, n in apply(t, "sinh", weft_csinh, .oscillatesInImaginary, a) }
  m.function("tanh", "(z, /)") { t, a, n in
    if let z = complexValue(t, a[0]), z.re == 0, z.im.isNaN { return makeComplex(t, .nan, .nan) }
    return apply(t, "tanh", weft_ctanh, .tanh, a)
  }
  m.function("acos", "(z, /)") { t, a, n in apply(t, "acos", weft_cacos, .all, a) }
  m.function("asin", "(z, /)") { t, a, n in apply(t, "asin", weft_casin, .all, a) }
  m.function("atan", "(z, /)") { t, a, n in apply(t, "atan", weft_catan, .notUnitImaginary, a) }
  m.function("acosh", "(z, /)") { t, a, n in
    // The C library gives this one an imaginary part.
    if let z = complexValue(t, a[0]), z.re == 0, z.im.isNaN { return makeComplex(t, .nan, .nan) }
    return apply(t, "acosh", weft_cacosh, .all, a)
  }
  m.function("asinh", "(z, /)") { t, a, n in apply(t, "asinh", weft_casinh, .all, a) }
  m.function("atanh", "(z, /)") { t, a, n in apply(t, "atanh", weft_catanh, .notUnitReal, a) }
  m.function("log", "(z, base=..., /)") { t, a, n in
    guard let z = complexValue(t, a[0]) else { return retry(t, "log", a, n) }
    if n < 2 {
      if outside(.nonzero, z) { return mathDomain(t) }
      let r = logarithm(t, z)
      return makeComplex(t, r.re, r.im)
    }
    guard let b = complexValue(t, a[1]) else { return retry(t, "log", a, n) }
    if outside(.nonzero, z) || outside(.nonzero, b) { return mathDomain(t) }
    let p = logarithm(t, z), q = logarithm(t, b)
    guard let r = complexQuotient(p, q) else { return mathDomain(t) }
    return makeComplex(t, r.re, r.im)
  }
  m.function("log10", "(z, /)") { t, a, n in
    guard let z = complexValue(t, a[0]) else { return retry(t, "log10", a, 1) }
    if outside(.nonzero, z) { return mathDomain(t) }
    let r = logarithm(t, z)
    return makeComplex(t, r.re / M_LN10, r.im / M_LN10)
  }
  m.function("phase", "(z, /)") { t, a, n in
    guard let z = complexValue(t, a[0]) else { return retry(t, "phase", a, 1) }
    return makeFloat(t, atan2(z.im, z.re))
  }
  m.function("polar", "(z, /)") { t, a, n in
    guard let z = complexValue(t, a[0]) else { return retry(t, "polar", a, 1) }
    let r = hypot(z.re, z.im)
    if r.isInfinite && z.re.isFinite && z.im.isFinite { return mathRange(t) }
    return pair(t, makeFloat(t, r), makeFloat(t, atan2(z.im, z.re)))
  }
  m.function("rect", "(r, phi, /)") { t, a, n in
    guard let r = toDouble(t, a[0]), let phi = toDouble(t, a[1]) else { return retry(t, "rect", a, 2) }
    if phi.isInfinite && r != 0 && !r.isNaN { return mathDomain(t) }
    if r.isNaN && phi == 0 { return makeComplex(t, r, 0) }
    if phi.isInfinite || phi.isNaN {
      if r == 0 { return makeComplex(t, 0, 0) }
      return makeComplex(t, r.isInfinite ? .infinity : .nan, .nan)
    }
    if r.isInfinite {
      if phi == 0 { return makeComplex(t, r, r > 0 ? phi : -phi) }
      let c = copysign(Double.infinity, cos(phi)), s = copysign(Double.infinity, sin(phi))
      return r > 0 ? makeComplex(t, c, s) : makeComplex(t, -c, -s)
    }
    if phi == 0 { return makeComplex(t, r, r * phi) }
    return makeComplex(t, r * cos(phi), r * sin(phi))
  }
  m.function("isfinite", "(z, /)") { t, a, n in
    guard let z = complexValue(t, a[0]) else { return retry(t, "isfinite", a, 1) }
    return .bool(z.re.isFinite && z.im.isFinite)
  }
  m.function("isnan", "(z, /)") { t, a, n in
    guard let z = complexValue(t, a[0]) else { return retry(t, "isnan", a, 1) }
    return .bool(z.re.isNaN || z.im.isNaN)
  }
  m.function("isinf", "(z, /)") { t, a, n in
    guard let z = complexValue(t, a[0]) else { return retry(t, "isinf", a, 1) }
    return .bool(z.re.isInfinite || z.im.isInfinite)
  }
  m.function("isclose", "(a, b, *, rel_tol=1e-09, abs_tol=0.0)") { t, a, n in
    guard let x = complexValue(t, a[0]), let y = complexValue(t, a[1]), let rel = a[2].isEmpty ? 1e-9 : toDouble(t, a[2]),
          let tolerance = a[3].isEmpty ? 0 : toDouble(t, a[3]) else {
      if !t.pointee.exception.isEmpty { return .empty }
      return callApp(t, named: "cmath_isclose", a[0], a[1], a[2].isEmpty ? makeFloat(t, 1e-9) : a[2], a[3].isEmpty ? makeFloat(t, 0) : a[3])
    }
    if rel < 0 || tolerance < 0 { return t.valueError("tolerances must be non-negative") }
    if x.re == y.re && x.im == y.im { return .true }
    if x.re.isInfinite || x.im.isInfinite || y.re.isInfinite || y.im.isInfinite { return .false }
    let d = hypot(x.re - y.re, x.im - y.im)
    return .bool(d <= rel * hypot(y.re, y.im) || d <= rel * hypot(x.re, x.im) || d <= tolerance)
  }
  return m.module
}
