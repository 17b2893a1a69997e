# Channels: rendezvous, order, exceptions, deadlock, killing.
import stackless
c = stackless.channel()
def producer(n):
    for i in range(n):
        c.send(i)
    c.send_exception(ValueError, "over")
def consumer():
    got = []
    try:
        while True:
            got.append(c.receive())
    except ValueError as e:
        print(got, e)
stackless.tasklet(producer)(5)
stackless.tasklet(consumer)()
stackless.run()
print(c.balance)
try:
    c.receive()
except RuntimeError as e:
    print(e)
def ring(n, hops):
    first = stackless.channel()
    left = first
    for _ in range(n):
        right = stackless.channel()
        stackless.tasklet(lambda a, b: b.send(a.receive() + 1))(left, right)
        left = right
    stackless.tasklet(first.send)(0)
    return left.receive()
print(ring(1000, 1))
def stuck():
    try:
        c.receive()
    finally:
        print("released")
t = stackless.tasklet(stuck)()
stackless.run()
print(t.blocked, t.alive, c.balance)
t.kill()
print(t.alive, c.balance)
def fails():
    raise KeyError("from a tasklet")
stackless.tasklet(fails)()
try:
    stackless.run()
except KeyError as e:
    print("main got", e)
# expect: [0, 1, 2, 3, 4] over
# expect: 0
# expect: Deadlock: the last runnable tasklet cannot be blocked.
# expect: 1000
# expect: True True -1
# expect: released
# expect: False 0
# expect: main got 'from a tasklet'
