import { useId } from 'react';

// Small charts in SVG. Each is an image with a sentence to those who cannot see it, and each page
// that shows one has the same numbers as a table.

const WIDTH = 720;
const HEIGHT = 190;
const LEFT = 58;
const BOTTOM = 26;
const TOP = 12;

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

function steps(max: number): number[] {
  const rough = max / 3;
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power * 10;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}

function Axes({ max, ticks, format, places }: { max: number; ticks: string[]; format: (value: number) => string; places: number }) {
  const every = Math.max(1, Math.ceil(ticks.length / 6));
  return (
    <>
      {steps(max).map((value) => (
        <g key={value}>
          <line className="axis" x1={LEFT} x2={WIDTH} y1={y(value, max)} y2={y(value, max)} />
          <text x={LEFT - 6} y={y(value, max) + 5} textAnchor="end">
            {value === 0 ? '0' : format(value)}
          </text>
        </g>
      ))}
      {ticks.map((tick, index) =>
        index % every === 0 ? (
          <text key={index} x={LEFT + ((index + 0.5) * (WIDTH - LEFT)) / places} y={HEIGHT - 5} textAnchor="middle">
            {tick}
          </text>
        ) : null,
      )}
    </>
  );
}

function y(value: number, max: number): number {
  return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / (max || 1));
}

export function Bars({ series, label, ticks, format }: Frame & { series: Series[] }) {
  const places = ticks.length;
  const sums = ticks.map((_, place) => series.reduce((sum, one) => sum + (one.values[place] ?? 0), 0));
  const max = Math.max(1, ...sums) * 1.08;
  const width = (WIDTH - LEFT) / places;
  return (
    <Chart label={label} series={series}>
      <Axes max={max} ticks={ticks} format={format} places={places} />
      {ticks.map((tick, place) => {
        let below = 0;
        return series.map((one, index) => {
          const value = one.values[place] ?? 0;
          if (value === 0) return null;
          const top = y(below + value, max);
          const height = y(below, max) - top;
          below += value;
          return (
            <rect key={`${place}-${index}`} className={`c${one.colour}`} stroke="none" strokeWidth="0" x={LEFT + place * width + width * 0.14} width={Math.max(1, width * 0.72)} y={top} height={height}>
              <title>{`${tick} · ${one.name}: ${format(value)}`}</title>
            </rect>
          );
        });
      })}
    </Chart>
  );
}

/** @param max the top of the scale, where it is known */
export function Lines({ series, label, ticks, format, max: most }: Frame & { series: Series[]; max?: number }) {
  const places = ticks.length;
  const max = most ?? Math.max(1, ...series.flatMap((one) => one.values.map((value) => value ?? 0))) * 1.08;
  const x = (place: number) => LEFT + ((place + 0.5) * (WIDTH - LEFT)) / places;
  return (
    <Chart label={label} series={series}>
      <Axes max={max} ticks={ticks} format={format} places={places} />
      {series.map((one) => {
        let path = '';
        let pen = false;
        one.values.forEach((value, place) => {
          if (value === null) pen = false;
          else {
            path += `${pen ? 'L' : 'M'}${x(place)} ${y(value, max)}`;
            pen = true;
          }
        });
        return (
          <g key={one.name} className={`c${one.colour}`}>
            <path d={path} style={{ fill: 'none' }} strokeWidth="2" strokeDasharray={one.dashed ? '4 4' : undefined} strokeLinejoin="round" />
            {one.values.map((value, place) =>
              value === null ? null : (
                <circle key={place} cx={x(place)} cy={y(value, max)} r="2.6" stroke="none">
                  <title>{`${ticks[place]} · ${one.name}: ${format(value)}`}</title>
                </circle>
              ),
            )}
          </g>
        );
      })}
    </Chart>
  );
}

function Chart({ label, series, children }: { label: string; series: Series[]; children: React.ReactNode }) {
  const id = useId();
  return (
    <figure>
      <svg className="chart" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby={id}>
        <title id={id}>{label}</title>
        {children}
      </svg>
      <figcaption className="legend">
        {series.map((one) => (
          <span key={one.name}>
            <i className={`c${one.colour}`} style={one.dashed ? { opacity: 0.55 } : undefined} />
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
