# input() and the interactive loop.


@builtin_function
def input(prompt="", /):
    sys_audit("builtins.input", prompt)
    streams = []
    for name in ("stderr", "stdin", "stdout"):
        stream = sys_dict.get(name)
        if stream is None:
            raise RuntimeError("input(): lost sys." + name)
        streams.append(stream)
    err, stdin, stdout = streams
    try:
        err.flush()
    except Exception:
        pass
    if "readline" in import_sys_modules() and command_on_terminal(stdin, 0) and command_on_terminal(stdout, 1):
        try:
            stdout.flush()
        except Exception:
            pass
        line = readline_edit(str(prompt))
        if line is None:
            raise EOFError
        sys_audit("builtins.input/result", line)
        return line
    if prompt != "":
        stdout.write(str(prompt))
    try:
        stdout.flush()
    except Exception:
        pass
    line = stdin.readline()
    if not isinstance(line, str):
        raise TypeError("object.readline() returned non-string")
    if not line:
        raise EOFError("EOF when reading a line")
    if line[-1] == "\n":
        line = line[:-1]
    sys_audit("builtins.input/result", line)
    return line


def command_on_terminal(stream, fd):
    try:
        return stream.fileno() == fd and import_native_once("posix").isatty(fd)
    except Exception:
        return False


def command_read_line(prompt):
    """The next line of the interactive loop with its newline; "" at the end of the input."""
    if "readline" in import_sys_modules() and command_on_terminal(sys_dict.get("stdin"), 0) and command_on_terminal(sys_dict.get("stdout"), 1):
        line = readline_edit(prompt)
        return "" if line is None else line + "\n"
    err = sys_dict.get("stderr")
    if err is not None:
        err.write(prompt)
        err.flush()
    try:
        return sys_dict["stdin"].readline()
    except (OSError, ValueError):
        # It has been closed: there will be no more.
        return ""


def command_prompt(name):
    try:
        return str(sys_dict.get(name, ""))
    except Exception:
        return ""


def command_interact(d):
    """Reads, runs and prints statements until the end of the input; gives the exit status."""
    if not sys_dict["flags"].isolated:
        try:
            import readline
        except ImportError:
            pass
    import codeop
    if "ps1" not in sys_dict:
        sys_dict["ps1"] = ">>> "
    if "ps2" not in sys_dict:
        sys_dict["ps2"] = "... "
    translate = codeop.CommandCompiler()
    while True:
        source = ""
        code = None
        try:
            while True:
                line = command_read_line(command_prompt("ps2" if source else "ps1"))
                if not line and not source:
                    err = sys_dict.get("stderr")
                    if err is not None:
                        err.write("\n")
                        err.flush()
                    return 0
                source += line
                if not line:
                    # The input ends within a statement: what is there has to do.
                    code = compile(source, "<stdin>", "single", translate.compiler.flags, True)
                    break
                code = translate(source[:-1] if source[-1] == "\n" else source, "<stdin>", "single")
                if code is not None:
                    break
        except KeyboardInterrupt:
            sys_dict["stderr"].write("\nKeyboardInterrupt\n")
            continue
        except BaseException as e:
            e.__traceback__ = None
            e.__context__ = None
            if isinstance(e, SystemExit):
                return sys_exit_status(e)
            sys_handle_exception(e)
            continue
        try:
            exec(code, d)
        except SystemExit as e:
            return sys_exit_status(e)
        except BaseException as e:
            sys_handle_exception(e)
        code = None
        out = sys_dict.get("stdout")
        if out is not None:
            system_flush(out)
