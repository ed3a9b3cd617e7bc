"""pip's configuration is understood as pip understands it."""

import pytest

from xinzhi.data.pip_settings import (
    configuration,
    default_index,
    pip_configuration,
    read_settings,
)

LISTING = """\
:env:.timeout='7'
global.extra-index-url='https://a.example/simple\\nhttps://b.example/simple'
global.index-url='https://mirror.example/simple'
global.timeout='60'
install.trusted-host='mirror.example'
freeze.timeout='10'
"""


def test_a_listing_gives_each_setting_once_and_the_nearest():
    config = configuration(read_settings(LISTING))
    assert config.indexes == (
        "https://mirror.example/simple",
        "https://a.example/simple",
        "https://b.example/simple",
    )
    assert config.timeout_s == 7
    assert config.trusted_hosts == ("mirror.example",)


def test_without_settings_it_is_the_public_index():
    assert configuration({}).indexes == (default_index(),)
    assert default_index().startswith("https://")


@pytest.mark.parametrize("word", ["1", "true", "Yes"])
def test_no_index_means_links_only(word):
    config = configuration({"no-index": word, "find-links": "/srv/wheels", "index-url": "x"})
    assert config.indexes == ()
    assert config.links == ("/srv/wheels",)


def test_pip_itself_is_asked(monkeypatch, tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://mirror.example/simple\nproxy = http://p:8080\n")
    for name in ("PIP_INDEX_URL", "PIP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_RETRIES", "3")
    config = pip_configuration()
    assert config.indexes[0] == "https://mirror.example/simple"
    assert (config.proxy, config.retries) == ("http://p:8080", 3)
