// Values and objects of Scheme, in the layout that MetaTracing's operations know: low bit 1 an integer of 63 bits, low bits 10
// a double with an immediate form, low bits 00 an object whose first 32 bits are its shape.

import Glibc
import MetaTracing

struct Value: Hashable {
  var bits: UInt64
  @inline(__always) init(bits b: UInt64) { bits = b }
  @inline(__always) init(_ p: UnsafeMutableRawPointer) { bits = UInt64(UInt(bitPattern: p)) }
  @inline(__always) static func integer(_ n: Int) -> Value { Value(bits: UInt64(bitPattern: Int64(n)) << 1 | 1) }
  static func fits(_ n: Int) -> Bool { (n << 1) >> 1 == n }
  @inline(__always) var isInteger: Bool { bits & 1 != 0 }
  @inline(__always) var integer: Int { Int(Int64(bitPattern: bits) >> 1) }
  @inline(__always) var isImmediateDouble: Bool { bits & 3 == 2 }
  @inline(__always) var immediateDouble: Double { decodeImmediate(bits) }
  @inline(__always) var isObject: Bool { bits & 3 == 0 && bits != 0 }
  @inline(__always) var raw: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: UInt(bits)).unsafelyUnwrapped }
  /// Words of an object; word 0 is its header.
  @inline(__always) var words: UnsafeMutablePointer<Value> { raw.assumingMemoryBound(to: Value.self) }
  @inline(__always) var shape: UInt32 { raw.load(as: UInt32.self) }
  @inline(__always) func has(_ s: Shape) -> Bool { isObject && shape == s.rawValue }
  static let nothing = Value(bits: 0)
}

/// What an object is: the number in its header. A cell of the heap that is free has none.
enum Shape: UInt32 {
  // Words: car, cdr.
  case pair = 1
  // Code, then the values of free variables; the count of words is in the header.
  case closure
  // Unused, unused, the value: no other object's word lies where it does, so that storing one spoils nothing.
  case cell
  // A plain count, then items.
  case vector
  // A plain count, then Unicode scalars, 32 bits each.
  case string
  // Its number.
  case symbol
  // The bits of a double that has no immediate form.
  case double
  case character
  // Its number.
  case primitive
  // Continuations are vectors of what was on the stack.
  case continuation
  // Several values; a condition made by `error`: vectors.
  case values, condition
  /// Unused, the value, the symbol.
  case global
  case null, boolTrue, boolFalse, unspecified, undefined, eof
}

enum Field {
  static let car = 1, cdr = 2
  static let code = 1, free = 2
  static let cell = 3
  static let count = 1, items = 2
  static let global = 2, globalName = 3
}

/// Memory, never moved: cells of equal size in blocks of one region, marked and swept. What is larger comes from the system.
final class Heap {
  private static let blockSize = 1 << 16, largest = 32, regionSize = 1 << 36
  private let region: UnsafeMutableRawPointer
  private var used = 0
  /// By words of a cell; plain memory, for every allocation looks here.
  private let free = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: Heap.largest + 1)
  private var blocks: [(at: UnsafeMutableRawPointer, words: Int)] = []
  private var large: [UInt: Int] = [:]
  private var marking: [Value] = []
  /// Bytes to be allocated until a collection is asked for.
  private let budget = UnsafeMutablePointer<Int>.allocate(capacity: 1)
  private(set) var collections = 0, live = 0
  /// Set to have the interpreter called.
  private let request: UnsafeMutablePointer<UInt32>
  /// Bytes between collections, at least.
  var interval = 32 << 20 { didSet { budget.pointee = interval } }
  init(request r: UnsafeMutablePointer<UInt32>) {
    request = r
    free.initialize(repeating: nil, count: Heap.largest + 1)
    budget.pointee = 32 << 20
    region = mmap(nil, Heap.regionSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
  }

  /// An object of so many words behind its header; they are `nothing`.
  @inline(__always)
  func make(_ s: Shape, _ words: Int) -> Value { makeShape(s.rawValue, words) }
  func makeShape(_ s: UInt32, _ words: Int) -> Value {
    let n = words + 1 + (words + 1) % 2
    let p: UnsafeMutableRawPointer
    if n <= Heap.largest {
      if free[n] == nil { refill(n) }
      p = free[n].unsafelyUnwrapped
      free[n] = p.load(fromByteOffset: 8, as: UnsafeMutableRawPointer?.self)
      p.storeBytes(of: UInt64(s) | UInt64(n) << 48, as: UInt64.self)
      let w = p.assumingMemoryBound(to: UInt64.self)
      for k in 1..<n { w[k] = 0 }
    } else {
      p = .allocate(byteCount: n * 8, alignment: 16)
      p.initializeMemory(as: UInt64.self, repeating: 0, count: n)
      p.storeBytes(of: UInt64(s), as: UInt64.self)
      large[UInt(bitPattern: p)] = n
    }
    budget.pointee -= n * 8
    if budget.pointee < 0 { request.pointee = 1 }
    return Value(p)
  }
  private func refill(_ n: Int) {
    let block = region + used
    used += Heap.blockSize
    precondition(used <= Heap.regionSize, "out of memory")
    blocks.append((block, n))
    release(block, n)
  }
  /// All cells of a block that have no mark become free.
  private func release(_ block: UnsafeMutableRawPointer, _ n: Int, sweep: Bool = false) {
    var p = block
    let end = block + Heap.blockSize - n * 8
    while p <= end {
      if sweep, p.load(as: UInt32.self) != 0, p.load(fromByteOffset: 4, as: UInt8.self) != 0 {
        p.storeBytes(of: 0, toByteOffset: 4, as: UInt8.self)
        live += n * 8
      } else {
        p.storeBytes(of: 0, as: UInt64.self)
        p.storeBytes(of: free[n], toByteOffset: 8, as: UnsafeMutableRawPointer?.self)
        free[n] = p
      }
      p += n * 8
    }
  }

  /// `roots` gives what is alive; stack words may be those of objects that are not any more.
  func collect(roots: ((Value) -> Void) -> Void, stack: UnsafeBufferPointer<Value>) {
    collections += 1
    roots { mark($0) }
    for v in stack where v.isObject && (v.bits &- UInt64(UInt(bitPattern: region)) < UInt64(used) || large[UInt(v.bits)] != nil) { mark(v) }
    drain()
    live = 0
    for n in 0...Heap.largest { free[n] = nil }
    for (b, n) in blocks { release(b, n, sweep: true) }
    for (a, n) in large {
      let p = UnsafeMutableRawPointer(bitPattern: a)!
      if p.load(fromByteOffset: 4, as: UInt8.self) != 0 {
        p.storeBytes(of: 0, toByteOffset: 4, as: UInt8.self)
        live += n * 8
      } else {
        p.deallocate()
        large[a] = nil
      }
    }
    budget.pointee = max(interval, interval < 1 << 20 ? 0 : live)
    request.pointee = 0
  }
  private func mark(_ v: Value) {
    guard v.isObject else { return }
    let p = v.raw
    if p.load(as: UInt32.self) == 0 || p.load(fromByteOffset: 4, as: UInt8.self) != 0 { return }
    p.storeBytes(of: 1, toByteOffset: 4, as: UInt8.self)
    marking.append(v)
  }
  private func drain() {
    while let v = marking.popLast() {
      let w = v.words
      switch Shape(rawValue: v.shape).unsafelyUnwrapped {
      case .pair: mark(w[1]); mark(w[2])
      case .closure: for k in Field.free..<(Int(v.raw.load(fromByteOffset: 6, as: UInt16.self))) { mark(w[k]) }
      case .cell: mark(w[Field.cell])
      case .global: mark(w[Field.global])
      case .vector, .continuation, .values, .condition: for k in 0..<Int(w[1].bits) { mark(w[2 + k]) }
      case .string, .symbol, .double, .character, .primitive, .null, .boolTrue, .boolFalse, .unspecified, .undefined, .eof: break
      }
    }
  }
}
