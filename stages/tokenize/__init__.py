"""Stage ``tokenize``: from ``data/raw`` to integer ids in ``data/tokens``."""
