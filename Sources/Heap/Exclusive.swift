// What only a parked computation holds: found by a complete marking that leaves the computation out at first.

/// The objects that nothing but the frames from `top` to `stop` (not included) reaches, besides those that `stays` and what such
/// objects reach. It is a complete collection, at a point where a collection may be; nobody but the caller may hold the chain.
/// Also gives how many objects were looked at.
public func exclusiveObjects(top: FrameRef, stop: FrameRef?, stays: (ObjectRef) -> Bool) -> (objects: Set<UInt>, visited: Int) {
  var visited = 0
  func drain() { while let o = heap.pointee.grey.popLast() { _ = scanGrey(o); visited += 1 } }
  beginMarking()
  if let s = stop { markValue(Value(s)) }
  drain()
  let white = GCBit.old | (6 &- weft_vm.markColour)
  var seen: Set<UInt> = [], work: [ObjectRef] = [], outside: [ObjectRef] = []
  func visit(_ v: Value) {
    guard v.isObject, v.object.pointee.gc & (GCBit.old | GCBit.colours) == white, seen.insert(UInt(v.bits)).inserted else { return }
    work.append(v.object)
  }
  visit(Value(top))
  while let o = work.popLast() {
    visited += 1
    if stays(o) { outside.append(o); continue }
    let shape = (weft_vm.shapes + Int(o.pointee.shape)).pointee.unsafelyUnwrapped
    visit(shape.pointee.type)
    if shape.pointee.layout == Layout.frame.rawValue {
      forEachFramePointer(UnsafeMutableRawPointer(o).assumingMemoryBound(to: Frame.self)) { visit($0.pointee) }
    } else { forEachPointer(o) { visit($0.pointee) } }
  }
  for o in outside { markValue(Value(o)) }
  drain()
  let objects = seen.filter { ObjectRef(bitPattern: $0).unsafelyUnwrapped.pointee.gc & (GCBit.old | GCBit.colours) == white }
  markValue(Value(top))
  endMarking()
  return (objects, visited)
}

/// Brings what is being marked to its end, after emptying the nursery.
public func settleMarking(_ t: ThreadRef) {
  minorCollection()
  if weft_vm.marking != 0 { markStep(budget: Int.max) }
  weft_request_clear(t, Request.collect)
}

/// Addresses of all objects that have a weak reference.
public func weaklyReferenced() -> Set<UInt> {
  var out: Set<UInt> = []
  for list in [heap.pointee.youngWeakrefs, heap.pointee.oldWeakrefs] {
    for i in 0..<list.count { out.insert(UInt(UnsafeMutableRawPointer(list[i]).assumingMemoryBound(to: WeakrefObject.self).pointee.referent.bits)) }
  }
  return out
}
