// `_bz2`: the steps of compressing and decompressing. Its classes and loops are app-level (libraries_compression.py).

import Builtins
import CBZip2
import Glibc
import Heap
import Objects

private struct BZip2Stream {
  let z: UnsafeMutablePointer<bz_stream>
  let compressing: Bool
  func close() {
    if compressing { BZ2_bzCompressEnd(z) } else { BZ2_bzDecompressEnd(z) }
    z.deallocate()
  }
}
nonisolated(unsafe) private var streams = HandleTable<BZip2Stream>()

/// Most input and output of one step.
private let inputStep = 1 << 17, outputStep = 1 << 19

func installBZip2(_ t: ThreadRef) {
  // A new stream; a negative number is the library's error. Level 0: a decompressor.
  defineAppNative(t, "bz2Open", "(level, /)") { t, a, n in
    let level = Int32(truncatingIfNeeded: a[0].asInt ?? 0)
    let z = UnsafeMutablePointer<bz_stream>.allocate(capacity: 1)
    z.initialize(to: bz_stream())
    let code = level > 0 ? BZ2_bzCompressInit(z, level, 0, 0) : BZ2_bzDecompressInit(z, 0, 0)
    if code != BZ_OK { z.deallocate(); return .fixnum(Int(code)) }
    return streams.add(BZip2Stream(z: z, compressing: level > 0))
  }
  defineAppNative(t, "bz2Close", "(stream, /)") { t, a, n in
    streams.remove(a[0])?.close()
    return .none
  }
  // Compresses a part of data[from:], or finishes.
  defineAppNative(t, "bz2Compress", "(stream, data, from, finish, /)") { t, a, n in
    guard let b = bufferView(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    guard let s = streams[a[0]], a[2].isFixnum else { return makeTuple(t, [weft_vm.emptyBytes, .fixnum(0), .fixnum(Int(BZ_SEQUENCE_ERROR))]) }
    let from = min(max(a[2].fixnum, 0), b.count)
    let count = min(inputStep, b.count - from)
    let action = a[3] == .true ? BZ_FINISH : BZ_RUN
    s.z.pointee.next_in = UnsafeMutableRawPointer(b.base + from).assumingMemoryBound(to: CChar.self)
    s.z.pointee.avail_in = UInt32(count)
    var out = StepOutput(16384), used = 0
    var code = BZ_RUN_OK
    while action == BZ_FINISH || s.z.pointee.avail_in > 0 {
      if used == out.capacity { out.grow(used: used, to: out.capacity * 2) }
      let room = UInt32(out.capacity - used)
      s.z.pointee.next_out = UnsafeMutableRawPointer(out.bytes + used).assumingMemoryBound(to: CChar.self)
      s.z.pointee.avail_out = room
      code = BZ2_bzCompress(s.z, action)
      used += Int(room - s.z.pointee.avail_out)
      if code < 0 || code == BZ_STREAM_END { break }
    }
    s.z.pointee.next_in = nil
    let next = from + count - Int(s.z.pointee.avail_in)
    s.z.pointee.avail_in = 0
    return out.result(t, used, next, code)
  }
  // Decompresses a part of data[from:] to at most `limit` bytes (a step's worth when negative).
  defineAppNative(t, "bz2Decompress", "(stream, data, from, limit, /)") { t, a, n in
    guard let b = bufferView(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    guard let s = streams[a[0]], a[2].isFixnum, let limit = a[3].asInt else {
      return makeTuple(t, [weft_vm.emptyBytes, .fixnum(0), .fixnum(Int(BZ_SEQUENCE_ERROR))])
    }
    let from = min(max(a[2].fixnum, 0), b.count)
    let count = min(inputStep, b.count - from)
    let most = limit < 0 ? outputStep : min(limit, outputStep)
    s.z.pointee.next_in = UnsafeMutableRawPointer(b.base + from).assumingMemoryBound(to: CChar.self)
    s.z.pointee.avail_in = UInt32(count)
    var out = StepOutput(min(most, 65536)), used = 0
    var code = BZ_OK
    while used < most {
      if used == out.capacity { out.grow(used: used, to: min(most, out.capacity * 2)) }
      let room = UInt32(min(out.capacity, most) - used)
      s.z.pointee.next_out = UnsafeMutableRawPointer(out.bytes + used).assumingMemoryBound(to: CChar.self)
      s.z.pointee.avail_out = room
      code = BZ2_bzDecompress(s.z)
      used += Int(room - s.z.pointee.avail_out)
      if code != BZ_OK || s.z.pointee.avail_out != 0 { break }
    }
    s.z.pointee.next_in = nil
    let next = from + count - Int(s.z.pointee.avail_in)
    s.z.pointee.avail_in = 0
    return out.result(t, used, next, code)
  }
}
