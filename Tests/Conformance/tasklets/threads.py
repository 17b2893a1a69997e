# One scheduler a thread: channels between them, tasklets that are run from elsewhere or move.
import stackless
import threading
import time

there, back = stackless.channel(), stackless.channel()


def doubles():
    for x in there:
        back.send(x * 2)
        if x == 9:
            return


thread = threading.Thread(target=doubles)
thread.start()
out = []
for i in range(10):
    there.send(i)
    out.append(back.receive())
thread.join()
print(out)
# expect: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
events, box = [], []
ready, stop = threading.Event(), threading.Event()


def worker():
    for f in (lambda: events.append(threading.get_ident()), lambda: events.append("inserted")):
        t = stackless.tasklet(f)()
        t.remove()
        box.append(t)
    ready.set()
    while not stop.is_set():
        stackless.run()
        time.sleep(0.001)


def wait_for(n):
    while len(events) < n:
        time.sleep(0.001)


thread = threading.Thread(target=worker)
thread.start()
ready.wait()
first, second = box
print(first.thread_id == thread.ident, first.paused, first.is_current)
# expect: True True False
first.run()
wait_for(1)
second.insert()
wait_for(2)
print(events[0] == thread.ident, events[1])
# expect: True inserted
mover = stackless.tasklet(lambda: events.append(threading.get_ident()))()
try:
    mover.bind_thread(thread.ident)
except RuntimeError as e:
    print(e)
# expect: tasklet is runnable
mover.remove()
mover.bind_thread(thread.ident)
mover.insert()
wait_for(3)
print(mover.thread_id == thread.ident, events[2] == thread.ident)
# expect: True True


def travels():
    events.append(threading.get_ident())
    stackless.schedule_remove(None)
    events.append(threading.get_ident())


t = stackless.tasklet(travels)()
stackless.run()
t.bind_thread(thread.ident)
t.insert()
wait_for(5)
print(events[3] == threading.get_ident(), events[4] == thread.ident)
# expect: True True
print(sorted(stackless.getthreads()) == sorted([thread.ident, threading.get_ident()]))
# expect: True
main, current, count = stackless.get_thread_info(thread.ident)
print(main.is_main, main is not stackless.main, count >= 1)
# expect: True True True
stop.set()
thread.join()
print(first.thread_id, stackless.getthreads() == [threading.get_ident()])
# expect: -1 True


def leaves():
    t = stackless.tasklet(lambda: events.append("rescued"))()
    t.remove()
    box.append(t)


thread = threading.Thread(target=leaves)
thread.start()
thread.join()
lost = box[-1]
try:
    lost.insert()
except RuntimeError as e:
    print(lost.thread_id, e)
# expect: -1 tasklet has no thread
lost.bind_thread()
lost.run()
print(events[-1], lost.alive)
# expect: rescued False
got = []


def later():
    time.sleep(0.02)
    there.send("from the thread")


stackless.tasklet(lambda: got.append(there.receive()))()
thread = threading.Thread(target=later)
thread.start()
stackless.run(threadblock=True)
print(got)
# expect: ['from the thread']
thread.join()
thread = threading.Thread(target=later)
thread.start()
print(there.receive())
# expect: from the thread
thread.join()
