// The lock under which OS threads run Python: held while running, released at a safepoint when another thread waits for
// it, and around blocking system calls. The hand-over follows CPython 3.2's: who waits asks after the switch interval, and
// who was asked goes on only after somebody else has run.

import CWeft
import Glibc
import Heap

public enum GlobalLock {
  nonisolated(unsafe) private static let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  nonisolated(unsafe) private static let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  nonisolated(unsafe) private static var holder: ThreadRef?
  nonisolated(unsafe) private static var waiting = 0
  nonisolated(unsafe) private static var switches: UInt64 = 0
  /// Nanoseconds that a thread may hold the lock while another one waits (`sys.setswitchinterval`).
  nonisolated(unsafe) public static var interval = 5_000_000
  /// Threads that exist; changed only by who holds the lock.
  nonisolated(unsafe) public static var count = 1

  /// Who runs Python now, for crash reports and the profiler.
  public static var running: ThreadRef? { holder }

  /// The first thread holds the lock from the start; also for the only thread left after fork().
  public static func start(_ t: ThreadRef) {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    holder = t
    waiting = 0
    count = 1
  }

  public static func acquire(_ t: ThreadRef) {
    let saved = errno
    pthread_mutex_lock(mutex)
    waiting += 1
    while let other = holder {
      let before = switches
      var until = timespec()
      clock_gettime(CLOCK_REALTIME, &until)
      // A thread that is asked at once would do nothing but hand over.
      let ns = Int(until.tv_nsec) + max(interval, 100_000)
      until = timespec(tv_sec: until.tv_sec + ns / 1_000_000_000, tv_nsec: ns % 1_000_000_000)
      if pthread_cond_timedwait(changed, mutex, &until) == ETIMEDOUT && holder == other && switches == before {
        weft_request_set(other, Request.preempt)
      }
    }
    waiting -= 1
    // The program ends: only the first thread goes on.
    if SystemState.finalizing && t != allThreads.first {
      pthread_cond_broadcast(changed)
      pthread_mutex_unlock(mutex)
      while true { pause() }
    }
    holder = t
    switches &+= 1
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
    errno = saved
  }

  public static func release() {
    let saved = errno
    pthread_mutex_lock(mutex)
    holder = nil
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
    errno = saved
  }

  /// At a safepoint, asked by a thread that waits: lets it run first.
  public static func yield(_ t: ThreadRef) {
    weft_request_clear(t, Request.preempt)
    if count == 1 { return }
    pthread_mutex_lock(mutex)
    // Who asked may have got the lock meanwhile, while this thread blocked: it then goes on as the holder.
    if waiting == 0 {
      pthread_mutex_unlock(mutex)
      return
    }
    let before = switches
    holder = nil
    pthread_cond_broadcast(changed)
    while switches == before && waiting > 0 { pthread_cond_wait(changed, mutex) }
    pthread_mutex_unlock(mutex)
    acquire(t)
  }

  /// Runs a blocking system call without the lock. `body` must not touch the heap; the native's arguments stay valid.
  @inline(__always)
  public static func blocking<R>(_ t: ThreadRef, _ a: UnsafeMutablePointer<Value>, _ n: Int, _ body: () -> R) -> R {
    if count == 1 { return body() }
    t.pointee.blockedWindow = a
    t.pointee.blockedCount = n
    release()
    let r = body()
    acquire(t)
    t.pointee.blockedCount = 0
    // A collection of another thread may have seen the frame, which now goes on.
    if let f = t.pointee.frame { f.pointee.header.flags &= ~FrameFlag.scanned }
    return r
  }

  /// The same for a call that reads `bytes`, which may belong to an object that moves.
  public static func blocking<R>(_ t: ThreadRef, _ a: UnsafeMutablePointer<Value>, _ n: Int, reading bytes: UnsafeRawBufferPointer,
                                 _ body: (UnsafeRawBufferPointer) -> R) -> R {
    if count == 1 { return body(bytes) }
    guard let copy = malloc(max(1, bytes.count)) else { return body(bytes) }
    defer { free(copy) }
    if bytes.count > 0 { memcpy(copy, bytes.baseAddress!, bytes.count) }
    return blocking(t, a, n) { body(UnsafeRawBufferPointer(start: copy, count: bytes.count)) }
  }
}
