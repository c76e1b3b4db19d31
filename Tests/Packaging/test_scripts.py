"""What the scripts share."""

import pathlib
import subprocess
import tempfile
import unittest

import setting


class Services(unittest.TestCase):
    """Daemons that come with Debian's packages; a stand-in for systemctl writes down what it is asked."""

    def test_those_that_were_just_installed_are_ended_and_kept_from_the_next_boot(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "systemctl").write_text(
                f'#!/bin/sh\necho "$*" >>{folder}/calls\n'
                'case "$*" in *is-enabled*mosquitto.service | *is-enabled*avahi-daemon.socket) exit 0 ;; *is-enabled*) exit 1 ;; esac\n')
            (folder / "systemctl").chmod(0o755)
            (folder / "sudo").write_text('#!/bin/sh\nexec "$@"\n')
            (folder / "sudo").chmod(0o755)

            def end(*packages: str, systemd: str) -> list[str]:
                (folder / "calls").write_text("")
                script = f'. {setting.repository}/scripts/lib.sh; PATH="{folder}:$PATH"; end_services "$@"'
                subprocess.run(["bash", "-euc", script, "bash", *packages], check=True,
                               env=setting.environment(SYSTEMD_FOLDER=systemd))
                return [line for line in (folder / "calls").read_text().splitlines() if "is-enabled" not in line]

            self.assertEqual(end("jq", "mosquitto", "avahi-daemon", systemd=name), [
                "--quiet disable --now mosquitto.service", "--quiet disable --now avahi-daemon.socket"])
            self.assertEqual(end("jq", systemd=name), [])
            self.assertEqual(end("mosquitto", systemd=f"{name}/none"), [])
