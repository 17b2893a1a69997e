// slice.

import Heap
import Objects

/// Lets a native take any number of positional arguments between the bounds, without keyword binding.
func takePositional(_ native: Value, _ least: Int, _ most: Int = Int(Int16.max)) {
  let p = native.to(NativeObject.self)
  p.pointee.kind = NativeKind.positional
  p.pointee.minArgs = Int16(least)
  p.pointee.maxArgs = Int16(most)
}

/// "f expected at least 1 argument, got 0" and its like; true when the count is right.
func checkCount(_ t: ThreadRef, _ name: String, _ n: Int, _ least: Int, _ most: Int) -> Bool {
  if n >= least && n <= most { return true }
  let bound = n < least ? least : most
  let word = least == most ? "" : n < least ? "at least " : "at most "
  t.typeError("\(name) expected \(word)\(bound) argument\(bound == 1 ? "" : "s"), got \(n)")
  return false
}

func installSlice(_ t: ThreadRef) {
  let d = TypeDefinition(t, .slice)
  takePositional(d.new("($type, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    guard checkClass(t, a[0], .slice), checkCount(t, "slice", n - 1, 1, 3) else { return .empty }
    return n == 2 ? makeSlice(t, .none, a[1], .none) : makeSlice(t, a[1], a[2], n > 3 ? a[3] : .none)
  }, 1)
  d.member("start", field: 0)
  d.member("stop", field: 1)
  d.member("step", field: 2)
  func parts(_ t: ThreadRef, _ v: Value) -> Value { makeTuple(t, [v.field(0), v.field(1), v.field(2)]) }
  d.method("__lt__", "($self, value, /)") { t, a, n in compareSlices(t, .lt, a) }
  d.method("__le__", "($self, value, /)") { t, a, n in compareSlices(t, .le, a) }
  d.method("__eq__", "($self, value, /)") { t, a, n in compareSlices(t, .eq, a) }
  d.method("__ne__", "($self, value, /)") { t, a, n in compareSlices(t, .ne, a) }
  d.method("__gt__", "($self, value, /)") { t, a, n in compareSlices(t, .gt, a) }
  d.method("__ge__", "($self, value, /)") { t, a, n in compareSlices(t, .ge, a) }
  setUnhashable(d)
  d.method("indices", "($self, object, /)") { t, a, n in
    if let k = a[1].asInt, k >= 0, case .bounds(let b) = smallBounds(t, a[0], k) {
      return makeTuple(t, [makeInt(t, b.start), makeInt(t, b.stop), makeInt(t, b.step)])
    }
    t.pointee.exception = .empty
    return callApp(t, .sliceIndices, a[0], a[1])
  }
  d.method("__repr__", "($self, /)") { t, a, n in callApp(t, named: "containers_reprSlice", a[0]) }
  d.method("__reduce__", "($self, /)", effects: Effects.leaf) { t, a, n in
    pair(t, BuiltinType.slice.object, makeTuple(t, [a[0].field(0), a[0].field(1), a[0].field(2)]))
  }
}
/// Bounds of a slice whose step needs no clamping.
func smallBounds(_ t: ThreadRef, _ s: Value, _ n: Int) -> SliceResult {
  if s.field(2).isInt && !s.field(2).isFixnum { return .python }
  return sliceBounds(t, s, n)
}
func compareSlices(_ t: ThreadRef, _ op: CompareOp, _ a: Args) -> Value {
  guard a[1].isExact(.slice) else { return .notImplemented }
  if a[0] == a[1] { return .bool(op == .eq || op == .le || op == .ge) }
  let x = makeTuple(t, [a[0].field(0), a[0].field(1), a[0].field(2)]), y = makeTuple(t, [a[1].field(0), a[1].field(1), a[1].field(2)])
  return compareItems(t, op, x, y)
}
