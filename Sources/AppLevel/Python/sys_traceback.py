# Printing exceptions: sys.excepthook, without the traceback module.

def traceback_char_offset(line, offset):
    return len(line.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "replace"))


def traceback_carets(line, entry):
    """The line of carets below a source line, or None."""
    filename, lineno, name, start, end, column, end_column = entry
    if column is None or end_column is None or column < 0 or end_column < 0:
        return None
    shown = line.strip()
    whole = line.rstrip("\n")
    indent = len(whole) - len(whole.lstrip())
    first = traceback_char_offset(whole, column)
    anchors = None
    if lineno == end:
        last = traceback_char_offset(whole, end_column)
        anchors = traceback_anchors(whole[first:last].encode("utf-8", "surrogatepass"))
    else:
        last = indent + len(shown)
    if last - first < len(shown) or anchors is not None and anchors[1] - anchors[0] > 0:
        pad = "    " + " " * (first - indent)
        if anchors is None:
            return pad + "^" * (last - first) + "\n"
        segment = whole[first:last]
        left = traceback_char_offset(segment, anchors[0])
        right = traceback_char_offset(segment, anchors[1])
        return pad + "~" * left + "^" * (right - left) + "~" * (last - first - right) + "\n"
    return None


def traceback_stack_lines(tb, limit):
    entries = traceback_entries(tb)
    if limit is not None:
        if limit <= 0:
            return []
        entries = entries[-limit:]
    lines = []
    last = None
    count = 0
    for entry in entries:
        filename, lineno, name = entry[0], entry[1], entry[2]
        key = (filename, lineno, name)
        if key != last:
            if count > 3:
                count -= 3
                lines.append("  [Previous line repeated " + str(count) + " more time" + ("s" if count > 1 else "") + "]\n")
            last = key
            count = 0
        count += 1
        if count > 3:
            continue
        text = "  File \"" + filename + "\", line " + str(lineno) + ", in " + name + "\n"
        line = traceback_source_line(filename, lineno)
        if line is not None:
            shown = line.strip()
            if shown:
                text += "    " + shown + "\n"
                carets = traceback_carets(line, entry)
                if carets is not None:
                    text += carets
        lines.append(text)
    if count > 3:
        count -= 3
        lines.append("  [Previous line repeated " + str(count) + " more time" + ("s" if count > 1 else "") + "]\n")
    return lines


def traceback_type_name(cls):
    name = cls.__qualname__
    module = cls.__module__
    if module not in ("__main__", "builtins"):
        if not isinstance(module, str):
            module = "<unknown>"
        name = module + "." + name
    return name


def traceback_exception_only(cls, value):
    name = traceback_type_name(cls)
    lines = []
    if issubclass(cls, SyntaxError) and isinstance(value, SyntaxError):
        traceback_syntax_error(name, value, lines)
    else:
        try:
            text = str(value)
        except Exception:
            text = "<exception str() failed>"
        text = name + ": " + text if value is not None and text else name
        lines.append(text + traceback_suggestion(value) + "\n")
    notes = None
    try:
        notes = value.__notes__
    except AttributeError:
        return lines
    except Exception as e:
        lines.append("Ignored error getting __notes__: " + repr(e) + "\n")
        return lines
    if isinstance(notes, (list, tuple)):
        for note in notes:
            try:
                note = str(note)
            except Exception:
                note = "<note str() failed>"
            for line in note.split("\n"):
                lines.append(line + "\n")
    elif notes is not None:
        try:
            lines.append(repr(notes) + "\n")
        except Exception:
            lines.append("<__notes__ repr() failed>\n")
    return lines


def traceback_syntax_error(name, e, lines):
    suffix = ""
    if e.lineno is not None:
        lines.append("  File \"" + str(e.filename or "<string>") + "\", line " + str(e.lineno) + "\n")
    elif e.filename is not None:
        suffix = " (" + str(e.filename) + ")"
    text = e.text
    if isinstance(text, str):
        whole = text.rstrip("\n")
        shown = whole.lstrip(" \n\f")
        spaces = len(whole) - len(shown)
        lines.append("    " + shown + "\n")
        offset = e.offset
        if isinstance(offset, int):
            end = e.end_offset
            if end is None or end == 0:
                end = offset
            if offset == end or end == -1:
                end = offset + 1
            first = offset - 1 - spaces
            last = end - 1 - spaces
            if first >= 0:
                pad = ""
                for c in shown[:first]:
                    pad += c if c.isspace() else " "
                count = min(last, len(shown)) - first
                lines.append("    " + pad + "^" * (count if count > 0 else 1) + "\n")
    lines.append(name + ": " + str(e.msg or "<no detail available>") + suffix + "\n")


def traceback_distance(a, b, limit):
    """Edit distance as CPython's suggestions count it: a substitution of case costs 1, others and moves 2."""
    if a == b:
        return 0
    while a and b and a[0] == b[0]:
        a = a[1:]
        b = b[1:]
    while a and b and a[-1] == b[-1]:
        a = a[:-1]
        b = b[:-1]
    if not a or not b:
        return 2 * (len(a) + len(b))
    if len(a) > 40 or len(b) > 40:
        return limit + 1
    if len(b) < len(a):
        a, b = b, a
    if (len(b) - len(a)) * 2 > limit:
        return limit + 1
    row = list(range(2, 2 * len(a) + 2, 2))
    result = 0
    for i in range(len(b)):
        c = b[i]
        distance = result = i * 2
        minimum = 1 << 30
        for k in range(len(a)):
            x = a[k]
            cost = 0 if x == c else 1 if x.lower() == c.lower() else 2
            substitute = distance + cost
            distance = row[k]
            change = min(result, distance) + 2
            result = min(change, substitute)
            row[k] = result
            if result < minimum:
                minimum = result
        if minimum > limit:
            return limit + 1
    return result


def traceback_suggestion(value):
    try:
        if isinstance(value, AttributeError):
            if value.obj is None or not isinstance(value.name, str):
                return ""
            wrong = value.name
            names = dir(value.obj)
        elif isinstance(value, NameError):
            wrong = value.name
            if not isinstance(wrong, str):
                return ""
            tb = value.__traceback__
            if tb is None:
                return ""
            while tb.tb_next is not None:
                tb = tb.tb_next
            frame = tb.tb_frame
            names = list(frame.f_locals) + list(frame.f_globals) + list(frame.f_builtins)
            if "self" in frame.f_locals and wrong in dir(frame.f_locals["self"]):
                return ". Did you mean: 'self." + wrong + "'?"
        else:
            return ""
        names = [n for n in names if isinstance(n, str)]
        if len(names) > 750 or len(wrong) > 40:
            return ""
        best = None
        best_distance = 1 << 30
        for name in names:
            if name == wrong:
                continue
            limit = (len(name) + len(wrong) + 3) * 2 // 6
            if best_distance - 1 < limit:
                limit = best_distance - 1
            d = traceback_distance(wrong, name, limit)
            if d > limit:
                continue
            if best is None or d < best_distance:
                best = name
                best_distance = d
        if best is None:
            if isinstance(value, NameError) and wrong in sys_dict["stdlib_module_names"]:
                return ". Did you forget to import " + repr(wrong) + "?"
            return ""
        text = ". Did you mean: " + repr(best) + "?"
        if isinstance(value, NameError) and wrong in sys_dict["stdlib_module_names"]:
            text += " Or did you forget to import " + repr(wrong) + "?"
        return text
    except Exception:
        return ""


class traceback_context:
    def __init__(self):
        self.depth = 0
        self.need_close = False
        self.lines = []

    def indent(self):
        return " " * (2 * self.depth)

    def emit(self, text, margin="|"):
        prefix = self.indent()
        if self.depth:
            prefix += margin + " "
        if not prefix:
            self.lines.append(text)
            return
        out = ""
        for line in text.splitlines(True):
            out += prefix + line
        self.lines.append(out)


def traceback_format(context, value, seen, tb_given=None, limit=None):
    chain = []
    e = value
    while e is not None:
        seen.add(id(e))
        cause = e.__cause__
        before = e.__context__
        if cause is not None and id(cause) not in seen:
            message = "\nThe above exception was the direct cause of the following exception:\n\n"
            following = cause
        elif before is not None and not e.__suppress_context__ and id(before) not in seen:
            message = "\nDuring handling of the above exception, another exception occurred:\n\n"
            following = before
        else:
            message = following = None
        chain.append((message, e))
        e = following
    chain.reverse()
    for message, e in chain:
        if message is not None:
            context.emit(message)
        tb = tb_given if e is value and tb_given is not None else e.__traceback__
        if not isinstance(e, BaseExceptionGroup):
            if tb is not None and (limit is None or limit > 0):
                context.emit("Traceback (most recent call last):\n")
                for line in traceback_stack_lines(tb, limit):
                    context.emit(line)
            for line in traceback_exception_only(type(e), e):
                context.emit(line)
        elif context.depth > 10:
            context.emit("... (max_group_depth is 10)\n")
        else:
            top = context.depth == 0
            if top:
                context.depth += 1
            if tb is not None:
                context.emit("Exception Group Traceback (most recent call last):\n", "+" if top else "|")
                for line in traceback_stack_lines(tb, limit):
                    context.emit(line)
            for line in traceback_exception_only(type(e), e):
                context.emit(line)
            parts = e.exceptions
            total = len(parts)
            n = total if total <= 15 else 16
            context.need_close = False
            for i in range(n):
                if i == n - 1:
                    context.need_close = True
                cut = i >= 15
                title = "..." if cut else str(i + 1)
                context.lines.append(context.indent() + ("+-" if i == 0 else "  ") + "+---------------- " + title + " ----------------\n")
                context.depth += 1
                if cut:
                    more = total - 15
                    context.emit("and " + str(more) + " more exception" + ("s" if more > 1 else "") + "\n")
                else:
                    traceback_format(context, parts[i], seen, None, limit)
                if i == n - 1 and context.need_close:
                    context.lines.append(context.indent() + "+------------------------------------\n")
                    context.need_close = False
                context.depth -= 1
            if top:
                context.depth = 0


def traceback_text(value, tb=None):
    limit = sys_dict.get("tracebacklimit")
    if not isinstance(limit, int):
        limit = None
    context = traceback_context()
    traceback_format(context, value, set(), tb, limit)
    return "".join(context.lines)


@system_function("sys", "excepthook")
def sys_excepthook(exctype, value, traceback, /):
    out = sys_dict.get("stderr")
    if out is None:
        return
    try:
        sys_dict["stdout"].flush()
    except Exception:
        pass
    if not isinstance(value, BaseException):
        text = ("TypeError: print_exception(): Exception expected for value, " + type(value).__name__ + " found\n")
    else:
        tb = traceback if value.__traceback__ is None else None
        text = traceback_text(value, tb)
        note = tools_deadlock_note(value)
        if note is not None:
            text += note
    try:
        out.write(text)
    except UnicodeEncodeError:
        out.write(text.encode("ascii", "backslashreplace").decode("ascii"))
    try:
        out.flush()
    except Exception:
        pass


def sys_handle_exception(value):
    """Reports the exception that ended the program; gives the exit status."""
    if isinstance(value, SystemExit):
        return sys_exit_status(value)
    try:
        hook = sys_dict.get("excepthook")
        sys_dict["last_type"] = type(value)
        sys_dict["last_value"] = value
        sys_dict["last_traceback"] = value.__traceback__
        if sys_audit_hooks:
            sys_audit("sys.excepthook", hook, type(value), value, value.__traceback__)
        if hook is None:
            out = sys_dict.get("stderr")
            if out is not None:
                out.write("sys.excepthook is missing\n")
            sys_excepthook(type(value), value, value.__traceback__)
        else:
            hook(type(value), value, value.__traceback__)
    except SystemExit as e:
        return sys_exit_status(e)
    except BaseException as e:
        out = sys_dict.get("stderr")
        if out is not None:
            out.write("Error in sys.excepthook:\n")
            out.write(traceback_text(e))
            out.write("\nOriginal exception was:\n")
            out.write(traceback_text(value))
    return 1


def sys_exit_status(e):
    code = e.code
    if code is None:
        return 0
    if isinstance(code, int):
        return int(code) & 0xff if -(1 << 63) <= code < 1 << 63 else 255
    out = sys_dict.get("stderr")
    try:
        sys_dict["stdout"].flush()
    except Exception:
        pass
    if out is not None:
        out.write(str(code) + "\n")
        out.flush()
    return 1
