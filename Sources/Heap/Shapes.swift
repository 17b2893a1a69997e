// Shapes (hidden classes): class plus attribute layout, outside the heap, found by index.

import Glibc

func initializeShapes() {
  weft_vm.shapeCapacity = 1024
  weft_vm.shapes = UnsafeMutablePointer<ShapeRef?>.allocate(capacity: 1024)
  weft_vm.shapes.initialize(repeating: nil, count: 1024)
  weft_vm.shapeCount = 0
  // Shape 0: a free cell.
  _ = makeShape(layout: .free, type: .empty)
}

/// A new shape; its index is the next one. The table may move, so nobody keeps `weft_vm.shapes`.
public func makeShape(layout: Layout, type: Value, flags: UInt8 = 0, inlineSlots: Int = 0, fixedSlots: Int = 0) -> ShapeRef {
  if weft_vm.shapeCount == weft_vm.shapeCapacity {
    let n = Int(weft_vm.shapeCapacity) * 2
    let p = UnsafeMutablePointer<ShapeRef?>.allocate(capacity: n)
    p.initialize(repeating: nil, count: n)
    p.update(from: weft_vm.shapes, count: Int(weft_vm.shapeCount))
    weft_vm.shapes.deallocate()
    weft_vm.shapes = p
    weft_vm.shapeCapacity = UInt32(n)
  }
  let s = ShapeRef.allocate(capacity: 1)
  memset(s, 0, MemoryLayout<Shape>.size)
  s.pointee.index = weft_vm.shapeCount
  s.pointee.layout = layout.rawValue
  s.pointee.type = type
  s.pointee.flags = flags
  s.pointee.inlineSlots = UInt16(inlineSlots)
  s.pointee.slotCount = UInt32(fixedSlots)
  s.pointee.fixedSlots = UInt32(fixedSlots)
  weft_vm.shapes[Int(weft_vm.shapeCount)] = s
  weft_vm.shapeCount += 1
  return s
}

extension UnsafeMutablePointer where Pointee == Shape {
  /// Slot of attribute `key` (an interned string), or -1.
  public func slot(of key: Value) -> Int {
    let n = Int(pointee.slotCount), fixed = Int(pointee.fixedSlots)
    if n == fixed { return -1 }
    let keys = self.keyArray()
    var i = n - 1
    while i >= fixed {
      if keys[i] == key { return i }
      i -= 1
    }
    return -1
  }

  /// Names of the slots; those of the fixed ones are empty.
  public func keyArray() -> UnsafeMutablePointer<Value> {
    if let k = pointee.keys { return k }
    let n = Int(pointee.slotCount)
    let k = UnsafeMutablePointer<Value>.allocate(capacity: max(1, n))
    k.initialize(repeating: .empty, count: max(1, n))
    var s: ShapeRef? = self
    while let p = s, p.pointee.slotCount > p.pointee.fixedSlots, p.pointee.parent != nil {
      k[Int(p.pointee.slotCount) - 1] = p.pointee.key
      s = p.pointee.parent
    }
    pointee.keys = k
    return k
  }

  /// The shape with one more attribute.
  public func adding(_ key: Value) -> ShapeRef {
    if let e = pointee.edges {
      for i in 0..<Int(pointee.edgeCount) where e[i].key == key { return e[i].target }
    }
    let s = makeShape(layout: Layout(rawValue: pointee.layout)!, type: pointee.type, flags: pointee.flags,
                      inlineSlots: Int(pointee.inlineSlots), fixedSlots: Int(pointee.fixedSlots))
    s.pointee.slotCount = pointee.slotCount + 1
    s.pointee.parent = self
    s.pointee.key = key
    // Shapes live for ever and are not traced: so do the names in them.
    if key.isObject { key.object.pointee.gc |= GCBit.immortal }
    if pointee.edgeCount == pointee.edgeCapacity {
      let n = max(2, Int(pointee.edgeCapacity) * 2)
      let e = UnsafeMutablePointer<ShapeEdge>.allocate(capacity: n)
      if let old = pointee.edges { e.update(from: old, count: Int(pointee.edgeCount)); old.deallocate() }
      pointee.edges = e
      pointee.edgeCapacity = UInt32(n)
    }
    pointee.edges![Int(pointee.edgeCount)] = ShapeEdge(key: key, target: s)
    pointee.edgeCount += 1
    return s
  }

  /// The shape of the same class whose attributes live in a dict (in slot `fixedSlots`).
  public func dictShape() -> ShapeRef {
    if pointee.flags & ShapeFlag.dictMode != 0 { return self }
    var root = self
    while let p = root.pointee.parent { root = p }
    let marker = Value(bits: 3)
    if let e = root.pointee.edges {
      for i in 0..<Int(root.pointee.edgeCount) where e[i].key == marker { return e[i].target }
    }
    let s = root.adding(marker)
    s.pointee.flags |= ShapeFlag.dictMode
    s.pointee.parent = nil
    return s
  }
}
