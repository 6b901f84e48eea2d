// Draws docs/pictures/*.svg from the text beside each of them. `node scripts/picture.mjs` draws all anew.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const folder = fileURLToPath(new URL('../docs/pictures/', import.meta.url));

const WIDTH = 230;
const LINE = 17;
const GAP = 16;
const TOP = 84;
const COLUMNS = ['count', 'redis', 'work', 'data'];

/** Colours for a light page and for a dark one. */
const STYLE = `
text { font: 13px sans-serif; fill: #1f2328 }
.title, .column { font-weight: bold }
.life { stroke: #d1d9e0 }
.arrow { stroke: #0969da; stroke-width: 1.5 }
.head { fill: #0969da }
.box { fill: #f6f8fa; stroke: #818b98 }
.page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .life { stroke: #3d444d }
  .arrow { stroke: #4493f8 }
  .head { fill: #4493f8 }
  .box { fill: #151b23; stroke: #9198a1 }
  .page { fill: #0d1117 }
}`;

/** A step: an arrow between two columns, or a box in one. */
function stepOf(line) {
  const [, from, to, words] = /^(\w+)(?: → (\w+))?: (.+)$/.exec(line) ?? [];
  const places = [from, to ?? from].map((name) => COLUMNS.indexOf(name));
  if (places.includes(-1)) throw new Error(`No step: ${line}`);
  return { from: places[0], to: places[1], lines: words.split(' / ') };
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const middleOf = (column) => Math.round((column + 0.5) * WIDTH);

function words(lines, x, y, kind = '') {
  const classes = kind === '' ? '' : ` class="${kind}"`;
  return lines.map(
    (line, index) =>
      `<text${classes} x="${x}" y="${y + index * LINE}" text-anchor="middle">${escaped(line)}</text>`,
  );
}

function box({ from, lines }, y) {
  const height = lines.length * LINE + 12;
  return [
    `<rect class="box" x="${middleOf(from) - WIDTH / 2 + 4}" y="${y}" width="${WIDTH - 8}" height="${height}" rx="4"/>`,
    ...words(lines, middleOf(from), y + LINE + 1),
  ];
}

/** The words stand above the arrow. */
function arrow({ from, to, lines }, y) {
  const right = to > from;
  const [start, end] = [middleOf(from), middleOf(to) - (right ? 7 : -7)];
  const at = y + lines.length * LINE + 2;
  const tip = middleOf(to) - (right ? 1 : -1);
  return [
    ...words(lines, (start + end) / 2, y + LINE - 5),
    `<line class="arrow" x1="${start}" y1="${at}" x2="${end}" y2="${at}"/>`,
    `<path class="head" d="M${tip} ${at}L${end} ${at - 4}V${at + 4}Z"/>`,
  ];
}

/** The picture that a text describes. */
export function draw(text) {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [title, columns] = ['title', 'columns'].map(
    (key) => lines.find((line) => line.startsWith(`${key}: `))?.slice(key.length + 2) ?? '',
  );
  const drawn = [];
  let y = TOP;
  for (const step of lines.slice(2).map(stepOf)) {
    drawn.push(...(step.from === step.to ? box : arrow)(step, y));
    y += step.lines.length * LINE + GAP + (step.from === step.to ? 12 : 4);
  }
  const width = COLUMNS.length * WIDTH;
  const heads = columns
    .split(' | ')
    .flatMap((name, column) => [
      `<line class="life" x1="${middleOf(column)}" y1="${TOP - 16}" x2="${middleOf(column)}" y2="${y}"/>`,
      ...words([name], middleOf(column), TOP - 26, 'column'),
    ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y + 8}" viewBox="0 0 ${width} ${y + 8}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="page" width="${width}" height="${y + 8}"/>`,
    ...words([title], width / 2, 28, 'title'),
    ...heads,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

/** Each picture, by the name of its text. */
export const pictures = () =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => ({
      path: join(folder, file.replace(/txt$/, 'svg')),
      svg: draw(readFileSync(join(folder, file), 'utf8')),
    }));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { path, svg } of pictures()) writeFileSync(path, svg);
}
