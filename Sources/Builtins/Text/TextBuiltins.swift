// Builtin functions about numbers and text, and the natives that app-level code of this area needs.

import Glibc
import Objects
import Support

/// bin(), oct(), hex().
private func based(_ t: ThreadRef, _ v: Value, _ base: Int, _ letter: UInt8, _ name: String) -> Value {
  guard v.isInt else {
    if lookup(v.type, Name.__index__.value).isEmpty { return t.typeError("'\(typeName(v))' object cannot be interpreted as an integer") }
    return callApp(t, named: "textConvertIndex", getString(builtinsDict, intern(t, name)), .fixnum(0), v)
  }
  var d = intDigits(v, base: base)
  if d.first == 45 { d.insert(contentsOf: [48, letter], at: 1) } else { d.insert(contentsOf: [48, letter], at: 0) }
  return makeStr(t, ascii: d)
}

/// repr(x): a native __repr__ is called at once.
func reprOf(_ t: ThreadRef, _ v: Value) -> Value {
  if v.isExact(.str) { return strRepr(t, v) }
  if v.isFixnum || v.isFlonum || v.isExact(.int) || v.isExact(.float) || v.isBool || v.isNone { return strNatively(t, v)! }
  return callApp(t, .repr, v)
}

private func isSimple(_ v: Value) -> Bool { !v.isObject || v.isExact(.int) || v.isExact(.float) || v.isBool }

func installTextBuiltins(_ t: ThreadRef) {
  builtin(t, "abs", "(x, /)", effects: Effects.plain) { t, a, n in
    let x = a[0]
    if x.isFixnum { return makeInt(t, abs(x.fixnum)) }
    if x.isFlonum || x.isExact(.float) { return makeFloat(t, abs(x.double)) }
    if x.isExact(.int) { return x.intSign < 0 ? unaryOperation(t, .neg, x) : x }
    return callApp(t, named: "textAbs", x)
  }
  builtin(t, "ascii", "(obj, /)") { t, a, n in a[0].isExact(.str) ? strRepr(t, a[0], asciiOnly: true) : callApp(t, named: "textAscii", a[0]) }
  builtin(t, "repr", "(obj, /)") { t, a, n in reprOf(t, a[0]) }
  builtin(t, "bin", "(number, /)") { t, a, n in based(t, a[0], 2, 98, "bin") }
  builtin(t, "oct", "(number, /)") { t, a, n in based(t, a[0], 8, 111, "oct") }
  builtin(t, "hex", "(number, /)") { t, a, n in based(t, a[0], 16, 120, "hex") }
  builtin(t, "chr", "(i, /)", effects: Effects.plain) { t, a, n in
    guard a[0].isInt else {
      if lookup(a[0].type, Name.__index__.value).isEmpty { return t.typeError("'\(typeName(a[0]))' object cannot be interpreted as an integer") }
      return callApp(t, named: "textConvertIndex", getString(builtinsDict, intern(t, "chr")), .fixnum(0), a[0])
    }
    guard let i = a[0].asInt, i >= -(1 << 31), i < 1 << 31 else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
    if i < 0 || i >= 0x110000 { return t.valueError("chr() arg not in range(0x110000)") }
    return makeStr(t, codePoint: UInt32(i))
  }
  builtin(t, "ord", "(c, /)", effects: Effects.plain) { t, a, n in
    let v = a[0]
    if v.isObject {
      let count: Int
      switch v.kind {
      case .str:
        if v.strCount == 1 { return .fixnum(Int(v.codePoint(0))) }
        count = v.strCount
      case .bytes, .bytearray:
        if let b = bufferView(v), b.count == 1 { return .fixnum(Int(b.base[0])) }
        count = bufferView(v)?.count ?? 0
      default: return t.typeError("ord() expected string of length 1, but \(typeName(v)) found")
      }
      return t.typeError("ord() expected a character, but string of length \(count) found")
    }
    return t.typeError("ord() expected string of length 1, but \(typeName(v)) found")
  }
  builtin(t, "divmod", "(x, y, /)") { t, a, n in
    if isSimple(a[0]) && isSimple(a[1]) {
      if a[0].isInt && a[1].isInt { return intDivmod(t, a[0], a[1]) }
      guard let x = toDouble(t, a[0]), let y = toDouble(t, a[1]) else { return .empty }
      if y == 0 { return t.raise(.ZeroDivisionError, "float divmod()") }
      let (q, r) = floatDivmod(x, y)
      return pair(t, makeFloat(t, q), makeFloat(t, r))
    }
    return callApp(t, .divmodSlow, a[0], a[1])
  }
  builtin(t, "pow", "(base, exp, mod=None)") { t, a, n in
    if a[2].isEmpty || a[2].isNone {
      if isSimple(a[0]) && isSimple(a[1]), let r = numberOperation(t, .pow, a[0], a[1]) { return r }
      return callApp(t, .powMod, a[0], a[1], .none)
    }
    if isSimple(a[0]) && isSimple(a[1]) && isSimple(a[2]) && a[0].isInt && a[1].isInt && a[2].isInt { return intPowMod(t, a[0], a[1], a[2]) }
    return callApp(t, .powMod, a[0], a[1], a[2])
  }
  builtin(t, "round", "(number, ndigits=None)") { t, a, n in
    let digits = a[1].isEmpty ? Value.none : a[1]
    if a[0].isFixnum && digits.isNone { return a[0] }
    if (a[0].isFlonum || a[0].isExact(.float)) && digits.isFixnum { return roundDouble(t, a[0].double, digits.fixnum) }
    return callApp(t, .roundSlow, a[0], digits)
  }
  builtin(t, "format", "(value, format_spec='', /)") { t, a, n in
    let spec = n > 1 ? a[1] : weft_vm.emptyStr
    guard spec.isStr else { return t.typeError("format() argument 2 must be str, not \(typeName(spec))") }
    if let r = plainFormat(t, a[0], spec) { return r }
    return callApp(t, named: "textFormat", a[0], spec)
  }

  // Conversions for app-level code.
  defineAppNative(t, "textPlainInt", "(x, /)") { t, a, n in plainInt(t, a[0]) }
  defineAppNative(t, "textPlainFloat", "(x, /)") { t, a, n in
    guard let d = toDouble(t, a[0]) else { return .empty }
    return makeFloat(t, d)
  }
  defineAppNative(t, "textPlainComplex", "(x, /)") { t, a, n in makeComplex(t, a[0].field(0).double, a[0].field(1).double) }
  defineAppNative(t, "textHashInt", "(x, /)") { t, a, n in
    guard let i = a[0].asInt else { return .fixnum(hashFixnum(intHash(a[0]))) }
    return .fixnum(hashFixnum(i))
  }
  defineAppNative(t, "textMakeInt", "(cls, x, /)") { t, a, n in intInstance(t, a[0], a[1]) }
  defineAppNative(t, "textMakeFloat", "(cls, x, /)") { t, a, n in floatInstance(t, a[0], a[1].double) }
  defineAppNative(t, "textMakeStr", "(cls, x, /)") { t, a, n in strInstance(t, a[0], a[1]) }
  defineAppNative(t, "textMakeComplex", "(cls, real, imag, /)") { t, a, n in callComplexParts(t, a[0], a[1], a[2].isNone ? .empty : a[2]) }
  defineAppNative(t, "textAsciiText", "(s, /)") { t, a, n in
    if a[0].isASCII { return a[0] }
    var out: [UInt8] = []
    for i in 0..<a[0].strCount {
      let c = a[0].codePoint(i)
      if c < 128 { out.append(UInt8(c)); continue }
      let digits = digitText(UInt(c), base: 16), width = c < 256 ? 2 : c < 0x10000 ? 4 : 8
      out += [92, c < 256 ? 120 : c < 0x10000 ? 117 : 85] + [UInt8](repeating: 48, count: width - digits.count) + digits
    }
    return makeStr(t, ascii: out)
  }
  defineAppNative(t, "textIntParse", "(x, /)") { t, a, n in
    if a[0].isStr { return intFromText(t, onText(a[0], { numberText($0) }, { numberText($0) }, { numberText($0) }), 10, shown: a[0]) }
    return withBuffer(a[0]) { intFromText(t, Array($0), 10, shown: a[0]) } ?? .empty
  }
  defineAppNative(t, "textFloatParse", "(x, /)") { t, a, n in
    if a[0].isStr { return floatFromText(t, onText(a[0], { numberText($0) }, { numberText($0) }, { numberText($0) }), shown: a[0]) }
    return withBuffer(a[0]) { p in
      var from = 0, to = p.count
      while from < to && isASCIISpace(UInt32(p[from])) { from += 1 }
      while to > from && isASCIISpace(UInt32(p[to - 1])) { to -= 1 }
      return floatFromText(t, Array(p[from..<to]), shown: a[0])
    } ?? .empty
  }
  defineAppNative(t, "textHasBuffer", "(x, /)") { t, a, n in .bool(bufferView(a[0]) != nil) }
  // The builtin text type whose layout the object has.
  defineAppNative(t, "textBaseOf", "(x, /)") { t, a, n in a[0].kind.object }

  // str.format: (literal, name or None, spec, conversion or None, the spec has fields) a step.
  defineAppNative(t, "textFormatItems", "(text, /)") { t, a, n in
    let l = makeList(t)
    let s = a[0]
    do { try onText(s, { try formatItems(t, s, $0, l) }, { try formatItems(t, s, $0, l) }, { try formatItems(t, s, $0, l) }) }
    catch { return raise(t, error) }
    return l
  }
  // (first: int or str, list of (0, attribute) and (1, key)).
  defineAppNative(t, "textFieldName", "(name, /)") { t, a, n in
    let s = a[0]
    do { return try onText(s, { try fieldName(t, s, $0) }, { try fieldName(t, s, $0) }, { try fieldName(t, s, $0) }) }
    catch { return raise(t, error) }
  }
}

private func formatItems<C: Units>(_ t: ThreadRef, _ s: Value, _ p: UnsafeBufferPointer<C>, _ l: Value) throws {
  var parser = StrFormatParser(p)
  while let f = try parser.next() {
    listAppend(t, l, makeTuple(t, [
      textSlice(t, s, f.literal.lowerBound, f.literal.upperBound),
      f.hasField ? textSlice(t, s, f.name.lowerBound, f.name.upperBound) : .none,
      textSlice(t, s, f.spec.lowerBound, f.spec.upperBound),
      f.conversion == 0 ? .none : makeStr(t, codePoint: f.conversion),
      .bool(f.specHasFields),
    ]))
  }
}

private func fieldName<C: Units>(_ t: ThreadRef, _ s: Value, _ p: UnsafeBufferPointer<C>) throws -> Value {
  func key(_ k: FieldKey) -> Value {
    switch k {
    case .index(let i): return .fixnum(i)
    case .name(let r): return textSlice(t, s, r.lowerBound, r.upperBound)
    }
  }
  var parser = try FieldNameParser(p, 0..<p.count)
  let l = makeList(t)
  let first = key(parser.first)
  do {
    while let part = try parser.next() {
      switch part {
      case .attribute(let r): listAppend(t, l, pair(t, .fixnum(0), textSlice(t, s, r.lowerBound, r.upperBound)))
      case .item(let k): listAppend(t, l, pair(t, .fixnum(1), key(k)))
      }
    }
  } catch let e as FormatError {
    // Raised when the walk gets there.
    listAppend(t, l, pair(t, .fixnum(2), makeStr(t, scalars: e.message)))
  }
  return pair(t, first, l)
}
