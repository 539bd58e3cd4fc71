"""A hub for a check: one repository of weights on a free port of this machine."""

import hashlib
import http.server
import json
import threading

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Hub:
    """Serves `files` (names and contents) of any repository until the block ends."""

    def __init__(self, files):
        self.files = files
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                self.answer(False)

            def do_GET(self):
                self.answer(True)

            def answer(self, with_body):
                content = hub.files.get(self.path.split("?")[0].rsplit("/", 1)[-1])
                if content is None:
                    self.send_error(404)
                    return
                start = 0
                asked = self.headers.get("Range", "")
                if asked.startswith("bytes=") and asked.endswith("-"):
                    start = int(asked[6:-1])
                if start and start >= len(content):
                    self.send_response(416)
                    self.send_header("X-Repo-Commit", REVISION)
                    self.send_header("ETag", '"' + hashlib.sha256(content).hexdigest() + '"')
                    self.send_header("Content-Range", f"bytes */{len(content)}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(206 if start else 200)
                self.send_header("X-Repo-Commit", REVISION)
                self.send_header("ETag", '"' + hashlib.sha256(content).hexdigest() + '"')
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                if with_body:
                    self.wfile.write(content[start:])

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # Clients that are killed hang up.

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


CONFIGURATION = json.dumps({
    "architecture": "resnet10t", "pretrained_cfg": {
        "tag": "c3_in1k", "input_size": [3, 176, 176], "crop_pct": 0.875, "interpolation": "bicubic",
        "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "license": "apache-2.0"}}).encode()
