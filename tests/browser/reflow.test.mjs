/** Narrow screens and slow lines: no sideways scrolling at 320 px, first pages within one round trip. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DIST, openBrowser, pageAddresses, pageTypes } from './browser.mjs';
import { serve } from './server.mjs';

/** What a server can send before the first answer comes back: ten segments of 1,460 bytes, less headers. */
const FIRST_FLIGHT = 14_336;
/** The map holds its drawing, 12 KB of outlines: an image, though inline. */
const WITH_IMAGE = ['map'];
const TYPES = pageTypes(await pageAddresses());

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

/** Elements that stick out, for the message. */
const widest = (page) => page.evaluate(() => [...document.querySelectorAll('body *')]
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 3).map((node) => node.outerHTML.slice(0, 120)));

for (const { type, lang, path } of TYPES) {
  test(`${type} ${lang}: nothing scrolls sideways at 320 px, nor with WCAG text spacing`, async () => {
    const context = await browser.newContext({ viewport: { width: 320, height: 640 }, bypassCSP: true });
    const page = await context.newPage();
    await page.goto(server.url(path));
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(await width(), 320, `${path}: ${await widest(page)}`);
    await page.addStyleTag({ content: '*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}p{margin-bottom:2em!important}' });
    assert.equal(await width(), 320, `${path} with text spacing: ${await widest(page)}`);
    await context.close();
  });

  if (WITH_IMAGE.includes(type)) continue;
  test(`${type} ${lang}: the page is at most ${FIRST_FLIGHT} bytes, compressed`, async () => {
    const file = path === '' || path.endsWith('/') ? `${path}index.html` : path;
    const bytes = gzipSync(await readFile(join(DIST, file)), { level: 9 }).length;
    assert.ok(bytes <= FIRST_FLIGHT, `${path}: ${bytes} bytes`);
  });
}

test('results and suggestions fit 320 px', async () => {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 } });
  const page = await context.newPage();
  const fits = async (what) =>
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, `${what}: ${await widest(page)}`);
  for (const [path, query] of [['search/', '口罩'], ['en/search/', 'coronavirus antibody']]) {
    await page.goto(server.url(`${path}?q=${encodeURIComponent(query)}`));
    await page.waitForSelector('.wb-hit');
    await fits(`${path} results`);
    await page.locator('main woodblock-search input').focus();
    await page.keyboard.type(' ');
    await page.waitForSelector('.wb-option');
    await fits(`${path} suggestions`);
  }
  await context.close();
});
