// Operators beyond the fast paths: builtin pairs natively, everything else by special methods in app-level code.

import CGMP
import Glibc
import Heap

/// Order of the opcode table: plain, then in place.
public enum BinaryOp: Int, CaseIterable {
  case add, sub, mul, matMul, trueDiv, mod, pow, lshift, rshift, or, xor, and, floorDiv
  case iadd, isub, imul, imatMul, itrueDiv, imod, ipow, ilshift, irshift, ior, ixor, iand, ifloorDiv
  @inline(__always) public var plain: BinaryOp { rawValue < 13 ? self : unsafeBitCast(UInt8(truncatingIfNeeded: rawValue - 13), to: BinaryOp.self) }
  public var isInPlace: Bool { rawValue >= 13 }
  static let names: [(Name, Name, Name, String)] = [
    (.__add__, .__radd__, .__iadd__, "+"), (.__sub__, .__rsub__, .__isub__, "-"), (.__mul__, .__rmul__, .__imul__, "*"),
    (.__matmul__, .__rmatmul__, .__imatmul__, "@"), (.__truediv__, .__rtruediv__, .__itruediv__, "/"), (.__mod__, .__rmod__, .__imod__, "%"),
    (.__pow__, .__rpow__, .__ipow__, "** or pow()"), (.__lshift__, .__rlshift__, .__ilshift__, "<<"), (.__rshift__, .__rrshift__, .__irshift__, ">>"),
    (.__or__, .__ror__, .__ior__, "|"), (.__xor__, .__rxor__, .__ixor__, "^"), (.__and__, .__rand__, .__iand__, "&"),
    (.__floordiv__, .__rfloordiv__, .__ifloordiv__, "//"),
  ]
  public var method: Value {
    switch plain {
    case .add: return Name.__add__.value
    case .sub: return Name.__sub__.value
    case .mul: return Name.__mul__.value
    case .mod: return Name.__mod__.value
    default: return BinaryOp.names[plain.rawValue].0.value
    }
  }
  public var reflected: Value {
    switch plain {
    case .add: return Name.__radd__.value
    case .sub: return Name.__rsub__.value
    case .mul: return Name.__rmul__.value
    case .mod: return Name.__rmod__.value
    default: return BinaryOp.names[plain.rawValue].1.value
    }
  }
  public var inPlace: Value {
    switch plain {
    case .add: return Name.__iadd__.value
    case .sub: return Name.__isub__.value
    case .mul: return Name.__imul__.value
    case .mod: return Name.__imod__.value
    default: return BinaryOp.names[plain.rawValue].2.value
    }
  }
  public var symbol: String { BinaryOp.names[plain.rawValue].3 }
}
public enum UnaryOp: Int { case neg, pos, invert }
public enum CompareOp: Int {
  case lt, le, eq, ne, gt, ge
  public var method: Value {
    switch self {
    case .lt: return Name.__lt__.value
    case .le: return Name.__le__.value
    case .eq: return Name.__eq__.value
    case .ne: return Name.__ne__.value
    case .gt: return Name.__gt__.value
    case .ge: return Name.__ge__.value
    }
  }
  public var swapped: CompareOp {
    switch self {
    case .lt: return .gt
    case .le: return .ge
    case .eq: return .eq
    case .ne: return .ne
    case .gt: return .lt
    case .ge: return .le
    }
  }
  public func holds(_ c: Int) -> Bool {
    switch self {
    case .lt: return c < 0
    case .le: return c <= 0
    case .eq: return c == 0
    case .ne: return c != 0
    case .gt: return c > 0
    case .ge: return c >= 0
    }
  }
  public var symbol: String { ["<", "<=", "==", "!=", ">", ">="][rawValue] }
}

@inline(__always) func exactNumber(_ v: Value) -> Bool { !v.isObject || v.isExact(.int) || v.isExact(.float) || v.isBool }

/// `x op y`.
public func binaryOperation(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value {
  if (x.isFixnum || x.isBool) && (y.isFixnum || y.isBool) {
    let a = x.isFixnum ? x.fixnum : x == .true ? 1 : 0, b = y.isFixnum ? y.fixnum : y == .true ? 1 : 0
    switch op {
    case .add, .iadd: return makeInt(t, a &+ b)
    case .sub, .isub: return makeInt(t, a &- b)
    default: break
    }
  }
  if exactNumber(x) && exactNumber(y), let r = numberOperation(t, op.plain, x, y) { return r }
  if x.isExact(.str) {
    if op == .mod && (!y.isObject || y.isExact(.tuple) || y.isExact(.str) || y.isExact(.float)) {
      let w = t.pointee.window!
      w[0] = x
      w[1] = y
      let r = weft_roots()[RootRegion.percentNative].to(NativeObject.self).pointee.code(t, w, 2)
      if r != .notImplemented { return r }
    }
    if op.plain == .add && y.isExact(.str) {
      var pair = (x, y)
      return withUnsafeMutablePointer(to: &pair) { $0.withMemoryRebound(to: Value.self, capacity: 2) { concatenate(t, $0, 2) } }
    }
  } else if x.isExact(.list) && op == .iadd && (y.isExact(.list) || y.isExact(.tuple)) {
    return listExtend(t, x, y).isEmpty ? .empty : x
  }
  return dispatchBinary(t, op, x, y)
}

/// Special methods: natives are tried here, Python methods in app-level code.
@inline(never)
func dispatchBinary(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value {
  let tx = x.type, ty = y.type
  if op.isInPlace {
    let m = lookup(tx, op.inPlace)
    if !m.isEmpty {
      guard m.isExact(.wrapperDescriptor) else { return callApp(t, .inplaceSlow, .fixnum(op.plain.rawValue), x, y) }
      // A sequence's own concatenation and repetition come after the right operand's say.
      if op == .iadd || op == .imul, tx != ty, case let r = lookup(ty, op.reflected), !r.isEmpty, !r.isExact(.wrapperDescriptor), !m.isEmpty {
        return callApp(t, .inplaceSlow, .fixnum(op.plain.rawValue), x, y)
      }
      let r = call(t, m, x, y)
      if r != .notImplemented { return r }
    }
  }
  let left = lookup(tx, op.method)
  let right = tx == ty ? Value.empty : lookup(ty, op.reflected)
  let leftNative = left.isEmpty || left.isExact(.wrapperDescriptor), rightNative = right.isEmpty || right.isExact(.wrapperDescriptor)
  if !leftNative || !rightNative { return callApp(t, .binarySlow, .fixnum(op.rawValue), x, y) }
  if !right.isEmpty && isSubtype(ty, tx) && right != lookup(tx, op.reflected) {
    let r = call(t, right, y, x)
    if r != .notImplemented { return r }
    if !left.isEmpty {
      let q = call(t, left, x, y)
      if q != .notImplemented { return q }
    }
    return binaryTypeError(t, op, x, y)
  }
  if !left.isEmpty {
    let r = call(t, left, x, y)
    if r != .notImplemented { return r }
  }
  if !right.isEmpty {
    let r = call(t, right, y, x)
    if r != .notImplemented { return r }
  }
  return binaryTypeError(t, op, x, y)
}

/// The TypeError of an operator that nobody implements; sequences word it their own way.
public func binaryTypeError(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value {
  if op.plain == .add {
    for (k, word) in [(BuiltinType.str, "str"), (.list, "list"), (.tuple, "tuple")] where x.isObject && x.kind == k {
      return t.typeError("can only concatenate \(word) (not \"\(typeName(y))\") to \(word)")
    }
    if x.isObject && (x.kind == .bytes || x.kind == .bytearray) { return t.typeError("can't concat \(typeName(y)) to \(typeName(x))") }
  }
  if op.plain == .mul {
    let sequences: [BuiltinType] = [.str, .list, .tuple, .bytes, .bytearray]
    if x.isObject && sequences.contains(x.kind) { return t.typeError("can't multiply sequence by non-int of type '\(typeName(y))'") }
    if y.isObject && sequences.contains(y.kind) { return t.typeError("can't multiply sequence by non-int of type '\(typeName(x))'") }
  }
  if op == .rshift, x.isExact(.appFunction) && x.field(FunctionField.name) == intern(t, "print")
     || x.isExact(.builtinFunction) && x.to(NativeObject.self).pointee.name == intern(t, "print") {
    return t.typeError("unsupported operand type(s) for >>: '\(typeName(x))' and '\(typeName(y))'. Did you mean \"print(<message>, file=<output_stream>)\"?")
  }
  let symbol = op.isInPlace && op.plain != .pow ? op.symbol + "=" : op == .ipow ? "**=" : op.symbol
  return t.typeError("unsupported operand type(s) for \(symbol): '\(typeName(x))' and '\(typeName(y))'")
}

/// Arithmetic on exact ints, bools and floats; nil when the operator is not defined for them.
public func numberOperation(_ t: ThreadRef, _ op: BinaryOp, _ x: Value, _ y: Value) -> Value? {
  if x.isInt && y.isInt {
    switch op {
    case .add: return intArithmetic(t, .add, x, y)
    case .sub: return intArithmetic(t, .sub, x, y)
    case .mul: return intArithmetic(t, .mul, x, y)
    case .floorDiv, .mod:
      if y.intSign == 0 { return t.raise(.ZeroDivisionError, op == .mod ? "integer modulo by zero" : "integer division or modulo by zero") }
      return intArithmetic(t, op == .mod ? .mod : .floorDiv, x, y)
    case .trueDiv: return intTrueDivide(t, x, y)
    case .and, .or, .xor:
      let r = intArithmetic(t, op == .and ? .and : op == .or ? .or : .xor, x, y)
      return x.isBool && y.isBool ? .bool(r.fixnum != 0) : r
    case .lshift, .rshift: return intShift(t, x, y, left: op == .lshift)
    case .pow: return intPower(t, x, y)
    default: return nil
    }
  }
  guard let a = toDouble(t, x), let b = toDouble(t, y) else { return t.pointee.exception.isEmpty ? nil : .empty }
  switch op {
  case .add: return makeFloat(t, a + b)
  case .sub: return makeFloat(t, a - b)
  case .mul: return makeFloat(t, a * b)
  case .trueDiv:
    if b == 0 { return t.raise(.ZeroDivisionError, "float division by zero") }
    return makeFloat(t, a / b)
  case .floorDiv:
    if b == 0 { return t.raise(.ZeroDivisionError, "float floor division by zero") }
    return makeFloat(t, floatDivmod(a, b).0)
  case .mod:
    if b == 0 { return t.raise(.ZeroDivisionError, "float modulo") }
    return makeFloat(t, floatDivmod(a, b).1)
  case .pow: return floatPower(t, a, b)
  default: return nil
  }
}

/// A float or an int as a double; nil otherwise, with OverflowError set when an int is too large.
public func toDouble(_ t: ThreadRef, _ v: Value) -> Double? {
  if v.isFixnum { return Double(v.fixnum) }
  if v.isFloat { return v.double }
  guard v.isInt else { return nil }
  if let d = intToDouble(v) { return d }
  t.raise(.OverflowError, "int too large to convert to float")
  return nil
}

/// CPython's float divmod: quotient floored, remainder with the sign of the divisor.
public func floatDivmod(_ a: Double, _ b: Double) -> (Double, Double) {
  var m = fmod(a, b)
  var d = (a - m) / b
  if m != 0 {
    if (b < 0) != (m < 0) { m += b; d -= 1 }
  } else {
    m = copysign(0, b)
  }
  var q: Double
  if d != 0 {
    q = floor(d)
    if d - q > 0.5 { q += 1 }
  } else {
    q = copysign(0, a / b)
  }
  return (q, m)
}

func intTrueDivide(_ t: ThreadRef, _ x: Value, _ y: Value) -> Value {
  if y.intSign == 0 { return t.raise(.ZeroDivisionError, "division by zero") }
  if let a = x.asInt, let b = y.asInt, a.magnitude <= 1 << 53, b.magnitude <= 1 << 53 { return makeFloat(t, Double(a) / Double(b)) }
  // Scale so that the integer quotient has 64 or 65 bits, with a sticky bit, and let the conversion round.
  var overflow = false
  let d: Double = withMPZ(x) { a in withMPZ(y) { b in
    if a.pointee._mp_size == 0 { return b.pointee._mp_size < 0 ? -0.0 : 0 }
    let shift = 66 - (Int(__gmpz_sizeinbase(a, 2)) - Int(__gmpz_sizeinbase(b, 2)))
    var n = __mpz_struct(), q = __mpz_struct(), r = __mpz_struct()
    __gmpz_init(&n); __gmpz_init(&q); __gmpz_init(&r)
    defer { __gmpz_clear(&n); __gmpz_clear(&q); __gmpz_clear(&r) }
    var den = b.pointee
    var scaled = __mpz_struct()
    __gmpz_init(&scaled)
    defer { __gmpz_clear(&scaled) }
    if shift >= 0 { __gmpz_mul_2exp(&n, a, mp_bitcnt_t(shift)) } else { __gmpz_set(&n, a); __gmpz_mul_2exp(&scaled, b, mp_bitcnt_t(-shift)); den = scaled }
    __gmpz_tdiv_qr(&q, &r, &n, &den)
    // q has 66 or 67 bits. Subnormal results need fewer: round once, at the right place.
    let bits = Int(__gmpz_sizeinbase(&q, 2))
    let exponent = bits - shift
    if exponent > 1024 { overflow = true; return 0 }
    let keep = max(0, min(53, exponent + 1074))
    let drop = bits - keep
    let sticky = r._mp_size != 0
    var top = __mpz_struct()
    __gmpz_init(&top)
    defer { __gmpz_clear(&top) }
    let negative = q._mp_size < 0
    q._mp_size = abs(q._mp_size)
    __gmpz_tdiv_q_2exp(&top, &q, mp_bitcnt_t(drop))
    var m = top._mp_size == 0 ? UInt64(0) : UInt64(top._mp_d[0])
    if drop > 0 {
      let half = __gmpz_tstbit(&q, mp_bitcnt_t(drop - 1)) != 0
      let low = __gmpz_scan1(&q, 0) < mp_bitcnt_t(drop - 1) || sticky
      if half && (low || m & 1 != 0) { m += 1 }
    }
    let v = scalbn(Double(m), Int32(drop - shift))
    if v.isInfinite { overflow = true }
    return negative ? -v : v
  } }
  if overflow { return t.raise(.OverflowError, "integer division result too large for a float") }
  return makeFloat(t, d)
}

func intShift(_ t: ThreadRef, _ x: Value, _ y: Value, left: Bool) -> Value {
  if y.intSign < 0 { return t.valueError("negative shift count") }
  guard let n = y.asInt else {
    if x.intSign == 0 { return .fixnum(0) }
    if !left { return x.intSign < 0 ? .fixnum(-1) : .fixnum(0) }
    return t.raise(.OverflowError, "too many digits in integer")
  }
  if left {
    if x.intSign == 0 { return .fixnum(0) }
    if n > 1 << 36 || !mayAllocate(bytes: n / 4) { return t.raise(.MemoryError) }
    return withMPZ(x) { a in computeInt(t) { __gmpz_mul_2exp($0, a, mp_bitcnt_t(n)) } }
  }
  if let a = x.asInt { return makeInt(t, n > 63 ? (a < 0 ? -1 : 0) : a >> n) }
  return withMPZ(x) { a in computeInt(t) { __gmpz_fdiv_q_2exp($0, a, mp_bitcnt_t(n)) } }
}

func intPower(_ t: ThreadRef, _ x: Value, _ y: Value) -> Value {
  if y.intSign < 0 {
    guard let a = toDouble(t, x), let b = toDouble(t, y) else { return .empty }
    if a == 0 { return t.raise(.ZeroDivisionError, "0.0 cannot be raised to a negative power") }
    return floatPower(t, a, b)
  }
  if let a = x.asInt, a == 0 || a == 1 || a == -1 {
    if a == -1 { return .fixnum(y.isFixnum && y.fixnum & 1 == 0 || !y.isFixnum && y.limbs[0] & 1 == 0 ? 1 : -1) }
    return y.intSign == 0 ? .fixnum(1) : .fixnum(a)
  }
  guard let n = y.asInt, n < 1 << 36 else { return t.raise(.MemoryError) }
  let (bits, over) = n.multipliedReportingOverflow(by: x.isFixnum ? 64 - abs(x.fixnum).leadingZeroBitCount : abs(x.intObject.pointee.count) * 64)
  if over || bits > 1 << 36 || !mayAllocate(bytes: bits / 4) { return t.raise(.MemoryError) }
  return withMPZ(x) { a in computeInt(t) { __gmpz_pow_ui($0, a, UInt(n)) } }
}

public func floatPower(_ t: ThreadRef, _ a: Double, _ b: Double) -> Value {
  if b == 0 { return makeFloat(t, 1) }
  if a == 1 { return makeFloat(t, 1) }
  if a == 0 && b < 0 && b.isFinite { return t.raise(.ZeroDivisionError, "0.0 cannot be raised to a negative power") }
  if a < 0 && a.isFinite && b.isFinite && b != floor(b) { return complexPower(t, a, 0, b, 0) }
  let r = pow(a, b)
  if r.isInfinite && a.isFinite && b.isFinite { return t.raise(.OverflowError, value: pair(t, .fixnum(34), makeStr(t, "Numerical result out of range"))) }
  return makeFloat(t, r)
}

/// Complex power in polar form, as CPython's complexobject does.
public func complexPower(_ t: ThreadRef, _ ar: Double, _ ai: Double, _ br: Double, _ bi: Double) -> Value {
  if br == 0 && bi == 0 { return makeComplex(t, 1, 0) }
  if ar == 0 && ai == 0 {
    if bi != 0 || br < 0 { return t.raise(.ZeroDivisionError, "0.0 to a negative or complex power") }
    return makeComplex(t, 0, 0)
  }
  let v = hypot(ar, ai), at = atan2(ai, ar)
  var length = pow(v, br), phase = at * br
  if bi != 0 { length *= exp(-at * bi); phase += bi * log(v) }
  let re = length * cos(phase), im = length * sin(phase)
  if !re.isFinite || !im.isFinite, ar.isFinite, ai.isFinite, br.isFinite, bi.isFinite { return t.raise(.OverflowError, "complex exponentiation") }
  return makeComplex(t, re, im)
}

/// `-x`, `+x`, `~x`.
public func unaryOperation(_ t: ThreadRef, _ op: UnaryOp, _ x: Value) -> Value {
  if exactNumber(x) {
    if x.isInt {
      switch op {
      case .neg: return withMPZ(x) { z in computeInt(t) { __gmpz_neg($0, z) } }
      case .pos: return plainInt(t, x)
      case .invert: return withMPZ(x) { z in computeInt(t) { __gmpz_com($0, z) } }
      }
    }
    switch op {
    case .neg: return makeFloat(t, -x.double)
    case .pos: return x
    case .invert: break
    }
  }
  let m = lookup(x.type, op == .neg ? Name.__neg__.value : op == .pos ? Name.__pos__.value : Name.__invert__.value)
  if m.isEmpty { return t.typeError("bad operand type for unary \(op == .neg ? "-" : op == .pos ? "+" : "~"): '\(typeName(x))'") }
  return callBoundTo(t, m, x, t.pointee.window!, 0)
}

/// `x op y`; any object.
public func compareOperation(_ t: ThreadRef, _ op: CompareOp, _ x: Value, _ y: Value) -> Value {
  if exactNumber(x) && exactNumber(y) {
    if x.isInt && y.isInt { return .bool(op.holds(intCompare(x, y))) }
    if x.isFloat && y.isFloat {
      let a = x.double, b = y.double
      switch op {
      case .lt: return .bool(a < b)
      case .le: return .bool(a <= b)
      case .eq: return .bool(a == b)
      case .ne: return .bool(a != b)
      case .gt: return .bool(a > b)
      case .ge: return .bool(a >= b)
      }
    }
    let c = x.isInt ? compareIntDouble(x, y.double) : compareIntDouble(y, x.double).map { -$0 }
    guard let r = c else { return .bool(op == .ne) }
    return .bool(op.holds(r))
  }
  if x.isExact(.str) && y.isExact(.str) {
    if op == .eq { return .bool(strEqual(x, y)) }
    if op == .ne { return .bool(!strEqual(x, y)) }
    return .bool(op.holds(strCompare(x, y)))
  }
  let tx = x.type, ty = y.type
  let left = lookup(tx, op.method), right = lookup(ty, op.swapped.method)
  // object.__ne__ asks an __eq__ that may be Python's.
  if op == .ne, lookup(tx, Name.__eq__.value) != objectEquality || lookup(ty, Name.__eq__.value) != objectEquality {
    let plain = lookup(BuiltinType.object.object, Name.__ne__.value)
    if left == plain || right == plain { return callApp(t, .compareSlow, .fixnum(op.rawValue), x, y) }
  }
  // Both native: no Python code is needed to decide.
  if (left.isEmpty || left.isExact(.wrapperDescriptor)) && (right.isEmpty || right.isExact(.wrapperDescriptor)) {
    let reflectedFirst = tx != ty && isSubtype(ty, tx)
    if reflectedFirst && !right.isEmpty {
      let r = call(t, right, y, x)
      if r != .notImplemented { return r }
    }
    if !left.isEmpty {
      let r = call(t, left, x, y)
      if r != .notImplemented { return r }
    }
    if !reflectedFirst && !right.isEmpty {
      let r = call(t, right, y, x)
      if r != .notImplemented { return r }
    }
    if op == .eq { return .bool(x == y) }
    if op == .ne { return .bool(x != y) }
    return compareTypeError(t, op, x, y)
  }
  return callApp(t, .compareSlow, .fixnum(op.rawValue), x, y)
}
public func compareTypeError(_ t: ThreadRef, _ op: CompareOp, _ x: Value, _ y: Value) -> Value {
  t.typeError("'\(op.symbol)' not supported between instances of '\(typeName(x))' and '\(typeName(y))'")
}

/// Truth as a bool value; empty when Python code runs (its result may be any object: see Deliver.branch).
public func truthSlow(_ t: ThreadRef, _ v: Value) -> Value {
  if v.isFixnum { return .bool(v.fixnum != 0) }
  if v.isFlonum { return .bool(v.flonum != 0) }
  switch v.object.pointee.shape {
  case BuiltinType.bool.shape: return v
  case BuiltinType.noneType.shape: return .false
  case BuiltinType.str.shape: return .bool(v.strCount != 0)
  case BuiltinType.list.shape: return .bool(v.listCount != 0)
  case BuiltinType.tuple.shape: return .bool(v.count != 0)
  case BuiltinType.dict.shape, BuiltinType.set.shape, BuiltinType.frozenset.shape: return .bool(v.used != 0)
  case BuiltinType.int.shape: return .bool(v.intSign != 0)
  case BuiltinType.float.shape: return .bool(v.double != 0)
  case BuiltinType.bytes.shape: return .bool(v.bytesCount != 0)
  default: break
  }
  let type = v.type
  var m = lookup(type, Name.__bool__.value)
  if m.isEmpty {
    m = lookup(type, Name.__len__.value)
    if m.isEmpty { return .true }
  }
  if m.isExact(.wrapperDescriptor) {
    let r = call(t, m, v)
    if r.isFixnum { return .bool(r.fixnum != 0) }
    if r.isEmpty || r.isBool { return r }
  }
  return callApp(t, .truth, v)
}

/// `x in container`: a bool value, or empty.
public func containsOperation(_ t: ThreadRef, _ container: Value, _ x: Value) -> Value {
  if container.isObject {
    switch container.object.pointee.shape {
    case BuiltinType.dict.shape, BuiltinType.set.shape, BuiltinType.frozenset.shape:
      guard let h = nativeHash(x) else { break }
      let i = find(container, x, h)
      if i != Probe.needsPython { return .bool(i >= 0) }
    case BuiltinType.str.shape where x.isExact(.str):
      return .bool(strFind(container, x, 0, container.strCount) >= 0)
    case BuiltinType.tuple.shape, BuiltinType.list.shape:
      guard let (p, n) = sequenceItems(container) else { break }
      var unsure = false
      for i in 0..<n {
        let q = nativeEqual(p[i], x)
        if q == 1 && !unsure { return .true }
        if q < 0 { unsure = true; break }
      }
      if !unsure { return .false }
      return callApp(t, .contains, container, x)
    default: break
    }
  }
  let m = lookup(container.type, Name.__contains__.value)
  if m.isEmpty || m.isNone { return callApp(t, .contains, container, x) }
  let w = t.pointee.window!
  w[0] = x
  t.pointee.window = w + 1
  let r = callBoundTo(t, m, container, w, 1)
  t.pointee.window = w
  return r.isEmpty || r.isBool ? r : truthSlow(t, r)
}

/// Index of `needle` in `s[from..<to]` in code points, or -1.
public func strFind(_ s: Value, _ needle: Value, _ from: Int, _ to: Int) -> Int {
  let n = needle.strCount
  if n > to - from { return -1 }
  if n == 0 { return from }
  let w = s.strWidth
  if needle.strWidth > w { return -1 }
  if w == 1 {
    let base = s.strData + from
    guard let p = n == 1 ? memchr(base, Int32(needle.codePoint(0)), to - from) : weft_memmem(base, to - from, needle.strData, n) else { return -1 }
    return from + (p - base)
  }
  let first = needle.codePoint(0)
  var i = from
  while i <= to - n {
    if s.codePoint(i) == first {
      var k = 1
      while k < n && s.codePoint(i + k) == needle.codePoint(k) { k += 1 }
      if k == n { return i }
    }
    i += 1
  }
  return -1
}

/// The strings joined. All are str.
public func concatenate(_ t: ThreadRef, _ p: UnsafeMutablePointer<Value>, _ n: Int) -> Value {
  var total = 0, width = 1, ascii = true
  for i in 0..<n {
    let v = p[i]
    if !v.isStr { return t.typeError("sequence item \(i): expected str instance, \(typeName(v)) found") }
    total += v.strCount
    width = max(width, v.strWidth)
    ascii = ascii && v.isASCII
  }
  if total == 0 { return weft_vm.emptyStr }
  if n == 1 && p[0].isExact(.str) { return p[0] }
  for i in 0..<n where p[i].strCount == total && p[i].isExact(.str) { return p[i] }
  if !mayAllocate(bytes: total * width) { return t.raise(.MemoryError) }
  let r = makeStr(t, count: total, width: width, ascii: ascii)
  var at = 0
  for i in 0..<n { copyText(p[i], 0, p[i].strCount, into: r, at: at); at += p[i].strCount }
  return r
}

/// Copies code points between strs; the target is at least as wide.
public func copyText(_ s: Value, _ from: Int, _ count: Int, into r: Value, at: Int) {
  let w = r.strWidth
  if s.strWidth == w {
    memcpy(r.strData + at * w, s.strData + from * w, count * w)
  } else if w == 2 {
    let d = r.strData.assumingMemoryBound(to: UInt16.self) + at
    let q = s.strData.assumingMemoryBound(to: UInt8.self) + from
    for i in 0..<count { d[i] = UInt16(q[i]) }
  } else {
    let d = r.strData.assumingMemoryBound(to: UInt32.self) + at
    for i in 0..<count { d[i] = s.codePoint(from + i) }
  }
}
