/** The scripts' own rules, without a browser; and their types. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fragment } from '../../search-wasm/js/fragment.js';
import { expression } from '../../search-wasm/js/pagefind.js';
import { fewerWords, pageNumbers, readPlace, writePlace } from '../../search-wasm/js/results.js';
import { choose } from '../../search-wasm/js/suggest.js';
import { words as en } from '../../search-wasm/js/words.en.js';
import { words as zh } from '../../search-wasm/js/words.zh.js';

const SCRIPTS = new URL('../../search-wasm/js/', import.meta.url);

test('the place of a search survives its address, and nonsense in an address is mended', () => {
  const place = { q: '口罩 & "a b"', group: 'record', sort: 'newest', filters: ['ipc=A62B', 'a=b=c'], page: 3 };
  assert.deepEqual(readPlace(writePlace(place)), place);
  assert.equal(writePlace({ q: 'x', group: '', sort: '', filters: [], page: 1 }), '?q=x');
  for (const page of ['0', '-4', 'x', '', '1e99']) assert.equal(readPlace(`?q=x&page=${page}`).page, 1, page);
  assert.equal(readPlace('?q=x&page=99999').page, 1_000);
  assert.equal(readPlace('').q, '');
  assert.deepEqual(readPlace('?f=no&f==x&f=a%3D&f=a%3Db').filters, ['a=b']);
});

test('a hit with its whole text becomes a fragment: sections, excerpts safe as HTML, weights', () => {
  const text = 'Top <b> mask\nFees\nA mask costs 3 & more words than fit here\nKeeping\nNo such thing';
  const notes = { anchors: [[2, 'fees', 3, 'Fees'], [2, "keep", 14, "Keeping"]], meta: { image: '/a.png' }, weights: [[4, 6, 3]], filters: { tag: ['x'] } };
  const highlights = [...text.matchAll(/mask/g)].map(({ index }) => [index, index + 4]);
  const hit = { url: '/p/', title: 'Top', score: 2, card: [['by', 'me']], snippet: { text: `${text}\u{1e}${JSON.stringify(notes)}`, highlights } };
  const page = fragment(hit, { url: '/base/p/', excerptLength: 5, filters: { site: ['one'] } });
  assert.deepEqual(page.meta, { title: 'Top', by: 'me', image: '/a.png' });
  assert.deepEqual(page.filters, { tag: ['x'], site: ['one'] });
  assert.deepEqual(page.locations, [2, 5]);
  assert.deepEqual(page.weighted_locations.map(({ weight }) => weight), [1, 3]);
  assert.deepEqual(page.sub_results.map(({ title, url, excerpt }) => [title, url, excerpt]), [
    ['Top', '/base/p/', 'Top &lt;b&gt; <mark>mask</mark>'],
    ['Fees', '/base/p/#fees', '<mark>mask</mark> costs 3 &amp; more'],
  ]);
  assert.equal(page.word_count, 18);
  assert.ok(!page.content.includes('\n'));
  const broken = { ...hit, snippet: { text: 'a\u{1e}{', highlights: [] } };
  assert.equal(fragment(broken, { url: '/', excerptLength: 5, filters: {} }).content, 'a');
});

test('an excerpt of Han counts two characters as a word', () => {
  const text = `${'前'.repeat(100)}口罩${'后'.repeat(100)}`;
  const hit = { url: '/', title: '', score: 1, card: [], snippet: { text, highlights: [[100, 102]] } };
  const { plain_excerpt: excerpt } = fragment(hit, { url: '/', excerptLength: 10, filters: {} });
  assert.equal(excerpt.length, 20);
  assert.ok(excerpt.includes('口罩'));
});

test('filters become expressions, and what an index gives to all of its pages is known at once', () => {
  const [a, b] = ['a', 'b'].map((value) => expression({ tag: value }, {}));
  assert.match(a, /^flt:f[0-9a-f]{16}$/);
  assert.equal(expression({ tag: 'y' }, {}), 'flt:f5c05d029a3cb4cb0');
  assert.equal(expression({}, {}), true);
  assert.equal(expression({ tag: ['a', 'b'] }, {}), `(${a} AND ${b})`);
  assert.equal(expression({ tag: { any: ['a', 'b'] } }, {}), `(${a} OR ${b})`);
  assert.equal(expression({ any: [{ tag: 'a' }, { tag: 'b' }] }, {}), `(${a} OR ${b})`);
  assert.equal(expression({ any: { tag: ['a', 'b'], site: 'one' } }, { site: ['one'] }), true);
  assert.equal(expression({ not: { tag: 'a' } }, {}), `(flt:fall AND NOT ${a})`);
  assert.equal(expression({ none: [{ tag: 'a' }, { tag: 'b' }] }, {}), `(flt:fall AND NOT (${a} OR ${b}))`);
  assert.equal(expression({ site: 'two', tag: 'a' }, { site: ['one'] }), false);
});

test('page numbers keep first, last and neighbours; 0 is a gap', () => {
  assert.deepEqual(pageNumbers(1, 1), [1]);
  assert.deepEqual(pageNumbers(1, 9), [1, 2, 3, 0, 9]);
  assert.deepEqual(pageNumbers(5, 9), [1, 0, 3, 4, 5, 6, 7, 0, 9]);
  assert.deepEqual(pageNumbers(9, 9), [1, 0, 7, 8, 9]);
  assert.ok(pageNumbers(500, 100_000).length <= 9);
});

test('fewer words: each word left out, or the halves of a run of Han', () => {
  assert.deepEqual(fewerWords('face mask filter'), ['mask filter', 'face filter', 'face mask']);
  assert.deepEqual(fewerWords('专利申请费'), ['专利申', '申请费', '专利', '请费']);
  assert.deepEqual(fewerWords('"face mask" AND filter'), ['filter', '"face mask"']);
  assert.deepEqual(fewerWords('mask'), []);
  assert.deepEqual(fewerWords('口罩'), []);
});

test('suggestions: eight rows, at most three of a kind while other kinds have some, best kind first', () => {
  const hits = [...'rrrrrrrrrrggf'].map((kind, at) => ({ kind, at }));
  const groups = choose(hits);
  assert.deepEqual([...groups.keys()], ['r', 'g', 'f']);
  assert.deepEqual([...groups.values()].map((group) => group.length), [5, 2, 1]);
  assert.deepEqual([...choose(hits.filter(({ kind }) => kind === 'r')).values()].map((group) => group.length), [8]);
  assert.equal(choose([]).size, 0);
});

test('both languages have the same words', () => {
  const shape = (value, path = '') => (typeof value === 'object' && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, part]) => shape(part, `${path}.${key}`))
    : [`${path}: ${typeof value}`]).sort();
  assert.deepEqual(shape(en), shape(zh));
  assert.equal(en.suggestions(1), '1 suggestion');
  assert.equal(zh.total(1412, 1, 10, 'record', false), '约1,412件专利文献，第1–10件');
});

test('no script reads markup, styles inline, evaluates text or asks another host', async () => {
  const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b|setAttribute\('style'|https?:\/\/(?!127)/;
  for (const name of (await readdir(SCRIPTS)).filter((one) => one.endsWith('.js'))) {
    const text = await readFile(new URL(name, SCRIPTS), 'utf8');
    const line = text.split('\n').find((one) => forbidden.test(one));
    assert.equal(line, undefined, name);
  }
});

test('the scripts agree with their types', { timeout: 120_000 }, async () => {
  const tsc = fileURLToPath(new URL('node_modules/typescript/bin/tsc', import.meta.url));
  const config = fileURLToPath(new URL('jsconfig.json', SCRIPTS));
  await promisify(execFile)(process.execPath, [tsc, '-p', config]).catch(({ stdout }) => assert.fail(stdout));
});
