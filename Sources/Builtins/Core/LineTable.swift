// `co_linetable`: the source positions of a code object in the format of CPython 3.11 (its Objects/locations.md), where a
// code unit is an instruction word.
//
// An entry is a byte 1cccckkk (kind c, k + 1 units) and what the kind asks for: 0-9 a start column of 8c ... and a short
// extent on the same line; 10-12 columns, 0-2 lines on; 13 a line only; 14 everything; 15 no position.

import Bytecode
import Heap
import Objects

func encodeLineTable(_ c: CodeObject) -> [UInt8] {
  var out: [UInt8] = []
  var line = Int(c.firstLine)
  func varint(_ v: Int) {
    var v = v
    while v >= 64 { out.append(UInt8(v & 63 | 64)); v >>= 6 }
    out.append(UInt8(v))
  }
  func signed(_ v: Int) { varint(v < 0 ? -v << 1 | 1 : v << 1) }
  guard let p = c.positions?.assumingMemoryBound(to: PackedPosition.self) else { return out }
  for i in 0..<c.positionCount {
    let e = p[i]
    var left = (i + 1 < c.positionCount ? Int(p[i + 1].start) : c.instructionCount) - Int(e.start)
    while left > 0 {
      let n = min(left, 8)
      left -= n
      func head(_ kind: Int) { out.append(UInt8(0x80 | kind << 3 | (n - 1))) }
      if e.line < 0 { head(15); continue }
      let delta = Int(e.line) - line, from = Int(e.column), to = Int(e.endColumn)
      line = Int(e.line)
      if from < 0 || to < 0 {
        head(13)
        signed(delta)
      } else if e.endLine == e.line, delta == 0, from < 80, to >= from, to - from < 16 {
        head(from >> 3)
        out.append(UInt8((from & 7) << 4 | (to - from)))
      } else if e.endLine == e.line, delta >= 0, delta < 3, from < 128, to < 128 {
        head(10 + delta)
        out.append(UInt8(from))
        out.append(UInt8(to))
      } else {
        head(14)
        signed(delta)
        varint(max(0, Int(e.endLine) - Int(e.line)))
        varint(from + 1)
        varint(to + 1)
      }
    }
  }
  return out
}

/// The positions of `words` instruction words; what the table does not reach has none. nil: the table breaks off.
func decodeLineTable(_ table: UnsafeBufferPointer<UInt8>, firstLine: Int32, words: Int) -> [PositionEntry]? {
  var out: [PositionEntry] = []
  var i = 0, at = 0
  var line = firstLine
  func byte() -> Int? {
    guard i < table.count else { return nil }
    i += 1
    return Int(table[i - 1])
  }
  func varint() -> Int32? {
    var v = 0, shift = 0
    while let b = byte() {
      if shift < 36 { v |= (b & 63) << shift }
      shift += 6
      if b & 64 == 0 { return Int32(truncatingIfNeeded: v) }
    }
    return nil
  }
  func signed() -> Int32? { varint().map { u in u & 1 != 0 ? 0 &- (u >> 1) : u >> 1 } }
  while i < table.count, at < words {
    guard let head = byte(), head & 0x80 != 0 else { return nil }
    let kind = head >> 3 & 15
    var e = PositionEntry(start: UInt32(at), line: -1, endLine: -1, column: -1, endColumn: -1)
    switch kind {
    case 0...9:
      guard let b = byte() else { return nil }
      let from = Int32(kind * 8 + (b >> 4 & 7))
      e = PositionEntry(start: UInt32(at), line: line, endLine: line, column: from, endColumn: from + Int32(b & 15))
    case 10...12:
      guard let from = byte(), let to = byte() else { return nil }
      line = line &+ Int32(kind - 10)
      e = PositionEntry(start: UInt32(at), line: line, endLine: line, column: Int32(from), endColumn: Int32(to))
    case 13:
      guard let d = signed() else { return nil }
      line = line &+ d
      e = PositionEntry(start: UInt32(at), line: line, endLine: line, column: -1, endColumn: -1)
    case 14:
      guard let d = signed(), let end = varint(), let from = varint(), let to = varint() else { return nil }
      line = line &+ d
      e = PositionEntry(start: UInt32(at), line: line, endLine: line &+ end, column: from &- 1, endColumn: to &- 1)
    default: break
    }
    out.append(e)
    at += (head & 7) + 1
  }
  if at < words { out.append(PositionEntry(start: UInt32(at), line: -1, endLine: -1, column: -1, endColumn: -1)) }
  return out
}
