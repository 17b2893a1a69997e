# Regular expressions: what may call user code or the modules of `re`.
# On demand: _sre


def sre_with_positions(pattern, name, string, pos, endpos):
    return getattr(pattern, name)(string, textIndex(pos), textIndex(endpos))


def sre_with_count(pattern, name, string, count):
    return getattr(pattern, name)(string, textIndex(count))


def sre_group_index(match, name, group):
    return getattr(match, name)(textIndex(group))


def sre_groups_index(match, groups):
    return tuple([match.group(g) for g in groups])


def sre_hash(pattern, h):
    return textHashInt(h ^ hash(pattern.pattern) ^ pattern.flags)


def sre_substitute(self, repl, string, count):
    count = textIndex(count)
    if count < 0:
        count = -1
    sre_check_string(self, string)
    if callable(repl):
        f = repl
    elif sre_is_literal(repl):
        if count < 0:
            return sre_slice(string, 0, len(string)), 0
        return sre_sub_literal(self, repl, string, count)
    else:
        import re
        f = re._subx(self, repl)
        if not callable(f):
            groups, literals = [], [f]
        else:
            groups, literals = f.__defaults__[0]
        if count < 0:
            return sre_slice(string, 0, len(string)), 0
        return sre_sub_template(self, groups, literals, string, count)
    out = []
    i = n = 0
    search = sre_scanner(self, string).search
    while count == 0 or n < count:
        m = search()
        if m is None:
            break
        b, e = m.span()
        if i < b:
            out.append(sre_slice(string, i, b))
        item = f(m)
        if item is not None:
            out.append(item)
        i = e
        n += 1
    if i < len(string):
        out.append(sre_slice(string, i, len(string)))
    elif n == 0:
        return sre_slice(string, 0, len(string)), 0
    return ("" if isinstance(string, str) else b"").join(out), n


@builtin_method(sre_Pattern)
def sub(self, /, repl, string, count=0):
    return sre_substitute(self, repl, string, count)[0]


@builtin_method(sre_Pattern)
def subn(self, /, repl, string, count=0):
    return sre_substitute(self, repl, string, count)


@builtin_method(sre_Match)
def expand(self, /, template):
    import re
    return re._expand(self.re, self, template)


def sre_flag_text(pattern):
    flags = pattern.flags
    if isinstance(pattern.pattern, str) and flags & (4 | 32 | 256) == 32:
        flags &= ~32
    names = []
    for bit, name in ((1, "re.TEMPLATE"), (2, "re.IGNORECASE"), (4, "re.LOCALE"), (8, "re.MULTILINE"), (16, "re.DOTALL"),
                      (32, "re.UNICODE"), (64, "re.VERBOSE"), (128, "re.DEBUG"), (256, "re.ASCII")):
        if flags & bit:
            names.append(name)
            flags &= ~bit
    if flags:
        names.append(hex(flags))
    return ", " + "|".join(names) if names else ""


@builtin_method(sre_Pattern)
def __repr__(self, /):
    return "re.compile(" + repr(self.pattern)[:200] + sre_flag_text(self) + ")"


@builtin_method(sre_Match)
def __repr__(self, /):
    return "<" + class_of(self).__module__ + ".Match object; span=" + repr(self.span()) + ", match=" + repr(self.group()) + ">"


def sre_generic(cls, item, /):
    return generic_alias(cls, item)


sre_generic.__name__ = "__class_getitem__"
raw_set_type_attr(sre_Pattern, "__class_getitem__", classmethod(sre_generic))
raw_set_type_attr(sre_Match, "__class_getitem__", classmethod(sre_generic))


@module_function("_sre")
def getlower(character, flags, /):
    import _sre
    if flags & 32:
        return _sre.unicode_tolower(character)
    return _sre.ascii_tolower(character)

