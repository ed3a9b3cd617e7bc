"""bf16 mixed precision that goes together with fused optimisers and gradient clipping."""

from lightning.pytorch.plugins import MixedPrecision, Precision
from lightning.pytorch.utilities import GradClipAlgorithmType
from torch.optim import Optimizer


class Bf16Mixed(MixedPrecision):
    """Lightning's bf16-mixed without its refusal to clip before a fused optimiser's step.

    Lightning refuses because fused optimisers unscale gradients themselves; bf16 scales none.

    Args:
        device: cpu, cuda or mps.
    """

    def __init__(self, device: str) -> None:
        super().__init__("bf16-mixed", device)

    def clip_gradients(
        self,
        optimizer: Optimizer,
        clip_val: float = 0.0,
        gradient_clip_algorithm: GradClipAlgorithmType = GradClipAlgorithmType.NORM,
    ) -> None:
        """Clips as without mixed precision."""
        Precision.clip_gradients(self, optimizer, clip_val, gradient_clip_algorithm)
