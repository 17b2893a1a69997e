"""All interleavings of small programs: no wake-up is lost, none comes twice, nothing is left behind.

    weft Tests/explore_schedules.py [--limit N] [--only PATTERN]

At every switch the next tasklet is chosen out of the run queue; the explorer replays a list of such choices, records how many
there were at each, and goes on with the next list, depth first, until all are done (or N runs of a program). A program is a
function of a `World`, which knows the channels and tasklets that it made; after each run its state must add up. The last
line is "N passed, N failed": programs.
"""
import stackless
import sys

LIMIT = 20000


class World:
    def __init__(self):
        self.channels, self.tasks, self.log = [], [], []

    def channel(self, preference=-1, schedule_all=False):
        ch = stackless.channel()
        ch.preference, ch.schedule_all = preference, schedule_all
        self.channels.append(ch)
        return ch

    def spawn(self, function, *args):
        t = stackless.tasklet(function)(*args)
        self.tasks.append(t)
        return t

    def check(self, leftover):
        """Queues and balances agree; every tasklet has ended or waits in exactly one place that knows it."""
        assert stackless.getruncount() == 1, "tasklets are left in the queue"
        waiting = {}
        for ch in self.channels:
            queue, t = [], ch.queue
            while t is not None and len(queue) < 100:
                queue.append(t)
                t = t.next if len(queue) < abs(ch.balance) else None
            assert len(queue) == abs(ch.balance), "balance %d, %d in the queue" % (ch.balance, len(queue))
            for t in queue:
                assert t.blocked and t.alive, "in a queue, but not blocked"
                waiting[id(t)] = waiting.get(id(t), 0) + 1
        for t in self.tasks:
            if t.alive:
                assert leftover, "tasklet %s is left, blocked: %s" % (t, t.blocked)
                assert id(t) in waiting or t.paused, "a live tasklet waits nowhere"
            else:
                assert id(t) not in waiting, "a dead tasklet is in a queue"

    def end(self):
        for t in self.tasks:
            t.kill()
        assert all(not t.alive for t in self.tasks) and all(ch.balance == 0 for ch in self.channels), "killed, and yet something is left"


PROGRAMS = []


def program(*variants, leftover=False):
    def install(function):
        for v in variants or ((),):
            PROGRAMS.append((function, v, leftover))
        return function
    return install


ALL_KINDS = [(p, a) for p in (-1, 0, 1) for a in (False, True)]


@program(*ALL_KINDS)
def two_senders_two_receivers(w, preference, schedule_all):
    ch = w.channel(preference, schedule_all)

    def receive():
        w.log.append(ch.receive())

    for i in range(2):
        w.spawn(ch.send, i)
        w.spawn(receive)
    stackless.run()
    assert sorted(w.log) == [0, 1]


@program(*ALL_KINDS)
def a_chain(w, preference, schedule_all):
    links = [w.channel(preference, schedule_all) for _ in range(3)]
    for a, b in zip(links, links[1:]):
        w.spawn(lambda a=a, b=b: b.send(a.receive() + 1))
    w.spawn(links[0].send, 0)
    w.spawn(lambda: w.log.append(links[2].receive()))
    stackless.run()
    assert w.log == [2]


@program(*ALL_KINDS, leftover=True)
def kill_against_send(w, preference, schedule_all):
    """A value is received, or its sender still waits, or it fell with the receiver it had been handed to."""
    ch = w.channel(preference, schedule_all)
    ended = []

    def receive():
        try:
            w.log.append(ch.receive())
        except TaskletExit:
            ended.append("killed")
            raise

    r = w.spawn(receive)
    w.spawn(lambda: (ch.send(1), w.log.append("sent")))
    w.spawn(lambda: r.kill())
    stackless.run()
    assert not r.alive and w.log.count(1) <= 1 and len(ended) <= 1
    if 1 in w.log:
        assert "sent" in w.log and ch.balance == 0
    elif ch.balance:
        assert "sent" not in w.log


@program(*ALL_KINDS)
def send_exceptions(w, preference, schedule_all):
    ch = w.channel(preference, schedule_all)

    def receive():
        try:
            w.log.append(ch.receive())
        except KeyError:
            w.log.append("error")

    for _ in range(2):
        w.spawn(receive)
    w.spawn(lambda: ch.send_exception(KeyError, 1))
    w.spawn(lambda: ch.send("value"))
    stackless.run()
    assert sorted(w.log) == ["error", "value"]


@program()
def throw_into_a_queue(w):
    """A pending exception comes once, wherever the tasklet is when it was thrown."""
    ch = w.channel()

    def victim():
        try:
            stackless.schedule()
            w.log.append(ch.receive())
        except ValueError:
            w.log.append("thrown")

    v = w.spawn(victim)

    def thrower():
        stackless.schedule()
        if v.alive and v.frame is not None:
            v.throw(ValueError, pending=True)

    def sender():
        if v.alive:
            stackless.select([(ch, 1)], default=None)

    w.spawn(thrower)
    w.spawn(sender)
    stackless.run()
    if v.alive:
        v.kill()
    assert len([x for x in w.log if x == "thrown"]) <= 1 and len(w.log) <= 1 or w.log == [1]


@program()
def select_receives_once(w):
    a, b = w.channel(), w.channel(1)

    def select():
        w.log.append(stackless.select([a, b]))

    for _ in range(2):
        w.spawn(select)
    w.spawn(a.send, "a")
    w.spawn(b.send, "b")
    stackless.run()
    assert sorted(w.log) == [(0, "a"), (1, "b")]


@program()
def selects_meet(w):
    a, b = w.channel(), w.channel()
    w.spawn(lambda: w.log.append(("x", stackless.select([a, b]))))
    w.spawn(lambda: w.log.append(("y", stackless.select([(a, 1), (b, 2)]))))
    w.spawn(lambda: w.log.append(("z", stackless.select([(a, 3)]))))
    w.spawn(lambda: w.log.append(("r", a.receive())))
    stackless.run()
    ends = dict(w.log)
    if len(ends) == 4:
        got = sorted([ends["x"][1], ends["r"]])
        assert got in ([1, 3], [2, 3]), w.log
    for t in w.tasks:
        t.kill()


@program(leftover=True)
def select_against_kill(w):
    a, b = w.channel(), w.channel()
    s = w.spawn(lambda: w.log.append(stackless.select([a, (b, 5)])))
    w.spawn(a.send, 1)
    w.spawn(lambda: w.log.append(("b", b.receive())))
    w.spawn(lambda: s.kill())
    stackless.run()
    assert not s.alive
    assert len([x for x in w.log if x[0] == 0 or x == ("b", 5)]) <= 1


@program()
def a_lock(w):
    """Mutual exclusion by a channel that holds one token."""
    ch, inside = w.channel(0), [0]
    w.spawn(ch.send, "token")

    def enter():
        token = ch.receive()
        inside[0] += 1
        assert inside[0] == 1
        stackless.schedule()
        inside[0] -= 1
        w.log.append(1)
        w.spawn(ch.send, token)

    for _ in range(2):
        w.spawn(enter)
    stackless.run()
    assert w.log == [1, 1] and ch.balance == 1
    ch.receive()
    stackless.run()


@program(leftover=True)
def philosophers(w):
    """Two forks, two philosophers who take them crosswise: both eat, or they deadlock, each holding one."""
    forks = [w.channel(0), w.channel(0)]
    for f in forks:
        w.spawn(f.send, "fork")

    def eat(first, second):
        first.receive()
        stackless.schedule()
        second.receive()
        w.log.append("ate")
        w.spawn(first.send, "fork")
        w.spawn(second.send, "fork")

    w.spawn(eat, forks[0], forks[1])
    w.spawn(eat, forks[1], forks[0])
    stackless.run()
    assert len(w.log) == 2 and [f.balance for f in forks] == [1, 1] or w.log == [] and [f.balance for f in forks] == [-1, -1]
    outcomes.add(len(w.log))


@program()
def close_ends_iteration(w):
    ch = w.channel()

    def consume():
        for x in ch:
            w.log.append(x)
        w.log.append("end")

    def produce():
        for i in range(2):
            ch.send(i)
        ch.close()

    w.spawn(consume)
    w.spawn(produce)
    stackless.run()
    assert w.log[:2] == [0, 1]
    for t in w.tasks:
        t.kill()


@program()
def removed_and_inserted(w):
    def sleeper():
        w.log.append("before")
        stackless.schedule_remove(None)
        w.log.append("after")

    s = w.spawn(sleeper)

    def waker():
        for _ in range(3):
            if s.paused:
                break
            stackless.schedule()
        if s.paused:
            s.insert()

    w.spawn(waker)
    w.spawn(lambda: stackless.schedule())
    stackless.run()
    if s.paused:
        s.insert()
        stackless.run()
    assert w.log == ["before", "after"]


@program()
def runs_inside_runs(w):
    def inner():
        w.spawn(lambda: w.log.append("leaf"))
        stackless.run()
        w.log.append("inner")

    w.spawn(inner)
    w.spawn(inner)
    for _ in range(3):
        stackless.run()
    assert sorted(w.log) == ["inner", "inner", "leaf", "leaf"], w.log


outcomes = set()


def explore(function, arguments, leftover, limit):
    """Runs all interleavings; (runs, whether these were all, error or None)."""
    prefix, runs = [], 0
    while True:
        w = World()
        stackless.replay(prefix)
        error = None
        try:
            function(w, *arguments)
            choices = stackless.record()
            stackless.seed(None)
            w.check(leftover)
            w.end()
        except Exception as e:
            error = e
            choices = stackless.record()
            stackless.seed(None)
        runs += 1
        if error is not None:
            return runs, False, "%s: %s; choices %s" % (type(error).__name__, error, [k for k, n in choices])
        # The next list of choices: the last one that can still grow, grown by one.
        while choices and choices[-1][0] + 1 >= choices[-1][1]:
            choices.pop()
        if not choices:
            return runs, True, None
        if runs >= limit:
            return runs, False, None
        prefix = [k for k, n in choices]
        prefix[-1] += 1


def main(argv):
    limit = int(argv[argv.index("--limit") + 1]) if "--limit" in argv else LIMIT
    pattern = argv[argv.index("--only") + 1] if "--only" in argv else ""
    passed = failed = 0
    for function, arguments, leftover in PROGRAMS:
        name = function.__name__ + (str(arguments) if arguments else "")
        if pattern not in name:
            continue
        runs, whole, error = explore(function, arguments, leftover, limit)
        if error is None:
            passed += 1
        else:
            failed += 1
        print("%-45s %6d interleavings%s%s" % (name, runs, "" if whole else ", not all", "" if error is None else "  FAIL " + error), flush=True)
    if not pattern and outcomes != {0, 2}:
        print("FAIL: the philosophers' two outcomes were not both found: %s" % outcomes)
        failed += 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
