// str: searching, splitting, joining, replacing.

import Glibc
import Objects
import Support

private enum Search { case find, rfind, index, rindex, count }

/// find and its relatives: (self, sub[, start[, end]]).
private func search(_ t: ThreadRef, _ kind: Search, _ a: Args, _ n: Int) -> Value {
  guard a[1].isStr else { return t.typeError("must be str, not \(typeName(a[1]))") }
  var bad = 0
  guard let (from, to) = bounds(a, n, 2, a[0].strCount, &bad) else {
    if lookup(a[bad].type, Name.__index__.value).isEmpty { return t.typeError("slice indices must be integers or None or have an __index__ method") }
    return retryWithIndex(t, .str, "\(kind)", a, n, bad)
  }
  switch kind {
  case .find: return .fixnum(textFind(a[0], a[1], from, to))
  case .rfind: return .fixnum(textFindLast(a[0], a[1], from, to))
  case .count: return .fixnum(textCount(a[0], a[1], from, to))
  default:
    let i = kind == .index ? textFind(a[0], a[1], from, to) : textFindLast(a[0], a[1], from, to)
    return i < 0 ? t.valueError("substring not found") : .fixnum(i)
  }
}

private func affix(_ t: ThreadRef, _ a: Args, _ n: Int, end atEnd: Bool) -> Value {
  let name = atEnd ? "endswith" : "startswith"
  let s = a[0]
  var bad = 0
  guard let (from, to) = bounds(a, n, 2, s.strCount, &bad) else {
    if lookup(a[bad].type, Name.__index__.value).isEmpty { return t.typeError("slice indices must be integers or None or have an __index__ method") }
    return retryWithIndex(t, .str, name, a, n, bad)
  }
  func test(_ x: Value) -> Bool {
    let m = x.strCount
    if from > to || m > to - from { return false }
    return textMatches(s, x, at: atEnd ? to - m : from)
  }
  if a[1].isStr { return .bool(test(a[1])) }
  guard a[1].isObject, a[1].kind == .tuple else { return t.typeError("\(name) first arg must be str or a tuple of str, not \(typeName(a[1]))") }
  for i in 0..<a[1].count {
    let x = a[1].items[i]
    guard x.isStr else { return t.typeError("tuple for \(name) must only contain str, not \(typeName(x))") }
    if test(x) { return .true }
  }
  return .false
}

/// sep=None, maxsplit=-1.
private func split(_ t: ThreadRef, _ a: Args, right: Bool) -> Value {
  let s = a[0], sep = a[1]
  var limit = -1
  if !a[2].isEmpty {
    guard let k = clampedInt(a[2]) else { return retryWithIndex(t, .str, right ? "rsplit" : "split", a, 3, 2) }
    limit = k
  }
  let l = makeList(t)
  func add(_ r: Range<Int>) { listAppend(t, l, textSlice(t, s, r.lowerBound, r.upperBound)) }
  if absent(sep) {
    if right {
      onText(s, { splitWordsFromRight($0, limit: limit, add) }, { splitWordsFromRight($0, limit: limit, add) }, { splitWordsFromRight($0, limit: limit, add) })
    } else {
      onText(s, { splitWords($0, limit: limit, add) }, { splitWords($0, limit: limit, add) }, { splitWords($0, limit: limit, add) })
    }
  } else {
    guard sep.isStr else { return t.typeError("must be str or None, not \(typeName(sep))") }
    if sep.strCount == 0 { return t.valueError("empty separator") }
    if !right && sep.strCount == 1 && sep.strWidth == 1 && s.strWidth == 1 && s.isASCII && limit < 0 {
      let p = s.strData.assumingMemoryBound(to: UInt8.self), n = s.strCount, c = Int32(sep.codePoint(0))
      var from = 0
      while let hit = memchr(p + from, c, n - from) {
        let at = hit.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(p)
        listAppend(t, l, asciiPiece(t, p, from, at))
        from = at + 1
      }
      listAppend(t, l, from == 0 ? exactStr(t, s) : asciiPiece(t, p, from, n))
      return l
    }
    if sep.strWidth > s.strWidth { add(0..<s.strCount) }
    else {
      onText(s, { splitBy($0, sep, limit, right, add) }, { splitBy($0, sep, limit, right, add) }, { splitBy($0, sep, limit, right, add) })
    }
  }
  if right { reverseList(l) }
  return l
}
@inline(__always) private func asciiPiece(_ t: ThreadRef, _ p: UnsafeMutablePointer<UInt8>, _ from: Int, _ to: Int) -> Value {
  let n = to - from
  if n == 0 { return weft_vm.emptyStr }
  if n == 1 { return weft_latin1()[Int(p[from])] }
  let v = makeStr(t, count: n, width: 1, ascii: true)
  memcpy(v.strData, p + from, n)
  return v
}
private func splitBy<C: Units>(_ p: UnsafeBufferPointer<C>, _ sep: Value, _ limit: Int, _ right: Bool, _ add: (Range<Int>) -> Void) {
  if right {
    onText(sep, { splitTextFromRight(p, $0, limit: limit, add) }, { splitTextFromRight(p, $0, limit: limit, add) }, { splitTextFromRight(p, $0, limit: limit, add) })
  } else {
    onText(sep, { splitText(p, $0, limit: limit, add) }, { splitText(p, $0, limit: limit, add) }, { splitText(p, $0, limit: limit, add) })
  }
}
func reverseList(_ l: Value) {
  let n = l.listCount
  if n < 2 { return }
  let p = l.listItems
  var i = 0, j = n - 1
  while i < j { let x = p[i]; p[i] = p[j]; p[j] = x; i += 1; j -= 1 }
}

private func partition(_ t: ThreadRef, _ s: Value, _ sep: Value, right: Bool) -> Value {
  guard sep.isStr else { return t.typeError("must be str, not \(typeName(sep))") }
  if sep.strCount == 0 { return t.valueError("empty separator") }
  let n = s.strCount
  let i = right ? textFindLast(s, sep, 0, n) : textFind(s, sep, 0, n)
  if i < 0 {
    let e = weft_vm.emptyStr
    return makeTuple(t, right ? [e, e, exactStr(t, s)] : [exactStr(t, s), e, e])
  }
  return makeTuple(t, [textSlice(t, s, 0, i), sep, textSlice(t, s, i + sep.strCount, n)])
}

private func strip(_ t: ThreadRef, _ a: Args, _ n: Int, _ name: String, left: Bool, right: Bool) -> Value {
  let s = a[0]
  let r: Range<Int>
  if n < 2 || a[1].isNone {
    r = onText(s, { strippedRange($0, left: left, right: right) }, { strippedRange($0, left: left, right: right) }, { strippedRange($0, left: left, right: right) })
  } else {
    guard a[1].isStr else { return t.typeError("\(name) arg must be None or str") }
    let set = scalars(a[1])
    r = set.withUnsafeBufferPointer { set in
      onText(s, { strippedRange($0, of: set, left: left, right: right) }, { strippedRange($0, of: set, left: left, right: right) }, { strippedRange($0, of: set, left: left, right: right) })
    }
  }
  return textSlice(t, s, r.lowerBound, r.upperBound)
}

func installStrSearch(_ d: TypeDefinition) {
  d.method("find", "(self, sub, start=None, end=None, /)") { t, a, n in search(t, .find, a, n) }
  d.method("rfind", "(self, sub, start=None, end=None, /)") { t, a, n in search(t, .rfind, a, n) }
  d.method("index", "(self, sub, start=None, end=None, /)") { t, a, n in search(t, .index, a, n) }
  d.method("rindex", "(self, sub, start=None, end=None, /)") { t, a, n in search(t, .rindex, a, n) }
  d.method("count", "(self, sub, start=None, end=None, /)") { t, a, n in search(t, .count, a, n) }
  d.method("startswith", "(self, prefix, start=None, end=None, /)") { t, a, n in affix(t, a, n, end: false) }
  d.method("endswith", "(self, suffix, start=None, end=None, /)") { t, a, n in affix(t, a, n, end: true) }
  d.method("split", "(self, /, sep=None, maxsplit=-1)") { t, a, n in split(t, a, right: false) }
  d.method("rsplit", "(self, /, sep=None, maxsplit=-1)") { t, a, n in split(t, a, right: true) }
  d.method("splitlines", "(self, /, keepends=False)") { t, a, n in
    let s = a[0], keep = flag(a[1])
    let l = makeList(t)
    func add(_ r: Range<Int>) { listAppend(t, l, textSlice(t, s, r.lowerBound, r.upperBound)) }
    onText(s, { splitLines($0, keepEnds: keep, add) }, { splitLines($0, keepEnds: keep, add) }, { splitLines($0, keepEnds: keep, add) })
    return l
  }
  d.method("partition", "(self, sep, /)", effects: Effects.leaf) { t, a, n in partition(t, a[0], a[1], right: false) }
  d.method("rpartition", "(self, sep, /)", effects: Effects.leaf) { t, a, n in partition(t, a[0], a[1], right: true) }
  d.method("join", "(self, iterable, /)") { t, a, n in
    if let (p, k) = sequenceItems(a[1]) { return joinText(t, a[0], p, k) }
    return callApp(t, .joinStrings, a[0], a[1])
  }
  d.method("replace", "(self, old, new, count=-1, /)") { t, a, n in
    guard a[1].isStr else { return t.typeError("replace() argument 1 must be str, not \(typeName(a[1]))") }
    guard a[2].isStr else { return t.typeError("replace() argument 2 must be str, not \(typeName(a[2]))") }
    var limit = -1
    if n > 3 {
      guard let k = clampedInt(a[3]) else { return retryWithIndex(t, .str, "replace", a, n, 3) }
      limit = k
    }
    return replaceText(t, a[0], a[1], a[2], limit)
  }
  d.method("strip", "(self, chars=None, /)", effects: Effects.leaf) { t, a, n in strip(t, a, n, "strip", left: true, right: true) }
  d.method("lstrip", "(self, chars=None, /)", effects: Effects.leaf) { t, a, n in strip(t, a, n, "lstrip", left: true, right: false) }
  d.method("rstrip", "(self, chars=None, /)", effects: Effects.leaf) { t, a, n in strip(t, a, n, "rstrip", left: false, right: true) }
  d.method("removeprefix", "(self, prefix, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isStr else { return t.typeError("removeprefix() argument must be str, not \(typeName(a[1]))") }
    return textMatches(a[0], a[1], at: 0) ? textSlice(t, a[0], a[1].strCount, a[0].strCount) : exactStr(t, a[0])
  }
  d.method("removesuffix", "(self, suffix, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isStr else { return t.typeError("removesuffix() argument must be str, not \(typeName(a[1]))") }
    let k = a[0].strCount - a[1].strCount
    return a[1].strCount > 0 && textMatches(a[0], a[1], at: k) ? textSlice(t, a[0], 0, k) : exactStr(t, a[0])
  }
}
