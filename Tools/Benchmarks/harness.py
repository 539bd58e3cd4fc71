"""What the tables beside the peers have in common: rows, rounds in turns, medians, the written file."""
import os
import platform
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FINETUNE = os.environ.get("FINETUNE", os.path.join(ROOT, ".build", "release", "finetune"))
THREADS = 2
VERSIONS = {}


def finish(command, environment=None):
    """What a command prints; a RuntimeError if it fails."""
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, **(environment or {})}
    )
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()[-300:]}")
    return result.stdout


def spread(values, digits=1):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def in_turns(name, sides, rounds):
    """The figures of each side, a dictionary of lists; who fails in a round has none of it."""
    figures = {side: [] for side, _ in sides}
    for number in range(rounds):
        # Who comes first changes from round to round.
        for side, run in sides if number % 2 == 0 else reversed(sides):
            try:
                figures[side].append(run())
            except RuntimeError as error:
                print(f"  {name}, {side}: {error}", file=sys.stderr)
                figures[side].append(None)
    return figures


def ratio_cells(ratios, goal):
    """The last three cells of a row whose ratio should be at least `goal`."""
    ratio = statistics.median(ratios)
    verdict = "yes" if ratio >= goal else "**short**"
    return f"{ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f}) | ≥ {goal} | {verdict}"


def machine():
    model = platform.processor()
    flags = ""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
            if line.startswith("flags"):
                flags = line
    wanted = ["avx2", "avx512f", "avx512_bf16", "amx_bf16"]
    found = [w for w in wanted if f" {w} " in flags or flags.rstrip().endswith(f" {w}")]
    return f"{os.cpu_count()} cores of {model} ({', '.join(found)})"


def write(name, title, arguments, start, conditions, lines):
    """Writes `results-NAME.md`, with `notes-NAME.md` behind the table where there is one."""
    commit = finish(["git", "rev-parse", "--short", "HEAD"]).strip()
    suffix = f"-{name}" if name else ""
    notes = os.path.join(HERE, f"notes{suffix}.md")
    with open(os.path.join(HERE, f"results{suffix}.md"), "w", encoding="utf-8") as file:
        file.write(f"# {title}\n\n")
        file.write(
            f"Written by `Tools/Benchmarks/run.sh {arguments}` on {time.strftime('%Y-%m-%d')} at commit {commit}, in "
            f"{(time.time() - start) / 60:.0f} minutes.\n"
            f"Machine: {machine()}, shared with others; {platform.platform()}.\n"
            f"Versions: {', '.join(sorted(VERSIONS.values()))}; ours as `finetune benchmark` says.\n"
            f"{conditions}\n\n"
        )
        file.write("| Work | Ours | Peer | Ratio | Goal | Reached |\n| --- | --- | --- | --- | --- | --- |\n")
        file.write("\n".join(lines) + "\n")
        if os.path.exists(notes):
            with open(notes, encoding="utf-8") as text:
                file.write("\n" + text.read())
