# The whole scheduler at once: listing tasklets, reports on what waits for what, snapshots, and going on from one.
# On demand: stackless

_snapshot_format = 1


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
    deadlines = sorted([(left, id(task), task) for left, task, kind in wait_sleepers() if kind == 0])
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
    for left, number, task in deadlines:
        wait_sleep_on(task, now + left)
    form = version = state = data = queue = deadlines = task = None
    stackless_run_slow(0, False, False, False)
    return main


raw_set_type_attr(tasklet, "__copy__", tasklet_copy)
raw_set_type_attr(tasklet, "__deepcopy__", tasklet_copy)
