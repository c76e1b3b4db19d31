"""compose.yaml and the broker in it: the file by its schema, and what it starts by real programs without containers."""

import json
import os
import pathlib
import re
import stat
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

import setting

COMPOSE = setting.docker / "compose.yaml"


def prepare(secrets: pathlib.Path, *words: str) -> subprocess.CompletedProcess:
    """Runs the service `prepare` as compose.yaml does, with everything belonging to whoever runs the tests."""
    owner = f"{os.getuid()}:{os.getgid()}"
    for name in ("broker", "gateway", "users"):
        (secrets / name).mkdir(exist_ok=True)
    return subprocess.run(
        ["/bin/sh", setting.docker / "mosquitto" / "prepare", *words], capture_output=True, text=True,
        env=setting.environment(SECRETS=str(secrets), ACCESS_LIST=str(setting.docker / "gateway" / "acl"),
                                GATEWAY_OWNER=owner, BROKER_OWNER=owner))


class File(unittest.TestCase):
    def setUp(self):
        self.compose = yaml.safe_load(COMPOSE.read_text())

    @property
    def services(self) -> dict:
        return self.compose["services"]

    def test_it_follows_the_compose_specification(self):
        # The schema comes with docker-compose 1.29, from before a file could name its project.
        self.assertEqual(self.compose.pop("name"), "loqed-gateway")
        schema = json.loads(setting.compose_schema.read_text())
        validator = jsonschema.Draft201909Validator(schema)
        validator.validate(self.compose)
        broken = self.compose | {"services": self.services | {"gateway": self.services["gateway"] | {"read_onyl": True}}}
        with self.assertRaises(jsonschema.ValidationError):
            validator.validate(broken)

    def test_every_service_is_confined(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertIs(service["read_only"], True)
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertEqual(service["security_opt"], ["no-new-privileges:true"])
                self.assertNotIn("privileged", service)
                self.assertEqual(service.get("cap_add", []), ["CHOWN", "DAC_OVERRIDE"] if name == "prepare" else [])
                self.assertEqual(service["user"] == "0:0", name == "prepare")

    def test_what_is_mounted_is_there_and_every_volume_is_used(self):
        used = set()
        for service in self.services.values():
            for mount in service.get("volumes", []):
                source, target = re.fullmatch(r"(?:\$\{\w+:-)?([^}:]+)\}?:([^:]+)(?::ro)?", mount).groups()
                if source.startswith("."):
                    self.assertTrue((setting.docker / source).exists(), source)
                    self.assertTrue(mount.endswith(":ro"), mount)
                else:
                    used.add(source)
        self.assertEqual(used, set(self.compose["volumes"]))

    def test_the_gateway_has_longer_to_stop_than_it_takes(self):
        # SIGTERM ends it within 5 s.
        self.assertEqual(self.services["gateway"]["stop_grace_period"], "15s")

    def test_a_crash_of_the_gateway_is_pictured_for_nobody(self):
        # Of all limits only 1 keeps the kernel from calling a program of core_pattern.
        for name in ["gateway", "simulator"]:
            self.assertEqual(self.services[name]["ulimits"], {"core": 1})
        unit = (setting.docker / "systemd/loqed-gateway.service").read_text()
        self.assertIn("\nLimitCORE=1\n", unit)

    def test_only_the_simulator_waits_to_be_asked_for(self):
        self.assertEqual({name: service["profiles"] for name, service in self.services.items() if "profiles" in service},
                         {"simulator": ["simulator"]})

    def test_user_and_program_are_the_images(self):
        image = (setting.docker / "Dockerfile").read_text()
        self.assertIn(f"USER {self.services['gateway']['user']}", image)
        self.assertIn(json.dumps(self.services["gateway"]["healthcheck"]["test"][1:]), image)
        self.assertEqual(self.services["simulator"]["command"], ["simulate"])


class Broker(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.secrets = self.folder / "secrets"
        self.secrets.mkdir()

    def prepare(self, *words: str) -> str:
        done = prepare(self.secrets, *words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def password(self, user: str) -> str:
        return dict(line.split("\t") for line in self.prepare("show").splitlines())[user]

    def test_the_access_list_is_what_the_command_prints_for_the_configuration(self):
        self.prepare()
        printed = subprocess.run(
            [setting.gateway, "acl", "--config", setting.docker / "gateway" / "gateway.yaml"], capture_output=True, text=True,
            env=setting.environment(LOQED_GATEWAY_MQTT_PASSWORD_FILE=str(self.secrets / "gateway" / "mqtt.password")))
        self.assertEqual((printed.returncode, printed.stderr), (0, ""))
        self.assertEqual((setting.docker / "gateway" / "acl").read_text(), printed.stdout)

    def test_passwords_are_made_once_and_only_their_owners_read_them(self):
        self.assertEqual(self.prepare(), "")
        first = {path: path.read_text() for path in self.secrets.rglob("*") if path.is_file()}
        self.assertEqual(sorted(str(path.relative_to(self.secrets)) for path in first), [
            "broker/acl", "broker/passwords", "gateway/mqtt.password", "users/homeassistant", "users/panel"])
        for path in first:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        plain = [first[self.secrets / name].strip() for name in ("gateway/mqtt.password", "users/homeassistant", "users/panel")]
        self.assertEqual(len(set(plain)), 3)
        for password in plain:
            self.assertRegex(password, r"\A[A-Za-z0-9_-]{32}\Z")
            self.assertNotIn(password, first[self.secrets / "broker" / "passwords"])

        self.prepare()
        self.assertEqual({path: path.read_text() for path in first}, first)
        self.prepare("renew")
        for path in first:
            self.assertEqual(path.read_text() != first[path], path.name != "acl", path)

    def test_renewed_are_also_the_passwords_of_users_that_were_added(self):
        self.prepare()
        self.prepare("add", "nodered")
        old = self.password("nodered")
        self.prepare("renew")

        self.assertNotEqual(self.password("nodered"), old)
        users = [line.split(":")[0] for line in (self.secrets / "broker" / "passwords").read_text().splitlines()]
        self.assertEqual(users, ["loqed", "homeassistant", "panel", "nodered"])

    def test_a_start_that_was_cut_off_is_made_good(self):
        self.prepare()
        (self.secrets / "broker" / "passwords").unlink()
        (self.secrets / "broker" / "passwords.new").write_text("loqed:half")
        old = (self.secrets / "gateway" / "mqtt.password").read_text()

        self.prepare()

        self.assertNotEqual((self.secrets / "gateway" / "mqtt.password").read_text(), old)
        self.assertEqual(len((self.secrets / "broker" / "passwords").read_text().splitlines()), 3)

    def test_without_an_access_list_there_is_no_broker(self):
        for name in ("broker", "gateway", "users"):
            (self.secrets / name).mkdir()
        done = subprocess.run(["/bin/sh", setting.docker / "mosquitto" / "prepare"], capture_output=True, text=True,
                              env=setting.environment(SECRETS=str(self.secrets), ACCESS_LIST=str(self.folder / "acl")))
        self.assertEqual((done.returncode, done.stderr), (
            66, "prepare: there is no file `acl` beside gateway.yaml. loqed-gateway acl prints it\n"))
        self.assertEqual([path for path in self.secrets.rglob("*") if path.is_file()], [])

    def test_wrong_words(self):
        self.prepare()
        for words, code, text in [
            (["add", "panel"], 65, "prepare: there is a user panel already\n"),
            (["add", "a:b"], 64, "prepare: a user's name is of letters, digits, - and _\n"),
            (["add"], 64, "prepare: a user's name is of letters, digits, - and _\n"),
        ]:
            done = prepare(self.secrets, *words)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (code, "", text))
        self.assertEqual(prepare(self.secrets, "frobnicate").returncode, 64)

    def test_the_whole_set_of_services(self):
        """Broker, simulator and gateway as compose.yaml starts them, on ports of this test."""
        self.prepare()
        port = setting.free_port()
        configuration = (setting.docker / "mosquitto" / "mosquitto.conf").read_text()
        for old, new in {"listener 1883": f"listener {port} 127.0.0.1", "/mosquitto/secrets": f"{self.secrets}/broker",
                         "/mosquitto/data": str(self.folder)}.items():
            self.assertIn(old, configuration)
            configuration = configuration.replace(old, new)
        broker = setting.start_broker(self, self.folder, configuration, port)
        bridge = setting.start_simulator(self, self.folder)
        shipped = (setting.docker / "gateway" / "gateway.yaml").read_text()
        for old, new in {"127.0.0.1:8080": f"127.0.0.1:{bridge}", "host: 127.0.0.1": f"host: 127.0.0.1\n  port: {port}",
                         "/run/loqed-gateway": f"{self.secrets}/gateway", ":8099\n\n": f":{setting.free_port()}\n\n"}.items():
            self.assertIn(old, shipped)
            shipped = shipped.replace(old, new)
        (self.folder / "gateway.yaml").write_text(shipped)
        variables = {"LOQED_GATEWAY_CONFIG": str(self.folder / "gateway.yaml"),
                     "LOQED_GATEWAY_STATE_DIRECTORY": str(self.folder / "state"),
                     "LOQED_GATEWAY_ADMIN_LISTEN": f"127.0.0.1:{setting.free_port()}"}

        gateway = setting.Program(self, self.folder, "gateway", [setting.gateway, "run"], **variables)

        user = self.password("homeassistant")
        setting.eventually("the lock's state is on the broker", lambda: setting.read_topic(
            port, "loqed/front_door/state", "homeassistant", user, 1) == "unlocked")
        # Home Assistant may command; the panel may look, and no more.
        for name, payload in (("panel", "OPEN"), ("homeassistant", "LOCK")):
            subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-u", name, "-P", self.password(name), "-t",
                            "loqed/front_door/command", "-m", payload, "-q", "1"], check=True)
        setting.eventually("the lock is locked", lambda: setting.read_topic(
            port, "loqed/front_door/state", "panel", self.password("panel")) == "locked")
        self.assertNotIn("OPEN", gateway.output)
        self.assertEqual(setting.read_topic(port, "loqed/front_door/attributes", "panel", self.password("panel"), 1), "")
        # A user that is added later is let in after a SIGHUP.
        self.assertEqual(self.prepare("add", "nodered"), "")
        broker.process.send_signal(1)
        setting.eventually("the new user is let in", lambda: subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-u", "nodered", "-P", self.password("nodered"), "-t", "x",
             "-m", "x"], capture_output=True).returncode == 0)
        self.assertEqual([line for line in broker.output.splitlines() if "Warning" in line and "run as root" not in line], [])
        health = subprocess.run([setting.gateway, "health", "--ready"], capture_output=True, text=True,
                                env=setting.environment(**variables))
        self.assertEqual(health.returncode, 0, health.stderr)
        # The terminal and the doctor come as the gateway's own user, and the access list lets them.
        for command in ("status", "doctor"):
            told = subprocess.run([setting.gateway, command], capture_output=True, text=True,
                                  env=setting.environment(**variables))
            self.assertEqual((told.returncode, told.stderr), (0, ""), told.stdout)
            self.assertNotIn("failed ", told.stdout)
        self.assertEqual(gateway.end(), 0)
