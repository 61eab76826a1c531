/**
 * A plain static server over a folder: no compression, no headers of its own beyond type and
 * date, and a count of every byte and request. Faults are injected by `alter`.
 */
import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json',
  '.svg': 'image/svg+xml', '.png': 'image/png', '.xml': 'application/xml', '.txt': 'text/plain; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8', '.wasm': 'application/wasm', '.gz': 'application/gzip', '.ics': 'text/calendar',
  '.webmanifest': 'application/manifest+json',
};

/**
 * @param {string} root folder to serve
 * @param {{ port?: number, prefix?: string, ranges?: boolean, alter?: (path: string, bytes: Buffer) => Buffer | null }} [options]
 *   `prefix`: folder of the address that the site lies in, such as `/mirror/`;
 *   `ranges`: whether Range requests are answered with the stretch alone;
 *   `alter`: what to send instead of a file's bytes, or of the stretch; null answers 404
 */
export async function serve(root, { port = 0, prefix = '/', ranges = false, alter = (_path, bytes) => bytes } = {}) {
  const log = [];
  const answer = async (request, response) => {
    const pathname = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const found = pathname.startsWith(prefix) ? await locate(root, pathname.slice(prefix.length)) : null;
    if (found?.redirect) {
      response.writeHead(301, { location: `${encodeURI(pathname)}/` }).end();
      return;
    }
    let path = found?.path;
    const whole = path && await readFile(join(root, path));
    const range = (ranges && whole && /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')) || null;
    let bytes = whole && alter(path, range ? whole.subarray(Number(range[1]), Number(range[2]) + 1) : whole);
    const status = bytes ? (range ? 206 : 200) : 404;
    if (!bytes) {
      path = '404.html';
      bytes = await readFile(join(root, path)).catch(() => Buffer.from('not found'));
    }
    const modified = status === 200 ? (await stat(join(root, path))).mtime.toUTCString() : undefined;
    const unchanged = modified && request.headers['if-modified-since'] === modified;
    response.writeHead(unchanged ? 304 : status, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      ...(status === 206 && { 'content-range': `bytes ${range[1]}-${range[2]}/${whole.length}` }),
      ...(modified && { 'last-modified': modified }),
      ...(!unchanged && { 'content-length': bytes.length }),
    });
    const sent = unchanged || request.method === 'HEAD' ? Buffer.alloc(0) : bytes;
    response.end(sent);
    log.push({ path: pathname, status: unchanged ? 304 : status, bytes: sent.length });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  });
  await new Promise((listening, failed) => {
    server.once('error', failed).listen(port, '127.0.0.1', listening);
  });
  // A failed test may leave its server behind; it must not keep the run from ending.
  server.unref();
  const at = server.address().port;
  return {
    origin: `http://127.0.0.1:${at}`,
    url: (path = '') => `http://127.0.0.1:${at}${prefix}${path.replace(/^\//, '')}`,
    port: at,
    log,
    get bytes() {
      return log.reduce((sum, { bytes }) => sum + bytes, 0);
    },
    stop: () => new Promise((closed) => {
      server.close(closed);
      server.closeAllConnections();
    }),
  };
}

/** The file that an address means, as static hosts agree on it. */
async function locate(root, relative) {
  const path = normalize(relative).replace(/^(\.\.(\/|$))+/, '');
  const full = join(root, path);
  if (full !== root && !full.startsWith(root.endsWith(sep) ? root : root + sep)) return null;
  const entry = await stat(full).catch(() => null);
  if (entry?.isFile()) return { path };
  if (!entry?.isDirectory()) return null;
  if (relative !== '' && !relative.endsWith('/')) return { redirect: true };
  const index = join(path, 'index.html');
  return (await stat(join(root, index)).catch(() => null)) ? { path: index } : null;
}
