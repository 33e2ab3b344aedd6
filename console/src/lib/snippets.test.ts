import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { snippet } from './snippets';

const call = { path: '/api/ask', body: { question: `What's "it"? "" """ $HOME \\ \\u0041 \`x\` é 𝔸 \n\t\u0001`, collections: ['vs_1'], empty: [], none: null, explain: true, stream: false, weight: 0.35, deep: { a: { b: [1, {}] } } } };
const SLOW = 120_000;

/** Where it can be started: a machine without it is told so by the test's name. */
function runs(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a shell hands curl the very body', () => {
  const text = snippet('curl', 'http://h:1', call).replace(/^curl -s/, 'printf "%s\\0"');
  const sent = execFileSync('sh', ['-c', text]).toString().split('\0');
  expect(sent[0]).toBe('http://h:1/api/ask');
  expect(JSON.parse(sent.at(-2)!)).toEqual(call.body);
});

test.skipIf(!runs('python3', '--version'))('Python (skipped without python3) has the very body as a dict', { timeout: SLOW }, () => {
  const code = snippet('Python', 'http://h:1', call);
  const stub = 'import io, urllib.request\nurllib.request.urlopen = lambda request: io.BytesIO(request.data)\n';
  const sent = execFileSync('python3', ['-c', stub + code], { env: { ...process.env, ENGRAM_KEY: 'k' } }).toString();
  expect(JSON.parse(sent)).toEqual(call.body);
  expect(code).toContain('    "explain": True,\n    "stream": False,\n');
  expect(code).toContain('    "none": None,\n');
});

const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin/java') : 'java';
test.skipIf(!runs(java, '--version'))('Java (skipped without it) has the very body as a text', { timeout: SLOW }, () => {
  const code = snippet('Java', 'http://h:1', call);
  const text = /String body = ("""[\s\S]*?""");/.exec(code)![1]!;
  const folder = mkdtempSync(join(tmpdir(), 'engram-snippet-'));
  try {
    const file = join(folder, 'Main.java');
    writeFileSync(file, `class Main { public static void main(String[] args) throws Exception { String body = ${text}; System.out.write(body.getBytes("UTF-8")); System.out.flush(); } }`);
    const sent = execFileSync(java, ['-XX:TieredStopAtLevel=1', '--source', '17', '-Dfile.encoding=UTF-8', file]).toString();
    expect(JSON.parse(sent)).toEqual(call.body);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('each language has the address, no key, and a line for each field', () => {
  for (const language of ['curl', 'Java', 'Python'] as const) {
    const text = snippet(language, 'http://h:1', call);
    expect(text).toContain('http://h:1/api/ask');
    expect(text).toContain('ENGRAM_KEY');
    expect(text).not.toContain('engram_');
    expect(text).toMatch(/^ +"weight": 0\.35,$/m);
  }
});
