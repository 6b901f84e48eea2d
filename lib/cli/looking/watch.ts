import { pause } from '../../words/back-off.js';
import { numberOf } from '../arguments.js';
import { asJson } from '../output/json.js';
import type { Call, ExitStatus, Verb } from '../verb.js';
import { shownStatus, statusLine } from './shown-status.js';
import { exitOf, type WholeStatus, wholeStatus } from './whole-status.js';

/** Clears the screen, and begins at its top. */
const TOP = '\u001b[H\u001b[2J';

export const watch: Verb = {
  name: 'watch',
  takes: '',
  operands: { least: 0, most: 0 },
  does: 'Tell the status again every second, until Ctrl-C.',
  teaches: [
    'On a terminal it draws the status anew. Elsewhere, as in a pipe or a log, it prints a line each time; with --json, an object on each line.',
    'Its exit status is that of the last status.',
  ],
  options: {
    every: { value: 'SECONDS', does: 'the pause between two looks; default: 1' },
    times: { value: 'N', does: 'end after so many looks; default: go on' },
  },
  examples: ['watch', 'watch --every 10 --json >> counters.log'],
  async run(call) {
    const every = (numberOf(call.options, 'every') ?? 1) * 1000;
    const times = numberOf(call.options, 'times') ?? Infinity;
    const ended = new AbortController();
    const over = new Promise((resolve) => ended.signal.addEventListener('abort', resolve));
    const end = (): void => ended.abort();
    process.once('SIGINT', end).once('SIGTERM', end);
    let exit: ExitStatus = 0;
    let opened = await call.connect();
    for (let look = 1; !ended.signal.aborted; look++) {
      if (look > 1 && (await opened.hasChanged())) {
        // a namespace that nobody uses for a moment is looked at further
        opened = await call.reconnect().catch(() => opened);
      }
      const found = await wholeStatus(opened);
      exit = exitOf(found);
      show(found, call);
      if (look >= times) break;
      await Promise.race([pause(every), over]);
    }
    return { data: undefined, text: [], exit };
  },
};

function show(found: WholeStatus, { json, isTerminal, line }: Call): void {
  if (json) line(asJson(found));
  else if (isTerminal) line(`${TOP}${new Date().toISOString()}\n${shownStatus(found).join('\n')}`);
  else line(statusLine(found));
}
