"""One training by several processes: W2V_TORCHRUN has the options of torchrun that start them.

A setting of the machine, which changes no byte of a result: so it is not in ``params.yaml``.
"""

import logging
import os
import shlex
import sys

from stages.core.console import StageError
from stages.sgns.exchange import Exchange, all_there

OPTIONS = "W2V_TORCHRUN"


def wanted() -> bool:
    """Return whether this command is to be run by processes that are yet to be started."""
    return bool(os.environ.get(OPTIONS, "").strip()) and not Exchange.started()


def launch() -> None:
    """Run this command by torchrun and wait for its end.

    Raises:
        StageError: a process was killed, or other machines do not answer.
        KeyboardInterrupt: a signal ended this one.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # else torchrun says that it does so
    logging.disable()  # it tells of each process that ends, in its own words
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.run import parse_args, run

    command = [*shlex.split(os.environ[OPTIONS]), "-m", "stages.sgns", *sys.argv[1:]]
    try:
        with all_there():
            run(parse_args(command))  # type: ignore[no-untyped-call]
    except SignalException:  # Ctrl-C, or SIGTERM: torchrun has ended the others
        raise KeyboardInterrupt from None
    except ChildFailedError as error:
        _, first = error.get_first_failure()
        if first.exitcode > 0:
            sys.exit(first.exitcode)  # it has said why
        raise StageError(
            f"process {first.local_rank} of this training was ended by {first.signal_name()}, and "
            "the others with it; run the stage again: it goes on from its last whole epoch."
        ) from None
