// Searching, splitting and stripping of text, generic over the code units of haystack and needle.

import Glibc

// Functions of the C library that its Swift module hides.
@_silgen_name("memmem")
@usableFromInline
internal func libraryMemmem(
  _ haystack: UnsafeRawPointer, _ length: Int, _ needle: UnsafeRawPointer, _ needleLength: Int
) -> UnsafeRawPointer?

@_silgen_name("wmemchr")
@usableFromInline
internal func libraryWmemchr(_ text: UnsafeRawPointer, _ unit: UInt32, _ count: Int) -> UnsafeRawPointer?

@inlinable @inline(__always)
internal func same<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ h: UnsafePointer<H>, _ n: UnsafePointer<N>, _ count: Int
) -> Bool {
  if H.self == N.self { return memcmp(h, n, count &* MemoryLayout<H>.size) == 0 }
  var i = 0
  while i < count {
    if UInt32(truncatingIfNeeded: h[i]) != UInt32(truncatingIfNeeded: n[i]) { return false }
    i &+= 1
  }
  return true
}

/// The first index of a code unit at or after `start`, before `end`; -1 if none.
@inlinable
public func findUnit<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, _ unit: UInt32, _ start: Int, _ end: Int
) -> Int {
  guard start < end, let wanted = C(exactly: unit), let base = p.baseAddress else { return -1 }
  if MemoryLayout<C>.size == 1 {
    guard let hit = memchr(base + start, Int32(unit), end - start) else { return -1 }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }
  if MemoryLayout<C>.size == 4 {
    guard let hit = libraryWmemchr(base + start, unit, end - start) else { return -1 }
    return (hit - UnsafeRawPointer(base)) / 4
  }
  var i = start
  while i < end {
    if base[i] == wanted { return i }
    i &+= 1
  }
  return -1
}

/// The last index of a code unit in start..<end; -1 if none.
@inlinable
public func findLastUnit<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, _ unit: UInt32, _ start: Int, _ end: Int
) -> Int {
  guard start < end, let wanted = C(exactly: unit), let base = p.baseAddress else { return -1 }
  var i = end
  while i > start {
    i &-= 1
    if base[i] == wanted { return i }
  }
  return -1
}

/// The failure table of the Knuth-Morris-Pratt search, for the needle or for its reversal.
@usableFromInline
internal func failureTable<N: FixedWidthInteger & UnsignedInteger>(
  _ needle: UnsafeBufferPointer<N>, reversed: Bool
) -> [Int32] {
  let count = needle.count
  @inline(__always) func at(_ i: Int) -> N { reversed ? needle[count - 1 - i] : needle[i] }
  var table = [Int32](repeating: 0, count: count)
  var k = 0
  var i = 1
  while i < count {
    while k > 0 && at(i) != at(k) { k = Int(table[k - 1]) }
    if at(i) == at(k) { k += 1 }
    table[i] = Int32(truncatingIfNeeded: k)
    i += 1
  }
  return table
}

/// The first occurrence of `needle` that lies within start..<end of `haystack` (0 <= start, end <= its count; start may
/// exceed end); -1 if none. Linear in the worst case.
/// An empty needle is found at `start` where start <= end.
@inlinable
public func findText<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ haystack: UnsafeBufferPointer<H>, _ needle: UnsafeBufferPointer<N>, _ start: Int, _ end: Int
) -> Int {
  let m = needle.count
  if m == 0 { return start <= end ? start : -1 }
  if end - start < m { return -1 }
  if m == 1 { return findUnit(haystack, UInt32(truncatingIfNeeded: needle[0]), start, end) }
  let h = haystack.baseAddress!
  let n = needle.baseAddress!
  if MemoryLayout<H>.size == 1 && MemoryLayout<N>.size == 1 {
    guard let hit = libraryMemmem(h + start, end - start, n, m) else { return -1 }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(h)
  }
  let head = UInt32(truncatingIfNeeded: n[0])
  let tail = UInt32(truncatingIfNeeded: n[m - 1])
  let last = end - m
  var i = start
  var work = 0
  let budget = 4 * (end - start) + 256
  while true {
    i = findUnit(haystack, head, i, last + 1)
    if i < 0 { return -1 }
    if UInt32(truncatingIfNeeded: h[i + m - 1]) == tail {
      var k = 1
      while k < m && UInt32(truncatingIfNeeded: h[i + k]) == UInt32(truncatingIfNeeded: n[k]) { k &+= 1 }
      if k == m { return i }
      work &+= k
      if work > budget { break }
    }
    i &+= 1
  }
  let table = failureTable(needle, reversed: false)
  var k = 0
  while i < end {
    let unit = UInt32(truncatingIfNeeded: h[i])
    while k > 0 && UInt32(truncatingIfNeeded: n[k]) != unit { k = Int(table[k - 1]) }
    if UInt32(truncatingIfNeeded: n[k]) == unit {
      k &+= 1
      if k == m { return i &- m &+ 1 }
    }
    i &+= 1
  }
  return -1
}

/// The last occurrence of `needle` within start..<end; -1 if none. An empty needle is found at `end`.
@inlinable
public func findLastText<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ haystack: UnsafeBufferPointer<H>, _ needle: UnsafeBufferPointer<N>, _ start: Int, _ end: Int
) -> Int {
  let m = needle.count
  if m == 0 { return start <= end ? end : -1 }
  if end - start < m { return -1 }
  if m == 1 { return findLastUnit(haystack, UInt32(truncatingIfNeeded: needle[0]), start, end) }
  let h = haystack.baseAddress!
  let n = needle.baseAddress!
  let head = UInt32(truncatingIfNeeded: n[0])
  let tail = UInt32(truncatingIfNeeded: n[m - 1])
  var i = end - m
  var work = 0
  let budget = 4 * (end - start) + 256
  while i >= start {
    if UInt32(truncatingIfNeeded: h[i]) == head && UInt32(truncatingIfNeeded: h[i + m - 1]) == tail {
      var k = m - 1
      while k > 0 && UInt32(truncatingIfNeeded: h[i + k]) == UInt32(truncatingIfNeeded: n[k]) { k &-= 1 }
      if k == 0 { return i }
      work &+= m - k
      if work > budget { break }
    }
    i &-= 1
  }
  if i < start { return -1 }
  let table = failureTable(needle, reversed: true)
  var k = 0
  i += m - 1
  while i >= start {
    let unit = UInt32(truncatingIfNeeded: h[i])
    while k > 0 && UInt32(truncatingIfNeeded: n[m - 1 - k]) != unit { k = Int(table[k - 1]) }
    if UInt32(truncatingIfNeeded: n[m - 1 - k]) == unit {
      k &+= 1
      if k == m { return i }
    }
    i &-= 1
  }
  return -1
}

/// How often `needle` occurs within start..<end without overlaps; an empty needle occurs everywhere.
@inlinable
public func countText<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ haystack: UnsafeBufferPointer<H>, _ needle: UnsafeBufferPointer<N>, _ start: Int, _ end: Int,
  limit: Int = Int.max
) -> Int {
  if start > end { return 0 }
  if needle.count == 0 { return min(end - start + 1, limit) }
  var count = 0
  var i = start
  while count < limit {
    i = findText(haystack, needle, i, end)
    if i < 0 { break }
    count += 1
    i += needle.count
  }
  return count
}

/// The starts of up to `limit` occurrences without overlaps, from the left, as replace and split want them.
/// No limit where it is negative.
@inlinable
public func occurrences<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ haystack: UnsafeBufferPointer<H>, _ needle: UnsafeBufferPointer<N>, limit: Int
) -> [Int] {
  var result: [Int] = []
  let limit = limit < 0 ? Int.max : limit
  if needle.count == 0 {
    result.reserveCapacity(min(haystack.count + 1, limit))
    for i in 0...haystack.count where result.count < limit { result.append(i) }
    return result
  }
  var i = 0
  while result.count < limit {
    i = findText(haystack, needle, i, haystack.count)
    if i < 0 { break }
    result.append(i)
    i += needle.count
  }
  return result
}

/// Whether `needle` is at `position` of `haystack` (which may be anywhere in range or not).
@inlinable
public func matchesText<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ haystack: UnsafeBufferPointer<H>, _ needle: UnsafeBufferPointer<N>, at position: Int
) -> Bool {
  if position < 0 || needle.count > haystack.count - position { return false }
  if needle.count == 0 { return true }
  return same(haystack.baseAddress! + position, needle.baseAddress!, needle.count)
}

/// Compares by code point: negative, zero or positive.
@inlinable
public func compareText<A: FixedWidthInteger & UnsignedInteger, B: FixedWidthInteger & UnsignedInteger>(
  _ a: UnsafeBufferPointer<A>, _ b: UnsafeBufferPointer<B>
) -> Int {
  let count = min(a.count, b.count)
  if MemoryLayout<A>.size == 1 && MemoryLayout<B>.size == 1 {
    if count > 0 {
      let order = memcmp(a.baseAddress!, b.baseAddress!, count)
      if order != 0 { return Int(order) }
    }
    return a.count - b.count
  }
  var i = 0
  while i < count {
    let x = UInt32(truncatingIfNeeded: a[i])
    let y = UInt32(truncatingIfNeeded: b[i])
    if x != y { return x < y ? -1 : 1 }
    i &+= 1
  }
  return a.count - b.count
}

/// The replacement of occurrences of one code unit by another of the same width, in place; at most `limit`.
@inlinable
public func replaceUnit<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeMutableBufferPointer<C>, _ old: C, _ new: C, limit: Int
) {
  var rest = limit
  for i in 0..<p.count where p[i] == old {
    if rest == 0 { return }
    p[i] = new
    rest -= 1
  }
}

// MARK: Splitting: each yields the ranges of the pieces in order

/// split(separator, limit); `limit` < 0 for no limit; the separator is not empty.
@inlinable
public func splitText<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<H>, _ separator: UnsafeBufferPointer<N>, limit: Int, _ yield: (Range<Int>) -> Void
) {
  var start = 0
  var rest = limit < 0 ? Int.max : limit
  while rest > 0 && separator.count > 0 {
    let hit = findText(p, separator, start, p.count)
    if hit < 0 { break }
    yield(start..<hit)
    start = hit + separator.count
    rest -= 1
  }
  yield(start..<p.count)
}

/// rsplit(separator, limit): pieces from the right end; the caller reverses them.
@inlinable
public func splitTextFromRight<H: FixedWidthInteger & UnsignedInteger, N: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<H>, _ separator: UnsafeBufferPointer<N>, limit: Int, _ yield: (Range<Int>) -> Void
) {
  var end = p.count
  var rest = limit < 0 ? Int.max : limit
  while rest > 0 && separator.count > 0 {
    let hit = findLastText(p, separator, 0, end)
    if hit < 0 { break }
    yield((hit + separator.count)..<end)
    end = hit
    rest -= 1
  }
  yield(0..<end)
}

/// White space as str sees it, or as bytes do.
@inlinable @inline(__always)
internal func isBlank(_ unit: UInt32, _ asciiOnly: Bool) -> Bool {
  asciiOnly ? isASCIISpace(unit) : isSpace(unit)
}

/// split(None, limit). `asciiOnly` for bytes.
@inlinable
public func splitWords<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, limit: Int, asciiOnly: Bool = false, _ yield: (Range<Int>) -> Void
) {
  let end = p.count
  var i = 0
  var rest = limit < 0 ? Int.max : limit
  while true {
    while i < end && isBlank(UInt32(truncatingIfNeeded: p[i]), asciiOnly) { i &+= 1 }
    if i == end { return }
    let start = i
    if rest == 0 {
      yield(start..<end)
      return
    }
    while i < end && !isBlank(UInt32(truncatingIfNeeded: p[i]), asciiOnly) { i &+= 1 }
    yield(start..<i)
    rest -= 1
  }
}

/// rsplit(None, limit): pieces from the right end; the caller reverses them.
@inlinable
public func splitWordsFromRight<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, limit: Int, asciiOnly: Bool = false, _ yield: (Range<Int>) -> Void
) {
  var i = p.count
  var rest = limit < 0 ? Int.max : limit
  while true {
    while i > 0 && isBlank(UInt32(truncatingIfNeeded: p[i - 1]), asciiOnly) { i &-= 1 }
    if i == 0 { return }
    let end = i
    if rest == 0 {
      yield(0..<end)
      return
    }
    while i > 0 && !isBlank(UInt32(truncatingIfNeeded: p[i - 1]), asciiOnly) { i &-= 1 }
    yield(i..<end)
    rest -= 1
  }
}

/// splitlines(keepEnds): `asciiOnly` splits at CR, LF and CR LF only, as bytes do.
@inlinable
public func splitLines<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, keepEnds: Bool, asciiOnly: Bool = false, _ yield: (Range<Int>) -> Void
) {
  let end = p.count
  var i = 0
  while i < end {
    let start = i
    while i < end {
      let unit = UInt32(truncatingIfNeeded: p[i])
      if asciiOnly ? unit == 10 || unit == 13 : isLineBreak(unit) { break }
      i &+= 1
    }
    let stop = i
    if i < end {
      i += p[i] == 13 && i + 1 < end && p[i + 1] == 10 ? 2 : 1
    }
    yield(start..<(keepEnds ? i : stop))
  }
}

// MARK: Stripping

/// What remains of the text after strip of white space at the chosen sides.
@inlinable
public func strippedRange<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, left: Bool, right: Bool, asciiOnly: Bool = false
) -> Range<Int> {
  var start = 0
  var end = p.count
  if left { while start < end && isBlank(UInt32(truncatingIfNeeded: p[start]), asciiOnly) { start &+= 1 } }
  if right { while end > start && isBlank(UInt32(truncatingIfNeeded: p[end - 1]), asciiOnly) { end &-= 1 } }
  return start..<end
}

/// What remains after strip of any of the code units of `set`.
@inlinable
public func strippedRange<C: FixedWidthInteger & UnsignedInteger, S: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, of set: UnsafeBufferPointer<S>, left: Bool, right: Bool
) -> Range<Int> {
  var bloom: UInt64 = 0
  for unit in set { bloom |= 1 &<< UInt64(truncatingIfNeeded: unit & 63) }
  @inline(__always) func contains(_ unit: C) -> Bool {
    if bloom & (1 &<< UInt64(truncatingIfNeeded: unit & 63)) == 0 { return false }
    return findUnit(set, UInt32(truncatingIfNeeded: unit), 0, set.count) >= 0
  }
  var start = 0
  var end = p.count
  if left { while start < end && contains(p[start]) { start &+= 1 } }
  if right { while end > start && contains(p[end - 1]) { end &-= 1 } }
  return start..<end
}

/// The largest code unit of a text, to choose its storage; ASCII and empty texts give at most 127.
@inlinable
public func largestUnit<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> UInt32 {
  var all: C = 0
  var largest: C = 0
  for unit in p {
    all |= unit
    if unit > largest { largest = unit }
  }
  return UInt32(truncatingIfNeeded: largest)
}
