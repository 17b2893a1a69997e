// What the compiler produces: bytecode with its constants and side tables, independent of any heap.

/// A constant of a code unit.
public enum CodeConstant: Equatable {
  case none, `true`, `false`, ellipsis
  /// Fits 63 bits.
  case int(Int)
  /// Decimal digits with an optional leading minus.
  case bigInt(String)
  case float(Double)
  case complex(Double, Double)
  /// Code points, lone surrogates included.
  case str([UInt32])
  case bytes([UInt8])
  case tuple([CodeConstant])
  case frozenSet([CodeConstant])
  case code(CodeUnit)

  /// Floats compare by bits, so that 0.0 and -0.0 stay two constants.
  public static func == (l: CodeConstant, r: CodeConstant) -> Bool {
    switch (l, r) {
    case (.none, .none), (.true, .true), (.false, .false), (.ellipsis, .ellipsis): return true
    case let (.int(x), .int(y)): return x == y
    case let (.bigInt(x), .bigInt(y)): return x == y
    case let (.float(x), .float(y)): return x.bitPattern == y.bitPattern
    case let (.complex(x, y), .complex(u, v)): return x.bitPattern == u.bitPattern && y.bitPattern == v.bitPattern
    case let (.str(x), .str(y)): return x == y
    case let (.bytes(x), .bytes(y)): return x == y
    case let (.tuple(x), .tuple(y)): return x == y
    case let (.frozenSet(x), .frozenSet(y)): return x == y
    case let (.code(x), .code(y)): return x === y
    default: return false
    }
  }
}

/// From instruction word `start` (inclusive) to `end` (exclusive) an exception goes to `handler`, the exception itself into
/// `register`. The first entry that covers a word wins, so inner ranges come before outer ones.
public struct ExceptionRange: Equatable {
  public var start, end, handler, register: UInt32
  public init(start: UInt32, end: UInt32, handler: UInt32, register: UInt32) {
    self.start = start; self.end = end; self.handler = handler; self.register = register
  }
}

/// The source position of the words from `start` to the next entry's start. Lines from 1, columns in UTF-8 bytes from 0;
/// -1 for "none".
public struct PositionEntry: Equatable {
  public var start: UInt32
  public var line, endLine, column, endColumn: Int32
  public init(start: UInt32, line: Int32, endLine: Int32, column: Int32, endColumn: Int32) {
    self.start = start; self.line = line; self.endLine = endLine; self.column = column; self.endColumn = endColumn
  }
}

/// Variable i of a code unit lives in register i: parameters first (positional, keyword-only, *args, **kwargs), then
/// locals, then free variables. A namespace code unit has the hidden variable 0, its namespace.
public struct Variable: Equatable {
  public var name: String
  public var kind: Kind
  public enum Kind: UInt8 { case local, cell, free, hidden }
  public init(name: String, kind: Kind) { self.name = name; self.kind = kind }
}

/// CPython's co_flags values, so that `inspect` finds what it expects.
public struct CodeFlags: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let optimized = CodeFlags(rawValue: 0x1), newLocals = CodeFlags(rawValue: 0x2)
  public static let varArgs = CodeFlags(rawValue: 0x4), varKeywords = CodeFlags(rawValue: 0x8)
  public static let nested = CodeFlags(rawValue: 0x10), generator = CodeFlags(rawValue: 0x20)
  public static let coroutine = CodeFlags(rawValue: 0x80), iterableCoroutine = CodeFlags(rawValue: 0x100)
  public static let asyncGenerator = CodeFlags(rawValue: 0x200)
  // Compiler futures, CPython's values.
  public static let futureBarry = CodeFlags(rawValue: 0x400000), futureGeneratorStop = CodeFlags(rawValue: 0x800000)
  public static let futureAnnotations = CodeFlags(rawValue: 0x1000000)
  /// Register 0 holds the local namespace (module, class body, exec).
  public static let namespace = CodeFlags(rawValue: 0x4000_0000)
  /// App-level code of the run-time system: absent from tracebacks, f_back and tracing.
  public static let hidden = CodeFlags(rawValue: 0x2000_0000)
}

public final class CodeUnit {
  public var name = "", qualifiedName = "", filename = ""
  public var firstLine: Int32 = 1
  /// Positional parameters (positional-only ones included).
  public var argCount = 0, posOnlyArgCount = 0, kwOnlyArgCount = 0
  public var flags: CodeFlags = []
  public var variables: [Variable] = []
  /// Registers of a frame, the variables included.
  public var registerCount = 0
  public var instructions: [UInt32] = []
  public var constants: [CodeConstant] = []
  public var names: [String] = []
  public var exceptions: [ExceptionRange] = []
  public var positions: [PositionEntry] = []
  public var cacheCount = 0
  /// The docstring is constant 0 (None or a string) of a function body's unit.
  public var hasDocstring = false
  public init() {}
}
