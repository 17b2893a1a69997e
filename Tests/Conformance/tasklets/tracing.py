# Tracing is per tasklet: pdb inside one of them, the others go on unseen.
import io
import pdb
import stackless
import sys

seen = []


def tracer(frame, event, arg):
    seen.append((frame.f_code.co_name, event))
    return tracer


def traced():
    sys.settrace(tracer)
    inner("traced")
    stackless.schedule()
    inner("traced")
    sys.settrace(None)


def untraced():
    inner("untraced")
    stackless.schedule()
    inner("untraced")


def inner(who):
    names.append((who, sys.gettrace() is not None))


names = []
a, b = stackless.tasklet(traced)(), stackless.tasklet(untraced)()
a.run()
print(sys.gettrace(), a.trace_function is tracer, b.trace_function)
# expect: None True None
stackless.run()
print(names)
# expect: [('traced', True), ('untraced', False), ('traced', True), ('untraced', False)]
print([e for e in seen if e[0] == "inner"] == [("inner", "call"), ("inner", "line"), ("inner", "return")] * 2, {e[0] for e in seen if e[0] != "inner"} <= {"traced", "schedule"})
# expect: True True
seen.clear()
c = stackless.tasklet(untraced)()
c.trace_function = tracer
print(c.trace_function is tracer)
stackless.run()
print(("inner", "call") in seen, sys.gettrace())
# expect: True
# expect: True None
out = io.StringIO()
counted = []


def debugged():
    x = 1
    pdb.Pdb(stdin=io.StringIO("next\nnext\np 'x is', x\ncontinue\n"), stdout=out, nosigint=True, readrc=False).set_trace()
    x = 2
    x = 3
    stackless.schedule()
    counted.append(x)


def counts():
    for i in range(3):
        counted.append("other")
        stackless.schedule()


stackless.tasklet(debugged)()
stackless.tasklet(counts)()
stackless.run()
print("('x is', 2)" in out.getvalue() or "('x is', 3)" in out.getvalue(), counted)
# expect: True ['other', 3, 'other', 'other']
