# try in all its forms, chaining, groups, tracebacks.
import sys
def trace(f):
    try:
        print("value", f())
    except BaseException as e:
        chain = []
        while e is not None:
            chain.append("%s(%s)" % (type(e).__name__, e))
            e = e.__cause__ or (None if e.__suppress_context__ else e.__context__)
        print(" <- ".join(chain))
def context():
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError("k")
def cause():
    try:
        [][1]
    except IndexError as e:
        raise ValueError("v") from e
def suppressed():
    try:
        {}["x"]
    except KeyError:
        raise TypeError("t") from None
def in_finally():
    try:
        return "lost"
    finally:
        return "kept"
def reraise():
    try:
        int("x")
    except ValueError:
        raise
def handled_name():
    try:
        raise OSError(2, "No such file or directory", "f")
    except OSError as e:
        r = (e.errno, e.filename, type(e).__name__)
    try:
        e
    except UnboundLocalError as u:
        return r, str(u)
for f in (context, cause, suppressed, in_finally, reraise, handled_name):
    trace(f)
def states():
    print(sys.exc_info()[0])
    try:
        raise ValueError(1)
    except ValueError:
        print(sys.exc_info()[0].__name__)
        try:
            raise KeyError(2)
        except KeyError:
            print(sys.exc_info()[0].__name__)
        print(sys.exc_info()[0].__name__)
    print(sys.exc_info()[0])
states()
def gen():
    try:
        yield sys.exc_info()[0]
    except KeyError as e:
        yield "caught %s" % e
g = gen()
try:
    raise ValueError
except ValueError:
    print(next(g).__name__)
print(g.throw(KeyError("thrown")))
try:
    raise ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("n", [ValueError(3), OSError(4)])])
except* ValueError as e:
    print("values", [str(x) for x in e.exceptions])
except* (TypeError, OSError) as e:
    print("others", e.message, len(e.exceptions))
try:
    try:
        raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
    except* ValueError:
        pass
except ExceptionGroup as e:
    print("rest", e.exceptions)
class Custom(Exception):
    def __init__(self, a, b=2):
        super().__init__(a, b)
        self.b = b
    def __str__(self): return "custom %r" % (self.args,)
trace(lambda: (_ for _ in ()).throw(Custom(1)))
e = Custom(1)
e.add_note("note")
print(e.__notes__, repr(e))
def where():
    try:
        context()
    except KeyError as e:
        tb = e.__traceback__
        out = []
        while tb:
            out.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
            tb = tb.tb_next
        return out
print(where())
for bad in ("1/0", "[][0]", "{}['k']", "int('z')", "None.x", "undefined", "assert_ = 1; assert not assert_, 'msg'", "raise 1", "(1).x"):
    try:
        exec(bad)
    except Exception as e:
        print(type(e).__name__, e)
