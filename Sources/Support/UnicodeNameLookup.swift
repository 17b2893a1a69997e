// Names of characters and characters of names.

private func appendStatic(_ text: StaticString, _ out: inout [UInt8]) {
  out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
}

private func leadingJamo(_ i: Int) -> StaticString {
  switch i {
  case 0: return "G"
  case 1: return "GG"
  case 2: return "N"
  case 3: return "D"
  case 4: return "DD"
  case 5: return "R"
  case 6: return "M"
  case 7: return "B"
  case 8: return "BB"
  case 9: return "S"
  case 10: return "SS"
  case 11: return ""
  case 12: return "J"
  case 13: return "JJ"
  case 14: return "C"
  case 15: return "K"
  case 16: return "T"
  case 17: return "P"
  default: return "H"
  }
}

private func vowelJamo(_ i: Int) -> StaticString {
  switch i {
  case 0: return "A"
  case 1: return "AE"
  case 2: return "YA"
  case 3: return "YAE"
  case 4: return "EO"
  case 5: return "E"
  case 6: return "YEO"
  case 7: return "YE"
  case 8: return "O"
  case 9: return "WA"
  case 10: return "WAE"
  case 11: return "OE"
  case 12: return "YO"
  case 13: return "U"
  case 14: return "WEO"
  case 15: return "WE"
  case 16: return "WI"
  case 17: return "YU"
  case 18: return "EU"
  case 19: return "YI"
  default: return "I"
  }
}

private func trailingJamo(_ i: Int) -> StaticString {
  switch i {
  case 0: return ""
  case 1: return "G"
  case 2: return "GG"
  case 3: return "GS"
  case 4: return "N"
  case 5: return "NJ"
  case 6: return "NH"
  case 7: return "D"
  case 8: return "L"
  case 9: return "LG"
  case 10: return "LM"
  case 11: return "LB"
  case 12: return "LS"
  case 13: return "LT"
  case 14: return "LP"
  case 15: return "LH"
  case 16: return "M"
  case 17: return "B"
  case 18: return "BS"
  case 19: return "S"
  case 20: return "SS"
  case 21: return "NG"
  case 22: return "J"
  case 23: return "C"
  case 24: return "K"
  case 25: return "T"
  case 26: return "P"
  default: return "H"
  }
}

private func isUnifiedIdeograph(_ cp: UInt32) -> Bool {
  let table = UnicodeNames.ideographs.utf8Start
  for i in 0..<UnicodeNames.ideographRanges {
    if cp < UInt32(unpack(table + i * 8, 4)) { return false }
    if cp <= UInt32(unpack(table + i * 8 + 4, 4)) { return true }
  }
  return false
}

/// The name stored at an ordinal of the table.
private func storedName(_ ordinal: Int, _ out: inout [UInt8]) {
  let offsets = UnicodeNames.phraseOffsets.utf8Start + ordinal * 4
  var position = unpack(offsets, 4)
  let end = unpack(offsets + 4, 4)
  let phrases = UnicodeNames.phrases.utf8Start
  let words = UnicodeNames.wordOffsets.utf8Start
  let lexicon = UnicodeNames.lexicon.utf8Start
  var first = true
  while position < end {
    let lead = Int(phrases[position] &- 48)
    let number: Int
    if lead < 48 {
      number = unpack(phrases + position, 2)
      position += 2
    } else {
      number = UnicodeNames.shortWords + (lead - 48) << 12 + unpack(phrases + position + 1, 2)
      position += 3
    }
    if !first { out.append(32) }
    first = false
    let start = unpack(words + number * 3, 3)
    let stop = unpack(words + number * 3 + 3, 3)
    out.append(contentsOf: UnsafeBufferPointer(start: lexicon + start, count: stop - start))
  }
}

/// unicodedata.name; nil where the character has none.
public func characterName(_ cp: UInt32) -> [UInt8]? {
  var out: [UInt8] = []
  if cp >= 0xAC00 && cp < 0xAC00 + 11172 {
    let index = Int(cp) - 0xAC00
    appendStatic("HANGUL SYLLABLE ", &out)
    appendStatic(leadingJamo(index / 588), &out)
    appendStatic(vowelJamo(index % 588 / 28), &out)
    appendStatic(trailingJamo(index % 28), &out)
    return out
  }
  if isUnifiedIdeograph(cp) {
    appendStatic("CJK UNIFIED IDEOGRAPH-", &out)
    out += digitText(UInt(cp), base: 16, uppercase: true)
    return out
  }
  let codes = UnicodeNames.nameCodes.utf8Start
  var low = 0
  var high = UnicodeNames.plainCount
  while low < high {
    let middle = (low + high) / 2
    let code = UInt32(unpack(codes + middle * 4, 4))
    if code == cp {
      storedName(middle, &out)
      return out
    }
    if code < cp { low = middle + 1 } else { high = middle }
  }
  return nil
}

private func hasPrefix(_ text: [UInt8], _ prefix: StaticString) -> Bool {
  let count = prefix.utf8CodeUnitCount
  guard text.count >= count else { return false }
  for i in 0..<count where text[i] != prefix.utf8Start[i] { return false }
  return true
}

/// The longest of the names `table(0..<count)` that occurs at `position`; -1 if none.
private func matchJamo(
  _ text: [UInt8], _ position: inout Int, _ count: Int, _ table: (Int) -> StaticString
) -> Int {
  var best = -1
  var bestLength = -1
  for i in 0..<count {
    let name = table(i)
    let length = name.utf8CodeUnitCount
    if length <= bestLength || position + length > text.count { continue }
    var equal = true
    for k in 0..<length where text[position + k] != name.utf8Start[k] {
      equal = false
      break
    }
    if equal {
      best = i
      bestLength = length
    }
  }
  if best >= 0 { position += bestLength }
  return best
}

/// unicodedata.lookup: the code points of a name: one, or several for a named sequence (not found then
/// unless `sequences`, as in string literals). Nil where there is no such name.
public func lookupCharacter(_ name: UnsafeBufferPointer<UInt8>, sequences: Bool = true) -> [UInt32]? {
  guard name.count > 0 && name.count <= 256 else { return nil }
  // Hangul and CJK names are recognised in capitals only, the others in any case.
  var text = [UInt8](name)
  if hasPrefix(text, "HANGUL SYLLABLE ") {
    var position = 16
    let leading = matchJamo(text, &position, 19, leadingJamo)
    let vowel = matchJamo(text, &position, 21, vowelJamo)
    let trailing = matchJamo(text, &position, 28, trailingJamo)
    if leading >= 0 && vowel >= 0 && trailing >= 0 && position == text.count {
      return [UInt32(0xAC00 + (leading * 21 + vowel) * 28 + trailing)]
    }
    return nil
  }
  if hasPrefix(text, "CJK UNIFIED IDEOGRAPH-") {
    let count = text.count - 22
    guard count == 4 || count == 5 else { return nil }
    var value: UInt32 = 0
    for i in 22..<text.count {
      let digit = digitValue(UInt32(text[i]))
      guard digit < 16 && text[i] < 97 else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return isUnifiedIdeograph(value) ? [value] : nil
  }
  guard text.count <= UnicodeNames.longestName else { return nil }
  for i in 0..<text.count where text[i] &- 97 < 26 { text[i] -= 32 }
  var hash: UInt32 = 2_166_136_261
  for byte in text { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
  var slot = Int(hash ^ hash >> 16) & UnicodeNames.slotMask
  let slots = UnicodeNames.slots.utf8Start
  var candidate: [UInt8] = []
  while true {
    let ordinal = unpack(slots + slot * 3, 3)
    if ordinal == 0 { return nil }
    candidate.removeAll(keepingCapacity: true)
    storedName(ordinal - 1, &candidate)
    if candidate == text {
      let code = unpack(UnicodeNames.nameCodes.utf8Start + (ordinal - 1) * 4, 4)
      if code < 0x200000 { return [UInt32(code)] }
      if !sequences { return nil }
      let record = UnicodeNames.sequences.utf8Start + (code - 0x200000) * 33
      return (0..<Int(record[0] &- 48)).map { UInt32(unpack(record + 1 + $0 * 4, 4)) }
    }
    slot = (slot + 1) & UnicodeNames.slotMask
  }
}
