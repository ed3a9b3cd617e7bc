"""The log-partition of a linear-chain CRF and its gradient, beside one that autograd differentiates.

    python benchmarks/chain_speed.py

Times are processor seconds, the best of ten, so that other programs disturb less.
"""

import time

import torch

from xinzhi.nn.chains import log_partition


def chain(*, differentiated: bool, batch: int = 48, length: int = 90, tags: int = 7) -> float:
    """Gives the processor seconds of a log-partition and its gradient, the best of ten."""
    emissions = torch.randn(batch, length, tags, requires_grad=True)
    parts = [torch.randn(*shape, requires_grad=True) for shape in ((tags, tags), (tags,), (tags,))]
    lengths = torch.full((batch,), length)
    taken = []
    for _ in range(10):
        since = time.process_time()
        if differentiated:
            alpha = parts[1] + emissions[:, 0]
            for place in range(1, length):
                alpha = (alpha.unsqueeze(2) + parts[0]).logsumexp(1) + emissions[:, place]
            total = (alpha + parts[2]).logsumexp(1)
        else:
            total = log_partition(emissions, lengths, *parts)
        total.sum().backward()
        taken.append(time.process_time() - since)
    return min(taken)


def main() -> None:
    """Prints both times."""
    torch.set_num_threads(1)
    mine, theirs = chain(differentiated=False), chain(differentiated=True)
    print(
        f"log-partition and gradient {1000 * mine:.1f} ms, by autograd {1000 * theirs:.1f} ms, "
        f"{theirs / mine:.1f} times as long"
    )


if __name__ == "__main__":
    main()
