// What the heap verifier asks about objects whose meaning only the layers above the heap know.

import Builtins
import Heap
import Objects

/// Has every collection verify the heap.
public func verifyHeap() {
  HeapVerifier.enabled = true
  HeapVerifier.check = { v in
    switch v.object.pointee.shape {
    case BuiltinType.list.shape:
      if v.listCount < 0 || v.listCount > v.listCapacity { return "a list longer than its storage" }
      if !v.listStorage.isEmpty && !v.listStorage.isExact(.values) { return "a list whose storage is something else" }
    case BuiltinType.dict.shape, BuiltinType.set.shape, BuiltinType.frozenset.shape:
      if v.table.isEmpty { return v.used == 0 ? nil : "entries without a table" }
      if !v.table.isExact(.table) { return "a table that is something else" }
      var n = 0
      forEachEntry(v) { _, _ in n += 1 }
      if n != v.used { return "a count of \(v.used) with \(n) entries" }
    case BuiltinType.str.shape:
      let w = v.strWidth
      if w != 1 && w != 2 && w != 4 { return "a str of width \(w)" }
      if v.isASCII { for i in 0..<v.strCount where v.codePoint(i) >= 0x80 { return "a str flagged ASCII that is not" } }
    case BuiltinType.int.shape:
      let n = abs(v.intObject.pointee.count)
      if n == 0 || v.limbs[n - 1] == 0 { return "an int with leading zeros" }
    default: break
    }
    return nil
  }
}
