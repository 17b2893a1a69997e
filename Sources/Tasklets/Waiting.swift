// What a tasklet waits for besides channels: points in time, files, processes. While nothing can run, the thread sleeps in
// poll() and epoll, in the frame of the idle tasklet, so that signal handlers have a chain to run on.
//
// An entry is a list [tasklet, kind, file descriptor, events, deadline in ns, slot, arms,
// number]. It is cancelled by taking the tasklet
// out of it. Those with a deadline are in the heap `timers` of the scheduler, those with a file in the list `files`, found by
// the numbers (`slot`) that `SchedulerHost` keeps by descriptor. A sleeping tasklet's `channel` field is its entry.

import Builtins
import CWeft
import Glibc
import Heap
import Objects

enum WaitKind {
  /// Time; a receive() or send() with a deadline, on whose channel the tasklet is; a file; a select(); a lock,
  /// whose number is in `events`.
  static let sleep = 0, receive = 1, send = 2, file = 3, select = 4, lock = 5
}
enum WaitField { static let task = 0, kind = 1, fd = 2, events = 3, deadline = 4, slot = 5, arms = 6, number = 7, count = 8 }

/// What layers above provide.
public enum TaskletHooks {
  /// Runs a blocking system call without the global lock.
  nonisolated(unsafe) public static var blocking: (ThreadRef, UnsafeMutablePointer<Value>, Int, () -> Void) -> Void = { _, _, _, body in body() }
}

/// The part of a scheduler that is no Python value.
final class SchedulerHost {
  nonisolated(unsafe) private static var hosts: [SchedulerHost] = []
  /// Entries of all schedulers that are counted, by their numbers: the host. An entry out of a pickle is not among them.
  nonisolated(unsafe) static var live: [Int: Int] = [:]
  nonisolated(unsafe) static var nextNumber = Int(truncatingIfNeeded: UInt64.random(in: 0...UInt64.max) >> 4) & ~0xfffff
  /// How many.
  nonisolated(unsafe) static var waits = 0
  /// Threads that sleep with nothing but other threads to wake them.
  nonisolated(unsafe) static var stuck = 0

  var thread: ThreadRef
  let ident: UInt64
  var alive = true
  var asleep = false
  /// It is counted in `stuck`.
  var isStuck = false
  /// What the thread sleeps on, and the pipe by which other threads wake it.
  var epoll: Int32 = -1, event: Int32 = -1, bell: Int32 = -1
  /// Live entries; cancelled ones that are still in the heap.
  var waiting = 0, stale = 0
  var slots: [Int32: [Int]] = [:]
  var freeSlots: [Int] = []
  var known: Set<Int32> = []
  var sincePoll = 0
  // Budget of the run() whose tasklet is `budgetOwner`.
  var interval = 0, left = 0, soft = false, total = false, due = false

  private init(_ t: ThreadRef) { thread = t; ident = t.pointee.ident }

  static func add(_ t: ThreadRef) -> Int { hosts.append(SchedulerHost(t)); return hosts.count - 1 }
  static func of(_ s: Value) -> SchedulerHost { hosts[s.field(SchedulerField.host).fixnum] }
  /// The scheduler of a living thread with its host.
  static func at(_ i: Int) -> (Value, SchedulerHost)? {
    let h = hosts[i]
    return h.alive && !h.thread.pointee.schedulerHead.isEmpty ? (h.thread.pointee.schedulerHead, h) : nil
  }
  static func isAlive(_ s: Value) -> Bool { s.isObject && s.type == schedulerType && of(s).alive }
  /// The thread of a scheduler that may sleep looks again.
  static func wake(_ s: Value) {
    of(s).ring()
  }
  static func wakeAll() { for h in hosts where h.alive { h.ring() } }
  func setStuck(_ on: Bool) {
    if on == isStuck { return }
    isStuck = on
    SchedulerHost.stuck += on ? 1 : -1
  }
  private func ring() {
    setStuck(false)
    if !asleep || bell < 0 { return }
    var one: UInt8 = 1
    _ = write(bell, &one, 1)
  }
  func shut() {
    for fd in [epoll, event, bell] where fd >= 0 { close(fd) }
    epoll = -1
    event = -1
    bell = -1
    known = []
  }
  /// In the child of fork(): descriptors shared with the parent are given up.
  static func afterFork(_ t: ThreadRef) {
    for h in hosts {
      h.shut()
      h.asleep = false
      h.isStuck = false
      if h.ident != t.pointee.ident { h.alive = false }
    }
    stuck = 0
  }

  /// False: it was open.
  func open() -> Bool {
    if epoll >= 0 { return false }
    epoll = weft_epoll_create()
    var ends: [Int32] = [-1, -1]
    _ = weft_pipe2(&ends, O_NONBLOCK | O_CLOEXEC)
    event = ends[0]
    bell = ends[1]
    _ = weft_epoll_control(epoll, 1, event, 1)
    return true
  }
}

private func item(_ entry: Value, _ i: Int) -> Value { entry.listItems[i] }
private func setItem(_ entry: Value, _ i: Int, _ v: Value) {
  entry.listItems[i] = v
  writeBarrier(entry.listStorage.object)
}
private func isEntry(_ v: Value) -> Bool { v.isExact(.list) && v.listCount == WaitField.count }

func monotonic() -> Int {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

func hasWaits(_ s: Value) -> Bool { SchedulerHost.waits != 0 && SchedulerHost.of(s).waiting > 0 }

/// Whether another thread may make a tasklet of this one runnable.
func otherThreads(_ t: ThreadRef) -> Bool {
  let n = allThreads.count - 1
  return n > 0 && n > SchedulerHost.stuck
}

// MARK: entries

private func makeEntry(_ t: ThreadRef, _ task: Value, _ kind: Int, fd: Int, events: Int, deadline: Value, arms: Value = .none) -> Value {
  SchedulerHost.nextNumber += 1
  return makeList(t, [task, .fixnum(kind), .fixnum(fd), .fixnum(events), deadline, .fixnum(-1), arms, .fixnum(SchedulerHost.nextNumber)])
}

/// Opens what the thread sleeps on; after a fork, asks again for what was asked for.
private func open(_ s: Value, _ h: SchedulerHost) {
  if !h.open() { return }
  let list = s.field(SchedulerField.files)
  for (fd, slots) in h.slots { _ = arm(h, fd, slots.reduce(0) { $0 | item(item(list, $1), WaitField.events).fixnum }) }
}

private func register(_ t: ThreadRef, _ s: Value, _ entry: Value) -> Int32 {
  let h = SchedulerHost.of(s)
  if item(entry, WaitField.fd).fixnum >= 0 {
    open(s, h)
    let fd = Int32(truncatingIfNeeded: item(entry, WaitField.fd).fixnum)
    var events = item(entry, WaitField.events).fixnum
    var list = s.field(SchedulerField.files)
    if list.isNone { list = makeList(t); setField(s, SchedulerField.files, list) }
    for k in h.slots[fd] ?? [] { events |= item(item(list, k), WaitField.events).fixnum }
    let e = arm(h, fd, events)
    if e != 0 { return e }
    let slot: Int
    if let free = h.freeSlots.popLast() { slot = free; setItem(list, free, entry) } else { slot = list.listCount; listAppend(t, list, entry) }
    h.slots[fd, default: []].append(slot)
    setItem(entry, WaitField.slot, .fixnum(slot))
  }
  if !item(entry, WaitField.deadline).isNone { pushTimer(t, s, entry) }
  if isCounted(entry) {
    h.waiting += 1
    SchedulerHost.waits += 1
    SchedulerHost.live[item(entry, WaitField.number).fixnum] = s.field(SchedulerField.host).fixnum
  }
  return 0
}
/// A select without a deadline waits for other tasklets only.
private func isCounted(_ entry: Value) -> Bool { item(entry, WaitField.fd).fixnum >= 0 || !item(entry, WaitField.deadline).isNone }
/// The entry of a select of the running tasklet.
func startSelect(_ t: ThreadRef, _ s: Value, _ me: Value, _ arms: Value, _ deadline: Value) -> Value {
  let entry = makeEntry(t, me, WaitKind.select, fd: -1, events: 0, deadline: deadline, arms: arms)
  _ = register(t, s, entry)
  return entry
}
/// Asks for one event of a file; errno.
private func arm(_ h: SchedulerHost, _ fd: Int32, _ events: Int) -> Int32 {
  let wanted = UInt32(truncatingIfNeeded: events & 0x2fff) | 1 << 30
  if h.known.contains(fd) {
    if weft_epoll_control(h.epoll, 3, fd, wanted) == 0 { return 0 }
    if errno != ENOENT { return errno }
  }
  h.known.insert(fd)
  if weft_epoll_control(h.epoll, 1, fd, wanted) == 0 { return 0 }
  if errno == EEXIST && weft_epoll_control(h.epoll, 3, fd, wanted) == 0 { return 0 }
  return errno
}

/// Takes an entry out of everything but the heap of timers. `expired`: it is no more in that either.
private func cancel(_ entry: Value, expired: Bool) {
  guard isEntry(entry), !item(entry, WaitField.task).isNone else { return }
  setItem(entry, WaitField.task, .none)
  let arms = item(entry, WaitField.arms)
  if arms.isExact(.list) {
    for i in 0..<arms.listCount {
      let arm = arms.listItems[i]
      if isTasklet(arm), arm.taskletState == TaskletState.blocked { channelRemove(arm.field(TaskletField.channel), arm) }
    }
  }
  guard let number = SchedulerHost.live.removeValue(forKey: item(entry, WaitField.number).fixnum) else { return }
  SchedulerHost.waits -= 1
  guard let (s, h) = SchedulerHost.at(number) else { return }
  h.waiting -= 1
  let slot = item(entry, WaitField.slot).fixnum
  if slot >= 0 {
    let fd = Int32(truncatingIfNeeded: item(entry, WaitField.fd).fixnum)
    let rest = (h.slots[fd] ?? []).filter { $0 != slot }
    h.slots[fd] = rest.isEmpty ? nil : rest
    h.freeSlots.append(slot)
    setItem(s.field(SchedulerField.files), slot, .none)
    setItem(entry, WaitField.slot, .fixnum(-1))
  }
  if !expired && !item(entry, WaitField.deadline).isNone {
    h.stale += 1
    if h.stale > 64 && h.stale * 2 > s.field(SchedulerField.timers).listCount { sweepTimers(s, h) }
  }
}
/// A sleeping tasklet waits no more: it is paused.
func cancelWait(_ task: Value) {
  let entry = task.field(TaskletField.channel)
  cancel(entry, expired: false)
  task.fields[TaskletField.channel] = .none
  task.setTaskletState(TaskletState.paused)
}
/// What an entry waited for has come: its tasklet goes on with `value`.
private func fulfil(_ t: ThreadRef, _ entry: Value, _ value: Value, expired: Bool) {
  let task = item(entry, WaitField.task)
  guard isTasklet(task) else { return }
  cancel(entry, expired: expired)
  guard task.taskletState == TaskletState.sleeping else { return }
  task.fields[TaskletField.channel] = .none
  setField(task, TaskletField.tempval, value)
  makeRunnable(t, task)
}

// MARK: the heap of deadlines

private func due(_ entry: Value) -> Int { item(entry, WaitField.deadline).fixnum }

private func pushTimer(_ t: ThreadRef, _ s: Value, _ entry: Value) {
  var list = s.field(SchedulerField.timers)
  if list.isNone { list = makeList(t); setField(s, SchedulerField.timers, list) }
  listAppend(t, list, entry)
  siftUp(list, list.listCount - 1)
}
private func siftUp(_ list: Value, _ at: Int) {
  var i = at
  let p = list.listItems, entry = p[i]
  while i > 0 {
    let up = (i - 1) / 2
    if due(p[up]) <= due(entry) { break }
    p[i] = p[up]
    i = up
  }
  p[i] = entry
}
private func siftDown(_ list: Value, _ at: Int) {
  var i = at
  let p = list.listItems, n = list.listCount, entry = p[i]
  while true {
    var k = 2 * i + 1
    if k >= n { break }
    if k + 1 < n && due(p[k + 1]) < due(p[k]) { k += 1 }
    if due(p[k]) >= due(entry) { break }
    p[i] = p[k]
    i = k
  }
  p[i] = entry
}
private func popTimer(_ list: Value) -> Value {
  let first = list.listItems[0], n = list.listCount
  list.listItems[0] = list.listItems[n - 1]
  truncateList(list, n - 1)
  if n > 1 { siftDown(list, 0) }
  writeBarrier(list.listStorage.object)
  return first
}
private func sweepTimers(_ s: Value, _ h: SchedulerHost) {
  let list = s.field(SchedulerField.timers), p = list.listItems
  var n = 0
  for i in 0..<list.listCount where !item(p[i], WaitField.task).isNone { p[n] = p[i]; n += 1 }
  truncateList(list, n)
  var i = n / 2
  while i > 0 { i -= 1; siftDown(list, i) }
  writeBarrier(list.listStorage.object)
  h.stale = 0
}

/// Those whose time has come go on.
private func expireTimers(_ t: ThreadRef, _ s: Value) {
  let list = s.field(SchedulerField.timers)
  guard list.isExact(.list), list.listCount > 0 else { return }
  let h = SchedulerHost.of(s), now = monotonic()
  while list.listCount > 0 {
    let entry = list.listItems[0], task = item(entry, WaitField.task)
    if task.isNone { _ = popTimer(list); h.stale -= 1; continue }
    if due(entry) > now { return }
    _ = popTimer(list)
    switch item(entry, WaitField.kind).fixnum {
    case WaitKind.sleep: fulfil(t, entry, .none, expired: true)
    case WaitKind.file: fulfil(t, entry, .fixnum(0), expired: true)
    case WaitKind.lock: fulfil(t, entry, .false, expired: true)
    default:
      let kind = item(entry, WaitField.kind).fixnum
      cancel(entry, expired: true)
      guard isTasklet(task), task.taskletState == TaskletState.blocked || task.taskletState == TaskletState.sleeping else { continue }
      if task.taskletState == TaskletState.blocked { channelRemove(task.field(TaskletField.channel), task) }
      task.fields[TaskletField.channel] = .none
      setField(task, TaskletField.pending, makeError(t, .TimeoutError, kind == WaitKind.receive ? "receive() timed out" : kind == WaitKind.send ? "send() timed out" : "select() timed out"))
      makeRunnable(t, task)
    }
  }
}

// MARK: files

private func takeEvents(_ t: ThreadRef, _ s: Value, _ h: SchedulerHost) {
  var fds = [Int32](repeating: 0, count: 256), events = [UInt32](repeating: 0, count: 256)
  let n = weft_epoll_wait(h.epoll, &fds, &events, 256, 0)
  if n <= 0 { return }
  for i in 0..<Int(n) {
    let fd = fds[i]
    if fd == h.event {
      var bytes = [UInt8](repeating: 0, count: 64)
      _ = read(h.event, &bytes, 64)
      continue
    }
    fileEvent(t, s, h, fd, Int(events[i]))
  }
}
private func fileEvent(_ t: ThreadRef, _ s: Value, _ h: SchedulerHost, _ fd: Int32, _ events: Int) {
  guard let slots = h.slots[fd] else { return }
  let list = s.field(SchedulerField.files)
  for k in slots {
    let entry = item(list, k)
    if entry.isNone { continue }
    let wanted = item(entry, WaitField.events).fixnum
    if events & (wanted | 8 | 16) != 0 { fulfil(t, entry, .fixnum(events & (wanted | 8 | 16)), expired: false) }
  }
  // One event a request: the others ask again.
  if let rest = h.slots[fd] { _ = arm(h, fd, rest.reduce(0) { $0 | item(item(list, $1), WaitField.events).fixnum }) }
}

/// Without waiting: whose time or file has come goes on.
func pollNow(_ t: ThreadRef, _ s: Value) {
  let h = SchedulerHost.of(s)
  h.sincePoll = 0
  if h.waiting == 0 { return }
  expireTimers(t, s)
  if h.epoll >= 0 && !h.slots.isEmpty { takeEvents(t, s, h) }
}
func pollSometimes(_ t: ThreadRef, _ s: Value) {
  let h = SchedulerHost.of(s)
  if h.waiting == 0 { return }
  h.sincePoll += 1
  if h.sincePoll >= 61 { pollNow(t, s) }
}

// MARK: the idle tasklet

func idleTasklet(_ t: ThreadRef, _ s: Value) -> Value {
  let old = s.field(SchedulerField.idle)
  if !old.isNone && old.taskletState == TaskletState.paused || old == s.field(SchedulerField.current) { return old }
  let idle = makeTasklet(t, taskletType, owner: s)
  idle.setTaskletFlags(TaskletFlag.hidden)
  if startChain(t, idle, getString(appNamespace, intern(t, "idle_body"))) != nil { return .none }
  setField(s, SchedulerField.idle, idle)
  return idle
}

/// Sleeps until a tasklet may be able to run or a signal came.
private func idleWait(_ t: ThreadRef, _ a: Args, _ n: Int) {
  let s = scheduler(t), h = SchedulerHost.of(s)
  expireTimers(t, s)
  if !s.field(SchedulerField.head).isNone { return }
  open(s, h)
  let timers = s.field(SchedulerField.timers)
  var wait = Int.max
  if timers.isExact(.list), timers.listCount > 0 { wait = max(0, due(timers.listItems[0]) - monotonic()) }
  let forOthers = h.waiting == 0
  if forOthers {
    if !otherThreads(t) { return }
    wait = min(wait, 50_000_000)
    h.setStuck(true)
  }
  var set = pollfd(fd: h.epoll, events: 1, revents: 0)
  h.asleep = true
  if t.pointee.request & (Request.signal | Request.finalise | Request.asyncException) == 0 {
    TaskletHooks.blocking(t, a, n) {
      // Whole milliseconds first; what is left is slept at the next turn.
      if wait >= 1_000_000 {
        _ = poll(&set, 1, wait == Int.max ? -1 : Int32(clamping: wait / 1_000_000))
      } else if wait > 0 {
        var rest = timespec(tv_sec: 0, tv_nsec: wait)
        nanosleep(&rest, nil)
      }
    }
  }
  h.asleep = false
  h.setStuck(false)
  // Another thread may have collected: objects moved.
  let now = scheduler(t)
  takeEvents(t, now, h)
  expireTimers(t, now)
}

/// A descriptor is about to be closed: who waits for it looks again.
public func fileClosing(_ t: ThreadRef, _ fd: Int32) {
  guard SchedulerHost.waits != 0, !t.pointee.schedulerHead.isEmpty else { return }
  let s = t.pointee.schedulerHead, h = SchedulerHost.of(s), list = s.field(SchedulerField.files)
  for k in h.slots[fd] ?? [] { if !item(list, k).isNone { fulfil(t, item(list, k), .fixnum(32), expired: false) } }
  h.known.remove(fd)
}

/// Entries of those that wait for locks, first come first.
private var lockWaiters: Value {
  get { weft_roots()[RootRegion.misc + 763] }
  set { weft_roots()[RootRegion.misc + 763] = newValue }
}
/// A lock was released: the first that waits for it goes on, and looks whether it is still free.
public func lockReleased(_ t: ThreadRef, _ number: Int) {
  let list = lockWaiters
  guard !list.isEmpty, list.listCount > 0 else { return }
  let p = list.listItems, n = list.listCount
  var kept = 0, found = Value.empty
  for i in 0..<n {
    if item(p[i], WaitField.task).isNone { continue }
    if found.isEmpty && item(p[i], WaitField.events).fixnum == number { found = p[i]; continue }
    p[kept] = p[i]
    kept += 1
  }
  truncateList(list, kept)
  writeBarrier(list.listStorage.object)
  if !found.isEmpty { fulfil(t, found, .true, expired: false) }
}

/// In the child of fork(): only this thread is left, and nothing is shared with the parent's epoll.
public func schedulersAfterFork(_ t: ThreadRef) { SchedulerHost.afterFork(t) }

func installWaiting(_ t: ThreadRef) {
  defineAppNative(t, "idle_wait", "()") { t, a, n in
    idleWait(t, a, n)
    return .none
  }
  // The idle tasklet gives way to whatever can run.
  defineAppNative(t, "idle_go", "()") { t, a, n in
    let s = scheduler(t), me = s.field(SchedulerField.current)
    guard canPark(t), me == s.field(SchedulerField.idle) else { return t.raise(.SystemError, "idle_go() outside the idle tasklet") }
    let next = nextRunnable(t, s)
    if next == me { return .none }
    me.setTaskletState(TaskletState.paused)
    return next.isNone ? raiseDeadlock(t, s) : switchNow(t, s, next)
  }
  // The current tasklet waits for `events` of a file (-1: none) until a monotonic time in ns (None: for ever); the events
  // that came, 0 when the time is over.
  defineAppNative(t, "wait_park", "(fd, events, deadline, /)") { t, a, n in
    guard a[0].isFixnum, a[1].isFixnum, a[2].isNone || a[2].isFixnum else { return t.typeError("wait_park: bad arguments") }
    guard canPark(t) else { return callApp(t, named: "wait_park_plain", a[0], a[1], a[2]) }
    let s = scheduler(t), me = s.field(SchedulerField.current)
    if trapped(t, s) { return .empty }
    let entry = makeEntry(t, me, a[0].fixnum < 0 ? WaitKind.sleep : WaitKind.file, fd: a[0].fixnum, events: a[1].fixnum, deadline: a[2])
    let e = register(t, s, entry)
    // A plain file is always ready.
    if e == EPERM { return a[1] }
    if e != 0 { return .fixnum(-Int(e)) }
    me.setTaskletState(TaskletState.sleeping)
    setField(me, TaskletField.channel, entry)
    return stopCurrent(t, s)
  }
  // The current tasklet waits until the lock of this number is released or the time is over.
  defineAppNative(t, "wait_lock", "(lock, deadline, /)") { t, a, n in
    guard canPark(t) else { return callApp(t, named: "wait_lock_plain", a[0], a[1]) }
    // Free meanwhile: `taken` is the lock's first field, its number the second.
    guard a[0].field(0) == .true, a[0].field(1).isFixnum, a[1].isNone || a[1].isFixnum else { return .true }
    let s = scheduler(t), me = s.field(SchedulerField.current)
    if trapped(t, s) { return .empty }
    if a[1].isNone && !mayBlock(t, s) { return t.raise(.RuntimeError, deadlockText) }
    let entry = makeEntry(t, me, WaitKind.lock, fd: -1, events: a[0].field(1).fixnum, deadline: a[1])
    _ = register(t, s, entry)
    if lockWaiters.isEmpty { lockWaiters = makeList(t) }
    listAppend(t, lockWaiters, entry)
    me.setTaskletState(TaskletState.sleeping)
    setField(me, TaskletField.channel, entry)
    return stopCurrent(t, s)
  }
  // A deadline for a tasklet that is about to block; gives the entry.
  defineAppNative(t, "wait_deadline", "(tasklet, kind, deadline, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[1].isFixnum, a[2].isFixnum else { return .empty }
    let entry = makeEntry(t, a[0], a[1].fixnum, fd: -1, events: 0, deadline: a[2])
    _ = register(t, a[0].owner, entry)
    return entry
  }
  defineAppNative(t, "wait_cancel", "(entry, /)") { t, a, n in
    cancel(a[0], expired: false)
    return .none
  }
  // What sleeps: (nanoseconds left, tasklet) of each entry with nothing but a time.
  defineAppNative(t, "wait_sleepers", "()") { t, a, n in
    let s = scheduler(t), list = s.field(SchedulerField.timers), out = makeList(t)
    guard list.isExact(.list) else { return out }
    let now = monotonic()
    for i in 0..<list.listCount {
      let entry = list.listItems[i]
      if item(entry, WaitField.task).isNone || item(entry, WaitField.kind).fixnum == WaitKind.file { continue }
      listAppend(t, out, makeTuple(t, [makeInt(t, due(entry) - now), item(entry, WaitField.task), item(entry, WaitField.kind)]))
    }
    return out
  }
  // A paused tasklet of a snapshot sleeps on.
  defineAppNative(t, "wait_sleep_on", "(tasklet, deadline, /)") { t, a, n in
    guard taskletArgument(t, a[0]), a[1].isFixnum, a[0].taskletState == TaskletState.paused else { return .none }
    let s = scheduler(t)
    setField(a[0], TaskletField.owner, s)
    let entry = makeEntry(t, a[0], WaitKind.sleep, fd: -1, events: 0, deadline: a[1])
    _ = register(t, s, entry)
    a[0].setTaskletState(TaskletState.sleeping)
    setField(a[0], TaskletField.channel, entry)
    return .none
  }
  // The running thread ends: its tasklets have none from now on.
  defineAppNative(t, "scheduler_thread_end", "()") { t, a, n in
    let s = t.pointee.schedulerHead
    if !s.isEmpty {
      let h = SchedulerHost.of(s)
      h.alive = false
      h.shut()
    }
    SchedulerHost.wakeAll()
    return .none
  }
  // Identities of the threads that have a scheduler, and a thread's scheduler.
  defineAppNative(t, "scheduler_threads", "()") { t, a, n in
    let out = makeList(t)
    for u in allThreads where !u.pointee.schedulerHead.isEmpty { listAppend(t, out, makeInt(t, Int(u.pointee.ident))) }
    return out
  }
  defineAppNative(t, "scheduler_of", "(thread_id, /)") { t, a, n in
    for u in allThreads where !u.pointee.schedulerHead.isEmpty && makeInt(t, Int(u.pointee.ident)) == a[0] { return u.pointee.schedulerHead }
    return .none
  }
}
