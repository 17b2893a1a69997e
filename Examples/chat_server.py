"""A chat server and its clients on real sockets, a process each; every connection is a tasklet; plain blocking calls that park. chat_server.py [CLIENTS]"""
import resource
import socket
import stackless
import subprocess
import sys
import time

CLIENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 200
ROOM = 10


def lines(sock):
    buffer = b""
    while True:
        data = sock.recv(4096)
        if not data:
            return
        buffer += data
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            yield line.decode()


class Server:
    def __init__(self):
        self.rooms = {}
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(4096)
        self.address = self.listener.getsockname()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            stackless.tasklet(self.connection)(sock)

    def connection(self, sock):
        room = None
        with sock:
            for line in lines(sock):
                word, _, rest = line.partition(" ")
                if word == "JOIN":
                    room = self.rooms.setdefault(rest, set())
                    room.add(sock)
                    sock.sendall(b"JOINED %d\n" % len(room))
                elif word == "SAY":
                    for other in list(room):
                        other.sendall(rest.encode() + b"\n")
                elif word == "QUIT":
                    break
        if room is not None:
            room.discard(sock)


def client(address, number, ready, go, heard):
    with socket.create_connection(address) as sock:
        incoming = lines(sock)
        sock.sendall(b"JOIN room%d\n" % (number // ROOM))
        assert next(incoming).startswith("JOINED")
        ready.send(number)
        go.receive()
        sock.sendall(b"SAY hello from %d\n" % number)
        got = {next(incoming) for _ in range(min(ROOM, CLIENTS - number // ROOM * ROOM))}
        assert "hello from %d" % number in got
        heard.send(len(got))
        sock.sendall(b"QUIT\n")


def allow(files):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, max(hard, files)))


def serve():
    """The server's process: says its port, ends when its standard input does."""
    allow(CLIENTS + 100)
    server = Server()
    accepting = stackless.tasklet(server.accept)()
    print(server.address[1], flush=True)
    sys.stdin.read()
    accepting.kill()


def main():
    allow(CLIENTS + 100)
    process = subprocess.Popen([sys.executable, __file__, str(CLIENTS), "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    address = "127.0.0.1", int(process.stdout.readline())
    ready, go, heard = stackless.channel(), stackless.channel(), stackless.channel()
    start = time.perf_counter()
    for i in range(CLIENTS):
        stackless.tasklet(client)(address, i, ready, go, heard)
    for _ in range(CLIENTS):
        ready.receive()
    joined = time.perf_counter()
    for _ in range(CLIENTS):
        go.send(None)
    total = sum(heard.receive() for _ in range(CLIENTS))
    print("%d clients joined in %.2f s; %d messages heard in %.2f s" % (CLIENTS, joined - start, total, time.perf_counter() - joined))
    stackless.run()
    process.stdin.close()
    assert process.wait() == 0


serve() if sys.argv[2:] == ["--serve"] else main()
