# Looking at tasklets: lists, reports, deadlocks, leaks, counters, who made whom; scheduling by a seed or a record.
# On demand: stackless


@module_function("stackless", "tasklets")
def tools_tasklets():
    """All tasklets of the process that are alive, whoever holds them."""
    gc_collect_now()
    return [t for t in heap_instances(tasklet) if t.alive]


def tools_waits_for(task):
    # What a tasklet waits for, in words.
    state = task_state(task)
    fields = tasklet_fields(task)
    ch = task._channel
    if ch is not None:
        others = len(channel_waiting(ch)) - 1
        return "blocked in " + ("send" if ch.balance > 0 else "receive") + "() on channel " + hex(id(ch)) + ", " + str(others) + " more wait there"
    if state == _SLEEPING:
        entry = fields[5]
        kind = entry[1]
        if kind == 0:
            left = entry[4] - import_native_once("time").monotonic_ns()
            return "sleeping for another " + str(round(max(0, left) / 1e9, 3)) + " s"
        if kind == 3:
            what = "readable" if entry[3] == 1 else "writable" if entry[3] == 4 else "ready"
            return "waiting for file descriptor " + str(entry[2]) + " to be " + what
        if kind == 5:
            return "waiting for a lock"
        arms = entry[6] or []
        return "blocked in select() on " + ", ".join(["channel " + hex(id(a._channel)) for a in arms])
    if state == _WAITING:
        return "inside run()"
    return _state_names[state]


def tools_stack(task):
    # [(file, line, function)], outermost first.
    out = []
    if task.is_current:
        f = current_frame()
        while f is not None:
            if not code_flags(f.f_code) & 0x20000000:
                out.append((f.f_code.co_filename, f.f_lineno, f.f_code.co_name))
            f = f.f_back
        out.reverse()
        return out
    parts = parked_parts(task)
    if parts is not None:
        for f in parts[0]:
            code = f.f_code
            if not code_flags(code) & 0x20000000:
                out.append((code.co_filename, f.f_lineno, code.co_name))
    return out


def tools_describe(task, lines):
    import linecache
    what = "main tasklet" if task.is_main else "tasklet " + repr(task_name(task))
    thread = task.thread_id
    if thread != thread_ident():
        what += " of thread " + str(thread) if thread != -1 else " without a thread"
    lines.append(what + " at " + hex(id(task)) + ": " + tools_waits_for(task))
    shown = 0
    stack = tools_stack(task)
    for filename, line, name in stack:
        shown += 1
        if len(stack) > 40 and 20 < shown <= len(stack) - 20:
            if shown == 21:
                lines.append("  [" + str(len(stack) - 40) + " more frames]")
            continue
        lines.append('  File "' + filename + '", line ' + str(line) + ", in " + name)
        text = linecache.getline(filename, line).strip()
        if text:
            lines.append("    " + text)


@module_function("stackless", "report")
def tools_report(file=None):
    """Writes every live tasklet, what it waits for, and where it is, to a text file (standard error)."""
    if file is None:
        file = sys_dict["stderr"]
    lines = []
    for t in tools_tasklets():
        tools_describe(t, lines)
    file.write("\n".join(lines) + "\n")


def tools_deadlock_note(value):
    """After an uncaught deadlock was printed: who waits for what. Text, or None."""
    if not isinstance(value, RuntimeError) or len(value.args) != 1 or not isinstance(value.args[0], str):
        return None
    if not value.args[0].startswith(("Deadlock: ", "The main tasklet is ")):
        return None
    lines = []
    n = 0
    for t in tools_tasklets():
        state = task_state(t)
        if t.is_current or state not in (_BLOCKED, _SLEEPING, _PAUSED):
            continue
        n += 1
        if n <= 100:
            tools_describe(t, lines)
    if n == 0:
        return None
    head = "Deadlock report: " + str(n) + (" tasklets are" if n > 1 else " tasklet is") + " parked, and nothing that runs can wake "
    return head + ("any of them.\n" if n > 1 else "it.\n") + "\n".join(lines) + ("\n[" + str(n - 100) + " more]\n" if n > 100 else "\n")


def tools_quit(number, frame):
    tools_report()


def tools_watch_quit():
    # SIGQUIT reports, where the program has not said what else it is to do.
    signal = import_native_once("_signal")
    try:
        if signal.getsignal(3) == 0:
            signal.signal(3, tools_quit)
    except (ValueError, OSError):
        pass


# ---- leaks

@module_function("stackless", "set_leak_handler")
def tools_set_leak_handler(handler, /):
    """handler(tasklet) for every blocked tasklet that nothing can reach, before it is closed; True reports to standard error."""
    if handler is True:
        handler = tools_print_leak
    elif handler is not None and handler is not False and not builtin_callable(handler):
        raise TypeError("parameter must be callable")
    old = stackless_hooks["leaks"]
    stackless_hooks["leaks"] = handler or None
    return old


def tools_print_leak(task):
    lines = ["A blocked tasklet was lost:"]
    tools_describe(task, lines)
    sys_dict["stderr"].write("\n".join(lines) + "\n")


@module_function("stackless", "find_leaks")
def tools_find_leaks():
    """Looks for blocked tasklets that nothing can reach, and closes them; gives how many."""
    found = []
    old = stackless_hooks["leaks"]

    def count(task):
        found.append(task_name(task))
        if old is not None:
            old(task)
    stackless_hooks["leaks"] = count
    try:
        gc_collect_now()
        gc_collect_now()
    finally:
        stackless_hooks["leaks"] = old
    return len(found)


# ---- counters, and who made whom

# By tasklet: [ns, instructions, bytes]; who made it; clock and counters of the thread at the last switch.
tools_counts = {"on": False, "spent": None, "parents": None, "last": None}


@module_function("stackless", "accounting")
def tools_accounting(flag=None, /):
    """Whether time and makers of tasklets are kept from now on; sets it; gives the setting before."""
    old = tools_counts["on"]
    if flag is not None and bool(flag) is not old:
        import weakref
        tools_counts["on"] = True if flag else False
        if flag:
            tools_counts["spent"] = weakref.WeakKeyDictionary()
            tools_counts["parents"] = weakref.WeakKeyDictionary()
            tools_counts["last"] = {}
        accounting_count(tools_counts["on"])
        stackless_hooks["account"] = tools_account if flag else None
        stackless_hooks["births"] = tools_birth if flag else None
        scheduler_watch_births(True if flag else False)
        scheduler_update_callbacks()
    return old


def tools_account(previous, next):
    # What the thread has done since its last switch is the tasklet's that stops.
    clock = import_native_once("time").perf_counter_ns
    time = clock()
    instructions, size = accounting_now()
    last = tools_counts["last"]
    thread = thread_ident()
    before = last.get(thread)
    spent = tools_counts["spent"].get(previous)
    if spent is None:
        spent = tools_counts["spent"][previous] = [0, 0, 0]
    if before is not None:
        spent[0] += time - before[0]
        spent[1] += instructions - before[1]
        spent[2] += size - before[2]
    # Nobody's: what was spent here.
    instructions, size = accounting_now()
    last[thread] = (clock(), instructions, size)


def tools_birth(task):
    tools_counts["parents"][task] = getcurrent()


@module_function("stackless", "counters")
def tools_counters(task=None, /):
    """{"switches", "time", "instructions", "allocated"} of a tasklet (the current one). All but the first are kept while accounting(True):
    seconds; instructions as budgets count them (four for each turn of a loop and each call); bytes of objects."""
    if task is None:
        task = getcurrent()
    spent = None
    if tools_counts["spent"] is not None:
        if task.is_current and tools_counts["on"]:
            tools_account(task, task)
        spent = tools_counts["spent"].get(task)
    time, instructions, size = spent or (0, 0, 0)
    return {"switches": task.switches, "time": time / 1e9, "instructions": instructions, "allocated": size}


@module_function("stackless", "spawn_tree")
def tools_spawn_tree():
    """Live tasklets by who made them: nested lists [tasklet, [children...]]; roots first. Kept while accounting(True)."""
    parents = tools_counts["parents"]
    nodes = {}
    roots = []
    live = tools_tasklets()
    for t in live:
        nodes[id(t)] = [t, []]
    for t in live:
        parent = parents.get(t) if parents is not None else None
        while parent is not None and id(parent) not in nodes:
            parent = parents.get(parent)
        (roots if parent is None else nodes[id(parent)][1]).append(nodes[id(t)])
    return roots


# ---- scheduling by a seed or a record

@module_function("stackless", "seed")
def tools_seed(seed=None, /):
    """From now on the next tasklet is chosen at random by `seed` among those that can run; None: the first, as usual."""
    if seed is not None:
        seed = system_index(seed)
        if not -(1 << 61) < seed < 1 << 61:
            seed = hash(seed)
    choice_set(None, seed, True if seed is not None else False)


@module_function("stackless", "record")
def tools_record():
    """The choices since seed() or replay(): a list of (place in the queue, its length)."""
    return choice_record()


@module_function("stackless", "replay")
def tools_replay(choices, /):
    """Makes the recorded choices again, then always the first tasklet of the queue."""
    script = []
    for c in choices:
        script.append(c[0] if isinstance(c, tuple) else system_index(c))
    choice_set(script, None, True)
