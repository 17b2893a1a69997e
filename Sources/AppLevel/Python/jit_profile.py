# The module `weft.profile`: samples of where a program is, and in which tasklet. Natives: Weft/Profiler.swift.
# On demand: weft weft.profile

app_module_attr("weft.profile", "__doc__", "A sampling profiler that sees tasklets and compiled code.")

# Of the profile that is being taken: who made which tasklet, what was in the hook before; the last one taken.
profile_state = {"parents": None, "hook": None, "last": None}


def profile_birth(task):
    hook = profile_state["hook"]
    if hook is not None:
        hook(task)
    parents = profile_state["parents"]
    if parents is not None:
        parents[task] = getcurrent()


@module_function("weft.profile", "start")
def profile_start(interval=0.001):
    """Begins to take samples, one for each `interval` seconds of processor time."""
    if profile_native_is_on():
        raise RuntimeError("a profile is being taken already")
    ns = int(interval * 1000000000)
    if not 50000 <= ns <= 10000000000:
        raise ValueError("the interval is a number of seconds from 0.00005 to 10")
    import weakref
    profile_state["parents"] = weakref.WeakKeyDictionary()
    profile_state["hook"] = stackless_hooks["births"]
    stackless_hooks["births"] = profile_birth
    scheduler_watch_births(True)
    if not profile_native_start(ns):
        profile_unhook()
        raise OSError("the profiler cannot start")


def profile_unhook():
    hook = profile_state["hook"]
    stackless_hooks["births"] = hook
    scheduler_watch_births(hook is not None)
    profile_state["hook"] = profile_state["parents"] = None


@module_function("weft.profile", "stop")
def profile_stop():
    """Ends the profile and gives it: an object of class Profile."""
    if not profile_native_is_on():
        raise RuntimeError("no profile is being taken")
    parents = profile_state["parents"]
    found = profile_native_stop()
    profile_unhook()
    return profile_Profile(found, parents)


@module_function("weft.profile", "running")
def profile_running():
    """Whether a profile is being taken."""
    return profile_native_is_on()


@module_function("weft.profile", "run")
def profile_run(function, /, *args, **kwargs):
    """Calls a function; gives its profile."""
    profile_start()
    try:
        function(*args, **kwargs)
    finally:
        p = profile_stop()
    return p


def profile_file(path):
    return path.rpartition("/")[2] or path


def profile_clean(text):
    """A name in a collapsed stack: neither the separator nor a line's end."""
    return text.replace(";", ":").replace("\n", " ")


@builtin_class("weft.profile", "Profile")
class profile_Profile:
    """Where the time went. `seconds`: processor time that the samples stand for; `samples`: how many; `stacks`: a dict of tuples, root
    first, of (function, file, line), to (seconds, seconds of them in compiled traces); `tasklets`: a dict of seconds by path of names."""

    def __init__(self, found, parents):
        self.samples, labels, nodes, owners, tasks, names = found
        self.stacks = {}
        self.tasklets = {}
        self.seconds = 0.0
        paths = [()] * len(nodes)
        # A tasklet is named by who made it, whom that was made by, and so on, where there is more than a main one.
        several = any([not is_main for name, is_main in names])
        place = {}
        for i in range(len(tasks)):
            place[id(tasks[i])] = names[i]
        main_thread = owners[0][0] if owners else 0
        threads = len(set([thread for thread, task in owners])) > 1
        for i in range(len(nodes)):
            parent, label, ns, compiled = nodes[i]
            if parent < 0:
                thread, task = owners[-1 - label]
                path = (("thread " + str(thread), "", 0),) if threads and thread != main_thread else ()
                if several and task >= 0:
                    path += self.spawn_path(tasks[task], names[task], place, parents)
                paths[i] = path
            else:
                paths[i] = path = paths[parent] + (labels[label],)
            if ns:
                old = self.stacks.get(path, (0.0, 0.0))
                self.stacks[path] = (old[0] + ns / 1e9, old[1] + compiled / 1e9)
                self.seconds += ns / 1e9
                owner = tuple([f[0] for f in path if not f[1]])
                self.tasklets[owner] = self.tasklets.get(owner, 0.0) + ns / 1e9

    def spawn_path(self, task, name, place, parents):
        out = []
        seen = 0
        while task is not None and seen < 50:
            if name is None:
                name = place.get(id(task))
            if name is None:
                name = (task_name(task), task.is_main)
            out.append(("[main]" if name[1] else "[" + name[0] + "]", "", 0))
            if name[1]:
                break
            task = parents.get(task) if parents is not None else None
            name = None
            seen += 1
        out.reverse()
        return tuple(out)

    def collapsed(self):
        """A line a stack, frames from the root on with semicolons between, and microseconds: what flame graphs are made of."""
        sums = {}
        for path, (seconds, compiled) in self.stacks.items():
            key = ";".join([profile_clean(f if not file else "%s (%s)" % (f, profile_file(file))) for f, file, line in path]) or "(no frame)"
            sums[key] = sums.get(key, 0.0) + seconds
        return "".join(["%s %d\n" % (k, max(1, round(sums[k] * 1e6))) for k in sorted(sums)])

    def by_line(self):
        """A list of (function, file, line, seconds on top, seconds on the stack, seconds compiled), the most on top first."""
        return self.table(True)

    def by_function(self):
        """The same with the line left 0."""
        return self.table(False)

    def table(self, with_lines):
        rows = {}
        for path, (seconds, compiled) in self.stacks.items():
            seen = set()
            frames = [f for f in path if f[1]]
            for i in range(len(frames)):
                key = frames[i] if with_lines else (frames[i][0], frames[i][1], 0)
                row = rows.get(key)
                if row is None:
                    row = rows[key] = [0.0, 0.0, 0.0]
                if key not in seen:
                    seen.add(key)
                    row[1] += seconds
                if i == len(frames) - 1:
                    row[0] += seconds
                    row[2] += compiled
        out = [k + tuple(v) for k, v in rows.items()]
        out.sort(key=lambda r: (-r[3], -r[4], r[1], r[2], r[0]))
        return out

    def summary(self, rows=20):
        """Tables for people: functions, lines, tasklets."""
        total = self.seconds or 1.0
        compiled = sum([c for s, c in self.stacks.values()])
        out = ["%.3f s of processor time in %d samples, %.0f %% of it in compiled traces" % (self.seconds, self.samples, 100 * compiled / total)]
        if self.stacks:
            out.append("%7s %7s %9s  function" % ("top %", "stack %", "compiled"))
            for f, file, line, top, on, c in self.by_function()[:rows]:
                out.append("%7.1f %7.1f %8.0f%%  %s (%s)" % (100 * top / total, 100 * on / total, 100 * c / (top or 1.0), f, profile_file(file)))
            out.append("%7s  line" % "top %")
            for f, file, line, top, on, c in self.by_line()[:rows]:
                if top:
                    out.append("%7.1f  %s:%d in %s" % (100 * top / total, profile_file(file), line, f))
        if len(self.tasklets) > 1:
            out.append("%7s  tasklet, after those that made it" % "%")
            for path in sorted(self.tasklets, key=lambda p: (-self.tasklets[p], p))[:rows]:
                out.append("%7.1f  %s" % (100 * self.tasklets[path] / total, " > ".join(path) or "(none)"))
        return "\n".join(out) + "\n"

    def write(self, path):
        """Writes the collapsed stacks to a file."""
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as f:
            f.write(self.collapsed())

    def __repr__(self):
        return "<Profile of %.3f s, %d samples>" % (self.seconds, self.samples)


# --profile

def profile_begin(microseconds):
    profile_start(microseconds / 1000000)
    return True


def profile_end(out):
    if not profile_native_is_on():
        return True
    p = profile_stop()
    try:
        if out:
            p.write(out)
    except OSError as e:
        sys_dict["stderr"].write("weft: --profile: " + str(e) + "\n")
    sys_dict["stderr"].write(p.summary())
    sys_dict["stderr"].flush()
    return True
