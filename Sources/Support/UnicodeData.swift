// Properties of characters and case mapping, Unicode 14.0 with Python's definitions.

@usableFromInline
internal struct CharacterFlags {
  static let alpha: UInt32 = 1
  static let decimal: UInt32 = 1 << 1
  static let digit: UInt32 = 1 << 2
  static let numeric: UInt32 = 1 << 3
  static let space: UInt32 = 1 << 4
  static let upper: UInt32 = 1 << 5
  static let lower: UInt32 = 1 << 6
  static let title: UInt32 = 1 << 7
  static let printable: UInt32 = 1 << 8
  static let identifierStart: UInt32 = 1 << 9
  static let identifierContinue: UInt32 = 1 << 10
  static let lineBreak: UInt32 = 1 << 11
  static let cased: UInt32 = 1 << 12
  static let caseIgnorable: UInt32 = 1 << 13
  static let mirrored: UInt32 = 1 << 14
  static let notNFD: UInt32 = 1 << 15
  static let notNFKD: UInt32 = 1 << 16
  static let notNFC: UInt32 = 1 << 17
  static let composesBackward: UInt32 = 1 << 18
  static let notNFKC: UInt32 = 1 << 19
}

/// The number in `width` six-bit characters at `p`.
@inline(__always)
internal func unpack(_ p: UnsafePointer<UInt8>, _ width: Int) -> Int {
  var value = 0
  for i in 0..<width { value = value &<< 6 | Int(p[i] &- 48) }
  return value
}

/// The property record of a code point: sixteen six-bit characters.
@inline(__always)
internal func characterRecord(_ cp: UInt32) -> UnsafePointer<UInt8> {
  let code = cp < 0x110000 ? Int(cp) : 0
  let block = unpack(UnicodeTables.recordIndex.utf8Start + (code &>> 7) &* 2, 2)
  let record = unpack(UnicodeTables.recordBlocks.utf8Start + (block &<< 7 | code & 127) &* 2, 2)
  return UnicodeTables.records.utf8Start + record &* 16
}

@inline(__always)
internal func characterFlags(_ cp: UInt32) -> UInt32 {
  UInt32(truncatingIfNeeded: unpack(characterRecord(cp), 4))
}

@usableFromInline
internal func hasFlag(_ cp: UInt32, _ flag: UInt32) -> Bool {
  characterFlags(cp) & flag != 0
}

@usableFromInline
internal func isSpaceBeyondASCII(_ cp: UInt32) -> Bool { characterFlags(cp) & CharacterFlags.space != 0 }
@usableFromInline
internal func isAlphaBeyondASCII(_ cp: UInt32) -> Bool { characterFlags(cp) & CharacterFlags.alpha != 0 }
@usableFromInline
internal func isUpperBeyondASCII(_ cp: UInt32) -> Bool { characterFlags(cp) & CharacterFlags.upper != 0 }
@usableFromInline
internal func isLowerBeyondASCII(_ cp: UInt32) -> Bool { characterFlags(cp) & CharacterFlags.lower != 0 }
@usableFromInline
internal func isPrintableBeyondASCII(_ cp: UInt32) -> Bool { characterFlags(cp) & CharacterFlags.printable != 0 }
@usableFromInline
internal func isDecimalBeyondASCII(_ cp: UInt32) -> Bool { characterFlags(cp) & CharacterFlags.decimal != 0 }
@usableFromInline
internal func isIdentifierStartBeyondASCII(_ cp: UInt32) -> Bool {
  characterFlags(cp) & CharacterFlags.identifierStart != 0
}
@usableFromInline
internal func isIdentifierContinueBeyondASCII(_ cp: UInt32) -> Bool {
  characterFlags(cp) & CharacterFlags.identifierContinue != 0
}
@usableFromInline
internal func isAlphanumericBeyondASCII(_ cp: UInt32) -> Bool {
  characterFlags(cp)
    & (CharacterFlags.alpha | CharacterFlags.decimal | CharacterFlags.digit | CharacterFlags.numeric) != 0
}

@inlinable @inline(__always)
internal func isASCIILetter(_ cp: UInt32) -> Bool { (cp | 32) &- 97 < 26 }

/// str.isspace for one code point.
@inlinable @inline(__always)
public func isSpace(_ cp: UInt32) -> Bool {
  if cp < 128 { return cp == 32 || cp &- 9 < 5 || cp &- 28 < 4 }
  return isSpaceBeyondASCII(cp)
}

/// A line boundary of str.splitlines.
@inlinable @inline(__always)
public func isLineBreak(_ cp: UInt32) -> Bool {
  if cp < 128 { return cp &- 10 < 4 || cp &- 28 < 3 }
  return cp == 0x85 || cp == 0x2028 || cp == 0x2029
}

@inlinable @inline(__always)
public func isAlpha(_ cp: UInt32) -> Bool {
  cp < 128 ? isASCIILetter(cp) : isAlphaBeyondASCII(cp)
}

@inlinable @inline(__always)
public func isDecimal(_ cp: UInt32) -> Bool {
  cp < 128 ? cp &- 48 < 10 : isDecimalBeyondASCII(cp)
}

public func isDigit(_ cp: UInt32) -> Bool {
  cp < 128 ? cp &- 48 < 10 : hasFlag(cp, CharacterFlags.digit)
}

public func isNumeric(_ cp: UInt32) -> Bool {
  cp < 128 ? cp &- 48 < 10 : hasFlag(cp, CharacterFlags.numeric)
}

@inlinable @inline(__always)
public func isAlphanumeric(_ cp: UInt32) -> Bool {
  cp < 128 ? isASCIILetter(cp) || cp &- 48 < 10 : isAlphanumericBeyondASCII(cp)
}

@inlinable @inline(__always)
public func isUpper(_ cp: UInt32) -> Bool {
  cp < 128 ? cp &- 65 < 26 : isUpperBeyondASCII(cp)
}

@inlinable @inline(__always)
public func isLower(_ cp: UInt32) -> Bool {
  cp < 128 ? cp &- 97 < 26 : isLowerBeyondASCII(cp)
}

/// Title-case letters proper (category Lt).
public func isTitle(_ cp: UInt32) -> Bool {
  cp >= 128 && hasFlag(cp, CharacterFlags.title)
}

@inlinable @inline(__always)
public func isPrintable(_ cp: UInt32) -> Bool {
  cp < 128 ? cp &- 32 < 95 : isPrintableBeyondASCII(cp)
}

/// A character that may begin an identifier ('_' included).
@inlinable @inline(__always)
public func isIdentifierStart(_ cp: UInt32) -> Bool {
  cp < 128 ? isASCIILetter(cp) || cp == 95 : isIdentifierStartBeyondASCII(cp)
}

@inlinable @inline(__always)
public func isIdentifierContinue(_ cp: UInt32) -> Bool {
  cp < 128 ? isASCIILetter(cp) || cp &- 48 < 10 || cp == 95 : isIdentifierContinueBeyondASCII(cp)
}

public func isCased(_ cp: UInt32) -> Bool {
  cp < 128 ? isASCIILetter(cp) : hasFlag(cp, CharacterFlags.cased)
}

public func isCaseIgnorable(_ cp: UInt32) -> Bool { hasFlag(cp, CharacterFlags.caseIgnorable) }

public func isMirrored(_ cp: UInt32) -> Bool { hasFlag(cp, CharacterFlags.mirrored) }

/// The value of a decimal digit of any script.
public func decimalValue(_ cp: UInt32) -> Int? {
  if cp < 128 { return cp &- 48 < 10 ? Int(cp) - 48 : nil }
  let value = Int(characterRecord(cp)[9] &- 48)
  return value < 10 ? value : nil
}

public func digitValueOfCharacter(_ cp: UInt32) -> Int? {
  let value = Int(characterRecord(cp)[10] &- 48)
  return value < 10 ? value : nil
}

public func numericValue(_ cp: UInt32) -> Double? {
  let index = unpack(characterRecord(cp) + 11, 2)
  if index == 0 { return nil }
  var bits: UInt64 = 0
  let p = UnicodeTables.numericValues.utf8Start + (index - 1) * 11
  for i in 0..<11 { bits = bits &<< 6 | UInt64(p[i] &- 48) }
  return Double(bitPattern: bits)
}

/// The two-letter general category.
public func generalCategory(_ cp: UInt32) -> StaticString {
  UnicodeTables.category(Int(characterRecord(cp)[4] &- 48))
}

/// The bidirectional class; empty where unassigned.
public func bidirectionalClass(_ cp: UInt32) -> StaticString {
  UnicodeTables.bidirectional(Int(characterRecord(cp)[5] &- 48))
}

public func eastAsianWidth(_ cp: UInt32) -> StaticString {
  UnicodeTables.eastAsianWidth(Int(characterRecord(cp)[6] &- 48))
}

/// The canonical combining class.
public func combiningClass(_ cp: UInt32) -> Int {
  cp < 0x300 ? 0 : unpack(characterRecord(cp) + 7, 2)
}

// MARK: Case mapping

/// Which mapping of a code point.
public enum CaseMapping: Int {
  case upper = 0
  case lower = 1
  case title = 2
  case fold = 3
}

@inline(__always)
private func caseRecord(_ cp: UInt32) -> UnsafePointer<UInt8> {
  UnicodeTables.caseRecords.utf8Start + unpack(characterRecord(cp) + 13, 2) &* 20
}

@inline(__always)
private func simpleMapping(_ cp: UInt32, _ mapping: CaseMapping) -> UInt32 {
  let delta = unpack(caseRecord(cp) + mapping.rawValue &* 4, 4) &- (1 << 23)
  return UInt32(truncatingIfNeeded: Int(cp) &+ delta)
}

/// The simple (one to one) mappings, as regular expressions use them.
public func simpleUpper(_ cp: UInt32) -> UInt32 {
  cp < 128 ? (cp &- 97 < 26 ? cp - 32 : cp) : simpleMapping(cp, .upper)
}

public func simpleLower(_ cp: UInt32) -> UInt32 {
  cp < 128 ? (cp &- 65 < 26 ? cp + 32 : cp) : simpleMapping(cp, .lower)
}

public func simpleTitle(_ cp: UInt32) -> UInt32 {
  cp < 128 ? (cp &- 97 < 26 ? cp - 32 : cp) : simpleMapping(cp, .title)
}

/// The full mapping of a code point: one to three code points, passed to `emit` in turn.
@inline(__always)
private func mapFully(_ cp: UInt32, _ mapping: CaseMapping, _ emit: (UInt32) -> Void) {
  if cp < 128 {
    switch mapping {
    case .upper, .title: emit(cp &- 97 < 26 ? cp - 32 : cp)
    case .lower, .fold: emit(cp &- 65 < 26 ? cp + 32 : cp)
    }
    return
  }
  let record = caseRecord(cp)
  let special = unpack(record + 16, 2)
  if special == 0 {
    let delta = unpack(record + mapping.rawValue &* 4, 4) &- (1 << 23)
    emit(UInt32(truncatingIfNeeded: Int(cp) &+ delta))
    return
  }
  let p = UnicodeTables.specialCases.utf8Start + (special &- 1) &* 48 + mapping.rawValue &* 12
  emit(UInt32(truncatingIfNeeded: unpack(p, 4)))
  let second = unpack(p + 4, 4)
  if second != 0 {
    emit(UInt32(truncatingIfNeeded: second))
    let third = unpack(p + 8, 4)
    if third != 0 { emit(UInt32(truncatingIfNeeded: third)) }
  }
}

/// The full mapping of one code point.
public func fullMapping(_ cp: UInt32, _ mapping: CaseMapping) -> [UInt32] {
  var result: [UInt32] = []
  mapFully(cp, mapping) { result.append($0) }
  return result
}

/// The lower case of a capital sigma at `position`: final or not.
private func lowerSigma<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, _ position: Int
) -> UInt32 {
  var j = position - 1
  while j >= 0 && isCaseIgnorable(UInt32(truncatingIfNeeded: p[j])) { j -= 1 }
  guard j >= 0 && isCased(UInt32(truncatingIfNeeded: p[j])) else { return 0x3C3 }
  j = position + 1
  while j < p.count && isCaseIgnorable(UInt32(truncatingIfNeeded: p[j])) { j += 1 }
  return j == p.count || !isCased(UInt32(truncatingIfNeeded: p[j])) ? 0x3C2 : 0x3C3
}

@_specialize(where C == UInt8)
@_specialize(where C == UInt16)
@_specialize(where C == UInt32)
private func mapAll<C: FixedWidthInteger & UnsignedInteger>(
  _ p: UnsafeBufferPointer<C>, _ choose: (Int, UInt32) -> CaseMapping
) -> [UInt32] {
  var result: [UInt32] = []
  result.reserveCapacity(p.count)
  for i in 0..<p.count {
    let cp = UInt32(truncatingIfNeeded: p[i])
    let mapping = choose(i, cp)
    if cp == 0x3A3 && mapping == .lower {
      result.append(lowerSigma(p, i))
    } else {
      mapFully(cp, mapping) { result.append($0) }
    }
  }
  return result
}

/// str.upper.
public func uppercase<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> [UInt32] {
  mapAll(p) { _, _ in .upper }
}

/// str.lower, final sigma included.
public func lowercase<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> [UInt32] {
  mapAll(p) { _, _ in .lower }
}

/// str.casefold.
public func casefold<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> [UInt32] {
  mapAll(p) { _, _ in .fold }
}

/// str.capitalize.
public func capitalize<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> [UInt32] {
  mapAll(p) { i, _ in i == 0 ? .title : .lower }
}

/// str.title.
public func titlecase<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> [UInt32] {
  var afterCased = false
  return mapAll(p) { _, cp in
    let mapping: CaseMapping = afterCased ? .lower : .title
    afterCased = isCased(cp)
    return mapping
  }
}

/// str.swapcase.
public func swapcase<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> [UInt32] {
  var result: [UInt32] = []
  result.reserveCapacity(p.count)
  for i in 0..<p.count {
    let cp = UInt32(truncatingIfNeeded: p[i])
    if isUpper(cp) {
      if cp == 0x3A3 {
        result.append(lowerSigma(p, i))
      } else {
        mapFully(cp, .lower) { result.append($0) }
      }
    } else if isLower(cp) {
      mapFully(cp, .upper) { result.append($0) }
    } else {
      result.append(cp)
    }
  }
  return result
}

/// ASCII case mapping in place of a copy: writes `count` bytes at `out`. Other bytes are copied.
@inlinable
public func copyUppercaseASCII(_ p: UnsafePointer<UInt8>, _ count: Int, to out: UnsafeMutablePointer<UInt8>) {
  for i in 0..<count {
    let byte = p[i]
    out[i] = byte &- 97 < 26 ? byte ^ 32 : byte
  }
}

@inlinable
public func copyLowercaseASCII(_ p: UnsafePointer<UInt8>, _ count: Int, to out: UnsafeMutablePointer<UInt8>) {
  for i in 0..<count {
    let byte = p[i]
    out[i] = byte &- 65 < 26 ? byte ^ 32 : byte
  }
}

/// str.isidentifier (keywords included).
public func isIdentifier<C: FixedWidthInteger & UnsignedInteger>(_ p: UnsafeBufferPointer<C>) -> Bool {
  guard p.count > 0, isIdentifierStart(UInt32(truncatingIfNeeded: p[0])) else { return false }
  for i in 1..<p.count where !isIdentifierContinue(UInt32(truncatingIfNeeded: p[i])) { return false }
  return true
}
