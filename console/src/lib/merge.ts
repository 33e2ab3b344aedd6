/**
 * A long list of which the first page is asked for again and again: what is new comes first, what
 * is known is renewed in place. What the fresh page should hold and does not is gone, as far as the
 * page says so: it covers the known list from its start to its own last element.
 */
export function mergeHead<T>(known: readonly T[], head: readonly T[], whole: boolean, id: (one: T) => string): T[] {
  if (whole) return [...head];
  const fresh = new Set(head.map(id));
  const last = head.length > 0 ? id(head.at(-1)!) : null;
  const end = last === null ? -1 : known.findIndex((one) => id(one) === last);
  // Without its last element known, the page may have pushed others down: they stay.
  const tail = end >= 0 ? known.slice(end + 1) : known;
  return [...head, ...tail.filter((one) => !fresh.has(id(one)))];
}
