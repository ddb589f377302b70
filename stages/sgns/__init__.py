"""Stage ``sgns``: word vectors by skip-gram with negative sampling, for one (R, K).

In: a corpus of ``data/tokens``. Out: ``models/sgns``. Begin with ``trainer.py``; ``model.py`` and
``objective.py`` are what is learned, ``kernels.py`` does the same fast.

Shapes:

    V  words           of the vocabulary, ``<unk>`` (id 0) among them
    d  dimensions
    t  tokens          of a batch: each is a centre
    n  blocks          of a batch
    b  block size      centres in a block, which share a pool of negatives
    w  window size     b + 2R: the positions that a block's centres can have as context
    p  pool size       negatives of a block
"""
