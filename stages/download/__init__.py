"""Stage ``download``: the data sets as canonical tables in ``data/raw``.

Whatever the source (Hub, local folder, bundled corpus), the same rows give the same bytes.
"""
