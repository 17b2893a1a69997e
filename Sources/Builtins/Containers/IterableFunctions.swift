// Builtin functions over iterables: native for builtin containers, app-level otherwise; and types.GenericAlias.

import Glibc
import Heap
import Objects

/// A generic alias `origin[item]`: origin, arguments, parameters (None: not computed yet), starred.
func makeGenericAlias(_ t: ThreadRef, _ origin: Value, _ item: Value) -> Value {
  let g = makeRecord(t, .genericAlias, 4)
  g.fields[0] = origin
  g.fields[1] = item.isExact(.tuple) ? item : makeTuple(t, [item])
  g.fields[2] = .none
  g.fields[3] = .false
  return g
}
func installGenericAlias(_ t: ThreadRef) {
  defineAppNative(t, "makeGenericAlias", "(origin, args, /)") { t, a, n in makeGenericAlias(t, a[0], a[1]) }
  setString(t, appNamespace, intern(t, "GenericAlias"), BuiltinType.genericAlias.object)
  let d = TypeDefinition(t, .genericAlias)
  d.member("__origin__", field: 0)
  d.member("__args__", field: 1)
  d.member("__unpacked__", field: 3)
}

/// len(v) where no Python code is needed; tail-calls __len__ otherwise.
func lengthOf(_ t: ThreadRef, _ v: Value) -> Value {
  if v.isObject {
    switch v.object.pointee.shape {
    case BuiltinType.list.shape: return v.fields[1]
    case BuiltinType.tuple.shape: return .fixnum(v.count)
    case BuiltinType.str.shape: return .fixnum(v.strCount)
    case BuiltinType.dict.shape, BuiltinType.set.shape, BuiltinType.frozenset.shape: return v.fields[1]
    case BuiltinType.bytes.shape: return .fixnum(v.bytesCount)
    default: break
    }
  }
  let m = lookup(v.type, Name.__len__.value)
  if m.isEmpty { return t.typeError("object of type '\(typeName(v))' has no len()") }
  if m.isExact(.wrapperDescriptor) { return call(t, m, v) }
  return callApp(t, named: "containers_len", v)
}

/// Sum of exact ints and floats; nil for Python.
func nativeSum(_ t: ThreadRef, _ p: UnsafeMutablePointer<Value>, _ n: Int, _ start: Value) -> Value? {
  var total = start
  var i = 0
  if total.isFixnum {
    var s = total.fixnum
    while i < n && p[i].isFixnum {
      let (r, o) = s.addingReportingOverflow(p[i].fixnum)
      if o { break }
      s = r
      i += 1
    }
    total = makeInt(t, s)
  }
  if i < n && (p[i].isFloat && (p[i].isFlonum || p[i].isExact(.float))) && (total.isFixnum || total.isFlonum || total.isExact(.float)) {
    guard var s = toDouble(t, total) else { return nil }
    while i < n {
      let v = p[i]
      if v.isFlonum || v.isExact(.float) { s += v.double } else if v.isFixnum { s += Double(v.fixnum) } else { break }
      i += 1
    }
    total = makeFloat(t, s)
  }
  while i < n {
    let v = p[i]
    guard !v.isObject || v.isExact(.int) || v.isExact(.float) || v.isBool, let r = numberOperation(t, .add, total, v) else { return nil }
    if r.isEmpty { return .empty }
    total = r
    i += 1
  }
  return total
}

/// Smallest or largest of exact ints, floats or strs; nil for Python.
func nativeExtreme(_ p: UnsafeMutablePointer<Value>, _ n: Int, largest: Bool) -> Value? {
  if n == 0 { return nil }
  let k = keyKind(p, n)
  if k == .other { return nil }
  var best = p[0]
  for i in 1..<n {
    if largest ? less(k, best, p[i]) : less(k, p[i], best) { best = p[i] }
  }
  return best
}

func minmax(_ t: ThreadRef, _ a: Args, largest: Bool) -> Value {
  let args = a[0], key = a[1].isEmpty ? Value.none : a[1], fallback = a[2]
  if args.count == 0 { return t.typeError("\(largest ? "max" : "min") expected at least 1 argument, got 0") }
  if args.count > 1 && !fallback.isEmpty {
    return t.typeError("Cannot specify a default for \(largest ? "max" : "min")() with multiple positional arguments")
  }
  let source = args.count == 1 ? args.items[0] : args
  if key.isNone {
    if args.count == 2 { // max(a, b)
      let r = nativeExtreme(args.items, 2, largest: largest)
      if let v = r { return v }
    } else if source.isExact(.list) || source.isExact(.tuple), let (p, n) = sequenceItems(source), let v = nativeExtreme(p, n, largest: largest) {
      return v
    }
  }
  let missing = fallback.isEmpty
  return callApp(t, .minmax, source, key, .bool(largest), .bool(missing), missing ? .none : fallback)
}

/// any() or all() over items whose truth is native; nil for Python.
func nativeAnyAll(_ t: ThreadRef, _ p: UnsafeMutablePointer<Value>, _ n: Int, any: Bool) -> Value? {
  for i in 0..<n {
    let v = p[i]
    guard !v.isObject || v.isBool || v.isNone || v.isExact(.str) || v.isExact(.int) || v.isExact(.list) || v.isExact(.tuple) || v.isExact(.dict) else { return nil }
    let b = truthSlow(t, v)
    if any == (b == .true) { return b }
  }
  return .bool(!any)
}

func installIterableFunctions(_ t: ThreadRef) {
  func define(_ name: String, _ signature: StaticString, effects: UInt8 = Effects.calls, _ code: @escaping NativeCode) {
    setString(t, builtinsDict, intern(t, name), makeNative(t, .builtinFunction, name, signature, owner: intern(t, "builtins"), effects: effects, code))
  }
  define("len", "(obj, /)", effects: Effects.plain) { t, a, n in lengthOf(t, a[0]) }
  lenFunction = getString(builtinsDict, intern(t, "len"))
  define("hash", "(obj, /)") { t, a, n in
    if let h = fullHash(a[0]) { return makeInt(t, h) }
    return callApp(t, named: "containers_hashPublic", a[0])
  }
  define("iter", "(iterable, sentinel=<unrepresentable>, /)") { t, a, n in
    if n == 1 { return iterate(t, a[0]) }
    if !a[0].isObject || (!a[0].isExact(.function) && lookup(a[0].type, Name.__call__.value).isEmpty) { return t.typeError("iter(v, w): v must be callable") }
    return makeRecord(t, .callableIterator, a[0], a[1])
  }
  define("next", "(iterator, default=<unrepresentable>, /)") { t, a, n in
    let it = a[0]
    if isNativeIterator(it) {
      let v = iterNext(t, it)
      return v != done ? v : n > 1 ? a[1] : t.raise(.StopIteration)
    }
    if n > 1 { return callApp(t, named: "iterators_nextDefault", it, a[1]) }
    let m = lookup(it.type, Name.__next__.value)
    if m.isEmpty { return t.typeError("'\(typeName(it))' object is not an iterator") }
    return callBoundTo(t, m, it, t.pointee.window!, 0)
  }
  define("sum", "(iterable, /, start=0)") { t, a, n in
    let start = a[1].isEmpty ? Value.fixnum(0) : a[1]
    if start.isFixnum || start.isFlonum {
      if a[0].isExact(.list) || a[0].isExact(.tuple), let (p, k) = sequenceItems(a[0]) {
        if let v = nativeSum(t, p, k, start) { return v }
      } else if a[0].isExact(.range) && a[0].field(3).isFixnum && start.isFixnum {
        // first * n + step * n(n-1)/2
        let r = a[0], k = r.field(3)
        let triangle = intArithmetic(t, .floorDiv, intArithmetic(t, .mul, k, intArithmetic(t, .sub, k, .fixnum(1))), .fixnum(2))
        let s = intArithmetic(t, .add, intArithmetic(t, .mul, r.field(0), k), intArithmetic(t, .mul, r.field(2), triangle))
        return intArithmetic(t, .add, start, s)
      }
    }
    return callApp(t, named: "containers_sum", a[0], start)
  }
  define("min", "(*args, key=None, default=<unrepresentable>)") { t, a, n in minmax(t, a, largest: false) }
  define("max", "(*args, key=None, default=<unrepresentable>)") { t, a, n in minmax(t, a, largest: true) }
  define("any", "(iterable, /)") { t, a, n in
    if a[0].isExact(.list) || a[0].isExact(.tuple), let (p, k) = sequenceItems(a[0]), let v = nativeAnyAll(t, p, k, any: true) { return v }
    return callApp(t, .anyAll, a[0], .true)
  }
  define("all", "(iterable, /)") { t, a, n in
    if a[0].isExact(.list) || a[0].isExact(.tuple), let (p, k) = sequenceItems(a[0]), let v = nativeAnyAll(t, p, k, any: false) { return v }
    return callApp(t, .anyAll, a[0], .false)
  }
  define("sorted", "(iterable, /, *, key=None, reverse=False)") { t, a, n in
    let key = a[1].isEmpty ? Value.none : a[1], reverse = a[2].isEmpty ? Value.false : a[2]
    guard let l = nativeList(t, a[0]) else { return callApp(t, named: "containers_sorted", a[0], key, reverse) }
    if l.isEmpty { return .empty }
    if key.isNone && reverse.isInt && sortNatively(l, reverse: reverse.intSign != 0) { return l }
    return callApp(t, named: "containers_sortedList", l, key, reverse)
  }
  for (name, text) in [
    ("len", "The number of items of a container."),
    ("hash", "The hash of an object: equal objects have equal hashes."),
    ("iter", "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nAn iterator over an iterable, or over what calls give until the sentinel."),
    ("next", "next(iterator[, default])\n\nThe iterator's next item; at its end the default, if there is one."),
    ("sum", "The sum of numbers, and of a start value that comes before them."),
    ("min", "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nThe least item of an iterable, or the least argument."),
    ("max", "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nThe greatest item of an iterable, or the greatest argument."),
    ("any", "Whether some item of the iterable is true."),
    ("all", "Whether no item of the iterable is false."),
    ("sorted", "A new list of the iterable's items in ascending order, by a key function if there is one, or in descending order."),
  ] {
    let f = getString(builtinsDict, intern(t, name))
    f.to(NativeObject.self).pointee.doc = makeStr(t, text)
    writeBarrier(f.object)
  }
  defineAppNative(t, "sortedNatively", "(keys, values, /)") { t, a, n in
    guard a[0].isObject, a[1].isObject, a[0].isKind(.list), a[1].isKind(.list), a[0].listCount == a[1].listCount else { return t.typeError("lists expected") }
    return .bool(a[0] == a[1] ? sortNatively(a[0], reverse: false) : sortNatively(keys: a[0], values: a[1]))
  }
  // Moves the items of a list out and in: sort() works on a list of its own.
  defineAppNative(t, "takeItems", "(l, /)") { t, a, n in
    guard a[0].isObject, a[0].isKind(.list) else { return t.typeError("list expected") }
    let r = makeList(t)
    r.fields[0] = a[0].field(0)
    r.fields[1] = a[0].field(1)
    a[0].fields[0] = .empty
    a[0].fields[1] = .fixnum(0)
    writeBarrier(r.object)
    return r
  }
  // False when the list was touched in the meantime; its items become those of `r`.
  defineAppNative(t, "putItems", "(l, r, /)") { t, a, n in
    guard a[0].isObject, a[1].isObject, a[0].isKind(.list), a[1].isKind(.list), a[0] != a[1] else { return t.typeError("lists expected") }
    let untouched = a[0].field(0).isEmpty && a[0].listCount == 0
    setField(a[0], 0, a[1].field(0))
    a[0].fields[1] = a[1].field(1)
    a[1].fields[0] = .empty
    a[1].fields[1] = .fixnum(0)
    return .bool(untouched)
  }
}
