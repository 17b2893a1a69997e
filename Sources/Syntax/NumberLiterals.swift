// Values of number tokens.

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// sys.int_info.default_max_str_digits: the longest decimal literal.
private let maxDecimalDigits = 4300

enum NumberValue {
  case constant(Constant)
  case tooManyDigits(Int)
}

func numberValue(_ p: UnsafePointer<UInt8>, _ n: Int) -> NumberValue {
  if n == 1 { return .constant(.int(Int(p[0]) - 48)) }
  var digits = [UInt8]()
  digits.reserveCapacity(n + 1)
  var plain = true
  for i in 0..<n where p[i] != 95 {
    digits.append(p[i])
    if p[i] < 48 || p[i] > 57 { plain = false }
  }
  if plain { return decimalValue(digits) }
  if digits[0] == 48 && digits.count > 1 {
    switch digits[1] | 32 {
    case 120: return .constant(radixValue(digits, bitsPerDigit: 4))
    case 111: return .constant(radixValue(digits, bitsPerDigit: 3))
    case 98: return .constant(radixValue(digits, bitsPerDigit: 1))
    default: break
    }
  }
  let imaginary = digits[digits.count - 1] | 32 == 106
  if imaginary { digits.removeLast() }
  digits.append(0)
  let value = digits.withUnsafeBufferPointer { b in
    b.baseAddress!.withMemoryRebound(to: CChar.self, capacity: b.count) { strtod($0, nil) }
  }
  return .constant(imaginary ? .complex(real: 0, imag: value) : .float(value))
}

private let smallestBig = 1 << 62

private func decimalValue(_ digits: [UInt8]) -> NumberValue {
  if digits.count <= 18 {
    var v = 0
    for d in digits { v = v &* 10 &+ Int(d &- 48) }
    return .constant(.int(v))
  }
  if digits.count > maxDecimalDigits { return .tooManyDigits(digits.count) }
  let stripped = digits.drop { $0 == 48 }
  let text = String(decoding: stripped, as: UTF8.self)
  if stripped.isEmpty { return .constant(.int(0)) }
  if let v = Int(text), v < smallestBig { return .constant(.int(v)) }
  return .constant(.bigInt(text))
}

private func digitValue(_ c: UInt8) -> UInt32 { c <= 57 ? UInt32(c) - 48 : UInt32(c | 32) - 87 }

private func radixValue(_ digits: [UInt8], bitsPerDigit: Int) -> Constant {
  let body = digits[2...].drop { $0 == 48 }
  if body.count * bitsPerDigit <= 62 {
    var v = 0
    for d in body { v = v << bitsPerDigit | Int(digitValue(d)) }
    return .int(v)
  }
  // Little-endian 32-bit limbs.
  var limbs = [UInt32](repeating: 0, count: (body.count * bitsPerDigit + 31) / 32)
  var bit = 0
  for d in body.reversed() {
    let v = UInt64(digitValue(d)) << UInt64(bit & 31)
    limbs[bit >> 5] |= UInt32(truncatingIfNeeded: v)
    if v >> 32 != 0 { limbs[(bit >> 5) + 1] |= UInt32(v >> 32) }
    bit += bitsPerDigit
  }
  while let last = limbs.last, last == 0 { limbs.removeLast() }
  if limbs.count <= 2 {
    let v = UInt64(limbs[0]) | (limbs.count > 1 ? UInt64(limbs[1]) << 32 : 0)
    if v < UInt64(smallestBig) { return .int(Int(v)) }
  }
  return .bigInt(decimalDigits(limbs))
}

/// Decimal digits of a number in little-endian 32-bit limbs: quadratic, nine digits a step.
private func decimalDigits(_ start: [UInt32]) -> String {
  var limbs = start
  var groups: [UInt32] = []
  while !limbs.isEmpty {
    var rest: UInt64 = 0
    for i in stride(from: limbs.count - 1, through: 0, by: -1) {
      let v = rest << 32 | UInt64(limbs[i])
      limbs[i] = UInt32(v / 1_000_000_000)
      rest = v % 1_000_000_000
    }
    groups.append(UInt32(rest))
    while let last = limbs.last, last == 0 { limbs.removeLast() }
  }
  var out = String(groups.last ?? 0)
  for g in groups.dropLast().reversed() {
    let s = String(g)
    out += String(repeating: "0", count: 9 - s.count) + s
  }
  return out
}
