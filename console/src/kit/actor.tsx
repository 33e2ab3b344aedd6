import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import { shortId } from '../lib/format';
import { useMay, useUser } from '../session';
import { text } from '../text';
import { Copy } from './kit';

const KEYS_MAX = 2_000;

/** Names of keys by their ids; none for those who may not list keys. */
function useKeyNames(): Map<string, string> {
  const administers = useMay('admin');
  const names = useQuery({
    queryKey: ['keys', 'names'],
    enabled: administers,
    staleTime: 60_000,
    queryFn: async () => {
      const all = new Map<string, string>();
      for (let after: string | undefined; ; ) {
        const page = await get('/api/keys', { query: { limit: 100, after } });
        page.data.forEach((key) => all.set(key.id, key.name));
        if (!page.has_more || all.size >= KEYS_MAX) return all;
        after = page.next;
      }
    },
  });
  return names.data ?? new Map<string, string>();
}

/** Who did something: the name of the key where it is known, and its id in short. */
export function Actor({ id }: { id: string }) {
  const name = useKeyNames().get(id);
  const user = useUser();
  const short = shortId(id);
  return (
    <span className="actor">
      {name && <span className="break">{name}</span>}
      {id === user.key_id && <span className="tag">{text.audit.you}</span>}
      <span className="nowrap">
        <span className={name ? 'mono muted' : 'mono'} title={id}>{short}</span>
        {short !== id && <Copy bare value={id} label={text.audit.copyId(id)} />}
      </span>
    </span>
  );
}
