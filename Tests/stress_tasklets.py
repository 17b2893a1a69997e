"""Tasklets under stress: random sends, receives, selects, deadlines, kills, throws, pickles and collections.

    weft Tests/stress_tasklets.py [--seconds S] [--tasklets N] [--seed N]

Runs until S seconds are over (default 5) and N tasklets (default 2000; a million is the goal of the long run) have lived.
Every value sent is a number of its own. After each round all tasklets are ended, and the books must balance: nothing received
twice or never sent; what is missing fell with a tasklet that was killed; queues are as long as balances say; the run count is
one; nobody is lost. The last line is "N passed, N failed": rounds.
"""
import gc
import pickle
import random
import stackless
import sys
import time

CHANNELS, AT_ONCE, STEPS = 40, 400, 12


class Thrown(Exception):
    pass


class Worker(stackless.tasklet):
    pass


class Round:
    def __init__(self, rng, tasklets):
        self.rng = rng
        self.left = tasklets
        self.channels = [stackless.channel() for _ in range(CHANNELS)]
        for ch in self.channels:
            ch.preference = rng.choice((-1, -1, 0, 1))
            ch.schedule_all = rng.random() < 0.1
        self.live = {}
        self.number = self.made = self.ended = 0
        self.sent, self.received, self.disturbed, self.pickles, self.copies = set(), [], 0, 0, 0

    def spawn(self):
        self.left -= 1
        self.made += 1
        t = Worker(self.work)
        self.live[id(t)] = t
        t()
        return t

    def work(self):
        me = stackless.current
        try:
            for _ in range(self.rng.randrange(1, STEPS)):
                try:
                    self.step(me)
                except (Thrown, TimeoutError):
                    pass
        finally:
            self.ended += 1
            self.live.pop(id(me), None)

    def send(self, ch, timeout=None):
        self.number += 1
        value = self.number
        ch.send(value, timeout)
        self.sent.add(value)

    def step(self, me):
        rng, k = self.rng, self.rng.random()
        ch = rng.choice(self.channels)
        if k < 0.30:
            self.send(ch)
        elif k < 0.60:
            self.received.append(ch.receive())
        elif k < 0.66:
            self.send(ch, rng.random() * 0.001)
        elif k < 0.72:
            self.received.append(ch.receive(rng.random() * 0.001))
        elif k < 0.80:
            other = rng.choice(self.channels)
            self.number += 1
            value = self.number
            arms = [ch, (other, value)] if other is not ch else [ch]
            which, got = stackless.select(arms, timeout=0.001) if rng.random() < 0.5 else stackless.select(arms)
            if which == 0:
                self.received.append(got)
            else:
                self.sent.add(value)
        elif k < 0.86:
            stackless.schedule()
        elif k < 0.90:
            sorted(range(4), key=lambda x: stackless.schedule() and -x)
        elif k < 0.91 and self.left > 0:
            self.spawn()
        else:
            self.disturb(me, rng.random())

    def disturb(self, me, k):
        other = self.live.get(self.rng.choice(list(self.live))) if self.live else None
        if other is None or other is me:
            return
        if k < 0.4:
            self.disturbed += 1
            other.kill(pending=self.rng.random() < 0.5)
        elif k < 0.8:
            self.disturbed += 1
            if other.alive and other.frame is not None:
                other.throw(Thrown, pending=self.rng.random() < 0.5)
        elif k < 0.9:
            gc.collect(0)
        elif k < 0.92:
            gc.collect()

    def pickle_some(self):
        """A parked tasklet goes through a pickle; its copy is there, parked alike, and is thrown away."""
        for t in list(self.live.values())[:2]:
            if t.is_current or not t.alive or t.frame is None:
                continue
            before = t.recursion_depth
            lonely = stackless.tasklet(parked_in_sorted)()
            lonely.run()
            copy = pickle.loads(pickle.dumps(lonely))
            assert copy.alive and copy.paused and copy.recursion_depth == lonely.recursion_depth >= 2
            for c in (lonely, copy):
                c.insert()
                c.run()
                assert not c.alive and c.tempval is None
            assert t.recursion_depth == before
            self.pickles += 1

    def check(self):
        assert stackless.getruncount() == 1, "run count %d" % stackless.getruncount()
        for ch in self.channels:
            assert (ch.queue is None) == (ch.balance == 0)
            assert ch.queue is None or ch.queue.blocked
        for i, t in list(self.live.items()):
            if not t.alive:
                # Killed before it began.
                del self.live[i]
                continue
            assert t.blocked, t

    def run(self):
        while self.left > 0:
            while self.left > 0 and len(self.live) < AT_ONCE:
                self.spawn()
            stackless.run()
            self.check()
            self.pickle_some()
            # What is stuck is ended: the eldest half.
            for t in list(self.live.values())[:AT_ONCE // 2]:
                self.disturbed += 1
                t.kill()
        stackless.run()
        for t in list(self.live.values()):
            self.disturbed += 1
            t.kill()
        stackless.run()
        self.check()
        assert not self.live and self.ended + self.unstarted() == self.made, (len(self.live), self.ended, self.made)
        assert all(ch.balance == 0 and ch.queue is None for ch in self.channels)
        got = set(self.received)
        assert len(got) == len(self.received), "received twice"
        assert all(1 <= v <= self.number for v in got), "received what nobody sent"
        assert len(self.sent - got) <= self.disturbed, "%d values lost, %d tasklets disturbed" % (len(self.sent - got), self.disturbed)
        assert len(got - self.sent) <= self.disturbed, "%d senders lost" % len(got - self.sent)
        return self.made

    def unstarted(self):
        return self.made - self.ended - len(self.live) if self.disturbed else 0


def parked_in_sorted():
    sorted([3, 1, 2], key=park)
    stackless.current.tempval = None


def park(x):
    if x == 1:
        stackless.schedule_remove(None)
    return -x


def main(argv):
    def option(name, default):
        return type(default)(argv[argv.index(name) + 1]) if name in argv else default
    seconds, wanted, seed = option("--seconds", 5.0), option("--tasklets", 2000), option("--seed", random.randrange(1 << 30))
    print("seed", seed, flush=True)
    rng = random.Random(seed)
    end = time.monotonic() + seconds
    lived = passed = sent = pickles = disturbed = 0
    while time.monotonic() < end or lived < wanted:
        if rng.random() < 0.3:
            stackless.seed(rng.randrange(1 << 30))
        r = Round(rng, max(1000, min(20000, wanted // 10)))
        try:
            lived += r.run()
        except BaseException:
            print("FAIL in round %d of seed %d" % (passed + 1, seed))
            stackless.report(sys.stdout)
            print("%d passed, 1 failed" % passed)
            raise
        finally:
            stackless.seed(None)
        passed += 1
        sent += len(r.sent)
        pickles += r.pickles
        disturbed += r.disturbed
        if not isinstance(sys.stdout, type(None)) and time.monotonic() > end - seconds + 10 * passed:
            print("%d tasklets" % lived, flush=True)
    leaks = stackless.find_leaks()
    print("%d tasklets lived, %d values sent, %d kills and throws, %d pickles, %d leaks" % (lived, sent, disturbed, pickles, leaks))
    failed = 1 if leaks else 0
    print("%d passed, %d failed" % (passed, failed))
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
