"""A broker, two simulated locks, the gateway and Home Assistant, in a network that is theirs alone."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

from api import Api

# The name, the port of the bridge, with that of its control behind it, and what may be asked of the lock.
LOCKS = {
    "front_door": ("Front door", 8080, "[lock, unlock, open]"),
    "back_door": ("Back door", 8090, "[lock, unlock]"),
}
NOW = "2024-01-01T00:00:00+00:00"


class Process:
    """A program whose output goes to a file."""

    def __init__(self, log, command, environment=None):
        self.log = log
        self.command = command
        # A variable of whoever runs this must not change what the gateway does.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOQED_")}
        self.environment = {**inherited, **(environment or {})}
        self.process = None

    async def start(self):
        with open(self.log, "ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment
            )

    async def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return
        if self.process.returncode is None:
            self.process.send_signal(how)
        try:
            await asyncio.wait_for(self.process.wait(), 60)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise AssertionError(f"{self.command[0]} does not end") from None
        finally:
            self.process = None


class House:
    def __init__(self, release, python, gateway):
        self.version = subprocess.check_output([gateway, "--version"], text=True).split()[-1]
        self.release = tuple(int(part) for part in release.split("."))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="loqed-home-assistant-"))
        self.config = self.folder / "config"
        self.token = write_configuration(self.config)
        self.write("broker.conf", "listener 1883 127.0.0.1\nallow_anonymous true\n")
        self.broker = Process(self.log("broker"), ["mosquitto", "-c", str(self.folder / "broker.conf")])
        self.simulators = {
            name: Process(
                self.log(f"simulator-{name}"),
                [gateway, "simulate", "--listen", f"127.0.0.1:{port}", "--control", f"127.0.0.1:{port + 1}"]
                + ["--speed", "3"],
            )
            for name, (_, port, _) in LOCKS.items()
        }
        self.gateway = Process(
            self.log("gateway"),
            [gateway, "run", "--config", str(self.folder / "gateway.yaml")],
        )
        self.home_assistant = Process(
            self.log("home-assistant"),
            [python, "-m", "homeassistant", "--config", str(self.config), "--skip-pip", "--log-no-color"],
            {"HOME": str(self.folder)},
        )
        self.api = None
        self.names = {lock: name for lock, (name, _, _) in LOCKS.items()}
        self.configure(*LOCKS)

    def log(self, name):
        return self.folder / f"{name}.log"

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def configure(self, *locks):
        """The gateway's configuration; it counts from its next start on."""
        shipped = pathlib.Path("gateway.yaml").read_text()
        keys = {name: re.search(rf'{name}: "([^"]+)"', shipped)[1] for name in ("bridge_key", "key_secret")}
        lines = ["mqtt: {host: 127.0.0.1}", 'webhook: {listen: "127.0.0.1:8099"}', "supervision:"]
        lines += ["  probe_interval: 1s", "  movement_timeout: 5s", "locks:"]
        for lock in locks:
            _, port, commands = LOCKS[lock]
            lines += [
                f"  - id: {lock}",
                f"    name: {self.names[lock]}",
                f"    bridge: 127.0.0.1:{port}",
                f'    bridge_key: "{keys["bridge_key"]}"',
                f'    key_secret: "{keys["key_secret"]}"',
                "    local_key_id: 3",
                f"    commands: {commands}",
                "    key_names: {1: Alice, 3: Gateway}",
            ]
        self.write("gateway.yaml", "\n".join(lines) + "\n")

    async def start(self):
        """Everything but the gateway, until Home Assistant runs."""
        await self.broker.start()
        await listens(1883)
        for name, simulator in self.simulators.items():
            await simulator.start()
            await listens(LOCKS[name][1] + 1)
        await self.simulate("mac a0b1c2d3e4f2", "back_door")
        await self.start_home_assistant()

    async def start_home_assistant(self):
        await self.home_assistant.start()
        self.api = await Api.connect("http://127.0.0.1:8123/api/websocket", self.token)

    async def stop_home_assistant(self):
        await self.api.close()
        self.api = None
        await self.home_assistant.stop()

    async def stop(self, keeps_folder=False):
        """Everything, in the order in which it hurts least."""
        if self.api:
            await self.api.close()
        for process in [self.home_assistant, self.gateway, *self.simulators.values(), self.broker]:
            await process.stop()
        if not keeps_folder:
            shutil.rmtree(self.folder)

    async def simulate(self, line, lock="front_door"):
        """Something happens to a simulated lock."""
        url = f"http://127.0.0.1:{LOCKS[lock][1] + 1}/control"
        return await asyncio.to_thread(lambda: urllib.request.urlopen(url, line.encode(), timeout=10).read().decode())

    async def start_gateway(self, bolt="day_lock"):
        """Starts it once the status of the front door's bridge, which lags, has caught up with its lock.

        The first thing that the gateway does is to read it.
        """
        end = time.monotonic() + 60
        while f'"status_shows":"{bolt}"' not in await self.simulate("report"):
            assert time.monotonic() < end, f"the bridge does not show {bolt}"
            await asyncio.sleep(0.05)
        await self.gateway.start()

    async def publish(self, topic, payload):
        """Publishes a retained message, as anybody may."""
        text = ["-m", payload] if payload else ["-n"]
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-t", topic, "-r", "-q", "1", *text]
        process = await asyncio.create_subprocess_exec(*command)
        assert await process.wait() == 0, f"{topic} was not published"

    async def retained(self, topics):
        """The topics on which the broker keeps something."""
        command = ["mosquitto_sub", "-h", "127.0.0.1", "-t", topics, "-F", "%t", "--retained-only", "-W", "1"]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        output, _ = await process.communicate()
        return output.decode().splitlines()

    def complaints(self):
        """What Home Assistant has logged above INFO that has to do with MQTT or with us."""
        records = re.split(r"(?m)^(?=\d{4}-\d\d-\d\d \d\d:)", self.log("home-assistant").read_text(errors="replace"))
        loud = [record for record in records if re.match(r"\S+ \S+ (WARNING|ERROR|CRITICAL) ", record)]
        # Names of files say nothing: everything here is below a folder of ours.
        texts = [re.sub(r'(?m)^ +File .*\n|^\S+ \S+ ', "", record).strip() for record in loud]
        return [text for text in texts if re.search(r"mqtt|loqed|door", text, re.IGNORECASE)]


async def listens(port):
    """Returns once somebody takes connections there: a program that starts gives no other sign."""
    end = time.monotonic() + 30
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            assert time.monotonic() < end, f"nobody listens on {port}"
            await asyncio.sleep(0.02)


# How a Home Assistant looks on the disk that somebody has set up, and given the broker.


def write_configuration(folder):
    """Writes it, and returns a token for the API."""
    storage = folder / ".storage"
    storage.mkdir(parents=True)
    (folder / "configuration.yaml").write_text(
        "homeassistant:\n  name: Home\n  unit_system: metric\n  time_zone: UTC\n  auth_providers:\n"
        "    - type: trusted_networks\n      trusted_networks: [127.0.0.0/8]\n      allow_bypass_login: true\n"
        "frontend:\nconfig:\ndevice_automation:\nlogger:\n  default: info\n"
    )

    def store(key, version, data, minor=1):
        document = {"version": version, "minor_version": minor, "key": key, "data": data}
        (storage / key).write_text(json.dumps(document))

    store("onboarding", 4, {"done": ["user", "core_config", "analytics", "integration"]})
    secret, token_id = os.urandom(32).hex(), os.urandom(16).hex()
    token = {
        "id": token_id,
        "user_id": "owner",
        "client_id": None,
        "client_name": "tests",
        "client_icon": None,
        "token_type": "long_lived_access_token",
        "created_at": NOW,
        "access_token_expiration": 86400.0 * 3650,
        "token": os.urandom(32).hex(),
        "jwt_key": secret,
        "last_used_at": None,
        "last_used_ip": None,
        "expire_at": None,
        "credential_id": None,
        "version": None,
    }
    owner = {"id": "owner", "group_ids": ["system-admin"], "is_owner": True, "is_active": True, "name": "Owner"}
    owner |= {"system_generated": False, "local_only": False}
    groups = [{"id": f"system-{name}", "name": name} for name in ("admin", "users", "read-only")]
    store("auth", 1, {"users": [owner], "groups": groups, "credentials": [], "refresh_tokens": [token]})
    entry = {
        "created_at": NOW,
        "modified_at": NOW,
        "data": {"broker": "127.0.0.1", "port": 1883},
        "options": {"discovery": True, "discovery_prefix": "homeassistant"},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "mqtt",
        "entry_id": "mqtt",
        "minor_version": 1,
        "version": 1,
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "title": "Broker",
        "unique_id": None,
    }
    store("core.config_entries", 1, {"entries": [entry]}, minor=4)
    return signed({"iss": token_id, "iat": int(time.time()) - 60, "exp": int(time.time()) + 86400}, secret)


def signed(claims, secret):
    """A JSON Web Token, as Home Assistant makes them."""

    def encoded(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    parts = [encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    parts.append(encoded(hmac.new(secret.encode(), b".".join(parts), hashlib.sha256).digest()))
    return b".".join(parts).decode()
