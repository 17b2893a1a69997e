"""Runs one module of CPython's own suite and reports every test as it ends; works under CPython and under Weft.

    cpython_driver.py MODULE REPORT [SKIP]

REPORT gets a line a test: "start ID", then "ok|skip|within|fail|error|xfail|xpass ID"; a run that died is recognised by its
last line. Tracebacks go to standard error. SKIP names a file of test ids, one a line, that are not run (they ran before, or
killed an earlier run). "within" is a test that ran and gave up by itself, for another reason than a missing module.

With WEFT_SUITE_TASKLET in the environment all of it happens in a tasklet.

Tests that the suite marks as details of CPython are run as well. Those that pass are as good as any; elsewhere than under
CPython a failing one counts as what the suite makes of it, skipped.
"""
import os
import sys
import traceback
import unittest


class Report(unittest.TestResult):
    def __init__(self, fd, done):
        super().__init__()
        self.fd = fd
        self.done = done
        self.seen = {}
        self.bad = set()

    def line(self, kind, name):
        name = name.replace("\n", " ")
        os.write(self.fd, (kind + " " + name + "\n").encode("utf-8", "backslashreplace"))

    def name(self, test):
        return getattr(test, "report_name", None) or test.id()

    def startTest(self, test):
        super().startTest(test)
        self.bad.discard(self.name(test))
        self.line("start", self.name(test))

    def explain(self, kind, test, err):
        name = self.name(test)
        if detail(test):
            kind = "skip"
        self.line(kind, name)
        self.bad.add(name)
        try:
            text = "".join(traceback.format_exception(*err))
        except Exception as e:
            text = "%r (its traceback cannot be formatted: %r)\n" % (err[0], e)
        os.write(2, ("==== %s %s\n%s\n" % (kind, name, text)).encode("utf-8", "backslashreplace"))

    def addError(self, test, err):
        self.explain("error", test, err)

    def addFailure(self, test, err):
        self.explain("fail", test, err)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            os.write(2, ("---- %s\n" % subtest).encode("utf-8", "backslashreplace"))
            self.explain("fail" if issubclass(err[0], test.failureException) else "error", test, err)

    def addSuccess(self, test):
        if self.name(test) not in self.bad:
            self.line("ok", self.name(test))

    def addSkip(self, test, reason):
        if self.name(test) in self.bad:
            return
        method = getattr(test, getattr(test, "_testMethodName", ""), None)
        marked = getattr(method, "__unittest_skip__", False) or getattr(type(test), "__unittest_skip__", False)
        self.line("skip" if marked or detail(test) or "No module named" in str(reason) else "within", self.name(test))

    def addExpectedFailure(self, test, err):
        self.line("xfail", self.name(test))

    def addUnexpectedSuccess(self, test):
        self.line("xpass", self.name(test))


def detail(test):
    """Whether the test is about CPython's implementation, and this is another."""
    if sys.implementation.name == "cpython":
        return False
    test = getattr(test, "test_case", test)
    method = getattr(test, getattr(test, "_testMethodName", ""), None)
    return getattr(method, "cpython_detail", False) or getattr(type(test), "cpython_detail", False)


def mark_details(support):
    """Decorators that mark what is about CPython instead of having it skipped."""
    original = support.impl_detail

    def mark(test):
        test.cpython_detail = True
        return test

    def impl_detail(msg=None, **guards):
        if guards.get("cpython", not guards or not any(guards.values())):
            return mark
        return original(msg, **guards)
    support.impl_detail = impl_detail
    support.cpython_only = mark


def kept(suite, done, seen):
    """The tests to run, one id each: equal ids get a number."""
    out = type(suite)() if type(suite) in (unittest.TestSuite, unittest.loader.suite.TestSuite) else unittest.TestSuite()
    for t in suite:
        if isinstance(t, unittest.TestSuite):
            out.addTest(kept(t, done, seen))
            continue
        name = t.id()
        n = seen[name] = seen.get(name, 0) + 1
        if n > 1:
            name += "#%d" % n
            t.report_name = name
        if name not in done:
            out.addTest(t)
    return out


def main(module, report, skip=None):
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p or ".") != here]
    sys.argv[1:] = []
    done = set()
    if skip:
        with open(skip, encoding="utf-8") as f:
            done = set(f.read().split("\n"))
    fd = os.open(report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    result = Report(fd, done)
    import test.support
    test.support.use_resources = []
    mark_details(test.support)
    name = "test." + module
    try:
        __import__(name)
    except unittest.SkipTest as e:
        result.line("skipmodule", str(e))
        return
    except BaseException:
        os.write(2, ("==== import %s\n%s" % (name, traceback.format_exc())).encode("utf-8", "backslashreplace"))
        result.line("noimport", name)
        return
    found = unittest.defaultTestLoader.loadTestsFromName(name)
    if found.countTestCases() == 0 and getattr(sys.modules[name], "__test__", None):
        import doctest
        found = doctest.DocTestSuite(sys.modules[name])
    suite = kept(found, done, {})
    import warnings
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("default")
        suite.run(result)
    result.line("end", module)


def in_tasklet(*arguments):
    import stackless
    task = stackless.tasklet(main)(*arguments)
    while task.alive:
        stackless.run(threadblock=True)


if __name__ == "__main__":
    (in_tasklet if os.environ.get("WEFT_SUITE_TASKLET") and sys.implementation.name != "cpython" else main)(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
