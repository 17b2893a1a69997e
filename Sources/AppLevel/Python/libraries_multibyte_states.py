# The multibyte encodings with states: HZ and ISO-2022, by bytes of seven bits over the native sets.
# On demand:


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


# Character sets by mark, the final byte of their designation with the high bit for sets of two bytes: (bytes a character,
# native set, its three-byte lead).
cjk_iso_marks = {
    0x42: (1, None, b""), 0x4A: (1, None, b""), 0x49: (1, None, b""), 0x41: (1, None, b""), 0x46: (1, None, b""),
    0xC2: (2, "euc_jp", b""), 0xC0: (2, "euc_jp", b""), 0xC4: (2, "euc_jp", b"\x8f"), 0xC3: (2, "euc_kr", b""), 0xC1: (2, "gb2312", b""),
    0xCF: (2, "euc_jisx0213", b""), 0xD0: (2, "euc_jisx0213", b"\x8f"), 0xD1: (2, "euc_jis_2004", b""),
}
# Which ones an encoding knows besides ASCII, in the order in which its encoder tries them.
cjk_iso_sets = {
    "iso2022_jp": (0xC2, 0x4A, 0xC0),
    "iso2022_jp_1": (0xC2, 0xC4, 0x4A, 0xC0),
    "iso2022_jp_2": (0xC2, 0xC4, 0xC3, 0xC1, 0x4A, 0xC0, 0x41, 0x46),
    "iso2022_jp_3": (0xC2, 0xCF, 0xD0),
    "iso2022_jp_2004": (0xC2, 0xD1, 0xD0),
    "iso2022_jp_ext": (0xC2, 0xC4, 0x4A, 0x49, 0xC0),
    "iso2022_kr": (0xC3,),
}
# Sets with characters of two code points, tried first.
cjk_iso_pairs = {"iso2022_jp_3": 0xCF, "iso2022_jp_2004": 0xD1}


def cjk_iso_encode(mark, text):
    # The bytes of one character (or pair) in a set, None where it has none.
    width, name, lead = cjk_iso_marks[mark]
    if width == 2:
        return cjk_code(name, text, lead)
    c = text[0]
    if mark == 0x4A:
        if c == "\xa5":
            return b"\\"
        if c == "\u203e":
            return b"~"
        return c.encode() if c < "\x80" and c not in "\\~" else None
    if mark == 0x49:
        return bytes((ord(c) - 0xFF40,)) if "\uff61" <= c <= "\uff9f" else None
    return None


class cjk_iso2022:
    # The state, eight bytes: marks of G0, G1, G2, nothing, flags (1 shifted to G1, 2 within an unknown escape sequence).

    @staticmethod
    def start(name):
        return b"BB\0\0\0\0\0\0"

    @staticmethod
    def pack(state):
        return state

    @staticmethod
    def unpack(data):
        return data

    @staticmethod
    def finish(name, state):
        out = b""
        if state[4] & 1:
            out = b"\x0f"
        if state[0] != 0x42:
            out += b"\x1b(B"
        return out, bytes((0x42, state[1], state[2], state[3], state[4] & 254)) + state[5:]

    @staticmethod
    def encode(name, text, at, state, final):
        out = []
        g0, g1, flags = state[0], state[1], state[4]
        wrong = 0
        n = len(text)
        pairs = cjk_iso_pairs.get(name)
        while at < n:
            c = text[at]
            if c < "\x80":
                if g0 != 0x42:
                    out.append(b"\x1b(B")
                    g0 = 0x42
                if flags & 1:
                    out.append(b"\x0f")
                    flags &= 254
                out.append(c.encode())
                at += 1
                continue
            mark = step = 0
            if pairs is not None:
                if at + 1 < n:
                    code = cjk_iso_encode(pairs, text[at:at + 2])
                    if code is not None:
                        mark, step = pairs, 2
                elif not final and cjkEncode(cjkSet(cjk_iso_marks[pairs][1]), c, 0, False)[2] < 0:
                    wrong = -1
                    break
            if not mark:
                for mark in cjk_iso_sets[name]:
                    code = cjk_iso_encode(mark, c)
                    if code is not None:
                        step = 1
                        break
            if not step:
                wrong = 1
                break
            if name == "iso2022_kr":
                if g1 != mark:
                    out.append(b"\x1b$)" + bytes((mark & 127,)))
                    g1 = mark
                if not flags & 1:
                    out.append(b"\x0e")
                    flags |= 1
            elif g0 != mark:
                out.append((b"\x1b(" if mark < 128 else b"\x1b$" if mark == 0xC2 else b"\x1b$(") + bytes((mark & 127,)))
                g0 = mark
            out.append(code)
            at += step
        return b"".join(out), at, wrong, bytes((g0, g1, state[2], state[3], flags)) + state[5:]

    @staticmethod
    def decode(name, data, at, state):
        out = []
        n = len(data)
        g = [state[0], state[1], state[2]]
        flags = state[4]
        korean = name == "iso2022_kr"
        wrong = 0
        while at < n:
            c = data[at]
            if flags & 2:
                # The rest of an unknown escape sequence is text.
                out.append(chr(c))
                at += 1
                if 0x40 <= c <= 0x5A:
                    flags &= 253
                continue
            if c == 0x1B:
                if at + 1 >= n:
                    wrong = -1
                    break
                d = data[at + 1]
                if d in b"()$.&":
                    step = cjk_iso_escape(name, data, at, g)
                    if step <= 0:
                        wrong = -step if step else -1
                        break
                    at += step
                elif d == 0x4E and name == "iso2022_jp_2":
                    if at + 2 >= n:
                        wrong = -1
                        break
                    e = data[at + 2]
                    if g[2] == 0x41:
                        out.append(chr(e | 0x80))
                    elif g[2] == 0x46 and e < 0x80:
                        text = bytes((e | 0x80,)).decode("iso8859-7", "replace")
                        if text == "\ufffd":
                            wrong = 3
                            break
                        out.append(text)
                    elif (g[2] == 0x42 or g[2] == 0) and e < 0x80:
                        out.append(chr(e))
                    else:
                        # No second set was designated.
                        wrong = 3
                        break
                    at += 3
                else:
                    out.append("\x1b")
                    flags |= 2
                    at += 1
                continue
            if korean and (c == 0x0E or c == 0x0F):
                flags = flags | 1 if c == 0x0E else flags & 254
                at += 1
                continue
            if c == 0x0A:
                flags &= 254
            mark = g[1] if flags & 1 else g[0]
            if c < 0x20 or mark == 0x42 and c < 0x80:
                out.append(chr(c))
                at += 1
                continue
            if c >= 0x80:
                wrong = 1
                break
            width, set, lead = cjk_iso_marks[mark]
            if width == 1:
                text = None
                if mark == 0x4A:
                    text = "\xa5" if c == 0x5C else "\u203e" if c == 0x7E else chr(c)
                elif mark == 0x49 and 0x21 <= c <= 0x5F:
                    text = chr(0xFF40 + c)
            else:
                if at + 1 >= n:
                    wrong = -1
                    break
                d = data[at + 1]
                text = None
                if 0x21 <= c <= 0x7E and 0x21 <= d <= 0x7E:
                    text, stop, bad = cjkDecode(cjkSet(set), lead + bytes((c | 0x80, d | 0x80)), 0)
                    if bad:
                        text = None
            if text is None:
                wrong = width
                break
            out.append(text)
            at += width
        return "".join(out), at, wrong, bytes((g[0], g[1], g[2], state[3], flags)) + state[5:]


def cjk_iso_escape(name, data, at, g):
    # Designates what the escape sequence says: its length; 0 where it is not complete, below that how much is in error.
    length = 0
    i = 1
    while i < 16:
        if at + i >= len(data):
            return 0
        c = data[at + i]
        if 0x40 <= c <= 0x5A:
            length = i + 1
            break
        i += 1
    if length == 3:
        c = data[at + 1]
        if c == 0x24:
            mark, slot = data[at + 2] | 0x80, 0
        else:
            mark = data[at + 2]
            if c == 0x28:
                slot = 0
            elif c == 0x29:
                slot = 1
            elif c == 0x2E and name == "iso2022_jp_2":
                slot = 2
            else:
                return -3
    elif length == 4 and data[at + 1] == 0x24 and data[at + 2] in b"()":
        mark = data[at + 3] | 0x80
        slot = data[at + 2] - 0x28
    elif length == 0:
        return -1
    else:
        return -length
    if mark != 0x42 and mark not in cjk_iso_sets[name]:
        return -length
    g[slot] = mark
    return length
