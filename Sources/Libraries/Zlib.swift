// `zlib`: the steps of deflating and inflating. Its classes and loops are app-level (libraries_compression.py).

import Builtins
import CZlib
import Glibc
import Heap
import Objects

private struct ZlibStream {
  let z: UnsafeMutablePointer<z_stream>
  let deflating: Bool
  func close() {
    if deflating { deflateEnd(z) } else { inflateEnd(z) }
    z.deallocate()
  }
}
nonisolated(unsafe) private var streams = HandleTable<ZlibStream>()

/// Most input and output of one step.
private let inputStep = 1 << 18, outputStep = 1 << 20
private let streamSize = Int32(MemoryLayout<z_stream>.size)

private func small(_ v: Value) -> Int32? { v.asInt.flatMap { Int32(exactly: $0) } }

func installZlib(_ t: ThreadRef) {
  // A new stream; a negative number is the library's error.
  defineAppNative(t, "zlibDeflateOpen", "(level, method, wbits, memLevel, strategy, /)") { t, a, n in
    guard let level = small(a[0]), let method = small(a[1]), let bits = small(a[2]), let memory = small(a[3]), let strategy = small(a[4]) else {
      return t.raise(.OverflowError, "Python int too large to convert to C int")
    }
    let z = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    z.initialize(to: z_stream())
    let code = deflateInit2_(z, level, method, bits, memory, strategy, ZLIB_VERSION, streamSize)
    if code != Z_OK { z.deallocate(); return .fixnum(Int(code)) }
    return streams.add(ZlibStream(z: z, deflating: true))
  }
  defineAppNative(t, "zlibInflateOpen", "(wbits, /)") { t, a, n in
    guard let bits = small(a[0]) else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
    let z = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    z.initialize(to: z_stream())
    let code = inflateInit2_(z, bits, ZLIB_VERSION, streamSize)
    if code != Z_OK { z.deallocate(); return .fixnum(Int(code)) }
    return streams.add(ZlibStream(z: z, deflating: false))
  }
  defineAppNative(t, "zlibClose", "(stream, /)") { t, a, n in
    streams.remove(a[0])?.close()
    return .none
  }
  defineAppNative(t, "zlibCopy", "(stream, /)") { t, a, n in
    guard let s = streams[a[0]] else { return .fixnum(Int(Z_STREAM_ERROR)) }
    let z = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    z.initialize(to: z_stream())
    let code = s.deflating ? deflateCopy(z, s.z) : inflateCopy(z, s.z)
    if code != Z_OK { z.deallocate(); return .fixnum(Int(code)) }
    return streams.add(ZlibStream(z: z, deflating: s.deflating))
  }
  defineAppNative(t, "zlibMessage", "(stream, /)") { t, a, n in
    guard let s = streams[a[0]], let m = s.z.pointee.msg else { return .none }
    return makeStr(t, String(cString: m))
  }
  defineAppNative(t, "zlibDictionary", "(stream, dictionary, /)") { t, a, n in
    guard let s = streams[a[0]], let b = bufferView(a[1]) else { return .fixnum(Int(Z_STREAM_ERROR)) }
    if b.count > Int(UInt32.max) { return t.raise(.OverflowError, "zdict length does not fit in an unsigned int") }
    let code = s.deflating ? deflateSetDictionary(s.z, b.base, UInt32(b.count)) : inflateSetDictionary(s.z, b.base, UInt32(b.count))
    return .fixnum(Int(code))
  }
  // Deflates a part of data[from:]; `mode` counts for the last part.
  defineAppNative(t, "zlibDeflate", "(stream, data, from, mode, /)") { t, a, n in
    guard let b = bufferView(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    guard let mode = small(a[3]) else { return t.raise(.OverflowError, "Python int too large to convert to C int") }
    guard let s = streams[a[0]], a[2].isFixnum else { return makeTuple(t, [weft_vm.emptyBytes, .fixnum(0), .fixnum(Int(Z_STREAM_ERROR))]) }
    let from = min(max(a[2].fixnum, 0), b.count)
    let count = min(inputStep, b.count - from)
    s.z.pointee.next_in = b.base + from
    s.z.pointee.avail_in = UInt32(count)
    let flush = from + count < b.count ? Z_NO_FLUSH : mode
    var out = StepOutput(max(1024, count / 2)), used = 0
    var code = Z_OK
    while true {
      if used == out.capacity { out.grow(used: used, to: out.capacity * 2) }
      let room = UInt32(out.capacity - used)
      s.z.pointee.next_out = out.bytes + used
      s.z.pointee.avail_out = room
      code = deflate(s.z, flush)
      used += Int(room - s.z.pointee.avail_out)
      if code != Z_OK || s.z.pointee.avail_out != 0 { break }
    }
    s.z.pointee.next_in = nil
    let next = b.count - (b.count - from - count) - Int(s.z.pointee.avail_in)
    s.z.pointee.avail_in = 0
    return out.result(t, used, next, code)
  }
  // Inflates a part of data[from:] to at most `limit` bytes (a step's worth when negative).
  defineAppNative(t, "zlibInflate", "(stream, data, from, limit, mode, /)") { t, a, n in
    guard let b = bufferView(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    guard let s = streams[a[0]], a[2].isFixnum, let limit = a[3].asInt, let mode = small(a[4]) else {
      return makeTuple(t, [weft_vm.emptyBytes, .fixnum(0), .fixnum(Int(Z_STREAM_ERROR))])
    }
    let from = min(max(a[2].fixnum, 0), b.count)
    let count = min(inputStep, b.count - from)
    let most = limit < 0 ? outputStep : min(limit, outputStep)
    s.z.pointee.next_in = b.base + from
    s.z.pointee.avail_in = UInt32(count)
    var out = StepOutput(min(most, max(1024, count * 4))), used = 0
    var code = Z_OK
    while true {
      if used >= most { break }
      if used == out.capacity { out.grow(used: used, to: min(most, out.capacity * 2)) }
      let room = UInt32(min(out.capacity, most) - used)
      s.z.pointee.next_out = out.bytes + used
      s.z.pointee.avail_out = room
      code = inflate(s.z, mode)
      used += Int(room - s.z.pointee.avail_out)
      if code != Z_OK || s.z.pointee.avail_out != 0 { break }
    }
    s.z.pointee.next_in = nil
    let next = from + count - Int(s.z.pointee.avail_in)
    s.z.pointee.avail_in = 0
    return out.result(t, used, next, code)
  }
}

/// An int's low 32 bits.
private func word(_ v: Value) -> UInt32 {
  if v.isFixnum { return UInt32(truncatingIfNeeded: v.fixnum) }
  guard v.isInt, v.intObject.pointee.count != 0 else { return 0 }
  let w = UInt32(truncatingIfNeeded: v.limbs[0])
  return v.intSign < 0 ? 0 &- w : w
}

func makeZlibModule(_ t: ThreadRef) -> Value {
  let m = ModuleDefinition(t, "zlib", doc: "Compression in the format of gzip and zip.")
  for (name, value) in [
    ("MAX_WBITS", MAX_WBITS), ("DEFLATED", Z_DEFLATED), ("DEF_MEM_LEVEL", 8), ("DEF_BUF_SIZE", 16384),
    ("Z_BEST_SPEED", Z_BEST_SPEED), ("Z_BEST_COMPRESSION", Z_BEST_COMPRESSION), ("Z_DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION),
    ("Z_NO_COMPRESSION", Z_NO_COMPRESSION), ("Z_FILTERED", Z_FILTERED), ("Z_HUFFMAN_ONLY", Z_HUFFMAN_ONLY), ("Z_RLE", Z_RLE),
    ("Z_FIXED", Z_FIXED), ("Z_DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY), ("Z_NO_FLUSH", Z_NO_FLUSH), ("Z_PARTIAL_FLUSH", Z_PARTIAL_FLUSH),
    ("Z_SYNC_FLUSH", Z_SYNC_FLUSH), ("Z_FULL_FLUSH", Z_FULL_FLUSH), ("Z_FINISH", Z_FINISH), ("Z_BLOCK", Z_BLOCK), ("Z_TREES", Z_TREES),
  ] { m.set(name, int: Int(value)) }
  m.set("ZLIB_VERSION", makeStr(t, ZLIB_VERSION))
  m.set("ZLIB_RUNTIME_VERSION", makeStr(t, String(cString: zlibVersion())))
  m.set("__version__", makeStr(t, "1.0"))
  m.function("adler32", "(data, value=1, /)") { t, a, n in
    guard let b = bufferView(a[0]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[0]))'") }
    if n > 1 && !a[1].isInt { return t.typeError("'\(typeName(a[1]))' object cannot be interpreted as an integer") }
    return .fixnum(Int(adler32_z(UInt(n > 1 ? word(a[1]) : 1), b.base, b.count)))
  }
  m.function("crc32", "(data, value=0, /)") { t, a, n in
    guard let b = bufferView(a[0]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[0]))'") }
    if n > 1 && !a[1].isInt { return t.typeError("'\(typeName(a[1]))' object cannot be interpreted as an integer") }
    return .fixnum(Int(crc32_z(UInt(n > 1 ? word(a[1]) : 0), b.base, b.count)))
  }
  return m.module
}
