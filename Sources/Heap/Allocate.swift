// Allocation: the nursery by bumping, the old space by size class, large objects apart. Allocation never collects.

import CWeft
import Glibc

/// Sizes of old-space cells: multiples of 16 up to 512, then these; larger objects are allocated apart.
enum SizeClass {
  static let smallLimit = 512
  static let largest = 8192
  static let count = 32 + 8
  static func cellSize(_ c: Int) -> Int {
    if c < 32 { return (c + 1) * 16 }
    switch c - 32 {
    case 0: return 768
    case 1: return 1024
    case 2: return 1536
    case 3: return 2048
    case 4: return 3072
    case 5: return 4096
    case 6: return 6144
    default: return 8192
    }
  }
  @inline(__always) static func of(_ bytes: Int) -> Int {
    if bytes <= 512 { return (bytes + 15) / 16 - 1 }
    var c = 32
    while cellSize(c) < bytes { c += 1 }
    return c
  }
}

/// 64 KiB of cells of one class, aligned to its size.
struct Block {
  static let size = 65536
  static let headerSize = 64
  /// Blocks that the system is asked for at once.
  static let slab = 16
  var next: UnsafeMutablePointer<Block>?
  var cellSize: Int
  /// Cells that were made so far, and that have room.
  var cells: Int
  var room: Int
  var sizeClass: Int
  var swept: Bool
}

/// A large object's prefix.
struct LargeHeader {
  var index: Int
  var size: Int
}

struct HeapState {
  // Nursery chunks; the first `chunksInUse` hold young objects.
  var chunks = RawList<UnsafeMutableRawPointer>()
  var chunksInUse = 0
  /// Large chunk-sized allocations never happen: objects above this many bytes are allocated old.
  var youngObjectLimit = 32768
  var chunkSize = 1 << 20
  var nurseryChunks = 4
  /// Blocks that were never used, up to an end.
  var freshBlocks: UInt = 0, freshBlocksEnd: UInt = 0
  var freeCells: UnsafeMutablePointer<UnsafeMutableRawPointer?>! = nil
  var blocks: UnsafeMutablePointer<UnsafeMutablePointer<Block>?>! = nil
  var sweepCursor: UnsafeMutablePointer<UnsafeMutablePointer<Block>?>! = nil
  var large = RawList<UnsafeMutableRawPointer>()
  var remembered = RawList<ObjectRef>()
  var dirtyFrames = RawList<FrameRef>()
  var grey = RawList<ObjectRef>()
  var promoted = RawList<ObjectRef>()
  var youngWeakrefs = RawList<ObjectRef>()
  var oldWeakrefs = RawList<ObjectRef>()
  var watchedEver = 0
  var youngFinalisers = RawList<ObjectRef>()
  var oldFinalisers = RawList<ObjectRef>()
  var frameChunks = RawList<FrameChunk>()
  var bigFrames = RawList<FrameRef>()
  var threads = RawList<ThreadRef>()
  var identities: [UInt: UInt] = [:]
  /// The plain weak reference to an object, by the object's address.
  var sharedWeakrefs: [UInt: ObjectRef] = [:]
  /// Frames freed by the last sweep go here, per class.
  var nurserySize: Int { chunkSize * nurseryChunks }
}
@inline(__always) var heap: UnsafeMutablePointer<HeapState> { weft_heap().assumingMemoryBound(to: HeapState.self) }

/// A growable array of trivial elements outside Swift's reference counting.
public struct RawList<T> {
  public private(set) var base: UnsafeMutablePointer<T>! = nil
  public private(set) var count = 0
  var capacity = 0
  public init() {}
  @inline(__always) public mutating func append(_ x: T) {
    if count == capacity { grow() }
    base[count] = x
    count += 1
  }
  @inline(never) mutating func grow() {
    while !tryGrow() { releaseReserve() }
  }
  /// Twice the room, or false where the system has none.
  @inline(never) mutating func tryGrow() -> Bool {
    let c = max(64, capacity * 2)
    guard let p = realloc(base, c * MemoryLayout<T>.stride) else { return false }
    base = p.assumingMemoryBound(to: T.self)
    capacity = c
    return true
  }
  @inline(__always) public mutating func popLast() -> T? {
    if count == 0 { return nil }
    count -= 1
    return base[count]
  }
  @inline(__always) public subscript(_ i: Int) -> T {
    get { base[i] }
    nonmutating set { base[i] = newValue }
  }
  public mutating func removeAll() { count = 0 }
  public mutating func truncate(_ n: Int) { count = n }
}

public func initializeHeap(nurseryBytes: Int? = nil) {
  let state = UnsafeMutablePointer<HeapState>.allocate(capacity: 1)
  state.initialize(to: HeapState())
  weft_heap_state = UnsafeMutableRawPointer(state)
  initializeLayouts()
  if let n = nurseryBytes {
    heap.pointee.nurseryChunks = max(1, n / heap.pointee.chunkSize)
    if n < heap.pointee.chunkSize { heap.pointee.chunkSize = max(65536, n & ~15); heap.pointee.youngObjectLimit = heap.pointee.chunkSize / 4 }
  }
  heap.pointee.freeCells = .allocate(capacity: SizeClass.count); heap.pointee.freeCells.initialize(repeating: nil, count: SizeClass.count)
  heap.pointee.blocks = .allocate(capacity: SizeClass.count); heap.pointee.blocks.initialize(repeating: nil, count: SizeClass.count)
  heap.pointee.sweepCursor = .allocate(capacity: SizeClass.count); heap.pointee.sweepCursor.initialize(repeating: nil, count: SizeClass.count)
  weft_vm.markColour = 2
  weft_vm.nextMajor = 64 << 20
  weft_vm.heapLimit = UInt64.max
  initializeShapes()
  takeReserve()
}

/// A thread state, registered as a root.
public func makeThread() -> ThreadRef {
  let t = ThreadRef.allocate(capacity: 1)
  memset(t, 0, MemoryLayout<Thread>.size)
  t.pointee.request = standingRequests
  t.pointee.ident = nextIdent
  nextIdent += 4096
  // Of the stack that runs now, half a MiB is for what does not look.
  var limit = rlimit()
  let size = getrlimit(__rlimit_resource_t(3), &limit) == 0 && limit.rlim_cur < 1 << 40 ? UInt(limit.rlim_cur) : 8 << 20
  t.pointee.stackLimit = weft_stack_pointer() - min(size, 64 << 20) + (512 << 10)
  heap.pointee.threads.append(t)
  newChunk(t)
  return t
}
nonisolated(unsafe) private var nextIdent: UInt64 = 0x7001_0000_0000
/// The threads there are, the main thread first.
public var allThreads: [ThreadRef] { (0..<heap.pointee.threads.count).map { heap.pointee.threads[$0] } }
/// The same for a signal handler.
public func threadTable() -> (UnsafeMutablePointer<ThreadRef>?, Int) { weft_heap_state == nil ? (nil, 0) : (heap.pointee.threads.base, heap.pointee.threads.count) }
/// Takes a thread state, which the caller then frees, out of the collector's sight: its free frames go to the first thread that is left.
public func removeThread(_ t: ThreadRef) {
  var kept = RawList<ThreadRef>()
  for i in 0..<heap.pointee.threads.count where heap.pointee.threads[i] != t { kept.append(heap.pointee.threads[i]) }
  heap.pointee.threads = kept
  if kept.count > 0 {
    let mine = freeFrameList(t), theirs = freeFrameList(kept[0])
    for c in 0..<Int(FRAME_CLASSES) {
      while let f = mine[c] {
        mine[c] = f.pointee.back
        f.pointee.back = theirs[c]
        theirs[c] = f
      }
    }
  }
}

func newChunk(_ t: ThreadRef) {
  if t.pointee.limit != 0 { t.pointee.allocated += UInt64(heap.pointee.chunkSize) - UInt64(t.pointee.limit - t.pointee.bump) }
  if heap.pointee.chunksInUse == heap.pointee.chunks.count {
    var p: UnsafeMutableRawPointer?
    while posix_memalign(&p, 4096, heap.pointee.chunkSize) != 0 { releaseReserve() }
    heap.pointee.chunks.append(p.unsafelyUnwrapped)
  }
  let p = heap.pointee.chunks[heap.pointee.chunksInUse]
  heap.pointee.chunksInUse += 1
  t.pointee.bump = UInt(bitPattern: p)
  t.pointee.limit = UInt(bitPattern: p) + UInt(heap.pointee.chunkSize)
  if heap.pointee.chunksInUse > heap.pointee.nurseryChunks { requestCollection(t) }
}

/// Bytes that a thread has allocated since its start, frames apart.
public func bytesAllocated(_ t: ThreadRef) -> Int {
  Int(t.pointee.allocated) + (t.pointee.limit == 0 ? 0 : heap.pointee.chunkSize - Int(t.pointee.limit - t.pointee.bump))
}

/// Bytes of the nursery in use, to a chunk.
public var youngBytes: Int { heap.pointee.chunksInUse * heap.pointee.chunkSize }

/// What waits at a safepoint (bits of Thread.request).
public enum Request {
  public static let collect: Int32 = 1, signal: Int32 = 2, finalise: Int32 = 4, preempt: Int32 = 8, asyncException: Int32 = 16, dropped: Int32 = 32
  /// A full collection; a watchdog's budget; tracing was switched.
  public static let full: Int32 = 64, budget: Int32 = 128, trace: Int32 = 256
  /// Safepoints are counted, to switch or pickle at (Tasklets/Exercise.swift).
  public static let exercise: Int32 = 512
  /// The profiler wants to know where the thread is (Weft/Profiler.swift).
  public static let sample: Int32 = 1024
}
/// Requests that every thread has from its start.
nonisolated(unsafe) public var standingRequests: Int32 = 0
/// Addresses that programs have seen as identities; kept where somebody wants to know.
public enum Identities {
  nonisolated(unsafe) public static var wanted = false
  nonisolated(unsafe) public static var seen: Set<UInt> = []
}
public func requestCollection(_ t: ThreadRef) { weft_request_set(t, Request.collect) }
/// The same where the running thread is not at hand.
public func requestCollectionEverywhere() { for i in 0..<heap.pointee.threads.count { weft_request_set(heap.pointee.threads[i], Request.collect) } }

/// A new object of `bytes` bytes (its header written, the rest not), young where its size allows.
@inlinable @inline(__always)
public func allocate(_ t: ThreadRef, shape: UInt32, bytes: Int) -> UnsafeMutableRawPointer {
  let p = t.pointee.bump
  let n = p &+ UInt(bitPattern: (bytes &+ 15) & ~15)
  if bytes <= 4096 && n <= t.pointee.limit {
    t.pointee.bump = n
    let r = UnsafeMutableRawPointer(bitPattern: p).unsafelyUnwrapped
    r.storeBytes(of: UInt64(shape), as: UInt64.self)
    return r
  }
  return allocateSlow(t, shape: shape, bytes: bytes)
}

@inline(never) @usableFromInline
func allocateSlow(_ t: ThreadRef, shape: UInt32, bytes: Int) -> UnsafeMutableRawPointer {
  let rounded = (bytes + 15) & ~15
  if rounded > heap.pointee.youngObjectLimit {
    let r = allocateOld(shape: shape, bytes: bytes)
    t.pointee.allocated += UInt64(rounded)
    // Born old: what is stored into it now may be young.
    remember(r.assumingMemoryBound(to: ObjectHeader.self))
    if weft_vm.oldBytes > weft_vm.nextMajor || weft_vm.oldBytes > weft_vm.heapLimit { requestCollection(t) }
    return r
  }
  if t.pointee.bump + UInt(rounded) > t.pointee.limit { newChunk(t) }
  let p = t.pointee.bump
  t.pointee.bump = p + UInt(rounded)
  let r = UnsafeMutableRawPointer(bitPattern: p)!
  r.storeBytes(of: UInt64(shape), as: UInt64.self)
  return r
}

/// An object in the old space: it never moves. Its fields must be initialised before the next safepoint; pointers to young
/// objects need `writeBarrier`.
public func allocateOld(shape: UInt32, bytes: Int) -> UnsafeMutableRawPointer {
  let r = oldCell(bytes)
  let o = r.assumingMemoryBound(to: ObjectHeader.self)
  o.pointee = ObjectHeader(shape: shape, gc: GCBit.old | weft_vm.markColour, flags: 0, reserve: 0)
  if weft_vm.marking != 0 { pushGrey(o) }
  return r
}

func oldCell(_ bytes: Int) -> UnsafeMutableRawPointer {
  if bytes > SizeClass.largest {
    let p = allocateOrRelease(bytes + 16)
    p.storeBytes(of: LargeHeader(index: heap.pointee.large.count, size: bytes), as: LargeHeader.self)
    heap.pointee.large.append(p + 16)
    weft_vm.oldBytes += UInt64(bytes)
    return p + 16
  }
  let c = SizeClass.of(bytes)
  if let p = heap.pointee.freeCells[c] {
    heap.pointee.freeCells[c] = p.load(fromByteOffset: 8, as: UnsafeMutableRawPointer?.self)
    weft_vm.oldBytes += UInt64(SizeClass.cellSize(c))
    return p
  }
  return oldCellSlow(c)
}

/// Memory for a block; the system is asked for many at once.
private func newBlock() -> UnsafeMutableRawPointer {
  if heap.pointee.freshBlocks == heap.pointee.freshBlocksEnd {
    let size = Block.size * Block.slab
    while true {
      // Aligned to blocks; what is left over at the ends is given back.
      if let q = mmap(nil, size + Block.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), q != MAP_FAILED {
        let p = UInt(bitPattern: q), first = (p + UInt(Block.size) - 1) & ~(UInt(Block.size) - 1), end = first + UInt(size)
        if first > p { munmap(q, Int(first - p)) }
        if end < p + UInt(size + Block.size) { munmap(UnsafeMutableRawPointer(bitPattern: end), Int(p + UInt(size + Block.size) - end)) }
        heap.pointee.freshBlocks = first
        heap.pointee.freshBlocksEnd = end
        break
      }
      releaseReserve()
    }
  }
  defer { heap.pointee.freshBlocks += UInt(Block.size) }
  return UnsafeMutableRawPointer(bitPattern: heap.pointee.freshBlocks).unsafelyUnwrapped
}

@inline(never) func oldCellSlow(_ c: Int) -> UnsafeMutableRawPointer {
  while let b = heap.pointee.sweepCursor[c] {
    heap.pointee.sweepCursor[c] = b.pointee.next
    sweep(b)
    if heap.pointee.freeCells[c] != nil { return oldCell(SizeClass.cellSize(c)) }
  }
  // Cells are made a page or so at a time, since a page that nothing is written to costs nothing.
  let cell = SizeClass.cellSize(c)
  if heap.pointee.blocks[c].map({ $0.pointee.cells == $0.pointee.room }) ?? true {
    let b = newBlock().assumingMemoryBound(to: Block.self)
    b.initialize(to: Block(next: heap.pointee.blocks[c], cellSize: cell, cells: 0, room: (Block.size - Block.headerSize) / cell, sizeClass: c, swept: true))
    heap.pointee.blocks[c] = b
  }
  let b = heap.pointee.blocks[c].unsafelyUnwrapped, base = UnsafeMutableRawPointer(b) + Block.headerSize
  let first = b.pointee.cells, end = min(b.pointee.room, first + max(1, 4096 / cell))
  var i = end - 1
  var next: UnsafeMutableRawPointer? = nil
  while i >= first {
    let q = base + i * cell
    q.storeBytes(of: 0, as: UInt64.self)
    q.storeBytes(of: next, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
    next = q
    i -= 1
  }
  b.pointee.cells = end
  heap.pointee.freeCells[c] = next
  return oldCell(cell)
}

@inline(never) @usableFromInline func remember(_ o: ObjectRef) {
  o.pointee.gc |= GCBit.remembered
  heap.pointee.remembered.append(o)
}

/// Watches an object whose class has a finaliser.
public func watchFinaliser(_ o: Value) {
  heap.pointee.watchedEver += 1
  if o.object.pointee.gc & GCBit.old != 0 { heap.pointee.oldFinalisers.append(o.object) } else { heap.pointee.youngFinalisers.append(o.object) }
}
/// Watches a new weak reference.
public func watchWeakref(_ o: Value) {
  let callback = o.to(WeakrefObject.self).pointee.callback
  if callback.isObject && !callback.isNone { heap.pointee.watchedEver += 1 }
  if o.object.pointee.gc & GCBit.old != 0 { heap.pointee.oldWeakrefs.append(o.object) } else { heap.pointee.youngWeakrefs.append(o.object) }
}

/// How many objects and weak references were made whose death Python code may hear of.
public var watchedEver: Int { heap.pointee.watchedEver }

/// Flag of a weak reference without callback and class of its own: there is one for an object.
let sharedWeakref: UInt8 = 1

/// The shared weak reference to `v`; empty when there is none.
public func sharedWeakref(to v: Value) -> Value {
  guard v.object.pointee.gc & GCBit.watched != 0, let o = heap.pointee.sharedWeakrefs[UInt(v.bits)] else { return .empty }
  return Value(o)
}
/// Makes the new weak reference `w` the shared one.
public func shareWeakref(_ w: Value) {
  w.object.pointee.flags |= sharedWeakref
  heap.pointee.sharedWeakrefs[UInt(w.to(WeakrefObject.self).pointee.referent.bits)] = w.object
}
func forgetShared(_ o: ObjectRef) {
  guard o.pointee.flags & sharedWeakref != 0 else { return }
  let r = UnsafeMutableRawPointer(o).assumingMemoryBound(to: WeakrefObject.self).pointee.referent
  if !r.isEmpty && heap.pointee.sharedWeakrefs[UInt(r.bits)] == o { heap.pointee.sharedWeakrefs[UInt(r.bits)] = nil }
}

/// All objects that wait for their finaliser, the newest first; they are watched no longer.
public func takeFinalisers() -> [Value] {
  var out: [Value] = []
  while let o = heap.pointee.youngFinalisers.popLast() { out.append(Value(o)) }
  while let o = heap.pointee.oldFinalisers.popLast() { out.append(Value(o)) }
  return out
}

/// The address that is the object's identity: a young object reserves its old cell and moves there.
public func identity(_ v: Value) -> UInt {
  let a = address(v)
  if Identities.wanted && v.isObject { Identities.seen.insert(a) }
  return a
}
private func address(_ v: Value) -> UInt {
  guard v.isObject else { return UInt(v.bits) }
  let o = v.object
  if o.pointee.gc & GCBit.old != 0 { return UInt(v.bits) }
  if o.pointee.gc & GCBit.identity != 0, let a = heap.pointee.identities[UInt(v.bits)] { return a }
  let cell = oldCell(objectSize(o))
  // The reserved cell must look free to a sweeper until the object moves in.
  cell.storeBytes(of: 0, as: UInt64.self)
  o.pointee.gc |= GCBit.identity
  heap.pointee.identities[UInt(v.bits)] = UInt(bitPattern: cell)
  return UInt(bitPattern: cell)
}

/// Calls `body` with each live weak reference to `v`.
public func forEachWeakref(to v: Value, _ body: (Value) -> Void) {
  for list in [heap.pointee.youngWeakrefs, heap.pointee.oldWeakrefs] {
    for i in 0..<list.count where UnsafeMutableRawPointer(list[i]).assumingMemoryBound(to: WeakrefObject.self).pointee.referent == v {
      body(Value(list[i]))
    }
  }
}
