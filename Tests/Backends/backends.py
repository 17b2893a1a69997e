"""Compiles generated traces for every machine, runs them and compares with the interpreter of traces.

    backends.py [SEED [COUNT]]

x86-64 code runs here; arm64 code under qemu-aarch64 (Debian: qemu-user, gcc-aarch64-linux-gnu), its encodings are checked with
binutils' disassembler (binutils-aarch64-linux-gnu). What is not installed is skipped, with a line that says so. The last line is
"N passed, N failed, N skipped".
"""
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
counts = {"passed": 0, "failed": 0, "skipped": 0}


def note(outcome, text):
    counts[outcome] += 1
    print("%s: %s" % (outcome, text), flush=True)


def check_encodings(tool, folder):
    objdump = shutil.which("aarch64-linux-gnu-objdump")
    if not objdump:
        return note("skipped", "arm64 encodings: no aarch64-linux-gnu-objdump")
    subprocess.run([tool, "encodings", folder], check=True)
    wanted = [t.strip() for t in open(folder + "/encodings.txt")]
    found = disassemble(objdump, folder + "/encodings.bin")
    wrong = []
    for k, text in enumerate(wanted):
        m = re.search(r"([+-]\d+)$", text)
        if m and not text.startswith("ld"):
            text = text[:m.start()] + hex(4 * k + int(m.group(1)))
        if simple(text) != simple(found[k]):
            wrong.append("%s, but it says %s" % (text, found[k]))
    if len(found) != len(wanted):
        wrong.append("%d instructions, not %d" % (len(found), len(wanted)))
    for w in wrong[:20]:
        print("  " + w)
    note("failed" if wrong else "passed", "%d arm64 encodings as binutils reads them" % len(wanted))


def disassemble(objdump, path):
    text = subprocess.run([objdump, "-D", "-z", "-b", "binary", "-m", "aarch64", "-M", "no-aliases", path], stdout=subprocess.PIPE, check=True).stdout.decode()
    return [m.group(1) for m in re.finditer(r"^ *[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$", text, re.M)]


def simple(text):
    """One spelling: no comments, no leading zeros, one space."""
    text = re.sub(r"\s*//.*", "", text).replace("\t", " ")
    text = re.sub(r"\bb\.(cs|cc)\b", lambda m: {"cs": "b.hs", "cc": "b.lo"}[m.group(1)], text)
    return re.sub(r"\s+", " ", text).strip()


def run(machine, compiler, emulator, folder):
    name = "traces on " + machine
    for tool in [compiler] + emulator:
        if not shutil.which(tool):
            return note("skipped", "%s: no %s" % (name, tool))
    runner = "%s/runner-%s" % (folder, machine)
    subprocess.run([compiler, "-O1", "-static", "-o", runner, HERE + "/runner.c"], check=True)
    with open("%s/%s.results" % (folder, machine), "wb") as out:
        code = subprocess.run(emulator + [runner, "%s/%s.blob" % (folder, machine)], stdout=out, timeout=600).returncode
    if code != 0:
        note("failed", "%s: the runner ended with %d" % (name, code))
    return True


def main():
    seed, count = (sys.argv[1:] + ["1", "1500"][len(sys.argv) - 1:])[:2]
    if subprocess.run(["sh", "-c", 'here="$0"; . "$here/Tests/setup.sh"; swift_build "$1"', ROOT, "backend-check"], stdout=subprocess.DEVNULL).returncode != 0:
        note("failed", "backend-check does not build")
    else:
        tool = ROOT + "/.build/release/backend-check"
        with tempfile.TemporaryDirectory() as folder:
            check_encodings(tool, folder)
            subprocess.run([tool, "write", seed, count, folder], check=True)
            if platform.machine() == "x86_64":
                run("x86_64", "cc", [], folder)
            else:
                note("skipped", "traces on x86_64: this is another machine")
            run("arm64", "aarch64-linux-gnu-gcc", ["qemu-aarch64"], folder)
            p = subprocess.run([tool, "compare", seed, count, folder], stdout=subprocess.PIPE)
            print(p.stdout.decode(), end="")
            note("passed" if p.returncode == 0 else "failed", "%s generated programs of traces, seed %s" % (count, seed))
            subprocess.run([tool, "time", seed, count])
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
