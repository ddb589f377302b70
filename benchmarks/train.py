"""``python -m benchmarks.train ours --R 5 --K 1``: one timed training, on two cores.

Ours trains two models side by side, as the stage does; gensim one, with two workers. Prints
the words of all models per second as JSON. A word is a token of the training split that is in
the vocabulary, subsampled away or not, for both trainers alike. Timed is training alone:
reading, counting, compiling and building tables are not; our loss on held-out text is.
"""

import argparse
import json
import time

from benchmarks.corpus import FOLDER, sentences, training_rows, without_unknown
from stages.check.whole import load_params
from stages.sgns.params import SgnsParams
from stages.vectors.tokens import TOKENS, Texts, Vocabulary, read_texts, read_vocabulary

CORES = 2


def ours(rows: Texts, vocabulary: Vocabulary, params: SgnsParams) -> float:
    """Return the seconds that our epochs take, a model."""
    from stages.sgns.together import Job, train_together
    from stages.sgns.trainer import Epoch, Trainer

    validation = read_texts(FOLDER, "validation")
    jobs = [
        Job(
            Trainer(rows, validation, vocabulary.counts, params, seed=0, model=model),
            history=[],
            save=lambda history: None,
        )
        for model in range(CORES)
    ]
    begun: list[float] = []

    def tell(model: int, epoch: Epoch) -> None:
        if epoch.epoch == 0:
            begun.append(time.perf_counter())

    train_together(jobs, CORES, tell)
    return (time.perf_counter() - min(begun)) / len(jobs)


def gensim(rows: Texts, vocabulary: Vocabulary, params: SgnsParams) -> float:
    """Return the seconds that gensim's epochs take, with the same settings."""
    from gensim.models import Word2Vec

    text = sentences(rows, vocabulary)
    model = new_gensim(params)
    model.build_vocab(text)
    start = time.perf_counter()
    model.train(
        text,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=params.epochs,
    )
    seconds = time.perf_counter() - start
    assert isinstance(model, Word2Vec)
    return seconds


def new_gensim(params: SgnsParams, seed: int = 1):  # type: ignore[no-untyped-def] # noqa: ANN201
    """Return an untrained gensim model with our settings."""
    from gensim.models import Word2Vec

    return Word2Vec(
        sg=1,
        vector_size=params.dim,
        window=params.R,
        negative=params.K,
        sample=params.subsample,
        ns_exponent=params.noise_power,
        shrink_windows=params.dynamic_radius,
        min_count=1,
        workers=CORES,
        epochs=params.epochs,
        seed=seed,
    )


def main() -> None:
    """Train once and print the speed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trainer", choices=["ours", "gensim"])
    parser.add_argument("--R", type=int, required=True)
    parser.add_argument("--K", type=int, required=True)
    parser.add_argument("--epochs", type=int, default=1)
    options = parser.parse_args()
    changes = {"R": options.R, "K": options.K, "epochs": options.epochs}
    params = load_params().sgns.model_copy(update=changes)
    rows = without_unknown(training_rows())
    vocabulary = read_vocabulary(TOKENS / "pretrain")
    seconds = {"ours": ours, "gensim": gensim}[options.trainer](rows, vocabulary, params)
    words = len(rows.tokens) * params.epochs
    print(json.dumps({"words": words, "seconds": seconds, "words_per_s": words / seconds}))


if __name__ == "__main__":
    main()
