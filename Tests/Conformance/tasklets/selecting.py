# stackless.select(): receive and send arms, a default, a deadline; what is cancelled leaves nothing behind.
import stackless

a, b = stackless.channel(), stackless.channel()
got = []
print(stackless.select([a, b], default="nothing"))
# expect: (-1, 'nothing')
stackless.tasklet(b.send)(5)
stackless.tasklet(lambda: stackless.schedule())()
print(stackless.select([a, b]), a.balance, b.balance)
# expect: (1, 5) 0 0
stackless.tasklet(lambda: got.append(a.receive()))()
stackless.run()
print(stackless.select([(a, 7), b]), a.balance, b.balance)
stackless.run()
print(got)
# expect: (0, None) 0 0
# expect: [7]
try:
    stackless.select([a, (b, 1)], timeout=0.01)
except TimeoutError as e:
    print(e, a.balance, b.balance)
# expect: select() timed out 0 0


def chooser():
    got.append(stackless.select([a, (b, 9)]))


t = stackless.tasklet(chooser)()
stackless.run()
print(a.balance, b.balance, t.blocked, a.queue is t, b.queue is t)
# expect: -1 1 True True True
print(b.receive(), a.balance, b.balance)
stackless.run()
print(got)
# expect: 9 0 0
# expect: [7, (1, None)]
t = stackless.tasklet(chooser)()
stackless.run()
t.kill()
print(t.alive, a.balance, b.balance)
# expect: False 0 0
# Two selects meet each other.
stackless.tasklet(lambda: got.append(("x", stackless.select([a, b]))))()
stackless.tasklet(lambda: got.append(("y", stackless.select([(b, "hello")]))))()
stackless.run()
print(sorted(got[2:]), a.balance, b.balance)
# expect: [('x', (1, 'hello')), ('y', (0, None))] 0 0
stackless.tasklet(a.send_exception)(KeyError, "sent")
try:
    stackless.select([b, a], timeout=1)
except KeyError as e:
    print("raised", e)
# expect: raised 'sent'
for arms in ([a, (a, 1)], [], [3]):
    try:
        stackless.select(arms)
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
# expect: ValueError a select cannot both send to and receive from one channel
# expect: ValueError select() needs an arm, a default or a timeout
# expect: TypeError an arm is a channel or a pair (channel, value), not int
stackless.run()
