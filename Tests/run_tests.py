"""Runs the test suites against the release binary; the last line is "N passed, N failed".

    run_tests.py                    the conformance scripts in every mode CI runs
    run_tests.py --stress           the same, in all modes
    run_tests.py --only PATTERN     scripts whose path contains PATTERN
    run_tests.py --modes A,B        these modes only
    run_tests.py --cpython [NAME..] CPython's own test modules (package libpython3.11-testsuite), all listed ones by default;
                                    --survey: all there are; -j N: N at a time; --verbose: the failing tests; see cpython_suite.py
    run_tests.py --robustness       the run loop's machine code, crashes, limits of memory, descriptors, output, Ctrl-C
    run_tests.py --fuzz SECONDS     programs made by a generator and damaged inputs, for so long, with a new seed; a 30 s slice is part of the whole

WEFT_BINARY names another binary than the one that was built here.
A conformance script prints; what it must print is what CPython 3.11 prints for it, and, where it has `# expect:` lines, those.
"""
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WEFT = os.environ.get("WEFT_BINARY") or os.path.join(ROOT, ".build", "release", "weft")
CPYTHON = "/usr/bin/python3.11"
# Name of a mode: flags of weft.
MODES = {
    "plain": [],
    "tiny-nursery": ["--nursery=65536"],
    "wide": ["--compile-wide"],
    "gc-stress": ["--gc-stress"],
    "verify-heap": ["--verify-heap", "--nursery=1m"],
    "replay-traces": ["--replay-traces"],
    "failing-guards": ["--replay-traces", "--jit-fail-guards=20"],
    "jit": ["--jit-threshold=2"],
    "jit-failing-guards": ["--jit-threshold=2", "--jit-fail-guards=20"],
    "switch-every": ["--switch-every=1"],
    "pickle-every": ["--pickle-every=10"],
    "switch-every-jit": ["--switch-every=1", "--jit-threshold=1"],
    "pickle-every-jit": ["--pickle-every=10", "--jit-threshold=1"],
}
# Where a program runs so much longer that a larger step has to do: mode and part of the path.
LARGER_STEPS = {(mode, part): ["--pickle-every=200"] + MODES[mode][1:] for mode in ("pickle-every", "pickle-every-jit") for part in ("programs/", "tasklets/gathering")}
# Scripts too slow for a collection at every safepoint; the smaller ones cover the same ground.
SLOW_UNDER_STRESS = ("programs/",)
# Modes that take a part of the scripts: every third.
SLICED = ("verify-heap", "switch-every-jit", "pickle-every", "pickle-every-jit")


def scripts(pattern):
    out = []
    for folder, _, names in sorted(os.walk(os.path.join(HERE, "Conformance"))):
        for n in sorted(names):
            path = os.path.join(folder, n)
            if n.endswith(".py") and pattern in path:
                out.append(path)
    return out


def flags_of(mode, path):
    return next((v for (m, part), v in LARGER_STEPS.items() if m == mode and part in path), MODES[mode])


def exercised(mode, path):
    """What a script printed in a mode that switches or pickles, and what is wrong with the counts in its report."""
    report = os.path.join(ROOT, ".build", "every-%s-%d" % (mode, hash(path) & 0xffffff))
    got = output([WEFT] + flags_of(mode, path), path, WEFT_EVERY_STATS=report)
    try:
        with open(report) as f:
            text = f.read()
        os.remove(report)
    except OSError:
        return got, "no report"
    # A child that the program forked may have reported before it.
    counts = re.findall(r"(\d+) safepoints, (\d+) switches, (\d+) of (\d+) picklings done", text)
    if not counts:
        return got, "no counts in the report"
    safepoints, switches, done, attempted = map(int, counts[-1])
    if mode.startswith("switch") and switches < safepoints * 0.9 - 100:
        return got, "%d switches at %d safepoints" % (switches, safepoints)
    if mode.startswith("pickle") and (not attempted or done < attempted * 0.9):
        return got, "%d of %d picklings done\n%s" % (done, attempted, text)
    return got, None


def output(command, path, timeout=600, **more):
    env = dict(os.environ, PYTHONHASHSEED="0", PYTHONDONTWRITEBYTECODE="1", PYTHONIOENCODING="utf-8", **more)
    try:
        p = subprocess.run(command + [path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                           timeout=timeout, env=env, cwd=os.path.dirname(path))
    except subprocess.TimeoutExpired:
        return "no answer in %d s" % timeout
    text = p.stdout.decode("utf-8", "replace")
    if p.returncode < 0:
        text += "\nkilled by signal %d" % -p.returncode
    return text


def expected(path):
    with open(path, encoding="utf-8") as f:
        lines = re.findall(r"# expect: ?(.*)", f.read())
    return "".join(line + "\n" for line in lines) if lines else output([CPYTHON], path)


def run_conformance(modes, pattern):
    passed = failed = 0
    paths = scripts(pattern)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wanted = dict(zip(paths, pool.map(expected, paths)))
        for mode in modes:
            todo = [p for p in paths if mode not in ("gc-stress", "verify-heap") or not any(s in p for s in SLOW_UNDER_STRESS)]
            if mode in SLICED and not pattern:
                todo = todo[::3]
            def one(p):
                return exercised(mode, p) if "-every" in mode else (output([WEFT] + MODES[mode], p), None)
            for path, (got, wrong) in zip(todo, pool.map(one, todo)):
                if wrong and got == wanted[path]:
                    got += wrong
                if got == wanted[path]:
                    passed += 1
                    continue
                failed += 1
                print("FAIL [%s] %s" % (mode, os.path.relpath(path, HERE)))
                for a, b in zip((wanted[path] + "\n<end>").split("\n"), (got + "\n<end>").split("\n")):
                    if a != b:
                        print("    expected %s\n    got      %s" % (a[:150], b[:150]))
                        break
            print("%s: %d scripts" % (mode, len(todo)), flush=True)
    return passed, failed


def run_examples():
    """Every program in Examples runs and leaves with status 0."""
    passed = failed = 0
    folder = os.path.join(ROOT, "Examples")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".py"):
            continue
        p = subprocess.run([WEFT, os.path.join(folder, name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=120)
        if p.returncode == 0 and p.stdout:
            passed += 1
        else:
            failed += 1
            print("FAIL example %s: status %d\n%s" % (name, p.returncode, p.stdout.decode("utf-8", "replace")[-500:]))
    return passed, failed


def run_embedding():
    """The library: a Swift program that tests it, and the example of one."""
    passed = failed = 0
    for name in ("embedding-test", "embedding-example"):
        p = subprocess.run([os.path.join(os.path.dirname(WEFT), name)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=300)
        text = p.stdout.decode("utf-8", "replace")
        m = re.search(r"(\d+) passed, (\d+) failed\s*$", text) if name == "embedding-test" else re.search(r'()()\{"total": 50\.0\}(?=[^#]*total = 50\.0)', text)
        if m is None or p.returncode or m.group(2).strip("0"):
            failed += 1
            print("FAIL %s: status %d\n%s" % (name, p.returncode, text[-1500:]))
        passed += int(m.group(1) or 1) if m else 0
    print("embedding: %d passed, %d failed" % (passed, failed), flush=True)
    return passed, failed


def outcome(command, timeout=1800):
    """Runs a program that ends with "N passed, N failed": its lines and the two numbers. One that does not end so, or whose status
    says otherwise, has failed."""
    p = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=timeout)
    lines = p.stdout.decode("utf-8", "replace").strip().split("\n")
    m = re.search(r"(\d+) passed, (\d+) failed(, \d+ skipped)?$", lines[-1])
    passed, failed = (int(m.group(1)), int(m.group(2))) if m else (0, 1)
    if m is None or p.returncode and not failed:
        failed = max(failed, 1)
        print("FAIL %s: status %d\n%s" % (" ".join(os.path.basename(a) for a in command[:2]), p.returncode, "\n".join(lines)[-1500:]))
    return lines, passed, failed


def script(name, *arguments):
    """The command that runs a script of this folder."""
    return [sys.executable, os.path.join(HERE, name)] + list(arguments)


def run_switch_points():
    """Every switch point parks, travels to another process as a pickle and goes on there; a case counts as one test."""
    passed = failed = 0
    for cases in ("switch_cases", "more_cases", "library_cases"):
        lines, p, f = outcome([WEFT, os.path.join(HERE, "SwitchPoints", "switch_points.py"), "--cases", cases])
        for line in lines:
            if line.startswith("FAIL"):
                print(line)
        print("switch points, %s: %s" % (cases, lines[-1]), flush=True)
        passed += p
        failed += f
    return passed, failed


def run_programs():
    """All interleavings of small programs, and a short stress run; each of their own tests counts as one."""
    passed = failed = 0
    for name, *arguments in (("explore_schedules.py", "--limit", "1500"), ("stress_tasklets.py", "--seconds", "2", "--seed", "1")):
        lines, p, f = outcome([WEFT, os.path.join(HERE, name)] + arguments, timeout=600)
        if f:
            print("FAIL %s\n%s" % (name, "\n".join(lines)[-1500:]))
        print("%s: %s" % (name, lines[-1]), flush=True)
        passed += p
        failed += f
    return passed, failed


def run_part(name, *arguments):
    """A script of this folder: what failed of it, with the lines that say how, and its numbers."""
    lines, passed, failed = outcome(script(name, *arguments))
    for i, line in enumerate(lines):
        if line.startswith("FAIL"):
            print("\n".join([line] + [l for l in lines[i + 1:i + 6] if l.startswith("    ")]))
    print("%s: %s" % (name, lines[-1]), flush=True)
    return passed, failed


def run_robustness():
    """The run loop's machine code; crashes of the machine, memory, descriptors, output, Ctrl-C."""
    passed = failed = 0
    # Limits of memory and Ctrl-C in long builtins take a quarter of an hour: `run_tests.py --robustness`.
    for name, *parts in (("run_loop_disassembly.py",), ("robustness.py",) + (() if "--robustness" in sys.argv else ("crash", "descriptors", "output"))):
        p, f = run_part(name, WEFT, *parts)
        passed += p
        failed += f
    return passed, failed


def run_sources():
    """The shapes of traces; and app-level sources, which share one namespace, define each plain function and each variable once."""
    lines, passed, failed = outcome(script("trace_shapes.py", WEFT))
    for line in lines[:-1]:
        print(line)
    print("trace shapes: %s" % lines[-1], flush=True)
    wrong = list(wrong_app_sources(os.path.join(ROOT, "Sources", "AppLevel", "Python")))
    for w in wrong:
        print("FAIL app-level " + w)
    return passed + (not wrong), failed + len(wrong)


def wrong_app_sources(folder):
    """What breaks the rules of app-level sources, of those on demand above all (Docs/architecture.md)."""
    import ast
    import builtins
    seen, names = {}, {}
    for file in sorted(f for f in os.listdir(folder) if f.endswith(".py")):
        with open(os.path.join(folder, file), encoding="utf-8") as f:
            text = f.read()
        demand = re.match(r"(?:#.*\n)*?# On demand:(.*)\n", text)
        body = ast.parse(text).body
        gone = {t.id for node in body if isinstance(node, ast.Delete) for t in node.targets}
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name not in gone:
                names.setdefault(node.name, []).append((file, demand is not None))
                if not node.decorator_list:
                    seen.setdefault(node.name, []).append(file)
            elif isinstance(node, ast.Assign):
                # A variable may be set again by its own source.
                for x in (x for target in node.targets for x in ast.walk(target)):
                    if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store) and file not in seen.get(x.id, ()):
                        seen.setdefault(x.id, []).append(file)
        if demand is None:
            continue
        adds = re.findall(r'^@?(?:app_module_attr|module_function|system_function|builtin_class|system_class)\("([^"]+)"', text, re.M)
        for module in sorted(set(adds) - set(demand[1].split()) - {"collections", "operator"}):
            yield "%s adds to module %s, which it does not run for" % (file, module)
        if re.search(r"^@?(?:builtin_function|raw_set_builtin)\b", text, re.M):
            yield "%s runs on demand and adds to the builtins" % file
    for name, files in sorted(seen.items()):
        if len(files) > 1:
            yield "%s is defined in %s" % (name, " and ".join(files))
    for name, files in sorted(names.items()):
        # A name that is found elsewhere does not make its source run.
        if any(demand for _, demand in files) and not name.startswith("__") and (len(files) > 1 or hasattr(builtins, name)):
            yield "%s of %s is also something else" % (name, files[-1][0])


def run_tools():
    """weft.jit, what perf reads, views of traces, the end of traces, the profiler."""
    return run_part("jit_tools.py", WEFT)


def run_scheme():
    """The second language on MetaTracing, interpreted and traced; see Scheme/run_scheme.py."""
    lines, passed, failed = outcome(script(os.path.join("Scheme", "run_scheme.py")), timeout=3600)
    print("\n".join(lines), flush=True)
    return passed, failed


def run_backends():
    """Generated traces on every machine there is, an emulated one too; see Backends/backends.py."""
    lines, passed, failed = outcome(script(os.path.join("Backends", "backends.py")), timeout=3600)
    print("\n".join(lines), flush=True)
    return passed, failed


def run_fuzz(seconds=30, seed=4, programs=30):
    """Programs made by a generator, as CPython runs them, loops with and without the compiler, and damaged inputs; see fuzz_*.py."""
    passed = failed = 0
    for name, share in (("fuzz_programs.py", 0.5), ("fuzz_loops.py", 0.3), ("fuzz_input.py", 0.2)):
        most = [] if name == "fuzz_input.py" or not programs else [str(programs if name == "fuzz_programs.py" else programs // 4)]
        lines, p, f = outcome(script(name, WEFT, str(seconds * share), str(seed), *most), timeout=seconds * 20 + 600)
        for line in lines[:-2]:
            print(line)
        print("%s: %s" % (name, lines[-2] if len(lines) > 1 else ""), flush=True)
        passed += p
        failed += f
    return passed, failed


def main(argv):
    pattern = argv[argv.index("--only") + 1] if "--only" in argv else ""
    if "--cpython" in argv:
        import cpython_suite
        passed, failed = cpython_suite.run([a for a in argv if a not in ("--cpython", "--only")])
    elif "--robustness" in argv:
        passed, failed = run_robustness()
    elif "--fuzz" in argv:
        passed, failed = run_fuzz(float(argv[argv.index("--fuzz") + 1]), int(time.time()), None)
    else:
        modes = argv[argv.index("--modes") + 1].split(",") if "--modes" in argv else list(MODES)
        passed, failed = run_conformance(modes, pattern)
        if not pattern and "--modes" not in argv:
            for part in (run_examples, run_embedding, run_switch_points, run_programs, run_sources, run_tools, run_robustness, run_backends, run_scheme, run_fuzz):
                p, f = part()
                passed += p
                failed += f
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
