"""The app's files, as Home Assistant's Supervisor reads them."""

import copy
import pathlib
import struct
import subprocess
import tempfile
import unittest

import voluptuous as vol
import yaml

import app_schema
import setting


def load(path) -> dict:
    return yaml.safe_load(path.read_text())


class AppFiles(unittest.TestCase):
    def setUp(self):
        self.config = load(setting.app / "config.yaml")

    def test_the_supervisor_takes_the_configuration_and_the_repository(self):
        app_schema.config(self.config)
        app_schema.repository(load(setting.app.parent / "repository.yaml"))

    def test_the_supervisor_would_refuse_mistakes(self):
        """The schema itself can fail."""
        for key, value in {
            "slug": "a b", "arch": ["armv7"], "services": ["mqtt:maybe"], "watchdog": "http://localhost:8098", "timeout": 5,
            "schema": {"a": "string"}, "map": [{"type": "root"}], "host_networks": True, "startup": "soon",
        }.items():
            with self.subTest(key), self.assertRaises(vol.Invalid):
                app_schema.config(copy.deepcopy(self.config) | {key: value})

    def test_options_that_people_give(self):
        schema, lock = self.config["schema"], {"id": "front_door"}
        good = [
            self.config["options"],
            {"locks": [lock | {"integration": "{}", "commands": "lock_and_unlock", "key_names": "1=A", "local_key_id": 250}]},
            {"locks": [lock], "mqtt_host": "broker.lan", "mqtt_port": 1883, "mqtt_tls": True, "log_level": "debug",
             "settings": ["supervision.movement_timeout=45s"], "webhook_advertise": "http://192.168.1.10:8099"},
        ]
        bad = [
            {}, {"locks": [{}]}, {"locks": [{"id": "Front door"}]}, {"locks": [lock | {"local_key_id": 251}]},
            {"locks": [lock | {"commands": "open"}]}, {"locks": [], "settings": ["PATH=/tmp"]}, {"locks": [], "mqtt_port": 0},
            {"locks": [], "host": "x"},
        ]
        for options in good:
            app_schema.check_options(schema, options)
        for options in bad:
            with self.subTest(options), self.assertRaises(vol.Invalid):
                app_schema.check_options(schema, options)

    def test_every_option_has_words_and_every_word_an_option(self):
        words = load(setting.app / "translations" / "en.yaml")
        app_schema.translations(words)
        schema = self.config["schema"]

        self.assertEqual(list(words["configuration"]), list(schema))
        self.assertEqual(list(words["configuration"]["locks"]["fields"]), list(schema["locks"][0]))

    def test_every_option_is_in_the_documentation(self):
        text = (setting.app / "DOCS.md").read_text()
        schema = self.config["schema"]
        for name in [*(set(schema) - {"locks"}), *schema["locks"][0]]:
            self.assertRegex(text, rf"`(locks\.)?{name}`", f"DOCS.md says nothing of {name}")

    def test_the_start_script_knows_every_option(self):
        script = (setting.app / "run").read_text()
        schema = self.config["schema"]
        for name in [*schema, *schema["locks"][0]]:
            self.assertRegex(script, rf"(?<!\w){name}(?!\w)", f"run does nothing with {name}")

    def test_the_watchdog_asks_where_the_gateway_listens(self):
        self.assertIn("8098", self.config["watchdog"])
        self.assertIn('admin_listen="${APP_ADMIN_LISTEN:-172.30.32.1:8098}"', (setting.app / "run").read_text())

    def test_version_is_the_gateways(self):
        shown = subprocess.run([setting.gateway, "--version"], capture_output=True, text=True).stdout.strip()
        self.assertEqual(self.config["version"], shown)
        self.assertIn(f'io.hass.version="{shown}"', (setting.app / "Dockerfile").read_text())
        self.assertIn(f"## {shown}", (setting.app / "CHANGELOG.md").read_text())

    def test_the_folder_that_is_made_is_a_repository_for_this_machine(self):
        machine = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True).stdout.strip()
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run(
                [setting.repository / "scripts" / "home-assistant-app", "--binary", setting.gateway, folder],
                capture_output=True, text=True)
            self.assertEqual((made.returncode, made.stderr), (0, ""))
            app = pathlib.Path(made.stdout.strip())
            self.assertEqual(app, pathlib.Path(folder) / "loqed_gateway")
            config = load(app / "config.yaml")
            app_schema.config(config)
            architecture = {"amd64": "amd64", "arm64": "aarch64"}[machine]
            self.assertEqual(config, self.config | {"arch": [architecture]})
            self.assertIn(f'io.hass.arch="{architecture}"', (app / "Dockerfile").read_text())
            app_schema.repository(load(pathlib.Path(folder) / "repository.yaml"))
            # All that the Dockerfile takes along is in the folder, which is all that the Supervisor gives it.
            for line in (app / "Dockerfile").read_text().splitlines():
                if line.startswith("COPY"):
                    self.assertTrue((app / line.split()[-2]).is_file(), line)
            self.assertEqual(subprocess.run([app / "loqed-gateway", "--version"], capture_output=True, text=True).stdout.strip(),
                             config["version"])

    def test_pictures_have_the_sizes_that_home_assistant_asks_for(self):
        for name, size in {"icon.png": (128, 128), "logo.png": (250, 100)}.items():
            head = (setting.app / name).read_bytes()[:24]
            self.assertEqual(head[:8], b"\x89PNG\r\n\x1a\n")
            self.assertEqual(struct.unpack(">II", head[16:24]), size)
