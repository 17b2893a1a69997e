# Traces beside the source lines that they come from: a page, and a text for terminals.
# On demand:
#
# A line's heat is how often traces went over it: for each trace that has instructions of the line, the iterations of a loop (what stands
# before `loop` runs once an entry), the entries of a bridge. Its exits are those of the guards that it stands for.


def jit_view_is_text(out):
    return isinstance(out, str) and (out == "-" or out.endswith(".txt"))


class jit_view_Line:
    """What traces do of one source line."""

    def __init__(self):
        self.heat = 0
        self.exits = 0
        self.steps = 0
        # By number of the trace: its instructions of this line, and how often it goes over it.
        self.parts = {}
        self.heat_of = {}


class jit_view_Data:
    """All traces, by file and line."""

    def __init__(self):
        self.traces = jit_traces()
        self.by_number = {}
        self.lines = {}
        self.files = {}
        self.hottest = 1
        # A collection may have freed one meanwhile.
        for t in list(self.traces):
            found = jit_native_ir(t.number)
            if found is None:
                self.traces.remove(t)
                continue
            self.by_number[t.number] = t
            self.add(t, found[0], found[1])

    def add(self, t, ir, places):
        t.ir = ir
        t.places = places
        exits = {}
        for k, count, bridge in t.exits:
            exits[k] = (count, bridge)
        t.exit_of = exits
        # A loop that was peeled has its own part behind `loop`; what has not goes round as a whole.
        peeled = -1
        for k in range(len(ir)):
            if ir[k][0].strip() == "loop":
                peeled = k
        inside = t.entries if t.is_bridge else max(t.entries, t.iterations)
        for k in range(len(ir)):
            text, origin, needed, leaves = ir[k]
            if origin < 0:
                continue
            file, function, number, caller = places[origin]
            line = self.lines.get((file, number))
            if line is None:
                line = self.lines[file, number] = jit_view_Line()
                self.files.setdefault(file, set()).add(number)
            part = line.parts.get(t.number)
            if part is None:
                part = line.parts[t.number] = []
            part.append(k)
            if k in exits:
                line.exits += exits[k][0]
            if " step " in text:
                line.steps += 1
            heat = inside if k > peeled else t.entries
            before = line.heat_of.get(t.number, 0)
            if heat > before:
                line.heat_of[t.number] = heat
                line.heat += heat - before
                self.hottest = max(self.hottest, line.heat)

    def source(self, file):
        """The lines of a file, or None where it cannot be read."""
        import linecache
        if file.startswith("<app-level "):
            return None
        lines = linecache.getlines(file)
        return lines or None


def jit_view_ranges(numbers, last):
    """The lines to show: those that traces have, with three around each; runs of (first, last)."""
    out = []
    for n in sorted(numbers):
        a, b = max(1, n - 3), min(last, n + 3)
        if out and a <= out[-1][1] + 1:
            out[-1][1] = max(out[-1][1], b)
        else:
            out.append([a, b])
    return out


def jit_view_number(n):
    """At most five characters."""
    for limit, unit in ((100000, ""), (10 ** 7, "k"), (10 ** 10, "M"), (10 ** 13, "G")):
        if n < limit:
            return str(n // {"": 1, "k": 1000, "M": 10 ** 6, "G": 10 ** 9}[unit]) + unit
    return str(n // 10 ** 12) + "T"


def jit_view_heading(t):
    where = "%s:%d in %s" % (t.file, t.line, t.function)
    if t.is_bridge:
        return "bridge %d from exit %d of trace %d, %s" % (t.number, t.parent_exit, t.parent, where)
    return "%s %d, %s" % (t.kind, t.number, where)


def jit_view_facts(t):
    facts = ["%d bytes of code" % t.code_size, "%d instructions of IR from %d of the program" % (t.ir_count, t.recorded), "%d steps" % t.steps,
             "entered %d times" % t.entries]
    if not t.is_bridge:
        facts.append("%d iterations" % t.iterations)
    facts.append("recorded in %d us, compiled in %d us" % (t.recording_ns // 1000, t.compiling_ns // 1000))
    if t.retired:
        facts.append("given back to the interpreter")
    return ", ".join(facts)


def jit_view_summary(data):
    why = jit_why_off()
    if why is not None and not data.traces:
        return "No traces: " + why + "."
    c = jit_native_counters()
    text = "%d loops and %d bridges recorded, %d traces there now; %d bytes of code; %d exits at guards." % (
        c["loops"], c["bridges"], len(data.traces), c["code_bytes"], c["guard_exits"])
    if c["aborted"]:
        text += " Not recorded: " + ", ".join(["%s %d" % (k, v) for k, v in sorted(c["aborted"].items())]) + "."
    return text


def jit_view_exit(data, t, k):
    """What is known of the exit at instruction `k`: words, or an empty text."""
    found = t.exit_of.get(k)
    if found is None:
        return ""
    count, bridge = found
    text = "left %d times" % count
    if bridge is not None:
        b = data.by_number.get(bridge)
        text += ", now bridge %d" % bridge + ("" if b is None else " (%d times)" % b.entries)
    return text


def jit_view_text():
    data = jit_view_Data()
    out = [jit_view_summary(data), ""]
    for file in sorted(data.files):
        source = data.source(file)
        out.append(file)
        last = len(source) if source is not None else max(data.files[file])
        previous = 0
        for a, b in jit_view_ranges(data.files[file], last):
            if previous:
                out.append("  ...")
            previous = b
            for n in range(a, b + 1):
                line = data.lines.get((file, n))
                text = source[n - 1].rstrip() if source is not None else ""
                if line is None:
                    if source is not None:
                        out.append("%31s %5d  %s" % ("", n, text))
                    continue
                bar = "#" * max(1, jit_view_level(line.heat, data.hottest)) if line.heat else ""
                out.append("%-9s %6s %6s exits %-1s %5d  %s" % (bar, jit_view_number(line.heat), jit_view_number(line.exits), "s" if line.steps else "", n, text))
        out.append("")
    for t in data.traces:
        out.append(jit_view_heading(t))
        out.append("  " + jit_view_facts(t))
        shown = -1
        for k in range(len(t.ir)):
            text, origin, needed, leaves = t.ir[k]
            if origin >= 0 and origin != shown:
                shown = origin
                out.append("  -- " + jit_view_place(t, origin))
            exit = jit_view_exit(data, t, k)
            out.append("%5d %s%s%s" % (k, text, "" if needed else "   (left out)", "   <- " + exit if exit else ""))
        out.append("")
    return "\n".join(out) + "\n"


def jit_view_place(t, origin):
    """The line and, where it was inlined, the calls that led to it."""
    parts = []
    while origin >= 0:
        file, function, line, origin = t.places[origin]
        parts.append("%s:%d in %s" % (file.rpartition("/")[2], line, function))
    return ", called from ".join(parts)


def jit_view_level(heat, hottest):
    """0 to 9, by magnitude."""
    if heat <= 0:
        return 0
    return max(1, 9 - (max(1, hottest // heat).bit_length() - 1) // 2)


_jit_view_style = """
body { font: 14px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 110em; padding: 0 1em; color: #222; background: #fff }
h1 { font-size: 1.4em } h2 { font-size: 1.05em; margin: 1.6em 0 .4em; font-family: ui-monospace, monospace }
table.source { border-collapse: collapse; font: 13px/1.4 ui-monospace, monospace; width: 100% }
table.source td { padding: 0 .6em; white-space: pre; vertical-align: top } td.n { color: #888; text-align: right }
td.c { text-align: right; color: #555 } tr.gap td { color: #aaa } td.t a { text-decoration: none; margin-right: .4em }
pre.ir { font: 12px/1.4 ui-monospace, monospace; margin: .4em 0 1em 1em; overflow-x: auto } details { margin: .3em 0 }
summary { cursor: pointer; font-family: ui-monospace, monospace } .place { color: #06c } .exit { color: #b30000; font-weight: bold }
.bridge { color: #7a4b00 } .out { color: #aaa } .facts { color: #555; margin: .1em 0 .3em 1.2em } .step { background: #fff0c2 }
""" + "".join([".h%d { background: rgb(255,%d,%d) }\n" % (i, 250 - 14 * i, 235 - 24 * i) for i in range(1, 10)])


def jit_view_html():
    import html
    esc = html.escape
    data = jit_view_Data()
    out = ["<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Traces</title><style>", _jit_view_style,
           "</style></head><body><h1>Traces</h1><p>", esc(jit_view_summary(data)),
           "</p><p>Heat: times that traces went over a line. Exits: times that a guard of the line gave the program back to the interpreter.</p>\n"]
    for file in sorted(data.files):
        source = data.source(file)
        out.append("<h2>" + esc(file) + "</h2><table class=\"source\"><tr><td class=\"c\">heat</td><td class=\"c\">exits</td><td class=\"n\"></td><td></td><td>traces</td></tr>\n")
        last = len(source) if source is not None else max(data.files[file])
        previous = 0
        for a, b in jit_view_ranges(data.files[file], last):
            if previous:
                out.append("<tr class=\"gap\"><td></td><td></td><td class=\"n\">...</td><td></td><td></td></tr>\n")
            previous = b
            for n in range(a, b + 1):
                line = data.lines.get((file, n))
                text = esc(source[n - 1].rstrip()) if source is not None else ""
                if line is None:
                    if source is not None:
                        out.append("<tr><td></td><td></td><td class=\"n\">%d</td><td>%s</td><td></td></tr>\n" % (n, text))
                    continue
                level = jit_view_level(line.heat, data.hottest)
                links = "".join(["<a href=\"#t%d\" title=\"%d instructions\">%s%d</a>" % (
                    k, len(line.parts[k]), data.by_number[k].kind[0], k) for k in sorted(line.parts)])
                out.append("<tr><td class=\"c h%d\">%s</td><td class=\"c%s\">%s</td><td class=\"n\">%d</td><td class=\"h%d\">%s</td><td class=\"t\">%s%s</td></tr>\n" % (
                    level, jit_view_number(line.heat), " exit" if line.exits else "", jit_view_number(line.exits) if line.exits else "", n, level, text, links,
                    "<span class=\"step\">steps</span>" if line.steps else ""))
        out.append("</table>\n")
    out.append("<h1>IR</h1>\n")
    for t in data.traces:
        out.append("<details id=\"t%d\"><summary>%s</summary><p class=\"facts\">%s</p><pre class=\"ir\">" % (t.number, esc(jit_view_heading(t)), esc(jit_view_facts(t))))
        shown = -1
        for k in range(len(t.ir)):
            text, origin, needed, leaves = t.ir[k]
            if origin >= 0 and origin != shown:
                shown = origin
                out.append("<span class=\"place\">%s</span>\n" % esc(jit_view_place(t, origin)))
            piece = "%5d %s" % (k, esc(text))
            if not needed:
                piece = "<span class=\"out\">" + piece + "</span>"
            elif " step " in text:
                piece = "<span class=\"step\">" + piece + "</span>"
            exit = jit_view_exit(data, t, k)
            if exit:
                count, bridge = t.exit_of[k]
                piece += "  <span class=\"exit\">" + esc(exit) + "</span>"
                if bridge is not None:
                    piece += " <a class=\"bridge\" href=\"#t%d\">bridge %d</a>" % (bridge, bridge)
            out.append(piece + "\n")
        out.append("</pre></details>\n")
    # A link to a trace opens it.
    out.append("<script>function o(){var e=document.getElementById(location.hash.slice(1));if(e&&e.tagName=='DETAILS'){e.open=true;e.scrollIntoView()}}"
               "addEventListener('hashchange',o);o()</script></body></html>\n")
    return "".join(out)
