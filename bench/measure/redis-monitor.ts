import { createClient } from '@keyv/redis';

/** A command that a client sent, and what it did if it is a script. */
export interface SentCommand {
  /** In lower case. */
  name: string;
  /** The line of MONITOR behind the name. */
  rest: string;
  /** Names of the commands that the script ran, in lower case. */
  inside: string[];
}

/** `1732701234.123456 [0 127.0.0.1:50000] "evalsha" …`; a script's commands follow it, as `[0 lua]`. */
const LINE = /^\S+ \[\d+ ([^\]]+)\] "([^"]+)"(.*)$/s;
/** Answers the monitor's client, which is no part of what is watched. */
const END = 'end-of-watch';

/** All commands that a Redis is sent while `act` goes on. Other scripts cannot come between one and its commands. */
export async function watchCommands(
  url: string,
  act: () => Promise<unknown>,
): Promise<SentCommand[]> {
  const [watcher, sender] = [createClient({ url }), createClient({ url })];
  const sent: SentCommand[] = [];
  try {
    await Promise.all([watcher.connect(), sender.connect()]);
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => (ended = resolve));
    await watcher.monitor((line) => {
      const [, source, name = '', rest = ''] = LINE.exec(line) ?? [];
      if (source === 'lua') sent.at(-1)?.inside.push(name.toLowerCase());
      else if (rest.includes(END)) ended();
      else sent.push({ name: name.toLowerCase(), rest, inside: [] });
    });
    await act();
    // what was sent before this has been told before this
    await sender.echo(END);
    await end;
  } finally {
    watcher.destroy();
    sender.destroy();
  }
  return sent;
}

/** How many keys a script was called with: `"evalsha" "<digest>" "<number>" "<key>" …`. */
export const keysOf = ({ rest }: SentCommand): number =>
  Number(/^ "[^"]*" "(\d+)"/.exec(rest)?.[1]);

const SCRIPTS: ReadonlySet<string> = new Set(['evalsha', 'eval', 'fcall']);

/** The script calls that had this text among their keys or arguments. */
export const scriptsWith = (sent: readonly SentCommand[], text: string): SentCommand[] =>
  sent.filter(({ name, rest }) => SCRIPTS.has(name) && rest.includes(text));
