/** Pagefind's calls in a browser, over small foreign sites that `woodblock index` was run on. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { BIN, openBrowser, watchErrors } from './browser.mjs';
import { serve } from './server.mjs';

const html = (lang, body, head = '') =>
  `<!doctype html><html lang="${lang}"><head><title>Site</title><link rel="icon" href="data:,">${head}</head><body><nav>menu zebra</nav>${body}</body></html>`;

const SITE = {
  'hero.png': '',
  'index.html': html('en', '<main><h1>Home of masks</h1><img src="/hero.png" alt="A mask"><p>Masks &amp; filters for everybody. <b data-pagefind-sort="price:10">x &lt; y</b></main>'),
  'guide/index.html': html('en', `<main><h1>Guide</h1><p data-pagefind-filter="topic:care">Before all: read on.
    <h2 id="wash">Washing a mask <a href="#wash">#</a></h2><p data-pagefind-sort="price:9.5">Wash each mask by hand, dry the mask in the sun.
    <h2 id="keep">Keeping</h2><p>Keep it in a box. A mask kept in a box stays clean. <i data-pagefind-meta="author">A. Author</i></main>`),
  'news.html': html('en', '<main><h1>News</h1><p data-pagefind-filter="topic:news" data-pagefind-meta="date:2026-02-03">A mask law came.</main>'),
  'old.html': html('en', '<main><h1>Old news</h1><p data-pagefind-filter="topic:news" data-pagefind-meta="date:2020-02-03">A mask was sold.<i data-pagefind-filter="kind:law"></i></main>'),
  'zh/index.html': html('zh-CN', '<main><h1>口罩指南</h1><h2 id="xi">清洗</h2><p>用手清洗外科口罩，\n晒干后保存。</main>'),
};
const OTHER = {
  'index.html': html('en', '<h1>Elsewhere</h1><p data-pagefind-filter="topic:care">Another site about a mask.'),
};

let browser;
let folder;
let one;
let two;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'woodblock-pagefind-'));
  browser = await openBrowser();
  one = await site('one', SITE);
  two = await site('two', OTHER);
});
after(async () => {
  await browser?.close();
  await one?.stop();
  await two?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Writes a site, indexes it, serves it. */
async function site(name, files) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name, path)), { recursive: true });
    await writeFile(join(folder, name, path), text);
  }
  await promisify(execFile)(BIN, ['index', join(folder, name)]);
  return serve(join(folder, name));
}

/** Runs code with `pagefind` in a page of the first site. */
async function run(path, code, argument) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = watchErrors(page);
  await page.goto(one.url(path));
  const found = await page.evaluate(
    async ([code, argument]) => {
      const pagefind = await import('/woodblock/pagefind.js');
      return (0, eval)(`(async (pagefind, argument) => {${code}})`)(pagefind, argument);
    },
    [code, argument]);
  assert.deepEqual(errors, []);
  await context.close();
  return found;
}

test('a search lists results at once and gives their data when asked', async () => {
  const { count, unfiltered, ids, data } = await run('', `
    await pagefind.init();
    const { results, unfilteredResultCount } = await pagefind.search('mask');
    const data = await Promise.all(results.map((result) => result.data()));
    return { count: results.length, unfiltered: unfilteredResultCount, ids: results.map(({ id }) => id), data };`);
  assert.equal(count, 4);
  assert.equal(unfiltered, 4);
  assert.equal(new Set(ids).size, 4);
  const home = data.find(({ url }) => url === '/');
  assert.deepEqual(home.meta, { title: 'Home of masks', image: '/hero.png', image_alt: 'A mask' });
  assert.equal(home.content, 'Home of masks Masks & filters for everybody. x < y');
  assert.match(home.excerpt, /^Home of <mark>masks<\/mark> <mark>Masks<\/mark> &amp; filters for everybody\. x &lt; y$/);
  assert.equal(home.word_count, home.content.split(' ').length);
  assert.deepEqual(home.locations.map((at) => home.content.split(/\s+/)[at]), ['masks', 'Masks']);
  assert.ok(!data.some(({ content }) => /menu|zebra/.test(content)));
});

test('sections with an id are results of their own', async () => {
  const guide = await run('', `
    const { results } = await pagefind.search('mask');
    return (await Promise.all(results.map((result) => result.data()))).find(({ url }) => url === '/guide/');`);
  assert.deepEqual(guide.anchors.map(({ element, id, text }) => [element, id, text]),
    [['h2', 'wash', 'Washing a mask'], ['h2', 'keep', 'Keeping']]);
  assert.deepEqual(guide.sub_results.map(({ title, url }) => [title, url]),
    [['Washing a mask', '/guide/#wash'], ['Keeping', '/guide/#keep']]);
  assert.match(guide.sub_results[1].excerpt, /A <mark>mask<\/mark> kept in a box/);
  assert.ok(!guide.sub_results[1].excerpt.includes('sun'));
  assert.equal(guide.meta.author, 'A. Author');
  assert.deepEqual(guide.filters, { topic: ['care'] });
  const heading = guide.weighted_locations.find(({ location }) => guide.content.split(' ')[location] === 'mask');
  assert.ok(heading.weight > 1, JSON.stringify(guide.weighted_locations));
});

test('filters narrow, combine and count', async () => {
  const found = await run('', `
    const urls = async (term, filters) => {
      const { results } = await pagefind.search(term, { filters });
      return (await Promise.all(results.map((result) => result.data()))).map(({ url }) => url).sort();
    };
    const answers = [
      await urls('mask', { topic: 'news' }),
      await urls('mask', { topic: ['news'], kind: 'law' }),
      await urls('mask', { topic: { any: ['news', 'care'] } }),
      await urls('mask', { not: { topic: 'news' } }),
      await urls('mask', { none: [{ topic: 'news' }, { topic: 'care' }] }),
      await urls(null, { topic: 'care' }),
      await urls(null, {}),
    ];
    const filters = await pagefind.filters();
    const counted = await pagefind.search('law', { filters: { topic: 'news' } });
    return { answers, filters, counted: [counted.filters, counted.totalFilters, counted.unfilteredResultCount] };`);
  assert.deepEqual(found.answers, [
    ['/news.html', '/old.html'], ['/old.html'], ['/guide/', '/news.html', '/old.html'], ['/', '/guide/'], ['/'],
    ['/guide/'], ['/', '/guide/', '/news.html', '/old.html'],
  ]);
  assert.deepEqual(found.filters, { kind: { law: 1 }, topic: { care: 1, news: 2 } });
  assert.deepEqual(found.counted, [{ kind: { law: 0 }, topic: { care: 0, news: 1 } }, { kind: { law: 0 }, topic: { care: 0, news: 1 } }, 1]);
});

test('a page searches in its own language, Han included', async () => {
  const found = await run('zh/', `
    const { results } = await pagefind.search('清洗口罩');
    const data = await Promise.all(results.map((result) => result.data()));
    return data.map(({ url, excerpt, sub_results }) => ({ url, excerpt, sections: sub_results.map(({ url }) => url) }));`);
  assert.equal(found.length, 1);
  assert.equal(found[0].url, '/zh/');
  assert.match(found[0].excerpt, /<mark>/);
  assert.deepEqual(found[0].sections, ['/zh/', '/zh/#xi']);
  assert.deepEqual(await run('', `return (await pagefind.search('口罩')).results.length;`), 0);
});

test('a debounced search gives way to the next one, and options shape addresses', async () => {
  const found = await run('', `
    await pagefind.options({ baseUrl: '/docs', highlightParam: 'hl', excerptLength: 3 });
    const both = await Promise.all([pagefind.debouncedSearch('ma', {}, 60), pagefind.debouncedSearch('mask law', {}, 60)]);
    const data = await both[1].results[0].data();
    const nothing = await pagefind.search('  ');
    return { first: both[0], url: data.url, words: data.excerpt.split(' ').length, nothing: nothing.results.length };`);
  assert.equal(found.first, null);
  assert.equal(found.url, '/docs/news.html?hl=mask&hl=law');
  assert.equal(found.words, 3);
  assert.equal(found.nothing, 0);
});

test('results by date, newest or oldest first, and by a key of the site', async () => {
  const dates = await run('', `
    const dates = async (date) => {
      const { results } = await pagefind.search('mask', { sort: { date }, filters: { topic: 'news' } });
      return (await Promise.all(results.map((result) => result.data()))).map(({ meta }) => meta.date);
    };
    const { results } = await pagefind.search('mask', { sort: { price: 'asc' } });
    const urls = await Promise.all(results.slice(0, 2).map(async (result) => (await result.data()).url));
    return [await dates('desc'), await dates('asc'), urls];`);
  assert.deepEqual(dates, [['2026-02-03', '2020-02-03'], ['2020-02-03', '2026-02-03'], ['/guide/', '/']]);
});

test('two sites are asked as one', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await routeElsewhere(page);
  await page.goto(one.url(''));
  const found = await page.evaluate(async () => {
    const pagefind = await import('/woodblock/pagefind.js');
    await pagefind.options({ mergeFilter: { site: 'one' } });
    await pagefind.mergeIndex('/elsewhere/woodblock/', { mergeFilter: { site: 'two' }, indexWeight: 5 });
    const urls = async (options) => {
      const { results } = await pagefind.search('mask', options);
      return Promise.all(results.map(async (result) => (await result.data()).url));
    };
    const all = await urls({});
    const narrowed = [await urls({ filters: { site: 'two' } }), await urls({ filters: { any: [{ site: 'two' }, { topic: 'news' }] } })];
    const filters = await pagefind.filters();
    await pagefind.destroy();
    const alone = (await pagefind.search('mask')).results.length;
    return { all, narrowed, filters, alone };
  });
  assert.equal(found.all.length, 5);
  assert.equal(found.all[0], '/elsewhere/', 'its weight brings it to the front');
  assert.deepEqual(found.narrowed.map((urls) => urls.sort()), [['/elsewhere/'], ['/elsewhere/', '/news.html', '/old.html']]);
  assert.equal(found.alone, 4);
  assert.deepEqual(found.filters.site, { one: 4, two: 1 });
  assert.equal(found.filters.topic.care, 2);
  await context.close();
});

/** Sends what is asked for below `/elsewhere/` to the second site: no question of origins. */
const routeElsewhere = (page) => page.route('**/elsewhere/**', async (route) => {
  const path = new URL(route.request().url()).pathname.replace('/elsewhere/', '');
  const response = await fetch(two.url(path));
  await route.fulfill({ status: response.status, body: Buffer.from(await response.arrayBuffer()), contentType: response.headers.get('content-type') });
});

test('an index and its updates are asked as one, as on the command line', async () => {
  const three = await site('three', SITE);
  const changes = join(folder, 'changes');
  await mkdir(changes);
  await writeFile(join(changes, 'news.html'), html('en', '<main><h1>News</h1><p data-pagefind-filter="topic:glove">A glove law came.</main>'));
  await writeFile(join(changes, 'new.html'), html('en', '<main><h1>New</h1><p data-pagefind-filter="topic:care">A mask and a glove.</main>'));
  const index = join(folder, 'three/woodblock');
  await promisify(execFile)(BIN, ['index', '--update', index, changes]);
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = watchErrors(page);
  await page.goto(three.url(''));
  const found = await page.evaluate(async () => {
    const pagefind = await import('/woodblock/pagefind.js');
    const urls = async (term, options) => {
      const { results } = await pagefind.search(term, options);
      return Promise.all(results.map(async (result) => (await result.data()).url));
    };
    const lists = [await urls('glove'), await urls('law'), (await urls('mask')).sort(), await urls(null, { filters: { topic: 'care' } })];
    const { search } = await import('/woodblock/search.js');
    const answers = {};
    for (const query of ['mask', 'glove law', 'came', 'masks box', 'mask OR law', 'maks']) answers[query] = await search(query, { lang: 'en' });
    return { lists, filters: await pagefind.filters(), answers };
  });
  assert.deepEqual(found.lists, [['/news.html', '/new.html'], ['/news.html'], ['/', '/guide/', '/new.html', '/old.html'], ['/guide/', '/new.html']]);
  assert.deepEqual(found.filters, { kind: { law: 1 }, topic: { care: 2, glove: 1, news: 1 } });
  for (const [query, answer] of Object.entries(found.answers)) {
    const { stdout } = await promisify(execFile)(BIN, ['search', index, query, '--json']);
    const native = JSON.parse(stdout);
    delete native.cost.micros;
    const { bytes, blocks, hops } = answer.cost;
    const { failures, ...ours } = { ...answer, cost: { bytes, blocks, hops }, hits: answer.hits.map(({ index: _, ...hit }) => hit) };
    assert.deepEqual(failures, []);
    assert.deepEqual(ours, native, query);
  }
  assert.deepEqual(errors, []);
  await context.close();
  await three.stop();
});

test('<woodblock-search> over several indexes: one order, each hit on its own site, a lost index is told', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await routeElsewhere(page);
  await page.goto(one.url(''));
  const show = async (root) => {
    await page.setContent(`<html lang="en"><head><link rel="icon" href="data:,"></head><body>
      <script type="module" src="${one.url('woodblock/search.js')}"></script>
      <woodblock-search mode="page" root="${root}"><form><label>Search <input name="q" type="search"></label><button>Search</button></form></woodblock-search>`);
    await page.waitForSelector('input[role=combobox]');
    await page.locator('input').fill('mask');
    await page.waitForSelector('.wb-option');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.wb-hit');
    return page.locator('.wb-hit h3 a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  };
  const hits = await show('/woodblock/entry.json /elsewhere/woodblock/entry.json');
  assert.deepEqual(hits.sort(), ['/', '/elsewhere/', '/guide/', '/news.html', '/old.html']);
  assert.match(await page.locator('h2.wb-total').innerText(), /5 results/);
  await page.goto(one.url('guide/'));
  const rest = await show('/woodblock/entry.json /elsewhere/woodblock/0123456789abcdef.wbi');
  assert.equal(rest.length, 4);
  assert.match(await page.locator('.wb-error').innerText(), /missing 0123456789abcdef\.wbi/);
  await context.close();
});

test('<woodblock-search> works on a foreign site with two lines', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors = watchErrors(page);
  await page.goto(one.url(''));
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.setContent(`<html lang="en"><head><link rel="icon" href="data:,"></head><body>
    <script type="module" src="${one.url('woodblock/search.js')}"></script>
    <woodblock-search mode="page" facets="topic kind"><form><label>Search <input name="q" type="search"></label><button>Search</button></form></woodblock-search>`);
  await page.waitForSelector('input[role=combobox]');
  await page.locator('input').fill('box');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.wb-hit');
  assert.equal(await page.locator('.wb-hit h3 a').first().getAttribute('href'), '/guide/');
  await page.locator('input[name=q]').fill('mask');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('.wb-hit').length === 4);
  const news = page.locator('.wb-side li', { hasText: 'news' });
  await news.waitFor();
  assert.equal(await news.locator('.wb-n').innerText(), '2');
  await news.locator('input').press('Space');
  await page.waitForFunction(() => document.querySelectorAll('.wb-hit').length === 2);
  assert.equal(new URL(page.url()).searchParams.get('f'), 'topic=news');
  assert.equal(await page.evaluate(() => document.activeElement.value), 'topic=news', 'the focus stays on the box');
  await page.locator('.wb-chips a').click();
  await page.waitForFunction(() => document.querySelectorAll('.wb-hit').length === 4);
  assert.equal(await news.locator('input').isChecked(), false);
  assert.deepEqual(errors, []);
  await context.close();
});
