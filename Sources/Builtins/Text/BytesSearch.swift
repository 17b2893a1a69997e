// bytes and bytearray: searching, splitting, joining, replacing.

import Glibc
import Objects
import Support

private enum Search { case find, rfind, index, rindex, count }

private func search(_ t: ThreadRef, _ kind: Search, _ a: Args, _ n: Int) -> Value {
  let p = span(a[0])
  var bad = 0
  guard let (from, to) = bounds(a, n, 2, p.count, &bad) else {
    if lookup(a[bad].type, Name.__index__.value).isEmpty { return t.typeError("slice indices must be integers or None or have an __index__ method") }
    return retryWithIndex(t, a[0].kind, "\(kind)", a, n, bad)
  }
  func go(_ x: UnsafeBufferPointer<UInt8>) -> Value {
    switch kind {
    case .find: return .fixnum(findText(p, x, from, to))
    case .rfind: return .fixnum(findLastText(p, x, from, to))
    case .count: return .fixnum(countText(p, x, from, to))
    default:
      let i = kind == .index ? findText(p, x, from, to) : findLastText(p, x, from, to)
      return i < 0 ? t.valueError("subsection not found") : .fixnum(i)
    }
  }
  if a[1].isInt {
    guard let k = a[1].asInt, k >= 0, k < 256 else { return t.valueError("byte must be in range(0, 256)") }
    return [UInt8(k)].withUnsafeBufferPointer { go($0) }
  }
  guard let r = withBuffer(a[1], go) else {
    if !lookup(a[1].type, Name.__index__.value).isEmpty { return retryWithIndex(t, a[0].kind, "\(kind)", a, n, 1) }
    return t.typeError("argument should be integer or bytes-like object, not '\(typeName(a[1]))'")
  }
  return r
}

private func affix(_ t: ThreadRef, _ a: Args, _ n: Int, end atEnd: Bool) -> Value {
  let name = atEnd ? "endswith" : "startswith"
  let p = span(a[0])
  var bad = 0
  guard let (from, to) = bounds(a, n, 2, p.count, &bad) else {
    if lookup(a[bad].type, Name.__index__.value).isEmpty { return t.typeError("slice indices must be integers or None or have an __index__ method") }
    return retryWithIndex(t, a[0].kind, name, a, n, bad)
  }
  func test(_ x: UnsafeBufferPointer<UInt8>) -> Bool {
    from <= to && x.count <= to - from && matchesText(p, x, at: atEnd ? to - x.count : from)
  }
  if a[1].isObject && a[1].kind == .tuple {
    for i in 0..<a[1].count {
      guard let r = withBuffer(a[1].items[i], test) else { return needsBuffer(t, a[1].items[i]) }
      if r { return .true }
    }
    return .false
  }
  guard let r = withBuffer(a[1], test) else { return t.typeError("\(name) first arg must be bytes or a tuple of bytes, not \(typeName(a[1]))") }
  return .bool(r)
}

private func split(_ t: ThreadRef, _ a: Args, right: Bool) -> Value {
  var limit = -1
  if !a[2].isEmpty {
    guard let k = clampedInt(a[2]) else { return retryWithIndex(t, a[0].kind, right ? "rsplit" : "split", a, 3, 2) }
    limit = k
  }
  let l = makeList(t)
  let p = span(a[0])
  var ranges: [Range<Int>] = []
  if absent(a[1]) {
    if right { splitWordsFromRight(p, limit: limit, asciiOnly: true) { ranges.append($0) } }
    else { splitWords(p, limit: limit, asciiOnly: true) { ranges.append($0) } }
  } else {
    var empty = false
    guard withBuffer(a[1], { sep in
      empty = sep.count == 0
      if empty { return }
      if right { splitTextFromRight(p, sep, limit: limit) { ranges.append($0) } }
      else { splitText(p, sep, limit: limit) { ranges.append($0) } }
    }) != nil else { return needsBuffer(t, a[1]) }
    if empty { return t.valueError("empty separator") }
  }
  if right { ranges.reverse() }
  for r in ranges { listAppend(t, l, makeLike(t, a[0], UnsafeBufferPointer(rebasing: p[r]))) }
  return l
}

private func partition(_ t: ThreadRef, _ v: Value, _ sep: Value, right: Bool) -> Value {
  let p = span(v)
  guard let b = bufferView(sep) else { return needsBuffer(t, sep) }
  if b.count == 0 { return t.valueError("empty separator") }
  let x = UnsafeBufferPointer(start: UnsafePointer(b.base), count: b.count)
  let i = right ? findLastText(p, x, 0, p.count) : findText(p, x, 0, p.count)
  func part(_ r: Range<Int>) -> Value { r.count == p.count && v.isExact(.bytes) ? v : makeLike(t, v, UnsafeBufferPointer(rebasing: p[r])) }
  if i < 0 {
    return makeTuple(t, right ? [part(0..<0), part(0..<0), part(0..<p.count)] : [part(0..<p.count), part(0..<0), part(0..<0)])
  }
  return makeTuple(t, [part(0..<i), v.kind == .bytes && sep.isExact(.bytes) ? sep : makeLike(t, v, x), part(i + b.count..<p.count)])
}

private func strip(_ t: ThreadRef, _ a: Args, _ n: Int, left: Bool, right: Bool) -> Value {
  let p = span(a[0])
  let r: Range<Int>
  if n < 2 || a[1].isNone { r = strippedRange(p, left: left, right: right, asciiOnly: true) }
  else {
    guard let s = withBuffer(a[1], { strippedRange(p, of: $0, left: left, right: right) }) else { return needsBuffer(t, a[1]) }
    r = s
  }
  if r.count == p.count && a[0].isExact(.bytes) { return a[0] }
  return makeLike(t, a[0], UnsafeBufferPointer(rebasing: p[r]))
}

/// sep.join(items) of bytes-like objects; nil where one of them is none (its number in `bad`).
private func join(_ t: ThreadRef, _ sep: Value, _ items: UnsafeMutablePointer<Value>, _ n: Int) -> Value {
  let s = span(sep)
  if n == 1 && items[0].isExact(.bytes) && sep.kind == .bytes { return items[0] }
  var total = 0
  for i in 0..<n {
    guard let b = bufferView(items[i]) else { return t.typeError("sequence item \(i): expected a bytes-like object, \(typeName(items[i])) found") }
    total += b.count
    if i > 0 { total += s.count }
    if total > 1 << 40 { return t.raise(.OverflowError, "join() result is too long for bytes") }
    if !mayAllocate(bytes: total) { return t.raise(.MemoryError) }
  }
  let (r, d) = makeLike(t, sep, count: total)
  var at = 0
  for i in 0..<n {
    if i > 0 && s.count > 0 { memcpy(d + at, s.baseAddress!, s.count); at += s.count }
    let b = bufferView(items[i])!
    memcpy(d + at, b.base, b.count)
    at += b.count
  }
  return r
}

private func replace(_ t: ThreadRef, _ v: Value, _ old: Value, _ new: Value, _ limit: Int) -> Value {
  guard let ob = bufferView(old) else { return needsBuffer(t, old) }
  guard let nb = bufferView(new) else { return needsBuffer(t, new) }
  let p = span(v)
  let x = UnsafeBufferPointer(start: UnsafePointer(ob.base), count: ob.count)
  // A place is 8 bytes, and the list of them grows by doubling.
  if !mayAllocate(bytes: min(p.count / max(1, x.count), max(limit, 0) == 0 ? Int.max : limit) * 24) { return t.raise(.MemoryError) }
  let hits = limit == 0 ? [] : occurrences(p, x, limit: limit)
  if hits.isEmpty { return v.isExact(.bytes) ? v : makeLike(t, v, p) }
  let (grow, over) = (nb.count - ob.count).multipliedReportingOverflow(by: hits.count)
  if over || p.count + grow > 1 << 40 { return t.raise(.OverflowError, "replace bytes is too long") }
  if !mayAllocate(bytes: p.count + grow) { return t.raise(.MemoryError) }
  let (r, d) = makeLike(t, v, count: p.count + grow)
  var at = 0, from = 0
  for h in hits {
    if h > from { memcpy(d + at, p.baseAddress! + from, h - from); at += h - from }
    memcpy(d + at, nb.base, nb.count)
    at += nb.count
    from = h + ob.count
  }
  if p.count > from { memcpy(d + at, p.baseAddress! + from, p.count - from) }
  return r
}

func installBytesSearch(_ d: TypeDefinition) {
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
    let l = makeList(t), p = span(a[0])
    splitLines(p, keepEnds: flag(a[1]), asciiOnly: true) { listAppend(t, l, makeLike(t, a[0], UnsafeBufferPointer(rebasing: p[$0]))) }
    return l
  }
  d.method("partition", "(self, sep, /)", effects: Effects.leaf) { t, a, n in partition(t, a[0], a[1], right: false) }
  d.method("rpartition", "(self, sep, /)", effects: Effects.leaf) { t, a, n in partition(t, a[0], a[1], right: true) }
  d.method("join", "(self, iterable_of_bytes, /)") { t, a, n in
    if let (p, k) = sequenceItems(a[1]) { return join(t, a[0], p, k) }
    return callApp(t, .joinStrings, a[0], a[1])
  }
  d.method("replace", "(self, old, new, count=-1, /)") { t, a, n in
    var limit = -1
    if n > 3 {
      guard let k = clampedInt(a[3]) else { return retryWithIndex(t, a[0].kind, "replace", a, n, 3) }
      limit = k
    }
    return replace(t, a[0], a[1], a[2], limit)
  }
  d.method("strip", "(self, bytes=None, /)", effects: Effects.leaf) { t, a, n in strip(t, a, n, left: true, right: true) }
  d.method("lstrip", "(self, bytes=None, /)", effects: Effects.leaf) { t, a, n in strip(t, a, n, left: true, right: false) }
  d.method("rstrip", "(self, bytes=None, /)", effects: Effects.leaf) { t, a, n in strip(t, a, n, left: false, right: true) }
  d.method("removeprefix", "(self, prefix, /)", effects: Effects.leaf) { t, a, n in
    let p = span(a[0])
    return withBuffer(a[1]) { x in
      if x.count > 0 && matchesText(p, x, at: 0) { return makeLike(t, a[0], UnsafeBufferPointer(rebasing: p[x.count...])) }
      return a[0].isExact(.bytes) ? a[0] : makeLike(t, a[0], p)
    } ?? needsBuffer(t, a[1])
  }
  d.method("removesuffix", "(self, suffix, /)", effects: Effects.leaf) { t, a, n in
    let p = span(a[0])
    return withBuffer(a[1]) { x in
      if x.count > 0 && matchesText(p, x, at: p.count - x.count) { return makeLike(t, a[0], UnsafeBufferPointer(rebasing: p[..<(p.count - x.count)])) }
      return a[0].isExact(.bytes) ? a[0] : makeLike(t, a[0], p)
    } ?? needsBuffer(t, a[1])
  }
}
