import { useId, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import { alone, named, scale, wide } from '../lib/chart';

// Small charts in SVG. Each is an image with a sentence to those who cannot see it, and each page
// that shows one has the same numbers as a table. They are drawn in the pixels that they have, so
// that their letters are as large as the page's.

const BOTTOM = 24;
const TOP = 9;
/** Between a number of the scale and its line. */
const BESIDE = 8;
/** Closer than this, the points of a line would hide it. */
const POINTS_APART = 9;

export interface Series {
  name: string;
  /** One for each place; null where there is nothing. */
  values: (number | null)[];
  colour: number;
  dashed?: boolean;
}

interface Frame {
  label: string;
  ticks: string[];
  format: (value: number) => string;
}

interface Size {
  width: number;
  height: number;
}

/** Where values stand in a chart of a size. */
interface Plot extends Size {
  left: number;
  steps: number[];
  x: (place: number) => number;
  y: (value: number) => number;
}

function plot(size: Size, steps: number[], ticks: string[], format: (value: number) => string): Plot {
  const left = Math.max(...steps.map((step) => wide(step === 0 ? '0' : format(step)))) + BESIDE;
  const top = steps.at(-1)!;
  return {
    ...size,
    left,
    steps,
    x: (place) => left + ((place + 0.5) * (size.width - left)) / ticks.length,
    y: (value) => TOP + (size.height - TOP - BOTTOM) * (1 - value / top),
  };
}

function Axes({ at, ticks, format }: { at: Plot; ticks: string[]; format: (value: number) => string }) {
  return (
    <>
      {at.steps.map((value) => (
        <g key={value}>
          <line className="axis" x1={at.left} x2={at.width} y1={at.y(value)} y2={at.y(value)} />
          <text x={at.left - BESIDE} y={at.y(value) + 4} textAnchor="end">
            {value === 0 ? '0' : format(value)}
          </text>
        </g>
      ))}
      {named(ticks, at.left, at.width).map((place) => (
        <text key={place} x={at.x(place)} y={at.height - 4} textAnchor="middle">
          {ticks[place]}
        </text>
      ))}
    </>
  );
}

/** Of numbers of something, one upon the other. */
export function Bars({ series, label, ticks, format }: Frame & { series: Series[] }) {
  const sums = ticks.map((_, place) => series.reduce((sum, one) => sum + (one.values[place] ?? 0), 0));
  const steps = scale(Math.max(1, ...sums), true);
  return (
    <Chart label={label} series={series}>
      {(size) => {
        const at = plot(size, steps, ticks, format);
        const width = (size.width - at.left) / ticks.length;
        return (
          <>
            <Axes at={at} ticks={ticks} format={format} />
            {ticks.map((tick, place) => {
              let below = 0;
              return series.map((one, index) => {
                const value = one.values[place] ?? 0;
                if (value === 0) return null;
                const top = at.y(below + value);
                const height = at.y(below) - top;
                below += value;
                return (
                  <rect key={`${place}-${index}`} className={`c${one.colour}`} stroke="none" strokeWidth="0" x={at.x(place) - width * 0.36} width={Math.max(1, width * 0.72)} y={top} height={height}>
                    <title>{`${tick} · ${one.name}: ${format(value)}`}</title>
                  </rect>
                );
              });
            })}
          </>
        );
      }}
    </Chart>
  );
}

/** @param max the top of the scale, where it is known */
export function Lines({ series, label, ticks, format, max }: Frame & { series: Series[]; max?: number }) {
  const steps = scale(max ?? Math.max(1, ...series.flatMap((one) => one.values.map((value) => value ?? 0))));
  return (
    <Chart label={label} series={series}>
      {(size) => {
        const at = plot(size, steps, ticks, format);
        const dense = (size.width - at.left) / ticks.length < POINTS_APART;
        return (
          <>
            <Axes at={at} ticks={ticks} format={format} />
            {series.map((one) => (
              <g key={one.name} className={`c${one.colour}`}>
                <path d={path(one.values, at)} style={{ fill: 'none' }} strokeWidth="2" strokeDasharray={one.dashed ? '4 4' : undefined} strokeLinejoin="round" />
                {one.values.map((value, place) =>
                  value === null ? null : (
                    <Point key={place} x={at.x(place)} y={at.y(value)} alone={alone(one.values, place)} dense={dense} hollow={one.dashed === true} title={`${ticks[place]} · ${one.name}: ${format(value)}`} />
                  ),
                )}
              </g>
            ))}
          </>
        );
      }}
    </Chart>
  );
}

function path(values: readonly (number | null)[], at: Plot): string {
  let result = '';
  let pen = false;
  values.forEach((value, place) => {
    if (value === null) pen = false;
    else {
      result += `${pen ? 'L' : 'M'}${at.x(place)} ${at.y(value)}`;
      pen = true;
    }
  });
  return result;
}

/** One that no line leads to is all that can be seen of its series. */
function Point({ x, y, alone: lone, dense, hollow, title }: { x: number; y: number; alone: boolean; dense: boolean; hollow: boolean; title: string }) {
  return (
    <circle cx={x} cy={y} r={lone ? 5 : dense ? 1.5 : 3} {...(hollow ? { style: { fill: 'var(--surface)' } as CSSProperties, strokeWidth: 2 } : { stroke: 'none', strokeWidth: 0 })}>
      <title>{title}</title>
    </circle>
  );
}

function Chart({ label, series, children }: { label: string; series: Series[]; children: (size: Size) => ReactNode }) {
  const id = useId();
  const area = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Size | null>(null);
  // Before it is painted for the first time, so that nothing moves.
  useLayoutEffect(() => {
    const element = area.current!;
    const measure = () => {
      const now = { width: element.clientWidth, height: element.clientHeight };
      setSize((before) => (before?.width === now.width && before.height === now.height ? before : now));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <figure className="chart-figure">
      <div className="chart-area" ref={area}>
        {size !== null && size.width > 0 && (
          <svg className="chart" width={size.width} height={size.height} role="img" aria-labelledby={id}>
            <title id={id}>{label}</title>
            {children(size)}
          </svg>
        )}
      </div>
      <figcaption className="legend">
        {series.map((one) => (
          <span key={one.name}>
            <i className={`c${one.colour} ${one.dashed ? 'hollow' : ''}`} />
            {one.name}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** A mean with its interval on a common scale. */
export function Interval({ low, mean, high, from, to, colour, zero, label }: { low: number; mean: number; high: number; from: number; to: number; colour: number; zero?: boolean; label: string }) {
  const x = (value: number) => (100 * (value - from)) / (to - from || 1);
  return (
    <svg className="interval-track" viewBox="0 0 100 20" preserveAspectRatio="none" width="100%" height="20" role="img" aria-label={label}>
      <line x1="0" x2="100" y1="10" y2="10" stroke="var(--border)" vectorEffect="non-scaling-stroke" />
      {zero && <line x1={x(0)} x2={x(0)} y1="1" y2="19" stroke="var(--border-strong)" vectorEffect="non-scaling-stroke" />}
      <line className={`c${colour}`} x1={x(low)} x2={Math.max(x(high), x(low) + 0.6)} y1="10" y2="10" strokeWidth="6" strokeOpacity="0.35" strokeLinecap="round" vectorEffect="non-scaling-stroke" />
      <line className={`c${colour}`} x1={x(mean)} x2={x(mean)} y1="3" y2="17" strokeWidth="3" vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
