"""Why a job is to end before its time."""

from xinzhi.errors import CutShort


class Pruned(CutShort):
    """Others are so much better that this job is not worth its time."""

    code = 3
    for_good = True


class Stopped(CutShort):
    """The sweep was stopped, or another worker has the job by now."""

    code = 4
