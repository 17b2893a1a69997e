// System calls of FileIO and the text layer's scanning.

import Builtins
import Glibc
import Heap
import Objects

/// Runs the native again after signal handlers, else None for "would block", else OSError.
private func failure(_ t: ThreadRef, _ name: String, _ a: Args, _ n: Int) -> Value {
  let e = errno
  if e == EINTR { return interrupted(t, getString(appNamespace, intern(t, name)), a, n) }
  if e == EAGAIN { return .none }
  return raiseOSError(t, e)
}

func installIO(_ t: ThreadRef) {
  defineAppNative(t, "io_open_file", "(path, flags, mode, /)") { t, a, n in
    guard let flags = int32Argument(t, a[1]), let mode = int32Argument(t, a[2]) else { return .empty }
    let bytes: [UInt8]
    if a[0].isStr {
      for i in 0..<a[0].strCount where a[0].strWidth >= 2 {
        let c = a[0].codePoint(i)
        if c >= 0xd800 && c < 0xe000 && !(c >= 0xdc80 && c <= 0xdcff) { return raiseUnencodable(t, a[0], i) }
      }
      bytes = fileSystemBytes(a[0])
      if bytes.contains(0) { return t.valueError("embedded null byte") }
    } else if a[0].isObject, a[0].kind == .bytes {
      bytes = Array(UnsafeBufferPointer(start: a[0].bytesData, count: a[0].bytesCount))
      if bytes.contains(0) { return t.valueError("embedded null byte") }
    } else { return t.typeError("bad path") }
    // A pipe waits for its other end.
    let path = cString(bytes)
    let fd = GlobalLock.blocking(t, a, n) { weft_open(path, flags, mode) }
    if fd >= 0 { return .fixnum(Int(fd)) }
    if errno == EINTR { return interrupted(t, getString(appNamespace, intern(t, "io_open_file")), a, n) }
    let e = errno
    return withoutDescriptors(t, getString(appNamespace, intern(t, "io_open_file")), e, a, n) ?? raiseOSError(t, e, a[0])
  }
  // Raises for directories; the block size.
  defineAppNative(t, "io_check_open", "(fd, name, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    var st = stat()
    if fstat(fd, &st) != 0 { return raiseOSError(t, errno) }
    if st.st_mode & S_IFMT == S_IFDIR { return raiseOSError(t, EISDIR, a[1]) }
    return .fixnum(Int(st.st_blksize))
  }
  defineAppNative(t, "io_check_fd", "(fd, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    return weft_fcntl(fd, F_GETFD, 0) < 0 ? raiseOSError(t, errno) : .none
  }
  defineAppNative(t, "io_set_cloexec", "(fd, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    let f = weft_fcntl(fd, F_GETFD, 0)
    if f >= 0 { _ = weft_fcntl(fd, F_SETFD, Int(f | FD_CLOEXEC)) }
    return .none
  }
  defineAppNative(t, "io_close", "(fd, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    ParkingHooks.closing?(t, fd)
    return close(fd) == 0 || errno == EINTR ? .none : raiseOSError(t, errno)
  }
  defineAppNative(t, "io_isatty", "(fd, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    return .bool(isatty(fd) != 0)
  }
  defineAppNative(t, "io_seek", "(fd, offset, whence, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let off = intArgument(t, a[1]), let w = int32Argument(t, a[2]) else { return .empty }
    let r = lseek(fd, off, w)
    return r >= 0 ? makeInt(t, r) : raiseOSError(t, errno)
  }
  defineAppNative(t, "io_truncate", "(fd, size, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let k = intArgument(t, a[1]) else { return .empty }
    return ftruncate(fd, k) == 0 ? .none : raiseOSError(t, errno)
  }
  // `ready`: the calling tasklet has waited for the file already.
  defineAppNative(t, "io_read", "(fd, size, ready=False, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let k = intArgument(t, a[1]) else { return .empty }
    if n < 3 && parksOn(fd) { return callApp(t, named: "park_io_read", a[0], a[1]) }
    return readBytes(t, a, n, fd, max(0, min(k, 0x7ffff000))) { failure(t, "io_read", a, n) }
  }
  // Everything up to the end; what has been read when a signal came is not lost: (bytes so far) is passed on.
  defineAppNative(t, "io_read_all", "(fd, so_far=None, ready=False, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    if n < 3 && parksOn(fd) { return callApp(t, named: "park_io_read_all", a[0], n > 1 ? a[1] : .none) }
    var size = 65536
    var st = stat()
    if fstat(fd, &st) == 0, st.st_mode & S_IFMT == S_IFREG {
      let at = lseek(fd, 0, SEEK_CUR)
      if at >= 0, st.st_size > at, st.st_size - at < 1 << 40 { size = Int(st.st_size - at) + 1 }
    }
    guard var p = malloc(size) else { return t.raise(.MemoryError) }
    defer { free(p) }
    var used = 0
    if n > 1, a[1].isObject, a[1].kind == .bytes {
      while a[1].bytesCount + 1 > size { size *= 2 }
      guard let q = realloc(p, size) else { return t.raise(.MemoryError) }
      p = q
      used = a[1].bytesCount
      memcpy(p, a[1].bytesData, used)
    }
    while true {
      if used == size {
        size += max(65536, size / 2)
        guard let q = realloc(p, size) else { return t.raise(.MemoryError) }
        p = q
      }
      let r = GlobalLock.blocking(t, a, n) { read(fd, p + used, min(size - used, 0x7ffff000)) }
      if r < 0 {
        let e = errno
        let sofar = makeBytes(t, UnsafeRawBufferPointer(start: p, count: used))
        if e == EINTR {
          let w = makeTuple(t, [a[0], sofar])
          return callApp(t, named: "system_retry", getString(appNamespace, intern(t, "io_read_all")), w)
        }
        if e == EAGAIN { return used == 0 ? .none : sofar }
        return raiseOSError(t, e)
      }
      if r == 0 { return makeBytes(t, UnsafeRawBufferPointer(start: p, count: used)) }
      used += r
    }
  }
  defineAppNative(t, "io_write", "(fd, data, ready=False, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    if n < 3 && parksOn(fd) { return callApp(t, named: "park_io_write", a[0], a[1]) }
    guard let b = bytesBuffer(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    let r = GlobalLock.blocking(t, a, n, reading: UnsafeRawBufferPointer(b)) { write(fd, $0.baseAddress, min($0.count, 0x7ffff000)) }
    return r >= 0 ? makeInt(t, r) : failure(t, "io_write", a, n)
  }
  // End of the line that begins at `start`, for universal newlines kept as they are; -1: no line end in the text.
  defineAppNative(t, "io_find_line", "(text, start, /)") { t, a, n in
    guard a[0].isStr, let start = intArgument(t, a[1]) else { return .empty }
    let s = a[0], count = s.strCount
    var i = start
    while i < count {
      let c = s.codePoint(i)
      if c == 10 { return .fixnum(i + 1) }
      if c == 13 { return .fixnum(i + 1 < count && s.codePoint(i + 1) == 10 ? i + 2 : i + 1) }
      i += 1
    }
    return .fixnum(-1)
  }
  // Newline kinds in a text: bits 1 "\r", 2 "\n", 4 "\r\n".
  defineAppNative(t, "io_newline_kinds", "(text, /)") { t, a, n in
    guard a[0].isStr else { return .fixnum(0) }
    let s = a[0], count = s.strCount
    var r = 0, i = 0
    if s.strWidth == 1 && memchr(s.strData, 13, count) == nil { return .fixnum(memchr(s.strData, 10, count) == nil ? 0 : 2) }
    while i < count {
      let c = s.codePoint(i)
      if c == 10 { r |= 2 }
      else if c == 13 {
        if i + 1 < count && s.codePoint(i + 1) == 10 { r |= 4; i += 1 } else { r |= 1 }
      }
      i += 1
    }
    return .fixnum(r)
  }
  // "\r\n" and "\r" become "\n".
  defineAppNative(t, "io_translate", "(text, /)") { t, a, n in
    guard a[0].isStr else { return a[0] }
    let s = a[0], count = s.strCount
    if s.strWidth == 1 && memchr(s.strData, 13, count) == nil { return s }
    var out: [UInt32] = []
    out.reserveCapacity(count)
    var i = 0
    while i < count {
      let c = s.codePoint(i)
      if c == 13 {
        out.append(10)
        if i + 1 < count && s.codePoint(i + 1) == 10 { i += 1 }
      } else { out.append(c) }
      i += 1
    }
    return makeStr(t, scalars: out)
  }
  // Objects to flush at exit: weak references in a list.
  defineAppNative(t, "io_weak", "(object, /)") { t, a, n in makeWeakref(t, a[0], callback: .none) }
  defineAppNative(t, "io_weak_target", "(ref, /)") { t, a, n in
    let v = a[0].to(WeakrefObject.self).pointee.referent
    return v.isEmpty ? .none : v
  }
}
