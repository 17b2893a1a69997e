"""greenlet's own tests, and eventlet's that need no network, against Weft's greenlet.

    python3.11 Tests/greenlet_suite.py [greenlet] [eventlet] [--verbose] [MODULE...]

Downloads the source distributions from PyPI to .build/greenlet, runs every test module in a process of its own and prints
what passed. Not counted: what needs greenlet's C API, reference counts, its leak counters or the C stack (SKIPPED below).
The last line is "N passed, N failed".
"""
import os
import re
import subprocess
import sys
import tarfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, ".build", "greenlet")
WEFT = os.environ.get("WEFT", os.path.join(ROOT, ".build", "release", "weft"))
GREENLET, EVENTLET = "greenlet==3.1.1", "eventlet==0.41.3"

# Modules whose subject is not there: C extensions built against greenlet's header, its C stack, its leak counters.
GREENLET_SKIPPED = {"test_cpp", "test_extension_interface", "test_leaks", "test_stack_saved", "test_greenlet_trash"}
# Single tests for the same reasons.
TESTS_SKIPPED = {
    # An object is gone as soon as nothing refers to it; sys.getrefcount(); messages of what is deallocated.
    "reference counts": r"test_(two_recursive_children|dealloc_catches_GreenletExit_throws_other|parent_restored_on_kill|dealloc_switch_args_not_lost|"
                        r"issue_245.*|implicit_parent_with_threads|dealloc_other_thread|dealloc_weakref|reentrant_switch_run_callable_has_del|context_assignment_while_running)$",
    # A C extension; setup.py; processes that are to abort in C; ours copy.
    "C": r"test_(get_stack_with_nested_c_calls|failed_to_slp_switch_into_running|deepcopy|version)$",
}

RUNNER = r'''
import sys, types, unittest, re
sys.path.insert(0, {path!r})
class _Process:
    def memory_full_info(self): raise AttributeError("not supported")
psutil = types.ModuleType("psutil"); psutil.Process = _Process; sys.modules["psutil"] = psutil
objgraph = types.ModuleType("objgraph"); objgraph.growth = lambda **k: []; objgraph.show_growth = lambda **k: None; sys.modules["objgraph"] = objgraph
import os
os.environ["GREENLET_SKIP_LEAKCHECKS"] = "1"
import greenlet
greenlet.__path__ = [{package!r}]
import greenlet.tests.leakcheck as leakcheck
leakcheck.wrap_refcount = lambda method: method
loader = unittest.defaultTestLoader
skipped = {skipped!r}
def flatten(s):
    for t in s:
        if isinstance(t, unittest.TestSuite): yield from flatten(t)
        else: yield t
suite = unittest.TestSuite(t for t in flatten(loader.loadTestsFromName({module!r})) if not any(re.match(p, getattr(t, "_testMethodName", "")) for p in skipped))
class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        print("PASS", test.id(), flush=True)
result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(suite)
for kind, items in (("FAIL", result.failures), ("ERROR", result.errors)):
    for t, text in items:
        print(kind, t.id()); print(text)
print("SKIP", len(result.skipped))
for t, why in result.skipped: print("SKIPPED", t.id(), why)
print("DONE", result.testsRun - len(result.failures) - len(result.errors) - len(result.skipped), len(result.failures) + len(result.errors), flush=True)
os._exit(0)
'''


def fetch(requirement):
    """The unpacked source distribution."""
    os.makedirs(TARGET, exist_ok=True)
    name, version = requirement.split("==")
    folder = os.path.join(TARGET, name + "-" + version)
    if not os.path.isdir(folder):
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps", "-d", TARGET, requirement], check=True)
        with tarfile.open(os.path.join(TARGET, name + "-" + version + ".tar.gz")) as f:
            f.extractall(TARGET)
    return folder


def run(program, cwd, timeout, log):
    """(passed, failed, text) of one module."""
    try:
        p = subprocess.run([WEFT, "-c", program], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=timeout)
        text, end = p.stdout.decode("utf-8", "replace"), "status %d" % p.returncode
    except subprocess.TimeoutExpired as e:
        text, end = (e.stdout or b"").decode("utf-8", "replace"), "no end in %d s" % timeout
    with open(log, "w") as f:
        f.write(text)
    m = re.search(r"^DONE (\d+) (\d+)$", text, re.M)
    if m:
        return int(m.group(1)), int(m.group(2)), text
    return len(re.findall("^PASS ", text, re.M)), 1, text + "\nFAIL whole module: " + end


def report(name, result, verbose):
    passed, failed, text = result
    print("%-40s %3d passed, %d failed" % (name, passed, failed), flush=True)
    if failed and verbose:
        print("\n".join(line for line in text.splitlines() if line.startswith(("FAIL", "ERROR "))))
    return passed, failed


def greenlet_tests(names, verbose):
    folder = os.path.join(fetch(GREENLET), "src", "greenlet")
    tests = os.path.join(folder, "tests")
    total = [0, 0]
    for f in sorted(os.listdir(tests)):
        name = f[:-3]
        if not f.startswith("test_") or name in GREENLET_SKIPPED or names and name not in names:
            continue
        program = RUNNER.format(path=TARGET, package=folder, module="greenlet.tests." + name, skipped=list(TESTS_SKIPPED.values()))
        passed, failed = report("greenlet " + name, run(program, TARGET, 120, os.path.join(TARGET, name + ".log")), verbose)
        total[0] += passed
        total[1] += failed
    return total


# eventlet's modules that need neither the network, databases, ssl certificates of others nor packages beside it.
EVENTLET_MODULES = [
    "api_test", "convenience_test", "dagpool_test", "event_test", "green_select_test", "greenio_test", "greenpool_test",
    "greenthread_test", "hub_test", "os_test", "pools_test", "queue_test", "semaphore_test", "socket_test", "subprocess_test",
    "test__event", "test__greenness", "test__socket_errors", "thread_test", "timeout_test", "timeout_with_statement_test", "timer_test", "wsgi_test"]
EVENTLET_RUNNER = r'''
import sys, unittest, os, types
sys.path[:0] = [{path!r}, {packages!r}]
# There is no _ssl: eventlet's own resolver, which needs it, stays away.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"
import eventlet
loader = unittest.defaultTestLoader
module = __import__({module!r}, fromlist=["x"])
cases = []
for k, v in list(vars(module).items()):
    if isinstance(v, type) and issubclass(v, unittest.TestCase) and v.__module__ == module.__name__:
        cases.append(loader.loadTestsFromTestCase(v))
    elif k.startswith("test") and isinstance(v, types.FunctionType) and v.__code__.co_argcount == 0:
        cases.append(unittest.FunctionTestCase(v))
class Result(unittest.TextTestResult):
    def addSuccess(self, test):
        super().addSuccess(test)
        print("PASS", test.id(), flush=True)
result = unittest.TextTestRunner(verbosity=2, resultclass=Result).run(unittest.TestSuite(cases))
for kind, items in (("FAIL", result.failures), ("ERROR", result.errors)):
    for t, text in items:
        print(kind, t.id()); print(text)
print("SKIP", len(result.skipped))
print("DONE", result.testsRun - len(result.failures) - len(result.errors) - len(result.skipped), len(result.failures) + len(result.errors), flush=True)
os._exit(0)
'''


def eventlet_tests(names, verbose):
    folder = fetch(EVENTLET)
    packages = os.path.join(TARGET, "packages")
    if not os.path.isdir(packages):
        # Pure Python; greenlet itself is Weft's.
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", packages, "dnspython", "pytest"], check=True)
    total = [0, 0]
    for name in EVENTLET_MODULES:
        if names and name not in names:
            continue
        program = EVENTLET_RUNNER.format(path=folder, packages=packages, module="tests." + name)
        passed, failed = report("eventlet " + name, run(program, folder, 180, os.path.join(TARGET, "eventlet_" + name + ".log")), verbose)
        total[0] += passed
        total[1] += failed
    return total


def main(argv):
    verbose = "--verbose" in argv
    which = [a for a in argv if a in ("greenlet", "eventlet")] or ["greenlet", "eventlet"]
    names = [a for a in argv if a not in ("greenlet", "eventlet", "--verbose")]
    passed = failed = 0
    for w, function in (("greenlet", greenlet_tests), ("eventlet", eventlet_tests)):
        if w in which:
            p, f = function(names, verbose)
            passed += p
            failed += f
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
