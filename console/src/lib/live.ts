// Rates out of counters that only grow, as they are read every few seconds.

export interface Counted {
  /** When it was read, in milliseconds. */
  at: number;
  read: number;
  written: number;
}

export interface Rate {
  at: number;
  read: number;
  written: number;
}

const KEPT = 60;

/**
 * Tokens per second since the reading before. A counter that went back began anew, as that of a model
 * which was unloaded: its rate is that of what it has counted since.
 */
export function rate(before: Counted, now: Counted): Rate {
  const seconds = Math.max(0.001, (now.at - before.at) / 1000);
  const grown = (from: number, to: number) => (to < from ? to : to - from) / seconds;
  return { at: now.at, read: grown(before.read, now.read), written: grown(before.written, now.written) };
}

/** The last minute or two, oldest first. */
export function keep(rates: Rate[], next: Rate): Rate[] {
  return [...rates, next].slice(-KEPT);
}
