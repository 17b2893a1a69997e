# The second tasklet of `--switch-every` and `--pickle-every`: see Tasklets/Exercise.swift.


def exercise_point():
    # On top of whatever runs, between two of its instructions.
    exercise_go()


def exercise_body(task):
    subject = exercise_first()
    while True:
        if exercise_wanted():
            exercise_pickle(subject)
        subject = exercise_back(subject)


def exercise_pickle(subject):
    try:
        pickling_prepare()
        entries = exercise_take(subject)
        if entries is None:
            return
        if pickle_dispatch_table is None:
            pickle_setup()
        writer = pickle_writer_keeping()
        pickle_begin(writer, entries)
        entries = value = None
        while value is not writer:
            value = pickle_step(writer, value)
        data = pickle_finish(writer)
        writer = value = None
        reader = unpickle_new(data, False, True, None, False)
        unpickle_hooks(reader, None, exercise_kept(), None)
        copy = unpickle_go_on(reader)
        exercise_put(subject, copy, len(data))
    except BaseException as e:
        exercise_failed(class_of(e).__name__ + ": " + str(e))
