# bind and unbind, throw and kill, traps, error handlers, callbacks, contexts: what Stackless programs rely on.
import contextvars
import marshal
import pickle
import stackless

t = stackless.tasklet()
print(t.alive, t.frame, t.nesting_level, t.recursion_depth)
# expect: False None 0 0
for f in (lambda: t.run(), lambda: t(), lambda: t.bind(3), lambda: stackless.current.bind(None)):
    try:
        f()
    except (RuntimeError, TypeError) as e:
        print(type(e).__name__, e)
# expect: RuntimeError You cannot run an unbound(dead) tasklet
# expect: TypeError the tasklet was not bound to a function
# expect: TypeError tasklet function must be a callable
# expect: RuntimeError cannot unbind the current tasklet
seen = []


def waits():
    try:
        stackless.schedule_remove(None)
    finally:
        seen.append("finally")


t.bind(waits)
t.setup()
try:
    t.bind(None)
except RuntimeError as e:
    print(e)
# expect: tasklet is scheduled
stackless.run()
print(t.paused, t.alive, t.restorable, t.frame.f_code.co_name)
# expect: True True True waits
t.bind(None)
print(t.alive, t.frame, seen)
# expect: False None []
t.bind(lambda *a, **k: seen.append((a, k)), (1, 2), {"x": 3})
print(t.paused, t.scheduled)
t.run()
print(seen, t.alive)
# expect: True False
# expect: [((1, 2), {'x': 3})] False
c = stackless.channel()


def catches():
    try:
        c.receive()
    except Exception as e:
        seen.append((type(e).__name__, e.args))


for pending in (False, True):
    for args in ((IndexError,), (IndexError, (1, 2)), (IndexError(3),)):
        s = stackless.tasklet(catches)()
        s.run()
        s.throw(*args, pending=pending)
        seen.append(s.alive)
        s.run() if s.alive else None
print(seen[1:7])
print(seen[7:])
# expect: [('IndexError', ()), False, ('IndexError', (1, 2)), False, ('IndexError', (3,)), False]
# expect: [True, ('IndexError', ()), True, ('IndexError', (1, 2)), True, ('IndexError', (3,))]
for f in (lambda: s.throw(IndexError), lambda: s.throw(TaskletExit), lambda: s.throw(), lambda: s.throw(IndexError(1), (2,)), lambda: s.raise_exception(3)):
    try:
        print(f())
    except (RuntimeError, TypeError) as e:
        print(type(e).__name__, str(e)[:47])
# expect: RuntimeError You cannot throw to a dead tasklet
# expect: None
# expect: TypeError tasklet_m_throw() missing 1 required positional
# expect: TypeError instance exception may not have a separate valu
# expect: TypeError exceptions must be classes deriving from BaseEx
s = stackless.tasklet(catches)()
s.run()
stackless.switch_trap(1)
for f in (lambda: s.raise_exception(KeyError), s.kill, lambda: c.send(1), stackless.schedule_remove):
    try:
        f()
    except RuntimeError as e:
        print(e)
print(s.blocked, c.balance, stackless.switch_trap(-1))
# expect: switch_trap
# expect: switch_trap
# expect: switch_trap
# expect: switch_trap
# expect: True -1 1
s.kill()
handled = []
old = stackless.set_error_handler(lambda e, v, tb: handled.append((e.__name__, str(v), stackless.current is s)))


def broken():
    raise ZeroDivisionError("broken")


s = stackless.tasklet(broken)()
s.throw(KeyError, "early")
s = stackless.tasklet(broken)()
stackless.run()
print(handled, stackless.set_error_handler(None) is not None, stackless.set_error_handler(None))
# expect: [('KeyError', "'early'", True), ('ZeroDivisionError', 'broken', True)] True None
switches = []


def watch(prev, next):
    switches.append((prev is stackless.main, next is stackless.main))
    try:
        stackless.schedule()
    except RuntimeError as e:
        switches.append(str(e))


stackless.set_schedule_callback(watch)
stackless.tasklet(lambda: None)()
stackless.run()
print(switches, stackless.get_schedule_callback() is watch, stackless.set_schedule_callback(None) is watch)
# expect: [(True, False), (False, True)] True True
var = contextvars.ContextVar("var", default="none")
var.set("main's")
out = []


def sees():
    out.append(var.get())
    var.set("own")
    stackless.schedule_remove(None)
    out.append(var.get())


t = stackless.tasklet(sees)()
var.set("later")
stackless.run()
print(out, t.context_run(var.get), var.get(), t.context_id != stackless.current.context_id)
t.insert()
stackless.run()
print(out)
# expect: ["main's"] own later True
# expect: ["main's", 'own']
c = stackless.channel()
c.preference = 1
order = []
stackless.tasklet(lambda: (c.send(1), order.append("sender")))()
stackless.run()
order.append(c.receive())
print(order, c.preference, c.schedule_all)
# expect: ['sender', 1] 1 0
c.close()
print(c.closing, c.closed, list(c))
# expect: True True []
try:
    c.send(1)
except ValueError as e:
    print(e)
# expect: Send/receive operation on a closed channel
print(stackless.enable_softswitch(None), stackless.pickle_flags(), stackless.cframe.__name__, stackless.debug)
# expect: True 0 cframe 0
# A function whose code nobody has read yet keeps its text in a pickle.
SOURCE = '''
def waits():
    def documented():
        "what it does"
    stackless.schedule_remove()
    print(documented.__doc__)
'''
space = {"stackless": stackless, "__name__": "elsewhere"}
exec(marshal.loads(marshal.dumps(compile(SOURCE, "elsewhere", "exec"))), space)
t = stackless.tasklet(space["waits"])()
stackless.run()
t = pickle.loads(pickle.dumps(t))
t.insert()
stackless.run()
# expect: what it does
