import { expect, test } from 'vitest';
import { alone, named, scale, wide } from './chart';

test('a scale has round steps and reaches over the greatest value', () => {
  expect(scale(3_500)).toEqual([0, 1000, 2000, 3000, 4000]);
  expect(scale(511)).toEqual([0, 200, 400, 600]);
  expect(scale(1).map((one) => Math.round(one * 100))).toEqual([0, 20, 40, 60, 80, 100]);
  expect(scale(1, true)).toEqual([0, 1]);
  expect(scale(3, true)).toEqual([0, 1, 2, 3]);
  for (const max of [0.003, 0.7, 1, 7, 99, 100, 101, 12_345, 1e9]) {
    const steps = scale(max);
    expect(steps.length, String(max)).toBeLessThanOrEqual(7);
    expect(steps.at(-1)!, String(max)).toBeGreaterThanOrEqual(max * 0.999);
  }
});

test('names stand beside each other and within the chart, whatever its width', () => {
  for (const width of [220, 320, 443, 948, 1400]) {
    for (const count of [1, 2, 7, 13, 24, 60, 90]) {
      const names = Array.from({ length: count }, (_, index) => `11:${String(index).padStart(2, '0')}:00 AM`);
      const centre = (index: number) => 50 + ((index + 0.5) * (width - 50)) / count;
      const shown = named(names, 50, width);
      expect(shown.length, `${count} at ${width}`).toBeGreaterThan(0);
      shown.forEach((index, at) => {
        if (count > 1) expect(centre(index) + wide(names[index]!) / 2).toBeLessThanOrEqual(width);
        if (at > 0) expect(centre(index) - centre(shown[at - 1]!)).toBeGreaterThan(wide(names[index]!));
      });
    }
  }
});

test('a value without neighbours stands alone', () => {
  expect([0, 1, 2, 3, 4].map((place) => alone([1, 1, null, 0, null], place))).toEqual([false, false, false, true, false]);
  expect(alone([5], 0)).toBe(true);
});
