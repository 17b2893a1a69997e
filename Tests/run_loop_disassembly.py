"""Disassembles the run loop of the release binary and looks at what it calls: nothing that counts references, allocates Swift objects,
enters an exclusive access, or reaches a global through its lazy accessor.

    run_loop_disassembly.py [WEFT]        the last line is "N passed, N failed", one a function

The functions are those that DirectEngine's loop consists of: `run` (the loop and nearly all handlers are inlined into it), the specialised
`executeWide`, and whatever else of the handlers the compiler left out of line.
"""
import os
import re
import subprocess
import sys

FORBIDDEN = re.compile(r"swift_(retain|release|bridgeObject|unknownObject|alloc|dealloc|slowAlloc|slowDealloc|once|beginAccess|endAccess|initStackObject|"
                       r"initStaticObject|isUniquely|getTypeByMangledName|getGenericMetadata|dynamicCast|projectBox)"
                       r"|__swift_instantiateConcreteType|Wz$|vau$|vgZ$")
# Functions of the handlers, by the names they have before mangling.
PARTS = re.compile(r"\$s11Interpreter(3runySo5ValueVSpySo6ThreadVGF$|(11executeWide|7forIter|7execute|6finish|12finishBranch|5pause|6change|4loop)y\S*RunsOnOG_Tg)")


def main():
    weft = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".build", "release", "weft")
    names = sorted({line.split()[-1] for line in subprocess.run(["nm", weft], capture_output=True, text=True).stdout.splitlines()
                    if len(line.split()) == 3 and line.split()[1] in "tT" and PARTS.match(line.split()[-1])})
    passed = failed = 0
    if not any(n.startswith("$s11Interpreter3run") for n in names):
        print("FAIL the run loop was not found")
        failed += 1
    for name in names:
        text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", "--disassemble=" + name, weft], capture_output=True, text=True).stdout
        instructions = [line for line in text.splitlines() if re.match(r"\s*[0-9a-f]+:\t", line)]
        called = re.findall(r"(?:call|jmp|bl|b)q?\s+\S+ <([^>+]+)(?:@plt)?>", text)
        bad = sorted({c for c in called if FORBIDDEN.search(c.replace("@plt", ""))})
        # A loop that small would be the wrong function.
        if name.startswith("$s11Interpreter3run") and len(instructions) < 2000:
            bad.append("only %d instructions" % len(instructions))
        if bad:
            failed += 1
            print("FAIL %s: %s" % (name, ", ".join(bad)))
        else:
            passed += 1
            print("%s: %d instructions, %d calls" % (name, len(instructions), len(called)))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


sys.exit(main())
