"""A crawler with a few workers against a local web server; the server, too, is tasklets. crawler.py [PAGES]"""
import http.client
import http.server
import re
import socket
import stackless
import sys
import time

PAGES = int(sys.argv[1]) if len(sys.argv) > 1 else 60
WORKERS = 8


class Handler(http.server.BaseHTTPRequestHandler):
    """Page n links to 2n+1 and 2n+2, and back; each takes a moment."""

    def do_GET(self):
        n = int(self.path.strip("/") or 0)
        time.sleep(0.01)
        links = [k for k in (2 * n + 1, 2 * n + 2, (n - 1) // 2) if 0 <= k < PAGES]
        body = "".join('<a href="/%d">%d</a>' % (k, k) for k in links).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.HTTPServer):
    request_queue_size = 128

    def process_request(self, request, address):
        stackless.tasklet(self.process)(request, address)

    def process(self, request, address):
        try:
            self.finish_request(request, address)
        finally:
            self.shutdown_request(request)


def worker(port, todo, found):
    while True:
        path = todo.receive()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", path)
        text = connection.getresponse().read().decode()
        connection.close()
        found.send((path, re.findall(r'href="([^"]*)"', text)))


def crawl(port):
    todo, found = stackless.channel(), stackless.channel()
    workers = [stackless.tasklet(worker)(port, todo, found) for _ in range(WORKERS)]
    seen, waiting, running = {"/0"}, ["/0"], 0
    while waiting or running:
        # Hand out work and collect what comes back, whichever can go on first.
        arms = [found] + ([(todo, waiting[0])] if waiting else [])
        which, what = stackless.select(arms)
        if which == 1:
            waiting.pop(0)
            running += 1
            continue
        running -= 1
        for link in what[1]:
            if link not in seen:
                seen.add(link)
                waiting.append(link)
    for w in workers:
        w.kill()
    return seen


server = Server(("127.0.0.1", 0), Handler)
serving = stackless.tasklet(server.serve_forever)()
start = time.perf_counter()
seen = crawl(server.server_address[1])
spent = time.perf_counter() - start
print("%d pages in %.2f s; one after the other they take at least %.2f s" % (len(seen), spent, PAGES * 0.01))
assert len(seen) == PAGES and spent < PAGES * 0.05 + 5
serving.kill()
server.server_close()
