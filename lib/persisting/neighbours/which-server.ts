import { randomUUID } from 'node:crypto';
import type { FastCounterError } from '../../errors.js';
import type { Misconfigurations } from '../../incidents/misconfigurations.js';
import type { NotedServer, ServerNotes } from '../../words/server-notes.js';
import { steadyNow } from '../../words/steady-clock.js';

/** Milliseconds between two notes of a process. */
const INTERVAL = 20_000;
/** A server that was noted within so many milliseconds is in use. */
const RECENT = 60_000;
/** A refusal holds for so many milliseconds before it is looked at again. */
const REPEATED = 1000;
/** Another one that was not noted for so many milliseconds counts no more. */
const QUIET = 600_000;
/** For so long what is parked may be so because of another one, in milliseconds. */
const REMEMBERED = 3_600_000;

/** What tells a server from another one. An identity is there as soon as one is proposed. */
interface Own {
  identity: string | undefined;
  place: string;
}

/** A kind of server of which a namespace has one. */
export interface CountingServer {
  /** Undefined where nothing tells it from another one. */
  own(proposed?: string): Promise<Own | undefined>;
  isOther(noted: NotedServer, own: Own): boolean;
  /** Why this process must not count. */
  refusal(noted: NotedServer, own: Own): FastCounterError;
  /** Names the misconfiguration that two of this kind count a namespace. */
  readonly subject: string;
  /** What is told of that. */
  two(own: string, other: string): string;
}

/** For a message. */
export const ageOf = ({ age }: NotedServer): string => `${Math.round(age / 1000)} s`;

/**
 * Which server counts a namespace: each process notes its own in the server of the other kind. One whose server is another one
 * than that which was noted lately does not begin to count.
 */
export class WhichServer {
  private readonly process = randomUUID();
  private noted = -Infinity;
  /** Under which identities this process noted its server: one that is emptied gets another. */
  private readonly identities = new Set<string>();
  /** Whether no other process noted this server between the last two notes of this one. */
  private isAlone = false;
  private refused?: { error: FastCounterError; at: number };
  /** The last other one that was noted in between. */
  private other?: { place: string; at: number };

  constructor(
    private readonly server: CountingServer,
    private readonly notes: ServerNotes,
    private readonly misconfigurations: Pick<Misconfigurations, 'tell' | 'mended'>,
    private readonly interval = INTERVAL,
  ) {}

  /** Rejects where another one counts this namespace. */
  async check(): Promise<void> {
    // each increment that is refused asks
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

  /** Notes this server, unless this process did so lately, or another one is in use. Never rejects. */
  async note(): Promise<void> {
    // a timer that is early by a moment would leave out every other note
    if (steadyNow() - this.noted < this.interval / 2) return;
    try {
      // a note of a server that must not count would let it in
      if (this.identities.size === 0) await this.check();
      await this.write();
    } catch {
      // that a server is away is told by what persists, and a refusal by what counts
    }
  }

  async write(): Promise<void> {
    const started = steadyNow();
    const proposed = randomUUID();
    const own = await this.server.own(proposed);
    if (own === undefined) return;
    const { place, identity = proposed } = own;
    const before = await this.notes.write({ identity, place, process: this.process });
    this.isAlone = before === undefined || before.age >= RECENT || before.process === this.process;
    const isOther =
      before !== undefined && before.identity !== identity && this.cameSince(before, identity);
    this.tell(isOther ? before.place : undefined, place);
    this.noted = started;
    this.identities.add(identity);
  }

  /** Whether another one was noted after this one: an emptied server is noted by its former identity only before. */
  private cameSince({ age }: NotedServer, identity: string): boolean {
    return this.identities.has(identity) && age < steadyNow() - this.noted;
  }

  /** Another process may come with another one now, if this was the last. Never rejects. */
  async leave(): Promise<void> {
    // while others run, no other server may come in between two notes of theirs
    if (this.isAlone) await this.notes.outdate(this.process).catch(() => undefined);
  }

  /** Where the other one is that counted this namespace lately, if one did. Never rejects. */
  async otherPlace(): Promise<string | undefined> {
    try {
      const [last, own] = [await this.notes.read(), await this.server.own()];
      if (last !== undefined && own !== undefined && this.server.isOther(last, own))
        return last.place;
    } catch {
      // what is known here is all there is
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
