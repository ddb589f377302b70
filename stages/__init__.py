"""The pipeline: one package per DVC stage; ``python -m stages.<name>`` runs it.

download → tokenize → sgns → lens and classify → report. Stages share files only: what those hold
is in ``texts``, ``vectors`` and ``results``. ``core`` is what all stand on.
"""

from stages import core as core  # before all else: whose modules are found
