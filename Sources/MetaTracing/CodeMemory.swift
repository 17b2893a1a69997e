// Where compiled traces live.

import CCodeMemory

public final class CodeMemory {
  /// The bound on all compiled code, bytes: when it is reached, nothing more is compiled.
  public static let capacity = 64 << 20
  nonisolated(unsafe) public static let shared = CodeMemory()
  private var writable: UnsafeMutableRawPointer?
  private var executable: UnsafeMutableRawPointer?
  public private(set) var used = 0

  private init() { if code_memory_map(CodeMemory.capacity, &writable, &executable) != 0 { writable = nil } }

  func offset(of p: UnsafeRawPointer) -> Int { p - UnsafeRawPointer(executable!) }
  /// Makes the jump whose 32-bit displacement is at `at` go to `target`. The displacement is one aligned or unaligned word
  /// that only the thread which holds the interpreter's lock executes.
  func patchJump(at: Int, to target: UnsafeRawPointer) {
    let d = Int32((target - UnsafeRawPointer(executable!)) - (at + 4))
    (writable! + at).storeBytes(of: d, as: Int32.self)
  }

  /// Copies code to executable memory; nil when there is no room.
  public func add(_ code: [UInt8]) -> UnsafeRawPointer? {
    guard let w = writable, let x = executable, used + code.count + 16 <= CodeMemory.capacity else { return nil }
    let at = used
    code.withUnsafeBytes { (w + at).copyMemory(from: $0.baseAddress!, byteCount: code.count) }
    used = (used + code.count + 15) & ~15
    return UnsafeRawPointer(x + at)
  }
}

extension Trace {
  /// From now on leaving this trace at instruction `k` goes on in `bridge`, a compiled one.
  public func attach(_ bridge: Trace, at k: Int) {
    guard let jump = exitJumps[Int32(k)], let body = bridge.body else { return }
    CodeMemory.shared.patchJump(at: jump, to: body)
    bridges[k] = bridge
  }
}
