// `_socket`: system calls on raw socket addresses (bytes). Failures are negative errnos; timeouts, names and exceptions are
// the app-level part's.

import Builtins
import Glibc
import Heap
import Objects

private func code(_ r: Int) -> Value { .fixnum(r < 0 ? -Int(errno) : r) }

private func withAddress<R>(_ v: Value, _ body: (UnsafePointer<sockaddr>?, socklen_t) -> R) -> R {
  guard v.isObject, v.kind == .bytes else { return body(nil, 0) }
  var storage = sockaddr_storage()
  let n = min(v.bytesCount, MemoryLayout<sockaddr_storage>.size)
  return withUnsafeMutableBytes(of: &storage) { p in
    memcpy(p.baseAddress!, v.bytesData, n)
    return body(UnsafeRawPointer(p.baseAddress!).assumingMemoryBound(to: sockaddr.self), socklen_t(n))
  }
}
private func takeAddress(_ t: ThreadRef, _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int) -> (Int, Value) {
  var storage = sockaddr_storage()
  var n = socklen_t(MemoryLayout<sockaddr_storage>.size)
  return withUnsafeMutableBytes(of: &storage) { p in
    let r = body(p.baseAddress!.assumingMemoryBound(to: sockaddr.self), &n)
    let length = min(Int(n), p.count)
    return (r, r < 0 ? .none : makeBytes(t, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(p)[..<length])))
  }
}

func installSockets(_ t: ThreadRef) {
  defineAppNative(t, "sock_new", "(family, type, proto, /)") { t, a, n in
    guard let f = int32Argument(t, a[0]), let k = int32Argument(t, a[1]), let p = int32Argument(t, a[2]) else { return .empty }
    return code(Int(weft_socket(f, k | 0o2000000, p)))
  }
  defineAppNative(t, "sock_pair", "(family, type, proto, /)") { t, a, n in
    guard let f = int32Argument(t, a[0]), let k = int32Argument(t, a[1]), let p = int32Argument(t, a[2]) else { return .empty }
    var fds: [Int32] = [0, 0]
    return weft_socketpair(f, k | 0o2000000, p, &fds) < 0 ? .fixnum(-Int(errno)) : pair(t, .fixnum(Int(fds[0])), .fixnum(Int(fds[1])))
  }
  defineAppNative(t, "sock_bind", "(fd, address, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    return withAddress(a[1]) { code(Int(bind(fd, $0, $1))) }
  }
  defineAppNative(t, "sock_connect", "(fd, address, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    return withAddress(a[1]) { p, k in code(GlobalLock.blocking(t, a, n) { Int(connect(fd, p, k)) }) }
  }
  defineAppNative(t, "sock_listen", "(fd, backlog, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let k = int32Argument(t, a[1]) else { return .empty }
    return code(Int(listen(fd, k)))
  }
  defineAppNative(t, "sock_accept", "(fd, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    let (r, address) = takeAddress(t) { p, k in GlobalLock.blocking(t, a, n) { Int(weft_accept4(fd, p, k)) } }
    return r < 0 ? .fixnum(-Int(errno)) : pair(t, .fixnum(r), address)
  }
  defineAppNative(t, "sock_name", "(fd, peer, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]) else { return .empty }
    let peer = a[1] == .true
    let (r, address) = takeAddress(t) { Int(peer ? getpeername(fd, $0, $1) : getsockname(fd, $0, $1)) }
    return r < 0 ? .fixnum(-Int(errno)) : address
  }
  // (data, address)
  defineAppNative(t, "sock_recv", "(fd, size, flags, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let size = intArgument(t, a[1]), let flags = int32Argument(t, a[2]) else { return .empty }
    guard let p = malloc(max(1, min(size, 0x7fffffff))) else { return t.raise(.MemoryError) }
    defer { free(p) }
    let (r, address) = takeAddress(t) { q, k in GlobalLock.blocking(t, a, n) { recvfrom(fd, p, min(size, 0x7fffffff), flags, q, k) } }
    return r < 0 ? .fixnum(-Int(errno)) : pair(t, makeBytes(t, UnsafeRawBufferPointer(start: p, count: r)), address)
  }
  defineAppNative(t, "sock_send", "(fd, data, flags, address, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let flags = int32Argument(t, a[2]) else { return .empty }
    guard let b = bytesBuffer(a[1]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[1]))'") }
    return withAddress(a[3]) { p, k in
      code(GlobalLock.blocking(t, a, n, reading: UnsafeRawBufferPointer(b)) { sendto(fd, $0.baseAddress, $0.count, flags, p, k) })
    }
  }
  // (data, ancillary list of (level, type, data), flags, address)
  defineAppNative(t, "sock_recvmsg", "(fd, size, control, flags, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let size = intArgument(t, a[1]), let control = intArgument(t, a[2]), let flags = int32Argument(t, a[3]) else { return .empty }
    guard size >= 0, control >= 0, size < 1 << 31, control < 1 << 24 else { return t.valueError("negative buffer size in recvmsg()") }
    var data = [UInt8](repeating: 0, count: max(1, size)), ancillary = [UInt8](repeating: 0, count: max(16, control)), address = [UInt8](repeating: 0, count: 128)
    var out: [Int32] = [0, 0, 0]
    let r = GlobalLock.blocking(t, a, n) { weft_recvmsg(fd, &data, size, &ancillary, control, flags, &address, 128, &out) }
    if r < 0 { return .fixnum(-Int(errno)) }
    let list = makeList(t)
    var at = 0
    let used = Int(out[0])
    while at + 16 <= used {
      let (length, level, type) = ancillary.withUnsafeBytes {
        ($0.loadUnaligned(fromByteOffset: at, as: Int.self), $0.loadUnaligned(fromByteOffset: at + 8, as: Int32.self), $0.loadUnaligned(fromByteOffset: at + 12, as: Int32.self))
      }
      if length < 16 || at + length > used { break }
      listAppend(t, list, makeTuple(t, [.fixnum(Int(level)), .fixnum(Int(type)), makeBytes(t, Array(ancillary[(at + 16)..<(at + length)]))]))
      at += (length + 7) & ~7
    }
    return makeTuple(t, [makeBytes(t, Array(data[..<r])), list, .fixnum(Int(out[1])), makeBytes(t, Array(address[..<max(0, min(128, Int(out[2])))]))])
  }
  defineAppNative(t, "sock_sendmsg", "(fd, data, ancillary, flags, address, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let flags = int32Argument(t, a[3]), let b = bytesBuffer(a[1]), let (p, count) = sequenceItems(a[2]) else { return .empty }
    var control: [UInt8] = []
    for i in 0..<count {
      guard p[i].isExact(.tuple), p[i].count == 3, let level = int32Argument(t, p[i].items[0]), let type = int32Argument(t, p[i].items[1]),
            let d = bytesBuffer(p[i].items[2]) else { return t.typeError("[sendmsg() ancillary data items] argument must be a 3-tuple") }
      withUnsafeBytes(of: 16 + d.count) { control += Array($0) }
      withUnsafeBytes(of: level) { control += Array($0) }
      withUnsafeBytes(of: type) { control += Array($0) }
      control += d
      while control.count % 8 != 0 { control.append(0) }
    }
    return withAddress(a[4]) { address, length in
      code(GlobalLock.blocking(t, a, n, reading: UnsafeRawBufferPointer(b)) { weft_sendmsg(fd, $0.baseAddress, $0.count, control, control.count, flags, address, Int32(length)) })
    }
  }
  defineAppNative(t, "sock_getopt", "(fd, level, option, size, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let l = int32Argument(t, a[1]), let o = int32Argument(t, a[2]), let size = intArgument(t, a[3]) else { return .empty }
    if size == 0 {
      var v: Int32 = 0
      var k = socklen_t(4)
      return getsockopt(fd, l, o, &v, &k) < 0 ? raiseOSError(t, errno) : .fixnum(Int(v))
    }
    if size < 0 || size > 1024 { return t.raise(.OSError, "getsockopt buflen out of range") }
    var b = [UInt8](repeating: 0, count: size)
    var k = socklen_t(size)
    return getsockopt(fd, l, o, &b, &k) < 0 ? raiseOSError(t, errno) : makeBytes(t, Array(b[..<Int(k)]))
  }
  defineAppNative(t, "sock_setopt", "(fd, level, option, value, size, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let l = int32Argument(t, a[1]), let o = int32Argument(t, a[2]) else { return .empty }
    let r: Int32
    if a[3].isInt {
      guard var v = int32Argument(t, a[3]) else { return .empty }
      r = setsockopt(fd, l, o, &v, 4)
    } else if a[3].isNone {
      guard let k = intArgument(t, a[4]) else { return .empty }
      r = setsockopt(fd, l, o, nil, socklen_t(truncatingIfNeeded: k))
    } else {
      guard let b = bytesBuffer(a[3]) else { return t.typeError("a bytes-like object is required, not '\(typeName(a[3]))'") }
      r = setsockopt(fd, l, o, b.baseAddress, socklen_t(b.count))
    }
    return r < 0 ? raiseOSError(t, errno) : .none
  }
  defineAppNative(t, "sock_shutdown", "(fd, how, /)") { t, a, n in
    guard let fd = int32Argument(t, a[0]), let how = int32Argument(t, a[1]) else { return .empty }
    return code(Int(shutdown(fd, how)))
  }
  // List of (family, type, proto, canonical name, address), or (error code, message).
  defineAppNative(t, "sock_addrinfo", "(host, port, family, type, proto, flags, /)") { t, a, n in
    guard let family = int32Argument(t, a[2]), let type = int32Argument(t, a[3]), let proto = int32Argument(t, a[4]), let flags = int32Argument(t, a[5]) else { return .empty }
    var host: [CChar]? = nil, port: [CChar]? = nil
    if !a[0].isNone { guard let s = cStringOf(t, a[0]) else { return .empty }; host = s }
    if !a[1].isNone { guard let s = cStringOf(t, a[1]) else { return .empty }; port = s }
    var hints = addrinfo()
    hints.ai_family = family; hints.ai_socktype = type; hints.ai_protocol = proto; hints.ai_flags = flags
    var result: UnsafeMutablePointer<addrinfo>?
    let e = GlobalLock.blocking(t, a, n) { getaddrinfo(host, port, &hints, &result) }
    if e != 0 { return pair(t, .fixnum(Int(e)), makeStr(t, String(cString: gai_strerror(e)))) }
    let out = makeList(t)
    var p = result
    while let q = p {
      let i = q.pointee
      listAppend(t, out, makeTuple(t, [.fixnum(Int(i.ai_family)), .fixnum(Int(i.ai_socktype)), .fixnum(Int(i.ai_protocol)),
                                       i.ai_canonname.map { fileSystemStr(t, $0) } ?? weft_vm.emptyStr,
                                       makeBytes(t, UnsafeRawBufferPointer(start: i.ai_addr, count: Int(i.ai_addrlen)))]))
      p = i.ai_next
    }
    freeaddrinfo(result)
    return out
  }
  // (host, service), or (error code, message) with an int first.
  defineAppNative(t, "sock_nameinfo", "(address, flags, /)") { t, a, n in
    guard let flags = int32Argument(t, a[1]) else { return .empty }
    var host = [CChar](repeating: 0, count: 1025), service = [CChar](repeating: 0, count: 32)
    let e = withAddress(a[0]) { getnameinfo($0, $1, &host, 1025, &service, 32, flags) }
    if e != 0 { return pair(t, .fixnum(Int(e)), makeStr(t, String(cString: gai_strerror(e)))) }
    return pair(t, fileSystemStr(t, host), fileSystemStr(t, service))
  }
  defineAppNative(t, "sock_pton", "(family, text, /)") { t, a, n in
    guard let f = int32Argument(t, a[0]), let s = cStringOf(t, a[1]) else { return .empty }
    var b = [UInt8](repeating: 0, count: 16)
    let r = inet_pton(f, s, &b)
    if r < 0 { return raiseOSError(t, errno) }
    return r == 0 ? .none : makeBytes(t, Array(b[..<(f == AF_INET ? 4 : 16)]))
  }
  defineAppNative(t, "sock_ntop", "(family, data, /)") { t, a, n in
    guard let f = int32Argument(t, a[0]), a[1].isObject, a[1].kind == .bytes else { return .none }
    var s = [CChar](repeating: 0, count: 64)
    return inet_ntop(f, a[1].bytesData, &s, 64) == nil ? raiseOSError(t, errno) : makeStr(t, String(cString: s))
  }
  defineAppNative(t, "sock_aton", "(text, /)") { t, a, n in
    guard let s = cStringOf(t, a[0]) else { return .empty }
    var b = in_addr()
    return inet_aton(s, &b) == 0 ? .none : withUnsafeBytes(of: &b) { makeBytes(t, $0) }
  }
  defineAppNative(t, "sock_hostname", "()") { t, a, n in
    var b = [CChar](repeating: 0, count: 1025)
    return gethostname(&b, 1024) < 0 ? raiseOSError(t, errno) : fileSystemStr(t, b)
  }
  defineAppNative(t, "sock_service", "(name, port, proto, /)") { t, a, n in
    var proto: [CChar]? = nil
    if !a[2].isNone { guard let s = cStringOf(t, a[2]) else { return .empty }; proto = s }
    if !a[0].isNone {
      guard let s = cStringOf(t, a[0]) else { return .empty }
      guard let p = getservbyname(s, proto) else { return .none }
      return .fixnum(Int(UInt16(truncatingIfNeeded: p.pointee.s_port).byteSwapped))
    }
    guard let port = intArgument(t, a[1]) else { return .empty }
    guard let p = getservbyport(Int32(UInt16(truncatingIfNeeded: port).byteSwapped), proto) else { return .none }
    return fileSystemStr(t, p.pointee.s_name)
  }
  defineAppNative(t, "sock_protocol", "(name, /)") { t, a, n in
    guard let s = cStringOf(t, a[0]) else { return .empty }
    guard let p = getprotobyname(s) else { return .none }
    return .fixnum(Int(p.pointee.p_proto))
  }
  // [canonical name, aliases, ...] of a host entry, by name or packed address.
  defineAppNative(t, "sock_host", "(name, packed, family, /)") { t, a, n in
    let h: UnsafeMutablePointer<hostent>?
    if !a[0].isNone {
      guard let s = cStringOf(t, a[0]) else { return .empty }
      h = gethostbyname(s)
    } else {
      guard let f = int32Argument(t, a[2]), a[1].isObject, a[1].kind == .bytes else { return .none }
      h = gethostbyaddr(a[1].bytesData, socklen_t(a[1].bytesCount), f)
    }
    guard let e = h else { return pair(t, .fixnum(Int(weft_h_errno())), makeStr(t, String(cString: hstrerror(weft_h_errno())))) }
    let aliases = makeList(t), addresses = makeList(t)
    var p = e.pointee.h_aliases
    while let q = p, let s = q.pointee { listAppend(t, aliases, fileSystemStr(t, s)); p = q + 1 }
    var r = e.pointee.h_addr_list
    while let q = r, let s = q.pointee { listAppend(t, addresses, makeBytes(t, UnsafeRawBufferPointer(start: s, count: Int(e.pointee.h_length)))); r = q + 1 }
    return makeTuple(t, [fileSystemStr(t, e.pointee.h_name), aliases, addresses])
  }
  defineAppNative(t, "sock_interfaces", "()") { t, a, n in
    let out = makeList(t)
    guard let list = if_nameindex() else { return raiseOSError(t, errno) }
    var p = list
    while p.pointee.if_index != 0, let s = p.pointee.if_name { listAppend(t, out, pair(t, .fixnum(Int(p.pointee.if_index)), fileSystemStr(t, s))); p += 1 }
    if_freenameindex(list)
    return out
  }
  // symtable: (name, kind, line, nested, symbols, parameters, children).
  installScopes(t)
  installMmap(t)
}

/// Memory maps: [address, size, exports].
func installMmap(_ t: ThreadRef) {
  let d = defineType(t, "mmap", module: "mmap", fields: 3, base: BuiltinType.object.object, attributes: true)
  d.typeObject.pointee.flags |= TypeFlag.weakrefs
  setString(t, appNamespace, intern(t, "mmap_type"), d)
  bufferProviders.append(BufferProvider(type: d, view: { v in
    guard v.field(0).isInt, let at = v.field(0).asInt, at != 0, let p = UnsafeMutablePointer<UInt8>(bitPattern: at) else { return nil }
    return BufferView(base: p, count: v.field(1).fixnum, readOnly: v.field(2).fixnum & 1 != 0)
  }, retain: { v, k in v.fields[2] = .fixnum(v.field(2).fixnum + 2 * k) }))
  defineAppNative(t, "mmap_new", "(cls, fd, length, flags, prot, offset, readonly, /)") { t, a, n in
    guard let fd = int32Argument(t, a[1]), let length = intArgument(t, a[2]), let flags = int32Argument(t, a[3]), let prot = int32Argument(t, a[4]),
          let offset = intArgument(t, a[5]) else { return .empty }
    guard let p = mmap(nil, length, prot, flags, fd, offset), p != UnsafeMutableRawPointer(bitPattern: -1) else { return raiseOSError(t, errno) }
    let v = makeInstance(t, a[0])
    v.fields[0] = makeInt(t, Int(bitPattern: p))
    v.fields[1] = .fixnum(length)
    v.fields[2] = .fixnum(a[6] == .true ? 1 : 0)
    return v
  }
  defineAppNative(t, "mmap_state", "(map, /)") { t, a, n in makeTuple(t, [a[0].field(0), a[0].field(1), .fixnum(a[0].field(2).fixnum >> 1)]) }
  defineAppNative(t, "mmap_unmap", "(map, /)") { t, a, n in
    if let at = a[0].field(0).asInt, at != 0 { munmap(UnsafeMutableRawPointer(bitPattern: at), a[0].field(1).fixnum) }
    a[0].fields[0] = .fixnum(0)
    a[0].fields[1] = .fixnum(0)
    return .none
  }
  defineAppNative(t, "mmap_resize", "(map, size, /)") { t, a, n in
    guard let at = a[0].field(0).asInt, let size = intArgument(t, a[1]) else { return .empty }
    guard let p = weft_mremap(UnsafeMutableRawPointer(bitPattern: at)!, a[0].field(1).fixnum, size) else { return raiseOSError(t, errno) }
    setField(a[0], 0, makeInt(t, Int(bitPattern: p)))
    a[0].fields[1] = .fixnum(size)
    return .none
  }
  defineAppNative(t, "mmap_sync", "(map, offset, size, /)") { t, a, n in
    guard let at = a[0].field(0).asInt, let o = intArgument(t, a[1]), let size = intArgument(t, a[2]) else { return .empty }
    return msync(UnsafeMutableRawPointer(bitPattern: at + o), size, 4) == 0 ? .none : raiseOSError(t, errno)
  }
  defineAppNative(t, "mmap_advise", "(map, option, offset, size, /)") { t, a, n in
    guard let at = a[0].field(0).asInt, let option = int32Argument(t, a[1]), let o = intArgument(t, a[2]), let size = intArgument(t, a[3]) else { return .empty }
    return weft_madvise(UnsafeMutableRawPointer(bitPattern: at + o)!, size, option) == 0 ? .none : raiseOSError(t, errno)
  }
}
