"""Both corpora come out in one language, whatever their artefacts."""

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stages.download.quirks import mended
from stages.texts.words import of_run, without_markup, words

# Random text seldom has what the rules are about, so pieces of it are mixed in.
PIECES = st.sampled_from(
    [
        *(" @-@ ", " @,@ ", " @.@ ", "<unk>", "= ", "'s", " 't", "\u2019", "\\", "#39;", "quot;"),
        *("&lt;", "&gt;", "&amp;", "amp;", "&amp;lt;", "&nbsp;", "&#8217;", "#999999;", "<b>"),
        *("</a>", "<a href=x>", "u.s.", "a.b", "1", "000", "3.5", "x", "İ", "ΑΣ", "के"),
        *("\u017f", "\u0301", "\u0345", "\u200d", "&Eacute;", "\ue000"),
    ]
)
TEXT = st.text(max_size=40) | st.lists(PIECES | st.text(max_size=3)).map("".join)


WIKITEXT = [
    (" = A Title = ", "a title"),
    ("role @-@ playing", "role playing"),
    ("1 @,@ 000 @,@ 000", "1,000,000"),
    ("1 @,@ 234 @.@ 5", "1,234.5"),
    ("they did n't , they don 't", "they did n 't they don 't"),
    ("<unk> 's <unk>", "<unk> 's <unk>"),
    ("the U.S. 's army", "the u.s. 's army"),
    ('" quoted " ( aside ) ; \u2013 and \u2014 dashes', "quoted aside and dashes"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It#39;s new", "it 's new"),
        ("It\u2019s new", "it 's new"),
        ("don't they're I'll we've he'd I'm", "don 't they 're i 'll we 've he 'd i 'm"),
        ("the U.S.'s army", "the u.s. 's army"),
        ("said quot;noquot; twice", "said no twice"),
        ("&lt;b&gt;Bold&lt;/b&gt; news", "bold news"),
        ("one\\\\two", "one two"),
        ("AT&amp;T and R amp;D", "at t and r d"),
        ("costs #36;5.20 #151; or more", "costs 5.20 or more"),
        ("Dell &lt;DELL.O&gt; and &lt;A HREF=x&gt;HP&lt;/A&gt;", "dell dell o and hp"),
        ("a&nbsp;b nbsp;c", "a b c"),
        ("PLACE (Agency) - Fell 3.5 percent, to 1,000.", "place agency fell 3.5 percent to 1,000"),
        ("'quoted' words", "quoted words"),
        ("rock 'n' roll in the '90s", "rock n roll in the 90s"),
    ],
)
def test_ag_news(text: str, expected: str) -> None:
    assert words(mended("ag_news", text)) == expected.split()


MARKS = [
    ("हिन्दी में", "हिन्दी में"),  # Devanagari: vowel signs and virama are marks
    ("ที่นี่", "ที่นี่"),
    ("كِتَاب", "كِتَاب"),
    ("שָׁלוֹם 's", "שָׁלוֹם 's"),
    ("தமிழ்-মালা", "தமிழ் মালা"),
    ("cafe\u0301's", "café 's"),
    ("\u01c6 x\u0301.y\u0301. z", "\u01c6 x\u0301.ý. z"),
    ("می\u200cخواهم", "می\u200cخواهم"),
    ("co\u00adope\u00adrate", "cooperate"),
    ("\u0301 lone", "lone"),  # a mark without a letter is no word
]


@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("word", ["Café", "İstanbul", "Ångström", "Việt", "ΑΎΡΙΟ", "각"])
def test_one_word_however_its_letters_are_composed(word: str, lowercase: bool) -> None:
    forms = {tuple(words(unicodedata.normalize(form, word), lowercase)) for form in ("NFC", "NFD")}
    assert len(forms) == 1
    assert len(forms.pop()) == 1


MARKUP = [
    ("it&#x27;s caf&eacute; ticket #42; done", "it 's café ticket 42 done"),
    ("it&#X2019;s &#8220;here&#8221; &Eacute;lan &AMP; co", "it 's here élan co"),
    ("say quot; and amp; and lt; once", "say quot and amp and lt once"),
    ("fish &chips; AT&T &nosuchname; R&D", "fish chips at t nosuchname r d"),
    ("bad &#xd800; &#1114112; &#0; end", "bad end"),
    ("if a <b and c> d then stop", "if a b and c d then stop"),
    ("1 < 2 and 3 > 2, x <y> z", "1 2 and 3 2 x y z"),
    ("List<String> of <someone@host.example>", "list string of someone host example"),
    ("<p class='x'>one<br/>two</p><!-- no words --><!DOCTYPE html>end", "one two end"),
    ('<a href="http://x.example/?a=1>2" disabled>link</a>', "link"),
    ("the result; and the camp; and", "the result and the camp and"),  # the end of no entity
]


SCRIPTS = [
    ("Die Straße über Köln, l'été à Łódź", "die straße über köln l été à łódź"),
    ("Việt Nam, Đà Nẵng", "việt nam đà nẵng"),
    ("Мама мыла раму. Ёлка!", "мама мыла раму ёлка"),
    ("Ο ΟΔΥΣΣΕΑΣ γύρισε", "ο οδυσσεας γύρισε"),  # a sigma at the end has a form of its own
    ("나는 학교에 갑니다.", "나는 학교에 갑니다"),
    ("我爱北京天安门。", "我 爱 北 京 天 安 门"),
    ("東京タワーへ行く。", "東 京 タワー へ 行 く"),
    ("Tシャツを3枚", "t シャツ を 3 枚"),
    ("ｶﾞｷﾞ 戦場のヴァルキュリア3", "ｶﾞｷﾞ 戦 場 の ヴァルキュリア 3"),
    ("好👍🏽！ 🇩🇪🇫🇷 I ❤️ it 👨‍👩‍👧", "好 👍🏽 🇩🇪 🇫🇷 i ❤ it 👨‍👩‍👧"),
]


@pytest.mark.parametrize(("text", "expected"), [*WIKITEXT, *MARKS, *MARKUP, *SCRIPTS])
def test_words_of_a_text(text: str, expected: str) -> None:
    assert words(text) == expected.split()


@pytest.mark.parametrize("piece", ['<a b="', "<!--", "<a ", "&#", "a.", "<a b='c' d=", "a\u0301"])
def test_no_text_takes_long(piece: str) -> None:
    start = time.perf_counter()
    words(piece * 20_000)
    assert time.perf_counter() - start < 5  # linear: a tenth of that on a slow machine


def test_what_one_data_set_does_is_not_undone_in_another() -> None:
    text = "ticket #42; quot;a\\b"
    assert mended("my-labels", text) == text
    assert mended("ag_news", text) == "ticket &#42; &quot;a b"


def test_case_is_kept_when_asked() -> None:
    text = "The U.S. 'S <unk> iPod"
    assert words(text, lowercase=False) == text.split(" ")


@given(TEXT, st.booleans())
def test_words_of_any_text_are_composed_and_have_no_whitespace_and_no_marks(
    text: str, lowercase: bool
) -> None:
    for word in words(text, lowercase):
        assert word.split() == [word]
        assert unicodedata.is_normalized("NFC", word)
        assert word == word.lower() or not lowercase
        assert word == "<unk>" or not set(word) & set('<>&;#@\\"()')


@given(TEXT, st.booleans())
@example("a.b.c.'s", True)
@example("5'sa.b.3.5,1x", True)
def test_words_split_again_stay_the_same(text: str, lowercase: bool) -> None:
    once = words(text, lowercase)
    assert words(" ".join(once), lowercase) == once


SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\x1c", "\x85", "\u2001", "\u2028", "\u3000"])


@given(st.lists(PIECES | SPACES | st.text(max_size=3)).map("".join), st.booleans())
@example("\u0391\u03a3 \u0301\u03a3. 's", True)
def test_runs_between_white_space_have_nothing_to_do_with_each_other(
    text: str, lowercase: bool
) -> None:
    assert words(text, lowercase) == of_run(without_markup(text), lowercase)
