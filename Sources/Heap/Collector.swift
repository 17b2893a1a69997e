// The collector: copying minor collections, incremental marking of the old space, lazy sweeping.
//
// Laws:
//   * It runs only at safepoints. Then every live value is in a frame, a thread's state, a root table, or the heap.pointee.
//   * Minor: whatever young is reachable from roots, remembered old objects and frames that ran moves to the old space.
//     Afterwards no young object exists, the remembered set is empty, and every frame seen is flagged `scanned`.
//   * Marking (after PyPy's incminimark): white = the other colour, grey = marked and on the grey list, black = marked.
//     An old object written to while marking is on the remembered set, and the next minor collection greys it again.
//     Marking ends only right after a minor collection, with all roots and running frames visited once more.
//   * Frames' registers have no write barrier: a frame that runs is visited by every minor collection.

import Glibc

/// Called by the layers above at fixed points of a collection.
public enum CollectorHook {
  /// After each minor collection's roots: visit further addresses that hold values.
  nonisolated(unsafe) public static var roots: [(_ visit: (UnsafeMutablePointer<Value>) -> Void) -> Void] = []
  /// At the end of marking, until none has marked anything more: values that live as long as something else does. Each gets
  /// what marks one, and says whether it did.
  nonisolated(unsafe) public static var dependents: [(_ mark: (Value) -> Void) -> Bool] = []
  /// After marking, before sweeping: forget what `isDead`.
  nonisolated(unsafe) public static var afterMarking: [() -> Void] = []
  /// Memory owned by a dying object of the layout.
  nonisolated(unsafe) public static var release: ((_ o: Value, _ layout: Layout) -> Void)?
  /// Objects whose finaliser is due, and weak references whose referent died.
  nonisolated(unsafe) public static var finalise: ((_ o: Value) -> Void)?
  nonisolated(unsafe) public static var weakrefDied: ((_ ref: Value) -> Void)?
  /// Values that hooks found due; roots until they are run.
  nonisolated(unsafe) public static var pending = RawList<Value>()
}

/// Whether a marking that has just ended did not reach `v`.
public func isDead(_ v: Value) -> Bool {
  v.isObject && v.object.pointee.gc & (GCBit.old | GCBit.immortal) == GCBit.old && v.object.pointee.gc & GCBit.colours != weft_vm.markColour
}

/// Collects as far as what was requested asks for: the nursery, and a step of marking when the old space has grown.
public func collect(_ t: ThreadRef) {
  if Pauses.measured {
    Pauses.minor.append(Pauses.time { minorCollection() })
    Pauses.slices.append(Pauses.time { collectOld(t) })
  } else {
    minorCollection()
    collectOld(t)
  }
  bytesAfterCollection = weft_vm.oldBytes
  weft_request_clear(t, Request.collect)
}

/// What `--gc-pauses` reports: nanoseconds of each minor collection, and of the step of the old space after it.
public enum Pauses {
  nonisolated(unsafe) public static var measured = false
  nonisolated(unsafe) static var minor = RawList<Int>(), slices = RawList<Int>()

  static func time(_ body: () -> Void) -> Int {
    var a = timespec(), b = timespec()
    clock_gettime(CLOCK_MONOTONIC, &a)
    body()
    clock_gettime(CLOCK_MONOTONIC, &b)
    return (b.tv_sec - a.tv_sec) * 1_000_000_000 + b.tv_nsec - a.tv_nsec
  }
  /// Counts, medians and maxima in microseconds.
  public static var report: String {
    func line(_ name: String, _ l: RawList<Int>) -> String {
      let s = (0..<l.count).map { l[$0] / 1000 }.sorted()
      return "\(name): \(s.count), median \(s.isEmpty ? 0 : s[s.count / 2]), 99 % \(s.isEmpty ? 0 : s[s.count * 99 / 100]), max \(s.last ?? 0) µs"
    }
    return line("minor collections", minor) + "\n" + line("old space steps", slices) + "\nmajor collections: \(weft_vm.majorCount), old space \(weft_vm.oldBytes >> 20) MiB"
  }
}

/// After a minor collection: a step of the old space's, or all of it where memory is short.
private func collectOld(_ t: ThreadRef) {
  if wantsCompleteCollection {
    collectAll(t)
    settleMemory()
  } else if weft_vm.marking != 0 {
    markStep(budget: max(heap.pointee.nurserySize * 2, 1 << 20))
  } else if weft_vm.oldBytes + weft_vm.externalBytes > weft_vm.nextMajor || weft_vm.gcStress > 1 {
    beginMarking()
  }
}

/// Empties the nursery.
public func collectYoung(_ t: ThreadRef) {
  minorCollection()
  weft_request_clear(t, Request.collect)
}

/// A complete collection of both spaces.
public func collectAll(_ t: ThreadRef) {
  minorCollection()
  if weft_vm.marking == 0 { beginMarking() }
  markStep(budget: Int.max)
  finishSweeping()
  weft_request_clear(t, Request.collect)
}

// MARK: roots

func forEachRoot(_ visit: (UnsafeMutablePointer<Value>) -> Void) {
  for i in 0..<8 { visit(weft_singletons() + i) }
  for i in 0..<Int(ROOT_COUNT) { visit(weft_roots() + i) }
  for i in 0..<256 { visit(weft_latin1() + i) }
  for i in 0..<heap.pointee.threads.count {
    let t = heap.pointee.threads[i], p = UnsafeMutableRawPointer(t)
    func one(_ offset: Int, _ n: Int = 1) {
      let v = (p + offset).assumingMemoryBound(to: Value.self)
      for k in 0..<n { visit(v + k) }
    }
    one(MemoryLayout<Thread>.offset(of: \Thread.exception)!)
    one(MemoryLayout<Thread>.offset(of: \Thread.tasklet)!, 5)
    one(MemoryLayout<Thread>.offset(of: \Thread.scratch)!, 8)
    one(MemoryLayout<Thread>.offset(of: \Thread.profile)!, 2)
    for k in 0..<t.pointee.blockedCount { visit(t.pointee.blockedWindow.unsafelyUnwrapped + k) }
  }
  for i in 0..<CollectorHook.pending.count { visit(CollectorHook.pending.base + i) }
  for hook in CollectorHook.roots { hook(visit) }
}

/// Visits the traced words of a frame; its `back` is visited as a value too.
@inline(__always) func forEachFramePointer(_ f: FrameRef, _ visit: (UnsafeMutablePointer<Value>) -> Void) {
  let p = UnsafeMutableRawPointer(f)
  visit((p + 8).assumingMemoryBound(to: Value.self))   // back
  visit((p + 16).assumingMemoryBound(to: Value.self))  // code
  visit((p + 32).assumingMemoryBound(to: Value.self))  // function
  visit((p + 48).assumingMemoryBound(to: Value.self))  // handled
  visit((p + 56).assumingMemoryBound(to: Value.self))  // extra
  let r = f.registers
  var i = 0
  let n = Int(f.pointee.code.to(CodeObject.self).pointee.registerCount)
  while i < n { visit(r + i); i += 1 }
}

// MARK: minor collection

@inline(__always) func isYoung(_ v: Value) -> Bool { v.isObject && v.object.pointee.gc & GCBit.old == 0 }

@inline(__always) func evacuate(_ p: UnsafeMutablePointer<Value>) {
  let v = p.pointee
  if isYoung(v) { p.pointee = forward(v.object) }
}

/// Moves a young object to the old space (once) and gives its new address.
func forward(_ o: ObjectRef) -> Value {
  if o.pointee.gc & GCBit.forwarded != 0 { return UnsafeRawPointer(o).load(fromByteOffset: 8, as: Value.self) }
  let size = objectSize(o)
  let cell: UnsafeMutableRawPointer
  if o.pointee.gc & GCBit.identity != 0, let a = heap.pointee.identities.removeValue(forKey: UInt(bitPattern: o)) {
    cell = UnsafeMutableRawPointer(bitPattern: a)!
  } else {
    cell = oldCell(size)
  }
  memcpy(cell, o, (size + 7) & ~7)
  let n = cell.assumingMemoryBound(to: ObjectHeader.self)
  n.pointee.gc = o.pointee.gc & GCBit.watched | GCBit.old | weft_vm.markColour
  o.pointee.gc |= GCBit.forwarded
  UnsafeMutableRawPointer(o).storeBytes(of: Value(cell), toByteOffset: 8, as: Value.self)
  heap.pointee.promoted.append(n)
  if weft_vm.marking != 0 { pushGrey(n) }
  return Value(cell)
}

func drainPromoted() {
  while let o = heap.pointee.promoted.popLast() { forEachPointer(o, evacuate) }
}

func minorCollection() {
  if HeapVerifier.enabled { HeapVerifier.beforeMinor() }
  weft_vm.minorCount += 1
  forEachRoot(evacuate)
  // Old objects that were written to.
  for i in 0..<heap.pointee.remembered.count {
    let o = heap.pointee.remembered[i]
    o.pointee.gc &= ~GCBit.remembered
    forEachPointer(o, evacuate)
    if weft_vm.marking != 0 { pushGrey(o) }
  }
  heap.pointee.remembered.removeAll()
  // Frames that ran.
  for i in 0..<heap.pointee.threads.count { scanChain(heap.pointee.threads[i].pointee.frame) }
  for i in 0..<heap.pointee.dirtyFrames.count {
    let f = heap.pointee.dirtyFrames[i]
    f.pointee.header.flags &= ~FrameFlag.dirty
    if f.pointee.header.shape != 0 { scanChain(f) }
  }
  heap.pointee.dirtyFrames.removeAll()
  drainPromoted()
  // Weak references are cleared before what finalisers keep alive moves. The callback of the newest is due first.
  var i = heap.pointee.youngWeakrefs.count - 1
  while i >= 0 {
    let o = heap.pointee.youngWeakrefs[i]
    i -= 1
    let moved = o.pointee.gc & GCBit.forwarded != 0
    let n = moved ? forward(o).object : o
    let w = UnsafeMutableRawPointer(n).assumingMemoryBound(to: WeakrefObject.self)
    let r = w.pointee.referent
    guard isYoung(r), r.object.pointee.gc & GCBit.forwarded == 0 else { continue }
    if n.pointee.flags & sharedWeakref != 0, heap.pointee.sharedWeakrefs[UInt(r.bits)] == o { heap.pointee.sharedWeakrefs[UInt(r.bits)] = nil }
    w.pointee.referent = .empty
    if moved, w.pointee.callback.isObject && !w.pointee.callback.isNone { CollectorHook.pending.append(Value(n)); CollectorHook.pending.append(.fixnum(1)) }
  }
  // Finalisers: what died stays for one more round.
  var due: [ObjectRef] = []
  for k in 0..<heap.pointee.youngFinalisers.count {
    let o = heap.pointee.youngFinalisers[k]
    if o.pointee.gc & GCBit.forwarded != 0 { heap.pointee.oldFinalisers.append(forward(o).object) } else { due.append(o) }
  }
  for o in inOrder(due, { isYoung($0) && $0.object.pointee.gc & GCBit.forwarded == 0 }) {
    CollectorHook.pending.append(forward(o))
    CollectorHook.pending.append(.fixnum(0))
  }
  heap.pointee.youngFinalisers.removeAll()
  drainPromoted()
  for i in 0..<heap.pointee.youngWeakrefs.count {
    let o = heap.pointee.youngWeakrefs[i]
    guard o.pointee.gc & GCBit.forwarded != 0 else { forgetShared(o); continue }
    let n = forward(o).object
    let w = UnsafeMutableRawPointer(n).assumingMemoryBound(to: WeakrefObject.self)
    let r = w.pointee.referent
    if !r.isEmpty && o.pointee.flags & sharedWeakref != 0 {
      if heap.pointee.sharedWeakrefs[UInt(r.bits)] == o { heap.pointee.sharedWeakrefs[UInt(r.bits)] = nil }
    }
    if isYoung(r) { w.pointee.referent = forward(r.object) }
    if !r.isEmpty && o.pointee.flags & sharedWeakref != 0 { heap.pointee.sharedWeakrefs[UInt(w.pointee.referent.bits)] = n }
    if !w.pointee.referent.isEmpty { heap.pointee.oldWeakrefs.append(n) }
  }
  heap.pointee.youngWeakrefs.removeAll()
  drainPromoted()
  for (_, cell) in heap.pointee.identities { freeCell(UnsafeMutableRawPointer(bitPattern: cell)!) }
  heap.pointee.identities.removeAll(keepingCapacity: true)
  // The nursery is empty.
  if weft_vm.gcStress != 0 {
    for i in 0..<heap.pointee.chunksInUse { memset(heap.pointee.chunks[i], 0xdb, heap.pointee.chunkSize) }
  }
  for i in heap.pointee.nurseryChunks..<max(heap.pointee.nurseryChunks, heap.pointee.chunks.count) { free(heap.pointee.chunks[i]) }
  heap.pointee.chunks.truncate(min(heap.pointee.chunks.count, heap.pointee.nurseryChunks))
  heap.pointee.chunksInUse = 0
  for i in 0..<heap.pointee.threads.count { newChunk(heap.pointee.threads[i]) }
  if HeapVerifier.enabled { HeapVerifier.afterMinor() }
}

/// Visits a frame and those behind it up to one that has not run since the last minor collection.
func scanChain(_ top: FrameRef?) {
  var f = top
  while let frame = f, frame.pointee.header.flags & FrameFlag.scanned == 0 {
    frame.pointee.header.flags |= FrameFlag.scanned
    forEachFramePointer(frame, evacuate)
    if weft_vm.marking != 0 {
      frame.pointee.header.gc = frame.pointee.header.gc & ~GCBit.colours | weft_vm.markColour
      forEachFramePointer(frame, mark)
    }
    f = frame.pointee.back
  }
}

func freeCell(_ p: UnsafeMutableRawPointer) {
  let b = UnsafeMutableRawPointer(bitPattern: UInt(bitPattern: p) & ~UInt(Block.size - 1))!.assumingMemoryBound(to: Block.self)
  let c = b.pointee.sizeClass
  p.storeBytes(of: 0, as: UInt64.self)
  p.storeBytes(of: heap.pointee.freeCells[c], toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
  heap.pointee.freeCells[c] = p
  weft_vm.oldBytes -= UInt64(b.pointee.cellSize)
}

// MARK: marking

@inline(__always) func mark(_ p: UnsafeMutablePointer<Value>) { markValue(p.pointee) }

@inline(__always) func markValue(_ v: Value) {
  guard v.isObject else { return }
  let o = v.object
  if o.pointee.gc & (GCBit.old | GCBit.colours) == GCBit.old | (6 &- weft_vm.markColour) {
    o.pointee.gc = o.pointee.gc & ~GCBit.colours | weft_vm.markColour
    pushGrey(o)
  }
}

/// The grey list could not grow: somewhere a marked object is not scanned.
nonisolated(unsafe) private var greyOverflow = false

/// Puts a marked object on the grey list. Where memory has run out it is left off, and found again by `rescan`.
@inline(__always) func pushGrey(_ o: ObjectRef) {
  if heap.pointee.grey.count == heap.pointee.grey.capacity && !heap.pointee.grey.tryGrow() { greyOverflow = true; return }
  heap.pointee.grey.append(o)
}

/// Scans all that is marked, since what the grey list lost is among it.
func rescan() {
  greyOverflow = false
  for c in 0..<SizeClass.count {
    var b = heap.pointee.blocks[c]
    while let block = b {
      let base = UnsafeMutableRawPointer(block) + Block.headerSize
      for i in 0..<block.pointee.cells {
        let o = (base + i * block.pointee.cellSize).assumingMemoryBound(to: ObjectHeader.self)
        if o.pointee.shape != 0 && o.pointee.gc & GCBit.colours == weft_vm.markColour { _ = scanGrey(o) }
      }
      while let o = heap.pointee.grey.popLast() { _ = scanGrey(o) }
      b = block.pointee.next
    }
  }
  for i in 0..<heap.pointee.large.count {
    let o = heap.pointee.large[i].assumingMemoryBound(to: ObjectHeader.self)
    if o.pointee.gc & GCBit.colours == weft_vm.markColour { _ = scanGrey(o) }
  }
  func frame(_ f: FrameRef) {
    if f.pointee.header.shape != 0 && f.pointee.header.gc & GCBit.colours == weft_vm.markColour { forEachFramePointer(f, mark) }
  }
  for i in 0..<heap.pointee.frameChunks.count {
    let c = heap.pointee.frameChunks[i]
    for k in 0..<c.count { frame((c.base + k * c.size).assumingMemoryBound(to: Frame.self)) }
  }
  for i in 0..<heap.pointee.bigFrames.count { frame(heap.pointee.bigFrames[i]) }
}

/// Scans until nothing is grey.
func drainGrey() {
  repeat {
    while let o = heap.pointee.grey.popLast() { _ = scanGrey(o) }
    if greyOverflow { rescan() }
  } while heap.pointee.grey.count > 0 || greyOverflow
}

func beginMarking() {
  finishSweeping()
  weft_vm.marking = 1
  weft_vm.markColour = 6 - weft_vm.markColour
  heap.pointee.grey.removeAll()
  greyOverflow = false
  forEachRoot(mark)
  for i in 0..<heap.pointee.threads.count {
    var f = heap.pointee.threads[i].pointee.frame
    while let frame = f { markValue(Value(frame)); f = frame.pointee.back }
  }
}

func scanGrey(_ o: ObjectRef) -> Int {
  let shape = (weft_vm.shapes + Int(o.pointee.shape)).pointee.unsafelyUnwrapped
  markValue(shape.pointee.type)
  if shape.pointee.layout == Layout.frame.rawValue {
    let f = UnsafeMutableRawPointer(o).assumingMemoryBound(to: Frame.self)
    forEachFramePointer(f, mark)
    return 256
  }
  forEachPointer(o, mark)
  return objectSize(o)
}

/// Marks about `budget` bytes; ends the cycle when nothing grey is left.
func markStep(budget: Int) {
  var left = budget
  while left > 0, let o = heap.pointee.grey.popLast() { left -= scanGrey(o) }
  if heap.pointee.grey.count == 0 && greyOverflow { drainGrey() }
  if heap.pointee.grey.count == 0 { endMarking() }
}

/// Objects whose finaliser is due, given in the order in which they were made, in that of finalisation: what another of them holds
/// comes after it, in a cycle and among those that have nothing to do with each other the oldest is first. So a stream is finalised
/// before the file under it, an event loop before its sockets. That is a depth-first search among the dead; where they are too
/// many, the newest is first.
private func inOrder(_ due: [ObjectRef], _ isDead: (Value) -> Bool) -> [ObjectRef] {
  if due.count < 2 { return due }
  if due.count > 2000 { return due.reversed() }
  let wanted = Set(due)
  // What was seen, with the number of the search that saw it; searches that met are one group, which has its oldest number.
  var seen: [ObjectRef: Int] = [:], groups = Array(0..<due.count)
  func group(_ k: Int) -> Int {
    var k = k
    while groups[k] != k { k = groups[k] }
    return k
  }
  var finished: [ObjectRef] = [], stack: [(object: ObjectRef, ends: Bool)] = []
  for (number, o) in due.enumerated() {
    stack.append((o, false))
    while let (x, ends) = stack.popLast() {
      if ends { finished.append(x); continue }
      if let other = seen[x] {
        let a = group(other), b = group(number)
        groups[max(a, b)] = min(a, b)
        continue
      }
      if seen.count > 20_000 { return due.reversed() }
      seen[x] = number
      if wanted.contains(x) { stack.append((x, true)) }
      func child(_ p: UnsafeMutablePointer<Value>) { if isDead(p.pointee) { stack.append((p.pointee.object, false)) } }
      if (weft_vm.shapes + Int(x.pointee.shape)).pointee.unsafelyUnwrapped.pointee.layout == Layout.frame.rawValue {
        forEachFramePointer(UnsafeMutableRawPointer(x).assumingMemoryBound(to: Frame.self), child)
      } else {
        forEachPointer(x, child)
      }
    }
  }
  var members: [Int: [ObjectRef]] = [:]
  for o in finished.reversed() { members[group(seen[o]!), default: []].append(o) }
  return members.sorted { $0.key < $1.key }.flatMap { $0.value }
}

private func markDependents() {
  var more = true
  while more {
    more = false
    for hook in CollectorHook.dependents where hook(markValue) { more = true }
    if more { drainGrey() }
  }
}

/// Only right after a minor collection.
func endMarking() {
  forEachRoot(mark)
  for i in 0..<heap.pointee.threads.count {
    var f = heap.pointee.threads[i].pointee.frame
    while let frame = f { markValue(Value(frame)); f = frame.pointee.back }
  }
  drainGrey()
  markDependents()
  // Finalisers: unreachable objects come back to life and wait for theirs.
  var kept = 0
  var due: [ObjectRef] = []
  for i in 0..<heap.pointee.oldFinalisers.count {
    let o = heap.pointee.oldFinalisers[i]
    if isDead(Value(o)) { due.append(o) } else { heap.pointee.oldFinalisers[kept] = o; kept += 1 }
  }
  heap.pointee.oldFinalisers.truncate(kept)
  // Weak references are cleared before what the finalisers keep alive is marked.
  kept = 0
  var callbacks: [Value] = []
  for i in 0..<heap.pointee.oldWeakrefs.count {
    let o = heap.pointee.oldWeakrefs[i]
    if isDead(Value(o)) { forgetShared(o); continue }
    let w = UnsafeMutableRawPointer(o).assumingMemoryBound(to: WeakrefObject.self)
    if isDead(w.pointee.referent) {
      forgetShared(o)
      w.pointee.referent = .empty
      if w.pointee.callback.isObject && !w.pointee.callback.isNone { callbacks.append(Value(o)) }
    } else if !w.pointee.referent.isEmpty {
      heap.pointee.oldWeakrefs[kept] = o; kept += 1
    }
  }
  heap.pointee.oldWeakrefs.truncate(kept)
  for o in inOrder(due, isDead) {
    CollectorHook.pending.append(Value(o))
    CollectorHook.pending.append(.fixnum(0))
  }
  for w in callbacks.reversed() {
    CollectorHook.pending.append(w)
    CollectorHook.pending.append(.fixnum(1))
  }
  for i in 0..<CollectorHook.pending.count { markValue(CollectorHook.pending[i]) }
  drainGrey()
  markDependents()
  for hook in CollectorHook.afterMarking { hook() }
  weft_vm.marking = 0
  weft_vm.majorCount += 1
  if heap.pointee.threads.count > 0 { sweepFrames(heap.pointee.threads[0]) }
  sweepLarge()
  for c in 0..<SizeClass.count {
    heap.pointee.freeCells[c] = nil
    heap.pointee.sweepCursor[c] = heap.pointee.blocks[c]
    var b = heap.pointee.blocks[c]
    while let block = b { block.pointee.swept = false; b = block.pointee.next }
  }
  weft_vm.nextMajor = UInt64.max  // until the sweep knows
  pendingThreshold = true
  finishThreshold()
  if HeapVerifier.enabled { HeapVerifier.afterMajor() }
  if CollectorHook.pending.count > 0 { for i in 0..<heap.pointee.threads.count { weft_request_set(heap.pointee.threads[i], Request.finalise) } }
}

nonisolated(unsafe) var pendingThreshold = false
/// The next major collection starts when the old space has grown by 82 % (PyPy's factor) of what lives after this one. The
/// live size is known only after sweeping, so it is estimated as what marking has not condemned.
func finishThreshold() {
  finishSweeping()
  pendingThreshold = false
  weft_vm.nextMajor = max(64 << 20, (weft_vm.oldBytes + weft_vm.externalBytes) * 182 / 100)
}

// MARK: sweeping

func sweep(_ b: UnsafeMutablePointer<Block>) {
  guard !b.pointee.swept else { return }
  b.pointee.swept = true
  let base = UnsafeMutableRawPointer(b) + Block.headerSize
  let cell = b.pointee.cellSize, c = b.pointee.sizeClass
  var next = heap.pointee.freeCells[c]
  var freed = 0
  var i = b.pointee.cells - 1
  while i >= 0 {
    let p = base + i * cell
    let o = p.assumingMemoryBound(to: ObjectHeader.self)
    if o.pointee.shape != 0 {
      if o.pointee.gc & GCBit.colours == weft_vm.markColour || o.pointee.gc & GCBit.immortal != 0 { i -= 1; continue }
      release(o)
      if weft_vm.gcStress != 0 { memset(p, 0xdb, cell) }
      freed += cell
    }
    p.storeBytes(of: 0, as: UInt64.self)
    p.storeBytes(of: next, toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
    next = p
    i -= 1
  }
  heap.pointee.freeCells[c] = next
  weft_vm.oldBytes -= UInt64(freed)
}

func release(_ o: ObjectRef) {
  let shape = (weft_vm.shapes + Int(o.pointee.shape)).pointee.unsafelyUnwrapped
  switch Layout(rawValue: shape.pointee.layout).unsafelyUnwrapped {
  case .code, .type, .native, .raw: CollectorHook.release?(Value(o), Layout(rawValue: shape.pointee.layout)!)
  default: break
  }
}

func finishSweeping() {
  for c in 0..<SizeClass.count {
    while let b = heap.pointee.sweepCursor[c] {
      heap.pointee.sweepCursor[c] = b.pointee.next
      sweep(b)
    }
  }
}

func sweepLarge() {
  var kept = 0
  for i in 0..<heap.pointee.large.count {
    let p = heap.pointee.large[i]
    let o = p.assumingMemoryBound(to: ObjectHeader.self)
    if o.pointee.gc & GCBit.colours == weft_vm.markColour || o.pointee.gc & GCBit.immortal != 0 {
      heap.pointee.large[kept] = p; kept += 1
    } else {
      release(o)
      let h = (p - 16).load(as: LargeHeader.self)
      weft_vm.oldBytes -= UInt64(h.size)
      free(p - 16)
    }
  }
  heap.pointee.large.truncate(kept)
}
