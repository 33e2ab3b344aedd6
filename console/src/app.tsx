import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { get, onSignedOut, setCsrf } from './api/client';
import type { Session } from './api/types';
import { Failed } from './kit/kit';
import { UserContext } from './session';
import { Shell } from './shell';
import { SignIn } from './sign-in';

export function App() {
  const client = useQueryClient();
  const [ended, setEnded] = useState(false);
  const session = useQuery({
    queryKey: ['session'],
    queryFn: async () => {
      const found = (await get('/api/session')) as unknown as Session;
      setCsrf(found.csrf_token);
      return found;
    },
    staleTime: Infinity,
  });

  useEffect(() => {
    onSignedOut(() => {
      setEnded(true);
      change(client, nobody(client));
    });
  }, [client]);

  if (session.error) {
    return (
      <main>
        <Failed error={session.error} retry={() => void session.refetch()} />
      </main>
    );
  }
  if (!session.data) return null;
  if (!session.data.user) {
    return (
      <SignIn
        ended={ended}
        oidc={session.data.oidc}
        onSignedIn={(started) => {
          setEnded(false);
          change(client, started);
        }}
      />
    );
  }
  return (
    <UserContext.Provider value={session.data.user}>
      <Shell
        onSignedOut={() => {
          change(client, nobody(client));
        }}
      />
    </UserContext.Provider>
  );
}

/** What stays known when somebody is signed out: where they may sign in. */
function nobody(client: QueryClient): Session {
  return { user: null, csrf_token: null, expires_at: null, oidc: client.getQueryData<Session>(['session'])?.oidc ?? null };
}

/** Whoever comes next sees nothing of what the one before was shown. */
function change(client: QueryClient, session: Session) {
  setCsrf(session.csrf_token);
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== 'session' });
  client.setQueryData(['session'], session);
}
