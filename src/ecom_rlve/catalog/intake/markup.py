"""Texts of foreign shops made plain: no HTML, no control characters, one space between words, a sensible length.

Knows no product.
"""

from __future__ import annotations

import html
import re
from typing import Final

from ecom_rlve.core.ids import IN_WORDS

TITLE_MOST: Final = 200
DESCRIPTION_MOST: Final = 700
"""Characters; what goes beyond would only fill an agent's context."""
BRAND_MOST: Final = 60
_UNSEEN: Final = re.compile(
    r"<(script|style|iframe|noscript)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.IGNORECASE | re.DOTALL
)
_BREAK: Final = re.compile(r"<\s*/?\s*(?:br|p|div|li|ul|ol|tr|td|h[1-6]|table)\b[^<>]*>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffd\ud800-\udfff]"
)
_MARKED: Final = re.compile(r"[<&]|  ")
_SPACE: Final = re.compile(r"\s+")
_GARBLED: Final = re.compile(r"[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€")
_SENTENCE: Final = re.compile(r"[.!?](?=\s)")


def plain(text: str) -> str:
    """Return a text without markup, on one line."""
    if text.isascii() and text.isprintable() and not _MARKED.search(text):
        return text.strip()  # Most texts are plain already.
    if "<" in text:
        text = _UNSEEN.sub(" ", text)
        text = _TAG.sub("", _BREAK.sub(" ", text))
    if "&" in text:
        # Twice: exports often hold "&amp;quot;".
        text = html.unescape(html.unescape(text))
        text = _TAG.sub(" ", text) if "<" in text else text
    text = ungarbled(text)
    return _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()


def ungarbled(text: str) -> str:
    """Return UTF-8 that was read as Windows-1252 ("â€™", "Ã©") as it was meant."""
    if not _GARBLED.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def shortened(text: str, most: int) -> str:
    """Return at most `most` characters, cut behind a sentence if that keeps half, else behind a word."""
    if len(text) <= most:
        return text
    head = text[:most]
    sentences = [match.end() for match in _SENTENCE.finditer(head)]
    if sentences and sentences[-1] > most // 2:
        return head[: sentences[-1]]
    words = head.rsplit(" ", 1)[0] if " " in head else head
    return words.rstrip(" ,;:-–—|/")


def without_ids(text: str) -> str:
    """Return a text in which nothing looks like an id of this shop: "P1AB2C3" becomes "P-1AB2C3".

    An agent that quotes a title must not be taken for one that invents an id.
    """
    return IN_WORDS.sub(lambda match: f"{match[0][0]}-{match[0][1:]}", text)
