"""Stage ``sgns``: word vectors by skip-gram with negative sampling, for one (R, K).

Written for speed as matrix products over blocks of consecutive centres:

    n  blocks          each of b consecutive centres of the token stream
    b  block size      centres in a block
    w  window size     b + 2R: the positions that a block's centres can have as context
    g  groups          of consecutive blocks that share a pool of negatives
    p  pool size       negatives in a pool
    d  dimensions
    V  words           of the vocabulary, ``<unk>`` (id 0) among them
"""
