// Natives for what programs do with streams most: lines, small reads and writes, print().
//
// The stream classes are app-level; their slots are record fields, found once by name. A native handles the case that needs no
// other object's method (an open file below, text in memory, room in the buffer) and leaves everything else to the app-level
// method of the same name, which `io_5fast.py` keeps as `io_slow_...`.

import Builtins
import Glibc
import Heap
import Objects

private struct Slots {
  var text = Value.empty, reader = Value.empty, writer = Value.empty, file = Value.empty, bytesIO = Value.empty, stringIO = Value.empty
  // TextIOWrapper
  var ok = 0, buffer = 0, kind = 0, errors = 0, lineBuffering = 0, writeThrough = 0, translate = 0, writenl = 0, chunk = 0, used = 0
  var pending = 0, pendingCount = 0, decoder = 0, telling = 0
  // Buffered streams and files
  var rawOK = 0, raw = 0, size = 0, readerBuffer = 0, readerPosition = 0, writerPending = 0, descriptor = 0
  // BytesIO, StringIO
  var bytesData = 0, bytesPosition = 0
  var parts = 0, length = 0, position = 0, textValue = 0, readnl = 0, universal = 0, stringTranslate = 0, stringWritenl = 0, shut = 0
}
nonisolated(unsafe) private var slots = Slots()

private func slot(_ t: ThreadRef, _ cls: Value, _ name: String) -> Int {
  let m = lookup(cls, intern(t, name))
  return m.isEmpty || !m.isExact(.member) ? 0 : m.field(0).fixnum
}

@inline(__always) private func isInstance(_ v: Value, _ cls: Value) -> Bool { v.isObject && v.type == cls }

/// A FileIO that is open.
@inline(__always) private func isOpenFile(_ raw: Value) -> Bool {
  guard isInstance(raw, slots.file) else { return false }
  let fd = raw.fields[slots.descriptor]
  return fd.isFixnum && fd.fixnum >= 0
}
@inline(__always) private func isOpenReader(_ b: Value) -> Bool {
  b.fields[slots.rawOK] == .true && isOpenFile(b.fields[slots.raw])
}

// MARK: text

/// Text streams that writing only has to append to.
private func canAppend(_ s: Value) -> Bool {
  guard s.fields[slots.ok] == .true, s.fields[slots.writeThrough] == .false, s.fields[slots.writenl].isNone, s.fields[slots.decoder].isNone,
        s.fields[slots.pending].isExact(.list), s.fields[slots.pendingCount].isFixnum else { return false }
  let b = s.fields[slots.buffer]
  return isInstance(b, slots.writer) && b.fields[slots.rawOK] == .true && isOpenFile(b.fields[slots.raw])
}

/// Appends bytes; gives the result of a write that returns `result`: what a tail call gave if data had to move on.
private func append(_ t: ThreadRef, _ s: Value, _ data: Value, flush: Bool, _ result: Value) -> Value {
  listAppend(t, s.fields[slots.pending], data)
  let n = s.fields[slots.pendingCount].fixnum + data.bytesCount
  s.fields[slots.pendingCount] = .fixnum(n)
  if flush { return callApp(t, named: "io_text_flush_line", s, result) }
  if n >= 8192 { return callApp(t, named: "io_text_drain", s, result) }
  return result
}

private func hasLineEnd(_ s: Value) -> Bool {
  if s.strWidth == 1 { return memchr(s.strData, 10, s.strCount) != nil || memchr(s.strData, 13, s.strCount) != nil }
  for i in 0..<s.strCount where s.codePoint(i) == 10 || s.codePoint(i) == 13 { return true }
  return false
}

private func textWrite(_ t: ThreadRef, _ a: Args, _ n: Int) -> Value {
  let s = a[0], x = a[1]
  if x.isExact(.str), canAppend(s) {
    var data = Value.empty
    if x.isASCII {
      if s.fields[slots.kind] != .fixnum(0) { data = makeBytes(t, UnsafeRawBufferPointer(start: x.strData, count: x.strCount)) }
    } else if s.fields[slots.kind] == .fixnum(1) {
      data = encodeNatively(t, NativeCodec.utf8, x, s.fields[slots.errors])
      if data.isEmpty { return .empty }
    }
    // What is more than fits goes out in pieces no larger than a chunk.
    let waiting = s.fields[slots.pendingCount]
    if !data.isEmpty, !waiting.isFixnum || waiting.fixnum == 0 || waiting.fixnum + data.bytesCount <= 8192 { return append(t, s, data, flush: s.fields[slots.lineBuffering] == .true && hasLineEnd(x), .fixnum(x.strCount)) }
  }
  return callApp(t, named: "io_slow_text_write", window: a, n)
}

private func printFast(_ t: ThreadRef, _ a: Args, _ n: Int) -> Value {
  func slow() -> Value {
    func given(_ i: Int) -> Value { a[i].isEmpty ? .none : a[i] }
    return callApp(t, named: "print_slow", a[0], given(1), given(2), given(3), a[4].isEmpty ? .false : a[4])
  }
  guard a[4].isEmpty || a[4] == .false else { return slow() }
  let separator = a[1].isEmpty || a[1].isNone ? makeStr(t, codePoint: 32) : a[1], end = a[2].isEmpty || a[2].isNone ? makeStr(t, codePoint: 10) : a[2]
  guard separator.isExact(.str), end.isExact(.str), separator.isASCII, end.isASCII else { return slow() }
  let stream = a[3].isEmpty || a[3].isNone ? sysAttribute(t, "stdout") : a[3]
  guard !stream.isEmpty, isInstance(stream, slots.text), canAppend(stream), stream.fields[slots.kind] != .fixnum(0) else { return slow() }
  let count = a[0].count, items = a[0].items, w = t.pointee.window!
  guard count < 4096 else { return slow() }
  var total = end.strCount + (count > 1 ? separator.strCount * (count - 1) : 0)
  for i in 0..<count {
    let x = items[i]
    guard x.isExact(.str) || !x.isExact(.int) || x.isFixnum, let s = strNatively(t, x), s.isASCII else { return slow() }
    w[i] = s
    total += s.strCount
  }
  if total == 0 { return .none }
  let data = makeBytes(t, count: total)
  var p = data.bytesData
  func put(_ s: Value) { memcpy(p, s.strData, s.strCount); p += s.strCount }
  for i in 0..<count {
    if i > 0 { put(separator) }
    put(w[i])
  }
  put(end)
  let flush = stream.fields[slots.lineBuffering] == .true && (memchr(data.bytesData, 10, total) != nil || memchr(data.bytesData, 13, total) != nil)
  return append(t, stream, data, flush: flush, .none)
}

/// Index after the next "\n" from `start`, or -1.
private func lineEnd(_ s: Value, _ start: Int) -> Int {
  let n = s.strCount
  if start >= n { return -1 }
  if s.strWidth == 1 {
    guard let p = memchr(s.strData + start, 10, n - start) else { return -1 }
    return UnsafeRawPointer(p) - UnsafeRawPointer(s.strData) + 1
  }
  var i = start
  while i < n { if s.codePoint(i) == 10 { return i + 1 }; i += 1 }
  return -1
}

/// A readable text stream with nothing to write before, and text in memory.
private func hasText(_ s: Value) -> Bool {
  guard s.fields[slots.ok] == .true, s.fields[slots.translate] == .true, s.fields[slots.chunk].isExact(.str), s.fields[slots.used].isFixnum,
        s.fields[slots.pendingCount] == .fixnum(0) else { return false }
  let b = s.fields[slots.buffer]
  if isInstance(b, slots.reader) { return isOpenReader(b) }
  return isInstance(b, slots.bytesIO) && !b.fields[slots.bytesData].isNone
}

private func textLine(_ t: ThreadRef, _ s: Value) -> Value? {
  guard hasText(s) else { return nil }
  let chunk = s.fields[slots.chunk], start = s.fields[slots.used].fixnum
  let end = lineEnd(chunk, start)
  if end < 0 { return nil }
  s.fields[slots.used] = .fixnum(end)
  return substring(t, chunk, start, end)
}

// MARK: bytes

/// Part of a bytes object.
private func part(_ t: ThreadRef, _ b: Value, _ from: Int, _ to: Int) -> Value {
  if to <= from { return weft_vm.emptyBytes }
  if from == 0 && to == b.bytesCount { return b }
  return makeBytes(t, UnsafeRawBufferPointer(start: b.bytesData + from, count: to - from))
}

private func readerLine(_ t: ThreadRef, _ s: Value) -> Value? {
  guard isOpenReader(s) else { return nil }
  let b = s.fields[slots.readerBuffer]
  guard b.isExact(.bytes), s.fields[slots.readerPosition].isFixnum else { return nil }
  let start = s.fields[slots.readerPosition].fixnum, n = b.bytesCount
  guard start < n, let p = memchr(b.bytesData + start, 10, n - start) else { return nil }
  let end = UnsafeRawPointer(p) - UnsafeRawPointer(b.bytesData) + 1
  s.fields[slots.readerPosition] = .fixnum(end)
  return part(t, b, start, end)
}

private func bytesIOData(_ s: Value) -> (Value, Int)? {
  let d = s.fields[slots.bytesData], p = s.fields[slots.bytesPosition]
  return d.isExact(.bytearray) && p.isFixnum ? (d, p.fixnum) : nil
}
private func bytesIORead(_ t: ThreadRef, _ s: Value, _ d: Value, _ from: Int, _ to: Int) -> Value {
  if to <= from { return weft_vm.emptyBytes }
  s.fields[slots.bytesPosition] = .fixnum(to)
  return makeBytes(t, UnsafeRawBufferPointer(start: d.bytearrayData + from, count: to - from))
}
private func bytesIOLine(_ t: ThreadRef, _ s: Value) -> Value? {
  guard let (d, start) = bytesIOData(s) else { return nil }
  let n = d.bytearrayCount
  if start >= n { return weft_vm.emptyBytes }
  let p = memchr(d.bytearrayData + start, 10, n - start)
  return bytesIORead(t, s, d, start, p.map { UnsafeRawPointer($0) - UnsafeRawPointer(d.bytearrayData) + 1 } ?? n)
}
/// Copies `n` bytes to the end of bytearray `d`; false with an exception set.
private func appendBytes(_ t: ThreadRef, _ d: Value, _ p: UnsafePointer<UInt8>, _ n: Int) -> Bool {
  let old = d.bytearrayCount
  guard resizeBytearray(t, d, old + n) else { return false }
  memcpy(d.bytearrayData + old, p, n)
  return true
}

// MARK: StringIO

private func stringLine(_ t: ThreadRef, _ s: Value) -> Value? {
  guard s.fields[slots.shut] == .false, s.fields[slots.parts].isExact(.list), sequenceItems(s.fields[slots.parts])!.1 == 0,
        s.fields[slots.textValue].isExact(.str), s.fields[slots.position].isFixnum else { return nil }
  let newline = s.fields[slots.readnl]
  guard s.fields[slots.stringTranslate] == .true || newline.isExact(.str) && newline.strCount == 1 && newline.codePoint(0) == 10 else { return nil }
  let text = s.fields[slots.textValue], start = s.fields[slots.position].fixnum
  if start >= text.strCount { return weft_vm.emptyStr }
  let end = lineEnd(text, start)
  let to = end < 0 ? text.strCount : end
  s.fields[slots.position] = .fixnum(to)
  return substring(t, text, start, to)
}

func installFastStreams(_ t: ThreadRef) {
  // After the classes exist: finds their slots and puts the natives in place of the methods.
  defineAppNative(t, "io_install_fast", "(text, reader, writer, file, bytes_io, string_io, /)") { t, a, n in
    var s = Slots()
    s.text = a[0]; s.reader = a[1]; s.writer = a[2]; s.file = a[3]; s.bytesIO = a[4]; s.stringIO = a[5]
    s.ok = slot(t, a[0], "_ok"); s.buffer = slot(t, a[0], "_buffer"); s.kind = slot(t, a[0], "_kind"); s.errors = slot(t, a[0], "_errors")
    s.lineBuffering = slot(t, a[0], "_line_buffering"); s.writeThrough = slot(t, a[0], "_write_through")
    s.translate = slot(t, a[0], "_translate"); s.writenl = slot(t, a[0], "_writenl"); s.chunk = slot(t, a[0], "_chunk")
    s.used = slot(t, a[0], "_used"); s.pending = slot(t, a[0], "_pending"); s.pendingCount = slot(t, a[0], "_pending_count")
    s.decoder = slot(t, a[0], "_decoder"); s.telling = slot(t, a[0], "_telling")
    s.rawOK = slot(t, a[1], "_ok"); s.raw = slot(t, a[1], "_raw"); s.size = slot(t, a[1], "_size")
    s.readerBuffer = slot(t, a[1], "_buf"); s.readerPosition = slot(t, a[1], "_pos"); s.writerPending = slot(t, a[2], "_pending")
    s.descriptor = slot(t, a[3], "_fd")
    s.bytesData = slot(t, a[4], "_data"); s.bytesPosition = slot(t, a[4], "_pos")
    s.parts = slot(t, a[5], "_parts"); s.length = slot(t, a[5], "_length"); s.position = slot(t, a[5], "_pos")
    s.textValue = slot(t, a[5], "_text"); s.readnl = slot(t, a[5], "_readnl"); s.universal = slot(t, a[5], "_universal")
    s.stringTranslate = slot(t, a[5], "_translate"); s.stringWritenl = slot(t, a[5], "_writenl"); s.shut = slot(t, a[5], "_shut")
    slots = s
    install(t)
    return .none
  }
}

private func install(_ t: ThreadRef) {
  let text = TypeDefinition(t, slots.text)
  text.method("write", "(self, text, /)", textWrite)
  text.method("__next__", "(self, /)") { t, a, n in
    if let line = textLine(t, a[0]) { a[0].fields[slots.telling] = .false; return line }
    return callApp(t, named: "io_slow_text_next", a[0])
  }
  text.method("readline", "(self, size=-1, /)") { t, a, n in
    if n == 1, let line = textLine(t, a[0]) { return line }
    return callApp(t, named: "io_slow_text_readline", window: a, n)
  }
  text.method("read", "(self, size=-1, /)") { t, a, n in
    if n == 2, a[1].isFixnum, a[1].fixnum >= 0, hasText(a[0]) {
      let chunk = a[0].fields[slots.chunk], start = a[0].fields[slots.used].fixnum
      if a[1].fixnum <= chunk.strCount - start {
        a[0].fields[slots.used] = .fixnum(start + a[1].fixnum)
        return substring(t, chunk, start, start + a[1].fixnum)
      }
    }
    return callApp(t, named: "io_slow_text_read", window: a, n)
  }
  setString(t, builtinsDict, intern(t, "print"),
            makeNative(t, .builtinFunction, "print", "(*args, sep=' ', end='\\n', file=None, flush=False)", owner: intern(t, "builtins"), printFast))

  let reader = TypeDefinition(t, slots.reader)
  reader.method("__next__", "(self, /)") { t, a, n in
    if a[0].type == slots.reader, let line = readerLine(t, a[0]) { return line }
    return callApp(t, named: "io_slow_reader_next", a[0])
  }
  reader.method("readline", "(self, size=-1, /)") { t, a, n in
    if n == 1, let line = readerLine(t, a[0]) { return line }
    return callApp(t, named: "io_slow_reader_readline", window: a, n)
  }
  reader.method("read", "(self, size=-1, /)") { t, a, n in
    let s = a[0]
    if n == 2, a[1].isFixnum, a[1].fixnum >= 0, isOpenReader(s), s.fields[slots.readerBuffer].isExact(.bytes), s.fields[slots.readerPosition].isFixnum {
      let b = s.fields[slots.readerBuffer], start = s.fields[slots.readerPosition].fixnum
      if a[1].fixnum <= b.bytesCount - start {
        s.fields[slots.readerPosition] = .fixnum(start + a[1].fixnum)
        return part(t, b, start, start + a[1].fixnum)
      }
    }
    return callApp(t, named: "io_slow_reader_read", window: a, n)
  }

  let writer = TypeDefinition(t, slots.writer)
  writer.method("write", "(self, buffer, /)") { t, a, n in
    let s = a[0]
    if a[1].isExact(.bytes), s.fields[slots.rawOK] == .true, isOpenFile(s.fields[slots.raw]), s.fields[slots.size].isFixnum {
      let pending = s.fields[slots.writerPending]
      if pending.isExact(.bytearray), pending.bytearrayCount + a[1].bytesCount <= s.fields[slots.size].fixnum {
        return appendBytes(t, pending, a[1].bytesData, a[1].bytesCount) ? .fixnum(a[1].bytesCount) : .empty
      }
    }
    return callApp(t, named: "io_slow_writer_write", window: a, n)
  }

  let bytes = TypeDefinition(t, slots.bytesIO)
  bytes.method("read", "(self, size=-1, /)") { t, a, n in
    if n == 1 || a[1].isFixnum || a[1].isNone, let (d, start) = bytesIOData(a[0]) {
      let size = n == 1 || a[1].isNone ? -1 : a[1].fixnum, left = d.bytearrayCount - start
      return bytesIORead(t, a[0], d, start, start + (size < 0 || size > left ? left : size))
    }
    return callApp(t, named: "io_slow_bytes_read", window: a, n)
  }
  bytes.method("readline", "(self, size=-1, /)") { t, a, n in
    if n == 1, let line = bytesIOLine(t, a[0]) { return line }
    return callApp(t, named: "io_slow_bytes_readline", window: a, n)
  }
  bytes.method("__next__", "(self, /)") { t, a, n in
    if a[0].type == slots.bytesIO, let line = bytesIOLine(t, a[0]), line.bytesCount > 0 { return line }
    return callApp(t, named: "io_slow_bytes_next", a[0])
  }
  bytes.method("write", "(self, b, /)") { t, a, n in
    if a[1].isExact(.bytes), let (d, at) = bytesIOData(a[0]), at == d.bytearrayCount, a[1].bytesCount > 0 {
      guard appendBytes(t, d, a[1].bytesData, a[1].bytesCount) else { return .empty }
      a[0].fields[slots.bytesPosition] = .fixnum(at + a[1].bytesCount)
      return .fixnum(a[1].bytesCount)
    }
    return callApp(t, named: "io_slow_bytes_write", window: a, n)
  }

  let string = TypeDefinition(t, slots.stringIO)
  string.method("write", "(self, s, /)") { t, a, n in
    let s = a[0]
    if a[1].isExact(.str), s.fields[slots.shut] == .false, s.fields[slots.universal] == .false, s.fields[slots.stringWritenl].isNone,
       s.fields[slots.position].isFixnum, s.fields[slots.position] == s.fields[slots.length], s.fields[slots.parts].isExact(.list) {
      let k = a[1].strCount
      if k == 0 { return .fixnum(0) }
      listAppend(t, s.fields[slots.parts], a[1])
      let end = Value.fixnum(s.fields[slots.position].fixnum + k)
      s.fields[slots.position] = end
      s.fields[slots.length] = end
      return .fixnum(k)
    }
    return callApp(t, named: "io_slow_string_write", window: a, n)
  }
  string.method("readline", "(self, size=-1, /)") { t, a, n in
    if n == 1, let line = stringLine(t, a[0]) { return line }
    return callApp(t, named: "io_slow_string_readline", window: a, n)
  }
  string.method("__next__", "(self, /)") { t, a, n in
    if a[0].type == slots.stringIO, let line = stringLine(t, a[0]), line.strCount > 0 { return line }
    return callApp(t, named: "io_slow_string_next", a[0])
  }
}
