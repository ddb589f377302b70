"""``python -m tools.cluster``: run the stages that are out of date on a Dask cluster."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

import cloudpickle
from distributed import Client, Future, LocalCluster, as_completed

from stages.core.console import StageError
from stages.core.workers import require_shared_memory
from tools.cluster import stage
from tools.cluster.project import ClusterError, cache, packed, shared_remote, stale_stages


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.cluster", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--jobs", help="so many stages at once on this machine, or auto")
    where.add_argument("--scheduler", help="the address of Dask's: tcp://HOST:8786")
    parser.add_argument("--leave", nargs="*", default=[], help="stages not to run")
    parser.add_argument("--link", nargs="*", default=[], help="folders that stages share")
    return parser.parse_args()


def run(client: Client, stages: dict[str, set[str]], around: stage.Surroundings) -> None:
    """Run stages, each after those that it needs; a failure stops only those that need it.

    Raises:
        ClusterError: a stage failed.
    """
    cloudpickle.register_pickle_by_value(stage)
    project = client.scatter(packed(Path.cwd()), broadcast=True)
    futures: dict[str, Future] = {}
    for name, needs in stages.items():
        needed = [futures[need] for need in needs & futures.keys()]
        futures[name] = client.submit(stage.run_stage, name, project, around, *needed, pure=False)
    names = {future: name for name, future in futures.items()}
    failures = set[str]()
    for count, future in enumerate(as_completed(names), 1):
        if future.status == "finished":
            say(f"{names[future]}: done in {future.result():.0f} s ({count} of {len(stages)})")
        elif not isinstance(error := future.exception(), stage.StageFailedError):
            raise ClusterError(f"Dask gives {names[future]} up: {error}")
        elif str(error) not in failures:  # a stage that needs one that failed has its error
            failures.add(str(error))
            say(str(error))
    if failures:
        raise ClusterError("a stage failed; what others made is kept. Mend it and run again.")


def number_of(jobs: str) -> int:
    """Return how many stages to run at once; ``auto`` is one for each core."""
    if jobs == "auto":
        return os.cpu_count() or 1
    if not jobs.isdecimal() or int(jobs) == 0:
        raise ClusterError(f"JOBS is a whole number of 1 or more, or auto, not {jobs!r}.")
    return int(jobs)


def say(text: str) -> None:
    """Print at once, as a log wants it."""
    print(text, flush=True)


def main() -> None:
    """Run it; what goes wrong is one sentence and exit status 1."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    options = arguments()
    links = tuple(options.link)
    try:
        stages = stale_stages(options.leave)
        if options.scheduler:
            with Client(options.scheduler, timeout=10) as client:
                run(client, stages, stage.Surroundings(links, shared_remote()))
            return
        root, jobs = Path.cwd(), number_of(options.jobs)
        around = stage.Surroundings(links, "", root, cache(root), jobs)
        require_shared_memory()
        with LocalCluster(
            n_workers=jobs,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,  # what matters of failures is said here
            local_directory=str(root / ".dvc/tmp"),  # Dask sweeps there what a killed run left
        ) as cluster:
            run(Client(cluster), stages, around)
    except (ClusterError, StageError, OSError) as error:
        sys.exit(f"cluster: {' '.join(str(error).split())}")
    except KeyboardInterrupt:
        print("cluster: interrupted; what was finished is kept. Run it again.", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)


if __name__ == "__main__":
    main()
