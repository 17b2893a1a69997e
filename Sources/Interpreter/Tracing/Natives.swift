// Natives that traces call: operations on instances of builtin types, for which no Python code runs.
//
// Each gives 0 where it would raise or would need Python code after all, with nothing done. Where the types that a trace has
// guarded leave one case only, `specialNative` names the function of that case.

import Bytecode
import Glibc
import Heap
import MetaTracing
import Objects


/// The arguments of `traceNative`.
let traceArgumentsLimit = 6
nonisolated(unsafe) let traceArguments = UnsafeMutablePointer<Value>.allocate(capacity: traceArgumentsLimit)

@inline(__always)
private func computing(_ thread: UInt64, _ body: (ThreadRef) -> Value) -> UInt64 {
  let t = threadRef(thread), frame = t.pointee.frame
  t.pointee.pending = Deliver.store(0)
  let r = body(t)
  if r.isEmpty {
    t.pointee.exception = .empty
    while let f = t.pointee.frame, f != frame { t.pointee.frame = f.pointee.back; freeFrame(t, f) }
  }
  return r.bits
}
/// The operation that the fixnum `c` names: a binary one, 1 << 8 | a comparison, 2 << 8 an item, 3 << 8 whether `a` contains `b`.
func traceCompute(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  computing(thread) { t in
    let x = Value(bits: a), y = Value(bits: b), what = Value(bits: c).fixnum
    switch what >> 8 {
    case 0: return binaryOperation(t, BinaryOp(rawValue: what).unsafelyUnwrapped, x, y)
    case 1: return compareOperation(t, CompareOp(rawValue: what & 0xff).unsafelyUnwrapped, x, y)
    case 2: return getItemSlow(t, x, y)
    default: return containsOperation(t, x, y)
    }
  }
}
func traceSetItem(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  computing(thread) { setItemSlow($0, Value(bits: a), Value(bits: b), Value(bits: c)) }
}
/// Native `a` with the first `b` (a fixnum) of `traceArguments`.
func traceNative(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  computing(thread) { t in
    let f = Value(bits: a), native = f.to(NativeObject.self), n = Value(bits: b).fixnum
    return native.pointee.kind == NativeKind.bound ? callBoundNative(t, f, traceArguments, n) : native.pointee.code(t, traceArguments, n)
  }
}
/// The next item of iterator `a`, 0 at the end, which stays the end.
func traceNext(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  computing(thread) { t in
    let v = iterNext(t, Value(bits: a))
    return v == done ? .empty : v
  }
}

/// Constructor `a`, of a builtin class, with one argument.
func traceConstruct(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  computing(thread) { t in
    traceArguments[0] = Value(bits: b)
    return instantiate(t, Value(bits: a), traceArguments, 1, .empty)
  }
}
/// The first `a` (a fixnum) of `traceArguments`, which are str, joined.
func traceConcatenate(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  computing(thread) { concatenate($0, traceArguments, Value(bits: a).fixnum) }
}

// MARK: one case each

/// The function for an operation on values of the types of `x` and `y`, if it has one.
func specialNative(_ op: NativeOperation, _ x: Value, _ y: Value) -> HostFunction? {
  switch op {
  case .item where x.isExact(.str) && y.isFixnum: return traceCharacter
  case .item where x.isExact(.dict) && (y.isFixnum || y.isExact(.str)): return y.isFixnum ? traceIntEntry : traceStrEntry
  case .compare(.eq) where x.isExact(.str) && y.isExact(.str): return traceStrEqual
  case .compare(.ne) where x.isExact(.str) && y.isExact(.str): return traceStrDiffers
  case .contains where x.isExact(.str) && y.isExact(.str): return traceStrContains
  case .contains where x.isExact(.dict) && y.isExact(.str): return traceHasStr
  default: return nil
  }
}
private func word(_ v: Value) -> UInt64 { v.bits }
private func word(_ b: Bool) -> UInt64 { (b ? Value.true : Value.false).bits }
private func traceCharacter(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let s = Value(bits: a), i = Value(bits: b).fixnum, n = s.strCount, j = i < 0 ? i + n : i
  if j < 0 || j >= n { return 0 }
  return word(makeStr(threadRef(thread), codePoint: s.codePoint(j)))
}
private func traceIntEntry(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 { entry(a, b, intHash(Value(bits: b))) }
private func traceStrEntry(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 { entry(a, b, strHash(Value(bits: b))) }
@inline(__always)
private func entry(_ d: UInt64, _ k: UInt64, _ hash: Int) -> UInt64 {
  let i = find(Value(bits: d), Value(bits: k), hash)
  return i >= 0 ? word(Value(bits: d).table.tableRef.value(i)) : 0
}
private func traceHasStr(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let i = find(Value(bits: a), Value(bits: b), strHash(Value(bits: b)))
  return i >= 0 ? word(true) : i == Probe.missing ? word(false) : 0
}
private func traceStrEqual(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 { word(strEqual(Value(bits: a), Value(bits: b))) }
private func traceStrDiffers(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 { word(!strEqual(Value(bits: a), Value(bits: b))) }
private func traceStrContains(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let s = Value(bits: a), part = Value(bits: b)
  // One character in a short text: what programs ask most.
  if part.strCount == 1 && s.strWidth == 1 && part.strWidth == 1 { return word(memchr(s.strData, Int32(part.strData.load(as: UInt8.self)), s.strCount) != nil) }
  return computing(thread) { containsOperation($0, s, part) }
}
/// The next character of a str iterator; 0 at the end.
func traceNextCharacter(thread: UInt64, _ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  let it = Value(bits: a), s = it.field(0)
  if s.isEmpty { return 0 }
  let i = it.field(1).fixnum
  if i >= s.strCount { return 0 }
  it.fields[1] = .fixnum(i + 1)
  return word(makeStr(threadRef(thread), codePoint: s.codePoint(i)))
}
