// `unicodedata`.

import Builtins
import Glibc
import Heap
import Objects
import Support

private extension String {
  init(_ s: StaticString) { self = s.withUTF8Buffer { String(decoding: $0, as: UTF8.self) } }
}

/// The one character of an argument; nil with TypeError set.
private func character(_ t: ThreadRef, _ v: Value, _ name: String, _ argument: String = "argument") -> UInt32? {
  guard v.isObject, v.isStr, v.strCount == 1 else {
    t.typeError("\(name)() \(argument) must be a unicode character, not \(typeName(v))")
    return nil
  }
  return v.codePoint(0)
}

private func form(_ t: ThreadRef, _ v: Value, _ name: String) -> NormalizationForm? {
  guard v.isObject, v.isStr else { t.typeError("\(name)() argument 1 must be str, not \(typeName(v))"); return nil }
  let text = Array(swiftString(v).utf8)
  guard let f = text.withUnsafeBufferPointer({ NormalizationForm(name: $0) }) else { t.valueError("invalid normalization form"); return nil }
  return f
}

private func onUnits<R>(_ v: Value, _ f: (UnsafeBufferPointer<UInt32>) -> R) -> R {
  let a = scalars(v)
  return a.withUnsafeBufferPointer(f)
}

func installUnicodedata(_ t: ThreadRef) {
  defineAppNative(t, "textCharacterName", "(c, /)") { t, a, n in characterName(a[0].codePoint(0)).map { makeStr(t, ascii: $0) } ?? .none }
}

func makeUnicodedataModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "unicodedata")
  m.set("unidata_version", makeStr(t, "14.0.0"))
  m.function("name", "(chr, default=None, /)") { t, a, n in
    guard let c = character(t, a[0], "name", "argument 1") else { return .empty }
    if let s = characterName(c) { return makeStr(t, ascii: s) }
    return n > 1 ? a[1] : t.valueError("no such name")
  }
  m.function("lookup", "(name, /)") { t, a, n in
    guard a[0].isObject, a[0].isStr else { return t.typeError("lookup() argument must be str, not \(typeName(a[0]))") }
    let text = Array(swiftString(a[0]).utf8)
    guard text.count <= 256 else { return t.raise(.KeyError, "name too long") }
    guard let r = text.withUnsafeBufferPointer({ lookupCharacter($0) }) else { return t.raise(.KeyError, "undefined character name '\(swiftString(a[0]))'") }
    return makeStr(t, scalars: r)
  }
  m.function("category", "(chr, /)") { t, a, n in
    guard let c = character(t, a[0], "category") else { return .empty }
    return intern(t, String(generalCategory(c)))
  }
  m.function("bidirectional", "(chr, /)") { t, a, n in
    guard let c = character(t, a[0], "bidirectional") else { return .empty }
    return intern(t, String(bidirectionalClass(c)))
  }
  m.function("east_asian_width", "(chr, /)") { t, a, n in
    guard let c = character(t, a[0], "east_asian_width") else { return .empty }
    return intern(t, String(eastAsianWidth(c)))
  }
  m.function("combining", "(chr, /)") { t, a, n in
    guard let c = character(t, a[0], "combining") else { return .empty }
    return .fixnum(combiningClass(c))
  }
  m.function("mirrored", "(chr, /)") { t, a, n in
    guard let c = character(t, a[0], "mirrored") else { return .empty }
    return .fixnum(isMirrored(c) ? 1 : 0)
  }
  m.function("decimal", "(chr, default=None, /)") { t, a, n in
    guard let c = character(t, a[0], "decimal", "argument 1") else { return .empty }
    if let d = decimalValue(c) { return .fixnum(d) }
    return n > 1 ? a[1] : t.valueError("not a decimal")
  }
  m.function("digit", "(chr, default=None, /)") { t, a, n in
    guard let c = character(t, a[0], "digit", "argument 1") else { return .empty }
    if let d = digitValueOfCharacter(c) { return .fixnum(d) }
    return n > 1 ? a[1] : t.valueError("not a digit")
  }
  m.function("numeric", "(chr, default=None, /)") { t, a, n in
    guard let c = character(t, a[0], "numeric", "argument 1") else { return .empty }
    if let d = numericValue(c) { return makeFloat(t, d) }
    return n > 1 ? a[1] : t.valueError("not a numeric character")
  }
  m.function("decomposition", "(chr, /)") { t, a, n in
    guard let c = character(t, a[0], "decomposition") else { return .empty }
    guard let d = decomposition(c) else { return weft_vm.emptyStr }
    func hex(_ c: UInt32) -> String {
      let s = String(c, radix: 16, uppercase: true)
      return String(repeating: "0", count: max(0, 4 - s.count)) + s
    }
    let tag = String(d.tag)
    return makeStr(t, (tag.isEmpty ? "" : tag + " ") + d.codePoints.map(hex).joined(separator: " "))
  }
  m.function("normalize", "(form, unistr, /)") { t, a, n in
    guard let f = form(t, a[0], "normalize") else { return .empty }
    guard a[1].isObject, a[1].isStr else { return t.typeError("normalize() argument 2 must be str, not \(typeName(a[1]))") }
    if a[1].isASCII { return a[1] }
    guard let r = onUnits(a[1], { normalize($0, f) }) else { return a[1] }
    return makeStr(t, scalars: r)
  }
  m.function("is_normalized", "(form, unistr, /)") { t, a, n in
    guard let f = form(t, a[0], "is_normalized") else { return .empty }
    guard a[1].isObject, a[1].isStr else { return t.typeError("is_normalized() argument 2 must be str, not \(typeName(a[1]))") }
    return .bool(a[1].isASCII || onUnits(a[1]) { isNormalized($0, f) })
  }
  return m.module
}
