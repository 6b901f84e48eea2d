import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { brief, count } from './format.js';

/** One bar. */
export interface Point {
  label: string;
  value: string;
  /** Nothing is known of this window: a gap. */
  gap?: boolean;
  /** The window is not over. */
  running?: boolean;
}

const HEIGHT = 200;
const TOP = 18;
const BOTTOM = 24;
const LABELS = 6;

/** A round number that is not below. */
function ceiling(value: number): number {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 8, 10].find((it) => it * power >= value) ?? 10) * power;
}

/** Bars, with words for who does not see them; the table below has every value. */
export function Bars({
  caption,
  points,
}: {
  caption: string;
  points: readonly Point[];
}): JSX.Element {
  const hatch = useId();
  const values = points.map(({ value }) => Number(value));
  const most = ceiling(Math.max(0, ...values));
  const least = Math.min(0, ...values) < 0 ? -ceiling(Math.max(...values.map((it) => -it))) : 0;
  const room = HEIGHT - TOP - BOTTOM;
  const y = (value: number): number => TOP + room * (1 - (value - least) / (most - least));
  const ticks = [...new Set([least, 0, most / 2, most])];
  const step = 100 / Math.max(1, points.length);
  const every = Math.max(1, Math.ceil(points.length / LABELS));
  const highest = points[values.indexOf(Math.max(...values))];
  const words = `${caption}. ${points.length} bars${
    highest === undefined || Number(highest.value) === 0
      ? ', all of them zero'
      : `, the highest is ${highest.label} with ${count(highest.value)}`
  }. The table below has all values.`;
  return (
    <svg class="chart" role="img" aria-label={words} height={HEIGHT}>
      <defs>
        <pattern
          id={hatch}
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect class="hatch-ground" width="6" height="6" />
          <rect class="hatch-line" width="3" height="6" />
        </pattern>
      </defs>
      {ticks.map((value) => (
        <g key={value}>
          <line
            class={value === 0 ? 'axis zero' : 'axis'}
            x1="0"
            x2="100%"
            y1={y(value)}
            y2={y(value)}
          />
        </g>
      ))}
      {points.map(({ label, gap = false, running = false }, place) => {
        const value = values[place] ?? 0;
        const height = Math.max(Math.abs(y(value) - y(0)), 2);
        return (
          <g key={label + String(place)}>
            {gap ? (
              <rect
                class="gap"
                x={`${(place + 0.1) * step}%`}
                width={`${step * 0.8}%`}
                y={TOP}
                height={room}
              />
            ) : (
              <rect
                class={value === 0 ? 'zero' : 'full'}
                fill={running && value !== 0 ? `url(#${hatch})` : undefined}
                x={`${(place + 0.1) * step}%`}
                width={`${step * 0.8}%`}
                y={value < 0 ? y(0) : y(0) - height}
                height={height}
              >
                <title>{`${label}: ${count(points[place]?.value ?? 0)}`}</title>
              </rect>
            )}
            {(points.length - 1 - place) % every === 0 && place >= every / 3 && (
              <text
                class="tick"
                x={`${(place + 0.5) * step}%`}
                y={HEIGHT - 6}
                text-anchor={place === points.length - 1 && points.length > 8 ? 'end' : 'middle'}
              >
                {label}
              </text>
            )}
          </g>
        );
      })}
      {ticks.map(
        (value) =>
          value !== 0 && (
            <text key={value} class="tick" x="0" y={y(value) - 5}>
              {brief(value)}
            </text>
          ),
      )}
    </svg>
  );
}

/** The last minute, beside its number. */
export function Sparks({ values }: { values: readonly number[] }): JSX.Element {
  const most = Math.max(1, ...values);
  const step = 100 / values.length;
  return (
    <svg class="sparks" height="32" aria-hidden="true">
      {values.map((value, place) => {
        const height = value === 0 ? 1 : Math.max(2, (value / most) * 32);
        return (
          <rect
            key={place}
            class={value === 0 ? 'zero' : ''}
            x={`${place * step}%`}
            width={`${step * 0.7}%`}
            y={32 - height}
            height={height}
          />
        );
      })}
    </svg>
  );
}
