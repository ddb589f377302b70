"""What training SGNS and looking at its vectors draw alike: token streams, windows, noise.

In: texts as ids, and a random stream. Out: centres with their windows, and negatives. Begin with
``stream.py``.
"""
