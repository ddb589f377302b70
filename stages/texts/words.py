"""From raw text to words, so that all corpora speak one language.

A word is letters and digits of any script with the marks that belong to them, in Unicode's
composed form (NFC), so that it is one word however its letters were typed. Punctuation is
dropped, a hyphen separates, and a clitic (``'s``, ``'t``) is a word of its own. As in Unicode's
rules for the bounds of words (UAX 29), a Chinese character is a word, as is a hiragana, while
katakana hang together; a language that has no spaces needs ``subwords`` to find more. An emoji is a
word, with what modifies it.

HTML's entities are decoded, by name and by number, and what is markup is dropped. Of WikiText, and
of others that the Moses tokenizer split, ``role @-@ playing`` is ``role playing`` and ``1 @,@ 000``
is ``1,000``. What a single data set does to its text is undone where that is read
(``stages.download.quirks``), and touches no other text.
"""

import html
import re
import unicodedata
from html.entities import html5
from itertools import chain

import regex

from stages.vectors.tokens import UNKNOWN


def normal(text: str) -> str:
    """Return text with its letters composed (NFC), and without characters that nobody sees."""
    return unicodedata.normalize("NFC", text.translate(_UNSEEN))


# Soft hyphen, marks of direction, word joiner, byte order mark, choice of emoji or text.
_UNSEEN = dict.fromkeys([0xAD, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFE0E, 0xFE0F])
_JOINERS = re.compile(r" @([.,])@ ")
_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]*|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ELEMENTS = (
    "a|abbr|acronym|address|applet|area|article|aside|audio|b|base|basefont|bdi|bdo|big|blink"
    "|blockquote|body|br|button|canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del"
    "|details|dfn|dialog|dir|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|frame"
    "|frameset|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main"
    "|map|mark|marquee|menu|meta|meter|nav|nobr|noframes|noscript|object|ol|optgroup|option"
    "|output|p|param|picture|pre|progress|q|rp|rt|ruby|s|samp|script|section|select|small|source"
    "|span|strike|strong|style|sub|summary|sup|table|tbody|td|template|textarea|tfoot|th|thead"
    "|time|title|tr|track|tt|u|ul|var|video|wbr"
)
# "if a <b and c> d" has no tag: one is of a known element alone, or has an attribute with a
# value, or closes. Possessive, so that no text takes long.
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++)"""
MARKUP = re.compile(
    r"<!(?:doctype\b[^<>]*+|--[^<>]*+(?<=--))>"
    r"|</[a-z][\w:.-]*+\s*+>"
    rf"|<(?:{_ELEMENTS})\s*+/?>"
    rf"|<[a-z][\w:.-]*+(?:\s++[a-z@:][\w:.-]*+\s*+=\s*+{_VALUE})++(?:\s++[a-z][\w-]*+)*+\s*+/?>",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'"})  # noqa: RUF001 - that is the point
_JOINED = "\u200c\u200d"  # Persian and the scripts of India have these inside words
_MARK = r"\p{M}"
_IDEOGRAPH = r"[\p{Han}\p{Hiragana}]"
_KATAKANA = r"[\p{Katakana}\u30fc\uff70\uff9e\uff9f]"  # with their marks of length and sound
_ANY = rf"[\p{{L}}\p{{N}}]{_MARK}*+"
_SPACED = rf"(?!{_IDEOGRAPH}|{_KATAKANA}){_ANY}"


def _pattern(letter: str, *first: str) -> "regex.Pattern[str]":
    """Return the pattern of words of such letters, and of others that are looked for first."""
    return regex.compile(
        "|".join(
            [
                r"<unk>",
                rf"(?=\p{{Emoji_Presentation}}|\p{{Regional_Indicator}}|{_HEART})\X",
                *first,
                rf"(?:(?!\p{{N}}){letter}\.){{2,}}",  # u.s.
                rf"(?:{letter})++(?:[{_JOINED}]++(?:{letter})++)*+(?:[.,]\d+)*",  # word, 3.5, mp3
                rf"(?:(?<=[\p{{L}}\p{{N}}])|(?<={_MARK})|(?<=[\s.])|^)'(?:s|t|re|ve|ll|d|m)\b(?!{_MARK})",
            ]
        ),
        regex.IGNORECASE,
    )


_HEART = "\u2764"  # a dingbat by its kind, but an emoji in what people write
_WORD = _pattern(_SPACED, rf"{_IDEOGRAPH}{_MARK}*+", rf"(?:{_KATAKANA}{_MARK}*+)++")
_RUN = _pattern(_ANY)
_UNKNOWN_MARK = "\ue000"  # private use: survives the removal of markup
KNOWN_RUNS, LONGEST_KNOWN = 2**16, 40  # runs that are kept, and characters of each: 30 MB at most


def words(text: str, lowercase: bool = True) -> list[str]:
    r"""Split a raw row into words; ``<unk>`` stays what it is.

    >>> words("A role @-@ playing game 's 1 @,@ 000 <unk>")
    ['a', 'role', 'playing', 'game', "'s", '1,000', '<unk>']
    >>> words("It&#39;s &lt;b&gt;new&lt;/b&gt;, caf&eacute;: a <b and c> d")
    ['it', "'s", 'new', 'café', 'a', 'b', 'and', 'c', 'd']
    """
    return _of_known(_WORDS[lowercase], text)


def runs(text: str, lowercase: bool = True) -> list[str]:
    """Split a raw row likewise, but leave whole what is written without a space.

    >>> words("東京タワー"), runs("東京タワー")
    (['東', '京', 'タワー'], ['東京タワー'])
    """
    return _of_known(_RUNS[lowercase], text)


def _of_known(known: "_KnownRuns", text: str) -> list[str]:
    return list(chain.from_iterable(map(known.__getitem__, without_markup(text).split())))


def without_markup(text: str) -> str:
    """Return text after all that looks beyond white space: joiners, entities, markup."""
    text = _JOINERS.sub(r"\1", text).replace(UNKNOWN, _UNKNOWN_MARK)
    if "&" in text:
        # Twice, for entities that were escaped twice: "&amp;lt;".
        text = _ENTITY.sub(_character, _ENTITY.sub(_character, text))
    return MARKUP.sub(" ", text) if "<" in text else text


def of_run(text: str, lowercase: bool, pattern: "regex.Pattern[str] | None" = None) -> list[str]:
    """Return the words of what ``without_markup`` gave, or of a part of it between white space."""
    text = text.translate(_APOSTROPHES)
    text = normal(text.replace(_UNKNOWN_MARK, f" {UNKNOWN} "))
    if lowercase:
        text = normal(text.lower())  # of "İ" it makes two characters
    found: list[str] = (pattern or _WORD).findall(text)
    return found


class _KnownRuns(dict[str, list[str]]):
    """The words of runs that were met before: most of a text, and much faster than to split it."""

    def __init__(self, lowercase: bool, pattern: "regex.Pattern[str]") -> None:
        self._lowercase, self._pattern = lowercase, pattern

    def __missing__(self, run: str) -> list[str]:
        found = of_run(run, self._lowercase, self._pattern)
        if len(run) <= LONGEST_KNOWN:
            if len(self) >= KNOWN_RUNS:
                self.clear()  # the frequent ones are soon back
            self[run] = found
        return found


_WORDS = {lowercase: _KnownRuns(lowercase, _WORD) for lowercase in (False, True)}
_RUNS = {lowercase: _KnownRuns(lowercase, _RUN) for lowercase in (False, True)}


def _character(entity: re.Match[str]) -> str:
    """Return what an entity stands for; a name that HTML does not have stays as it is."""
    written = entity.group()
    known = written[1] == "#" or written[1:] in html5
    return html.unescape(written) if known else written
