"""Who holds a job: one text per process, by which others can tell whether it still lives."""

from xinzhi.tracking import liveness


def holder() -> str:
    """Name of this process: `host:boot:pid:started`."""
    mine = liveness.identity()
    names = (liveness.HOST, liveness.BOOT, liveness.PID, liveness.STARTED)
    return ":".join(mine[name] for name in names)


def is_dead(holder: str) -> bool:
    """Tell whether that process is known to have ended.

    Only processes of this machine and this boot can be looked up. Of all others nothing is known
    and they count as alive: the lease of what they hold decides.

    Args:
        holder: as `holder()` named it there; any other text counts as alive.
    """
    host, _, rest = holder.partition(":")
    boot, *process = rest.rsplit(":", 2)  # a boot's name may have colons of its own
    if len(process) != 2 or not process[0].isdecimal():
        return False
    return liveness.is_dead(
        {
            liveness.HOST: host,
            liveness.BOOT: boot,
            liveness.PID: process[0],
            liveness.STARTED: process[1],
            liveness.HEARTBEAT: liveness.beat(),  # so that silence elsewhere is no sign of death
        }
    )
