/** What every suite needs: the built site, the command line, a Chromium. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const workspace = resolve(fileURLToPath(import.meta.url), '../../..');

export const DIST = resolve(process.env.WOODBLOCK_DIST ?? join(workspace, 'dist'));
export const BIN = resolve(process.env.WOODBLOCK_BIN ?? join(workspace, 'target/release/woodblock'));
const EXECUTABLE = process.env.WOODBLOCK_CHROMIUM ?? process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Quiet, and no traffic but the tests' own. */
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--no-default-browser-check',
];

export async function openBrowser() {
  return chromium.launch({ executablePath: EXECUTABLE, args: FLAGS, headless: true });
}

/** Browsers that keep; a failed test leaves its own open. */
const keeping = new Set();

/** A browser that keeps what it stores in `folder`. */
export async function openKeeping(folder) {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: EXECUTABLE, args: FLAGS, headless: true,
  });
  keeping.add(context);
  return context;
}

/** Closes what failed tests left open. */
export async function closeKeeping() {
  await Promise.all([...keeping].map((context) => context.close().catch(() => {})));
}

export async function temporaryFolder(name) {
  const path = await mkdtemp(join(tmpdir(), `woodblock-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** @returns {Promise<{ release: string, files: { path: string, sha256: string, len: number }[] }>} */
export async function readManifest(dist = DIST) {
  return JSON.parse(await readFile(join(dist, 'woodblock/manifest.json'), 'utf8'));
}

/** Addresses of all pages, below the site's root: `''`, `guide/`, `en/guide/` …; the 404 page left out. */
export async function pageAddresses() {
  const { files } = await readManifest();
  return files
    .map(({ path }) => path)
    .filter((path) => path.endsWith('.html') && !path.endsWith('404.html'))
    .map((path) => path.replace(/(^|\/)index\.html$/, '$1'));
}

/**
 * One address of every page type and language, found by the body of the site: the first page of
 * each folder that has its own template.
 */
export function pageTypes(addresses) {
  const patterns = {
    home: /^$/, guides: /^guide\/$/, right: /^guide\/[^/]+\/$/, guide: /^guide\/[^/]+\/[^/]+\/$/, map: /^map\/$/,
    news: /^focus\/$/, article: /^focus\/(?!page\/)[^/]+\/$/, faq: /^faq\/$/, question: /^faq\/[^/]+\/$/,
    courses: /^courses\/$/, course: /^courses\/[^/]+\/$/, lesson: /^courses\/[^/]+\/[^/]+\/$/,
    topics: /^topics\/$/, topic: /^topics\/[^/]+\/$/, classification: /^classification\/$/,
    class: /^classification\/(?!page\/)[^/]+\/$/, records: /^patents\/$/, record: /^patents\/(?!page\/)[^/]+\/$/,
    downloads: /^downloads\/$/, offline: /^offline\/$/, search: /^search\/$/, about: /^about\/$/,
    text: /^about\/[^/]+\/$/, terms: /^rights\/$/, term: /^rights\/[^/]+\/$/,
  };
  const found = [];
  for (const prefix of ['', 'en/']) {
    const own = addresses.filter((path) => (prefix ? path.startsWith(prefix) : !path.startsWith('en/')));
    for (const [type, pattern] of Object.entries(patterns)) {
      const path = own.find((one) => pattern.test(one.slice(prefix.length)));
      if (path !== undefined) found.push({ type, lang: prefix ? 'en' : 'zh', path });
    }
  }
  return found;
}

/** Collects what the console and the page complain about. */
export function watchErrors(page) {
  const errors = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${page.url()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => errors.push(`${page.url()}: ${error}`));
  return errors;
}
