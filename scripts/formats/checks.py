"""What the checks of formats share. It is no part of the product."""

import os
import subprocess
import sys
import traceback
from pathlib import Path

ROOT = Path(sys.argv[1])
WORK = Path(sys.argv[2])
WORK.mkdir(parents=True, exist_ok=True)


def adzus(*args, cwd=WORK):
    """Runs the command line on the CPU; fails with what it said."""
    command = [os.environ["ADZUS_NODE"], os.environ["ADZUS_BIN"], *map(str, args), "--backend", "cpu"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"adzus {' '.join(map(str, args))}: {done.stderr.strip()}")
    return done.stdout


def check(name, act):
    """One line a check: `ok NAME: what it found`, or `FAILED NAME: why`."""
    try:
        print(f"ok {name}: {act()}")
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        print(f"FAILED {name}: {type(error).__name__} {str(error)[:500]!r} (line {place.lineno})")


def equal(what, found, expected):
    if found != expected:
        raise AssertionError(f"{what}: expected {expected}, got {found}")


def close(what, found, expected, tolerance):
    if abs(found - expected) > tolerance:
        raise AssertionError(f"{what}: expected {expected} within {tolerance}, got {found}")
