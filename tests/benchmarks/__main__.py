"""Everything that the sandbox promises of its speed, as ratios of one run.

`python -m tests.benchmarks` measures it all, in a few minutes; `--only` takes some of it, `--quick`
numbers too small to mean anything.
"""

import argparse
import sys

from tests.benchmarks import consoles, engine, http, keeping

PARTS = ("rates", "starts", "moves", "lists", "memory", "waiting", "fairness", "consoles")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of load, a round and server")
    parser.add_argument("--quick", action="store_true", help="does it run at all?")
    given = parser.parse_args()
    rounds, seconds = (1, 0.05) if given.quick else (given.rounds, given.seconds)
    if "rates" in given.only:
        http.rates(say, rounds, seconds)
    if "starts" in given.only:
        http.starts(say, rounds)
    if {"moves", "lists"} & {*given.only}:
        world = engine.World()
    if "moves" in given.only:
        sizes = (20, (30, 60)) if given.quick else (2000, (1000, 100_000))
        engine.moves(say, world, min(rounds, 3), *sizes)
    if "lists" in given.only:
        engine.lists(say, world, rounds, *((200, 400) if given.quick else (1000, 100_000)))
    if "memory" in given.only:
        keeping.memory(say, *((10, 2) if given.quick else (1000, 20)))
    if "waiting" in given.only:
        keeping.waiting(say, *((10, 2) if given.quick else (200, rounds)))
    if "fairness" in given.only:
        keeping.fairness(say, 3000 if given.quick else 100_000)
    if "consoles" in given.only:
        consoles.consoles(say, *((1, 0.1) if given.quick else (rounds, 5 * seconds)))


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
