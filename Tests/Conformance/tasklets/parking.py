# What blocks parks one tasklet: sockets, pipes, processes, select, asyncio.
import asyncio
import os
import select
import socket
import stackless
import subprocess
import time

log = []
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(16)


def serve():
    while True:
        s, _ = listener.accept()
        stackless.tasklet(echo)(s)


def echo(s):
    with s:
        while True:
            data = s.recv(100)
            if not data:
                return
            s.sendall(data * 50000)


def client(i):
    with socket.create_connection(listener.getsockname()) as s:
        text = b"%02d" % i
        s.sendall(text)
        n = 0
        while n < len(text) * 50000:
            n += len(s.recv(65536))
        log.append(i)


server = stackless.tasklet(serve)()
for i in range(8):
    stackless.tasklet(client)(i)
while len(log) < 8:
    time.sleep(0.001)
print(sorted(log))
server.kill()
listener.close()
# expect: [0, 1, 2, 3, 4, 5, 6, 7]
log.clear()
r, w = os.pipe()


def reads():
    log.append(os.read(r, 10))
    log.append([x == r for x in select.select([r], [], [], 5)[0]])
    log.append(os.read(r, 10))
    p = select.poll()
    p.register(r, select.POLLIN)
    log.append(p.poll(10))


def writes():
    time.sleep(0.01)
    os.write(w, b"first")
    while not log:
        time.sleep(0.001)
    time.sleep(0.01)
    os.write(w, b"second")


stackless.tasklet(reads)()
stackless.tasklet(writes)()
stackless.run()
print(log)
# expect: [b'first', [True], b'second', []]
log.clear()


def big():
    log.append(os.write(w, b"x" * 300000))


def drain():
    n = 0
    while n < 300000:
        n += len(os.read(r, 65536))
    log.append(n)


stackless.tasklet(big)()
stackless.tasklet(drain)()
stackless.run()
print(sorted(log))
# expect: [300000, 300000]
log.clear()


def process(i):
    log.append((i, subprocess.run(["sh", "-c", "sleep 0.1; echo %d" % i], capture_output=True).stdout))


start = time.monotonic()
for i in range(4):
    stackless.tasklet(process)(i)
stackless.run()
print(sorted(log))
# expect: [(0, b'0\n'), (1, b'1\n'), (2, b'2\n'), (3, b'3\n')]
log.clear()


async def loop(name):
    for i in range(3):
        await asyncio.sleep(0.002)
        log.append((name, i))
    return name


async def two(n):
    return await asyncio.gather(loop(n + "a"), loop(n + "b"))


def runs_loop(n):
    log.append(asyncio.run(two(n)))


def counts():
    for i in range(5):
        time.sleep(0.001)
    log.append("counted")


stackless.tasklet(runs_loop)("x")
stackless.tasklet(counts)()
stackless.run()
print([x for x in log if type(x) is not tuple and x != "counted"], len(log), "counted" in log)
# expect: [['xa', 'xb']] 8 True
# A descriptor that is closed while somebody waits for it.
r, w = os.pipe()


def waits():
    try:
        os.read(r, 1)
    except OSError as e:
        print("closed:", e.errno)


stackless.tasklet(waits)()
stackless.tasklet(lambda: os.close(r))()
stackless.run()
# expect: closed: 9
# Atomic tasklets and parking(False) block plainly.
order = []


def plain():
    with stackless.atomic():
        time.sleep(0.005)
    order.append("atomic")
    stackless.parking(False)
    time.sleep(0.005)
    stackless.parking(True)
    order.append("plain")


stackless.tasklet(plain)()
stackless.tasklet(lambda: order.append("other"))()
stackless.run()
print(order)
# expect: ['atomic', 'plain', 'other']
