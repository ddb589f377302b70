"""Stage ``sgns``: word vectors by skip-gram with negative sampling, for one (R, K).

Written for speed as matrix products over blocks of consecutive centres. Shapes:

    V  words           of the vocabulary, ``<unk>`` (id 0) among them
    d  dimensions
    n  blocks          of a batch
    b  block size      centres in a block
    w  window size     b + 2R: the positions that a block's centres can have as context
    p  pool size       negatives that the centres of a block share
    m  uses            of a vector in a batch: n*b as a centre, n*(w + p) as a key
    u  rows            distinct vectors that a batch uses
"""
