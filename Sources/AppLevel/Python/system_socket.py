# _socket: the socket class, addresses and names.
# On demand: _socket

class sock_herror(OSError):
    pass


class sock_gaierror(OSError):
    pass


for sock_class, sock_class_name in ((sock_herror, "herror"), (sock_gaierror, "gaierror")):
    sock_class.__name__ = sock_class.__qualname__ = sock_class_name
    sock_class.__module__ = "socket"
    app_module_attr("_socket", sock_class_name, sock_class)

sock_state = {"timeout": None}


def _socket_populate(d):
    items = sock_constants.split()
    for i in range(0, len(items), 2):
        d[items[i]] = int(items[i + 1])
    d["error"] = OSError
    d["timeout"] = TimeoutError
    d["has_ipv6"] = True
    d["SocketType"] = sock_socket
    d["CAPI"] = None


def sock_fail(code, *more):
    system_raise_oserror(code, *more)


# Addresses.

def sock_host_bytes(host):
    if host is None:
        return None
    if isinstance(host, str):
        try:
            return host.encode("ascii")
        except UnicodeEncodeError:
            return host.encode("idna")
    if isinstance(host, (bytes, bytearray)):
        return bytes(host)
    raise TypeError("encoding of hostname failed" if isinstance(host, float) else "str, bytes or bytearray expected, not " + type(host).__name__)


def sock_gai(host, port, family, kind, proto, flags):
    r = sock_addrinfo(host, port, family, kind, proto, flags)
    if type(r) is tuple:
        raise sock_gaierror(r[0], r[1])
    return r


def sock_resolve4(host):
    """Four bytes for an IPv4 host given as text."""
    if host == b"":
        return bytes(4)
    if host == b"<broadcast>":
        return b"\xff\xff\xff\xff"
    packed = sock_pton(2, host)
    if packed is not None:
        return packed
    return sock_gai(host, None, 2, 0, 0, 0)[0][4][4:8]


def sock_port(port, what):
    if not isinstance(port, int):
        port = system_index(port)
    if not 0 <= port <= 65535:
        raise OverflowError(what + ": port must be 0-65535.")
    return port.to_bytes(2, "big")


def sock_pack(family, address, what):
    if family == 2:
        if not isinstance(address, tuple):
            raise TypeError(what + "(): AF_INET address must be tuple, not " + type(address).__name__)
        if len(address) != 2:
            raise TypeError(what + "(): AF_INET address must be a pair (host, port)")
        host = sock_host_bytes(address[0])
        port = sock_port(address[1], what + "()")
        return b"\x02\0" + port + sock_resolve4(host) + bytes(8)
    if family == 10:
        if not isinstance(address, tuple):
            raise TypeError(what + "(): AF_INET6 address must be tuple, not " + type(address).__name__)
        if not 2 <= len(address) <= 4:
            raise TypeError(what + "(): AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])")
        host = sock_host_bytes(address[0])
        port = sock_port(address[1], what + "()")
        flow = address[2] if len(address) > 2 else 0
        scope = address[3] if len(address) > 3 else 0
        if not 0 <= flow <= 0xfffff:
            raise OverflowError(what + "(): flowinfo must be 0-1048575.")
        if host == b"":
            packed = bytes(16)
        else:
            packed = sock_pton(10, host)
            if packed is None:
                found = sock_gai(host, None, 10, 0, 0, 0)[0][4]
                packed = found[8:24]
                if not scope:
                    scope = int.from_bytes(found[24:28], "little")
        return b"\x0a\0" + port + flow.to_bytes(4, "big") + packed + scope.to_bytes(4, "little")
    if family == 1:
        if isinstance(address, str):
            path = address.encode("utf-8", "surrogateescape")
        elif isinstance(address, (bytes, bytearray, memoryview)):
            path = bytes(address)
        else:
            path = posix_bytes(address)
        if len(path) > 108 or path[:1] != b"\0" and len(path) > 107:
            raise OSError("AF_UNIX path too long")
        # Without a name the system gives it one.
        return b"\x01\0" + path + (b"" if not path or path[:1] == b"\0" else b"\0")
    if family == 40:
        if not isinstance(address, tuple):
            raise TypeError(what + "(): AF_VSOCK address must be tuple, not " + type(address).__name__)
        cid, port = address
        return b"\x28\0\0\0" + port.to_bytes(4, "little") + cid.to_bytes(4, "little") + bytes(4)
    raise OSError(what + "(): unsupported address family")


def sock_unpack(data):
    if len(data) < 2:
        return None
    family = data[0] | data[1] << 8
    if family == 2:
        return sock_ntop(2, data[4:8]), data[2] << 8 | data[3]
    if family == 10:
        return (sock_ntop(10, data[8:24]), data[2] << 8 | data[3], int.from_bytes(data[4:8], "big"), int.from_bytes(data[24:28], "little"))
    if family == 1:
        path = data[2:]
        if path[:1] == b"\0" and len(path) > 1:
            return path
        return path.split(b"\0")[0].decode("utf-8", "surrogateescape")
    if family == 40:
        return int.from_bytes(data[8:12], "little"), int.from_bytes(data[4:8], "little")
    return family, data[2:]


# The socket class.

@system_class("_socket", "socket")
class sock_socket:
    __slots__ = ("_fd", "_family", "_type", "_proto", "_timeout", "__weakref__")

    def __new__(cls, *args, **kwargs):
        self = posix_object_new(cls)
        self._fd = -1
        self._family = self._type = self._proto = 0
        self._timeout = None
        return self

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is not None:
            if isinstance(fileno, float):
                raise TypeError("integer argument expected, got float")
            fd = system_index(fileno)
            if fd < 0:
                raise ValueError("negative file descriptor")
            name = sock_name(fd, False)
            if isinstance(name, int):
                if family == -1 or name in (-9, -88):
                    sock_fail(-name)
            elif family == -1:
                family = name[0] | name[1] << 8
            if type == -1:
                type = sock_getopt(fd, 1, 3, 0)
            if proto == -1:
                proto = sock_getopt(fd, 1, 38, 0)
            self._fd = fd
        else:
            if family == -1:
                family = 2
            if type == -1:
                type = 1
            if proto == -1:
                proto = 0
            fd = sock_new(family, type, proto)
            if fd == -24 or fd == -23:
                gc_collect()
                fd = sock_new(family, type, proto)
            if fd < 0:
                sock_fail(-fd)
            self._fd = fd
        self._family = int(family)
        self._type = int(type) & ~0o2004000
        self._proto = int(proto)
        self._timeout = None
        if type & 0o4000:
            self._timeout = 0.0
        elif sock_state["timeout"] is not None:
            self._timeout = sock_state["timeout"]
            import_native_once("posix").set_blocking(self._fd, False)

    @property
    def family(self):
        return self._family

    @property
    def type(self):
        return self._type

    @property
    def proto(self):
        return self._proto

    @property
    def timeout(self):
        return self._timeout

    def __repr__(self):
        return ("<socket object, fd=" + str(self._fd) + ", family=" + str(self._family) + ", type=" + str(self._type) + ", proto=" +
                str(self._proto) + ">")

    def __del__(self):
        if self._fd >= 0:
            try:
                warnings_warn("unclosed " + repr(self), ResourceWarning, 1, self)
            except Warning as e:
                sys_report_unraisable(e, self)
            sock_socket.close(self)

    def _call(self, event, function, *args):
        """A system call that waits as the timeout says; its non-negative or structured result."""
        timeout = self._timeout
        deadline = None
        if timeout is not None and timeout > 0:
            if deadline is None:
                deadline = import_native_once("time").monotonic_ns() + int(timeout * 1e9)
            self._wait(event, deadline)
        elif timeout is None and scheduler_active() and scheduler_may_park() and self._fd >= 0:
            park_file(self._fd, event)
        while True:
            r = function(self._fd, *args)
            if r.__class__ is not int or r >= 0:
                return r
            if r == -4:
                continue
            if r == -11 and deadline is not None:
                self._wait(event, deadline)
                continue
            sock_fail(-r)

    def _wait(self, event, deadline):
        left = deadline - import_native_once("time").monotonic_ns()
        ms = max(0, -(-left // 1000000))
        if not select_wait([self._fd], [event], ms):
            raise TimeoutError("timed out")

    def fileno(self, /):
        return self._fd

    def close(self, /):
        fd = self._fd
        if fd >= 0:
            self._fd = -1
            try:
                io_close(fd)
            except ConnectionResetError:
                pass

    def detach(self, /):
        fd = self._fd
        self._fd = -1
        return fd

    def bind(self, address, /):
        r = sock_bind(self._fd, sock_pack(self._family, address, "bind"))
        if r < 0:
            sock_fail(-r)

    def listen(self, backlog=128, /):
        r = sock_listen(self._fd, max(0, backlog))
        if r < 0:
            sock_fail(-r)

    def _accept(self, /):
        fd, address = self._call(1, sock_accept)
        return fd, sock_unpack(address)

    def _connect(self, address):
        packed = sock_pack(self._family, address, "connect")
        if self._timeout is None and scheduler_active() and scheduler_may_park():
            posix = import_native_once("posix")
            posix.set_blocking(self._fd, False)
            try:
                r = sock_connect(self._fd, packed)
                if r == -115:
                    park_file(self._fd, 4)
                    return sock_getopt(self._fd, 1, 4, 0)
            finally:
                posix.set_blocking(self._fd, True)
        else:
            r = sock_connect(self._fd, packed)
        if r >= 0:
            return 0
        timeout = self._timeout
        if r == -4 or r == -115 and timeout is not None and timeout > 0:
            deadline = None if timeout is None else import_native_once("time").monotonic_ns() + int(timeout * 1e9)
            if deadline is None:
                select_wait([self._fd], [4], -1)
            else:
                self._wait(4, deadline)
            return sock_getopt(self._fd, 1, 4, 0)
        return -r

    def connect(self, address, /):
        code = self._connect(address)
        if code:
            sock_fail(code)

    def connect_ex(self, address, /):
        try:
            return self._connect(address)
        except TimeoutError:
            return 11

    def getsockname(self, /):
        r = sock_name(self._fd, False)
        if isinstance(r, int):
            sock_fail(-r)
        return sock_unpack(r)

    def getpeername(self, /):
        r = sock_name(self._fd, True)
        if isinstance(r, int):
            sock_fail(-r)
        return sock_unpack(r)

    def recv(self, bufsize, flags=0, /):
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        return self._call(1, sock_recv, bufsize, flags)[0]

    def recvfrom(self, bufsize, flags=0, /):
        if bufsize < 0:
            raise ValueError("negative buffersize in recvfrom")
        data, address = self._call(1, sock_recv, bufsize, flags)
        return data, sock_unpack(address)

    def _into(self, buffer, nbytes, name):
        view = memoryview(buffer)
        if view.readonly:
            raise TypeError(name + "() argument 1 must be read-write bytes-like object, not " + type(buffer).__name__)
        view = view.cast("B")
        if nbytes < 0:
            raise ValueError("negative buffersize in " + name)
        if nbytes == 0:
            nbytes = len(view)
        elif nbytes > len(view):
            raise ValueError("buffer too small for requested bytes" if name == "recv_into" else "nbytes is greater than the length of the buffer")
        return view, nbytes

    def recv_into(self, buffer, nbytes=0, flags=0):
        view, nbytes = self._into(buffer, nbytes, "recv_into")
        data = self._call(1, sock_recv, nbytes, flags)[0]
        view[:len(data)] = data
        return len(data)

    def recvfrom_into(self, buffer, nbytes=0, flags=0):
        view, nbytes = self._into(buffer, nbytes, "recvfrom_into")
        data, address = self._call(1, sock_recv, nbytes, flags)
        view[:len(data)] = data
        return len(data), sock_unpack(address)

    def recvmsg(self, bufsize, ancbufsize=0, flags=0, /):
        if bufsize < 0:
            raise ValueError("negative buffer size in recvmsg()")
        if ancbufsize < 0:
            raise ValueError("invalid ancillary data buffer length")
        data, ancillary, got, address = self._call(1, sock_recvmsg, bufsize, ancbufsize, flags)
        return data, ancillary, got, sock_unpack(address)

    def recvmsg_into(self, buffers, ancbufsize=0, flags=0, /):
        views = []
        for b in buffers:
            view = memoryview(b)
            if view.readonly:
                raise TypeError("recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers")
            views.append(view.cast("B"))
        if ancbufsize < 0:
            raise ValueError("invalid ancillary data buffer length")
        total = 0
        for v in views:
            total += len(v)
        data, ancillary, got, address = self._call(1, sock_recvmsg, total, ancbufsize, flags)
        at = 0
        for v in views:
            n = min(len(v), len(data) - at)
            v[:n] = data[at:at + n]
            at += n
        return len(data), ancillary, got, sock_unpack(address)

    def send(self, data, flags=0, /):
        if type(data) is not bytes:
            data = io_bytes_of(data)
        if self._timeout is None and scheduler_active() and scheduler_may_park():
            # As much as goes without blocking; waits only where nothing does.
            while True:
                r = sock_send(self._fd, data, flags | 64, None)
                if r >= 0:
                    return r
                if r == -11 and not flags & 64:
                    park_file(self._fd, 4)
                elif r != -4:
                    sock_fail(-r)
        return self._call(4, sock_send, data, flags, None)

    def sendall(self, data, flags=0, /):
        data = io_bytes_of(data)
        timeout = self._timeout
        deadline = None
        if timeout is not None and timeout > 0:
            deadline = import_native_once("time").monotonic_ns() + int(timeout * 1e9)
        at = 0
        while at < len(data):
            if deadline is not None:
                self._wait(4, deadline)
            parked = timeout is None and scheduler_active() and scheduler_may_park()
            r = sock_send(self._fd, data[at:at + 1048576] if at or len(data) > 1048576 else data, flags | 64 if parked else flags, None)
            if r >= 0:
                at += r
            elif r == -11 and parked:
                park_file(self._fd, 4)
            elif r == -4 or r == -11 and deadline is not None:
                continue
            else:
                sock_fail(-r)

    def sendto(self, data, *args):
        if len(args) == 1:
            flags, address = 0, args[0]
        elif len(args) == 2:
            flags, address = args
        else:
            raise TypeError("sendto() takes 2 or 3 arguments (" + str(len(args) + 1) + " given)")
        data = io_bytes_of(data)
        if not isinstance(flags, int):
            flags = system_index(flags)
        return self._call(4, sock_send, data, flags, sock_pack(self._family, address, "sendto"))

    def sendmsg(self, buffers, ancdata=(), flags=0, address=None, /):
        data = b"".join([bytes(memoryview(b)) for b in buffers])
        items = []
        for item in ancdata:
            if not isinstance(item, tuple):
                raise TypeError("[sendmsg() ancillary data items] argument must be sequence of length 3, not " + type(item).__name__)
            if len(item) != 3:
                raise TypeError("[sendmsg() ancillary data items] argument must be sequence of length 3, not " + str(len(item)))
            level, kind, payload = item
            items.append((system_index(level), system_index(kind), io_bytes_of(payload)))
        packed = None if address is None else sock_pack(self._family, address, "sendmsg")
        return self._call(4, sock_sendmsg, data, items, flags, packed)

    def setblocking(self, flag, /):
        self._timeout = None if flag else 0.0
        import_native_once("posix").set_blocking(self._fd, bool(flag))

    def getblocking(self, /):
        return self._timeout is None or self._timeout != 0.0

    def settimeout(self, timeout, /):
        if timeout is None:
            self._timeout = None
        else:
            if time_nanoseconds(timeout) < 0:
                raise ValueError("Timeout value out of range")
            self._timeout = float(timeout)
        import_native_once("posix").set_blocking(self._fd, timeout is None)

    def gettimeout(self, /):
        return self._timeout

    def setsockopt(self, level, option, value, length=None, /):
        if self._family == 40 and level == 40 and isinstance(value, int):
            # Of this family all are 64 bits.
            value = value.to_bytes(8, "little")
        if value is None:
            if length is None:
                raise TypeError("socket option should be integer, bytes-like object or None")
            sock_setopt(self._fd, level, option, None, length)
        else:
            sock_setopt(self._fd, level, option, value, 0)

    def getsockopt(self, level, option, buflen=0, /):
        if self._family == 40 and level == 40 and buflen == 0:
            return int.from_bytes(sock_getopt(self._fd, level, option, 8), "little")
        return sock_getopt(self._fd, level, option, buflen)

    def shutdown(self, how, /):
        r = sock_shutdown(self._fd, how)
        if r < 0:
            sock_fail(-r)


# Names.

@system_function("_socket", "socketpair")
def sock_socketpair(family=1, type=1, proto=0, /):
    r = sock_pair(family, type, proto)
    if isinstance(r, int):
        sock_fail(-r)
    return sock_socket(family, type, proto, r[0]), sock_socket(family, type, proto, r[1])


@system_function("_socket", "close")
def sock_close(fd, /):
    io_close(system_index(fd))


@system_function("_socket", "dup")
def sock_dup(fd, /):
    return import_native_once("posix").dup(system_index(fd))


def sock_look_up(host, service, family, type, proto, flags):
    # Where other tasklets can run meanwhile, a name that is no address is looked up by a thread of its own.
    if host is None or flags & 4 or not parks():
        return sock_gai(host, service, family, type, proto, flags)
    try:
        return sock_gai(host, service, family, type, proto, flags | 4)
    except sock_gaierror:
        return park_call(sock_gai, host, service, family, type, proto, flags)


@system_function("_socket", "getaddrinfo")
def sock_getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if isinstance(port, int):
        service = str(int(port)).encode()
    elif isinstance(port, str):
        service = port.encode()
    elif isinstance(port, bytes) or port is None:
        service = port
    else:
        raise OSError("Int or String expected")
    if host is not None and not isinstance(host, (str, bytes)):
        raise TypeError("getaddrinfo() argument 1 must be string or None")
    r = sock_look_up(sock_host_bytes(host), service, family, type, proto, flags)
    return [(f, t, p, name, sock_unpack(address)) for f, t, p, name, address in r]


@system_function("_socket", "getnameinfo")
def sock_getnameinfo(sockaddr, flags, /):
    if not isinstance(sockaddr, tuple):
        raise TypeError("getnameinfo() argument 1 must be a tuple")
    host = sock_host_bytes(sockaddr[0])
    flow = system_index(sockaddr[2]) if len(sockaddr) > 2 else 0
    if not 0 <= flow <= 0xfffff:
        raise OverflowError("getnameinfo(): flowinfo must be 0-1048575.")
    found = sock_gai(host, str(sockaddr[1]).encode(), 0, 2, 0, 4)
    if len(found) > 1:
        raise OSError("sockaddr resolved to multiple addresses")
    address = found[0][4]
    if len(sockaddr) > 2 and address[0] == 10:
        scope = system_index(sockaddr[3]) if len(sockaddr) > 3 else 0
        address = address[:4] + flow.to_bytes(4, "big") + address[8:24] + scope.to_bytes(4, "little")
    r = sock_nameinfo(address, flags) if flags & 3 == 3 or not parks() else park_call(sock_nameinfo, address, flags)
    if isinstance(r[0], int):
        raise sock_gaierror(r[0], r[1])
    return r


@system_function("_socket", "gethostname")
def sock_gethostname():
    return sock_hostname()


@system_function("_socket", "sethostname")
def sock_sethostname(name, /):
    sock_fail(1)


@system_function("_socket", "gethostbyname")
def sock_gethostbyname(host, /):
    host = sock_host_bytes(host)
    return sock_ntop(2, park_call(sock_resolve4, host) if parks() else sock_resolve4(host))


def sock_host_result(r):
    if isinstance(r[0], int):
        raise sock_herror(r[0], r[1])
    name, aliases, addresses = r
    return name, aliases, [sock_ntop(2 if len(a) == 4 else 10, a) for a in addresses]


@system_function("_socket", "gethostbyname_ex")
def sock_gethostbyname_ex(host, /):
    host = sock_host_bytes(host)
    return sock_host_result(park_call(sock_host, host, None, 2) if parks() else sock_host(host, None, 2))


@system_function("_socket", "gethostbyaddr")
def sock_gethostbyaddr(host, /):
    found = sock_look_up(sock_host_bytes(host), None, 0, 0, 0, 0)[0]
    packed = found[4][4:8] if found[0] == 2 else found[4][8:24]
    return sock_host_result(park_call(sock_host, None, packed, found[0]) if parks() else sock_host(None, packed, found[0]))


@system_function("_socket", "getservbyname")
def sock_getservbyname(servicename, protocolname=None, /):
    r = sock_service(servicename.encode(), None, None if protocolname is None else protocolname.encode())
    if r is None:
        raise OSError("service/proto not found")
    return r


@system_function("_socket", "getservbyport")
def sock_getservbyport(port, protocolname=None, /):
    if not 0 <= port <= 65535:
        raise OverflowError("getservbyport: port must be 0-65535.")
    r = sock_service(None, port, None if protocolname is None else protocolname.encode())
    if r is None:
        raise OSError("port/proto not found")
    return r


@system_function("_socket", "getprotobyname")
def sock_getprotobyname(name, /):
    r = sock_protocol(name.encode())
    if r is None:
        raise OSError("protocol not found")
    return r


@system_function("_socket", "inet_aton")
def sock_inet_aton(ip_addr, /):
    r = sock_aton(ip_addr.encode())
    if r is None:
        raise OSError("illegal IP address string passed to inet_aton")
    return r


@system_function("_socket", "inet_ntoa")
def sock_inet_ntoa(packed_ip, /):
    data = io_bytes_of(packed_ip)
    if len(data) != 4:
        raise OSError("packed IP wrong length")
    return sock_ntop(2, data)


@system_function("_socket", "inet_pton")
def sock_inet_pton(address_family, ip_string, /):
    r = sock_pton(address_family, ip_string.encode())
    if r is None:
        raise OSError("illegal IP address string passed to inet_pton")
    return r


@system_function("_socket", "inet_ntop")
def sock_inet_ntop(address_family, packed_ip, /):
    data = io_bytes_of(packed_ip)
    if address_family not in (2, 10):
        raise ValueError("unknown address family " + str(address_family))
    if len(data) != (4 if address_family == 2 else 16):
        raise ValueError("invalid length of packed IP address string")
    return sock_ntop(address_family, data)


def sock_swap(x, size, name):
    if not isinstance(x, int):
        raise TypeError("an integer is required (got type " + type(x).__name__ + ")")
    if x < 0:
        raise OverflowError(name + ": can't convert negative Python int to C " + str(size * 8) + "-bit unsigned integer")
    if x >= 1 << size * 8:
        raise OverflowError(name + ": Python int too large to convert to C " + str(size * 8) + "-bit unsigned integer")
    return int.from_bytes(x.to_bytes(size, "little"), "big")


@system_function("_socket", "htons")
def sock_htons(x, /):
    return sock_swap(x, 2, "htons")


@system_function("_socket", "ntohs")
def sock_ntohs(x, /):
    return sock_swap(x, 2, "ntohs")


@system_function("_socket", "htonl")
def sock_htonl(x, /):
    return sock_swap(x, 4, "htonl")


@system_function("_socket", "ntohl")
def sock_ntohl(x, /):
    return sock_swap(x, 4, "ntohl")


@system_function("_socket", "getdefaulttimeout")
def sock_getdefaulttimeout():
    return sock_state["timeout"]


@system_function("_socket", "setdefaulttimeout")
def sock_setdefaulttimeout(timeout, /):
    if timeout is not None:
        if time_nanoseconds(timeout) < 0:
            raise ValueError("Timeout value out of range")
        timeout = float(timeout)
    sock_state["timeout"] = timeout


@system_function("_socket", "if_nameindex")
def sock_if_nameindex():
    return sock_interfaces()


@system_function("_socket", "if_nametoindex")
def sock_if_nametoindex(name, /):
    if isinstance(name, str):
        name = name.encode("utf-8", "surrogateescape")
    elif not isinstance(name, bytes):
        name = posix_bytes(name)
    for index, found in sock_interfaces():
        if found.encode() == name:
            return index
    raise OSError("no interface with this name")


@system_function("_socket", "if_indextoname")
def sock_if_indextoname(index, /):
    index = system_index(index)
    for i, name in sock_interfaces():
        if i == index:
            return name
    sock_fail(6)


@system_function("_socket", "CMSG_LEN")
def sock_CMSG_LEN(length, /):
    if length < 0 or length > 0x7fffffef:
        raise OverflowError("CMSG_LEN() argument out of range")
    return length + 16


@system_function("_socket", "CMSG_SPACE")
def sock_CMSG_SPACE(length, /):
    if length < 0 or length > 0x7fffffe7:
        raise OverflowError("CMSG_SPACE() argument out of range")
    return (length + 7 & ~7) + 16


sock_constants = """
AF_ALG 38 AF_APPLETALK 5 AF_ASH 18 AF_ATMPVC 8 AF_ATMSVC 20 AF_AX25 3 AF_BLUETOOTH 31 AF_BRIDGE 7 AF_CAN 29 AF_ECONET 19 AF_INET 2 AF_INET6
10 AF_IPX 4 AF_IRDA 23 AF_KEY 15 AF_LLC 26 AF_NETBEUI 13 AF_NETLINK 16 AF_NETROM 6 AF_PACKET 17 AF_PPPOX 24 AF_QIPCRTR 42 AF_RDS 21 AF_ROSE
11 AF_ROUTE 16 AF_SECURITY 14 AF_SNA 22 AF_TIPC 30 AF_UNIX 1 AF_UNSPEC 0 AF_VSOCK 40 AF_WANPIPE 25 AF_X25 9 AI_ADDRCONFIG 32 AI_ALL 16
AI_CANONNAME 2 AI_NUMERICHOST 4 AI_NUMERICSERV 1024 AI_PASSIVE 1 AI_V4MAPPED 8 EAI_ADDRFAMILY -9 EAI_AGAIN -3 EAI_BADFLAGS -1 EAI_FAIL -4
EAI_FAMILY -6 EAI_MEMORY -10 EAI_NODATA -5 EAI_NONAME -2 EAI_OVERFLOW -12 EAI_SERVICE -8 EAI_SOCKTYPE -7 EAI_SYSTEM -11
INADDR_ALLHOSTS_GROUP 3758096385 INADDR_ANY 0 INADDR_BROADCAST 4294967295 INADDR_LOOPBACK 2130706433 INADDR_MAX_LOCAL_GROUP 3758096639
INADDR_NONE 4294967295 INADDR_UNSPEC_GROUP 3758096384 IOCTL_VM_SOCKETS_GET_LOCAL_CID 1977 IPPORT_RESERVED 1024 IPPORT_USERRESERVED 5000
IPPROTO_AH 51 IPPROTO_DSTOPTS 60 IPPROTO_EGP 8 IPPROTO_ESP 50 IPPROTO_FRAGMENT 44 IPPROTO_GRE 47 IPPROTO_HOPOPTS 0 IPPROTO_ICMP 1
IPPROTO_ICMPV6 58 IPPROTO_IDP 22 IPPROTO_IGMP 2 IPPROTO_IP 0 IPPROTO_IPIP 4 IPPROTO_IPV6 41 IPPROTO_MPTCP 262 IPPROTO_NONE 59 IPPROTO_PIM
103 IPPROTO_PUP 12 IPPROTO_RAW 255 IPPROTO_ROUTING 43 IPPROTO_RSVP 46 IPPROTO_SCTP 132 IPPROTO_TCP 6 IPPROTO_TP 29 IPPROTO_UDP 17
IPPROTO_UDPLITE 136 IPV6_CHECKSUM 7 IPV6_DONTFRAG 62 IPV6_DSTOPTS 59 IPV6_HOPLIMIT 52 IPV6_HOPOPTS 54 IPV6_JOIN_GROUP 20 IPV6_LEAVE_GROUP 21
IPV6_MULTICAST_HOPS 18 IPV6_MULTICAST_IF 17 IPV6_MULTICAST_LOOP 19 IPV6_NEXTHOP 9 IPV6_PATHMTU 61 IPV6_PKTINFO 50 IPV6_RECVDSTOPTS 58
IPV6_RECVHOPLIMIT 51 IPV6_RECVHOPOPTS 53 IPV6_RECVPATHMTU 60 IPV6_RECVPKTINFO 49 IPV6_RECVRTHDR 56 IPV6_RECVTCLASS 66 IPV6_RTHDR 57
IPV6_RTHDRDSTOPTS 55 IPV6_RTHDR_TYPE_0 0 IPV6_TCLASS 67 IPV6_UNICAST_HOPS 16 IPV6_V6ONLY 26 IP_ADD_MEMBERSHIP 35 IP_BIND_ADDRESS_NO_PORT 24
IP_DEFAULT_MULTICAST_LOOP 1 IP_DEFAULT_MULTICAST_TTL 1 IP_DROP_MEMBERSHIP 36 IP_HDRINCL 3 IP_MAX_MEMBERSHIPS 20 IP_MULTICAST_IF 32
IP_MULTICAST_LOOP 34 IP_MULTICAST_TTL 33 IP_OPTIONS 4 IP_RECVOPTS 6 IP_RECVRETOPTS 7 IP_RECVTOS 13 IP_RETOPTS 7 IP_TOS 1 IP_TRANSPARENT 19
IP_TTL 2 MSG_CMSG_CLOEXEC 1073741824 MSG_CONFIRM 2048 MSG_CTRUNC 8 MSG_DONTROUTE 4 MSG_DONTWAIT 64 MSG_EOR 128 MSG_ERRQUEUE 8192
MSG_FASTOPEN 536870912 MSG_MORE 32768 MSG_NOSIGNAL 16384 MSG_OOB 1 MSG_PEEK 2 MSG_TRUNC 32 MSG_WAITALL 256 NI_DGRAM 16 NI_MAXHOST 1025
NI_MAXSERV 32 NI_NAMEREQD 8 NI_NOFQDN 4 NI_NUMERICHOST 1 NI_NUMERICSERV 2 SCM_CREDENTIALS 2 SCM_RIGHTS 1 SHUT_RD 0 SHUT_RDWR 2 SHUT_WR 1
SOCK_CLOEXEC 524288 SOCK_DGRAM 2 SOCK_NONBLOCK 2048 SOCK_RAW 3 SOCK_RDM 4 SOCK_SEQPACKET 5 SOCK_STREAM 1 SOL_ALG 279 SOL_CAN_BASE 100
SOL_CAN_RAW 101 SOL_HCI 0 SOL_IP 0 SOL_RDS 276 SOL_SOCKET 1 SOL_TCP 6 SOL_TIPC 271 SOL_UDP 17 SOMAXCONN 4096 SO_ACCEPTCONN 30
SO_BINDTODEVICE 25 SO_BROADCAST 6 SO_DEBUG 1 SO_DOMAIN 39 SO_DONTROUTE 5 SO_ERROR 4 SO_INCOMING_CPU 49 SO_J1939_ERRQUEUE 4 SO_J1939_FILTER 1
SO_J1939_PROMISC 2 SO_J1939_SEND_PRIO 3 SO_KEEPALIVE 9 SO_LINGER 13 SO_MARK 36 SO_OOBINLINE 10 SO_PASSCRED 16 SO_PASSSEC 34 SO_PEERCRED 17
SO_PEERSEC 31 SO_PRIORITY 12 SO_PROTOCOL 38 SO_RCVBUF 8 SO_RCVLOWAT 18 SO_RCVTIMEO 20 SO_REUSEADDR 2 SO_REUSEPORT 15 SO_SNDBUF 7 SO_SNDLOWAT
19 SO_SNDTIMEO 21 SO_TYPE 3 SO_VM_SOCKETS_BUFFER_MAX_SIZE 2 SO_VM_SOCKETS_BUFFER_MIN_SIZE 1 SO_VM_SOCKETS_BUFFER_SIZE 0 VMADDR_CID_ANY 4294967295 VMADDR_CID_HOST 2
VMADDR_PORT_ANY 4294967295 VM_SOCKETS_INVALID_VERSION 4294967295 IOCTL_VM_SOCKETS_GET_LOCAL_CID 1977 TCP_CONGESTION 13
TCP_CORK 3 TCP_DEFER_ACCEPT 9 TCP_FASTOPEN 23 TCP_INFO 11 TCP_KEEPCNT 6 TCP_KEEPIDLE 4 TCP_KEEPINTVL 5 TCP_LINGER2 8 TCP_MAXSEG 2
TCP_NODELAY 1 TCP_NOTSENT_LOWAT 25 TCP_QUICKACK 12 TCP_SYNCNT 7 TCP_USER_TIMEOUT 18 TCP_WINDOW_CLAMP 10
"""
