import { cloneElement, useEffect, useId, useRef, useState, type ButtonHTMLAttributes, type HTMLAttributes, type InputHTMLAttributes, type ReactElement, type ReactNode, type SelectHTMLAttributes } from 'react';
import { Button as PressButton, Dialog as AriaDialog, Heading, Menu as AriaMenu, MenuItem, MenuTrigger, Modal, ModalOverlay, Popover } from 'react-aria-components';
import { Problem } from '../api/client';
import { ago, fullTime, toDate } from '../lib/format';
import { text } from '../text';
import { Icon, type IconName } from './icons';

// The parts that pages are made of. Dialogs and menus, whose keyboard handling is hard, are React
// Aria's; the rest is plain HTML.

type Look = 'primary' | 'danger' | 'quiet' | undefined;

/**
 * While busy, or idle because there is nothing to do, it ignores clicks but keeps the focus: a disabled one would lose it when
 * it is pressed and becomes so, and a dialog then its Escape key.
 */
export function Button({ look, small, icon, busy, idle, children, className = '', onClick, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look; small?: boolean; icon?: IconName; busy?: boolean; idle?: boolean }) {
  const still = busy || idle;
  return (
    <button type="button" className={`button ${look ?? ''} ${small ? 'small' : ''} ${children ? '' : 'icon'} ${className}`} aria-disabled={still || undefined} onClick={still ? (event) => event.preventDefault() : onClick} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A control with its label. The hint describes the control: within the label it would be part of its name. */
export function Field({ label, hint, error, children }: { label: string; hint?: ReactNode; error?: string | null; children: ReactElement<HTMLAttributes<HTMLElement>> }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, { id, ...(hint ? { 'aria-describedby': `${id}-hint` } : {}) })}
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
      {error && <span className="hint" role="alert">{error}</span>}
    </div>
  );
}

export function Input(props: InputHTMLAttributes<HTMLInputElement>) {
  return <input className="input" {...props} />;
}

export function Select<T extends string>({ options, value, onChange, ...rest }: { options: readonly { value: T; label: string }[]; value: T; onChange: (value: T) => void } & Omit<SelectHTMLAttributes<HTMLSelectElement>, 'onChange' | 'value'>) {
  return (
    <select className="select" value={value} onChange={(event) => onChange(event.target.value as T)} {...rest}>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

export function Segments<T extends string>({ label, options, value, onChange }: { label: string; options: readonly { value: T; label: string }[]; value: T; onChange: (value: T) => void }) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {options.map((option) => (
        <button key={option.value} type="button" aria-pressed={option.value === value} onClick={() => onChange(option.value)}>
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function Page({ title, about, crumbs, action, children }: { title: string; about?: ReactNode; crumbs?: ReactNode; action?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Engram`;
  }, [title]);
  // Whoever cannot see that the page changed hears its title.
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="page">
      <header className="page-head">
        <div>
          {crumbs && (
            <nav className="crumbs" aria-label={text.shell.path}>
              {crumbs}
            </nav>
          )}
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {about && <p>{about}</p>}
        </div>
        {action && <div className="row">{action}</div>}
      </header>
      {children}
    </div>
  );
}

export function Note({ kind, children, action }: { kind?: 'bad' | 'warn' | 'ok'; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={`note ${kind ?? ''}`} role={kind === 'bad' ? 'alert' : undefined}>
      <Icon name={kind === 'ok' ? 'check' : kind ? 'warn' : 'info'} />
      <div className="grow">{children}</div>
      {action}
    </div>
  );
}

export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof Problem ? error : null;
  return (
    <Note kind="bad" action={retry && <Button small icon="retry" onClick={retry}>{text.common.tryAgain}</Button>}>
      <strong>{problem?.status === 403 ? text.common.notAllowed : text.common.failed}</strong>
      <div>{error instanceof Error ? error.message : String(error)}</div>
      {problem?.requestId && <div className="small muted">{text.common.requestId(problem.requestId)}</div>}
    </Note>
  );
}

export function Empty({ icon, title, children, action }: { icon: IconName; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

export function Loading({ rows = 5 }: { rows?: number }) {
  return (
    <div className="stack card pad" role="status" aria-label={text.common.loading}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="skeleton" style={{ width: `${88 - ((index * 17) % 45)}%` }} />
      ))}
    </div>
  );
}

/** Shows what a query has come to: loading, failed, or its data. */
export function Loaded<T>({ query, rows, children }: { query: { data: T | undefined; error: unknown; refetch: () => unknown }; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Loading rows={rows} />;
}

const STATUS: Record<string, string> = {
  completed: 'ok', succeeded: 'ok', serving: 'ok', active: 'ok', done: 'ok', generated: 'ok',
  failed: 'bad', dead: 'bad', revoked: 'bad',
  in_progress: 'busy', running: 'busy', building: 'busy', extractive: 'busy',
  queued: 'warn', expired: 'warn', unsupported: 'warn',
};

export function Status({ value }: { value: string }) {
  const key = value.toLowerCase();
  return <span className={`pill ${STATUS[key] ?? ''}`}>{text.status[key as keyof typeof text.status] ?? value}</span>;
}

export function Bar({ value, label }: { value: number; label: string }) {
  return (
    <div className="bar" role="progressbar" aria-label={label} aria-valuenow={Math.round(value * 100)} aria-valuemin={0} aria-valuemax={100}>
      <i style={{ width: `${value * 100}%` }} />
    </div>
  );
}

export function Time({ at }: { at: string | number | null }) {
  if (at === null) return <span className="muted">{text.common.never}</span>;
  return (
    <time className="nowrap" dateTime={toDate(at).toISOString()} title={fullTime(at)}>
      {ago(at)}
    </time>
  );
}

export function Dialog({ title, about, wide, onClose, children, footer, onSubmit }: { title: string; about?: ReactNode; wide?: boolean; onClose: () => void; children: ReactNode; footer: ReactNode; onSubmit?: () => void }) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className={`modal ${wide ? 'wide' : ''}`}>
        <AriaDialog className="dialog">
          <header>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {about && <p>{about}</p>}
          </header>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              onSubmit?.();
            }}
          >
            <div className="body">{children}</div>
            <footer>{footer}</footer>
          </form>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before what cannot be undone. */
export function Confirm({ title, children, action, busy, error, onConfirm, onClose }: { title: string; children: ReactNode; action: string; busy: boolean; error: unknown; onConfirm: () => void; onClose: () => void }) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      onSubmit={onConfirm}
      footer={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="danger" type="submit" busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      <div>{children}</div>
      {error ? <Failed error={error} /> : null}
    </Dialog>
  );
}

export interface Choice {
  id: string;
  label: string;
  icon?: IconName;
  danger?: boolean;
  run: () => void;
}

export function Menu({ label, children, choices, className = 'button small quiet icon' }: { label: string; children?: ReactNode; choices: Choice[]; className?: string }) {
  return (
    <MenuTrigger>
      <PressButton className={className} aria-label={children ? undefined : label}>
        {children ?? <Icon name="more" />}
      </PressButton>
      <Popover className="popover" placement="bottom end">
        <AriaMenu className="menu" aria-label={label} onAction={(id) => choices.find((choice) => choice.id === id)?.run()}>
          {choices.map((choice) => (
            <MenuItem key={choice.id} id={choice.id} textValue={choice.label} className={`menu-item ${choice.danger ? 'danger' : ''}`}>
              {choice.icon && <Icon name={choice.icon} />}
              {choice.label}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

/** @param bare only its icon, where there is little room */
export function Copy({ value, label = text.common.copy, look, bare }: { value: string; label?: string; look?: Look; bare?: boolean }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      small
      look={bare ? 'quiet' : look}
      icon={copied ? 'check' : 'copy'}
      aria-label={bare ? (copied ? text.common.copied : label) : undefined}
      onClick={() => {
        void navigator.clipboard.writeText(value).then(() => {
          setCopied(true);
          setTimeout(() => setCopied(false), 1600);
        });
      }}
    >
      {bare ? null : copied ? text.common.copied : label}
    </Button>
  );
}

export function Code({ children }: { children: string }) {
  return (
    <div className="code">
      <pre tabIndex={0}>{children}</pre>
      <Copy value={children} />
    </div>
  );
}
