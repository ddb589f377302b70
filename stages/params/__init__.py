"""``params.yaml`` as typed, validated objects: a module a section, a frozen class each."""
