"""From raw text to words, so that both corpora speak one language.

WikiText writes ``role @-@ playing``, ``1 @,@ 000``, ``game 's``, ``= Title =`` and ``<unk>``;
AG News writes ``it#39;s``, ``quot;``, ``&lt;b&gt;`` and a backslash where a line was broken.
Both come out as ``role playing``, ``1,000``, ``game 's``, ``title`` and so on: punctuation is
dropped, a hyphen separates, and a clitic (``'s``, ``'t``) is a word of its own.
"""

import re

from stages.files.tokens import UNKNOWN

_JOINERS = re.compile(r" @([.,])@ ")
# Without its ampersand, "lt;" is an entity only where no word ends in it: "the result;".
_ENTITY = re.compile(r"&?(?:((?<!\w)(?:amp|lt|gt)|quot|apos|nbsp)|#(\d{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "\\": " "})  # noqa: RUF001 - that is the point
_WORD = re.compile(
    r"<unk>"
    r"|(?:[^\W\d_]\.){2,}"  # u.s.
    r"|[^\W_]+(?:[.,]\d+)*"  # word, 3.5, 1,000, mp3
    r"|(?:(?<=[^\W_])|(?<=[\s.])|^)'(?:s|t|re|ve|ll|d|m)\b",
    re.IGNORECASE,
)
_UNKNOWN_MARK = "\ue000"  # private use: survives the removal of tags


def words(text: str, lowercase: bool = True) -> list[str]:
    r"""Split a raw row into words; ``<unk>`` stays what it is.

    >>> words("A role @-@ playing game 's 1 @,@ 000 <unk>")
    ['a', 'role', 'playing', 'game', "'s", '1,000', '<unk>']
    >>> words("It#39;s &lt;b&gt;new&lt;/b&gt;, quot;they#39;re\\told")
    ['it', "'s", 'new', 'they', "'re", 'told']
    """
    text = _JOINERS.sub(r"\1", text).replace(UNKNOWN, _UNKNOWN_MARK)
    # Twice, for entities that were escaped twice: "&amp;lt;".
    text = _ENTITY.sub(_character, _ENTITY.sub(_character, text))
    text = _TAG.sub(" ", text.translate(_APOSTROPHES)).replace(_UNKNOWN_MARK, f" {UNKNOWN} ")
    if lowercase:
        text = text.lower()
    return _WORD.findall(text)


def _character(entity: re.Match[str]) -> str:
    name, number = entity.groups()
    if name:
        return _NAMED[name]
    code = int(number)
    return chr(code) if code < 0xD800 else " "
