"""Strings of an Arrow array masked, hashed or cleared of patterns."""

import hashlib
import hmac
import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.data.patterns import Pattern, mask

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

_HEX = 16  # 64 bits: that two of a million values share a hash has a probability of 3 in 10**8
_EMAIL = r"^\s*([^\s@])[^\s@]*@[^\s@]*[.](\pL{2,24})\s*$"


def inside(column: "pa.Array", hide: "Callable[[pa.Array], pa.Array]") -> "pa.Array":
    """Hide strings wherever a column holds them: itself, in lists, structs, maps, dictionaries.

    Args:
        column: of any type; what is no string stays.
        hide: strings → strings, as many.
    """
    import pyarrow as pa
    import pyarrow.types as t

    kind = column.type
    if not _holds_strings(kind):
        return column
    if _is_text(kind):
        return hide(column.cast(pa.string()))
    if isinstance(kind, pa.BaseExtensionType) or t.is_dictionary(kind):
        # decoded, for a dictionary may hold values that no row has
        plain = column.dictionary_decode() if t.is_dictionary(kind) else column.storage
        return inside(plain, hide)
    if t.is_struct(kind):
        parts = [inside(part, hide) for part in column.flatten()]
        return pa.StructArray.from_arrays(parts, [f.name for f in kind], mask=column.is_null())
    if t.is_map(kind):
        lists = column.cast(
            pa.list_(pa.struct([("key", kind.key_type), ("value", kind.item_type)]))
        )
        return inside(lists, hide)
    return _in_lists(column, hide)


def _in_lists(column: "pa.Array", hide: "Callable[[pa.Array], pa.Array]") -> "pa.Array":
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    values = inside(column.flatten(), hide)  # without those of missing lists
    return pa.ListArray.from_arrays(offsets, values, mask=column.is_null())


def _is_text(kind: "pa.DataType") -> bool:
    import pyarrow.types as t

    return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind))


def _holds_strings(kind: "pa.DataType") -> bool:
    import pyarrow as pa
    import pyarrow.types as t

    if isinstance(kind, pa.BaseExtensionType):
        return _holds_strings(kind.storage_type)
    if t.is_dictionary(kind):
        return _holds_strings(kind.value_type)
    inner = [kind.field(at).type for at in range(kind.num_fields)]
    return _is_text(kind) or any(_holds_strings(each) for each in inner)


def masked(strings: "pa.Array") -> "pa.Array":
    """Put stars for letters, digits and symbols; of an e-mail address two signs of shape stay.

    Args:
        strings: any.
    """
    import pyarrow.compute as pc

    addresses = pc.replace_substring_regex(strings, _EMAIL, r"\1***@***.\2")
    return pc.if_else(pc.match_substring_regex(strings, _EMAIL), addresses, _stars(strings))


def _stars(strings: "pa.Array") -> "pa.Array":
    """All texts in one go, then cut apart again: no sign changes the length."""
    import pyarrow as pa

    texts = strings.to_pylist()
    stars = "".join(text for text in texts if text).translate(_Stars())
    ends = itertools.accumulate(len(text or "") for text in texts)
    cut = itertools.pairwise(itertools.chain([0], ends))
    parts = [
        text if text is None else stars[start:end]
        for text, (start, end) in zip(texts, cut, strict=True)
    ]
    return pa.array(parts, pa.string())


class _Stars(dict[int, int | str]):
    """Signs become stars, of any script; blanks and ASCII punctuation stay."""

    def __missing__(self, code: int) -> int | str:
        sign = chr(code)
        stays = sign.isspace() or (code < 0x80 and not sign.isalnum())
        self[code] = code if stays else "*"
        return self[code]


def hashed(strings: "pa.Array", key: bytes) -> "pa.Array":
    """Put the first 16 hexadecimal digits of HMAC-SHA256; blank strings stay, they tell nothing.

    Args:
        strings: any.
        key: another key gives other hashes.
    """
    import pyarrow as pa

    coded = strings.dictionary_encode()
    hashes = [
        hmac.digest(key, text.encode(), hashlib.sha256).hex()[:_HEX] if text.strip() else text
        for text in coded.dictionary.to_pylist()
    ]
    return pa.array(hashes, pa.string()).take(coded.indices)


def without(strings: "pa.Array", patterns: Sequence[Pattern]) -> "pa.Array":
    """Mask what patterns find; only texts that may hold something are looked at one by one.

    Args:
        strings: any.
        patterns: as parsed.
    """
    import pyarrow.compute as pc

    clear = strings
    for pattern in patterns:
        clear = _changed(clear, _candidates(clear, pattern), pattern.mask)
    if clear is strings:
        return strings
    # what one pattern has left another may find: once more, until nothing changes
    return _changed(clear, pc.not_equal(clear, strings), lambda text: mask(text, patterns))


def _candidates(strings: "pa.Array", pattern: Pattern) -> "pa.Array":
    import pyarrow.compute as pc

    if pattern.hint is None:
        return pc.is_valid(strings)
    return pc.match_substring_regex(strings, pattern.hint)


def _changed(strings: "pa.Array", where: "pa.Array", change: "Callable[[str], str]") -> "pa.Array":
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = strings.filter(where).to_pylist()
    if not texts:
        return strings
    changed = pa.array(map(change, texts), pa.string())
    return pc.replace_with_mask(strings, pc.fill_null(where, fill_value=False), changed)
