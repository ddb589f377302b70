"""End-to-end tests: the real ``dvc`` runs the real stages on a small made-up corpus."""
