// `posix`: files and directories.

import Builtins
import Glibc
import Heap
import Objects

func makePosixModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "posix", doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).")
  SystemRoot.posixDict.value = m.dict
  definePosixFiles(m)
  definePosixDescriptors(m)
  definePosixProcesses(m)
  definePosixConstants(m)
  let env = makeDict(t)
  var p = environ
  while let e = p.pointee {
    let s = UnsafeRawPointer(e).assumingMemoryBound(to: UInt8.self)
    var n = 0, eq = -1
    while s[n] != 0 { if s[n] == 61 && eq < 0 && n > 0 { eq = n }; n += 1 }
    if eq > 0 {
      let k = makeBytes(t, UnsafeRawBufferPointer(start: s, count: eq)), v = makeBytes(t, UnsafeRawBufferPointer(start: s + eq + 1, count: n - eq - 1))
      if let h = nativeHash(k), find(env, k, h) < 0 { insertNew(t, env, k, h, v) }
    }
    p += 1
  }
  m.set("environ", env)
  return m.module
}

private func flagSet(_ v: Value, _ otherwise: Bool) -> Bool { v.isEmpty ? otherwise : simpleTruth(v) }

private func definePosixFiles(_ m: ModuleDefinition) {
  m.function("stat", "(path, *, dir_fd=None, follow_symlinks=True)") { t, a, n in
    switch pathArgument(t, "stat", a[0], allowFd: true) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "stat", a, n, 0)
    case .path(let p):
      guard let dir = directoryFd(t, a[1]) else { return .empty }
      let follow = flagSet(a[2], true)
      if p.fd >= 0 && dir != AT_FDCWD { return t.valueError("stat: can't specify dir_fd without matching path") }
      if p.fd >= 0 && !follow { return t.valueError("stat: cannot use fd and follow_symlinks together") }
      var st = stat()
      let r = p.fd >= 0 || !p.object.isEmpty && p.object.isInt ? fstat(p.fd, &st) : fstatat(dir, p.bytes, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW)
      return r == 0 ? makeStat(t, st) : systemFailure(t, "stat", a, n, p.object)
    }
  }
  m.function("lstat", "(path, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "lstat", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "lstat", a, n, 0)
    case .path(let p):
      guard let dir = directoryFd(t, a[1]) else { return .empty }
      var st = stat()
      return fstatat(dir, p.bytes, &st, AT_SYMLINK_NOFOLLOW) == 0 ? makeStat(t, st) : systemFailure(t, "lstat", a, n, p.object)
    }
  }
  m.function("access", "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)") { t, a, n in
    switch pathArgument(t, "access", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "access", a, n, 0)
    case .path(let p):
      guard let mode = int32Argument(t, a[1]), let dir = directoryFd(t, a[2]) else { return .empty }
      let flags = (flagSet(a[3], false) ? 0x200 : 0) | (flagSet(a[4], true) ? 0 : AT_SYMLINK_NOFOLLOW)
      return .bool(faccessat(dir, p.bytes, mode, flags) == 0)
    }
  }
  m.function("chdir", "(path)") { t, a, n in
    switch pathArgument(t, "chdir", a[0], allowFd: true) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "chdir", a, n, 0)
    case .path(let p): return (p.fd >= 0 ? fchdir(p.fd) : chdir(p.bytes)) == 0 ? .none : systemFailure(t, "chdir", a, n, p.object)
    }
  }
  m.function("fchdir", "(fd)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    return fchdir(fd) == 0 ? .none : systemFailure(t, "fchdir", a, n)
  }
  m.function("chroot", "(path)") { t, a, n in
    switch pathArgument(t, "chroot", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "chroot", a, n, 0)
    case .path(let p): return chroot(p.bytes) == 0 ? .none : systemFailure(t, "chroot", a, n, p.object)
    }
  }
  m.function("chmod", "(path, mode, *, dir_fd=None, follow_symlinks=True)") { t, a, n in
    switch pathArgument(t, "chmod", a[0], allowFd: true) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "chmod", a, n, 0)
    case .path(let p):
      guard let mode = int32Argument(t, a[1]), let dir = directoryFd(t, a[2]) else { return .empty }
      let bits = mode_t(truncatingIfNeeded: mode)
      let r = p.fd >= 0 ? fchmod(p.fd, bits) : fchmodat(dir, p.bytes, bits, flagSet(a[3], true) ? 0 : AT_SYMLINK_NOFOLLOW)
      if r != 0 && errno == EOPNOTSUPP && !flagSet(a[3], true) {
        if dir != AT_FDCWD { return t.valueError("chmod: cannot use dir_fd and follow_symlinks together") }
        return t.raise(.NotImplementedError, "chmod: follow_symlinks unavailable on this platform")
      }
      return r == 0 ? .none : systemFailure(t, "chmod", a, n, p.object)
    }
  }
  m.function("fchmod", "(fd, mode)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let mode = int32Argument(t, a[1]) else { return .empty }
    return fchmod(fd, mode_t(truncatingIfNeeded: mode)) == 0 ? .none : systemFailure(t, "fchmod", a, n)
  }
  m.function("chown", "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)") { t, a, n in
    switch pathArgument(t, "chown", a[0], allowFd: true) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "chown", a, n, 0)
    case .path(let p):
      guard let u = idArgument(t, a[1], "uid"), let g = idArgument(t, a[2], "gid"), let dir = directoryFd(t, a[3]) else { return .empty }
      let r = p.fd >= 0 ? fchown(p.fd, u, g) : fchownat(dir, p.bytes, u, g, flagSet(a[4], true) ? 0 : AT_SYMLINK_NOFOLLOW)
      return r == 0 ? .none : systemFailure(t, "chown", a, n, p.object)
    }
  }
  m.function("fchown", "(fd, uid, gid)") { t, a, n in
    guard let fd = fdArgument(t, a[0]), let u = idArgument(t, a[1], "uid"), let g = idArgument(t, a[2], "gid") else { return .empty }
    return fchown(fd, u, g) == 0 ? .none : systemFailure(t, "fchown", a, n)
  }
  m.function("lchown", "(path, uid, gid)") { t, a, n in
    switch pathArgument(t, "lchown", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "lchown", a, n, 0)
    case .path(let p):
      guard let u = idArgument(t, a[1], "uid"), let g = idArgument(t, a[2], "gid") else { return .empty }
      return lchown(p.bytes, u, g) == 0 ? .none : systemFailure(t, "lchown", a, n, p.object)
    }
  }
  m.function("getcwd", "()") { t, a, n in
    guard let p = getcwd(nil, 0) else { return raiseOSError(t, errno) }
    defer { free(p) }
    return fileSystemStr(t, p)
  }
  m.function("getcwdb", "()") { t, a, n in
    guard let p = getcwd(nil, 0) else { return raiseOSError(t, errno) }
    defer { free(p) }
    return bytesOf(t, p)
  }
  m.function("mkdir", "(path, mode=511, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "mkdir", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "mkdir", a, n, 0)
    case .path(let p):
      guard let mode = a[1].isEmpty ? 0o777 : int32Argument(t, a[1]), let dir = directoryFd(t, a[2]) else { return .empty }
      return mkdirat(dir, p.bytes, mode_t(truncatingIfNeeded: mode)) == 0 ? .none : systemFailure(t, "mkdir", a, n, p.object)
    }
  }
  m.function("rmdir", "(path, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "rmdir", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "rmdir", a, n, 0)
    case .path(let p):
      guard let dir = directoryFd(t, a[1]) else { return .empty }
      return unlinkat(dir, p.bytes, AT_REMOVEDIR) == 0 ? .none : systemFailure(t, "rmdir", a, n, p.object)
    }
  }
  m.function("unlink", "(path, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "unlink", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "unlink", a, n, 0)
    case .path(let p):
      guard let dir = directoryFd(t, a[1]) else { return .empty }
      return unlinkat(dir, p.bytes, 0) == 0 ? .none : systemFailure(t, "unlink", a, n, p.object)
    }
  }
  m.function("remove", "(path, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "remove", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "remove", a, n, 0)
    case .path(let p):
      guard let dir = directoryFd(t, a[1]) else { return .empty }
      return unlinkat(dir, p.bytes, 0) == 0 ? .none : systemFailure(t, "remove", a, n, p.object)
    }
  }
  m.function("rename", "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)") { t, a, n in renameFile(t, "rename", a, n) }
  m.function("replace", "(src, dst, *, src_dir_fd=None, dst_dir_fd=None)") { t, a, n in renameFile(t, "replace", a, n) }
  m.function("link", "(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)") { t, a, n in
    let x = pathArgument(t, "link", a[0], argument: "src")
    guard case .path(let p) = x else { if case .convert = x { return retryConverted(t, .posixDict, "link", a, n, 0) }; return .empty }
    let y = pathArgument(t, "link", a[1], argument: "dst")
    guard case .path(let q) = y else { if case .convert = y { return retryConverted(t, .posixDict, "link", a, n, 1) }; return .empty }
    guard let d1 = directoryFd(t, a[2]), let d2 = directoryFd(t, a[3]) else { return .empty }
    return linkat(d1, p.bytes, d2, q.bytes, flagSet(a[4], true) ? AT_SYMLINK_FOLLOW : 0) == 0 ? .none : systemFailure(t, "link", a, n, p.object, q.object)
  }
  m.function("symlink", "(src, dst, target_is_directory=False, *, dir_fd=None)") { t, a, n in
    let x = pathArgument(t, "symlink", a[0], argument: "src")
    guard case .path(let p) = x else { if case .convert = x { return retryConverted(t, .posixDict, "symlink", a, n, 0) }; return .empty }
    let y = pathArgument(t, "symlink", a[1], argument: "dst")
    guard case .path(let q) = y else { if case .convert = y { return retryConverted(t, .posixDict, "symlink", a, n, 1) }; return .empty }
    guard let dir = directoryFd(t, a[3]) else { return .empty }
    return symlinkat(p.bytes, dir, q.bytes) == 0 ? .none : systemFailure(t, "symlink", a, n, p.object, q.object)
  }
  m.function("readlink", "(path, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "readlink", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "readlink", a, n, 0)
    case .path(let p):
      guard let dir = directoryFd(t, a[1]) else { return .empty }
      var b = [CChar](repeating: 0, count: 4097)
      let k = readlinkat(dir, p.bytes, &b, 4096)
      if k < 0 { return systemFailure(t, "readlink", a, n, p.object) }
      b[k] = 0
      return p.wantsBytes ? bytesOf(t, b) : fileSystemStr(t, b)
    }
  }
  m.function("listdir", "(path=None)") { t, a, n in
    switch pathArgument(t, "listdir", a[0], allowFd: true, nullable: true) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "listdir", a, n, 0)
    case .path(let p):
      let d: OpaquePointer?
      if p.fd >= 0 {
        let copy = dup(p.fd)
        d = copy < 0 ? nil : fdopendir(copy)
        if d == nil { let e = errno; if copy >= 0 { close(copy) }; errno = e }
      } else { d = opendir(p.bytes) }
      guard let dir = d else { return systemFailure(t, "listdir", a, n, p.object) }
      if p.fd >= 0 { rewinddir(dir) }
      let out = makeList(t)
      while let e = readdir(dir) {
        withUnsafePointer(to: &e.pointee.d_name) { q in
          let s = UnsafeRawPointer(q).assumingMemoryBound(to: CChar.self)
          if strcmp(s, ".") != 0 && strcmp(s, "..") != 0 { listAppend(t, out, p.wantsBytes ? bytesOf(t, s) : fileSystemStr(t, s)) }
        }
      }
      closedir(dir)
      return out
    }
  }
  m.function("utime", "(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)") { t, a, n in
    if !a[2].isEmpty || !(a[1].isEmpty || a[1].isNone) { return callApp(t, named: "posix_utime", window: a, n) }
    return setTimes(t, a, n, nil)
  }
  m.function("truncate", "(path, length)") { t, a, n in
    switch pathArgument(t, "truncate", a[0], allowFd: true) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "truncate", a, n, 0)
    case .path(let p):
      guard let k = intArgument(t, a[1]) else { return .empty }
      return (p.fd >= 0 ? ftruncate(p.fd, k) : truncate(p.bytes, k)) == 0 ? .none : systemFailure(t, "truncate", a, n, p.object)
    }
  }
  m.function("mkfifo", "(path, mode=438, *, dir_fd=None)") { t, a, n in
    switch pathArgument(t, "mkfifo", a[0]) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "mkfifo", a, n, 0)
    case .path(let p):
      guard let mode = a[1].isEmpty ? 0o666 : int32Argument(t, a[1]), let dir = directoryFd(t, a[2]) else { return .empty }
      return mkfifoat(dir, p.bytes, mode_t(truncatingIfNeeded: mode)) == 0 ? .none : systemFailure(t, "mkfifo", a, n, p.object)
    }
  }
  m.function("statvfs", "(path)") { t, a, n in
    switch pathArgument(t, "statvfs", a[0], allowFd: true) {
    case .failed: return .empty
    case .convert: return retryConverted(t, .posixDict, "statvfs", a, n, 0)
    case .path(let p):
      var s = statvfs()
      if (p.fd >= 0 ? fstatvfs(p.fd, &s) : statvfs(p.bytes, &s)) != 0 { return systemFailure(t, "statvfs", a, n, p.object) }
      return makeStatvfs(t, s)
    }
  }
  m.function("fstatvfs", "(fd)") { t, a, n in
    guard let fd = fdArgument(t, a[0]) else { return .empty }
    var s = statvfs()
    return fstatvfs(fd, &s) == 0 ? makeStatvfs(t, s) : systemFailure(t, "fstatvfs", a, n)
  }
  m.function("sync", "()") { t, a, n in sync(); return .none }
}

private func makeStatvfs(_ t: ThreadRef, _ s: statvfs) -> Value {
  let type = getString(appNamespace, intern(t, "posix_statvfs_result"))
  let items: [UInt] = [s.f_bsize, s.f_frsize, UInt(s.f_blocks), UInt(s.f_bfree), UInt(s.f_bavail), UInt(s.f_files), UInt(s.f_ffree), UInt(s.f_favail), s.f_flag, s.f_namemax]
  let extra = makeDict(t)
  setString(t, extra, intern(t, "f_fsid"), makeInt(t, unsigned: s.f_fsid))
  return makeStructSequence(t, type, items.map { makeInt(t, unsigned: $0) }, extra: extra)
}

/// A uid or gid; -1 means "leave".
func idArgument(_ t: ThreadRef, _ v: Value, _ what: String) -> UInt32? {
  guard v.isInt else {
    t.typeError("\(what) should be integer, not \(typeName(v))")
    return nil
  }
  if let i = v.asInt {
    if i == -1 { return UInt32.max }
    if i >= 0, let u = UInt32(exactly: i) { return u }
    t.raise(.OverflowError, i < 0 ? "\(what) is less than minimum" : "\(what) is greater than maximum")
    return nil
  }
  t.raise(.OverflowError, v.intSign < 0 ? "\(what) is less than minimum" : "\(what) is greater than maximum")
  return nil
}

private func renameFile(_ t: ThreadRef, _ name: String, _ a: Args, _ n: Int) -> Value {
  let x = pathArgument(t, name, a[0], argument: "src")
  guard case .path(let p) = x else { if case .convert = x { return retryConverted(t, .posixDict, name, a, n, 0) }; return .empty }
  let y = pathArgument(t, name, a[1], argument: "dst")
  guard case .path(let q) = y else { if case .convert = y { return retryConverted(t, .posixDict, name, a, n, 1) }; return .empty }
  guard let d1 = directoryFd(t, a[2]), let d2 = directoryFd(t, a[3]) else { return .empty }
  return renameat(d1, p.bytes, d2, q.bytes) == 0 ? .none : systemFailure(t, name, a, n, p.object, q.object)
}

/// utime with the times given (nil: now).
func setTimes(_ t: ThreadRef, _ a: Args, _ n: Int, _ times: [timespec]?) -> Value {
  switch pathArgument(t, "utime", a[0], allowFd: true) {
  case .failed: return .empty
  case .convert: return retryConverted(t, .posixDict, "utime", a, n, 0)
  case .path(let p):
    guard let dir = directoryFd(t, a[3]) else { return .empty }
    let follow = flagSet(a[4], true)
    let r: Int32
    if p.fd >= 0 { r = futimens(p.fd, times) } else { r = utimensat(dir, p.bytes, times, follow ? 0 : AT_SYMLINK_NOFOLLOW) }
    return r == 0 ? .none : systemFailure(t, "utime", a, n, p.object)
  }
}

func installPosixHelpers(_ t: ThreadRef) {
  // (path, (seconds, ns, seconds, ns), dir_fd, follow_symlinks)
  defineAppNative(t, "posix_set_times", "(path, times, dir_fd, follow_symlinks, /)") { t, a, n in
    guard a[1].isExact(.tuple), a[1].count == 4 else { return t.typeError("bad times") }
    var parts: [Int] = []
    for i in 0..<4 {
      guard let k = intArgument(t, a[1].items[i]) else { return .empty }
      parts.append(k)
    }
    let w = t.pointee.window!
    w[0] = a[0]; w[1] = .none; w[2] = .empty; w[3] = a[2]; w[4] = a[3]
    t.pointee.window = w + 5
    let r = setTimes(t, w, 5, [timespec(tv_sec: parts[0], tv_nsec: parts[1]), timespec(tv_sec: parts[2], tv_nsec: parts[3])])
    t.pointee.window = w
    return r
  }
  // Names and types of a directory's entries: list of (name, d_type, inode).
  defineAppNative(t, "posix_scan", "(path, /)") { t, a, n in
    guard case .path(let p) = pathArgument(t, "scandir", a[0], allowFd: true, nullable: true) else { return .empty }
    let d: OpaquePointer?
    if p.fd >= 0 {
      let copy = dup(p.fd)
      d = copy < 0 ? nil : fdopendir(copy)
    } else { d = opendir(p.bytes) }
    guard let dir = d else {
      let e = errno
      return withoutDescriptors(t, getString(appNamespace, intern(t, "posix_scan")), e, a, n) ?? raiseOSError(t, e, p.object)
    }
    if p.fd >= 0 { rewinddir(dir) }
    let out = makeList(t)
    while let e = readdir(dir) {
      let kind = Int(e.pointee.d_type), inode = UInt(e.pointee.d_ino)
      withUnsafePointer(to: &e.pointee.d_name) { q in
        let s = UnsafeRawPointer(q).assumingMemoryBound(to: CChar.self)
        if strcmp(s, ".") != 0 && strcmp(s, "..") != 0 {
          listAppend(t, out, makeTuple(t, [p.wantsBytes ? bytesOf(t, s) : fileSystemStr(t, s), .fixnum(kind), makeInt(t, unsigned: inode)]))
        }
      }
    }
    closedir(dir)
    return out
  }
}
