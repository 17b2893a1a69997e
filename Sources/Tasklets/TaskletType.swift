// The class `tasklet`, the module functions that programs call most, and the natives of `tasklets_core.py` about them.

import Builtins
import Heap
import Objects

/// Puts a tasklet into the queue of its scheduler.
private func insert(_ t: ThreadRef, _ task: Value) -> Value {
  switch task.taskletState {
  case TaskletState.blocked, TaskletState.sleeping: return t.raise(.RuntimeError, "You cannot run a blocked tasklet")
  case TaskletState.new, TaskletState.dead: return t.raise(.RuntimeError, "You cannot run an unbound(dead) tasklet")
  case TaskletState.waiting:
    leaveRun(task.owner, task)
    makeRunnable(t, task)
  case TaskletState.paused:
    if !SchedulerHost.isAlive(task.owner) { return t.raise(.RuntimeError, "tasklet has no thread") }
    makeRunnable(t, task)
  default: break
  }
  return task
}

/// throw(), raise_exception(), kill(): nil where the tasklet is not alive.
private func raiseInside(_ t: ThreadRef, _ task: Value, _ error: Value, pending: Bool, isExit: Bool) -> Value? {
  let s = scheduler(t)
  if task == s.field(SchedulerField.current) { return t.raise(error) }
  if task.taskletState == TaskletState.new || task.taskletState == TaskletState.dead { return nil }
  if isExit && task.field(TaskletField.how).fixnum < 0 {
    if task.taskletState == TaskletState.runnable { dequeue(task.owner, task) }
    forget(task)
    return Value.none
  }
  if !SchedulerHost.isAlive(task.owner) { return t.raise(.RuntimeError, "tasklet has no thread") }
  if !pending && task.owner == s {
    guard canPark(t) else { return callApp(t, named: "tasklet_raise_plain", task, error) }
    if trapped(t, s) { return .empty }
  }
  unblock(t, task)
  setField(task, TaskletField.pending, error)
  if pending {
    if task.taskletState == TaskletState.waiting { leaveRun(task.owner, task) }
    if task.taskletState == TaskletState.paused { makeRunnable(t, task) }
    return Value.none
  }
  return runTasklet(t, task, keep: true, plain: "tasklet_run_plain")
}
private func forget(_ task: Value) {
  task.fields[TaskletField.frame] = .none
  task.fields[TaskletField.how] = .fixnum(-1)
  task.fields[TaskletField.function] = .none
  task.fields[TaskletField.arguments] = .none
  task.fields[TaskletField.tempval] = .none
  task.fields[TaskletField.pending] = .none
  task.setTaskletState(TaskletState.dead)
}

/// Defines `tasklet`, the scheduler and the natives of `tasklets_core.py`.
func installScheduler(_ t: ThreadRef) {
  schedulerType = defineType(t, "scheduler", module: "_weft", fields: SchedulerField.fields, base: BuiltinType.object.object, subclassable: false)
  setString(t, appNamespace, intern(t, "scheduler_type"), schedulerType)
  let type = defineType(t, "tasklet", module: "_stackless", fields: TaskletField.count, base: BuiltinType.object.object)
  type.typeObject.pointee.flags |= TypeFlag.weakrefs
  taskletType = type
  setString(t, appNamespace, intern(t, "tasklet"), type)
  defineTaskletClass(t, TypeDefinition(t, type))
  installTaskletNatives(t)
  installSchedulerNatives(t)
  installStacklessFunctions(t)
}

private func defineTaskletClass(_ t: ThreadRef, _ d: TypeDefinition) {
  d.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    guard isType(a[0]), isSubtype(a[0], taskletType) else { return t.typeError("tasklet.__new__(): not a subtype of tasklet") }
    let v = makeTasklet(t, a[0], owner: scheduler(t))
    let c = t.pointee.context
    v.fields[TaskletField.context] = c.isEmpty ? .none : c
    return v
  }
  d.method("__init__", "(self, /, func=None, args=None, kwargs=None)", effects: Effects.oneFrame) { t, a, n in
    if (a[1].isEmpty || a[1].isNone) && (a[2].isEmpty || a[2].isNone) && (a[3].isEmpty || a[3].isNone) { return .none }
    // A plain function, no context to copy: nothing that Python could see.
    if a[1].isExact(.function), a[2].isEmpty, a[3].isEmpty, t.pointee.context.isEmpty, a[0].taskletState == TaskletState.new,
       weft_roots()[RootRegion.misc + 761].isEmpty {
      setField(a[0], TaskletField.function, a[1])
      setField(a[0], TaskletField.tempval, a[1])
      return .none
    }
    return callApp(t, named: "tasklet_init", a[0], a[1].isEmpty ? .none : a[1], a[2].isEmpty ? .none : a[2], a[3].isEmpty ? .none : a[3])
  }
  setDirectNatives(taskletType, DirectNatives(make: { t, type, a, n in
    // A plain function, no context to copy: nothing that Python could see.
    guard n == 1, a[0].isExact(.function), t.pointee.context.isEmpty, weft_roots()[RootRegion.misc + 761].isEmpty else { return .empty }
    let v = makeTasklet(t, type, owner: scheduler(t))
    v.fields[TaskletField.function] = a[0]
    v.fields[TaskletField.tempval] = a[0]
    return v
  }, call: { t, task, a, n in
    guard task.owner == t.pointee.schedulerHead, startShort(t, task, a, n) else { return .empty }
    enqueue(task.owner, task)
    return task
  }))
  for name in ["__call__", "setup"] {
    d.method(name, "(self, /, *args, **kwargs)") { t, a, n in
      if a[2].isEmpty, a[1].isExact(.tuple), startShort(t, a[0], a[1].items, a[1].count) {
        makeRunnable(t, a[0])
        return a[0]
      }
      if let why = prepare(t, a[0], a[1], a[2].isEmpty ? .none : a[2]) { return why }
      makeRunnable(t, a[0])
      return a[0]
    }
  }
  d.getset("alive", get: { t, a, n in .bool(a[0].taskletState != TaskletState.new && a[0].taskletState != TaskletState.dead) })
  d.getset("paused", get: { t, a, n in .bool(a[0].taskletState == TaskletState.paused || a[0].taskletState == TaskletState.waiting) })
  d.getset("blocked", get: { t, a, n in .bool(a[0].taskletState == TaskletState.blocked || a[0].taskletState == TaskletState.sleeping) })
  d.getset("scheduled", get: { t, a, n in
    .bool((TaskletState.runnable...TaskletState.running).contains(a[0].taskletState) || a[0].taskletState == TaskletState.sleeping)
  })
  d.getset("is_current", get: { t, a, n in .bool(a[0].owner.isObject && a[0].owner.type == schedulerType && a[0] == a[0].owner.field(SchedulerField.current)) })
  d.getset("is_main", get: { t, a, n in .bool(a[0].owner.isObject && a[0].owner.type == schedulerType && a[0] == a[0].owner.field(SchedulerField.main)) })
  d.getset("thread_id", get: { t, a, n in
    guard SchedulerHost.isAlive(a[0].owner) else { return .fixnum(-1) }
    return makeInt(t, Int(truncatingIfNeeded: SchedulerHost.of(a[0].owner).ident))
  })
  d.getset("_channel", get: { t, a, n in isChannel(a[0].field(TaskletField.channel)) ? a[0].field(TaskletField.channel) : .none })
  d.getset("tempval", get: { t, a, n in a[0].field(TaskletField.tempval) }, set: { t, a, n in setField(a[0], TaskletField.tempval, a[1]); return .none },
           delete: { t, a, n in a[0].fields[TaskletField.tempval] = .none; return .none })
  d.getset("atomic", get: { t, a, n in .bool(a[0].taskletFlags & TaskletFlag.atomic != 0) })
  d.getset("ignore_nesting", get: { t, a, n in .bool(a[0].taskletFlags & TaskletFlag.ignoreNesting != 0) })
  d.getset("switches", get: { t, a, n in .fixnum(a[0].taskletFlags / TaskletFlag.oneSwitch) })
  d.getset("block_trap", get: { t, a, n in .bool(a[0].taskletFlags & TaskletFlag.blockTrap != 0) }, set: { t, a, n in
    a[0].setTaskletFlags(a[1] == .true || a[1].isFixnum && a[1].fixnum != 0 ? a[0].taskletFlags | TaskletFlag.blockTrap
                           : a[0].taskletFlags & ~TaskletFlag.blockTrap)
    return .none
  })
  d.method("insert", "(self, /)") { t, a, n in insert(t, a[0]) }
  d.method("remove", "(self, /)") { t, a, n in
    switch a[0].taskletState {
    case TaskletState.blocked, TaskletState.sleeping: return t.raise(.RuntimeError, "You cannot remove a blocked tasklet.")
    case TaskletState.running: return t.raise(.RuntimeError, "The current tasklet cannot be removed.")
    case TaskletState.runnable: dequeue(a[0].owner, a[0]); return a[0]
    default: return a[0]
    }
  }
  d.method("run", "(self, /)") { t, a, n in runTasklet(t, a[0], keep: true, plain: "tasklet_run_plain") }
  d.method("switch", "(self, /)") { t, a, n in runTasklet(t, a[0], keep: false, plain: "tasklet_switch_plain") }
}

private func installTaskletNatives(_ t: ThreadRef) {
  // (state, function, args, kwargs, pending, channel, flags, context)
  defineAppNative(t, "tasklet_fields", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    undoShort(t, a[0])
    let arguments = a[0].field(TaskletField.arguments), both = arguments.isExact(.list) && arguments.listCount == 2
    let isArm = a[0].taskletFlags & TaskletFlag.arm != 0
    return makeTuple(t, [a[0].field(TaskletField.state), a[0].field(TaskletField.function), both ? arguments.listItems[0] : isArm ? arguments : givenArguments(t, arguments),
                         both ? arguments.listItems[1] : .none, a[0].field(TaskletField.pending), a[0].field(TaskletField.channel),
                         .fixnum(a[0].taskletFlags & (TaskletFlag.oneSwitch - 1)), a[0].taskletContext])
  }
  defineAppNative(t, "tasklet_restore", "(tasklet, state, function, args, kwargs, pending, channel, flags, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    guard a[1].isFixnum, (0...TaskletState.sleeping).contains(a[1].fixnum), a[7].isFixnum else { return t.valueError("damaged tasklet") }
    guard a[0].taskletState == TaskletState.new else { return t.raise(.RuntimeError, "tasklet is already bound to a frame") }
    var state = a[1].fixnum, channel = a[6]
    let hasFrame = a[0].field(TaskletField.frame).isExact(.frame), isArm = a[7].fixnum & TaskletFlag.arm != 0
    // What was in a queue, in run(), or waited for time or files is paused; a select goes on waiting.
    let inSelect = state == TaskletState.sleeping && channel.isExact(.list) && channel.listCount == WaitField.count && channel.listItems[WaitField.arms].isExact(.list)
    switch state {
    case TaskletState.running: return t.valueError("damaged tasklet")
    case TaskletState.sleeping where !inSelect: state = TaskletState.paused; channel = .none
    case TaskletState.runnable, TaskletState.waiting: state = TaskletState.paused
    default: break
    }
    let live = state == TaskletState.paused || state == TaskletState.blocked || state == TaskletState.sleeping
    guard isArm ? state == TaskletState.blocked && !hasFrame && a[2].isExact(.list) && a[2].listCount == WaitField.count && a[3].isFixnum : hasFrame == live else {
      return t.valueError("damaged tasklet: frames")
    }
    guard a[5].isNone || isExceptionInstance(a[5]), state != TaskletState.blocked || isChannel(channel), channel.isNone || isChannel(channel) || channel.isExact(.list) else {
      return t.valueError("damaged tasklet")
    }
    a[0].setTaskletState(state)
    setField(a[0], TaskletField.function, a[2])
    setField(a[0], TaskletField.arguments, a[4].isObject && !a[4].isNone && a[4].kind == .dict ? makeList(t, [a[3], a[4]]) : a[3])
    setField(a[0], TaskletField.pending, a[5])
    setField(a[0], TaskletField.channel, channel)
    a[0].setTaskletFlags(a[7].fixnum & (TaskletFlag.kept | TaskletFlag.arm))
    return .none
  }
  defineAppNative(t, "tasklet_set_function", "(tasklet, function, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    forget(a[0])
    setField(a[0], TaskletField.function, a[1])
    setField(a[0], TaskletField.tempval, a[1])
    a[0].setTaskletState(TaskletState.new)
    return .none
  }
  defineAppNative(t, "tasklet_prepare", "(tasklet, args, kwargs, /)") { t, a, n in prepare(t, a[0], a[1], a[2]) ?? .none }
  defineAppNative(t, "tasklet_set_context", "(tasklet, context, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    let c = a[0].field(TaskletField.context)
    setField(a[0], TaskletField.context, c.isExact(.list) ? makeList(t, [a[1], c.listItems[1], c.listItems[2], c.listItems[3]]) : a[1])
    return .none
  }
  // Trace (1) and profile (2) function of a tasklet that does not run.
  defineAppNative(t, "tasklet_traced", "(tasklet, which, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[1] == .fixnum(1) || a[1] == .fixnum(2) else { return .empty }
    let c = a[0].field(TaskletField.context)
    return c.isExact(.list) ? c.listItems[a[1].fixnum] : .none
  }
  defineAppNative(t, "tasklet_set_traced", "(tasklet, which, function, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[1] == .fixnum(1) || a[1] == .fixnum(2) else { return .empty }
    let c = a[0].field(TaskletField.context)
    let list = c.isExact(.list) ? makeList(t, from: c.listItems, count: 4) : makeList(t, [c, .none, .none, .fixnum(0)])
    list.listItems[a[1].fixnum] = a[2]
    setField(a[0], TaskletField.context, list)
    return .none
  }
  // Sets flag bits; the old flags.
  defineAppNative(t, "tasklet_flags", "(tasklet, bits, on, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[1].isFixnum else { return .empty }
    let old = a[0].taskletFlags
    a[0].setTaskletFlags(a[2] == .true ? old | a[1].fixnum & 7 : old & ~(a[1].fixnum & 7))
    return .fixnum(old & 7)
  }
  // An exception for a tasklet, now or when it runs next; False where it is not alive.
  defineAppNative(t, "tasklet_raise", "(tasklet, exception, pending, is_exit, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    return raiseInside(t, a[0], a[1], pending: a[2] == .true, isExit: a[3] == .true) ?? .false
  }
  // Nothing was lost: the thread of a paused or blocked tasklet, by its scheduler.
  defineAppNative(t, "tasklet_move", "(tasklet, scheduler, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[1].isObject, a[1].type == schedulerType else { return t.typeError("scheduler expected") }
    setField(a[0], TaskletField.owner, a[1])
    return .none
  }
  defineAppNative(t, "tasklet_owner", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    return a[0].owner
  }
  // The tasklet's own function, called by the bottom of its chain: a tail call.
  defineAppNative(t, "tasklet_call", "(tasklet, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    let task = a[0], error = task.field(TaskletField.pending)
    learnBody(t)
    if !error.isNone, isExceptionInstance(error) {
      task.fields[TaskletField.pending] = .none
      return t.raise(error)
    }
    let f = task.field(TaskletField.function), args = task.field(TaskletField.arguments)
    task.fields[TaskletField.arguments] = .none
    task.fields[TaskletField.tempval] = .none
    if args.isExact(.list), args.listCount == 2 { return callApp(t, .callEx, f, args.listItems[0], args.listItems[1]) }
    if args.isNone { return call(t, f, a, 0) }
    guard args.isObject, args.isKind(.tuple) else { return call(t, f, args) }
    let w = t.pointee.window!, k = args.count
    for i in 0..<k { w[i] = args.items[i] }
    t.pointee.window = w + k
    let r = call(t, f, w, k)
    t.pointee.window = w
    return r
  }
  // The exception that the frame behind the caller's handles.
  defineAppNative(t, "tasklet_exception", "()") { t, a, n in
    guard let f = t.pointee.frame?.pointee.back, !f.pointee.handled.isEmpty else { return .none }
    return f.pointee.handled
  }
  // The running tasklet has ended, with None or the error that the innermost run() (or the main tasklet) is to raise: goes on
  // with another one.
  defineAppNative(t, "tasklet_end", "(error=None, /)") { t, a, n in
    let s = scheduler(t), task = s.field(SchedulerField.current), failure = n > 0 ? a[0] : .none
    if task == s.field(SchedulerField.main) { return t.raise(.RuntimeError, "the main tasklet cannot end here") }
    guard failure.isNone || isExceptionInstance(failure) else { return t.typeError("exception expected") }
    forget(task)
    let ended = t.pointee.frame
    var next: Value
    if !failure.isNone {
      let watch = s.field(SchedulerField.watch)
      next = watch.isNone ? s.field(SchedulerField.main) : watch
      surface(t, s, next, failure)
    } else {
      next = nextRunnable(t, s)
      if next.isNone {
        let main = s.field(SchedulerField.main)
        let direction = main.taskletState == TaskletState.blocked ? main.field(TaskletField.channel).field(ChannelField.balance).fixnum : 0
        unblock(t, main)
        if direction != 0 {
          setField(main, TaskletField.pending, makeError(t, .RuntimeError, direction < 0 ? "The main tasklet is receiving without a sender available."
                                                           : "The main tasklet is sending without a receiver available."))
        } else if main.field(TaskletField.pending).isNone {
          setField(main, TaskletField.pending, makeError(t, .RuntimeError, deadlockText))
        }
        next = main
      }
    }
    if SwitchHooks.active & SwitchHooks.schedule != 0 {
      s.fields[SchedulerField.trap] = .fixnum(s.field(SchedulerField.trap).fixnum + 1)
      return callApp(t, named: "switch_end_hooked", next)
    }
    guard next.field(TaskletField.frame).isExact(.frame) else { return resumeTasklet(t, s, next) }
    let r = resumeTasklet(t, s, next)
    // Nobody has seen the bottom frame: it is free.
    if let f = ended, f.pointee.back == nil, f.pointee.function == taskletBody(t), f.pointee.header.flags & (FrameFlag.escaped | FrameFlag.generator | FrameFlag.traced) == 0,
       f != t.pointee.frame { freeFrame(t, f) }
    return r
  }
  // The idle tasklet got an exception (a signal handler's): the main tasklet raises it.
  defineAppNative(t, "idle_failed", "(exception, /)") { t, a, n in
    let s = scheduler(t), main = s.field(SchedulerField.main), me = s.field(SchedulerField.current)
    surface(t, s, main, a[0])
    me.setTaskletState(TaskletState.paused)
    return switchNow(t, s, main)
  }
  defineAppNative(t, "switch_now", "(tasklet, ended, /)") { t, a, n in
    guard taskletArgument(t, a[0]) else { return .empty }
    let s = scheduler(t)
    s.fields[SchedulerField.trap] = .fixnum(s.field(SchedulerField.trap).fixnum - 1)
    return a[1] == .true ? resumeTasklet(t, s, a[0]) : switchNow(t, s, a[0])
  }
}
/// An exception for a tasklet of this thread that is to run next.
private func surface(_ t: ThreadRef, _ s: Value, _ task: Value, _ error: Value) {
  if task.taskletState == TaskletState.runnable { dequeue(s, task) }
  unblock(t, task)
  setField(task, TaskletField.pending, error)
}

private func installSchedulerNatives(_ t: ThreadRef) {
  defineAppNative(t, "scheduler_here", "()") { t, a, n in scheduler(t) }
  // The current tasklet where it is not its thread's main one, else None; makes no scheduler.
  defineAppNative(t, "scheduler_side", "()") { t, a, n in
    let s = t.pointee.schedulerHead
    return s.isEmpty || s.field(SchedulerField.current) == s.field(SchedulerField.main) ? .none : s.field(SchedulerField.current)
  }
  // Whether this thread has tasklets besides the one that runs.
  defineAppNative(t, "scheduler_active", "()") { t, a, n in
    let s = t.pointee.schedulerHead
    if s.isEmpty { return .false }
    return .bool(!s.field(SchedulerField.head).isNone || s.field(SchedulerField.current) != s.field(SchedulerField.main) || hasWaits(s))
  }
  defineAppNative(t, "scheduler_field", "(scheduler, which, /)") { t, a, n in
    guard a[0].isObject, a[0].type == schedulerType, a[1].isFixnum, (0..<SchedulerField.fields).contains(a[1].fixnum) else { return t.typeError("scheduler expected") }
    return a[0].field(a[1].fixnum)
  }
  defineAppNative(t, "scheduler_set", "(scheduler, which, value, /)") { t, a, n in
    guard a[0].isObject, a[0].type == schedulerType, a[1].isFixnum, a[1].fixnum == SchedulerField.trap && a[2].isFixnum || a[1].fixnum == SchedulerField.extra else {
      return t.typeError("scheduler expected")
    }
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
    for v in found where !isTasklet(v) || v.taskletFlags & (TaskletFlag.arm | TaskletFlag.hidden) == 0 { listAppend(t, list, v) }
    return list
  }
  // Bits of SwitchHooks: 1 there is a schedule callback, 2 a channel callback.
  defineAppNative(t, "scheduler_hooks", "(schedule, channel, /)") { t, a, n in
    SwitchHooks.set(SwitchHooks.schedule, a[0] == .true)
    SwitchHooks.set(SwitchHooks.channel, a[1] == .true)
    return .none
  }
  // Whether tasklet_init() wants to see every tasklet.
  defineAppNative(t, "scheduler_watch_births", "(on, /)") { t, a, n in
    weft_roots()[RootRegion.misc + 761] = a[0] == .true ? .true : .empty
    return .none
  }
  // The current tasklet leaves (`keep`: goes to the end of the queue) and the next one runs; `value` is what it gets back.
  defineAppNative(t, "scheduler_schedule", "(keep, value, /)") { t, a, n in
    guard canPark(t) else { return callApp(t, named: "schedule_plain", a[0], a[1]) }
    return schedule(t, keep: a[0] == .true, a[1])
  }
}

/// What programs call most, as functions of the module.
private func installStacklessFunctions(_ t: ThreadRef) {
  func function(_ name: String, _ signature: StaticString, _ code: @escaping NativeCode) {
    setString(t, appNamespace, intern(t, "stackless_" + name), makeNative(t, .builtinFunction, name, signature, owner: intern(t, "stackless"), code))
  }
  function("schedule", "(retval=current, /)") { t, a, n in
    if turn(t, n > 0 ? a[0] : .empty) { return .empty }
    let value = n > 0 ? a[0] : scheduler(t).field(SchedulerField.current)
    if !canPark(t) { return callApp(t, named: "schedule_plain", .true, value) }
    return schedule(t, keep: true, value)
  }
  function("schedule_remove", "(retval=current, /)") { t, a, n in
    let value = n > 0 ? a[0] : scheduler(t).field(SchedulerField.current)
    if !canPark(t) { return callApp(t, named: "schedule_plain", .false, value) }
    return schedule(t, keep: false, value)
  }
  function("getcurrent", "()") { t, a, n in scheduler(t).field(SchedulerField.current) }
  function("getmain", "()") { t, a, n in scheduler(t).field(SchedulerField.main) }
  function("getruncount", "()") { t, a, n in .fixnum(scheduler(t).field(SchedulerField.count).fixnum + 1) }
  function("run", "(timeout=0, threadblock=False, soft=False, ignore_nesting=False, totaltimeout=False)") { t, a, n in
    if a[0].isEmpty && a[1].isEmpty && a[2].isEmpty && a[3].isEmpty && a[4].isEmpty && canPark(t) {
      return runAll(t, timeout: 0, threadBlock: false, soft: false, total: false)
    }
    func given(_ i: Int) -> Value { a[i].isEmpty ? .false : a[i] }
    return callApp(t, named: "stackless_run_slow", given(0), given(1), given(2), given(4))
  }
}
