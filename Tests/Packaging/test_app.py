"""The app's start script, with the real gateway, a real broker and a Supervisor that answers as Home Assistant's does."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import setting

TOKEN = "supervisor-token-canary"
PASSWORD = "broker-password-canary"
LOCK = {"id": "front_door", "bridge": "192.0.2.1", "local_key_id": 3, **setting.DEMO_KEYS}
INTEGRATION = {
    "lock_id": "x", "lock_key_local_id": "3", "lock_key_key": setting.DEMO_KEYS["key_secret"], "backend_key": "y",
    "bridge_key": setting.DEMO_KEYS["bridge_key"], "bridge_ip": "192.0.2.1", "bridge_mdns_hostname": "LOQED-a4cf12345678",
}


def service(**data) -> dict:
    return {"result": "ok", "data": {"host": "core-mosquitto", "port": 1883, "ssl": False, "protocol": "3.1.1",
                                     "username": "addons", "password": PASSWORD, "addon": "core_mosquitto"} | data}


class AppCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "data").mkdir()

    def options(self, **options):
        (self.folder / "data" / "options.json").write_text(json.dumps(options))

    def variables(self, supervisor: str) -> dict[str, str]:
        return {
            "APP_DATA": str(self.folder / "data"), "SUPERVISOR_URL": supervisor, "SUPERVISOR_TOKEN": TOKEN,
            "LOQED_GATEWAY_CONFIG": str(self.folder / "memory" / "gateway.json"), "APP_OWNER": "root",
            "APP_GATEWAY": str(setting.gateway), "APP_ADMIN_LISTEN": f"127.0.0.1:{setting.free_port()}",
        }


class Options(AppCase):
    """How options become a configuration: a stand-in in the gateway's place says what it was started with."""

    def start(self, supervisor: str | None = None, **options) -> tuple[subprocess.CompletedProcess, dict, dict]:
        """Runs the script, and returns how it ended, the configuration it made, and the environment that it gave."""
        self.options(**options)
        witness = self.folder / "witness"
        witness.write_text(f'#!/bin/sh\n[ "$*" = run ] && env -0 >{self.folder}/environment\n')
        witness.chmod(0o755)
        supervisor = supervisor or setting.Supervisor(self, TOKEN, 200, service()).url
        variables = self.variables(supervisor) | {"APP_GATEWAY": str(witness), "APP_ADMIN_LISTEN": "172.30.32.1:8098"}
        done = subprocess.run([setting.app / "run"], capture_output=True, text=True, env=setting.environment(**variables))
        if done.returncode:
            self.assertFalse((self.folder / "environment").exists(), "the gateway was started all the same")
            return done, {}, {}
        configuration = json.loads((self.folder / "memory" / "gateway.json").read_text())
        given = dict(pair.split("=", 1) for pair in (self.folder / "environment").read_text().split("\0") if pair)
        return done, configuration, given

    def test_the_standard(self):
        done, configuration, given = self.start(locks=[LOCK])

        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(configuration, {
            "mqtt": {"host": "core-mosquitto", "port": 1883, "username": "addons", "password": PASSWORD},
            "webhook": {"listen": "0.0.0.0:8099"},
            "admin": {"listen": "172.30.32.1:8098"},
            "state_directory": f"{self.folder}/data/state",
            "log": {"level": "info"},
            "locks": [{"id": "front_door", "name": "Front door", "bridge": "192.0.2.1", "local_key_id": 3,
                       "commands": ["lock", "unlock"], **setting.DEMO_KEYS}],
        })
        self.assertEqual(given["LOQED_GATEWAY_CONFIG"], f"{self.folder}/memory/gateway.json")
        self.assertNotIn("SUPERVISOR_TOKEN", given)
        self.assertNotIn(PASSWORD, " ".join(given.values()))

    def test_before_it_is_removed_the_bridges_forget_it_also_without_a_broker(self):
        self.options(locks=[LOCK], remove_webhooks=True)
        witness = self.folder / "witness"
        witness.write_text('#!/bin/sh\necho "$*"\n')
        witness.chmod(0o755)
        supervisor = setting.Supervisor(self, TOKEN, 400, {"result": "error", "message": "no service"})
        variables = self.variables(supervisor.url) | {"APP_GATEWAY": str(witness)}
        done = subprocess.run([setting.app / "run"], capture_output=True, text=True, env=setting.environment(**variables))

        self.assertEqual((done.returncode, done.stdout), (0, "webhooks remove --yes\n"))
        self.assertEqual(done.stderr, "loqed-gateway app: taking our webhook off each bridge, then ending: the option "
                                      "remove_webhooks is on.\n")
        self.assertEqual(supervisor.requests, [])
        check = subprocess.run([setting.gateway, "check"], capture_output=True, text=True,
                               env=setting.environment(LOQED_GATEWAY_CONFIG=str(self.folder / "memory" / "gateway.json")))
        self.assertEqual(check.returncode, 0, check.stderr)

    def test_only_the_owner_may_read_what_it_writes(self):
        self.start(locks=[LOCK])

        self.assertEqual((self.folder / "memory").stat().st_mode & 0o777, 0o700)
        self.assertEqual((self.folder / "memory" / "gateway.json").stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.folder / "data" / "state").stat().st_mode & 0o777, 0o700)

    def test_a_broker_with_tls(self):
        supervisor = setting.Supervisor(self, TOKEN, 200, service(ssl=True, port=8883))
        _, configuration, _ = self.start(supervisor.url, locks=[LOCK])

        self.assertEqual(configuration["mqtt"]["tls"], {})
        self.assertEqual(configuration["mqtt"]["port"], 8883)
        self.assertEqual(supervisor.requests, [("/services/mqtt", True)])

    def test_a_broker_without_logins(self):
        answer = service()
        del answer["data"]["username"], answer["data"]["password"]
        _, configuration, _ = self.start(setting.Supervisor(self, TOKEN, 200, answer).url, locks=[LOCK])

        self.assertEqual(configuration["mqtt"], {"host": "core-mosquitto", "port": 1883})

    def test_a_broker_of_ones_own_asks_no_supervisor(self):
        supervisor = setting.Supervisor(self, TOKEN, 200, service())
        _, configuration, _ = self.start(
            supervisor.url, locks=[LOCK], mqtt_host="broker.lan", mqtt_port=8883, mqtt_username="me", mqtt_password="mine",
            mqtt_tls=True)

        self.assertEqual(configuration["mqtt"], {
            "host": "broker.lan", "port": 8883, "username": "me", "password": "mine", "tls": {}})
        self.assertEqual(supervisor.requests, [])

    def test_the_portals_integration_information_as_it_is(self):
        _, configuration, _ = self.start(locks=[
            {"id": "front_door", "name": "At the street", "integration": json.dumps(INTEGRATION, indent=2)}])

        self.assertEqual(configuration["locks"], [
            {"id": "front_door", "name": "At the street", "bridge": "192.0.2.1", "local_key_id": 3,
             "commands": ["lock", "unlock"], **setting.DEMO_KEYS}])

    def test_a_part_goes_before_the_integration_information_and_an_empty_one_does_not(self):
        _, configuration, _ = self.start(locks=[
            {"id": "front_door", "integration": json.dumps(INTEGRATION), "bridge": "a4cf12345678", "key_secret": "",
             "local_key_id": 0}])

        lock = configuration["locks"][0]
        self.assertEqual(lock["bridge"], "a4cf12345678")
        self.assertEqual(lock["key_secret"], setting.DEMO_KEYS["key_secret"])
        self.assertEqual(lock["local_key_id"], 0)

    def test_commands_and_names_of_keys(self):
        wanted = {"watch_only": [], "lock": ["lock"], "lock_and_unlock": ["lock", "unlock"],
                  "lock_unlock_and_open": ["lock", "unlock", "open"]}
        _, configuration, _ = self.start(
            locks=[LOCK | {"commands": word, "key_names": "1=Alice , 3 = The gateway"} for word in wanted])

        self.assertEqual([lock["commands"] for lock in configuration["locks"]], list(wanted.values()))
        self.assertEqual(configuration["locks"][0]["key_names"], {"1": "Alice", "3": "The gateway"})

    def test_ports_addresses_levels_and_more_settings(self):
        _, configuration, given = self.start(
            locks=[LOCK], webhook_port=9000, webhook_advertise="http://192.0.2.9:9000", log_level="debug",
            settings=["supervision.movement_timeout=45s", "mqtt.tls.ca_file=/ssl/my ca.pem"])

        self.assertEqual(configuration["webhook"], {"listen": "0.0.0.0:9000", "advertise": "http://192.0.2.9:9000"})
        self.assertEqual(configuration["log"], {"level": "debug"})
        self.assertEqual(given["LOQED_GATEWAY_SUPERVISION_MOVEMENT_TIMEOUT"], "45s")
        self.assertEqual(given["LOQED_GATEWAY_MQTT_TLS_CA_FILE"], "/ssl/my ca.pem")

    def assertRefused(self, code: int, words: str, done: subprocess.CompletedProcess):
        self.assertEqual((done.returncode, done.stdout, done.stderr), (code, "", f"loqed-gateway app: {words}\n"))

    def test_no_lock(self):
        for options in ({}, {"locks": []}, {"locks": None}):
            with self.subTest(options):
                self.assertRefused(78, "there is no lock yet. Add one on the app's tab Configuration; the tab Documentation "
                                   "has it step by step.", self.start(**options)[0])

    def test_no_broker(self):
        supervisor = setting.Supervisor(self, TOKEN, 400, {"result": "error", "message": "Service not enabled"})
        self.assertRefused(69, 'Home Assistant knows no MQTT broker. Install the app "Mosquitto broker" and start it, or name '
                           "one by mqtt_host.", self.start(supervisor.url, locks=[LOCK])[0])

    def test_a_supervisor_that_is_away(self):
        self.options(locks=[LOCK])
        variables = self.variables(f"http://127.0.0.1:{setting.free_port()}") | {"APP_RETRY_DELAY": "1"}
        done = subprocess.run([setting.app / "run"], capture_output=True, text=True, env=setting.environment(**variables))
        # curl says in lines of its own what failed, each time.
        self.assertEqual(done.returncode, 69)
        self.assertEqual(done.stderr.splitlines()[-1], "loqed-gateway app: the Supervisor does not answer, so the broker is not "
                         "known. Start the app again.")
        self.assertNotIn(TOKEN, done.stderr)

    def test_answers_that_are_none(self):
        for status, answer in ((200, {"result": "ok", "data": {}}), (200, {"result": "ok"}), (403, {"result": "error"}), (200, [])):
            with self.subTest(answer):
                done, _, _ = self.start(setting.Supervisor(self, TOKEN, status, answer).url, locks=[LOCK])
                self.assertEqual(done.returncode, 69, done.stderr)
                self.assertIn("Home Assistant knows no MQTT broker", done.stderr)

    def test_options_that_cannot_be_read(self):
        self.options()
        file = self.folder / "data" / "options.json"
        file.write_text("{")
        done = subprocess.run([setting.app / "run"], capture_output=True, text=True,
                              env=setting.environment(**self.variables("http://127.0.0.1:1")))
        self.assertRefused(66, f"{file} cannot be read. Save the app's options in Home Assistant once more.", done)

    def test_integration_information_that_is_cut_off_is_not_repeated(self):
        done, _, _ = self.start(locks=[LOCK, {"id": "back", "integration": json.dumps(INTEGRATION)[:-9]}])
        self.assertRefused(78, "lock 2: the integration information is not whole. Paste all of it, from { to }", done)

    def test_names_of_keys_that_are_none(self):
        done, _, _ = self.start(locks=[LOCK | {"key_names": "Alice"}])
        self.assertRefused(78, "lock 1: the names of keys must be like 1=Alice, 3=Gateway", done)

    def test_a_setting_that_is_none(self):
        for setting_line in ("PATH=/tmp", "log=x", "supervision.x", "a.b=c\nd.e=f"):
            with self.subTest(setting_line):
                done, _, given = self.start(locks=[LOCK], settings=[setting_line])
                if "\n" in setting_line:
                    # Two lines are two settings.
                    self.assertEqual((given["LOQED_GATEWAY_A_B"], given["LOQED_GATEWAY_D_E"]), ("c", "f"))
                    (self.folder / "environment").unlink()
                else:
                    self.assertRefused(78, 'a line of "More settings" is not like supervision.movement_timeout=45s', done)


class Running(AppCase):
    """The whole app, as far as it goes without a container."""

    def test_the_state_of_the_lock_reaches_the_broker_and_nothing_leaks(self):
        port = setting.free_port()
        passwords = self.folder / "passwords"
        passwords.write_text(f"addons:{PASSWORD}\n")
        subprocess.run(["mosquitto_passwd", "-U", passwords], check=True)
        setting.start_broker(
            self, self.folder, f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\n", port)
        bridge = setting.start_simulator(self, self.folder)
        supervisor = setting.Supervisor(self, TOKEN, 200, service(host="127.0.0.1", port=port))
        self.options(
            locks=[{"id": "front_door", "integration": json.dumps(INTEGRATION | {"bridge_ip": f"127.0.0.1:{bridge}"})}],
            log_level="trace", settings=[f"webhook.listen=127.0.0.1:{setting.free_port()}"])
        variables = self.variables(supervisor.url)

        app = setting.Program(self, self.folder, "app", [setting.app / "run"], **variables)

        setting.eventually("the lock's state is on the broker", lambda: app.process.poll() is None and setting.read_topic(
            port, "loqed/front_door/state", "addons", PASSWORD) == "unlocked")
        # Its health, as the image's health check asks for it, and as the Supervisor's watchdog does.
        health = subprocess.run([setting.gateway, "health", "--ready"], capture_output=True, text=True,
                                env=setting.environment(LOQED_GATEWAY_CONFIG=variables["LOQED_GATEWAY_CONFIG"]))
        self.assertEqual(health.returncode, 0, health.stderr)
        process = pathlib.Path(f"/proc/{app.process.pid}")
        secrets = [TOKEN, PASSWORD, *setting.DEMO_KEYS.values()]
        for place in (app.output, (process / "environ").read_text(), (process / "cmdline").read_text()):
            for secret in secrets:
                self.assertNotIn(secret, place)
        self.assertEqual((process / "exe").resolve(), setting.gateway)
        self.assertEqual(app.end(), 0)
        self.assertEqual(setting.read_topic(port, "loqed/gateway/availability", "addons", PASSWORD), "offline")

    def test_a_key_that_is_missing_is_named(self):
        self.options(locks=[{key: value for key, value in LOCK.items() if key != "key_secret"}])
        supervisor = setting.Supervisor(self, TOKEN, 200, service())

        done = subprocess.run([setting.app / "run"], capture_output=True, text=True,
                              env=setting.environment(**self.variables(supervisor.url)))

        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, re.compile(r"gateway\.json:\d+:\d+: .*key_secret"))

    @unittest.skipUnless(os.getuid() == 0, "only root can become somebody else")
    def test_root_becomes_an_ordinary_user_without_capabilities(self):
        self.folder.chmod(0o755)
        (self.folder / "data").chmod(0o755)
        self.options(locks=[LOCK])
        witness = self.folder / "witness"
        witness.write_text(
            '#!/bin/sh\ngrep -E "^(Uid|Gid|Groups|Cap...|NoNewPrivs):" /proc/self/status\n'
            'cat "$LOQED_GATEWAY_CONFIG" >/dev/null && : >"$STATE/file" && ls -n "$STATE"\n')
        witness.chmod(0o755)
        supervisor = setting.Supervisor(self, TOKEN, 200, service())
        variables = self.variables(supervisor.url) | {
            "APP_OWNER": "nobody", "APP_GATEWAY": str(witness), "STATE": str(self.folder / "data" / "state")}

        done = subprocess.run([setting.app / "run"], capture_output=True, text=True, env=setting.environment(**variables))

        self.assertEqual(done.returncode, 0, done.stderr)
        status = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
        self.assertEqual(status["Uid"], "65534\t65534\t65534\t65534")
        self.assertEqual({status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}, {"0" * 16})
        self.assertEqual((status["NoNewPrivs"], status["Groups"].strip()), ("1", ""))
        self.assertIn("file", done.stdout)
