// Scopes and symbols: what the symbol table knows of a block of code, and how its names resolve.

import Syntax

struct SymbolFlags: OptionSet {
  let rawValue: UInt16
  static let global = SymbolFlags(rawValue: 1), local = SymbolFlags(rawValue: 2), parameter = SymbolFlags(rawValue: 4)
  static let nonlocal = SymbolFlags(rawValue: 8), used = SymbolFlags(rawValue: 16), imported = SymbolFlags(rawValue: 32)
  static let annotated = SymbolFlags(rawValue: 64), iterationVariable = SymbolFlags(rawValue: 128)
  /// Passed through this class to a nested function although the class binds the name itself.
  static let freeThroughClass = SymbolFlags(rawValue: 256)
  /// A `del` or the end of an `except ... as` may unbind it.
  static let deleted = SymbolFlags(rawValue: 512)
  /// The target of an assignment expression.
  static let named = SymbolFlags(rawValue: 1024)
  static let bound: SymbolFlags = [.local, .parameter, .imported]
}

enum Resolution: UInt8 { case unresolved, local, globalExplicit, globalImplicit, free, cell }

struct Symbol {
  var name: String
  var flags: SymbolFlags = []
  var resolution = Resolution.unresolved
}

final class Scope {
  enum Kind { case module, function, classBody, annotation }
  enum Comprehension { case none, list, set, dict, generator }
  let kind: Kind
  let name: String
  unowned(unsafe) let parent: Scope?
  var comprehension = Comprehension.none
  private(set) var symbols: [Symbol] = []
  private var index: [String: Int] = [:]
  var children: [Scope] = []
  /// Mangled parameter names, in the order of registers.
  var parameters: [String] = []
  /// Inside a function, at whatever distance.
  var isNested = false
  var isGenerator = false, isCoroutine = false
  /// The first `return` with a value.
  var valueReturn: SourceRange?
  var needsClassCell = false
  /// While visiting: in a comprehension's targets, in its iterable expressions.
  var inIterationTarget = false, iterableDepth = 0
  let range: SourceRange
  /// Where `global` and `nonlocal` statements named names.
  var directives: [(name: String, range: SourceRange)] = []

  init(_ kind: Kind, _ name: String, parent: Scope?, range: SourceRange) {
    self.kind = kind; self.name = name; self.parent = parent; self.range = range
    if let p = parent { isNested = p.isNested || p.kind == .function }
  }

  func find(_ name: String) -> Int? { index[name] }
  func flags(_ name: String) -> SymbolFlags { index[name].map { symbols[$0].flags } ?? [] }

  func add(_ name: String, _ flags: SymbolFlags) {
    if let i = index[name] { symbols[i].flags.formUnion(flags) } else {
      index[name] = symbols.count
      symbols.append(Symbol(name: name, flags: flags))
    }
  }

  func setResolution(_ i: Int, _ r: Resolution) { symbols[i].resolution = r }

  func resolution(_ name: String) -> Resolution { index[name].map { symbols[$0].resolution } ?? .globalImplicit }

  /// Resolves this scope's names and, after them, those of the scopes inside.
  func resolve(_ shared: CompilerContext) throws {
    var work: [Scope] = [self]
    while let s = work.popLast() {
      try s.resolveOwn(shared)
      work.append(contentsOf: s.children.reversed())
    }
  }

  private func directive(_ name: String) -> SourceRange { directives.first { $0.name == name }?.range ?? range }

  private func resolveOwn(_ shared: CompilerContext) throws {
    for i in 0..<symbols.count where symbols[i].resolution == .unresolved {
      let name = symbols[i].name, f = symbols[i].flags
      if f.contains(.global) {
        if f.contains(.nonlocal) { throw shared.failure("name '\(name)' is nonlocal and global", directive(name)) }
        symbols[i].resolution = .globalExplicit
      } else if f.contains(.nonlocal) {
        if kind == .module { throw shared.failure("nonlocal declaration not allowed at module level", directive(name)) }
        guard resolveFree(i) else { throw shared.failure("no binding for nonlocal '\(name)' found", directive(name)) }
      } else if !f.isDisjoint(with: .bound) {
        symbols[i].resolution = .local
      } else if !resolveFree(i) {
        symbols[i].resolution = .globalImplicit
      }
    }
  }

  /// Looks for the function that binds symbol `i`; where there is one, the name becomes a cell there and free in between.
  private func resolveFree(_ i: Int) -> Bool {
    let name = symbols[i].name
    var p = parent, binder: Scope?
    search: while let s = p {
      switch s.kind {
      case .module: break search
      case .annotation: break
      case .classBody:
        if name == "__class__" { s.needsClassCell = true; binder = s; break search }
      case .function:
        if let j = s.index[name] {
          let f = s.symbols[j].flags
          if f.contains(.global) { break search }
          if !f.contains(.nonlocal), !f.isDisjoint(with: .bound) {
            s.symbols[j].resolution = .cell
            binder = s
            break search
          }
        }
      }
      p = s.parent
    }
    guard let b = binder else { return false }
    symbols[i].resolution = .free
    var between = parent
    while let s = between, s !== b {
      if let j = s.index[name] {
        if s.kind == .classBody, !s.symbols[j].flags.isDisjoint(with: [.local, .parameter, .imported, .global]) {
          s.symbols[j].flags.insert(.freeThroughClass)
        } else {
          s.symbols[j].resolution = .free
        }
      } else {
        s.index[name] = s.symbols.count
        s.symbols.append(Symbol(name: name, flags: [], resolution: .free))
      }
      between = s.parent
    }
    return true
  }
}
