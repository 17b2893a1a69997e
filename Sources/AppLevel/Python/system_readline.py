# readline: a line editor with history and completion.
# On demand: readline

class readline_state:
    """What the module's functions set."""
    history = []
    history_limit = -1
    auto_history = True
    completer = None
    delimiters = " \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?"
    begin = end = 0
    startup = pre_input = display = None
    line = ""
    point = 0
    tab_completes = False
    killed = ""


def readline_width(text):
    """Columns that a text takes; what stands between \\1 and \\2 takes none."""
    total = 0
    hidden = False
    for c in text:
        if c == "\1":
            hidden = True
        elif c == "\2":
            hidden = False
        elif not hidden:
            if c >= "\u0300":
                import unicodedata
                if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf"):
                    continue
                total += 2 if unicodedata.east_asian_width(c) in ("W", "F") else 1
            else:
                total += 1
    return total


def readline_show(c):
    return "^" + chr(ord(c) ^ 64) if c < " " or c == "\x7f" else c


def readline_put(text):
    posix = import_native_once("posix")
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[posix.write(1, data):]


def readline_columns():
    try:
        return import_native_once("posix").get_terminal_size(1)[0] or 80
    except OSError:
        return 80


def readline_key():
    """The next key: a character, an escape sequence, or "" at the end of the input."""
    posix = import_native_once("posix")
    first = posix.read(0, 1)
    if not first:
        return ""
    b = first[0]
    if b >= 0xc0:
        for i in range(1 if b < 0xe0 else 2 if b < 0xf0 else 3):
            first += posix.read(0, 1)
        return first.decode("utf-8", "surrogateescape")
    if b != 27:
        return first.decode("utf-8", "surrogateescape")
    key = "\x1b" + posix.read(0, 1).decode("latin-1")
    if key in ("\x1b[", "\x1bO"):
        while True:
            c = posix.read(0, 1).decode("latin-1")
            key += c
            if not c or "@" <= c <= "~":
                break
    return key


def readline_word_left(text, at):
    while at > 0 and not text[at - 1].isalnum():
        at -= 1
    while at > 0 and text[at - 1].isalnum():
        at -= 1
    return at


def readline_word_right(text, at):
    while at < len(text) and not text[at].isalnum():
        at += 1
    while at < len(text) and text[at].isalnum():
        at += 1
    return at


def readline_edit(prompt):
    """Reads an edited line from the terminal; None at the end of the input."""
    termios = import_native_once("termios")
    before = termios.tcgetattr(0)
    raw = list(before)
    raw[6] = list(before[6])
    raw[0] &= ~(termios.ICRNL | termios.INLCR | termios.IXON)
    raw[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
    raw[6][termios.VMIN] = 1
    raw[6][termios.VTIME] = 0
    termios.tcsetattr(0, termios.TCSADRAIN, raw)
    try:
        line = readline_loop(prompt)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
        readline_put("\n")
    if line and readline_state.auto_history:
        readline_add(line)
    return line


def readline_add(line):
    history = readline_state.history
    history.append(line)
    limit = readline_state.history_limit
    if 0 <= limit < len(history):
        del history[:len(history) - limit]


def readline_draw(prompt, row):
    """Draws prompt and line anew; gives the row of the cursor below the prompt's first."""
    columns = readline_columns()
    text = readline_state.line
    out = "\r" + ("\x1b[" + str(row) + "A" if row else "") + "\x1b[J"
    shown = "".join([readline_show(c) for c in text])
    out += prompt.replace("\1", "").replace("\2", "") + shown
    lead = readline_width(prompt)
    total = lead + readline_width(shown)
    at = lead + readline_width("".join([readline_show(c) for c in text[:readline_state.point]]))
    if total and total % columns == 0:
        out += "\n\r"
    up = total // columns - at // columns
    out += ("\x1b[" + str(up) + "A" if up else "") + "\r" + ("\x1b[" + str(at % columns) + "C" if at % columns else "")
    readline_put(out)
    return at // columns


def readline_loop(prompt):
    s = readline_state
    s.line = ""
    s.point = 0
    first, newline, prompt = prompt.rpartition("\n")
    readline_put(first + newline)
    if s.startup is not None:
        s.startup()
    row = readline_draw(prompt, 0)
    if s.pre_input is not None:
        s.pre_input()
        row = readline_draw(prompt, row)
    at_history = len(s.history)
    kept = ""
    edited = {}
    tabs = 0
    while True:
        key = readline_key()
        line = s.line
        point = s.point
        tabs = tabs + 1 if key == "\t" else 0
        if key == "" or key == "\x04" and not line:
            return None
        if key in ("\r", "\n"):
            s.point = len(line)
            readline_draw(prompt, row)
            return line
        if key in ("\x02", "\x1b[D", "\x1bOD"):
            s.point = max(0, point - 1)
        elif key in ("\x06", "\x1b[C", "\x1bOC"):
            s.point = min(len(line), point + 1)
        elif key in ("\x01", "\x1b[H", "\x1bOH", "\x1b[1~", "\x1b[7~"):
            s.point = 0
        elif key in ("\x05", "\x1b[F", "\x1bOF", "\x1b[4~", "\x1b[8~"):
            s.point = len(line)
        elif key in ("\x1bb", "\x1b[1;5D", "\x1b[1;3D"):
            s.point = readline_word_left(line, point)
        elif key in ("\x1bf", "\x1b[1;5C", "\x1b[1;3C"):
            s.point = readline_word_right(line, point)
        elif key in ("\x7f", "\x08"):
            if point:
                s.line = line[:point - 1] + line[point:]
                s.point = point - 1
        elif key in ("\x04", "\x1b[3~"):
            s.line = line[:point] + line[point + 1:]
        elif key == "\x0b":
            s.killed = line[point:]
            s.line = line[:point]
        elif key == "\x15":
            s.killed = line[:point]
            s.line = line[point:]
            s.point = 0
        elif key in ("\x17", "\x1b\x7f"):
            start = point
            if key == "\x17":
                while start and line[start - 1].isspace():
                    start -= 1
                while start and not line[start - 1].isspace():
                    start -= 1
            else:
                start = readline_word_left(line, point)
            s.killed = line[start:point]
            s.line = line[:start] + line[point:]
            s.point = start
        elif key == "\x1bd":
            end = readline_word_right(line, point)
            s.killed = line[point:end]
            s.line = line[:point] + line[end:]
        elif key == "\x19":
            s.line = line[:point] + s.killed + line[point:]
            s.point = point + len(s.killed)
        elif key == "\x14":
            if point and len(line) > 1:
                if point == len(line):
                    point -= 1
                s.line = line[:point - 1] + line[point] + line[point - 1] + line[point + 1:]
                s.point = point + 1
        elif key == "\x0c":
            readline_put("\x1b[H\x1b[2J")
            row = 0
        elif key in ("\x10", "\x1b[A", "\x1bOA", "\x0e", "\x1b[B", "\x1bOB"):
            step = -1 if key in ("\x10", "\x1b[A", "\x1bOA") else 1
            if 0 <= at_history + step <= len(s.history):
                edited[at_history] = line
                at_history += step
                s.line = edited.get(at_history, s.history[at_history] if at_history < len(s.history) else kept)
                s.point = len(s.line)
        elif key == "\x12":
            key, row = readline_search(row)
            if key in ("\r", "\n"):
                s.point = len(s.line)
                readline_draw(prompt, row)
                return s.line
        elif key == "\t" and s.completer is not None and s.tab_completes:
            row = readline_complete(prompt, row, tabs)
        elif key[0] == "\x1b" or key < " " and key != "\t":
            continue
        else:
            s.line = line[:point] + key + line[point:]
            s.point = point + len(key)
        row = readline_draw(prompt, row)


def readline_search(row):
    """Searches history backwards as the user types; the line becomes what was found."""
    s = readline_state
    wanted = ""
    at = len(s.history)
    before = s.line
    while True:
        row = readline_draw("(reverse-i-search)`" + wanted + "': ", row)
        key = readline_key()
        start = at - 1
        if key in ("\x7f", "\x08"):
            wanted = wanted[:-1]
            start = len(s.history) - 1
        elif key == "\x07":
            s.line = before
            s.point = len(before)
            return "", row
        elif key == "\x12":
            pass
        elif key == "" or key[0] == "\x1b" or key < " ":
            return key, row
        else:
            wanted += key
            start = min(at, len(s.history) - 1)
        while start >= 0:
            found = s.history[start].find(wanted)
            if wanted and found >= 0:
                at = start
                s.line = s.history[start]
                s.point = found
                break
            start -= 1


def readline_complete(prompt, row, tabs):
    s = readline_state
    line = s.line
    end = s.point
    start = end
    while start and line[start - 1] not in s.delimiters:
        start -= 1
    s.begin = start
    s.end = end
    text = line[start:end]
    matches = []
    while len(matches) < 10000:
        try:
            m = s.completer(text, len(matches))
        except Exception:
            m = None
        if not isinstance(m, str):
            break
        matches.append(m)
    if not matches:
        return row
    common = matches[0]
    for m in matches:
        n = 0
        while n < len(common) and n < len(m) and common[n] == m[n]:
            n += 1
        common = common[:n]
    if len(common) > len(text) or len(matches) == 1:
        s.line = line[:start] + common + line[end:]
        s.point = start + len(common)
        return row
    if tabs < 2:
        return row
    if s.display is not None:
        s.display(text, list(matches), max([len(m) for m in matches]))
        return 0
    matches = sorted(set(matches))
    widest = max([readline_width(m) for m in matches]) + 2
    across = max(1, readline_columns() // widest)
    out = "\n"
    for i in range(0, len(matches), across):
        out += "".join([m + " " * (widest - readline_width(m)) for m in matches[i:i + across]]).rstrip() + "\n"
    readline_put(out)
    return 0


# The module's functions.

def readline_populate(d):
    d["_READLINE_VERSION"] = 0x0801
    d["_READLINE_RUNTIME_VERSION"] = 0x0801
    d["_READLINE_LIBRARY_VERSION"] = "8.1"


@system_function("readline", "parse_and_bind")
def readline_parse_and_bind(string, /):
    key, colon, action = string.partition(":")
    if key.strip().lower() == "tab":
        readline_state.tab_completes = action.strip() in ("complete", "menu-complete", "rl_complete")


@system_function("readline", "read_init_file")
def readline_read_init_file(filename=None, /):
    if filename is not None:
        open(filename).close()
        return
    raise OSError(2, "No such file or directory")


def readline_file_name(filename):
    import os
    return os.path.expanduser("~/.history") if filename is None else os.fspath(filename)


@system_function("readline", "read_history_file")
def readline_read_history_file(filename=None, /):
    with open(readline_file_name(filename), encoding="utf-8", errors="surrogateescape") as f:
        for line in f:
            readline_add(line.rstrip("\n"))


@system_function("readline", "write_history_file")
def readline_write_history_file(filename=None, /):
    lines = list(readline_state.history)
    limit = readline_state.history_limit
    if limit >= 0:
        lines = lines[max(0, len(lines) - limit):]
    with open(readline_file_name(filename), "w", encoding="utf-8", errors="surrogateescape") as f:
        for line in lines:
            f.write(line + "\n")


@system_function("readline", "append_history_file")
def readline_append_history_file(nelements, filename=None, /):
    nelements = system_index(nelements)
    if nelements < 0:
        raise ValueError("nelements must be positive")
    history = readline_state.history
    with open(readline_file_name(filename), "r+", encoding="utf-8", errors="surrogateescape") as f:
        f.seek(0, 2)
        for line in history[max(0, len(history) - nelements):]:
            f.write(line + "\n")


@system_function("readline", "get_history_length")
def readline_get_history_length():
    return readline_state.history_limit


@system_function("readline", "set_history_length")
def readline_set_history_length(length, /):
    readline_state.history_limit = system_index(length)


@system_function("readline", "get_current_history_length")
def readline_get_current_history_length():
    return len(readline_state.history)


@system_function("readline", "get_history_item")
def readline_get_history_item(index, /):
    index = system_index(index)
    if 0 < index <= len(readline_state.history):
        return readline_state.history[index - 1]
    return None


def readline_position(pos):
    pos = system_index(pos)
    if pos < 0:
        raise ValueError("History index cannot be negative")
    if pos >= len(readline_state.history):
        raise ValueError("No history item at position " + str(pos))
    return pos


@system_function("readline", "remove_history_item")
def readline_remove_history_item(pos, /):
    del readline_state.history[readline_position(pos)]


@system_function("readline", "replace_history_item")
def readline_replace_history_item(pos, line, /):
    readline_state.history[readline_position(pos)] = line


@system_function("readline", "add_history")
def readline_add_history(line, /):
    if not isinstance(line, str):
        raise TypeError("add_history() argument must be str, not " + type(line).__name__)
    readline_add(line)


@system_function("readline", "clear_history")
def readline_clear_history():
    readline_state.history.clear()


@system_function("readline", "set_auto_history")
def readline_set_auto_history(enabled, /):
    readline_state.auto_history = bool(enabled)


def readline_hook(function):
    if function is not None and not callable(function):
        raise TypeError("set_completer() argument must be callable or None")
    return function


@system_function("readline", "set_completer")
def readline_set_completer(function=None, /):
    readline_state.completer = readline_hook(function)


@system_function("readline", "get_completer")
def readline_get_completer():
    return readline_state.completer


@system_function("readline", "set_completer_delims")
def readline_set_completer_delims(string, /):
    readline_state.delimiters = string


@system_function("readline", "get_completer_delims")
def readline_get_completer_delims():
    return readline_state.delimiters


@system_function("readline", "get_begidx")
def readline_get_begidx():
    return readline_state.begin


@system_function("readline", "get_endidx")
def readline_get_endidx():
    return readline_state.end


@system_function("readline", "get_completion_type")
def readline_get_completion_type():
    return 9


@system_function("readline", "get_line_buffer")
def readline_get_line_buffer():
    return readline_state.line


@system_function("readline", "insert_text")
def readline_insert_text(string, /):
    s = readline_state
    s.line = s.line[:s.point] + string + s.line[s.point:]
    s.point += len(string)


@system_function("readline", "redisplay")
def readline_redisplay():
    pass


@system_function("readline", "set_startup_hook")
def readline_set_startup_hook(function=None, /):
    readline_state.startup = readline_hook(function)


@system_function("readline", "set_pre_input_hook")
def readline_set_pre_input_hook(function=None, /):
    readline_state.pre_input = readline_hook(function)


@system_function("readline", "set_completion_display_matches_hook")
def readline_set_display_hook(function=None, /):
    readline_state.display = readline_hook(function)
