// Dead temporaries of code objects: what pickling leaves out, and what a full collection need not keep.

import Bytecode
import Glibc
import Heap

/// Analyses by a hash of what they depend on.
nonisolated(unsafe) private var known: [UInt64: Liveness] = [:]

/// The live registers of a code object; computed once for each different code.
public func livenessOf(_ code: CodeObject) -> Liveness {
  let words = code.words
  var h: UInt64 = 0xcbf2_9ce4_8422_2325
  for w in words { h = (h ^ UInt64(w)) &* 0x100_0000_01b3 }
  h = (h ^ UInt64(code.registerCount) << 20 ^ UInt64(code.variableCount) << 40 ^ UInt64(code.flags & CodeFlags.hidden.rawValue) ^ UInt64(code.exceptionCount)) &* 0x100_0000_01b3
  if let l = known[h] { return l }
  var handlers: [(Int, Int, Int, Int)] = []
  if let ranges = code.exceptions?.assumingMemoryBound(to: PackedRange.self) {
    for i in 0..<code.exceptionCount { handlers.append((Int(ranges[i].start), Int(ranges[i].end), Int(ranges[i].handler), Int(ranges[i].register))) }
  }
  var variables = Int(code.variableCount)
  // Nobody looks at the variables of app-level code, so they may be dead; but `super()` reads registers by itself, in code
  // that has a cell.
  if code.flags & CodeFlags.hidden.rawValue != 0 {
    variables = 0
    for i in 0..<Int(code.variableCount) where code.variableKinds![i] == Variable.Kind.cell.rawValue || code.variableKinds![i] == Variable.Kind.free.rawValue { variables = i + 1 }
  }
  // Namespace code keeps its namespace in the first register.
  if code.flags & CodeFlags.namespace.rawValue != 0 { variables = max(variables, 1) }
  let l = Liveness(words: words, registers: Int(code.registerCount), variables: variables, handlers: handlers)
  if known.count > 4096 { known.removeAll() }
  known[h] = l
  return l
}

/// Empties the dead temporaries of all frames of `t`'s running chain. To be called at a safepoint.
public func clearDeadTemporaries(_ t: ThreadRef) {
  // The innermost frame stands between two instructions, and so does one whose upper neighbour came in between.
  var f = t.pointee.frame, left = 20_000, between = true
  while let frame = f, left > 0 {
    left -= 1
    f = frame.pointee.back
    let standsBetween = between
    between = frame.pointee.state & 0xff == Deliver.discard
    if frame.pointee.header.flags & FrameFlag.base != 0 { continue }
    let code = frame.pointee.code.code.pointee
    let l = livenessOf(code), at = frame.nextWord
    for i in max(l.variables, Int(code.variableCount))..<max(Int(code.registerCount), l.variables, Int(code.variableCount)) where !l.isLive(i, at: at) && !(standsBetween && l.isLiveIn(i, at: at)) {
      frame.registers[i] = .empty
    }
  }
}

// MARK: what `del` drops

/// Nobody counts references here. But a `del` of something whose end is waited for (by a finaliser or a weak reference) is
/// mostly meant to end it: a collection looks at once whether it does, as long as such collections take a small part of
/// the time.
public enum Dropped {
  nonisolated(unsafe) static var old = false
  /// The newest young one.
  nonisolated(unsafe) static var young = Value.empty
  /// Nanoseconds of processor time: spent so far; free of charge.
  nonisolated(unsafe) static var spent: UInt64 = 0
  static let free: UInt64 = 200_000_000
}

@inlinable @inline(__always) public func isWatched(_ v: Value) -> Bool { v.isObject && v.object.pointee.gc & GCBit.watched != 0 }

/// A variable or an attribute no longer holds `v`, which is watched.
@inline(never) public func noteDropped(_ t: ThreadRef, _ v: Value) {
  // A class is in its own MRO, so it does not end here under CPython either.
  if isType(v) { return }
  // Nor is anything done at the end of a generator that has ended, or that has not begun.
  if v.isExact(.generator) || v.isExact(.asyncGenerator) || v.isExact(.coroutine) {
    let state = v.field(GeneratorField.state).fixnum & 0xff
    if state == GeneratorState.closed || state == GeneratorState.created && !v.isExact(.coroutine) {
      var referred = false
      forEachWeakref(to: v) { _ in referred = true }
      if !referred { return }
    }
  }
  if v.object.pointee.gc & GCBit.old != 0 { Dropped.old = true } else { Dropped.young = v }
  weft_request_set(t, Request.dropped)
}

/// At the safepoint after.
@inline(never) public func collectDropped(_ t: ThreadRef) {
  weft_request_clear(t, Request.dropped)
  let all = Dropped.old, young = Dropped.young
  Dropped.old = false
  Dropped.young = .empty
  func clock() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
  }
  let begin = clock()
  if Dropped.spent > Dropped.free + begin / 8 { return }
  clearDeadTemporaries(t)
  let due = CollectorHook.pending.count
  if all {
    collectAll(t)
  } else {
    collectYoung(t)
    // It moved: something else holds it, or a frame that ended with an exception and that only a full collection sees through.
    if !young.isEmpty, weft_vm.gcStress == 0, young.object.pointee.gc & GCBit.forwarded != 0, Dropped.spent < Dropped.free + begin / 24 {
      let moved = UnsafeRawPointer(young.object).load(fromByteOffset: 8, as: Value.self)
      var ends = false
      for i in due..<CollectorHook.pending.count where CollectorHook.pending[i] == moved { ends = true }
      if !ends { collectAll(t) }
    }
  }
  Dropped.spent += clock() - begin
}
