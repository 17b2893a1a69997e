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

  /// Copies code to executable memory; nil when there is no room.
  public func add(_ code: [UInt8]) -> UnsafeRawPointer? {
    guard let w = writable, let x = executable, used + code.count + 16 <= CodeMemory.capacity else { return nil }
    let at = used
    code.withUnsafeBytes { (w + at).copyMemory(from: $0.baseAddress!, byteCount: code.count) }
    used = (used + code.count + 15) & ~15
    return UnsafeRawPointer(x + at)
  }
}
