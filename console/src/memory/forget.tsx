import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { Actor } from '../kit/actor';
import { Button, Copy, Dialog, Failed, Field, Input, Loaded, Note, Select } from '../kit/kit';
import { Removed } from '../kit/receipt-view';
import { count, dateTime } from '../lib/format';
import { text } from '../text';
import { asked, type Selection } from './asked';
import type { Receipt, Scope } from './types';

const t = text.memory;

/** Says how much would go, asks, erases, and shows the receipt. */
export function Forget({ scope, what, onClose }: { scope: Scope; what: Selection; onClose: () => void }) {
  const client = useQueryClient();
  const [typed, setTyped] = useState('');
  const everything = 'everything' in what;
  const preview = useQuery({ queryKey: ['memory', 'forget', scope, what], gcTime: 0, queryFn: () => post('/api/memory/erase/preview', { body: { ...scope, ...what } }) });
  const erase = useMutation({
    mutationFn: async () => (await post('/api/memory/erase', { body: { ...scope, ...what } })) as unknown as Receipt,
    onSuccess: () => client.invalidateQueries({ queryKey: ['memory'], predicate: (query) => query.queryKey[1] !== 'forget' }),
  });
  if (erase.data) {
    return (
      <Dialog wide title={t.forgotten} onClose={onClose} footer={<Button onClick={onClose}>{text.common.close}</Button>}>
        <ReceiptFacts receipt={erase.data} what={what} />
      </Dialog>
    );
  }
  const sure = !everything || typed === scope.user;
  return (
    <Dialog
      title={t.forgetTitle}
      onClose={onClose}
      onSubmit={() => sure && erase.mutate()}
      footer={<><Button onClick={onClose}>{text.common.cancel}</Button><Button look="danger" type="submit" busy={erase.isPending} disabled={!sure || !preview.data}>{t.forget}</Button></>}
    >
      <Loaded query={preview} rows={1}>{(data) => <p><strong>{t.wouldGo(data.events, data.claims)}</strong></p>}</Loaded>
      <p>{everything ? t.forgetAllHow : t.forgetHow}</p>
      {everything && <Field label={t.typeUser(scope.user)}><Input value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} /></Field>}
      {erase.error && <Failed error={erase.error} />}
    </Dialog>
  );
}

/** @param what was asked just now, where it is known: a receipt itself keeps no names of what went */
export function ReceiptFacts({ receipt, what }: { receipt: Receipt; what?: Selection }) {
  const left = Object.values(receipt.remaining).reduce((sum, one) => sum + one, 0);
  return (
    <>
      <Note kind={left === 0 ? 'ok' : 'bad'}>{left === 0 ? t.verified : t.left(count(left))}</Note>
      <dl className="facts">
        <dt>{t.what}</dt><dd className="break">{asked(what ?? receipt.what)}</dd>
        <dt>{text.receipts.removed}</dt><dd><Removed removed={receipt.removed} /></dd>
        <dt>{text.receipts.when}</dt><dd>{dateTime(receipt.at)}</dd>
        <dt>{text.receipts.by}</dt><dd><Actor id={receipt.actor} /></dd>
        <dt>{text.receipts.id}</dt><dd className="mono break">{receipt.id}</dd>
        <dt>{t.signature}</dt><dd><Copy value={JSON.stringify({ text: receipt.text, signature: receipt.signature, public_key: receipt.public_key }, null, 2)} label={t.copySigned} /></dd>
      </dl>
    </>
  );
}

const KINDS = ['session', 'subject', 'source', 'time', 'everything'] as const;

/** Chooses what is to go. */
export function ForgetForm({ scope }: { scope: Scope }) {
  const [kind, setKind] = useState<(typeof KINDS)[number]>('session');
  const [value, setValue] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [what, setWhat] = useState<Selection | null>(null);
  const instant = (local: string) => new Date(local).toISOString();

  function selection(): Selection {
    switch (kind) {
      case 'session': return { session: value };
      case 'subject': return { subject: value };
      case 'source': return { source: value };
      case 'time': return { from: instant(from), to: instant(to) };
      case 'everything': return { everything: true };
    }
  }

  return (
    <form className="grid" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 180px), 1fr))', alignItems: 'end' }} onSubmit={(event) => { event.preventDefault(); setWhat(selection()); }}>
      <Field label={t.forgetBy}><Select value={kind} onChange={(next) => { setKind(next); setValue(next === 'source' ? 'assistant' : ''); }} options={KINDS.map((one) => ({ value: one, label: t.forgetKinds[one] }))} /></Field>
      {(kind === 'session' || kind === 'subject') && <Field label={t.forgetKinds[kind]}><Input value={value} required autoComplete="off" onChange={(event) => setValue(event.target.value)} /></Field>}
      {kind === 'source' && <Field label={t.forgetKinds.source}><Select value={value} onChange={setValue} options={['assistant', 'tool', 'user', 'system'].map((one) => ({ value: one, label: one }))} /></Field>}
      {kind === 'time' && <Field label={text.audit.from}><Input type="datetime-local" required value={from} onChange={(event) => setFrom(event.target.value)} /></Field>}
      {kind === 'time' && <Field label={text.audit.to}><Input type="datetime-local" required value={to} onChange={(event) => setTo(event.target.value)} /></Field>}
      <div><Button look="danger" type="submit" icon="trash">{t.forgetMore}</Button></div>
      {what && <Forget scope={scope} what={what} onClose={() => setWhat(null)} />}
    </form>
  );
}
