import type { CSSProperties } from 'react';
import type { Warm } from '../lib/heat';

/** Text whose parts are the darker the hotter they are; what each was measured at is its title. */
export function HeatText({ pieces, title }: { pieces: Warm[]; title: (piece: Warm) => string }) {
  return (
    <>
      {pieces.map((piece) =>
        piece.heat === null ? (
          <span key={piece.start}>{piece.text}</span>
        ) : (
          <span key={piece.start} className="heat" title={title(piece)} style={{ '--heat': `${Math.round(piece.heat * 100)}%` } as CSSProperties}>
            {piece.text}
          </span>
        ),
      )}
    </>
  );
}

export function HeatScale({ low, high }: { low: string; high: string }) {
  return (
    <div className="heat-scale small muted">
      <span>{low}</span>
      <i aria-hidden="true" />
      <span>{high}</span>
    </div>
  );
}
