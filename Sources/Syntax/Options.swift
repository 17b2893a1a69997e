// What a caller can ask of the parser, and the entry point `parse`.

public enum ParseMode { case exec, single, eval, funcType }

public struct ParseOptions {
  public var mode: ParseMode
  public var filename: String
  /// PyCF_TYPE_COMMENTS: keep `# type:` comments.
  public var typeComments: Bool
  /// `from __future__ import barry_as_FLUFL` is in force: `<>` instead of `!=`.
  public var futureBarryAsBDFL: Bool
  /// PyCF_ALLOW_INCOMPLETE_INPUT: report input that more lines could complete as "incomplete input".
  public var isInteractive: Bool
  /// PyCF_DONT_IMPLY_DEDENT: in single mode the end of input does not close an open block.
  public var dontImplyDedent: Bool
  /// PyCF_IGNORE_COOKIE: the source came from a str and is UTF-8 whatever its coding cookie says.
  public var ignoreCookie: Bool
  /// Called with category, message and line. If it returns a failure, the warning is an error: the parser throws a
  /// SyntaxError with the same message at the literal.
  public var warn: ((String, String, Int32) -> SyntaxFailure?)?
  /// Decodes a source in the named codec to UTF-8; nil: no such codec.
  public var decodeSource: ((String, [UInt8]) -> [UInt8]?)?
  /// NFKC normalisation of identifiers that are not ASCII.
  public var nfkc: ((String) -> String)?
  /// The code point of a Unicode character name for \N{...}; nil: the built-in look-up by scalar properties.
  public var characterNamed: ((String) -> [UInt32]?)?

  /// sys.get_int_max_str_digits(): the longest decimal integer literal; 0: no limit.
  public var maxIntDigits: Int

  public init(mode: ParseMode = .exec, filename: String = "<string>", typeComments: Bool = false,
              futureBarryAsBDFL: Bool = false, isInteractive: Bool = false, dontImplyDedent: Bool = false,
              ignoreCookie: Bool = false, warn: ((String, String, Int32) -> SyntaxFailure?)? = nil,
              decodeSource: ((String, [UInt8]) -> [UInt8]?)? = nil, nfkc: ((String) -> String)? = nil,
              characterNamed: ((String) -> [UInt32]?)? = nil,
              maxIntDigits: Int = 4300) {
    self.mode = mode; self.filename = filename; self.typeComments = typeComments
    self.futureBarryAsBDFL = futureBarryAsBDFL; self.isInteractive = isInteractive
    self.dontImplyDedent = dontImplyDedent; self.ignoreCookie = ignoreCookie; self.warn = warn
    self.decodeSource = decodeSource; self.nfkc = nfkc; self.characterNamed = characterNamed
    self.maxIntDigits = maxIntDigits
  }
}

/// Throws SyntaxFailure.
public func parse(source: UnsafeBufferPointer<UInt8>, options: ParseOptions) throws -> Module {
  let text = try SourceText(source, options: options)
  let parser = Parser(bytes: text.bytes, options: options, names: NameTable())
  parser.isMalformed = text.isMalformed
  parser.countsBytes = text.countsBytes
  parser.tokenizer.isMalformed = text.isMalformed
  return try parser.run()
}
