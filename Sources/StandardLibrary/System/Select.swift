// select: poll(2), select(2) on top of it, and epoll.

import Builtins
import Glibc
import Heap
import Objects

private let constants: [(String, Int)] = [
  ("POLLIN", 1), ("POLLPRI", 2), ("POLLOUT", 4), ("POLLERR", 8), ("POLLHUP", 16), ("POLLNVAL", 32), ("POLLRDNORM", 64), ("POLLRDBAND", 128),
  ("POLLWRNORM", 256), ("POLLWRBAND", 512), ("POLLMSG", 1024), ("POLLRDHUP", 8192), ("PIPE_BUF", 4096),
  ("EPOLLIN", 1), ("EPOLLPRI", 2), ("EPOLLOUT", 4), ("EPOLLERR", 8), ("EPOLLHUP", 16), ("EPOLLRDNORM", 64), ("EPOLLRDBAND", 128), ("EPOLLWRNORM", 256),
  ("EPOLLWRBAND", 512), ("EPOLLMSG", 1024), ("EPOLLRDHUP", 8192), ("EPOLLEXCLUSIVE", 1 << 28), ("EPOLLONESHOT", 1 << 30), ("EPOLLET", 1 << 31),
  ("EPOLL_CLOEXEC", 0x80000)]

func makeSelectModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "select")
  for (k, v) in constants { m.set(k, int: v) }
  m.set("error", ExceptionType.OSError.object)
  return m.module
}

func installSelect(_ t: ThreadRef) {
  // (fds, events, timeout in ms or -1): list of (index, revents); False when interrupted.
  defineAppNative(t, "select_poll", "(fds, events, timeout, /)") { t, a, n in
    guard let (p, count) = sequenceItems(a[0]), let (q, m) = sequenceItems(a[1]), m == count, let timeout = intArgument(t, a[2]) else { return t.typeError("bad poll arguments") }
    var fds: [pollfd] = []
    for i in 0..<count {
      guard let fd = int32Argument(t, p[i]), let e = intArgument(t, q[i]) else { return .empty }
      fds.append(pollfd(fd: fd, events: Int16(truncatingIfNeeded: e), revents: 0))
    }
    let r = GlobalLock.blocking(t, a, n) { poll(&fds, nfds_t(count), Int32(clamping: timeout)) }
    if r < 0 { return errno == EINTR ? .false : raiseOSError(t, errno) }
    let out = makeList(t)
    for i in 0..<count where fds[i].revents != 0 { listAppend(t, out, pair(t, .fixnum(i), .fixnum(Int(UInt16(bitPattern: fds[i].revents))))) }
    return out
  }
  defineAppNative(t, "epoll_create", "(flags, /)") { t, a, n in
    let r = weft_epoll_create()
    return r < 0 ? raiseOSError(t, errno) : .fixnum(Int(r))
  }
  defineAppNative(t, "epoll_control", "(epfd, operation, fd, events, /)") { t, a, n in
    guard let ep = int32Argument(t, a[0]), let op = int32Argument(t, a[1]), let fd = int32Argument(t, a[2]), let events = intArgument(t, a[3]) else { return .empty }
    return weft_epoll_control(ep, op, fd, UInt32(truncatingIfNeeded: events)) == 0 ? .none : raiseOSError(t, errno)
  }
  defineAppNative(t, "epoll_poll", "(epfd, maxevents, timeout, /)") { t, a, n in
    guard let ep = int32Argument(t, a[0]), let k = intArgument(t, a[1]), let timeout = intArgument(t, a[2]) else { return .empty }
    let count = max(1, min(k, 1 << 16))
    var fds = [Int32](repeating: 0, count: count), events = [UInt32](repeating: 0, count: count)
    let r = GlobalLock.blocking(t, a, n) { weft_epoll_wait(ep, &fds, &events, Int32(count), Int32(clamping: timeout)) }
    if r < 0 { return errno == EINTR ? .false : raiseOSError(t, errno) }
    let out = makeList(t)
    for i in 0..<Int(r) { listAppend(t, out, pair(t, .fixnum(Int(fds[i])), .fixnum(Int(events[i])))) }
    return out
  }
}
