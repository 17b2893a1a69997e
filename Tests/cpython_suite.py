"""CPython's own suite as a judge: runs its modules under Weft, test by test, against what CPython does with them.

A module passes when at least 90 % of the tests that pass under CPython itself ran under Weft, and none of them failed but
those that `cpython_allowed.txt` lists (lines "module test_id reason", the reason one of refcount, sizeof, bytecode, capi),
which may be 2 % of the module. `cpython_modules.txt` lists the modules that pass; it only grows.

WEFT_BINARY is what runs them (a script may add flags); with WEFT_SUITE_TASKLET each module runs in a tasklet.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WEFT = os.environ.get("WEFT_BINARY") or os.path.join(ROOT, ".build", "release", "weft")
CPYTHON = "/usr/bin/python3.11"
SUITE = "/usr/lib/python3.11/test"
DRIVER = os.path.join(HERE, "cpython_driver.py")
LISTED = os.path.join(HERE, "cpython_modules.txt")
ALLOWED = os.path.join(HERE, "cpython_allowed.txt")
KEPT = os.path.join(ROOT, ".build", "cpython")
RAN = ("ok", "xfail", "within")
REASONS = ("refcount", "sizeof", "bytecode", "capi")
# Seconds without a test ending until the running one counts as hung, for a module, and how often a module is taken up again.
SILENCE, WHOLE, RESTARTS = 40, 600, 8
# Where every safepoint switches or pickles, all takes longer: WEFT_SUITE_PATIENCE=8 waits eight times as long.
PATIENCE = float(os.environ.get("WEFT_SUITE_PATIENCE", "1"))
SILENCE, WHOLE = SILENCE * PATIENCE, WHOLE * PATIENCE
# An address space that a runaway test cannot leave, in KiB.
MEMORY = 8 << 20
lock = threading.Lock()


def run_once(command, module, report, skip, log, whole):
    """One process; how it ended: "end", "died SIGNAL/STATUS", "hung", "late"."""
    folder = tempfile.mkdtemp(prefix="cpython-suite-")
    env = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", PYTHONIOENCODING="utf-8", TMPDIR=folder, LC_ALL="C.UTF-8")
    limited = ["/bin/sh", "-c", "ulimit -c 0; ulimit -v %d; exec \"$@\"" % MEMORY, "sh"]
    begin = time.time()
    try:
        p = subprocess.Popen(limited + command + [DRIVER, module, report] + ([skip] if skip else []), stdin=subprocess.DEVNULL,
                             stdout=log, stderr=log, cwd=folder, env=env, start_new_session=True,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        size, since, how = -1, time.time(), None
        while how is None:
            try:
                status = p.wait(0.2)
                how = "end" if status == 0 else "died %d" % status
                break
            except subprocess.TimeoutExpired:
                pass
            now = os.path.getsize(report) if os.path.exists(report) else 0
            if now != size:
                size, since = now, time.time()
            if time.time() - since > SILENCE:
                how = "hung"
            elif time.time() - begin > whole:
                how = "late"
            elif log.seek(0, 2) > 50 << 20:
                how = "died of its output"
        try:
            os.killpg(p.pid, 9)
        except OSError:
            pass
        p.wait()
        return how
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def outcomes(command, module, logname):
    """{test id: outcome}, and what happened to the module as a whole ("" when it ran to its end)."""
    result, trouble, whole = {}, "", WHOLE
    work = tempfile.mkdtemp(prefix="cpython-report-")
    report, skip = os.path.join(work, "report"), os.path.join(work, "skip")
    begin = time.time()
    rank = {"ok": 0, "xfail": 0, "within": 0, "skip": 1, "xpass": 2, "fail": 3, "error": 4}
    try:
        with open(logname, "wb") as log:
            for attempt in range(RESTARTS):
                open(report, "w").close()
                how = run_once(command, module, report, skip if attempt else None, log, max(5, whole - (time.time() - begin)))
                running, ended = None, False
                with open(report, encoding="utf-8", errors="replace") as f:
                    for line in f:
                        kind, _, name = line.rstrip("\n").partition(" ")
                        if kind == "start":
                            running = name
                        elif kind in ("skipmodule", "noimport"):
                            return {}, kind + " " + name
                        elif kind == "end":
                            ended = True
                        elif kind in rank:
                            if rank[kind] >= rank.get(result.get(name), -1):
                                result[name] = kind
                            if kind in ("ok", "skip", "within", "xfail", "xpass") and name == running:
                                running = None
                if ended:
                    return result, trouble
                if running is None:
                    return result, "%s between tests" % how
                if result.get(running) not in ("fail", "error") or how != "end":
                    result[running] = "crash" if how.startswith("died") or how == "end" else how
                trouble = "%s in %s" % (how, running)
                log.write(("==== %s %s\n" % (how, running)).encode())
                if time.time() - begin > whole:
                    return result, trouble
                with open(skip, "w", encoding="utf-8") as f:
                    f.write("\n".join(result))
            return result, trouble
    finally:
        shutil.rmtree(work, ignore_errors=True)


def reference(module):
    """What CPython makes of the module; kept in .build."""
    path = os.path.join(KEPT, "reference.json")
    with lock:
        known = json.load(open(path)) if os.path.exists(path) else {}
    if module not in known:
        got = outcomes([CPYTHON], module, os.path.join(KEPT, module + ".reference.log"))
        with lock:
            known = json.load(open(path)) if os.path.exists(path) else {}
            known[module] = got
            with open(path + ".new", "w") as f:
                json.dump(known, f)
            os.replace(path + ".new", path)
    return known[module]


def allowed():
    out = {}
    if os.path.exists(ALLOWED):
        with open(ALLOWED) as f:
            for line in f:
                parts = line.split()
                if parts and not line.startswith("#"):
                    if len(parts) != 3 or parts[2] not in REASONS:
                        raise SystemExit("cpython_allowed.txt: not 'module test_id reason': " + line.strip())
                    out.setdefault(parts[0], set()).add(parts[1])
    return out


class Row:
    """A module's judgement."""
    def __init__(self, module, may_fail):
        self.module = module
        begin = time.time()
        want, self.reference_trouble = reference(module)
        log = os.path.join(KEPT, module + ".log")
        got, self.trouble = outcomes([WEFT], module, log)
        with open(os.path.join(KEPT, module + ".json"), "w") as f:
            json.dump(got, f, indent=1)
        runs = [t for t, r in want.items() if r in RAN]
        self.wanted = len(runs)
        self.passed = sum(got.get(t) in RAN for t in runs)
        self.missing = [t for t in runs if got.get(t, "skip") == "skip"]
        # A failure counts where CPython has none, also one outside any test (setUpClass).
        self.bad = [t for t, r in got.items() if r not in RAN + ("skip",) and want.get(t) not in ("fail", "error", "xpass")]
        self.excused = [t for t in self.bad if t in may_fail]
        serious = len(self.bad) - len(self.excused)
        self.ok = (self.wanted > 0 and serious == 0 and len(self.missing) <= 0.1 * self.wanted
                   and len(self.excused) <= 0.02 * self.wanted and not self.trouble.startswith(("noimport", "late")))
        self.seconds = time.time() - begin
        self.cause = self.trouble
        if not self.ok and (not self.cause or self.cause.startswith("noimport")):
            with open(log, encoding="utf-8", errors="replace") as f:
                lines = re.findall(r"^(?:[\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Failed)\b.*)$", f.read(), re.M)
            if lines:
                self.cause = (self.cause.split(" ")[0] + " " + lines[0]).strip()

    def text(self):
        return "%-28s %-6s %4d of %4d pass, %3d fail, %3d missing %s%5.0f s  %s" % (
            self.module, "ok" if self.ok else "FAILED", self.passed, self.wanted, len(self.bad) - len(self.excused), len(self.missing),
            "(%d allowed) " % len(self.excused) if self.excused else "", self.seconds, "" if self.ok else self.cause[:110])


def all_modules():
    names = {n[:-3] if n.endswith(".py") else n for n in os.listdir(SUITE) if n.startswith("test_")}
    return sorted(n for n in names if os.path.exists(os.path.join(SUITE, n + ".py")) or os.path.exists(os.path.join(SUITE, n, "__init__.py")))


def run(argv):
    """./test --cpython [--survey] [--brief] [-j N] [--verbose] [MODULE...]; --brief has little patience with what hangs."""
    os.makedirs(KEPT, exist_ok=True)
    jobs, names, options = 1, [], set()
    it = iter(argv)
    for a in it:
        if a == "-j":
            jobs = int(next(it))
        elif a.startswith("-j"):
            jobs = int(a[2:])
        elif a.startswith("-"):
            options.add(a)
        else:
            names.append(a)
    if "--brief" in options:
        global SILENCE, WHOLE, RESTARTS
        SILENCE, WHOLE, RESTARTS = 15, 90, 3
    with open(LISTED) as f:
        listed = f.read().split()
    if not names:
        names = all_modules() if "--survey" in options else listed
    may_fail = allowed()
    rows = []
    with ThreadPoolExecutor(jobs) as pool:
        for row in pool.map(lambda n: Row(n, may_fail.get(n, set())), names):
            rows.append(row)
            print(row.text(), flush=True)
            if "--verbose" in options:
                for t in row.bad:
                    print("      bad %s" % t)
                for t in row.missing[:20]:
                    print("      missing %s" % t)
    new = sorted({r.module for r in rows if r.ok} - set(listed))
    if new:
        with open(LISTED, "w") as f:
            f.write("".join(n + "\n" for n in sorted(set(listed) | set(new))))
        print("new in cpython_modules.txt: " + " ".join(new))
    print("tests: %d of %d pass" % (sum(r.passed for r in rows), sum(r.wanted for r in rows)))
    good = sum(r.ok for r in rows)
    return good, len(rows) - good
