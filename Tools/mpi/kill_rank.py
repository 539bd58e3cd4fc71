"""Kills one rank with SIGKILL once a run has taken some steps: kill_rank.py MPIRUN_PID RANK EVENTS STEPS."""

import os
import signal
import sys
import time

starter, rank, events, wanted = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])


def children():
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/stat") as stat:
                parent = int(stat.read().rsplit(")", 1)[1].split()[1])
            if parent == starter:
                yield int(name), open(f"/proc/{name}/environ", "rb").read().split(b"\0")
        except (OSError, ValueError, IndexError):
            continue


deadline = time.monotonic() + 600
while time.monotonic() < deadline:
    try:
        steps = open(events).read().count('"event":"step"')
    except FileNotFoundError:
        steps = 0
    if steps >= wanted:
        break
    time.sleep(0.01)
else:
    sys.exit(f"mpi-check: no {wanted} steps within ten minutes")
for process, environment in children():
    if f"OMPI_COMM_WORLD_RANK={rank}".encode() in environment:
        os.kill(process, signal.SIGKILL)
        sys.exit(0)
sys.exit(f"mpi-check: there is no rank {rank} to kill")
