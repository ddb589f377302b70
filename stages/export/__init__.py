"""Stage ``export``: the main word vectors in the forms that other programs load.

In: ``models/sgns/main``, and what the report measured of it. Out: ``models/export``. Begin with
``stage.py``; ``tokenizer.py`` says in the words of ``tokenizers`` what ``stages.texts`` does.
"""
