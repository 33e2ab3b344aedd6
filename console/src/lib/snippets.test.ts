import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { snippet } from './snippets';

const call = { path: '/api/ask', body: { question: `What's "it"? $HOME \\ \`x\` é\n`, collections: ['vs_1'] } };

test('a shell hands curl the very body', () => {
  const text = snippet('curl', 'http://h:1', call).replace(/^curl -s/, 'printf "%s\\0"');
  const sent = execFileSync('sh', ['-c', text]).toString().split('\0');
  expect(sent[0]).toBe('http://h:1/api/ask');
  expect(JSON.parse(sent.at(-2)!)).toEqual(call.body);
});

test('each language has the address and no key', () => {
  for (const language of ['curl', 'Java', 'Python'] as const) {
    const text = snippet(language, 'http://h:1', call);
    expect(text).toContain('http://h:1/api/ask');
    expect(text).toContain('ENGRAM_KEY');
    expect(text).not.toContain('engram_');
  }
});
