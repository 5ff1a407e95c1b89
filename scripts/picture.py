"""Photographs the console's overview while a demonstration runs: docs/console.png. Everything it starts, it ends.

python scripts/picture.py docs/console.png
"""

from __future__ import annotations

import re
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
SIZE = (1360, 900)
PATIENCE = 120_000  # milliseconds


def main(target: Path) -> None:
    """Start a demonstration, sign up, wait for a picture worth taking, take it."""
    with tempfile.TemporaryDirectory(prefix="leadglass-") as directory:
        command = (sys.executable, "-m", "leadglass", "demo", "--data", directory, "--interval", "0.3")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demonstration:
            try:
                assert demonstration.stdout is not None
                words = ""
                while "Ctrl-C" not in words:
                    line = demonstration.stdout.readline()
                    if not line:
                        raise SystemExit("the demonstration did not start")
                    words += line
                photograph(words, target)
            finally:
                demonstration.send_signal(signal.SIGINT)


def photograph(words: str, target: Path) -> None:
    """Sign up with what the demonstration printed, and take the picture when every device has been seen."""
    origin, token = re.search(r"https://\S+", words), re.search(r"token:\s+(\S+)", words)
    assert origin is not None
    assert token is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(ignore_https_errors=True, viewport={"width": SIZE[0], "height": SIZE[1]})
        page.goto(origin[0] + "/sign-up")
        page.fill("[name=name]", "anna")
        page.fill("[name=token]", token[1])
        password = secrets.token_urlsafe(20)
        for field in ("password", "again"):
            page.fill(f"[name={field}]", password)
        page.click("main button")
        page.wait_for_url(origin[0] + "/")
        wait(page)
        page.screenshot(path=target)
        browser.close()


def wait(page: Page) -> None:
    """Until the overview shows every device; it is reloaded meanwhile."""
    for _ in range(PATIENCE // 2_000):
        text = page.locator("main").inner_text()
        if all(title in text for title in ("CT1", "MR1", "CR1", "US1", "US_NEW", "SERVICE_PC")):
            page.wait_for_timeout(8_000)  # a little more traffic, for the widths of the lines
            page.reload()
            return
        page.wait_for_timeout(2_000)
        page.reload()
    raise SystemExit("the overview never showed every device")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
