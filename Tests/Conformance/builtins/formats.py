# Plain and less plain cases of %, format(), f-strings and str.format: each must read as CPython's, whichever way it takes.

def show(label, f):
    try:
        print(label, repr(f()))
    except Exception as e:
        print(label, type(e).__name__, e)


values = [0, 7, -7, 255, 10**15, 2**53 + 1, 2**62, -2**63, 10**30, True, None, 0.0, -0.0, 1.5, -2.25, 1e16, 1e-7, 123456.789,
          float("inf"), float("-inf"), float("nan"), "", "a", "abc", "h\xe9", "\u4e2d\u6587", "\U0001f600", [1], (1, 2)]
specs = ["", "d", "5", "05", "<5", ">5", "^5", "x", "X", "o", "b", "08x", ".2f", "8.3f", "08.2f", ".0f", "e", ".3e", "g", ".4g", "s", "10s", "<10", "^10",
         ".2", ".2s", "10.1s", ",", "+d", "#x", "_", "%", "n", "c", "5d", "-5", "=5", "*^7", "0", "00005", ".", "1000", "q"]
for spec in specs:
    for v in values:
        show("format %r %r" % (v, spec), lambda: format(v, spec))
percents = ["%s", "%r", "%a", "%d", "%i", "%5d", "%-5d|", "%05d", "%x", "%X", "%o", "%#x", "%+d", "% d", "%.2f", "%8.3f", "%-8.2f|", "%08.2f", "%e", "%g", "%.3g",
            "%5s", "%-5s|", "%.2s", "%05s", "%c", "%%", "%5%", "%", "%.d", "%.3d", "%q"]
for p in percents:
    for v in values:
        show("%r %% %r" % (p, v), lambda: p % (v,))
        show("%r %% plain %r" % (p, v), lambda: p % v)
for p, a in [("%s-%d", ("ab", 3)), ("%s %s", ("x",)), ("%s", ("x", "y")), ("%(a)s %(b)d", {"a": 1, "b": 2}), ("%(a)s", {}), ("%s" * 3, (1, 2.5, "z")),
             ("%*d", (5, 3)), ("%.*f", (2, 1.0)), ("no fields", ()), ("no fields", (1,)), ("100%% %s", "sure"), ("\xe9%s", "x"), ("%s", "\u4e2d")]:
    show("%r %% %r" % (p, a), lambda: p % a)
templates = ["{}", "{0}", "{} {}", "{1} {0}", "{0} {}", "{} {0}", "{a}", "{a} {}", "{:5}|", "{:>5}", "{:.2f}", "{0:05d}", "{!r}", "{!s:>6}", "{0!r} {a!s}", "{{}}",
             "{{{}}}", "{", "}", "{0", "{:{}}", "{:{w}}", "{0.real}", "{0[0]}", "{a:x}", "{2}", "{b}", "{!x}", "{:d}", "{0:}", "}}{{", "\xe9{}", "{}\u4e2d"]
for s in templates:
    show("%r format" % s, lambda: s.format(3, "x", a=10, w=4))
    show("%r format text" % s, lambda: s.format("abc", 2.5, a="z", w=4))
for i in (0, 9, 10, -1, -10, 12345678901234567890, 2**62, -2**62, 2**63):
    print(f"{i} {i:d} {i:>25} {i:025} {i!r:>3} {i:x}", str(i), "%d" % i, int(str(i)) == i)
for text in ("0", "-0", "+5", " 7 ", "1_000", "_1", "1__0", "", "-", "12a", "\u0663", "9" * 18, "9" * 19, "0x10", "1.0"):
    show("int %r" % text, lambda: int(text))
    show("float %r" % text, lambda: float(text))
for text in ("1.5", "1e5", "-1.5e-3", "inf", "-Infinity", "nan", ".5", "5.", "1e", "1_0.5", " 2.5\n", "1.5x", "0x1p3"):
    show("float %r" % text, lambda: float(text))
for s in ("a,b,,c", ",", "", "abc", "a--b--c", "  x  y "):
    print([s.split(","), s.split("--"), s.split(), s.split(",", 1), s.rsplit(",", 1), s.replace(",", ";"), s.replace(",", ""), s.replace("", "-"),
           s.replace("b", "\xe9"), s.replace("b", "\u4e2d")])
print(True + 1, 1 + True, True + True, True - 2, 5 - True, 2**62 + True, -2**62 - True, True * 3, True == 1)
