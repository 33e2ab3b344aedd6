import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { text } from '../text';
import { Button, Note } from './kit';

type Kind = 'ok' | 'bad';
const Context = createContext<(kind: Kind, message: string) => void>(() => {});

/** Tells what has happened, for a while; failures until they are closed. */
export const useToast = () => useContext(Context);

export function Toasts({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<{ id: number; kind: Kind; message: string }[]>([]);
  const close = useCallback((id: number) => setShown((all) => all.filter((one) => one.id !== id)), []);
  const show = useCallback(
    (kind: Kind, message: string) => {
      const id = Date.now() + Math.random();
      setShown((all) => [...all.slice(-3), { id, kind, message }]);
      if (kind === 'ok') setTimeout(() => close(id), 5000);
    },
    [close],
  );
  return (
    <Context.Provider value={useMemo(() => show, [show])}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {shown.map((toast) => (
          <div key={toast.id} className="toast note-wrap">
            <Note kind={toast.kind} action={<Button small look="quiet" icon="close" aria-label={text.common.close} onClick={() => close(toast.id)} />}>
              {toast.message}
            </Note>
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}
