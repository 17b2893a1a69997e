// pwd, grp, resource, fcntl, termios: small wrappers around the C library.

import Builtins
import Glibc
import Heap
import Objects

private func text(_ t: ThreadRef, _ p: UnsafePointer<CChar>?) -> Value { p.map { fileSystemStr(t, $0) } ?? .none }

private func userTuple(_ t: ThreadRef, _ p: UnsafeMutablePointer<passwd>) -> Value {
  let u = p.pointee
  return makeTuple(t, [text(t, u.pw_name), text(t, u.pw_passwd), .fixnum(Int(u.pw_uid)), .fixnum(Int(u.pw_gid)), text(t, u.pw_gecos), text(t, u.pw_dir), text(t, u.pw_shell)])
}
private func groupTuple(_ t: ThreadRef, _ p: UnsafeMutablePointer<group>) -> Value {
  let members = makeList(t)
  if var m = p.pointee.gr_mem { while let s = m.pointee { listAppend(t, members, fileSystemStr(t, s)); m += 1 } }
  return makeTuple(t, [text(t, p.pointee.gr_name), text(t, p.pointee.gr_passwd), .fixnum(Int(p.pointee.gr_gid)), members])
}

func installUsers(_ t: ThreadRef) {
  // None when there is no such entry.
  defineAppNative(t, "pwd_by_name", "(name, /)") { t, a, n in
    guard let s = cStringOf(t, a[0]) else { return .empty }
    guard let p = getpwnam(s) else { return .none }
    return userTuple(t, p)
  }
  defineAppNative(t, "pwd_by_uid", "(uid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "uid") else { return .empty }
    guard let p = getpwuid(u) else { return .none }
    return userTuple(t, p)
  }
  defineAppNative(t, "pwd_all", "()") { t, a, n in
    let out = makeList(t)
    setpwent()
    while let p = getpwent() { listAppend(t, out, userTuple(t, p)) }
    endpwent()
    return out
  }
  defineAppNative(t, "grp_by_name", "(name, /)") { t, a, n in
    guard let s = cStringOf(t, a[0]) else { return .empty }
    guard let p = getgrnam(s) else { return .none }
    return groupTuple(t, p)
  }
  defineAppNative(t, "grp_by_gid", "(gid, /)") { t, a, n in
    guard let u = idArgument(t, a[0], "gid") else { return .empty }
    guard let p = getgrgid(u) else { return .none }
    return groupTuple(t, p)
  }
  defineAppNative(t, "grp_all", "()") { t, a, n in
    let out = makeList(t)
    setgrent()
    while let p = getgrent() { listAppend(t, out, groupTuple(t, p)) }
    endgrent()
    return out
  }
  defineAppNative(t, "resource_usage", "(who, /)") { t, a, n in
    guard let w = int32Argument(t, a[0]) else { return .empty }
    var r = rusage()
    return weft_getrusage(w, &r) == 0 ? rusageTuple(t, r) : errno == EINVAL ? t.valueError("invalid who parameter") : raiseOSError(t, errno)
  }
}

// MARK: resource

private func limitArgument(_ t: ThreadRef, _ v: Value) -> UInt? {
  guard let i = intArgument(t, v) else { return nil }
  return UInt(bitPattern: i)
}
private func limitPair(_ t: ThreadRef, _ r: rlimit) -> Value {
  func one(_ v: UInt) -> Value { makeInt(t, Int(bitPattern: v)) }
  return pair(t, one(UInt(r.rlim_cur)), one(UInt(r.rlim_max)))
}

func makeResourceModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "resource")
  let names: [(String, Int)] = [
    ("RLIMIT_CPU", 0), ("RLIMIT_FSIZE", 1), ("RLIMIT_DATA", 2), ("RLIMIT_STACK", 3), ("RLIMIT_CORE", 4), ("RLIMIT_RSS", 5), ("RLIMIT_NPROC", 6),
    ("RLIMIT_NOFILE", 7), ("RLIMIT_OFILE", 7), ("RLIMIT_MEMLOCK", 8), ("RLIMIT_AS", 9), ("RLIMIT_SIGPENDING", 11), ("RLIMIT_MSGQUEUE", 12),
    ("RLIMIT_NICE", 13), ("RLIMIT_RTPRIO", 14), ("RLIMIT_RTTIME", 15), ("RLIM_INFINITY", -1), ("RUSAGE_SELF", 0), ("RUSAGE_CHILDREN", -1), ("RUSAGE_THREAD", 1)]
  for (k, v) in names { m.set(k, int: v) }
  m.set("error", ExceptionType.OSError.object)
  m.function("getrlimit", "(resource, /)") { t, a, n in
    guard let k = int32Argument(t, a[0]) else { return .empty }
    if k < 0 || k > 15 { return t.valueError("invalid resource specified") }
    var r = rlimit()
    return weft_getrlimit(k, &r) == 0 ? limitPair(t, r) : raiseOSError(t, errno)
  }
  defineAppNative(t, "resource_setrlimit", "(pid, resource, soft, hard, /)") { t, a, n in
    guard let pid = int32Argument(t, a[0]), let k = int32Argument(t, a[1]) else { return .empty }
    if k < 0 || k > 15 { return t.valueError("invalid resource specified") }
    guard let soft = limitArgument(t, a[2]), let hard = limitArgument(t, a[3]) else { return .empty }
    var r = rlimit(rlim_cur: soft, rlim_max: hard), old = rlimit()
    if weft_prlimit(pid, k, &r, &old) != 0 {
      if errno == EINVAL { return t.valueError("current limit exceeds maximum limit") }
      if errno == EPERM && pid == 0 { return t.valueError("not allowed to raise maximum limit") }
      return raiseOSError(t, errno)
    }
    return limitPair(t, old)
  }
  defineAppNative(t, "resource_getprlimit", "(pid, resource, /)") { t, a, n in
    guard let pid = int32Argument(t, a[0]), let k = int32Argument(t, a[1]) else { return .empty }
    if k < 0 || k > 15 { return t.valueError("invalid resource specified") }
    var old = rlimit()
    return weft_prlimit(pid, k, nil, &old) == 0 ? limitPair(t, old) : raiseOSError(t, errno)
  }
  m.function("getpagesize", "()") { t, a, n in .fixnum(Int(getpagesize())) }
  return m.module
}

// MARK: fcntl

func makeFcntlModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "fcntl")
  SystemRoot.selectDict.value = m.dict
  let names: [(String, Int)] = [
    ("LOCK_SH", 1), ("LOCK_EX", 2), ("LOCK_NB", 4), ("LOCK_UN", 8), ("LOCK_MAND", 32), ("LOCK_READ", 64), ("LOCK_WRITE", 128), ("LOCK_RW", 192),
    ("F_DUPFD", 0), ("F_DUPFD_CLOEXEC", 1030), ("F_GETFD", 1), ("F_SETFD", 2), ("F_GETFL", 3), ("F_SETFL", 4), ("F_GETLK", 5), ("F_SETLK", 6),
    ("F_SETLKW", 7), ("F_OFD_GETLK", 36), ("F_OFD_SETLK", 37), ("F_OFD_SETLKW", 38), ("F_GETOWN", 9), ("F_SETOWN", 8), ("F_GETSIG", 11), ("F_SETSIG", 10),
    ("F_RDLCK", 0), ("F_WRLCK", 1), ("F_UNLCK", 2), ("F_EXLCK", 4), ("F_SHLCK", 8), ("F_GETLK64", 5), ("F_SETLK64", 6), ("F_SETLKW64", 7),
    ("F_SETLEASE", 1024), ("F_GETLEASE", 1025), ("F_NOTIFY", 1026), ("F_SETPIPE_SZ", 1031), ("F_GETPIPE_SZ", 1032), ("F_ADD_SEALS", 1033),
    ("F_GET_SEALS", 1034), ("F_SEAL_SEAL", 1), ("F_SEAL_SHRINK", 2), ("F_SEAL_GROW", 4), ("F_SEAL_WRITE", 8), ("FD_CLOEXEC", 1), ("FASYNC", 8192),
    ("DN_ACCESS", 1), ("DN_MODIFY", 2), ("DN_CREATE", 4), ("DN_DELETE", 8), ("DN_RENAME", 16), ("DN_ATTRIB", 32), ("DN_MULTISHOT", 0x80000000)]
  for (k, v) in names { m.set(k, int: v) }
  return m.module
}

func installFcntl(_ t: ThreadRef) {
  // Integer or bytes argument; a bytes argument comes back as the bytes the call left there.
  defineAppNative(t, "fcntl_call", "(fd, command, argument, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let c = int32Argument(t, a[1]) else { return .empty }
    let retry = { interrupted(t, getString(appNamespace, intern(t, "fcntl_call")), a, n) }
    if a[2].isObject, a[2].kind == .bytes {
      if a[2].bytesCount > 1024 { return t.valueError("fcntl string arg too long") }
      var b = [UInt8](UnsafeBufferPointer(start: a[2].bytesData, count: a[2].bytesCount)) + [UInt8](repeating: 0, count: 8)
      let r = b.withUnsafeMutableBytes { weft_fcntl(fd, c, Int(bitPattern: $0.baseAddress!)) }
      if r < 0 { return errno == EINTR ? retry() : raiseOSError(t, errno) }
      return makeBytes(t, Array(b[..<a[2].bytesCount]))
    }
    guard let x = intArgument(t, a[2]) else { return .empty }
    let r = weft_fcntl(fd, c, x)
    return r < 0 ? (errno == EINTR ? retry() : raiseOSError(t, errno)) : .fixnum(Int(r))
  }
  // (result, bytes) for a bytes argument, else the result.
  defineAppNative(t, "fcntl_ioctl", "(fd, request, argument, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let c = intArgument(t, a[1]) else { return .empty }
    let request = UInt(UInt32(truncatingIfNeeded: c))
    if a[2].isObject, a[2].kind == .bytes {
      if a[2].bytesCount > 4096 { return t.valueError("ioctl string arg too long") }
      var b = [UInt8](UnsafeBufferPointer(start: a[2].bytesData, count: a[2].bytesCount)) + [UInt8](repeating: 0, count: 64)
      let r = b.withUnsafeMutableBytes { weft_ioctl(fd, request, $0.baseAddress!) }
      if r < 0 { return raiseOSError(t, errno) }
      return pair(t, .fixnum(Int(r)), makeBytes(t, Array(b[..<a[2].bytesCount])))
    }
    guard let x = intArgument(t, a[2]) else { return .empty }
    let r = weft_ioctl(fd, request, UnsafeMutableRawPointer(bitPattern: x))
    return r < 0 ? raiseOSError(t, errno) : .fixnum(Int(r))
  }
  defineAppNative(t, "fcntl_flock", "(fd, operation, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let op = int32Argument(t, a[1]) else { return .empty }
    if GlobalLock.blocking(t, a, n, { flock(fd, op) }) == 0 { return .none }
    return errno == EINTR ? interrupted(t, getString(appNamespace, intern(t, "fcntl_flock")), a, n) : raiseOSError(t, errno)
  }
  defineAppNative(t, "fcntl_lock", "(fd, wait, type, start, length, whence, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let kind = int32Argument(t, a[2]), let start = intArgument(t, a[3]), let length = intArgument(t, a[4]),
          let whence = int32Argument(t, a[5]) else { return .empty }
    var l = flock()
    l.l_type = Int16(kind)
    l.l_whence = Int16(truncatingIfNeeded: whence)
    l.l_start = start
    l.l_len = length
    let r = withUnsafeMutablePointer(to: &l) { weft_fcntl(fd, a[1] == .true ? F_SETLKW : F_SETLK, Int(bitPattern: $0)) }
    if r == 0 { return .none }
    return errno == EINTR ? interrupted(t, getString(appNamespace, intern(t, "fcntl_lock")), a, n) : raiseOSError(t, errno)
  }
  // termios
  defineAppNative(t, "termios_get", "(fd, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    var m = termios()
    if tcgetattr(fd, &m) != 0 { return pair(t, .none, .fixnum(Int(errno))) }
    let cc = withUnsafeBytes(of: &m.c_cc) { Array($0) }
    func n(_ v: tcflag_t) -> Value { .fixnum(Int(v)) }
    return makeTuple(t, [n(m.c_iflag), n(m.c_oflag), n(m.c_cflag), n(m.c_lflag), .fixnum(Int(cfgetispeed(&m))), .fixnum(Int(cfgetospeed(&m))), makeBytes(t, cc)])
  }
  defineAppNative(t, "termios_set", "(fd, when, parts, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let when = int32Argument(t, a[1]), a[2].isExact(.tuple), a[2].count == 7 else { return .empty }
    var m = termios()
    if tcgetattr(fd, &m) != 0 { return .fixnum(Int(errno)) }
    var v: [UInt32] = []
    for i in 0..<6 {
      guard let x = intArgument(t, a[2].items[i]) else { return .empty }
      v.append(UInt32(truncatingIfNeeded: x))
    }
    m.c_iflag = v[0]; m.c_oflag = v[1]; m.c_cflag = v[2]; m.c_lflag = v[3]
    let cc = a[2].items[6]
    if cc.isObject, cc.kind == .bytes {
      withUnsafeMutableBytes(of: &m.c_cc) { p in for i in 0..<min(p.count, cc.bytesCount) { p[i] = cc.bytesData[i] } }
    }
    if cfsetispeed(&m, v[4]) != 0 || cfsetospeed(&m, v[5]) != 0 || tcsetattr(fd, when, &m) != 0 { return .fixnum(Int(errno)) }
    return .fixnum(0)
  }
  defineAppNative(t, "termios_action", "(which, fd, argument, /)") { t, a, n in
    guard let which = int32Argument(t, a[0]), let fd = int32Argument(t, a[1]), let x = int32Argument(t, a[2]) else { return .empty }
    let r: Int32
    switch which {
    case 0: r = tcsendbreak(fd, x)
    case 1: r = tcdrain(fd)
    case 2: r = tcflush(fd, x)
    default: r = tcflow(fd, x)
    }
    return .fixnum(r == 0 ? 0 : Int(errno))
  }
}
