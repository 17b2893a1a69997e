// complex: a record of two floats.

import Glibc
import Objects
import Support

public struct ComplexNumber {
  public var re: Double, im: Double
  @inlinable public init(_ re: Double, _ im: Double) { self.re = re; self.im = im }
}

/// A complex, float or int as a complex number; nil otherwise (OverflowError set when an int is too large).
public func complexValue(_ t: ThreadRef, _ v: Value) -> ComplexNumber? {
  if v.isObject && v.kind == .complex { return ComplexNumber(v.field(0).double, v.field(1).double) }
  guard let d = toDouble(t, v) else { return nil }
  return ComplexNumber(d, 0)
}

/// A record of class `cls`.
func complexInstance(_ t: ThreadRef, _ cls: Value, _ re: Double, _ im: Double) -> Value {
  if cls == BuiltinType.complex.object { return makeComplex(t, re, im) }
  let v = makeInstance(t, cls)
  v.fields[0] = makeFloat(t, re)
  v.fields[1] = makeFloat(t, im)
  return v
}

/// Quotient by Smith's method, as CPython computes it; nil for a zero divisor.
public func complexQuotient(_ a: ComplexNumber, _ b: ComplexNumber) -> ComplexNumber? {
  let x = abs(b.re), y = abs(b.im)
  if x >= y {
    if x == 0 { return nil }
    let ratio = b.im / b.re, denominator = b.re + b.im * ratio
    return ComplexNumber((a.re + a.im * ratio) / denominator, (a.im - a.re * ratio) / denominator)
  }
  if y >= x {
    let ratio = b.re / b.im, denominator = b.re * ratio + b.im
    return ComplexNumber((a.re * ratio + a.im) / denominator, (a.im * ratio - a.re) / denominator)
  }
  return ComplexNumber(.nan, .nan)
}

func complexProduct(_ a: ComplexNumber, _ b: ComplexNumber) -> ComplexNumber {
  ComplexNumber(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)
}

/// a ** b; small integer exponents by repeated multiplication, as CPython does.
func complexPow(_ t: ThreadRef, _ a: ComplexNumber, _ b: ComplexNumber) -> Value {
  if b.im == 0 && b.re == floor(b.re) && abs(b.re) <= 100 {
    let n = Int(b.re)
    var mask = 1, r = ComplexNumber(1, 0), p = a
    let m = abs(n)
    while mask > 0 && m >= mask {
      if m & mask != 0 { r = complexProduct(r, p) }
      mask <<= 1
      p = complexProduct(p, p)
    }
    if n < 0 {
      guard let q = complexQuotient(ComplexNumber(1, 0), r) else { return t.raise(.ZeroDivisionError, "0.0 to a negative or complex power") }
      r = q
    }
    if !r.re.isFinite || !r.im.isFinite, a.re.isFinite, a.im.isFinite { return t.raise(.OverflowError, "complex exponentiation") }
    return makeComplex(t, r.re, r.im)
  }
  if b.re == 0 && b.im == 0 { return makeComplex(t, 1, 0) }
  if a.re == 0 && a.im == 0 {
    if b.im != 0 || b.re < 0 { return t.raise(.ZeroDivisionError, "0.0 to a negative or complex power") }
    return makeComplex(t, 0, 0)
  }
  let absolute = hypot(a.re, a.im), angle = atan2(a.im, a.re)
  var length = pow(absolute, b.re), phase = angle * b.re
  if b.im != 0 {
    length /= exp(angle * b.im)
    phase += b.im * log(absolute)
  }
  // As CPython: the sine of infinity counts as a domain error.
  if phase.isInfinite { return t.raise(.ZeroDivisionError, "0.0 to a negative or complex power") }
  let re = length * cos(phase), im = length * sin(phase)
  if re.isInfinite || im.isInfinite { return t.raise(.OverflowError, "complex exponentiation") }
  return makeComplex(t, re, im)
}

private func arithmetic(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value {
  guard let a = complexValue(t, x), let b = complexValue(t, y) else { return t.pointee.exception.isEmpty ? .notImplemented : .empty }
  switch op {
  case .add: return makeComplex(t, a.re + b.re, a.im + b.im)
  case .sub: return makeComplex(t, a.re - b.re, a.im - b.im)
  case .mul:
    let p = complexProduct(a, b)
    return makeComplex(t, p.re, p.im)
  case .trueDiv:
    guard let q = complexQuotient(a, b) else { return t.raise(.ZeroDivisionError, "complex division by zero") }
    return makeComplex(t, q.re, q.im)
  default: return complexPow(t, a, b)
  }
}
private func power(_ t: ThreadRef, _ x: Value, _ y: Value, _ m: Value) -> Value {
  if !absent(m) { return t.valueError("complex modulo") }
  return arithmetic(t, .pow, x, y)
}
private func equal(_ t: ThreadRef, _ x: Value, _ y: Value) -> Bool? {
  let a = ComplexNumber(x.field(0).double, x.field(1).double)
  if y.isInt { return a.im == 0 && compareIntDouble(y, a.re) == 0 }
  if y.isFloat { return a.im == 0 && a.re == y.double }
  if y.isObject && y.kind == .complex { return a.re == y.field(0).double && a.im == y.field(1).double }
  return nil
}

func complexFromText(_ t: ThreadRef, _ v: Value) -> Value {
  let text = onText(v, { numberText($0) }, { numberText($0) }, { numberText($0) })
  guard let c = text.withUnsafeBufferPointer({ parseComplex($0) }) else { return t.valueError("complex() arg is a malformed string") }
  return makeComplex(t, c.real, c.imaginary)
}

func installComplex(_ t: ThreadRef) {
  let d = TypeDefinition(t, .complex)
  d.new("(cls, /, real=0, imag=0)") { t, a, n in
    guard checkNew(t, a[0], .complex) else { return .empty }
    let r = a[1], i = a[2]
    if i.isEmpty && r.isExact(.complex) && a[0] == BuiltinType.complex.object { return r }
    if r.isStr && !r.isEmpty {
      if !i.isEmpty { return t.typeError("complex() can't take second arg if first is a string") }
      let c = complexFromText(t, r)
      return c.isEmpty ? .empty : complexInstance(t, a[0], c.field(0).double, c.field(1).double)
    }
    if !i.isEmpty && i.isStr { return t.typeError("complex() second arg can't be a string") }
    func plain(_ v: Value) -> Bool { v.isEmpty || v.isFixnum || v.isFlonum || v.isExact(.int) || v.isExact(.float) || v.isBool || v.isExact(.complex) }
    guard plain(r), plain(i) else {
      return callApp(t, named: "textComplexFromObject", a[0], r.isEmpty ? .fixnum(0) : r, i.isEmpty ? .none : i)
    }
    return callComplexParts(t, a[0], r.isEmpty ? .fixnum(0) : r, i)
  }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    makeStr(t, ascii: reprComplex(real: a[0].field(0).double, imaginary: a[0].field(1).double))
  }
  d.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in
    // The hash of a NaN part depends on the object.
    let h = Support.hashDouble(a[0].field(0).double) ?? identityHash(a[0]), k = Support.hashDouble(a[0].field(1).double) ?? identityHash(a[0])
    return .fixnum(hashFixnum(hashComplex(real: h, imaginary: k)))
  }
  d.method("__bool__", "(self, /)", effects: Effects.leaf) { t, a, n in .bool(a[0].field(0).double != 0 || a[0].field(1).double != 0) }
  d.method("__add__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .add, a[0], a[1]) }
  d.method("__radd__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .add, a[1], a[0]) }
  d.method("__sub__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .sub, a[0], a[1]) }
  d.method("__rsub__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .sub, a[1], a[0]) }
  d.method("__mul__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .mul, a[0], a[1]) }
  d.method("__rmul__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .mul, a[1], a[0]) }
  d.method("__truediv__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .trueDiv, a[0], a[1]) }
  d.method("__rtruediv__", "(self, value, /)", effects: Effects.leaf) { t, a, n in arithmetic(t, .trueDiv, a[1], a[0]) }
  d.method("__pow__", "(self, value, mod=None, /)", effects: Effects.leaf) { t, a, n in power(t, a[0], a[1], n > 2 ? a[2] : .none) }
  d.method("__rpow__", "(self, value, mod=None, /)", effects: Effects.leaf) { t, a, n in power(t, a[1], a[0], n > 2 ? a[2] : .none) }
  d.method("__neg__", "(self, /)", effects: Effects.leaf) { t, a, n in makeComplex(t, -a[0].field(0).double, -a[0].field(1).double) }
  d.method("__pos__", "(self, /)", effects: Effects.leaf) { t, a, n in makeComplex(t, a[0].field(0).double, a[0].field(1).double) }
  d.method("__abs__", "(self, /)", effects: Effects.leaf) { t, a, n in
    let x = a[0].field(0).double, y = a[0].field(1).double
    let r = hypot(x, y)
    if r.isInfinite && x.isFinite && y.isFinite { return t.raise(.OverflowError, "absolute value too large") }
    return makeFloat(t, r)
  }
  d.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in equal(t, a[0], a[1]).map { .bool($0) } ?? .notImplemented }
  d.method("__ne__", "(self, value, /)", effects: Effects.leaf) { t, a, n in equal(t, a[0], a[1]).map { .bool(!$0) } ?? .notImplemented }
  d.method("__lt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__le__", "(self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__gt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__ge__", "(self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__complex__", "(self, /)", effects: Effects.leaf) { t, a, n in makeComplex(t, a[0].field(0).double, a[0].field(1).double) }
  d.method("conjugate", "(self, /)", effects: Effects.leaf) { t, a, n in makeComplex(t, a[0].field(0).double, -a[0].field(1).double) }
  d.method("__getnewargs__", "(self, /)", effects: Effects.leaf) { t, a, n in pair(t, a[0].field(0), a[0].field(1)) }
  d.method("__format__", "(self, format_spec, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("__format__() argument must be str, not \(typeName(a[1]))") }
    let re = a[0].field(0).double, im = a[0].field(1).double
    if a[1].strCount == 0 { return a[0].isExact(.complex) ? makeStr(t, ascii: reprComplex(real: re, imaginary: im)) : callApp(t, .strFromObject, a[0]) }
    let typeText = ascii(typeName(a[0]))
    do {
      let text = scalars(a[1])
      let spec = try text.withUnsafeBufferPointer { try FormatSpec.parse($0, defaultType: 0, defaultAlign: 62, typeName: typeText) }
      return makeStr(t, scalars: try formatComplex(real: re, imaginary: im, spec: spec, typeName: typeText,
                                                   locale: spec.type == 110 ? currentNumberLocale() : NumberLocale()))
    } catch { return raise(t, error) }
  }
  d.member("real", field: 0)
  d.member("imag", field: 1)
}

/// complex(r, i) of plain numbers.
func callComplexParts(_ t: ThreadRef, _ cls: Value, _ r: Value, _ i: Value) -> Value {
  guard let a = complexValue(t, r) else { return .empty }
  if i.isEmpty { return complexInstance(t, cls, a.re, a.im) }
  guard let b = complexValue(t, i) else { return .empty }
  // Only complex parts mix: so signs of zeros survive.
  let ri = r.isObject && r.kind == .complex, ii = i.isObject && i.kind == .complex
  return complexInstance(t, cls, ii ? a.re - b.im : a.re, ri ? b.re + a.im : b.re)
}
