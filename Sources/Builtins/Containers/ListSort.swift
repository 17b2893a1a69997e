// Sorting: natively where all keys are ints, floats or strs; the rest is app-level code around `isSorted`-free merge steps.

import Heap
import Objects

enum KeyKind { case fixnum, float, str, number, other }

/// What all of the keys are.
func keyKind(_ p: UnsafeMutablePointer<Value>, _ n: Int) -> KeyKind {
  if n == 0 { return .fixnum }
  if p[0].isFixnum {
    var i = 1
    while i < n && p[i].isFixnum { i += 1 }
    if i == n { return .fixnum }
    while i < n && (p[i].isFixnum || p[i].isExact(.int)) { i += 1 }
    return i == n ? .number : .other
  }
  if p[0].isFlonum || p[0].isExact(.float) {
    var i = 0
    while i < n && (p[i].isFlonum || p[i].isExact(.float)) { i += 1 }
    return i == n ? .float : .other
  }
  if p[0].isExact(.str) {
    var i = 1
    while i < n && p[i].isExact(.str) { i += 1 }
    return i == n ? .str : .other
  }
  if p[0].isExact(.int) {
    var i = 1
    while i < n && (p[i].isFixnum || p[i].isExact(.int)) { i += 1 }
    return i == n ? .number : .other
  }
  return .other
}

/// A key and what belongs to it.
struct Keyed { var key: Value, value: Value }

@inline(__always) func less(_ k: KeyKind, _ a: Value, _ b: Value) -> Bool {
  switch k {
  case .fixnum: return a.fixnum < b.fixnum
  case .float: return a.double < b.double
  case .str: return strCompare(a, b) < 0
  default: return intCompare(a, b) < 0
  }
}

/// Stable merge sort of `p[0..<n]` that takes the runs that are there already, up or strictly down; short ones are lengthened by
/// insertion (after Peters' timsort, but bottom up and without galloping).
@inline(__always)
func mergeSort<T>(_ p: UnsafeMutablePointer<T>, _ n: Int, _ before: (T, T) -> Bool) {
  if n < 2 { return }
  let shortest = 16
  // Where runs end.
  var ends: [Int] = []
  var lo = 0
  while lo < n {
    var i = lo + 1
    if i < n && before(p[i], p[lo]) {
      repeat { i += 1 } while i < n && before(p[i], p[i - 1])
      reverseInPlace(p + lo, i - lo)
    } else {
      while i < n && !before(p[i], p[i - 1]) { i += 1 }
    }
    let hi = min(lo + shortest, n)
    while i < hi {
      let x = p[i]
      var k = i
      while k > lo && before(x, p[k - 1]) { p[k] = p[k - 1]; k -= 1 }
      p[k] = x
      i += 1
    }
    if i == n && lo == 0 { return }
    ends.append(i)
    lo = i
  }
  let work = UnsafeMutablePointer<T>.allocate(capacity: n)
  defer { work.deallocate() }
  var from = p, to = work
  while ends.count > 1 {
    var s = 0, merged = 0
    for r in stride(from: 0, to: ends.count, by: 2) {
      let m = ends[r], e = r + 1 < ends.count ? ends[r + 1] : m
      if m == e || !before(from[m], from[m - 1]) {
        (to + s).update(from: from + s, count: e - s)
      } else {
        var a = s, b = m, o = s
        while a < m && b < e {
          if before(from[b], from[a]) { to[o] = from[b]; b += 1 } else { to[o] = from[a]; a += 1 }
          o += 1
        }
        if a < m { (to + o).update(from: from + a, count: m - a) }
        if b < e { (to + o).update(from: from + b, count: e - b) }
      }
      ends[merged] = e
      merged += 1
      s = e
    }
    ends.removeLast(ends.count - merged)
    swap(&from, &to)
  }
  if from != p { p.update(from: from, count: n) }
}

func sortValues(_ k: KeyKind, _ p: UnsafeMutablePointer<Value>, _ n: Int) {
  switch k {
  case .fixnum: mergeSort(p, n) { $0.fixnum < $1.fixnum }
  case .float: mergeSort(p, n) { $0.double < $1.double }
  case .str: mergeSort(p, n) { strCompare($0, $1) < 0 }
  default: mergeSort(p, n) { intCompare($0, $1) < 0 }
  }
}
func sortKeyed(_ k: KeyKind, _ p: UnsafeMutablePointer<Keyed>, _ n: Int) {
  switch k {
  case .fixnum: mergeSort(p, n) { $0.key.fixnum < $1.key.fixnum }
  case .float: mergeSort(p, n) { $0.key.double < $1.key.double }
  case .str: mergeSort(p, n) { strCompare($0.key, $1.key) < 0 }
  default: mergeSort(p, n) { intCompare($0.key, $1.key) < 0 }
  }
}

/// Sorts a list whose items need no Python code to compare; false when some do.
func sortNatively(_ l: Value, reverse: Bool) -> Bool {
  let n = l.listCount
  if n < 2 { return true }
  let p = l.listItems
  let k = keyKind(p, n)
  if k == .other { return false }
  // Reversing before and after keeps equal items in their order.
  if reverse { reverseInPlace(p, n) }
  sortValues(k, p, n)
  if reverse { reverseInPlace(p, n) }
  writeBarrier(l.listStorage.object)
  return true
}

/// Sorts `values` by `keys` (lists of one length) natively; false when Python must compare.
func sortNatively(keys: Value, values: Value) -> Bool {
  let n = keys.listCount
  if n != values.listCount { return false }
  if n < 2 { return true }
  let k = keyKind(keys.listItems, n)
  if k == .other { return false }
  let pairs = UnsafeMutablePointer<Keyed>.allocate(capacity: n)
  defer { pairs.deallocate() }
  for i in 0..<n { pairs[i] = Keyed(key: keys.listItems[i], value: values.listItems[i]) }
  sortKeyed(k, pairs, n)
  for i in 0..<n { keys.listItems[i] = pairs[i].key; values.listItems[i] = pairs[i].value }
  writeBarrier(keys.listStorage.object)
  writeBarrier(values.listStorage.object)
  return true
}

func reverseInPlace<T>(_ p: UnsafeMutablePointer<T>, _ n: Int) {
  var i = 0, j = n - 1
  while i < j { let x = p[i]; p[i] = p[j]; p[j] = x; i += 1; j -= 1 }
}
