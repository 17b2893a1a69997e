// Adjacent string tokens to one literal or one f-string.

extension Parser {
  func strings() throws(Fail) -> Expr {
    if diagnosing { return try remembered(Rule.strings) { () throws(Fail) in try self.concatenatedStrings() } }
    return try concatenatedStrings()
  }

  private func concatenatedStrings() throws(Fail) -> Expr {
    let s = pos
    while kind == .string { advance() }
    if error != nil { throw Fail() }
    let base = UnsafePointer(storage)
    var bytesCount = 0
    var formatted = false
    for i in s..<pos {
      let shape = LiteralShape(base, Int(tokens[i].start), Int(tokens[i].end))
      if shape.isBytes { bytesCount += 1 } else if isMalformed, let why = utf8Fault(base, shape.start, shape.end) {
        throw raise(why)
      }
      if shape.isFormatted { formatted = true }
    }
    if bytesCount == pos - s { return try bytesLiteral(s) }
    if bytesCount != 0 { try mixedLiterals(s) }
    let whole = span(s)
    let unicodeKind = base[Int(tokens[s].start)] == 117
    if formatted {
      var assembly = FStringAssembly(range: whole, isU: unicodeKind)
      for i in s..<pos {
        let t = tokens[i]
        let shape = LiteralShape(base, Int(t.start), Int(t.end))
        if shape.isFormatted {
          assembly.isFormatted = true
          try formattedLiteral(&assembly, t, shape)
        } else {
          try textLiteral(t, shape, &assembly.text)
        }
      }
      return assembly.finish(whole)
    }
    var text: [UInt32] = []
    for i in s..<pos {
      try textLiteral(tokens[i], LiteralShape(base, Int(tokens[i].start), Int(tokens[i].end)), &text)
    }
    let value = PyText(text)
    return Expr(.constant(unicodeKind ? .strU(value) : .str(value)), whole)
  }

  private func bytesLiteral(_ s: Int) throws(Fail) -> Expr {
    let base = UnsafePointer(storage)
    var out: [UInt8] = []
    for i in s..<pos {
      let t = tokens[i]
      let shape = LiteralShape(base, Int(t.start), Int(t.end))
      if shape.isBytes {
        for k in shape.start..<shape.end where base[k] >= 0x80 {
          throw raise("bytes can only contain ASCII literal characters", at: t)
        }
      }
      if shape.isRaw {
        out.append(contentsOf: UnsafeBufferPointer(start: base + shape.start, count: shape.end - shape.start))
        continue
      }
      var invalid: Int?
      do {
        try decodeBytesEscapes(base, shape.start, shape.end, &out) { if invalid == nil { invalid = $0 } }
      } catch {
        throw raise((error as! LiteralFault).message)
      }
      if let at = invalid { try warnInvalidEscape(at, t) }
    }
    return Expr(.constant(.bytes(out)), span(s))
  }

  /// Bytes next to text: an error, after those of the literals before the second kind.
  private func mixedLiterals(_ s: Int) throws(Fail) {
    let base = UnsafePointer(storage)
    let first = LiteralShape(base, Int(tokens[s].start), Int(tokens[s].end))
    for i in s..<pos {
      let t = tokens[i]
      let shape = LiteralShape(base, Int(t.start), Int(t.end))
      if shape.isBytes, (shape.start..<shape.end).contains(where: { base[$0] >= 0x80 }) {
        throw raise("bytes can only contain ASCII literal characters", at: t)
      }
      if shape.isBytes != first.isBytes { throw raise("cannot mix bytes and nonbytes literals") }
      if shape.isFormatted {
        var assembly = FStringAssembly(range: range(t), isU: false)
        try formattedLiteral(&assembly, t, shape)
      } else if !shape.isBytes {
        var text: [UInt32] = []
        try textLiteral(t, shape, &text)
      }
    }
  }

  private func textLiteral(_ t: Token, _ shape: LiteralShape, _ out: inout [UInt32]) throws(Fail) {
    try decodeText(t, shape.start, shape.end, raw: shape.isRaw, &out)
  }

  /// Text of a literal between two positions.
  func decodeText(_ t: Token, _ from: Int, _ to: Int, raw: Bool, _ out: inout [UInt32]) throws(Fail) {
    let base = UnsafePointer(storage)
    var plain = raw
    if !plain {
      plain = true
      var i = from
      while i < to { if base[i] == 92 { plain = false; break }; i += 1 }
    }
    if plain { appendUTF8(base, from, to, &out); return }
    var invalid: Int?
    do {
      try decodeEscapes(base, from, to, options: options, &out) { if invalid == nil { invalid = $0 } }
    } catch {
      throw raise((error as! LiteralFault).message)
    }
    if let at = invalid { try warnInvalidEscape(at, t) }
  }

  func warnInvalidEscape(_ at: Int, _ t: Token) throws(Fail) {
    guard !diagnosing, let hook = options.warn else { return }
    let octal = storage[at + 1] >= 48 && storage[at + 1] <= 55
    let message = "invalid \(octal ? "octal " : "")escape sequence '\\\(tokenizer.text(at + 1, at + (octal ? 4 : 2)))'"
    if hook("DeprecationWarning", message, t.line) != nil { throw raise(message, at: t) }
  }
}
