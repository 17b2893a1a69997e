// `_signal`: the C handler sets a flag and requests a safepoint; Python handlers run there, in app-level code.

import Builtins
import Glibc
import Heap
import Objects

private let signalCount = 65
/// Written by the C handler.
nonisolated(unsafe) private let tripped = UnsafeMutablePointer<Int32>.allocate(capacity: signalCount)
nonisolated(unsafe) private var mainThread: ThreadRef! = nil
nonisolated(unsafe) private var wakeupFd: Int32 = -1
nonisolated(unsafe) private var anyTripped: Int32 = 0

private let handler: @convention(c) (Int32) -> Void = { s in
  let saved = errno
  tripped[Int(s)] = 1
  anyTripped = 1
  weft_request_set(mainThread, Request.signal)
  if wakeupFd >= 0 {
    var b = UInt8(truncatingIfNeeded: s)
    _ = write(wakeupFd, &b, 1)
  }
  errno = saved
}

/// Whether Python handlers are due.
public func signalsPending() -> Bool { anyTripped != 0 }

/// At a safepoint: runs the Python handlers of the signals that came. A tail call; nil when there is nothing to do.
public func runSignalHandlers(_ t: ThreadRef) -> Value? {
  weft_request_clear(t, Request.signal)
  if anyTripped == 0 { return nil }
  anyTripped = 0
  var due: [Value] = []
  for i in 1..<signalCount where tripped[i] != 0 {
    tripped[i] = 0
    due.append(.fixnum(i))
  }
  if due.isEmpty { return nil }
  var frame = Value.none
  if let f = visibleFrame(t) {
    f.pointee.header.flags |= FrameFlag.escaped
    frame = Value(f)
  }
  return callApp(t, named: "signal_run_handlers", makeTuple(t, due), frame)
}

private let signalNames: [(String, Int32)] = [
  ("SIGHUP", SIGHUP), ("SIGINT", SIGINT), ("SIGQUIT", SIGQUIT), ("SIGILL", SIGILL), ("SIGTRAP", SIGTRAP), ("SIGIOT", SIGABRT), ("SIGABRT", SIGABRT),
  ("SIGFPE", SIGFPE), ("SIGKILL", SIGKILL), ("SIGBUS", SIGBUS), ("SIGSEGV", SIGSEGV), ("SIGSYS", SIGSYS), ("SIGPIPE", SIGPIPE), ("SIGALRM", SIGALRM),
  ("SIGTERM", SIGTERM), ("SIGUSR1", SIGUSR1), ("SIGUSR2", SIGUSR2), ("SIGCLD", SIGCHLD), ("SIGCHLD", SIGCHLD), ("SIGPWR", 30), ("SIGIO", SIGIO),
  ("SIGURG", SIGURG), ("SIGWINCH", SIGWINCH), ("SIGPOLL", SIGIO), ("SIGSTOP", SIGSTOP), ("SIGTSTP", SIGTSTP), ("SIGCONT", SIGCONT), ("SIGTTIN", SIGTTIN),
  ("SIGTTOU", SIGTTOU), ("SIGVTALRM", SIGVTALRM), ("SIGPROF", SIGPROF), ("SIGXCPU", SIGXCPU), ("SIGXFSZ", SIGXFSZ), ("SIGSTKFLT", 16),
]

private func setMask(_ t: ThreadRef, _ v: Value) -> sigset_t? {
  var s = sigset_t()
  sigemptyset(&s)
  guard let (p, n) = sequenceItems(v) else { t.typeError("expected a list of signals"); return nil }
  for i in 0..<n {
    guard let k = intArgument(t, p[i]) else { return nil }
    guard k > 0, k < signalCount else { t.valueError("signal number \(k) out of range [1; 64]"); return nil }
    sigaddset(&s, Int32(k))
  }
  return s
}
private func maskSet(_ t: ThreadRef, _ s: inout sigset_t) -> Value {
  let out = makeSet(t)
  for i in 1..<Int32(signalCount) where sigismember(&s, i) == 1 { _ = setAdd(t, out, .fixnum(Int(i))) }
  return out
}

/// In the child of fork(), in whatever thread that was: it is the first one now.
func signalsAfterFork(_ t: ThreadRef) { mainThread = t }

/// The signals a program starts with: SIGPIPE and SIGXFSZ ignored; SIGINT is set up by app-level code.
public func initializeSignals(_ t: ThreadRef) {
  mainThread = t
  for i in 0..<signalCount { tripped[i] = 0 }
  weft_ignore_signal(SIGPIPE)
  weft_ignore_signal(SIGXFSZ)
  // Not the Swift runtime's handler, which takes it for a crash.
  if weft_signal_disposition(SIGQUIT) == 2 { weft_default_signal(SIGQUIT) }
}

func makeSignalModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "_signal", doc: "This module provides mechanisms to use signal handlers in Python.")
  for (k, v) in signalNames { m.set(k, int: Int(v)) }
  m.set("SIGRTMIN", int: 34)
  m.set("SIGRTMAX", int: 64)
  m.set("NSIG", int: signalCount)
  m.set("SIG_DFL", int: 0)
  m.set("SIG_IGN", int: 1)
  m.set("SIG_BLOCK", int: Int(SIG_BLOCK))
  m.set("SIG_UNBLOCK", int: Int(SIG_UNBLOCK))
  m.set("SIG_SETMASK", int: Int(SIG_SETMASK))
  m.set("ITIMER_REAL", int: 0)
  m.set("ITIMER_VIRTUAL", int: 1)
  m.set("ITIMER_PROF", int: 2)
  m.function("alarm", "(seconds, /)") { t, a, n in int32Argument(t, a[0]).map { .fixnum(Int(alarm(UInt32(bitPattern: $0)))) } ?? .empty }
  m.function("pause", "()") { t, a, n in
    _ = GlobalLock.blocking(t, a, n) { pause() }
    // Handlers run at the safepoint after this call.
    return .none
  }
  m.function("raise_signal", "(signalnum, /)") { t, a, n in
    guard let s = int32Argument(t, a[0]) else { return .empty }
    return raise(s) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("set_wakeup_fd", "(fd, /, *, warn_on_full_buffer=True)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    if fd != -1 {
      var st = stat()
      if fstat(fd, &st) != 0 { return raiseOSError(t, errno) }
      let f = weft_fcntl(fd, F_GETFL, 0)
      if f < 0 { return raiseOSError(t, errno) }
      if f & O_NONBLOCK == 0 { return t.valueError("the fd \(fd) must be in non-blocking mode") }
    }
    let old = wakeupFd
    wakeupFd = fd
    return .fixnum(Int(old))
  }
  m.function("siginterrupt", "(signalnum, flag, /)") { t, a, n in
    guard let s = int32Argument(t, a[0]), let flag = int32Argument(t, a[1]) else { return .empty }
    if s < 1 || s >= signalCount { return t.valueError("signal number out of range") }
    return siginterrupt(s, flag) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("pthread_kill", "(thread_id, signalnum, /)") { t, a, n in
    guard let id = intArgument(t, a[0]), let s = int32Argument(t, a[1]) else { return .empty }
    guard let thread = pthreadOf(ident: id) else { return raiseOSError(t, ESRCH) }
    let e = pthread_kill(thread, s)
    return e == 0 ? .none : raiseOSError(t, e)
  }
  m.function("strsignal", "(signalnum, /)") { t, a, n in
    guard let s = int32Argument(t, a[0]) else { return .empty }
    if s < 1 || s >= signalCount { return t.valueError("signal number out of range") }
    guard let p = strsignal(s) else { return .none }
    let text = String(cString: p)
    return text.hasPrefix("Unknown signal") ? .none : makeStr(t, text)
  }
  m.function("valid_signals", "()") { t, a, n in
    var s = sigset_t()
    sigfillset(&s)
    return maskSet(t, &s)
  }
  m.function("sigpending", "()") { t, a, n in
    var s = sigset_t()
    return sigpending(&s) == 0 ? maskSet(t, &s) : raiseOSError(t, errno)
  }
  return m.module
}

func installSignals(_ t: ThreadRef) {
  // Installs kind 0 default, 1 ignore, 2 Python handler.
  defineAppNative(t, "signal_install", "(signalnum, kind, /)") { t, a, n in
    guard let s = int32Argument(t, a[0]), let kind = int32Argument(t, a[1]) else { return .empty }
    if mainThread == nil { mainThread = t }
    var act = sigaction()
    sigemptyset(&act.sa_mask)
    act.sa_flags = 0
    let r: Int32
    switch kind {
    case 0: r = weft_default_signal(s)
    case 1: r = weft_ignore_signal(s)
    default: r = weft_handle_signal(s, handler)
    }
    return r == 0 ? .none : raiseOSError(t, errno)
  }
  // 0 default, 1 ignored, 2 something else.
  defineAppNative(t, "signal_disposition", "(signalnum, /)") { t, a, n in
    guard let s = int32Argument(t, a[0]) else { return .empty }
    return .fixnum(CrashReport.owns(s) ? 0 : Int(weft_signal_disposition(s)))
  }
  defineAppNative(t, "signal_mask", "(how, signals, /)") { t, a, n in
    guard let how = int32Argument(t, a[0]), var s = setMask(t, a[1]) else { return .empty }
    var old = sigset_t()
    let e = changeSignalMask(t, how, &s, &old)
    return e == 0 ? maskSet(t, &old) : raiseOSError(t, e)
  }
  defineAppNative(t, "signal_wait", "(signals, timeout, /)") { t, a, n in
    guard var s = setMask(t, a[0]) else { return .empty }
    var info = siginfo_t()
    let r: Int32
    if a[1].isNone { r = GlobalLock.blocking(t, a, n) { sigwaitinfo(&s, &info) } } else {
      guard let k = intArgument(t, a[1]) else { return .empty }
      var limit = timespec(tv_sec: k / 1_000_000_000, tv_nsec: k % 1_000_000_000)
      r = GlobalLock.blocking(t, a, n) { sigtimedwait(&s, &info, &limit) }
    }
    if r < 0 {
      if errno == EAGAIN { return .none }
      return errno == EINTR ? .false : raiseOSError(t, errno)
    }
    return makeTuple(t, [.fixnum(Int(info.si_signo)), .fixnum(Int(info.si_code)), .fixnum(Int(info.si_errno)), .fixnum(Int(weft_siginfo(&info, 0))),
                         .fixnum(Int(weft_siginfo(&info, 1))), .fixnum(Int(weft_siginfo(&info, 2))), .fixnum(Int(weft_siginfo(&info, 3)))])
  }
  defineAppNative(t, "signal_setitimer", "(which, seconds, interval, /)") { t, a, n in
    guard let which = int32Argument(t, a[0]), let s = toDouble(t, a[1]), let i = toDouble(t, a[2]) else {
      return t.pointee.exception.isEmpty ? t.typeError("must be real number") : .empty
    }
    func value(_ d: Double) -> timeval? {
      guard d.isFinite, abs(d) < 1e15 else { return nil }
      let us = (d * 1e6).rounded(.up)
      return timeval(tv_sec: Int(us / 1e6), tv_usec: Int(us.truncatingRemainder(dividingBy: 1e6)))
    }
    guard let v = value(s), let iv = value(i) else { return t.raise(.OverflowError, "timestamp out of range for platform time_t") }
    var new = itimerval(it_interval: iv, it_value: v), old = itimerval()
    if weft_setitimer(which, &new, &old) != 0 { return .false }
    return timerTuple(t, old)
  }
  defineAppNative(t, "signal_getitimer", "(which, /)") { t, a, n in
    guard let which = int32Argument(t, a[0]) else { return .empty }
    var old = itimerval()
    return weft_getitimer(which, &old) == 0 ? timerTuple(t, old) : .false
  }
}
private func timerTuple(_ t: ThreadRef, _ v: itimerval) -> Value {
  pair(t, makeFloat(t, Double(v.it_value.tv_sec) + Double(v.it_value.tv_usec) * 1e-6),
       makeFloat(t, Double(v.it_interval.tv_sec) + Double(v.it_interval.tv_usec) * 1e-6))
}
