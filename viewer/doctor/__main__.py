"""The child process: runs the checks of one place and prints a line of JSON for each."""

import argparse

from viewer.doctor.checks import CHECKS, run_checks

parser = argparse.ArgumentParser(prog="python -m viewer.doctor")
parser.add_argument("place", choices=list(CHECKS))
parser.add_argument("--seconds", type=float, default=0.0, help="Of timing; 0 times nothing.")
arguments = parser.parse_args()
run_checks(arguments.place, arguments.seconds)
