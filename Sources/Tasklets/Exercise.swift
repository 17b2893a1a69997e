// Exercises for whole programs: at every N-th safepoint the running computation is switched away from (`--switch-every`), or
// pickled, unpickled, and its copy goes on (`--pickle-every`).
//
// A second, hidden tasklet does the work: to it the running one switches, beside all queues, so that the program can tell
// nothing. What goes on as a copy is the chain of frames and whatever nothing else can reach. What the rest of the process can
// see (modules, other tasklets, weak references, identities that were asked for) stays what it is: in the pickle it is a
// number. Frames that somebody else can see get their registers back from the pickle; the others are new ones.

import Builtins
import CWeft
import Glibc
import Heap
import Objects

public enum Exercise {
  nonisolated(unsafe) public static var switchEvery = 0, pickleEvery = 0
  /// With compiled loops, which leave at their head as long as something waits: the request is taken back now and then.
  nonisolated(unsafe) public static var inBursts = false
  nonisolated(unsafe) public static var reports = false
  nonisolated(unsafe) static var counted = 0, switches = 0, attempted = 0, done = 0, separate = 0, frames = 0, newFrames = 0, kept = 0, copied = 0, bytes = 0
  nonisolated(unsafe) static var failures: [String: Int] = [:]
  nonisolated(unsafe) static var untilSwitch = 0, untilPickle = 0, looked = 0, burst = 0
  /// The next visit of the second tasklet is to pickle.
  nonisolated(unsafe) static var pickles = false
  nonisolated(unsafe) static var returned = false
  /// What only the computation being pickled holds.
  nonisolated(unsafe) static var exclusive: Set<UInt> = []
  /// Numbers of what stays, by address.
  nonisolated(unsafe) static var numbers: [UInt: Int] = [:]
  nonisolated(unsafe) static var weak: Set<UInt> = []
  /// What the second tasklets allocated, by thread, and how much the thread had allocated as its second one began.
  nonisolated(unsafe) private static var allocated: [ThreadRef: Int] = [:], before: [ThreadRef: Int] = [:]

  static func begins(_ t: ThreadRef) { before[t] = bytesAllocated(t) }
  static func ends(_ t: ThreadRef) { allocated[t, default: 0] += bytesAllocated(t) - (before[t] ?? 0) }
  /// Of what the thread has allocated, what the program has not.
  static func hiddenBytes(_ t: ThreadRef) -> Int { allocated[t] ?? 0 }

  /// From now on, in all threads.
  public static func enable(_ t: ThreadRef) {
    guard switchEvery > 0 || pickleEvery > 0 else { return }
    untilSwitch = switchEvery
    untilPickle = pickleEvery
    Identities.wanted = pickleEvery > 0
    standingRequests = Request.exercise
    weft_request_set(t, Request.exercise)
    if inBursts {
      var id = pthread_t()
      pthread_create(&id, nil, { p in
        while true {
          usleep(100)
          weft_request_set(p!.assumingMemoryBound(to: Thread.self), Request.exercise)
        }
      }, t)
    }
  }

  /// To standard error, or appended to the file that WEFT_EVERY_STATS names by a path. A process without an exercise has none.
  public static func writeReport() {
    guard switchEvery > 0 || pickleEvery > 0 else { return }
    if let name = getenv("WEFT_EVERY_STATS"), strchr(name, 0x2f) != nil, let f = fopen(name, "a") {
      fputs(report + "\n", f)
      fclose(f)
    } else { fputs(report + "\n", stderr) }
  }
  static var report: String {
    let share = attempted == 0 ? "" : " (\(Double(done * 1000 / attempted) / 10) %)"
    var text = "weft: \(counted) safepoints, \(switches) switches, \(done) of \(attempted) picklings done\(share)"
    if attempted > 0 { text += ": \(separate) with what only the computation held, \(frames) frames (\(newFrames) new), \(copied) objects copied, \(kept) kept, \(bytes) bytes" }
    for (why, n) in failures.sorted(by: { $0.value > $1.value }).prefix(20) { text += "\nweft: not pickled, \(n) times: \(why)" }
    return text
  }
}

private let keptRoot = RootRegion.misc + 764
/// What stays, in the order of its numbers: the list that a pickle's persistent ids mean.
var keptByExercise: Value { weft_roots()[keptRoot] }

/// The second tasklet of a scheduler, made when first wanted.
private func companion(_ t: ThreadRef, _ s: Value) -> Value? {
  let old = s.field(SchedulerField.companion)
  if !old.isNone { return old }
  let task = makeTasklet(t, taskletType, owner: s)
  task.setTaskletFlags(TaskletFlag.hidden)
  if startChain(t, task, getString(appNamespace, intern(t, "exercise_body"))) != nil {
    t.pointee.exception = .empty
    return nil
  }
  setField(s, SchedulerField.companion, task)
  return task
}
/// Whether the second tasklet runs: nothing else is seen to meanwhile.
@inline(__always) public func isExercising(_ t: ThreadRef) -> Bool {
  let s = t.pointee.schedulerHead
  return !s.isEmpty && s.field(SchedulerField.current) == s.field(SchedulerField.companion)
}

/// At a safepoint: counts, and pushes the frame that switches when it is time.
public func exerciseSafepoint(_ t: ThreadRef) {
  guard t.pointee.request & Request.exercise != 0, t.pointee.exception.isEmpty, let f = t.pointee.frame,
        f.pointee.header.flags & FrameFlag.base == 0, f.pointee.function != exercisePoint(t) else { return }
  let s = scheduler(t)
  guard s.field(SchedulerField.current).taskletState == TaskletState.running, s.field(SchedulerField.current) != s.field(SchedulerField.idle) else { return }
  // Where the frame that switched has just returned, nothing has happened since.
  if Exercise.returned { Exercise.returned = false; return }
  Exercise.counted += 1
  if Exercise.inBursts {
    Exercise.burst += 1
    if Exercise.burst >= 50 { Exercise.burst = 0; weft_request_clear(t, Request.exercise) }
  }
  var due = false
  if Exercise.switchEvery > 0 {
    Exercise.untilSwitch -= 1
    if Exercise.untilSwitch <= 0 { Exercise.untilSwitch = Exercise.switchEvery; due = true }
  }
  if Exercise.pickleEvery > 0 {
    Exercise.untilPickle -= 1
    // A trace function sees every frame, at an instruction that it has not reached yet.
    if Exercise.untilPickle <= 0 && !isTraced(t) && t.pointee.tracing == 0 { Exercise.untilPickle = Exercise.pickleEvery; Exercise.pickles = true; due = true }
  }
  guard due, companion(t, s) != nil else { Exercise.pickles = false; return }
  // The frame is not the program's: it has room where the program has none left.
  let limit = weft_vm.recursionLimit
  weft_vm.recursionLimit = UInt32.max
  t.pointee.pending = Deliver.discard
  _ = callFunction(t, exercisePoint(t), t.pointee.window.unsafelyUnwrapped, 0, .empty)
  weft_vm.recursionLimit = limit
}

/// Whether this safepoint is the exercise's: none of the program's instructions belong to it.
func isSafepointOfExercise(_ t: ThreadRef) -> Bool {
  guard t.pointee.request & Request.exercise != 0, let f = t.pointee.frame else { return false }
  return f.pointee.function == exercisePoint(t)
}

/// App-level `exercise_point`.
private func exercisePoint(_ t: ThreadRef) -> Value {
  let at = RootRegion.misc + 766
  if weft_roots()[at].isEmpty { weft_roots()[at] = getString(appNamespace, intern(t, "exercise_point")) }
  return weft_roots()[at]
}

/// `me`, which runs, is parked as paused; `target` goes on with `value`. No queue, counter or callback knows.
private func exchange(_ t: ThreadRef, _ s: Value, _ me: Value, _ target: Value, _ value: Value) -> Value {
  parkCurrent(t, me)
  me.setTaskletState(TaskletState.paused)
  let before = target.field(TaskletField.tempval)
  setField(target, TaskletField.tempval, value)
  _ = resumeTasklet(t, s, target, unseen: true)
  if target != s.field(SchedulerField.companion) { setField(target, TaskletField.tempval, before) }
  return .empty
}

/// Whether an object of which nothing else knows may go by value: what natives and the pickler make alone, without a word from
/// the program.
private func goesByValue(_ t: ThreadRef, _ o: ObjectRef) -> Bool {
  let v = Value(o)
  if o.pointee.gc & GCBit.immortal != 0 || Identities.seen.contains(UInt(v.bits)) { return false }
  let layout = v.shape.pointee.layout
  if layout == Layout.frame.rawValue {
    let f = v.to(Frame.self)
    return f.pointee.header.flags & (FrameFlag.base | FrameFlag.traced) == 0 && f.pointee.function.isObject
  }
  let watched = o.pointee.gc & GCBit.watched != 0
  guard let row = BuiltinType(rawValue: Int(o.pointee.shape) - 1) else {
    return !watched && layout == Layout.record.rawValue && instanceGoesByValue(t, v)
  }
  switch row {
  case .generator, .coroutine, .asyncGenerator:
    return !Exercise.weak.contains(UInt(v.bits)) && (v.field(GeneratorField.hooks).isEmpty || v.field(GeneratorField.hooks).isNone)
  case .list, .tuple, .dict, .set, .frozenset, .cell, .method, .builtinMethod, .function, .traceback, .listIterator, .tupleIterator, .strIterator, .bytesIterator,
       .rangeIterator, .longRangeIterator, .sequenceIterator, .callableIterator, .listReverseIterator, .enumerate, .zip, .map, .filter, .reversed,
       .dictKeyIterator, .dictValueIterator, .dictItemIterator, .dictKeys, .dictValues, .dictItems, .asyncGenWrapped, .coroutineWrapper, .values, .table, .lookupKey:
    return !watched
  default: return !watched && v.kind == .baseException && instanceGoesByValue(t, v)
  }
}
private func instanceGoesByValue(_ t: ThreadRef, _ v: Value) -> Bool {
  let type = v.type, p = type.typeObject, base = BuiltinType.object.object
  func plain(_ n: Name, _ b: Value) -> Bool { lookup(type, n.value) == lookup(b, n.value) }
  if type.type != BuiltinType.type.object || !lookup(type, Name.__getattr__.value).isEmpty || !lookup(type, Name.__setstate__.value).isEmpty { return false }
  if v.kind == .baseException {
    let e = ExceptionType.BaseException.object
    return plain(.__reduce__, e) && plain(.__reduce_ex__, e) && plain(.__setattr__, e) && plain(.__getattribute__, e) && p.pointee.fixedSlots == p.pointee.nativeFields
  }
  guard p.pointee.flags & TypeFlag.heapType != 0, p.pointee.kind == UInt8(BuiltinType.object.rawValue), p.pointee.nativeFields == 0 else { return false }
  // Iterators that the run-time system writes in Python.
  let module = moduleOf(t, type: type)
  if module.isStr, ["itertools", "functools"].contains(swiftString(module)) { return true }
  return p.pointee.fixedSlots == 0 && p.pointee.flags & TypeFlag.attributes != 0 && plain(.__reduce_ex__, base) && plain(.__reduce__, base) && plain(.__getstate__, base)
    && plain(.__class__, base) && plain(.__getattribute__, base) && plain(.__setattr__, base) && plain(.__new__, base)
    && lookup(type, Name.__getnewargs__.value).isEmpty && lookup(type, Name.__getnewargs_ex__.value).isEmpty && v.shape.pointee.flags & ShapeFlag.trailer == 0
}

/// Whether `v`, which is about to be written, stays and goes as a number.
func staysInExercise(_ v: Value) -> Bool {
  v.isObject && v.object.pointee.gc & GCBit.old != 0 && !v.isNone && !v.isBool && !Exercise.exclusive.contains(UInt(v.bits))
}
func numberInExercise(_ t: ThreadRef, _ v: Value) -> Int {
  if let n = Exercise.numbers[UInt(v.bits)] { return n }
  let n = keptByExercise.listCount
  listAppend(t, keptByExercise, v)
  Exercise.numbers[UInt(v.bits)] = n
  return n
}

/// Of deeper recursion the innermost frames go, the others stay.
private let deepest = 200
/// The frames of a tasklet's chain above the bottom of its run loop, innermost first.
private func chainOf(_ task: Value) -> (frames: [FrameRef], below: FrameRef?) {
  var out: [FrameRef] = []
  var f: FrameRef? = task.field(TaskletField.frame).isExact(.frame) ? task.field(TaskletField.frame).to(Frame.self) : nil
  while let g = f, g.pointee.header.flags & FrameFlag.base == 0, out.count < deepest { out.append(g); f = g.pointee.back }
  return (out, f)
}

/// What is to be pickled of a parked tasklet: bottom first, a frame that nobody else sees, or (frame, its parts).
private func take(_ t: ThreadRef, _ task: Value) -> Value {
  Exercise.exclusive = []
  Exercise.numbers = [:]
  weft_roots()[keptRoot] = .empty
  settleMarking(t)
  let (chain, below) = chainOf(task)
  if chain.isEmpty { return .none }
  noteInterrupted(chain[0])
  Exercise.attempted += 1
  // Looking for what only the computation holds costs a complete collection.
  if Exercise.attempted <= 32 || Exercise.looked < Exercise.counted * 100 {
    Exercise.weak = weaklyReferenced()
    // The second tasklet still holds the register by which it was asked.
    let top = task.field(TaskletField.frame)
    task.fields[TaskletField.frame] = .none
    let (objects, visited) = exclusiveObjects(top: chain[0], stop: below) { !goesByValue(t, $0) }
    setField(task, TaskletField.frame, top)
    Exercise.exclusive = objects
    Exercise.looked += visited
    Exercise.separate += 1
    Exercise.copied += objects.count
  }
  weft_roots()[keptRoot] = makeList(t)
  Exercise.frames += chain.count
  let out = makeTuple(t, count: chain.count)
  for (i, f) in chain.reversed().enumerated() {
    if Exercise.exclusive.contains(UInt(bitPattern: f)) { out.items[i] = Value(f); Exercise.newFrames += 1 }
    else { out.items[i] = makeTuple(t, [Value(f), frameParts(t, f, variables: true)]) }
  }
  return out
}

/// A frame as it was, to be put back where its copy cannot take its place.
private struct FrameState {
  let frame: FrameRef, pc: UnsafePointer<UInt32>, state: UInt32, flags: UInt8, handled: Value, extra: Value, registers: [Value]
  let generatorState: Value
  init(_ f: FrameRef) {
    frame = f
    pc = f.pointee.pc; state = f.pointee.state; flags = f.pointee.header.flags; handled = f.pointee.handled; extra = f.pointee.extra
    registers = (0..<Int(f.pointee.code.code.pointee.registerCount)).map { f.registers[$0] }
    generatorState = f.pointee.header.flags & FrameFlag.generator != 0 && extra.isObject ? extra.field(GeneratorField.state) : .empty
  }
  /// Empties the frame, so that it can be filled.
  func clear() {
    for i in 0..<registers.count { frame.registers[i] = .empty }
    frame.pointee.handled = .empty
    frame.pointee.header.flags |= FrameFlag.finished
    if !generatorState.isEmpty {
      extra.fields[GeneratorField.state] = .fixnum(GeneratorState.closed)
      extra.fields[GeneratorField.frame] = .none
    }
  }
  func putBack() {
    frame.pointee.pc = pc; frame.pointee.state = state; frame.pointee.handled = handled; frame.pointee.extra = extra
    frame.pointee.header.flags = flags & ~(FrameFlag.scanned | FrameFlag.dirty) | frame.pointee.header.flags & FrameFlag.dirty
    for i in 0..<registers.count { frame.registers[i] = registers[i] }
    if !generatorState.isEmpty {
      setField(extra, GeneratorField.frame, Value(frame))
      extra.fields[GeneratorField.state] = generatorState
    }
    suspendFrame(frame)
  }
}

/// Puts the loaded frames in place of a tasklet's; false with an exception where they are not fit to run.
private func put(_ t: ThreadRef, _ task: Value, _ entries: Value) -> Bool {
  let (chain, below) = chainOf(task)
  func wrong(_ why: String) -> Bool { t.raise(.SystemError, why); return false }
  guard entries.isExact(.tuple), entries.count == chain.count else { return wrong("other frames than were pickled") }
  let old = Array(chain.reversed())
  var new: [FrameRef] = [], before: [FrameState] = []
  func undo() { for s in before { s.putBack() } }
  for i in 0..<old.count {
    let e = entries.items[i]
    if e.isExact(.frame) {
      let f = e.to(Frame.self)
      guard f != old[i], f.pointee.back == nil, f.pointee.header.flags & FrameFlag.finished == 0, f.pointee.code == old[i].pointee.code else { undo(); return wrong("frame \(i) is not a copy") }
      new.append(f)
      continue
    }
    guard e.isExact(.tuple), e.count == 2, e.items[0] == Value(old[i]) else { undo(); return wrong("frame \(i) is not what was pickled") }
    let f = old[i], s = FrameState(f), back = f.pointee.back
    before.append(s)
    s.clear()
    f.pointee.back = nil
    let r = frameFill(t, e.items[0], e.items[1])
    f.pointee.back = back
    if r.isEmpty { undo(); return false }
    new.append(f)
  }
  for i in 0..<new.count {
    let f = new[i]
    if i > 0, !accepts(new[i - 1], f.pointee.state) {
      let g = new[i - 1], at = g.nextWord
      let why = framePlan(g.pointee.code, pc: at, waits: false)?.fault({ g.registers[$0] }) ?? "nothing waits there"
      undo()
      return wrong("state \(f.pointee.state) of frame \(i), \(codeName(f)), on word \(at) of \(codeName(g)): \(why)")
    }
    if f.pointee.state != old[i].pointee.state || f.pointee.pc != old[i].pointee.pc { undo(); return wrong("frame \(i) waits elsewhere") }
  }
  // Generators that were copied: nobody knows the old ones any more.
  for a in Exercise.exclusive {
    let v = Value(bits: UInt64(a))
    if v.isExact(.generator) || v.isExact(.coroutine) || v.isExact(.asyncGenerator) {
      v.fields[GeneratorField.frame] = .none
      v.fields[GeneratorField.state] = .fixnum(GeneratorState.closed)
    }
  }
  for i in 0..<new.count {
    let f = new[i]
    f.pointee.back = i > 0 ? new[i - 1] : below
    f.pointee.depth = old[i].pointee.depth
    if f.pointee.header.flags & FrameFlag.generator != 0 { f.pointee.extra.fields[GeneratorField.state] = .fixnum(GeneratorState.running) }
    suspendFrame(f)
  }
  setField(task, TaskletField.frame, Value(new[new.count - 1]))
  return true
}
private func codeName(_ f: FrameRef) -> String { swiftString(f.pointee.code.code.pointee.qualifiedName) }

func installExercise(_ t: ThreadRef) {
  // The running tasklet stops for the second one.
  defineAppNative(t, "exercise_go", "()") { t, a, n in
    let s = scheduler(t), me = s.field(SchedulerField.current)
    guard canPark(t), let other = companion(t, s), other != me, other.taskletState == TaskletState.paused else { return .none }
    Exercise.switches += 1
    Exercise.begins(t)
    return exchange(t, s, me, other, me)
  }
  // The second one stops for the tasklet that it came from; gives the next.
  defineAppNative(t, "exercise_back", "(tasklet, /)") { t, a, n in
    let s = scheduler(t), me = s.field(SchedulerField.current)
    guard canPark(t), me == s.field(SchedulerField.companion), isTasklet(a[0]), a[0].taskletState == TaskletState.paused else { return .none }
    Exercise.returned = true
    Exercise.ends(t)
    return exchange(t, s, me, a[0], .none)
  }
  // The tasklet that has just switched to the second one.
  defineAppNative(t, "exercise_first", "()") { t, a, n in
    let s = scheduler(t)
    let v = s.field(SchedulerField.companion).field(TaskletField.tempval)
    s.field(SchedulerField.companion).fields[TaskletField.tempval] = .none
    return v
  }
  defineAppNative(t, "exercise_wanted", "()") { t, a, n in
    let r = Exercise.pickles
    Exercise.pickles = false
    return .bool(r)
  }
  defineAppNative(t, "exercise_take", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[0].taskletState == TaskletState.paused else { return .none }
    return take(t, a[0])
  }
  defineAppNative(t, "exercise_kept", "()") { t, a, n in keptByExercise }
  defineAppNative(t, "exercise_put", "(tasklet, entries, size, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[0].taskletState == TaskletState.paused, a[2].isFixnum else { return .none }
    if !put(t, a[0], a[1]) { return .empty }
    Exercise.done += 1
    Exercise.bytes += a[2].fixnum
    Exercise.kept += keptByExercise.listCount
    weft_roots()[keptRoot] = .empty
    Exercise.exclusive = []
    Exercise.numbers = [:]
    return .none
  }
  defineAppNative(t, "exercise_failed", "(why, /)") { t, a, n in
    Exercise.failures[a[0].isObject && a[0].isStr ? swiftString(a[0]) : "?", default: 0] += 1
    weft_roots()[keptRoot] = .empty
    Exercise.exclusive = []
    Exercise.numbers = [:]
    return .none
  }
}
