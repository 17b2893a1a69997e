// Building strs: slices, repetition, padding, canonical width.

import Glibc
import Objects
import Support

/// The narrowest form of a str that was just filled and may be wider than its text needs.
func canonical(_ t: ThreadRef, _ v: Value) -> Value {
  let n = v.strCount
  if n == 0 { return weft_vm.emptyStr }
  let top = onText(v, { largestUnit($0) }, { largestUnit($0) }, { largestUnit($0) })
  if n == 1 && top < 256 { return weft_latin1()[Int(top)] }
  let width = top < 0x100 ? 1 : top < 0x10000 ? 2 : 4
  if width == v.strWidth {
    if top < 0x80 { v.object.pointee.flags |= StrFlag.ascii } else { v.object.pointee.flags &= ~StrFlag.ascii }
    return v
  }
  let r = makeStr(t, count: n, width: width, ascii: top < 0x80)
  if width == 1 {
    let d = r.strData.assumingMemoryBound(to: UInt8.self)
    for i in 0..<n { d[i] = UInt8(truncatingIfNeeded: v.codePoint(i)) }
  } else {
    let d = r.strData.assumingMemoryBound(to: UInt16.self)
    for i in 0..<n { d[i] = UInt16(truncatingIfNeeded: v.codePoint(i)) }
  }
  return r
}

private func copyNarrow<C: Units>(_ t: ThreadRef, _ p: UnsafeBufferPointer<C>) -> Value {
  let top = largestUnit(p), n = p.count
  let r = makeStr(t, count: n, width: top < 0x100 ? 1 : top < 0x10000 ? 2 : 4, ascii: top < 0x80)
  if r.strWidth == MemoryLayout<C>.size {
    memcpy(r.strData, p.baseAddress!, n * MemoryLayout<C>.size)
  } else if r.strWidth == 1 {
    let d = r.strData.assumingMemoryBound(to: UInt8.self)
    for i in 0..<n { d[i] = UInt8(truncatingIfNeeded: p[i]) }
  } else {
    let d = r.strData.assumingMemoryBound(to: UInt16.self)
    for i in 0..<n { d[i] = UInt16(truncatingIfNeeded: p[i]) }
  }
  return r
}

/// s[from:to]; an exact str.
public func textSlice(_ t: ThreadRef, _ s: Value, _ from: Int, _ to: Int) -> Value {
  let n = to - from
  if n <= 0 { return weft_vm.emptyStr }
  if n == s.strCount { return exactStr(t, s) }
  if n == 1 { return makeStr(t, codePoint: s.codePoint(from)) }
  switch s.strWidth {
  case 1:
    if s.isASCII { return makeStr(t, ascii: UnsafeBufferPointer(rebasing: units8(s)[from..<to])) }
    return copyNarrow(t, UnsafeBufferPointer(rebasing: units8(s)[from..<to]))
  case 2: return copyNarrow(t, UnsafeBufferPointer(rebasing: units16(s)[from..<to]))
  default: return copyNarrow(t, UnsafeBufferPointer(rebasing: units32(s)[from..<to]))
  }
}

/// s * n.
func repeatText(_ t: ThreadRef, _ s: Value, _ times: Int) -> Value {
  let n = s.strCount
  if times <= 0 || n == 0 { return weft_vm.emptyStr }
  if times == 1 { return exactStr(t, s) }
  let (total, over) = n.multipliedReportingOverflow(by: times)
  if over { return t.raise(.OverflowError, "repeated string is too long") }
  let w = s.strWidth
  if total > 1 << 36 || !mayAllocate(bytes: total * w) { return t.raise(.MemoryError) }
  let r = makeStr(t, count: total, width: w, ascii: s.isASCII)
  if n * w == 1 { memset(r.strData, Int32(s.codePoint(0)), total); return r }
  memcpy(r.strData, s.strData, n * w)
  var have = n
  while have < total {
    let k = min(have, total - have)
    memcpy(r.strData + have * w, r.strData, k * w)
    have += k
  }
  return r
}

/// `left` fill characters, s, `right` fill characters.
func padText(_ t: ThreadRef, _ s: Value, _ left: Int, _ right: Int, _ fill: UInt32) -> Value {
  if left <= 0 && right <= 0 { return exactStr(t, s) }
  let n = s.strCount
  if left > Int.max / 4 - n || right > Int.max / 4 - n { return t.raise(.OverflowError, "padded string is too long") }
  let total = max(left, 0) + n + max(right, 0)
  let w = max(s.strWidth, fill < 0x100 ? 1 : fill < 0x10000 ? 2 : 4)
  if total > 1 << 36 || !mayAllocate(bytes: total * w) { return t.raise(.MemoryError) }
  let r = makeStr(t, count: total, width: w, ascii: s.isASCII && fill < 0x80)
  fillText(r, 0, max(left, 0), fill)
  copyText(s, 0, n, into: r, at: max(left, 0))
  fillText(r, max(left, 0) + n, total, fill)
  return r
}
func fillText(_ r: Value, _ from: Int, _ to: Int, _ c: UInt32) {
  if from >= to { return }
  switch r.strWidth {
  case 1: memset(r.strData + from, Int32(c), to - from)
  case 2: (r.strData.assumingMemoryBound(to: UInt16.self) + from).update(repeating: UInt16(truncatingIfNeeded: c), count: to - from)
  default: (r.strData.assumingMemoryBound(to: UInt32.self) + from).update(repeating: c, count: to - from)
  }
}

/// Concatenates pieces that are all strs.
func joinPieces(_ t: ThreadRef, _ pieces: [Value]) -> Value {
  var copy = pieces
  return copy.withUnsafeMutableBufferPointer { $0.count == 0 ? weft_vm.emptyStr : concatenate(t, $0.baseAddress!, $0.count) }
}

/// sep.join(items) of strs.
func joinText(_ t: ThreadRef, _ sep: Value, _ p: UnsafeMutablePointer<Value>, _ n: Int) -> Value {
  if n == 0 { return weft_vm.emptyStr }
  if n == 1 && p[0].isExact(.str) { return p[0] }
  let m = sep.strCount
  var total = 0, width = n > 1 && m > 0 ? sep.strWidth : 1, ascii = n == 1 || m == 0 || sep.isASCII
  for i in 0..<n {
    let v = p[i]
    if !v.isStr { return t.typeError("sequence item \(i): expected str instance, \(typeName(v)) found") }
    total += v.strCount
    if v.strWidth > width { width = v.strWidth }
    ascii = ascii && v.isASCII
  }
  let (gaps, over) = m.multipliedReportingOverflow(by: n - 1)
  if over || total + gaps > 1 << 36 { return t.raise(.OverflowError, "join() result is too long for a Python string") }
  total += gaps
  if total == 0 { return weft_vm.emptyStr }
  if !mayAllocate(bytes: total * width) { return t.raise(.MemoryError) }
  let r = makeStr(t, count: total, width: width, ascii: ascii)
  var at = 0
  for i in 0..<n {
    if i > 0 && m > 0 { copyText(sep, 0, m, into: r, at: at); at += m }
    let k = p[i].strCount
    if k > 0 { copyText(p[i], 0, k, into: r, at: at); at += k }
  }
  return r
}

/// s[::step] of any step.
func stepSlice(_ t: ThreadRef, _ s: Value, _ start: Int, _ step: Int, _ count: Int) -> Value {
  if step == 1 { return textSlice(t, s, start, start + count) }
  if count == 0 { return weft_vm.emptyStr }
  if !mayAllocate(bytes: count * s.strWidth) { return t.raise(.MemoryError) }
  let r = makeStr(t, count: count, width: s.strWidth, ascii: s.isASCII)
  var i = start
  switch s.strWidth {
  case 1:
    let d = r.strData.assumingMemoryBound(to: UInt8.self), p = units8(s)
    for k in 0..<count { d[k] = p[i]; i = i &+ step }
  case 2:
    let d = r.strData.assumingMemoryBound(to: UInt16.self), p = units16(s)
    for k in 0..<count { d[k] = p[i]; i = i &+ step }
  default:
    let d = r.strData.assumingMemoryBound(to: UInt32.self), p = units32(s)
    for k in 0..<count { d[k] = p[i]; i = i &+ step }
  }
  return s.isASCII && count > 1 ? r : canonical(t, r)
}

// MARK: search

private func findIn<H: Units>(_ h: UnsafeBufferPointer<H>, _ needle: Value, _ from: Int, _ to: Int) -> Int {
  onText(needle, { findText(h, $0, from, to) }, { findText(h, $0, from, to) }, { findText(h, $0, from, to) })
}
private func findLastIn<H: Units>(_ h: UnsafeBufferPointer<H>, _ needle: Value, _ from: Int, _ to: Int) -> Int {
  onText(needle, { findLastText(h, $0, from, to) }, { findLastText(h, $0, from, to) }, { findLastText(h, $0, from, to) })
}
private func countIn<H: Units>(_ h: UnsafeBufferPointer<H>, _ needle: Value, _ from: Int, _ to: Int) -> Int {
  onText(needle, { countText(h, $0, from, to) }, { countText(h, $0, from, to) }, { countText(h, $0, from, to) })
}
private func occurrencesIn<H: Units>(_ h: UnsafeBufferPointer<H>, _ needle: Value, _ limit: Int) -> [Int] {
  onText(needle, { occurrences(h, $0, limit: limit) }, { occurrences(h, $0, limit: limit) }, { occurrences(h, $0, limit: limit) })
}
func textFind(_ s: Value, _ needle: Value, _ from: Int, _ to: Int) -> Int {
  if needle.strWidth > s.strWidth { return -1 }
  return onText(s, { findIn($0, needle, from, to) }, { findIn($0, needle, from, to) }, { findIn($0, needle, from, to) })
}
func textFindLast(_ s: Value, _ needle: Value, _ from: Int, _ to: Int) -> Int {
  if needle.strWidth > s.strWidth { return -1 }
  return onText(s, { findLastIn($0, needle, from, to) }, { findLastIn($0, needle, from, to) }, { findLastIn($0, needle, from, to) })
}
func textCount(_ s: Value, _ needle: Value, _ from: Int, _ to: Int) -> Int {
  if needle.strWidth > s.strWidth { return 0 }
  return onText(s, { countIn($0, needle, from, to) }, { countIn($0, needle, from, to) }, { countIn($0, needle, from, to) })
}
func textMatches(_ s: Value, _ needle: Value, at i: Int) -> Bool {
  let n = needle.strCount
  if i < 0 || i + n > s.strCount || needle.strWidth > s.strWidth { return false }
  if needle.strWidth == s.strWidth { return memcmp(s.strData + i * s.strWidth, needle.strData, n * s.strWidth) == 0 }
  for k in 0..<n where s.codePoint(i + k) != needle.codePoint(k) { return false }
  return true
}

/// s.replace(old, new, limit).
func replaceText(_ t: ThreadRef, _ s: Value, _ old: Value, _ new: Value, _ limit: Int) -> Value {
  if limit == 0 || old.strWidth > s.strWidth { return exactStr(t, s) }
  if s.strWidth == 1 && old.strCount == 1 {
    // One byte for another, or none to replace.
    let p = s.strData.assumingMemoryBound(to: UInt8.self), n = s.strCount, c = Int32(old.codePoint(0))
    guard let first = memchr(p, c, n) else { return exactStr(t, s) }
    if new.strCount == 1 && new.strWidth == 1 && limit < 0 && n > 1 && s.isASCII && new.isASCII {
      let r = makeStr(t, count: n, width: 1, ascii: true)
      let d = r.strData.assumingMemoryBound(to: UInt8.self), x = UInt8(truncatingIfNeeded: new.codePoint(0))
      memcpy(d, p, n)
      var i = first.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(p)
      while true {
        d[i] = x
        guard let next = memchr(p + i + 1, c, n - i - 1) else { break }
        i = next.assumingMemoryBound(to: UInt8.self) - UnsafeMutablePointer(p)
      }
      return r
    }
  }
  if !mayAllocate(bytes: (limit < 0 ? s.strCount / max(1, old.strCount) : min(limit, s.strCount)) * 24) { return t.raise(.MemoryError) }
  let hits = onText(s, { occurrencesIn($0, old, limit) }, { occurrencesIn($0, old, limit) }, { occurrencesIn($0, old, limit) })
  if hits.isEmpty { return exactStr(t, s) }
  let n = s.strCount, o = old.strCount, k = new.strCount
  let (grow, over) = (k - o).multipliedReportingOverflow(by: hits.count)
  if over || grow > Int.max / 8 { return t.raise(.OverflowError, "replace string is too long") }
  if n + grow > 1 << 36 || !mayAllocate(bytes: (n + grow) * max(s.strWidth, new.strWidth)) { return t.raise(.MemoryError) }
  if n + grow == 0 { return weft_vm.emptyStr }
  let r = makeStr(t, count: n + grow, width: max(s.strWidth, new.strWidth), ascii: s.isASCII && new.isASCII)
  var at = 0, from = 0
  for h in hits {
    if h > from { copyText(s, from, h - from, into: r, at: at); at += h - from }
    if k > 0 { copyText(new, 0, k, into: r, at: at); at += k }
    from = h + o
  }
  if n > from { copyText(s, from, n - from, into: r, at: at) }
  return r.isASCII && r.strCount > 1 ? r : canonical(t, r)
}
