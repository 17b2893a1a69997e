// The host of generated traces: where its memory lies, and the functions that traces call. runner.c has the same.

import Glibc
import MetaTracing

/// Addresses that compiled code names; the same in every process that runs it.
enum Layout {
  static let functions: UInt64 = 0x11_0000_0000, memory: UInt64 = 0x12_0000_0000
  static let memorySize = 4096, slots = 4096
  // Words of the thread, which memory starts with.
  static let barriers = 8, log = 9, budget = 10, iterations = 12, guardCounter = 13, bump = 14, limit = 15, more = 16, words = 32
  static let frames: [UInt64] = [256, 2560, 2816].map { memory + $0 }
  static let records = memory + 3200
  static let objects: [UInt64] = (0..<8).map { memory + 512 + 256 * UInt64($0) }
  // Words of an object: header, a plain count, tagged integers, immediate doubles, objects.
  static let count = 1, tagged = 2..<10, doubles = 10..<14, pointers = 14..<16
  static let barrierByte = 4
}

enum HostCall: UInt64, CaseIterable {
  case barrier, box, mix, step, record
  /// What compiled code calls: a jump in the runner's table.
  var address: UInt64 { Layout.functions + 16 * rawValue }
  /// The same here.
  var function: HostFunction { [hostBarrier, hostBox, hostMix, hostStep, hostRecord][Int(rawValue)] }
}
func function(at a: UInt64) -> HostFunction { unsafeBitCast(UnsafeRawPointer(bitPattern: UInt(a))!, to: HostFunction.self) }
private func words(_ thread: UInt64) -> UnsafeMutablePointer<UInt64> { UnsafeMutablePointer(bitPattern: UInt(thread))! }

private let hostBarrier: HostFunction = { thread, a, _, _ in
  // Compiled code has looked already.
  if UnsafeRawPointer(bitPattern: UInt(a))!.load(fromByteOffset: Layout.barrierByte, as: UInt8.self) != 1 { return 0 }
  words(thread)[Layout.barriers] &+= a
  UnsafeMutableRawPointer(bitPattern: UInt(a))!.storeBytes(of: 0, toByteOffset: Layout.barrierByte, as: UInt8.self)
  return 0
}
private let hostBox: HostFunction = { _, a, _, _ in (canonical(a) &* 0x9e37_79b9_7f4a_7c15) & ~3 }
private let hostMix: HostFunction = { thread, a, b, c in
  let r = (a &* 31 &+ b &* 17 &+ c) % 1_000_003 * 2 + 1
  words(thread)[Layout.log] = words(thread)[Layout.log] &* 31 &+ r
  return r
}
private let hostStep: HostFunction = { thread, a, b, c in
  let t = words(thread), r = t[Layout.budget]
  t[Layout.log] = t[Layout.log] &* 37 &+ a &+ 2 &* b &+ 3 &* c
  if r > 0 { t[Layout.budget] = r - 1 }
  return r == 0 ? 0 : r * 2 + 1
}
/// An object of shape `a` with `b` empty words: from `bump` to `limit`, as compiled code takes it too, then from a ring of eight.
private let hostRecord: HostFunction = { thread, a, b, _ in
  let t = words(thread), size = (8 + 8 * b + 15) & ~15
  var at = t[Layout.bump]
  if at + size <= t[Layout.limit] { t[Layout.bump] = at + size } else {
    t[Layout.more] &+= 1
    at = Layout.records + 256 + t[Layout.more] % 8 * 32
  }
  let p = words(at)
  p[0] = a | b << 48
  for k in 0..<Int(b) { p[1 + k] = 0 }
  return at
}
/// Machines differ in the sign and payload of a NaN.
func canonical(_ bits: UInt64) -> UInt64 { bits & ~(1 << 63) > 0x7ff0_0000_0000_0000 ? 0x7ff8_0000_0000_0000 : bits }

/// The memory of the host, at its address.
struct Memory {
  let base: UnsafeMutablePointer<UInt64>
  init() {
    let p = mmap(UnsafeMutableRawPointer(bitPattern: UInt(Layout.memory)), Layout.memorySize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
    base = p!.assumingMemoryBound(to: UInt64.self)
  }
  var image: [UInt64] {
    get { Array(UnsafeBufferPointer(start: base, count: Layout.memorySize / 8)) }
    nonmutating set { for (k, w) in newValue.enumerated() { base[k] = w } }
  }
}
let memory = Memory()
let executorHost = TraceHost(thread: Layout.memory, writeBarrier: HostCall.barrier.function, boxDouble: HostCall.box.function)

/// A copy whose calls go to this process's functions; of one that is `complete`, overflows that nobody would see are dropped.
func callable(_ t: Trace, complete: Bool) -> Trace {
  let u = Trace(number: t.number)
  u.instructions = t.instructions
  for k in u.instructions.indices where [.call, .step, .allocate].contains(u.instructions[k].operation) {
    let f = HostCall(rawValue: (UInt64(bitPattern: u.instructions[k].immediate) - Layout.functions) / 16)!.function
    u.instructions[k].immediate = Int64(Int(bitPattern: unsafeBitCast(f, to: UnsafeRawPointer.self)))
  }
  let needs = analyse(t)
  for k in u.instructions.indices where complete && !needs.needed[k] && u.instructions[k].operation.info.isGuard { u.instructions[k].operation = .tag }
  u.constants = t.constants
  u.constantIsObject = t.constantIsObject
  return u
}
/// Interprets a trace; the instruction that left it, and the values of all.
func interpret(_ t: Trace, frame: UInt64, inherited: [UInt64], complete: Bool) -> (left: Int, values: [UInt64]) {
  let u = callable(t, complete: complete), below = u.constants.count, n = u.instructions.count
  var all = [UInt64](repeating: 0, count: below + n)
  let left = all.withUnsafeMutableBufferPointer { p in
    inherited.withUnsafeBufferPointer { run(u, host: executorHost, frame: frame, values: p.baseAddress! + below, inherited: $0.baseAddress) }
  }
  return (left, Array(all[below...]))
}

struct Random {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
  mutating func below(_ n: Int) -> Int { Int(next() % UInt64(n)) }
  mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }
  mutating func pick<T>(_ a: [T]) -> T { a[below(a.count)] }
}
