// Where compiled traces live: taken from one range of addresses, given back piece by piece, bounded.

import CCodeMemory

public final class CodeMemory {
  /// Addresses that are set aside, bytes: more cannot be in use at once.
  public static let capacity = 64 << 20
  nonisolated(unsafe) public static let shared = CodeMemory()
  public let architecture: Architecture
  private let capacity: Int
  private var writable: UnsafeMutableRawPointer?
  private var executable: UnsafeMutableRawPointer?
  /// The end of what was ever in use; what is in use now, and was at most.
  public private(set) var used = 0, live = 0, peak = 0
  /// The bound on what may be in use: when it is reached, nothing is added.
  public var limit: Int
  /// What is free below `used`, by address, no two adjacent.
  private var holes: [(at: Int, count: Int)] = []

  private init() {
    architecture = .native
    capacity = CodeMemory.capacity
    limit = capacity
    if code_memory_map(capacity, &writable, &executable) != 0 { writable = nil }
  }
  /// Plain memory, for code that is to be run elsewhere: all that it holds may be moved together.
  public init(for a: Architecture, capacity n: Int) {
    architecture = a
    capacity = n
    limit = n
    writable = .allocate(byteCount: n, alignment: 16)
    executable = writable
  }
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: executable, count: used) }
  /// Where all code is executed.
  public var range: (start: UInt, end: UInt) { executable.map { (UInt(bitPattern: $0), UInt(bitPattern: $0) + UInt(capacity)) } ?? (0, 0) }

  public func offset(of p: UnsafeRawPointer) -> Int { p - UnsafeRawPointer(executable!) }
  func address(_ offset: Int) -> UnsafeRawPointer { UnsafeRawPointer(executable! + offset) }
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
    let n = CodeMemory.rounded(code.count)
    guard writable != nil, let x = executable, live + n <= limit else { return nil }
    let at: Int
    if let k = holes.firstIndex(where: { $0.count >= n }) {
      at = holes[k].at
      if holes[k].count == n { holes.remove(at: k) } else { holes[k] = (at + n, holes[k].count - n) }
    } else {
      guard used + n + 16 <= capacity else { return nil }
      at = used
      used += n
    }
    change(at, code.count) { p in code.withUnsafeBytes { p.copyMemory(from: $0.baseAddress!, byteCount: code.count) } }
    live += n
    peak = max(peak, live)
    return UnsafeRawPointer(x + at)
  }
  private static func rounded(_ n: Int) -> Int { (n + 15) & ~15 }

  /// Gives back what `add` has given for `count` bytes; no thread is in it, no code goes there.
  public func remove(_ p: UnsafeRawPointer, _ count: Int) {
    let at = offset(of: p), n = CodeMemory.rounded(count)
    // What is executed by mistake is to be seen at once: int3; on arm64 no instruction.
    change(at, n) { $0.initializeMemory(as: UInt8.self, repeating: architecture == .x86_64 ? 0xcc : 0, count: n) }
    live -= n
    var lo = 0, hi = holes.count
    while lo < hi {
      let m = (lo + hi) / 2
      if holes[m].at < at { lo = m + 1 } else { hi = m }
    }
    holes.insert((at, n), at: lo)
    if lo + 1 < holes.count, holes[lo].at + holes[lo].count == holes[lo + 1].at {
      holes[lo].count += holes[lo + 1].count
      holes.remove(at: lo + 1)
    }
    if lo > 0, holes[lo - 1].at + holes[lo - 1].count == holes[lo].at {
      holes[lo - 1].count += holes[lo].count
      holes.remove(at: lo)
    }
    if let last = holes.last, last.at + last.count == used { used = last.at; holes.removeLast() }
  }
}

extension Trace {
  /// From now on leaving this trace at instruction `k` goes on in `bridge`, a compiled one.
  public func attach(_ bridge: Trace, at k: Int) {
    guard let jump = exitJumps[Int32(k)], let body = bridge.body else { return }
    codeMemory?.patchJump(at: jump, to: body)
    bridges[k] = bridge
  }
  /// The trace is left at `k` again, whatever was attached there.
  public func detach(at k: Int) {
    guard let jump = exitJumps[Int32(k)], let memory = codeMemory else { return }
    memory.patchJump(at: jump, to: memory.address(jump + 4))
    bridges[k] = nil
  }
  /// Whether iterations that end in this trace are counted.
  public func count(_ on: Bool) {
    for j in countedJumps { codeMemory?.patchJump(at: j.at, to: on ? j.counted : j.direct) }
  }
  /// Frees the trace's code: nobody is in it, nothing leads to it.
  public func freeCode() {
    if let p = code { codeMemory?.remove(p, codeSize) }
    code = nil
    body = nil
    loopBody = nil
    exitJumps = [:]
    exitStates = [:]
    countedJumps = []
  }
  /// The instruction whose code is at `offset` from the start of this trace's code, or that an exit there leaves at.
  public func instruction(atOffset offset: Int) -> Int? {
    var found: Int?, best = -1
    for (k, at) in codeOffsets.enumerated() where Int(at) >= 0 && Int(at) <= offset && Int(at) > best { found = k; best = Int(at) }
    return found
  }
  /// Estimated bytes of memory of what is kept of the trace beside its code.
  public var bytes: Int {
    var n = instructions.capacity * MemoryLayout<IRInstruction>.stride + constants.capacity * 17 + codeOffsets.count * 4 + exits.count * 4 + sunk.count
    n += snapshots.capacity * MemoryLayout<Snapshot>.stride + exitJumps.capacity * 16
    for s in snapshots {
      n += 32 + s.frames.capacity * MemoryLayout<SnapshotFrame>.stride
      for f in s.frames { n += 32 + f.registers.capacity * 8 }
    }
    return n
  }
}
