// str: construction, comparisons, the sequence protocol.

import Glibc
import Objects
import Support

private func compare(_ op: CompareOp, _ x: Value, _ y: Value) -> Value {
  guard x.isObject, y.isObject, x.isStr, y.isStr else { return .notImplemented }
  if op == .eq { return .bool(strEqual(x, y)) }
  if op == .ne { return .bool(!strEqual(x, y)) }
  return .bool(op.holds(strCompare(x, y)))
}

/// str(x) natively, or nil where a class has a say.
public func strNatively(_ t: ThreadRef, _ x: Value) -> Value? {
  if x.isExact(.str) { return x }
  if x.isFixnum { return decimalStr(t, x.fixnum) }
  if x.isExact(.int) { return intRepr(t, x) }
  if x.isFlonum || x.isExact(.float) { return makeStr(t, ascii: reprDouble(x.double)) }
  if x.isBool { return intern(t, x == .true ? "True" : "False") }
  if x.isNone { return intern(t, "None") }
  return nil
}

func strNew(_ t: ThreadRef, _ a: Args) -> Value {
  let cls = a[0], x = a[1]
  guard checkNew(t, cls, .str) else { return .empty }
  if x.isEmpty && a[2].isEmpty && a[3].isEmpty { return strInstance(t, cls, weft_vm.emptyStr) }
  if a[2].isEmpty && a[3].isEmpty {
    if let s = strNatively(t, x) { return strInstance(t, cls, s) }
    if cls == BuiltinType.str.object { return callApp(t, .strFromObject, x) }
    return callApp(t, named: "textStrSubclass", cls, x)
  }
  if !a[2].isEmpty && !a[2].isStr { return t.typeError("str() argument 'encoding' must be str, not \(typeName(a[2]))") }
  if !a[3].isEmpty && !a[3].isStr { return t.typeError("str() argument 'errors' must be str, not \(typeName(a[3]))") }
  let source = x.isEmpty ? weft_vm.emptyBytes : x
  if source.isStr { return t.typeError("decoding str is not supported") }
  if bufferView(source) == nil { return t.typeError("decoding to str: need a bytes-like object, \(typeName(source)) found") }
  let encoding = a[2].isEmpty ? intern(t, "utf-8") : a[2]
  if cls == BuiltinType.str.object { return decodeObject(t, source, encoding, a[3]) }
  return callApp(t, named: "textStrSubclass", cls, source, encoding, a[3].isEmpty ? intern(t, "strict") : a[3])
}

/// Key of s[key].
private func getItem(_ t: ThreadRef, _ s: Value, _ key: Value) -> Value {
  let n = s.strCount
  if key.isInt {
    guard let i = key.asInt else { return t.raise(.IndexError, "cannot fit '\(typeName(key))' into an index-sized integer") }
    let j = i < 0 ? i + n : i
    if j < 0 || j >= n { return t.raise(.IndexError, "string index out of range") }
    return makeStr(t, codePoint: s.codePoint(j))
  }
  if key.isExact(.slice) {
    guard let p = sliceParts(key, n) else { return callApp(t, named: "textSliceItem", s, key) }
    return stepSlice(t, s, p.start, p.step, p.count)
  }
  if !lookup(key.type, Name.__index__.value).isEmpty { return callApp(t, named: "textIndexItem", s, key) }
  return t.typeError("string indices must be integers, not '\(typeName(key))'")
}

private func multiply(_ t: ThreadRef, _ a: Args, _ n: Int, _ name: String) -> Value {
  guard a[1].isInt else {
    if lookup(a[1].type, Name.__index__.value).isEmpty { return cannotRepeat(t, a[1]) }
    return retryWithIndex(t, .str, name, a, n, 1)
  }
  guard let k = a[1].asInt else { return t.raise(.OverflowError, "cannot fit '\(typeName(a[1]))' into an index-sized integer") }
  return repeatText(t, a[0], k)
}

/// format(str, spec).
func formatText(_ t: ThreadRef, _ s: Value, _ text: Value) -> Value {
  let typeText = ascii(typeName(s))
  do {
    let spec = try onText(text, { try FormatSpec.parse($0, defaultType: 115, defaultAlign: 60, typeName: typeText) },
                          { try FormatSpec.parse($0, defaultType: 115, defaultAlign: 60, typeName: typeText) },
                          { try FormatSpec.parse($0, defaultType: 115, defaultAlign: 60, typeName: typeText) })
    let l = try stringLayout(count: s.strCount, spec: spec, typeName: typeText)
    if isTooWide(l.before + l.after) { return t.raise(.MemoryError) }
    return padText(t, l.taken == s.strCount ? s : textSlice(t, s, 0, l.taken), l.before, l.after, spec.fill)
  } catch { return raise(t, error) }
}

func installStr(_ t: ThreadRef) {
  let d = TypeDefinition(t, .str)
  d.new("(cls, object='', encoding='utf-8', errors='strict')") { t, a, n in strNew(t, a) }
  d.constructor(.str, "(object='', /)") { t, a, n in
    if n == 0 { return weft_vm.emptyStr }
    return strNatively(t, a[0]) ?? callApp(t, .strFromObject, a[0])
  }
  installFastFormat(t)
  d.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in strRepr(t, a[0]) }
  d.method("__str__", "(self, /)", effects: Effects.leaf) { t, a, n in exactStr(t, a[0]) }
  d.method("__hash__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(strHash(a[0])) }
  d.method("__len__", "(self, /)", effects: Effects.leaf) { t, a, n in .fixnum(a[0].strCount) }
  d.method("__lt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.lt, a[0], a[1]) }
  d.method("__le__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.le, a[0], a[1]) }
  d.method("__eq__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.eq, a[0], a[1]) }
  d.method("__ne__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ne, a[0], a[1]) }
  d.method("__gt__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.gt, a[0], a[1]) }
  d.method("__ge__", "(self, value, /)", effects: Effects.leaf) { t, a, n in compare(.ge, a[0], a[1]) }
  d.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in makeRecord(t, .strIterator, a[0], .fixnum(0)) }
  d.method("__getitem__", "(self, key, /)") { t, a, n in getItem(t, a[0], a[1]) }
  d.method("__contains__", "(self, key, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isStr else { return t.typeError("'in <string>' requires string as left operand, not \(typeName(a[1]))") }
    return .bool(textFind(a[0], a[1], 0, a[0].strCount) >= 0)
  }
  d.method("__add__", "(self, value, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isStr else { return .notImplemented }
    if a[1].strCount == 0 { return exactStr(t, a[0]) }
    if a[0].strCount == 0 { return exactStr(t, a[1]) }
    return concatenate(t, a, 2)
  }
  d.method("__mul__", "(self, value, /)") { t, a, n in multiply(t, a, n, "__mul__") }
  d.method("__rmul__", "(self, value, /)") { t, a, n in multiply(t, a, n, "__rmul__") }
  d.method("__mod__", "(self, value, /)") { t, a, n in percentFormat(t, a[0], a[1]) }
  d.method("__rmod__", "(self, value, /)") { t, a, n in
    guard a[1].isStr else { return .notImplemented }
    return percentFormat(t, a[1], a[0])
  }
  d.method("__format__", "(self, format_spec, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("__format__() argument must be str, not \(typeName(a[1]))") }
    if a[1].strCount == 0 {
      return a[0].isExact(.str) ? a[0] : callApp(t, .strFromObject, a[0])
    }
    return formatText(t, a[0], a[1])
  }
  d.method("__getnewargs__", "(self, /)", effects: Effects.leaf) { t, a, n in makeTuple(t, [copyStr(t, a[0])]) }
  d.method("__sizeof__", "(self, /)", effects: Effects.leaf) { t, a, n in
    .fixnum(a[0].isASCII ? 49 + a[0].strCount : 72 + (a[0].strCount + 1) * a[0].strWidth)
  }
  installStrSearch(d)
  installStrTransform(d)
  installStrTests(d)
}
