"""A pipeline of generators: counts the words of a text, then shows the most frequent ones."""
TEXT = """the quick brown fox jumps over the lazy dog the fox barks and the dog runs
a stackless machine keeps every frame in the heap so the heap is the stack"""


def words(text):
    for line in text.splitlines():
        yield from line.split()


def longer_than(n, source):
    for word in source:
        if len(word) > n:
            yield word


def count(source):
    table = {}
    for word in source:
        table[word] = table.get(word, 0) + 1
    return table


table = count(longer_than(2, words(TEXT)))
for word, n in sorted(table.items(), key=lambda item: (-item[1], item[0]))[:5]:
    print("%-10s %s" % (word, "*" * n))
