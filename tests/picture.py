"""``python -m tests.picture``: ``docs/explore.png``, the page of ``explore`` on a desktop."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

SWITCHES = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--hide-scrollbars"),
)
BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@contextmanager
def browser(folder: Path) -> Iterator[Any]:
    """Yield Debian's Chromium, without a window; all that it keeps lies in ``folder``."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or "chromium"
    for switch in (*SWITCHES, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(DRIVER, env=os.environ | {"HOME": str(folder)})
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()


def resize(driver: Any, width: int, height: int = 900) -> None:
    """Give the page a screen of so many pixels; a narrow one is a phone's."""
    screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as kept, browser(Path(kept)) as driver:
        resize(driver, 1200, 1680)
        driver.get(Path("models/explore/explore.html").absolute().as_uri())
        driver.find_element("id", "word").send_keys("music")
        driver.execute_script("document.activeElement.blur()")
        shot = Image.open(BytesIO(driver.get_screenshot_as_png()))
        shot.convert("RGB").quantize(256, 2).save("docs/explore.png", optimize=True)
