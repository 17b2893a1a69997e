# Loops that switch: schedule(), channels of two, rings, with what may come between two turns.
import stackless

log = []


def turns(name, n):
    s = 0
    for i in range(n):
        s += i
        got = stackless.schedule(i)
        if got != i:
            log.append((name, i, got))
    log.append((name, s))


for name in "ab":
    stackless.tasklet(turns)(name, 1200)
stackless.run()
print(log)
# expect: [('a', 719400), ('b', 719400)]


def turns_alone(n):
    s = 0
    for i in range(n):
        s += stackless.schedule(i)
    return s


log.clear()
stackless.tasklet(lambda: log.append(turns_alone(1000)))()
stackless.run()
print(log)
# expect: [499500]


# Others come and go meanwhile.
def comes(n):
    for i in range(n):
        stackless.schedule()
    log.append(n)


def boss(n):
    for i in range(n):
        if i % 100 == 0:
            stackless.tasklet(comes)(i)
        stackless.schedule(None)
    log.append("boss")


log.clear()
stackless.tasklet(boss)(1000)
stackless.run()
print(log)
# expect: [0, 100, 200, 300, 400, 'boss', 500, 600, 700, 800, 900]


def send(c, n):
    for i in range(n):
        c.send(i)
    c.send(None)


def receive(c):
    s = k = 0
    while True:
        v = c.receive()
        if v is None:
            break
        s += v
        k += 1
    log.append((s, k, c.balance))


for preference in (-1, 0, 1):
    for first in (send, receive):
        log.clear()
        c = stackless.channel()
        c.preference = preference
        ways = [(send, (c, 1500)), (receive, (c,))]
        if first is receive:
            ways.reverse()
        for f, args in ways:
            stackless.tasklet(f)(*args)
        stackless.run()
        print(preference, first.__name__, log)
# expect: -1 send [(1124250, 1500, 0)]
# expect: -1 receive [(1124250, 1500, 0)]
# expect: 0 send [(1124250, 1500, 0)]
# expect: 0 receive [(1124250, 1500, 0)]
# expect: 1 send [(1124250, 1500, 0)]
# expect: 1 receive [(1124250, 1500, 0)]


def hop(i, o, n):
    for _ in range(n):
        o.send(i.receive() + 1)


def ring(size, rounds):
    cs = [stackless.channel() for _ in range(size)]
    for k in range(size):
        stackless.tasklet(hop)(cs[k], cs[(k + 1) % size], rounds)
    stackless.tasklet(cs[0].send)(0)
    stackless.tasklet(lambda: None)()
    stackless.run()
    last = [c for c in cs if c.balance]
    return [(c.balance, c.queue.tempval if c.balance > 0 else None) for c in last]


print(ring(2, 1000), ring(7, 300), ring(101, 40))
# expect: [(1, 2000)] [(1, 2100)] [(1, 4040)]


# An exception sent, a kill, a closed channel in the middle of a hot loop.
def takes(c, n):
    got = 0
    for i in range(n):
        try:
            got += c.receive()
        except ValueError as e:
            log.append((i, str(e), got))
    log.append(got)


def gives(c, n):
    for i in range(n):
        if i == 700:
            c.send_exception(ValueError, "seven hundred")
        else:
            c.send(1)


log.clear()
c = stackless.channel()
stackless.tasklet(takes)(c, 1000)
stackless.tasklet(gives)(c, 1000)
stackless.run()
print(log)
# expect: [(700, 'seven hundred', 700), 999]


def closes(c, n):
    for i in range(n):
        c.send(i)
    c.close()


def until_closed(c):
    k = 0
    try:
        while True:
            c.receive()
            k += 1
    except ValueError:
        log.append(("closed", k))


log.clear()
c = stackless.channel()
stackless.tasklet(until_closed)(c)
stackless.tasklet(closes)(c, 900)
stackless.run()
c.close()
print(log, stackless.getruncount())
# expect: [] 1


def spins(n):
    try:
        for i in range(n):
            stackless.schedule()
    finally:
        log.append(("killed", i))


def kills(t):
    for i in range(800):
        stackless.schedule()
    t.kill()


log.clear()
t = stackless.tasklet(spins)(100000)
stackless.tasklet(kills)(t)
stackless.run()
print(log, t.alive)
# expect: [('killed', 800)] False

# Callbacks and traps that come while the loop runs.
seen = []


def watch(n):
    for i in range(n):
        if i == 600:
            stackless.set_schedule_callback(lambda a, b: seen.append(1))
        if i == 610:
            stackless.set_schedule_callback(None)
        if i == 700:
            current = stackless.getcurrent()
            stackless.switch_trap(1)
            try:
                stackless.schedule()
            except RuntimeError as e:
                log.append(str(e))
            stackless.switch_trap(-1)
        stackless.schedule()


log.clear()
stackless.tasklet(watch)(1000)
stackless.tasklet(spins)(1000)
stackless.run()
print(log, len(seen))
# expect: ['switch_trap', ('killed', 999)] 20
