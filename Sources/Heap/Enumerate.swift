// Looking at every object of the old space: for questions about the whole heap, not for programs in a hurry.

/// Calls `visit` with every object of the old space that the last sweep left. Right after a complete collection these are
/// the live ones.
public func forEachOldObject(_ visit: (Value) -> Void) {
  finishSweeping()
  for c in 0..<SizeClass.count {
    var b = heap.pointee.blocks[c]
    while let block = b {
      let base = UnsafeMutableRawPointer(block) + Block.headerSize
      for i in 0..<block.pointee.cells {
        let p = base + i * block.pointee.cellSize
        if p.assumingMemoryBound(to: ObjectHeader.self).pointee.shape != 0 { visit(Value(p)) }
      }
      b = block.pointee.next
    }
  }
  for i in 0..<heap.pointee.large.count { visit(Value(heap.pointee.large[i])) }
}
