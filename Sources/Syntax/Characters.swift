// Character classes: ASCII by table, the rest by Unicode properties.

@_spi(_Unicode) import Swift

enum CharacterClass: UInt8 {
  case other, identifier, digit
  var continuesName: Bool { self != .other }
}

let characterClass: UnsafePointer<CharacterClass> = {
  let t = UnsafeMutablePointer<CharacterClass>.allocate(capacity: 256)
  for i in 0..<256 {
    let lower = i | 32
    t[i] = (lower >= 97 && lower <= 122 && i != 96 && i < 128 && (i >= 65)) || i == 95 || i >= 128 ? .identifier
      : i >= 48 && i <= 57 ? .digit : .other
  }
  return UnsafePointer(t)
}()

func decodeScalar(_ b: UnsafePointer<UInt8>, _ i: Int, _ n: Int) -> UInt32 {
  switch n {
  case 1: return UInt32(b[i])
  case 2: return UInt32(b[i] & 0x1F) << 6 | UInt32(b[i + 1] & 0x3F)
  case 3: return UInt32(b[i] & 0x0F) << 12 | UInt32(b[i + 1] & 0x3F) << 6 | UInt32(b[i + 2] & 0x3F)
  default:
    return UInt32(b[i] & 0x07) << 18 | UInt32(b[i + 1] & 0x3F) << 12 | UInt32(b[i + 2] & 0x3F) << 6 | UInt32(b[i + 3] & 0x3F)
  }
}

func isIdentifierStart(_ v: UInt32) -> Bool {
  if v == 95 { return true }
  guard let s = Unicode.Scalar(v) else { return false }
  return s.properties.isXIDStart
}

func isIdentifierContinue(_ v: UInt32) -> Bool {
  guard let s = Unicode.Scalar(v) else { return false }
  return s.properties.isXIDContinue
}

/// As str.isprintable for one code point.
func isPrintable(_ v: UInt32) -> Bool {
  guard let s = Unicode.Scalar(v) else { return false }
  switch s.properties.generalCategory {
  case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
  case .spaceSeparator: return v == 32
  default: return true
  }
}

/// The canonical composition: what NFKC gives where no compatibility character occurs.
func composedForm(_ s: String) -> String {
  var out = String.UnicodeScalarView()
  for u in s._nfc { out.append(u) }
  return String(out)
}
