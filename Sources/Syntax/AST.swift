// The abstract syntax tree of Python 3.11, after the grammar in CPython's `ast` documentation (Python.asdl).
//
// Nodes are final classes so that a tree of any shape is cheap to build and share; every kind is one enum case, and
// consumers switch exhaustively. Positions follow the `ast` module: lines from 1, columns in UTF-8 bytes from 0.

/// A range of source text: lines count from 1, columns are UTF-8 byte offsets from 0, the end is exclusive.
public struct SourceRange: Equatable, Sendable {
  public var line: Int32
  public var column: Int32
  public var endLine: Int32
  public var endColumn: Int32
  public init(line: Int32, column: Int32, endLine: Int32, endColumn: Int32) {
    self.line = line; self.column = column; self.endLine = endLine; self.endColumn = endColumn
  }
}

/// What a source file, an interactive statement or an `eval` string parses to.
public enum Module {
  case module(body: [Stmt], typeIgnores: [TypeIgnore])
  case interactive(body: [Stmt])
  case expression(Expr)
  case functionType(argTypes: [Expr], returns: Expr)
}

public struct TypeIgnore {
  public var line: Int32
  public var tag: String
  public init(line: Int32, tag: String) { self.line = line; self.tag = tag }
}

public final class Stmt {
  public var kind: StmtKind
  public var range: SourceRange
  public init(_ kind: StmtKind, _ range: SourceRange) { self.kind = kind; self.range = range }
}

public final class Expr {
  public var kind: ExprKind
  public var range: SourceRange
  public init(_ kind: ExprKind, _ range: SourceRange) { self.kind = kind; self.range = range }
}

public final class Pattern {
  public var kind: PatternKind
  public var range: SourceRange
  public init(_ kind: PatternKind, _ range: SourceRange) { self.kind = kind; self.range = range }
}

/// `def` and `async def` share this payload.
public final class FunctionDef {
  public var name: String
  public var args: Arguments
  public var body: [Stmt]
  public var decorators: [Expr]
  public var returns: Expr?
  public var typeComment: String?
  public init(name: String, args: Arguments, body: [Stmt], decorators: [Expr], returns: Expr?, typeComment: String? = nil) {
    self.name = name; self.args = args; self.body = body; self.decorators = decorators; self.returns = returns
    self.typeComment = typeComment
  }
}

public final class ClassDef {
  public var name: String
  public var bases: [Expr]
  public var keywords: [Keyword]
  public var body: [Stmt]
  public var decorators: [Expr]
  public init(name: String, bases: [Expr], keywords: [Keyword], body: [Stmt], decorators: [Expr]) {
    self.name = name; self.bases = bases; self.keywords = keywords; self.body = body; self.decorators = decorators
  }
}

public enum StmtKind {
  case functionDef(FunctionDef)
  case asyncFunctionDef(FunctionDef)
  case classDef(ClassDef)
  case `return`(Expr?)
  case delete([Expr])
  case assign(targets: [Expr], value: Expr, typeComment: String?)
  case augAssign(target: Expr, op: BinaryOperator, value: Expr)
  /// `simple` is true for a bare name without parentheses.
  case annAssign(target: Expr, annotation: Expr, value: Expr?, simple: Bool)
  case `for`(target: Expr, iter: Expr, body: [Stmt], orelse: [Stmt], typeComment: String?)
  case asyncFor(target: Expr, iter: Expr, body: [Stmt], orelse: [Stmt], typeComment: String?)
  case `while`(test: Expr, body: [Stmt], orelse: [Stmt])
  case `if`(test: Expr, body: [Stmt], orelse: [Stmt])
  case with(items: [WithItem], body: [Stmt], typeComment: String?)
  case asyncWith(items: [WithItem], body: [Stmt], typeComment: String?)
  case match(subject: Expr, cases: [MatchCase])
  case raise(exc: Expr?, cause: Expr?)
  case `try`(body: [Stmt], handlers: [ExceptHandler], orelse: [Stmt], finalbody: [Stmt])
  case tryStar(body: [Stmt], handlers: [ExceptHandler], orelse: [Stmt], finalbody: [Stmt])
  case assert(test: Expr, msg: Expr?)
  case `import`([Alias])
  /// `from .a import b`: `level` counts the dots.
  case importFrom(module: String?, names: [Alias], level: Int)
  case global([String])
  case nonlocal([String])
  case expr(Expr)
  case pass
  case `break`
  case `continue`
}

public enum ExprKind {
  case boolOp(BoolOperator, [Expr])
  case namedExpr(target: Expr, value: Expr)
  case binOp(Expr, BinaryOperator, Expr)
  case unaryOp(UnaryOperator, Expr)
  case lambda(Arguments, Expr)
  case ifExp(test: Expr, body: Expr, orelse: Expr)
  /// A nil key is a `**mapping` entry.
  case dict(keys: [Expr?], values: [Expr])
  case set([Expr])
  case listComp(Expr, [Comprehension])
  case setComp(Expr, [Comprehension])
  case dictComp(key: Expr, value: Expr, [Comprehension])
  case generatorExp(Expr, [Comprehension])
  case await(Expr)
  case yield(Expr?)
  case yieldFrom(Expr)
  case compare(Expr, [CompareOperator], [Expr])
  case call(Expr, args: [Expr], keywords: [Keyword])
  /// `conversion` is 0, or the ASCII code of `s`, `r` or `a`.
  case formattedValue(Expr, conversion: UInt8, spec: Expr?)
  case joinedStr([Expr])
  case constant(Constant)
  case attribute(Expr, String, ExprContext)
  case `subscript`(Expr, Expr, ExprContext)
  case starred(Expr, ExprContext)
  case name(String, ExprContext)
  case list([Expr], ExprContext)
  case tuple([Expr], ExprContext)
  case slice(lower: Expr?, upper: Expr?, step: Expr?)
}

/// A literal. `tuple` and `frozenSet` arise only from constant folding and from trees built by hand.
public indirect enum Constant: Equatable {
  case none, `true`, `false`, ellipsis
  /// Fits 63 bits.
  case int(Int)
  /// Any other integer: its decimal digits, with a leading `-` where negative.
  case bigInt(String)
  case float(Double)
  case complex(real: Double, imag: Double)
  /// Code points; may hold lone surrogates, which a Swift String cannot.
  case str(PyText)
  /// `kind` "u" of a u"" literal is dropped here and kept by `Expr` consumers that need it through `strU`.
  case strU(PyText)
  case bytes([UInt8])
  case tuple([Constant])
  case frozenSet([Constant])
}

/// Text as Python sees it: a sequence of code points, lone surrogates included.
public struct PyText: Hashable {
  public var scalars: [UInt32]
  public init(_ scalars: [UInt32]) { self.scalars = scalars }
  public init(_ s: String) { scalars = s.unicodeScalars.map { $0.value } }
}

public enum ExprContext: Sendable { case load, store, del }
public enum BoolOperator: Sendable { case and, or }
public enum BinaryOperator: UInt8, Sendable, CaseIterable {
  case add, sub, mul, matMul, trueDiv, mod, pow, lshift, rshift, or, xor, and, floorDiv
}
public enum UnaryOperator: Sendable { case invert, not, plus, minus }
public enum CompareOperator: Sendable { case eq, notEq, lt, ltE, gt, gtE, `is`, isNot, `in`, notIn }

public struct Comprehension {
  public var target: Expr
  public var iter: Expr
  public var ifs: [Expr]
  public var isAsync: Bool
  public init(target: Expr, iter: Expr, ifs: [Expr], isAsync: Bool) {
    self.target = target; self.iter = iter; self.ifs = ifs; self.isAsync = isAsync
  }
}

public struct ExceptHandler {
  public var type: Expr?
  public var name: String?
  public var body: [Stmt]
  public var range: SourceRange
  public init(type: Expr?, name: String?, body: [Stmt], range: SourceRange) {
    self.type = type; self.name = name; self.body = body; self.range = range
  }
}

public final class Arguments {
  public var posOnly: [Arg]
  public var args: [Arg]
  public var vararg: Arg?
  public var kwOnly: [Arg]
  /// As long as `kwOnly`; nil where there is no default.
  public var kwDefaults: [Expr?]
  public var kwarg: Arg?
  /// Defaults of the last positional parameters.
  public var defaults: [Expr]
  public init(posOnly: [Arg] = [], args: [Arg] = [], vararg: Arg? = nil, kwOnly: [Arg] = [], kwDefaults: [Expr?] = [],
              kwarg: Arg? = nil, defaults: [Expr] = []) {
    self.posOnly = posOnly; self.args = args; self.vararg = vararg; self.kwOnly = kwOnly
    self.kwDefaults = kwDefaults; self.kwarg = kwarg; self.defaults = defaults
  }
}

public struct Arg {
  public var name: String
  public var annotation: Expr?
  public var typeComment: String?
  public var range: SourceRange
  public init(name: String, annotation: Expr?, typeComment: String? = nil, range: SourceRange) {
    self.name = name; self.annotation = annotation; self.typeComment = typeComment; self.range = range
  }
}

public struct Keyword {
  /// nil for `**mapping`.
  public var name: String?
  public var value: Expr
  public var range: SourceRange
  public init(name: String?, value: Expr, range: SourceRange) { self.name = name; self.value = value; self.range = range }
}

public struct Alias {
  /// Dotted name, or "*".
  public var name: String
  public var asName: String?
  public var range: SourceRange
  public init(name: String, asName: String?, range: SourceRange) { self.name = name; self.asName = asName; self.range = range }
}

public struct WithItem {
  public var context: Expr
  public var target: Expr?
  public init(context: Expr, target: Expr?) { self.context = context; self.target = target }
}

public struct MatchCase {
  public var pattern: Pattern
  public var guardTest: Expr?
  public var body: [Stmt]
  public init(pattern: Pattern, guardTest: Expr?, body: [Stmt]) { self.pattern = pattern; self.guardTest = guardTest; self.body = body }
}

public enum PatternKind {
  case value(Expr)
  /// None, True or False.
  case singleton(Constant)
  case sequence([Pattern])
  case mapping(keys: [Expr], patterns: [Pattern], rest: String?)
  case `class`(Expr, patterns: [Pattern], kwdAttrs: [String], kwdPatterns: [Pattern])
  case star(String?)
  case `as`(Pattern?, name: String?)
  case or([Pattern])
}

/// A SyntaxError to be raised: `type` is "SyntaxError", "IndentationError" or "TabError". Columns count code points from 1
/// (0: unknown), as `SyntaxError.offset` does; the end is exclusive.
public struct SyntaxFailure: Error {
  public var type: String
  public var message: String
  public var line: Int32
  public var offset: Int32
  public var endLine: Int32
  public var endOffset: Int32
  /// The source line, with its newline; nil if there is none.
  public var text: String?
  /// In interactive mode: more input could complete the statement.
  public var incomplete: Bool
  public init(type: String = "SyntaxError", message: String, line: Int32, offset: Int32, endLine: Int32, endOffset: Int32,
              text: String?, incomplete: Bool = false) {
    self.type = type; self.message = message; self.line = line; self.offset = offset; self.endLine = endLine
    self.endOffset = endOffset; self.text = text; self.incomplete = incomplete
  }
}
