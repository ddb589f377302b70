"""What ``stages.texts`` does to a text, in the format of the library ``tokenizers``.

The same words, and so the same ids, but for HTML's entities: those that XML has are decoded, others
are a space, as if they stood for punctuation.
"""

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from stages.texts.subwords import BEGIN
from stages.texts.words import ENTITY, MARKUP, RUN_PATTERN, UNSEEN, WORD_PATTERN
from stages.vectors.tokens import UNKNOWN, Vocabulary

_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#39;": "'"}
_QUOTES = "&#(146|8217);|&rsquo;|[\u2018\u2019]"
_UNKNOWN_MARK = "\ue000"  # private use: survives the removal of markup


def tokenizer(vocabulary: Vocabulary, lowercase: bool) -> Tokenizer:
    """Return the tokenizer that gives a vocabulary's words.

    Of whole words, an id is the row of the vocabulary; of pieces, the library's own.
    """
    unseen = "".join(f"\\x{{{code:x}}}" for code in UNSEEN)
    replaced: list[tuple[str | Regex, str]] = [
        (" @.@ ", "."),
        (" @,@ ", ","),
        (UNKNOWN, _UNKNOWN_MARK),
        *_ENTITIES.items(),
        (Regex(_QUOTES), "'"),
        (Regex(ENTITY.pattern), " "),
        (Regex(f"(?i){MARKUP.pattern}"), " "),
        (_UNKNOWN_MARK, f" {UNKNOWN} "),
        (Regex(f"[{unseen}]"), ""),
    ]
    steps: list[normalizers.Normalizer] = [
        *(normalizers.Replace(old, new) for old, new in replaced),
        normalizers.NFC(),
    ]
    if lowercase:
        steps += [normalizers.Lowercase(), normalizers.NFC()]
    if vocabulary.subwords is None:
        made = Tokenizer(models.WordLevel(vocabulary.ids(), unk_token=UNKNOWN))
        made.pre_tokenizer = _only(WORD_PATTERN)
    else:
        made = Tokenizer.from_str(vocabulary.subwords)
        spaces = pre_tokenizers.Metaspace(BEGIN)
        made.pre_tokenizer = pre_tokenizers.Sequence([_only(RUN_PATTERN), spaces])
    made.normalizer = normalizers.Sequence(steps)
    return made


def _only(pattern: str) -> pre_tokenizers.PreTokenizer:
    """Return what keeps of a text what a pattern finds."""
    # Where Python's ^ is the beginning of the text, this library's is that of a line.
    here = pattern.replace("|^)", r"|\A)")
    return pre_tokenizers.Split(Regex(f"(?i){here}"), behavior="removed", invert=True)
