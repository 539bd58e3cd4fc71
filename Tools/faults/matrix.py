"""Every fault with every command: `Tools/fault-matrix.sh` starts this.

A cell runs one command in a folder of its own while `faults.so` lets calls to the system fail, and looks at what is left:
the exit code and the line that says why, the user's files, earlier results, drafts, and whether what the command does is
the same, or can be done again to the same end, once the fault is gone.
"""

import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import hub

FINETUNE, SHIM, REPOSITORY = (os.path.abspath(path) for path in sys.argv[1:4])
ONLY = sys.argv[4:]
WEIGHTS = os.path.join(REPOSITORY, "weights/mobilenet_0.25_128_procedural_no_top.h5")
PLAN = {"name": "two phases", "phases": [
    {"name": "head", "scope": "head", "method": "solve"},
    {"name": "last stage", "scope": "last 1", "method": "sgd", "epochs": 2, "batchSize": 4}]}
LONGEST = 240  # seconds that a command may take on a busy machine

# What the exit codes of the command line mean.
DONE, BAD, MISSING, UNAVAILABLE, SOFTWARE, NOT_CREATED, IO = 0, 65, 66, 69, 70, 73, 74


class Cell:
    """A command and a fault.

    kind, first, text: as `faults.c` has them.
    codes: the exit codes that are right.
    says: what the errors have to say, a pattern.
    equal: whether the result has to be that of an undisturbed command.
    again: whether the command is repeated without the fault, to the undisturbed result.
    limit: of addresses, in KiB. other: the file whose content another one gets.
    alone: whether it runs where there is no network, and may not ask for one.
    """

    def __init__(self, title, kind, first, text, codes, says=None, equal=False, again=True, limit=None, other=None,
                 alone=False):
        self.title, self.kind, self.first, self.text = title, kind, first, text
        self.codes, self.says, self.equal, self.again = codes, says, equal, again
        self.limit, self.other, self.alone = limit, other, alone

    def environment(self, folder):
        variables = {"LD_PRELOAD": SHIM, "FAULT": f"{self.kind}:{self.first}:{self.text}"}
        if self.kind.startswith("thread"):
            # Which starts its threads before the program begins.
            variables["OPENBLAS_NUM_THREADS"] = "1"
        if self.other:
            variables["FAULT_OTHER"] = os.path.join(folder, self.other)
        if self.alone:
            variables["FAULT_COUNTS"] = os.path.join(folder, "cache", "counts.json")
        return variables


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def files(folder):
    """Digests by path, without the cache, which may lose and find what it likes."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "cache"]
        for name in names:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = digest(path) if os.path.isfile(path) else "?"
    return found


def drafts(folder):
    """What an atomic write leaves if nobody cleans up; a download's beginning may stay, for it is continued."""
    return [path for path in files(folder) if re.search(r"(^|/)\.[^/]*\.tmp$", path)]


class Bench:
    """A folder with what commands read, copied for each cell."""

    def __init__(self, work):
        self.base = os.path.join(work, "base")
        self.work = work
        os.makedirs(self.base)
        self.call(self.base, ["sample", "--output", "photos", "--photos", "6", "--test", "3", "--seed", "1"], check=True)
        with open(os.path.join(self.base, "plan.json"), "w") as file:
            json.dump(PLAN, file)
        shutil.copy(WEIGHTS, os.path.join(self.base, "weights.h5"))
        photos = sorted(path for path in files(self.base) if path.startswith("photos/train"))
        self.photo, self.photo_count = photos[len(photos) // 2], len(photos)
        shutil.copy(os.path.join(self.base, photos[0]), os.path.join(self.base, "other.jpg"))
        self.expected = {}

    def call(self, folder, arguments, environment=None, limit=None, check=False, alone=False):
        variables = {
            "HOME": os.path.join(folder, "home"), "PATH": os.environ["PATH"], "FINETUNE_CACHE": os.path.join(folder, "cache"),
            "SWIFT_BACKTRACE": "enable=no", "FINETUNE_WEIGHTS_URL": "http://127.0.0.1:9/", **(environment or {})}
        command = [FINETUNE, *arguments]
        if limit:
            command = ["sh", "-c", f'ulimit -v {limit}; exec "$0" "$@"', *command]
        if alone:
            os.makedirs(os.path.join(folder, "cache"), exist_ok=True)
            command = ["unshare", "--user", "--map-root-user", "--net", *command]
        try:
            done = subprocess.run(
                command, cwd=folder, env=variables, capture_output=True, text=True, timeout=LONGEST, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return "timeout", "", "it did not end"
        if check and done.returncode:
            raise SystemExit(f"{' '.join(arguments)}: {done.returncode}: {done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def copy(self, name):
        folder = os.path.join(self.work, name)
        shutil.copytree(self.base, folder, symlinks=True)
        return folder


class Command:
    """What all commands have in common: run undisturbed once, then in each cell."""

    name = ""
    arguments = []
    cells = []

    def prepare(self, folder):
        """Makes what the command finds."""

    def environment(self):
        return {}

    def run(self, bench, folder, variables=None, limit=None, alone=False):
        return bench.call(folder, self.arguments, {**self.environment(), **(variables or {})}, limit, alone=alone)

    def result(self, folder, output):
        """What has to be the same whenever the command has done its work."""
        raise NotImplementedError

    def own(self, path):
        """Whether a file that was there before is another one once the command has done its work."""
        return path.startswith("out/")

    def expect(self, bench):
        folder = bench.copy(f"{self.name}-whole")
        self.prepare(folder)
        code, output, errors = self.run(bench, folder)
        if code != DONE:
            raise SystemExit(f"{self.name} without any fault: {code}: {errors}")
        self.whole = self.result(folder, output)
        shutil.rmtree(folder)

    def repeat(self, bench, folder):
        return self.run(bench, folder)

    def check(self, bench, cell, number):
        folder = bench.copy(f"{self.name}-{number}")
        try:
            return self.problems(bench, cell, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def problems(self, bench, cell, folder):
        self.prepare(folder)
        before = files(folder)
        code, output, errors = self.run(bench, folder, cell.environment(folder), cell.limit, cell.alone)
        after = files(folder)
        found = []
        if code not in cell.codes:
            found.append(f"exit code {code}, expected {cell.codes}: {errors.strip()[-300:]}")
        if code not in (DONE, -signal.SIGKILL):
            if "unexpected" in errors or "Fatal error" in errors:
                found.append(f"no error of its own: {errors.strip()[-300:]}")
            if cell.says and not re.search(cell.says, errors):
                found.append(f"does not say '{cell.says}': {errors.strip()[-300:]}")
        if cell.alone and cell.codes == [DONE]:
            with open(os.path.join(folder, "cache", "counts.json")) as file:
                if json.load(file)["network"]:
                    found.append("asked for the network")
        touched = [
            path for path in before if not (code == DONE and self.own(path)) and not (cell.kind in ("vanish", "change") and cell.text in path)
            and after.get(path) != before[path]]
        if touched:
            found.append(f"changed or lost: {touched}")
        if cell.kind != "kill" and drafts(folder):
            found.append(f"left drafts: {drafts(folder)}")
        if cell.equal and code == DONE and self.result(folder, output) != self.whole:
            found.append("done, but not the same as undisturbed")
        if cell.again and not found and not (code == DONE and cell.equal):
            final, output, errors = self.repeat(bench, folder)
            if final != DONE:
                found.append(f"again without the fault: {final}: {errors.strip()[-300:]}")
            elif cell.kind not in ("vanish", "change") and self.result(folder, output) != self.whole:
                found.append("again without the fault: not the same as undisturbed")
            if drafts(folder):
                found.append(f"again without the fault: left drafts {drafts(folder)}")
        return code, found


DISK, READ_ONLY, BROKEN = "No space left", "Read-only", "Input/output error"


class Train(Command):
    name = "train"
    arguments = [
        "train", "--base", "mobilenet", "--alpha", "0.25", "--image-size", "128", "--weights", "weights.h5", "--data", "photos",
        "--plan", "plan.json", "--checkpoint-every", "2", "--progress", "none", "--output", "out/run"]
    cells = [
        Cell("disk full at the start", "write-enospc", 1, "/out", [IO, NOT_CREATED], DISK),
        Cell("disk full in the midst", "write-enospc", 30, "/out", [IO, NOT_CREATED], DISK),
        Cell("disk full at the end", "write-enospc", 60, "/out", [IO, NOT_CREATED], DISK),
        Cell("cache full", "write-enospc", 1, "/cache", [DONE], equal=True),
        Cell("read-only", "open-erofs", 1, "/out", [NOT_CREATED], READ_ONLY),
        Cell("read-only in the midst", "open-erofs", 12, "/out", [NOT_CREATED, IO], READ_ONLY),
        Cell("cache read-only", "open-erofs", 1, "/cache", [DONE], equal=True),
        Cell("write fails", "write-eio", 25, "/out", [IO], BROKEN),
        Cell("flush fails", "sync-eio", 4, "/out", [IO], BROKEN),
        Cell("photos cannot be read", "read-eio", 1, "photos/", [BAD, MISSING, IO], BROKEN),
        Cell("photos become unreadable", "read-eio", 60, "photos/", [DONE, BAD, MISSING, IO]),
        Cell("weights cannot be read", "read-eio", 3, "weights.h5", [IO], "weights.h5' cannot be read: Input/output error"),
        Cell("plan cannot be read", "read-eio", 1, "plan.json", [BAD, IO], BROKEN),
        Cell("short reads", "read-short", 1, "photos/", [DONE], equal=True),
        Cell("short writes", "write-short", 1, "/out", [DONE], equal=True),
        Cell("interrupted reads", "interrupt", 1, "/", [DONE], equal=True),
        Cell("a photo vanishes", "vanish", 40, "photos/train", [DONE, BAD]),
        Cell("a photo changes", "change", 40, "photos/train", [DONE, BAD], other="other.jpg"),
        Cell("clock jumps", "clock", 1, "-", [DONE], equal=True),
        Cell("no threads", "thread", 1, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("no more threads", "thread", 2, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("a thread is killed", "thread-kill", 1, "-", [-signal.SIGKILL]),
        Cell("killed at the start", "kill", 3, "/out", [-signal.SIGKILL]),
        Cell("killed in the midst", "kill", 30, "/out", [-signal.SIGKILL]),
        Cell("killed at the end", "kill", 90, "/out", [-signal.SIGKILL]),
        Cell("no memory", "count", 1, "-", [DONE, SOFTWARE], "addresses|no .* left", limit=800_000),
        Cell("little memory", "count", 1, "-", [DONE, SOFTWARE], "addresses|no .* left", equal=True, limit=900_000),
        Cell("no network", "count", 1, "-", [DONE], equal=True, alone=True),
    ]

    def result(self, folder, _):
        return [digest(os.path.join(folder, "out/run", name)) for name in ("weights.h5", "head.h5")]

    def repeat(self, bench, folder):
        if os.path.exists(os.path.join(folder, "out/run/job.json")):
            return bench.call(folder, ["train", "--output", "out/run", "--resume", "--progress", "none"])
        return self.run(bench, folder)


class WithRun(Command):
    """Commands that read a run, made once."""

    made = None

    def prepare(self, folder):
        shutil.copytree(WithRun.made, os.path.join(folder, "run"))


class Evaluate(WithRun):
    name = "evaluate"
    arguments = ["evaluate", "run", "--data", "photos", "--json", "--report", "out/report.html"]
    cells = [
        Cell("disk full", "write-enospc", 1, "/out", [IO, NOT_CREATED], DISK),
        Cell("read-only", "open-erofs", 1, "/out", [NOT_CREATED], READ_ONLY),
        Cell("write fails", "write-eio", 1, "/out", [IO], BROKEN),
        Cell("flush fails", "sync-eio", 1, "/out", [IO], BROKEN),
        Cell("photos cannot be read", "read-eio", 1, "photos/", [BAD, MISSING, IO], BROKEN),
        Cell("weights cannot be read", "read-eio", 3, "run/weights.h5", [IO], "weights.h5' cannot be read: Input/output error"),
        Cell("the run cannot be read", "read-eio", 1, "run/run.json", [IO], BROKEN),
        Cell("short reads", "read-short", 1, "photos/", [DONE], equal=True),
        Cell("short reads of the run", "read-short", 1, ".json", [DONE], equal=True),
        Cell("short writes", "write-short", 1, "/out", [DONE], equal=True),
        Cell("interrupted reads", "interrupt", 1, "/", [DONE], equal=True),
        Cell("a photo vanishes", "vanish", 5, "photos/test", [DONE, BAD, MISSING]),
        Cell("the weights vanish", "vanish", 1, "run/weights.h5", [MISSING, IO], "weights.h5", again=False),
        Cell("clock jumps", "clock", 1, "-", [DONE], equal=True),
        Cell("no threads", "thread", 1, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("no more threads", "thread", 2, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("a thread is killed", "thread-kill", 1, "-", [-signal.SIGKILL, DONE]),
        Cell("killed", "kill", 1, "/out", [-signal.SIGKILL]),
        Cell("no memory", "count", 1, "-", [DONE, SOFTWARE], limit=1_000_000),
        Cell("no network", "count", 1, "-", [DONE], equal=True, alone=True),
    ]

    def prepare(self, folder):
        super().prepare(folder)
        os.makedirs(os.path.join(folder, "out"))
        with open(os.path.join(folder, "out/report.html"), "w") as file:
            file.write("an earlier report")

    def result(self, folder, output):
        figures = json.loads(output)
        return {key: figures[key] for key in ("accuracy", "logLoss", "images", "skipped", "confusionMatrix")}


class Export(WithRun):
    name = "export"
    arguments = ["export", "run", "--output", "out/model.keras", "--force"]
    cells = [
        Cell("disk full", "write-enospc", 1, "/out", [IO, NOT_CREATED], DISK),
        Cell("read-only", "open-erofs", 1, "/out", [NOT_CREATED], READ_ONLY),
        Cell("write fails", "write-eio", 1, "/out", [IO], BROKEN),
        Cell("flush fails", "sync-eio", 1, "/out", [IO], BROKEN),
        Cell("weights cannot be read", "read-eio", 3, "run/weights.h5", [IO], "weights.h5' cannot be read: Input/output error"),
        Cell("the run cannot be read", "read-eio", 1, "run/split.json", [IO], BROKEN),
        Cell("short reads", "read-short", 1, "run/", [DONE], equal=True),
        Cell("short writes", "write-short", 1, "/out", [DONE], equal=True),
        Cell("interrupted reads", "interrupt", 1, "/", [DONE], equal=True),
        Cell("the weights vanish", "vanish", 1, "run/weights.h5", [MISSING, IO], "weights.h5", again=False),
        Cell("the weights change", "change", 1, "run/weights.h5", [BAD], "weights.h5", again=False, other="weights.h5"),
        Cell("clock jumps", "clock", 1, "-", [DONE], equal=True),
        Cell("no threads", "thread", 1, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("a thread is killed", "thread-kill", 1, "-", [-signal.SIGKILL, DONE]),
        Cell("killed", "kill", 2, "/out", [-signal.SIGKILL]),
        Cell("no memory", "count", 1, "-", [DONE, SOFTWARE], limit=1_000_000),
        Cell("no network", "count", 1, "-", [DONE], equal=True, alone=True),
    ]

    def prepare(self, folder):
        super().prepare(folder)
        os.makedirs(os.path.join(folder, "out"))
        with open(os.path.join(folder, "out/model.keras"), "w") as file:
            file.write("an earlier model")

    def result(self, folder, _):
        return digest(os.path.join(folder, "out/model.keras"))


class Fetch(Command):
    name = "fetch"
    arguments = ["weights", "fetch", "timm/resnet10t"]
    place = "home/.cache/huggingface/hub/models--timm--resnet10t.c3_in1k/snapshots/" + hub.REVISION
    cells = [
        Cell("disk full", "write-enospc", 1, "/home", [IO, NOT_CREATED], DISK),
        Cell("disk full in the midst", "write-enospc", 8, "/home", [IO, NOT_CREATED], DISK),
        Cell("read-only", "open-erofs", 1, "/home", [NOT_CREATED]),
        Cell("write fails", "write-eio", 8, "/home", [IO], BROKEN),
        Cell("flush fails", "sync-eio", 2, "/home", [IO], BROKEN),
        Cell("what came cannot be read", "read-eio", 1, "model.safetensors.part", [IO, UNAVAILABLE]),
        Cell("short reads", "read-short", 1, ".part", [DONE], equal=True),
        Cell("short writes", "write-short", 1, "/home", [DONE], equal=True),
        Cell("interrupted", "interrupt", 1, "/home", [DONE], equal=True),
        Cell("clock jumps", "clock", 1, "-", [DONE], equal=True),
        Cell("no threads", "thread", 1, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("a thread is killed", "thread-kill", 1, "-", [-signal.SIGKILL, DONE]),
        Cell("killed at the start", "kill", 2, "/home", [-signal.SIGKILL]),
        Cell("killed in the midst", "kill", 8, "/home", [-signal.SIGKILL]),
        Cell("no memory", "count", 1, "-", [DONE, SOFTWARE], limit=1_000_000),
        Cell("no network", "count", 1, "-", [UNAVAILABLE], "cannot download", alone=True),
    ]

    def environment(self):
        return {"HF_ENDPOINT": self.url}

    def result(self, folder, _):
        return digest(os.path.join(folder, self.place, "model.safetensors"))


class Serve(WithRun):
    name = "serve"
    cells = [
        Cell("the run cannot be read", "read-eio", 1, "run/run.json", [IO], BROKEN, again=False),
        Cell("weights cannot be read", "read-eio", 3, "run/weights.h5", [IO], "weights.h5' cannot be read: Input/output error", again=False),
        Cell("short reads", "read-short", 1, "run/", [DONE], equal=True),
        Cell("interrupted reads", "interrupt", 1, "/", [DONE], equal=True),
        Cell("cache read-only", "open-erofs", 1, "/cache", [DONE], equal=True),
        Cell("clock jumps", "clock", 1, "-", [DONE], equal=True),
        Cell("no threads", "thread", 1, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("no more threads", "thread", 2, "-", [DONE, SOFTWARE], "refused a thread", equal=True),
        Cell("a thread is killed", "thread-kill", 1, "-", [-signal.SIGKILL]),
        Cell("the run vanishes while it serves", "count", 1, "-", [DONE], equal=True, other="remove"),
        Cell("no memory", "count", 1, "-", [DONE, SOFTWARE], limit=2_000_000, again=False),
    ]

    def run(self, bench, folder, variables=None, limit=None, alone=False):
        variables = {
            "HOME": os.path.join(folder, "home"), "PATH": os.environ["PATH"], "FINETUNE_CACHE": os.path.join(folder, "cache"),
            "SWIFT_BACKTRACE": "enable=no", **(variables or {})}
        removes = variables.pop("FAULT_OTHER", "").endswith("/remove")
        command = [FINETUNE, "serve", "run", "--port", "0"]
        if limit:
            command = ["sh", "-c", f'ulimit -v {limit}; exec "$0" "$@"', *command]
        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(command, cwd=folder, env=variables, stderr=log, stdout=subprocess.DEVNULL)

            def said():
                log.seek(0)
                return log.read()

            answer, port, start = "", None, time.time()
            while port is None and process.poll() is None and time.time() < start + LONGEST:
                found = re.search(r" at http://127\.0\.0\.1:(\d+)/", said())
                port = int(found[1]) if found else None
                time.sleep(0.05)
            if port:
                if removes:
                    for place, _, names in os.walk(os.path.join(folder, "run")):
                        for name in names:
                            os.rename(os.path.join(place, name), os.path.join(place, name + ".gone"))
                answer = self.ask(port, os.path.join(folder, bench.photo))
                if removes:
                    for place, _, names in os.walk(os.path.join(folder, "run")):
                        for name in names:
                            os.rename(os.path.join(place, name), os.path.join(place, name[:-5]))
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(LONGEST)
            except subprocess.TimeoutExpired:
                process.kill()
                return "timeout", "", said()
            return process.returncode, answer, said()

    @staticmethod
    def ask(port, photo):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        with open(photo, "rb") as file:
            connection.request("POST", "/predict", file.read())
        return connection.getresponse().read().decode()

    def result(self, folder, output):
        return json.loads(output)["predictions"][0]["top"]


def main():
    failures = cells = 0
    start = time.time()
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(work)
        run = bench.copy("made")
        code, _, errors = bench.call(run, Train.arguments)
        if code != DONE:
            raise SystemExit(f"train without any fault: {code}: {errors}")
        WithRun.made = os.path.join(run, "out/run")
        content = hashlib.sha256(b"weights").digest() * 20_000
        with hub.Hub({"model.safetensors": content, "config.json": hub.CONFIGURATION}) as server:
            Fetch.url = server.url
            print(f"{'command':<10} {'fault':<34} {'code':>7}  result", flush=True)
            for command in (Train(), Evaluate(), Export(), Fetch(), Serve()):
                if ONLY and command.name not in ONLY:
                    continue
                command.expect(bench)
                for number, cell in enumerate(command.cells):
                    cells += 1
                    code, found = command.check(bench, cell, number)
                    failures += bool(found)
                    print(f"{command.name:<10} {cell.title:<34} {code:>7}  {'; '.join(found) or 'held'}", flush=True)
    print(f"\n{cells} cells, {failures} failed, {time.time() - start:.0f} s")
    sys.exit(1 if failures else 0)


main()
