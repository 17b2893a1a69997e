// Channels: a rendezvous of tasklets. Balance > 0: that many senders wait, < 0: receivers. The fast ways are here; with
// callbacks, deadlines or a result that goes nowhere plain, `tasklets_core.py` goes on.

import Builtins
import Heap
import Objects

enum ChannelField {
  static let head = 0, tail = 1, balance = 2, preference = 3, flags = 4, count = 5
}
enum ChannelFlag { static let closing = 1, scheduleAll = 2 }

private let channelRoot = RootRegion.misc + 702
private var channelType: Value { weft_roots()[channelRoot] }

/// Takes a blocked tasklet (or the arm of a select) from its channel; it is paused then.
func channelRemove(_ ch: Value, _ task: Value) {
  guard isChannel(ch) else { return }
  queueRemove(ch, ChannelField.head, task)
  let b = ch.field(ChannelField.balance).fixnum
  ch.fields[ChannelField.balance] = .fixnum(b > 0 ? b - 1 : b + 1)
  task.fields[TaskletField.channel] = .none
  task.setTaskletState(TaskletState.paused)
  task.setTaskletFlags(task.taskletFlags & ~TaskletFlag.sendsException)
}
func isChannel(_ v: Value) -> Bool { v.isObject && (v.type == channelType || isSubtype(v.type, channelType)) }

private func makeChannel(_ t: ThreadRef, _ type: Value) -> Value {
  let v = makeInstance(t, type)
  v.fields[ChannelField.head] = .none
  v.fields[ChannelField.tail] = .none
  v.fields[ChannelField.balance] = .fixnum(0)
  v.fields[ChannelField.preference] = .fixnum(-1)
  v.fields[ChannelField.flags] = .fixnum(0)
  return v
}
@inline(__always) private func channelAppend(_ ch: Value, _ task: Value, _ direction: Int) {
  queueAppend(ch, ChannelField.head, task)
  ch.fields[ChannelField.balance] = .fixnum(ch.field(ChannelField.balance).fixnum + direction)
  task.setTaskletState(TaskletState.blocked)
  setField(task, TaskletField.channel, ch)
}

/// Whether the running tasklet may block; false with an exception set.
private func checkBlock(_ t: ThreadRef, _ s: Value, _ me: Value) -> Bool {
  if me.taskletFlags & TaskletFlag.blockTrap != 0 { t.raise(.RuntimeError, "this tasklet does not like to be blocked."); return false }
  if trapped(t, s) { return false }
  if !mayBlock(t, s) { t.raise(.RuntimeError, deadlockText); return false }
  return true
}

/// Blocks the running tasklet on a channel.
private func block(_ t: ThreadRef, _ ch: Value, _ direction: Int) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current)
  if !checkBlock(t, s, me) { return .empty }
  channelAppend(ch, me, direction)
  return stopCurrent(t, s)
}

/// The partner that waits longest leaves the channel; of a select, all its arms leave theirs. Gives the tasklet, what it
/// sends, whether that is an exception, and the number of its arm (-1: no select).
private func takePartner(_ ch: Value) -> (task: Value, value: Value, isException: Bool, arm: Int) {
  let other = ch.field(ChannelField.head), value = other.field(TaskletField.tempval)
  let isException = other.taskletFlags & TaskletFlag.sendsException != 0
  channelRemove(ch, other)
  other.fields[TaskletField.tempval] = .none
  guard other.taskletFlags & TaskletFlag.arm != 0 else { return (other, value, isException, -1) }
  let task = other.field(TaskletField.function).listItems[WaitField.task]
  cancelWait(task)
  return (task, value, isException, other.field(TaskletField.arguments).fixnum)
}
/// Hands a value to a receiver that left its channel.
private func deliverTo(_ t: ThreadRef, _ task: Value, _ arm: Int, _ value: Value, _ isException: Bool) {
  if isException { setField(task, TaskletField.pending, value) } else {
    setField(task, TaskletField.tempval, arm < 0 ? value : pair(t, .fixnum(arm), value))
  }
}

/// The short ways to send to a receiver that waits, which goes on at once, and to wait as a receiver while another tasklet goes on.
/// False: nothing was done.
@inline(__always) private func sendPlainly(_ t: ThreadRef, _ ch: Value, _ value: Value) -> Bool {
  let s = t.pointee.schedulerHead, c = ch.fields
  guard !s.isEmpty, canPark(t), switchesPlainly(t, s), c[ChannelField.balance].fixnum < 0, c[ChannelField.flags] == .fixnum(0), c[ChannelField.preference] == .fixnum(-1),
        case let other = c[ChannelField.head], other.taskletFlags & TaskletFlag.arm == 0, other.owner == s, takesPlainly(other) else { return false }
  let me = s.field(SchedulerField.current)
  queueRemove(ch, ChannelField.head, other)
  c[ChannelField.balance] = .fixnum(c[ChannelField.balance].fixnum + 1)
  other.fields[TaskletField.channel] = .none
  me.fields[TaskletField.tempval] = .none
  enqueue(s, me)
  exchange(t, s, me, other, value)
  return true
}
@inline(__always) private func waitPlainly(_ t: ThreadRef, _ ch: Value) -> Bool {
  let s = t.pointee.schedulerHead, c = ch.fields
  guard !s.isEmpty, canPark(t), switchesPlainly(t, s), c[ChannelField.balance].fixnum <= 0, c[ChannelField.flags] == .fixnum(0),
        case let next = s.field(SchedulerField.head), !next.isNone, takesPlainly(next), case let me = s.field(SchedulerField.current),
        me.taskletFlags & (TaskletFlag.blockTrap | TaskletFlag.watched) == TaskletFlag.watched else { return false }
  dequeue(s, next)
  channelAppend(ch, me, -1)
  exchange(t, s, me, next, next.field(TaskletField.tempval))
  return true
}

private func closedError(_ t: ThreadRef) -> Value { t.valueError("Send/receive operation on a closed channel") }

func send(_ t: ThreadRef, _ ch: Value, _ value: Value, isException: Bool) -> Value {
  guard canPark(t) else { return callApp(t, named: "channel_send_plain", ch, value, .bool(isException)) }
  let s = scheduler(t), balance = ch.field(ChannelField.balance).fixnum, flags = ch.field(ChannelField.flags).fixnum
  let me = s.field(SchedulerField.current)
  if flags & ChannelFlag.closing != 0 && balance >= 0 { return closedError(t) }
  if balance >= 0 {
    if !checkBlock(t, s, me) { return .empty }
    setField(me, TaskletField.tempval, value)
    if isException { me.setTaskletFlags(me.taskletFlags | TaskletFlag.sendsException) }
    channelAppend(ch, me, 1)
    return stopCurrent(t, s)
  }
  let all = flags & ChannelFlag.scheduleAll != 0
  let direct = all || ch.field(ChannelField.preference).fixnum == -1
  if direct && trapped(t, s) { return .empty }
  let (other, _, _, arm) = takePartner(ch)
  deliverTo(t, other, arm, value, isException)
  if other.owner != s { makeRunnable(t, other); return .none }
  if all {
    enqueue(s, other)
    let next = nextRunnable(t, s)
    me.fields[TaskletField.tempval] = .none
    enqueue(s, me)
    return switchTo(t, s, next)
  }
  if direct {
    me.fields[TaskletField.tempval] = .none
    return handOver(t, s, me, other)
  }
  enqueue(s, other)
  return .none
}

func receive(_ t: ThreadRef, _ ch: Value) -> Value {
  guard canPark(t) else { return callApp(t, named: "channel_receive_plain", ch) }
  let s = scheduler(t), balance = ch.field(ChannelField.balance).fixnum, flags = ch.field(ChannelField.flags).fixnum
  if flags & ChannelFlag.closing != 0 && balance <= 0 { return closedError(t) }
  let me = s.field(SchedulerField.current)
  if balance <= 0 { return block(t, ch, -1) }
  let all = flags & ChannelFlag.scheduleAll != 0
  let direct = all || ch.field(ChannelField.preference).fixnum == 1
  if direct && trapped(t, s) { return .empty }
  let (other, value, isException, arm) = takePartner(ch)
  if arm >= 0 { deliverTo(t, other, arm, .none, false) }
  if direct && other.owner == s {
    if isException { setField(me, TaskletField.pending, value) } else { setField(me, TaskletField.tempval, value) }
    if all {
      enqueue(s, other)
      let next = nextRunnable(t, s)
      enqueue(s, me)
      return switchTo(t, s, next)
    }
    return handOver(t, s, me, other)
  }
  makeRunnable(t, other)
  return isException ? t.raise(value) : value
}

/// select(): `arms` is a list of (channel, sending, value). The first that can go on does: (its number, what was received).
/// Otherwise the tasklet waits in all the channels; where `wait` is false, None.
private func select(_ t: ThreadRef, _ arms: Value, wait: Bool, deadline: Value) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current), n = arms.listCount
  for i in 0..<n {
    let arm = arms.listItems[i]
    guard arm.isExact(.tuple), arm.count == 3, isChannel(arm.items[0]) else { return t.typeError("channel expected") }
    let ch = arm.items[0], sending = arm.items[1] == .true, balance = ch.field(ChannelField.balance).fixnum
    if sending && balance < 0 {
      let (other, _, _, k) = takePartner(ch)
      deliverTo(t, other, k, arm.items[2], false)
      makeRunnable(t, other)
      return pair(t, .fixnum(i), .none)
    }
    if !sending && balance > 0 {
      let (other, value, isException, k) = takePartner(ch)
      if k >= 0 { deliverTo(t, other, k, .none, false) }
      makeRunnable(t, other)
      return isException ? t.raise(value) : pair(t, .fixnum(i), value)
    }
    if ch.field(ChannelField.flags).fixnum & ChannelFlag.closing != 0 { return closedError(t) }
  }
  if !wait { return .none }
  guard canPark(t) else { return callApp(t, named: "select_plain", arms, deadline) }
  if deadline.isNone { if !checkBlock(t, s, me) { return .empty } } else if trapped(t, s) { return .empty }
  let proxies = makeList(t), entry = startSelect(t, s, me, proxies, deadline)
  for i in 0..<n {
    let arm = arms.listItems[i], proxy = makeTasklet(t, taskletType, owner: s), sending = arm.items[1] == .true
    proxy.setTaskletFlags(TaskletFlag.arm)
    proxy.fields[TaskletField.function] = entry
    proxy.fields[TaskletField.arguments] = .fixnum(i)
    if sending { proxy.fields[TaskletField.tempval] = arm.items[2] }
    writeBarrier(proxy.object)
    listAppend(t, proxies, proxy)
    channelAppend(arm.items[0], proxy, sending ? 1 : -1)
  }
  me.setTaskletState(TaskletState.sleeping)
  setField(me, TaskletField.channel, entry)
  return stopCurrent(t, s)
}

/// Who waits in a channel: of a select's arm, its tasklet.
private func waiter(_ v: Value) -> Value {
  v.isNone || v.taskletFlags & TaskletFlag.arm == 0 ? v : v.field(TaskletField.function).listItems[WaitField.task]
}

func installChannels(_ t: ThreadRef) {
  let type = defineType(t, "channel", module: "_stackless", fields: ChannelField.count, base: BuiltinType.object.object)
  type.typeObject.pointee.flags |= TypeFlag.weakrefs
  weft_roots()[channelRoot] = type
  setString(t, appNamespace, intern(t, "channel"), type)
  let d = TypeDefinition(t, type)
  d.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    guard isType(a[0]), isSubtype(a[0], channelType) else { return t.typeError("channel.__new__(): not a subtype of channel") }
    return makeChannel(t, a[0])
  }
  setDirectNatives(type, DirectNatives(make: { t, type, a, n in n == 0 ? makeChannel(t, type) : .empty }, call: nil))
  d.method("send", "(self, value, /, timeout=None)") { t, a, n in
    if a[2].isEmpty && sendPlainly(t, a[0], a[1]) { return .empty }
    if !a[2].isEmpty && !a[2].isNone { return callApp(t, named: "channel_send_timed", a[0], a[1], a[2]) }
    return SwitchHooks.active & SwitchHooks.channel != 0 ? callApp(t, named: "channel_send_hooked", a[0], a[1], .false) : send(t, a[0], a[1], isException: false)
  }
  d.method("receive", "(self, /, timeout=None)") { t, a, n in
    if a[1].isEmpty && waitPlainly(t, a[0]) { return .empty }
    if !a[1].isEmpty && !a[1].isNone { return callApp(t, named: "channel_receive_timed", a[0], a[1]) }
    return SwitchHooks.active & SwitchHooks.channel != 0 ? callApp(t, named: "channel_receive_hooked", a[0]) : receive(t, a[0])
  }
  d.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in a[0] }
  d.method("__next__", "(self, /)") { t, a, n in callApp(t, named: "channel_next", a[0]) }
  d.getset("balance", get: { t, a, n in a[0].field(ChannelField.balance) })
  d.getset("queue", get: { t, a, n in waiter(a[0].field(ChannelField.head)) })
  d.getset("preference", get: { t, a, n in a[0].field(ChannelField.preference) }, set: { t, a, n in
    guard a[1].isFixnum else { return t.typeError("preference must be set to an integer") }
    a[0].fields[ChannelField.preference] = .fixnum(a[1].fixnum.signum())
    return .none
  })
  d.getset("schedule_all", get: { t, a, n in .fixnum(a[0].field(ChannelField.flags).fixnum & ChannelFlag.scheduleAll != 0 ? 1 : 0) }, set: { t, a, n in
    guard a[1].isFixnum || a[1].isBool else { return t.typeError("schedule_all must be set to a bool or integer") }
    let on = a[1] == .true || a[1].isFixnum && a[1].fixnum != 0, flags = a[0].field(ChannelField.flags).fixnum
    a[0].fields[ChannelField.flags] = .fixnum(on ? flags | ChannelFlag.scheduleAll : flags & ~ChannelFlag.scheduleAll)
    return .none
  })
  d.getset("closing", get: { t, a, n in .bool(a[0].field(ChannelField.flags).fixnum & ChannelFlag.closing != 0) })
  d.getset("closed", get: { t, a, n in .bool(a[0].field(ChannelField.flags).fixnum & ChannelFlag.closing != 0 && a[0].field(ChannelField.balance).fixnum == 0) })
  for (name, on) in [("close", true), ("open", false)] {
    if on {
      d.method(name, "(self, /)") { t, a, n in
        a[0].fields[ChannelField.flags] = .fixnum(a[0].field(ChannelField.flags).fixnum | ChannelFlag.closing)
        return .none
      }
    } else {
      d.method(name, "(self, /)") { t, a, n in
        a[0].fields[ChannelField.flags] = .fixnum(a[0].field(ChannelField.flags).fixnum & ~ChannelFlag.closing)
        return .none
      }
    }
  }
  defineAppNative(t, "channel_send_now", "(channel, value, is_exception, /)") { t, a, n in
    guard a[0].isObject, isSubtype(a[0].type, channelType) else { return t.typeError("channel expected") }
    return send(t, a[0], a[1], isException: a[2] == .true)
  }
  defineAppNative(t, "channel_receive_now", "(channel, /)") { t, a, n in
    guard a[0].isObject, isSubtype(a[0].type, channelType) else { return t.typeError("channel expected") }
    return receive(t, a[0])
  }
  // Tasklets that wait, first come first; with `raw`, the arms of a select as they are.
  defineAppNative(t, "channel_waiting", "(channel, raw=False, /)") { t, a, n in
    let list = makeList(t)
    guard a[0].isObject, isSubtype(a[0].type, channelType) else { return list }
    var task = a[0].field(ChannelField.head)
    while !task.isNone { listAppend(t, list, n > 1 && a[1] == .true ? task : waiter(task)); task = task.field(TaskletField.next) }
    return list
  }
  defineAppNative(t, "select_now", "(arms, wait, deadline, /)") { t, a, n in
    guard a[0].isExact(.list), a[2].isNone || a[2].isFixnum else { return t.typeError("list of arms expected") }
    return select(t, a[0], wait: a[1] == .true, deadline: a[2])
  }
  // Puts blocked tasklets (unpickled ones) back into a channel's queue.
  defineAppNative(t, "channel_restore", "(channel, balance, flags, tasklets, /)") { t, a, n in
    guard a[0].isObject, isSubtype(a[0].type, channelType), a[1].isFixnum, a[2].isFixnum, a[3].isExact(.list) else { return t.valueError("damaged channel") }
    let count = a[3].field(1).fixnum
    guard abs(a[1].fixnum) == count, a[0].field(ChannelField.head).isNone else { return t.valueError("damaged channel: balance") }
    for i in 0..<count {
      let task = a[3].field(0).items[i]
      guard isTasklet(task), task.field(TaskletField.next).isNone, task.field(TaskletField.previous).isNone,
            task.taskletState == TaskletState.blocked || task.taskletState == TaskletState.new else { return t.valueError("damaged channel: tasklet \(i)") }
      queueAppend(a[0], ChannelField.head, task)
    }
    a[0].fields[ChannelField.balance] = a[1]
    a[0].fields[ChannelField.flags] = .fixnum((a[2].fixnum & 1) | (a[2].fixnum & 8 != 0 ? ChannelFlag.scheduleAll : 0))
    a[0].fields[ChannelField.preference] = .fixnum((a[2].fixnum >> 1 & 3) - 1)
    return .none
  }
}
