"""The exported tokenizer gives the words that ``stages.texts`` gives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.export.tokenizer import tokenizer
from stages.texts import subwords
from stages.texts.words import words
from stages.vectors.tokens import UNKNOWN, Vocabulary

TEXTS = (
    "A role @-@ playing game 's 1 @,@ 000 <unk>, I don't; 'tis 3.5 mp3 of U.S. x.5",
    'It&#39;s &lt;b&gt;new&lt;/b&gt;, <a href="x">caf\u00e9</a>: a <b and c> d &amp;amp; e &#36;5',
    "it\u2019s \u2018quoted\u2019 's\n't a\u00adb c\ufeffd cafe\u0301",
    "東京タワー は ひらがな カタカナー",
    "हिन्दी में शब्द, சில தமிழ், می\u200cخواهم, مرحبا",
    "na\u00efve \u0130stanbul STRASSE \u00df Ελλάδα Россия",
    "\U0001f44d\U0001f3fd \u2764\ufe0f \U0001f1e9\U0001f1ea ok",
)


def vocabulary(found: set[str], pieces: str | None = None) -> Vocabulary:
    listed = (UNKNOWN, *sorted(found - {UNKNOWN}))
    return Vocabulary(listed, np.ones(len(listed), np.int64), pieces)


@given(
    st.text(st.sampled_from(" \n.,'-aB1é\u0301\u2019東ひカーहि\u200d\U0001f44d<>@"), max_size=30),
    st.booleans(),
)
def test_words_and_ids_are_those_of_the_stages(odd: str, lowercase: bool) -> None:
    for text in (*TEXTS, odd):
        ours = words(text, lowercase)
        known = vocabulary(set(ours[::2]))  # every other word is unknown, unless it comes again
        found = tokenizer(known, lowercase).encode(text, add_special_tokens=False).ids
        assert found == [known.ids().get(word, 0) for word in ours]


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_are_those_of_the_stages(text: str) -> None:
    learned = subwords.train(TEXTS * 3, lowercase=True, pieces=120)
    split = subwords.splitter(lowercase=True, subwords=learned)
    known = vocabulary(set(split(text)), learned)
    assert tokenizer(known, True).encode(text, add_special_tokens=False).tokens == split(text)
