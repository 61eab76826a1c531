/** Off line: after "keep this site", everything works with the server stopped and the browser restarted. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DIST, closeKeeping, openKeeping, readManifest, temporaryFolder, watchErrors } from './browser.mjs';
import { serve } from './server.mjs';

/** Presses "keep", past the question that large sites ask, and waits until all is here. */
async function keep(page, url) {
  await page.goto(url('offline/'));
  await page.locator('woodblock-offline .wb-keep').click();
  await page.waitForSelector('woodblock-offline .wb-progress, woodblock-offline .wb-no');
  if (await page.locator('woodblock-offline .wb-no').count()) await page.locator('woodblock-offline .wb-keep').click();
  await page.waitForSelector('woodblock-offline .wb-remove', { timeout: 120_000 });
  assert.equal(await page.locator('woodblock-offline .wb-error').count(), 0, await page.locator('woodblock-offline').innerText());
}

/** Replaces files of a built site and writes the manifest anew. */
async function publish(folder, changes) {
  const manifest = await readManifest(folder);
  for (const [path, change] of Object.entries(changes)) {
    const bytes = Buffer.from(change(await readFile(join(folder, path), 'utf8')));
    await writeFile(join(folder, path), bytes);
    const entry = manifest.files.find((file) => file.path === path);
    entry.sha256 = createHash('sha256').update(bytes).digest('hex');
    entry.len = bytes.length;
  }
  manifest.release = createHash('sha256').update(JSON.stringify(manifest.files)).digest('hex').slice(0, 12);
  await writeFile(join(folder, 'woodblock/manifest.json'), JSON.stringify(manifest));
}

const folders = [];
const temporary = async (name) => {
  const folder = await temporaryFolder(name);
  folders.push(folder);
  return folder.path;
};
after(async () => {
  await closeKeeping();
  await Promise.all(folders.map((folder) => folder.remove()));
});

test('the size is shown first, and nothing is saved before it is asked for', async () => {
  const server = await serve(DIST);
  const context = await openKeeping(await temporary('asked'));
  const page = await context.newPage();
  await page.goto(server.url('offline/'));
  const button = page.locator('woodblock-offline .wb-keep');
  await button.waitFor();
  assert.match(await button.innerText(), /\d(\.\d)?\s(kB|MB)/);
  const workers = await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length);
  assert.equal(workers, 0, 'a service worker is registered only on request');
  await context.close();
  await server.stop();
});

test('the whole site, its search and its map work with the server stopped and the browser restarted', async () => {
  const profile = await temporary('profile');
  const server = await serve(DIST);
  let context = await openKeeping(profile);
  await keep(await context.newPage(), server.url);
  await context.close();
  await server.stop();

  context = await openKeeping(profile);
  const page = await context.newPage();
  const errors = watchErrors(page);
  for (const path of ['', 'guide/', 'map/', 'faq/', 'en/', 'en/map/', 'patents/']) {
    const response = await page.goto(server.url(path));
    assert.equal(response.status(), 200, path);
    assert.ok((await page.locator('h1').innerText()).trim(), `${path} has a heading`);
  }
  await page.goto(server.url('map'));
  assert.equal(new URL(page.url()).pathname, '/map/', 'an address without its slash leads to the page');
  assert.ok(await page.locator('main svg a, main svg [tabindex]').count(), 'the map is drawn, its regions can be reached');
  await page.goto(server.url('search/?q=%E5%8F%A3%E7%BD%A9'));
  await page.waitForSelector('.wb-hit');
  assert.match(await page.locator('.wb-hits').innerText(), /口罩/);
  assert.deepEqual(errors, []);
  const missing = await page.goto(server.url('no-such-page/'));
  assert.equal(missing.status(), 404);
  assert.ok(await page.locator('h1').count(), 'the 404 page of the site');
  await context.close();
});

test('an update fetches only what changed, and an open page keeps the release it was born with', async () => {
  const site = await temporary('site');
  await cp(DIST, site, { recursive: true });
  const server = await serve(site);
  const context = await openKeeping(await temporary('update'));
  const old = await context.newPage();
  await keep(old, server.url);
  await old.goto(server.url(''));

  await publish(site, {
    'index.html': (text) => text.replace('</h1>', ' CHANGED</h1>'),
    'guide/index.html': (text) => text.replace('</h1>', ' CHANGED</h1>'),
  });
  await lookAgain(old);
  server.log.length = 0;
  const fresh = await context.newPage();
  await fresh.goto(server.url(''));
  assert.doesNotMatch(await fresh.locator('h1').innerText(), /CHANGED/, 'the kept release answers at once');
  await waitFor(async () => (await (await fresh.goto(server.url(''))).text()).includes('CHANGED'));
  const fetched = server.log.filter(({ bytes }) => bytes).map(({ path }) => path);
  assert.deepEqual(fetched.sort(), ['/', '/guide/', '/woodblock/manifest.json']);

  const seenByOld = await old.evaluate(async () => (await fetch('/guide/')).text());
  assert.doesNotMatch(seenByOld, /CHANGED/, 'the old page still lives in its own release');
  const seenByFresh = await fresh.evaluate(async () => (await fetch('/guide/')).text());
  assert.match(seenByFresh, /CHANGED/);
  await context.close();
  await server.stop();
});

test('an altered file is refused and named, what was saved stays, and the next try finishes', async () => {
  let broken = true;
  const victim = 'map/index.html';
  const server = await serve(DIST, {
    alter: (path, bytes) => (broken && path === victim ? Buffer.from(bytes).fill('x', 0, 1) : bytes),
  });
  const profile = await temporary('altered');
  const context = await openKeeping(profile);
  const page = await context.newPage();
  await page.goto(server.url('offline/'));
  await page.locator('.wb-keep').click();
  if (await page.locator('.wb-no').count()) await page.locator('.wb-keep').click();
  await page.waitForSelector('.wb-error', { timeout: 120_000 });
  assert.match(await page.locator('.wb-error').innerText(), /map\/index\.html/);
  assert.match(await page.locator('woodblock-offline [role=status]').innerText(), /map\/index\.html/, 'and it is announced');

  broken = false;
  server.log.length = 0;
  await page.locator('.wb-keep').click();
  await page.waitForSelector('.wb-keep', { state: 'detached', timeout: 120_000 });
  const again = server.log.filter(({ path, bytes }) => bytes && !path.startsWith('/woodblock/manifest'));
  const { files } = await readManifest();
  assert.ok(again.length < files.length / 2, `${again.length} of ${files.length} files were fetched again`);
  await context.close();
  await server.stop();
});

test('removing leaves nothing behind', async () => {
  const server = await serve(DIST);
  const context = await openKeeping(await temporary('removed'));
  const page = await context.newPage();
  await keep(page, server.url);
  await page.locator('.wb-remove').click();
  await page.waitForSelector('.wb-remove', { state: 'detached' });
  const left = await page.evaluate(async () => [
    await caches.keys(), (await navigator.serviceWorker.getRegistrations()).length, localStorage.length,
  ]);
  assert.deepEqual(left, [[], 0, 0]);
  await context.close();
  await server.stop();
});

test('below a folder of its host a copy is kept and opened there, and nowhere else', async () => {
  const site = await temporary('small');
  const bundle = (await readManifest()).files.map(({ path }) => path).filter((path) => /^woodblock\/engine-[^/]+\/[^/]+\.js$/.test(path));
  for (const path of ['sw.js', ...bundle]) await cp(join(DIST, path), join(site, path), { recursive: true });
  const [, engine] = /^woodblock\/(engine-[^/]+)\//.exec(bundle[0]);
  await mkdir(join(site, 'offline'));
  await writeFile(join(site, 'offline/index.html'), `<!doctype html><html lang="en"><title>Offline</title>
    <h1>Offline</h1><woodblock-offline></woodblock-offline><script type="module" src="../woodblock/${engine}/offline.js"></script>`);
  await writeFile(join(site, 'index.html'), '<!doctype html><html lang="en"><title>Home</title><h1>Home</h1>');
  const files = [];
  for (const path of ['index.html', 'offline/index.html', 'sw.js', ...bundle].sort()) {
    const bytes = await readFile(join(site, path));
    files.push({ path, sha256: createHash('sha256').update(bytes).digest('hex'), len: bytes.length });
  }
  await writeFile(join(site, 'woodblock/manifest.json'), JSON.stringify({ format: 1, release: '0123456789ab', files }));

  const server = await serve(site, { prefix: '/mirror/ip/' });
  const context = await openKeeping(await temporary('folder'));
  const page = await context.newPage();
  await keep(page, server.url);
  await server.stop();
  assert.equal((await page.goto(server.url(''))).status(), 200);
  assert.equal(await page.locator('h1').innerText(), 'Home');
  await assert.rejects(page.goto(`${server.origin}/`), /ERR_CONNECTION_REFUSED/);
  await context.close();
});

/** As if the last look for a new release were more than a minute ago. */
const lookAgain = (page) => page.evaluate(async () => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const key of await cache.keys()) if (key.url.endsWith('.kept/checked')) await cache.delete(key);
  }
});

async function waitFor(check, ms = 30_000) {
  const end = Date.now() + ms;
  while (!(await check())) {
    if (Date.now() > end) assert.fail('waited too long');
    await new Promise((again) => setTimeout(again, 300));
  }
}

before(async () => {
  assert.equal((await readManifest()).format, 1);
});
