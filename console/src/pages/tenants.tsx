import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, post } from '../api/client';
import { Button, Dialog, Failed, Field, Input, Loaded, Page, Time } from '../kit/kit';
import { Secret } from '../kit/secret';
import { useUser } from '../session';
import { text } from '../text';

const t = text.tenants;

export default function Tenants() {
  const user = useUser();
  const client = useQueryClient();
  const [creating, setCreating] = useState(false);
  const [name, setName] = useState('');
  const [secret, setSecret] = useState<string | null>(null);
  const tenants = useInfiniteQuery({
    queryKey: ['tenants'],
    queryFn: ({ pageParam }) => get('/api/tenants', { query: { limit: 100, after: pageParam || undefined } }),
    initialPageParam: '',
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const create = useMutation({
    mutationFn: () => post('/api/tenants', { body: { name: name.trim() } }),
    onSuccess: (made) => {
      setCreating(false);
      setName('');
      setSecret(made.admin_key.secret);
      void client.invalidateQueries({ queryKey: ['tenants'] });
    },
  });
  return (
    <Page title={t.title} about={t.about} action={<Button look="primary" icon="plus" onClick={() => setCreating(true)}>{t.create}</Button>}>
      <Loaded query={tenants}>
        {(data) => (
          <div className="card table-wrap">
            <table>
              <thead>
                <tr>
                  <th scope="col">{t.name}</th>
                  <th scope="col">{t.id}</th>
                  <th scope="col">{text.common.created}</th>
                </tr>
              </thead>
              <tbody>
                {data.pages.flatMap((page) => page.data).map((tenant) => (
                  <tr key={tenant.id}>
                    <td><strong>{tenant.name}</strong> {tenant.id === user.tenant_id && <span className="tag">{t.only}</span>}</td>
                    <td className="mono break">{tenant.id}</td>
                    <td><Time at={tenant.created_at} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
      {tenants.hasNextPage && <div><Button busy={tenants.isFetchingNextPage} onClick={() => void tenants.fetchNextPage()}>{text.common.loadMore}</Button></div>}
      {creating && (
        <Dialog
          title={t.create}
          about={t.about}
          onClose={() => setCreating(false)}
          onSubmit={() => create.mutate()}
          footer={<><Button onClick={() => setCreating(false)}>{text.common.cancel}</Button><Button look="primary" type="submit" busy={create.isPending} disabled={name.trim() === ''}>{t.createNow}</Button></>}
        >
          <Field label={t.name}><Input value={name} required autoFocus maxLength={200} onChange={(event) => setName(event.target.value)} /></Field>
          {create.error ? <Failed error={create.error} /> : null}
        </Dialog>
      )}
      {secret && <Secret title={t.made} about={t.madeHow} secret={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}
