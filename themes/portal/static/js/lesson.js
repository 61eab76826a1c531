// Lessons: checks the self-test, keeps on this device which lessons are done, and gives them as a file.
const KEY = 'woodblock-lessons';

function done() {
  try {
    const list = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return list && typeof list === 'object' ? list : {};
  } catch {
    return {};
  }
}

function mark(path) {
  const list = done();
  list[path] ??= new Date().toISOString();
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // Storage is off: the mark lasts as long as the page.
  }
  show(list);
}

function show(list) {
  for (const place of document.querySelectorAll('[data-lesson].done')) {
    place.textContent = list[place.dataset.lesson] ? place.dataset.word : '';
  }
}

function say(place, kind, word, rest) {
  place.className = `verdict ${kind}`;
  const strong = document.createElement('b');
  strong.textContent = word;
  place.replaceChildren(strong, rest);
}

function check(fieldset, words) {
  const place = fieldset.querySelector('.verdict');
  const chosen = fieldset.querySelector('input:checked');
  if (!chosen) {
    place.className = 'verdict';
    place.textContent = words.choose;
    return false;
  }
  const right = chosen.value === fieldset.dataset.answer;
  const reason = fieldset.querySelector('.reason').textContent;
  say(place, right ? 'right' : 'wrong', right ? words.right : words.wrong, reason);
  fieldset.dataset.right = right ? 'yes' : '';
  return right;
}

const quiz = document.querySelector('.quiz');
quiz?.addEventListener('submit', (event) => event.preventDefault());
quiz?.addEventListener('click', (event) => {
  if (!event.target.closest('.check')) return;
  const fieldset = event.target.closest('fieldset');
  if (!check(fieldset, quiz.dataset)) return;
  const all = [...quiz.querySelectorAll('fieldset')];
  if (all.every((one) => one.dataset.right)) {
    mark(quiz.dataset.lesson);
    fieldset.querySelector('.verdict').append(` ${quiz.dataset.all}`);
  }
});
// A lesson without a self-test is done when its way on is taken.
if (!quiz) {
  document.querySelector('.next [rel=next], .next .main')?.addEventListener('click', () => {
    if (document.querySelector('.lessons [aria-current]')) mark(location.pathname);
  });
}

document.querySelector('.export')?.addEventListener('click', () => {
  const text = `${JSON.stringify({ format: 1, done: done() }, null, 2)}\n`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = 'woodblock-lessons.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});

show(done());
