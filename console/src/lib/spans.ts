import type { Span } from '../api/types';

/** A stretch of text and which of the given spans cover it. */
export interface Piece {
  start: number;
  end: number;
  text: string;
  /** Indexes into the spans that were given. */
  covers: number[];
}

/**
 * Cuts a text where spans begin and end. Spans may overlap and nest; what lies outside the text is
 * clipped, and empty spans cover nothing. The pieces together are the whole text.
 */
export function pieces(text: string, spans: readonly Span[], offset = 0): Piece[] {
  const clipped = spans.map((span) => ({
    start: Math.max(0, Math.min(text.length, span.start - offset)),
    end: Math.max(0, Math.min(text.length, span.end - offset)),
  }));
  const cuts = new Set([0, text.length]);
  for (const span of clipped) {
    if (span.end > span.start) {
      cuts.add(span.start);
      cuts.add(span.end);
    }
  }
  const places = [...cuts].sort((a, b) => a - b);
  const result: Piece[] = [];
  for (let index = 0; index + 1 < places.length; index++) {
    const start = places[index]!;
    const end = places[index + 1]!;
    const covers = clipped.flatMap((span, at) => (span.start <= start && span.end >= end && span.end > span.start ? [at] : []));
    result.push({ start, end, text: text.slice(start, end), covers });
  }
  return result;
}

/** The surroundings of a span, cut at blanks where there are some near. */
export function excerpt(text: string, span: Span, around: number): { text: string; start: number; before: boolean; after: boolean } {
  let start = Math.max(0, span.start - around);
  let end = Math.min(text.length, span.end + around);
  const blank = text.slice(start, span.start).search(/\s/);
  if (start > 0 && blank >= 0) start += blank + 1;
  const last = text.slice(span.end, end).search(/\s\S*$/);
  if (end < text.length && last >= 0) end = span.end + last;
  return { text: text.slice(start, end), start, before: start > 0, after: end < text.length };
}
