"""Why a person overrides: a reason that somebody can read years later."""

from xinzhi.errors import ConfigError


def reason(override: str | None) -> str | None:
    """Checks that an override says why.

    Args:
        override: as it was given; None where nothing is overridden.

    Raises:
        ConfigError: there is no word in it.
    """
    if override is not None and not any(sign.isalnum() for sign in override):
        raise ConfigError(
            f"override= must say why in words, for the receipt, was {override!r}",
            mend="override='the old model is to be switched off today', or leave it out",
        )
    return override
