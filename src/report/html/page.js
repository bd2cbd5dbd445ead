'use strict';
// Filters by rule and file, and folds. Without it everything is shown.
(() => {
  const form = document.getElementById('filter');
  const status = document.getElementById('status');
  const all = [...document.querySelectorAll('.one')];
  const filter = () => {
    const rule = form.elements.rule.value;
    const file = form.elements.file.value;
    let shown = 0;
    for (const one of all) {
      const fits = (rule === '' || one.dataset.rule === rule)
        && (file === '' || one.dataset.files.split(' ').includes(file));
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
  // A link to one finding opens it.
  const follow = () => {
    const one = document.getElementById(location.hash.slice(1));
    if (one && one.matches('.one')) {
      one.querySelector('details').open = true;
      one.scrollIntoView();
    }
  };
  form.addEventListener('change', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  document.getElementById('open').addEventListener('click', () => fold(true));
  document.getElementById('close').addEventListener('click', () => fold(false));
  window.addEventListener('hashchange', follow);
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
