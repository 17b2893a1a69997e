// `_heapq` and `_bisect` where comparing items needs no Python code; all else is app-level (containers_heap.py).
//
// A native decides the whole move first and changes the list after: when it meets items whose order Python has to tell, it
// leaves the list untouched and tail-calls the app-level function.

import Builtins
import Glibc
import Heap
import Objects

/// a < b for builtin values: 1, 0, or -1 where Python must decide.
@inline(__always) private func less(_ a: Value, _ b: Value) -> Int {
  if a.isFixnum && b.isFixnum { return a.fixnum < b.fixnum ? 1 : 0 }
  return lessGeneral(a, b, 0)
}
private func lessGeneral(_ a: Value, _ b: Value, _ depth: Int) -> Int {
  if a.isFixnum && b.isFixnum { return a.fixnum < b.fixnum ? 1 : 0 }
  let fa = a.isFlonum || a.isExact(.float), fb = b.isFlonum || b.isExact(.float)
  if fa && fb { return a.double < b.double ? 1 : 0 }
  let ia = a.isFixnum || a.isExact(.int), ib = b.isFixnum || b.isExact(.int)
  if ia && ib { return intCompare(a, b) < 0 ? 1 : 0 }
  if fa && ib { return (compareIntDouble(b, a.double) ?? 0) > 0 ? 1 : 0 }
  if ia && fb { return (compareIntDouble(a, b.double) ?? 0) < 0 ? 1 : 0 }
  if !a.isObject || !b.isObject { return -1 }
  if a.isExact(.str) && b.isExact(.str) { return strCompare(a, b) < 0 ? 1 : 0 }
  if a.isExact(.tuple) && b.isExact(.tuple) {
    if depth > 20 { return -1 }
    let n = min(a.count, b.count)
    for i in 0..<n {
      let x = a.items[i], y = b.items[i]
      let e = nativeEqual(x, y)
      if e < 0 { return -1 }
      if e == 0 { return lessGeneral(x, y, depth + 1) }
    }
    return a.count < b.count ? 1 : 0
  }
  return -1
}

private struct HeapOrder {
  let p: UnsafeMutablePointer<Value>
  let n: Int
  let max: Bool
  @inline(__always) func before(_ a: Value, _ b: Value) -> Int { max ? less(b, a) : less(a, b) }

  /// Where `x` goes when it rises from `at` to the root; nil where Python must decide.
  func rise(_ x: Value, _ at: Int, to top: Int = 0) -> Int? {
    var i = at
    while i > top {
      let parent = (i - 1) >> 1
      let c = before(x, p[parent])
      if c < 0 { return nil }
      if c == 0 { break }
      i = parent
    }
    return i
  }
  func move(_ x: Value, from at: Int, to place: Int) {
    var i = at
    while i > place { let parent = (i - 1) >> 1; p[i] = p[parent]; i = parent }
    p[place] = x
  }
  /// Lets `x` sink from `top`: the path of smaller children down, then up again to its place. False: nothing was changed.
  func sink(_ x: Value, _ top: Int) -> Bool {
    return withUnsafeTemporaryAllocation(of: Int.self, capacity: 64) { path in
      var i = top, depth = 0
      path[0] = top
      while 2 * i + 1 < n {
        var child = 2 * i + 1
        if child + 1 < n {
          let c = before(p[child], p[child + 1])
          if c < 0 { return false }
          if c == 0 { child += 1 }
        }
        i = child
        depth += 1
        path[depth] = i
      }
      var k = depth
      while k > 0 {
        let c = before(x, p[path[k]])
        if c < 0 { return false }
        if c == 0 { break }
        k -= 1
      }
      for j in 0..<k { p[path[j]] = p[path[j + 1]] }
      p[path[k]] = x
      return true
    }
  }
}

private func heapList(_ t: ThreadRef, _ v: Value, _ name: String) -> Bool {
  if v.isObject && v.isKind(.list) { return true }
  t.typeError("\(name)() argument\(name.hasSuffix("heapify") || name.hasSuffix("heappop") ? "" : " 1") must be list, not \(typeName(v))")
  return false
}
private func order(_ l: Value, _ n: Int, _ max: Bool) -> HeapOrder { HeapOrder(p: l.listItems, n: n, max: max) }

private func heapPop(_ t: ThreadRef, _ l: Value, _ name: String, _ max: Bool) -> Value {
  if !heapList(t, l, name) { return .empty }
  let n = l.listCount
  if n == 0 { return t.raise(.IndexError, "index out of range") }
  let last = l.listItems[n - 1]
  if n == 1 { truncateList(l, 0); return last }
  let top = l.listItems[0]
  if !order(l, n - 1, max).sink(last, 0) { return callApp(t, named: "heapq_pop", l, .bool(max)) }
  writeBarrier(l.listStorage.object)
  truncateList(l, n - 1)
  return top
}
private func heapReplace(_ t: ThreadRef, _ l: Value, _ x: Value, _ name: String, _ max: Bool) -> Value {
  if !heapList(t, l, name) { return .empty }
  let n = l.listCount
  if n == 0 { return t.raise(.IndexError, "index out of range") }
  let top = l.listItems[0]
  if !order(l, n, max).sink(x, 0) { return callApp(t, named: "heapq_replace", l, x, .bool(max)) }
  writeBarrier(l.listStorage.object)
  return top
}
private func heapify(_ t: ThreadRef, _ l: Value, _ name: String, _ max: Bool) -> Value {
  if !heapList(t, l, name) { return .empty }
  let n = l.listCount
  if n < 2 { return .none }
  let o = order(l, n, max)
  var i = n / 2 - 1
  while i >= 0 {
    if !o.sink(l.listItems[i], i) { writeBarrier(l.listStorage.object); return callApp(t, named: "heapq_heapify", l, .bool(max), .fixnum(i)) }
    i -= 1
  }
  writeBarrier(l.listStorage.object)
  return .none
}

func makeHeapq(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_heapq", doc: "Heap queue algorithm (a.k.a. priority queue).\n")
  m.set("__about__", makeStr(t, "Heap queues"))
  m.function("heappush", "(heap, item, /)") { t, a, n in
    if !heapList(t, a[0], "heappush") { return .empty }
    let l = a[0], count = l.listCount
    if count == 0 { listAppend(t, l, a[1]); return .none }
    guard let place = order(l, count, false).rise(a[1], count) else { return callApp(t, named: "heapq_push", l, a[1]) }
    listAppend(t, l, a[1])
    if place < count { order(l, count + 1, false).move(a[1], from: count, to: place) }
    return .none
  }
  m.function("heappop", "(heap, /)") { t, a, n in heapPop(t, a[0], "heappop", false) }
  m.function("_heappop_max", "(heap, /)") { t, a, n in heapPop(t, a[0], "_heappop_max", true) }
  m.function("heapreplace", "(heap, item, /)") { t, a, n in heapReplace(t, a[0], a[1], "heapreplace", false) }
  m.function("_heapreplace_max", "(heap, item, /)") { t, a, n in heapReplace(t, a[0], a[1], "_heapreplace_max", true) }
  m.function("heapify", "(heap, /)") { t, a, n in heapify(t, a[0], "heapify", false) }
  m.function("_heapify_max", "(heap, /)") { t, a, n in heapify(t, a[0], "_heapify_max", true) }
  m.function("heappushpop", "(heap, item, /)") { t, a, n in
    if !heapList(t, a[0], "heappushpop") { return .empty }
    if a[0].listCount == 0 { return a[1] }
    let c = less(a[0].listItems[0], a[1])
    if c < 0 { return callApp(t, named: "heapq_pushpop", a[0], a[1]) }
    return c == 0 ? a[1] : heapReplace(t, a[0], a[1], "heappushpop", false)
  }
  return m.module
}

/// The insertion point; nil where Python must decide.
private func bisect(_ items: UnsafeMutablePointer<Value>, _ x: Value, _ lo: Int, _ hi: Int, right: Bool) -> Int? {
  var lo = lo, hi = hi
  while lo < hi {
    let mid = (lo + hi) >> 1
    let c = right ? less(x, items[mid]) : less(items[mid], x)
    if c < 0 { return nil }
    if (c == 1) == right { hi = mid } else { lo = mid + 1 }
  }
  return lo
}
private func bisectNative(_ t: ThreadRef, _ a: Args, right: Bool, insert: Bool) -> Value {
  let keyless = a[4].isEmpty || a[4].isNone
  func general() -> Value {
    let w = [a[0], a[1], a[2].isEmpty ? .fixnum(0) : a[2], a[3].isEmpty ? .none : a[3], a[4].isEmpty ? .none : a[4], .bool(right), .bool(insert)]
    return callApp(t, named: "bisect_slow", makeTuple(t, w))
  }
  guard keyless, a[0].isExact(.list) || !insert && a[0].isExact(.tuple), let (items, count) = sequenceItems(a[0]) else { return general() }
  var lo = 0, hi = count
  if !a[2].isEmpty { guard a[2].isFixnum else { return general() }; lo = a[2].fixnum }
  if !a[3].isEmpty && !a[3].isNone { guard a[3].isFixnum else { return general() }; hi = a[3].fixnum }
  if lo < 0 { return t.valueError("lo must be non-negative") }
  if hi < 0 || hi > count { return general() }
  guard let at = bisect(items, a[1], lo, hi, right: right) else { return general() }
  if !insert { return .fixnum(at) }
  openGap(t, a[0], at: at, 1)
  a[0].listItems[at] = a[1]
  writeBarrier(a[0].listStorage.object)
  return .none
}

func makeBisect(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_bisect", doc: "Bisection algorithms.\n")
  for name in ["bisect", "bisect_right"] {
    m.function(name, "(a, x, lo=0, hi=None, *, key=None)") { t, a, n in bisectNative(t, a, right: true, insert: false) }
  }
  for name in ["insort", "insort_right"] {
    m.function(name, "(a, x, lo=0, hi=None, *, key=None)") { t, a, n in bisectNative(t, a, right: true, insert: true) }
  }
  m.function("bisect_left", "(a, x, lo=0, hi=None, *, key=None)") { t, a, n in bisectNative(t, a, right: false, insert: false) }
  m.function("insort_left", "(a, x, lo=0, hi=None, *, key=None)") { t, a, n in bisectNative(t, a, right: false, insert: true) }
  return m.module
}
