# stackless.run(): budgets, soft and total ones, runs inside runs, atomic tasklets, deadlocks.
import gc
import stackless

# What importing left behind ends here, not in a tasklet with a budget.
gc.collect()
done = []


def spin(n):
    for i in range(n):
        pass
    done.append(n)


t = stackless.tasklet(spin)(3000)
r = stackless.run(500)
print(r is t, t.alive, t.paused, t.scheduled, t.recursion_depth, stackless.runcount)
turns = 0
t.insert()
while stackless.runcount > 1:
    r = stackless.run(1000)
    turns += 1
    if r is not None:
        r.insert()
print(turns > 3, done, t.alive)
# Inside builtins, too.
done.clear()
stackless.tasklet(lambda: done.append(sorted(range(300), key=lambda v: -v)[0]))()
stackless.tasklet(lambda: done.append(sum(i for i in range(300))))()
turns = 0
while stackless.runcount > 1:
    r = stackless.run(200)
    turns += 1
    if r is not None:
        r.insert()
print(turns > 3, sorted(done))


def careful():
    with stackless.atomic():
        spin(1000)
        done.append("atomic part")
    spin(100000)


t = stackless.tasklet(careful)()
done.clear()
print(stackless.run(1000) is t, done)
t.kill()


def yielding():
    while True:
        for i in range(20):
            pass
        stackless.schedule()


tasks = [stackless.tasklet(yielding)() for _ in range(3)]
print(stackless.run(500, soft=True, totaltimeout=True, ignore_nesting=True), stackless.runcount)
r = stackless.run(500, totaltimeout=True)
print(r in tasks, stackless.runcount)
for t in tasks:
    t.kill()

log = []


def worker():
    stackless.schedule()
    log.append("worker")


def runner():
    stackless.run()
    log.append(("runner", stackless.main.paused))


stackless.tasklet(worker)()
stackless.tasklet(runner)()
stackless.run()
print(log)
log.clear()


def wakes_main():
    stackless.main.run()
    log.append("woke main")


def runs_it():
    stackless.tasklet(wakes_main)()
    stackless.run()
    log.append("inner run ended")


stackless.tasklet(runs_it)()
stackless.run()
print(log)
stackless.run()
print(sorted(log))


def fails():
    raise ValueError("inside")


def catches():
    stackless.tasklet(fails)()
    try:
        stackless.run()
    except ValueError as e:
        print("inner run raised", e)


stackless.tasklet(catches)()
stackless.run()
c = stackless.channel()
for f in (c.receive, lambda: c.send(1)):
    stackless.tasklet(lambda: None)()
    try:
        f()
    except RuntimeError as e:
        print(e)


def blocks():
    try:
        stackless.channel().receive()
    except RuntimeError as e:
        print("in the tasklet:", e)
    c.send(None)


stackless.tasklet(blocks)()
c.receive()
stackless.tasklet(lambda: stackless.channel().receive())()
try:
    c.receive()
except RuntimeError as e:
    print("in main:", e)
# expect: True True True False 1 1
# expect: True [3000] False
# expect: True [299, 44850]
# expect: True [1000, 'atomic part']
# expect: None 4
# expect: True 3
# expect: ['worker', ('runner', True)]
# expect: []
# expect: ['inner run ended', 'woke main']
# expect: inner run raised inside
# expect: The main tasklet is receiving without a sender available.
# expect: The main tasklet is sending without a receiver available.
# expect: in the tasklet: Deadlock: the last runnable tasklet cannot be blocked.
# expect: in main: Deadlock: the last runnable tasklet cannot be blocked.
