import { hostname, userInfo } from 'node:os';
import { Logger } from '@nestjs/common';
import { FastCounterError } from '../errors.js';
import { isAway } from '../incidents/is-away.js';
import { VERSION } from '../version.js';
import { reasonOf } from '../words/quote.js';
import { numberOf, readArguments, textOf } from './arguments.js';
import { generalHelp, verbHelp } from './help.js';
import { openObserver, type Opened } from './observer/open.js';
import { asJson } from './output/json.js';
import { missing, placeOf } from './place.js';
import { Refusal } from './refusal.js';
import type { Answer, Call, ExitStatus, Options, Verb } from './verb.js';
import { VERBS } from './verbs.js';

/** Where a command writes. */
export interface Streams {
  out(text: string): void;
  error(text: string): void;
  /** Whether somebody looks at it. */
  isTerminal: boolean;
  environment: NodeJS.ProcessEnv;
}

/** Errors that say that the command line asks for what cannot be. */
const WRONG_INPUT: ReadonlySet<string> = new Set([
  ...['INVALID_OPTIONS', 'INVALID_ARGUMENT', 'INVALID_COUNTER_NAME'],
]);

/** Runs one command, and answers its exit status. Never rejects. */
export async function run(given: readonly string[], streams: Streams): Promise<ExitStatus> {
  // Nest's would go to standard output
  const told = (text: unknown): void => streams.error(`${String(text)}\n`);
  Logger.overrideLogger({ log: () => undefined, warn: told, error: told });
  let json = given.includes('--json');
  try {
    const { verb, operands, options } = readArguments(given, VERBS);
    json = options.json === true;
    if (options.version === true) return printed([VERSION], streams);
    if (verb === undefined || options.help === true) {
      if (verb !== undefined) return printed(verbHelp(verb), streams);
      const help = generalHelp(VERBS);
      if (options.help === true) return printed(help, streams);
      streams.error(lines(help));
      return 64;
    }
    return await call(verb, operands, options, streams);
  } catch (error) {
    return failed(error, json, streams);
  }
}

async function call(
  verb: Verb,
  operands: readonly string[],
  options: Options,
  streams: Streams,
): Promise<ExitStatus> {
  const place = placeOf(options, streams.environment, verb.name);
  if (place.redis === undefined && verb.embedded !== true) throw missing('redis', verb.name);
  const timeout = numberOf(options, 'timeout');
  let opening: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => openObserver(place, timeout && timeout * 1000);
  const asked: Call = {
    ...{ operands, options, json: options.json === true, isTerminal: streams.isTerminal },
    connect: () => (opening ??= open()),
    reconnect: async () => {
      const former = await opening;
      const opened = await open();
      opening = Promise.resolve(opened);
      await former?.close().catch(() => undefined);
      return opened;
    },
    isMeant: options.yes === true && options['dry-run'] !== true,
    by: textOf(options, 'by') ?? `${userName()}@${hostname()}`,
    line: (text) => streams.out(`${text}\n`),
    progress: (text) => streams.error(`${text}\n`),
  };
  try {
    const answer = await verb.run(asked);
    print(answer, asked.json, streams);
    return answer.exit;
  } finally {
    const opened = await opening?.catch(() => undefined);
    await opened?.close().catch(() => undefined);
  }
}

function print({ data, text }: Answer, json: boolean, streams: Streams): void {
  if (json) {
    if (data !== undefined) streams.out(`${asJson(data, 2)}\n`);
  } else if (text.length > 0) streams.out(lines(text));
}

function printed(text: readonly string[], streams: Streams): ExitStatus {
  streams.out(lines(text));
  return 0;
}

/** Tells what went wrong, to people and, with `--json`, to programs. */
function failed(error: unknown, json: boolean, streams: Streams): ExitStatus {
  const { code, exit } = kindOf(error);
  const message = error instanceof Refusal ? error.message : reasonOf(error);
  if (json) streams.out(`${asJson({ error: { code, message } }, 2)}\n`);
  streams.error(`fastcounter: ${message}\n`);
  if (code === 'USAGE') streams.error('"fastcounter --help" tells what there is\n');
  return exit;
}

function kindOf(error: unknown): { code: string; exit: ExitStatus } {
  if (error instanceof Refusal) return { code: 'USAGE', exit: 64 };
  if (!(error instanceof FastCounterError)) return { code: 'UNEXPECTED', exit: 2 };
  const { code } = error;
  return { code, exit: WRONG_INPUT.has(code) && !isAway(error) ? 64 : 2 };
}

const lines = (text: readonly string[]): string => text.map((line) => `${line}\n`).join('');

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // a container may have no name for its user
    return 'somebody';
  }
}
