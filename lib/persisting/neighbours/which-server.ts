import { randomUUID } from 'node:crypto';
import type { FastCounterError } from '../../errors.js';
import type { Misconfigurations } from '../../incidents/misconfigurations.js';
import type { NotedServer, ServerNotes } from '../../words/server-notes.js';
import { steadyNow } from '../../words/steady-clock.js';

/** Milliseconds between two notes of a process. */
const INTERVAL = 20_000;
/** How long a server counts as in use after it was noted, in milliseconds. */
const RECENT = 60_000;
/** How long after a refusal the same error is thrown without another look, in milliseconds. */
const REPEATED = 1000;
/** Intervals after which a process that was not seen has ended: one that is spared notes its servers less often. */
const SPARED = 10;
/** A second server that was not noted for this time, in milliseconds, counts no more. */
const QUIET = 600_000;
/** How long a second server may be the reason why counts are parked, in milliseconds. */
const REMEMBERED = 3_600_000;

/** The server of this process. Its identity is undefined until a process has proposed one. */
interface Own {
  identity: string | undefined;
  place: string;
}

/** A kind of server of which a namespace must have one: Redis, or the database. */
export interface CountingServer {
  /** The server of this process; undefined where nothing tells it from another one. */
  own(proposed?: string): Promise<Own | undefined>;
  isOther(noted: NotedServer, own: Own): boolean;
  /** Why this process must not count. */
  refusal(noted: NotedServer, own: Own): FastCounterError;
  /** Names the misconfiguration that two servers of this kind count one namespace. */
  readonly subject: string;
  /** The message of that misconfiguration. */
  two(own: string, other: string): string;
}

/** For a message. */
export const ageOf = ({ age }: NotedServer): string => `${Math.round(age / 1000)} s`;

/**
 * Finds two servers of a kind that count one namespace: each process notes its server in the server of the other kind. A process
 * that finds the note of another server, written within the last minute, does not begin to count.
 */
export class WhichServer {
  private readonly process = randomUUID();
  private noted = -Infinity;
  /** Identities under which this process noted its server: a server that is emptied gets another identity. */
  private readonly identities = new Set<string>();
  /** Whether no other process noted this server between the last two notes of this one, nor for a while before. */
  private isAlone = false;
  /** When another process noted it last, as far as this one saw. */
  private otherNotedAt = -Infinity;
  private refused?: { error: FastCounterError; at: number };
  /** The last other server that was noted between two notes of this process. */
  private other?: { place: string; at: number };

  constructor(
    private readonly server: CountingServer,
    private readonly notes: ServerNotes,
    private readonly misconfigurations: Pick<Misconfigurations, 'tell' | 'mended'>,
    private readonly interval = INTERVAL,
  ) {}

  get subject(): string {
    return this.server.subject;
  }

  /** Rejects where another server counts this namespace. */
  async check(): Promise<void> {
    // asked again for each increment that is refused
    if (this.refused !== undefined && steadyNow() - this.refused.at < REPEATED) {
      throw this.refused.error;
    }
    const last = await this.notes.read();
    if (last === undefined || last.age >= RECENT) return;
    const own = await this.server.own();
    if (own === undefined || this.identities.has(last.identity)) return;
    if (!this.server.isOther(last, own)) return;
    const error = this.server.refusal(last, own);
    this.refused = { error, at: steadyNow() };
    throw error;
  }

  /** Notes this server, unless this process did so just now, or another server is in use. Never rejects. */
  async note(): Promise<void> {
    // half, as a timer that is early by a moment must not leave out a note
    if (steadyNow() - this.noted < this.interval / 2) return;
    try {
      // without the check, a server that must not count would be noted
      if (this.identities.size === 0) await this.check();
      await this.write();
    } catch {
      // persisting tells that a server is away, and counting tells a refusal
    }
  }

  async write(): Promise<void> {
    const started = steadyNow();
    const proposed = randomUUID();
    const own = await this.server.own(proposed);
    if (own === undefined) return;
    const { place, identity = proposed } = own;
    const before = await this.notes.write({ identity, place, process: this.process });
    const isOwn = before === undefined || before.age >= RECENT || before.process === this.process;
    if (!isOwn) this.otherNotedAt = started - before.age;
    this.isAlone = isOwn && started - this.otherNotedAt >= SPARED * this.interval;
    const differs = before !== undefined && before.identity !== identity;
    // it was emptied between the question and the note, which is one of a former identity now
    if (differs && (await this.hasAnotherIdentity(identity))) return this.write();
    this.tell(differs && this.isSecond(before, identity) ? before.place : undefined, place);
    this.noted = started;
    this.identities.add(identity);
  }

  private async hasAnotherIdentity(identity: string): Promise<boolean> {
    const own = await this.server.own(randomUUID());
    return own !== undefined && own.identity !== identity;
  }

  /**
   * Whether another process noted this identity since the last note of this one: then it is neither a former one of this server,
   * nor one that this process knew.
   */
  private isSecond({ age, process, identity }: NotedServer, own: string): boolean {
    const isFormer = process === this.process || this.identities.has(identity);
    return !isFormer && this.identities.has(own) && age < steadyNow() - this.noted;
  }

  /** Outdates the note if this process was the last one: the next process may have another server. Never rejects. */
  async leave(): Promise<void> {
    // while other processes run, their note must stay between two of their rounds
    if (this.isAlone) await this.notes.outdate(this.process).catch(() => undefined);
  }

  /** Where another server is that counted this namespace within the last hour; undefined where none did. Never rejects. */
  async otherPlace(): Promise<string | undefined> {
    try {
      const [last, own] = [await this.notes.read(), await this.server.own()];
      if (last !== undefined && own !== undefined && this.server.isOther(last, own))
        return last.place;
    } catch {
      // no answer: this process knows what it saw before
    }
    return this.otherWithin(REMEMBERED)?.place;
  }

  private tell(other: string | undefined, own: string): void {
    const { subject } = this.server;
    if (other !== undefined) {
      this.other = { place: other, at: steadyNow() };
      this.misconfigurations.tell(subject, this.server.two(own, other));
    } else if (this.otherWithin(QUIET) === undefined) this.misconfigurations.mended(subject);
  }

  private otherWithin(milliseconds: number): { place: string } | undefined {
    const { other } = this;
    return other !== undefined && steadyNow() - other.at < milliseconds ? other : undefined;
  }
}
