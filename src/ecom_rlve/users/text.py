"""From pieces to clean text: filled templates, values kept from harm, a or an, capitals, commas.

Knows no fact and no occasion.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

OPEN, CLOSE, ARTICLE = "\x02", "\x03", "\x04"
"""Marks around what must stand verbatim, and for an article that depends on the next word."""

_MARKED_ARTICLE = re.compile(rf"{ARTICLE}(\s*{OPEN}?)([^\s{CLOSE}]*)")
_SPACES = re.compile(r"[ \t\n]+")
_BEFORE_SIGN = re.compile(r" +([.,;:!?])")
_DOUBLE_SIGN = re.compile(rf"([.!?])({CLOSE}?)[.,;:]+")
_IDLE_COMMA = re.compile(r",(?=[ ,]*[,.;:!?])| (?=,)")
_SENTENCE = re.compile(rf"(^|[.!?]{CLOSE}? )({OPEN}?)([a-zà-ÿ])")
_HOLE = re.compile(r"\{[^}]*\}")
_SPELLED = frozenset("AEFHILMNORSX")
_SILENT_H = re.compile(r"(?:hour|honest|heir|honou?r)", re.IGNORECASE)
_Y_SOUND = re.compile(r"(?:u(?:s|ni(?!n)|ti|kule)|eu(?!x)|one\b|once\b|ewe)", re.IGNORECASE)
_AN_NUMBER = re.compile(r"(?:8|11(?!\d)|18(?!\d)|11\.|18\.)")


def kept(text: str) -> str:
    """Return `text` marked as verbatim: no typo and no change of letters."""
    return f"{OPEN}{text}{CLOSE}"


def fill(template: str, **words: str) -> str:
    """Return `template` with its holes filled; a name in capitals ("{Noun}") is the same word, made big at the end.

    A hole that has no word is a KeyError: no placeholder ever reaches the agent.
    """

    def word(match: re.Match[str]) -> str:
        return words[match.group()[1:-1].lower()]

    return _HOLE.sub(word, template)


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"; empty for none."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def article(word: str) -> str:
    """Return "a" or "an", whichever `word` takes by its sound."""
    if not word:
        return "a"
    if word[0].isdigit():
        return "an" if _AN_NUMBER.match(word) else "a"
    head = re.match(r"[A-Za-z]*", word)
    letters = head.group() if head else ""
    if (len(letters) >= 2 and letters.isupper()) or (len(letters) == 1 and letters.isupper()):
        return "an" if letters[0] in _SPELLED else "a"
    if _SILENT_H.match(word):
        return "an"
    return "an" if word[0].lower() in "aeiouéàâ" and not _Y_SOUND.match(word) else "a"


def finish(text: str) -> str:
    """Return `text` with articles chosen, spaces and signs tidied and sentences begun with a capital.

    What is marked as verbatim keeps its marks; `unmarked` takes them off.
    """
    text = _MARKED_ARTICLE.sub(lambda m: f"{article(m[2])}{m[1] or ' '}{m[2]}", text)
    text = _SPACES.sub(" ", text).strip()
    text = _BEFORE_SIGN.sub(r"\1", text)
    text = _IDLE_COMMA.sub("", text)
    text = _DOUBLE_SIGN.sub(r"\1\2", text)
    return _SENTENCE.sub(lambda m: f"{m[1]}{m[2]}{m[3].upper()}", text)


def unmarked(text: str) -> str:
    """Return `text` without marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")
