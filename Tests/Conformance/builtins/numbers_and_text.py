# int, float, str: arithmetic at the edges, formatting, methods.
for a, b in ((7, 2), (-7, 2), (7, -2), (2 ** 62, 3), (-2 ** 62, -1), (2 ** 100, 2 ** 50 + 1), (-2 ** 64, 10 ** 9)):
    print(a + b, a - b, a * b, a // b, a % b, divmod(a, b), a & b, a | b, a ^ b, a << 3, a >> 2, -a, ~a, a < b, a == b)
print(2 ** 62 - 1 + 1, -2 ** 62 - 1, (2 ** 62) - 1, 4611686018427387903 + 1, 3037000500 * 3037000500)
print(7 / 2, 7.5 // 2, -7.5 % 2, 2 ** -1, 2.0 ** 0.5, 1e300 * 1e10, -0.0, 0.1 + 0.2, 1e16, 1e-5, 123456789.123, float("nan") != float("nan"))
print(int("-12"), int("ff", 16), int(3.9), float("1.5"), round(2.5), round(3.14159, 2), abs(-3), pow(3, 200, 7), hex(255), bin(5), oct(8))
print(10 ** 30, len(str(3 ** 1000)), (10 ** 30).bit_length(), 255 .to_bytes(2, "big"), int.from_bytes(b"\x01\x00", "little"))
print(True + 1, isinstance(True, int), 1 == 1.0, hash(1) == hash(1.0), 1 + 2j, (1 + 2j) * 2, abs(3 + 4j))
s = "Hello, Wörld"
print(s.upper(), s.lower(), s.title(), s.swapcase(), s[::-1], s[1:5], s.find("o"), s.replace("l", "L"), s.split(", "), len(s), "ö" in s)
print(",".join(["a", "b"]), "a-b-c".rsplit("-", 1), " x ".strip(), "abc".startswith("ab"), "x".center(5, "*"), "7".zfill(3), "a\tb".expandtabs(4), "ab\ncd".splitlines())
print("%5.2f|%-5s|%05d|%x|%r|%%" % (3.14159, "ab", 42, 255, "q"), "{:>8}|{:^8}|{:<8}|{:,}|{:.3e}|{:08b}".format("r", "c", "l", 1234567, 12345.678, 5))
v, w = 3.14159, 10
print(f"{v:.2f} {v!r:>{w}} {'nested'} {w=} {1_000_000:_}", f"{{}}", f"{'a' if v else 'b'}")
print(repr("it's"), repr('"q"'), repr("a\nb\x00é\u20ac\U0001f600"), ascii("é"), str(b"ab\xff"), ord("€"), chr(128512))
print("abc" < "abd", "a" * 3, "é".encode(), b"\xc3\xa9".decode(), "a,b".partition(","), "aXbX".count("X"), "abc".isalpha(), "12".isdigit())
print(b"ab" + b"c", b"abc"[1], b"abc"[1:], bytes([1, 2]), bytearray(b"xy"), b"a,b".split(b","), bytes(3))
print(str(None), str([1, "a"]), repr({"k": (1,)}), str(1.0), str(10 ** 20), 1e22, 1.5e-7, 5e-324, 1.7976931348623157e308)
for bad in (lambda: 1 / 0, lambda: 1 % 0, lambda: int("x"), lambda: "a" + 1, lambda: "%d" % "x", lambda: 1 << -1, lambda: chr(-1), lambda: float("x"), lambda: "abc"[9], lambda: 2.0 ** 10000, lambda: "{}".format(), lambda: b"\xff".decode()):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)
