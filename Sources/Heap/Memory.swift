// Memory that runs short: the heap's limit, and what happens when the system has no more.
//
// Laws:
//   * What is allocated by a size that the program gives is asked for first (`mayAllocate`); a no is MemoryError at once.
//   * Everything else is granted, for natives cannot be interrupted: above the limit by the heap, beyond the system's memory
//     from a reserve. The next safepoint collects completely, and raises MemoryError if that was not enough.

import Glibc

/// Set by a collection after which memory is still short: MemoryError is due.
nonisolated(unsafe) public var memoryIsShort = false

private let memorySize: Int = max(1 << 28, Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))))

/// Bytes in the old space after the last collection.
nonisolated(unsafe) var bytesAfterCollection: UInt64 = 0

/// Whether a block of `n` bytes may be allocated: above 1 MiB the heap's limit and the system are asked. What is garbage now
/// will make room, so only the block itself counts, and what one native allocates: no more than the limit once over.
public func mayAllocate(bytes n: Int) -> Bool {
  if n < 1 << 20 { return n >= 0 }
  if n > memorySize { return false }
  let limit = weft_vm.heapLimit
  if UInt64(n) > limit || (limit < 1 << 62 && weft_vm.oldBytes + UInt64(n) > bytesAfterCollection + 2 * limit) {
    requestCollectionEverywhere()
    return false
  }
  if n < 16 << 20 { return true }
  // With a little room for what else the program needs.
  let size = n + n / 4 + 8 << 20, p = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | 0x4000, -1, 0)
  if p == MAP_FAILED {
    exhausted = true
    requestCollectionEverywhere()
    return false
  }
  munmap(p, size)
  return true
}
/// The same for `n` items of 8 bytes.
@inline(__always) public func mayAllocate(items n: Int) -> Bool { n >= 0 && n < 1 << 45 && mayAllocate(bytes: n * 8) }

/// Whether a container of `t`'s program may grow to `n` bytes. After a no it stays as it is, without what was to be added, and
/// MemoryError is raised at the next safepoint, which is asked for.
public func mayGrow(_ t: ThreadRef, bytes n: Int) -> Bool {
  if n < 1 << 20 { return true }
  if !refused && mayAllocate(bytes: n) { return true }
  refused = true
  requestCollection(t)
  return false
}
nonisolated(unsafe) var refused = false

// MARK: the reserve

/// Address space that is given up when the system has no more: in pieces, and for what natives allocate until the next safepoint.
private let reserveSize = 32 << 20
nonisolated(unsafe) private var reserve: UnsafeMutableRawPointer?
/// The system refused something since the last complete collection.
nonisolated(unsafe) var exhausted = false

func takeReserve() {
  if reserve != nil { return }
  let p = mmap(nil, reserveSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | 0x4000, -1, 0)
  if p != MAP_FAILED { reserve = p }
}

/// Gives the reserve up, so that what failed can be tried again; ends the process when there is none.
func releaseReserve() {
  exhausted = true
  guard let p = reserve else { fatalOutOfMemory() }
  munmap(p, reserveSize)
  reserve = nil
  requestCollectionEverywhere()
}

func allocateOrRelease(_ bytes: Int) -> UnsafeMutableRawPointer {
  while true {
    if let p = malloc(bytes) { return p }
    releaseReserve()
  }
}

private func fatalOutOfMemory() -> Never {
  let text: StaticString = "weft: out of memory\n"
  _ = write(2, text.utf8Start, text.utf8CodeUnitCount)
  abort()
}

/// Whether the heap is above its limit, or the system refused something.
var wantsCompleteCollection: Bool { exhausted || refused || weft_vm.oldBytes &+ weft_vm.externalBytes > weft_vm.heapLimit }

/// After a complete collection: is there room again?
func settleMemory() {
  if refused { memoryIsShort = true }
  refused = false
  if exhausted {
    weft_malloc_trim()
    takeReserve()
    exhausted = false
    if reserve == nil { memoryIsShort = true }
  }
  if weft_vm.oldBytes &+ weft_vm.externalBytes > weft_vm.heapLimit { memoryIsShort = true }
}
