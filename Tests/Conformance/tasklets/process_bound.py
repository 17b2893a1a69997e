# What names something of this process (a descriptor, an object of a C library) is not pickled, within frames neither; the error says where it is.
import bz2
import io
import mmap
import os
import pickle
import select
import socket
import sqlite3
import stackless
import tempfile
import weakref
import zlib
from xml.etree import ElementTree
from xml.parsers import expat

database = sqlite3.connect(":memory:")
database.execute("create table t(a blob)")
database.execute("insert into t values(zeroblob(10))")
scratch = tempfile.NamedTemporaryFile()


def holds(x):
    stackless.schedule_remove()
    return x


def tried(x):
    t = stackless.tasklet(holds)(x)
    t.run()
    try:
        data = pickle.dumps(t)
    except (TypeError, pickle.PicklingError) as e:
        return "refused" if "'holds'" in str(e) and "local 'x'" in str(e) and "cannot pickle" in str(e) else str(e)
    finally:
        t.kill()
    u = pickle.loads(data)
    u.kill()
    return "went"


for make in (zlib.compressobj, zlib.decompressobj, bz2.BZ2Compressor, bz2.BZ2Decompressor, expat.ParserCreate, ElementTree.XMLParser, select.epoll, socket.socket,
             lambda: database, lambda: database.execute("select a from t"), lambda: database.blobopen("t", "a", 1), lambda: mmap.mmap(-1, 4096),
             lambda: os.scandir("/"), lambda: open(scratch.name), lambda: open(scratch.name, "rb", 0), lambda: os.popen("true")):
    x = make()
    print(type(x).__name__, tried(x))
    if hasattr(x, "close") and x is not database and not isinstance(x, ElementTree.XMLParser):
        x.close()
# expect: Compress refused
# expect: Decompress refused
# expect: BZ2Compressor refused
# expect: BZ2Decompressor refused
# expect: xmlparser refused
# expect: XMLParser refused
# expect: epoll refused
# expect: socket refused
# expect: Connection refused
# expect: Cursor refused
# expect: Blob refused
# expect: mmap refused
# expect: ScandirIterator refused
# expect: TextIOWrapper refused
# expect: FileIO refused
# expect: _wrap_close refused

closed = open(scratch.name)
closed.close()
print(tried(closed), tried(io.StringIO("a")), tried(io.BufferedReader(io.BytesIO(b"a"))))
# expect: went went went


class Target:
    pass


def waits(w, other):
    stackless.schedule_remove()
    return w() is None, type(w) is weakref.ref, type(other()) is Target


# A weak reference that is dead stays so; one whose target goes with the computation means the copy.
target = Target()
gone = weakref.ref(Target())
import gc
gc.collect()
t = stackless.tasklet(waits)(gone, weakref.ref(target))
t.run()
u, _ = pickle.loads(pickle.dumps((t, target)))
u.insert()
print(u.frame is not None, gone() is None)
stackless.run()
print(u.alive)
# expect: True True
# expect: False


def dropped(n):
    def g():
        try:
            stackless.schedule_remove()
            yield n
        finally:
            print("closed", n)
    for x in g():
        pass


# A computation that is dropped is ended, and with it the generator that runs in it: its block runs once, and nothing is reported.
t = stackless.tasklet(dropped)(1)
t.run()
del t
gc.collect()
print("quiet")
# expect: closed 1
# expect: quiet
