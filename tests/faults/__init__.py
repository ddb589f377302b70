"""Faults on purpose: kills, full disks, other surroundings, two at once (`make test-faults`)."""
