"""Looks at the server's page in a browser; see Tools/serve-check.sh.

Usage: check_page.py CHROMIUM FINETUNE RUN PHOTO [PICTURES]

The run has a class whose name would be markup, so that a page that does not escape it is found.
"""

import pathlib
import sys
import tempfile

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from server import Server

WIDE = """() => {
  const root = document.documentElement, found = [];
  if (root.scrollWidth > root.clientWidth + 1) found.push(`is ${root.scrollWidth} pixels wide`);
  for (const one of document.querySelectorAll('main *')) {
    const box = one.getBoundingClientRect();
    if (box.width && (box.left < -1 || box.right > root.clientWidth + 1)) found.push(`<${one.tagName}> sticks out`);
  }
  return found;
}"""


def look(browser, server, photos, width, scheme, pictures, found):
    origin = f"http://127.0.0.1:{server.port}"
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: found.append(f"{width}: error: {error}"))
    page.on("dialog", lambda dialog: found.append(f"{width}: a name has become a script: {dialog.message}"))
    page.on("request", lambda request: None if request.url.startswith((origin, "data:", "blob:"))
            else found.append(f"{width}: asks for {request.url}"))
    page.goto(origin)
    expect(page.locator("#classes")).to_contain_text("knows")
    say = lambda name: found.extend(f"{width}, {name}: {problem}" for problem in page.evaluate(WIDE))
    say("empty")
    page.set_input_files("#choose", photos["good"])
    picture = page.locator(".look img")
    expect(picture).to_be_visible(timeout=60000)
    page.wait_for_timeout(200)
    if page.evaluate("document.querySelector('.look img').naturalWidth") < 200:
        found.append(f"{width}: there is no picture of where it looked")
    if not page.locator("#answers h2").first.inner_text().strip():
        found.append(f"{width}: there is no answer")
    shares = [float(text.split()[0]) for text in page.locator(".share").all_inner_texts()]
    if len(shares) != 5 or shares != sorted(shares, reverse=True):
        found.append(f"{width}: the bars are {shares}")
    say("answered")
    # Another class, by the keyboard.
    first = picture.get_attribute("src")
    page.locator(".bars button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(picture).not_to_have_attribute("src", first, timeout=60000)
    if page.locator(".bars button").nth(1).get_attribute("aria-pressed") != "true":
        found.append(f"{width}: the chosen class is not marked")
    # The camera's field takes files, too, and several photos are asked about in turn.
    page.set_input_files("#take", photos["good"])
    page.set_input_files("#choose", [photos["bad"], photos["named"]])
    expect(page.locator("#status")).to_have_text("4 photos answered", timeout=60000)
    if page.locator("#answers > li").count() != 4:
        found.append(f"{width}: four photos have {page.locator('#answers > li').count()} entries")
    if page.locator(".error").count() != 1 or "not an image" not in page.locator(".error").inner_text():
        found.append(f"{width}: a file that is no photo gets no sentence: {page.locator('.error').all_inner_texts()}")
    say("four answers")
    for violation in Axe().run(page).response["violations"]:
        found.append(f"{width}, {scheme}: {violation['id']}: {violation['help']} ({violation['nodes'][0]['html'][:120]})")
    # The browser itself tells of the answer 415; nothing else may be said.
    found += [f"{width}: console: {text}" for text in messages if "415" not in text]
    if pictures:
        page.screenshot(path=f"{pictures}/serve-{width}.png", full_page=True)
    context.close()


def main():
    chromium, finetune, run, photo = sys.argv[1:5]
    pictures = sys.argv[5] if len(sys.argv) > 5 else None
    if pictures:
        pathlib.Path(pictures).mkdir(parents=True, exist_ok=True)
    found = []
    with tempfile.TemporaryDirectory() as folder, Server(finetune, run) as server, sync_playwright() as play:
        bad = pathlib.Path(folder, "notes.jpg")
        bad.write_text("these are words")
        named = pathlib.Path(folder, "<img src=x onerror=alert(1)> of a very long name without a space" + "_" * 60 + ".jpg")
        named.write_bytes(pathlib.Path(photo).read_bytes())
        photos = {"good": photo, "bad": str(bad), "named": str(named)}
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width, scheme in ((1280, "light"), (360, "dark")):
            look(browser, server, photos, width, scheme, pictures, found)
        browser.close()
    for problem in found:
        print(f"  {problem}")
    print(f"the page at 1280 and 360 pixels: {len(found)} problems")
    sys.exit(1 if found else 0)


main()
