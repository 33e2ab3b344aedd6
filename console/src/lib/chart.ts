// Where the marks of a chart stand, in pixels.

/** What one of its letters takes at most, in the size of small text. */
const LETTER = 7.8;
const GAP = 14;

export const wide = (label: string) => label.length * LETTER;

/** Round numbers from 0 up to the first that is not below the greatest value; that is the top of the scale. */
export function scale(max: number, whole = false): number[] {
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = Math.max(whole ? 1 : 0, [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) ?? power * 10);
  return Array.from({ length: Math.max(1, Math.ceil((max / step) * 0.999)) + 1 }, (_, index) => index * step);
}

/** Which places can have their name below them: evenly, none over another and none over the edge. */
export function named(names: readonly string[], left: number, width: number): number[] {
  const place = (width - left) / names.length;
  const widest = Math.max(0, ...names.map(wide));
  const every = Math.max(1, Math.ceil((widest + GAP) / place));
  return names.flatMap((name, index) => (index % every === 0 && (names.length === 1 || left + (index + 0.5) * place + wide(name) / 2 <= width) ? [index] : []));
}

/** Whether a value has no neighbour that a line could lead to. */
export function alone(values: readonly (number | null)[], place: number): boolean {
  const there = (at: number) => values[at] !== null && values[at] !== undefined;
  return there(place) && !there(place - 1) && !there(place + 1);
}
