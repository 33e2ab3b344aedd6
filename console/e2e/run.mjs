// The console in a real browser against a real server: every page's main path and its failure, as
// admin, editor and viewer. Prints a line for each check; ends with 1 where one failed.
//
//   ENGRAM_URL, ENGRAM_KEY   the server, and a key of its operator that may do everything
//   ENGRAM_HUB_PORT          of the hub that the server fetches models from; this starts it
//   ENGRAM_HUB_MODEL         a .gguf file that the hub has
//   --screenshots FOLDER     a picture of every page, light and dark
//   --report FILE            first_load_kb, axe_serious, pages_tested as JSON
//   --files N                how many files are dropped at once (60)
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { findChromium, launch, open, overlaps, seriousFindings, uneven } from './browser.mjs';
import { modelChecks } from './models.mjs';

const { values: options } = parseArgs({ options: { screenshots: { type: 'string' }, report: { type: 'string' }, files: { type: 'string', default: '60' } } });
const url = process.env.ENGRAM_URL;
const adminKey = process.env.ENGRAM_KEY;
const samples = join(import.meta.dirname, '../../samples');
if (!url || !adminKey) throw new Error('ENGRAM_URL and ENGRAM_KEY are needed');
if (!findChromium()) {
  console.log('skipped\tno Chromium was found on the PATH');
  process.exit(0);
}

let failures = 0;
let axeSerious = 0;
const pagesTested = new Set();
let firstLoadKb = 0;

async function check(name, step) {
  const begin = Date.now();
  try {
    await step();
    console.log(`ok\t${name}\t${Date.now() - begin} ms`);
  } catch (failure) {
    failures++;
    // What the page complained about belongs to this check, not to the next.
    const complained = admin.complaints.splice(0);
    console.log(`failed\t${name}\t${[failure.message, ...complained].join(' | ').replaceAll(/\s+/g, ' ').slice(0, 900)}`);
  }
}

/** Programs that a check needs and a machine may lack. */
const run = promisify(execFile);
async function checkWith(program, name, step) {
  try {
    await run(program, ['--version']);
  } catch {
    console.log(`absent\t${name}\t${program} is not on the PATH`);
    return;
  }
  await check(name, step);
}

function equal(actual, expected, what) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
}

/** What a page comes to: it draws a moment after what it was told. */
async function becomes(read, expected, what) {
  const end = Date.now() + 60_000;
  let actual = await read();
  while (JSON.stringify(actual) !== JSON.stringify(expected) && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    actual = await read();
  }
  equal(actual, expected, what);
}

async function api(method, path, body, key = adminKey, headers = {}) {
  const form = body instanceof Uint8Array;
  const response = await fetch(url + path, { method, headers: { Authorization: `Bearer ${key}`, ...(body && !form ? { 'Content-Type': 'application/json' } : {}), ...headers }, body: form ? body : body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const browser = await launch();

async function signIn(session, key) {
  await session.page.goto(url + '/');
  await session.page.getByLabel('API key').fill(key);
  await session.page.getByRole('button', { name: 'Sign in' }).click();
  await session.page.getByRole('heading', { level: 1, name: 'Start' }).waitFor();
}

/** Looks at a page in both themes: axe, charts, a picture from its top, unless it is to stay where it is scrolled to. */
async function look(session, name, { scrolled = false } = {}) {
  const { page } = session;
  // What the pointer happens to be over looks otherwise.
  await page.mouse.move(0, 0);
  if (!scrolled) await page.evaluate(() => window.scrollTo(0, 0));
  const charts = await uneven(page);
  for (const theme of ['light', 'dark']) {
    await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
    const found = await seriousFindings(page);
    axeSerious += found.length;
    if (options.screenshots) {
      mkdirSync(options.screenshots, { recursive: true });
      // What was told a moment ago belongs to another page.
      const toasts = (shown) => page.evaluate((visibility) => document.querySelectorAll('.toasts').forEach((one) => (one.style.visibility = visibility)), shown ? '' : 'hidden');
      await toasts(false);
      await page.screenshot({ path: join(options.screenshots, `${name}-${theme}.png`) });
      await toasts(true);
    }
    if (found.length > 0) throw new Error(`axe on ${name}, ${theme}: ${found.slice(0, 4).join(' | ')}`);
  }
  await page.evaluate(() => (document.documentElement.dataset.theme = 'light'));
  equal(charts, [], `charts on ${name}`);
  pagesTested.add(name);
}

function noComplaints(session) {
  const all = session.complaints.splice(0);
  if (all.length > 0) throw new Error(all.slice(0, 5).join(' | '));
}

const go = async (session, link, heading = link) => {
  await session.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: link, exact: true }).click();
  await session.page.getByRole('heading', { level: 1, name: heading }).waitFor();
};

const admin = await open(browser);
const { page } = admin;

await check('a wrong key is refused and nothing is kept', async () => {
  await page.goto(url + '/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await look(admin, 'sign-in');
  await page.getByLabel('API key').fill('engram_wrong');
  await admin.expecting([401], async () => {
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('No key of this server matches').waitFor();
  });
  equal(await admin.context.cookies(), [], 'cookies');
  noComplaints(admin);
});

await check('the first load is small and the key signs in', async () => {
  const scripts = [];
  const fresh = await open(browser);
  fresh.page.on('response', async (response) => {
    if (response.url().endsWith('.js')) scripts.push(response.request().sizes().then((sizes) => sizes.responseBodySize));
  });
  await signIn(fresh, adminKey);
  await fresh.page.waitForLoadState('networkidle');
  firstLoadKb = Math.round((await Promise.all(scripts)).reduce((sum, size) => sum + size, 0) / 100) / 10;
  if (!(firstLoadKb > 0 && firstLoadKb < 300)) throw new Error(`first load: ${firstLoadKb} kB`);
  await fresh.context.close();
  await signIn(admin, adminKey);
  const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]));
  if (stored.includes('engram_')) throw new Error(`a secret where scripts can read it: ${stored}`);
  const cookie = (await admin.context.cookies()).find((one) => one.name === 'engram_session');
  equal([cookie.httpOnly, cookie.sameSite], [true, 'Strict'], 'cookie');
  noComplaints(admin);
});

if (failures > 0) {
  // Every other check would only wait for a page that does not come.
  await browser.close();
  process.exit(1);
}

await check('start: an empty server says what is missing', async () => {
  await page.getByText('No chat model: answers are sentences of your documents').waitFor();
  await page.getByRole('heading', { name: 'Add your first document' }).waitFor();
  await look(admin, 'start-empty');
  noComplaints(admin);
});

let collection;
await check('start: the first document and the first question', async () => {
  await page.locator('input[type=file]').first().setInputFiles(join(samples, 'employee-handbook.md'));
  await page.getByRole('heading', { name: 'Documents are in' }).waitFor({ timeout: 180_000 });
  await page.getByLabel('Question').fill('How long is parental leave?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('.answer').getByText('20 weeks').first().waitFor();
  await page.locator('.cited').first().click();
  await page.locator('.source-text mark').getByText('20 weeks').waitFor();
  collection = (await api('GET', '/v1/vector_stores')).data[0].id;
  await look(admin, 'start');
  noComplaints(admin);
});

await check('collections: made by keyboard alone, and a name is needed', async () => {
  await go(admin, 'Collections');
  await page.getByRole('button', { name: 'New collection' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  equal(await dialog.getByRole('button', { name: 'Create collection' }).isDisabled(), true, 'no name, no collection');
  await look(admin, 'collections-new');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await becomes(() => page.evaluate(() => document.activeElement?.textContent), 'New collection', 'focus comes back');
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Name').and(page.locator(':focus')).waitFor();
  await page.keyboard.type('Field service');
  await dialog.getByLabel('Largest chunk, in tokens').fill('300');
  await dialog.getByLabel('Overlap, in tokens').fill('30');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Field service' }).waitFor();
  const made = (await api('GET', '/v1/vector_stores?limit=100')).data.find((one) => one.name === 'Field service');
  equal(made.chunking_strategy, { type: 'static', static: { max_chunk_size_tokens: 300, chunk_overlap_tokens: 30 } }, 'how it is cut');
  await page.getByText('Drop files or folders anywhere here').waitFor();
  await look(admin, 'collection-empty');
  await go(admin, 'Collections');
  await page.getByRole('row', { name: /Field service/ }).getByText('Empty', { exact: true }).waitFor();
  await look(admin, 'collections');
  noComplaints(admin);
});

const names = ['data-retention.json', 'firmware-release-notes.txt', 'hb-200-manual.pdf', 'incident-2026-03.html', 'price-list-2026.xlsx', 'travel-policy.docx', 'warranty-question.eml'];
await check('files: many at once; what cannot be read says why and can be tried again', async () => {
  await page.goto(`${url}/collections/${collection}`);
  await page.getByRole('button', { name: 'Add files' }).waitFor();
  const broken = { name: 'scan-page-7.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nthis is no PDF') };
  await page.locator('input[type=file]').first().setInputFiles(names.map((name) => join(samples, name)));
  await page.getByText(`${names.length} of ${names.length} files are in`).waitFor({ timeout: 300_000 });
  await page.locator('input[type=file]').first().setInputFiles([broken]);
  const list = page.getByRole('region', { name: 'Files that are being added' });
  await list.locator('.reason').waitFor({ timeout: 180_000 });
  if (!(await list.locator('.reason').textContent())) throw new Error('a failure without reason');
  await look(admin, 'collection');
  await list.getByRole('button', { name: 'Retry', exact: true }).click();
  await list.locator('.reason').waitFor({ timeout: 180_000 });
  await list.getByRole('button', { name: 'Clear' }).click();
  await page.getByRole('button', { name: /^Failed/ }).click();
  await page.getByRole('row').getByText('scan-page-7.pdf').waitFor();
  await becomes(() => page.locator('.file-row').count(), 1, 'failed files');
  noComplaints(admin);
});

await check(`files: ${options.files} dropped at once are all ingested`, async () => {
  const wanted = Number(options.files);
  const store = await api('POST', '/v1/vector_stores', { name: 'dropped' });
  await page.goto(`${url}/collections/${store.id}`);
  await page.getByText('Drop files or folders anywhere here').waitFor();
  await page.evaluate((count) => {
    const transfer = new DataTransfer();
    for (let index = 0; index < count; index++) transfer.items.add(new File([`Report ${index}\n\nUnit ${index} was inspected and passed with ${index * 7} points.`], `report-${String(index).padStart(4, '0')}.txt`, { type: 'text/plain' }));
    const target = document.querySelector('.drop');
    for (const type of ['dragenter', 'dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, wanted);
  const list = page.getByRole('region', { name: 'Files that are being added' });
  await list.waitFor();
  // The page answers while it works: a tab opens and closes again.
  await page.getByRole('tab', { name: 'Ranking' }).click();
  await page.getByRole('button', { name: 'Save' }).waitFor();
  await page.getByRole('tab', { name: 'Files' }).click();
  await list.getByText(`${wanted} of ${wanted} files are in`).waitFor({ timeout: 300_000 });
  const counts = (await api('GET', `/v1/vector_stores/${store.id}`)).file_counts;
  equal([counts.completed, counts.total], [wanted, wanted], 'files on the server');
  const rows = await page.locator('.upload-list li').count();
  if (rows > 60) throw new Error(`${rows} rows are drawn at once`);
  noComplaints(admin);
});

await check('files: a list of 100,000 scrolls to its end with few rows drawn', async () => {
  const fresh = await open(browser);
  await signIn(fresh, adminKey);
  const total = 100_000;
  const real = await api('GET', `/v1/vector_stores/${collection}`);
  const one = (await api('GET', `/api/collections/${collection}/documents?limit=1`)).items[0];
  await fresh.page.route(`**/v1/vector_stores/${collection}`, (route) => route.fulfill({ json: { ...real, file_counts: { ...real.file_counts, total, completed: total, in_progress: 0, failed: 0 } } }));
  await fresh.page.route(`**/api/collections/${collection}/documents?*`, (route) => {
    const after = Number(new URL(route.request().url()).searchParams.get('after') ?? 0);
    const items = Array.from({ length: 100 }, (_, index) => ({ ...one, file_id: `file-${after + index}`, filename: `document ${after + index + 1}.md` }));
    return route.fulfill({ json: { items, has_more: after + 100 < total, next: String(after + 100) } });
  });
  await fresh.page.goto(`${url}/collections/${collection}`);
  await fresh.page.getByText('document 1.md', { exact: true }).waitFor();
  const scroll = fresh.page.locator('.files-scroll');
  for (let place = 0; place < 12; place++) {
    await scroll.evaluate((element, to) => (element.scrollTop = to), place * 20_000);
    const rows = await fresh.page.locator('.file-row').count();
    if (rows === 0 || rows > 80) throw new Error(`${rows} rows are drawn`);
  }
  await scroll.evaluate((element) => (element.scrollTop = 46 * 9_990));
  await fresh.page.getByText('document 10000.md', { exact: true }).waitFor({ timeout: 180_000 });
  await scroll.evaluate((element) => (element.scrollTop = element.scrollHeight));
  await becomes(() => fresh.page.locator('.file-row').last().getAttribute('aria-rowindex'), String(total + 1), 'the last row');
  fresh.complaints.splice(0);
  await fresh.context.close();
});

await check('file: text with chunk boundaries beside the original, another chunking tried', async () => {
  await page.goto(`${url}/collections/${collection}`);
  await page.getByRole('link', { name: 'employee-handbook.md' }).click();
  await page.locator('.chunk').first().waitFor();
  const before = await page.locator('.chunk').count();
  await page.getByRole('button', { name: 'Show the original' }).click();
  await page.locator('.original .doc-text').getByText('Halden Instruments').first().waitFor();
  await look(admin, 'file');
  await page.getByLabel('Try another chunking').selectOption('tokens');
  const largest = page.getByLabel('Largest chunk, in tokens');
  await admin.expecting([400], async () => {
    await largest.fill('40');
    await largest.press('Enter');
    await page.getByRole('alert').getByText('40 is not in [100, 4096]').waitFor();
  });
  await largest.fill('100');
  await largest.press('Enter');
  await page.getByText(/\d+ chunks · median \d+ tokens · largest 100/).waitFor();
  await page.waitForFunction((count) => document.querySelectorAll('.chunk').length > count, before);
  noComplaints(admin);
});

await check('file: readers and attributes are changed, bad ones refused with a reason', async () => {
  await page.getByLabel('Readers', { exact: true }).fill('group:hr user:ann');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByText('Readers saved.').waitFor();
  await becomes(() => page.evaluate(() => document.activeElement?.textContent), 'Save', 'the focus after saving');
  equal(await page.getByRole('button', { name: 'Save' }).first().getAttribute('aria-disabled'), 'true', 'saving what is saved');
  equal((await api('GET', `/api/collections/${collection}/documents/${page.url().split('/').at(-1).split('?')[0]}`)).readers.sort(), ['group:hr', 'user:ann'], 'readers');
  await page.getByLabel('Attributes').fill('{"country": ');
  await page.getByText('This is not a JSON object.').waitFor();
  await page.getByLabel('Attributes').fill('{"country": ["no", "lists"]}');
  await admin.expecting([400], async () => {
    await page.getByRole('button', { name: 'Save' }).last().click();
    await page.getByRole('alert').getByText("'attributes.country' is a number, a boolean, or a string").waitFor();
  });
  await page.getByLabel('Attributes').fill('{"country": "NO"}');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await page.getByText('Attributes saved.').waitFor();
  await page.getByLabel('Readers', { exact: true }).fill('');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.locator('dl').getByText('everyone').waitFor();
  noComplaints(admin);
});

await check('file: older versions stay readable', async () => {
  const key = 'notice.md';
  const put = (body) => api('PUT', `/api/collections/${collection}/documents/${key}?refresh=wait`, Buffer.from(body), adminKey, { 'Content-Type': 'text/markdown' });
  await put('# Notice\n\nThe office opens at nine.');
  const { document } = await put('# Notice\n\nThe office opens at eight.');
  await page.goto(`${url}/collections/${collection}/files/${document.file_id}`);
  await page.locator('.chunk').getByText('opens at eight').waitFor();
  await page.getByLabel('Version').selectOption('1');
  await page.getByText('opens at nine').waitFor();
  noComplaints(admin);
});

await check('file: deleted with its receipt', async () => {
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Delete' }).click();
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByText('Verified', { exact: true }).waitFor();
  await look(admin, 'file-deleted');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('table', { name: 'Files' }).waitFor();
  await becomes(() => page.getByText('notice.md').count(), 0, 'rows of the deleted file');
  await go(admin, 'Receipts');
  await page.getByText('Verified', { exact: true }).first().waitFor();
  await look(admin, 'receipts');
  noComplaints(admin);
});

await check('a file that is not there says so', async () => {
  await admin.expecting([404], async () => {
    await page.goto(`${url}/collections/${collection}/files/file-00000000000000000000000000000000`);
    await page.getByRole('alert').getByText('That did not work').waitFor();
  });
  noComplaints(admin);
});

await check('playground: hits are marked, scores add up, two settings stand side by side', async () => {
  await go(admin, 'Playground');
  await page.getByLabel('Collection').selectOption(collection);
  await page.getByRole('searchbox', { name: 'Query' }).fill('parental leave weeks');
  await page.getByRole('button', { name: 'Search' }).last().click();
  await page.locator('.hit').first().waitFor();
  await page.locator('.hit mark').first().waitFor();
  const bar = await page.locator('.score-bar').first().locator('i').count();
  if (bar < 1) throw new Error('no bar for the score');
  await look(admin, 'playground-search');
  await page.locator('.legend').first().getByText(/^text: leave \d/).waitFor();
  await page.getByText('Vector search is off: no embedding model is configured.').waitFor();
  // Whole lines of a text, and the others on demand.
  const long = page.locator('.hit').first();
  await long.getByRole('button', { name: 'Show all' }).waitFor();
  const lines = (which) => long.locator('.hit-text').evaluate((text, kind) => text[kind] / Number.parseFloat(getComputedStyle(text).lineHeight), which);
  const shown = await lines('clientHeight');
  if (Math.abs(shown - Math.round(shown)) > 0.1) throw new Error(`${shown} lines of a hit are shown`);
  const button = long.locator('.clamp-button');
  await button.focus();
  equal(await button.getAttribute('aria-expanded'), 'false', 'expanded before');
  await page.keyboard.press('Enter');
  await long.getByRole('button', { name: 'Show less' }).waitFor();
  equal(await button.getAttribute('aria-expanded'), 'true', 'expanded');
  if ((await lines('clientHeight')) < (await lines('scrollHeight')) - 0.1) throw new Error('something is hidden still');
  await page.keyboard.press('Enter');
  await becomes(() => lines('clientHeight'), shown, 'lines shown again');
  await page.getByRole('button', { name: 'Compare side by side' }).click();
  await page.getByRole('button', { name: 'Search' }).last().click();
  await page.waitForFunction(() => document.querySelectorAll('.two section.card ol').length === 2);
  await look(admin, 'playground-compare');
  await page.getByRole('button', { name: 'One side' }).click();
  await page.getByRole('searchbox').fill('zzyzx qwrtplk');
  await page.getByRole('button', { name: 'Search' }).last().click();
  await page.getByText('Nothing found').waitFor();
  noComplaints(admin);
});

const copied = {};
await check('playground: an answer is linked to its span; its request can be copied', async () => {
  await page.getByRole('button', { name: 'Ask', exact: true }).first().click();
  await page.getByRole('searchbox', { name: 'Question' }).fill('How many weeks of parental leave are there?');
  await page.getByRole('button', { name: 'Ask', exact: true }).last().click();
  await page.locator('.cited').first().click();
  await page.locator('.source-text mark').first().waitFor();
  await look(admin, 'playground-ask');
  await page.getByRole('button', { name: 'Copy as code' }).click();
  for (const language of ['curl', 'Java', 'Python']) {
    await page.getByRole('dialog').getByRole('button', { name: language }).click();
    const shown = page.getByRole('dialog').locator('pre');
    await shown.getByText('/api/ask').waitFor();
    copied[language] = await shown.textContent();
  }
  await look(admin, 'playground-copy');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Open the file at this place' }).click();
  await page.locator('.doc-text mark').first().waitFor();
  noComplaints(admin);
});

const environment = { env: { ...process.env, ENGRAM_KEY: adminKey } };
await checkWith('curl', 'playground: what was copied for curl gets the same answer', async () => {
  const { stdout } = await run('sh', ['-c', copied.curl], environment);
  if (!JSON.parse(stdout).text.includes('20 weeks')) throw new Error(stdout.slice(0, 300));
});

await checkWith('python3', 'playground: what was copied for Python gets the same answer', async () => {
  const { stdout } = await run('python3', ['-c', copied.Python], environment);
  if (!JSON.parse(stdout).text.includes('20 weeks')) throw new Error(stdout.slice(0, 300));
});

await check('evaluation: a set is uploaded, two configurations are compared, queries are drilled into', async () => {
  await go(admin, 'Evaluation');
  await page.getByText('No run yet').waitFor();
  await look(admin, 'evaluation-empty');
  await page.getByRole('button', { name: 'New set' }).click();
  const dialog = page.getByRole('dialog');
  const csv = 'query,document,grade\nHow long is parental leave?,employee-handbook.md,1\nWhich hotel class may I book?,travel-policy.docx,1\nWhat does the HB-200 manual say about calibration?,hb-200-manual.pdf,1\nWhat changed in the firmware?,firmware-release-notes.txt,1\n';
  await dialog.getByLabel('File', { exact: false }).first().setInputFiles({ name: 'broken.zip', mimeType: 'application/zip', buffer: Buffer.from('no zip') });
  await admin.expecting([400, 413, 422], async () => {
    await dialog.getByRole('button', { name: 'Create set' }).click();
    await dialog.getByRole('alert').first().waitFor();
  });
  await dialog.locator('input[type=file]').setInputFiles({ name: 'handbook.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await dialog.getByLabel('Name', { exact: true }).fill('handbook questions');
  await dialog.getByRole('button', { name: 'Create set' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'New run' }).click();
  await dialog.getByLabel('Collection').selectOption(collection);
  await look(admin, 'evaluation-new-run');
  await dialog.getByRole('button', { name: 'Start' }).click();
  await page.getByText('Succeeded').waitFor({ timeout: 180_000 });
  await page.getByRole('heading', { name: 'Queries' }).waitFor();
  await page.getByRole('cell', { name: 'How long is parental leave?' }).waitFor();
  equal(await page.locator('tbody tr:last-child > *').evaluateAll((all) => all.filter((one) => Number.parseFloat(getComputedStyle(one).borderBottomWidth) > 0).length), 0, 'lines below last rows');
  await look(admin, 'evaluation-run');
  await go(admin, 'Evaluation');
  await page.getByText('handbook questions').first().waitFor();
  await look(admin, 'evaluation');
  await page.getByRole('tab', { name: 'Judged sets' }).click();
  await page.getByRole('cell', { name: 'handbook questions', exact: true }).waitFor();
  noComplaints(admin);
});

await check('jobs: filtered, and one that gave up is tried again', async () => {
  await go(admin, 'Jobs');
  const read = page.getByRole('row').filter({ hasText: 'Read a document' }).first().getByRole('link', { name: /^report-\d+\.txt$/ });
  const [, of, file] = /^\/collections\/([^/]+)\/files\/([^/]+)$/.exec(await read.getAttribute('href'));
  equal((await api('GET', `/api/collections/${of}/documents/${file}`)).filename, await read.textContent(), 'the document of a job');
  await page.getByRole('row').filter({ hasText: 'Evaluate' }).first().getByRole('link').waitFor();
  await look(admin, 'jobs');
  await page.getByRole('button', { name: /^Queued/ }).click();
  await page.getByRole('button', { name: /^(Gave up|Failed) [1-9]/ }).first().click();
  await page.getByRole('button', { name: 'Retry' }).first().click();
  await page.getByText('Queued again.').waitFor();
  noComplaints(admin);
});

await check('usage: what was asked shows up', async () => {
  await go(admin, 'Usage');
  await page.locator('svg.chart rect').first().waitFor();
  await page.getByText('As a table').click();
  await page.getByRole('columnheader', { name: 'Search' }).waitFor();
  await page.getByText('As a table').click();
  await look(admin, 'usage');
  await page.getByRole('button', { name: '7 days' }).click();
  await page.locator('svg.chart rect').first().waitFor();
  await page.getByRole('button', { name: 'Rebuild the index' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  noComplaints(admin);
});

let editorKey;
let viewerKey;
await check('keys: made, shown once, revoked', async () => {
  const make = async (name, role) => {
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await dialog.getByLabel('Role').selectOption(role);
    if (name === 'Editor') await look(admin, 'keys-new');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    const shown = page.getByRole('dialog', { name: 'The key is shown this once' });
    const secret = await shown.locator('pre').textContent();
    await page.keyboard.press('Escape');
    equal(await shown.count(), 1, 'a secret does not vanish by accident');
    if (name === 'Editor') await page.screenshot().then(() => seriousFindings(page)).then((found) => equal(found, [], 'axe'));
    await shown.getByText('I have stored it').click();
    await shown.getByRole('button', { name: 'Close' }).click();
    await shown.waitFor({ state: 'detached' });
    equal(await page.getByText(secret).count(), 0, 'the secret on the page');
    return secret;
  };
  await go(admin, 'Keys');
  editorKey = await make('Editor', 'editor');
  viewerKey = await make('Viewer', 'viewer');
  await make('Old application', 'viewer');
  await look(admin, 'keys');
  const sees = await page.getByRole('row', { name: /Old application/ }).getByText('All collections').boundingBox();
  if (sees.height > 24) throw new Error(`“All collections” is ${sees.height} px high`);
  await page.getByRole('row', { name: /Old application/ }).getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('The key is revoked.').waitFor();
  await becomes(() => page.getByText('Old application').count(), 0, 'revoked keys shown');
  noComplaints(admin);
});

await check('memory: a timeline, and what is pinned', async () => {
  const at = (day) => `2024-03-0${day}T10:00:00Z`;
  const appended = await api('POST', '/api/memory/events?refresh=wait', { user: 'ann', events: [
    { session: 'first talk', speaker: 'Ann', at: at(1), text: 'My cello is from Cremona. I live in Rome.' },
    { session: 'first talk', role: 'assistant', at: at(1), text: 'A fine place for a cello.' },
    { session: 'second talk', speaker: 'Ann', at: at(3), text: 'I moved to Bern last week.' },
  ] });
  const fact = (object, day, event, start, end) => ({ subject: 'Ann', predicate: 'lives in town', object, event_at: at(day), evidence: [{ event, start, end }] });
  const [first, , third] = appended.events.map((one) => one.seq);
  await api('POST', '/api/memory/facts', { user: 'ann', facts: [fact('Rome', 1, first, 26, 40)] });
  await api('POST', '/api/memory/facts', { user: 'ann', facts: [fact('Bern', 3, third, 0, 15)] });
  // Episodes and their summaries follow the log.
  await becomes(async () => (await api('GET', '/api/memory/levels?user=ann&level=episode')).items.length, 2, 'summaries of episodes');
  await go(admin, 'Memory');
  await page.getByText('Whose memories?').waitFor();
  await look(admin, 'memory-empty');
  await page.getByLabel('User', { exact: true }).fill('ann');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByRole('article').getByText('My cello is from Cremona').waitFor();
  await page.getByText('Episode of 2 events, where the conversation begins').waitFor();
  await page.getByText('In short').first().waitFor();
  await page.getByRole('article').first().getByRole('button', { name: 'Pin', exact: true }).click();
  await page.getByRole('article').first().getByText('Pinned', { exact: true }).waitFor();
  await look(admin, 'memory-timeline');
  await page.getByLabel('Conversation').selectOption('second talk');
  await becomes(() => page.getByRole('article').count(), 1, 'events of the second talk');
  noComplaints(admin);
});

await check('memory: facts as of both times, why they hold, and undo', async () => {
  await page.getByRole('button', { name: 'Facts', exact: true }).click();
  const row = (object) => page.getByRole('row').filter({ hasText: 'lives in town' }).filter({ hasText: object });
  await row('Bern').waitFor();
  equal(await row('Rome').count(), 0, 'Rome now');
  await look(admin, 'memory-facts');
  const valid = page.getByLabel('What was true at');
  await valid.focus();
  await valid.press('Home');
  await row('Rome').waitFor();
  await page.getByText('You look at the past').waitFor();
  await look(admin, 'memory-past');
  await page.getByRole('button', { name: 'Back to now' }).click();
  await row('Bern').waitFor();
  const known = page.getByLabel('As known at');
  await known.focus();
  // The table before stays until the one of this time comes.
  const move = async (key) => {
    const come = page.waitForResponse((one) => one.url().includes('/api/memory/facts'), { timeout: 5000 }).catch(() => null);
    await known.press(key);
    await come;
    await page.waitForTimeout(150);
  };
  await move('Home');
  // Facts that were learnt from what was said may be known before: step on to where Rome was.
  for (let step = 0; step < 8 && (await row('Rome').count()) === 0; step++) await move('ArrowRight');
  equal([await row('Rome').count(), await row('Bern').count()], [1, 0], 'Rome and Bern as known then');
  await page.getByRole('button', { name: 'Back to now' }).click();
  await row('Bern').getByRole('button', { name: 'Why?' }).click();
  await page.getByRole('dialog').getByText('I moved to Bern').waitFor();
  await page.getByRole('dialog').getByText('word for word').waitFor();
  await page.getByRole('dialog').getByRole('cell', { name: /Rome/ }).first().waitFor();
  await look(admin, 'memory-why');
  await page.keyboard.press('Escape');
  await row('Bern').getByRole('button', { name: /What to do/ }).click();
  await page.getByRole('menuitem', { name: 'Retract' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Retract' }).click();
  await row('Rome').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await row('Bern').waitFor();
  await row('Bern').getByRole('button', { name: /What to do/ }).click();
  await page.getByRole('menuitem', { name: 'Correct' }).click();
  await page.getByRole('textbox', { name: 'Ann lives in town' }).fill('Basel');
  await page.getByRole('dialog').getByRole('button', { name: 'Correct' }).click();
  await row('Basel').waitFor();
  noComplaints(admin);
});

await check('memory: levels, what they take, how they fade, and what the budget took', async () => {
  // More than the budget of this server: what is said goes up the levels, and some of it goes.
  for (let week = 0; week < 10; week++) {
    const at = new Date(Date.UTC(2024, 0, 1 + 7 * week, 10)).toISOString();
    const place = ['Oslo', 'Porto', 'Graz', 'Turin', 'Lyon', 'Gdansk', 'Bergen', 'Split', 'Cork', 'Namur'][week];
    await api('POST', '/api/memory/events?refresh=wait', { user: 'eve', events: [
      { session: `call ${week}`, speaker: 'Eve', at, text: `I travelled to ${place} for the harbour project this week. The cranes of ${place} need new sensors before winter.` },
      { session: `call ${week}`, role: 'assistant', at, text: `I noted the harbour of ${place} and its cranes.` },
    ] });
  }
  await becomes(async () => (await api('GET', '/api/memory/sizes?user=eve')).demotions.length > 0, true, 'the budget took something');
  await becomes(async () => (await api('GET', '/api/memory/levels?user=eve')).items.length, 1, 'profiles');
  await page.goto(`${url}/memory?user=eve&view=levels`);
  await page.getByRole('heading', { name: 'Size over time' }).waitFor();
  await page.getByRole('heading', { name: 'How it will fade' }).waitFor();
  await page.getByRole('table', { name: 'Shortened and dropped' }).getByRole('row').nth(1).waitFor();
  await page.getByRole('list', { name: 'Summaries' }).getByText('harbour').first().waitFor();
  await look(admin, 'memory-levels');
  // All was said on one day: each level is a point that no line leads to.
  const points = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Size over time' }) }).locator('circle');
  await becomes(() => points.evaluateAll((all) => all.map((one) => Number(one.getAttribute('r')))), [5, 5, 5, 5], 'radii of lone points');
  await page.getByRole('group', { name: 'Level' }).getByRole('button', { name: 'Episodes' }).click();
  await page.getByRole('list', { name: 'Summaries' }).getByRole('listitem').nth(9).waitFor();
  await page.getByText(/^(Shortened|Dropped)$/).first().waitFor();
  await page.goto(`${url}/memory?user=nobody&view=levels`);
  await page.getByText('No summaries yet').waitFor();
  await page.getByText('Nothing had to go.').waitFor();
  noComplaints(admin);
  await page.goto(`${url}/memory?user=ann&view=facts`);
});

await check('memory: recall shows what its scores are made of', async () => {
  await page.getByRole('button', { name: 'Recall', exact: true }).click();
  await page.getByText('Ask something').waitFor();
  await page.getByLabel('Question').fill('Where is the cello from?');
  await page.getByRole('button', { name: 'Recall', exact: true }).last().click();
  await page.getByRole('article').first().getByText('Cremona').waitFor();
  await page.getByRole('img', { name: /Score .*words/ }).first().waitFor();
  await page.getByText(/pinned \d/).first().waitFor();
  await look(admin, 'memory-recall');
  noComplaints(admin);
});

await check('memory: a snapshot, the way back, and forgetting with a receipt', async () => {
  await page.getByRole('button', { name: 'Control', exact: true }).click();
  await page.getByLabel('Name of the snapshot').fill('Monday');
  await page.getByRole('button', { name: 'Take a snapshot' }).click();
  await page.getByRole('cell', { name: 'Monday', exact: true }).waitFor();
  await api('POST', '/api/memory/events?refresh=wait', { user: 'ann', events: [{ session: 'third talk', at: '2024-03-05T10:00:00Z', text: 'I regret saying this.' }] });
  await page.getByRole('row').filter({ hasText: 'Monday' }).getByRole('button', { name: 'What changed?' }).click();
  await page.getByRole('dialog').getByText('I regret saying this.').waitFor();
  await page.getByRole('dialog').getByText('1 event came, 0 went.').waitFor();
  await look(admin, 'memory-since');
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByRole('cell', { name: 'before rollback to Monday' }).waitFor();
  equal((await api('GET', '/api/memory/events?user=ann')).items.length, 3, 'events after the rollback');
  await page.getByLabel('Forget by').selectOption('session');
  await page.getByLabel('Conversation').fill('first talk');
  await page.getByRole('button', { name: 'Forget…' }).click();
  await page.getByRole('dialog').getByText('2 events and').waitFor();
  await look(admin, 'memory-forget');
  await page.getByRole('dialog').getByRole('button', { name: 'Forget', exact: true }).click();
  await page.getByText('A scan of every store found nothing of it.').waitFor();
  await page.getByRole('dialog').getByText('Conversation “first talk”').waitFor();
  await look(admin, 'memory-receipt');
  await page.keyboard.press('Escape');
  await page.getByRole('cell', { name: /erase/ }).first().waitFor();
  await look(admin, 'memory-control');
  equal((await api('GET', '/api/memory/events?user=ann')).items.length, 1, 'events after forgetting');
  noComplaints(admin);
});

await check('memory: a key that acts for others is told so', async () => {
  const made = await api('POST', '/api/keys', { name: 'Bob', verbs: ['read'], principals: ['user:bob'] });
  const session = await open(browser);
  await signIn(session, made.secret);
  await session.expecting([403], async () => {
    for (const view of ['timeline', 'levels']) {
      await session.page.goto(`${url}/memory?user=ann&view=${view}`);
      await session.page.getByText('Your key may not do that').first().waitFor();
    }
  });
  await session.page.goto(`${url}/memory?user=bob&view=timeline`);
  await session.page.getByText('Nothing is remembered').waitFor();
  equal(await session.page.getByRole('button', { name: 'Forget' }).count(), 0, 'forget for who may not');
  noComplaints(session);
  await session.context.close();
});

await modelChecks({ check, admin, api, go, look, url, equal, becomes, noComplaints });

await check('audit: filtered by action', async () => {
  await go(admin, 'Audit');
  await page.getByRole('cell', { name: 'key.revoked' }).waitFor();
  await look(admin, 'audit');
  await page.getByLabel('Action').selectOption('session.started');
  await page.waitForFunction(() => [...document.querySelectorAll('tbody .tag')].every((tag) => tag.textContent !== 'key.revoked'));
  await page.getByLabel('Action').selectOption('');
  await page.getByLabel('Actor', { exact: true }).fill('Viewer');
  await page.getByText('No entries').waitFor();
  await page.getByLabel('Actor', { exact: true }).fill('ADMIN');
  await page.getByRole('cell', { name: /^admin\s*you\s*key_.{4}…/ }).first().waitFor();
  await page.getByRole('button', { name: /^Copy the id key_\w{32}$/ }).first().waitFor();
  noComplaints(admin);
});

await check('tenants: made with its first key, and not twice', async () => {
  await go(admin, 'Tenants');
  const name = `Branch ${Date.now()}`;
  const make = async () => {
    await page.getByRole('button', { name: 'New tenant' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill(name);
    await page.getByRole('dialog').getByRole('button', { name: 'Create tenant' }).click();
  };
  await make();
  const shown = page.getByRole('dialog', { name: 'The tenant is there' });
  await shown.getByText('I have stored it').click();
  await shown.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('cell', { name }).waitFor();
  await look(admin, 'tenants');
  await admin.expecting([409], async () => {
    await make();
    await page.getByRole('dialog').getByRole('alert').getByText('There is a tenant of that name already.').waitFor();
    await page.keyboard.press('Escape');
  });
  noComplaints(admin);
});

await check('settings: found by name, with their defaults', async () => {
  await go(admin, 'Settings');
  await page.getByRole('cell', { name: 'engram.session.idle-max' }).waitFor();
  await look(admin, 'settings');
  await page.getByLabel('Changed only').check();
  await page.getByRole('cell', { name: 'engram.memory.levels.budget-bytes' }).waitFor();
  equal(await page.getByRole('cell', { name: 'engram.api.idempotency.keep' }).count(), 0, 'a day and 24 hours as a change');
  await page.getByLabel('Changed only').uncheck();
  await page.getByLabel('Filter settings').fill('engram.session');
  await page.getByRole('cell', { name: '12h' }).first().waitFor();
  await becomes(() => page.locator('tbody tr').count(), 2, 'settings shown');
  await page.getByLabel('Filter settings').fill('no such setting');
  await page.getByText('No setting matches.').waitFor();
  noComplaints(admin);
});

await check('collection: ranking and settings; it is deleted only by its name', async () => {
  const store = (await api('GET', '/v1/vector_stores?limit=100')).data.find((one) => one.name === 'Field service').id;
  await api('PUT', `/api/collections/${store}/calibration`, { function_words: 0.7, titles: 0.4 });
  await go(admin, 'Collections');
  await page.getByRole('link', { name: 'Field service' }).click();
  await page.getByRole('tab', { name: 'Ranking' }).click();
  await page.getByLabel('k1: how much repeated words count').fill('-3');
  await admin.expecting([400], async () => {
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('k1').first().waitFor();
  });
  await page.getByLabel('k1: how much repeated words count').fill('1.4');
  await page.getByRole('button', { name: 'Save' }).click();
  const stored = async () => {
    const { k1, function_words, titles } = await api('GET', `/api/collections/${store}/calibration`);
    return [k1, function_words, titles];
  };
  await becomes(stored, [1.4, 0.7, 0.4], 'what was not changed stays');
  await page.getByText('This collection has its own ranking.').waitFor();
  await look(admin, 'collection-ranking');
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByText('By structure: headings, paragraphs, tables').waitFor();
  await look(admin, 'collection-settings');
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  equal(await dialog.getByRole('button', { name: 'Delete' }).isDisabled(), true, 'deleting without the name');
  await dialog.getByLabel('Name').fill('Field service');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { level: 1, name: 'Receipts' }).waitFor();
  noComplaints(admin);
});

await check('collection: a build is made, activated and left again', async () => {
  const store = await api('POST', '/v1/vector_stores', { name: 'to be cut anew' });
  await api('PUT', `/api/collections/${store.id}/documents/a.txt?refresh=wait`, new TextEncoder().encode('The keeper lights the lamp. The lamp is seen from far away.'), adminKey, { 'Content-Type': 'text/plain' });
  const serving = async () => (await api('GET', `/api/collections/${store.id}/builds`)).items.find((build) => build.status.toLowerCase() === 'serving').id;
  await page.goto(`${url}/collections/${store.id}`);
  await page.getByRole('tab', { name: 'Builds' }).click();
  await page.getByRole('row').getByText('Build 0').waitFor();
  await page.getByRole('button', { name: 'New build' }).click();
  const dialog = page.getByRole('dialog');
  equal(await dialog.getByRole('button', { name: 'Create build' }).isDisabled(), true, 'a build that differs in nothing');
  await dialog.getByLabel('Cut documents in another way').check();
  await dialog.getByLabel('How documents are cut').selectOption('tokens');
  await dialog.getByLabel('Largest chunk, in tokens').fill('200');
  await dialog.getByLabel('Overlap, in tokens').fill('150');
  await admin.expecting([400], async () => {
    await dialog.getByRole('button', { name: 'Create build' }).click();
    await dialog.getByRole('alert').getByText('chunk_overlap_tokens 150').waitFor();
  });
  await dialog.getByLabel('Overlap, in tokens').fill('50');
  await dialog.getByRole('button', { name: 'Create build' }).click();
  const made = page.getByRole('row').filter({ hasText: 'Build 1' });
  await made.getByText('Ready', { exact: true }).waitFor({ timeout: 180_000 });
  await made.getByText('By tokens: at most 200, 50 repeated').waitFor();
  await made.getByText('Language told from the text').waitFor();
  await look(admin, 'collection-builds');
  await page.getByRole('button', { name: 'Actions: Build 1' }).click();
  await page.getByRole('menuitem', { name: 'Activate' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
  await becomes(serving, 1, 'the build that serves');
  await page.getByRole('button', { name: 'Go back' }).click();
  await page.getByRole('dialog').getByText('Go back to build 0?').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Go back' }).click();
  await becomes(serving, 0, 'the build that serves after going back');
  await page.getByRole('button', { name: 'Actions: Build 1' }).click();
  await page.getByRole('menuitem', { name: 'Discard' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
  await becomes(async () => (await api('GET', `/api/collections/${store.id}/builds`)).items.length, 1, 'builds that are left');
  noComplaints(admin);
});

await check('an editor changes documents and sees no administration', async () => {
  const session = await open(browser);
  await signIn(session, editorKey);
  const nav = session.page.getByRole('navigation', { name: 'Main' });
  equal(await nav.getByRole('link').allTextContents(), ['Start', 'Collections', 'Playground', 'Evaluation', 'Memory', 'Models', 'Receipts'], 'navigation');
  // What the machine holds is the operator's to see; what a model looks at is for all who may ask.
  await session.page.goto(`${url}/models`);
  await session.page.getByText('Ask something').waitFor();
  equal(await session.page.getByRole('group', { name: 'View' }).getByRole('button').allTextContents(), ['Attention', 'Surprise'], 'views of an editor');
  const refused = await fetch(`${url}/api/engine`, { headers: { Authorization: `Bearer ${editorKey}` } });
  equal(refused.status, 403, 'the engine for an editor');
  await session.page.goto(`${url}/collections/${collection}`);
  await session.page.locator('input[type=file]').first().setInputFiles({ name: 'memo.txt', mimeType: 'text/plain', buffer: Buffer.from('The memo of the editor.') });
  await session.page.getByText('1 of 1 file is in').waitFor({ timeout: 180_000 });
  await session.page.getByRole('button', { name: 'Actions: memo.txt' }).click();
  await session.page.getByRole('menuitem', { name: 'Delete' }).click();
  await session.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await session.page.getByRole('dialog').getByText('Verified', { exact: true }).waitFor();
  await session.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await session.expecting([403], async () => {
    await session.page.goto(`${url}/keys`);
    await session.page.getByText('Your key may not do that').waitFor();
  });
  noComplaints(session);
  await session.context.close();
});

await check('a viewer searches and asks, and is offered nothing else', async () => {
  const session = await open(browser);
  await signIn(session, viewerKey);
  await session.page.getByRole('heading', { name: 'Ask the first question' }).waitFor();
  equal(await session.page.locator('input[type=file]').count(), 0, 'ways to upload on the start page');
  await session.page.goto(`${url}/collections/${collection}`);
  await session.page.getByRole('table', { name: 'Files' }).waitFor();
  equal(await session.page.locator('input[type=file]').count(), 0, 'ways to upload');
  await session.page.getByRole('button', { name: /^Actions/ }).first().click();
  await becomes(() => session.page.getByRole('menuitem').allTextContents(), ['Open'], 'choices for a file');
  await session.page.keyboard.press('Escape');
  await session.page.goto(`${url}/playground?collection=${collection}&mode=ask&q=${encodeURIComponent('How long is parental leave?')}`);
  await session.page.locator('.cited').first().waitFor();
  await session.page.goto(`${url}/models?view=surprise`);
  await session.page.getByLabel('Model', { exact: true }).selectOption('noise');
  await session.page.getByLabel('Text', { exact: true }).fill('A viewer reads.');
  await session.page.getByRole('button', { name: 'Colour it' }).click();
  await session.page.locator('.heat').first().waitFor();
  const denied = await fetch(`${url}/api/engine/models?model=noise`, { method: 'DELETE', headers: { Authorization: `Bearer ${viewerKey}` } });
  equal(denied.status, 403, 'deleting a model for a viewer');
  await session.expecting([403], async () => {
    await session.page.goto(`${url}/audit`);
    await session.page.getByText('Your key may not do that').waitFor();
  });
  noComplaints(session);
  await session.context.close();
});

await check('on a phone every page fits and the menu works', async () => {
  const session = await open(browser, { viewport: { width: 390, height: 844 } });
  await signIn(session, adminKey);
  const over = [];
  for (const path of ['/', '/collections', `/collections/${collection}`, '/playground', '/evaluation', '/memory?user=ann', '/memory?user=ann&view=facts', '/memory?user=ann&view=control', '/memory?user=eve&view=levels', '/models', '/models?view=attention', '/models?view=surprise', '/jobs', '/usage', '/audit', '/receipts', '/keys', '/tenants', '/settings']) {
    await session.page.goto(url + path);
    await session.page.getByRole('heading', { level: 1 }).waitFor();
    await session.page.waitForLoadState('networkidle');
    const wide = await session.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wide > 0) throw new Error(`${path} is ${wide} px too wide`);
    over.push(...(await overlaps(session.page)).map((pair) => `${path}: ${pair}`));
  }
  await session.page.goto(url + '/');
  await session.page.getByRole('button', { name: 'Menu' }).click();
  await session.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Collections' }).waitFor();
  equal(await session.page.getByRole('link', { name: 'Engram' }).count(), 1, 'names of the product beside the menu');
  await look(session, 'phone-menu');
  await session.page.getByRole('link', { name: 'Collections' }).click();
  await session.page.getByRole('heading', { level: 1, name: 'Collections' }).waitFor();
  await session.page.goto(`${url}/collections/${collection}`);
  await session.page.locator('.file-row').first().waitFor();
  await look(session, 'phone-collection');
  await session.page.goto(`${url}/memory?user=eve&view=levels`);
  await session.page.getByRole('table', { name: 'Shortened and dropped' }).waitFor();
  await look(session, 'phone-memory');
  await session.page.goto(`${url}/models`);
  await session.page.getByRole('table', { name: 'Models' }).waitFor();
  await look(session, 'phone-models');
  equal(over, [], 'texts over each other');
  noComplaints(session);
  await session.context.close();
});

await check('a session that ended leads back to the sign-in, and signing out ends it', async () => {
  const session = await open(browser);
  await signIn(session, viewerKey);
  const cookies = await session.context.cookies();
  await session.context.clearCookies();
  await session.expecting([401], async () => {
    await session.page.getByRole('link', { name: 'Receipts' }).click();
    await session.page.getByText('Your session has ended').waitFor();
  });
  await session.context.addCookies(cookies);
  await session.page.goto(url + '/');
  await session.page.getByRole('button', { name: /Viewer/ }).click();
  await session.page.getByRole('menuitem', { name: 'Sign out' }).click();
  await session.page.getByRole('heading', { name: 'Sign in' }).waitFor();
  equal(await session.context.cookies(), [], 'cookies');
  const again = await fetch(`${url}/api/me`, { headers: { Cookie: cookies.map((one) => `${one.name}=${one.value}`).join('; ') } });
  equal(again.status, 401, 'the old cookie');
  noComplaints(session);
  await session.context.close();
});

await browser.close();
console.log(`summary\tfirst_load_kb ${firstLoadKb}, axe_serious ${axeSerious}, pages_tested ${pagesTested.size}`);
if (options.report) {
  const made = { first_load_kb: firstLoadKb, axe_serious: axeSerious, pages_tested: pagesTested.size, pages: [...pagesTested].sort(), files_dropped_at_once: Number(options.files), failed_checks: failures };
  writeFileSync(options.report, JSON.stringify(made, null, 2) + '\n');
}
process.exit(failures === 0 ? 0 : 1);
