"""Reading vectors and the text that they were learned from, and writing what they look like."""

from pathlib import Path

from stages.core.atomic import output_folder
from stages.core.console import say
from stages.lens.look import Lens, write_diagnostics, write_neighbours, write_scores
from stages.lens.measures import stability
from stages.vectors.tokens import TOKENS, read_texts, read_vocabulary
from stages.vectors.vectors import (
    TRAIN_LOSS,
    last_loss,
    model_folders,
    read_vectors,
    require_words,
    sampling_of,
)


def look(folder: Path, out: Path, seed: int) -> None:
    """Look at all models in a folder of vectors, with positives drawn as their training did."""
    folders = model_folders(folder)
    models = [read_vectors(model) for model in folders]
    sampling = sampling_of(folder, models[0])
    tokens = TOKENS / sampling.corpus
    vocabulary = read_vocabulary(tokens)
    require_words(folder, models[0], vocabulary)
    train, validation = (read_texts(tokens, split) for split in ("train", "validation"))
    lens = Lens(train, validation, vocabulary.counts, sampling, seed=seed)
    seen = [
        lens.look_at(model.centre, model.context, last_loss(path, TRAIN_LOSS))
        for model, path in zip(models, folders, strict=True)
    ]
    with output_folder(out) as partial:
        write_diagnostics(partial, seen, stability([model.centre for model in models]))
        write_scores(partial, lens.some_scores(models[0].centre, models[0].context))
        write_neighbours(partial, vocabulary, models[0].centre)
    say(f"lens: {folder}: {len(models)} models, R={sampling.R} K={sampling.K} on {sampling.corpus}")
