// The heap verifier: with `--verify-heap` every collection looks at every object of the old space and at every frame.
//
// Before a minor collection: an old object that holds a young one is remembered, a frame that holds one has run. After it: no
// young object is left, and each pointer is the address of a live object. After a major one: what is left has its colour.

import Glibc

public enum HeapVerifier {
  nonisolated(unsafe) public static var enabled = false
  /// Of the layers above: what is wrong with an object they know, or nil.
  nonisolated(unsafe) public static var check: ((Value) -> String?)?
  /// Collections that were looked at.
  nonisolated(unsafe) public static var count = 0

  static func beforeMinor() {
    let places = Places()
    for o in places.objects {
      if o.pointee.gc & GCBit.remembered != 0 { continue }
      forEachPointer(o) { p in
        if isYoung(p.pointee) {
          if !places.isInNursery(p.pointee) { fail(o, "a pointer to what is neither old nor in the nursery") }
          fail(o, "an old object that is not remembered holds a young one")
        }
      }
    }
    for f in places.frames where f.pointee.header.flags & FrameFlag.scanned != 0 && f.pointee.header.flags & FrameFlag.finished == 0 {
      forEachFramePointer(f) { if isYoung($0.pointee) { fail(UnsafeMutableRawPointer(f).assumingMemoryBound(to: ObjectHeader.self), "a frame that did not run holds a young object") } }
    }
  }

  static func afterMinor() {
    count += 1
    let places = Places()
    if heap.pointee.remembered.count != 0 { fail(nil, "the remembered set is not empty") }
    for o in places.objects {
      let g = o.pointee.gc
      if g & GCBit.old == 0 || g & (GCBit.forwarded | GCBit.remembered) != 0 { fail(o, "a header that is not an old object's") }
      if g & GCBit.colours != 2 && g & GCBit.colours != 4 { fail(o, "no colour") }
      forEachPointer(o) { if let wrong = places.fault($0.pointee) { fail(o, wrong) } }
      checkParts(o)
      if let wrong = check?(Value(o)) { fail(o, wrong) }
    }
    // A frame that was not visited is one that nothing reaches: what it held may be gone.
    for f in places.frames where f.pointee.header.flags & (FrameFlag.finished | FrameFlag.scanned) == FrameFlag.scanned {
      forEachFramePointer(f) { if let wrong = places.fault($0.pointee) { fail(UnsafeMutableRawPointer(f).assumingMemoryBound(to: ObjectHeader.self), "a frame: " + wrong) } }
    }
    forEachRoot { if let wrong = places.fault($0.pointee) { fail(nil, "a root: " + wrong) } }
  }

  static func afterMajor() {
    for o in Places().objects where o.pointee.gc & GCBit.immortal == 0 && o.pointee.gc & GCBit.colours != weft_vm.markColour {
      fail(o, "it survived a major collection without its colour")
    }
    // Marking ends right after a minor collection, so every frame that lives was visited since it ran.
    for f in Places().frames where f.pointee.header.flags & (FrameFlag.finished | FrameFlag.scanned) == 0 {
      fail(UnsafeMutableRawPointer(f).assumingMemoryBound(to: ObjectHeader.self), "a frame that lives was not visited")
    }
  }

  /// Where objects can be.
  struct Places {
    var objects: [ObjectRef] = []
    var frames: [FrameRef] = []
    private var blocks: [UInt: UnsafeMutablePointer<Block>] = [:]
    private var large: Set<UInt> = []
    private var frameSet: Set<UInt> = []

    init() {
      for c in 0..<SizeClass.count {
        var b = heap.pointee.blocks[c]
        while let block = b {
          blocks[UInt(bitPattern: block)] = block
          let base = UnsafeMutableRawPointer(block) + Block.headerSize
          for i in 0..<block.pointee.cells {
            let o = (base + i * block.pointee.cellSize).assumingMemoryBound(to: ObjectHeader.self)
            if o.pointee.shape == 0 { continue }
            if o.pointee.shape >= weft_vm.shapeCount { fail(nil, "a cell whose shape does not exist") }
            if objectSize(o) > block.pointee.cellSize { fail(o, "it is larger than its cell") }
            objects.append(o)
          }
          b = block.pointee.next
        }
      }
      for i in 0..<heap.pointee.large.count {
        let o = heap.pointee.large[i].assumingMemoryBound(to: ObjectHeader.self)
        large.insert(UInt(bitPattern: o))
        if o.pointee.shape == 0 || o.pointee.shape >= weft_vm.shapeCount { fail(nil, "a large object whose shape does not exist") }
        if objectSize(o) > (heap.pointee.large[i] - 16).load(as: LargeHeader.self).size { fail(o, "it is larger than its memory") }
        objects.append(o)
      }
      for i in 0..<heap.pointee.frameChunks.count {
        let c = heap.pointee.frameChunks[i]
        for k in 0..<c.count {
          let f = (c.base + k * c.size).assumingMemoryBound(to: Frame.self)
          if f.pointee.header.shape != 0 { frames.append(f) }
        }
      }
      for i in 0..<heap.pointee.bigFrames.count { frames.append(heap.pointee.bigFrames[i]) }
      for f in frames { frameSet.insert(UInt(bitPattern: f)) }
    }

    func isInNursery(_ v: Value) -> Bool {
      for i in 0..<heap.pointee.chunksInUse {
        let base = UInt(bitPattern: heap.pointee.chunks[i])
        if UInt(v.bits) >= base && UInt(v.bits) < base + UInt(heap.pointee.chunkSize) { return true }
      }
      return false
    }

    /// What is wrong with a value, or nil.
    func fault(_ v: Value) -> String? {
      guard v.isObject else { return nil }
      let a = UInt(v.bits)
      if let b = blocks[a & ~UInt(Block.size - 1)] {
        let offset = Int(a & UInt(Block.size - 1)) - Block.headerSize
        if offset < 0 || offset % b.pointee.cellSize != 0 || offset / b.pointee.cellSize >= b.pointee.cells { return "a pointer into the middle of a cell" }
        return v.object.pointee.shape == 0 ? "a pointer to a free cell" : nil
      }
      if large.contains(a) || frameSet.contains(a) { return nil }
      return isInNursery(v) ? "a pointer into the nursery" : "a pointer to what is no object"
    }
  }

  /// Counts and tables.
  private static func checkParts(_ o: ObjectRef) {
    let shape = (weft_vm.shapes + Int(o.pointee.shape)).pointee.unsafelyUnwrapped
    let info = layoutInfo(shape.pointee.layout).pointee
    switch VariablePart(rawValue: info.variable) {
    case .values, .bytes, .text: if word(o, info.countWord) < 0 { fail(o, "a negative count") }
    case .table: checkTable(o)
    default: break
    }
  }

  private static func checkTable(_ o: ObjectRef) {
    let base = UnsafeMutableRawPointer(o), t = base.assumingMemoryBound(to: TableObject.self).pointee
    let fill = Int(t.fill), slots = 1 << Int(t.log2), entries = (base + 32).assumingMemoryBound(to: Value.self)
    if fill < 0 || fill > t.capacity || t.capacity >= slots || t.stride < 2 || t.stride > 3 { fail(o, "a table's sizes") }
    let index = base + 32 + t.capacity * Int(t.stride) * 8
    func slot(_ i: Int) -> Int {
      switch t.indexWidth {
      case 1: return Int(index.assumingMemoryBound(to: UInt8.self)[i])
      case 2: return Int(index.assumingMemoryBound(to: UInt16.self)[i])
      default: return Int(index.assumingMemoryBound(to: UInt32.self)[i])
      }
    }
    let keyAt = t.stringKeys != 0 ? 0 : 1
    var seen = 0, free = 0
    for i in 0..<slots {
      let s = slot(i)
      if s == 0 { free += 1 }
      if s < 2 { continue }
      if s - 2 >= fill { fail(o, "an index entry beyond the table's entries") }
      if !entries[(s - 2) * Int(t.stride) + keyAt].isEmpty { seen += 1 }
    }
    if free == 0 { fail(o, "a table without a free index entry") }
    var keys = 0
    for i in 0..<fill {
      let e = entries + i * Int(t.stride)
      if e[keyAt].isEmpty { continue }
      keys += 1
      var hash = 0
      if t.stringKeys != 0 {
        hash = e[0].raw.assumingMemoryBound(to: StrObject.self).pointee.hash
      } else {
        guard e[0].isFixnum else { fail(o, "an entry without a hash") }
        hash = e[0].fixnum
      }
      // The entry is found on the way of its hash.
      var at = hash & (slots - 1), perturb = UInt(bitPattern: hash), steps = 0
      while slot(at) != i + 2 {
        if slot(at) == 0 || steps > slots * 2 + 64 { fail(o, "an entry that its hash does not lead to") }
        perturb >>= 5
        at = (at &* 5 &+ 1 &+ Int(bitPattern: perturb)) & (slots - 1)
        steps += 1
      }
    }
    if seen != keys { fail(o, "as many index entries as keys") }
  }

  private static func fail(_ o: ObjectRef?, _ what: String) -> Never {
    fputs("weft: heap verifier, collection \(weft_vm.minorCount): \(what)\n", stderr)
    if let o {
      let shape = o.pointee.shape
      fputs("  object \(UnsafeRawPointer(o)) shape \(shape) layout \(weft_vm.shapes[Int(shape)]!.pointee.layout) gc \(o.pointee.gc) flags \(o.pointee.flags)\n", stderr)
      let type = weft_vm.shapes[Int(shape)]!.pointee.type
      if type.isObject {
        let name = type.to(TypeObject.self).pointee.name, s = name.to(StrObject.self)
        if name.isObject && s.pointee.header.flags & 7 == 1 {
          fputs("  class \(String(decoding: UnsafeBufferPointer(start: (name.raw + 24).assumingMemoryBound(to: UInt8.self), count: s.pointee.count), as: UTF8.self))\n", stderr)
        }
      }
    }
    abort()
  }
}
