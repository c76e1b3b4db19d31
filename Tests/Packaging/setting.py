"""What the tests of packaging share: where things are, and real programs on free ports of loopback."""

import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

repository = pathlib.Path(__file__).resolve().parents[2]
docker = repository / "docker"
app = docker / "home-assistant-app" / "loqed_gateway"

# Set by __main__.
gateway: pathlib.Path
package: pathlib.Path | None
compose_schema: pathlib.Path | None

PATIENCE = 30
DEMO_KEYS = {
    "bridge_key": "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=",
    "key_secret": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**variables: str) -> dict[str, str]:
    """The environment of this process without any word to a gateway, with mosquitto on the path, and with `variables`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("LOQED_GATEWAY_")}
    return kept | {"PATH": f"{os.environ['PATH']}:/usr/sbin"} | variables


def eventually(what: str, condition, patience: float = PATIENCE):
    """Waits for a condition to give something, and returns it."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {patience} s: {what}")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Program:
    """A child process whose output goes to a file, ended with the test."""

    def __init__(self, test, folder: pathlib.Path, name: str, command: list, **variables: str):
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env=environment(**variables), cwd=folder)
        test.addCleanup(self.end)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def end(self) -> int:
        """Asks it to end, and returns its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def start_broker(test, folder: pathlib.Path, configuration: str, port: int) -> Program:
    """Starts mosquitto with a configuration that listens on `port`, and waits for it."""
    file = folder / "mosquitto.conf"
    # As root it would become the user mosquitto, who may see nothing of a temporary folder.
    file.write_text(configuration + ("\nuser root\n" if os.getuid() == 0 else ""))
    broker = Program(test, folder, "broker", [shutil.which("mosquitto", path=environment()["PATH"]), "-c", file])
    eventually("the broker listens", lambda: listens(port))
    return broker


def start_simulator(test, folder: pathlib.Path) -> int:
    """Starts a simulated bridge, and returns its port."""
    port = free_port()
    Program(test, folder, "simulator",
            [gateway, "simulate", "--listen", f"127.0.0.1:{port}", "--control", f"127.0.0.1:{free_port()}"])
    eventually("the simulator listens", lambda: listens(port))
    return port


def read_topic(port: int, topic: str, user: str, password: str, patience: int = PATIENCE) -> str:
    """The retained message of a topic, or nothing."""
    command = ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-u", user, "-P", password, "-t", topic, "-C", "1", "-W", str(patience)]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


class Supervisor:
    """Home Assistant's Supervisor, as far as an app asks it for the broker."""

    def __init__(self, test, token: str, status: int, answer: dict, port: int = 0):
        self.requests: list[tuple[str, bool]] = []
        recorded = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                allowed = self.headers.get("Authorization") == f"Bearer {token}"
                recorded.append((self.path, allowed))
                body = json.dumps(answer if allowed else {"result": "error", "message": "No token"}).encode()
                self.send_response(status if allowed else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)
