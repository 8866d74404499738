"""The child process: runs the checks of one place and prints a line of JSON for each.

It ends with the process that started it, which holds the other end of its standard input: a
driver that hangs or a long timing must not go on where nobody waits for it.
"""

import argparse
import os
import stat
import threading

from viewer.doctor.checks import CHECKS, run_checks

parser = argparse.ArgumentParser(prog="python -m viewer.doctor")
parser.add_argument("place", choices=list(CHECKS))
parser.add_argument("--seconds", type=float, default=0.0, help="Of timing; 0 times nothing.")
arguments = parser.parse_args()


def _end_with_parent() -> None:
    # Not sys.stdin: its lock, held by a thread while the interpreter ends, is a fatal error.
    while os.read(0, 1024):
        pass
    os._exit(1)


# On Windows a thread that waits for standard input blocks the loading of libraries.
if os.name == "posix" and stat.S_ISFIFO(os.fstat(0).st_mode):
    threading.Thread(target=_end_with_parent, daemon=True).start()
run_checks(arguments.place, arguments.seconds)
