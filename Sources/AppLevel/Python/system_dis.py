# dis: listings of Weft's own instructions, in place of the library's module, which knows CPython's only.
# On demand: dis

dis_Instruction = structseq_type("dis", "Instruction", [
    "opname", "opcode", "arg", "argval", "argrepr", "offset", "starts_line", "is_jump_target", "positions"])
dis_Positions = structseq_type("dis", "Positions", ["lineno", "end_lineno", "col_offset", "end_col_offset"])


def dis_new_positions(cls, lineno=None, end_lineno=None, col_offset=None, end_col_offset=None):
    return system_make_structseq(cls, (lineno, end_lineno, col_offset, end_col_offset), None)


raw_set_type_attr(dis_Positions, "__new__", staticmethod(dis_new_positions))
dis_flag_names = {1: "OPTIMIZED", 2: "NEWLOCALS", 4: "VARARGS", 8: "VARKEYWORDS", 16: "NESTED", 32: "GENERATOR", 64: "NOFREE",
                  128: "COROUTINE", 256: "ITERABLE_COROUTINE", 512: "ASYNC_GENERATOR"}


def dis_populate(d):
    names = system_opcodes()
    d["opname"] = list(names)
    d["opmap"] = {name: i for i, name in enumerate(names)}
    d["HAVE_ARGUMENT"] = 0
    d["EXTENDED_ARG"] = d["opmap"].get("wide", 1)
    for kind in ("hasarg", "hasconst", "hasname", "hasjrel", "hasjabs", "haslocal", "hascompare", "hasfree", "hasnargs"):
        d[kind] = []
    d["cmp_op"] = ("<", "<=", "==", "!=", ">", ">=")
    d["COMPILER_FLAG_NAMES"] = dict(dis_flag_names)
    d["Instruction"] = dis_Instruction
    d["Positions"] = dis_Positions
    d["__all__"] = ["code_info", "dis", "disassemble", "distb", "disco", "findlinestarts", "findlabels", "show_code", "get_instructions",
                    "Instruction", "Bytecode", "cmp_op", "hasconst", "hasname", "hasjrel", "hasjabs", "haslocal", "hascompare", "hasfree",
                    "opname", "opmap", "HAVE_ARGUMENT", "EXTENDED_ARG", "hasnargs", "stack_effect"]


def dis_code_object(x):
    """The code of whatever can be disassembled."""
    x = getattr(x, "__func__", x)
    for name in ("__code__", "gi_code", "ag_code", "cr_code"):
        code = getattr(x, name, None)
        if code is not None:
            return code
    if isinstance(x, str):
        try:
            return compile(x, "<disassembly>", "eval")
        except SyntaxError:
            return compile(x, "<disassembly>", "exec")
    if hasattr(x, "co_code"):
        return x
    raise TypeError("don't know how to disassemble " + type(x).__name__ + " objects")


@module_function("dis", "get_instructions")
def dis_get_instructions(x, *, first_line=None, show_caches=False, adaptive=False):
    code = dis_code_object(x)
    shift = 0 if first_line is None else first_line - code.co_firstlineno
    listed = system_instructions(code)
    targets = {entry[5] for entry in listed if entry[5] is not None}
    line_before = None
    for offset, name, number, text, positions, target in listed:
        line = positions[0]
        if line is not None:
            line += shift
        starts = line if line is not None and line != line_before else None
        if line is not None:
            line_before = line
        yield dis_Instruction((name, number, None, target if target is not None else text, text, offset, starts, offset in targets,
                               dis_Positions(*positions)))


@module_function("dis", "disassemble")
def dis_disassemble(co, lasti=-1, *, file=None, show_caches=False, adaptive=False):
    for i in dis_get_instructions(co):
        if i.starts_line is not None and i.offset > 0:
            print(file=file)
        print(("" if i.starts_line is None else str(i.starts_line)).rjust(3) + (" --> " if i.offset == lasti else "     ") +
              (">> " if i.is_jump_target else "   ") + str(i.offset).rjust(4) + " " + (i.opname.ljust(20) + " " + i.argrepr).rstrip(), file=file)


app_module_attr("dis", "disco", dis_disassemble)


@module_function("dis", "dis")
def dis_dis(x=None, *, file=None, depth=None, show_caches=False, adaptive=False):
    if x is None:
        dis_distb(file=file)
        return
    x = getattr(x, "__func__", x)
    if hasattr(x, "__dict__") and not hasattr(x, "__code__") and not hasattr(x, "co_code") and not hasattr(x, "gi_code"):
        for name in sorted(x.__dict__):
            value = x.__dict__[name]
            if hasattr(getattr(value, "__func__", value), "__code__") or hasattr(value, "co_code") or isinstance(value, type):
                print("Disassembly of " + name + ":", file=file)
                try:
                    dis_dis(value, file=file, depth=depth)
                except TypeError as e:
                    print("Sorry:", e, file=file)
                print(file=file)
        return
    work = [(dis_code_object(x), depth)]
    first = True
    while work:
        code, left = work.pop(0)
        if not first:
            print(file=file)
            print("Disassembly of " + repr(code) + ":", file=file)
        first = False
        dis_disassemble(code, file=file)
        if left is None or left > 0:
            for c in code.co_consts:
                if hasattr(c, "co_code"):
                    work.append((c, None if left is None else left - 1))


@module_function("dis", "distb")
def dis_distb(tb=None, *, file=None, show_caches=False, adaptive=False):
    if tb is None:
        tb = sys_dict.get("last_traceback")
        if tb is None:
            raise RuntimeError("no last traceback to disassemble")
    while tb.tb_next:
        tb = tb.tb_next
    dis_disassemble(tb.tb_frame.f_code, tb.tb_lasti, file=file)


@module_function("dis", "findlinestarts")
def dis_findlinestarts(code):
    last = None
    for offset, name, number, text, positions, target in system_instructions(code):
        line = positions[0]
        if line is not None and line != last:
            last = line
            yield offset, line


@module_function("dis", "findlabels")
def dis_findlabels(code):
    if not hasattr(code, "co_code"):
        raise TypeError("findlabels() takes a code object")
    return sorted({entry[5] for entry in system_instructions(code) if entry[5] is not None})


@module_function("dis", "stack_effect")
def dis_stack_effect(opcode, oparg=None, /, *, jump=None):
    if not 0 <= system_index(opcode) < len(system_opcodes()):
        raise ValueError("invalid opcode or oparg")
    # Instructions work on registers.
    return 0


@module_function("dis", "pretty_flags")
def dis_pretty_flags(flags):
    names = []
    for bit, name in dis_flag_names.items():
        if flags & bit:
            names.append(name)
            flags ^= bit
    if flags or not names:
        names.append(hex(flags))
    return ", ".join(names)


@module_function("dis", "code_info")
def dis_code_info(x):
    co = dis_code_object(x)
    lines = [("Name", co.co_name), ("Filename", co.co_filename), ("Argument count", co.co_argcount), ("Positional-only arguments", co.co_posonlyargcount),
             ("Kw-only arguments", co.co_kwonlyargcount), ("Number of locals", co.co_nlocals), ("Stack size", co.co_stacksize),
             ("Flags", dis_pretty_flags(co.co_flags))]
    out = [(name + ":").ljust(19) + str(value) for name, value in lines]
    for title, values, show in (("Constants", co.co_consts, repr), ("Names", co.co_names, str), ("Variable names", co.co_varnames, str),
                                ("Free variables", co.co_freevars, str), ("Cell variables", co.co_cellvars, str)):
        if values:
            out.append(title + ":")
            for i, value in enumerate(values):
                out.append(str(i).rjust(4) + ": " + show(value))
    return "\n".join(out)


@module_function("dis", "show_code")
def dis_show_code(co, *, file=None):
    print(dis_code_info(co), file=file)


class dis_Bytecode:
    def __init__(self, x, *, first_line=None, current_offset=None, show_caches=False, adaptive=False):
        self.codeobj = dis_code_object(x)
        self.first_line = self.codeobj.co_firstlineno if first_line is None else first_line
        self._original_object = x
        self.current_offset = current_offset

    def __iter__(self):
        return dis_get_instructions(self.codeobj, first_line=self.first_line)

    def __repr__(self):
        return type(self).__name__ + "(" + repr(self._original_object) + ")"

    @classmethod
    def from_traceback(cls, tb, *, show_caches=False, adaptive=False):
        while tb.tb_next:
            tb = tb.tb_next
        return cls(tb.tb_frame.f_code, current_offset=tb.tb_lasti)

    def info(self):
        return dis_code_info(self.codeobj)

    def dis(self):
        import io
        out = io.StringIO()
        dis_disassemble(self.codeobj, -1 if self.current_offset is None else self.current_offset, file=out)
        return out.getvalue()


dis_Bytecode.__name__ = dis_Bytecode.__qualname__ = "Bytecode"
dis_Bytecode.__module__ = "dis"
app_module_attr("dis", "Bytecode", dis_Bytecode)
for dis_function in (dis_get_instructions, dis_disassemble, dis_dis, dis_distb, dis_findlinestarts, dis_findlabels, dis_stack_effect,
                     dis_pretty_flags, dis_code_info, dis_show_code):
    dis_function.__name__ = dis_function.__qualname__ = dis_function.__name__[4:]
