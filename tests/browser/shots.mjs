/**
 * Pictures of every page type in both languages, on a desk and on a phone, to be looked at.
 *
 *     node shots.mjs FOLDER [TYPE…]
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DIST, openBrowser, pageAddresses, pageTypes } from './browser.mjs';
import { serve } from './server.mjs';

const [folder, ...only] = process.argv.slice(2);
if (!folder) throw new Error('name a folder for the pictures: node shots.mjs FOLDER [TYPE…]');
const SIZES = [{ width: 1280, height: 900 }, { width: 390, height: 844 }];
const DARK = ['home', 'search-results', 'guide', 'record', 'map', 'suggestions'];

const typed = (query) => async (page) => {
  await page.locator('main woodblock-search input').focus();
  await page.keyboard.type(query);
  await page.waitForSelector('.wb-option');
  await page.keyboard.press('ArrowDown');
};
/** States that only exist with the element at work. */
const states = ['zh', 'en'].flatMap((lang) => {
  const prefix = lang === 'en' ? 'en/' : '';
  const query = lang === 'en' ? 'coronavirus antibody' : '口罩';
  const results = (q) => `${prefix}search/?q=${encodeURIComponent(q)}`;
  return [
    { type: 'suggestions', lang, path: prefix, act: typed(lang === 'en' ? 'patent' : '专利') },
    { type: 'search-results', lang, path: results(query), act: (page) => page.waitForSelector('.wb-hit') },
    { type: 'search-group', lang, path: `${results(query)}&group=record&page=2`, act: (page) => page.waitForSelector('.wb-hit') },
    { type: 'search-empty', lang, path: results(`"${query}" AND xyzzyqwerty`), act: (page) => page.waitForSelector('.wb-empty a >> nth=2') },
    { type: 'search-error', lang, path: results(query), block: '**/*.wbi', act: (page) => page.waitForSelector('.wb-error') },
    { type: 'search-loading', lang, path: results(query), stall: '**/*.wbi', act: (page) => page.waitForSelector('.wb-loading') },
    { type: 'offline-ready', lang, path: `${prefix}offline/`, act: (page) => page.waitForSelector('.wb-keep') },
    { type: '404', lang, path: `${prefix}no-such-page/` },
  ];
});

const browser = await openBrowser();
const server = await serve(DIST);
await mkdir(folder, { recursive: true });
const wanted = [...pageTypes(await pageAddresses()), ...states].filter(({ type }) => !only.length || only.includes(type));
for (const viewport of SIZES) {
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    for (const { type, lang, path, act, block, stall } of wanted) {
      if (colorScheme === 'dark' && !DARK.includes(type)) continue;
      const page = await context.newPage();
      if (block) await page.route(block, (route) => route.abort());
      if (stall) await page.route(stall, () => {});
      await page.goto(server.url(path));
      await act?.(page);
      const file = join(folder, `${type}-${lang}-${viewport.width}${colorScheme === 'dark' ? '-dark' : ''}.png`);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      // Beyond this nothing new is seen, and pictures grow past what viewers show.
      await page.screenshot({ path: file, fullPage: true, clip: { x: 0, y: 0, width: viewport.width, height: Math.min(height, 3_200) } });
      console.log(file);
      await page.close();
    }
    await context.close();
  }
}
await browser.close();
await server.stop();
