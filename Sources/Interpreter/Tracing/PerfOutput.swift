// What Linux perf wants to know of compiled traces: a map of symbols, or a dump of the code with source lines (jitdump).
//
// The map is a line a trace: address, size, name. The dump is a file that the process maps, so that `perf record` notes it;
// `perf inject --jit` makes an object file of each piece of code in it (tools/perf/Documentation/jitdump-specification.txt).

import CWeft
import Glibc
import MetaTracing

public enum PerfOutput {
  nonisolated(unsafe) private static var map: UnsafeMutablePointer<FILE>?
  nonisolated(unsafe) private static var dump: UnsafeMutablePointer<FILE>?
  nonisolated(unsafe) private static var index: UInt64 = 0

  /// The name of a trace for people: "weft loop 3 at file.py:12 in f".
  public static func name(_ trace: Trace, _ notes: TraceNotes) -> String {
    let s = notes.sources
    var place = ""
    if s.first >= 0 {
      let p = s.places[Int(s.first)], f = s.functions[Int(p.function)]
      place = " at \(f.file.split(separator: "/").last.map(String.init) ?? f.file):\(p.line) in \(f.name)"
    }
    let text = "weft \(notes.kind) \(trace.number)\(place)"
    // A line of a file each: what a program may put into a file's name must not end it.
    return String(decoding: text.utf8.map { $0 < 32 ? UInt8(ascii: "?") : $0 }, as: UTF8.self)
  }

  /// Begins /tmp/perf-PID.map; false where it cannot be written.
  public static func writeMap() -> Bool {
    guard let f = openNew("/tmp/perf-\(getpid()).map") else { return false }
    map = f
    Tracing.observers.append { trace, notes in
      guard let f = map, let code = trace.code else { return }
      fputs("\(String(UInt(bitPattern: code), radix: 16)) \(String(trace.codeSize, radix: 16)) \(name(trace, notes))\n", f)
      fflush(f)
    }
    return true
  }
  /// A file of our own, whatever stands there: in a folder of everybody's it might be a link to another file.
  private static func openNew(_ path: String) -> UnsafeMutablePointer<FILE>? {
    unlink(path)
    let fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o644)
    return fd < 0 ? nil : fdopen(fd, "w+")
  }

  /// Begins FOLDER/jit-PID.dump.
  public static func writeDump(folder: String) -> Bool {
    guard let f = openNew("\(folder)/jit-\(getpid()).dump") else { return false }
    dump = f
    #if arch(arm64)
    let machine: UInt32 = 183
    #else
    let machine: UInt32 = 62
    #endif
    var head = Record()
    for w in [0x4a69_5444, 1, 40, machine, 0, UInt32(getpid())] { head.add(w) }
    head.add(UInt64(monotonicNanoseconds()))
    head.add(UInt64(0))
    write(head)
    // perf takes the name of the file from this mapping.
    if mmap(nil, sysconf(Int32(_SC_PAGESIZE)), PROT_READ | PROT_EXEC, MAP_PRIVATE, fileno(f), 0) == MAP_FAILED { return false }
    Tracing.observers.append { trace, notes in note(trace, notes) }
    return true
  }

  private static func note(_ trace: Trace, _ notes: TraceNotes) {
    guard dump != nil, let code = trace.code else { return }
    let address = UInt64(UInt(bitPattern: code)), now = UInt64(monotonicNanoseconds()), s = notes.sources
    // Lines first: they belong to the code that follows.
    var lines: [(at: UInt64, line: Int32, file: String)] = []
    for (k, i) in trace.instructions.enumerated() where trace.codeOffsets[k] >= 0 && i.origin >= 0 {
      let p = s.places[Int(i.origin)], file = s.functions[Int(p.function)].file
      if let l = lines.last, l.line == p.line, l.file == file { continue }
      lines.append((address + UInt64(trace.codeOffsets[k]), p.line, file))
    }
    if !lines.isEmpty {
      var r = Record()
      r.start(2, now)
      r.add(address)
      r.add(UInt64(lines.count))
      for l in lines {
        r.add(l.at)
        r.add(UInt32(bitPattern: l.line))
        r.add(UInt32(0))
        r.add(l.file)
      }
      write(r)
    }
    var r = Record()
    r.start(0, now)
    r.add(UInt32(getpid()))
    r.add(UInt32(bitPattern: weft_gettid()))
    r.add(address)
    r.add(address)
    r.add(UInt64(trace.codeSize))
    r.add(index)
    index += 1
    r.add(name(trace, notes))
    r.bytes += UnsafeRawBufferPointer(start: code, count: trace.codeSize)
    write(r)
  }

  /// Bytes of a record; its size stands in its second word.
  private struct Record {
    var bytes: [UInt8] = []
    var isSized = false
    mutating func start(_ kind: UInt32, _ now: UInt64) {
      isSized = true
      add(kind)
      add(UInt32(0))
      add(now)
    }
    mutating func add<T: FixedWidthInteger>(_ v: T) { withUnsafeBytes(of: v.littleEndian) { bytes += $0 } }
    mutating func add(_ s: String) {
      bytes += s.utf8.map { $0 == 0 ? UInt8(ascii: "?") : $0 }
      bytes.append(0)
    }
  }
  private static func write(_ r: Record) {
    var bytes = r.bytes
    if r.isSized { for k in 0..<4 { bytes[4 + k] = UInt8(truncatingIfNeeded: bytes.count >> (8 * k)) } }
    _ = fwrite(bytes, 1, bytes.count, dump)
    fflush(dump)
  }
}
