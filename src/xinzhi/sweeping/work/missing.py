"""Packages that workers of other machines need, and that nobody else does."""

from xinzhi.errors import ConfigError


class MissingError(ConfigError):
    """Workers of a kind whose package is not installed.

    Args:
        asked: what asks for them.
        extra: of xinzhi, which brings the package.
        package: its name.
    """

    def __init__(self, asked: str, extra: str, package: str) -> None:
        super().__init__(
            f"{asked} needs the package {package}, which is not installed",
            mend=f"pip install 'xinzhi[{extra}]'",
        )
