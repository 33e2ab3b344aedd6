import { useEffect, useState } from 'react';
import { post, Problem } from './api/client';
import type { Session } from './api/types';
import { Button, Field, Input, Note } from './kit/kit';
import { text } from './text';

export function SignIn({ ended, oidc, onSignedIn }: { ended: boolean; oidc: string | null; onSignedIn: (session: Session) => void }) {
  const [key, setKey] = useState('');
  const [error, setError] = useState<string | null>(new URLSearchParams(location.search).get('sign-in') === 'failed' ? text.signIn.oidcFailed : null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = `${text.signIn.title} · Engram`;
  }, []);

  async function submit() {
    setBusy(true);
    setError(null);
    try {
      const started = await post('/api/session', { headers: { Authorization: `Bearer ${key.trim()}` } });
      onSignedIn(started as unknown as Session);
    } catch (failure) {
      setError(failure instanceof Problem && failure.status === 401 ? text.signIn.wrong : (failure as Error).message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <main className="sign-in">
      <form
        className="card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <div className="brand">
          <img src="/favicon.svg" alt="" />
          Engram
        </div>
        <div>
          <h1>{text.signIn.title}</h1>
          <p className="muted">{text.signIn.about}</p>
        </div>
        {ended && !error && <Note kind="warn">{text.signIn.ended}</Note>}
        {error && <Note kind="bad">{error}</Note>}
        {oidc && (
          <>
            <a className="button primary" href="/api/session/oidc">
              {text.signIn.oidc(oidc)}
            </a>
            <p className="small muted">{text.signIn.or}</p>
          </>
        )}
        <Field label={text.signIn.key} hint={text.signIn.hint}>
          <Input type="password" autoComplete="off" spellCheck={false} required autoFocus={!oidc} placeholder={text.signIn.placeholder} value={key} onChange={(event) => setKey(event.target.value)} />
        </Field>
        <Button look={oidc ? undefined : 'primary'} type="submit" busy={busy || key.trim() === ''}>
          {text.signIn.submit}
        </Button>
      </form>
    </main>
  );
}
