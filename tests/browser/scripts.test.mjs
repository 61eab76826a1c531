/** The scripts' own rules, without a browser; and their types. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { fewerWords, pageNumbers, readPlace, writePlace } from '../../search-wasm/js/results.js';
import { choose } from '../../search-wasm/js/suggest.js';
import { words as en } from '../../search-wasm/js/words.en.js';
import { words as zh } from '../../search-wasm/js/words.zh.js';

const SCRIPTS = new URL('../../search-wasm/js/', import.meta.url);

test('the place of a search survives its address, and nonsense in an address is mended', () => {
  const place = { q: '口罩 & "a b"', group: 'record', sort: 'newest', page: 3 };
  assert.deepEqual(readPlace(writePlace(place)), place);
  assert.equal(writePlace({ q: 'x', group: '', sort: '', page: 1 }), '?q=x');
  for (const page of ['0', '-4', 'x', '', '1e99']) assert.equal(readPlace(`?q=x&page=${page}`).page, 1, page);
  assert.equal(readPlace('?q=x&page=99999').page, 1_000);
  assert.equal(readPlace('').q, '');
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
