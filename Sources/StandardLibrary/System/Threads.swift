// `_thread`: OS threads that run Python under the global lock, their identity, and locks.
//
// A lock is a flag that only the holder of the global lock reads or writes. Who finds it taken sleeps on a semaphore of its
// own thread until the lock is released, its time is over or a signal comes, and looks again: app-level `thread_acquire`.

import Builtins
import CWeft
import Glibc
import Heap
import Objects

/// C stack of a thread: natives nest little, but the compiler recurses.
private let threadStack = 16 << 20

@_silgen_name("mallopt") private func mallopt(_ parameter: Int32, _ value: Int32) -> Int32
/// The global lock lets one thread allocate at a time: no thread needs an arena of its own (M_ARENA_MAX).
private let fewArenas: Int32 = mallopt(-8, 2)

/// What a new thread runs: calls app-level `thread_run`; set by the layer above.
public enum ThreadEntry {
  nonisolated(unsafe) public static var run: ((ThreadRef, _ function: Value, _ arguments: [Value]) -> Void)?
}

/// Threads that sleep because a lock was taken.
private struct Sleeper {
  var thread: ThreadRef
  var lock: Int
  var semaphore: UnsafeMutablePointer<sem_t>
  var woken: Bool
}
nonisolated(unsafe) private var sleepers: [Sleeper] = []
nonisolated(unsafe) private var nextLock = 0
nonisolated(unsafe) private var handles: [UInt64: pthread_t] = [:]

/// The pthread behind a Python identity, or nil.
func pthreadOf(ident: Int) -> pthread_t? { handles[UInt64(truncatingIfNeeded: ident)] }

/// The main thread's identity; before Python runs.
public func initializeThreads(_ t: ThreadRef) {
  handles[t.pointee.ident] = pthread_self()
  GlobalLock.start(t)
}

/// The signal masks of all threads but the first, as programs see them: in truth these threads block what the first one is to get.
nonisolated(unsafe) private var masks: [UInt64: sigset_t] = [:]

/// pthread_sigmask() of a thread; errno.
func changeSignalMask(_ t: ThreadRef, _ how: Int32, _ set: inout sigset_t, _ old: inout sigset_t) -> Int32 {
  guard var seen = masks[t.pointee.ident] else { return pthread_sigmask(how, &set, &old) }
  old = seen
  if how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK { return EINVAL }
  for s in 1..<Int32(65) where sigismember(&set, s) == 1 {
    if how == SIG_UNBLOCK { sigdelset(&seen, s) } else { sigaddset(&seen, s) }
  }
  if how == SIG_SETMASK { seen = set }
  masks[t.pointee.ident] = seen
  // What it takes back stays the first thread's unless it says so itself.
  return pthread_sigmask(how == SIG_SETMASK ? SIG_BLOCK : how, &set, nil)
}

/// In the child of fork(): only this thread is left, and the signals are its own.
func threadsAfterFork(_ t: ThreadRef) {
  signalsAfterFork(t)
  if var seen = masks[t.pointee.ident] { pthread_sigmask(SIG_SETMASK, &seen, nil) }
  masks.removeAll()
  for u in allThreads where u != t {
    handles[u.pointee.ident] = nil
    removeThread(u)
    u.pointee.window?.deallocate()
    u.deallocate()
  }
  sleepers.removeAll()
  ParkingHooks.forked?(t)
  GlobalLock.start(t)
}

private let lockTaken = 0, lockNumber = 1

/// Wakes one thread that waits for the lock.
private func wake(_ lock: Value) {
  guard !sleepers.isEmpty, lock.field(lockNumber).isFixnum else { return }
  let number = lock.field(lockNumber).fixnum
  for i in 0..<sleepers.count where sleepers[i].lock == number && !sleepers[i].woken {
    sleepers[i].woken = true
    sem_post(sleepers[i].semaphore)
    return
  }
}

private func release(_ t: ThreadRef, _ lock: Value) -> Value {
  if lock.field(lockTaken) != .true { return t.raise(.RuntimeError, "release unlocked lock") }
  lock.fields[lockTaken] = .false
  wake(lock)
  if lock.field(lockNumber).isFixnum { ParkingHooks.released?(t, lock.field(lockNumber).fixnum) }
  return .none
}
private func number(_ lock: Value) -> Int {
  if !lock.field(lockNumber).isFixnum {
    nextLock += 1
    lock.fields[lockNumber] = .fixnum(nextLock)
  }
  return lock.field(lockNumber).fixnum
}

func makeThreadModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_thread", doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.")
  m.set("TIMEOUT_MAX", makeFloat(t, 9223372036.0))
  m.set("error", ExceptionType.RuntimeError.object)
  m.function("get_ident", "()") { t, a, n in makeInt(t, Int(t.pointee.ident)) }
  m.function("get_native_id", "()") { t, a, n in makeInt(t, Int(weft_gettid())) }
  return m.module
}

/// Defines `_thread.lock` (fields: taken, number among the locks somebody waited for) and the natives of `_thread`.
func installThreads(_ t: ThreadRef) {
  let d = defineType(t, "lock", module: "_thread", fields: 2, base: BuiltinType.object.object, subclassable: false)
  d.typeObject.pointee.flags |= TypeFlag.weakrefs
  setString(t, appNamespace, intern(t, "thread_lock"), d)
  let c = TypeDefinition(t, d)
  c.new("(cls, /)") { t, a, n in t.typeError("cannot create '_thread.lock' instances") }
  for name in ["acquire", "acquire_lock"] {
    c.method(name, "(self, /, blocking=True, timeout=-1)") { t, a, n in
      let plain = a[1].isEmpty && a[2].isEmpty
      if a[0].field(0) != .true && (plain || a[2].isEmpty) {
        a[0].fields[0] = .true
        return .true
      }
      return callApp(t, named: "thread_acquire", a[0], a[1].isEmpty ? .true : a[1], a[2].isEmpty ? .fixnum(-1) : a[2])
    }
  }
  for name in ["release", "release_lock"] {
    c.method(name, "(self, /)", effects: Effects.leaf) { t, a, n in release(t, a[0]) }
  }
  for name in ["locked", "locked_lock"] {
    c.method(name, "(self, /)", effects: Effects.leaf) { t, a, n in .bool(a[0].field(0) == .true) }
  }
  c.method("__enter__", "(self, /)") { t, a, n in
    if a[0].field(0) != .true { a[0].fields[0] = .true; return .true }
    return callApp(t, named: "thread_acquire", a[0], .true, .fixnum(-1))
  }
  c.method("__exit__", "(self, /, *args)", effects: Effects.leaf) { t, a, n in release(t, a[0]) }
  c.method("_at_fork_reinit", "(self, /)", effects: Effects.leaf) { t, a, n in
    a[0].fields[0] = .false
    return .none
  }
  c.method("__repr__", "(self, /)", effects: Effects.leaf) { t, a, n in
    makeStr(t, "<\(a[0].field(0) == .true ? "locked" : "unlocked") _thread.lock object at 0x\(String(identity(a[0]), radix: 16))>")
  }
  defineAppNative(t, "thread_new_lock", "()") { t, a, n in
    let v = makeInstance(t, getString(appNamespace, intern(t, "thread_lock")))
    v.fields[0] = .false
    return v
  }
  defineAppNative(t, "thread_take", "(lock, /)") { t, a, n in
    if a[0].field(0) == .true { return .false }
    a[0].fields[0] = .true
    return .true
  }
  // The lock's number among those somebody waited for; None: it is free.
  defineAppNative(t, "thread_lock_number", "(lock, /)") { t, a, n in a[0].field(lockTaken) == .true ? .fixnum(number(a[0])) : .none }
  defineAppNative(t, "thread_ident", "()") { t, a, n in makeInt(t, Int(t.pointee.ident)) }
  // Sleeps until the lock is released, the monotonic time in ns (None: for ever) has come, or a signal.
  defineAppNative(t, "thread_wait", "(lock, deadline, /)") { t, a, n in
    if a[0].field(lockTaken) != .true { return .none }
    _ = number(a[0])
    var until = timespec()
    let timed = !a[1].isNone
    if timed {
      guard let deadline = intArgument(t, a[1]) else { return .empty }
      // Semaphores count in wall-clock time.
      var monotonic = timespec()
      clock_gettime(CLOCK_MONOTONIC, &monotonic)
      clock_gettime(CLOCK_REALTIME, &until)
      let left = max(0, min(deadline - (monotonic.tv_sec * 1_000_000_000 + monotonic.tv_nsec), 1 << 60))
      let ns = until.tv_nsec + left % 1_000_000_000
      until = timespec(tv_sec: until.tv_sec + left / 1_000_000_000 + ns / 1_000_000_000, tv_nsec: ns % 1_000_000_000)
    }
    let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    sem_init(semaphore, 0, 0)
    sleepers.append(Sleeper(thread: t, lock: a[0].field(lockNumber).fixnum, semaphore: semaphore, woken: false))
    GlobalLock.blocking(t, a, n) { _ = timed ? sem_timedwait(semaphore, &until) : sem_wait(semaphore) }
    sleepers.removeAll { $0.semaphore == semaphore }
    sem_destroy(semaphore)
    semaphore.deallocate()
    return .none
  }
  // A new thread that calls app-level `thread_run(function, args, kwargs)`; its identity.
  defineAppNative(t, "thread_start", "(run, function, args, kwargs, stack_size, /)") { t, a, n in
    let u = makeThread()
    u.pointee.window = UnsafeMutablePointer<Value>.allocate(capacity: windowLimit * 2)
    for i in 0..<4 { weft_scratch(u)[i] = a[i] }
    _ = fewArenas
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, threadStack)
    // Signals are the main thread's.
    var all = sigset_t(), old = sigset_t()
    sigfillset(&all)
    for s in [SIGSEGV, SIGBUS, SIGFPE, SIGILL] { sigdelset(&all, s) }
    pthread_sigmask(SIG_BLOCK, &all, &old)
    var id = pthread_t()
    let ident = Int(u.pointee.ident)
    masks[u.pointee.ident] = masks[t.pointee.ident] ?? old
    GlobalLock.count += 1
    let e = pthread_create(&id, &attributes, { p in
      let u = p!.assumingMemoryBound(to: Thread.self)
      u.pointee.stackLimit = weft_stack_pointer() - UInt(threadStack) + (512 << 10)
      let signalStack = CrashReport.prepareThread()
      GlobalLock.acquire(u)
      let s = weft_scratch(u)
      let run = s[0], arguments = [s[1], s[2], s[3]]
      for i in 0..<4 { s[i] = .empty }
      handles[u.pointee.ident] = pthread_self()
      ThreadEntry.run?(u, run, arguments)
      handles[u.pointee.ident] = nil
      masks[u.pointee.ident] = nil
      let window = u.pointee.window
      removeThread(u)
      GlobalLock.count -= 1
      GlobalLock.release()
      // Only now nobody that waits for the lock can look at it.
      window?.deallocate()
      u.deallocate()
      CrashReport.releaseThread(signalStack)
      return nil
    }, u)
    pthread_sigmask(SIG_SETMASK, &old, nil)
    pthread_attr_destroy(&attributes)
    if e != 0 {
      GlobalLock.count -= 1
      masks[u.pointee.ident] = nil
      removeThread(u)
      u.pointee.window?.deallocate()
      u.deallocate()
      return t.raise(.RuntimeError, "can't start new thread")
    }
    return makeInt(t, ident)
  }
  defineAppNative(t, "thread_set_interval", "(nanoseconds, /)") { t, a, n in
    guard let k = intArgument(t, a[0]) else { return .empty }
    GlobalLock.interval = max(1000, k)
    return .none
  }
  // The attribute dict of a `_local` is that of this thread; False when this thread has none yet.
  defineAppNative(t, "local_select", "(local, dicts, /)") { t, a, n in
    let key = Value.fixnum(Int(t.pointee.ident))
    let i = find(a[1], key, nativeHash(key)!)
    if i < 0 { return .false }
    _ = replaceDict(t, a[0], a[1].table.tableRef.value(i))
    return .true
  }
  defineAppNative(t, "local_add", "(local, dicts, dict, /)") { t, a, n in
    let key = Value.fixnum(Int(t.pointee.ident)), h = nativeHash(key)!
    if find(a[1], key, h) < 0 { insertNew(t, a[1], key, h, a[2]) }
    _ = replaceDict(t, a[0], a[2])
    return .none
  }
  defineAppNative(t, "local_get", "(local, dicts, name, /)") { t, a, n in
    let key = Value.fixnum(Int(t.pointee.ident)), i = find(a[1], key, nativeHash(key)!)
    if i >= 0 { _ = replaceDict(t, a[0], a[1].table.tableRef.value(i)) }
    guard a[2].isStr else { return t.typeError("attribute name must be string, not '\(typeName(a[2]))'") }
    let name = intern(a[2])
    return genericGetAttribute(t, a[0], a[0].type, name)
  }
  defineAppNative(t, "local_set", "(local, dicts, name, value=None, /)") { t, a, n in
    let key = Value.fixnum(Int(t.pointee.ident)), i = find(a[1], key, nativeHash(key)!)
    if i >= 0 { _ = replaceDict(t, a[0], a[1].table.tableRef.value(i)) }
    guard a[2].isStr else { return t.typeError("attribute name must be string, not '\(typeName(a[2]))'") }
    let name = intern(a[2])
    return genericSetAttribute(t, a[0], name, n > 3 ? a[3] : .empty)
  }
}
