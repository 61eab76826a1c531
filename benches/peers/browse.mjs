/**
 * Asks an engine in headless Chromium and counts what the server sends:
 * `node browse.mjs ENGINE FOLDER BUNDLE queries.tsv LANG OUT.json MOST`.
 *
 * Bytes and hops: each query in a page that has nothing, over HTTP/2, the server answering after 20 ms, so
 * that requests that wait for one another show. `boot` is all that comes before a query, `warm`
 * the query itself, `cold` both. An engine that fetches nothing per query is asked cold five times.
 * Times: one browser that stays, no delay; each query asked three times, the last time counts.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { openBrowser } from './chromium.mjs';
import { hops, serve } from './server.mjs';
import { subjects } from './subjects.mjs';

const DELAY_MS = 20;
const ONE_FILE = new Set(['minisearch', 'flexsearch']);
const COLD_ASKS_OF_ONE_FILE = 5;
const ASKS = 3;

const [engine, folder, bundle, queriesFile, lang, outFile, most] = process.argv.slice(2);
const queries = (await readFile(queriesFile, 'utf8')).split('\n').filter(Boolean).slice(0, Number(most))
  .map((line) => line.split('\t'));
const { mounts, module, own = [] } = await subjects[engine]({ folder, bundle, lang });
/** The page below a folder of its own, so that nothing it loads is known from the page before. */
const page = (base) => `<!doctype html><html lang="${lang}"><title>bench</title>
<script type="module">${module.replaceAll("'/", `'${base}/`)}</script></html>`;
const foreign = ({ path }) => path !== '/' && path !== '/favicon.ico' && !own.some((start) => path.startsWith(start));
const sum = (requests) => requests.reduce((total, { bytes }) => total + bytes, 0);

const browser = await openBrowser();

/** A page that has nothing of the engine. */
async function fresh(tab, server, number) {
  await tab.goto(server.url(`/q${number}/`));
  await tab.waitForFunction(() => globalThis.bench);
}

/** What was sent and how it depended, from both halves of a cold query. */
function counted(boot, asked) {
  const cold = [...boot, ...asked];
  return {
    boot_bytes: sum(boot), warm_bytes: sum(asked), cold_bytes: sum(cold),
    warm_requests: asked.length, cold_requests: cold.length,
    boot_hops: hops(boot), warm_hops: hops(asked), cold_hops: hops(boot) + hops(asked),
  };
}

async function bytes() {
  const server = await serve(folder, { page, mounts, delay: DELAY_MS, http2: true });
  const tab = await (await browser.newContext()).newPage();
  const answers = [];
  for (const [number, [id, text]] of (ONE_FILE.has(engine) ? queries.slice(0, COLD_ASKS_OF_ONE_FILE) : queries).entries()) {
    await fresh(tab, server, number);
    await tab.evaluate(() => globalThis.bench.open());
    await tab.waitForTimeout(2 * DELAY_MS);
    const boot = server.take().filter(foreign);
    const { total, urls, cost } = await tab.evaluate((asked) => globalThis.bench.ask(asked), text);
    const asked = server.take().filter(foreign);
    const failed = [...boot, ...asked].find(({ status }) => status >= 400);
    if (failed) throw new Error(`${failed.path} was answered with ${failed.status}`);
    answers.push({ id, text, total, found: urls.length, cost, ...counted(boot, asked) });
  }
  await tab.context().close();
  await server.stop();
  return answers;
}

async function times() {
  const server = await serve(folder, { page, mounts });
  const tab = await (await browser.newContext()).newPage();
  await fresh(tab, server, 0);
  const opened = await tab.evaluate(async () => {
    const start = performance.now();
    await globalThis.bench.open();
    return performance.now() - start;
  });
  const again = [];
  for (const [id, text] of queries) {
    const took = await tab.evaluate(async ([asked, asks]) => {
      let millis = 0;
      for (let ask = 0; ask < asks; ask += 1) {
        const start = performance.now();
        await globalThis.bench.ask(asked);
        millis = performance.now() - start;
      }
      return millis;
    }, [text, ASKS]);
    again.push({ id, millis: took });
  }
  await tab.context().close();
  await server.stop();
  return { open_ms: opened, again };
}

const answers = await bytes();
const { open_ms: openMillis, again } = await times();
await writeFile(outFile, JSON.stringify({ answers, open_ms: openMillis, again, browser: browser.version() }, null, 1));
await browser.close();
