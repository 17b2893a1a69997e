# More that blocks parks one tasklet: processes, locks of files, name lookups; event loops in several tasklets of a thread.
import asyncio
import fcntl
import os
import socket
import stackless
import sys
import tempfile
import time

log = []
folder = tempfile.mkdtemp()
flag = os.path.join(folder, "flag")


def shell():
    log.append(os.waitstatus_to_exitcode(os.system("while [ ! -e %s ]; do sleep 0.01; done; exit 3" % flag)))


def makes_flag():
    time.sleep(0.02)
    log.append("flag")
    open(flag, "w").close()


stackless.tasklet(shell)()
stackless.tasklet(makes_flag)()
stackless.run()
print(log, os.system("exit 2") >> 8)
# expect: ['flag', 3] 2
log.clear()
r, w = os.pipe()


def waits_for_child():
    pid = os.fork()
    if pid == 0:
        # The other tasklet's copy in the child is not to let it go.
        stackless.parking(False)
        os.read(r, 1)
        os._exit(7)
    got, status = os.waitpid(pid, 0)
    log.append((got == pid, os.waitstatus_to_exitcode(status)))


def lets_it_go():
    time.sleep(0.02)
    log.append("go")
    os.write(w, b"x")


stackless.tasklet(waits_for_child)()
stackless.tasklet(lets_it_go)()
stackless.run()
print(log)
# expect: ['go', (True, 7)]
log.clear()
for take, free in ((lambda f: fcntl.flock(f, fcntl.LOCK_EX), lambda f: fcntl.flock(f, fcntl.LOCK_UN)),):
    a, b = open(flag, "r+"), open(flag, "r+")

    def first():
        take(a)
        log.append("first has it")
        time.sleep(0.03)
        log.append("first gives it up")
        free(a)

    def second():
        stackless.schedule()
        take(b)
        log.append("second has it")
        free(b)
    stackless.tasklet(first)()
    stackless.tasklet(second)()
    stackless.run()
    try:
        take(a)
        fcntl.flock(b, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log.append("would block")
    a.close()
    b.close()
print(log)
# expect: ['first has it', 'first gives it up', 'second has it', 'would block']
log.clear()


def looks_up(name, numeric=False):
    before = stackless.current.switches
    try:
        found = socket.getaddrinfo(name, 80, type=socket.SOCK_STREAM)
        log.append((name, found[0][4][1], "at once" if numeric and stackless.current.switches == before else ""))
    except OSError as e:
        log.append((name, type(e).__name__))


def runs_meanwhile():
    for i in range(3):
        stackless.schedule()
    log.append("meanwhile")


stackless.tasklet(looks_up)("localhost")
stackless.tasklet(looks_up)("127.0.0.1", True)
stackless.tasklet(looks_up)("no such name")
stackless.tasklet(runs_meanwhile)()
stackless.run()
print(sorted(log, key=str))
# expect: [('127.0.0.1', 80, 'at once'), ('localhost', 80, ''), ('no such name', 'gaierror'), 'meanwhile']
log.clear()


async def ticks(name, n):
    for i in range(n):
        yield i
        await asyncio.sleep(0.003)


async def program(name, n):
    loop = asyncio.get_running_loop()
    seen = [i async for i in ticks(name, n)]
    agen = ticks(name, 5)
    await agen.__anext__()
    got = await asyncio.gather(asyncio.sleep(0.001, name), asyncio.wait_for(asyncio.sleep(0.002, n), 5))
    stackless.schedule()
    log.append((name, loop is asyncio.get_running_loop() and loop is asyncio.get_event_loop()))
    return seen, got


def runs_loop(name, n):
    log.append((name, asyncio.run(program(name, n))))
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        log.append((name, "none"))


for i, name in enumerate("abc"):
    stackless.tasklet(runs_loop)(name, i + 2)
stackless.run()
for name in "abc":
    print([x[1] for x in log if x[0] == name])
# expect: [True, ([0, 1], ['a', 2]), 'none']
# expect: [True, ([0, 1, 2], ['b', 3]), 'none']
# expect: [True, ([0, 1, 2, 3], ['c', 4]), 'none']
ends = [x[0] for x in log if x[1] == "none"]
starts = [x[0] for x in log if x[1] is True]
print(len(set(ends)), sys.get_asyncgen_hooks() == (None, None))
# expect: 3 True


async def inside():
    # A loop of the main tasklet, and of another one that it waits for.
    t = stackless.tasklet(runs_loop)("d", 2)
    while t.alive:
        await asyncio.sleep(0.001)
    return asyncio.get_running_loop() is not None

log.clear()
print(asyncio.run(inside()), log[1])
# expect: True ('d', ([0, 1], ['d', 2]))
os.remove(flag)
os.rmdir(folder)
