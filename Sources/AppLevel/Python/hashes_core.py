# The hash classes of _md5, _sha1, _sha256, _sha512, _sha3 and _blake2, and the Python half of _random.
# On demand: _md5 _sha1 _sha256 _sha512 _sha3 _blake2


def random_seedHash(r, value):
    r.seed(abs(hash(value)))


def random_new(r, value):
    app_random_seed = lookupType(typeOf(r), "seed")
    app_random_seed(r, abs(hash(value)))
    return r


def random_getrandbits(r, k):
    return r.getrandbits(containers_index(k))


def hashes_feed(h, data):
    at = 0
    while not hashUpdate(h, data, at):
        at += 262144


class _Hash:
    __slots__ = ("_state", "_name")

    def update(self, obj, /):
        hashes_feed(self._state, obj)

    def digest(self):
        return hashDigest(self._state, hashSizes(self._state)[0])

    def hexdigest(self):
        return hashDigest(self._state, hashSizes(self._state)[0]).hex()

    def copy(self):
        new = _object.__new__(typeOf(self))
        new._state = hashCopy(self._state)
        new._name = self._name
        return new

    @property
    def name(self):
        return self._name

    @property
    def digest_size(self):
        return hashSizes(self._state)[0]

    @property
    def block_size(self):
        return hashSizes(self._state)[1]


def hashes_start(cls, name, data):
    self = _object.__new__(cls)
    self._state = hashStart(name, None, False)
    self._name = name
    if data != b"":
        hashes_feed(self._state, data)
    return self


def hashes_plain(module, name, type_name):
    cls = _type(name, (_Hash,), {"__slots__": (), "__module__": module})
    seal_class(cls)

    def new(string=b"", *, usedforsecurity=True):
        return hashes_start(cls, name, string)
    new.__name__ = new.__qualname__ = name
    new.__module__ = module
    app_module_attr(module, name, new)
    app_module_attr(module, type_name, cls)


hashes_plain("_md5", "md5", "MD5Type")
hashes_plain("_sha1", "sha1", "SHA1Type")
hashes_plain("_sha256", "sha224", "SHA224Type")
hashes_plain("_sha256", "sha256", "SHA256Type")
hashes_plain("_sha512", "sha384", "SHA384Type")
hashes_plain("_sha512", "sha512", "SHA512Type")


def hashes_sha3(name):
    def __new__(cls, data=b"", /, *, usedforsecurity=True):
        return hashes_start(cls, name, data)
    members = {"__slots__": (), "__module__": "_sha3", "__new__": __new__,
               "_rate_bits": property(lambda self: hashSizes(self._state)[1] * 8),
               "_capacity_bits": property(lambda self: 1600 - hashSizes(self._state)[1] * 8),
               "_suffix": property(lambda self: b"\x1f" if name[:5] == "shake" else b"\x06")}
    if name[:5] == "shake":
        def digest(self, length, /):
            return hashDigest(self._state, containers_index(length))

        def hexdigest(self, length, /):
            return hashDigest(self._state, containers_index(length)).hex()
        members["digest"] = digest
        members["hexdigest"] = hexdigest
    cls = _type(name, (_Hash,), members)
    seal_class(cls)
    app_module_attr("_sha3", name, cls)


for hashes_name in ("sha3_224", "sha3_256", "sha3_384", "sha3_512", "shake_128", "shake_256"):
    hashes_sha3(hashes_name)
app_module_attr("_sha3", "implementation", "generic 64-bit optimized implementation")


def hashes_blakeNew(cls, name, data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset, node_depth,
                    inner_size, last_node):
    big = name == "blake2b"
    most = 64 if big else 32
    part = 16 if big else 8
    if digest_size <= 0 or digest_size > most:
        raise ValueError("digest_size for " + name.capitalize() + " must be between 1 and " + str(most) + " bytes, here it is " + str(digest_size))
    salt = hashes_bytes(salt)
    person = hashes_bytes(person)
    key = hashes_bytes(key)
    if len(salt) > part:
        raise ValueError("maximum salt length is " + str(part) + " bytes")
    if len(person) > part:
        raise ValueError("maximum person length is " + str(part) + " bytes")
    if fanout < 0 or fanout > 255:
        raise ValueError("fanout must be between 0 and 255")
    if depth <= 0 or depth > 255:
        raise ValueError("depth must be between 1 and 255")
    if leaf_size < 0:
        raise ValueError("value must be positive")
    if leaf_size > 0xFFFFFFFF:
        raise OverflowError("leaf_size is too large")
    if node_offset < 0:
        raise ValueError("value must be positive")
    if node_offset >= 1 << (64 if big else 48):
        raise OverflowError("node_offset is too large")
    if node_depth < 0 or node_depth > 255:
        raise ValueError("node_depth must be between 0 and 255")
    if inner_size < 0 or inner_size > most:
        raise ValueError("inner_size must be between 0 and is " + str(most))
    if len(key) > most:
        raise ValueError("maximum key length is " + str(most) + " bytes")
    block = bytes((digest_size, len(key), fanout, depth)) + leaf_size.to_bytes(4, "little")
    if big:
        block += node_offset.to_bytes(8, "little") + bytes((node_depth, inner_size)) + bytes(14)
    else:
        block += node_offset.to_bytes(6, "little") + bytes((node_depth, inner_size))
    block += salt + bytes(part - len(salt)) + person + bytes(part - len(person))
    self = _object.__new__(cls)
    self._name = name
    self._state = hashStart(name, block, True if last_node else False)
    if key:
        hashes_feed(self._state, key + bytes((128 if big else 64) - len(key)))
    if data != b"":
        hashes_feed(self._state, data)
    return self


def hashes_bytes(data):
    b = bufferBytes(data)
    if b is None:
        raise TypeError("a bytes-like object is required, not '" + typeNameOf(data) + "'")
    return b


@builtin_class("_blake2")
class blake2b(_Hash):
    __slots__ = ()
    SALT_SIZE = 16
    PERSON_SIZE = 16
    MAX_KEY_SIZE = 64
    MAX_DIGEST_SIZE = 64

    def __new__(cls, data=b"", /, *, digest_size=64, key=b"", salt=b"", person=b"", fanout=1, depth=1, leaf_size=0,
                node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True):
        return hashes_blakeNew(cls, "blake2b", data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset,
                               node_depth, inner_size, last_node)


@builtin_class("_blake2")
class blake2s(_Hash):
    __slots__ = ()
    SALT_SIZE = 8
    PERSON_SIZE = 8
    MAX_KEY_SIZE = 32
    MAX_DIGEST_SIZE = 32

    def __new__(cls, data=b"", /, *, digest_size=32, key=b"", salt=b"", person=b"", fanout=1, depth=1, leaf_size=0,
                node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True):
        return hashes_blakeNew(cls, "blake2s", data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset,
                               node_depth, inner_size, last_node)


seal_class(blake2b)
seal_class(blake2s)
