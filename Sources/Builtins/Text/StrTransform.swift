// str: case, padding, translation, tests of character classes.

import Glibc
import Objects
import Support

private func fillCharacter(_ t: ThreadRef, _ v: Value) -> UInt32? {
  if v.isEmpty { return 32 }
  guard v.isStr else {
    t.typeError("The fill character must be a unicode character, not \(typeName(v))")
    return nil
  }
  if v.strCount != 1 {
    t.typeError("The fill character must be exactly one character long")
    return nil
  }
  return v.codePoint(0)
}

/// (self, width[, fillchar]); `mode` 0 left, 1 right, 2 centre.
private func justify(_ t: ThreadRef, _ a: Args, _ n: Int, _ name: String, _ mode: Int) -> Value {
  guard a[1].isInt else { return retryWithIndex(t, .str, name, a, n, 1) }
  guard let width = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
  guard let fill = fillCharacter(t, n > 2 ? a[2] : .empty) else { return .empty }
  let gap = width - a[0].strCount
  if gap <= 0 { return exactStr(t, a[0]) }
  switch mode {
  case 0: return padText(t, a[0], 0, gap, fill)
  case 1: return padText(t, a[0], gap, 0, fill)
  default:
    let left = gap / 2 + (gap & width & 1)
    return padText(t, a[0], left, gap - left, fill)
  }
}

private func zfill(_ t: ThreadRef, _ s: Value, _ width: Int) -> Value {
  let gap = width - s.strCount
  if gap <= 0 { return exactStr(t, s) }
  let r = padText(t, s, gap, 0, 48)
  if r.isEmpty { return .empty }
  if s.strCount > 0, case let c = s.codePoint(0), c == 43 || c == 45 {
    fillText(r, gap, gap + 1, 48)
    fillText(r, 0, 1, c)
  }
  return r
}

private func expandTabs(_ t: ThreadRef, _ s: Value, _ size: Int) -> Value {
  let n = s.strCount
  var tabs = 0
  for i in 0..<n where s.codePoint(i) == 9 { tabs += 1 }
  if tabs == 0 { return exactStr(t, s) }
  if !mayAllocate(items: tabs * max(1, size) + n) { return t.raise(.MemoryError) }
  var out: [UInt32] = []
  var column = 0
  for i in 0..<n {
    let c = s.codePoint(i)
    if c == 9 {
      if size > 0 {
        let k = size - column % size
        if out.count > (1 << 36) - k { return t.raise(.OverflowError, "new string is too long") }
        out.append(contentsOf: repeatElement(32, count: k))
        column += k
      }
    } else {
      column += 1
      out.append(c)
      if c == 10 || c == 13 { column = 0 }
    }
  }
  return makeStr(t, scalars: out)
}

/// What str.translate does for one code point: nil keeps it.
enum Translation { case keep, delete, one(UInt32), text(Value), python, error }

private func translation(_ t: ThreadRef, _ table: Value, _ c: UInt32) -> Translation {
  let i = find(table, .fixnum(Int(c)), intHash(.fixnum(Int(c))))
  if i == Probe.needsPython { return .python }
  if i < 0 { return .keep }
  let v = table.table.tableRef.value(i)
  if v.isNone { return .delete }
  if v.isInt {
    guard let k = v.asInt, k >= 0, k < 0x110000 else {
      t.valueError("character mapping must be in range(0x110000)")
      return .error
    }
    return .one(UInt32(k))
  }
  if v.isStr { return .text(v) }
  t.typeError("character mapping must return integer, None or str")
  return .error
}

private func translate(_ t: ThreadRef, _ s: Value, _ table: Value) -> Value {
  guard table.isExact(.dict) else { return callApp(t, named: "textTranslate", s, table) }
  var out: [UInt32] = []
  let n = s.strCount
  if !mayAllocate(items: n) { return t.raise(.MemoryError) }
  out.reserveCapacity(n)
  // ASCII characters repeat: their answers are kept.
  var cache = [Int64](repeating: -2, count: 128)
  for i in 0..<n {
    let c = s.codePoint(i)
    if c < 128 {
      let k = cache[Int(c)]
      if k >= 0 { out.append(UInt32(k)); continue }
      if k == -1 { continue }
    }
    switch translation(t, table, c) {
    case .keep:
      out.append(c)
      if c < 128 { cache[Int(c)] = Int64(c) }
    case .delete: if c < 128 { cache[Int(c)] = -1 }
    case .one(let r):
      out.append(r)
      if c < 128 { cache[Int(c)] = Int64(r) }
    case .text(let v): for k in 0..<v.strCount { out.append(v.codePoint(k)) }
    case .python: return callApp(t, named: "textTranslate", s, table)
    case .error: return .empty
    }
  }
  return makeStr(t, scalars: out)
}

private func maketrans(_ t: ThreadRef, _ a: Args, _ n: Int) -> Value {
  let d = makeDict(t)
  func put(_ k: Int, _ v: Value) { _ = dictStore(t, d, .fixnum(k), v) }
  if n == 1 {
    guard a[0].isExact(.dict) else { return t.typeError("if you give only one argument to maketrans it must be a dict") }
    var failed = false
    forEachEntry(a[0]) { k, v in
      if failed { return }
      if k.isObject && k.isStr {
        if k.strCount != 1 { failed = true; t.valueError("string keys in translate table must be of length 1"); return }
        put(Int(k.codePoint(0)), v)
      } else if k.isInt {
        _ = dictStore(t, d, plainInt(t, k), v)
      } else {
        failed = true
        t.typeError("keys in translate table must be strings or integers")
      }
    }
    return failed ? .empty : d
  }
  guard a[0].isStr else { return t.typeError("first maketrans argument must be a string if there is a second argument") }
  guard a[1].isStr else { return t.typeError("maketrans() argument 2 must be str, not \(typeName(a[1]))") }
  if a[0].strCount != a[1].strCount { return t.valueError("the first two maketrans arguments must have equal length") }
  for i in 0..<a[0].strCount { put(Int(a[0].codePoint(i)), .fixnum(Int(a[1].codePoint(i)))) }
  if n > 2 {
    guard a[2].isStr else { return t.typeError("maketrans() argument 3 must be str, not \(typeName(a[2]))") }
    for i in 0..<a[2].strCount { put(Int(a[2].codePoint(i)), .none) }
  }
  return d
}

func installStrTransform(_ d: TypeDefinition) {
  d.method("upper", "(self, /)", effects: Effects.leaf) { t, a, n in
    if !mayAllocate(bytes: a[0].isASCII ? a[0].strCount : a[0].strCount * 12) { return t.raise(.MemoryError) }
    if a[0].isASCII && a[0].strCount > 1 {
      let r = makeStr(t, count: a[0].strCount, width: 1, ascii: true)
      copyUppercaseASCII(units8(a[0]).baseAddress!, a[0].strCount, to: r.strData.assumingMemoryBound(to: UInt8.self))
      return r
    }
    return makeStr(t, scalars: onText(a[0], { uppercase($0) }, { uppercase($0) }, { uppercase($0) }))
  }
  d.method("lower", "(self, /)", effects: Effects.leaf) { t, a, n in
    if !mayAllocate(bytes: a[0].isASCII ? a[0].strCount : a[0].strCount * 12) { return t.raise(.MemoryError) }
    if a[0].isASCII && a[0].strCount > 1 {
      let r = makeStr(t, count: a[0].strCount, width: 1, ascii: true)
      copyLowercaseASCII(units8(a[0]).baseAddress!, a[0].strCount, to: r.strData.assumingMemoryBound(to: UInt8.self))
      return r
    }
    return makeStr(t, scalars: onText(a[0], { lowercase($0) }, { lowercase($0) }, { lowercase($0) }))
  }
  d.method("casefold", "(self, /)", effects: Effects.leaf) { t, a, n in
    if !mayAllocate(bytes: a[0].isASCII ? a[0].strCount : a[0].strCount * 12) { return t.raise(.MemoryError) }
    if a[0].isASCII && a[0].strCount > 1 {
      let r = makeStr(t, count: a[0].strCount, width: 1, ascii: true)
      copyLowercaseASCII(units8(a[0]).baseAddress!, a[0].strCount, to: r.strData.assumingMemoryBound(to: UInt8.self))
      return r
    }
    return makeStr(t, scalars: onText(a[0], { casefold($0) }, { casefold($0) }, { casefold($0) }))
  }
  d.method("capitalize", "(self, /)", effects: Effects.leaf) { t, a, n in
    if !mayAllocate(bytes: a[0].isASCII ? a[0].strCount : a[0].strCount * 12) { return t.raise(.MemoryError) }
    return makeStr(t, scalars: onText(a[0], { capitalize($0) }, { capitalize($0) }, { capitalize($0) }))
  }
  d.method("title", "(self, /)", effects: Effects.leaf) { t, a, n in
    if !mayAllocate(bytes: a[0].isASCII ? a[0].strCount : a[0].strCount * 12) { return t.raise(.MemoryError) }
    return makeStr(t, scalars: onText(a[0], { titlecase($0) }, { titlecase($0) }, { titlecase($0) }))
  }
  d.method("swapcase", "(self, /)", effects: Effects.leaf) { t, a, n in
    if !mayAllocate(bytes: a[0].isASCII ? a[0].strCount : a[0].strCount * 12) { return t.raise(.MemoryError) }
    return makeStr(t, scalars: onText(a[0], { swapcase($0) }, { swapcase($0) }, { swapcase($0) }))
  }
  d.method("ljust", "(self, width, fillchar=' ', /)") { t, a, n in justify(t, a, n, "ljust", 0) }
  d.method("rjust", "(self, width, fillchar=' ', /)") { t, a, n in justify(t, a, n, "rjust", 1) }
  d.method("center", "(self, width, fillchar=' ', /)") { t, a, n in justify(t, a, n, "center", 2) }
  d.method("zfill", "(self, width, /)") { t, a, n in
    guard a[1].isInt else { return retryWithIndex(t, .str, "zfill", a, n, 1) }
    guard let w = a[1].asInt else { return t.raise(.OverflowError, "Python int too large to convert to C ssize_t") }
    return zfill(t, a[0], w)
  }
  d.method("expandtabs", "(self, /, tabsize=8)") { t, a, n in
    if a[1].isEmpty { return expandTabs(t, a[0], 8) }
    guard a[1].isInt else { return retryWithIndex(t, .str, "expandtabs", a, 2, 1) }
    guard let k = a[1].asInt, k < 1 << 31, k >= -(1 << 31) else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
    return expandTabs(t, a[0], k)
  }
  d.method("translate", "(self, table, /)") { t, a, n in translate(t, a[0], a[1]) }
  d.staticMethod("maketrans", "(x, y=None, z=None, /)") { t, a, n in maketrans(t, a, n) }
  d.method("encode", "(self, /, encoding='utf-8', errors='strict')") { t, a, n in
    if !a[1].isEmpty && !a[1].isStr { return t.typeError("encode() argument 'encoding' must be str, not \(typeName(a[1]))") }
    if !a[2].isEmpty && !a[2].isStr { return t.typeError("encode() argument 'errors' must be str, not \(typeName(a[2]))") }
    return encodeText(t, a[0], a[1], a[2])
  }
  d.method("format", "(self, /, *args, **kwargs)") { t, a, n in
    plainStrFormat(t, a[0], a[1], a[2]) ?? callApp(t, .formatStr, a[0], a[1], a[2].isEmpty ? makeDict(t) : a[2])
  }
  d.method("format_map", "(self, mapping, /)") { t, a, n in callApp(t, .formatStr, a[0], .none, a[1]) }
}

// MARK: tests

/// Whether the text is not empty and every code point passes.
@inline(__always) private func all(_ v: Value, _ test: (UInt32) -> Bool) -> Value {
  let n = v.strCount
  if n == 0 { return .false }
  for i in 0..<n where !test(v.codePoint(i)) { return .false }
  return .true
}

func installStrTests(_ d: TypeDefinition) {
  d.method("isascii", "(self, /)", effects: Effects.leaf) { t, a, n in .bool(a[0].isASCII) }
  d.method("isalpha", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], isAlpha) }
  d.method("isalnum", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], isAlphanumeric) }
  d.method("isdecimal", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], isDecimal) }
  d.method("isdigit", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], isDigit) }
  d.method("isnumeric", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], isNumeric) }
  d.method("isspace", "(self, /)", effects: Effects.leaf) { t, a, n in all(a[0], isSpace) }
  d.method("isprintable", "(self, /)", effects: Effects.leaf) { t, a, n in a[0].strCount == 0 ? .true : all(a[0], isPrintable) }
  d.method("isidentifier", "(self, /)", effects: Effects.leaf) { t, a, n in
    .bool(onText(a[0], { isIdentifier($0) }, { isIdentifier($0) }, { isIdentifier($0) }))
  }
  d.method("isupper", "(self, /)", effects: Effects.leaf) { t, a, n in
    var cased = false
    for i in 0..<a[0].strCount {
      let c = a[0].codePoint(i)
      if isLower(c) || isTitle(c) { return .false }
      if !cased && isUpper(c) { cased = true }
    }
    return .bool(cased)
  }
  d.method("islower", "(self, /)", effects: Effects.leaf) { t, a, n in
    var cased = false
    for i in 0..<a[0].strCount {
      let c = a[0].codePoint(i)
      if isUpper(c) || isTitle(c) { return .false }
      if !cased && isLower(c) { cased = true }
    }
    return .bool(cased)
  }
  d.method("istitle", "(self, /)", effects: Effects.leaf) { t, a, n in
    var cased = false, previous = false
    for i in 0..<a[0].strCount {
      let c = a[0].codePoint(i)
      if isUpper(c) || isTitle(c) {
        if previous { return .false }
        previous = true; cased = true
      } else if isLower(c) {
        if !previous { return .false }
        cased = true
      } else { previous = false }
    }
    return .bool(cased)
  }
}
