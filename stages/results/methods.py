"""The methods whose results are in ``models/classify``: what they are called, and what they do."""

from dataclasses import dataclass

VANILLA = "vanilla"  # random rows
VANILLA_DEFAULT = "vanilla-default"  # random rows as long as torch.nn.Embedding draws them
WORD2VEC = "word2vec"  # rows of SGNS's vectors
WORD2VEC_RAW = "word2vec-raw"  # the same, as long as SGNS leaves them
FROZEN = "frozen"  # word2vec's rows, never moved
SHUFFLED = "shuffled"  # word2vec's rows, each at another word: a control that must not help
TFIDF = "tfidf"  # logistic regression on TF-IDF
TFIDF_BIGRAMS = "tfidf-bigrams"  # the same, of pairs of neighbouring words too
PROBE = "probe"  # logistic regression on a text's mean vector
RANDOM_ARMS = (VANILLA, VANILLA_DEFAULT)
ARMS = (*RANDOM_ARMS, WORD2VEC, WORD2VEC_RAW, FROZEN, SHUFFLED)  # of the classifier

FAIR = "classify"  # a recipe is named after its section of params.yaml
USUAL = "usual"
VANILLA_USUAL = "vanilla-usual"
WORD2VEC_USUAL = "word2vec-usual"


@dataclass(frozen=True)
class Method:
    """What a name in the results stands for. arm: one of ARMS, or a regression."""

    arm: str
    recipe: str = FAIR


METHODS = {
    **{
        name: Method(name)
        for name in (VANILLA, TFIDF, TFIDF_BIGRAMS, WORD2VEC, FROZEN, SHUFFLED, PROBE)
    },
    VANILLA_DEFAULT: Method(VANILLA_DEFAULT, USUAL),
    VANILLA_USUAL: Method(VANILLA, USUAL),
    WORD2VEC_RAW: Method(WORD2VEC_RAW, USUAL),
    WORD2VEC_USUAL: Method(WORD2VEC, USUAL),
}
WITHOUT_VECTORS = tuple(
    name for name, method in METHODS.items() if method.arm in (*RANDOM_ARMS, TFIDF, TFIDF_BIGRAMS)
)
