"""What a training gave, for people and for programs."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """Where a run is and what it reached.

    Args:
        run_id: in the tracking store.
        run_name: as a person reads it.
        model_name: of the registered model, which is also the experiment.
        model_version: None where the run became no version.
        metrics: of the best weights, by name.
        baseline: of the task's fixed baseline on the same rows, where there is one.
        data_digest: of the snapshot.
        wall_s: seconds from start to end.
        fit_s: seconds of them spent in fitting.
        disk_mb: what the run keeps.
        report: the task's own table, where it makes one.
        program: as it was called, for the next commands.
    """

    run_id: str
    run_name: str
    model_name: str
    model_version: int | None
    metrics: dict[str, float]
    baseline: dict[str, float] = field(default_factory=dict)
    data_digest: str | None = None
    wall_s: float
    fit_s: float
    disk_mb: float
    report: str | None = None
    program: str = "xinzhi"

    def table(self) -> str:
        """Draws the closing table: test metrics beside the baseline's, and where to go on."""
        from xinzhi.training.closing import closing_table

        return closing_table(self)
