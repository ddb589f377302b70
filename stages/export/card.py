"""The model card: what the vectors are, how good, and what they are not for."""

from collections.abc import Mapping
from typing import Any

_CARD = """\
---
library_name: model2vec
license: other
tags: [word2vec, skip-gram, static-embeddings, sentence-transformers, model2vec]
---

# Word vectors of {text}

{words:,} words, {dim} dimensions, by skip-gram with negative sampling: R = {R}, K = {K}, objective
{objective}, {epochs} epochs. In this folder they are an encoder of sentences: the mean of the
vectors of the words that it knows, of length 1.

```
{loaded}```

## Data

Learned from {text} ({rows:,} rows{revision}). Its licence holds for what is made from it.

## Scores

Test accuracy of a class-attention classifier of {labelled} that starts from these vectors, and what
that gains over random ones:

| labels | accuracy, % | gain, points |
| ---: | ---: | ---: |
{scores}

Loss on held-out text: {loss:.3f} nats a positive pair.

## Limits

One vector a word, whatever its sense; a word that the text did not have often enough has none.
Order and negation are lost in a mean. What the text has of prejudice, the vectors have too.
"""


def card(
    about: Mapping[str, str],
    manifest: Mapping[str, Any],
    metrics: Mapping[str, Any],
    words: int,
    loaded: str,
) -> str:
    """Return the card, in Markdown with a header for the Hub.

    Args:
        about: what the vectors say of their making.
        manifest: of the data.
        metrics: of the report.
        words: how many the vocabulary has.
        loaded: how programs load the folder.
    """
    text = manifest["pretrain"]
    gains = metrics["gain_over_vanilla_points"]
    scores = [
        f"| {int(labels):,} | {100 * accuracy:.1f} | {gains[labels]:+.1f} |"
        for labels, accuracy in metrics["word2vec_test_accuracy"].items()
    ]
    return _CARD.format(
        text=text["name"] if about["corpus"] != "in-domain" else manifest["downstream"]["name"],
        words=words - 1,
        dim=about["dim"],
        R=about["R"],
        K=about["K"],
        objective=about["objective"],
        epochs=about["epochs"],
        loaded=loaded,
        rows=text["splits"]["train"]["rows"],
        revision=f", revision {text['revision']}" if text["revision"] else "",
        labelled=manifest["downstream"]["name"],
        scores="\n".join(scores),
        loss=metrics["sgns_validation_loss"],
    )
