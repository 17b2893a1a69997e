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
func isChannel(_ v: Value) -> Bool { v.isObject && isSubtype(v.type, channelType) }

/// Takes a blocked tasklet from its channel; it is paused then.
func channelRemove(_ ch: Value, _ task: Value) {
  guard ch.isObject, !ch.isNone else { return }
  queueRemove(ch, ChannelField.head, task)
  let b = ch.field(ChannelField.balance).fixnum
  ch.fields[ChannelField.balance] = .fixnum(b > 0 ? b - 1 : b + 1)
  task.fields[TaskletField.channel] = .none
  task.setTaskletState(TaskletState.paused)
  task.fields[TaskletField.flags] = .fixnum(task.taskletFlags & ~TaskletFlag.sendsException)
}

/// Blocks the running tasklet on a channel.
private func block(_ t: ThreadRef, _ ch: Value, _ direction: Int) -> Value {
  let s = scheduler(t), me = s.field(SchedulerField.current)
  if me.taskletFlags & TaskletFlag.blockTrap != 0 { return t.raise(.RuntimeError, "this tasklet does not like to be blocked.") }
  if !maySwitch(t, s) { return .empty }
  if waitsForTimer(s) { return callApp(t, named: "channel_idle", ch, .fixnum(direction)) }
  if me == s.field(SchedulerField.main) && s.field(SchedulerField.head).isNone {
    return t.raise(.RuntimeError, "Deadlock: the last runnable tasklet cannot be blocked.")
  }
  queueAppend(ch, ChannelField.head, me)
  ch.fields[ChannelField.balance] = .fixnum(ch.field(ChannelField.balance).fixnum + direction)
  me.setTaskletState(TaskletState.blocked)
  setField(me, TaskletField.channel, ch)
  return stopCurrent(t, s)
}

/// The partner that waits longest leaves the channel.
private func takePartner(_ ch: Value) -> Value {
  let other = ch.field(ChannelField.head)
  channelRemove(ch, other)
  return other
}

private func closedError(_ t: ThreadRef) -> Value { t.valueError("Send/receive operation on a closed channel") }

func send(_ t: ThreadRef, _ ch: Value, _ value: Value, isException: Bool) -> Value {
  guard canPark(t) else { return callApp(t, named: "channel_send_plain", ch, value, .bool(isException)) }
  let s = scheduler(t), balance = ch.field(ChannelField.balance).fixnum, flags = ch.field(ChannelField.flags).fixnum
  let me = s.field(SchedulerField.current)
  if flags & ChannelFlag.closing != 0 && balance >= 0 { return closedError(t) }
  if balance >= 0 {
    setField(me, TaskletField.tempval, value)
    if isException { me.fields[TaskletField.flags] = .fixnum(me.taskletFlags | TaskletFlag.sendsException) }
    let r = block(t, ch, 1)
    // A refused block leaves nothing behind.
    if r.isEmpty && !t.pointee.exception.isEmpty && s.field(SchedulerField.current) == me { me.fields[TaskletField.tempval] = .none }
    return r
  }
  let direct = flags & ChannelFlag.scheduleAll != 0 || ch.field(ChannelField.preference).fixnum == -1
  if direct && !maySwitch(t, s) { return .empty }
  let other = takePartner(ch)
  if isException { setField(other, TaskletField.pending, value) } else { setField(other, TaskletField.tempval, value) }
  if flags & ChannelFlag.scheduleAll != 0 {
    enqueue(s, other)
    let next = nextRunnable(s)
    me.fields[TaskletField.tempval] = .none
    enqueue(s, me)
    return switchTo(t, s, next)
  }
  if direct {
    me.fields[TaskletField.tempval] = .none
    enqueue(s, me)
    return switchTo(t, s, other)
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
  let direct = flags & ChannelFlag.scheduleAll != 0 || ch.field(ChannelField.preference).fixnum == 1
  if direct && !maySwitch(t, s) { return .empty }
  let isException = ch.field(ChannelField.head).taskletFlags & TaskletFlag.sendsException != 0
  let other = takePartner(ch), value = other.field(TaskletField.tempval)
  other.fields[TaskletField.tempval] = .none
  if direct {
    if isException { setField(me, TaskletField.pending, value) } else { setField(me, TaskletField.tempval, value) }
    if flags & ChannelFlag.scheduleAll != 0 {
      enqueue(s, other)
      let next = nextRunnable(s)
      enqueue(s, me)
      return switchTo(t, s, next)
    }
    enqueue(s, me)
    return switchTo(t, s, other)
  }
  enqueue(s, other)
  return isException ? t.raise(value) : value
}

func installChannels(_ t: ThreadRef) {
  let type = defineType(t, "channel", module: "_stackless", fields: ChannelField.count, base: BuiltinType.object.object)
  type.typeObject.pointee.flags |= TypeFlag.weakrefs
  weft_roots()[channelRoot] = type
  setString(t, appNamespace, intern(t, "channel"), type)
  let d = TypeDefinition(t, type)
  d.new("(type, /, *args, **kwargs)", effects: Effects.leaf) { t, a, n in
    guard isType(a[0]), isSubtype(a[0], channelType) else { return t.typeError("channel.__new__(): not a subtype of channel") }
    let v = makeInstance(t, a[0])
    v.fields[ChannelField.head] = .none
    v.fields[ChannelField.tail] = .none
    v.fields[ChannelField.balance] = .fixnum(0)
    v.fields[ChannelField.preference] = .fixnum(-1)
    v.fields[ChannelField.flags] = .fixnum(0)
    return v
  }
  d.method("send", "(self, value, /, timeout=None)") { t, a, n in
    if !a[2].isEmpty && !a[2].isNone { return callApp(t, named: "channel_send_timed", a[0], a[1], a[2]) }
    return callbacksActive ? callApp(t, named: "channel_send_hooked", a[0], a[1], .false) : send(t, a[0], a[1], isException: false)
  }
  d.method("receive", "(self, /, timeout=None)") { t, a, n in
    if !a[1].isEmpty && !a[1].isNone { return callApp(t, named: "channel_receive_timed", a[0], a[1]) }
    return callbacksActive ? callApp(t, named: "channel_receive_hooked", a[0]) : receive(t, a[0])
  }
  d.method("__iter__", "(self, /)", effects: Effects.leaf) { t, a, n in a[0] }
  d.method("__next__", "(self, /)") { t, a, n in callApp(t, named: "channel_next", a[0]) }
  d.getset("balance", get: { t, a, n in a[0].field(ChannelField.balance) })
  d.getset("queue", get: { t, a, n in a[0].field(ChannelField.head) })
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
  // Tasklets that wait, first come first.
  defineAppNative(t, "channel_waiting", "(channel, /)") { t, a, n in
    let list = makeList(t)
    guard a[0].isObject, isSubtype(a[0].type, channelType) else { return list }
    var task = a[0].field(ChannelField.head)
    while !task.isNone { listAppend(t, list, task); task = task.field(TaskletField.next) }
    return list
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
