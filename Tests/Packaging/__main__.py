"""Tests of what the gateway is installed by: compose, the Home Assistant app, the Debian package.

usage: python Tests/Packaging --gateway FILE [--package FILE.deb] [--compose-schema FILE] [unittest's own arguments]

Run by scripts/check-packaging, which installs what this needs. All listens on loopback.
"""

import argparse
import pathlib
import sys
import unittest

import setting

arguments = argparse.ArgumentParser(add_help=False)
arguments.add_argument("--gateway", type=pathlib.Path, required=True)
arguments.add_argument("--package", type=pathlib.Path)
arguments.add_argument("--compose-schema", type=pathlib.Path)
known, others = arguments.parse_known_args()
setting.gateway = known.gateway.resolve()
setting.package = known.package
setting.compose_schema = known.compose_schema

folder = pathlib.Path(__file__).parent
names = [path.stem for path in sorted(folder.glob("test_*.py"))]
chosen = [argument for argument in others if not argument.startswith("-")]
flags = [argument for argument in others if argument.startswith("-")]
program = unittest.main(module=None, argv=[sys.argv[0], *flags, *(chosen or names)], exit=False, verbosity=1)
# No test at all is no success.
sys.exit(0 if program.result.wasSuccessful() and program.result.testsRun else 1)
