# Four loops, the same as programs.lua: PROGRAM [SECONDS] prints milliseconds of CPU for an iteration, the median of the later half.
import sys
import time


def int_loop():
    s, x, i = 0, 12345, 0
    while i < 500000:
        x = (x * 16807) % 2147483647
        if x % 2 == 1:
            s += i
        else:
            s -= x // 8
        i += 1
    return s


def float_loop():
    x, i = 0.0, 1
    while i < 500000:
        if i % 3 != 0:
            x += 1.0 / (i * i)
        else:
            x -= 0.5 / i
        i += 1
    return x


class Body:
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x, self.y, self.z, self.vx, self.vy, self.vz, self.mass = x, y, z, vx, vy, vz, mass


def make_bodies():
    out = []
    for k in range(5):
        out.append(Body(1.0 + 3.1 * k, 0.4 * k - 0.7, 0.3 - 0.11 * k, 0.9 - 0.17 * k, 0.31 * k - 0.2, 0.05 * k, 10.0 / (1 + 9 * k)))
    return out


def nbody():
    bodies = make_bodies()
    dt, n = 0.001, 5
    for step in range(2000):
        for i in range(n):
            a = bodies[i]
            for j in range(i + 1, n):
                b = bodies[j]
                dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
                d2 = dx * dx + dy * dy + dz * dz
                mag = dt / (d2 * d2 ** 0.5)
                am, bm = a.mass * mag, b.mass * mag
                a.vx -= dx * bm
                a.vy -= dy * bm
                a.vz -= dz * bm
                b.vx += dx * am
                b.vy += dy * am
                b.vz += dz * am
        for b in bodies:
            b.x += dt * b.vx
            b.y += dt * b.vy
            b.z += dt * b.vz
    return bodies[0].x


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(v, n, transposed):
    out = []
    for i in range(n):
        s = 0.0
        for j in range(n):
            s += (element(j, i) if transposed else element(i, j)) * v[j]
        out.append(s)
    return out


def spectral_norm():
    n = 100
    u = [1.0] * n
    for k in range(3):
        v = times(times(u, n, False), n, True)
        u = times(times(v, n, False), n, True)
    vbv = vv = 0.0
    for i in range(n):
        vbv += u[i] * v[i]
        vv += v[i] * v[i]
    return (vbv / vv) ** 0.5


def main(name, seconds):
    f = globals()[name]
    clock = time.process_time
    out, end = [], clock() + seconds
    while clock() < end:
        t = clock()
        result = f()
        out.append(clock() - t)
    half = sorted(out[len(out) // 2:])
    print("%s %.6f %r" % (name, half[len(half) // 2] * 1000, result))


main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 3.0)
