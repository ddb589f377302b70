"""``python -m benchmarks.train ours --R 5 --K 1``: one timed training, on two cores.

Ours trains two models side by side, as the stage does; gensim one, with two workers. Prints
the words of all models per second as JSON. A word is a token of the training split that is in
the vocabulary, subsampled away or not, for both trainers alike. Timed is training alone:
reading, counting, compiling and building tables are not; our loss on held-out text is.
"""

import argparse
import json
import subprocess
import sys
import time

from gensim.models import Word2Vec

from benchmarks.corpus import FOLDER, new_trainer, sentences, training_rows, without_unknown
from stages.check.whole import load_params
from stages.sgns.params import SgnsParams
from stages.sgns.together import Job, train_together
from stages.sgns.trainer import Epoch
from stages.vectors.tokens import Texts, read_vocabulary

CORES = 2


def new_jobs(rows: Texts, params: SgnsParams, models: int = CORES) -> list[Job]:
    """Return our models before training, which save nothing."""
    trainers = [new_trainer(rows, params, model) for model in range(models)]
    return [Job(trainer, [], lambda _: None) for trainer in trainers]


def ours(rows: Texts, params: SgnsParams) -> float:
    """Return the seconds that our epochs take, a model."""
    jobs = new_jobs(rows, params)
    begun: list[float] = []

    def tell(model: int, epoch: Epoch) -> None:
        if epoch.epoch == 0:
            begun.append(time.perf_counter())

    train_together(jobs, CORES, tell)
    return (time.perf_counter() - min(begun)) / len(jobs)


def train_gensim(rows: Texts, params: SgnsParams) -> tuple[Word2Vec, float]:
    """Return a trained model of gensim with our settings, and the seconds of its epochs."""
    text = sentences(rows, read_vocabulary(FOLDER))
    model = Word2Vec(
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
    )
    model.build_vocab(text)
    start = time.perf_counter()
    model.train(text, total_examples=model.corpus_count, epochs=params.epochs)
    return model, time.perf_counter() - start


def words_per_second(trainer: str, radius: int, negatives: int, epochs: int = 1) -> float:
    """Return the speed of a training in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.train", trainer, f"--R={radius}"]
    command += [f"--K={negatives}", f"--epochs={epochs}"]
    done = subprocess.run(command, check=True, capture_output=True)
    return float(json.loads(done.stdout.splitlines()[-1])["words_per_s"])


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
    seconds = ours(rows, params) if options.trainer == "ours" else train_gensim(rows, params)[1]
    words = len(rows.tokens) * params.epochs
    print(json.dumps({"words": words, "seconds": seconds, "words_per_s": words / seconds}))


if __name__ == "__main__":
    main()
