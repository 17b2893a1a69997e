// Number tokens: their extent and their faults. Values are computed in NumberLiterals.swift.

extension Tokenizer {
  private func isDigit(_ i: Int) -> Bool { base[i] >= 48 && base[i] <= 57 }

  /// Reads a number that starts at `start` with a digit or a dot.
  func scanNumber(_ start: Int) -> Token {
    cur = start
    let c = base[cur]
    if c == 48 {
      let d = base[cur + 1] | 32
      if d == 120 { return scanRadix("hexadecimal") { ($0 >= 48 && $0 <= 57) || ($0 | 32 >= 97 && $0 | 32 <= 102) } }
      if d == 111 { return scanRadix("octal") { $0 >= 48 && $0 <= 55 } }
      if d == 98 { return scanRadix("binary") { $0 == 48 || $0 == 49 } }
      return scanLeadingZero(start)
    }
    if c != 46 {
      if let t = scanDigits() { return t }
    }
    return scanTail(start)
  }

  /// Digits with single underscores between them. Returns a token only on failure.
  private func scanDigits() -> Token? {
    while true {
      while isDigit(cur) { cur += 1 }
      if base[cur] != 95 { return nil }
      cur += 1
      if !isDigit(cur) { return fail("invalid decimal literal") }
    }
  }

  private func scanRadix(_ kind: String, _ accepts: (UInt8) -> Bool) -> Token {
    cur += 2
    repeat {
      if base[cur] == 95 { cur += 1 }
      if !accepts(base[cur]) {
        if isDigit(cur) {
          cur += 1
          return fail("invalid digit '\(text(cur - 1, cur))' in \(kind) literal")
        }
        return fail("invalid \(kind) literal")
      }
      while accepts(base[cur]) { cur += 1 }
    } while base[cur] == 95
    if isDigit(cur) {
      cur += 1
      return fail("invalid digit '\(text(cur - 1, cur))' in \(kind) literal")
    }
    return finish(kind)
  }

  private func scanLeadingZero(_ start: Int) -> Token {
    cur += 1
    while true {
      if base[cur] == 95 {
        cur += 1
        if !isDigit(cur) { return fail("invalid decimal literal") }
      }
      if base[cur] != 48 { break }
      cur += 1
    }
    let zerosEnd = cur
    var nonZero = false
    if isDigit(cur) {
      nonZero = true
      if let t = scanDigits() { return t }
    }
    let c = base[cur] | 32
    if base[cur] == 46 || c == 101 || c == 106 { return scanTail(start, zeros: nonZero ? zerosEnd : nil) }
    if nonZero { return zeroFailure(start, zerosEnd) }
    return finish("decimal")
  }

  private func zeroFailure(_ start: Int, _ zerosEnd: Int) -> Token {
    fail("leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers",
         offset: Int32(start + 1 - lineStart), endOffset: Int32(zerosEnd + 1 - lineStart))
  }

  /// Fraction, exponent and imaginary unit after the integer part. `zeros`: the integer part has leading zeros that only
  /// a float may have.
  private func scanTail(_ start: Int, zeros: Int? = nil) -> Token {
    if base[cur] == 46 {
      cur += 1
      if isDigit(cur), let t = scanDigits() { return t }
    }
    if base[cur] | 32 == 101 {
      let mark = cur
      cur += 1
      if base[cur] == 43 || base[cur] == 45 {
        cur += 1
        if !isDigit(cur) { return fail("invalid decimal literal") }
      } else if !isDigit(cur) {
        cur = mark
        if let t = finishChecks("decimal") { return t }
        if let z = zeros { return zeroFailure(start, z) }
        return token(.number, start, cur)
      }
      if let t = scanDigits() { return t }
    }
    if base[cur] | 32 == 106 {
      cur += 1
      return finish("imaginary")
    }
    return finish("decimal")
  }

  private func finish(_ kind: String) -> Token {
    finishChecks(kind) ?? token(.number, tokenStart, cur)
  }

  /// A literal that runs into a keyword is deprecated; into any other name it is an error.
  private func finishChecks(_ kind: String) -> Token? {
    let c = base[cur]
    if c >= 128 || !characterClass[Int(c)].continuesName { return nil }
    var keyword = false
    switch c {
    case 97: keyword = follows("nd")
    case 101: keyword = follows("lse")
    case 102: keyword = follows("or")
    case 105: keyword = base[cur + 1] == 102 || base[cur + 1] == 110 || base[cur + 1] == 115
    case 110: keyword = follows("ot")
    case 111: keyword = follows("r")
    default: break
    }
    if keyword { return warn("SyntaxWarning", "invalid \(kind) literal") ? nil : token(.error, tokenStart, cur) }
    return fail("invalid \(kind) literal")
  }

  private func follows(_ s: StaticString) -> Bool {
    for i in 0..<s.utf8CodeUnitCount where base[cur + 1 + i] != s.utf8Start[i] { return false }
    return !characterClass[Int(base[cur + 1 + s.utf8CodeUnitCount])].continuesName
  }
}
