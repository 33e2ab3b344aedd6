import { useState } from 'react';
import { text } from '../text';
import { Button, Code, Dialog, Note } from './kit';

/** A secret that is not to be had a second time: it closes only when somebody says they have it. */
export function Secret({ title, about, secret, onClose }: { title: string; about: string; secret: string; onClose: () => void }) {
  const [stored, setStored] = useState(false);
  return (
    <Dialog
      title={title}
      onClose={() => stored && onClose()}
      onSubmit={onClose}
      footer={
        <Button look="primary" type="submit" disabled={!stored}>
          {text.common.close}
        </Button>
      }
    >
      <Note kind="warn">{about}</Note>
      <Code>{secret}</Code>
      <label className="check">
        <input type="checkbox" checked={stored} onChange={(event) => setStored(event.target.checked)} />
        {text.keys.done}
      </label>
    </Dialog>
  );
}
