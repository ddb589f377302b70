"""Stage ``classify``: what word vectors buy a classifier, at one label budget.

In: ``data/tokens/downstream`` and a folder of ``models/sgns``. Out: ``models/classify``. Begin with
``experiment.py``, where a run is put together; ``model.py`` is the model, ``kernels.py`` trains it.

B  examples in a batch          C  classes
T  tokens of the longest one    d  dimensions
rows  of the embedding table: ``<unk>`` (row 0) and every word that has one
"""
