import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/client';
import type { Server } from '../api/types';
import { Empty, Input, Loaded, Page, Time } from '../kit/kit';
import { bytes } from '../lib/format';
import { text } from '../text';

const t = text.settings;

interface Setting {
  name: string;
  value: string | null;
  by_default: string | null;
}

export default function Settings() {
  const [filter, setFilter] = useState('');
  const [changed, setChanged] = useState(false);
  const server = useQuery({ queryKey: ['server'], queryFn: async () => (await get('/api/server')) as unknown as Server });
  const settings = useQuery({ queryKey: ['settings'], queryFn: async () => (await get('/api/server/settings')).settings as unknown as Setting[] });
  return (
    <Page title={t.title} about={t.about}>
      <Loaded query={server} rows={3}>
        {(data) => (
          <dl className="card pad row" style={{ gap: '10px 40px' }}>
            {[
              [t.version, data.version ?? '–'],
              [t.started, <Time key="s" at={data.started_at} />],
              [t.chat, data.chat_model ?? t.notSet],
              [t.embedding, [data.embedding_model, ...data.further_embedding_models].filter(Boolean).join(', ') || t.notSet],
              [t.uploadMax, bytes(data.upload_bytes_max)],
            ].map(([label, value]) => (
              <div key={String(label)}>
                <dt className="small muted">{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </Loaded>
      <div className="row">
        <div style={{ width: 300 }}>
          <Input type="search" aria-label={t.filter} placeholder={t.filter} value={filter} onChange={(event) => setFilter(event.target.value)} />
        </div>
        <label className="check"><input type="checkbox" checked={changed} onChange={(event) => setChanged(event.target.checked)} />{t.changed}</label>
      </div>
      <Loaded query={settings} rows={10}>
        {(all) => {
          const shown = all.filter((one) => one.name.includes(filter.trim().toLowerCase()) && (!changed || differs(one)));
          return (
            <div className="card table-wrap">
              {shown.length === 0 ? <Empty icon="settings" title={t.none} /> : (
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{t.setting}</th>
                      <th scope="col">{t.value}</th>
                      <th scope="col">{t.byDefault}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {shown.map((one) => (
                      <tr key={one.name}>
                        <td className="mono break" title={`${t.environment}: ${one.name.toUpperCase().replaceAll('.', '_').replaceAll('-', '')}`}>{one.name}</td>
                        <td className="mono break">{one.value === null || one.value === '' ? <span className="muted">{t.notSet}</span> : differs(one) ? <strong>{one.value}</strong> : one.value}</td>
                        <td className="mono muted break">{one.by_default ?? '–'}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )}
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}

/** The same number may be written in several ways (1.0 and 1): those are no difference. */
function differs(one: Setting): boolean {
  const value = one.value ?? '';
  const usual = one.by_default ?? '';
  return value !== usual && !(value !== '' && usual !== '' && Number(value) === Number(usual));
}
