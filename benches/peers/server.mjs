/**
 * A plain static server over a folder that counts: every request with the bytes of its body, when
 * it came and when it was answered. Answers Range requests, and sends text and plain WebAssembly
 * packed with brotli as a CDN does; what is packed already goes as it is.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { extname, join, normalize, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css',
  '.json': 'application/json', '.wasm': 'application/wasm', '.svg': 'image/svg+xml',
};
/** What a CDN packs; quality 9, near the best and quick enough for files of tens of megabytes. */
const PACKED = new Set(['.html', '.js', '.mjs', '.css', '.json', '.wasm', '.svg']);
const QUALITY = 9;
const brotli = promisify(brotliCompress);
/** Files packed once for all servers of a run: packing takes long and is no reader's time. */
const packed = new Map();

/**
 * @param {string} root folder to serve
 * @param {{ page?: (base: string) => string, mounts?: Record<string, string>, delay?: number, http2?: boolean }} [options]
 *   `page`: text of the page at `/` and at `/qN/`, below which the same files have other addresses,
 *   so that nothing is in a cache; `mounts`: path prefix → another folder;
 *   `delay`: milliseconds before each answer, so that requests that wait for each other show;
 *   `http2`: as hosts speak it, so that no request waits for one of a browser's six connections
 */
export async function serve(root, { page, mounts = {}, delay = 0, http2 = false } = {}) {
  /** @type {{ path: string, bytes: number, status: number, came: number, went: number }[]} */
  const log = [];

  const body = async (file, path) => {
    if (!PACKED.has(extname(path))) return null;
    if (!packed.has(file)) {
      const bytes = await readFile(file);
      packed.set(file, await brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY } }));
    }
    return packed.get(file);
  };

  const answer = async (request, response) => {
    const came = performance.now();
    const whole = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const base = /^(\/q\d+)?/.exec(whole)[0];
    const path = whole.slice(base.length);
    const headers = { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'cache-control': 'max-age=3600' };
    let status = 200;
    let bytes;
    if (page && path === '/') {
      bytes = Buffer.from(page(base));
      headers['content-type'] = TYPES['.html'];
    } else {
      const file = locate(root, mounts, path);
      const entry = file && (await stat(file).catch(() => null));
      const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
      if (!entry?.isFile()) {
        status = 404;
        bytes = Buffer.from('not found');
      } else if (range) {
        status = 206;
        const [first, last] = [Number(range[1]), Math.min(Number(range[2] || entry.size - 1), entry.size - 1)];
        bytes = await slice(file, first, last);
        headers['content-range'] = `bytes ${first}-${last}/${entry.size}`;
      } else {
        bytes = await body(file, path);
        if (bytes) headers['content-encoding'] = 'br';
        else bytes = await readFile(file);
      }
    }
    if (delay) await new Promise((done) => { setTimeout(done, delay); });
    response.writeHead(status, { ...headers, 'content-length': bytes.length, 'accept-ranges': 'bytes' });
    response.end(request.method === 'HEAD' ? undefined : bytes);
    log.push({ path, bytes: request.method === 'HEAD' ? 0 : bytes.length, status, came, went: performance.now() });
  };

  const handle = (request, response) => {
    answer(request, response).catch((error) => response.writeHead(500).end(String(error)));
  };
  const server = http2 ? createSecureServer(await selfSigned(), handle) : createServer(handle);
  const sessions = new Set();
  server.on('session', (session) => sessions.add(session));
  await new Promise((listening, failed) => { server.once('error', failed).listen(0, '127.0.0.1', listening); });
  server.unref();
  const { port } = server.address();
  return {
    url: (path) => `${http2 ? 'https' : 'http'}://127.0.0.1:${port}${path}`,
    log,
    /** What was sent since the last call. */
    take: () => log.splice(0),
    stop: () => new Promise((closed) => {
      server.close(closed);
      server.closeAllConnections?.();
      for (const session of sessions) session.destroy();
    }),
  };
}

/** A key and certificate for this run alone; the browser is told not to mind who signed it. */
async function selfSigned() {
  const folder = await mkdtemp(join(tmpdir(), 'woodblock-bench-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    await promisify(execFile)('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-subj', '/CN=127.0.0.1', '-keyout', key, '-out', cert,
    ]);
    return { key: await readFile(key), cert: await readFile(cert), allowHTTP1: true };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function locate(root, mounts, path) {
  const [prefix, folder] = Object.entries(mounts).find(([start]) => path.startsWith(start)) ?? ['/', root];
  const file = join(folder, normalize(path.slice(prefix.length)));
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep) ? file : null;
}

async function slice(file, first, last) {
  const handle = await open(file);
  try {
    const bytes = Buffer.alloc(Math.max(0, last - first + 1));
    await handle.read(bytes, 0, bytes.length, first);
    return bytes;
  } finally {
    await handle.close();
  }
}

/**
 * The longest chain of requests of which each came after the one before had been answered: how
 * often a reader waits for a round trip.
 * @param {{ came: number, went: number }[]} requests
 */
export function hops(requests) {
  const order = [...requests].sort((a, b) => a.went - b.went);
  const depth = new Map();
  let most = 0;
  for (const one of [...requests].sort((a, b) => a.came - b.came)) {
    let before = 0;
    for (const other of order) {
      if (other.went > one.came) break;
      before = Math.max(before, depth.get(other) ?? 0);
    }
    depth.set(one, before + 1);
    most = Math.max(most, before + 1);
  }
  return most;
}
