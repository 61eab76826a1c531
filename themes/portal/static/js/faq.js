// Questions: opens the one the address names, all of them for print, and filters while one types.
const all = [...document.querySelectorAll('.qs > details')];

function openNamed() {
  const name = decodeURIComponent(location.hash.slice(1));
  const details = name && document.getElementById(name)?.closest('details');
  if (details) details.open = true;
}
addEventListener('hashchange', openNamed);
openNamed();

let closed = [];
addEventListener('beforeprint', () => {
  closed = all.filter((one) => !one.open);
  for (const one of closed) one.open = true;
});
addEventListener('afterprint', () => {
  for (const one of closed) one.open = false;
});

const input = document.getElementById('q-faq');
const said = document.getElementById('faq-said');
const texts = new Map(all.map((one) => [one, one.textContent.normalize('NFKC').toLowerCase()]));
let waiting = 0;

/** Words with a space between must all be there, in any order. */
function filter() {
  const words = input.value.normalize('NFKC').toLowerCase().split(/\s+/).filter(Boolean);
  for (const one of all) one.hidden = !words.every((word) => texts.get(one).includes(word));
  for (const section of document.querySelectorAll('main > section')) {
    section.hidden = !section.querySelector('details:not([hidden])');
  }
  const found = all.filter((one) => !one.hidden).length;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const { none, before, after } = input.dataset;
    said.textContent = words.length ? (found ? `${before}${found}${after}` : none) : '';
    said.classList.toggle('vh', !words.length || found > 0);
  }, 500);
}

if (input && said) {
  let composing = false;
  input.addEventListener('compositionstart', () => { composing = true; });
  input.addEventListener('compositionend', () => { composing = false; filter(); });
  input.addEventListener('input', () => { if (!composing) filter(); });
}
