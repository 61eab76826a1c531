/** Native and WASM answer alike: the same bytes of JSON, so ids, order, scores, snippets and cost. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BIN, DIST } from './browser.mjs';
import { answer, openEngine, readNeed } from './engine.mjs';

const QUERIES = fileURLToPath(new URL('queries.tsv', import.meta.url));
const LIMIT = 50;

/** @type {Awaited<ReturnType<typeof openEngine>>} */
let wasm;
let queries = [];
before(async () => {
  wasm = await openEngine(DIST);
  queries = (await readFile(QUERIES, 'utf8')).split('\n').filter(Boolean).map((line) => line.split('\t')[1]);
});

test('native and WASM give identical answers to every query of the list', async () => {
  assert.ok(queries.length >= 200, `${queries.length} queries`);
  const args = ['search', DIST, '--queries', QUERIES, '--json', '--limit', String(LIMIT)];
  const { stdout } = await promisify(execFile)(BIN, args, { maxBuffer: 1 << 28 });
  const native = stdout.split('\n').filter(Boolean);
  assert.equal(native.length, queries.length);
  let found = 0;
  for (const [i, query] of queries.entries()) {
    const ours = await answer(wasm.engine.plan(query, `limit ${LIMIT}\nmatching any`), wasm.folder);
    assert.equal(ours, native[i], `query ${i + 1}: ${query}`);
    found += JSON.parse(ours).total > 0;
  }
  assert.ok(found >= queries.length * 0.7, `${found} of ${queries.length} queries find something`);
});

test('an answer does not depend on what was asked before, nor on how it is cut into pages', async () => {
  for (const query of ['口罩', 'coronavirus antibody', '专利申请费', 'vaccin*']) {
    const ask = async (offset, limit) =>
      JSON.parse(await answer(wasm.engine.plan(query, `lang zh\noffset ${offset}\nlimit ${limit}`), wasm.folder)).hits.map(({ id, url }) => id + url);
    const whole = await ask(0, 20);
    assert.deepEqual([...(await ask(0, 10)), ...(await ask(10, 10))], whole, query);
  }
});

test('suggestions come grouped, without snippets, and match unfinished words', async () => {
  const { hits } = JSON.parse(await answer(wasm.engine.plan('coronavir', 'lang en\nlimit 16\nview suggest\ntyping going'), wasm.folder));
  assert.ok(hits.length > 0);
  assert.ok(hits.every(({ snippet }) => snippet.text === ''));
  assert.ok(hits.some(({ title_highlights }) => title_highlights.length > 0));
});

test('rubbish is an error that names what is wrong, and the engine lives on', () => {
  const { glue } = wasm;
  const engine = wasm.open();
  assert.throws(() => new glue.Engine(new Uint8Array(64), 64), /root/);
  assert.throws(() => engine.plan('mask', 'sort best'), /unknown sort `best`/);
  const session = engine.plan('mask', '');
  assert.throws(() => session.supply('0000000000000000.wbi', new Uint8Array(3)), /0000000000000000/);
  assert.throws(() => session.results(), /missing/);
  const { name } = readNeed(session.needs().split('\n')[0]);
  assert.throws(() => session.supply(name, new Uint8Array(9).fill(255)), new RegExp(name));
  session.free();
});
