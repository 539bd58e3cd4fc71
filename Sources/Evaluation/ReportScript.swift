import Files
import Foundation

/// The page's script. Without it everything can be read; with it tables sort, a count opens its photos, and pictures
/// enlarge.
enum ReportScript {
  /// What a content security policy calls the script by: nothing else may run on the page.
  static let source =
    "sha256-" + Data(ContentDigest(Array(text.utf8)).bytes).base64EncodedString()

  static let text = """
    'use strict';
    for (const table of document.querySelectorAll('table.sortable')) {
      const heads = [...table.tHead.rows[0].cells];
      const body = table.tBodies[0];
      const value = (row, column) => {
        const text = row.cells[column].textContent.trim();
        const number = parseFloat(text.replace('<', ''));
        return Number.isNaN(number) ? text.toLowerCase() : number;
      };
      const compare = (a, b) => typeof a === typeof b
        ? (typeof a === 'number' ? a - b : a.localeCompare(b)) : typeof a === 'number' ? -1 : 1;
      heads.forEach((head, column) => {
        const label = head.textContent.trim();
        if (!label) return;
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = label;
        head.replaceChildren(button);
        button.addEventListener('click', () => {
          const sign = head.getAttribute('aria-sort') === 'descending' ? 1 : -1;
          for (const other of heads) other.removeAttribute('aria-sort');
          head.setAttribute('aria-sort', sign < 0 ? 'descending' : 'ascending');
          const key = head.classList.contains('name') ? row => row.cells[column].textContent.trim().toLowerCase()
            : row => value(row, column);
          body.append(...[...body.rows].sort((a, b) => sign * compare(key(a), key(b))));
        });
      });
    }
    const open = () => {
      const target = location.hash.startsWith('#pair-') && document.getElementById(location.hash.slice(1));
      if (!target) return;
      for (let part = target; part; part = part.parentElement.closest('details')) part.open = true;
      target.scrollIntoView();
      target.querySelector('summary').focus();
    };
    addEventListener('hashchange', open);
    for (const link of document.querySelectorAll('.confusion a')) link.addEventListener('click', () => setTimeout(open));
    open();
    const dialog = document.querySelector('dialog');
    for (const picture of document.querySelectorAll('.views img')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'enlarge';
      picture.replaceWith(button);
      button.append(picture);
      button.addEventListener('click', () => {
        const large = picture.cloneNode();
        dialog.querySelector('div').replaceChildren(large);
        const caption = button.closest('figure').querySelector('figcaption').cloneNode(true);
        const verdict = button.closest('article').querySelector('.verdict').cloneNode(true);
        dialog.querySelector('p').replaceChildren(...caption.childNodes, ...verdict.childNodes);
        dialog.showModal();
      });
    }
    dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
    """
}
