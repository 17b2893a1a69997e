# Writes the data of Sources/AppLevel/Python/text_unicode32.py: how Unicode 3.2.0 differs from today's tables.
import sys
import unicodedata as now

old = now.ucd_3_2_0
runs, changes = [], ([], [], [], [], [])
previous = False
for cp in range(0x110000):
    c = chr(cp)
    unassigned = old.category(c) == "Cn"
    if unassigned and not previous:
        runs.append([cp, cp])
    elif unassigned:
        runs[-1][1] = cp
    previous = unassigned
    if not unassigned:
        pairs = ((old.category(c), now.category(c)), (old.bidirectional(c), now.bidirectional(c)), (old.east_asian_width(c), now.east_asian_width(c)),
                 (old.mirrored(c), now.mirrored(c)), (old.decimal(c, None), now.decimal(c, None)))
        for k, (a, b) in enumerate(pairs):
            if a != b:
                changes[k].append("%x=%s" % (cp, "" if a is None else a))


def put(name, items):
    print(name + " = (")
    line = ""
    for item in items:
        if len(line) + len(item) > 125:
            print('    "' + line + '"')
            line = ""
        line += item + " "
    print('    "' + line.rstrip() + '")')


put("unicode32_unassigned", ["%x" % a if a == b else "%x-%x" % (a, b) for a, b in runs])
for name, items in zip(("categories", "bidirectional", "widths", "mirrored", "decimals"), changes):
    put("unicode32_" + name, items)
