# _queue: an unbounded queue whose put() never waits.
# On demand: _queue


class queue_Empty(Exception):
    "Exception raised by Queue.get(block=0)/get_nowait()."


queue_Empty.__name__ = queue_Empty.__qualname__ = "Empty"
queue_Empty.__module__ = "_queue"
app_module_attr("_queue", "Empty", queue_Empty)


@builtin_class("_queue", "SimpleQueue")
class queue_SimpleQueue:
    # `_lock` is held while somebody may wait for an item; who puts one gives it back.
    __slots__ = ("_items", "_lock", "_held", "__weakref__")

    def __new__(cls):
        self = _object.__new__(cls)
        self._items = []
        self._lock = import_native_once("_thread").allocate_lock()
        self._held = False
        return self

    def put(self, item, block=True, timeout=None):
        self._items.append(item)
        queue_wake(self)

    def put_nowait(self, item):
        self.put(item)

    def get(self, block=True, timeout=None):
        wait = -1
        if block and timeout is not None:
            wait = timeout if isinstance(timeout, (int, float)) else textIndex(timeout)
            if wait < 0:
                raise ValueError("'timeout' must be a non-negative number")
        end = None
        while True:
            if self._items:
                try:
                    item = self._items.pop(0)
                except IndexError:
                    # Somebody else was quicker.
                    continue
                queue_wake(self)
                return item
            if not self._lock.acquire(False):
                if not block:
                    raise queue_Empty
                if wait < 0:
                    self._lock.acquire()
                else:
                    now = import_native_once("time").monotonic()
                    if end is None:
                        end = now + wait
                    if end <= now or not self._lock.acquire(True, end - now):
                        raise queue_Empty
            self._held = True

    def get_nowait(self):
        return self.get(False)

    def empty(self):
        return not self._items

    def qsize(self):
        return len(self._items)

    @classmethod
    def __class_getitem__(cls, item, /):
        import types
        return types.GenericAlias(cls, item)


def queue_wake(queue):
    # Who waits looks again, and wakes the next one when there was something.
    if queue._held:
        queue._held = False
        try:
            queue._lock.release()
        except RuntimeError:
            pass
