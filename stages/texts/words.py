"""From raw text to words, so that all corpora speak one language.

A word is letters and digits of any script with the marks that belong to them, in Unicode's
composed form (NFC), so that it is one word however its letters were typed. Punctuation is
dropped, a hyphen separates, and a clitic (``'s``, ``'t``) is a word of its own. HTML's entities
are decoded, by name and by number, and what is markup is dropped. Of WikiText, and of others
that the Moses tokenizer split, ``role @-@ playing`` is ``role playing`` and ``1 @,@ 000`` is
``1,000``. What a single data set does to its text is undone where that is read
(``stages.download.quirks``), and touches no other text.
"""

import html
import re
import unicodedata
from html.entities import html5
from itertools import chain

from stages.vectors.tokens import UNKNOWN


def normal(text: str) -> str:
    """Return text with its letters composed (NFC), and without characters that nobody sees."""
    return unicodedata.normalize("NFC", text.translate(_UNSEEN))


def _marks() -> str:
    """Return Unicode's combining marks, M*, as ranges of a character class."""
    # `re` has no \p{M}. Above these planes there are only the variation selectors.
    numbers = [i for i in range(0x300, 0x20000) if unicodedata.category(chr(i))[0] == "M"]
    known = set(numbers)
    starts = [i for i in numbers if i - 1 not in known]
    ends = [i for i in numbers if i + 1 not in known]
    ranges = (f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True))
    return "".join(ranges) + "\U000e0100-\U000e01ef"


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
_MARKUP = re.compile(
    r"<!(?:doctype\b[^<>]*+|--[^<>]*+(?<=--))>"
    r"|</[a-z][\w:.-]*+\s*+>"
    rf"|<(?:{_ELEMENTS})\s*+/?>"
    rf"|<[a-z][\w:.-]*+(?:\s++[a-z@:][\w:.-]*+\s*+=\s*+{_VALUE})++(?:\s++[a-z][\w-]*+)*+\s*+/?>",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'"})  # noqa: RUF001 - that is the point
_JOINED = "\u200c\u200d"  # Persian and the scripts of India have these inside words
_MARK = f"[{_marks()}]"
_LETTER = rf"[^\W_]{_MARK}*+"
_WORD = re.compile(
    r"<unk>"
    rf"|(?:[^\W\d_]{_MARK}*+\.){{2,}}"  # u.s.
    rf"|(?:{_LETTER})++(?:[{_JOINED}]++(?:{_LETTER})++)*+(?:[.,]\d+)*"  # word, 3.5, 1,000, mp3
    rf"|(?:(?<=[^\W_])|(?<={_MARK})|(?<=[\s.])|^)'(?:s|t|re|ve|ll|d|m)\b(?!{_MARK})",
    re.IGNORECASE,
)
_UNKNOWN_MARK = "\ue000"  # private use: survives the removal of markup
KNOWN_RUNS, LONGEST_KNOWN = 2**16, 40  # runs that are kept, and characters of each: 30 MB at most


def words(text: str, lowercase: bool = True) -> list[str]:
    r"""Split a raw row into words; ``<unk>`` stays what it is.

    >>> words("A role @-@ playing game 's 1 @,@ 000 <unk>")
    ['a', 'role', 'playing', 'game', "'s", '1,000', '<unk>']
    >>> words("It&#39;s &lt;b&gt;new&lt;/b&gt;, caf&eacute;: a <b and c> d")
    ['it', "'s", 'new', 'café', 'a', 'b', 'and', 'c', 'd']
    """
    of_known = _KNOWN[lowercase].__getitem__
    return list(chain.from_iterable(map(of_known, without_markup(text).split())))


def without_markup(text: str) -> str:
    """Return text after all that looks beyond white space: joiners, entities, markup."""
    text = _JOINERS.sub(r"\1", text).replace(UNKNOWN, _UNKNOWN_MARK)
    if "&" in text:
        # Twice, for entities that were escaped twice: "&amp;lt;".
        text = _ENTITY.sub(_character, _ENTITY.sub(_character, text))
    return _MARKUP.sub(" ", text) if "<" in text else text


def of_run(text: str, lowercase: bool) -> list[str]:
    """Return the words of what ``without_markup`` gave, or of a part of it between white space."""
    text = text.translate(_APOSTROPHES)
    text = normal(text.replace(_UNKNOWN_MARK, f" {UNKNOWN} "))
    if lowercase:
        text = normal(text.lower())  # of "İ" it makes two characters
    return _WORD.findall(text)


class _KnownRuns(dict[str, list[str]]):
    """The words of runs that were met before: most of a text, and much faster than to split it."""

    def __init__(self, lowercase: bool) -> None:
        self._lowercase = lowercase

    def __missing__(self, run: str) -> list[str]:
        found = of_run(run, self._lowercase)
        if len(run) <= LONGEST_KNOWN:
            if len(self) >= KNOWN_RUNS:
                self.clear()  # the frequent ones are soon back
            self[run] = found
        return found


_KNOWN = {lowercase: _KnownRuns(lowercase) for lowercase in (False, True)}


def _character(entity: re.Match[str]) -> str:
    """Return what an entity stands for; a name that HTML does not have stays as it is."""
    written = entity.group()
    known = written[1] == "#" or written[1:] in html5
    return html.unescape(written) if known else written
