// `_random.Random`: a Mersenne twister in 625 words of raw memory.

import Builtins
import Glibc
import Heap
import Objects
import Support

private func twister(_ v: Value) -> MersenneTwister {
  MersenneTwister(state: (v.field(0).raw + 16).assumingMemoryBound(to: UInt32.self))
}
/// The words of the absolute value of an int, without leading zeros.
private func words(_ v: Value) -> [UInt32] {
  var out: [UInt32] = []
  if let i = v.asInt {
    let m = UInt64(i.magnitude)
    out = [UInt32(truncatingIfNeeded: m), UInt32(m >> 32)]
  } else {
    for k in 0..<abs(v.intObject.pointee.count) {
      out.append(UInt32(truncatingIfNeeded: v.limbs[k]))
      out.append(UInt32(v.limbs[k] >> 32))
    }
  }
  while out.last == 0 { out.removeLast() }
  return out
}
/// An int of 32-bit words, least significant first.
private func makeInt(_ t: ThreadRef, words w: [UInt32]) -> Value {
  var limbs: [UInt] = []
  var i = 0
  while i < w.count {
    limbs.append(UInt(w[i]) | (i + 1 < w.count ? UInt(w[i + 1]) << 32 : 0))
    i += 2
  }
  while limbs.last == 0 { limbs.removeLast() }
  if limbs.count <= 1 { return Objects.makeInt(t, unsigned: limbs.first ?? 0) }
  let v = makeIntObject(t, limbs: limbs.count)
  v.intObject.pointee.count = limbs.count
  for k in 0..<limbs.count { v.limbs[k] = limbs[k] }
  return v
}
private func systemSeed() -> [UInt32] {
  var w = [UInt32](repeating: 0, count: 624)
  for i in 0..<w.count { w[i] = UInt32.random(in: 0...UInt32.max) }
  return w
}
private func seed(_ t: ThreadRef, _ r: Value, _ v: Value) -> Value {
  let w: [UInt32]
  if v.isEmpty || v.isNone { w = systemSeed() }
  else if v.isInt { w = words(v) }
  else if let h = nativeHash(v) { w = words(.fixnum(h)) }
  else { return callApp(t, named: "random_seedHash", r, v) }
  w.withUnsafeBufferPointer { twister(r).seed(words: $0) }
  return .none
}

func makeRandom(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_random", doc: "Module implements the Mersenne Twister random number generator.")
  let d = m.type("Random", fields: 1)
  d.new("(type, *args, **kwargs)") { t, a, n in
    guard isType(a[0]) else { return t.typeError("Random.__new__(X): X is not a type object") }
    let r = makeInstance(t, a[0])
    setField(r, 0, makeRawMemory(t, MersenneTwister.stateWords * 4))
    let x = a[1].count > 0 ? a[1].items[0] : .empty
    // A hash in Python code: the app-level half seeds, and returns `r`.
    if !x.isEmpty && !x.isNone && !x.isInt && nativeHash(x) == nil { return callApp(t, named: "random_new", r, x) }
    _ = seed(t, r, x)
    return r
  }
  d.method("random", "($self, /)", effects: Effects.leaf) { t, a, n in makeFloat(t, twister(a[0]).nextDouble()) }
  d.method("seed", "($self, n=None, /)") { t, a, n in seed(t, a[0], n > 1 ? a[1] : .empty) }
  d.method("getstate", "($self, /)", effects: Effects.leaf) { t, a, n in
    let s = twister(a[0]).state, r = makeTuple(t, count: MersenneTwister.stateWords)
    for i in 0..<MersenneTwister.stateWords { r.items[i] = .fixnum(Int(s[i])) }
    return r
  }
  d.method("setstate", "($self, state, /)", effects: Effects.leaf) { t, a, n in
    guard a[1].isKind(.tuple) else { return t.typeError("state vector must be a tuple") }
    guard a[1].count == MersenneTwister.stateWords else { return t.valueError("state vector is the wrong size") }
    var w = [UInt32](repeating: 0, count: MersenneTwister.stateWords)
    for i in 0..<MersenneTwister.stateWords {
      let v = a[1].items[i]
      guard v.isInt else { return t.typeError("an integer is required") }
      guard let k = v.asInt else { return t.raise(.OverflowError, "Python int too large to convert to C unsigned long") }
      if k < 0 { return t.raise(.OverflowError, "can't convert negative value to unsigned int") }
      w[i] = UInt32(truncatingIfNeeded: k)
      if i == 624 && k > 624 { return t.valueError("invalid state") }
    }
    let s = twister(a[0]).state
    for i in 0..<MersenneTwister.stateWords { s[i] = w[i] }
    return .none
  }
  d.method("getrandbits", "($self, k, /)") { t, a, n in
    guard a[1].isInt else { return callApp(t, named: "random_getrandbits", a[0], a[1]) }
    guard let k = a[1].asInt, k <= Int(Int32.max) else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
    if k < 0 { return t.valueError("number of bits must be non-negative") }
    if k == 0 { return .fixnum(0) }
    if k <= 62 { return .fixnum(Int(twister(a[0]).bits(k))) }
    return makeInt(t, words: twister(a[0]).words(bits: k))
  }
  return m.module
}
