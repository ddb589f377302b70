"""What reaches the user: one sentence."""


class JobsError(Exception):
    """Something the user can mend; its text says what is wrong and what to do."""
