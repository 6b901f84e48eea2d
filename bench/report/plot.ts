import type { Plot } from '../question.js';
import { readable } from './numbers.js';
import type { QuestionResult } from './result.js';

const WIDTH = 760;
const LABELS = 300;
const VALUES = 90;
const BAR = 18;
const GAP = 8;
const TOP = 40;

/** Readable on light and on dark pages. */
const COLORS = { text: '#808890', ours: '#2f81f7', peer: '#8b949e', spread: '#d29922' };

/** Bars with the spread of the rounds; on a logarithmic scale, one line for every power of ten. */
export function toSvg({ contestants }: QuestionResult, plot: Plot, ours: string): string {
  const bars = Object.entries(contestants)
    .map(([label, metrics]) => ({ label, summary: metrics[plot.metric] }))
    .filter(({ summary }) => Number.isFinite(summary?.median));
  const largest = Math.max(...bars.map(({ summary }) => summary?.max ?? 0));
  const smallest = Math.min(...bars.map(({ summary }) => summary?.min ?? Infinity));
  const first = plot.logarithmic === true ? Math.floor(Math.log10(smallest)) : 0;
  const room = WIDTH - LABELS - VALUES;
  const at = (value: number): number =>
    plot.logarithmic === true
      ? (room * (Math.log10(value) - first)) / (Math.log10(largest) - first)
      : (room * value) / largest;

  const height = TOP + bars.length * (BAR + GAP) + GAP;
  const lines: string[] = [];
  for (let power = first; plot.logarithmic === true && 10 ** power <= largest; power++) {
    const x = LABELS + at(10 ** power);
    lines.push(
      `<line x1="${x}" y1="${TOP - 8}" x2="${x}" y2="${height - GAP}" stroke="${COLORS.peer}" stroke-opacity="0.3"/>`,
      `<text x="${x}" y="${TOP - 12}" text-anchor="middle" font-size="10" fill="${COLORS.text}">${readable(10 ** power)}</text>`,
    );
  }
  bars.forEach(({ label, summary }, index) => {
    const { median = 0, min = 0, max = 0 } = summary ?? {};
    const y = TOP + index * (BAR + GAP);
    const middle = y + BAR / 2;
    const color = label.includes(ours) ? COLORS.ours : COLORS.peer;
    lines.push(
      `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end" fill="${COLORS.text}">${escaped(label)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${round(at(median))}" height="${BAR}" fill="${color}"/>`,
      `<line x1="${round(LABELS + at(min))}" y1="${middle}" x2="${round(LABELS + at(max))}" y2="${middle}" stroke="${COLORS.spread}" stroke-width="2"/>`,
      `<text x="${round(LABELS + at(max) + 6)}" y="${middle + 4}" fill="${COLORS.text}">${readable(median)} ${plot.unit}</text>`,
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">
<title>${escaped(plot.title)}</title>
<text x="${LABELS}" y="14" fill="${COLORS.text}">${escaped(plot.title)}</text>
${lines.join('\n')}
</svg>
`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
