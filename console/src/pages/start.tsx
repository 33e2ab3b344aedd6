import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { get, post } from '../api/client';
import type { Server, Store } from '../api/types';
import { AnswerView, useAsk } from '../kit/answer';
import { Drop } from '../kit/drop';
import { Icon } from '../kit/icons';
import { Button, Code, Failed, Input, Loading, Note, Page } from '../kit/kit';
import { count } from '../lib/format';
import { useMay, useUser } from '../session';
import { text } from '../text';
import { useUploads } from '../uploads';
import { UploadList } from '../kit/upload-list';

const t = text.start;
const FIRST = 'documents';

export default function Start() {
  const user = useUser();
  const reads = useMay('read');
  const writes = useMay('write');
  const chats = useMay('chat');
  const server = useQuery({ queryKey: ['server'], queryFn: async () => (await get('/api/server')) as unknown as Server, staleTime: 60_000 });
  const stores = useQuery({
    queryKey: ['collections'],
    queryFn: async () => (await get('/v1/vector_stores', { query: { limit: 100 } })).data as unknown as Store[],
    enabled: reads,
    refetchInterval: 5_000,
  });
  if (server.error) return <Page title={t.title}><Failed error={server.error} retry={() => void server.refetch()} /></Page>;
  if (!server.data) return <Page title={t.title}><Loading /></Page>;
  const all = stores.data ?? [];
  const sum = (part: (store: Store) => number) => all.reduce((total, store) => total + part(store), 0);
  const documents = sum((store) => store.file_counts.total);
  const done = sum((store) => store.file_counts.completed);
  const failed = sum((store) => store.file_counts.failed);
  const busy = sum((store) => store.file_counts.in_progress);
  return (
    <Page title={t.title} about={t.about}>
      <dl className="tiles">
        <Tile label={t.answers} value={server.data.chat_model ?? t.extractive} more={server.data.chat_model ? t.written : t.extractiveHow} />
        <Tile label={t.vectors} value={server.data.embedding_model ?? t.words} more={server.data.embedding_model ? t.hybrid : t.wordsHow} />
        <Tile label={t.collections} value={count(all.length)} more={all.length === 0 ? t.noneYet : all.slice(0, 3).map((store) => store.name ?? store.id).join(', ')} />
        <Tile label={t.documents} value={count(documents)} more={busy > 0 ? t.inProgress(count(busy)) : failed > 0 ? t.failedDocuments(count(failed)) : documents > 0 ? t.allRead : t.noneYet} />
      </dl>
      <ol className="card steps">
        {writes && <FirstDocument stores={all} ready={stores.data !== undefined} done={done} />}
        <FirstQuestion stores={all} chats={chats} done={done} number={writes ? 2 : 1} />
        <li>
          <span className="step-mark" aria-hidden="true">{writes ? 3 : 2}</span>
          <div className="stack tight">
            <h2>{t.connect}</h2>
            <p className="muted">{t.connectHow}</p>
            <Code>{`export OPENAI_BASE_URL=${location.origin}/v1 OPENAI_API_KEY=…`}</Code>
            {user.verbs.includes('admin') && (
              <div>
                <Link href="/keys?new" className="button small">
                  <Icon name="key" />
                  {t.makeKey}
                </Link>
              </div>
            )}
          </div>
        </li>
        {!server.data.chat_model && user.operator && (
          <li>
            <span className="step-mark" aria-hidden="true"><Icon name="spark" /></span>
            <div className="stack tight">
              <h2>{t.addModel}</h2>
              <p className="muted">{t.addModelHow}</p>
              <Code>{'export ENGRAM_CHAT_BASE_URL=http://127.0.0.1:11434/v1 ENGRAM_CHAT_MODEL=qwen3:8b\nexport ENGRAM_EMBEDDING_BASE_URL=http://127.0.0.1:11434/v1 ENGRAM_EMBEDDING_MODEL=bge-m3\n./engram serve'}</Code>
            </div>
          </li>
        )}
      </ol>
    </Page>
  );
}

function Tile({ label, value, more }: { label: string; value: string; more: string }) {
  return (
    <div className="card tile">
      <dt>{label}</dt>
      <dd>
        {value}
        <small>{more}</small>
      </dd>
    </div>
  );
}

function FirstDocument({ stores, ready, done }: { stores: Store[]; ready: boolean; done: number }) {
  const client = useQueryClient();
  const uploads = useUploads();
  const [error, setError] = useState<unknown>(null);
  const target = stores.find((store) => store.name === FIRST) ?? stores[0];

  async function add(files: { path: string; file: File }[]) {
    setError(null);
    try {
      const store = target ?? ((await post('/v1/vector_stores', { body: { name: FIRST } })) as unknown as Store);
      uploads.add(store.id, files);
      await client.invalidateQueries({ queryKey: ['collections'] });
    } catch (failure) {
      setError(failure);
    }
  }

  return (
    <li>
      <span className={`step-mark ${done > 0 ? 'done' : ''}`} aria-hidden="true">{done > 0 ? <Icon name="check" /> : 1}</span>
      <div className="stack tight">
        <h2>{done > 0 ? t.firstDone : t.first}</h2>
        {done === 0 && <p className="muted">{t.firstHow}</p>}
        {done === 0 && ready && <Drop onFiles={(files) => void add(files)} />}
        {done > 0 && target && (
          <div>
            <Link href={`/collections/${target.id}`} className="button small">
              <Icon name="upload" />
              {t.addMore}
            </Link>
          </div>
        )}
        {error ? <Failed error={error} /> : null}
        {target && <UploadList collection={target.id} />}
      </div>
    </li>
  );
}

function FirstQuestion({ stores, chats, done, number }: { stores: Store[]; chats: boolean; done: number; number: number }) {
  const [question, setQuestion] = useState('');
  const ask = useAsk();
  const [, navigate] = useLocation();
  return (
    <li>
      <span className={`step-mark ${ask.answer ? 'done' : ''}`} aria-hidden="true">{ask.answer ? <Icon name="check" /> : number}</span>
      <div className="stack tight">
        <h2>{t.ask}</h2>
        {chats ? (
          <>
            <p className="muted">{done > 0 ? t.askHow : t.askNeeds}</p>
            <form
              className="ask-line"
              onSubmit={(event) => {
                event.preventDefault();
                ask.start({ question, collections: stores.filter((store) => store.file_counts.completed > 0).map((store) => store.id), stream: true });
              }}
            >
              <div className="grow">
                <Input aria-label={t.askLabel} placeholder={t.askPlaceholder} value={question} onChange={(event) => setQuestion(event.target.value)} disabled={done === 0} />
              </div>
              <Button look="primary" type="submit" busy={ask.running} disabled={done === 0 || question.trim() === ''}>
                {t.askButton}
              </Button>
            </form>
            <AnswerView ask={ask} />
          </>
        ) : (
          <Note action={<Button small onClick={() => navigate('/playground')}>{t.openPlayground}</Button>}>{t.askDenied}</Note>
        )}
      </div>
    </li>
  );
}
