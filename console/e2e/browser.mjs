// A headless Chromium, what its pages complained about, and what axe finds on them.
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export function findChromium() {
  if (process.env.ENGRAM_CHROMIUM) return process.env.ENGRAM_CHROMIUM;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not there: the next one may be.
      }
    }
  }
  return null;
}

export async function launch() {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS });
}

/** A page that remembers what went wrong on it. Statuses that a check expects are no complaint. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  // A failed wait costs a minute, a machine that is busy with other builds may need half of one.
  page.setDefaultTimeout(60_000);
  const complaints = [];
  let expected = [];
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    if (expected.some((status) => message.text().includes(`status of ${status}`))) return;
    complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400 && !expected.includes(response.status())) complaints.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    if (!/ERR_ABORTED/.test(why)) complaints.push(`${why} ${request.url()}`);
  });
  return {
    page,
    context,
    complaints,
    /** Runs a step during which these statuses are what is tested. */
    async expecting(statuses, step) {
      expected = statuses;
      try {
        return await step();
      } finally {
        expected = [];
      }
    },
  };
}

/** Findings of axe that are serious or critical, one line each. */
export async function seriousFindings(page) {
  // Not a script element: the page's own policy would rightly refuse that.
  await page.evaluate(axe);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return result.violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.target.join(' ')} — ${node.failureSummary.split('\n')[1]?.trim() ?? one.help}`));
}

/** Texts of a page's content that lie over each other where they can be seen, as pairs. */
export async function overlaps(page) {
  return page.evaluate(() => {
    /** What is left of a rectangle by all that it is scrolled or cut off in. */
    const clipped = (rect, element) => {
      let { left, top, right, bottom } = rect;
      for (let around = element; around && around !== document.body; around = around.parentElement) {
        const style = getComputedStyle(around);
        if (style.visibility === 'hidden' || style.opacity === '0') return null;
        if (style.overflowX === 'visible' || around instanceof SVGElement) continue;
        const box = around.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, box.left), Math.max(top, box.top), Math.min(right, box.right), Math.min(bottom, box.bottom)];
      }
      return right - left > 2 && bottom - top > 5 ? { left, top, right, bottom } : null;
    };
    const found = [];
    const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      if (!node.data.trim() || node.parentElement.closest('.hidden, title, option, textarea') || !node.parentElement.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        const seen = clipped(rect, node.parentElement);
        if (seen) found.push({ ...seen, node, text: node.data.trim().slice(0, 40) });
      }
    }
    found.sort((a, b) => a.top - b.top);
    const pairs = [];
    found.forEach((one, index) => {
      for (let at = index + 1; at < found.length && found[at].top < one.bottom - 5; at++) {
        const other = found[at];
        // A text that is shortened has the rectangles of what it is and of what is shown.
        if (one.node !== other.node && Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2) pairs.push(`${one.text} | ${other.text}`);
      }
    });
    return pairs.slice(0, 5);
  });
}

/** What charts fall short of: each fills its card and has letters of the page's small size, drawn as they are and beside each other. */
export async function uneven(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('svg.chart')].flatMap((chart) => {
      const wrong = [];
      const name = chart.querySelector('title').textContent.slice(0, 30);
      const card = chart.closest('.card');
      const style = getComputedStyle(card);
      const room = card.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
      const box = chart.getBoundingClientRect();
      if (Math.abs(box.width - room) > 1) wrong.push(`${name}: ${box.width} px wide in ${room} px`);
      if (Math.abs(chart.getScreenCTM().a - 1) > 0.001) wrong.push(`${name}: scaled by ${chart.getScreenCTM().a}`);
      const texts = [...chart.querySelectorAll('text')];
      if (texts.some((one) => getComputedStyle(one).fontSize !== '12.5px')) wrong.push(`${name}: letters of another size`);
      const rects = texts.map((one) => one.getBoundingClientRect());
      if (rects.some((one) => one.left < box.left - 1 || one.right > box.right + 1)) wrong.push(`${name}: a text over the edge`);
      if (rects.some((one, index) => rects.some((other, at) => at > index && Math.min(one.right, other.right) - Math.max(one.left, other.left) > 0 && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 5))) wrong.push(`${name}: texts over each other`);
      return wrong;
    }),
  );
}
