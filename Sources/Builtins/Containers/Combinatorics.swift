// Index arithmetic of itertools' combinatoric iterators, for app-level code. Lists of small ints are the state.

import Heap
import Objects

func installCombinatorics(_ t: ThreadRef) {
  // Items of a tuple at the indices of a list, as a tuple; an index out of range gives IndexError.
  defineAppNative(t, "pickItems", "(pool, indices, /)") { t, a, n in pick(t, a[0], a[1], a[1].listCount) }
  defineAppNative(t, "pickFirst", "(pool, indices, count, /)") { t, a, n in pick(t, a[0], a[1], min(a[1].listCount, a[2].fixnum)) }
  defineAppNative(t, "pickEach", "(pools, indices, /)") { t, a, n in
    let k = min(a[0].count, a[1].listCount)
    let r = makeTuple(t, count: k)
    for i in 0..<k {
      let pool = a[0].items[i], j = a[1].listItems[i].fixnum
      guard pool.isExact(.tuple), j >= 0, j < pool.count else { return t.raise(.IndexError, "index out of range") }
      r.items[i] = pool.items[j]
    }
    return r
  }
  // Each moves the indices to the next state; False at the end.
  defineAppNative(t, "productStep", "(pools, indices, /)") { t, a, n in
    let p = a[0], q = listPointer(a[1])
    var i = min(p.count, a[1].listCount) - 1
    while i >= 0 {
      let k = q[i].fixnum + 1
      if k < p.items[i].count { q[i] = .fixnum(k); return .true }
      q[i] = .fixnum(0)
      i -= 1
    }
    return .false
  }
  defineAppNative(t, "combinationStep", "(indices, n, /)") { t, a, n in
    let q = listPointer(a[0]), r = a[0].listCount, n = a[1].fixnum
    var i = r - 1
    while i >= 0 && q[i].fixnum == i + n - r { i -= 1 }
    if i < 0 { return .false }
    var k = q[i].fixnum + 1
    while i < r { q[i] = .fixnum(k); k += 1; i += 1 }
    return .true
  }
  defineAppNative(t, "replacementStep", "(indices, n, /)") { t, a, n in
    let q = listPointer(a[0]), r = a[0].listCount, n = a[1].fixnum
    var i = r - 1
    while i >= 0 && q[i].fixnum == n - 1 { i -= 1 }
    if i < 0 { return .false }
    let k = q[i].fixnum + 1
    while i < r { q[i] = .fixnum(k); i += 1 }
    return .true
  }
  defineAppNative(t, "permutationStep", "(indices, cycles, /)") { t, a, n in
    let q = listPointer(a[0]), n = a[0].listCount, c = listPointer(a[1]), r = a[1].listCount
    var i = r - 1
    while i >= 0 {
      let k = c[i].fixnum - 1
      if k == 0 {
        let x = q[i]
        for j in i..<(n - 1) { q[j] = q[j + 1] }
        q[n - 1] = x
        c[i] = .fixnum(n - i)
      } else {
        c[i] = .fixnum(k)
        let j = n - k
        if j < 0 || j >= n { return .false }
        let x = q[i]
        q[i] = q[j]
        q[j] = x
        return .true
      }
      i -= 1
    }
    return .false
  }
}

private func pick(_ t: ThreadRef, _ pool: Value, _ indices: Value, _ k: Int) -> Value {
  let r = makeTuple(t, count: k)
  for i in 0..<k {
    let j = indices.listItems[i].fixnum
    guard j >= 0, j < pool.count else { return t.raise(.IndexError, "index out of range") }
    r.items[i] = pool.items[j]
  }
  return r
}
