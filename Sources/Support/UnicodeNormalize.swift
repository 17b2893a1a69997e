// Decomposition, normalisation forms and their quick checks.

public enum NormalizationForm {
  case nfc, nfkc, nfd, nfkd

  /// From its name ("NFC", ...).
  public init?(name: UnsafeBufferPointer<UInt8>) {
    guard name.count == 3 || name.count == 4, name[0] == 78, name[1] == 70 else { return nil }
    let compatible = name.count == 4
    if compatible && name[2] != 75 { return nil }
    switch name[name.count - 1] {
    case 67: self = compatible ? .nfkc : .nfc
    case 68: self = compatible ? .nfkd : .nfd
    default: return nil
    }
  }

  var isCompatible: Bool { self == .nfkc || self == .nfkd }
  var composes: Bool { self == .nfc || self == .nfkc }
}

@inline(__always)
private func decompositionRecord(_ cp: UInt32) -> UnsafePointer<UInt8>? {
  let code = cp < 0x110000 ? Int(cp) : 0
  let block = unpack(UnicodeTables.decompositionIndex.utf8Start + (code &>> 6) &* 2, 2)
  let offset = unpack(UnicodeTables.decompositionBlocks.utf8Start + (block &<< 6 | code & 63) &* 3, 3)
  return offset == 0 ? nil : UnicodeTables.decompositionData.utf8Start + offset
}

/// unicodedata.decomposition: the tag ("<compat>", or empty) and the code points; nil where there is none.
public func decomposition(_ cp: UInt32) -> (tag: StaticString, codePoints: [UInt32])? {
  guard let record = decompositionRecord(cp) else { return nil }
  var result: [UInt32] = []
  for i in 0..<Int(record[1] &- 48) { result.append(UInt32(unpack(record + 2 + i * 4, 4))) }
  return (UnicodeTables.decompositionTag(Int(record[0] &- 48)), result)
}

private func decompose(_ cp: UInt32, _ compatible: Bool, _ out: inout [UInt32]) {
  if cp < 0xA0 {
    out.append(cp)
    return
  }
  if cp >= 0xAC00 && cp < 0xAC00 + 11172 {
    let index = cp - 0xAC00
    out.append(0x1100 + index / 588)
    out.append(0x1161 + index % 588 / 28)
    if index % 28 != 0 { out.append(0x11A7 + index % 28) }
    return
  }
  guard let record = decompositionRecord(cp), compatible || record[0] == 48 else {
    out.append(cp)
    return
  }
  for i in 0..<Int(record[1] &- 48) {
    decompose(UInt32(unpack(record + 2 + i * 4, 4)), compatible, &out)
  }
}

/// Orders runs of combining marks by their class, keeping the order within a class.
private func reorder(_ text: inout [UInt32]) {
  var i = 0
  let count = text.count
  while i < count {
    if combiningClass(text[i]) == 0 {
      i += 1
      continue
    }
    var end = i + 1
    var ordered = true
    var previous = combiningClass(text[i])
    while end < count {
      let current = combiningClass(text[end])
      if current == 0 { break }
      if current < previous { ordered = false }
      previous = current
      end += 1
    }
    if !ordered {
      var keyed = (i..<end).map { (combiningClass(text[$0]), $0, text[$0]) }
      keyed.sort { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1 < $1.1 }
      for k in 0..<keyed.count { text[i + k] = keyed[k].2 }
    }
    i = end
  }
}

/// The canonical composition of a pair.
public func composePair(_ first: UInt32, _ second: UInt32) -> UInt32? {
  if first >= 0x1100 && first < 0x1113 {
    guard second >= 0x1161 && second < 0x1176 else { return nil }
    return 0xAC00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28
  }
  if first >= 0xAC00 && first < 0xAC00 + 11172 {
    guard second > 0x11A7 && second < 0x11C3, (first - 0xAC00) % 28 == 0 else { return nil }
    return first + (second - 0x11A7)
  }
  if !hasFlag(second, CharacterFlags.composesBackward) { return nil }
  let table = UnicodeTables.compositions.utf8Start
  let key = Int(first) << 24 | Int(second)
  var low = 0
  var high = UnicodeTables.compositionCount
  while low < high {
    let middle = (low + high) / 2
    let entry = unpack(table + middle * 12, 8)
    if entry == key { return UInt32(unpack(table + middle * 12 + 8, 4)) }
    if entry < key { low = middle + 1 } else { high = middle }
  }
  return nil
}

private func compose(_ text: inout [UInt32]) {
  var out = 0
  var starter = -1
  var lastClass = 0
  for i in 0..<text.count {
    let cp = text[i]
    let cc = cp < 0x300 ? 0 : combiningClass(cp)
    if starter >= 0 && cp >= 0x300, out - starter == 1 || (lastClass != 0 && lastClass < cc),
      let composed = composePair(text[starter], cp)
    {
      text[starter] = composed
      continue
    }
    if cc == 0 { starter = out }
    lastClass = cc
    text[out] = cp
    out += 1
  }
  text.removeLast(text.count - out)
}

public enum QuickCheck {
  case yes, no, maybe
}

/// Whether text is already in a form, decided without normalising it.
public func quickCheck<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, _ form: NormalizationForm
) -> QuickCheck {
  let no: UInt32
  var maybe: UInt32 = 0
  switch form {
  case .nfc:
    no = CharacterFlags.notNFC
    maybe = CharacterFlags.composesBackward
  case .nfkc:
    no = CharacterFlags.notNFKC
    maybe = CharacterFlags.composesBackward
  case .nfd: no = CharacterFlags.notNFD
  case .nfkd: no = CharacterFlags.notNFKD
  }
  var result = QuickCheck.yes
  var previous = 0
  for unit in p {
    let cp = UInt32(truncatingIfNeeded: unit)
    if cp < 0x80 {
      previous = 0
      continue
    }
    let flags = characterFlags(cp)
    if flags & no != 0 { return .no }
    let cc = combiningClass(cp)
    if cc != 0 && previous > cc { return .no }
    previous = cc
    if flags & maybe != 0 { result = .maybe }
  }
  return result
}

/// unicodedata.normalize; nil where the text is already normal.
public func normalize<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, _ form: NormalizationForm
) -> [UInt32]? {
  if quickCheck(p, form) == .yes { return nil }
  var result: [UInt32] = []
  result.reserveCapacity(p.count + p.count / 2)
  for unit in p { decompose(UInt32(truncatingIfNeeded: unit), form.isCompatible, &result) }
  reorder(&result)
  if form.composes { compose(&result) }
  return result
}

/// unicodedata.is_normalized.
public func isNormalized<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, _ form: NormalizationForm
) -> Bool {
  switch quickCheck(p, form) {
  case .yes: return true
  case .no: return false
  case .maybe:
    guard let normal = normalize(p, form) else { return true }
    return normal.count == p.count && zip(normal, p).allSatisfy { $0 == UInt32(truncatingIfNeeded: $1) }
  }
}
