# Generates UnicodeTables.swift and UnicodeNames.swift from the character data of the running CPython 3.11 (Unicode 14.0).
#
# Usage: python3.11 generate_unicode.py
#
# Every table is one string of characters '0'...'o', six bits each, so that a Swift StaticString can be indexed in place.
import ctypes
import os
import struct
import sys
import unicodedata as u

assert u.unidata_version == "14.0.0"
import _sre

LIMIT = 0x110000
HERE = os.path.dirname(os.path.abspath(__file__))


def enc(value, width):
    assert 0 <= value < 64 ** width, (value, width)
    return "".join(chr(48 + (value >> (6 * k) & 63)) for k in reversed(range(width)))


def two_level(values, shift, value_width):
    """Split values into unique blocks; returns (index text, block text)."""
    size = 1 << shift
    blocks, index = {}, []
    for start in range(0, len(values), size):
        block = tuple(values[start:start + size])
        index.append(blocks.setdefault(block, len(blocks)))
    return ("".join(enc(i, 2) for i in index),
            "".join(enc(v, value_width) for b in blocks for v in b))


CATEGORIES = "Cn Lu Ll Lt Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Lm Lo Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So".split()
BIDI = " L LRE LRO R AL RLE RLO PDF EN ES ET AN CS NSM BN B S WS ON LRI RLI FSI PDI".split(" ")
WIDTHS = "N F H W Na A".split()

tables = {}

# Compositions, and the set of their second members.
compositions, seconds = [], set()
for cp in range(LIMIT):
    d = u.decomposition(chr(cp))
    if d and d[0] != "<":
        parts = [int(x, 16) for x in d.split()]
        if len(parts) == 2 and u.normalize("NFC", chr(parts[0]) + chr(parts[1])) == chr(cp):
            compositions.append((parts[0], parts[1], cp))
            seconds.add(parts[1])
seconds.update(range(0x1161, 0x1176))
seconds.update(range(0x11A8, 0x11C3))
compositions.sort()
tables["compositions"] = "".join(enc(a, 4) + enc(b, 4) + enc(c, 4) for a, b, c in compositions)

# Case records: deltas for simple mappings, and an index of full mappings where one is not a single code point.
case_records = {(0, 0, 0, 0, 0): 0}
special_records = {}
numeric_values = {}
records = {}
indexes = []
BIAS = 1 << 23

for cp in range(LIMIT):
    c = chr(cp)
    up, lo, ti, fo = c.upper(), c.lower(), c.title(), c.casefold()
    if cp == 0x3A3:
        lo = "\u03c3"
    special = 0
    simple_lower = _sre.unicode_tolower(cp)
    if max(map(len, (up, lo, ti, fo))) > 1:
        key = tuple(tuple(map(ord, s)) for s in (up, lo, ti, fo))
        special = special_records.setdefault(key, len(special_records) + 1)
    simple_title = ord(ti) if len(ti) == 1 else cp
    simple_upper = ord(up) if len(up) == 1 else simple_title
    simple_fold = ord(fo) if len(fo) == 1 else simple_lower
    case = (simple_upper - cp, simple_lower - cp, simple_title - cp, simple_fold - cp, special)
    case_index = case_records.setdefault(case, len(case_records))
    surrogate = 0xD800 <= cp <= 0xDFFF
    final_after = (c + "\u03a3").lower()[-1] == "\u03c2"
    final_over = ("A" + c + "\u03a3").lower()[-1] == "\u03c2"
    flags = [
        c.isalpha(), c.isdecimal(), c.isdigit(), c.isnumeric(), c.isspace(),
        c.isupper(), c.islower(), c.istitle() and not c.isupper(), c.isprintable(),
        c.isidentifier(), ("a" + c).isidentifier(), len(("x" + c + "y").splitlines()) == 2,
        (c + "a").title()[-1] == "a", final_over and not final_after, u.mirrored(c) == 1,
        not u.is_normalized("NFD", c), not u.is_normalized("NFKD", c), not u.is_normalized("NFC", c),
        cp in seconds, not u.is_normalized("NFKC", c),
    ]
    bits = sum(1 << i for i, f in enumerate(flags) if f)
    number = u.numeric(c, None)
    numeric_index = 0 if number is None else numeric_values.setdefault(number, len(numeric_values) + 1)
    record = (
        bits, CATEGORIES.index(u.category(c)), BIDI.index(u.bidirectional(c)),
        WIDTHS.index(u.east_asian_width(c)), u.combining(c),
        u.decimal(c, 63), u.digit(c, 63), numeric_index, case_index)
    indexes.append(records.setdefault(record, len(records)))

tables["recordIndex"], tables["recordBlocks"] = two_level(indexes, 7, 2)
tables["records"] = "".join(
    enc(r[0], 4) + enc(r[1], 1) + enc(r[2], 1) + enc(r[3], 1) + enc(r[4], 2) + enc(r[5], 1) + enc(r[6], 1)
    + enc(r[7], 2) + enc(r[8], 2) + "0" for r in records)
tables["caseRecords"] = "".join(
    "".join(enc(d + BIAS, 4) for d in r[:4]) + enc(r[4], 2) + "00" for r in case_records)
tables["specialCases"] = "".join(
    "".join(enc(cp, 4) for m in r for cp in (m + (0, 0))[:3]) for r in special_records)
tables["numericValues"] = "".join(enc(struct.unpack("<Q", struct.pack("<d", v))[0], 11) for v in numeric_values)

# Decompositions.
tags, data, offsets, seen = [""], ["0"], [], {"": 0}
length = 1
for cp in range(LIMIT):
    d = u.decomposition(chr(cp))
    if d not in seen:
        parts = d.split()
        tag = ""
        if parts[0][0] == "<":
            tag = parts.pop(0)
        if tag not in tags:
            tags.append(tag)
        text = enc(tags.index(tag), 1) + enc(len(parts), 1) + "".join(enc(int(p, 16), 4) for p in parts)
        seen[d] = length
        data.append(text)
        length += len(text)
    offsets.append(seen[d])
tables["decompositionIndex"], tables["decompositionBlocks"] = two_level(offsets, 6, 3)
tables["decompositionData"] = "".join(data)


def write(path, role, tables, extra):
    with open(os.path.join(HERE, path), "w") as f:
        f.write("// %s. Generated by generate_unicode.py: do not edit.\n\n" % role)
        f.write("@usableFromInline enum %s {\n" % path.split(".")[0])
        for name, text in tables.items():
            f.write("  @inline(__always) static var %s: StaticString {\n    #\"%s\"#\n  }\n" % (name, text))
        for line in extra:
            f.write("  " + line + "\n")
        f.write("}\n")


def static_list(name, items):
    """A function from a small index to a StaticString."""
    yield "static func %s(_ index: Int) -> StaticString {" % name
    yield "  switch index {"
    for i, item in enumerate(items):
        yield "  case %d: return \"%s\"" % (i, item)
    yield "  default: return \"\""
    yield "  }"
    yield "}"


extra = []
extra += static_list("category", CATEGORIES)
extra += static_list("bidirectional", BIDI)
extra += static_list("eastAsianWidth", WIDTHS)
extra += static_list("decompositionTag", tags)
extra.append("static let compositionCount = %d" % len(compositions))
write("UnicodeTables.swift", "Unicode 14.0 character properties as tables of six-bit characters", tables, extra)

# Names: words in a lexicon; a name is a sequence of word numbers.
ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p
ctypes.pythonapi.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
capi = ctypes.cast(
    ctypes.pythonapi.PyCapsule_GetPointer(u._ucnhash_CAPI, b"unicodedata._ucnhash_CAPI"),
    ctypes.POINTER(ctypes.c_void_p))
getname = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_uint, ctypes.c_char_p, ctypes.c_int, ctypes.c_int)(capi[0])

names = []  # (name, code point), then aliases, then sequences
for cp in range(LIMIT):
    n = u.name(chr(cp), "")
    if n and not (n.startswith("HANGUL SYLLABLE ") or n.startswith("CJK UNIFIED IDEOGRAPH-")):
        names.append((n, cp))
plain = len(names)
sequences = []
buffer = ctypes.create_string_buffer(300)
for cp in range(0xF0000, 0xF1000):
    if getname(cp, buffer, 300, 1):
        n = buffer.value.decode()
        value = u.lookup(n)
        if len(value) == 1:
            names.append((n, ord(value)))
        else:
            names.append((n, 0x200000 + len(sequences)))
            sequences.append(tuple(map(ord, value)))

count = {}
for n, _ in names:
    for w in n.split(" "):
        count[w] = count.get(w, 0) + 1
words = sorted(count, key=lambda w: (-count[w], w))
number = {w: i for i, w in enumerate(words)}
SHORT = 48 * 64  # word numbers below this take two characters, others three
tables = {}
lexicon, word_offsets = [], []
position = 0
for w in words:
    word_offsets.append(position)
    lexicon.append(w)
    position += len(w)
word_offsets.append(position)
tables["lexicon"] = "".join(lexicon)
tables["wordOffsets"] = "".join(enc(o, 3) for o in word_offsets)
phrases, phrase_offsets, position = [], [], 0
for n, _ in names:
    text = ""
    for w in n.split(" "):
        i = number[w]
        if i < SHORT:
            text += enc(i, 2)
        else:
            i -= SHORT
            assert i < 16 * 4096
            text += enc(48 + (i >> 12), 1) + enc(i & 4095, 2)
    phrase_offsets.append(position)
    phrases.append(text)
    position += len(text)
phrase_offsets.append(position)
tables["phrases"] = "".join(phrases)
tables["phraseOffsets"] = "".join(enc(o, 4) for o in phrase_offsets)
tables["nameCodes"] = "".join(enc(cp, 4) for _, cp in names)
SLOTS = 1 << 16
slots = [0] * SLOTS


def name_hash(n):
    h = 2166136261
    for b in n.encode():
        h = (h ^ b) * 16777619 & 0xFFFFFFFF
    return h ^ h >> 16


for i, (n, _) in enumerate(names):
    s = name_hash(n) % SLOTS
    while slots[s]:
        s = (s + 1) % SLOTS
    slots[s] = i + 1
tables["slots"] = "".join(enc(s, 3) for s in slots)
tables["sequences"] = "".join(
    enc(len(s), 1) + "".join(enc(c, 4) for c in (s + (0,) * 8)[:8]) for s in sequences)
assert max(map(len, sequences), default=0) <= 8
cjk, start = [], None
for cp in range(LIMIT + 1):
    inside = cp < LIMIT and u.name(chr(cp), "").startswith("CJK UNIFIED IDEOGRAPH-")
    if inside and start is None:
        start = cp
    if not inside and start is not None:
        cjk.append((start, cp - 1))
        start = None
tables["ideographs"] = "".join(enc(a, 4) + enc(b, 4) for a, b in cjk)
write("UnicodeNames.swift", "Unicode 14.0 character names, aliases and named sequences", tables, [
    "static let plainCount = %d" % plain,
    "static let nameCount = %d" % len(names),
    "static let shortWords = %d" % SHORT,
    "static let slotMask = %d" % (SLOTS - 1),
    "static let ideographRanges = %d" % len(cjk),
    "static let longestName = %d" % max(len(n) for n, _ in names),
])
print("records", len(records), "cases", len(case_records), "special", len(special_records),
      "names", len(names), "sequences", len(sequences), {k: len(v) for k, v in tables.items()}, file=sys.stderr)
