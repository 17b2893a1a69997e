// int and bool: construction, operators, comparisons, conversions.

import CGMP
import Glibc
import Objects
import Support

/// Limit of decimal digits that int <-> str conversions accept (sys.set_int_max_str_digits); 0: none.
nonisolated(unsafe) public var intMaxStrDigits = 4300

@inline(__always) private func binary(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value {
  guard x.isInt, y.isInt else { return .notImplemented }
  return numberOperation(t, op, x, y) ?? .notImplemented
}
@inline(__always) private func compare(_ op: CompareOp, _ x: Value, _ y: Value) -> Value {
  guard x.isInt, y.isInt else { return .notImplemented }
  return .bool(op.holds(intCompare(x, y)))
}
private func logic(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value {
  guard x.isInt, y.isInt else { return .notImplemented }
  return numberOperation(t, op, x, y) ?? .notImplemented
}

/// repr(int), within the digit limit.
public func intRepr(_ t: ThreadRef, _ v: Value) -> Value {
  if let i = v.asInt { return makeStr(t, ascii: decimalText(i)) }
  if intMaxStrDigits > 0 {
    let tooLong: Bool = withMPZ(v) { z in
      let n = Int(__gmpz_sizeinbase(z, 10))
      if n > intMaxStrDigits + 1 { return true }
      if n <= intMaxStrDigits { return false }
      var p = __mpz_struct()
      __gmpz_init(&p)
      defer { __gmpz_clear(&p) }
      __gmpz_ui_pow_ui(&p, 10, UInt(intMaxStrDigits))
      return __gmpz_cmpabs(z, &p) >= 0
    }
    if tooLong {
      return t.valueError("Exceeds the limit (\(intMaxStrDigits) digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit")
    }
  }
  return makeStr(t, ascii: intDigits(v))
}

/// (x // y, x % y) of ints.
func intDivmod(_ t: ThreadRef, _ x: Value, _ y: Value) -> Value {
  guard x.isInt, y.isInt else { return .notImplemented }
  if y.intSign == 0 { return t.raise(.ZeroDivisionError, "integer division or modulo by zero") }
  return pair(t, intArithmetic(t, .floorDiv, x, y), intArithmetic(t, .mod, x, y))
}

/// pow(x, y, m) of ints.
func intPowMod(_ t: ThreadRef, _ x: Value, _ y: Value, _ m: Value) -> Value {
  guard x.isInt, y.isInt else { return .notImplemented }
  if absent(m) { return numberOperation(t, .pow, x, y) ?? .notImplemented }
  guard m.isInt else { return .notImplemented }
  if m.intSign == 0 { return t.valueError("pow() 3rd argument cannot be 0") }
  var fail = false
  let r: Value = withMPZ(x) { a in withMPZ(y) { b in withMPZ(m) { c in
    computeInt(t) { r in
      var e = b.pointee, modulus = c.pointee
      modulus._mp_size = abs(modulus._mp_size)
      var base = __mpz_struct()
      __gmpz_init_set(&base, a)
      defer { __gmpz_clear(&base) }
      if e._mp_size < 0 {
        if __gmpz_cmp_ui(&modulus, 1) == 0 { return }
        if __gmpz_invert(&base, a, &modulus) == 0 { fail = true; return }
        e._mp_size = -e._mp_size
      }
      __gmpz_powm(r, &base, &e, &modulus)
      // The result has the sign of the modulus.
      if c.pointee._mp_size < 0 && r.pointee._mp_size != 0 { __gmpz_sub(r, r, &modulus) }
    }
  } } }
  return fail ? t.valueError("base is not invertible for the given modulus") : r
}

/// int(text) with a base; empty when an exception is set. `shown` is the object for the message.
func intFromText(_ t: ThreadRef, _ text: [UInt8], _ base: Int, shown: Value) -> Value {
  guard let p = text.withUnsafeBufferPointer({ parseIntegerBytes($0, base: base) }) else {
    var r = shown.isStr ? scalars(strRepr(t, shown)) : withBuffer(shown) { bytesReprText($0).map(UInt32.init) } ?? []
    if r.count > 200 { r = Array(r[..<200]) }
    return t.raise(.ValueError, value: makeStr(t, scalars: "invalid literal for int() with base \(base): ".unicodeScalars.map { $0.value } + r))
  }
  if let w = p.word { return makeInt(t, w) }
  if p.base & (p.base - 1) != 0 && intMaxStrDigits > 0 && p.digits.count > intMaxStrDigits {
    return t.valueError("Exceeds the limit (\(intMaxStrDigits) digits) for integer string conversion: value has \(p.digits.count) digits; use sys.set_int_max_str_digits() to increase the limit")
  }
  return parseInt(t, digits: (p.negative ? [45] : []) + p.digits, base: p.base) ?? t.valueError("invalid literal for int()")
}

/// int(float).
func intFromDouble(_ t: ThreadRef, _ d: Double) -> Value {
  if d.isNaN { return t.valueError("cannot convert float NaN to integer") }
  if d.isInfinite { return t.raise(.OverflowError, "cannot convert float infinity to integer") }
  return doubleToInt(t, d)
}

/// int(x) natively, or nil where a class has a say.
func intNatively(_ t: ThreadRef, _ x: Value) -> Value? {
  if x.isFixnum || x.isExact(.int) { return x }
  if x.isBool { return plainInt(t, x) }
  if x.isFlonum || x.isExact(.float) { return intFromDouble(t, x.double) }
  if x.isExact(.str) {
    if let i = plainInt(text: x) { return .fixnum(i) }
    return intFromText(t, onText(x, { numberText($0) }, { numberText($0) }, { numberText($0) }), 10, shown: x)
  }
  if x.isExact(.bytes) || x.isExact(.bytearray) { return withBuffer(x) { intFromText(t, Array($0), 10, shown: x) } }
  return nil
}

func intNew(_ t: ThreadRef, _ a: Args) -> Value {
  let cls = a[0], x = a[1], base = a[2]
  guard checkNew(t, cls, .int) else { return .empty }
  if cls == BuiltinType.bool.object { return t.typeError("int.__new__(bool) is not safe, use bool.__new__()") }
  if x.isEmpty {
    if !base.isEmpty { return t.typeError("int() missing string argument") }
    return intInstance(t, cls, .fixnum(0))
  }
  if base.isEmpty {
    if let v = intNatively(t, x) { return intInstance(t, cls, v) }
    return callApp(t, .intFromObject, x, cls)
  }
  guard let b = clampedInt(base) else { return retryWithIndex(t, .int, "__new__", a, 3, 2) }
  if b != 0 && (b < 2 || b > 36) { return t.valueError("int() base must be >= 2 and <= 36, or 0") }
  if x.isStr { return intInstance(t, cls, intFromText(t, onText(x, { numberText($0) }, { numberText($0) }, { numberText($0) }), b, shown: x)) }
  if x.isObject, x.kind == .bytes || x.kind == .bytearray { return intInstance(t, cls, withBuffer(x) { intFromText(t, Array($0), b, shown: x) } ?? .empty) }
  return t.typeError("int() can't convert non-string with explicit base")
}

/// Rounds an int to a multiple of 10 ** -digits, half to even.
func intRound(_ t: ThreadRef, _ x: Value, _ digits: Value) -> Value {
  if absent(digits) || digits.intSign >= 0 { return plainInt(t, x) }
  guard let d = digits.asInt, d > -(1 << 24) else { return .fixnum(0) }
  return withMPZ(x) { z in
    if Int(__gmpz_sizeinbase(z, 10)) + 1 < -d { return .fixnum(0) }
    return computeInt(t) { r in
      withScratch(3) { s in
        let p = s, q = s + 1, m = s + 2
        __gmpz_ui_pow_ui(p, 10, UInt(-d))
        __gmpz_fdiv_qr(q, m, z, p)
        __gmpz_mul_2exp(m, m, 1)
        let c = __gmpz_cmp(m, p)
        if c > 0 || c == 0 && __gmpz_tstbit(q, 0) != 0 { __gmpz_add_ui(q, q, 1) }
        __gmpz_mul(r, q, p)
      }
    }
  }
}

func installInt(_ t: ThreadRef) {
  let d = TypeDefinition(t, .int)
  d.new("(cls, x=0, /, base=10)") { t, a, n in intNew(t, a) }
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in intRepr(t, a[0]) }
  d.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(hashFixnum(intHash(a[0]))) }
  d.method("__bool__", "(self, /)", effects: Effects.leaf) { t, a, n in .bool(a[0].intSign != 0) }
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
  d.method("__divmod__", "(self, value, /)", effects: Effects.leaf) { t, a, n in intDivmod(t, a[0], a[1]) }
  d.method("__rdivmod__", "(self, value, /)", effects: Effects.leaf) { t, a, n in intDivmod(t, a[1], a[0]) }
  d.method("__pow__", "(self, value, mod=None, /)", effects: Effects.leaf) { t, a, n in intPowMod(t, a[0], a[1], n > 2 ? a[2] : .none) }
  d.method("__rpow__", "(self, value, mod=None, /)", effects: Effects.leaf) { t, a, n in intPowMod(t, a[1], a[0], n > 2 ? a[2] : .none) }
  d.method("__lshift__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .lshift, a[0], a[1]) }
  d.method("__rlshift__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .lshift, a[1], a[0]) }
  d.method("__rshift__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .rshift, a[0], a[1]) }
  d.method("__rrshift__", "(self, value, /)", effects: Effects.leaf) { t, a, n in binary(t, .rshift, a[1], a[0]) }
  for type in [BuiltinType.int, .bool] {
    // bool has its own so that two bools give a bool; they are the same code.
    let e = TypeDefinition(t, type)
    e.method("__and__", "(self, value, /)", effects: Effects.leaf) { t, a, n in logic(t, .and, a[0], a[1]) }
    e.method("__rand__", "(self, value, /)", effects: Effects.leaf) { t, a, n in logic(t, .and, a[1], a[0]) }
    e.method("__or__", "(self, value, /)", effects: Effects.leaf) { t, a, n in logic(t, .or, a[0], a[1]) }
    e.method("__ror__", "(self, value, /)", effects: Effects.leaf) { t, a, n in logic(t, .or, a[1], a[0]) }
    e.method("__xor__", "(self, value, /)", effects: Effects.leaf) { t, a, n in logic(t, .xor, a[0], a[1]) }
    e.method("__rxor__", "(self, value, /)", effects: Effects.leaf) { t, a, n in logic(t, .xor, a[1], a[0]) }
  }
  d.method("__neg__", "(self, /)", effects: Effects.leaf) { t, a, n in unaryOperation(t, .neg, plainInt(t, a[0])) }
  d.method("__pos__", "(self, /)", effects: Effects.leaf) { t, a, n in plainInt(t, a[0]) }
  d.method("__invert__", "(self, /)", effects: Effects.leaf) { t, a, n in unaryOperation(t, .invert, plainInt(t, a[0])) }
  d.method("__abs__", "(self, /)", effects: Effects.leaf) { t, a, n in
    a[0].intSign < 0 ? unaryOperation(t, .neg, plainInt(t, a[0])) : plainInt(t, a[0])
  }
  d.method("__lt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.lt, a[0], a[1]) }
  d.method("__le__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.le, a[0], a[1]) }
  d.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.eq, a[0], a[1]) }
  d.method("__ne__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ne, a[0], a[1]) }
  d.method("__gt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.gt, a[0], a[1]) }
  d.method("__ge__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ge, a[0], a[1]) }
  d.method("__int__", "(self, /)", effects: Effects.leaf) { t, a, n in plainInt(t, a[0]) }
  d.method("__index__", "(self, /)", effects: Effects.leaf) { t, a, n in plainInt(t, a[0]) }
  d.method("__trunc__", "(self, /)", effects: Effects.leaf) { t, a, n in plainInt(t, a[0]) }
  d.method("__floor__", "(self, /)", effects: Effects.leaf) { t, a, n in plainInt(t, a[0]) }
  d.method("__ceil__", "(self, /)", effects: Effects.leaf) { t, a, n in plainInt(t, a[0]) }
  d.method("conjugate", "(self, /)", effects: Effects.leaf) { t, a, n in plainInt(t, a[0]) }
  d.method("__float__", "(self, /)", effects: Effects.leaf) { t, a, n in
    guard let d = toDouble(t, a[0]) else { return .empty }
    return makeFloat(t, d)
  }
  d.method("__round__", "(self, ndigits=None, /)") { t, a, n in
    if n > 1 && !a[1].isNone && !a[1].isInt { return retryWithIndex(t, .int, "__round__", a, n, 1) }
    return intRound(t, a[0], n > 1 ? a[1] : .none)
  }
  d.method("__format__", "(self, format_spec, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("__format__() argument must be str, not \(typeName(a[1]))") }
    return formatInt(t, a[0], a[1])
  }
  d.method("__getnewargs__", "(self, /)", effects: Effects.leaf) { t, a, n in makeTuple(t, [plainInt(t, a[0])]) }
  d.method("__sizeof__", "(self, /)", effects: Effects.leaf) { t, a, n in
    // As CPython counts: 30-bit digits.
    let bits = withMPZ(a[0]) { $0.pointee._mp_size == 0 ? 0 : Int(__gmpz_sizeinbase($0, 2)) }
    return .fixnum(24 + 4 * max(1, (bits + 29) / 30))
  }
  d.getset("real", get: { t, a, n in plainInt(t, a[0]) })
  d.getset("numerator", get: { t, a, n in plainInt(t, a[0]) })
  d.getset("imag", get: { t, a, n in .fixnum(0) })
  d.getset("denominator", get: { t, a, n in .fixnum(1) })
  installIntMethods(d)

  let b = TypeDefinition(t, .bool)
  b.new("(cls, x=False, /)") { t, a, n in
    guard checkNew(t, a[0], .bool) else { return .empty }
    return n > 1 ? truthSlow(t, a[1]) : .false
  }
  b.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in intern(t, a[0] == .true ? "True" : "False") }
}
