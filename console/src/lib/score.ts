import type { Explanation } from '../api/types';

/** One part of a score's bar. */
export interface Share {
  label: string;
  value: number;
  /** Of the whole, in [0, 1]. */
  share: number;
}

/**
 * What a score is the sum of: its parts one level down, largest first, where they add up to it.
 * A part alone is looked into further. Nothing where the score is no sum, for a bar would then lie.
 */
export function shares(explanation: Explanation | null): Share[] {
  if (!explanation) return [];
  let node = explanation;
  while (node.parts.length === 1 && near(node.parts[0]!.value, node.value) && node.parts[0]!.parts.length > 0) node = node.parts[0]!;
  const parts = node.parts.filter((part) => part.value > 0);
  const sum = parts.reduce((total, part) => total + part.value, 0);
  if (parts.length === 0 || !(node.value > 0) || !near(sum, node.value)) {
    return node.value > 0 ? [{ label: node.label, value: node.value, share: 1 }] : [];
  }
  return parts
    .map((part) => ({ label: part.label, value: part.value, share: part.value / sum }))
    .sort((a, b) => b.value - a.value);
}

/** Without the form in which the index has the word. */
export const plain = (label: string) => label.replace(/ \(as [^()]*\)/, '');

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(a), Math.abs(b), 1e-9);
}
