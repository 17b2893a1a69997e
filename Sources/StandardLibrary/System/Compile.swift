// From source text to code objects: the native part of compile(). Warnings, errors and foreign encodings are handed to
// the app-level part as data, because raising them may run Python code.

import Builtins
import Bytecode
import Compiler
import Glibc
import Heap
import Objects
import Support
import Syntax

/// PyCF_* flags of compile().
enum CompileFlag {
  static let sourceIsUTF8 = 0x100, dontImplyDedent = 0x200, onlyAST = 0x400, ignoreCookie = 0x800, typeComments = 0x1000
  static let topLevelAwait = 0x2000, incompleteInput = 0x4000
  static let futures = 0x400000 | 0x800000 | 0x1000000
}

/// What happened on the way to a result.
struct CompileNotes {
  var warnings: [(category: String, message: String, line: Int32)] = []
  var unknownCodec: String?
}

func nfkc(_ s: String) -> String {
  let u = s.unicodeScalars.map { $0.value }
  guard let r = u.withUnsafeBufferPointer({ normalize($0, .nfkc) }) else { return s }
  var out = String.UnicodeScalarView()
  for c in r { out.append(Unicode.Scalar(c) ?? "\u{fffd}") }
  return String(out)
}

/// Decodes a source natively where the codec is one of ours.
func decodeSource(_ codec: String, _ bytes: [UInt8]) -> [UInt8]? {
  let name = codec.lowercased().replacing("_", "-")
  let kind: TextCodec
  switch name {
  case "utf-8", "utf8", "u8", "cp65001": kind = .utf8
  case "latin-1", "latin1", "iso8859-1", "iso-8859-1", "8859", "l1", "cp819": kind = .latin1
  case "ascii", "us-ascii", "646": kind = .ascii
  default: return nil
  }
  if kind == .utf8 { return bytes }
  var out: [UInt32] = []
  let step = bytes.withUnsafeBufferPointer { decodeAll(kind, $0, handler: .strict, into: &out) }
  if step.error != nil { return nil }
  return utf8Bytes(out)
}
func utf8Bytes(_ s: [UInt32]) -> [UInt8] {
  var out: [UInt8] = []
  out.reserveCapacity(s.count)
  var b: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
  for c in s {
    if c < 0x80 { out.append(UInt8(c)); continue }
    withUnsafeMutableBytes(of: &b) { p in
      let n = writeUTF8(c, to: p.baseAddress!.assumingMemoryBound(to: UInt8.self))
      for i in 0..<n { out.append(p[i]) }
    }
  }
  return out
}

extension String {
  func replacing(_ a: Character, _ b: Character) -> String { String(map { $0 == a ? b : $0 }) }
}

enum CompileResult { case unit(CodeUnit), tree(Module) }

/// Parses and compiles; throws SyntaxFailure. `errorAt`: the warning with this number becomes an error.
func compileSource(_ source: UnsafeBufferPointer<UInt8>, filename: String, mode: ParseMode, flags: Int, optimize: Int, hidden: Bool = false,
                   decoded: [UInt8]? = nil, errorAt: Int = -1, notes: inout CompileNotes) throws -> CompileResult {
  final class Box { var notes = CompileNotes() }
  let box = Box()
  defer { notes = box.notes }
  let hook: (String, String, Int32) -> SyntaxFailure? = { category, message, line in
    box.notes.warnings.append((category, message, line))
    if box.notes.warnings.count - 1 == errorAt {
      return SyntaxFailure(message: message, line: line, offset: 0, endLine: line, endOffset: 0, text: nil)
    }
    return nil
  }
  var options = ParseOptions(mode: mode, filename: filename)
  options.typeComments = flags & CompileFlag.typeComments != 0
  options.futureBarryAsBDFL = flags & 0x400000 != 0
  options.isInteractive = flags & CompileFlag.incompleteInput != 0
  options.dontImplyDedent = flags & CompileFlag.dontImplyDedent != 0
  options.ignoreCookie = flags & (CompileFlag.ignoreCookie | CompileFlag.sourceIsUTF8) != 0
  options.warn = hook
  options.nfkc = nfkc
  options.maxIntDigits = Int(SystemState.maxStrDigits)
  options.characterNamed = { name in
    // No character has a name while `unicodedata` must not be imported.
    var blocked = false
    forEachEntry(modulesDict) { k, v in if v.isNone && k.isStr && swiftString(k) == "unicodedata" { blocked = true } }
    if blocked { return [] }
    var n = name
    return n.withUTF8 { lookupCharacter($0) }
  }
  options.decodeSource = { codec, bytes in
    if let d = decoded { return d }
    if let d = decodeSource(codec, bytes) { return d }
    box.notes.unknownCodec = codec
    return nil
  }
  let tree = try parse(source: source, options: options)
  if flags & CompileFlag.onlyAST != 0 { return .tree(tree) }
  return .unit(try compileTree(tree, filename: filename, flags: flags, optimize: optimize, hidden: hidden, warn: hook))
}

func compileTree(_ tree: Module, filename: String, flags: Int, optimize: Int, hidden: Bool = false, warn: CompilerWarningHook?) throws -> CodeUnit {
  let options = CompileOptions(filename: filename, optimize: optimize, flags: CodeFlags(rawValue: UInt32(flags & CompileFlag.futures)),
                               hidden: hidden, allowTopLevelAwait: flags & CompileFlag.topLevelAwait != 0, warn: warn)
  return try compile(tree, options: options)
}

/// Line `line` of the file, for errors that the compiler reports without text; nil when it can't be read.
func programText(_ filename: String, _ line: Int32) -> String? {
  guard line > 0, !filename.hasPrefix("<"), let bytes = readWholeFile(filename) else { return nil }
  var at = 0, n = 1
  while n < line {
    guard let nl = bytes[at...].firstIndex(of: 10) else { return nil }
    at = nl + 1
    n += 1
  }
  if at >= bytes.count { return nil }
  let end = bytes[at...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
  return String(decoding: bytes[at..<end], as: UTF8.self)
}

func readWholeFile(_ path: String) -> [UInt8]? {
  let fd = weft_open(path, O_RDONLY | O_CLOEXEC, 0)
  if fd < 0 { return nil }
  defer { close(fd) }
  var st = stat()
  guard fstat(fd, &st) == 0, st.st_mode & S_IFMT == S_IFREG else { return nil }
  var out = [UInt8](repeating: 0, count: Int(st.st_size) + 1)
  var n = 0
  while true {
    if n == out.count { out.append(contentsOf: [UInt8](repeating: 0, count: out.count)) }
    let room = out.count - n
    let r = out.withUnsafeMutableBytes { read(fd, $0.baseAddress! + n, room) }
    if r < 0 { if errno == EINTR { continue }; return nil }
    if r == 0 { break }
    n += r
  }
  out.removeLast(out.count - n)
  return out
}

/// A failure as ("error", class name, message, filename, line, offset, text, end line, end offset).
func failureTuple(_ t: ThreadRef, _ f: SyntaxFailure, filename: Value) -> Value {
  var text: Value = .none
  // Of text that spans lines a file knows the one line better.
  if let s = f.text, let nl = s.firstIndex(of: "\n"), s.index(after: nl) != s.endIndex, let own = programText(swiftString(filename), f.line) { text = makeStr(t, own) }
  else if let s = f.text { text = makeStr(t, s) }
  else if f.line > 0, let s = programText(swiftString(filename), f.line) { text = makeStr(t, s) }
  let type = f.incomplete && f.message != "incomplete input" ? f.type : f.type
  return makeTuple(t, [intern(t, "error"), makeStr(t, type), makeStr(t, f.message), filename, .fixnum(Int(f.line)), .fixnum(Int(f.offset)), text,
                       .fixnum(Int(f.endLine)), .fixnum(Int(f.endOffset))])
}

func finishCompile(_ t: ThreadRef, _ r: CompileResult, _ notes: CompileNotes) -> Value {
  var v: Value
  switch r {
  case .unit(let u): v = makeCode(t, u)
  case .tree(let m):
    v = makeTree(t, m)
    if v.isEmpty { return .empty }
  }
  return notes.warnings.isEmpty ? v : withWarnings(t, v, notes)
}

private func withWarnings(_ t: ThreadRef, _ result: Value, _ notes: CompileNotes) -> Value {
  let list = makeTuple(t, notes.warnings.map {
    makeTuple(t, [makeStr(t, $0.category), makeStr(t, $0.message), .fixnum(Int($0.line))])
  })
  return makeTuple(t, [intern(t, "warn"), result, list])
}

func parseMode(_ s: String) -> ParseMode? {
  switch s {
  case "exec": return .exec
  case "eval": return .eval
  case "single": return .single
  case "func_type": return .funcType
  default: return nil
  }
}

func installCompile(_ t: ThreadRef) {
  // Source as bytes; the result is a code object or tree, ("warn", result, warnings), ("error", ...) or ("decode", codec).
  defineAppNative(t, "system_compile", "(source, filename, mode, flags, optimize, decoded=None, error_at=-1, hidden=False, /)") { t, a, n in
    guard a[0].isObject, a[0].kind == .bytes, a[1].isStr, a[2].isStr, let mode = parseMode(swiftString(a[2])),
          let flags = intArgument(t, a[3]), let optimize = intArgument(t, a[4]) else {
      return t.pointee.exception.isEmpty ? t.typeError("bad argument to compile") : .empty
    }
    var decoded: [UInt8]?
    if n > 5, a[5].isObject, a[5].kind == .bytes { decoded = Array(UnsafeBufferPointer(start: a[5].bytesData, count: a[5].bytesCount)) }
    let errorAt = n > 6 ? intArgument(t, a[6]) ?? -1 : -1
    var notes = CompileNotes()
    let source = UnsafeBufferPointer(start: UnsafePointer(a[0].bytesData), count: a[0].bytesCount)
    // What a syntax tree takes at most.
    if !mayAllocate(bytes: source.count * 60) { return t.raise(.MemoryError) }
    do {
      let r = try compileSource(source, filename: swiftString(a[1]), mode: mode, flags: flags, optimize: optimize < 0 ? SystemState.optimize : optimize,
                                hidden: n > 7 && a[7] == .true, decoded: decoded, errorAt: errorAt, notes: &notes)
      return finishCompile(t, r, notes)
    } catch {
      if let codec = notes.unknownCodec, decoded == nil { return pair(t, intern(t, "decode"), makeStr(t, codec)) }
      guard let f = error as? SyntaxFailure else { return t.raise(.SystemError, "compilation failed") }
      let failure = failureTuple(t, f, filename: a[1])
      // What the parser warned of before it failed is issued all the same.
      return notes.warnings.isEmpty || errorAt >= 0 ? failure : withWarnings(t, failure, notes)
    }
  }
  // (list of tokens, failure or None): see app-level _tokenize.
  defineAppNative(t, "system_tokens", "(source, /)") { t, a, n in
    do {
      let r = try plainTokens(source: UnsafeBufferPointer(start: UnsafePointer(a[0].bytesData), count: a[0].bytesCount))
      let l = makeList(t, capacity: r.tokens.count)
      r.text.withUnsafeBufferPointer { p in
        func piece(_ from: Int, _ to: Int) -> Value { from < 0 || to < from ? weft_vm.emptyStr : makeStr(t, String(decoding: p[from..<min(to, p.count)], as: UTF8.self)) }
        for k in r.tokens {
          let from = k.start < 0 ? 0 : max(0, k.start - max(0, k.column))
          var to = from
          while to < p.count && p[to] != 10 && p[to] != 0 { to += 1 }
          let text = k.number == 4 || k.number == 5 || k.number == 6 ? weft_vm.emptyStr : piece(k.start, k.end)
          listAppend(t, l, makeTuple(t, [text, .fixnum(k.number), .fixnum(k.line), .fixnum(k.endLine), .fixnum(k.column), .fixnum(k.endColumn), piece(from, to)]))
        }
      }
      return pair(t, l, r.failure.map { failureTuple(t, $0, filename: intern(t, "<string>")) } ?? .none)
    } catch {
      guard let f = error as? SyntaxFailure else { return t.raise(.SystemError, "tokenizing failed") }
      return pair(t, makeList(t), failureTuple(t, f, filename: intern(t, "<string>")))
    }
  }
  // The same from the data that the app-level part made of AST nodes.
  defineAppNative(t, "system_compile_tree", "(data, filename, flags, optimize, error_at, /)") { t, a, n in
    guard a[1].isStr, let flags = intArgument(t, a[2]), let optimize = intArgument(t, a[3]), let errorAt = intArgument(t, a[4]) else { return .empty }
    var notes = CompileNotes()
    do {
      let tree = try treeFromData(a[0])
      final class Box { var warnings: [(category: String, message: String, line: Int32)] = [] }
      let box = Box()
      let unit = try compileTree(tree, filename: swiftString(a[1]), flags: flags, optimize: optimize < 0 ? SystemState.optimize : optimize) { category, message, line in
        box.warnings.append((category, message, line))
        if box.warnings.count - 1 == errorAt { return SyntaxFailure(message: message, line: line, offset: 0, endLine: line, endOffset: 0, text: nil) }
        return nil
      }
      notes.warnings = box.warnings
      return finishCompile(t, .unit(unit), notes)
    } catch let f as SyntaxFailure {
      return failureTuple(t, f, filename: a[1])
    } catch {
      return t.valueError("malformed syntax tree")
    }
  }
}
