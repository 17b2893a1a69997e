// Where compiled traces live.

import CCodeMemory

public final class CodeMemory {
  /// The bound on all compiled code, bytes: when it is reached, nothing more is compiled.
  public static let capacity = 64 << 20
  nonisolated(unsafe) public static let shared = CodeMemory()
  public let architecture: Architecture
  private let capacity: Int
  private var writable: UnsafeMutableRawPointer?
  private var executable: UnsafeMutableRawPointer?
  public private(set) var used = 0

  private init() {
    architecture = .native
    capacity = CodeMemory.capacity
    if code_memory_map(capacity, &writable, &executable) != 0 { writable = nil }
  }
  /// Plain memory, for code that is to be run elsewhere: all that it holds may be moved together.
  public init(for a: Architecture, capacity n: Int) {
    architecture = a
    capacity = n
    writable = .allocate(byteCount: n, alignment: 16)
    executable = writable
  }
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: executable, count: used) }

  public func offset(of p: UnsafeRawPointer) -> Int { p - UnsafeRawPointer(executable!) }
  private func change(_ at: Int, _ count: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
    code_memory_begin_writing()
    body(writable! + at)
    code_memory_end_writing(executable! + at, count)
  }
  /// Makes the jump whose last four bytes are at `at` go to `target`. They are one word, aligned or not, that only the thread
  /// which holds the interpreter's lock executes.
  func patchJump(at: Int, to target: UnsafeRawPointer) {
    change(at, 4) { architecture.patch($0, distance: offset(of: target) - at) }
  }

  /// Copies code to executable memory; nil when there is no room.
  public func add(_ code: [UInt8]) -> UnsafeRawPointer? {
    guard writable != nil, let x = executable, used + code.count + 16 <= capacity else { return nil }
    let at = used
    change(at, code.count) { p in code.withUnsafeBytes { p.copyMemory(from: $0.baseAddress!, byteCount: code.count) } }
    used = (used + code.count + 15) & ~15
    return UnsafeRawPointer(x + at)
  }
}

extension Trace {
  /// From now on leaving this trace at instruction `k` goes on in `bridge`, a compiled one.
  public func attach(_ bridge: Trace, at k: Int) {
    guard let jump = exitJumps[Int32(k)], let body = bridge.body else { return }
    codeMemory?.patchJump(at: jump, to: body)
    bridges[k] = bridge
  }
}
