/** An index in packs, read by Range requests, over a made-up site: the answers of one in files. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { BIN, openBrowser, watchErrors } from './browser.mjs';
import { serve } from './server.mjs';

const PAGES = 400;
const QUESTIONS = ['bu', 'bu ce', 'bu ce di', '"ce di"', 'zuzu', 'page 77'];

/** Numbers that look random and are the same in every run. */
let state = 1;
const random = (below) => (state = (state * 48271) % 2147483647) % below;
const SYLLABLES = ['ba', 'bu', 'ce', 'di', 'fo', 'gu', 'ka', 'le', 'mi', 'no', 'pu', 'ra', 'so', 'tu', 'va', 'zu'];
const word = () => Array.from({ length: 1 + random(3) }, () => SYLLABLES[random(SYLLABLES.length)]).join('');
const page = (i) => `<!doctype html><html lang="en"><head><title>Page ${i}</title><link rel="icon" href="data:,"></head>
  <body><main><h1>Page ${i}</h1><p>${Array.from({ length: 300 }, word).join(' ')}</main></body></html>`;

let browser;
let folder;
let expected;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'woodblock-packs-'));
  const pages = Array.from({ length: PAGES }, (_, i) => page(i));
  for (const [name, transport] of [['files', []], ['packs', ['--packs']]]) {
    await mkdir(join(folder, name));
    await Promise.all(pages.map((text, i) => writeFile(join(folder, name, `p${i}.html`), text)));
    await promisify(execFile)(BIN, ['index', join(folder, name), ...transport]);
  }
  browser = await openBrowser();
  expected = await answers('files', {});
  assert.ok(expected.found.every(({ hits }) => hits.length > 0), 'every question finds something');
});
after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a reader finds, and what the server sent of packs: each time the statuses of its answers. */
async function answers(name, options) {
  const server = await serve(join(folder, name), { ranges: true, ...options });
  const context = await browser.newContext();
  const tab = await context.newPage();
  const errors = watchErrors(tab);
  await tab.goto(server.url('p0.html'));
  const found = await tab.evaluate(async (questions) => {
    const pagefind = await import('/woodblock/pagefind.js');
    const found = [];
    for (const question of questions) {
      const { results } = await pagefind.search(question);
      const data = await Promise.all(results.slice(0, 10).map((result) => result.data()));
      found.push({ question, hits: data.map(({ url, excerpt }) => ({ url, excerpt })) });
    }
    return found;
  }, QUESTIONS);
  assert.deepEqual(errors, []);
  await context.close();
  await server.stop();
  return { found, statuses: server.log.filter(({ path }) => path.endsWith('.wbp')).map(({ status }) => status), log: server.log };
}

test('slices of packs give the answers of files, neighbours in one request', async () => {
  const { found, statuses } = await answers('packs', {});
  assert.deepEqual(found, expected.found);
  assert.ok(statuses.length > 0 && statuses.every((status) => status === 206), `${statuses}`);
  const blocks = expected.log.filter(({ path }) => path.endsWith('.wbi')).length;
  // About as many blocks are read here; each by itself, they were 63 requests of 64.
  assert.ok(statuses.length < 0.95 * blocks, `${statuses.length} requests for ${blocks} blocks`);
});

test('a server without Range requests gives them too', async () => {
  const { found, statuses } = await answers('packs', { ranges: false });
  assert.deepEqual(found, expected.found);
  assert.ok(statuses.every((status) => status === 200), `${statuses}`);
});

test('blocks that do not come together come by themselves', async () => {
  const lengths = new Map();
  // Whatever is asked for twice in a row was refused: from then on shorter stretches come whole.
  const alter = (path, bytes) => {
    if (!path.endsWith('.wbp')) return bytes;
    const times = (lengths.get(bytes.length) ?? 0) + 1;
    lengths.set(bytes.length, times);
    if (bytes.length < 4096 || times > 2) return bytes;
    const altered = Buffer.from(bytes);
    altered[altered.length - 1] ^= 1;
    return altered;
  };
  const { found } = await answers('packs', { alter });
  assert.deepEqual(found, expected.found);
});
