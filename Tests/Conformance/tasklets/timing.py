# Deadlines, sleeping tasklets, callbacks, traps, contexts, and moves between queues.
import contextvars
import time
import threading
import stackless

log = []
ch = stackless.channel()
try:
    ch.receive(timeout=0.01)
except TimeoutError as e:
    print(e, ch.balance)
# expect: receive() timed out 0


def sleeper(name, seconds):
    time.sleep(seconds)
    log.append(name)


for name, s in (("c", 0.6), ("a", 0.2), ("b", 0.4)):
    stackless.tasklet(sleeper)(name, s)
start = time.monotonic()
stackless.run()
print(log, time.monotonic() - start < 1.1)
# expect: ['a', 'b', 'c'] True


def late():
    time.sleep(0.01)
    ch.send("late", timeout=1)


stackless.tasklet(late)()
print(ch.receive(timeout=1))
# expect: late

seen = []
old = stackless.set_channel_callback(lambda c, t, sending, willblock: seen.append((sending, willblock)))
stackless.tasklet(ch.send)(1)
print(old, ch.receive(), seen, stackless.set_channel_callback(None) is not None)
# expect: None 1 [(0, True), (1, False)] True

switches = []
stackless.set_schedule_callback(lambda prev, next: switches.append((prev is not None, next is not None)))
stackless.tasklet(lambda: stackless.schedule())()
stackless.run()
stackless.set_schedule_callback(None)
print(len(switches) > 0)
# expect: True

stackless.switch_trap(1)
try:
    stackless.tasklet(print)("not now").run()
except RuntimeError as e:
    print(e, stackless.switch_trap(-1), stackless.switch_trap(0))
# expect: switch_trap 1 0
stackless.run()
# expect: not now

var = contextvars.ContextVar("var", default="none")


def in_context(x):
    var.set(x)
    stackless.schedule()
    print(var.get())


var.set("main")
for x in "pq":
    stackless.tasklet(in_context)(x)
stackless.run()
print(var.get())
# expect: p
# expect: q
# expect: main


def fails():
    raise ValueError("in a tasklet")


stackless.set_error_handler(lambda t, v, tb: print("handled", t.__name__, v))
stackless.tasklet(fails)()
stackless.run()
stackless.set_error_handler(None)
stackless.tasklet(fails)()
try:
    stackless.run()
except ValueError as e:
    print("surfaced", e)
# expect: handled ValueError in a tasklet
# expect: surfaced in a tasklet

t = stackless.tasklet(lambda: None)
print(t.alive, t.paused, t.bind(print, ("x",)).paused, t.scheduled, t.insert().scheduled, stackless.runcount)
# expect: False False True False True 2
t.kill()
print(t.alive, stackless.getruncount(), stackless.current is stackless.main)
# expect: False 1 True

# The scheduler of another thread is another one.
box = []


def other():
    c = stackless.channel()
    stackless.tasklet(c.send)(5)
    box.append((c.receive(), stackless.getmain() is stackless.getcurrent()))


thread = threading.Thread(target=other)
thread.start()
thread.join()
print(box)
# expect: [(5, True)]
