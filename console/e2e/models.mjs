// The models page: the engine, models that are fetched, and what a model looks at.
import { startHub } from './hub.mjs';

/** @param own what run.mjs has for its checks */
export async function modelChecks({ check, admin, api, go, look, url, equal, becomes, noComplaints }) {
  const { page } = admin;
  const hub = await startHub(Number(process.env.ENGRAM_HUB_PORT), process.env.ENGRAM_HUB_MODEL);
  const row = (name) => page.getByRole('table', { name: 'Models' }).getByRole('row').filter({ has: page.getByText(name, { exact: true }) });
  const view = (name) => page.getByRole('group', { name: 'View' }).getByRole('button', { name, exact: true }).click();
  const stories = (await api('GET', '/api/engine/models')).models.includes('stories260k') ? 'stories260k' : 'noise';

  await check('models: one is loaded, asked, watched and unloaded', async () => {
    await go(admin, 'Models');
    await row('noise').getByText('Not loaded').waitFor();
    await page.getByRole('button', { name: `Load ${stories}`, exact: true }).click();
    await row(stories).getByText('Loaded', { exact: true }).waitFor();
    // Something to see: it writes while the page looks on.
    const asked = [];
    for (let round = 0; round < 40; round++) {
      asked.push(api('POST', '/v1/completions', { model: stories, prompt: `Once upon a time there were ${round} little birds`, max_tokens: 200, temperature: 1, seed: round }));
      if (round % 4 === 3) await new Promise((resolve) => setTimeout(resolve, 600));
    }
    await page.getByText(/^[1-9][\d.,KMk]* tokens\/s/).first().waitFor();
    await page.getByRole('region', { name: `Cache of ${stories}` }).getByRole('row').filter({ hasText: 'default' }).waitFor();
    await look(admin, 'models');
    await Promise.all(asked);
    const unload = page.getByRole('button', { name: `Unload ${stories}`, exact: true });
    await becomes(async () => (await api('GET', '/api/engine')).models.find((one) => one.name === stories).load?.running, 0, 'requests that run');
    await unload.click();
    await row(stories).getByText('Not loaded').waitFor();
    noComplaints(admin);
  });

  await check('models: one that cannot be read says why', async () => {
    await page.getByRole('button', { name: 'Load broken', exact: true }).click();
    await row('broken').getByRole('alert').getByText('It could not be loaded').waitFor();
    const tried = (await api('GET', '/api/audit?limit=100')).data.filter((one) => one.subject === 'model broken').map((one) => one.action);
    equal(tried.sort(), ['model.load_failed', 'model.load_started'], 'what the audit log has of it');
    await page.getByRole('button', { name: 'Actions: noise' }).click();
    await becomes(() => page.getByRole('menuitem').allTextContents(), ['Copy the name'], 'choices for a file that somebody put there');
    await page.keyboard.press('Escape');
    noComplaints(admin);
  });

  await check('models: one is fetched with progress and deleted after a question', async () => {
    const fetching = page.getByRole('region', { name: 'Fetch a model' });
    const fetch = async (name) => {
      await fetching.getByLabel('Name of the model').fill(name);
      await fetching.getByRole('button', { name: 'Fetch', exact: true }).click();
    };
    const item = (name) => fetching.getByRole('listitem').filter({ hasText: name });
    await admin.expecting([400], async () => {
      await fetch('no-owner');
      await fetching.getByRole('alert').getByText("is no model's name").waitFor();
    });
    await fetch('acme/nothing-none');
    await item('acme/nothing-none').getByText('Failed').waitFor();
    await fetch('acme/large-slow');
    await page.getByRole('progressbar', { name: 'How much of acme/large-slow is here' }).waitFor();
    await fetch('acme/tiny-GGUF');
    await page.getByRole('progressbar', { name: 'How much of acme/tiny-GGUF is here' }).waitFor();
    await fetching.scrollIntoViewIfNeeded();
    await look(admin, 'models-fetching', { scrolled: true });
    await item('acme/large-slow').getByRole('button', { name: 'Stop' }).click();
    await item('acme/large-slow').getByText('Stopped').waitFor();
    await item('acme/tiny-GGUF').getByText('Here', { exact: true }).waitFor();
    await row('acme/tiny-GGUF').waitFor();
    await page.getByRole('button', { name: 'Actions: acme/tiny-GGUF' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete “acme/tiny-GGUF”?' });
    await dialog.waitFor();
    await look(admin, 'models-delete');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    equal(await row('acme/tiny-GGUF').count(), 1, 'the model after Cancel');
    await page.getByRole('button', { name: 'Actions: acme/tiny-GGUF' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await row('acme/tiny-GGUF').waitFor({ state: 'detached' });
    const acts = (await api('GET', '/api/audit?limit=100')).data.filter((one) => one.subject === 'model acme/tiny-GGUF').map((one) => one.action);
    equal(acts.sort(), ['model.deleted', 'model.pull_started', 'model.pulled'], 'what the audit log has');
    noComplaints(admin);
  });

  await check('models: the words that an answer looked at are coloured, for each of its words', async () => {
    await view('Attention');
    await page.getByText('Ask something').waitFor();
    await page.getByLabel('Model', { exact: true }).selectOption(stories);
    await page.getByRole('button', { name: 'Go on with the text' }).click();
    await page.getByLabel('Text', { exact: true }).fill('Lily had a big red ball. One day, her friend Tom came to play with');
    await page.getByLabel('Tokens at most').fill('40');
    await page.getByRole('button', { name: 'Answer', exact: true }).click();
    await page.locator('.heat').first().waitFor();
    const heats = () => page.locator('.heat').evaluateAll((all) => all.map((one) => one.title));
    const whole = await heats();
    await page.locator('.answer-word').nth(1).click();
    await page.getByRole('heading', { name: /What it looked at for “/ }).waitFor();
    if (JSON.stringify(await heats()) === JSON.stringify(whole)) throw new Error('a word looks at what the whole answer looks at');
    await page.getByRole('table', { name: 'Looked at most' }).getByRole('row').nth(1).waitFor();
    await look(admin, 'models-attention');
    await page.getByRole('button', { name: 'Whole answer' }).click();
    await becomes(heats, whole, 'the whole answer again');
    await page.getByLabel('Model', { exact: true }).selectOption('noise');
    await page.getByRole('button', { name: 'As a chat' }).click();
    await page.getByLabel('Message', { exact: true }).fill('The boat is red. Which colour is the boat?');
    await page.getByRole('button', { name: 'Answer', exact: true }).click();
    await page.locator('.heat').filter({ hasText: 'boat' }).first().waitFor();
    await page.getByLabel('Message', { exact: true }).fill('far too much '.repeat(200));
    await admin.expecting([400], async () => {
      await page.getByRole('button', { name: 'Answer', exact: true }).click();
      await page.getByRole('alert').getByText(/1,?024/).waitFor();
    });
    noComplaints(admin);
  });

  await check('models: a text is coloured by what surprised the model', async () => {
    await view('Surprise');
    await page.getByText('Give it a text').waitFor();
    await page.getByLabel('Model', { exact: true }).selectOption(stories);
    await page.getByLabel('Text', { exact: true }).fill('Once upon a time, there was a little girl named Lily. She loved to play with her quarterly tax report outside in the park.');
    await page.getByRole('button', { name: 'Colour it' }).click();
    await page.locator('.heat').first().waitFor();
    await page.getByRole('table', { name: 'Most surprising' }).getByRole('row').nth(1).waitFor();
    await look(admin, 'models-surprise');
    await page.getByLabel('Model', { exact: true }).selectOption('letters');
    await admin.expecting([400], async () => {
      await page.getByRole('button', { name: 'Colour it' }).click();
      await page.getByRole('alert').getByText('is an encoder').waitFor();
    });
    noComplaints(admin);
  });

  hub.closeAllConnections();
  hub.close();
}
