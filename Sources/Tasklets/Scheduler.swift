// Tasklets as records, the run queue, and the switch between tasklets: one scheduler a thread.
//
// A tasklet is a record; while it waits, `frame` is the top of its chain and `how` where the result of its switch goes (-1:
// it has not started; -2: neither, and the frame of its function is there). `next` and `previous` link it into the run queue, into the queue of the channel it is blocked on, or
// (`next` alone) into the stack of those inside run(). `tempval` is what its switch will return. Every change of state is one
// native: Python code of `tasklets_core.py` may be interrupted between any two of its instructions.

import Builtins
import CWeft
import Heap
import Objects

enum TaskletField {
  /// `channel`: the channel it is blocked on, or the entry (see Waiting.swift) of what else it waits for.
  /// `arguments`: a tuple, or a list of a tuple and a dict, or the only one (see storedArguments). `owner`: its scheduler.
  static let frame = 0, how = 1, state = 2, next = 3, previous = 4, channel = 5, tempval = 6, pending = 7, function = 8, arguments = 9
  /// `context`: its contextvars context, or, when it is traced, a list of that, the trace and profile functions, and
  /// whether such a function runs.
  static let owner = 10, flags = 11, context = 12, count = 13
}
enum TaskletState {
  /// Nothing bound or set up; paused; in the run queue; on a channel; running; ended; inside run(); waiting for a point in
  /// time, a file, or one of several channels.
  static let new = 0, paused = 1, runnable = 2, blocked = 3, running = 4, dead = 5, waiting = 6, sleeping = 7
}
enum TaskletFlag {
  static let atomic = 1, ignoreNesting = 2, blockTrap = 4
  /// What it sends is an exception to raise.
  static let sendsException = 8
  /// Not a tasklet but one arm of a select(): `function` is the entry, `arguments` the arm's number.
  static let arm = 16
  /// The collector tells when nothing reaches it.
  static let watched = 32
  /// The tasklet in which a thread sleeps when nothing can run.
  static let hidden = 64
  /// Its run() waits for other threads.
  static let threadBlock = 128
  static let kept = 15
  /// The number of switches to it is above these bits.
  static let oneSwitch = 256
}
enum SchedulerField {
  static let current = 0, main = 1, head = 2, tail = 3, count = 4, trap = 5
  /// Heap of entries with a deadline, or None (Waiting.swift); what Python keeps here.
  static let timers = 6, extra = 7
  /// Its `SchedulerHost`; the idle tasklet; the innermost tasklet inside run(); the one that a spent budget wakes; entries
  /// of those that wait for files.
  static let host = 8, idle = 9, watch = 10, budgetOwner = 11, files = 12
  /// The second tasklet of `--switch-every` (Exercise.swift).
  static let companion = 13, fields = 14
}

/// What needs attention at a switch, for all threads; 0 mostly.
enum SwitchHooks {
  static let schedule = 1, channel = 2, budget = 4, choice = 8
  @inline(__always) static var active: Int {
    get { weft_roots()[RootRegion.misc + 760].isEmpty ? 0 : weft_roots()[RootRegion.misc + 760].fixnum }
    set { weft_roots()[RootRegion.misc + 760] = newValue == 0 ? .empty : .fixnum(newValue) }
  }
  static func set(_ bits: Int, _ on: Bool) { active = on ? active | bits : active & ~bits }
}

extension Value {
  @inline(__always) var taskletState: Int { field(TaskletField.state).fixnum }
  @inline(__always) func setTaskletState(_ s: Int) { fields[TaskletField.state] = .fixnum(s) }
  @inline(__always) var taskletFlags: Int { field(TaskletField.flags).fixnum }
  func setTaskletFlags(_ f: Int) { fields[TaskletField.flags] = .fixnum(f) }
  var owner: Value { field(TaskletField.owner) }
}

private let schedulerRoot = RootRegion.misc + 700, taskletRoot = RootRegion.misc + 701
var schedulerType: Value {
  get { weft_roots()[schedulerRoot] }
  set { weft_roots()[schedulerRoot] = newValue }
}
var taskletType: Value {
  get { weft_roots()[taskletRoot] }
  set { weft_roots()[taskletRoot] = newValue }
}
func isTasklet(_ v: Value) -> Bool { v.isObject && (v.type == taskletType || isSubtype(v.type, taskletType)) }

/// The scheduler of the running thread, made when first asked for.
@inline(__always) func scheduler(_ t: ThreadRef) -> Value {
  let s = t.pointee.schedulerHead
  return s.isEmpty ? makeScheduler(t) : s
}
@inline(never) private func makeScheduler(_ t: ThreadRef) -> Value {
  let s = makeInstance(t, schedulerType)
  for i in 0..<SchedulerField.fields { s.fields[i] = .none }
  let main = makeTasklet(t, taskletType, owner: s)
  main.setTaskletState(TaskletState.running)
  s.fields[SchedulerField.current] = main
  s.fields[SchedulerField.main] = main
  s.fields[SchedulerField.count] = .fixnum(0)
  s.fields[SchedulerField.trap] = .fixnum(0)
  s.fields[SchedulerField.host] = .fixnum(SchedulerHost.add(t))
  t.pointee.schedulerHead = s
  // Blocking calls look from now on (ParkingHooks).
  weft_roots()[RootRegion.misc + 762] = .true
  return s
}

func makeTasklet(_ t: ThreadRef, _ type: Value, owner: Value) -> Value {
  let v = makeInstance(t, type)
  for i in 0..<TaskletField.count { v.fields[i] = .none }
  v.fields[TaskletField.how] = .fixnum(-1)
  v.fields[TaskletField.state] = .fixnum(TaskletState.new)
  v.fields[TaskletField.flags] = .fixnum(0)
  v.fields[TaskletField.owner] = owner
  return v
}

// MARK: queues (of a scheduler and of a channel: head and tail in consecutive fields)

@inline(__always) func queueAppend(_ q: Value, _ head: Int, _ task: Value) {
  let tail = q.field(head + 1)
  task.fields[TaskletField.next] = .none
  task.fields[TaskletField.previous] = tail
  writeBarrier(task.object)
  if tail.isNone { q.fields[head] = task } else { setField(tail, TaskletField.next, task) }
  setField(q, head + 1, task)
}
func queuePrepend(_ q: Value, _ head: Int, _ task: Value) {
  let first = q.field(head)
  task.fields[TaskletField.previous] = .none
  setField(task, TaskletField.next, first)
  if first.isNone { q.fields[head + 1] = task } else { setField(first, TaskletField.previous, task) }
  setField(q, head, task)
}
@inline(__always) func queueRemove(_ q: Value, _ head: Int, _ task: Value) {
  let next = task.field(TaskletField.next), previous = task.field(TaskletField.previous)
  if previous.isNone { q.fields[head] = next } else { setField(previous, TaskletField.next, next) }
  if next.isNone { q.fields[head + 1] = previous } else { setField(next, TaskletField.previous, previous) }
  writeBarrier(q.object)
  task.fields[TaskletField.next] = .none
  task.fields[TaskletField.previous] = .none
}

@inline(__always) func enqueue(_ s: Value, _ task: Value) {
  task.setTaskletState(TaskletState.runnable)
  queueAppend(s, SchedulerField.head, task)
  s.fields[SchedulerField.count] = .fixnum(s.field(SchedulerField.count).fixnum + 1)
}
@inline(__always) func dequeue(_ s: Value, _ task: Value) {
  queueRemove(s, SchedulerField.head, task)
  s.fields[SchedulerField.count] = .fixnum(s.field(SchedulerField.count).fixnum - 1)
  task.setTaskletState(TaskletState.paused)
}
/// To the end of the queue of the tasklet's own scheduler; another thread's is told.
func makeRunnable(_ t: ThreadRef, _ task: Value) {
  let s = task.owner
  enqueue(s, task)
  if s != t.pointee.schedulerHead { SchedulerHost.wake(s) }
}
/// The same to its beginning.
func makeRunnableFirst(_ t: ThreadRef, _ task: Value) {
  let s = task.owner
  task.setTaskletState(TaskletState.runnable)
  queuePrepend(s, SchedulerField.head, task)
  s.fields[SchedulerField.count] = .fixnum(s.field(SchedulerField.count).fixnum + 1)
  if s != t.pointee.schedulerHead { SchedulerHost.wake(s) }
}

// MARK: switching

/// Whether a native called now can wait: its result goes to a plain register.
@inline(__always) func canPark(_ t: ThreadRef) -> Bool { t.pointee.pending & 0xff == Deliver.store }

/// Parks the running tasklet, whose state the caller has set, and goes on with `target`.
func switchTo(_ t: ThreadRef, _ s: Value, _ target: Value) -> Value {
  if SwitchHooks.active & SwitchHooks.schedule != 0 && target != s.field(SchedulerField.current) {
    // The callback runs on the chain that stops; nothing may switch meanwhile.
    s.fields[SchedulerField.trap] = .fixnum(s.field(SchedulerField.trap).fixnum + 1)
    return callApp(t, named: "switch_hooked", target)
  }
  return switchNow(t, s, target)
}
func switchNow(_ t: ThreadRef, _ s: Value, _ target: Value) -> Value {
  parkCurrent(t, s.field(SchedulerField.current))
  return resumeTasklet(t, s, target)
}
@inline(__always) func parkCurrent(_ t: ThreadRef, _ me: Value) {
  let f = t.pointee.frame.unsafelyUnwrapped
  suspendFrame(f)
  setField(me, TaskletField.frame, Value(f))
  me.fields[TaskletField.how] = .fixnum(Int(t.pointee.pending))
  setField(me, TaskletField.context, t.pointee.context.isEmpty ? .none : t.pointee.context)
  if isTraced(t) || t.pointee.tracing != 0 { parkTracing(t, me) }
}
/// What is traced is one tasklet: its functions and state wait with it.
@inline(never) private func parkTracing(_ t: ThreadRef, _ me: Value) {
  let context = me.field(TaskletField.context)
  setField(me, TaskletField.context, makeList(t, [context, t.pointee.trace.isEmpty ? .none : t.pointee.trace,
                                                  t.pointee.profile.isEmpty ? .none : t.pointee.profile, .fixnum(Int(t.pointee.tracing))]))
  stopTracing(t)
}
@inline(never) private func stopTracing(_ t: ThreadRef) {
  t.pointee.trace = .empty
  t.pointee.profile = .empty
  t.pointee.tracing = 0
}
@inline(never) private func resumeTracing(_ t: ThreadRef, _ c: Value) -> Value {
  t.pointee.trace = c.listItems[1].isNone ? .empty : c.listItems[1]
  t.pointee.profile = c.listItems[2].isNone ? .empty : c.listItems[2]
  t.pointee.tracing = .init(truncatingIfNeeded: c.listItems[3].fixnum)
  if isTraced(t) || t.pointee.tracing != 0 { weft_request_set(t, Request.trace) }
  return c.listItems[0]
}
extension Value {
  /// A tasklet's context, traced or not.
  var taskletContext: Value {
    let c = field(TaskletField.context)
    return c.isExact(.list) ? c.listItems[0] : c
  }
}

/// Goes on with `target`; what ran before is parked or has ended. `unseen`: nothing that programs count is touched.
@inline(__always) func resumeTasklet(_ t: ThreadRef, _ s: Value, _ target: Value, unseen: Bool = false) -> Value {
  let top = target.field(TaskletField.frame)
  guard top.isExact(.frame) else { return t.raise(.RuntimeError, "the tasklet has no frame to run") }
  if target.taskletState == TaskletState.waiting { leaveRun(s, target) }
  if !unseen && SwitchHooks.active & SwitchHooks.budget != 0 { refillBudget(s) }
  var f = top.to(Frame.self)
  let how = target.field(TaskletField.how).fixnum
  if how == -2 && !target.field(TaskletField.pending).isNone { f = undoStart(t, target) }
  setField(s, SchedulerField.current, target)
  target.setTaskletState(TaskletState.running)
  if !unseen { target.fields[TaskletField.flags] = .fixnum(target.taskletFlags &+ TaskletFlag.oneSwitch) }
  target.fields[TaskletField.frame] = .none
  var context = target.field(TaskletField.context)
  // After an end the functions are still there.
  if isTraced(t) || t.pointee.tracing != 0 { stopTracing(t) }
  if context.isExact(.list) { context = resumeTracing(t, context) }
  t.pointee.context = context.isNone ? .empty : context
  t.pointee.frame = f
  t.pointee.switches &+= 1
  f.pointee.header.flags &= ~FrameFlag.scanned
  if how < 0 {
    if how == -2 { target.fields[TaskletField.tempval] = .none }
    return .empty
  }
  let error = target.field(TaskletField.pending)
  if !error.isNone && !unseen {
    target.fields[TaskletField.pending] = .none
    target.fields[TaskletField.tempval] = .none
    t.setContext(error)
    t.pointee.exception = error
    return .empty
  }
  f.registers[how >> 8] = target.field(TaskletField.tempval)
  target.fields[TaskletField.tempval] = .none
  return .empty
}

/// The tasklet to run when the current one stops: the next of the queue; where it is empty, the idle one while time, files or
/// other threads may change that, the innermost that waits in run(), the main one. None: a deadlock.
func nextRunnable(_ t: ThreadRef, _ s: Value) -> Value {
  if SchedulerHost.waits != 0 { pollSometimes(t, s) }
  let first = s.field(SchedulerField.head)
  if SwitchHooks.active & (SwitchHooks.budget | SwitchHooks.choice) != 0, let other = chosenNext(s) { return other }
  if !first.isNone { dequeue(s, first); return first }
  if hasWaits(s) { return idleTasklet(t, s) }
  let watch = s.field(SchedulerField.watch)
  if !watch.isNone { return watch.taskletFlags & TaskletFlag.threadBlock != 0 && otherThreads(t) ? idleTasklet(t, s) : watch }
  let main = s.field(SchedulerField.main)
  if main.taskletState == TaskletState.paused { return main }
  return otherThreads(t) ? idleTasklet(t, s) : .none
}

/// Whether, when the current tasklet blocks, something can run now or later.
func mayBlock(_ t: ThreadRef, _ s: Value) -> Bool {
  if !s.field(SchedulerField.head).isNone || !s.field(SchedulerField.watch).isNone || hasWaits(s) { return true }
  let main = s.field(SchedulerField.main)
  return main.taskletState == TaskletState.paused && main != s.field(SchedulerField.current) || otherThreads(t)
}

/// The current tasklet, which is parked in some queue or nowhere, stops: goes on with another one.
func stopCurrent(_ t: ThreadRef, _ s: Value) -> Value {
  let me = s.field(SchedulerField.current)
  watchLost(me)
  let next = nextRunnable(t, s)
  return next.isNone ? raiseDeadlock(t, s) : switchTo(t, s, next)
}
/// From now on the collector tells when a parked tasklet is lost.
func watchLost(_ me: Value) {
  if me.taskletFlags & TaskletFlag.watched != 0 { return }
  me.setTaskletFlags(me.taskletFlags | TaskletFlag.watched)
  if me.type.typeObject.pointee.flags & TypeFlag.finaliser == 0 { watchFinaliser(me) }
}
/// Where nothing can ever run again, the main tasklet hears of it.
func raiseDeadlock(_ t: ThreadRef, _ s: Value) -> Value {
  let main = s.field(SchedulerField.main)
  let direction = main.taskletState == TaskletState.blocked ? main.field(TaskletField.channel).field(ChannelField.balance).fixnum : 0
  unblock(t, main)
  setField(main, TaskletField.pending, makeError(t, .RuntimeError, direction == 0 ? deadlockText
    : direction < 0 ? "The main tasklet is receiving without a sender available." : "The main tasklet is sending without a receiver available."))
  return switchTo(t, s, main)
}
let deadlockText = "Deadlock: the last runnable tasklet cannot be blocked."
func makeError(_ t: ThreadRef, _ type: ExceptionType, _ text: String) -> Value {
  makeException(t, type.object, args: makeTuple(t, [makeStr(t, text)]))
}

func trapped(_ t: ThreadRef, _ s: Value) -> Bool {
  if s.field(SchedulerField.trap).fixnum == 0 { return false }
  t.raise(.RuntimeError, "switch_trap")
  return true
}

/// Takes a tasklet that waits for something from where it is registered: it is paused then.
func unblock(_ t: ThreadRef, _ task: Value) {
  switch task.taskletState {
  case TaskletState.blocked: channelRemove(task.field(TaskletField.channel), task)
  case TaskletState.sleeping: cancelWait(task)
  default: break
  }
}

/// The current tasklet goes to the end of the queue and `other`, which is in none, runs.
func handOver(_ t: ThreadRef, _ s: Value, _ me: Value, _ other: Value) -> Value {
  enqueue(s, me)
  if SwitchHooks.active & (SwitchHooks.budget | SwitchHooks.choice) != 0 {
    enqueue(s, other)
    return switchTo(t, s, nextRunnable(t, s))
  }
  return switchTo(t, s, other)
}

// MARK: the short way

/// Whether a switch is nothing but an exchange of frames: no callback, budget, trap or trace function, nothing that waits for time or files.
@inline(__always) func switchesPlainly(_ t: ThreadRef, _ s: Value) -> Bool {
  SwitchHooks.active == 0 && SchedulerHost.waits == 0 && s.field(SchedulerField.trap) == .fixnum(0) && !isTraced(t) && t.pointee.tracing == 0
}
/// Whether a tasklet of this scheduler that runs next only takes a value and goes on.
@inline(__always) func takesPlainly(_ task: Value) -> Bool {
  let f = task.fields
  return f[TaskletField.how].fixnum >= 0 && f[TaskletField.pending].isNone && f[TaskletField.frame].isExact(.frame) && !f[TaskletField.context].isExact(.list)
}
/// `me`, whose state is set, parks; `next`, which is in no queue, goes on with `value`. `switchNow` where all is plain.
@inline(__always) func exchange(_ t: ThreadRef, _ s: Value, _ me: Value, _ next: Value, _ value: Value) {
  let from = t.pointee.frame.unsafelyUnwrapped, m = me.fields, n = next.fields
  suspendFrame(from)
  m[TaskletField.frame] = Value(from)
  m[TaskletField.how] = .fixnum(Int(t.pointee.pending))
  m[TaskletField.context] = t.pointee.context.isEmpty ? .none : t.pointee.context
  writeBarrier(me.object)
  setField(s, SchedulerField.current, next)
  let to = n[TaskletField.frame].to(Frame.self), how = n[TaskletField.how].fixnum
  n[TaskletField.state] = .fixnum(TaskletState.running)
  n[TaskletField.flags] = .fixnum(n[TaskletField.flags].fixnum &+ TaskletFlag.oneSwitch)
  n[TaskletField.frame] = .none
  n[TaskletField.tempval] = .none
  t.pointee.context = n[TaskletField.context].isNone ? .empty : n[TaskletField.context]
  to.registers[how >> 8] = value
  t.pointee.frame = to
  t.pointee.switches &+= 1
  to.pointee.header.flags &= ~FrameFlag.scanned
}
/// The first of the run queue changes places with the running tasklet, which goes to its end and will get `value`. False: nothing was done.
@inline(__always) func turn(_ t: ThreadRef, _ value: Value) -> Bool {
  let s = t.pointee.schedulerHead
  guard !s.isEmpty, canPark(t), switchesPlainly(t, s), case let next = s.field(SchedulerField.head), !next.isNone, takesPlainly(next) else { return false }
  let me = s.field(SchedulerField.current), second = next.field(TaskletField.next), m = me.fields
  if second.isNone {
    s.fields[SchedulerField.head] = me
    m[TaskletField.previous] = .none
  } else {
    let tail = s.field(SchedulerField.tail)
    s.fields[SchedulerField.head] = second
    second.fields[TaskletField.previous] = .none
    setField(tail, TaskletField.next, me)
    m[TaskletField.previous] = tail
  }
  s.fields[SchedulerField.tail] = me
  m[TaskletField.next] = .none
  m[TaskletField.state] = .fixnum(TaskletState.runnable)
  m[TaskletField.tempval] = value.isEmpty ? me : value
  next.fields[TaskletField.next] = .none
  exchange(t, s, me, next, next.field(TaskletField.tempval))
  return true
}

/// schedule() and schedule_remove().
func schedule(_ t: ThreadRef, keep: Bool, _ value: Value) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current)
  if keep && s.field(SchedulerField.head).isNone {
    if hasWaits(s) { pollNow(t, s) }
    if s.field(SchedulerField.head).isNone && !softDue(s) { return value }
  }
  if trapped(t, s) { return .empty }
  if keep {
    setField(me, TaskletField.tempval, value)
    if SwitchHooks.active & SwitchHooks.choice != 0 { enqueue(s, me); return switchTo(t, s, nextRunnable(t, s)) }
    let next = nextRunnable(t, s)
    enqueue(s, me)
    return switchTo(t, s, next)
  }
  if !mayBlock(t, s) { return t.raise(.RuntimeError, deadlockText) }
  setField(me, TaskletField.tempval, value)
  me.setTaskletState(TaskletState.paused)
  return stopCurrent(t, s)
}

/// Positional arguments as a tasklet keeps them: one that is no tuple, list or None by itself, for a tuple takes 32 bytes.
func storedArguments(_ args: Value) -> Value {
  guard args.isExact(.tuple), args.count == 1 else { return args }
  let v = args.items[0]
  return v.isNone || v.isObject && (v.isKind(.tuple) || v.isKind(.list)) ? args : v
}
/// And back; None where there are none.
func givenArguments(_ t: ThreadRef, _ v: Value) -> Value {
  v.isNone || v.isEmpty || v.isObject && v.isKind(.tuple) ? v : makeTuple(t, [v])
}

/// App-level `tasklet_body`.
func taskletBody(_ t: ThreadRef) -> Value {
  let at = RootRegion.misc + 703
  if weft_roots()[at].isEmpty { weft_roots()[at] = getString(appNamespace, intern(t, "tasklet_body")) }
  return weft_roots()[at]
}

/// Where `tasklet_body` waits for the tasklet's function: its pc and the state that the function's frame has. Learnt when it first waits.
nonisolated(unsafe) private var bodyPC: UnsafePointer<UInt32>?
nonisolated(unsafe) private var bodyState: UInt32 = 0
func learnBody(_ t: ThreadRef) {
  guard bodyPC == nil, let f = t.pointee.frame, f.pointee.function == taskletBody(t), canPark(t), !isTraced(t) else { return }
  bodyPC = f.pointee.pc
  bodyState = t.pointee.pending
}
/// The short way to set up a tasklet whose function takes just these arguments: its frame is made at once, above that of `tasklet_body`, which
/// waits for its result. False: nothing was done.
@inline(__always) func startShort(_ t: ThreadRef, _ task: Value, _ args: Args, _ n: Int) -> Bool {
  let function = task.field(TaskletField.function)
  guard task.taskletState == TaskletState.new, let pc = bodyPC, function.isExact(.function) else { return false }
  let code = function.field(FunctionField.code).code
  guard code.pointee.simple == 1, n == Int(code.pointee.argCount) else { return false }
  let body = taskletBody(t), bodyCode = body.field(FunctionField.code)
  let bottom = newFrame(t, body, bodyCode.code, back: nil, state: 0, depth: 0, pc: pc)
  bottom.registers[0] = task
  let f = newFrame(t, function, code, back: bottom, state: bodyState, depth: 1, pc: code.start)
  let r = f.registers
  var i = 0
  while i < n { r[i] = args[i]; i &+= 1 }
  suspendFrame(f)
  task.fields[TaskletField.frame] = Value(f)
  task.fields[TaskletField.how] = .fixnum(-2)
  writeBarrier(task.object)
  return true
}
@inline(__always) private func newFrame(_ t: ThreadRef, _ function: Value, _ code: UnsafeMutablePointer<CodeObject>, back: FrameRef?, state: UInt32, depth: UInt32,
                                        pc: UnsafePointer<UInt32>) -> FrameRef {
  let n = Int(code.pointee.registerCount), f = allocateFrame(t, sizeClass: code.pointee.sizeClass, registers: n)
  f.pointee.header = ObjectHeader(shape: BuiltinType.frame.shape, gc: GCBit.old | weft_vm.markColour, flags: 0, reserve: code.pointee.sizeClass)
  f.pointee.back = back
  f.pointee.code = Value(UnsafeMutableRawPointer(code))
  f.pointee.pc = pc
  f.pointee.function = function
  f.pointee.state = state
  f.pointee.depth = depth
  f.pointee.handled = .empty
  f.pointee.extra = .empty
  let r = f.registers
  var i = 0
  while i < n { r[i] = .empty; i &+= 1 }
  return f
}
/// Back to arguments and a body that has not begun: what pickles, is looked at, or begins with an exception. The body's frame.
@discardableResult @inline(never)
func undoStart(_ t: ThreadRef, _ task: Value) -> FrameRef {
  let f = task.field(TaskletField.frame).to(Frame.self), code = f.pointee.code.code, bottom = f.pointee.back.unsafelyUnwrapped
  setField(task, TaskletField.arguments, storedArguments(makeTuple(t, from: f.registers, count: Int(code.pointee.argCount))))
  bottom.pointee.pc = bottom.pointee.code.code.start
  setField(task, TaskletField.frame, Value(bottom))
  task.fields[TaskletField.how] = .fixnum(-1)
  suspendFrame(bottom)
  if f.pointee.header.flags & FrameFlag.escaped == 0 { freeFrame(t, f) }
  return bottom
}
/// A tasklet as those see it that take it apart.
func undoShort(_ t: ThreadRef, _ v: Value) {
  if isTasklet(v), v.field(TaskletField.how) == .fixnum(-2), v.field(TaskletField.frame).isExact(.frame) { undoStart(t, v) }
}

/// Puts a function's frame for the bottom of the tasklet's chain in place; nil, or what the native is to return.
func prepare(_ t: ThreadRef, _ task: Value, _ args: Value, _ kwargs: Value) -> Value? {
  guard taskletArgument(t, task) else { return .empty }
  if task.field(TaskletField.function).isNone { return t.typeError("the tasklet was not bound to a function") }
  if task.taskletState != TaskletState.new && task.taskletState != TaskletState.dead { return t.raise(.RuntimeError, "tasklet is already bound to a frame") }
  let hasKeywords = kwargs.isObject && kwargs.kind == .dict && kwargs.used > 0
  setField(task, TaskletField.arguments, hasKeywords ? makeList(t, [args, kwargs]) : storedArguments(args))
  return startChain(t, task, taskletBody(t))
}
/// The same for any function of one argument, the tasklet; it never returns.
func startChain(_ t: ThreadRef, _ task: Value, _ body: Value) -> Value? {
  let running = t.pointee.frame, pending = t.pointee.pending
  let w = t.pointee.window!
  w[0] = task
  let r = callFunction(t, body, w, 1, .empty)
  t.pointee.pending = pending
  guard r.isEmpty, t.pointee.exception.isEmpty, let f = t.pointee.frame, f != running else { return .empty }
  t.pointee.frame = running
  f.pointee.back = nil
  f.pointee.state = 0
  f.pointee.depth = 0
  suspendFrame(f)
  setField(task, TaskletField.frame, Value(f))
  task.fields[TaskletField.how] = .fixnum(-1)
  task.setTaskletState(TaskletState.paused)
  return nil
}

func taskletArgument(_ t: ThreadRef, _ v: Value) -> Bool {
  if isTasklet(v) { return true }
  t.typeError("tasklet expected, not \(typeName(v))")
  return false
}

/// tasklet.run() (the caller stays runnable, next after the tasklet) and tasklet.switch() (the caller is paused).
func runTasklet(_ t: ThreadRef, _ task: Value, keep: Bool, plain: String) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current)
  if task == me { return .none }
  switch task.taskletState {
  case TaskletState.blocked, TaskletState.sleeping: return t.raise(.RuntimeError, "You cannot run a blocked tasklet")
  case TaskletState.new, TaskletState.dead: return t.raise(.RuntimeError, "You cannot run an unbound(dead) tasklet")
  default: break
  }
  let owner = task.owner
  if owner != s {
    // Another thread's: it runs there, before the others.
    if !SchedulerHost.isAlive(owner) { return t.raise(.RuntimeError, "tasklet has no thread") }
    if task.taskletState == TaskletState.runnable { dequeue(owner, task) }
    if task.taskletState == TaskletState.waiting { leaveRun(owner, task) }
    if task.taskletState == TaskletState.paused { makeRunnableFirst(t, task) }
    if keep { return .none }
    return schedule(t, keep: false, .none)
  }
  guard canPark(t) else { return callApp(t, named: plain, task) }
  if trapped(t, s) { return .empty }
  // The queue is a ring that begins at the current tasklet: turn it so that it begins at `task`.
  me.fields[TaskletField.tempval] = .none
  if task.taskletState == TaskletState.runnable {
    turnRing(s, task, keep ? me : .none)
  } else if keep {
    makeRunnableFirst(t, me)
  } else {
    me.setTaskletState(TaskletState.paused)
  }
  if !keep { watchLost(me) }
  return switchTo(t, s, task)
}

/// The queue A task B becomes B me A: `task` leaves it, `me` (or nothing) takes its place at the turn.
private func turnRing(_ s: Value, _ task: Value, _ me: Value) {
  let first = s.field(SchedulerField.head), before = task.field(TaskletField.previous)
  dequeue(s, task)
  if !me.isNone { enqueue(s, me) }
  if before.isNone { return }
  // A is at the beginning: close the ring and open it behind A.
  let end = s.field(SchedulerField.tail)
  if end == before { return }
  setField(end, TaskletField.next, first)
  setField(first, TaskletField.previous, end)
  let head = before.field(TaskletField.next)
  setField(before, TaskletField.next, .none)
  setField(head, TaskletField.previous, .none)
  setField(s, SchedulerField.head, head)
  setField(s, SchedulerField.tail, before)
}

/// The tasklet that runs in a thread that has tasklets, and whether it is the thread's main one.
public func currentTasklet(_ t: ThreadRef) -> (task: Value, isMain: Bool)? {
  let s = t.pointee.schedulerHead
  if s.isEmpty { return nil }
  let task = s.field(SchedulerField.current)
  return (task, task == s.field(SchedulerField.main))
}
/// The name of what a tasklet runs.
public func taskletLabel(_ task: Value) -> String {
  let f = task.field(TaskletField.function)
  if f.isNone || f.isEmpty { return "tasklet" }
  if f.isExact(.function), f.field(FunctionField.qualifiedName).isStr { return swiftString(f.field(FunctionField.qualifiedName)) }
  if f.isExact(.method), f.field(0).isExact(.function), f.field(0).field(FunctionField.qualifiedName).isStr { return swiftString(f.field(0).field(FunctionField.qualifiedName)) }
  return typeName(f)
}
