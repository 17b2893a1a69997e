# One real use of every library module that a program may count on; the output is CPython's.
import sys
import warnings
warnings.simplefilter("ignore")
checks = []


def check(function):
    checks.append(function)
    return function


@check
def abc():
    import abc
    class A(abc.ABC):
        @abc.abstractmethod
        def f(self): ...
    try:
        A()
    except TypeError as e:
        return str(e)


@check
def argparse():
    import argparse
    p = argparse.ArgumentParser(prog="p")
    p.add_argument("-n", type=int, default=1)
    p.add_argument("names", nargs="*")
    return vars(p.parse_args(["-n", "3", "a", "b"])), p.format_usage()


@check
def array():
    import array
    a = array.array("i", [3, 1, 2])
    a.append(7)
    return a.tolist(), a.itemsize, a[1:3].tobytes()


@check
def ast():
    import ast
    return ast.dump(ast.parse("x = f(1) + 2")), ast.literal_eval("{'a': [1, 2]}"), ast.unparse(ast.parse("if a:b"))


@check
def asyncio():
    import asyncio

    async def main():
        async def handle(reader, writer):
            writer.write(b"echo " + await reader.readline())
            await writer.drain()
            writer.close()
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        line = await reader.readline()
        writer.close()
        server.close()
        await server.wait_closed()
        process = await asyncio.create_subprocess_exec("/bin/echo", "sub", stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(10)
        except TimeoutError:
            late = True
        queue = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(queue.put(1))
            got = group.create_task(queue.get())
        return line, out, process.returncode, late, got.result(), await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0, 2))
    return asyncio.run(main())


@check
def atexit():
    import atexit
    f = atexit.register(len)
    atexit.unregister(f)
    return f is len


@check
def base64():
    import base64
    return base64.b64encode(b"hello\xff"), base64.b32decode("MZXW6==="), base64.a85encode(b"test"), base64.b85decode(base64.b85encode(b"xyz"))


@check
def binascii():
    import binascii
    return binascii.hexlify(b"ab", "-"), binascii.crc32(b"hello"), binascii.a2b_base64("aGk=")


@check
def bisect():
    import bisect
    a = [1, 3, 5]
    bisect.insort(a, 4)
    return a, bisect.bisect_left(a, 3), bisect.bisect(a, 3)


@check
def calendar():
    import calendar
    return calendar.monthrange(2024, 2), calendar.TextCalendar().formatmonth(2024, 2)


@check
def codecs():
    import codecs
    d = codecs.getincrementaldecoder("utf-8")()
    return codecs.encode("abc", "rot13"), d.decode(b"\xc3"), d.decode(b"\xa9"), "é".encode("cp1252"), codecs.lookup("latin-1").name


@check
def collections():
    import collections
    P = collections.namedtuple("P", "x y")
    d = collections.deque([1, 2, 3], maxlen=2)
    c = collections.Counter("banana")
    m = collections.ChainMap({"a": 1}, {"b": 2})
    dd = collections.defaultdict(list)
    dd["k"].append(1)
    o = collections.OrderedDict(a=1, b=2)
    o.move_to_end("a")
    return P(1, 2), d, list(reversed(d)), c.most_common(2), m["b"], dd, list(o)


@check
def concurrent_futures():
    import concurrent.futures
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda x: x * x, range(5))), pool.submit(pow, 2, 10).result()


@check
def configparser():
    import configparser
    c = configparser.ConfigParser()
    c.read_string("[a]\nx = 1\ny = %(x)s2\n")
    return c["a"].getint("x"), c["a"]["y"], c.sections()


@check
def contextlib():
    import contextlib
    import io
    out = []

    @contextlib.contextmanager
    def m():
        out.append("in")
        yield 1
        out.append("out")
    with contextlib.ExitStack() as stack, contextlib.suppress(KeyError), contextlib.redirect_stdout(io.StringIO()) as text:
        stack.enter_context(m())
        stack.callback(out.append, "callback")
        print("hidden")
        {}["x"]
    return out, text.getvalue()


@check
def contextvars():
    import contextvars
    v = contextvars.ContextVar("v", default=1)
    c = contextvars.copy_context()
    c.run(v.set, 2)
    return v.get(), c[v]


@check
def copy():
    import copy
    a = [1, [2]]
    b = copy.deepcopy(a)
    b[1].append(3)
    return a, b, copy.copy(a)[1] is a[1]


@check
def copyreg():
    import copyreg
    return copyreg.__newobj__(list)


@check
def csv():
    import csv
    import io
    out = io.StringIO()
    w = csv.DictWriter(out, ["a", "b"])
    w.writeheader()
    w.writerow({"a": 'x"y', "b": "1,2"})
    return out.getvalue(), list(csv.reader(["a,'b,c'", "d,e"], quotechar="'"))


@check
def dataclasses():
    import dataclasses

    @dataclasses.dataclass(order=True, frozen=True)
    class D:
        x: int
        y: list = dataclasses.field(default_factory=list, compare=False)
    return D(1), D(1) < D(2), dataclasses.asdict(D(1, [2])), dataclasses.replace(D(1), x=5)


@check
def datetime():
    import datetime
    d = datetime.datetime(2024, 2, 29, 12, 30, tzinfo=datetime.timezone.utc)
    return d.isoformat(), d + datetime.timedelta(days=365), d.strftime("%A %d %B %Y"), tuple(datetime.date.fromisoformat("2024-01-31").isocalendar())


@check
def decimal():
    import decimal
    with decimal.localcontext() as c:
        c.prec = 10
        return decimal.Decimal(1) / 3, decimal.Decimal("1.10") + 1, decimal.Decimal(2).sqrt(), str(decimal.Decimal("1E+5").quantize(decimal.Decimal(1)))


@check
def difflib():
    import difflib
    return list(difflib.unified_diff(["a\n", "b\n"], ["a\n", "c\n"])), difflib.get_close_matches("appel", ["ape", "apple"])


@check
def dis():
    import dis
    import io
    out = io.StringIO()
    dis.dis(compile("x = 1", "s", "exec"), file=out)
    return len(out.getvalue()) > 10


@check
def doctest():
    import doctest
    t = doctest.DocTestParser().get_doctest(">>> 1 + 1\n2\n>>> 1/0\nTraceback (most recent call last):\nZeroDivisionError: division by zero\n", {}, "t", None, 0)
    return doctest.DocTestRunner(verbose=False).run(t)


@check
def email():
    import email
    from email.message import EmailMessage
    m = EmailMessage()
    m["Subject"] = "héllo"
    m["To"] = "a@b.c"
    m.set_content("text\n")
    back = email.message_from_bytes(bytes(m))
    return str(m), back["To"], email.utils.parseaddr("A B <a@b>")


@check
def enum():
    import enum

    class C(enum.IntFlag):
        A = 1
        B = enum.auto()

    class S(enum.StrEnum):
        X = enum.auto()
    return C.A | C.B, C(2), list(C), S.X, repr(S("x"))


@check
def errno():
    import errno
    return errno.ENOENT, errno.errorcode[13]


@check
def faulthandler():
    import faulthandler
    return faulthandler.is_enabled()


@check
def fcntl():
    import fcntl
    import tempfile
    with tempfile.TemporaryFile() as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        return fcntl.fcntl(f, fcntl.F_GETFD) & fcntl.FD_CLOEXEC


@check
def fnmatch():
    import fnmatch
    return fnmatch.filter(["a.py", "b.txt"], "*.py"), fnmatch.translate("a?[bc]")


@check
def fractions():
    import fractions
    return fractions.Fraction(1, 3) + fractions.Fraction("0.5"), fractions.Fraction(3.5).limit_denominator(10)


@check
def functools():
    import functools

    @functools.lru_cache(maxsize=None)
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    @functools.singledispatch
    def f(x):
        return "object"
    f.register(int, lambda x: "int")
    return fib(80), fib.cache_info(), f(1), f("x"), functools.reduce(int.__mul__, range(1, 6)), functools.partial(pow, 2)(5), sorted("cab", key=functools.cmp_to_key(lambda a, b: (a > b) - (a < b)))


@check
def gc():
    import gc
    gc.collect()
    return gc.isenabled(), len(gc.get_threshold())


@check
def getopt():
    import getopt
    return getopt.getopt(["-a", "--long=1", "rest"], "a", ["long="])


@check
def glob():
    import glob
    import os
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        for n in ("a.py", "b.py", "c.txt"):
            open(os.path.join(d, n), "w").close()
        return sorted(os.path.basename(p) for p in glob.glob(d + "/*.py"))


@check
def graphlib():
    import graphlib
    return list(graphlib.TopologicalSorter({"c": {"b"}, "b": {"a"}}).static_order())


@check
def gzip():
    import gzip
    return gzip.decompress(gzip.compress(b"hello" * 100)) == b"hello" * 100


@check
def hashlib():
    import hashlib
    return [hashlib.new(n, b"abc").hexdigest()[:12] for n in ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b")], hashlib.pbkdf2_hmac("sha256", b"p", b"s", 10).hex()[:8]


@check
def heapq():
    import heapq
    h = [5, 1, 4]
    heapq.heapify(h)
    heapq.heappush(h, 0)
    return [heapq.heappop(h) for _ in range(4)], heapq.nlargest(2, [1, 5, 3]), list(heapq.merge([1, 3], [2]))


@check
def hmac():
    import hmac
    return hmac.new(b"k", b"m", "sha256").hexdigest()[:16], hmac.compare_digest("a", "a")


@check
def html():
    import html
    import html.parser

    class P(html.parser.HTMLParser):
        def __init__(self):
            super().__init__()
            self.seen = []

        def handle_starttag(self, tag, attrs):
            self.seen.append((tag, attrs))

        def handle_data(self, data):
            self.seen.append(data)
    p = P()
    p.feed("<p class=x>a&amp;b</p>")
    return html.escape("<a & 'b'>"), html.unescape("&eacute;&#65;"), p.seen


@check
def http():
    import http
    import http.client
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = ("path " + self.path).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    c = http.client.HTTPConnection(*server.server_address)
    c.request("GET", "/x")
    r = c.getresponse()
    result = r.status, r.read(), http.HTTPStatus(404).phrase
    c.close()
    thread.join()
    server.server_close()
    return result


@check
def importlib():
    import importlib
    import importlib.util
    return importlib.import_module("json.decoder").__name__, importlib.util.find_spec("no_such_module_here"), importlib.util.find_spec("string").name


@check
def inspect():
    import inspect

    def f(a, /, b: int = 1, *c, d, **e) -> str:
        "doc"
    return str(inspect.signature(f)), inspect.getdoc(f), inspect.isfunction(f), inspect.getfullargspec(f).kwonlyargs, inspect.signature(f).bind(1, d=2).arguments


@check
def io():
    import io
    b = io.BytesIO(b"ab\ncd\n")
    t = io.TextIOWrapper(b, "utf-8")
    s = io.StringIO("x\r\ny", newline=None)
    r = io.BufferedReader(io.BytesIO(b"abcdef"), 2)
    return t.readline(), t.read(), s.readlines(), r.read(3), r.peek(1)[:1], io.SEEK_END


@check
def ipaddress():
    import ipaddress
    return ipaddress.ip_address("::1").is_loopback, list(ipaddress.ip_network("10.0.0.0/30").hosts()), ipaddress.IPv4Address("1.2.3.4") + 1


@check
def itertools():
    import itertools
    return list(itertools.islice(itertools.count(5, 2), 3)), list(itertools.combinations("abc", 2)), [(k, list(g)) for k, g in itertools.groupby("aab")], list(itertools.pairwise("abc")), list(itertools.accumulate([1, 2, 3])), list(itertools.zip_longest("ab", "c"))


@check
def json():
    import json
    return json.dumps({"b": [1, 2.5, None, True, "é\n"], "a": {}}, sort_keys=True, indent=1), json.loads('[1, {"x": -1.5e3}]')


@check
def keyword():
    import keyword
    return keyword.iskeyword("if"), len(keyword.kwlist), keyword.softkwlist


@check
def linecache():
    import linecache
    return linecache.getline(__file__, 1)


@check
def locale():
    import locale
    return locale.setlocale(locale.LC_ALL, "C"), locale.localeconv()["decimal_point"], locale.format_string("%d", 1000)


@check
def logging():
    import io
    import logging
    import logging.handlers
    out = io.StringIO()
    log = logging.getLogger("conformance")
    h = logging.StreamHandler(out)
    h.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
    log.addHandler(h)
    log.propagate = False
    log.setLevel("INFO")
    log.info("x %s", 1)
    log.debug("no")
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("failed")
    return out.getvalue().splitlines()[0], out.getvalue().splitlines()[-1]


@check
def marshal():
    import marshal
    return marshal.loads(marshal.dumps([1, "a", (2.5, None), {1: b"x"}])), type(marshal.loads(marshal.dumps(compile("1", "s", "eval"))))


@check
def math():
    import math
    return math.sqrt(2), math.gcd(12, 18), math.comb(5, 2), math.isclose(0.1 + 0.2, 0.3), math.fsum([0.1] * 10), math.hypot(3, 4)


@check
def mmap():
    import mmap
    m = mmap.mmap(-1, 100)
    m[:5] = b"hello"
    m.seek(0)
    return m.read(5), m.find(b"l"), len(m)


@check
def numbers():
    import numbers
    return isinstance(1, numbers.Integral), isinstance(1.5, numbers.Rational)


@check
def operator():
    import operator
    return operator.itemgetter(1, 0)("ab"), operator.attrgetter("real")(3), operator.methodcaller("upper")("x"), operator.index(True)


@check
def os():
    import os
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        os.makedirs(d + "/a/b")
        with open(d + "/a/f", "w") as f:
            f.write("x")
        walk = [(os.path.relpath(r, d), dirs, files) for r, dirs, files in os.walk(d)]
        os.rename(d + "/a/f", d + "/g")
        r, w = os.pipe()
        os.write(w, b"pipe")
        os.close(w)
        got = os.read(r, 10)
        os.close(r)
        return walk, sorted(e.name for e in os.scandir(d)), os.stat(d + "/g").st_size, got, os.path.splitext("a.tar.gz"), os.fspath("x")


@check
def pathlib():
    import pathlib
    p = pathlib.PurePosixPath("/a/b.txt")
    return p.stem, p.with_suffix(".py"), p.relative_to("/a"), p.match("*.txt"), list(p.parents), p / "c"


@check
def pdb():
    import pdb
    found = pdb.find_function("pdb", __file__)
    return found[0], found[2] > 0


@check
def pickle():
    import pickle
    data = [1, "a", (2.5, None), {1: {3}}, b"x", range(3), len]
    return [pickle.loads(pickle.dumps(data, p)) == data for p in range(6)]


@check
def pickletools():
    import io
    import pickle
    import pickletools
    out = io.StringIO()
    pickletools.dis(pickle.dumps([1, 2], 2), out)
    return out.getvalue().splitlines()[-1], len(pickletools.optimize(pickle.dumps("x", 0)))


@check
def pkgutil():
    import pkgutil
    import json
    return sorted(m.name for m in pkgutil.iter_modules(json.__path__)), pkgutil.resolve_name("json:dumps").__name__


@check
def platform():
    import platform
    return platform.system(), platform.python_version_tuple()[:2]


@check
def pprint():
    import pprint
    return pprint.pformat({"a": list(range(30)), "b": {"c": "x" * 60}}, width=60, compact=True)


@check
def queue():
    import queue
    q = queue.PriorityQueue()
    for x in (3, 1, 2):
        q.put(x)
    s = queue.SimpleQueue()
    s.put("a")
    return [q.get() for _ in range(3)], s.get(), q.empty()


@check
def random():
    import random
    r = random.Random(42)
    return r.random(), r.randint(1, 100), r.sample(range(10), 3), r.choice("abc"), r.shuffle([1, 2])


@check
def re():
    import re
    return re.findall(r"(\w)(\d+)", "a1 b22"), re.sub(r"(?P<x>a+)", lambda m: m["x"].upper(), "baab"), re.split(r"[,;]", "a,b;c"), re.fullmatch(r"(?i)ABC", "abc").span()


@check
def reprlib():
    import reprlib
    return reprlib.repr(list(range(100)))


@check
def resource():
    import resource
    return len(resource.getrlimit(resource.RLIMIT_NOFILE)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0


@check
def runpy():
    import runpy
    import tempfile
    with tempfile.NamedTemporaryFile("w", suffix=".py") as f:
        f.write("x = __name__")
        f.flush()
        return runpy.run_path(f.name, run_name="me")["x"]


@check
def sched():
    import sched
    out = []
    s = sched.scheduler()
    now = s.timefunc()
    s.enterabs(now + 0.002, 1, out.append, ("b",))
    s.enterabs(now + 0.001, 1, out.append, ("a",))
    s.run()
    return out


@check
def secrets():
    import secrets
    return len(secrets.token_hex(8)), secrets.randbelow(1), len(secrets.token_urlsafe(3))


@check
def select():
    import select
    import socket
    a, b = socket.socketpair()
    with a, b:
        a.send(b"x")
        p = select.poll()
        p.register(b, select.POLLIN)
        return len(select.select([b], [], [], 1)[0]), p.poll(1000)[0][1]


@check
def selectors():
    import selectors
    import socket
    a, b = socket.socketpair()
    with a, b, selectors.DefaultSelector() as s:
        s.register(b, selectors.EVENT_READ, "data")
        a.send(b"x")
        return [(k.data, e) for k, e in s.select(1)]


@check
def shelve():
    import dbm.dumb
    import shelve
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        with shelve.Shelf(dbm.dumb.open(d + "/s", "c")) as s:
            s["k"] = [1, 2]
        with shelve.Shelf(dbm.dumb.open(d + "/s", "r")) as s:
            return s["k"], list(s)


@check
def shlex():
    import shlex
    return shlex.split("a 'b c' \"d\\\"e\""), shlex.quote("it's"), shlex.join(["a b", "c"])


@check
def shutil():
    import os
    import shutil
    import tempfile
    with tempfile.TemporaryDirectory() as d:
        os.mkdir(d + "/a")
        open(d + "/a/f", "w").close()
        shutil.copytree(d + "/a", d + "/b")
        archive = shutil.make_archive(d + "/z", "zip", d + "/a")
        shutil.rmtree(d + "/a")
        return sorted(os.listdir(d)), os.path.basename(archive), shutil.which("sh") is not None


@check
def signal():
    import signal
    got = []
    old = signal.signal(signal.SIGUSR1, lambda n, f: got.append(n))
    signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, old)
    return got, signal.Signals(2).name


@check
def site():
    import site
    return callable(site.addsitedir)


@check
def socket():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as c:
        s, address = server.accept()
        with s:
            c.sendall(b"hello")
            return s.recv(10), socket.inet_aton("1.2.3.4"), socket.ntohs(1)


@check
def socketserver():
    import socket
    import socketserver
    import threading

    class H(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline().upper())
    with socketserver.TCPServer(("127.0.0.1", 0), H) as server:
        t = threading.Thread(target=server.handle_request)
        t.start()
        with socket.create_connection(server.server_address) as c:
            c.sendall(b"abc\n")
            out = c.recv(10)
        t.join()
    return out


@check
def sqlite3():
    import sqlite3
    c = sqlite3.connect(":memory:")
    c.execute("create table t(a integer, b text)")
    c.executemany("insert into t values(?, ?)", [(1, "x"), (2, "y")])
    c.row_factory = sqlite3.Row
    return [tuple(r) for r in c.execute("select * from t order by a desc")], c.execute("select b from t").fetchone()["b"]


@check
def stat():
    import stat
    return stat.filemode(0o100644), stat.S_ISDIR(0o040000)


@check
def statistics():
    import statistics
    return statistics.mean([1, 2, 3, 4]), statistics.median([1, 3, 2]), round(statistics.stdev([1, 2, 3, 4]), 6), statistics.quantiles([1, 2, 3, 4])


@check
def string():
    import string
    return string.Template("$a ${b}").substitute(a=1, b=2), string.capwords("a bc"), string.Formatter().format("{0!r:>5}", "x")


@check
def struct():
    import struct
    return struct.pack("<iHb3s", 1, 2, -1, b"abc"), struct.unpack(">d", struct.pack(">d", 1.5)), struct.calcsize("@iq")


@check
def subprocess():
    import subprocess
    r = subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input="in", capture_output=True, text=True)
    return r.returncode, r.stdout, r.stderr, subprocess.check_output(["echo", "x"])


@check
def sys_module():
    import sys
    return sys.version_info[:2], sys.maxsize, sys.byteorder, sys.getsizeof([]) > 0, sys.intern("x"), sys.platform


@check
def tarfile():
    import io
    import tarfile
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as t:
        info = tarfile.TarInfo("a.txt")
        info.size = 2
        t.addfile(info, io.BytesIO(b"hi"))
    out.seek(0)
    with tarfile.open(fileobj=out) as t:
        return t.getnames(), t.extractfile("a.txt").read()


@check
def tempfile():
    import os
    import tempfile
    with tempfile.SpooledTemporaryFile() as f, tempfile.NamedTemporaryFile() as g:
        f.write(b"x")
        return os.path.exists(g.name), f.tell()


@check
def termios():
    import termios
    import os
    import pty
    a, b = pty.openpty()
    attributes = termios.tcgetattr(b)
    os.close(a)
    os.close(b)
    return len(attributes), termios.ECHO


@check
def textwrap():
    import textwrap
    return textwrap.fill("the quick brown fox jumps", 10), textwrap.dedent("  a\n   b"), textwrap.shorten("hello big world", 12)


@check
def threading():
    import threading
    lock = threading.Lock()
    total = [0]

    def work():
        for _ in range(100):
            with lock:
                total[0] += 1
    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    e = threading.Event()
    threading.Timer(0.001, e.set).start()
    return total, e.wait(5), threading.current_thread().name


@check
def time():
    import time
    return time.strftime("%Y-%m-%d", time.gmtime(86400 * 365)), time.monotonic() <= time.monotonic(), time.strptime("2024", "%Y").tm_year


@check
def timeit():
    import timeit
    return timeit.timeit("1 + 1", number=10) > 0


@check
def token():
    import token
    return token.tok_name[token.NAME], token.PLUS


@check
def tokenize():
    import io
    import tokenize
    return [(tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO("x = 'a' # c\n").readline)]


@check
def traceback():
    import traceback
    try:
        {}["k"]
    except KeyError as e:
        return traceback.format_exception_only(e), traceback.extract_tb(e.__traceback__)[0].name, traceback.format_exc().splitlines()[0]


@check
def types():
    import types
    n = types.SimpleNamespace(a=1)
    return n, types.new_class("C", (int,)).__mro__[1], types.MappingProxyType({1: 2})[1], types.FunctionType.__name__


@check
def typing():
    import typing

    class T(typing.TypedDict):
        x: int

    class N(typing.NamedTuple):
        a: int
        b: str = "z"

    def f(x: "int", y: typing.Optional[str] = None) -> typing.Union[int, str]: ...
    return typing.get_type_hints(f), typing.List[int], T(x=1), N(1), typing.get_args(typing.Dict[str, int])


@check
def unicodedata():
    import unicodedata
    return unicodedata.name("é"), unicodedata.normalize("NFD", "é"), unicodedata.category("A"), unicodedata.numeric("½")


@check
def unittest():
    import io
    import unittest
    import unittest.mock

    class T(unittest.TestCase):
        def test_a(self):
            self.assertEqual(1, 1)

        def test_b(self):
            with self.subTest(i=1):
                self.fail("no")
    result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
    m = unittest.mock.Mock(return_value=3)
    return result.testsRun, len(result.failures), m(1, a=2), m.call_args


@check
def urllib():
    import urllib.parse
    import urllib.request
    return urllib.parse.urlsplit("http://u@h:80/p?q=1#f"), urllib.parse.quote("a b/é"), urllib.parse.urlencode({"a": [1, 2]}, True), urllib.request.urlopen("data:text/plain,hi").read()


@check
def uuid():
    import uuid
    return uuid.uuid5(uuid.NAMESPACE_DNS, "python.org"), uuid.uuid4().version, uuid.UUID(int=5).hex


@check
def warnings_module():
    import warnings
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        warnings.warn("careful", DeprecationWarning)
    return [(str(x.message), x.category.__name__) for x in w]


@check
def weakref():
    import gc
    import weakref

    class C: pass
    c = C()
    called = []
    r = weakref.ref(c, lambda r: called.append(1))
    f = weakref.finalize(c, called.append, 2)
    d = weakref.WeakValueDictionary(a=c)
    before = r() is c, len(d)
    del c
    gc.collect()
    return before, r(), len(d), sorted(called), f.alive


@check
def xml_etree():
    import xml.dom.minidom
    import xml.etree.ElementTree as ET
    root = ET.fromstring("<a x='1'><b>t&amp;</b><b/>tail</a>")
    return root.attrib, [e.text for e in root.iter("b")], ET.tostring(root), xml.dom.minidom.parseString("<r><q/></r>").toxml(), root.find("b[2]").tail


@check
def zipfile():
    import io
    import zipfile
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a/b.txt", "hello" * 100)
    with zipfile.ZipFile(out) as z:
        return z.namelist(), z.read("a/b.txt")[:5], z.testzip(), z.getinfo("a/b.txt").file_size


@check
def zipimport():
    import os
    import tempfile
    import zipfile
    import zipimport
    with tempfile.TemporaryDirectory() as d:
        path = os.path.join(d, "z.zip")
        with zipfile.ZipFile(path, "w") as z:
            z.writestr("zipped_module.py", "x = 5")
        return zipimport.zipimporter(path).load_module("zipped_module").x


@check
def zlib():
    import zlib
    c = zlib.compressobj(9)
    data = c.compress(b"a" * 1000) + c.flush()
    return zlib.decompress(data) == b"a" * 1000, zlib.adler32(b"abc"), zlib.crc32(b"abc")


for function in checks:
    name = function.__name__.replace("_module", "")
    try:
        print(name, function())
    except Exception as e:
        print(name, "FAILED", type(e).__name__, e)
