// What printing a traceback needs from below: entries with positions, source lines, and the parts of an expression to mark.

import Builtins
import Glibc
import Heap
import Objects
import Syntax

/// The last file that a line was taken from.
nonisolated(unsafe) private var cachedPath = ""
nonisolated(unsafe) private var cachedLines: [ArraySlice<UInt8>] = []

private func sourceLine(_ path: String, _ line: Int) -> String? {
  if path != cachedPath || cachedLines.isEmpty {
    guard let bytes = readWholeFile(path) else { return nil }
    cachedPath = path
    cachedLines = bytes.split(separator: 10, omittingEmptySubsequences: false)
  }
  guard line >= 1, line <= cachedLines.count else { return nil }
  var l = cachedLines[line - 1]
  if l.last == 13 { l = l.dropLast() }
  return String(decoding: l, as: UTF8.self)
}

/// For a binary operation or subscript: byte offsets between which the mark goes.
private func anchors(_ segment: UnsafeBufferPointer<UInt8>) -> (Int, Int)? {
  if segment.count > 10_000 { return nil }
  guard case .module(let body, _)? = try? parse(source: segment, options: ParseOptions(ignoreCookie: true)), body.count == 1,
        case .expr(let e) = body[0].kind else { return nil }
  switch e.kind {
  case .binOp(let l, _, let r):
    let from = Int(l.range.endColumn), to = Int(r.range.column)
    guard l.range.endLine == 1, r.range.line == 1, from >= 0, from < to, to <= segment.count else { return nil }
    var i = from
    func space(_ c: UInt8) -> Bool { c == 32 || c >= 9 && c <= 13 }
    while i < to && space(segment[i]) { i += 1 }
    if i >= to { return nil }
    var end = i + 1
    if end < to && !space(segment[end]) { end += 1 }
    return (i, end)
  case .subscript(let v, let s, _):
    guard v.range.endLine == 1, s.range.endLine == 1 else { return nil }
    return (Int(v.range.endColumn), Int(s.range.endColumn) + 1)
  default: return nil
  }
}

func installTraceback(_ t: ThreadRef) {
  // List of (filename, lineno, name, line, end line, column, end column).
  defineAppNative(t, "traceback_entries", "(tb, /)") { t, a, n in
    let out = makeList(t)
    var tb = a[0]
    while tb.isObject && tb.isExact(.traceback) {
      let f = tb.field(1)
      if f.isObject && f.object.pointee.shape == BuiltinType.frame.shape {
        let code = f.to(Frame.self).pointee.code
        let p = tb.field(2).isFixnum ? position(code, at: tb.field(2).fixnum) : nil
        func number(_ i: Int32?) -> Value { i.map { $0 < 0 ? .none : .fixnum(Int($0)) } ?? .none }
        listAppend(t, out, makeTuple(t, [code.code.pointee.filename, tb.field(3), code.code.pointee.name, number(p?.line), number(p?.endLine),
                                         number(p?.column), number(p?.endColumn)]))
      }
      tb = tb.field(0)
    }
    return out
  }
  defineAppNative(t, "traceback_source_line", "(filename, lineno, /)") { t, a, n in
    guard a[0].isStr, a[1].isFixnum else { return .none }
    let name = swiftString(a[0])
    if name.hasPrefix("<") && name.hasSuffix(">") { return .none }
    if let s = sourceLine(name, a[1].fixnum) { return makeStr(t, s) }
    // Compiled under a relative name or moved: look along sys.path.
    let path = sysAttribute(t, "path")
    guard path.isObject, path.isExact(.list) else { return .none }
    let base = name.split(separator: "/").last.map(String.init) ?? name
    for i in 0..<path.listCount where path.listItems[i].isStr {
      if let s = sourceLine(swiftString(path.listItems[i]) + "/" + base, a[1].fixnum) { return makeStr(t, s) }
    }
    return .none
  }
  defineAppNative(t, "traceback_anchors", "(segment, /)") { t, a, n in
    guard a[0].isObject, a[0].kind == .bytes else { return .none }
    guard let (l, r) = anchors(UnsafeBufferPointer(start: UnsafePointer(a[0].bytesData), count: a[0].bytesCount)) else { return .none }
    return pair(t, .fixnum(l), .fixnum(r))
  }
}
