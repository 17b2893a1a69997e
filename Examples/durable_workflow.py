"""A workflow that SIGKILL cannot stop: it is a tasklet, and after every step its pickle goes to SQLite, in one transaction with
what the step did. Whoever starts next goes on inside the loops where the last one was killed.

durable_workflow.py [KILLS] runs it under a supervisor that kills it at random moments; it always finishes, every step once.
"""
import os
import pickle
import random
import signal
import sqlite3
import stackless
import subprocess
import sys
import tempfile
import time

ORDERS, ITEMS = 6, 5


class Workflow(stackless.tasklet):
    """A tasklet that says which step it has just done."""

    step = None


def step(what):
    """Hands a finished step to the driver and waits until it is stored."""
    stackless.current.step = what
    stackless.schedule_remove(None)


def workflow():
    total = 0
    for order in range(ORDERS):
        try:
            price = 0
            for item in sorted(range(ITEMS), key=lambda i: step("weigh %d of order %d" % (i, order)) or -i):
                price += (order + 1) * (item + 1)
                step("pack %d of order %d" % (item, order))
            total += price
        finally:
            step("close order %d" % order)
    stackless.current.step = "finished with %d" % total


def drive(path):
    db = sqlite3.connect(path)
    db.execute("create table if not exists state (id integer primary key check (id = 0), task blob)")
    db.execute("create table if not exists done (number integer primary key, what text)")
    row = db.execute("select task from state").fetchone()
    if row is None:
        task = Workflow(workflow)
        task.bind(args=())
    else:
        task = pickle.loads(row[0])
    while task.alive:
        task.insert()
        stackless.run()
        time.sleep(0.002)
        with db:
            db.execute("insert into done (what) values (?)", (task.step,))
            if task.alive:
                db.execute("insert or replace into state values (0, ?)", (pickle.dumps(task),))
    return 0


def supervise(kills):
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "state.db")
    killed = 0
    while True:
        p = subprocess.Popen([sys.executable, __file__, "--drive", path])
        if killed < kills:
            time.sleep(random.uniform(0.05, 0.6))
            if p.poll() is None:
                p.send_signal(signal.SIGKILL)
                killed += 1
        if p.wait() == 0:
            break
        assert p.returncode == -signal.SIGKILL, p.returncode
    db = sqlite3.connect(path)
    done = [row[0] for row in db.execute("select what from done order by number")]
    assert len(done) == len(set(done)) == ORDERS * (2 * ITEMS + 1) + 1, len(done)
    print("killed %d times; %d steps, each once; %s" % (killed, len(done), done[-1]))
    db.close()
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    os.rmdir(folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--drive"]:
        sys.exit(drive(sys.argv[2]))
    supervise(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
