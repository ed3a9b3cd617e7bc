"""What a run's artifacts are called that other commands read."""

OUTCOMES = "outcomes"  # folder: what was answered to each example, one file per split
EVALUATION = "evaluation"  # folder: pages and JSON of `xinzhi evaluate`
DATA = "data.json"  # how the rows came to be, without their profile
