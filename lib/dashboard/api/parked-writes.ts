import { createHash } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { readChange } from '../../input/change-options.js';
import type { ParkedCount } from '../../operating/parked-entry.js';
import { shortIds } from '../../operating/short-ids.js';
import { INT64_MAX, INT64_MIN } from '../../words/int64.js';
import { quote } from '../../words/quote.js';
import type { Caller } from '../http/access.guard.js';
import { Refusal } from '../http/refusal.js';
import type { ParkedCounter, ParkedWrite } from './answers.js';
import { addEntry } from './parked.js';
import { wrong } from './query.js';
import type { Sources } from './sources.js';

/** Counters of one replay or discard: those that somebody saw and selected. */
const MOST = 1_000;

interface Asked {
  id: string;
  names: string[];
  dryRun: boolean;
  /** The short id, typed. */
  confirm: unknown;
  /** What the dry run saw, as it named that. */
  seen: unknown;
  reason: string | undefined;
}

/** Replays and discards parked counts: after a dry run, of counters that are named, and with the id of the parcel typed. */
export class ParkedWriter {
  private readonly logger = new Logger('FastCounterDashboard');

  constructor(private readonly sources: Sources) {}

  async write(
    what: 'replay' | 'discard',
    body: Record<string, unknown>,
    { by }: Caller,
  ): Promise<ParkedWrite> {
    const asked = readAsked(body);
    const { id, names, dryRun, seen, reason } = asked;
    const change = readChange({ by, reason }, `${what}()`);
    const { found, entries } = await this.look(asked, what === 'replay');
    if (dryRun) return found;
    await this.expectConfirmed(asked);
    if (found.seen !== seen) throw changed(found.entries);
    const { parked } = this.sources;
    const done: ParkedWrite = { ...found, dryRun: false, refused: [], seen: undefined };
    // what changes from here on stays: nobody has seen that either
    if (what === 'replay') {
      const { replayed, refused } = await parked.replay(id, entries, change);
      Object.assign(done, { entries: replayed, refused });
    } else {
      done.entries = await parked.discard(id, entries, change);
    }
    done.changed = found.entries - done.entries - done.refused.length;
    this.logger.warn(
      `${by === undefined ? 'Somebody whom the option "by" does not name' : quote(by)}: ${what} of ${done.entries} entries of parcel ${id}, ` +
        `of ${names.length} counters${reason === undefined ? '' : `, as ${quote(reason)}`}`,
    );
    return done;
  }

  private async expectConfirmed({ id, confirm }: Asked): Promise<void> {
    const ids = (await this.sources.parked.list()).map((parcel) => parcel.id);
    if (confirm === shortIds(ids).get(id)) return;
    throw new Refusal(400, 'NOT_CONFIRMED', 'Type the id of the parcel to confirm');
  }

  /** What there is of these counters. */
  private async look(
    { id, names }: Asked,
    adds: boolean,
  ): Promise<{ found: ParkedWrite; entries: ParkedCount[] }> {
    const { parked, counters } = this.sources;
    const wanted = new Set(names);
    const grouped = new Map<string, ParkedCounter>();
    const entries: ParkedCount[] = [];
    const toRepeat = new Set<string>();
    for await (const entry of parked.entries(id)) {
      if (!wanted.has(entry.name)) continue;
      if (adds && entry.operation !== undefined) {
        toRepeat.add(entry.name);
        continue;
      }
      entries.push(entry);
      addEntry(grouped, entry);
    }
    const all = [...grouped.values()];
    const totals = adds
      ? await counters.getCounts(grouped.keys(), { settled: true, bigint: true })
      : [];
    const leaves = all.filter(({ delta }, place) => {
      const total = totals[place];
      return typeof total === 'bigint' && (total + delta > INT64_MAX || total + delta < INT64_MIN);
    });
    const found = {
      ...{ dryRun: true, counters: all.length, refused: leaves.map(({ name }) => name) },
      toRepeat: [...toRepeat],
      entries: entries.length,
      sum: all.reduce((sum, { delta }) => sum + delta, 0n),
      seen: digestOf(entries),
    };
    return { found, entries };
  }
}

/** Another one for other entries, or other amounts. */
function digestOf(entries: readonly ParkedCount[]): string {
  const lines = entries.map(({ name, window, start, delta, operation, value }) =>
    JSON.stringify([name, window, start, String(delta), operation, String(value)]),
  );
  return createHash('sha256').update(lines.sort().join('\n')).digest('base64url');
}

function readAsked(body: Record<string, unknown>): Asked {
  const { id, names, dryRun, confirm, seen, reason } = body;
  if (typeof id !== 'string') throw wrong('id must be that of a parcel');
  const isList = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isList || names.length === 0 || names.length > MOST) {
    throw wrong(`names must be a list of 1 to ${MOST} counters`);
  }
  if (typeof dryRun !== 'boolean') throw wrong('dryRun must be true or false');
  if (reason !== undefined && typeof reason !== 'string') throw wrong('reason must be text');
  if (!dryRun && typeof seen !== 'string') throw wrong('seen must be what the dry run answered');
  return {
    ...{ id, names: [...new Set(names)], dryRun, confirm, seen },
    reason: reason === '' ? undefined : reason,
  };
}

const changed = (found: number): Refusal =>
  new Refusal(
    409,
    'CHANGED',
    `What is put aside of these counters has changed since the dry run, and is ${found} entries now: look again. Nothing was done`,
  );
