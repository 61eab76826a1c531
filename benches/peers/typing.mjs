/**
 * Keystroke to paint in the built portal: `node typing.mjs DIST OUT.json`.
 *
 * Words are typed once so that their blocks are there, cleared, and typed again, a key every
 * 150 ms. A key's time runs from its event to the first frame after the list of suggestions was
 * drawn for the text that the key made; a key whose list never came, because the next key
 * overtook it, is counted apart. Frames: time between two animation frames while typing.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { serve } from './server.mjs';

const KEY_MS = 150;
const SETTLE_MS = 700;
const WORDS = {
  'index.html': ['专利申请', '口罩', '知识产权', '商标注册', '疫苗'],
  'en/index.html': ['patent fee', 'coronavirus', 'antibody', 'trade mark', 'vaccine'],
};

/** In the page: notes keys, paints of the list, frames and long tasks. */
function watch() {
  const input = document.querySelector('main woodblock-search input');
  const notes = { paint: [], frames: [], long: 0, keys: 0, pending: null };
  globalThis.notes = notes;
  input.addEventListener('input', (event) => {
    notes.keys += 1;
    notes.pending = { text: input.value, at: event.timeStamp };
  }, true);
  new MutationObserver(() => {
    const { pending } = notes;
    if (!pending || pending.text !== input.value) return;
    notes.pending = null;
    requestAnimationFrame(() => {
      // A message is handled after this frame has been painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => notes.paint.push(performance.now() - pending.at);
      port2.postMessage(0);
    });
  }).observe(input.parentElement, { childList: true, subtree: true });
  let last = performance.now();
  const frame = (now) => {
    notes.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => { notes.long += list.getEntries().length; }).observe({ entryTypes: ['longtask'] });
}

const [dist, outFile] = process.argv.slice(2);
const server = await serve(dist);
const browser = await openBrowser();
const all = { paint_ms: [], frame_ms: [], long_tasks: 0, keys: 0 };
for (const [path, words] of Object.entries(WORDS)) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(server.url(`/${path}`));
  const input = page.locator('main woodblock-search input');
  await input.focus();
  const type = async (text) => {
    await input.pressSequentially(text, { delay: KEY_MS });
    await page.waitForTimeout(SETTLE_MS);
    await input.fill('');
    await page.waitForTimeout(SETTLE_MS);
  };
  for (const word of words) await type(word);
  await page.evaluate(watch);
  for (const word of words) await type(word);
  const { paint, frames, long, keys } = await page.evaluate(() => globalThis.notes);
  all.paint_ms.push(...paint);
  all.frame_ms.push(...frames.slice(1));
  all.long_tasks += long;
  all.keys += keys;
}
all.shown = all.paint_ms.length;
all.late_frames = all.frame_ms.filter((millis) => millis > 25).length;
await browser.close();
await server.stop();
await writeFile(join(outFile), JSON.stringify(all));
