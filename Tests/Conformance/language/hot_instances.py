# isinstance() in loops: of numbers, of classes that change, with metaclasses, tuples and objects that lie about their class.
import abc


class A:
    pass


class B(A):
    pass


class C:
    pass


class Liar:
    __class__ = A


class Later:
    pass


class Meta(type):
    def __instancecheck__(cls, x):
        return x == 3


class Odd(metaclass=Meta):
    pass


class Abstract(abc.ABC):
    pass


Abstract.register(C)


def count(values, cls, n):
    k = 0
    for i in range(n):
        if isinstance(values[i % len(values)], cls):
            k += 1
    return k


for values in ([1, 2], [1.5, 2], [True, None], ["a", b"a"], [A(), B(), C()], [Liar(), A()], [[], {}, ()]):
    print([count(values, cls, 120) for cls in (int, float, bool, str, object, A, B, C, type, (int, A), list, Odd, Abstract)])
# expect: [120, 0, 0, 0, 120, 0, 0, 0, 0, 120, 0, 0, 0]
# expect: [60, 60, 0, 0, 120, 0, 0, 0, 0, 60, 0, 0, 0]
# expect: [60, 0, 60, 0, 120, 0, 0, 0, 0, 60, 0, 0, 0]
# expect: [0, 0, 0, 60, 120, 0, 0, 0, 0, 0, 0, 0, 0]
# expect: [0, 0, 0, 0, 120, 80, 40, 40, 0, 80, 0, 0, 40]
# expect: [0, 0, 0, 0, 120, 120, 0, 0, 0, 120, 0, 0, 0]
# expect: [0, 0, 0, 0, 120, 0, 0, 0, 0, 0, 40, 0, 0]
print(count([1, 2, 3], Odd, 120))
# expect: 40


def changes(n):
    x, k = Later(), 0
    for i in range(n):
        if isinstance(x, A):
            k += 1
        if i == 400:
            Later.__bases__ = (A,)
        if i == 600:
            x.__class__ = C
        if i == 700:
            x = 5
        if i == 800:
            x = B()
    return k


class Base:
    pass


class Later(Base):
    pass


print(changes(1000))
# expect: 399


def errors(n):
    k = 0
    for i in range(n):
        try:
            isinstance(i, 5 if i == 700 else int)
        except TypeError as e:
            k = (i, str(e))
    return k


print(errors(1000))
# expect: (700, 'isinstance() arg 2 must be a type, a tuple of types, or a union')


def replaced(n):
    global isinstance
    k = 0
    for i in range(n):
        k += isinstance(i, int)
        if i == 500:
            isinstance = lambda x, c: 10
    del isinstance
    return k


print(replaced(600))
# expect: 1491
