"""Masks: what looks like a secret is hidden before anything of a recording is shown, whatever its name is.

The names of members, fields and parameters are known to `exchange` and `schema.secrecy`. Here is what a text itself tells: tokens in their own
formats, signatures in URLs, and long strings of random characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from dynclient import lazy
from dynclient.problem import one_line
from dynclient.redaction import is_secret_name, redact_url

HIDDEN = "(hidden)"
#: From this length on, a secret is hidden inside longer words, too.
_LONG_SECRET = 8

#: The formats of tokens that show themselves, and a user with a password in a URL.
_TOKEN = lazy.pattern(
    r"""(?x)
    eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*                                                # a JSON Web Token
    | \b(?:gh[pousr]|github_pat|glpat|sk|pk|rk|xox[abprs]|shpat|npm|dop_v1|ya29)[_.-][\w.-]{10,}
    | \bA(?:KIA|SIA)[0-9A-Z]{12,} | \bAIza[\w-]{30,}
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*                                          # the rest of the line may be the key
    | (?i:\b(?:bearer|basic|digest|negotiate)[ ]+)[\w+/=.~:-]{6,}
    | (?<=://)[^/?\#@\s"]+[@…]                                                          # also one that is cut short
    """
)
#: A pair of a query or of a text: `sig=...`, `X-Amz-Signature=...`, `password: ...`.
_NAME = lazy.pattern(r"([A-Za-z][\w.-]{1,60})(?:=|%3[Dd]|\\?\"?:\s*\\?\"?)")
_TEXT = lazy.pattern(r"[^&\s\"',;\\]{3,}")
_SIGNATURES = frozenset({"sig", "signature", "x-amz-signature", "x-amz-credential", "x-amz-security-token", "x-goog-signature", "x-goog-credential"})  # fmt: skip
#: A long run of the characters of keys, with digits and letters in it: a secret, a path, or a path with secrets in it.
_LONG = lazy.pattern(r"(?<![\w/+-])(?=[\w/+-]*[0-9])(?=[\w/+-]*[A-Za-z])[\w/+-]{32,}={0,2}")
#: A UUID, a date, or a time; what is left of a segment beside them may be a secret.
_PLAIN = lazy.pattern(
    r"(?i)(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])"
    r"|(?<![0-9a-z])(?:19|20)\d\d-?[01]\d-?[0-3]\d(?:[t_-][0-2]\d-?[0-5]\d(?:-?[0-5]\d)?z?)?(?![0-9a-z])"
)
#: A word that a cut ended: it may be the beginning of a secret, which does not show itself any more.
_UNFINISHED = lazy.pattern(r"[\w/+.=~-]{4,}…|…[\w/+.=~-]{4,}")
#: From this length on, words are told from random characters.
_LONG_RUN = 32
_SEPARATORS = lazy.pattern(r"[/.=~…]")
#: How many characters of a run may be in segments that are not words, before those are hidden.
_ODD = 12


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a text in one line, with everything in it hidden that looks like a secret.

    Args:
        text: The text.
        secrets: More texts to hide.

    >>> masked("https://h/a?sig=abcdef and eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc")
    'https://h/a?sig=(hidden) and (hidden)'
    """
    for secret in sorted(secrets, key=len, reverse=True):
        text = _hiding(secret).sub(HIDDEN, text)
    text = _TOKEN.sub(HIDDEN, text)
    text = _without_pairs(text)
    text = _LONG.sub(_without_odd, text)
    return one_line(_UNFINISHED.sub(_without_unfinished, text) if "…" in text else text)


def _without_unfinished(found: re.Match[str]) -> str:
    """Return a word that a cut ended or began without the part that may belong to a secret."""
    is_plain = len(found[0]) > _LONG_RUN and all(map(_is_words, _SEPARATORS.split(found[0])))
    return found[0] if is_plain else "…"


def _without_odd(found: re.Match[str]) -> str:
    """Return a long run with the segments hidden that are not words: all of a key in base64, and the keys in a path.

    A slash is a character of base64, so that the pieces of a key are short. They are hidden by their length together.
    """
    segments = found[0].split("/")
    odd = [not _is_words(_PLAIN.sub("", segment)) for segment in segments]
    if sum(len(segment) for segment, is_odd in zip(segments, odd, strict=True) if is_odd) < _ODD:
        return found[0]
    if len(segments) == 1:
        return HIDDEN
    kept = [not is_odd and _is_certain(segment) for segment, is_odd in zip(segments, odd, strict=True)]
    return "/".join(segment if is_kept else HIDDEN for segment, is_kept in zip(segments, kept, strict=True))


@lru_cache(1024)
def _hiding(secret: str) -> re.Pattern[str]:
    """Return a pattern that finds a secret; one that may be an ordinary word is no part of a longer word."""
    found = re.escape(secret)
    return re.compile(found if len(secret) >= _LONG_SECRET or not secret.isalpha() else rf"(?<!\w){found}(?!\w)")


def masked_url(url: str) -> str:
    """Return a URL without credentials and without its query."""
    return masked(redact_url(url.partition("?")[0].partition("#")[0]))


def looks_random(text: str) -> bool:
    """Whether a text is a token rather than words: it would be hidden."""
    return masked(text) != one_line(text)


def _without_pairs(text: str) -> str:
    """Return a text with the values hidden that stand behind the name of a secret."""
    parts: list[str] = []
    done = 0
    for found in _NAME.finditer(text):
        value = _TEXT.match(text, found.end()) if found.end() > done and _tells(found[1]) else None
        if value is not None:
            parts += text[done : found.end()], HIDDEN
            done = value.end()
    return "".join(parts) + text[done:]


def _tells(name: str) -> bool:
    return name.lower() in _SIGNATURES or is_secret_name(name)


def _is_certain(segment: str) -> bool:
    """Whether a segment is words also beside others that are not: it may be a piece of the same key."""
    rest = _PLAIN.sub("", segment)
    return _NAMES.fullmatch(rest) is not None or not any(sign.isdigit() for sign in rest)


def _is_words(text: str) -> bool:
    """Whether a text is made of words and short numbers, as the names of files, operations and properties are."""
    if _NAMES.fullmatch(text):
        return True
    parts = [part for part in _SPLIT.split(text) if part]
    short = sum(len(part) < _SHORT_WORD for part in parts)
    numbered = sum(part[-1].isdigit() for part in parts)
    is_like_text = sum(map(len, parts)) >= _WORD_LENGTH * len(parts) and short * 4 <= len(parts)
    return is_like_text and numbered * 2 <= len(parts) + 1 and all(map(_WORD.fullmatch, parts))


#: Words in lower case and numbers, between hyphens and underscores: random text has capitals, or digits among its letters.
_NAMES = lazy.pattern(r"(?:(?:[a-z]{1,20}[0-9]{0,3}|[0-9]{1,6})(?:[_-]+|\Z))*")
_SPLIT = lazy.pattern(r"[_+-]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[0-9])(?=[A-Za-z])")
_WORD = lazy.pattern(r"(?:[A-Z]?[a-z]{1,20}|[A-Z]{2,20})[0-9]{0,3}|[0-9]{1,6}")
#: How long words are on average, at least, and how short only a quarter of them may be; the pieces of random text are shorter.
_WORD_LENGTH, _SHORT_WORD = 4, 3
