"""Checks `finetune serve` from outside; see Tools/serve-check.sh.

Usage: check_serving.py FINETUNE RUN PHOTOS SECONDS LOADED…

LOADED: what is served while 64 clients ask, for SECONDS each: a RUN, or the options of a base.
"""

import concurrent.futures
import json
import pathlib
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import time

from server import Server, form

CLIENTS = 64
LEAST_SHARE = 0.8  # of the images a second that the same network computes with nothing else to do
failures = []


def check(holds, what):
    print(f"  {'ok  ' if holds else 'FAIL'} {what}", flush=True)
    if not holds:
        failures.append(what)


def check_answers(finetune, run, photos):
    print("Answers equal those of predict, bit for bit")
    command = [finetune, "predict", run, *map(str, photos), "--top", "1000", "--json"]
    known = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["predictions"]
    expected = {entry["path"]: entry["top"] for entry in known}
    with Server(finetune, run) as server:
        alone = [server.predict(photo.read_bytes())[0]["top"] for photo in photos]
        check(alone == [expected[str(photo)] for photo in photos], f"{len(photos)} photos one by one")
        body, kind = form([(str(photo), photo.read_bytes()) for photo in photos[:60]])
        together = {entry["path"]: entry["top"] for entry in server.predict(body, kind)}
        check(all(top == expected[path] for path, top in together.items()), f"{len(together)} in one form")
        wanted = [random.Random(client).sample(photos, len(photos)) for client in range(16)]

        def client(order):
            connection = server.connect()
            return all(
                server.predict(photo.read_bytes(), connection=connection)[0]["top"] == expected[str(photo)]
                for photo in order)

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            check(all(pool.map(client, wanted)), "16 clients at once, each in an order of its own")
        check(server.stop() == 0, "ends with 0")


def check_hostile(finetune, run, photo):
    print("What is wrong gets an answer of 4xx")
    jpeg = photo.read_bytes()
    bomb = bytes.fromhex("89504e470d0a1a0a0000000d49484452000f4240000f42400802000000") + b"\0" * 64
    bodies = {
        "nothing": b"", "text": b"no photo", "half a JPEG": jpeg[: len(jpeg) // 2], "noise": random.Random(1).randbytes(50000),
        "a PNG of a million million pixels": bomb, "a JPEG with a broken middle": jpeg[:200] + b"\xff\xd8" * 500,
        "zeros": b"\0" * 100000, "a file of more than is taken": b"\xff" * 2_000_001,
    }
    with Server(finetune, run, "--max-bytes", "2000000", "--timeout", "1s") as server:
        for path in ("/predict", "/explain"):
            for name, body in bodies.items():
                status, headers, text = server.ask("POST", path, body)
                is_right = 400 <= status < 500 and headers["Content-Type"] == "application/json"
                check(is_right and json.loads(text)["error"], f"{path}, {name}: {status}")
        for method, path, expected in (("GET", "/predict", 405), ("PUT", "/", 405), ("GET", "/secret", 404)):
            status, _, text = server.ask(method, path)
            check(status == expected and json.loads(text)["error"], f"{method} {path}: {status}")
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\n"
        texts = {
            "no HTTP": b"hello\r\n\r\n", "a length that is no number": head + b"Content-Length: x\r\n\r\n",
            "two lengths": head + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
            "headers of 200 000 bytes": head + b"A: " + b"b" * 200_000 + b"\r\n\r\n",
            "TLS": bytes.fromhex("1603010200010001fc0303") + b"\0" * 100,
        }
        for name, text in texts.items():
            answer = server.raw(text)
            status = int(answer.split()[1]) if answer.startswith(b"HTTP/1.1 ") else 0
            check(400 <= status < 500 and b'"error"' in answer, f"{name}: {status}")
        check_slow(server, head, jpeg)
        check(server.stop() == 0, "is there to the end, and ends with 0")


def check_slow(server, head, jpeg):
    drip = [b"x"] * 40
    slow = {
        "headers byte by byte": [head, *drip],
        "a body byte by byte": [head + b"Content-Length: 100\r\n\r\n", *drip],
        "half a request, then nothing": [head + b"Content-Length: 100\r\n\r\nabc"],
    }
    with concurrent.futures.ThreadPoolExecutor(3 * 30) as pool:
        answers = {name: [pool.submit(server.raw, *pieces, pause=0.1) for _ in range(30)] for name, pieces in slow.items()}
        start = time.monotonic()
        server.predict(jpeg)
        check(time.monotonic() - start < 5, f"a photo is answered beside {3 * 30} slow clients")
        for name, waiting in answers.items():
            statuses = {answer.result().split(b" ")[1] for answer in waiting}
            check(statuses == {b"408"}, f"30 times {name}: {', '.join(status.decode() for status in statuses)}")


def check_signals(finetune, run, photo):
    print("Signals")
    with Server(finetune, run) as server:
        server.signal(signal.SIGHUP)
        for _ in range(100):
            if "read again" in server.said():
                break
            time.sleep(0.1)
        check("read again" in server.said(), "SIGHUP reads the run again")
        server.predict(photo.read_bytes())
        server.stop()
    # A network that takes long enough for requests to be under way.
    with Server(finetune, "--base", "resnet50", "--weights", "none") as server:
        body = photo.read_bytes()
        request = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        connections = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(24)]
        for connection in connections:
            connection.sendall(request)
        under_way = 0
        for _ in range(100):
            under_way = int(re.search(rb"\nfinetune_requests_in_flight (\d+)", server.ask("GET", "/metrics")[2])[1]) - 1
            if under_way > 15:
                break
        server.signal(signal.SIGTERM)
        answers = []
        for connection in connections:
            received = b""
            while part := connection.recv(1 << 16):
                received += part
            answers.append(received)
        whole = sum(answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"}\n") for answer in answers)
        check(whole == len(connections), f"SIGTERM with {under_way} requests under way: {whole} of {len(connections)} answered")
        check(server.process.wait(60) == 0, "and it ends with 0")


def check_load(finetune, what, photos, seconds, is_judged):
    print(f"{CLIENTS} clients for {seconds} s, {what}")
    arguments = shlex.split(what)
    with Server(finetune, *arguments) as server:
        command = ["wrk", "--threads", "1", "--connections", str(CLIENTS), "--timeout", "60s", "--duration", f"{seconds}s",
                   "--script", str(pathlib.Path(__file__).with_name("post.lua")), f"http://127.0.0.1:{server.port}",
                   "--", *map(str, photos)]
        load = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        memory = []
        while load.poll() is None:
            memory.append(server.resident())
            time.sleep(min(1, seconds / 20))
        output = load.stdout.read()
        found = json.loads(output.strip().splitlines()[-1])
        rate = found["requests"] / found["seconds"]
        print(f"       {rate:.1f} photos/s, p50 {found['p50']:.3f} s, p99 {found['p99']:.3f} s")
        check(found["requests"] > 0 and found["refused"] == found["broken"] == 0,
              f"{found['requests']} answers, {found['refused']} of another kind, {found['broken']} broken connections")
        early, late = memory[len(memory) // 4], memory[-1]
        check(late < 1.1 * early + (16 << 20), f"memory {early >> 20} MiB after a quarter of the time, {late >> 20} at its end")
        server.stop()
    if "--base" in arguments:
        measured = subprocess.run([finetune, "benchmark", *arguments, "--steps", "9", "--json"], check=True, capture_output=True)
        forward = json.loads(measured.stdout)["imagesPerSecond"]
        share = f"{rate / forward:.2f} of the {forward:.1f} images/s that the network alone computes"
        print(f"       {share}")
        if is_judged:
            check(rate >= LEAST_SHARE * forward, f"at least {LEAST_SHARE} of these")


def main():
    finetune, run, folder, seconds, *loaded = sys.argv[1:]
    photos = sorted(pathlib.Path(folder).rglob("*.jpg"))
    check_answers(finetune, run, photos)
    check_hostile(finetune, run, photos[0])
    check_signals(finetune, run, photos[0])
    for what in loaded:
        check_load(finetune, what, photos, int(seconds), is_judged=int(seconds) >= 60)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
