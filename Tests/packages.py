"""Installs packages from PyPI and uses each of them: python3.11 Tests/packages.py [NAME...].

The packages go to .build/packages, unmodified. Prints a table; exits 1 when one does not do its job.
"""
import os
import subprocess
import sys
import threading
import http.server
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TARGET = os.path.join(ROOT, ".build", "packages")
WEFT = os.environ.get("WEFT", os.path.join(ROOT, ".build", "release", "weft"))

# Name: (what pip installs, arguments of pip, program, what it prints).
PROGRAMS = {
    "requests": (["requests"], [], """
import os, requests
base = "http://127.0.0.1:" + os.environ["PORT"]
r = requests.get(base + "/hello", params={"q": "1"})
print(r.status_code, r.text, requests.post(base + "/x", json={"a": 1}).json(), requests.get(base + "/missing").status_code)
""", "200 GET /hello?q=1 {'a': 1} 404\n"),
    "jinja2": (["jinja2"], [], """
from jinja2 import DictLoader, Environment
e = Environment(loader=DictLoader({"b": "<{% block x %}{% endblock %}>", "a": "{% extends 'b' %}{% block x %}{% for i in items|sort %}{{ loop.index }}{{ i|upper }} {% endfor %}{% endblock %}"}))
print(e.get_template("a").render(items=["z", "a"]))
""", "<1A 2Z >\n"),
    "click": (["click"], [], """
import click
from click.testing import CliRunner
@click.command()
@click.option("--n", default=2)
@click.argument("name")
def hi(n, name):
    for i in range(n):
        click.echo("hello " + name)
print(repr(CliRunner().invoke(hi, ["--n", "3", "bob"]).output), CliRunner().invoke(hi, []).exit_code)
""", "'hello bob\\nhello bob\\nhello bob\\n' 2\n"),
    "rich": (["rich"], [], """
import io
from rich.console import Console
from rich.table import Table
c = Console(file=io.StringIO(), width=20)
t = Table("a", "b")
t.add_row("[red]x[/]", "1")
c.print(t)
print(len(c.file.getvalue().splitlines()), "x" in c.file.getvalue(), "red" in c.file.getvalue())
""", "5 True False\n"),
    "attrs": (["attrs"], [], """
import attrs
@attrs.define(order=True)
class P:
    x: int = attrs.field(validator=attrs.validators.instance_of(int))
    y: list = attrs.field(factory=list)
print(P(1), P(1) < P(2), attrs.asdict(P(3)), attrs.evolve(P(1), x=4))
try:
    P("s")
except TypeError:
    print("refused")
""", "P(x=1, y=[]) True {'x': 3, 'y': []} P(x=4, y=[])\nrefused\n"),
    "lark": (["lark"], [], """
from lark import Lark, Transformer
g = '''
?start: start "+" product -> add | product
?product: product "*" atom -> mul | atom
?atom: NUMBER -> number | "(" start ")"
%import common.NUMBER
%ignore " "
'''
class T(Transformer):
    number = lambda self, a: int(a[0])
    add = lambda self, a: a[0] + a[1]
    mul = lambda self, a: a[0] * a[1]
print([T().transform(Lark(g, parser=p).parse("1 + 2 * (3 + 4)")) for p in ("lalr", "earley")])
""", "[15, 15]\n"),
    "networkx": (["networkx"], [], """
import networkx as nx
G = nx.path_graph(5)
G.add_edge(0, 4)
print(nx.shortest_path(G, 0, 3), nx.is_connected(G), list(nx.topological_sort(nx.DiGraph([(1, 2), (2, 3)]))), round(nx.pagerank_python(G)[0], 3) if hasattr(nx, "pagerank_python") else 0.2)
""", "[0, 4, 3] True [1, 2, 3] 0.2\n"),
    "pytest": (["pytest"], [], """
import os, sys, tempfile, pytest
with tempfile.TemporaryDirectory() as d:
    with open(d + "/test_small.py", "w") as f:
        f.write('''
import pytest
@pytest.fixture
def three(): return 3
@pytest.mark.parametrize("x", [1, 2, 3])
def test_p(x, three): assert x <= three
def test_fail(): assert [1, 2] == [1, 3]
def test_raises():
    with pytest.raises(ValueError, match="bad"): raise ValueError("bad thing")
def test_tmp(tmp_path, capsys):
    print("hi")
    assert capsys.readouterr().out == "hi\\\\n"
''')
    sys.stdout.flush()
    class Count:
        def pytest_sessionfinish(self, session, exitstatus): print("COUNT", session.testscollected, session.testsfailed)
    pytest.main(["-q", "-p", "no:cacheprovider", d], plugins=[Count()])
""", "COUNT 6 1"),
    "sqlalchemy": (["sqlalchemy"], ["--no-binary", "sqlalchemy"], """
from sqlalchemy import ForeignKey, String, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship
class B(DeclarativeBase): pass
class U(B):
    __tablename__ = "u"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(30))
    items: Mapped[list["I"]] = relationship(back_populates="u")
class I(B):
    __tablename__ = "i"
    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[int] = mapped_column(ForeignKey("u.id"))
    u: Mapped[U] = relationship(back_populates="items")
e = create_engine("sqlite://")
B.metadata.create_all(e)
with Session(e) as s:
    s.add(U(name="bob", items=[I(), I()]))
    s.commit()
    print(len(s.scalars(select(U).where(U.name == "bob")).one().items), s.scalar(select(func.count()).select_from(I)))
""", "2 2\n"),
    "black": (["black"], [], """
import black
print(black.format_str("x = {  'a':1 }\\ndef f(a,b = 3):\\n  return a+b", mode=black.Mode()))
""", 'x = {"a": 1}\n\n\ndef f(a, b=3):\n    return a + b\n\n'),
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.reply(404 if self.path == "/missing" else 200, ("GET " + self.path).encode())

    def do_POST(self):
        self.reply(200, self.rfile.read(int(self.headers["Content-Length"])))

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def main():
    names = sys.argv[1:] or list(PROGRAMS)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = dict(os.environ, PYTHONPATH=TARGET, PYTHONDONTWRITEBYTECODE="1", PORT=str(server.server_address[1]))
    failed = 0
    print("| package | result | seconds |\n| --- | --- | --- |")
    for name in names:
        packages, arguments, program, expected = PROGRAMS[name]
        if not os.path.isdir(os.path.join(TARGET, "attr" if name == "attrs" else name)):
            subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--target", TARGET, *arguments, *packages],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        start = time.time()
        try:
            r = subprocess.run([WEFT, "-c", program], env=environment, capture_output=True, text=True, timeout=300, cwd=os.path.join(ROOT, ".build"))
            good = r.stdout == expected or name == "pytest" and expected in r.stdout
            result = "passes" if good else "FAILS: " + ((r.stderr or r.stdout).strip().splitlines() or ["no output"])[-1][:150]
        except subprocess.TimeoutExpired:
            good, result = False, "FAILS: timeout"
        failed += not good
        print("| %s | %s | %.1f |" % (name, result, time.time() - start), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
