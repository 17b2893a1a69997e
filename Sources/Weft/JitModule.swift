// Natives under `weft.jit` (app-level `jit_core.py`): the compiler's settings, counts, and its traces.

import Builtins
import Heap
import Interpreter
import MetaTracing
import Objects
import StandardLibrary

/// The package `weft`: its modules come with it, for no finder looks for builtin modules in a package.
private func makeWeftModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "weft")
  for name in ["jit", "profile"] {
    let part = makeNativeModule(t, intern(t, "weft." + name))
    if part.isEmpty { return .empty }
    setString(t, part.field(0), intern(t, "__package__"), intern(t, "weft"))
    setString(t, modulesDict, intern(t, "weft." + name), part)
    m.set(name, part)
  }
  return m.module
}

func installJit(_ t: ThreadRef) {
  nativeModules["weft"] = makeWeftModule
  // (on, whether it compiles, threshold).
  defineAppNative(t, "jit_native_state", "()") { t, a, n in
    makeTuple(t, [.bool(Tracing.isEnabled), .bool(Tracing.compiles), .fixnum(Tracing.threshold)])
  }
  defineAppNative(t, "jit_native_enable", "()") { t, a, n in .bool(Tracing.resume()) }
  defineAppNative(t, "jit_native_disable", "()") { t, a, n in
    Tracing.pause()
    return .none
  }
  defineAppNative(t, "jit_native_set_threshold", "(n, /)") { t, a, n in
    Tracing.set(threshold: a[0].fixnum)
    return .none
  }
  defineAppNative(t, "jit_native_limit", "(bytes, /)") { t, a, n in
    let old = CodeMemory.shared.limit
    if !a[0].isNone { CodeMemory.shared.limit = min(a[0].fixnum, CodeMemory.capacity) }
    return .fixnum(old)
  }
  defineAppNative(t, "jit_native_count_bridges", "(on, /)") { t, a, n in
    Tracing.countsBridges = a[0] == .true
    return .none
  }
  defineAppNative(t, "jit_native_counters", "()") { t, a, n in
    let d = makeDict(t)
    for (k, v) in Tracing.counters { setString(t, d, intern(t, k), makeInt(t, v)) }
    let reasons = makeDict(t)
    for (k, v) in Tracing.aborted { setString(t, reasons, intern(t, k), makeInt(t, v)) }
    setString(t, d, intern(t, "aborted"), reasons)
    return d
  }
  defineAppNative(t, "jit_native_numbers", "()") { t, a, n in
    let l = makeList(t)
    for k in Tracing.numbers { listAppend(t, l, .fixnum(k)) }
    return l
  }
  // What `jit_core.py` names in its class Trace, in that order; None for a number without a trace.
  defineAppNative(t, "jit_native_trace", "(number, /)") { t, a, n in
    guard a[0].isFixnum, let s = Tracing.summary(a[0].fixnum) else { return .none }
    let exits = makeList(t)
    for e in s.exits { listAppend(t, exits, makeTuple(t, [.fixnum(e.instruction), .fixnum(e.count), e.bridge.map { .fixnum($0) } ?? .none])) }
    func int(_ i: Int) -> Value { makeInt(t, i) }
    let parent: Value = s.parent.map { .fixnum($0.number) } ?? .none, exit: Value = s.parent.map { .fixnum($0.exit) } ?? .none
    return makeTuple(t, [.fixnum(s.number), parent, exit, .fixnum(s.loop), makeStr(t, s.file), makeStr(t, s.function), .fixnum(s.line),
                         int(s.entries), int(s.iterations), makeInt(t, unsigned: s.address), int(s.codeSize), int(s.instructions), int(s.bytes),
                         int(s.recorded), int(s.steps), int(s.recordNanoseconds), int(s.compileNanoseconds), .bool(s.isRetired), makeStr(t, s.kind), exits])
  }
  // The IR: a list of (line of text, number of its place or -1, whether code was made for it, whether it may leave), and the places: a
  // list of (file, function, line, number of the calling place or -1).
  defineAppNative(t, "jit_native_ir", "(number, /)") { t, a, n in
    guard a[0].isFixnum, let trace = Tracing.trace(a[0].fixnum), let notes = trace.known else { return .none }
    let lines = makeList(t), places = makeList(t)
    for (k, i) in trace.instructions.enumerated() {
      let text = String(trace.dump(k..<(k + 1)).dropLast())
      let isNeeded = trace.codeOffsets.isEmpty || trace.codeOffsets[k] >= 0
      listAppend(t, lines, makeTuple(t, [makeStr(t, text), .fixnum(Int(i.origin)), .bool(isNeeded), .bool(i.operation.info.isGuard && i.snapshot >= 0)]))
    }
    let names = notes.sources.functions.map { (makeStr(t, $0.file), makeStr(t, $0.name)) }
    for p in notes.sources.places {
      let f = names[Int(p.function)]
      listAppend(t, places, makeTuple(t, [f.0, f.1, .fixnum(Int(p.line)), .fixnum(Int(p.caller))]))
    }
    return makeTuple(t, [lines, places])
  }
  installProfiler(t)
}
