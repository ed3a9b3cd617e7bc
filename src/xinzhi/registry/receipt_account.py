"""Who decides: the account that a process runs under, whatever its environment says."""

import os

from xinzhi.tracking.environment import user


def account() -> str:
    """The name of the account as the operating system has it.

    `USER` and `LOGNAME` are not asked: whoever types a command may write anything there.
    """
    try:
        import pwd
    except ImportError:  # not on Windows
        return user()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's account may have no name
        return str(os.getuid())
