r"""What single data sets did to their text, undone: so no other's text is touched by it.

AG News lost the ampersands of most of its entities, ``it#39;s`` and ``quot;``, and has a
backslash where a line was broken. In another's text, ``ticket #42; done`` is what it says.
"""

import re

# Some are short enough to end a word: "the result;" has no entity, "&amp;lt;" has its own.
_STRIPPED = re.compile(r"(?<!&)(?:(?<![\w;])(?:amp|lt|gt)|quot|apos|nbsp|#\d{1,6});")


def mended(name: str, text: str) -> str:
    r"""Return a row of the data set ``name`` as it was before that made it.

    >>> mended("ag_news", "It#39;s\\new, quot;R amp;Dquot;")
    'It&#39;s new, &quot;R &amp;D&quot;'
    """
    if name != "ag_news":
        return text
    return _STRIPPED.sub(r"&\g<0>", text.replace("\\", " "))
