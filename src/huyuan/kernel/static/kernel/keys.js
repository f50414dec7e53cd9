// The keyboard: Ctrl-K goes to the search, arrow keys walk the rows of a table, Esc closes what is open. And printing.
'use strict';

function walkRows(event) {
  const link = event.target.closest('.row-link');
  const forward = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!link || !forward) return;
  const links = [...link.closest('table').querySelectorAll('.row-link')];
  const next = links[links.indexOf(link) + forward];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function closeOpen() {
  const menu = document.querySelector('.menu[open]');
  if (menu) {
    menu.open = false;
    menu.querySelector('summary').focus();
    return;
  }
  const search = document.querySelector('[data-keys-search]');
  if (document.activeElement === search) {
    search.blur();
    return;
  }
  const beside = document.querySelector('#aside');
  if (beside?.children.length) {
    beside.replaceChildren();
    document.querySelector('tr.current .row-link')?.focus();
  }
}

document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    const search = document.querySelector('[data-keys-search]');
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === 'Escape') {
    closeOpen();
  } else {
    walkRows(event);
  }
});

// A menu closes when the person goes elsewhere.
document.addEventListener('click', ({ target }) => {
  for (const menu of document.querySelectorAll('.menu[open]')) if (!menu.contains(target)) menu.open = false;
});

// A button that prints stands only where a script can press it; the browser's own print works everywhere.
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}
