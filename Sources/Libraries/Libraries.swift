// Native modules over C libraries: their table, and what they share.
//
// A library never calls into Python. Long work is cut into steps, each a native; the loop over the steps is app-level, so
// that a switch or a signal can come in between. What the library allocates is named by a number in a table, never by an
// address, and is given back by `__del__` of the app-level object that owns it.

import Builtins
import Heap
import Objects

public func libraryModules() -> [String: (ThreadRef) -> Value] {
  ["zlib": makeZlibModule, "_bz2": { t in ModuleDefinition(t, "_bz2").module }, "_sqlite3": { t in ModuleDefinition(t, "_sqlite3").module },
   "pyexpat": { t in ModuleDefinition(t, "pyexpat", doc: "Python wrapper for Expat parser.").module }]
}

/// Defines the natives that app-level sources of these modules call. Before those run.
public func installLibraries(_ t: ThreadRef) {
  installZlib(t)
  installBZip2(t)
  installSQLite(t)
  installMultibyte(t)
  installExpat(t)
}

/// Objects of a C library by number; 0 is none.
struct HandleTable<T> {
  private var objects: [Int: T] = [:]
  private var next = 1
  mutating func add(_ o: T) -> Value {
    objects[next] = o
    next += 1
    return .fixnum(next - 1)
  }
  var all: Dictionary<Int, T>.Values { objects.values }
  subscript(v: Value) -> T? { v.isFixnum ? objects[v.fixnum] : nil }
  mutating func remove(_ v: Value) -> T? { v.isFixnum ? objects.removeValue(forKey: v.fixnum) : nil }
}

/// Output of a step that grows.
struct StepOutput {
  var bytes: UnsafeMutablePointer<UInt8>
  var capacity: Int
  init(_ n: Int) { capacity = max(n, 64); bytes = .allocate(capacity: capacity) }
  mutating func grow(used: Int, to n: Int) {
    let b = UnsafeMutablePointer<UInt8>.allocate(capacity: n)
    b.update(from: bytes, count: used)
    bytes.deallocate()
    bytes = b
    capacity = n
  }
  /// The result of a step: output, where the input goes on, what the library returned.
  func result(_ t: ThreadRef, _ used: Int, _ next: Int, _ code: Int32) -> Value {
    let v = makeBytes(t, UnsafeRawBufferPointer(start: bytes, count: used))
    bytes.deallocate()
    return makeTuple(t, [v, .fixnum(next), .fixnum(Int(code))])
  }
}
