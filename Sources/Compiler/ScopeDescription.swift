// The symbol table as data, for Python's `symtable`.

import Syntax

/// A scope as `_symtable` shows it: flags are CPython's DEF_* bits with the resolution above bit 11.
public final class ScopeDescription {
  public let name: String
  /// 0 function, 1 class, 2 module.
  public let kind: Int
  public let line: Int
  public let isNested: Bool
  public let symbols: [(name: String, flags: Int)]
  public let parameters: [String]
  public let children: [ScopeDescription]

  init(_ s: Scope) {
    name = s.kind == .module ? "top" : s.name.first == "<" && s.name.last == ">" ? String(s.name.dropFirst().dropLast()) : s.name
    kind = s.kind == .module ? 2 : s.kind == .classBody ? 1 : 0
    line = s.kind == .module ? 0 : Int(s.range.line)
    isNested = s.isNested
    symbols = s.symbols.map { symbol in
      let f = symbol.flags
      var bits = 0
      for (flag, bit) in [(SymbolFlags.global, 1), (.local, 2), (.parameter, 4), (.nonlocal, 8), (.used, 16), (.freeThroughClass, 64), (.imported, 128),
                          (.annotated, 256), (.iterationVariable, 512)] where f.contains(flag) { bits |= bit }
      let scope: Int
      switch symbol.resolution {
      case .local: scope = 1
      case .globalExplicit: scope = 2
      case .globalImplicit, .unresolved: scope = 3
      case .free: scope = 4
      case .cell: scope = 5
      }
      return (symbol.name, bits | scope << 11)
    }
    parameters = s.parameters
    children = s.children.filter { $0.kind != .annotation }.map { ScopeDescription($0) }
  }
}

/// The scopes of a module; throws SyntaxFailure.
public func describeScopes(_ module: Module, options: CompileOptions) throws -> ScopeDescription {
  let shared = CompilerContext(options)
  let table = SymbolTable(shared)
  switch module {
  case .module(let b, _), .interactive(let b): return ScopeDescription(try table.build(body: b))
  case .expression(let e): return ScopeDescription(try table.build(expression: e))
  case .functionType: return ScopeDescription(try table.build(body: []))
  }
}
