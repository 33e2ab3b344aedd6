import type { Span } from '../api/types';

// How shares of attention and surprises become colours and words.

/** A stretch of text with its heat, from 0 to 1; null where nothing is known of it. */
export interface Warm {
  start: number;
  end: number;
  text: string;
  heat: number | null;
  /** What was measured. */
  value: number;
}

/**
 * Cuts a part of a text by spans with values. Spans that reach beyond the part are clipped to it, and
 * the hottest one of the part has heat 1: what lies outside of it does not pale it.
 */
export function warm(text: string, part: Span, spans: readonly (Span & { value: number | null })[]): Warm[] {
  const within = spans
    .map((span) => ({ ...span, start: Math.max(span.start, part.start), end: Math.min(span.end, part.end) }))
    .filter((span) => span.end > span.start)
    .sort((a, b) => a.start - b.start);
  const most = Math.max(0, ...within.map((span) => span.value ?? 0));
  const result: Warm[] = [];
  let at = part.start;
  const plain = (to: number) => {
    if (to > at) result.push({ start: at, end: to, text: text.slice(at, to), heat: null, value: 0 });
  };
  for (const span of within) {
    const start = Math.max(at, span.start);
    // A character that is spread over several tokens is the first one's.
    if (start >= span.end) continue;
    plain(start);
    result.push({ start, end: span.end, text: text.slice(start, span.end), heat: span.value === null ? null : most > 0 ? span.value / most : 0, value: span.value ?? 0 });
    at = span.end;
  }
  plain(part.end);
  return result;
}

/** The tokens of an answer as words, each with the mean of its tokens' shares. */
export function answerWords(answer: string, tokens: readonly { start: number; end: number; shares: number[] }[]): { start: number; end: number; text: string; shares: number[] }[] {
  const words: { start: number; end: number; tokens: number[][] }[] = [];
  for (const token of tokens) {
    const last = words.at(-1);
    const before = last ? answer.slice(last.start, last.end) : '';
    const begins = !last || (/\S/.test(before) && (/^\s/.test(answer.slice(token.start, token.end)) || /\s$/.test(before)));
    const start = last ? Math.max(last.end, token.start) : token.start;
    if (begins && token.end > start) words.push({ start, end: token.end, tokens: [token.shares] });
    else if (last) {
      last.end = Math.max(last.end, token.end);
      last.tokens.push(token.shares);
    }
  }
  return words.map((word) => ({ start: word.start, end: word.end, text: answer.slice(word.start, word.end), shares: mean(word.tokens) }));
}

function mean(rows: number[][]): number[] {
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, place) => rows.reduce((sum, row) => sum + (row[place] ?? 0), 0) / rows.length);
}
