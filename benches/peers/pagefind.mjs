/** Pagefind over records: an index by its Node API, asked by its own script in Chromium. */
import { join } from 'node:path';
import * as pagefindNode from 'pagefind';
import { openBrowser } from './chromium.mjs';
import { serve } from './server.mjs';

/** Adds every record and writes the index into `folder`. */
export async function writePagefind({ docs, lang, folder }) {
  const { index } = await pagefindNode.createIndex({ forceLanguage: lang });
  for (const { id, url, title, text } of docs) {
    const { errors } = await index.addCustomRecord({
      url: url ?? `/${encodeURIComponent(id)}/`, content: `${title}\n${text}`, language: lang, meta: { title, id },
    });
    if (errors.length) throw new Error(errors.join('; '));
  }
  await index.writeFiles({ outputPath: folder });
  await pagefindNode.close();
}

export async function openPagefind({ docs, lang, scratch }) {
  await writePagefind({ docs, lang, folder: join(scratch, 'pagefind') });
  const server = await serve(scratch, { page: () => `<!doctype html><html lang="${lang}"><title>peer</title>` });
  const browser = await openBrowser();
  const page = await (await browser.newContext()).newPage();
  await page.goto(server.url('/'));
  await page.evaluate(async () => {
    globalThis.pagefind = await import('/pagefind/pagefind.js');
    await globalThis.pagefind.init();
  });
  const rank = (text, depth) => page.evaluate(async ([asked, most]) => {
    const { results } = await globalThis.pagefind.search(asked);
    const taken = await Promise.all(results.slice(0, most).map(async (one) => ({ data: await one.data(), score: one.score })));
    return taken.map(({ data, score }) => ({ id: data.meta.id, score }));
  }, [text, depth]);
  return { rank, close: async () => { await browser.close(); await server.stop(); } };
}
