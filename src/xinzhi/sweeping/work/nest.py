"""Loaded first by the process that workers are born from, to load the rest fast and leave at once.

Passes of the garbage collector would find none among what is imported; a worker turns it on again.
The process ends with the one that started it, whatever it is at: it would else import to the end
for nobody, or free libraries for seconds while it holds the terminal's streams.
"""

import ctypes
import gc
import os
import signal
import sys

from xinzhi.sweeping.work.nursery import NEST_OF

_PR_SET_PDEATHSIG = 1  # of linux/prctl.h; it is not handed on to processes that are forked

gc.disable()
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.environ.get(NEST_OF) not in {None, str(os.getppid())}:  # it has ended already
        os._exit(0)
