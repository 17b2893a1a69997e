# unicodedata.ucd_3_2_0: the Unicode 3.2.0 database as differences to today's. The data is generate_unicode32.py's.
# On demand: unicodedata

unicode32_unassigned = (
    "221 234-24f 2ae-2af 2ef-2ff 350-35f 370-373 376-379 37b-37d 37f-383 38b 38d 3a2 3cf 3f7-3ff 487 4cf 4f6-4f7 4fa-4ff 510-530 "
    "557-558 560 588 58b-590 5a2 5ba 5c5-5cf 5eb-5ef 5f5-60b 60d-61a 61c-61e 620 63b-63f 656-65f 6ee-6ef 6ff 70e 72d-72f 74b-77f "
    "7b2-900 904 93a-93b 94e-94f 955-957 971-980 984 98d-98e 991-992 9a9 9b1 9b3-9b5 9ba-9bb 9bd 9c5-9c6 9c9-9ca 9ce-9d6 9d8-9db "
    "9de 9e4-9e5 9fb-a01 a03-a04 a0b-a0e a11-a12 a29 a31 a34 a37 a3a-a3b a3d a43-a46 a49-a4a a4e-a58 a5d a5f-a65 a75-a80 a84 a8c "
    "a8e a92 aa9 ab1 ab4 aba-abb ac6 aca ace-acf ad1-adf ae1-ae5 af0-b00 b04 b0d-b0e b11-b12 b29 b31 b34-b35 b3a-b3b b44-b46 "
    "b49-b4a b4e-b55 b58-b5b b5e b62-b65 b71-b81 b84 b8b-b8d b91 b96-b98 b9b b9d ba0-ba2 ba5-ba7 bab-bad bb6 bba-bbd bc3-bc5 bc9 "
    "bce-bd6 bd8-be6 bf3-c00 c04 c0d c11 c29 c34 c3a-c3d c45 c49 c4e-c54 c57-c5f c62-c65 c70-c81 c84 c8d c91 ca9 cb4 cba-cbd cc5 "
    "cc9 cce-cd4 cd7-cdd cdf ce2-ce5 cf0-d01 d04 d0d d11 d29 d3a-d3d d44-d45 d49 d4e-d56 d58-d5f d62-d65 d70-d81 d84 d97-d99 db2 "
    "dbc dbe-dbf dc7-dc9 dcb-dce dd5 dd7 de0-df1 df5-e00 e3b-e3e e5c-e80 e83 e85-e86 e89 e8b-e8c e8e-e93 e98 ea0 ea4 ea6 ea8-ea9 "
    "eac eba ebe-ebf ec5 ec7 ece-ecf eda-edb ede-eff f48 f6b-f70 f8c-f8f f98 fbd fcd-fce fd0-fff 1022 1028 102b 1033-1035 "
    "103a-103f 105a-109f 10c6-10cf 10f9-10fa 10fc-10ff 115a-115e 11a3-11a7 11fa-11ff 1207 1247 1249 124e-124f 1257 1259 125e-125f "
    "1287 1289 128e-128f 12af 12b1 12b6-12b7 12bf 12c1 12c6-12c7 12cf 12d7 12ef 130f 1311 1316-1317 131f 1347 135b-1360 137d-139f "
    "13f5-1400 1677-167f 169d-169f 16f1-16ff 170d 1715-171f 1737-173f 1754-175f 176d 1771 1774-177f 17dd-17df 17ea-17ff 180f "
    "181a-181f 1878-187f 18aa-1dff 1e9c-1e9f 1efa-1eff 1f16-1f17 1f1e-1f1f 1f46-1f47 1f4e-1f4f 1f58 1f5a 1f5c 1f5e 1f7e-1f7f 1fb5 "
    "1fc5 1fd4-1fd5 1fdc 1ff0-1ff1 1ff5 1fff 2053-2056 2058-205e 2064-2069 2072-2073 208f-209f 20b2-20cf 20eb-20ff 213b-213c "
    "214c-2152 2184-218f 23cf-23ff 2427-243f 244b-245f 24ff 2614-2615 2618 267e-267f 268a-2700 2705 270a-270b 2728 274c 274e "
    "2753-2755 2757 275f-2760 2795-2797 27b0 27bf-27cf 27ec-27ef 2b00-2e7f 2e9a 2ef4-2eff 2fd6-2fef 2ffc-2fff 3040 3097-3098 "
    "3100-3104 312d-3130 318f 31b8-31ef 321d-321f 3244-3250 327c-327e 32cc-32cf 32ff 3377-337a 33de-33df 33ff 4db6-4dff 9fa6-9fff "
    "a48d-a48f a4c7-abff d7a4-d7ff fa2e-fa2f fa6b-faff fb07-fb12 fb18-fb1c fb37 fb3d fb3f fb42 fb45 fbb2-fbd2 fd40-fd4f fd90-fd91 "
    "fdc8-fdef fdfd-fdff fe10-fe1f fe24-fe2f fe47-fe48 fe53 fe67 fe6c-fe6f fe75 fefd-fefe ff00 ffbf-ffc1 ffc8-ffc9 ffd0-ffd1 "
    "ffd8-ffd9 ffdd-ffdf ffe7 ffef-fff8 fffe-102ff 1031f 10324-1032f 1034b-103ff 10426-10427 1044e-1cfff 1d0f6-1d0ff 1d127-1d129 "
    "1d1de-1d3ff 1d455 1d49d 1d4a0-1d4a1 1d4a3-1d4a4 1d4a7-1d4a8 1d4ad 1d4ba 1d4bc 1d4c1 1d4c4 1d506 1d50b-1d50c 1d515 1d51d 1d53a "
    "1d53f 1d545 1d547-1d549 1d551 1d6a4-1d6a7 1d7ca-1d7cd 1d800-1ffff 2a6d7-2f7ff 2fa1e-e0000 e0002-e001f e0080-effff ffffe-fffff "
    "10fffe-10ffff")
unicode32_categories = (
    "a7=So aa=Ll ad=Pd b6=So ba=Ll 294=Ll 2b9=Sk 2ba=Sk 2c6=Sk 2c7=Sk 2c8=Sk 2c9=Sk 2ca=Sk 2cb=Sk 2cc=Sk 2cd=Sk 2ce=Sk 2cf=Sk "
    "2ec=Sk 374=Sk 5be=Po 6de=Me f14=So 10d0=Lo 10d1=Lo 10d2=Lo 10d3=Lo 10d4=Lo 10d5=Lo 10d6=Lo 10d7=Lo 10d8=Lo 10d9=Lo 10da=Lo "
    "10db=Lo 10dc=Lo 10dd=Lo 10de=Lo 10df=Lo 10e0=Lo 10e1=Lo 10e2=Lo 10e3=Lo 10e4=Lo 10e5=Lo 10e6=Lo 10e7=Lo 10e8=Lo 10e9=Lo "
    "10ea=Lo 10eb=Lo 10ec=Lo 10ed=Lo 10ee=Lo 10ef=Lo 10f0=Lo 10f1=Lo 10f2=Lo 10f3=Lo 10f4=Lo 10f5=Lo 10f6=Lo 10f7=Lo 10f8=Lo "
    "1369=Nd 136a=Nd 136b=Nd 136c=Nd 136d=Nd 136e=Nd 136f=Nd 1370=Nd 1371=Nd 13a0=Lo 13a1=Lo 13a2=Lo 13a3=Lo 13a4=Lo 13a5=Lo "
    "13a6=Lo 13a7=Lo 13a8=Lo 13a9=Lo 13aa=Lo 13ab=Lo 13ac=Lo 13ad=Lo 13ae=Lo 13af=Lo 13b0=Lo 13b1=Lo 13b2=Lo 13b3=Lo 13b4=Lo "
    "13b5=Lo 13b6=Lo 13b7=Lo 13b8=Lo 13b9=Lo 13ba=Lo 13bb=Lo 13bc=Lo 13bd=Lo 13be=Lo 13bf=Lo 13c0=Lo 13c1=Lo 13c2=Lo 13c3=Lo "
    "13c4=Lo 13c5=Lo 13c6=Lo 13c7=Lo 13c8=Lo 13c9=Lo 13ca=Lo 13cb=Lo 13cc=Lo 13cd=Lo 13ce=Lo 13cf=Lo 13d0=Lo 13d1=Lo 13d2=Lo "
    "13d3=Lo 13d4=Lo 13d5=Lo 13d6=Lo 13d7=Lo 13d8=Lo 13d9=Lo 13da=Lo 13db=Lo 13dc=Lo 13dd=Lo 13de=Lo 13df=Lo 13e0=Lo 13e1=Lo "
    "13e2=Lo 13e3=Lo 13e4=Lo 13e5=Lo 13e6=Lo 13e7=Lo 13e8=Lo 13e9=Lo 13ea=Lo 13eb=Lo 13ec=Lo 13ed=Lo 13ee=Lo 13ef=Lo 13f0=Lo "
    "13f1=Lo 13f2=Lo 13f3=Lo 13f4=Lo 166d=Po 1734=Mn 17b4=Mc 17b5=Mc 1885=Lo 1886=Lo 200b=Zs 2071=Ll 207f=Ll 2118=So 2132=So "
    "2183=Nl 2308=Sm 2309=Sm 230a=Sm 230b=Sm 23b4=Ps 23b5=Pe 23b6=Po 302e=Mn 302f=Mn 30fb=Pc a015=Lo fd3e=Ps fd3f=Pe ff65=Pc "
    "10341=Lo")
unicode32_bidirectional = (
    "2b=ET 2d=ET 2f=ES ad=ON 6dd=AL 6de=NSM 70f=BN cbf=NSM cc6=NSM 1734=NSM 17b4=L 17b5=L 1885=L 1886=L 202f=WS 2044=ON 207a=ET "
    "207b=ET 208a=ET 208b=ET 2132=ON 2212=ET 2460=EN 2461=EN 2462=EN 2463=EN 2464=EN 2465=EN 2466=EN 2467=EN 2468=EN 2469=EN "
    "246a=EN 246b=EN 246c=EN 246d=EN 246e=EN 246f=EN 2470=EN 2471=EN 2472=EN 2473=EN 2474=EN 2475=EN 2476=EN 2477=EN 2478=EN "
    "2479=EN 247a=EN 247b=EN 247c=EN 247d=EN 247e=EN 247f=EN 2480=EN 2481=EN 2482=EN 2483=EN 2484=EN 2485=EN 2486=EN 2487=EN "
    "24ea=EN 2800=ON 2801=ON 2802=ON 2803=ON 2804=ON 2805=ON 2806=ON 2807=ON 2808=ON 2809=ON 280a=ON 280b=ON 280c=ON 280d=ON "
    "280e=ON 280f=ON 2810=ON 2811=ON 2812=ON 2813=ON 2814=ON 2815=ON 2816=ON 2817=ON 2818=ON 2819=ON 281a=ON 281b=ON 281c=ON "
    "281d=ON 281e=ON 281f=ON 2820=ON 2821=ON 2822=ON 2823=ON 2824=ON 2825=ON 2826=ON 2827=ON 2828=ON 2829=ON 282a=ON 282b=ON "
    "282c=ON 282d=ON 282e=ON 282f=ON 2830=ON 2831=ON 2832=ON 2833=ON 2834=ON 2835=ON 2836=ON 2837=ON 2838=ON 2839=ON 283a=ON "
    "283b=ON 283c=ON 283d=ON 283e=ON 283f=ON 2840=ON 2841=ON 2842=ON 2843=ON 2844=ON 2845=ON 2846=ON 2847=ON 2848=ON 2849=ON "
    "284a=ON 284b=ON 284c=ON 284d=ON 284e=ON 284f=ON 2850=ON 2851=ON 2852=ON 2853=ON 2854=ON 2855=ON 2856=ON 2857=ON 2858=ON "
    "2859=ON 285a=ON 285b=ON 285c=ON 285d=ON 285e=ON 285f=ON 2860=ON 2861=ON 2862=ON 2863=ON 2864=ON 2865=ON 2866=ON 2867=ON "
    "2868=ON 2869=ON 286a=ON 286b=ON 286c=ON 286d=ON 286e=ON 286f=ON 2870=ON 2871=ON 2872=ON 2873=ON 2874=ON 2875=ON 2876=ON "
    "2877=ON 2878=ON 2879=ON 287a=ON 287b=ON 287c=ON 287d=ON 287e=ON 287f=ON 2880=ON 2881=ON 2882=ON 2883=ON 2884=ON 2885=ON "
    "2886=ON 2887=ON 2888=ON 2889=ON 288a=ON 288b=ON 288c=ON 288d=ON 288e=ON 288f=ON 2890=ON 2891=ON 2892=ON 2893=ON 2894=ON "
    "2895=ON 2896=ON 2897=ON 2898=ON 2899=ON 289a=ON 289b=ON 289c=ON 289d=ON 289e=ON 289f=ON 28a0=ON 28a1=ON 28a2=ON 28a3=ON "
    "28a4=ON 28a5=ON 28a6=ON 28a7=ON 28a8=ON 28a9=ON 28aa=ON 28ab=ON 28ac=ON 28ad=ON 28ae=ON 28af=ON 28b0=ON 28b1=ON 28b2=ON "
    "28b3=ON 28b4=ON 28b5=ON 28b6=ON 28b7=ON 28b8=ON 28b9=ON 28ba=ON 28bb=ON 28bc=ON 28bd=ON 28be=ON 28bf=ON 28c0=ON 28c1=ON "
    "28c2=ON 28c3=ON 28c4=ON 28c5=ON 28c6=ON 28c7=ON 28c8=ON 28c9=ON 28ca=ON 28cb=ON 28cc=ON 28cd=ON 28ce=ON 28cf=ON 28d0=ON "
    "28d1=ON 28d2=ON 28d3=ON 28d4=ON 28d5=ON 28d6=ON 28d7=ON 28d8=ON 28d9=ON 28da=ON 28db=ON 28dc=ON 28dd=ON 28de=ON 28df=ON "
    "28e0=ON 28e1=ON 28e2=ON 28e3=ON 28e4=ON 28e5=ON 28e6=ON 28e7=ON 28e8=ON 28e9=ON 28ea=ON 28eb=ON 28ec=ON 28ed=ON 28ee=ON "
    "28ef=ON 28f0=ON 28f1=ON 28f2=ON 28f3=ON 28f4=ON 28f5=ON 28f6=ON 28f7=ON 28f8=ON 28f9=ON 28fa=ON 28fb=ON 28fc=ON 28fd=ON "
    "28fe=ON 28ff=ON 302e=NSM 302f=NSM fb29=ET fe62=ET fe63=ET ff0b=ET ff0d=ET ff0f=ES fff9=BN fffa=BN fffb=BN 1d6db=L 1d715=L "
    "1d74f=L 1d789=L 1d7c3=L")
unicode32_widths = (
    "231a=N 231b=N 25fd=N 25fe=N 2648=N 2649=N 264a=N 264b=N 264c=N 264d=N 264e=N 264f=N 2650=N 2651=N 2652=N 2653=N")
unicode32_mirrored = (
    "f3a=0 f3b=0 f3c=0 f3d=0 169b=0 169c=0 29a1=1 fe59=0 fe5a=0 fe5b=0 fe5c=0 fe5d=0 fe5e=0 fe64=0 fe65=0 1d6db=0 1d715=0 1d74f=0 "
    "1d789=0 1d7c3=0")
unicode32_decimals = (
    "b2=2 b3=3 b9=1 1369=1 136a=2 136b=3 136c=4 136d=5 136e=6 136f=7 1370=8 1371=9 2070=0 2074=4 2075=5 2076=6 2077=7 2078=8 "
    "2079=9 2080=0 2081=1 2082=2 2083=3 2084=4 2085=5 2086=6 2087=7 2088=8 2089=9")

unicode32_state = {"starts": None, "ends": None}


def unicode32_known(c):
    # Whether the character existed; the tables are read when first asked.
    if unicode32_state["starts"] is None:
        starts = []
        ends = []
        for run in unicode32_unassigned.split():
            a, dash, b = run.partition("-")
            starts.append(int(a, 16))
            ends.append(int(b or a, 16))
        unicode32_state["ends"] = ends
        for name, text in (("categories", unicode32_categories), ("bidirectional", unicode32_bidirectional), ("widths", unicode32_widths),
                           ("mirrored", unicode32_mirrored), ("decimals", unicode32_decimals)):
            table = {}
            for item in text.split():
                code, equals, value = item.partition("=")
                table[int(code, 16)] = value
            unicode32_state[name] = table
        unicode32_state["starts"] = starts
    i = bisect_slow((unicode32_state["starts"], ord(c), 0, None, None, True, False)) - 1
    return i < 0 or unicode32_state["ends"][i] < ord(c)


def unicode32_character(c, name):
    if not isinstance(c, str) or len(c) != 1:
        raise TypeError(name + "() argument must be a unicode character, not " + typeNameOf(c))
    return unicode32_known(c)


class unicode32_UCD:
    unidata_version = "3.2.0"

    def __new__(cls, *args, **kwargs):
        raise TypeError("cannot create 'unicodedata.UCD' instances")

    def category(self, chr, /):
        if not unicode32_character(chr, "category"):
            return "Cn"
        return unicode32_state["categories"].get(ord(chr)) or unicode32_now().category(chr)

    def bidirectional(self, chr, /):
        if not unicode32_character(chr, "bidirectional"):
            return ""
        r = unicode32_state["bidirectional"].get(ord(chr))
        return unicode32_now().bidirectional(chr) if r is None else r

    def combining(self, chr, /):
        return unicode32_now().combining(chr) if unicode32_character(chr, "combining") else 0

    def east_asian_width(self, chr, /):
        if not unicode32_character(chr, "east_asian_width"):
            return "F" if unicode32_now().category(chr) != "Cn" else unicode32_now().east_asian_width(chr)
        return unicode32_state["widths"].get(ord(chr)) or unicode32_now().east_asian_width(chr)

    def mirrored(self, chr, /):
        if not unicode32_character(chr, "mirrored"):
            return 0
        r = unicode32_state["mirrored"].get(ord(chr))
        return unicode32_now().mirrored(chr) if r is None else int(r)

    def decimal(self, chr, /, *default):
        if unicode32_character(chr, "decimal"):
            r = unicode32_state["decimals"].get(ord(chr))
            if r is None:
                return unicode32_now().decimal(chr, *default)
            if r:
                return int(r)
        if default:
            return default[0]
        raise ValueError("not a decimal")

    def digit(self, chr, /, *default):
        return unicode32_now().digit(chr, *default)

    def numeric(self, chr, /, *default):
        if unicode32_character(chr, "numeric"):
            return unicode32_now().numeric(chr, *default)
        if default:
            return default[0]
        raise ValueError("not a numeric character")

    def decomposition(self, chr, /):
        return unicode32_now().decomposition(chr) if unicode32_character(chr, "decomposition") else ""

    def name(self, chr, /, *default):
        if unicode32_character(chr, "name"):
            return unicode32_now().name(chr, *default)
        if default:
            return default[0]
        raise ValueError("no such name")

    def lookup(self, name, /):
        r = unicode32_now().lookup(name)
        if len(r) != 1 or not unicode32_known(r) or unicode32_now().name(r, "") != name.upper():
            raise KeyError("undefined character name '" + name + "'")
        return r

    def normalize(self, form, unistr, /):
        # Characters of later versions stand for themselves.
        now = unicode32_now().normalize
        now(form, "")
        if not isinstance(unistr, str):
            raise TypeError("normalize() argument 2 must be str, not " + typeNameOf(unistr))
        out = []
        run = []
        for c in unistr:
            if c < "\x80" or unicode32_known(c):
                run.append(c)
            else:
                out.append(now(form, "".join(run)))
                out.append(c)
                run = []
        out.append(now(form, "".join(run)))
        return "".join(out)

    def is_normalized(self, form, unistr, /):
        return self.normalize(form, unistr) == unistr


unicode32_UCD.__name__ = unicode32_UCD.__qualname__ = "UCD"
builtin_class("unicodedata")(unicode32_UCD)
app_module_attr("unicodedata", "ucd_3_2_0", _object.__new__(unicode32_UCD))


def unicode32_now():
    return import_native_once("unicodedata")
