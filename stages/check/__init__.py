"""Stage ``check``: nothing is removed or run as long as a parameter is wrong."""
