// Natives under the hash classes of `hashes_core.py`: a state is a bytes object that only those classes see.

import Builtins
import Glibc
import Heap
import Objects

private func state(_ v: Value) -> HashState { HashState(w: UnsafeMutableRawPointer(v.bytesData).assumingMemoryBound(to: UInt64.self)) }

private func startState(_ s: HashState, _ name: String) -> Bool {
  switch name {
  case "md5": s.start(.md5, block: 64, digest: 16, [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476])
  case "sha1": s.start(.sha1, block: 64, digest: 20, [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0])
  case "sha224": s.start(.sha256, block: 64, digest: 28, sha2Start(bits: 224))
  case "sha256": s.start(.sha256, block: 64, digest: 32, sha2Start(bits: 256))
  case "sha384": s.start(.sha512, block: 128, digest: 48, sha2Start(bits: 384))
  case "sha512": s.start(.sha512, block: 128, digest: 64, sha2Start(bits: 512))
  case "sha3_224": s.start(.sha3, block: 144, digest: 28, []); s.extra = 6
  case "sha3_256": s.start(.sha3, block: 136, digest: 32, []); s.extra = 6
  case "sha3_384": s.start(.sha3, block: 104, digest: 48, []); s.extra = 6
  case "sha3_512": s.start(.sha3, block: 72, digest: 64, []); s.extra = 6
  case "shake_128": s.start(.sha3, block: 168, digest: 0, []); s.extra = 0x1F
  case "shake_256": s.start(.sha3, block: 136, digest: 0, []); s.extra = 0x1F
  case "blake2b": s.start(.blake2b, block: 128, digest: 64, [])
  case "blake2s": s.start(.blake2s, block: 64, digest: 32, [])
  default: return false
  }
  return true
}

func installHashes(_ t: ThreadRef) {
  // (name, parameter block of BLAKE2 or None, last node) -> state
  defineAppNative(t, "hashStart", "(name, parameters, last, /)") { t, a, n in
    let v = makeBytes(t, count: HashState.words * 8), s = state(v)
    guard a[0].isStr, startState(s, swiftString(a[0])) else { return t.valueError("unsupported hash type") }
    if a[1].isExact(.bytes) && a[1].bytesCount >= 32 {
      blake2Start(s, parameters: a[1].bytesData)
      s.w[4] = UInt64(a[1].bytesData[0])
      s.extra = a[2] == .true ? 1 : 0
    }
    return v
  }
  // The bytes [from, to) of a buffer; True when all of it is done.
  defineAppNative(t, "hashUpdate", "(state, data, from, /)") { t, a, n in
    let from = a[2].fixnum, step = 1 << 18
    let r: Bool? = withBuffer(a[1]) { p in
      let to = min(p.count, from + step)
      if to > from { state(a[0]).update(p.baseAddress! + from, to - from) }
      return to == p.count
    }
    guard let done = r else {
      return a[1].isStr ? t.typeError("Strings must be encoded before hashing") : t.typeError("object supporting the buffer API required")
    }
    return .bool(done)
  }
  defineAppNative(t, "hashDigest", "(state, count, /)") { t, a, n in
    guard let count = a[1].asInt, count < 1 << 29 else { return t.valueError("length is too large") }
    if count < 0 { return t.valueError("length must be non-negative") }
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: HashState.words) { w in
      memcpy(w.baseAddress!, a[0].bytesData, HashState.words * 8)
      let v = makeBytes(t, count: count)
      HashState(w: w.baseAddress!).finish(v.bytesData, count)
      return v
    }
  }
  defineAppNative(t, "hashCopy", "(state, /)") { t, a, n in makeBytes(t, UnsafeRawBufferPointer(start: a[0].bytesData, count: a[0].bytesCount)) }
  defineAppNative(t, "hashSizes", "(state, /)") { t, a, n in
    let s = state(a[0])
    return pair(t, .fixnum(s.digestSize), .fixnum(s.blockSize))
  }
  // From now on the class's attributes cannot be set from Python.
  defineAppNative(t, "seal_class", "(cls, /)") { t, a, n in
    a[0].typeObject.pointee.flags |= TypeFlag.immutable
    return .none
  }
  defineAppNative(t, "bufferLength", "(data, /)") { t, a, n in
    withBuffer(a[0]) { .fixnum($0.count) } ?? t.typeError("a bytes-like object is required, not '\(typeName(a[0]))'")
  }
  defineAppNative(t, "bufferBytes", "(data, /)") { t, a, n in
    withBuffer(a[0]) { makeBytes(t, UnsafeRawBufferPointer($0)) } ?? .none
  }
}
