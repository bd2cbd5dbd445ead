'use strict';
// Filters, folds, copies, and says what can be moved. Without it everything is shown.
(() => {
  const form = document.getElementById('filter');
  const text = document.getElementById('text');
  const status = document.getElementById('status');
  const all = [...document.querySelectorAll('.one')];
  const selects = [...form.querySelectorAll('select')];
  const values = new Map(all.map((one) => [one, new Set(one.dataset.is.split(' '))]));
  // What can be read of each, without its pictures: they show what stands around it too.
  const read = new Map();
  const textOf = (one) => {
    if (!read.has(one)) {
      const parts = [...one.querySelectorAll('summary, .body > dl, .source, .remedy')];
      read.set(one, parts.map((part) => part.textContent).join('\n').toLowerCase());
    }
    return read.get(one);
  };
  const filter = () => {
    const chosen = selects.map((select) => select.value).filter((value) => value !== '');
    const words = text.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    let shown = 0;
    for (const one of all) {
      const fits = chosen.every((value) => values.get(one).has(value))
        && words.every((word) => textOf(one).includes(word));
      one.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    status.textContent = `${shown} of ${all.length} shown`;
  };
  const fold = (open) => {
    for (const one of all) {
      if (!one.hidden) one.querySelector('details').open = open;
    }
  };
  // A link to one finding opens it, also where a filter hides it.
  const follow = () => {
    const one = document.getElementById(location.hash.slice(1));
    if (one && one.matches('.one')) {
      if (one.hidden) {
        form.reset();
        filter();
      }
      one.querySelector('details').open = true;
      one.scrollIntoView();
    }
  };
  form.addEventListener('change', filter);
  form.addEventListener('input', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  // A narrow screen shows the findings first, and the choices when asked.
  const choices = document.getElementById('choices');
  choices?.addEventListener('click', () => {
    choices.setAttribute('aria-expanded', String(form.classList.toggle('all')));
  });
  document.getElementById('open').addEventListener('click', () => fold(true));
  document.getElementById('close').addEventListener('click', () => fold(false));
  window.addEventListener('hashchange', follow);
  // What a browser does not let be copied is selected, so that a key copies it.
  const copy = async (button) => {
    const diff = button.closest('.remedy').querySelector('.diff');
    try {
      await navigator.clipboard.writeText(diff.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(diff);
      button.textContent = 'Selected';
    }
    setTimeout(() => { button.textContent = 'Copy the diff'; }, 2000);
  };
  for (const button of document.querySelectorAll('.copy')) {
    button.hidden = false;
    button.addEventListener('click', () => copy(button));
  }
  // Of a picture that is wider than its frame the frame says so, and fades where there is more.
  const reach = (sheet) => {
    const most = sheet.scrollWidth - sheet.clientWidth;
    sheet.parentElement.classList.toggle('wide', most > 1);
    sheet.classList.toggle('more', most > 1 && sheet.scrollLeft < most - 1);
  };
  const sized = new ResizeObserver((entries) => entries.forEach((entry) => reach(entry.target)));
  for (const sheet of document.querySelectorAll('div.sheet')) {
    sized.observe(sheet);
    sheet.addEventListener('scroll', () => reach(sheet), { passive: true });
  }
  // Paper cannot be unfolded.
  let folded = [];
  window.addEventListener('beforeprint', () => {
    folded = [...document.querySelectorAll('details:not([open])')];
    for (const details of folded) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of folded) details.open = false;
  });
  if (all.length > 0) {
    form.hidden = false;
    filter();
    follow();
  }
})();
