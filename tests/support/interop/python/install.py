"""Installs requirements.txt into the folder `packages` beside this file, for the python3 that runs this.

The last step copies requirements.txt to packages/requirements.txt: the tests compare the two, so a stopped installation does not count.
"""
import pathlib
import shutil
import subprocess
import sys

here = pathlib.Path(__file__).parent
packages = here / "packages"
requirements = here / "requirements.txt"

shutil.rmtree(packages, ignore_errors=True)
subprocess.run(
    [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", packages, "-r", requirements],
    check=True,
)
shutil.copyfile(requirements, packages / requirements.name)
