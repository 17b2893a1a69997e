# Reports, leaks, counters, who made whom, seeds and records.
import gc
import io
import stackless
import weakref

c = stackless.channel()


def waits_here():
    c.receive()


t = stackless.tasklet(waits_here)()
stackless.run()
out = io.StringIO()
stackless.report(out)
text = out.getvalue()
print("'waits_here'" in text, "blocked in receive()" in text, "c.receive()" in text, "main tasklet" in text, len(stackless.tasklets()))
# expect: True True True True 2
t.kill()
lost = []
ended = []


def gets_lost(ch):
    try:
        ch.receive()
    finally:
        ended.append("closed")


def lose():
    for i in range(3):
        stackless.tasklet(gets_lost)(stackless.channel())
    stackless.run()


old = stackless.set_leak_handler(lambda task: lost.append(task.blocked))
lose()
print(stackless.find_leaks(), ended, lost, old)
# expect: 3 ['closed', 'closed', 'closed'] [True, True, True] None
stackless.set_leak_handler(None)


def program(log):
    ch = stackless.channel()

    def sender(i):
        for k in range(3):
            ch.send((i, k))

    def receiver():
        for _ in range(9):
            log.append(ch.receive())
            stackless.schedule()
    for i in range(3):
        stackless.tasklet(sender)(i)
    stackless.tasklet(receiver)()
    stackless.run()


def run_with(seed):
    log = []
    stackless.seed(seed)
    program(log)
    choices = stackless.record()
    stackless.seed(None)
    return log, choices


plain = []
program(plain)
a, choices = run_with(7)
b, _ = run_with(7)
others = {str(run_with(s)[0]) for s in range(20)}
again = []
stackless.replay(choices)
program(again)
stackless.seed(None)
print(a == b, len(others) > 5, again == a, sorted(a) == sorted(plain), len(choices) > 3)
# expect: True True True True True
stackless.accounting(True)
tree = []


def child():
    stackless.schedule()
    stackless.schedule_remove()


def parent():
    tree.append(stackless.tasklet(child)())
    tree.append(stackless.tasklet(child)())
    stackless.schedule_remove()


p = stackless.tasklet(parent)()
stackless.run()
roots = stackless.spawn_tree()
mine = [n for root in roots for n in root[1] if n[0] is p]
print(len(mine[0][1]), [n[0] in tree for n in mine[0][1]], tree[0].switches, stackless.counters(tree[0])["time"] > 0)
# expect: 2 [True, True] 2 True
print(stackless.accounting(False), stackless.accounting())
# expect: True False
