// Running the app-level sources: those at start in their order, the others on demand (AppLevel/AppCode.swift says which).
//
// Laws:
//   * A native never runs a source and waits: it asks app-level code to (`core_functions.py`, `app_run_source`).
//   * While a source runs nothing else does: no switch, no signal handler, no finaliser. So no one sees half of it.
//   * A source runs once. One that failed (memory ran out) runs again when it is needed again.

import AppLevel
import Bytecode
import Builtins
import Compiler
import Glibc
import Heap
import Interpreter
import Objects
import StandardLibrary
import Syntax

enum AppSources {
  nonisolated(unsafe) private static var code: AppCode! = nil
  /// Which sources have begun to run.
  nonisolated(unsafe) private static var begun: [Bool] = []
  /// How many are running within each other, and the recursion limit before the first.
  nonisolated(unsafe) private(set) static var running = 0
  nonisolated(unsafe) private static var limitBefore: UInt32 = 0

  static func run(_ vm: VirtualMachine, wide: Bool) throws {
    let t = vm.thread
    // During development the sources may be read from a folder instead of the embedded copies.
    if let folder = getenv("WEFT_APP_DIR").map({ String(cString: $0) }) {
      code = AppCode(keeping: AppCode.write(try compile(wide: wide) { name, _ in
        guard let text = readFile("\(folder)/\(name)") else { throw BootError("cannot read \(folder)/\(name)") }
        return text
      }))
    } else if wide || !isFresh {
      code = AppCode(keeping: AppCode.write(try compile(wide: wide) { _, text in text }))
    } else {
      code = AppCode.embedded
    }
    begun = Array(repeating: false, count: code.sourceCount)
    // Pickles refer to app-level code by source and position.
    setString(t, appNamespace, intern(t, "app_units"), makeDict(t))
    setString(t, appNamespace, intern(t, "app_version"), makeInt(t, Int(truncatingIfNeeded: sourcesHash >> 8) ^ (wide ? 1 : 0)))
    install(t)
    for i in 0..<code.sourceCount where !code.runsOnDemand(i) {
      guard let f = begin(t, i) else { continue }
      if vm.runBody(f, namespace: appNamespace).isEmpty { throw BootError("\(code.sourceName(i)): \(describeException(t))") }
      end(i, true)
      // Later sources may already need what the core defines.
      let name = code.sourceName(i)
      if name.hasPrefix("core_") || name == "containers_3sets.py" { _ = AppFunction.link(t) }
    }
  }

  /// The function whose body is a source, which runs from now on; nil when it has begun before.
  private static func begin(_ t: ThreadRef, _ i: Int) -> Value? {
    if begun[i] { return nil }
    let name = code.sourceName(i)
    guard let file = CodeFile(trusted: code.code(i)), let c = makeCode(t, file) else { fatal("compiled app-level code is damaged: \(name)") }
    // Running a source may collect, and the dict moves: it is looked up each time.
    setString(t, getString(appNamespace, intern(t, "app_units")), intern(t, name), c)
    begun[i] = true
    if running == 0 {
      // However deep the program is.
      limitBefore = weft_vm.recursionLimit
      weft_vm.recursionLimit = max(limitBefore, 1 << 30)
    }
    running += 1
    return makeFunction(t, code: c, globals: appNamespace)
  }
  private static func end(_ i: Int, _ done: Bool) {
    if !done { begun[i] = false }
    running -= 1
    if running == 0 { weft_vm.recursionLimit = limitBefore }
  }

  private static func fatal(_ message: String) -> Never {
    fputs("weft: \(message)\n", stderr)
    exit(1)
  }

  private static func install(_ t: ThreadRef) {
    OnDemand.source = { name in name.isASCII ? bytes(name) { code.source(defining: $0) } : nil }
    OnDemand.isModule = { name in name.isASCII && bytes(name) { !code.sources(for: $0).isEmpty } }
    OnDemand.modules = { code.modules }
    defineAppNative(t, "app_source_begin", "(source, /)") { t, a, n in AppSources.begin(t, a[0].fixnum) ?? .none }
    defineAppNative(t, "app_source_end", "(source, done, /)") { t, a, n in
      AppSources.end(a[0].fixnum, a[1] == .true)
      return .bool(AppSources.running == 0)
    }
    // The next source that has to run for a native module, or None.
    defineAppNative(t, "app_next_source", "(module, /)") { t, a, n in
      guard a[0].isStr, a[0].isASCII, let i = AppSources.bytes(a[0], { AppSources.code.sources(for: $0) }).first(where: { !AppSources.begun[$0] }) else { return .none }
      return .fixnum(i)
    }
    // The number of the source that is called so, or that defines a name; or None.
    defineAppNative(t, "app_source_named", "(name, /)") { t, a, n in
      guard a[0].isStr else { return .none }
      let name = swiftString(a[0])
      return (0..<AppSources.code.sourceCount).first { AppSources.code.sourceName($0) == name }.map { .fixnum($0) } ?? .none
    }
    defineAppNative(t, "app_source_defining", "(name, /)") { t, a, n in
      guard a[0].isStr, let i = OnDemand.source(a[0]) else { return .none }
      return .fixnum(i)
    }
  }
  private static func bytes<R>(_ v: Value, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
    body(UnsafeBufferPointer(start: v.strData.assumingMemoryBound(to: UInt8.self), count: v.strCount))
  }

  // MARK: compiling

  private static func compile(wide: Bool, _ text: (String, [UInt8]) throws -> [UInt8]) throws -> [CompiledAppSource] {
    try appSources.map { s in
      let name = String(s.name)
      let source = try text(name, Array(UnsafeBufferPointer(start: s.text.utf8Start, count: s.text.utf8CodeUnitCount)))
      let file = "<app-level \(name)>"
      do {
        let tree = try source.withUnsafeBufferPointer { try parse(source: $0, options: ParseOptions(mode: .exec, filename: file)) }
        var options = CompileOptions(filename: file)
        options.hidden = true
        options.forceWide = wide
        let unit = try Compiler.compile(tree, options: options)
        return CompiledAppSource(name: name, text: String(decoding: source, as: UTF8.self), globals: globals(unit), code: serialize(unit))
      } catch let e as SyntaxFailure {
        throw BootError("\(name):\(e.line): \(e.message)")
      }
    }
  }
  /// The names that a source's outermost level leaves behind.
  private static func globals(_ unit: CodeUnit) -> [String] {
    var stored: [String] = [], deleted: Set<String> = []
    unit.instructions.withUnsafeBufferPointer { words in
      var at = 0
      while let i = Instruction.decode(words, at: at) {
        if i.opcode == .storeName || i.opcode == .storeGlobal { stored.append(unit.names[i.b]) }
        if i.opcode == .delName || i.opcode == .delGlobal { deleted.insert(unit.names[i.b]) }
        at += i.length
      }
    }
    return stored.filter { !deleted.contains($0) }
  }

  /// The text of `CAppLevel/Generated/AppBytecode.c` for the embedded sources.
  static func bytecodeText() throws -> String {
    appBytecodeSource(hash: sourcesHash, bytes: AppCode.write(try compile(wide: false) { _, text in text }))
  }
  /// Whether the compiled app-level code is that of the sources.
  static var isFresh: Bool { AppCode.embeddedIsFresh(salt: magicNumber) }
  private static let sourcesHash = appSourcesHash(salt: magicNumber)
}
