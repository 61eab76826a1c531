/** Search in a browser against a plain static server: right answers, few bytes, keys, faults. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DIST, openBrowser, watchErrors } from './browser.mjs';
import { serve } from './server.mjs';

// All there is of the engine, with scripts as a host sends them that compresses nothing. The aim is 150,000.
const FIRST_SEARCH_BYTES = 186_000;

let browser;
let server;
before(async () => {
  browser = await openBrowser();
  server = await serve(DIST);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** An empty browser: its own cache, nothing stored. */
async function fresh(options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  return { page, errors: watchErrors(page), close: () => context.close() };
}

/** Types into the box of the search page and sends the form; the first hits. */
async function ask(page, path, query) {
  await page.goto(server.url(path));
  await page.locator('main woodblock-search input').fill(query);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.wb-hit');
  return page.locator('.wb-hit h3 a').evaluateAll((links) =>
    links.map((link) => ({ title: link.textContent, path: new URL(link.href).pathname })));
}

const RIGHT = [
  ['search/', '口罩', (hit) => /口罩/.test(hit.title)],
  ['search/', '专利申请费', (hit) => ['/guide/patent/pay/', '/faq/patent-fee/', '/guide/patent/apply/'].includes(hit.path)],
  ['search/', 'coronavirus antibody', (hit) => /corona/i.test(hit.title) && /antibod/i.test(hit.title)],
  ['en/search/', 'coronavirus antibody', (hit) => /corona/i.test(hit.title) && /antibod/i.test(hit.title)],
  ['en/search/', 'patent fee', (hit) => ['/en/guide/patent/pay/', '/en/faq/patent-fee/'].includes(hit.path)],
  ['search/', 'patent fee', (hit) => /(guide\/patent\/pay|faq\/patent-fee)\/$/.test(hit.path)],
];
for (const [path, query, isRight] of RIGHT) {
  test(`${path}: ${query} has a right answer in the first three, and a quiet console`, async () => {
    const { page, errors, close } = await fresh();
    const hits = await ask(page, path, query);
    assert.ok(hits.slice(0, 3).some(isRight), JSON.stringify(hits.slice(0, 3), null, 1));
    assert.ok(await page.locator('.wb-hits mark').count(), 'matches are marked');
    assert.match(await page.locator('h2.wb-total').innerText(), /\d/);
    assert.equal(await page.locator('[role=status]').innerText(), await page.locator('h2.wb-total').innerText());
    assert.deepEqual(errors, []);
    await close();
  });
}

test('the engine loads on the first focus, not before, and the first search stays within its bytes', async (t) => {
  const own = await serve(DIST);
  const { page, close } = await fresh();
  await page.goto(own.url(''), { waitUntil: 'networkidle' });
  const early = own.log.filter(({ path }) => /worker\.js|engine\.(js|wasm)|\.wbi$/.test(path));
  assert.deepEqual(early, [], 'nothing of the engine before focus');
  await page.locator('main woodblock-search input').focus();
  await page.waitForTimeout(500);
  assert.ok(own.log.some(({ path }) => path.endsWith('.wbi')), 'the root comes with the focus');
  await page.locator('main woodblock-search input').fill('口罩');
  await page.keyboard.press('Enter');
  // With the counts of the facets, which come after the hits: else the sum would hang on how quick the page is.
  await page.waitForSelector('.wb-facets .wb-n');
  // Scripts, engine and index.
  const parts = own.log.filter(({ path }) => path.startsWith('/woodblock/'));
  const bytes = parts.reduce((sum, one) => sum + one.bytes, 0);
  const list = parts.map((one) => `${one.bytes} ${one.path}`).join('\n');
  t.diagnostic(`first search: ${bytes} bytes, engine and index together`);
  assert.ok(bytes <= FIRST_SEARCH_BYTES, `${bytes} bytes:\n${list}`);
  await close();
  await own.stop();
});

test('worker, engine and root are on their way at once, and each comes once', async () => {
  const own = await serve(DIST);
  const { page, close } = await fresh();
  await page.goto(own.url(''), { waitUntil: 'networkidle' });
  await page.locator('main woodblock-search input').focus();
  await page.locator('main woodblock-search input').fill('口罩');
  await page.waitForSelector('.wb-option');
  const first = own.log.filter(({ path }) => /worker\.js|engine\.wasm\.gz|\.wbi$/.test(path)).slice(0, 3).map(({ path }) => path);
  assert.ok(['worker.js', 'engine.wasm.gz', '.wbi'].every((end) => first.some((path) => path.endsWith(end))), `${first}`);
  const fetched = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
  assert.ok(['engine.wasm.gz', '.wbi'].every((end) => fetched.some((name) => name.endsWith(end))), 'the page fetches them, not the worker after it');
  const paths = own.log.map(({ path }) => path).filter((path) => path.startsWith('/woodblock/'));
  assert.deepEqual(paths, [...new Set(paths)]);
  await close();
  await own.stop();
});

test('the table of traditional characters comes with the first question that holds Han, and no sooner', async () => {
  const own = await serve(DIST);
  const { page, close } = await fresh();
  const isTable = ({ path }) => path.endsWith('/characters.gz');
  await page.goto(own.url('en/search/?q=patent+fee'));
  await page.waitForSelector('.wb-hits');
  assert.equal(own.log.filter(isTable).length, 0);
  await page.goto(own.url('en/search/?q=專利申請費'));
  await page.waitForSelector('.wb-hits');
  assert.match(await page.locator('.wb-hits mark').first().innerText(), /专利|申请/);
  assert.equal(own.log.filter(isTable).length, 1);
  await close();
  await own.stop();
});

test('without the table of traditional characters simplified ones still find, and the reader is told', async () => {
  const { page, close } = await fresh();
  const own = await serve(DIST);
  await page.route('**/characters.gz', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto(own.url('en/search/?q=专利'));
  await page.waitForSelector('.wb-hits');
  assert.match(await page.locator('.wb-error').innerText(), /no longer on the server/);
  await close();
  await own.stop();
});

test('what is at hand is suggested without a pause, what is not waits for one', async () => {
  const own = await serve(DIST);
  const { page, close } = await fresh();
  await page.goto(own.url(''));
  const input = page.locator('main woodblock-search input');
  await input.focus();
  await input.fill('口罩');
  await page.waitForSelector('.wb-option');
  await input.fill('');
  const before = own.log.length;
  // Timers that do not fire: only an answer without a pause gets through.
  await page.evaluate(() => { globalThis.setTimeout = () => 0; });
  await input.fill('口罩');
  await page.waitForSelector('.wb-option');
  assert.equal(own.log.length, before);
  // Keys faster than the pause fetch for the last text alone.
  for (const text of ['z', 'zq', 'zqx', '疫苗']) await input.fill(text);
  await page.waitForFunction(() => /疫苗/.test(document.querySelector('.wb-list').textContent));
  await close();
  await own.stop();
});

test('queries of every shape get an answer or a clear word, and the next one works', async () => {
  const { page, errors, close } = await fresh();
  await page.goto(server.url('search/'));
  const module = await page.locator('script[src$="search.js"]').getAttribute('src');
  const queries = [
    Array.from({ length: 10_000 }, (_, n) => `w${n}`).join(' '), '*', '~2', 'mask~2 paper~2 filtr~2', '"口罩', '(((口罩', '口罩)))', 'NOT 口罩', 'AND OR',
    '😀', '😷口罩', '\u200b口\u200d罩', '\u202e罩口\u202c', '\u200f口罩\u200e', '\u0301', '\ud800', '\0', ' ',
  ];
  const found = await page.evaluate(async ([address, queries]) => {
    const { search } = await import(address);
    const answers = [];
    for (const query of queries) {
      const started = performance.now();
      const { hits, notices, failures } = await search(query);
      answers.push({ query: query.slice(0, 20), hits: hits.length, codes: notices.map(({ code }) => code), failures, millis: performance.now() - started });
    }
    return answers;
  }, [module, queries]);
  for (const { query, hits, failures, millis } of found) assert.ok(hits <= 10 && !failures.length && millis < 20_000, `${query} ${millis}`);
  assert.ok(found[0].codes.includes('query-cut'));
  for (const n of [4, 5, 6, 10, 11, 13]) assert.equal(found[n].hits, 10, found[n].query);
  for (const query of ['*', '"口罩', '\u202e罩口']) {
    await page.locator('main woodblock-search input').fill(query);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.wb-results h2');
  }
  assert.deepEqual(errors, []);
  await close();
});

test('with data saving on, nothing of the engine is fetched before a search is sent', async () => {
  const own = await serve(DIST);
  const { page, close } = await fresh();
  await page.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
  await page.goto(own.url(''));
  await page.locator('main woodblock-search input').focus();
  await page.keyboard.type('口罩');
  await page.waitForTimeout(600);
  assert.deepEqual(own.log.filter(({ path }) => /worker\.js|\.wbi$/.test(path)), []);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.wb-hit');
  await close();
  await own.stop();
});

test('suggestions by keyboard: nothing chosen at first, Down, Up, Esc closes then clears, Tab leaves', async () => {
  const { page, errors, close } = await fresh();
  await page.goto(server.url(''));
  const input = page.locator('main woodblock-search input');
  const chosen = () => input.getAttribute('aria-activedescendant');
  await input.focus();
  assert.equal(await page.locator('.wb-list:visible').count(), 0, 'focus opens nothing');
  await page.keyboard.type('专利');
  await page.waitForSelector('.wb-option');
  assert.equal(await input.getAttribute('aria-expanded'), 'true');
  assert.equal(await chosen(), null);
  const rows = await page.locator('.wb-option').count();
  assert.ok(rows >= 2 && rows <= 8, `${rows} rows`);
  assert.ok((await page.locator('.wb-group').count()) >= 2, 'several kinds');
  await page.keyboard.press('ArrowDown');
  const first = await chosen();
  assert.equal(await page.locator(`#${first}`).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('ArrowUp');
  assert.equal(await chosen(), null, 'Up from the first row returns to the box');
  await page.keyboard.press('ArrowUp');
  assert.equal(await chosen(), await page.locator('.wb-option').last().getAttribute('id'));
  await page.waitForFunction(() => /\d+条建议/.test(document.querySelector('main [role=status]').textContent));
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.wb-list:visible').count(), 0);
  assert.equal(await input.inputValue(), '专利');
  await page.keyboard.press('Escape');
  assert.equal(await input.inputValue(), '');
  await page.keyboard.type('专利');
  await page.waitForSelector('.wb-option');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  assert.equal(await page.locator('.wb-list:visible').count(), 0);
  assert.equal(await input.inputValue(), '专利', 'leaving chooses nothing');
  assert.deepEqual(errors, []);
  await close();
});

test('the search journey: type, choose, open, back, next page, group', async () => {
  const { page, errors, close } = await fresh();
  await page.goto(server.url(''));
  await page.locator('main woodblock-search input').focus();
  await page.keyboard.type('口罩');
  await page.waitForSelector('.wb-option');
  await page.keyboard.press('ArrowDown');
  const title = await page.locator('.wb-option[aria-selected=true] .wb-title').innerText();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== '/');
  assert.ok((await page.locator('h1').innerText()).length > 0, title);

  await page.goto(server.url('search/?q=%E5%8F%A3%E7%BD%A9'));
  await page.waitForSelector('.wb-hit');
  await page.locator('.wb-pages a[rel=next]').press('Enter');
  await page.waitForFunction(() => /第11–/.test(document.querySelector('h2.wb-total')?.textContent ?? ''));
  assert.equal(await page.evaluate(() => document.activeElement.className), 'wb-total', 'focus on the count');
  assert.match(page.url(), /page=2/);

  const link = page.locator('.wb-hit h3 a').nth(4);
  const href = await link.getAttribute('href');
  await link.focus();
  const top = await page.evaluate(() => scrollY);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === new URL(href, server.url('')).pathname);
  await page.goBack();
  await page.waitForSelector('.wb-hit');
  await page.waitForFunction((wanted) => document.activeElement.getAttribute('href') === wanted, href);
  assert.ok(Math.abs((await page.evaluate(() => scrollY)) - top) < 4, 'Back restores the scroll position');

  const group = page.locator('.wb-groups a').nth(1);
  const promised = Number((await group.locator('.wb-n').innerText()).replaceAll(',', ''));
  await group.click();
  await page.waitForFunction(() => new URLSearchParams(location.search).has('group'));
  await page.waitForFunction((n) => document.querySelector('h2.wb-total').textContent.includes(n.toLocaleString('en-GB')), promised);
  assert.deepEqual(errors, []);
  await close();
});

test('composing with an input method does not search until it ends', async () => {
  const { page, close } = await fresh();
  await page.goto(server.url(''));
  const input = page.locator('main woodblock-search input');
  await input.focus();
  const client = await page.context().newCDPSession(page);
  await client.send('Input.imeSetComposition', { text: 'kouzhao', selectionStart: 7, selectionEnd: 7 });
  await page.waitForTimeout(800);
  assert.equal(await page.locator('.wb-option').count(), 0, 'no suggestions for half-typed pinyin');
  await client.send('Input.insertText', { text: '口罩' });
  await page.waitForSelector('.wb-option');
  assert.match(await page.locator('.wb-list').innerText(), /口罩/);
  await close();
});

test('the answer to an older keystroke never replaces a newer one', async () => {
  const { page, close } = await fresh();
  await page.goto(server.url('search/'));
  await page.locator('main woodblock-search input').focus();
  for (const text of ['专', '专利', '专利申', '专利申请', '口罩']) {
    await page.locator('main woodblock-search input').fill(text);
    await page.waitForTimeout(40);
  }
  await page.waitForSelector('.wb-option');
  await page.waitForTimeout(500);
  assert.match(await page.locator('.wb-option').first().innerText(), /口|罩/);
  await close();
});

test('nothing found: says what was looked for and leads on', async () => {
  const { page, errors, close } = await fresh();
  await page.goto(server.url(`search/?q=${encodeURIComponent('"口罩" AND xyzzyqwerty')}`));
  await page.waitForSelector('.wb-empty');
  assert.match(await page.locator('.wb-empty h2').innerText(), /xyzzyqwerty/);
  await page.waitForFunction(() => document.querySelectorAll('.wb-empty a').length >= 3);
  for (const href of await page.locator('.wb-empty a').evaluateAll((links) => links.map((link) => link.href))) {
    assert.equal((await page.request.get(href)).status(), 200, href);
  }
  assert.deepEqual(errors, []);
  await close();
});

test('a block with a flipped byte is refused, and the reader is told which part is missing', async () => {
  for (const [what, status, alter] of [
    ['altered', /不一致|不完整/, (bytes) => Buffer.from(bytes).fill(bytes[20] ^ 1, 20, 21)],
    ['missing', /不存在|不完整/, () => null],
  ]) {
    let rootName = '';
    const own = await serve(DIST, {
      alter: (path, bytes) => (path.endsWith('.wbi') && !path.endsWith(rootName) ? alter(bytes) : bytes),
    });
    const { page, close } = await fresh();
    await page.goto(own.url('search/'));
    rootName = (await page.locator('main woodblock-search').getAttribute('root')).split('/').at(-1);
    await page.goto(own.url('search/?q=%E5%8F%A3%E7%BD%A9'));
    await page.waitForSelector('.wb-error');
    const told = await page.locator('.wb-error').innerText();
    assert.match(told, new RegExp(`${what} [0-9a-f]{16,}\\.wbi`), 'the code names the block');
    assert.match(told, status);
    await close();
    await own.stop();
  }
});

test('an altered root or engine is refused too, and trying again helps once it is mended', async () => {
  for (const victim of [/\.wbi$/, /engine\.wasm\.gz$/]) {
    let broken = true;
    const own = await serve(DIST, {
      alter: (path, bytes) => (broken && victim.test(path) ? Buffer.from(bytes).fill(bytes[40] ^ 1, 40, 41) : bytes),
    });
    const { page, close } = await fresh();
    await page.goto(own.url('search/?q=%E5%8F%A3%E7%BD%A9'));
    await page.waitForSelector('.wb-error button');
    broken = false;
    await page.locator('.wb-error button').click();
    await page.waitForSelector('.wb-hit');
    await close();
    await own.stop();
  }
});

test('the programmatic calls answer like the element', async () => {
  const { page, close } = await fresh();
  await page.goto(server.url('en/'));
  const module = await page.locator('script[src$="search.js"]').getAttribute('src');
  const found = await page.evaluate(async (address) => {
    const { search, preload } = await import(address);
    await preload();
    const { total, hits, cost } = await search('patent fee', { limit: 3 });
    const aborted = await search('mask', { signal: AbortSignal.abort() }).catch((error) => error.name);
    const wrong = await search('mask', { sort: 'best' }).catch((error) => error.code);
    return { total, hits, cost, aborted, wrong };
  }, module);
  assert.equal(found.hits.length, 3);
  assert.ok(found.total >= 3);
  assert.ok(found.cost.bytes > 0 && found.cost.hops > 0);
  assert.equal(found.aborted, 'AbortError');
  assert.equal(found.wrong, 'query');
  await close();
});
