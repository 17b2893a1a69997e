// `posix`: processes, users, the environment, limits.

import Builtins
import Glibc
import Heap
import Objects
import Support

func definePosixProcesses(_ m: ModuleDefinition) {
  m.function("getpid", "()") { t, a, n in .fixnum(Int(getpid())) }
  m.function("getppid", "()") { t, a, n in .fixnum(Int(getppid())) }
  m.function("getuid", "()") { t, a, n in .fixnum(Int(getuid())) }
  m.function("geteuid", "()") { t, a, n in .fixnum(Int(geteuid())) }
  m.function("getgid", "()") { t, a, n in .fixnum(Int(getgid())) }
  m.function("getegid", "()") { t, a, n in .fixnum(Int(getegid())) }
  m.function("getpgrp", "()") { t, a, n in .fixnum(Int(getpgrp())) }
  m.function("getpgid", "(pid)") { t, a, n in
    guard let p = int32Argument(t, a[0]) else { return .empty }
    let r = getpgid(p)
    return r >= 0 ? .fixnum(Int(r)) : raiseOSError(t, errno)
  }
  m.function("getsid", "(pid, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]) else { return .empty }
    let r = getsid(p)
    return r >= 0 ? .fixnum(Int(r)) : raiseOSError(t, errno)
  }
  m.function("setsid", "()") { t, a, n in setsid() >= 0 ? .none : raiseOSError(t, errno) }
  m.function("setpgrp", "()") { t, a, n in setpgid(0, 0) == 0 ? .none : raiseOSError(t, errno) }
  m.function("setpgid", "(pid, pgrp, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]), let g = int32Argument(t, a[1]) else { return .empty }
    return setpgid(p, g) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("setuid", "(uid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "uid") else { return .empty }
    return setuid(u) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("seteuid", "(euid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "uid") else { return .empty }
    return seteuid(u) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("setgid", "(gid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "gid") else { return .empty }
    return setgid(u) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("setegid", "(egid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "gid") else { return .empty }
    return setegid(u) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("setreuid", "(ruid, euid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "uid"), let v = idArgument(t, a[1], "uid") else { return .empty }
    return setreuid(u, v) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("setregid", "(rgid, egid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "gid"), let v = idArgument(t, a[1], "gid") else { return .empty }
    return setregid(u, v) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("getresuid", "()") { t, a, n in
    var r: uid_t = 0, e: uid_t = 0, s: uid_t = 0
    return weft_getresuid(&r, &e, &s) == 0 ? makeTuple(t, [.fixnum(Int(r)), .fixnum(Int(e)), .fixnum(Int(s))]) : raiseOSError(t, errno)
  }
  m.function("getresgid", "()") { t, a, n in
    var r: gid_t = 0, e: gid_t = 0, s: gid_t = 0
    return weft_getresgid(&r, &e, &s) == 0 ? makeTuple(t, [.fixnum(Int(r)), .fixnum(Int(e)), .fixnum(Int(s))]) : raiseOSError(t, errno)
  }
  m.function("getgroups", "()") { t, a, n in
    let k = getgroups(0, nil)
    if k < 0 { return raiseOSError(t, errno) }
    var g = [gid_t](repeating: 0, count: Int(k) + 1)
    let r = getgroups(k, &g)
    return r < 0 ? raiseOSError(t, errno) : makeList(t, g[..<Int(r)].map { .fixnum(Int($0)) })
  }
  m.function("getlogin", "()") { t, a, n in
    guard let s = getlogin() else { return raiseOSError(t, errno) }
    return fileSystemStr(t, s)
  }
  m.function("umask", "(mask, /)") { t, a, n in
    guard let k = int32Argument(t, a[0]) else { return .empty }
    return .fixnum(Int(umask(mode_t(truncatingIfNeeded: k))))
  }
  m.function("nice", "(increment, /)") { t, a, n in
    guard let k = int32Argument(t, a[0]) else { return .empty }
    errno = 0
    let r = nice(k)
    return r == -1 && errno != 0 ? raiseOSError(t, errno) : .fixnum(Int(r))
  }
  m.function("getpriority", "(which, who)") { t, a, n in
    guard let k = int32Argument(t, a[0]), let who = int32Argument(t, a[1]) else { return .empty }
    errno = 0
    let r = getpriority(__priority_which_t(UInt32(bitPattern: k)), id_t(bitPattern: who))
    return r == -1 && errno != 0 ? raiseOSError(t, errno) : .fixnum(Int(r))
  }
  m.function("kill", "(pid, signal, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]), let s = int32Argument(t, a[1]) else { return .empty }
    return kill(p, s) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("killpg", "(pgid, signal, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]), let s = int32Argument(t, a[1]) else { return .empty }
    return killpg(p, s) == 0 ? .none : raiseOSError(t, errno)
  }
  defineAppNative(m.t, "posix_fork", "()") { t, a, n in
    let r = weft_fork()
    if r == 0 { threadsAfterFork(t) }
    return r < 0 ? raiseOSError(t, errno) : .fixnum(Int(r))
  }
  m.function("_exit", "(status)") { t, a, n in
    guard let k = int32Argument(t, a[0]) else { return .empty }
    _exit(k)
  }
  m.function("abort", "()") { t, a, n in
    // Asked for: no report, unless faulthandler was asked for too.
    if !CrashReport.requested { CrashReport.uninstall() }
    abort()
  }
  m.function("waitpid", "(pid, options, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]), let o = int32Argument(t, a[1]) else { return .empty }
    if ParkingHooks.wanted && o & WNOHANG == 0 { return callApp(t, named: "park_waitpid", a[0], a[1]) }
    var status: Int32 = 0
    let r = GlobalLock.blocking(t, a, n) { waitpid(p, &status, o) }
    return r >= 0 ? pair(t, .fixnum(Int(r)), .fixnum(Int(status))) : systemFailure(t, "waitpid", a, n)
  }
  m.function("wait", "()") { t, a, n in
    if ParkingHooks.wanted { return callApp(t, named: "park_waitpid", .fixnum(-1), .fixnum(0)) }
    var status: Int32 = 0
    let r = GlobalLock.blocking(t, a, n) { wait(&status) }
    return r >= 0 ? pair(t, .fixnum(Int(r)), .fixnum(Int(status))) : systemFailure(t, "wait", a, n)
  }
  // (pid, status, rusage fields) of wait4.
  m.function("_wait4", "(pid, options, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]), let o = int32Argument(t, a[1]) else { return .empty }
    var status: Int32 = 0
    var ru = rusage()
    let r = GlobalLock.blocking(t, a, n) { wait4(p, &status, o, &ru) }
    return r >= 0 ? makeTuple(t, [.fixnum(Int(r)), .fixnum(Int(status)), rusageTuple(t, ru)]) : systemFailure(t, "_wait4", a, n)
  }
  m.function("WIFEXITED", "(status)") { t, a, n in int32Argument(t, a[0]).map { .bool($0 & 0x7f == 0) } ?? .empty }
  m.function("WEXITSTATUS", "(status)") { t, a, n in int32Argument(t, a[0]).map { .fixnum(Int($0 >> 8 & 0xff)) } ?? .empty }
  m.function("WIFSIGNALED", "(status)") { t, a, n in int32Argument(t, a[0]).map { .bool(Int8(truncatingIfNeeded: ($0 & 0x7f) + 1) >> 1 > 0) } ?? .empty }
  m.function("WTERMSIG", "(status)") { t, a, n in int32Argument(t, a[0]).map { .fixnum(Int($0 & 0x7f)) } ?? .empty }
  m.function("WIFSTOPPED", "(status)") { t, a, n in int32Argument(t, a[0]).map { .bool($0 & 0xff == 0x7f) } ?? .empty }
  m.function("WSTOPSIG", "(status)") { t, a, n in int32Argument(t, a[0]).map { .fixnum(Int($0 >> 8 & 0xff)) } ?? .empty }
  m.function("WIFCONTINUED", "(status)") { t, a, n in int32Argument(t, a[0]).map { .bool($0 == 0xffff) } ?? .empty }
  m.function("WCOREDUMP", "(status, /)") { t, a, n in int32Argument(t, a[0]).map { .bool($0 & 0x80 != 0) } ?? .empty }
  m.function("waitstatus_to_exitcode", "(status)") { t, a, n in
    guard let s = int32Argument(t, a[0]) else { return .empty }
    if s & 0x7f == 0 { return .fixnum(Int(s >> 8 & 0xff)) }
    if Int8(truncatingIfNeeded: (s & 0x7f) + 1) >> 1 > 0 { return .fixnum(-Int(s & 0x7f)) }
    if s & 0xff == 0x7f { return t.valueError("process stopped by delivery of signal \(s >> 8 & 0xff)") }
    return t.valueError("invalid wait status: \(s)")
  }
  // (path as bytes, list of bytes, list of "k=v" bytes or None): execve, raising OSError with the name given.
  defineAppNative(m.t, "posix_exec", "(path, args, env, shown, /)") { t, a, n in
    guard let path = cStringOf(t, a[0]), let args = cStrings(t, a[1]) else { return .empty }
    var argv: [UnsafeMutablePointer<CChar>?] = args.map { strdup($0) }
    argv.append(nil)
    var envp: [UnsafeMutablePointer<CChar>?]? = nil
    if !a[2].isNone {
      guard let e = cStrings(t, a[2]) else { return .empty }
      envp = e.map { strdup($0) } + [nil]
    }
    resetSignalsForExec()
    if var e = envp { execve(path, &argv, &e) } else { execve(path, &argv, environ) }
    let code = errno
    for p in argv { free(p) }
    for p in envp ?? [] { free(p) }
    return raiseOSError(t, code, a[3])
  }
  m.function("system", "(command)") { t, a, n in
    switch pathArgument(t, "system", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "system", a, n, 0)
    case .path(let p):
      if ParkingHooks.wanted { return callApp(t, named: "park_system", makeBytes(t, p.bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })) }
      return systemNow(t, p.bytes, a, n)
    }
  }
  m.function("putenv", "(name, value, /)") { t, a, n in
    guard case .path(let k) = pathArgument(t, "putenv", a[0]), case .path(let v) = pathArgument(t, "putenv", a[1]) else { return .empty }
    if k.bytes.dropLast().contains(61) || k.bytes.count == 1 { return k.bytes.count == 1 ? raiseOSError(t, EINVAL) : t.valueError("illegal environment variable name") }
    return setenv(k.bytes, v.bytes, 1) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("unsetenv", "(name, /)") { t, a, n in
    guard case .path(let k) = pathArgument(t, "unsetenv", a[0]) else { return .empty }
    return unsetenv(k.bytes) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("strerror", "(code, /)") { t, a, n in int32Argument(t, a[0]).map { makeStr(t, String(cString: strerror($0))) } ?? .empty }
  m.function("urandom", "(size, /)") { t, a, n in
    guard let k = intArgument(t, a[0]) else { return .empty }
    if k < 0 { return t.valueError("negative argument not allowed") }
    if k > 1 << 32 || !mayAllocate(bytes: k) { return t.raise(.MemoryError) }
    let v = k == 0 ? weft_vm.emptyBytes : makeBytes(t, count: k)
    return fillRandom(v.bytesData, k) ? v : raiseOSError(t, errno)
  }
  m.function("getrandom", "(size, flags=0)") { t, a, n in
    guard let k = intArgument(t, a[0]) else { return .empty }
    if k < 0 { return raiseOSError(t, EINVAL) }
    let v = makeBytes(t, count: k)
    return fillRandom(v.bytesData, k) ? v : raiseOSError(t, errno)
  }
  m.function("cpu_count", "()") { t, a, n in
    let k = sysconf(Int32(_SC_NPROCESSORS_ONLN))
    return k >= 1 ? .fixnum(k) : .none
  }
  m.function("sched_yield", "()") { t, a, n in sched_yield(); return .none }
  m.function("sched_getaffinity", "(pid, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]) else { return .empty }
    var bytes = [UInt8](repeating: 0, count: 1024)
    let r = bytes.withUnsafeMutableBytes { weft_sched_getaffinity(p, 1024, $0.baseAddress!) }
    if r != 0 { return raiseOSError(t, errno) }
    let s = makeSet(t)
    for i in 0..<8192 where bytes[i / 8] >> UInt8(i % 8) & 1 != 0 { _ = setAdd(t, s, .fixnum(i)) }
    return s
  }
  m.function("getloadavg", "()") { t, a, n in
    var l: [Double] = [0, 0, 0]
    return getloadavg(&l, 3) == 3 ? makeTuple(t, l.map { makeFloat(t, $0) }) : raiseOSError(t, errno == 0 ? EIO : errno)
  }
  defineAppNative(m.t, "posix_times", "()") { t, a, n in
    var b = tms()
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    let e = times(&b)
    return makeTuple(t, [Double(b.tms_utime), Double(b.tms_stime), Double(b.tms_cutime), Double(b.tms_cstime), Double(e)].map { makeFloat(t, $0 / ticks) })
  }
  defineAppNative(m.t, "posix_uname", "()") { t, a, n in
    var u = utsname()
    if uname(&u) != 0 { return raiseOSError(t, errno) }
    // Five fields of 65 characters each.
    return withUnsafePointer(to: &u) { p in
      let s = UnsafeRawPointer(p).assumingMemoryBound(to: CChar.self)
      return makeTuple(t, (0..<5).map { fileSystemStr(t, s + 65 * $0) })
    }
  }
  // One of the calls of `weft_system_call`: arguments are ints, or bytes and bytearrays, whose storage is passed.
  defineAppNative(m.t, "posix_call", "(which, arguments, path=None, /)") { t, a, n in
    guard let which = int32Argument(t, a[0]), a[1].isExact(.tuple) else { return .empty }
    var v = [Int](repeating: 0, count: 6)
    for i in 0..<min(6, a[1].count) {
      let x = a[1].items[i]
      if x.isInt {
        guard let k = x.asInt else { return t.raise(.OverflowError, "Python int too large to convert to C long") }
        v[i] = k
      } else if let b = bytesBuffer(x) { v[i] = Int(bitPattern: b.baseAddress) }
    }
    errno = 0
    let r = weft_system_call(which, v[0], v[1], v[2], v[3], v[4], v[5])
    if r >= 0 || errno == 0 { return makeInt(t, r) }
    if errno == EINTR { return interrupted(t, getString(appNamespace, intern(t, "posix_call")), a, n) }
    return raiseOSError(t, errno, n > 2 && !a[2].isNone ? a[2] : .empty)
  }
  defineAppNative(m.t, "posix_sysconf", "(name, /)") { t, a, n in
    guard let k = int32Argument(t, a[0]) else { return .empty }
    errno = 0
    let r = sysconf(k)
    return r == -1 && errno != 0 ? raiseOSError(t, errno) : makeInt(t, r)
  }
  defineAppNative(m.t, "posix_confstr", "(name, /)") { t, a, n in
    guard let k = int32Argument(t, a[0]) else { return .empty }
    errno = 0
    var b = [CChar](repeating: 0, count: 1024)
    let r = confstr(k, &b, b.count)
    if r == 0 { return errno != 0 ? raiseOSError(t, errno) : .none }
    return fileSystemStr(t, b)
  }
  defineAppNative(m.t, "posix_pathconf", "(path, name, /)") { t, a, n in
    guard let k = int32Argument(t, a[1]), case .path(let p) = pathArgument(t, "pathconf", a[0], allowFd: true) else { return .empty }
    errno = 0
    let r = p.fd >= 0 ? fpathconf(p.fd, k) : pathconf(p.bytes, k)
    return r == -1 && errno != 0 ? raiseOSError(t, errno, p.object) : makeInt(t, r)
  }
}

func rusageTuple(_ t: ThreadRef, _ r: rusage) -> Value {
  func seconds(_ v: timeval) -> Value { makeFloat(t, Double(v.tv_sec) + Double(v.tv_usec) * 1e-6) }
  return makeTuple(t, [seconds(r.ru_utime), seconds(r.ru_stime)]
    + [r.ru_maxrss, r.ru_ixrss, r.ru_idrss, r.ru_isrss, r.ru_minflt, r.ru_majflt, r.ru_nswap, r.ru_inblock, r.ru_oublock, r.ru_msgsnd, r.ru_msgrcv,
       r.ru_nsignals, r.ru_nvcsw, r.ru_nivcsw].map { makeInt(t, $0) })
}

func fillRandom(_ p: UnsafeMutablePointer<UInt8>, _ n: Int) -> Bool {
  var done = 0
  while done < n {
    let r = weft_getrandom(p + done, min(n - done, 1 << 20), 0)
    if r < 0 { if errno == EINTR { continue }; return false }
    done += r
  }
  return true
}

/// Bytes of a bytes object as a C string; nil with an exception set.
func cStringOf(_ t: ThreadRef, _ v: Value) -> [CChar]? {
  guard v.isObject, v.kind == .bytes else { t.typeError("expected bytes, \(typeName(v)) found"); return nil }
  let b = Array(UnsafeBufferPointer(start: v.bytesData, count: v.bytesCount))
  if b.contains(0) { t.valueError("embedded null byte"); return nil }
  return cString(b)
}
func cStrings(_ t: ThreadRef, _ v: Value) -> [[CChar]]? {
  guard let (p, n) = sequenceItems(v) else { t.typeError("expected a list"); return nil }
  var out: [[CChar]] = []
  for i in 0..<n {
    guard let s = cStringOf(t, p[i]) else { return nil }
    out.append(s)
  }
  return out
}
/// Signals that the run-time system ignores have their default action in a new program.
func resetSignalsForExec() {}

/// system(): the status of a shell's command. Other threads run meanwhile.
func systemNow(_ t: ThreadRef, _ command: [CChar], _ a: Args, _ n: Int) -> Value {
  var status: Int32 = 0
  GlobalLock.blocking(t, a, n) { status = weft_system(command) }
  return .fixnum(Int(status))
}
