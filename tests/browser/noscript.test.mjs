/** With scripts off every page is reached by links, and its forms lead somewhere. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DIST, openBrowser, pageAddresses } from './browser.mjs';
import { serve } from './server.mjs';

const AT_ONCE = 4;

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

/** Follows every link of the site in a browser without scripts; `seen`: path → where it was linked from. */
async function crawl() {
  const context = await browser.newContext({ javaScriptEnabled: false });
  // Only documents matter here.
  await context.route('**/*', (route) => (route.request().resourceType() === 'document' ? route.continue() : route.abort()));
  const seen = new Map([['/', '']]);
  const queue = ['/'];
  const broken = [];
  const visit = async () => {
    const page = await context.newPage();
    for (let path = queue.shift(); path; path = queue.shift()) {
      // Files to download are no pages; that they are there is enough.
      const isPage = !/\.(?!html$)[^./]+$/.test(path);
      const response = isPage ? await page.goto(server.origin + path, { waitUntil: 'commit' }) : await page.request.head(server.origin + path);
      if (response.status() !== 200) {
        broken.push(`${path} (${response.status()}), linked from ${seen.get(path)}`);
        continue;
      }
      if (!isPage) continue;
      await page.waitForLoadState('domcontentloaded');
      const links = await page.locator('a[href]').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
      for (const href of links) {
        const url = new URL(href, server.origin + path);
        if (url.origin !== server.origin || seen.has(url.pathname)) continue;
        seen.set(url.pathname, path);
        queue.push(url.pathname);
      }
    }
    await page.close();
  };
  // A worker may find the queue empty while another is about to fill it: go on until nobody did.
  while (queue.length) await Promise.all(Array.from({ length: AT_ONCE }, visit));
  await context.close();
  return { seen, broken };
}

test('every page of the release is reached by links alone, and no link is broken', { timeout: 600_000 }, async () => {
  const { seen, broken } = await crawl();
  assert.deepEqual(broken, []);
  const pages = (await pageAddresses()).filter((path) => !isAlias(path));
  const unreached = pages.filter((path) => !seen.has(`/${encodeURI(path)}`) && !seen.has(`/${path}`));
  assert.deepEqual(unreached, []);
});

/** `page/1/` only leads on to its section. */
const isAlias = (path) => /(^|\/)page\/1\/$/.test(path);

test('the search form leads to a page that says what still works', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const [start, goal] of [['', '/search/'], ['en/', '/en/search/']]) {
    await page.goto(server.url(start));
    await page.locator('main woodblock-search input').fill('口罩');
    await page.locator('main woodblock-search button').click();
    assert.equal(new URL(page.url()).pathname, goal);
    assert.equal(new URL(page.url()).searchParams.get('q'), '口罩');
    assert.ok(await page.locator('main a:visible').count() >= 3, 'ways on');
  }
  await context.close();
});

test('the offline page says what to do instead', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(server.url('offline/'));
  assert.ok((await page.locator('woodblock-offline').innerText()).trim().length > 10);
  await context.close();
});
