# The whole scheduler at once: listing tasklets, reports on what waits for what, snapshots, and going on from one.

_snapshot_format = 1


@module_function("stackless", "tasklets")
def snapshot_tasklets():
    """All tasklets of the process that are alive, whoever holds them."""
    gc_collect_now()
    return [t for t in heap_instances(tasklet) if t.alive]


@module_function("stackless", "report")
def snapshot_report(file=None):
    """Writes every live tasklet, what it waits for, and where it is, to a text file (standard error)."""
    if file is None:
        file = sys_dict["stderr"]
    import linecache
    for t in snapshot_tasklets():
        state = _state_names[task_state(t)]
        what = "main tasklet" if t.is_main else "tasklet " + repr(task_name(t))
        text = what + " at " + hex(id(t)) + ": " + state
        ch = t._channel
        if ch is not None:
            others = len(channel_waiting(ch)) - 1
            text += (" in send()" if ch.balance > 0 else " in receive()") + " on channel " + hex(id(ch)) + ", " + str(others) + " more wait there"
        file.write(text + "\n")
        parts = parked_parts(t)
        if parts is None:
            continue
        for f in parts[0]:
            code = f.f_code
            if code_flags(code) & 0x20000000:
                continue
            file.write('  File "' + code.co_filename + '", line ' + str(f.f_lineno) + ", in " + code.co_name + "\n")
            line = linecache.getline(code.co_filename, f.f_lineno).strip()
            if line:
                file.write("    " + line + "\n")


@module_function("stackless", "snapshot")
def snapshot_write(file):
    """Writes all tasklets but the current one, channels, timers and the module `__main__` to a binary file or path.

    To be called from the main tasklet; `weft --resume FILE` goes on with it in a new process, where the main tasklet is in run()."""
    s = scheduler_here()
    if scheduler_field(s, _CURRENT) is not scheduler_field(s, _MAIN):
        raise RuntimeError("snapshot() must be called from the main tasklet")
    pickling_activate()
    import pickle
    queue = scheduler_ring()[1:]
    now = import_native_once("time").monotonic_ns()
    timers = scheduler_field(s, _TIMERS)
    deadlines = []
    if timers is not None:
        for when, number, entry in sorted(timers.heap):
            if entry[0] is not None:
                deadlines.append((when - now, entry[0], entry[1]))
    others = [t for t in snapshot_tasklets() if not t.is_main and t not in queue]
    main = sys_dict["modules"]["__main__"]
    old = _pickling["taken"]
    _pickling["taken"] = main
    pickle_take(main)
    try:
        data = pickle.dumps((_snapshot_format, app_version, main, queue, others, deadlines), 4)
    finally:
        _pickling["taken"] = old
        pickle_take(old)
    if hasattr(file, "write"):
        file.write(data)
        return
    # The file is whole or it is not there.
    import os
    path = os.fspath(file)
    partial = (path + ".partial") if isinstance(path, str) else path + b".partial"
    with open(partial, "wb") as f:
        f.write(data)
        f.flush()
        os.fsync(f.fileno())
    os.replace(partial, path)


@module_function("stackless", "resume")
def snapshot_resume(file):
    """Loads a snapshot into this process and runs its tasklets until nothing is left that can run."""
    pickling_activate()
    import pickle
    if hasattr(file, "read"):
        data = file.read()
    else:
        with open(file, "rb") as f:
            data = f.read()
    state = pickle.loads(data)
    if not isinstance(state, tuple) or len(state) != 6 or state[0] != _snapshot_format:
        raise pickle.UnpicklingError("not a snapshot of this format")
    if state[1] != app_version:
        raise pickle.UnpicklingError("the snapshot was made by another version of Weft")
    form, version, main, queue, others, deadlines = state
    now = import_native_once("time").monotonic_ns()
    for t in queue:
        t.insert()
    for left, task, error in deadlines:
        timers_add(now + left, task, error)
    form = version = state = data = queue = deadlines = None
    stackless_run_slow(0, False, False, False, False)
    return main


def tasklet_copy(self, memo=None):
    pickling_activate()
    import pickle
    return pickle.loads(pickle.dumps(self))


raw_set_type_attr(tasklet, "__copy__", tasklet_copy)
raw_set_type_attr(tasklet, "__deepcopy__", tasklet_copy)
