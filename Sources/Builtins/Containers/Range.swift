// range: four ints of any size (start, stop, step, length) in one class.

import Heap
import Objects

/// A range of ints of any size; the step is not zero.
func makeRange(_ t: ThreadRef, _ start: Value, _ stop: Value, _ step: Value) -> Value {
  let r = makeRecord(t, .range, 4)
  r.fields[0] = start; r.fields[1] = stop; r.fields[2] = step
  r.fields[3] = rangeLength(t, start, stop, step)
  return r
}
func rangeLength(_ t: ThreadRef, _ start: Value, _ stop: Value, _ step: Value) -> Value {
  if start.isFixnum && stop.isFixnum && step.isFixnum {
    let a = start.fixnum, b = stop.fixnum, s = step.fixnum
    if s > 0 { return a < b ? makeInt(t, unsigned: UInt(bitPattern: b &- a &- 1) / UInt(s) + 1) : .fixnum(0) }
    return a > b ? makeInt(t, unsigned: UInt(bitPattern: a &- b &- 1) / UInt(0 &- s) + 1) : .fixnum(0)
  }
  let up = step.intSign > 0
  let c = intCompare(start, stop)
  if up ? c >= 0 : c <= 0 { return .fixnum(0) }
  let span = up ? intArithmetic(t, .sub, stop, start) : intArithmetic(t, .sub, start, stop)
  let by = up ? step : intArithmetic(t, .sub, .fixnum(0), step)
  return intArithmetic(t, .add, intArithmetic(t, .floorDiv, intArithmetic(t, .sub, span, .fixnum(1)), by), .fixnum(1))
}

/// Item `i` (within bounds).
func rangeItem(_ t: ThreadRef, _ r: Value, _ i: Value) -> Value {
  intArithmetic(t, .add, r.field(0), intArithmetic(t, .mul, i, r.field(2)))
}

/// Index of the exact int `x` in the range; nil when it is not in it.
func rangeIndex(_ t: ThreadRef, _ r: Value, _ x: Value) -> Value? {
  let start = r.field(0), stop = r.field(1), step = r.field(2)
  if x.isFixnum && start.isFixnum && stop.isFixnum && step.isFixnum {
    let v = x.fixnum, a = start.fixnum, b = stop.fixnum, s = step.fixnum
    if s > 0 ? v < a || v >= b : v > a || v <= b { return nil }
    let (d, o) = v.subtractingReportingOverflow(a)
    if !o { return d % s == 0 ? .fixnum(d / s) : nil }
  }
  let up = step.intSign > 0
  if up ? intCompare(x, start) < 0 || intCompare(x, stop) >= 0 : intCompare(x, start) > 0 || intCompare(x, stop) <= 0 { return nil }
  let d = intArithmetic(t, .sub, x, start)
  if intArithmetic(t, .mod, d, step).intSign != 0 { return nil }
  return intArithmetic(t, .floorDiv, d, step)
}

func isPlainInt(_ v: Value) -> Bool { v.isFixnum || v.isExact(.int) || v.isBool }

/// (length, start, step) as far as they matter: equal ranges have equal keys.
func rangeKey(_ t: ThreadRef, _ r: Value) -> Value {
  let n = r.field(3)
  if n.intSign == 0 { return makeTuple(t, [n, .none, .none]) }
  if n.isFixnum && n.fixnum == 1 { return makeTuple(t, [n, r.field(0), .none]) }
  return makeTuple(t, [n, r.field(0), r.field(2)])
}

func installRange(_ t: ThreadRef) {
  let d = TypeDefinition(t, .range)
  takePositional(d.new("($type, *args, **kwargs)", effects: Effects.calls) { t, a, n in
    guard checkClass(t, a[0], .range), checkCount(t, "range", n - 1, 1, 3) else { return .empty }
    for i in 1..<n where !a[i].isInt { return callApp(t, named: "containers_newRange", makeTuple(t, from: a + 1, count: n - 1)) }
    if n == 2 { return makeRange(t, .fixnum(0), plainInt(t, a[1]), .fixnum(1)) }
    if n == 4 && a[3].intSign == 0 { return t.valueError("range() arg 3 must not be zero") }
    return makeRange(t, plainInt(t, a[1]), plainInt(t, a[2]), n == 4 ? plainInt(t, a[3]) : .fixnum(1))
  }, 1)
  d.member("start", field: 0)
  d.member("stop", field: 1)
  d.member("step", field: 2)
  d.method("__len__", "($self, /)", effects: Effects.leaf) { t, a, n in
    a[0].field(3).asInt == nil ? t.raise(.OverflowError, "Python int too large to convert to C ssize_t") : a[0].field(3)
  }
  d.method("__bool__", "($self, /)", effects: Effects.leaf) { t, a, n in .bool(a[0].field(3).intSign != 0) }
  d.method("__iter__", "($self, /)", effects: Effects.leaf) { t, a, n in rangeIterator(t, a[0]) }
  d.method("__reversed__", "($self, /)", effects: Effects.leaf) { t, a, n in
    let r = a[0], count = r.field(3)
    if count.intSign == 0 { return rangeIterator(t, makeRange(t, .fixnum(0), .fixnum(0), .fixnum(1))) }
    let last = rangeItem(t, r, intArithmetic(t, .sub, count, .fixnum(1)))
    let step = intArithmetic(t, .sub, .fixnum(0), r.field(2))
    return rangeIterator(t, makeRange(t, last, intArithmetic(t, .sub, r.field(0), r.field(2)), step))
  }
  d.method("__contains__", "($self, key, /)") { t, a, n in
    if isPlainInt(a[1]) { return .bool(rangeIndex(t, a[0], plainInt(t, a[1])) != nil) }
    return callApp(t, named: "containers_seqContains", a[0], a[1])
  }
  d.method("index", "($self, object, /)") { t, a, n in
    if isPlainInt(a[1]) {
      if let i = rangeIndex(t, a[0], plainInt(t, a[1])) { return i }
      return t.valueError("\(swiftString(makeStr(t, ascii: intDigits(a[1])))) is not in range")
    }
    return callApp(t, named: "containers_rangeIndex", a[0], a[1])
  }
  d.method("count", "($self, object, /)") { t, a, n in
    if isPlainInt(a[1]) { return .fixnum(rangeIndex(t, a[0], plainInt(t, a[1])) == nil ? 0 : 1) }
    return callApp(t, .seqCount, a[0], a[1])
  }
  d.method("__getitem__", "($self, key, /)") { t, a, n in
    let r = a[0], k = a[1], count = r.field(3)
    if k.isInt {
      let i = plainInt(t, k)
      let j = i.intSign < 0 ? intArithmetic(t, .add, i, count) : i
      if j.intSign < 0 || intCompare(j, count) >= 0 { return t.raise(.IndexError, "range object index out of range") }
      return rangeItem(t, r, j)
    }
    if k.isExact(.slice) {
      guard count.isFixnum else { return callApp(t, named: "containers_rangeSlice", r, k) }
      switch smallBounds(t, k, count.fixnum) {
      case .bounds(let b):
        let step = intArithmetic(t, .mul, r.field(2), makeInt(t, b.step))
        return makeRange(t, rangeItem(t, r, makeInt(t, b.start)), rangeItem(t, r, makeInt(t, b.stop)), step)
      case .python: return callApp(t, named: "containers_rangeSlice", r, k)
      case .error: return .empty
      }
    }
    if hasIndex(t, k) { return retryWithIndex(t, .range, "__getitem__", a, n) }
    return t.typeError("range indices must be integers or slices, not \(typeName(k))")
  }
  d.method("__lt__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__le__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__gt__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__ge__", "($self, value, /)", effects: Effects.leaf) { t, a, n in .notImplemented }
  d.method("__eq__", "($self, value, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isExact(.range) else { return .notImplemented }
    return .bool(nativeEqual(rangeKey(t, a[0]), rangeKey(t, a[1])) == 1)
  }
  d.method("__ne__", "($self, value, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isExact(.range) else { return .notImplemented }
    return .bool(nativeEqual(rangeKey(t, a[0]), rangeKey(t, a[1])) != 1)
  }
  d.method("__hash__", "($self, /)", effects: Effects.leaf) { t, a, n in makeInt(t, fullHash(rangeKey(t, a[0])) ?? 0) }
  d.method("__repr__", "($self, /)", effects: Effects.leaf) { t, a, n in
    func s(_ v: Value) -> String { String(decoding: intDigits(v), as: UTF8.self) }
    let r = a[0], step = r.field(2)
    let tail = step.isFixnum && step.fixnum == 1 ? "" : ", \(s(step))"
    return makeStr(t, "range(\(s(r.field(0))), \(s(r.field(1)))\(tail))")
  }
  d.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in
    pair(t, BuiltinType.range.object, makeTuple(t, [a[0].field(0), a[0].field(1), a[0].field(2)]))
  }
}
