"""``data/tokens`` and ``models/sgns``: texts as ids, and word vectors."""
