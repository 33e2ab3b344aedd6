import { useId, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import { text } from '../text';
import { Button } from './kit';

/** The first lines of a text, whole ones, and a way to the others where there are more. */
export function Clamped({ children, className = '' }: { children: ReactNode; className?: string }) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const [hides, setHides] = useState(false);
  useLayoutEffect(() => {
    // What is open hides nothing; it is measured again when it is closed.
    if (open) return;
    const element = box.current!;
    const measure = () => setHides(element.scrollHeight > element.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [open, children]);
  return (
    <>
      <div ref={box} id={id} className={`${className} ${open ? '' : 'clamped'}`}>
        {children}
      </div>
      {(hides || open) && (
        <Button small look="quiet" className="clamp-button" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          {open ? text.common.showLess : text.common.showAll}
        </Button>
      )}
    </>
  );
}
