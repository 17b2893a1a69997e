"""What happens when things run out: the machine itself dies, memory, file descriptors, disk; and long builtins that Ctrl-C must end.

    robustness.py WEFT [NAME...]     the last line is "N passed, N failed"; names choose tests that contain them
"""
import os
import re
import resource
import signal
import subprocess
import sys
import time

WEFT = sys.argv[1]
ENVIRONMENT = dict({k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}, SWIFT_BACKTRACE="enable=no", PYTHONDONTWRITEBYTECODE="1")
results = {True: 0, False: 0}


def run(code, *flags, memory=None, files=None, timeout=120, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, signal_after=None):
    """Status, standard output and standard error of a program; limits of address space and descriptors."""
    def limit():
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        if files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    p = subprocess.Popen([WEFT, *flags, "-c", code], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, env=ENVIRONMENT, preexec_fn=limit)
    try:
        out, err = p.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        return "timeout", "", ""
    return p.returncode, (out or b"").decode("utf-8", "replace"), err.decode("utf-8", "replace")


def expect(name, condition, seen):
    results[bool(condition)] += 1
    if not condition:
        print("FAIL %s\n    %s" % (name, str(seen)[-600:].replace("\n", "\n    ")))


def test_crash_reports():
    """Each way of dying prints the Python stack of every thread, then ends with the signal."""
    program = """
import faulthandler, threading, time
def waiter():
    threading.Event().wait()
threading.Thread(target=waiter, daemon=True).start()
time.sleep(0.1)
def inner(n):
    if n:
        inner(n - 1)
    else:
        sorted([2, 1], key=lambda x: faulthandler.%s())
inner(2)
"""
    stack = ("\nCurrent thread 0x0000700100000000 (most recent call first):\n"
             '  File "<string>", line 11 in <lambda>\n  File "<string>", line 11 in inner\n  File "<string>", line 9 in inner\n'
             '  File "<string>", line 9 in inner\n  File "<string>", line 12 in <module>\n')
    for how, number, name in (("_read_null", signal.SIGSEGV, "Segmentation fault"), ("_sigsegv", signal.SIGSEGV, "Segmentation fault"),
                              ("_sigabrt", signal.SIGABRT, "Aborted"), ("_sigfpe", signal.SIGFPE, "Floating point exception"),
                              ("_stack_overflow", signal.SIGSEGV, "Segmentation fault"), ("_trap", signal.SIGILL, "Illegal instruction")):
        status, out, err = run(program % how)
        expect("crash " + how, status == -number and "Fatal Python error: " + name + "\n\nThread 0x" in err and stack in err
               and 'line 4 in waiter\n' in err, (status, err))
    # With a damaged stack of frames it still ends.
    status, out, err = run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    expect("a signal from outside is no report", status == -signal.SIGSEGV and "Fatal" not in err, (status, err))
    status, out, err = run("import os; os.abort()")
    expect("abort", status == -signal.SIGABRT and "Fatal" not in err, (status, err))


HUGE = r'''
import sys
def attempt(name, f):
    try:
        r = f()
        print(name, "result", flush=True)
    except (MemoryError, OverflowError, ValueError) as e:
        print(name, type(e).__name__, flush=True)
big = 10**9
text = "x" * (100 << 20)
def append():
    l = []
    while True: l.append(None)
def extend():
    l = [1]
    while True: l += l
def double():
    s = "a"
    while True: s += s
def dict_():
    d, i = {}, 0
    while True: d[i] = i; i += 1
def set_():
    d, i = set(), 0
    while True: d.add(i); i += 1
def nested():
    l = []
    while True: l.append([l])
def linked():
    l = None
    while True: l = (l, l)
def strings():
    l = []
    while True: l.append("%d" % len(l) * 5)
def instances():
    class C:
        def __init__(self, n): self.a = n
    c = None
    while True: c = C(c)
def frames():
    sys.setrecursionlimit(10**8)
    def f(): return f()
    f()
for name, f in {
    "list repeat": lambda: [0] * big, "tuple repeat": lambda: (0,) * big, "str repeat": lambda: "ab" * big,
    "wide repeat": lambda: "\u20ac" * big, "bytes repeat": lambda: b"ab" * big, "bytearray repeat": lambda: bytearray(b"ab") * big,
    "bytes(n)": lambda: bytes(2 * big), "bytearray(n)": lambda: bytearray(2 * big), "join": lambda: "".join([text] * 20),
    "separator": lambda: text.join(["a"] * 20), "bytes join": lambda: b"".join([bytes(100 << 20)] * 20),
    "replace": lambda: text.replace("x", "y" * 20), "bytes replace": lambda: bytes(10 << 20).replace(b"\0", b"x" * 200),
    "ljust": lambda: "x".ljust(2 * big), "center": lambda: "x".center(big, "\u20ac"), "zfill": lambda: "x".zfill(2 * big),
    "bytes ljust": lambda: b"x".ljust(2 * big), "expandtabs": lambda: ("\t" * 1000).expandtabs(1 << 20),
    "bytes expandtabs": lambda: (b"\t" * 1000).expandtabs(1 << 20), "format": lambda: format(1, "1000000000"),
    "precision": lambda: format(1.5, ".1000000000f"), "percent": lambda: "%1000000000d" % 1, "f-string": lambda: f"{1:1000000000}",
    "shift": lambda: 1 << (1 << 34), "pow": lambda: 3 ** (1 << 33), "pow big": lambda: (1 << 1000000) ** 100000,
    "mul": lambda: (1 << (1 << 31)) * (1 << (1 << 31)), "list range": lambda: list(range(big)), "tuple range": lambda: tuple(range(big)),
    "set range": lambda: set(range(10**8)), "fromkeys": lambda: dict.fromkeys(range(10**8)), "list str": lambda: list(text),
    "list bytes": lambda: list(bytes(200 << 20)), "sorted str": lambda: sorted(text), "str add": lambda: text * 3 + text * 3 + text * 8,
    "utf-16": lambda: (text * 4).encode("utf-16"), "decode": lambda: bytes(600 << 20).decode("utf-8"), "upper": lambda: (text * 5).upper(),
    "repr": lambda: repr("\0" * (200 << 20)), "hex": lambda: bytes(400 << 20).hex(), "translate": lambda: text.translate({120: "y" * 20}),
    "slice": lambda: ([0] * (60 << 20))[:], "list add": lambda: [0] * (40 << 20) + [0] * (60 << 20),
    "zip": lambda: list(zip(range(10**8), range(10**8))), "comprehension": lambda: [i for i in range(10**8 * 2)],
    "append": append, "extend": extend, "double": double, "dict": dict_, "set": set_, "nested": nested, "linked": linked, "strings": strings,
    "instances": instances, "frames": frames,
    "to_bytes": lambda: (1).to_bytes(2 * big, "big"), "from_bytes": lambda: int.from_bytes(bytes(500 << 20), "big"),
    "array": lambda: __import__("array").array("d", [0.0]) * big, "deque": lambda: __import__("collections").deque(range(10**8)),
    "read": lambda: open("/dev/zero", "rb").read(2 * big), "os.read": lambda: __import__("os").read(0, 2 * big),
    "pack": lambda: __import__("struct").pack("2000000000x"), "urandom": lambda: __import__("os").urandom(2 * big),
    "eval": lambda: eval("[" + "0," * (1 << 24) + "]"),
}.items():
    if not sys.argv[1:] or name in sys.argv[1:]:
        attempt(name, f)
print("goes on", sum(range(1000)), len(text))
'''


def test_address_space():
    """Under a small address space nothing that a program may ask for ends the machine."""
    names = re.findall(r'^    .*', HUGE, re.M)
    status, out, err = run("import sys; sys.argv[1:] = []\n" + HUGE, memory=1500 << 20, timeout=600, stdin=open("/dev/zero"))
    lines = out.splitlines()
    expect("the program goes on", status == 0 and lines[-1:] == ["goes on 499500 104857600"], (status, lines[-3:], err))
    for line in lines[:-1]:
        expect("address space: " + line, line.endswith("MemoryError") or line.endswith("OverflowError"), line)


def test_heap_limit():
    """--heap-limit: MemoryError after a collection, garbage does not count, and the program goes on."""
    limit = "--heap-limit=100m"
    for name, body in (
        ("one object", "bytes(150 << 20)"), ("list", "[0] * (20 << 20)"),
        ("small objects", "l = []\nwhile True: l.append([l])"), ("strings", "l = []\nwhile True: l.append('%d' % len(l) * 10)"),
        ("dict", "d = {}\nwhile True: d[len(d)] = str(len(d))"), ("ints", "l = [2**70]\nwhile True: l.append(l[-1] + 1)"),
        ("blocks", "l = []\nwhile True: l.append(bytes(1 << 20))"), ("bytearray", "b = bytearray()\nwhile True: b += bytes(1 << 20)"),
        ("generator", "l = list([i] for i in range(10**9))"), ("frames", "import sys\nsys.setrecursionlimit(10**8)\ndef r(): return r()\nr()"),
    ):
        code = "def f():\n" + "".join("    " + l + "\n" for l in body.split("\n")) + """
for _ in range(2):
    try:
        f()
        print("no error")
    except MemoryError:
        print("MemoryError")
print(len([bytes(1 << 20) for _ in range(50)]))
"""
        status, out, err = run(code, limit, timeout=200)
        expect("heap limit: " + name, (status, out) == (0, "MemoryError\nMemoryError\n50\n"), (status, out, err))
    status, out, err = run("for i in range(300):\n    x = bytes(30 << 20); y = [x] * 1000000\nl = [[i] for i in range(5 * 10**5)]\nprint('enough')", limit)
    expect("heap limit: garbage is collected first", (status, out) == (0, "enough\n"), (status, out, err))
    status, out, err = run("l = []\nwhile True: l.append([l])", limit)
    expect("heap limit: uncaught", status == 1 and err.rstrip().endswith("MemoryError") and "line 2" in err, (status, err))


def test_file_descriptors():
    """Objects that nothing holds any more give their descriptors back when there are none left."""
    code = """
import os, socket, tempfile
class Holder:
    pass
def waste(make):
    for i in range(300):
        h = Holder(); h.me = h; h.what = make()
waste(lambda: open("/dev/null"))
waste(lambda: open("/dev/null", "rb", buffering=0))
waste(lambda: socket.socket())
waste(lambda: tempfile.TemporaryFile())
waste(lambda: os.scandir("/"))
waste(lambda: open(os.open("/dev/null", os.O_RDONLY)))
kept = []
try:
    while True: kept.append(open("/dev/null"))
except OSError as e:
    print(e)
print(len(kept) > 50)
"""
    status, out, err = run(code, "-Wignore", files=100)
    expect("no free descriptors", (status, out) == (0, "[Errno 24] Too many open files: '/dev/null'\nTrue\n"), (status, out, err))


def test_output():
    """A full disk and closed standard streams: CPython's messages and exit codes."""
    full = open("/dev/full", "w")
    status, out, err = run("print('x' * 10)", stdout=full)
    expect("full disk", status == 120 and "OSError: [Errno 28] No space left on device" in err, (status, err))
    status, out, err = run("import sys\nprint('x' * 100000)\nprint('never')", stdout=full)
    expect("full disk, while running", status == 1 and err.rstrip().split("\n")[-1] != "" and "[Errno 28]" in err and "line 2" in err, (status, err))
    status, out, err = run("f = open('/dev/full', 'w'); f.write('x')\ntry: f.close()\nexcept OSError as e: print(e, f.closed)")
    expect("full disk, a file", (status, out) == (0, "[Errno 28] No space left on device True\n"), (status, out, err))
    p = subprocess.run(["sh", "-c", '"$0" -c "print(1); import sys; print(sys.stdout, file=sys.stderr)" >&-', WEFT], capture_output=True, text=True, env=ENVIRONMENT)
    expect("closed stdout", (p.returncode, p.stderr) == (0, "None\n"), (p.returncode, p.stderr))
    p = subprocess.run(["sh", "-c", '"$0" -c "import os; os.close(1); print(1)"', WEFT], capture_output=True, text=True, env=ENVIRONMENT)
    expect("stdout closed later", p.returncode == 120 and "Bad file descriptor" in p.stderr, (p.returncode, p.stderr))
    p = subprocess.run(["sh", "-c", '"$0" -c "for i in range(100000): print(i)" | head -1', WEFT], capture_output=True, text=True, env=ENVIRONMENT)
    expect("broken pipe", p.stdout == "0\n" and "BrokenPipeError" in p.stderr, (p.returncode, p.stdout, p.stderr[-300:]))


LONG = {
    "sum of a range": "sum(range(10**11))", "list of a range": "list(range(3 * 10**8))", "max of a map": "max(map(len, __import__('itertools').repeat('ab', 10**10)))",
    "sort": "sorted([(i * 7919) % 10000019 for i in range(10**7)] * 4)", "repetition": "'ab' * (3 * 10**9)", "in": "-1 in range(10**12) or -1.5 in range(10**10)",
    "all": "all(range(1, 10**11))", "count": "__import__('itertools').repeat(None, 10**11).__length_hint__() and sum(1 for _ in iter(int, 1))",
    "deque": "__import__('collections').deque(__import__('itertools').repeat(None, 10**11), 1)", "join": "''.join(map(str, iter(int, 1)))",
    "set": "set(iter(int, 1))", "dict": "dict.fromkeys(iter(int, 1))", "reduce": "__import__('functools').reduce(max, iter(int, 1))",
    "min": "min(range(10**11), key=abs)", "zip": "list(zip(range(10**9), iter(int, 1)))", "enumerate": "any(x == -1 for i, x in enumerate(iter(int, 1)))",
    "loop": "[0 for _ in iter(int, 1)]", "index": "range(10**12).index(-1.5)",
}


def test_interrupts():
    """Ctrl-C ends a long builtin within milliseconds."""
    for name, expression in LONG.items():
        program = ("import sys, time\nprint('ready', flush=True)\ntry:\n    %s\n    print('done', flush=True)\nexcept KeyboardInterrupt:\n    print('interrupted', flush=True)\n"
                   "except MemoryError:\n    print('memory', flush=True)\n" % expression)
        p = subprocess.Popen([WEFT, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
        p.stdout.readline()
        time.sleep(0.7)
        start = time.monotonic()
        p.send_signal(signal.SIGINT)
        try:
            out, err = p.communicate(timeout=30)
            took = time.monotonic() - start
        except subprocess.TimeoutExpired:
            p.kill()
            out, err, took = b"never", b"", 30
        word = out.decode().strip()
        # The end of the process takes its time where much memory goes back.
        expect("Ctrl-C in " + name, word in ("interrupted", "done", "memory") and took < 1.5, (word, took, err[-200:]))
        if "--verbose" in sys.argv:
            print("%-20s %-12s %6.0f ms" % (name, word, took * 1000), flush=True)


def main():
    wanted = [a for a in sys.argv[2:] if not a.startswith("-")]
    for name, test in list(globals().items()):
        if name.startswith("test_") and (not wanted or any(w in name for w in wanted)):
            start = time.monotonic()
            test()
            print("%s: %.0f s" % (name, time.monotonic() - start), flush=True)
    print("%d passed, %d failed" % (results[True], results[False]))
    return 1 if results[False] or not results[True] else 0


if __name__ == "__main__":
    sys.exit(main())
