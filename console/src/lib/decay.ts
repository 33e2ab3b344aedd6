// How what is remembered fades when nobody recalls it: R = exp(−t / S), as the server keeps it
// (engram.memory.LevelBank). What has been recalled fades more slowly: S grows with each recall.

export interface Fading {
  level: string;
  state: string;
  retention: number;
  recalls: number;
}

const DAY_MS = 86_400_000;

export function retentionAfter(one: Fading, days: number, strengthDays: number): number {
  return one.retention * Math.exp(-days / (strengthDays * (1 + one.recalls)));
}

/** The mean at each of these days from now; null for a level of which nothing is left. */
export function fading(all: readonly Fading[], level: string, days: readonly number[], strengthDays: number): (number | null)[] {
  const kept = all.filter((one) => one.level === level && one.state !== 'dropped');
  return days.map((day) => (kept.length === 0 ? null : kept.reduce((sum, one) => sum + retentionAfter(one, day, strengthDays), 0) / kept.length));
}

export interface Growth {
  /** A day, such as 2024-03-01. */
  day: string;
  level: string;
  /** What came less what was taken. */
  bytes: number;
}

/** What each level held at the end of each day, from the first to the last at which something changed; at most so many places, the latest. */
export function sizes(growth: readonly Growth[], levels: readonly string[], most: number): { days: string[]; of: Record<string, number[]> } {
  if (growth.length === 0) return { days: [], of: Object.fromEntries(levels.map((level) => [level, []])) };
  const known = growth.map((one) => one.day).sort();
  const days: string[] = [];
  for (let at = Date.parse(known[0]!); at <= Date.parse(known.at(-1)!); at += DAY_MS) days.push(new Date(at).toISOString().slice(0, 10));
  const of = Object.fromEntries(
    levels.map((level) => {
      let sum = 0;
      const byDay = new Map<string, number>();
      for (const one of growth) if (one.level === level) byDay.set(one.day, (byDay.get(one.day) ?? 0) + one.bytes);
      return [level, days.map((day) => (sum += byDay.get(day) ?? 0)).slice(-most)];
    }),
  );
  return { days: days.slice(-most), of };
}
