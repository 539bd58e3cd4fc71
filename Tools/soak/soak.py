"""A training, a server and evaluations for a long time: `Tools/soak.sh` starts this.

The training takes steps of all stages until it is stopped, with checkpoints on its way. The server answers one photo after
the other, is asked for explanations now and then, and reads its run again each minute. Evaluations write a report each.
Every ten seconds their memory is read (what they have of their own, without mapped files), their descriptors and threads, and
how many files there are below the folder for temporary files, the cache and the training's run.
"""

import csv
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request

FINETUNE, FOLDER, MINUTES, WEIGHTS, TABLE = sys.argv[1], sys.argv[2], float(sys.argv[3]), *sys.argv[4:6]
PERIOD = 10
PLAN = {"name": "without an end", "phases": [
    {"name": "all", "scope": "all", "method": "sgd", "epochs": 100000, "batchSize": 16, "learningRate": 0.0001,
     "augmentation": "standard", "earlyStop": 100000}]}
# What may be more in the last quarter than in the second: memory is handed back in pieces, and evaluations are looked at in their
# midst.
SHARE, BYTES = 0.05, 8 << 20


def environment():
    places = {name: os.path.join(FOLDER, name) for name in ("home", "cache", "tmp")}
    for place in places.values():
        os.makedirs(place, exist_ok=True)
    return {"HOME": places["home"], "FINETUNE_CACHE": places["cache"], "TMPDIR": places["tmp"],
            "PATH": os.environ["PATH"], "SWIFT_BACKTRACE": "enable=no"}


def call(*arguments):
    done = subprocess.run([FINETUNE, *arguments], cwd=FOLDER, env=environment(), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: {done.returncode}: {done.stderr}")
    return done.stdout


def state(pid):
    """Memory of its own in bytes, descriptors, threads; `None` where the process has gone."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            pages = [int(word) for word in file.read().split()]
        return ((pages[1] - pages[2]) * os.sysconf("SC_PAGESIZE"), len(os.listdir(f"/proc/{pid}/fd")),
                len(os.listdir(f"/proc/{pid}/task")))
    except OSError:
        return None


def count(*names):
    return sum(len(files) for name in names for _, _, files in os.walk(os.path.join(FOLDER, name)))


class Server:
    """A server and its one client."""

    def __init__(self, photos):
        self.log = open(os.path.join(FOLDER, "server.log"), "w+")
        self.process = subprocess.Popen(
            [FINETUNE, "serve", "served", "--port", "0"], cwd=FOLDER, env=environment(), stderr=self.log, stdout=subprocess.DEVNULL)
        self.address = None
        while self.address is None and self.process.poll() is None:
            time.sleep(0.1)
            self.log.flush()
            with open(self.log.name) as file:
                found = re.search(r"http://127\.0\.0\.1:\d+/", file.read())
            self.address = found and found.group(0)
        self.photos = [open(path, "rb").read() for path in photos]
        self.answers, self.failures, self.expected = 0, [], {}
        self.stops = False
        self.client = threading.Thread(target=self.ask)
        self.client.start()

    def ask(self):
        number, again = 0, time.monotonic() + 60
        while not self.stops:
            place = number % len(self.photos)
            path = "explain" if number % 50 == 49 else "predict"
            try:
                request = urllib.request.Request(self.address + path, data=self.photos[place], method="POST")
                with urllib.request.urlopen(request, timeout=300) as answer:
                    answer = answer.read()
                if self.expected.setdefault((path, place), answer) != answer:
                    self.failures.append(f"another answer to {path} of photo {place}")
            except OSError as error:
                self.failures.append(str(error))
            number += 1
            self.answers = number
            if time.monotonic() > again:
                self.process.send_signal(signal.SIGHUP)
                again += 60
            time.sleep(0.01)

    def end(self):
        self.stops = True
        self.client.join()
        self.process.terminate()
        return self.process.wait()


class Evaluations:
    """One after the other."""

    def __init__(self):
        self.done, self.failures, self.expected, self.stops, self.process = 0, [], None, False, None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stops:
            self.process = subprocess.Popen(
                [FINETUNE, "evaluate", "served", "--data", "photos", "--json", "--report", "report.html"], cwd=FOLDER,
                env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            output, errors = self.process.communicate()
            if self.process.returncode:
                self.failures.append(errors.strip())
            else:
                accuracy = json.loads(output)["accuracy"]
                self.expected = self.expected if self.expected is not None else accuracy
                if accuracy != self.expected:
                    self.failures.append(f"accuracy {accuracy}, before {self.expected}")
            self.done += 1

    def end(self):
        self.stops = True
        self.thread.join()


def quarter(rows, key, number):
    """The median of a quarter of the time, the first being 0."""
    part = [row[key] for row in rows[len(rows) * number // 4:len(rows) * (number + 1) // 4] if row[key] is not None]
    return sorted(part)[len(part) // 2] if part else None


def line(values, width=60):
    """Values over time as a line of blocks, from 0 to the largest."""
    values = [value or 0 for value in values]
    most = max(values) or 1
    points = [values[position * len(values) // width] for position in range(width)] if len(values) > width else values
    return "".join("▁▂▃▄▅▆▇█"[min(7, int(8 * value / most))] for value in points)


def main():
    call("sample", "--output", "photos", "--photos", "12", "--test", "4", "--seed", "1")
    base = ["--base", "mobilenet", "--alpha", "0.25", "--image-size", "128", "--weights", WEIGHTS, "--data", "photos"]
    call(*base, "--plan", "head", "--output", "served", "--progress", "none")
    with open(os.path.join(FOLDER, "plan.json"), "w") as file:
        json.dump(PLAN, file)
    photos = sorted(glob.glob(os.path.join(glob.escape(FOLDER), "photos/test/*/*.jpg")))[:16]
    training = subprocess.Popen(
        [FINETUNE, *base, "--plan", "plan.json", "--output", "trained", "--checkpoint-every", "20", "--progress", "none"], cwd=FOLDER,
        env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    server, evaluations = Server(photos), Evaluations()
    rows, start = [], time.monotonic()
    while (now := time.monotonic() - start) < 60 * MINUTES:
        time.sleep(PERIOD - now % PERIOD)
        row = {"seconds": round(time.monotonic() - start)}
        for name, pid in (("training", training.pid), ("server", server.process.pid), ("evaluation", evaluations.process.pid)):
            memory, files, threads = state(pid) or (None, None, None)
            row |= {f"{name} memory": memory, f"{name} descriptors": files, f"{name} threads": threads}
        row |= {"temporary files": count("tmp"), "files of the cache": count("cache"), "checkpoints": count("trained/checkpoints")}
        rows.append(row)
    ends = {"server": (server.end(), 0)}
    evaluations.end()
    running = training.poll() is None
    training.terminate()
    errors = training.communicate()[1]
    ends["training"] = (training.returncode if running else "ended early", 130)
    if TABLE:
        with open(TABLE, "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    problems = [f"{name} ended with {found}, expected {expected}: {errors[-300:] if name == 'training' else ''}"
                for name, (found, expected) in ends.items() if found != expected]
    problems += server.failures[:5] + evaluations.failures[:5]
    print(f"{MINUTES:g} minutes: {server.answers} answers of the server, {evaluations.done} evaluations")
    print(f"{'':24} {'second quarter':>14} {'last quarter':>13} {'most':>8}  over time")
    for key in list(rows[0])[1:]:
        values = [row[key] for row in rows]
        before, after = quarter(rows, key, 1), quarter(rows, key, 3)
        most = max((value for value in values if value is not None), default=0)
        unit = 1 << 20 if key.endswith("memory") else 1
        if before is None or after is None:
            problems.append(f"{key}: not measured")
            continue
        print(f"{key:24} {before / unit:14.0f} {after / unit:13.0f} {most / unit:8.0f}  {line(values)}")
        # The training's run has a checkpoint more or less, as it is caught.
        allowed = max(BYTES, SHARE * before) if unit > 1 else 2
        if after > before + allowed:
            problems.append(f"{key} has grown from {before / unit:.0f} to {after / unit:.0f}")
    left = [path for path in glob.glob(os.path.join(glob.escape(FOLDER), "**/.*.tmp"), recursive=True)]
    left += os.listdir(os.path.join(FOLDER, "tmp"))
    if left:
        problems.append(f"left behind: {left[:5]}")
    shutil.rmtree(os.path.join(FOLDER, "trained"), ignore_errors=True)
    for problem in problems:
        print(problem, file=sys.stderr)
    raise SystemExit(1 if problems else 0)


main()
