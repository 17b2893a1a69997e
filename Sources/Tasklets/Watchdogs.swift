// stackless.run(): the stack of tasklets inside it, budgets that interrupt, and choosing what runs next by a seed or a record.
//
// Who calls run() is taken out of the queue and pushed on the stack `watch` (links: `next`). The innermost goes on when
// nothing else can; whoever of the stack goes on, those inside it become runnable again. A budget counts safepoints (loop
// turns and calls), each as `costOfSafepoint` instructions; the request bit stays set while one is counted.

import Builtins
import CWeft
import Heap
import Objects

/// Instructions that a safepoint counts as.
private let costOfSafepoint = 4

/// Pushes the current tasklet as the innermost inside run().
private func enterRun(_ s: Value, _ me: Value) {
  me.setTaskletState(TaskletState.waiting)
  setField(me, TaskletField.next, s.field(SchedulerField.watch))
  setField(s, SchedulerField.watch, me)
}
/// `task` leaves run(); those that are inside of it become runnable.
func leaveRun(_ s: Value, _ task: Value) {
  while true {
    let w = s.field(SchedulerField.watch)
    if w.isNone { return }
    setField(s, SchedulerField.watch, w.field(TaskletField.next))
    w.fields[TaskletField.next] = .none
    w.setTaskletFlags(w.taskletFlags & ~TaskletFlag.threadBlock)
    if s.field(SchedulerField.budgetOwner) == w { stopBudget(s) }
    if w == task { w.setTaskletState(TaskletState.paused); return }
    enqueue(s, w)
  }
}

nonisolated(unsafe) private var budgets = 0
private func stopBudget(_ s: Value) {
  let h = SchedulerHost.of(s)
  s.fields[SchedulerField.budgetOwner] = .none
  h.due = false
  if !counting { weft_request_clear(h.thread, Request.budget) }
  budgets -= 1
  if budgets == 0 { SwitchHooks.set(SwitchHooks.budget, false) }
}
func refillBudget(_ s: Value) {
  let h = SchedulerHost.of(s)
  if !h.total && !h.due { h.left = h.interval }
}
func softDue(_ s: Value) -> Bool { SwitchHooks.active & SwitchHooks.budget != 0 && SchedulerHost.of(s).due && SchedulerHost.of(s).soft }

/// Instructions of each thread are counted, as budgets count them, for the tasklets' counters.
nonisolated(unsafe) private var counting = false
nonisolated(unsafe) private var counted: [ThreadRef: Int] = [:]

/// At a safepoint: counts the budget down; where it is spent, pushes the frame that interrupts. True when it pushed one.
public func watchdogSafepoint(_ t: ThreadRef) -> Bool {
  guard t.pointee.request & Request.budget != 0, !isSafepointOfExercise(t) else { return false }
  let s = t.pointee.schedulerHead
  if counting { counted[t, default: 0] += costOfSafepoint }
  guard !s.isEmpty, !s.field(SchedulerField.budgetOwner).isNone else {
    if !counting { weft_request_clear(t, Request.budget) }
    return false
  }
  let h = SchedulerHost.of(s)
  h.left -= costOfSafepoint
  if h.left > 0 { return false }
  let me = s.field(SchedulerField.current)
  if h.soft { h.due = true; return false }
  if me.taskletFlags & (TaskletFlag.atomic | TaskletFlag.hidden) != 0 || s.field(SchedulerField.trap).fixnum != 0 || me.taskletState != TaskletState.running
     || !t.pointee.exception.isEmpty { return false }
  h.due = true
  h.left = Int.max
  t.pointee.pending = Deliver.discard
  _ = callApp(t, named: "budget_spent")
  return true
}

// MARK: choosing

/// How the next tasklet of a queue is chosen: by a random sequence, or by a list of places in it.
enum Choice {
  nonisolated(unsafe) static var seeded = false
  nonisolated(unsafe) static var state: UInt64 = 0
  /// Places to take, first of all, and how many were taken of them.
  nonisolated(unsafe) static var script: [Int] = []
  nonisolated(unsafe) static var at = 0
  /// What was taken, and of how many; when recording.
  nonisolated(unsafe) static var recording = false
  nonisolated(unsafe) static var record: [(Int, Int)] = []

  static func next(of n: Int) -> Int {
    var k = 0
    if at < script.count {
      k = min(script[at], n - 1)
      at += 1
    } else if seeded {
      state = state &* 6364136223846793005 &+ 1442695040888963407
      k = Int((state >> 33) % UInt64(n))
    }
    if recording { record.append((k, n)) }
    return k
  }
}

/// With a spent budget or a choice to make: the next tasklet, out of the queue; nil: the first one.
func chosenNext(_ s: Value) -> Value? {
  if softDue(s) {
    let owner = s.field(SchedulerField.budgetOwner)
    if !owner.isNone { return owner }
  }
  let n = s.field(SchedulerField.count).fixnum
  guard SwitchHooks.active & SwitchHooks.choice != 0, n > 1 else { return nil }
  var k = Choice.next(of: n), task = s.field(SchedulerField.head)
  while k > 0 { task = task.field(TaskletField.next); k -= 1 }
  dequeue(s, task)
  return task
}

func installWatchdogs(_ t: ThreadRef) {
  // The interrupted tasklet, which is current, is paused; run() of the one with the budget gives it back.
  defineAppNative(t, "budget_interrupt", "()") { t, a, n in
    let s = scheduler(t), me = s.field(SchedulerField.current), owner = s.field(SchedulerField.budgetOwner)
    guard !owner.isNone, owner.taskletState == TaskletState.waiting, owner != me else { return .none }
    guard canPark(t) else { return t.raise(.SystemError, "budget_interrupt() where no tasklet can wait") }
    me.setTaskletState(TaskletState.paused)
    watchLost(me)
    setField(owner, TaskletField.tempval, me)
    return switchTo(t, s, owner)
  }
  // run() with everything given: timeout, thread_block, soft, total.
  defineAppNative(t, "scheduler_run", "(timeout, threadblock, soft, total, /)") { t, a, n in
    guard a[0].isFixnum else { return t.typeError("an integer is required") }
    guard canPark(t) else { return callApp(t, named: "scheduler_run_plain", a[0], a[1], a[2], a[3]) }
    return runAll(t, timeout: a[0].fixnum, threadBlock: a[1] == .true, soft: a[2] == .true, total: a[3] == .true)
  }
  // Whether instructions are counted; sets it for all threads.
  defineAppNative(t, "accounting_count", "(on, /)") { t, a, n in
    counting = a[0] == .true
    counted = [:]
    for u in allThreads { if counting { weft_request_set(u, Request.budget) } }
    if counting { standingRequests |= Request.budget } else { standingRequests &= ~Request.budget }
    return .none
  }
  // (instructions counted, bytes allocated) of the running thread so far.
  defineAppNative(t, "accounting_now", "()") { t, a, n in pair(t, .fixnum(counted[t] ?? 0), .fixnum(bytesAllocated(t) - Exercise.hiddenBytes(t))) }
  // Choices to make (None: none; else a list of places) and then a seed (None: always the first one); None, None: as usual.
  defineAppNative(t, "choice_set", "(script, seed, recording, /)") { t, a, n in
    Choice.script = []
    Choice.at = 0
    if a[0].isExact(.list) {
      for i in 0..<a[0].listCount {
        guard a[0].listItems[i].isFixnum, a[0].listItems[i].fixnum >= 0 else { return t.valueError("a choice must be a number >= 0") }
        Choice.script.append(a[0].listItems[i].fixnum)
      }
    }
    Choice.seeded = a[1].isFixnum
    Choice.state = a[1].isFixnum ? UInt64(bitPattern: Int64(a[1].fixnum)) &* 0x9e3779b97f4a7c15 &+ 1 : 0
    Choice.recording = a[2] == .true
    Choice.record = []
    SwitchHooks.set(SwitchHooks.choice, a[0].isExact(.list) || Choice.seeded || Choice.recording)
    return .none
  }
  // What was chosen: [(place, of how many)].
  defineAppNative(t, "choice_record", "()") { t, a, n in
    let out = makeList(t)
    for (k, of) in Choice.record { listAppend(t, out, pair(t, .fixnum(k), .fixnum(of))) }
    return out
  }
  defineAppNative(t, "scheduler_inside", "()") { t, a, n in
    let s = scheduler(t), out = makeList(t)
    var w = s.field(SchedulerField.watch)
    while !w.isNone { listAppend(t, out, w); w = w.field(TaskletField.next) }
    return out
  }
}

/// The current tasklet lets the others run until nothing can, a budget is spent, or somebody wakes it.
func runAll(_ t: ThreadRef, timeout: Int, threadBlock: Bool, soft: Bool, total: Bool) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current)
  if trapped(t, s) { return .empty }
  if s.field(SchedulerField.head).isNone && !hasWaits(s) && !(threadBlock && otherThreads(t)) { return .none }
  enterRun(s, me)
  if threadBlock { me.setTaskletFlags(me.taskletFlags | TaskletFlag.threadBlock) }
  if timeout > 0 && s.field(SchedulerField.budgetOwner).isNone {
    let h = SchedulerHost.of(s)
    h.thread = t
    h.interval = timeout
    h.left = timeout
    h.soft = soft
    h.total = total
    h.due = false
    setField(s, SchedulerField.budgetOwner, me)
    budgets += 1
    SwitchHooks.set(SwitchHooks.budget, true)
    weft_request_set(t, Request.budget)
  }
  me.fields[TaskletField.tempval] = .none
  let next = nextRunnable(t, s)
  return switchTo(t, s, next)
}
