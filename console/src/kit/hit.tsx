import { Link } from 'wouter';
import type { Hit } from '../api/types';
import { score } from '../lib/format';
import { plain, shares } from '../lib/score';
import { pieces } from '../lib/spans';
import { text } from '../text';
import { Clamped } from './clamped';

const t = text.playground;
const COLOURS = 6;

export function HitView({ hit, rank, best, moved }: { hit: Hit; rank: number; best: number; moved: string | null }) {
  const { source } = hit;
  const parts = shares(hit.explanation);
  const where = [...source.heading_path, ...(source.page_from > 0 ? [text.file.page(source.page_from, source.page_to)] : [])].join(' › ');
  return (
    <li className="hit">
      <div className="hit-head">
        <div className="grow">
          <strong>
            {rank}.{' '}
            <Link href={`/collections/${source.collection_id}/files/${source.file_id}?at=${source.span.start}-${source.span.end}`}>{source.filename}</Link>
          </strong>
          {where && <div className="small muted break">{where}</div>}
        </div>
        {moved && <span className="tag">{moved}</span>}
      </div>
      <Clamped className="hit-text">
        {pieces(hit.text, hit.highlights).map((piece) => (piece.covers.length > 0 ? <mark key={piece.start}>{piece.text}</mark> : <span key={piece.start}>{piece.text}</span>))}
      </Clamped>
      <div className="score">
        <div className="score-bar" role="img" aria-label={`${t.scored} ${score(hit.score)}: ${parts.map((part) => `${plain(part.label)} ${score(part.value)}`).join(', ')}`}>
          {parts.map((part, index) => (
            <i key={index} className={`c${index % COLOURS}`} title={`${part.label}: ${score(part.value)}`} style={{ width: `${100 * part.share * Math.min(1, best > 0 ? hit.score / best : 0)}%` }} />
          ))}
        </div>
        <span className="small num nowrap">
          {t.scored} <strong>{score(hit.score)}</strong>
        </span>
        <div className="legend">
          {parts.slice(0, 8).map((part, index) => (
            <span key={index} className="break" title={part.label}>
              <i className={`c${index % COLOURS}`} />
              {plain(part.label)} {score(part.value)}
            </span>
          ))}
        </div>
      </div>
    </li>
  );
}
