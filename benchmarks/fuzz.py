"""Fuzz the readers under the guidance of coverage (atheris, group `fuzz`) for a stated time.

Usage: fuzz.py [--seconds N] [--corpus FOLDER] [TARGET ...]. Prints a table: target, runs, edges covered, findings. What
is found is kept in the folder of the corpus, as crash-…, timeout-… or oom-…; the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent / "tests"

#: Longest input, longest time of one, and most memory.
LONGEST_BYTES, LONGEST_SECONDS, MOST_MIB = 20_000, 10, 2048


def fuzz(target: str, corpus: Path, seconds: int) -> None:
    """Fuzz one target in this process, which ends with it."""
    import atheris  # noqa: PLC0415 -- of a group of its own, and only in the processes that fuzz

    sys.path.insert(0, str(TESTS))
    with atheris.instrument_imports(include=["openwado"]):
        import fuzz_targets  # noqa: PLC0415 -- instrumented while it is imported
    for number, seed in enumerate(fuzz_targets.seeds(target)):
        (corpus / f"seed-{number:04}").write_bytes(seed[:LONGEST_BYTES])
    options = [f"-max_total_time={seconds}", f"-timeout={LONGEST_SECONDS}", f"-rss_limit_mb={MOST_MIB}"]
    options += [f"-max_len={LONGEST_BYTES}", f"-artifact_prefix={corpus}/", "-print_final_stats=1", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], fuzz_targets.TARGETS[target])
    atheris.Fuzz()


def main() -> int:
    """Fuzz each target in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--corpus", type=Path, default=None)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*")
    asked = parser.parse_args()
    if asked.one:
        fuzz(asked.targets[0], asked.corpus, asked.seconds)
    sys.path.insert(0, str(TESTS))
    from fuzz_targets import TARGETS  # noqa: PLC0415 -- needs the tests' folder

    found = 0
    folder = asked.corpus or Path(tempfile.mkdtemp(prefix="fuzz-"))
    print(f"| target | runs | edges | findings |\n|---|---|---|---|  ({asked.seconds} s each, {folder})", flush=True)
    for target in asked.targets or TARGETS:
        corpus = folder / target
        corpus.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, "--one", "--seconds", str(asked.seconds), "--corpus", str(corpus), target]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
        (corpus.parent / f"{target}.log").write_text(ran.stderr + ran.stdout, encoding="utf-8")
        findings = [path.name for kind in ("crash", "timeout", "oom") for path in corpus.glob(f"{kind}-*")]
        runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", ran.stderr)
        edges = re.findall(r"cov: (\d+)", ran.stderr)
        failed = len(findings) or ran.returncode != 0
        found += failed
        print(
            f"| {target} | {runs[1] if runs else '?'} | {edges[-1] if edges else '?'} | {findings or failed} |",
            flush=True,
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
