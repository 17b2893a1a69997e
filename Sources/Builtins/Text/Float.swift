// float: construction, operators, comparisons, conversions, formatting.

import CGMP
import Glibc
import Objects
import Support

@inline(__always) private func operand(_ v: Value) -> Bool { v.isFloat || v.isInt }

@inline(__always) private func binary(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value {
  guard operand(x), operand(y) else { return .notImplemented }
  guard let a = toDouble(t, x), let b = toDouble(t, y) else { return .empty }
  return numberOperation(t, op, makeFloat(t, a), makeFloat(t, b)) ?? .notImplemented
}
private func compare(_ op: CompareOp, _ x: Value, _ y: Value) -> Value {
  guard x.isFloat else { return .notImplemented }
  let a = x.double
  if y.isFloat {
    let b = y.double
    switch op {
    case .lt: return .bool(a < b)
    case .le: return .bool(a <= b)
    case .eq: return .bool(a == b)
    case .ne: return .bool(a != b)
    case .gt: return .bool(a > b)
    case .ge: return .bool(a >= b)
    }
  }
  guard y.isInt else { return .notImplemented }
  guard let c = compareIntDouble(y, a) else { return .bool(op == .ne) }
  return .bool(op.holds(-c))
}
private func divmod(_ t: ThreadRef, _ x: Value, _ y: Value) -> Value {
  guard operand(x), operand(y) else { return .notImplemented }
  guard let a = toDouble(t, x), let b = toDouble(t, y) else { return .empty }
  if b == 0 { return t.raise(.ZeroDivisionError, "float divmod()") }
  let (q, r) = floatDivmod(a, b)
  return pair(t, makeFloat(t, q), makeFloat(t, r))
}
private func power(_ t: ThreadRef, _ x: Value, _ y: Value, _ m: Value) -> Value {
  if !absent(m) { return t.typeError("pow() 3rd argument not allowed unless all arguments are integers") }
  return binary(t, .pow, x, y)
}

/// format(float, spec) with a parsed specification.
func formatDoubleValue(_ t: ThreadRef, _ d: Double, _ spec: FormatSpec, _ typeText: [UInt8]) throws -> Value {
  if let r = formatFloatASCII(d, spec: spec) { return makeStr(t, ascii: r) }
  let locale = spec.type == 110 ? currentNumberLocale() : NumberLocale()
  return makeStr(t, scalars: try formatFloat(d, spec: spec, typeName: typeText, locale: locale))
}

func formatFloatValue(_ t: ThreadRef, _ v: Value, _ text: Value) -> Value {
  if text.strCount == 0 { return v.isFlonum || v.isExact(.float) ? makeStr(t, ascii: reprDouble(v.double)) : callApp(t, .strFromObject, v) }
  let typeText = ascii(typeName(v))
  do {
    let spec = try onText(text, { try FormatSpec.parse($0, defaultType: 0, defaultAlign: 62, typeName: typeText) },
                          { try FormatSpec.parse($0, defaultType: 0, defaultAlign: 62, typeName: typeText) },
                          { try FormatSpec.parse($0, defaultType: 0, defaultAlign: 62, typeName: typeText) })
    return try formatDoubleValue(t, v.double, spec, typeText)
  } catch { return raise(t, error) }
}

/// float(x) natively, or nil where a class has a say.
func floatNatively(_ t: ThreadRef, _ x: Value) -> Value? {
  if x.isFlonum || x.isExact(.float) { return x }
  if x.isFixnum || x.isExact(.int) || x.isBool {
    guard let d = toDouble(t, x) else { return .empty }
    return makeFloat(t, d)
  }
  if x.isExact(.str) {
    if x.isASCII, let d = parseDouble(units8(x)) { return makeFloat(t, d) }
    return floatFromText(t, onText(x, { numberText($0) }, { numberText($0) }, { numberText($0) }), shown: x)
  }
  if x.isExact(.bytes) || x.isExact(.bytearray) {
    return withBuffer(x) { p in
      var from = 0, to = p.count
      while from < to && isASCIISpace(UInt32(p[from])) { from += 1 }
      while to > from && isASCIISpace(UInt32(p[to - 1])) { to -= 1 }
      return floatFromText(t, Array(p[from..<to]), shown: x)
    }
  }
  return nil
}

func floatFromText(_ t: ThreadRef, _ text: [UInt8], shown: Value) -> Value {
  if let d = text.withUnsafeBufferPointer({ parseDouble($0) }) { return makeFloat(t, d) }
  var r: [UInt32]
  if shown.isStr { r = scalars(strRepr(t, shown)) } else {
    r = withBuffer(shown) { bytesReprText($0).map(UInt32.init) } ?? []
    if shown.isObject && shown.kind == .bytearray { r = "bytearray(".unicodeScalars.map { $0.value } + r + [41] }
  }
  return t.raise(.ValueError, value: makeStr(t, scalars: "could not convert string to float: ".unicodeScalars.map { $0.value } + r))
}

/// round(x, digits) of a double, rounding the exact value half to even.
func roundDouble(_ t: ThreadRef, _ x: Double, _ digits: Int) -> Value {
  if !x.isFinite || x == 0 || digits > 323 { return makeFloat(t, x) }
  if digits < -308 { return makeFloat(t, copysign(0, x)) }
  let r: Double
  if digits >= 0 {
    r = formatDouble(x, type: 102, precision: digits).withUnsafeBufferPointer { parseDouble($0) } ?? x
  } else {
    let whole = trunc(abs(x))
    let sticky = whole != abs(x)
    let v = computeInt(t) { z in
      withScratch(3) { s in
        let p = s, q = s + 1, m = s + 2
        __gmpz_set_d(q, whole)
        __gmpz_ui_pow_ui(p, 10, UInt(-digits))
        __gmpz_tdiv_qr(q, m, q, p)
        __gmpz_mul_2exp(m, m, 1)
        let c = __gmpz_cmp(m, p)
        if c > 0 || c == 0 && (sticky || __gmpz_tstbit(q, 0) != 0) { __gmpz_add_ui(q, q, 1) }
        __gmpz_mul(z, q, p)
      }
    }
    guard let d = intToDouble(v) else { return t.raise(.OverflowError, "rounded value too large to represent") }
    r = copysign(d, x)
  }
  if r.isInfinite { return t.raise(.OverflowError, "rounded value too large to represent") }
  return makeFloat(t, r)
}

/// The nearest int, ties to even.
private func roundToInt(_ t: ThreadRef, _ x: Double) -> Value {
  if x.isNaN { return t.valueError("cannot convert float NaN to integer") }
  if x.isInfinite { return t.raise(.OverflowError, "cannot convert float infinity to integer") }
  return doubleToInt(t, x.rounded(.toNearestOrEven))
}

func asIntegerRatio(_ t: ThreadRef, _ x: Double) -> Value {
  if x.isInfinite { return t.raise(.OverflowError, "cannot convert Infinity to integer ratio") }
  if x.isNaN { return t.valueError("cannot convert NaN to integer ratio") }
  var e: Int32 = 0
  var m = frexp(x, &e)
  var i = 0
  while i < 300 && m != floor(m) { m *= 2; e -= 1; i += 1 }
  let n = doubleToInt(t, m)
  let s = Int(abs(e))
  if e >= 0 { return pair(t, withMPZ(n) { z in computeInt(t) { __gmpz_mul_2exp($0, z, mp_bitcnt_t(s)) } }, .fixnum(1)) }
  return pair(t, n, computeInt(t) { __gmpz_setbit($0, mp_bitcnt_t(s)) })
}

func installFloat(_ t: ThreadRef) {
  let d = TypeDefinition(t, .float)
  d.new("(cls, x=0, /, **kwargs)") { t, a, n in
    guard checkNew(t, a[0], .float) else { return .empty }
    // A subclass with an initialiser of its own may take keywords.
    if !a[2].isEmpty && lookup(a[0], Name.__init__.value) == objectInit { return t.typeError("float() takes no keyword arguments") }
    if a[1].isEmpty { return floatInstance(t, a[0], 0) }
    if let v = floatNatively(t, a[1]) { return v.isEmpty ? .empty : a[0] == BuiltinType.float.object ? v : floatInstance(t, a[0], v.double) }
    return callApp(t, .floatFromObject, a[1], a[0])
  }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in makeStr(t, ascii: reprDouble(a[0].double)) }
  d.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in
    guard let h = Support.hashDouble(a[0].double) else { return .fixnum(identityHash(a[0])) }
    return .fixnum(hashFixnum(h))
  }
  d.method("__bool__", "(self, /)", effects: Effects.leaf) { t, a, n in .bool(a[0].double != 0) }
  d.method("__add__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .add, a[0], a[1]) }
  d.method("__radd__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .add, a[1], a[0]) }
  d.method("__sub__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .sub, a[0], a[1]) }
  d.method("__rsub__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .sub, a[1], a[0]) }
  d.method("__mul__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .mul, a[0], a[1]) }
  d.method("__rmul__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .mul, a[1], a[0]) }
  d.method("__truediv__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .trueDiv, a[0], a[1]) }
  d.method("__rtruediv__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .trueDiv, a[1], a[0]) }
  d.method("__floordiv__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .floorDiv, a[0], a[1]) }
  d.method("__rfloordiv__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .floorDiv, a[1], a[0]) }
  d.method("__mod__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .mod, a[0], a[1]) }
  d.method("__rmod__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .mod, a[1], a[0]) }
  d.method("__divmod__", "(self, value, /)", effects: Effects.leaf) { t, a, n in divmod(t, a[0], a[1]) }
  d.method("__rdivmod__", "(self, value, /)", effects: Effects.leaf) { t, a, n in divmod(t, a[1], a[0]) }
  d.method("__pow__", "(self, value, mod=None, /)", effects: Effects.leaf) { t, a, n in power(t, a[0], a[1], n > 2 ? a[2] : .none) }
  d.method("__rpow__", "(self, value, mod=None, /)", effects: Effects.leaf) { t, a, n in power(t, a[1], a[0], n > 2 ? a[2] : .none) }
  d.method("__neg__", "(self, /)", effects: Effects.leaf) { t, a, n in makeFloat(t, -a[0].double) }
  d.method("__pos__", "(self, /)", effects: Effects.leaf) { t, a, n in makeFloat(t, a[0].double) }
  d.method("__abs__", "(self, /)", effects: Effects.leaf) { t, a, n in makeFloat(t, abs(a[0].double)) }
  d.method("__lt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.lt, a[0], a[1]) }
  d.method("__le__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.le, a[0], a[1]) }
  d.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.eq, a[0], a[1]) }
  d.method("__ne__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ne, a[0], a[1]) }
  d.method("__gt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.gt, a[0], a[1]) }
  d.method("__ge__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ge, a[0], a[1]) }
  d.method("__int__", "(self, /)", effects: Effects.leaf) { t, a, n in intFromDouble(t, a[0].double) }
  d.method("__trunc__", "(self, /)", effects: Effects.leaf) { t, a, n in intFromDouble(t, a[0].double) }
  d.method("__floor__", "(self, /)", effects: Effects.leaf) { t, a, n in intFromDouble(t, floor(a[0].double)) }
  d.method("__ceil__", "(self, /)", effects: Effects.leaf) { t, a, n in intFromDouble(t, ceil(a[0].double)) }
  d.method("__float__", "(self, /)", effects: Effects.leaf) { t, a, n in makeFloat(t, a[0].double) }
  d.method("conjugate", "(self, /)", effects: Effects.leaf) { t, a, n in makeFloat(t, a[0].double) }
  d.method("__round__", "(self, ndigits=None, /)") { t, a, n in
    if n < 2 || a[1].isNone { return roundToInt(t, a[0].double) }
    guard let k = clampedInt(a[1]) else { return retryWithIndex(t, .float, "__round__", a, n, 1) }
    return roundDouble(t, a[0].double, k)
  }
  d.method("__format__", "(self, format_spec, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("__format__() argument must be str, not \(typeName(a[1]))") }
    return formatFloatValue(t, a[0], a[1])
  }
  d.method("__getnewargs__", "(self, /)", effects: Effects.leaf) { t, a, n in makeTuple(t, [makeFloat(t, a[0].double)]) }
  d.method("as_integer_ratio", "(self, /)", effects: Effects.leaf) { t, a, n in asIntegerRatio(t, a[0].double) }
  d.method("is_integer", "(self, /)", effects: Effects.leaf) { t, a, n in
    let x = a[0].double
    return .bool(x.isFinite && floor(x) == x)
  }
  d.method("hex", "(self, /)", effects: Effects.leaf) { t, a, n in makeStr(t, ascii: hexDouble(a[0].double)) }
  d.classMethod("fromhex", "(type, string, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("fromhex() argument must be str, not \(typeName(a[1]))") }
    let text: [UInt8] = (0..<a[1].strCount).map { let c = a[1].codePoint($0); return c < 128 ? UInt8(c) : 63 }
    let v: Value
    switch text.withUnsafeBufferPointer({ parseHexDouble($0) }) {
    case .success(let d): v = makeFloat(t, d)
    case .failure(.invalid): return t.valueError("invalid hexadecimal floating-point string")
    case .failure(.tooLarge): return t.raise(.OverflowError, "hexadecimal value too large to represent as a float")
    }
    return a[0] == BuiltinType.float.object ? v : call(t, a[0], v)
  }
  d.classMethod("__getformat__", "(type, typestr, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("__getformat__() argument must be str, not \(typeName(a[1]))") }
    switch swiftString(a[1]) {
    case "double", "float": return makeStr(t, "IEEE, little-endian")
    default: return t.valueError("__getformat__() argument 1 must be 'double' or 'float'")
    }
  }
  d.getset("real", get: { t, a, n in makeFloat(t, a[0].double) })
  d.getset("imag", get: { t, a, n in makeFloat(t, 0) })
}
