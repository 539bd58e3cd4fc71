"""Looks at pages of the report in a browser; see Tools/report-check.sh.

Usage: check_pages.py CHROMIUM FOLDER [PICTURES]
"""

import pathlib
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

# Texts that stick out of the page, or of a box that does not scroll, and texts that lie on one another.
MEASURE = """() => {
  const problems = [];
  const wide = document.documentElement.scrollWidth, seen = document.documentElement.clientWidth;
  if (wide > seen + 1) problems.push(`the page is ${wide} pixels wide, the window ${seen}`);
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || parent.closest('script,style,dialog,title')) continue;
    if (!parent.checkVisibility()) continue;
    const svg = parent.closest('svg');
    const cut = parent.closest('.confusion th');
    if (cut) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const box of range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const frame = (svg || parent.closest('.scroll') || document.documentElement).getBoundingClientRect();
      const text = walker.currentNode.data.trim().slice(0, 40);
      if (!parent.closest('.scroll') || svg) {
        if (box.left < frame.left - 2 || box.right > frame.right + 2) problems.push(`'${text}' sticks out`);
      }
      // A line of type has air above and below.
      const air = 0.2 * box.height;
      boxes.push({text, parent, left: box.left, right: box.right, top: box.top + air, bottom: box.bottom - air, svg});
    }
  }
  boxes.sort((a, b) => a.top - b.top);
  for (let i = 0; i < boxes.length && problems.length < 10; i++) {
    for (let j = i + 1; j < boxes.length && boxes[j].top < boxes[i].bottom; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a.parent === b.parent || a.svg || b.svg) continue;
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 2 && y > 0.35 * Math.min(a.bottom - a.top, b.bottom - b.top))
        problems.push(`'${a.text}' lies on '${b.text}'`);
    }
  }
  return problems;
}"""


def order(page, column):
    return page.eval_on_selector_all(
        "table.sortable tbody tr", f"rows => rows.map(row => row.cells[{column}].textContent.trim())")


def numbers(cells):
    return [float(cell.strip("<%")) for cell in cells]


def use(page, name, found):
    """Sorts, follows a count and enlarges a picture, by mouse and by keyboard."""
    heads = page.locator("table.sortable thead button")
    labels = heads.all_inner_texts()
    photos = labels.index("Photos")
    heads.nth(photos).click()
    down = numbers(order(page, 2))
    heads.nth(photos).focus()
    page.keyboard.press("Enter")
    up = numbers(order(page, 2))
    if down != sorted(down, reverse=True) or up != sorted(up):
        found.append(f"{name}: the table does not sort")
    counts = page.locator(".confusion a")
    if counts.count():
        for press in (lambda link: link.click(), lambda link: (link.focus(), page.keyboard.press("Enter"))):
            target = counts.first.get_attribute("href")
            press(counts.first)
            page.wait_for_timeout(50)
            if not page.locator(f"{target}[open] li").first.is_visible():
                found.append(f"{name}: a count does not open its photos")
            page.eval_on_selector(target, "part => { part.open = false }")
    pictures = page.locator(".enlarge")
    if pictures.count():
        pictures.first.focus()
        page.keyboard.press("Enter")
        if not page.locator("dialog[open] img").is_visible():
            found.append(f"{name}: a picture does not enlarge")
        elif page.locator(".verdict .path").first.inner_text() not in page.locator("dialog p").inner_text():
            found.append(f"{name}: the enlarged picture does not say which photo it is")
        page.keyboard.press("Escape")
        if page.locator("dialog[open]").count():
            found.append(f"{name}: the enlarged picture does not close")


# What pages are made with: pictures beside mistakes, and beside suspect labels, curves, rounds.
PARTS = {
    "page-2": [".mistake .views figure:nth-child(3)", "#curves .c0"],
    "page-12": [".mistake .near img", ".suspect .near img", "#curves .c3", "#curves .mean"],
    "page-26": [".mistakes:not(.wide)", "table.suspects", "#curves .mean"],
    "page-60": [".suspect .near .blank", "#curves .c3", "#folds tbody tr:nth-child(5)"],
}


def look(browser, path, pictures, found):
    name = path.stem
    for width, scheme, media in ((1280, "light", "screen"), (360, "dark", "screen"), (800, "light", "print")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.on("console", lambda message: found.append(f"{name}: console: {message.text}"))
        page.on("pageerror", lambda error: found.append(f"{name}: error: {error}"))
        page.on("request", lambda request: None if request.url.startswith(("file:", "data:"))
                else found.append(f"{name}: asks for {request.url}"))
        page.emulate_media(media=media, color_scheme=scheme)
        page.goto(path.as_uri())
        found += [f"{name}: there is no {part}" for part in PARTS.get(name, []) if not page.locator(part).count()]
        large = path.stat().st_size > 2_000_000
        if not large:
            found += [f"{name}, {width} pixels, {media}: {problem}" for problem in page.evaluate(MEASURE)]
        if media == "screen":
            use(page, f"{name}, {width} pixels", found)
            if not large:
                for violation in Axe().run(page).response["violations"]:
                    nodes = violation["nodes"]
                    found.append(f"{name}, {width} pixels, {scheme}: {violation['id']}: {violation['help']}"
                                 f" ({len(nodes)}, as {nodes[0]['html'][:120]})")
        if pictures:
            page.screenshot(path=f"{pictures}/{name}-{width}-{media}.png", full_page=not large)
            if media == "print":
                page.pdf(path=f"{pictures}/{name}.pdf")
        context.close()


def main():
    chromium, folder = sys.argv[1:3]
    pictures = sys.argv[3] if len(sys.argv) > 3 else None
    if pictures:
        pathlib.Path(pictures).mkdir(parents=True, exist_ok=True)
    found = []
    pages = sorted(pathlib.Path(folder).glob("*.html"))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in pages:
            look(browser, path, pictures, found)
        browser.close()
    for problem in found:
        print(problem)
    print(f"{len(pages)} pages, each at 1280 and 360 pixels and on paper: {len(found)} problems")
    sys.exit(1 if found or not pages else 0)


main()
