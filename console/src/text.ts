// Every word that the console says, in one place: another language is another object of this shape.

export const text = {
  common: {
    cancel: 'Cancel', close: 'Close', save: 'Save', copy: 'Copy', copied: 'Copied', delete: 'Delete', loading: 'Loading', never: 'never', none: 'none', all: 'All',
    more: 'More', tryAgain: 'Try again', failed: 'That did not work', notAllowed: 'Your key may not do that', requestId: (id: string) => `Request ${id}`,
    loadMore: 'Load more', search: 'Search', name: 'Name', created: 'Created', actions: 'Actions', status: 'Status', optional: 'optional', of: (a: string, b: string) => `${a} of ${b}`,
    unknownPage: 'There is no such page', backToStart: 'Back to the start',
  },
  status: {
    in_progress: 'In progress', completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled', queued: 'Queued', running: 'Running', succeeded: 'Succeeded', dead: 'Gave up',
    active: 'Active', revoked: 'Revoked', expired: 'Expired', building: 'Building', ready: 'Ready', serving: 'Serving', retired: 'Retired',
    generated: 'Written', extractive: 'Quoted', unsupported: 'Not in the sources', waiting: 'Waiting', sending: 'Sending', reading: 'Reading', done: 'Done', expired_store: 'Expired',
  },
  shell: {
    skip: 'Skip to the content', nav: 'Main', path: 'Path', menu: 'Menu', knowledge: 'Knowledge', operate: 'Operate', administer: 'Administer',
    start: 'Start', collections: 'Collections', playground: 'Playground', evaluation: 'Evaluation', jobs: 'Jobs', usage: 'Usage', audit: 'Audit', receipts: 'Receipts',
    keys: 'Keys', tenants: 'Tenants', settings: 'Settings', signOut: 'Sign out', dark: 'Dark', light: 'Light', system: 'As the system', account: 'Account and appearance',
    roles: { admin: 'Admin', editor: 'Editor', viewer: 'Viewer', none: 'No role' } as Record<string, string>,
  },
  signIn: {
    title: 'Sign in', about: 'With an API key of this server. The browser keeps a session, never the key.', key: 'API key', placeholder: 'engram_…',
    hint: 'The first start writes one to admin.key in the data folder.', submit: 'Sign in', wrong: 'No key of this server matches. It may have expired or been revoked.',
    ended: 'Your session has ended. Sign in again.', oidc: (name: string) => `Continue with ${name}`, or: 'or with a key',
    oidcFailed: 'The identity provider did not sign you in, or you have no role here.',
  },
  start: {
    title: 'Start', about: 'Ask your own documents. Every sentence of an answer names its source.',
    answers: 'Answers', extractive: 'Quoted', extractiveHow: 'No chat model: answers are sentences of your documents, word for word.', written: 'written by this model, each sentence checked',
    vectors: 'Search', words: 'By words', wordsHow: 'No embedding model: exact words and their forms, no meaning.', hybrid: 'words and vectors of this model',
    collections: 'Collections', documents: 'Documents', failedDocuments: (n: string) => `${n} could not be read`, allRead: 'all read', noneYet: 'none yet', inProgress: (n: string) => `${n} in progress`, operator: 'version',
    first: 'Add your first document', firstHow: 'Drop files or a folder here. They go into the collection “documents”.', firstDone: 'Documents are in', addMore: 'Add more in the collection',
    ask: 'Ask the first question', askHow: 'In plain words, as you would ask a colleague.', askLabel: 'Question', askPlaceholder: 'How long is parental leave?', askButton: 'Ask', askNeeds: 'Add a document first; then ask.',
    askDenied: 'Asking needs a key with the verb “chat”. Yours can search in the playground.', openPlayground: 'Open the playground',
    connect: 'Call it from your application', connectHow: 'Clients made for OpenAI work unchanged: give them this address and a key.', makeKey: 'Create a key',
    addModel: 'Let a model write the answers', addModelHow: 'Any OpenAI-compatible server will do, also one on your own machine. Set these and start Engram again:',
  },
  collections: {
    title: 'Collections', about: 'A collection holds documents that are searched together and cut in the same way.', create: 'New collection', filter: 'Filter by name',
    empty: 'No collection yet', emptyHow: 'Make one for each kind of document, such as handbooks, contracts or tickets.', documents: 'Documents', size: 'Size', lastUsed: 'Last used', description: 'Description',
    chunking: 'How documents are cut', chunkingHint: 'Can be tried on each document before it is chosen, and changed later.', created: (name: string) => `Collection “${name}” is there.`,
    failing: (n: string) => `${n} failed`, none: 'No collection has that in its name.',
    maxTokens: 'Largest chunk, in tokens', overlapTokens: 'Repeated of the chunk before, in tokens', sizeHint: 'Empty: the default.', wholeSize: 'A document with more is cut by structure.',
    strategies: { auto: 'By structure: headings, paragraphs, tables', sentences: 'Whole sentences', tables: 'Tables, row by row', code: 'Source code', questions: 'Questions and answers', tokens: 'Fixed size', recursive: 'Recursively by separators', whole: 'Not at all: one piece' },
  },
  collection: {
    files: 'Files', ranking: 'Ranking', settings: 'Settings', upload: 'Add files', uploadFolder: 'Add a folder', drop: 'Drop files or folders anywhere here', dropNow: 'Let go to add them',
    dropHow: 'PDF, Office, HTML, Markdown, e-mail, archives and many more. A file that is there already is updated.', empty: 'No files yet', noneOfStatus: 'No files with this status',
    name: 'Name', status: 'Status', chunks: 'Chunks', size: 'Size', updated: 'Updated', filter: 'Which files', loaded: (a: string, b: string) => `${a} of ${b} loaded`, total: (n: string) => `${n} files`,
    retry: 'Retry', retryAll: 'Retry all that failed', cancelJob: 'Stop', open: 'Open', remove: 'Delete', removeTitle: (name: string) => `Delete “${name}”?`,
    removeHow: 'It is taken out of this collection with its chunks and vectors, and no search finds it any more. The original goes too, unless another collection has it.',
    removed: 'Deleted', deleteCollection: 'Delete the collection', deleteTitle: (name: string) => `Delete the collection “${name}”?`, deleteHow: 'All of its documents, chunks and vectors go. Type its name to go on.',
    playground: 'Search in it', rename: 'Name and description', saved: 'Saved.', id: 'Id', keepFiles: 'Original files that other collections use stay.',
    k1: 'k1: how much repeated words count', b: 'b: how much long chunks are held back', feedback: 'Feedback: share of words taken from the first hits', textWeight: 'Weight of words against vectors', functionWords: 'What words count that only carry grammar, such as “the”', titles: 'What a word counts more in a title or heading', resetRanking: 'Back to the defaults', calibrated: 'This collection has its own ranking.', uncalibrated: 'The defaults hold. An evaluation can tell whether other values are better.',
    readersOpen: 'everyone',
    builds: 'Builds', buildsHow: 'Ways to cut, analyse and embed this collection. One serves; another can be made beside it, compared with it in an evaluation, and take its place at once.', build: (n: number) => `Build ${n}`, made: 'Documents', activate: 'Activate', activateTitle: (n: number) => `Let build ${n} serve?`, activateHow: 'All searches of this collection go to it from now on. The one that serves is kept up to date for the way back.', acceptMissing: (n: string) => `Also without the ${n} documents that it lacks`, activated: (n: number) => `Build ${n} serves.`, rollback: 'Go back', rollbackTitle: (n: number) => `Go back to build ${n}?`, rollbackHow: 'It served before, and serves again from now on.', discard: 'Discard', discardTitle: (n: number) => `Discard build ${n}?`, discardHow: 'Its chunks and vectors go. Documents stay.', discarded: 'It is being removed.', newBuild: 'New build', otherCut: 'Cut documents in another way', newBuildHow: 'What is left empty is as in the build that serves.', language: 'Language of the words', embeddingModel: 'Embedding model', asServing: 'As it is', started: 'The build has begun.', cutAs: 'Cut', error: 'Given up',
    buildStates: { building: 'being made', ready: 'ready', serving: 'serves', retired: 'served before', failed: 'failed', cancelled: 'being removed' } as Record<string, string>,
    languages: { auto: 'Told from the text', common: 'The common form only', de: 'German', fr: 'French', es: 'Spanish', pt: 'Portuguese', it: 'Italian', nl: 'Dutch', ro: 'Romanian', tr: 'Turkish', vi: 'Vietnamese', none: 'No stems' } as Record<string, string>,
  },
  uploads: {
    title: (done: string, total: string) => `${done} of ${total} files are in`, failed: (n: string) => `${n} failed`, clear: 'Clear', cancel: 'Stop', retry: 'Retry', retryFailed: 'Retry failed',
    unchanged: 'unchanged', sending: 'sending', tooLarge: (max: string) => `It is larger than ${max}, the most that this server takes.`, overall: 'All files', list: 'Files that are being added',
  },
  file: {
    text: 'Extracted text', original: 'Original', chunk: (n: number) => `Chunk ${n}`, tokens: (n: string) => `${n} tokens`, page: (a: number, b: number) => (a === b ? `page ${a}` : `pages ${a} to ${b}`),
    download: 'Download', showOriginal: 'Show the original', hideOriginal: 'Hide the original', noPreview: 'This kind of file cannot be shown here. Download it to see it.', version: 'Version', versionOld: 'An older version; its chunks are not kept.',
    details: 'Details', permissions: 'Permissions', readers: 'Readers', readersHint: 'One a line or with commas, such as user:ann or group:law. Empty: everybody who may use the collection.', readersSaved: 'Readers saved.',
    attributes: 'Attributes', attributesHint: 'JSON: names with texts, numbers or true and false. Searches can filter by them.', attributesSaved: 'Attributes saved.', attributesBad: 'This is not a JSON object.',
    type: 'Type', language: 'Language', pages: 'Pages', chunks: 'Chunks', added: 'Added', updated: 'Updated', key: 'File', warnings: 'Warnings', failure: 'It could not be read', tryChunking: 'Try another chunking', trying: 'What this chunking would make of it; nothing is stored.', strategy: 'Strategy', maxTokens: 'Largest chunk, in tokens', run: 'Preview', totals: (n: string, median: string, max: string) => `${n} chunks · median ${median} tokens · largest ${max}`, asStored: 'As stored', moreChunks: 'More chunks', noText: 'There is no text: the file is empty or could not be read.', inProgress: 'It is being read; its text appears here.', context: 'Searched with it:',
  },
  playground: {
    title: 'Playground', about: 'See what is found and why, and which sentence comes from where.', search: 'Search', ask: 'Ask', query: 'Query', question: 'Question', collection: 'Collection', placeholder: 'What are you looking for?', askPlaceholder: 'Ask in plain words',
    knobs: 'Settings', knobsB: 'Settings B', compare: 'Compare side by side', stopCompare: 'One side', a: 'A', b: 'B', reset: 'Reset', limit: 'Hits', embeddingWeight: 'Vectors against words', fusion: 'Fusion', feedback: 'Feedback', hops: 'Hops', build: 'Build',
    fusions: { default: 'Default', rrf: 'Reciprocal ranks', convex: 'Convex' }, budget: 'Token budget', packing: 'Passages', packings: { EDGES: 'Best at both ends', DOCUMENT: 'In document order' }, widen: 'Read around hits', widens: { NONE: 'The hit alone', PARENTS: 'Its whole section' }, mode: 'Answer', modes: { AUTO: 'Written if there is a model', EXTRACTIVE: 'Quoted', GENERATIVE: 'Written' }, unsupported: 'Sentences without source', unsupporteds: { MARK: 'Mark', DROP: 'Leave out', KEEP: 'Keep' },
    copyAs: 'Copy as code', copyTitle: 'The same request in your code', hits: (n: number, ms: string) => `${n} hits in ${ms}`, noHits: 'Nothing found', noHitsHow: 'Other words, another collection, or documents that are not there yet.', ready: 'Ask something', readyHow: 'Hits show what matched and how each score adds up. Change a setting and compare.', scored: 'Score', position: (n: number) => `moved, was ${n}`, isNew: 'only here',
    stop: 'Stop', answering: 'Looking for the answer…', source: 'Source', openFile: 'Open the file at this place', sources: 'Passages that were read', confidence: (value: string) => `confidence ${value}`, model: (name: string) => `by ${name}`, citation: (n: number) => `Source ${n}`, noSource: 'The documents do not answer this.', missing: (words: string) => `No source speaks of: ${words}`, marked: 'Underlined with a wave: no passage carries it.', pick: 'Choose a sentence to see where it comes from.', needsChat: 'Asking needs a key with the verb “chat”.', noCollections: 'There is nothing to search yet', noCollectionsHow: 'Make a collection and add documents first.', tokens: (a: string, b: string) => `${a} tokens read, ${b} written`, dropped: (n: number) => `${n} sentences without source were left out.`, flagged: 'Reads like an instruction to a machine',
  },
  evaluation: {
    title: 'Evaluation', about: 'Measure how well a collection answers questions whose right documents are known.', runs: 'Runs', sets: 'Judged sets', newRun: 'New run', newSet: 'New set', noRuns: 'No run yet', noRunsHow: 'Make a judged set, choose a collection, and compare two ways of searching it.', noSets: 'No judged set yet', noSetsHow: 'A set is questions with the documents that answer them: a CSV table, or a zip in BEIR or TREC form.',
    set: 'Judged set', collection: 'Collection', queries: 'Queries', judgements: 'Judgements', documentsBy: 'Documents are named by', by: { KEY: 'Your own key', FILE_ID: 'File id', FILENAME: 'File name', ATTRIBUTE: 'An attribute' } as Record<string, string>, attribute: 'Attribute', file: 'File', fileHint: 'CSV with query, document, grade and answer; or a zip in BEIR or TREC form.', created: 'The set is there.', runName: 'Name of the run', first: 'Configuration A', second: 'Configuration B', compare: 'Compare with a second configuration', configuration: 'Search settings', configurationHint: 'JSON, as in the body of a search without its query. {} is the default.', badJson: 'This is not a JSON object.', start: 'Start', started: 'The run has begun.', progress: 'Progress', cancel: 'Cancel', cancelled: 'The run is being cancelled.', deleteRun: 'Delete the run', deleteRunHow: 'Its results go. The judged set stays.', deleteSet: 'Delete the set', deleteSetHow: 'Runs of it keep their results.', report: 'Report', measures: 'Measures, with 95 % intervals', measure: 'Measure', metrics: 'What to measure', metricsHint: 'With commas: ndcg@k, recall@k, precision@k, mrr, mrr@k, map, map@k, success@k, all_found@k. Empty: the usual ones.', difference: (a: string, b: string) => `${b} against ${a}`, better: 'wins', worse: 'losses', p: 'p', latency: 'Latency', median: 'median', p95: '95th percentile', drill: 'Queries', drillHow: 'Those that lost most come first.', query: 'Query', ranks: 'Ranks of the relevant documents', notFound: 'not found', sortBy: 'Measured by', open: 'Try in the playground', missing: (n: string) => `${n} judged documents are not in the collection.`, failed: 'The run failed', waiting: 'Results come when the run has ended.', one: 'one configuration', two: 'two configurations', answers: 'Accepted answers', right: 'better', left: 'worse',
  },
  jobs: {
    title: 'Jobs', about: 'Work that goes on after a request: reading documents, evaluations, builds. It survives a restart.', kind: 'Kind', subject: 'Subject', attempts: 'Tries', took: 'Took', started: 'Created', empty: 'No jobs', emptyHow: 'Documents that are added and evaluations that are started show up here.', emptyFiltered: 'No job has this state.', retry: 'Retry', cancel: 'Cancel', retried: 'Queued again.', cancelling: 'It is being cancelled.', states: 'State', anyKind: 'Any kind', reason: 'Reason',
  },
  usage: {
    title: 'Usage', about: 'What was asked of the server, and what lies on its disk.', day: '24 hours', week: '7 days', month: '30 days', span: 'Time', requests: 'Requests', requestsHow: 'by kind', latency: 'Latency', latencyHow: 'median and 95th percentile of searches and answers', tokens: 'Model tokens', tokensHow: 'read and written', storage: 'Storage', storageHow: 'text, chunks and vectors of each collection', failures: 'Failed', empty: 'Nothing was asked in this time', emptyHow: 'Searches, answers and uploads are counted as they come.', operations: { search: 'Search', answer: 'Answer', embed: 'Embed', ingest: 'Ingest' } as Record<string, string>, p50: 'median', p95: '95th percentile', index: 'Index on this server', chunks: 'Chunks', onDisk: 'On disk', lag: 'Changes behind', rebuild: 'Rebuild the index', rebuildTitle: 'Rebuild the index?', rebuildHow: 'The present one serves until the new one is whole. It takes time and disk, and is needed only after damage.', rebuilding: 'The index is being rebuilt.', table: 'As a table', hour: 'Hour',
  },
  audit: {
    title: 'Audit', about: 'Who did what: keys, deletions, permissions, sign-ins. Kept for a year unless set otherwise.', when: 'When', actor: 'Actor', action: 'Action', subject: 'Subject', detail: 'Detail', from: 'From', to: 'Until', empty: 'No entries', emptyHow: 'Nothing matches. Take a filter away.', anyActor: 'Any actor', anyAction: 'Any action', you: 'you', request: 'Request',
  },
  receipts: {
    title: 'Receipts', about: 'What each deletion took away, and whether a search was seen to find it no more.', empty: 'Nothing was deleted yet', emptyHow: 'Deleting a document or a collection leaves a receipt here.', subject: 'Deleted', removed: 'What went', when: 'When', by: 'By', verified: 'Verified', unverified: 'Not verified', verifiedHow: 'A look into the index found nothing of it.', unverifiedHow: 'The check was interrupted.', id: 'Receipt',
  },
  keys: {
    title: 'Keys', about: 'Each application and each person gets a key that may do what they need and no more.', create: 'New key', empty: 'No keys', verbs: 'May', scope: 'Sees', lastUsed: 'Last used', expires: 'Expires', revoke: 'Revoke', revokeTitle: (name: string) => `Revoke “${name}”?`, revokeHow: 'Whatever uses this key is refused from now on. It cannot be undone.', revoked: 'The key is revoked.', role: 'Role', roles: { admin: 'Admin: everything', editor: 'Editor: read, ask, write, delete', viewer: 'Viewer: read and ask', custom: 'Chosen verbs' }, verbsLabel: 'Verbs', collections: 'Collections', allCollections: 'All collections', someCollections: 'Only these', readsAll: 'Reads every document, whatever its readers', principals: 'Reads as', principalsHint: 'With commas: user:ann, group:law. Only documents that are open or name one of these.', expiresHint: 'Leave empty for a key that does not expire.', budgetRequests: 'Requests a minute', budgetTokens: 'Tokens a day', unlimited: 'unlimited', shownOnce: 'The key is shown this once', shownOnceHow: 'Store it now: the server keeps only a hash of it.', done: 'I have stored it', you: 'you', showRevoked: 'Show revoked and expired', everything: 'everything', own: 'open documents', limits: 'Limits', verbTexts: { read: 'Read', write: 'Write', delete: 'Delete', chat: 'Ask', admin: 'Administer', metrics: 'Metrics', act_as: 'Act as others' } as Record<string, string>,
  },
  tenants: {
    title: 'Tenants', about: 'Each tenant has its own documents, keys and jobs, and sees nothing of the others.', create: 'New tenant', name: 'Name', id: 'Id', made: 'The tenant is there', madeHow: 'This is its first key, shown this once. Give it to whoever runs the tenant.', only: 'The operator’s tenant',
  },
  settings: {
    title: 'Settings', about: 'As they are in force. They are set by arguments, environment variables or config/application.yaml, and hold after a restart.', setting: 'Setting', value: 'Value', byDefault: 'Default', filter: 'Filter settings', changed: 'Changed only', server: 'Server', version: 'Version', started: 'Started', chat: 'Chat model', embedding: 'Embedding model', notSet: 'not set', none: 'No setting matches.', environment: 'As an environment variable', uploadMax: 'Largest upload',
  },
};
