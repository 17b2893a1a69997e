// The sampling profiler: where Python is, a thousand times a second of processor time, and in which tasklet.
//
// A thread of its own wakes at each interval. Where the thread that runs Python has used processor time since, it sets that
// thread's request and sends it SIGPROF, whose handler notes whether it is in a trace. At its next safepoint the thread walks its
// frames. A trace is left at its loop's head; the instruction that the signal met says which line, and which of the calls that the
// trace has inlined, so that compiled code is seen as exactly as interpreted code.
//
// What a native uses is the line's that called it: a sample stands for the time since the last one.

import Builtins
import Bytecode
import CWeft
import Glibc
import Heap
import Interpreter
import MetaTracing
import Objects
import StandardLibrary
import Tasklets

enum Profiler {
  /// A line of a function, as the samples name it.
  private struct Label: Hashable { let function: String, file: String, line: Int }
  private struct FrameKey: Hashable { let code: UInt, at: Int }
  private struct NodeKey: Hashable { let parent: Int32, label: Int32 }
  /// Who runs: a thread, and the place of a tasklet in `tasklets`, or -1.
  private struct Owner: Hashable { let thread: UInt64, tasklet: Int }

  nonisolated(unsafe) static var isOn = false
  nonisolated(unsafe) private static var interval = 1_000_000
  nonisolated(unsafe) private static var sampler = pthread_t()
  // Stacks are paths in a tree; of a root, `label` is -1 - the owner's number.
  nonisolated(unsafe) private static var nodes: [(parent: Int32, label: Int32, time: Int, compiled: Int)] = []
  nonisolated(unsafe) private static var nodeNumbers: [NodeKey: Int32] = [:]
  nonisolated(unsafe) private static var labels: [Label] = []
  nonisolated(unsafe) private static var labelNumbers: [Label: Int32] = [:]
  nonisolated(unsafe) private static var frameLabels: [FrameKey: Int32] = [:]
  nonisolated(unsafe) private static var traceLabels: [UInt: [Int32]] = [:]
  /// What the two tables above were made for: major collections, traces so far.
  nonisolated(unsafe) private static var collections: UInt64 = 0, compiled = 0
  nonisolated(unsafe) private static var owners: [Owner] = []
  nonisolated(unsafe) private static var ownerNumbers: [Owner: Int32] = [:]
  nonisolated(unsafe) private static var taskNames: [(name: String, isMain: Bool)] = []
  nonisolated(unsafe) private static var samples = 0
  nonisolated(unsafe) private static var stack: [Int32] = []
  /// Deeper frames are cut off at the bottom.
  private static let deepest = 256

  /// Threads of Python by the system's numbers; the sampler reads them.
  private struct Known { var thread: ThreadRef?, tid: Int32, used: Int64 }
  private static let capacity = 64
  nonisolated(unsafe) private static let known = UnsafeMutablePointer<Known>.allocate(capacity: capacity)

  /// The tasklets that were met: a list, at this root.
  private static let taskRoot = RootRegion.misc + 880
  private static let handlerIsSet: Bool = {
    pthread_atfork(nil, nil) { Profiler.isOn = false }
    return true
  }()

  static func start(_ t: ThreadRef, interval ns: Int) -> Bool {
    _ = handlerIsSet
    interval = ns
    for i in 0..<capacity { known[i] = Known(thread: nil, tid: 0, used: 0) }
    nodes = []; nodeNumbers = [:]; labels = []; labelNumbers = [:]; frameLabels = [:]; traceLabels = [:]
    owners = []; ownerNumbers = [:]; taskNames = []; samples = 0
    weft_roots()[taskRoot] = makeList(t)
    let code = CodeMemory.shared.range
    guard weft_sampling_start(code.start, code.end) == 0 else { return false }
    isOn = true
    note(t)
    if pthread_create(&sampler, nil, { _ in Profiler.watch(); return nil }, nil) != 0 {
      isOn = false
      weft_sampling_stop()
      return false
    }
    return true
  }
  static func stop() {
    if !isOn { return }
    isOn = false
    pthread_join(sampler, nil)
    weft_sampling_stop()
  }

  /// The sampler's thread.
  private static func watch() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    var step = timespec(tv_sec: interval / 1_000_000_000, tv_nsec: interval % 1_000_000_000)
    while isOn {
      nanosleep(&step, nil)
      guard isOn, let t = GlobalLock.running else { continue }
      var i = 0
      while i < capacity && known[i].thread != t { i += 1 }
      if i == capacity {
        // It says who it is at its next safepoint.
        weft_request_set(t, Request.sample)
        continue
      }
      let now = weft_thread_time(known[i].tid)
      if now < 0 { known[i].thread = nil; continue }
      let used = now - known[i].used
      if used * 2 < Int64(interval) { continue }
      known[i].used = now
      weft_sample_add(used)
      weft_request_set(t, Request.sample)
      _ = weft_sample_thread(known[i].tid)
    }
  }
  private static func note(_ t: ThreadRef) {
    var free = -1
    for i in 0..<capacity {
      if known[i].thread == t { return }
      if free < 0 && known[i].thread == nil { free = i }
    }
    if free < 0 { return }
    let tid = weft_gettid()
    known[free].tid = tid
    known[free].used = weft_thread_time(tid)
    known[free].thread = t
  }

  // MARK: a sample

  /// At a safepoint of a thread that was asked.
  static func sample(_ t: ThreadRef) {
    weft_request_clear(t, Request.sample)
    guard isOn else { return }
    note(t)
    var pc: UInt = 0
    let time = Int(weft_sample_take(&pc))
    if time == 0 { return }
    samples += 1
    if collections != weft_vm.majorCount || compiled != Tracing.recorded {
      // Code objects and traces may have gone, and others come to their addresses.
      collections = weft_vm.majorCount
      compiled = Tracing.recorded
      frameLabels.removeAll(keepingCapacity: true)
      traceLabels.removeAll(keepingCapacity: true)
    }
    stack.removeAll(keepingCapacity: true)
    var f = t.pointee.frame
    while let frame = f, stack.count < deepest {
      if frame.pointee.header.flags & FrameFlag.base == 0 && frame.pointee.code.code.pointee.flags & CodeFlags.hidden.rawValue == 0 { stack.append(label(frame)) }
      f = frame.pointee.back
    }
    var inCode = false
    if pc != 0 {
      let inlined = traceLabels[pc] ?? labels(at: pc)
      traceLabels[pc] = inlined
      // The trace was left where it was entered: in the frame that its outermost line belongs to.
      if let outer = inlined.last {
        inCode = true
        if let leaf = stack.first, labels[Int(leaf)].function == labels[Int(outer)].function, labels[Int(leaf)].file == labels[Int(outer)].file {
          stack.replaceSubrange(0..<1, with: inlined)
        }
      }
    }
    var node = root(t)
    for l in stack.reversed() { node = child(of: node, l) }
    nodes[Int(node)].time += time
    if inCode { nodes[Int(node)].compiled += time }
  }

  private static func label(_ f: FrameRef) -> Int32 {
    let code = f.pointee.code.code, key = FrameKey(code: UInt(bitPattern: code), at: f.pointee.pc - code.start)
    if let n = frameLabels[key] { return n }
    let n = number(Label(function: swiftString(code.pointee.qualifiedName), file: swiftString(code.pointee.filename), line: currentLine(f)))
    frameLabels[key] = n
    return n
  }
  private static func number(_ l: Label) -> Int32 {
    if let n = labelNumbers[l] { return n }
    let n = Int32(labels.count)
    labels.append(l)
    labelNumbers[l] = n
    return n
  }
  /// The lines of the instruction of a trace at an address, the innermost first; without those of the app level.
  private static func labels(at pc: UInt) -> [Int32] {
    guard let (trace, k) = Tracing.find(pc), let s = trace.known?.sources else { return [] }
    var at = k
    // What the compiler has added has no place of its own.
    while at > 0 && trace.instructions[at].origin < 0 { at -= 1 }
    return s.chain(trace.instructions[at].origin).compactMap { p in
      let f = s.functions[Int(p.function)]
      return f.file.hasPrefix("<app-level ") ? nil : number(Label(function: f.name, file: f.file, line: Int(p.line)))
    }
  }
  private static func child(of parent: Int32, _ label: Int32) -> Int32 {
    let key = NodeKey(parent: parent, label: label)
    if let n = nodeNumbers[key] { return n }
    let n = Int32(nodes.count)
    nodes.append((parent, label, 0, 0))
    nodeNumbers[key] = n
    return n
  }
  private static func root(_ t: ThreadRef) -> Int32 {
    var task = -1
    if let (v, isMain) = currentTasklet(t) {
      let met = weft_roots()[taskRoot], n = met.listCount
      // The one before mostly; where others come and go, one that is met again may have a second place.
      var k = n - 1
      while k >= 0 && k >= n - 32 && met.listItems[k] != v { k -= 1 }
      if k < 0 || met.listItems[k] != v {
        listAppend(t, met, v)
        taskNames.append((taskletLabel(v), isMain))
        k = n
      }
      task = k
    }
    let who = Owner(thread: t.pointee.ident, tasklet: task)
    if let n = ownerNumbers[who] { return child(of: -1, -1 - n) }
    let n = Int32(owners.count)
    owners.append(who)
    ownerNumbers[who] = n
    return child(of: -1, -1 - n)
  }

  // MARK: what was found

  /// (samples, labels: (function, file, line), nodes: (parent, label, ns, ns in traces), owners: (thread, tasklet or -1), tasklets, their names:
  /// (name, whether a main one)).
  static func take(_ t: ThreadRef) -> Value {
    let l = makeList(t), n = makeList(t), o = makeList(t), names = makeList(t)
    var strings: [String: Value] = [:]
    func text(_ s: String) -> Value {
      if let v = strings[s] { return v }
      let v = makeStr(t, s)
      strings[s] = v
      return v
    }
    for x in labels { listAppend(t, l, makeTuple(t, [text(x.function), text(x.file), .fixnum(x.line)])) }
    for x in nodes { listAppend(t, n, makeTuple(t, [.fixnum(Int(x.parent)), .fixnum(Int(x.label)), .fixnum(x.time), .fixnum(x.compiled)])) }
    for x in owners { listAppend(t, o, makeTuple(t, [makeInt(t, Int(truncatingIfNeeded: x.thread)), .fixnum(x.tasklet)])) }
    for x in taskNames { listAppend(t, names, makeTuple(t, [text(x.name), .bool(x.isMain)])) }
    let tasks = weft_roots()[taskRoot]
    weft_roots()[taskRoot] = .empty
    return makeTuple(t, [.fixnum(samples), l, n, o, tasks.isEmpty ? makeList(t) : tasks, names])
  }
}

func installProfiler(_ t: ThreadRef) {
  defineAppNative(t, "profile_native_start", "(interval, /)") { t, a, n in .bool(Profiler.start(t, interval: a[0].fixnum)) }
  defineAppNative(t, "profile_native_stop", "()") { t, a, n in
    Profiler.stop()
    return Profiler.take(t)
  }
  defineAppNative(t, "profile_native_is_on", "()") { t, a, n in .bool(Profiler.isOn) }
}
