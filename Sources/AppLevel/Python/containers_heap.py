# _heapq and _bisect where Python code tells the order.
# On demand:


def heapq_before(x, y, largest):
    return y < x if largest else x < y


def heapq_watch(heap, n):
    if len(heap) != n:
        raise RuntimeError("list changed size during iteration")


def heapq_rise(heap, start, at, largest):
    n = len(heap)
    x = heap[at]
    while at > start:
        up = (at - 1) >> 1
        parent = heap[up]
        smaller = heapq_before(x, parent, largest)
        heapq_watch(heap, n)
        if not smaller:
            break
        heap[at], heap[up] = heap[up], heap[at]
        at = up


def heapq_sink(heap, at, largest):
    n = len(heap)
    start = at
    child = 2 * at + 1
    while child < n:
        if child + 1 < n:
            smaller = heapq_before(heap[child], heap[child + 1], largest)
            heapq_watch(heap, n)
            if not smaller:
                child += 1
        heap[at], heap[child] = heap[child], heap[at]
        at = child
        child = 2 * at + 1
    heapq_rise(heap, start, at, largest)


def heapq_push(heap, item):
    list.append(heap, item)
    heapq_rise(heap, 0, len(heap) - 1, False)


def heapq_pop(heap, largest):
    last = list.pop(heap)
    if not heap:
        return last
    top = heap[0]
    heap[0] = last
    heapq_sink(heap, 0, largest)
    return top


def heapq_replace(heap, item, largest):
    top = heap[0]
    heap[0] = item
    heapq_sink(heap, 0, largest)
    return top


def heapq_pushpop(heap, item):
    smaller = heap[0] < item
    if not smaller:
        return item
    if not heap:
        raise IndexError("index out of range")
    return heapq_replace(heap, item, False)


def heapq_heapify(heap, largest, i):
    while i >= 0:
        heapq_sink(heap, i, largest)
        i -= 1


def bisect_slow(args):
    a, x, lo, hi, key, right, insert = args
    lo = textIndex(lo)
    if lo < 0:
        raise ValueError("lo must be non-negative")
    hi = len(a) if hi is None else textIndex(hi)
    if hi < 0:
        hi = len(a)
    wanted = x if key is None or not insert else key(x)
    while lo < hi:
        mid = (lo + hi) // 2
        item = a[mid] if key is None else key(a[mid])
        if right:
            if wanted < item:
                hi = mid
            else:
                lo = mid + 1
        elif item < wanted:
            lo = mid + 1
        else:
            hi = mid
    if not insert:
        return lo
    if class_of(a) is list:
        list.insert(a, lo, x)
    else:
        a.insert(lo, x)
