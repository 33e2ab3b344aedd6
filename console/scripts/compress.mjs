// Compresses what was built beside itself, so that the server only has to send it.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const folder = 'target/classes/console';
for (const name of readdirSync(folder, { recursive: true })) {
  const file = join(folder, name);
  if (!statSync(file).isFile() || !/\.(js|css|html|svg)$/.test(name)) continue;
  const plain = readFileSync(file);
  const packed = gzipSync(plain, { level: 9 });
  if (packed.length < plain.length) writeFileSync(file + '.gz', packed);
}
