# What `del` and a loop that is left drop is finalised at once; weak references to one object are one.
import weakref


class Watched:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("end of", self.name)


def local():
    a = Watched("local")
    del a
    print("after local")
    b = Watched("attribute")
    holder = Watched("holder")
    holder.inside = b
    del b
    print("still held")
    del holder.inside
    print("after attribute")
    del holder
    print("after holder")


local()
g = Watched("global")
del g
print("after global")


def numbers():
    try:
        yield from range(5)
    finally:
        print("numbers end")


for i in numbers():
    if i == 2:
        break
print("after loop", i)
it = numbers()
print(next(it))
del it
print("after generator")


class Plain:
    pass


p = Plain()
r = weakref.ref(p)
print(weakref.ref(p) is r, weakref.getweakrefcount(p), weakref.proxy(p) is weakref.proxy(p))
with_callback = weakref.ref(p, lambda w: print("callback", w is with_callback))
print(with_callback is r)
del p
print(r())
