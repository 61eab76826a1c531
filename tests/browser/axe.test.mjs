/** axe finds nothing on any page type, in both languages, light and dark, nor in the element's states. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { DIST, openBrowser, pageAddresses, pageTypes } from './browser.mjs';
import { serve } from './server.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TYPES = pageTypes(await pageAddresses());
const SCHEMES = ['light', 'dark'];

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

/** Runs axe in a page whose policy forbids foreign scripts: the browser itself puts it in. */
async function findings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
    resultTypes: ['violations'],
  }));
  return violations.map(({ id, help, nodes }) =>
    `${id}: ${help}\n${nodes.slice(0, 5).map(({ html, failureSummary }) => `  ${html.slice(0, 200)}\n  ${failureSummary.replaceAll('\n', ' ')}`).join('\n')}`);
}

/** @param {(page: import('playwright-core').Page) => Promise<void>} [act] */
async function check(path, colorScheme, act = async () => {}) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 }, bypassCSP: true });
  const page = await context.newPage();
  await page.goto(server.url(path));
  await act(page);
  const found = await findings(page);
  await context.close();
  assert.deepEqual(found, [], `${path} ${colorScheme}`);
}

for (const { type, lang, path } of TYPES) {
  test(`${type} ${lang}: no findings`, async () => {
    for (const scheme of SCHEMES) await check(path, scheme);
  });
}

test('the 404 page: no findings', async () => {
  for (const scheme of SCHEMES) await check('no-such-page/', scheme);
});

for (const [lang, prefix, query] of [['zh', '', '口罩'], ['en', 'en/', 'mask']]) {
  test(`suggestions open, one chosen, ${lang}: no findings`, async () => {
    for (const scheme of SCHEMES) {
      await check(prefix, scheme, async (page) => {
        await page.locator('main woodblock-search input').focus();
        await page.keyboard.type(query);
        await page.waitForSelector('.wb-option');
        await page.keyboard.press('ArrowDown');
      });
    }
  });

  test(`results, nothing found and a failure, ${lang}: no findings`, async () => {
    for (const scheme of SCHEMES) {
      await check(`${prefix}search/?q=${encodeURIComponent(query)}`, scheme, (page) => page.waitForSelector('.wb-hit'));
      await check(`${prefix}search/?q=xyzzyqwerty`, scheme, (page) => page.waitForSelector('.wb-empty'));
      await check(`${prefix}search/`, scheme, async (page) => {
        await page.route('**/*.wbi', (route) => route.abort());
        await page.goto(`${page.url()}?q=${encodeURIComponent(query)}`);
        await page.waitForSelector('.wb-error');
      });
    }
  });

  test(`the offline page with its button, and while it saves, ${lang}: no findings`, async () => {
    for (const scheme of SCHEMES) {
      await check(`${prefix}offline/`, scheme, (page) => page.waitForSelector('.wb-keep'));
      await check(`${prefix}offline/`, scheme, async (page) => {
        await page.locator('.wb-keep').click();
        if (await page.locator('.wb-no').count()) await page.locator('.wb-keep').click();
        await page.waitForSelector('.wb-progress, .wb-remove');
      });
    }
  });
}
