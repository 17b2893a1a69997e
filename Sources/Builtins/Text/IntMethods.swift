// int: bits, bytes, ratios, formatting.

import CGMP
import Glibc
import Objects
import Support

private let intName = ascii("int")

/// format(int, spec).
func formatInt(_ t: ThreadRef, _ v: Value, _ text: Value) -> Value {
  if text.strCount == 0 {
    return v.isFixnum || v.isExact(.int) ? intRepr(t, v) : callApp(t, .strFromObject, v)
  }
  let typeText = ascii(typeName(v))
  do {
    let spec = try onText(text, { try FormatSpec.parse($0, defaultType: 100, defaultAlign: 62, typeName: typeText) },
                          { try FormatSpec.parse($0, defaultType: 100, defaultAlign: 62, typeName: typeText) },
                          { try FormatSpec.parse($0, defaultType: 100, defaultAlign: 62, typeName: typeText) })
    switch try integerPresentation(spec, typeName: typeText) {
    case .float:
      guard let d = toDouble(t, v) else { return .empty }
      return try formatDoubleValue(t, d, spec, typeText)
    case .character:
      guard let c = v.asInt, c >= 0, c < 0x110000 else {
        return t.raise(.OverflowError, v.asInt == nil ? "Python int too large to convert to C long" : "%c arg not in range(0x110000)")
      }
      return makeStr(t, scalars: formatCharacter(UInt32(c), spec: spec))
    case .digits(let base, let localized):
      if base == 10 && v.asInt == nil {
        let s = intRepr(t, v)
        if s.isEmpty { return .empty }
      }
      var digits = intDigits(v, base: base)
      let negative = digits.first == 45
      if negative { digits.removeFirst() }
      if !localized, let r = formatIntegerASCII(digits: digits, negative: negative, spec: spec) { return makeStr(t, ascii: r) }
      return makeStr(t, scalars: formatInteger(digits: digits, negative: negative, spec: spec, locale: localized ? currentNumberLocale() : NumberLocale()))
    }
  } catch { return raise(t, error) }
}

/// What the C locale in force says about numbers.
func currentNumberLocale() -> NumberLocale {
  guard let l = localeconv() else { return NumberLocale() }
  func text(_ p: UnsafeMutablePointer<CChar>?) -> [UInt32] {
    guard let p else { return [] }
    return String(cString: p).unicodeScalars.map { $0.value }
  }
  var groups: [UInt8] = []
  if let g = l.pointee.grouping {
    var i = 0
    while g[i] != 0 && i < 16 { groups.append(UInt8(bitPattern: g[i])); i += 1 }
  }
  return NumberLocale(decimalPoint: text(l.pointee.decimal_point), thousandsSeparator: text(l.pointee.thousands_sep), grouping: groups)
}

/// "little": false, "big": true; nil with an exception set.
private func isBigEndian(_ t: ThreadRef, _ v: Value) -> Bool? {
  if v.isEmpty { return true }
  guard v.isStr else {
    t.typeError("byteorder must be str, not \(typeName(v))")
    return nil
  }
  switch swiftString(v) {
  case "little": return false
  case "big": return true
  default:
    t.valueError("byteorder must be either 'little' or 'big'")
    return nil
  }
}

/// int.to_bytes; `length` bytes in two's complement where `signed`.
func intToBytes(_ t: ThreadRef, _ v: Value, _ length: Int, big: Bool, signed: Bool) -> Value {
  if length < 0 { return t.valueError("length argument must be non-negative") }
  if v.intSign < 0 && !signed { return t.raise(.OverflowError, "can't convert negative int to unsigned") }
  let fits: Bool = withMPZ(v) { z in
    if z.pointee._mp_size == 0 { return true }
    var bits = Int(__gmpz_sizeinbase(z, 2))
    if signed {
      // -2 ** k needs no further bit.
      if z.pointee._mp_size < 0 && Int(__gmpz_scan1(z, 0)) == bits - 1 { bits -= 1 }
      bits += 1
    }
    return bits <= length * 8
  }
  if !fits { return t.raise(.OverflowError, "int too big to convert") }
  if !mayAllocate(bytes: length) { return t.raise(.MemoryError) }
  let r = makeBytes(t, count: length)
  let p = r.bytesData
  withMPZ(v) { z in
    let n = Int(abs(z.pointee._mp_size)), negative = z.pointee._mp_size < 0
    var carry: UInt = 1
    for i in 0..<((length + 7) / 8) {
      var limb: UInt = i < n ? UInt(z.pointee._mp_d[i]) : 0
      if negative {
        let (s, o) = (~limb).addingReportingOverflow(carry)
        limb = s
        carry = o ? 1 : 0
      }
      var k = i * 8
      while k < min(length, i * 8 + 8) {
        p[big ? length - 1 - k : k] = UInt8(truncatingIfNeeded: limb)
        limb >>= 8
        k += 1
      }
    }
  }
  return r
}

/// int.from_bytes.
func intFromBytes(_ t: ThreadRef, _ p: UnsafeBufferPointer<UInt8>, big: Bool, signed: Bool) -> Value {
  let n = p.count
  if n == 0 { return .fixnum(0) }
  if !mayAllocate(bytes: n * 3) { return t.raise(.MemoryError) }
  let negative = signed && p[big ? 0 : n - 1] >= 128
  if n <= 8 {
    var u: UInt = negative ? UInt.max : 0
    for i in 0..<n { u = u << 8 | UInt(p[big ? i : n - 1 - i]) }
    return signed ? makeInt(t, Int(bitPattern: u)) : makeInt(t, unsigned: u)
  }
  return computeInt(t) { z in
    __gmpz_import(z, n, big ? 1 : -1, 1, 1, 0, p.baseAddress!)
    if negative {
      var m = __mpz_struct()
      __gmpz_init(&m)
      __gmpz_setbit(&m, mp_bitcnt_t(n * 8))
      __gmpz_sub(z, z, &m)
      __gmpz_clear(&m)
    }
  }
}

/// Truth of an argument that is natively known; anything else counts as its emptiness would (callers convert first).
@inline(__always) func flag(_ v: Value, _ missing: Bool = false) -> Bool {
  if v.isEmpty { return missing }
  if v.isFixnum { return v.fixnum != 0 }
  if v.isBool { return v == .true }
  if v.isNone { return false }
  if v.isInt { return v.intSign != 0 }
  if v.isObject && v.kind == .str { return v.strCount != 0 }
  return true
}

func installIntMethods(_ d: TypeDefinition) {
  d.method("bit_length", "(self, /)", effects: Effects.leaf) { t, a, n in
    withMPZ(a[0]) { .fixnum($0.pointee._mp_size == 0 ? 0 : Int(__gmpz_sizeinbase($0, 2))) }
  }
  d.method("bit_count", "(self, /)", effects: Effects.leaf) { t, a, n in
    withMPZ(a[0]) { z in
      var c = 0
      for i in 0..<Int(abs(z.pointee._mp_size)) { c += UInt(z.pointee._mp_d[i]).nonzeroBitCount }
      return .fixnum(c)
    }
  }
  d.method("as_integer_ratio", "(self, /)", effects: Effects.leaf) { t, a, n in pair(t, plainInt(t, a[0]), .fixnum(1)) }
  d.method("to_bytes", "(self, /, length=1, byteorder='big', *, signed=False)") { t, a, n in
    var length = 1
    if !a[1].isEmpty {
      guard a[1].isInt else {
        if lookup(a[1].type, Name.__index__.value).isEmpty { return t.typeError("'\(typeName(a[1]))' object cannot be interpreted as an integer") }
        return callApp(t, named: "textToBytes", a[0], a[1], a[2].isEmpty ? intern(t, "big") : a[2], a[3].isEmpty ? .false : a[3])
      }
      guard let l = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
      length = l
    }
    guard let big = isBigEndian(t, a[2]) else { return .empty }
    return intToBytes(t, a[0], length, big: big, signed: flag(a[3]))
  }
  d.classMethod("from_bytes", "(type, /, bytes, byteorder='big', *, signed=False)") { t, a, n in
    guard let big = isBigEndian(t, a[2]) else { return .empty }
    let r: Value? = a[1].isObject && lookup(a[1].type, Name.__bytes__.value).isEmpty || a[1].isExact(.bytes)
      ? withBuffer(a[1]) { intFromBytes(t, $0, big: big, signed: flag(a[3])) } : nil
    guard let v = r else { return callApp(t, named: "textIntFromBytes", a[0], a[1], a[2].isEmpty ? intern(t, "big") : a[2], .bool(flag(a[3]))) }
    return a[0] == BuiltinType.int.object || v.isEmpty ? v : call(t, a[0], v)
  }
}
