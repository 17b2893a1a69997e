// Reader: text to data.

struct SyntaxError: Error { let message: String; var isIncomplete = false }

struct Reader {
  private let text: [Unicode.Scalar]
  private var at = 0
  private let vm: VM
  init(_ t: String, _ v: VM) { text = Array(t.unicodeScalars); vm = v }

  /// The next datum, or nil at the end.
  mutating func next() throws -> Value? {
    try skip()
    return at < text.count ? try datum() : nil
  }
  private mutating func skip() throws {
    while at < text.count {
      let c = text[at]
      if c.properties.isWhitespace { at += 1 }
      else if c == ";" { while at < text.count && text[at] != "\n" { at += 1 } }
      else if c == "#", at + 1 < text.count, text[at + 1] == "|" {
        at += 2
        while at + 1 < text.count && !(text[at] == "|" && text[at + 1] == "#") { at += 1 }
        at += 2
      } else if c == "#", at + 1 < text.count, text[at + 1] == ";" { at += 2; _ = try datum() } else { return }
    }
  }
  private static func isDelimiter(_ c: Unicode.Scalar) -> Bool { c.properties.isWhitespace || "()[]\";'`,".unicodeScalars.contains(c) }
  private mutating func datum() throws -> Value {
    try skip()
    guard at < text.count else { throw SyntaxError(message: "unexpected end of input", isIncomplete: true) }
    let c = text[at]
    at += 1
    switch c {
    case "(", "[": return try list(c == "(" ? ")" : "]")
    case ")", "]": throw SyntaxError(message: "unexpected \(c)")
    case "'": return vm.list([vm.symbol("quote"), try datum()])
    case "`": return vm.list([vm.symbol("quasiquote"), try datum()])
    case ",":
      if at < text.count, text[at] == "@" { at += 1; return vm.list([vm.symbol("unquote-splicing"), try datum()]) }
      return vm.list([vm.symbol("unquote"), try datum()])
    case "\"": return try string()
    case "#":
      guard at < text.count else { throw SyntaxError(message: "unexpected end after #") }
      if text[at] == "(" {
        at += 1
        return vm.vector(vm.array(try list(")"))!)
      }
      if text[at] == "\\" { return try character() }
      let w = word()
      switch w {
      case "t", "true": return vm.true_
      case "f", "false": return vm.false_
      default: throw SyntaxError(message: "unknown syntax #\(w)")
      }
    default:
      at -= 1
      let w = word()
      return vm.number(w) ?? vm.symbol(w)
    }
  }
  private mutating func word() -> String {
    var s = String.UnicodeScalarView()
    while at < text.count, !Reader.isDelimiter(text[at]) { s.append(text[at]); at += 1 }
    return String(s)
  }
  private mutating func list(_ close: Unicode.Scalar) throws -> Value {
    var items: [Value] = []
    while true {
      try skip()
      guard at < text.count else { throw SyntaxError(message: "a list is not closed", isIncomplete: true) }
      if text[at] == close { at += 1; return vm.list(items) }
      if text[at] == ".", at + 1 < text.count, Reader.isDelimiter(text[at + 1]), !items.isEmpty {
        at += 1
        let tail = try datum()
        try skip()
        guard at < text.count, text[at] == close else { throw SyntaxError(message: "a list goes on behind its tail") }
        at += 1
        return vm.list(items, tail: tail)
      }
      items.append(try datum())
    }
  }
  private mutating func string() throws -> Value {
    var s = String.UnicodeScalarView()
    while true {
      guard at < text.count else { throw SyntaxError(message: "a string is not closed", isIncomplete: true) }
      let c = text[at]
      at += 1
      if c == "\"" { return vm.string(String(s)) }
      if c == "\\", at < text.count {
        let e = text[at]
        at += 1
        switch e {
        case "n": s.append("\n")
        case "t": s.append("\t")
        case "\\", "\"": s.append(e)
        default: throw SyntaxError(message: "unknown escape \\\(e)")
        }
      } else { s.append(c) }
    }
  }
  static let characterNames: [(String, UInt32)] = [("space", 32), ("newline", 10), ("tab", 9), ("nul", 0), ("return", 13)]
  private mutating func character() throws -> Value {
    at += 1
    guard at < text.count else { throw SyntaxError(message: "unexpected end after #\\") }
    let first = text[at]
    at += 1
    var name = String.UnicodeScalarView([first])
    while at < text.count, first.properties.isAlphabetic, !Reader.isDelimiter(text[at]) { name.append(text[at]); at += 1 }
    if name.count == 1 { return vm.character(first.value) }
    guard let (_, n) = Reader.characterNames.first(where: { $0.0 == String(name) }) else { throw SyntaxError(message: "unknown character #\\\(String(name))") }
    return vm.character(n)
  }
}
