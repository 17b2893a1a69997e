# The modules `weft`, `weft.jit`: the compiler's settings and counts, and its traces. Natives: Weft/JitModule.swift.
# On demand: weft weft.jit

app_module_attr("weft", "__doc__", "Weft's own modules: weft.jit, weft.profile.")
# A package with no folder to search: `weft` brings its modules along (Weft/JitModule.swift).
app_module_attr("weft", "__path__", [])
app_module_attr("weft.jit", "__doc__", "The compiler of hot loops: settings, counts, traces.")

# Milliseconds and bytes are for people; the module counts in nanoseconds and bytes.
_trace_fields = ("number", "parent", "parent_exit", "tree", "file", "function", "line", "entries", "iterations", "address", "code_size", "ir_count",
                 "ir_bytes", "recorded", "steps", "recording_ns", "compiling_ns", "retired", "kind", "exits")


@builtin_class("weft.jit", "Trace")
class jit_Trace:
    """A recorded loop, function, rest of a function (`continuation`) or bridge from an exit of another trace (`parent`, `parent_exit`): `kind`
    says which. It is as it was when it was asked for.

    file, function, line: where it starts. entries, iterations: how often it was entered, and went round (of a bridge: entries, where
    bridges are counted; without that, the count of iterations ends soon after 262,144). code_size, ir_count: bytes of machine code, instructions before that. exits: tuples of the number of an
    instruction, the times that the trace was left there, and the number of the bridge that takes over, or None."""

    def __init__(self, fields):
        for i in range(len(_trace_fields)):
            setattr(self, _trace_fields[i], fields[i])

    @property
    def is_bridge(self):
        return self.parent is not None

    def __repr__(self):
        return "<%s %d at %s:%d in %s>" % (self.kind, self.number, self.file.rpartition("/")[2], self.line, self.function)

    def dump(self):
        """Its instructions, a line each."""
        return jit_dump(self.number)


def jit_why_off():
    """What to say where there are no traces, or None."""
    on, compiles, threshold = jit_native_state()
    if on:
        return None
    return "the compiler is off (%s)" % ("weft.jit.disable()" if threshold else "--jit off")


@module_function("weft.jit", "enabled")
def jit_enabled():
    """Whether loops are recorded and traces entered."""
    return jit_native_state()[0]


@module_function("weft.jit", "enable")
def jit_enable():
    """Switches the compiler on, also after --jit off. Not in the child of a fork, which runs without traces."""
    if not jit_native_enable():
        raise RuntimeError("no traces can run in a process made by fork()")


@module_function("weft.jit", "disable")
def jit_disable():
    """No loop is recorded and no trace entered until enable()."""
    jit_native_disable()


@module_function("weft.jit", "status")
def jit_status():
    """A sentence: on or off, and how it is set."""
    on, compiles, threshold = jit_native_state()
    if not on:
        return jit_why_off()
    c = jit_native_counters()
    return "the compiler is on: loops are %s after %d iterations; %d traces, %d of %d bytes of code" % (
        "compiled" if compiles else "recorded and interpreted", threshold, c["live"], c["code_bytes"], c["code_limit"])


@module_function("weft.jit", "threshold")
def jit_threshold(iterations=None, /):
    """Iterations after which a loop is recorded, 0 while there is no compiler; sets it; gives the one before."""
    old = jit_native_state()[2]
    if iterations is not None:
        iterations = system_index(iterations)
        if not 1 <= iterations <= 60000:
            raise ValueError("the threshold is a number from 1 to 60000")
        if not old:
            raise RuntimeError(jit_why_off())
        jit_native_set_threshold(iterations)
    return old


@module_function("weft.jit", "code_limit")
def jit_code_limit(size=None, /):
    """Bytes of machine code that there may be at once; sets it; gives the limit before. See Docs/tracing.md for what goes first."""
    if size is not None:
        size = system_index(size)
        if size < 0:
            raise ValueError("the limit is a number of bytes")
    return jit_native_limit(size)


@module_function("weft.jit", "counters")
def jit_counters():
    """Counts since the start: a dict of numbers, and `aborted`, a dict of reasons not to keep a recording; `enabled`, `threshold`."""
    c = jit_native_counters()
    on, compiles, threshold = jit_native_state()
    c["enabled"] = on
    c["threshold"] = threshold
    return c


@module_function("weft.jit", "traces")
def jit_traces():
    """The traces that there are, as objects of class Trace; none while the compiler has made none or is off from the start."""
    return [jit_Trace(f) for f in [jit_native_trace(n) for n in jit_native_numbers()] if f is not None]


@module_function("weft.jit", "dump")
def jit_dump(number, /):
    """The instructions of trace `number` as text."""
    ir = jit_native_ir(system_index(number))
    if ir is None:
        why = jit_why_off()
        raise ValueError("there is no trace %d%s" % (number, "" if why is None else ": " + why))
    return "".join([line[0] + "\n" for line in ir[0]])


@module_function("weft.jit", "count_bridges")
def jit_count_bridges(on, /):
    """Whether bridges that are compiled from now on count how often they are come to (--jit-view does)."""
    jit_native_count_bridges(True if on else False)


@module_function("weft.jit", "view")
def jit_view(out=None, /, form=None):
    """Traces beside the lines that they come from, with heat, IR and exits. Gives the text ("text", the default) or the page ("html"),
    or writes it to the file `out`, whose name says which."""
    if form is None:
        form = "html" if out is not None and not jit_view_is_text(out) else "text"
    if form not in ("text", "html"):
        raise ValueError("form is 'text' or 'html'")
    text = jit_view_html() if form == "html" else jit_view_text()
    if out is None:
        return text
    with open(out, "w", encoding="utf-8", errors="backslashreplace") as f:
        f.write(text)
    return None


def jit_view_write(out):
    """At the end of a program: what --jit-view asks for."""
    if out == "-":
        sys_dict["stdout"].write(jit_view_text())
        sys_dict["stdout"].flush()
        return
    try:
        jit_view(out)
    except OSError as e:
        sys_dict["stderr"].write("weft: --jit-view: " + str(e) + "\n")
