// Tasklets, the run queue, and the switch between tasklets, natively: one scheduler a thread.
//
// A tasklet is a record; while it waits, `frame` is the top of its chain and `how` where the result of its switch goes (-1:
// it has not started). `next` and `previous` link it into the run queue, or into the queue of the channel it is blocked on.
// `tempval` is what its switch will return. What needs Python (callbacks, timers, timeouts) goes on in `tasklets_core.py`.

import Builtins
import Heap
import Objects

enum TaskletField {
  static let frame = 0, how = 1, state = 2, next = 3, previous = 4, channel = 5, tempval = 6, pending = 7, function = 8, arguments = 9
  static let keywords = 10, flags = 11, context = 12, count = 13
}
enum TaskletState {
  /// Nothing bound or set up; paused; in the run queue; on a channel; running; ended; the main tasklet inside run().
  static let new = 0, paused = 1, runnable = 2, blocked = 3, running = 4, dead = 5, waiting = 6
  static let names = ["new", "paused", "runnable", "blocked", "running", "dead", "waiting"]
}
enum TaskletFlag {
  static let atomic = 1, ignoreNesting = 2, blockTrap = 4
  /// What it sends is an exception to raise.
  static let sendsException = 8
}
enum SchedulerField {
  static let current = 0, main = 1, head = 2, tail = 3, count = 4, trap = 5
  /// Python state: timers and the like, or None.
  static let timers = 6, extra = 7, fields = 8
}

/// Set while schedule or channel callbacks exist: every operation takes the way through Python.
var callbacksActive: Bool {
  @inline(__always) get { !weft_roots()[RootRegion.misc + 704].isEmpty }
  set { weft_roots()[RootRegion.misc + 704] = newValue ? .true : .empty }
}

extension Value {
  var taskletState: Int { field(TaskletField.state).fixnum }
  func setTaskletState(_ s: Int) { fields[TaskletField.state] = .fixnum(s) }
  var taskletFlags: Int { field(TaskletField.flags).fixnum }
}

private let schedulerRoot = RootRegion.misc + 700, taskletRoot = RootRegion.misc + 701
var schedulerType: Value { weft_roots()[schedulerRoot] }
var taskletType: Value { weft_roots()[taskletRoot] }
func isTasklet(_ v: Value) -> Bool { v.isObject && (v.type == taskletType || isSubtype(v.type, taskletType)) }

/// The scheduler of the running thread, made when first asked for.
func scheduler(_ t: ThreadRef) -> Value {
  let s = t.pointee.schedulerHead
  return s.isEmpty ? makeScheduler(t) : s
}
@inline(never) private func makeScheduler(_ t: ThreadRef) -> Value {
  let s = makeInstance(t, schedulerType), main = makeTasklet(t, taskletType)
  for i in 0..<SchedulerField.fields { s.fields[i] = .none }
  main.setTaskletState(TaskletState.running)
  s.fields[SchedulerField.current] = main
  s.fields[SchedulerField.main] = main
  s.fields[SchedulerField.count] = .fixnum(0)
  s.fields[SchedulerField.trap] = .fixnum(0)
  t.pointee.schedulerHead = s
  return s
}

func makeTasklet(_ t: ThreadRef, _ type: Value) -> Value {
  let v = makeInstance(t, type)
  for i in 0..<TaskletField.count { v.fields[i] = .none }
  v.fields[TaskletField.how] = .fixnum(-1)
  v.fields[TaskletField.state] = .fixnum(TaskletState.new)
  v.fields[TaskletField.flags] = .fixnum(0)
  return v
}

// MARK: queues (of a scheduler and of a channel: head and tail in consecutive fields)

func queueAppend(_ q: Value, _ head: Int, _ task: Value) {
  let tail = q.field(head + 1)
  setField(task, TaskletField.next, .none)
  setField(task, TaskletField.previous, tail)
  if tail.isNone { setField(q, head, task) } else { setField(tail, TaskletField.next, task) }
  setField(q, head + 1, task)
}
func queuePrepend(_ q: Value, _ head: Int, _ task: Value) {
  let first = q.field(head)
  setField(task, TaskletField.previous, .none)
  setField(task, TaskletField.next, first)
  if first.isNone { setField(q, head + 1, task) } else { setField(first, TaskletField.previous, task) }
  setField(q, head, task)
}
func queueRemove(_ q: Value, _ head: Int, _ task: Value) {
  let next = task.field(TaskletField.next), previous = task.field(TaskletField.previous)
  if previous.isNone { setField(q, head, next) } else { setField(previous, TaskletField.next, next) }
  if next.isNone { setField(q, head + 1, previous) } else { setField(next, TaskletField.previous, previous) }
  task.fields[TaskletField.next] = .none
  task.fields[TaskletField.previous] = .none
}

func enqueue(_ s: Value, _ task: Value) {
  task.setTaskletState(TaskletState.runnable)
  queueAppend(s, SchedulerField.head, task)
  s.fields[SchedulerField.count] = .fixnum(s.field(SchedulerField.count).fixnum + 1)
}
func dequeue(_ s: Value, _ task: Value) {
  queueRemove(s, SchedulerField.head, task)
  s.fields[SchedulerField.count] = .fixnum(s.field(SchedulerField.count).fixnum - 1)
  task.setTaskletState(TaskletState.paused)
}

// MARK: switching

/// Whether a native called now can wait: its result goes to a plain register.
@inline(__always) func canPark(_ t: ThreadRef) -> Bool { t.pointee.pending & 0xff == Deliver.store }

/// Parks the running tasklet, whose state the caller has set, and goes on with `target`.
func switchTo(_ t: ThreadRef, _ s: Value, _ target: Value) -> Value {
  let me = s.field(SchedulerField.current)
  let f = t.pointee.frame.unsafelyUnwrapped
  suspendFrame(f)
  setField(me, TaskletField.frame, Value(f))
  me.fields[TaskletField.how] = .fixnum(Int(t.pointee.pending))
  setField(me, TaskletField.context, t.pointee.context)
  return resumeTasklet(t, s, target)
}

/// Goes on with `target`; what ran before is parked or has ended.
func resumeTasklet(_ t: ThreadRef, _ s: Value, _ target: Value) -> Value {
  let top = target.field(TaskletField.frame)
  guard top.isExact(.frame) else { return t.raise(.RuntimeError, "the tasklet has no frame to run") }
  let f = top.to(Frame.self), how = target.field(TaskletField.how).fixnum
  setField(s, SchedulerField.current, target)
  target.setTaskletState(TaskletState.running)
  target.fields[TaskletField.frame] = .none
  t.pointee.context = target.field(TaskletField.context).isNone ? .empty : target.field(TaskletField.context)
  t.pointee.frame = f
  t.pointee.switches &+= 1
  f.pointee.header.flags &= ~FrameFlag.scanned
  if how < 0 { return .empty }
  let error = target.field(TaskletField.pending)
  if !error.isNone {
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

/// The tasklet to run when the current one stops: the next of the queue, or the main one where it waits in run(). None when
/// nothing can run.
func nextRunnable(_ s: Value) -> Value {
  let first = s.field(SchedulerField.head)
  if !first.isNone { dequeue(s, first); return first }
  let main = s.field(SchedulerField.main)
  return main.taskletState == TaskletState.waiting ? main : .none
}

/// The current tasklet, which is parked in some queue or nowhere, stops: goes on with another one. Where nothing can run and
/// the main tasklet is blocked, that is a deadlock, which the main tasklet hears of.
func stopCurrent(_ t: ThreadRef, _ s: Value) -> Value {
  var next = nextRunnable(s)
  if next.isNone {
    let main = s.field(SchedulerField.main)
    if main.taskletState == TaskletState.blocked {
      channelRemove(main.field(TaskletField.channel), main)
      setField(main, TaskletField.pending, deadlock(t))
    }
    next = main
  }
  return switchTo(t, s, next)
}

/// Whether, where nothing can run, a timer may change that.
func waitsForTimer(_ s: Value) -> Bool {
  s.field(SchedulerField.head).isNone && !s.field(SchedulerField.timers).isNone && s.field(SchedulerField.main).taskletState != TaskletState.waiting
}

private func deadlock(_ t: ThreadRef) -> Value {
  makeException(t, ExceptionType.RuntimeError.object, args: makeTuple(t, [makeStr(t, "Deadlock: the last runnable tasklet cannot be blocked.")]))
}

private func trapped(_ t: ThreadRef, _ s: Value) -> Bool {
  if s.field(SchedulerField.trap).fixnum == 0 { return false }
  t.raise(.RuntimeError, "switch_trap")
  return true
}

/// Checks that the running tasklet may switch away from this native; false with an exception set.
func maySwitch(_ t: ThreadRef, _ s: Value) -> Bool { !trapped(t, s) }

func taskletArgument(_ t: ThreadRef, _ v: Value) -> Bool {
  if isTasklet(v) { return true }
  t.typeError("tasklet expected, not \(typeName(v))")
  return false
}

/// Defines `tasklet`, the scheduler and the natives of `tasklets_core.py`.
func installScheduler(_ t: ThreadRef) {
  let sched = defineType(t, "scheduler", module: "_weft", fields: SchedulerField.fields, base: BuiltinType.object.object, subclassable: false)
  weft_roots()[schedulerRoot] = sched
  setString(t, appNamespace, intern(t, "scheduler_type"), sched)
  let type = defineType(t, "tasklet", module: "_stackless", fields: TaskletField.count, base: BuiltinType.object.object)
  type.typeObject.pointee.flags |= TypeFlag.weakrefs
  weft_roots()[taskletRoot] = type
  setString(t, appNamespace, intern(t, "tasklet"), type)
  let d = TypeDefinition(t, type)
  d.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    guard isType(a[0]), isSubtype(a[0], taskletType) else { return t.typeError("tasklet.__new__(): not a subtype of tasklet") }
    let v = makeTasklet(t, a[0])
    let c = t.pointee.context
    v.fields[TaskletField.context] = c.isEmpty ? .none : c
    return v
  }
  d.method("__init__", "(self, /, func=None, args=None, kwargs=None)") { t, a, n in
    if (a[1].isEmpty || a[1].isNone) && (a[2].isEmpty || a[2].isNone) { return .none }
    // A plain function, no context to copy: nothing that Python could see.
    if a[1].isExact(.function), a[2].isEmpty, a[3].isEmpty, t.pointee.context.isEmpty, a[0].taskletState == TaskletState.new {
      setField(a[0], TaskletField.function, a[1])
      setField(a[0], TaskletField.tempval, a[1])
      return .none
    }
    return callApp(t, named: "tasklet_init", a[0], a[1], a[2].isEmpty ? .none : a[2], a[3].isEmpty ? .none : a[3])
  }
  for name in ["__call__", "setup"] {
    d.method(name, "(self, /, *args, **kwargs)") { t, a, n in
      if let why = prepare(t, a[0], a[1], a[2].isEmpty ? .none : a[2]) { return why }
      enqueue(scheduler(t), a[0])
      return a[0]
    }
  }
  // State by number (see TaskletState), flags, and the attributes that are fields.
  d.getset("alive", get: { t, a, n in .bool((TaskletState.paused...TaskletState.running).contains(a[0].taskletState) || a[0].taskletState == TaskletState.waiting) })
  d.getset("paused", get: { t, a, n in .bool(a[0].taskletState == TaskletState.paused) })
  d.getset("blocked", get: { t, a, n in .bool(a[0].taskletState == TaskletState.blocked) })
  d.getset("scheduled", get: { t, a, n in
    .bool((TaskletState.runnable...TaskletState.running).contains(a[0].taskletState) || a[0].taskletState == TaskletState.waiting)
  })
  d.getset("is_current", get: { t, a, n in .bool(a[0] == scheduler(t).field(SchedulerField.current)) })
  d.getset("is_main", get: { t, a, n in .bool(a[0] == scheduler(t).field(SchedulerField.main)) })
  d.getset("_channel", get: { t, a, n in a[0].field(TaskletField.channel) })
  d.getset("tempval", get: { t, a, n in a[0].field(TaskletField.tempval) }, set: { t, a, n in setField(a[0], TaskletField.tempval, a[1]); return .none },
           delete: { t, a, n in a[0].fields[TaskletField.tempval] = .none; return .none })
  d.getset("atomic", get: { t, a, n in .bool(a[0].taskletFlags & TaskletFlag.atomic != 0) })
  d.getset("ignore_nesting", get: { t, a, n in .bool(a[0].taskletFlags & TaskletFlag.ignoreNesting != 0) })
  d.getset("block_trap", get: { t, a, n in .bool(a[0].taskletFlags & TaskletFlag.blockTrap != 0) }, set: { t, a, n in
    a[0].fields[TaskletField.flags] = .fixnum(a[1] == .true || a[1].isFixnum && a[1].fixnum != 0 ? a[0].taskletFlags | TaskletFlag.blockTrap
                                                : a[0].taskletFlags & ~TaskletFlag.blockTrap)
    return .none
  })
  d.method("insert", "(self, /)") { t, a, n in
    switch a[0].taskletState {
    case TaskletState.blocked: return t.raise(.RuntimeError, "You cannot run a blocked tasklet")
    case TaskletState.new, TaskletState.dead: return t.raise(.RuntimeError, "You cannot run an unbound(dead) tasklet")
    case TaskletState.paused: enqueue(scheduler(t), a[0]); return a[0]
    default: return a[0]
    }
  }
  d.method("remove", "(self, /)") { t, a, n in
    switch a[0].taskletState {
    case TaskletState.blocked: return t.raise(.RuntimeError, "You cannot remove a blocked tasklet.")
    case TaskletState.running, TaskletState.waiting: return t.raise(.RuntimeError, "The current tasklet cannot be removed.")
    case TaskletState.runnable: dequeue(scheduler(t), a[0]); return a[0]
    default: return a[0]
    }
  }
  d.method("run", "(self, /)") { t, a, n in runTasklet(t, a[0], keep: true, plain: "tasklet_run_plain") }
  d.method("switch", "(self, /)") { t, a, n in runTasklet(t, a[0], keep: false, plain: "tasklet_switch_plain") }

  // (frame, how, state, function, args, kwargs, pending, channel, flags, context)
  defineAppNative(t, "tasklet_fields", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    return makeTuple(t, [a[0].field(TaskletField.state), a[0].field(TaskletField.function), a[0].field(TaskletField.arguments), a[0].field(TaskletField.keywords),
                         a[0].field(TaskletField.pending), a[0].field(TaskletField.channel), a[0].field(TaskletField.flags), a[0].field(TaskletField.context)])
  }
  defineAppNative(t, "tasklet_restore", "(tasklet, state, function, args, kwargs, pending, channel, flags, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    guard a[1].isFixnum, (0...TaskletState.dead).contains(a[1].fixnum), a[7].isFixnum else { return t.valueError("damaged tasklet") }
    guard a[0].taskletState == TaskletState.new else { return t.raise(.RuntimeError, "tasklet is already bound to a frame") }
    let hasFrame = a[0].field(TaskletField.frame).isExact(.frame)
    guard hasFrame == (TaskletState.paused...TaskletState.blocked).contains(a[1].fixnum) else { return t.valueError("damaged tasklet: frames") }
    guard a[5].isNone || isExceptionInstance(a[5]), a[6].isNone || isChannel(a[6]), a[1].fixnum != TaskletState.blocked || !a[6].isNone else { return t.valueError("damaged tasklet") }
    a[0].setTaskletState(a[1].fixnum == TaskletState.runnable ? TaskletState.paused : a[1].fixnum)
    setField(a[0], TaskletField.function, a[2])
    setField(a[0], TaskletField.arguments, a[3])
    setField(a[0], TaskletField.keywords, a[4])
    setField(a[0], TaskletField.pending, a[5])
    setField(a[0], TaskletField.channel, a[6])
    a[0].fields[TaskletField.flags] = .fixnum(a[7].fixnum & 15)
    return .none
  }
  defineAppNative(t, "tasklet_set_function", "(tasklet, function, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    setField(a[0], TaskletField.function, a[1])
    a[0].setTaskletState(TaskletState.new)
    return .none
  }
  defineAppNative(t, "tasklet_prepare", "(tasklet, args, kwargs, /)") { t, a, n in prepare(t, a[0], a[1], a[2]) ?? .none }
  defineAppNative(t, "tasklet_set_pending", "(tasklet, exception, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    guard a[1].isNone || isExceptionInstance(a[1]) else { return t.typeError("exception expected") }
    setField(a[0], TaskletField.pending, a[1])
    return .none
  }
  defineAppNative(t, "tasklet_set_context", "(tasklet, context, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    setField(a[0], TaskletField.context, a[1])
    return .none
  }
  // Sets flag bits; the old flags.
  defineAppNative(t, "tasklet_flags", "(tasklet, bits, on, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[1].isFixnum else { return .empty }
    let old = a[0].taskletFlags
    a[0].fields[TaskletField.flags] = .fixnum(a[2] == .true ? old | a[1].fixnum : old & ~a[1].fixnum)
    return .fixnum(old)
  }
  // A tasklet that has not started never will.
  defineAppNative(t, "tasklet_forget", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    if a[0].taskletState == TaskletState.paused {
      a[0].fields[TaskletField.frame] = .none
      a[0].fields[TaskletField.function] = .none
      a[0].setTaskletState(TaskletState.dead)
    }
    return .none
  }
  // Takes a blocked tasklet from its channel: it is paused then.
  defineAppNative(t, "tasklet_unblock", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    if a[0].taskletState == TaskletState.blocked { channelRemove(a[0].field(TaskletField.channel), a[0]) }
    return .none
  }
  // The tasklet's own function, called by the bottom of its chain: a tail call.
  defineAppNative(t, "tasklet_call", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    let task = a[0], error = task.field(TaskletField.pending)
    if !error.isNone, isExceptionInstance(error) {
      task.fields[TaskletField.pending] = .none
      return t.raise(error)
    }
    let f = task.field(TaskletField.function), args = task.field(TaskletField.arguments), kwargs = task.field(TaskletField.keywords)
    task.fields[TaskletField.arguments] = .none
    task.fields[TaskletField.keywords] = .none
    if kwargs.isObject && kwargs.kind == .dict && kwargs.used > 0 { return callApp(t, .callEx, f, args, kwargs) }
    guard args.isKind(.tuple) else { return call(t, f, a, 0) }
    let w = t.pointee.window!, k = args.count
    for i in 0..<k { w[i] = args.items[i] }
    t.pointee.window = w + k
    let r = call(t, f, w, k)
    t.pointee.window = w
    return r
  }
  // The running tasklet has ended: goes on with another one.
  defineAppNative(t, "tasklet_end", "(tasklet, /)") { t, a, n in
    let s = scheduler(t), task = s.field(SchedulerField.current)
    if task == s.field(SchedulerField.main) { return t.raise(.RuntimeError, "the main tasklet cannot end here") }
    if callbacksActive && task.taskletState == TaskletState.running {
      task.setTaskletState(TaskletState.dead)
      return callApp(t, named: "tasklet_end_hooked", task)
    }
    task.setTaskletState(TaskletState.dead)
    task.fields[TaskletField.function] = .none
    task.fields[TaskletField.tempval] = .none
    if waitsForTimer(s) { return callApp(t, named: "tasklet_end_idle", task) }
    var next = nextRunnable(s)
    if next.isNone {
      let main = s.field(SchedulerField.main)
      if main.taskletState == TaskletState.blocked {
        channelRemove(main.field(TaskletField.channel), main)
        setField(main, TaskletField.pending, deadlock(t))
      }
      next = main
    }
    return resumeTasklet(t, s, next)
  }
  // The running tasklet ends with an error, which the main tasklet is to raise now.
  defineAppNative(t, "tasklet_surface", "(tasklet, exception, /)") { t, a, n in
    let s = scheduler(t), main = s.field(SchedulerField.main), task = s.field(SchedulerField.current)
    guard isExceptionInstance(a[1]) else { return t.typeError("exception expected") }
    if task == main { return t.raise(a[1]) }
    task.setTaskletState(TaskletState.dead)
    task.fields[TaskletField.function] = .none
    if main.taskletState == TaskletState.runnable { dequeue(s, main) }
    if main.taskletState == TaskletState.blocked { channelRemove(main.field(TaskletField.channel), main) }
    setField(main, TaskletField.pending, a[1])
    return resumeTasklet(t, s, main)
  }
  defineAppNative(t, "scheduler_here", "()") { t, a, n in scheduler(t) }
  // Whether this thread has tasklets besides the one that runs.
  defineAppNative(t, "scheduler_active", "()") { t, a, n in
    let s = t.pointee.schedulerHead
    if s.isEmpty { return .false }
    return .bool(!s.field(SchedulerField.head).isNone || s.field(SchedulerField.current) != s.field(SchedulerField.main) || !s.field(SchedulerField.timers).isNone)
  }
  defineAppNative(t, "scheduler_field", "(scheduler, which, /)") { t, a, n in
    guard a[0].type == schedulerType, a[1].isFixnum, (0..<SchedulerField.fields).contains(a[1].fixnum) else { return t.typeError("scheduler expected") }
    return a[0].field(a[1].fixnum)
  }
  defineAppNative(t, "scheduler_set", "(scheduler, which, value, /)") { t, a, n in
    guard a[0].type == schedulerType, a[1].isFixnum, (SchedulerField.trap..<SchedulerField.fields).contains(a[1].fixnum) else { return t.typeError("scheduler expected") }
    setField(a[0], a[1].fixnum, a[2])
    return .none
  }
  // Live instances of a class; right after gc_collect_now().
  defineAppNative(t, "heap_instances", "(cls, /)") { t, a, n in
    guard isType(a[0]) else { return t.typeError("class expected") }
    let cls = a[0]
    var found: [Value] = []
    forEachOldObject { if $0.shape.pointee.layout == Layout.record.rawValue && ($0.type == cls || isSubtype($0.type, cls)) { found.append($0) } }
    let list = makeList(t)
    for v in found { listAppend(t, list, v) }
    return list
  }
  defineAppNative(t, "scheduler_callbacks", "(active, /)") { t, a, n in callbacksActive = a[0] == .true; return .none }
  // Lets the queue run from inside run(): returns when nothing in it can run, or what interrupted it.
  defineAppNative(t, "scheduler_step", "()") { t, a, n in
    let s = scheduler(t), main = s.field(SchedulerField.main)
    guard main == s.field(SchedulerField.current) else { return t.raise(.RuntimeError, "run() must be run from the main tasklet") }
    if s.field(SchedulerField.head).isNone { return .none }
    guard canPark(t) else { return t.raise(.RuntimeError, "cannot switch here") }
    if trapped(t, s) { return .empty }
    let next = nextRunnable(s)
    main.setTaskletState(TaskletState.waiting)
    return switchTo(t, s, next)
  }
  // What programs call most, as functions of the module.
  func function(_ name: String, _ signature: StaticString, _ code: @escaping NativeCode) {
    setString(t, appNamespace, intern(t, "stackless_" + name), makeNative(t, .builtinFunction, name, signature, owner: intern(t, "stackless"), code))
  }
  function("schedule", "(retval=current, /)") { t, a, n in
    let value = n > 0 ? a[0] : scheduler(t).field(SchedulerField.current)
    if callbacksActive || !canPark(t) { return callApp(t, named: "schedule_hooked", .true, value) }
    return schedule(t, keep: true, value)
  }
  function("schedule_remove", "(retval=current, /)") { t, a, n in
    let value = n > 0 ? a[0] : scheduler(t).field(SchedulerField.current)
    if callbacksActive || !canPark(t) { return callApp(t, named: "schedule_hooked", .false, value) }
    return schedule(t, keep: false, value)
  }
  function("getcurrent", "()") { t, a, n in scheduler(t).field(SchedulerField.current) }
  function("getmain", "()") { t, a, n in scheduler(t).field(SchedulerField.main) }
  function("getruncount", "()") { t, a, n in .fixnum(scheduler(t).field(SchedulerField.count).fixnum + 1) }
  function("run", "(timeout=0, threadblock=False, soft=False, ignore_nesting=False, totaltimeout=False)") { t, a, n in
    let s = scheduler(t), main = s.field(SchedulerField.main)
    // Plainly: until nothing in the queue can run.
    if a[0].isEmpty && a[1].isEmpty && a[2].isEmpty && a[3].isEmpty && a[4].isEmpty, canPark(t), !callbacksActive, s.field(SchedulerField.timers).isNone,
       main == s.field(SchedulerField.current), !s.field(SchedulerField.head).isNone, s.field(SchedulerField.trap).fixnum == 0 {
      let next = nextRunnable(s)
      main.setTaskletState(TaskletState.waiting)
      return switchTo(t, s, next)
    }
    func given(_ i: Int) -> Value { a[i].isEmpty ? .false : a[i] }
    return callApp(t, named: "stackless_run_slow", given(0), given(1), given(2), given(3), given(4))
  }
  // The current tasklet leaves (`keep`: goes to the end of the queue) and the next one runs; `value` is what it gets back.
  defineAppNative(t, "scheduler_schedule", "(keep, value, /)") { t, a, n in
    guard canPark(t) else { return callApp(t, named: "schedule_plain", a[0], a[1]) }
    return schedule(t, keep: a[0] == .true, a[1])
  }
}

/// schedule() and schedule_remove().
func schedule(_ t: ThreadRef, keep: Bool, _ value: Value) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current)
  if keep && s.field(SchedulerField.head).isNone { return value }
  if trapped(t, s) { return .empty }
  if !keep && waitsForTimer(s) { return callApp(t, named: "schedule_idle", value) }
  setField(me, TaskletField.tempval, value)
  if keep {
    let next = nextRunnable(s)
    enqueue(s, me)
    return switchTo(t, s, next)
  }
  if me == s.field(SchedulerField.main) && s.field(SchedulerField.head).isNone {
    me.fields[TaskletField.tempval] = .none
    return t.raise(.RuntimeError, "Deadlock: the last runnable tasklet cannot be blocked.")
  }
  me.setTaskletState(TaskletState.paused)
  return stopCurrent(t, s)
}

/// App-level `tasklet_body`.
func taskletBody(_ t: ThreadRef) -> Value {
  let at = RootRegion.misc + 703
  if weft_roots()[at].isEmpty { weft_roots()[at] = getString(appNamespace, intern(t, "tasklet_body")) }
  return weft_roots()[at]
}

/// Puts a function's frame for the bottom of the tasklet's chain in place; nil, or what the native is to return.
private func prepare(_ t: ThreadRef, _ task: Value, _ args: Value, _ kwargs: Value) -> Value? {
  guard taskletArgument(t, task) else { return .empty }
  if task.field(TaskletField.function).isNone { return t.typeError("the tasklet was not bound to a function") }
  if task.taskletState != TaskletState.new { return t.raise(.RuntimeError, "tasklet is already bound to a frame") }
  let body = taskletBody(t), running = t.pointee.frame
  setField(task, TaskletField.arguments, args)
  setField(task, TaskletField.keywords, kwargs)
  let w = t.pointee.window!
  w[0] = task
  let r = callFunction(t, body, w, 1, .empty)
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

/// tasklet.run() (the caller stays runnable, next after the tasklet) and tasklet.switch() (the caller is paused).
private func runTasklet(_ t: ThreadRef, _ task: Value, keep: Bool, plain: String) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current)
  if task == me { return .none }
  switch task.taskletState {
  case TaskletState.blocked: return t.raise(.RuntimeError, "You cannot run a blocked tasklet")
  case TaskletState.new, TaskletState.dead: return t.raise(.RuntimeError, "You cannot run an unbound(dead) tasklet")
  default: break
  }
  guard canPark(t) else { return callApp(t, named: plain, task) }
  if trapped(t, s) { return .empty }
  if callbacksActive { return callApp(t, named: "tasklet_run_hooked", task, .bool(keep)) }
  return runNow(t, s, task, keep: keep)
}
func runNow(_ t: ThreadRef, _ s: Value, _ task: Value, keep: Bool) -> Value {
  let me = s.field(SchedulerField.current)
  // The queue is a ring that begins at the current tasklet: turn it so that it begins at `task`.
  var before: [Value] = []
  if task.taskletState == TaskletState.runnable {
    while s.field(SchedulerField.head) != task {
      let first = s.field(SchedulerField.head)
      dequeue(s, first)
      before.append(first)
    }
    dequeue(s, task)
    if keep { enqueue(s, me) } else { me.setTaskletState(TaskletState.paused) }
    for b in before { enqueue(s, b) }
  } else if keep {
    me.setTaskletState(TaskletState.runnable)
    queuePrepend(s, SchedulerField.head, me)
    s.fields[SchedulerField.count] = .fixnum(s.field(SchedulerField.count).fixnum + 1)
  } else {
    me.setTaskletState(TaskletState.paused)
  }
  me.fields[TaskletField.tempval] = .none
  return switchTo(t, s, task)
}
