"""The pipeline: one package per DVC stage; ``python -m stages.<name>`` runs it."""
