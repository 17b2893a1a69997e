// Where blocking calls ask whether only the calling tasklet is to wait. The waiting itself is app-level (`tasklets_waiting.py`).

import Builtins
import CWeft
import Glibc
import Heap
import Objects

public enum ParkingHooks {
  /// Set by the first scheduler: from then on a blocking call looks whether other tasklets could use the time.
  static var wanted: Bool { !weft_roots()[RootRegion.misc + 762].isEmpty }
  /// What `--parking` says.
  nonisolated(unsafe) public static var enabled = true
  /// This is the child of fork().
  nonisolated(unsafe) public static var forked: ((ThreadRef) -> Void)?
  /// A lock with this number was released.
  nonisolated(unsafe) public static var released: ((ThreadRef, Int) -> Void)?
  /// A descriptor is about to be closed.
  nonisolated(unsafe) public static var closing: ((ThreadRef, Int32) -> Void)?
}

/// Whether reading or writing a descriptor may block, and tasklets exist.
@inline(__always) func parksOn(_ fd: Int32) -> Bool { ParkingHooks.wanted && mayBlock(fd) }

@inline(never) private func mayBlock(_ fd: Int32) -> Bool {
  var st = stat()
  if fstat(fd, &st) != 0 || st.st_mode & S_IFMT == S_IFREG || st.st_mode & S_IFMT == S_IFDIR { return false }
  let flags = weft_fcntl(fd, F_GETFL, 0)
  return flags >= 0 && flags & O_NONBLOCK == 0
}

func installParking(_ t: ThreadRef) {
  defineAppNative(t, "parking_enabled", "()") { t, a, n in .bool(ParkingHooks.enabled) }
  // posix.system(), read(), write() and waitpid() as they are without tasklets.
  defineAppNative(t, "posix_system_now", "(command, /)") { t, a, n in
    guard a[0].isExact(.bytes) else { return t.typeError("bytes expected") }
    return systemNow(t, (0..<a[0].bytesCount).map { CChar(bitPattern: a[0].bytesData[$0]) } + [0], a, n)
  }
  defineAppNative(t, "posix_read_now", "(fd, length, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let k = intArgument(t, a[1]) else { return .empty }
    return readBytes(t, a, n, fd, min(k, 0x7ffff000)) { systemFailure(t, "read", a, n) }
  }
  defineAppNative(t, "posix_write_now", "(fd, data, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    guard let b = bytesBuffer(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    let r = GlobalLock.blocking(t, a, n, reading: UnsafeRawBufferPointer(b)) { write(fd, $0.baseAddress, min($0.count, 0x7ffff000)) }
    return r >= 0 ? makeInt(t, r) : systemFailure(t, "write", a, n)
  }
  defineAppNative(t, "posix_waitpid_now", "(pid, options, /)") { t, a, n in
    guard let p = int32Argument(t, a[0]), let o = int32Argument(t, a[1]) else { return .empty }
    var status: Int32 = 0
    let r = GlobalLock.blocking(t, a, n) { waitpid(p, &status, o) }
    return r >= 0 ? pair(t, .fixnum(Int(r)), .fixnum(Int(status))) : systemFailure(t, "waitpid", a, n)
  }
}
