// A model hub on this machine that is slow enough to be watched: it has one model under each name,
// but for names that end with `-none`, and takes its time where they end with `-slow`.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const PIECES = 8;

export function startHub(port, file) {
  const content = readFileSync(file);
  const listing = { sha: COMMIT, siblings: [{ rfilename: 'tiny-f32.gguf', size: content.length, lfs: { sha256: createHash('sha256').update(content).digest('hex'), size: content.length } }] };
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://hub').pathname;
    if (/-none\b/.test(path)) response.writeHead(404).end();
    else if (path.startsWith('/api/models/')) response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(listing));
    else void send(request, response, content, /-slow\b/.test(path) ? 8_000 : 250);
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

async function send(request, response, content, pause) {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const headers = { 'Content-Length': content.length - from, ...(from > 0 ? { 'Content-Range': `bytes ${from}-${content.length - 1}/${content.length}` } : {}) };
  response.writeHead(from > 0 ? 206 : 200, headers);
  const step = Math.ceil(content.length / PIECES);
  for (let at = from; at < content.length && !response.destroyed; at += step) {
    response.write(content.subarray(at, at + step));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  response.end();
}
