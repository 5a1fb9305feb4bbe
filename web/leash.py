"""Leash: runs a command that ends when whoever started it ends, however that came about.

``python -m web.leash COMMAND ...`` is given a pipe as its standard input into which nobody ever writes. When the other
end of the pipe is closed, by hand or because the process that held it is gone, the command is ended, and all that it
started with it.
"""

import os
import signal
import subprocess
import sys
import threading

# What reads for a visitor goes first.
NICENESS = 5


def main() -> int:
    """Run the command of the arguments, as long as standard input is open; returns its exit status."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()
        os.nice(NICENESS)
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    threading.Thread(target=_end_with_input, args=(process,), daemon=True).start()
    return process.wait()


def _end_with_input(process: "subprocess.Popen[bytes]") -> None:
    """End everything when standard input ends."""
    os.read(sys.stdin.fileno(), 1)
    if hasattr(os, "killpg"):
        os.killpg(0, signal.SIGKILL)
    process.kill()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
