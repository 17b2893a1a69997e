# SIGQUIT makes a live program say where its tasklets are, and it goes on; counters of each tasklet.
import gc
import signal
import stackless
import subprocess
import sys

PROGRAM = """
import stackless, sys, time
c = stackless.channel()
def server():
    c.receive()
def sleeper():
    time.sleep(60)
def client():
    while True:
        stackless.schedule()
        if not sys.argv[1:]:
            time.sleep(0.001)
stackless.tasklet(server)()
stackless.tasklet(sleeper)()
t = stackless.tasklet(client)()
def reads():
    for i in range(10):
        stackless.schedule()
    print("ready", flush=True)
    sys.stdin.read()
    c.send("done")
    print("went on", c.balance, flush=True)
    for t in stackless.tasklets():
        if not t.is_current and not t.is_main:
            t.kill(pending=True)
stackless.tasklet(reads)()
stackless.run()
"""


def report(*arguments):
    p = subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    print(p.stdout.readline().strip())
    p.send_signal(signal.SIGQUIT)
    text = ""
    while "sleeper" not in text or "server" not in text or "main tasklet" not in text:
        line = p.stderr.readline()
        if not line:
            break
        text += line
    out, rest = p.communicate("")
    text += rest
    print(out.strip(), p.returncode, [w in text for w in ("tasklet 'server'", "blocked in receive()", "tasklet 'sleeper'", "sleeping for another", "main tasklet", "inside run()",
                                                          "tasklet 'client'", 'line 7, in sleeper', "Traceback")])


report()
report("busy")
# expect: ready
# expect: went on 0 0 [True, True, True, True, True, True, True, True, False]
# expect: ready
# expect: went on 0 0 [True, True, True, True, True, True, True, True, False]


def works(n):
    for i in range(n):
        [i] * 100


def waits():
    stackless.schedule_remove()


# What the processes above left behind ends here, not in a tasklet that is measured.
gc.collect()
stackless.accounting(True)
a, b, c = stackless.tasklet(works)(1000), stackless.tasklet(works)(10000), stackless.tasklet(waits)()
stackless.run()
a, b, c = map(stackless.counters, (a, b, c))
print(sorted(a), 9 < b["instructions"] / a["instructions"] < 11, 9 < b["allocated"] / a["allocated"] < 11, a["instructions"] > 1000, a["allocated"] > 800000)
print(c["switches"], c["instructions"] < 200, c["allocated"] < 10000, stackless.counters()["allocated"] < 1000000, stackless.accounting(False))
# expect: ['allocated', 'instructions', 'switches', 'time'] True True True True
# expect: 1 True True True True
n = stackless.tasklet(works)(1000)
stackless.run()
print(stackless.counters(n)["instructions"])
# expect: 0
