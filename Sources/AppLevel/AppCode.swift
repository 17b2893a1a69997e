// The compiled app level: which source defines what, and the serialised code of each.
//
// A source runs at start, or on demand when it says so in the comment at its top:
//
//     # On demand: _csv
//
// runs it before the native module `_csv` is made, or when one of the global names that it defines is first needed (any
// number of modules may stand there, or none). `Weft/AppSources.swift` runs the sources.
//
//     counts of sources, names, modules
//     a source:        place and length of its name, of its code; 1 where it runs on demand
//     a name, sorted:  place and length, number of the source on demand that defines it
//     a module:        place and length, number of a source that runs for it; in the order of the sources
//     the texts and codes
//
// All numbers are 32 bits, little-endian; places count from the beginning.

import CAppLevel

/// A source as the compiler leaves it.
public struct CompiledAppSource {
  public var name: String, text: String, globals: [String], code: [UInt8]
  public init(name: String, text: String, globals: [String], code: [UInt8]) {
    self.name = name; self.text = text; self.globals = globals; self.code = code
  }
  /// The modules that it runs for; nil where it runs at start.
  var modules: [String]? {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("#") else { return nil }
      if line.hasPrefix("# On demand:") { return line.dropFirst(12).split(separator: " ").map(String.init) }
    }
    return nil
  }
}

public struct AppCode {
  private let base: UnsafeRawPointer
  public let sourceCount: Int
  private let nameCount: Int, moduleCount: Int

  /// What is part of this program; for ever, since functions are read from it when they are first called.
  public static var embedded: AppCode { AppCode(weft_app_code_start()) }
  /// Whether that is the code of the embedded sources.
  public static func embeddedIsFresh(salt: Int) -> Bool { weft_app_code_hash == appSourcesHash(salt: salt) }

  private init(_ p: UnsafeRawPointer) {
    base = p
    func count(_ i: Int) -> Int { Int(UInt32(littleEndian: p.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))) }
    (sourceCount, nameCount, moduleCount) = (count(0), count(1), count(2))
  }

  private func word(_ i: Int) -> Int { Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))) }
  private func bytes(_ i: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: (base + word(i)).assumingMemoryBound(to: UInt8.self), count: word(i + 1))
  }
  private func source(_ i: Int) -> Int { 3 + 5 * i }
  private func name(_ i: Int) -> Int { source(sourceCount) + 3 * i }
  private func module(_ i: Int) -> Int { name(nameCount) + 3 * i }

  public func sourceName(_ i: Int) -> String { String(decoding: bytes(source(i)), as: UTF8.self) }
  public func code(_ i: Int) -> UnsafeBufferPointer<UInt8> { bytes(source(i) + 2) }
  public func runsOnDemand(_ i: Int) -> Bool { word(source(i) + 4) != 0 }

  /// The source on demand that defines a global name.
  public func source(defining wanted: UnsafeBufferPointer<UInt8>) -> Int? {
    var low = 0, high = nameCount
    while low < high {
      let middle = (low + high) / 2, text = bytes(name(middle))
      if text.elementsEqual(wanted) { return word(name(middle) + 2) }
      if text.lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
    }
    return nil
  }
  /// The sources that run for a native module.
  public func sources(for wanted: UnsafeBufferPointer<UInt8>) -> [Int] {
    (0..<moduleCount).filter { bytes(module($0)).elementsEqual(wanted) }.map { word(module($0) + 2) }
  }
  /// The modules that sources run for.
  public var modules: [String] { (0..<moduleCount).map { String(decoding: bytes(module($0)), as: UTF8.self) } }

  /// The bytes of `sources`, in the order in which those at start run.
  public static func write(_ sources: [CompiledAppSource]) -> [UInt8] {
    var names: [(text: String, source: Int)] = [], modules: [(text: String, source: Int)] = [], seen: Set<String> = []
    for (i, s) in sources.enumerated() where s.modules != nil {
      // What is private to a class body or deleted at once is no global name; of two sources the first counts.
      for n in s.globals where !n.hasPrefix("__") && seen.insert(n).inserted { names.append((n, i)) }
      for m in s.modules! { modules.append((m, i)) }
    }
    names.sort { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
    var table: [Int] = [sources.count, names.count, modules.count], rest: [UInt8] = []
    let size = 4 * (3 + 5 * sources.count + 3 * names.count + 3 * modules.count)
    func add(_ b: [UInt8]) {
      table += [size + rest.count, b.count]
      rest += b
    }
    for s in sources {
      add(Array(s.name.utf8))
      add(s.code)
      table.append(s.modules == nil ? 0 : 1)
    }
    for (text, source) in names + modules {
      add(Array(text.utf8))
      table.append(source)
    }
    return table.flatMap { n in (0..<4).map { UInt8(truncatingIfNeeded: n >> (8 * $0)) } } + rest
  }
  /// Code that `write` gave; it is kept for ever.
  public init(keeping bytes: [UInt8]) {
    let p = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 8)
    bytes.withUnsafeBytes { p.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    self.init(UnsafeRawPointer(p))
  }
}

/// Of the embedded sources and a salt (the bytecode's magic number).
public func appSourcesHash(salt: Int) -> UInt64 {
  (appSourcesChecksum ^ UInt64(salt) << 40) &* 0x9e37_79b9_7f4a_7c15 >> 1
}

/// The C source that `CAppLevel/Generated/AppBytecode.c` must be for `bytes`.
public func appBytecodeSource(hash: UInt64, bytes: [UInt8]) -> String {
  var text: [UInt8] = []
  var column = 0
  for (i, b) in bytes.enumerated() {
    if column == 0 { text.append(UInt8(ascii: "\"")) }
    let digitFollows = i + 1 < bytes.count && bytes[i + 1] >= 48 && bytes[i + 1] < 56
    switch b {
    case 34, 92: text += [92, b]; column += 2
    case 63: text += Array("\\077".utf8); column += 4 // no trigraphs
    case 32..<127: text.append(b); column += 1
    default:
      let digits = Array(String(b, radix: 8).utf8)
      text += [92] + (digitFollows ? Array(repeating: 48, count: 3 - digits.count) : []) + digits
      column += 4
    }
    if column >= 120 { text += Array("\"\n".utf8); column = 0 }
  }
  if column > 0 { text += Array("\"\n".utf8) }
  return """
  // Generated by `weft --write-app-bytecode`. Do not edit.

  #include "CAppLevel.h"

  const uint64_t weft_app_code_hash = \(hash)u;
  const size_t weft_app_code_size = \(bytes.count);
  const unsigned char weft_app_code[] =
  \(String(decoding: text, as: UTF8.self));

  """
}
