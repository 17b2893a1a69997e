"""Programs made by a generator: what they print traced must be what they print interpreted.

    fuzz_scheme.py SEED COUNT

Loops of random bodies over integers at the edges of 63 bits, doubles, pairs, vectors, closures, assigned variables, errors that are
caught and functions that call each other. The last line is "N passed, N failed".
"""
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEME = os.path.join(os.path.dirname(os.path.dirname(HERE)), ".build", "release", "scheme")
MODES = [["--jit-threshold=2"], ["--jit-threshold=4", "--jit-fail-guards=13"], ["--jit-threshold=3", "--collect-every=20000"]]


class Program:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.functions = []

    def number(self):
        r = self.r
        return r.choice(["0", "1", "2", "-1", "3", "7", "100", "-5", "4611686018427387903", "-4611686018427387904", "1000000007", "0.5", "2.25", "-1e3", "1e200", "1e-200"])

    def value(self, names, depth):
        """An expression; variables named v... and i... hold numbers, those named l... lists, w... vectors, f... functions of one number."""
        r = self.r
        numbers = [n for n in names if n[0] in "vi"]
        if depth <= 0 or r.random() < 0.2:
            return r.choice(numbers) if numbers and r.random() < 0.75 else self.number()
        sub = lambda: self.value(names, depth - 1)
        k = r.randrange(17)
        if k < 5:
            return "(%s %s %s)" % (r.choice(["+", "-", "*"]), sub(), sub())
        if k == 5:
            return "(%s (trim %s) %s)" % (r.choice(["quotient", "remainder", "modulo"]), sub(), r.choice(["1", "2", "3", "7", "64", "-3", "1000003"]))
        if k == 6:
            return "(/ %s %s)" % (sub(), r.choice(["2", "4.", "3", "0.1"]))
        if k in (7, 8):
            return "(if %s %s %s)" % (self.test(names, depth - 1), sub(), sub())
        if k == 9:
            n = "v%d" % r.randrange(1000, 9999)
            return "(let ((%s %s)) %s)" % (n, sub(), self.value(names + [n], depth - 1))
        if k == 10 and any(n[0] == "l" for n in names):
            return "(first-of %s)" % r.choice([n for n in names if n[0] == "l"])
        if k == 11 and any(n[0] == "w" for n in names):
            return "(vector-ref %s (modulo (trim %s) 5))" % (r.choice([n for n in names if n[0] == "w"]), sub())
        if k == 12 and self.functions:
            f = r.choice(self.functions)
            return "(%s %s)" % (f[0], " ".join(self.value(names, depth - 2) for _ in range(f[1])))
        if k == 13 and any(n[0] == "f" for n in names):
            return "(%s %s)" % (r.choice([n for n in names if n[0] == "f"]), sub())
        if k == 14:
            return "((lambda (v1) (+ v1 %s)) %s)" % (self.value(names + ["v1"], depth - 2), sub())
        if k == 15:
            return "(guard (e (#t %s)) (+ 1 (if %s (raise 'out) %s)))" % (self.number(), self.test(names, depth - 1), sub())
        return "(length (list %s %s))" % (sub(), sub())

    def test(self, names, depth):
        r = self.r
        if r.random() < 0.15:
            return "(and %s %s)" % (self.test(names, depth - 1), self.test(names, depth - 1)) if depth > 0 else "#t"
        if r.random() < 0.15:
            return "(not %s)" % (self.test(names, depth - 1) if depth > 0 else "#f")
        return "(%s %s %s)" % (r.choice(["<", ">", "<=", ">=", "="]), self.value(names, depth - 1), self.value(names, depth - 1))

    def loop(self, names, depth):
        r = self.r
        loop, i = "loop%d" % r.randrange(10000), "i%d" % r.randrange(10, 99)
        kinds = [r.choice("vvvlw") for _ in range(r.randrange(1, 4))]
        state = ["%s%d" % (k, 100 + n) for n, k in enumerate(kinds)]
        start = {"v": lambda: self.number(), "l": lambda: "(list %s)" % self.number(), "w": lambda: "(make-vector 5 %s)" % self.number()}
        inner = names + [i] + state
        def next_of(n):
            if n[0] == "v":
                return "(tame %s)" % self.value(inner, 3)
            if n[0] == "l":
                return r.choice(["(if (> (length %s) 6) '() (cons %s %s))" % (n, self.value(inner, 2), n), n, "(rest-of %s)" % n])
            return n
        effects = []
        for n in inner:
            if n[0] == "w" and r.random() < 0.7:
                effects.append("(vector-set! %s (modulo %s 5) %s)" % (n, i, self.value(inner, 2)))
            if n[0] == "v" and n in names and r.random() < 0.3:
                effects.append("(set! %s (tame %s))" % (n, self.value(inner, 2)))
        if r.random() < 0.3:
            f = "f%d" % r.randrange(100)
            effects.append("(let ((%s (lambda (v5) (+ v5 %s)))) (set! total (tame (+ total %s))))" % (f, i, self.value(inner + [f], 2)))
        if depth > 0 and r.random() < 0.5:
            effects.append("(set! total (tame (+ total %s)))" % self.loop(inner, depth - 1))
        body = "(begin %s (%s (+ %s 1) %s))" % (" ".join(effects), loop, i, " ".join(next_of(n) for n in state))
        if r.random() < 0.3:
            body = "(if %s %s (%s (+ %s 1) %s))" % (self.test(inner, 2), body, loop, i, " ".join(state))
        result = "(+ %s)" % " ".join(n if n[0] == "v" else "(first-of %s)" % n if n[0] == "l" else "(vector-ref %s 1)" % n for n in state)
        bindings = " ".join("(%s %s)" % (n, start[n[0]]()) for n in state)
        return "(let %s ((%s 0) %s) (if (< %s %d) %s %s))" % (loop, i, bindings, i, r.choice([3, 8, 20]) if depth < 1 else 25, body, result)

    def text(self):
        out = ["""(define total 0)
(define (first-of l) (if (pair? l) (car l) 0))
(define (rest-of l) (if (pair? l) (cdr l) l))
(define (trim x) (if (exact? x) x 17))
(define (tame x) (if (< -1e60 x 1e60) x 3))"""]
        for k in range(self.r.randrange(3)):
            n = self.r.randrange(1, 3)
            names = ["v%d" % i for i in range(n)]
            body = self.value(names, 4)
            if self.r.random() < 0.5:
                body = "(if (< 0 v0 50) (+ 1 (g%d (- v0 1) %s)) %s)" % (k, " ".join(names[1:]), body)
            out.append("(define (g%d %s) %s)" % (k, " ".join(names), body))
            self.functions.append(("g%d" % k, n))
        for k in range(self.r.randrange(1, 4)):
            out.append("(define (main%d v0 v7) %s)" % (k, self.loop(["v0", "v7"], 1)))
            out.append("(do ((k 0 (+ k 1))) ((= k 6)) (write (guard (e (#t (list 'error e))) (main%d k %s))) (newline))" % (k, self.number()))
        out.append("(write total) (newline)")
        return "\n".join(out)


def run(flags, path):
    try:
        p = subprocess.run([SCHEME] + flags + [path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=60)
    except subprocess.TimeoutExpired:
        return "no answer"
    # Which condition it was is not compared by its address.
    return "%d\n%s" % (p.returncode, p.stdout.decode("utf-8", "replace"))


def main(seed, count):
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for k in range(int(seed), int(seed) + int(count)):
            path = os.path.join(folder, "program.scm")
            with open(path, "w") as f:
                f.write(Program(k).text())
            wanted = run(["--jit", "off"], path)
            bad = [m for m in MODES if run(m, path) != wanted]
            passed, failed = passed + (not bad), failed + bool(bad)
            for m in bad[:1]:
                print("FAIL seed %d %s" % (k, " ".join(m)), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
