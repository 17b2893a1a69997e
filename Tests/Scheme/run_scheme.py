"""Runs the Scheme programs of this folder interpreted and traced: equal output, and how much faster.

    run_scheme.py [NAME...]

basics.scm is run in more modes: traces of everything, guards that fail although they hold; what it prints is in basics.out. The
last line is "N passed, N failed".
"""
import os
import resource
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SCHEME = os.path.join(ROOT, ".build", "release", "scheme")
MODES = [["--jit", "off"], [], ["--jit-threshold=2"], ["--jit-threshold=2", "--jit-fail-guards=17"], ["--jit-threshold=5", "--jit-fail-guards=101"],
         ["--jit", "off", "--collect-every=5000"], ["--jit-threshold=2", "--collect-every=5000"]]
counts = {True: 0, False: 0}


def run(flags, name):
    """What it ends with and prints, and the processor's time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    p = subprocess.run([SCHEME] + flags + [os.path.join(HERE, name + ".scm")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return p.returncode, p.stdout.decode("utf-8", "replace"), after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def check(ok, text):
    counts[ok] += 1
    print(("" if ok else "FAIL ") + text, flush=True)


def main(names):
    if "--no-build" not in sys.argv and subprocess.run(["sh", "-c", 'here="$0"; . "$here/Tests/setup.sh"; swift_build "$1"', ROOT, "scheme"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        print("the product scheme does not build\n0 passed, 1 failed")
        return 1
    every = sorted(n[:-4] for n in os.listdir(HERE) if n.endswith(".scm"))
    for name in names or every:
        expected = os.path.join(HERE, name + ".out")
        if os.path.exists(expected):
            with open(expected, encoding="utf-8") as f:
                wanted = f.read()
            for m in MODES:
                code, text, _ = run(m, name)
                check(code == 0 and text == wanted, "%s %s" % (name, " ".join(m)))
            continue
        plain, traced = run(["--jit", "off"], name), run([], name)
        stressed = run(["--jit-threshold=3", "--jit-fail-guards=10007", "--collect-every=200000"], name)
        ok = plain[0] == 0 and plain[:2] == traced[:2] == stressed[:2]
        check(ok, "%-10s interpreted %6.3f s, traced %6.3f s: %.1f times as fast" % (name, plain[2], traced[2], plain[2] / traced[2]))
    if not names:
        import fuzz_scheme
        check(fuzz_scheme.main(1, 60) == 0, "60 generated programs")
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return 1 if counts[False] else 0


if __name__ == "__main__":
    sys.exit(main([a for a in sys.argv[1:] if a != "--no-build"]))
