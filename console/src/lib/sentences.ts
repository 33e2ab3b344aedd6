import type { Answer, Citation } from '../api/types';
import { pieces } from './spans';

/** A stretch of an answer: cited by some passages, marked as carried by none, or neither. */
export interface Sentence {
  text: string;
  /** Numbers of its citations, from 0. */
  citations: number[];
  unsupported: boolean;
}

export function sentences(answer: Pick<Answer, 'text' | 'citations' | 'unsupported'>): Sentence[] {
  const cited = answer.citations.map((citation: Citation) => citation.answer_span);
  return pieces(answer.text, [...cited, ...answer.unsupported]).map((piece) => ({
    text: piece.text,
    citations: piece.covers.filter((index) => index < cited.length),
    unsupported: piece.covers.some((index) => index >= cited.length),
  }));
}
