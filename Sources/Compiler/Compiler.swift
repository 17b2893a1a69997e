// The compiler's public face: options, warnings, and `compile`, which takes a parsed module to a code unit.

import Bytecode
import Syntax

/// Called for a warning (category, message, line); the failure it returns, if any, is raised in the warning's place.
public typealias CompilerWarningHook = (_ category: String, _ message: String, _ line: Int32) -> SyntaxFailure?

public struct CompileOptions {
  public var filename: String
  /// 0 keeps asserts and docstrings, 1 drops asserts, 2 drops both.
  public var optimize: Int
  /// Futures inherited from the code that compiles.
  public var flags: CodeFlags
  /// Emits WIDE prefixes everywhere, to test the interpreter.
  public var forceWide: Bool
  /// Marks every unit `CodeFlags.hidden`.
  public var hidden: Bool
  public var allowTopLevelAwait: Bool
  public var warn: CompilerWarningHook?

  public init(filename: String, optimize: Int = 0, flags: CodeFlags = [], forceWide: Bool = false, hidden: Bool = false,
              allowTopLevelAwait: Bool = false, warn: CompilerWarningHook? = nil) {
    self.filename = filename; self.optimize = optimize; self.flags = flags; self.forceWide = forceWide
    self.hidden = hidden; self.allowTopLevelAwait = allowTopLevelAwait; self.warn = warn
  }
}

/// Compiles a module, interactive statement or expression. The tree is changed in place: constants are folded.
public func compile(_ module: Module, options: CompileOptions) throws -> CodeUnit {
  let shared = CompilerContext(options)
  var body: [Stmt] = []
  var expression: Expr?
  var interactive = false
  switch module {
  case .module(let b, _): body = b
  case .interactive(let b): body = b; interactive = true
  case .expression(let e): expression = e
  case .functionType:
    throw shared.failure("a function type comment cannot be compiled", SourceRange(line: 1, column: 0, endLine: 1, endColumn: 0))
  }
  shared.flags.formUnion(try futureFlags(body, shared))
  var folder = Folder(shared)
  if let e = expression { try folder.fold(e) } else { try folder.fold(body: body) }
  let table = SymbolTable(shared)
  let root: Scope
  if let e = expression { root = try table.build(expression: e) } else { root = try table.build(body: body) }
  shared.scopes = table.scopes
  let unit = Generator(shared, scope: root, parent: nil, kind: .module, name: "<module>", privateName: nil)
  unit.interactive = interactive
  if let e = expression { try unit.compileExpressionModule(e) } else { try unit.compileModule(body) }
  return try unit.finish(firstLine: 1)
}

/// What all units of one compilation share.
final class CompilerContext {
  let options: CompileOptions
  /// Futures in force, inherited and from `__future__` imports.
  var flags: CodeFlags
  var scopes: [ObjectIdentifier: Scope] = [:]
  /// Last line of the `__future__` imports at the beginning of the file.
  var lastFutureLine: Int32 = -1

  init(_ options: CompileOptions) {
    self.options = options
    flags = options.flags.intersection([.futureBarry, .futureGeneratorStop, .futureAnnotations])
  }

  var futureAnnotations: Bool { flags.contains(.futureAnnotations) }

  func failure(_ message: String, _ r: SourceRange, type: String = "SyntaxError") -> SyntaxFailure {
    SyntaxFailure(type: type, message: message, line: r.line, offset: r.column + 1, endLine: r.endLine,
                  endOffset: r.endColumn + 1, text: nil)
  }

  func warn(_ message: String, _ r: SourceRange) throws {
    guard let hook = options.warn, var f = hook("SyntaxWarning", message, r.line) else { return }
    if f.offset <= 0 {
      f.line = r.line; f.offset = r.column + 1; f.endLine = r.endLine; f.endOffset = r.endColumn + 1
    }
    throw f
  }

  static let maximumDepth = 8000
  func tooDeep() -> SyntaxFailure {
    SyntaxFailure(type: "RecursionError", message: "maximum recursion depth exceeded during compilation", line: 0, offset: 0,
                  endLine: 0, endOffset: 0, text: nil)
  }
}

/// These faults have no end.
private func futureFailure(_ message: String, _ r: SourceRange) -> SyntaxFailure {
  SyntaxFailure(message: message, line: r.line, offset: r.column + 1, endLine: r.line, endOffset: 0, text: nil)
}

/// The flags of the `from __future__` imports that begin `body`.
private func futureFlags(_ body: [Stmt], _ shared: CompilerContext) throws -> CodeFlags {
  var flags: CodeFlags = []
  var done = false, previousLine: Int32 = 0, first = true
  for s in body {
    if done && s.range.line > previousLine { return flags }
    previousLine = s.range.line
    if case .importFrom("__future__", let names, 0) = s.kind {
      if done {
        // CPython gives the column counted from 0 here.
        var range = s.range
        range.column = max(0, range.column - 1)
        throw shared.failure("from __future__ imports must occur at the beginning of the file", range)
      }
      for a in names {
        switch a.name {
        case "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function",
             "unicode_literals", "generator_stop": break
        case "barry_as_FLUFL": flags.insert(.futureBarry)
        case "annotations": flags.insert(.futureAnnotations)
        case "braces": throw futureFailure("not a chance", s.range)
        default: throw futureFailure("future feature \(a.name) is not defined", s.range)
        }
      }
      shared.lastFutureLine = s.range.line
    } else if first, case .expr(let e) = s.kind, case .constant(let c) = e.kind, c.isStr {
    } else {
      done = true
    }
    first = false
  }
  return flags
}

extension Constant {
  var isStr: Bool {
    switch self { case .str, .strU: return true; default: return false }
  }
}

/// A private name inside class `owner` (nil: none), as the language mangles it.
func mangled(_ name: String, _ owner: String?) -> String {
  guard let owner = owner, name.utf8.first == 95 else { return name }
  var n = name.utf8.makeIterator()
  _ = n.next()
  guard n.next() == 95, !name.hasSuffix("__"), !name.utf8.contains(46) else { return name }
  let stripped = owner.drop { $0 == "_" }
  if stripped.isEmpty { return name }
  return "_" + stripped + name
}
