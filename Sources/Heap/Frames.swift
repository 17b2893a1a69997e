// The frame space: frames never move, and a frame that returns without having escaped goes back to its free list.

import Glibc

/// Frame flags, in the header's flags byte.
public enum FrameFlag {
  /// Somebody may hold this frame: it is not freed when it returns.
  public static let escaped: UInt8 = 1
  /// A minor collection has seen it and it has not run since.
  public static let scanned: UInt8 = 2
  /// On the list of suspended frames that ran since the last minor collection.
  public static let dirty: UInt8 = 4
  /// It has returned or was unwound.
  public static let finished: UInt8 = 8
  /// It belongs to a generator or coroutine.
  public static let generator: UInt8 = 16
  /// Its local trace function is active, or it has extras.
  public static let traced: UInt8 = 32
  /// The bottom of a run loop: what returns or unwinds to it leaves the loop.
  public static let base: UInt8 = 64
}

/// Frames of one class, carved from one piece of memory.
struct FrameChunk {
  var base: UnsafeMutableRawPointer
  var count: Int
  var size: Int
}

public let frameHeaderSize = 64
public let bigFrameClass: UInt16 = 0xffff

/// Size class for a frame with `registers` registers: multiples of 32 bytes.
public func frameSizeClass(registers: Int) -> UInt16 {
  let c = (registers * 8 + 31) / 32
  return c < Int(FRAME_CLASSES) ? UInt16(c) : bigFrameClass
}
func frameBytes(sizeClass c: UInt16) -> Int { frameHeaderSize + Int(c) * 32 }

extension UnsafeMutablePointer where Pointee == Frame {
  @inlinable @inline(__always) public var registers: UnsafeMutablePointer<Value> {
    (UnsafeMutableRawPointer(self) + 64).assumingMemoryBound(to: Value.self)
  }
}

/// A frame with its size set and nothing else: the caller fills every header field and register.
@inlinable @inline(__always)
public func allocateFrame(_ t: ThreadRef, sizeClass c: UInt16, registers: Int) -> FrameRef {
  if c < UInt16(FRAME_CLASSES) {
    let list = freeFrameList(t) + Int(c)
    if let f = list.pointee {
      list.pointee = f.pointee.back
      return f
    }
  }
  return allocateFrameSlow(t, sizeClass: c, registers: registers)
}

@inlinable @inline(__always)
public func freeFrameList(_ t: ThreadRef) -> UnsafeMutablePointer<FrameRef?> {
  weft_free_frames(t)
}

@inline(never) @usableFromInline
func allocateFrameSlow(_ t: ThreadRef, sizeClass c: UInt16, registers: Int) -> FrameRef {
  if c == bigFrameClass {
    let bytes = frameHeaderSize + registers * 8
    let p = allocateOrRelease(bytes)
    let f = p.assumingMemoryBound(to: Frame.self)
    f.pointee.header.reserve = c
    heap.pointee.bigFrames.append(f)
    weft_vm.oldBytes += UInt64(weft_usable_size(p))
    return f
  }
  let size = frameBytes(sizeClass: c)
  let n = max(8, 32768 / size)
  let p = allocateOrRelease(n * size)
  heap.pointee.frameChunks.append(FrameChunk(base: p, count: n, size: size))
  weft_vm.oldBytes += UInt64(n * size)
  if weft_vm.oldBytes > weft_vm.nextMajor || weft_vm.oldBytes > weft_vm.heapLimit { requestCollection(t) }
  let list = freeFrameList(t) + Int(c)
  var i = n - 1
  while i >= 0 {
    let f = (p + i * size).assumingMemoryBound(to: Frame.self)
    f.pointee.header.shape = 0
    f.pointee.header.reserve = c
    f.pointee.back = list.pointee
    list.pointee = f
    i -= 1
  }
  let f = list.pointee!
  list.pointee = f.pointee.back
  return f
}

/// Gives a frame that nobody can hold back to its free list.
@inlinable @inline(__always)
public func freeFrame(_ t: ThreadRef, _ f: FrameRef) {
  let c = f.pointee.header.reserve
  if c < UInt16(FRAME_CLASSES) {
    f.pointee.header.shape = 0
    let list = freeFrameList(t) + Int(c)
    f.pointee.back = list.pointee
    list.pointee = f
  } else {
    f.pointee.header.flags |= FrameFlag.finished
  }
}

/// To be called when a frame leaves the running chain but may run again (generator, tasklet).
@inlinable @inline(__always)
public func suspendFrame(_ f: FrameRef) {
  if f.pointee.header.flags & (FrameFlag.dirty | FrameFlag.scanned) == 0 { suspendFrameSlow(f) }
}
@inline(never) @usableFromInline func suspendFrameSlow(_ f: FrameRef) {
  f.pointee.header.flags |= FrameFlag.dirty
  heap.pointee.dirtyFrames.append(f)
}

/// Frees the unmarked frames after a major marking, and gives back what holds free frames only. All free lists are made anew.
func sweepFrames(_ t: ThreadRef) {
  for i in 0..<heap.pointee.threads.count {
    let list = freeFrameList(heap.pointee.threads[i])
    for c in 0..<Int(FRAME_CLASSES) { list[c] = nil }
  }
  let list = freeFrameList(t)
  var keptChunks = 0
  for c in 0..<heap.pointee.frameChunks.count {
    let chunk = heap.pointee.frameChunks[c]
    var free = 0
    for i in 0..<chunk.count {
      let f = (chunk.base + i * chunk.size).assumingMemoryBound(to: Frame.self)
      if f.pointee.header.shape != 0 && f.pointee.header.gc & GCBit.colours != weft_vm.markColour { f.pointee.header.shape = 0 }
      if f.pointee.header.shape == 0 { free += 1 }
    }
    if free == chunk.count && keptChunks > 64 {
      weft_vm.oldBytes -= UInt64(chunk.count * chunk.size)
      Glibc.free(chunk.base)
      continue
    }
    heap.pointee.frameChunks[keptChunks] = chunk
    keptChunks += 1
    if free == 0 { continue }
    var i = chunk.count - 1
    while i >= 0 {
      let f = (chunk.base + i * chunk.size).assumingMemoryBound(to: Frame.self)
      if f.pointee.header.shape == 0 {
        let k = Int(f.pointee.header.reserve)
        f.pointee.back = list[k]
        list[k] = f
      }
      i -= 1
    }
  }
  heap.pointee.frameChunks.truncate(keptChunks)
  var kept = 0
  for i in 0..<heap.pointee.bigFrames.count {
    let f = heap.pointee.bigFrames[i]
    if f.pointee.header.gc & GCBit.colours == weft_vm.markColour && f.pointee.header.flags & (FrameFlag.finished | FrameFlag.escaped) != FrameFlag.finished {
      heap.pointee.bigFrames[kept] = f; kept += 1
    } else {
      weft_vm.oldBytes -= UInt64(weft_usable_size(f))
      free(f)
    }
  }
  heap.pointee.bigFrames.truncate(kept)
}
