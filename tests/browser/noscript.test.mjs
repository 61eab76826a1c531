/** With scripts off every page is reached by links, and its forms lead somewhere. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DIST, openBrowser, pageAddresses, pageTypes } from './browser.mjs';
import { serve } from './server.mjs';

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

const ENTITIES = { '&amp;': '&', '&quot;': '"', '&#x27;': "'", '&#39;': "'", '&#x2f;': '/', '&lt;': '<', '&gt;': '>' };

/** Targets of the links in a page's markup, which no script has touched. */
function linksIn(html) {
  const shown = html.replace(/<!--[\s\S]*?-->|<(script|template|style)\b[\s\S]*?<\/\1>/gi, '');
  return [...shown.matchAll(/<a\b[^>]*?\shref=(?:"([^"]*)"|([^\s">]+))/gi)]
    .map(([, quoted, bare]) => (quoted ?? bare).replace(/&(#?\w+);/g, (entity) => ENTITIES[entity.toLowerCase()] ?? entity));
}

/** Follows every link of the site; `seen`: path → where it was linked from. */
async function crawl() {
  const seen = new Map([['/', '']]);
  const broken = [];
  // The map grows while it is walked.
  for (const [path, from] of seen) {
    const response = await fetch(server.origin + path);
    const isPage = response.headers.get('content-type')?.startsWith('text/html');
    const text = await response.text();
    if (response.status !== 200) broken.push(`${path} (${response.status}), linked from ${from}`);
    else if (isPage) {
      for (const href of linksIn(text)) {
        const url = new URL(href, server.origin + path);
        if (url.origin === server.origin && !seen.has(url.pathname)) seen.set(url.pathname, path);
      }
    }
  }
  return { seen, broken };
}

test('every page of the release is reached by links alone, and no link is broken', async () => {
  const { seen, broken } = await crawl();
  assert.deepEqual(broken, []);
  const pages = (await pageAddresses()).filter((path) => !isAlias(path));
  const unreached = pages.filter((path) => !seen.has(`/${encodeURI(path)}`) && !seen.has(`/${path}`));
  assert.deepEqual(unreached, []);
});

/** `page/1/` only leads on to its section. */
const isAlias = (path) => /(^|\/)page\/1\/$/.test(path);

test('a browser without scripts shows the links that were followed, on every page type', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const { path } of pageTypes(await pageAddresses())) {
    const response = await page.goto(server.url(path));
    // Links inside a drawing have an address of another type; the attribute is the same.
    const inBrowser = await page.locator('a[href]').evaluateAll((links) =>
      links.map((link) => new URL(link.getAttribute('href'), document.baseURI).href));
    const followed = linksIn(await response.text()).map((href) => new URL(href, server.url(path)).href);
    assert.deepEqual([...new Set(inBrowser)].sort(), [...new Set(followed)].sort(), path);
    const hidden = await page.locator('main a[href]').evaluateAll((links) => links
      .filter((link) => !link.closest('details') && !link.checkVisibility()).map((link) => link.outerHTML.slice(0, 200)));
    assert.deepEqual(hidden, [], `${path}: links that only a script would show`);
  }
  await context.close();
});

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
