// Code points by Unicode character name, for \N{...}.

/// Hangul syllable parts, in the order the syllables are numbered.
private let hangulLead = ["G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"]
private let hangulVowel = ["A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE",
                           "WI", "YU", "EU", "YI", "I"]
private let hangulTail = ["", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M",
                          "B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"]

/// Names and aliases of all named scalars except those that a rule makes; built on first use.
private let namedScalars: [String: UInt32] = {
  var table: [String: UInt32] = [:]
  table.reserveCapacity(40_000)
  let ranges: [ClosedRange<UInt32>] = [0...0x33FF, 0x4DC0...0x4DFF, 0xA000...0xABFF, 0xD7B0...0xD7FF, 0xF900...0x16FFF,
                                       0x18800...0x1FFFF, 0x2F800...0x2FA1F, 0xE0000...0xE01EF]
  for range in ranges {
    for v in range {
      guard let s = Unicode.Scalar(v) else { continue }
      if let n = s.properties.name { table[n] = v }
      if let n = s.properties.nameAlias, table[n] == nil { table[n] = v }
    }
  }
  // Aliases beyond the first of a character, which the standard library does not list.
  for (n, v) in extraAliases where table[n] == nil { table[n] = v }
  return table
}()

private let extraAliases: [(String, UInt32)] = [
  ("NULL", 0), ("LINE FEED", 10), ("NEW LINE", 10), ("END OF LINE", 10), ("LF", 10), ("NL", 10), ("EOL", 10),
  ("CARRIAGE RETURN", 13), ("CR", 13), ("CHARACTER TABULATION", 9), ("HORIZONTAL TABULATION", 9), ("HT", 9), ("TAB", 9),
  ("LINE TABULATION", 11), ("VERTICAL TABULATION", 11), ("VT", 11), ("FORM FEED", 12), ("FF", 12), ("ESCAPE", 27),
  ("ESC", 27), ("DELETE", 127), ("DEL", 127), ("BACKSPACE", 8), ("BS", 8), ("ALERT", 7), ("BEL", 7), ("NUL", 0),
  ("SP", 32), ("NBSP", 0xA0), ("SHY", 0xAD), ("BYTE ORDER MARK", 0xFEFF), ("BOM", 0xFEFF), ("ZWNBSP", 0xFEFF),
  ("ZWSP", 0x200B), ("ZWNJ", 0x200C), ("ZWJ", 0x200D), ("LRM", 0x200E), ("RLM", 0x200F), ("WJ", 0x2060),
  ("NEXT LINE", 0x85), ("NEL", 0x85),
]

func characterNamed(_ name: String) -> [UInt32]? {
  let upper = name.uppercased()
  if let v = namedScalars[upper] { return [v] }
  for prefix in ["CJK UNIFIED IDEOGRAPH-", "TANGUT IDEOGRAPH-", "NUSHU CHARACTER-", "KHITAN SMALL SCRIPT CHARACTER-",
                 "CJK COMPATIBILITY IDEOGRAPH-"] where upper.hasPrefix(prefix) {
    let digits = upper.dropFirst(prefix.count)
    guard digits.count == 4 || digits.count == 5, let v = UInt32(digits, radix: 16), let s = Unicode.Scalar(v),
          s.properties.generalCategory == .otherLetter, s.properties.name.map({ $0 == upper }) ?? isIdeograph(v)
    else { return nil }
    return [v]
  }
  if upper.hasPrefix("HANGUL SYLLABLE ") { return hangulSyllable(String(upper.dropFirst(16))) }
  return nil
}

private func isIdeograph(_ v: UInt32) -> Bool {
  (0x3400...0x4DBF).contains(v) || (0x4E00...0x9FFF).contains(v) || (0x20000...0x323AF).contains(v)
}

private func hangulSyllable(_ s: String) -> [UInt32]? {
  for (l, lead) in hangulLead.enumerated() where s.hasPrefix(lead) {
    let rest = s.dropFirst(lead.count)
    for (v, vowel) in hangulVowel.enumerated() where rest.hasPrefix(vowel) {
      if let t = hangulTail.firstIndex(of: String(rest.dropFirst(vowel.count))) {
        return [0xAC00 + UInt32((l * 21 + v) * 28 + t)]
      }
    }
  }
  return nil
}
