// Code units as text, for people and for tests: no addresses, the same text for the same unit.

public func disassemble(_ unit: CodeUnit, recursive: Bool) -> String {
  var out = ""
  write(unit, recursive: recursive, to: &out)
  return out
}

/// A constant as the listing shows it.
public func describe(_ c: CodeConstant) -> String {
  switch c {
  case .none: return "None"
  case .true: return "True"
  case .false: return "False"
  case .ellipsis: return "Ellipsis"
  case .int(let i): return String(i)
  case .bigInt(let s): return s
  case .float(let d): return String(describing: d)
  case .complex(let r, let i): return "complex(\(r), \(i))"
  case .str(let t):
    var s = "'"
    for u in t {
      switch u {
      case 10: s += "\\n"
      case 39: s += "\\'"
      case 92: s += "\\\\"
      case 32..<127: s.unicodeScalars.append(Unicode.Scalar(u)!)
      default: s += "\\u{" + String(u, radix: 16) + "}"
      }
    }
    return s + "'"
  case .bytes(let b):
    return "b'" + b.map { $0 >= 32 && $0 < 127 && $0 != 39 && $0 != 92 ? String(UnicodeScalar($0)) : "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'"
  case .tuple(let t): return "(" + t.map(describe).joined(separator: ", ") + (t.count == 1 ? ",)" : ")")
  case .frozenSet(let t): return "frozenset({" + t.map(describe).joined(separator: ", ") + "})"
  case .code(let u): return "<code \(u.qualifiedName)>"
  }
}

/// An instruction as a listing shows it.
public struct ListedInstruction {
  public var offset: Int, opcode: Opcode, operands: String
  /// Where a jump goes.
  public var target: Int?
  public var position: PositionEntry?
}

/// All instructions of a unit, without those of the units within it.
public func listing(_ u: CodeUnit) -> [ListedInstruction] {
  var out: [ListedInstruction] = []
  var p = 0, at = 0
  u.instructions.withUnsafeBufferPointer { words in
    while at < words.count {
      while p < u.positions.count, u.positions[p].start <= at { p += 1 }
      guard let i = Instruction.decode(words, at: at) else { at += 1; continue }
      let jumps = i.opcode == .jmp || i.opcode == .loop
      out.append(ListedInstruction(offset: at, opcode: i.opcode, operands: operands(u, i, at).joined(separator: " "), target: jumps ? at + i.length + i.a : nil,
                                   position: p > 0 ? u.positions[p - 1] : nil))
      at += i.length
    }
  }
  return out
}

private func register(_ u: CodeUnit, _ r: Int) -> String { r < u.variables.count ? "r\(r)[\(u.variables[r].name)]" : "r\(r)" }

private func operands(_ u: CodeUnit, _ i: Instruction, _ at: Int) -> [String] {
  func constant(_ k: Int) -> String { "k\(k)=" + (k < u.constants.count ? describe(u.constants[k]) : "?") }
  func name(_ n: Int) -> String { n < u.names.count ? "." + u.names[n] : "n\(n)?" }
  func field(_ role: Role, _ v: Int) -> String? {
    switch role {
    case .unused: return nil
    case .use, .def, .useDef, .window: return register(u, v)
    case .constant: return constant(v)
    case .name: return name(v)
    case .immediate: return "#\(v)"
    case .offset: return nil
    }
  }
  let info = Opcode.table[Int(i.opcode.rawValue)]
  var parts = [field(info.a, i.a), field(info.b, i.b), field(info.c, i.c)].compactMap { $0 }
  switch i.opcode {
  case .jmp, .loop: parts.append("-> \(at + i.length + i.a)")
  case .intrinsic: parts[parts.count - 1] = i.c < Intrinsic.allCases.count ? "\(Intrinsic.allCases[i.c])" : "?"
  case .getSpecial: parts[parts.count - 1] = i.c < SpecialMethod.allCases.count ? SpecialMethod.allCases[i.c].name : "?"
  default: break
  }
  switch info.extra {
  case .constant: parts.append(constant(Int(i.extra)))
  case .immediate: parts.append("+\(i.extra)")
  case .cache, .none: break
  }
  return parts
}

private func write(_ u: CodeUnit, recursive: Bool, to out: inout String) {
  out += "code \(u.qualifiedName) line \(u.firstLine) args \(u.argCount)/\(u.posOnlyArgCount)/\(u.kwOnlyArgCount)"
  out += " registers \(u.registerCount) caches \(u.cacheCount) flags 0x\(String(u.flags.rawValue, radix: 16))\n"
  if !u.variables.isEmpty {
    out += "  variables " + u.variables.enumerated().map { "\($0.offset):\($0.element.name)" + ($0.element.kind == .local ? "" : "(\($0.element.kind))") }.joined(separator: " ") + "\n"
  }
  var p = 0, line: Int32 = -2
  u.instructions.withUnsafeBufferPointer { words in
    var at = 0
    while at < words.count {
      while p < u.positions.count, u.positions[p].start <= at { p += 1 }
      let position = p > 0 ? u.positions[p - 1] : nil
      let here = position?.line ?? -1
      out += here != line ? pad(here < 0 ? "--" : String(here), 6) : pad("", 6)
      line = here
      out += pad(String(at), 6) + "  "
      guard let i = Instruction.decode(words, at: at) else {
        out += "?\n"
        at += 1
        continue
      }
      let op = "\(i.opcode)"
      out += op + String(repeating: " ", count: max(1, 16 - op.utf8.count)) + operands(u, i, at).joined(separator: " ")
      if let q = position, q.column >= 0 { out += "  ; \(q.column)-\(q.endLine != q.line ? "\(q.endLine):" : "")\(q.endColumn)" }
      out += "\n"
      at += i.length
    }
  }
  for e in u.exceptions { out += "  \(e.start)..<\(e.end) -> \(e.handler) in \(register(u, Int(e.register)))\n" }
  guard recursive else { return }
  for c in u.constants { if case .code(let inner) = c { out += "\n"; write(inner, recursive: true, to: &out) } }
}

private func pad(_ s: String, _ n: Int) -> String { String(repeating: " ", count: max(0, n - s.utf8.count)) + s }
