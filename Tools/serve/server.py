"""A server of finetune for a check: started on a free port, asked, and stopped."""

import http.client
import json
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time


class Server:
    """Runs `finetune serve` with some arguments until the block ends."""

    def __init__(self, finetune, *arguments):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([finetune, "serve", *arguments, "--port", "0"], stderr=self.log)
        self.port = None
        for _ in range(600):
            found = re.search(r" at http://127\.0\.0\.1:(\d+)/", self.said())
            if found:
                self.port = int(found[1])
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"the server did not start: {self.said()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """Its exit code after SIGTERM."""
        self.signal(signal.SIGTERM)
        return self.process.wait(60)

    def resident(self):
        """Memory of the process, in bytes."""
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * 4096

    def connect(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def ask(self, method, path, body=None, kind=None, connection=None):
        """Status, headers and body of an answer."""
        connection = connection or self.connect()
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def predict(self, body, kind=None, connection=None):
        """The predictions about what is sent; an error where there are none."""
        status, _, text = self.ask("POST", "/predict?top=1000", body, kind, connection)
        if status != 200:
            raise SystemExit(f"a photo was answered with {status}: {text[:200]}")
        return json.loads(text)["predictions"]

    def raw(self, *pieces, pause=0.0):
        """What comes back for bytes that are sent piece by piece, until the other side ends."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
            except OSError:
                pass  # whoever was refused is not read to the end
            received = b""
            try:
                while part := connection.recv(1 << 16):
                    received += part
            except ConnectionResetError:
                pass
            return received


def form(files, boundary="x-boundary"):
    """A body and its type, as a browser sends files."""
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{name}"\r\n'
        f"Content-Type: image/jpeg\r\n\r\n".encode() + content + b"\r\n" for name, content in files)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
