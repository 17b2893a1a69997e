"""Conway's Game of Life: every cell is a tasklet that tells its neighbours whether it lives. life.py [GENERATIONS [SIZE]]"""
import stackless
import sys

GENERATIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 24
SIZE = int(sys.argv[2]) if len(sys.argv) > 2 else 12
GLIDER = {(0, 1), (1, 2), (2, 0), (2, 1), (2, 2)}


class Cell:
    def __init__(self, alive):
        self.alive = alive
        self.inbox = stackless.channel()
        # Who sends is not held up: the receiver runs later.
        self.inbox.preference = 0

    def run(self, neighbours, clock, report):
        while True:
            clock.receive()
            for n in neighbours:
                stackless.tasklet(n.inbox.send)(self.alive)
            around = sum(self.inbox.receive() for _ in neighbours)
            self.alive = around == 3 or self.alive and around == 2
            report.send(None)


cells = {(y, x): Cell((y, x) in GLIDER) for y in range(SIZE) for x in range(SIZE)}
clock, report = stackless.channel(), stackless.channel()
for (y, x), cell in cells.items():
    around = [cells[(y + dy) % SIZE, (x + dx) % SIZE] for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)]
    stackless.tasklet(cell.run)(around, clock, report)
stackless.run()
for _ in range(GENERATIONS):
    for _ in cells:
        clock.send(None)
    for _ in cells:
        report.receive()
for y in range(SIZE):
    print("".join("#" if cells[y, x].alive else "." for x in range(SIZE)))
moved = {((y + GENERATIONS // 4) % SIZE, (x + GENERATIONS // 4) % SIZE) for y, x in GLIDER}
assert GENERATIONS % 4 or {p for p, c in cells.items() if c.alive} == moved
