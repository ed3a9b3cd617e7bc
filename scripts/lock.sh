#!/bin/sh
# Resolves requirements.txt from pyproject.toml for every platform; CUDA packages come with torch.
set -eu
{
    echo "# Made by scripts/lock.sh from pyproject.toml. No hash on torch: a local CPU wheel of the"
    echo "# same version is taken; CUDA packages are left to the torch that is installed."
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
        --extra dev --extra postgresql --extra mysql --extra spark --extra labels --extra fairness --extra slurm --extra ray \
        pyproject.toml |
        grep -Ev '^(nvidia-|cuda-|triton)'
} > requirements.tmp
mv requirements.tmp requirements.txt
