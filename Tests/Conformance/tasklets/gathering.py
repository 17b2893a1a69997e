# Event loops in tasklets beside another loop, often enough to be compiled: what `gather` and `wait_for` give arrives.
import asyncio
import stackless


async def ticks(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0.0003)


async def program(name, n):
    seen = [i async for i in ticks(n)]
    got = await asyncio.gather(asyncio.sleep(0.0001, name), asyncio.wait_for(asyncio.sleep(0.0002, n), 5))
    return seen, got


log = []


def runs_loop(name, n):
    log.append(asyncio.run(program(name, n)))


async def beside():
    t = stackless.tasklet(runs_loop)("inner", 2)
    while t.alive:
        await asyncio.sleep(0.0001)


for k in range(12):
    asyncio.run(beside())
print(len(log), [x for x in log if x != ([0, 1], ["inner", 2])])
# expect: 12 []
