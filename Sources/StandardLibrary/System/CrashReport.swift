// What is printed when the machine itself dies (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, a Swift trap): the Python stack of
// every thread. Also what `faulthandler` prints.
//
// Laws: it may run in a signal handler, on a stack of its own, with the heap in any state. So it takes no lock, allocates
// nothing, and reads memory only through `word` and `byte`, which survive an address that is not there. A frame's pc is
// written back before anything native runs; of a thread that was in the run loop the last such line is shown.

import Builtins
import Bytecode
import CWeft
import Glibc
import Heap
import Objects

public enum CrashReport {
  private static let signals: [(Int32, StaticString)] = [
    (SIGBUS, "Bus error"), (SIGILL, "Illegal instruction"), (SIGFPE, "Floating point exception"), (SIGABRT, "Aborted"),
    (SIGTRAP, "Trace/breakpoint trap"), (SIGSEGV, "Segmentation fault"),
  ]
  // Raw memory: a handler must not meet a lazy initialiser or a reference count.
  nonisolated(unsafe) private static var table: UnsafeMutablePointer<(number: Int32, name: UnsafePointer<UInt8>, length: Int, old: sigaction)>! = nil
  nonisolated(unsafe) private static var tableCount = 0
  nonisolated(unsafe) private static var installed = false, dying = false
  nonisolated(unsafe) static var descriptor: Int32 = 2, allThreads = true
  /// By faulthandler.enable().
  nonisolated(unsafe) static var requested = false
  nonisolated(unsafe) private static var buffer: UnsafeMutablePointer<UInt8>! = nil
  nonisolated(unsafe) private static var filled = 0, target: Int32 = 2
  nonisolated(unsafe) private static var pipeIn: Int32 = -1, pipeOut: Int32 = -1
  nonisolated(unsafe) private static var codeFilename = 0, codeName = 0, codeInstructions = 0, codePositions = 0, codePositionCount = 0, codeFlags = 0
  nonisolated(unsafe) private static var codeFirstLine = 0

  /// Sets up what the handler uses; before the first report.
  static func prepare() {
    if buffer != nil { return }
    buffer = .allocate(capacity: 1024)
    codeFilename = MemoryLayout<CodeObject>.offset(of: \.filename)!
    codeName = MemoryLayout<CodeObject>.offset(of: \.name)!
    codeInstructions = MemoryLayout<CodeObject>.offset(of: \.instructions)!
    codePositions = MemoryLayout<CodeObject>.offset(of: \.positions)!
    codePositionCount = MemoryLayout<CodeObject>.offset(of: \.positionCount)!
    codeFlags = MemoryLayout<CodeObject>.offset(of: \.flags)!
    threadIdent = MemoryLayout<Thread>.offset(of: \Thread.ident)!
    threadFrame = MemoryLayout<Thread>.offset(of: \Thread.frame)!
    codeFirstLine = MemoryLayout<CodeObject>.offset(of: \.firstLine)!
    table = .allocate(capacity: signals.count)
    for (i, s) in signals.enumerated() {
      (table + i).initialize(to: (s.0, s.1.utf8Start, s.1.utf8CodeUnitCount, sigaction()))
    }
    tableCount = signals.count
    descriptor = 2
    allThreads = true
  }

  /// Takes the signals over.
  public static func install() {
    prepare()
    if installed { return }
    installed = true
    for i in 0..<tableCount {
      var action = sigaction()
      action.__sigaction_handler.sa_sigaction = died
      action.sa_flags = SA_ONSTACK | Int32(SA_NODEFER) | Int32(SA_SIGINFO)
      sigemptyset(&action.sa_mask)
      sigaction(table[i].number, &action, &table[i].old)
    }
  }
  /// Gives them back.
  static func uninstall() {
    if !installed { return }
    installed = false
    for i in 0..<tableCount { sigaction(table[i].number, &table[i].old, nil) }
  }

  /// Whether the signal's action is ours: to Python it is then the default.
  static func owns(_ number: Int32) -> Bool {
    var action = sigaction()
    guard installed, sigaction(number, nil, &action) == 0, let handler = action.__sigaction_handler.sa_sigaction else { return false }
    return unsafeBitCast(handler, to: UInt.self) == unsafeBitCast(died, to: UInt.self)
  }

  /// A stack for the handlers of the calling thread: its own may be what has run out.
  public static func prepareThread() -> UnsafeMutableRawPointer? {
    guard let p = malloc(stackSize) else { return nil }
    var s = stack_t(ss_sp: p, ss_flags: 0, ss_size: stackSize)
    sigaltstack(&s, nil)
    return p
  }
  public static func releaseThread(_ stack: UnsafeMutableRawPointer?) {
    guard let stack else { return }
    var s = stack_t(ss_sp: nil, ss_flags: Int32(SS_DISABLE), ss_size: 0)
    sigaltstack(&s, nil)
    free(stack)
  }
  private static let stackSize = 65536

  /// The handler: reports, then dies as if it had never been there.
  private static let died: @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void = { number, info, _ in
    let saved = errno
    for i in 0..<tableCount where table[i].number == number {
      sigaction(number, &table[i].old, nil)
      // What another process sends is not the machine's fault; faulthandler wants it nevertheless.
      if !dying && (requested || info == nil || info.unsafelyUnwrapped.pointee.si_code != 0) {
        dying = true
        target = descriptor
        text("Fatal Python error: ")
        for k in 0..<table[i].length { put(table[i].name[k]) }
        text("\n\n")
        flush()
        dump(to: descriptor, all: allThreads)
        dying = false
      }
    }
    errno = saved
    raise(number)
  }

  // MARK: the report

  /// Writes the stacks of all threads, or of the one that runs Python now.
  static func dump(to fd: Int32, all: Bool) {
    target = fd
    filled = 0
    var ends: (Int32, Int32) = (-1, -1)
    _ = withUnsafeMutablePointer(to: &ends) { $0.withMemoryRebound(to: Int32.self, capacity: 2) { pipe($0) } }
    pipeOut = ends.0
    pipeIn = ends.1
    let running = GlobalLock.running
    if all {
      let (list, n) = threadTable()
      var i = n - 1
      // The newest first, the first thread last.
      while i >= 0 && n - i <= 100 {
        guard let t = list?[i] else { break }
        if i != n - 1 { put(10) }
        text(t == running ? "Current thread 0x" : "Thread 0x")
        hexadecimal(word(UInt(bitPattern: t) + UInt(threadIdent)) ?? 0, digits: 16)
        text(" (most recent call first):\n")
        frames(t)
        i -= 1
      }
    } else {
      text("Stack (most recent call first):\n")
      if let t = running { frames(t) } else { text("  <no Python frame>\n") }
    }
    flush()
    if pipeIn >= 0 { close(pipeIn); close(pipeOut) }
    pipeIn = -1
  }
  nonisolated(unsafe) private static var threadIdent = 0, threadFrame = 0

  private static func frames(_ t: ThreadRef) {
    var f = UInt(word(UInt(bitPattern: t) + UInt(threadFrame)) ?? 0)
    var shown = 0, steps = 0
    while f != 0 && steps < 1_000_000 {
      steps += 1
      guard f & 7 == 0, let head = word(f), let back = word(f + 8), let code = word(f + 16), let pc = word(f + 24), code & 7 == 0, code != 0,
            let flagWord = word((UInt(code) + UInt(codeFlags)) & ~7) else { text("  <damaged frame>\n"); return }
      let flags = UInt32(truncatingIfNeeded: (UInt(code) + UInt(codeFlags)) & 4 == 0 ? flagWord : flagWord >> 32)
      let isBase = UInt8(truncatingIfNeeded: head >> 40) & FrameFlag.base != 0
      if !isBase && flags & CodeFlags.hidden.rawValue == 0 {
        if shown == 100 { text("  ...\n"); return }
        shown += 1
        text("  File \"")
        string(UInt(word(UInt(code) + UInt(codeFilename)) ?? 0))
        text("\", line ")
        decimal(line(UInt(code), UInt(pc)))
        text(" in ")
        string(UInt(word(UInt(code) + UInt(codeName)) ?? 0))
        put(10)
      }
      f = UInt(back)
    }
    if shown == 0 { text("  <no Python frame>\n") }
  }

  private static func line(_ code: UInt, _ pc: UInt) -> Int {
    func half(_ a: UInt) -> UInt32 { let w = word(a & ~7) ?? 0; return UInt32(truncatingIfNeeded: a & 4 == 0 ? w : w >> 32) }
    let first = Int(Int32(bitPattern: half(code + UInt(codeFirstLine))))
    guard let start = word(code + UInt(codeInstructions)), let table = word(code + UInt(codePositions)), table & 3 == 0, table != 0,
          let n = word(code + UInt(codePositionCount)), n > 0, n < 1 << 32, pc >= UInt(start) else { return first }
    let at = (Int(pc) - Int(start)) / 4 - 1
    if at < 0 { return first }
    let stride = UInt(MemoryLayout<PackedPosition>.stride)
    var lo: UInt = 0, hi = UInt(n)
    while lo + 1 < hi {
      let m = (lo + hi) / 2
      if Int(half(UInt(table) + m * stride)) <= at { lo = m } else { hi = m }
    }
    return Int(Int32(bitPattern: half(UInt(table) + lo * stride + 4)))
  }

  // MARK: reading and writing

  /// The word at an address; nil when nothing can be read there.
  private static func word(_ address: UInt) -> UInt64? {
    guard address & 7 == 0, address > 4096, address < 1 << 47, let p = UnsafeRawPointer(bitPattern: address) else { return nil }
    if pipeIn < 0 { return p.load(as: UInt64.self) }
    var w: UInt64 = 0
    guard write(pipeIn, p, 8) == 8, read(pipeOut, &w, 8) == 8 else { return nil }
    return w
  }
  private static func byte(_ address: UInt) -> UInt8 { UInt8(truncatingIfNeeded: (word(address & ~7) ?? 0) >> UInt64((address & 7) * 8)) }

  /// A str, with escapes for what is not printable ASCII.
  private static func string(_ s: UInt) {
    guard s & 7 == 0, let head = word(s), let n = word(s + 16) else { text("???"); return }
    let width = UInt(head >> 40 & 7)
    guard width == 1 || width == 2 || width == 4 else { text("???"); return }
    var i: UInt = 0
    while i < UInt(n) && i < 500 {
      var c: UInt32 = 0
      for k in 0..<width { c |= UInt32(byte(s + 24 + i * width + k)) << UInt32(8 * k) }
      if c >= 32 && c < 127 { put(UInt8(c)) } else {
        text(c < 256 ? "\\x" : c < 65536 ? "\\u" : "\\U")
        hexadecimal(UInt64(c), digits: c < 256 ? 2 : c < 65536 ? 4 : 8)
      }
      i += 1
    }
    if UInt(n) > 500 { text("...") }
  }
  private static func hexadecimal(_ v: UInt64, digits: Int) {
    var k = digits - 1
    while k >= 0 {
      let d = UInt8(truncatingIfNeeded: v >> UInt64(4 * k) & 15)
      put(d < 10 ? 48 + d : 87 + d)
      k -= 1
    }
  }
  private static func decimal(_ v: Int) {
    if v < 0 { put(63); return }
    if v >= 10 { decimal(v / 10) }
    put(UInt8(48 + v % 10))
  }
  private static func text(_ s: StaticString) {
    let p = s.utf8Start
    for i in 0..<s.utf8CodeUnitCount { put(p[i]) }
  }
  private static func put(_ b: UInt8) {
    if filled == 1024 { flush() }
    buffer[filled] = b
    filled += 1
  }
  private static func flush() {
    var at = 0
    while at < filled {
      let n = write(target, buffer + at, filled - at)
      if n <= 0 && errno != EINTR { break }
      at += max(0, n)
    }
    filled = 0
  }
}

// MARK: faulthandler

/// A dump after some time, by a system thread of its own that needs no lock.
private struct Watchdog {
  var fd: Int32, repeats: Bool, exits: Bool, nanoseconds: Int
  var header: UnsafeMutablePointer<UInt8>, headerLength: Int
  var cancel = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  var thread = pthread_t()
}
nonisolated(unsafe) private var watchdog: UnsafeMutablePointer<Watchdog>?

private func cancelWatchdog() {
  guard let w = watchdog else { return }
  watchdog = nil
  sem_post(w.pointee.cancel)
  pthread_join(w.pointee.thread, nil)
  sem_destroy(w.pointee.cancel)
  w.pointee.cancel.deallocate()
  w.pointee.header.deallocate()
  w.deallocate()
}

/// Signals on which stacks are printed: descriptor, all threads, whether the handler before runs too.
private typealias Registered = (active: Bool, fd: Int32, all: Bool, chain: Bool, old: sigaction)
nonisolated(unsafe) private let registered: UnsafeMutablePointer<Registered> = {
  let p = UnsafeMutablePointer<Registered>.allocate(capacity: 65)
  p.initialize(repeating: (false, 2, true, false, sigaction()), count: 65)
  return p
}()
private func onRegistered(_ number: Int32) {
  let r = registered + Int(number), saved = errno
  if !r.pointee.active { return }
  CrashReport.dump(to: r.pointee.fd, all: r.pointee.all)
  errno = saved
  if r.pointee.chain {
    sigaction(number, &r.pointee.old, nil)
    errno = saved
    raise(number)
    installRegistered(number)
  }
}
private func installRegistered(_ number: Int32) {
  var action = sigaction()
  action.__sigaction_handler.sa_handler = { onRegistered($0) }
  action.sa_flags = SA_ONSTACK | Int32(SA_RESTART) | (registered[Int(number)].chain ? Int32(SA_NODEFER) : 0)
  sigemptyset(&action.sa_mask)
  sigaction(number, &action, nil)
}

/// Deeper and deeper, in a way that no compiler turns into a loop.
@inline(never) private func overflowStack(_ p: UnsafeMutablePointer<Int>) -> Int {
  withUnsafeTemporaryAllocation(of: Int.self, capacity: 4096) { room in
    room[0] = p.pointee + 1
    return overflowStack(room.baseAddress!) + room[Int(room[0] & 1)]
  }
}

func installFaultHandler(_ t: ThreadRef) {
  defineAppNative(t, "fault_enable", "(fd, all_threads, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    CrashReport.prepare()
    CrashReport.descriptor = fd
    CrashReport.allThreads = a[1] == .true
    CrashReport.requested = true
    CrashReport.install()
    return .none
  }
  defineAppNative(t, "fault_disable", "()") { t, a, n in CrashReport.requested = false; CrashReport.uninstall(); return .none }
  defineAppNative(t, "fault_dump", "(fd, all_threads, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    CrashReport.prepare()
    CrashReport.dump(to: fd, all: a[1] == .true)
    return .none
  }
  defineAppNative(t, "fault_later", "(nanoseconds, repeat, fd, exit, header, /)") { t, a, n in
    guard let ns = intArgument(t, a[0]), let fd = int32Argument(t, a[2]), a[4].isKind(.bytes) else { return .empty }
    CrashReport.prepare()
    cancelWatchdog()
    let length = a[4].bytesCount, header = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, length))
    header.update(from: a[4].bytesData, count: length)
    let w = UnsafeMutablePointer<Watchdog>.allocate(capacity: 1)
    w.initialize(to: Watchdog(fd: fd, repeats: a[1] == .true, exits: a[3] == .true, nanoseconds: ns, header: header, headerLength: length))
    sem_init(w.pointee.cancel, 0, 0)
    var all = sigset_t(), old = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &old)
    let e = pthread_create(&w.pointee.thread, nil, { p in
      let w = p!.assumingMemoryBound(to: Watchdog.self)
      repeat {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        let sum = until.tv_nsec + w.pointee.nanoseconds
        until = timespec(tv_sec: until.tv_sec + sum / 1_000_000_000, tv_nsec: sum % 1_000_000_000)
        while sem_timedwait(w.pointee.cancel, &until) != 0 { if errno == ETIMEDOUT { break } }
        if errno != ETIMEDOUT { return nil }
        errno = 0
        _ = write(w.pointee.fd, w.pointee.header, w.pointee.headerLength)
        CrashReport.dump(to: w.pointee.fd, all: true)
        if w.pointee.exits { _exit(1) }
      } while w.pointee.repeats
      sem_wait(w.pointee.cancel)
      return nil
    }, w)
    pthread_sigmask(SIG_SETMASK, &old, nil)
    if e != 0 { return t.raise(.RuntimeError, "unable to start watchdog thread") }
    watchdog = w
    return .none
  }
  defineAppNative(t, "fault_cancel", "()") { t, a, n in cancelWatchdog(); return .none }
  defineAppNative(t, "fault_register", "(signum, fd, all_threads, chain, /)") { t, a, n in
    guard let s = int32Argument(t, a[0]), let fd = int32Argument(t, a[1]), s > 0, s < 65 else { return t.valueError("signal number out of range") }
    CrashReport.prepare()
    let r = registered + Int(s)
    if !r.pointee.active { sigaction(s, nil, &r.pointee.old) }
    r.pointee = (true, fd, a[2] == .true, a[3] == .true, r.pointee.old)
    installRegistered(s)
    return .none
  }
  defineAppNative(t, "fault_unregister", "(signum, /)") { t, a, n in
    guard let s = int32Argument(t, a[0]), s > 0, s < 65, registered[Int(s)].active else { return .false }
    registered[Int(s)].active = false
    sigaction(s, &registered[Int(s)].old, nil)
    return .true
  }
  // For tests: dies in one of the ways a machine dies.
  defineAppNative(t, "fault_crash", "(how, /)") { t, a, n in
    guard let how = intArgument(t, a[0]) else { return .empty }
    switch how {
    case 0: raise(SIGSEGV)
    case 1: abort()
    case 2: raise(SIGFPE)
    case 3: return .fixnum(UnsafePointer<Int>(bitPattern: 8).unsafelyUnwrapped.pointee)
    case 4: var zero = 0; return .fixnum(overflowStack(&zero))
    case 5: raise(SIGBUS)
    case 6: raise(SIGILL)
    default: fatalError("asked for")
    }
    return .none
  }
}
