# sqlite3: rows, types, callbacks that run Python inside a query, errors, blobs, dumps.
import sqlite3
c = sqlite3.connect(":memory:")
c.execute("create table t(a integer primary key, b text, c real, d blob)")
c.executemany("insert into t(b,c,d) values(?,?,?)", [("x%d"%i, i*0.5, b"\0"*i) for i in range(5)])
c.commit()
print(c.execute("select * from t where a > ?", (2,)).fetchall())
c.row_factory = sqlite3.Row
r = c.execute("select a, b as bb from t").fetchone(); print(r["bb"], r.keys(), tuple(r), r["A"])
c.row_factory = None
c.create_function("twice", 1, lambda x: x * 2)
print(c.execute("select twice(a), twice(b) from t").fetchall())
class Sum:
    def __init__(self): self.n = 0
    def step(self, x): self.n += x
    def finalize(self): return self.n
c.create_aggregate("mysum", 1, Sum)
print(c.execute("select mysum(a) from t group by a % 2").fetchall())
c.create_collation("rev", lambda a, b: (a < b) - (a > b))
print(c.execute("select b from t order by b collate rev").fetchall())
try: c.execute("selec")
except sqlite3.OperationalError as e: print(e, e.sqlite_errorcode, e.sqlite_errorname)
try: c.execute("insert into t(a) values(1)")
except sqlite3.IntegrityError as e: print(e, e.sqlite_errorname)
log = []
c.set_trace_callback(log.append); c.execute("select 1 where 1=?", (1,)); c.set_trace_callback(None); print(log)
print(list(c.iterdump())[:4])
with c: c.execute("insert into t(b) values('zz')")
print(c.total_changes, c.in_transaction)
d = sqlite3.connect(":memory:"); c.backup(d); print(d.execute("select count(*) from t").fetchone())
import datetime
e = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
e.execute("create table x(d date, ts timestamp)")
e.execute("insert into x values(?,?)", (datetime.date(2020,1,2), datetime.datetime(2020,1,2,3,4,5)))
print(e.execute("select * from x").fetchall())
b = c.blobopen("t", "d", 3); print(len(b), b.read(), b[0:1]); b.close()
def boom(x): raise ValueError
c.create_function("boom", 1, boom)
try: c.execute("select boom(1)")
except sqlite3.OperationalError as ex: print(ex)
# nested use inside a callback
c.create_function("nested", 1, lambda x: c.execute("select ?+1", (x,)).fetchone()[0])
print(c.execute("select nested(41)").fetchone())
c.close()
# A query that waits inside a Python function while another one runs.
a = sqlite3.connect(":memory:")
b = sqlite3.connect(":memory:")
a.create_function("other", 1, lambda x: b.execute("select ? * 10", (x,)).fetchone()[0])
print(a.execute("with recursive n(i) as (select 1 union all select i + 1 from n where i < 5) select sum(other(i)) from n").fetchone())
class Window:
    def __init__(self): self.n = 0
    def step(self, x): self.n += x
    def inverse(self, x): self.n -= x
    def value(self): return self.n
    def finalize(self): return self.n
a.create_window_function("running", 1, Window)
a.executescript("create table w(x, y); insert into w values('a', 4), ('b', 5), ('c', 3), ('d', 8), ('e', 1);")
print(a.execute("select x, running(y) over (order by x rows between 1 preceding and 1 following) from w").fetchall())
a.set_authorizer(lambda *what: sqlite3.SQLITE_DENY if what[0] == sqlite3.SQLITE_DROP_TABLE else sqlite3.SQLITE_OK)
try: a.execute("drop table w")
except sqlite3.DatabaseError as e: print(e)
for bad in ((1, 2), {"x": 1}, 5):
    try: a.execute("select ?", bad)
    except Exception as e: print(type(e).__name__, e)
