"""Prints "bad 0" under CPython-like results (--jit off); with the compiler on, gather gives None. See Docs/status.md, Missing, 0."""
import asyncio, stackless
async def ticks(name, n):
    for i in range(n):
        yield i
        await asyncio.sleep(0.0003)
log=[]
async def program(name, n):
    seen = [i async for i in ticks(name, n)]
    got = await asyncio.gather(asyncio.sleep(0.0001, name), asyncio.wait_for(asyncio.sleep(0.0002, n), 5))
    return seen, got
def runs_loop(name, n):
    log.append((name, asyncio.run(program(name, n))))
async def inside():
    t = stackless.tasklet(runs_loop)("d", 2)
    while t.alive:
        await asyncio.sleep(0.0001)
bad=0
for k in range(40):
    log.clear()
    asyncio.run(inside())
    if log[0][1] != ([0,1],["d",2]): bad+=1
print("bad",bad)
