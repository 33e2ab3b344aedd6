import { useRef, useState, type ReactNode } from 'react';
import { filesOf } from '../lib/uploads';
import { text } from '../text';
import { Icon } from './icons';
import { Button } from './kit';

export type Picked = { path: string; file: File };

/** Takes files and folders: by drop, or by two buttons for those who do not drag. */
export function Drop({ onFiles }: { onFiles: (files: Picked[]) => void }) {
  const { over, handlers } = useDrop(onFiles);
  return (
    <div className={`drop ${over ? 'over' : ''}`} {...handlers}>
      <Icon name="upload" />
      <strong>{over ? text.collection.dropNow : text.collection.drop}</strong>
      <span className="small">{text.collection.dropHow}</span>
      <PickButtons onFiles={onFiles} />
    </div>
  );
}

export function PickButtons({ onFiles, primary }: { onFiles: (files: Picked[]) => void; primary?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    const picked = [...(input.files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
    input.value = '';
    if (picked.length > 0) onFiles(picked);
  };
  return (
    <div className="row">
      <Button small={!primary} look={primary ? 'primary' : undefined} icon={primary ? 'upload' : 'file'} onClick={() => files.current?.click()}>
        {text.collection.upload}
      </Button>
      <Button small={!primary} icon="folder" onClick={() => folder.current?.click()}>
        {text.collection.uploadFolder}
      </Button>
      <input ref={files} type="file" multiple hidden aria-label={text.collection.upload} onChange={(event) => take(event.currentTarget)} />
      <input ref={folder} type="file" multiple hidden aria-label={text.collection.uploadFolder} {...{ webkitdirectory: '' }} onChange={(event) => take(event.currentTarget)} />
    </div>
  );
}

export function useDrop(onFiles: (files: Picked[]) => void): { over: boolean; handlers: { [K in 'onDragEnter' | 'onDragOver' | 'onDragLeave' | 'onDrop']: (event: React.DragEvent) => void } } {
  // Entering a child leaves the parent: only the sum says whether the drag is inside.
  const inside = useRef(0);
  const [over, setOver] = useState(false);
  const move = (by: number) => {
    inside.current += by;
    setOver(inside.current > 0);
  };
  const carries = (event: React.DragEvent) => event.dataTransfer.types.includes('Files');
  return {
    over,
    handlers: {
      onDragEnter: (event) => {
        if (carries(event)) move(1);
      },
      onDragOver: (event) => {
        if (carries(event)) event.preventDefault();
      },
      onDragLeave: (event) => {
        if (carries(event)) move(-1);
      },
      onDrop: (event) => {
        if (!carries(event)) return;
        // Of two that lie in one another only the inner one takes the files.
        const taken = event.defaultPrevented;
        event.preventDefault();
        inside.current = 0;
        setOver(false);
        if (taken) return;
        void filesOf(event.dataTransfer.items).then((found) => found.length > 0 && onFiles(found));
      },
    },
  };
}

export function Droppable({ onFiles, children }: { onFiles: ((files: Picked[]) => void) | null; children: ReactNode }) {
  const { over, handlers } = useDrop(onFiles ?? (() => {}));
  return (
    <div {...(onFiles ? handlers : {})} className="stack">
      {onFiles && over && (
        <div className="drop over">
          <strong>{text.collection.dropNow}</strong>
        </div>
      )}
      {children}
    </div>
  );
}
