"""What a test needs beside Python: skipped loudly where it is missing, demanded where RENKOU_REQUIRE says so."""

import os
import shutil
import warnings

import pytest


def require(tool: str) -> str:
    """Path of an executable. Missing: the test is skipped with a warning, or fails under RENKOU_REQUIRE=all."""
    path = shutil.which(tool)
    if path:
        return path
    message = f"{tool} is not installed (a Debian package): the tests that need it did NOT run"
    if os.environ.get("RENKOU_REQUIRE") == "all":
        pytest.fail(message)
    warnings.warn(message, stacklevel=2)
    pytest.skip(message)
