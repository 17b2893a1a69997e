"""What do traces cost? Code, recorder, time to compile: for the 13 programs of Tests/Conformance/programs/small_programs.py.

    measure.py WEFT [SECONDS] [PROGRAM...]

Each program runs in a process of its own for so many seconds (1). A line each: traces there are, bytes of code, instructions of IR, bytes of
code and nanoseconds to compile for each of them, bytes kept beside code for each, milliseconds of recording and compiling, the share of the time.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = os.path.join(HERE, os.pardir, os.pardir, "Tests", "Conformance", "programs", "small_programs.py")


def child(name, seconds):
    import time
    import weft.jit
    with open(PROGRAMS) as f:
        source = f.read()
    names = {"__name__": "programs"}
    # Without the loop at its end that runs them all.
    exec(compile(source[:source.rindex("\nfor name, f in TESTS")], PROGRAMS, "exec"), names)
    if name is None:
        print(json.dumps(list(names["TESTS"])))
        return
    f = names["TESTS"][name]
    start = time.process_time()
    while time.process_time() - start < seconds:
        f()
    c = weft.jit.counters()
    c["time"] = time.process_time() - start
    print(json.dumps(c))


def main(weft, seconds, only):
    def run(*arguments):
        out = subprocess.run([weft, os.path.abspath(__file__), "--child"] + list(arguments), stdout=subprocess.PIPE, check=True, timeout=seconds * 20 + 120)
        return json.loads(out.stdout)
    print("%-13s %7s %8s %7s %9s %9s %10s %9s %9s %6s" % (
        "program", "traces", "code", "IR", "code/IR", "ns/IR", "kept/IR", "record", "compile", "share"))
    total = [0] * 6
    for name in run():
        if only and name not in only:
            continue
        c = run(name, str(seconds))
        n = max(1, c["ir_instructions"])
        row = [c["live"], c["code_bytes"], c["ir_instructions"], c["ir_bytes"], c["recording_ns"], c["compiling_ns"]]
        total = [a + b for a, b in zip(total, row)]
        print("%-13s %7d %8d %7d %9.1f %9.0f %10.0f %6.1f ms %6.1f ms %5.1f%%" % (
            name, row[0], row[1], row[2], c["code_bytes_compiled"] / n, row[5] / n, row[3] / n, row[4] / 1e6, row[5] / 1e6,
            100 * (row[4] + row[5]) / 1e9 / c["time"]), flush=True)
    n = max(1, total[2])
    print("%-13s %7d %8d %7d %9.1f %9.0f %10.0f %6.1f ms %6.1f ms" % (
        "together", total[0], total[1], total[2], total[1] / n, total[5] / n, total[3] / n, total[4] / 1e6, total[5] / 1e6))


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(sys.argv[2] if len(sys.argv) > 2 else None, float(sys.argv[3]) if len(sys.argv) > 3 else 0)
    else:
        numbers = [a for a in sys.argv[2:] if a.replace(".", "").isdigit()]
        main(sys.argv[1], float(numbers[0]) if numbers else 1.0, [a for a in sys.argv[2:] if a not in numbers])
