"""Python programs as forks of one process that has their libraries: a start costs no import."""
