// `posix`: file descriptors, terminals, pipes.

import Builtins
import Glibc
import Heap
import Objects

func definePosixDescriptors(_ m: ModuleDefinition) {
  m.function("open", "(path, flags, mode=511, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "open", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "open", a, n, 0)
    case .path(let p):
      guard let flags = int32Argument(t, a[1]), let mode = a[2].isEmpty ? 0o777 : int32Argument(t, a[2]), let dir = directoryFd(t, a[3]) else { return .empty }
      // A pipe waits for its other end.
      let path = p.bytes
      let fd = GlobalLock.blocking(t, a, n) { dir == AT_FDCWD ? weft_open(path, flags | O_CLOEXEC, mode) : weft_openat(dir, path, flags | O_CLOEXEC, mode) }
      return fd >= 0 ? .fixnum(Int(fd)) : systemFailure(t, "open", a, n, a[0])
    }
  }
  m.function("close", "(fd)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    ParkingHooks.closing?(t, fd)
    return close(fd) == 0 || errno == EINTR ? .none : raiseOSError(t, errno)
  }
  m.function("closerange", "(fd_low, fd_high, /)") { t, a, n in
    guard let lo = fdArgument(t, a[0]), let hi = fdArgument(t, a[1]) else { return .empty }
    if hi > lo && weft_close_range(UInt32(max(0, lo)), UInt32(hi - 1)) != 0 { for fd in max(0, lo)..<min(hi, 65536) { close(fd) } }
    return .none
  }
  m.function("dup", "(fd, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    let r = weft_fcntl(fd, F_DUPFD_CLOEXEC, 0)
    return r >= 0 ? .fixnum(Int(r)) : systemFailure(t, "dup", a, n)
  }
  m.function("dup2", "(fd, fd2, inheritable=True)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let fd2 = fdArgument(t, a[1]) else { return .empty }
    if fd < 0 || fd2 < 0 { return raiseOSError(t, EBADF) }
    let inheritable = a[2].isEmpty || simpleTruth(a[2])
    let r = inheritable || fd == fd2 ? dup2(fd, fd2) : weft_dup3(fd, fd2, O_CLOEXEC)
    return r >= 0 ? .fixnum(Int(r)) : raiseOSError(t, errno)
  }
  m.function("lseek", "(fd, position, how, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let k = intArgument(t, a[1]), let how = int32Argument(t, a[2]) else { return .empty }
    let r = lseek(fd, k, how)
    return r >= 0 ? makeInt(t, r) : raiseOSError(t, errno)
  }
  m.function("read", "(fd, length, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let k = intArgument(t, a[1]) else { return .empty }
    if k < 0 { return raiseOSError(t, EINVAL) }
    if parksOn(fd) { return callApp(t, named: "park_read", a[0], a[1]) }
    return readBytes(t, a, n, fd, min(k, 0x7ffff000)) { systemFailure(t, "read", a, n) }
  }
  m.function("write", "(fd, data, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    guard let b = bytesBuffer(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    if parksOn(fd) { return callApp(t, named: "park_write", a[0], a[1]) }
    let r = GlobalLock.blocking(t, a, n, reading: UnsafeRawBufferPointer(b)) { write(fd, $0.baseAddress, min($0.count, 0x7ffff000)) }
    return r >= 0 ? makeInt(t, r) : systemFailure(t, "write", a, n)
  }
  m.function("pread", "(fd, length, offset, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let k = intArgument(t, a[1]), let off = intArgument(t, a[2]) else { return .empty }
    if k < 0 { return raiseOSError(t, EINVAL) }
    var buffer = [UInt8](repeating: 0, count: min(k, 1 << 26))
    let r = pread(fd, &buffer, buffer.count, off)
    if r < 0 { return systemFailure(t, "pread", a, n) }
    return buffer.withUnsafeBytes { makeBytes(t, UnsafeRawBufferPointer(rebasing: $0[..<r])) }
  }
  m.function("pwrite", "(fd, buffer, offset, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let off = intArgument(t, a[2]) else { return .empty }
    guard let b = bytesBuffer(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    let r = pwrite(fd, b.baseAddress, b.count, off)
    return r >= 0 ? makeInt(t, r) : systemFailure(t, "pwrite", a, n)
  }
  m.function("fstat", "(fd)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    var st = stat()
    return fstat(fd, &st) == 0 ? makeStat(t, st) : systemFailure(t, "fstat", a, n)
  }
  m.function("isatty", "(fd, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    return .bool(isatty(fd) != 0)
  }
  m.function("pipe", "()") { t, a, n in
    var p: [Int32] = [0, 0]
    return weft_pipe2(&p, O_CLOEXEC) == 0 ? pair(t, .fixnum(Int(p[0])), .fixnum(Int(p[1]))) : systemFailure(t, "pipe", a, n)
  }
  m.function("pipe2", "(flags, /)") { t, a, n in
    guard let f = int32Argument(t, a[0]) else { return .empty }
    var p: [Int32] = [0, 0]
    return weft_pipe2(&p, f) == 0 ? pair(t, .fixnum(Int(p[0])), .fixnum(Int(p[1]))) : systemFailure(t, "pipe2", a, n)
  }
  m.function("ftruncate", "(fd, length, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let k = intArgument(t, a[1]) else { return .empty }
    return ftruncate(fd, k) == 0 ? .none : systemFailure(t, "ftruncate", a, n)
  }
  m.function("fsync", "(fd)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    return GlobalLock.blocking(t, a, n, { fsync(fd) }) == 0 ? .none : systemFailure(t, "fsync", a, n)
  }
  m.function("fdatasync", "(fd)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    return GlobalLock.blocking(t, a, n, { fdatasync(fd) }) == 0 ? .none : systemFailure(t, "fdatasync", a, n)
  }
  m.function("get_inheritable", "(fd, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    let f = weft_fcntl(fd, F_GETFD, 0)
    return f < 0 ? raiseOSError(t, errno) : .bool(f & FD_CLOEXEC == 0)
  }
  m.function("set_inheritable", "(fd, inheritable, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let on = intArgument(t, a[1]) else { return .empty }
    let f = weft_fcntl(fd, F_GETFD, 0)
    if f < 0 { return raiseOSError(t, errno) }
    return weft_fcntl(fd, F_SETFD, Int(on != 0 ? f & ~FD_CLOEXEC : f | FD_CLOEXEC)) < 0 ? raiseOSError(t, errno) : .none
  }
  m.function("get_blocking", "(fd, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    let f = weft_fcntl(fd, F_GETFL, 0)
    return f < 0 ? raiseOSError(t, errno) : .bool(f & O_NONBLOCK == 0)
  }
  m.function("set_blocking", "(fd, blocking, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    let f = weft_fcntl(fd, F_GETFL, 0)
    if f < 0 { return raiseOSError(t, errno) }
    return weft_fcntl(fd, F_SETFL, Int(simpleTruth(a[1]) ? f & ~O_NONBLOCK : f | O_NONBLOCK)) < 0 ? raiseOSError(t, errno) : .none
  }
  defineAppNative(m.t, "posix_terminal_size", "(fd, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    var w = winsize()
    if weft_ioctl(fd, UInt(TIOCGWINSZ), &w) != 0 { return raiseOSError(t, errno) }
    return pair(t, .fixnum(Int(w.ws_col)), .fixnum(Int(w.ws_row)))
  }
  m.function("ttyname", "(fd, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    guard let s = ttyname(fd) else { return raiseOSError(t, errno) }
    return fileSystemStr(t, s)
  }
  m.function("ctermid", "()") { t, a, n in
    var b = [CChar](repeating: 0, count: 256)
    ctermid(&b)
    return fileSystemStr(t, b)
  }
  m.function("tcgetpgrp", "(fd, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    let r = tcgetpgrp(fd)
    return r >= 0 ? .fixnum(Int(r)) : raiseOSError(t, errno)
  }
  m.function("tcsetpgrp", "(fd, pgid, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let g = int32Argument(t, a[1]) else { return .empty }
    return tcsetpgrp(fd, g) == 0 ? .none : raiseOSError(t, errno)
  }
  m.function("openpty", "()") { t, a, n in
    var master: Int32 = 0, slave: Int32 = 0
    if weft_openpty(&master, &slave) != 0 { return raiseOSError(t, errno) }
    return pair(t, .fixnum(Int(master)), .fixnum(Int(slave)))
  }
  m.function("sendfile", "(out_fd, in_fd, offset, count)") { t, a, n in
    guard let o = fdArgument(t, a[0]), let i = fdArgument(t, a[1]), let count = intArgument(t, a[3]) else { return .empty }
    if a[2].isNone {
      let r = GlobalLock.blocking(t, a, n) { sendfile(o, i, nil, count) }
      return r >= 0 ? makeInt(t, r) : systemFailure(t, "sendfile", a, n)
    }
    guard let from = intArgument(t, a[2]) else { return .empty }
    var off = off_t(from)
    let r = GlobalLock.blocking(t, a, n) { sendfile(o, i, &off, count) }
    return r >= 0 ? makeInt(t, r) : systemFailure(t, "sendfile", a, n)
  }
  m.function("copy_file_range", "(src, dst, count, offset_src=None, offset_dst=None)") { t, a, n in
    guard let s = fdArgument(t, a[0]), let d = fdArgument(t, a[1]), let count = intArgument(t, a[2]) else { return .empty }
    if count < 0 { return t.valueError("negative value for 'count' not allowed") }
    var so: off_t = 0, doff: off_t = 0
    let hasSource = !a[3].isEmpty && !a[3].isNone, hasTarget = !a[4].isEmpty && !a[4].isNone
    if hasSource { guard let k = intArgument(t, a[3]) else { return .empty }; so = k }
    if hasTarget { guard let k = intArgument(t, a[4]) else { return .empty }; doff = k }
    let r = withUnsafeMutablePointer(to: &so) { p in withUnsafeMutablePointer(to: &doff) { q in
      GlobalLock.blocking(t, a, n) { weft_copy_file_range(s, hasSource ? p : nil, d, hasTarget ? q : nil, count) }
    } }
    return r >= 0 ? makeInt(t, r) : systemFailure(t, "copy_file_range", a, n)
  }
  m.function("posix_fallocate", "(fd, offset, length, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let o = intArgument(t, a[1]), let k = intArgument(t, a[2]) else { return .empty }
    let e = posix_fallocate(fd, o, k)
    return e == 0 ? .none : raiseOSError(t, e)
  }
  m.function("posix_fadvise", "(fd, offset, length, advice, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let o = intArgument(t, a[1]), let k = intArgument(t, a[2]), let advice = int32Argument(t, a[3]) else { return .empty }
    let e = posix_fadvise(fd, o, k, advice)
    return e == 0 ? .none : raiseOSError(t, e)
  }
  m.function("lockf", "(fd, command, length, /)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let c = int32Argument(t, a[1]), let k = intArgument(t, a[2]) else { return .empty }
    return GlobalLock.blocking(t, a, n, { lockf(fd, c, k) }) == 0 ? .none : systemFailure(t, "lockf", a, n)
  }
}

/// read(2) into a new bytes object; `failed` makes the result after an error.
func readBytes(_ t: ThreadRef, _ a: Args, _ n: Int, _ fd: Int32, _ k: Int, _ failed: () -> Value) -> Value {
  if k <= 65536 {
    return withUnsafeTemporaryAllocation(byteCount: max(1, k), alignment: 16) { p in
      let r = GlobalLock.blocking(t, a, n) { read(fd, p.baseAddress!, k) }
      if r < 0 { return failed() }
      return makeBytes(t, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(p)[..<r]))
    }
  }
  guard mayAllocate(bytes: k), let p = malloc(k) else { return t.raise(.MemoryError) }
  defer { free(p) }
  let r = GlobalLock.blocking(t, a, n) { read(fd, p, k) }
  if r < 0 { let e = errno; errno = e; return failed() }
  return makeBytes(t, UnsafeRawBufferPointer(start: p, count: r))
}
