# The multibyte encodings with states: HZ and ISO-2022, by bytes of seven bits over the native sets.


def cjk_pair(name, a, b):
    # The text of two seven-bit bytes in the set; None where there is none.
    if not (0x21 <= a <= 0x7E and 0x21 <= b <= 0x7E):
        return None
    text, at, wrong = cjkDecode(cjkSet(name), bytes((a | 0x80, b | 0x80)), 0)
    return None if wrong else text


def cjk_code(name, text, lead=b""):
    # The two seven-bit bytes of the text in the set, None where it has none.
    data, at, wrong = cjkEncode(cjkSet(name), text, 0, True)
    if wrong or at != len(text):
        return None
    if lead:
        if len(data) != 3 or data[:1] != lead:
            return None
        data = data[1:]
    if len(data) != 2 or data[0] < 0xA1 or data[1] < 0xA1:
        return None
    return bytes((data[0] & 0x7F, data[1] & 0x7F))


class cjk_hz:
    # The state: whether two-byte codes go on.

    @staticmethod
    def start(name):
        return False

    @staticmethod
    def pack(state):
        return bytes((1 if state else 0,)) + bytes(7)

    @staticmethod
    def unpack(data):
        return data[0] != 0

    @staticmethod
    def finish(name, state):
        return (b"~}" if state else b""), False

    @staticmethod
    def encode(name, text, at, state, final):
        out = []
        while at < len(text):
            c = text[at]
            if c < "\x80":
                if state:
                    out.append(b"~}")
                    state = False
                out.append(b"~~" if c == "~" else c.encode())
            else:
                code = cjk_code("gb2312", c)
                if code is None:
                    return b"".join(out), at, 1, state
                if not state:
                    out.append(b"~{")
                    state = True
                out.append(code)
            at += 1
        return b"".join(out), at, 0, state

    @staticmethod
    def decode(name, data, at, state):
        out = []
        n = len(data)
        while at < n:
            c = data[at]
            if c == 0x7E:
                if at + 1 >= n:
                    return "".join(out), at, -1, state
                d = data[at + 1]
                if d == 0x7E and not state:
                    out.append("~")
                elif d == 0x7B and not state:
                    state = True
                elif d == 0x0A and not state:
                    pass
                elif d == 0x7D and state:
                    state = False
                else:
                    return "".join(out), at, 1, state
                at += 2
            elif c & 0x80:
                return "".join(out), at, 1, state
            elif not state:
                out.append(chr(c))
                at += 1
            else:
                if at + 1 >= n:
                    return "".join(out), at, -1, state
                text = cjk_pair("gb2312", c, data[at + 1])
                if text is None:
                    return "".join(out), at, 1, state
                out.append(text)
                at += 2
        return "".join(out), at, 0, state


# Character sets by final byte of their designation: (name, bytes a character, set, its three-byte lead).
cjk_designations = {
    "B": ("ascii", 1, None, b""), "J": ("roman", 1, None, b""), "I": ("kana", 1, None, b""),
    "$B": ("0208", 2, "euc_jp", b""), "$@": ("0208o", 2, "euc_jp", b""), "$(D": ("0212", 2, "euc_jp", b"\x8f"),
    "$(C": ("ksx", 2, "euc_kr", b""), "$A": ("gb", 2, "gb2312", b""),
    "$(O": ("0213-1", 2, "euc_jisx0213", b""), "$(P": ("0213-2", 2, "euc_jisx0213", b"\x8f"), "$(Q": ("0213-1q", 2, "euc_jis_2004", b""),
    ".A": ("8859-1", 1, None, b""), ".F": ("8859-7", 1, None, b""),
}
# Which ones an encoding knows, in the order in which its encoder tries them.
cjk_iso_sets = {
    "iso2022_jp": ("B", "$B", "J", "$@"),
    "iso2022_jp_1": ("B", "$B", "$(D", "J", "$@"),
    "iso2022_jp_2": ("B", "$B", "$(D", "$(C", "$A", "J", "$@", ".A", ".F"),
    "iso2022_jp_3": ("B", "$B", "$(O", "$(P", "J"),
    "iso2022_jp_2004": ("B", "$B", "$(Q", "$(P", "J"),
    "iso2022_jp_ext": ("B", "$B", "$(D", "J", "I", "$@"),
    "iso2022_kr": ("B", "$(C"),
}
cjk_iso_order = ("B", "J", "I", "$B", "$@", "$(D", "$(C", "$A", "$(O", "$(P", "$(Q", ".A", ".F")


def cjk_iso_encode(designation, text):
    # The bytes of one character (or pair) in a set, None where it has none.
    kind, width, name, lead = cjk_designations[designation]
    c = text[0]
    if width == 2:
        if kind == "0208":
            # JIS X 0208 has its own reverse solidus and wave dash.
            code = cjk_code(name, text)
            return code
        return cjk_code(name, text, lead)
    if len(text) > 1:
        return None
    if kind == "ascii":
        return c.encode() if c < "\x80" else None
    if kind == "roman":
        if c == "\xa5":
            return b"\\"
        if c == "\u203e":
            return b"~"
        return c.encode() if c < "\x80" and c not in "\\~" else None
    if kind == "kana":
        return bytes((ord(c) - 0xFF40,)) if "\uff61" <= c <= "\uff9f" else None
    return None


class cjk_iso2022:
    # The state: (designation of G0, of G1, of G2, whether G1 is shifted in).

    @staticmethod
    def start(name):
        return ("B", "$(C", None, False) if name == "iso2022_kr" else ("B", None, None, False)

    @staticmethod
    def pack(state):
        def number(d):
            return 0 if d is None else cjk_iso_order.index(d) + 1
        return bytes((number(state[0]), number(state[1]), number(state[2]), 1 if state[3] else 0)) + bytes(4)

    @staticmethod
    def unpack(data):
        def designation(n):
            return None if n == 0 or n > len(cjk_iso_order) else cjk_iso_order[n - 1]
        return designation(data[0]) or "B", designation(data[1]), designation(data[2]), data[3] != 0

    @staticmethod
    def finish(name, state):
        out = b""
        if state[3]:
            out += b"\x0f"
        if state[0] != "B":
            out += b"\x1b(B"
        return out, cjk_iso2022.start(name) if name != "iso2022_kr" else (state[0], state[1], state[2], False)

    @staticmethod
    def encode(name, text, at, state, final):
        out = []
        korean = name == "iso2022_kr"
        g0, g1, g2, shifted = state
        if korean and at == 0 and g2 is None:
            # The designation of G1 leads the text, once.
            out.append(b"\x1b$)C")
            g2 = "B"
        while at < len(text):
            c = text[at]
            if c < "\x80" and (korean or c == "\n" or g0 == "B"):
                if shifted:
                    out.append(b"\x0f")
                    shifted = False
                if g0 != "B":
                    out.append(b"\x1b(B")
                    g0 = "B"
                out.append(c.encode())
                at += 1
                continue
            found = None
            for d in cjk_iso_sets[name]:
                if d[0] == ".":
                    continue
                if cjk_designations[d][2] in ("euc_jisx0213", "euc_jis_2004") and at + 1 < len(text):
                    code = cjk_iso_encode(d, text[at:at + 2])
                    if code is not None:
                        found, step = d, 2
                        break
                code = cjk_iso_encode(d, c)
                if code is not None:
                    found, step = d, 1
                    break
            if found is None:
                return b"".join(out), at, 1, (g0, g1, g2, shifted)
            if korean:
                if not shifted:
                    out.append(b"\x0e")
                    shifted = True
            elif g0 != found:
                out.append(b"\x1b" + (found if found[0] == "$" else "(" + found).encode())
                g0 = found
            out.append(code)
            at += step
        return b"".join(out), at, 0, (g0, g1, g2, shifted)

    @staticmethod
    def decode(name, data, at, state):
        out = []
        n = len(data)
        g0, g1, g2, shifted = state
        sets = cjk_iso_sets[name]
        while at < n:
            c = data[at]
            if c == 0x1B:
                rest = data[at + 1:at + 4]
                step = 0
                for d in sets:
                    if d[0] == "$":
                        if name == "iso2022_kr":
                            sequence, slot = b"$)C", 1
                        else:
                            sequence, slot = d.encode(), 0
                    elif d[0] == ".":
                        sequence, slot = d.encode(), 2
                    else:
                        sequence, slot = b"(" + d.encode(), 0
                    if rest[:len(sequence)] == sequence:
                        step = 1 + len(sequence)
                        if slot == 0:
                            g0 = d
                        elif slot == 1:
                            g1 = d
                        else:
                            g2 = d
                        break
                if not step and name == "iso2022_jp_2" and rest[:1] == b"N" and g2 is not None:
                    if at + 2 >= n:
                        return "".join(out), at, -1, (g0, g1, g2, shifted)
                    byte = bytes((data[at + 2] | 0x80,))
                    try:
                        out.append(byte.decode("latin-1" if g2 == ".A" else "iso8859-7"))
                    except UnicodeDecodeError:
                        return "".join(out), at, 3, (g0, g1, g2, shifted)
                    at += 3
                    continue
                if not step:
                    if n - at < 4 and cjk_iso_prefix(name, sets, rest):
                        return "".join(out), at, -1, (g0, g1, g2, shifted)
                    return "".join(out), at, cjk_iso_escape_length(data, at), (g0, g1, g2, shifted)
                at += step
                continue
            if c == 0x0E or c == 0x0F:
                if name != "iso2022_kr":
                    return "".join(out), at, 1, (g0, g1, g2, shifted)
                if c == 0x0E and g1 is None:
                    return "".join(out), at, 1, (g0, g1, g2, shifted)
                shifted = c == 0x0E
                at += 1
                continue
            if c == 0x0A:
                if name == "iso2022_kr":
                    shifted = False
                elif g2 is not None:
                    g2 = None
                out.append("\n")
                at += 1
                continue
            if c < 0x20:
                out.append(chr(c))
                at += 1
                continue
            if c >= 0x80:
                return "".join(out), at, 1, (g0, g1, g2, shifted)
            kind, width, set, lead = cjk_designations[g1 if shifted else g0]
            if width == 1:
                if kind == "roman" and c in b"\\~":
                    out.append("\xa5" if c == 0x5C else "\u203e")
                elif kind == "kana":
                    if not 0x21 <= c <= 0x5F:
                        return "".join(out), at, 1, (g0, g1, g2, shifted)
                    out.append(chr(0xFF40 + c))
                else:
                    out.append(chr(c))
                at += 1
                continue
            if at + 1 >= n:
                return "".join(out), at, -1, (g0, g1, g2, shifted)
            d = data[at + 1]
            text = None
            if 0x21 <= c <= 0x7E and 0x21 <= d <= 0x7E:
                text, stop, wrong = cjkDecode(cjkSet(set), lead + bytes((c | 0x80, d | 0x80)), 0)
                if wrong:
                    text = None
            if text is None:
                return "".join(out), at, 2 if kind[:3] != "ksx" else 1, (g0, g1, g2, shifted)
            out.append(text)
            at += 2
        return "".join(out), at, 0, (g0, g1, g2, shifted)


def cjk_iso_prefix(name, sets, rest):
    # Whether the bytes after an escape may become a designation.
    for d in sets:
        sequence = b"$)C" if name == "iso2022_kr" and d[0] == "$" else d.encode() if d[0] in "$." else b"(" + d.encode()
        if sequence[:len(rest)] == rest:
            return True
    return name == "iso2022_jp_2" and b"N"[:len(rest)] == rest


def cjk_iso_escape_length(data, at):
    # How much of a bad escape sequence counts as the error: up to its final byte where there is one.
    for i in range(1, 16):
        if at + i >= len(data):
            return 1
        c = data[at + i]
        if 0x40 <= c <= 0x5A or c == 0x40:
            return i + 1
    return 1
