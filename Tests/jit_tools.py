"""The tools around the compiler: weft.jit, --jit-stats, what perf reads, views, freeing and bounds of code, the profiler.

    jit_tools.py WEFT [NAME...]         the last line is "N passed, N failed"
"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

WEFT = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp()
TESTS = []

HOT = """
def inner(x):
    return x * 3 + 1

def hot(n):
    s = 0
    for i in range(n):
        if i % 7 == 3:
            s += inner(i)
        else:
            s -= i
    return s
"""


def test(f):
    TESTS.append(f)
    return f


def run(source, *flags, timeout=120, status=0, **environment):
    """What a program prints, and what goes to standard error."""
    path = os.path.join(FOLDER, "program.py")
    with open(path, "w") as f:
        f.write(source)
    p = subprocess.run([WEFT] + list(flags) + [path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=timeout,
                       cwd=FOLDER, env=dict(os.environ, **environment))
    out, err = p.stdout.decode(), p.stderr.decode()
    assert p.returncode == status, "status %d\n%s%s" % (p.returncode, out[-1000:], err[-1000:])
    return out, err


def expect(what, *details):
    if not what:
        raise AssertionError(" ".join(map(str, details)))


# ---- weft.jit

@test
def counters_and_traces():
    out, _ = run(HOT + """
import weft.jit as jit
assert jit.enabled() and jit.threshold() == 500
print(hot(200000))
c = jit.counters()
for k in ("loops", "bridges", "compiled", "entered", "code_bytes", "ir_bytes", "recording_ns", "compiling_ns", "ir_instructions"):
    assert c[k] > 0, k
assert c["live"] == len(jit.traces()) == c["compiled"]
assert c["enabled"] and c["threshold"] == 500 and isinstance(c["aborted"], dict)
mine = [t for t in jit.traces() if t.file == __file__]
loop = [t for t in mine if not t.is_bridge][0]
assert (loop.line, loop.function) == (7, "hot"), (loop.line, loop.function)
assert loop.iterations > 100000 and loop.code_size > 50 and loop.ir_count > 5
bridge = [t for t in mine if t.is_bridge][0]
assert bridge.parent == loop.number and bridge.number in [b for k, n, b in loop.exits]
assert repr(loop).startswith("<loop") and "hot" in repr(loop), repr(loop)
assert "addTagged" in loop.dump() and loop.dump() == jit.dump(loop.number)
assert sum(t.code_size for t in jit.traces()) <= c["code_bytes"]
try:
    jit.dump(10 ** 9)
except ValueError as e:
    assert "no trace" in str(e)
else:
    assert False
print(jit.status())
""")
    expect("the compiler is on: loops are compiled after 500 iterations" in out, out)


@test
def off_says_so():
    out, err = run(HOT + """
import weft.jit as jit
hot(100000)
assert not jit.enabled() and jit.threshold() == 0 and jit.traces() == []
c = jit.counters()
assert c["loops"] == c["compiled"] == c["code_bytes"] == 0 and c["enabled"] is False
print(jit.status())
for f in (lambda: jit.dump(0), lambda: jit.threshold(5)):
    try:
        f()
    except (ValueError, RuntimeError) as e:
        assert "--jit off" in str(e), e
print(jit.view())
# Nevertheless it can be switched on.
jit.enable()
hot(100000)
assert jit.enabled() and len(jit.traces()) > 0 and jit.threshold() == 500
""", "--jit", "off", "--jit-stats")
    expect("the compiler is off (--jit off)" in out and "No traces: the compiler is off (--jit off)." in out, out)


@test
def disable_and_enable():
    run(HOT + """
import weft.jit as jit
a = hot(50000)
n = jit.counters()
jit.disable()
assert not jit.enabled() and "weft.jit.disable()" in jit.status()
def other(k):
    while k > 0:
        k -= 1
other(100000)
assert hot(50000) == a
m = jit.counters()
assert m["entered"] == n["entered"] and m["compiled"] == n["compiled"], (n, m)
jit.enable()
assert hot(50000) == a
k = jit.counters()
assert k["entered"] > m["entered"] and k["live"] >= m["live"]
other(100000)
assert jit.counters()["compiled"] > k["compiled"]
assert jit.threshold(50) == 500 and jit.threshold() == 50
for bad in (0, -1, 100000):
    try:
        jit.threshold(bad)
    except ValueError:
        pass
    else:
        assert False
try:
    jit.threshold("x")
except TypeError:
    pass
""")


@test
def disabled_inside_a_trace():
    run("""
import weft.jit as jit
def f(n):
    s = 0
    for i in range(n):
        s += i
        if i == 30000:
            jit.disable()
        if i == 60000:
            jit.enable()
    return s
assert f(100000) == sum(range(100000))
""")


@test
def in_the_child_of_a_fork():
    run(HOT + """
import os, weft.jit as jit
a = hot(50000)
pid = os.fork()
if not pid:
    try:
        jit.enable()
    except RuntimeError:
        os._exit(0 if hot(50000) == a and not jit.enabled() else 1)
    os._exit(2)
assert os.waitpid(pid, 0)[1] == 0
assert hot(50000) == a and jit.enabled()
""")


@test
def stats():
    _, err = run(HOT + "hot(100000)\n", "--jit-stats")
    for pattern in (r"traces \d+, entered \d+", r"code: [1-9]\d* bytes in use", r"[1-9]\d*\.\d bytes an IR instruction",
                    r"[1-9]\d* bytes kept beside code", r"compiling \d+\.\d+ ms; [1-9]\d* ns to compile an IR instruction"):
        expect(re.search(pattern, err), pattern, err)
    _, err = run(HOT + "hot(1000)\n", "--jit", "off", "--jit-stats")
    expect("the compiler is off" in err, err)


# ---- perf

@test
def perf_map():
    out, _ = run(HOT + """
import os, weft.jit
hot(200000)
name = "/tmp/perf-%d.map" % os.getpid()
print(open(name).read(), end="")
os.remove(name)
for t in weft.jit.traces():
    print("%x %x" % (t.address, t.code_size), "weft", t.kind, t.number)
""", "--jit-perf-map")
    lines = out.splitlines()
    named = [l for l in lines if " at " in l]
    expect(any(re.match(r"[0-9a-f]+ [0-9a-f]+ weft loop \d+ at program\.py:7 in hot$", l) for l in named), out)
    for l in lines:
        if l not in named:
            expect(any(m.startswith(l + " at ") for m in named), l, "is not in the map\n", out)


def read_jitdump(path):
    """Checks the whole file against the format; gives the names, code and lines of what was loaded."""
    with open(path, "rb") as f:
        data = f.read()
    magic, version, head, machine, _, pid, stamp, flags = struct.unpack_from("<IIIIIIQQ", data)
    expect((magic, version, head, flags) == (0x4A695444, 1, 40, 0), "head")
    expect(path.endswith("jit-%d.dump" % pid), path, pid)
    at, lines, loads = head, {}, []
    while at < len(data):
        kind, size, when = struct.unpack_from("<IIQ", data, at)
        expect(when >= stamp and size >= 16 and at + size <= len(data), "a record's head")
        stamp = when
        if kind == 2:
            address, count = struct.unpack_from("<QQ", data, at + 16)
            p = at + 32
            lines[address] = []
            for _ in range(count):
                where, line, column = struct.unpack_from("<QII", data, p)
                end = data.index(b"\0", p + 16)
                lines[address].append((where, line, data[p + 16:end].decode()))
                p = end + 1
            expect(p == at + size, "the size of lines")
        elif kind == 0:
            _, tid, vma, address, n, index = struct.unpack_from("<IIQQQQ", data, at + 16)
            end = data.index(b"\0", at + 56)
            expect(vma == address and end + 1 + n == at + size and index == len(loads), "a load")
            loads.append((data[at + 56:end].decode(), address, data[end + 1:end + 1 + n]))
        else:
            expect(False, "record", kind)
        at += size
    return loads, lines


@test
def jitdump():
    for name in os.listdir(FOLDER):
        if name.startswith("jit-"):
            os.remove(os.path.join(FOLDER, name))
    run(HOT + "hot(200000)\n", "--jit-dump-file=" + FOLDER)
    names = [n for n in os.listdir(FOLDER) if n.startswith("jit-")]
    expect(len(names) == 1, names)
    loads, lines = read_jitdump(os.path.join(FOLDER, names[0]))
    found = [l for l in loads if l[0].endswith("at program.py:7 in hot")]
    expect(found, [l[0] for l in loads])
    name, address, code = found[0]
    expect(len(code) > 50 and any(line in (7, 8, 9, 11) for _, line, file in lines[address] if file.endswith("program.py")), lines.get(address))
    expect(all(address <= where < address + len(code) for where, _, _ in lines[address]), "lines outside of the code")


@test
def perf_report():
    if shutil.which("perf") is None:
        return "perf is not installed"
    data = os.path.join(FOLDER, "perf.data")
    path = os.path.join(FOLDER, "program.py")
    with open(path, "w") as f:
        f.write(HOT + "hot(30000000)\n")
    def perf(*arguments):
        p = subprocess.run(("perf",) + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=FOLDER, timeout=180,
                           env=dict(os.environ, HOME=FOLDER))
        return p.returncode, p.stdout.decode("utf-8", "replace")
    status, out = perf("record", "-k", "1", "-e", "cpu-clock:u", "-o", data, WEFT, "--jit-dump-file=" + FOLDER, path)
    if status and re.search("[Pp]ermi|not supported|paranoid", out):
        return "perf events are not permitted"
    expect(not status, out)
    status, out = perf("inject", "--jit", "-i", data, "-o", data + ".jit")
    expect(not status, out)
    status, out = perf("report", "-i", data + ".jit", "--stdio", "--sort", "symbol")
    expect(re.search(r"weft loop \d+ at program\.py:7 in hot", out), out)
    # The map.
    status, out = perf("record", "-e", "cpu-clock:u", "-o", data, WEFT, "--jit-perf-map", path)
    expect(not status, out)
    status, out = perf("report", "-i", data, "--stdio", "--sort", "symbol")
    expect(re.search(r"weft loop \d+ at program\.py:7 in hot", out), out)


# ---- views

@test
def view_page():
    out = os.path.join(FOLDER, "view.html")
    run(HOT + "hot(200000)\n", "--jit-view=" + out)
    with open(out, encoding="utf-8") as f:
        page = f.read()
    for piece in ("<!DOCTYPE html>", "s += inner(i)", "return x * 3 + 1", "mulTagged", "called from program.py:9 in hot", "now bridge", "loop "):
        expect(piece in page, piece)
    expect(not re.search(r"(src|href)\s*=\s*['\"]?(https?:)?//", page), "something from elsewhere")
    from html.parser import HTMLParser
    class Check(HTMLParser):
        stack = []
        ids, links = set(), set()
        def handle_starttag(self, tag, attributes):
            if tag not in ("meta", "br"):
                self.stack.append(tag)
            d = dict(attributes)
            if "id" in d:
                self.ids.add(d["id"])
            if d.get("href", "").startswith("#"):
                self.links.add(d["href"][1:])
        def handle_endtag(self, tag):
            expect(self.stack.pop() == tag, "not closed:", tag)
    c = Check()
    c.feed(page)
    expect(not c.stack and c.links and c.links <= c.ids, c.stack, c.links - c.ids)


@test
def view_text():
    out, _ = run(HOT + "hot(200000)\n", "--jit-view=-")
    row = [l for l in out.splitlines() if l.endswith("  return x * 3 + 1")]
    expect(row and row[0].startswith("#"), out[:2000])
    expect(re.search(r"exits +\d+ +if i % 7 == 3:|exits s? +8 ", out), out[:2000])
    expect("-- program.py:3 in inner, called from program.py:9 in hot" in out, out[-3000:])
    out, _ = run(HOT + "hot(200000)\n", "--jit-view=-", "--jit", "off")
    expect("No traces: the compiler is off (--jit off)." in out, out)


# ---- the end of traces

@test
def freed_with_their_code():
    run("""
import gc, weft.jit as jit
SOURCE = '''
class A:
    def m(self, x):
        return x + self.k
    def __init__(self):
        self.k = 1
def f(n):
    s = 0
    a = A()
    for i in range(n):
        s = a.m(s) + i % 3
        if i % 5 == 2:
            s -= 1
    return s
'''
def make():
    d = {}
    exec(SOURCE, d)
    return d["f"]
want = None
most = 0
for k in range(300):
    f = make()
    r = f(1500)
    assert want is None or r == want, (r, want)
    want = r
    if k % 25 == 24:
        del f
        gc.collect()
        most = max(most, jit.counters()["code_bytes"])
gc.collect()
c = jit.counters()
assert c["compiled"] >= 300, c
assert c["freed"] > 250, c
assert c["live"] < 60 and c["code_bytes"] < 200000, c
import weakref
f = make()
f(3000)
d = weakref.ref(f)
del f
gc.collect()
assert d() is None
""")


@test
def functions_freed_with_their_code():
    run("""
import gc, weft.jit as jit
SOURCE = '''
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
class Node:
    def __init__(self, left, right):
        self.left = left
        self.right = right
def tree(d):
    return Node(None, None) if d == 0 else Node(tree(d - 1), tree(d - 1))
def check(t):
    return 1 if t.left is None else 1 + check(t.left) + check(t.right)
'''
for k in range(120):
    d = {}
    exec(SOURCE, d)
    assert d["fib"](16) == 987
    assert d["check"](d["tree"](10)) == 2047
    assert d["fib"](17) == 1597
    if k % 20 == 19:
        del d
        gc.collect()
gc.collect()
c = jit.counters()
# Traces of this module's own code may have inlined a function of an earlier round: they keep it.
assert c["live"] * 3 < c["compiled"], c
if c["functions"]:
    assert c["functions"] >= 120 and c["freed"] >= 300, c
d = {}
exec(SOURCE, d)
assert d["fib"](20) == 6765
""")


@test
def functions_under_a_bound():
    out, _ = run("""
import weft.jit as jit
SOURCE = '''
def f(n):
    return %d if n < 2 else f(n - 1) + f(n - 2)
def g(n, a):
    for i in range(n):
        a += f(3)
    return a
'''
made = []
for k in range(150):
    d = {}
    exec(SOURCE % k, d)
    made.append(d)
for again in range(3):
    for k, d in enumerate(made):
        assert d["f"](15) == 987 * k, k
        assert d["g"](700, 1) == 2100 * k + 1, k
c = jit.counters()
assert c["code_bytes_peak"] <= 30 << 10 and c["evicted"] > 20, c
print("done")
""", "--jit-code-limit=30k", "--jit-threshold=100", timeout=300)
    expect("done" in out, out)


@test
def a_bound_on_code():
    out, err = run("""
import weft.jit as jit
SOURCE = '''
def f(n, k=%d):
    s = k
    for i in range(n):
        s += i * k
        if i & 15 == k & 15:
            s ^= 5
    return s
'''
functions = []
for k in range(3000):
    d = {}
    exec(SOURCE % k, d)
    functions.append(d["f"])
def plain(n, k):
    s = k
    for i in range(n):
        s += i * k
        if i & 15 == k & 15:
            s ^= 5
    return s
limit = jit.code_limit()
assert limit == 200 << 10, limit
total = 0
for k, f in enumerate(functions):
    r = f(1200)
    if k % 100 == 0:
        jit.disable()
        assert r == plain(1200, k), k
        jit.enable()
    c = jit.counters()
    assert c["code_bytes"] <= limit
c = jit.counters()
assert c["evicted"] > 1000 and c["compiled"] > 3000, c
assert c["code_bytes_peak"] <= limit, c
assert c["ir_bytes"] < 20 << 20, c
# Everything still works, with and without traces.
for k in range(0, 3000, 97):
    assert functions[k](700) == plain(700, k)
print("done")
""", "--jit-code-limit=200k", timeout=300)
    expect("done" in out, out)


@test
def traces_in_use_stay():
    run("""
import weft.jit as jit, threading, time
SOURCE = '''
def f(n):
    s = %d
    for i in range(n):
        s += i
    return s
'''
def many(n):
    for k in range(n):
        d = {}
        exec(SOURCE % k, d)
        assert d["f"](900) == k + 899 * 900 // 2
# Each iteration of the compiled loop waits, while other threads fill the memory of code; or makes code itself.
def waits(n):
    s = 0
    for i in range(n):
        time.sleep(0.0005)
        s += i
    return s
result = []
t = threading.Thread(target=lambda: result.append(waits(400)))
t.start()
many(400)
t.join()
assert result == [399 * 400 // 2]
def nested(n):
    s = 0
    for i in range(n):
        d = {}
        exec(SOURCE % i, d)
        s += d["f"](700)
    return s
assert nested(300) == sum(i + 699 * 700 // 2 for i in range(300))
c = jit.counters()
assert c["evicted"] > 50, c
""", "--jit-code-limit=24k", "--jit-threshold=100", timeout=300)


@test
def collected_while_it_runs():
    out, _ = run(HOT + """
import gc
def churn(n):
    s = 0
    for i in range(n):
        d = {}
        exec("def g(n):\\n s = 0\\n for i in range(n):\\n  s += i\\n return s", d)
        s += d["g"](40)
        if i % 20 == 0:
            gc.collect()
        s += hot(50)
    return s
print(churn(300))
""", "--jit-threshold=5", "--verify-heap", "--jit-code-limit=60k", timeout=300)
    expect(out.strip() == str(300 * (39 * 40 // 2) + 300 * sum(i * 3 + 1 if i % 7 == 3 else -i for i in range(50))), out)


# ---- the profiler

SPIN = """
def spin(n):
    s = 0
    for i in range(n):
        s += i * i % 7
    return s
"""


@test
def profile_of_compiled_code():
    out, _ = run(HOT.replace("x * 3 + 1", "x * 3 % 11 + x * 5 % 13") + SPIN + """
import weft.profile as profile, time
def work():
    t = time.process_time()
    while time.process_time() - t < 1.0:
        hot(300000)
        spin(300000)
p = profile.run(work)
assert 0.7 < p.seconds < 1.6 and p.samples > 300, (p.seconds, p.samples)
names = {f: (top / p.seconds, on / p.seconds, c) for f, file, line, top, on, c in p.by_function()}
assert names["work"][1] > 0.95, names
assert names["hot"][1] > 0.15 and names["spin"][0] > 0.1, names
# What a trace has inlined is seen, and that it is compiled.
assert names["inner"][0] > 0.01, names
assert sum(c for s, c in p.stacks.values()) > 0.6 * p.seconds, p.summary()
assert any(line == 3 and f == "inner" for f, file, line, top, on, c in p.by_line())
text = p.collapsed()
for l in text.splitlines():
    stack, n = l.rsplit(" ", 1)
    assert int(n) > 0 and stack
assert any(";work (program.py);hot (program.py);inner (program.py)" in ";" + l for l in text.splitlines()), text
print(p.summary())
""")
    expect("of it in compiled traces" in out, out)


@test
def profile_of_tasklets():
    run(SPIN + """
import stackless, weft.profile as profile, time
def worker(n):
    t = time.process_time()
    while time.process_time() - t < n:
        spin(2000)
        stackless.schedule()
def boss():
    stackless.tasklet(worker)(0.5)
    spin(3000000)
profile.start()
stackless.tasklet(boss)()
stackless.run()
p = profile.stop()
paths = {k: v / p.seconds for k, v in p.tasklets.items()}
assert paths.get(("[main]", "[boss]", "[worker]"), 0) > 0.2, paths
assert paths.get(("[main]", "[boss]"), 0) > 0.01, paths
assert "[main];[boss];[worker];worker (program.py);spin (program.py) " in p.collapsed(), p.collapsed()
assert "[main] > [boss] > [worker]" in p.summary(), p.summary()
""")


@test
def profile_option():
    out = os.path.join(FOLDER, "stacks")
    _, err = run(SPIN + "spin(3000000)\n", "--profile=" + out)
    expect("s of processor time" in err and "spin (program.py)" in err, err)
    with open(out) as f:
        expect(re.search(r"^<module> \(program\.py\);spin \(program\.py\) \d+$", f.read(), re.M), open(out).read())
    _, err = run(SPIN + "spin(3000000)\nraise SystemExit(3)\n", "--profile", "--jit", "off", status=3)
    expect("spin (program.py)" in err and " 0 % of it in compiled" in err, err)


@test
def profile_of_what_waits():
    run(SPIN + """
import weft.profile as profile, time, threading, os
profile.start()
t = time.perf_counter()
for i in range(20):
    time.sleep(0.02)
assert time.perf_counter() - t < 2
r, w = os.pipe()
x = threading.Thread(target=lambda: (spin(20000000), os.write(w, b"x")))
x.start()
assert os.read(r, 1) == b"x"
x.join()
p = profile.stop()
assert p.seconds < 0.6, p.summary()
assert any("thread" in k for k in p.collapsed().splitlines()), p.collapsed()
try:
    profile.stop()
except RuntimeError:
    pass
profile.start()
try:
    profile.start()
except RuntimeError:
    pass
assert profile.running()
pid = os.fork()
if not pid:
    os._exit(0 if not profile.running() and spin(1000) else 1)
assert os.waitpid(pid, 0)[1] == 0
profile.stop()
""")


@test
def requests_at_any_time():
    # Another thread asks for a safepoint every 100 microseconds, so traces are left at their heads at any time, also those that run inside a step
    # of another one: it must not take frames of other activations for its own.
    source = """
class Reader:
    def __init__(self, text):
        self.text = text
        self.at = 0
    def skip(self):
        text = self.text
        at = self.at
        while text[at] in " \\n":
            at += 1
        self.at = at
        return text[at]
    def word(self):
        start = self.at
        text = self.text
        at = start
        while text[at] in "abcdefghij":
            at += 1
        self.at = at
        return text[start:at]
    def read(self):
        c = self.skip()
        if c == "(":
            self.at += 1
            out = []
            if self.skip() == ")":
                self.at += 1
                return out
            while True:
                out.append(self.read())
                if self.skip() == ")":
                    self.at += 1
                    return out
        if c == "{":
            self.at += 1
            out = {}
            while True:
                self.skip()
                k = self.word()
                self.skip()
                self.at += 1
                out[k] = self.read()
                if self.skip() == "}":
                    self.at += 1
                    return out
        if c in "abcdefghij":
            return self.word()
        start = at = self.at
        text = self.text
        while text[at] in "0123456789":
            at += 1
        self.at = at
        return int(text[start:at])
text = "(" + " ".join("{a: %d b: (x {c: %d d: ()} %d abc ) e: {f: (%d) g: hij}}".replace("x", "de") % (i, i * 7, i % 3, i) for i in range(600)) + ")"
for _ in range(4):
    got = Reader(text).read()
    assert got == [{"a": i, "b": ["de", {"c": i * 7, "d": []}, i % 3, "abc"], "e": {"f": [i], "g": "hij"}} for i in range(600)]
"""
    for k in range(30):
        run(source, "--switch-every=100000000", "--jit-threshold=%d" % (20 if k % 2 else 3))


def main(names):
    passed = failed = 0
    for f in TESTS:
        if names and f.__name__ not in names:
            continue
        try:
            skipped = f()
        except (AssertionError, OSError, subprocess.SubprocessError, struct.error, ValueError) as e:
            failed += 1
            print("FAIL jit tools: %s\n    %s" % (f.__name__, str(e)[-2500:].replace("\n", "\n    ")))
            continue
        passed += 1
        if skipped:
            print("%s: %s" % (f.__name__, skipped))
    shutil.rmtree(FOLDER, ignore_errors=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[2:]))
