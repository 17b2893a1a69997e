// `_random`: the Mersenne twister as CPython seeds and reads it.

import Builtins
import CGMP
import Glibc
import Heap
import Objects
import Support

nonisolated(unsafe) private var randomType = Value.empty

/// The generator in the object's state (a bytes object of 625 words, never shared), while `body` runs.
private func withTwister<R>(_ v: Value, _ body: (MersenneTwister) -> R) -> R {
  let p = UnsafeMutableRawPointer(v.field(0).bytesData).assumingMemoryBound(to: UInt32.self)
  return body(MersenneTwister(state: p))
}

/// Seeds from the magnitude of an int.
private func seed(_ t: ThreadRef, _ v: Value, _ n: Value) {
  withMPZ(n) { z in
    var words: [UInt32] = []
    for i in 0..<Int(abs(z.pointee._mp_size)) {
      let l = UInt(z.pointee._mp_d[i])
      words.append(UInt32(truncatingIfNeeded: l))
      words.append(UInt32(truncatingIfNeeded: l >> 32))
    }
    while words.count > 1 && words.last == 0 { words.removeLast() }
    if words.isEmpty { words = [0] }
    withTwister(v) { m in words.withUnsafeBufferPointer { m.seed(words: $0) } }
  }
}
private func seedFromSystem(_ v: Value) {
  var words = [UInt32](repeating: 0, count: 624)
  let fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC)
  _ = words.withUnsafeMutableBytes { read(fd, $0.baseAddress!, $0.count) }
  close(fd)
  withTwister(v) { m in words.withUnsafeBufferPointer { m.seed(words: $0) } }
}
/// seed(n): nil where the argument has to be hashed first.
private func seedObject(_ t: ThreadRef, _ v: Value, _ n: Value) -> Value? {
  if n.isEmpty || n.isNone { seedFromSystem(v); return Value.none }
  if n.isInt { seed(t, v, n); return Value.none }
  return nil
}

func installRandom(_ t: ThreadRef) {
  randomType = defineType(t, "Random", module: "_random", fields: 1, base: BuiltinType.object.object)
  randomType.object.pointee.gc |= GCBit.immortal
  setString(t, appNamespace, intern(t, "random_Random"), randomType)
  let d = TypeDefinition(t, randomType)
  d.new("(cls, /, *args, **kwargs)") { t, a, n in
    guard isType(a[0]), isSubtype(a[0], randomType) else { return t.typeError("Random.__new__(X): X is not a subtype of Random") }
    if a[1].count > 1 { return t.typeError("Random() requires 0 or 1 argument") }
    let v = makeInstance(t, a[0])
    let state = makeBytes(t, count: MersenneTwister.stateWords * 4)
    memset(state.bytesData, 0, MersenneTwister.stateWords * 4)
    setField(v, 0, state)
    if seedObject(t, v, a[1].count > 0 ? a[1].items[0] : .none) == nil { return callApp(t, named: "random_new_seed", v, a[1].items[0]) }
    return v
  }
  d.method("seed", "(self, n=None, /)") { t, a, n in
    seedObject(t, a[0], n > 1 ? a[1] : .none) ?? callApp(t, named: "random_seed", a[0], a[1])
  }
  d.method("random", "(self, /)", effects: Effects.leaf) { t, a, n in makeFloat(t, withTwister(a[0]) { $0.nextDouble() }) }
  d.method("getrandbits", "(self, k, /)") { t, a, n in
    guard a[1].isInt else {
      if lookup(a[1].type, Name.__index__.value).isEmpty { return t.typeError("'\(typeName(a[1]))' object cannot be interpreted as an integer") }
      return callApp(t, named: "random_getrandbits", a[0], a[1])
    }
    guard let k = a[1].asInt, k < 1 << 31, k >= -(1 << 31) else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
    if k < 0 { return t.valueError("number of bits must be non-negative") }
    if k == 0 { return .fixnum(0) }
    if k <= 32 { return .fixnum(Int(withTwister(a[0]) { $0.next() } >> UInt32(32 - k))) }
    let words = withTwister(a[0]) { $0.words(bits: k) }
    return computeInt(t) { z in words.withUnsafeBytes { __gmpz_import(z, words.count, -1, 4, 0, 0, $0.baseAddress!) } }
  }
  d.method("getstate", "(self, /)", effects: Effects.leaf) { t, a, n in
    let p = UnsafeRawPointer(a[0].field(0).bytesData).assumingMemoryBound(to: UInt32.self)
    let r = makeTuple(t, count: MersenneTwister.stateWords)
    for i in 0..<MersenneTwister.stateWords { r.items[i] = .fixnum(Int(p[i])) }
    return r
  }
  d.method("setstate", "(self, state, /)") { t, a, n in
    guard a[1].isObject, a[1].kind == .tuple else { return t.typeError("state vector must be a tuple") }
    if a[1].count != MersenneTwister.stateWords { return t.valueError("state vector is the wrong size") }
    let state = makeBytes(t, count: MersenneTwister.stateWords * 4)
    let p = UnsafeMutableRawPointer(state.bytesData).assumingMemoryBound(to: UInt32.self)
    for i in 0..<MersenneTwister.stateWords {
      guard let k = a[1].items[i].asInt else { return t.typeError("an integer is required (got type \(typeName(a[1].items[i])))") }
      if k < 0 { return t.raise(.OverflowError, "can't convert negative value to unsigned int") }
      p[i] = UInt32(truncatingIfNeeded: k)
    }
    if p[MersenneTwister.stateWords - 1] > 624 { return t.valueError("invalid state") }
    setField(a[0], 0, state)
    return .none
  }
}

func makeRandomModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_random")
  m.set("Random", randomType)
  return m.module
}
